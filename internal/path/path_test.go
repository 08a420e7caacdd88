package path_test

import (
	"math"
	"testing"

	"chokepoint/data"
	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/market"
	"chokepoint/internal/path"

	"pgregory.net/rapid"
)

// shipped is an engine of the shipped tables, for their markets.
func shipped(t testing.TB) *assess.Engine {
	t.Helper()
	files, err := data.FS()
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	e, err := assess.New(c, assess.DefaultMethod())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// modes are the shipped modes of the parameters.
func modes() path.Parameters {
	return path.Parameters{ExpectationMonths: 2, AdjustmentMonths: 18, Sensitivity: 0.9, RampMonths: 5, ShortRunShare: 0.6,
		AheadMonths: 6, AheadShare: 1, MinimumShare: 0.3, Ratchet: 0.3, Trigger: 0.05, Floor: 0.5, ThreatProbability: 0.2, LagMonths: 0.7, LicensedFlow: 0.5}
}

// annual are those with which every month is the annual model.
func annual() path.Parameters {
	return path.Parameters{ShortRunShare: 1, Floor: 0.5}
}

func stop(b *market.Balance, country int) *market.Shock {
	s := &market.Shock{Export: make([]float64, len(b.SupplyShare))}
	s.Export[country] = 1
	return s
}

func outage(b *market.Balance, country int) *market.Shock {
	s := &market.Shock{Outage: make([]float64, len(b.SupplyShare))}
	s.Outage[country] = 1
	return s
}

// TestAnnual: without stocks and delays every month is the annual answer.
func TestAnnual(t *testing.T) {
	e := shipped(t)
	var s path.Setup
	var o path.Outcome
	p, full := annual(), path.FullStop()
	pairs := 0
	for unit := range e.Catalog.Units {
		b := e.Balance(unit)
		for c := range b.SupplyShare {
			if b.SupplyShare[c] == 0 {
				continue
			}
			for _, shock := range []*market.Shock{stop(b, c), outage(b, c)} {
				var want market.Outcome
				if err := market.Clear(&want, b, shock, &market.Method{}); err != nil {
					t.Fatal(err)
				}
				if err := s.Build(b, shock, market.SemiLog, 0); err != nil {
					t.Fatal(err)
				}
				if err := path.Run(&o, &s, &p, &full, 24); err != nil {
					t.Fatal(err)
				}
				for _, at := range []int{0, 23} {
					got := o.Months[at]
					if want.State == market.NoClearing {
						if got.State != path.NoPrice || got.UseShare != 0 {
							t.Errorf("%s %d: %+v: expected no price", e.Catalog.Units[unit].ID, c, got)
						}
						continue
					}
					pairs++
					if math.Abs(got.PriceRiseOutside-want.PriceRise) > 1e-7*want.PriceRise || math.Abs(got.UseCut-want.UseCut) > 1e-7*want.UseCut {
						t.Errorf("%s %d month %d: price rise %v, cut %v: expected %v, %v", e.Catalog.Units[unit].ID, c, at, got.PriceRiseOutside, got.UseCut, want.PriceRise, want.UseCut)
					}
				}
			}
		}
	}
	if pairs < 2000 {
		t.Errorf("%d pairs compared", pairs)
	}
}

// generated is a random balance with a country that restricts, and what else a
// path needs.
type generated struct {
	balance *market.Balance
	shock   *market.Shock
	setup   path.Setup
	p       path.Parameters
	profile path.Profile
}

func share(t *rapid.T, name string) float64 { return rapid.Float64Range(0, 1).Draw(t, name) }

func generate(t *rapid.T) *generated {
	n := rapid.IntRange(2, 6).Draw(t, "countries")
	b := &market.Balance{WorldTonnes: rapid.Float64Range(1, 1e6).Draw(t, "world"), SupplyShare: make([]float64, n), UseShare: make([]float64, n), IdleShare: make([]float64, n),
		RecycledShare: rapid.Float64Range(0, 0.5).Draw(t, "recycled"), DemandElasticity: -rapid.Float64Range(0.02, 1).Draw(t, "eps"), SupplyElasticity: rapid.Float64Range(0, 1).Draw(t, "eta"),
		RecyclingElasticity: rapid.Float64Range(0, 1).Draw(t, "etaR"), RecyclingIdleShare: rapid.Float64Range(0, 0.3).Draw(t, "kappaR")}
	supply, use := 0.0, 0.0
	for c := range n {
		b.SupplyShare[c], b.UseShare[c], b.IdleShare[c] = 0.01+share(t, "s"), 0.01+share(t, "d"), rapid.Float64Range(0, 0.5).Draw(t, "kappa")
		supply, use = supply+b.SupplyShare[c], use+b.UseShare[c]
	}
	for c := range n {
		b.SupplyShare[c] /= supply
		b.UseShare[c] /= use
	}
	g := &generated{balance: b, shock: &market.Shock{Outage: make([]float64, n), Export: make([]float64, n)}, p: modes()}
	g.shock.Export[0] = share(t, "phi")
	g.shock.Outage[rapid.IntRange(0, n-1).Draw(t, "hit")] = share(t, "x")
	p := &g.p
	p.ExpectationMonths, p.AdjustmentMonths = rapid.Float64Range(1, 4).Draw(t, "tau"), rapid.Float64Range(2, 24).Draw(t, "tauD")
	p.Sensitivity, p.RampMonths = rapid.Float64Range(0.45, 1.8).Draw(t, "gamma"), rapid.Float64Range(0, 10).Draw(t, "ramp")
	p.ShortRunShare, p.StockPrice = rapid.Float64Range(0.3, 1).Draw(t, "short"), path.StockPrice(rapid.IntRange(0, 1).Draw(t, "price"))
	if rapid.IntRange(0, 3).Draw(t, "joint") == 0 {
		p.ExpectationMonths = 0
	}
	if err := g.setup.Build(b, g.shock, market.SemiLog, rapid.Float64Range(0, 12).Draw(t, "cover")); err != nil {
		t.Fatal(err)
	}
	if rapid.Bool().Draw(t, "strategic") {
		g.setup.StrategicTonnes = share(t, "G") * 6 * g.setup.UseTonnes()
		g.setup.Release = path.Release{Rule: path.Rule(rapid.IntRange(0, 3).Draw(t, "rule")), RateTonnes: g.setup.UseTonnes() / 4, PriceRatio: 1.5}
	}
	when := func(name string, after float64) float64 { return after + rapid.Float64Range(0, 12).Draw(t, name) }
	f := &g.profile
	f.Announced = when("announced", 0)
	f.InForce = when("in force", f.Announced)
	f.Eased = when("eased", f.InForce)
	f.Ended = when("ended", f.Eased)
	f.LagMonths, f.Flow, f.EasedFlow, f.Probability = rapid.Float64Range(0, 6).Draw(t, "lag"), share(t, "flow"), share(t, "eased flow"), share(t, "probability")
	f.OnlyAnnounced = rapid.IntRange(0, 5).Draw(t, "only") == 0
	return g
}

func (g *generated) run(t *rapid.T) *path.Outcome {
	var o path.Outcome
	if err := path.Run(&o, &g.setup, &g.p, &g.profile, 60); err != nil {
		t.Fatal(err)
	}
	return &o
}

// TestTonnes: what flows in is used or stored, stocks are never negative, and every
// number is finite.
func TestTonnes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := generate(t)
		d := g.setup.UseTonnes()
		stocks, strategic := g.setup.CoverMonths*d, g.setup.StrategicTonnes
		for k, m := range g.run(t).Months {
			if off := m.StocksTonnes - stocks - (m.SupplyTonnes + m.InflowTonnes + m.ReleaseTonnes - m.UseTonnes); math.Abs(off) > 1e-9*(d+stocks) {
				t.Fatalf("month %d: %v t appear from nothing: %+v", k, off, m)
			}
			if off := m.StrategicTonnes - strategic + m.ReleaseTonnes; math.Abs(off) > 1e-9*d {
				t.Fatalf("month %d: strategic stock off by %v", k, off)
			}
			stocks, strategic = m.StocksTonnes, m.StrategicTonnes
			if stocks < 0 || strategic < 0 || m.ReleaseTonnes < 0 || m.UseTonnes < 0 || m.InflowTonnes < -1e-9*d || m.SupplyTonnes < -1e-9*d {
				t.Fatalf("month %d: negative: %+v", k, m)
			}
			for _, x := range []float64{m.PriceRatioOutside, m.PriceRatioInside, m.UseShare, m.ExpectedRise, m.Ramp, m.Withheld, stocks} {
				if math.IsNaN(x) || math.IsInf(x, 0) {
					t.Fatalf("month %d: not finite: %+v", k, m)
				}
			}
			if g.setup.Restricts() && (m.PriceRatioInside > 1 || m.PriceRatioInside < g.p.Floor) {
				t.Fatalf("month %d: price inside %v", k, m.PriceRatioInside)
			}
		}
	})
}

