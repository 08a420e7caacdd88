package economy

import (
	"math/rand/v2"
	"testing"
)

func TestYY(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 77))
	hist := map[int]int{}
	for k := range 3000 {
		tab := randomTable(t, r, 3+k%60)
		op, err := tab.NewOperator(0.1 + 0.9*r.Float64())
		if err != nil {
			hist[-9]++
			continue
		}
		s := op.NewSolver()
		for range 3 {
			n := op.n
			sig := make([]float64, n)
			size := []float64{0.01, 0.1, 0.5, 1}[r.IntN(4)]
			for _, j := range r.Perm(n)[:1+r.IntN(n)] {
				sig[j] = size * r.Float64()
			}
			sol, err := s.SolveSetting(Recipe, sig, tab.OutputMUSD, SettingOptions{})
			if err != nil {
				hist[-1]++
				if hist[-1] < 6 {
					t.Log(n, size, op.Lambda, err)

				}
				continue
			}
			hist[sol.Iterations]++
		}
	}
	t.Log(hist)
}
