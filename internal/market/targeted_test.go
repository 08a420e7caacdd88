package market

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// threeCountries: 0 exports 30 t, of which 1 (the target) takes 20 and 2 takes 10.
// Supply is fixed; use is 20, 50 and 30 t.
func threeCountries() *Balance {
	return &Balance{
		WorldTonnes: 100, SupplyShare: []float64{0.5, 0.3, 0.2}, UseShare: []float64{0.2, 0.5, 0.3}, IdleShare: []float64{0, 0, 0}, DemandElasticity: -0.5,
	}
}

func threeSides() []Side { return []Side{Restricting, Target, Other} }

func mustClearTargeted(t testing.TB, b *Balance, g *Targeted, m *Method) TargetedOutcome {
	t.Helper()
	var o TargetedOutcome
	if err := ClearTargeted(&o, b, g, m); err != nil {
		t.Fatal(err)
	}
	return o
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-12*(1+math.Abs(b)) }

func TestTargetedByHand(t *testing.T) {
	// 10 t refused, all offered to country 2, which re-routes 4 of them.
	o := mustClearTargeted(t, threeCountries(), &Targeted{Side: threeSides(), RefusedTonnes: 10, OfferedShare: 1, ReroutableShare: 0.4}, &Method{})
	if !near(o.Target.UseCut, 6.0/50) || !near(o.Other.UseCut, -6.0/30) || !near(o.ReroutedTonnes, 4) || !near(o.NetImportTonnes, 20) || o.OnePrice || o.Capped {
		t.Errorf("%+v", o)
	}
	if !near(o.Target.PriceRise, math.Log(44.0/50)/-0.5) || !near(o.Other.PriceRise, math.Log(36.0/30)/-0.5) {
		t.Errorf("prices %v and %v", o.Target.PriceRise, o.Other.PriceRise)
	}
	// 10 t refused, nothing offered: both share the loss, 10 of 80 t, so 2 gives 3.75 t.
	o = mustClearTargeted(t, threeCountries(), &Targeted{Side: threeSides(), RefusedTonnes: 10, ReroutableShare: 0.9}, &Method{})
	if !o.OnePrice || !near(o.Target.UseCut, 0.125) || !near(o.Other.UseCut, 0.125) || !near(o.ReroutedTonnes, 3.75) {
		t.Errorf("one price: %+v", o)
	}
	// More refused than bought.
	o = mustClearTargeted(t, threeCountries(), &Targeted{Side: threeSides(), RefusedTonnes: 25}, &Method{})
	if !o.Capped || !near(o.RefusedTonnes, 20) || !near(o.Target.UseCut, 0.4) || o.Other.PriceRise != 0 {
		t.Errorf("capped: %+v", o)
	}
}

func TestTargetedWithoutEffect(t *testing.T) {
	calm := Outcome{HasPrice: true, PriceRatio: 1}
	o := mustClearTargeted(t, threeCountries(), &Targeted{Side: threeSides()}, &Method{})
	if o.Target != calm || o.Other != calm {
		t.Errorf("nothing refused: %+v", o)
	}
	o = mustClearTargeted(t, threeCountries(), &Targeted{Side: []Side{Target, Other, Restricting}, RefusedTonnes: 5}, &Method{})
	if o.Target != calm || o.Other != calm || o.RefusedTonnes != 0 || o.Capped {
		t.Errorf("targets that export: %+v", o)
	}
}

func TestTargetedNoClearing(t *testing.T) {
	b := threeCountries()
	b.SupplyShare = []float64{0.8, 0, 0.2}
	g := Targeted{Side: threeSides(), RefusedTonnes: 50, OfferedShare: 1}
	o := mustClearTargeted(t, b, &g, &Method{})
	if o.Target.State != NoClearing || o.Target.HasPrice || o.Target.UseCut != 1 || o.Other.PriceRise >= 0 {
		t.Errorf("%+v", o)
	}
	g.ReroutableShare = 0.1
	if o = mustClearTargeted(t, b, &g, &Method{}); o.Target.State != Cleared || !near(o.Target.UseCut, 0.94) { // of 50 t, the others re-route a tenth of the 30 t they use
		t.Errorf("%+v", o)
	}
}

