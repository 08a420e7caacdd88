package economy

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

const (
	leontiefSteps     = 200
	leontiefTolerance = 1e-13 // of the largest bound
	leontiefRidge     = 1e-13 // of the diagonal: prices of dependent bounds are not unique
)

// leontiefInverse makes (I - A)^-1, A = z_ij/x_j. Errors: ErrInvalid.
func (t *Table) leontiefInverse() ([]float64, error) {
	n := len(t.Codes)
	m, inverse := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil)
	for i := range n {
		for j, x := range t.OutputMUSD {
			if x > 0 {
				m.Set(i, j, -t.Z[i*n+j]/x)
			}
		}
		m.Set(i, i, 1+m.At(i, i))
	}
	if err := inverse.Inverse(m); err != nil {
		return nil, fmt.Errorf("inverse of I - A: %w: %w", ErrInvalid, err)
	}
	// Output follows from final use where no part of the economy lives off itself.
	l, off, total := inverse.RawMatrix().Data, 0.0, 0.0
	for i, x := range t.OutputMUSD {
		sum := 0.0
		for j, f := range t.FinalDemandMUSD {
			if l[i*n+j] < 0 {
				if l[i*n+j] < -1e-10 {
					return nil, fmt.Errorf("inverse of I - A: %w: entry (%d,%d) is %g", ErrInvalid, i, j, l[i*n+j])
				}
				l[i*n+j] = 0 // by rounding
			}
			sum += l[i*n+j] * f
		}
		off, total = math.Max(off, math.Abs(sum-x)), total+x
	}
	if !(off <= 1e-10*total) {
		return nil, fmt.Errorf("inverse of I - A: %w: outputs off by %g million USD", ErrInaccurate, off)
	}
	return l, nil
}

// leontief solves (E4) in the losses omega_i = 1 - f_i/f0_i. Final use never rises, so
// that bounds of industries that are not hit do not act, and the dual has one price M_j
// >= 0 by hit industry j (in the objective by share of output, P_ji = L_ji/x_j):
//
//	omega_i = min(1, SUM_j P_ji M_j / 2),  SUM_i P_ji f_i omega_i >= b_j,  M_j (. - b_j) = 0
//
// It is concave and piecewise quadratic: projected Newton steps with a line search.
func (s *Solver) leontief(w *program, sol *SettingSolution, stake []float64) error {
	t, n := s.op.Table, s.op.n
	inverse, err := t.inverse()
	if err != nil {
		return err
	}
	w.hit = w.hit[:0]
	for j, b := range w.bound {
		if b > 0 && b < 1 {
			w.hit = append(w.hit, j)
		}
	}
	for p, j := range w.hit {
		row := w.left[p*n : (p+1)*n]
		for i, l := range inverse[j*n : (j+1)*n] {
			row[i] = l / t.OutputMUSD[j]
		}
	}
	scale := largestOf(w.bound)
	price, next, gain, direction := w.gamma, w.gamma0, w.row, w.dGamma
	clear(price)
	value := s.leontiefDual(w, price)
	off := s.leontiefHessian(w, price, scale)
	for step := 1; ; step++ {
		if off <= leontiefTolerance*scale {
			sol.Iterations = step
			break
		}
		if step == leontiefSteps {
			return fmt.Errorf("off by %g of %g: %w", off, scale, ErrNoConvergence)
		}
		w.factor.order = w.factor.order[:0]
		if err := w.factor.set(w.square, w.index); err != nil {
			return err
		}
		for p := range w.hit {
			direction[p] = gain[p] / w.pull[p]
		}
		w.factor.solve(direction, gain)
		copy(w.rowAt, gain)
		moved := false
		for length := 1.0; length > 1e-15 && !moved; length /= 2 {
			slope := 0.0
			for p := range w.hit {
				next[p] = math.Max(0, price[p]+length*direction[p])
				slope += w.rowAt[p] * (next[p] - price[p])
			}
			at := s.leontiefDual(w, next)
			left := s.leontiefHessian(w, next, scale)
			// Near the end the value is flat to rounding, and the violation decides.
			if moved = slope > 0 && at >= value+1e-4*slope || left < off/2 && at >= value*(1-1e-12); moved {
				price, next, value, off = next, price, at, left
			}
		}
		if !moved {
			return fmt.Errorf("off by %g of %g: %w", off, scale, ErrNoConvergence)
		}
	}

	// Output from final use; then what is active takes its bound exactly.
	least := 1.0
	for i, f := range t.FinalDemandMUSD {
		w.slack[i] = f * w.eta[i]
		if f > 0 {
			least = min(least, 1-w.eta[i])
		}
	}
	sol.SmallestFlow = least
	for j := range n {
		lost := 0.0
		for i, l := range inverse[j*n : (j+1)*n] {
			lost += l * w.slack[i]
		}
		if lost > 0 {
			w.change[j] = -lost
			if x := t.OutputMUSD[j]; lost > x || w.bound[j] >= 1 {
				w.change[j] = -x
			}
		}
	}
	c := &sol.Certificate
	for p, j := range w.hit {
		lost := -w.change[j] / t.OutputMUSD[j]
		c.Bound = max(c.Bound, (w.bound[j]-lost)/scale)
		if price[p] > 0 {
			w.change[j] = -w.sigma[j] * stake[j]
			sol.ActiveBounds++
		}
	}
	c.Optimality = off / scale
	// Sales against output, with fixed recipes.
	for i, x := range t.OutputMUSD {
		if x <= 0 {
			continue
		}
		sold := w.slack[i]
		for j, z := range t.Z[i*n : (i+1)*n] {
			if z > 0 {
				sold -= z * w.change[j] / t.OutputMUSD[j]
			}
		}
		c.Balance = max(c.Balance, math.Abs(sold+w.change[i])/x/scale)
	}
	return nil
}

