package shortage

import (
	"fmt"
	"math"
)

// place is where a use stands on the path.
type place uint8

const (
	atZero place = iota
	free
	atOne
)

// pivot walks the path of least-deviation. All arrays have one entry per kind of
// use, called use here.
type pivot struct {
	m      int
	weight []float64 // w
	matrix []float64 // Q, m x m
	place  []place
	tied   []bool // on a bound with a vanishing multiplier: may leave it

	cut   []float64 // r_a
	grad  []float64 // (Q r)_a
	level float64   // l

	move     []float64 // dr_a / dr
	gradMove []float64 // d(Q r)_a / dr
	levelUp  float64   // dl / dr

	// scratch of the directional program
	active []int
	trial  []float64
	factor []float64
}

// tieTolerance is the relative size below which a multiplier is rounding.
const tieTolerance = 1e-13

func traceLeastDeviation(u *Uses, p *Path) error {
	kinds, of := mergeUses(u)
	v, ok := newPivot(kinds)
	if !ok { // no industry depends on any use
		p.addEnd(u)
		return nil
	}
	for step := 0; ; step++ {
		if step > 100*v.m {
			return fmt.Errorf("%w: r = %v after %d segments of %d uses", ErrPath, p.R[len(p.R)-1], step, v.m)
		}
		if v.direction() {
			v.advance()
			v.record(p, of)
		} else if !v.jump() {
			break // every use is at 1
		}
	}
	p.addEnd(u)
	return nil
}

// mergeUses joins uses that differ only in size: the same dependence per tonne
// has the same r_a, exactly. Uses without tonnage are left out. It returns the
// kinds of use, their shares re-scaled to sum 1, and the kind of each use, -1
// for none.
func mergeUses(u *Uses) (kinds *Uses, of []int) {
	m := len(u.UseShare)
	of = make([]int, m)
	var first []int // use that stands for a kind
	total := 0.0
	for a, w := range u.UseShare {
		of[a] = -1
		if w == 0 {
			continue
		}
		total += w
		for k, b := range first {
			if u.proportional(a, b) {
				of[a] = k
				break
			}
		}
		if of[a] < 0 {
			of[a] = len(first)
			first = append(first, a)
		}
	}
	n := len(first)
	kinds = &Uses{UseShare: make([]float64, n), Industries: u.Industries, Dependence: make([]float64, n*u.Industries), OutputMUSD: u.OutputMUSD}
	for a, k := range of {
		if k < 0 {
			continue
		}
		kinds.UseShare[k] += u.UseShare[a] / total
		for j := range u.Industries {
			kinds.Dependence[j*n+k] += u.Dependence[j*m+a]
		}
	}
	return kinds, of
}

// proportional reports whether dep_ja / w_a = dep_jb / w_b for every industry.
func (u *Uses) proportional(a, b int) bool {
	m := len(u.UseShare)
	for j := range u.Industries {
		p, q := u.Dependence[j*m+a]*u.UseShare[b], u.Dependence[j*m+b]*u.UseShare[a]
		if math.Abs(p-q) > 1e-13*max(p, q) {
			return false
		}
	}
	return true
}

// newPivot starts at r = 0 with every use tied there; false if q = 0.
func newPivot(u *Uses) (*pivot, bool) {
	m := len(u.UseShare)
	v := &pivot{m: m, weight: u.UseShare}
	floats := make([]float64, 2*m*m+5*m)
	take := func(n int) []float64 {
		s := floats[:n:n]
		floats = floats[n:]
		return s
	}
	v.matrix, v.factor = take(m*m), take(m*m)
	v.cut, v.grad, v.move, v.gradMove, v.trial = take(m), take(m), take(m), take(m), take(m)
	v.place, v.tied, v.active = make([]place, m), make([]bool, m), make([]int, 0, m)

	q := 0.0
	for j, x := range u.OutputMUSD {
		row := u.Dependence[j*m : (j+1)*m]
		sum := 0.0
		for a, dep := range row {
			sum += dep
			for b := range a + 1 {
				v.matrix[a*m+b] += x * dep * row[b]
			}
		}
		q += x * sum * sum
	}
	if q <= 0 {
		return nil, false
	}
	for a, w := range v.weight {
		for b := range a + 1 {
			v.matrix[a*m+b] /= q
			v.matrix[b*m+a] = v.matrix[a*m+b]
		}
		v.matrix[a*m+a] += Tau * w
		v.tied[a] = true
	}
	return v, true
}

// record adds the point reached to the path, one value per use.
func (v *pivot) record(p *Path, of []int) {
	r := 0.0
	for k, w := range v.weight {
		r += w * v.cut[k]
	}
	if !(r > p.R[len(p.R)-1] && r < 1) {
		return
	}
	p.R = append(p.R, r)
	for _, k := range of {
		cut := 0.0
		if k >= 0 {
			cut = v.cut[k]
		}
		p.Cut = append(p.Cut, cut)
	}
}

// direction finds how the cuts move per unit of r: the optimum of
// min d'Qd, w.d = 1, where tied uses may only move inwards and untied bounds
// stay. With d = s/(w.s) it is min s'Qs/2 - w.s under the same signs, solved by
// adding the worst violator and stepping back at each bound (Lawson-Hanson). It
// reports false where nothing can move, that is where no use is free or tied at 0.
func (v *pivot) direction() bool {
	v.active = v.active[:0]
	canRise := false
	for a := range v.m {
		v.move[a] = 0
		if v.place[a] == free {
			v.active = append(v.active, a)
			canRise = true
		}
		canRise = canRise || v.tied[a] && v.place[a] == atZero
	}
	if !canRise {
		return false
	}
	if len(v.active) > 0 {
		v.solve()
		copy(v.move, v.trial)
	}
	for range 10 * v.m {
		worst, a := v.violator()
		if worst <= tieTolerance {
			break
		}
		v.active = append(v.active, a)
		v.settle()
	}
	scale := 0.0
	for a, w := range v.weight {
		scale += w * v.move[a]
	}
	for a := range v.m {
		v.move[a] /= scale
	}
	v.levelUp = 1 / scale
	for a := range v.m {
		v.gradMove[a] = v.times(a, v.move)
	}
	for _, a := range v.active {
		v.place[a] = free
	}
	clear(v.tied)
	return true
}

