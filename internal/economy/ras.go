package economy

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

const (
	rasTolerance  = 1e-12 // of total output
	rasIterations = 2000
)

// Balancing tells how the table was carried to the target year.
type Balancing struct {
	Iterations         int
	RowResidualMUSD    float64 // largest |row sum - target| after the last column step
	ColumnResidualMUSD float64 // largest |column sum - target|
}

// ras scales the rows and columns of a (rows x cols, row-major, in place) to the
// given totals: rows, then columns, until the rows hold to 1e-12 of their total.
//
// The scaled matrix is diag(p) a diag(q) throughout, so that one iteration is two
// matrix-vector products and the matrix itself is written once.
func ras(a []float64, rows, cols int, rowTotal, colTotal []float64) (Balancing, error) {
	m := blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: a}
	p, q := ones(rows), ones(cols)
	rowSum, colSum := make([]float64, rows), make([]float64, cols)
	total := 0.0
	for _, v := range rowTotal {
		total += v
	}
	scale := func(to, target, sum []float64) {
		for i, s := range sum {
			if s > 0 {
				to[i] = target[i] / s
			}
		}
	}
	rowSums := func() { blas64.Gemv(blas.NoTrans, 1, m, vec(q), 0, vec(rowSum)) }
	colSums := func() { blas64.Gemv(blas.Trans, 1, m, vec(p), 0, vec(colSum)) }

	var report Balancing
	rowSums()
	for report.Iterations < rasIterations {
		report.Iterations++
		scale(p, rowTotal, rowSum)
		colSums()
		scale(q, colTotal, colSum)
		rowSums()
		report.RowResidualMUSD = 0
		for i, s := range rowSum {
			report.RowResidualMUSD = math.Max(report.RowResidualMUSD, math.Abs(p[i]*s-rowTotal[i]))
		}
		if report.RowResidualMUSD < rasTolerance*total {
			break
		}
	}
	if !(report.RowResidualMUSD < rasTolerance*total) {
		return report, fmt.Errorf("balancing rows and columns, %d iterations, rows off by %g million USD: %w",
			report.Iterations, report.RowResidualMUSD, ErrNoConvergence)
	}
	for i := range rows {
		row := a[i*cols : (i+1)*cols]
		for j := range row {
			row[j] *= p[i] * q[j]
		}
	}
	for i := range p {
		p[i] = 1
	}
	colSums()
	for j, s := range colSum {
		report.ColumnResidualMUSD = math.Max(report.ColumnResidualMUSD, math.Abs(s-colTotal[j]))
	}
	return report, nil
}

func ones(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = 1
	}
	return v
}

func vec(v []float64) blas64.Vector { return blas64.Vector{N: len(v), Inc: 1, Data: v} }
