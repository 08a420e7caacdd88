// Package scenario says what happens: a set of withdrawals (model.md section
// 2). It knows no draws, economies or methods.
//
//	production-outage   s_c W becomes (1-phi) s_c W; any producer
//	export-restriction  c sells (1-phi) of what it would export; its home
//	                    market keeps supply; only where NX_c > 1e-9 T
//
// A scenario has one canonical form: withdrawals without effect dropped,
// duplicates merged to the largest phi, outages before restrictions, sorted.
// Its hash names it: equal scenarios written differently have one hash.
package scenario
