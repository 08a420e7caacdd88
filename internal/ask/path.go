package ask

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/economy"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/path"
	"chokepoint/internal/scenario"
)

// Profiles that are not presets of the table.
const (
	ProfileMonths = "months" // in force at once, for the months of the scenario; the default
	ProfileDates  = "dates"  // the dates of a scenario file; the default where it has them
)

// DefaultHorizon is the length of a path, months.
const DefaultHorizon = 60

// PathWords is a question about a path as people put it. An empty field was not
// given and has its default.
type PathWords struct {
	Start           string   // 2025-01; default January 2025, with dates the month of the first
	Horizon         int      // months
	Profile         string   // a preset, months or dates
	StockPrice      string   // opening or usable
	StrategicTonnes float64  //
	Release         string   // none, shortage, rate=T, price=R,rate=T; default shortage where there is a stock
	Parameters      []string // name=value

	Months float64     // of the scenario
	Dates  [][2]string // of the scenario file
}

// PathAsked is a path question with its calendar.
type PathAsked struct {
	assess.PathQuestion
	Start time.Time // the first day of month 1
}

// Month is the calendar month number t = 0, 1, ... as 2025-01.
func (q *PathAsked) Month(t int) string { return q.Start.AddDate(0, t, 0).Format("2006-01") }

// Question reads the words.
func (w *PathWords) Question(c *catalog.Catalog) (*PathAsked, error) {
	q := &PathAsked{}
	q.Horizon = w.Horizon
	if q.Horizon < 1 || q.Horizon > path.MaxHorizon {
		return nil, &fault.Error{Code: fault.Usage, File: "--horizon", What: strconv.Itoa(q.Horizon), Expected: fmt.Sprintf("1 to %d months", path.MaxHorizon)}
	}
	var err error
	if q.StockPrice, err = path.ParseStockPrice(w.StockPrice); err != nil {
		return nil, &fault.Error{Code: fault.Usage, File: "--stock-price", What: fault.Quote(w.StockPrice), Expected: "usable or opening", Err: err}
	}
	if q.Parameters, err = w.parameters(c); err != nil {
		return nil, err
	}
	if err := w.release(q); err != nil {
		return nil, err
	}
	return q, w.timing(c, q)
}

// parameters reads the table and fixes what was given.
func (w *PathWords) parameters(c *catalog.Catalog) ([]assess.PathParameter, error) {
	out, err := assess.PathParameters(c)
	if err != nil {
		return nil, err
	}
	names := path.ParameterNames()
	for _, text := range w.Parameters {
		bad := func(what, expected string) *fault.Error {
			return &fault.Error{Code: fault.Usage, File: "--parameter", What: what, Expected: expected, Do: "A path lists its parameters with their ranges: --table parameters --format csv."}
		}
		name, value, ok := strings.Cut(text, "=")
		at := slices.Index(names, name)
		if !ok || at < 0 {
			f := bad(fault.Quote(text), "name=value, the name one of table path_parameters")
			f.DidYouMean = fault.Nearest(name, names)
			return nil, f
		}
		low, high, _ := path.Range(name)
		x, err := strconv.ParseFloat(value, 64)
		if err != nil || !(x >= low && x <= high) || name == "ahead_months" && x != math.Floor(x) {
			whole := ""
			if name == "ahead_months" {
				whole = "whole "
			}
			return nil, bad(name+": "+fault.Quote(value), fmt.Sprintf("a %snumber from %g to %g", whole, low, high))
		}
		p := &out[at]
		p.Low, p.Mode, p.High, p.Source, p.Grade = x, x, x, "as asked", ""
	}
	return out, nil
}

