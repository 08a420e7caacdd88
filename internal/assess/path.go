package assess

import (
	"context"
	"fmt"
	"math"
	"slices"

	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
	"chokepoint/internal/market"
	"chokepoint/internal/path"
	"chokepoint/internal/scenario"
)

// PathParameter is a row of table path_parameters.
type PathParameter struct {
	Name, Unit, Meaning, Source, Grade string
	Low, Mode, High                    float64
}

// PathParameters reads the parameters of the monthly paths, in the order of
// path.ParameterNames. A parameter that is missing, unknown or out of range is an
// error with its place.
func PathParameters(c *catalog.Catalog) ([]PathParameter, error) {
	t, err := c.Package.Table("path_parameters")
	if err != nil {
		return nil, err
	}
	names := path.ParameterNames()
	out := make([]PathParameter, len(names))
	for row, name := range t.Text("parameter") {
		at := slices.Index(names, name)
		if at < 0 {
			f := t.Fault(row, "parameter", "unknown parameter "+fault.Quote(name), "one of the shipped table")
			f.DidYouMean = fault.Nearest(name, names)
			return nil, f
		}
		p := PathParameter{Name: name, Unit: t.Text("unit")[row], Meaning: t.Text("meaning")[row], Source: t.Text("source")[row], Grade: t.Text("grade")[row],
			Low: t.Numbers("low")[row], Mode: t.Numbers("mode")[row], High: t.Numbers("high")[row]}
		low, high, _ := path.Range(name)
		if !(p.Low >= low && p.Low <= p.Mode && p.Mode <= p.High && p.High <= high) {
			return nil, t.Fault(row, "mode", fmt.Sprintf("low %g, mode %g, high %g", p.Low, p.Mode, p.High), fmt.Sprintf("ascending, from %g to %g", low, high))
		}
		if name == "ahead_months" && p.Mode != math.Floor(p.Mode) {
			return nil, t.Fault(row, "mode", fmt.Sprintf("%g months ahead", p.Mode), "a whole number")
		}
		if _, err := p.distribution(); err != nil {
			return nil, t.Fault(row, "low", err.Error(), "a range that can be drawn")
		}
		out[at] = p
	}
	for k := range out {
		if out[k].Name == "" {
			return nil, &fault.Error{Code: fault.InvalidData, File: "path_parameters.csv", What: "no row for parameter " + names[k], Expected: "a row for every parameter"}
		}
	}
	return out, nil
}

// Modes are the central values of parameters.
func Modes(parameters []PathParameter) (path.Parameters, error) {
	var p path.Parameters
	for _, x := range parameters {
		if err := p.Set(x.Name, x.Mode); err != nil {
			return p, err
		}
	}
	return p, p.Validate()
}

// Timing is how a withdrawal runs in time: a profile, in which some numbers may be
// parameters.
type Timing struct {
	Name, Meaning, Source, Grade string
	Profile                      path.Profile
	LagFrom, FlowFrom, OddsFrom  bool // lag, flow and probability are parameters
}

// At is the profile under parameters.
func (t *Timing) At(p *path.Parameters) path.Profile {
	x := t.Profile
	if t.LagFrom {
		x.LagMonths = p.LagMonths
	}
	if t.FlowFrom {
		x.Flow = p.LicensedFlow
	}
	if t.OddsFrom {
		x.Probability = p.ThreatProbability
	}
	return x
}

// FullStopFor is a stop at once that ends after some months.
func FullStopFor(months float64) Timing {
	x := path.FullStop()
	x.Eased, x.Ended = months, months
	return Timing{Name: "months", Meaning: fmt.Sprintf("in force at once, for %g months", months), Profile: x}
}

// Timings reads the presets of table restriction_profiles.
func Timings(c *catalog.Catalog) ([]Timing, error) {
	t, err := c.Package.Table("restriction_profiles")
	if err != nil {
		return nil, err
	}
	var out []Timing
	for row, name := range t.Text("profile") {
		value := func(field string, missing float64) float64 {
			if t.Missing(field, row) {
				return missing
			}
			return t.Numbers(field)[row]
		}
		x := Timing{Name: name, Meaning: t.Text("meaning")[row], Source: t.Text("source")[row], Grade: t.Text("grade")[row],
			LagFrom: t.Missing("lag_months", row), FlowFrom: t.Missing("flow", row), OddsFrom: t.Missing("probability", row)}
		if name == "months" || name == "dates" {
			return nil, t.Fault(row, "profile", "a preset with the name "+fault.Quote(name), "another name: this one says that the dates come from the scenario")
		}
		p := &x.Profile
		p.InForce, p.LagMonths, p.Flow = value("in_force_months", 0), value("lag_months", 0), value("flow", 0)
		p.Ended = value("ended_months", path.Never)
		p.Eased = value("eased_months", p.Ended)
		p.EasedFlow, p.Probability = value("eased_flow", 0), value("probability", 1)
		p.OnlyAnnounced = t.Text("only_announced")[row] == "yes"
		if err := p.Validate(); err != nil {
			return nil, t.Fault(row, "in_force_months", err.Error(), "dates in order")
		}
		out = append(out, x)
	}
	return out, nil
}

