package economy

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/blas/blas64"
)

// liveShare of total output is what an industry needs to take part in (E2).
const liveShare = 1e-9

// Table is a domestic industry-by-industry table, million USD a year.
// It is immutable once built and may be shared.
type Table struct {
	Codes []string
	Z     []float64 // n x n row-major: Z[i*n+j] goes from i to j

	FinalDemandMUSD []float64
	OutputMUSD      []float64 // x = Z1 + f
	ValueAddedShare []float64 // va
	InputShare      []float64 // s = Z'1/x, domestic inputs
	Live            []bool    // output above 1e-9 of total output
	buys            []bool    // and domestic inputs as well: part of H

	BaseYear, Year int
	Balancing      Balancing
	ClippedMUSD    float64 // sum of the negative cells set to 0 in the base year

	// SubstitutionElasticity is theta of the setting ces by industry, 0 where not
	// known; nil where none is.
	SubstitutionElasticity []float64

	// What single settings need is made when first asked for.
	imports func() ([]float64, error) // imported input coefficients; nil: no imports
	inputs  func() (*Inputs, error)
	inverse func() ([]float64, error)
}

// NewTable makes a table from flows z (n x n row-major, from row to column), final
// demand f and value-added shares va; output and input shares follow.
// Errors: ErrInvalid for wrong lengths, repeated codes, numbers that are not finite,
// negative flows, va outside [0, 1], inputs without output.
func NewTable(codes []string, z, f, va []float64) (*Table, error) {
	n := len(codes)
	if n == 0 {
		return nil, fmt.Errorf("%w: table without industries", ErrInvalid)
	}
	if err := distinct("industry", codes); err != nil {
		return nil, err
	}
	if err := vector("flow", z, n*n, false); err != nil {
		return nil, err
	}
	if err := vector("final demand", f, n, false); err != nil {
		return nil, err
	}
	if err := vector("value-added share", va, n, false); err != nil {
		return nil, err
	}
	t := &Table{
		Codes: append([]string(nil), codes...), Z: append([]float64(nil), z...),
		FinalDemandMUSD: append([]float64(nil), f...), ValueAddedShare: append([]float64(nil), va...),
		OutputMUSD: make([]float64, n), InputShare: make([]float64, n), Live: make([]bool, n), buys: make([]bool, n),
	}
	inputs, total := make([]float64, n), 0.0
	for i := range n {
		for j, v := range t.Z[i*n : (i+1)*n] {
			t.OutputMUSD[i] += v
			inputs[j] += v
		}
		t.OutputMUSD[i] += f[i]
		total += t.OutputMUSD[i]
	}
	if !finite(total) || total <= 0 {
		return nil, fmt.Errorf("%w: total output is %g", ErrInvalid, total)
	}
	for j, x := range t.OutputMUSD {
		if va[j] > 1 {
			return nil, fmt.Errorf("%w: value-added share of %s is %g", ErrInvalid, codes[j], va[j])
		}
		if x <= 0 && inputs[j] > 0 {
			return nil, fmt.Errorf("%w: industry %s has inputs but no output", ErrInvalid, codes[j])
		}
		if x > 0 {
			t.InputShare[j] = inputs[j] / x
		}
		t.Live[j] = x > liveShare*total
		t.buys[j] = t.Live[j] && inputs[j] > liveShare*total
	}
	t.inputs, t.inverse = sync.OnceValues(t.totalInputs), sync.OnceValues(t.leontiefInverse)
	return t, nil
}

// Build makes the table of the target year from the accounts (model.md section 5).
// The table keeps the accounts for Inputs: do not change them afterwards.
// Errors: ErrInvalid, ErrNoConvergence.
func Build(a *Accounts) (*Table, error) {
	if err := a.validate(); err != nil {
		return nil, fmt.Errorf("reading the accounts: %w", err)
	}
	z, f, clipped, err := a.benchmark()
	if err != nil {
		return nil, fmt.Errorf("building the table of %d: %w", a.BaseYear, err)
	}
	n := len(a.Industries)
	x17, inputs := make([]float64, n), make([]float64, n)
	for i := range n {
		for j, v := range z[i*n : (i+1)*n] {
			x17[i] += v
			inputs[j] += v
		}
		x17[i] += f[i]
	}

	// Targets of the later year. Domestic and imported inputs shrink alike where
	// the value-added share grows. Final demand is one column with the rest.
	x, va, colTotal := make([]float64, n), make([]float64, n), make([]float64, n+1)
	shrink := make([]float64, n) // inputs per unit of output, later over base year
	rest := 0.0
	for j := range n {
		x[j] = x17[j] * a.OutputRatio[j]
		va17, s17 := 0.0, 0.0
		if x17[j] > 1 {
			va17, s17 = a.ValueAddedMUSD[j]/x17[j], inputs[j]/x17[j]
		}
		va[j] = math.Min(math.Max(va17*a.ValueShareRatio[j], 0), maxValueAddedShare)
		if va17 < 1 {
			shrink[j] = (1 - va[j]) / (1 - va17)
			colTotal[j] = s17 * shrink[j] * x[j]
		}
		rest += x[j] - colTotal[j]
	}
	if rest < 0 {
		return nil, fmt.Errorf("carrying the table to %d: %w: inputs exceed output by %g million USD", a.TargetYear, ErrInvalid, -rest)
	}
	colTotal[n] = rest

	flows := make([]float64, n*(n+1))
	for i := range n {
		row := flows[i*(n+1) : (i+1)*(n+1)]
		for j, v := range z[i*n : (i+1)*n] {
			row[j] = v * a.OutputRatio[j]
		}
		row[n] = f[i]
	}
	balancing, err := ras(flows, n, n+1, x, colTotal)
	if err != nil {
		return nil, fmt.Errorf("carrying the table to %d: %w", a.TargetYear, err)
	}
	for i := range n {
		copy(z[i*n:(i+1)*n], flows[i*(n+1):])
		f[i] = flows[i*(n+1)+n]
	}
	t, err := NewTable(a.Industries, z, f, va)
	if err != nil {
		return nil, fmt.Errorf("carrying the table to %d: %w", a.TargetYear, err)
	}
	t.BaseYear, t.Year, t.Balancing, t.ClippedMUSD = a.BaseYear, a.TargetYear, balancing, clipped
	t.SubstitutionElasticity = slices.Clone(a.SubstitutionElasticity)
	t.imports = func() ([]float64, error) { return a.importCoefficients(x17, shrink) }
	return t, nil
}

