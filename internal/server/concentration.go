package server

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"chokepoint/internal/ask"
	"chokepoint/internal/concentration"
	"chokepoint/internal/explain"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/report"
)

// maxImporters bounds the importers of one answer.
const maxImporters = 10

// usualImporters are those of an answer that names none.
func usualImporters() []string { return []string{"USA", concentration.EU, "JPN", "KOR"} }

// concentrationRoutes are the pages of concentration, import sources, and sources
// side by side.
func concentrationRoutes() []route {
	methodAndSets := []string{"method", "set"}
	return []route{
		{method: http.MethodGet, pattern: "/concentration", twin: true, parameters: slices.Concat([]string{"units"}, methodAndSets), handle: (*Server).getConcentration},
		{method: http.MethodGet, pattern: "/concentration/{unit}", twin: true, parameters: methodAndSets, handle: (*Server).getUnitConcentration},
		{method: http.MethodGet, pattern: "/concentration/countries/{code}", twin: true, parameters: methodAndSets, handle: (*Server).getCountryConcentration},
		{method: http.MethodGet, pattern: "/explain/concentration/{unit}/{column}", twin: true, parameters: methodAndSets, handle: (*Server).getExplainConcentration},
		{method: http.MethodGet, pattern: "/imports/{unit}", twin: true, parameters: slices.Concat([]string{"importer"}, methodAndSets), handle: (*Server).getImports},
		{method: http.MethodGet, pattern: "/compare-sources/{unit}", twin: true, parameters: slices.Concat([]string{"year"}, methodAndSets), handle: (*Server).getCompareSources},
	}
}

// measured is a reply of tables of concentration under the method that was asked for.
func (s *Server) measured(c *call, words []string, make func(m *concentration.Model) ([]export.Section, []*export.Table, error)) (*reply, error) {
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	return &reply{key: on.key + "\n" + strings.Join(words, " "), make: func(context.Context) (*content, error) {
		m, err := s.model(on)
		if err != nil {
			return nil, err
		}
		more, tables, err := make(m)
		if err != nil {
			return nil, err
		}
		out, err := s.withRun(on, words, nil, tables...)
		if err == nil {
			out.sections = slices.Insert(out.sections, 1, more...)
		}
		return out, err
	}}, nil
}

// model is the model of concentration of a session.
func (s *Server) model(on *session) (*concentration.Model, error) {
	if on.engine == s.engines.base {
		return s.concentration, nil
	}
	return concentration.New(on.engine.Catalog, on.engine.Figures)
}

