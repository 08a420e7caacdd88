package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/rank"
	"chokepoint/internal/scenario"
)

func (a *app) showCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show COMMODITY | COUNTRY | INDUSTRY | commodities | countries | industries",
		Short: "What is known of a mineral, a country or an industry",
		Long: `Show the inputs of a commodity (supply, use, US market, elasticities, end uses,
dependence, probability), the commodities of a country, or those an industry
depends on. No scenario is run.`,
		Example: "  chokepoint show gallium\n  chokepoint show ZAF\n  chokepoint show 334413\n  chokepoint show commodities",
		Args:    oneArgument("a commodity, a country, an industry code, or commodities, countries, industries"),
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.load()
			if err != nil {
				return err
			}
			e := x.engine
			switch strings.ToLower(args[0]) {
			case "commodities":
				return a.writeTable(x, commoditiesTable(e))
			case "countries":
				return a.writeTable(x, countriesTable(x))
			case "industries":
				return a.writeTable(x, industriesList(e))
			}
			if j, ok := e.Catalog.IndustryIndex(strings.ToUpper(args[0])); ok {
				return a.showIndustry(x, j)
			}
			unit, unitErr := e.Catalog.FindUnit(args[0])
			if unitErr == nil {
				return a.showUnit(x, unit)
			}
			country, err := e.Catalog.FindCountry(args[0])
			if err == nil {
				return a.showCountry(x, country)
			}
			var f *fault.Error
			f, _ = unitErr.(*fault.Error)
			if f != nil && strings.Contains(f.What, "several units") {
				return f
			}
			near := ""
			if f != nil {
				near = f.DidYouMean
			}
			if g, ok := err.(*fault.Error); ok && near == "" {
				near = g.DidYouMean
			}
			return &fault.Error{Code: fault.Usage, File: "show", What: "nothing is named " + fault.Quote(args[0]), Expected: "a commodity, a country or an industry code", DidYouMean: near,
				Do: "`chokepoint show commodities`, `show countries` and `show industries` list them."}
		},
	}
}

// writeTable prints one table.
func (a *app) writeTable(x *session, t *export.Table) error {
	return a.write(x, &answer{tables: []*export.Table{t}, text: func(w io.Writer) error {
		return a.writeRows(w, t)
	}})
}

func commoditiesTable(e *assess.Engine) *export.Table {
	t := &export.Table{Name: "commodities", Columns: []export.Column{{Name: "commodity", Heading: "commodity"}, {Name: "chain", Heading: "chain", Flexible: true}, {Name: "stage", Heading: "stage"}, {Name: "usgs_84", Heading: "of the 84"}, {Name: "leader", Heading: "leader"}, {Name: "leader_share", Heading: "share %"}, {Name: "content_basis"}}}
	for i := range e.Catalog.Units {
		u := &e.Catalog.Units[i]
		in := "no"
		if u.InUSGS84 {
			in = "yes"
		}
		t.Add(u.ID, u.Chain, u.Stage, in, u.Countries[u.Leader], export.Percent(e.Figures[i].SupplyShare[u.Leader]), u.ContentBasis)
	}
	return t
}

func countriesTable(x *session) *export.Table {
	e := x.engine
	t := &export.Table{Name: "countries", Columns: []export.Column{{Name: "country", Heading: "code"}, {Name: "name", Heading: "name", Flexible: true}, {Name: "produces", Heading: "produces"}, {Name: "exports", Heading: "exports"}, {Name: "leads", Heading: "leads"}, {Name: "hazard", Heading: "hazard %"}, {Name: "hazard_low", Heading: "low"}, {Name: "hazard_high", Heading: "high"}, {Name: "frequency"}, {Name: "units_hit", Heading: "hit"}}}
	for _, k := range e.Catalog.Countries {
		if k.Code == catalog.Remainder {
			continue
		}
		produces, exports, leads := 0, 0, 0
		for i := range e.Catalog.Units {
			u := &e.Catalog.Units[i]
			c := u.Country(k.Code)
			if c < 0 {
				continue
			}
			if e.Figures[i].SupplyShare[c] > 0 {
				produces++
			}
			if scenario.NetExporter(e.Figures[i], c) {
				exports++
			}
			if c == u.Leader {
				leads++
			}
		}
		var hazard, low, high, frequency, hits any
		if h, ok := x.probability.Country(k.Code); ok {
			hazard, low, high, frequency, hits = export.Percent(h.Probability), export.Percent(h.Low), export.Percent(h.High), h.Frequency, h.Hits
		}
		t.Add(k.Code, k.Name, produces, exports, leads, hazard, low, high, frequency, hits)
	}
	return t
}

func industriesList(e *assess.Engine) *export.Table {
	t := &export.Table{Name: "industries", Columns: []export.Column{{Name: "code", Heading: "code"}, {Name: "name", Heading: "name", Flexible: true}}}
	for _, x := range e.Catalog.Industries {
		t.Add(x.Code, x.Name)
	}
	return t
}

