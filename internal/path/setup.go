package path

import (
	"fmt"
	"math"

	"chokepoint/internal/market"
)

const (
	maxTonnes = market.MaxTonnes
	maxRatio  = market.MaxPriceRatio
)

// Setup is one commodity and what is withdrawn at full force. Build fills it;
// the exported fields may be changed afterwards. Runs share it and do not write.
type Setup struct {
	CoverMonths     float64 // M, normal commercial stocks, months of the use of R
	StrategicTonnes float64 // G at the start
	Release         Release
	NewPlantTonnes  []float64 // t/yr of plants that are built, by month; the last value stands for later months

	demand             market.Demand
	eps, eta           float64
	recyclingIdle      float64
	recyclingEta       float64
	useTonnes          float64 // of R, t/yr
	supplyTonnes       float64 // of R at pi = 1 with recycling, before outages, t/yr
	recycledTonnes     float64 // of R, t/yr
	lostTonnes         float64 // outages in R, t/yr
	groups             []group // producers of R by idle share
	restricting        []restricting
	insideTonnes       float64 // output of C, t/yr
	insideLostTonnes   float64 // outages in C, t/yr
	insideUseTonnes    float64
	insideRecycled     float64
	insideExportTonnes float64 // NX of C, t/yr
}

// group is producers with one idle share, t/yr.
type group struct{ idleShare, tonnes, lost float64 }

// restricting is a country of C: net exports, output lost, t/yr, and phi.
type restricting struct{ exports, lost, phi float64 }

// Build prepares the commodity of a valid balance for a shock: its outages, and
// restrictions of its net exporters. coverMonths is M. A restriction of a country
// that its own outage leaves without exports is none. A linear demand curve has no
// path (use may reach zero, where log use does not exist). It reuses the memory of
// s; exported fields other than CoverMonths are reset. Errors wrap ErrSetup.
func (s *Setup) Build(b *market.Balance, shock *market.Shock, demand market.Demand, coverMonths float64) error {
	*s = Setup{CoverMonths: coverMonths, demand: demand, eps: b.DemandElasticity, eta: b.SupplyElasticity,
		recyclingIdle: b.RecyclingIdleShare, recyclingEta: b.RecyclingElasticity, groups: s.groups[:0], restricting: s.restricting[:0]}
	if demand != market.SemiLog && demand != market.IsoElastic {
		return fmt.Errorf("%w: demand form %v: expected semi-log or iso-elastic", ErrSetup, demand)
	}
	n := len(b.SupplyShare)
	for _, phi := range [...][]float64{shock.Outage, shock.Export} {
		if phi != nil && len(phi) != n {
			return fmt.Errorf("%w: %d shares withdrawn for %d countries", ErrSetup, len(phi), n)
		}
		for c, v := range phi {
			if !(v >= 0 && v <= 1) {
				return fmt.Errorf("%w: a share of %v withdrawn by country %d, outside [0, 1]", ErrSetup, v, c)
			}
		}
	}
	for c := range n {
		produced, use := b.SupplyShare[c]*b.WorldTonnes, b.UseShare[c]*b.TotalTonnes()
		lost, phi := 0.0, 0.0
		if shock.Outage != nil {
			lost = shock.Outage[c] * produced
		}
		if shock.Export != nil && b.CanRestrict(c) && b.NetExports(c) > lost {
			phi = shock.Export[c]
		}
		recycled := use * b.RecycledShare
		if phi > 0 {
			s.restricting = append(s.restricting, restricting{b.NetExports(c), lost, phi})
			s.insideTonnes += produced
			s.insideLostTonnes += lost
			s.insideUseTonnes += use
			s.insideRecycled += recycled
			s.insideExportTonnes += b.NetExports(c)
			continue
		}
		s.useTonnes += use
		s.recycledTonnes += recycled
		s.supplyTonnes += produced + recycled
		s.lostTonnes += lost
		s.add(b.IdleShare[c], produced, lost)
	}
	return s.validate()
}

// WithSupplyShare is a balance in which a country has another share of world
// output, the others re-scaled: for events of years other than the base year. The
// balance that is given keeps its own. Errors wrap ErrSetup.
func WithSupplyShare(b *market.Balance, country int, share float64) (*market.Balance, error) {
	if country < 0 || country >= len(b.SupplyShare) || !(share >= 0 && share <= 1) {
		return nil, fmt.Errorf("%w: a share of %v of world output for country %d of %d", ErrSetup, share, country, len(b.SupplyShare))
	}
	others := 1 - b.SupplyShare[country]
	if others <= 0 && share != 1 {
		return nil, fmt.Errorf("%w: country %d has all output: no other share to re-scale", ErrSetup, country)
	}
	out := *b
	out.SupplyShare = make([]float64, len(b.SupplyShare))
	for c, x := range b.SupplyShare {
		if c == country {
			out.SupplyShare[c] = share
		} else if others > 0 {
			out.SupplyShare[c] = x * (1 - share) / others
		}
	}
	return &out, nil
}

