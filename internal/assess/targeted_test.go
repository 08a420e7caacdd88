package assess

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
	"chokepoint/internal/scenario"
)

// Targeted restrictions, import bans and blocs on the shipped data (M2).

// aimed aims every restriction of a scenario at some destinations.
func aimed(s scenario.Scenario, to ...string) scenario.Scenario {
	s.Withdrawals = slices.Clone(s.Withdrawals)
	for i := range s.Withdrawals {
		w := &s.Withdrawals[i]
		if w.Kind != scenario.ProductionOutage {
			w.Targets, w.Leakage, w.Offered = to, scenario.DefaultLeakage, scenario.DefaultOffered
		}
	}
	return s
}

func leaking(s scenario.Scenario, leakage, offered float64) scenario.Scenario {
	s.Withdrawals = slices.Clone(s.Withdrawals)
	for i := range s.Withdrawals {
		s.Withdrawals[i].Leakage, s.Withdrawals[i].Offered = leakage, offered
	}
	return s
}

// ban is a restriction turned into a ban by its destinations.
func ban(s scenario.Scenario) scenario.Scenario {
	s.Withdrawals = slices.Clone(s.Withdrawals)
	for i := range s.Withdrawals {
		s.Withdrawals[i].Kind = scenario.ImportBan
	}
	return s
}

func reroutable(t testing.TB, omega float64) *Engine {
	return with(t, engine(t), func(m *Method) { m.Reroutable = omega })
}

// leaders are units with the country that restricts them, aimed at the United States.
var leaders = [][2]string{{"gallium", "CHN"}, {"palladium", "RUS"}, {"rhodium", "ZAF"}, {"tungsten", "CHN"}, {"graphite-natural", "CHN"}, {"potash", "CAN"}, {"cobalt-metal", "CHN"}, {"titanium-sponge", "KAZ"}, {"niobium", "BRA"}, {"antimony", "CHN"}}

// TestReroutedWhole: omega = offered = 1 leaves every price and every industry
// where it was, whatever leaks.
func TestReroutedWhole(t *testing.T) {
	e := reroutable(t, 1)
	for _, x := range leaders {
		for _, leak := range []float64{0, 0.3, 0.9} {
			for _, s := range []scenario.Scenario{aimed(restriction(t, e, x[0], x[1]), "USA"), ban(aimed(restriction(t, e, x[0], x[1]), "USA", "DEU")), aimed(restriction(t, e, x[0], x[1]), "JPN", "KOR")} {
				r := run(t, e, leaking(s, leak, 1))[0]
				m := r.Units[0].Market
				if math.Abs(r.LossMUSD) > 1e-9 || math.Abs(m.PriceRise) > 1e-12 || math.Abs(m.UseCut) > 1e-12 {
					t.Errorf("%s: loss %g, price rise %g, cut %g", name(e, r), r.LossMUSD, m.PriceRise, m.UseCut)
				}
			}
		}
	}
}

// TestTargetedMonotone: inside, the price rises with the cut and falls with the
// share that trade can re-route, with leakage and with what others are offered.
func TestTargetedMonotone(t *testing.T) {
	e := engine(t)
	const eps = 1e-12
	for _, x := range leaders {
		full := aimed(restriction(t, e, x[0], x[1]), "USA")
		up := func(what string, e *Engine, list []scenario.Scenario) {
			t.Helper()
			last, first := 0.0, 0.0
			for i, r := range run(t, e, list...) {
				o := r.Units[0].Targeting
				if o == nil {
					t.Fatalf("%s is not targeted", name(e, r))
				}
				p := o.Target.PriceRatio
				if !o.Target.HasPrice {
					p = math.Inf(1)
				}
				if i == 0 {
					first = p
				} else if p < last*(1-eps) {
					t.Errorf("%s %s: price inside %g after %g", name(e, r), what, p, last)
				}
				last = p
			}
			if !(last > first) {
				t.Errorf("%v: %s never moves the price", x, what)
			}
		}
		var byCut, byLeak []scenario.Scenario
		for _, v := range []float64{1e-9, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95, 1} {
			byCut = append(byCut, cut(full, v))
			byLeak = append(byLeak, leaking(full, 1-v, 1))
		}
		up("cut", e, byCut)
		up("leakage", e, byLeak)
		last := math.Inf(1)
		for _, omega := range []float64{0, 0.2, 0.4, 0.6, 0.8, 1} {
			o := run(t, reroutable(t, omega), full)[0].Units[0].Targeting
			p := o.Target.PriceRatio
			if !o.Target.HasPrice {
				p = math.Inf(1)
			}
			if p > last*(1+eps) || o.ReroutedTonnes > omega*o.RefusedTonnes*(1+eps) {
				t.Errorf("%v, omega %g: price inside %g after %g, %g of %g t re-routed", x, omega, p, last, o.ReroutedTonnes, o.RefusedTonnes)
			}
			last = p
		}
	}
}

