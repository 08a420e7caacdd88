package explain

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"chokepoint/internal/assess"
	"chokepoint/internal/backtest"
	"chokepoint/internal/export"
)

func tester(t testing.TB, draws int) (*backtest.Model, []backtest.Event) {
	t.Helper()
	e := shippedEngine(t, assess.DefaultMethod())
	events, err := backtest.Load(e.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	ranges, err := backtest.Ranges(e.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	return &backtest.Model{Engine: e, Ranges: ranges, Structure: backtest.Shipped(), Draws: draws, Seed: 1}, events
}

// TestEvent: the scores of every event follow from the forecast that is printed, by
// the equations that are printed, and every row has a place and a source.
func TestEvent(t *testing.T) {
	m, events := tester(t, 50)
	r, err := m.Test(context.Background(), events, events)
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		id := row.Event.ID
		x, err := Event(m, row)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		s := symbols(x)
		near := func(what string, got, want float64) {
			t.Helper()
			if !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) {
				t.Errorf("%s: %s is %v, printed %v", id, what, got, want)
			}
		}
		loss := func(p10, p50, p90 float64) float64 {
			sum, y := 0.0, math.Log(s["came"])
			for k, q := range []float64{p10, p50, p90} {
				p := []float64{.1, .5, .9}[k]
				if q = math.Log(q); y < q {
					p--
				}
				sum += p * (y - q)
			}
			return sum / 3
		}
		near("value", s["p50"], x.Value.(float64))
		near("error", math.Abs(math.Log2(s["p50"]/s["came"])), s["error"])
		near("loss", loss(s["p10"], s["p50"], s["p90"]), s["loss"])
		wide := math.Exp(1.2815515655446004 * s["sigma"] * math.Sqrt(s["months"]))
		near("same_10", 1/wide, s["same_10"])
		near("same_90", wide, s["same_90"])
		near("same loss", loss(1/wide, 1, wide), s["same loss"])
		near("past loss", loss(s["past_10"], s["past_50"], s["past_90"]), s["past loss"])
		near("draws", s["draws"]+s["rejected"], 50)
		if before := s["before"]; before > 0 && math.Abs(s["after"]/before/s["came"]-1) > .02 {
			t.Errorf("%s: %v over %v, came %v", id, s["after"], before, s["came"])
		}
		inside := slices.ContainsFunc(x.Symbols, func(y Symbol) bool { return y.Symbol == "inside" && y.Value == "yes" })
		if inside != (s["p10"] <= s["came"] && s["came"] <= s["p90"]) {
			t.Errorf("%s: inside: %v", id, inside)
		}
		if notes := strings.Join(x.Notes, "\n"); !strings.Contains(notes, "Known before") || !strings.Contains(notes, "of the "+row.Event.Split) || !strings.Contains(notes, "Simulated as") {
			t.Errorf("%s: %s", id, notes)
		}
		events := 0
		for _, o := range x.Rows {
			if !strings.Contains(o.Place, ".csv:") || o.Source == "" || o.Grade == "" {
				t.Errorf("%s: row %+v", id, o)
			}
			if strings.HasPrefix(o.Place, "events.csv:") {
				events++
			}
		}
		if events < 5 {
			t.Errorf("%s: %d rows of table events", id, events)
		}
		for _, y := range x.Symbols {
			if v, ok := export.Number(y.Value); ok && (math.IsNaN(v) || math.IsInf(v, 0)) {
				t.Errorf("%s: %s is %g", id, y.Symbol, v)
			}
		}
	}
}

// TestEventCentral: without ranges, inputs and noise the forecast is the central
// ratio that is printed.
func TestEventCentral(t *testing.T) {
	m, events := tester(t, 3)
	still := *m
	still.Structure.FixedParameters, still.Structure.DrawInputs, still.Structure.LicenceMixture = true, false, false
	still.Ranges = slices.Clone(m.Ranges)
	for k := range still.Ranges {
		if r := &still.Ranges[k]; r.Name == "monthly_noise" {
			r.Low, r.Mode, r.High = 0, 0, 0
		}
	}
	predictions, err := still.Predict(context.Background(), events)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range predictions {
		s, why, err := m.Simulate(&events[i])
		if err != nil || why != "" {
			t.Fatalf("%s: %v %s", events[i].ID, err, why)
		}
		if p.Untestable == "" && math.Abs(p.P50/s.Ratio-1) > 1e-12 {
			t.Errorf("%s: central %v, without any spread %v", events[i].ID, s.Ratio, p.P50)
		}
	}
}

// TestEventUntestable: an event without forecast says why, and an unknown name what
// was meant.
func TestEventUntestable(t *testing.T) {
	m, events := tester(t, 5)
	events[0].Untestable = "no price before and after"
	r, err := m.Test(context.Background(), events[:1], events)
	if err != nil {
		t.Fatal(err)
	}
	x, err := Event(m, &r.Rows[0])
	if err != nil || x.Value != nil || !strings.Contains(x.Notes[0], "no price before and after") {
		t.Errorf("%+v, %v", x, err)
	}
	if _, err := FindEvent(events, "ga2023-2"); err == nil || !strings.Contains(err.Error(), "did you mean ga2023-2m?") {
		t.Errorf("%v", err)
	}
}
