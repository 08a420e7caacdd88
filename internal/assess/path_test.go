package assess

import (
	"context"
	"math"
	"reflect"
	"strings"
	"testing"

	"chokepoint/internal/fault"
	"chokepoint/internal/path"
	"chokepoint/internal/scenario"
)

// question is a path of the shipped parameters.
func question(t testing.TB, e *Engine, months float64) *PathQuestion {
	t.Helper()
	p, err := PathParameters(e.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	return &PathQuestion{Horizon: 60, Timing: FullStopFor(months), Parameters: p}
}

// still are parameters with which every month is the annual model.
func still(q *PathQuestion) {
	for k := range q.Parameters {
		p := &q.Parameters[k]
		switch p.Name {
		case "expectation_months", "adjustment_months", "ramp_months", "ahead_share", "minimum_stock_share":
			p.Low, p.Mode, p.High = 0, 0, 0
		case "short_run_share":
			p.Low, p.Mode, p.High = 1, 1, 1
		}
	}
}

// TestPathOfOneYear: without stocks and delays twelve months of a stop cost what the
// annual model says, in each of its parts.
func TestPathOfOneYear(t *testing.T) {
	e, err := New(engine(t).Catalog, DefaultMethod(), "gallium.stock_months=0", "palladium.stock_months=0", "neodymium.stock_months=0")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{{"gallium", "CHN"}, {"palladium", "RUS"}, {"neodymium", "CHN"}} {
		q := question(t, e, 12)
		still(q)
		s := restriction(t, e, c[0], c[1])
		want := run(t, e, s)[0]
		got, err := e.Path(context.Background(), s, q)
		if err != nil {
			t.Fatal(err)
		}
		var parts Parts
		for _, m := range got.Months[:12] {
			parts.HitMUSD += m.Parts.HitMUSD
			parts.UsersPriceMUSD += m.Parts.UsersPriceMUSD
			parts.ProducerVolumeMUSD += m.Parts.ProducerVolumeMUSD
			parts.ProducerPriceMUSD += m.Parts.ProducerPriceMUSD
			parts.RestMUSD += m.Parts.RestMUSD
		}
		for k, pair := range [][2]float64{{parts.HitMUSD, want.Parts.HitMUSD}, {parts.UsersPriceMUSD, want.Parts.UsersPriceMUSD}, {parts.ProducerVolumeMUSD, want.Parts.ProducerVolumeMUSD},
			{parts.ProducerPriceMUSD, want.Parts.ProducerPriceMUSD}, {parts.RestMUSD, want.Parts.RestMUSD}} {
			if math.Abs(pair[0]-pair[1]) > 1e-7*math.Abs(want.LossMUSD) {
				t.Errorf("%s: part %d is %v, expected %v", c[0], k+1, pair[0], pair[1])
			}
		}
	}
}

// TestPathsAreKeyed: a draw depends on the seed and its number, not on workers, nor
// on which other scenarios are followed.
func TestPathsAreKeyed(t *testing.T) {
	e := engine(t)
	q := question(t, e, 12)
	collect := func(workers int, seed uint64, list ...scenario.Scenario) []PathDrawn {
		t.Helper()
		s, err := e.NewSampler(run(t, e, list...), seed)
		if err != nil {
			t.Fatal(err)
		}
		out, err := s.CollectPaths(context.Background(), q, seed, 40, workers)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	gallium, palladium := restriction(t, e, "gallium", "CHN"), restriction(t, e, "palladium", "RUS")
	want := collect(1, 1, gallium, palladium)
	if !reflect.DeepEqual(collect(7, 1, gallium, palladium), want) {
		t.Error("7 workers give other draws than 1")
	}
	if !reflect.DeepEqual(collect(2, 1, palladium)[0], want[1]) {
		t.Error("palladium alone has other draws")
	}
	if reflect.DeepEqual(collect(1, 2, palladium)[0], want[1]) {
		t.Error("another seed gives the same draws")
	}
}

// TestPathWithoutWidth: draws of inputs and parameters without width are the central
// path, their losses those of the linearised economy.
func TestPathWithoutWidth(t *testing.T) {
	e := engine(t)
	q := question(t, e, 12)
	for k := range q.Parameters {
		q.Parameters[k].Low, q.Parameters[k].High = q.Parameters[k].Mode, q.Parameters[k].Mode
	}
	list := []scenario.Scenario{restriction(t, e, "gallium", "CHN"), outage(t, e, "rhodium", "ZAF")}
	s, err := e.NewSampler(run(t, e, list...), 1)
	if err != nil {
		t.Fatal(err)
	}
	for u := range s.draw { // no input varies
		s.draw[u].inputs = nil
	}
	drawn, err := s.CollectPaths(context.Background(), q, 1, 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, one := range list {
		central, err := e.Path(context.Background(), one, q)
		if err != nil {
			t.Fatal(err)
		}
		linear, err := s.LinearisedLoss(central, i)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(linear-central.LossMUSD-central.AdaptedMUSD) > 0.05*central.LossMUSD {
			t.Errorf("linearised loss %v, exact %v", linear, central.LossMUSD)
		}
		for k, sum := range drawn[i].Summary {
			if sum.Summary != central.Summary || sum.SurvivedMonths != central.SurvivedMonths || sum.Short != central.Short || math.Abs(sum.LossMUSD+sum.AdaptedMUSD-linear) > 1e-9*linear {
				t.Errorf("draw %d: %+v, central %+v, linearised loss %v", k, sum, central.PathSummary, linear)
			}
		}
		for k, m := range central.Months {
			if got := drawn[i].Months[k].PriceRatioOutside[0]; got != m.PriceRatioOutside {
				t.Errorf("month %d: price %v, central %v", k, got, m.PriceRatioOutside)
			}
		}
	}
}

// TestUnstableDraws: draws below the bound are rejected and counted, all of them
// where stocks are too small, none where the price hardly answers them.
func TestUnstableDraws(t *testing.T) {
	base := engine(t)
	for _, c := range []struct {
		months, sensitivity string
		want                func(rejected int) bool
	}{
		{"0.01", "", func(n int) bool { return n >= 45 }},
		{"3", "0.001", func(n int) bool { return n == 0 }},
		{"0.5", "", func(n int) bool { return n > 5 && n < 50 }},
	} {
		e, err := New(base.Catalog, DefaultMethod(), "gallium.stock_months="+c.months)
		if err != nil {
			t.Fatal(err)
		}
		q := question(t, e, 12)
		if c.sensitivity != "" {
			for k := range q.Parameters {
				if p := &q.Parameters[k]; p.Name == "stock_sensitivity" {
					p.Low, p.Mode, p.High = 0.001, 0.001, 0.001
				}
			}
		}
		s, err := e.NewSampler(run(t, e, restriction(t, e, "gallium", "CHN")), 1)
		if err != nil {
			t.Fatal(err)
		}
		drawn, err := s.CollectPaths(context.Background(), q, 1, 50, 2)
		if err != nil {
			t.Fatal(err)
		}
		if n := drawn[0].Unstable; !c.want(n) || len(drawn[0].Summary) != 50-n || len(drawn[0].Months[3].UseShare) != 50-n {
			t.Errorf("stocks of %s months: %d rejected, %d kept", c.months, n, len(drawn[0].Summary))
		}
	}
}

// TestPathAddsUp: the losses of the months are the loss, parts the months, and nothing
// is lost where nothing is withdrawn.
func TestPathAddsUp(t *testing.T) {
	e := engine(t)
	q := question(t, e, 30)
	for _, s := range []scenario.Scenario{restriction(t, e, "gallium", "CHN"), outage(t, e, "lithium", "USA"), outage(t, e, "beryllium", "USA"), restriction(t, e, "gallium", "FIN")} {
		r, err := e.Path(context.Background(), s, q)
		if err != nil {
			t.Fatal(err)
		}
		sum, after := 0.0, 0.0
		for k, m := range r.Months {
			near(t, "month", m.LossMUSD, m.Parts.LossMUSD(), 1e-12, 1e-9)
			if m.Adapted != (k >= 30 && m.PriceRatioOutside < RestedPriceRatio) {
				t.Errorf("month %d of a stop of 30 at a price of %v counts as adapted: %v", k, m.PriceRatioOutside, m.Adapted)
			}
			if m.Adapted {
				after += m.LossMUSD
			} else {
				sum += m.LossMUSD
			}
			if len(r.Scenario.Withdrawals) == 0 && (m.LossMUSD != 0 || m.PriceRiseOutside != 0) {
				t.Errorf("month %d of nothing: %+v", k, m)
			}
		}
		near(t, "sum", r.LossMUSD, sum, 1e-12, 1e-9)
		near(t, "sum of those who have adapted", r.AdaptedMUSD, after, 1e-12, 1e-9)
	}
	if _, err := e.Path(context.Background(), together(restriction(t, e, "gallium", "CHN"), restriction(t, e, "palladium", "RUS")), q); err == nil {
		t.Error("a path of two commodities")
	}
	if n := len(ByUnit(together(restriction(t, e, "gallium", "CHN"), restriction(t, e, "palladium", "RUS"), restriction(t, e, "palladium", "ZAF")))); n != 2 {
		t.Errorf("%d scenarios of two commodities", n)
	}
}

// TestLossGrowsWithCut: where no US producer gains, a larger cut never costs less than
// a smaller one, nor does a strategic stock raise the loss. A loss that counts months
// by their price alone fails here: a small cut never lifts the price far enough for
// it to be "back".
func TestLossGrowsWithCut(t *testing.T) {
	e := engine(t)
	for _, c := range [][2]string{{"gallium", "CHN"}, {"germanium", "CHN"}, {"tungsten", "CHN"}, {"antimony", "CHN"}, {"graphite-natural", "CHN"}, {"cobalt-metal", "CHN"}, {"palladium", "RUS"}, {"rhodium", "ZAF"}, {"dysprosium", "CHN"}} {
		q := question(t, e, 12)
		last := 0.0
		for _, cut := range []float64{.001, .01, .03, .05, .1, .2, .4, .7, 1} {
			s := restriction(t, e, c[0], c[1])
			s.Withdrawals[0].Fraction = cut
			r, err := e.Path(context.Background(), s, q)
			if err != nil {
				t.Fatal(err)
			}
			if r.LossMUSD < last {
				t.Errorf("%s: a cut of %v costs %v, a smaller one %v", c[0], cut, r.LossMUSD, last)
			}
			last = r.LossMUSD
		}
		use := 0.0
		for _, months := range []float64{0, .5, 2, 6, 24} {
			q.StrategicTonnes, q.Release = months*use, path.Release{Rule: path.AtShortage}
			r, err := e.Path(context.Background(), restriction(t, e, c[0], c[1]), q)
			if err != nil {
				t.Fatal(err)
			}
			if use = r.Setup.UseTonnes(); r.LossMUSD > last*(1+1e-12) {
				t.Errorf("%s: with a stock of %v months it costs %v, with less %v", c[0], months, r.LossMUSD, last)
			}
			last = r.LossMUSD
		}
	}
}

// TestLossOfWhatGoesOn: while a restriction is in force, all its months are in the loss,
// whatever the price; a threat counts until it is lifted.
func TestLossOfWhatGoesOn(t *testing.T) {
	e := engine(t)
	timings, err := Timings(e.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	for _, timing := range timings {
		for _, unit := range []string{"graphite-natural", "cobalt-metal", "gallium"} {
			q := question(t, e, 12)
			q.Timing = timing
			r, err := e.Path(context.Background(), restriction(t, e, unit, "CHN"), q)
			if err != nil {
				t.Fatal(err)
			}
			ended := min(float64(q.Horizon), r.Profile.Ended)
			for k, m := range r.Months[:int(ended)] {
				if m.Adapted {
					t.Errorf("%s of %s: month %d is not in the loss", timing.Name, unit, k)
				}
			}
			if ended == float64(q.Horizon) && r.AdaptedMUSD != 0 || r.AdaptedMonths() > q.Horizon-int(ended) {
				t.Errorf("%s of %s: %v of %d months after the end", timing.Name, unit, r.AdaptedMUSD, r.AdaptedMonths())
			}
		}
	}
}

// TestTimings: presets are in order, those of licences take the parameters, and a full
// licence is a null event.
func TestTimings(t *testing.T) {
	e := engine(t)
	timings, err := Timings(e.Catalog)
	if err != nil || len(timings) < 8 {
		t.Fatalf("%d presets, %v", len(timings), err)
	}
	q := question(t, e, 12)
	p, err := Modes(q.Parameters)
	if err != nil {
		t.Fatal(err)
	}
	s := restriction(t, e, "gallium", "CHN")
	for _, x := range timings {
		f := x.At(&p)
		if err := f.Validate(); err != nil {
			t.Errorf("%s: %v", x.Name, err)
		}
		if x.Name == "licensing" && (f.LagMonths != p.LagMonths || f.Flow != p.LicensedFlow) {
			t.Errorf("licensing: %+v", f)
		}
		if x.Name == "announcement-only" && f.Probability != p.ThreatProbability {
			t.Errorf("announcement-only: %+v", f)
		}
	}
	for k := range q.Parameters {
		x := &q.Parameters[k]
		switch x.Name {
		case "licence_flow":
			x.Low, x.Mode, x.High = 1, 1, 1
		case "licence_lag_months":
			x.Low, x.Mode, x.High = 0, 0, 0
		}
	}
	for _, x := range timings {
		if x.Name == "licensing" {
			q.Timing = x
		}
	}
	r, err := e.Path(context.Background(), s, q)
	if err != nil {
		t.Fatal(err)
	}
	if r.LossMUSD != 0 || r.PeakPriceRatio != 1 || r.LowestUseShare != 1 || !r.Recovered {
		t.Errorf("a full licence: %+v", r.PathSummary)
	}
}

// TestPathTables: rows that cannot be are refused with their place.
func TestPathTables(t *testing.T) {
	e := engine(t)
	for want, c := range map[string]struct {
		table string
		edit  edit
	}{
		`unknown parameter "tau"`:       {"path_parameters", rowwise(func(r record) []record { return []record{r.renamed("parameter", "ramp_months", "tau")} })},
		"low 3, mode 2, high 4":         {"path_parameters", rowwise(func(r record) []record { return []record{r.onlyIf("parameter", "expectation_months", "low", "3")} })},
		"in force at month 4 and eased": {"restriction_profiles", rowwise(func(r record) []record { return []record{r.onlyIf("profile", "pre-announced", "eased_months", "3")} })},
		"6.5 months ahead: expected a whole number": {"path_parameters", rowwise(func(r record) []record {
			return []record{r.onlyIf("parameter", "ahead_months", "mode", "6.5").onlyIf("parameter", "ahead_months", "high", "7")}
		})},
		"restriction_profiles.csv:2:1: a preset with the name \"months\"": {"restriction_profiles", rowwise(func(r record) []record { return []record{r.renamed("profile", "full-stop", "months")} })},
		"low 0.3, mode 0.6, high 1.5":                                     {"path_parameters", rowwise(func(r record) []record { return []record{r.onlyIf("parameter", "short_run_share", "high", "1.5")} })},
	} {
		other := overlaid(t, e, map[string]edit{c.table: c.edit})
		_, err := PathParameters(other.Catalog)
		if c.table == "restriction_profiles" {
			_, err = Timings(other.Catalog)
		}
		if err == nil || !strings.Contains(err.Error(), want) || fault.CodeOf(err) != fault.InvalidData {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// renamed is the row with another key, if it has this one.
func (r record) renamed(field, from, to string) record {
	if r[field] == from {
		return r.set(field, to)
	}
	return r
}

// onlyIf sets a field of the row with a key.
func (r record) onlyIf(key, value, field, text string) record {
	if r[key] == value {
		return r.set(field, text)
	}
	return r
}

// BenchmarkPaths follows the baseline for 60 months: central with the effect on GDP,
// and draws of it (one operation is one draw of all scenarios).
func BenchmarkPaths(b *testing.B) {
	e := engine(b)
	q := question(b, e, 12)
	var every []int
	for unit := range e.Catalog.Units {
		if e.Catalog.Units[unit].InUSGS84 {
			every = append(every, unit)
		}
	}
	results, err := e.Run(context.Background(), scenario.Baseline(e.Catalog, e.Figures, every), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("markets", func(b *testing.B) {
		p, err := Modes(q.Parameters)
		if err != nil {
			b.Fatal(err)
		}
		profile := q.Timing.At(&p)
		op, err := e.Operator()
		if err != nil {
			b.Fatal(err)
		}
		w := e.newWorker(op)
		var s path.Setup
		var o path.Outcome
		b.ReportAllocs()
		for b.Loop() {
			for _, r := range results {
				if err := w.setup(&s, r.Units[0].Unit, r.Scenario, q); err != nil {
					b.Fatal(err)
				}
				if err := path.Run(&o, &s, &p, &profile, 60); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("with GDP", func(b *testing.B) {
		for b.Loop() {
			for _, r := range results {
				if _, err := e.Path(context.Background(), r.Scenario, q); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("draw", func(b *testing.B) {
		s, err := e.NewSampler(results, 1)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		b.ResetTimer()
		if err := s.Paths(context.Background(), q, 1, 0, uint64(b.N), 2, false, func(*PathDraw) error { return nil }); err != nil {
			b.Fatal(err)
		}
	})
}
