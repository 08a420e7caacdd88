package economy

import "fmt"

// Gradient writes d(value added lost)/d(ub_i) for a set of active bounds, 0 for
// all others (length n, shares): the adjoint of (E2), valid as long as the set is
// the answer's. It does not allocate. Errors: ErrInvalid, ErrDependentBounds.
func (s *Solver) Gradient(dst []float64, active []int) error {
	if err := vector("gradient", dst, s.op.n, true); err != nil {
		return err
	}
	clear(dst)
	if err := s.factor.set(s.op.g, active); err != nil {
		return err
	}
	s.factor.solve(s.mu, s.op.valueOfG)
	for _, i := range active {
		dst[i] = -s.mu[i]
	}
	return nil
}

// GradientBeyond is d(value added lost)/d(ub_j) of a bound that is not active yet,
// once it binds: what pushing output j below its answer costs while the active
// bounds hold. gradient is that of Gradient for the same active set, the last
// that this solver factorised. It does not allocate. Errors: ErrInvalid.
func (s *Solver) GradientBeyond(gradient []float64, active []int, j int) (float64, error) {
	if len(gradient) != s.op.n || j < 0 || j >= s.op.n {
		return 0, fmt.Errorf("gradient beyond: %w: industry %d", ErrInvalid, j)
	}
	row := s.op.row(j)
	s.factor.solve(s.dx, row) // G symmetric: column j of G[A, :]
	own, value := row[j], s.op.valueOfG[j]
	for _, i := range active {
		own -= row[i] * s.dx[i]
		value += row[i] * gradient[i]
	}
	if !(own > pivotLimit*row[j]) { // output j follows the bounds: nothing of its own is left
		return 0, nil
	}
	return -value / own, nil
}
