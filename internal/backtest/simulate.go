package backtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
	"chokepoint/internal/market"
	"chokepoint/internal/path"
	"chokepoint/internal/quantile"
	"chokepoint/internal/sample"
)

// Errors of this package.
var (
	ErrRanges  = errors.New("ranges of the parameters")
	ErrDraws   = errors.New("draws")
	ErrNoRows  = errors.New("no events to test")
	ErrUnfit   = errors.New("nothing to fit on")
	ErrLeakage = errors.New("a validation row in a fit") // a fault of the program
)

// MaxDraws bounds the draws behind a forecast.
const MaxDraws = 100_000

// Range is a common parameter: its 10, 50 and 90 % quantile.
type Range struct {
	Name            string
	Low, Mode, High float64
	Share           bool // drawn on the logit scale, else on the log scale
}

// Structure is what the equations leave open, and what was tried.
type Structure struct {
	FixedParameters bool // modes only
	StockPrice      path.StockPrice
	SizeExponent    float64 // b: gamma times (world output in 1,000 million USD)^-b
	LicenceMixture  bool    // a licence duty may be harmless
	DrawInputs      bool    // elasticities, idle capacity and stocks vary too
	NoiseOfQuotes   bool    // noise of the time between the two prices, not of that since the announcement
	Pipeline        bool    // goods under way between mine and plant arrive first
}

// Shipped is the structure of the command.
func Shipped() Structure {
	return Structure{StockPrice: path.ClosingUsable, LicenceMixture: true, DrawInputs: true, NoiseOfQuotes: true, Pipeline: true}
}

// Model forecasts events.
type Model struct {
	Engine    *assess.Engine
	Ranges    []Range
	Structure Structure
	Draws     int
	Seed      uint64
	Workers   int // 0 = as many as processors
}

// Prediction is the forecast of one event.
type Prediction struct {
	Event *Event
	Forecast
	Inside   bool
	Months   float64 // over which other causes move the price
	Draws    int     // behind the forecast
	Rejected int     // unstable draws, not counted in Draws
	NoPrice  int     // draws at whose horizon no price clears the market; they count at the highest price
	// Untestable says why there is no forecast; "" = there is one.
	Untestable string
}

// common are the parameters of one draw.
type common struct {
	path.Parameters
	quotaFlow      float64
	pipelineMonths float64
	harmlessChance float64
	harmlessLag    float64
	harmlessFlow   float64
	noise          float64
	regime         float64 // uniform: below harmlessChance a licence duty is harmless
}

// own are the parameters that package path does not know, with the largest value of
// each.
var own = map[string]struct {
	at   func(*common) *float64
	high float64
}{
	"quota_flow":          {func(c *common) *float64 { return &c.quotaFlow }, 1},
	"pipeline_months":     {func(c *common) *float64 { return &c.pipelineMonths }, MaxHorizonMonths},
	"harmless_chance":     {func(c *common) *float64 { return &c.harmlessChance }, 1},
	"harmless_lag_months": {func(c *common) *float64 { return &c.harmlessLag }, MaxHorizonMonths},
	"harmless_flow":       {func(c *common) *float64 { return &c.harmlessFlow }, 1},
	"monthly_noise":       {func(c *common) *float64 { return &c.noise }, 1},
}

// Ranges reads the common parameters: tables path_parameters and
// backtest_parameters.
func Ranges(c *catalog.Catalog) ([]Range, error) {
	parameters, err := assess.PathParameters(c)
	if err != nil {
		return nil, err
	}
	var out []Range
	for _, p := range parameters {
		out = append(out, Range{p.Name, p.Low, p.Mode, p.High, p.Unit == "share"})
	}
	t, err := c.Package.Table("backtest_parameters")
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for row, name := range t.Text("parameter") {
		r := Range{name, t.Numbers("low")[row], t.Numbers("mode")[row], t.Numbers("high")[row], t.Text("unit")[row] == "share"}
		mine, known := own[name]
		if !known {
			names := slices.Sorted(maps.Keys(own))
			f := t.Fault(row, "parameter", "unknown parameter "+fault.Quote(name), "one of "+strings.Join(names, ", "))
			f.DidYouMean = fault.Nearest(name, names)
			return nil, f
		}
		if !(r.Low >= 0 && r.Low <= r.Mode && r.Mode <= r.High && r.High <= mine.high) {
			return nil, t.Fault(row, "mode", fmt.Sprintf("low %g, mode %g, high %g", r.Low, r.Mode, r.High), fmt.Sprintf("ascending, from 0 to %g", mine.high))
		}
		if _, err := r.distribution(); err != nil {
			return nil, t.Fault(row, "low", err.Error(), "a range that can be drawn")
		}
		found[name] = true
		out = append(out, r)
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if !found[name] {
			return nil, &fault.Error{Code: fault.InvalidData, File: "backtest_parameters.csv", What: "no row for parameter " + name, Expected: "a row for every parameter"}
		}
	}
	return out, nil
}

