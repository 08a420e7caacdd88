package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"chokepoint/internal/ask"
	"chokepoint/internal/explain"
	"chokepoint/internal/fault"
)

// twoArguments refuses anything but a word and a column.
func twoArguments(expected, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 2 {
			return nil
		}
		what := "no column"
		if len(args) == 0 {
			what = "no commodity and no column"
		} else if len(args) > 2 {
			what = "too many arguments"
		}
		return &fault.Error{Code: fault.Usage, File: cmd.CommandPath(), What: what, Expected: expected, Do: "Example: " + example}
	}
}

func (a *app) explainPathCommand() *cobra.Command {
	s := &selector{}
	w := &ask.PathWords{Horizon: ask.DefaultHorizon}
	var month string
	cmd := &cobra.Command{
		Use:   "path COMMODITY --from COUNTRY COLUMN  |  path FILE.yaml COLUMN  |  path NAME COLUMN",
		Short: "Where a number of a path comes from: its month, equation by equation",
		Long: `Explain a column of a month of ` + "`chokepoint path`" + ` (--month; default: the month
of the highest price outside), or a quantity of its summary: the equations with
the values of that month, the parameters with their ranges, and the table rows
behind them. The flags of path say which path.`,
		Example: "  chokepoint explain path gallium --from CHN price_ratio_outside\n  chokepoint explain path gallium --from CHN loss_musd --month 2025-06\n  chokepoint explain path gallium --from CHN time_to_recover",
		Args:    twoArguments("a commodity, --from, and a column such as price_ratio_outside or time_to_recover", "chokepoint explain path gallium --from CHN price_ratio_outside"),
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.load()
			if err != nil {
				return err
			}
			sel, err := s.parse(x.engine, args[0])
			if err != nil {
				return err
			}
			q, err := asked(x, sel, w)
			if err != nil {
				return err
			}
			p, err := ask.Draws{Workers: a.workers}.Paths(cmd.Context(), x.engine, sel.scenario, q)
			if err != nil {
				return err
			}
			notes, err := dropped(x.engine, sel.scenario)
			if err != nil {
				return err
			}
			a.tell(notes)
			if n := len(p.Paths); n == 0 {
				return &fault.Error{Code: fault.Usage, File: "column", What: "nothing is withdrawn, so there is nothing to explain", Expected: "a scenario with an effect"}
			} else if n > 1 {
				return &fault.Error{Code: fault.Usage, File: "commodity", What: fmt.Sprintf("the paths of %d commodities", n), Expected: "one commodity"}
			}
			c := x.engine.Catalog
			y, err := explain.Path(cmd.Context(), x.engine, &explain.PathAnswer{Question: &q.PathQuestion, Result: p.Paths[0], Calendar: q.Month, Months: p.Table(c), Summary: p.Summary(c)}, args[1], month)
			if err != nil {
				return err
			}
			return a.writeExplanation(x, y, &p.Paths[0].Scenario)
		},
	}
	s.addFlags(cmd.Flags())
	addPathFlags(cmd.Flags(), w)
	cmd.Flags().StringVar(&month, "month", "", "the month to explain, such as 2025-06 (default: that of the highest price outside)")
	return cmd
}