func (a *app) showCountry(x *session, code string) error {
	e := x.engine
	t := &export.Table{Name: "commodities", Columns: []export.Column{{Name: "commodity", Heading: "commodity", Flexible: true}, {Name: "supply_share", Heading: "of output %"}, {Name: "use_share", Heading: "of use %"}, {Name: "net_exports_t", Heading: "net exports t"}, {Name: "probability", Heading: "prob."}, {Name: "basis", Heading: "basis", Flexible: true}}}
	for i := range e.Catalog.Units {
		u, f := &e.Catalog.Units[i], e.Figures[i]
		k := u.Country(code)
		if k < 0 {
			continue
		}
		var p, basis any
		if scenario.NetExporter(f, k) && code != catalog.USA {
			est := x.probability.Of(i, code)
			p, basis = est.Probability, est.Basis
		}
		t.Add(u.ID, export.Percent(f.SupplyShare[k]), export.Percent(f.UseShare[k]), f.NetExportTonnes(k), p, basis)
	}
	slices.SortStableFunc(t.Rows, func(x, y []any) int {
		return -cmp.Compare(float64(x[1].(export.Percent)), float64(y[1].(export.Percent)))
	})
	if len(t.Rows) == 0 {
		a.note("%s neither produces nor uses any of the %d units on its own row", e.Catalog.CountryName(code), len(e.Catalog.Units))
	}
	return a.write(x, &answer{tables: []*export.Table{t}, text: func(w io.Writer) error {
		fmt.Fprintf(w, "%s  %s\n\n", code, e.Catalog.CountryName(code))
		return a.writeRows(w, t)
	}})
}

func (a *app) showIndustry(x *session, industry int) error {
	e := x.engine
	t := &export.Table{Name: "dependence", Columns: []export.Column{{Name: "commodity", Heading: "commodity"}, {Name: "dependence", Heading: "stops without it %"}, {Name: "main_application", Heading: "mainly for", Flexible: true}, {Name: "produces", Heading: "makes it"}}}
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
	slices.SortStableFunc(t.Rows, func(x, y []any) int {
		return -cmp.Compare(float64(x[1].(export.Percent)), float64(y[1].(export.Percent)))
	})
	ind := e.Catalog.Industries[industry]
	return a.write(x, &answer{tables: []*export.Table{t}, text: func(w io.Writer) error {
		fmt.Fprintf(w, "%s  %s\n\n", ind.Code, ind.Name)
		return a.writeRows(w, t)
	}})
}

// showUnit prints the inputs of a unit, with the two judgements side by side.
func (a *app) showUnit(x *session, unit int) error {
	e := x.engine
	c, f := e.Catalog, e.Figures[unit]
	u := &c.Units[unit]
	supply := supplyTable(x, unit)
	market := marketTable(e, unit)
	inputs := &export.Table{Name: "inputs", Columns: []export.Column{{Name: "key", Meaning: "key for --set"}, {Name: "unit"}, {Name: "meaning"}}}
	for _, in := range c.Inputs(unit) {
		inputs.Add(in.Key, in.Unit, in.Meaning)
	}
	uses, dependence, err := usesTables(e, unit)
	if err != nil {
		return err
	}
	text := func(w io.Writer) error {
		fmt.Fprintf(w, "%s", u.ID)
		if s := c.UnitNames(unit, "symbol"); len(s) > 0 {
			fmt.Fprintf(w, " (%s)", strings.Join(s, ", "))
		}
		for _, language := range []string{"zh", "ja", "de", "fr"} {
			if n := c.UnitNames(unit, language); len(n) > 0 {
				fmt.Fprintf(w, "  %s", n[0])
			}
		}
		fmt.Fprintf(w, "\nstage %s", u.Stage)
		if u.Chain != u.ID {
			fmt.Fprintf(w, ", place %d in the chain %s", u.ChainOrder, u.Chain)
		}
		fmt.Fprintf(w, "; tonnes are %s; base year %d\n", u.ContentBasis, u.BaseYear)
		if rank.SinglePointOfFailure(c, f) {
			fmt.Fprintln(w, "single point of failure: one US primary producer, no secondary output")
		}
		for _, part := range []struct {
			title string
			table *export.Table
			rows  int
		}{{"Market", market, 0}, {"Who supplies and who uses", supply, 8}, {"What the US uses it for (judgements a and b, and merged)", uses, 12}, {"Which industries depend on it (share of output that stops without it)", dependence, 12}} {
			fmt.Fprintf(w, "\n%s\n", part.title)
			limit := part.rows
			if a.all {
				limit = 0
			}
			if err := export.WriteText(w, part.table, limit); err != nil {
				return err
			}
			if n := len(part.table.Rows); limit > 0 && n > limit {
				fmt.Fprintf(w, "%d more: --all\n", n-limit)
			}
		}
		return nil
	}
	if err := a.write(x, &answer{tables: []*export.Table{market, supply, uses, dependence, inputs}, text: text}); err != nil {
		return err
	}
	a.note("%s", wrap("", "Elasticities, end uses and dependence are two independent desk judgements (grades C and D); `chokepoint explain "+u.ID+" --from "+u.Countries[u.Leader]+" price_ratio` names rows and sources."))
	return nil
}

