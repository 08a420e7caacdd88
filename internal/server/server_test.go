package server

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"chokepoint/internal/assess"
	"chokepoint/internal/assess/assesstest"
	"chokepoint/internal/catalog"
	"chokepoint/internal/probability"
)

// engine is built once: the economy takes a third of a second.
var engine = sync.OnceValues(func() (*assess.Engine, error) {
	return assesstest.Engine(assess.DefaultMethod())
})

// address is what the servers of the tests listen on, as far as Host says.
const address = "127.0.0.1:8417"

// app stands for a built explorer.
var app = fstest.MapFS{
	"index.html":            {Data: []byte("<!doctype html><title>app</title>")},
	"assets/index-abc.js":   {Data: []byte("export const x = 1;" + strings.Repeat("// padding\n", 200))},
	"assets/index-abc.css":  {Data: []byte("body{margin:0}")},
	"assets/world-land.svg": {Data: []byte("<svg xmlns='http://www.w3.org/2000/svg'/>")},
}

// newServer makes a server with a folder of saved scenarios.
func newServer(t testing.TB, change func(*Options)) *Server {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Engine: e, Probability: probability.Fitted, Version: "1.2.3", Folder: t.TempDir(), App: app, Limits: DefaultLimits(),
		Log: func(format string, args ...any) { t.Logf(format, args...) }}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// do sends a request to a handler. header is name, value, name, value, ...
func do(h http.Handler, method, target, body string, header ...string) *http.Response {
	r := httptest.NewRequest(method, "http://"+address+"/", strings.NewReader(body))
	path, query, _ := strings.Cut(target, "?")
	u, err := r.URL.Parse(path)
	if err != nil { // a path that only a hand-made request has
		r.URL.Path = path
	} else {
		r.URL = u
	}
	r.URL.RawQuery, r.RequestURI = query, target
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func read(t testing.TB, r *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// get fetches a JSON page and decodes it.
func get(t testing.TB, h http.Handler, target string) map[string]any {
	t.Helper()
	r := do(h, "GET", "/api/v1"+target, "")
	b := read(t, r)
	if r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s", target, r.Status, b)
	}
	return object(t, b)
}

func object(t testing.TB, b []byte) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatalf("%v in %.200s", err, b)
	}
	return out
}

// first is the first row of a table.
func first(t testing.TB, x map[string]any, table string) map[string]any {
	t.Helper()
	rows, ok := x[table].([]any)
	if !ok || len(rows) == 0 {
		t.Fatalf("no rows in %s of %v", table, x)
	}
	return rows[0].(map[string]any)
}

// wantProblem checks an error: status, code, and that the detail holds a text.
func wantProblem(t *testing.T, r *http.Response, status int, code, detail string) map[string]any {
	t.Helper()
	b := read(t, r)
	if r.StatusCode != status {
		t.Fatalf("status %d, want %d: %.300s", r.StatusCode, status, b)
	}
	if got := r.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q", got)
	}
	if got := r.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("an error may be kept: %q", got)
	}
	p := object(t, b)
	if p["code"] != code || p["status"] != float64(status) || p["type"] != "urn:chokepoint:problem:"+code {
		t.Errorf("problem %v, want code %s, status %d", p, code, status)
	}
	if !strings.Contains(p["detail"].(string), detail) {
		t.Errorf("detail %q does not hold %q", p["detail"], detail)
	}
	return p
}

