// Package stockpile says how much of a mineral to hold against a stop of its
// imports, and which minerals to hold first.
//
// Insurance. A stop comes with rate lambda a year and leaves a shortfall of X
// tonnes. A tonne held costs the money it ties up and its keeping, r c + h a
// year; used, it is worth v_marg of the shortfall that is left, and is gone:
//
//	r c + h = lambda E[(v_marg(X - S) - c)+]                                     (S1)
//
// S = 0 where even the first tonne is worth less. v_marg comes from the model:
// the slope of the loss of real GDP along the cut of use (Curve).
//
// Program. Levels s, regimes i that follow each other by chance (Teisberg 1981):
//
//	V(s,i) = min over s' of cost(s,s',i) + beta SUM_j P_ij V(s',j)               (S2)
//
// solved by policy iteration: the values of a policy are one linear system, a
// policy that cannot be bettered is optimal, and there are finitely many. Cost:
// (levels x regimes)^3 an iteration, five or six iterations.
//
// Portfolio. The yearly gain of a stock is concave and piecewise linear in its
// tonnes, so the best use of one budget takes pieces by gain per dollar, the best
// first, until the money is spent or a dollar gains less than it costs to tie up.
//
// What is left out: buying moves the price, and a stock must be bought over years;
// a tonne of the unit's form may not be the form that a plant can use; a stock that
// is known may change what the other side does. Not for a mineral that spoils.
//
// Reference: T. J. Teisberg, A dynamic programming model of the U.S. strategic
// petroleum reserve, Bell Journal of Economics 12 (1981) 526-546.
package stockpile

import "errors"

// Errors of this package.
var (
	ErrProgram   = errors.New("stockpile program") // levels, regimes, chances or costs that are none
	ErrCurve     = errors.New("loss curve")
	ErrOutcome   = errors.New("shortfall")
	ErrCarrying  = errors.New("cost of holding")
	ErrBudget    = errors.New("budget")
	ErrNoPolicy  = errors.New("no level can be reached from a state")
	ErrUnsettled = errors.New("policy iteration did not settle")
)
