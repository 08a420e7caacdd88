package main

import (
	"io"

	"github.com/spf13/cobra"

	"chokepoint/internal/assess"
	"chokepoint/internal/export"
	"chokepoint/internal/probability"
	"chokepoint/internal/report"
	"chokepoint/internal/scenario"
)

func (a *app) scenarioCommand() *cobra.Command {
	list := &cobra.Command{
		Use: "list [COMMODITY... | @usgs-84 | @all]", Short: "List the baseline scenarios with their results, one row each",
		Long: `List the baseline: every foreign net exporter of every unit stops exports for a
year (export-restriction), and every other foreign producer stops output
(production-outage). Without names the 84 units.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := a.load()
			if err != nil {
				return err
			}
			units, err := selectUnits(e, args)
			if err != nil {
				return err
			}
			baseline := scenario.Baseline(e.Catalog, e.Figures, units)
			results, err := e.Run(cmd.Context(), baseline, assess.Options{Workers: a.workers})
			if err != nil {
				return err
			}
			t := report.ScenarioTable(e.Catalog, results)
			notes := append([]string{probability.Note(e.Catalog)}, report.Limits()...)
			if err := a.write(&answer{engine: e, tables: []*export.Table{t}, notes: notes, text: func(w io.Writer) error {
				if err := export.WriteText(w, t, a.rows(len(t.Rows))); err != nil {
					return err
				}
				return a.more(w, len(t.Rows))
			}}); err != nil {
				return err
			}
			restrictions := 0
			for _, s := range baseline {
				if s.Withdrawals[0].Kind == scenario.ExportRestriction {
					restrictions++
				}
			}
			a.note("%d scenarios of %d units: %d export restrictions, %d production outages", len(baseline), len(units), restrictions, len(baseline)-restrictions)
			return nil
		},
	}
	return group("scenario", "List baseline scenarios", list)
}
