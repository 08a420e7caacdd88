package ask

import (
	"slices"

	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/export"
	"chokepoint/internal/probability"
	"chokepoint/internal/scenario"
)

// CountriesTable lists countries with what they produce and how often they
// restrict; without codes all of them.
func CountriesTable(e *assess.Engine, p *probability.Model, codes ...string) *export.Table {
	c := e.Catalog
	t := &export.Table{Name: "countries", Columns: []export.Column{
		{Name: "country", Heading: "code", Meaning: "ISO 3166 alpha-3"}, {Name: "name", Heading: "name", Meaning: "English name", Flexible: true},
		{Name: "produces", Heading: "produces", Meaning: "units that it produces"}, {Name: "exports", Heading: "exports", Meaning: "units of which it is a net exporter"}, {Name: "leads", Heading: "leads", Meaning: "units of which it is the largest producer"},
		{Name: "hazard", Heading: "hazard %", Unit: "1", Meaning: "probability that it restricts a unit within a year, fitted; empty if it exports nothing"}, {Name: "hazard_low", Heading: "low", Unit: "1", Meaning: "5th percentile"}, {Name: "hazard_high", Heading: "high", Unit: "1", Meaning: "95th percentile"},
		{Name: "frequency", Unit: "1", Meaning: "units hit over unit-years it could have hit"}, {Name: "units_hit", Heading: "hit", Meaning: "units hit by its decisions since 2009"}, {Name: "iso2", Meaning: "ISO 3166 alpha-2"}}}
	for _, k := range c.Countries {
		if k.Code == catalog.Remainder || len(codes) > 0 && !slices.Contains(codes, k.Code) {
			continue
		}
		produces, exports, leads := 0, 0, 0
		for i := range c.Units {
			u := &c.Units[i]
			at := u.Country(k.Code)
			if at < 0 {
				continue
			}
			if e.Figures[i].SupplyShare[at] > 0 {
				produces++
			}
			if scenario.NetExporter(e.Figures[i], at) {
				exports++
			}
			if at == u.Leader {
				leads++
			}
		}
		var hazard, low, high, frequency, hits any
		if h, ok := p.Country(k.Code); ok {
			hazard, low, high, frequency, hits = export.Percent(h.Probability), export.Percent(h.Low), export.Percent(h.High), h.Frequency, h.Hits
		}
		t.Add(k.Code, k.Name, produces, exports, leads, hazard, low, high, frequency, hits, k.ISO2)
	}
	return t
}

// CountryUnitsTable lists the units that a country produces or uses, the largest
// share of output first.
func CountryUnitsTable(e *assess.Engine, p *probability.Model, code string) *export.Table {
	t := &export.Table{Name: "commodities", Columns: []export.Column{
		{Name: "commodity", Heading: "commodity", Meaning: "commodity unit", Flexible: true}, {Name: "supply_share", Heading: "of output %", Unit: "1", Meaning: "share of world output"}, {Name: "use_share", Heading: "of use %", Unit: "1", Meaning: "share of world use"},
		{Name: "net_exports_t", Heading: "net exports t", Unit: "t/yr", Meaning: "net exports"}, {Name: "probability", Heading: "prob.", Unit: "1", Meaning: "probability that it stops exports within a year; empty where it exports nothing"}, {Name: "basis", Heading: "basis", Meaning: "what the probability stands on", Flexible: true}}}
	for i := range e.Catalog.Units {
		u, f := &e.Catalog.Units[i], e.Figures[i]
		k := u.Country(code)
		if k < 0 {
			continue
		}
		chance, basis := stopChance(p, f, i, k, code)
		t.Add(u.ID, export.Percent(f.SupplyShare[k]), export.Percent(f.UseShare[k]), f.NetExportTonnes(k), chance, basis)
	}
	slices.SortStableFunc(t.Rows, byShare(1))
	return t
}

// IndustriesTable lists industries with output and value added; without indices
// all of them.
func IndustriesTable(e *assess.Engine, indices ...int) (*export.Table, error) {
	op, err := e.Operator()
	if err != nil {
		return nil, err
	}
	valueAdded, err := e.ValueAddedMUSD()
	if err != nil {
		return nil, err
	}
	t := &export.Table{Name: "industries", Columns: []export.Column{
		{Name: "code", Heading: "code", Meaning: "BEA 2017 detail industry"}, {Name: "name", Heading: "name", Meaning: "name", Flexible: true},
		{Name: "output_musd", Unit: "million USD/yr", Meaning: "output"}, {Name: "value_added_musd", Unit: "million USD/yr", Meaning: "value added"}}}
	for j, x := range e.Catalog.Industries {
		if len(indices) == 0 || slices.Contains(indices, j) {
			t.Add(x.Code, x.Name, op.Table.OutputMUSD[j], valueAdded[j])
		}
	}
	return t, nil
}

// IndustryUnitsTable lists the units that an industry depends on or makes.
func IndustryUnitsTable(e *assess.Engine, industry int) *export.Table {
	t := &export.Table{Name: "dependence", Columns: []export.Column{
		{Name: "commodity", Heading: "commodity", Meaning: "commodity unit"}, {Name: "dependence", Heading: "stops without it %", Unit: "1", Meaning: "share of the industry's output that stops without the unit, summed over applications"},
		{Name: "main_application", Heading: "mainly for", Meaning: "application with the largest share", Flexible: true}, {Name: "produces", Heading: "makes it", Meaning: "yes if the industry makes the unit, else empty"}}}
	for i := range e.Catalog.Units {
		u, f := &e.Catalog.Units[i], e.Figures[i]
		total, best, name := 0.0, 0.0, ""
		if h, ok := slices.BinarySearch(f.Industries, industry); ok {
			for k, application := range f.Applications {
				d := f.Dependence[h*len(f.Applications)+k]
				total += d
				if d > best {
					best, name = d, u.Applications[application]
				}
			}
		}
		makes := ""
		if u.Producer == industry {
			makes = "yes"
		}
		if total > 0 || makes != "" {
			t.Add(u.ID, export.Percent(total), name, makes)
		}
	}
	slices.SortStableFunc(t.Rows, byShare(1))
	return t
}