// TestAnswers holds single numbers of every page against what is known otherwise.
func TestAnswers(t *testing.T) {
	s := newServer(t, nil)
	h := s.Handler(address)
	e := s.engines.base
	unit, _ := e.Catalog.Unit("gallium")

	x := get(t, h, "/scenarios/evaluate?commodity=gallium&from=CHN")
	record := first(t, x, "result")
	if record["commodity"] != "gallium" || record["country"] != "CHN" || record["scenario"] != x["hash"] || x["hash"] != "20816787c4508ac7" {
		t.Errorf("record %v", record)
	}
	sum := 0.0
	for _, p := range x["parts"].([]any) {
		sum += p.(map[string]any)["gdp_musd"].(float64)
	}
	if loss := record["loss_musd"].(float64); loss <= 0 || abs(loss+sum) > 1e-6*loss {
		t.Errorf("loss %g, parts sum to %g", loss, sum)
	}
	rules := x["sharing_rules"].([]any)
	if len(rules) != 3 || rules[0].(map[string]any)["chosen"] != "yes" || rules[0].(map[string]any)["loss_musd"] != record["loss_musd"] {
		t.Errorf("sharing rules %v", rules)
	}
	if m := first(t, x, "markets"); m["targeting"] != nil || m["price_ratio"] != record["price_ratio"] || m["use_before_t"] != e.Figures[unit].UseTonnes {
		t.Errorf("market %v", m)
	}
	command := x["run"].(map[string]any)["command"].([]any)
	if got := strings.Join(words(command), " "); got != "disrupt gallium --from CHN --format json" {
		t.Errorf("command %q", got)
	}

	x = get(t, h, "/scenarios/evaluate?commodity=gallium&from=China&to=USA&omit=sources,industries,sharing_rules")
	two, ok := first(t, x, "markets")["targeting"].(map[string]any)
	if !ok || two["economy_inside"] != true || !(two["inside_price_ratio"].(float64) > two["outside_price_ratio"].(float64)) {
		t.Errorf("targeting %v", two)
	}
	for _, table := range []string{"sources", "industries", "sharing_rules"} {
		if rows := x[table].([]any); len(rows) != 0 {
			t.Errorf("%s was omitted and has %d rows", table, len(rows))
		}
	}

	row := first(t, get(t, h, "/rank?units=gallium"), "rank")
	if row["commodity"] != "gallium" || row["rank"] != 1.0 || row["leading_country"] != "CHN" || row["leading_loss_musd"] != record["loss_musd"] {
		t.Errorf("rank %v", row)
	}
	if rows := get(t, h, "/rank")["rank"].([]any); len(rows) != 84 {
		t.Errorf("%d rows in the ranking", len(rows))
	}
	chains := get(t, h, "/rank?units=@all&by=chain&given_disruption=true&units_as=customs-area&probability=published")
	if n := len(chains["rank"].([]any)); n >= len(e.Catalog.Units) || n < 50 {
		t.Errorf("%d chains", n)
	}
	baseline := get(t, h, "/baseline?units=gallium")["scenarios"].([]any)
	if !slices.ContainsFunc(baseline, func(x any) bool { return x.(map[string]any)["loss_musd"] == record["loss_musd"] }) {
		t.Error("the baseline of gallium lacks the stop by China")
	}

	if n := len(get(t, h, "/units")["units"].([]any)); n != len(e.Catalog.Units) {
		t.Errorf("%d units", n)
	}
	x = get(t, h, "/units/Gallium")
	if u := first(t, x, "unit"); u["commodity"] != "gallium" || u["symbol"] != "Ga" || u["name_zh"] != "镓" || u["leader"] != "CHN" {
		t.Errorf("unit %v", u)
	}
	if c := first(t, x, "countries"); c["country"] != "CHN" {
		t.Errorf("largest producer %v", c)
	}
	inputs := x["inputs"].([]any)
	if len(inputs) != len(e.Catalog.Inputs(unit)) {
		t.Errorf("%d inputs", len(inputs))
	}
	for _, y := range inputs {
		in := y.(map[string]any)
		low, okLow := in["low"].(float64)
		high, okHigh := in["high"].(float64)
		if v := in["value"].(float64); okLow != okHigh || okLow && (low > v || high < v) {
			t.Errorf("input %v: the range leaves the value out", in)
		}
	}
	if x = get(t, h, "/countries/South%20Africa"); first(t, x, "country")["country"] != "ZAF" || len(x["commodities"].([]any)) == 0 {
		t.Errorf("country %v", x)
	}
	if n := len(get(t, h, "/countries")["countries"].([]any)); n != len(e.Catalog.Countries)-1 { // without the remainder
		t.Errorf("%d countries", n)
	}
	if n := len(get(t, h, "/industries")["industries"].([]any)); n != len(e.Catalog.Industries) {
		t.Errorf("%d industries", n)
	}
	x = get(t, h, "/industries/334413")
	if !slices.ContainsFunc(x["dependence"].([]any), func(y any) bool { return y.(map[string]any)["commodity"] == "gallium" }) {
		t.Error("semiconductors do not depend on gallium")
	}

	x = get(t, h, "/explain?commodity=gallium&from=CHN&column=price_ratio")
	if y := x["explanation"].(map[string]any); y["value"] != record["price_ratio"] || len(y["equations"].([]any)) == 0 {
		t.Errorf("explanation %v", y)
	}
	place := first(t, x, "rows")["place"].(string)
	if !strings.Contains(place, ".csv:") {
		t.Errorf("place %q", place)
	}
	x = get(t, h, "/tables/supply?commodity=gallium&country=CHN")
	if r := first(t, x, "rows"); x["rows_total"] != 1.0 || r["country"] != "CHN" {
		t.Errorf("row %v", x)
	} else if one := get(t, h, "/tables/supply?line="+jsonNumber(r["line"])); first(t, one, "rows")["commodity"] != "gallium" {
		t.Errorf("line %v holds %v", r["line"], one)
	}
	if x = get(t, h, "/tables/supply?limit=2&offset=1"); len(x["rows"].([]any)) != 2 || x["rows_total"].(float64) < 100 {
		t.Errorf("page of rows %v", x["rows_total"])
	}

	x = get(t, h, "/compare?scenario=gallium+--from+CHN&scenario=gallium+--from+CHN+--to+USA&scenario=china-us-ban-2024")
	for _, y := range x["comparison"].([]any) {
		q := y.(map[string]any)
		if q["quantity"] == "loss_musd" && (q["a"] != record["loss_musd"] || abs(q["b"].(float64)-q["a"].(float64)-q["b_less_a"].(float64)) > 1e-6) {
			t.Errorf("comparison %v", q)
		}
	}
	if len(x["why"].([]any)) == 0 || len(x["runs"].([]any)) != 3 {
		t.Error("a comparison without reasons or runs")
	}
	if x = get(t, h, "/version"); x["can_save"] != true || x["version"] != "1.2.3" || len(x["explainable"].([]any)) < 10 {
		t.Errorf("version %v", x)
	}
	if n := len(get(t, h, "/methods")["settings"].([]any)); n != len(e.Method.Settings()) {
		t.Errorf("%d settings", n)
	}
}

