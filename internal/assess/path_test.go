package assess

import (
	"context"
	"math"
	"reflect"
	"testing"

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

// TestPathsAnyWorkers: draws do not depend on the number of workers.
func TestPathsAnyWorkers(t *testing.T) {
	e := engine(t)
	q := question(t, e, 12)
	s, err := e.NewSampler(run(t, e, restriction(t, e, "gallium", "CHN"), restriction(t, e, "palladium", "RUS")), 1)
	if err != nil {
		t.Fatal(err)
	}
	one, err := s.CollectPaths(context.Background(), q, 1, 40, 1)
	if err != nil {
		t.Fatal(err)
	}
	many, err := s.CollectPaths(context.Background(), q, 1, 40, 7)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(one, many) {
		t.Error("7 workers give other draws than 1")
	}
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
