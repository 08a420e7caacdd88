package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

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
			if points < 16 || points > drivers.MaxPoints {
				return &fault.Error{Code: fault.Usage, File: "--points", What: fmt.Sprint(points), Expected: fmt.Sprintf("16 to %d, a power of two", drivers.MaxPoints)}
			}
			x, sel, r, err := a.one(cmd, s, args[0])
			if err != nil {
				return err
			}
			if len(r.Units) == 0 {
				return &fault.Error{Code: fault.Usage, File: "scenario", What: "nothing is withdrawn, so nothing drives the answer", Expected: "a scenario with an effect"}
			}
			if !assess.HasDraws(x.engine.Method.Downstream) {
				return &fault.Error{Code: fault.Usage, File: "--method", What: "downstream=" + x.engine.Method.Downstream.String() + " has no draws", Expected: "downstream=soft or none"}
			}
			sampler, err := x.engine.NewSampler([]*assess.Result{r}, a.seed)
			if err != nil {
				return err
			}
			d, err := drivers.Analyse(cmd.Context(), sampler, points, a.seed, a.workers)
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
	groups, inputs := driversTable("groups", d.Groups), driversTable("inputs", d.Inputs)
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

func driversTable(name string, list []drivers.Driver) *export.Table {
	t := &export.Table{Name: name, Columns: []export.Column{
		{Name: "driver", Heading: "driver", Meaning: "group of inputs, or key of an input", Flexible: true},
		{Name: "group", Meaning: "group of the input"},
		{Name: "inputs", Meaning: "number of inputs in the group"},
		{Name: "first_order", Heading: "first %", Unit: "1", Meaning: "share of the variance of the loss that knowing it would remove; empty for inputs outside the screened ones"},
		{Name: "first_low", Unit: "1", Meaning: "lower end of its 90 % interval"}, {Name: "first_high", Unit: "1", Meaning: "upper end"},
		{Name: "total", Heading: "total %", Unit: "1", Meaning: "share of the variance that stays when it alone is unknown"},
		{Name: "total_low", Heading: "low", Unit: "1", Meaning: "lower end of its 90 % interval"}, {Name: "total_high", Heading: "high", Unit: "1", Meaning: "upper end"},
		{Name: "loss_at_10_musd", Heading: "from", Unit: "million USD/yr", Meaning: "loss with it at its 10 % point, all else at the middle"},
		{Name: "loss_at_90_musd", Heading: "to", Unit: "million USD/yr", Meaning: "loss with it at its 90 % point"},
		{Name: "span_musd", Unit: "million USD/yr", Meaning: "distance of the two"},
		{Name: "meaning", Meaning: "what the input is"},
	}}
	percent := func(v float64, shown bool) any {
		if !shown {
			return nil
		}
		return export.Percent(v)
	}
	for _, d := range list {
		t.Add(d.Name, d.Group, d.Inputs, percent(d.First.Value, d.Indexed), percent(d.First.Low, d.Indexed), percent(d.First.High, d.Indexed),
			percent(d.Total.Value, d.Indexed), percent(d.Total.Low, d.Indexed), percent(d.Total.High, d.Indexed), d.LowMUSD, d.HighMUSD, d.SpanMUSD(), d.Meaning)
	}
	return t
}