func words(list []any) []string {
	var out []string
	for _, x := range list {
		out = append(out, x.(string))
	}
	return out
}

func jsonNumber(x any) string {
	b, _ := json.Marshal(x)
	return string(b)
}

func abs(x float64) float64 { return max(x, -x) }

// TestSameQuestion: a selector, its document, and the POST of both have one
// answer, and a permalink gives it as well.
func TestSameQuestion(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	want := get(t, h, "/scenarios/evaluate?commodity=gallium,germanium&from=CHN&to=USA,JPN&cut=50%25&months=6&leakage=0.2&offered=90%25&bloc=USA,CAN&method=sharing%3Dpro-rata&method=stocks%3D0.5&set=gallium.supply.CHN.share%3D0.9")
	for name, body := range map[string]string{
		"selector": `{"commodity":["gallium","germanium"],"from":"CHN","to":["USA","JPN"],"cut":"50%","months":6,"leakage":0.2,"offered":"90%","blocs":[["USA","CAN"]],"method":{"sharing":"pro-rata","stocks":0.5},"set":["gallium.supply.CHN.share=0.9"]}`,
		"document": "{\"scenario\":{\n\t\"format\":1,\"months\":6,\"withdrawals\":[{\"commodity\":[\"gallium\",\"Germanium\"],\"from\":[\"China\"],\"to\":[\"USA\",\"JPN\"],\"cut\":0.5,\"leakage\":\"20%\",\"offered\":0.9}],\"blocs\":[[\"USA\",\"CAN\"]]},\"method\":{\"sharing\":\"pro-rata\",\"stocks\":\"0.5\"},\"set\":[\"gallium.supply.CHN.share=0.9\"]}",
	} {
		r := do(h, "POST", "/api/v1/scenarios/evaluate", body)
		b := read(t, r)
		if r.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %s", name, r.Status, b)
		}
		got := object(t, b)
		for _, part := range []string{"hash", "result", "parts", "markets", "industries", "sharing_rules", "state", "sources"} {
			if !bytes.Equal(marshal(t, want[part]), marshal(t, got[part])) {
				t.Errorf("%s: %s differs", name, part)
			}
		}
		if r.Header.Get("ETag") != "" || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: the answer to a POST may be kept", name)
		}
	}
	if edits := want["run"].(map[string]any)["edits"].([]any); len(edits) != 1 || !strings.Contains(edits[0].(string), "gallium.supply.CHN.share") {
		t.Errorf("edits %v", edits)
	}
	// The scenario of an answer is a question with the same answer.
	again := do(h, "POST", "/api/v1/scenarios/evaluate", `{"scenario":`+string(marshal(t, want["scenario"]))+`}`)
	if got := object(t, read(t, again)); got["hash"] != want["hash"] {
		t.Errorf("scenario of the answer: hash %v, want %v", got["hash"], want["hash"])
	}
}

