package quantile

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Errors of this package.
var (
	ErrNotFinite   = errors.New("value is not finite")
	ErrProbability = errors.New("probability is outside 0 to 1")
	ErrEmpty       = errors.New("no values")
	ErrTooMany     = errors.New("too many values")
	ErrRange       = errors.New("value is outside the range of the sum")
	ErrFormat      = errors.New("not a sketch in the form that this version writes")
)

// Exact returns the quantiles of values at the probabilities, each 0 to 1, in
// their order. values is not changed; a copy is sorted. Errors: ErrEmpty,
// ErrNotFinite, ErrProbability.
func Exact(values []float64, probabilities ...float64) ([]float64, error) {
	for i, x := range values {
		if !finite(x) {
			return nil, fmt.Errorf("quantiles: value %d is %v: %w", i, x, ErrNotFinite)
		}
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	result := make([]float64, len(probabilities))
	for i, p := range probabilities {
		q, err := OfSorted(sorted, p)
		if err != nil {
			return nil, err
		}
		result[i] = q
	}
	return result, nil
}

// OfSorted is the quantile of finite values that are in ascending order already.
// It allocates nothing. Errors: ErrEmpty, ErrProbability.
func OfSorted(sorted []float64, p float64) (float64, error) {
	if len(sorted) == 0 {
		return 0, fmt.Errorf("quantile: %w", ErrEmpty)
	}
	i, f, err := position(uint64(len(sorted)), p)
	if err != nil {
		return 0, err
	}
	if f == 0 {
		return sorted[i] + 0, nil
	}
	return between(sorted[i], sorted[i+1], f), nil
}

// position is floor((n-1) p) and what is left of it; f > 0 only if i + 1 < n.
func position(n uint64, p float64) (i uint64, f float64, err error) {
	if !(p >= 0 && p <= 1) {
		return 0, 0, fmt.Errorf("quantile %v: %w", p, ErrProbability)
	}
	h := float64(n-1) * p
	whole := math.Floor(h)
	return uint64(whole), h - whole, nil
}

// between is a + f (b - a) for a <= b: exactly a if both are equal, never beyond
// b, finite also where b - a is not, and zero always positive (sorting leaves
// the order of -0 and 0 to chance).
func between(a, b, f float64) float64 {
	if d := b - a; finite(d) {
		return min(a+float64(f*d), b) + 0
	}
	return float64((1-f)*a) + float64(f*b) + 0
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
