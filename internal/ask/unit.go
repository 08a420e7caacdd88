package ask

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/export"
	"chokepoint/internal/probability"
	"chokepoint/internal/rank"
	"chokepoint/internal/scenario"
)

// Languages are the languages of the names of units, English first.
func Languages() []string { return []string{"en", "zh", "ja", "de", "fr"} }

// UnitsTable lists units with names, chain, leader and the figures that matter most.
func UnitsTable(e *assess.Engine, units []int) (*export.Table, error) {
	c := e.Catalog
	valueAdded, err := e.ValueAddedMUSD()
	if err != nil {
		return nil, err
	}
	t := &export.Table{Name: "units", Columns: []export.Column{
		{Name: "commodity", Meaning: "commodity unit: the ID used everywhere"},
		{Name: "name_en", Meaning: "English name"}, {Name: "name_zh", Meaning: "Chinese name; empty if none"}, {Name: "name_ja", Meaning: "Japanese name"},
		{Name: "name_de", Meaning: "German name"}, {Name: "name_fr", Meaning: "French name"},
		{Name: "symbol", Meaning: "chemical symbol; empty if none"},
		{Name: "other_names", Meaning: "other spellings, joined by ;"},
		{Name: "chain", Meaning: "chain that the unit is a stage of"},
		{Name: "chain_order", Meaning: "place in the chain, 1 first"},
		{Name: "stage", Meaning: "stage of the form"},
		{Name: "usgs_84", Meaning: "one of the 84 units of USGS Open-File Report 2025-1047"},
		{Name: "base_year", Meaning: "base year"},
		{Name: "content_basis", Meaning: "what the tonnes count"},
		{Name: "leader", Meaning: "producer with the largest share, ISO 3166 alpha-3"},
		{Name: "leader_name", Meaning: "its name"},
		{Name: "leader_share", Unit: "1", Meaning: "its share of world output"},
		{Name: "world_production_t", Unit: "t/yr", Meaning: "world production, W"},
		{Name: "use_t", Unit: "t/yr", Meaning: "US use, Q0"},
		{Name: "price_usd_per_t", Unit: "USD/t", Meaning: "US price, P0"},
		{Name: "primary_producers", Meaning: "US primary producers"},
		{Name: "single_point_of_failure", Meaning: "one US primary producer, no secondary output"},
		{Name: "evidence", Meaning: "grades of supply, use and dependence, A official to D judgement"},
	}}
	for _, i := range units {
		u, f := &c.Units[i], e.Figures[i]
		row := []any{u.ID}
		var others []string
		for _, language := range Languages() {
			names := c.UnitNames(i, language)
			first := ""
			if len(names) > 0 {
				first, others = names[0], append(others, names[1:]...)
			}
			row = append(row, first)
		}
		if row[1] == "" {
			row[1] = strings.ReplaceAll(u.ID, "-", " ")
		}
		others = append(others, c.UnitNames(i, "alias")...)
		row = append(row, strings.Join(c.UnitNames(i, "symbol"), ", "), strings.Join(others, "; "), u.Chain, u.ChainOrder, u.Stage, export.YesNo(u.InUSGS84), u.BaseYear, u.ContentBasis,
			u.Countries[u.Leader], c.CountryName(u.Countries[u.Leader]), export.Percent(f.SupplyShare[u.Leader]), f.WorldTonnes, f.UseTonnes, f.PriceUSDPerTonne,
			u.PrimaryProducers, export.YesNo(rank.SinglePointOfFailure(c, f)), c.Evidence(f, e.Method.Judgement, valueAdded))
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// MarketTable lists the figures of a unit's market.
func MarketTable(e *assess.Engine, unit int) *export.Table {
	c, f := e.Catalog, e.Figures[unit]
	u := &c.Units[unit]
	j := e.Method.Judgement
	t := &export.Table{Name: "market", Columns: []export.Column{
		{Name: "quantity", Heading: "quantity", Meaning: "quantity in words"}, {Name: "value", Heading: "value", Meaning: "value; empty if not known"},
		{Name: "unit", Heading: "unit", Meaning: "unit of measure"}, {Name: "range", Heading: "range", Meaning: "range or remark", Flexible: true}}}
	span := func(x catalog.Triple) string { return export.Human(x.Low) + " to " + export.Human(x.High) }
	t.Add("world output", f.WorldTonnes, "t/yr", "")
	t.Add("US use", f.UseTonnes, "t/yr", "")
	t.Add("US primary output", f.PrimaryTonnes, "t/yr", "")
	if u.SecondaryUnknown {
		t.Add("US secondary output", nil, "t/yr", "not known, counts as 0")
	} else {
		t.Add("US secondary output", f.SecondaryTonnes, "t/yr", "")
	}
	t.Add("US price", f.PriceUSDPerTonne, "USD/t", "")
	t.Add("US primary producers", u.PrimaryProducers, "", "")
	t.Add("end-of-life recycled share of supply", f.RecycledShare, "1", "")
	t.Add("elasticity of use, one year", f.DemandElasticity, "", span(c.Elasticity(unit, j, "demand")))
	t.Add("elasticity of supply, one year", f.SupplyElasticity, "", span(c.Elasticity(unit, j, "supply")))
	t.Add("commercial stocks", f.StockMonths, "months", "not used unless --method stocks=")
	return t
}

// SuppliersTable lists who supplies and who uses a unit, the largest producer first.
func SuppliersTable(e *assess.Engine, p *probability.Model, unit int) *export.Table {
	c, f := e.Catalog, e.Figures[unit]
	u := &c.Units[unit]
	t := &export.Table{Name: "countries", Columns: []export.Column{
		{Name: "country", Heading: "code", Meaning: "ISO 3166 alpha-3, or OTH for the remainder"}, {Name: "name", Heading: "country", Meaning: "country", Flexible: true},
		{Name: "supply_share", Heading: "of output %", Unit: "1", Meaning: "share of world output"}, {Name: "use_share", Heading: "of use %", Unit: "1", Meaning: "share of world use"},
		{Name: "net_exports_t", Heading: "net exports t", Unit: "t/yr", Meaning: "net exports, base year; negative = net imports"}, {Name: "idle_share", Heading: "idle %", Unit: "1", Meaning: "idle capacity over output"},
		{Name: "probability", Heading: "prob.", Unit: "1", Meaning: "probability that it stops exports within a year; empty where it exports nothing"}, {Name: "basis", Meaning: "what the probability stands on"}}}
	for k, code := range u.Countries {
		chance, basis := stopChance(p, f, unit, k, code)
		t.Add(code, c.CountryName(code), export.Percent(f.SupplyShare[k]), export.Percent(f.UseShare[k]), f.NetExportTonnes(k), export.Percent(f.IdleShare[k]), chance, basis)
	}
	slices.SortStableFunc(t.Rows, func(x, y []any) int { return cmp.Or(byShare(2)(x, y), byShare(3)(x, y)) })
	return t
}

// stopChance are the cells of the probability that a country stops exports of a
// unit; none where it has nothing to stop.
func stopChance(p *probability.Model, f *catalog.Figures, unit, k int, code string) (chance, basis any) {
	if code == catalog.USA || code == catalog.Remainder || !scenario.NetExporter(f, k) {
		return nil, nil
	}
	est := p.Of(unit, code)
	return est.Probability, est.Basis
}

// byShare orders rows by a column of shares, the largest first.
func byShare(column int) func(x, y []any) int {
	return func(x, y []any) int {
		return -cmp.Compare(float64(x[column].(export.Percent)), float64(y[column].(export.Percent)))
	}
}

// UsesTable lists the end uses of a unit in both judgements and merged.
func UsesTable(e *assess.Engine, unit int) (*export.Table, error) {
	c := e.Catalog
	u := &c.Units[unit]
	var shares [3]map[int]float64
	for k, j := range []catalog.Judgement{catalog.JudgeA, catalog.JudgeB, catalog.Merged} {
		v, err := c.Central(j)
		if err != nil {
			return nil, err
		}
		f, err := c.Bind(unit, v)
		if err != nil {
			return nil, err
		}
		shares[k] = map[int]float64{}
		for i, a := range f.Applications {
			shares[k][a] = f.ApplicationShare[i]
		}
	}
	t := &export.Table{Name: "uses", Columns: []export.Column{
		{Name: "application", Heading: "application", Meaning: "application (end use)", Flexible: true}, {Name: "share_a", Heading: "a %", Unit: "1", Meaning: "share of US use, judgement a"},
		{Name: "share_b", Heading: "b %", Unit: "1", Meaning: "share of US use, judgement b"}, {Name: "share", Heading: "merged %", Unit: "1", Meaning: "share of US use, merged"}}}
	for a, name := range u.Applications {
		t.Add(name, export.Percent(shares[0][a]), export.Percent(shares[1][a]), export.Percent(shares[2][a]))
	}
	slices.SortStableFunc(t.Rows, byShare(3))
	return t, nil
}

// DependenceTable lists how much of each industry's output stops without each
// application of a unit.
func DependenceTable(e *assess.Engine, unit int) *export.Table {
	c := e.Catalog
	u := &c.Units[unit]
	t := &export.Table{Name: "dependence", Columns: []export.Column{
		{Name: "industry", Heading: "code", Meaning: "BEA code"}, {Name: "industry_name", Heading: "industry", Meaning: "industry", Flexible: true}, {Name: "application", Heading: "application", Meaning: "application", Flexible: true},
		{Name: "dependence_a", Heading: "a %", Unit: "1", Meaning: "share of the industry's output that stops without the application, judgement a"}, {Name: "dependence_b", Heading: "b %", Unit: "1", Meaning: "the same, judgement b"},
		{Name: "dependence", Heading: "merged %", Unit: "1", Meaning: "the same, merged"}, {Name: "low", Heading: "low %", Unit: "1", Meaning: "10th percentile, merged"}, {Name: "high", Heading: "high %", Unit: "1", Meaning: "90th percentile, merged"}}}
	for _, p := range u.Pairs {
		a := c.DependenceRange(unit, p.Application, p.Industry, catalog.JudgeA)
		b := c.DependenceRange(unit, p.Application, p.Industry, catalog.JudgeB)
		m := c.DependenceRange(unit, p.Application, p.Industry, catalog.Merged)
		t.Add(c.Industries[p.Industry].Code, c.Industries[p.Industry].Name, u.Applications[p.Application], export.Percent(a.Mode), export.Percent(b.Mode), export.Percent(m.Mode), export.Percent(m.Low), export.Percent(m.High))
	}
	slices.SortStableFunc(t.Rows, byShare(5))
	return t
}

// InputsTable lists every number of a unit that can be edited, with its range.
// sets are the edits in force.
func InputsTable(e *assess.Engine, unit int, sets []string) (*export.Table, error) {
	c := e.Catalog
	v, err := c.Central(e.Method.Judgement)
	if err != nil {
		return nil, err
	}
	for _, set := range sets {
		if _, err := c.Apply(v, set); err != nil {
			return nil, err
		}
	}
	spreads, err := c.Spreads(unit, e.Method.Judgement)
	if err != nil {
		return nil, err
	}
	inputs := c.Inputs(unit)
	if len(spreads) != len(inputs) {
		return nil, fmt.Errorf("%s: %d spreads for %d inputs", c.Units[unit].ID, len(spreads), len(inputs))
	}
	t := &export.Table{Name: "inputs", Columns: []export.Column{
		{Name: "key", Meaning: "key for --set"}, {Name: "unit", Meaning: "unit of measure"}, {Name: "meaning", Meaning: "meaning"},
		{Name: "value", Meaning: "value in force, after edits"}, {Name: "low", Meaning: "10th percentile; empty where no range is known"}, {Name: "high", Meaning: "90th percentile; empty where no range is known"},
		{Name: "group", Meaning: "group for the analysis of drivers"}, {Name: "edit_low", Meaning: "smallest value that an edit may set"}, {Name: "edit_high", Meaning: "largest value that an edit may set"}}}
	sums := map[string]float64{}
	for _, in := range inputs {
		sums[in.Group] += v[in.ID]
	}
	for i, in := range inputs {
		value := v[in.ID]
		if in.Group != "" && sums[in.Group] > 0 {
			value /= sums[in.Group]
		}
		low, high := percentiles(spreads[i], value)
		t.Add(in.Key, in.Unit, in.Meaning, value, low, high, spreads[i].Group, in.Low, in.High)
	}
	return t, nil
}

// percentiles are the 10th and 90th percentile of an input, where a range is known.
func percentiles(s catalog.Spread, value float64) (low, high any) {
	switch s.Shape {
	case catalog.LogTwoPiece, catalog.LogitTwoPiece:
		scale := 1.0
		if s.Mode == 1 && s.Group == catalog.GroupIdle { // ratios to the mode
			scale = value
		}
		return scale * s.Low, scale * s.High
	case catalog.LogWidth:
		// 90 % lie within +-HalfWidth on the log scale; 80 % within this.
		h := s.HalfWidth * 1.2816 / 1.6449
		low, high := value*(1+math.Expm1(-h)), value*(1+math.Expm1(h))
		if s.Group == catalog.GroupSupply || s.Group == catalog.GroupUse || s.Group == catalog.GroupApplication {
			high = min(high, 1)
		}
		return low, high
	}
	return nil, nil
}
