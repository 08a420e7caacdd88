package sensitivity

import (
	"fmt"
	"math"

	"chokepoint/internal/quantile"
	"chokepoint/internal/sample"
)

// Options of the intervals.
type Options struct {
	Replicates int     // bootstrap samples
	Level      float64 // share of intervals that hold the truth, at least
}

// DefaultOptions are 500 replicates and 90 % intervals.
func DefaultOptions() Options { return Options{Replicates: 500, Level: 0.9} }

// Estimate is an index with its interval; all without unit.
type Estimate struct{ Value, Low, High float64 }

// Index is the answer for one group.
type Index struct {
	First, Total Estimate
	// Reduction is First.Value times the variance: by how much the variance falls, on
	// average, once the inputs of the group are known. In squared units of the output.
	Reduction float64
}

// Result holds mean and variance of the output over the A and B rows, and the index of
// each group. If the output never varies, all indices are zero.
type Result struct {
	Mean, Variance float64
	Indices        []Index
}

// Indices estimates from the outputs of all rows. The same outputs give the same bits.
// Errors: ErrRows, ErrNotFinite, ErrOptions.
func (d *Design) Indices(y []float64, o Options) (*Result, error) {
	switch {
	case len(y) != d.Rows():
		return nil, fmt.Errorf("indices of %d rows, expected %d: %w", len(y), d.Rows(), ErrRows)
	case o.Replicates < 20 || o.Replicates > 100000 || !(o.Level > 0 && o.Level < 1):
		return nil, fmt.Errorf("indices with %d replicates at level %v: %w", o.Replicates, o.Level, ErrOptions)
	}
	for row, v := range y {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("indices: row %d is %v: %w", row, v, ErrNotFinite)
		}
	}
	groups := len(d.groups)
	weight := make([]float64, d.points)
	for k := range weight {
		weight[k] = 1
	}
	// First order of all groups, then total of all groups.
	values := make([]float64, 2*groups)
	result := &Result{Indices: make([]Index, groups)}
	result.Mean, result.Variance = d.estimate(values, y, weight)
	if math.IsInf(result.Variance, 0) || math.IsNaN(result.Variance) {
		return nil, fmt.Errorf("indices: variance of the outputs: %w", ErrNotFinite)
	}
	replicates := make([][]float64, 2*groups)
	for i := range replicates {
		replicates[i] = make([]float64, o.Replicates)
	}
	random := sample.NewPlain(d.seed, "bootstrap")
	again := make([]float64, 2*groups)
	for r := range o.Replicates {
		clear(weight)
		for k := range weight {
			weight[int(random.Uniform(uint64(k), r, 0)*float64(d.points))]++
		}
		d.estimate(again, y, weight)
		for i, v := range again {
			replicates[i][r] = v
		}
	}
	tail := (1 - o.Level) / 2
	estimate := func(i int) (Estimate, error) {
		q, err := quantile.Exact(replicates[i], tail, 1-tail)
		if err != nil {
			return Estimate{}, fmt.Errorf("indices: bootstrap: %w", err)
		}
		return Estimate{Value: values[i], Low: q[0], High: q[1]}, nil
	}
	for g := range groups {
		x := &result.Indices[g]
		var err error
		if x.First, err = estimate(g); err != nil {
			return nil, err
		}
		if x.Total, err = estimate(groups + g); err != nil {
			return nil, err
		}
		x.Reduction = x.First.Value * result.Variance
	}
	return result, nil
}

// estimate is the estimators of the package comment with each base point counted weight
// times; the weights add up to the number of points. Outputs are taken from the first
// one, so that a constant has a variance of exactly zero.
func (d *Design) estimate(dst, y, weight []float64) (mean, variance float64) {
	groups, stride := len(d.groups), d.stride()
	n := float64(d.points)
	origin := y[0]
	for k, w := range weight {
		row := y[k*stride:]
		mean += w * ((row[0] - origin) + (row[1] - origin))
	}
	mean /= 2 * n
	first, total := dst[:groups], dst[groups:]
	clear(dst)
	for k, w := range weight {
		if w == 0 {
			continue
		}
		row := y[k*stride : (k+1)*stride]
		a, b := row[0]-origin-mean, row[1]-origin-mean
		variance += w * (a*a + b*b)
		for g, ab := range row[2:] {
			change := ab - row[0]
			first[g] += w * b * change
			total[g] += w * change * change
		}
	}
	variance /= 2 * n
	for g := range groups {
		if variance == 0 {
			first[g], total[g] = 0, 0
			continue
		}
		first[g] /= n * variance
		total[g] /= 2 * n * variance
	}
	return origin + mean, variance
}
