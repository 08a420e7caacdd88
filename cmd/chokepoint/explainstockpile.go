package main

import (
	"slices"

	"github.com/spf13/cobra"

	"chokepoint/internal/ask"
	"chokepoint/internal/explain"
	"chokepoint/internal/stockpile"
)

func (a *app) explainStockpileCommand() *cobra.Command {
	q := &stockQuestion{target: "5%", within: 6}
	cmd := &cobra.Command{
		Use:   "stockpile COMMODITY COLUMN [--budget USD | --preset NAME]",
		Short: "Where the size, cost or use of a stock comes from",
		Long: `Explain a column of ` + "`chokepoint stockpile`" + ` for one commodity: the insurance rule
with its numbers, the ways a stop may go, the loss along the cut, and the table
rows behind them. With --budget or --preset the stock is the one that these give,
beside the other minerals that compete for the money.`,
		Example: "  chokepoint explain stockpile gallium stock_t\n  chokepoint explain stockpile gallium avoided_loss_musd --preset jp-60-days",
		Args:    twoArguments("a commodity, and a column such as stock_t or avoided_loss_musd", "chokepoint explain stockpile gallium stock_t"),
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.load()
			if err != nil {
				return err
			}
			c := x.engine.Catalog
			unit, err := c.FindUnit(args[0])
			if err != nil {
				return err
			}
			wanted, said, err := q.read(x, cmd)
			if err != nil {
				return err
			}
			units := []int{unit}
			if wanted.BudgetMUSD >= 0 && wanted.Days == 0 { // others compete
				if units, err = ask.Units(c, nil); err != nil {
					return err
				}
				if !slices.Contains(units, unit) {
					units = append(units, unit)
				}
			}
			parameters, err := stockpile.ReadParameters(c)
			if err != nil {
				return err
			}
			plan, err := stockpile.NewPlan(cmd.Context(), x.engine, x.probability, parameters, units, a.workers)
			if err != nil {
				return err
			}
			rows, err := plan.Portfolio(wanted)
			if err != nil {
				return err
			}
			answer := &explain.StockAnswer{Asked: said, Preset: q.preset}
			if answer.Basis, err = plan.Basis(&plan.Units[slices.Index(units, unit)]); err != nil {
				return err
			}
			answer.Row = rows[slices.IndexFunc(rows, func(r stockpile.Row) bool { return r.Unit == unit })]
			y, err := explain.Stock(x.engine, x.probability, answer, args[1])
			if err != nil {
				return err
			}
			return a.writeExplanation(x, y, nil)
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.budget, "budget", "", "USD to spend on stocks of all minerals, such as 2e9")
	f.StringVar(&q.preset, "preset", "", "a stock or budget that a government has set: one of `chokepoint data list stockpile_presets`")
	return cmd
}
