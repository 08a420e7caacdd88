package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"chokepoint/internal/lists"
)

// TestOverlapPage: the preset gives the 18 by name, a rule changes the count as
// the table of effects says, and the union holds what each list has.
func TestOverlapPage(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	preset := get(t, h, "/lists/overlap?preset=shared-18&language=de")
	var names []string
	for _, x := range preset["overlap"].([]any) {
		names = append(names, x.(map[string]any)["material"].(string))
	}
	if got := strings.Join(names, " "); got != "antimony barite beryllium bismuth cobalt gallium germanium hafnium lithium manganese nickel niobium platinum-group rare-earths tantalum titanium tungsten vanadium" {
		t.Errorf("the 18: %s", got)
	}
	if x := first(t, preset, "overlap"); x["name"] != "Antimon" || x["us-2025-draft"] != "antimony" {
		t.Errorf("first row %v", x)
	}
	one := get(t, h, "/lists/overlap?edition=us-2025-draft&edition=eu-2023-critical&edition=jp-2009")
	if fmt.Sprint(one["chosen"]) != fmt.Sprint(preset["chosen"]) || len(one["overlap"].([]any)) != 18 {
		t.Errorf("the editions one by one: %v", one["chosen"])
	}
	changed := 0
	for _, x := range preset["effects"].([]any) {
		e := x.(map[string]any)
		if e["count"].(float64) != 18 {
			t.Errorf("effect %v", e)
		}
		then := get(t, h, "/lists/overlap?preset=shared-18&rules="+strings.ReplaceAll(e["rules_otherwise"].(string), "+", "%2B"))
		if n := len(then["overlap"].([]any)); float64(n) != e["count_otherwise"] || then["rule_set"] != e["rules_otherwise"] {
			t.Errorf("%s turned: %d shared under %v, the table says %v", e["rule"], n, then["rule_set"], e["count_otherwise"])
		}
		gained, lost := strings.Count(e["more"].(string)+";", ";"), strings.Count(e["fewer"].(string)+";", ";")
		if e["more"] == "" {
			gained = 0
		}
		if e["fewer"] == "" {
			lost = 0
		}
		if 18+float64(gained-lost) != e["count_otherwise"] {
			t.Errorf("%s: 18 + %d - %d is not %v", e["rule"], gained, lost, e["count_otherwise"])
		}
		if gained+lost > 0 {
			changed++
		}
	}
	if changed < 4 {
		t.Errorf("%d rules change something", changed)
	}
	all := 0
	for _, x := range preset["union"].([]any) {
		u := x.(map[string]any)
		n := 0
		for _, e := range words(preset["chosen"].([]any)) {
			printed := u[e].(string) != ""
			if printed {
				n++
			}
			if printed != slices.Contains(strings.Split(u["on"].(string), ";"), e) {
				t.Errorf("%v: on %q, prints %q", u["material"], u["on"], u[e])
			}
		}
		if float64(n) != u["count"] {
			t.Errorf("%v: count %v of %d", u["material"], u["count"], n)
		}
		if n == 3 {
			all++
		}
	}
	if all != 18 {
		t.Errorf("%d of the union are on all", all)
	}
}

