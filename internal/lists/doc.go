// Package lists compares lists of critical minerals, as governments have printed
// them since 1918. Lists name one mineral in several ways (fluorine or fluorspar),
// at several stages (bauxite or aluminum) and in groups (platinum metals). Rules
// of equivalence, each a row of a table that can be turned off, say what counts as
// one:
//
//	view(E, R)       = { canon_R(m) : m in entries_R(E) }
//	entries_R(E)     = materials that edition E prints; a group that no rule of R
//	                   keeps whole is read as its members; "expand" rules add
//	canon_R(m)       = the target of the merge in R that holds m, followed to its
//	                   end; m itself if none does
//	overlap(E.., R)  = intersection of view(E, R) over the editions
//	diff(A, B, R)    = view(B, R) - view(A, R) and the reverse; renamed is what
//	                   both have under different names
//
// A group is kept whole by a merge that holds it, or that has it as target and
// holds one of its members; a merge into a group that is not whole has no effect
// (scandium joins the rare earths only while these are one). The set "none" takes
// the entries as printed, groups included.
//
// Materials stand in order of their IDs, so every result does. A view costs a
// pass over the entries; an overlap is an AND of bit sets.
//
// A commodity unit is on a list if an entry stands for it: by its material, by a
// group that holds it, or, for a material that has no unit (barium), by the
// material that a default rule makes of it. A unit is not listed because another
// stage of its chain is.
//
// Not for weighing lists: an overlap of 18 says that three governments print 18
// names, not that 18 minerals matter. Editions marked partial hold some of the
// names only; what they seem to lack proves nothing.
package lists
