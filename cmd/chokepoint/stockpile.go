package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/path"
	"chokepoint/internal/scenario"
	"chokepoint/internal/stockpile"
)

// maxBudgetUSD bounds a budget; a world's output of a year is below.
const maxBudgetUSD = 1e15

// largeShare is the share of a year's world output above which a stock is named.
const largeShare = .1

// maxAnswers bounds the commodities for which all three answers are given.
const maxAnswers = 8

// stockQuestion is what the flags of stockpile ask.
type stockQuestion struct {
	budget, preset, target string
	within                 int
}

func (a *app) stockpileCommand() *cobra.Command {
	q := &stockQuestion{}
	cmd := &cobra.Command{
		Use:   "stockpile [COMMODITY... | @usgs-84 | @all] [--budget USD | --preset NAME]",
		Short: "How much to hold against a stop of imports, and of which minerals first",
		Long: `Say how much of a mineral to hold against a stop of imports. Without names, or
with --budget or --preset: which of the minerals first, by the loss avoided per
dollar. With names three answers for each: cover for a target risk (from paths
drawn month by month), the insurance rule, and the stationary program with what
to buy and release at every level.`,
		Example: "  chokepoint stockpile --budget 2e9\n  chokepoint stockpile gallium --target-risk 5% --within 6\n  chokepoint stockpile --preset jp-60-days",
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.load()
			if err != nil {
				return err
			}
			units, err := ask.Units(x.engine.Catalog, args)
			if err != nil {
				return err
			}
			wanted, said, err := q.read(x, cmd)
			if err != nil {
				return err
			}
			parameters, err := stockpile.ReadParameters(x.engine.Catalog)
			if err != nil {
				return err
			}
			plan, err := stockpile.NewPlan(cmd.Context(), x.engine, x.probability, parameters, units, a.workers)
			if err != nil {
				return err
			}
			set := slices.ContainsFunc(args, func(word string) bool { return strings.HasPrefix(word, "@") })
			if len(args) > 0 && !set && said == "" {
				return a.stockAnswers(cmd.Context(), x, plan, q, parameters)
			}
			return a.stockPortfolio(cmd.Context(), x, plan, wanted, said, parameters)
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.budget, "budget", "", "USD to spend on stocks, such as 2e9")
	f.StringVar(&q.preset, "preset", "", "a stock or budget that a government has set: one of `chokepoint data list stockpile_presets`")
	f.StringVar(&q.target, "target-risk", "5%", "with a commodity: accepted chance that an industry is short, given the stop")
	f.IntVar(&q.within, "within", 6, "with a commodity: months from the stop that the cover is for")
	return cmd
}

// read checks the flags; said describes a budget or preset in words.
func (q *stockQuestion) read(x *session, cmd *cobra.Command) (wanted stockpile.Ask, said string, err error) {
	wanted.BudgetMUSD = -1
	if q.within < 1 || q.within > path.MaxHorizon {
		return wanted, "", &fault.Error{Code: fault.Usage, File: "--within", What: strconv.Itoa(q.within), Expected: fmt.Sprintf("1 to %d months", path.MaxHorizon)}
	}
	if _, err := scenario.ParseFraction("--target-risk", q.target); err != nil {
		return wanted, "", err
	}
	if q.preset != "" {
		presets, err := stockpile.Presets(x.engine.Catalog)
		if err != nil {
			return wanted, "", err
		}
		var names []string
		for _, p := range presets {
			names = append(names, p.Name)
			if p.Name != q.preset {
				continue
			}
			if cmd.Flags().Changed("budget") {
				return wanted, "", &fault.Error{Code: fault.Usage, File: "--budget", What: "a budget beside a preset", Expected: "one of the two"}
			}
			if p.Kind == stockpile.DaysOfUse {
				wanted.Days = p.Amount
			} else {
				wanted.BudgetMUSD = p.Amount
			}
			return wanted, "preset " + p.Name + " (" + p.Meaning + ")", nil
		}
		return wanted, "", &fault.Error{Code: fault.Usage, File: "--preset", What: "unknown preset " + fault.Quote(q.preset), Expected: "one of " + strings.Join(names, ", "), DidYouMean: fault.Nearest(q.preset, names)}
	}
	if cmd.Flags().Changed("budget") {
		v, err := strconv.ParseFloat(q.budget, 64)
		if err != nil || !(v >= 0 && v <= maxBudgetUSD) {
			return wanted, "", &fault.Error{Code: fault.Usage, File: "--budget", What: fault.Quote(q.budget), Expected: fmt.Sprintf("USD, 0 to %g, such as 2e9", maxBudgetUSD)}
		}
		wanted.BudgetMUSD = v / 1e6
		return wanted, "budget of " + export.Human(wanted.BudgetMUSD) + " M USD", nil
	}
	return wanted, "", nil
}

