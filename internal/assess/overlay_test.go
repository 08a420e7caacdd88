package assess

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
	"chokepoint/internal/market"
	"chokepoint/internal/scenario"
)

// Properties that need other data than the shipped: tables edited as a user's overlay.

// compare runs scenarios on two engines.
func compare(t *testing.T, e, other *Engine, list []scenario.Scenario, check func(where string, before, after *Result)) {
	t.Helper()
	before, after := run(t, e, list...), run(t, other, list...)
	for i := range list {
		check(name(e, before[i]), before[i], after[i])
	}
}

// notHigher is a check that neither price nor shortage rise; it counts where they fall.
func notHigher(t *testing.T, what string, lower *int) func(string, *Result, *Result) {
	return func(where string, before, after *Result) {
		t.Helper()
		a, b := &before.Units[0].Market, &after.Units[0].Market
		if b.UseCut > a.UseCut*(1+1e-12) || b.PriceRatio > a.PriceRatio*(1+1e-12) {
			t.Errorf("%s, more %s: cut %g and price %g, before %g and %g", where, what, b.UseCut, b.PriceRatio, a.UseCut, a.PriceRatio)
		}
		if b.UseCut < a.UseCut*(1-1e-9) {
			*lower++
		}
	}
}

func TestMoreIdleCapacity(t *testing.T) {
	e := engine(t)
	usable := []string{"usable_within_year_t_low", "usable_within_year_t_mode", "usable_within_year_t_high"}
	more := overlaid(t, e, map[string]edit{
		"idle_capacity": of(sampleUnits, rowwise(func(r record) []record { return []record{r.scaled(t, 1.7, usable...)} })),
		"elasticities":  of(sampleUnits, rowwise(func(r record) []record { return []record{r.scaled(t, 1.7, "spare_capacity_pct_outside_leader")} })),
	})
	lower := 0
	compare(t, e, more, varied(t, e), notHigher(t, "idle capacity", &lower))
	if lower < 20 {
		t.Errorf("idle capacity matters in %d scenarios", lower)
	}
}

func TestMoreRecycling(t *testing.T) {
	e := engine(t)
	more := overlaid(t, e, map[string]edit{
		"elasticities": of(sampleUnits, rowwise(func(r record) []record { return []record{r.scaled(t, 1.5, "eol_recycling_input_rate_pct")} })),
	})
	response := overlaid(t, e, map[string]edit{
		"secondary_supply": of(sampleUnits, rowwise(func(r record) []record {
			return []record{r.scaled(t, 1.3, "max_increase_pct_within_year", "one_year_price_response_low", "one_year_price_response_mode", "one_year_price_response_high")}
		})),
	})
	for what, other := range map[string]*Engine{"recycling": more, "response of recycling": response} {
		lower := 0
		compare(t, e, other, varied(t, e), notHigher(t, what, &lower))
		if lower < 15 {
			t.Errorf("%s matters in %d scenarios", what, lower)
		}
	}
}

