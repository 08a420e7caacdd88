package economy

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// randomPath loses ever more: loss shares rise from breakpoint to breakpoint, some
// start late, one never. Breakpoints repeat.
func randomPath(random *rand.Rand, t *Table, hits, breakpoints int) LossPath {
	p := LossPath{Industries: random.Perm(len(t.Codes))[:hits], R: []float64{0}}
	for range breakpoints {
		p.R = append(p.R, random.Float64())
	}
	p.R = append(p.R, 1)
	slices.Sort(p.R)
	p.R[2] = p.R[1]
	p.LossShare = make([]float64, hits*len(p.R))
	for h, j := range p.Industries {
		p.OutputMUSD = append(p.OutputMUSD, t.OutputMUSD[j]*(0.5+0.5*random.Float64()))
		starts := random.IntN(3)
		for k := 1; k < len(p.R); k++ {
			gain := 0.0
			if h > 0 && k >= starts && p.R[k] > p.R[k-1] {
				gain = 0.3 * random.Float64() / float64(breakpoints)
			}
			p.LossShare[k*hits+h] = p.LossShare[(k-1)*hits+h] + gain
		}
	}
	return p
}

// boundsAt are the bounds of (E1) for a path at a cut, without idle capacity.
func boundsAt(p LossPath, n int, cut float64) []float64 {
	ub, m := make([]float64, n), len(p.Industries)
	k := 1
	for p.R[k] < cut {
		k++
	}
	t := (cut - p.R[k-1]) / (p.R[k] - p.R[k-1])
	for h, j := range p.Industries {
		ub[j] = -((1-t)*p.LossShare[(k-1)*m+h] + t*p.LossShare[k*m+h]) * p.OutputMUSD[h]
	}
	return ub
}

func randomCuts(random *rand.Rand, n int) []float64 {
	cuts := []float64{0, 1e-10, 1}
	for range n {
		cuts = append(cuts, random.Float64())
	}
	return cuts
}

func prepared(tb testing.TB, op *Operator, d Downstream, p LossPath, idle, cuts []float64) *Response {
	tb.Helper()
	r, err := op.NewResponse(d, p, idle)
	if err != nil {
		tb.Fatal(err)
	}
	if err := r.Prepare(op.NewSolver(), cuts); err != nil {
		tb.Fatal(err)
	}
	return r
}

// Interpolation of pieces against a direct solution, industry by industry, to the
// relative precision of the cut: also at a cut of 1e-10.
func TestResponseEqualsSolve(t *testing.T) {
	random := rand.New(rand.NewPCG(21, 22))
	for k, op := range cases(t) {
		p := randomPath(random, op.Table, max(2, op.n/12), 6)
		cuts := append(randomCuts(random, 12), p.R...)
		soft, none := prepared(t, op, Soft, p, nil, cuts), prepared(t, op, None, p, nil, cuts)
		dx, hits := make([]float64, op.n), []int(nil)
		for _, cut := range cuts {
			if err := soft.OutputChange(dx, cut); err != nil {
				t.Fatal(err)
			}
			if cut == 0 {
				if largest(dx) != 0 {
					t.Errorf("case %d: no cut, but output moves by %g", k, largest(dx))
				}
				continue
			}
			ub := boundsAt(p, op.n, cut)
			want, _ := solve(t, op, ub)
			if d := differ(dx, want); d > 1e-9*largest(want) {
				t.Errorf("case %d, cut %g: outputs differ by %g of %g", k, cut, d, largest(want))
			}
			hit, rest, err := soft.Totals(cut)
			if err != nil {
				t.Fatal(err)
			}
			if hits, err = soft.Hit(hits[:0], cut); err != nil {
				t.Fatal(err)
			}
			wantHit := 0.0
			for _, j := range hits {
				wantHit -= op.Table.ValueAddedShare[j] * want[j]
				if !(-ub[j] > 0.99e-12*op.Table.OutputMUSD[j]*0.5) {
					t.Errorf("case %d: industry %d counts as hit with a bound of %g", k, j, ub[j])
				}
			}
			near(t, "hit loss", hit, wantHit, 1e-9*loss(op.Table, want))
			near(t, "total loss", hit+rest, loss(op.Table, want), 1e-9*loss(op.Table, want))

			alone, nothing, err := none.Totals(cut)
			if err != nil || nothing != 0 {
				t.Fatal(nothing, err)
			}
			if alone > (hit+rest)*(1+1e-12) {
				t.Errorf("case %d, cut %g: none loses %g, soft %g", k, cut, alone, hit+rest)
			}
			if err := none.OutputChange(dx, cut); err != nil {
				t.Fatal(err)
			}
			near(t, "none by industry", loss(op.Table, dx), alone, 1e-12*alone)
		}
	}
}