func (s *Setup) add(idle, produced, lost float64) {
	for i := range s.groups {
		if g := &s.groups[i]; g.idleShare == idle {
			g.tonnes += produced
			g.lost += lost
			return
		}
	}
	s.groups = append(s.groups, group{idle, produced, lost})
}

// validate checks what a caller can set.
func (s *Setup) validate() error {
	if !(s.CoverMonths >= 0 && s.CoverMonths <= MaxCoverMonths) {
		return fmt.Errorf("%w: stocks of %v months: expected 0 to %d", ErrSetup, s.CoverMonths, MaxCoverMonths)
	}
	if !(s.StrategicTonnes >= 0 && s.StrategicTonnes <= maxTonnes) {
		return fmt.Errorf("%w: a strategic stock of %v t: expected 0 to %g", ErrSetup, s.StrategicTonnes, maxTonnes)
	}
	for _, x := range s.NewPlantTonnes {
		if !(x >= 0 && x <= maxTonnes) {
			return fmt.Errorf("%w: new plants of %v t/yr: expected 0 to %g", ErrSetup, x, maxTonnes)
		}
	}
	if !(s.useTonnes > 0) {
		return fmt.Errorf("%w: no use outside the countries that restrict", ErrSetup)
	}
	return s.Release.Validate()
}

// UseTonnes is d, use of R a month in the base year.
func (s *Setup) UseTonnes() float64 { return s.useTonnes / 12 }

// Restricts tells whether any country restricts, so that there are two markets.
func (s *Setup) Restricts() bool { return len(s.restricting) > 0 }

// inflowLost is the change of what C sells to R where w of the withdrawal is in
// force, a month, not above 0.
func (s *Setup) inflowLost(w float64) float64 {
	lost := 0.0
	for _, c := range s.restricting {
		left := max(0, c.exports-w*c.lost) * (1 - w*c.phi)
		lost += c.exports - left
	}
	return -lost / 12
}

// unsold is how much less C sells a month because the price expected outside is
// below the base: it then offers no more than its supply less its use at that
// price, as without a restriction. inflow is what inflowLost gave.
func (s *Setup) unsold(l, w, inflow float64) float64 {
	if l >= 0 || !s.Restricts() {
		return 0
	}
	offered := (s.insideExportTonnes - w*s.insideLostTonnes + s.insideChange(l, w)) / 12
	return min(0, max(0, offered)-(s.insideExportTonnes/12+inflow))
}

// insideChange is the change of home supply less home use in C at a log price
// below the base, t/yr.
func (s *Setup) insideChange(l, w float64) float64 {
	return (s.insideTonnes-w*s.insideLostTonnes)*math.Expm1(s.eta*l) + s.insideRecycled*math.Expm1(s.recyclingEta*l) -
		s.insideUseTonnes*math.Expm1(s.logUse(s.eps, l))
}

// OutputGrowth is the growth of output at an expected price rise (e^lb - 1): the
// supply response of the annual model above the base price, pi^eta below it. kappa
// is the idle share times the part of it that runs.
func OutputGrowth(kappa, eta, rise float64) float64 {
	return growth(kappa, eta, math.Log1p(rise), rise)
}

// growth is OutputGrowth at the log price l = ln(1 + v).
func growth(kappa, eta, l, v float64) float64 {
	if l < 0 {
		return math.Expm1(eta * l)
	}
	return market.SupplyGrowth(kappa, eta, v)
}

// response is how much more R supplies at the log price l, a month, with part m of
// idle capacity running and part w of the outages in force.
func (s *Setup) response(l, m, w float64) float64 {
	if l == 0 {
		return 0
	}
	v := math.Expm1(l)
	more := s.recycledTonnes * growth(s.recyclingIdle*m, s.recyclingEta, l, v)
	for _, g := range s.groups {
		more += (g.tonnes - w*g.lost) * growth(g.idleShare*m, s.eta, l, v)
	}
	return more / 12
}

// newPlants is what new plants give in month t.
func (s *Setup) newPlants(t int) float64 {
	if n := len(s.NewPlantTonnes); n > 0 {
		return s.NewPlantTonnes[min(t, n-1)] / 12
	}
	return 0
}

// logUse is ln g at the log price l, with the elasticity eps.
func (s *Setup) logUse(eps, l float64) float64 {
	if s.demand == market.IsoElastic {
		return eps * l
	}
	return eps * math.Expm1(l)
}

// inside is the price ratio in C where w of the withdrawal is in force.
func (s *Setup) inside(w, floor float64) float64 {
	surplus := -12*s.inflowLost(w) - w*s.insideLostTonnes // supply over home use and exports at the base price, t/yr
	if surplus <= 0 {
		return 1
	}
	low, high := math.Log1p(floor-1), 0.0
	if surplus+s.insideChange(low, w) >= 0 {
		return floor
	}
	for range 60 { // the surplus rises with l
		mid := low + (high-low)/2
		if mid == low || mid == high {
			break
		}
		if surplus+s.insideChange(mid, w) > 0 {
			high = mid
		} else {
			low = mid
		}
	}
	return 1 + math.Expm1(high)
}
