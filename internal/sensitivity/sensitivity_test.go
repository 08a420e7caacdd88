package sensitivity

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"chokepoint/internal/sample"
)

// model is a function with known indices.
type model struct {
	name         string
	inputs       int
	f            func(x []float64) (float64, error)
	variance     float64
	first, total []float64
}

// ishigami is sin x1 + a sin^2 x2 + b x3^4 sin x1 on (-pi, pi)^3, a = 7, b = 0.1 (Ishigami
// and Homma 1990).
func ishigami() model {
	const a, b = 7, 0.1
	pi4 := math.Pow(math.Pi, 4)
	v1 := (1 + b*pi4/5) * (1 + b*pi4/5) / 2
	v2 := a * a / 8.0
	v13 := 8 * b * b * pi4 * pi4 / 225
	v := v1 + v2 + v13
	return model{
		name: "Ishigami", inputs: 3, variance: v,
		f: func(x []float64) (float64, error) {
			s := func(u float64) float64 { return math.Pi * (2*u - 1) }
			s2 := math.Sin(s(x[1]))
			return math.Sin(s(x[0]))*(1+b*math.Pow(s(x[2]), 4)) + a*s2*s2, nil
		},
		first: []float64{v1 / v, v2 / v, 0},
		total: []float64{(v1 + v13) / v, v2 / v, v13 / v},
	}
}

// gFunction is PROD (|4 x_i - 2| + a_i)/(1 + a_i) (Saltelli and Sobol 1995).
func gFunction() model {
	a := []float64{0, 1, 4.5, 9, 99, 99}
	m := model{name: "g-function", inputs: len(a), first: make([]float64, len(a)), total: make([]float64, len(a))}
	all := 1.0
	part := func(i int) float64 { return 1 / (3 * (1 + a[i]) * (1 + a[i])) }
	for i := range a {
		all *= 1 + part(i)
	}
	m.variance = all - 1
	for i := range a {
		m.first[i] = part(i) / m.variance
		m.total[i] = part(i) * all / (1 + part(i)) / m.variance
	}
	m.f = func(x []float64) (float64, error) {
		y := 1.0
		for i, u := range x {
			y *= (math.Abs(4*u-2) + a[i]) / (1 + a[i])
		}
		return y, nil
	}
	return m
}

// linear adds c_i x_i: first order and total are c_i^2 / SUM c^2. The last input is a dummy.
func linear() model {
	c := []float64{4, -3, 2, 1, 0}
	m := model{name: "linear", inputs: len(c)}
	for _, v := range c {
		m.first = append(m.first, v*v/30)
		m.total = append(m.total, v*v/30)
	}
	m.variance = 30.0 / 12
	m.f = func(x []float64) (float64, error) {
		y := 1e6
		for i, u := range x {
			y += c[i] * u
		}
		return y, nil
	}
	return m
}