// parameters draws the common parameters.
func (m *Model) parameters() ([]common, error) {
	if m.Draws < 1 || m.Draws > MaxDraws {
		return nil, fmt.Errorf("%w: %d, expected 1 to %d", ErrDraws, m.Draws, MaxDraws)
	}
	stream := sample.NewStream(m.Seed, "common parameters of paths")
	out := make([]common, m.Draws)
	for i := range out {
		out[i].StockPrice = m.Structure.StockPrice
		out[i].regime = stream.Uniform(uint64(i), len(m.Ranges), sample.Key("licence regime"))
	}
	for dimension, r := range m.Ranges {
		x, err := r.distribution()
		if err != nil {
			return nil, err
		}
		key := sample.Key(r.Name)
		for i := range out {
			v := r.Mode
			if x != nil && !m.Structure.FixedParameters {
				v = x.Value(stream.Uniform(uint64(i), dimension, key))
			}
			if mine, is := own[r.Name]; is {
				*mine.at(&out[i]) = min(v, mine.high)
				continue
			}
			low, high, known := path.Range(r.Name)
			if !known {
				return nil, fmt.Errorf("%w: no parameter is named %q", ErrRanges, r.Name)
			}
			if err := out[i].Set(r.Name, min(max(v, low), high)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// distribution is nil for a parameter without a range.
func (r Range) distribution() (sample.Distribution, error) {
	var d sample.Distribution
	var err error
	switch {
	case r.Low == r.High:
		return nil, nil
	case r.Share:
		d, err = sample.NewTwoPieceLogitNormal(r.Low, r.Mode, r.High)
	default:
		d, err = sample.NewTwoPieceLogNormal(r.Low, r.Mode, r.High)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRanges, r.Name, err)
	}
	return d, nil
}

// Predict forecasts every event, in their order. What it gives does not depend on
// the number of workers, nor a forecast on the other events.
func (m *Model) Predict(ctx context.Context, events []Event) ([]Prediction, error) {
	parameters, err := m.parameters()
	if err != nil {
		return nil, err
	}
	out := make([]Prediction, len(events))
	errs := make([]error, len(events))
	workers := m.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, len(events)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(events); i = int(next.Add(1)) - 1 {
				if errs[i] = ctx.Err(); errs[i] == nil {
					out[i], errs[i] = m.predict(&events[i], parameters)
				}
			}
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("event %s: %w", events[i].ID, err)
		}
	}
	return out, nil
}

// setting is an event made ready for paths.
type setting struct {
	event    *Event
	balance  *market.Balance
	shock    market.Shock
	from     float64 // months from the announcement to the price before; negative: before it
	to       float64 // to the price after
	pipeline bool
	months   float64 // over which other causes move the price
	gamma    float64 // factor of the market's size
	inputs   []input
}

// input is a number of the balance that varies.
type input struct {
	of    sample.Distribution
	set   func(b *market.Balance, v float64)
	key   uint64
	cover bool // M, which is no number of the balance
}

// prepare makes an event ready; the text says why it cannot be tested.
func (m *Model) prepare(e *Event) (*setting, string, error) {
	if e.Untestable != "" {
		return nil, e.Untestable, nil
	}
	c := m.Engine.Catalog
	u := &c.Units[e.Unit]
	country := slices.Index(u.Countries, e.Country)
	s := &setting{event: e, to: e.HorizonMonths, gamma: 1, balance: m.Engine.Balance(e.Unit)}
	var err error
	if country >= 0 {
		if s.balance, err = path.WithSupplyShare(s.balance, country, e.WorldShare); err != nil {
			return nil, "no market with this share: " + err.Error(), nil
		}
	}
	if e.Phase == Reversal {
		s.from = e.Before.Month() - e.Announced.Month()
		if s.from < 0 {
			return nil, "the peak lies before the announcement", nil
		}
		s.to += s.from
	}
	if s.to > path.MaxHorizon {
		return nil, fmt.Sprintf("the price after lies more than %d months after the announcement", path.MaxHorizon), nil
	}
	between := s.to - s.from
	if m.Structure.NoiseOfQuotes && e.Before.Set() && e.After.Set() {
		between = max(between, e.After.Month()-e.Before.Month())
	}
	s.months = max(0, between)
	n := len(s.balance.SupplyShare)
	lost := e.WorldShare
	if e.WorldLoss >= 0 && e.Measure == Outage {
		lost = e.WorldLoss
	}
	switch {
	case country < 0: // it makes an earlier stage, which is missing at every plant
		s.shock.Outage = make([]float64, n)
		s.pipeline = m.Structure.Pipeline
		for c := range n {
			s.shock.Outage[c] = lost
		}
	case e.Measure == Outage || e.Measure == OreStop || !s.balance.CanRestrict(country):
		s.shock.Outage = make([]float64, n)
		s.shock.Outage[country] = lost / e.WorldShare
		s.pipeline = m.Structure.Pipeline && e.Measure != Outage
	default:
		s.shock.Export = make([]float64, n)
		s.shock.Export[country] = 1
	}
	if b := m.Structure.SizeExponent; b != 0 {
		if f := m.Engine.Figures[e.Unit]; f.WorldTonnes*f.PriceUSDPerTonne > 0 {
			s.gamma = exp(-b * ln(f.WorldTonnes*f.PriceUSDPerTonne/1e9))
		}
	}
	if m.Structure.DrawInputs {
		if s.inputs, err = m.inputs(e, u.Leader); err != nil {
			return nil, "", err
		}
	}
	return s, "", nil
}

// inputs are the numbers of an event's commodity that vary beside the common ones.
// A number that was edited does not.
func (m *Model) inputs(e *Event, leader int) ([]input, error) {
	spreads, err := m.Engine.Catalog.Spreads(e.Unit, m.Engine.Method.Judgement)
	if err != nil {
		return nil, err
	}
	var out []input
	for k, in := range m.Engine.Catalog.Inputs(e.Unit) {
		s := spreads[k]
		if s.Shape != catalog.LogTwoPiece || slices.ContainsFunc(m.Engine.Edits, func(x catalog.Edit) bool { return x.Key == in.Key }) {
			continue
		}
		d, err := sample.NewTwoPieceLogNormal(s.Low, s.Mode, s.High)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", in.Key, err)
		}
		x := input{of: d, key: sample.Key(in.Key)}
		low, high := in.Low, in.High
		switch name := in.Key[len(m.Engine.Catalog.Units[e.Unit].ID)+1:]; name {
		case "demand_elasticity":
			x.set = func(b *market.Balance, v float64) { b.DemandElasticity = min(max(v, low), high) }
		case "supply_elasticity":
			x.set = func(b *market.Balance, v float64) { b.SupplyElasticity = min(max(v, low), high) }
		case "recycling_elasticity":
			x.set = func(b *market.Balance, v float64) { b.RecyclingElasticity = min(max(v, low), high) }
		case "idle_share.leader":
			x.set = func(b *market.Balance, v float64) { b.IdleShare[leader] *= v }
		case "idle_share.others":
			x.set = func(b *market.Balance, v float64) {
				for c := range b.IdleShare {
					if c != leader {
						b.IdleShare[c] *= v
					}
				}
			}
		case "stock_months":
			if e.StockMonths >= 0 {
				continue // known at the time
			}
			x.cover = true
		default:
			continue
		}
		out = append(out, x)
	}
	return out, nil
}

