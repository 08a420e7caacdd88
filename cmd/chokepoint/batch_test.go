package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"chokepoint/internal/fault"
)

// newRun makes a small run and returns its folder.
func newRun(t *testing.T, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	ok(t, append([]string{"batch", "new", "-q", "-o", dir}, args...)...)
	return dir
}

func TestBatchRanking(t *testing.T) {
	dir := newRun(t, "gallium", "germanium", "rhodium", "--draws", "100", "--shards", "3", "--seed", "4")
	if text := ok(t, "batch", "status", dir); !strings.Contains(text, "ranking of 3 units") || !strings.Contains(text, "0 of 3 done") || strings.Count(text, "it has no manifest") != 3 {
		t.Errorf("status of a new run:\n%s", text)
	}
	stderr := fails(t, fault.Failure, "batch", "gather", dir)
	if !strings.Contains(stderr, "shard 0 is missing: it has no manifest") || !strings.Contains(stderr, "`chokepoint batch work "+filepath.ToSlash(dir)+"`") {
		t.Errorf("gather of nothing: %s", stderr)
	}
	ok(t, "batch", "work", dir, "--index", "1")
	if text := ok(t, "batch", "status", dir, "--format", "csv"); !strings.Contains(text, "1,33,65,done,") {
		t.Errorf("status: %s", text)
	}
	code, stdout, stderr := cli("batch", "work", dir)
	if code != fault.OK || stdout != "" || !strings.Contains(stderr, "all 3 shards are there") || strings.Contains(stderr, "\r") {
		t.Errorf("work: %d, %q, %q", code, stdout, stderr)
	}
	if _, _, stderr := cli("batch", "work", dir); !strings.Contains(stderr, "nothing to do") {
		t.Errorf("work again: %q", stderr)
	}
	if text := ok(t, "batch", "status", "--verify", dir); !strings.Contains(text, "3 of 3 done") || !strings.Contains(text, "100 of 100 (100 %)") {
		t.Errorf("status:\n%s", text)
	}
	// The same numbers as the ranking that keeps all draws in memory.
	csv := []string{"--format", "csv", "-q"}
	got := ok(t, append([]string{"batch", "gather", dir}, csv...)...)
	want := ok(t, append([]string{"rank", "gallium", "germanium", "rhodium", "--draws", "100", "--seed", "4"}, csv...)...)
	if got != want {
		t.Errorf("gathered\n%s\nranked\n%s", got, want)
	}
	header, rows := readCSV(t, ok(t, append([]string{"batch", "gather", dir, "--table", "units"}, csv...)...))
	if strings.Join(header, ",") != "commodity,central,mean,p05,p50,p95,smallest,largest,draws,quantiles" || len(rows) != 3 || rows[0][8] != "100" || rows[0][9] != "exact" {
		t.Errorf("units: %v %v", header, rows)
	}
	header, rows = readCSV(t, ok(t, append([]string{"batch", "gather", dir, "--table", "restrictions"}, csv...)...))
	if strings.Join(header, ",") != "commodity,country,central,mean,p05,p50,p95,smallest,largest,draws,quantiles,nothing_withdrawn,scenario" || len(rows) < 5 || rows[0][10] != "sketch" {
		t.Errorf("restrictions: %v %v", header, rows)
	}
	file := filepath.Join(t.TempDir(), "rank.csv")
	ok(t, "batch", "gather", dir, "-o", file)
	if record := read(t, file+".run.json"); !strings.Contains(record, `"draws": 100`) || !strings.Contains(record, `"seed": 4`) {
		t.Errorf("record: %s", record)
	}
}