// leontiefDual returns the value of the dual at the prices (by position in w.hit) and
// writes omega (w.eta) and the gain by price (w.row): what the bound lacks.
func (s *Solver) leontiefDual(w *program, price []float64) (value float64) {
	n := s.op.n
	clear(w.eta)
	for p, m := range price[:len(w.hit)] {
		if m > 0 {
			blasImpl.Daxpy(n, m/2, w.left[p*n:(p+1)*n], 1, w.eta, 1)
		}
		value += m * w.bound[w.hit[p]]
	}
	for i, f := range s.op.Table.FinalDemandMUSD {
		cost := w.eta[i] * w.eta[i]
		w.col[i] = f // that still gives way
		switch {
		case w.bound[i] >= 1: // nothing is made
			cost, w.eta[i], w.col[i] = 0, 1, 0
			for p, m := range price[:len(w.hit)] {
				value -= m * w.left[p*n+i] * f
			}
		case w.eta[i] >= 1:
			cost, w.eta[i], w.col[i] = 2*w.eta[i]-1, 1, 0
		}
		value -= f * cost
		w.slack[i] = f * w.eta[i]
	}
	for p, j := range w.hit {
		w.row[p] = w.bound[j] - blasImpl.Ddot(n, w.left[p*n:(p+1)*n], 1, w.slack, 1)
	}
	return value
}

// leontiefHessian writes which prices may move (w.index) and minus the second
// derivative among them, and returns the largest violation as a share of output.
func (s *Solver) leontiefHessian(w *program, price []float64, scale float64) (off float64) {
	n := s.op.n
	diagonal := func(p int) (free, all float64) {
		for i, l := range w.left[p*n : (p+1)*n] {
			free += l * l * w.col[i] / 2
			all += l * l * s.op.Table.FinalDemandMUSD[i] / 2
		}
		return free, all
	}
	w.index = w.index[:0]
	for p := range w.hit {
		_, all := diagonal(p)
		w.pull[p] = all
		off = max(off, math.Abs(math.Min(price[p]*all, -w.row[p])))
	}
	// A price near 0 that wants to fall does so along its gradient, lest it bend the
	// step of the others.
	near := min(off, 1e-3*scale)
	for p := range w.hit {
		if w.row[p] > 0 || price[p]*w.pull[p] > near {
			w.index = append(w.index, p)
		}
	}
	for a, p := range w.index {
		for i, l := range w.left[p*n : (p+1)*n] {
			w.dEta[i] = l * w.col[i] / 2
		}
		for _, q := range w.index[:a+1] {
			w.square[p*n+q] = blasImpl.Ddot(n, w.dEta, 1, w.left[q*n:(q+1)*n], 1)
		}
		w.square[p*n+p] = w.square[p*n+p]*(1+pivotRidge) + leontiefRidge*w.pull[p]
	}
	return off
}
