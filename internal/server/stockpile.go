package server

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/path"
	"chokepoint/internal/quantile"
	"chokepoint/internal/scenario"
	"chokepoint/internal/stockpile"
)

// Bounds of what a client may ask of stocks.
const (
	maxBudgetUSD  = 1e15
	maxStockDraws = 400 // draws of all minerals cost tenfold those of a scenario
	coverMonths   = 6
	targetRisk    = "5%"
)

// stocksAsked is a budget or a preset.
type stocksAsked struct {
	Preset     string  `json:"preset"`
	Meaning    string  `json:"meaning"`
	BudgetMUSD *number `json:"budget_musd"`
	Days       *number `json:"days"`
}

// stocksAsked reads it.
func (s *Server) stocksAsked(q *query) (x stocksAsked, wanted stockpile.Ask, words []string, err error) {
	wanted.BudgetMUSD = -1
	budget, given, err := q.number("budget")
	if err != nil {
		return x, wanted, nil, err
	}
	if x.Preset, err = q.one("preset"); err != nil {
		return x, wanted, nil, err
	}
	switch {
	case given && x.Preset != "":
		return x, wanted, nil, newProblem("usage", "budget", "a budget beside a preset", "one of the two")
	case given && !(budget >= 0 && budget <= maxBudgetUSD):
		return x, wanted, nil, newProblem("usage", "budget", strconv.FormatFloat(budget, 'g', 6, 64), fmt.Sprintf("USD, 0 to %g", maxBudgetUSD))
	case given:
		wanted.BudgetMUSD = budget / 1e6
		words = []string{"--budget", strconv.FormatFloat(budget, 'g', -1, 64)}
	case x.Preset != "":
		presets, err := stockpile.Presets(s.engines.base.Catalog)
		if err != nil {
			return x, wanted, nil, err
		}
		var names []string
		for _, p := range presets {
			names = append(names, p.Name)
		}
		at := slices.Index(names, x.Preset)
		if at < 0 {
			p := newProblem("usage", "preset", "unknown preset "+fault.Quote(x.Preset), "one of "+strings.Join(names, ", "))
			p.DidYouMean = fault.Nearest(x.Preset, names)
			return x, wanted, nil, p
		}
		x.Meaning = presets[at].Meaning
		if presets[at].Kind == stockpile.DaysOfUse {
			wanted.Days = presets[at].Amount
			x.Days = (*number)(&wanted.Days)
		} else {
			wanted.BudgetMUSD = presets[at].Amount
		}
		words = []string{"--preset", x.Preset}
	}
	if wanted.BudgetMUSD >= 0 {
		v := wanted.BudgetMUSD
		x.BudgetMUSD = (*number)(&v)
	}
	return x, wanted, words, nil
}

// stockDraws reads draws, within their own bound.
func (s *Server) stockDraws(q *query, otherwise int) (ask.Draws, error) {
	d, err := s.draws(q, otherwise)
	if err == nil && d.N > maxStockDraws {
		err = newProblem("usage", "draws", strconv.Itoa(d.N), fmt.Sprintf("0 to %d", maxStockDraws))
	}
	return d, err
}

func (s *Server) getStockpile(c *call) (*reply, error) {
	names, err := c.q.list("units")
	if err != nil {
		return nil, err
	}
	units, err := ask.Units(s.engines.base.Catalog, names)
	if err != nil {
		return nil, err
	}
	asked, wanted, words, err := s.stocksAsked(c.q)
	if err != nil {
		return nil, err
	}
	draws, err := s.stockDraws(c.q, 0)
	if err != nil {
		return nil, err
	}
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	words = slices.Concat([]string{"stockpile"}, names, words, drawWords(draws))
	return &reply{key: on.key + "\n" + strings.Join(words, " "), make: func(ctx context.Context) (*content, error) {
		return s.stockpile(ctx, on, units, asked, wanted, draws, words)
	}}, nil
}

// stockPlan is a plan with the parameters behind it.
func (s *Server) stockPlan(ctx context.Context, on *session, units []int) (*stockpile.Plan, stockpile.Parameters, error) {
	parameters, err := stockpile.ReadParameters(on.engine.Catalog)
	if err != nil {
		return nil, nil, err
	}
	plan, err := stockpile.NewPlan(ctx, on.engine, on.probability, parameters, units, s.options.Workers)
	return plan, parameters, err
}

