package sample

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func near(got, want, relative float64) bool { return math.Abs(got-want) <= relative*math.Abs(want) }

func TestTwoPieceLogNormal(t *testing.T) {
	for _, c := range []struct {
		name             string
		low, mode, high  float64
		at10, at50, at90 float64
		at2, atTenth     float64 // value at z = 2, at z = -0.1; unused if 0
	}{
		// s of the upper side is ln(4)/1.28155: at z = 2, 3*4^(2/1.28155); lower ln(3)/1.28155.
		{name: "supply elasticity", low: 1, mode: 3, high: 12, at10: 1, at50: 3, at90: 12,
			at2: 3 * math.Pow(4, 2/1.2815515655446004), atTenth: 3 * math.Pow(3, -0.1/1.2815515655446004)},
		{name: "low of zero is a hundredth of high", low: 0, mode: 0.1, high: 0.2, at10: 0.002, at50: 0.1, at90: 0.2},
		{name: "low of zero is never above the mode", low: 0, mode: 0.1, high: 40, at10: 0.1, at50: 0.1, at90: 40},
		{name: "demand elasticity", low: -0.5, mode: -0.3, high: -0.12, at10: -0.5, at50: -0.3, at90: -0.12,
			at2: -0.3 * math.Pow(0.4, 2/1.2815515655446004), atTenth: -0.3 * math.Pow(0.6, -0.1/1.2815515655446004)},
		{name: "negative with high of zero", low: -2, mode: -1, high: 0, at10: -2, at50: -1, at90: -0.02},
		{name: "mode of zero", low: 0, mode: 0, high: 5, at10: 0, at50: 0, at90: 5, at2: 5 * 2 / 1.2815515655446004},
		{name: "negative with mode of zero", low: -5, mode: 0, high: 0, at10: -5, at50: 0, at90: 0},
		{name: "one side only", low: 2, mode: 2, high: 3, at10: 2, at50: 2, at90: 3},
	} {
		d, err := NewTwoPieceLogNormal(c.low, c.mode, c.high)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, q := range []struct{ u, want float64 }{{0.1, c.at10}, {0.9, c.at90}} {
			if got := d.Value(q.u); !near(got, q.want, 2e-15) {
				t.Errorf("%s: Value(%v) = %v, want %v", c.name, q.u, got, q.want)
			}
		}
		if got := d.Value(0.5); got != c.at50 {
			t.Errorf("%s: Value(0.5) = %v, want %v", c.name, got, c.at50)
		}
		if c.at2 != 0 && !near(d.AtNormal(2), c.at2, 1e-14) {
			t.Errorf("%s: AtNormal(2) = %v, want %v", c.name, d.AtNormal(2), c.at2)
		}
		if c.atTenth != 0 && !near(d.AtNormal(-0.1), c.atTenth, 1e-14) {
			t.Errorf("%s: AtNormal(-0.1) = %v, want %v", c.name, d.AtNormal(-0.1), c.atTenth)
		}
	}
}

