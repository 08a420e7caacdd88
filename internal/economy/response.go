package economy

import (
	"fmt"
	"slices"
	"sort"
)

// strictShare of the largest |bound| is how far every bound and price must be from
// changing sides for an active set to be beyond doubt: well above rounding, so that
// any way of finding the set finds this one.
const strictShare = 1e-11

// Response of the economy to the cut of one commodity. While Prepare runs it
// belongs to one goroutine; afterwards the look-ups may run at the same time.
type Response struct {
	op         *Operator
	downstream Downstream
	hit        []int  // industry by hit position
	isHit      []bool // by industry
	idle       []float64
	segments   []segment
	pieces     [][]piece // by segment, ascending and disjoint
}

// piece is one active set within one segment. Its ends are those of the segment: dx
// is linear in r for one set, so a piece does not depend on the cut it was found for.
type piece struct {
	low, high float64 // the cuts it answers; equal where the set was in doubt
	active    []int   // ascending
	price     [2][]float64
	change    [2][]float64 // dx, length n
	// Value added lost, by whether an industry counts as hit throughout the
	// segment or never; those that do on one side only are in neither.
	hitLoss, restLoss [2]float64
	adjoint           []float64  // d(value added)/d(ub) by active bound
	smallestFlow      [2]float64 // over its base, at low and high
}

// NewResponse makes a response without pieces. idle is the share of output that
// each industry can add within the year (length n), nil for 0.
// Errors: ErrInvalid, ErrUnknownSetting.
func (op *Operator) NewResponse(d Downstream, path LossPath, idle []float64) (*Response, error) {
	if d != Soft && d != None {
		if d.known() {
			return nil, fmt.Errorf("response: %w: %v has no pieces along the cut; SolveSetting solves it", ErrInvalid, d)
		}
		return nil, fmt.Errorf("response: %w %v", ErrUnknownSetting, d)
	}
	if err := path.validate(op.n); err != nil {
		return nil, fmt.Errorf("response: %w", err)
	}
	if idle != nil {
		if err := vector("idle share", idle, op.n, false); err != nil {
			return nil, fmt.Errorf("response: %w", err)
		}
	}
	r := &Response{
		op: op, downstream: d, hit: slices.Clone(path.Industries), isHit: make([]bool, op.n), idle: slices.Clone(idle),
		segments: path.segments(op.Table.OutputMUSD, idle),
	}
	r.pieces = make([][]piece, len(r.segments))
	for _, j := range r.hit {
		r.isHit[j] = true
	}
	return r, nil
}

// Prepare finds the pieces that hold the given cuts, with the workspace of s, which
// must come from the same operator. What a look-up returns does not depend, bit for
// bit, on the order of the cuts nor on which others were prepared.
// Errors: ErrInvalid, ErrBeyondPath and those of Solver.Solve.
func (r *Response) Prepare(s *Solver, cuts []float64) error {
	if s.op != r.op {
		return fmt.Errorf("preparing a response: %w: solver of another operator", ErrInvalid)
	}
	var warm []int
	for _, cut := range cuts {
		if cut == 0 {
			continue
		}
		k, err := find(r.segments, cut)
		if err != nil {
			return fmt.Errorf("preparing a response: %w", err)
		}
		if r.downstream == None || pieceAt(r.pieces[k], cut) != nil {
			continue
		}
		p, err := r.discover(s, k, cut, warm)
		if err != nil {
			return fmt.Errorf("preparing a response at a cut of %g: %w", cut, err)
		}
		warm = p.active
		at := sort.Search(len(r.pieces[k]), func(i int) bool { return r.pieces[k][i].low > p.low })
		r.pieces[k] = slices.Insert(r.pieces[k], at, p)
	}
	return nil
}

