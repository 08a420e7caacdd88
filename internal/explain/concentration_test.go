package explain

import (
	"math"
	"slices"
	"strings"
	"testing"

	"chokepoint/internal/assess"
	"chokepoint/internal/assess/assesstest"
	"chokepoint/internal/concentration"
	"chokepoint/internal/export"
	"chokepoint/internal/report"
)

// TestConcentration: every indicator of units of all kinds has an equation, rows
// with a place and a source, finite symbols, and the value of the ranking.
func TestConcentration(t *testing.T) {
	e, err := assesstest.Engine(assess.DefaultMethod())
	if err != nil {
		t.Fatal(err)
	}
	c := e.Catalog
	m, err := concentration.New(c, e.Figures)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"gallium", "barite", "cobalt-metal", "platinum", "thulium", "cesium", "titanium-pigment"} {
		unit, _ := c.Unit(id)
		p, err := m.Profile(unit)
		if err != nil {
			t.Fatal(err)
		}
		ranking := report.ConcentrationTable(c, []*concentration.Profile{p})
		for _, name := range IndicatorNames() {
			x, err := Concentration(c, m, unit, name)
			if err != nil {
				t.Errorf("%s %s: %v", id, name, err)
				continue
			}
			if len(x.Equations) == 0 || x.Meaning == "" || !strings.HasPrefix(x.Reference, "docs/concentration.md") {
				t.Errorf("%s %s: %+v", id, name, x)
			}
			found := false
			for k, col := range ranking.Columns {
				if col.Name == name {
					found = x.Value == ranking.Rows[0][k]
				}
			}
			if !found {
				t.Errorf("%s %s: the value is not that of the ranking", id, name)
			}
			if x.Value == nil && len(x.Notes) == 0 && !strings.HasSuffix(name, "_2023") {
				t.Errorf("%s %s: empty without a reason", id, name)
			}
			if x.Value != nil && len(x.Rows) == 0 {
				t.Errorf("%s %s: no rows", id, name)
			}
			for _, r := range x.Rows {
				if !strings.Contains(r.Place, ".csv:") || r.Source == "" {
					t.Errorf("%s %s: row %+v", id, name, r)
				}
			}
			if sums := []string{"hhi", "economic_vulnerability"}; slices.Contains(sums, name) && x.Value != nil {
				sum := 0.0
				for _, row := range x.Terms.Rows {
					sum += row[len(row)-1].(float64)
				}
				if want, _ := export.Number(x.Value); math.Abs(sum-want) > 1e-9*want {
					t.Errorf("%s %s: the terms sum to %g, not %g", id, name, sum, want)
				}
			}
			for _, s := range x.Symbols {
				if v, ok := export.Number(s.Value); ok && (math.IsNaN(v) || math.IsInf(v, 0)) {
					t.Errorf("%s %s: %s is %g", id, name, s.Symbol, v)
				}
			}
		}
	}
	unit, _ := c.Unit("gallium")
	if _, err := Concentration(c, m, unit, "price_ratio"); err == nil || !strings.Contains(err.Error(), "one of") {
		t.Errorf("price_ratio: %v", err)
	}
}
