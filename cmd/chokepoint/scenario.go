package main

import (
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/data"
	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/report"
	"chokepoint/internal/scenario"
)

func (a *app) scenarioCommand() *cobra.Command {
	return group("scenario", "Baseline, library and files of scenarios", a.scenarioList(), a.scenarioShow(), a.scenarioNew(), a.scenarioCheck(), a.scenarioSchema())
}

func (a *app) scenarioList() *cobra.Command {
	var units string
	cmd := &cobra.Command{
		Use: "list [COMMODITY... | @usgs-84 | @all]", Short: "List the baseline scenarios with their results, one row each",
		Long: `List the baseline: every foreign net exporter of every unit stops exports for a
year (export-restriction), and every other foreign producer stops output
(production-outage). Without names the 84 units.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.load()
			if err != nil {
				return err
			}
			selected, err := ask.Units(x.engine.Catalog, args)
			if err != nil {
				return err
			}
			blocs, err := ask.CustomsAreas(x.engine.Catalog, units)
			if err != nil {
				return err
			}
			baseline := scenario.Baseline(x.engine.Catalog, x.engine.Figures, selected, blocs...)
			results, err := x.engine.Run(cmd.Context(), baseline, assess.Options{Workers: a.workers})
			if err != nil {
				return err
			}
			t := report.ScenarioTable(x.engine.Catalog, x.probability, results)
			notes := append([]string{x.probability.Note()}, report.Limits()...)
			if err := a.write(x, &answer{tables: []*export.Table{t}, notes: notes, text: func(w io.Writer) error { return a.writeRows(w, t) }}); err != nil {
				return err
			}
			restrictions := 0
			for _, s := range baseline {
				if s.Withdrawals[0].Kind == scenario.ExportRestriction {
					restrictions++
				}
			}
			a.note("%d scenarios of %d units: %d export restrictions, %d production outages", len(baseline), len(selected), restrictions, len(baseline)-restrictions)
			return a.failIf(t)
		},
	}
	addUnitsFlag(cmd, &units)
	return cmd
}

func (a *app) scenarioShow() *cobra.Command {
	return &cobra.Command{
		Use: "show [NAME | FILE]", Short: "List the library, or show one scenario with its sources", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.load()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return a.showLibrary(x)
			}
			s := &selector{}
			s.addFlags(cmd.Flags())
			f, err := s.open(x.engine.Catalog, args[0])
			if err != nil {
				return err
			}
			return a.showFile(x, f)
		},
	}
}

func (a *app) showLibrary(x *session) error {
	names, err := ask.LibraryNames()
	if err != nil {
		return err
	}
	library, err := data.Scenarios()
	if err != nil {
		return err
	}
	t := &export.Table{Name: "library", Columns: []export.Column{{Name: "name", Heading: "name", Meaning: "name for disrupt and compare"}, {Name: "in_force", Heading: "in force", Meaning: "when it took effect"}, {Name: "withdrawals", Heading: "steps", Meaning: "withdrawals"}, {Name: "title", Heading: "title", Meaning: "title", Flexible: true}}}
	for _, name := range names {
		content, err := fs.ReadFile(library, name+".yaml")
		if err != nil {
			return err
		}
		f, err := scenario.ReadFile(x.engine.Catalog, name+".yaml", content)
		if err != nil {
			return err
		}
		date := ""
		for _, d := range f.Dates {
			if d[0] == "in_force" || date == "" {
				date = d[1]
			}
		}
		t.Add(name, date, len(f.Scenario.Withdrawals), f.Title)
	}
	return a.write(x, &answer{tables: []*export.Table{t}, text: func(w io.Writer) error { return export.WriteText(w, t, 0) }})
}

func (a *app) showFile(x *session, f *scenario.File) error {
	c := x.engine.Catalog
	canonical, notes, err := f.Scenario.Canonical(c, x.engine.Figures)
	if err != nil {
		return err
	}
	w := &export.Table{Name: "withdrawals", Columns: []export.Column{{Name: "commodity", Heading: "commodity", Flexible: true}, {Name: "country", Heading: "from"}, {Name: "kind", Heading: "kind"}, {Name: "cut", Heading: "cut %"}, {Name: "to", Heading: "to", Flexible: true}, {Name: "leakage", Heading: "leak %"}}}
	for _, y := range canonical.Withdrawals {
		var leak any
		if y.Targeted() {
			leak = export.Percent(y.Leakage)
		}
		w.Add(c.Units[y.Unit].ID, y.Country, y.Kind.String(), export.Percent(y.Fraction), strings.Join(y.Targets, ","), leak)
	}
	s := &export.Table{Name: "scenario_sources", Columns: []export.Column{{Name: "title"}, {Name: "url"}, {Name: "date"}, {Name: "says"}}}
	for _, y := range f.Sources {
		s.Add(y.Title, y.URL, y.Date, y.Says)
	}
	return a.write(x, &answer{scenario: &canonical, tables: []*export.Table{w, s}, text: func(out io.Writer) error {
		fmt.Fprintf(out, "%s\n%s\n", f.Title, strings.Repeat("-", min(len([]rune(f.Title)), export.Width)))
		if f.Summary != "" {
			fmt.Fprintf(out, "%s\n", wrap("", f.Summary))
		}
		for _, d := range f.Dates {
			fmt.Fprintf(out, "%s: %s\n", strings.ReplaceAll(d[0], "_", " "), d[1])
		}
		fmt.Fprintf(out, "months: %g; hash: %s\n\n", canonical.Months, canonical.Hash(c))
		if err := export.WriteText(out, w, 0); err != nil {
			return err
		}
		for _, n := range notes {
			fmt.Fprintf(out, "%s\n", wrap("", "no effect: "+n.Reason))
		}
		if len(canonical.Blocs) > 0 {
			for _, b := range canonical.Blocs {
				fmt.Fprintf(out, "one market: %s\n", c.BlocName(b))
			}
		}
		if len(f.Assumptions) > 0 {
			fmt.Fprintln(out, "\nWhat the numbers stand on")
			for _, y := range f.Assumptions {
				fmt.Fprintln(out, wrap("  ", y))
			}
		}
		if len(f.Sources) > 0 {
			fmt.Fprintln(out, "\nSources")
			for _, y := range f.Sources {
				fmt.Fprintln(out, wrap("  ", strings.TrimSuffix(y.Title, ".")+". "+y.Date))
				if y.URL != "" {
					fmt.Fprintln(out, "    "+y.URL)
				}
				if y.Says != "" {
					fmt.Fprintln(out, wrap("    ", y.Says))
				}
			}
		}
		return nil
	}})
}

func (a *app) scenarioNew() *cobra.Command {
	s := &selector{}
	cmd := &cobra.Command{
		Use: "new COMMODITY[,...] --from COUNTRY[,...]", Short: "Write a scenario file to start from", Args: oneArgument("a commodity, such as gallium"),
		Example: "  chokepoint scenario new gallium --from CHN --to USA -o my.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			target := a.output
			a.output = "" // a scenario file, not one of the formats of results
			x, err := a.load()
			if err != nil {
				return err
			}
			sel, err := s.parse(x.engine, args[0])
			if err != nil {
				return err
			}
			canonical, notes, err := sel.scenario.Canonical(x.engine.Catalog, x.engine.Figures)
			if err != nil {
				return err
			}
			if len(canonical.Withdrawals) == 0 {
				return &fault.Error{Code: fault.InvalidData, File: "scenario", What: "nothing is withdrawn: " + notes[0].Reason, Expected: "a country that exports or produces the commodity"}
			}
			name := strings.Trim(strings.Join(strings.FieldsFunc(strings.ToLower(sel.label), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }), "-"), "-")
			text := canonical.YAML(x.engine.Catalog, name, sel.label) +
				"# dates: {announced: 2025-01-01, in_force: 2025-02-01}\n# sources:\n#   - title: a document a reader can find\n#     url: https://\n#     says: what it supports\n# assumptions:\n#   - \"cut: what it stands on\"\n"
			if target == "" {
				_, err := io.WriteString(a.stdout, text)
				return err
			}
			if err := writeFile(target, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
				return err
			}
			a.note("wrote %s", target)
			return nil
		},
	}
	s.addFlags(cmd.Flags())
	return cmd
}

func (a *app) scenarioCheck() *cobra.Command {
	return &cobra.Command{
		Use: "check FILE...", Short: "Check scenario files", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.load()
			if err != nil {
				return err
			}
			for _, name := range args {
				s := &selector{flags: cmd.Flags()}
				f, err := s.open(x.engine.Catalog, name)
				if err != nil {
					return err
				}
				canonical, notes, err := f.Scenario.Canonical(x.engine.Catalog, x.engine.Figures)
				if err != nil {
					return err
				}
				text := wrap("", fmt.Sprintf("%s: ok, %d withdrawals, %g months, %d sources, hash %s", name, len(canonical.Withdrawals), canonical.Months, len(f.Sources), canonical.Hash(x.engine.Catalog)))
				for _, n := range notes {
					text += "\n" + wrap("  ", "no effect: "+n.Reason)
				}
				if _, err := fmt.Fprintln(a.stdout, text); err != nil {
					return err
				}
				if len(f.Sources) == 0 {
					a.note("%s names no source", name)
				}
			}
			return nil
		},
	}
}

func (a *app) scenarioSchema() *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of scenario files, for editors", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { _, err := a.stdout.Write(scenario.Schema); return err },
	}
}
