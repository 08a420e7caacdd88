package server

import (
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/explain"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/rank"
	"chokepoint/internal/report"
	"chokepoint/internal/scenario"
)

// openapi describes the API. A test holds it against routes and answers.
//
//go:embed openapi.json
var openapi []byte

// routes are the pages of the API, with the parameters that each knows. Where
// several patterns fit, the first counts.
func routes() []route {
	conc := func(lists ...[]string) []string { return slices.Concat(lists...) }
	methodAndSets := []string{"method", "set"}
	return slices.Concat([]route{
		{method: http.MethodGet, pattern: "/openapi.json", exact: true, handle: (*Server).getOpenAPI},
		{method: http.MethodGet, pattern: "/version", twin: true, handle: (*Server).getVersion},
		{method: http.MethodGet, pattern: "/methods", twin: true, handle: (*Server).getMethods},
		{method: http.MethodGet, pattern: "/columns", twin: true, handle: (*Server).getColumns},
		{method: http.MethodGet, pattern: "/units", twin: true, parameters: methodAndSets, handle: (*Server).getUnits},
		{method: http.MethodGet, pattern: "/units/{id}", twin: true, parameters: howParameters, handle: (*Server).getUnit},
		{method: http.MethodGet, pattern: "/countries", twin: true, parameters: howParameters, handle: (*Server).getCountries},
		{method: http.MethodGet, pattern: "/countries/{code}", twin: true, parameters: howParameters, handle: (*Server).getCountry},
		{method: http.MethodGet, pattern: "/industries", twin: true, handle: (*Server).getIndustries},
		{method: http.MethodGet, pattern: "/industries/{code}", twin: true, parameters: methodAndSets, handle: (*Server).getIndustry},
		{method: http.MethodGet, pattern: "/rank", twin: true, parameters: conc([]string{"units", "given_disruption", "by", "units_as"}, drawParameters, howParameters), handle: (*Server).getRank},
		{method: http.MethodGet, pattern: "/baseline", twin: true, parameters: conc([]string{"units", "units_as"}, howParameters), handle: (*Server).getBaseline},
		{method: http.MethodGet, pattern: "/scenarios/evaluate", twin: true, parameters: conc(questionParameters, []string{"omit"}, howParameters), handle: (*Server).getEvaluate},
		{method: http.MethodPost, pattern: "/scenarios/evaluate", twin: true, body: true, handle: (*Server).postEvaluate},
		{method: http.MethodGet, pattern: "/compare", twin: true, parameters: conc([]string{"scenario"}, howParameters), handle: (*Server).getCompare},
		{method: http.MethodPost, pattern: "/compare", twin: true, body: true, handle: (*Server).postCompare},
		{method: http.MethodGet, pattern: "/explain", twin: true, parameters: conc([]string{"column"}, questionParameters, howParameters), handle: (*Server).getExplain},
		{method: http.MethodGet, pattern: "/ranges", twin: true, draws: true, parameters: conc([]string{"points"}, drawParameters, questionParameters, howParameters), handle: (*Server).getRanges},
		{method: http.MethodGet, pattern: "/scenarios", twin: true, handle: (*Server).getScenarios},
		{method: http.MethodGet, pattern: "/scenarios/{name}", yaml: true, handle: (*Server).getScenario},
		{method: http.MethodPut, pattern: "/scenarios/{name}", exact: true, body: true, handle: (*Server).putScenario},
		{method: http.MethodDelete, pattern: "/scenarios/{name}", exact: true, handle: (*Server).deleteScenario},
		{method: http.MethodGet, pattern: "/runs", twin: true, handle: (*Server).getRuns},
		{method: http.MethodPost, pattern: "/runs", exact: true, body: true, handle: (*Server).postRun},
		{method: http.MethodGet, pattern: "/runs/{id}", handle: (*Server).getRun},
		{method: http.MethodDelete, pattern: "/runs/{id}", exact: true, handle: (*Server).deleteRun},
		{method: http.MethodGet, pattern: "/runs/{id}/result", twin: true, handle: (*Server).getRunResult},
		{method: http.MethodGet, pattern: "/sources", twin: true, handle: (*Server).getSources},
		{method: http.MethodGet, pattern: "/tables/{name}", twin: true, parameters: []string{"commodity", "country", "line", "limit", "offset"}, handle: (*Server).getTable},
	}, listRoutes(), concentrationRoutes(), dynamicsRoutes(), explainRoutes())
}

