package shortage

import (
	"fmt"
	"sort"
)

// Path is r -> r_a and r -> sigma_j under one rule, linear between the rows.
// It is read-only after Trace and safe for concurrent use.
type Path struct {
	Rule       Rule
	Uses       int       // m
	Industries int       // n
	R          []float64 // cuts r at the breakpoints, from 0 to 1, rising
	Cut        []float64 // r_a, len(R) x m
	LossShares []float64 // sigma_j, len(R) x n
}

// Trace finds the path of a rule. Errors wrap ErrUses, ErrRule or ErrPath.
func Trace(u *Uses, rule Rule) (*Path, error) {
	if int(rule) >= len(ruleNames) {
		return nil, fmt.Errorf("%w: %v", ErrRule, rule)
	}
	if err := u.Validate(rule); err != nil {
		return nil, err
	}
	p := &Path{Rule: rule, Uses: len(u.UseShare), Industries: u.Industries}
	p.add(0, make([]float64, p.Uses))
	switch rule {
	case LeastDeviation:
		if err := traceLeastDeviation(u, p); err != nil {
			return nil, err
		}
	case LeastCost:
		traceLeastCost(u, p)
	default:
		p.addEnd(u)
	}
	p.LossShares = make([]float64, len(p.R)*p.Industries)
	for i := range p.R {
		u.losses(p.LossShares[i*p.Industries:(i+1)*p.Industries], p.Cut[i*p.Uses:(i+1)*p.Uses])
	}
	return p, nil
}

func (p *Path) add(r float64, cut []float64) {
	p.R = append(p.R, r)
	p.Cut = append(p.Cut, cut...)
}

// addEnd adds r = 1, where every use that has tonnage has lost it.
func (p *Path) addEnd(u *Uses) {
	p.R = append(p.R, 1)
	for _, w := range u.UseShare {
		if w > 0 {
			p.Cut = append(p.Cut, 1)
		} else {
			p.Cut = append(p.Cut, 0)
		}
	}
}

// Segment is the index i with R[i] <= r <= R[i+1]; r outside [0, 1] gives the
// first or the last.
func (p *Path) Segment(r float64) int {
	low, high := 0, len(p.R)-1
	for high-low > 1 {
		if mid := (low + high) / 2; p.R[mid] <= r {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// Cuts writes r_a at the cut r into dst, length m. r < 0 (a falling price) cuts
// nothing, r > 1 is read as 1; NaN or a wrong length return ErrCut. It does not
// allocate.
func (p *Path) Cuts(dst []float64, r float64) error {
	return p.interpolate(dst, p.Cut, p.Uses, r)
}

// Losses writes sigma_j at the cut r into dst, length n; otherwise as Cuts.
func (p *Path) Losses(dst []float64, r float64) error {
	return p.interpolate(dst, p.LossShares, p.Industries, r)
}

func (p *Path) interpolate(dst, rows []float64, width int, r float64) error {
	if r != r || len(dst) != width {
		return ErrCut
	}
	r = min(max(r, 0), 1)
	i := p.Segment(r)
	t := (r - p.R[i]) / (p.R[i+1] - p.R[i])
	from, to := rows[i*width:(i+1)*width], rows[(i+1)*width:(i+2)*width]
	for k := range dst {
		// This form gives both ends exactly and stays between them.
		if t < 0.5 {
			dst[k] = from[k] + t*(to[k]-from[k])
		} else {
			dst[k] = to[k] - (1-t)*(to[k]-from[k])
		}
	}
	return nil
}

// costTolerance is the relative difference of costs per tonne that is a tie.
const costTolerance = 1e-12

// traceLeastCost fills uses in order of value added lost per share of use;
// equal ones in proportion, so that splitting a use changes nothing.
func traceLeastCost(u *Uses, p *Path) {
	m := p.Uses
	cost := make([]float64, m)
	var order []int
	for a, w := range u.UseShare {
		if w == 0 {
			continue
		}
		for j, x := range u.OutputMUSD {
			cost[a] += u.ValueAddedShare[j] * x * u.Dependence[j*m+a]
		}
		cost[a] /= w
		order = append(order, a)
	}
	sort.SliceStable(order, func(i, k int) bool { return cost[order[i]] < cost[order[k]] })

	cut, r := make([]float64, m), 0.0
	for len(order) > 0 {
		first := cost[order[0]]
		n := 0
		for n < len(order) && cost[order[n]]-first <= costTolerance*max(first, -first) {
			cut[order[n]] = 1
			r += u.UseShare[order[n]]
			n++
		}
		if order = order[n:]; len(order) > 0 && r < 1 && r > p.R[len(p.R)-1] {
			p.add(r, cut)
		}
	}
	p.addEnd(u)
}
