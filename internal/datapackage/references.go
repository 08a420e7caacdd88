package datapackage

import (
	"bytes"
	"slices"
	"strings"

	"chokepoint/internal/fault"
)

// CheckReferences holds every foreign key of a table against the table it
// points to, and returns the number of keys checked. The first that is missing
// there is an error with its place and a near name. A key whose cells are all
// empty, where the fields allow that, refers to nothing.
func (p *Package) CheckReferences(name string) (int, error) {
	t, err := p.Table(name)
	if err != nil {
		return 0, err
	}
	checked := 0
	for _, fk := range t.Resource.Schema.ForeignKeys {
		target, err := p.Table(fk.Reference.Resource)
		if err != nil {
			return checked, err
		}
		known := make(map[string]bool, target.rows)
		var buf []byte
		to := target.fieldsOf(fk.Reference.Fields)
		for row := range target.rows {
			buf = target.appendKey(buf[:0], row, to)
			known[string(buf)] = true
		}
		from := t.fieldsOf(fk.Fields)
		for row := range t.rows {
			if buf = t.appendKey(buf[:0], row, from); known[string(buf)] {
				checked++
				continue
			}
			if len(bytes.Trim(buf, keySeparator)) == 0 {
				continue
			}
			last := len(from) - 1
			f := t.Fault(row, fk.Fields[last], t.describeKey(row, fk.Fields)+" is not in table "+fk.Reference.Resource,
				strings.Join(fk.Reference.Fields, ", ")+" of one of its rows")
			f.DidYouMean = fault.Nearest(t.columns[from[last]].text[row], t.siblings(row, from, target, to))
			return checked, f
		}
	}
	return checked, nil
}

// siblings lists what the last field of a key could hold, given the others.
func (t *Table) siblings(row int, from []int, target *Table, to []int) []string {
	last := len(from) - 1
	want := t.appendKey(nil, row, from[:last])
	seen := map[string]bool{}
	var out []string
	var buf []byte
	for k := range target.rows {
		name := target.columns[to[last]].text[k]
		if buf = target.appendKey(buf[:0], k, to[:last]); !seen[name] && slices.Equal(buf, want) {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}