// now is a reply whose content is at hand.
func now(key string, x *content) *reply {
	return &reply{key: key, make: func(context.Context) (*content, error) { return x, nil }}
}

// withRun is a reply of tables with a run record before them.
func (s *Server) withRun(on *session, words []string, notes []string, tables ...*export.Table) (*content, error) {
	run, err := s.run(on, words, nil, append(notes, report.Limits()...))
	if err != nil {
		return nil, err
	}
	out := &content{sections: []export.Section{{Name: "run", Value: run}}, tables: tables}
	for _, t := range tables {
		out.sections = append(out.sections, export.Section{Name: t.Name, Value: t})
	}
	return out, nil
}

func (s *Server) getOpenAPI(*call) (*reply, error) {
	return now("", &content{raw: openapi, kind: "application/json"}), nil
}

func (s *Server) getVersion(*call) (*reply, error) {
	e := s.engines.base
	p := e.Catalog.Package
	method := map[string]string{}
	for _, y := range e.Method.Settings() {
		method[y[0]] = y[1]
	}
	edits := []string{}
	for _, y := range e.Edits {
		edits = append(edits, y.String())
	}
	l := s.options.Limits
	limits := map[string]any{"body_bytes": l.BodyBytes, "json_depth": l.JSONDepth, "url_bytes": l.URLBytes, "header_bytes": l.HeaderBytes, "request_seconds": l.RequestTime.Seconds(),
		"concurrent": l.Concurrent, "queue": l.Queue, "connections": l.Connections, "saved": l.Saved, "run_draws": l.RunDraws, "runs_waiting": l.RunsWaiting, "runs": l.Runs, "compared": ask.MaxCompared, "withdrawals": scenario.MaxWithdrawals}
	t := &export.Table{Name: "version", Columns: []export.Column{{Name: "what", Meaning: "what"}, {Name: "text", Meaning: "text"}}}
	for _, row := range [][2]string{{"program", "chokepoint"}, {"version", s.options.Version}, {"api", "v1"}, {"data_version", p.Version}, {"data_sha256", s.dataHash}, {"go", runtime.Version()},
		{"goos", runtime.GOOS}, {"goarch", runtime.GOARCH}, {"economy", report.Economy}, {"probability", s.options.Probability}} {
		t.Add(row[0], row[1])
	}
	out := &content{tables: []*export.Table{t}}
	for _, row := range t.Rows {
		out.sections = append(out.sections, export.Section{Name: row[0].(string), Value: row[1]})
	}
	out.sections = append(out.sections, export.Section{Name: "method", Value: method}, export.Section{Name: "edits", Value: edits}, export.Section{Name: "explainable", Value: explain.Columns()},
		export.Section{Name: "can_save", Value: s.saved != nil}, export.Section{Name: "can_run", Value: s.runs != nil}, export.Section{Name: "limits", Value: limits}, export.Section{Name: "limitations", Value: report.Limits()})
	return now(fmt.Sprint(s.saved != nil, s.runs != nil, limits), out), nil
}

