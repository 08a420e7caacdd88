package path_test

import (
	"errors"
	"math"
	"testing"

	"chokepoint/internal/market"
	"chokepoint/internal/path"

	"pgregory.net/rapid"
)

// two is a market that can be computed by hand: country 0 makes 90 of 120 t and
// uses 30, country 1 makes 30 and uses 90. Nothing is recycled, nothing is idle.
func two() *market.Balance {
	return &market.Balance{WorldTonnes: 120, SupplyShare: []float64{0.75, 0.25}, UseShare: []float64{0.25, 0.75}, IdleShare: []float64{0, 0}, DemandElasticity: -0.2}
}

func built(t testing.TB, b *market.Balance, shock *market.Shock, cover float64) *path.Setup {
	t.Helper()
	var s path.Setup
	if err := s.Build(b, shock, market.SemiLog, cover); err != nil {
		t.Fatal(err)
	}
	return &s
}

func follow(t testing.TB, s *path.Setup, p path.Parameters, profile path.Profile, horizon int) []path.Month {
	t.Helper()
	var o path.Outcome
	if err := path.Run(&o, s, &p, &profile, horizon); err != nil {
		t.Fatal(err)
	}
	return o.Months
}

// TestByHand: the first two months of a stop, step by step. d = 90/12 = 7.5 t,
// NX = 60 t/yr, M = 4: I = 30, I_min = 9, the loss is 5 t a month.
func TestByHand(t *testing.T) {
	p := modes()
	p.StockPrice = path.OpeningStock
	m := follow(t, built(t, two(), stop(two(), 0), 4), p, path.FullStop(), 2)
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-12*math.Abs(want) {
			t.Errorf("%s: %v, expected %v", what, got, want)
		}
	}
	// Month 1: lb = u = m = 0, E = 6 x 5, Id = 30 + 30.
	l1 := 0.9 * math.Log(60.0/30)
	use1 := 7.5 * math.Exp(-0.12*(math.Exp(l1)-1))
	near("price 1", m[0].PriceRatioOutside, math.Exp(l1))
	near("use 1", m[0].UseTonnes, use1)
	near("stocks 1", m[0].StocksTonnes, 30+2.5-use1)
	near("supply", m[0].SupplyTonnes, 2.5)
	// Month 2: expectations and users move; idle capacity starts, and there is none.
	lb := (1 - math.Exp(-1/2.0)) * l1
	u := (1 - math.Exp(-1/18.0)) * -0.2 * (math.Exp(lb) - 1)
	wanted := 30 + 6*(5-7.5*(1-math.Exp(u)))
	l2 := 0.9 * math.Log(wanted/(32.5-use1))
	use2 := 7.5 * math.Exp(u-0.12*(math.Exp(l2)-math.Exp(lb)))
	near("price 2", m[1].PriceRatioOutside, math.Exp(l2))
	near("expected 2", 1+m[1].ExpectedRise, math.Exp(lb))
	near("use 2", m[1].UseTonnes, use2)
	near("stocks 2", m[1].StocksTonnes, 32.5-use1+2.5-use2)
	near("idle capacity 2", m[1].Ramp, 0.2)
	// Inside, 60 t/yr more than can be used: 90 t meet 30 exp(-0.2 (p-1)) nowhere above the floor.
	near("price inside", m[0].PriceRatioInside, 0.5)
}

// TestInside: a tenth of exports is held back, which home use takes up at a lower price.
func TestInside(t *testing.T) {
	shock := &market.Shock{Export: []float64{0.05, 0}}
	m := follow(t, built(t, two(), shock, 4), modes(), path.FullStop(), 1)[0]
	// 30 exp(-0.2 (p-1)) = 30 + 3
	if want := 1 - math.Log(1.1)/0.2; math.Abs(m.PriceRatioInside-want) > 1e-12 {
		t.Errorf("price inside %v, expected %v", m.PriceRatioInside, want)
	}
}

