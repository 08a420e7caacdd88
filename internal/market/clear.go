package market

import (
	"fmt"
	"math"
)

// Shock is what is withdrawn, by country in the order of the Balance. A nil
// slice means nothing of that kind.
type Shock struct {
	Outage []float64 // phi of s_c W that is not produced, 0..1
	Export []float64 // phi of the exports that is not sold, 0..1; see Balance.CanRestrict
}

// Method is how a market is cleared; the zero value is the default.
type Method struct {
	Demand          Demand
	ChokePriceRatio float64 // price ratio above which users stop bidding, > 1; 0 = none
}

// Validate checks the form and the choke price. Errors wrap ErrMethod.
func (m *Method) Validate() error {
	if int(m.Demand) >= len(demandNames) {
		return fmt.Errorf("%w: %v", ErrMethod, m.Demand)
	}
	if m.ChokePriceRatio != 0 && !(m.ChokePriceRatio > 1 && m.ChokePriceRatio <= MaxPriceRatio) {
		return fmt.Errorf("%w: choke price ratio %v outside (1, %v]", ErrMethod, m.ChokePriceRatio, MaxPriceRatio)
	}
	return nil
}

// State says how to read an Outcome.
type State uint8

const (
	Cleared     State = iota // supply meets use at PriceRatio
	NoClearing               // nothing is left to buy: UseCut = 1, no price unless a choke price is set
	AtChoke                  // the price is the choke price, UseCut follows from the tonnes left
	BeyondRange              // solved, but above IsoElasticRange; or stopped at MaxPriceRatio, UseCut from the tonnes left
	AtFloor                  // tonnes find no buyer above MinPriceRatio (only in a second market of (M2))
)

var stateNames = [...]string{Cleared: "ok", NoClearing: "no-clearing", AtChoke: "choke", BeyondRange: "beyond-range", AtFloor: "price-floor"}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// MarshalText makes a State its name in JSON.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Bounds of the price ratio a market is solved for.
const (
	MaxPriceRatio = 1e6
	MinPriceRatio = 1e-3
)

// Outcome is a cleared market. Every number is finite.
type Outcome struct {
	State      State
	HasPrice   bool    // false: PriceRatio and PriceRise are 0 and mean nothing
	PriceRatio float64 // pi
	PriceRise  float64 // v = pi - 1, with the digits that PriceRatio loses
	UseCut     float64 // r, of every country that does not restrict; negative if the price falls

	WithdrawnTonnes float64 // missing at the base price
	ResidualTonnes  float64 // excess demand left at the price found; AtFloor: minus the tonnes without a buyer
	Iterations      int     // evaluations of excess demand
}

// Clear solves (M1) for a valid Balance. It returns errors that wrap ErrShock
// (wrong length, phi outside 0..1), ErrMethod, or ErrNoConvergence (residual
// above 1e-12 of the tonnes withdrawn). It does not allocate.
func Clear(dst *Outcome, b *Balance, s *Shock, m *Method) error {
	*dst = Outcome{}
	if err := m.Validate(); err != nil {
		return err
	}
	if err := checkShares(s.Outage, len(b.SupplyShare), "outage"); err != nil {
		return err
	}
	if err := checkShares(s.Export, len(b.SupplyShare), "export restriction"); err != nil {
		return err
	}
	p := newPool(b, s, m.Demand)
	root, err := p.solve()
	if err != nil {
		return err
	}
	p.report(dst, root, m)
	return nil
}

func checkShares(phi []float64, countries int, what string) error {
	if phi == nil {
		return nil
	}
	if len(phi) != countries {
		return fmt.Errorf("%w: %d values of %s for %d countries", ErrShock, len(phi), what, countries)
	}
	for c, v := range phi {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("%w: %s of country %d is %v, outside [0, 1]", ErrShock, what, c, v)
		}
	}
	return nil
}

// pool is a set of countries that trade at one price.
type pool struct {
	b      *Balance
	demand Demand
	shock  Shock
	sides  []Side // nil: all countries belong to it
	member sideSet

	withdrawnTonnes float64 // excess demand at pi = 1
	openUseTonnes   float64 // use of the countries that do not restrict
	supplyTonnes    float64 // what they can buy at pi = 1
	spareTonnes     float64 // their idle capacity, if it responds to price

	// Producers that do not restrict, summed by idle share: countries share a
	// few values. Loose countries do not fit in and are visited one by one.
	groups     [maxGroups]idleGroup
	groupCount int
	loose      int
}

type idleGroup struct{ idleShare, tonnes float64 }

const maxGroups = 8

