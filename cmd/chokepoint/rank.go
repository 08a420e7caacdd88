package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/internal/assess"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/probability"
	"chokepoint/internal/rank"
	"chokepoint/internal/report"
	"chokepoint/internal/scenario"
)

func (a *app) rankCommand() *cobra.Command {
	var opt rank.Options
	var by string
	cmd := &cobra.Command{
		Use:   "rank [COMMODITY... | @usgs-84 | @all]",
		Short: "Rank minerals by the GDP that a stop of exports is expected to cost",
		Long: `Rank minerals by expected loss of GDP: the sum, over every country whose net
exports could stop for a year, of probability times loss. Without names the 84
units of USGS Open-File Report 2025-1047.`,
		Example: "  chokepoint rank\n  chokepoint rank gallium germanium --given-disruption\n  chokepoint rank @all --by chain --format csv -o rank.csv",
		RunE: func(cmd *cobra.Command, args []string) error {
			if by != "" && by != "chain" {
				return &fault.Error{Code: fault.Usage, File: "--by", What: fault.Quote(by), Expected: "chain"}
			}
			opt.ByChain = by == "chain"
			e, err := a.load()
			if err != nil {
				return err
			}
			units, err := selectUnits(e, args)
			if err != nil {
				return err
			}
			results, err := a.restrictions(cmd, e, units)
			if err != nil {
				return err
			}
			valueAdded, err := e.ValueAddedMUSD()
			if err != nil {
				return err
			}
			rows := rank.Rank(e, units, results, valueAdded, opt)
			return a.writeRanking(e, rows, opt)
		},
	}
	cmd.Flags().BoolVar(&opt.GivenDisruption, "given-disruption", false, "rank by the loss of the leading scenario, without probability")
	cmd.Flags().StringVar(&by, "by", "", "chain: one row a chain, its highest stage")
	return cmd
}

// selectUnits resolves names and @sets; none means the 84.
func selectUnits(e *assess.Engine, args []string) ([]int, error) {
	if len(args) == 0 {
		args = []string{"@usgs-84"}
	}
	var units []int
	add := func(u int) {
		if !slices.Contains(units, u) {
			units = append(units, u)
		}
	}
	for _, arg := range args {
		if set, ok := strings.CutPrefix(arg, "@"); ok {
			members, err := e.Catalog.Set(set)
			if err != nil {
				return nil, err
			}
			for _, u := range members {
				add(u)
			}
			continue
		}
		for _, name := range strings.Split(arg, ",") {
			u, err := e.Catalog.FindUnit(name)
			if err != nil {
				return nil, err
			}
			add(u)
		}
	}
	return units, nil
}

// restrictions runs the export restrictions of the baseline of some units.
func (a *app) restrictions(cmd *cobra.Command, e *assess.Engine, units []int) ([]*assess.Result, error) {
	var list []scenario.Scenario
	for _, s := range scenario.Baseline(e.Catalog, e.Figures, units) {
		if s.Withdrawals[0].Kind == scenario.ExportRestriction {
			list = append(list, s)
		}
	}
	return e.Run(cmd.Context(), list, assess.Options{Workers: a.workers})
}

func (a *app) writeRanking(e *assess.Engine, rows []rank.Row, opt rank.Options) error {
	t := report.RankTable(e.Catalog, rows, opt)
	notes := report.Limits()
	if !opt.GivenDisruption {
		notes = append([]string{probability.Note(e.Catalog)}, notes...)
	}
	x := &answer{engine: e, tables: []*export.Table{t}, notes: notes, text: func(w io.Writer) error {
		if err := export.WriteText(w, t, a.rows(len(t.Rows))); err != nil {
			return err
		}
		return a.more(w, len(t.Rows))
	}}
	if err := a.write(x); err != nil {
		return err
	}
	flagged := 0
	for _, r := range rows {
		if r.Leading != nil && slices.Contains(r.Leading.Flags(), assess.FlagRationing) {
			flagged++
		}
	}
	a.note("%s", wrap("", fmt.Sprintf("%d units. Loss of US GDP if a country stops its net exports for a year; evidence: supply, use, dependence, A official to D judgement. For %d units the loss %s.", len(rows), flagged, assess.FlagRationing)))
	for _, n := range notes {
		a.note("%s", wrap("", upper(n)))
	}
	return nil
}

// upper starts a note with a capital.
func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// wrap breaks text into lines of at most 80 columns.
func wrap(indent, text string) string {
	var b strings.Builder
	width := 80 - len(indent)
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			b.WriteString(indent + line + "\n")
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	b.WriteString(indent + line)
	return b.String()
}
