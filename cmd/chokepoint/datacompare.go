package main

import (
	"fmt"
	"io"

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
	notes := []string{"bgs: British Geological Survey, World Mineral Statistics (www.bgs.ac.uk/mineralsuk): totals and leaders computed here, rows by country are there", "sources are never mixed within a unit: the model takes one main source each (`chokepoint data list supply`)"}
	if err := a.write(x, &answer{title: "Sources compared", tables: []*export.Table{shares, readings, flags}, notes: notes, text: func(w io.Writer) error {
		for k, one := range all {
			id := c.Units[one.Unit].ID
			if k > 0 {
				fmt.Fprintln(w)
			}
			fmt.Fprintf(w, "%s: what the sources say, %s (in %s)\n", id, one.Year, c.Units[one.Unit].ContentBasis)
			if err := export.WriteText(w, ofUnit(readings, id), 0); err != nil {
				return err
			}
			rows := ofUnit(shares, id)
			limit := 10
			if a.all {
				limit = 0
			}
			fmt.Fprintf(w, "\nShares of world output\n")
			if err := export.WriteText(w, rows, limit); err != nil {
				return err
			}
			if n := len(rows.Rows); limit > 0 && n > limit {
				fmt.Fprintf(w, "%d more: --all\n", n-limit)
			}
			fmt.Fprintln(w)
			for _, f := range one.Flags {
				fmt.Fprintln(w, wrap("", "! "+f))
			}
		}
		return nil
	}}); err != nil {
		return err
	}
	a.tell(notes)
	return nil
}
