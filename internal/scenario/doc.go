// Package scenario says what happens: a set of withdrawals (model.md section
// 2). It knows no draws, economies or methods.
//
//	production-outage   s_c W becomes (1-phi) s_c W; any producer
//	export-restriction  c sells (1-phi) of what it would export; its home
//	                    market keeps supply; only where NX_c > 1e-9 T. With
//	                    targets it is aimed at these destinations alone
//	import-ban          destinations refuse phi of what c sells them, which
//	                    stays available to others
//
// Blocs are countries that act as one market.
//
// A scenario has one canonical form: withdrawals without effect dropped,
// duplicates merged to the largest phi, outages before restrictions before bans,
// sorted, defaults filled in. Its hash names it: equal scenarios written
// differently have one hash.
//
// File reads a scenario from YAML; the JSON Schema of the format is made from
// the same types.
package scenario
