package economy

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// interiorPoint solves (E1) through its dual by an interior-point method. It knows no
// H, B, G and no active set. A flow z_ij changes by the relative amount
// q_ij = mu_i - s_i beta_i + beta_j, final demand by q_i = mu_i - s_i beta_i, and
//
//	min SUM z_ij q_ij^2 / 2 + SUM f_i/lambda q_i^2 / 2 - SUM ub_i mu_i,  mu <= 0
//
// has the slack w = ub - dx as multiplier of mu <= 0, with -mu_i w_i = tau -> 0. One
// Newton step solves for (mu, beta) with w eliminated. Every industry has output.
func interiorPoint(tb testing.TB, t *Table, lambda float64, ub []float64) (dx []float64) {
	tb.Helper()
	n := len(t.Codes)
	// The quadratic form is a sum of squares, one per flow.
	form := mat.NewSymDense(2*n, nil)
	square := func(weight float64, at []int, by []float64) {
		for a, i := range at {
			for b, j := range at {
				if i <= j {
					form.SetSym(i, j, form.At(i, j)+weight*by[a]*by[b])
				}
			}
		}
	}
	for i := range n {
		s := t.InputShare[i]
		square(t.FinalDemandMUSD[i]/lambda, []int{i, n + i}, []float64{1, -s})
		for j := range n {
			if z := t.Z[i*n+j]; i == j {
				square(z, []int{i, n + i}, []float64{1, 1 - s})
			} else if z > 0 {
				square(z, []int{i, n + i, n + j}, []float64{1, -s, 1})
			}
		}
		if s == 0 {
			form.SetSym(n+i, n+i, 1) // buys nothing: beta = 0
		}
	}
	unit := 0.0
	for _, b := range ub {
		unit = math.Max(unit, math.Abs(b))
	}
	w, price := make([]float64, n), make([]float64, n) // price = -mu
	for i := range n {
		w[i], price[i] = unit, unit/t.OutputMUSD[i]
	}
	left := 1.0 // of the balances' residual at the start
	for step := 0; ; step++ {
		gap := 0.0
		for i := range n {
			gap += price[i] * w[i] / float64(n)
		}
		// A bound that is met at a price of 0 is off by sqrt(gap x): go far.
		if gap < 1e-24*unit && left < 1e-12 {
			break
		}
		if step == 200 {
			tb.Fatal("interior point: no convergence")
		}
		tau := 0.1 * gap
		a, rhs := mat.NewSymDense(2*n, nil), mat.NewVecDense(2*n, nil)
		a.CopySym(form)
		for i := range n {
			a.SetSym(i, i, a.At(i, i)+w[i]/price[i])
			rhs.SetVec(i, ub[i]-w[i]-tau/price[i])
		}
		var chol mat.Cholesky
		if !chol.Factorize(a) {
			tb.Fatal("interior point: not positive definite")
		}
		var v mat.VecDense
		if err := chol.SolveVecTo(&v, rhs); err != nil {
			if _, ill := err.(mat.Condition); !ill {
				tb.Fatal(err)
			}
		}
		length := 1.0
		dw, dp := make([]float64, n), make([]float64, n)
		for i := range n {
			dp[i] = -v.AtVec(i) - price[i]
			dw[i] = tau/price[i] + w[i]/price[i]*v.AtVec(i)
			if dp[i] < 0 {
				length = math.Min(length, -0.995*price[i]/dp[i])
			}
			if dw[i] < 0 {
				length = math.Min(length, -0.995*w[i]/dw[i])
			}
		}
		for i := range n {
			price[i] += length * dp[i]
			w[i] += length * dw[i]
		}
		left *= 1 - length
	}
	dx = make([]float64, n)
	for i := range n {
		dx[i] = ub[i] - w[i]
	}
	return dx
}

// TestInteriorPoint compares the walk with the interior point on the real table.
func TestInteriorPoint(t *testing.T) {
	op := beaOperator(t)
	lean, err := op.Table.NewOperator(0.3)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(11, 12))
	for k, c := range []struct {
		op   *Operator
		hits int
		size float64
	}{{op, 1, 0.2}, {op, 25, 0.02}, {lean, 40, 0.1}} {
		n := len(c.op.Table.Codes)
		ub := make([]float64, n)
		for _, j := range random.Perm(n)[:c.hits] {
			ub[j] = -c.size * random.Float64() * c.op.Table.OutputMUSD[j]
		}
		if k == 1 {
			for j := range ub { // and some idle capacity
				if ub[j] == 0 && j%7 == 0 {
					ub[j] = 1e-5 * c.op.Table.OutputMUSD[j]
				}
			}
		}
		sol, err := c.op.NewSolver().Solve(ub, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := interiorPoint(t, c.op.Table, c.op.Lambda, ub)
		largest, worst := 0.0, 0.0
		for i, w := range want {
			largest = math.Max(largest, math.Abs(w))
			worst = math.Max(worst, math.Abs(sol.OutputChangeMUSD[i]-w))
		}
		t.Logf("%d hits: %d active, differ by %.2g of the largest change", c.hits, len(sol.Active), worst/largest)
		if worst > 1e-7*largest {
			t.Errorf("%d hits: output changes differ by %g of %g", c.hits, worst, largest)
		}
	}
}