func newPool(b *Balance, s *Shock, demand Demand) pool {
	p := pool{b: b, demand: demand, shock: *s}
	for c := range b.SupplyShare {
		produced, lost := p.output(c)
		phi := p.restriction(c)
		if phi == 0 {
			p.addOpen(c, produced-lost)
		} else if net := b.NetExports(c) - lost; net > 0 {
			p.withdrawnTonnes += phi * net
			p.supplyTonnes += (1 - phi) * net
			if phi < 1 {
				p.loose++
			}
		} else {
			p.supplyTonnes += produced - lost
			p.loose++
		}
		p.withdrawnTonnes += lost
	}
	return p
}

// output is the tonnes c produces in the base year and those lost to an outage.
func (p *pool) output(c int) (produced, lost float64) {
	produced = p.b.SupplyShare[c] * p.b.WorldTonnes
	if p.shock.Outage != nil {
		lost = p.shock.Outage[c] * produced
	}
	return produced, lost
}

// restriction is phi of c, 0 where c has nothing to restrict.
func (p *pool) restriction(c int) float64 {
	if p.shock.Export == nil || p.shock.Export[c] == 0 || !p.b.CanRestrict(c) {
		return 0
	}
	return p.shock.Export[c]
}

// addOpen adds a country that does not restrict, with the tonnes it produces.
func (p *pool) addOpen(c int, produced float64) {
	use := p.b.UseShare[c] * p.b.TotalTonnes()
	p.openUseTonnes += use
	p.supplyTonnes += produced + use*p.b.RecycledShare
	idle := p.b.IdleShare[c]
	if p.b.SupplyElasticity > 0 {
		p.spareTonnes += produced * idle
	}
	if p.b.RecyclingElasticity > 0 {
		p.spareTonnes += use * p.b.RecycledShare * p.b.RecyclingIdleShare
	}
	g := p.group(idle)
	if g < 0 {
		if p.groupCount == maxGroups {
			p.loose++
			return
		}
		g = p.groupCount
		p.groups[g].idleShare = idle
		p.groupCount++
	}
	p.groups[g].tonnes += produced
}

// group is the group with this idle share, or -1.
func (p *pool) group(idleShare float64) int {
	for g := range p.groupCount {
		if p.groups[g].idleShare == idleShare {
			return g
		}
	}
	return -1
}

// excess is excess demand and its derivative at the price rise v. It starts
// from the tonnes withdrawn and takes off what is then used less, recycled
// more, drawn from stocks and produced more.
func (p *pool) excess(v float64) (gap, slope float64) {
	b := p.b
	logPi := math.Log1p(v)

	// Per tonne of use.
	cut := p.demand.Cut(b.DemandElasticity, v)
	recycling, recyclingSlope := supplyGrowth(b.RecyclingIdleShare, b.RecyclingElasticity, v, logPi)
	perUse := cut + b.RecycledShare*recycling
	perUseSlope := p.demand.cutSlope(b.DemandElasticity, v, cut) + b.RecycledShare*recyclingSlope
	if cover := b.stockCover(); cover > 0 && v >= 0 {
		perUse += cover * v / (1 + v)
		perUseSlope += cover / ((1 + v) * (1 + v))
	}

	relief, reliefSlope := p.openUseTonnes*perUse, p.openUseTonnes*perUseSlope
	for _, g := range p.groups[:p.groupCount] {
		growth, growthSlope := supplyGrowth(g.idleShare, b.SupplyElasticity, v, logPi)
		relief += g.tonnes * growth
		reliefSlope += g.tonnes * growthSlope
	}
	if p.loose > 0 {
		more, moreSlope := p.looseRelief(v, logPi, perUse, perUseSlope)
		relief += more
		reliefSlope += moreSlope
	}
	return p.withdrawnTonnes - relief, -reliefSlope
}

// looseRelief is what excess takes off for the loose countries.
func (p *pool) looseRelief(v, logPi, perUse, perUseSlope float64) (relief, reliefSlope float64) {
	b := p.b
	for c, idle := range b.IdleShare {
		if p.sides != nil && !p.member.has(p.sides[c]) {
			continue
		}
		phi := p.restriction(c)
		if phi == 0 && p.group(idle) >= 0 {
			continue
		}
		produced, lost := p.output(c)
		growth, growthSlope := supplyGrowth(idle, b.SupplyElasticity, v, logPi)
		more, moreSlope := (produced-lost)*growth, (produced-lost)*growthSlope
		if phi > 0 {
			use := b.UseShare[c] * b.TotalTonnes()
			more, moreSlope = sold(phi, b.NetExports(c)-lost, more+use*perUse, moreSlope+use*perUseSlope)
		}
		relief += more
		reliefSlope += moreSlope
	}
	return relief, reliefSlope
}