// Others that use nothing can take and pass on what they can make from idle
// capacity, 0.01 t: 0.6 of it goes on to the targets, 0.004 t of their own output
// finds no buyer, at pi^-80 = 1.4.
func TestOthersWithoutUse(t *testing.T) {
	b := &Balance{
		WorldTonnes: 1, SupplyShare: []float64{0, 1}, UseShare: []float64{1, 0}, IdleShare: []float64{0, 0.01},
		DemandElasticity: -1, SupplyElasticity: 0.8,
	}
	o := mustClearTargeted(t, b, &Targeted{Side: []Side{Target, Other}, RefusedTonnes: 0.0625, OfferedShare: 0.5, ReroutableShare: 0.6}, &Method{})
	if o.OnePrice || !near(o.Target.UseCut, 0.0625-0.006) || !near(o.Other.PriceRatio, math.Pow(1.4, -1.0/80)) {
		t.Errorf("%+v", o)
	}
}

func TestOthersPriceFloor(t *testing.T) {
	// Others that use 1 t cannot take 20 t at any price.
	b := threeCountries()
	b.UseShare = []float64{0.2, 0.79, 0.01}
	b.SupplyShare = []float64{0.5, 0.49, 0.01}
	o := mustClearTargeted(t, b, &Targeted{Side: threeSides(), RefusedTonnes: 20, OfferedShare: 1}, &Method{})
	if o.Other.State != AtFloor || !near(o.Other.PriceRatio, MinPriceRatio) || o.Target.State != Cleared {
		t.Errorf("%+v", o)
	}
}

func TestRefusedTonnes(t *testing.T) {
	b := threeCountries()
	share := FallbackTargetShare(b, threeSides())
	if !near(share, 20.0/30) {
		t.Errorf("fallback share %v", share)
	}
	got, err := RefusedTonnes(b, &Shock{}, []float64{0.5, 1, 0}, []float64{0.1, 0, 0}, []float64{share, 1, 1}) // country 1 has nothing to restrict
	if want := 0.5 * 0.9 * 20; err != nil || !near(got, want) {
		t.Errorf("refused %v, %v, want %v", got, err, want)
	}
	for _, bad := range [][]float64{{1}, {1, 0, 2}, {math.NaN(), 0, 0}} {
		if _, err := RefusedTonnes(b, &Shock{}, bad, []float64{0, 0, 0}, []float64{0, 0, 0}); !errors.Is(err, ErrShock) {
			t.Errorf("%v: error %v", bad, err)
		}
	}
	if FallbackTargetShare(b, []Side{Restricting, Restricting, Restricting}) != 0 {
		t.Error("a share of nothing")
	}
}

func TestTargetedErrors(t *testing.T) {
	var o TargetedOutcome
	for _, c := range []struct {
		targeted Targeted
		is       error
		says     string
	}{
		{Targeted{Side: []Side{Target}}, ErrShock, "1 sides for 3 countries"},
		{Targeted{Side: []Side{Target, Restricting, 7}}, ErrShock, "side 7 of country 2"},
		{Targeted{Side: []Side{Restricting, Target, Target}}, ErrNoOthers, "every country a target"},
		{Targeted{Side: threeSides(), RefusedTonnes: math.NaN()}, ErrShock, "NaN t refused"},
		{Targeted{Side: threeSides(), OfferedShare: 1.5}, ErrShock, "offered to others 1.5"},
		{Targeted{Side: threeSides(), ReroutableShare: -1}, ErrShock, "re-routed -1"},
	} {
		if err := ClearTargeted(&o, threeCountries(), &c.targeted, &Method{}); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("error %v, want %q", err, c.says)
		}
	}
	if err := ClearTargeted(&o, threeCountries(), &Targeted{Side: threeSides()}, &Method{Demand: 5}); !errors.Is(err, ErrMethod) {
		t.Errorf("error %v", err)
	}
}

func drawTargeted(t *rapid.T, n int, tonnes float64) *Targeted {
	g := &Targeted{
		Side: make([]Side, n), RefusedTonnes: tonnes * rapid.Float64Range(0, 0.5).Draw(t, "L"),
		OfferedShare: rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "delta"), ReroutableShare: rapid.SampledFrom([]float64{0, 0.3, 0.6, 0.9, 1}).Draw(t, "omega"),
	}
	for c := range g.Side {
		g.Side[c] = Side(rapid.IntRange(0, 2).Draw(t, "side"))
	}
	g.Side[rapid.IntRange(0, n-1).Draw(t, "other")] = Other
	return g
}