// TestTargetedSmallCut: the effect vanishes with the cut, in proportion.
func TestTargetedSmallCut(t *testing.T) {
	e := engine(t)
	for _, x := range leaders {
		full := aimed(restriction(t, e, x[0], x[1]), "USA")
		small := run(t, e, cut(full, 1e-6), cut(full, 1e-7), cut(full, 1e-9))
		for i, by := range []float64{10, 100} {
			a, b := small[i], small[i+1]
			for _, y := range []struct {
				what string
				a, b float64
			}{{"price rise", a.Units[0].Market.PriceRise, b.Units[0].Market.PriceRise}, {"loss", a.LossMUSD, b.LossMUSD}} {
				if y.b == 0 || math.Abs(y.a/y.b/by-1) > 1e-3 {
					t.Errorf("%s: %s %g, and %g of a cut %g times smaller", name(e, a), y.what, y.a, y.b, by)
				}
			}
		}
	}
}

// TestEverybodyATarget: aimed at everybody it is (M1). The remainder of a table
// is a second market that cannot be named, so it is left out of these tables.
func TestEverybodyATarget(t *testing.T) {
	var ids []string
	for _, x := range leaders {
		ids = append(ids, x[0])
	}
	e := overlaid(t, engine(t), map[string]edit{"supply": of(ids, withoutRemainder(t)), "consumption_share": of(ids, withoutRemainder(t))})
	n := 0
	for _, x := range leaders {
		for _, phi := range []float64{1, 0.4} {
			s := cut(restriction(t, e, x[0], x[1]), phi)
			u := &e.Catalog.Units[unit(t, e, x[0])]
			var everybody []string
			for _, code := range u.Countries {
				if code != x[1] && code != catalog.Remainder {
					everybody = append(everybody, code)
				}
			}
			results := run(t, e, s, aimed(s, everybody...))
			if k := u.Country(catalog.Remainder); k >= 0 && e.Figures[unit(t, e, x[0])].UseShare[k] > 0 {
				t.Fatalf("%v has a remainder", x)
			}
			n++
			if a, b := results[0], results[1]; a.LossMUSD != b.LossMUSD || a.Units[0].Market != b.Units[0].Market || b.Units[0].Targeting != nil {
				t.Errorf("%v: loss %g, aimed at everybody %g", x, a.LossMUSD, b.LossMUSD)
			}
		}
	}
	if n < 10 {
		t.Errorf("%d scenarios", n)
	}
}

// withoutRemainder leaves the remainder out and scales the shares of each unit to 100.
func withoutRemainder(t *testing.T) edit {
	return func(rows []record) []record {
		sum := map[string]float64{}
		for _, r := range rows {
			if r["country"] != catalog.Remainder {
				sum[r["commodity"]] += r.number(t, "share_pct")
			}
		}
		var out []record
		for _, r := range rows {
			if r["country"] != catalog.Remainder {
				out = append(out, r.set("share_pct", fmt.Sprintf("%.17g", 100*r.number(t, "share_pct")/sum[r["commodity"]])))
			}
		}
		return out
	}
}

