package report

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/internal/claims"
	"chokepoint/internal/export"
	"chokepoint/internal/lists"
	"chokepoint/internal/rank"
)

// ClaimsTable lists statements with what was computed, one row each. The value is
// that of the first reading.
func ClaimsTable(answers []*claims.Answer) *export.Table {
	t := &export.Table{Name: "claims", Columns: []export.Column{
		{Name: "claim", Heading: "claim", Meaning: "claim: the ID used by `lists claims`"},
		{Name: "statement", Heading: "statement", Meaning: "the statement, in words of this project", Flexible: true},
		{Name: "stated_value", Heading: "stated", Unit: "see unit", Meaning: "number stated; empty if none"},
		{Name: "computed_value", Heading: "here", Unit: "see unit", Meaning: "first reading; empty if it cannot be computed"},
		{Name: "unit", Heading: "unit", Meaning: "unit of both; that of a reading of its own in table readings"},
		{Name: "verdict", Heading: "verdict", Meaning: "agrees, differs, depends on the reading, or cannot be checked"},
		{Name: "comparison", Meaning: "equals, about, more-than, leads, most, falls or none"},
		{Name: "kind", Meaning: "what is computed"},
		{Name: "readings", Meaning: "number of readings"},
		{Name: "how", Meaning: "how it is computed, in words"},
		noteColumn,
		{Name: "stated_by", Meaning: "who states it"},
		{Name: "source", Meaning: "where it can be checked"},
		placeColumn,
	}}
	for _, a := range answers {
		x := a.Claim
		var stated, value any
		unit := x.Unit
		if x.HasStated {
			stated = ClaimCell(x.Stated, x.Unit)
		}
		if len(a.Readings) > 0 {
			value, unit = ClaimCell(a.Readings[0].Value, a.Readings[0].Unit), a.Readings[0].Unit
		}
		t.Add(x.ID, x.Statement, stated, value, unit, a.Verdict, x.Comparison, x.Kind, len(a.Readings), a.How, x.Note, x.StatedBy, x.Source, a.Rows[0].Place)
	}
	return t
}

// ClaimReadingsTable lists the readings of statements.
func ClaimReadingsTable(answers []*claims.Answer) *export.Table {
	t := &export.Table{Name: "claim_readings", Columns: []export.Column{
		{Name: "claim", Heading: "", Meaning: "claim"},
		{Name: "reading", Heading: "reading", Meaning: "how the statement is read", Flexible: true},
		{Name: "value", Heading: "value", Unit: "see unit", Meaning: "what it gives"},
		{Name: "unit", Heading: "unit", Meaning: "unit of the value"},
		{Name: "verdict", Heading: "verdict", Meaning: "agrees, differs or cannot be checked"},
	}}
	for _, a := range answers {
		for _, r := range a.Readings {
			t.Add(a.Claim.ID, r.What, ClaimCell(r.Value, r.Unit), r.Unit, r.Verdict)
		}
	}
	return t
}

// ClaimLines writes an answer in two or more lines: the statement, and under it
// what is stated, what comes out here, and the verdict.
func ClaimLines(a *claims.Answer) (head, body string) {
	stated := "no number stated"
	if a.Claim.HasStated {
		stated = "stated " + comparisonWord(a.Claim.Comparison) + ClaimNumber(a.Claim.Stated, a.Claim.Unit)
	}
	var here []string
	for _, r := range a.Readings {
		text := ClaimNumber(r.Value, r.Unit)
		if len(a.Readings) > 1 || !a.Claim.HasStated {
			text += " (" + r.What + ")"
		}
		here = append(here, text)
	}
	if len(here) == 0 {
		here = []string{"not computable"}
	}
	return a.Claim.ID + "  " + a.Claim.Statement, stated + "; here " + strings.Join(here, ", ") + ": " + a.Verdict
}

func comparisonWord(comparison string) string {
	switch comparison {
	case claims.MoreThan:
		return "more than "
	case claims.About:
		return "about "
	}
	return ""
}

// ClaimNumber writes a number of a statement with its unit: counts and years
// whole, others with three digits.
func ClaimNumber(value float64, unit string) string {
	switch unit {
	case "year":
		return fmt.Sprintf("%.0f", value)
	case "count":
		return export.Human(int(value))
	}
	return strings.TrimSpace(export.Human(value) + " " + unit)
}

// ClaimCell is a number of a claim in a table: counts and years as whole numbers,
// which text shows in full (1921, not 1,920).
func ClaimCell(value float64, unit string) any {
	if unit == "count" || unit == "year" {
		return int(value)
	}
	return value
}

// Verdicts of a ranking against a list.
const (
	AgreeIn   = "agree-in"   // listed and recommended
	AgreeOut  = "agree-out"  // neither
	WouldAdd  = "would-add"  // recommended, not listed
	WouldDrop = "would-drop" // listed, not recommended
)

