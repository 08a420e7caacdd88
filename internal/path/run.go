package path

import (
	"fmt"
	"math"

	"chokepoint/internal/market"
)

// State says how to read the price of a month.
type State uint8

// The states.
const (
	Cleared State = iota // use and stocks meet supply at the price
	NoPrice              // none clears the market: the price is the largest there is, use what is left
	AtFloor              // the price is the smallest there is; what finds no use is stored
)

var stateNames = [...]string{Cleared: "ok", NoPrice: "no price", AtFloor: "price-floor"}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// Month is one month of a path. Tonnes are of R, flows a month, stocks at its end.
type Month struct {
	PriceRatioOutside float64 // pi
	PriceRiseOutside  float64 // pi - 1, with the digits that the ratio loses
	PriceRatioInside  float64 // in C; that outside where nobody restricts
	StocksTonnes      float64 // I, commercial
	StrategicTonnes   float64 // G
	UseShare          float64 // Use/d
	UseCut            float64 // r = 1 - Use/d, with the digits that the share loses
	UseTonnes         float64 // Use
	SupplyTonnes      float64 // S, output of R, recycling and new plants, after outages
	InflowTonnes      float64 // F, what C sells
	ReleaseTonnes     float64 // from the strategic stock
	ExpectedRise      float64 // e^lb - 1
	Ramp              float64 // m, part of idle capacity that runs
	Withheld          float64 // w, part of the withdrawal in force
	State             State
}

// Outcome is a path. Run reuses its memory.
type Outcome struct {
	Months []Month

	loss []float64 // of planned withdrawals, t a month, by month
}

// At is the month that contains a time in months from the start; the last one
// for later times. It is nil for an Outcome without months.
func (o *Outcome) At(months float64) *Month {
	if len(o.Months) == 0 {
		return nil
	}
	return &o.Months[min(max(0, int(math.Ceil(months))-1), len(o.Months)-1)]
}

// Bounds of the log price ratio and of log desired use.
const (
	highestLog  = 13.815510557964274 // ln of market.MaxPriceRatio
	lowestLog   = -6.907755278982137 // ln of market.MinPriceRatio
	leastLogUse = -13.815510557964274
)

// Run follows the commodity for a number of months. It allocates nothing once dst
// has held as many. Errors wrap ErrSetup, ErrParameters, ErrProfile, ErrHorizon.
func Run(dst *Outcome, s *Setup, p *Parameters, profile *Profile, horizon int) error {
	dst.Months = dst.Months[:0]
	if horizon < 1 || horizon > MaxHorizon {
		return fmt.Errorf("%w: %d months: expected 1 to %d", ErrHorizon, horizon, MaxHorizon)
	}
	if err := s.validate(); err != nil {
		return err
	}
	if err := p.Validate(); err != nil {
		return err
	}
	if err := profile.Validate(); err != nil {
		return err
	}
	dst.loss = dst.loss[:0]
	for t := range horizon + int(p.AheadMonths) {
		w := profile.planned(t)
		dst.loss = append(dst.loss, w*s.lostTonnes/12-s.inflowLost(w))
	}
	x := newState(s, p)
	insideOf, inside := -1.0, 1.0
	for t := range horizon {
		w := profile.Withheld(t)
		m := x.month(t, w, profile.belief(t), dst.loss)
		switch {
		case !s.Restricts():
			m.PriceRatioInside = m.PriceRatioOutside
		case x.trial.unsold < 0: // what C offers is what it would sell at the price expected outside
			m.PriceRatioInside = max(p.Floor, 1+m.ExpectedRise)
		default:
			if w != insideOf {
				insideOf, inside = w, s.inside(w, p.Floor)
			}
			m.PriceRatioInside = inside
		}
		dst.Months = append(dst.Months, m)
	}
	return nil
}

// state is what one month hands to the next, and what a trial price of this month
// gives.
type state struct {
	s *Setup
	p *Parameters

	use       float64 // d
	least     float64 // I_min
	normal    float64 // M d
	epsShort  float64
	aExpect   float64
	aAdjust   float64
	stocks    float64 // I
	strategic float64 // G
	price     float64 // l
	expected  float64 // lb
	logUse    float64 // u
	lowestUse float64 // lowest u so far
	ramp      float64 // m

	// Of the month: change of flows that do not depend on the price.
	t        int
	withheld float64
	inflow   float64
	fixed    float64
	belief   float64
	loss     []float64

	// Of a trial.
	trial trial
}

