package assess

import (
	"fmt"

	"chokepoint/internal/catalog"
	"chokepoint/internal/economy"
	"chokepoint/internal/market"
	"chokepoint/internal/shortage"
)

// Method is how scenarios are computed.
type Method struct {
	Judgement     catalog.Judgement
	Demand        market.Demand
	Sharing       shortage.Rule
	Downstream    economy.Downstream
	EnforceBounds bool    // no flow of the economy may turn negative (z, f >= 0)
	Lambda        float64 // weight of final use in (E1), 0.1 to 1
	RepricedShare float64 // chi of (E3): share of purchases repriced within the year
	StockShare    float64 // share of commercial stocks that may be used, 0 to 1
	Reroutable    float64 // omega of (M2): share of refused tonnes that trade can re-route in a year
	// JudgedCorrelation is the correlation of two judged values of one kind in the
	// draws, 0 to 1. It changes no central result.
	JudgedCorrelation float64
	ChokePriceRatio   float64 // price ratio at which users stop bidding; 0 = none
}

// DefaultMethod is comparable with the published model.
func DefaultMethod() Method {
	return Method{Judgement: catalog.Merged, Demand: market.SemiLog, Sharing: shortage.LeastDeviation,
		Downstream: economy.Soft, Lambda: 1, RepricedShare: 1, Reroutable: 0.6, JudgedCorrelation: 0.5}
}

// Settings lists the method as name and value, in a fixed order.
func (m Method) Settings() [][2]string {
	return [][2]string{
		{"judgement", string(m.Judgement)},
		{"demand", m.Demand.String()},
		{"sharing", m.Sharing.String()},
		{"downstream", m.Downstream.String()},
		{"bounds", map[bool]string{false: "report", true: "enforce"}[m.EnforceBounds]},
		{"lambda", fmt.Sprint(m.Lambda)},
		{"repriced", fmt.Sprint(m.RepricedShare)},
		{"stocks", fmt.Sprint(m.StockShare)},
		{"reroutable", fmt.Sprint(m.Reroutable)},
		{"correlation", fmt.Sprint(m.JudgedCorrelation)},
		{"choke", fmt.Sprint(m.ChokePriceRatio)},
	}
}

// String writes the method in one line.
func (m Method) String() string {
	out := ""
	for i, s := range m.Settings() {
		if i > 0 {
			out += " "
		}
		out += s[0] + "=" + s[1]
	}
	return out
}

func (m Method) validate() error {
	for _, x := range []struct {
		name      string
		v, lo, hi float64
	}{{"repriced", m.RepricedShare, 0, 1}, {"stocks", m.StockShare, 0, 1}, {"reroutable", m.Reroutable, 0, 1}, {"correlation", m.JudgedCorrelation, 0, 1}, {"lambda", m.Lambda, 0.1, 1}} {
		if !(x.v >= x.lo && x.v <= x.hi) {
			return fmt.Errorf("method: %s is %g: expected a number from %g to %g", x.name, x.v, x.lo, x.hi)
		}
	}
	clearing := market.Method{Demand: m.Demand, ChokePriceRatio: m.ChokePriceRatio}
	return clearing.Validate()
}
