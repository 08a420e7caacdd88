package quantile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func sketchOf(t testing.TB, values []float64) *Sketch {
	t.Helper()
	s := new(Sketch)
	for _, x := range values {
		if err := s.Add(x); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// bound is the error that the package comment promises at p.
func bound(sorted []float64, p float64) float64 {
	h := float64(len(sorted)-1) * p
	i := int(h)
	f := h - float64(i)
	b := (1 - f) * math.Abs(sorted[i])
	if f > 0 {
		b += f * math.Abs(sorted[i+1])
	}
	return b*RelativeError*(1+1e-12) + minNormal
}

// Values of the kinds that scenarios give: losses over decades, gains and losses, many zeros,
// one value only.
func TestSketchAgainstExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	worst := 0.0
	for name, draw := range map[string]func() float64{
		"log-normal":      func() float64 { return math.Exp(3 * r.NormFloat64()) },
		"gains":           func() float64 { return -math.Exp(r.NormFloat64()) },
		"both signs":      func() float64 { return r.NormFloat64() },
		"half zeros":      func() float64 { return max(0, r.NormFloat64()) },
		"constant":        func() float64 { return 17.123456789 },
		"all magnitudes":  func() float64 { return math.Ldexp(r.NormFloat64(), r.IntN(1900)-950) },
		"powers of two":   func() float64 { return math.Ldexp(1, r.IntN(20)) },
		"near one number": func() float64 { return 1e6 + r.Float64() },
	} {
		for _, n := range []int{1, 2, 3, 10, 1000, 20000} {
			values := make([]float64, n)
			for i := range values {
				values[i] = draw()
			}
			s := sketchOf(t, values)
			slices.Sort(values)
			for i := range 201 {
				p := float64(i) / 200
				got, err := s.Quantile(p)
				if err != nil {
					t.Fatal(err)
				}
				want, err := OfSorted(values, p)
				if err != nil {
					t.Fatal(err)
				}
				if off := math.Abs(got - want); off > bound(values, p) {
					t.Errorf("%s, %d values, p = %v: %v, exact %v", name, n, p, got, want)
				}
				if name == "log-normal" {
					worst = max(worst, math.Abs(got/want-1))
				}
				if (p == 0 || p == 1 || name == "constant") && got != want {
					t.Errorf("%s, %d values, p = %v: %v is not exactly %v", name, n, p, got, want)
				}
			}
			if low, high, err := s.Range(); err != nil || low != values[0] || high != values[n-1] || s.Count() != uint64(n) {
				t.Errorf("%s: range %v to %v of %d (%v)", name, low, high, s.Count(), err)
			}
		}
	}
	t.Logf("largest error over log-normal values: %.2f %%", 100*worst)
}

func TestSketchSpecialValues(t *testing.T) {
	s := sketchOf(t, []float64{math.Copysign(0, -1), 5e-324, -1e-308, 0, math.MaxFloat64, -math.MaxFloat64, minNormal})
	for _, c := range []struct{ p, want float64 }{{0, -math.MaxFloat64}, {0.5, 0}, {1, math.MaxFloat64}} {
		if got, err := s.Quantile(c.p); err != nil || got != c.want || math.Signbit(got) != (c.want < 0) {
			t.Errorf("Quantile(%v) = %v, want %v (%v)", c.p, got, c.want, err)
		}
	}
	if s.zeros != 4 {
		t.Errorf("%d zeros, want 4", s.zeros)
	}
	if !bytes.Equal(sketchOf(t, []float64{math.Copysign(0, -1), 1e-310}).Append(nil), sketchOf(t, []float64{0, 0}).Append(nil)) {
		t.Error("negative zero and subnormal numbers have other bytes than zero")
	}
}

func TestSketchErrors(t *testing.T) {
	var s Sketch
	full := &Sketch{count: maxCount}
	for _, c := range []struct {
		do   func() error
		is   error
		text string
	}{
		{func() error { return s.Add(math.NaN()) }, ErrNotFinite, "add NaN to a sketch: value is not finite"},
		{func() error { return s.Add(math.Inf(-1)) }, ErrNotFinite, "add -Inf to a sketch: value is not finite"},
		{func() error { _, err := s.Quantile(0.5); return err }, ErrEmpty, "quantile of a sketch: no values"},
		{func() error { _, _, err := s.Range(); return err }, ErrEmpty, "range of a sketch: no values"},
		{func() error { return full.Add(1) }, ErrTooMany, "add to a sketch: too many values"},
		{func() error { return full.Merge(sketchOf(t, []float64{1})) }, ErrTooMany,
			"merge sketches of 9007199254740992 and 1 values: too many values"},
		{func() error { _, err := sketchOf(t, []float64{1}).Quantile(-0.1); return err }, ErrProbability,
			"quantile -0.1: probability is outside 0 to 1"},
	} {
		if err := c.do(); !errors.Is(err, c.is) || err.Error() != c.text {
			t.Errorf("error %v, want %s", err, c.text)
		}
	}
	if s.Count() != 0 {
		t.Errorf("refused values were counted: %d", s.Count())
	}
}

// anyValue has every sign and magnitude, and zeros.
func anyValue() *rapid.Generator[float64] {
	return rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(-1e3, 1e3), rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64))
}

