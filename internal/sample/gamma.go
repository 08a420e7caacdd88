package sample

import (
	"fmt"
	"math"
)

// Limits of the shape: above, the series is slow and loses digits; below, most
// quantiles underflow.
const (
	minShape = 1e-3
	maxShape = 1e5
)

// Gamma is a rate per year that a Gamma-Poisson model has fitted. Its quantile is
// solved here, with this package's own exponential and logarithm: those of
// gonum's distuv differ in the last bits between CPUs.
type Gamma struct{ shape, rate, lnGamma1 float64 }

// NewGamma takes the shape and the rate (mean = shape/rate). Errors: ErrNotFinite,
// ErrShape, ErrTooWide.
func NewGamma(shape, rate float64) (Gamma, error) {
	fail := func(err error) (Gamma, error) {
		return Gamma{}, fmt.Errorf("gamma of shape %v and rate %v: %w", shape, rate, err)
	}
	switch {
	case !finite(shape) || !finite(rate):
		return fail(ErrNotFinite)
	case shape < minShape || shape > maxShape || rate <= 0:
		return fail(ErrShape)
	}
	d := Gamma{shape: shape, rate: rate, lnGamma1: lnGamma1(shape)}
	if !finite(d.AtNormal(normalLimit)) {
		return fail(ErrTooWide)
	}
	return d, nil
}

// Value is the quantile at u to 1e-12 relative (1e-11 for shapes below 0.01).
// Quantiles below 1e-300/rate of small shapes are 0.
func (d Gamma) Value(u float64) float64 {
	if !(u > 0 && u < 1) {
		return math.NaN()
	}
	return d.quantile(u, 1-u, NormalQuantile(u))
}

// AtNormal is the quantile at Phi(z).
func (d Gamma) AtNormal(z float64) float64 {
	z = clampNormal(z)
	tail := 0.5
	if z != 0 {
		// The tail of a normal is half that of its square, a Gamma of shape 1/2.
		_, q := gammaTails(0.5, z*z/2, halfLnGamma1)
		tail = q / 2
	}
	if z < 0 {
		return d.quantile(tail, 1-tail, z)
	}
	return d.quantile(1-tail, tail, z)
}

// halfLnGamma1 is ln Gamma(3/2) = ln(sqrt(pi)/2).
const halfLnGamma1 = -0.12078223763524522235

// quantile solves for y = ln x by Newton's method on the logarithm of the smaller
// tail. The density of y is log-concave and so are both tails, hence after one
// step every iterate lies on one side of the root and approaches it.
func (d Gamma) quantile(p, q, z float64) float64 {
	a := d.shape
	// Start: Wilson and Hilferty's cube, or the first term of the series.
	y := (ln(p) + d.lnGamma1) / a
	if w := 1 - 1/(9*a) + z/(3*math.Sqrt(a)); a > 0.5 && w > 0.1 {
		y = ln(a) + 3*ln(w)
	}
	if y < -690 {
		return 0
	}
	for range 60 {
		x := exp(y)
		lower, upper := gammaTails(a, x, d.lnGamma1)
		// Density of y: x^a e^-x / Gamma(a).
		density := a * exp(a*y-x-d.lnGamma1)
		var step float64
		if p <= q {
			step = (ln(p) - ln(lower)) * lower / density
		} else {
			step = (ln(upper) - ln(q)) * upper / density
		}
		step = max(-2, min(2, step))
		y += step
		if math.Abs(step) < 1e-8 { // the error is of the order of its square
			break
		}
	}
	if y < -690 {
		return 0
	}
	return exp(y) / d.rate
}

// gammaTails is P(a, x) and Q(a, x) = 1 - P, each to full relative precision where
// it is the smaller one: the series of P below x = a + 1, Legendre's continued
// fraction of Q (by Lentz's method) above.
func gammaTails(a, x, lnGamma1 float64) (p, q float64) {
	front := exp(a*ln(x) - x - lnGamma1)
	const maxTerms = 20000
	if x < a+1 {
		sum, term := 1.0, 1.0
		for n := 1; n < maxTerms; n++ {
			term *= x / (a + float64(n))
			sum += term
			if term < sum*1e-17 {
				break
			}
		}
		p = front * sum
		return p, 1 - p
	}
	const tiny = 1e-300
	b := x + 1 - a
	c, d := 1/tiny, 1/b
	h := d
	for n := 1; n < maxTerms; n++ {
		k := float64(n)
		an := k * (a - k)
		b += 2
		if d = an*d + b; d == 0 {
			d = tiny
		}
		if c = b + an/c; c == 0 {
			c = tiny
		}
		d = 1 / d
		f := c * d
		h *= f
		if math.Abs(f-1) < 1e-16 {
			break
		}
	}
	q = front * a * h
	return 1 - q, q
}