// stockpile weighs stocks of minerals against each other.
func (s *Server) stockpile(ctx context.Context, on *session, units []int, asked stocksAsked, wanted stockpile.Ask, draws ask.Draws, words []string) (*content, error) {
	plan, _, err := s.stockPlan(ctx, on, units)
	if err != nil {
		return nil, err
	}
	rows, err := plan.Portfolio(wanted)
	if err != nil {
		return nil, err
	}
	notes := []string{stockNote}
	drawn := draws.N > 0 && assess.HasDraws(on.engine.Method.Downstream)
	if drawn {
		if err := plan.Draw(ctx, rows, draws.N, draws.Seed, draws.Workers); err != nil {
			return nil, err
		}
	} else if draws.N > 0 {
		notes = append(notes, "no ranges with this setting of downstream")
	}
	presets, err := presetsTable(on)
	if err != nil {
		return nil, err
	}
	parameters, err := stockParametersTable(on)
	if err != nil {
		return nil, err
	}
	curve := curveTable(on, rows)
	out, err := s.withRun(on, words, notes, stockpile.PortfolioTable(on.engine.Catalog, on.engine.Figures, rows), curve, presets, parameters)
	if err != nil {
		return nil, err
	}
	out.sections = slices.Insert(out.sections, 1, export.Section{Name: "asked", Value: asked})
	if drawn {
		recordDraws(out, draws)
	}
	return out, nil
}

const stockNote = "avoided is loss of real GDP, parts (i) and (v); the stock goes to US users alone; buying it moves no price here; hazards, lengths of a stop and costs of holding are judgements (table stockpile_parameters)"

// curveTable adds up what stocks cost and avoid, the best first.
func curveTable(on *session, rows []stockpile.Row) *export.Table {
	t := &export.Table{Name: "curve", Columns: []export.Column{
		{Name: "commodity", Meaning: "commodity unit that is added"},
		{Name: "cost_musd", Unit: "million USD", Meaning: "cost of its stock and of all before it"},
		{Name: "avoided_loss_musd", Unit: "million USD/yr", Meaning: "loss of real GDP that these stocks are expected to avoid"},
		{Name: "p05", Unit: "million USD/yr", Meaning: "5th percentile of it over the draws; empty without draws"},
		{Name: "p95", Unit: "million USD/yr", Meaning: "95th percentile"},
	}}
	cost, avoided := 0.0, 0.0
	var draws []float64
	for _, r := range rows {
		if r.CostMUSD <= 0 {
			continue
		}
		cost, avoided = cost+r.CostMUSD, avoided+r.AvoidedMUSD
		row := []any{on.engine.Catalog.Units[r.Unit].ID, cost, avoided, nil, nil}
		if r.Avoided != nil {
			if draws == nil {
				draws = make([]float64, len(r.Avoided))
			}
			for k, v := range r.Avoided {
				draws[k] += v
			}
			if q, err := quantile.Exact(slices.Clone(draws), .05, .95); err == nil {
				row[3], row[4] = q[0], q[1]
			}
		}
		t.Add(row...)
	}
	return t
}

// tableAs shows columns of a table of the package, sources in words.
func tableAs(on *session, table, name, key string, columns []export.Column) (*export.Table, error) {
	in, err := on.engine.Catalog.Package.Table(table)
	if err != nil {
		return nil, err
	}
	t := &export.Table{Name: name, Columns: columns}
	for row := range in.Rows() {
		var cells []any
		for _, c := range columns {
			field := c.Name
			if len(cells) == 0 {
				field = key
			}
			switch {
			case field == "source":
				cells = append(cells, on.engine.Catalog.SourceText(in.Text(field)[row]))
			case c.Unit == "":
				cells = append(cells, in.Cell(row, field))
			case in.Missing(field, row):
				cells = append(cells, nil)
			default:
				cells = append(cells, in.Numbers(field)[row])
			}
		}
		t.Add(cells...)
	}
	return t, nil
}

// presetsTable lists what governments have set.
func presetsTable(on *session) (*export.Table, error) {
	return tableAs(on, "stockpile_presets", "presets", "preset", []export.Column{
		{Name: "preset", Meaning: "name"}, {Name: "economy", Meaning: "whose stock it is"}, {Name: "kind", Meaning: "days: days of use of every mineral; budget: an amount of money"},
		{Name: "amount", Unit: "unit", Meaning: "how much"}, {Name: "unit", Meaning: "unit of the amount"}, {Name: "meaning", Meaning: "what it is"}, {Name: "source", Meaning: "document"}, {Name: "grade", Meaning: "evidence grade"},
	})
}

