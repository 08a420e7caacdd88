package shortage

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func mustTrace(t interface {
	Helper()
	Fatal(...any)
}, u *Uses, rule Rule) *Path {
	t.Helper()
	p, err := Trace(u, rule)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func cutsAt(t interface {
	Helper()
	Fatal(...any)
}, p *Path, r float64) []float64 {
	t.Helper()
	dst := make([]float64, p.Uses)
	if err := p.Cuts(dst, r); err != nil {
		t.Fatal(err)
	}
	return dst
}

// quadratic is Q of the least-deviation program, false if q = 0. Uses without
// tonnage count for nothing.
func quadratic(u *Uses) ([][]float64, bool) {
	m := len(u.UseShare)
	q, matrix := 0.0, make([][]float64, m)
	for a := range matrix {
		matrix[a] = make([]float64, m)
	}
	for j, x := range u.OutputMUSD {
		sum := 0.0
		for a := range m {
			if u.UseShare[a] == 0 {
				continue
			}
			sum += u.Dependence[j*m+a]
			for b := range m {
				matrix[a][b] += x * u.Dependence[j*m+a] * u.Dependence[j*m+b]
			}
		}
		q += x * sum * sum
	}
	if q == 0 {
		return nil, false
	}
	for a := range matrix {
		for b := range matrix {
			matrix[a][b] /= q
		}
		matrix[a][a] += Tau * u.UseShare[a]
	}
	return matrix, true
}

func deviation(u *Uses, cut []float64) float64 {
	matrix, _ := quadratic(u)
	sum := 0.0
	for a := range matrix {
		for b := range matrix {
			sum += cut[a] * matrix[a][b] * cut[b]
		}
	}
	return sum
}

// worstKKT is the largest violation of the optimality conditions at the ends
// and middles of all segments. Multipliers are compared relative to w_a and to
// the level l; w.r = r and the bounds absolutely.
func worstKKT(u *Uses, p *Path) float64 {
	matrix, ok := quadratic(u)
	if !ok {
		return 0
	}
	worst := 0.0
	for i := range p.R[1:] {
		for _, r := range []float64{p.R[i], (p.R[i] + p.R[i+1]) / 2, p.R[i+1]} {
			cut := make([]float64, p.Uses)
			if p.Cuts(cut, r) != nil {
				return math.Inf(1)
			}
			// Any level between those of the uses that can fall and those that can
			// rise is a multiplier; the conditions say that the first do not exceed the second.
			highest, lowest, sum, scale := 0.0, math.Inf(1), 0.0, 0.0
			for a, w := range u.UseShare {
				if w == 0 {
					if cut[a] != 0 {
						return math.Inf(1)
					}
					continue
				}
				sum += w * cut[a]
				if cut[a] < 0 || cut[a] > 1 {
					return math.Inf(1)
				}
				level, size := 0.0, 0.0
				for b, v := range cut {
					level += matrix[a][b] * v / w
					size += matrix[a][b] * v / w
				}
				scale = max(scale, size)
				if cut[a] > 1e-9 {
					highest = max(highest, level)
				}
				if cut[a] < 1-1e-9 {
					lowest = min(lowest, level)
				}
			}
			worst = max(worst, math.Abs(sum-r))
			if scale > 0 && highest > lowest {
				worst = max(worst, (highest-lowest)/scale)
			}
		}
	}
	return worst
}

func TestLeastDeviationByHand(t *testing.T) {
	// Two uses of half the tonnes each, one industry of output 1 each, the first
	// depends wholly, the second by half: r_a falls as 1/(dep^2 + tau w q), so
	// nearly 1 : 4, until the second use is gone at r = 1/2 (1 + 1/4).
	u := &Uses{UseShare: []float64{0.5, 0.5}, Industries: 2, Dependence: []float64{1, 0, 0, 0.5}, OutputMUSD: []float64{1, 1}}
	p := mustTrace(t, u, LeastDeviation)
	q := 1 + 0.25
	ratio := (1/q + Tau/2) / (0.25/q + Tau/2) // r_2 : r_1
	if got := cutsAt(t, p, 0.1); math.Abs(got[1]/got[0]-ratio) > 1e-12 {
		t.Errorf("ratio %v, want %v", got[1]/got[0], ratio)
	}
	if len(p.R) != 3 || math.Abs(p.R[1]-0.5*(1+1/ratio)) > 1e-14 {
		t.Errorf("breakpoints %v, want the middle at %v", p.R, 0.5*(1+1/ratio))
	}
	losses := make([]float64, 2)
	if err := p.Losses(losses, 1); err != nil || losses[0] != 1 || losses[1] != 0.5 {
		t.Errorf("losses %v, %v", losses, err)
	}
}

// A use that nobody depends on goes first; the others start at its end.
func TestUseWithoutDependence(t *testing.T) {
	u := &Uses{UseShare: []float64{0.3, 0.7}, Industries: 1, Dependence: []float64{0, 0.4}, OutputMUSD: []float64{10}}
	p := mustTrace(t, u, LeastDeviation)
	if got := cutsAt(t, p, 0.3); got[0] < 1-1e-5 || got[1] > 1e-5 {
		t.Errorf("at r = 0.3: %v", got)
	}
}

func TestLeastCostByHand(t *testing.T) {
	// Cost per tonne: 0.5*10*0.2/0.2 = 5, 0.1*40*0.1/0.5 = 0.8, 0.5*10*0.3/0.3 = 5.
	u := &Uses{
		UseShare: []float64{0.2, 0.5, 0.3}, Industries: 2, Dependence: []float64{0.2, 0, 0.3, 0, 0.1, 0},
		OutputMUSD: []float64{10, 40}, ValueAddedShare: []float64{0.5, 0.1},
	}
	p := mustTrace(t, u, LeastCost)
	for _, c := range []struct{ r, want0, want1, want2 float64 }{{0.25, 0, 0.5, 0}, {0.5, 0, 1, 0}, {0.75, 0.5, 1, 0.5}, {1, 1, 1, 1}} {
		got := cutsAt(t, p, c.r)
		if math.Abs(got[0]-c.want0)+math.Abs(got[1]-c.want1)+math.Abs(got[2]-c.want2) > 1e-14 {
			t.Errorf("r = %v: %v, want %v", c.r, got, c)
		}
	}
	if len(p.R) != 3 {
		t.Errorf("breakpoints %v: equal costs are one segment", p.R)
	}
}

func TestEdges(t *testing.T) {
	u := &Uses{UseShare: []float64{0.25, 0, 0.75}, Industries: 1, Dependence: []float64{0.1, 0.5, 0.2}, OutputMUSD: []float64{5}, ValueAddedShare: []float64{0.4}}
	for rule := range Rule(len(ruleNames)) {
		p := mustTrace(t, u, rule)
		for _, r := range []float64{-0.2, 0} {
			if got := cutsAt(t, p, r); got[0] != 0 || got[1] != 0 || got[2] != 0 {
				t.Errorf("%v, r = %v: %v", rule, r, got)
			}
		}
		for _, r := range []float64{1, 1.5} {
			if got := cutsAt(t, p, r); got[0] != 1 || got[1] != 0 || got[2] != 1 {
				t.Errorf("%v, r = %v: %v (a use without tonnage loses nothing)", rule, r, got)
			}
		}
		if err := p.Cuts(make([]float64, 3), math.NaN()); !errors.Is(err, ErrCut) {
			t.Errorf("NaN: %v", err)
		}
		if err := p.Losses(make([]float64, 3), 0.5); !errors.Is(err, ErrCut) {
			t.Errorf("wrong length: %v", err)
		}
		if p.Segment(0) != 0 || p.Segment(1) != len(p.R)-2 || p.Segment(-1) != 0 || p.Segment(2) != len(p.R)-2 {
			t.Errorf("%v: segments of the ends", rule)
		}
	}
	// Nobody depends on anything: pro-rata.
	u.Dependence = []float64{0, 0, 0}
	for rule := range Rule(len(ruleNames)) {
		if got := cutsAt(t, mustTrace(t, u, rule), 0.4); math.Abs(got[0]-0.4) > 1e-15 || math.Abs(got[2]-0.4) > 1e-15 {
			t.Errorf("%v without dependence: %v", rule, got)
		}
	}
	u.Industries, u.Dependence, u.OutputMUSD, u.ValueAddedShare = 0, nil, nil, nil
	if got := cutsAt(t, mustTrace(t, u, LeastDeviation), 0.4); got[0] != 0.4 {
		t.Errorf("without industries: %v", got)
	}
}

func TestErrors(t *testing.T) {
	nan := math.NaN()
	good := func() *Uses {
		return &Uses{UseShare: []float64{0.5, 0.5}, Industries: 1, Dependence: []float64{0.1, 0.2}, OutputMUSD: []float64{1}, ValueAddedShare: []float64{0.5}}
	}
	for _, c := range []struct {
		spoil func(*Uses)
		says  string
	}{
		{func(u *Uses) { u.UseShare = nil }, "0 uses, 1 industries"},
		{func(u *Uses) { u.Industries = 2 }, "2 dependences and 1 outputs for 2 industries x 2 uses"},
		{func(u *Uses) { u.UseShare[0] = nan }, "share of use 0 is NaN"},
		{func(u *Uses) { u.UseShare[0] = 0.4 }, "shares of use sum to 0.9, not 1"},
		{func(u *Uses) { u.OutputMUSD[0] = -1 }, "output of industry 0 is -1"},
		{func(u *Uses) { u.Dependence[1] = nan }, "dependence of industry 0 on use 1 is NaN"},
		{func(u *Uses) { u.Dependence[1] = 0.95 }, "dependences of industry 0 sum to 1.05, above 1"},
		{func(u *Uses) { u.ValueAddedShare = nil }, "0 value-added shares for 1 industries"},
		{func(u *Uses) { u.ValueAddedShare[0] = math.Inf(1) }, "value-added share of industry 0 is +Inf"},
	} {
		u := good()
		c.spoil(u)
		if _, err := Trace(u, LeastCost); !errors.Is(err, ErrUses) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("error %v, want %q", err, c.says)
		}
	}
	if _, err := Trace(good(), 9); !errors.Is(err, ErrRule) {
		t.Errorf("unknown rule: %v", err)
	}
	if _, err := ParseRule("fair"); !errors.Is(err, ErrRule) || !strings.Contains(err.Error(), `"fair" is none of`) {
		t.Errorf("error %v", err)
	}
	for _, name := range ruleNames {
		var r Rule
		if err := r.UnmarshalText([]byte(name)); err != nil {
			t.Fatal(err)
		}
		if text, err := r.MarshalText(); err != nil || string(text) != name {
			t.Errorf("%q reads back as %q, %v", name, text, err)
		}
	}
	if r, err := ParseRule(""); r != LeastDeviation || err != nil {
		t.Errorf("default %v, %v", r, err)
	}
}

