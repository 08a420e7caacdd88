package batch

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"chokepoint/internal/assess"
	"chokepoint/internal/fault"
	"chokepoint/internal/quantile"
	"chokepoint/internal/rank"
)

// Shards, workers and the order of work change no bit of the answer, nor of a
// shard's files.
func TestSameBits(t *testing.T) {
	for _, kind := range []string{KindRank, KindScenarios} {
		var want *Answer
		for _, shards := range []int{1, 3, 7} {
			var files map[string]string
			for _, workers := range []int{1, 2, 8} {
				d, m := create(t, request(t, kind, testDraws, shards))
				for k := shards - 1; k >= 0; k-- { // the last first
					work(t, d, m, workers, k)
				}
				got := gather(t, d, m)
				if want == nil {
					want = got
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s, %d shards, %d workers: another answer\n got %+v\nwant %+v", kind, shards, workers, got, want)
				}
				now := map[string]string{}
				for k := range shards {
					for _, name := range []string{rowsName(k), totalsName(k), manifestName(k)} {
						now[name] = contents(t, d, name)
					}
				}
				if files == nil {
					files = now
				}
				for name := range files {
					if files[name] != now[name] {
						t.Errorf("%s, %d shards, %d workers: %s has other bytes", kind, shards, workers, name)
					}
				}
			}
		}
		if !want.Exact || want.Draws != testDraws {
			t.Errorf("%s: exact %t, %d draws", kind, want.Exact, want.Draws)
		}
	}
}

