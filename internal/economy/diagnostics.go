package economy

import (
	"fmt"
	"math"
)

// Diagnostics tells how far an answer of (E1) can be trusted.
type Diagnostics struct {
	// SmallestFlow is the smallest flow over its base: the least of 1 + alpha_i + beta_j
	// where z_ij > 0 and 1 + alpha_i/lambda where f_i > 0. Below 0 the answer is
	// outside the linear range, by that much; nothing is clamped.
	SmallestFlow float64
	ActiveBounds int
	// WouldRise counts the outputs that would rise if hit industries alone had bounds.
	WouldRise       int
	LargestRiseMUSD float64
	LargestRise     int // the industry, -1 where none
}

// OutsideLinearRange tells whether a flow would have to be negative.
func (d Diagnostics) OutsideLinearRange() bool { return d.SmallestFlow < 0 }

// Diagnose examines the answer at a prepared cut with the workspace of s.
// It does not allocate. Errors: those of Prepare, ErrNotPrepared.
func (r *Response) Diagnose(s *Solver, cut float64) (Diagnostics, error) {
	d := Diagnostics{SmallestFlow: 1, LargestRise: -1}
	if s.op != r.op {
		return d, fmt.Errorf("diagnostics: %w: solver of another operator", ErrInvalid)
	}
	if cut == 0 {
		return d, nil
	}
	g, t, p, err := r.at(cut)
	if err != nil || p == nil {
		return d, err
	}
	d.ActiveBounds = len(p.active)
	d.SmallestFlow = r.flowAt(s, g, p, cut)

	// The first step of the walk: bounds of the hit industries only.
	r.bounds(s.ub, g, t)
	if _, err := s.walk(nil, r.isHit); err != nil {
		return d, fmt.Errorf("diagnostics at a cut of %g: %w", cut, err)
	}
	for i, dx := range s.dx {
		if r.isHit[i] || !r.op.Table.Live[i] || dx <= addTolerance*blend(g.scale[0], g.scale[1], t) {
			continue
		}
		d.WouldRise++
		if dx > d.LargestRiseMUSD {
			d.LargestRiseMUSD, d.LargestRise = dx, i
		}
	}
	return d, nil
}

// BeyondLinearRange returns by how much the smallest flow at a prepared cut falls below
// 0, as a share of its base; 0 within the linear range. The smallest flow is concave
// in r, so a piece that is within range at both ends is so throughout and needs no
// second look. It does not allocate. Errors: ErrBeyondPath, ErrNotPrepared, ErrInvalid.
func (r *Response) BeyondLinearRange(s *Solver, cut float64) (float64, error) {
	if s.op != r.op {
		return 0, fmt.Errorf("linear range: %w: solver of another operator", ErrInvalid)
	}
	if cut == 0 {
		return 0, nil
	}
	g, _, p, err := r.at(cut)
	if err != nil || p == nil || min(p.smallestFlow[0], p.smallestFlow[1]) >= 0 {
		return 0, err
	}
	return math.Max(0, -r.flowAt(s, g, p, cut)), nil
}

// flowAt returns the smallest flow of a piece at a cut.
func (r *Response) flowAt(s *Solver, g *segment, p *piece, cut float64) float64 {
	t := g.position(cut)
	for m, i := range p.active {
		s.mu[i] = blend(p.price[0][m], p.price[1][m], t)
	}
	return s.smallestFlow(p.active)
}

// SmallestFlow returns the smallest flow over its base for a solution of this solver.
// It does not allocate.
func (s *Solver) SmallestFlow(sol Solution) float64 {
	copy(s.mu, sol.BoundPrice)
	return s.smallestFlow(sol.Active)
}

// smallestFlow scans the flows for the prices s.mu of the active bounds. Rows that
// cannot hold a smaller one, whatever the buyer, are passed over.
func (s *Solver) smallestFlow(active []int) float64 {
	op, table := s.op, s.op.Table
	op.prices(s.alpha, s.beta, active, s.mu)
	least, leastBeta := math.Inf(1), math.Inf(1)
	for i, f := range table.FinalDemandMUSD {
		leastBeta = math.Min(leastBeta, s.beta[i])
		if f > 0 {
			least = math.Min(least, 1+s.alpha[i]/op.Lambda)
		}
	}
	for i, alpha := range s.alpha {
		if 1+alpha+leastBeta >= least {
			continue
		}
		for j, z := range table.Z[i*op.n : (i+1)*op.n] {
			if flow := 1 + alpha + s.beta[j]; z > 0 && flow < least {
				least = flow
			}
		}
	}
	return least
}