func profiles(m *concentration.Model, units []int) ([]*concentration.Profile, error) {
	var out []*concentration.Profile
	for _, u := range units {
		p, err := m.Profile(u)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func (s *Server) getConcentration(c *call) (*reply, error) {
	names, err := c.q.list("units")
	if err != nil {
		return nil, err
	}
	catalog := s.engines.base.Catalog
	units, err := ask.Units(catalog, names)
	if err != nil {
		return nil, err
	}
	return s.measured(c, append([]string{"concentration"}, names...), func(m *concentration.Model) ([]export.Section, []*export.Table, error) {
		all, err := profiles(m, units)
		if err != nil {
			return nil, nil, err
		}
		return nil, []*export.Table{report.ConcentrationTable(catalog, all)}, nil
	})
}

// resolved reads the unit or the chain of a path, and how the command line names it.
func (s *Server) resolved(c *call) (units []int, name string, err error) {
	if units, err = s.concentration.Resolve(c.vars["unit"]); err != nil {
		return nil, "", notFound(err)
	}
	u := &s.engines.base.Catalog.Units[units[0]]
	if len(units) > 1 {
		return units, u.Chain, nil
	}
	return units, u.ID, nil
}

func (s *Server) getUnitConcentration(c *call) (*reply, error) {
	catalog := s.engines.base.Catalog
	units, name, err := s.resolved(c)
	if err != nil {
		return nil, err
	}
	return s.measured(c, []string{"concentration", name}, func(m *concentration.Model) ([]export.Section, []*export.Table, error) {
		all, err := profiles(m, units)
		if err != nil {
			return nil, nil, err
		}
		chain := m.Chain(catalog.Units[units[0]].Chain)
		along, err := profiles(m, chain)
		if err != nil {
			return nil, nil, err
		}
		stages, producers := report.ConcentrationTable(catalog, along), report.ProducersTable(catalog, along)
		stages.Name = "stages"
		order := map[any]int{}
		for k, u := range chain {
			order[catalog.Units[u].ID] = k
		}
		slices.SortStableFunc(stages.Rows, func(a, b []any) int { return order[a[0]] - order[b[0]] })
		other, err := m.OtherStages(catalog.Units[units[0]].Chain)
		if err != nil {
			return nil, nil, err
		}
		return nil, []*export.Table{stages, producers, report.IndicatorsTable(catalog, all), report.HoldTable(catalog, chain, m.Hold(chain)), report.OtherStagesTable(catalog, other, "")}, nil
	})
}

func (s *Server) getCountryConcentration(c *call) (*reply, error) {
	catalog := s.engines.base.Catalog
	code, err := catalog.FindCountry(c.vars["code"])
	if err != nil {
		return nil, notFound(err)
	}
	return s.measured(c, []string{"concentration", "--country", code}, func(m *concentration.Model) ([]export.Section, []*export.Table, error) {
		holdings := m.Country(code)
		other, err := m.OtherStages("")
		if err != nil {
			return nil, nil, err
		}
		return nil, []*export.Table{report.CountryHoldingsTable(catalog, code, holdings), report.CountryStagesTable(code, m.Stages(holdings)), report.OtherStagesTable(catalog, other, code)}, nil
	})
}

func (s *Server) getExplainConcentration(c *call) (*reply, error) {
	catalog := s.engines.base.Catalog
	unit, err := catalog.FindUnit(c.vars["unit"])
	if err != nil {
		return nil, notFound(err)
	}
	column := c.vars["column"]
	if names := explain.IndicatorNames(); !slices.Contains(names, column) {
		p := newProblem("not-found", "column", "nothing explains "+fault.Quote(column), "one of "+strings.Join(names, ", "))
		p.DidYouMean = fault.Nearest(column, names)
		return nil, p
	}
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	return &reply{key: on.key, make: func(context.Context) (*content, error) {
		m, err := s.model(on)
		if err != nil {
			return nil, err
		}
		y, err := explain.Concentration(catalog, m, unit, column)
		if err != nil {
			return nil, err
		}
		return s.explained(on, []string{"explain", "concentration", catalog.Units[unit].ID, column}, nil, nil, y)
	}}, nil
}

func (s *Server) getImports(c *call) (*reply, error) {
	catalog := s.engines.base.Catalog
	units, name, err := s.resolved(c)
	if err != nil {
		return nil, err
	}
	words, err := c.q.list("importer")
	if err != nil {
		return nil, err
	}
	if len(words) > maxImporters {
		return nil, newProblem("usage", "importer", fmt.Sprintf("%d importers", len(words)), fmt.Sprintf("at most %d", maxImporters))
	}
	if len(words) == 0 {
		words = usualImporters()
	}
	var importers []string
	for _, word := range words {
		code, err := s.concentration.Importer(word)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(importers, code) {
			importers = append(importers, code)
		}
	}
	return s.measured(c, []string{"concentration", name, "--importer", strings.Join(importers, ",")}, func(m *concentration.Model) ([]export.Section, []*export.Table, error) {
		var all []*concentration.Imports
		coverage := []map[string]string{}
		for _, u := range units {
			for _, code := range importers {
				x, err := m.Imports(u, code)
				if err != nil {
					return nil, nil, err
				}
				if code == importers[0] {
					coverage = append(coverage, map[string]string{"commodity": catalog.Units[u].ID, "coverage": x.Coverage, "meaning": concentration.CoverageNote(x.Coverage, x.Headings)})
				}
				all = append(all, x)
			}
		}
		return []export.Section{{Name: "coverage", Value: coverage}}, []*export.Table{report.ImportsTable(catalog, all), report.ImportSourcesTable(catalog, all), report.EUSourcingTable(catalog, m, units), report.PrintedImportsTable(catalog, all)}, nil
	})
}

func (s *Server) getCompareSources(c *call) (*reply, error) {
	catalog := s.engines.base.Catalog
	units, name, err := s.resolved(c)
	if err != nil {
		return nil, err
	}
	year, err := c.q.choice("year", concentration.Years()...)
	if err != nil {
		return nil, err
	}
	if year == "" {
		year = concentration.Years()[0]
	}
	return s.measured(c, []string{"data", "compare", name, "--year", year}, func(m *concentration.Model) ([]export.Section, []*export.Table, error) {
		var all []*concentration.Comparison
		for _, u := range units {
			x, err := m.Compare(u, year)
			if err != nil {
				return nil, nil, err
			}
			all = append(all, x)
		}
		return nil, []*export.Table{report.CompareSharesTable(catalog, all), report.ReadingsTable(catalog, all), report.FlagsTable(catalog, all)}, nil
	})
}
