// Package claims computes statements that others make about critical minerals
// from the tables and the model of this project. A statement is a row of table
// claims: what is computed (its kind), of what (editions, materials, units,
// country, threshold ...), and how the result is held against the number that is
// stated. No answer is stored: other tables, another answer.
//
// A statement that can be read in more than one way has a reading each. The
// verdict is that of its readings where they say the same, else that it depends.
//
//	equals      counts and years exactly; other numbers within half of the last digit stated
//	about       within half of the last digit stated that is not 0 (90: from 85 to 95)
//	more-than   above the number
//	leads       the country is the largest supplier
//	most        more than half of the cases
//	falls       below 0
//	none        nothing is stated that a number could be held against
//
// Cost: a ranking of all units, if a statement needs one, else nothing.
//
// Not a test of the model: a statement about another year, stage or definition
// can differ and both be right. How and note say what is compared with what.
package claims