// violator is the tied use whose bound would give most, relative to w_a.
func (v *pivot) violator() (worst float64, at int) {
	for a, tied := range v.tied {
		if !tied || v.isActive(a) {
			continue
		}
		gain := 1 - v.times(a, v.move)/v.weight[a]
		if v.place[a] == atOne {
			gain = -gain
		}
		if gain > worst {
			worst, at = gain, a
		}
	}
	return worst, at
}

func (v *pivot) isActive(a int) bool {
	for _, b := range v.active {
		if a == b {
			return true
		}
	}
	return false
}

// settle moves to the optimum over the active uses, dropping those tied ones
// that would leave the feasible side on the way.
func (v *pivot) settle() {
	for len(v.active) > 0 {
		v.solve()
		share, first := 1.0, -1
		for i, a := range v.active {
			if v.outward(a, v.trial[a]) {
				if t := v.move[a] / (v.move[a] - v.trial[a]); t < share || first < 0 {
					share, first = t, i
				}
			}
		}
		if first < 0 {
			copy(v.move, v.trial)
			return
		}
		for _, a := range v.active {
			v.move[a] += share * (v.trial[a] - v.move[a])
		}
		v.move[v.active[first]] = 0
		v.active = append(v.active[:first], v.active[first+1:]...)
	}
}

// outward reports whether the move d takes the tied use a out of [0, 1].
func (v *pivot) outward(a int, d float64) bool {
	return v.tied[a] && (v.place[a] == atZero && d <= 0 || v.place[a] == atOne && d >= 0)
}

// solve writes Q_AA^-1 w_A into trial, zero elsewhere, by Cholesky.
func (v *pivot) solve() {
	n, l := len(v.active), v.factor
	for i, a := range v.active {
		for k := range i + 1 {
			sum := v.matrix[a*v.m+v.active[k]]
			for t := range k {
				sum -= l[i*n+t] * l[k*n+t]
			}
			if k < i {
				l[i*n+k] = sum / l[k*n+k]
				continue
			}
			// tau w_a bounds every pivot of the exact factor from below.
			l[i*n+i] = math.Sqrt(max(sum, Tau*v.weight[a]))
		}
	}
	clear(v.trial)
	for i, a := range v.active {
		sum := v.weight[a]
		for k := range i {
			sum -= l[i*n+k] * v.trial[v.active[k]]
		}
		v.trial[a] = sum / l[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		sum := v.trial[v.active[i]]
		for k := i + 1; k < n; k++ {
			sum -= l[k*n+i] * v.trial[v.active[k]]
		}
		v.trial[v.active[i]] = sum / l[i*n+i]
	}
}

func (v *pivot) times(a int, s []float64) float64 {
	sum := 0.0
	for b, q := range v.matrix[a*v.m : (a+1)*v.m] {
		sum += q * s[b]
	}
	return sum
}

// advance goes along the direction to the first event and marks what is tied
// there.
func (v *pivot) advance() {
	length := math.Inf(1)
	for a := range v.m {
		length = min(length, v.until(a))
	}
	for a := range v.m {
		// Simultaneous events, up to rounding, are one event.
		if v.until(a) <= length*(1+10*tieTolerance)+1e-15 {
			v.tied[a] = true
		}
	}
	v.level += length * v.levelUp
	for a := range v.m {
		v.cut[a] = min(max(v.cut[a]+length*v.move[a], 0), 1)
		if v.tied[a] && v.place[a] == free {
			v.place[a], v.cut[a] = atZero, 0
			if v.move[a] > 0 {
				v.place[a], v.cut[a] = atOne, 1
			}
		}
	}
	for a := range v.m {
		v.grad[a] = v.times(a, v.cut)
	}
}

// until is the step in r to the event of a: a bound reached or a multiplier
// vanished.
func (v *pivot) until(a int) float64 {
	w := v.weight[a]
	switch v.place[a] {
	case free:
		if v.move[a] > 0 {
			return max(0, (1-v.cut[a])/v.move[a])
		}
		if v.move[a] < 0 {
			return max(0, v.cut[a]/-v.move[a])
		}
	case atZero, atOne:
		slack, closing := v.grad[a]-v.level*w, v.levelUp*w-v.gradMove[a]
		if v.place[a] == atOne {
			slack, closing = -slack, -closing
		}
		if closing > 10*tieTolerance*v.levelUp*w { // looser than direction, which left it here
			return max(0, slack/closing)
		}
	}
	return math.Inf(1)
}

// jump raises l to where the first use at 0 starts to give, and ties those that
// do. It reports false if there is none.
func (v *pivot) jump() bool {
	lowest := math.Inf(1)
	for a, at := range v.place {
		if at == atZero {
			lowest = min(lowest, v.grad[a]/v.weight[a])
		}
	}
	if math.IsInf(lowest, 1) {
		return false
	}
	v.level = max(v.level, lowest)
	for a, at := range v.place {
		v.tied[a] = at == atZero && v.grad[a]/v.weight[a] <= v.level*(1+tieTolerance)
	}
	return true
}