// Half of a country's rows go to a code that appears nowhere else.
func TestSplitCountry(t *testing.T) {
	const half = "ATA"
	e := engine(t)
	// The leading producer has an idle share of its own, which a row of half a
	// leader would lose: other exporters and producers are split.
	split, units := map[string]string{}, []string{}
	var list, halved []scenario.Scenario
	for _, s := range baseline(e) {
		w := s.Withdrawals[0]
		u := &e.Catalog.Units[w.Unit]
		if !slices.Contains(sampleUnits, u.ID) || w.Country == u.Countries[u.Leader] || e.Figures[w.Unit].SupplyShare[u.Country(w.Country)] < 0.01 {
			continue
		}
		if other, done := split[u.ID]; done && other != w.Country {
			continue
		}
		if split[u.ID] == "" {
			units = append(units, u.ID)
		}
		split[u.ID] = w.Country
		for _, fraction := range []float64{1, 0.4} {
			list = append(list, cut(s, fraction))
			halved = append(halved, cut(together(s, scenario.Single(w.Unit, half, w.Kind)), fraction))
		}
	}
	halves := func(fields ...string) edit {
		return of(units, rowwise(func(r record) []record {
			if r["country"] != split[r["commodity"]] {
				return []record{r}
			}
			r = r.scaled(t, 0.5, fields...)
			return []record{r, r.set("country", half)}
		}))
	}
	other := overlaid(t, e, map[string]edit{
		"supply":            halves("share_pct", "production_t", "capacity_t"),
		"consumption_share": halves("share_pct"),
		"idle_capacity":     halves("production_t", "capacity_t", "usable_within_year_t_low", "usable_within_year_t_mode", "usable_within_year_t_high"),
	})
	if len(list) < 20 {
		t.Fatalf("%d scenarios", len(list))
	}
	before, after := run(t, e, list...), run(t, other, halved...)
	for i, r := range before {
		if n := len(after[i].Scenario.Withdrawals); n != 2 {
			t.Errorf("%s: %d withdrawals", name(other, after[i]), n)
		}
		near(t, name(e, r)+" split: price rise", after[i].Units[0].Market.PriceRise, r.Units[0].Market.PriceRise, 1e-9, 0)
		near(t, name(e, r)+" split: cut", after[i].Units[0].Market.UseCut, r.Units[0].Market.UseCut, 1e-9, 0)
		near(t, name(e, r)+" split: net exports", after[i].Units[0].NetExportsTonnes, r.Units[0].NetExportsTonnes, 1e-9, 0)
		near(t, name(e, r)+" split: loss", after[i].LossMUSD, r.LossMUSD, 1e-7, 1e-6)
	}
}

// Every pair of a unit's applications and industries that the tables do not have
// may be appended with next to no dependence: the industry is hit, and nothing changes.
func TestAppendedHitIndustry(t *testing.T) {
	e := engine(t)
	const industry = "722211" // limited-service restaurants: no mineral's user
	j, ok := e.Catalog.IndustryIndex(industry)
	if !ok {
		t.Fatal("no such industry")
	}
	for _, dependence := range []float64{1e-12, 1e-10} {
		text := strconv.FormatFloat(dependence, 'g', -1, 64)
		done := map[string]bool{}
		other := overlaid(t, e, map[string]edit{"application_industries": of(sampleUnits, rowwise(func(r record) []record {
			if key := r["judgement"] + r["commodity"]; !done[key] { // one application is enough
				done[key] = true
				added := r.set("industry", industry).set("weight", "0").set("dependence_low", text).set("dependence_mode", text).set("dependence_high", text)
				return []record{r, added}
			}
			return []record{r}
		}))})
		hit := 0
		compare(t, e, other, varied(t, e), func(where string, before, after *Result) {
			if after.Detail.Industries[j].HitMUSD != 0 {
				hit++
			}
			near(t, fmt.Sprintf("%s, one more industry by %g: loss", where, dependence), after.LossMUSD, before.LossMUSD, 1e-7, 1e-6)
			for k, row := range before.Detail.Industries {
				near(t, where+": an output", after.Detail.Industries[k].OutputChangeMUSD, row.OutputChangeMUSD, 1e-7, 1e-6-before.Parts.HitMUSD)
			}
		})
		if dependence > 1e-12 && hit < 15 {
			t.Errorf("appended with a dependence of %g, the industry is hit in %d scenarios", dependence, hit)
		}
	}
}

// An application split in proportion: shares and dependences divided, buyers alike.
func TestSplitApplication(t *testing.T) {
	e := engine(t)
	first := map[string]string{}
	for _, id := range sampleUnits {
		u := &e.Catalog.Units[unit(t, e, id)]
		first[id] = u.Applications[len(u.Applications)/2]
	}
	parts := func(fields ...string) edit {
		return of(sampleUnits, rowwise(func(r record) []record {
			if r["application"] != first[r["commodity"]] {
				return []record{r}
			}
			small, large := r.scaled(t, 0.25, fields...), r.scaled(t, 0.75, fields...)
			return []record{small.set("application", "split-a"), large.set("application", "split-b")}
		}))
	}
	edits := map[string]edit{"end_uses": parts("share_pct"), "application_industries": parts("dependence_low", "dependence_mode", "dependence_high")}
	for _, change := range everyMethod() {
		e := with(t, e, change)
		if e.Method.Demand != 0 {
			continue // demand forms do not meet applications
		}
		other := overlaid(t, e, edits)
		compare(t, e, other, varied(t, e), func(where string, before, after *Result) {
			if len(after.Detail.Uses) != len(before.Detail.Uses)+1 {
				t.Fatalf("%s: %d applications, before %d", where, len(after.Detail.Uses), len(before.Detail.Uses))
			}
			near(t, where+" "+e.Method.String()+": loss", after.LossMUSD, before.LossMUSD, 1e-8, 1e-6)
		})
	}
}

