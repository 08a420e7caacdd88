package stockpile

import (
	"fmt"
	"math"
	"slices"
)

// MaxOutcomes bounds the sampled stops of one holding.
const MaxOutcomes = 100_000

// Outcome is one way a stop may go.
type Outcome struct {
	Rate      float64 // chance a year
	Tonnes    float64 // X, shortfall over the whole stop
	UseTonnes float64 // use of the base year over the length of the stop: the cut is Tonnes/UseTonnes
}

// Carrying is what a stock costs a year, as shares of what it was bought for.
type Carrying struct {
	Money   float64 // r, price of money
	Holding float64 // h/c: store, guard, insure, rotate
}

// Share is r + h/c.
func (c Carrying) Share() float64 { return c.Money + c.Holding }

// Holding is what is needed to judge a stock of one mineral.
type Holding struct {
	curve     *Curve
	tonneMUSD float64 // c
	outcomes  []Outcome
	least     float64 // cut up to which use of the stock is not worth the tonne
}

// NewHolding takes the loss of a year by cut, the cost of a tonne (million USD) and
// the outcomes. Errors: ErrOutcome, ErrCarrying.
func NewHolding(curve *Curve, tonneMUSD float64, outcomes []Outcome) (*Holding, error) {
	if !(tonneMUSD > 0) || math.IsInf(tonneMUSD, 0) {
		return nil, fmt.Errorf("%w: a tonne costs %v million USD, expected above 0", ErrCarrying, tonneMUSD)
	}
	if len(outcomes) > MaxOutcomes {
		return nil, fmt.Errorf("%w: %d outcomes, expected at most %d", ErrOutcome, len(outcomes), MaxOutcomes)
	}
	for _, o := range outcomes {
		if !(o.Rate >= 0 && o.Tonnes >= 0 && o.UseTonnes > 0 && o.Tonnes <= o.UseTonnes*(1+1e-12)) || math.IsInf(o.Rate, 0) || math.IsInf(o.UseTonnes, 0) {
			return nil, fmt.Errorf("%w: rate %v, %v t of %v t, expected a rate of at least 0 and a shortfall between 0 and the use of that time", ErrOutcome, o.Rate, o.Tonnes, o.UseTonnes)
		}
	}
	return &Holding{curve: curve, tonneMUSD: tonneMUSD, outcomes: outcomes, least: curve.worthwhile(tonneMUSD)}, nil
}

// Piece is a stretch of a stock over which every tonne gains the same.
type Piece struct {
	Tonnes float64 // length
	Gain   float64 // lambda E[(v_marg - c)+] a year, per dollar of the tonne's cost
}

// Pieces lays out the yearly gain of a stock, the first tonnes first. Gains fall.
func (h *Holding) Pieces() []Piece {
	// Outcome i adds rate (v - c) to the tonnes between two of its marks, X - cut_k U.
	type mark struct{ at, change float64 }
	var marks []mark
	total := 0.0
	for _, o := range h.outcomes {
		if o.Rate == 0 || o.Tonnes == 0 {
			continue
		}
		k := h.curve.piece(o.Tonnes / o.UseTonnes)
		now := o.Rate * max(0, h.curve.slope(k)/h.curve.use-h.tonneMUSD)
		total += now
		for ; k >= 1 && now > 0; k-- {
			next := 0.0
			if k > 1 {
				next = o.Rate * max(0, h.curve.slope(k-1)/h.curve.use-h.tonneMUSD)
			}
			marks = append(marks, mark{o.Tonnes - h.curve.cut[k-1]*o.UseTonnes, next - now})
			now = next
		}
	}
	slices.SortFunc(marks, func(a, b mark) int {
		switch {
		case a.at < b.at || a.at == b.at && a.change < b.change:
			return -1
		case a.at == b.at && a.change == b.change:
			return 0
		}
		return 1
	})
	var out []Piece
	from, gain := 0.0, total
	for _, m := range marks {
		if m.at > from {
			g := gain / h.tonneMUSD
			if n := len(out); n > 0 { // rounding must not make a gain rise
				g = min(g, out[n-1].Gain)
			}
			out = append(out, Piece{m.at - from, max(0, g)})
			from = m.at
		}
		gain += m.change
	}
	return out
}

// Insure is the stock of (S1): all tonnes that gain more a year than they cost.
func (h *Holding) Insure(c Carrying) float64 {
	tonnes := 0.0
	for _, p := range h.Pieces() {
		if p.Gain <= c.Share() {
			break
		}
		tonnes += p.Tonnes
	}
	return tonnes
}

// AvoidedMUSD is the loss a year that a stock of so many tonnes is expected to
// avoid, and the expected cost of the tonnes used up in doing so.
func (h *Holding) AvoidedMUSD(tonnes float64) (avoided, usedUp float64) {
	for _, o := range h.outcomes {
		use := min(tonnes, o.Tonnes-h.least*o.UseTonnes)
		if !(use > 0) {
			continue
		}
		before, after := o.Tonnes/o.UseTonnes, (o.Tonnes-use)/o.UseTonnes
		avoided += o.Rate * (h.curve.LossMUSD(before) - h.curve.LossMUSD(after)) * o.UseTonnes / h.curve.use
		usedUp += o.Rate * use * h.tonneMUSD
	}
	return avoided, usedUp
}

// ExpectedMUSD is the expected loss a year without a stock.
func (h *Holding) ExpectedMUSD() float64 {
	sum := 0.0
	for _, o := range h.outcomes {
		sum += o.Rate * h.curve.LossMUSD(o.Tonnes/o.UseTonnes) * o.UseTonnes / h.curve.use
	}
	return sum
}
