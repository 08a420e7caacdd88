package economy

import (
	"fmt"
	"math"
	"sort"
)

// hitShare is the loss share above which an industry counts as hit (J in (E3)).
const hitShare = 1e-12

// LossPath is how the loss shares sigma of one commodity follow the cut r of its
// use: linear between the breakpoints R.
type LossPath struct {
	R          []float64 // ascending from 0, at most 1; repeats are allowed
	Industries []int     // the industries that may be hit, each once
	LossShare  []float64 // len(R) x len(Industries) row-major, within [0, 1]; 0 at R[0]
	// OutputMUSD is the output at stake by hit industry: x_j less the mineral's own output.
	OutputMUSD []float64
}

func (p *LossPath) validate(n int) error {
	m := len(p.Industries)
	if len(p.R) == 0 || p.R[0] != 0 {
		return fmt.Errorf("%w: loss path does not start at a cut of 0", ErrInvalid)
	}
	for k, r := range p.R {
		if !(r >= 0 && r <= 1) || k > 0 && r < p.R[k-1] {
			return fmt.Errorf("%w: breakpoint %d of the loss path (%g) is not ascending within [0, 1]", ErrInvalid, k, r)
		}
	}
	seen := make([]bool, n)
	for _, j := range p.Industries {
		if j < 0 || j >= n {
			return fmt.Errorf("%w: loss path names industry %d of %d", ErrInvalid, j, n)
		}
		if seen[j] {
			return fmt.Errorf("%w: loss path names industry %d twice", ErrInvalid, j)
		}
		seen[j] = true
	}
	if err := vector("output at stake", p.OutputMUSD, m, false); err != nil {
		return err
	}
	if err := vector("loss share", p.LossShare, m*len(p.R), false); err != nil {
		return err
	}
	for k, v := range p.LossShare {
		if v > 1+hitShare || k < m && v != 0 {
			return fmt.Errorf("%w: loss share %g of industry %d at breakpoint %d", ErrInvalid, v, p.Industries[k%m], k/m)
		}
	}
	return nil
}

// segment is the stretch (from, to] between two breakpoints; ends are indexed 0 and 1.
type segment struct {
	from, to float64
	share    [2][]float64 // sigma by hit industry
	bound    [2][]float64 // ub by hit industry, million USD; lost where nothing is idle
	scale    [2]float64   // largest |ub| over all industries
	lost     [2][]float64 // -sigma x by hit industry, million USD: dx of the setting none
	// Positions of hit industries by whether they count as hit at both ends, one, none.
	always, sometimes, never []int
}

// segments cuts the path, leaving out stretches of no length. idle is u (nil for 0).
func (p *LossPath) segments(output, idle []float64) []segment {
	m := len(p.Industries)
	rest := 0.0 // largest bound of industries that are not hit
	hit := make([]bool, len(output))
	for _, j := range p.Industries {
		hit[j] = true
	}
	for i, u := range idle {
		if !hit[i] {
			rest = math.Max(rest, u*output[i])
		}
	}
	set := func(s *segment, e, k int) {
		share, bound, lost, scale := make([]float64, m), make([]float64, m), make([]float64, m), rest
		for h, j := range p.Industries {
			u := 0.0
			if idle != nil {
				u = idle[j]
			}
			share[h] = math.Min(p.LossShare[k*m+h], 1) // beyond 1 by rounding only
			lost[h] = -share[h] * p.OutputMUSD[h]
			bound[h] = (u - (1+u)*share[h]) * p.OutputMUSD[h]
			scale = math.Max(scale, math.Abs(bound[h]))
		}
		s.share[e], s.bound[e], s.lost[e], s.scale[e] = share, bound, lost, scale
	}
	var out []segment
	for k := 1; k < len(p.R); k++ {
		if p.R[k] == p.R[k-1] {
			continue
		}
		s := segment{from: p.R[k-1], to: p.R[k]}
		set(&s, 0, k-1)
		set(&s, 1, k)
		for h := range m {
			switch a, b := s.share[0][h] > hitShare, s.share[1][h] > hitShare; {
			case a && b:
				s.always = append(s.always, h)
			case a || b:
				s.sometimes = append(s.sometimes, h)
			default:
				s.never = append(s.never, h)
			}
		}
		out = append(out, s)
	}
	return out
}

// position is the place of a cut within a segment, 0 at from and 1 at to. It is
// exact where the segment starts at 0, so that tiny cuts keep their digits.
func (s *segment) position(cut float64) float64 { return (cut - s.from) / (s.to - s.from) }

// blend is linear between a and b, exact at both ends.
func blend(a, b, t float64) float64 { return (1-t)*a + t*b }

// find returns the segment that holds a cut: from < cut <= to.
func find(segments []segment, cut float64) (int, error) {
	k := sort.Search(len(segments), func(k int) bool { return cut <= segments[k].to })
	if k == len(segments) || !(cut > 0) {
		return 0, fmt.Errorf("cut %g: %w", cut, ErrBeyondPath)
	}
	return k, nil
}