// imports are Dem - Sup of one side at the price rise v, written down literally.
func imports(b *Balance, side []Side, of Side, d Demand, v float64) float64 {
	part := *b
	part.SupplyShare, part.UseShare = append([]float64(nil), b.SupplyShare...), append([]float64(nil), b.UseShare...)
	for c, s := range side {
		if s != of {
			part.SupplyShare[c], part.UseShare[c] = 0, 0
		}
	}
	return literalExcess(&part, single(len(side), 0, 0), d, v)
}

func TestTargetedProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, m := drawBalance(t), drawMethod(t)
		m.ChokePriceRatio = 0
		n := len(b.SupplyShare)
		g := drawTargeted(t, n, b.WorldTonnes)
		clear := func(g *Targeted) TargetedOutcome {
			var o TargetedOutcome
			if err := ClearTargeted(&o, b, g, m); err != nil {
				t.Fatal(err)
			}
			return o
		}
		o := clear(g)
		L, T := o.RefusedTonnes, b.TotalTonnes()
		absorb := 0.0 // what the others use, and can take or pass on
		for c, s := range g.Side {
			if s != Other {
				continue
			}
			absorb += b.UseShare[c] * T
			if b.SupplyElasticity > 0 {
				absorb += b.SupplyShare[c] * b.WorldTonnes * b.IdleShare[c]
			}
			if b.RecyclingElasticity > 0 {
				absorb += b.UseShare[c] * T * b.RecycledShare * b.RecyclingIdleShare
			}
		}
		offered, most := min(g.OfferedShare*L, absorb), g.ReroutableShare*min(L, absorb)
		high := func(o Outcome) float64 {
			if !o.HasPrice {
				return math.Inf(1)
			}
			return o.PriceRise
		}

		// The equations and the rule for y.
		const lastBits = 1e-14 // the limit here and there is the same product in another order
		if o.Target.PriceRise < 0 || o.ReroutedTonnes < 0 || o.ReroutedTonnes > most*(1+lastBits) {
			t.Fatalf("%+v", o)
		}
		if o.Target.State == Cleared && o.Other.State == Cleared {
			lackT := imports(b, g.Side, Target, m.Demand, o.Target.PriceRise) - (o.NetImportTonnes - L + o.ReroutedTonnes)
			lackO := imports(b, g.Side, Other, m.Demand, o.Other.PriceRise) - (imports(b, g.Side, Other, m.Demand, 0) + offered - o.ReroutedTonnes)
			// Supply stops at zero below the base price, which the literal form does not know.
			if math.Abs(lackT) > 1e-10*T || o.Other.PriceRise >= 0 && math.Abs(lackO) > 1e-10*T {
				t.Fatalf("equations off by %v and %v of %v t: %+v", lackT, lackO, T, o)
			}
		}
		if full := o.ReroutedTonnes >= most*(1-lastBits); !full && high(o.Target) != high(o.Other) || high(o.Target) < high(o.Other) {
			t.Fatalf("prices %v and %v with %v of %v t re-routed", high(o.Target), high(o.Other), o.ReroutedTonnes, most)
		}

		atMost := func(what string, a, b Outcome) {
			t.Helper()
			if a.UseCut > b.UseCut+1e-11 {
				t.Fatalf("%s: cut %v above %v", what, a.UseCut, b.UseCut)
			}
		}
		more := *g
		more.RefusedTonnes *= rapid.Float64Range(1, 2).Draw(t, "more refused")
		atMost("more refused", o.Target, clear(&more).Target)
		more = *g
		more.ReroutableShare += (1 - more.ReroutableShare) * rapid.Float64Range(0, 1).Draw(t, "more omega")
		atMost("more re-routed", clear(&more).Target, o.Target)
		more = *g
		more.RefusedTonnes = 1e-9 * b.WorldTonnes
		if tiny := clear(&more); tiny.Target.UseCut > 1e-5 && tiny.NetImportTonnes > 1e-3*T {
			t.Fatalf("not continuous at phi = 0: %+v", tiny)
		}
		more = *g
		more.ReroutableShare, more.OfferedShare = 1, 1
		if calm := clear(&more); L <= absorb && (calm.Target.PriceRatio != 1 || calm.Other.PriceRatio != 1 || calm.Target.UseCut != 0 || calm.Other.UseCut != 0) {
			t.Fatalf("omega = delta = 1: %+v", calm)
		}
	})
}