func TestTwoPieceLogitNormal(t *testing.T) {
	const q = 1.2815515655446004
	logistic := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	logit := func(p float64) float64 { return math.Log(p / (1 - p)) }
	for _, c := range []struct {
		name             string
		low, mode, high  float64
		at10, at50, at90 float64
		at2              float64 // value at z = 2; unused if 0
	}{
		{name: "dependence", low: 0.03, mode: 0.12, high: 0.35, at10: 0.03, at50: 0.12, at90: 0.35,
			at2: logistic(logit(0.12) + (logit(0.35)-logit(0.12))*2/q)},
		{name: "both ends touched", low: 0, mode: 0.4, high: 1, at10: 0.01, at50: 0.4, at90: 0.99},
		{name: "low of zero", low: 0, mode: 0.2, high: 0.5, at10: 0.005, at50: 0.2, at90: 0.5},
		{name: "low of zero, tiny mode", low: 0, mode: 0.001, high: 0.5, at10: 0.001, at50: 0.001, at90: 0.5},
		{name: "high of one", low: 0.5, mode: 0.8, high: 1, at10: 0.5, at50: 0.8, at90: 0.995},
		{name: "mode of zero", low: 0, mode: 0, high: 0.5, at10: 0, at50: 0, at90: 0.5, at2: (2 / q) / (1 + 2/q)},
		{name: "mode of zero, high of one", low: 0, mode: 0, high: 1, at10: 0, at50: 0, at90: 0.99},
		{name: "mode of one", low: 0.95, mode: 1, high: 1, at10: 0.95, at50: 1, at90: 1},
		{name: "mode of one, low of zero", low: 0, mode: 1, high: 1, at10: 0.01, at50: 1, at90: 1},
		{name: "upper side only", low: 0.3, mode: 0.3, high: 0.4, at10: 0.3, at50: 0.3, at90: 0.4},
	} {
		d, err := NewTwoPieceLogitNormal(c.low, c.mode, c.high)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, q := range []struct{ u, want float64 }{{0.1, c.at10}, {0.9, c.at90}} {
			if got := d.Value(q.u); !near(got, q.want, 4e-15) {
				t.Errorf("%s: Value(%v) = %v, want %v", c.name, q.u, got, q.want)
			}
		}
		if got := d.Value(0.5); got != c.at50 {
			t.Errorf("%s: Value(0.5) = %v, want %v", c.name, got, c.at50)
		}
		if c.at2 != 0 && !near(d.AtNormal(2), c.at2, 1e-14) {
			t.Errorf("%s: AtNormal(2) = %v, want %v", c.name, d.AtNormal(2), c.at2)
		}
	}
}

func TestLogNormal(t *testing.T) {
	for _, median := range []float64{250, -250} {
		d, err := NewLogNormal(median, 0.3)
		if err != nil {
			t.Fatal(err)
		}
		ends := []float64{median * math.Exp(-0.3), median * math.Exp(0.3)}
		if median < 0 {
			ends[0], ends[1] = ends[1], ends[0]
		}
		if !near(d.Value(0.05), ends[0], 1e-15) || d.Value(0.5) != median || !near(d.Value(0.95), ends[1], 1e-15) {
			t.Errorf("90 %% range of %v: %v to %v, want %v", median, d.Value(0.05), d.Value(0.95), ends)
		}
	}
	if d, err := NewLogNormal(0, 0.5); err != nil || d.Value(0.9) != 0 {
		t.Errorf("median of zero: %v, %v", d.Value(0.9), err)
	}
}

