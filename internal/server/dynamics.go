package server

import (
	"context"
	"net/http"
	"slices"

	"chokepoint/internal/ask"
	"chokepoint/internal/stockpile"
)

// dynamicsRoutes are the pages of disruptions over time.
func dynamicsRoutes() []route {
	return []route{
		{method: http.MethodGet, pattern: "/path", twin: true, parameters: slices.Concat(pathParameters, drawParameters, questionParameters, []string{"omit"}, howParameters), handle: (*Server).getPath},
		{method: http.MethodGet, pattern: "/profiles", twin: true, handle: (*Server).getProfiles},
		{method: http.MethodGet, pattern: "/backtest", twin: true, draws: true, parameters: slices.Concat(drawParameters, howParameters), handle: (*Server).getBacktest},
		{method: http.MethodGet, pattern: "/stockpile", twin: true, parameters: slices.Concat([]string{"units", "budget", "preset"}, drawParameters, howParameters), handle: (*Server).getStockpile},
		{method: http.MethodGet, pattern: "/stockpile/{unit}", twin: true, draws: true, parameters: slices.Concat([]string{"target_risk", "within"}, drawParameters, howParameters), handle: (*Server).getUnitStockpile},
	}
}

// dynamicsTables are examples of the tables of these pages.
func (s *Server) dynamicsTables(ctx context.Context, example *asked) ([]namedTable, error) {
	var out []namedTable
	add := func(page string, x *content, err error) error {
		if err != nil {
			return err
		}
		for _, t := range x.tables {
			out = append(out, namedTable{page + t.Name, t})
		}
		return nil
	}
	q, err := (&ask.PathWords{Horizon: 1, Months: 12}).Question(s.engines.base.Catalog)
	if err != nil {
		return nil, err
	}
	x, err := s.path(ctx, example, q, ask.Draws{}, nil, false)
	if err := add("path.", x, err); err != nil {
		return nil, err
	}
	x, err = s.profiles(example.session)
	if err := add("", x, err); err != nil {
		return nil, err
	}
	x, err = s.backtest(ctx, example.session, ask.Draws{N: 1, Seed: 1})
	if err := add("backtest.", x, err); err != nil {
		return nil, err
	}
	unit := example.scenario.Withdrawals[0].Unit
	x, err = s.stockpile(ctx, example.session, []int{unit}, stocksAsked{}, stockpile.Ask{BudgetMUSD: 1}, ask.Draws{}, nil)
	if err := add("stockpile.", x, err); err != nil {
		return nil, err
	}
	x, err = s.unitStockpile(ctx, example.session, unit, .05, coverMonths, ask.Draws{}, nil)
	return out, add("stockpile.unit.", x, err)
}
