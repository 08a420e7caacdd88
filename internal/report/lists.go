package report

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/internal/catalog"
	"chokepoint/internal/export"
	"chokepoint/internal/lists"
)

// Columns that tables of lists share.
var (
	materialColumn = export.Column{Name: "material", Heading: "material", Meaning: "material: the ID used by lists", Flexible: true}
	gradeColumn    = export.Column{Name: "grade", Meaning: "evidence grade, A official to D judgement; the worst where several rows stand behind"}
	sourceColumn   = export.Column{Name: "source", Meaning: "document behind the row, or the reason of a judgement; several joined by |"}
	placeColumn    = export.Column{Name: "place", Meaning: "file:line:column of the row in the data package; several joined by |"}
	noteColumn     = export.Column{Name: "note", Meaning: "remark; empty = none"}
)

// nameColumn is the name of a material in a language; text leaves the English one
// out, which the ID is.
func nameColumn(language string) export.Column {
	c := export.Column{Name: "name", Heading: "name", Meaning: "its name in the language " + language, Flexible: true}
	if language == "en" {
		c.Heading = ""
	}
	return c
}

// behind are the cells grade, source and place of the rows behind one row.
func behind(rows ...catalog.SourceRow) []any {
	grade := ""
	var sources, places []string
	for _, r := range rows {
		grade = max(grade, r.Grade)
		if !slices.Contains(sources, r.Source) {
			sources = append(sources, r.Source)
		}
		places = append(places, r.Place)
	}
	return []any{grade, strings.Join(sources, " | "), strings.Join(places, " | ")}
}

// EditionsTable lists editions; without indices all of them.
func EditionsTable(l *lists.Lists, editions ...int) *export.Table {
	t := &export.Table{Name: "editions", Columns: []export.Column{
		{Name: "edition", Heading: "edition", Meaning: "edition: the ID used by lists"},
		{Name: "series", Meaning: "the list that this is an edition of"},
		{Name: "jurisdiction", Heading: "of", Meaning: "ISO 3166 alpha-3 code, or a bloc"},
		{Name: "date", Heading: "date", Meaning: "date, as precise as known"},
		{Name: "printed", Heading: "names", Meaning: "names that it prints, or says it prints; empty if not known"},
		{Name: "at_hand", Heading: "here", Meaning: "names at hand"},
		{Name: "complete", Heading: "whole", Meaning: "yes: all names are at hand; partial: some; none: only the count"},
		{Name: "title", Meaning: "title"},
		{Name: "citation", Heading: "citation", Meaning: "legal citation or document", Flexible: true},
		noteColumn, gradeColumn, sourceColumn, placeColumn,
	}}
	for i := range l.Editions {
		if len(editions) > 0 && !slices.Contains(editions, i) {
			continue
		}
		e := &l.Editions[i]
		var printed any
		if e.Printed > 0 {
			printed = e.Printed
		}
		t.Rows = append(t.Rows, append([]any{e.ID, e.Series, e.Jurisdiction, e.Date, printed, len(e.Entries), e.Complete, e.Title, e.Citation, e.Note}, behind(l.EditionOrigin(i))...))
	}
	return t
}

// EntriesTable lists the names of an edition, by material, with what they stand for.
func EntriesTable(l *lists.Lists, edition int, language string) *export.Table {
	t := &export.Table{Name: "entries", Columns: []export.Column{
		{Name: "edition", Meaning: "edition"},
		{Name: "name_as_printed", Heading: "as printed", Meaning: "name that the edition prints", Flexible: true},
		materialColumn, nameColumn(language),
		{Name: "kind", Meaning: "element, mineral, compound, gas, fuel, group, product or bio-material"},
		{Name: "commodities", Heading: "commodity units", Meaning: "commodity units that the entry stands for, joined by ;; empty = none", Flexible: true},
		{Name: "stages", Meaning: "their stages, joined by ;"},
		noteColumn, gradeColumn, sourceColumn, placeColumn,
	}}
	e := &l.Editions[edition]
	for _, entry := range e.Entries {
		var ids, stages []string
		for _, u := range l.StandsFor(edition, entry) {
			ids, stages = append(ids, l.Catalog.Units[u].ID), append(stages, l.Catalog.Units[u].Stage)
		}
		t.Rows = append(t.Rows, append([]any{e.ID, entry.Name, l.Materials[entry.Material].ID, l.Name(entry.Material, language), l.Materials[entry.Material].Kind,
			strings.Join(ids, "; "), strings.Join(stages, "; "), entry.Note}, behind(l.EntryOrigin(entry))...))
	}
	return t
}

