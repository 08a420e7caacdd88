package stockpile

import (
	"slices"

	"chokepoint/internal/probability"
)

// Basis is what the answers for a unit stand on, with every number at its mode.
type Basis struct {
	Carrying         Carrying
	TonneMUSD        float64 // c
	UseTonnes        float64 // Q0, t/yr
	StockMonths      float64 // commercial stocks, months of use
	UsableShare      float64 // of them
	StopGivenControl float64 // chance a year that a control becomes a full stop
	CurveCountry     string  // whose partial stops trace the loss out
	Cuts, LossMUSD   []float64
	Worthless        float64 // cut up to which a tonne is worth no more than its cost
	Outcomes         []BasisOutcome
	Pieces           []Piece
}

// BasisOutcome is one way a stop may go.
type BasisOutcome struct {
	Outcome
	Country     string
	Probability probability.Estimate // that the country restricts exports, a year
	Months      float64              // D, length of the stop
	Cut         float64              // r_c of a year's stop
}

// Basis lays out what stands behind a unit. It is nil for a unit that no stop can hit.
func (x *Plan) Basis(u *UnitPlan) (*Basis, error) {
	lengths, err := x.lengths()
	if err != nil {
		return nil, err
	}
	d := x.central()
	h, err := x.holding(u, &d, lengths)
	if err != nil || h == nil {
		return nil, err
	}
	f := x.e.Figures[u.Unit]
	b := &Basis{Carrying: d.carrying, TonneMUSD: h.tonneMUSD, UseTonnes: f.UseTonnes, StockMonths: f.StockMonths, UsableShare: d.usable, StopGivenControl: d.stop,
		Cuts: slices.Clone(h.curve.cut), LossMUSD: slices.Clone(h.curve.loss), Worthless: h.least, Pieces: h.Pieces()}
	if len(u.curve) > 0 {
		b.CurveCountry = x.results[u.curve[0]].Scenario.Withdrawals[0].Country
	}
	at := 0
	for _, s := range u.Stops {
		r, rate := d.cut(s.result), d.probability(s)*d.stop
		if r <= 0 || rate <= 0 {
			continue
		}
		for _, months := range lengths { // as holding: what commercial stocks carry is no outcome
			if min(1, r)*months-d.usable*f.StockMonths > 0 {
				b.Outcomes = append(b.Outcomes, BasisOutcome{h.outcomes[at], s.Country, s.Probability, months, r})
				at++
			}
		}
	}
	return b, nil
}

// Use is what an outcome uses of a stock of so many tonnes.
func (b *Basis) Use(o *BasisOutcome, tonnes float64) float64 {
	return max(0, min(tonnes, o.Tonnes-b.Worthless*o.UseTonnes))
}

// Curve is the loss of a year along the cut.
func (b *Basis) Curve() *Curve { return &Curve{cut: b.Cuts, loss: b.LossMUSD, use: b.UseTonnes} }

// Gains are the yearly gain per dollar of the last tonne of a stock and of the next.
// Without a stock there is no last one.
func (b *Basis) Gains(tonnes float64) (last, next float64) {
	at := 0.0
	for _, p := range b.Pieces {
		if at < tonnes {
			last = p.Gain
		}
		if at += p.Tonnes; at > tonnes*(1+1e-12) {
			return last, p.Gain
		}
	}
	if at < tonnes*(1-1e-12) {
		last = 0
	}
	return last, 0
}
