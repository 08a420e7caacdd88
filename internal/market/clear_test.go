package market

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// twoCountries: country 0 has half of supply and a fifth of use, so 30 t of
// the world's 100 t go to country 1, which uses 80 t and makes 50 t.
func twoCountries() *Balance {
	return &Balance{WorldTonnes: 100, SupplyShare: []float64{0.5, 0.5}, UseShare: []float64{0.2, 0.8}, IdleShare: []float64{0, 0}, DemandElasticity: -0.5}
}

// Fixed supply: country 1 is left with 50 of 80 t whatever the demand form.
func TestClearByHand(t *testing.T) {
	for _, c := range []struct {
		demand Demand
		rise   float64
	}{
		{SemiLog, math.Log(50.0/80) / -0.5},
		{Linear, (1 - 50.0/80) / 0.5},
		{IsoElastic, math.Pow(50.0/80, 1/-0.5) - 1},
	} {
		o := mustClear(t, twoCountries(), single(2, 0, 1), &Method{Demand: c.demand})
		if o.State != Cleared || math.Abs(o.UseCut-0.375) > 1e-14 || math.Abs(o.PriceRise-c.rise) > 1e-13 || math.Abs(o.WithdrawnTonnes-30) > 1e-13 {
			t.Errorf("%v: %+v, want cut 0.375 and rise %v", c.demand, o, c.rise)
		}
	}
}

func TestClearOutageByHand(t *testing.T) {
	// 40 % of country 1's 50 t are lost: 80 t for 100 t of use, everywhere.
	o := mustClear(t, twoCountries(), &Shock{Outage: []float64{0, 0.4}}, &Method{})
	if math.Abs(o.UseCut-0.2) > 1e-14 || math.Abs(o.WithdrawnTonnes-20) > 1e-13 {
		t.Errorf("%+v, want cut 0.2", o)
	}
}

func TestStocksByHand(t *testing.T) {
	// Linear demand, a year of stocks: 80 (v/2) + 80 v/(1+v) = 30.
	b := twoCountries()
	b.StockShare, b.CommercialStockMonths = 0.5, 24
	o := mustClear(t, b, single(2, 0, 1), &Method{Demand: Linear})
	if v := o.PriceRise; math.Abs(40*v+80*v/(1+v)-30) > 1e-12 {
		t.Errorf("rise %v does not solve the stock equation", v)
	}
}

func TestZeroShock(t *testing.T) {
	b := twoCountries()
	for _, s := range []*Shock{{}, single(2, 0, 0), single(2, 1, 1)} { // country 1 imports
		if o := mustClear(t, b, s, &Method{}); o != (Outcome{HasPrice: true, PriceRatio: 1}) {
			t.Errorf("%+v", o)
		}
	}
}

func TestTinyScenarioKeepsDigits(t *testing.T) {
	// To first order v = phi NX / (|eps| D) with fixed supply.
	b := twoCountries()
	o := mustClear(t, b, single(2, 0, 1e-12), &Method{})
	if want := 1e-12 * 30 / (0.5 * 100); relative(o.PriceRise, want) > 1e-11 {
		t.Errorf("rise %v, want %v", o.PriceRise, want)
	}
}

func TestNoClearing(t *testing.T) {
	b := &Balance{WorldTonnes: 100, SupplyShare: []float64{1, 0}, UseShare: []float64{0.2, 0.8}, IdleShare: []float64{0, 0.1}, DemandElasticity: -0.5, SupplyElasticity: 0.3}
	o := mustClear(t, b, single(2, 0, 1), &Method{})
	if o.State != NoClearing || o.HasPrice || o.UseCut != 1 || o.PriceRatio != 0 || o.PriceRise != 0 || o.WithdrawnTonnes != 80 {
		t.Errorf("%+v", o)
	}
	o = mustClear(t, b, single(2, 0, 1), &Method{ChokePriceRatio: 5})
	if o.State != NoClearing || !o.HasPrice || o.UseCut != 1 || o.PriceRatio != 5 {
		t.Errorf("with a choke price: %+v", o)
	}
	// The last tonnes decide continuously: just before, the cut is nearly 1.
	if o = mustClear(t, b, single(2, 0, 1-1e-6), &Method{}); o.State != Cleared || o.UseCut > 1 || o.UseCut < 1-1e-5 {
		t.Errorf("phi just below 1: %+v", o)
	}
	// Recycled metal or stocks are supply.
	b.RecycledShare = 0.1
	if o = mustClear(t, b, single(2, 0, 1), &Method{}); o.State != Cleared || math.Abs(o.UseCut-0.9) > 1e-12 {
		t.Errorf("with recycling: %+v", o)
	}
	b.RecycledShare, b.StockShare, b.CommercialStockMonths = 0, 1, 1
	if o = mustClear(t, b, single(2, 0, 1), &Method{}); o.State != Cleared || o.UseCut < 11.0/12-1e-12 || o.UseCut >= 1 {
		t.Errorf("with stocks: %+v", o)
	}
}