func (a *app) stockPortfolio(ctx context.Context, x *session, plan *stockpile.Plan, wanted stockpile.Ask, said string, parameters stockpile.Parameters) error {
	rows, err := plan.Portfolio(wanted)
	if err != nil {
		return err
	}
	drawn, err := a.stockDraws(ctx, x, plan, rows)
	if err != nil {
		return err
	}
	table := stockpile.PortfolioTable(x.engine.Catalog, x.engine.Figures, rows)
	if drawn {
		hideColumns(table, "rank", "country") // there is no room for all
		if wanted.Days > 0 {
			hideColumns(table, "cumulative_cost_musd")
		}
	} else {
		hideColumns(table, "p05", "p95")
	}
	if said == "" {
		said = "all stocks that gain more than they cost"
	}
	cost, avoided, n := 0.0, 0.0, 0
	var large []string
	for _, r := range rows {
		if r.Tonnes > largeShare*x.engine.Figures[r.Unit].WorldTonnes {
			large = append(large, x.engine.Catalog.Units[r.Unit].ID)
		}
		cost, avoided = cost+r.CostMUSD, avoided+r.AvoidedMUSD
		if r.CostMUSD > 0 {
			n++
		}
	}
	notes := []string{fmt.Sprintf("%s: stocks of %s cost %s M USD and are expected to avoid a loss of %s M USD a year", said, count(n, "mineral"), export.Human(cost), export.Human(avoided))}
	if unspent := wanted.BudgetMUSD - cost; wanted.BudgetMUSD > 0 && unspent > 1e-6*wanted.BudgetMUSD {
		notes = append(notes, fmt.Sprintf("%s M USD of the budget stay unspent: a further dollar would gain less a year than the %.2g that it costs to tie up and keep", export.Human(unspent), parameters["interest"].Mode+parameters["holding_cost"].Mode))
	}
	if len(large) > 0 {
		shown := strings.Join(large[:min(5, len(large))], ", ")
		if len(large) > 5 {
			shown += fmt.Sprintf(" and %d more", len(large)-5)
		}
		notes = append(notes, fmt.Sprintf("more than %.0f %% of a year's world output, so that buying it would take years and move the price: %s", 100*largeShare, shown))
	}
	notes = append(notes, stockNotes(parameters)...)
	if err := a.write(x, &answer{title: "Stocks: which minerals first", says: notes[:1], tables: []*export.Table{table}, notes: notes, drawn: drawn, text: func(w io.Writer) error { return a.writeRows(w, withoutTraces(table)) }}); err != nil {
		return err
	}
	a.tell(notes)
	return a.failIf(table)
}