// release reads the strategic stock and its rule.
func (w *PathWords) release(q *PathAsked) error {
	if !(w.StrategicTonnes >= 0 && w.StrategicTonnes <= 1e15) {
		return &fault.Error{Code: fault.Usage, File: "--strategic-stock", What: fmt.Sprint(w.StrategicTonnes), Expected: "0 to 1e+15 tonnes"}
	}
	q.StrategicTonnes = w.StrategicTonnes
	text := w.Release
	if text == "" {
		text = "none"
		if w.StrategicTonnes > 0 {
			text = "shortage"
		}
	}
	bad := &fault.Error{Code: fault.Usage, File: "--release", What: fault.Quote(w.Release), Expected: "none, shortage, rate=TONNES (a month), or price=RATIO,rate=TONNES"}
	if w.Release != "" && w.Release != "none" && w.StrategicTonnes == 0 {
		return &fault.Error{Code: fault.Usage, File: "--release", What: "no strategic stock", Expected: "--strategic-stock, in tonnes"}
	}
	switch text {
	case "none":
		return nil
	case "shortage":
		q.Release.Rule = path.AtShortage
		return nil
	}
	q.Release.Rule = path.AtRate
	seen := map[string]bool{}
	for _, part := range strings.Split(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		x, err := strconv.ParseFloat(value, 64)
		switch {
		case err != nil || seen[name]:
			return bad
		case name == "rate":
			q.Release.RateTonnes = x
		case name == "price":
			q.Release.Rule, q.Release.PriceRatio = path.AtPrice, x
		default:
			return bad
		}
		seen[name] = true
	}
	if err := q.Release.Validate(); err != nil {
		return bad
	}
	return nil
}

// timing reads profile and start.
func (w *PathWords) timing(c *catalog.Catalog, q *PathAsked) error {
	presets, err := assess.Timings(c)
	if err != nil {
		return err
	}
	dated := slices.ContainsFunc(w.Dates, func(d [2]string) bool { return d[0] == "in_force" })
	name := w.Profile
	if name == "" {
		name = ProfileMonths
		if dated {
			name = ProfileDates
		}
	}
	first := "2025-01"
	if name == ProfileDates && dated {
		first = w.Dates[0][1]
	}
	if w.Start != "" {
		first = w.Start
	}
	if q.Start, err = parseDate(first); err != nil || w.Start != "" && len(w.Start) != len("2006-01") || q.Start.Year() < 1900 || q.Start.Year() > 2200 {
		return &fault.Error{Code: fault.Usage, File: "--start", What: fault.Quote(first), Expected: "a month from 1900 to 2200, such as 2025-01"}
	}
	q.Start = time.Date(q.Start.Year(), q.Start.Month(), 1, 0, 0, 0, 0, time.UTC)
	switch name {
	case ProfileMonths:
		q.Timing = assess.FullStopFor(w.Months)
		return nil
	case ProfileDates:
		if !dated {
			return &fault.Error{Code: fault.Usage, File: "--profile", What: "a scenario without dates", Expected: "a file with dates: {in_force: ...}, or another profile"}
		}
		return w.dates(q)
	}
	names := []string{ProfileMonths, ProfileDates}
	for _, t := range presets {
		if t.Name == name {
			q.Timing = t
			return nil
		}
		names = append(names, t.Name)
	}
	return &fault.Error{Code: fault.Usage, File: "--profile", What: "unknown profile " + fault.Quote(name), Expected: "one of " + strings.Join(names, ", "), DidYouMean: fault.Nearest(name, names)}
}

// parseDate reads a day, a month or a year, the last two as their first day.
func parseDate(text string) (time.Time, error) {
	for _, form := range []string{"2006-01-02", "2006-01", "2006"} {
		if len(text) == len(form) {
			return time.Parse(form, text)
		}
	}
	return time.Time{}, errors.New("no date")
}

// dates makes a profile of the dates of a scenario file.
func (w *PathWords) dates(q *PathAsked) error {
	x := path.Profile{Ended: path.Never, Probability: 1}
	announced := -1.0
	for _, d := range w.Dates {
		at, err := parseDate(d[1])
		if err != nil {
			return err
		}
		days := float64(at.AddDate(0, 0, 1-at.Day()).AddDate(0, 1, -1).Day())
		month := float64((at.Year()-q.Start.Year())*12+int(at.Month()-q.Start.Month())) + float64(at.Day()-1)/days
		if month < 0 {
			return &fault.Error{Code: fault.Usage, File: "--start", What: q.Start.Format("2006-01") + ", after " + d[0] + " " + d[1], Expected: "a month before the scenario's dates, or no --start"}
		}
		switch d[0] {
		case "announced":
			announced = month
		case "in_force":
			x.InForce = month
		case "ended":
			x.Ended = month
		}
	}
	x.Announced = x.InForce
	if announced >= 0 {
		x.Announced = announced
	}
	x.Eased = x.Ended
	if err := x.Validate(); err != nil {
		return &fault.Error{Code: fault.InvalidData, File: "dates", What: err.Error(), Expected: "announced, in_force, ended in this order"}
	}
	q.Timing = assess.Timing{Name: ProfileDates, Meaning: "the dates of the scenario", Profile: x}
	return nil
}