// TestWithheld: months by the part of them in which a profile is in force.
func TestWithheld(t *testing.T) {
	p := path.Profile{Announced: 0.5, InForce: 1.25, LagMonths: 1.5, Flow: 0.4, Eased: 4.5, EasedFlow: 0.9, Ended: 6.5, Probability: 1}
	want := []float64{0, 0.75, 0.75 + 0.25*0.6, 0.6, 0.5*0.6 + 0.5*0.1, 0.1, 0.05, 0}
	for k, w := range want {
		if got := p.Withheld(k); math.Abs(got-w) > 1e-14 {
			t.Errorf("month %d: %v, expected %v", k, got, w)
		}
	}
	p.OnlyAnnounced = true
	for k := range want {
		if p.Withheld(k) != 0 {
			t.Errorf("month %d of a threat is in force", k)
		}
	}
}

// TestThreat: an announcement alone moves the price, which decays.
func TestThreat(t *testing.T) {
	for _, price := range []path.StockPrice{path.OpeningStock, path.ClosingUsable} {
		p := modes()
		p.StockPrice, p.Ratchet = price, 0 // a ratchet leaves a trace for ever
		m := follow(t, built(t, two(), stop(two(), 0), 4), p, path.Profile{InForce: 2, Eased: 12, Ended: 12, Probability: 0.2, OnlyAnnounced: true}, 120)
		peak := 0.0
		for k := range m {
			peak = math.Max(peak, m[k].PriceRiseOutside)
			if m[k].UseShare < 0.9 {
				t.Errorf("%v, month %d: use %v without a restriction", price, k, m[k].UseShare)
			}
		}
		if peak < 0.05 {
			t.Errorf("%v: the highest price rise is %v", price, peak)
		}
		if end := math.Abs(m[119].PriceRiseOutside); end > peak/10 {
			t.Errorf("%v: %v is left of %v", price, end, peak)
		}
		before := follow(t, built(t, two(), stop(two(), 0), 4), p, path.Profile{Announced: 6, InForce: 8, Eased: path.Never, Ended: path.Never, Probability: 1}, 7)
		if before[5].PriceRiseOutside != 0 || before[6].PriceRiseOutside <= 0 {
			t.Errorf("%v: price rise %v before and %v after the announcement", price, before[5].PriceRiseOutside, before[6].PriceRiseOutside)
		}
	}
}

// TestRelease: each rule releases when it says, and never more than there is.
func TestRelease(t *testing.T) {
	for _, c := range []struct {
		release path.Release
		first   func(before, m *path.Month) bool // whether a release is due
	}{
		{path.Release{Rule: path.NoRelease}, func(_, m *path.Month) bool { return false }},
		{path.Release{Rule: path.AtRate, RateTonnes: 1.5}, func(_, m *path.Month) bool { return m.Withheld > 0 }},
		{path.Release{Rule: path.AtPrice, RateTonnes: 1.5, PriceRatio: 3}, func(before, _ *path.Month) bool { return before.PriceRatioOutside >= 3 }},
	} {
		s := built(t, two(), stop(two(), 0), 4)
		s.StrategicTonnes, s.Release = 10, c.release
		months := follow(t, s, modes(), path.Profile{InForce: 2, Eased: path.Never, Ended: path.Never, Probability: 1}, 40)
		left, before := 10.0, path.Month{}
		for k := range months {
			m := &months[k]
			want := 0.0
			if c.first(&before, m) {
				want = math.Min(1.5, left)
			}
			if math.Abs(m.ReleaseTonnes-want) > 1e-12 {
				t.Errorf("%v, month %d: %v t released, expected %v", c.release.Rule, k, m.ReleaseTonnes, want)
			}
			left, before = left-want, *m
		}
	}
	s := built(t, two(), stop(two(), 0), 4)
	s.StrategicTonnes, s.Release = 20, path.Release{Rule: path.AtShortage}
	with, without := follow(t, s, modes(), path.FullStop(), 24), follow(t, built(t, two(), stop(two(), 0), 4), modes(), path.FullStop(), 24)
	stocks := 30.0
	for k, m := range with {
		if at := stocks - 9 + m.SupplyTonnes + m.InflowTonnes; m.ReleaseTonnes > 0 && at >= 7.5 {
			t.Errorf("month %d: a release while %v t are there for a use of at most 7.5", k, at)
		}
		stocks = m.StocksTonnes
	}
	if a, b := lost(with), lost(without); !(a < b) {
		t.Errorf("%v months of use lost with a strategic stock, %v without", a, b)
	}
}

func lost(m []path.Month) float64 {
	sum := 0.0
	for k := range m {
		sum += math.Max(0, m[k].UseCut)
	}
	return sum
}

