package ask

import (
	"context"
	"math"
	"strings"
	"testing"

	"chokepoint/internal/assess"
	"chokepoint/internal/fault"
	"chokepoint/internal/path"
	"chokepoint/internal/scenario"
)

// words are a question with the defaults of the command line.
func words(change func(*PathWords)) *PathWords {
	w := &PathWords{Horizon: DefaultHorizon, Months: 12}
	if change != nil {
		change(w)
	}
	return w
}

// TestPathDates: the dates of a file become months from the start, fractions by days.
func TestPathDates(t *testing.T) {
	c := newEngine(t).Catalog
	q, err := words(func(w *PathWords) {
		w.Dates = [][2]string{{"announced", "2025-02-15"}, {"in_force", "2025-04-01"}, {"ended", "2026-02"}}
	}).Question(c)
	if err != nil {
		t.Fatal(err)
	}
	p := q.Timing.Profile
	if q.Timing.Name != ProfileDates || q.Month(0) != "2025-02" || q.Month(11) != "2026-01" || math.Abs(p.Announced-0.5) > 1e-12 || p.InForce != 2 || p.Ended != 12 || p.Eased != 12 {
		t.Errorf("%s, starts %s: %+v", q.Timing.Name, q.Month(0), p)
	}
	if q, err = words(func(w *PathWords) { w.Dates, w.Start = [][2]string{{"in_force", "2025-04-01"}}, "2025-01" }).Question(c); err != nil {
		t.Fatal(err)
	}
	if p := q.Timing.Profile; p.Announced != 3 || p.InForce != 3 || p.Ended != path.Never {
		t.Errorf("%+v", p)
	}
	if q, err = words(func(w *PathWords) { w.Dates = [][2]string{{"announced", "2025-04"}} }).Question(c); err != nil || q.Timing.Name != ProfileMonths || q.Month(0) != "2025-01" {
		t.Errorf("dates without one in force: %+v, %v", q, err)
	}
}

// TestPathWords: what the flags say arrives, and what cannot be is refused.
func TestPathWords(t *testing.T) {
	c := newEngine(t).Catalog
	q, err := words(func(w *PathWords) {
		w.Start, w.Profile, w.StockPrice, w.StrategicTonnes, w.Release = "2024-11", "licensing", "usable", 7, "price=2,rate=0.5"
		w.Parameters = []string{"ramp_months=3", "ratchet=0"}
	}).Question(c)
	if err != nil {
		t.Fatal(err)
	}
	if q.Month(2) != "2025-01" || !q.Timing.LagFrom || q.StockPrice != path.ClosingUsable || q.Release != (path.Release{Rule: path.AtPrice, RateTonnes: 0.5, PriceRatio: 2}) || q.StrategicTonnes != 7 {
		t.Errorf("%+v", q)
	}
	for _, p := range q.Parameters {
		if p.Name == "ramp_months" && (p.Low != 3 || p.Mode != 3 || p.High != 3) || p.Name == "ratchet" && p.High != 0 {
			t.Errorf("%+v", p)
		}
	}
	if q, err = words(func(w *PathWords) { w.StrategicTonnes = 1 }).Question(c); err != nil || q.Release.Rule != path.AtShortage {
		t.Errorf("the rule of a stock without one: %+v, %v", q, err)
	}
	for text, change := range map[string]func(*PathWords){
		"--horizon: 241":               func(w *PathWords) { w.Horizon = 241 },
		"--start: \"soon\"":            func(w *PathWords) { w.Start = "soon" },
		"--start: \"1899-12\"":         func(w *PathWords) { w.Start = "1899-12" },
		"unknown profile \"quotas\"":   func(w *PathWords) { w.Profile = "quotas" },
		"--strategic-stock: NaN":       func(w *PathWords) { w.StrategicTonnes = math.NaN() },
		"--release: \"rate=\"":         func(w *PathWords) { w.StrategicTonnes, w.Release = 1, "rate=" },
		"--release: \"rate=NaN\"":      func(w *PathWords) { w.StrategicTonnes, w.Release = 1, "rate=NaN" },
		"--release: \"rate=1,rate=2\"": func(w *PathWords) { w.StrategicTonnes, w.Release = 1, "rate=1,rate=2" },
		"--release: \"price=2\"":       func(w *PathWords) { w.StrategicTonnes, w.Release = 1, "price=2" },
		"ratchet: \"NaN\"":             func(w *PathWords) { w.Parameters = []string{"ratchet=NaN"} },
		"--parameter: \"ratchet\"":     func(w *PathWords) { w.Parameters = []string{"ratchet"} },
	} {
		_, err := words(change).Question(c)
		wantFault(t, err, text)
	}
	if _, err := words(func(w *PathWords) {
		w.Dates = [][2]string{{"in_force", "2025-05"}, {"ended", "2025-04"}}
		w.Start = "2025-01"
	}).Question(c); fault.CodeOf(err) != fault.InvalidData {
		t.Errorf("an end before the start: %v", err)
	}
}

