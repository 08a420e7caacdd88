package export

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"testing"
)

// TestCompactJSON: the same values as WriteJSON, without its spaces.
func TestCompactJSON(t *testing.T) {
	table := &Table{Name: "t", Columns: []Column{{Name: "text"}, {Name: "number"}, {Name: "count"}, {Name: "none"}, {Name: "nested"}, {Name: "a<b\u2028"}}}
	table.Add("plain", 1.0/3, 7, nil, map[string]any{"x": []int{1}}, true)
	table.Add("\"quote\" \\ <tag> & é 😀 \u2028 \x00 \xff \x7f", Percent(0.5), -1, nil, nil, LowerBound(1e300))
	table.Add("", -0.0, 0, nil, []string{}, math.Copysign(0, -1))
	sections := []Section{{"run", map[string]string{"a": "b"}}, {"t", table}, {"empty", &Table{Name: "empty"}}, {"list", []string{"x"}}, {"n\"", nil}}
	var long, short bytes.Buffer
	if err := WriteJSON(&long, sections); err != nil {
		t.Fatal(err)
	}
	if err := WriteCompactJSON(&short, sections); err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := json.Unmarshal(long.Bytes(), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(short.Bytes(), &got); err != nil {
		t.Fatalf("%v\n%s", err, short.Bytes())
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if short.Len() >= long.Len() {
		t.Errorf("%d bytes, with indentation %d", short.Len(), long.Len())
	}
	for _, bad := range []any{math.NaN(), Percent(math.Inf(1)), make(chan int)} {
		x := &Table{Name: "bad", Columns: []Column{{Name: "c"}}, Rows: [][]any{{bad}}}
		if err := WriteCompactJSON(&short, []Section{{"x", x}}); err == nil {
			t.Errorf("%v was written", bad)
		}
	}
	if err := WriteCompactJSON(&short, []Section{{"x", &Table{Columns: []Column{{Name: "c"}}, Rows: [][]any{{1, 2}}}}}); err == nil {
		t.Error("a row with too many cells was written")
	}
}