// stockParametersTable lists the parameters of stocks.
func stockParametersTable(on *session) (*export.Table, error) {
	return tableAs(on, "stockpile_parameters", "parameters", "parameter", []export.Column{
		{Name: "parameter", Meaning: "name"}, {Name: "low", Unit: "unit", Meaning: "10th percentile of its range"}, {Name: "mode", Unit: "unit", Meaning: "central"}, {Name: "high", Unit: "unit", Meaning: "90th percentile"},
		{Name: "unit", Meaning: "unit of measure"}, {Name: "meaning", Meaning: "what it is"}, {Name: "source", Meaning: "document, or the reason of the judge"}, {Name: "grade", Meaning: "evidence grade"},
	})
}

func (s *Server) getUnitStockpile(c *call) (*reply, error) {
	unit, err := s.engines.base.Catalog.FindUnit(c.vars["unit"])
	if err != nil {
		return nil, notFound(err)
	}
	text, err := c.q.one("target_risk")
	if err != nil {
		return nil, err
	}
	if text == "" {
		text = targetRisk
	}
	target, err := scenario.ParseFraction("target_risk", text)
	if err != nil {
		return nil, err
	}
	within, err := c.q.integer("within", 1, path.MaxHorizon, coverMonths)
	if err != nil {
		return nil, err
	}
	draws, err := s.stockDraws(c.q, ask.DefaultDraws)
	if err != nil {
		return nil, err
	}
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	words := []string{"stockpile", on.engine.Catalog.Units[unit].ID}
	if text != targetRisk {
		words = append(words, "--target-risk", text)
	}
	if within != coverMonths {
		words = append(words, "--within", strconv.Itoa(within))
	}
	words = append(words, drawWords(draws)...)
	return &reply{key: on.key + "\n" + strings.Join(words, " "), make: func(ctx context.Context) (*content, error) {
		return s.unitStockpile(ctx, on, unit, target, within, draws, words)
	}}, nil
}

// stockSaid is what stands behind the answers for a unit.
type stockSaid struct {
	Commodity    string  `json:"commodity"`
	Country      string  `json:"country"`
	StopChance   *number `json:"stop_chance"`
	StopMonths   *number `json:"stop_months"`
	ChanceShort  *number `json:"chance_short"`
	TargetRisk   number  `json:"target_risk"`
	WithinMonths int     `json:"within_months"`
	ExpectedMUSD number  `json:"expected_loss_musd"`
	AvoidedMUSD  number  `json:"avoided_loss_musd"`
	CostMUSD     number  `json:"cost_musd"`
}

// unitStockpile gives the three answers for a unit.
func (s *Server) unitStockpile(ctx context.Context, on *session, unit int, target float64, within int, draws ask.Draws, words []string) (*content, error) {
	plan, _, err := s.stockPlan(ctx, on, []int{unit})
	if err != nil {
		return nil, err
	}
	rows, err := plan.Portfolio(stockpile.Ask{BudgetMUSD: -1})
	if err != nil {
		return nil, err
	}
	u := &plan.Units[0]
	drawn := draws.N > 0 && assess.HasDraws(on.engine.Method.Downstream) && len(u.Stops) > 0
	notes := []string{stockNote}
	var cover *stockpile.Cover
	if drawn {
		if err := plan.Draw(ctx, rows, draws.N, draws.Seed, draws.Workers); err != nil {
			return nil, err
		}
		if cover, err = plan.Cover(ctx, u, target, within, draws.N, draws.Seed, draws.Workers); err != nil {
			return nil, err
		}
	}
	if cover == nil {
		notes = append(notes, "no cover for a target risk: it needs draws, and a country that can stop")
	}
	program, err := plan.Program(u)
	if err != nil {
		return nil, err
	}
	answer := stockpile.Answer{Row: rows[0], Cover: cover, Program: program}
	c, figures := on.engine.Catalog, on.engine.Figures
	said := stockSaid{Commodity: c.Units[unit].ID, Country: rows[0].Country, TargetRisk: number(target), WithinMonths: within,
		ExpectedMUSD: number(rows[0].ExpectedMUSD), AvoidedMUSD: number(rows[0].AvoidedMUSD), CostMUSD: number(rows[0].CostMUSD)}
	if len(u.Stops) > 0 {
		said.StopChance = (*number)(&rows[0].StopChance)
	}
	if program != nil {
		said.StopMonths = (*number)(&program.StopMonths)
	}
	if cover != nil && cover.Draws > 0 {
		said.ChanceShort = (*number)(&cover.ChanceShort)
	}
	out, err := s.withRun(on, words, notes, stockpile.AnswersTable(c, figures, []stockpile.Answer{answer}, target, within), stockpile.PolicyTable(c, figures, []stockpile.Answer{answer}))
	if err != nil {
		return nil, err
	}
	out.sections = slices.Insert(out.sections, 1, export.Section{Name: "unit", Value: said})
	if drawn {
		recordDraws(out, draws)
	}
	return out, nil
}