func TestChokePrice(t *testing.T) {
	// At pi = 1.5 use in country 1 wants to fall to 80 exp(-0.25); 50 t are there.
	o := mustClear(t, twoCountries(), single(2, 0, 1), &Method{ChokePriceRatio: 1.5})
	if o.State != AtChoke || o.PriceRatio != 1.5 || math.Abs(o.UseCut-0.375) > 1e-14 {
		t.Errorf("%+v", o)
	}
	free := mustClear(t, twoCountries(), single(2, 0, 1), &Method{})
	if o = mustClear(t, twoCountries(), single(2, 0, 1), &Method{ChokePriceRatio: 3}); o != free {
		t.Errorf("a choke price above the clearing price changes it: %+v", o)
	}
}

func TestIsoElasticRange(t *testing.T) {
	b := twoCountries()
	b.DemandElasticity = -0.1 // pi = 0.625^-10 = 110
	o := mustClear(t, b, single(2, 0, 1), &Method{Demand: IsoElastic})
	if o.State != BeyondRange || relative(o.PriceRatio, math.Pow(0.625, -10)) > 1e-12 || math.Abs(o.UseCut-0.375) > 1e-13 {
		t.Errorf("%+v", o)
	}
	b.DemandElasticity = -0.001 // pi = 0.625^-1000: stopped, the tonnes decide
	o = mustClear(t, b, single(2, 0, 1), &Method{Demand: IsoElastic})
	if o.State != BeyondRange || o.PriceRatio != MaxPriceRatio || math.Abs(o.UseCut-0.375) > 1e-13 {
		t.Errorf("%+v", o)
	}
}

// A restriction in a country whose outage makes it an importer does nothing.
func TestRestrictionOfAnImporter(t *testing.T) {
	s := &Shock{Outage: []float64{1, 0}, Export: []float64{1, 0}}
	got := mustClear(t, twoCountries(), s, &Method{})
	s.Export[0] = 0
	if want := mustClear(t, twoCountries(), s, &Method{}); math.Abs(got.UseCut-want.UseCut) > 1e-12 || math.Abs(got.UseCut-0.5) > 1e-12 {
		t.Errorf("cut %v, without the restriction %v, want 0.5", got.UseCut, want.UseCut)
	}
}

// With 65 % of its output lost, country 0 lacks 2.5 t at the base price, but at
// the clearing price it would sell: a full restriction leaves it on its own.
func TestRestrictionOfAnImporterThatTurns(t *testing.T) {
	for _, c := range []struct{ phi, cut float64 }{{0, 0.325}, {1, 0.375}} {
		o := mustClear(t, twoCountries(), &Shock{Outage: []float64{0.65, 0}, Export: []float64{c.phi, 0}}, &Method{})
		if math.Abs(o.UseCut-c.cut) > 1e-13 {
			t.Errorf("phi %v: cut %v, want %v", c.phi, o.UseCut, c.cut)
		}
	}
}

