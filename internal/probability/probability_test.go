package probability

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"chokepoint/data"
	"chokepoint/internal/catalog"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/fault"
	"chokepoint/internal/scenario"
)

func load(t testing.TB, overlays ...datapackage.Overlay) (*catalog.Catalog, []*catalog.Figures) {
	t.Helper()
	fsys, err := data.FS()
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Load(fsys, overlays...)
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.Central(catalog.Merged)
	if err != nil {
		t.Fatal(err)
	}
	figures := make([]*catalog.Figures, len(c.Units))
	for i := range c.Units {
		if figures[i], err = c.Bind(i, v); err != nil {
			t.Fatal(err)
		}
	}
	return c, figures
}

var shipped = sync.OnceValue(func() [2]*Model {
	c, figures := load(&testing.T{})
	var out [2]*Model
	for k, name := range []string{Fitted, Published} {
		out[k], _ = New(c, figures, name)
	}
	return out
})

func models(t testing.TB) (fitted, published *Model) {
	t.Helper()
	m := shipped()
	if m[0] == nil || m[1] == nil {
		t.Fatal("no model of the shipped tables")
	}
	return m[0], m[1]
}

func TestOf(t *testing.T) {
	fitted, published := models(t)
	hazard := func(country string) float64 {
		h, ok := fitted.Country(country)
		if !ok {
			t.Fatalf("no hazard of %s", country)
		}
		return h.Probability
	}
	for _, x := range []struct {
		m             *Model
		unit, country string
		want          float64
		basis         string
	}{
		{fitted, "gallium", "CHN", 1, Control},
		{published, "gallium", "CHN", 1, Control},
		{fitted, "copper-mined", "CHL", hazard("CHL"), Hazard},
		{published, "platinum", "ZAF", 0.039, Anchor}, // the row for every unit
		{published, "zinc-smelted", "CHN", 0.398, Anchor},
		{published, "niobium", "BRA", hazard("BRA"), Hazard}, // an upper bound is no probability
		{fitted, "platinum", "ZAF", hazard("ZAF"), Hazard},   // published points never enter
		{fitted, "gallium", "ATA", 0, NoExport},
		{published, "gallium", "ATA", 0, NoExport},
	} {
		u, ok := x.m.c.Unit(x.unit)
		if !ok {
			t.Fatalf("no unit %s", x.unit)
		}
		got := x.m.Of(u, x.country)
		if got.Probability != x.want || got.Basis != x.basis || (got.Row >= 0) != (x.basis == Control || x.basis == Anchor) {
			t.Errorf("%s: %s from %s: %+v, want %g, %s", x.m.Name, x.unit, x.country, got, x.want, x.basis)
		}
		if row, ok := x.m.Origin(got); ok != (got.Row >= 0) || ok && (row.Place == "" || row.Source == "") {
			t.Errorf("%s: origin of %s from %s: %+v", x.m.Name, x.unit, x.country, row)
		}
	}
}

// TestAnchorOverlay: a row about a unit goes before the row about all of them,
// wherever it stands, and an upper bound never counts.
func TestAnchorOverlay(t *testing.T) {
	const rows = "commodity,country,kind,probability,source,grade,note\n" +
		"*,CHN,published anchor,0.5,probability-002,B,\nniobium,CHN,upper bound,0.9,probability-002,B,\nindium,CHN,published anchor,0.25,probability-002,B,\n"
	c, figures := load(t, datapackage.Overlay{Label: "own", FS: fstest.MapFS{"probability_anchors.csv": &fstest.MapFile{Data: []byte(rows)}}})
	m, err := New(c, figures, Published)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]float64{"indium": 0.25, "niobium": 0.5, "zinc-smelted": 0.5} {
		u, _ := c.Unit(id)
		if got := m.Of(u, "CHN").Probability; got != want {
			t.Errorf("%s: %g, want %g", id, got, want)
		}
	}
	if !strings.Contains(m.Note(), "CHN 0.5") {
		t.Error(m.Note())
	}
}

