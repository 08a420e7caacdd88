package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"chokepoint/internal/ask"
)

// description is the document as the tests read it.
type description struct {
	Paths      map[string]map[string]operation
	Components struct {
		Parameters map[string]parameter
		Schemas    map[string]map[string]any
	}
}

type operation struct {
	OperationID string
	Parameters  []parameter
	RequestBody any
	Responses   map[string]any
}

type parameter struct {
	Ref  string `json:"$ref"`
	Name string
	In   string
}

func describe(t testing.TB) *description {
	t.Helper()
	var d description
	if err := json.Unmarshal(openapi, &d); err != nil {
		t.Fatal(err)
	}
	return &d
}

// TestRoutesAreDescribed: the document has every route with its parameters, and
// nothing else.
func TestRoutesAreDescribed(t *testing.T) {
	d := describe(t)
	want := map[string][]string{} // "get /rank" -> parameters
	for _, r := range routes() {
		parameters := slices.Clone(r.parameters)
		want[strings.ToLower(r.method)+" "+r.pattern] = parameters
		if r.twin {
			want[strings.ToLower(r.method)+" "+r.pattern+".csv"] = append(slices.Clone(parameters), "table")
		}
		if r.yaml {
			want[strings.ToLower(r.method)+" "+r.pattern+".yaml"] = parameters
		}
	}
	seen := map[string]bool{}
	for path, operations := range d.Paths {
		for method, op := range operations {
			name := method + " " + path
			parameters, known := want[name]
			if !known {
				t.Errorf("%s is described and is no route", name)
				continue
			}
			delete(want, name)
			if op.OperationID == "" || seen[op.OperationID] {
				t.Errorf("%s: operation %q", name, op.OperationID)
			}
			seen[op.OperationID] = true
			var got []string
			inPath := 0
			for _, p := range op.Parameters {
				if key, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
					p = d.Components.Parameters[key]
				}
				switch p.In {
				case "query":
					got = append(got, p.Name)
				case "path":
					inPath++
				case "header":
				default:
					t.Errorf("%s: parameter %+v", name, p)
				}
			}
			slices.Sort(got)
			slices.Sort(parameters)
			if !slices.Equal(got, parameters) {
				t.Errorf("%s: parameters %v are described, %v are known", name, got, parameters)
			}
			if n := strings.Count(path, "{"); n != inPath {
				t.Errorf("%s: %d parameters in the path, %d described", name, n, inPath)
			}
			if isPost := method == "post" || method == "put"; isPost != (op.RequestBody != nil) {
				t.Errorf("%s: body described: %v", name, op.RequestBody != nil)
			}
		}
	}
	for name := range want {
		t.Errorf("%s is a route and is not described", name)
	}
}