// Below 1e-12 a loss share does not count as hit: the loss stays, on the other side.
func TestHitThreshold(t *testing.T) {
	op := operator(t, handTable(t), 1)
	p := LossPath{R: []float64{0, 1}, Industries: []int{0}, LossShare: []float64{0, 0.1}, OutputMUSD: []float64{100}}
	r := prepared(t, op, Soft, p, nil, []float64{1})
	for _, c := range []struct{ cut, hit, rest float64 }{{1e-12, 0, 6e-12}, {1e-10, 5e-10, 1e-10}} {
		hit, rest, err := r.Totals(c.cut)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "hit loss", hit, c.hit, 1e-13*c.hit)
		near(t, "rest loss", rest, c.rest, 1e-13*c.rest)
	}
}

// With idle capacity others may rise up to it, and so may a hit industry at first.
func TestIdleCapacity(t *testing.T) {
	op := operator(t, handTable(t), 1)
	p := LossPath{R: []float64{0, 1}, Industries: []int{0}, LossShare: []float64{0, 0.1}, OutputMUSD: []float64{100}}
	// The hand case leaves output 3 free to rise by 1: dx = (-10, -3, 1).
	r := prepared(t, op, Soft, p, []float64{0, 0, 0.1}, []float64{1})
	dx := make([]float64, 3)
	if err := r.OutputChange(dx, 1); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{-10, -3, 1} {
		near(t, "dx", dx[i], want, 1e-13)
	}
	// u = 0.25 of industry 1: (1.25 * 0.9 - 1) * 100 = +12.5, nothing is lost.
	r = prepared(t, op, Soft, p, []float64{0.25, 0, 0}, []float64{1})
	if err := r.OutputChange(dx, 1); err != nil {
		t.Fatal(err)
	}
	if largest(dx) != 0 {
		t.Errorf("idle capacity covers the loss, but outputs move by %v", dx)
	}
	// u = 0.05: (1.05 * 0.9 - 1) * 100 = -5.5, 0.55 of the hand case; half way there
	// (1.05 * 0.95 - 1) * 100 = -0.25.
	r = prepared(t, op, Soft, p, []float64{0.05, 0, 0}, []float64{0.2, 1, 0.5})
	for _, c := range []struct{ cut, lost float64 }{{1, 5.5}, {0.5, 0.25}, {0.2, 0}} {
		if err := r.OutputChange(dx, c.cut); err != nil {
			t.Fatal(err)
		}
		near(t, "dx1", dx[0], -c.lost, 1e-13)
		near(t, "dx2", dx[1], -c.lost/3, 1e-13)
		near(t, "dx3", dx[2], 0, 1e-13)
	}
}

