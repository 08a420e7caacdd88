package economy

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