// OverlapTable lists the materials that stand on all of some editions, with the
// names by which each prints them.
func OverlapTable(l *lists.Lists, editions []int, s lists.RuleSet, language string) *export.Table {
	t := &export.Table{Name: "overlap", Columns: []export.Column{materialColumn, nameColumn(language)}}
	var views []lists.View
	for _, e := range editions {
		id := l.Editions[e].ID
		t.Columns = append(t.Columns, export.Column{Name: id, Heading: id, Meaning: "names by which " + id + " prints it, joined by ;", Flexible: true})
		views = append(views, l.View(e, s))
	}
	t.Columns = append(t.Columns, export.Column{Name: "rules", Meaning: "rules that made these names one, joined by ;; empty = none was needed"}, gradeColumn, sourceColumn, placeColumn)
	for _, m := range lists.Overlap(views...) {
		row := []any{l.Materials[m].ID, l.Name(m, language)}
		applied := make([]bool, len(l.Rules))
		var origins []catalog.SourceRow
		for i := range views {
			x, _ := views[i].Find(m)
			row = append(row, l.Printed(editions[i], x))
			for _, k := range x.Entries {
				origins = append(origins, l.EntryOrigin(l.Editions[editions[i]].Entries[k]))
			}
			for _, r := range x.Rules {
				applied[r] = true
			}
		}
		row = append(row, ruleNames(l, applied))
		t.Rows = append(t.Rows, append(row, behind(origins...)...))
	}
	return t
}

func ruleNames(l *lists.Lists, on []bool) string {
	var names []string
	for i, x := range on {
		if x {
			names = append(names, l.Rules[i].ID)
		}
	}
	return strings.Join(names, ";")
}

// CombinationsTables lay out every overlap of the table over editions and rules:
// one row each, and a grid with one row a choice of editions and one column a
// set of rules.
func CombinationsTables(l *lists.Lists, all []lists.Combination) (overlaps, grid *export.Table) {
	overlaps = &export.Table{Name: "overlaps"}
	grid = &export.Table{Name: "grid"}
	if len(all) == 0 {
		return overlaps, grid
	}
	for _, e := range all[0].Editions {
		code := strings.ToLower(l.Editions[e].Jurisdiction)
		name := code + "_edition"
		overlaps.Columns = append(overlaps.Columns, export.Column{Name: name, Heading: code, Meaning: "edition of " + l.Editions[e].Jurisdiction})
		grid.Columns = append(grid.Columns, export.Column{Name: name, Heading: code, Meaning: "edition of " + l.Editions[e].Jurisdiction})
	}
	overlaps.Columns = append(overlaps.Columns,
		export.Column{Name: "rules", Heading: "rules", Meaning: "set of rules, as --rules reads it"},
		export.Column{Name: "count", Heading: "count", Meaning: "materials on all of the editions"},
		export.Column{Name: "materials", Heading: "materials", Meaning: "these, joined by ;", Flexible: true})
	for i, x := range all {
		var ids, names []any
		for _, e := range x.Editions {
			ids = append(ids, l.Editions[e].ID)
		}
		for _, m := range x.Overlap {
			names = append(names, l.Materials[m].ID)
		}
		text := l.RulesText(x.Rules)
		overlaps.Rows = append(overlaps.Rows, append(slices.Clone(ids), text, len(x.Overlap), joinAny(names)))
		if i == 0 || !slices.Equal(x.Editions, all[i-1].Editions) {
			grid.Rows = append(grid.Rows, ids)
		}
		last := len(grid.Rows) - 1
		if last == 0 {
			grid.Columns = append(grid.Columns, export.Column{Name: strings.NewReplacer("-", "without_", "+", "with_", ",", "_").Replace(text), Heading: text, Meaning: "materials on all of the editions under the rules " + text})
		}
		grid.Rows[last] = append(grid.Rows[last], len(x.Overlap))
	}
	return overlaps, grid
}