func marshal(t testing.TB, x any) []byte {
	t.Helper()
	b, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestNoEquilibrium: a scenario without a price is an answer, not an error.
func TestNoEquilibrium(t *testing.T) {
	s := newServer(t, nil)
	h := s.Handler(address)
	e := s.engines.base
	for i := range e.Catalog.Units {
		u, f := &e.Catalog.Units[i], e.Figures[i]
		if k := u.Country(catalog.Remainder); f.RecycledShare > 0 || k >= 0 && f.SupplyShare[k] > 0 {
			continue
		}
		var all []string
		for k, country := range u.Countries {
			if f.SupplyShare[k] > 0 {
				all = append(all, country)
			}
		}
		x := get(t, h, "/scenarios/evaluate?kind=production-outage&commodity="+u.ID+"&from="+strings.Join(all, ",")+"&omit=sources,sharing_rules")
		if x["state"] != assess.StateNoClearing || x["lower_bound"] != true || first(t, x, "result")["price_ratio"] != nil {
			t.Errorf("%s: %v %v", u.ID, x["state"], first(t, x, "result"))
		}
		return
	}
	t.Error("no unit can lose all its supply: the test proves nothing")
}

// TestTwins: every page with tables has a csv that equals the json.
func TestTwins(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	for target, table := range map[string]string{"/rank?units=gallium,germanium": "rank", "/units": "units", "/units/gallium?table=inputs": "inputs", "/countries": "countries", "/countries/CHN": "country", "/industries": "industries",
		"/industries/334413?table=dependence": "dependence", "/baseline?units=gallium": "scenarios", "/scenarios": "scenarios", "/sources": "tables", "/sources?table=row_sources": "row_sources",
		"/lists": "editions", "/lists?table=marks": "marks", "/lists/overlap?preset=shared-18": "overlap", "/lists/overlap?preset=shared-18&table=union": "union", "/lists/overlaps?table=grid": "grid", "/lists/diff?from=us-2018&to=us-2022": "diff", "/lists/timeline": "timeline", "/lists/claims?table=claim_readings": "claim_readings", "/lists/eu-2011?table=entries": "entries", "/lists/us-2022/against": "against", "/units/gallium?table=lists": "lists", "/units/gallium?table=memberships": "memberships",
		"/concentration": "concentration", "/concentration/cobalt?table=indicators": "indicators", "/concentration/countries/CHN?table=stages": "stages", "/concentration/cobalt?table=other_stages": "other_stages", "/imports/graphite-natural?table=sources_of_imports": "sources_of_imports", "/compare-sources/cobalt?table=readings": "readings", "/explain/concentration/gallium/hhi?table=rows": "rows", "/explain/claims/A09?table=symbols": "symbols", "/tables/elasticities": "rows", "/version": "", "/methods": "", "/columns": "",
		"/scenarios/evaluate?commodity=gallium&from=CHN": "result", "/scenarios/evaluate?commodity=gallium&from=CHN&table=industries": "industries", "/scenarios/evaluate?commodity=gallium&from=CHN&table=markets": "",
		"/compare?scenario=gallium+--from+CHN&scenario=germanium+--from+CHN": "comparison", "/explain?commodity=gallium&from=CHN&column=loss_musd": "symbols",
		"/ranges?commodity=gallium&from=CHN&draws=20&points=16": "ranges", "/ranges?commodity=gallium&from=CHN&draws=20&points=16&table=inputs": "inputs"} {
		path, query, _ := strings.Cut(target, "?")
		r := do(h, "GET", "/api/v1"+path+".csv?"+query, "")
		b := read(t, r)
		if r.StatusCode != http.StatusOK || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/csv") {
			t.Errorf("%s: %s %s", target, r.Status, b)
			continue
		}
		rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Errorf("%s: %d rows, %v", target, len(rows), err)
			continue
		}
		if table == "" {
			continue
		}
		plain := slices.DeleteFunc(strings.Split(query, "&"), func(p string) bool { return strings.HasPrefix(p, "table=") })
		target = path + ".json?" + strings.Join(plain, "&")
		x := get(t, h, target)
		want := x[table].([]any)
		if len(want) != len(rows)-1 {
			t.Errorf("%s: %d rows in csv, %d in json", target, len(rows)-1, len(want))
			continue
		}
		for k, name := range rows[0] {
			cell, ok := want[0].(map[string]any)[name]
			if text, isText := cell.(string); !ok || isText && strings.TrimPrefix(rows[1][k], "'") != text {
				t.Errorf("%s: column %s is %q in csv, %v in json", target, name, rows[1][k], cell)
			}
		}
	}
	wantProblem(t, do(h, "GET", "/api/v1/rank.csv?table=nothing", ""), 400, "usage", "one of rank")
	wantProblem(t, do(h, "GET", "/api/v1/rank?table=rank", ""), 400, "usage", "unknown parameter")
	wantProblem(t, do(h, "GET", "/api/v1/rank.xml", ""), 404, "not-found", "there is no page")
	r := do(h, "POST", "/api/v1/scenarios/evaluate.csv?table=uses", `{"commodity":"gallium","from":"CHN"}`)
	if b := read(t, r); r.StatusCode != 200 || !strings.HasPrefix(string(b), "commodity,application,") {
		t.Errorf("POST for csv: %s %s", r.Status, b)
	}
}