// Whatever was prepared, and in whatever order, a cut has one answer, bit by bit: also
// at the edges of pieces.
func TestDiscoveryOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(23, 24))
	edges := 0
	for k, op := range cases(t) {
		p := randomPath(random, op.Table, max(2, op.n/10), 5)
		cuts := append(randomCuts(random, 15), p.R...)
		for _, pieces := range prepared(t, op, Soft, p, nil, cuts).pieces {
			for _, q := range pieces {
				for _, edge := range []float64{q.low, q.high} {
					cuts = append(cuts, edge, math.Nextafter(edge, 0), min(1, math.Nextafter(edge, 2)))
				}
			}
		}
		type answer struct{ hit, rest, sum float64 }
		want := map[float64]answer{}
		dx := make([]float64, op.n)
		read := func(r *Response, cut float64) answer {
			hit, rest, err := r.Totals(cut)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.OutputChange(dx, cut); err != nil {
				t.Fatal(err)
			}
			sum := 0.0
			for i, d := range dx {
				sum += d * float64(1+i)
			}
			return answer{hit, rest, sum}
		}
		for _, cut := range cuts { // each alone
			want[cut] = read(prepared(t, op, Soft, p, nil, []float64{cut}), cut)
		}
		for range 3 {
			random.Shuffle(len(cuts), func(i, j int) { cuts[i], cuts[j] = cuts[j], cuts[i] })
			r := prepared(t, op, Soft, p, nil, cuts)
			for _, cut := range cuts {
				if got := read(r, cut); got != want[cut] {
					t.Errorf("case %d, cut %.17g: %v, alone %v", k, cut, got, want[cut])
				}
			}
			for _, pieces := range r.pieces {
				for _, q := range pieces {
					if q.low == q.high {
						edges++
					}
				}
			}
		}
	}
	if edges == 0 {
		t.Error("no cut fell on the edge of a piece: the test does not reach it")
	}
}

// The gradient is the change of the loss when one bound moves.
func TestGradient(t *testing.T) {
	random := rand.New(rand.NewPCG(25, 26))
	for _, op := range cases(t) {
		p := randomPath(random, op.Table, max(2, op.n/10), 3)
		const cut = 0.6
		r := prepared(t, op, Soft, p, nil, []float64{cut})
		g := make([]float64, op.n)
		if err := r.Gradient(g, cut); err != nil {
			t.Fatal(err)
		}
		ub := boundsAt(p, op.n, cut)
		before, _ := solve(t, op, ub)
		j := p.Industries[1]
		h := 1e-7 * ub[j]
		ub[j] += h
		after, _ := solve(t, op, ub)
		rate := (loss(op.Table, after) - loss(op.Table, before)) / h
		near(t, "gradient", g[j], rate, 1e-5*(1+math.Abs(rate)))
	}
}

func TestLookUpsDoNotAllocate(t *testing.T) {
	op := beaOperator(t)
	p := randomPath(rand.New(rand.NewPCG(27, 28)), op.Table, 30, 10)
	cuts := randomCuts(rand.New(rand.NewPCG(29, 30)), 20)
	s := op.NewSolver()
	for _, d := range []Downstream{Soft, None} {
		r := prepared(t, op, d, p, nil, cuts)
		dx, sides, hits := make([]float64, op.n), make([]Side, op.n), make([]int, 0, op.n)
		for name, f := range map[string]func(cut float64) error{
			"Totals":       func(cut float64) error { _, _, err := r.Totals(cut); return err },
			"OutputChange": func(cut float64) error { return r.OutputChange(dx, cut) },
			"Gradient":     func(cut float64) error { return r.Gradient(dx, cut) },
			"Diagnose":     func(cut float64) error { _, err := r.Diagnose(s, cut); return err },
			"Range":        func(cut float64) error { _, err := r.BeyondLinearRange(s, cut); return err },
			"Linkage": func(cut float64) error {
				j, err := r.Hit(hits, cut)
				if err != nil {
					return err
				}
				return op.Table.Linkage(sides, j)
			},
		} {
			if a := testing.AllocsPerRun(3, func() {
				for _, cut := range cuts {
					if err := f(cut); err != nil {
						t.Fatal(name, err)
					}
				}
			}); a != 0 {
				t.Errorf("%v: %s: %g allocations", d, name, a)
			}
		}
	}
}

