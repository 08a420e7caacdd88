package datapackage

// Line is the file that a row stands in and its line there, as Place gives them,
// in constant time.
func (t *Table) Line(row int) (file string, line int) {
	o := t.origin[row]
	return t.files[o.file].label, int(o.line)
}
