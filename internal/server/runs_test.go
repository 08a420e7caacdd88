package server

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"chokepoint/internal/batch"
)

// withRuns sets a folder of runs.
func withRuns(dir string) func(*Options) { return func(o *Options) { o.Runs = dir } }

// wantRun waits until a run has a state.
func wantRun(t *testing.T, h http.Handler, id, state string) map[string]any {
	t.Helper()
	for {
		x := get(t, h, "/runs/"+id)
		switch x["state"] {
		case state:
			return x
		case runQueued, runRunning:
			time.Sleep(5 * time.Millisecond)
		default:
			t.Fatalf("run %s: %v, want %s", id, x, state)
		}
	}
}

// startRun posts a run and returns its id.
func startRun(t *testing.T, h http.Handler, body string) string {
	t.Helper()
	r := do(h, "POST", "/api/v1/runs", body)
	b := read(t, r)
	if r.StatusCode != http.StatusAccepted {
		t.Fatalf("%s %s", r.Status, b)
	}
	id := object(t, b)["id"].(string)
	if got := r.Header.Get("Location"); got != "/api/v1/runs/"+id || !runID.MatchString(id) {
		t.Errorf("location %q, id %q", got, id)
	}
	return id
}

// long is a run that a test never waits for.
const long = `{"units":"gallium","draws":100000}`

// TestRunsLife: a run is started, listed, done, read and deleted, and its numbers
// are those of GET /rank and of `batch gather`.
func TestRunsLife(t *testing.T) {
	dir := t.TempDir()
	h := newServer(t, withRuns(dir)).Handler(address)
	id := startRun(t, h, `{"units":["gallium","potash"],"draws":300,"seed":3,"set":["gallium.supply.CHN.share=0.9"],"method":{"sharing":"pro-rata"},"probability":"published","units_as":"customs-area"}`)
	x := wantRun(t, h, id, runDone)
	if x["draws"] != 300.0 || x["draws_done"] != 300.0 || x["shards"] != 1.0 || x["shards_done"] != 1.0 || x["seed"] != 3.0 || x["error"] != "" {
		t.Errorf("done: %v", x)
	}
	got := get(t, h, "/runs/"+id+"/result")
	want := get(t, h, "/rank?units=gallium,potash&draws=300&seed=3&set=gallium.supply.CHN.share%3D0.9&method=sharing%3Dpro-rata&probability=published&units_as=customs-area")
	if !reflect.DeepEqual(got["rank"], want["rank"]) {
		t.Errorf("the run gives\n%v\nGET /rank\n%v", got["rank"], want["rank"])
	}
	if !reflect.DeepEqual(got["run"].(map[string]any)["command"], want["run"].(map[string]any)["command"]) {
		t.Errorf("command %v, of GET /rank %v", got["run"], want["run"])
	}
	// The folder is a run directory like any other.
	d, err := batch.Open(filepath.Join(dir, id))
	if err != nil {
		t.Fatal(err)
	}
	m, err := d.Load(t.Context(), "1.2.3", 1)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := d.Gather(m)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range got["rank"].([]any) {
		if p95 := row.(map[string]any)["p95"].(float64); abs(p95-answer.Ranges[i].P95) > 1e-9*p95 {
			t.Errorf("row %d: 95 %% at %g, gathered %g", i, p95, answer.Ranges[i].P95)
		}
	}
	csv := string(read(t, do(h, "GET", "/api/v1/runs/"+id+"/result.csv", "")))
	if rank := string(read(t, do(h, "GET", "/api/v1/rank.csv?units=gallium,potash&draws=300&seed=3&set=gallium.supply.CHN.share%3D0.9&method=sharing%3Dpro-rata&probability=published&units_as=customs-area", ""))); csv != rank {
		t.Errorf("csv\n%s\nof GET /rank\n%s", csv, rank)
	}
	if r := do(h, "DELETE", "/api/v1/runs/"+id, ""); r.StatusCode != http.StatusNoContent {
		t.Error(r.Status)
	}
	for _, target := range []string{"/runs/" + id, "/runs/" + id + "/result"} {
		wantProblem(t, do(h, "GET", "/api/v1"+target, ""), 404, "not-found", "no run")
	}
	wantNoFiles(t, dir)
}

// wantNoFiles: nothing is left in a folder.
func wantNoFiles(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v %v", left, err)
	}
}