// withoutTraces shows numbers below a two-hundredth as 0: their digits would widen
// the columns and say nothing. Files have them.
func withoutTraces(t *export.Table) *export.Table {
	out := *t
	out.Rows = nil
	for _, row := range t.Rows {
		row = slices.Clone(row)
		for k, cell := range row {
			if v, is := cell.(float64); is && math.Abs(v) < .005 {
				row[k] = 0.0
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return &out
}

// stockDraws draws the ranges of rows, unless no draws are asked for.
func (a *app) stockDraws(ctx context.Context, x *session, plan *stockpile.Plan, rows []stockpile.Row) (bool, error) {
	d, err := a.drawing()
	if err != nil || d.N == 0 {
		return false, err
	}
	if !assess.HasDraws(x.engine.Method.Downstream) {
		a.note("no ranges: %v", assess.ErrNoDraws)
		return false, nil
	}
	return true, plan.Draw(ctx, rows, d.N, d.Seed, d.Workers)
}

func (a *app) stockAnswers(ctx context.Context, x *session, plan *stockpile.Plan, q *stockQuestion, parameters stockpile.Parameters) error {
	if len(plan.Units) > maxAnswers {
		return &fault.Error{Code: fault.Usage, File: "stockpile", What: count(len(plan.Units), "unit"), Expected: fmt.Sprintf("at most %d without --budget or --preset", maxAnswers), Do: "With --budget they are weighed against each other."}
	}
	target, err := scenario.ParseFraction("--target-risk", q.target)
	if err != nil {
		return err
	}
	d, err := a.drawing()
	if err != nil {
		return err
	}
	rows, err := plan.Portfolio(stockpile.Ask{BudgetMUSD: -1})
	if err != nil {
		return err
	}
	drawn, err := a.stockDraws(ctx, x, plan, rows)
	if err != nil {
		return err
	}
	var answers []stockpile.Answer
	var notes []string
	for i := range plan.Units {
		u := &plan.Units[i]
		answer := stockpile.Answer{}
		for _, r := range rows {
			if r.Unit == u.Unit {
				answer.Row = r
			}
		}
		if drawn {
			if err := logOfUse(x); err != nil {
				return err
			}
			if answer.Cover, err = plan.Cover(ctx, u, target, q.within, d.N, d.Seed, d.Workers); err != nil {
				return err
			}
		}
		if answer.Program, err = plan.Program(u); err != nil {
			return err
		}
		notes = append(notes, saidOf(x, &answer, target, q.within)...)
		answers = append(answers, answer)
	}
	if !drawn {
		notes = append(notes, "without draws there is no cover for a target risk")
	}
	notes = append(notes, stockNotes(parameters)...)
	c, figures := x.engine.Catalog, x.engine.Figures
	stocks, policy := stockpile.AnswersTable(c, figures, answers, target, q.within), stockpile.PolicyTable(c, figures, answers)
	if !drawn {
		hideColumns(stocks, "p05_t", "p95_t")
	}
	if err := a.write(x, &answer{title: "Stocks against a stop of imports", tables: []*export.Table{stocks, policy}, notes: notes, drawn: drawn, text: func(w io.Writer) error {
		if err := export.WriteText(w, stocks, 0); err != nil {
			return err
		}
		fmt.Fprintf(w, "\nWhat to do at a level of the stock, month by month (--table policy: all levels)\n")
		return export.WriteText(w, everyThirdMonth(policy), 0)
	}}); err != nil {
		return err
	}
	a.tell(notes)
	return a.failIf(stocks)
}

// everyThirdMonth leaves most levels of a policy out.
func everyThirdMonth(t *export.Table) *export.Table {
	out := *t
	out.Rows = nil
	for _, row := range t.Rows {
		if months := row[2].(float64); months <= 18 && math.Mod(months, 3) == 0 {
			out.Rows = append(out.Rows, row)
		}
	}
	return &out
}

// saidOf puts the answers for a unit in words.
func saidOf(x *session, s *stockpile.Answer, target float64, within int) []string {
	id := x.engine.Catalog.Units[s.Row.Unit].ID
	var out []string
	if c := s.Cover; c != nil && c.Draws > 0 {
		out = append(out, fmt.Sprintf("cover of %s: if %s stops all exports, an industry is short within %d months in %.3g %% of %d paths; with this stock in at most %.3g %%", id, c.Country, within, 100*c.ChanceShort, c.Draws, 100*target))
	}
	if c := s.Cover; c != nil && c.Unstable > 0 {
		out = append(out, fmt.Sprintf("of %s %s rejected as unstable", id, count(c.Unstable, "path")))
	}
	if p := s.Program; p != nil {
		out = append(out, fmt.Sprintf("program of %s: a stop with chance %.2g a year that lasts %.3g months on average", id, p.StopChance, p.StopMonths))
		if p.TargetLevel == len(p.Policy.Next)-1 {
			out = append(out, fmt.Sprintf("the program of %s ends at the largest level that it looks at, %d months of shortage: more may be worth holding", id, stockpile.MaxStopMonths))
		}
	}
	return out
}

// stockNotes say what stands behind every answer.
func stockNotes(q stockpile.Parameters) []string {
	m := func(name string) float64 { return q[name].Mode }
	return []string{
		fmt.Sprintf("a dollar tied up costs %.2g a year and its keeping %.2g; a control becomes a full stop with chance %.2g a year (%.2g to %.2g), for %.2g months (%.2g to %.2g); table stockpile_parameters", m("interest"), m("holding_cost"), m("stop_given_control"), q["stop_given_control"].Low, q["stop_given_control"].High, m("stop_months"), q["stop_months"].Low, q["stop_months"].High),
		"avoided is loss of real GDP, parts (i) and (v); the stock goes to US users alone; buying it moves no price here",
	}
}

// hideColumns takes columns out of the text.
func hideColumns(t *export.Table, names ...string) {
	for k := range t.Columns {
		for _, name := range names {
			if t.Columns[k].Name == name {
				t.Columns[k].Heading = ""
			}
		}
	}
}
