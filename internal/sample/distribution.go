package sample

import (
	"errors"
	"fmt"
	"math"
)

// Errors of the constructors; every one names the values it refuses.
var (
	ErrNotFinite   = errors.New("value is not finite")
	ErrOrder       = errors.New("low, mode, high are not in ascending order")
	ErrSign        = errors.New("range crosses zero")
	ErrShare       = errors.New("share is outside 0 to 1")
	ErrWidth       = errors.New("half-width is negative")
	ErrTooWide     = errors.New("range is too wide: draws overflow")
	ErrShape       = errors.New("shape is outside 0.001 to 100000, or rate is not positive")
	ErrCorrelation = errors.New("correlation is outside 0 to 1")
	ErrDirections  = errors.New("table of direction numbers is damaged")
)

// endFraction places an end that is no quantile: low = 0 is read as high/100.
const endFraction = 0.01

// normalLimit bounds z: no sum of two correlated quantiles of 32-bit
// coordinates passes 9, so draws that are finite at the limit always are.
const normalLimit = 10

// Distribution maps a uniform coordinate, or a standard normal one, to a value
// in the unit of the input. Both are increasing.
type Distribution interface {
	// Value is the quantile at u in (0,1); NaN outside.
	Value(u float64) float64
	// AtNormal is the quantile at Phi(z); |z| is taken as at most 10.
	AtNormal(z float64) float64
}

// TwoPieceLogNormal is a quantity of one sign, with low, mode, high as its
// 10, 50, 90 % quantiles.
type TwoPieceLogNormal struct{ mode, fall, rise float64 }

// NewTwoPieceLogNormal takes low <= mode <= high in the unit of the quantity, all
// >= 0 or all <= 0; ends at zero are read as the package comment says. Errors:
// ErrNotFinite, ErrOrder, ErrSign, ErrTooWide.
func NewTwoPieceLogNormal(low, mode, high float64) (TwoPieceLogNormal, error) {
	fail := func(err error) (TwoPieceLogNormal, error) {
		return TwoPieceLogNormal{}, fmt.Errorf("two-piece log-normal of %v, %v, %v: %w", low, mode, high, err)
	}
	if err := checkRange(low, mode, high); err != nil {
		return fail(err)
	}
	if low < 0 && high > 0 {
		return fail(ErrSign)
	}
	d := TwoPieceLogNormal{mode: mode}
	if mode == 0 {
		d.fall, d.rise = -low/normal90, high/normal90
	} else {
		l, h := low, high
		if l == 0 {
			l = min(mode, high*endFraction)
		}
		if h == 0 {
			h = max(mode, low*endFraction)
		}
		d.fall, d.rise = ln(mode/l)/normal90, ln(h/mode)/normal90
	}
	if !finite(d.fall) || !finite(d.rise) || !finite(d.AtNormal(-normalLimit)) || !finite(d.AtNormal(normalLimit)) {
		return fail(ErrTooWide)
	}
	return d, nil
}

// Value is the quantile at u.
func (d TwoPieceLogNormal) Value(u float64) float64 { return d.AtNormal(NormalQuantile(u)) }

// AtNormal is mode exp(s z), or s z for mode = 0. The slopes carry the sign of the
// quantity: |x| of a negative one falls as z rises.
func (d TwoPieceLogNormal) AtNormal(z float64) float64 {
	z = clampNormal(z)
	s := d.rise
	if z < 0 {
		s = d.fall
	}
	switch {
	case s == 0:
		return d.mode
	case d.mode == 0:
		return s * z
	}
	return d.mode * exp(s*z)
}

// TwoPieceLogitNormal is a share in [0,1], with low, mode, high as its 10, 50,
// 90 % quantiles.
type TwoPieceLogitNormal struct{ mode, fall, rise float64 }

