package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/explain"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/path"
	"chokepoint/internal/report"
)

// pathParameters say how a disruption runs in time.
var pathParameters = []string{"start", "horizon", "profile", "strategic_stock_t", "release", "parameter", "stock_price"}

// pathWords reads them.
func (q *query) pathWords() (w *ask.PathWords, words []string, err error) {
	w = &ask.PathWords{Parameters: q.values["parameter"]}
	for _, p := range []struct {
		name string
		dst  *string
	}{{"start", &w.Start}, {"profile", &w.Profile}, {"release", &w.Release}, {"stock_price", &w.StockPrice}} {
		if *p.dst, err = q.one(p.name); err != nil {
			return nil, nil, err
		}
	}
	if w.Horizon, err = q.integer("horizon", 1, path.MaxHorizon, ask.DefaultHorizon); err != nil {
		return nil, nil, err
	}
	if w.StrategicTonnes, _, err = q.number("strategic_stock_t"); err != nil {
		return nil, nil, err
	}
	if w.Release != "" && w.Release != "none" && w.StrategicTonnes == 0 {
		return nil, nil, newProblem("usage", "release", "no strategic stock", "strategic_stock_t above 0")
	}
	flag := func(name, value string) {
		if value != "" {
			words = append(words, "--"+name, value)
		}
	}
	flag("start", w.Start)
	if w.Horizon != ask.DefaultHorizon {
		flag("horizon", strconv.Itoa(w.Horizon))
	}
	flag("profile", w.Profile)
	if w.StrategicTonnes != 0 {
		flag("strategic-stock", strconv.FormatFloat(w.StrategicTonnes, 'g', -1, 64))
	}
	flag("release", w.Release)
	for _, p := range w.Parameters {
		flag("parameter", p)
	}
	flag("stock-price", w.StockPrice)
	return w, words, nil
}

// asParameter names the parameter where an error of the command line names a flag.
func asParameter(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	name, ok := map[string]string{"--strategic-stock": "strategic_stock_t", "--stock-price": "stock_price"}[f.File]
	if !ok {
		return err
	}
	out := *f
	out.File = name
	return &out
}

func (s *Server) getPath(c *call) (*reply, error) {
	x, err := c.q.question()
	if err != nil {
		return nil, err
	}
	for _, o := range x.omit {
		if err := isChoice("omit", o, []string{"sources"}); err != nil {
			return nil, err
		}
	}
	w, words, err := c.q.pathWords()
	if err != nil {
		return nil, err
	}
	draws, err := s.draws(c.q, 0)
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
	words = slices.Concat([]string{"path"}, y.words[1:], words, drawWords(draws))
	key := y.key + "\n" + strings.Join(words, "\n")
	return &reply{key: key, make: func(ctx context.Context) (*content, error) {
		return s.path(ctx, y, q, draws, words, !slices.Contains(x.omit, "sources"))
	}}, nil
}

// profile is how a withdrawal runs in time, on central parameters. Months are
// from the start; null where it does not come about.
type profile struct {
	Profile       string  `json:"profile"`
	Meaning       string  `json:"meaning"`
	Announced     number  `json:"announced_months"`
	InForce       *number `json:"in_force_months"`
	LagMonths     number  `json:"lag_months"`
	Flow          number  `json:"flow"`
	Eased         *number `json:"eased_months"`
	EasedFlow     number  `json:"eased_flow"`
	Ended         *number `json:"ended_months"`
	Probability   number  `json:"probability"`
	OnlyAnnounced bool    `json:"only_announced"`
}

// date is a date of a profile; nil where it never comes.
func date(months float64) *number {
	if months >= path.Never {
		return nil
	}
	return (*number)(&months)
}

// path follows a scenario month by month.
func (s *Server) path(ctx context.Context, x *asked, q *ask.PathAsked, draws ask.Draws, words []string, sources bool) (*content, error) {
	c := x.engine.Catalog
	p, err := draws.Paths(ctx, x.engine, x.scenario, q)
	if err != nil {
		return nil, asParameter(err)
	}
	months, summary, parameters := p.Table(c), p.Summary(c), p.ParametersTable()
	rows := explain.RowsTable(nil)
	if sources {
		for _, r := range p.Annual {
			rows.Rows = append(rows.Rows, explain.Sources(x.engine, x.probability, r).Rows...)
		}
	}
	rows.Name = "sources"
	run, err := s.run(x.session, words, &x.scenario, slices.Concat(x.idle, p.Notes, report.Limits()))
	if err != nil {
		return nil, err
	}
	central, err := assess.Modes(q.Parameters)
	if err != nil {
		return nil, err
	}
	at := q.Timing.At(&central)
	how := profile{q.Timing.Name, q.Timing.Meaning, number(at.Announced), date(at.InForce), number(at.LagMonths), number(at.Flow), date(at.Eased), number(at.EasedFlow), date(at.Ended), number(at.Probability), at.OnlyAnnounced}
	if at.OnlyAnnounced {
		how.InForce = nil
	}
	if how.Eased != nil && at.Eased == at.Ended {
		how.Eased = nil
	}
	out := &content{
		sections: []export.Section{{Name: "run", Value: run}, {Name: "label", Value: x.label}, {Name: "hash", Value: x.hash}, {Name: "start", Value: q.Month(0)}, {Name: "horizon", Value: q.Horizon},
			{Name: "profile", Value: how}, {Name: "without_effect", Value: x.idle}, {Name: "path", Value: months}, {Name: "summary", Value: summary}, {Name: "stocks", Value: stocksTable(x.engine, p)},
			{Name: "parameters", Value: parameters}, {Name: "sources", Value: rows}},
		tables: []*export.Table{months, summary, stocksTable(x.engine, p), parameters, rows},
	}
	if p.Drawn != nil {
		recordDraws(out, draws)
	}
	return out, nil
}