// TestRunsQueue: one run is computed, as many as the limit wait, more are told to
// come back; a deleted run gives way to the next at once.
func TestRunsQueue(t *testing.T) {
	dir := t.TempDir()
	s := newServer(t, func(o *Options) { o.Runs, o.Limits.RunsWaiting, o.Limits.Runs, o.Limits.RunDraws = dir, 1, 3, 100_000 })
	h := s.Handler(address)
	wantProblem(t, do(h, "POST", "/api/v1/runs", `{"draws":100001}`), 400, "usage", "100000")
	one := startRun(t, h, long)
	wantState(t, h, one, runRunning)
	two := startRun(t, h, long)
	r := do(h, "POST", "/api/v1/runs", long)
	if wantProblem(t, r, 429, "too-many-requests", "1 runs wait"); r.Header.Get("Retry-After") != "60" {
		t.Errorf("headers %v", r.Header)
	}
	wantProblem(t, do(h, "GET", "/api/v1/runs/"+two+"/result", ""), 409, "not-ready", "queued")
	if r := do(h, "DELETE", "/api/v1/runs/"+one, ""); r.StatusCode != http.StatusNoContent {
		t.Error(r.Status)
	}
	wantState(t, h, two, runRunning)
	three := startRun(t, h, `{"units":"gallium","draws":10}`)
	if r := do(h, "DELETE", "/api/v1/runs/"+two, ""); r.StatusCode != http.StatusNoContent {
		t.Error(r.Status)
	}
	wantRun(t, h, three, runDone)
	startRun(t, h, `{"units":"gallium","draws":10}`)
	wantDone := func() { // the queue is empty again
		for _, x := range get(t, h, "/runs")["runs"].([]any) {
			wantRun(t, h, x.(map[string]any)["id"].(string), runDone)
		}
	}
	wantDone()
	startRun(t, h, `{"units":"gallium","draws":10}`)
	wantDone()
	wantProblem(t, do(h, "POST", "/api/v1/runs", `{}`), 507, "full", "3 runs are kept")
}

func wantState(t *testing.T, h http.Handler, id, state string) {
	t.Helper()
	for get(t, h, "/runs/"+id)["state"] != state {
		time.Sleep(time.Millisecond)
	}
}

