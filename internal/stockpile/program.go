package stockpile

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// MaxStates bounds levels times regimes of a Program: the linear system of its
// values is dense.
const MaxStates = 1000

// Program is a stationary program (S2).
type Program struct {
	Levels     int         // number of levels of the stock
	Transition [][]float64 // P_ij, chance that regime j follows i; rows sum to 1
	Discount   float64     // beta of a period, 0 < beta < 1
	// Cost is that of a period that starts at a level in a regime and ends at the
	// level next; ok is false where that cannot be.
	Cost func(level, regime, next int) (cost float64, ok bool)
}

// Policy is the solution of a Program.
type Policy struct {
	Next       [][]int     // level chosen, by level and regime
	Value      [][]float64 // V, by level and regime
	Iterations int
}

func (p *Program) validate() error {
	n := len(p.Transition)
	if p.Levels < 1 || n < 1 || p.Levels > MaxStates/n {
		return fmt.Errorf("%w: %d levels and %d regimes, expected at least one of each and at most %d states", ErrProgram, p.Levels, n, MaxStates)
	}
	if !(p.Discount > 0 && p.Discount < 1) {
		return fmt.Errorf("%w: discount factor %v, expected above 0 and below 1", ErrProgram, p.Discount)
	}
	for i, row := range p.Transition {
		sum := 0.0
		for _, x := range row {
			if !(x >= 0 && x <= 1) {
				return fmt.Errorf("%w: chance %v after regime %d, expected 0 to 1", ErrProgram, x, i)
			}
			sum += x
		}
		if len(row) != n || math.Abs(sum-1) > 1e-9 {
			return fmt.Errorf("%w: %d chances after regime %d with sum %v, expected %d with sum 1", ErrProgram, len(row), i, sum, n)
		}
	}
	return nil
}

// Solve finds the policy of least discounted cost. Of two levels that cost the same
// it takes the lower. Errors: ErrProgram (shapes, chances, a cost that is not finite),
// ErrNoPolicy, ErrUnsettled.
func (p *Program) Solve() (*Policy, error) {
	if err := p.validate(); err != nil {
		return nil, err
	}
	regimes := len(p.Transition)
	states := p.Levels * regimes
	cost := make([]float64, states*p.Levels) // by state and next level; +Inf where it cannot be
	choice := make([]int, states)
	for s := range p.Levels {
		for i := range regimes {
			x := s*regimes + i
			choice[x] = -1
			for next := range p.Levels {
				c, ok := p.Cost(s, i, next)
				if !ok {
					c = math.Inf(1)
				} else if math.IsNaN(c) || math.IsInf(c, 0) {
					return nil, fmt.Errorf("%w: the cost from level %d to %d in regime %d is not finite", ErrProgram, s, next, i)
				}
				cost[x*p.Levels+next] = c
				if ok && (choice[x] < 0 || c < cost[x*p.Levels+choice[x]]) {
					choice[x] = next
				}
			}
			if choice[x] < 0 {
				return nil, fmt.Errorf("%w: level %d, regime %d", ErrNoPolicy, s, i)
			}
		}
	}
	value := mat.NewVecDense(states, nil)
	for iteration := 1; iteration <= 1000; iteration++ {
		if err := p.evaluate(value, choice, cost); err != nil {
			return nil, err
		}
		if !p.improve(choice, value, cost) {
			out := &Policy{Next: make([][]int, p.Levels), Value: make([][]float64, p.Levels), Iterations: iteration}
			for s := range p.Levels {
				out.Next[s] = choice[s*regimes : (s+1)*regimes : (s+1)*regimes]
				out.Value[s] = value.RawVector().Data[s*regimes : (s+1)*regimes : (s+1)*regimes]
			}
			return out, nil
		}
	}
	return nil, ErrUnsettled
}

// evaluate solves V = cost + beta P V for the policy at hand.
func (p *Program) evaluate(value *mat.VecDense, choice []int, cost []float64) error {
	regimes := len(p.Transition)
	states := len(choice)
	a := mat.NewDense(states, states, nil)
	b := mat.NewVecDense(states, nil)
	for x, next := range choice {
		a.Set(x, x, 1)
		for j, chance := range p.Transition[x%regimes] {
			y := next*regimes + j
			a.Set(x, y, a.At(x, y)-p.Discount*chance)
		}
		b.SetVec(x, cost[x*p.Levels+next])
	}
	var lu mat.LU
	lu.Factorize(a)
	if err := lu.SolveVecTo(value, false, b); err != nil {
		return fmt.Errorf("values of a policy: %w", err)
	}
	return nil
}

// improve takes in every state the level that is best against the values, and tells
// whether any changed. A change must gain more than rounding, or ties would go round.
func (p *Program) improve(choice []int, value *mat.VecDense, cost []float64) bool {
	regimes := len(p.Transition)
	ahead := make([]float64, p.Levels*regimes) // expected value after a level is chosen in a regime
	for next := range p.Levels {
		for i, row := range p.Transition {
			for j, chance := range row {
				ahead[next*regimes+i] += p.Discount * chance * value.AtVec(next*regimes+j)
			}
		}
	}
	changed := false
	for x := range choice {
		at := func(next int) float64 { return cost[x*p.Levels+next] + ahead[next*regimes+x%regimes] }
		best := at(choice[x])
		tolerance := 1e-10 * (1 + math.Abs(best))
		for next := range p.Levels {
			if v := at(next); v < best-tolerance {
				choice[x], best, changed = next, v, true
			}
		}
	}
	return changed
}