// Quantiles by mpmath with 30 digits: Newton on its regularised incomplete gamma function.
func TestGamma(t *testing.T) {
	for _, c := range []struct{ shape, u, want float64 }{
		{0.01, 0.9, 0.0000150359362307029491},
		{0.1, 0.3, 3.58608601841094721e-6},
		{0.1, 0.999, 3.36367701171875368},
		{0.5, 0.05, 0.00196607000000976158},
		{0.9, 0.5, 0.596743048955394485},
		{2.5, 1e-09, 0.000406144782832827049},
		{2.5, 0.9, 4.61817844989055953},
		{30, 0.3, 26.9045630661763929},
		{30, 0.999, 49.8036165349246867},
		{1000, 0.05, 948.55984938365113},
		{100000.0, 0.5, 99999.6666668641983},
	} {
		d, err := NewGamma(c.shape, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Value(c.u); !near(got, c.want, 1e-12) {
			t.Errorf("Gamma(%v).Value(%v) = %.17g, want %.17g", c.shape, c.u, got, c.want)
		}
		if got := d.AtNormal(NormalQuantile(c.u)); !near(got, c.want, 1e-12) {
			t.Errorf("Gamma(%v).AtNormal at %v = %.17g, want %.17g", c.shape, c.u, got, c.want)
		}
	}
	d, err := NewGamma(1, 20)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []float64{0x1p-33, 0.2, 0.5, 0.7, 1 - 0x1p-33} { // shape 1 is the exponential
		if got, want := d.Value(u), -math.Log1p(-u)/20; !near(got, want, 1e-14) {
			t.Errorf("exponential at %v: %v, want %v", u, got, want)
		}
	}
	if got := d.Value(1); !math.IsNaN(got) {
		t.Errorf("Value(1) = %v, want NaN", got)
	}
	if d, err = NewGamma(0.001, 1); err != nil || d.Value(0.3) != 0 {
		t.Errorf("underflow: %v, %v, want 0", d.Value(0.3), err)
	}
}

func TestConstructorErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		make func() error
		is   error
		text string
	}{
		{func() error { _, err := NewTwoPieceLogNormal(2, 1, 3); return err }, ErrOrder,
			"two-piece log-normal of 2, 1, 3: low, mode, high are not in ascending order"},
		{func() error { _, err := NewTwoPieceLogNormal(-1, 0, 3); return err }, ErrSign,
			"two-piece log-normal of -1, 0, 3: range crosses zero"},
		{func() error { _, err := NewTwoPieceLogNormal(1, nan, 3); return err }, ErrNotFinite,
			"two-piece log-normal of 1, NaN, 3: value is not finite"},
		{func() error { _, err := NewTwoPieceLogNormal(1, 1e10, 1e60); return err }, ErrTooWide,
			"two-piece log-normal of 1, 1e+10, 1e+60: range is too wide: draws overflow"},
		{func() error { _, err := NewTwoPieceLogNormal(1e-320, 1, 1); return err }, ErrTooWide,
			"two-piece log-normal of 1e-320, 1, 1: range is too wide: draws overflow"},
		{func() error { _, err := NewTwoPieceLogitNormal(0.5, 0.6, 1.1); return err }, ErrShare,
			"two-piece logit-normal of 0.5, 0.6, 1.1: share is outside 0 to 1"},
		{func() error { _, err := NewTwoPieceLogitNormal(0.7, 0.6, 0.8); return err }, ErrOrder,
			"two-piece logit-normal of 0.7, 0.6, 0.8: low, mode, high are not in ascending order"},
		{func() error { _, err := NewTwoPieceLogitNormal(5e-324, 1, 1); return err }, ErrTooWide,
			"two-piece logit-normal of 5e-324, 1, 1: range is too wide: draws overflow"},
		{func() error { _, err := NewLogNormal(inf, 0.1); return err }, ErrNotFinite,
			"log-normal of +Inf with half-width 0.1: value is not finite"},
		{func() error { _, err := NewLogNormal(1, -0.1); return err }, ErrWidth,
			"log-normal of 1 with half-width -0.1: half-width is negative"},
		{func() error { _, err := NewLogNormal(1, 1000); return err }, ErrTooWide,
			"log-normal of 1 with half-width 1000: range is too wide: draws overflow"},
		{func() error { _, err := NewGamma(0, 1); return err }, ErrShape,
			"gamma of shape 0 and rate 1: shape is outside 0.001 to 100000, or rate is not positive"},
		{func() error { _, err := NewGamma(1, nan); return err }, ErrNotFinite,
			"gamma of shape 1 and rate NaN: value is not finite"},
		{func() error { _, err := NewGamma(1, 1e-310); return err }, ErrTooWide,
			"gamma of shape 1 and rate 1e-310: range is too wide: draws overflow"},
		{func() error { _, err := NewCorrelation(1.5); return err }, ErrCorrelation,
			"correlation 1.5: correlation is outside 0 to 1"},
	} {
		err := c.make()
		if !errors.Is(err, c.is) || err.Error() != c.text {
			t.Errorf("error %v, want %s", err, c.text)
		}
	}
}

// A zero width gives the mode bit for bit at every coordinate.
func TestZeroWidthIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-1e12, 1e12).Draw(t, "quantity")
		share := rapid.Float64Range(0, 1).Draw(t, "share")
		u := unit32(rapid.Uint32().Draw(t, "u"))
		quantity, err1 := NewTwoPieceLogNormal(x, x, x)
		part, err2 := NewTwoPieceLogitNormal(share, share, share)
		figure, err3 := NewLogNormal(x, 0)
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ got, want float64 }{{quantity.Value(u), x}, {part.Value(u), share}, {figure.Value(u), x}} {
			if math.Float64bits(c.got) != math.Float64bits(c.want) {
				t.Fatalf("zero width at %v: %v, want %v", u, c.got, c.want)
			}
		}
	})
}

