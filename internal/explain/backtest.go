package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"chokepoint/internal/backtest"
	"chokepoint/internal/catalog"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/path"
)

// FindEvent finds an event by its name.
func FindEvent(events []backtest.Event, id string) (*backtest.Event, error) {
	var names []string
	for i := range events {
		if events[i].ID == id {
			return &events[i], nil
		}
		names = append(names, events[i].ID)
	}
	return nil, &fault.Error{Code: fault.Usage, File: "event", What: "no event is named " + fault.Quote(id), Expected: "one that `chokepoint backtest` lists", DidYouMean: fault.Nearest(id, names)}
}

// Event explains the forecast of an event of table events: what was known, how it is
// simulated, what came and from which row, and the scores. row is the event as
// Model.Test gives it.
func Event(m *backtest.Model, row *backtest.Row) (*Explanation, error) {
	c, e := m.Engine.Catalog, row.Event
	x := &Explanation{Column: e.ID, Unit: "1", Reference: "docs/backtest.md", Meaning: fmt.Sprintf("median forecast of the price after over the price before: %s, %s, %s (%s)", c.Units[e.Unit].ID, c.CountryName(e.Country), e.Instrument, e.Phase),
		Equations: []string{"(B1) ln ratio = ln pi(to) - ln pi(from) + z sigma sqrt(months); p10, p50, p90: quantiles over the draws; pi: docs/dynamics.md, 1 to 10",
			"error = |log2(p50/came)|", "loss = mean over p = .1, .5, .9 of (p - 1[y < ln q_p]) (y - ln q_p), y = ln came", "same_10, same_90 = e^(-+1.28155 sigma sqrt(months)): nothing changes but noise"}}
	b := &eventer{m: m, c: c, e: e, x: x}
	if err := b.event(); err != nil {
		return nil, err
	}
	s, why, err := m.Simulate(e)
	if err != nil {
		return nil, err
	}
	if why = cmp.Or(row.Untestable, why); why != "" {
		x.Notes = append([]string{"Empty: no forecast, because " + why + "."}, x.Notes...)
		x.Rows = unique(x.Rows)
		return x, nil
	}
	b.simulation(s)
	b.scores(row)
	b.parameters(s)
	b.inputs(s)
	x.Rows = unique(x.Rows)
	return x, b.err
}

// eventer builds the explanation of an event.
type eventer struct {
	m   *backtest.Model
	c   *catalog.Catalog
	e   *backtest.Event
	x   *Explanation
	err error
}

func (b *eventer) symbol(symbol string, value any, unit, meaning string) {
	b.x.Symbols = append(b.x.Symbols, Symbol{symbol, value, unit, meaning})
}

// cell adds the cell of a row that a table has, and returns its text.
func (b *eventer) cell(table, field, key, value, what string) string {
	rows, err := b.c.OriginsWhere(table, field, func(func(string) string) string { return what }, [2]string{key, value})
	b.err = cmp.Or(b.err, err)
	for _, r := range rows {
		if r.Value != "not known" && r.Value != "" {
			b.x.Rows = append(b.x.Rows, r)
			return r.Value
		}
	}
	return ""
}

