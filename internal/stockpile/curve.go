package stockpile

import (
	"fmt"
	"math"
	"sort"
)

// Curve is the loss of a year along the cut of use: convex, piecewise linear, from
// no loss at no cut. Its slope is what a tonne is worth.
type Curve struct {
	cut  []float64 // ascending, 0 first
	loss []float64 // million USD a year
	use  float64   // Q0, t/yr
}

// NewCurve takes points of a loss, million USD a year by cut of use (ascending, above
// 0), and the use of the base year in tonnes. It keeps their lower convex hull with
// (0, 0); a loss below 0 counts as 0. Error: ErrCurve.
func NewCurve(cut, lossMUSD []float64, useTonnes float64) (*Curve, error) {
	if len(cut) != len(lossMUSD) || len(cut) == 0 {
		return nil, fmt.Errorf("%w: %d cuts and %d losses, expected as many of each and at least one", ErrCurve, len(cut), len(lossMUSD))
	}
	if !(useTonnes > 0) || math.IsInf(useTonnes, 0) {
		return nil, fmt.Errorf("%w: use of %v t, expected above 0", ErrCurve, useTonnes)
	}
	c := &Curve{cut: []float64{0}, loss: []float64{0}, use: useTonnes}
	last := 0.0
	for i, r := range cut {
		l := max(0, lossMUSD[i])
		if !(r > last && r <= 1) || math.IsNaN(lossMUSD[i]) || math.IsInf(lossMUSD[i], 0) {
			return nil, fmt.Errorf("%w: a loss of %v at a cut of %v after one of %v, expected cuts that rise up to 1 and finite losses", ErrCurve, lossMUSD[i], r, last)
		}
		last = r
		for n := len(c.cut); n > 1 && (c.loss[n-1]-c.loss[n-2])*(r-c.cut[n-1]) >= (l-c.loss[n-1])*(c.cut[n-1]-c.cut[n-2]); n-- {
			c.cut, c.loss = c.cut[:n-1], c.loss[:n-1]
		}
		c.cut, c.loss = append(c.cut, r), append(c.loss, l)
	}
	return c, nil
}

// piece is the piece that holds the cuts just below r > 0; beyond the last point the
// last piece goes on.
func (c *Curve) piece(r float64) int {
	return max(1, min(sort.SearchFloat64s(c.cut, r), len(c.cut)-1))
}

func (c *Curve) slope(piece int) float64 {
	return (c.loss[piece] - c.loss[piece-1]) / (c.cut[piece] - c.cut[piece-1])
}

// LossMUSD is the loss of a year with the cut r >= 0.
func (c *Curve) LossMUSD(r float64) float64 {
	k := c.piece(r)
	return c.loss[k-1] + c.slope(k)*(r-c.cut[k-1])
}

// TonneMUSD is v_marg, what one tonne less would add to the loss at the cut r > 0.
func (c *Curve) TonneMUSD(r float64) float64 { return c.slope(c.piece(r)) / c.use }

// worthwhile is the largest cut at and below which a tonne is worth no more than
// its cost in million USD.
func (c *Curve) worthwhile(costMUSD float64) float64 {
	k := 1
	for k < len(c.cut) && c.slope(k) <= costMUSD*c.use {
		k++
	}
	if k == len(c.cut) {
		return math.Inf(1)
	}
	return c.cut[k-1]
}
