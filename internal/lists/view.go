package lists

import (
	"math/bits"
	"slices"
)

// View is an edition as a set of rules reads it.
type View struct {
	Edition int
	Listed  []Listed // by material
	has     []uint64 // bit set of materials
}

// Listed is one material of a view and what it comes from.
type Listed struct {
	Material int
	Entries  []int // of the edition; which of its names say so
	Rules    []int // that took part; sorted
}

// merges maps every material to what the rules make of it in one step.
func (l *Lists) merges(s RuleSet) []int {
	into := make([]int, len(l.Materials))
	for m := range into {
		into[m] = m
	}
	for i := range l.Rules {
		r := &l.Rules[i]
		if !s.On[i] || r.Kind != Merge || l.Materials[r.Target].Kind == Group && !l.whole(r.Target, s) {
			continue
		}
		for _, m := range r.Merged {
			into[m] = r.Target
		}
	}
	return into
}

// canonical follows the merges to their end.
func (l *Lists) canonical(s RuleSet) []int {
	into := l.merges(s)
	out := make([]int, len(into))
	for m := range into {
		at := m
		for into[at] != at {
			at = into[at]
		}
		out[m] = at
	}
	return out
}

// Canonical is what a set of rules makes of a material.
func (l *Lists) Canonical(material int, s RuleSet) int {
	if s.AsPrinted {
		return material
	}
	return l.canonical(s)[material]
}

// whole tells whether a rule in force keeps a group as one.
func (l *Lists) whole(group int, s RuleSet) bool {
	for i := range l.Rules {
		r := &l.Rules[i]
		if !s.On[i] || r.Kind != Merge {
			continue
		}
		if slices.Contains(r.Merged, group) {
			return true
		}
		if r.Target == group && slices.ContainsFunc(r.Merged, func(m int) bool { return slices.Contains(l.Materials[group].Members, m) }) {
			return true
		}
	}
	return false
}

// ruleOf is the merge in force that holds a material, or -1.
func (l *Lists) ruleOf(material int, s RuleSet) int {
	for i := range l.Rules {
		if s.On[i] && l.Rules[i].Kind == Merge && slices.Contains(l.Rules[i].Merged, material) {
			return i
		}
	}
	return -1
}

// View reads an edition under a set of rules.
func (l *Lists) View(edition int, s RuleSet) View {
	v := View{Edition: edition, has: make([]uint64, (len(l.Materials)+63)/64)}
	into := l.merges(s)
	at := map[int]int{}
	add := func(material, entry int, by ...int) {
		if s.AsPrinted {
			by = nil
		} else {
			for into[material] != material {
				if r := l.ruleOf(material, s); r >= 0 {
					by = append(by, r)
				}
				material = into[material]
			}
		}
		k, ok := at[material]
		if !ok {
			k = len(v.Listed)
			at[material] = k
			v.Listed = append(v.Listed, Listed{Material: material})
			v.has[material/64] |= 1 << (material % 64)
		}
		x := &v.Listed[k]
		if !slices.Contains(x.Entries, entry) {
			x.Entries = append(x.Entries, entry)
		}
		for _, r := range by {
			if !slices.Contains(x.Rules, r) {
				x.Rules = append(x.Rules, r)
			}
		}
	}
	e := &l.Editions[edition]
	for k, entry := range e.Entries {
		m := &l.Materials[entry.Material]
		if s.AsPrinted {
			add(entry.Material, k)
			continue
		}
		if m.Kind == Group && !l.whole(entry.Material, s) {
			for _, member := range m.Members {
				add(member, k)
			}
		} else {
			add(entry.Material, k)
		}
		for i := range l.Rules {
			if s.On[i] && l.expands(i, edition, entry) {
				for _, extra := range l.Rules[i].Merged {
					add(extra, k, i)
				}
			}
		}
	}
	slices.SortFunc(v.Listed, func(a, b Listed) int { return a.Material - b.Material })
	for i := range v.Listed {
		slices.Sort(v.Listed[i].Rules)
	}
	return v
}

// Has tells whether a material, as the rules of the view name it, is listed.
func (v *View) Has(material int) bool { return v.has[material/64]>>(material%64)&1 == 1 }

// Find returns what is listed of a material.
func (v *View) Find(material int) (Listed, bool) {
	k, ok := slices.BinarySearchFunc(v.Listed, material, func(x Listed, m int) int { return x.Material - m })
	if !ok {
		return Listed{}, false
	}
	return v.Listed[k], true
}

// Overlap lists the materials that stand in all views, which must be of one set
// of rules; in order. No views have no overlap.
func Overlap(views ...View) []int {
	if len(views) == 0 {
		return nil
	}
	both := slices.Clone(views[0].has)
	for _, v := range views[1:] {
		for i := range both {
			both[i] &= v.has[i]
		}
	}
	var out []int
	for i, w := range both {
		for ; w != 0; w &= w - 1 {
			out = append(out, 64*i+bits.TrailingZeros64(w))
		}
	}
	return out
}

// Change is one difference between two editions.
type Change struct {
	Material    int
	Kind        string // Added, Dropped or Renamed
	Before, Now string // names as printed, joined by ;
}

// Kinds of changes.
const (
	Added   = "added"
	Dropped = "dropped"
	Renamed = "renamed" // in both, under names that differ
)

// Diff compares two editions under a set of rules, by material.
func (l *Lists) Diff(a, b int, s RuleSet) []Change {
	before, now := l.View(a, s), l.View(b, s)
	var out []Change
	for m := range l.Materials {
		x, was := before.Find(m)
		y, is := now.Find(m)
		old, new := l.Printed(a, x), l.Printed(b, y)
		switch {
		case was && !is:
			out = append(out, Change{m, Dropped, old, ""})
		case is && !was:
			out = append(out, Change{m, Added, "", new})
		case was && !l.sameNames(a, b, x, y):
			out = append(out, Change{m, Renamed, old, new})
		}
	}
	return out
}
