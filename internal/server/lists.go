package server

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/claims"
	"chokepoint/internal/explain"
	"chokepoint/internal/export"
	"chokepoint/internal/lists"
	"chokepoint/internal/rank"
	"chokepoint/internal/report"
)

// maxEditions bounds the editions of one overlap.
const maxEditions = 8

// listRoutes are the pages of lists of critical minerals.
func listRoutes() []route {
	return []route{
		{method: http.MethodGet, pattern: "/lists", twin: true, handle: (*Server).getLists},
		{method: http.MethodGet, pattern: "/lists/rules", twin: true, parameters: []string{"rules"}, handle: (*Server).getListRules},
		{method: http.MethodGet, pattern: "/lists/materials", twin: true, handle: (*Server).getListMaterials},
		{method: http.MethodGet, pattern: "/lists/overlap", twin: true, parameters: []string{"edition", "preset", "rules", "language"}, handle: (*Server).getOverlap},
		{method: http.MethodGet, pattern: "/lists/overlaps", twin: true, parameters: []string{"rules"}, handle: (*Server).getOverlaps},
		{method: http.MethodGet, pattern: "/lists/diff", twin: true, parameters: []string{"from", "to", "rules", "language"}, handle: (*Server).getDiff},
		{method: http.MethodGet, pattern: "/lists/timeline", twin: true, parameters: []string{"jurisdiction", "material", "since", "until"}, handle: (*Server).getTimeline},
		{method: http.MethodGet, pattern: "/lists/claims", twin: true, parameters: howParameters, handle: (*Server).getClaims},
		{method: http.MethodGet, pattern: "/lists/{id}", twin: true, parameters: []string{"language"}, handle: (*Server).getEdition},
		{method: http.MethodGet, pattern: "/lists/{id}/against", twin: true, parameters: howParameters, handle: (*Server).getAgainst},
		{method: http.MethodGet, pattern: "/explain/lists/{id}/{material}", twin: true, parameters: []string{"rules"}, handle: (*Server).getExplainMembership},
		{method: http.MethodGet, pattern: "/explain/claims/{claim}", twin: true, parameters: howParameters, handle: (*Server).getExplainClaim},
	}
}

// ofLists is a reply of tables of lists: they depend on no method.
func (s *Server) ofLists(words []string, make func(on *session) ([]export.Section, []*export.Table, error)) *reply {
	return &reply{key: strings.Join(words, " "), make: func(context.Context) (*content, error) {
		on, err := s.session(how{})
		if err != nil {
			return nil, err
		}
		more, tables, err := make(on)
		if err != nil {
			return nil, err
		}
		out, err := s.withRun(on, words, nil, tables...)
		if err == nil {
			out.sections = slices.Insert(out.sections, 1, more...)
		}
		return out, err
	}}
}

func tablesOnly(tables ...*export.Table) func(*session) ([]export.Section, []*export.Table, error) {
	return func(*session) ([]export.Section, []*export.Table, error) { return nil, tables, nil }
}

func (s *Server) getLists(*call) (*reply, error) {
	return s.ofLists([]string{"lists"}, func(*session) ([]export.Section, []*export.Table, error) {
		marks, err := report.MarksTable(s.lists)
		if err != nil {
			return nil, nil, err
		}
		presets := []export.Section{{Name: "presets", Value: lists.Presets()}}
		return presets, []*export.Table{report.EditionsTable(s.lists), marks}, nil
	}), nil
}

// rules reads the parameter rules, and writes it as words of the command line.
func (s *Server) rules(c *call) (lists.RuleSet, []string, error) {
	text, err := c.q.one("rules")
	if err != nil {
		return lists.RuleSet{}, nil, err
	}
	set, err := s.lists.ParseRules(text)
	if err != nil {
		return set, nil, err
	}
	if text = s.lists.RulesText(set); text == lists.Default {
		return set, nil, nil
	}
	return set, []string{"--rules=" + text}, nil
}

// language reads the language of names.
func (s *Server) language(c *call) (string, []string, error) {
	language, err := c.q.choice("language", ask.Languages()...)
	if err != nil || language == "" {
		return "en", nil, err
	}
	return language, []string{"--language", language}, nil
}

func (s *Server) getListRules(c *call) (*reply, error) {
	set, words, err := s.rules(c)
	if err != nil {
		return nil, err
	}
	return s.ofLists(append([]string{"lists", "rules"}, words...), tablesOnly(report.RulesTable(s.lists, set))), nil
}

func (s *Server) getListMaterials(*call) (*reply, error) {
	return s.ofLists([]string{"lists", "materials"}, tablesOnly(report.MaterialsTable(s.lists))), nil
}

