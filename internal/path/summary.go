package path

// RecoveredShare is the share of base use at which use counts as recovered.
const RecoveredShare = 0.95

// Summary is what a path comes to.
type Summary struct {
	PeakPriceRatio  float64 // highest outside; where no price clears, the largest there is
	PeakMonth       int     // its month, 1 for the first
	LowestUseShare  float64
	RecoveredMonths int     // months until use is back at RecoveredShare for good; 0 = never below
	Recovered       bool    // false: still below when the horizon ends
	LostMonths      float64 // months of base use lost, the integral of the lost share
}

// Summarise reads a path. Use above the base makes up for nothing.
func Summarise(o *Outcome) Summary {
	s := Summary{LowestUseShare: 1, Recovered: true}
	for t := range o.Months {
		m := &o.Months[t]
		if m.PriceRatioOutside > s.PeakPriceRatio {
			s.PeakPriceRatio, s.PeakMonth = m.PriceRatioOutside, t+1
		}
		s.LowestUseShare = min(s.LowestUseShare, m.UseShare)
		s.LostMonths += max(0, m.UseCut)
		if m.UseShare < RecoveredShare {
			s.RecoveredMonths = t + 1
		}
	}
	s.Recovered = s.RecoveredMonths < len(o.Months)
	return s
}