// usedUp is the first month that ends without usable commercial stocks.
func usedUp(months []path.Month, s *path.Setup, p *path.Parameters) int {
	least := p.MinimumShare * s.CoverMonths * s.UseTonnes()
	for k := range months {
		if months[k].StocksTonnes <= least*(1+1e-9) {
			return k
		}
	}
	return len(months)
}

// TestMoreStocks: a strategic stock never brings the month earlier in which usable
// commercial ones are gone, whatever the market.
func TestMoreStocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := generate(t)
		g.profile, g.p.StockPrice = path.FullStop(), path.OpeningStock // usable stocks are never gone at a price on those of the close
		g.setup.StrategicTonnes, g.setup.Release = 0, path.Release{}
		if g.p.ExpectationMonths == 0 || g.setup.CoverMonths < 1 || path.Margin(&g.setup, &g.p) < path.StableMargin {
			return // swings that grow have no first shortage to speak of
		}
		less := usedUp(g.run(t).Months, &g.setup, &g.p)
		g.setup.StrategicTonnes, g.setup.Release.Rule = share(t, "more")*12*g.setup.UseTonnes(), path.AtShortage
		if more := usedUp(g.run(t).Months, &g.setup, &g.p); more < less {
			t.Fatalf("stocks are gone in month %d with a strategic stock, %d without", more, less)
		}
	})
}

// TestMoreCommercialStocks: nor do more commercial stocks, for every stop of the
// shipped tables. (Not so for every market that can be thought of: little stocks
// push the price up at once, which may save a month.)
func TestMoreCommercialStocks(t *testing.T) {
	e := shipped(t)
	p, full := modes(), path.FullStop()
	p.StockPrice = path.OpeningStock // usable stocks are never gone at a price on those of the close
	var s path.Setup
	var o path.Outcome
	gone := 0
	for unit := range e.Catalog.Units {
		b, months := e.Balance(unit), e.Figures[unit].StockMonths
		for c := range b.SupplyShare {
			if !b.CanRestrict(c) {
				continue
			}
			before := -1
			for _, by := range []float64{1, 1.25, 1.5, 2, 3} {
				if err := s.Build(b, stop(b, c), market.SemiLog, by*months); err != nil {
					t.Fatal(err)
				}
				if err := path.Run(&o, &s, &p, &full, 60); err != nil {
					t.Fatal(err)
				}
				at := usedUp(o.Months, &s, &p)
				if at < before {
					t.Errorf("%s from %d: stocks of %v months are gone in month %d, less in month %d", e.Catalog.Units[unit].ID, c, by*months, at, before)
				}
				if before = at; at < 60 {
					gone++
				}
			}
		}
	}
	if gone < 100 {
		t.Errorf("stocks are gone in %d paths only", gone)
	}
}