// editions reads the editions of an overlap: each by its name, or a preset.
func (s *Server) editions(c *call, set lists.RuleSet) ([]int, error) {
	asked := c.q.values["edition"]
	preset, err := c.q.choice("preset", sortedNames(lists.Presets())...)
	if err != nil {
		return nil, err
	}
	switch {
	case preset != "" && len(asked) > 0:
		return nil, newProblem("usage", "preset", "a preset and editions", "one of the two")
	case preset != "":
		asked = lists.Presets()[preset]
	case len(asked) < 2 || len(asked) > maxEditions:
		return nil, newProblem("usage", "edition", fmt.Sprintf("%d editions", len(asked)), fmt.Sprintf("2 to %d, each as edition=ID, or a preset", maxEditions))
	}
	return s.lists.FindEditions(asked, set)
}

func sortedNames(m map[string][]string) []string { return slices.Sorted(mapsNames(m)) }

func mapsNames(m map[string][]string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (s *Server) editionIDs(editions []int) []string {
	var out []string
	for _, e := range editions {
		out = append(out, s.lists.Editions[e].ID)
	}
	return out
}

func (s *Server) getOverlap(c *call) (*reply, error) {
	set, ruleWords, err := s.rules(c)
	if err != nil {
		return nil, err
	}
	language, languageWords, err := s.language(c)
	if err != nil {
		return nil, err
	}
	editions, err := s.editions(c, set)
	if err != nil {
		return nil, err
	}
	ids := s.editionIDs(editions)
	words := slices.Concat([]string{"lists", "overlap"}, ids, ruleWords, languageWords)
	return s.ofLists(words, func(*session) ([]export.Section, []*export.Table, error) {
		l := s.lists
		chosen := []export.Section{{Name: "chosen", Value: ids}, {Name: "rule_set", Value: l.RulesText(set)}}
		return chosen, []*export.Table{report.OverlapTable(l, editions, set, language), report.UnionTable(l, editions, set, language), report.RuleEffectsTable(l, editions, set), report.EditionsTable(l, editions...)}, nil
	}), nil
}

func (s *Server) getOverlaps(c *call) (*reply, error) {
	set, words, err := s.rules(c)
	if err != nil {
		return nil, err
	}
	return s.ofLists(slices.Concat([]string{"lists", "overlap", "--all"}, words), func(*session) ([]export.Section, []*export.Table, error) {
		overlaps, grid := report.CombinationsTables(s.lists, s.lists.Combinations(set))
		return nil, []*export.Table{overlaps, grid}, nil
	}), nil
}

func (s *Server) getDiff(c *call) (*reply, error) {
	set, ruleWords, err := s.rules(c)
	if err != nil {
		return nil, err
	}
	language, languageWords, err := s.language(c)
	if err != nil {
		return nil, err
	}
	var asked []string
	for _, name := range []string{"from", "to"} {
		text, err := c.q.one(name)
		if err != nil {
			return nil, err
		}
		if text == "" {
			return nil, newProblem("usage", name, "no edition", "an edition that GET /lists lists")
		}
		asked = append(asked, text)
	}
	editions, err := s.lists.FindEditions(asked, set)
	if err != nil {
		return nil, err
	}
	words := slices.Concat([]string{"lists", "diff"}, s.editionIDs(editions), ruleWords, languageWords)
	return s.ofLists(words, tablesOnly(report.DiffTable(s.lists, editions[0], editions[1], set, language), report.EditionsTable(s.lists, editions...))), nil
}

func (s *Server) getTimeline(c *call) (*reply, error) {
	f := lists.Filter{Material: -1}
	words := []string{"lists", "timeline"}
	for _, x := range []struct {
		name, flag string
		take       func(text string) (string, error)
	}{
		{"jurisdiction", "--jurisdiction", func(text string) (code string, err error) {
			f.Jurisdiction, err = s.lists.FindJurisdiction(text)
			return f.Jurisdiction, err
		}},
		{"material", "--material", func(text string) (string, error) {
			m, err := s.lists.FindMaterial(text)
			if err != nil {
				return "", err
			}
			f.Material = m
			return s.lists.Materials[m].ID, nil
		}},
		{"since", "--since", func(text string) (string, error) { f.From = text; return text, f.Check("since", "until") }},
		{"until", "--to", func(text string) (string, error) { f.To = text; return text, f.Check("since", "until") }},
	} {
		text, err := c.q.one(x.name)
		if err != nil {
			return nil, err
		}
		if text == "" {
			continue
		}
		if text, err = x.take(text); err != nil {
			return nil, err
		}
		words = append(words, x.flag, text)
	}
	return s.ofLists(words, tablesOnly(report.TimelineTable(s.lists, s.lists.Timeline(f)))), nil
}

func (s *Server) getEdition(c *call) (*reply, error) {
	language, words, err := s.language(c)
	if err != nil {
		return nil, err
	}
	e, err := s.lists.FindEdition(c.vars["id"], s.lists.DefaultRules())
	if err != nil {
		return nil, notFound(err)
	}
	about := report.EditionsTable(s.lists, e)
	about.Name = "edition"
	return s.ofLists(slices.Concat([]string{"lists", "show", s.lists.Editions[e].ID}, words), tablesOnly(about, report.EntriesTable(s.lists, e, language))), nil
}

// computed answers claims under a method; without a claim all of them.
func (s *Server) computed(ctx context.Context, on *session, only *claims.Claim) ([]*claims.Answer, error) {
	k := &claims.Computer{Lists: s.lists, Engine: on.engine, Probability: on.probability, Workers: s.options.Workers}
	var out []*claims.Answer
	for i := range s.claims {
		if only != nil && only != &s.claims[i] {
			continue
		}
		a, err := k.Compute(ctx, &s.claims[i])
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

func (s *Server) getClaims(c *call) (*reply, error) {
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	return &reply{key: on.key, make: func(ctx context.Context) (*content, error) {
		answers, err := s.computed(ctx, on, nil)
		if err != nil {
			return nil, err
		}
		return s.withRun(on, []string{"lists", "claims"}, claims.Tolerances(), report.ClaimsTable(answers), report.ClaimReadingsTable(answers))
	}}, nil
}

func (s *Server) getExplainClaim(c *call) (*reply, error) {
	claim, err := claims.Find(s.claims, c.vars["claim"])
	if err != nil {
		return nil, notFound(err)
	}
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	return &reply{key: on.key, make: func(ctx context.Context) (*content, error) {
		answers, err := s.computed(ctx, on, claim)
		if err != nil {
			return nil, err
		}
		return s.explained(on, []string{"explain", "claims", claim.ID}, nil, nil, explain.Claim(answers[0]))
	}}, nil
}

func (s *Server) getExplainMembership(c *call) (*reply, error) {
	set, words, err := s.rules(c)
	if err != nil {
		return nil, err
	}
	edition, err := s.lists.FindEdition(c.vars["id"], set)
	if err != nil {
		return nil, notFound(err)
	}
	var y *explain.Explanation
	if len(c.q.values["rules"]) > 0 { // the material, as an overlap under these rules counts it
		material, err := s.lists.FindMaterial(c.vars["material"])
		if err != nil {
			return nil, notFound(err)
		}
		y = explain.Listed(s.lists, edition, material, set)
	} else if y, err = explain.Membership(s.lists, edition, c.vars["material"], set); err != nil {
		return nil, notFound(err)
	}
	words = slices.Concat([]string{"explain", "lists", s.lists.Editions[edition].ID, c.vars["material"]}, words)
	return &reply{key: strings.Join(append(words, c.q.values["rules"]...), " "), make: func(context.Context) (*content, error) {
		on, err := s.session(how{})
		if err != nil {
			return nil, err
		}
		return s.explained(on, words, nil, nil, y)
	}}, nil
}

// getAgainst holds the ranking of the 84 and of the units on a list against it.
func (s *Server) getAgainst(c *call) (*reply, error) {
	edition, err := s.lists.FindEdition(c.vars["id"], s.lists.DefaultRules())
	if err != nil {
		return nil, notFound(err)
	}
	id := s.lists.Editions[edition].ID
	listed, _ := s.lists.Units(edition)
	if len(listed) == 0 {
		return nil, newProblem("not-found", "id", "no unit stands on "+id, "an edition with names that units stand for")
	}
	units, err := ask.Units(s.engines.base.Catalog, []string{"@usgs-84", "@" + id})
	if err != nil {
		return nil, err
	}
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	return &reply{key: on.key, make: func(ctx context.Context) (*content, error) {
		e := on.engine
		results, err := e.Run(ctx, ask.Baseline(e, units, nil, true), assess.Options{Workers: s.options.Workers})
		if err != nil {
			return nil, err
		}
		valueAdded, err := e.ValueAddedMUSD()
		if err != nil {
			return nil, err
		}
		rows := rank.Rank(e, on.probability, units, results, valueAdded, rank.Options{})
		return s.withRun(on, []string{"rank", "--against", id, "--draws", "0"}, []string{on.probability.Note()}, report.AgainstTable(s.lists, edition, rows))
	}}, nil
}