// discover finds the active set at a cut, from a known set or else from the hit
// industries, and makes its piece. Where the set is in doubt (a bound or price at the
// edge), the way from the hit industries counts and the piece answers this cut only.
func (r *Response) discover(s *Solver, k int, cut float64, warm []int) (piece, error) {
	g := &r.segments[k]
	t := g.position(cut)
	if g.scale[0] == 0 {
		t = 1 // bounds grow from nothing in proportion: one set for the whole segment
	}
	try := func(start []int) (piece, error) {
		r.bounds(s.ub, g, t)
		if _, err := s.walk(start, nil); err != nil {
			return piece{}, err
		}
		return r.newPiece(s, g)
	}
	p, err := try(warm)
	if err != nil || !p.answers(cut) {
		if p, err = try(nil); err != nil {
			return piece{}, err
		}
		if !p.answers(cut) {
			p.low, p.high = cut, cut
		}
	}
	for e, at := range [2]float64{p.low, p.high} {
		p.smallestFlow[e] = r.flowAt(s, g, &p, at)
	}
	return p, nil
}

func (p *piece) answers(cut float64) bool { return p.low <= cut && cut <= p.high }

// bounds writes ub of all industries at position t of a segment.
func (r *Response) bounds(ub []float64, g *segment, t float64) {
	clear(ub)
	for i, u := range r.idle {
		ub[i] = u * r.op.Table.OutputMUSD[i]
	}
	for h, j := range r.hit {
		ub[j] = blend(g.bound[0][h], g.bound[1][h], t)
	}
}

// newPiece computes the piece of the active set in the solver's factor, and the cuts
// at which every bound and price keeps its side.
func (r *Response) newPiece(s *Solver, g *segment) (piece, error) {
	if err := s.settle(); err != nil {
		return piece{}, err
	}
	table, active := r.op.Table, slices.Clone(s.factor.order)
	p := piece{active: active, adjoint: make([]float64, len(active))}
	margin := [2][]float64{s.alpha, s.beta}
	for e := range 2 {
		r.bounds(s.ub, g, float64(e))
		dx, price := make([]float64, r.op.n), make([]float64, len(active))
		if err := s.at(dx, s.ub); err != nil {
			return piece{}, err
		}
		for i, ub := range s.ub {
			margin[e][i] = ub - dx[i] - strictShare*g.scale[e]
			if dx[i] == 0 && ub >= 0 {
				margin[e][i] = ub // exact: nothing it deals with moves
			}
			if !r.isHit[i] {
				p.restLoss[e] -= table.ValueAddedShare[i] * dx[i]
			}
		}
		for m, i := range active {
			price[m] = s.mu[i]
			margin[e][i] = -s.mu[i]*r.op.At(i, i) - strictShare*g.scale[e]
		}
		for _, h := range g.never {
			p.restLoss[e] -= table.ValueAddedShare[r.hit[h]] * dx[r.hit[h]]
		}
		for _, h := range g.always {
			p.hitLoss[e] -= table.ValueAddedShare[r.hit[h]] * dx[r.hit[h]]
		}
		p.change[e], p.price[e] = dx, price
	}
	low, high := 0.0, 1.0
	for i, a := range margin[0] {
		if !table.Live[i] {
			continue
		}
		switch b := margin[1][i]; {
		case a < 0 && b < 0:
			low, high = 1, 0
		case a < 0:
			low = max(low, a/(a-b))
		case b < 0:
			high = min(high, a/(a-b))
		}
	}
	p.low, p.high = blend(g.from, g.to, low), blend(g.from, g.to, high)
	s.factor.solve(s.mu, r.op.valueOfG)
	for m, i := range active {
		p.adjoint[m] = s.mu[i]
	}
	return p, nil
}

// pieceAt returns the piece of a segment that answers a cut, nil where none does.
func pieceAt(pieces []piece, cut float64) *piece {
	// Pieces are disjoint but for rounding, so that the first look is the answer.
	for k := sort.Search(len(pieces), func(k int) bool { return pieces[k].low > cut }) - 1; k >= 0; k-- {
		if pieces[k].answers(cut) {
			return &pieces[k]
		}
	}
	return nil
}

// at looks a cut above 0 up: its segment, the position there, and its piece (nil for None).
func (r *Response) at(cut float64) (*segment, float64, *piece, error) {
	k, err := find(r.segments, cut)
	if err != nil {
		return nil, 0, nil, err
	}
	g := &r.segments[k]
	if r.downstream == None {
		return g, g.position(cut), nil, nil
	}
	p := pieceAt(r.pieces[k], cut)
	if p == nil {
		return nil, 0, nil, fmt.Errorf("cut %g: %w", cut, ErrNotPrepared)
	}
	return g, g.position(cut), p, nil
}