// Any split into shards, any order of values and merges gives the same bytes, and these come
// back as the same sketch.
func TestSketchMergeIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(anyValue(), 0, 60).Draw(t, "values")
		order := rapid.Permutation(values).Draw(t, "order")
		shards := make([]Sketch, rapid.IntRange(1, 5).Draw(t, "shards"))
		for _, x := range order {
			if err := shards[rapid.IntRange(0, len(shards)-1).Draw(t, "shard")].Add(x); err != nil {
				t.Fatal(err)
			}
		}
		var whole Sketch
		for _, x := range values {
			if err := whole.Add(x); err != nil {
				t.Fatal(err)
			}
		}
		want := whole.Append(nil)
		merge := func(from ...*Sketch) *Sketch {
			to := new(Sketch)
			for _, s := range from {
				if err := to.Merge(s); err != nil {
					t.Fatal(err)
				}
			}
			return to
		}
		left, right := new(Sketch), new(Sketch)
		for i := range shards {
			left = merge(left, &shards[i])                 // ((a + b) + c)
			right = merge(&shards[len(shards)-1-i], right) // (a + (b + c))
		}
		for _, got := range []*Sketch{left, right} {
			if !bytes.Equal(got.Append(nil), want) {
				t.Fatalf("merged % x, whole % x", got.Append(nil), want)
			}
		}
		back, err := Read(want)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []float64{0, 0.1, 0.5, 0.9, 1} {
			a, errA := whole.Quantile(p)
			b, errB := back.Quantile(p)
			c, errC := left.Quantile(p)
			if math.Float64bits(a) != math.Float64bits(b) || math.Float64bits(a) != math.Float64bits(c) ||
				(errA == nil) != (errB == nil) || (errA == nil) != (errC == nil) {
				t.Fatalf("quantile %v: %v, read back %v, merged %v", p, a, b, c)
			}
		}
	})
}

// Merging a sketch with itself doubles its counts.
func TestSketchMergeWithItself(t *testing.T) {
	values := []float64{1, -2, 0, 300}
	s := sketchOf(t, values)
	if err := s.Merge(s); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(s.Append(nil), sketchOf(t, append(values, values...)).Append(nil)) {
		t.Error("merging with itself is not the values twice")
	}
}

func TestGoldenForm(t *testing.T) {
	// 1 has exponent field 1023 and mantissa bits 0: bucket 65472; 1.5 is 32 buckets on.
	want := []byte("CPQ\x01")
	want = append(want, 4)
	want = binary.LittleEndian.AppendUint64(want, math.Float64bits(-1))
	want = binary.LittleEndian.AppendUint64(want, math.Float64bits(1.5))
	want = append(want, 1)                   // zeros
	want = append(want, 1, 0xc0, 0xff, 3, 1) // negative: one bucket, 65472, count 1
	want = append(want, 2, 0xc0, 0xff, 3, 1, 31, 1)
	got := sketchOf(t, []float64{1.5, 0, -1, 1}).Append(nil)
	if !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
	if got := new(Sketch).Append([]byte("before")); string(got) != "beforeCPQ\x01\x00" {
		t.Errorf("empty sketch: %q", got)
	}
}