func TestBatchScenarios(t *testing.T) {
	dir := newRun(t, "--scenario", "gallium --from CHN", "--scenario", "china-us-ban-2024", "--draws", "60", "--shards", "2")
	ok(t, "batch", "work", "-q", dir)
	header, rows := readCSV(t, ok(t, "batch", "gather", dir, "--format", "csv", "-q"))
	if strings.Join(header, ",") != "scenario,quantity,central,mean,p05,p50,p95,smallest,largest,draws,quantiles,unit,no_price,nothing_withdrawn,hash" || len(rows) != 20 {
		t.Fatalf("%v, %d rows", header, len(rows))
	}
	_, ranges := readCSV(t, ok(t, "disrupt", "gallium", "--from", "CHN", "--draws", "60", "--format", "csv", "--table", "ranges", "-q"))
	for _, want := range ranges {
		found := false
		for _, got := range rows {
			if got[0] == "gallium from CHN" && got[1] == want[0] {
				found = true
				if got[2] != want[1] || got[4] != want[2] || got[5] != want[3] || got[6] != want[4] {
					t.Errorf("%s: gathered %v, disrupt says %v", want[0], got, want)
				}
			}
		}
		if !found {
			t.Errorf("%s is not in the answer", want[0])
		}
	}
}

func TestBatchOfAnArray(t *testing.T) {
	for _, name := range arrayVariables {
		dir := newRun(t, "gallium", "--draws", "6", "--shards", "3")
		t.Setenv(name, "2")
		ok(t, "batch", "work", dir)
		if text := ok(t, "batch", "status", dir, "--format", "csv"); strings.Count(text, "done") != 1 || !strings.Contains(text, "2,4,5,done") {
			t.Errorf("%s: %s", name, text)
		}
		t.Setenv(name, "3")
		if stderr := fails(t, fault.Usage, "batch", "work", dir); !strings.Contains(stderr, "there is no shard 3: expected 0 to 2") {
			t.Errorf("%s: %s", name, stderr)
		}
		t.Setenv(name, "two")
		if stderr := fails(t, fault.Usage, "batch", "work", dir); !strings.HasPrefix(stderr, name+`: "two": expected the number of a shard`) {
			t.Errorf("%s: %s", name, stderr)
		}
		ok(t, "batch", "work", dir, "--all")
		t.Setenv(name, "")
		ok(t, "batch", "gather", dir)
	}
}

func TestBatchRefuses(t *testing.T) {
	dir := newRun(t, "gallium", "--draws", "4", "--shards", "2")
	foreign := t.TempDir()
	for _, x := range []struct {
		code fault.Code
		says string
		args []string
	}{
		{fault.Usage, "-o: no folder for the run", []string{"batch", "new", "gallium"}},
		{fault.Usage, "--draws: 0: expected 1 to 10000000", []string{"batch", "new", "gallium", "--draws", "0", "-o", "x"}},
		{fault.Usage, "--draws: 0: expected 1", []string{"batch", "new", "gallium", "--draws", "-5", "-o", "x"}},
		{fault.Usage, "--draws: 10000001", []string{"batch", "new", "gallium", "--draws", "10000001", "-o", "x"}},
		{fault.Usage, "--shards: 1001", []string{"batch", "new", "gallium", "--shards", "1001", "-o", "x"}},
		{fault.Usage, "--shards: 9", []string{"batch", "new", "gallium", "--shards", "9", "--draws", "8", "-o", "x"}},
		{fault.Usage, `unknown commodity "gallum"`, []string{"batch", "new", "gallum", "-o", "x"}},
		{fault.Usage, "--scenario: commodities beside scenarios", []string{"batch", "new", "gallium", "--scenario", "gallium --from CHN", "-o", "x"}},
		{fault.Usage, "--by: a setting of rankings", []string{"batch", "new", "--by", "chain", "--scenario", "gallium --from CHN", "-o", "x"}},
		{fault.Usage, "--scenario: \"gallium germanium --from CHN\" names 2 scenarios", []string{"batch", "new", "--scenario", "gallium germanium --from CHN", "-o", "x"}},
		{fault.Usage, "no draws with this setting", []string{"batch", "new", "gallium", "--method", "downstream=recipe", "-o", "x"}},
		{fault.Usage, "the folder holds another run", []string{"batch", "new", "germanium", "--draws", "4", "--shards", "2", "-o", dir}},
		{fault.Usage, "--seed: the plan of the run settles this", []string{"batch", "work", dir, "--seed", "2"}},
		{fault.Usage, "--method: the plan of the run settles this", []string{"batch", "gather", dir, "--method", "lambda=0.5"}},
		{fault.Usage, "--index: there is no shard 2: expected 0 to 1", []string{"batch", "work", dir, "--index", "2"}},
		{fault.Usage, "--index: there is no shard -1", []string{"batch", "work", dir, "--index", "-1"}},
		{fault.Usage, "--index: one shard and all shards", []string{"batch", "work", dir, "--index", "0", "--all"}},
		{fault.Usage, "--workers: 2000", []string{"batch", "work", dir, "--workers", "2000"}},
		{fault.Usage, "0 arguments: expected a run directory", []string{"batch", "work"}},
		{fault.Usage, "--format: md of batch status", []string{"batch", "status", dir, "--format", "md"}},
		{fault.InvalidData, "this is no run directory: it holds no plan.json", []string{"batch", "work", foreign}},
		{fault.InvalidData, "this is no run directory", []string{"batch", "gather", filepath.Join(foreign, "nothing")}},
		{fault.InvalidData, "this is no run directory", []string{"batch", "status", foreign}},
		{fault.InvalidData, "this is no run directory", []string{"batch", "cancel", foreign}},
	} {
		if stderr := fails(t, x.code, x.args...); !strings.Contains(stderr, x.says) {
			t.Errorf("%v: %s\nwant %q", x.args, stderr, x.says)
		}
	}
	if _, err := os.Stat("x"); err == nil {
		t.Error("a refused plan left a folder")
	}
	plan := read(t, filepath.Join(dir, "plan.json"))
	write(t, filepath.Join(dir, "plan.json"), strings.Replace(plan, `"draws": 4`, `"draws":4`, 1))
	if stderr := fails(t, fault.InvalidData, "batch", "work", dir); !strings.Contains(stderr, "plan.json: the plan was edited") {
		t.Errorf("an edited plan: %s", stderr)
	}
	write(t, filepath.Join(dir, "plan.json"), strings.Replace(plan, `"version": "`, `"version": "0.0.1-`, 1))
	if stderr := fails(t, fault.InvalidData, "batch", "work", dir); !strings.Contains(stderr, "the plan is of another program version: expected chokepoint 0.0.1-") {
		t.Errorf("another version: %s", stderr)
	}
}

func TestBatchDryRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	text := ok(t, "batch", "new", "gallium", "--draws", "1000000", "--shards", "100", "--dry-run", "-o", dir)
	for _, want := range []string{"1000000 in 100 shards", "time on this machine", "time of a shard", "memory of a process", "memory of gather      no more", "files"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a dry run wrote a folder")
	}
}

func TestBatchCancel(t *testing.T) {
	dir := newRun(t, "gallium", "--draws", "4", "--shards", "2")
	ok(t, "batch", "work", dir, "--index", "0")
	ok(t, "batch", "cancel", dir)
	if stderr := fails(t, fault.Interrupted, "batch", "work", dir); !strings.Contains(stderr, "the run is cancelled; 1 of 2 shards finished and kept") || !strings.Contains(stderr, "batch cancel --undo") {
		t.Errorf("work on a cancelled run: %s", stderr)
	}
	if text := ok(t, "batch", "status", dir); !strings.Contains(text, "cancelled") {
		t.Errorf("status: %s", text)
	}
	ok(t, "batch", "cancel", "--undo", dir)
	ok(t, "batch", "work", dir)
}

func TestBatchInterrupted(t *testing.T) {
	dir := newRun(t, "gallium", "--draws", "4", "--shards", "2")
	ok(t, "batch", "work", dir, "--index", "0")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, err bytes.Buffer
	if code := run(ctx, []string{"batch", "work", dir}, &out, &err); code != fault.Interrupted || !strings.Contains(err.String(), "interrupted; 1 of 2 shards finished and kept\n`chokepoint batch work "+filepath.ToSlash(dir)+"` goes on.") {
		t.Errorf("code %d: %s", code, err.String())
	}
}

// childVariable makes the test binary run as the program; see TestBatchKilled.
const childVariable = "CHOKEPOINT_TEST_CHILD"

// TestBatchChild is the process that TestBatchKilled kills.
func TestBatchChild(t *testing.T) {
	if dir := os.Getenv(childVariable); dir != "" {
		os.Exit(int(run(context.Background(), []string{"batch", "work", dir, "--workers", "1"}, os.Stdout, os.Stderr)))
	}
}

