package lists

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/internal/fault"
)

// Rule is one rule of equivalence.
type Rule struct {
	ID, Kind     string
	Target       int    // material; -1 for Select
	Merged       []int  // materials; none for Select
	Edition      int    // of Select: the edition that the jurisdiction stands for
	Jurisdiction string // "" = all
	Default      bool
	Contested    bool // `lists overlap --all` tries it on and off
	Description  string
	Note         string
	row          int
}

// Kinds of rules.
const (
	Merge  = "merge"  // merged materials count as the target
	Expand = "expand" // an entry of the target also lists the merged ones
	Alias  = "alias"  // one material already; says so
	Select = "select" // which edition a jurisdiction without a year stands for
)

// RuleSet says which rules hold. AsPrinted takes entries as they are, groups
// included; no rule holds then.
type RuleSet struct {
	On        []bool // by rule
	AsPrinted bool
}

func (l *Lists) readRules() error {
	t := l.tables.rules
	heldBy := map[int]string{}
	for row, id := range t.Text("rule") {
		r := Rule{ID: id, Kind: t.Text("kind")[row], Target: -1, Edition: -1, Jurisdiction: t.Text("jurisdiction")[row], Default: t.Text("default")[row] == "on",
			Contested: t.Text("contested")[row] == "yes", Description: t.Text("description")[row], Note: t.Text("note")[row], row: row}
		if err := l.checkJurisdiction(t, row); err != nil {
			return err
		}
		target := t.Text("target")[row]
		var known bool
		if r.Kind == Select {
			if r.Edition, known = l.editionAt[target]; !known {
				return unknown(t, row, "target", target, "an edition of table list_editions", l.editionIDs())
			}
			for _, id := range split(t.Text("merged")[row]) {
				if _, ok := l.editionAt[id]; !ok {
					return unknown(t, row, "merged", id, "an edition of table list_editions", l.editionIDs())
				}
			}
		} else {
			if r.Target, known = l.materialAt[target]; !known {
				return unknown(t, row, "target", target, "a material of table materials", l.materialIDs())
			}
			var err error
			if r.Merged, err = l.materialsOf(t, row, "merged"); err != nil {
				return err
			}
		}
		if r.Kind == Merge {
			for _, m := range r.Merged {
				if m == r.Target {
					return t.Fault(row, "merged", "the rule merges "+l.Materials[m].ID+" into itself", "other materials than the target")
				}
				if heldBy[m] != "" {
					return t.Fault(row, "merged", fmt.Sprintf("%s is merged by %s and %s", l.Materials[m].ID, heldBy[m], r.ID), "one rule for a material")
				}
				heldBy[m] = r.ID
			}
		}
		l.Rules = append(l.Rules, r)
	}
	all := l.noRules()
	for i := range all.On {
		all.On[i] = true
	}
	into := l.merges(all)
	for m := range into {
		at, steps := m, 0
		for ; into[at] != at; at = into[at] {
			if steps++; steps > len(into) {
				return t.Fault(l.Rules[l.ruleOf(at, all)].row, "merged", "the merges of "+l.Materials[at].ID+" go in a circle", "targets that end somewhere")
			}
		}
	}
	l.usual = l.canonical(l.DefaultRules())
	return nil
}

// DefaultRules are the rules that hold unless somebody asks otherwise.
func (l *Lists) DefaultRules() RuleSet {
	s := l.noRules()
	for i := range l.Rules {
		s.On[i] = l.Rules[i].Default
	}
	return s
}

func (l *Lists) noRules() RuleSet { return RuleSet{On: make([]bool, len(l.Rules))} }

// Words for sets of rules.
const (
	Default  = "default"
	AllRules = "all"
	NoRules  = "none"     // as printed
	Expanded = "expanded" // no rule; groups are read as their members
)

// maxRules bounds the text of a set of rules.
const maxRules = 1000

