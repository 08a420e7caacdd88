package economy

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// Operator is G of (E2) with what is needed for flows. It is immutable.
type Operator struct {
	Table  *Table
	Lambda float64

	n int
	g []float64 // n x n row-major, symmetric
	// xt is (H^-1 B)', so that the prices beta of one bound are a row.
	xt       []float64
	valueOfG []float64 // G va: value added moved by a unit of mu_i
}

// NewOperator makes G for one lambda, the weight of final demand in (E1), within [0.1, 1].
// Industries without domestic inputs stay out of H: their input balance is void.
// Errors: ErrInvalid, ErrNotPositiveDefinite. Cost O(n^3).
func (t *Table) NewOperator(lambda float64) (*Operator, error) {
	if !(lambda >= 0.1 && lambda <= 1) {
		return nil, fmt.Errorf("response operator: %w: lambda %g outside [0.1, 1]", ErrInvalid, lambda)
	}
	n, s := len(t.Codes), t.InputShare
	weight := make([]float64, n) // diagonal of N
	for i, x := range t.OutputMUSD {
		f := t.FinalDemandMUSD[i]
		weight[i] = x - f + f/lambda
	}
	h, b := make([]float64, n*n), make([]float64, n*n)
	for i := range n {
		if !t.buys[i] {
			h[i*n+i] = 1
			continue
		}
		for j := range n {
			b[i*n+j] = -t.Z[j*n+i]
			if t.buys[j] {
				h[i*n+j] = -s[i]*t.Z[i*n+j] - t.Z[j*n+i]*s[j]
			}
		}
		b[i*n+i] += s[i] * weight[i]
		h[i*n+i] += s[i]*t.OutputMUSD[i] + s[i]*weight[i]*s[i]
	}

	// With H = L L' and W = L^-1 B, G = N - W'W: symmetric as it stands.
	var chol mat.Cholesky
	if !chol.Factorize(mat.NewSymDense(n, h)) {
		return nil, fmt.Errorf("response operator, H of (E2): %w", ErrNotPositiveDefinite)
	}
	u := chol.RawU().(*mat.TriDense).RawTriangular()
	w := blas64.General{Rows: n, Cols: n, Stride: n, Data: b}
	blas64.Trsm(blas.Left, blas.Trans, 1, u, w)
	// W'W by rows of W': inner products, half of them, in a fixed order.
	g, xt := make([]float64, n*n), make([]float64, n*n)
	transpose(xt, b, n)
	blas64.Syrk(blas.NoTrans, -1, blas64.General{Rows: n, Cols: n, Stride: n, Data: xt}, 0, blas64.Symmetric{Uplo: blas.Lower, N: n, Stride: n, Data: g})
	blas64.Trsm(blas.Left, blas.NoTrans, 1, u, w)

	op := &Operator{Table: t, Lambda: lambda, n: n, g: g, xt: xt, valueOfG: make([]float64, n)}
	for i := range n {
		g[i*n+i] += weight[i]
		for j := range i {
			g[j*n+i] = g[i*n+j]
		}
	}
	transpose(xt, b, n)
	for _, v := range g {
		if !finite(v) {
			return nil, fmt.Errorf("response operator: %w: G is not finite", ErrNotPositiveDefinite)
		}
	}
	blas64.Gemv(blas.NoTrans, 1, blas64.General{Rows: n, Cols: n, Stride: n, Data: g}, vec(t.ValueAddedShare), 0, vec(op.valueOfG))
	return op, nil
}

// At returns G_ij in million USD.
func (op *Operator) At(i, j int) float64 { return op.g[i*op.n+j] }

// row returns row i of G, which is also its column.
func (op *Operator) row(i int) []float64 { return op.g[i*op.n : (i+1)*op.n] }

// prices writes alpha and beta of (E2), the relative change of flows by seller and by
// buyer, for the prices mu (length n) of the active bounds.
func (op *Operator) prices(alpha, beta []float64, active []int, mu []float64) {
	clear(alpha)
	clear(beta)
	for _, i := range active {
		blasImpl.Daxpy(op.n, mu[i], op.xt[i*op.n:(i+1)*op.n], 1, beta, 1)
		alpha[i] = mu[i]
	}
	for i, s := range op.Table.InputShare {
		alpha[i] -= s * beta[i]
	}
}

// Flows returns the changes dz (n x n row-major) and df in million USD that belong
// to prices mu (length n) of the bounds, (E2). For balances and tests; it allocates.
func (op *Operator) Flows(mu []float64) (dz, df []float64, err error) {
	if err := vector("price of bounds", mu, op.n, true); err != nil {
		return nil, nil, fmt.Errorf("flows: %w", err)
	}
	bounds := make([]int, op.n)
	for i := range bounds {
		bounds[i] = i
	}
	alpha, beta := make([]float64, op.n), make([]float64, op.n)
	op.prices(alpha, beta, bounds, mu)
	dz, df = make([]float64, op.n*op.n), make([]float64, op.n)
	for i := range op.n {
		for j, z := range op.Table.Z[i*op.n : (i+1)*op.n] {
			dz[i*op.n+j] = z * (alpha[i] + beta[j])
		}
		df[i] = op.Table.FinalDemandMUSD[i] * alpha[i] / op.Lambda
	}
	return dz, df, nil
}

func transpose(dst, src []float64, n int) {
	for i := range n {
		for j, v := range src[i*n : (i+1)*n] {
			dst[j*n+i] = v
		}
	}
}
