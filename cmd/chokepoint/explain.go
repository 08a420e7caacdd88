package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"chokepoint/internal/concentration"
	"chokepoint/internal/explain"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/scenario"
)

func (a *app) explainCommand() *cobra.Command {
	s := &selector{}
	cmd := &cobra.Command{
		Use:   "explain COMMODITY --from COUNTRY COLUMN | concentration COMMODITY COLUMN | lists EDITION MATERIAL | claims CLAIM",
		Short: "Where a number comes from: equation, inputs, table rows, sources",
		Long: `Explain a column of a disruption or of a ranking: its equation, the symbols with
their values, and the table rows behind them with grade and source. Or a column of
` + "`chokepoint concentration`" + ` for one commodity; whether an edition of a list has a
mineral, by which name and rule; how a claim is computed. Paths, back-tests and
stocks have commands of their own, below.`,
		Example: "  chokepoint explain gallium --from CHN price_ratio\n  chokepoint explain rhodium --from ZAF hit_gdp_musd\n  chokepoint explain niobium --from BRA expected_loss_musd\n  chokepoint explain concentration gallium hhi\n  chokepoint explain lists us-2025-final gallium\n  chokepoint explain claims A14",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 && args[0] != "lists" && args[0] != "concentration" || len(args) == 3 && (args[0] == "lists" || args[0] == "concentration") {
				return nil
			}
			what := "no column"
			if len(args) == 0 {
				what = "no commodity and no column"
			} else if args[0] == "concentration" {
				return &fault.Error{Code: fault.Usage, File: cmd.CommandPath(), What: what, Expected: "explain concentration, a commodity, and a column such as hhi",
					Do: "Example: chokepoint explain concentration gallium hhi"}
			} else if len(args) > 2 {
				what = "too many arguments"
			}
			return &fault.Error{Code: fault.Usage, File: cmd.CommandPath(), What: what, Expected: "a commodity, --from, and a column such as price_ratio or loss_musd",
				Do: "Example: chokepoint explain gallium --from CHN price_ratio"}
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 3 && args[0] == "concentration":
				return a.explainConcentration(args[1], args[2])
			case len(args) == 3:
				return a.explainMembership(args[1], args[2])
			case args[0] == "claims":
				return a.explainClaim(cmd.Context(), args[1])
			}
			session, sel, r, err := a.one(cmd, s, args[0])
			if err != nil {
				return err
			}
			notes, err := dropped(session.engine, sel.scenario)
			if err != nil {
				return err
			}
			a.tell(notes)
			x, err := explain.Column(cmd.Context(), session.engine, session.probability, r, args[1])
			if err != nil {
				return err
			}
			return a.writeExplanation(session, x, &r.Scenario)
		},
	}
	s.addFlags(cmd.Flags())
	cmd.AddCommand(a.explainPathCommand(), a.explainBacktestCommand(), a.explainStockpileCommand())
	return cmd
}

func (a *app) explainConcentration(commodity, column string) error {
	session, err := a.load()
	if err != nil {
		return err
	}
	c := session.engine.Catalog
	m, err := concentration.New(c, session.engine.Figures)
	if err != nil {
		return err
	}
	unit, err := c.FindUnit(commodity)
	if err != nil {
		return err
	}
	x, err := explain.Concentration(c, m, unit, column)
	if err != nil {
		return err
	}
	return a.writeExplanation(session, x, nil)
}

// writeExplanation writes an explanation as tables; s is the scenario it is of.
func (a *app) writeExplanation(session *session, x *explain.Explanation, s *scenario.Scenario) error {
	return a.write(session, explanationAnswer(x, s))
}

// explanationAnswer lays an explanation out.
func explanationAnswer(x *explain.Explanation, s *scenario.Scenario) *answer {
	symbols := &export.Table{Name: "symbols", Columns: []export.Column{{Name: "symbol", Heading: "symbol"}, {Name: "value", Heading: "value"}, {Name: "unit", Heading: "unit"}, {Name: "meaning", Heading: "meaning"}}}
	for _, y := range x.Symbols {
		symbols.Add(y.Symbol, y.Value, y.Unit, y.Meaning)
	}
	tables := []*export.Table{symbols, explain.RowsTable(x.Rows)}
	if x.Terms != nil {
		x.Terms.Name = "terms"
		tables = append(tables, x.Terms)
	}
	statement := &export.Table{Name: "explanation", Columns: []export.Column{{Name: "column"}, {Name: "value"}, {Name: "unit"}, {Name: "meaning"}, {Name: "equation"}, {Name: "section"}}}
	for _, line := range x.Equations {
		statement.Add(x.Column, x.Value, x.Unit, x.Meaning, line, x.Reference)
	}
	tables = append(tables, statement)
	return &answer{scenario: s, tables: tables, notes: x.Notes, text: func(w io.Writer) error { return explain.WriteText(w, x, wrap) }}
}

// explainMembership explains whether an edition lists something.
func (a *app) explainMembership(edition, name string) error {
	x, err := a.loadLists("")
	if err != nil {
		return err
	}
	e, err := x.FindEdition(edition, x.rules)
	if err != nil {
		return err
	}
	y, err := explain.Membership(x.Lists, e, name, x.rules)
	if err != nil {
		return err
	}
	return a.writeExplanation(x.session, y, nil)
}

// explainClaim explains how a claim is computed.
func (a *app) explainClaim(ctx context.Context, id string) error {
	x, err := a.loadLists("")
	if err != nil {
		return err
	}
	answers, err := a.claims(ctx, x, id)
	if err != nil {
		return err
	}
	return a.writeExplanation(x.session, explain.Claim(answers[0]), nil)
}
