package economy

import (
	"math"
	"sort"
	"testing"
	"time"
)

func TestXX(t *testing.T) {
	op := beaOperator(t)
	hs := readHits(t, op.n)
	s := op.NewSolver()
	med := map[Downstream][]float64{}
	for _, d := range []Downstream{None, Soft, Leontief, Recipe, CES, Rigid} {
		hist := map[int]int{}
		var ts []float64
		worst := Certificate{}
		least := 1.0
		sum := 0.0
		for k := 0; k < len(hs); k += 23 {
			h := hs[k]
			st := time.Now()
			sol, err := s.SolveSetting(d, h.sigma, h.stake, SettingOptions{})
			ts = append(ts, time.Since(st).Seconds()*1e3)
			if err != nil {
				hist[-1]++
				if hist[-1] < 5 {
					t.Log(h.name, err)
				}
				continue
			}
			hist[sol.Iterations]++
			c := sol.Certificate
			worst.Balance = max(worst.Balance, c.Balance)
			worst.Bound = max(worst.Bound, c.Bound)
			worst.Optimality = max(worst.Optimality, c.Optimality)
			worst.Forward = max(worst.Forward, c.Forward)
			least = min(least, sol.SmallestFlow)
			l := loss(op.Table, sol.OutputChangeMUSD)
			sum += l
			med[d] = append(med[d], l)
		}
		sort.Float64s(ts)
		var rat []float64
		for k, l := range med[d] {
			if med[Soft] != nil {
				rat = append(rat, l/med[Soft][k])
			}
		}
		sort.Float64s(rat)
		q := func(v []float64) []float64 {
			if len(v) == 0 {
				return nil
			}
			return []float64{v[0], v[len(v)/2], v[len(v)-1]}
		}
		t.Log(d, len(ts), hist, "ms", ts[0], ts[len(ts)/2], ts[len(ts)-1], worst, "flow", least, "sum", math.Round(sum), "ratio to soft", q(rat))
	}
}