// PathQuestion is what a path needs beside its scenario.
type PathQuestion struct {
	Horizon         int // months, 1 to path.MaxHorizon
	Timing          Timing
	Parameters      []PathParameter
	StockPrice      path.StockPrice
	StrategicTonnes float64
	Release         path.Release
}

// PathMonth is one month of a path with its effect on GDP.
type PathMonth struct {
	path.Month
	Parts            Parts   // of this month, million USD
	LossMUSD         float64 // of this month
	LargestLossShare float64 // of the output of the industry that is hit most
	Adapted          bool    // the withdrawal is over and the price is back: what use is missing, users have given up (see PathSummary)
}

// ShortShare is the share of its output that an industry loses when it counts as
// short.
const ShortShare = 0.01

// PathResult is the path of one commodity.
type PathResult struct {
	Scenario scenario.Scenario // canonical, of one unit
	Unit     int
	Setup    path.Setup
	Margin   float64 // of stability, see path.Margin
	Profile  path.Profile
	Months   []PathMonth
	PathSummary
}

// AdaptedMonths counts the months whose loss is not in the loss of the path.
func (r *PathResult) AdaptedMonths() int {
	n := 0
	for k := range r.Months {
		if r.Months[k].Adapted {
			n++
		}
	}
	return n
}

// PathSummary is what a path comes to.
type PathSummary struct {
	path.Summary
	NoPriceMonths  int     // months in which no price clears the market: no price parts, the loss is a lower bound
	SurvivedMonths int     // whole months before an industry is short; the horizon if none is
	Short          bool    // an industry is short within the horizon
	LossMUSD       float64 // of the months until the withdrawal is over and the price is back
	// AdaptedMUSD is what the same sum gives for the months after the end of the
	// withdrawal in which the price is below RestedPriceRatio. Users who have adapted
	// do not come back at once; many have found another way, so that this is not in
	// LossMUSD, but what they would lose if none had. The end decides, not the price
	// alone: else a larger cut, which lifts the price above that ratio, would cost
	// less than a smaller one, which does not.
	AdaptedMUSD float64
}

// RestedPriceRatio is the price ratio below which a market counts as back to rest.
const RestedPriceRatio = 1.05

// ByUnit splits a scenario into one for each of its units: paths follow one
// commodity at a time.
func ByUnit(s scenario.Scenario) []scenario.Scenario {
	var out []scenario.Scenario
	for _, u := range s.Units() {
		x := s
		x.Withdrawals = nil
		for _, w := range s.Withdrawals {
			if w.Unit == u {
				x.Withdrawals = append(x.Withdrawals, w)
			}
		}
		out = append(out, x)
	}
	return out
}

// Path follows a scenario of one unit month by month. The loss of a month is a
// twelfth of what (E3) gives for a year with its cut and price; US producers
// respond as the path says. A scenario without anything to withdraw has a path on
// which nothing happens.
func (e *Engine) Path(ctx context.Context, s scenario.Scenario, q *PathQuestion) (*PathResult, error) {
	op, err := e.Operator()
	if err != nil {
		return nil, err
	}
	p, err := Modes(q.Parameters)
	if err != nil {
		return nil, err
	}
	p.StockPrice = q.StockPrice
	units := s.Units()
	if len(units) != 1 {
		return nil, fmt.Errorf("a path of %d commodities: expected one", len(units))
	}
	s, _, err = s.Canonical(e.Catalog, e.Figures)
	if err != nil {
		return nil, err
	}
	w := e.newWorker(op)
	r := &PathResult{Scenario: s, Unit: units[0], Profile: q.Timing.At(&p)}
	if err := w.setup(&r.Setup, r.Unit, s, q); err != nil {
		return nil, err
	}
	r.Margin = path.Margin(&r.Setup, &p)
	var o path.Outcome
	if err := path.Run(&o, &r.Setup, &p, &r.Profile, q.Horizon); err != nil {
		return nil, fmt.Errorf("%s: %w", e.Catalog.Units[r.Unit].ID, err)
	}
	year := yearly(s, r.Unit)
	outage := outageUSA(s, r.Unit)
	results := make([]*Result, len(o.Months))
	for t := range o.Months {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		x := &Result{Scenario: year, Units: []UnitOutcome{{Unit: r.Unit}}}
		e.atMonth(&x.Units[0], &o.Months[t], outage)
		results[t] = x
	}
	if err := w.answer(results, false); err != nil {
		return nil, err
	}
	r.Months = make([]PathMonth, len(o.Months))
	largest, losses := make([]float64, len(o.Months)), make([]float64, len(o.Months))
	for t, x := range results {
		m := PathMonth{Month: o.Months[t], Parts: x.Parts.scaled(1.0 / 12), LossMUSD: x.LossMUSD / 12}
		if m.LargestLossShare, err = w.largestLoss(&e.units[r.Unit], r.Unit, m.UseCut); err != nil {
			return nil, err
		}
		m.Adapted = adapted(&m.Month, &r.Profile, t)
		largest[t], losses[t] = m.LargestLossShare, m.LossMUSD
		r.Months[t] = m
	}
	r.PathSummary = summarise(&o, &r.Profile, largest, losses)
	return r, nil
}