// Paths are the paths of a scenario, one a commodity, with their draws.
type Paths struct {
	Asked  *PathAsked
	Paths  []*assess.PathResult
	Drawn  []assess.PathDrawn // by path; nil without draws
	Annual []*assess.Result   // of the same withdrawals for a year
	Notes  []string
}

// maxPathNumbers bounds what draws of paths keep: paths times draws times months.
const maxPathNumbers = 2_000_000

// Paths follows a scenario, each of its commodities by itself.
func (d Draws) Paths(ctx context.Context, e *assess.Engine, s scenario.Scenario, q *PathAsked) (*Paths, error) {
	out := &Paths{Asked: q}
	var years []scenario.Scenario
	for _, one := range assess.ByUnit(s) {
		r, err := e.Path(ctx, one, &q.PathQuestion)
		if err != nil {
			return nil, err
		}
		if len(r.Scenario.Withdrawals) == 0 {
			continue
		}
		out.Paths = append(out.Paths, r)
		one.Months = scenario.FullYear
		years = append(years, one)
	}
	if len(out.Paths) == 0 {
		return out, nil
	}
	if q.StrategicTonnes > 0 && len(out.Paths) > 1 {
		return nil, &fault.Error{Code: fault.Usage, File: "--strategic-stock", What: fmt.Sprintf("a stock for %d commodities", len(out.Paths)), Expected: "one commodity"}
	}
	var err error
	if out.Annual, err = e.Run(ctx, years, assess.Options{Workers: d.Workers}); err != nil {
		return nil, err
	}
	if len(out.Paths) > 1 {
		out.Notes = append(out.Notes, "each commodity has a path of its own; the losses of several at once are not the sum where they hit the same industries")
	}
	out.Notes = append(out.Notes, out.swings(e.Catalog)...)
	out.Notes = append(out.Notes, out.released()...)
	if x := out.Paths[0].Profile; min(x.Announced, x.InForce) >= float64(q.Horizon) {
		out.Notes = append(out.Notes, fmt.Sprintf("nothing is in force or threatened within the %d months followed: take a later --start or a longer --horizon", q.Horizon))
	}
	if d.N == 0 {
		return out, nil
	}
	if d.N*q.Horizon*len(out.Paths) > maxPathNumbers {
		return nil, &fault.Error{Code: fault.Usage, File: "--draws", What: fmt.Sprintf("%d draws x %d months x commodities (%d)", d.N, q.Horizon, len(out.Paths)),
			Expected: fmt.Sprintf("a product of at most %d", maxPathNumbers), Do: "Take fewer draws, a shorter horizon or fewer commodities."}
	}
	if x := e.Method.Downstream; !assess.HasDraws(x) {
		out.Notes = append(out.Notes, fmt.Sprintf("no ranges with downstream=%s: its answers are not linear in what is lost; %s and %s have them", x, economy.Soft, economy.None))
		return out, nil
	}
	sampler, err := e.NewSampler(out.Annual, d.Seed)
	if err != nil {
		return nil, err
	}
	if out.Drawn, err = sampler.CollectPaths(ctx, &q.PathQuestion, d.Seed, uint64(d.N), d.Workers); err != nil {
		return nil, err
	}
	return out, out.checkDraws(sampler, d.N)
}

// released notes how much of a strategic stock the rule lets out: a stock that stays
// where it is looks like one that does not help.
func (p *Paths) released() []string {
	if p.Asked.StrategicTonnes == 0 || p.Asked.Release.Rule == path.NoRelease {
		return nil
	}
	sum := 0.0
	for _, r := range p.Paths {
		for k := range r.Months {
			sum += r.Months[k].ReleaseTonnes
		}
	}
	return []string{fmt.Sprintf("%s of the %s t of the strategic stock are released", export.Human(sum), export.Human(p.Asked.StrategicTonnes))}
}

