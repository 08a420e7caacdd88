package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

// minerals is a table with every kind of cell.
func minerals() *Table {
	t := &Table{Name: "minerals", Columns: []Column{
		{Name: "commodity", Heading: "commodity", Flexible: true},
		{Name: "loss_musd", Heading: "loss\nM USD", Unit: "million USD"},
		{Name: "share", Heading: "share %", Unit: "1"},
		{Name: "scenarios", Heading: "scenarios"},
		{Name: "listed", Heading: "listed"},
		{Name: "note"},
	}}
	t.Add("gallium", 11584.2457245123456, Percent(0.97795229), 3, true, "plain")
	t.Add("rhodium", LowerBound(1234567.891), Percent(0), 0, false, `a "quote", a comma`)
	t.Add("镓 ガリウム", math.Copysign(0, -1), nil, -12, nil, "two\nlines")
	t.Add("a café", -0.000123456789012345, Percent(-0.5), 1000000, nil, nil)
	return t
}

func TestWriteCSV(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCSV(&b, minerals()); err != nil {
		t.Fatal(err)
	}
	want := `commodity,loss_musd,share,scenarios,listed,note
gallium,11584.2457245,0.97795229,3,true,plain
rhodium,1234567.891,0,0,false,"a ""quote"", a comma"
镓 ガリウム,0,,-12,,"two
lines"
a café,-0.000123456789012,-0.5,1000000,,
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 5 || rows[3][5] != "two\nlines" {
		t.Errorf("read back: %v %v", rows, err)
	}
}

func TestWriteJSON(t *testing.T) {
	var b bytes.Buffer
	about := map[string]any{"version": "1"}
	if err := WriteJSON(&b, []Section{{"run", about}, {"minerals", minerals()}, {"none", &Table{Name: "none"}}, {"a \x1b name", 1.5}}); err != nil {
		t.Fatal(err)
	}
	want := `{
  "run": {
    "version": "1"
  },
  "minerals": [
    {
      "commodity": "gallium",
      "loss_musd": 11584.2457245,
      "share": 0.97795229,
      "scenarios": 3,
      "listed": true,
      "note": "plain"
    },
    {
      "commodity": "rhodium",
      "loss_musd": 1234567.891,
      "share": 0,
      "scenarios": 0,
      "listed": false,
      "note": "a \"quote\", a comma"
    },
    {
      "commodity": "镓 ガリウム",
      "loss_musd": 0,
      "share": null,
      "scenarios": -12,
      "listed": null,
      "note": "two\nlines"
    },
    {
      "commodity": "a café",
      "loss_musd": -0.000123456789012,
      "share": -0.5,
      "scenarios": 1000000,
      "listed": null,
      "note": null
    }
  ],
  "none": [],
  "a \u001b name": 1.5
}
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	var back struct {
		Minerals []struct {
			Loss float64 `json:"loss_musd"`
			Note *string
		}
	}
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || back.Minerals[0].Loss != 11584.2457245 || *back.Minerals[2].Note != "two\nlines" || back.Minerals[3].Note != nil {
		t.Errorf("read back: %+v %v", back, err)
	}
	b.Reset()
	if err := WriteNDJSON(&b, minerals()); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != 4 || lines[2] != `{"commodity":"镓 ガリウム","loss_musd":0,"share":null,"scenarios":-12,"listed":null,"note":"two\nlines"}` {
		t.Errorf("ndjson: %q", lines)
	}
	if err := WriteJSON(&b, []Section{{"bad", math.NaN()}}); err == nil || !strings.HasPrefix(err.Error(), "write bad as json: ") {
		t.Errorf("NaN outside a table: %v", err)
	}
}

