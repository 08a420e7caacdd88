// Package rank orders units by expected loss (model.md section 7):
//
//	expected loss of a unit = SUM over its scenarios of p(unit, country) * loss      (R1)
//
// over the export restrictions of the baseline, one country each. Gains
// (negative losses) net out and are shown apart. A unit is recommended when its
// expected loss reaches the published floor of USD 2 million a year, or when a
// single US producer is all there is.
package rank

import (
	"cmp"
	"slices"
	"strings"

	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/probability"
)

// FloorMUSD is the published floor of the category "moderate", million USD a
// year (USGS Open-File Report 2025-1047). Other cut-offs are not public.
const FloorMUSD = 2

// Criteria for a recommendation.
const (
	ExpectedLoss  = "expected-loss"
	SinglePoint   = "single-point-of-failure"
	BothCriteria  = "both"
	NoneCriterion = ""
)

// Row is one unit, or one chain collapsed to its highest stage.
type Row struct {
	Rank             int
	Unit             int
	Chain            string
	Stages           int     // units of the chain that stand in this row; 1 unless collapsed
	ChainSumMUSD     float64 // sum of the expected losses of those units
	ExpectedLossMUSD float64 // (R1); the leading loss when ranking given the disruption
	GainsMUSD        float64 // part of (R1) that is gains, 0 or negative
	Leading          *assess.Result
	LeadingCountry   string
	Probability      probability.Estimate // of the leading scenario
	Scenarios        int
	Known            int // scenarios with a probability above 0
	Recommended      bool
	Criterion        string
	Evidence         string
	State            string
	LowerBound       bool // some scenario of the sum is a lower bound
}

// Options of a ranking.
type Options struct {
	GivenDisruption bool // rank by the leading loss, without probability
	ByChain         bool // collapse chains to their highest stage
}

// SinglePointOfFailure tells whether exactly one US producer and no secondary
// output stand behind a unit.
func SinglePointOfFailure(c *catalog.Catalog, f *catalog.Figures) bool {
	return c.Units[f.Unit].PrimaryProducers == 1 && f.SecondaryTonnes == 0
}

// Rank orders the units from the results of their baseline restrictions, one
// withdrawal each. A unit without foreign net exporter has a row with no loss.
func Rank(e *assess.Engine, units []int, results []*assess.Result, valueAddedMUSD []float64, opt Options) []Row {
	c := e.Catalog
	byUnit := make([][]*assess.Result, len(c.Units))
	for _, r := range results {
		u := r.Scenario.Withdrawals[0].Unit
		byUnit[u] = append(byUnit[u], r)
	}
	rows := make([]Row, 0, len(units))
	for _, u := range units {
		row := Row{Unit: u, Chain: c.Units[u].Chain, Stages: 1, Scenarios: len(byUnit[u]), State: assess.StateNothing, Evidence: c.Evidence(e.Figures[u], valueAddedMUSD)}
		for _, r := range byUnit[u] {
			country := r.Scenario.Withdrawals[0].Country
			p := probability.Of(c, u, country)
			row.ExpectedLossMUSD += p.Probability * r.LossMUSD
			row.GainsMUSD += min(0, p.Probability*r.LossMUSD)
			if p.Probability > 0 {
				row.Known++
				row.LowerBound = row.LowerBound || r.LowerBound()
			}
			if row.Leading == nil || r.LossMUSD > row.Leading.LossMUSD {
				row.Leading, row.LeadingCountry, row.Probability, row.State = r, country, p, r.State
			}
		}
		if opt.GivenDisruption {
			row.ExpectedLossMUSD, row.GainsMUSD = 0, 0
			if row.Leading != nil {
				row.ExpectedLossMUSD, row.LowerBound = row.Leading.LossMUSD, row.Leading.LowerBound()
			}
		}
		row.ChainSumMUSD = row.ExpectedLossMUSD
		row.recommend(SinglePointOfFailure(c, e.Figures[u]), opt)
		rows = append(rows, row)
	}
	if opt.ByChain {
		rows = collapse(rows)
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(-cmp.Compare(a.ExpectedLossMUSD, b.ExpectedLossMUSD), strings.Compare(c.Units[a.Unit].ID, c.Units[b.Unit].ID))
	})
	for i := range rows {
		rows[i].Rank = i + 1
	}
	return rows
}

func (r *Row) recommend(single bool, opt Options) {
	loss := !opt.GivenDisruption && r.ExpectedLossMUSD >= FloorMUSD
	switch {
	case loss && single:
		r.Criterion = BothCriteria
	case loss:
		r.Criterion = ExpectedLoss
	case single:
		r.Criterion = SinglePoint
	}
	r.Recommended = r.Criterion != NoneCriterion
}

// collapse keeps the unit with the highest expected loss of every chain. The
// chain is recommended when one of its units is.
func collapse(rows []Row) []Row {
	at := map[string]int{}
	var out []Row
	for _, r := range rows {
		i, seen := at[r.Chain]
		if !seen {
			at[r.Chain] = len(out)
			out = append(out, r)
			continue
		}
		kept, other := out[i], r
		if other.ExpectedLossMUSD > kept.ExpectedLossMUSD {
			kept, other = other, kept
		}
		kept.Stages, kept.ChainSumMUSD = out[i].Stages+1, out[i].ChainSumMUSD+r.ExpectedLossMUSD
		if other.Recommended && kept.Criterion != other.Criterion {
			kept.Recommended = true
			if kept.Criterion == NoneCriterion {
				kept.Criterion = other.Criterion
			} else {
				kept.Criterion = BothCriteria
			}
		}
		out[i] = kept
	}
	return out
}
