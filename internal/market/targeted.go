package market

import (
	"fmt"
	"math"
)

// Side is the market a country is in under (M2).
type Side uint8

const (
	Other       Side = iota // O: neither refused nor refusing
	Target                  // T: refused by C, or refusing C (import ban)
	Restricting             // C: its home market keeps its supply and is left out
)

// sideSet is a set of sides.
type sideSet uint8

func setOf(sides ...Side) (s sideSet) {
	for _, v := range sides {
		s |= 1 << v
	}
	return s
}

func (s sideSet) has(v Side) bool { return s&(1<<v) != 0 }

// Targeted is a restriction aimed at named destinations, or an import ban:
//
//	Dem_T(pi_T) - Sup_T(pi_T) = M_T - L + y
//	Dem_O(pi_O) - Sup_O(pi_O) = B_O + delta L - y                                         (M2)
//
// with M_T, B_O the left sides at pi = 1, L the tonnes refused to the targets
// and y the tonnes the others re-route to them: y = omega L if pi_T > pi_O
// there, else y such that pi_T = pi_O. What the others take, and re-route, is at
// most what they use in the base year and can make from idle capacity.
//
// Outages and restrictions aimed at everybody come first: (M1) is solved for
// them, and M_T and B_O are the left sides at its price instead of at pi = 1.
// Without them that price is pi = 1 and this is (M2) as it stands.
type Targeted struct {
	Side            []Side  // by country
	First           Shock   // outages and general restrictions; who restricts is on side Restricting
	RefusedTonnes   float64 // L, see RefusedTonnes; capped at M_T
	OfferedShare    float64 // delta, share of L offered to the others, 0..1; 1 for a ban
	ReroutableShare float64 // omega, share of L that can be re-routed in a year, 0..1
}

// TargetedOutcome is both markets after a targeted restriction.
type TargetedOutcome struct {
	Target, Other Outcome

	First           Outcome // after the outages and general restrictions alone
	NetImportTonnes float64 // M_T; where it is not positive the targeting does nothing
	RefusedTonnes   float64 // L after the cap
	ReroutedTonnes  float64 // y
	Capped          bool    // L was above M_T
	OnePrice        bool    // re-routing makes both prices equal
}

// RefusedTonnes is L = SUM_c phi_c (1 - leak_c) b_cT NX_c over the countries
// that can restrict: export is phi, leakage the share that gets through all the
// same, boundShare the share of c's exports bound for the targets. The slices
// have one value per country; values of countries without exports are not read.
// Exports are those left after first, what outages and general restrictions take.
func RefusedTonnes(b *Balance, first *Shock, export, leakage, boundShare []float64) (float64, error) {
	n := len(b.SupplyShare)
	for _, f := range [][]float64{first.Outage, first.Export} {
		if err := checkShares(f, n, "first stage"); err != nil {
			return 0, err
		}
	}
	for _, f := range []struct {
		name   string
		values []float64
	}{{"targeted restriction", export}, {"leakage", leakage}, {"share bound for targets", boundShare}} {
		if len(f.values) != n {
			return 0, fmt.Errorf("%w: %d values of %s for %d countries", ErrShock, len(f.values), f.name, n)
		}
		if err := checkShares(f.values, n, f.name); err != nil {
			return 0, err
		}
	}
	sum := 0.0
	for c, phi := range export {
		if phi > 0 && b.CanRestrict(c) {
			sum += phi * (1 - leakage[c]) * boundShare[c] * max(0, exportsAfter(b, first, c))
		}
	}
	return sum, nil
}

// exportsAfter is what c would sell abroad at the base price after its own outage
// and general restriction.
func exportsAfter(b *Balance, first *Shock, c int) float64 {
	net := b.NetExports(c)
	if first.Outage != nil {
		net -= first.Outage[c] * b.SupplyShare[c] * b.WorldTonnes
	}
	if first.Export != nil {
		net *= 1 - first.Export[c]
	}
	return net
}

// FallbackTargetShare is the share of a restricting country's exports taken to
// be bound for the targets where trade records are missing: the targets' part
// of the net imports of all countries that do not restrict.
func FallbackTargetShare(b *Balance, side []Side) float64 {
	var targets, all float64
	for c, s := range side {
		if m := -b.NetExports(c); m > 0 && s != Restricting {
			all += m
			if s == Target {
				targets += m
			}
		}
	}
	if all == 0 {
		return 0
	}
	return targets / all
}

