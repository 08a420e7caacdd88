package assess

import (
	"math"
	"strconv"
	"testing"

	"chokepoint/internal/scenario"
)

// TestReference holds every export restriction of the 90 units against the
// independent reference: totals, the cut of every application, and the
// industries that lose most.
func TestReference(t *testing.T) {
	e := fresh(t, engine(t))
	want := readCSV(t, "testdata/reference/scenarios.csv")
	if n := len(restrictions(e)); n != len(want) || n != 1108 {
		t.Fatalf("%d restrictions, reference %d", n, len(want))
	}
	var scenarios []scenario.Scenario
	byName := map[string]*Result{}
	for _, row := range want {
		scenarios = append(scenarios, restriction(t, e, row["commodity"], row["country"]))
	}
	results := run(t, e, scenarios...)
	worst := map[string]float64{}
	for i, row := range want {
		r := results[i]
		byName[row["commodity"]+row["country"]] = r
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
		if r.State != row["state"] {
			t.Errorf("%s %s: state %s, reference %s", row["commodity"], row["country"], r.State, row["state"])
		}
	}

	uses := 0
	for _, row := range readCSV(t, "testdata/reference/application_cuts.csv") {
		r := byName[row["commodity"]+row["country"]]
		found := false
		for _, use := range r.Detail.Uses {
			if e.Catalog.Units[use.Unit].Applications[use.Application] != row["application"] {
				continue
			}
			found = true
			uses++
			want := number(t, row["cut"])
			off := math.Abs(use.Cut - want)
			worst["application cut, absolute"] = math.Max(worst["application cut, absolute"], off)
			if !(off <= 1e-9) {
				t.Errorf("%s %s %s: cut %.12g, reference %.12g", row["commodity"], row["country"], row["application"], use.Cut, want)
			}
		}
		if !found {
			t.Errorf("%s %s: no application %s", row["commodity"], row["country"], row["application"])
		}
	}
	have := 0
	for _, r := range results {
		have += len(r.Detail.Uses)
	}
	if have != uses {
		t.Errorf("%d applications, reference %d", have, uses)
	}

	for _, row := range readCSV(t, "testdata/reference/industries.csv") {
		j, ok := e.Catalog.IndustryIndex(row["industry"])
		if !ok {
			t.Fatalf("no industry %s", row["industry"])
		}
		got := byName[row["commodity"]+row["country"]].Detail.Industries[j]
		for field, value := range map[string]float64{"output_change_musd": got.OutputChangeMUSD, "value_added_change_musd": got.HitMUSD + got.RestMUSD} {
			want := number(t, row[field])
			off := math.Abs(value-want) / math.Abs(want)
			worst[field] = math.Max(worst[field], off)
			if !(off <= 1e-6) {
				t.Errorf("%s %s %s %s: %.12g, reference %.12g", row["commodity"], row["country"], row["industry"], field, value, want)
			}
		}
	}
	t.Logf("largest differences, relative: %v", worst)
}