// Any accepted range gives finite values that rise with u, keep the sign (or stay a
// share) and meet their three quantiles.
func TestDistributionProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		end := rapid.OneOf(rapid.Just(0.0), rapid.Just(1.0), rapid.Float64Range(0, 1))
		three := rapid.SliceOfN(end, 3, 3).Draw(t, "range")
		low, mode, high := min(three[0], three[1], three[2]), 0.0, max(three[0], three[1], three[2])
		mode = max(min(three[0], three[1]), min(max(three[0], three[1]), three[2]))
		u := unit32(rapid.Uint32().Draw(t, "u"))
		v := unit32(rapid.Uint32().Draw(t, "v"))
		u, v = min(u, v), max(u, v)
		var ds []Distribution
		if d, err := NewTwoPieceLogitNormal(low, mode, high); err == nil {
			ds = append(ds, d)
		} else if !errors.Is(err, ErrTooWide) {
			t.Fatal(err)
		}
		if d, err := NewTwoPieceLogNormal(low, mode, high); err == nil {
			ds = append(ds, d)
		} else if !errors.Is(err, ErrTooWide) {
			t.Fatal(err)
		}
		for i, d := range ds {
			a, b := d.Value(u), d.Value(v)
			if !finite(a) || !finite(b) || a < 0 || b < a*(1-1e-14) {
				t.Fatalf("%T: %v at %v, %v at %v", d, a, u, b, v)
			}
			if i == 0 && len(ds) == 2 && b > 1 {
				t.Fatalf("share of %v", b)
			}
			if got := d.Value(0.5); got != mode {
				t.Fatalf("%T: median %v, want %v", d, got, mode)
			}
			if got := d.Value(0.9); high < 1 && !near(got, high, 1e-12) {
				t.Fatalf("%T: 90 %% at %v, want %v", d, got, high)
			}
			if got := d.Value(0.1); low > 0 && !near(got, low, 1e-12) {
				t.Fatalf("%T: 10 %% at %v, want %v", d, got, low)
			}
		}
	})
}

// A negative quantity is the mirror image of the positive one.
func TestNegativeIsMirrorImage(t *testing.T) {
	positive, err1 := NewTwoPieceLogNormal(0.12, 0.3, 0.5)
	negative, err2 := NewTwoPieceLogNormal(-0.5, -0.3, -0.12)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	for z := -4.0; z <= 4; z += 0.125 {
		if got, want := negative.AtNormal(z), -positive.AtNormal(-z); !near(got, want, 1e-15) {
			t.Errorf("at %v: %v, want %v", z, got, want)
		}
	}
}

func TestCorrelation(t *testing.T) {
	const n = 1 << 14
	s := NewStream(3, "gallium")
	for _, rho := range []float64{0, 0.5, 1} {
		c, err := NewCorrelation(rho)
		if err != nil {
			t.Fatal(err)
		}
		var xy, xx, yy float64
		for k := range uint64(n) {
			common := NormalQuantile(s.Uniform(k, 0, 1))
			x := c.Normal(common, NormalQuantile(s.Uniform(k, 1, 2)))
			y := c.Normal(common, NormalQuantile(s.Uniform(k, 2, 3)))
			xy, xx, yy = xy+x*y, xx+x*x, yy+y*y
		}
		if math.Abs(xy/n-rho) > 0.005 || math.Abs(xx/n-1) > 0.005 || math.Abs(yy/n-1) > 0.005 {
			t.Errorf("rho %v: covariance %v, variances %v and %v", rho, xy/n, xx/n, yy/n)
		}
	}
}

func TestDrawsDoNotAllocate(t *testing.T) {
	quantity, err1 := NewTwoPieceLogNormal(1, 3, 12)
	share, err2 := NewTwoPieceLogitNormal(0.1, 0.3, 0.5)
	rate, err3 := NewGamma(2, 20)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	ds := []Distribution{quantity, share, rate}
	var sum float64
	if n := testing.AllocsPerRun(100, func() {
		for _, d := range ds {
			sum += d.Value(0.7) + d.AtNormal(-0.3)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkValue(b *testing.B) {
	quantity, _ := NewTwoPieceLogNormal(1, 3, 12)
	share, _ := NewTwoPieceLogitNormal(0.1, 0.3, 0.5)
	rate, _ := NewGamma(2, 20)
	for _, c := range []struct {
		name string
		d    Distribution
	}{{"log-normal", quantity}, {"logit-normal", share}, {"gamma", rate}} {
		b.Run(c.name, func(b *testing.B) {
			var sum float64
			for i := range b.N {
				sum += c.d.Value((float64(i&1023) + 0.5) / 1024)
			}
			if !finite(sum) {
				b.Fatal(sum)
			}
		})
	}
}