func joinAny(parts []any) string {
	var out []string
	for _, p := range parts {
		out = append(out, fmt.Sprint(p))
	}
	return strings.Join(out, ";")
}

// DiffTable lists what changes from one edition to another.
func DiffTable(l *lists.Lists, a, b int, s lists.RuleSet, language string) *export.Table {
	t := &export.Table{Name: "diff", Columns: []export.Column{
		{Name: "change", Heading: "change", Meaning: "added, dropped, or renamed: on both, under names that differ"},
		materialColumn, nameColumn(language),
		{Name: "before", Heading: l.Editions[a].ID, Meaning: "names in the first edition, joined by ;; empty = not on it", Flexible: true},
		{Name: "now", Heading: l.Editions[b].ID, Meaning: "names in the second edition, joined by ;; empty = not on it", Flexible: true},
		gradeColumn, sourceColumn, placeColumn,
	}}
	before, now := l.View(a, s), l.View(b, s)
	for _, kind := range []string{lists.Added, lists.Dropped, lists.Renamed} {
		for _, c := range l.Diff(a, b, s) {
			if c.Kind != kind {
				continue
			}
			var origins []catalog.SourceRow
			for _, side := range []struct {
				edition int
				view    *lists.View
			}{{a, &before}, {b, &now}} {
				x, _ := side.view.Find(c.Material)
				for _, k := range x.Entries {
					origins = append(origins, l.EntryOrigin(l.Editions[side.edition].Entries[k]))
				}
			}
			t.Rows = append(t.Rows, append([]any{c.Kind, l.Materials[c.Material].ID, l.Name(c.Material, language), c.Before, c.Now}, behind(origins...)...))
		}
	}
	return t
}

// TimelineTable lays the timeline out.
func TimelineTable(l *lists.Lists, events []lists.Event) *export.Table {
	t := &export.Table{Name: "timeline", Columns: []export.Column{
		{Name: "date", Heading: "date", Meaning: "date, as precise as known"},
		{Name: "jurisdiction", Heading: "of", Meaning: "ISO 3166 alpha-3 code, or a bloc"},
		{Name: "kind", Heading: "kind", Meaning: "list, export-control, stockpile, finance, agreement, law, agency, court, trade-measure, deadline or other"},
		{Name: "headline", Heading: "what happened", Meaning: "what happened; of an edition its title", Flexible: true},
		{Name: "editions", Meaning: "editions that came out, joined by ;"},
		{Name: "milestone", Meaning: "milestone of table policy_timeline; empty = none"},
		{Name: "materials", Meaning: "materials it is about, joined by ;; empty = in general"},
		{Name: "actors", Meaning: "who acted"},
		noteColumn, gradeColumn, sourceColumn, placeColumn,
	}}
	for _, x := range events {
		var headline, actors, milestone, note string
		var editions, materials []string
		var origins []catalog.SourceRow
		for _, e := range x.Editions {
			editions = append(editions, l.Editions[e].ID)
			origins = append(origins, l.EditionOrigin(e))
			if headline == "" {
				headline = l.Editions[e].Title
			}
		}
		if x.Milestone >= 0 {
			m := &l.Milestones[x.Milestone]
			headline, actors, milestone, note = m.Headline, m.Actors, m.ID, m.Note
			for _, k := range m.Materials {
				materials = append(materials, l.Materials[k].ID)
			}
			origins = append(origins, l.MilestoneOrigin(x.Milestone))
		}
		t.Rows = append(t.Rows, append([]any{x.Date, x.Jurisdiction, x.Kind, headline, strings.Join(editions, "; "), milestone, strings.Join(materials, ";"), actors, note}, behind(origins...)...))
	}
	return t
}

