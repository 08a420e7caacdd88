package assess

import (
	"errors"
	"fmt"
	"slices"

	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
	"chokepoint/internal/market"
	"chokepoint/internal/scenario"
)

// clearUnit clears the market of one unit: (M1), or (M2) where a withdrawal has
// targets.
func (w *worker) clearUnit(o *UnitOutcome, s scenario.Scenario) error {
	b, slot, targeted := w.withdraw(o, s)
	if !targeted {
		return market.Clear(&o.Market, b, &w.shock, &w.e.clearing)
	}
	return w.clearTargeted(o, s, b, slot)
}

// withdraw fills w.shock with what a scenario withdraws of a unit. It returns the
// unit's balance with blocs joined, the place of a country in it, and whether a
// withdrawal has targets (those are not in the shock).
func (w *worker) withdraw(o *UnitOutcome, s scenario.Scenario) (b *market.Balance, slot func(int) int, targeted bool) {
	u := &w.e.Catalog.Units[o.Unit]
	b = &w.e.units[o.Unit].balance
	slot = func(k int) int { return k }
	if s.Months < scenario.FullYear && b.StockShare > 0 { // the same stocks last a shorter disruption longer
		shorter := *b
		shorter.CommercialStockMonths *= scenario.FullYear / s.Months
		b = &shorter
	}
	joined := len(s.Blocs) > 0
	if joined {
		b, slot = join(b, u, s.Blocs)
	}
	w.shock.Outage = zeros(w.shock.Outage, len(u.Countries))
	w.shock.Export = zeros(w.shock.Export, len(u.Countries))
	for i := range s.Withdrawals {
		x := &s.Withdrawals[i]
		if x.Unit != o.Unit {
			continue
		}
		k := u.Country(x.Country)
		if !slices.ContainsFunc(s.Withdrawals[:i], func(y scenario.Withdrawal) bool { return y.Unit == o.Unit && y.Country == x.Country }) {
			for _, member := range s.Market(x.Country) {
				if m := u.Country(member); m >= 0 && (m == k || x.Kind != scenario.ProductionOutage) {
					o.NetExportsTonnes += w.e.Figures[o.Unit].NetExportTonnes(m)
				}
			}
		}
		switch at := slot(k); {
		case x.Kind == scenario.ProductionOutage && !joined:
			w.shock.Outage[at] = x.Fraction
		case x.Kind == scenario.ProductionOutage: // of a member, as a share of the bloc's output
			w.shock.Outage[at] += x.Fraction * w.e.Figures[o.Unit].SupplyShare[k] / b.SupplyShare[at]
		case x.Targeted():
			targeted = true
		default:
			w.shock.Export[at] = max(w.shock.Export[at], x.Fraction)
		}
	}
	if joined {
		for k := range w.shock.Outage {
			w.shock.Outage[k] = min(1, w.shock.Outage[k]) // rounding of a whole bloc
		}
	}
	return b, slot, targeted
}

