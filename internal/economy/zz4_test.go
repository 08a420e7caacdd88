package economy

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"sort"
	"testing"
	"time"
)

func TestWW(t *testing.T) {
	op := beaOperator(t)
	hs := readHits(t, op.n)
	s := op.NewSolver()
	var buf bytes.Buffer
	gz, _ := gzip.NewWriterLevel(&buf, 9)
	fmt.Fprintln(gz, "scenario,industry,loss_share,own_output_musd")
	for k := 0; k < len(hs); k += 23 {
		h := hs[k]
		for j, q := range h.sigma {
			if q > 0 {
				own := op.Table.OutputMUSD[j] - h.stake[j]
				if own < 1e-6 {
					own = 0
				}
				fmt.Fprintf(gz, "%s,%s,%.9g,%.9g\n", h.name, op.Table.Codes[j], q, own)
			}
		}
	}
	gz.Close()
	os.WriteFile("testdata/baseline_hits.csv.gz", buf.Bytes(), 0o644)
	t.Log(buf.Len())
	theta := map[string][]float64{}
	rows := readTable(t, "..", "..", "data", "tables", "substitution_elasticity.csv")
	ind := readTable(t, "..", "..", "data", "tables", "bea_industries.csv")
	for c, name := range []string{"", "mean", "p25", "p75"} {
		if c == 0 {
			continue
		}
		m := map[string]float64{}
		for _, r := range rows {
			m[r[0]] = number(t, r[c])
		}
		for _, r := range ind {
			v := m[r[2]]
			if v == 0 {
				v = 0.3
			}
			theta[name] = append(theta[name], v)
		}
	}
	for _, x := range []struct {
		d    Downstream
		th   string
		step int
	}{{Leontief, "", 1}, {Rigid, "", 1}, {Soft, "", 1}, {CES, "mean", 5}, {CES, "p25", 5}, {CES, "p75", 10}} {
		var ts []float64
		hist := map[int]int{}
		w := 0.0
		for k := 0; k < len(hs); k += x.step {
			h := hs[k]
			st := time.Now()
			sol, err := s.SolveSetting(x.d, h.sigma, h.stake, SettingOptions{SubstitutionElasticity: theta[x.th]})
			ts = append(ts, time.Since(st).Seconds()*1e3)
			if err != nil {
				hist[-1]++
				if hist[-1] < 5 {
					t.Log(h.name, err)
				}
				continue
			}
			hist[sol.Iterations]++
			w = max(w, sol.Certificate.Largest())
		}
		sort.Float64s(ts)
		t.Log(x.d, x.th, len(ts), hist, ts[0], ts[len(ts)/2], ts[len(ts)-1], w)
	}
}