// event lists the row of the event: what was known, what came.
func (b *eventer) event() error {
	e := b.e
	cell := func(field, what string) string { return b.cell("events", field, "event_id", e.ID, what) }
	known := []string{b.c.CountryName(e.Country) + " made " + export.Human(100*e.WorldShare) + " % of world output"}
	for _, k := range []struct{ field, what string }{
		{"instrument", "what was done (read as " + e.Measure.String() + ")"}, {"date_announced", "announced"},
		{"date_effective", map[bool]string{true: "eased from", false: "in force from"}[e.Phase == backtest.Reversal]},
		{"country_world_share_pct", "share of " + e.Country + " in world output then"}, {"supply_loss_pct_world", "part of world output lost"}, {"stocks_months_before", "stocks before"},
	} {
		if v := cell(k.field, "known: "+k.what); v != "" && k.field != "country_world_share_pct" {
			known = append(known, k.what+": "+v)
		}
	}
	b.x.Notes = append(b.x.Notes, "Known before: "+strings.Join(known, "; ")+".")
	unit := b.text("price_unit")
	for _, y := range []struct{ symbol, field string }{{"before", "price_before"}, {"after", "price_after"}} {
		v, err := strconv.ParseFloat(b.text(y.field), 64)
		if when := cell(y.field+"_date", "date of the price "+y.symbol); err == nil {
			cell(y.field, "price "+y.symbol)
			b.symbol(y.symbol, v, unit, "price "+y.symbol+", "+when+", market "+e.Market)
		}
	}
	if cell("price_ratio", "ratio that came"); e.Ratio > 0 {
		b.symbol("came", e.Ratio, "1", "price after over price before")
	}
	for _, y := range []struct{ symbol, field, what string }{{"came, low", "ratio_low", "smallest ratio that sources give"}, {"came, high", "ratio_high", "largest ratio that sources give"}} {
		if v, err := strconv.ParseFloat(b.text(y.field), 64); err == nil {
			cell(y.field, y.what)
			b.symbol(y.symbol, v, "1", y.what)
		}
	}
	b.x.Notes = append(b.x.Notes, map[string]string{backtest.Calibration: "A row of the calibration: the model was chosen with it in view.", backtest.Validation: "A row of the validation: simulated once, after structure and parameters were settled."}[e.Split])
	cell("split", "use in the test")
	for _, note := range []struct{ field, says string }{{"note", "The record: "}, {"quantity_effect", "Tonnes, not used: "}} {
		if v := b.text(note.field); v != "" {
			b.x.Notes = append(b.x.Notes, note.says+strings.TrimSuffix(v, ".")+".")
		}
	}
	if e.Ended.Set() && e.Phase != backtest.Reversal {
		b.x.Notes = append(b.x.Notes, "The end of the measure ("+b.text("date_ended")+") was not known then and is not used.")
	}
	return b.err
}

// text is a cell of the event; "" if it is empty.
func (b *eventer) text(field string) string {
	text := ""
	_, err := b.c.OriginsWhere("events", field, func(cell func(string) string) string { text = cell(field); return "" }, [2]string{"event_id", b.e.ID})
	b.err = cmp.Or(b.err, err)
	return text
}

// runs says how a profile runs, in months from the announcement.
func runs(p path.Profile) string {
	if p.OnlyAnnounced {
		return "a stop is expected with chance " + export.Human(p.Probability) + " and never comes"
	}
	parts := []string{"in force from month " + export.Human(p.InForce)}
	if p.LagMonths > 0 {
		parts = append(parts, "nothing flows for "+export.Human(p.LagMonths)+" months")
	}
	if p.Flow > 0 {
		parts = append(parts, "then "+export.Human(100*p.Flow)+" %")
	}
	if p.Eased < path.Never/4 {
		if p.Eased < p.Ended {
			parts = append(parts, export.Human(100*p.EasedFlow)+" % from month "+export.Human(p.Eased))
		}
		if p.Ended < path.Never/4 {
			parts = append(parts, "all from month "+export.Human(p.Ended))
		}
	}
	return strings.Join(parts, ", ")
}

// simulation lists how the event is simulated.
func (b *eventer) simulation(s *backtest.Simulation) {
	e := b.e
	b.symbol("s", s.WorldShare, "1", "share of "+e.Country+" in world output, others scaled")
	if s.OutageShare > 0 {
		of := "of its output is lost"
		if s.EveryPlant {
			of = "of the output of every plant is lost"
		}
		b.symbol("outage", s.OutageShare, "1", "share "+of)
	}
	if s.ExportShare > 0 {
		b.symbol("phi", s.ExportShare, "1", "share of its exports withheld at full force")
	}
	stocks := "commercial stocks, of the tables"
	if s.KnownStocks {
		stocks = "commercial stocks, of the event"
	}
	b.symbol("M", s.StockMonths, "months", stocks)
	b.symbol("from", s.From, "months", "announcement to the price before; 0: none yet")
	b.symbol("to", s.To, "months", "announcement to the price after")
	b.symbol("months", s.Months, "months", "over which other causes move the price")
	b.symbol("central", s.Ratio, "1", "ratio with every number at its mode, z = 0")
	said := "Simulated as: " + runs(s.Profile)
	if s.Pipeline {
		said += "; goods under way arrive first"
	}
	b.x.Notes = append(b.x.Notes, said+" (modes; months from the announcement).")
	if s.Harmless != nil {
		b.symbol("harmless", s.HarmlessIs, "1", "the same if licences are granted to nearly all")
		b.x.Notes = append(b.x.Notes, "Or, with the chance odds: "+runs(*s.Harmless)+".")
	}
}