// trial is what an expected price gives.
type trial struct {
	expected float64 // lb
	logUse   float64 // u
	response float64 // S - S at pi = 1, without new plants
	unsold   float64 // change of F because the price outside is low, at most 0
	release  float64
	change   float64 // S + F + rel - d
	wanted   float64 // Id
}

func newState(s *Setup, p *Parameters) state {
	x := state{s: s, p: p, use: s.UseTonnes(), strategic: s.StrategicTonnes, epsShort: s.eps * p.ShortRunShare,
		aExpect: approach(p.ExpectationMonths), aAdjust: approach(p.AdjustmentMonths)}
	x.normal = s.CoverMonths * x.use
	x.stocks, x.least = x.normal, p.MinimumShare*x.normal
	return x
}

// approach is a_x = 1 - exp(-1/x), the part of a gap closed in a month.
func approach(months float64) float64 {
	if months <= 0 {
		return 1
	}
	return -math.Expm1(-1 / months)
}

// month makes a step. loss is that of the plan by month.
func (x *state) month(t int, w, belief float64, loss []float64) Month {
	s, p := x.s, x.p
	inflow, plants := s.inflowLost(w), s.newPlants(t)
	x.t, x.withheld, x.belief, x.loss = t, w, belief, loss
	x.inflow = inflow
	x.fixed = inflow - w*s.lostTonnes/12 + plants
	switch {
	case p.RampMonths == 0:
		x.ramp = 1
	case x.price > p.Trigger:
		x.ramp = min(1, x.ramp+1/p.RampMonths)
	default:
		x.ramp = max(0, x.ramp-1/p.RampMonths)
	}
	l, state := x.solve()
	y := x.trial
	available := max(0, x.use+y.change+max(0, x.stocks-x.least))
	used := x.useAt(l)
	if used > available || state == NoPrice {
		used = min(used, available)
	}
	left := y.change + (x.use - used)
	cut := (x.use - used) / x.use
	if used < available { // digits that the difference of tonnes loses
		e := math.Expm1(x.logUseAt(l))
		left, cut = y.change-x.use*e, -e
	}
	x.stocks = max(0, x.stocks+left)
	x.strategic = max(0, x.strategic-y.release)
	x.price, x.expected, x.logUse = l, y.expected, y.logUse
	x.lowestUse = min(x.lowestUse, x.logUse)
	rise := math.Expm1(l)
	return Month{PriceRatioOutside: 1 + rise, PriceRiseOutside: rise, StocksTonnes: x.stocks, StrategicTonnes: x.strategic,
		UseShare: 1 - cut, UseCut: cut, UseTonnes: used,
		SupplyTonnes: s.supplyTonnes/12 - w*s.lostTonnes/12 + y.response + plants, InflowTonnes: s.insideExportTonnes/12 + inflow + y.unsold, ReleaseTonnes: y.release,
		ExpectedRise: math.Expm1(y.expected), Ramp: x.ramp, Withheld: w, State: state}
}

// solve finds the log price of the month, and leaves the trial at it.
func (x *state) solve() (float64, State) {
	closing := x.p.StockPrice == ClosingUsable && x.normal > 0
	if x.p.ExpectationMonths > 0 {
		x.try(x.expected + x.aExpect*(x.price-x.expected))
		if closing {
			return x.root(x.aboveClosing)
		}
		if lc := x.onOpening(); lc <= highestLog && x.roomAt(lc) >= 0 {
			if lc < lowestLog {
				return lowestLog, AtFloor
			}
			return lc, Cleared
		}
		return x.cleared()
	}
	// Expected and actual price are one: everything moves with the trial price.
	if closing {
		return x.root(x.aboveClosing)
	}
	if x.normal > 0 {
		if l, state := x.root(x.aboveOpening); state != NoPrice {
			x.follow(l)
			if x.roomAt(l) >= 0 {
				return l, state
			}
		}
	}
	return x.root(x.roomWith)
}

// follow makes a trial at the price l if the expected price is that price.
func (x *state) follow(l float64) {
	if x.p.ExpectationMonths == 0 {
		x.try(l)
	}
}