// More idle shares than are summed into groups.
func TestManyIdleShares(t *testing.T) {
	const n = 14
	b := &Balance{
		WorldTonnes: 100, SupplyShare: make([]float64, n), UseShare: make([]float64, n), IdleShare: make([]float64, n),
		DemandElasticity: -0.3, SupplyElasticity: 0.5, RecycledShare: 0.1, RecyclingElasticity: 0.2, RecyclingIdleShare: 0.3,
	}
	total := 0.0
	for c := range n {
		b.SupplyShare[c], b.UseShare[c], b.IdleShare[c] = float64(n-c), 1.0/n, 0.05*float64(c)
		total += b.SupplyShare[c]
	}
	for c := range n {
		b.SupplyShare[c] /= total
	}
	for _, phi := range []float64{0.8, 1} {
		s := single(n, 0, phi)
		s.Export[10], s.Outage[12] = 1, 0.5 // 10 imports
		o := mustClear(t, b, s, &Method{})
		if gap := literalExcess(b, s, SemiLog, o.PriceRise); math.Abs(gap) > 1e-11 || o.PriceRise <= 0 {
			t.Errorf("excess demand of %v t at %+v", gap, o)
		}
	}
}

func TestErrors(t *testing.T) {
	var o Outcome
	nan := math.NaN()
	for _, c := range []struct {
		shock  Shock
		method Method
		is     error
		says   string
	}{
		{Shock{Outage: []float64{1}}, Method{}, ErrShock, "1 values of outage for 2 countries"},
		{Shock{Export: []float64{0, nan}}, Method{}, ErrShock, "export restriction of country 1 is NaN, outside [0, 1]"},
		{Shock{Export: []float64{1.01, 0}}, Method{}, ErrShock, "country 0 is 1.01"},
		{Shock{}, Method{Demand: 9}, ErrMethod, "Demand(9)"},
		{Shock{}, Method{ChokePriceRatio: 1}, ErrMethod, "choke price ratio 1 outside (1, 1e+06]"},
		{Shock{}, Method{ChokePriceRatio: nan}, ErrMethod, "choke price ratio NaN"},
	} {
		if err := Clear(&o, twoCountries(), &c.shock, &c.method); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v %+v: error %v, want %q", c.shock, c.method, err, c.says)
		}
	}
	for _, c := range []struct {
		spoil func(*Balance)
		says  string
	}{
		{func(b *Balance) { b.SupplyShare = nil }, "no countries"},
		{func(b *Balance) { b.IdleShare = b.IdleShare[:1] }, "2 supply shares, 2 use shares, 1 idle shares"},
		{func(b *Balance) { b.WorldTonnes = nan }, "world tonnes NaN"},
		{func(b *Balance) { b.WorldTonnes = 0 }, "world tonnes 0 outside"},
		{func(b *Balance) { b.DemandElasticity = 0 }, "demand elasticity 0 outside [-20, -0.0001]"},
		{func(b *Balance) { b.SupplyElasticity = -1 }, "supply elasticity -1"},
		{func(b *Balance) { b.RecycledShare = 1 }, "recycled share 1 outside"},
		{func(b *Balance) { b.RecyclingIdleShare = math.Inf(1) }, "recycling idle share +Inf"},
		{func(b *Balance) { b.StockShare = 1.5 }, "stock share 1.5"},
		{func(b *Balance) { b.SupplyShare[1] = 0.4 }, "supply shares sum to 0.9, not 1"},
		{func(b *Balance) { b.UseShare = []float64{-0.1, 1.1} }, "use share of country 0 is -0.1"},
		{func(b *Balance) { b.IdleShare[1] = nan }, "idle share of country 1 is NaN"},
	} {
		b := twoCountries()
		c.spoil(b)
		if err := b.Validate(); !errors.Is(err, ErrBalance) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("error %v, want %q", err, c.says)
		}
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"semi-log", "linear", "iso-elastic"} {
		var d Demand
		if err := d.UnmarshalText([]byte(name)); err != nil {
			t.Fatal(err)
		}
		if text, err := d.MarshalText(); err != nil || string(text) != name {
			t.Errorf("%q reads back as %q, %v", name, text, err)
		}
	}
	if d, err := ParseDemand(""); d != SemiLog || err != nil {
		t.Errorf("default %v, %v", d, err)
	}
	if _, err := ParseDemand("log"); !errors.Is(err, ErrMethod) || !strings.Contains(err.Error(), `"log" is none of`) {
		t.Errorf("error %v", err)
	}
	if _, err := Demand(7).MarshalText(); err == nil {
		t.Error("unknown form has a name")
	}
	if s := NoClearing.String(); s != "no-clearing" {
		t.Error(s)
	}
}