// TestBanAndRestriction: a ban is a restriction of which everything is offered
// to others.
func TestBanAndRestriction(t *testing.T) {
	e := engine(t)
	for _, x := range leaders {
		s := aimed(restriction(t, e, x[0], x[1]), "USA")
		half := leaking(s, scenario.DefaultLeakage, 0.5)
		r := run(t, e, ban(s), s, half, ban(half))
		if r[0].LossMUSD != r[1].LossMUSD || r[0].LossMUSD != r[3].LossMUSD {
			t.Errorf("%v: ban %g, restriction %g, a ban that offers half %g", x, r[0].LossMUSD, r[1].LossMUSD, r[3].LossMUSD)
		}
		if r[0].Hash != r[3].Hash || r[0].Hash == r[1].Hash {
			t.Errorf("%v: hashes %s, %s, %s", x, r[0].Hash, r[1].Hash, r[3].Hash)
		}
		a, b := r[1].Units[0].Targeting, r[2].Units[0].Targeting
		if b.OfferedShare != 0.5 || b.Other.PriceRatio < a.Other.PriceRatio*(1-1e-12) {
			t.Errorf("%v: price of the others %g, with half offered %g", x, a.Other.PriceRatio, b.Other.PriceRatio)
		}
	}
}

// TestBlocIsItsMembers: two countries as a bloc are one country that has both
// rows. Neither leads the unit, apart or together, so that joining changes nobody's
// idle capacity.
func TestBlocIsItsMembers(t *testing.T) {
	e := engine(t)
	for _, x := range []struct{ unit, a, b string }{{"potash", "BLR", "DEU"}, {"nickel-refined", "RUS", "AUS"}, {"cobalt-metal", "FIN", "CAN"}, {"tungsten", "VNM", "RUS"}} {
		i := unit(t, e, x.unit)
		u, f := &e.Catalog.Units[i], e.Figures[i]
		if c := u.Countries[u.Leader]; c == x.a || c == x.b {
			t.Fatalf("%s leads %s", c, x.unit)
		}
		joined := overlaid(t, e, map[string]edit{
			"supply":            of([]string{x.unit}, sumRows(t, x.a, x.b, "production_t", "capacity_t", "share_pct")),
			"consumption_share": of([]string{x.unit}, sumRows(t, x.a, x.b, "share_pct")),
		})
		if j := &joined.Catalog.Units[unit(t, joined, x.unit)]; j.Countries[j.Leader] != u.Countries[u.Leader] {
			t.Fatalf("%s and %s together lead %s", x.a, x.b, x.unit)
		}
		bloc := func(s scenario.Scenario) scenario.Scenario { s.Blocs = [][]string{{x.a, x.b}}; return s }
		both := together(restriction(t, e, x.unit, x.a), restriction(t, e, x.unit, x.b))
		for _, y := range []struct {
			what       string
			bloc, hand scenario.Scenario
		}{
			{"restriction", bloc(both), restriction(t, joined, x.unit, x.a)},
			{"restriction by the first alone, which binds both", bloc(restriction(t, e, x.unit, x.a)), restriction(t, joined, x.unit, x.a)},
			{"half", bloc(cut(both, 0.5)), cut(restriction(t, joined, x.unit, x.a), 0.5)},
			{"outage", bloc(together(outage(t, e, x.unit, x.a), outage(t, e, x.unit, x.b))), outage(t, joined, x.unit, x.a)},
			{"outage of one", bloc(outage(t, e, x.unit, x.b)), cut(outage(t, joined, x.unit, x.a), f.SupplyShare[u.Country(x.b)]/(f.SupplyShare[u.Country(x.a)]+f.SupplyShare[u.Country(x.b)]))},
			{"another country restricts", bloc(restriction(t, e, x.unit, u.Countries[u.Leader])), restriction(t, joined, x.unit, u.Countries[u.Leader])},
		} {
			a, b := run(t, e, y.bloc)[0], run(t, joined, y.hand)[0]
			if len(a.Units) != 1 || len(b.Units) != 1 {
				continue // the leader is the United States, or exports nothing
			}
			where := fmt.Sprintf("%s, %s+%s: %s", x.unit, x.a, x.b, y.what)
			near(t, where+": price", a.Units[0].Market.PriceRise, b.Units[0].Market.PriceRise, 1e-6, 1e-9)
			near(t, where+": loss", a.LossMUSD, b.LossMUSD, 1e-6, 1e-6)
		}
	}
}

