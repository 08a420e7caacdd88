package stockpile

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// power is x^y for x > 0.
func power(x, y float64) float64 { return math.Expm1(y*math.Log1p(x-1)) + 1 }

// markov is the petroleum reserve of the GAMS library model MARKOV, which restates
// Teisberg (1981).
func markov() *Program {
	const g, e, q, d, k, pn, h = .25, .1, 110.0, -130.0, 342.0, 34.526, .32
	dis := []float64{0, -11}
	return &Program{Levels: 8, Transition: [][]float64{{.8, .2}, {.5, .5}}, Discount: .95, Cost: func(level, regime, next int) (float64, bool) {
		s, t := 3*float64(level), 3*float64(next)
		p := power(k/(q+dis[regime]-d-(t-s)), 1/e)
		return g*(d*(p-pn)+k*(power(p, 1-e)-power(pn, 1-e))/(1-e)) + p*(t-s) + h*t, true
	}}
}

// TestMarkov holds the program against the published solution, to its digits.
func TestMarkov(t *testing.T) {
	policy, err := markov().Solve()
	if err != nil {
		t.Fatal(err)
	}
	var normal, disrupted []int
	mean := 0.0
	for s := range 8 {
		normal, disrupted = append(normal, 3*policy.Next[s][0]), append(disrupted, 3*policy.Next[s][1])
		mean += .0625 * (policy.Value[s][0] + policy.Value[s][1])
	}
	if want := []int{3, 3, 6, 6, 9, 12, 15, 18}; !slices.Equal(normal, want) {
		t.Errorf("normal years: %v, want %v", normal, want)
	}
	if want := []int{0, 0, 3, 3, 6, 9, 9, 12}; !slices.Equal(disrupted, want) {
		t.Errorf("disrupted years: %v, want %v", disrupted, want)
	}
	for _, c := range []struct {
		what      string
		got, want float64
		digits    float64
	}{
		{"V(0, normal)", policy.Value[0][0], 2849.751, 1e-3},
		{"V(21, disrupted)", policy.Value[7][1], 1902.257, 1e-3},
		{"mean over states", mean, 2401.5773, 1e-4},
		{"price without draw-down, normal", power(342.0/240, 10), 34.5262, 1e-4},
		{"price without draw-down, disrupted", power(342.0/229, 10), 55.1958, 1e-4},
	} {
		if math.Abs(c.got-c.want) > c.digits/2 {
			t.Errorf("%s: %.6f, want %v", c.what, c.got, c.want)
		}
	}
}

// TestProgramByHand: with one level nothing can be chosen, and V = cost/(1-beta).
func TestProgramByHand(t *testing.T) {
	one := &Program{Levels: 1, Transition: [][]float64{{1}}, Discount: .5, Cost: func(int, int, int) (float64, bool) { return 3, true }}
	p, err := one.Solve()
	if err != nil || p.Value[0][0] != 6 {
		t.Fatalf("%v %v, want a value of 6", p, err)
	}
	// Two levels: staying at 0 costs 10 a period; going up costs 12 once, then 1 a
	// period: V(1) = 2, V(0) = min(20, 12 + .5 * 2).
	two := &Program{Levels: 2, Transition: [][]float64{{1}}, Discount: .5, Cost: func(s, _, next int) (float64, bool) {
		return [][]float64{{10, 12}, {0, 1}}[s][next], !(s == 1 && next == 0)
	}}
	p, err = two.Solve()
	if err != nil || p.Next[0][0] != 1 || math.Abs(p.Value[0][0]-13) > 1e-12 || math.Abs(p.Value[1][0]-2) > 1e-12 {
		t.Fatalf("%+v %v, want to go up at a value of 13", p, err)
	}
}

// TestPolicyIteration compares with value iteration, which knows nothing of it.
func TestPolicyIteration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		levels, regimes := rapid.IntRange(1, 6).Draw(t, "levels"), rapid.IntRange(1, 3).Draw(t, "regimes")
		costs := rapid.SliceOfN(rapid.Float64Range(-5, 20), levels*levels*regimes, levels*levels*regimes).Draw(t, "costs")
		beta := rapid.Float64Range(.1, .95).Draw(t, "beta")
		var chances [][]float64
		for range regimes {
			row := rapid.SliceOfN(rapid.Float64Range(.01, 1), regimes, regimes).Draw(t, "row")
			sum := 0.0
			for _, x := range row {
				sum += x
			}
			for j := range row {
				row[j] /= sum
			}
			chances = append(chances, row)
		}
		p := &Program{Levels: levels, Transition: chances, Discount: beta, Cost: func(s, i, n int) (float64, bool) {
			return costs[(s*regimes+i)*levels+n], (s+n+i)%4 != 3 || s == n
		}}
		policy, err := p.Solve()
		if err != nil {
			t.Fatal(err)
		}
		v := make([]float64, levels*regimes)
		for range 1200 {
			w := make([]float64, len(v))
			for s := range levels {
				for i := range regimes {
					best := math.Inf(1)
					for n := range levels {
						if c, ok := p.Cost(s, i, n); ok {
							for j, chance := range chances[i] {
								c += beta * chance * v[n*regimes+j]
							}
							best = min(best, c)
						}
					}
					w[s*regimes+i] = best
				}
			}
			v = w
		}
		for s := range levels {
			for i := range regimes {
				if math.Abs(policy.Value[s][i]-v[s*regimes+i]) > 1e-6 {
					t.Fatalf("V(%d,%d) = %v, value iteration %v", s, i, policy.Value[s][i], v[s*regimes+i])
				}
			}
		}
	})
}

func TestProgramRefuses(t *testing.T) {
	free := func(int, int, int) (float64, bool) { return 0, true }
	for _, c := range []struct {
		name string
		p    Program
		want error
		text string
	}{
		{"no level", Program{Transition: [][]float64{{1}}, Discount: .9, Cost: free}, ErrProgram, "0 levels"},
		{"too many states", Program{Levels: 501, Transition: [][]float64{{1, 0}, {0, 1}}, Discount: .9, Cost: free}, ErrProgram, "at most 1000"},
		{"discount of 1", Program{Levels: 1, Transition: [][]float64{{1}}, Discount: 1, Cost: free}, ErrProgram, "discount factor 1"},
		{"chances that do not sum to 1", Program{Levels: 1, Transition: [][]float64{{.5}}, Discount: .9, Cost: free}, ErrProgram, "sum 0.5"},
		{"a negative chance", Program{Levels: 1, Transition: [][]float64{{-1, 2}, {0, 1}}, Discount: .9, Cost: free}, ErrProgram, "chance -1"},
		{"not a number", Program{Levels: 1, Transition: [][]float64{{math.NaN()}}, Discount: .9, Cost: free}, ErrProgram, "chance NaN"},
		{"a cost that is none", Program{Levels: 1, Transition: [][]float64{{1}}, Discount: .9, Cost: func(int, int, int) (float64, bool) { return math.NaN(), true }}, ErrProgram, "not finite"},
		{"a dead end", Program{Levels: 1, Transition: [][]float64{{1}}, Discount: .9, Cost: func(int, int, int) (float64, bool) { return 0, false }}, ErrNoPolicy, "level 0"},
	} {
		_, err := c.p.Solve()
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v, want %v with %q", c.name, err, c.want, c.text)
		}
	}
}

func BenchmarkProgram(b *testing.B) {
	for b.Loop() {
		if _, err := markov().Solve(); err != nil {
			b.Fatal(err)
		}
	}
}