func TestConditional(t *testing.T) {
	s := newServer(t, nil)
	h := s.Handler(address)
	const page = "/api/v1/scenarios/evaluate?commodity=gallium&from=CHN"
	a := do(h, "GET", page, "")
	tag := a.Header.Get("ETag")
	if tag == "" || a.Header.Get("Cache-Control") != "private, no-cache" {
		t.Fatalf("headers %v", a.Header)
	}
	for _, header := range []string{tag, strings.TrimPrefix(tag, "W/"), `"other", ` + tag, "*"} {
		r := do(h, "GET", page, "", "If-None-Match", header)
		if b := read(t, r); r.StatusCode != http.StatusNotModified || len(b) != 0 || r.Header.Get("ETag") != tag {
			t.Errorf("If-None-Match %s: %s, %d bytes", header, r.Status, len(b))
		}
	}
	if r := do(h, "GET", page, "", "If-None-Match", `"other"`); r.StatusCode != 200 {
		t.Errorf("another tag: %s", r.Status)
	}
	// What changes the answer changes the tag.
	seen := map[string]string{tag: page}
	for _, other := range []string{page + "&months=6", page + "&method=sharing%3Dpro-rata", page + "&set=gallium.supply.CHN.share%3D0.9", page + "&probability=published", page + "&omit=sources", "/api/v1/scenarios/evaluate.csv?commodity=gallium&from=CHN", "/api/v1/scenarios/evaluate.csv?commodity=gallium&from=CHN&table=uses", "/api/v1/units/gallium", "/api/v1/units/germanium", "/api/v1/rank", "/api/v1/rank?by=chain", "/api/v1/lists/overlap?preset=shared-18", "/api/v1/lists/overlap?preset=shared-18&rules=-R3", "/api/v1/lists/overlap?preset=shared-18&language=ja", "/api/v1/lists/overlap?edition=us-2018&edition=eu-2020", "/api/v1/lists/timeline", "/api/v1/lists/timeline?material=gallium", "/api/v1/concentration", "/api/v1/concentration?units=gallium", "/api/v1/concentration?units=gallium&set=gallium.supply.CHN.share%3D0.9", "/api/v1/imports/gallium", "/api/v1/imports/gallium?importer=USA", "/api/v1/compare-sources/gallium", "/api/v1/compare-sources/gallium?year=2024"} {
		tag := do(h, "GET", other, "").Header.Get("ETag")
		if before, there := seen[tag]; there || tag == "" {
			t.Errorf("%s has the tag of %s", other, before)
		}
		seen[tag] = other
	}
	// And what does not, does not.
	for _, same := range []string{page + "&months=12&cut=100%25&method=sharing%3Dleast-deviation", "/api/v1/scenarios/evaluate.json?from=CHN&commodity=gallium"} {
		r := do(h, "GET", same, "")
		if same != page+"&months=12&cut=100%25&method=sharing%3Dleast-deviation" && r.Header.Get("ETag") != tag {
			t.Errorf("%s has another tag", same)
		}
	}
	if other := newServer(t, func(o *Options) { o.Version = "1.2.4" }).Handler(address); do(other, "GET", page, "").Header.Get("ETag") == tag {
		t.Error("another program has the same tag")
	}
	x, y := newServer(t, func(o *Options) { o.Unreleased = true }), newServer(t, func(o *Options) { o.Unreleased = true })
	if do(x.Handler(address), "GET", page, "").Header.Get("ETag") == do(y.Handler(address), "GET", page, "").Header.Get("ETag") {
		t.Error("a build of its own keeps tags over a restart")
	}
}

func TestGzip(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	for _, page := range []string{"/api/v1/units", "/assets/index-abc.js"} {
		plain := read(t, do(h, "GET", page, ""))
		for _, accept := range []string{"gzip", "br, gzip;q=0.5", "*"} {
			r := do(h, "GET", page, "", "Accept-Encoding", accept)
			if r.Header.Get("Content-Encoding") != "gzip" || r.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s, %s: headers %v", page, accept, r.Header)
				continue
			}
			z, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(z); err != nil || !bytes.Equal(b, plain) {
				t.Errorf("%s: %d bytes unpacked, want %d, %v", page, len(b), len(plain), err)
			}
		}
		for _, accept := range []string{"", "br", "gzip;q=0", "gzip; q=0.0"} {
			if r := do(h, "GET", page, "", "Accept-Encoding", accept); r.Header.Get("Content-Encoding") != "" {
				t.Errorf("%s, Accept-Encoding %q: packed", page, accept)
			}
		}
	}
	if r := do(h, "GET", "/api/v1/rank.csv?units=gallium", "", "Accept-Encoding", "gzip"); r.Header.Get("Content-Encoding") != "" {
		t.Error("a few bytes are packed")
	}
}

