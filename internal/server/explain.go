package server

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"chokepoint/internal/ask"
	"chokepoint/internal/backtest"
	"chokepoint/internal/explain"
	"chokepoint/internal/fault"
	"chokepoint/internal/stockpile"
)

// explainRoutes say where numbers of disruptions over time come from.
func explainRoutes() []route {
	return []route{
		{method: http.MethodGet, pattern: "/explain/path/{column}", twin: true, parameters: slices.Concat([]string{"month"}, pathParameters, questionParameters, howParameters), handle: (*Server).getExplainPath},
		{method: http.MethodGet, pattern: "/explain/backtest/{event}", twin: true, draws: true, parameters: slices.Concat(drawParameters, howParameters), handle: (*Server).getExplainEvent},
		{method: http.MethodGet, pattern: "/explain/stockpile/{unit}/{column}", twin: true, parameters: slices.Concat([]string{"budget", "preset"}, howParameters), handle: (*Server).getExplainStock},
	}
}

// explainable is the last word of a path, one of names.
func explainable(c *call, of string, names []string) (string, error) {
	name := c.vars["column"]
	if !slices.Contains(names, name) {
		p := newProblem("not-found", "column", "nothing explains "+fault.Quote(name)+" of "+of, "one of "+strings.Join(names, ", "))
		p.DidYouMean = fault.Nearest(name, names)
		return "", p
	}
	return name, nil
}

func (s *Server) getExplainPath(c *call) (*reply, error) {
	column, err := explainable(c, "a path", explain.PathColumns())
	if err != nil {
		return nil, err
	}
	x, err := c.q.question()
	if err != nil {
		return nil, err
	}
	w, words, err := c.q.pathWords()
	if err != nil {
		return nil, err
	}
	month, err := c.q.one("month")
	if err != nil {
		return nil, err
	}
	y, err := s.understand(x)
	if err != nil {
		return nil, err
	}
	w.Months, w.Dates = y.whole.Months, y.dates
	q, err := w.Question(y.engine.Catalog)
	if err != nil {
		return nil, asParameter(err)
	}
	words = slices.Concat([]string{"explain", "path"}, y.words[1:], words, []string{column})
	if month != "" {
		words = append(words, "--month", month)
	}
	return &reply{key: y.key + "\n" + strings.Join(words, "\n"), make: func(ctx context.Context) (*content, error) {
		p, err := ask.Draws{Workers: s.options.Workers}.Paths(ctx, y.engine, y.scenario, q)
		if err != nil {
			return nil, asParameter(err)
		}
		if n := len(p.Paths); n != 1 {
			what := "several commodities: a path is explained one at a time"
			if n == 0 {
				what = "nothing is withdrawn, so there is nothing to explain"
			}
			return nil, newProblem("usage", "commodity", what, "one commodity with an effect")
		}
		catalog := y.engine.Catalog
		z, err := explain.Path(ctx, y.engine, &explain.PathAnswer{Question: &q.PathQuestion, Result: p.Paths[0], Calendar: q.Month, Months: p.Table(catalog), Summary: p.Summary(catalog)}, column, month)
		if err != nil {
			return nil, err
		}
		return s.explained(y.session, words, &y.scenario, slices.Clone(y.idle), z)
	}}, nil
}

func (s *Server) getExplainEvent(c *call) (*reply, error) {
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	events, err := backtest.Load(on.engine.Catalog)
	if err != nil {
		return nil, err
	}
	e, err := explain.FindEvent(events, c.vars["event"])
	if err != nil {
		return nil, notFound(err)
	}
	draws, err := s.draws(c.q, backtestDraws)
	if err != nil {
		return nil, err
	}
	if draws.N == 0 {
		return nil, newProblem("usage", "draws", "0", "1 to 1000: an interval needs draws")
	}
	return &reply{key: on.key + "\n" + strings.Join(append(drawWords(draws), e.ID), " "), make: func(ctx context.Context) (*content, error) {
		ranges, err := backtest.Ranges(on.engine.Catalog)
		if err != nil {
			return nil, err
		}
		m := &backtest.Model{Engine: on.engine, Ranges: ranges, Structure: backtest.Shipped(), Draws: draws.N, Seed: draws.Seed, Workers: draws.Workers}
		r, err := m.Test(ctx, []backtest.Event{*e}, events)
		if err != nil {
			return nil, err
		}
		z, err := explain.Event(m, &r.Rows[0])
		if err != nil {
			return nil, err
		}
		out, err := s.explained(on, slices.Concat([]string{"explain", "backtest", e.ID}, drawWords(draws)), nil, nil, z)
		if err == nil {
			recordDraws(out, draws)
		}
		return out, err
	}}, nil
}

func (s *Server) getExplainStock(c *call) (*reply, error) {
	catalog := s.engines.base.Catalog
	unit, err := catalog.FindUnit(c.vars["unit"])
	if err != nil {
		return nil, notFound(err)
	}
	column, err := explainable(c, "a stock", explain.StockColumns())
	if err != nil {
		return nil, err
	}
	asked, wanted, words, err := s.stocksAsked(c.q)
	if err != nil {
		return nil, err
	}
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	words = slices.Concat([]string{"explain", "stockpile", catalog.Units[unit].ID, column}, words)
	return &reply{key: on.key + "\n" + strings.Join(words, " "), make: func(ctx context.Context) (*content, error) {
		units := []int{unit}
		if wanted.BudgetMUSD >= 0 { // others compete
			var err error
			if units, err = ask.Units(catalog, nil); err != nil {
				return nil, err
			}
			if !slices.Contains(units, unit) {
				units = append(units, unit)
			}
		}
		plan, _, err := s.stockPlan(ctx, on, units)
		if err != nil {
			return nil, err
		}
		rows, err := plan.Portfolio(wanted)
		if err != nil {
			return nil, err
		}
		a := &explain.StockAnswer{Preset: asked.Preset, Row: rows[slices.IndexFunc(rows, func(r stockpile.Row) bool { return r.Unit == unit })]}
		switch {
		case asked.Preset != "":
			a.Asked = "preset " + asked.Preset + " (" + asked.Meaning + ")"
		case wanted.BudgetMUSD >= 0:
			a.Asked = "budget"
		}
		if a.Basis, err = plan.Basis(&plan.Units[slices.Index(units, unit)]); err != nil {
			return nil, err
		}
		z, err := explain.Stock(on.engine, on.probability, a, column)
		if err != nil {
			return nil, err
		}
		return s.explained(on, words, nil, nil, z)
	}}, nil
}