// ---- random markets ----

func shares(t *rapid.T, n int, label string) []float64 {
	out, sum := make([]float64, n), 0.0
	for c := range out {
		if rapid.IntRange(0, 3).Draw(t, label+" zero") > 0 {
			out[c] = rapid.Float64Range(0.01, 1).Draw(t, label)
		}
		sum += out[c]
	}
	if sum == 0 {
		out[0], sum = 1, 1
	}
	for c := range out {
		out[c] /= sum
	}
	return out
}

func drawBalance(t *rapid.T) *Balance {
	n := rapid.IntRange(2, 12).Draw(t, "countries")
	b := &Balance{
		WorldTonnes: rapid.Float64Range(1, 1e6).Draw(t, "W"), SupplyShare: shares(t, n, "s"), UseShare: shares(t, n, "d"), IdleShare: make([]float64, n),
		RecycledShare: rapid.SampledFrom([]float64{0, 0.05, 0.4}).Draw(t, "rho"), DemandElasticity: -rapid.Float64Range(0.05, 2).Draw(t, "eps"),
		SupplyElasticity: rapid.SampledFrom([]float64{0, 0.1, 0.8}).Draw(t, "eta"), RecyclingElasticity: rapid.Float64Range(0, 1).Draw(t, "eta_r"),
		RecyclingIdleShare: rapid.SampledFrom([]float64{0, 0.02, 0.5}).Draw(t, "kappa_r"),
		StockShare:         rapid.SampledFrom([]float64{0, 0, 0.5}).Draw(t, "stock share"), CommercialStockMonths: rapid.Float64Range(0, 6).Draw(t, "months"),
	}
	own := rapid.Bool().Draw(t, "own idle shares")
	for c := range b.IdleShare {
		b.IdleShare[c] = 0.15
		if own { // more values than groups
			b.IdleShare[c] = rapid.SampledFrom([]float64{0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.5, 3, 7}).Draw(t, "kappa")
		}
	}
	if err := b.Validate(); err != nil {
		t.Fatal(err)
	}
	return b
}

func drawShock(t *rapid.T, n int) *Shock {
	s := single(n, 0, 0)
	for c := range n {
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			s.Export[c] = rapid.SampledFrom([]float64{0, 0.3, 0.9, 1}).Draw(t, "phi")
		case 1:
			s.Outage[c] = rapid.SampledFrom([]float64{0, 0.2, 0.9}).Draw(t, "outage")
		case 2:
			s.Export[c] = rapid.Float64Range(0, 1).Draw(t, "phi")
			s.Outage[c] = rapid.Float64Range(0, 1).Draw(t, "outage")
		}
	}
	return s
}

func drawMethod(t *rapid.T) *Method {
	return &Method{Demand: rapid.SampledFrom([]Demand{SemiLog, Linear, IsoElastic}).Draw(t, "demand"), ChokePriceRatio: rapid.SampledFrom([]float64{0, 0, 3}).Draw(t, "choke")}
}

// literalExcess is (M1) written down as it stands in doc.go.
func literalExcess(b *Balance, s *Shock, d Demand, v float64) float64 {
	T, pi := b.TotalTonnes(), 1+v
	g := map[Demand]float64{SemiLog: math.Exp(b.DemandElasticity * v), Linear: math.Max(0, 1+b.DemandElasticity*v), IsoElastic: math.Pow(pi, b.DemandElasticity)}[d]
	grow := func(kappa, eta float64) float64 {
		if kappa == 0 {
			return 1
		}
		return 1 + kappa*(1-math.Pow(pi, -eta/kappa))
	}
	gap := 0.0
	for k := range b.SupplyShare {
		supply := b.SupplyShare[k]*b.WorldTonnes*(1-s.Outage[k])*grow(b.IdleShare[k], b.SupplyElasticity) +
			b.UseShare[k]*(T-b.WorldTonnes)*grow(b.RecyclingIdleShare, b.RecyclingElasticity) +
			b.StockShare*b.CommercialStockMonths/12*b.UseShare[k]*T*(1-1/pi)
		net := supply - b.UseShare[k]*T*g
		if b.CanRestrict(k) && net > 0 {
			net *= 1 - s.Export[k]
		}
		gap -= net
	}
	return gap
}

