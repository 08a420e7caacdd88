package batch

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"chokepoint/internal/fault"
)

// plans are valid plans of both kinds.
func plans(t testing.TB) [][]byte {
	t.Helper()
	var out [][]byte
	for _, kind := range []string{KindRank, KindScenarios} {
		p, _, err := NewPlan(context.Background(), request(t, kind, 6, 2), 1)
		if err != nil {
			t.Fatal(err)
		}
		b, err := p.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

func TestParsePlan(t *testing.T) {
	rank, scenarios := plans(t)[0], plans(t)[1]
	for _, b := range [][]byte{rank, scenarios} {
		p, err := ParsePlan(b)
		if err != nil {
			t.Fatal(err)
		}
		if name, err := p.Hash(); err != nil || name != hashOf(b) {
			t.Errorf("hash %s, %v", name, err)
		}
	}
	edit := func(b []byte, old, by string) []byte {
		if !bytes.Contains(b, []byte(old)) {
			t.Fatalf("%q is not in the plan", old)
		}
		return bytes.Replace(b, []byte(old), []byte(by), 1)
	}
	for _, x := range []struct {
		content []byte
		says    string
	}{
		{nil, "the plan cannot be read: it ends too early"},
		{rank[:50], "the plan cannot be read: it ends too early"},
		{[]byte("[]"), "cannot be read"},
		{edit(rank, `"draws": 6`, `"draws": -6`), "cannot be read"},
		{edit(rank, `"draws": 6`, `"draws": 10000001`), "the plan has 10000001 draws, 1 to 10000000 are allowed"},
		{edit(rank, `"shards": 2`, `"shards": 7`), "the plan has 7 shards for 6 draws"},
		{edit(rank, `"shards": 2`, `"shards": 1e9`), "cannot be read"},
		{edit(rank, `"format": 1`, `"format": 2`), "the plan has format 2, this program reads 1"},
		{edit(rank, `"program": "chokepoint"`, `"program": "x"`), "the plan is not of chokepoint"},
		{edit(rank, `"seed": 5`, `"seed":  5`), "the plan was edited"},
		{edit(rank, `"seed": 5`, `"seed": 5, "seed": 5`), "the plan was edited"},
		{edit(rank, `"seed": 5`, `"weather": 5`), `unknown field "weather"`},
		{append(bytes.Clone(rank), '{'), "something follows after its end"},
		{edit(rank, `"kind": "rank"`, `"kind": "scenarios"`), "neither of a ranking nor of scenarios"},
		{edit(rank, `"relative_error": 0.0`, `"relative_error": 0.1`), "another sketch"},
		{edit(rank, `"overlays": 0`, `"overlays": 17`), "17 folders of own tables"},
		{edit(rank, `"version": "test"`, `"version": "\u001b[31m"`), "characters that steer a terminal"},
		{edit(rank, `"version": "test"`, `"version": "`+strings.Repeat("x", 1001)+`"`), "too long"},
		{edit(rank, `"gallium"`, `"`+strings.Repeat("x", 1001)+`"`), "too long"},
		{edit(scenarios, `"label": "both"`, `"label": "rhodium from ZAF"`), "two scenarios of the plan have one label"},
		{make([]byte, MaxPlanBytes+1), "the plan has more than 8 MiB"},
	} {
		_, err := ParsePlan(x.content)
		if fault.CodeOf(err) != fault.InvalidData || !strings.Contains(err.Error(), x.says) || !strings.HasPrefix(err.Error(), "plan.json: ") {
			t.Errorf("%v, want %q", err, x.says)
		}
	}
}

func testManifest() *Manifest {
	return &Manifest{Format: format, Plan: strings.Repeat("0a", 32), Version: "test", GOARCH: "amd64", Shard: 3, From: 9, To: 12, Draws: 3, Rows: 9,
		Files: []File{{rowsName(3), 10, strings.Repeat("1b", 32)}, {totalsName(3), 20, strings.Repeat("2c", 32)}}}
}

func TestParseManifest(t *testing.T) {
	good, err := testManifest().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if m, err := ParseManifest(good); err != nil || !reflect.DeepEqual(m, testManifest()) {
		t.Fatalf("%+v, %v", m, err)
	}
	for _, x := range []struct {
		change func(*Manifest)
		says   string
	}{
		{func(m *Manifest) { m.Format = 2 }, "it has format 2"},
		{func(m *Manifest) { m.Plan = "0a" }, "it names no plan"},
		{func(m *Manifest) { m.Plan = strings.Repeat("0A", 32) }, "it names no plan"},
		{func(m *Manifest) { m.Shard = -1 }, "it is of shard -1"},
		{func(m *Manifest) { m.Shard = MaxShards }, "it is of shard 1000"},
		{func(m *Manifest) { m.To = 9 }, "it counts 3 draws from 9 to 9"},
		{func(m *Manifest) { m.Draws = 4 }, "it counts 4 draws from 9 to 12"},
		{func(m *Manifest) { m.From, m.To = 0, MaxDraws+1; m.Draws = m.To }, "it counts 10000001 draws"},
		{func(m *Manifest) { m.Files[0].Path = "../../etc/passwd" }, "it does not name the two files of shard 3"},
		{func(m *Manifest) { m.Files = m.Files[:1] }, "it does not name the two files of shard 3"},
		{func(m *Manifest) { m.Shard = 4 }, "it does not name the two files of shard 4"},
		{func(m *Manifest) { m.Files[1].Bytes = 0 }, "it has no size or hash of totals/00003.bin"},
		{func(m *Manifest) { m.Files[0].SHA256 = "x" }, "it has no size or hash of shards/00003.parquet"},
		{func(m *Manifest) { m.Version = strings.Repeat("x", 1001) }, "a text in it is too long"},
	} {
		m := testManifest()
		x.change(m)
		b, err := m.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseManifest(b); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%v, want %q", err, x.says)
		}
	}
	if _, err := ParseManifest(append(good, ' ')); err == nil || !strings.Contains(err.Error(), "not those that the program writes") {
		t.Errorf("a byte more: %v", err)
	}
	if _, err := ParseManifest(make([]byte, MaxManifestBytes+1)); err == nil || !strings.Contains(err.Error(), "more than 16 KiB") {
		t.Errorf("too large: %v", err)
	}
}

// totalsOf makes totals of values by series.
func totalsOf(t testing.TB, series [][]float64, counts []uint64) *Totals {
	t.Helper()
	x := newTotals(len(series), len(counts))
	for i, values := range series {
		for _, v := range values {
			if err := x.Series[i].add(v); err != nil {
				t.Fatal(err)
			}
		}
		x.Draws = max(x.Draws, uint64(len(values)))
	}
	copy(x.Counts, counts)
	return x
}

func TestTotals(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e9, 1e9), 1, 40).Draw(r, "values")
		whole := totalsOf(t, [][]float64{values, nil}, []uint64{uint64(len(values))})
		b := whole.Append(nil)
		back, err := ReadTotals(b, 2, 1)
		if err != nil || !bytes.Equal(back.Append(nil), b) {
			r.Fatalf("read back: %v", err)
		}
		cut := rapid.IntRange(0, len(values)).Draw(r, "cut")
		one, two := totalsOf(t, [][]float64{values[:cut], nil}, []uint64{uint64(cut)}), totalsOf(t, [][]float64{values[cut:], nil}, []uint64{uint64(len(values) - cut)})
		merged := newTotals(2, 1)
		for _, x := range []*Totals{two, one} {
			if err := merged.Merge(x); err != nil {
				r.Fatal(err)
			}
		}
		if !bytes.Equal(merged.Append(nil), b) {
			r.Fatalf("merged at %d: other bytes", cut)
		}
	})
	good := totalsOf(t, [][]float64{{1, 2, 3}}, []uint64{2}).Append(nil)
	for _, x := range []struct {
		content        []byte
		series, counts int
		says           string
	}{
		{nil, 1, 1, "unknown kind or version"}, {good, 2, 1, "not those of the plan"}, {good, 1, 2, "not those of the plan"}, {good[:7], 1, 1, "it ends too early"},
		{good[:len(good)-1], 1, 1, "it ends too early"}, {append(bytes.Clone(good), 0), 1, 1, "bytes follow after its end"},
		{totalsOf(t, [][]float64{{1}}, []uint64{2}).Append(nil), 1, 1, "a count is above the number of draws"},
	} {
		if _, err := ReadTotals(x.content, x.series, x.counts); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%v, want %q", err, x.says)
		}
	}
	x := newTotals(1, 0)
	for _, v := range []float64{math.NaN(), math.Inf(1), 1e300} {
		if err := x.Series[0].add(v); err == nil {
			t.Errorf("%v was added", v)
		}
	}
	if err := x.Merge(newTotals(2, 0)); err == nil {
		t.Error("totals of different shape were merged")
	}
}

