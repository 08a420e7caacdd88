package server

import (
	"chokepoint/internal/catalog"
	"chokepoint/internal/concentration"
	"chokepoint/internal/export"
	"chokepoint/internal/report"
)

// namedTable is a table with the name by which GET /columns tells of it.
type namedTable struct {
	name  string
	table *export.Table
}

// topicTables are examples of the tables of lists and of concentration.
func (s *Server) topicTables() ([]namedTable, error) {
	l, m, c := s.lists, s.concentration, s.engines.base.Catalog
	set := l.DefaultRules()
	two := []int{0, 1}
	marks, err := report.MarksTable(l)
	if err != nil {
		return nil, err
	}
	p, err := m.Profile(0)
	if err != nil {
		return nil, err
	}
	imports, err := m.Imports(0, catalog.USA)
	if err != nil {
		return nil, err
	}
	compared, err := m.Compare(0, concentration.Years()[0])
	if err != nil {
		return nil, err
	}
	ps, is, cs := []*concentration.Profile{p}, []*concentration.Imports{imports}, []*concentration.Comparison{compared}
	overlaps, grid := report.CombinationsTables(l, l.Combinations(set))
	return []namedTable{
		{"lists.editions", report.EditionsTable(l)}, {"lists.marks", marks}, {"lists.rules", report.RulesTable(l, set)}, {"lists.materials", report.MaterialsTable(l)},
		{"lists.overlap", report.OverlapTable(l, two, set, "en")}, {"lists.union", report.UnionTable(l, two, set, "en")}, {"lists.effects", report.RuleEffectsTable(l, two, set)},
		{"lists.overlaps", overlaps}, {"lists.grid", grid}, {"lists.diff", report.DiffTable(l, 0, 1, set, "en")}, {"lists.timeline", report.TimelineTable(l, nil)}, {"lists.entries", report.EntriesTable(l, 0, "en")},
		{"lists.claims", report.ClaimsTable(nil)}, {"lists.claim_readings", report.ClaimReadingsTable(nil)}, {"lists.against", report.AgainstTable(l, 0, nil)},
		{"concentration", report.ConcentrationTable(c, ps)}, {"concentration.producers", report.ProducersTable(c, ps)}, {"concentration.indicators", report.IndicatorsTable(c, ps)}, {"concentration.hold", report.HoldTable(c, []int{0}, m.Hold([]int{0}))},
		{"concentration.other_stages", report.OtherStagesTable(c, nil, "")},
		{"concentration.holdings", report.CountryHoldingsTable(c, catalog.USA, nil)}, {"concentration.country_stages", report.CountryStagesTable(catalog.USA, nil)},
		{"imports", report.ImportsTable(c, is)}, {"imports.sources", report.ImportSourcesTable(c, is)}, {"imports.eu", report.EUSourcingTable(c, m, nil)}, {"imports.usgs", report.PrintedImportsTable(c, is)},
		{"sources.shares", report.CompareSharesTable(c, cs)}, {"sources.readings", report.ReadingsTable(c, cs)}, {"sources.disagreements", report.FlagsTable(c, cs)},
	}, nil
}
