package economy

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// randomTable makes a table with sparse flows, some industries without inputs and
// some without final demand.
func randomTable(tb testing.TB, random *rand.Rand, n int) *Table {
	tb.Helper()
	codes, z, f, va := make([]string, n), make([]float64, n*n), make([]float64, n), make([]float64, n)
	size := make([]float64, n)
	for i := range size {
		size[i] = 100 * math.Expm1(3*random.Float64()) // sizes over a factor of 20 or more
	}
	for i := range n {
		codes[i] = fmt.Sprintf("i%d", i)
		f[i] = size[i] * random.Float64()
		if random.IntN(6) == 0 {
			f[i] = 0
		}
		for j := range n {
			if random.IntN(3) == 0 && j%7 != 3 {
				z[i*n+j] = 0.5 * random.Float64() * math.Min(size[i], size[j]) / float64(n)
			}
		}
		va[i] = 0.2 + 0.4*random.Float64()
		if largest(z[i*n:(i+1)*n]) == 0 {
			f[i] = size[i]
		}
	}
	t, err := NewTable(codes, z, f, va)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func operator(tb testing.TB, t *Table, lambda float64) *Operator {
	tb.Helper()
	op, err := t.NewOperator(lambda)
	if err != nil {
		tb.Fatal(err)
	}
	return op
}

// solve returns output changes that outlive the solver.
func solve(tb testing.TB, op *Operator, ub []float64) (dx, mu []float64) {
	tb.Helper()
	sol, err := op.NewSolver().Solve(ub, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return slices.Clone(sol.OutputChangeMUSD), slices.Clone(sol.BoundPrice)
}

// loss is the value added lost.
func loss(t *Table, dx []float64) (sum float64) {
	for i, d := range dx {
		sum -= t.ValueAddedShare[i] * d
	}
	return sum
}

func randomBounds(random *rand.Rand, t *Table, hits int, size float64) []float64 {
	ub := make([]float64, len(t.Codes))
	for _, j := range random.Perm(len(ub))[:hits] {
		ub[j] = -size * random.Float64() * t.OutputMUSD[j]
	}
	return ub
}

func largest(v []float64) (m float64) {
	for _, q := range v {
		m = math.Max(m, math.Abs(q))
	}
	return m
}

func differ(a, b []float64) (m float64) {
	for i, q := range a {
		m = math.Max(m, math.Abs(q-b[i]))
	}
	return m
}

// cases are the real table and random ones.
func cases(tb testing.TB) []*Operator {
	random := rand.New(rand.NewPCG(1, 2))
	ops := []*Operator{beaOperator(tb)}
	for k := range 20 {
		ops = append(ops, operator(tb, randomTable(tb, random, 5+2*k), 0.1+0.9*random.Float64()))
	}
	return ops
}

func TestZeroShock(t *testing.T) {
	op := beaOperator(t)
	sol, err := op.NewSolver().Solve(make([]float64, op.n), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(sol.Active) != 0 || largest(sol.OutputChangeMUSD) != 0 || largest(sol.BoundPrice) != 0 {
		t.Errorf("no shock, but %d bounds act and output moves by %g", len(sol.Active), largest(sol.OutputChangeMUSD))
	}
}

// TestOptimality checks bounds, complementarity and the balances of all flows.
func TestOptimality(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for k, op := range cases(t) {
		tab, n := op.Table, op.n
		for _, hits := range []int{1, n / 5, n / 2} {
			ub := randomBounds(random, tab, hits, 0.1)
			dx, mu := solve(t, op, ub)
			scale := largest(ub)
			for i := range n {
				if dx[i] > ub[i]+1e-12*scale {
					t.Errorf("case %d: output %d rises above its bound by %g of %g", k, i, dx[i]-ub[i], scale)
				}
				if mu[i] > 0 {
					t.Errorf("case %d: price of bound %d is %g", k, i, mu[i])
				}
				if c := math.Abs(mu[i] * (dx[i] - ub[i])); c > 1e-9*largest(mu)*scale {
					t.Errorf("case %d: price times slack of %d is %g", k, i, c)
				}
			}
			dz, df, err := op.Flows(mu)
			if err != nil {
				t.Fatal(err)
			}
			limit := 1e-9 * math.Max(largest(tab.Z), largest(tab.FinalDemandMUSD))
			for i := range n {
				row, col := df[i], 0.0
				for j := range n {
					row += dz[i*n+j]
					col += dz[j*n+i]
				}
				if math.Abs(row-dx[i]) > limit {
					t.Errorf("case %d: row %d off by %g", k, i, row-dx[i])
				}
				if tab.buys[i] && math.Abs(col-tab.InputShare[i]*dx[i]) > limit {
					t.Errorf("case %d: column %d off by %g", k, i, col-tab.InputShare[i]*dx[i])
				}
			}
		}
	}
}

func TestOperatorSymmetricSemidefinite(t *testing.T) {
	for k, op := range cases(t) {
		for i := range op.n {
			for j := range i {
				if op.At(i, j) != op.At(j, i) {
					t.Fatalf("case %d: G[%d,%d] = %g, G[%d,%d] = %g", k, i, j, op.At(i, j), j, i, op.At(j, i))
				}
			}
		}
		var e mat.EigenSym
		if !e.Factorize(mat.NewSymDense(op.n, slices.Clone(op.g)), false) {
			t.Fatalf("case %d: no eigenvalues", k)
		}
		v := e.Values(nil)
		if v[0] < -1e-12*v[len(v)-1] {
			t.Errorf("case %d: eigenvalues of G from %g to %g", k, v[0], v[len(v)-1])
		}
	}
}

// The table and its operator have the same bits on one processor as on several.
func TestProcessorsDoNotMatter(t *testing.T) {
	several := beaOperator(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := beaOperator(t)
	if !slices.Equal(one.Table.Z, several.Table.Z) || !slices.Equal(one.g, several.g) || !slices.Equal(one.xt, several.xt) {
		t.Error("bits differ")
	}
}

// Industries that join the hit ones with a loss share of 1e-12 change nothing.
func TestTinyHitChangesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for k, op := range cases(t) {
		ub := randomBounds(random, op.Table, max(1, op.n/10), 0.1)
		before, _ := solve(t, op, ub)
		for i := range ub {
			if ub[i] == 0 {
				ub[i] = -1e-12 * op.Table.OutputMUSD[i]
			}
		}
		after, _ := solve(t, op, ub)
		// All of them together can move no more than a few times what they lose.
		limit := 0.0
		for _, x := range op.Table.OutputMUSD {
			limit += 3e-12 * x
		}
		if d := differ(before, after); d > limit {
			t.Errorf("case %d: outputs move by %g of %g, limit %g", k, d, largest(before), limit)
		}
	}
}

func TestSplitIndustryChangesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for k := range 30 {
		n, part, lambda := 4+k%9, 0.1+0.8*random.Float64(), 0.1+0.9*random.Float64()
		whole := randomTable(t, random, n)
		at := random.IntN(n)
		weight := func(i int) (source int, share float64) {
			switch i {
			case at:
				return at, part
			case n:
				return at, 1 - part
			}
			return i, 1
		}
		codes := append(slices.Clone(whole.Codes), "twin")
		z, f, va := make([]float64, (n+1)*(n+1)), make([]float64, n+1), make([]float64, n+1)
		for i := range n + 1 {
			a, p := weight(i)
			f[i], va[i] = p*whole.FinalDemandMUSD[a], whole.ValueAddedShare[a]
			for j := range n + 1 {
				b, q := weight(j)
				z[i*(n+1)+j] = p * q * whole.Z[a*n+b]
			}
		}
		split, err := NewTable(codes, z, f, va)
		if err != nil {
			t.Fatal(err)
		}
		ub := randomBounds(random, whole, 1+n/3, 0.3)
		ubSplit := make([]float64, n+1)
		for i := range ubSplit {
			a, p := weight(i)
			ubSplit[i] = p * ub[a]
		}
		dx, _ := solve(t, operator(t, whole, lambda), ub)
		dxSplit, _ := solve(t, operator(t, split, lambda), ubSplit)
		for i, d := range dxSplit {
			a, p := weight(i)
			near(t, fmt.Sprintf("case %d: change of part %d", k, i), d, p*dx[a], 1e-9*largest(dx))
		}
	}
}

func TestPermutationPermutes(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for _, op := range cases(t) {
		tab, n := op.Table, op.n
		order := random.Perm(n)
		codes, z, f, va := make([]string, n), make([]float64, n*n), make([]float64, n), make([]float64, n)
		ub, ubP := randomBounds(random, tab, max(1, n/8), 0.1), make([]float64, n)
		for i, a := range order {
			codes[i], f[i], va[i], ubP[i] = tab.Codes[a], tab.FinalDemandMUSD[a], tab.ValueAddedShare[a], ub[a]
			for j, b := range order {
				z[i*n+j] = tab.Z[a*n+b]
			}
		}
		permuted, err := NewTable(codes, z, f, va)
		if err != nil {
			t.Fatal(err)
		}
		dx, _ := solve(t, op, ub)
		dxP, _ := solve(t, operator(t, permuted, op.Lambda), ubP)
		for i, a := range order {
			near(t, "permuted "+codes[i], dxP[i], dx[a], 1e-9*largest(dx))
		}
	}
}

func TestDollarsScale(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	const c = 3.7
	for _, op := range cases(t) {
		tab := op.Table
		times := func(v []float64) []float64 {
			out := slices.Clone(v)
			for i := range out {
				out[i] *= c
			}
			return out
		}
		scaled, err := NewTable(tab.Codes, times(tab.Z), times(tab.FinalDemandMUSD), tab.ValueAddedShare)
		if err != nil {
			t.Fatal(err)
		}
		ub := randomBounds(random, tab, max(1, op.n/8), 0.1)
		dx, _ := solve(t, op, ub)
		dxS, _ := solve(t, operator(t, scaled, op.Lambda), times(ub))
		near(t, "loss in other dollars", loss(scaled, dxS), c*loss(tab, dx), 1e-9*c*loss(tab, dx))
	}
}

// Any start leads to the same bits, and so do single changes in place of blocks.
func TestWayDoesNotMatter(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 14))
	for k, op := range cases(t) {
		ub := randomBounds(random, op.Table, max(1, op.n/6), 0.2)
		want, _ := solve(t, op, ub)
		s := op.NewSolver()
		for range 4 {
			sol, err := s.Solve(ub, random.Perm(op.n)[:op.n/2])
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(sol.OutputChangeMUSD, want) {
				t.Errorf("case %d: another start moves outputs by %g", k, differ(sol.OutputChangeMUSD, want))
			}
		}
		s.blocks = 0
		sol, err := s.Solve(ub, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(sol.OutputChangeMUSD, want) {
			t.Errorf("case %d: single changes move outputs by %g", k, differ(sol.OutputChangeMUSD, want))
		}
	}
}

func TestSolveDoesNotAllocate(t *testing.T) {
	op := beaOperator(t)
	s := op.NewSolver()
	ub := randomBounds(rand.New(rand.NewPCG(15, 16)), op.Table, 30, 0.1)
	if a := testing.AllocsPerRun(10, func() {
		sol, err := s.Solve(ub, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.SmallestFlow(sol)
	}); a != 0 {
		t.Errorf("%g allocations", a)
	}
}
