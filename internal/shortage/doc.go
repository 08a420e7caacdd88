// Package shortage decides which uses of a commodity lose how much when use
// is cut by a share r, and what share of each buying industry stops.
//
// Use a has the share w_a of all use and loses r_a of its tonnes, with
// SUM_a w_a r_a = r and 0 <= r_a <= 1. Industry j, output x_j, loses
// sigma_j = SUM_a dep_ja r_a. Three rules:
//
//	least-deviation  min SUM_j x_j sigma_j^2 + tau q SUM_a w_a r_a^2,
//	                 q = SUM_j x_j (SUM_a dep_ja)^2, tau = 1e-6; pro-rata if q = 0
//	least-cost       min SUM_j va_j x_j sigma_j: uses in order of value added per tonne
//	pro-rata         r_a = r
//
// Every rule is piecewise linear in r. [Trace] finds the whole path from r = 0
// to r = 1 once per commodity; [Path] answers each scenario by interpolation,
// without allocation.
//
// The path of least-deviation is traced by parametric active-set pivoting. With
// Q = X/q + tau diag(w), X_ab = SUM_j x_j dep_ja dep_jb, the optimum satisfies
//
//	(Q r)_a = l w_a + m_a - n_a,   m_a >= 0 only at r_a = 0,   n_a >= 0 only at r_a = 1
//
// On a segment the free uses move so that this stays true. A segment ends when
// a free use reaches 1 or 0, or the multiplier of a bound vanishes. Uses that
// are at such an end (all of them at r = 0) are ordered by a directional
// program, a small non-negative quadratic program, which is exact and also
// resolves ties. Where every free use is at 1, l jumps to the smallest
// (Q r)_a / w_a of the rest. Cost: about two segments per use, each one
// Cholesky factorization of the free uses.
//
// A use without tonnage (w_a = 0) has nothing to lose: r_a = 0 under every rule,
// and it counts as not listed. The term tau makes the answer unique and lets a
// use be split in proportion without effect; it is part of the definition. Uses
// with the same dependence per tonne are merged before the trace, so that this
// holds exactly.
//
// Not for uses that bid against each other by price: the rules stand for
// rationing.
package shortage
