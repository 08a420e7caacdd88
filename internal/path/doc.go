// Package path follows one commodity month by month through a restriction or an
// outage: price outside and inside the restricting countries, stocks, use. R are
// all countries that do not restrict, C those that do.
//
// Monthly rates; a_x = 1 - exp(-1/x), a_0 = 1; d = D_R/12 is the use of R in the
// base year, M the normal cover in months, I stocks in R, G a strategic stock;
// pi the price ratio outside, l = ln pi, lb its expectation, u = ln of desired
// use over d, m the part of idle capacity that runs. At the start I = M d and
// l = lb = u = m = 0. One month:
//
//	 1  w      part of the withdrawal in force, averaged over the month (Profile)
//	    F      = SUM_C (NX_c - w x_c s_c W)(1 - w phi_c)/12, what C still sells
//	 2  lb    += a_tau (l - lb)                        tau = 0: lb = l of this month, found in 8
//	 3  m      = clip(m + (l > trigger ? 1 : -1)/ramp, 0, 1)                  ramp = 0: m = 1
//	 4  S      = (1/12) SUM_R (1 - w x_k) s_k W (1 + growth(kappa_k m, eta, e^lb)) + recycling alike + new plants
//	    rel    = release rule, at most G
//	 5  u*     = min(ln g(e^lb), ratchet * lowest u so far);  u += a_tauD (u* - u)
//	 6  E      = SUM_{q<L} max(0, loss announced for month t+q - (S - S at pi = 1) - d (1 - e^u));  Id = M d + k E
//	 7  lc     = gamma ln(Id / max(I, I_min));  A = S + F + rel + max(0, I - I_min)
//	 8  use(l) = d e^u g_s(e^l)/g_s(e^lb);  l = lc if use(lc) <= A, else the root of use(l) = A
//	 9  Use    = min(use(l), A);  I += S + F + rel - Use
//	10  inside: home supply = home use + F at a price on [floor, 1], else the floor
//
// g is the demand form of package market with the one-year elasticity eps, g_s
// the same with eps_s = eps * ShortRunShare, growth the supply response of
// package market. StockPrice chooses between 7 as above, on the stocks with
// which a month opens, and, the default, a price on the usable stocks with which
// it closes:
//
//	7' l      = gamma ln((Id - I_min)/(I' - I_min)),  I' = I + S + F + rel - use(l)
//
// which has exactly one root, never empties the stocks and does not leap when
// they reach I_min.
//
// With M = tau = tau_D = ramp = 0 and eps_s = eps every month of a full stop
// is the annual answer of market.Clear. A partial restriction differs: here C
// sells a fixed part of its base exports, there a part of what it would export
// at the new price.
//
// Choices where the equations leave room:
//   - Flows are kept as changes from the base year, so that without a shock
//     nothing moves, bit for bit.
//   - Below the base price output is pi^eta for all producers. The annual formula
//     would stop those with little idle capacity at once, and more so the less of
//     it runs.
//   - Where the price expected outside falls below the base, C sells no more than
//     its supply less its use at that price: without a restriction there is one
//     market. Otherwise stocks would pile up for years after a restriction ends.
//   - M = 0 means that no stocks are held: nobody buys cover either.
//   - Desired use does not fall below a millionth of the base, nor the price
//     leave the range of package market; above it no price clears (NoPrice).
//
// The path is a damped cycle only if M (tau + tau_D) > gamma |eps| tau tau_D.
// Margin says how far a case is from that bound; Run does not refuse.
//
// Cost: half a microsecond a month, with 7' one and a half; no allocation once an Outcome has its size.
// Not for capacity that is built (give it as new plants), for several commodities
// that replace each other, or for restrictions aimed at single destinations.
package path