func TestClearAgainstBisection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, m := drawBalance(t), drawMethod(t)
		s := drawShock(t, len(b.SupplyShare))
		m.ChokePriceRatio = 0
		o := Outcome{}
		if err := Clear(&o, b, s, m); err != nil {
			t.Fatal(err)
		}
		if o.State == NoClearing || o.PriceRatio == MaxPriceRatio || o.WithdrawnTonnes < 1e-6*b.WorldTonnes {
			return // no root to compare with, or too small for the literal form
		}
		low, high := 0.0, float64(MaxPriceRatio)
		for range 200 {
			if mid := (low + high) / 2; literalExcess(b, s, m.Demand, mid) > 0 {
				low = mid
			} else {
				high = mid
			}
		}
		// The literal form loses digits where the curves are flat, so compare by tonnes.
		slope := math.Abs(literalExcess(b, s, m.Demand, low*(1+1e-4))-literalExcess(b, s, m.Demand, low)) / (low * 1e-4)
		if d := math.Abs(o.PriceRise-low) * slope; d > 1e-10*b.TotalTonnes() {
			t.Fatalf("rise %v, bisection %v, apart by %v of T", o.PriceRise, low, d/b.TotalTonnes())
		}
	})
}

func TestClearProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, m := drawBalance(t), drawMethod(t)
		n := len(b.SupplyShare)
		s := drawShock(t, n)
		clear := func(b *Balance, s *Shock) Outcome {
			var o Outcome
			if err := Clear(&o, b, s, m); err != nil {
				t.Fatal(err)
			}
			if math.Abs(o.ResidualTonnes) > 1e-12*o.WithdrawnTonnes {
				t.Fatalf("residual %v of %v t", o.ResidualTonnes, o.WithdrawnTonnes)
			}
			return o
		}
		// Near r = 1 the price is only known to what is left of use.
		atMost := func(what string, a, b Outcome) {
			t.Helper()
			if a.UseCut > b.UseCut+1e-11 {
				t.Fatalf("%s: cut %v above %v", what, a.UseCut, b.UseCut)
			}
			if slack := 1e-9 / (1 - b.UseCut + 1e-9); b.HasPrice && a.HasPrice && a.PriceRise > b.PriceRise*(1+slack) {
				t.Fatalf("%s: rise %v above %v", what, a.PriceRise, b.PriceRise)
			}
		}
		base := clear(b, s)
		if base.UseCut < 0 || base.UseCut > 1 {
			t.Fatalf("cut %v", base.UseCut)
		}

		c := rapid.IntRange(0, n-1).Draw(t, "country")
		more := &Shock{Outage: append([]float64(nil), s.Outage...), Export: append([]float64(nil), s.Export...)}
		more.Export[c] += (1 - more.Export[c]) * rapid.Float64Range(0, 1).Draw(t, "more phi")
		atMost("larger phi", base, clear(b, more))
		more.Export[c] = s.Export[c]
		more.Outage[c] += (1 - more.Outage[c]) * rapid.Float64Range(0, 1).Draw(t, "more outage")
		atMost("larger outage", base, clear(b, more))

		richer := *b
		richer.StockShare, richer.CommercialStockMonths = b.StockShare/2+0.5, b.CommercialStockMonths+1
		atMost("more stocks", clear(&richer, s), base)
		richer = *b
		richer.IdleShare = append([]float64(nil), b.IdleShare...)
		richer.IdleShare[c] = b.IdleShare[c]*1.5 + 0.05
		atMost("more idle capacity", clear(&richer, s), base)
		richer = *b
		richer.RecyclingIdleShare = b.RecyclingIdleShare*1.5 + 0.05
		atMost("more idle recycling", clear(&richer, s), base)

		// Two equal halves of c, both hit, in place of c.
		halves := *b
		half := func(v []float64, factor float64) []float64 {
			out := append(append([]float64(nil), v...), v[c]*factor)
			out[c] *= factor
			return out
		}
		halves.SupplyShare, halves.UseShare, halves.IdleShare = half(b.SupplyShare, 0.5), half(b.UseShare, 0.5), half(b.IdleShare, 1)
		split := clear(&halves, &Shock{Outage: half(s.Outage, 1), Export: half(s.Export, 1)})
		atMost("split country", split, base)
		atMost("split country", base, split)
	})
}

