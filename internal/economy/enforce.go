package economy

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

const (
	enforceSteps     = 200
	enforceTolerance = 1e-10 // of the largest |bound|: balances and bounds
	enforceRidge     = 1e-13 // of output: keeps prices of emptied flows where they are
)

// Enforced is the solution of (E1) with z, f >= 0.
type Enforced struct {
	OutputChangeMUSD []float64 // dx
	BoundPrice       []float64 // mu <= 0
	InputPrice       []float64 // beta
	Steps            int
	// ResidualMUSD is the largest violation of a bound, a balance or complementarity.
	ResidualMUSD float64
}

// SolveEnforced solves (E1) with no flow below 0: z_ij = z0_ij max(0, 1 + alpha_i + beta_j),
// f_i = f0_i max(0, 1 + alpha_i/lambda), alpha = mu - S beta. It is Solve where that stays
// within the linear range, and far slower (some steps of O((2n)^3)): for answers outside it.
//
// Method: the dual of (E1) in (mu <= 0, beta) is convex and piecewise quadratic; projected
// Newton steps with a line search, from the prices of the linear answer.
// Errors: those of Solve, and ErrInvalid for bounds below -x.
func (s *Solver) SolveEnforced(ub []float64) (Enforced, error) {
	op, n := s.op, s.op.n
	sol, err := s.Solve(ub, nil)
	if err != nil {
		return Enforced{}, err
	}
	scale := 0.0
	for i, b := range ub {
		if x := op.Table.OutputMUSD[i]; b < -x {
			return Enforced{}, fmt.Errorf("response with flows >= 0: %w: bound %g of industry %d below its output %g", ErrInvalid, b, i, x)
		}
		scale = math.Max(scale, math.Abs(b))
	}
	v := make([]float64, 2*n) // mu, then beta
	copy(v, sol.BoundPrice)
	op.prices(s.alpha, v[n:], sol.Active, sol.BoundPrice)

	d := dual{op: op, ub: ub, dx: make([]float64, n)}
	g, gNext, next := make([]float64, 2*n), make([]float64, 2*n), make([]float64, 2*n)
	value := d.at(g, v)
	for step := 1; step <= enforceSteps; step++ {
		free, residual := d.free(v, g)
		if residual <= enforceTolerance*scale {
			return Enforced{OutputChangeMUSD: d.dx, BoundPrice: v[:n], InputPrice: v[n:], Steps: step, ResidualMUSD: residual}, nil
		}
		direction, err := d.newton(v, g, free)
		if err != nil {
			return Enforced{}, fmt.Errorf("response with flows >= 0, step %d: %w", step, err)
		}
		moved := false
		for length := 1.0; length > 1e-12 && !moved; length /= 2 {
			slope := 0.0
			for k := range v {
				next[k] = v[k] + length*direction[k]
				if k < n {
					next[k] = math.Min(next[k], 0)
				}
				slope += g[k] * (next[k] - v[k])
			}
			at := d.at(gNext, next)
			_, left := d.free(next, gNext)
			// Near the end the value is flat to rounding, and the residual decides.
			if moved = at <= value+1e-4*slope && slope < 0 || left < residual/2; moved {
				v, next, g, gNext, value = next, v, gNext, g, at
			}
		}
		if !moved {
			break
		}
	}
	return Enforced{}, fmt.Errorf("response with flows >= 0: %w", ErrNoConvergence)
}

// dual is SUM z phi(alpha_i + beta_j) + SUM lambda f phi(alpha_i/lambda) - SUM ub_i mu_i
// with phi' = max(., -1), to be minimised over mu <= 0 and beta.
type dual struct {
	op *Operator
	ub []float64
	dx []float64 // of the last call of at
}

func phi(q float64) (value, slope float64) {
	if q < -1 {
		return -q - 0.5, -1
	}
	return q * q / 2, q
}

// at returns the value and writes the gradient: dx - ub by mu, and the input balance
// SUM_i dz_ij - s_j dx_j by beta.
func (d *dual) at(g, v []float64) (value float64) {
	t, n := d.op.Table, d.op.n
	mu, beta := v[:n], v[n:]
	clear(g)
	for i := range n {
		alpha := mu[i] - t.InputShare[i]*beta[i]
		c, q := phi(alpha / d.op.Lambda)
		value += d.op.Lambda * t.FinalDemandMUSD[i] * c
		d.dx[i] = t.FinalDemandMUSD[i] * q
		for j, z := range t.Z[i*n : (i+1)*n] {
			if z > 0 {
				c, q = phi(alpha + beta[j])
				value += z * c
				d.dx[i] += z * q
				g[n+j] += z * q
			}
		}
		value -= d.ub[i] * mu[i]
		g[i] = d.dx[i] - d.ub[i]
	}
	for j, s := range t.InputShare {
		g[n+j] -= s * d.dx[j]
	}
	return value
}

// free lists the variables that may move and the largest gradient among them.
func (d *dual) free(v, g []float64) (free []int, residual float64) {
	t, n := d.op.Table, d.op.n
	for k := range v {
		if k < n && (!t.Live[k] || v[k] == 0 && g[k] <= 0) || k >= n && !t.buys[k-n] {
			continue
		}
		free = append(free, k)
		residual = math.Max(residual, math.Abs(g[k]))
	}
	return free, residual
}

// newton returns the Newton step of the free variables: flows above 0 make up the
// second derivative.
func (d *dual) newton(v, g []float64, free []int) ([]float64, error) {
	t, n := d.op.Table, d.op.n
	mu, beta := v[:n], v[n:]
	// In (alpha, beta) the second derivative is [diag(rows) Z+; Z+' diag(cols)]; then
	// alpha = mu - S beta.
	rows, cols, open := make([]float64, n), make([]float64, n), make([]float64, n*n)
	for i, s := range t.InputShare {
		alpha := mu[i] - s*beta[i]
		if alpha/d.op.Lambda > -1 {
			rows[i] += t.FinalDemandMUSD[i] / d.op.Lambda
		}
		for j, z := range t.Z[i*n : (i+1)*n] {
			if alpha+beta[j] > -1 {
				open[i*n+j] = z
				rows[i] += z
				cols[j] += z
			}
		}
	}
	second := func(a, b int) float64 {
		i, j := a%n, b%n
		same, s := 0.0, t.InputShare
		if i == j {
			same = 1
		}
		switch {
		case a < n && b < n:
			return same * rows[i] * (1 + enforceRidge)
		case a < n:
			return open[i*n+j] - same*rows[i]*s[i]
		case b < n:
			return open[j*n+i] - same*rows[i]*s[i]
		}
		return same*(cols[i]+s[i]*rows[i]*s[i]) - s[i]*open[i*n+j] - s[j]*open[j*n+i]
	}
	m := len(free)
	h, rhs := mat.NewSymDense(m, nil), mat.NewVecDense(m, nil)
	for p, a := range free {
		rhs.SetVec(p, -g[a])
		for q := p; q < m; q++ {
			h.SetSym(p, q, second(a, free[q]))
		}
		h.SetSym(p, p, h.At(p, p)+enforceRidge*t.OutputMUSD[a%n])
	}
	var chol mat.Cholesky
	if !chol.Factorize(h) {
		return nil, ErrNotPositiveDefinite
	}
	var x mat.VecDense
	if err := chol.SolveVecTo(&x, rhs); err != nil {
		if _, ill := err.(mat.Condition); !ill { // the line search judges the step
			return nil, err
		}
	}
	step := make([]float64, len(v))
	for p, a := range free {
		step[a] = x.AtVec(p)
	}
	return step, nil
}
