package economy

import "math"

const (
	recipeSteps     = 20    // plain Newton: the baseline needs 7 to 9
	recipeTolerance = 1e-13 // of the largest bound
	recipeRidge     = 1e-13 // of output; and of the diagonal, below
	pivotRidge      = 1e-11 // prices of sellers without slack are not unique

	proximalRounds = 60
	proximalSteps  = 200
	proximalStart  = 1e-2 // weight of the proximal terms, falling
	proximalEnd    = 1e-7
)

// recipe solves (E5) by a semi-smooth Newton method in losses: gamma_i = 1 - c_i
// of sales, eta_j = 1 - y_j of output,
//
//	1 - u_ij = min(eta_j, gamma_i),  1 - w_i = min(1, gamma_i/lambda)
//	SUM_j z_ij (1-u_ij) + f_i (1-w_i) = x_i eta_i
//	min(eta_j - b_j,  gamma_j - SUM_i a_ij max(0, gamma_i - eta_j)) = 0
//
// so that small scenarios keep their digits. Where Newton's method does not settle
// (never in the baseline), proximal rounds lead it to where it does.
func (s *Solver) recipe(w *program, sol *SettingSolution, stake []float64) error {
	w.recipeStart()
	steps, err := s.recipeNewton(w)
	if err != nil {
		var more int
		more, err = s.recipeProximal(w)
		steps += more
	}
	if err != nil {
		return err
	}
	sol.Iterations = steps
	s.recipeCertify(w, sol)
	for j, eta := range w.eta {
		switch {
		case eta > 0 && w.capped[j] && w.bound[j] < 1:
			w.change[j] = -w.sigma[j] * stake[j]
		case eta > 0:
			w.change[j] = -eta * s.op.Table.OutputMUSD[j]
		}
	}
	return nil
}

// recipeStart is c = 1, y = 1 - b, but c = 0 where nothing is made.
func (w *program) recipeStart() {
	for j, b := range w.bound {
		w.gamma[j], w.eta[j] = math.Floor(b), b
	}
}

// recipeNewton takes full steps from (w.gamma, w.eta).
func (s *Solver) recipeNewton(w *program) (steps int, err error) {
	scale := largestOf(w.bound)
	for steps = 1; steps <= recipeSteps; steps++ {
		if off := s.recipeResidual(w, 0); off <= recipeTolerance*scale {
			return steps, nil
		}
		if err := s.recipeStep(w); err != nil {
			return steps, err
		}
		for i := range w.gamma {
			w.gamma[i] += w.dGamma[i]
			w.eta[i] += w.dEta[i]
		}
	}
	return steps, ErrNoConvergence
}

// recipeResidual writes what a step needs and returns the largest violation as a
// share of output. A flow is tight where eta_j < gamma_i. w.row and w.col are the
// violations of the two equations in million USD, w.pull the tight flows by buyer,
// w.slack the others by seller (and f/lambda), w.tight the sellers with a tight
// flow, w.capped the industries whose bound acts. weight is that of proximal terms
// about (w.gamma0, w.eta0), which make both equations strongly monotone.
func (s *Solver) recipeResidual(w *program, weight float64) (off float64) {
	t, n, lambda := s.op.Table, s.op.n, s.op.Lambda
	clear(w.col)
	clear(w.pull)
	for i, gamma := range w.gamma {
		tight, sold, slack, f := false, 0.0, 0.0, t.FinalDemandMUSD[i]
		for j, z := range t.Z[i*n : (i+1)*n] {
			if eta := w.eta[j]; eta < gamma && z > 0 {
				sold += z * eta
				w.col[j] += z * (gamma - eta)
				w.pull[j] += z
				tight = true
			} else {
				sold += z * gamma
				slack += z
			}
		}
		if gamma < lambda {
			sold += f * gamma / lambda
			slack += f / lambda
		} else {
			sold += f
		}
		w.tight[i], w.row[i], w.slack[i] = tight, t.OutputMUSD[i]*w.eta[i]-sold, slack
	}
	for j, x := range t.OutputMUSD {
		if x == 0 {
			w.row[j], w.col[j], w.capped[j] = 0, 0, true
			continue
		}
		w.col[j] = x*w.gamma[j] - w.col[j]
		if weight > 0 {
			w.row[j] -= weight * x * (w.gamma[j] - w.gamma0[j])
			w.col[j] += weight * x * (w.eta[j] - w.eta0[j])
			w.slack[j] += weight * x
			w.pull[j] += weight * x
		}
		over := w.eta[j] - w.bound[j]
		w.capped[j] = over <= w.col[j]/x
		off = max(off, math.Abs(w.row[j])/x, math.Abs(math.Min(over, w.col[j]/x)))
	}
	return off
}