// slow is both of the package's algorithms written down as in docs/dynamics.md, with
// the library's exponentials and a bisection, for two countries without recycling.
func slow(b *market.Balance, cover float64, p path.Parameters, f path.Profile, horizon int) (prices, stocks, uses []float64) {
	eps, d, exports, home := b.DemandElasticity, b.UseShare[1]*b.WorldTonnes/12, (b.SupplyShare[0]-b.UseShare[0])*b.WorldTonnes/12, b.SupplyShare[1]*b.WorldTonnes/12
	a := func(x float64) float64 { return 1 - math.Exp(-1/x) }
	g := func(l float64) float64 { return math.Exp(eps * (math.Exp(l) - 1)) }
	supply := func(lb, m float64) float64 {
		kappa := b.IdleShare[1] * m
		switch {
		case lb < 0:
			return home * math.Exp(b.SupplyElasticity*lb)
		case kappa <= 0:
			return home
		}
		return home * (1 + kappa*(1-math.Exp(-lb*b.SupplyElasticity/kappa)))
	}
	abroad := func(lb, flow float64) float64 { // C sells no more than it would at the price
		if lb >= 0 {
			return flow
		}
		made, used := b.SupplyShare[0]*b.WorldTonnes/12*math.Exp(b.SupplyElasticity*lb), b.UseShare[0]*b.WorldTonnes/12*g(lb)
		return math.Min(flow, math.Max(0, made-used))
	}
	I, l, lb, u, lowest, m := cover*d, 0.0, 0.0, 0.0, 0.0, 0.0
	least := p.MinimumShare * cover * d
	for t := range horizon {
		lb += a(p.ExpectationMonths) * (l - lb)
		if l > p.Trigger {
			m = math.Min(1, m+1/p.RampMonths)
		} else {
			m = math.Max(0, m-1/p.RampMonths)
		}
		S, F := supply(lb, m), abroad(lb, exports*(1-f.Withheld(t)))
		u += a(p.AdjustmentMonths) * (math.Min(math.Log(g(lb)), p.Ratchet*lowest) - u)
		E := 0.0
		for q := range int(p.AheadMonths) {
			E += math.Max(0, exports*f.Withheld(t+q)-(S-home)-d*(1-math.Exp(u)))
		}
		use := func(l float64) float64 { return d * math.Exp(u+eps*p.ShortRunShare*(math.Exp(l)-math.Exp(lb))) }
		A, wanted := S+F+math.Max(0, I-least), cover*d+p.AheadShare*E
		short := func(l float64) bool { return use(l) > A } // the price is too low
		low, high := p.Sensitivity*math.Log(wanted/math.Max(I, least)), 13.8
		if p.StockPrice == path.ClosingUsable {
			A, low = math.Inf(1), -13.8
			short = func(l float64) bool {
				left := I + S + F - use(l) - least
				return left <= 0 || l < p.Sensitivity*math.Log((wanted-least)/left)
			}
		}
		if l = low; short(l) {
			for range 200 {
				if mid := (low + high) / 2; short(mid) {
					low = mid
				} else {
					high = mid
				}
			}
			l = high
		}
		I += S + F - math.Min(use(l), A)
		lowest = math.Min(lowest, u)
		prices, stocks, uses = append(prices, math.Exp(l)), append(stocks, I), append(uses, math.Min(use(l), A)/d)
	}
	return prices, stocks, uses
}

// TestSlow: the engine against the slow transcription, through stop, easing and end.
func TestSlow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := two()
		b.DemandElasticity, b.SupplyElasticity, b.IdleShare[1] = -rapid.Float64Range(0.05, 0.5).Draw(t, "eps"), rapid.Float64Range(0.05, 0.5).Draw(t, "eta"), rapid.Float64Range(0, 0.4).Draw(t, "kappa")
		p := modes()
		p.StockPrice = rapid.SampledFrom([]path.StockPrice{path.ClosingUsable, path.OpeningStock}).Draw(t, "price")
		p.ExpectationMonths, p.AdjustmentMonths = rapid.Float64Range(1, 4).Draw(t, "tau"), rapid.Float64Range(4, 24).Draw(t, "tauD")
		p.Sensitivity, p.ShortRunShare = rapid.Float64Range(0.45, 1.2).Draw(t, "gamma"), rapid.Float64Range(0.3, 1).Draw(t, "short")
		cover := rapid.Float64Range(2, 12).Draw(t, "cover")
		f := path.Profile{LagMonths: 2, Flow: share(t, "flow"), Eased: 10, EasedFlow: share(t, "eased"), Ended: 18, Probability: 1}
		var s path.Setup
		if err := s.Build(b, &market.Shock{Export: []float64{1, 0}}, market.SemiLog, cover); err != nil {
			t.Fatal(err)
		}
		if path.Margin(&s, &p) < path.StableMargin {
			return // rounding grows
		}
		var o path.Outcome
		if err := path.Run(&o, &s, &p, &f, 36); err != nil {
			t.Fatal(err)
		}
		prices, stocks, uses := slow(b, cover, p, f, 36)
		for k, m := range o.Months {
			if math.Abs(m.PriceRatioOutside-prices[k]) > 1e-7*prices[k] || math.Abs(m.StocksTonnes-stocks[k]) > 1e-7*(1+stocks[k]) || math.Abs(m.UseShare-uses[k]) > 1e-7 {
				t.Fatalf("month %d: price %v, stocks %v, use %v, expected %v, %v, %v", k, m.PriceRatioOutside, m.StocksTonnes, m.UseShare, prices[k], stocks[k], uses[k])
			}
		}
	})
}

