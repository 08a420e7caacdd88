package report

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/internal/catalog"
	"chokepoint/internal/export"
	"chokepoint/internal/lists"
)

// UnionTable lists every material that one of some editions lists, with the names
// by which each prints it: what an UpSet figure is drawn from.
func UnionTable(l *lists.Lists, editions []int, s lists.RuleSet, language string) *export.Table {
	t := &export.Table{Name: "union", Columns: []export.Column{materialColumn, nameColumn(language),
		{Name: "count", Meaning: "of the chosen editions, how many list it"},
		{Name: "on", Meaning: "these, in the order in which they were chosen, joined by ;"},
		{Name: "commodities", Meaning: "commodity units of the material, joined by ;; empty = none"},
	}}
	var views []lists.View
	for _, e := range editions {
		id := l.Editions[e].ID
		t.Columns = append(t.Columns, export.Column{Name: id, Meaning: "names by which " + id + " prints it, joined by ;; empty = not on it"})
		views = append(views, l.View(e, s))
	}
	t.Columns = append(t.Columns, export.Column{Name: "rules", Meaning: "rules that made these names one, joined by ;; empty = none was needed"}, gradeColumn, sourceColumn, placeColumn)
	for m := range l.Materials {
		var on []string
		var names []any
		applied := make([]bool, len(l.Rules))
		var origins []catalog.SourceRow
		for i := range views {
			x, ok := views[i].Find(m)
			if !ok {
				names = append(names, "")
				continue
			}
			on, names = append(on, l.Editions[editions[i]].ID), append(names, l.Printed(editions[i], x))
			for _, k := range x.Entries {
				origins = append(origins, l.EntryOrigin(l.Editions[editions[i]].Entries[k]))
			}
			for _, r := range x.Rules {
				applied[r] = true
			}
		}
		if len(on) == 0 {
			continue
		}
		var units []string
		for _, u := range l.Materials[m].Units {
			units = append(units, l.Catalog.Units[u].ID)
		}
		row := append([]any{l.Materials[m].ID, l.Name(m, language), len(on), strings.Join(on, ";"), strings.Join(units, ";")}, names...)
		t.Rows = append(t.Rows, append(append(row, ruleNames(l, applied)), behind(origins...)...))
	}
	return t
}

// RuleEffectsTable says what each rule that merges or expands does to an overlap:
// how many materials are shared with it turned the other way, and which come or go.
func RuleEffectsTable(l *lists.Lists, editions []int, s lists.RuleSet) *export.Table {
	t := &export.Table{Name: "effects", Columns: []export.Column{
		{Name: "rule", Meaning: "rule"},
		{Name: "on", Meaning: "whether it holds"},
		{Name: "count", Meaning: "materials shared"},
		{Name: "count_otherwise", Meaning: "materials shared with this rule turned the other way"},
		{Name: "more", Meaning: "materials that would be shared then, joined by ;"},
		{Name: "fewer", Meaning: "materials that would not, joined by ;"},
		{Name: "rules_otherwise", Meaning: "set of rules with this one turned the other way, as the parameter rules reads it"},
		{Name: "description", Meaning: "what the rule says"},
	}}
	shared := func(s lists.RuleSet) []int {
		var views []lists.View
		for _, e := range editions {
			views = append(views, l.View(e, s))
		}
		return lists.Overlap(views...)
	}
	names := func(in, without []int) string {
		var out []string
		for _, m := range in {
			if !slices.Contains(without, m) {
				out = append(out, l.Materials[m].ID)
			}
		}
		return strings.Join(out, ";")
	}
	now := shared(s)
	for i := range l.Rules {
		r := &l.Rules[i]
		if r.Kind != lists.Merge && r.Kind != lists.Expand {
			continue
		}
		other := lists.RuleSet{On: slices.Clone(s.On)}
		other.On[i] = !s.On[i] || s.AsPrinted
		if s.AsPrinted {
			for k := range other.On {
				other.On[k] = k == i
			}
		}
		then := shared(other)
		t.Add(r.ID, export.YesNo(s.On[i] && !s.AsPrinted), len(now), len(then), names(then, now), names(now, then), l.RulesText(other), r.Description)
	}
	return t
}

// CurrentSeries are the lists whose current editions mark units: those of the
// United States, the EU and Japan.
func CurrentSeries() []string { return []string{"us-critical", "eu-critical", "jp-critical"} }

// MarksTable says which units stand on the current editions of CurrentSeries.
func MarksTable(l *lists.Lists) (*export.Table, error) {
	t := &export.Table{Name: "marks", Columns: []export.Column{
		{Name: "commodity", Meaning: "commodity unit that is on a current list"},
		{Name: "editions", Meaning: "current editions of the United States, the EU and Japan that list it, joined by ;"},
	}}
	on := map[int][]string{}
	for _, series := range CurrentSeries() {
		e, err := l.FindEdition(series, l.DefaultRules())
		if err != nil {
			return nil, fmt.Errorf("current list: %w", err)
		}
		units, _ := l.Units(e)
		for _, u := range units {
			on[u] = append(on[u], l.Editions[e].ID)
		}
	}
	for u := range l.Catalog.Units {
		if len(on[u]) > 0 {
			t.Add(l.Catalog.Units[u].ID, strings.Join(on[u], ";"))
		}
	}
	return t, nil
}