// RulesTable lists the rules of equivalence, and whether a set has them on.
func RulesTable(l *lists.Lists, s lists.RuleSet) *export.Table {
	t := &export.Table{Name: "rules", Columns: []export.Column{
		{Name: "rule", Heading: "rule", Meaning: "rule"},
		{Name: "on", Heading: "on", Meaning: "whether the set has it on"},
		{Name: "kind", Heading: "kind", Meaning: "merge, expand, alias or select"},
		{Name: "description", Heading: "what it says", Meaning: "what it says", Flexible: true},
		{Name: "default", Meaning: "whether it is a default rule"},
		{Name: "contested", Meaning: "yes: `lists overlap --all` tries it on and off"},
		{Name: "target", Meaning: "what merged names count as; of select the edition"},
		{Name: "merged", Meaning: "materials that are merged, joined by ;"},
		noteColumn, gradeColumn, sourceColumn, placeColumn,
	}}
	for i := range l.Rules {
		r := &l.Rules[i]
		target := ""
		if r.Target >= 0 {
			target = l.Materials[r.Target].ID
		} else {
			target = l.Editions[r.Edition].ID
		}
		var merged []string
		for _, m := range r.Merged {
			merged = append(merged, l.Materials[m].ID)
		}
		t.Rows = append(t.Rows, append([]any{r.ID, export.YesNo(s.On[i]), r.Kind, r.Description, export.YesNo(r.Default), export.YesNo(r.Contested), target, strings.Join(merged, ";"), r.Note}, behind(l.RuleOrigin(i))...))
	}
	return t
}

// MaterialsTable lists the materials that lists name.
func MaterialsTable(l *lists.Lists) *export.Table {
	t := &export.Table{Name: "materials", Columns: []export.Column{
		materialColumn, {Name: "name_en", Heading: "name", Meaning: "English name", Flexible: true},
		{Name: "name_zh", Heading: "zh", Meaning: "Chinese name"}, {Name: "name_ja", Meaning: "Japanese name"}, {Name: "name_de", Meaning: "German name"}, {Name: "name_fr", Meaning: "French name"},
		{Name: "symbol", Heading: "symbol", Meaning: "chemical symbol; empty if none"},
		{Name: "other_names", Meaning: "other spellings, joined by ;"},
		{Name: "kind", Heading: "kind", Meaning: "element, mineral, compound, gas, fuel, group, product or bio-material"},
		{Name: "members", Meaning: "of a group: its materials, joined by ;"},
		{Name: "commodities", Heading: "commodity units", Meaning: "commodity units, joined by ;; empty = none", Flexible: true},
		gradeColumn, sourceColumn, placeColumn,
	}}
	for i := range l.Materials {
		m := &l.Materials[i]
		var members, units []string
		for _, k := range m.Members {
			members = append(members, l.Materials[k].ID)
		}
		for _, u := range m.Units {
			units = append(units, l.Catalog.Units[u].ID)
		}
		first := func(language string) string {
			if n := l.Names(i, language); len(n) > 0 {
				return n[0]
			}
			return ""
		}
		t.Rows = append(t.Rows, append([]any{m.ID, first("en"), first("zh"), first("ja"), first("de"), first("fr"), first("symbol"), strings.Join(l.Names(i, "alias"), "; "), m.Kind,
			strings.Join(members, ";"), strings.Join(units, "; ")}, behind(l.MaterialOrigin(i))...))
	}
	return t
}