// benchmark returns flows, final demand and the sum of clipped cells of the base year.
func (a *Accounts) benchmark() (z, f []float64, clipped float64, err error) {
	n, m := len(a.Industries), len(a.Commodities)
	make_, err := dense("make", a.Make, n, m)
	if err != nil {
		return nil, nil, 0, err
	}
	use, err := dense("use", a.Use, m, n)
	if err != nil {
		return nil, nil, 0, err
	}
	imports, err := dense("import use", a.ImportUse, m, n)
	if err != nil {
		return nil, nil, 0, err
	}
	for k, v := range imports {
		use[k] -= v
	}
	final, err := a.domesticFinalUse()
	if err != nil {
		return nil, nil, 0, err
	}
	z = a.byIndustry(make_, use)
	f = make([]float64, n)
	supply := a.supply()
	for i := range n {
		for k, v := range make_[i*m : (i+1)*m] {
			if v > 0 {
				f[i] += v / supply[k] * final[k]
			}
		}
	}
	return z, f, clip(z) + clip(f), nil
}

// supply is the domestic output of every commodity.
func (a *Accounts) supply() []float64 {
	s := make([]float64, len(a.Commodities))
	for _, c := range a.Make {
		s[c.Col] += c.MUSD
	}
	return s
}

// byIndustry turns use by commodity (rows) into sales by industry: every commodity
// comes in the fixed market shares of the industries that make it. What no industry
// makes is left out. Few industries make a commodity, hence the loop over non-zero cells.
func (a *Accounts) byIndustry(make_, use []float64) []float64 {
	n, m, supply := len(a.Industries), len(a.Commodities), a.supply()
	z := make([]float64, n*n)
	for i := range n {
		for k, v := range make_[i*m : (i+1)*m] {
			if v > 0 {
				blas64.Axpy(v/supply[k], vec(use[k*n:(k+1)*n]), vec(z[i*n:(i+1)*n]))
			}
		}
	}
	return z
}

// clip sets negative entries to 0 and returns the sum of what was removed, as a positive number.
func clip(v []float64) float64 {
	removed := 0.0
	for i, q := range v {
		if q < 0 {
			removed -= q
			v[i] = 0
		}
	}
	return removed
}

// Check is one identity of a table: it holds where Size <= Limit.
type Check struct {
	Name        string
	Size, Limit float64
}

// OK tells whether the identity holds.
func (c Check) OK() bool { return c.Size <= c.Limit }

// Check verifies the identities of the table; sizes are shares of total output
// unless the name says otherwise.
func (t *Table) Check() []Check {
	n := len(t.Codes)
	inputs := make([]float64, n)
	var total, row, col, negative, va, share, closed float64
	for i := range n {
		sum := t.FinalDemandMUSD[i]
		negative = math.Max(negative, -sum)
		for j, v := range t.Z[i*n : (i+1)*n] {
			sum += v
			inputs[j] += v
			negative = math.Max(negative, -v)
		}
		row = math.Max(row, math.Abs(sum-t.OutputMUSD[i]))
		total += t.OutputMUSD[i]
		closed += t.OutputMUSD[i]*(1-t.InputShare[i]) - t.FinalDemandMUSD[i]
	}
	for j := range n {
		col = math.Max(col, math.Abs(inputs[j]-t.InputShare[j]*t.OutputMUSD[j]))
		va = math.Max(va, math.Max(-t.ValueAddedShare[j], t.ValueAddedShare[j]-1))
		share = math.Max(share, t.InputShare[j]+t.ValueAddedShare[j]-1)
	}
	return []Check{
		{"output = sales to industries and final demand", row / total, 1e-12},
		{"domestic inputs = input share x output", col / total, 1e-12},
		{"final demand = output less domestic inputs, summed", math.Abs(closed) / total, 1e-11},
		{"no negative flow", negative / total, 0},
		{"value-added share within [0, 1] (share)", math.Max(va, 0), 0},
		{"input and value-added shares within 1 (share)", math.Max(share, 0), 1e-6},
		{"balancing, rows", t.Balancing.RowResidualMUSD / total, rasTolerance},
		{"balancing, columns", t.Balancing.ColumnResidualMUSD / total, rasTolerance},
	}
}