// kill -9 at any time: after going on, the files are those of an undisturbed run.
func TestBatchKilled(t *testing.T) {
	args := []string{"gallium", "germanium", "--draws", "400", "--shards", "8"}
	whole, dir := newRun(t, args...), newRun(t, args...)
	ok(t, "batch", "work", "-q", whole)
	want := ok(t, "batch", "gather", whole, "--format", "csv", "-q")
	files := func(dir, kind string) []string {
		names, err := filepath.Glob(filepath.Join(dir, kind, "*"))
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	for round := range 4 {
		child := exec.Command(os.Args[0], "-test.run=^TestBatchChild$")
		child.Env = append(os.Environ(), childVariable+"="+dir)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		// Kill it once it has confirmed one shard more, or is done.
		ended := make(chan error, 1)
		go func() { ended <- child.Wait() }()
		before := len(files(dir, "manifests"))
		for alive := true; alive && len(files(dir, "manifests")) <= before; {
			select {
			case err := <-ended:
				ended <- err
				alive = false
			case <-time.After(time.Millisecond):
			}
		}
		_ = child.Process.Kill() // it may have ended
		<-ended
		if n := len(files(dir, "manifests")); n <= before && n < 8 {
			t.Fatalf("round %d: the child confirmed nothing", round)
		}
		for _, m := range files(dir, "manifests") {
			if strings.HasPrefix(filepath.Base(m), ".") {
				continue
			}
			if read(t, m) != read(t, filepath.Join(whole, "manifests", filepath.Base(m))) {
				t.Errorf("round %d: %s is not that of the undisturbed run", round, m)
			}
		}
	}
	ok(t, "batch", "work", "-q", dir)
	if got := ok(t, "batch", "gather", dir, "--format", "csv", "-q"); got != want {
		t.Errorf("another answer after kills\n%s\n%s", got, want)
	}
	for _, kind := range []string{"shards", "totals"} {
		for _, name := range files(whole, kind) {
			if read(t, name) != read(t, filepath.Join(dir, kind, filepath.Base(name))) {
				t.Errorf("%s has other bytes after kills", name)
			}
		}
	}
}

func TestBarText(t *testing.T) {
	for _, x := range []struct {
		done, total uint64
		since       time.Duration
		want        string
	}{
		{0, 10, 0, "[                              ] 0 %, 0 of 10 draws, 1 s left"},
		{5_000_000, 10_000_000, time.Hour, "[===============               ] 50 %, 5000000 of 10000000 draws, 60 min left"},
		{10, 10, time.Second, "[==============================] 100 %, 10 of 10 draws, 1 s left"},
	} {
		if got := barText(x.done, x.total, x.since); got != x.want || len(got) > 79 {
			t.Errorf("%q (%d columns), want %q", got, len(got), x.want)
		}
	}
}

// Results as Parquet hold what the csv holds.
func TestParquetResults(t *testing.T) {
	for _, args := range [][]string{{"rank", "gallium", "rhodium"}, {"scenario", "list"}, {"disrupt", "gallium", "--from", "CHN"}, {"disrupt", "gallium", "--from", "CHN", "--table", "industries"}} {
		file := filepath.Join(t.TempDir(), "x.parquet")
		ok(t, append(args, "-o", file)...)
		header, rows := readCSV(t, ok(t, append(args, "--format", "csv", "-q")...))
		b := []byte(read(t, file))
		f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, c := range f.Root().Columns() {
			names = append(names, c.Name())
		}
		if f.NumRows() != int64(len(rows)) || strings.Join(names, ",") != strings.Join(header, ",") {
			t.Errorf("%v: %d rows of %v, the csv has %d of %v", args, f.NumRows(), names, len(rows), header)
		}
		if _, err := os.Stat(file + ".run.json"); err != nil {
			t.Errorf("%v: no record: %v", args, err)
		}
	}
	if stderr := fails(t, fault.Usage, "rank", "-o", "x.parq"); !strings.Contains(stderr, ".parquet") {
		t.Errorf("unknown extension: %s", stderr)
	}
}
