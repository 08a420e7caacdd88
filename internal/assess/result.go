package assess

import (
	"chokepoint/internal/economy"
	"chokepoint/internal/market"
	"chokepoint/internal/scenario"
)

// Parts are the five parts of the effect on GDP (E3), million USD a year,
// negative where GDP falls.
type Parts struct {
	HitMUSD            float64 // (i)
	UsersPriceMUSD     float64 // (ii)
	ProducerVolumeMUSD float64 // (iii)
	ProducerPriceMUSD  float64 // (iv)
	RestMUSD           float64 // (v)
}

// RealMUSD is the change of real GDP, (i) + (iii) + (v).
func (p Parts) RealMUSD() float64 { return p.HitMUSD + p.ProducerVolumeMUSD + p.RestMUSD }

// TermsOfTradeMUSD is what price changes move, (ii) + (iv).
func (p Parts) TermsOfTradeMUSD() float64 { return p.UsersPriceMUSD + p.ProducerPriceMUSD }

// LossMUSD is minus the sum of the parts.
func (p Parts) LossMUSD() float64 {
	return -(p.HitMUSD + p.UsersPriceMUSD + p.ProducerVolumeMUSD + p.ProducerPriceMUSD + p.RestMUSD)
}

// UnitOutcome is what a scenario does to the market of one unit.
type UnitOutcome struct {
	Unit             int
	Market           market.Outcome
	NetExportsTonnes float64    // of the countries that withdraw, base year, t/yr
	UseAfterTonnes   float64    // Q1 = Q0 (1-r), US, t/yr
	Targeting        *Targeting // nil unless a withdrawal has targets
	PrimaryAfter     float64    // part of y1, US primary output after, t/yr
	SecondaryAfter   float64    // the rest of y1, t/yr
	OutputChange     float64    // y1 - y0, t/yr, with the digits that the difference loses
	// BoundMUSD is the price-rationing bound: what the demand curve says the cut
	// is worth, P0 Q0 INT_1^pi g - P0 INT_1^pi y.
	BoundMUSD float64
}

// Targeting is how a targeted restriction or an import ban was cleared (M2).
type Targeting struct {
	market.TargetedOutcome
	Targets         []string
	EconomyInside   bool    // the economy is among the targets
	OfferedShare    float64 // delta
	ReroutableShare float64 // omega
	Withdrawals     []TargetedWithdrawal
	// EverybodyPriceRatio is the price of the same restriction on everybody; 0
	// where no price clears it.
	EverybodyPriceRatio float64
}

// TargetedWithdrawal is one country's part of L.
type TargetedWithdrawal struct {
	Country       string
	BoundShare    float64 // b_cT: share of its exports bound for the targets
	FromTrade     bool    // from the trade table; else from the targets' part of net imports, grade D
	RefusedTonnes float64 // phi (1 - leak) b_cT NX_c, t/yr
}

// IndustryEffect is one industry's row of a result, million USD a year. Its
// order is that of the catalogue.
type IndustryEffect struct {
	OutputChangeMUSD float64
	Side             economy.Side // hit, or supplier or buyer of the hit industries
	Parts
}

// States of a result beside those of its market.
const (
	StateOK          = "ok"
	StateNoClearing  = "no-clearing"
	StateOutside     = "outside-linear-range"
	StateNothing     = "nothing-withdrawn"
	RationingRatio   = 10 // ratio of (i) per tonne to the price above which a unit is flagged
	FlagRationing    = "assumes that rationing, not price, decides"
	FlagUsersPrice   = "some users would pay more than their value added"
	FlagIsolated     = "price above that of a stop for everybody: the target is cut off from the world market"
	FlagOutsideRange = "outside the linear range of the economy"
)

// Result is the answer to one scenario.
type Result struct {
	Scenario scenario.Scenario // canonical
	Hash     string
	Units    []UnitOutcome // by unit, ascending
	Parts    Parts
	LossMUSD float64 // with State no-clearing a lower bound
	// SuppliersMUSD and BuyersMUSD split part (v).
	SuppliersMUSD, BuyersMUSD float64
	// ValuePerTonneOverPrice is part (i) per tonne cut over the price after; 0
	// where there is no price or no cut.
	ValuePerTonneOverPrice float64
	BoundMUSD              float64 // sum of the units' price-rationing bounds
	State                  string
	BeyondRange            float64 // with State outside-linear-range: how far the smallest flow is below 0
	PriceAboveValueAdded   int     // industries whose part (ii) exceeds their value added

	Detail *Detail // nil unless asked for
}

// Detail is what a single scenario shows beside its totals.
type Detail struct {
	Uses        []UseCut
	Industries  []IndustryEffect // all, in the catalogue's order
	Diagnostics economy.Diagnostics
}

// UseCut is the cut of one application.
type UseCut struct {
	Unit, Application int     // Application: index into Unit.Applications
	ShareOfUse        float64 // w_a
	Cut               float64 // r_a
}

// state is the gravest of the states of the markets and of the economy.
func (r *Result) state() string {
	gravest := func(s market.State, hasPrice bool) int {
		switch {
		case s == market.NoClearing && !hasPrice:
			return 4
		case s == market.NoClearing || s == market.AtChoke: // nothing or too little is left at the choke price
			return 2
		case s != market.Cleared:
			return 1
		}
		return 0
	}
	worst, name := 0, StateOK
	if r.BeyondRange > 0 {
		worst, name = 3, StateOutside
	}
	var markets []*market.Outcome
	for i := range r.Units {
		markets = append(markets, &r.Units[i].Market)
		if t := r.Units[i].Targeting; t != nil {
			markets = append(markets, &t.Target, &t.Other)
		}
	}
	for _, m := range markets {
		if g := gravest(m.State, m.HasPrice); g > worst {
			worst, name = g, m.State.String()
			if g == 2 {
				name = market.AtChoke.String()
			}
		}
	}
	return name
}

// HasPrice tells whether every market of the scenario has a price.
func (r *Result) HasPrice() bool {
	for i := range r.Units {
		if !r.Units[i].Market.HasPrice {
			return false
		}
	}
	return true
}

// LowerBound tells whether the loss is a lower bound: no market price exists.
func (r *Result) LowerBound() bool { return r.State == StateNoClearing }

// Flags lists warnings in words.
func (r *Result) Flags() []string {
	var out []string
	if r.ValuePerTonneOverPrice > RationingRatio {
		out = append(out, FlagRationing)
	}
	if r.PriceAboveValueAdded > 0 {
		out = append(out, FlagUsersPrice)
	}
	if r.BeyondRange > 0 {
		out = append(out, FlagOutsideRange)
	}
	for i := range r.Units {
		if t := r.Units[i].Targeting; t != nil && t.EconomyInside && t.EverybodyPriceRatio > 0 && r.Units[i].Market.PriceRatio > t.EverybodyPriceRatio {
			out = append(out, FlagIsolated)
			break
		}
	}
	return out
}