func TestWriteText(t *testing.T) {
	var b bytes.Buffer
	if err := WriteText(&b, minerals(), 0); err != nil {
		t.Fatal(err)
	}
	want := `commodity           loss  share %  scenarios  listed
                   M USD
gallium           11,600     97.8          3  true
rhodium      >=1,230,000        0          0  false
镓 ガリウム            0        -        -12  -
a café         -1.23e-04    -50.0    1000000  -
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	if err := WriteText(&b, minerals(), 1); err != nil || strings.Count(b.String(), "\n") != 3 {
		t.Errorf("one row: %q %v", b.String(), err)
	}
	b.Reset()
	if err := WriteMarkdown(&b, minerals()); err != nil {
		t.Fatal(err)
	}
	want = `| commodity | loss M USD | share % | scenarios | listed |
| --- | ---: | ---: | ---: | --- |
| gallium | 11,600 | 97.8 | 3 | true |
`
	if !strings.HasPrefix(b.String(), want) {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// TestWidth: a line fits the terminal when a column may give way, whatever the
// script of its text, and columns stay aligned.
func TestWidth(t *testing.T) {
	for _, text := range []string{strings.Repeat("name ", 40), strings.Repeat("稀土元素", 30), strings.Repeat("é", 150), strings.Repeat("e\u0301", 90), strings.Repeat("ガ", 7)} {
		tab := &Table{Columns: []Column{{Name: "a", Heading: "a", Flexible: true}, {Name: "b", Heading: "b", Flexible: true}, {Name: "c", Heading: "number"}}}
		tab.Add(text, text[:utf8.RuneLen([]rune(text)[0])*4], 1.5)
		tab.Add("short", text, -12345.0)
		tab.Add("", "", 0.0)
		var b bytes.Buffer
		if err := WriteText(&b, tab, 0); err != nil {
			t.Fatal(err)
		}
		width := 0
		for i, line := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
			w := DisplayWidth(line)
			if w > Width || i > 0 && w != width {
				t.Errorf("line %d takes %d columns, the one before %d:\n%s", i+1, w, width, b.String())
			}
			width = w
		}
	}
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"gallium", 7, "gallium"}, {"gallium", 6, "galli~"}, {"稀土元素", 8, "稀土元素"}, {"稀土元素", 7, "稀土元~"}, {"稀土元素", 6, "稀土~"},
		{"稀", 1, "~"}, {"", 0, ""}, {"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"}, {"e\u0301e\u0301e\u0301", 2, "e\u0301~"},
	} {
		if got := shorten(c.text, c.width); got != c.want {
			t.Errorf("%q in %d columns: %q, want %q", c.text, c.width, got, c.want)
		}
	}
	// Columns that may not give way are printed whole, even beyond the width.
	tab := &Table{Columns: []Column{{Name: "a", Heading: "a"}}}
	tab.Add(strings.Repeat("x", 100))
	var b bytes.Buffer
	if err := WriteText(&b, tab, 0); err != nil || !strings.Contains(b.String(), strings.Repeat("x", 100)) {
		t.Errorf("%q %v", b.String(), err)
	}
}

func TestHuman(t *testing.T) {
	for _, c := range []struct {
		cell any
		want string
	}{
		{0.0, "0"}, {math.Copysign(0, -1), "0"}, {0.000123, "1.23e-04"}, {5e-324, "4.94e-324"}, {0.00099951, "1.00e-03"}, {0.001, "0.00100"}, {0.0012, "0.00120"}, {0.012345, "0.0123"},
		{0.999, "0.999"}, {0.9995, "1.00"}, {0.99949, "0.999"}, {1.0, "1.00"}, {9.994, "9.99"}, {9.996, "10.0"}, {12.0, "12.0"}, {99.94, "99.9"}, {99.96, "100"},
		{123.4, "123"}, {999.4, "999"}, {999.5, "1,000"}, {1234.0, "1,230"}, {12345.0, "12,300"}, {999999.0, "1,000,000"}, {1234567.0, "1,230,000"}, {123456789012.0, "123,000,000,000"},
		{1e12, "1.00e+12"}, {math.MaxFloat64, "1.80e+308"}, {-0.0012, "-0.00120"}, {-999.5, "-1,000"}, {-1234567.0, "-1,230,000"}, {-5e-7, "-5.00e-07"},
		{Percent(0.5), "50.0"}, {Percent(0.00001), "0.00100"}, {LowerBound(12), ">=12.0"}, {LowerBound(-1500), ">=-1,500"},
		{nil, "-"}, {2023, "2023"}, {true, "true"}, {"text", "text"}, {"", ""},
	} {
		if got := Human(c.cell); got != c.want {
			t.Errorf("%v: %s, want %s", c.cell, got, c.want)
		}
	}
}

// TestNotFinite: NaN and infinity leave in no format, nor does a row of the
// wrong length.
func TestNotFinite(t *testing.T) {
	writers := map[string]func(*Table) error{
		"csv":      func(t *Table) error { return WriteCSV(new(bytes.Buffer), t) },
		"json":     func(t *Table) error { return WriteJSON(new(bytes.Buffer), []Section{{"t", t}}) },
		"ndjson":   func(t *Table) error { return WriteNDJSON(new(bytes.Buffer), t) },
		"text":     func(t *Table) error { return WriteText(new(bytes.Buffer), t, 1) },
		"markdown": func(t *Table) error { return WriteMarkdown(new(bytes.Buffer), t) },
		"xlsx":     func(t *Table) error { return WriteXLSX(new(bytes.Buffer), []*Table{t}) },
	}
	for format, write := range writers {
		for _, cell := range []any{math.NaN(), math.Inf(1), Percent(math.NaN()), LowerBound(math.Inf(-1)), float32(math.NaN())} {
			tab := &Table{Name: "t", Columns: []Column{{Name: "a", Heading: "a"}, {Name: "b", Heading: "b"}}}
			tab.Add("x", 1.0)
			tab.Add("y", cell)
			if err := write(tab); err == nil || err.Error() != "table t, row 2, b: the number is not finite" {
				t.Errorf("%s, %v: %v", format, cell, err)
			}
		}
		tab := &Table{Name: "t", Columns: []Column{{Name: "a", Heading: "a"}}}
		tab.Add("x", "y")
		if err := write(tab); err == nil || err.Error() != "table t, row 1: 2 cells for 1 columns" {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// TestTerminal: text from outside cannot steer the terminal that shows it.
func TestTerminal(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"colour", "a\x1b[31mb", `a\x1b[31mb`},
		{"title", "\x1b]0;x\x07", `\x1b]0;x\x07`},
		{"C1 control", "a\u009b2Jb", `a\x9b2Jb`},
		{"C1 control as a byte", "a\x9b2Jb", `a\x9b2Jb`},
		{"backspaces", "a\b\bb", `a\x08\x08b`},
		{"line ends", "a\r\nb\rc\td", "a b c d"},
		{"right to left", "a\u202eb\u2066c", `a\u202eb\u2066c`},
		{"line separator", "a\u2028b", `a\u2028b`},
		{"byte order mark", "\ufeffa", `\ufeffa`},
		{"names stay", "Côte d'Ivoire, 镓 \u200d ñ", "Côte d'Ivoire, 镓 \u200d ñ"},
		{"a replacement character stays", "a\ufffdb", "a\ufffdb"},
	} {
		if got := Human(c.text); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		tab := &Table{Columns: []Column{{Name: "a", Heading: "a"}}}
		tab.Add(c.text)
		var b bytes.Buffer
		if err := WriteText(&b, tab, 0); err != nil || b.String() != "a\n"+c.want+"\n" {
			t.Errorf("%s: %q %v", c.name, b.String(), err)
		}
	}
}

// TestFormulas: what a spreadsheet would run is made a text; numbers and what
// starts with one stay.
func TestFormulas(t *testing.T) {
	for _, c := range []struct {
		cell any
		want string
	}{
		{`=HYPERLINK("http://x","y")`, `'=HYPERLINK("http://x","y")`},
		{"=1+1", "'=1+1"}, {"@SUM(A1)", "'@SUM(A1)"}, {"+A1", "'+A1"}, {"-A1", "'-A1"}, {"\t=1", "'\t=1"}, {"\r=1", "'\r=1"}, {"＝1", "'＝1"},
		{"-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"}, {"-1*SUM(A1)", "'-1*SUM(A1)"}, {"-5-A1", "-5-A1"}, {"-", "'-"}, {"-.x", "'-.x"},
		{"-0.35 to -0.1", "-0.35 to -0.1"}, {"-5 t/yr", "-5 t/yr"}, {"-.5", "-.5"}, {"+3 %", "+3 %"}, {"-1e-05", "-1e-05"},
		{"a=b", "a=b"}, {"2023-24", "2023-24"}, {"", ""}, {"'quoted'", "'quoted'"},
		{-12.5, "-12.5"}, {-3, "-3"}, {Percent(-0.1), "-0.1"}, {nil, ""}, {false, "false"},
	} {
		tab := &Table{Columns: []Column{{Name: "a"}, {Name: "b"}}}
		tab.Add(c.cell, "x")
		var b bytes.Buffer
		if err := WriteCSV(&b, tab); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || rows[1][0] != c.want {
			t.Errorf("%v: %q, want %q (%v)", c.cell, rows[1][0], c.want, err)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteErrors(t *testing.T) {
	for name, err := range map[string]error{
		"csv": WriteCSV(full{}, minerals()), "json": WriteJSON(full{}, []Section{{"t", minerals()}}), "text": WriteText(full{}, minerals(), 0),
		"ndjson": WriteNDJSON(full{}, minerals()), "markdown": WriteMarkdown(full{}, minerals()), "xlsx": WriteXLSX(full{}, []*Table{minerals()}),
	} {
		if err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzText: whatever is in a cell, text is lines of printable characters, csv and
// json are read back by readers of their own.
func FuzzText(f *testing.F) {
	f.Add("gallium", 1.5, "a\x1b[31m\nb")
	f.Add("=cmd|' /C calc'!A0", -1e-300, "\xff\u202e稀土")
	f.Fuzz(func(t *testing.T, a string, x float64, b string) {
		tab := &Table{Name: "t", Columns: []Column{{Name: "a", Heading: "a", Flexible: true}, {Name: "x", Heading: "x"}, {Name: "b", Heading: "b", Flexible: true}}}
		tab.Add(a, x, b)
		var text, sheet, object bytes.Buffer
		err := WriteText(&text, tab, 0)
		if finite := !math.IsNaN(x) && !math.IsInf(x, 0); (err == nil) != finite {
			t.Fatalf("%g: %v", x, err)
		} else if !finite {
			return
		}
		lines := strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
		if len(lines) != 2 || DisplayWidth(lines[1]) > Width || !utf8.ValidString(text.String()) {
			t.Fatalf("%q", text.String())
		}
		if i := strings.IndexFunc(strings.Join(lines, ""), func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x202e }); i >= 0 {
			t.Fatalf("%q", text.String())
		}
		if err := WriteCSV(&sheet, tab); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&sheet).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[1]) != 3 || strings.ContainsAny(rows[1][0][:min(1, len(rows[1][0]))], "=@\t\r") {
			t.Fatalf("%q %v", rows, err)
		}
		if err := WriteJSON(&object, []Section{{a, tab}}); err != nil {
			t.Fatal(err)
		}
		var back map[string][]struct {
			A, B string
			X    float64
		}
		if err := json.Unmarshal(object.Bytes(), &back); err != nil || len(back) != 1 {
			t.Fatalf("%s: %v", object.String(), err)
		}
		for _, rows := range back {
			if utf8.ValidString(a) && rows[0].A != a || math.Abs(rows[0].X-x) > 1e-11*math.Abs(x) {
				t.Fatalf("%+v", rows)
			}
		}
	})
}
