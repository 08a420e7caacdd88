package sensitivity

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"chokepoint/internal/sample"
)

// Errors of this package.
var (
	ErrPoints    = errors.New("base points must be 2 or more")
	ErrInputs    = errors.New("a model needs at least one input")
	ErrGroups    = errors.New("groups must be non-empty and disjoint sets of the inputs")
	ErrTooLarge  = errors.New("more than 2^31 rows or 2^20 inputs")
	ErrRows      = errors.New("rows outside the design")
	ErrNotFinite = errors.New("output is not finite")
	ErrOptions   = errors.New("options need 20 to 100000 replicates and a level between 0 and 1")
)

// Design is the plan of model runs: which rows, made of which inputs. It does not
// change; any number of goroutines may read it.
type Design struct {
	points  int
	inputs  int
	groups  [][]int
	groupOf []int // of each input, -1 for none
	keys    []uint64
	seed    uint64
	stream  sample.Stream
}

// NewDesign plans n base points for a model of so many inputs. groups lists the inputs
// of each group; nil makes a group of each input. Inputs in no group vary but get no
// index. seed and name select the points (sample.NewStream). Errors: ErrPoints,
// ErrInputs, ErrGroups, ErrTooLarge.
func NewDesign(n, inputs int, groups [][]int, seed uint64, name string) (*Design, error) {
	fail := func(err error) (*Design, error) {
		return nil, fmt.Errorf("design of %d points, %d inputs, %d groups: %w", n, inputs, len(groups), err)
	}
	switch {
	case n < 2:
		return fail(ErrPoints)
	case inputs < 1:
		return fail(ErrInputs)
	case inputs > 1<<20:
		return fail(ErrTooLarge)
	}
	d := &Design{
		points: n, inputs: inputs, seed: seed,
		groupOf: slices.Repeat([]int{-1}, inputs),
		keys:    make([]uint64, 2*inputs),
		stream:  sample.NewStream(seed, name),
	}
	if groups == nil {
		for i := range inputs {
			groups = append(groups, []int{i})
		}
	}
	for g, members := range groups {
		if len(members) == 0 {
			return fail(fmt.Errorf("group %d is empty: %w", g, ErrGroups))
		}
		for _, i := range members {
			if i < 0 || i >= inputs || d.groupOf[i] >= 0 {
				return fail(fmt.Errorf("input %d of group %d: %w", i, g, ErrGroups))
			}
			d.groupOf[i] = g
		}
		d.groups = append(d.groups, slices.Clone(members))
	}
	if uint64(n)*uint64(d.stride()) > 1<<31 || n > 1<<31 {
		return fail(ErrTooLarge)
	}
	for i := range d.keys {
		d.keys[i] = uint64(i)
	}
	return d, nil
}

// Groups is the number of groups.
func (d *Design) Groups() int { return len(d.groups) }

// Rows is the number of model runs, N (groups + 2). Row k (groups + 2) + j belongs to
// base point k; j = 0 is A, 1 is B, 2 + g is AB_g.
func (d *Design) Rows() int { return d.points * d.stride() }

func (d *Design) stride() int { return len(d.groups) + 2 }

// Block runs the model on the rows from..from+len(y)-1 and puts the outputs into y. f
// must not keep x. Split the rows into blocks of any size and run them anywhere: the
// outputs are the same. Allocates three rows per call, nothing per model run. Errors:
// ErrRows, ErrNotFinite, and those of f, with the number of the row.
func (d *Design) Block(y []float64, from int, f func(x []float64) (float64, error)) error {
	if from < 0 || from+len(y) > d.Rows() {
		return fmt.Errorf("rows %d to %d: %w", from, from+len(y), ErrRows)
	}
	both, x := make([]float64, 2*d.inputs), make([]float64, d.inputs)
	last := -1
	for i := range y {
		point, j := (from+i)/d.stride(), (from+i)%d.stride()
		if point != last {
			d.stream.Fill(both, uint64(point), d.keys)
			last = point
		}
		for k := range x {
			x[k] = both[2*k+d.side(k, j)]
		}
		var err error
		if y[i], err = evaluate(f, x); err != nil {
			return fmt.Errorf("row %d: %w", from+i, err)
		}
	}
	return nil
}

// Row puts the inputs of one row into dst, of length inputs: for callers that run the
// model in their own way. It allocates nothing. Error: ErrRows.
func (d *Design) Row(dst []float64, row int) error {
	if row < 0 || row >= d.Rows() || len(dst) != d.inputs {
		return fmt.Errorf("row %d with %d inputs: %w", row, len(dst), ErrRows)
	}
	point, j := row/d.stride(), row%d.stride()
	for k := range dst {
		dimension := 2*k + d.side(k, j)
		dst[k] = d.stream.Uniform(uint64(point), dimension, d.keys[dimension])
	}
	return nil
}

// side is 0 where row j takes input k from A, 1 from B. A and B of an input have
// neighbouring dimensions, so that the first inputs get the best ones for both.
func (d *Design) side(k, j int) int {
	if j == 1 || j >= 2 && d.groupOf[k] == j-2 {
		return 1
	}
	return 0
}

func evaluate(f func(x []float64) (float64, error), x []float64) (float64, error) {
	y, err := f(x)
	switch {
	case err != nil:
		return 0, err
	case math.IsNaN(y) || math.IsInf(y, 0):
		return 0, fmt.Errorf("output %v: %w", y, ErrNotFinite)
	}
	return y, nil
}
