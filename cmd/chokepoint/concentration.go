package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"chokepoint/internal/ask"
	"chokepoint/internal/concentration"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/report"
)

func (a *app) concentrationCommand() *cobra.Command {
	var country string
	var importers []string
	cmd := &cobra.Command{
		Use:   "concentration [COMMODITY... | @usgs-84 | @all]",
		Short: "How few countries supply a mineral, by stage, with the indicators of others",
		Long: `Rank units by how concentrated their output is. One commodity, or a chain such as
cobalt: who produces it, all indicators, and what studies printed beside. With
--country what a country holds; with --importer where importers buy.`,
		Example: "  chokepoint concentration\n  chokepoint concentration gallium\n  chokepoint concentration cobalt\n  chokepoint concentration --country CHN\n  chokepoint concentration nickel --country IDN\n  chokepoint concentration --country EU\n  chokepoint concentration graphite-natural --importer USA,EU,JPN,KOR",
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.load()
			if err != nil {
				return err
			}
			m, err := concentration.New(x.engine.Catalog, x.engine.Figures)
			if err != nil {
				return err
			}
			switch {
			case country != "" && len(importers) > 0:
				return &fault.Error{Code: fault.Usage, File: "--importer", What: "together with --country", Expected: "one of the two"}
			case country != "":
				return a.holdings(x, m, args, country)
			case len(importers) > 0:
				return a.imports(x, m, args, importers)
			}
			if len(args) == 1 && !strings.HasPrefix(args[0], "@") && !strings.Contains(args[0], ",") {
				units, err := m.Resolve(args[0])
				if err != nil {
					return err
				}
				return a.oneMineral(x, m, units)
			}
			units, err := ask.Units(x.engine.Catalog, args)
			if err != nil {
				return err
			}
			if err := a.sayEditionSets(x, args); err != nil {
				return err
			}
			return a.concentrationRanking(x, m, units)
		},
	}
	cmd.Flags().StringVar(&country, "country", "", "what one country holds, by stage; EU for the members as one")
	cmd.Flags().StringSliceVar(&importers, "importer", nil, "where importers buy: ISO codes or names, EU for the customs area; separated by commas")
	cmd.Flags().SetNormalizeFunc(importsIsImporter)
	return cmd
}