// schemas compiles the schemas of the document. strict closes objects that list
// their properties, so that a field or column that is not described is found.
func schemas(t testing.TB, strict bool) func(pointer string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(openapi))
	if err != nil {
		t.Fatal(err)
	}
	if strict {
		closeObjects(doc)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	return func(pointer string) *jsonschema.Schema {
		t.Helper()
		s, err := c.Compile("openapi.json#" + pointer)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func closeObjects(x any) {
	switch v := x.(type) {
	case map[string]any:
		_, listed := v["properties"].(map[string]any)
		_, settled := v["additionalProperties"]
		if listed && !settled && v["type"] == "object" {
			v["additionalProperties"] = false
		}
		for _, y := range v {
			closeObjects(y)
		}
	case []any:
		for _, y := range v {
			closeObjects(y)
		}
	}
}

func escapePointer(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
}

// validate holds a response against the schema of its operation and status.
func validate(t *testing.T, compile func(string) *jsonschema.Schema, method, path string, r *http.Response) {
	t.Helper()
	b := read(t, r)
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	op, ok := describe(t).Paths[path][strings.ToLower(method)]
	if !ok {
		t.Fatalf("%s %s is not described", method, path)
	}
	status := jsonNumber(r.StatusCode)
	if op.Responses[status] == nil {
		t.Errorf("%s %s: status %s is not described: %.200s", method, path, status, b)
		return
	}
	pointer := "/paths/" + escapePointer(path) + "/" + strings.ToLower(method) + "/responses/" + status
	if m, ok := op.Responses[status].(map[string]any); ok && m["$ref"] != nil {
		pointer = strings.TrimPrefix(m["$ref"].(string), "#")
	}
	schema := compile(pointer + "/content/" + escapePointer(kind) + "/schema")
	if kind == "text/csv" || kind == "application/yaml" {
		return
	}
	x, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return
	}
	if err := schema.Validate(x); err != nil {
		t.Errorf("%s %s, %s: %v", method, path, status, err)
	}
}

// TestResponsesAreDescribed: every page, and every kind of error, gives what the
// document says, field by field.
func TestResponsesAreDescribed(t *testing.T) {
	h := newServer(t, func(o *Options) { o.Runs = t.TempDir() }).Handler(address)
	compile := schemas(t, true)
	const v1 = "/api/v1"
	asked := map[string]bool{}
	get := func(path, target string) {
		t.Helper()
		asked["get "+path] = true
		validate(t, compile, "GET", path, do(h, "GET", v1+target, ""))
	}
	post := func(path, body string) {
		t.Helper()
		asked["post "+path] = true
		validate(t, compile, "POST", path, do(h, "POST", v1+path, body))
	}
	const document = `{"format":1,"withdrawals":[{"commodity":"gallium","from":"CHN"}]}`
	asked["put /scenarios/{name}"] = true
	for _, body := range []string{document, document, `{"format":1}`, `[`, ""} {
		validate(t, compile, "PUT", "/scenarios/{name}", do(h, "PUT", v1+"/scenarios/mine", body))
	}
	validate(t, compile, "PUT", "/scenarios/{name}", do(h, "PUT", v1+"/scenarios/mine", document, "If-None-Match", "*"))
	validate(t, compile, "PUT", "/scenarios/{name}", do(h, "PUT", v1+"/scenarios/china-us-ban-2024", document))
	for path, targets := range map[string][]string{
		"/openapi.json": {"/openapi.json"}, "/version": {"/version"}, "/methods": {"/methods"}, "/columns": {"/columns"},
		"/units":                                 {"/units", "/units?method=judgement%3Db", "/units?method=x", "/units?set=x"},
		"/units/{id}":                            {"/units/gallium", "/units/neodymium?set=neodymium.price_usd_per_t%3D1", "/units/nothing", "/units/gallium?x=1"},
		"/countries":                             {"/countries", "/countries?probability=published", "/countries?probability=other"},
		"/countries/{code}":                      {"/countries/CHN", "/countries/usa", "/countries/XXX"},
		"/industries":                            {"/industries", "/industries?x=1"},
		"/industries/{code}":                     {"/industries/334413", "/industries/0"},
		"/rank":                                  {"/rank?units=@all", "/rank?by=chain&units=@all&units_as=customs-area", "/rank?given_disruption=true", "/rank?units=gallium,potash&draws=20&seed=3", "/rank?draws=1001", "/rank?seed=-1", "/rank?seed=3", "/rank?units=nothing", "/rank?by=other", "/rank?given_disruption=maybe"},
		"/baseline":                              {"/baseline?units=gallium,potash", "/baseline?units_as=x"},
		"/scenarios/evaluate":                    {"/scenarios/evaluate?commodity=gallium&from=CHN", "/scenarios/evaluate?commodity=gallium,copper-refined&from=CHN,CHL&to=USA", "/scenarios/evaluate?name=china-all-controls-stop", "/scenarios/evaluate?commodity=gallium&from=FRA", "/scenarios/evaluate", "/scenarios/evaluate?name=none", "/scenarios/evaluate?commodity=gallium&from=CHN&kind=import-ban&to=USA", "/scenarios/evaluate?commodity=gallium&from=CHN&method=bounds%3Denforce"},
		"/compare":                               {"/compare?scenario=gallium+--from+CHN&scenario=china-us-ban-2024", "/compare?scenario=x", "/compare"},
		"/ranges":                                {"/ranges?commodity=gallium&from=CHN&draws=20&points=16", "/ranges?commodity=gallium&from=CHN&draws=0&points=0", "/ranges?commodity=gallium&from=FRA", "/ranges?commodity=gallium&from=CHN&method=downstream%3Drecipe&draws=20&points=16", "/ranges?commodity=gallium,copper-refined&from=CHN,CHL&to=USA&draws=20&points=16", "/ranges?name=none", "/ranges?commodity=gallium&from=CHN&points=17", "/ranges?commodity=gallium&from=CHN&draws=x"},
		"/scenarios":                             {"/scenarios"},
		"/scenarios/{name}":                      {"/scenarios/mine", "/scenarios/china-us-ban-2024", "/scenarios/none", "/scenarios/NONE"},
		"/sources":                               {"/sources"},
		"/lists":                                 {"/lists", "/lists?x=1"},
		"/lists/rules":                           {"/lists/rules", "/lists/rules?rules=none", "/lists/rules?rules=R99"},
		"/lists/materials":                       {"/lists/materials"},
		"/lists/overlap":                         {"/lists/overlap?preset=shared-18", "/lists/overlap?edition=us-2025-final&edition=eu-2024-strategic&edition=jp-2024&edition=uk-2024&rules=none&language=zh", "/lists/overlap?edition=us-2018", "/lists/overlap?edition=us-2018&edition=eu-2019", "/lists/overlap?preset=shared-19", "/lists/overlap?preset=shared-18&edition=us-2018", "/lists/overlap?preset=shared-18&rules=R99", "/lists/overlap?preset=shared-18&language=xx"},
		"/lists/overlaps":                        {"/lists/overlaps", "/lists/overlaps?rules=none", "/lists/overlaps?rules=x"},
		"/lists/diff":                            {"/lists/diff?from=us-2022&to=us-2025-final", "/lists/diff?from=jp-2009&to=jp-2024&rules=all&language=ja", "/lists/diff?from=us-2022", "/lists/diff?from=us-2022&to=us-2022", "/lists/diff?from=us-2022&to=x"},
		"/lists/timeline":                        {"/lists/timeline", "/lists/timeline?jurisdiction=USA&material=gallium&since=2010&until=2025-11", "/lists/timeline?material=nothing", "/lists/timeline?jurisdiction=XX", "/lists/timeline?since=soon"},
		"/lists/claims":                          {"/lists/claims", "/lists/claims?method=x"},
		"/lists/{id}":                            {"/lists/us-2025-final", "/lists/us-1921?language=ja", "/lists/JPN", "/lists/none", "/lists/us-2018?language=x"},
		"/lists/{id}/against":                    {"/lists/us-2025-final/against", "/lists/eu-2024-strategic/against?method=judgement%3Db", "/lists/none/against", "/lists/us-2018/against?set=x"},
		"/explain/lists/{id}/{material}":         {"/explain/lists/us-2025-final/gallium", "/explain/lists/jp-2009/scandium?rules=none", "/explain/lists/none/gallium", "/explain/lists/us-2018/nothing", "/explain/lists/us-2018/gallium?rules=x"},
		"/explain/claims/{claim}":                {"/explain/claims/A09", "/explain/claims/a01", "/explain/claims/Z99"},
		"/concentration":                         {"/concentration?units=@all", "/concentration?units=gallium&set=gallium.supply.CHN.share%3D0.9", "/concentration?units=nothing"},
		"/concentration/{unit}":                  {"/concentration/cobalt", "/concentration/gallium?method=judgement%3Db", "/concentration/nothing", "/concentration/gallium?set=x"},
		"/concentration/countries/{code}":        {"/concentration/countries/CHN", "/concentration/countries/usa", "/concentration/countries/XXX"},
		"/explain/concentration/{unit}/{column}": {"/explain/concentration/gallium/hhi", "/explain/concentration/cobalt-metal/eu_supply_risk", "/explain/concentration/gallium/none", "/explain/concentration/nothing/hhi"},
		"/explain/path/{column}":                 {"/explain/path/price_ratio_outside?commodity=gallium&from=CHN", "/explain/path/loss_musd?commodity=gallium&from=CHN&month=2025-06&profile=licensing&strategic_stock_t=50&release=rate%3D5", "/explain/path/time_to_recover?commodity=gallium&from=CHN&method=judgement%3Db", "/explain/path/stocks_t?commodity=gallium&from=CHN&month=x", "/explain/path/stocks_t?commodity=gallium&from=FRA", "/explain/path/none?commodity=gallium&from=CHN", "/explain/path/stocks_t?commodity=gallium,germanium&from=CHN", "/explain/path/stocks_t?name=none"},
		"/explain/backtest/{event}":              {"/explain/backtest/ga2023-2m?draws=20&seed=2", "/explain/backtest/none", "/explain/backtest/ga2023-2m?draws=0"},
		"/explain/stockpile/{unit}/{column}":     {"/explain/stockpile/gallium/stock_t", "/explain/stockpile/tungsten/avoided_loss_musd?budget=2e9", "/explain/stockpile/gallium/cost_musd?preset=jp-60-days&method=judgement%3Db", "/explain/stockpile/gallium/none", "/explain/stockpile/nothing/stock_t", "/explain/stockpile/gallium/stock_t?preset=x"},
		"/imports/{unit}":                        {"/imports/graphite-natural", "/imports/magnesium-metal?importer=EU", "/imports/cobalt?importer=DEU,FRA", "/imports/gallium?importer=X1", "/imports/nothing"},
		"/compare-sources/{unit}":                {"/compare-sources/cobalt", "/compare-sources/gallium?year=2024", "/compare-sources/gallium?year=1999", "/compare-sources/nothing"},
		"/tables/{name}":                         {"/tables/supply", "/tables/bea_industries", "/tables/none", "/tables/supply?limit=0", "/tables/sources?commodity=gallium"},
		"/path":                                  {"/path?commodity=gallium&from=CHN", "/path?commodity=gallium&from=CHN&draws=10&horizon=13&start=2026-02&profile=licensing&strategic_stock_t=50&release=rate%3D5&parameter=stock_sensitivity%3D1.2&stock_price=opening&omit=sources", "/path?name=drc-cobalt-2025&horizon=24", "/path?commodity=gallium&from=FRA", "/path?commodity=gallium&from=CHN&profile=announcement-only&horizon=3", "/path?commodity=gallium&from=CHN&horizon=0", "/path?commodity=gallium&from=CHN&to=USA", "/path?name=none", "/path?commodity=gallium&from=CHN&method=downstream%3Drecipe&draws=5&horizon=2"},
		"/profiles":                              {"/profiles", "/profiles?x=1"},
		"/backtest":                              {"/backtest?draws=20&seed=2", "/backtest?draws=0", "/backtest?draws=5&method=judgement%3Db"},
		"/stockpile":                             {"/stockpile?budget=2e9", "/stockpile?units=gallium,potash,tin&preset=jp-60-days&draws=10", "/stockpile?units=gallium&budget=-1", "/stockpile?units=nothing"},
		"/stockpile/{unit}":                      {"/stockpile/gallium?draws=20&target_risk=10%25&within=12", "/stockpile/potash?draws=0", "/stockpile/nothing", "/stockpile/gallium?within=0"},
	} {
		for _, target := range targets {
			get(path, target)
			page, query, _ := strings.Cut(target, "?")
			if path == "/openapi.json" || path == "/scenarios/{name}" {
				continue
			}
			get(path+".csv", page+".csv?"+query)
		}
	}
	get("/scenarios/{name}.yaml", "/scenarios/mine.yaml")
	get("/scenarios/{name}.yaml", "/scenarios/none.yaml")
	for _, column := range words(toAny(t, h)) {
		get("/explain", "/explain?commodity=gallium&from=CHN&column="+column)
		get("/explain", "/explain?commodity=gallium,germanium&from=CHN&column="+column)
	}
	get("/explain", "/explain?commodity=gallium&from=CHN&column=none")
	get("/explain.csv", "/explain.csv?commodity=gallium&from=CHN&column=rest_gdp_musd&table=terms")
	for _, body := range []string{`{"commodity":"gallium","from":"CHN"}`, `{"scenario":` + document + `}`, `{"name":"china-us-ban-2024"}`, `{"name":"none"}`, `{}`, `{"scenario":{"format":2}}`, `[]`, `{"scenario":` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + `}`} {
		post("/scenarios/evaluate", body)
		post("/scenarios/evaluate.csv", body)
		if strings.Contains(body, "none") {
			continue
		}
		post("/compare", `{"scenarios":[{"commodity":"gallium","from":"CHN"},`+body+`]}`)
	}
	post("/compare.csv", `{"scenarios":[{"commodity":"gallium","from":"CHN"},{"name":"china-us-ban-2024"}]}`)
	asked["delete /scenarios/{name}"] = true
	if r := do(h, "DELETE", v1+"/scenarios/mine", ""); r.StatusCode != 204 {
		t.Errorf("delete: %s", r.Status)
	}
	validate(t, compile, "DELETE", "/scenarios/{name}", do(h, "DELETE", v1+"/scenarios/mine", ""))
	for _, body := range []string{`{"units":"gallium","draws":20}`, `{"draws":0}`, `[`, `{"method":{"downstream":"recipe"}}`, `{"set":"x"}`} {
		post("/runs", body)
	}
	id := first(t, object(t, read(t, do(h, "GET", v1+"/runs", ""))), "runs")["id"].(string)
	wantRun(t, h, id, runDone)
	for _, target := range []string{"", "/result", "/result?x=1", "/result.csv", "/result.csv?table=x"} {
		path, _, _ := strings.Cut(target, "?")
		get("/runs/{id}"+path, "/runs/"+id+target)
		get("/runs/{id}"+path, "/runs/none"+target)
	}
	get("/runs", "/runs")
	get("/runs.csv", "/runs.csv")
	asked["delete /runs/{id}"] = true
	if r := do(h, "DELETE", v1+"/runs/"+id, ""); r.StatusCode != 204 {
		t.Errorf("delete: %s", r.Status)
	}
	validate(t, compile, "DELETE", "/runs/{id}", do(h, "DELETE", v1+"/runs/"+id, ""))
	none := newServer(t, nil).Handler(address)
	validate(t, compile, "POST", "/runs", do(none, "POST", v1+"/runs", `{}`))
	validate(t, compile, "GET", "/runs", do(none, "GET", v1+"/runs", ""))
	for path, operations := range describe(t).Paths {
		for method := range operations {
			if !asked[method+" "+path] {
				t.Errorf("%s %s was not asked for", method, path)
			}
		}
	}
}

// toAny lists the columns that can be explained.
func toAny(t *testing.T, h http.Handler) []any {
	return get(t, h, "/version")["explainable"].([]any)
}

// TestColumnsAreDescribed: what the document says of a column of a ranking or of
// a record is what the tables themselves say.
func TestColumnsAreDescribed(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	tables := get(t, h, "/columns")["tables"].(map[string]any)
	d := describe(t)
	for schema, table := range map[string]string{"RankRow": "rank", "ScenarioRow": "result", "UsesRow": "uses", "IndustryEffectRow": "industries", "SourceRow": "sources", "UnitRow": "unit.unit", "UnitCountryRow": "unit.countries",
		"UnitUseRow": "unit.uses", "DependenceRow": "unit.dependence", "InputRow": "unit.inputs", "CountryRow": "countries", "CountryUnitRow": "country.commodities", "IndustryRow": "industries.list", "IndustryUnitRow": "industry.dependence", "TableRow": "tables", "RowSource": "row_sources", "SharingRuleRow": "sharing_rules", "PartRow": "parts",
		"EditionRow": "lists.editions", "MarkRow": "lists.marks", "RuleRow": "lists.rules", "MaterialRow": "lists.materials", "RuleEffectRow": "lists.effects", "CombinationRow": "lists.overlaps", "DiffRow": "lists.diff", "TimelineRow": "lists.timeline", "EntryRow": "lists.entries", "ClaimRow": "lists.claims", "ReadingRow": "lists.claim_readings", "AgainstRow": "lists.against", "StandingRow": "unit.lists", "MembershipRow": "unit.memberships",
		"ConcentrationRow": "concentration", "ProducerRow": "concentration.producers", "IndicatorRow": "concentration.indicators", "HoldRow": "concentration.hold", "OtherStageRow": "concentration.other_stages", "HoldingRow": "concentration.holdings", "CountryStageRow": "concentration.country_stages", "ImportRow": "imports", "ImportSourceRow": "imports.sources", "EuSourcingRow": "imports.eu", "PrintedImportRow": "imports.usgs", "SourceShareRow": "sources.shares", "SourceReadingRow": "sources.readings", "DisagreementRow": "sources.disagreements", "RangeRow": "ranges", "DriverRow": "drivers",
		"PathRow": "path.path", "PathSummaryRow": "path.summary", "PathStocksRow": "path.stocks", "PathParameterRow": "path.parameters", "ProfileRow": "profiles", "ForecastRow": "backtest.forecasts", "ScoreRow": "backtest.scores", "NaiveRow": "backtest.naive", "EventRow": "backtest.events", "UntestableRow": "backtest.not_testable",
		"StockRow": "stockpile.portfolio", "StockCurveRow": "stockpile.curve", "StockPresetRow": "stockpile.presets", "StockParameterRow": "stockpile.parameters", "StockAnswerRow": "stockpile.unit.stocks", "StockPolicyRow": "stockpile.unit.policy"} {
		properties := d.Components.Schemas[schema]["properties"].(map[string]any)
		columns, ok := tables[table].([]any)
		if !ok {
			t.Errorf("no table %s", table)
			continue
		}
		if len(columns) != len(properties) {
			t.Errorf("%s has %d properties, table %s %d columns", schema, len(properties), table, len(columns))
		}
		for _, x := range columns {
			c := x.(map[string]any)
			p, ok := properties[c["name"].(string)].(map[string]any)
			if !ok {
				t.Errorf("%s lacks %s", schema, c["name"])
				continue
			}
			if unit, _ := p["x-unit"].(string); unit != c["unit"] {
				t.Errorf("%s.%s: unit %q, in the table %q", schema, c["name"], unit, c["unit"])
			}
			if c["meaning"] == "" || p["description"] == "" {
				t.Errorf("%s.%s has no meaning", schema, c["name"])
			}
		}
	}
}

// TestSettingsAreDescribed: the document names the settings of the method with
// their values, and each value works.
func TestSettingsAreDescribed(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	question := describe(t).Components.Schemas["Question"]["properties"].(map[string]any)
	described := question["method"].(map[string]any)["properties"].(map[string]any)
	if len(described) != len(ask.Settings()) {
		t.Errorf("%d settings are described, there are %d", len(described), len(ask.Settings()))
	}
	for _, s := range ask.Settings() {
		p, ok := described[s.Name].(map[string]any)
		if !ok {
			t.Errorf("%s is not described", s.Name)
			continue
		}
		var values []string
		if choices, ok := p["enum"].([]any); ok {
			values = words(choices)
		}
		if !slices.Equal(values, s.Choices) {
			t.Errorf("%s: values %v are described, there are %v", s.Name, values, s.Choices)
		}
		for _, v := range values {
			get(t, h, "/scenarios/evaluate?commodity=gallium&from=CHN&omit=sources,industries,sharing_rules&method="+s.Name+"%3D"+v)
		}
	}
}
