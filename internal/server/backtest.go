package server

import (
	"context"
	"slices"
	"strings"

	"chokepoint/internal/ask"
	"chokepoint/internal/backtest"
	"chokepoint/internal/export"
)

// backtestDraws stand behind a forecast unless a client asks for others.
const backtestDraws = 1000

func (s *Server) getBacktest(c *call) (*reply, error) {
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	draws, err := s.draws(c.q, backtestDraws)
	if err != nil {
		return nil, err
	}
	if draws.N == 0 {
		return nil, newProblem("usage", "draws", "0", "1 to 1000: an interval needs draws")
	}
	return &reply{key: on.key + "\n" + strings.Join(drawWords(draws), " "), make: func(ctx context.Context) (*content, error) { return s.backtest(ctx, on, draws) }}, nil
}

// backtest holds the monthly model against real events.
func (s *Server) backtest(ctx context.Context, on *session, draws ask.Draws) (*content, error) {
	c := on.engine.Catalog
	events, err := backtest.Load(c)
	if err != nil {
		return nil, err
	}
	ranges, err := backtest.Ranges(c)
	if err != nil {
		return nil, err
	}
	m := &backtest.Model{Engine: on.engine, Ranges: ranges, Structure: backtest.Shipped(), Draws: draws.N, Seed: draws.Seed, Workers: draws.Workers}
	r, err := m.Test(ctx, events, events)
	if err != nil {
		return nil, err
	}
	described, err := eventsTable(on)
	if err != nil {
		return nil, err
	}
	forecasts := r.EventsTable(c)
	forecasts.Name = "forecasts"
	out, err := s.withRun(on, append([]string{"backtest"}, drawWords(draws)...), []string{"prices are tested here, not losses of GDP; coverage is measured, not promised"}, forecasts, r.ScoresTable(), naiveTable(r), described, r.UntestableTable(c))
	if err == nil {
		recordDraws(out, draws)
	}
	return out, err
}

// naiveTable lays the forecasts that know no model beside each event.
func naiveTable(r *backtest.Report) *export.Table {
	t := &export.Table{Name: "naive", Columns: []export.Column{{Name: "event", Meaning: "row of the table of events"},
		{Name: "no_change_p10", Unit: "1", Meaning: "the price stays, but for the noise of quiet times: 10 % quantile"}, {Name: "no_change_p50", Unit: "1", Meaning: "its median"}, {Name: "no_change_p90", Unit: "1", Meaning: "its 90 % quantile"},
		{Name: "record_p10", Unit: "1", Meaning: "what other calibration events came to: 10 % quantile"}, {Name: "record_p50", Unit: "1", Meaning: "their median"}, {Name: "record_p90", Unit: "1", Meaning: "their 90 % quantile"}}}
	for _, x := range r.Rows {
		if x.Untestable == "" {
			t.Add(x.Event.ID, x.NoChange.P10, x.NoChange.P50, x.NoChange.P90, x.Record.P10, x.Record.P50, x.Record.P90)
		}
	}
	return t
}

// eventColumns are those of table events that say what happened.
var eventColumns = []export.Column{
	{Name: "event", Meaning: "row of the table of events"}, {Name: "country", Meaning: "who withdrew"}, {Name: "instrument", Meaning: "what it did"},
	{Name: "date_announced", Meaning: "announced"}, {Name: "date_effective", Meaning: "in force"}, {Name: "date_ended", Meaning: "ended; empty = it goes on"},
	{Name: "price_before_date", Meaning: "date of the price before"}, {Name: "price_after_date", Meaning: "date of the price after"}, {Name: "price_unit", Meaning: "unit of the prices"},
	{Name: "price_before", Unit: "price_unit", Meaning: "price before"}, {Name: "price_after", Unit: "price_unit", Meaning: "price after"},
	{Name: "quantity_effect", Meaning: "what is known of quantities"}, {Name: "note", Meaning: "what to know of the row"}, {Name: "grade", Meaning: "evidence grade of the prices"}, {Name: "source", Meaning: "document"},
}

// eventsTable tells of the events.
func eventsTable(on *session) (*export.Table, error) {
	return tableAs(on, "events", "events", "event_id", slices.Clone(eventColumns))
}
