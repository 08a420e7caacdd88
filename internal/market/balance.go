package market

import (
	"errors"
	"fmt"
	"math"
)

// Errors of this package. Those that concern input say what and where.
var (
	ErrBalance       = errors.New("market balance")         // a Balance out of range
	ErrShock         = errors.New("market shock")           // a Shock or Targeted out of range
	ErrMethod        = errors.New("market method")          // an unknown or impossible Method
	ErrNoOthers      = errors.New("every country a target") // (M2) without a second market: use Clear
	ErrNoConvergence = errors.New("market did not converge")
)

// Limits of a Balance.
const (
	MinElasticity = 1e-4 // of |eps|: below, the price has no meaning left
	MaxElasticity = 20   // of |eps|, eta, eta_r
	MaxIdleShare  = 1e6
	MaxTonnes     = 1e15

	shareSumTolerance = 1e-9
	// smallestTradeShare, of T: smaller net exports cannot be restricted.
	smallestTradeShare = 1e-9
	// smallestSupplyShare, of T: with less supply left the market does not clear.
	smallestSupplyShare = 1e-12
)

// Balance is the base year of one commodity. The country slices have one
// length and one order; every method reads it, none writes.
type Balance struct {
	WorldTonnes float64   // W, t/yr, world production of the unit's form
	SupplyShare []float64 // s_c of W, sum 1
	UseShare    []float64 // d_c of T, sum 1
	IdleShare   []float64 // kappa_c, idle capacity usable within the year over output

	RecycledShare       float64 // rho, end-of-life recycled share of T, 0 where W holds it
	DemandElasticity    float64 // eps < 0
	SupplyElasticity    float64 // eta >= 0
	RecyclingElasticity float64 // eta_r >= 0
	RecyclingIdleShare  float64 // kappa_r >= 0

	StockShare            float64 // of commercial stocks that may be used, 0 = no stocks
	CommercialStockMonths float64 // of use
}

// TotalTonnes is T = W/(1-rho), all supply of the base year.
func (b *Balance) TotalTonnes() float64 { return b.WorldTonnes / (1 - b.RecycledShare) }

// NetExports is NX_c = (s_c - d_c) W in t/yr, negative for a net importer.
func (b *Balance) NetExports(c int) float64 {
	return (b.SupplyShare[c] - b.UseShare[c]) * b.WorldTonnes
}

// CanRestrict reports whether c has exports to restrict, NX_c > 1e-9 T. An
// export restriction of any other country is read as none.
func (b *Balance) CanRestrict(c int) bool {
	return b.NetExports(c) > smallestTradeShare*b.TotalTonnes()
}

// stockCover is the largest release of stocks, as a share of yearly use.
func (b *Balance) stockCover() float64 { return b.StockShare * b.CommercialStockMonths / 12 }

// Validate checks lengths, ranges and sums. Errors wrap ErrBalance. Clear and
// ClearTargeted rely on it and do not repeat it for every scenario.
func (b *Balance) Validate() error {
	n := len(b.SupplyShare)
	if n == 0 {
		return fmt.Errorf("%w: no countries", ErrBalance)
	}
	if len(b.UseShare) != n || len(b.IdleShare) != n {
		return fmt.Errorf("%w: %d supply shares, %d use shares, %d idle shares", ErrBalance, n, len(b.UseShare), len(b.IdleShare))
	}
	for _, f := range []struct {
		name             string
		value, low, high float64
	}{
		{"world tonnes", b.WorldTonnes, 1e-9, MaxTonnes},
		{"recycled share", b.RecycledShare, 0, 0.999},
		{"demand elasticity", b.DemandElasticity, -MaxElasticity, -MinElasticity},
		{"supply elasticity", b.SupplyElasticity, 0, MaxElasticity},
		{"recycling elasticity", b.RecyclingElasticity, 0, MaxElasticity},
		{"recycling idle share", b.RecyclingIdleShare, 0, MaxIdleShare},
		{"stock share", b.StockShare, 0, 1},
		{"commercial stock months", b.CommercialStockMonths, 0, 1200},
	} {
		if !(f.value >= f.low && f.value <= f.high) {
			return fmt.Errorf("%w: %s %v outside [%v, %v]", ErrBalance, f.name, f.value, f.low, f.high)
		}
	}
	for _, f := range []struct {
		name   string
		values []float64
		high   float64
		sum    bool
	}{
		{"supply share", b.SupplyShare, 1 + shareSumTolerance, true},
		{"use share", b.UseShare, 1 + shareSumTolerance, true},
		{"idle share", b.IdleShare, MaxIdleShare, false},
	} {
		sum := 0.0
		for c, v := range f.values {
			if !(v >= 0 && v <= f.high) {
				return fmt.Errorf("%w: %s of country %d is %v, outside [0, %v]", ErrBalance, f.name, c, v, f.high)
			}
			sum += v
		}
		if f.sum && math.Abs(sum-1) > shareSumTolerance {
			return fmt.Errorf("%w: %ss sum to %v, not 1", ErrBalance, f.name, sum)
		}
	}
	return nil
}