// TestHazard holds the fit against its definition: clustering and counts from the
// table, the posterior in closed form, and a prior that no neighbour beats.
func TestHazard(t *testing.T) {
	m, _ := models(t)
	table, err := m.c.Package.Table("restriction_decisions")
	if err != nil {
		t.Fatal(err)
	}
	sum, squares := 0.0, 0.0
	hits := map[string]float64{}
	for row := range table.Rows() {
		if year := table.Text("date")[row][:4]; year >= fmt.Sprint(firstYear) && year <= fmt.Sprint(lastYear) {
			h := float64(1 + strings.Count(table.Text("commodities")[row], ";"))
			sum, squares = sum+h, squares+h*h
			hits[table.Text("country")[row]] += h
		}
	}
	if math.Abs(m.Fit.Clustering-squares/sum) > 1e-12 || m.Fit.Clustering < 1 {
		t.Errorf("clustering %g, want %g", m.Fit.Clustering, squares/sum)
	}
	likelihood := func(a, b float64) float64 {
		total := 0.0
		for _, h := range m.hazards {
			n, e := h.Hits/m.Fit.Clustering, h.Exposure/m.Fit.Clustering
			up, _ := math.Lgamma(a + n)
			down, _ := math.Lgamma(a)
			total += up - down + a*math.Log(b/(b+e)) + n*math.Log(1/(b+e))
		}
		return total
	}
	a, b := m.Fit.PriorShape, m.Fit.PriorRate
	for _, x := range [][2]float64{{1.03, 1}, {0.97, 1}, {1, 1.03}, {1, 0.97}, {1.03, 1.03}, {0.97, 0.97}} {
		if likelihood(a*x[0], b*x[1]) >= likelihood(a, b) {
			t.Errorf("a prior %g times the shape and %g times the rate is likelier", x[0], x[1])
		}
	}
	for country, h := range m.hazards {
		shape, rate := a+h.Hits/m.Fit.Clustering, b+h.Exposure/m.Fit.Clustering
		want := 1 - math.Pow(1+1/rate, -shape)
		if h.Hits != hits[country] || math.Abs(h.Probability-want) > 1e-12 {
			t.Errorf("%s: %+v, want %g units hit and %g", country, h, hits[country], want)
		}
		if !(0 <= h.Low && h.Low < h.High && h.High < 1 && h.Probability > 0 && h.Probability < h.High) {
			t.Errorf("%s: range %g to %g around %g", country, h.Low, h.High, h.Probability)
		}
		// Shrunk to the world: between the record and the prior's mean.
		if lo, hi := min(h.Frequency, a/b), max(h.Frequency, a/b); !(h.Shape/h.Rate >= lo*(1-1e-12) && h.Shape/h.Rate <= hi*(1+1e-12)) {
			t.Errorf("%s: rate %g outside %g to %g", country, h.Shape/h.Rate, lo, hi)
		}
	}
	// Both scores are reported; which one is better is an answer, not a rule.
	if f := m.Fit; !(f.Score > 0 && f.Score < 1 && f.FrequencyScore > 0 && f.FrequencyScore < 1) || f.LeftOut == 0 || f.LeftOutHits == 0 || !(f.Expected > 0) {
		t.Errorf("%+v", f)
	}
}

func TestJoint(t *testing.T) {
	m, _ := models(t)
	gallium, _ := m.c.Unit("gallium")
	indium, _ := m.c.Unit("indium")
	one := scenario.Single(gallium, "CHN", scenario.ExportRestriction)
	outage := scenario.Single(gallium, "CHN", scenario.ProductionOutage)
	two := scenario.Scenario{Months: 12, Withdrawals: append(scenario.Single(gallium, "JPN", scenario.ExportRestriction).Withdrawals, one.Withdrawals...)}
	units := scenario.Scenario{Months: 12, Withdrawals: append(scenario.Single(indium, "CHN", scenario.ExportRestriction).Withdrawals, one.Withdrawals...)}
	bloc := two
	bloc.Blocs = [][]string{{"CHN", "JPN"}}
	for _, x := range []struct {
		name  string
		s     scenario.Scenario
		p     float64
		known bool
	}{
		{"a control", one, 1, true},
		{"an outage is not in the records", outage, 0, false},
		{"two countries have no joint probability", two, 0, false},
		{"two units have none", units, 0, false},
		{"a bloc acts when its likeliest member does", bloc, 1, true},
		{"nothing", scenario.Scenario{}, 0, false},
	} {
		if e, known := m.Joint(x.s); e.Probability != x.p || known != x.known {
			t.Errorf("%s: %g %v", x.name, e.Probability, known)
		}
	}
}

func TestNames(t *testing.T) {
	fitted, published := models(t)
	_, err := New(fitted.c, nil, "publised")
	if want := `--probability: unknown model "publised": expected one of fitted, published (did you mean published?)`; err == nil || err.Error() != want || fault.CodeOf(err) != fault.Usage {
		t.Errorf("got %v, want %s", err, want)
	}
	if got := published.Note(); !strings.Contains(got, "17 controls in force") || !strings.Contains(got, "CHN 0.398, ZAF 0.039") || strings.Contains(got, "BRA") {
		t.Error(got)
	}
	if got := fitted.Note(); !strings.Contains(got, "the records are thin") {
		t.Error(got)
	}
}