// ParseRules reads a set of rules: default, all, none (entries as printed) or
// expanded (no rule, groups as their members); names of rules, which then are
// all that hold (R1,R2); or changes to what stands before (-R3,+X1 changes the
// default). R5 stands for R5a to R5h. "" is the default.
func (l *Lists) ParseRules(text string) (RuleSet, error) {
	fail := func(what, expected string) (RuleSet, error) {
		return RuleSet{}, &fault.Error{Code: fault.Usage, File: "--rules", What: what, Expected: expected, Do: "Rules: " + strings.Join(l.ruleIDs(), ", ") + "; `chokepoint lists rules` says what each does."}
	}
	if len(text) > maxRules {
		return fail("the text is too long", fmt.Sprintf("at most %d bytes", maxRules))
	}
	s := l.DefaultRules()
	if strings.TrimSpace(text) == "" {
		return s, nil
	}
	for i, word := range strings.Split(text, ",") {
		word = strings.TrimSpace(word)
		if word == "" {
			return fail("an empty name in "+fault.Quote(text), "names of rules joined by commas, such as R1,R2 or -R3")
		}
		switch lower := strings.ToLower(word); lower {
		case Default, AllRules, NoRules, Expanded:
			if i > 0 {
				return fail(fault.Quote(word)+" stands after other rules", "it alone or first")
			}
			if lower != Default {
				for k := range s.On {
					s.On[k] = lower == AllRules
				}
			}
			s.AsPrinted = lower == NoRules
			continue
		}
		name, on := word, word[0] != '-'
		if word[0] == '-' || word[0] == '+' {
			name = word[1:]
		} else if i == 0 { // only what is named
			s = l.noRules()
		}
		found := l.rulesNamed(name)
		if len(found) == 0 {
			f := &fault.Error{Code: fault.Usage, File: "--rules", What: "unknown rule " + fault.Quote(name), Expected: "default, all, none, expanded, or rules of " + strings.Join(l.ruleIDs(), ", "),
				DidYouMean: fault.Nearest(name, append(l.ruleIDs(), Default, AllRules, NoRules, Expanded)), Do: "`chokepoint lists rules` says what each does."}
			return RuleSet{}, f
		}
		for _, k := range found {
			s.On[k] = on
		}
		s.AsPrinted = false
	}
	return s, nil
}

// rulesNamed are the rules of a name: one, or the parts of a rule (R5).
func (l *Lists) rulesNamed(name string) []int {
	var parts []int
	for i := range l.Rules {
		id := l.Rules[i].ID
		if strings.EqualFold(id, name) {
			return []int{i}
		}
		if len(id) == len(name)+1 && strings.EqualFold(id[:len(name)], name) && id[len(name)] >= 'a' {
			parts = append(parts, i)
		}
	}
	return parts
}

func (l *Lists) ruleIDs() []string {
	out := make([]string, len(l.Rules))
	for i := range l.Rules {
		out[i] = l.Rules[i].ID
	}
	return out
}

// RulesText writes a set as ParseRules reads it, the shorter of what differs
// from the default and what holds.
func (l *Lists) RulesText(s RuleSet) string {
	if s.AsPrinted {
		return NoRules
	}
	var changed, named []string
	n := 0
	for i, on := range s.On {
		if on {
			n++
			named = append(named, l.Rules[i].ID)
		}
		if on != l.Rules[i].Default {
			changed = append(changed, map[bool]string{true: "+", false: "-"}[on]+l.Rules[i].ID)
		}
	}
	switch {
	case len(changed) == 0:
		return Default
	case n == 0:
		return Expanded
	case n == len(s.On):
		return AllRules
	case len(changed) <= n:
		return strings.Join(changed, ",")
	}
	return strings.Join(named, ",")
}

// Variants are the sets that differ from one in the contested rules: every way
// to turn these on and off, as given first.
func (l *Lists) Variants(s RuleSet) []RuleSet {
	out := []RuleSet{s}
	if s.AsPrinted {
		return out
	}
	for i := range l.Rules {
		if !l.Rules[i].Contested {
			continue
		}
		for _, x := range out[:len(out):len(out)] {
			y := RuleSet{On: slices.Clone(x.On)}
			y.On[i] = !y.On[i]
			out = append(out, y)
		}
	}
	return out
}
