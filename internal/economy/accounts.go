package economy

import (
	"errors"
	"fmt"
	"math"
)

// Errors of this package. Methods name the ones they return.
var (
	ErrInvalid             = errors.New("invalid input")
	ErrUnknownSetting      = errors.New("unknown downstream setting")
	ErrNotPositiveDefinite = errors.New("response operator is not positive definite")
	ErrDependentBounds     = errors.New("bounds on outputs that cannot move apart")
	ErrNoConvergence       = errors.New("no convergence")
	ErrInaccurate          = errors.New("solution misses its equations")
	ErrBeyondPath          = errors.New("cut lies beyond the loss path")
	ErrNoElasticity        = errors.New("no substitution elasticity")
	ErrNotPrepared         = errors.New("cut was not prepared")
)

// ImportsFinalUse is the final-use column that holds minus the imports. Only its
// positive cells (c.i.f./f.o.b. adjustment, customs duties) are domestic output.
const ImportsFinalUse = "F05000"

// maxValueAddedShare caps va after the carry to the target year (model.md section 5).
const maxValueAddedShare = 0.98

// Cell is one entry of a table in million USD; Row and Col count from 0.
type Cell struct {
	Row, Col int
	MUSD     float64
}

// FinalCell is the final use of one commodity in million USD.
type FinalCell struct {
	Commodity int
	Use       string
	MUSD      float64
}

// Accounts are the benchmark make, use and import tables before redefinitions,
// in sparse form, with what carries them to the target year.
type Accounts struct {
	Industries  []string // codes in table order
	Commodities []string

	Make      []Cell // row industry, column commodity
	Use       []Cell // row commodity, column industry, imports included
	ImportUse []Cell // the imported part of Use

	FinalUse       []FinalCell // imports included
	ImportFinalUse []FinalCell // the imported part; the cells of F05000 are not read

	ValueAddedMUSD []float64 // per industry, V00100 + V00200 + V00300
	// OutputRatio is gross output of the target year over the base year, 1 where unknown.
	OutputRatio []float64
	// ValueShareRatio is the same of the ratio value added / gross output of the
	// industry's summary industry, 1 where unknown.
	ValueShareRatio []float64
	// SubstitutionElasticity is theta of the setting ces by industry, 0 where not
	// known; nil where none is.
	SubstitutionElasticity []float64

	BaseYear, TargetYear int
}

func (a *Accounts) validate() error {
	n, m := len(a.Industries), len(a.Commodities)
	if n == 0 || m == 0 {
		return fmt.Errorf("%w: no industries or no commodities", ErrInvalid)
	}
	if err := distinct("industry", a.Industries); err != nil {
		return err
	}
	if err := distinct("commodity", a.Commodities); err != nil {
		return err
	}
	for _, v := range []struct {
		name     string
		values   []float64
		negative bool
	}{
		{"value added", a.ValueAddedMUSD, true},
		{"output ratio", a.OutputRatio, false},
		{"value share ratio", a.ValueShareRatio, false},
	} {
		if err := vector(v.name, v.values, n, v.negative); err != nil {
			return err
		}
	}
	if a.SubstitutionElasticity != nil {
		if err := vector("substitution elasticity", a.SubstitutionElasticity, n, false); err != nil {
			return err
		}
	}
	for _, c := range a.Make {
		if c.MUSD < 0 {
			return fmt.Errorf("%w: make table, cell (%d,%d): negative output %g", ErrInvalid, c.Row, c.Col, c.MUSD)
		}
	}
	return nil
}

// dense writes cells into a rows x cols row-major matrix and rejects cells that
// are out of range, listed twice or not finite.
func dense(name string, cells []Cell, rows, cols int) ([]float64, error) {
	out, seen := make([]float64, rows*cols), make([]bool, rows*cols)
	for _, c := range cells {
		if c.Row < 0 || c.Row >= rows || c.Col < 0 || c.Col >= cols {
			return nil, fmt.Errorf("%w: %s table, cell (%d,%d) outside %d x %d", ErrInvalid, name, c.Row, c.Col, rows, cols)
		}
		k := c.Row*cols + c.Col
		if seen[k] {
			return nil, fmt.Errorf("%w: %s table, cell (%d,%d) listed twice", ErrInvalid, name, c.Row, c.Col)
		}
		if !finite(c.MUSD) {
			return nil, fmt.Errorf("%w: %s table, cell (%d,%d) is not a finite number", ErrInvalid, name, c.Row, c.Col)
		}
		seen[k], out[k] = true, c.MUSD
	}
	return out, nil
}

// domesticFinalUse returns the final use of domestic output by commodity.
func (a *Accounts) domesticFinalUse() ([]float64, error) {
	total := make([]float64, len(a.Commodities))
	type key struct {
		commodity int
		use       string
	}
	for _, part := range []struct {
		name  string
		cells []FinalCell
		sign  float64
	}{{"final use", a.FinalUse, 1}, {"import final use", a.ImportFinalUse, -1}} {
		seen := make(map[key]bool, len(part.cells))
		for _, c := range part.cells {
			if c.Commodity < 0 || c.Commodity >= len(total) {
				return nil, fmt.Errorf("%w: %s table, commodity %d outside %d", ErrInvalid, part.name, c.Commodity, len(total))
			}
			if k := (key{c.Commodity, c.Use}); seen[k] {
				return nil, fmt.Errorf("%w: %s table, %s of commodity %d listed twice", ErrInvalid, part.name, c.Use, c.Commodity)
			} else {
				seen[k] = true
			}
			if !finite(c.MUSD) {
				return nil, fmt.Errorf("%w: %s table, %s of commodity %d is not a finite number", ErrInvalid, part.name, c.Use, c.Commodity)
			}
			if c.Use == ImportsFinalUse && (part.sign < 0 || c.MUSD < 0) {
				continue
			}
			total[c.Commodity] += part.sign * c.MUSD
		}
	}
	return total, nil
}

func distinct(name string, codes []string) error {
	seen := make(map[string]bool, len(codes))
	for i, c := range codes {
		if c == "" {
			return fmt.Errorf("%w: %s %d has no code", ErrInvalid, name, i)
		}
		if seen[c] {
			return fmt.Errorf("%w: %s %q listed twice", ErrInvalid, name, c)
		}
		seen[c] = true
	}
	return nil
}

func vector(name string, v []float64, n int, negative bool) error {
	if len(v) != n {
		return fmt.Errorf("%w: %s has length %d, want %d", ErrInvalid, name, len(v), n)
	}
	for i, q := range v {
		if !finite(q) {
			return fmt.Errorf("%w: %s %d is not a finite number", ErrInvalid, name, i)
		}
		if q < 0 && !negative {
			return fmt.Errorf("%w: %s %d is negative (%g)", ErrInvalid, name, i, q)
		}
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