// All dollars times a constant: the loss too. A power of two is exact.
func TestDollars(t *testing.T) {
	e := engine(t)
	for _, by := range []float64{4, 0.7} {
		edits := map[string]edit{}
		for table, fields := range map[string][]string{
			"bea_make": {"output_musd"}, "bea_use": {"use_musd"}, "bea_import_use": {"import_musd"}, "bea_final_use": {"use_musd"},
			"bea_import_final_use": {"import_musd"}, "bea_value_added": {"value_added_musd"},
			"bea_industries":         {"gross_output_2017_musd", "gross_output_2023_musd"},
			"bea_summary_industries": {"gross_output_2017_musd", "gross_output_2023_musd", "value_added_2017_musd", "value_added_2023_musd"},
			"us_market":              {"price_usd_per_t"},
		} {
			edits[table] = rowwise(func(r record) []record { return []record{r.scaled(t, by, fields...)} })
		}
		other := loaded(t, e.Method, edits)
		compare(t, e, other, varied(t, e), func(where string, before, after *Result) {
			if by == 4 && (after.LossMUSD != 4*before.LossMUSD || after.Parts.RestMUSD != 4*before.Parts.RestMUSD) {
				t.Errorf("%s: loss %.17g in quarters of a dollar, %.17g in dollars", where, after.LossMUSD, before.LossMUSD)
			}
			scale := -before.Parts.HitMUSD - before.Parts.UsersPriceMUSD
			near(t, where+": loss in other dollars", after.LossMUSD, by*before.LossMUSD, 1e-9, by*scale)
			near(t, where+": price ratio", after.Units[0].Market.PriceRatio, before.Units[0].Market.PriceRatio, 1e-15, 0)
		})
	}
}

// A mineral that one country alone supplies, without recycling: no price clears
// the market, and the loss is a lower bound of parts (i) and (v).
func TestNoClearing(t *testing.T) {
	const id = "gallium"
	e := engine(t)
	edits := map[string]edit{
		"supply": of([]string{id}, func(rows []record) []record {
			return []record{rows[0].set("country", "CHN").set("share_pct", "100")}
		}),
		"idle_capacity":    of([]string{id}, func(rows []record) []record { return []record{rows[0].set("country", "CHN")} }),
		"secondary_supply": of([]string{id}, rowwise(func(r record) []record { return []record{r.set("included_in_world_production", "yes")} })),
		"us_market": of([]string{id}, rowwise(func(r record) []record {
			return []record{r.set("production_primary_t", "0").set("production_secondary_t", "0")}
		})),
	}
	alone := overlaid(t, e, edits)
	s := restriction(t, alone, id, "CHN")
	r := run(t, alone, s)[0]
	checkFinite(t, "no-clearing", r)
	checkSums(t, "no-clearing", r)
	m := r.Units[0].Market
	if r.State != StateNoClearing || !r.LowerBound() || r.HasPrice() || m.HasPrice || m.PriceRatio != 0 || m.UseCut != 1 || r.Units[0].UseAfterTonnes != 0 {
		t.Errorf("state %s, lower bound %t, market %+v", r.State, r.LowerBound(), m)
	}
	if p := r.Parts; p.UsersPriceMUSD != 0 || p.ProducerVolumeMUSD != 0 || p.ProducerPriceMUSD != 0 || !(p.HitMUSD < 0) || !(p.RestMUSD < 0) || r.LossMUSD != -(p.HitMUSD+p.RestMUSD) {
		t.Errorf("parts %+v, loss %g", p, r.LossMUSD)
	}
	if r.ValuePerTonneOverPrice != 0 || r.BoundMUSD != 0 {
		t.Errorf("value per tonne %g, bound %g without a price", r.ValuePerTonneOverPrice, r.BoundMUSD)
	}
	for _, use := range r.Detail.Uses {
		if use.Cut != 1 {
			t.Errorf("application %d keeps %g", use.Application, 1-use.Cut)
		}
	}
	// It is the limit of a market that just clears.
	almost := run(t, alone, cut(s, 1-1e-6))[0]
	if almost.State != StateOK || !almost.HasPrice() {
		t.Errorf("state %s just before", almost.State)
	}
	near(t, "parts (i) and (v) just before", almost.Parts.HitMUSD+almost.Parts.RestMUSD, -r.LossMUSD, 1e-4, 0)

	choked := run(t, with(t, alone, func(m *Method) { m.ChokePriceRatio = 10 }), s)[0]
	if m := choked.Units[0].Market; choked.State != market.AtChoke.String() || choked.LowerBound() || !choked.HasPrice() || m.PriceRatio != 10 || m.UseCut != 1 {
		t.Errorf("choke price: state %s, market %+v", choked.State, m)
	}
	if choked.Parts.HitMUSD != r.Parts.HitMUSD || choked.Parts.UsersPriceMUSD != 0 { // no tonne is left to pay for
		t.Errorf("choke price: parts %+v", choked.Parts)
	}
	// Beside another mineral it stays a lower bound.
	both := run(t, alone, together(s, restriction(t, alone, "samarium", "CHN")))[0]
	if both.State != StateNoClearing || !both.LowerBound() || both.HasPrice() {
		t.Errorf("with another mineral: state %s", both.State)
	}
	// Months and methods keep the state.
	s.Months = 6
	for _, change := range everyMethod() {
		e := with(t, alone, change)
		r := run(t, e, s)[0]
		checkFinite(t, e.Method.String(), r)
		if r.State != StateNoClearing {
			t.Errorf("%s: state %s", e.Method.String(), r.State)
		}
	}
}