// TestNoShock: without a shock nothing moves, whatever the parameters.
func TestNoShock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := generate(t)
		null := map[string]func(){
			"nothing withdrawn": func() {
				if err := g.setup.Build(g.balance, &market.Shock{}, market.SemiLog, g.setup.CoverMonths); err != nil {
					t.Fatal(err)
				}
			},
			"all licensed": func() { g.profile.Flow, g.profile.LagMonths, g.profile.EasedFlow = 1, 0, 1 },
			"never": func() {
				g.profile = path.Profile{Announced: path.Never, InForce: path.Never, Eased: path.Never, Ended: path.Never}
			},
		}
		name := rapid.SampledFrom([]string{"nothing withdrawn", "all licensed", "never"}).Draw(t, "null")
		g.setup.StrategicTonnes = 0
		null[name]()
		stocks := g.setup.CoverMonths * g.setup.UseTonnes()
		for k, m := range g.run(t).Months {
			if math.Abs(m.PriceRiseOutside) > 1e-14 || math.Abs(m.PriceRatioInside-1) > 1e-14 || math.Abs(m.UseCut) > 1e-14 || math.Abs(m.StocksTonnes-stocks) > 1e-14*stocks {
				t.Fatalf("%s, month %d: %+v", name, k, m)
			}
		}
	})
}

