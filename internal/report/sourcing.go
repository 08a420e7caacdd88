package report

import (
	"chokepoint/internal/catalog"
	"chokepoint/internal/concentration"
	"chokepoint/internal/export"
)

// EUSourcingTable lists from where the EU has units by its study of 2023. That
// study covers units which no heading of the trade table holds.
func EUSourcingTable(c *catalog.Catalog, m *concentration.Model, units []int) *export.Table {
	t := &export.Table{Name: "eu_sourcing", Columns: []export.Column{
		{Name: "commodity", Meaning: "commodity unit"},
		{Name: "exporter", Heading: "from", Meaning: "ISO 3166 alpha-3; members of the EU are its own output"},
		{Name: "name", Heading: "country", Meaning: "country", Flexible: true},
		{Name: "share", Heading: "share %", Unit: "1", Meaning: "share of what the EU sources, as printed; shares need not sum to 1"},
		{Name: "eu_material", Meaning: "material and stage (E extraction, P processing) of the EU study of 2023 that stands for the unit"},
		{Name: "form", Meaning: "same form as the unit, other-content, other-stage, or basket of units"},
	}}
	for _, u := range units {
		suppliers, series := m.EUSourcing(u)
		for _, x := range suppliers {
			t.Add(c.Units[u].ID, x.Country, c.CountryName(x.Country), export.Percent(x.Share), series.Name, series.Form)
		}
	}
	return t
}