func (s *Server) getMethods(*call) (*reply, error) {
	in := s.engines.base.Method.Settings()
	t := &export.Table{Name: "settings", Columns: []export.Column{{Name: "name", Meaning: "name of the setting"}, {Name: "kind", Meaning: "choice or number"}, {Name: "low", Meaning: "smallest number"}, {Name: "high", Meaning: "largest number"},
		{Name: "default", Meaning: "value of this server"}, {Name: "values", Meaning: "allowed values in words"}, {Name: "meaning", Meaning: "meaning, with the equation"}}}
	list := []map[string]any{}
	for i, y := range ask.Settings() {
		kind, low, high, choices := "number", any(y.Low), any(y.High), []string{}
		if y.Choices != nil {
			kind, low, high, choices = "choice", nil, nil, y.Choices
		}
		t.Add(y.Name, kind, low, high, in[i][1], y.Values, y.Meaning)
		list = append(list, map[string]any{"name": y.Name, "kind": kind, "choices": choices, "low": low, "high": high, "default": in[i][1], "values": y.Values, "meaning": y.Meaning})
	}
	return now("", &content{sections: []export.Section{{Name: "settings", Value: list}}, tables: []*export.Table{t}}), nil
}

// column is a column as the API tells of it.
type column struct {
	Name    string `json:"name"`
	Unit    string `json:"unit"`
	Meaning string `json:"meaning"`
}

func columnsOf(t *export.Table) []column {
	out := []column{}
	for _, c := range t.Columns {
		out = append(out, column{c.Name, c.Unit, c.Meaning})
	}
	return out
}

// getColumns tells the columns of every table. It asks for one example of each.
func (s *Server) getColumns(*call) (*reply, error) {
	return &reply{make: func(ctx context.Context) (*content, error) {
		on, err := s.session(how{})
		if err != nil {
			return nil, err
		}
		var tables []*export.Table
		named := func(name string, t *export.Table) {
			copied := *t
			copied.Name = name
			tables = append(tables, &copied)
		}
		tables = append(tables, report.RankTable(on.engine.Catalog, nil, nil, rank.Options{}))
		example, err := s.understand(&question{selector: ask.Selector{Commodities: []string{on.engine.Catalog.Units[0].ID}, From: []string{"CHN"}}})
		if err != nil {
			return nil, err
		}
		answer, err := s.evaluate(ctx, example)
		if err != nil {
			return nil, err
		}
		tables = append(tables, answer.tables...)
		ranges, err := s.ranges(ctx, example, ask.Draws{}, 0)
		if err != nil {
			return nil, err
		}
		tables = append(tables, ranges.tables...)
		unit, err := s.unit(on, 0, nil)
		if err != nil {
			return nil, err
		}
		for _, t := range unit.tables {
			named("unit."+t.Name, t)
		}
		named("countries", ask.CountriesTable(on.engine, on.probability, "USA"))
		named("country.commodities", ask.CountryUnitsTable(on.engine, on.probability, "USA"))
		industries, err := ask.IndustriesTable(on.engine, 0)
		if err != nil {
			return nil, err
		}
		named("industries.list", industries)
		named("industry.dependence", ask.IndustryUnitsTable(on.engine, 0))
		sources, rows, err := ask.SourcesTables(on.engine)
		if err != nil {
			return nil, err
		}
		tables = append(tables, sources, rows)
		of, err := s.topicTables()
		if err != nil {
			return nil, err
		}
		over, err := s.dynamicsTables(ctx, example)
		if err != nil {
			return nil, err
		}
		for _, x := range append(of, over...) {
			named(x.name, x.table)
		}
		all := map[string][]column{}
		flat := &export.Table{Name: "columns", Columns: []export.Column{{Name: "table", Meaning: "table"}, {Name: "name", Meaning: "column"}, {Name: "unit", Meaning: "unit of measure"}, {Name: "meaning", Meaning: "meaning"}}}
		for _, t := range tables {
			all[t.Name] = columnsOf(t)
			for _, c := range t.Columns {
				flat.Add(t.Name, c.Name, c.Unit, c.Meaning)
			}
		}
		return &content{sections: []export.Section{{Name: "tables", Value: all}}, tables: []*export.Table{flat}}, nil
	}}, nil
}