// The answer is that of collecting all draws in memory.
func TestAsInMemory(t *testing.T) {
	d, m := create(t, request(t, KindRank, testDraws, 3))
	work(t, d, m, 2)
	got := gather(t, d, m)
	p, err := m.Probability.NewSampler(d.Plan.Seed)
	if err != nil {
		t.Fatal(err)
	}
	c := rank.NewCollector(m.Rows, m.Results, p, m.Options)
	losses := make([]float64, len(m.Results))
	if err := m.Sampler.Run(context.Background(), 0, testDraws, 2, func(x *assess.Draw) error {
		for i, v := range x.LossMUSD {
			losses[i] += v
		}
		c.Add(x)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for i, want := range c.Ranges() {
		g := got.Ranges[i]
		for _, v := range [][2]float64{{g.P05, want.P05}, {g.P50, want.P50}, {g.P95, want.P95}, {g.Top10, want.Top10}, {g.AboveFloor, want.AboveFloor}} {
			if math.Abs(v[0]-v[1]) > 1e-12*math.Abs(v[1]) {
				t.Errorf("row %d: %+v, in memory %+v", i, g, want)
			}
		}
		if g.RankP05 != want.RankP05 || g.RankP95 != want.RankP95 {
			t.Errorf("row %d: ranks %d to %d, in memory %d to %d", i, g.RankP05, g.RankP95, want.RankP05, want.RankP95)
		}
	}
	for i, sum := range losses {
		if mean := sum / testDraws; math.Abs(got.Restrictions[i].Mean-mean) > 1e-9*(1+math.Abs(mean)) {
			t.Errorf("restriction %d: mean %g, in memory %g", i, got.Restrictions[i].Mean, mean)
		}
	}
	e, n := create(t, request(t, KindScenarios, testDraws, 2))
	work(t, e, n, 2)
	answer := gather(t, e, n)
	drawn, err := n.Sampler.Collect(context.Background(), testDraws, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range drawn {
		for q, values := range [][]float64{x.LossMUSD, x.Parts[0], x.Parts[1], x.Parts[2], x.Parts[3], x.Parts[4], x.RealMUSD, x.TermsOfTradeMUSD, x.PriceRatio, x.UseCut} {
			s := answer.Scenarios[i][q]
			if q >= 8 && !n.oneMarket(i) {
				if s.Draws != 0 {
					t.Errorf("scenario %d has a %s over several markets", i, quantities[q].Name)
				}
				continue
			}
			want, err := quantile.Exact(values, 0.05, 0.5, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			if s.P05 != want[0] || s.P50 != want[1] || s.P95 != want[2] || s.Draws != uint64(len(values)) {
				t.Errorf("scenario %d, %s: %+v, in memory %v", i, quantities[q].Name, s, want)
			}
		}
		if answer.Nothing[i] != uint64(x.NothingWithdrawn) || n.oneMarket(i) && answer.NoPrice[i] != uint64(x.NoPrice) {
			t.Errorf("scenario %d: %d without effect, %d without price; in memory %d, %d", i, answer.Nothing[i], answer.NoPrice[i], x.NothingWithdrawn, x.NoPrice)
		}
	}
}

// The sketch answers within the error that it states.
func TestSketchAgainstExact(t *testing.T) {
	d, m := create(t, request(t, KindScenarios, 300, 2))
	work(t, d, m, 2)
	exact := gather(t, d, m)
	totals := m.newTotals()
	for k := range 2 {
		x, err := ReadTotals([]byte(contents(t, d, totalsName(k))), len(totals.Series), len(totals.Counts))
		if err != nil {
			t.Fatal(err)
		}
		if err := totals.Merge(x); err != nil {
			t.Fatal(err)
		}
	}
	var sketched Answer
	if err := sketched.fill(m, totals, nil); err != nil {
		t.Fatal(err)
	}
	differ := 0
	for i := range exact.Scenarios {
		for q := range exact.Scenarios[i] {
			a, b := exact.Scenarios[i][q], sketched.Scenarios[i][q]
			for _, v := range [][2]float64{{a.P05, b.P05}, {a.P50, b.P50}, {a.P95, b.P95}} {
				if v[0] != v[1] {
					differ++
				}
				if math.Abs(v[0]-v[1]) > quantile.RelativeError*math.Abs(v[0])*(1+1e-9) {
					t.Errorf("scenario %d, %s: sketch %g, exact %g", i, quantities[q].Name, v[1], v[0])
				}
			}
			if a.Mean != b.Mean || a.Smallest != b.Smallest || a.Largest != b.Largest {
				t.Errorf("scenario %d, %s: mean and ends differ", i, quantities[q].Name)
			}
		}
	}
	if differ == 0 {
		t.Error("no quantile differs: the sketch was not asked")
	}
}

func TestRangesTile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Plan{Draws: rapid.Uint64Range(1, MaxDraws).Draw(t, "draws")}
		p.Shards = rapid.IntRange(1, int(min(MaxShards, p.Draws))).Draw(t, "shards")
		next, smallest, largest := uint64(0), uint64(MaxDraws), uint64(0)
		for k := range p.Shards {
			from, to := p.Range(k)
			if from != next || to <= from {
				t.Fatalf("shard %d of %d is %d to %d after %d", k, p.Shards, from, to, next)
			}
			smallest, largest, next = min(smallest, to-from), max(largest, to-from), to
		}
		if next != p.Draws || largest-smallest > 1 {
			t.Fatalf("shards end at %d of %d; sizes %d to %d", next, p.Draws, smallest, largest)
		}
	})
}

// A process that dies before any step of any write loses nothing that is
// confirmed, and what it leaves changes no bit of what follows.
func TestKilledAtEveryStep(t *testing.T) {
	type killed struct{}
	r := request(t, KindRank, 12, 2)
	whole, m := create(t, r)
	work(t, whole, m, 2)
	want := gather(t, whole, m)
	steps := 2 * 3 * 5 // shards, files, steps
	for kill := range steps {
		d, _, err := Create(filepath.Join(t.TempDir(), "run"), m.Plan, nil)
		if err != nil {
			t.Fatal(err)
		}
		at, where := 0, ""
		d.before = func(step, name string) error {
			if at++; at > kill {
				where = step + " of " + name
				panic(killed{})
			}
			return nil
		}
		func() {
			defer func() {
				if _, ok := recover().(killed); !ok {
					t.Errorf("step %d: not killed", kill)
				}
			}()
			for k := range 2 {
				if err := d.Work(context.Background(), m, k, 1, nil); err != nil {
					t.Errorf("step %d: %v", kill, err)
				}
			}
		}()
		after, err := Open(d.Path)
		if err != nil {
			t.Fatal(err)
		}
		done := 0
		for _, s := range after.Status(true) {
			if s.State == Done {
				done++
			} else if s.State != Missing {
				t.Errorf("killed before %s: shard %d is %s: %s", where, s.Index, s.State, s.What)
			}
		}
		if least := kill / 15; done < least || done > least+1 {
			t.Errorf("killed before %s: %d shards are confirmed", where, done)
		}
		if _, err := after.Gather(m); !errors.Is(err, ErrIncomplete) && done < 2 {
			t.Errorf("killed before %s: gather says %v", where, err)
		}
		work(t, after, m, 2)
		if got := gather(t, after, m); !reflect.DeepEqual(got, want) {
			t.Errorf("killed before %s: another answer after going on", where)
		}
		for k := range 2 {
			if contents(t, after, rowsName(k)) != contents(t, whole, rowsName(k)) {
				t.Errorf("killed before %s: other bytes in shard %d after going on", where, k)
			}
		}
	}
}

// A disk that fails at any step is an error that names the file and leaves no
// temporary file.
func TestDiskFails(t *testing.T) {
	_, m := create(t, request(t, KindRank, 4, 1))
	for fail := range 15 {
		d, _, err := Create(filepath.Join(t.TempDir(), "run"), m.Plan, nil)
		if err != nil {
			t.Fatal(err)
		}
		at, file := 0, ""
		d.before = func(step, name string) error {
			if at++; at > fail {
				file = name
				return &os.PathError{Op: step, Path: name, Err: errors.New("no space left on device")}
			}
			return nil
		}
		err = d.Work(context.Background(), m, 0, 1, nil)
		if err == nil || fault.CodeOf(err) != fault.Failure || !strings.Contains(err.Error(), file+": cannot write the file: no space left on device") || strings.Contains(err.Error(), temporary) {
			t.Errorf("step %d: %v", fail, err)
		}
		if n := d.Leftovers(); n != 0 {
			t.Errorf("step %d: %d temporary files are left", fail, n)
		}
	}
}

// Whatever is wrong with a shard is named by gather, and mended by work.
func TestDamage(t *testing.T) {
	d, m := create(t, request(t, KindRank, 9, 3))
	work(t, d, m, 2)
	want := gather(t, d, m)
	swap := func(text, old, by string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("%q is not in %s", old, text)
		}
		return strings.Replace(text, old, by, 1)
	}
	manifest := func(old, by string) func() {
		return func() { put(t, d, manifestName(1), swap(contents(t, d, manifestName(1)), old, by)) }
	}
	for _, x := range []struct {
		name   string
		damage func()
		says   string
	}{
		{"no manifest", func() { os.Remove(d.file(manifestName(1))) }, "shard 1 is missing: it has no manifest"},
		{"truncated rows", func() { put(t, d, rowsName(1), contents(t, d, rowsName(1))[:100]) }, "shard 1 is damaged: shards/00001.parquet has 100 bytes, the manifest says "},
		{"rows gone", func() { os.Remove(d.file(rowsName(1))) }, "shard 1 is damaged: shards/00001.parquet is not there"},
		{"a bit of the totals", func() {
			b := []byte(contents(t, d, totalsName(1)))
			b[len(b)/2] ^= 1
			put(t, d, totalsName(1), string(b))
		}, "shard 1 is damaged: totals/00001.bin has other content than the manifest says"},
		{"empty manifest", func() { put(t, d, manifestName(1), "") }, "shard 1 is damaged: manifests/00001.json: it ends too early"},
		{"half a manifest", func() { put(t, d, manifestName(1), contents(t, d, manifestName(1))[:80]) }, "shard 1 is damaged: manifests/00001.json: it ends too early"},
		{"manifest of shard 0", func() { put(t, d, manifestName(1), contents(t, d, manifestName(0))) }, "shard 1 is damaged: manifests/00001.json is of shard 0, draws 0 to 2: expected draws 3 to 5"},
		{"another range", manifest(`"from": 3`, `"from": 2`), "it counts 3 draws from 2 to 6"},
		{"another run", manifest(d.Name, strings.Repeat("0", 64)), "shard 1 is foreign: manifests/00001.json is of run 000000000000, this is run " + d.Name[:12]},
		{"another version", manifest(`"version": "test"`, `"version": "1.0"`), "shard 1 is foreign: it was computed by chokepoint 1.0, the plan is of test"},
	} {
		x.damage()
		_, err := d.Gather(m)
		if !errors.Is(err, ErrIncomplete) || !strings.Contains(err.Error(), x.says) || !strings.Contains(err.Error(), "`chokepoint batch work ") || strings.Contains(err.Error(), "shard 0") && !strings.Contains(x.says, "shard 0") {
			t.Errorf("%s: gather says %v, want %q", x.name, err, x.says)
		}
		work(t, d, m, 2)
		if got, err := d.Gather(m); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: after working again %v", x.name, err)
		}
	}
	put(t, d, manifestName(2), swap(contents(t, d, manifestName(2)), `"goarch": "`, `"goarch": "not-`))
	if _, err := d.Gather(m); !errors.Is(err, ErrIncomplete) || !strings.Contains(err.Error(), "shard 2 was computed on not-") {
		t.Errorf("another architecture: %v", err)
	}
	for k := range 3 {
		os.Remove(d.file(manifestName(k)))
	}
	if _, err := d.Gather(m); err == nil || strings.Count(err.Error(), "is missing: it has no manifest") != 3 {
		t.Errorf("nothing is there: %v", err)
	}
}

