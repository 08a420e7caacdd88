package stockpile

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %v, want %v within %v", what, got, want, tolerance)
	}
}

// flat is a loss of v million USD a tonne, whatever the cut.
func flat(t testing.TB, v, use float64) *Curve {
	t.Helper()
	c, err := NewCurve([]float64{1}, []float64{v * use}, use)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func holding(t testing.TB, c *Curve, cost float64, outcomes []Outcome) *Holding {
	t.Helper()
	h, err := NewHolding(c, cost, outcomes)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// midpoints samples a distribution by its quantiles, all stops sharing the rate.
func midpoints(n int, rate, use float64, quantile func(u float64) float64) []Outcome {
	var out []Outcome
	for i := range n {
		out = append(out, Outcome{Rate: rate / float64(n), Tonnes: quantile((float64(i) + .5) / float64(n)), UseTonnes: use})
	}
	return out
}

func TestCurve(t *testing.T) {
	// (0.1, 1), (0.2, 5), (0.3, 6), (0.5, 20): the point at 0.2 lies above the chord
	// from 0.1 to 0.3, so the hull leaves it out.
	c, err := NewCurve([]float64{.1, .2, .3, .5}, []float64{1, 5, 6, 20}, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ r, loss, tonne float64 }{{.05, .5, 1}, {.1, 1, 1}, {.2, 3.5, 2.5}, {.3, 6, 2.5}, {.4, 13, 7}, {.6, 27, 7}} {
		near(t, "loss", c.LossMUSD(x.r), x.loss, 1e-12)
		near(t, "value of a tonne", c.TonneMUSD(x.r), x.tonne, 1e-12)
	}
	if l := c.LossMUSD(0); l != 0 {
		t.Errorf("a loss of %v without a cut", l)
	}
	gains, err := NewCurve([]float64{.1, .2}, []float64{-4, 2}, 1)
	if err != nil || gains.LossMUSD(.1) != 0 {
		t.Errorf("a gain counts as no loss: %v", err)
	}
}

func TestCurveRefuses(t *testing.T) {
	for _, c := range []struct {
		cut, loss []float64
		use       float64
	}{{nil, nil, 1}, {[]float64{.1}, nil, 1}, {[]float64{.2, .1}, []float64{1, 2}, 1}, {[]float64{0}, []float64{1}, 1}, {[]float64{1.5}, []float64{1}, 1},
		{[]float64{.5}, []float64{math.NaN()}, 1}, {[]float64{.5}, []float64{1}, 0}, {[]float64{.5}, []float64{1}, math.Inf(1)}} {
		if _, err := NewCurve(c.cut, c.loss, c.use); !errors.Is(err, ErrCurve) {
			t.Errorf("%v: %v, want ErrCurve", c, err)
		}
	}
}

// TestInsureUniform: X uniform on (0, 100), a tonne worth v: P(X > S) lambda (v - c)
// = c (r + h), so S = 100 (1 - c (r+h)/(lambda (v-c))).
func TestInsureUniform(t *testing.T) {
	const v, c, rate = 12.0, 2.0, .1
	carrying := Carrying{Money: .05, Holding: .02}
	h := holding(t, flat(t, v, 1000), c, midpoints(2000, rate, 1000, func(u float64) float64 { return 100 * u }))
	near(t, "S", h.Insure(carrying), 100*(1-c*.07/(rate*(v-c))), .05)
}

// TestInsureExponential: X exponential with mean m, a tonne worth a + b times the
// shortfall left: lambda e^(-S/m) (a - c + b m) = c (r + h).
func TestInsureExponential(t *testing.T) {
	const a, b, c, m, rate, use = 3.0, .04, 2.0, 50.0, .2, 1e5
	var cut, loss []float64
	for k := 1; k <= 20000; k++ { // the loss whose slope is a + b x
		x := float64(k) * .05
		cut, loss = append(cut, x/use), append(loss, a*x+b*x*x/2)
	}
	curve, err := NewCurve(cut, loss, use)
	if err != nil {
		t.Fatal(err)
	}
	h := holding(t, curve, c, midpoints(2000, rate, use, func(u float64) float64 { return -m * math.Log1p(-u) }))
	want := m * math.Log(rate*(a-c+b*m)/(c*.07))
	near(t, "S", h.Insure(Carrying{.05, .02}), want, .01*want)
}

// TestInsureAtoms: three shortfalls, a tonne worth 10, cost 1. The gain of a tonne is
// 9 times the rate of shortfalls above it.
func TestInsureAtoms(t *testing.T) {
	h := holding(t, flat(t, 10, 1000), 1, []Outcome{{.01, 10, 100}, {.02, 30, 100}, {.03, 20, 100}})
	for _, c := range []struct{ share, tonnes float64 }{{9 * .0601, 0}, {9 * .0599, 10}, {9 * .049, 20}, {9 * .021, 20}, {9 * .019, 30}, {0, 30}} {
		near(t, "S", h.Insure(Carrying{Money: c.share}), c.tonnes, 1e-9)
	}
	avoided, usedUp := h.AvoidedMUSD(15)
	near(t, "avoided", avoided, 10*(.01*10+.02*15+.03*15), 1e-12)
	near(t, "used up", usedUp, .01*10+.02*15+.03*15, 1e-12)
	near(t, "expected loss", h.ExpectedMUSD(), 10*(.01*10+.02*30+.03*20), 1e-12)
}

// TestInsureNothing: r c + h >= lambda (v - c) holds nothing.
func TestInsureNothing(t *testing.T) {
	h := holding(t, flat(t, 5, 100), 1, []Outcome{{Rate: .02, Tonnes: 50, UseTonnes: 100}})
	if s := h.Insure(Carrying{Money: .08}); s != 0 {
		t.Errorf("%v t at the very cost that a tonne gains", s)
	}
	if s := h.Insure(Carrying{Money: .0799}); math.Abs(s-50) > 1e-9 {
		t.Errorf("%v t below that cost, want 50", s)
	}
	dear := holding(t, flat(t, 5, 100), 6, []Outcome{{Rate: .9, Tonnes: 50, UseTonnes: 100}})
	if s := dear.Insure(Carrying{}); s != 0 {
		t.Errorf("%v t that cost more than they are worth", s)
	}
	if a, u := dear.AvoidedMUSD(50); a != 0 || u != 0 {
		t.Errorf("a stock dearer than its worth was used: %v %v", a, u)
	}
}

// randomHolding draws a convex loss and some stops.
func randomHolding(t *rapid.T) *Holding {
	use := rapid.Float64Range(1, 100).Draw(t, "use")
	var cut, loss []float64
	for k := range 4 {
		cut = append(cut, float64(k+1)/4)
		loss = append(loss, rapid.Float64Range(0, 500).Draw(t, "loss"))
	}
	curve, err := NewCurve(cut, loss, use)
	if err != nil {
		t.Fatal(err)
	}
	var outcomes []Outcome
	for range rapid.IntRange(0, 4).Draw(t, "outcomes") {
		u := use * rapid.Float64Range(.1, 3).Draw(t, "years")
		outcomes = append(outcomes, Outcome{rapid.Float64Range(0, .5).Draw(t, "rate"), u * rapid.Float64Range(0, 1).Draw(t, "share"), u})
	}
	h, err := NewHolding(curve, rapid.Float64Range(.01, 5).Draw(t, "cost"), outcomes)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestPieces: the pieces add up to what a stock avoids less what it uses up, and
// their gains fall.
func TestPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := randomHolding(t)
		tonnes, gain, last := 0.0, 0.0, math.Inf(1)
		for _, p := range h.Pieces() {
			if p.Gain > last || p.Gain < 0 || p.Tonnes <= 0 {
				t.Fatalf("piece %v after a gain of %v", p, last)
			}
			last = p.Gain
			tonnes += p.Tonnes
			gain += p.Tonnes * p.Gain * h.tonneMUSD
			avoided, usedUp := h.AvoidedMUSD(tonnes)
			if math.Abs(gain-(avoided-usedUp)) > 1e-9*(1+avoided) {
				t.Fatalf("pieces gain %v up to %v t, the stock %v", gain, tonnes, avoided-usedUp)
			}
		}
	})
}

