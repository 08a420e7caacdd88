package economy

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/gonum"
)

// blasImpl calls the kernels without the checks and the interface of blas64, which
// cost as much as a short product. They use the same instructions on every amd64.
var blasImpl gonum.Implementation

// cholesky is the factor of G[order, order], row by row: row k depends on the rows
// above alone. Setting a new order keeps the rows of the common prefix, and the
// result has the same bits as a fresh factor.
type cholesky struct {
	order  []int
	l      []float64 // row k starts at k*stride; nil until the first order, which many solvers never get
	stride int
	rhs    []float64
}

func newCholesky(n int) cholesky {
	return cholesky{order: make([]int, 0, n), stride: n, rhs: make([]float64, n)}
}

// set factorises g[order, order]. Errors: ErrDependentBounds.
func (c *cholesky) set(g []float64, order []int) error {
	n := c.stride
	if c.l == nil {
		c.l = make([]float64, n*n)
	}
	from := 0
	for from < len(order) && from < len(c.order) && order[from] == c.order[from] {
		from++
	}
	c.order = append(c.order[:from], order[from:]...)
	for k := from; k < len(order); k++ {
		a := order[k]
		row, source := c.l[k*n:k*n+k+1], g[a*n:(a+1)*n]
		for j, b := range order[:k] {
			above := c.l[j*n : j*n+j+1]
			row[j] = (source[b] - blasImpl.Ddot(j, row, 1, above, 1)) / above[j]
		}
		pivot := source[a] - blasImpl.Ddot(k, row, 1, row, 1)
		if !(pivot > pivotLimit*source[a]) {
			c.order = c.order[:k]
			return fmt.Errorf("factor of G, industry %d: %w", a, ErrDependentBounds)
		}
		row[k] = math.Sqrt(pivot)
	}
	return nil
}

// solve writes the solution x of G[order, order] x[order] = b[order] into x[order].
func (c *cholesky) solve(x, b []float64) {
	n, v := c.stride, c.rhs[:len(c.order)]
	for k, a := range c.order {
		row := c.l[k*n : k*n+k+1]
		v[k] = (b[a] - blasImpl.Ddot(k, row, 1, v, 1)) / row[k]
	}
	for k := len(v) - 1; k >= 0; k-- {
		row := c.l[k*n : k*n+k+1]
		v[k] /= row[k]
		blasImpl.Daxpy(k, -v[k], row, 1, v, 1)
	}
	for k, a := range c.order {
		x[a] = v[k]
	}
}