func TestReadErrors(t *testing.T) {
	good := sketchOf(t, []float64{1.5, 0, -1, 1}).Append(nil)
	change := func(at int, to ...byte) []byte {
		b := slices.Clone(good)
		return slices.Replace(b, at, at+1, to...)
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "read a sketch of 0 bytes: it ends too early: not a sketch in the form that this version writes"},
		{"version", change(3, 2), "read a sketch of 34 bytes: unknown kind or version: " + ErrFormat.Error()},
		{"cut", good[:20], "read a sketch of 20 bytes: it ends too early: " + ErrFormat.Error()},
		{"tail", append(slices.Clone(good), 0), "read a sketch of 35 bytes: bytes after its end: " + ErrFormat.Error()},
		{"count", change(4, 5), "read a sketch of 34 bytes: counts do not add up: " + ErrFormat.Error()},
		{"zeros", change(21, 9), "read a sketch of 34 bytes: count of zeros is too large: " + ErrFormat.Error()},
		{"long varint", change(21, 0x81, 0), "read a sketch of 35 bytes: not in its one form: " + ErrFormat.Error()},
		{"smallest", change(12, 0xc0), "read a sketch of 34 bytes: range is not that of the buckets: " + ErrFormat.Error()},
		{"empty bucket", change(26, 0), "read a sketch of 34 bytes: counts do not add up: " + ErrFormat.Error()},
		{"bucket of subnormal numbers", append(append(slices.Clone(good[:5]), make([]byte, 16)...), 0, 1, 3, 4, 0),
			"read a sketch of 26 bytes: index of a bucket is out of range: " + ErrFormat.Error()},
		{"many buckets", append(append(slices.Clone(good[:5]), make([]byte, 16)...), 0, 0xff, 0xff, 6),
			"read a sketch of 25 bytes: it ends too early: " + ErrFormat.Error()},
	} {
		if _, err := Read(c.data); !errors.Is(err, ErrFormat) || err.Error() != c.want {
			t.Errorf("%s: error %v, want %s", c.name, err, c.want)
		}
	}
}

// Whatever is read is finite, writes itself again, and is not large.
func FuzzRead(f *testing.F) {
	for _, values := range [][]float64{nil, {0}, {1.5, 0, -1, 1}, {1e-300, 1e300, -1e-300, -1e300}, {5, 5, 5}} {
		f.Add(sketchOf(f, values).Append(nil))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Read(data)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(s.Append(nil), data) {
			t.Fatalf("writes % x", s.Append(nil))
		}
		if s.Bytes() > 2_100_000 {
			t.Fatalf("%d bytes of memory", s.Bytes())
		}
		if s.Count() == 0 {
			return
		}
		last := math.Inf(-1)
		for _, p := range []float64{0, 0.25, 0.5, 0.75, 1} {
			q, err := s.Quantile(p)
			if err != nil || !finite(q) || q < last {
				t.Fatalf("quantile %v is %v after %v (%v)", p, q, last, err)
			}
			last = q
		}
	})
}

func TestAddDoesNotAllocate(t *testing.T) {
	s := sketchOf(t, []float64{-1000, -0.1, 0.1, 1000})
	x := 0.1
	if n := testing.AllocsPerRun(200, func() {
		x = -x * 1.01
		if err := s.Add(x); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAdd(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, 4096)
	for i := range values {
		values[i] = math.Exp(2 * r.NormFloat64())
	}
	var s Sketch
	for i := range b.N {
		if err := s.Add(values[i&4095]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSumAdd(b *testing.B) {
	var s Sum
	for i := range b.N {
		if err := s.Add(float64(i&1023) * 1.7); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkQuantile(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var s Sketch
	for range 10000 {
		if err := s.Add(math.Exp(2 * r.NormFloat64())); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(s.Bytes()), "bytes")
	for range b.N {
		if _, err := s.Quantile(0.9); err != nil {
			b.Fatal(err)
		}
	}
}