// TestPortfolioBruteForce: no division of the budget on a grid gains more.
func TestPortfolioBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		holdings := []*Holding{randomHolding(t), randomHolding(t), randomHolding(t)}
		budget := rapid.Float64Range(0, 60).Draw(t, "budget")
		carrying := Carrying{Money: rapid.Float64Range(0, .3).Draw(t, "money"), Holding: .01}
		net := func(tonnes []float64) (sum float64) {
			for i, h := range holdings {
				avoided, usedUp := h.AvoidedMUSD(tonnes[i])
				sum += avoided - usedUp - carrying.Share()*tonnes[i]*h.tonneMUSD
			}
			return sum
		}
		tonnes, spent, err := Portfolio(holdings, carrying, budget)
		if err != nil {
			t.Fatal(err)
		}
		cost := 0.0
		for i, h := range holdings {
			cost += tonnes[i] * h.tonneMUSD
		}
		if spent > budget || math.Abs(spent-cost) > 1e-9*(1+cost) {
			t.Fatalf("spent %v of %v on stocks of %v", spent, budget, cost)
		}
		best := net(tonnes)
		const n = 24
		for i := range n + 1 {
			for j := range n + 1 - i {
				for k := range n + 1 - i - j {
					money := budget / n
					at := []float64{float64(i) * money / holdings[0].tonneMUSD, float64(j) * money / holdings[1].tonneMUSD, float64(k) * money / holdings[2].tonneMUSD}
					if v := net(at); v > best+1e-9*(1+math.Abs(best)) {
						t.Fatalf("%v gains %v, the portfolio %v only %v", at, v, tonnes, best)
					}
				}
			}
		}
	})
}