func (s *Server) getUnits(c *call) (*reply, error) {
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	return &reply{key: on.key, make: func(context.Context) (*content, error) {
		all, err := on.engine.Catalog.Set("all")
		if err != nil {
			return nil, err
		}
		t, err := ask.UnitsTable(on.engine, all)
		if err != nil {
			return nil, err
		}
		return s.withRun(on, []string{"show", "commodities"}, nil, t)
	}}, nil
}

// asked is the session of a page's method.
func (s *Server) asked(c *call) (*session, error) {
	h, err := c.q.how()
	if err != nil {
		return nil, err
	}
	return s.session(h)
}

// notFound makes the usage error of a name in a path a 404.
func notFound(err error) error {
	p := asProblem(err)
	if p.Code != "usage" {
		return err
	}
	out := newProblem("not-found", p.Place, p.What, p.Expected)
	out.DidYouMean, out.Detail = p.DidYouMean, p.Detail
	return out
}

func (s *Server) getUnit(c *call) (*reply, error) {
	unit, err := s.engines.base.Catalog.FindUnit(c.vars["id"])
	if err != nil {
		return nil, notFound(err)
	}
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	return &reply{key: on.key, make: func(context.Context) (*content, error) { return s.unit(on, unit, c.q.values["set"]) }}, nil
}

func (s *Server) unit(on *session, unit int, sets []string) (*content, error) {
	e := on.engine
	head, err := ask.UnitsTable(e, []int{unit})
	if err != nil {
		return nil, err
	}
	head.Name = "unit"
	uses, err := ask.UsesTable(e, unit)
	if err != nil {
		return nil, err
	}
	inputs, err := ask.InputsTable(e, unit, e.Sets())
	if err != nil {
		return nil, err
	}
	return s.withRun(on, []string{"show", e.Catalog.Units[unit].ID}, nil, head, ask.MarketTable(e, unit), ask.SuppliersTable(e, on.probability, unit), uses, ask.DependenceTable(e, unit), inputs, report.StandingsTable(s.lists, unit), report.MembershipsTable(s.lists, unit))
}

func (s *Server) getCountries(c *call) (*reply, error) {
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	return &reply{key: on.key, make: func(context.Context) (*content, error) {
		return s.withRun(on, []string{"show", "countries"}, nil, ask.CountriesTable(on.engine, on.probability))
	}}, nil
}

func (s *Server) getCountry(c *call) (*reply, error) {
	code, err := s.engines.base.Catalog.FindCountry(c.vars["code"])
	if err != nil {
		return nil, notFound(err)
	}
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	return &reply{key: on.key, make: func(context.Context) (*content, error) {
		head := ask.CountriesTable(on.engine, on.probability, code)
		head.Name = "country"
		return s.withRun(on, []string{"show", code}, nil, head, ask.CountryUnitsTable(on.engine, on.probability, code))
	}}, nil
}

func (s *Server) getIndustries(c *call) (*reply, error) {
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	return &reply{key: on.key, make: func(context.Context) (*content, error) {
		t, err := ask.IndustriesTable(on.engine)
		if err != nil {
			return nil, err
		}
		return s.withRun(on, []string{"show", "industries"}, nil, t)
	}}, nil
}

func (s *Server) getIndustry(c *call) (*reply, error) {
	code := c.vars["code"]
	industry, ok := s.engines.base.Catalog.IndustryIndex(strings.ToUpper(code))
	if !ok {
		var codes []string
		for _, x := range s.engines.base.Catalog.Industries {
			codes = append(codes, x.Code)
		}
		p := newProblem("not-found", "code", "unknown industry "+fault.Quote(code), "a code that GET /industries lists")
		p.DidYouMean = fault.Nearest(code, codes)
		return nil, p
	}
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	return &reply{key: on.key, make: func(context.Context) (*content, error) {
		head, err := ask.IndustriesTable(on.engine, industry)
		if err != nil {
			return nil, err
		}
		head.Name = "industry"
		return s.withRun(on, []string{"show", on.engine.Catalog.Industries[industry].Code}, nil, head, ask.IndustryUnitsTable(on.engine, industry))
	}}, nil
}

