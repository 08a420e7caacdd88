package catalog

import "chokepoint/internal/datapackage"

// Origin is a cell of any table of the data package as a source row; for tables
// that other packages read.
func (c *Catalog) Origin(t *datapackage.Table, row int, field, what string) SourceRow {
	return c.origin(t, row, field, what)
}