// stocksTable says what each path starts from.
func stocksTable(e *assess.Engine, p *ask.Paths) *export.Table {
	t := &export.Table{Name: "stocks", Columns: []export.Column{
		{Name: "commodity", Meaning: "commodity unit"},
		{Name: "use_t", Unit: "t/month", Meaning: "use outside the countries that restrict, base year"},
		{Name: "cover_months", Unit: "months", Meaning: "months of use that commercial stocks hold in normal times, M"},
		{Name: "normal_stocks_t", Unit: "t", Meaning: "commercial stocks in normal times"},
		{Name: "strategic_stocks_t", Unit: "t", Meaning: "strategic stock at the start"},
		{Name: "two_markets", Meaning: "yes: prices inside and outside the countries that restrict; no: one market"},
		{Name: "stability_margin", Unit: "1", Meaning: "distance from the bound below which a path would swing ever wider: 1 is the bound"},
	}}
	for _, r := range p.Paths {
		two := "no"
		if r.Setup.Restricts() {
			two = "yes"
		}
		d := r.Setup.UseTonnes()
		t.Add(e.Catalog.Units[r.Unit].ID, d, r.Setup.CoverMonths, d*r.Setup.CoverMonths, r.Setup.StrategicTonnes, two, r.Margin)
	}
	return t
}

func (s *Server) getProfiles(c *call) (*reply, error) {
	on, err := s.session(how{})
	if err != nil {
		return nil, err
	}
	return &reply{make: func(context.Context) (*content, error) { return s.profiles(on) }}, nil
}

// profiles lists how a withdrawal may run in time.
func (s *Server) profiles(on *session) (*content, error) {
	presets, err := assess.Timings(on.engine.Catalog)
	if err != nil {
		return nil, err
	}
	t := &export.Table{Name: "profiles", Columns: []export.Column{
		{Name: "profile", Meaning: "name"}, {Name: "meaning", Meaning: "what happens"},
		{Name: "in_force_months", Unit: "months", Meaning: "months from the announcement until it is in force; empty if it depends on the scenario"},
		{Name: "lag_months", Unit: "months", Meaning: "months without any flow from then on; empty = parameter licence_lag_months"},
		{Name: "flow", Unit: "1", Meaning: "share of what is withdrawn that gets through after the lag; empty = parameter licence_flow"},
		{Name: "eased_months", Unit: "months", Meaning: "months until it is eased; empty = not"},
		{Name: "eased_flow", Unit: "1", Meaning: "share that gets through from then on; empty = not eased"},
		{Name: "ended_months", Unit: "months", Meaning: "months until it ends; empty = not"},
		{Name: "probability", Unit: "1", Meaning: "what holders give it before it is in force; empty = parameter threat_probability"},
		{Name: "only_announced", Meaning: "yes: it never comes into force"},
		{Name: "grade", Meaning: "evidence grade"}, {Name: "source", Meaning: "document, or the reason of the judge"},
	}}
	t.Add(ask.ProfileMonths, "in force at once, for the months of the scenario", 0.0, 0.0, 0.0, nil, nil, nil, 1.0, "no", "", "")
	t.Add(ask.ProfileDates, "the dates of a scenario of the library that has them", nil, 0.0, 0.0, nil, nil, nil, 1.0, "no", "", "")
	for _, x := range presets {
		p := x.Profile
		only := "no"
		if p.OnlyAnnounced {
			only = "yes"
		}
		row := []any{x.Name, x.Meaning, p.InForce, p.LagMonths, p.Flow, nil, nil, nil, p.Probability, only, x.Grade, on.engine.Catalog.SourceText(x.Source)}
		if x.LagFrom {
			row[3] = nil
		}
		if x.FlowFrom {
			row[4] = nil
		}
		if x.OddsFrom {
			row[8] = nil
		}
		if p.Eased < p.Ended {
			row[5], row[6] = p.Eased, p.EasedFlow
		}
		if p.Ended < path.Never {
			row[7] = p.Ended
		}
		t.Add(row...)
	}
	return s.withRun(on, []string{"data", "export", "restriction_profiles"}, []string{fmt.Sprintf("%s and %s need no row of the table", ask.ProfileMonths, ask.ProfileDates)}, t)
}