// Agreements are the verdicts in the order of the table: differences first.
func Agreements() []string { return []string{WouldAdd, WouldDrop, AgreeIn, AgreeOut} }

// AgainstTable holds a ranking against an edition of a list: where they agree,
// what the model would add and drop, and why.
func AgainstTable(l *lists.Lists, edition int, rows []rank.Row) *export.Table {
	t := &export.Table{Name: "against", Columns: []export.Column{
		{Name: "commodity", Heading: "commodity", Meaning: "commodity unit", Flexible: true},
		{Name: "listed", Heading: "listed", Meaning: "whether an entry of the edition stands for the unit"},
		{Name: "recommended", Heading: "model", Meaning: "yes if expected_loss_musd is 2 or more, or the unit is a single point of failure"},
		{Name: "verdict", Heading: "verdict", Meaning: "agree-in: both; would-add: the model only; would-drop: the list only; agree-out: neither"},
		{Name: "why", Heading: "why", Meaning: "what the verdict stands on, in words", Flexible: true},
		{Name: "expected_loss_musd", Heading: "M USD/yr", Unit: "million USD/yr", Meaning: "(R1), as in a ranking"},
		{Name: "criterion", Meaning: "expected-loss, single-point-of-failure, both, or empty"},
		{Name: "leading_country", Meaning: "country of the leading scenario"},
		{Name: "rank", Meaning: "rank by expected loss among these units"},
		{Name: "edition", Meaning: "edition"},
		{Name: "name_as_printed", Meaning: "name that stands for the unit; empty if none"},
		{Name: "through", Meaning: "name, group and which, or rule and which; empty if not listed"},
		{Name: "evidence", Meaning: "grades of supply, use and dependence, A official to D judgement"},
		gradeColumn, sourceColumn, placeColumn,
	}}
	onList := map[string]string{} // chain to a listed unit of it
	units, _ := l.Units(edition)
	for _, u := range units {
		onList[l.Catalog.Units[u].Chain] = l.Catalog.Units[u].ID
	}
	for _, verdict := range Agreements() {
		for _, r := range rows {
			m, listed := l.Member(edition, r.Unit)
			if agreement(listed, r.Recommended) != verdict {
				continue
			}
			name, through := "", ""
			origin := behind(l.EditionOrigin(edition))
			if listed {
				entry := l.Editions[edition].Entries[m.Entry]
				name, through = entry.Name, Through(l, m)
				origin = behind(l.EntryOrigin(entry))
			}
			u := &l.Catalog.Units[r.Unit]
			other := onList[u.Chain]
			if listed {
				other = ""
			}
			t.Rows = append(t.Rows, append([]any{u.ID, export.YesNo(listed), export.YesNo(r.Recommended), verdict, why(r, name, through, other), Bounded(r.ExpectedLossMUSD, r.LowerBound), r.Criterion, r.LeadingCountry, r.Rank,
				l.Editions[edition].ID, name, through, r.Evidence}, origin...))
		}
	}
	return t
}

// NamesDropped lists the names of an edition, as printed, of which every unit is
// ranked and none recommended: a list names materials, a ranking units.
func NamesDropped(l *lists.Lists, edition int, rows []rank.Row) []string {
	recommended := map[int]bool{}
	for _, r := range rows {
		recommended[r.Unit] = r.Recommended
	}
	var names []string
	for _, entry := range l.Editions[edition].Entries {
		units := l.StandsFor(edition, entry)
		if len(units) > 0 && !slices.ContainsFunc(units, func(u int) bool { keep, ranked := recommended[u]; return keep || !ranked }) {
			names = append(names, entry.Name)
		}
	}
	return names
}

func agreement(listed, recommended bool) string {
	switch {
	case listed && recommended:
		return AgreeIn
	case listed:
		return WouldDrop
	case recommended:
		return WouldAdd
	}
	return AgreeOut
}

// why says what a verdict stands on.
func why(r rank.Row, name, through, otherStage string) string {
	var parts []string
	if r.Criterion != rank.ExpectedLoss && r.Criterion != rank.NoneCriterion {
		parts = append(parts, "single point of failure")
	}
	if r.ExpectedLossMUSD >= rank.FloorMUSD {
		parts = append(parts, fmt.Sprintf("loss of %d or more", rank.FloorMUSD))
	} else {
		parts = append(parts, fmt.Sprintf("loss below %d", rank.FloorMUSD))
	}
	switch {
	case name != "" && through != string(lists.ThroughName):
		parts = append(parts, "listed by "+through)
	case otherStage != "":
		parts = append(parts, otherStage+" is listed")
	}
	return strings.Join(parts, "; ")
}