// TestPortfolioMoreBudget: more money never avoids less.
func TestPortfolioMoreBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		holdings := []*Holding{randomHolding(t), randomHolding(t), randomHolding(t)}
		carrying := Carrying{Money: .05}
		last := -1.0
		for _, budget := range []float64{0, .1, 1, 10, 100, 1e6} {
			tonnes, _, err := Portfolio(holdings, carrying, budget)
			if err != nil {
				t.Fatal(err)
			}
			sum := 0.0
			for i, h := range holdings {
				avoided, _ := h.AvoidedMUSD(tonnes[i])
				sum += avoided
			}
			if sum < last-1e-9*(1+last) {
				t.Fatalf("a budget of %v avoids %v, less than %v", budget, sum, last)
			}
			last = sum
		}
		for i, h := range holdings { // without a limit it is the insurance rule
			tonnes, _, _ := Portfolio(holdings, carrying, 1e6)
			if s := h.Insure(carrying); math.Abs(tonnes[i]-s) > 1e-9*(1+s) {
				t.Fatalf("%v t with all the money, %v t by the rule", tonnes[i], s)
			}
		}
	})
}

func TestHoldingRefuses(t *testing.T) {
	curve := flat(t, 1, 1)
	for _, c := range []struct {
		name string
		cost float64
		o    Outcome
		want error
		text string
	}{
		{"free tonnes", 0, Outcome{.1, 1, 1}, ErrCarrying, "costs 0"},
		{"a negative rate", 1, Outcome{-.1, 1, 1}, ErrOutcome, "rate -0.1"},
		{"a negative shortfall", 1, Outcome{.1, -1, 1}, ErrOutcome, "-1 t"},
		{"more than is used", 1, Outcome{.1, 2, 1}, ErrOutcome, "2 t of 1 t"},
		{"not a number", 1, Outcome{math.NaN(), 1, 1}, ErrOutcome, "NaN"},
	} {
		if _, err := NewHolding(curve, c.cost, []Outcome{c.o}); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v, want %v with %q", c.name, err, c.want, c.text)
		}
	}
	for _, budget := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, _, err := Portfolio(nil, Carrying{}, budget); !errors.Is(err, ErrBudget) {
			t.Errorf("a budget of %v: %v", budget, err)
		}
	}
}