// drawUses makes awkward problems on purpose: equal uses, uses without
// dependence or tonnage, more uses than industries, equal costs.
func drawUses(t *rapid.T, maxUses int) *Uses {
	m, n := rapid.IntRange(1, maxUses).Draw(t, "uses"), rapid.IntRange(1, 8).Draw(t, "industries")
	u := &Uses{UseShare: make([]float64, m), Industries: n, Dependence: make([]float64, n*m), OutputMUSD: make([]float64, n), ValueAddedShare: make([]float64, n)}
	round := rapid.Bool().Draw(t, "round numbers") // ties
	value := func(label string, low, high float64) float64 {
		if round {
			return rapid.SampledFrom([]float64{low, (low + high) / 2, high}).Draw(t, label)
		}
		return rapid.Float64Range(low, high).Draw(t, label)
	}
	sum := 0.0
	for a := range u.UseShare {
		u.UseShare[a] = value("w", 0.01, 1)
		if a > 0 && rapid.IntRange(0, 7).Draw(t, "no tonnage") == 0 {
			u.UseShare[a] = 0
		}
		sum += u.UseShare[a]
	}
	for a := range u.UseShare {
		u.UseShare[a] /= sum
	}
	for j := range n {
		u.OutputMUSD[j], u.ValueAddedShare[j] = value("x", 1, 1e5), value("va", 0.1, 0.9)
		row, sum := u.Dependence[j*m:(j+1)*m], 0.0
		for a := range row {
			if rapid.IntRange(0, 2).Draw(t, "depends") > 0 {
				row[a] = value("dep", 0.01, 0.5)
			}
			sum += row[a]
		}
		for a := range row {
			row[a] /= max(1, sum)
		}
	}
	for a := 1; a < m; a++ {
		if rapid.IntRange(0, 4).Draw(t, "twin") == 0 { // same industries as the use before
			for j := range n {
				u.Dependence[j*m+a] = u.Dependence[j*m+a-1] / 2
				u.Dependence[j*m+a-1] /= 2
			}
		}
	}
	return u
}

func TestLeastDeviationIsOptimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := drawUses(t, 14)
		p := mustTrace(t, u, LeastDeviation)
		if e := worstKKT(u, p); e > 1e-9 {
			t.Fatalf("optimality off by %g on %d segments: %+v %+v", e, len(p.R)-1, *u, *p)
		}
	})
}

// Every choice of uses at 0, between, at 1 for small problems.
func TestLeastDeviationAgainstEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := drawUses(t, 5)
		matrix, ok := quadratic(u)
		if !ok {
			return
		}
		r := rapid.Float64Range(0.01, 1).Draw(t, "r")
		best, bestCut := math.Inf(1), []float64(nil)
		m := len(u.UseShare)
		for code := range int(math.Pow(3, float64(m))) {
			if cut := stationary(matrix, u.UseShare, r, code); cut != nil {
				if d := deviation(u, cut); d < best {
					best, bestCut = d, cut
				}
			}
		}
		if bestCut == nil {
			t.Fatal("enumeration found nothing")
		}
		// By objective: elimination loses the split between nearly equal uses.
		got := cutsAt(t, mustTrace(t, u, LeastDeviation), r)
		if d := deviation(u, got); d > best*(1+1e-8) {
			t.Fatalf("r = %v: %v with %v, enumeration %v with %v", r, got, d, bestCut, best)
		}
	})
}