func (m *Model) predict(e *Event, parameters []common) (Prediction, error) {
	p := Prediction{Event: e}
	s, why, err := m.prepare(e)
	if err != nil || why != "" {
		p.Untestable = why
		return p, err
	}
	p.Months = s.months
	noise := sample.NewStream(m.Seed, "noise of prices")
	inputs := sample.NewStream(m.Seed, m.Engine.Catalog.Units[e.Unit].ID)
	key := sample.Key(e.ID)
	cover := e.StockMonths
	if cover < 0 {
		cover = m.Engine.Figures[e.Unit].StockMonths
	}
	logs := make([]float64, 0, len(parameters))
	var setup path.Setup
	var outcome path.Outcome
	drawn := *s.balance
	idle := make([]float64, len(s.balance.IdleShare))
	var q common
	var profile path.Profile
	for i := range parameters {
		q = parameters[i]
		q.Sensitivity = min(q.Sensitivity*s.gamma, largestGamma)
		months := cover
		if s.inputs != nil {
			drawn = *s.balance
			drawn.IdleShare = append(idle[:0], s.balance.IdleShare...)
			for k, in := range s.inputs {
				v := in.of.Value(inputs.Uniform(uint64(i), k, in.key))
				if in.cover {
					months = v
				} else {
					in.set(&drawn, v)
				}
			}
		}
		if err := setup.Build(&drawn, &s.shock, m.Engine.Method.Demand, months); err != nil {
			p.Untestable = "no path: " + err.Error()
			return p, nil
		}
		if path.Margin(&setup, &q.Parameters) < path.StableMargin {
			p.Rejected++
			continue
		}
		profile = s.profile(&q, m.Structure.LicenceMixture)
		l, noPrice, err := s.logRatio(&outcome, &setup, &q.Parameters, &profile)
		if err != nil {
			return p, err
		}
		if noPrice {
			p.NoPrice++
		}
		logs = append(logs, l+q.noise*math.Sqrt(s.months)*sample.NormalQuantile(noise.Uniform(uint64(i), 0, key)))
	}
	if p.Draws = len(logs); p.Draws == 0 {
		p.Untestable = "every draw of the parameters is unstable"
		return p, nil
	}
	v, err := quantile.Exact(logs, probabilities[:]...)
	if err != nil {
		return p, err
	}
	p.Forecast = Forecast{exp(v[0]), exp(v[1]), exp(v[2])}
	p.Inside = p.Forecast.Inside(e.Ratio)
	return p, nil
}

