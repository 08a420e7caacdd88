package economy

import (
	"encoding/csv"
	"os"
	"sort"
	"strconv"
	"testing"
	"time"
)

type hitset struct {
	name         string
	sigma, stake []float64
}

func readHits(tb testing.TB, n int) (out []hitset) {
	f, _ := os.Open("/tmp/w/h5/hits.csv")
	rows, _ := csv.NewReader(f).ReadAll()
	at := map[string]int{}
	for _, r := range rows[1:] {
		k, ok := at[r[0]]
		if !ok {
			k = len(out)
			at[r[0]] = k
			out = append(out, hitset{r[1], make([]float64, n), make([]float64, n)})
		}
		i, _ := strconv.Atoi(r[3])
		out[k].sigma[i] = number(tb, r[4])
		out[k].stake[i] = number(tb, r[5])
	}
	return out
}
func TestZZ(t *testing.T) {
	op := beaOperator(t)
	hs := readHits(t, op.n)
	s := op.NewSolver()
	hist := map[int]int{}
	var ts []float64
	for _, h := range hs {
		st := time.Now()
		sol, err := s.SolveSetting(Recipe, h.sigma, h.stake, SettingOptions{})
		ts = append(ts, time.Since(st).Seconds()*1e3)
		if err != nil {
			hist[-1]++
			if hist[-1] < 5 {
				t.Log(h.name, err)
			}
			continue
		}
		hist[sol.Iterations]++
	}
	sort.Float64s(ts)
	t.Log(hist, ts[0], ts[len(ts)/2], ts[len(ts)-1])
}
