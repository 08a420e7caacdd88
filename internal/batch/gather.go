package batch

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"chokepoint/internal/assess"
	"chokepoint/internal/fault"
	"chokepoint/internal/quantile"
	"chokepoint/internal/rank"
)

// Quantiles are exact up to this many draws, and up to this many numbers in
// memory (128 MB).
const (
	ExactDraws   = 100_000
	ExactNumbers = 16_000_000
)

// ErrIncomplete says that shards are missing, damaged or foreign.
var ErrIncomplete = errors.New("not every shard is there")

// Summary is what draws say of one number.
type Summary struct {
	Draws               uint64
	Mean, P05, P50, P95 float64
	Smallest, Largest   float64
}

// Answer is what the shards of a run say together.
type Answer struct {
	Draws uint64
	Exact bool // quantiles of Units and Scenarios of a run of scenarios; else by sketch
	// Of a ranking: by row, and by scenario the loss (always by sketch).
	Ranges       []rank.Ranges
	Units        []Summary
	Restrictions []Summary
	// Of scenarios: by scenario, then quantity (see Quantities); no draws where the
	// quantity does not exist.
	Scenarios [][]Summary
	NoPrice   []uint64 // by scenario: draws without a price
	Nothing   []uint64 // by scenario: draws in which nothing was left to withdraw
}

// Quantity is a number of a scenario with its unit.
type Quantity struct{ Name, Unit string }

// Quantities are those of Answer.Scenarios, in order.
func Quantities() []Quantity {
	out := make([]Quantity, len(quantities))
	for i, q := range quantities {
		out[i] = Quantity(q)
	}
	return out
}

// shownProblems is how many shards an error names.
const shownProblems = 5

// Confirmed checks that every shard is there once, with the content that its
// manifest says, from one program version and one architecture, and that the
// ranges tile the draws of the plan. Error: ErrIncomplete, naming the shards.
func (d *Dir) Confirmed() ([]*Manifest, error) {
	var problems []string
	out := make([]*Manifest, d.Plan.Shards)
	next := uint64(0)
	for _, s := range d.Status(true) {
		switch {
		case s.State != Done:
			problems = append(problems, fmt.Sprintf("shard %d is %s: %s", s.Index, s.State, s.What))
		case s.Manifest.From != next || s.Manifest.Draws != s.To-s.From:
			problems = append(problems, fmt.Sprintf("shard %d starts at draw %d, expected %d", s.Index, s.Manifest.From, next))
		}
		out[s.Index], next = s.Manifest, s.To
	}
	var arch []string
	for k, m := range out {
		if m != nil && !slices.Contains(arch, m.GOARCH) {
			if arch = append(arch, m.GOARCH); len(arch) > 1 {
				problems = append(problems, fmt.Sprintf("shard %d was computed on %s, others on %s, whose last digits differ: remove %s of one kind", k, m.GOARCH, arch[0], manifestsDir))
			}
		}
	}
	if next != d.Plan.Draws {
		problems = append(problems, fmt.Sprintf("the shards end at draw %d, expected %d", next, d.Plan.Draws))
	}
	if len(problems) == 0 {
		return out, nil
	}
	shown := problems[:min(len(problems), shownProblems)]
	what := strings.Join(shown, "; ")
	if n := len(problems) - len(shown); n > 0 {
		what += fmt.Sprintf("; and %d more", n)
	}
	dir := filepath.ToSlash(d.Path)
	return nil, &fault.Error{Code: fault.Failure, File: dir, What: what, Expected: fmt.Sprintf("%d shards", d.Plan.Shards), Do: "`chokepoint batch work " + dir + "` computes what is missing or damaged.", Err: ErrIncomplete}
}

// Gather merges the shards of a run. The answer has the same bits for any number
// of shards, threads and machines of one architecture.
func (d *Dir) Gather(m *Model) (*Answer, error) {
	manifests, err := d.Confirmed()
	if err != nil {
		return nil, err
	}
	damaged := func(name string, err error) error {
		return &fault.Error{Code: fault.InvalidData, File: filepath.ToSlash(d.file(name)), What: err.Error(), Expected: "what its manifest confirms", Do: "Remove the manifest of this shard and compute it again.", Err: err}
	}
	totals := m.newTotals()
	for k, confirmed := range manifests {
		content, err := readLimited(d.file(totalsName(k)), confirmed.Files[1].Bytes)
		if err != nil {
			return nil, damaged(totalsName(k), err)
		}
		t, err := ReadTotals(content, len(totals.Series), len(totals.Counts))
		if err == nil && t.Draws != confirmed.Draws {
			err = fmt.Errorf("it counts %d draws, the manifest %d", t.Draws, confirmed.Draws)
		}
		if err == nil {
			err = totals.Merge(t)
		}
		if err != nil {
			return nil, damaged(totalsName(k), err)
		}
	}
	if totals.Draws != d.Plan.Draws {
		return nil, fmt.Errorf("gather %s: %d draws, the plan has %d", d.Path, totals.Draws, d.Plan.Draws)
	}
	a := &Answer{Draws: totals.Draws}
	wide := m.exactSeries()
	a.Exact = wide > 0
	var values [][]float64
	if a.Exact {
		values = make([][]float64, wide)
		for i := range values {
			values[i] = make([]float64, 0, totals.Series[i].Sum.Count())
		}
		for k, confirmed := range manifests {
			if err := d.read(m, k, confirmed, values); err != nil {
				return nil, damaged(rowsName(k), err)
			}
		}
	}
	return a, a.fill(m, totals, values)
}

