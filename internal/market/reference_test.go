package market

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// reference is one commodity of testdata/reference.json: balances of 2023 and
// the price and cut of every single-country export restriction, from an
// independent implementation of the equations that brackets the root.
type reference struct {
	Commodity           string
	WorldTonnes         float64   `json:"world_tonnes"`
	RecycledShare       float64   `json:"recycled_share"`
	DemandElasticity    float64   `json:"demand_elasticity"`
	SupplyElasticity    float64   `json:"supply_elasticity"`
	RecyclingElasticity float64   `json:"recycling_elasticity"`
	RecyclingIdleShare  float64   `json:"recycling_idle_share"`
	SupplyShare         []float64 `json:"supply_share"`
	UseShare            []float64 `json:"use_share"`
	IdleShare           []float64 `json:"idle_share"`
	Restrictions        []struct {
		Country         int
		NetExportTonnes float64 `json:"net_export_tonnes"`
		PriceRatio      float64 `json:"price_ratio"`
		UseCut          float64 `json:"use_cut"`
	}
}

func (r *reference) balance() *Balance {
	return &Balance{
		WorldTonnes: r.WorldTonnes, SupplyShare: r.SupplyShare, UseShare: r.UseShare, IdleShare: r.IdleShare,
		RecycledShare: r.RecycledShare, DemandElasticity: r.DemandElasticity, SupplyElasticity: r.SupplyElasticity,
		RecyclingElasticity: r.RecyclingElasticity, RecyclingIdleShare: r.RecyclingIdleShare,
	}
}

func readReference(t testing.TB) []reference {
	t.Helper()
	text, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []reference
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func relative(got, want float64) float64 { return math.Abs(got-want) / math.Abs(want) }

func TestClearReference(t *testing.T) {
	count := 0
	for _, c := range readReference(t) {
		b := c.balance()
		if err := b.Validate(); err != nil {
			t.Fatalf("%s: %v", c.Commodity, err)
		}
		for _, want := range c.Restrictions {
			shock := Shock{Export: make([]float64, len(b.SupplyShare))}
			shock.Export[want.Country] = 1
			got := mustClear(t, b, &shock, &Method{})
			if got.State != Cleared || !got.HasPrice {
				t.Errorf("%s, country %d: state %v", c.Commodity, want.Country, got.State)
			}
			if e := relative(b.NetExports(want.Country), want.NetExportTonnes); e > 1e-9 {
				t.Errorf("%s, country %d: net exports off by %g", c.Commodity, want.Country, e)
			}
			if e := relative(got.PriceRatio, want.PriceRatio); e > 1e-9 {
				t.Errorf("%s, country %d: price ratio %v, want %v", c.Commodity, want.Country, got.PriceRatio, want.PriceRatio)
			}
			if e := relative(got.UseCut, want.UseCut); e > 1e-9 {
				t.Errorf("%s, country %d: use cut %v, want %v", c.Commodity, want.Country, got.UseCut, want.UseCut)
			}
			count++
		}
	}
	if count < 80 {
		t.Errorf("only %d restrictions in the reference", count)
	}
}

func mustClear(t testing.TB, b *Balance, s *Shock, m *Method) Outcome {
	t.Helper()
	var o Outcome
	if err := Clear(&o, b, s, m); err != nil {
		t.Fatal(err)
	}
	return o
}

// single returns a shock of n countries with one restriction.
func single(n, c int, phi float64) *Shock {
	s := &Shock{Outage: make([]float64, n), Export: make([]float64, n)}
	s.Export[c] = phi
	return s
}

func TestNoAllocation(t *testing.T) {
	all := readReference(t)
	b := all[0].balance()
	shock := single(len(b.SupplyShare), all[0].Restrictions[0].Country, 0.7)
	targeted := Targeted{Side: make([]Side, len(b.SupplyShare)), RefusedTonnes: b.WorldTonnes / 100, ReroutableShare: 0.3, OfferedShare: 0.5}
	targeted.Side[all[0].Restrictions[0].Country] = Restricting
	largest := 0
	for c := range b.UseShare {
		if b.NetExports(c) < b.NetExports(largest) {
			largest = c
		}
	}
	targeted.Side[largest] = Target
	var m Method
	var o Outcome
	var to TargetedOutcome
	if n := testing.AllocsPerRun(100, func() {
		if Clear(&o, b, shock, &m) != nil || ClearTargeted(&to, b, &targeted, &m) != nil {
			t.Fatal("did not clear")
		}
	}); n != 0 {
		t.Errorf("%v allocations per scenario", n)
	}
	if to.Target.PriceRise <= 0 {
		t.Errorf("targeted scenario has no effect: %+v", to)
	}
}

func BenchmarkClear(b *testing.B) {
	for _, c := range readReference(b) {
		b.Run(c.Commodity, func(b *testing.B) {
			balance := c.balance()
			shock := single(len(balance.SupplyShare), c.Restrictions[0].Country, 1)
			var m Method
			var o Outcome
			b.ReportAllocs()
			for b.Loop() {
				if err := Clear(&o, balance, shock, &m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkClearTargeted(b *testing.B) {
	c := readReference(b)[2]
	balance := c.balance()
	t := Targeted{Side: make([]Side, len(balance.SupplyShare)), RefusedTonnes: balance.WorldTonnes / 1000, ReroutableShare: 0.6, OfferedShare: 1}
	for k := range t.Side {
		if k%2 == 0 {
			t.Side[k] = Target
		}
	}
	t.Side[c.Restrictions[0].Country] = Restricting
	var m Method
	var o TargetedOutcome
	b.ReportAllocs()
	for b.Loop() {
		if err := ClearTargeted(&o, balance, &t, &m); err != nil {
			b.Fatal(err)
		}
	}
}