func indices(t testing.TB, m model, n int, groups [][]int, seed uint64) *Result {
	t.Helper()
	d, err := NewDesign(n, m.inputs, groups, seed, m.name)
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, d.Rows())
	if err := d.Block(y, 0, m.f); err != nil {
		t.Fatal(err)
	}
	r, err := d.Indices(y, DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnalyticIndices(t *testing.T) {
	for _, m := range []model{ishigami(), gFunction(), linear()} {
		worst := 0.0
		for seed := range uint64(5) {
			r := indices(t, m, 4096, nil, seed)
			if math.Abs(r.Variance/m.variance-1) > 0.02 {
				t.Errorf("%s: variance %v, want %v", m.name, r.Variance, m.variance)
			}
			for i, x := range r.Indices {
				for _, c := range []struct {
					what string
					got  Estimate
					want float64
				}{{"first", x.First, m.first[i]}, {"total", x.Total, m.total[i]}} {
					worst = max(worst, math.Abs(c.got.Value-c.want))
					if math.Abs(c.got.Value-c.want) > 0.02 {
						t.Errorf("%s, seed %d, input %d: %s %v, want %v", m.name, seed, i, c.what, c.got, c.want)
					}
					if c.got.Low > c.got.Value+1e-3 || c.got.High < c.got.Value-1e-3 {
						t.Errorf("%s, input %d: %s outside its interval: %v", m.name, i, c.what, c.got)
					}
				}
				if got, want := x.Reduction, x.First.Value*r.Variance; got != want {
					t.Errorf("%s, input %d: reduction %v, want %v", m.name, i, got, want)
				}
			}
		}
		t.Logf("%s: largest error of an index at 4,096 points, 5 seeds: %.4f", m.name, worst)
	}
}

func TestDummyInputIsExactlyZero(t *testing.T) {
	r := indices(t, linear(), 256, nil, 1)
	if got := r.Indices[4]; got != (Index{}) {
		t.Errorf("dummy has %+v", got)
	}
	constant := model{name: "constant", inputs: 2, f: func([]float64) (float64, error) { return 0.1, nil }}
	r = indices(t, constant, 100, nil, 1)
	if r.Mean != 0.1 || r.Variance != 0 || r.Indices[0] != (Index{}) || r.Indices[1] != (Index{}) {
		t.Errorf("constant model: %+v", r)
	}
}

// Groups that take all inputs of an additive model share out the variance; a group's index is
// the sum of its inputs'. The closed index of (x1, x3) of Ishigami holds their interaction.
func TestGroups(t *testing.T) {
	m := linear()
	single := indices(t, m, 2048, nil, 2)
	r := indices(t, m, 2048, [][]int{{3, 0}, {1, 2, 4}}, 2)
	sum := 0.0
	for g, members := range [][]int{{3, 0}, {1, 2, 4}} {
		want, parts := 0.0, 0.0
		for _, i := range members {
			want += m.first[i]
			parts += single.Indices[i].First.Value
		}
		got := r.Indices[g]
		if math.Abs(got.First.Value-want) > 0.01 || math.Abs(got.Total.Value-want) > 0.01 || math.Abs(parts-got.First.Value) > 0.01 {
			t.Errorf("group %v: %+v, want %v, sum of its inputs %v", members, got, want, parts)
		}
		sum += got.First.Value
	}
	if math.Abs(sum-1) > 0.01 {
		t.Errorf("first-order indices add up to %v", sum)
	}
	m = ishigami()
	r = indices(t, m, 4096, [][]int{{0, 2}, {1}}, 2)
	if want := m.total[0]; math.Abs(r.Indices[0].First.Value-want) > 0.02 || math.Abs(r.Indices[0].Total.Value-want) > 0.02 {
		t.Errorf("x1 and x3 together: %+v, want %v", r.Indices[0], want)
	}
	// An input outside all groups varies, but is not asked about.
	r = indices(t, m, 4096, [][]int{{1}}, 2)
	if want := m.first[1]; len(r.Indices) != 1 || math.Abs(r.Indices[0].First.Value-want) > 0.02 {
		t.Errorf("x2 alone: %+v, want %v", r.Indices, want)
	}
}

// Intervals of 90 % hold the true index in about 90 % of seeds for independent points, and at
// least as often for Sobol points.
func TestCoverage(t *testing.T) {
	const n, seeds = 256, 80
	for _, m := range []model{ishigami(), gFunction(), linear()} {
		for _, plain := range []bool{true, false} {
			held, all := 0, 0
			for seed := range uint64(seeds) {
				d, err := NewDesign(n, m.inputs, nil, seed, m.name)
				if err != nil {
					t.Fatal(err)
				}
				y := make([]float64, d.Rows())
				if err := d.Block(y, 0, m.f); err != nil {
					t.Fatal(err)
				}
				if plain {
					p := sample.NewPlain(seed, "coverage")
					x := make([]float64, m.inputs)
					for row := range y {
						for k := range x {
							x[k] = p.Uniform(uint64(row/d.stride()), 2*k+d.side(k, row%d.stride()), 0)
						}
						if y[row], err = m.f(x); err != nil {
							t.Fatal(err)
						}
					}
				}
				r, err := d.Indices(y, Options{Replicates: 200, Level: 0.9})
				if err != nil {
					t.Fatal(err)
				}
				for i, x := range r.Indices {
					for _, c := range []struct {
						e    Estimate
						want float64
					}{{x.First, m.first[i]}, {x.Total, m.total[i]}} {
						if c.want > 0.01 {
							all++
							if c.e.Low <= c.want && c.want <= c.e.High {
								held++
							}
						}
					}
				}
			}
			share := float64(held) / float64(all)
			t.Logf("%s, plain %v: intervals hold the index in %.1f %% of %d cases", m.name, plain, 100*share, all)
			if plain && (share < 0.84 || share > 0.95) || !plain && share < 0.88 {
				t.Errorf("%s, plain %v: coverage %v", m.name, plain, share)
			}
		}
	}
}

// Blocks of any size, in any order, on any number of workers, and single rows give the same
// bits; a first group does not depend on the groups after it.
func TestBlocksAreTheWhole(t *testing.T) {
	m := gFunction()
	d, err := NewDesign(64, m.inputs, nil, 9, m.name)
	if err != nil {
		t.Fatal(err)
	}
	whole := make([]float64, d.Rows())
	if err := d.Block(whole, 0, m.f); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 7, 100} {
		parts := make([]float64, d.Rows())
		var workers sync.WaitGroup
		for from := 0; from < len(parts); from += size {
			workers.Go(func() {
				if err := d.Block(parts[from:min(from+size, len(parts))], from, m.f); err != nil {
					t.Error(err)
				}
			})
		}
		workers.Wait()
		if !slices.Equal(parts, whole) {
			t.Errorf("blocks of %d rows differ from the whole", size)
		}
	}
	x := make([]float64, m.inputs)
	for row := range whole {
		if err := d.Row(x, row); err != nil {
			t.Fatal(err)
		}
		if y, _ := m.f(x); y != whole[row] {
			t.Fatalf("row %d: %v, in a block %v", row, y, whole[row])
		}
	}
	if n := testing.AllocsPerRun(50, func() {
		if err := d.Row(x, 100); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("Row: %v allocations", n)
	}
	a, errA := d.Indices(whole, DefaultOptions())
	b, errB := d.Indices(whole, DefaultOptions())
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprintf("%x", a) != fmt.Sprintf("%x", b) {
		t.Error("the same outputs give other indices")
	}
}

// AB_g is A with the inputs of g from B, for any groups.
func TestRowsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inputs := rapid.IntRange(1, 12).Draw(t, "inputs")
		order := rapid.Permutation(slices.Collect(func(yield func(int) bool) {
			for i := 0; i < inputs && yield(i); i++ {
			}
		})).Draw(t, "order")
		cut := rapid.IntRange(1, inputs).Draw(t, "cut")
		groups := [][]int{order[:cut]}
		if cut < inputs {
			groups = append(groups, order[cut:])
		}
		d, err := NewDesign(rapid.IntRange(2, 40).Draw(t, "points"), inputs, groups, rapid.Uint64().Draw(t, "seed"), "rows")
		if err != nil {
			t.Fatal(err)
		}
		point := rapid.IntRange(0, d.Rows()/d.stride()-1).Draw(t, "point")
		row := func(j int) []float64 {
			x := make([]float64, inputs)
			if err := d.Row(x, point*d.stride()+j); err != nil {
				t.Fatal(err)
			}
			return x
		}
		a, b := row(0), row(1)
		for g, members := range groups {
			for i, x := range row(2 + g) {
				want := a[i]
				if slices.Contains(members, i) {
					want = b[i]
				}
				if x != want || a[i] == b[i] {
					t.Fatalf("group %v, input %d: %v; A %v, B %v", members, i, x, a[i], b[i])
				}
			}
		}
	})
}