// NewTwoPieceLogitNormal takes 0 <= low <= mode <= high <= 1; ends at 0 and 1 are
// read as the package comment says. Errors: ErrNotFinite, ErrOrder, ErrShare,
// ErrTooWide.
func NewTwoPieceLogitNormal(low, mode, high float64) (TwoPieceLogitNormal, error) {
	fail := func(err error) (TwoPieceLogitNormal, error) {
		return TwoPieceLogitNormal{}, fmt.Errorf("two-piece logit-normal of %v, %v, %v: %w", low, mode, high, err)
	}
	if err := checkRange(low, mode, high); err != nil {
		return fail(err)
	}
	if low < 0 || high > 1 {
		return fail(ErrShare)
	}
	// Each quantile with its distance from 1, in which a value near 0 or 1 keeps
	// its digits.
	l, lc, h, hc := low, 1-low, high, 1-high
	if l == 0 {
		l = high * endFraction
		lc = 1 - l
	}
	if hc == 0 {
		hc = (1 - low) * endFraction
		h = 1 - hc
	}
	m, mc := mode, 1-mode
	d := TwoPieceLogitNormal{mode: mode}
	switch {
	case low == high:
	case mode == 0:
		d.rise = h / hc / normal90
	case mode == 1:
		d.fall = lc / l / normal90
	default:
		l, lc, h, hc = min(l, m), max(lc, mc), max(h, m), min(hc, mc)
		d.fall = ln(m/l*(lc/mc)) / normal90
		d.rise = ln(mc/hc*(h/m)) / normal90
	}
	if !finite(d.fall) || !finite(d.rise) {
		return fail(ErrTooWide)
	}
	return d, nil
}

// Value is the quantile at u.
func (d TwoPieceLogitNormal) Value(u float64) float64 { return d.AtNormal(NormalQuantile(u)) }

// AtNormal is the share whose logit is logit mode + s z; for a mode at an end,
// the share whose odds (of the other end) are s |z|.
func (d TwoPieceLogitNormal) AtNormal(z float64) float64 {
	z = clampNormal(z)
	s := d.rise
	if z < 0 {
		s = d.fall
	}
	t := s * z
	switch {
	case t == 0:
		return d.mode
	case d.mode == 0:
		return t / (1 + t)
	case d.mode == 1:
		return 1 / (1 - t)
	case t < 0:
		e := d.mode * exp(t)
		return e / ((1 - d.mode) + e)
	}
	return d.mode / (d.mode + (1-d.mode)*exp(-t))
}

// LogNormal is an official quantity with a range of its own on the log scale.
type LogNormal struct{ median, slope float64 }

// NewLogNormal takes the published figure in its unit and the 90 % half-width of
// its logarithm: 90 % of draws lie between median exp(-h) and median exp(h).
// Errors: ErrNotFinite, ErrWidth, ErrTooWide.
func NewLogNormal(median, halfWidth90 float64) (LogNormal, error) {
	fail := func(err error) (LogNormal, error) {
		return LogNormal{}, fmt.Errorf("log-normal of %v with half-width %v: %w", median, halfWidth90, err)
	}
	switch {
	case !finite(median) || !finite(halfWidth90):
		return fail(ErrNotFinite)
	case halfWidth90 < 0:
		return fail(ErrWidth)
	}
	d := LogNormal{median: median, slope: math.Copysign(halfWidth90/normal95, median)}
	if halfWidth90 == 0 || median == 0 {
		d.slope = 0
	}
	if !finite(d.AtNormal(normalLimit)) || !finite(d.AtNormal(-normalLimit)) {
		return fail(ErrTooWide)
	}
	return d, nil
}

// Value is the quantile at u.
func (d LogNormal) Value(u float64) float64 { return d.AtNormal(NormalQuantile(u)) }

// AtNormal is median exp(s z).
func (d LogNormal) AtNormal(z float64) float64 {
	if d.slope == 0 {
		return d.median
	}
	return d.median * exp(d.slope*clampNormal(z))
}

// Correlation joins the errors of values judged together.
type Correlation struct{ common, own float64 }

// NewCorrelation takes the correlation rho, 0 to 1, of any two values of a group.
// Error: ErrCorrelation.
func NewCorrelation(rho float64) (Correlation, error) {
	if !(rho >= 0 && rho <= 1) {
		return Correlation{}, fmt.Errorf("correlation %v: %w", rho, ErrCorrelation)
	}
	return Correlation{common: math.Sqrt(rho), own: math.Sqrt(1 - rho)}, nil
}

// Normal is sqrt(rho) zCommon + sqrt(1-rho) zOwn: standard normal when both are.
func (c Correlation) Normal(zCommon, zOwn float64) float64 {
	return c.common*zCommon + c.own*zOwn
}

func checkRange(low, mode, high float64) error {
	switch {
	case !finite(low) || !finite(mode) || !finite(high):
		return ErrNotFinite
	case low > mode || mode > high:
		return ErrOrder
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func clampNormal(z float64) float64 { return max(-normalLimit, min(normalLimit, z)) }
