package rank

import (
	"cmp"
	"slices"

	"chokepoint/internal/assess"
	"chokepoint/internal/probability"
	"chokepoint/internal/quantile"
)

// Ranges is what draws say of a row.
type Ranges struct {
	P05, P50, P95 float64 // of the expected loss, million USD a year
	Top10         float64 // chance of rank 10 or better among the rows
	AboveFloor    float64 // chance of an expected loss of at least FloorMUSD
	RankP05       int     // rank that 5 % of the draws are better than
	RankP95       int
}

// Collector turns draws of the restrictions of a ranking into ranges. Draws must
// arrive in their order; what it holds is exact.
type Collector struct {
	rows   []Row
	opt    Options
	unit   []int // row of each scenario, -1 = none
	leads  []int // scenario that leads each row, -1 = none
	events []probability.Event
	p      *probability.Sampler
	value  []float64   // by row, of the draw at hand
	order  []int       // rows by value
	losses [][]float64 // by row, then draw
	ranks  [][]int     // by row: how often each rank
}

// NewCollector prepares the ranges of rows that Rank returned for the results.
func NewCollector(rows []Row, results []*assess.Result, p *probability.Sampler, opt Options) *Collector {
	c := &Collector{rows: rows, opt: opt, p: p, unit: make([]int, len(results)), leads: make([]int, len(rows)), events: make([]probability.Event, len(results)),
		value: make([]float64, len(rows)), order: make([]int, len(rows)), losses: make([][]float64, len(rows)), ranks: make([][]int, len(rows))}
	at := map[int]int{}
	for i, r := range rows {
		at[r.Unit] = i
		c.ranks[i] = make([]int, len(rows))
		c.leads[i] = slices.Index(results, r.Leading)
	}
	for i, r := range results {
		c.unit[i] = -1
		if len(r.Scenario.Withdrawals) == 0 {
			continue
		}
		if row, ok := at[r.Scenario.Withdrawals[0].Unit]; ok {
			c.unit[i] = row
		}
		c.events[i], _ = p.Event(r.Scenario)
	}
	return c
}

// Of returns what a draw says: the expected loss by row, and the rows by it, the
// largest first. Both stand until the next draw. Nothing is kept.
func (c *Collector) Of(d *assess.Draw) (valueMUSD []float64, order []int) {
	clear(c.value)
	if c.opt.GivenDisruption {
		for i, k := range c.leads { // the scenario that leads on central data
			if k >= 0 {
				c.value[i] = d.LossMUSD[k]
			}
		}
	} else {
		c.p.At(d.Index)
		for k, row := range c.unit {
			if row >= 0 {
				c.value[row] += c.p.Probability(c.events[k]) * d.LossMUSD[k]
			}
		}
	}
	for i := range c.order {
		c.order[i] = i
	}
	slices.SortStableFunc(c.order, func(a, b int) int { return -cmp.Compare(c.value[a], c.value[b]) })
	return c.value, c.order
}

// Add takes a draw.
func (c *Collector) Add(d *assess.Draw) {
	value, order := c.Of(d)
	for i, v := range value {
		c.losses[i] = append(c.losses[i], v)
	}
	for rank, i := range order {
		c.ranks[i][rank]++
	}
}

// Draws is how many draws were added.
func (c *Collector) Draws() int {
	if len(c.losses) == 0 {
		return 0
	}
	return len(c.losses[0])
}

// Ranges returns the ranges by row.
func (c *Collector) Ranges() []Ranges {
	out := make([]Ranges, len(c.rows))
	n := c.Draws()
	if n == 0 {
		return out
	}
	for i := range out {
		sorted := slices.Clone(c.losses[i])
		slices.Sort(sorted)
		r := &out[i]
		r.P05, r.P50, r.P95 = percentile(sorted, 0.05), percentile(sorted, 0.5), percentile(sorted, 0.95)
		above := 0
		for _, v := range sorted {
			if v >= FloorMUSD {
				above++
			}
		}
		r.Count(c.ranks[i], above)
	}
	return out
}

// Count fills in what counts of draws say: how often each rank, and how often
// the floor was reached.
func (r *Ranges) Count(ranks []int, above int) {
	n, top, seen := 0, 0, 0
	for _, count := range ranks {
		n += count
	}
	for rank, count := range ranks {
		if rank < 10 {
			top += count
		}
		if seen < (n+19)/20 && seen+count >= (n+19)/20 {
			r.RankP05 = rank + 1
		}
		if seen < n-n/20 && seen+count >= n-n/20 {
			r.RankP95 = rank + 1
		}
		seen += count
	}
	r.Top10, r.AboveFloor = float64(top)/float64(n), float64(above)/float64(n)
}

func percentile(sorted []float64, p float64) float64 {
	v, err := quantile.OfSorted(sorted, p)
	if err != nil { // no draws, which the callers rule out
		return 0
	}
	return v
}