func TestTornado(t *testing.T) {
	m := linear()
	d, err := NewDesign(2, m.inputs, [][]int{{0}, {1, 2}, {4}}, 1, "")
	if err != nil {
		t.Fatal(err)
	}
	bars, err := d.Tornado(m.f)
	if err != nil {
		t.Fatal(err)
	}
	// Centre 1e6 + 0.5 (4-3+2+1) = 1e6 + 2; 0.4 either way times 4, and times -3+2.
	for g, want := range []Bar{{2 - 1.6, 2, 2 + 1.6}, {2 + 0.4, 2, 2 - 0.4}, {2, 2, 2}} {
		got := bars[g]
		for _, c := range [][2]float64{{got.Low, want.Low}, {got.Central, want.Central}, {got.High, want.High}} {
			if math.Abs(c[0]-1e6-c[1]) > 1e-9 {
				t.Errorf("group %d: %v, want 1e6 + %v", g, got, want)
			}
		}
		if math.Abs(got.Span()-want.Span()) > 1e-9 {
			t.Errorf("group %d: span %v, want %v", g, got.Span(), want.Span())
		}
	}
}

func TestErrors(t *testing.T) {
	good, err := NewDesign(4, 2, nil, 1, "")
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("no equilibrium")
	design := func(n, inputs int, groups [][]int) func() error {
		return func() error { _, err := NewDesign(n, inputs, groups, 1, ""); return err }
	}
	y := make([]float64, good.Rows())
	infinite := slices.Clone(y)
	infinite[3] = math.Inf(1)
	huge := slices.Clone(y)
	huge[4] = 1e200
	for _, c := range []struct {
		do   func() error
		is   error
		text string
	}{
		{design(1, 2, nil), ErrPoints, "design of 1 points, 2 inputs, 0 groups: base points must be 2 or more"},
		{design(4, 0, nil), ErrInputs, "design of 4 points, 0 inputs, 0 groups: a model needs at least one input"},
		{design(4, 2, [][]int{{0}, {}}), ErrGroups,
			"design of 4 points, 2 inputs, 2 groups: group 1 is empty: groups must be non-empty and disjoint sets of the inputs"},
		{design(4, 2, [][]int{{0}, {1, 0}}), ErrGroups,
			"design of 4 points, 2 inputs, 2 groups: input 0 of group 1: groups must be non-empty and disjoint sets of the inputs"},
		{design(4, 2, [][]int{{2}}), ErrGroups,
			"design of 4 points, 2 inputs, 1 groups: input 2 of group 0: groups must be non-empty and disjoint sets of the inputs"},
		{design(1<<30, 2, nil), ErrTooLarge, "design of 1073741824 points, 2 inputs, 2 groups: more than 2^31 rows or 2^20 inputs"},
		{design(4, 1<<21, nil), ErrTooLarge, "design of 4 points, 2097152 inputs, 0 groups: more than 2^31 rows or 2^20 inputs"},
		{func() error { return good.Row(make([]float64, 2), 16) }, ErrRows, "row 16 with 2 inputs: rows outside the design"},
		{func() error { return good.Row(make([]float64, 3), 0) }, ErrRows, "row 0 with 3 inputs: rows outside the design"},
		{func() error { return good.Block(make([]float64, 9), 8, nil) }, ErrRows, "rows 8 to 17: rows outside the design"},
		{func() error {
			return good.Block(make([]float64, 3), 5, func([]float64) (float64, error) { return 0, broken })
		}, broken, "row 5: no equilibrium"},
		{func() error {
			return good.Block(make([]float64, 3), 5, func([]float64) (float64, error) { return math.NaN(), nil })
		}, ErrNotFinite, "row 5: output NaN: output is not finite"},
		{func() error { _, err := good.Indices(y[1:], DefaultOptions()); return err }, ErrRows,
			"indices of 15 rows, expected 16: rows outside the design"},
		{func() error { _, err := good.Indices(infinite, DefaultOptions()); return err }, ErrNotFinite,
			"indices: row 3 is +Inf: output is not finite"},
		{func() error { _, err := good.Indices(huge, DefaultOptions()); return err }, ErrNotFinite,
			"indices: variance of the outputs: output is not finite"},
		{func() error { _, err := good.Indices(y, Options{Replicates: 5, Level: 0.9}); return err }, ErrOptions,
			"indices with 5 replicates at level 0.9: options need 20 to 100000 replicates and a level between 0 and 1"},
		{func() error {
			_, err := good.Tornado(func(x []float64) (float64, error) { return 1 / (x[1] - 0.9), nil })
			return err
		}, ErrNotFinite, "tornado, group 1 at 0.9: output +Inf: output is not finite"},
	} {
		if err := c.do(); !errors.Is(err, c.is) || err.Error() != c.text {
			t.Errorf("error %v, want %s", err, c.text)
		}
	}
}

func BenchmarkIndices(b *testing.B) {
	m := gFunction()
	d, err := NewDesign(1024, m.inputs, nil, 1, m.name)
	if err != nil {
		b.Fatal(err)
	}
	y := make([]float64, d.Rows())
	b.Run("rows", func(b *testing.B) {
		for range b.N {
			if err := d.Block(y, 0, m.f); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("indices", func(b *testing.B) {
		for range b.N {
			if _, err := d.Indices(y, DefaultOptions()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
