package backtest

import (
	"math"
	"slices"

	"chokepoint/internal/quantile"
)

// Probabilities of the quantiles that a forecast gives.
var probabilities = [3]float64{.1, .5, .9}

// Forecast is the 10, 50 and 90 % quantile of a price ratio.
type Forecast struct{ P10, P50, P90 float64 }

// Inside tells whether the interval holds a ratio.
func (f Forecast) Inside(ratio float64) bool { return f.P10 <= ratio && ratio <= f.P90 }

// Log2Error is |log2(P50/ratio)|: 1 is a factor of two.
func (f Forecast) Log2Error(ratio float64) float64 {
	return math.Abs(ln(f.P50)-ln(ratio)) / math.Ln2
}

// Loss is the mean quantile loss of the three on the log scale:
// (p - 1[y < q]) (y - q), y the log of the ratio. It is least in expectation for
// the quantiles themselves.
func (f Forecast) Loss(ratio float64) float64 {
	y, sum := ln(ratio), 0.0
	for i, q := range [3]float64{f.P10, f.P50, f.P90} {
		d := y - ln(q)
		if d >= 0 {
			sum += probabilities[i] * d
		} else {
			sum += (probabilities[i] - 1) * d
		}
	}
	return sum / 3
}

// Score sums forecasts up.
type Score struct {
	N               int
	Inside          int
	MedianLog2Error float64
	Loss            float64 // mean
}

// Coverage is the share of ratios inside their intervals.
func (s Score) Coverage() float64 {
	if s.N == 0 {
		return 0
	}
	return float64(s.Inside) / float64(s.N)
}

// score sums up forecasts of ratios; without any the score is zero.
func score(forecasts []Forecast, ratios []float64) Score {
	s := Score{N: len(ratios)}
	if s.N == 0 {
		return s
	}
	errors := make([]float64, s.N)
	for i, f := range forecasts {
		if f.Inside(ratios[i]) {
			s.Inside++
		}
		errors[i] = f.Log2Error(ratios[i])
		s.Loss += f.Loss(ratios[i]) / float64(s.N)
	}
	slices.Sort(errors)
	s.MedianLog2Error, _ = quantile.OfSorted(errors, .5) // finite and not empty
	return s
}

// normal90 is the 90 % quantile of the standard normal distribution.
const normal90 = 1.2815515655446004

// noChange is the naive forecast of a price that nothing is known about: the
// price of today, give or take the noise (sd of ln price in a month) of the months.
func noChange(months, noise float64) Forecast {
	w := exp(normal90 * noise * math.Sqrt(months))
	return Forecast{1 / w, 1, w}
}

// climatology is the naive forecast of one who only knows past events: the
// quantiles of their ratios.
func climatology(ratios []float64) Forecast {
	logs := make([]float64, len(ratios))
	for i, r := range ratios {
		logs[i] = ln(r)
	}
	q, err := quantile.Exact(logs, probabilities[:]...)
	if err != nil { // nothing is known
		return Forecast{1, 1, 1}
	}
	return Forecast{exp(q[0]), exp(q[1]), exp(q[2])}
}

// ln is the natural logarithm of x > 0, and exp e^x, from functions that are the
// same on every CPU.
func ln(x float64) float64 {
	m, e := math.Frexp(x)
	return float64(e)*math.Ln2 + math.Log1p(m-1)
}

func exp(x float64) float64 {
	k := math.Floor(x/math.Ln2 + .5)
	return math.Ldexp(1+math.Expm1(x-k*math.Ln2), int(k))
}