// A higher recycled share of the same total supply never raises the cut.
func TestMoreRecycling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBalance(t)
		c := rapid.IntRange(0, len(b.SupplyShare)-1).Draw(t, "country")
		more := *b
		more.RecycledShare = b.RecycledShare + rapid.Float64Range(0, 0.4).Draw(t, "more")
		more.WorldTonnes = b.TotalTonnes() * (1 - more.RecycledShare)
		more.RecyclingIdleShare = math.Max(b.RecyclingIdleShare, 10)
		more.RecyclingElasticity = math.Max(b.SupplyElasticity, b.RecyclingElasticity)
		var less, got Outcome
		if Clear(&less, b, single(len(b.SupplyShare), c, 1), &Method{}) != nil || Clear(&got, &more, single(len(b.SupplyShare), c, 1), &Method{}) != nil {
			t.Fatal("did not clear")
		}
		if got.UseCut > less.UseCut+1e-11 {
			t.Fatalf("cut %v above %v", got.UseCut, less.UseCut)
		}
	})
}

// From "not listed" to a full stop there is no jump, with and without an outage
// in the same country, with stocks on.
func TestContinuousInPhi(t *testing.T) {
	b := &Balance{
		WorldTonnes: 100, SupplyShare: []float64{0.6, 0.3, 0.1}, UseShare: []float64{0.3, 0.3, 0.4}, IdleShare: []float64{0, 0.2, 0.2},
		RecycledShare: 0.1, DemandElasticity: -0.3, SupplyElasticity: 0.2, RecyclingElasticity: 0.1, RecyclingIdleShare: 0.2, StockShare: 1, CommercialStockMonths: 1,
	}
	for _, outage := range []float64{0, 0.4, 0.5, 0.55, 0.9} {
		const steps = 2000
		last, r0 := 0.0, 0.0
		for i := range steps + 1 {
			s := single(3, 0, float64(i)/steps)
			s.Outage[0] = outage
			r := mustClear(t, b, s, &Method{}).UseCut
			if i == 0 {
				r0, last = r, r
			}
			if r < last-1e-13 || r-last > 10.0/steps {
				t.Fatalf("outage %v: cut goes from %v to %v at step %d", outage, last, r, i)
			}
			last = r
		}
		if outage == 0 && r0 != 0 {
			t.Errorf("cut %v without a shock", r0)
		}
	}
}

