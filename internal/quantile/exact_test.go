package quantile

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestExact(t *testing.T) {
	// By hand: h = (n-1) p. n = 4, p = 0.1: h = 0.3, between 1 and 3: 1.6.
	values := []float64{7, 1, 10, 3}
	got, err := Exact(values, 0, 0.1, 0.5, 0.9, 1, 2.0/3)
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{1, 1.6, 5, 9.1, 10, 7}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-15*want[i] {
			t.Errorf("quantile %d is %v, want %v", i, got[i], want[i])
		}
	}
	if !slices.Equal(values, []float64{7, 1, 10, 3}) {
		t.Errorf("values changed to %v", values)
	}
	if got, err := Exact([]float64{5}, 0.3); err != nil || got[0] != 5 {
		t.Errorf("one value: %v, %v", got, err)
	}
	if got, err := Exact([]float64{-math.MaxFloat64, math.MaxFloat64}, 0.25, 0.5); err != nil ||
		math.Abs(got[0]/(-math.MaxFloat64/2)-1) > 1e-15 || got[1] != 0 {
		t.Errorf("largest numbers: %v, %v", got, err)
	}
	// The bits do not depend on where sorting leaves -0.
	for _, zeros := range [][]float64{{0, math.Copysign(0, -1)}, {math.Copysign(0, -1), 0}} {
		for _, p := range []float64{0, 0.5, 1} {
			if got, err := Exact(zeros, p); err != nil || math.Float64bits(got[0]) != 0 {
				t.Errorf("zeros at %v: %x, %v", p, math.Float64bits(got[0]), err)
			}
		}
	}
}

func TestExactErrors(t *testing.T) {
	for _, c := range []struct {
		values []float64
		p      float64
		is     error
		text   string
	}{
		{nil, 0.5, ErrEmpty, "quantile: no values"},
		{[]float64{1, math.NaN()}, 0.5, ErrNotFinite, "quantiles: value 1 is NaN: value is not finite"},
		{[]float64{math.Inf(-1)}, 0.5, ErrNotFinite, "quantiles: value 0 is -Inf: value is not finite"},
		{[]float64{1}, 1.5, ErrProbability, "quantile 1.5: probability is outside 0 to 1"},
		{[]float64{1}, math.NaN(), ErrProbability, "quantile NaN: probability is outside 0 to 1"},
	} {
		if _, err := Exact(c.values, c.p); !errors.Is(err, c.is) || err.Error() != c.text {
			t.Errorf("error %v, want %s", err, c.text)
		}
	}
}

// Quantiles rise with p, stay within the values, and follow a change of unit.
func TestExactProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 50).Draw(t, "values")
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		q := rapid.Float64Range(p, 1).Draw(t, "q")
		got, err := Exact(values, 0, p, q, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSorted(got) || got[0] != slices.Min(values)+0 || got[3] != slices.Max(values)+0 {
			t.Fatalf("quantiles %v of %v", got, values)
		}
		doubled := slices.Clone(values)
		for i := range doubled {
			doubled[i] *= 2
		}
		if twice, err := Exact(doubled, p); err != nil || math.Abs(twice[0]-2*got[1]) > 1e-300 { // below the smallest normal number bits are lost
			t.Fatalf("doubled: %v, want %v (%v)", twice, 2*got[1], err)
		}
	})
}

func TestSum(t *testing.T) {
	var s Sum
	if _, err := s.Mean(); !errors.Is(err, ErrEmpty) || err.Error() != "mean: no values" {
		t.Errorf("mean of nothing: %v", err)
	}
	// In float64 the ones would be lost beside 2^50.
	for _, x := range []float64{0x1p50, 1, -0x1p50, 1, 0x1p-40, 0x1p-42} {
		if err := s.Add(x); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := s.Value(), 2+0x1p-40; got != want {
		t.Errorf("sum %x, want %x", got, want)
	}
	if mean, err := s.Mean(); err != nil || mean != (2+0x1p-40)/6 || s.Count() != 6 {
		t.Errorf("mean %v of %d, %v", mean, s.Count(), err)
	}
	// Rounding to even where the total has more than 53 bits: 2^53 + 1 steps is a tie,
	// and a bit far below decides upwards.
	for _, c := range []struct{ add, want float64 }{{0, 0x1p26}, {0x1p-40, 0x1.0000000000001p26}} {
		s = Sum{}
		for _, x := range []float64{0x1p26, 0x1p-27, c.add} {
			if err := s.Add(x); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.Value(); got != c.want {
			t.Errorf("sum %x, want %x", got, c.want)
		}
	}
	for _, c := range []struct {
		x    float64
		is   error
		text string
	}{
		{math.NaN(), ErrNotFinite, "add NaN to a sum: value is not finite"},
		{1e16, ErrRange, "add 1e+16 to a sum: value is outside the range of the sum"},
	} {
		if err := s.Add(c.x); !errors.Is(err, c.is) || err.Error() != c.text {
			t.Errorf("error %v, want %s", err, c.text)
		}
	}
	full := Sum{count: maxSummands}
	if err := full.Add(1); !errors.Is(err, ErrTooMany) || err.Error() != "add to a sum: too many values" {
		t.Errorf("full sum: %v", err)
	}
	if err := full.Merge(s); !errors.Is(err, ErrTooMany) {
		t.Errorf("full sum: %v", err)
	}
}

// Any split and order gives the same bits; the byte form comes back; the value is that of
// exact arithmetic (whole numbers within 2^53).
func TestSumProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e9, 1e9), 1, 40).Draw(t, "values")
		order := rapid.Permutation(values).Draw(t, "order")
		cut := rapid.IntRange(0, len(values)).Draw(t, "cut")
		add := func(xs []float64) (s Sum) {
			for _, x := range xs {
				if err := s.Add(x); err != nil {
					t.Fatal(err)
				}
			}
			return s
		}
		whole, a, b := add(values), add(order[:cut]), add(order[cut:])
		if err := a.Merge(b); err != nil {
			t.Fatal(err)
		}
		if a != whole {
			t.Fatalf("%v in parts, %v as a whole", a, whole)
		}
		back, err := ReadSum(whole.Append(nil))
		if err != nil || back != whole {
			t.Fatalf("read %v, want %v (%v)", back, whole, err)
		}
		var integers int64
		var s Sum
		for _, x := range values {
			integers += int64(x)
			if err := s.Add(math.Trunc(x)); err != nil {
				t.Fatal(err)
			}
		}
		if s.Value() != float64(integers) {
			t.Fatalf("sum %v, want %d", s.Value(), integers)
		}
	})
}

func FuzzReadSum(f *testing.F) {
	s := Sum{}
	f.Add(s.Append(nil))
	for _, x := range []float64{3.5, -1e12} {
		if err := s.Add(x); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(s.Append(nil))
	f.Add(make([]byte, 23))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ReadSum(data)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		if !slices.Equal(s.Append(nil), data) || !finite(s.Value()) {
			t.Fatalf("%v from % x", s, data)
		}
	})
}