// scores lists the forecast and how it did.
func (b *eventer) scores(row *backtest.Row) {
	e := b.e
	b.x.Value = row.P50
	b.symbol("p10", row.P10, "1", "10 % quantile of the forecast")
	b.symbol("p50", row.P50, "1", "median")
	b.symbol("p90", row.P90, "1", "90 % quantile")
	b.symbol("inside", map[bool]string{true: "yes", false: "no"}[row.Inside], "", "p10 <= came <= p90")
	b.symbol("error", row.Log2Error(e.Ratio), "1", "1 is a factor of two")
	b.symbol("loss", row.Loss(e.Ratio), "1", "quantile loss of the model; less is better")
	b.symbol("same_10", row.NoChange.P10, "1", "no change: 10 % quantile")
	b.symbol("same_90", row.NoChange.P90, "1", "no change: 90 % quantile")
	b.symbol("same loss", row.NoChange.Loss(e.Ratio), "1", "its quantile loss")
	b.symbol("past_10", row.Record.P10, "1", "other calibration events: 10 % quantile")
	b.symbol("past_50", row.Record.P50, "1", "their median")
	b.symbol("past_90", row.Record.P90, "1", "their 90 % quantile")
	b.symbol("past loss", row.Record.Loss(e.Ratio), "1", "its quantile loss")
	b.symbol("draws", row.Draws, "", "behind the forecast")
	b.symbol("rejected", row.Rejected, "", "draws whose path would swing ever wider")
	b.symbol("no price", row.NoPrice, "", "draws in which no price clears the market")
}

// parameters lists the common parameters that the event needs, with their ranges.
func (b *eventer) parameters(s *backtest.Simulation) {
	list := [][2]string{{"tau", "expectation_months"}, {"tau_D", "adjustment_months"}, {"gamma", "stock_sensitivity"}, {"ramp", "ramp_months"}, {"eps_s/eps", "short_run_share"}, {"L", "ahead_months"}, {"k", "ahead_share"},
		{"I_min/(M d)", "minimum_stock_share"}, {"ratchet", "ratchet"}, {"trigger", "trigger"}, {"sigma", "monthly_noise"}}
	for _, of := range []struct {
		needed     bool
		parameters [][2]string
	}{
		{b.e.Measure == backtest.Licence, [][2]string{{"lag", "licence_lag_months"}, {"flow", "licence_flow"}}},
		{b.e.Measure == backtest.Quota, [][2]string{{"quota", "quota_flow"}}},
		{b.e.Measure == backtest.Threat, [][2]string{{"threat", "threat_probability"}}},
		{s.Harmless != nil, [][2]string{{"odds", "harmless_chance"}, {"lag, harmless", "harmless_lag_months"}, {"flow, harmless", "harmless_flow"}}},
		{s.Pipeline, [][2]string{{"under way", "pipeline_months"}}},
		{b.e.Market == backtest.Domestic, [][2]string{{"floor", "inside_floor"}}},
	} {
		if of.needed {
			list = append(list, of.parameters...)
		}
	}
	for _, y := range list {
		i := slices.IndexFunc(b.m.Ranges, func(r backtest.Range) bool { return r.Name == y[1] })
		if i < 0 {
			continue
		}
		r, table := b.m.Ranges[i], "path_parameters"
		if _, _, known := path.Range(r.Name); !known {
			table = "backtest_parameters"
		}
		n := len(b.x.Rows)
		b.cell(table, "mode", "parameter", r.Name, r.Name)
		meaning := r.Name
		if r.Low < r.High {
			meaning += ", " + export.Human(r.Low) + " to " + export.Human(r.High)
		}
		if n < len(b.x.Rows) {
			meaning += ", grade " + b.x.Rows[n].Grade
		}
		unit := "1"
		if strings.HasSuffix(r.Name, "_months") {
			unit = "months"
		}
		b.symbol(y[0], r.Mode, unit, meaning)
	}
}

// inputs adds the rows of the commodity that are drawn too.
func (b *eventer) inputs(s *backtest.Simulation) {
	e, c, j := b.e, b.c, b.m.Engine.Method.Judgement
	b.x.Rows = append(b.x.Rows, c.ElasticityOrigins(e.Unit, j, "demand_mode", "elasticity of use")...)
	b.x.Rows = append(b.x.Rows, c.ElasticityOrigins(e.Unit, j, "supply_mode", "elasticity of supply")...)
	b.x.Rows = append(b.x.Rows, c.StocksOrigin(e.Unit))
	if len(s.Inputs) > 0 {
		b.x.Notes = append(b.x.Notes, "Drawn beside the parameters: "+strings.Join(s.Inputs, ", ")+".")
	}
	b.x.Notes = append(b.x.Notes, "Use by country, elasticities and stocks are those of the tables' base year, not of the event's.")
}
