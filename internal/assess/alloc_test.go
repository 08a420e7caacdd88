package assess

import (
	"slices"
	"testing"

	"chokepoint/internal/economy"
)

// preparedWorker is a worker whose engine holds the pieces of one unit, with the
// answers to some cuts of its leader.
func preparedWorker(t *testing.T, e *Engine, id, country string) (*worker, *unitModel, []*Result) {
	t.Helper()
	op, err := e.Operator()
	if err != nil {
		t.Fatal(err)
	}
	results := run(t, e, restriction(t, e, id, country), cut(restriction(t, e, id, country), 0.5), cut(restriction(t, e, id, country), 0.01))
	return e.newWorker(op), &e.units[unit(t, e, id)], results
}

// Looking a scenario up does not allocate: not the market, the economy, nor (E3).
func TestScenarioDoesNotAllocate(t *testing.T) {
	for _, downstream := range []economy.Downstream{economy.Soft, economy.None} {
		e := with(t, engine(t), func(m *Method) { m.Downstream = downstream })
		for _, c := range [][2]string{{"gallium", "CHN"}, {"palladium", "RUS"}, {"copper-refined", "CHL"}} {
			w, m, results := preparedWorker(t, e, c[0], c[1])
			answers := make([]Result, len(results))
			units := make([][]UnitOutcome, len(results))
			for k, r := range results {
				units[k] = slices.Clone(r.Units)
			}
			evaluate := func() {
				for k, r := range results {
					answers[k] = Result{Scenario: r.Scenario, Hash: r.Hash, Units: units[k]}
					for i := range units[k] {
						units[k][i] = UnitOutcome{Unit: r.Units[i].Unit}
					}
					if err := w.clear(&answers[k]); err != nil {
						t.Fatal(err)
					}
					if err := w.single(&answers[k], m, false); err != nil {
						t.Fatal(err)
					}
				}
			}
			evaluate() // grows the workspace
			for k, r := range results {
				if answers[k].LossMUSD != r.LossMUSD || answers[k].Units[0] != r.Units[0] {
					t.Errorf("%s: loss %g, want %g", name(e, r), answers[k].LossMUSD, r.LossMUSD)
				}
			}
			if n := testing.AllocsPerRun(20, evaluate); n != 0 && counted {
				t.Errorf("%s %s, %v: %g allocations for %d scenarios", c[0], c[1], downstream, n, len(results))
			}
		}
	}
}

// What a scenario more costs a whole run, beside its pieces: its result, its
// canonical form and its hash. None of it grows with industries.
func TestAllocationsOfRun(t *testing.T) {
	const limit = 20
	e := engine(t)
	list := restrictions(e)[:200]
	runWith(t, e, Options{Workers: 1}, list...) // finds the pieces
	count := func(n int) float64 {
		return testing.AllocsPerRun(5, func() { runWith(t, e, Options{Workers: 1}, list[:n]...) })
	}
	more := (count(200) - count(100)) / 100
	t.Logf("%.1f allocations a scenario", more)
	if more > limit {
		t.Errorf("%.1f allocations a scenario, at most %d", more, limit)
	}
}
