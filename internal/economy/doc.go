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
// The response `none` is the loss of the hit industries alone. Four settings more
// (SolveSetting) say how hard a missing product hits its buyers; a_ij = z_ij/x_j, and
// b_j is the share of its output that industry j loses at least:
//
//	leontief  min SUM (f-f0)^2/f0,  x = (I-A)^-1 f,  x_j <= (1-b_j) x0_j,  f >= 0     (E4)
//	recipe    min SUM (z-z0)^2/z0 + lambda SUM (f-f0)^2/f0,  z1 + f = x,
//	          z_ij >= a_ij x_j,  x_j <= (1-b_j) x0_j,  z, f >= 0                      (E5)
//	ces       q_j = min(1-sigma_j, y_j), the largest fixed point, then (E1) with 1-q
//	          y_j = (SUM_i a_ij m_ij^p + rest_j)^(1/p),  p = (theta_j-1)/theta_j,
//	          m_ij = 1 - delta_ij (1-q_i)                                             (E6)
//	rigid     sigma'_j = max(sigma_j, max over essential i of delta_ij sigma_i),
//	          then (E1)                                                               (E7)
//
// In (E6) and (E7) a_ij are cost shares with imports and delta_ij their domestic part
// (Table.Inputs); theta = 1 is the product, and with theta <= 1 nothing is made without
// an input. An input is essential where goods buy from goods (agriculture 11, mining 21,
// construction 23, manufacturing 31 to 33) and a_ij >= 0.005.
//
// In loss, none is the least of all settings, industry by industry. The others have no
// order of their own: leontief cuts final use least, recipe the sum of all flows.
//
// Cost for 402 industries: the table about 0.01 s and the operator G about 0.05 s,
// once each; a solution of (E2) for one set of bounds 0.3 ms. For one commodity dx
// is piecewise linear in the cut r, so that a Response holds pieces (interval of r,
// active bounds, dx at both ends of the segment) and a scenario is an interpolation.
// A scenario of leontief and rigid takes about 0.5 ms, of ces 25 ms, of recipe 40 ms;
// once each, leontief inverts I - A and ces and rigid build the inputs (0.05 s).
//
// When not to use it: (E1) where buyers cannot change their input mix. Where Diagnose
// reports flows outside the linear range, the answer wants z, f >= 0 as constraints:
// SolveEnforced. leontief where final use cannot give way for industries that the
// product never reached: it moves far more than what is missing.
package economy
