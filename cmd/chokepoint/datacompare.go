package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"chokepoint/internal/concentration"
	"chokepoint/internal/export"
	"chokepoint/internal/report"
)

func (a *app) dataCompareCommand() *cobra.Command {
	year := concentration.Years()[0]
	cmd := &cobra.Command{
		Use: "compare COMMODITY", Short: "Where sources of output by country disagree", Args: oneArgument("a commodity, or a chain such as cobalt"),
		Long: `Set output by country of the US Geological Survey, World Mining Data, the EU study
and the British Geological Survey beside the supply table of this program: shares,
totals, and where they disagree. Of the British Geological Survey only totals and
leaders are shown: its terms do not settle whether its rows may be passed on.`,
		Example: "  chokepoint data compare cobalt\n  chokepoint data compare gallium --year 2024 --format csv --table shares",
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.load()
			if err != nil {
				return err
			}
			m, err := concentration.New(x.engine.Catalog, x.engine.Figures)
			if err != nil {
				return err
			}
			units, err := m.Resolve(args[0])
			if err != nil {
				return err
			}
			var all []*concentration.Comparison
			for _, u := range units {
				c, err := m.Compare(u, year)
				if err != nil {
					return err
				}
				all = append(all, c)
			}
			return a.writeSources(x, all)
		},
	}
	cmd.Flags().StringVar(&year, "year", year, "2023, 2024 or 2025 (2025: USGS estimates)")
	return cmd
}

func (a *app) writeSources(x *session, all []*concentration.Comparison) error {
	c := x.engine.Catalog
	readings, shares, flags := report.ReadingsTable(c, all), report.CompareSharesTable(c, all), report.FlagsTable(c, all)
	notes := []string{"rows by country of the British Geological Survey (bgs) are at www.bgs.ac.uk/mineralsuk; here are only totals and leaders computed from them", "sources are never mixed within a unit: the model takes one main source each (`chokepoint show`)"}
	if err := a.write(x, &answer{title: "Sources compared", tables: []*export.Table{shown(shares, "commodity", "counts"), shown(readings, "commodity", "counts"), flags}, notes: notes, text: func(w io.Writer) error {
		shown := map[string]bool{}
		for _, one := range all {
			id := c.Units[one.Unit].ID
			for _, g := range one.Groups {
				title := id + ", " + c.Units[one.Unit].ContentBasis
				if g.Counts != concentration.OwnForm {
					title = c.Units[one.Unit].Chain + ", " + g.Counts
					if shown[title] {
						continue
					}
					shown[title] = true
				}
				if len(shown) > 0 {
					fmt.Fprintln(w)
				}
				shown[title] = true
				fmt.Fprintf(w, "%s: sources of %s\n", title, one.Year)
				if err := a.writeGroup(w, where(ofUnit(readings, id), 3, g.Counts), where(ofUnit(shares, id), 1, g.Counts), g.Flags); err != nil {
					return err
				}
			}
		}
		return nil
	}}); err != nil {
		return err
	}
	a.tell(notes)
	return nil
}

// writeGroup writes the readings of one output, their shares and what differs.
func (a *app) writeGroup(w io.Writer, readings, shares *export.Table, flags []string) error {
	if err := export.WriteText(w, readings, 0); err != nil {
		return err
	}
	if len(readings.Rows) > 1 {
		limit := 8
		if a.all {
			limit = 0
		}
		fmt.Fprintln(w)
		if err := export.WriteText(w, withoutEmpty(shares), limit); err != nil {
			return err
		}
		if n := len(shares.Rows); limit > 0 && n > limit {
			fmt.Fprintf(w, "%d more: --all\n", n-limit)
		}
	}
	for _, f := range flags {
		fmt.Fprintln(w, wrap("", "! "+f))
	}
	return nil
}

// withoutEmpty leaves columns out of the text in which no row has a value.
func withoutEmpty(t *export.Table) *export.Table {
	out := *t
	out.Columns = slices.Clone(t.Columns)
	for k := range out.Columns {
		if !slices.ContainsFunc(t.Rows, func(row []any) bool { return row[k] != nil }) {
			out.Columns[k].Heading = ""
		}
	}
	return &out
}