func TestHeadAndMethods(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	for _, page := range []string{"/api/v1/units", "/api/v1/rank.csv", "/", "/api/v1/openapi.json"} {
		a, b := do(h, "GET", page, ""), do(h, "HEAD", page, "")
		want := read(t, a)
		if got := read(t, b); b.StatusCode != 200 || len(got) != 0 || b.Header.Get("Content-Length") != jsonNumber(len(want)) || b.Header.Get("ETag") != a.Header.Get("ETag") {
			t.Errorf("HEAD %s: %s, %d bytes, headers %v", page, b.Status, len(got), b.Header)
		}
	}
	for target, allow := range map[string]string{"/api/v1/rank": "GET, HEAD", "/api/v1/scenarios/evaluate": "GET, HEAD, POST", "/api/v1/scenarios/china-us-ban-2024": "DELETE, GET, HEAD, PUT", "/api/v1/scenarios/x.yaml": "GET, HEAD", "/": "GET, HEAD"} {
		for _, method := range []string{"PATCH", "TRACE", "OPTIONS", "QUERY"} {
			r := do(h, method, target, "")
			wantProblem(t, r, 405, "method-not-allowed", "")
			if got := r.Header.Get("Allow"); got != allow {
				t.Errorf("%s %s: Allow %q, want %q", method, target, got, allow)
			}
		}
	}
	wantProblem(t, do(h, "DELETE", "/api/v1/scenarios/evaluate", ""), 405, "method-not-allowed", "")
}

func TestStatic(t *testing.T) {
	s := newServer(t, nil)
	h := s.Handler(address)
	index := string(read(t, do(h, "GET", "/", "")))
	if !strings.Contains(index, "<title>app") {
		t.Errorf("index %q", index)
	}
	for _, screen := range []string{"/mineral/gallium", "/compare", "/?units=x"} {
		if got := string(read(t, do(h, "GET", screen, ""))); got != index {
			t.Errorf("%s is no screen: %q", screen, got)
		}
	}
	r := do(h, "GET", "/assets/index-abc.js", "")
	if r.Header.Get("Content-Type") != "text/javascript; charset=utf-8" || r.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("script headers %v", r.Header)
	}
	if r := do(h, "GET", "/", ""); r.Header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("index may be kept: %v", r.Header)
	}
	if r := do(h, "GET", "/", "", "If-None-Match", do(h, "GET", "/", "").Header.Get("ETag")); r.StatusCode != 304 {
		t.Errorf("index again: %s", r.Status)
	}
	wantProblem(t, do(h, "GET", "/assets/other.js", ""), 404, "not-found", "no such page")
	wantProblem(t, do(h, "GET", "/api/v2/rank", ""), 404, "not-found", "/api/v1")
	wantProblem(t, do(h, "GET", "/api/v1", ""), 404, "not-found", "")
	bare := newServer(t, func(o *Options) { o.App = nil }).Handler(address)
	if got := string(read(t, do(bare, "GET", "/", ""))); !strings.Contains(got, "npm run build") || !strings.Contains(got, "/api/v1/openapi.json") {
		t.Errorf("page without an app: %q", got)
	}
	wantProblem(t, do(bare, "GET", "/mineral/gallium", ""), 404, "not-found", "")
}

// TestSecurityHeaders: every response says what a browser may do with it.
func TestSecurityHeaders(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	for _, target := range []string{"/", "/api/v1/version", "/nowhere.txt", "/api/v1/nowhere"} {
		r := do(h, "GET", target, "")
		csp := r.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "script-src 'self';") || strings.Contains(csp, "unsafe-eval") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", target, csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin", "Access-Control-Allow-Origin": ""} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", target, name, got)
			}
		}
	}
}

