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
	ThroughRule  Through = "rule"  // a default rule: the material has no unit and gets one, or the entry means more
)

// standing is units that an entry stands for in one way.
type standing struct {
	units []int
	how   Membership
}

// standsFor gives the units of an entry of an edition, way by way: its own, then
// those that default rules of kind expand add in its jurisdiction (the rare earths
// of Japan hold scandium).
func (l *Lists) standsFor(edition int, entry Entry) []standing {
	x := &l.Materials[entry.Material]
	var out []standing
	switch target := l.usual[entry.Material]; {
	case x.Kind == Group:
		out = append(out, standing{x.Units, Membership{Through: ThroughGroup, Group: entry.Material, Rule: -1}})
	case len(x.Units) > 0:
		out = append(out, standing{x.Units, Membership{Through: ThroughName, Group: -1, Rule: -1}})
	case target != entry.Material:
		out = append(out, standing{l.Materials[target].Units, Membership{Through: ThroughRule, Group: -1, Rule: l.ruleOf(entry.Material, l.DefaultRules())}})
	}
	for i := range l.Rules {
		if r := &l.Rules[i]; r.Default && l.expands(i, edition, entry) {
			for _, m := range r.Merged {
				out = append(out, standing{l.Materials[m].Units, Membership{Through: ThroughRule, Group: -1, Rule: i}})
			}
		}
	}
	return out
}

// expands tells whether a rule adds materials to an entry of an edition.
func (l *Lists) expands(rule, edition int, entry Entry) bool {
	r := &l.Rules[rule]
	return r.Kind == Expand && r.Target == entry.Material && (r.Jurisdiction == "" || r.Jurisdiction == l.Editions[edition].Jurisdiction)
}

// StandsFor lists the commodity units of an entry of an edition, each once.
func (l *Lists) StandsFor(edition int, entry Entry) []int {
	var units []int
	for _, s := range l.standsFor(edition, entry) {
		for _, u := range s.units {
			if !slices.Contains(units, u) {
				units = append(units, u)
			}
		}
	}
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
		for _, s := range l.standsFor(edition, entry) {
			if slices.Contains(s.units, unit) && (!found || s.how.Through == ThroughName && best.Through != ThroughName) {
				best, found = s.how, true
				best.Edition, best.Entry = edition, k
			}
		}
	}
	return best, found
}

// Units lists the units that an edition lists, in order of the catalogue, and
// the entries that stand for no unit.
func (l *Lists) Units(edition int) (units, without []int) {
	for k, entry := range l.Editions[edition].Entries {
		of := l.StandsFor(edition, entry)
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