// With others that hardly exist, a full refusal is the restriction on everybody.
func TestTargetingNearlyEverybody(t *testing.T) {
	for _, c := range readReference(t) {
		b := c.balance()
		k := c.Restrictions[0].Country
		const crumb = 1e-7
		grown := *b
		grown.SupplyShare, grown.UseShare, grown.IdleShare = append([]float64{crumb}, b.SupplyShare...), append([]float64{crumb}, b.UseShare...), append([]float64{0}, b.IdleShare...)
		for i := range b.SupplyShare {
			grown.SupplyShare[i+1] *= 1 - crumb
			grown.UseShare[i+1] *= 1 - crumb
		}
		side := make([]Side, len(b.SupplyShare)+1)
		for i := range side {
			side[i] = Target
		}
		side[0], side[k+1] = Other, Restricting
		all := mustClear(t, b, single(len(b.SupplyShare), k, 1), &Method{})
		got := mustClearTargeted(t, &grown, &Targeted{Side: side, RefusedTonnes: b.NetExports(k)}, &Method{})
		if e := relative(got.Target.UseCut, all.UseCut); e > 1e-6 {
			t.Errorf("%s: cut %v, of everybody %v", c.Commodity, got.Target.UseCut, all.UseCut)
		}
	}
}

func TestTargetedAfterOutage(t *testing.T) {
	b := threeCountries()
	outage := Shock{Outage: []float64{0, 0, 0.5}} // country 2 loses 10 t
	var alone Outcome
	if err := Clear(&alone, b, &outage, &Method{}); err != nil {
		t.Fatal(err)
	}
	// Nothing refused: both markets stand at the price of the outage alone.
	o := mustClearTargeted(t, b, &Targeted{Side: threeSides(), First: outage, OfferedShare: 1, ReroutableShare: 0.6}, &Method{})
	for _, m := range []Outcome{o.Target, o.Other, o.First} {
		if !near(m.PriceRise, alone.PriceRise) || !near(m.UseCut, 0.1) {
			t.Errorf("without refused tonnes %+v, the outage alone %+v", m, alone)
		}
	}
	// Refused tonnes that all come back change nothing either.
	o = mustClearTargeted(t, b, &Targeted{Side: threeSides(), First: outage, RefusedTonnes: 8, OfferedShare: 1, ReroutableShare: 1}, &Method{})
	if !near(o.Target.PriceRise, alone.PriceRise) || !near(o.Other.PriceRise, alone.PriceRise) {
		t.Errorf("all re-routed: %+v, the outage alone %+v", o, alone)
	}
	// By hand: at the outage's price the target buys 45 t, makes 30, imports 15.
	// 10 of these are refused and 4 come back: it is left with 39 of 50 t. The
	// others use 27 t and get 6 more: 33 of 30.
	o = mustClearTargeted(t, b, &Targeted{Side: threeSides(), First: outage, RefusedTonnes: 10, OfferedShare: 1, ReroutableShare: 0.4}, &Method{})
	if !near(o.NetImportTonnes, 15) || !near(o.Target.UseCut, 11.0/50) || !near(o.Other.UseCut, -3.0/30) {
		t.Errorf("%+v", o)
	}
}

func TestTargetedAfterNothingIsLeft(t *testing.T) {
	b := &Balance{WorldTonnes: 100, SupplyShare: []float64{1, 0, 0}, UseShare: []float64{0.2, 0.5, 0.3}, IdleShare: []float64{0, 0, 0}, DemandElasticity: -0.5}
	o := mustClearTargeted(t, b, &Targeted{Side: threeSides(), First: Shock{Export: []float64{1, 0, 0}}, RefusedTonnes: 5, OfferedShare: 1, ReroutableShare: 0.6}, &Method{})
	if o.Target.State != NoClearing || o.Other.State != NoClearing || o.Target.UseCut != 1 {
		t.Errorf("%+v", o)
	}
}
