package concentration

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
)

// EU is the customs area of the European Union as an importer.
const EU = "EU"

// Coverage of a unit by the trade table, the two that matter here.
const (
	Match = "match" // the headings are the form of the unit
	None  = "none"  // there is no heading
)

// beyondOutput is how far exports may exceed output before an exporter is flagged:
// the trade table and the table of output have other years and contents.
const beyondOutput = 1.25

// Flags of an exporter.
const (
	FlagNoOutput = "no output"     // it makes none of the unit: a hub, or a later stage
	FlagBeyond   = "beyond output" // it exports more than it makes: re-exports
)

// Source is one exporter to an importer.
type Source struct {
	Exporter     string
	Share        float64 // of the importer's imports, by content
	Tonnes       float64 // content, t/yr
	ValueKUSD    float64
	OutputTonnes float64 // of the unit, t/yr
	ExportTonnes float64 // to everybody, t/yr
	Flag         string
}

// Imports are the import sources of one importer.
type Imports struct {
	Unit       int
	Importer   string
	Coverage   string // of table trade_coverage
	Headings   string // joined by +
	Sources    []Source
	Tonnes     float64
	OwnTonnes  float64
	HHI        float64
	Flagged    float64 // share of exporters with a flag
	GeoPolRisk Value
	Printed    []PrintedShare // USA only: what the US Geological Survey prints
}

// PrintedShare is a US import share beside that of the trade table.
type PrintedShare struct {
	Form, Country        string
	USGS                 float64 // 0 to 1
	Quantity, ValueShare Value   // in the trade table, the same years
}

// Importer resolves an importer: the EU as one customs area, or a country.
func (m *Model) Importer(text string) (string, error) { return m.Place(text, "importer") }

// Place resolves a country, or the EU as one; asked is what an error calls it.
func (m *Model) Place(text, asked string) (string, error) {
	if name := strings.TrimPrefix(strings.TrimSpace(text), "@"); strings.EqualFold(name, EU) || strings.EqualFold(name, "European Union") {
		return EU, nil
	}
	code, err := m.c.FindCountry(text)
	if f, ok := err.(*fault.Error); ok {
		f.File, f.Expected = asked, "an ISO 3166 code, an English name, or EU"
	}
	return code, err
}

// PlaceName is the name of a place.
func (m *Model) PlaceName(code string) string {
	if code == EU {
		return fmt.Sprintf("European Union, the %d as one", len(m.union))
	}
	return m.c.CountryName(code)
}

// members are the countries of a place.
func (m *Model) members(code string) []string {
	if code == EU {
		return m.union
	}
	return []string{code}
}

// coverage is a row of table trade_coverage.
func (m *Model) coverage(unit string) (coverage, headings string, err error) {
	t, err := m.c.Package.Table("trade_coverage")
	if err != nil {
		return "", "", err
	}
	row := slices.Index(t.Text("commodity"), unit)
	if row < 0 {
		return None, "", nil
	}
	return t.Text("coverage")[row], t.Text("hs6")[row], nil
}

// Imports lists from whom an importer buys a unit. Trade inside the EU is left out
// for the importer EU. Without a heading Sources is empty and Coverage is None.
func (m *Model) Imports(unit int, importer string) (*Imports, error) {
	u, f := &m.c.Units[unit], m.figures[unit]
	x := &Imports{Unit: unit, Importer: importer}
	var err error
	if x.Coverage, x.Headings, err = m.coverage(u.ID); err != nil {
		return nil, err
	}
	members := m.members(importer)
	for _, code := range members {
		if k := u.Country(code); k >= 0 {
			x.OwnTonnes += f.SupplyShare[k] * f.WorldTonnes
		}
	}
	if x.Coverage == None {
		x.GeoPolRisk = missing("no heading of the trade table holds it")
		return x, nil
	}
	t, err := m.c.Package.Table("trade_bilateral")
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	exported := map[string]float64{}
	exporter, buyer, tonnes, value := t.Text("exporter"), t.Text("importer"), t.Numbers("content_t"), t.Numbers("value_kusd")
	for _, row := range m.trade[u.ID] {
		exported[exporter[row]] += tonnes[row]
		if !slices.Contains(members, buyer[row]) || slices.Contains(members, exporter[row]) {
			continue
		}
		k, ok := at[exporter[row]]
		if !ok {
			k = len(x.Sources)
			at[exporter[row]] = k
			x.Sources = append(x.Sources, Source{Exporter: exporter[row]})
		}
		x.Sources[k].Tonnes += tonnes[row]
		x.Sources[k].ValueKUSD += value[row]
		x.Tonnes += tonnes[row]
	}
	var shares []float64
	for k := range x.Sources {
		s := &x.Sources[k]
		s.ExportTonnes = exported[s.Exporter]
		if x.Tonnes > 0 {
			s.Share = s.Tonnes / x.Tonnes
		}
		if c := u.Country(s.Exporter); c >= 0 {
			s.OutputTonnes = f.SupplyShare[c] * f.WorldTonnes
		}
		switch {
		case s.OutputTonnes == 0:
			s.Flag = FlagNoOutput
		case x.Coverage == Match && s.ExportTonnes > beyondOutput*s.OutputTonnes:
			s.Flag = FlagBeyond
		}
		if s.Flag != "" {
			x.Flagged += s.Share
		}
		shares = append(shares, s.Share)
	}
	slices.SortFunc(x.Sources, func(a, b Source) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), strings.Compare(a.Exporter, b.Exporter))
	})
	x.HHI = HHI(shares)
	x.GeoPolRisk = m.geoPolRisk(x)
	if importer == catalog.USA {
		x.Printed, err = m.printedShares(x.Headings)
	}
	return x, err
}

