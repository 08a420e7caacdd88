package market

import "math"

// minIdle is the idle share below which a producer counts as having none; it
// keeps eta/kappa finite.
const minIdle = 1e-15

// SupplyGrowth is kappa (1 - pi^(-eta/kappa)), the growth of output over the
// base year at the price rise v = pi - 1 > -1: slope eta at v = 0, saturating at
// kappa; 0 for kappa = 0. For v < 0 it is negative and stops at -1 (no output).
func SupplyGrowth(kappa, eta, v float64) float64 {
	growth, _ := supplyGrowth(kappa, eta, v, math.Log1p(v))
	return growth
}

// supplyGrowth also gives the derivative in v.
func supplyGrowth(kappa, eta, v, logPi float64) (growth, slope float64) {
	if kappa < minIdle || eta == 0 || v == 0 {
		if kappa >= minIdle {
			slope = eta
		}
		return 0, slope
	}
	e := math.Expm1(-eta / kappa * logPi)
	growth = -kappa * e
	if growth <= -1 {
		return -1, 0
	}
	return growth, eta * (1 + e) / (1 + v)
}

// SupplyArea is the integral from 1 to pi of 1 + kappa (1 - p^(-eta/kappa)) dp,
// for v = pi - 1 >= 0: what producers of one tonne in the base year gain per
// dollar of P0 along the supply curve (the price-rationing bound of (E3)).
func SupplyArea(kappa, eta, v float64) float64 {
	if kappa < minIdle {
		return v
	}
	return v + kappa*(v-powerIntegral(-eta/kappa, v))
}
