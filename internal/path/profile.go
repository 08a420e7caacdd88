package path

import "fmt"

// Never is a date beyond every horizon.
const Never = 1e6

// Profile is how a withdrawal runs in time. Dates are months from the start,
// fractions count: Announced <= InForce <= Eased <= Ended. Flows are shares of
// what is withdrawn that gets through all the same.
type Profile struct {
	Announced float64 // holders know from here on
	InForce   float64 // nothing flows from here on
	LagMonths float64 // for so long, then
	Flow      float64 // this share flows, until
	Eased     float64 // from here on
	EasedFlow float64 // this share flows, until
	Ended     float64 // everything flows again

	// Probability that holders give the withdrawal before it is in force; 1 for
	// one that is decided.
	Probability float64
	// OnlyAnnounced: it never comes into force. Holders expect it with
	// Probability until Ended.
	OnlyAnnounced bool
}

// FullStop is announced and in force at the start, whole, and without end.
func FullStop() Profile { return Profile{Eased: Never, Ended: Never, Probability: 1} }

// Licensing is announced and in force at the start; after the lag of the
// parameters their flow comes through.
func Licensing(p *Parameters) Profile {
	return Profile{LagMonths: p.LagMonths, Flow: p.LicensedFlow, Eased: Never, Ended: Never, Probability: 1}
}

// Validate checks order and ranges. Errors wrap ErrProfile.
func (p *Profile) Validate() error {
	dates := [...]struct {
		name  string
		month float64
	}{{"the start", 0}, {"announced", p.Announced}, {"in force", p.InForce}, {"eased", p.Eased}, {"ended", p.Ended}}
	for i := 1; i < len(dates); i++ {
		a, b := dates[i-1], dates[i]
		if !(b.month >= a.month && b.month <= Never) {
			return fmt.Errorf("%w: %s at month %v and %s at month %v: expected the order announced, in force, eased, ended", ErrProfile, a.name, a.month, b.name, b.month)
		}
	}
	if !(p.LagMonths >= 0 && p.LagMonths <= Never) {
		return fmt.Errorf("%w: a lag of %v months: expected 0 or more", ErrProfile, p.LagMonths)
	}
	for _, x := range [...]struct {
		name  string
		share float64
	}{{"flow", p.Flow}, {"eased flow", p.EasedFlow}, {"probability", p.Probability}} {
		if !(x.share >= 0 && x.share <= 1) {
			return fmt.Errorf("%w: %s of %v: expected 0 to 1", ErrProfile, x.name, x.share)
		}
	}
	return nil
}

// planned is the part of the withdrawal that is to be in force in month t (from t
// to t+1), averaged over it.
func (p *Profile) planned(t int) float64 {
	from, to := float64(t), float64(t+1)
	during := func(a, b float64) float64 { return max(0, min(b, to)-max(a, from)) }
	open := min(p.InForce+p.LagMonths, p.Eased)
	return during(p.InForce, open) + (1-p.Flow)*during(open, p.Eased) + (1-p.EasedFlow)*during(p.Eased, p.Ended)
}

// Withheld is the part of the withdrawal in force in month t = 0, 1, ..., averaged
// over the month.
func (p *Profile) Withheld(t int) float64 {
	if p.OnlyAnnounced {
		return 0
	}
	return p.planned(t)
}

// Over tells whether the withdrawal, or the threat of it, has ended for good when
// month t starts.
func (p *Profile) Over(t int) bool {
	return float64(t) >= p.Ended || p.EasedFlow == 1 && float64(t) >= p.Eased
}

// belief is the weight that holders give the plan in month t.
func (p *Profile) belief(t int) float64 {
	from, to := float64(t), float64(t+1)
	told := max(0, min(1, to-p.Announced))
	if p.OnlyAnnounced {
		return p.Probability * min(told, max(0, p.Ended-from))
	}
	known := max(0, min(1, to-p.InForce)) // part of the month in which it is in force
	return known + p.Probability*max(0, told-known)
}

// Rule is when a strategic stock is released.
type Rule uint8

// The rules.
const (
	NoRelease  Rule = iota
	AtShortage      // what supply and inflow lack of desired use
	AtRate          // RateTonnes a month while the withdrawal is in force
	AtPrice         // RateTonnes a month after a month whose price ratio reached PriceRatio
)

var ruleNames = [...]string{NoRelease: "none", AtShortage: "shortage", AtRate: "rate", AtPrice: "price"}

func (r Rule) String() string {
	if int(r) < len(ruleNames) {
		return ruleNames[r]
	}
	return fmt.Sprintf("Rule(%d)", uint8(r))
}

// Release is the rule of a strategic stock.
type Release struct {
	Rule       Rule
	RateTonnes float64 // a month, AtRate and AtPrice
	PriceRatio float64 // AtPrice
}

// Validate checks the rule. Errors wrap ErrSetup.
func (r *Release) Validate() error {
	switch {
	case int(r.Rule) >= len(ruleNames):
		return fmt.Errorf("%w: %v", ErrSetup, r.Rule)
	case (r.Rule == AtRate || r.Rule == AtPrice) && !(r.RateTonnes > 0 && r.RateTonnes <= maxTonnes):
		return fmt.Errorf("%w: a release of %v t a month: expected more than 0", ErrSetup, r.RateTonnes)
	case r.Rule == AtPrice && !(r.PriceRatio > 1 && r.PriceRatio <= maxRatio):
		return fmt.Errorf("%w: a release from a price ratio of %v: expected more than 1", ErrSetup, r.PriceRatio)
	}
	return nil
}
