package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/explain"
	"chokepoint/internal/export"
	"chokepoint/internal/page"
	"chokepoint/internal/report"
	"chokepoint/internal/scenario"
	"chokepoint/internal/shortage"
)

// writePage writes an answer as one HTML file: its tables, and around them what
// is asked in words, the sources, the record and the citation.
func writePage(w io.Writer, s *session, run *report.Run, x *answer) error {
	c := s.engine.Catalog
	asked, _ := withoutOutput(run.Command)
	asked = slices.DeleteFunc(asked, func(w string) bool { return w == "-q" || w == "--quiet" })
	in := &page.Input{Title: x.title, Command: "chokepoint " + strings.Join(asked, " "), Tables: x.tables, Rows: x.sources, Remarks: x.remarks, Notes: x.notes,
		Record: run.Lines(), Citation: citation(run), Country: c.CountryName}
	for _, n := range report.Limits() { // a page is sent on without its command line
		if !slices.Contains(in.Notes, n) {
			in.Notes = append(slices.Clone(in.Notes), n)
		}
	}
	in.Caution = "Not the USGS model; most inputs are desk judgements."
	if run.Seed != nil {
		in.Record = append(in.Record, [2]string{"draws", strconv.Itoa(run.Draws)}, [2]string{"seed", strconv.FormatUint(*run.Seed, 10)})
	}
	if in.Says = x.says; x.says == nil && x.scenario != nil {
		in.Says = says(s, *x.scenario)
	}
	if unit, err := c.FindUnit(x.title); err == nil && x.tables[0].Name == "market" {
		in.Rows = unitSources(s, unit)
	}
	var err error
	if in.Sources, err = tableSources(s.engine); err != nil {
		return err
	}
	return page.Write(w, in)
}

// says is what a scenario is, in sentences.
func says(x *session, s scenario.Scenario) []string {
	var out []string
	for i, w := range s.Withdrawals {
		if i == shownWithdrawals {
			out = append(out, fmt.Sprintf("And %d more withdrawals.", len(s.Withdrawals)-i))
			break
		}
		out = append(out, sentence(x, s, w)+".")
	}
	for _, bloc := range s.Blocs {
		out = append(out, "One market: "+x.engine.Catalog.BlocName(bloc)+".")
	}
	return out
}

// tableSources are the input tables with their sources and licences.
func tableSources(e *assess.Engine) (*export.Table, error) {
	all, _, err := ask.SourcesTables(e)
	if err != nil {
		return nil, err
	}
	out := &export.Table{Name: "tables"}
	var kept []int
	for k, c := range all.Columns {
		switch c.Name {
		case "table", "vintage", "evidence", "licence", "source", "url", "overlaid":
			c.Heading = strings.ReplaceAll(c.Name, "url", "address")
			out.Columns, kept = append(out.Columns, c), append(kept, k)
		}
	}
	for _, row := range all.Rows {
		var cells []any
		for _, k := range kept {
			cells = append(cells, row[k])
		}
		out.Rows = append(out.Rows, cells)
	}
	return out, nil
}

// unitSources are the rows that the inputs of a unit stand on, with those of its
// net exporters, who may restrict.
func unitSources(x *session, unit int) *export.Table {
	e := x.engine
	u := &e.Catalog.Units[unit]
	s := scenario.Scenario{Months: scenario.FullYear}
	for k, code := range u.Countries {
		if code != catalog.USA && code != catalog.Remainder && scenario.NetExporter(e.Figures[unit], k) {
			s.Withdrawals = append(s.Withdrawals, scenario.Withdrawal{Unit: unit, Country: code, Kind: scenario.ExportRestriction, Fraction: 1})
		}
	}
	return explain.Sources(e, x.probability, &assess.Result{Scenario: s, Units: []assess.UnitOutcome{{Unit: unit}}})
}

// comparedSources are the rows behind the scenarios of a comparison.
func comparedSources(x *session, sides []ask.Side) *export.Table {
	var out *export.Table
	seen := map[string]bool{}
	for _, c := range sides {
		if c.Result == nil {
			continue
		}
		t := explain.Sources(x.engine, x.probability, c.Result)
		if out == nil {
			out = &export.Table{Name: t.Name, Columns: t.Columns}
		}
		for _, row := range t.Rows {
			if key := fmt.Sprint(row...); !seen[key] {
				seen[key] = true
				out.Rows = append(out.Rows, row)
			}
		}
	}
	return out
}

// remarks are what the text of a disruption says beside its tables.
func remarks(x *session, r *assess.Result, rules map[shortage.Rule]*assess.Result) []string {
	if len(r.Units) == 0 {
		return nil
	}
	out := marketLines(x, r)
	var spread []string
	for _, rule := range ask.SharingRules() {
		if other := rules[rule]; other != nil {
			spread = append(spread, rule.String()+" "+export.Human(other.LossMUSD))
		}
	}
	out = append(out, "Loss by the rule that shares the shortage, M USD: "+strings.Join(spread, ", "))
	for _, f := range r.Flags() {
		out = append(out, "Flag: "+f)
	}
	return append(out, diagnostics(x.engine, r))
}