// selected reads which units a page is of, and who acts.
func (s *Server) selected(c *call) (names []string, units []int, as string, blocs [][]string, err error) {
	if names, err = c.q.list("units"); err != nil {
		return
	}
	catalog := s.engines.base.Catalog
	if units, err = ask.Units(catalog, names); err != nil {
		return
	}
	if as, err = c.q.choice("units_as", "country", "customs-area"); err != nil {
		return
	}
	blocs, err = ask.CustomsAreas(catalog, as)
	return
}

func (s *Server) getRank(c *call) (*reply, error) {
	names, units, as, blocs, err := s.selected(c)
	if err != nil {
		return nil, err
	}
	by, err := c.q.choice("by", "chain")
	if err != nil {
		return nil, err
	}
	given, err := c.q.choice("given_disruption", "true", "false")
	if err != nil {
		return nil, err
	}
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	draws, err := s.draws(c.q, 0)
	if err != nil {
		return nil, err
	}
	opt := rank.Options{GivenDisruption: given == "true", ByChain: by == "chain"}
	words := append([]string{"rank"}, names...)
	if opt.GivenDisruption {
		words = append(words, "--given-disruption")
	}
	if opt.ByChain {
		words = append(words, "--by", "chain")
	}
	if as == "customs-area" {
		words = append(words, "--units", as)
	}
	words = append(words, drawWords(draws)...)
	return &reply{key: on.key + "\n" + strings.Join(words, " "), make: func(ctx context.Context) (*content, error) {
		e := on.engine
		results, err := e.Run(ctx, ask.Baseline(e, units, blocs, true), assess.Options{Workers: s.options.Workers})
		if err != nil {
			return nil, err
		}
		valueAdded, err := e.ValueAddedMUSD()
		if err != nil {
			return nil, err
		}
		rows := rank.Rank(e, on.probability, units, results, valueAdded, opt)
		ranges, notes, err := draws.RankRanges(ctx, e, on.probability, rows, results, opt)
		if err != nil {
			return nil, err
		}
		if !opt.GivenDisruption {
			notes = append([]string{on.probability.Note()}, notes...)
		}
		out, err := s.withRun(on, words, notes, report.RankTable(e.Catalog, rows, ranges, opt))
		if err == nil && ranges != nil {
			recordDraws(out, draws)
		}
		return out, err
	}}, nil
}

func (s *Server) getBaseline(c *call) (*reply, error) {
	names, units, as, blocs, err := s.selected(c)
	if err != nil {
		return nil, err
	}
	on, err := s.asked(c)
	if err != nil {
		return nil, err
	}
	words := append([]string{"scenario", "list"}, names...)
	if as == "customs-area" {
		words = append(words, "--units", as)
	}
	return &reply{key: on.key + "\n" + strings.Join(words, " "), make: func(ctx context.Context) (*content, error) {
		e := on.engine
		results, err := e.Run(ctx, ask.Baseline(e, units, blocs, false), assess.Options{Workers: s.options.Workers})
		if err != nil {
			return nil, err
		}
		return s.withRun(on, words, []string{on.probability.Note()}, report.ScenarioTable(e.Catalog, on.probability, results))
	}}, nil
}

func (s *Server) getEvaluate(c *call) (*reply, error) {
	x, err := c.q.question()
	if err != nil {
		return nil, err
	}
	return s.evaluated(x)
}

func (s *Server) postEvaluate(c *call) (*reply, error) {
	x, err := c.body.question(c.root)
	if err != nil {
		return nil, err
	}
	return s.evaluated(x)
}

