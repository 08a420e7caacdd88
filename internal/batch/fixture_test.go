package batch

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"chokepoint/internal/assess"
	"chokepoint/internal/assess/assesstest"
	"chokepoint/internal/catalog"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/probability"
	"chokepoint/internal/scenario"
)

const (
	testVersion = "test"
	testDraws   = 70 // not divisible by 3
)

// request is a small run of a kind.
func request(t testing.TB, kind string, draws uint64, shards int, overlays ...string) Request {
	t.Helper()
	var layers []datapackage.Overlay
	for _, o := range overlays {
		layers = append(layers, datapackage.Overlay{Label: o, FS: os.DirFS(o)})
	}
	e, err := assesstest.Engine(assess.DefaultMethod(), layers...)
	if err != nil {
		t.Fatal(err)
	}
	c := e.Catalog
	p, err := probability.New(c, e.Figures, probability.Fitted)
	if err != nil {
		t.Fatal(err)
	}
	r := Request{Version: testVersion, Engine: e, Probability: p, Overlays: len(overlays), Seed: 5, Draws: draws, Shards: shards}
	if kind == KindRank {
		r.Ranking = &Ranking{Units: []string{"gallium", "germanium", "rhodium"}, ActAs: "country"}
		return r
	}
	gallium, germanium := unit(t, c, "gallium"), unit(t, c, "germanium")
	both := scenario.Single(gallium, "CHN", scenario.ExportRestriction)
	both.Withdrawals = append(both.Withdrawals, scenario.Single(germanium, "CHN", scenario.ExportRestriction).Withdrawals...)
	r.Scenarios = []scenario.Scenario{scenario.Single(gallium, "CHN", scenario.ExportRestriction), scenario.Single(unit(t, c, "rhodium"), "ZAF", scenario.ExportRestriction), both}
	r.Labels = []string{"gallium from CHN", "rhodium from ZAF", "both"}
	return r
}

func unit(t testing.TB, c *catalog.Catalog, name string) int {
	t.Helper()
	u, err := c.FindUnit(name)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// create makes a run directory with its model.
func create(t testing.TB, r Request, overlays ...string) (*Dir, *Model) {
	t.Helper()
	p, m, err := NewPlan(context.Background(), r, 2)
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := Create(filepath.Join(t.TempDir(), "run"), p, overlays)
	if err != nil {
		t.Fatal(err)
	}
	return d, m
}

// work computes shards, all without an argument.
func work(t testing.TB, d *Dir, m *Model, workers int, shards ...int) {
	t.Helper()
	if len(shards) == 0 {
		for k := range d.Plan.Shards {
			shards = append(shards, k)
		}
	}
	for _, k := range shards {
		if err := d.Work(context.Background(), m, k, workers, nil); err != nil {
			t.Fatalf("shard %d: %v", k, err)
		}
	}
}

func gather(t testing.TB, d *Dir, m *Model) *Answer {
	t.Helper()
	a, err := d.Gather(m)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func contents(t testing.TB, d *Dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(d.file(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func put(t testing.TB, d *Dir, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(d.file(name)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.file(name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
