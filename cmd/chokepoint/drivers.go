package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/drivers"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/report"
)

func (a *app) driversCommand() *cobra.Command {
	s := &selector{}
	points := drivers.DefaultPoints
	cmd := &cobra.Command{
		Use:   "drivers COMMODITY[,...] --from COUNTRY[,...]  |  FILE.yaml  |  NAME",
		Short: "Which inputs move the answer: what to research first",
		Long: `Say which inputs move the loss of a scenario: the share of its variance that
knowing a group of inputs, or one input, would remove (first order) and that
stays when it alone is unknown (total), and how far the loss moves from its 10 %
to its 90 % point.`,
		Example: "  chokepoint drivers gallium --from CHN\n  chokepoint drivers palladium --from RUS,ZAF --points 4096 --format csv --table inputs",
		Args:    oneArgument("a commodity with --from, a scenario file, or a name from `chokepoint scenario show`"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if points < drivers.MinPoints || points > drivers.MaxPoints {
				return &fault.Error{Code: fault.Usage, File: "--points", What: fmt.Sprint(points), Expected: fmt.Sprintf("%d to %d, a power of two", drivers.MinPoints, drivers.MaxPoints)}
			}
			x, sel, r, err := a.one(cmd, s, args[0])
			if err != nil {
				return err
			}
			d, err := ask.Drivers(cmd.Context(), x.engine, r, points, a.seed, a.workers)
			if err != nil {
				return err
			}
			return a.writeDrivers(x, sel, r, d)
		},
	}
	s.addFlags(cmd.Flags())
	cmd.Flags().IntVar(&points, "points", points, "base points of the design; each costs one run a group or input")
	return cmd
}

func (a *app) writeDrivers(x *session, sel *selection, r *assess.Result, d *drivers.Analysis) error {
	groups, inputs := ask.DriversTable("groups", d.Groups), ask.DriversTable("inputs", d.Inputs)
	notes := append([]string{fmt.Sprintf("indices from %d runs (%d base points), 90 %% intervals by bootstrap; the choice of equations is not in them: disrupt --method downstream=all, rank --structure all", d.Runs, d.Points)}, report.Limits()...)
	h := export.Human
	if err := a.write(x, &answer{scenario: &r.Scenario, tables: []*export.Table{groups, inputs}, notes: notes, points: d.Points, text: func(w io.Writer) error {
		fmt.Fprintf(w, "%s\n\n", wrap("", fmt.Sprintf("Loss of %s: central %s M USD, mean of the draws %s, standard deviation %s", sel.label, h(r.LossMUSD), h(d.MeanMUSD), h(d.DeviationMUSD))))
		fmt.Fprintf(w, "By group of inputs, %% of the variance of the loss (90 %% interval)\n")
		if err := export.WriteText(w, groups, 0); err != nil {
			return err
		}
		fmt.Fprintf(w, "\nBy single input: research the first ones first\n")
		limit := 10
		if a.all {
			limit = 0
		}
		if err := export.WriteText(w, shortKeys(inputs, r, x), limit); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "%s\n", wrap("", "first: falls away, on average, once it is known. total: stays when it alone is unknown. from, to: loss in M USD with it at its 10 % and 90 % point, all else at the middle."))
		return err
	}}); err != nil {
		return err
	}
	a.tell(notes)
	return nil
}

// shortKeys leaves the name of the only commodity out of the keys, and the
// intervals, so that the keys can be read.
func shortKeys(t *export.Table, r *assess.Result, x *session) *export.Table {
	out := *t
	out.Columns = slices.Clone(t.Columns)
	for k := range out.Columns {
		if name := out.Columns[k].Name; name == "total_low" || name == "total_high" {
			out.Columns[k].Heading = ""
		}
	}
	if len(r.Units) != 1 {
		return &out
	}
	prefix := x.engine.Catalog.Units[r.Units[0].Unit].ID + "."
	out.Rows = nil
	for _, row := range t.Rows {
		row = slices.Clone(row)
		row[0] = strings.TrimPrefix(row[0].(string), prefix)
		out.Rows = append(out.Rows, row)
	}
	return &out
}
