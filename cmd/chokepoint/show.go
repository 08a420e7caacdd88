package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/lists"
	"chokepoint/internal/rank"
	"chokepoint/internal/report"
)

func (a *app) showCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show COMMODITY | COUNTRY | INDUSTRY | EDITION | commodities | countries | industries",
		Short: "What is known of a mineral, a country, an industry or a list",
		Long: `Show the inputs of a commodity (supply, use, US market, elasticities, end uses,
dependence, probability), the commodities of a country, or those an industry
depends on, or the names of an edition of a list. No scenario is run.`,
		Example: "  chokepoint show gallium\n  chokepoint show ZAF\n  chokepoint show 334413\n  chokepoint show us-2025-final\n  chokepoint show commodities",
		Args:    oneArgument("a commodity, a country, an industry code, or commodities, countries, industries"),
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.load()
			if err != nil {
				return err
			}
			e := x.engine
			switch strings.ToLower(args[0]) {
			case "commodities":
				return a.writeTable(x, "Commodity units", commoditiesTable(e))
			case "countries":
				return a.writeTable(x, "Countries", ask.CountriesTable(x.engine, x.probability))
			case "industries":
				return a.writeTable(x, "Industries", industriesList(e))
			}
			if j, ok := e.Catalog.IndustryIndex(strings.ToUpper(args[0])); ok {
				return a.showIndustry(x, j)
			}
			l, err := lists.Load(e.Catalog)
			if err != nil {
				return err
			}
			if edition, ok := l.Edition(strings.ToLower(args[0])); ok {
				return a.showEdition(&listSession{x, l, l.DefaultRules()}, edition, "en")
			}
			unit, unitErr := e.Catalog.FindUnit(args[0])
			if unitErr == nil {
				return a.showUnit(x, l, unit)
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
			if _, err := l.FindEdition(args[0], l.DefaultRules()); near == "" {
				if g, ok := err.(*fault.Error); ok {
					near = g.DidYouMean
				}
			}
			return &fault.Error{Code: fault.Usage, File: "show", What: "nothing is named " + fault.Quote(args[0]), Expected: "a commodity, a country, an industry code or an edition of a list", DidYouMean: near,
				Do: "`chokepoint show commodities`, `show countries`, `show industries` and `lists` list them."}
		},
	}
}

// writeTable prints one table.
func (a *app) writeTable(x *session, title string, t *export.Table) error {
	return a.write(x, &answer{title: title, tables: []*export.Table{t}, text: func(w io.Writer) error {
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

func industriesList(e *assess.Engine) *export.Table {
	t := &export.Table{Name: "industries", Columns: []export.Column{{Name: "code", Heading: "code"}, {Name: "name", Heading: "name", Flexible: true}}}
	for _, x := range e.Catalog.Industries {
		t.Add(x.Code, x.Name)
	}
	return t
}

func (a *app) showCountry(x *session, code string) error {
	e := x.engine
	t := ask.CountryUnitsTable(e, x.probability, code)
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
	t := ask.IndustryUnitsTable(e, industry)
	ind := e.Catalog.Industries[industry]
	return a.write(x, &answer{tables: []*export.Table{t}, text: func(w io.Writer) error {
		fmt.Fprintf(w, "%s  %s\n\n", ind.Code, ind.Name)
		return a.writeRows(w, t)
	}})
}

// showUnit prints the inputs of a unit, with the two judgements side by side.
func (a *app) showUnit(x *session, l *lists.Lists, unit int) error {
	e := x.engine
	c, f := e.Catalog, e.Figures[unit]
	u := &c.Units[unit]
	supply := ask.SuppliersTable(e, x.probability, unit)
	market := ask.MarketTable(e, unit)
	inputs := &export.Table{Name: "inputs", Columns: []export.Column{{Name: "key", Meaning: "key for --set"}, {Name: "unit"}, {Name: "meaning"}}}
	for _, in := range c.Inputs(unit) {
		inputs.Add(in.Key, in.Unit, in.Meaning)
	}
	uses, err := ask.UsesTable(e, unit)
	if err != nil {
		return err
	}
	dependence := ask.DependenceTable(e, unit)
	standings := report.StandingsTable(l, unit)
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
		}{{"Market", market, 0}, {"Who supplies and who uses", supply, 8}, {"What the US uses it for (judgements a and b, and merged)", uses, 12}, {"Which industries depend on it (share of output that stops without it)", dependence, 12}, {"On which lists, since when (of the editions at hand)", standings, 0}} {
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
	if err := a.write(x, &answer{title: u.ID, tables: []*export.Table{market, supply, uses, dependence, inputs, standings, report.MembershipsTable(l, unit)}, text: text}); err != nil {
		return err
	}
	a.note("%s", wrap("", "Elasticities, end uses and dependence are two independent desk judgements (grades C and D); `chokepoint explain "+u.ID+" --from "+u.Countries[u.Leader]+" price_ratio` names rows and sources."))
	return nil
}