func TestLookUpsAtTheSameTime(t *testing.T) {
	op := beaOperator(t)
	p := randomPath(rand.New(rand.NewPCG(31, 32)), op.Table, 20, 6)
	cuts := randomCuts(rand.New(rand.NewPCG(33, 34)), 20)
	r := prepared(t, op, Soft, p, nil, cuts)
	losses := make([]float64, 4)
	var all sync.WaitGroup
	for w := range losses {
		all.Go(func() {
			s, dx := op.NewSolver(), make([]float64, op.n)
			for _, cut := range cuts {
				d, err := r.Diagnose(s, cut)
				if err == nil {
					err = r.OutputChange(dx, cut)
				}
				if err != nil {
					t.Error(err)
				}
				losses[w] += loss(op.Table, dx) + d.SmallestFlow + d.LargestRiseMUSD
			}
		})
	}
	all.Wait()
	for _, l := range losses {
		if l != losses[0] || l == 0 {
			t.Errorf("losses %v", losses)
		}
	}
}

func TestDegeneratePaths(t *testing.T) {
	op := operator(t, handTable(t), 1)
	for name, p := range map[string]LossPath{
		"no industries":    {R: []float64{0, 1}},
		"no loss":          {R: []float64{0, 0.3, 1}, Industries: []int{1}, LossShare: []float64{0, 0, 0}, OutputMUSD: []float64{100}},
		"nothing at stake": {R: []float64{0, 1}, Industries: []int{1}, LossShare: []float64{0, 1}, OutputMUSD: []float64{0}},
	} {
		r := prepared(t, op, Soft, p, nil, []float64{0, 0.3, 0.7, 1})
		dx := make([]float64, 3)
		for _, cut := range []float64{0, 0.3, 0.7, 1} {
			hit, rest, err := r.Totals(cut)
			if err != nil || hit != 0 || rest != 0 {
				t.Errorf("%s: losses %g and %g, %v", name, hit, rest, err)
			}
			if err := r.OutputChange(dx, cut); err != nil || largest(dx) != 0 {
				t.Errorf("%s: %v, %v", name, dx, err)
			}
		}
	}
	// A path of one point answers a cut of 0 only.
	r := prepared(t, op, Soft, LossPath{R: []float64{0}}, nil, []float64{0})
	if _, _, err := r.Totals(0.1); !errors.Is(err, ErrBeyondPath) {
		t.Errorf("beyond the path: %v", err)
	}
}

// benchPaths are 90 commodities with 12 cuts each.
func benchPaths(op *Operator) (paths []LossPath, cuts [][]float64) {
	random := rand.New(rand.NewPCG(35, 36))
	for range 90 {
		p := randomPath(random, op.Table, 20+random.IntN(20), 4)
		paths, cuts = append(paths, p), append(cuts, randomCuts(random, 9))
		for k := range cuts[len(cuts)-1] { // most cuts are small
			cuts[len(cuts)-1][k] *= cuts[len(cuts)-1][k] * p.R[3]
		}
	}
	return paths, cuts
}

func BenchmarkPrepare90(b *testing.B) {
	op := beaOperator(b)
	paths, cuts := benchPaths(op)
	s, pieces := op.NewSolver(), 0
	for b.Loop() {
		pieces = 0
		for k, p := range paths {
			r, err := op.NewResponse(Soft, p, nil)
			if err == nil {
				err = r.Prepare(s, cuts[k])
			}
			if err != nil {
				b.Fatal(err)
			}
			pieces += r.Pieces()
		}
	}
	b.ReportMetric(float64(pieces), "pieces")
}

func BenchmarkTotals(b *testing.B) {
	op := beaOperator(b)
	paths, cuts := benchPaths(op)
	r := prepared(b, op, Soft, paths[0], nil, cuts[0])
	for b.Loop() {
		for _, cut := range cuts[0] {
			if _, _, err := r.Totals(cut); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkSolve(b *testing.B) {
	op := beaOperator(b)
	s := op.NewSolver()
	ub := randomBounds(rand.New(rand.NewPCG(37, 38)), op.Table, 30, 0.1)
	for b.Loop() {
		if _, err := s.Solve(ub, nil); err != nil {
			b.Fatal(err)
		}
	}
}