// sumRows adds the row of b to that of a, field by field.
func sumRows(t *testing.T, a, b string, fields ...string) edit {
	return func(rows []record) []record {
		var out []record
		var first, second record
		for _, r := range rows {
			switch r["country"] {
			case a:
				first = r
			case b:
				second = r
				continue
			}
			out = append(out, r)
		}
		switch {
		case second == nil:
		case first == nil:
			out = append(out, second.set("country", a))
		default:
			for i, r := range out {
				if r["country"] == a {
					for _, f := range fields {
						r = r.set(f, fmt.Sprintf("%.17g", first.number(t, f)+second.number(t, f)))
					}
					out[i] = r
				}
			}
		}
		return out
	}
}

// TestOutageAndTargeted: with outages of other countries, or general restrictions,
// the targeting comes second and adds to the price inside.
func TestOutageAndTargeted(t *testing.T) {
	e := engine(t)
	for _, x := range []struct{ unit, first, second string }{{"palladium", "ZAF", "RUS"}, {"potash", "BLR", "CAN"}, {"cobalt-metal", "FIN", "CHN"}} {
		for _, first := range []scenario.Scenario{cut(outage(t, e, x.unit, x.first), 0.5), cut(restriction(t, e, x.unit, x.first), 0.5)} {
			targeted := aimed(restriction(t, e, x.unit, x.second), "USA")
			r := run(t, e, first, targeted, together(first, targeted), together(first, cut(targeted, 1e-9)), together(first, aimed(restriction(t, e, x.unit, x.second), "JPN")))
			alone, both := r[0].Units[0].Market, r[2].Units[0]
			if both.Targeting == nil || both.Targeting.First.PriceRatio != alone.PriceRatio {
				t.Fatalf("%s: first stage at %+v, alone at %g", name(e, r[2]), both.Targeting, alone.PriceRatio)
			}
			if both.Market.PriceRatio <= alone.PriceRatio || both.Market.PriceRatio <= r[1].Units[0].Market.PriceRatio {
				t.Errorf("%s: price %g, apart %g and %g", name(e, r[2]), both.Market.PriceRatio, alone.PriceRatio, r[1].Units[0].Market.PriceRatio)
			}
			near(t, "as good as no targeting: price", r[3].Units[0].Market.PriceRise, alone.PriceRise, 1e-6, 0)
			near(t, "as good as no targeting: loss", r[3].LossMUSD, r[0].LossMUSD, 1e-6, 0)
			if outside := r[4].Units[0]; outside.Targeting.EconomyInside || outside.Market != outside.Targeting.Other {
				t.Errorf("%s: the United States is not in the other market", name(e, r[4]))
			}
		}
	}
}

// TestTwoSetsOfTargets: two markets can be told apart, not three.
func TestTwoSetsOfTargets(t *testing.T) {
	e := engine(t)
	s := together(aimed(restriction(t, e, "palladium", "RUS"), "USA"), aimed(restriction(t, e, "palladium", "ZAF"), "JPN"))
	_, err := e.One(context.Background(), s)
	if err == nil || !strings.Contains(err.Error(), "palladium: withdrawals with different destinations: expected one set of destinations for each commodity") || fault.CodeOf(err) != fault.Usage {
		t.Errorf("%v", err)
	}
	// Of two commodities each may have its own.
	r := run(t, e, together(aimed(restriction(t, e, "palladium", "RUS"), "USA"), aimed(restriction(t, e, "rhodium", "ZAF"), "JPN")))[0]
	if len(r.Units) != 2 || r.Units[0].Targeting == nil || r.Units[1].Targeting == nil {
		t.Errorf("%+v", r.Units)
	}
	// The order in which they are written does not count.
	a := run(t, e, together(aimed(restriction(t, e, "palladium", "RUS"), "USA", "JPN"), aimed(restriction(t, e, "palladium", "ZAF"), "JPN", "USA", "JPN")))[0]
	if len(a.Units[0].Targeting.Withdrawals) != 2 || !slices.Equal(a.Units[0].Targeting.Targets, []string{"JPN", "USA"}) {
		t.Errorf("%+v", a.Units[0].Targeting)
	}
}

