// Package catalog turns the data package into the inputs of the model
// (model.md section 1): commodity units, countries, applications and the
// industries that depend on them.
//
// A Catalog never changes after Load and is shared by all goroutines. Every
// number that can vary stands in one flat vector, Values, addressed by InputID:
// a central run is the vector of modes, an edit or a draw is another vector.
// Bind reads the numbers of one unit out of such a vector:
//
//	NX_c = (s_c - d_c) W           net exports; they sum to 0
//	T    = W / (1 - rho)           total supply with end-of-life recycling
//	kappa: one value for the leading producer, one for all others
//	SUM_a w_a = 1, SUM_j v_ja = 1, SUM_a dep_ja <= 1 (else scaled)
//
// Judged values (w, dep, v, eps, eta, rho) are the mean of two independent desk
// judgements; a use or an industry that one of them leaves out counts 0 there.
// Each judgement can also be run whole (Judgement A or B).
package catalog
