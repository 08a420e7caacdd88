package main

import (
	"github.com/spf13/cobra"

	"chokepoint/internal/backtest"
	"chokepoint/internal/explain"
)

func (a *app) explainBacktestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backtest EVENT",
		Short: "Where the forecast of a past event comes from, and what came",
		Long: `Explain a row of ` + "`chokepoint backtest`" + `: what was known before the event, how it
is simulated, the forecast, what came and from which source, the scores, the
parameters, and the table rows behind them. Events of your own: a table events
in a folder for --data.`,
		Example: "  chokepoint explain backtest ga2023-2m",
		Args:    oneArgument("an event that `chokepoint backtest` lists"),
		RunE: func(cmd *cobra.Command, args []string) error {
			x, m, events, shipped, err := a.backtestModel(cmd, "", backtestDraws)
			if err != nil {
				return err
			}
			e, err := explain.FindEvent(events, args[0])
			if err != nil {
				return err
			}
			r, err := m.Test(cmd.Context(), []backtest.Event{*e}, shipped)
			if err != nil {
				return err
			}
			y, err := explain.Event(m, &r.Rows[0])
			if err != nil {
				return err
			}
			out := explanationAnswer(y, nil)
			out.drawn = true
			return a.write(x, out)
		},
	}
}