// Files whose hashes agree and whose content does not belong there are refused.
func TestForgedFiles(t *testing.T) {
	d, m := create(t, request(t, KindRank, 6, 2))
	work(t, d, m, 2)
	forge := func(which int, content string) {
		confirmed, err := ParseManifest([]byte(contents(t, d, manifestName(1))))
		if err != nil {
			t.Fatal(err)
		}
		f := &confirmed.Files[which]
		put(t, d, f.Path, content)
		f.Bytes, f.SHA256 = int64(len(content)), hashOf([]byte(content))
		b, err := confirmed.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		put(t, d, manifestName(1), string(b))
	}
	rows, totals := contents(t, d, rowsName(1)), contents(t, d, totalsName(1))
	for _, x := range []struct {
		which         int
		content, says string
	}{
		{0, contents(t, d, rowsName(0)), "row 1: not the rows of this shard"},
		{0, "PAR1 nothing PAR1", "shards/00001.parquet"},
		{0, rows[:len(rows)/2] + strings.Repeat("\x00", len(rows)/2), "shards/00001.parquet"},
		{1, "nothing", "unknown kind or version"},
		{1, totals[:len(totals)-9], "totals/00001.bin"},
	} {
		forge(x.which, x.content)
		if _, err := d.Gather(m); fault.CodeOf(err) != fault.InvalidData || !strings.Contains(err.Error(), x.says) {
			t.Errorf("forged file %d: %v, want %q", x.which, err, x.says)
		}
		forge(0, rows)
		forge(1, totals)
	}
	gather(t, d, m)
}