// The form of a plan is a promise: these were written once.
var savedPlans = []string{"testdata/rank.json", "testdata/scenarios.json"}

func TestSavedPlans(t *testing.T) {
	for _, name := range savedPlans {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := ParsePlan(b)
		if err != nil {
			t.Fatal(err)
		}
		if p.Draws != 6 || p.Shards != 2 || p.Seed != 5 || p.Kind+".json" != filepath.Base(name) {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func FuzzPlan(f *testing.F) {
	for _, name := range savedPlans {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"format": 1}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		p, err := ParsePlan(content)
		if err != nil {
			if fault.CodeOf(err) != fault.InvalidData {
				t.Fatalf("code of %v", err)
			}
			return
		}
		b, err := p.Bytes()
		if err != nil || !bytes.Equal(b, content) {
			t.Fatalf("a plan that was accepted renders to other bytes (%v)", err)
		}
		if p.Draws > MaxDraws || p.Shards > MaxShards {
			t.Fatalf("limits: %d draws, %d shards", p.Draws, p.Shards)
		}
		if _, to := p.Range(p.Shards - 1); to != p.Draws {
			t.Fatalf("the last shard ends at %d of %d", to, p.Draws)
		}
	})
}

func FuzzManifest(f *testing.F) {
	good, err := testManifest().Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"format": 1, "files": [{"path": "../x"}]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		m, err := ParseManifest(content)
		if err != nil {
			return
		}
		for _, file := range m.Files {
			if file.Path != rowsName(m.Shard) && file.Path != totalsName(m.Shard) {
				t.Fatalf("path %q", file.Path)
			}
		}
		if m.Draws != m.To-m.From || m.To > MaxDraws {
			t.Fatalf("%+v", m)
		}
	})
}

func FuzzTotals(f *testing.F) {
	f.Add(totalsOf(f, [][]float64{{1, -2, 0}, {3}}, []uint64{2}).Append(nil))
	f.Fuzz(func(t *testing.T, content []byte) {
		x, err := ReadTotals(content, 2, 1)
		if err != nil {
			return
		}
		if y, err := ReadTotals(x.Append(nil), 2, 1); err != nil || y.Draws != x.Draws {
			t.Fatalf("what was read is not read back: %v", err)
		}
	})
}

func TestNames(t *testing.T) {
	if got := fmt.Sprint(rowsName(7), totalsName(999), manifestName(0), attemptsName(12)); got != "shards/00007.parquettotals/00999.binmanifests/00000.jsonattempts/00012.ndjson" {
		t.Error(got)
	}
}