// Validate checks a Targeted for n countries. Errors wrap ErrShock, or
// ErrNoOthers where no country is left outside C and T: that is (M1).
func (t *Targeted) Validate(n int) error {
	if len(t.Side) != n {
		return fmt.Errorf("%w: %d sides for %d countries", ErrShock, len(t.Side), n)
	}
	if !(t.RefusedTonnes >= 0 && t.RefusedTonnes <= 2*MaxTonnes) {
		return fmt.Errorf("%w: %v t refused", ErrShock, t.RefusedTonnes)
	}
	if !(t.OfferedShare >= 0 && t.OfferedShare <= 1) {
		return fmt.Errorf("%w: share offered to others %v outside [0, 1]", ErrShock, t.OfferedShare)
	}
	if !(t.ReroutableShare >= 0 && t.ReroutableShare <= 1) {
		return fmt.Errorf("%w: share re-routed %v outside [0, 1]", ErrShock, t.ReroutableShare)
	}
	others := false
	for c, s := range t.Side {
		if s > Restricting {
			return fmt.Errorf("%w: side %d of country %d", ErrShock, s, c)
		}
		others = others || s == Other
	}
	if !others {
		return ErrNoOthers
	}
	return nil
}

// ClearTargeted solves (M2) for a valid Balance. The price of the others may
// fall (PriceRise and UseCut negative). Errors as for Clear and Validate. It
// does not allocate.
func ClearTargeted(dst *TargetedOutcome, b *Balance, t *Targeted, m *Method) error {
	*dst = TargetedOutcome{}
	if err := m.Validate(); err != nil {
		return err
	}
	if err := t.Validate(len(b.SupplyShare)); err != nil {
		return err
	}
	if err := Clear(&dst.First, b, &t.First, m); err != nil {
		return fmt.Errorf("before the targeting: %w", err)
	}
	if !dst.First.HasPrice {
		dst.Target, dst.Other = dst.First, dst.First
		return nil
	}
	targets, others := t.side(b, m.Demand, setOf(Target)), t.side(b, m.Demand, setOf(Other))
	eased, _ := targets.excess(dst.First.PriceRise)
	missingT := -eased // what the targets buy less, or make more, at the price of the first stage
	easedO, _ := others.excess(dst.First.PriceRise)
	missingO := -easedO

	dst.NetImportTonnes = targets.openUseTonnes - targets.supplyTonnes - missingT
	refused := t.RefusedTonnes
	if dst.NetImportTonnes <= 0 {
		refused = 0
	} else if refused > dst.NetImportTonnes {
		refused, dst.Capped = dst.NetImportTonnes, true
	}
	dst.RefusedTonnes = refused

	// The others can neither take nor pass on more than they use, or can make from idle
	// capacity: with
	// hardly anybody left outside, a targeted restriction is one on everybody.
	absorb := others.openUseTonnes + others.spareTonnes
	rerouted := t.ReroutableShare * min(refused, absorb)
	offered := min(t.OfferedShare*refused, absorb)
	targets.withdraw(missingT + refused - rerouted)
	others.withdraw(missingO + rerouted - offered)
	rootT, err := targets.solve()
	if err != nil {
		return fmt.Errorf("market of the targets: %w", err)
	}
	rootO, err := others.solve()
	if err != nil {
		return fmt.Errorf("market of the others: %w", err)
	}

	if rootT.height() < rootO.height() {
		// Re-routing stops at one price, that of both markets together. What the
		// targets then lack at that price is what was not re-routed.
		both := t.side(b, m.Demand, setOf(Target, Other))
		both.withdraw(missingT + missingO + refused - offered)
		root, err := both.solve()
		if err != nil {
			return fmt.Errorf("market of targets and others: %w", err)
		}
		rootT, rootO = root, root
		if root.state != NoClearing {
			targets.withdraw(0)
			gap, _ := targets.excess(root.rise)
			rerouted = min(max(missingT+refused+gap, 0), rerouted)
		}
		dst.OnePrice = true
		targets.withdraw(missingT + refused - rerouted)
		others.withdraw(missingO + rerouted - offered)
	}
	dst.ReroutedTonnes = rerouted
	targets.report(&dst.Target, rootT, m)
	others.report(&dst.Other, rootO, m)
	return nil
}

// side is the market of the countries on some sides, nothing withdrawn but what
// outages take from their output.
func (t *Targeted) side(b *Balance, demand Demand, member sideSet) pool {
	p := pool{b: b, demand: demand, shock: Shock{Outage: t.First.Outage}, sides: t.Side, member: member}
	for c, s := range t.Side {
		if member.has(s) {
			produced, lost := p.output(c)
			p.addOpen(c, produced-lost)
		}
	}
	return p
}

// withdraw sets the tonnes of net imports that the pool loses, negative for a
// gain. What it can still buy is its use in the base year less that; a side that
// mostly exports can lose more than its use and produce it from idle capacity.
func (p *pool) withdraw(tonnes float64) {
	p.withdrawnTonnes = tonnes
	p.supplyTonnes = p.openUseTonnes + p.spareTonnes - tonnes
}

// height orders roots by price; a market with nothing to buy stands highest.
func (r root) height() float64 {
	if r.state == NoClearing {
		return math.Inf(1)
	}
	return r.rise
}