// stationary solves the program with the uses of code (base 3) at 0, at 1 or
// free, by Gauss elimination with pivoting; nil if it leaves the bounds.
func stationary(matrix [][]float64, w []float64, r float64, code int) []float64 {
	m := len(w)
	cut, free := make([]float64, m), []int(nil)
	left := r
	for a := range m {
		switch code % 3 {
		case 1:
			cut[a] = 1
			left -= w[a]
		case 2:
			if w[a] == 0 {
				return nil
			}
			free = append(free, a)
		}
		if w[a] == 0 && cut[a] != 0 {
			return nil
		}
		code /= 3
	}
	n := len(free)
	if n == 0 {
		if math.Abs(left) > 1e-12 {
			return nil
		}
		return cut
	}
	sys := make([][]float64, n+1)
	for i := range sys {
		sys[i] = make([]float64, n+2)
	}
	for i, a := range free {
		for k, b := range free {
			sys[i][k] = matrix[a][b] / w[a]
		}
		sys[i][n] = -1
		sys[n][i] = w[a]
		for b := range m {
			sys[i][n+1] -= matrix[a][b] / w[a] * cut[b]
		}
	}
	sys[n][n+1] = left
	for c := range n + 1 {
		pivot := c
		for i := c; i <= n; i++ {
			if math.Abs(sys[i][c]) > math.Abs(sys[pivot][c]) {
				pivot = i
			}
		}
		sys[c], sys[pivot] = sys[pivot], sys[c]
		for i := range n + 1 {
			if i != c {
				f := sys[i][c] / sys[c][c]
				for k := c; k < n+2; k++ {
					sys[i][k] -= f * sys[c][k]
				}
			}
		}
	}
	for i, a := range free {
		cut[a] = sys[i][n+1] / sys[i][i]
		if !(cut[a] >= -1e-12 && cut[a] <= 1+1e-12) {
			return nil
		}
	}
	return cut
}

func TestRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := drawUses(t, 10)
		m := len(u.UseShare)
		r := rapid.Float64Range(1e-9, 1).Draw(t, "r")
		objective, cost := map[Rule]float64{}, map[Rule]float64{}
		for rule := range Rule(len(ruleNames)) {
			p := mustTrace(t, u, rule)
			cut := cutsAt(t, p, r)
			sum := 0.0
			for a, w := range u.UseShare {
				if !(cut[a] >= 0 && cut[a] <= 1) {
					t.Fatalf("%v: use %d loses %v", rule, a, cut[a])
				}
				sum += w * cut[a]
			}
			if math.Abs(sum-r) > 1e-12 {
				t.Fatalf("%v: cuts sum to %v, not %v", rule, sum, r)
			}
			if p.R[0] != 0 || p.R[len(p.R)-1] != 1 {
				t.Fatalf("%v: path from %v to %v", rule, p.R[0], p.R[len(p.R)-1])
			}
			for i := range p.R[1:] {
				if !(p.R[i+1] > p.R[i]) {
					t.Fatalf("%v: breakpoints %v", rule, p.R)
				}
			}
			losses := make([]float64, u.Industries)
			if err := p.Losses(losses, r); err != nil {
				t.Fatal(err)
			}
			for j, loss := range losses {
				want := 0.0
				for a := range m {
					want += u.Dependence[j*m+a] * cut[a]
				}
				if math.Abs(loss-want) > 1e-12 || loss > 1 {
					t.Fatalf("%v: industry %d loses %v, want %v", rule, j, loss, want)
				}
				cost[rule] += u.ValueAddedShare[j] * u.OutputMUSD[j] * loss
			}
			objective[rule] = deviation(u, cut)
		}
		for rule := range Rule(len(ruleNames)) {
			if objective[LeastDeviation] > objective[rule]*(1+1e-9) {
				t.Fatalf("least-deviation %v above %v of %v", objective[LeastDeviation], objective[rule], rule)
			}
			if cost[LeastCost] > cost[rule]*(1+1e-9) {
				t.Fatalf("least-cost %v above %v of %v", cost[LeastCost], cost[rule], rule)
			}
		}
	})
}

func TestSplittingAUseChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := drawUses(t, 8)
		m := len(u.UseShare)
		a := rapid.IntRange(0, m-1).Draw(t, "use")
		part := rapid.Float64Range(0.1, 0.9).Draw(t, "part")
		s := *u
		s.UseShare = append(append([]float64(nil), u.UseShare...), u.UseShare[a]*(1-part))
		s.UseShare[a] *= part
		s.Dependence = nil
		for j := range u.Industries {
			row := append(append([]float64(nil), u.Dependence[j*m:(j+1)*m]...), u.Dependence[j*m+a]*(1-part))
			row[a] *= part
			s.Dependence = append(s.Dependence, row...)
		}
		for rule := range Rule(len(ruleNames)) {
			p, q := mustTrace(t, u, rule), mustTrace(t, &s, rule)
			for _, r := range []float64{0.01, 0.3, 0.8} {
				want, got := cutsAt(t, p, r), cutsAt(t, q, r)
				for b := range want {
					if math.Abs(got[b]-want[b]) > 1e-8 || math.Abs(got[m]-want[a]) > 1e-8 {
						t.Fatalf("%v, r = %v: %v after splitting use %d, before %v", rule, r, got, a, want)
					}
				}
			}
		}
	})
}

// Large problems with every kind of tie end.
func TestManyEqualUses(t *testing.T) {
	for _, m := range []int{2, 17, 60} {
		t.Run(fmt.Sprint(m), func(t *testing.T) {
			u := &Uses{Industries: 3, Dependence: make([]float64, 3*m), OutputMUSD: []float64{1, 10, 100}, ValueAddedShare: []float64{0.3, 0.3, 0.3}}
			for a := range m {
				u.UseShare = append(u.UseShare, 1/float64(m))
				u.Dependence[a%3*m+a] = 1 / float64(m)
			}
			p := mustTrace(t, u, LeastDeviation)
			if e := worstKKT(u, p); e > 1e-9 || len(p.R) > 7 {
				t.Errorf("optimality off by %g, %d breakpoints", e, len(p.R))
			}
			cut := cutsAt(t, p, 0.2)
			for a := range cut {
				if math.Abs(cut[a]-cut[a%3]) > 1e-9 {
					t.Errorf("equal uses %d and %d lose %v and %v", a%3, a, cut[a%3], cut[a])
				}
			}
		})
	}
}