func (s *Server) evaluated(x *question) (*reply, error) {
	y, err := s.understand(x)
	if err != nil {
		return nil, err
	}
	return &reply{key: y.key, make: func(ctx context.Context) (*content, error) { return s.evaluate(ctx, y) }}, nil
}

func (s *Server) getCompare(c *call) (*reply, error) {
	h, err := c.q.how()
	if err != nil {
		return nil, err
	}
	var list []*question
	for _, text := range c.q.values["scenario"] {
		word, selector, err := ask.ParseWords(text)
		if err != nil {
			return nil, err
		}
		x := &question{how: h, selector: selector}
		if len(selector.From) > 0 {
			x.selector.Commodities = strings.Split(word, ",")
		} else {
			x.name = word
		}
		if err := x.check(); err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return s.compared(list)
}

func (s *Server) postCompare(c *call) (*reply, error) {
	keys, err := c.body.fields(c.root, "body", "scenarios")
	if err != nil {
		return nil, err
	}
	n := keys["scenarios"]
	if n == nil || n.kind != '[' {
		return nil, c.body.fault(c.root.start, "scenarios", "no list of scenarios", fmt.Sprintf("2 to %d questions", ask.MaxCompared))
	}
	if len(n.items) > ask.MaxCompared {
		return nil, tooManyCompared(len(n.items))
	}
	var list []*question
	for _, item := range n.items {
		x, err := c.body.question(item)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return s.compared(list)
}

func tooManyCompared(n int) error {
	return newProblem("usage", "scenario", fmt.Sprintf("%d scenarios", n), fmt.Sprintf("2 to %d", ask.MaxCompared))
}

func (s *Server) compared(list []*question) (*reply, error) {
	if len(list) < 2 || len(list) > ask.MaxCompared {
		return nil, tooManyCompared(len(list))
	}
	var all []*asked
	key := ""
	for _, x := range list {
		y, err := s.understand(x)
		if err != nil {
			return nil, err
		}
		all = append(all, y)
		key += y.key + "\n\n"
	}
	return &reply{key: key, make: func(ctx context.Context) (*content, error) { return s.compare(ctx, all) }}, nil
}

func (s *Server) getExplain(c *call) (*reply, error) {
	x, err := c.q.question()
	if err != nil {
		return nil, err
	}
	column, err := c.q.one("column")
	if err != nil {
		return nil, err
	}
	if column == "" {
		return nil, newProblem("usage", "column", "no column", "one of "+strings.Join(explain.Columns(), ", "))
	}
	y, err := s.understand(x)
	if err != nil {
		return nil, err
	}
	return &reply{key: y.key + "\n" + column, make: func(ctx context.Context) (*content, error) { return s.explain(ctx, y, column) }}, nil
}

func (s *Server) getScenarios(*call) (*reply, error) {
	t := &export.Table{Name: "scenarios", Columns: []export.Column{{Name: "name", Meaning: "name"}, {Name: "origin", Meaning: "library or saved"}, {Name: "title", Meaning: "title"}, {Name: "in_force", Meaning: "when it took effect"},
		{Name: "withdrawals", Meaning: "withdrawals"}, {Name: "problem", Meaning: "why a saved file cannot be read"}}}
	var names []string
	for _, y := range s.library {
		names = append(names, y.name)
	}
	library := len(names)
	if s.saved != nil {
		more, err := s.saved.names()
		if err != nil {
			return nil, err
		}
		names = append(names, slices.DeleteFunc(more, func(n string) bool { return slices.Contains(names[:library], n) })...)
	}
	for i, name := range names {
		f, origin, err := s.named(name)
		if err != nil && i >= library {
			t.Add(name, "saved", "", "", 0, asProblem(err).Detail)
			continue
		}
		if err != nil {
			return nil, err
		}
		date := ""
		for _, d := range f.Dates {
			if d[0] == "in_force" || date == "" {
				date = d[1]
			}
		}
		t.Add(name, origin, f.Title, date, len(f.Scenario.Withdrawals), "")
	}
	return now(fmt.Sprint(t.Rows), &content{sections: []export.Section{{Name: "scenarios", Value: t}}, tables: []*export.Table{t}}), nil
}

func (s *Server) getScenario(c *call) (*reply, error) {
	name := c.vars["name"]
	if c.format == "yaml" {
		text, _, err := s.namedText(name)
		if err != nil {
			return nil, err
		}
		return now(string(text), &content{raw: text, kind: "application/yaml"}), nil
	}
	f, origin, err := s.named(name)
	if err != nil {
		return nil, err
	}
	e := s.engines.base
	canonical, idle, err := ask.WithoutEffect(e, f.Scenario)
	if err != nil {
		return nil, err
	}
	document := documentOf(e.Catalog, f)
	return now(fmt.Sprint(origin, document, canonical.Canon(e.Catalog)), &content{sections: []export.Section{{Name: "name", Value: name}, {Name: "origin", Value: origin}, {Name: "hash", Value: canonical.Hash(e.Catalog)},
		{Name: "scenario_text", Value: canonical.Canon(e.Catalog)}, {Name: "scenario", Value: document}, {Name: "without_effect", Value: idle}}}), nil
}

// writable refuses to change a scenario that cannot be changed here.
func (s *Server) writable(name string) error {
	if !ask.IsName(name) {
		return newProblem("usage", "name", fault.Quote(name)+" is no name", fmt.Sprintf("lower-case letters, digits and hyphens, at most %d", ask.MaxNameBytes))
	}
	if s.saved == nil {
		p := newProblem("forbidden", "name", "this server saves nothing", "")
		p.Do = "Start it with --scenarios and a folder."
		return p
	}
	_, shipped, err := ask.LibraryText(name)
	if err == nil && (shipped || name == "evaluate") {
		err = newProblem("conflict", "name", fault.Quote(name)+" is taken by the program", "another name")
	}
	return err
}

func (s *Server) putScenario(c *call) (*reply, error) {
	name := c.vars["name"]
	if err := s.writable(name); err != nil {
		return nil, err
	}
	condition := c.r.Header.Get("If-None-Match")
	if condition != "" && condition != "*" {
		return nil, newProblem("usage", "If-None-Match", fault.Quote(condition), "* or nothing")
	}
	catalog := s.engines.base.Catalog
	var f *scenario.File
	var text []byte
	var err error
	if c.root != nil {
		if f, err = readDocument(s, &question{text: c.body.text[c.root.start:c.root.end], in: c.body, at: c.root.start}); err != nil {
			return nil, err
		}
		if f.Name != "" && f.Name != name {
			return nil, newProblem("invalid-data", "name", "the scenario is named "+fault.Quote(f.Name), fault.Quote(name)+", or no name")
		}
		f.Name = name
		if text, err = yamlOf(catalog, documentOf(catalog, f)); err != nil {
			return nil, err
		}
	} else {
		text = c.body.text
		if f, err = scenario.ReadFile(catalog, "scenario", text); err != nil {
			return nil, err
		}
		if f.Name != "" && f.Name != name {
			return nil, newProblem("invalid-data", "name", "the scenario is named "+fault.Quote(f.Name), fault.Quote(name)+", or no name")
		}
	}
	canonical, _, err := ask.WithoutEffect(s.engines.base, f.Scenario)
	if err != nil {
		return nil, err
	}
	created, err := s.saved.write(name, text, condition == "*")
	if err != nil {
		return nil, err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	out := now("", &content{sections: []export.Section{{Name: "name", Value: name}, {Name: "hash", Value: canonical.Hash(catalog)}, {Name: "created", Value: created}}})
	out.status = status
	return out, nil
}

func (s *Server) deleteScenario(c *call) (*reply, error) {
	name := c.vars["name"]
	if err := s.writable(name); err != nil {
		return nil, err
	}
	ok, err := s.saved.remove(name)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, newProblem("not-found", "name", "no scenario is saved as "+fault.Quote(name), "a name that GET /scenarios lists")
	}
	return &reply{status: http.StatusNoContent}, nil
}

func (s *Server) getSources(*call) (*reply, error) {
	return &reply{make: func(context.Context) (*content, error) {
		tables, rows, err := ask.SourcesTables(s.engines.base)
		if err != nil {
			return nil, err
		}
		return &content{sections: []export.Section{{Name: "tables", Value: tables}, {Name: "row_sources", Value: rows}}, tables: []*export.Table{tables, rows}}, nil
	}}, nil
}

// Bounds of the rows of an input table.
const (
	defaultRows = 1000
	maxRows     = 10_000
	maxLine     = 10_000_000
)

func (s *Server) getTable(c *call) (*reply, error) {
	p := s.engines.base.Catalog.Package
	name := c.vars["name"]
	resource := p.Resource(name)
	if resource == nil {
		var known []string
		for i := range p.Resources {
			known = append(known, p.Resources[i].Name)
		}
		x := newProblem("not-found", "name", "no table is named "+fault.Quote(name), "a name that GET /sources lists")
		x.DidYouMean = fault.Nearest(name, known)
		return nil, x
	}
	where := map[string]string{}
	for _, field := range []string{"commodity", "country"} {
		value, err := c.q.one(field)
		if err != nil {
			return nil, err
		}
		if value == "" {
			continue
		}
		if len(value) > 100 {
			return nil, newProblem("usage", field, "the value is too long", "at most 100 bytes")
		}
		if !slices.ContainsFunc(resource.Schema.Fields, func(f datapackage.Field) bool { return f.Name == field && f.Type == "string" }) {
			return nil, newProblem("usage", field, "table "+name+" has no column "+field, "no such filter")
		}
		where[field] = value
	}
	var bounds [3]int
	for i, b := range []struct {
		name                 string
		low, high, otherwise int
	}{{"line", 1, maxLine, 0}, {"limit", 1, maxRows, defaultRows}, {"offset", 0, maxLine, 0}} {
		var err error
		if bounds[i], err = c.q.integer(b.name, b.low, b.high, b.otherwise); err != nil {
			return nil, err
		}
	}
	line, limit, offset := bounds[0], bounds[1], bounds[2]
	return &reply{key: fmt.Sprint(where, bounds), make: func(context.Context) (*content, error) {
		t, err := p.Table(name)
		if err != nil {
			return nil, err
		}
		out := &export.Table{Name: "rows", Columns: []export.Column{{Name: "file", Meaning: "file of the data package"}, {Name: "line", Meaning: "line in the file"}}}
		for _, f := range resource.Schema.Fields {
			out.Columns = append(out.Columns, export.Column{Name: f.Name, Unit: f.Unit, Meaning: f.Description})
		}
		total := 0
	rows:
		for row := range t.Rows() {
			file, at := t.Line(row)
			if line != 0 && at != line {
				continue
			}
			for field, value := range where {
				if t.Text(field)[row] != value {
					continue rows
				}
			}
			total++
			if total <= offset || len(out.Rows) == limit {
				continue
			}
			cells := []any{file, at}
			for _, f := range resource.Schema.Fields {
				switch {
				case t.Missing(f.Name, row):
					cells = append(cells, nil)
				case f.Type == "string":
					cells = append(cells, t.Text(f.Name)[row])
				default:
					cells = append(cells, t.Numbers(f.Name)[row])
				}
			}
			out.Rows = append(out.Rows, cells)
		}
		return &content{sections: []export.Section{{Name: "table", Value: name}, {Name: "title", Value: resource.Title}, {Name: "columns", Value: columnsOf(out)}, {Name: "rows_total", Value: total}, {Name: "rows", Value: out}},
			tables: []*export.Table{out}}, nil
	}}, nil
}