// summarise reads a path, the largest loss of an industry and the loss by month.
func summarise(o *path.Outcome, profile *path.Profile, largest, losses []float64) PathSummary {
	s := PathSummary{Summary: path.Summarise(o), SurvivedMonths: len(largest)}
	for t := range o.Months {
		if !s.Short && largest[t] >= ShortShare {
			s.SurvivedMonths, s.Short = t, true
		}
		if o.Months[t].State == path.NoPrice {
			s.NoPriceMonths++
		}
		if adapted(&o.Months[t], profile, t) {
			s.AdaptedMUSD += losses[t]
		} else {
			s.LossMUSD += losses[t]
		}
	}
	return s
}

// adapted says whether month t lies after the end of the withdrawal, or of the
// threat, and its price is back.
func adapted(m *path.Month, profile *path.Profile, t int) bool {
	return profile.Over(t) && m.PriceRatioOutside < RestedPriceRatio
}

// yearly is the scenario whose parts are those of a whole year.
func yearly(s scenario.Scenario, unit int) scenario.Scenario {
	s.Months = scenario.FullYear
	if len(s.Withdrawals) == 0 {
		s.Withdrawals = []scenario.Withdrawal{{Unit: unit}}
	}
	return s
}

// setup prepares the path of a unit.
func (w *worker) setup(dst *path.Setup, unit int, s scenario.Scenario, q *PathQuestion) error {
	o := UnitOutcome{Unit: unit}
	b, _, targeted := w.withdraw(&o, s)
	if targeted {
		return &fault.Error{Code: fault.Usage, File: "to", What: "a path of a restriction aimed at named destinations", Expected: "one on everybody",
			Do: "Leave --to out: the path has two markets, inside and outside the countries that restrict, and not a third. `chokepoint disrupt` takes --to."}
	}
	if d := w.e.Method.Demand; d == market.Linear {
		return &fault.Error{Code: fault.Usage, File: "--method", What: "a path with demand=" + d.String(), Expected: market.SemiLog.String() + " or " + market.IsoElastic.String(),
			Do: "A path follows the log of use, which a straight demand curve takes to nothing."}
	}
	if err := dst.Build(b, &w.shock, w.e.Method.Demand, w.e.Figures[unit].StockMonths); err != nil {
		return fmt.Errorf("%s: %w", w.e.Catalog.Units[unit].ID, err)
	}
	dst.StrategicTonnes, dst.Release = q.StrategicTonnes, q.Release
	return nil
}

// atMonth makes a month of a path the outcome of a market in which the economy is.
func (e *Engine) atMonth(o *UnitOutcome, m *path.Month, outageUSA float64) {
	o.Market = market.Outcome{HasPrice: m.State != path.NoPrice, UseCut: m.UseCut}
	if !o.Market.HasPrice {
		o.Market.State = market.NoClearing
	} else {
		o.Market.PriceRatio, o.Market.PriceRise = m.PriceRatioOutside, m.PriceRiseOutside
	}
	f, u := e.Figures[o.Unit], &e.Catalog.Units[o.Unit]
	e.outputAfter(o, outageUSA*m.Withheld, path.OutputGrowth(f.IdleShare[u.USA]*m.Ramp, f.SupplyElasticity, m.ExpectedRise),
		path.OutputGrowth(f.RecyclingIdleShare*m.Ramp, f.RecyclingElasticity, m.ExpectedRise))
}

// largestLoss is the largest share of its output that an industry loses at a cut.
func (w *worker) largestLoss(m *unitModel, unit int, cut float64) (float64, error) {
	w.losses = zeros(w.losses, len(w.e.Figures[unit].Industries))
	if err := m.path.Losses(w.losses, effectiveCut(cut)); err != nil {
		return 0, err
	}
	largest := 0.0
	for _, x := range w.losses {
		largest = math.Max(largest, x)
	}
	return largest, nil
}

// scaled are the parts times a factor.
func (p Parts) scaled(by float64) Parts {
	return Parts{p.HitMUSD * by, p.UsersPriceMUSD * by, p.ProducerVolumeMUSD * by, p.ProducerPriceMUSD * by, p.RestMUSD * by}
}