func TestSaved(t *testing.T) {
	dir := t.TempDir()
	s := newServer(t, func(o *Options) { o.Folder, o.Limits.Saved = dir, 2 })
	h := s.Handler(address)
	const document = `{"format":1,"title":"Mine: \"a\" = # é 😀","summary":"two\nlines","months":6,"withdrawals":[{"commodity":["gallium","germanium"],"from":"CHN","to":["USA"],"cut":"50%"}],"sources":[{"title":"a paper","date":"2024-01-02"}],"assumptions":["none"]}`
	put := func(name, body string, header ...string) *http.Response {
		return do(h, "PUT", "/api/v1/scenarios/"+name, body, header...)
	}
	r := put("mine", document)
	if b := read(t, r); r.StatusCode != 201 {
		t.Fatalf("%s %s", r.Status, b)
	} else if x := object(t, b); x["created"] != true || x["name"] != "mine" {
		t.Errorf("saved %v", x)
	}
	x := get(t, h, "/scenarios/mine")
	got := x["scenario"].(map[string]any)
	if x["origin"] != "saved" || got["title"] != `Mine: "a" = # é 😀` || got["summary"] != "two\nlines" || got["name"] != "mine" {
		t.Errorf("read back %v", x)
	}
	if y := get(t, h, "/scenarios/evaluate?name=mine"); y["hash"] != x["hash"] {
		t.Errorf("hash %v, want %v", y["hash"], x["hash"])
	}
	// An escaped character outside the basic plane, and a file as it is.
	if r := put("mine", strings.Replace(document, "😀", `\ud83d\ude00`, 1)); r.StatusCode != 200 {
		t.Errorf("replace: %s %s", r.Status, read(t, r))
	}
	if title := get(t, h, "/scenarios/mine")["scenario"].(map[string]any)["title"]; title != `Mine: "a" = # é 😀` {
		t.Errorf("title %q", title)
	}
	text := string(read(t, do(h, "GET", "/api/v1/scenarios/mine.yaml", "")))
	tag := do(h, "GET", "/api/v1/scenarios/evaluate?name=mine", "").Header.Get("ETag")
	if r := put("other", strings.Replace(text, "name: mine\n", "", 1), "Content-Type", "application/yaml"); r.StatusCode != 201 {
		t.Errorf("as yaml: %s %s", r.Status, read(t, r))
	}
	if r := put("mine", strings.Replace(document, "50%", "40%", 1)); r.StatusCode != 200 || do(h, "GET", "/api/v1/scenarios/evaluate?name=mine", "").Header.Get("ETag") == tag {
		t.Error("a changed scenario keeps its tag")
	}
	wantProblem(t, put("mine", document, "If-None-Match", "*"), 412, "precondition-failed", "already")
	wantProblem(t, put("third", document), 507, "full", "at most 2")
	wantProblem(t, put("china-us-ban-2024", document), 409, "conflict", "taken")
	wantProblem(t, put("Mine", document), 400, "usage", "no name")
	wantProblem(t, put("0.5", document), 400, "usage", "no name")
	wantProblem(t, put("mine", strings.Replace(document, `"format":1`, `"format":1,"name":"yours"`, 1)), 422, "invalid-data", `"yours"`)
	wantProblem(t, put("mine", strings.Replace(document, "gallium", "unobtainium", 1)), 422, "invalid-data", "unobtainium")
	wantProblem(t, put("mine", "format: [", "Content-Type", "application/yaml"), 422, "invalid-data", "")
	if names := listed(t, h); !slices.Contains(names, "mine/saved") || !slices.Contains(names, "other/saved") || !slices.Contains(names, "china-us-ban-2024/library") {
		t.Errorf("list %v", names)
	}
	// A file that someone broke by hand is listed with its problem and stays readable to nobody.
	if err := os.WriteFile(filepath.Join(dir, "other.yaml"), []byte("format: 2"), 0o644); err != nil {
		t.Fatal(err)
	}
	broken := false
	for _, y := range get(t, h, "/scenarios")["scenarios"].([]any) {
		z := y.(map[string]any)
		broken = broken || z["name"] == "other" && z["problem"] != ""
	}
	if !broken {
		t.Error("a broken file has no problem")
	}
	wantProblem(t, do(h, "GET", "/api/v1/scenarios/other", ""), 422, "invalid-data", "")
	// Links out of the folder, folders and temporary files are not scenarios.
	outside := filepath.Join(t.TempDir(), "outside.yaml")
	if err := os.WriteFile(outside, []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.yaml"), 0o755); err != nil {
		t.Fatal(err)
	}
	pipe := exec.Command("mkfifo", filepath.Join(dir, "pipe.yaml"))
	if out, err := pipe.CombinedOutput(); err != nil && !errors.Is(err, exec.ErrNotFound) {
		t.Fatalf("mkfifo: %v %s", err, out)
	}
	for _, name := range []string{"link", "folder", "pipe"} {
		r := do(h, "GET", "/api/v1/scenarios/"+name, "")
		if b := string(read(t, r)); r.StatusCode != http.StatusNotFound || strings.Contains(b, "secret") || strings.Contains(b, dir) {
			t.Errorf("%s: %s %s", name, r.Status, b)
		}
	}
	for _, name := range []string{"mine", "other"} {
		if r := do(h, "DELETE", "/api/v1/scenarios/"+name, ""); r.StatusCode != 204 || len(read(t, r)) != 0 {
			t.Errorf("delete: %s", r.Status)
		}
	}
	wantProblem(t, do(h, "DELETE", "/api/v1/scenarios/mine", ""), 404, "not-found", "mine")
	wantProblem(t, do(h, "DELETE", "/api/v1/scenarios/china-us-ban-2024", ""), 409, "conflict", "")
	left, err := filepath.Glob(filepath.Join(dir, ".chokepoint-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("temporary files %v are left, %v", left, err)
	}
	none := newServer(t, func(o *Options) { o.Folder = "" }).Handler(address)
	wantProblem(t, do(none, "PUT", "/api/v1/scenarios/mine", document), 403, "forbidden", "saves nothing")
	wantProblem(t, do(none, "DELETE", "/api/v1/scenarios/mine", ""), 403, "forbidden", "saves nothing")
}

func listed(t *testing.T, h http.Handler) []string {
	var out []string
	for _, y := range get(t, h, "/scenarios")["scenarios"].([]any) {
		z := y.(map[string]any)
		out = append(out, z["name"].(string)+"/"+z["origin"].(string))
	}
	return out
}

// TestLibraryAsDocuments: each shipped scenario is a document that reads back to
// the same scenario, as json and as a saved file.
func TestLibraryAsDocuments(t *testing.T) {
	s := newServer(t, nil)
	h := s.Handler(address)
	for _, name := range listed(t, h) {
		name = strings.TrimSuffix(name, "/library")
		x := get(t, h, "/scenarios/"+name)
		document := x["scenario"].(map[string]any)
		delete(document, "name")
		body := string(marshal(t, document))
		if len(body) > 200_000 {
			t.Errorf("%s: a document of %d bytes", name, len(body))
		}
		if y := object(t, read(t, do(h, "POST", "/api/v1/scenarios/evaluate", `{"scenario":`+body+`,"omit":["sources","sharing_rules","industries"]}`))); y["hash"] != x["hash"] {
			t.Errorf("%s: hash %v, want %v", name, y["hash"], x["hash"])
		}
		if r := do(h, "PUT", "/api/v1/scenarios/copy", body); r.StatusCode != 200 && r.StatusCode != 201 {
			t.Errorf("%s: %s %s", name, r.Status, read(t, r))
			continue
		}
		y := get(t, h, "/scenarios/copy")
		copied := y["scenario"].(map[string]any)
		delete(copied, "name")
		if y["hash"] != x["hash"] || !bytes.Equal(marshal(t, copied), marshal(t, document)) {
			t.Errorf("%s: the saved copy differs", name)
		}
	}
}

// TestRanges: a range holds the draws' median, the run record names draws and
// seed, and the same question gives the same bytes; without draws there is none.
func TestRanges(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	const target = "/ranges?commodity=gallium&from=CHN&draws=64&points=512&seed=7"
	x := get(t, h, target)
	run := x["run"].(map[string]any)
	if run["draws"] != 64.0 || run["seed"] != 7.0 {
		t.Errorf("draws %v, seed %v in the run record", run["draws"], run["seed"])
	}
	if words := fmt.Sprint(run["command"]); !strings.Contains(words, "--draws 64 --seed 7") {
		t.Errorf("the command %s does not repeat the draws", words)
	}
	found := false
	for _, row := range x["ranges"].([]any) {
		r := row.(map[string]any)
		low, median, high := r["p05"].(float64), r["p50"].(float64), r["p95"].(float64)
		if low > median || median > high {
			t.Errorf("%v: %v, %v, %v", r["quantity"], low, median, high)
		}
		if r["quantity"] == "loss_musd" {
			found = low < high
		}
	}
	if !found {
		t.Error("the loss has no range")
	}
	sum := 0.0
	for _, row := range x["drivers"].([]any) {
		sum += row.(map[string]any)["first_order"].(float64)
	}
	if sum < 0.3 || sum > 1.3 { // first-order indices of all groups; 1 for an additive model without noise
		t.Errorf("first-order indices sum to %v", sum)
	}
	a, b := read(t, do(h, "GET", "/api/v1"+target, "")), read(t, do(newServer(t, nil).Handler(address), "GET", "/api/v1"+target, ""))
	if !bytes.Equal(a, b) {
		t.Error("two servers give different bytes")
	}
	for target, want := range map[string]bool{"/rank?units=gallium": false, "/rank?units=gallium&draws=64": true} {
		x := get(t, h, target)
		if got := first(t, x, "rank")["p05"] != nil; got != want {
			t.Errorf("%s: a range %v, expected %v", target, got, want)
		}
		if got := x["run"].(map[string]any)["draws"]; (got == 64.0) != want {
			t.Errorf("%s: draws %v in the run record", target, got)
		}
	}
}

// TestDrawsLeaveRoom: when as many requests draw as may, further ones wait, and
// one that does not draw is answered.
func TestDrawsLeaveRoom(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Limits.Concurrent, o.Limits.RequestTime = 4, 200*time.Millisecond })
	h := s.Handler(address)
	for range 2 {
		leave, err := enter(t.Context(), s.drawing)
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
	}
	for _, target := range []string{"/rank?units=gallium&draws=20", "/ranges?commodity=gallium&from=CHN&draws=20&points=0"} {
		wantProblem(t, do(h, "GET", "/api/v1"+target, ""), http.StatusServiceUnavailable, "timeout", "")
	}
	if r := do(h, "GET", "/api/v1/version", ""); r.StatusCode != http.StatusOK {
		t.Errorf("a request that does not draw: %s", r.Status)
	}
}