func profiles(m *concentration.Model, units []int) ([]*concentration.Profile, error) {
	var out []*concentration.Profile
	for _, u := range units {
		p, err := m.Profile(u)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// concentrationNotes say what the ranking is and is not.
func concentrationNotes() []string {
	return []string{"shares are of the model's base year and partly judgements (grades in `chokepoint show`); a US import reliance below 0 is net exports; concentration says how few supply, not what a stop costs: `chokepoint rank` does",
		"equations, sources and limits: docs/concentration.md; --format csv holds all indicators, with the reason where one is empty"}
}

func (a *app) concentrationRanking(x *session, m *concentration.Model, units []int) error {
	all, err := profiles(m, units)
	if err != nil {
		return err
	}
	t := report.ConcentrationTable(x.engine.Catalog, all)
	notes := concentrationNotes()
	if err := a.write(x, &answer{title: "Concentration of output", tables: []*export.Table{t}, notes: notes, text: func(w io.Writer) error { return a.writeRows(w, t) }}); err != nil {
		return err
	}
	a.tell(notes)
	return nil
}

// oneMineral prints a unit, or the units of a chain.
func (a *app) oneMineral(x *session, m *concentration.Model, units []int) error {
	c := x.engine.Catalog
	all, err := profiles(m, units)
	if err != nil {
		return err
	}
	chain := m.Chain(c.Units[units[0]].Chain)
	stages := all
	if len(chain) != len(units) {
		if stages, err = profiles(m, chain); err != nil {
			return err
		}
	}
	ranking := report.ConcentrationTable(c, stages)
	inChain := unitIDs(x, chain)
	slices.SortStableFunc(ranking.Rows, func(p, q []any) int {
		return slices.Index(inChain, p[0].(string)) - slices.Index(inChain, q[0].(string))
	})
	indicators, producers := report.IndicatorsTable(c, all), report.ProducersTable(c, all)
	tables := []*export.Table{ranking, indicators, producers}
	if len(units) > 1 {
		tables = []*export.Table{ranking, shown(indicators, "commodity"), shown(producers, "commodity")}
	}
	hold := report.HoldTable(c, chain, m.Hold(chain))
	if len(chain) > 1 {
		tables = append(tables, shown(hold, "commodity", "share"))
	}
	other, err := m.OtherStages(c.Units[units[0]].Chain)
	if err != nil {
		return err
	}
	stagesWithout := report.OtherStagesTable(c, other, "")
	tables = append(tables, stagesWithout)
	title := c.Units[units[0]].ID
	if len(units) > 1 {
		title = c.Units[units[0]].Chain
	}
	notes := concentrationNotes()
	if err := a.write(x, &answer{title: "Concentration: " + title, tables: tables, notes: notes, text: func(w io.Writer) error {
		if err := export.WriteText(w, ranking, 0); err != nil {
			return err
		}
		if len(stagesWithout.Rows) > 0 {
			fmt.Fprintf(w, "\nA stage that is no unit of the model\n")
			if err := export.WriteText(w, stagesWithout, 0); err != nil {
				return err
			}
		}
		if len(chain) > 1 {
			fmt.Fprintf(w, "\n%s\n", wrap("", "Who holds the chain: share % at "+strings.Join(inChain, ", ")))
			if err := export.WriteText(w, onePerCountry(hold, len(chain)), 0); err != nil {
				return err
			}
		}
		for _, p := range all {
			id := c.Units[p.Unit].ID
			fmt.Fprintf(w, "\nProducers of %s\n", id)
			rows := ofUnit(producers, id)
			limit := 10
			if a.all {
				limit = 0
			}
			if err := export.WriteText(w, rows, limit); err != nil {
				return err
			}
			if n := len(rows.Rows); limit > 0 && n > limit {
				fmt.Fprintf(w, "%d more: --all\n", n-limit)
			}
			fmt.Fprintf(w, "\nIndicators of %s\n", id)
			own := ofUnit(indicators, id)
			if err := export.WriteText(w, own, 0); err != nil {
				return err
			}
			for _, row := range own.Rows {
				if reason := row[len(row)-1].(string); reason != "" {
					fmt.Fprintln(w, wrap("", fmt.Sprintf("%s is empty: %s.", row[1], reason)))
				}
			}
			printed(w, p)
		}
		return nil
	}}); err != nil {
		return err
	}
	a.tell(notes)
	return nil
}

// printed says for which material the printed values stand.
func printed(w io.Writer, p *concentration.Profile) {
	if p.EU.Series == "" && p.EU.ScoreMaterial == "" {
		return
	}
	text := "EU study: " + p.EU.Describe()
	if p.EU.Form != "same" && p.EU.Note != "" {
		text += " (" + p.EU.Note + ")"
	}
	text += "."
	if len(p.EU.Printed) > 0 {
		var years []string
		for _, s := range p.EU.Printed {
			years = append(years, fmt.Sprintf("%s %g and %g", s.Year, s.SupplyRisk, s.EconomicImportance))
		}
		of := p.EU.ScoreMaterial
		if p.EU.ScoreForm == "basket" {
			of += " (one score for the group)"
		}
		text += " Printed SR and EI of " + of + ": " + strings.Join(years, "; ") + "."
	}
	fmt.Fprintln(w, wrap("", text))
}

// holdings prints what a country has: of all units, or along the chains of some.
func (a *app) holdings(x *session, m *concentration.Model, args []string, country string) error {
	c := x.engine.Catalog
	code, err := m.Place(country, "country")
	if err != nil {
		return err
	}
	if len(args) > 0 {
		return a.chainHoldings(x, m, args, code)
	}
	holdings := m.Country(code)
	other, err := m.OtherStages("")
	if err != nil {
		return err
	}
	stagesWithout := report.OtherStagesTable(c, other, code)
	stages, t := report.CountryStagesTable(code, m.Stages(holdings)), report.CountryHoldingsTable(c, code, holdings)
	if len(t.Rows) == 0 {
		a.note("%s neither produces nor uses any of the %d units on its own row", m.PlaceName(code), len(c.Units))
	}
	notes := []string{"shares of use are mostly desk judgements (grade D)"}
	if err := a.write(x, &answer{title: "Concentration: " + m.PlaceName(code), tables: []*export.Table{t, stages, stagesWithout}, notes: notes, text: func(w io.Writer) error {
		fmt.Fprintf(w, "%s  %s\n\nBy stage, numbers of units\n", code, m.PlaceName(code))
		if err := export.WriteText(w, stages, 0); err != nil {
			return err
		}
		if len(stagesWithout.Rows) > 0 {
			fmt.Fprintf(w, "\nStages that are no units of the model\n")
			if err := export.WriteText(w, stagesWithout, 0); err != nil {
				return err
			}
		}
		fmt.Fprintf(w, "\nUnits by its share of world output\n")
		return a.writeRows(w, t)
	}}); err != nil {
		return err
	}
	a.tell(notes)
	return nil
}

// chainHoldings prints what a country has at every stage of the chains of units.
func (a *app) chainHoldings(x *session, m *concentration.Model, args []string, code string) error {
	c := x.engine.Catalog
	var holdings []concentration.Holding
	var chains []string
	for _, word := range args {
		units, err := m.Resolve(word)
		if err != nil {
			return err
		}
		chain := c.Units[units[0]].Chain
		if slices.Contains(chains, chain) {
			continue
		}
		chains = append(chains, chain)
		for _, u := range m.Chain(chain) {
			holdings = append(holdings, m.Holding(u, code))
		}
	}
	t := report.CountryHoldingsTable(c, code, holdings)
	return a.write(x, &answer{title: "Concentration: " + m.PlaceName(code), tables: []*export.Table{t}, text: func(w io.Writer) error {
		fmt.Fprintf(w, "%s  %s, at every stage of %s\n\n", code, m.PlaceName(code), strings.Join(chains, ", "))
		return export.WriteText(w, t, 0)
	}})
}

// imports prints where importers buy.
func (a *app) imports(x *session, m *concentration.Model, args, importers []string) error {
	c := x.engine.Catalog
	var units []int
	var err error
	if len(args) == 1 && !strings.HasPrefix(args[0], "@") && !strings.Contains(args[0], ",") {
		units, err = m.Resolve(args[0])
	} else {
		units, err = ask.Units(c, args)
	}
	if err != nil {
		return err
	}
	var codes []string
	for _, name := range importers {
		code, err := m.Importer(name)
		if err != nil {
			return err
		}
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	var all []*concentration.Imports
	covered := false
	for _, unit := range units {
		for _, code := range codes {
			i, err := m.Imports(unit, code)
			if err != nil {
				return err
			}
			covered = covered || i.Coverage != concentration.None
			all = append(all, i)
		}
	}
	if !covered && len(units) == 1 {
		return m.NoCoverage(units[0])
	}
	sum, sources, printed := report.ImportsTable(c, all), report.ImportSourcesTable(c, all), report.PrintedImportsTable(c, all)
	tables := []*export.Table{sum, sources, printed}
	if len(units) > 1 {
		tables = []*export.Table{sum, shown(sources, "commodity"), shown(printed, "commodity")}
	}
	notes := []string{"CEPII BACI, mean of 2022 to 2024; flagged: exporters that make none of the unit (hubs, or works on it), or export more than 1.25 times the output of the base year: what they sell was made elsewhere, or their output has fallen since"}
	if len(units) == 1 {
		notes = append([]string{c.Units[units[0]].ID + ": " + concentration.CoverageNote(all[0].Coverage, all[0].Headings)}, notes...)
	} else {
		if n := len(sum.Rows) - len(covers(sum).Rows); n > 0 {
			notes = append(notes, count(n/len(codes), "unit")+" without a heading in the trade table")
		}
		notes = append(notes, "coverage other than match: shares are of a basket, another stage or part of the forms (docs/concentration.md)")
	}
	if err := a.write(x, &answer{title: "Import sources", tables: tables, notes: notes, text: func(w io.Writer) error {
		if len(units) > 1 {
			return a.writeRows(w, covers(sum))
		}
		if err := export.WriteText(w, sum, 0); err != nil {
			return err
		}
		for _, i := range all {
			name := "the EU, without trade among the 27"
			if i.Importer != concentration.EU {
				name = c.CountryName(i.Importer)
			}
			fmt.Fprintf(w, "\nTo %s\n", name)
			rows := where(sources, 1, i.Importer)
			limit := 6
			if a.all {
				limit = 0
			}
			if err := export.WriteText(w, rows, limit); err != nil {
				return err
			}
			if n := len(rows.Rows); limit > 0 && n > limit {
				fmt.Fprintf(w, "%d more: --all\n", n-limit)
			}
		}
		if len(printed.Rows) > 0 {
			fmt.Fprintf(w, "\nUS imports of 2021 to 2024: US Geological Survey beside the trade data\n")
			return export.WriteText(w, printed, 0)
		}
		return nil
	}}); err != nil {
		return err
	}
	a.tell(notes)
	return nil
}

// covers keeps the import rows that have trade.
func covers(t *export.Table) *export.Table {
	out := *t
	out.Rows = nil
	for _, row := range t.Rows {
		if row[2] != nil {
			out.Rows = append(out.Rows, row)
		}
	}
	return &out
}

func unitIDs(x *session, units []int) []string {
	var out []string
	for _, i := range units {
		out = append(out, x.engine.Catalog.Units[i].ID)
	}
	return out
}

// importsIsImporter lets --imports stand for --importer.
func importsIsImporter(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	if name == "imports" {
		name = "importer"
	}
	return pflag.NormalizedName(name)
}

// shown gives columns a heading, for pages and Markdown: there rows of several
// units stand in one table.
func shown(t *export.Table, columns ...string) *export.Table {
	out := *t
	out.Columns = slices.Clone(t.Columns)
	for k := range out.Columns {
		c := &out.Columns[k]
		switch {
		case slices.Contains(columns, c.Name):
			c.Heading = c.Name
		case c.Name == "along":
			c.Heading = ""
		}
	}
	return &out
}

// ofUnit keeps the rows of one unit, which stands in the first column.
func ofUnit(t *export.Table, id string) *export.Table { return where(t, 0, id) }

// where keeps the rows with a value in a column.
func where(t *export.Table, column int, value string) *export.Table {
	out := *t
	out.Rows = nil
	for _, row := range t.Rows {
		if row[column] == value {
			out.Rows = append(out.Rows, row)
		}
	}
	return &out
}

// onePerCountry keeps the first of n rows of each country.
func onePerCountry(t *export.Table, n int) *export.Table {
	out := *t
	out.Rows = nil
	for i := 0; i < len(t.Rows); i += n {
		out.Rows = append(out.Rows, t.Rows[i])
	}
	return &out
}
