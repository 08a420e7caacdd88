package assess

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"chokepoint/internal/sample"
	"chokepoint/internal/scenario"
)

func sampler(t testing.TB, e *Engine, list []scenario.Scenario, seed uint64) *Sampler {
	t.Helper()
	results, err := e.Run(context.Background(), list, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewSampler(results, seed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func draws(t testing.TB, s *Sampler, from, to uint64, workers int) []*Draw {
	t.Helper()
	var out []*Draw
	if err := s.Run(context.Background(), from, to, workers, func(d *Draw) error { out = append(out, d); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// The middle of every distribution is the mode: the draw there is the central
// result, up to the rounding of the adjoint.
func TestMiddleIsCentral(t *testing.T) {
	e := engine(t)
	list := append(varied(t, e), together(restriction(t, e, "palladium", "RUS"), restriction(t, e, "rhodium", "ZAF")))
	s := sampler(t, e, list, 1)
	u := make([]float64, len(s.Variables()))
	for i := range u {
		u[i] = 0.5
	}
	d, err := s.NewEvaluator().Evaluate(u)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range s.Scenarios {
		where := name(e, r)
		near(t, where+": loss", d.LossMUSD[i], r.LossMUSD, 1e-8, 1e-3)
		near(t, where+": (i)", d.Parts[i].HitMUSD, r.Parts.HitMUSD, 1e-8, 1e-3)
		near(t, where+": (ii)", d.Parts[i].UsersPriceMUSD, r.Parts.UsersPriceMUSD, 1e-9, 1e-3)
		near(t, where+": (iii)", d.Parts[i].ProducerVolumeMUSD, r.Parts.ProducerVolumeMUSD, 1e-9, 1e-3)
		near(t, where+": (iv)", d.Parts[i].ProducerPriceMUSD, r.Parts.ProducerPriceMUSD, 1e-9, 1e-3)
		if len(r.Units) == 1 {
			near(t, where+": price", d.PriceRatio[i], r.Units[0].Market.PriceRatio, 1e-12, 0)
		}
	}
}

// Inputs without width draw the central result.
func TestNoWidth(t *testing.T) {
	e := engine(t)
	same := func(name string) edit {
		return rowwise(func(r record) []record {
			return []record{r.set(name+"_low", r[name+"_mode"]).set(name+"_high", r[name+"_mode"])}
		})
	}
	both := func(a, b edit) edit { return func(rows []record) []record { return b(a(rows)) } }
	narrow := overlaid(t, e, map[string]edit{
		"evidence_grade":         rowwise(func(r record) []record { return []record{r.set("relative_half_width_90pct", "0")} }),
		"elasticities":           both(same("demand"), same("supply")),
		"application_industries": same("dependence"),
		"idle_capacity":          same("usable_within_year_t"),
		"secondary_supply":       both(same("one_year_price_response"), same("secondary_share_pct")),
		"stocks":                 same("commercial_stocks_months"),
	})
	// The recycled share keeps the gap of the judgements, and dependence the gap
	// of its modes: one judgement alone has neither.
	one := with(t, narrow, func(m *Method) { m.Judgement = "a" })
	list := varied(t, one)
	s := sampler(t, one, list, 7)
	for _, d := range draws(t, s, 0, 3, 1) {
		for i, r := range s.Scenarios {
			near(t, name(one, r), d.LossMUSD[i], r.LossMUSD, 1e-8, 1e-3)
			if len(r.Units) == 1 && d.PriceRatio[i] != r.Units[0].Market.PriceRatio {
				t.Errorf("%s: price %.17g, central %.17g", name(one, r), d.PriceRatio[i], r.Units[0].Market.PriceRatio)
			}
		}
	}
}

// A draw depends on seed, draw and unit alone: not on workers, on which draws are
// run with it, nor on which other units are.
func TestDrawsAreKeyed(t *testing.T) {
	e := engine(t)
	all := sampler(t, e, restrictions(e)[:300], 3)
	want := draws(t, all, 0, 20, 1)
	for _, workers := range []int{2, 8} {
		if got := draws(t, all, 0, 20, workers); !reflect.DeepEqual(got, want) {
			t.Errorf("%d workers give other draws", workers)
		}
	}
	if got := draws(t, all, 13, 20, 2); !reflect.DeepEqual(got, want[13:]) {
		t.Error("a part gives other draws than the whole")
	}
	alone := sampler(t, e, []scenario.Scenario{all.Scenarios[120].Scenario}, 3)
	for k, d := range draws(t, alone, 0, 20, 2) {
		if d.LossMUSD[0] != want[k].LossMUSD[120] || d.PriceRatio[0] != want[k].PriceRatio[120] {
			t.Fatalf("draw %d of %s alone: %v, among others %v", k, name(e, alone.Scenarios[0]), d.LossMUSD[0], want[k].LossMUSD[120])
		}
	}
	other := draws(t, sampler(t, e, restrictions(e)[:300], 4), 0, 20, 2)
	if reflect.DeepEqual(other, want) {
		t.Error("another seed gives the same draws")
	}
}

// The spread of what is drawn is that of the inputs: the median near the centre,
// one draw in ten below the low end.
func TestSpreadOfPrice(t *testing.T) {
	e := engine(t)
	s := sampler(t, e, []scenario.Scenario{restriction(t, e, "gallium", "CHN")}, 1)
	drawn, err := s.Collect(context.Background(), 512, 2)
	if err != nil {
		t.Fatal(err)
	}
	price := slices.Sorted(slices.Values(drawn[0].PriceRatio))
	central := s.Scenarios[0].Units[0].Market.PriceRatio
	if low, high := price[25], price[486]; !(low < central && central < high) || price[0] <= 1 {
		t.Errorf("central price %g outside the 90 %% range %g to %g", central, low, high)
	}
	sum := 0.0
	for k := range drawn[0].LossMUSD {
		parts := 0.0
		for _, p := range drawn[0].Parts {
			parts += p[k]
		}
		sum += math.Abs(parts + drawn[0].LossMUSD[k])
	}
	if sum > 1e-6 {
		t.Errorf("parts do not add up to the loss: off by %g", sum)
	}
}

// Draws by the adjoint are near exact solves, and the error that is printed is
// that of the draws that were checked.
func TestCheckAdjoint(t *testing.T) {
	e := engine(t)
	s := sampler(t, e, restrictions(e), 1)
	c, err := s.CheckAdjoint(200, 60)
	if err != nil {
		t.Fatal(err)
	}
	if c.Checked < 50 || !(c.Median < 0.02) || !(c.OfTotal < 0.1) || c.P90 < c.Median {
		t.Errorf("%+v", c)
	}
	none := with(t, e, func(m *Method) { m.Downstream = 1 })
	list := restrictions(none)[:50]
	d := draws(t, sampler(t, none, list, 1), 0, 4, 1)
	if len(d) != 4 {
		t.Fatalf("%d draws", len(d))
	}
	for _, x := range d { // downstream none is linear: the adjoint is exact, nothing reaches the rest
		for i, p := range x.Parts {
			near(t, "rest without downstream", p.RestMUSD, 0, 1e-9, 1e-3-p.HitMUSD)
			if x.LossMUSD[i] != p.LossMUSD() {
				t.Errorf("loss %g is not that of the parts %g", x.LossMUSD[i], p.LossMUSD())
			}
		}
	}
}

// A draw that leaves a country no net exports costs nothing, and says so.
func TestNothingLeftToWithdraw(t *testing.T) {
	e := engine(t)
	s := sampler(t, e, restrictions(e), 1)
	nothing := 0
	for _, d := range draws(t, s, 0, 16, 2) {
		for i, w := range d.Withdrawn {
			if !w {
				nothing++
				if d.LossMUSD[i] != 0 {
					t.Fatalf("draw %d of %s: nothing withdrawn, loss %g", d.Index, name(e, s.Scenarios[i]), d.LossMUSD[i])
				}
			}
		}
	}
	if nothing == 0 {
		t.Error("every draw leaves every country net exports, though some have hardly any")
	}
}

func TestDrawsStop(t *testing.T) {
	e := engine(t)
	s := sampler(t, e, restrictions(e)[:20], 1)
	ctx, cancel := context.WithCancel(context.Background())
	seen := 0
	err := s.Run(ctx, 0, 1_000_000, 2, func(*Draw) error {
		if seen++; seen == 5 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || seen < 5 || seen > 1000 {
		t.Errorf("%v after %d draws", err, seen)
	}
	boom := errors.New("boom")
	if err := s.Run(context.Background(), 0, 100, 2, func(*Draw) error { return boom }); !errors.Is(err, boom) {
		t.Errorf("error of the sink: %v", err)
	}
}

func BenchmarkDraws(b *testing.B) {
	e := engine(b)
	s := sampler(b, e, restrictions(e), 1)
	for b.Loop() {
		if err := s.Run(context.Background(), 0, 64, 0, func(*Draw) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

// Scrambled points estimate the mean loss of a commodity better than random ones:
// over sixteen seeds each, the variance of the estimate is less than half.
func TestPointsBeatRandomDraws(t *testing.T) {
	e := engine(t)
	const n, seeds = 256, 16
	for _, id := range []string{"gallium", "tungsten", "palladium"} {
		country := map[string]string{"gallium": "CHN", "tungsten": "CHN", "palladium": "RUS"}[id]
		list := []scenario.Scenario{restriction(t, e, id, country)}
		var means [][2]float64
		for seed := range uint64(seeds) {
			s := sampler(t, e, list, seed)
			v, u := s.NewEvaluator(), make([]float64, len(s.Variables()))
			plain := sample.NewPlain(seed, "random draws")
			var mean [2]float64
			for _, d := range draws(t, s, 0, n, 2) {
				mean[0] += d.LossMUSD[0] / n
			}
			for k := range uint64(n) {
				for i := range u {
					u[i] = plain.Uniform(k, i, uint64(i))
				}
				d, err := v.Evaluate(u)
				if err != nil {
					t.Fatal(err)
				}
				mean[1] += d.LossMUSD[0] / n
			}
			means = append(means, mean)
		}
		variance := func(i int) float64 {
			sum, squares := 0.0, 0.0
			for _, m := range means {
				sum += m[i]
				squares += m[i] * m[i]
			}
			return squares/seeds - sum*sum/seeds/seeds
		}
		if sobol, random := variance(0), variance(1); !(sobol < random/2) {
			t.Errorf("%s: variance of the mean of %d draws: scrambled points %g, random %g", id, n, sobol, random)
		}
	}
}