func FuzzClear(f *testing.F) {
	f.Add(100.0, 0.5, 0.2, 0.1, 0.0, 0.1, -0.5, 0.2, 0.1, 0.2, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, uint8(0))
	f.Add(1e15, 1.0, 0.0, 1e6, 1e-15, 0.999, -20.0, 20.0, 20.0, 1e6, 1.0, 1200.0, 1.0, 1.0, 1.0, 3.0, uint8(2))
	f.Add(1e-9, 1e-300, 1.0, 1e-16, 2e-15, 0.5, -1e-4, 1e-300, 5.0, 1e-14, 1e-9, 1.0, 1e-300, 0.3, 0.999999, 1.0000001, uint8(1))
	f.Fuzz(func(t *testing.T, w, s0, d0, k0, k1, rho, eps, eta, etaR, kapR, stock, months, out0, exp0, exp1, choke float64, form uint8) {
		b := &Balance{
			WorldTonnes: w, SupplyShare: []float64{s0, (1 - s0) / 3, (1 - s0) * 2 / 3}, UseShare: []float64{d0, (1 - d0) / 2, (1 - d0) / 2},
			IdleShare: []float64{k0, k1, k0}, RecycledShare: rho, DemandElasticity: eps, SupplyElasticity: eta,
			RecyclingElasticity: etaR, RecyclingIdleShare: kapR, StockShare: stock, CommercialStockMonths: months,
		}
		if b.Validate() != nil {
			return
		}
		m := &Method{Demand: Demand(form), ChokePriceRatio: choke}
		var o Outcome
		err := Clear(&o, b, &Shock{Outage: []float64{out0, 0, 0}, Export: []float64{exp0, exp1, 0}}, m)
		if errors.Is(err, ErrNoConvergence) {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		finite(t, o)
		if o.UseCut < 0 || o.UseCut > 1 {
			t.Fatalf("%+v", o)
		}
		var to TargetedOutcome
		err = ClearTargeted(&to, b, &Targeted{Side: []Side{Restricting, Target, Other}, RefusedTonnes: exp0 * w, OfferedShare: exp1, ReroutableShare: out0}, m)
		if err != nil {
			t.Fatal(err)
		}
		finite(t, to.Target)
		finite(t, to.Other)
		if !(to.ReroutedTonnes >= 0 && to.ReroutedTonnes <= to.RefusedTonnes) || to.Target.UseCut < 0 {
			t.Fatalf("%+v", to)
		}
	})
}

func finite(t *testing.T, o Outcome) {
	t.Helper()
	for _, v := range []float64{o.PriceRatio, o.PriceRise, o.UseCut, o.WithdrawnTonnes, o.ResidualTonnes} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("%+v", o)
		}
	}
}

// Closed-form areas against Simpson's rule.
func TestAreas(t *testing.T) {
	simpson := func(f func(v float64) float64, to float64) float64 {
		const n = 20000
		sum := f(0) + f(to)
		for i := 1; i < n; i++ {
			sum += f(to*float64(i)/n) * float64(2+2*(i%2))
		}
		return sum * to / n / 3
	}
	for _, v := range []float64{1e-9, 0.3, 4} {
		for _, kappa := range []float64{0, 0.1, 0.2, 2} {
			want := simpson(func(p float64) float64 { return 1 + SupplyGrowth(kappa, 0.2, p) }, v)
			if got := SupplyArea(kappa, 0.2, v); relative(got, want) > 1e-9 {
				t.Errorf("supply area to %v with kappa %v: %v, want %v", v, kappa, got, want)
			}
		}
		for _, eps := range []float64{-0.5, -1, -0.1} {
			for _, d := range []Demand{SemiLog, Linear, IsoElastic} {
				want := simpson(func(p float64) float64 { return d.Use(eps, p) }, v)
				if got := d.Area(eps, v); relative(got, want) > 1e-7 { // the kink of the linear form limits Simpson
					t.Errorf("%v area to %v with eps %v: %v, want %v", d, v, eps, got, want)
				}
			}
		}
	}
}

func TestSupplyGrowth(t *testing.T) {
	for _, c := range []struct{ kappa, eta, v, want float64 }{
		{0, 0.2, 3, 0},
		{0.2, 0, 3, 0},
		{0.2, 0.2, 1, 0.1},               // kappa (1 - 1/pi)
		{0.1, 0.2, 1, 0.075},             // kappa (1 - 1/pi^2)
		{0.1, 0.2, 1e6, 0.1},             // saturated
		{0.2, 0.1, 1e-10, 1e-11},         // slope eta
		{0.2, 0.2, -0.5, -0.2},           // below the base price
		{0.2, 0.2, -0.9, -1},             // no output left
		{0.1, 0.2, -0.1, -0.1 * 19 / 81}, // 0.1 (1 - 1/0.81)
	} {
		if got := SupplyGrowth(c.kappa, c.eta, c.v); math.Abs(got-c.want) > 1e-9*math.Abs(c.want) && math.Abs(got-c.want) > 1e-13 {
			t.Errorf("SupplyGrowth(%v, %v, %v) = %v, want %v", c.kappa, c.eta, c.v, got, c.want)
		}
	}
}
