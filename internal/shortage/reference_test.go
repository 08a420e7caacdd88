package shortage

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// reference is one commodity of testdata/reference.json with the cuts of its
// uses under least-deviation, from a general quadratic-programming solver.
type reference struct {
	Commodity       string
	UseShare        []float64   `json:"use_share"`
	Dependence      [][]float64 `json:"dependence"`
	OutputMUSD      []float64   `json:"output_musd"`
	ValueAddedShare []float64   `json:"value_added_share"`
	Cuts            []struct {
		UseCut float64 `json:"use_cut"`
		Cut    []float64
	}
}

func (r *reference) uses() *Uses {
	u := &Uses{UseShare: r.UseShare, Industries: len(r.OutputMUSD), OutputMUSD: r.OutputMUSD, ValueAddedShare: r.ValueAddedShare}
	for _, row := range r.Dependence {
		u.Dependence = append(u.Dependence, row...)
	}
	return u
}

func readReference(t testing.TB) []reference {
	t.Helper()
	text, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []reference
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTraceReference(t *testing.T) {
	count := 0
	for _, c := range readReference(t) {
		u := c.uses()
		p, err := Trace(u, LeastDeviation)
		if err != nil {
			t.Fatalf("%s: %v", c.Commodity, err)
		}
		if e := worstKKT(u, p); e > 1e-9 {
			t.Errorf("%s: optimality off by %g", c.Commodity, e)
		}
		got := make([]float64, len(u.UseShare))
		for _, want := range c.Cuts {
			if err := p.Cuts(got, want.UseCut); err != nil {
				t.Fatal(err)
			}
			for a := range got {
				if math.Abs(got[a]-want.Cut[a]) > 1e-9 {
					t.Errorf("%s, r = %v: use %d loses %v, want %v", c.Commodity, want.UseCut, a, got[a], want.Cut[a])
				}
			}
			count++
		}
	}
	if count < 40 {
		t.Errorf("only %d cuts in the reference", count)
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	for _, c := range readReference(t) {
		p, err := Trace(c.uses(), LeastDeviation)
		if err != nil {
			t.Fatal(err)
		}
		cuts, losses := make([]float64, p.Uses), make([]float64, p.Industries)
		if n := testing.AllocsPerRun(100, func() {
			if p.Cuts(cuts, 0.3) != nil || p.Losses(losses, 0.3) != nil {
				t.Fatal("no answer")
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations per look-up", c.Commodity, n)
		}
	}
}

func BenchmarkTrace(b *testing.B) {
	for _, c := range readReference(b) {
		u := c.uses()
		for _, rule := range []Rule{LeastDeviation, LeastCost} {
			b.Run(c.Commodity+"/"+rule.String(), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := Trace(u, rule); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkCuts(b *testing.B) {
	c := readReference(b)[3]
	p, err := Trace(c.uses(), LeastDeviation)
	if err != nil {
		b.Fatal(err)
	}
	cuts := make([]float64, p.Uses)
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Cuts(cuts, 0.37); err != nil {
			b.Fatal(err)
		}
	}
}