// TestListsElsewhere: marks, a ranking of the units of a list, memberships of a
// unit, and the ranking against a list agree with the list.
func TestListsElsewhere(t *testing.T) {
	s := newServer(t, nil)
	h := s.Handler(address)
	e, ok := s.lists.Edition("us-2025-final")
	if !ok {
		t.Fatal("no us-2025-final")
	}
	units, _ := s.lists.Units(e)
	ranked := get(t, h, "/rank?units=@us-2025-final")["rank"].([]any)
	marked := 0
	for _, x := range get(t, h, "/lists")["marks"].([]any) {
		if strings.Contains(x.(map[string]any)["editions"].(string), "us-2025-final") {
			marked++
		}
	}
	listed := 0
	for _, x := range get(t, h, "/lists/us-2025-final/against")["against"].([]any) {
		if x.(map[string]any)["listed"] == "yes" {
			listed++
		}
	}
	if len(units) < 40 || len(ranked) != len(units) || marked != len(units) || listed != len(units) {
		t.Errorf("%d units on the list, %d ranked, %d marked, %d listed in the comparison", len(units), len(ranked), marked, listed)
	}
	since := map[any]any{}
	for _, x := range get(t, h, "/units/gallium")["lists"].([]any) {
		r := x.(map[string]any)
		since[r["series"]] = r["since"]
	}
	if since["jp-critical"] != "2009-07-28" || since["eu-critical"] != "2011-02-02" || since["us-critical"] != "2018-05-18" {
		t.Errorf("gallium since %v", since)
	}
	x := get(t, h, "/explain/lists/jp-2009/scandium?rules=none")["explanation"].(map[string]any)
	y := get(t, h, "/explain/lists/jp-2009/scandium?rules=default")["explanation"].(map[string]any)
	z := get(t, h, "/explain/lists/jp-2009/scandium")["explanation"].(map[string]any)
	w := get(t, h, "/explain/lists/cn-2016/scandium")["explanation"].(map[string]any) // a rare earth by R3, and yet no unit that China names
	if x["value"] != "not listed" || y["value"] != "listed" || z["value"] != "listed" || w["value"] != "not listed" {
		t.Errorf("scandium in Japan's list: %v as printed, %v by the rules, the unit %v; in China's %v", x["value"], y["value"], z["value"], w["value"])
	}
	if n := len(get(t, h, "/lists/overlaps")["overlaps"].([]any)); n != 320 {
		t.Errorf("%d overlaps", n)
	}
	wantProblem(t, do(h, "GET", "/api/v1/lists/us-2019", ""), http.StatusNotFound, "not-found", "unknown edition")
	for name := range lists.Presets() {
		get(t, h, "/lists/overlap?preset="+name)
	}
}

// TestConcentrationPages: a share that is edited changes the indicators, and the
// import sources of an importer sum to 1.
func TestConcentrationPages(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	hhi := func(query string) float64 {
		return first(t, get(t, h, "/concentration?units=gallium"+query), "concentration")["hhi"].(float64)
	}
	if before, after := hhi(""), hhi("&set=gallium.supply.CHN.share%3D0.5"); before < 9500 || after >= before {
		t.Errorf("HHI of gallium %g, with half of China's share %g", before, after)
	}
	x := get(t, h, "/explain/concentration/gallium/hhi?set=gallium.supply.CHN.share%3D0.5")["explanation"].(map[string]any)
	if x["value"].(float64) != hhi("&set=gallium.supply.CHN.share%3D0.5") {
		t.Errorf("explained: %v", x["value"])
	}
	sum := map[string]float64{}
	for _, row := range get(t, h, "/imports/graphite-natural")["sources_of_imports"].([]any) {
		r := row.(map[string]any)
		sum[r["importer"].(string)] += r["share"].(float64)
	}
	for _, importer := range usualImporters() {
		if sum[importer] < 0.999999 || sum[importer] > 1.000001 {
			t.Errorf("shares of the imports of %s sum to %g", importer, sum[importer])
		}
	}
	if r := first(t, get(t, h, "/imports/magnesium-metal"), "eu_sourcing"); r["exporter"] != "CHN" || r["share"].(float64) != 0.97 {
		t.Errorf("the EU has magnesium from %v", r)
	}
	stages := get(t, h, "/concentration/cobalt")["stages"].([]any)
	if len(stages) != 2 || stages[0].(map[string]any)["chain_order"].(float64) > stages[1].(map[string]any)["chain_order"].(float64) {
		t.Errorf("stages of cobalt %v", stages)
	}
	china := get(t, h, "/concentration/countries/china")
	all := china["stages"].([]any)[len(china["stages"].([]any))-1].(map[string]any)
	largest := 0
	for _, row := range china["holdings"].([]any) {
		if row.(map[string]any)["largest_producer"] == "yes" {
			largest++
		}
	}
	if all["stage"] != "all" || all["largest_producer"].(float64) != float64(largest) || largest < 40 {
		t.Errorf("China leads %d units, the sum says %v", largest, all)
	}
}
