package stockpile

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Portfolio spends a budget (million USD) on stocks so that they gain the most a
// year: pieces of all holdings by gain per dollar, the best first, as long as a
// dollar gains more than it costs to carry. It returns the tonnes of each holding
// and what was spent. Error: ErrBudget.
//
// Gains are concave in the tonnes of each holding and the only thing that holdings
// share is money, so this is the optimum of a continuous knapsack.
func Portfolio(holdings []*Holding, carrying Carrying, budgetMUSD float64) (tonnes []float64, spentMUSD float64, err error) {
	if !(budgetMUSD >= 0) || math.IsInf(budgetMUSD, 0) {
		return nil, 0, fmt.Errorf("%w: %v million USD, expected at least 0", ErrBudget, budgetMUSD)
	}
	type offer struct {
		holding, order int
		Piece
	}
	var offers []offer
	for i, h := range holdings {
		for k, p := range h.Pieces() {
			if p.Gain > carrying.Share() {
				offers = append(offers, offer{i, k, p})
			}
		}
	}
	slices.SortFunc(offers, func(a, b offer) int {
		return cmp.Or(-cmp.Compare(a.Gain, b.Gain), cmp.Compare(a.holding, b.holding), cmp.Compare(a.order, b.order))
	})
	tonnes = make([]float64, len(holdings))
	for _, o := range offers {
		price := holdings[o.holding].tonneMUSD
		take := min(o.Tonnes, (budgetMUSD-spentMUSD)/price)
		if take <= 0 {
			break
		}
		tonnes[o.holding] += take
		spentMUSD = min(budgetMUSD, spentMUSD+take*price)
	}
	return tonnes, spentMUSD, nil
}
