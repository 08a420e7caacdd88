// Package rank orders units by expected loss (model.md section 7):
//
//	expected loss of a unit = SUM over its scenarios of p(unit, country) * loss      (R1)
//
// over the export restrictions of the baseline, one country (or bloc) each. Gains
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
	"chokepoint/internal/scenario"
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
func Rank(e *assess.Engine, p *probability.Model, units []int, results []*assess.Result, valueAddedMUSD []float64, opt Options) []Row {
	c := e.Catalog
	byUnit := make([][]*assess.Result, len(c.Units))
	for _, r := range results {
		if len(r.Scenario.Withdrawals) == 0 { // nothing was there to withdraw
			continue
		}
		u := r.Scenario.Withdrawals[0].Unit
		byUnit[u] = append(byUnit[u], r)
	}
	rows := make([]Row, 0, len(units))
	for _, u := range units {
		row := Row{Unit: u, Chain: c.Units[u].Chain, Stages: 1, Scenarios: len(byUnit[u]), State: assess.StateNothing, Evidence: c.Evidence(e.Figures[u], e.Method.Judgement, valueAddedMUSD)}
		largest := 0.0
		for _, r := range byUnit[u] {
			est, _ := p.Joint(r.Scenario)
			row.ExpectedLossMUSD += est.Probability * r.LossMUSD
			row.GainsMUSD += min(0, est.Probability*r.LossMUSD)
			if est.Probability > 0 {
				row.Known++
				row.LowerBound = row.LowerBound || r.LowerBound()
			}
			if contribution := est.Probability * r.LossMUSD; row.Leading == nil || leads(opt, contribution, r.LossMUSD, largest, row.Leading.LossMUSD) {
				largest = contribution
				row.Leading, row.LeadingCountry, row.Probability, row.State = r, who(c, r.Scenario), est, r.State
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
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(-cmp.Compare(a.ExpectedLossMUSD, b.ExpectedLossMUSD), strings.Compare(c.Units[a.Unit].ID, c.Units[b.Unit].ID))
	})
	if opt.ByChain {
		rows = collapse(rows)
	}
	for i := range rows {
		rows[i].Rank = i + 1
	}
	return rows
}

// leads tells whether a scenario leads over the one that did: it adds more to the
// expected loss, or to break a tie loses more. Given the disruption the loss decides.
func leads(opt Options, contribution, lossMUSD, largest, largestLossMUSD float64) bool {
	if opt.GivenDisruption || contribution == largest {
		return lossMUSD > largestLossMUSD
	}
	return contribution > largest
}

// who names the country of a baseline scenario, or its bloc.
func who(c *catalog.Catalog, s scenario.Scenario) string {
	if len(s.Blocs) == 1 {
		return c.BlocName(s.Blocs[0])
	}
	return s.Withdrawals[0].Country
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

// collapse keeps the unit with the highest expected loss of every chain, which
// is the first of sorted rows. The chain is recommended when one of its units is.
func collapse(sorted []Row) []Row {
	at := map[string]int{}
	var out []Row
	for _, r := range sorted {
		i, seen := at[r.Chain]
		if !seen {
			at[r.Chain] = len(out)
			out = append(out, r)
			continue
		}
		kept := &out[i]
		kept.Stages++
		kept.ChainSumMUSD += r.ExpectedLossMUSD
		if r.Recommended && kept.Criterion != r.Criterion {
			if kept.Recommended {
				kept.Criterion = BothCriteria
			} else {
				kept.Criterion = r.Criterion
			}
			kept.Recommended = true
		}
	}
	return out
}
