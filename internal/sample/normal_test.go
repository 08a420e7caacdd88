package sample

import (
	"math"
	"testing"
)

// Reference values with 40 digits by mpmath, rounded to 20.
func TestNormalQuantile(t *testing.T) {
	for _, c := range []struct{ u, want float64 }{
		{1e-300, -37.047096299361199237},
		{1e-100, -21.273453560965324294},
		{1e-20, -9.2623400897984075796},
		{1e-12, -7.0344838253011319326},
		{2.3e-10, -6.2321760822806325456},
		{1e-5, -4.2648907939228246102},
		{0.001, -3.0902323061678135354},
		{0.02425, -1.9729610513118848376},
		{0.07, -1.4757910281791706856},
		{0.075, -1.4395314709384559349},
		{0.0751, -1.4388253927525399824},
		{0.1, -1.2815515655446004353},
		{0.25, -0.6744897501960817432},
		{0.4, -0.25334710313579974132},
		{0.499999, -2.5066282745665593779e-6},
		{0.5, 0},
		{0.5000001, 2.5066282733116483012e-7},
		{0.6, 0.25334710313579974132},
		{0.95, 1.6448536269514722843},
		{0.975, 1.9599639845400538556},
		{0.999999, 4.7534243088170877657},
	} {
		if got := NormalQuantile(c.u); math.Abs(got-c.want) > 1e-15*math.Abs(c.want) {
			t.Errorf("NormalQuantile(%v) = %.17g, want %.17g", c.u, got, c.want)
		}
	}
	for _, u := range []float64{-1, 0, 1, 2, math.NaN(), math.Inf(1)} {
		if got := NormalQuantile(u); !math.IsNaN(got) {
			t.Errorf("NormalQuantile(%v) = %v, want NaN", u, got)
		}
	}
	last := math.Inf(-1)
	for i := 1; i < 1<<16; i++ {
		u := float64(i) / (1 << 16)
		z := NormalQuantile(u)
		if z <= last {
			t.Fatalf("not increasing at %v: %v after %v", u, z, last)
		}
		if z != -NormalQuantile(1-u) {
			t.Fatalf("not symmetric at %v", u)
		}
		last = z
	}
}

func TestElementary(t *testing.T) {
	for x := -700.0; x < 700; x += 0.37 {
		if got, want := exp(x), math.Exp(x); math.Abs(got-want) > 4e-16*want {
			t.Errorf("exp(%v) = %v, want %v", x, got, want)
		}
	}
	for _, c := range []struct{ x, want float64 }{
		{0, 1}, {-746.1, 0}, {math.Inf(-1), 0}, {710.1, math.Inf(1)}, {-745, 5e-324},
	} {
		if got := exp(c.x); got != c.want {
			t.Errorf("exp(%v) = %v, want %v", c.x, got, c.want)
		}
	}
	for x := 1e-300; x < 1e300; x *= 1.37 {
		if got, want := ln(x), math.Log(x); math.Abs(got-want) > 4e-16*math.Abs(want) {
			t.Errorf("ln(%v) = %v, want %v", x, got, want)
		}
	}
	if got := ln(1); got != 0 {
		t.Errorf("ln(1) = %v", got)
	}
	for _, a := range []float64{1e-3, 0.1, 0.5, 1, 2.5, 10.9, 11, 11.1, 50, 1e4, 1e5} {
		want, _ := math.Lgamma(1 + a)
		if got := lnGamma1(a); math.Abs(got-want) > 1e-14*math.Max(1, want) {
			t.Errorf("lnGamma1(%v) = %v, want %v", a, got, want)
		}
	}
}
