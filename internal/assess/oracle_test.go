package assess

import (
	"context"
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"chokepoint/data"
	"chokepoint/internal/catalog"
	"chokepoint/internal/scenario"
)

func engine(t testing.TB, m Method) *Engine {
	t.Helper()
	fsys, err := data.FS()
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(c, m)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// readCSV reads a table of the reference as one map a row.
func readCSV(t testing.TB, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for k, name := range rows[0] {
			m[name] = row[k]
		}
		out = append(out, m)
	}
	return out
}

func number(t testing.TB, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestReference holds every export restriction of the 90 units against the
// independent reference.
func TestReference(t *testing.T) {
	e := engine(t, DefaultMethod())
	want := readCSV(t, "testdata/reference/scenarios.csv")
	var scenarios []scenario.Scenario
	for _, row := range want {
		u, ok := e.Catalog.Unit(row["commodity"])
		if !ok {
			t.Fatalf("no unit %s", row["commodity"])
		}
		scenarios = append(scenarios, scenario.Single(u, row["country"], scenario.ExportRestriction))
	}
	results, err := e.Run(context.Background(), scenarios, Options{Detail: true})
	if err != nil {
		t.Fatal(err)
	}
	worst := map[string]float64{}
	for i, row := range want {
		r := results[i]
		scale := math.Abs(number(t, row["loss_musd"]))
		check := func(name string, got, scale float64) {
			want := number(t, row[name])
			off := math.Abs(got-want) / math.Max(math.Abs(want), scale)
			worst[name] = math.Max(worst[name], off)
			if !(off <= 1e-6) {
				t.Errorf("%s %s %s: %.12g, reference %.12g", row["commodity"], row["country"], name, got, want)
			}
		}
		o := r.Units[0]
		check("net_exports_t", o.NetExportsTonnes, 0)
		check("price_ratio", o.Market.PriceRatio, 0)
		check("use_cut", o.Market.UseCut, 0)
		check("use_after_t", o.UseAfterTonnes, 0)
		check("hit_gdp_musd", r.Parts.HitMUSD, 1e-3*scale)
		check("users_price_gdp_musd", r.Parts.UsersPriceMUSD, 1e-3*scale)
		check("producer_volume_gdp_musd", r.Parts.ProducerVolumeMUSD, 1e-3*scale)
		check("producer_price_gdp_musd", r.Parts.ProducerPriceMUSD, 1e-3*scale)
		check("rest_gdp_musd", r.Parts.RestMUSD, 1e-3*scale)
		check("loss_musd", r.LossMUSD, 0)
		if n := len(r.Detail.Industries); n != 402 {
			t.Fatalf("%d industries", n)
		}
		if got := strconv.Itoa(r.Detail.Diagnostics.ActiveBounds); got != row["active_set"] {
			t.Errorf("%s %s: active set of %s, reference %s", row["commodity"], row["country"], got, row["active_set"])
		}
	}
	t.Logf("largest relative differences: %v", worst)
}