// checkDraws notes what was rejected and how far the linearised economy is off.
func (p *Paths) checkDraws(s *assess.Sampler, draws int) error {
	rejected, exact, linear := 0, 0.0, 0.0
	for i, r := range p.Paths {
		rejected += p.Drawn[i].Unstable
		loss, err := s.LinearisedLoss(r, i)
		if err != nil {
			return err
		}
		whole := r.LossMUSD + r.AdaptedMUSD
		exact, linear = exact+math.Abs(whole), linear+math.Abs(loss-whole)
	}
	all := draws * len(p.Paths)
	if rejected == all {
		p.Notes = append(p.Notes, fmt.Sprintf("no ranges: in all of %d draws the path would swing ever wider", all))
		return nil
	}
	note := fmt.Sprintf("ranges: 5 %% and 95 %% of %d draws of the inputs and of the parameters of the path; the choice of equations is not in them", draws)
	if exact > 0 {
		note += fmt.Sprintf("; the economy of a draw is linearised: on the central path off by %.2g %%", 100*linear/exact)
	}
	p.Notes = append(p.Notes, note)
	if share := float64(rejected) / float64(all); rejected > 0 {
		note := fmt.Sprintf("%d of %d draws rejected: their path would swing ever wider", rejected, all)
		switch {
		case share > 0.5:
			note += "; the ranges are of the few that are left and may lie beside the central path: do not use them"
		case share > 0.05:
			note += "; more than 5 %, so the ranges lean towards large stocks and slow prices"
		}
		p.Notes = append(p.Notes, note)
	}
	return nil
}