// try computes what an expected log price gives: equations 4 to 6.
func (x *state) try(expected float64) {
	s, p := x.s, x.p
	y := trial{expected: expected}
	target := max(leastLogUse, min(s.logUse(s.eps, expected), p.Ratchet*x.lowestUse))
	y.logUse = x.logUse + x.aAdjust*(target-x.logUse)
	y.response = s.response(expected, x.ramp, x.withheld)
	saved := -x.use * math.Expm1(y.logUse) // d (1 - e^u)
	y.unsold = s.unsold(expected, x.withheld, x.inflow)
	y.change = x.fixed + y.response + y.unsold
	y.release = x.releaseFor(y.change, saved)
	y.change += y.release
	y.wanted = x.normal
	if x.normal > 0 && x.belief > 0 && p.AheadShare > 0 {
		relief := y.response + s.newPlants(x.t) + saved
		ahead := 0.0
		for _, loss := range x.loss[x.t : x.t+int(p.AheadMonths)] {
			ahead += max(0, x.belief*loss-relief)
		}
		y.wanted += p.AheadShare * ahead
	}
	x.trial = y
}

// releaseFor is what the rule releases, given the change of other flows and what
// users save.
func (x *state) releaseFor(change, saved float64) float64 {
	switch r := x.s.Release; r.Rule {
	case AtShortage:
		return min(x.strategic, max(0, -change-saved))
	case AtRate:
		if x.withheld > 0 {
			return min(x.strategic, r.RateTonnes)
		}
	case AtPrice:
		if 1+math.Expm1(x.price) >= r.PriceRatio {
			return min(x.strategic, r.RateTonnes)
		}
	}
	return 0
}

// logUseAt is the log of use over d at the price l.
func (x *state) logUseAt(l float64) float64 {
	return x.trial.logUse + x.s.logUse(x.epsShort, l) - x.s.logUse(x.epsShort, x.trial.expected)
}

func (x *state) useAt(l float64) float64 { return x.use * (1 + math.Expm1(x.logUseAt(l))) }

// roomAt is A - use(l).
func (x *state) roomAt(l float64) float64 {
	return x.trial.change + max(0, x.stocks-x.least) - x.use*math.Expm1(x.logUseAt(l))
}

// roomWith is roomAt with expectations that follow.
func (x *state) roomWith(l float64) float64 {
	x.follow(l)
	return x.roomAt(l)
}

// onOpening is lc, from the stocks with which the month opens; below every price
// where none are held.
func (x *state) onOpening() float64 {
	if x.normal == 0 {
		return lowestLog - 1
	}
	have := max(x.stocks, x.least)
	if have <= 0 {
		return highestLog + 1
	}
	return x.p.Sensitivity * math.Log1p((x.trial.wanted-have)/have)
}

func (x *state) aboveOpening(l float64) float64 {
	x.follow(l)
	return l - x.onOpening()
}

// aboveClosing is l - gamma ln((Id - I_min)/(I' - I_min)).
func (x *state) aboveClosing(l float64) float64 {
	x.follow(l)
	have := x.stocks - x.least + x.trial.change - x.use*math.Expm1(x.logUseAt(l))
	if have <= 0 {
		return -2 * highestLog
	}
	return l - x.p.Sensitivity*math.Log1p((x.trial.wanted-x.least-have)/have)
}

// cleared is the price at which use takes all there is, in closed form.
func (x *state) cleared() (float64, State) {
	more := (x.trial.change + max(0, x.stocks-x.least)) / x.use // A/d - 1
	if more <= -1 || x.epsShort == 0 && more < math.Expm1(x.trial.logUse) {
		return highestLog, NoPrice
	}
	if x.epsShort == 0 {
		return lowestLog, AtFloor
	}
	step := (math.Log1p(more) - x.trial.logUse) / x.epsShort
	l := x.trial.expected + step
	if x.s.demand == market.SemiLog {
		v := math.Expm1(x.trial.expected) + step
		if v <= market.MinPriceRatio-1 {
			return lowestLog, AtFloor
		}
		l = math.Log1p(v)
	}
	switch {
	case l > highestLog:
		return highestLog, NoPrice
	case l < lowestLog:
		return lowestLog, AtFloor
	}
	return l, Cleared
}