// clearTargeted clears the two markets of (M2).
func (w *worker) clearTargeted(o *UnitOutcome, s scenario.Scenario, b *market.Balance, slot func(int) int) error {
	u := &w.e.Catalog.Units[o.Unit]
	n := len(u.Countries)
	t := &Targeting{ReroutableShare: w.e.Method.Reroutable}
	side := make([]market.Side, n)
	phi, leak, bound := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range s.Withdrawals {
		x := &s.Withdrawals[i]
		if x.Unit != o.Unit || !x.Targeted() {
			continue
		}
		if t.Targets == nil {
			t.Targets = x.Targets
		} else if !slices.Equal(t.Targets, x.Targets) {
			return &fault.Error{Code: fault.Usage, File: "to", What: u.ID + ": withdrawals with different destinations", Expected: "one set of destinations for each commodity",
				Do: "Two markets can be told apart, not three. Give all withdrawals of a commodity the same destinations."}
		}
	}
	for _, code := range t.Targets {
		if k := u.Country(code); k >= 0 {
			side[slot(k)] = market.Target
		}
		t.EconomyInside = t.EconomyInside || code == catalog.USA
	}
	for k, cut := range w.shock.Export {
		if cut > 0 {
			side[k] = market.Restricting
		}
	}
	for i := range s.Withdrawals {
		if x := &s.Withdrawals[i]; x.Unit == o.Unit && x.Targeted() {
			side[slot(u.Country(x.Country))] = market.Restricting
		}
	}
	fallback := market.FallbackTargetShare(b, side)
	offered, refused := 0.0, 0.0
	everybody := market.Shock{Outage: w.shock.Outage, Export: slices.Clone(w.shock.Export)}
	for k, x := range largestAt(s, o.Unit, u, slot) {
		if x == nil {
			continue
		}
		share, known, err := w.e.Catalog.BoundShare(o.Unit, x.Country, t.Targets)
		if err != nil {
			return err
		}
		if !known {
			share = fallback
		}
		phi[k], leak[k], bound[k] = x.Fraction, x.Leakage, share
		tonnes, err := market.RefusedTonnes(b, &w.shock, only(phi, k), leak, bound)
		if err != nil {
			return err
		}
		t.Withdrawals = append(t.Withdrawals, TargetedWithdrawal{x.Country, share, known, tonnes})
		offered, refused = offered+x.Offered*tonnes, refused+tonnes
		everybody.Export[k] = max(everybody.Export[k], x.Fraction)
	}
	t.OfferedShare = 1
	if refused > 0 {
		t.OfferedShare = min(1, offered/refused)
	}
	var all market.Outcome
	if err := market.Clear(&all, b, &everybody, &w.e.clearing); err != nil {
		return err
	}
	if all.HasPrice {
		t.EverybodyPriceRatio = all.PriceRatio
	}
	err := market.ClearTargeted(&t.TargetedOutcome, b, &market.Targeted{Side: side, First: w.shock, RefusedTonnes: refused, OfferedShare: t.OfferedShare, ReroutableShare: t.ReroutableShare}, &w.e.clearing)
	if errors.Is(err, market.ErrNoOthers) { // aimed at everybody: (M1)
		o.Market = all
		return nil
	}
	if err != nil {
		return fmt.Errorf("two markets: %w", err)
	}
	o.Targeting, o.Market = t, t.Other
	if t.EconomyInside {
		o.Market = t.Target
	}
	return nil
}

// largestAt is the largest targeted withdrawal of a unit at each place of the
// market, nil where there is none; members of a bloc share a place.
func largestAt(s scenario.Scenario, unit int, u *catalog.Unit, slot func(int) int) []*scenario.Withdrawal {
	out := make([]*scenario.Withdrawal, len(u.Countries))
	for i := range s.Withdrawals {
		x := &s.Withdrawals[i]
		if x.Unit != unit || !x.Targeted() {
			continue
		}
		if k := slot(u.Country(x.Country)); out[k] == nil || x.Fraction > out[k].Fraction {
			out[k] = x
		}
	}
	return out
}

// only keeps one value of a slice.
func only(v []float64, k int) []float64 {
	out := make([]float64, len(v))
	out[k] = v[k]
	return out
}

// join pools the members of each bloc into the place of its first member that
// the unit lists. The idle share of a bloc is that of its output.
func join(b *market.Balance, u *catalog.Unit, blocs [][]string) (*market.Balance, func(int) int) {
	joined := *b
	joined.SupplyShare, joined.UseShare, joined.IdleShare = slices.Clone(b.SupplyShare), slices.Clone(b.UseShare), slices.Clone(b.IdleShare)
	at := make([]int, len(u.Countries))
	for k := range at {
		at[k] = k
	}
	for _, bloc := range blocs {
		first, idle := -1, 0.0
		for _, code := range bloc {
			k := u.Country(code)
			if k < 0 {
				continue
			}
			if first < 0 {
				first = k
				joined.SupplyShare[k], joined.UseShare[k] = 0, 0
			} else {
				joined.SupplyShare[k], joined.UseShare[k], joined.IdleShare[k] = 0, 0, 0
			}
			at[k] = first
			joined.SupplyShare[first] += b.SupplyShare[k]
			joined.UseShare[first] += b.UseShare[k]
			idle += b.SupplyShare[k] * b.IdleShare[k]
		}
		if first >= 0 && joined.SupplyShare[first] > 0 {
			joined.IdleShare[first] = idle / joined.SupplyShare[first]
		}
	}
	return &joined, func(k int) int { return at[k] }
}