// TestRunsRestart: a server that is closed in the middle of a run leaves no
// goroutine; the next one keeps what is confirmed, goes on in the order of
// requests, and clears what was half made or half deleted.
func TestRunsRestart(t *testing.T) {
	dir := t.TempDir()
	if _, err := engine(); err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	s := newServer(t, func(o *Options) { o.Runs, o.Folder = dir, "" })
	h := s.Handler(address)
	one := startRun(t, h, `{"units":"gallium","draws":5001}`) // two shards
	two := startRun(t, h, `{"units":"potash","draws":10}`)
	for get(t, h, "/runs/"+one)["shards_done"] == 0.0 {
		time.Sleep(time.Millisecond)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantGoroutines(t, before)
	for _, name := range []string{newRun + one, goneRun + two} {
		if err := os.MkdirAll(filepath.Join(dir, name, "shards"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	broken := "0000000000000001-0000000000000001"
	if err := os.Mkdir(filepath.Join(dir, broken), 0o755); err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(dir, one, "manifests", "00000.json")
	confirmed, err := os.Stat(manifest)
	if err != nil {
		t.Fatal(err)
	}
	h = newServer(t, withRuns(dir)).Handler(address)
	if x := get(t, h, "/runs/"+one); x["shards_done"] == 0.0 && x["state"] != runRunning {
		t.Errorf("after the restart: %v", x)
	}
	wantRun(t, h, two, runDone)
	if x := get(t, h, "/runs/"+one); x["state"] != runDone || x["draws_done"] != 5001.0 {
		t.Errorf("the second run was computed before the first: %v", x)
	}
	if again, err := os.Stat(manifest); err != nil || !again.ModTime().Equal(confirmed.ModTime()) {
		t.Errorf("a confirmed shard was computed again: %v %v, %v", confirmed.ModTime(), again, err)
	}
	if x := get(t, h, "/runs/"+broken); x["state"] != runFailed || !strings.Contains(x["error"].(string), "plan.json") || strings.Contains(x["error"].(string), dir) {
		t.Errorf("a folder without a plan: %v", x)
	}
	if r := do(h, "DELETE", "/api/v1/runs/"+broken, ""); r.StatusCode != http.StatusNoContent {
		t.Error(r.Status)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Errorf("%v %v", files, err)
	}
}

// TestRunsHostile: ids lead nowhere, bodies are read strictly, and a server
// without the folder refuses.
func TestRunsHostile(t *testing.T) {
	outer := t.TempDir()
	dir := filepath.Join(outer, "runs")
	secret := filepath.Join(outer, "0000000000000001-0000000000000001")
	for _, d := range []string{dir, secret} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(dir, "0000000000000002-0000000000000002")
	if err := os.Symlink(secret, link); err != nil {
		t.Fatal(err)
	}
	h := newServer(t, withRuns(dir)).Handler(address)
	for _, id := range []string{"..", "../0000000000000001-0000000000000001", "..%2f0000000000000001-0000000000000001", "%2e%2e", ".", "0000000000000001-0000000000000001", "0000000000000002-0000000000000002", `..\x`, "a%00b", "con", ".new-0000000000000001-0000000000000001"} {
		for _, method := range []string{"GET", "DELETE"} {
			if r := do(h, method, "/api/v1/runs/"+id, ""); r.StatusCode != 404 && r.StatusCode != 400 && r.StatusCode != 405 {
				t.Errorf("%s %s: %s", method, id, r.Status)
			}
		}
		if r := do(h, "GET", "/api/v1/runs/"+id+"/result", ""); r.StatusCode != 404 && r.StatusCode != 400 {
			t.Errorf("%s: %s", id, r.Status)
		}
	}
	for _, d := range []string{secret, link} {
		if _, err := os.Lstat(d); err != nil {
			t.Error(err)
		}
	}
	for body, want := range map[string]string{`{"draws":1.5}`: "whole number", `{"draws":"5"}`: "whole number", `{"draws":0}`: "whole number", `{"seed":-1}`: "whole number", `{"given_disruption":1}`: "truth value", `{"units":"unobtainium"}`: "unobtainium",
		`{"id":"../x"}`: "unknown field", `{"by":""}`: "chain", `{"units_as":"x"}`: "customs-area", `{"method":{"downstream":"recipe"}}`: "draw", `[]`: "no object"} {
		r := do(h, "POST", "/api/v1/runs", body)
		if b := read(t, r); r.StatusCode != 400 || !bytes.Contains(b, []byte(want)) {
			t.Errorf("%s: %s %s", body, r.Status, b)
		}
	}
	if n := len(get(t, h, "/runs")["runs"].([]any)); n != 0 {
		t.Errorf("%d runs", n)
	}
	none := newServer(t, nil).Handler(address)
	for method, target := range map[string]string{"GET": "/runs", "POST": "/runs", "DELETE": "/runs/x"} {
		body := ""
		if method == "POST" {
			body = "{}"
		}
		wantProblem(t, do(none, method, "/api/v1"+target, body), 403, "forbidden", "no long runs")
	}
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Engine: e, Probability: "fitted", Limits: DefaultLimits(), Runs: filepath.Join(outer, "none")}); err == nil || !strings.Contains(err.Error(), "--runs") {
		t.Errorf("error %v", err)
	}
}

// TestRunsDamaged: a result whose files were damaged is computed again; one of
// another program version is refused. Neither tells where the folder is.
func TestRunsDamaged(t *testing.T) {
	dir := t.TempDir()
	s := newServer(t, withRuns(dir))
	h := s.Handler(address)
	id := startRun(t, h, `{"units":"gallium","draws":10}`)
	wantRun(t, h, id, runDone)
	totals := filepath.Join(dir, id, "totals", "00000.bin")
	content, err := os.ReadFile(totals)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(content)
	damaged[len(damaged)/2] ^= 1
	if err := os.WriteFile(totals, damaged, 0o644); err != nil {
		t.Fatal(err)
	}
	wantProblem(t, do(h, "GET", "/api/v1/runs/"+id+"/result", ""), 409, "not-ready", "computed again")
	wantRun(t, h, id, runDone)
	get(t, h, "/runs/"+id+"/result")
	if again, err := os.ReadFile(totals); err != nil || !bytes.Equal(again, content) {
		t.Errorf("other bytes than before, %v", err)
	}
	other := newServer(t, func(o *Options) { o.Runs, o.Version = dir, "1.2.4" }).Handler(address)
	r := do(other, "GET", "/api/v1/runs/"+id+"/result", "")
	if p := wantProblem(t, r, 409, "not-ready", "another program version"); strings.Contains(p["detail"].(string), dir) {
		t.Errorf("the folder is told: %v", p)
	}
}
