package economy

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// The case of TestHandOutsideLinearRange with flows kept at 0 or above: industry 1
// sells nothing, dz12 = -40, df1 = -60, so that b = dz32 = 0.6 y + 40, df3 = -b:
//
//	min b^2/20 + b^2/300 + y^2/1000:  b (8/75) + (b - 40)/180 = 0,  b = 200/101
//	dx = (-100, (b - 40)/0.6, 0) = (-100, -6400/101, 0)
func TestEnforcedByHand(t *testing.T) {
	s := operator(t, handTable(t), 0.1).NewSolver()
	got, err := s.SolveEnforced([]float64{-100, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{-100, -6400.0 / 101, 0} {
		near(t, "dx", got.OutputChangeMUSD[i], want, 1e-8)
	}
	if _, err := s.SolveEnforced([]float64{-101, 0, 0}); !errors.Is(err, ErrInvalid) {
		t.Errorf("more than everything: %v", err)
	}
}

// A convex program is solved where its optimality conditions hold: they are checked
// here from the prices, without the solver's own functions. Within the linear range
// the answer is that of Solve.
func TestEnforcedOptimality(t *testing.T) {
	random := rand.New(rand.NewPCG(41, 42))
	outside, inside := 0, 0
	for k, op := range cases(t) {
		for _, size := range []float64{0.05, 0.95} {
			tab, n, s := op.Table, op.n, op.NewSolver()
			ub := randomBounds(random, tab, 1+n/6, size)
			got, err := s.SolveEnforced(ub)
			if err != nil {
				t.Fatalf("case %d: %v", k, err)
			}
			scale, dx := largest(ub), got.OutputChangeMUSD
			sold, bought := make([]float64, n), make([]float64, n)
			for i := range n {
				alpha := got.BoundPrice[i] - tab.InputShare[i]*got.InputPrice[i]
				sold[i] += tab.FinalDemandMUSD[i] * math.Max(0, 1+alpha/op.Lambda)
				for j := range n {
					z := tab.Z[i*n+j] * math.Max(0, 1+alpha+got.InputPrice[j])
					sold[i] += z
					bought[j] += z
				}
			}
			for i := range n {
				x := tab.OutputMUSD[i]
				near(t, "row", sold[i], x+dx[i], 1e-9*math.Max(scale, x))
				if tab.buys[i] {
					near(t, "column", bought[i], tab.InputShare[i]*(x+dx[i]), 1e-9*math.Max(scale, x))
				}
				if dx[i] > ub[i]+1e-9*scale || got.BoundPrice[i] > 0 || math.Abs(got.BoundPrice[i]*(dx[i]-ub[i])) > 1e-9*scale {
					t.Errorf("case %d: industry %d: dx %g, bound %g, price %g", k, i, dx[i], ub[i], got.BoundPrice[i])
				}
			}
			sol, err := s.Solve(ub, nil)
			if err != nil {
				t.Fatal(err)
			}
			if s.SmallestFlow(sol) < 0 {
				outside++
				continue
			}
			inside++
			if d := differ(sol.OutputChangeMUSD, dx); d > 1e-9*scale {
				t.Errorf("case %d: within range, but differs by %g of %g", k, d, scale)
			}
		}
	}
	t.Logf("%d outside the linear range, %d inside", outside, inside)
	if outside < 5 || inside < 5 {
		t.Errorf("%d cases outside and %d inside the linear range", outside, inside)
	}
}
