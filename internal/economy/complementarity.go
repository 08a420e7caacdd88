package economy

import (
	"fmt"
	"math"
	"slices"
)

// Tolerances of the walk, in output (million USD) relative to the largest |bound|.
// A price mu_i moves output i by mu_i G_ii at most, so that an industry dropped at
// dropTolerance does not come back at addTolerance.
const (
	addTolerance  = 1e-12
	dropTolerance = 1e-14
	residualLimit = 1e-9  // of the largest |bound|: G mu against the active bounds
	pivotLimit    = 1e-12 // of G_ii: below it a bound depends on the others
	blockSteps    = 50    // changes of whole sets, then one change a step
	singleSteps   = 20    // per industry
)

// Solver solves (E2). It owns its workspace: one per goroutine.
type Solver struct {
	op     *Operator
	blocks int // steps that may change whole sets

	factor cholesky
	active []bool
	next   []int
	ub     []float64
	mu     []float64
	dx     []float64
	alpha  []float64
	beta   []float64
	off    float64 // largest |G mu - bound| of the last checked answer, million USD

	program *program // workspace of SolveSetting, made when first needed
}

// Solution of (E2). Its slices belong to the solver and last until its next call.
type Solution struct {
	OutputChangeMUSD []float64 // dx, length n; exactly the bound where that is active
	BoundPrice       []float64 // mu, length n, 0 where the bound is not active
	Active           []int     // ascending
	Steps            int       // factorisations of the walk
}

// NewSolver makes a solver with its workspace.
func (op *Operator) NewSolver() *Solver {
	n := op.n
	v := func() []float64 { return make([]float64, n) }
	return &Solver{
		op: op, blocks: blockSteps, factor: newCholesky(n),
		active: make([]bool, n), next: make([]int, 0, n), ub: v(), mu: v(), dx: v(), alpha: v(), beta: v(),
	}
}

// Solve solves (E2) for upper bounds ub of the output changes in million USD
// (length n: below 0 for hit industries, else 0 or the idle part of output),
// starting from the bounds in start, or from the hit industries where it is nil.
// The answer is computed from the final active set alone: equal sets, equal bits.
// It does not allocate.
// Errors: ErrInvalid, ErrNoConvergence, ErrDependentBounds, ErrInaccurate.
func (s *Solver) Solve(ub []float64, start []int) (Solution, error) {
	if err := vector("bound of output change", ub, s.op.n, true); err != nil {
		return Solution{}, fmt.Errorf("response: %w", err)
	}
	for _, i := range start {
		if i < 0 || i >= s.op.n {
			return Solution{}, fmt.Errorf("response: %w: start names industry %d of %d", ErrInvalid, i, s.op.n)
		}
	}
	copy(s.ub, ub)
	steps, err := s.walk(start, nil)
	if err != nil {
		return Solution{}, fmt.Errorf("response: %w", err)
	}
	if err := s.settle(); err != nil {
		return Solution{}, fmt.Errorf("response: %w", err)
	}
	if err := s.at(s.dx, s.ub); err != nil {
		return Solution{}, fmt.Errorf("response: %w", err)
	}
	return Solution{OutputChangeMUSD: s.dx, BoundPrice: s.mu, Active: s.factor.order, Steps: steps}, nil
}

// walk finds the active set of the bounds s.ub and leaves it in the factor: drop
// bounds with a positive price, add bounds that are passed, until there are none.
// Changes of whole sets settle in a few steps; should they cycle, changing only the
// least index ends in exact arithmetic (Murty), as G is positive definite where bounds act.
// Bounds outside among, and those of industries that are not live, do not act.
func (s *Solver) walk(start []int, among []bool) (steps int, err error) {
	n, scale := s.op.n, 0.0
	may := func(i int) bool { return s.op.Table.Live[i] && (among == nil || among[i]) }
	for i, b := range s.ub {
		scale = math.Max(scale, math.Abs(b))
		s.active[i] = start == nil && b < 0 && may(i)
	}
	for _, i := range start {
		s.active[i] = may(i)
	}
	s.next = s.next[:0]
	for i, on := range s.active {
		if on {
			s.next = append(s.next, i)
		}
	}
	add, drop := addTolerance*scale, dropTolerance*scale
	for steps = 1; steps <= s.blocks+singleSteps*n; steps++ {
		if err := s.factor.set(s.op.g, s.next); err != nil {
			return steps, err
		}
		s.respond(s.dx, s.ub)
		changes := 0
		for i, b := range s.ub {
			var change bool
			if s.active[i] {
				change = s.mu[i]*s.op.At(i, i) > -drop
			} else {
				change = s.dx[i] > b+add && may(i)
			}
			if change && (changes == 0 || steps <= s.blocks) {
				s.active[i] = !s.active[i]
				changes++
			}
		}
		if changes == 0 {
			return steps, nil
		}
		// Those that stay come first, in their order: the factor keeps their rows.
		s.next = s.next[:0]
		for _, i := range s.factor.order {
			if s.active[i] {
				s.next = append(s.next, i)
				s.active[i] = false
			}
		}
		for i, on := range s.active {
			if on {
				s.next = append(s.next, i)
			}
		}
		for _, i := range s.next {
			s.active[i] = true
		}
	}
	return steps, fmt.Errorf("active set after %d steps: %w", steps-1, ErrNoConvergence)
}

// settle brings the active set into ascending order, so that what follows does not
// depend on the way it was found.
func (s *Solver) settle() error {
	s.next = append(s.next[:0], s.factor.order...)
	slices.Sort(s.next)
	return s.factor.set(s.op.g, s.next)
}

// respond solves for the prices of the active bounds and writes dx = G mu.
func (s *Solver) respond(dx, ub []float64) {
	clear(s.mu)
	s.factor.solve(s.mu, ub)
	clear(dx)
	for _, i := range s.factor.order {
		blasImpl.Daxpy(s.op.n, s.mu[i], s.op.row(i), 1, dx, 1)
	}
}

// at is respond, checked; active outputs take their bound exactly.
func (s *Solver) at(dx, ub []float64) error {
	s.respond(dx, ub)
	scale, off := 0.0, 0.0
	for _, i := range s.factor.order {
		scale, off = math.Max(scale, math.Abs(ub[i])), math.Max(off, math.Abs(dx[i]-ub[i]))
		dx[i] = ub[i]
	}
	s.off = off
	if !(off <= residualLimit*scale) {
		return fmt.Errorf("%w: outputs off their bounds by %g of %g million USD", ErrInaccurate, off, scale)
	}
	return nil
}