// exactSeries is how many series have exact quantiles: those of the rows of a
// ranking, or all of a run of scenarios; none where that is too much.
func (m *Model) exactSeries() int {
	n := len(m.Rows)
	if m.Plan.Ranking == nil {
		n = len(quantities) * len(m.Results)
	}
	if m.Plan.Draws > ExactDraws || m.Plan.Draws*uint64(n) > ExactNumbers {
		return 0
	}
	return n
}

// fill takes the answer out of totals and, where there are any, all values.
func (a *Answer) fill(m *Model, totals *Totals, values [][]float64) error {
	summaries := make([]Summary, len(totals.Series))
	for i := range summaries {
		var exact []float64
		if i < len(values) {
			exact = values[i]
		}
		var err error
		if summaries[i], err = totals.Series[i].summary(exact); err != nil {
			return err
		}
	}
	if m.Plan.Ranking == nil {
		for i := range m.Results {
			a.Scenarios = append(a.Scenarios, summaries[i*len(quantities):][:len(quantities)])
			a.Nothing, a.NoPrice = append(a.Nothing, totals.Counts[2*i]), append(a.NoPrice, totals.Counts[2*i+1])
		}
		return nil
	}
	n := len(m.Rows)
	a.Units, a.Restrictions = summaries[:n], summaries[n:]
	a.Nothing = totals.Counts[n*n+n:]
	a.Ranges = make([]rank.Ranges, n)
	counts := make([]int, n)
	for i := range a.Ranges {
		for k := range counts {
			counts[k] = int(totals.Counts[n*i+k])
		}
		r := &a.Ranges[i]
		r.P05, r.P50, r.P95 = a.Units[i].P05, a.Units[i].P50, a.Units[i].P95
		r.Count(counts, int(totals.Counts[n*n+i]))
	}
	return nil
}

// summary takes the numbers of a series; its quantiles from all values, which are
// sorted in place, or from the sketch.
func (s *Series) summary(values []float64) (Summary, error) {
	out := Summary{Draws: s.Sketch.Count()}
	if out.Draws == 0 {
		return out, nil
	}
	var err error
	if out.Mean, err = s.Sum.Mean(); err != nil {
		return out, err
	}
	if out.Smallest, out.Largest, err = s.Sketch.Range(); err != nil {
		return out, err
	}
	at := s.Sketch.Quantile
	if values != nil {
		slices.Sort(values)
		at = func(p float64) (float64, error) { return quantile.OfSorted(values, p) }
	}
	for _, q := range []struct {
		p  float64
		to *float64
	}{{0.05, &out.P05}, {0.5, &out.P50}, {0.95, &out.P95}} {
		if *q.to, err = at(q.p); err != nil {
			return out, err
		}
	}
	return out, nil
}

// read appends the numbers in the table of a shard, by series.
func (d *Dir) read(m *Model, k int, confirmed *Manifest, values [][]float64) error {
	other := func(i uint64) error { return fmt.Errorf("row %d: %w", i+1, errRows) }
	if m.Plan.Ranking != nil {
		names := make([]string, len(m.Rows))
		for i := range names {
			names[i] = m.Engine.Catalog.Units[m.Rows[i].Unit].ID
		}
		n := uint64(len(names))
		return readRows(d.file(rowsName(k)), confirmed.Draws*n, func(i uint64, x *RankRow) error {
			if x.Draw != int64(confirmed.From+i/n) || x.Commodity != names[i%n] {
				return other(i)
			}
			values[i%n] = append(values[i%n], x.ExpectedLossMUSD)
			return nil
		})
	}
	n := uint64(len(m.Results))
	return readRows(d.file(rowsName(k)), confirmed.Draws*n, func(i uint64, x *ScenarioRow) error {
		if x.Draw != int64(confirmed.From+i/n) || x.Scenario != m.Plan.Scenarios[i%n].Label {
			return other(i)
		}
		series := values[int(i%n)*len(quantities):][:len(quantities)]
		parts := assess.Parts{HitMUSD: x.HitGDPMUSD, UsersPriceMUSD: x.UsersPriceGDPMUSD, ProducerVolumeMUSD: x.ProducerVolumeGDPMUSD, ProducerPriceMUSD: x.ProducerPriceGDPMUSD, RestMUSD: x.RestGDPMUSD}
		for q, v := range ofParts(parts, x.LossMUSD) {
			series[q] = append(series[q], v)
		}
		for q, v := range []*float64{x.PriceRatio, x.UseCut} {
			if v != nil {
				series[len(quantities)-2+q] = append(series[len(quantities)-2+q], *v)
			}
		}
		return nil
	})
}
