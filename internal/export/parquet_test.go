package export

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// mixed has every kind of cell.
func mixed() *Table {
	t := &Table{Name: "mixed", Columns: []Column{
		{Name: "name", Meaning: "text"}, {Name: "loss_musd", Unit: "million USD/yr", Meaning: "a number"}, {Name: "count"}, {Name: "share", Unit: "1"},
		{Name: "either"}, {Name: "numbers"}, {Name: "yes"}, {Name: "nothing", Unit: "t"}, {Name: "nobody"},
	}}
	t.Add("a", 1.0/3, 7, Percent(0.25), "x", 1, true, nil, nil)
	t.Add("", LowerBound(-2.5), 0, Percent(0), 0.1, 0.5, false, nil, nil)
	t.Add(nil, nil, nil, nil, nil, nil, nil, nil, nil)
	t.Add("a", math.Copysign(0, -1), -3, Percent(1), 4, 2, true, nil, nil)
	return t
}

func TestParquet(t *testing.T) {
	var b bytes.Buffer
	if err := WriteParquet(&b, mixed()); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range f.Root().Columns() {
		names = append(names, c.Name()+" "+c.Type().String())
	}
	want := "name STRING, loss_musd DOUBLE, count INT(64,true), share DOUBLE, either STRING, numbers DOUBLE, yes BOOLEAN, nothing DOUBLE, nobody STRING"
	if got := strings.Join(names, ", "); got != want {
		t.Errorf("columns\n got %s\nwant %s", got, want)
	}
	if v, ok := f.Lookup("chokepoint.columns"); !ok || !strings.Contains(v, `{"name":"loss_musd","unit":"million USD/yr","meaning":"a number"}`) {
		t.Errorf("metadata of the columns: %q", v)
	}
	rows := make([]parquet.Row, 5)
	n, err := f.RowGroups()[0].Rows().ReadRows(rows)
	if n != 4 || err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("%d rows, %v", n, err)
	}
	text := func(i, k int) string { return rows[i][k].String() }
	for _, x := range []struct {
		row, column int
		want        string
	}{{0, 0, "a"}, {0, 1, "0.3333333333333333"}, {0, 2, "7"}, {0, 3, "0.25"}, {0, 4, "x"}, {0, 5, "1"}, {0, 6, "true"}, {1, 0, ""}, {1, 1, "-2.5"}, {1, 4, "0.1"}, {3, 1, "0"}, {3, 2, "-3"}, {3, 4, "4"}} {
		if got := text(x.row, x.column); got != x.want || rows[x.row][x.column].IsNull() {
			t.Errorf("row %d, column %d: %q, want %q", x.row, x.column, got, x.want)
		}
	}
	for k := range rows[2] {
		if !rows[2][k].IsNull() {
			t.Errorf("column %d of the empty row is %v, want null", k, rows[2][k])
		}
	}
	if math.Signbit(rows[3][1].Double()) {
		t.Error("-0 was written as -0")
	}
}

func TestParquetHasTheSameBytes(t *testing.T) {
	var a, b bytes.Buffer
	if err := WriteParquet(&a, mixed()); err != nil {
		t.Fatal(err)
	}
	if err := WriteParquet(&b, mixed()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same table gave different bytes")
	}
}

func TestParquetRefuses(t *testing.T) {
	x := &Table{Name: "x", Columns: []Column{{Name: "v"}}}
	x.Add(math.NaN())
	if err := WriteParquet(io.Discard, x); err == nil || !strings.Contains(err.Error(), "not finite") {
		t.Errorf("NaN: %v", err)
	}
	empty := &Table{Name: "x", Columns: []Column{{Name: "v", Unit: "1"}}}
	var b bytes.Buffer
	if err := WriteParquet(&b, empty); err != nil {
		t.Fatal(err)
	}
	if f, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len())); err != nil || f.NumRows() != 0 {
		t.Errorf("a table without rows: %v", err)
	}
}
