// Package market finds the price and the cut of use that clear the world
// market of one commodity after a withdrawal of supply, within one year.
//
// Countries c have supply s_c W, use D_c = d_c T and recycled supply
// sec_c = d_c (T - W), with T = W/(1-rho); net exports are NX_c = (s_c - d_c) W.
// C are the countries that restrict exports, R all others, pi = P1/P0.
//
//	use of k        D_k g(pi);  g = exp(eps (pi-1)), or max(0, 1 + eps (pi-1)), or pi^eps
//	supply of k     s_k W (1 + kappa_k (1 - pi^(-eta/kappa_k)));  recycling alike with eta_r, kappa_r
//	exports of c    (1-phi_c) max(0, supply_c - use_c) at the common price
//	stocks          stock_share * months/12 * SUM_R D_k (1 - 1/pi)
//
//	SUM_R use = SUM_R supply + SUM_C exports + stocks,   r = 1 - g(pi)                    (M1)
//
// [Clear] solves (M1). [ClearTargeted] solves (M2), in which a supplier
// refuses named destinations (or they refuse it) and two prices follow.
//
// The unknown is v = pi - 1, and all terms are changes from pi = 1, so that a
// scenario that moves the price by 1e-12 keeps its digits. Excess demand is
// convex and falling in v: Newton from v = 0 approaches the one root from one
// side; a bracket guards against rounding. Cost: one pass over the countries,
// then about five evaluations of a few exponentials; no allocation.
//
// Three choices where the equations leave room:
//   - A restricting country whose own outage turns it into a net importer at
//     the clearing price buys like everybody else (the max binds exports, not
//     imports). Without this, a restriction in such a country would lower the
//     price. It keeps phi = 0 equal to "not listed", and excess demand convex.
//   - Stocks of a partly restricting country count as its home supply, so they
//     reach the others by (1-phi). For phi = 0 and 1 this is the formula above.
//   - Stocks count as supply when deciding whether anything is left outside C.
//
// Below the base price (only the second market of (M2)) output follows the same
// supply formula, down to none: producers with a small idle share stop almost at
// once, those with none never.
//
// Not for more than a year (no capacity is built), for several commodities
// that replace each other, or for a controlled price.
package market