// Totals returns the value added lost in a year by the hit industries (part (i) of
// (E3)) and by the rest of the economy (part (v)), in million USD, losses positive.
// It does not allocate. Errors: ErrBeyondPath, ErrNotPrepared.
func (r *Response) Totals(cut float64) (hitMUSD, restMUSD float64, err error) {
	if cut == 0 {
		return 0, 0, nil
	}
	g, t, p, err := r.at(cut)
	if err != nil {
		return 0, 0, err
	}
	va := r.op.Table.ValueAddedShare
	if p == nil {
		for h, j := range r.hit {
			if blend(g.share[0][h], g.share[1][h], t) > hitShare {
				hitMUSD -= va[j] * blend(g.lost[0][h], g.lost[1][h], t)
			}
		}
		return hitMUSD, 0, nil
	}
	hitMUSD, restMUSD = blend(p.hitLoss[0], p.hitLoss[1], t), blend(p.restLoss[0], p.restLoss[1], t)
	for _, h := range g.sometimes {
		j := r.hit[h]
		loss := -va[j] * blend(p.change[0][j], p.change[1][j], t)
		if blend(g.share[0][h], g.share[1][h], t) > hitShare {
			hitMUSD += loss
		} else {
			restMUSD += loss
		}
	}
	return hitMUSD, restMUSD, nil
}

// OutputChange writes dx of all industries in million USD a year (length n).
// It does not allocate. Errors: ErrInvalid, ErrBeyondPath, ErrNotPrepared.
func (r *Response) OutputChange(dst []float64, cut float64) error {
	return r.fill(dst, cut, func(g *segment, p *piece, t float64) {
		if p != nil {
			for i, a := range p.change[0] {
				dst[i] = blend(a, p.change[1][i], t)
			}
			return
		}
		for h, j := range r.hit {
			if blend(g.share[0][h], g.share[1][h], t) > hitShare {
				dst[j] = blend(g.lost[0][h], g.lost[1][h], t)
			}
		}
	})
}

// Gradient writes d(value added lost)/d(ub_i), 0 for bounds that are not active
// (length n, shares): the adjoint of (E2), valid within the piece of the cut.
// It does not allocate. Errors: ErrInvalid, ErrBeyondPath, ErrNotPrepared.
func (r *Response) Gradient(dst []float64, cut float64) error {
	return r.fill(dst, cut, func(g *segment, p *piece, t float64) {
		if p != nil {
			for m, i := range p.active {
				dst[i] = -p.adjoint[m]
			}
			return
		}
		for h, j := range r.hit {
			if blend(g.share[0][h], g.share[1][h], t) > hitShare {
				dst[j] = -r.op.Table.ValueAddedShare[j]
			}
		}
	})
}

func (r *Response) fill(dst []float64, cut float64, write func(*segment, *piece, float64)) error {
	if len(dst) != r.op.n {
		return fmt.Errorf("%w: result has length %d, want %d", ErrInvalid, len(dst), r.op.n)
	}
	clear(dst)
	if cut == 0 {
		return nil
	}
	g, t, p, err := r.at(cut)
	if err != nil {
		return err
	}
	write(g, p, t)
	return nil
}

// Pieces returns how many pieces were found.
func (r *Response) Pieces() int {
	n := 0
	for _, p := range r.pieces {
		n += len(p)
	}
	return n
}

// Hit appends to dst the industries that count as hit at a cut (J of (E3)), in the
// order of the path. Errors: ErrBeyondPath.
func (r *Response) Hit(dst []int, cut float64) ([]int, error) {
	if cut == 0 {
		return dst, nil
	}
	k, err := find(r.segments, cut)
	if err != nil {
		return dst, err
	}
	g := &r.segments[k]
	t := g.position(cut)
	for h, j := range r.hit {
		if blend(g.share[0][h], g.share[1][h], t) > hitShare {
			dst = append(dst, j)
		}
	}
	return dst, nil
}
