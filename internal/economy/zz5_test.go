package economy

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestVV(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 77))
	hist := map[string]int{}
	for k := range 8000 {
		tab := randomTable(t, r, 3+k%60)
		op, err := tab.NewOperator(0.1 + 0.9*r.Float64())
		if err != nil {
			continue
		}
		s := op.NewSolver()
		th := make([]float64, op.n)
		for i := range th {
			th[i] = []float64{0.001, 0.3, 1, 1.2, r.Float64(), 3*r.Float64() + 1e-4}[r.IntN(6)]
		}
		for range 3 {
			n := op.n
			sig := make([]float64, n)
			size := []float64{0.01, 0.1, 0.5, 1}[r.IntN(4)]
			for _, j := range r.Perm(n)[:1+r.IntN(n)] {
				sig[j] = size * r.Float64()
			}
			if size == 1 {
				sig[r.IntN(n)] = 1
			}
			for d := Soft; d <= Rigid; d++ {
				sol, err := s.SolveSetting(d, sig, tab.OutputMUSD, SettingOptions{SubstitutionElasticity: th})
				if err != nil {
					hist[d.String()+" fail"]++
					if hist[d.String()+" fail"] < 5 {
						t.Log(n, size, op.Lambda, err)
					}
					continue
				}
				hist[fmt.Sprintf("%v %d+", d, sol.Iterations/20*20)]++
			}
		}
	}
	t.Log(hist)
}