// TestPathTable: one row a commodity and month, ranges in order, notes on what was rejected.
func TestPathTable(t *testing.T) {
	e := newEngine(t)
	q, err := words(func(w *PathWords) { w.Horizon = 18 }).Question(e.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	var s scenario.Scenario
	s.Months = 12
	for _, id := range []string{"gallium", "germanium", "silver"} {
		u, err := e.Catalog.FindUnit(id)
		if err != nil {
			t.Fatal(err)
		}
		s.Withdrawals = append(s.Withdrawals, scenario.Single(u, "CHN", scenario.ExportRestriction).Withdrawals...)
	}
	p, err := Draws{N: 30, Seed: 1}.Paths(context.Background(), e, s, q)
	if err != nil {
		t.Fatal(err)
	}
	table, summary := p.Table(e.Catalog), p.Summary(e.Catalog)
	if len(p.Paths) != 2 || len(table.Rows) != 36 || len(summary.Rows) != 14 { // China imports silver
		t.Fatalf("%d paths, %d rows, %d rows of the summary", len(p.Paths), len(table.Rows), len(summary.Rows))
	}
	at := map[string]int{}
	for k, c := range table.Columns {
		if c.Meaning == "" {
			t.Errorf("column %s has no meaning", c.Name)
		}
		at[c.Name] = k
	}
	for i, row := range table.Rows {
		for _, name := range []string{"price_ratio_outside", "price_ratio_inside", "stocks_t", "use_share", "loss_musd"} {
			low, median, high := row[at[name+"_p05"]].(float64), row[at[name+"_p50"]].(float64), row[at[name+"_p95"]].(float64)
			if low > median || median > high {
				t.Errorf("row %d: %s from %v over %v to %v", i, name, low, median, high)
			}
		}
	}
	if !strings.Contains(strings.Join(p.Notes, "\n"), "30 draws") {
		t.Errorf("notes: %v", p.Notes)
	}
	_, err = Draws{N: MaxDraws, Seed: 1}.Paths(context.Background(), e, s, q)
	wantFault(t, err, "--draws")
}

// FuzzPathWords: no text of the flags panics, and what is taken is a question with
// finite numbers that a path accepts.
func FuzzPathWords(f *testing.F) {
	e, err := engine()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("2025-01", "licensing", "rate=5", "ratchet=0.2", "2025-04-04", 5.0, 60)
	f.Add("", "dates", "price=2,rate=1", "ahead_months=3", "2025", 1.0, 1)
	f.Add("2200-12", "months", "shortage", "=", "9999-12-31", 1e15, 240)
	f.Fuzz(func(t *testing.T, start, profile, release, parameter, date string, tonnes float64, horizon int) {
		w := &PathWords{Start: start, Profile: profile, Release: release, Parameters: []string{parameter}, StrategicTonnes: tonnes, Horizon: horizon, Months: 12}
		if _, err := parseDate(date); err == nil {
			w.Dates = [][2]string{{"in_force", date}}
		}
		q, err := w.Question(e.Catalog)
		if err != nil {
			return
		}
		p, err := assess.Modes(q.Parameters)
		if err != nil {
			t.Fatal(err)
		}
		profileOf := q.Timing.At(&p)
		if err := profileOf.Validate(); err != nil {
			t.Fatal(err)
		}
		if err := q.Release.Validate(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestPathNotes: a stock that stays where it is, and a restriction that lies beyond the
// months followed, are said in words; else they look like ones without effect.
func TestPathNotes(t *testing.T) {
	e := newEngine(t)
	unit, _ := e.Catalog.Unit("germanium")
	ask := func(change func(*PathWords)) string {
		t.Helper()
		q, err := words(change).Question(e.Catalog)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Draws{}.Paths(context.Background(), e, scenario.Single(unit, "CHN", scenario.ExportRestriction), q)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(p.Notes, "\n")
	}
	for want, change := range map[string]func(*PathWords){
		"56.1 of the 100 t of the strategic stock are released": func(w *PathWords) { w.StrategicTonnes = 100 },
		"24.0 of the 100 t of the strategic stock are released": func(w *PathWords) { w.StrategicTonnes, w.Release = 100, "rate=2" },
		"nothing is in force or threatened within the 12 months followed": func(w *PathWords) {
			w.Dates, w.Start, w.Horizon = [][2]string{{"in_force", "2025-04-01"}}, "2020-01", 12
		},
	} {
		if got := ask(change); !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := ask(func(w *PathWords) { w.Parameters = []string{"stock_sensitivity=10"} }); !strings.Contains(got, "the central path may swing: germanium") {
		t.Errorf("a path beyond the bound: %q", got)
	}
	if got := ask(nil); got != "" {
		t.Errorf("nothing to say: %q", got)
	}
	q, err := words(func(w *PathWords) { w.Parameters = []string{"stock_sensitivity=10"} }).Question(e.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Draws{N: 20, Seed: 1}.Paths(context.Background(), e, scenario.Single(unit, "CHN", scenario.ExportRestriction), q)
	if got := strings.Join(p.Notes, "\n"); err != nil || p.Drawn[0].Unstable < 11 || !strings.Contains(got, "do not use them") && !strings.Contains(got, "no ranges: in all of 20 draws") {
		t.Errorf("%d of 20 rejected: %q, %v", p.Drawn[0].Unstable, got, err)
	}
	if got := ask(func(w *PathWords) { w.Profile = "announcement-only" }); strings.Contains(got, "in force") {
		t.Errorf("a threat: %q", got)
	}
}