// TestErrors: what cannot be is refused, with its kind.
func TestErrors(t *testing.T) {
	b, full, p := two(), path.FullStop(), modes()
	var s path.Setup
	for name, c := range map[string]struct {
		shock  market.Shock
		demand market.Demand
		cover  float64
	}{
		"negative cover": {cover: -1}, "cover NaN": {cover: math.NaN()}, "cover beyond the limit": {cover: 1201}, "linear demand": {demand: market.Linear},
		"too few shares": {shock: market.Shock{Export: []float64{1}}}, "share above 1": {shock: market.Shock{Outage: []float64{1.5, 0}}}, "share NaN": {shock: market.Shock{Export: []float64{math.NaN(), 0}}},
	} {
		if err := s.Build(b, &c.shock, c.demand, c.cover); !errors.Is(err, path.ErrSetup) {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := built(t, b, stop(b, 0), 3)
	var o path.Outcome
	for _, horizon := range []int{-1, 0, path.MaxHorizon + 1} {
		if err := path.Run(&o, good, &p, &full, horizon); !errors.Is(err, path.ErrHorizon) {
			t.Errorf("horizon %d: %v", horizon, err)
		}
	}
	for name, change := range map[string]func(*path.Profile){
		"in force before the announcement": func(f *path.Profile) { f.Announced = 2 },
		"eased before in force":            func(f *path.Profile) { f.InForce, f.Eased = 5, 4 },
		"ended before eased":               func(f *path.Profile) { f.Eased, f.Ended = 5, 4 },
		"before the start":                 func(f *path.Profile) { f.Announced = -1 },
		"NaN":                              func(f *path.Profile) { f.InForce = math.NaN() },
		"infinite":                         func(f *path.Profile) { f.Ended = math.Inf(1) },
		"negative lag":                     func(f *path.Profile) { f.LagMonths = -1 },
		"flow above 1":                     func(f *path.Profile) { f.Flow = 1.1 },
		"probability NaN":                  func(f *path.Profile) { f.Probability = math.NaN() },
	} {
		f := path.FullStop()
		change(&f)
		if err := path.Run(&o, good, &p, &f, 12); !errors.Is(err, path.ErrProfile) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range path.ParameterNames() {
		low, high, ok := path.Range(name)
		if !ok {
			t.Errorf("%s has no range", name)
		}
		for _, v := range []float64{low - 0.01, high + 0.01, math.NaN(), math.Inf(1)} {
			bad := modes()
			if err := bad.Set(name, v); !errors.Is(err, path.ErrParameters) {
				t.Errorf("%s = %v: %v", name, v, err)
			}
			if err := path.Run(&o, good, &bad, &full, 12); !errors.Is(err, path.ErrParameters) {
				t.Errorf("a path with %s = %v: %v", name, v, err)
			}
		}
	}
	if err := p.Set("tau", 1); !errors.Is(err, path.ErrParameters) {
		t.Errorf("an unknown parameter: %v", err)
	}
	if _, err := path.ParseStockPrice("closing"); !errors.Is(err, path.ErrParameters) {
		t.Errorf("an unknown price on stocks: %v", err)
	}
	for _, r := range []path.Release{{Rule: 9}, {Rule: path.AtRate}, {Rule: path.AtPrice, RateTonnes: 1}, {Rule: path.AtRate, RateTonnes: math.NaN()}} {
		bad := *good
		bad.Release = r
		if err := path.Run(&o, &bad, &p, &full, 12); !errors.Is(err, path.ErrSetup) {
			t.Errorf("release %+v: %v", r, err)
		}
	}
	for _, x := range []float64{-1, math.NaN()} {
		bad := *good
		bad.NewPlantTonnes = []float64{x}
		if err := path.Run(&o, &bad, &p, &full, 12); !errors.Is(err, path.ErrSetup) {
			t.Errorf("new plants of %v: %v", x, err)
		}
	}
	for _, c := range []struct {
		country int
		share   float64
	}{{-1, 0.5}, {2, 0.5}, {0, -0.1}, {0, math.NaN()}} {
		if _, err := path.WithSupplyShare(b, c.country, c.share); !errors.Is(err, path.ErrSetup) {
			t.Errorf("share %v of country %d: %v", c.share, c.country, err)
		}
	}
}

// TestNoSupply: without any supply outside stocks run down and no price clears.
func TestNoSupply(t *testing.T) {
	b := two()
	b.SupplyShare = []float64{1, 0}
	for _, price := range []path.StockPrice{path.OpeningStock, path.ClosingUsable} {
		p := modes()
		p.StockPrice = price
		m := follow(t, built(t, b, stop(b, 0), 3), p, path.FullStop(), 120)
		last := m[len(m)-1]
		if last.UseShare > 1e-3 || last.StocksTonnes < 0.3*3*7.5-1e-9 {
			t.Errorf("%v: %+v", price, last)
		}
	}
}

// TestNewPlants: plants that replace all exports end the shortage.
func TestNewPlants(t *testing.T) {
	s := built(t, two(), stop(two(), 0), 4)
	s.NewPlantTonnes = append(make([]float64, 12), 60)
	p := modes()
	p.Ratchet = 0
	m := follow(t, s, p, path.FullStop(), 240)
	if last := m[239]; last.SupplyTonnes != 7.5 || math.Abs(last.UseCut) > 0.05 {
		t.Errorf("after 240 months: %+v", last)
	}
	if m[11].SupplyTonnes != 2.5 || math.Abs(m[12].SupplyTonnes-7.5) > 1e-12 {
		t.Errorf("supply %v before and %v after the plants", m[11].SupplyTonnes, m[12].SupplyTonnes)
	}
}

// TestWithSupplyShare: one share is set, the others keep their proportions.
func TestWithSupplyShare(t *testing.T) {
	b := &market.Balance{WorldTonnes: 1, SupplyShare: []float64{0.5, 0.3, 0.2}}
	got, err := path.WithSupplyShare(b, 0, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	for c, want := range []float64{0.9, 0.06, 0.04} {
		if math.Abs(got.SupplyShare[c]-want) > 1e-15 {
			t.Errorf("share %d is %v, expected %v", c, got.SupplyShare[c], want)
		}
	}
	if b.SupplyShare[0] != 0.5 {
		t.Error("the balance that was given has changed")
	}
}

// TestAt: a time is in the month that contains it.
func TestAt(t *testing.T) {
	o := path.Outcome{Months: []path.Month{{UseShare: 1}, {UseShare: 2}}}
	for at, want := range map[float64]float64{-1: 1, 0: 1, 0.1: 1, 1: 1, 1.01: 2, 2: 2, 9: 2} {
		if got := o.At(at).UseShare; got != want {
			t.Errorf("at %v: month %v, expected %v", at, got, want)
		}
	}
	if (&path.Outcome{}).At(1) != nil {
		t.Error("a month of no path")
	}
}

// TestSummarise by hand.
func TestSummarise(t *testing.T) {
	month := func(price, use float64) path.Month {
		return path.Month{PriceRatioOutside: price, UseShare: use, UseCut: 1 - use}
	}
	o := path.Outcome{Months: []path.Month{month(1, 1), month(3, 0.5), month(2, 0.9), month(1, 1.1)}}
	got := path.Summarise(&o)
	if got.PeakPriceRatio != 3 || got.PeakMonth != 2 || got.LowestUseShare != 0.5 || got.RecoveredMonths != 3 || !got.Recovered || math.Abs(got.LostMonths-0.6) > 1e-15 {
		t.Errorf("%+v", got)
	}
	o.Months = o.Months[:3]
	if path.Summarise(&o).Recovered {
		t.Error("use that is below the base at the end has recovered")
	}
}

// TestNoAllocations: a path costs no memory once its outcome has its size.
func TestNoAllocations(t *testing.T) {
	for _, price := range []path.StockPrice{path.OpeningStock, path.ClosingUsable} {
		for _, tau := range []float64{0, 2} {
			p, full := modes(), path.FullStop()
			p.StockPrice, p.ExpectationMonths = price, tau
			var s path.Setup
			var o path.Outcome
			b := two()
			shock := stop(b, 0)
			run := func() {
				if err := s.Build(b, shock, market.SemiLog, 3); err != nil {
					t.Fatal(err)
				}
				if err := path.Run(&o, &s, &p, &full, 60); err != nil {
					t.Fatal(err)
				}
			}
			run()
			if n := testing.AllocsPerRun(20, run); n != 0 && counted {
				t.Errorf("%v, tau %v: %v allocations", price, tau, n)
			}
		}
	}
}
