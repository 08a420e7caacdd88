package concentration

import (
	"math"
	"slices"
)

// HHI is (C1), the Herfindahl-Hirschman index of shares, 0 to 10,000. Shares are
// between 0 and 1; a remainder of small producers is left out by the caller.
func HHI(shares []float64) float64 {
	sum := 0.0
	for _, s := range shares {
		sum += s * s
	}
	return 1e4 * sum
}

// Top is the sum of the n largest shares, (C2).
func Top(shares []float64, n int) float64 {
	sorted := slices.Clone(shares)
	slices.Sort(sorted)
	sum := 0.0
	for k := len(sorted) - 1; k >= max(0, len(sorted)-n); k-- {
		sum += sorted[k]
	}
	return sum
}

// Producers counts shares above 0.
func Producers(shares []float64) int {
	n := 0
	for _, s := range shares {
		if s > 0 {
			n++
		}
	}
	return n
}

// GovernanceRisk brings a mean of the Worldwide Governance Indicators (-2.5 to
// 2.5, higher is better) to the scale of the EU method: 0 best, 10 worst.
func GovernanceRisk(mean float64) float64 { return min(10, max(0, 2*(2.5-mean))) }

// Instability brings the score of political stability to 0 (best) to 1 (worst),
// as the GeoPolRisk method does: 0.5 - 0.2 PV.
func Instability(stability float64) float64 { return min(1, max(0, 0.5-0.2*stability)) }

// WeightedHHI is (C4): SUM s^2 weight, 0 to 10 for weights of GovernanceRisk and
// a trade parameter of 1.
func WeightedHHI(shares, weights []float64) float64 {
	sum := 0.0
	for k, s := range shares {
		sum += s * s * weights[k]
	}
	return sum
}

// NetImportReliance is (C3), over use; below 0 for a net exporter. known is false
// without use.
func NetImportReliance(use, primary, secondary float64) (reliance float64, known bool) {
	if !(use > 0) {
		return 0, false
	}
	return (use - primary - secondary) / use, true
}

// SupplyRiskInput is what (C5) takes. World and EU are (C4) of world supply and of
// what the EU sources from.
type SupplyRiskInput struct {
	World, EU          float64
	OnlyWorld, OnlyEU  bool    // the other one is not known, as the method allows
	ImportReliance     float64 // IR of the EU, 0 to 1
	EndOfLifeRecycling float64 // EOL_RIR, 0 to 1
	Substitution       float64 // SI_SR, 0 to 1
}

// SupplyRisk is (C5), the European Commission's formula of 2017.
func SupplyRisk(x SupplyRiskInput) float64 {
	risk := 0.0
	switch half := min(1, max(0, x.ImportReliance)) / 2; {
	case x.OnlyWorld:
		risk = x.World
	case x.OnlyEU:
		risk = x.EU
	default:
		risk = x.World*half + x.EU*(1-half)
	}
	return risk * (1 - x.EndOfLifeRecycling) * x.Substitution
}

// SectorUse is a share A of a material's use in a sector with value added Q.
type SectorUse struct{ Share, ValueAdded float64 }

// EconomicImportance is (C6): scaled by the largest manufacturing sector, so that
// 10 is a material that this sector alone uses and nothing replaces.
func EconomicImportance(uses []SectorUse, substitution, largest float64) float64 {
	sum := 0.0
	for _, u := range uses {
		sum += u.Share * u.ValueAdded
	}
	return 10 * sum / largest * substitution
}

// Import is what an importer buys from one country, with the Instability of it.
type Import struct{ Tonnes, Instability float64 }

// GeoPolRisk is (C7), 0 to 1. hhi is on the scale of HHI.
func GeoPolRisk(hhi float64, imports []Import, ownTonnes float64) (risk float64, known bool) {
	all, weighted := ownTonnes, 0.0
	for _, x := range imports {
		all += x.Tonnes
		weighted += x.Tonnes * x.Instability
	}
	if !(all > 0) {
		return 0, false
	}
	return hhi / 1e4 * weighted / all, true
}

// Supplier is a foreign producer in (C8). Inability and Unwillingness are from 0
// (able, willing) to 1.
type Supplier struct{ Share, Inability, Unwillingness float64 }

// DisruptionPotential is DP of (C8), 0 to 1.
func DisruptionPotential(foreign []Supplier) float64 {
	sum := 0.0
	for _, c := range foreign {
		sum += c.Share * c.Share * c.Inability * c.Unwillingness
	}
	return sum
}

// Buyer is an industry in (C8): its value added over GDP, what it spends on the
// unit and its operating surplus, in one money.
type Buyer struct{ ShareOfGDP, Spend, Surplus float64 }

// EconomicVulnerability is EV of (C8), 0 to 1: an industry counts whole when it
// spends its surplus or more.
func EconomicVulnerability(buyers []Buyer) float64 {
	sum := 0.0
	for _, b := range buyers {
		switch {
		case b.Spend <= 0:
		case b.Spend >= b.Surplus:
			sum += b.ShareOfGDP
		default:
			sum += b.ShareOfGDP * b.Spend / b.Surplus
		}
	}
	return sum
}

// Score is the geometric mean of the three parts of (C8): the form of Nassar and
// others 2020. The study takes ability from surveys of mining policy and of
// economic freedom, and willingness from trade, shared values and military ties.
// Those may not be passed on; Model takes governance and votes in the UN General
// Assembly, so the numbers are not those of the study and are only to be compared
// with each other.
func Score(disruption, exposure, vulnerability float64) float64 {
	return math.Cbrt(disruption * exposure * vulnerability)
}
