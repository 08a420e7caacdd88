// Package sensitivity finds which inputs drive a model's output: Sobol indices by
// group of inputs, and the tornado table.
//
// The model is y = f(x), x in [0,1]^d with independent uniform coordinates (each
// input through its quantile function, package sample). For a group g with all
// other inputs ~g:
//
//	first order  S_g = Var(E[y | x_g]) / Var(y)        share of variance that knowing x_g removes, on average
//	total        T_g = E[Var(y | x_~g)] / Var(y)       share that stays when only x_g is unknown
//	reduction    S_g Var(y)                            in squared units of y: "research this first"
//
// S_g <= T_g; their difference is interaction. If y adds up over groups, SUM S_g = 1.
//
// Design of Saltelli et al. (2010): N base points with two independent rows A and B,
// and for each group the row AB_g, A with the inputs of g taken from B. Estimators,
// with mean m and variance V over the A and B rows:
//
//	S_g = SUM (f(B)-m) (f(AB_g)-f(A)) / (N V)          Saltelli et al. 2010, centred
//	T_g = SUM (f(A)-f(AB_g))^2 / (2 N V)               Jansen 1999
//
// An input that does not matter gets exactly 0 from both. Estimates of S_g near zero
// scatter around it and may be negative. Intervals are percentiles of a bootstrap over
// base points; the points are a scrambled Sobol sequence, so that the true error is
// smaller than the bootstrap, which takes points as independent, believes: intervals
// hold the truth at least as often as they claim.
//
// Cost: N (groups + 2) runs of the model. N should be a power of two. Rows can be
// computed in any order or in parallel; results depend on the rows alone. Inputs that
// move together (correlated judgements) belong in one group: their shared coordinate is
// an input too.
//
// Coordinates come from 2 d dimensions; inputs beyond sample.Dimensions/2 = 555 get
// plain random numbers, and their indices the error of plain sampling.
//
// Not for the interval of an output (quantiles of draws do that), nor for choices of
// structure, which have no distribution.
package sensitivity