// recipeStep writes the Newton step (w.dGamma, w.dEta). With W the tight flows,
// D = w.slack, Q = w.pull and E = X - W it solves
//
//	D dgamma - E deta = row,   E' dgamma + Q deta = -col (free),   deta = b - eta (capped)
//
// Sellers without a tight flow (their row of E is x_i alone) and all buyers go by
// division; what is left is positive definite, in the sellers with a tight flow.
func (s *Solver) recipeStep(w *program) error {
	t, n := s.op.Table, s.op.n
	b, root := w.dEta, w.dGamma // deta = b - root^2 E' dgamma over tight sellers
	w.index = w.index[:0]
	for j, x := range t.OutputMUSD {
		w.slack[j] += recipeRidge * x
		if w.tight[j] {
			w.index = append(w.index, j)
		}
		if w.capped[j] {
			b[j], root[j] = w.bound[j]-w.eta[j], 0
			continue
		}
		diagonal, rhs := w.pull[j]+recipeRidge*x, -w.col[j]
		if !w.tight[j] {
			diagonal += x * x / w.slack[j]
			rhs -= x * w.row[j] / w.slack[j]
		}
		b[j], root[j] = rhs/diagonal, 1/math.Sqrt(diagonal)
	}
	// V = E root by tight seller: (D + V V') dgamma = row + E b.
	for p, i := range w.index {
		v := w.left[i*n : (i+1)*n]
		gamma, rhs := w.gamma[i], w.row[i]+t.OutputMUSD[i]*b[i]
		for j, z := range t.Z[i*n : (i+1)*n] {
			v[j] = 0
			if w.eta[j] < gamma {
				rhs -= z * b[j]
				v[j] = -z * root[j]
			}
		}
		v[i] += t.OutputMUSD[i] * root[i]
		w.row[i] = rhs
		for _, k := range w.index[:p+1] {
			w.square[i*n+k] = blasImpl.Ddot(n, v, 1, w.left[k*n:(k+1)*n], 1)
		}
		w.square[i*n+i] = (w.square[i*n+i] + w.slack[i]) * (1 + pivotRidge)
	}
	w.factor.order = w.factor.order[:0] // another matrix
	if err := w.factor.set(w.square, w.index); err != nil {
		return err
	}
	w.factor.solve(w.row, w.row)
	for _, i := range w.index {
		for j, e := range w.left[i*n : (i+1)*n] {
			b[j] -= e * root[j] * w.row[i]
		}
	}
	for j, x := range t.OutputMUSD {
		switch {
		case x == 0:
			w.dGamma[j] = 0
		case w.tight[j]:
			w.dGamma[j] = w.row[j]
		default:
			w.dGamma[j] = (w.row[j] + x*w.dEta[j]) / w.slack[j]
		}
	}
	return nil
}

// recipeProximal is the proximal method of multipliers: every round solves (E5) with
// terms weight x/2 (. - last)^2 on eta and gamma, then tries Newton's method without
// them. With terms the dual in gamma alone is smooth and strongly convex: Newton steps
// with a line search, eta given gamma exactly.
func (s *Solver) recipeProximal(w *program) (steps int, err error) {
	scale := largestOf(w.bound)
	w.recipeStart()
	for round, weight := 0, proximalStart; round < proximalRounds; round, weight = round+1, max(proximalEnd, weight/3) {
		copy(w.gamma0, w.gamma)
		copy(w.eta0, w.eta)
		more, err := s.recipeDual(w, weight, scale)
		steps += more
		if err != nil {
			return steps, err
		}
		copy(w.gamma1, w.gamma)
		copy(w.eta1, w.eta)
		more, err = s.recipeNewton(w)
		steps += more
		if err == nil {
			return steps, nil
		}
		copy(w.gamma, w.gamma1)
		copy(w.eta, w.eta1)
		if s.recipeResidual(w, 0) <= 10*recipeTolerance*scale {
			return steps, nil
		}
	}
	return steps, ErrNoConvergence
}