// largestGamma is what package path takes.
const largestGamma = 20

// forever leaves room for what comes later than that.
const forever = path.Never / 2

// logRatio follows the event and reads ln of the price after over the price before.
func (s *setting) logRatio(o *path.Outcome, setup *path.Setup, p *path.Parameters, profile *path.Profile) (l float64, noPrice bool, err error) {
	if err := path.Run(o, setup, p, profile, max(1, int(math.Ceil(s.to)))); err != nil {
		return 0, false, err
	}
	at := func(months float64) (float64, bool) {
		x := o.At(months)
		if s.event.Market == Domestic {
			return ln(x.PriceRatioInside), false
		}
		return ln(x.PriceRatioOutside), x.State == path.NoPrice
	}
	l, noPrice = at(s.to)
	if s.event.Phase == Reversal {
		before, none := at(s.from)
		l, noPrice = l-before, noPrice || none
	}
	return l, noPrice, nil
}

// profile is how the measure runs, in months from the announcement, as it could
// be expected then: an end is used only where the row is about the easing.
func (s *setting) profile(q *common, mixture bool) path.Profile {
	e := s.event
	p := path.Profile{InForce: max(0, e.Effective.Month()-e.Announced.Month()), Eased: forever, Ended: forever, Probability: 1}
	eased := p.InForce
	if e.Phase == Reversal { // in force since the announcement; the row's date is that of the easing
		p.InForce = 0
		if eased > 0 {
			p.Eased = eased
			p.Ended = eased
			if e.Ended.Set() {
				p.Ended = max(eased, e.Ended.Month()-e.Announced.Month())
			}
			p.EasedFlow = .5
		}
	}
	if s.pipeline {
		p.InForce += q.pipelineMonths
		p.Eased, p.Ended = p.Eased+q.pipelineMonths, p.Ended+q.pipelineMonths
	}
	switch e.Measure {
	case Licence:
		p.LagMonths, p.Flow = q.LagMonths, q.LicensedFlow
		if mixture && q.regime < q.harmlessChance {
			p.LagMonths, p.Flow = q.harmlessLag, q.harmlessFlow
		}
	case Quota:
		p.Flow = q.quotaFlow
	case Threat:
		p.OnlyAnnounced, p.Probability = true, q.ThreatProbability
	}
	return p
}
