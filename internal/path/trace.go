package path

import (
	"fmt"

	"chokepoint/internal/market"
)

// Step is a month with everything that equations 1 to 10 of the package have in
// between. Flows are tonnes a month unless a field says t/yr; logs are natural.
type Step struct {
	Month

	// Of the commodity.
	BaseUse          float64 // d
	NormalStocks     float64 // M d
	LeastStocks      float64 // I_min
	Demand           market.Demand
	Eps, EpsShort    float64 // eps, eps_s
	Eta              float64
	RecyclingIdle    float64 // kappa of recycling
	RecyclingEta     float64
	Producers        []Producers
	RecycledTonnes   float64  // of R at pi = 1, t/yr
	Sellers          []Seller // C
	InsideTonnes     float64  // output of C, t/yr
	InsideLostTonnes float64  // outages in C at full force, t/yr
	InsideRecycled   float64  // t/yr
	InsideUse        float64  // t/yr
	NewPlants        float64
	Announced        []float64 // loss planned for this month and the next L-1
	Belief           float64   // weight that holders give the plan
	OnlyWhatFollows  bool      // tau = 0: lb = l
	NobodyHolds      bool      // M = 0

	// Before the month.
	StocksBefore    float64 // I
	StrategicBefore float64 // G
	PriceBefore     float64 // l
	ExpectedBefore  float64 // lb
	LogUseBefore    float64 // u
	LowestLogUse    float64 // lowest u so far
	RampBefore      float64 // m

	// Of the month.
	Price     float64 // l
	Expected  float64 // lb
	Target    float64 // u*
	LogUse    float64 // u
	Response  float64 // S - S at pi = 1, without new plants
	Unsold    float64 // change of F because the price expected outside is low, at most 0
	Wanted    float64 // Id
	Ahead     float64 // E
	Available float64 // A
}

// Producers are those of R with one idle share.
type Producers struct{ IdleShare, Tonnes, LostTonnes float64 } // t/yr; lost at full force

// Seller is a country of C, or a bloc.
type Seller struct{ ExportTonnes, LostTonnes, Phi float64 } // t/yr; lost at full force

// Trace follows a path to month t = 0, 1, ... and tells what was computed in it. Its
// Month is that of Run, bit for bit. Errors are those of Run.
func Trace(s *Setup, p *Parameters, profile *Profile, t int) (*Step, error) {
	var o Outcome
	if err := Run(&o, s, p, profile, t+1); err != nil {
		return nil, fmt.Errorf("month %d: %w", t, err)
	}
	x := newState(s, p)
	for k := range t {
		x.month(k, profile.Withheld(k), profile.belief(k), o.loss)
	}
	before, w := x, profile.Withheld(t)
	x.month(t, w, profile.belief(t), o.loss)
	y := &Step{
		Month: o.Months[t], BaseUse: x.use, NormalStocks: x.normal, LeastStocks: x.least, Demand: s.demand, Eps: s.eps, EpsShort: x.epsShort, Eta: s.eta,
		RecyclingIdle: s.recyclingIdle, RecyclingEta: s.recyclingEta, RecycledTonnes: s.recycledTonnes, InsideTonnes: s.insideTonnes, InsideLostTonnes: s.insideLostTonnes,
		InsideRecycled: s.insideRecycled, InsideUse: s.insideUseTonnes, NewPlants: s.newPlants(t), Announced: o.loss[t : t+int(p.AheadMonths)], Belief: x.belief,
		OnlyWhatFollows: p.ExpectationMonths == 0, NobodyHolds: x.normal == 0,
		StocksBefore: before.stocks, StrategicBefore: before.strategic, PriceBefore: before.price, ExpectedBefore: before.expected, LogUseBefore: before.logUse,
		LowestLogUse: before.lowestUse, RampBefore: before.ramp,
		Price: x.price, Expected: x.expected, LogUse: x.logUse, Response: x.trial.response, Unsold: x.trial.unsold, Wanted: x.trial.wanted,
		Available: max(0, x.use+x.trial.change+max(0, before.stocks-x.least)),
	}
	y.Target = max(leastLogUse, min(s.logUse(s.eps, x.expected), p.Ratchet*before.lowestUse))
	if p.AheadShare > 0 {
		y.Ahead = (y.Wanted - y.NormalStocks) / p.AheadShare
	}
	for _, g := range s.groups {
		y.Producers = append(y.Producers, Producers{g.idleShare, g.tonnes, g.lost})
	}
	for _, c := range s.restricting {
		y.Sellers = append(y.Sellers, Seller{c.exports, c.lost, c.phi})
	}
	return y, nil
}