func supplyTable(x *session, unit int) *export.Table {
	e := x.engine
	c, f := e.Catalog, e.Figures[unit]
	u := &c.Units[unit]
	t := &export.Table{Name: "countries", Columns: []export.Column{{Name: "country", Heading: "code"}, {Name: "name", Heading: "country", Flexible: true}, {Name: "supply_share", Heading: "of output %"}, {Name: "use_share", Heading: "of use %"}, {Name: "net_exports_t", Heading: "net exports t"}, {Name: "idle_share", Heading: "idle %"}, {Name: "probability", Heading: "prob."}, {Name: "basis"}}}
	for k, code := range u.Countries {
		var p, basis any
		if code != catalog.USA && code != catalog.Remainder && scenario.NetExporter(f, k) {
			est := x.probability.Of(unit, code)
			p, basis = est.Probability, est.Basis
		}
		t.Add(code, c.CountryName(code), export.Percent(f.SupplyShare[k]), export.Percent(f.UseShare[k]), f.NetExportTonnes(k), export.Percent(f.IdleShare[k]), p, basis)
	}
	slices.SortStableFunc(t.Rows, func(x, y []any) int {
		return cmp.Or(-cmp.Compare(float64(x[2].(export.Percent)), float64(y[2].(export.Percent))), -cmp.Compare(float64(x[3].(export.Percent)), float64(y[3].(export.Percent))))
	})
	return t
}

func marketTable(e *assess.Engine, unit int) *export.Table {
	c, f := e.Catalog, e.Figures[unit]
	u := &c.Units[unit]
	j := e.Method.Judgement
	t := &export.Table{Name: "market", Columns: []export.Column{{Name: "quantity", Heading: "quantity"}, {Name: "value", Heading: "value"}, {Name: "unit", Heading: "unit"}, {Name: "range", Heading: "range", Flexible: true}}}
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

func usesTables(e *assess.Engine, unit int) (uses, dependence *export.Table, err error) {
	c := e.Catalog
	u := &c.Units[unit]
	var shares [3]map[int]float64
	var figures [3]*catalog.Figures
	for k, j := range []catalog.Judgement{catalog.JudgeA, catalog.JudgeB, catalog.Merged} {
		v, err := c.Central(j)
		if err != nil {
			return nil, nil, err
		}
		if figures[k], err = c.Bind(unit, v); err != nil {
			return nil, nil, err
		}
		shares[k] = map[int]float64{}
		for i, a := range figures[k].Applications {
			shares[k][a] = figures[k].ApplicationShare[i]
		}
	}
	uses = &export.Table{Name: "uses", Columns: []export.Column{{Name: "application", Heading: "application", Flexible: true}, {Name: "share_a", Heading: "a %"}, {Name: "share_b", Heading: "b %"}, {Name: "share", Heading: "merged %"}}}
	for a, name := range u.Applications {
		uses.Add(name, export.Percent(shares[0][a]), export.Percent(shares[1][a]), export.Percent(shares[2][a]))
	}
	slices.SortStableFunc(uses.Rows, func(x, y []any) int {
		return -cmp.Compare(float64(x[3].(export.Percent)), float64(y[3].(export.Percent)))
	})
	dependence = &export.Table{Name: "dependence", Columns: []export.Column{{Name: "industry", Heading: "code"}, {Name: "industry_name", Heading: "industry", Flexible: true}, {Name: "application", Heading: "application", Flexible: true}, {Name: "dependence_a", Heading: "a %"}, {Name: "dependence_b", Heading: "b %"}, {Name: "dependence", Heading: "merged %"}, {Name: "low", Heading: "low %"}, {Name: "high", Heading: "high %"}}}
	for _, p := range u.Pairs {
		a := c.DependenceRange(unit, p.Application, p.Industry, catalog.JudgeA)
		b := c.DependenceRange(unit, p.Application, p.Industry, catalog.JudgeB)
		m := c.DependenceRange(unit, p.Application, p.Industry, catalog.Merged)
		dependence.Add(c.Industries[p.Industry].Code, c.Industries[p.Industry].Name, u.Applications[p.Application], export.Percent(a.Mode), export.Percent(b.Mode), export.Percent(m.Mode), export.Percent(m.Low), export.Percent(m.High))
	}
	slices.SortStableFunc(dependence.Rows, func(x, y []any) int {
		return -cmp.Compare(float64(x[5].(export.Percent)), float64(y[5].(export.Percent)))
	})
	return uses, dependence, nil
}