// recipeDual solves one proximal round.
func (s *Solver) recipeDual(w *program, weight, scale float64) (steps int, err error) {
	off := s.recipeOutputs(w, weight)
	for steps = 1; steps <= proximalSteps; steps++ {
		if off <= recipeTolerance*scale {
			return steps, nil
		}
		slope := 0.0
		copy(w.rowAt, w.row)
		if err := s.recipeStep(w); err != nil {
			return steps, err
		}
		for i, d := range w.dGamma {
			slope += w.rowAt[i] * d
			w.step[i] = d
		}
		if !(slope > 0) {
			return steps, nil // flat to rounding
		}
		copy(w.gamma2, w.gamma)
		// The gain falls along the step: full if it still gains at its end or halves the
		// violation, else where the gain has halved at least and is not yet a loss.
		low, high, length, before := 0.0, 1.0, 1.0, off
		for range 60 {
			for i, d := range w.step {
				w.gamma[i] = w.gamma2[i] + length*d
			}
			off = s.recipeOutputs(w, weight)
			left := 0.0
			for i, d := range w.step {
				left += w.row[i] * d
			}
			if off <= before/2 || left >= 0 && (length == 1 || left <= slope/2) {
				break
			}
			if left < 0 {
				high = length
			} else {
				low = length
			}
			length = (low + high) / 2
		}
	}
	return steps, nil // the round is inexact, the next one goes on from here
}

// recipeOutputs finds eta for the given gamma: the second equation by buyer, piecewise
// linear and concave, by Newton's method from the bound upwards.
func (s *Solver) recipeOutputs(w *program, weight float64) (off float64) {
	copy(w.eta, w.bound)
	for range 4 * s.op.n {
		off = s.recipeResidual(w, weight)
		moved := false
		for j, g := range w.col {
			if g < 0 {
				next := w.eta[j] - g/w.pull[j]
				moved = moved || next > w.eta[j]*(1+1e-15)
				w.eta[j] = next
			}
		}
		if !moved {
			break
		}
	}
	return s.recipeResidual(w, weight)
}

// recipeCertify rebuilds all flows and measures (E5) from them.
func (s *Solver) recipeCertify(w *program, sol *SettingSolution) {
	t, n, c := s.op.Table, s.op.n, &sol.Certificate
	scale, least := largestOf(w.bound), 1.0
	s.recipeResidual(w, 0)
	for j, x := range t.OutputMUSD {
		if x == 0 {
			continue
		}
		if w.capped[j] {
			w.eta[j] = w.bound[j]
			if w.bound[j] > 0 {
				sol.ActiveBounds++
			}
		}
	}
	s.recipeResidual(w, 0)
	for j, x := range t.OutputMUSD {
		if x == 0 {
			continue
		}
		over := w.eta[j] - w.bound[j]
		c.Balance = max(c.Balance, math.Abs(w.row[j])/x/scale)
		c.Bound = max(c.Bound, -over/scale)
		c.Optimality = max(c.Optimality, math.Abs(math.Min(math.Max(0, over), w.col[j]/x))/scale)
		if t.FinalDemandMUSD[j] > 0 {
			least = min(least, math.Max(0, 1-w.gamma[j]/s.op.Lambda))
		}
		for k, z := range t.Z[j*n : (j+1)*n] {
			if z > 0 {
				least = min(least, 1-math.Min(w.eta[k], w.gamma[j]))
			}
		}
	}
	sol.SmallestFlow = least
}

func largestOf(v []float64) (m float64) {
	for _, q := range v {
		m = math.Max(m, q)
	}
	return m
}