// What the tables may not say, and what the error says of it.
func TestBadOverlays(t *testing.T) {
	e := engine(t)
	change := func(table, unit, field, value string) map[string]edit {
		return map[string]edit{table: of([]string{unit}, func(rows []record) []record { rows[0] = rows[0].set(field, value); return rows })}
	}
	for _, c := range []struct {
		edits map[string]edit
		want  []string
	}{
		{change("supply", "gallium", "share_pct", "NaN"), []string{"edited/supply.csv:2:", "not a finite number"}},
		{change("supply", "gallium", "share_pct", "5"), []string{"edited/supply.csv:2:", "sum to"}},
		{change("us_market", "gallium", "price_usd_per_t", "0"), []string{"edited/us_market.csv:2:", "price"}},
		{change("us_market", "gallium", "consumption_t", "-3"), []string{"edited/us_market.csv:2:", "too small"}},
		{change("elasticities", "gallium", "demand_mode", "0.1"), []string{"edited/elasticities.csv:2:"}},
		{change("application_industries", "gallium", "industry", "000000"), []string{"edited/application_industries.csv:2:", "000000"}},
	} {
		_, err := catalog.Load(shippedFS(t), overlay(t, c.edits))
		if err == nil {
			t.Errorf("no error, want %q", c.want)
			continue
		}
		for _, part := range c.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("error %q lacks %q", err, part)
			}
		}
		if fault.CodeOf(err) != fault.InvalidData {
			t.Errorf("%v: exit code %d", err, fault.CodeOf(err))
		}
	}
	// Bad scenarios.
	gallium := restriction(t, e, "gallium", "CHN")
	for _, c := range []struct {
		s    scenario.Scenario
		want string
	}{
		{cut(gallium, math.NaN()), "of NaN"},
		{cut(gallium, 1.5), "of 1.5"},
		{cut(gallium, -0.1), "of -0.1"},
		{scenario.Scenario{Withdrawals: gallium.Withdrawals}, "0 months"},
		{scenario.Scenario{Withdrawals: gallium.Withdrawals, Months: 13}, "13 months"},
		{scenario.Scenario{Withdrawals: gallium.Withdrawals, Months: math.NaN()}, "NaN months"},
		{restriction(t, e, "copper-refined", catalog.Remainder), "remainder"},
		{scenario.Single(-1, "CHN", scenario.ExportRestriction), "unit -1"},
		{scenario.Single(10000, "CHN", scenario.ExportRestriction), "unit 10000"},
	} {
		if _, err := e.One(context.Background(), c.s); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}
