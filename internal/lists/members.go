package lists

import (
	"slices"
	"strings"
)

// Printed joins the names by which an edition lists something.
func (l *Lists) Printed(edition int, x Listed) string {
	var names []string
	for _, k := range x.Entries {
		names = append(names, l.Editions[edition].Entries[k].Name)
	}
	return strings.Join(names, "; ")
}

// sameNames tells whether two editions name something alike: the same materials,
// or the same words whatever their case.
func (l *Lists) sameNames(a, b int, x, y Listed) bool {
	if strings.EqualFold(l.Printed(a, x), l.Printed(b, y)) {
		return true
	}
	of := func(edition int, x Listed) []int {
		var out []int
		for _, k := range x.Entries {
			out = append(out, l.Editions[edition].Entries[k].Material)
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(of(a, x), of(b, y))
}

// Membership says that an entry of an edition stands for a commodity unit.
type Membership struct {
	Edition, Entry int
	Through        Through
	Group          int // material, for ThroughGroup
	Rule           int // for ThroughRule
}

// Through is how an entry stands for a unit.
type Through string

// Ways for an entry to stand for a unit.
const (
	ThroughName  Through = "name"  // the material is that of the unit
	ThroughGroup Through = "group" // the entry is a group that holds it
	ThroughRule  Through = "rule"  // the material has no unit; a default rule gives it one
)

// standsFor gives the units of an entry and how it stands for them.
func (l *Lists) standsFor(entry Entry) (units []int, m Membership) {
	x := &l.Materials[entry.Material]
	switch {
	case x.Kind == Group:
		return x.Units, Membership{Through: ThroughGroup, Group: entry.Material, Rule: -1}
	case len(x.Units) > 0:
		return x.Units, Membership{Through: ThroughName, Group: -1, Rule: -1}
	}
	target := l.usual[entry.Material]
	if target == entry.Material {
		return nil, Membership{}
	}
	return l.Materials[target].Units, Membership{Through: ThroughRule, Group: -1, Rule: l.ruleOf(entry.Material, l.DefaultRules())}
}

// StandsFor lists the commodity units of an entry.
func (l *Lists) StandsFor(entry Entry) []int {
	units, _ := l.standsFor(entry)
	return units
}

// Memberships lists the editions that list a unit, by date; one entry each, that
// which names it most directly.
func (l *Lists) Memberships(unit int) []Membership {
	var out []Membership
	for e := range l.Editions {
		if m, ok := l.Member(e, unit); ok {
			out = append(out, m)
		}
	}
	return out
}

// Member tells how an edition lists a unit.
func (l *Lists) Member(edition, unit int) (Membership, bool) {
	best, found := Membership{}, false
	for k, entry := range l.Editions[edition].Entries {
		units, m := l.standsFor(entry)
		if slices.Contains(units, unit) && (!found || m.Through == ThroughName && best.Through != ThroughName) {
			m.Edition, m.Entry = edition, k
			best, found = m, true
		}
	}
	return best, found
}

// Units lists the units that an edition lists, in order of the catalogue, and
// the entries that stand for no unit.
func (l *Lists) Units(edition int) (units, without []int) {
	for k, entry := range l.Editions[edition].Entries {
		of, _ := l.standsFor(entry)
		if len(of) == 0 {
			without = append(without, k)
		}
		units = append(units, of...)
	}
	slices.Sort(units)
	return slices.Compact(units), without
}

// Standing is what the successive editions of one list say of a unit.
type Standing struct {
	Series, Jurisdiction string
	First, Last          Membership // first and last edition that lists it
	Latest               int        // latest edition of the list with names
	OnLatest             bool
	Unsure               bool // not on the latest, of which only some names are at hand
	Editions, Listed     int  // editions with names, and how many list it
}

// Standings tells on which lists a unit stands and since when: one for each
// series that ever listed it, by date of the first.
func (l *Lists) Standings(unit int) []Standing {
	var out []Standing
	at := map[string]int{}
	for _, m := range l.Memberships(unit) {
		e := &l.Editions[m.Edition]
		k, ok := at[e.Series]
		if !ok {
			k = len(out)
			at[e.Series] = k
			out = append(out, Standing{Series: e.Series, Jurisdiction: e.Jurisdiction, First: m})
		}
		out[k].Last, out[k].Listed = m, out[k].Listed+1
	}
	for i := range l.Editions {
		e := &l.Editions[i]
		if k, ok := at[e.Series]; ok && len(e.Entries) > 0 {
			out[k].Latest, out[k].Editions = i, out[k].Editions+1
		}
	}
	for k := range out {
		out[k].OnLatest = out[k].Last.Edition == out[k].Latest
		out[k].Unsure = !out[k].OnLatest && l.Editions[out[k].Latest].Complete != Complete
	}
	return out
}

// MaterialOf is the material of a commodity unit: of those that are no groups the
// one with most units; -1 if none has it.
func (l *Lists) MaterialOf(unit int) int {
	best := -1
	for m := range l.Materials {
		x := &l.Materials[m]
		if x.Kind != Group && slices.Contains(x.Units, unit) && (best < 0 || len(x.Units) > len(l.Materials[best].Units)) {
			best = m
		}
	}
	return best
}