// TestOver: where a profile is over nothing is withheld nor expected in any later
// month, and just before it something is.
func TestOver(t *testing.T) {
	p := modes()
	for name, profile := range map[string]path.Profile{
		"a year":          {Eased: 12, Ended: 12, Probability: 1},
		"part of a month": {InForce: 0.5, Eased: 7.7, Ended: 7.7, Probability: 1},
		"eased to all":    {Eased: 5, EasedFlow: 1, Ended: path.Never, Probability: 1},
		"eased to a part": {Eased: 5, EasedFlow: 0.9, Ended: 9, Probability: 1},
		"a threat":        {InForce: 3, Eased: 8, Ended: 8, Probability: 0.2, OnlyAnnounced: true},
		"licence":         path.Licensing(&p),
		"without end":     path.FullStop(),
	} {
		over := -1
		for month := range path.MaxHorizon {
			switch {
			case profile.Over(month) && over < 0:
				over = month
			case !profile.Over(month) && over >= 0:
				t.Errorf("%s: over in month %d and not in %d", name, over, month)
			}
			if over >= 0 && profile.Withheld(month) != 0 {
				t.Errorf("%s: over, and %v withheld in month %d", name, profile.Withheld(month), month)
			}
		}
		if want := map[string]int{"a year": 12, "part of a month": 8, "eased to all": 5, "eased to a part": 9, "a threat": 8, "licence": -1, "without end": -1}[name]; over != want {
			t.Errorf("%s: over from month %d, want %d", name, over, want)
		}
	}
}
