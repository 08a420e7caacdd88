package explain

import (
	"fmt"
	"strings"

	"chokepoint/internal/catalog"
	"chokepoint/internal/claims"
	"chokepoint/internal/lists"
	"chokepoint/internal/report"
)

// Membership explains whether an edition lists a material or a commodity unit:
// what it prints, which group and which rules stand between, and the rows.
func Membership(l *lists.Lists, edition int, name string, s lists.RuleSet) (*Explanation, error) {
	e := &l.Editions[edition]
	x := membership(l, edition, s)
	unit, isUnit := l.Catalog.Unit(strings.ToLower(strings.TrimSpace(name)))
	material, err := l.FindMaterial(name)
	if err != nil && !isUnit {
		return nil, err
	}
	listed := false
	if err == nil {
		listed = x.entries(l, edition, material, s)
	}
	if isUnit {
		m, on := l.Member(edition, unit)
		listed = on
		x.Meaning = "the unit " + l.Catalog.Units[unit].ID + said(on) + e.ID
		x.Symbols = append(x.Symbols, Symbol{"stage", l.Catalog.Units[unit].Stage, "", "stage of the unit"})
		if on {
			entry := e.Entries[m.Entry]
			x.Symbols = append(x.Symbols, Symbol{"stands for it", entry.Name, "", map[lists.Through]string{lists.ThroughName: "its material is that of the unit", lists.ThroughGroup: "a group that holds it", lists.ThroughRule: "by a default rule"}[m.Through]})
			x.Rows = append(x.Rows, l.EntryOrigin(entry), l.MaterialOrigin(entry.Material))
			if m.Rule >= 0 {
				x.Rows = append(x.Rows, l.RuleOrigin(m.Rule))
			}
		}
	}
	x.Value = map[bool]string{true: "listed", false: "not listed"}[listed]
	x.partial(l, edition)
	return x, nil
}

// entries says by which entries and rules an edition lists a material, or that it
// does not.
func (x *Explanation) entries(l *lists.Lists, edition, material int, s lists.RuleSet) (listed bool) {
	e := &l.Editions[edition]
	m := l.Canonical(material, s)
	view := l.View(edition, s)
	found, on := view.Find(m)
	x.Symbols = append(x.Symbols, Symbol{"m", l.Materials[material].ID, "", "material asked for"}, Symbol{"canon_R(m)", l.Materials[m].ID, "", "what the rules make of it"})
	for _, k := range found.Entries {
		entry := e.Entries[k]
		x.Symbols = append(x.Symbols, Symbol{"entry", entry.Name, "", "printed; material " + l.Materials[entry.Material].ID})
		x.Rows = append(x.Rows, l.EntryOrigin(entry))
		if l.Materials[entry.Material].Kind == lists.Group {
			x.Rows = append(x.Rows, l.MaterialOrigin(entry.Material))
		}
	}
	for _, r := range found.Rules {
		x.Symbols = append(x.Symbols, Symbol{l.Rules[r].ID, "on", "", l.Rules[r].Description})
		x.Rows = append(x.Rows, l.RuleOrigin(r))
	}
	x.Meaning = l.Materials[m].ID + said(on) + e.ID
	return on
}

// Listed explains whether an edition lists a material under a set of rules, as an
// overlap counts it. Membership tells of a commodity unit where one has that name:
// scandium is a rare earth by rule R3, and yet no unit that China names.
func Listed(l *lists.Lists, edition, material int, s lists.RuleSet) *Explanation {
	x := membership(l, edition, s)
	x.Value = map[bool]string{true: "listed", false: "not listed"}[x.entries(l, edition, material, s)]
	x.partial(l, edition)
	return x
}

// membership begins an explanation of an edition.
func membership(l *lists.Lists, edition int, s lists.RuleSet) *Explanation {
	e := &l.Editions[edition]
	x := &Explanation{Column: e.ID, Reference: "docs/lists.md", Equations: []string{"view(E, R) = { canon_R(m) : m in entries_R(E) }; a unit is listed if an entry stands for it"}}
	x.Symbols = append(x.Symbols, Symbol{"E", e.ID, "", e.Title}, Symbol{"R", l.RulesText(s), "", "rules in force"})
	x.Rows = append(x.Rows, l.EditionOrigin(edition))
	return x
}

// partial notes what an incomplete edition cannot say, and leaves doubles out.
func (x *Explanation) partial(l *lists.Lists, edition int) {
	e := &l.Editions[edition]
	if e.Complete != lists.Complete {
		x.Notes = append(x.Notes, fmt.Sprintf("%d names of this edition are at hand, not all: what seems to be missing may be on it.", len(e.Entries)))
	}
	x.Rows = unique(x.Rows)
}

func said(on bool) string {
	if on {
		return " stands on "
	}
	return " does not stand on "
}

// Claim explains the answer to a statement: how, readings, rows.
func Claim(a *claims.Answer) *Explanation {
	c := a.Claim
	x := &Explanation{Column: c.ID, Unit: c.Unit, Meaning: c.Statement, Reference: "docs/lists.md", Equations: []string{a.How}, Value: "not computable"}
	if len(a.Readings) > 0 {
		x.Value, x.Unit = report.ClaimCell(a.Readings[0].Value, a.Readings[0].Unit), a.Readings[0].Unit
	}
	if c.HasStated {
		x.Symbols = append(x.Symbols, Symbol{"stated", report.ClaimCell(c.Stated, c.Unit), c.Unit, "by others; comparison: " + c.Comparison})
	}
	for _, r := range a.Readings {
		x.Symbols = append(x.Symbols, Symbol{"reading", report.ClaimCell(r.Value, r.Unit), r.Unit, r.What + ": " + r.Verdict})
	}
	x.Rows = append([]catalog.SourceRow(nil), a.Rows...)
	x.Notes = append(x.Notes, "Verdict: "+a.Verdict+".")
	if c.Note != "" {
		x.Notes = append(x.Notes, c.Note)
	}
	x.Notes = append(x.Notes, "Stated by: "+c.StatedBy, "To be checked in: "+c.Source)
	return x
}