// StandingsTable says on which lists a unit stands and since when, one row a list.
func StandingsTable(l *lists.Lists, unit int) *export.Table {
	t := &export.Table{Name: "lists", Columns: []export.Column{
		{Name: "series", Heading: "list", Meaning: "the list, over its editions"},
		{Name: "jurisdiction", Meaning: "ISO 3166 alpha-3 code, or a bloc"},
		{Name: "since", Heading: "since", Meaning: "date of the first edition at hand that lists the unit; earlier ones may exist"},
		{Name: "since_edition", Meaning: "that edition"},
		{Name: "last_edition", Heading: "last with it", Meaning: "last edition that lists it"},
		{Name: "on_latest", Heading: "now", Meaning: "whether the latest edition of the list with names has it; empty where it does not and only some of its names are at hand"},
		{Name: "editions_listing", Meaning: "editions that list it"}, {Name: "editions", Meaning: "editions with names"},
		{Name: "name_as_printed", Heading: "as printed", Meaning: "name in the last edition that lists it", Flexible: true},
		{Name: "through", Heading: "through", Meaning: "name: the entry is the unit's material; group: a group that holds it; rule: a default rule makes it the unit's material", Flexible: true},
		gradeColumn, sourceColumn, placeColumn,
	}}
	for _, x := range l.Standings(unit) {
		entry := l.Editions[x.Last.Edition].Entries[x.Last.Entry]
		first := l.Editions[x.First.Edition].Entries[x.First.Entry]
		var now any
		if !x.Unsure {
			now = export.YesNo(x.OnLatest)
		}
		t.Rows = append(t.Rows, append([]any{x.Series, x.Jurisdiction, l.Editions[x.First.Edition].Date, l.Editions[x.First.Edition].ID, l.Editions[x.Last.Edition].ID, now, x.Listed, x.Editions, entry.Name, Through(l, x.Last)},
			behind(l.EntryOrigin(first), l.EntryOrigin(entry))...))
	}
	return t
}

// Through says how an entry stands for a unit: name, group and which, rule and
// which.
func Through(l *lists.Lists, m lists.Membership) string {
	switch m.Through {
	case lists.ThroughGroup:
		return "group " + l.Materials[m.Group].ID
	case lists.ThroughRule:
		if m.Rule >= 0 {
			return "rule " + l.Rules[m.Rule].ID
		}
	}
	return string(m.Through)
}

// MembershipsTable lists every edition that lists a unit, by date.
func MembershipsTable(l *lists.Lists, unit int) *export.Table {
	t := &export.Table{Name: "memberships", Columns: []export.Column{
		{Name: "commodity", Meaning: "commodity unit"}, {Name: "stage", Meaning: "its stage"},
		{Name: "edition", Heading: "edition", Meaning: "edition"}, {Name: "jurisdiction", Heading: "of", Meaning: "ISO 3166 alpha-3 code, or a bloc"}, {Name: "date", Heading: "date", Meaning: "date"},
		{Name: "material", Heading: "material", Meaning: "material of the entry"}, {Name: "name_as_printed", Heading: "as printed", Meaning: "name that the edition prints", Flexible: true},
		{Name: "through", Heading: "through", Meaning: "name, group and which, or rule and which", Flexible: true}, {Name: "complete", Meaning: "yes, or partial: only some names of the edition are at hand"},
		gradeColumn, sourceColumn, placeColumn,
	}}
	u := &l.Catalog.Units[unit]
	for _, m := range l.Memberships(unit) {
		e := &l.Editions[m.Edition]
		entry := e.Entries[m.Entry]
		t.Rows = append(t.Rows, append([]any{u.ID, u.Stage, e.ID, e.Jurisdiction, e.Date, l.Materials[entry.Material].ID, entry.Name, Through(l, m), e.Complete}, behind(l.EntryOrigin(entry))...))
	}
	return t
}