func TestOrphans(t *testing.T) {
	d, m := create(t, request(t, KindRank, 9, 3))
	work(t, d, m, 2)
	want := gather(t, d, m)
	put(t, d, rowsDir+"/"+temporary+"00001.parquet-123", "half")
	put(t, d, manifestsDir+"/"+temporary+"00001.json-123", "")
	put(t, d, manifestsDir+"/00099.json", contents(t, d, manifestName(0)))
	put(t, d, "notes.txt", "mine")
	if got := gather(t, d, m); !reflect.DeepEqual(got, want) {
		t.Error("orphans changed the answer")
	}
	if n := d.Leftovers(); n != 2 {
		t.Errorf("%d leftovers, want 2", n)
	}
}

func TestInterrupted(t *testing.T) {
	d, m := create(t, request(t, KindScenarios, 2000, 2)) // so many that a busy machine does not finish before it hears
	work(t, d, m, 2, 0)
	ctx, cancel := context.WithCancel(context.Background())
	err := d.Work(ctx, m, 1, 2, func(done uint64) {
		if done == 5 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	if s := d.Status(true); s[0].State != Done || s[1].State != Missing || d.Leftovers() != 0 {
		t.Errorf("after the interrupt: %+v, %d leftovers", s, d.Leftovers())
	}
	if text := contents(t, d, attemptsName(1)); !strings.Contains(text, `"outcome":"started"`) || !strings.Contains(text, "context canceled") {
		t.Errorf("attempts: %s", text)
	}
}

func TestCancel(t *testing.T) {
	d, m := create(t, request(t, KindScenarios, 600, 1))
	err := d.Work(context.Background(), m, 0, 2, func(done uint64) {
		if done == 10 {
			if err := d.Cancel(false); err != nil {
				t.Error(err)
			}
		}
	})
	if !errors.Is(err, ErrCancelled) {
		t.Errorf("cancelled while at work: %v", err)
	}
	if err := d.Work(context.Background(), m, 0, 2, nil); !errors.Is(err, ErrCancelled) {
		t.Errorf("cancelled before: %v", err)
	}
	for range 2 { // the second changes nothing
		if err := d.Cancel(true); err != nil {
			t.Fatal(err)
		}
	}
	work(t, d, m, 2)
}

func TestWorkTwice(t *testing.T) {
	d, m := create(t, request(t, KindRank, 6, 2))
	for _, k := range []int{-1, 2} {
		if err := d.Work(context.Background(), m, k, 1, nil); fault.CodeOf(err) != fault.Usage || !strings.Contains(err.Error(), "expected 0 to 1") {
			t.Errorf("shard %d: %v", k, err)
		}
	}
	work(t, d, m, 1)
	before, err := os.Stat(d.file(rowsName(0)))
	if err != nil {
		t.Fatal(err)
	}
	work(t, d, m, 1, 0)
	after, err := os.Stat(d.file(rowsName(0)))
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("a confirmed shard was written again (%v)", err)
	}
}

func TestLoad(t *testing.T) {
	overlay := filepath.Join("..", "..", "docs", "example-data")
	for _, r := range []struct {
		request  Request
		overlays []string
	}{{request(t, KindRank, 6, 2), nil}, {request(t, KindScenarios, 6, 2), nil}, {request(t, KindRank, 6, 2, overlay), []string{overlay}}} {
		d, m := create(t, r.request, r.overlays...)
		loaded, err := d.Load(context.Background(), testVersion, 2)
		if err != nil {
			t.Fatal(err)
		}
		work(t, d, m, 2, 0)
		work(t, d, loaded, 2, 1)
		if a, b := gather(t, d, m), gather(t, d, loaded); !reflect.DeepEqual(a, b) {
			t.Error("the loaded model gives another answer")
		}
	}
	r := request(t, KindRank, 6, 2)
	p, _, err := NewPlan(context.Background(), r, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		change func(*Plan)
		says   string
	}{
		{func(p *Plan) { p.Version = "9.9" }, "plan.json: the plan is of another program version: expected chokepoint 9.9, this is test"},
		{func(p *Plan) { p.DataSHA256 = strings.Repeat("a", 64) }, "plan.json: the data are not those of the plan: expected sha256 aaaaaaaaaaaaaaaa, here it is "},
		{func(p *Plan) { p.ScenariosSHA256 = strings.Repeat("a", 64) }, "plan.json: the scenarios are not those of the plan"},
		{func(p *Plan) { p.Economy = "DEU" }, `unknown economy "DEU"`},
		{func(p *Plan) { p.Method = map[string]string{"weather": "fine"} }, "a setting that this program does not know"},
		{func(p *Plan) { p.Ranking = &Ranking{Units: []string{"gallum"}, ActAs: "country"} }, "gallum"},
	} {
		q := *p
		x.change(&q)
		d, _, err := Create(filepath.Join(t.TempDir(), "run"), &q, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Load(context.Background(), testVersion, 2); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%v, want %q", err, x.says)
		}
	}
}

func TestCreate(t *testing.T) {
	d, m := create(t, request(t, KindRank, 6, 2))
	if again, created, err := Create(d.Path, m.Plan, nil); err != nil || created || again.Name != d.Name {
		t.Errorf("the same plan again: created %t, %v", created, err)
	}
	other := *m.Plan
	other.Seed++
	if _, _, err := Create(d.Path, &other, nil); !errors.Is(err, ErrOther) || fault.CodeOf(err) != fault.Usage {
		t.Errorf("another plan: %v", err)
	}
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "thesis.doc"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Create(foreign, m.Plan, nil); err == nil || !strings.Contains(err.Error(), "the folder is not empty and holds no run") {
		t.Errorf("a foreign folder: %v", err)
	}
	if _, err := Open(foreign); fault.CodeOf(err) != fault.InvalidData || !strings.Contains(err.Error(), "this is no run directory: it holds no plan.json") {
		t.Errorf("open a foreign folder: %v", err)
	}
	r := request(t, KindScenarios, 6, 2)
	r.Labels = []string{"x", "x", "x"}
	p, _, err := NewPlan(context.Background(), r, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(p.Scenarios[0].Label, p.Scenarios[1].Label, p.Scenarios[2].Label); got != "xx (2)x (3)" {
		t.Errorf("labels %s", got)
	}
	for _, x := range []struct {
		draws  uint64
		shards int
		says   string
	}{{0, 1, "--draws: 0: expected 1 to 10000000"}, {MaxDraws + 1, 1, "--draws: 10000001"}, {5, 6, "--shards: 6"}, {5000, 1001, "--shards: 1001"}, {5, 0, "--shards: 0"}} {
		if err := CheckSize(x.draws, x.shards); err == nil || !strings.HasPrefix(err.Error(), x.says) {
			t.Errorf("%d draws, %d shards: %v", x.draws, x.shards, err)
		}
	}
}

func TestMeasure(t *testing.T) {
	d, m := create(t, request(t, KindRank, 300, 2))
	e, err := m.Measure(context.Background(), 2)
	if err != nil {
		t.Fatal(err)
	}
	work(t, d, m, 2)
	size := 0.0
	for _, s := range d.Status(false) {
		size += float64(s.Bytes)
	}
	if got := e.Bytes(m.Plan); got < size/2 || got > 2*size {
		t.Errorf("files of %g bytes were estimated as %g", size, got)
	}
	if e.Measured != 256 || e.DrawsPerSecond <= 0 || e.MemoryMB <= 0 || e.GatherNumbersMB != 8*300*3/1e6 {
		t.Errorf("%+v", e)
	}
}