// geoPolRisk is (C7) for an importer. Tonnes of trade and of output are only of
// one kind where the headings match the form of the unit.
func (m *Model) geoPolRisk(x *Imports) Value {
	if x.Coverage != Match {
		return missing("the headings do not match its form (%s)", x.Coverage)
	}
	u, f := &m.c.Units[x.Unit], m.figures[x.Unit]
	var world []float64
	for k, code := range u.Countries {
		if code != catalog.Remainder {
			world = append(world, f.SupplyShare[k])
		}
	}
	var imports []Import
	unknown := 0.0
	for _, s := range x.Sources {
		score := m.scores[s.Exporter]
		if !score.stable {
			unknown += s.Share
			continue
		}
		imports = append(imports, Import{s.Tonnes, Instability(score.stability)})
	}
	if unknown > smallUnknown {
		return missing("exporters without a score of stability hold %.0f %%", 100*unknown)
	}
	risk, ok := GeoPolRisk(HHI(world), imports, x.OwnTonnes)
	if !ok {
		return missing("no imports and no output")
	}
	return number(risk)
}

// printedShares are the US import shares of the forms that share a heading.
func (m *Model) printedShares(headings string) ([]PrintedShare, error) {
	t, err := m.c.Package.Table("us_import_sources")
	if err != nil {
		return nil, err
	}
	own := strings.Split(headings, "+")
	var out []PrintedShare
	for row, hs6 := range t.Text("hs6") {
		if !slices.ContainsFunc(strings.Split(hs6, "+"), func(h string) bool { return slices.Contains(own, h) }) {
			continue
		}
		out = append(out, PrintedShare{t.Text("chapter")[row] + ", " + t.Text("form")[row], t.Text("country")[row], t.Numbers("usgs_share_pct")[row] / 100,
			scaled(t, row, "trade_quantity_share_pct", 100), scaled(t, row, "trade_value_share_pct", 100)})
	}
	slices.SortStableFunc(out, func(a, b PrintedShare) int {
		return cmp.Or(strings.Compare(a.Form, b.Form), cmp.Compare(b.USGS, a.USGS))
	})
	return out, nil
}

// NoCoverage is the error for a unit that no heading of the trade table holds.
func (m *Model) NoCoverage(unit int) error {
	return &fault.Error{Code: fault.Usage, File: "commodity", What: "no heading of the trade table holds " + m.c.Units[unit].ID, Expected: "a unit with trade coverage",
		Do: "`chokepoint show " + m.c.Units[unit].ID + "` lists its producers; docs/concentration.md says which units are covered."}
}

// CoverageNote says what the coverage of a unit means for shares.
func CoverageNote(coverage, headings string) string {
	what := map[string]string{Match: "the headings are the form of the unit", "basket": "the headings hold other goods too: shares are of the basket", "partial": "some forms of the unit are missing",
		"upstream": "the headings are an earlier stage", "downstream": "the headings are a later stage", None: "no heading holds it"}[coverage]
	if headings == "" {
		return fmt.Sprintf("coverage %s: %s", coverage, what)
	}
	return fmt.Sprintf("coverage %s (HS %s): %s", coverage, headings, what)
}