// swings names the commodities whose central path a draw would not be allowed to have.
func (p *Paths) swings(c *catalog.Catalog) []string {
	var names []string
	for _, r := range p.Paths {
		if r.Setup.CoverMonths > 0 && r.Margin < path.StableMargin {
			names = append(names, c.Units[r.Unit].ID)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("stocks are so small for these parameters that the central path may swing: %s", strings.Join(names, ", "))}
}

// quantity is a number of a month with its draws.
type quantity struct {
	name, heading, unit, meaning string
	central                      func(*assess.PathMonth) float64
	draws                        func(*assess.DrawnMonths) []float64
}

var quantities = []quantity{
	{"price_ratio_outside", "price\noutside", "1", "price outside the countries that restrict, over the base price", func(m *assess.PathMonth) float64 { return m.PriceRatioOutside }, func(d *assess.DrawnMonths) []float64 { return d.PriceRatioOutside }},
	{"price_ratio_inside", "price\ninside", "1", "price inside them; as outside where nobody restricts", func(m *assess.PathMonth) float64 { return m.PriceRatioInside }, func(d *assess.DrawnMonths) []float64 { return d.PriceRatioInside }},
	{"stocks_t", "stocks\nt", "t", "commercial stocks outside, end of the month", func(m *assess.PathMonth) float64 { return m.StocksTonnes }, func(d *assess.DrawnMonths) []float64 { return d.StocksTonnes }},
	{"use_share", "use\n%", "1", "use outside over that of the base year", func(m *assess.PathMonth) float64 { return m.UseShare }, func(d *assess.DrawnMonths) []float64 { return d.UseShare }},
	{"loss_musd", "loss\nM USD", "million USD", "loss of US GDP in the month: a twelfth of a year with its cut and price; where adapted is yes an upper bound, and not in the loss of the path", func(m *assess.PathMonth) float64 { return m.LossMUSD }, func(d *assess.DrawnMonths) []float64 { return d.LossMUSD }},
}

// others are the columns after the ranges.
var others = []struct {
	name, unit, meaning string
	value               func(*assess.PathMonth) any
}{
	{"withheld_share", "1", "part of the withdrawal in force in the month", func(m *assess.PathMonth) any { return m.Withheld }},
	{"use_t", "t/month", "use outside", func(m *assess.PathMonth) any { return m.UseTonnes }},
	{"supply_t", "t/month", "output and recycling outside, with new plants, after outages", func(m *assess.PathMonth) any { return m.SupplyTonnes }},
	{"inflow_t", "t/month", "what the countries that restrict sell", func(m *assess.PathMonth) any { return m.InflowTonnes }},
	{"release_t", "t/month", "released from the strategic stock", func(m *assess.PathMonth) any { return m.ReleaseTonnes }},
	{"strategic_stocks_t", "t", "strategic stock, end of the month", func(m *assess.PathMonth) any { return m.StrategicTonnes }},
	{"expected_price_ratio", "1", "price that users and producers expect, over the base price", func(m *assess.PathMonth) any { return 1 + m.ExpectedRise }},
	{"running_idle_share", "1", "part of idle capacity that runs", func(m *assess.PathMonth) any { return m.Ramp }},
	{"hit_gdp_musd", "million USD", "part (i) of the effect on GDP in the month", func(m *assess.PathMonth) any { return m.Parts.HitMUSD }},
	{"users_price_gdp_musd", "million USD", "part (ii)", func(m *assess.PathMonth) any { return m.Parts.UsersPriceMUSD }},
	{"producer_volume_gdp_musd", "million USD", "part (iii)", func(m *assess.PathMonth) any { return m.Parts.ProducerVolumeMUSD }},
	{"producer_price_gdp_musd", "million USD", "part (iv)", func(m *assess.PathMonth) any { return m.Parts.ProducerPriceMUSD }},
	{"rest_gdp_musd", "million USD", "part (v)", func(m *assess.PathMonth) any { return m.Parts.RestMUSD }},
	{"largest_loss_share", "1", "share of its output that the industry hit most loses", func(m *assess.PathMonth) any { return m.LargestLossShare }},
	{"adapted", "", "yes: the withdrawal is over and the price is back; use is missing because users have adapted, and the loss of the month counts as adapted_loss", func(m *assess.PathMonth) any { return export.YesNo(m.Adapted) }},
	{"state", "", "ok; no price: none clears the market, the price is the largest there is; price-floor: the smallest", func(m *assess.PathMonth) any { return m.State.String() }},
}

// Table lays the months of all paths out, the commodity by the months.
func (p *Paths) Table(c *catalog.Catalog) *export.Table {
	t := &export.Table{Name: "path", Columns: []export.Column{{Name: "month", Heading: "month", Meaning: "calendar month"}}}
	for _, q := range quantities {
		t.Columns = append(t.Columns, export.Column{Name: q.name, Heading: q.heading, Unit: q.unit, Meaning: q.meaning})
	}
	for _, q := range quantities {
		for _, end := range []string{"p05", "p50", "p95"} {
			x := export.Column{Name: q.name + "_" + end, Unit: q.unit, Meaning: end[1:] + "th percentile of the draws; empty without draws"}
			if q.name == "loss_musd" && end != "p50" && p.Drawn != nil {
				x.Heading = "loss\n" + end
			}
			t.Columns = append(t.Columns, x)
		}
	}
	t.Columns = append(t.Columns, export.Column{Name: "months_from_start", Unit: "months", Meaning: "1 for the first month"}, export.Column{Name: "commodity", Meaning: "commodity unit"})
	for _, o := range others {
		x := export.Column{Name: o.name, Unit: o.unit, Meaning: o.meaning}
		if o.name == "adapted" && slices.ContainsFunc(p.Paths, func(r *assess.PathResult) bool { return r.AdaptedMonths() > 0 }) {
			x.Heading = "left\nout" // or a reader adds up months that are not in the loss
		}
		t.Columns = append(t.Columns, x)
	}
	for i, r := range p.Paths {
		for k := range r.Months {
			m := &r.Months[k]
			row := []any{p.Asked.Month(k)}
			for _, q := range quantities {
				x := any(q.central(m))
				if q.name == "use_share" {
					x = export.Percent(m.UseShare)
				}
				row = append(row, x)
			}
			for _, q := range quantities {
				if p.Drawn == nil || len(p.Drawn[i].Summary) == 0 {
					row = append(row, nil, nil, nil)
					continue
				}
				low, median, high := Range(q.draws(&p.Drawn[i].Months[k]))
				row = append(row, low, median, high)
			}
			row = append(row, k+1, c.Units[r.Unit].ID)
			for _, o := range others {
				row = append(row, o.value(m))
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// Summary lays out what the paths come to, one row a quantity and commodity.
func (p *Paths) Summary(c *catalog.Catalog) *export.Table {
	t := &export.Table{Name: "summary", Columns: []export.Column{
		{Name: "quantity", Heading: "quantity", Meaning: "what"},
		{Name: "central", Heading: "central", Meaning: "on central inputs; empty = not within the horizon"},
		{Name: "p05", Heading: "5 %", Meaning: "5th percentile of the draws; empty without draws"},
		{Name: "p50", Heading: "50 %", Meaning: "median"},
		{Name: "p95", Heading: "95 %", Meaning: "95th percentile"},
		{Name: "unit", Heading: "unit", Meaning: "unit of measure"},
		{Name: "not_within_horizon", Meaning: "share of the draws in which it does not come about within the horizon, which then counts"},
		{Name: "meaning", Meaning: "what the quantity is"},
		{Name: "commodity", Meaning: "commodity unit"},
	}}
	if len(p.Paths) > 1 {
		t.Columns[len(t.Columns)-1].Heading = "commodity"
	}
	horizon := float64(p.Asked.Horizon)
	for i, r := range p.Paths {
		for _, q := range []struct {
			name, unit, meaning string
			value               func(*assess.PathSummary) (v float64, within bool)
		}{
			{"peak_price_ratio", "1", "highest price outside over the base price", func(s *assess.PathSummary) (float64, bool) { return s.PeakPriceRatio, true }},
			{"lowest_use_share", "1", "lowest use outside over that of the base year", func(s *assess.PathSummary) (float64, bool) { return s.LowestUseShare, true }},
			{"time_to_survive", "months", fmt.Sprintf("whole months before an industry loses %g %% of its output", 100*assess.ShortShare), func(s *assess.PathSummary) (float64, bool) { return float64(s.SurvivedMonths), s.Short }},
			{"time_to_recover", "months", fmt.Sprintf("months until use is back at %g %% for good", 100*path.RecoveredShare), func(s *assess.PathSummary) (float64, bool) { return float64(s.RecoveredMonths), s.Recovered }},
			{"recovery_index", "months", "months of base use that are lost", func(s *assess.PathSummary) (float64, bool) { return s.LostMonths, true }},
			{"loss", "million USD", "loss of US GDP over the months until the withdrawal is over and the price is back", func(s *assess.PathSummary) (float64, bool) { return s.LossMUSD, true }},
			{"adapted_loss", "million USD", fmt.Sprintf("not in the loss: what the months after the withdrawal add in which the price is below %g times the base, if users who have adapted to a price that is gone have found no other way", assess.RestedPriceRatio), func(s *assess.PathSummary) (float64, bool) { return s.AdaptedMUSD, true }},
		} {
			row := []any{q.name, nil, nil, nil, nil, q.unit, nil, q.meaning, c.Units[r.Unit].ID}
			if v, within := q.value(&r.PathSummary); within {
				row[1] = v
			}
			if p.Drawn != nil && len(p.Drawn[i].Summary) > 0 {
				draws, beyond := make([]float64, 0, len(p.Drawn[i].Summary)), 0
				for k := range p.Drawn[i].Summary {
					v, within := q.value(&p.Drawn[i].Summary[k])
					if !within {
						v, beyond = horizon, beyond+1
					}
					draws = append(draws, v)
				}
				low, median, high := Range(draws)
				row[2], row[3], row[4] = low, median, high
				row[6] = float64(beyond) / float64(len(draws))
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// ParametersTable lists the parameters of the paths.
func (p *Paths) ParametersTable() *export.Table {
	t := &export.Table{Name: "parameters", Columns: []export.Column{{Name: "parameter", Heading: "parameter", Meaning: "name, as --parameter takes it"},
		{Name: "low", Heading: "low", Meaning: "10th percentile of its range"}, {Name: "mode", Heading: "mode", Meaning: "central"}, {Name: "high", Heading: "high", Meaning: "90th percentile"},
		{Name: "unit", Heading: "unit", Meaning: "unit of measure"}, {Name: "grade", Heading: "grade", Meaning: "evidence grade"}, {Name: "meaning", Meaning: "what it is"}, {Name: "source", Meaning: "key of table sources"}}}
	for _, x := range p.Asked.Parameters {
		t.Add(x.Name, x.Low, x.Mode, x.High, x.Unit, x.Grade, x.Meaning, x.Source)
	}
	return t
}