// sold is the change of what a restricting country sells abroad when its net
// supply moves from before to before + more: it holds back phi of what it would
// export, and buys what it lacks.
func sold(phi, before, more, moreSlope float64) (change, slope float64) {
	after := before + more
	switch {
	case before > 0: // then after is, too
		return (1 - phi) * more, (1 - phi) * moreSlope
	case after > 0:
		return (1-phi)*after - before, (1 - phi) * moreSlope
	}
	return more, moreSlope
}

// root is the solution of a pool: a price rise with its residual, or none.
type root struct {
	rise       float64
	residual   float64
	iterations int
	state      State // Cleared, NoClearing, BeyondRange (at MaxPriceRatio) or AtFloor
}

const (
	maxIterations = 400
	// negligibleShare, of T: a smaller withdrawal is none, its numbers would
	// run into those that have no full precision.
	negligibleShare = 1e-100
)

// solve finds the price rise at which excess demand vanishes.
func (p *pool) solve() (root, error) {
	w := p.withdrawnTonnes
	if math.Abs(w) <= negligibleShare*p.b.TotalTonnes() {
		p.withdrawnTonnes = 0
		return root{}, nil
	}
	if p.supplyTonnes+p.b.stockCover()*p.openUseTonnes <= smallestSupplyShare*p.b.TotalTonnes() {
		return root{state: NoClearing}, nil
	}
	// Excess demand is positive at low and negative at high; the far end of the
	// interval is only looked at when a step wants to leave it.
	low, high, limit, beyond := 0.0, MaxPriceRatio-1, MaxPriceRatio-1, BeyondRange
	if w < 0 {
		low, high, limit, beyond = MinPriceRatio-1, 0, MinPriceRatio-1, AtFloor
	}
	limitSeen := false
	v, gap, slope := 0.0, 0.0, 0.0
	i := 0
	for i < maxIterations {
		i++
		gap, slope = p.excess(v)
		if v == limit {
			limitSeen = true
			if (gap > 0) == (w > 0) {
				return root{rise: limit, residual: gap, iterations: i, state: beyond}, nil
			}
		}
		if gap > 0 {
			low = v
		} else {
			high = v
		}
		next := v - gap/slope
		if gap == 0 || math.Abs(gap) <= 1e-13*math.Abs(w) && math.Abs(next-v) <= 1e-12*math.Abs(v) {
			break
		}
		if !(next > low && next < high) {
			next = low + (high-low)/2
			if !limitSeen && (low == limit || high == limit) {
				next = limit
			}
		}
		if next == v || next == low && low != limit || next == high && high != limit {
			break // neighbouring numbers: rounding decides
		}
		v = next
	}
	if math.Abs(gap) > 1e-12*math.Abs(w) {
		return root{}, fmt.Errorf("%w: %v t of excess demand left of %v t withdrawn after %d steps", ErrNoConvergence, gap, w, i)
	}
	return root{rise: v, residual: gap, iterations: i}, nil
}

// report turns a root into an outcome, with the choke price and the ranges.
func (p *pool) report(dst *Outcome, r root, m *Method) {
	*dst = Outcome{State: r.state, WithdrawnTonnes: p.withdrawnTonnes, ResidualTonnes: r.residual, Iterations: r.iterations}
	choke := m.ChokePriceRatio
	switch {
	case r.state == NoClearing:
		dst.UseCut = 1
		if choke > 0 {
			dst.setPrice(choke - 1)
		}
		return
	case choke > 0 && r.rise > choke-1:
		dst.State = AtChoke
		dst.setPrice(choke - 1)
		gap, _ := p.excess(choke - 1)
		dst.UseCut = p.cut(dst.PriceRise, gap)
		dst.ResidualTonnes = 0
		return
	}
	dst.setPrice(r.rise)
	switch {
	case r.state == BeyondRange:
		dst.UseCut = p.cut(r.rise, r.residual)
		dst.ResidualTonnes = 0
	default:
		dst.UseCut = p.cut(r.rise, 0)
		if m.Demand == IsoElastic && dst.PriceRatio > IsoElasticRange {
			dst.State = BeyondRange
		}
	}
}

func (o *Outcome) setPrice(rise float64) {
	o.HasPrice, o.PriceRise, o.PriceRatio = true, rise, 1+rise
}

// cut is the cut of use at the price rise v, with unmet tonnes on top where
// the price is not allowed to rise further.
func (p *pool) cut(v, unmetTonnes float64) float64 {
	cut := p.demand.Cut(p.b.DemandElasticity, v)
	if unmetTonnes > 0 {
		cut = math.Min(1, cut+unmetTonnes/p.openUseTonnes)
	}
	return cut
}
