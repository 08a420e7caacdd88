// Package drivers says which inputs move the answer to a scenario: first-order
// and total Sobol indices of the loss by group of inputs and by single input,
// and how far the loss moves from the 10 % to the 90 % point of each (package
// sensitivity; model.md section 8).
//
// Single inputs are screened by that span first: indices are computed for the
// widest, the others vary without an index of their own. Errors that judged
// values of a kind share are inputs too.
package drivers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"chokepoint/internal/assess"
	"chokepoint/internal/sensitivity"
)

// Driver is one group of inputs, or one input.
type Driver struct {
	Name, Group, Meaning string
	First, Total         sensitivity.Estimate // shares of the variance of the loss, 90 % intervals
	LowMUSD, HighMUSD    float64              // loss with it at its 10 % and 90 % point, all else at the middle
	Indexed              bool                 // false: outside the screened inputs, First and Total are 0
	Inputs               int                  // of a group
	Variable             assess.Variable      // of a single input
}

// SpanMUSD is how far the loss moves from the 10 % to the 90 % point.
func (d Driver) SpanMUSD() float64 { return math.Abs(d.HighMUSD - d.LowMUSD) }

// Analysis is the answer for one scenario.
type Analysis struct {
	Groups, Inputs []Driver // largest total index first
	Points         int
	Runs           int
	MeanMUSD       float64
	DeviationMUSD  float64 // standard deviation of the loss
}

// ErrNoVariation: nothing that the loss depends on has a range.
var ErrNoVariation = errors.New("no input of the scenario varies")

// Limits and defaults.
const (
	DefaultPoints = 1024
	MinPoints     = 16 // the smallest design whose indices mean something
	MaxPoints     = 1 << 16
	screened      = 30 // single inputs that get indices
	block         = 64 // rows that a worker takes at once
)

// Analyse computes the drivers of the loss of the sampler's only scenario. The
// same seed gives the same bits for any number of workers. Errors: those of the
// evaluation, and of a scenario whose loss does not vary.
func Analyse(ctx context.Context, s *assess.Sampler, points int, seed uint64, workers int) (*Analysis, error) {
	if len(s.Scenarios) != 1 {
		return nil, fmt.Errorf("drivers of %d scenarios: expected one", len(s.Scenarios))
	}
	if points < MinPoints || points > MaxPoints {
		return nil, fmt.Errorf("drivers with %d points: expected %d to %d", points, MinPoints, MaxPoints)
	}
	variables := s.Variables()
	if len(variables) == 0 {
		return nil, ErrNoVariation
	}
	a := &Analysis{Points: points}
	var groups []Driver
	var members [][]int
	at := map[string]int{}
	for i, v := range variables {
		g, ok := at[v.Group]
		if !ok {
			g = len(groups)
			at[v.Group] = g
			groups = append(groups, Driver{Name: v.Group, Group: v.Group, Indexed: true})
			members = append(members, nil)
		}
		members[g] = append(members[g], i)
		groups[g].Inputs++
	}
	if err := a.indices(ctx, s, groups, members, len(variables), seed, "drivers by group", workers); err != nil {
		return nil, err
	}
	a.Groups = groups

	inputs := make([]Driver, len(variables))
	single, err := sensitivity.NewDesign(2, len(variables), nil, seed, "screening")
	if err != nil {
		return nil, err
	}
	bars, err := single.Tornado(loss(s.NewEvaluator()))
	if err != nil {
		return nil, err
	}
	order := make([]int, len(variables))
	for i, v := range variables {
		inputs[i] = Driver{Name: v.Key, Group: v.Group, Meaning: v.Meaning, Variable: v, LowMUSD: bars[i].Low, HighMUSD: bars[i].High, Inputs: 1}
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return -cmp.Compare(inputs[x].SpanMUSD(), inputs[y].SpanMUSD()) })
	chosen := order[:min(screened, len(order))]
	slices.Sort(chosen)
	widest, alone := make([]Driver, len(chosen)), make([][]int, len(chosen))
	for k, i := range chosen {
		widest[k], alone[k] = inputs[i], []int{i}
		widest[k].Indexed = true
	}
	if err := a.indices(ctx, s, widest, alone, len(variables), seed, "drivers by input", workers); err != nil {
		return nil, err
	}
	for k, i := range chosen {
		inputs[i] = widest[k]
	}
	a.Inputs = inputs
	for _, list := range [][]Driver{a.Groups, a.Inputs} {
		slices.SortStableFunc(list, func(x, y Driver) int {
			return cmp.Or(-cmp.Compare(x.Total.Value, y.Total.Value), -cmp.Compare(x.SpanMUSD(), y.SpanMUSD()), cmp.Compare(x.Name, y.Name))
		})
	}
	return a, nil
}

// loss is the loss at given coordinates.
func loss(v *assess.Evaluator) func([]float64) (float64, error) {
	return func(u []float64) (float64, error) {
		d, err := v.Evaluate(u)
		if err != nil {
			return 0, err
		}
		return d.LossMUSD[0], nil
	}
}

// indices fills the indices and spans of drivers with the given members.
func (a *Analysis) indices(ctx context.Context, s *assess.Sampler, list []Driver, members [][]int, inputs int, seed uint64, name string, workers int) error {
	design, err := sensitivity.NewDesign(a.Points, inputs, members, seed, name)
	if err != nil {
		return err
	}
	y := make([]float64, design.Rows())
	if err := rows(ctx, s, design, y, workers); err != nil {
		return err
	}
	result, err := design.Indices(y, sensitivity.DefaultOptions())
	if err != nil {
		return err
	}
	bars, err := design.Tornado(loss(s.NewEvaluator()))
	if err != nil {
		return err
	}
	for g := range list {
		list[g].First, list[g].Total = result.Indices[g].First, result.Indices[g].Total
		list[g].LowMUSD, list[g].HighMUSD = bars[g].Low, bars[g].High
	}
	a.Runs += len(y)
	a.MeanMUSD, a.DeviationMUSD = result.Mean, math.Sqrt(result.Variance)
	return nil
}

// rows evaluates the rows of a design, blocks shared among workers.
func rows(ctx context.Context, s *assess.Sampler, d *sensitivity.Design, y []float64, workers int) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	blocks := (len(y) + block - 1) / block
	errs := make([]error, blocks)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			f := loss(s.NewEvaluator())
			for i := int(next.Add(1)) - 1; i < blocks; i = int(next.Add(1)) - 1 {
				if errs[i] = ctx.Err(); errs[i] == nil {
					errs[i] = d.Block(y[i*block:min(len(y), (i+1)*block)], i*block, f)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
