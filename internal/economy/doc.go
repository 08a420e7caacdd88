// Package economy is the domestic economy by industry and its response to lost output.
//
// The table (Build) is the benchmark input-output table, industry by industry
// (industry technology, fixed market shares, domestic = use - import), carried
// to a later year by RAS: flows z_ij, final demand f_i, output x = Z1 + f,
// value-added share va_j and domestic input share s_j, in million USD.
//
// The response `soft` lets all flows move as little as possible while hit
// industries lose at least sigma_j and nobody rises above its idle share u_i x_i:
//
//	min  SUM dz_ij^2/z_ij + lambda SUM df_i^2/f_i
//	s.t. SUM_j dz_ij + df_i = dx_i,   SUM_i dz_ij = s_j dx_j,
//	     dx_j <= ((1+u_j)(1-sigma_j) - 1) x_j                                 (E1)
//
// which is a linear complementarity problem in prices mu of the bounds:
//
//	N = diag(Z1 + f/lambda), C = diag(Z'1), S = diag(s)
//	H = C + S N S - Z'S - S Z,   B = S N - Z',   G = N - B' H^-1 B
//	dx = G mu,  mu <= 0,  dx <= ub,  mu (dx - ub) = 0                         (E2)
//	flows: beta = H^-1 B mu, alpha = mu - S beta,
//	       dz_ij = z_ij (alpha_i + beta_j), df_i = f_i alpha_i / lambda
//
// The response `none` is the loss of the hit industries alone.
//
// Cost for 402 industries: the table about 0.01 s and the operator G about 0.05 s,
// once each; a solution of (E2) for one set of bounds 0.3 ms. For one commodity dx
// is piecewise linear in the cut r, so that a Response holds pieces (interval of r,
// active bounds, dx at both ends of the segment) and a scenario is an interpolation.
//
// When not to use it: where buyers cannot change their input mix (fixed recipes
// need another program). Where Diagnose reports flows outside the linear range, the
// answer wants z, f >= 0 as constraints: SolveEnforced.
package economy
