package datapackage

import "chokepoint/internal/fault"

// CheckReferences holds every foreign key of a table against the table it
// points to, and returns the number of keys checked. The first that is missing
// is an error with its place and a near name.
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
			last := fk.Fields[len(fk.Fields)-1]
			f := t.Fault(row, last, t.describeKey(row, fk.Fields)+" does not stand in table "+fk.Reference.Resource, "a "+last+" of that table")
			if len(fk.Fields) == 1 {
				f.DidYouMean = fault.Nearest(t.Cell(row, last), target.Text(fk.Reference.Fields[0]))
			}
			return checked, f
		}
	}
	return checked, nil
}