// TestCustomsArea: the European Union as one in the whole baseline. What it
// withdraws is its net exports, and it is either restricted as one or not at all.
func TestCustomsArea(t *testing.T) {
	e := engine(t)
	eu, err := e.Catalog.Bloc("EU")
	if err != nil {
		t.Fatal(err)
	}
	var units []int
	for i := range e.Catalog.Units {
		units = append(units, i)
	}
	var list []scenario.Scenario
	for _, s := range scenario.Baseline(e.Catalog, e.Figures, units, eu) {
		if len(s.Blocs) > 0 {
			list = append(list, s)
		}
	}
	if len(list) < 20 {
		t.Fatalf("%d scenarios of the EU", len(list))
	}
	harmful := 0
	for _, r := range run(t, e, list...) {
		o := r.Units[0]
		f, u := e.Figures[o.Unit], &e.Catalog.Units[o.Unit]
		exports, output := 0.0, 0.0
		for _, c := range eu {
			if k := u.Country(c); k >= 0 {
				exports += f.NetExportTonnes(k)
				output += f.SupplyShare[k] * f.WorldTonnes
			}
		}
		want := output
		if r.Scenario.Withdrawals[0].Kind == scenario.ExportRestriction {
			want = exports
		}
		near(t, name(e, r)+": tonnes withdrawn", o.Market.WithdrawnTonnes, want, 1e-9, 1e-9*f.TotalTonnes())
		if o.Market.PriceRatio < 1 {
			t.Errorf("%s: price %g", name(e, r), o.Market.PriceRatio)
		}
		if r.LossMUSD > 0 {
			harmful++
		}
	}
	if harmful < 10 {
		t.Errorf("%d scenarios of the EU cost something", harmful)
	}
}

// TestTargetedCap: a country cannot be refused more than it imports, and one
// that exports on balance is not hurt.
func TestTargetedCap(t *testing.T) {
	e := reroutable(t, 0)
	for _, x := range leaders {
		for _, to := range []string{"USA", "JPN", "KAZ", "AUS", "CHL"} {
			if to == x[1] {
				continue
			}
			o := run(t, e, leaking(aimed(restriction(t, e, x[0], x[1]), to), 0, 1))[0].Units[0]
			g := o.Targeting
			if g == nil {
				t.Fatalf("%v to %s: not targeted", x, to)
			}
			if g.RefusedTonnes > max(0, g.NetImportTonnes)*(1+1e-12) || g.NetImportTonnes <= 0 && (g.Target.PriceRise != 0 || g.Other.PriceRise != 0) {
				t.Errorf("%v to %s: %g t refused of %g t imported, price %g", x, to, g.RefusedTonnes, g.NetImportTonnes, g.Target.PriceRatio)
			}
			for _, w := range g.Withdrawals {
				if !(w.BoundShare >= 0 && w.BoundShare <= 1) {
					t.Errorf("%v to %s: share bound for it %g", x, to, w.BoundShare)
				}
			}
		}
	}
}

// TestPriceFallsOutside: where others are offered what the targets are refused,
// their price falls, no use is cut, and only prices count.
func TestPriceFallsOutside(t *testing.T) {
	e := engine(t)
	r := run(t, e, aimed(restriction(t, e, "gallium", "CHN"), "JPN"))[0]
	o := r.Units[0]
	if !(o.Market.PriceRatio < 1 && o.Market.UseCut < 0) || r.Parts.HitMUSD != 0 || r.Parts.RestMUSD != 0 || !(r.Parts.UsersPriceMUSD > 0) || r.LossMUSD >= 0 {
		t.Errorf("price %g, cut %g, parts %+v", o.Market.PriceRatio, o.Market.UseCut, r.Parts)
	}
	if o.BoundMUSD != 0 || r.ValuePerTonneOverPrice != 0 {
		t.Errorf("bound %g, ratio %g", o.BoundMUSD, r.ValuePerTonneOverPrice)
	}
}
