package assess

import (
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"chokepoint/internal/catalog"
	"chokepoint/internal/market"
	"chokepoint/internal/scenario"
)

// BenchmarkStart: from the embedded tables to the response operator.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		c, err := catalog.Load(shippedFS(b))
		if err != nil {
			b.Fatal(err)
		}
		e, err := New(c, DefaultMethod())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := e.Operator(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRestrictions: all 1,108 restrictions with every industry, verified,
// on an engine that has the operator and nothing else.
func BenchmarkRestrictions(b *testing.B) {
	e := engine(b)
	list := restrictions(e)
	for b.Loop() {
		for _, r := range runWith(b, fresh(b, e), Options{Detail: true}, list...) {
			if r.BeyondRange != 0 || len(r.Detail.Industries) != 402 {
				b.Fatal(r.State)
			}
		}
	}
}

// BenchmarkWarm: the same on an engine that has the pieces, without detail.
func BenchmarkWarm(b *testing.B) {
	e := fresh(b, engine(b))
	list := restrictions(e)
	runWith(b, e, Options{}, list...)
	for b.Loop() {
		runWith(b, e, Options{}, list...)
	}
}

// prepared is what the totals of a restriction take.
type prepared struct {
	unit  *unitModel
	shock market.Shock
	cut   float64
}

func preparedAll(b *testing.B, e *Engine) []prepared {
	var out []prepared
	for _, r := range runWith(b, e, Options{}, restrictions(e)...) {
		w := r.Scenario.Withdrawals[0]
		if w.Kind != scenario.ExportRestriction {
			b.Fatal(w.Kind)
		}
		u := &e.Catalog.Units[w.Unit]
		export := make([]float64, len(u.Countries))
		export[u.Country(w.Country)] = w.Fraction
		out = append(out, prepared{unit: &e.units[w.Unit], shock: market.Shock{Export: export}, cut: r.Units[0].Market.UseCut})
	}
	return out
}

// BenchmarkTotals: value added lost by hit industries and the rest, all 1,108
// restrictions, pieces and market known.
func BenchmarkTotals(b *testing.B) {
	all := preparedAll(b, engine(b))
	for b.Loop() {
		for i := range all {
			if _, _, err := all[i].unit.response.Totals(all[i].cut); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkClearAll: the markets of all 1,108 restrictions.
func BenchmarkClearAll(b *testing.B) {
	e := engine(b)
	all := preparedAll(b, e)
	var o market.Outcome
	for b.Loop() {
		for i := range all {
			if err := market.Clear(&o, &all[i].unit.balance, &all[i].shock, &e.clearing); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkClearAndTotals: both, from a shock to value added lost.
func BenchmarkClearAndTotals(b *testing.B) {
	e := engine(b)
	all := preparedAll(b, e)
	var o market.Outcome
	for b.Loop() {
		for i := range all {
			if err := market.Clear(&o, &all[i].unit.balance, &all[i].shock, &e.clearing); err != nil {
				b.Fatal(err)
			}
			if _, _, err := all[i].unit.response.Totals(o.UseCut); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkOperator: H and G of (E2) from the table, 402 industries.
func BenchmarkOperator(b *testing.B) {
	op, err := engine(b).Operator()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := op.Table.NewOperator(1); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCholesky402 and BenchmarkProduct402 are the dense kernels alone.
func BenchmarkCholesky402(b *testing.B) {
	h := positive(402)
	var chol mat.Cholesky
	for b.Loop() {
		if !chol.Factorize(h) {
			b.Fatal("not positive definite")
		}
	}
}

func BenchmarkProduct402(b *testing.B) {
	h := positive(402).RawSymmetric()
	a := blas64.General{Rows: h.N, Cols: h.N, Stride: h.Stride, Data: h.Data}
	c := blas64.General{Rows: h.N, Cols: h.N, Stride: h.N, Data: make([]float64, h.N*h.N)}
	for b.Loop() {
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, a, a, 0, c)
	}
}

// positive is a full positive definite matrix.
func positive(n int) *mat.SymDense {
	h := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i {
			h.SetSym(i, j, 1/float64(1+i+j))
		}
		h.SetSym(i, i, 10)
	}
	return h
}

// BenchmarkActiveSet100: 100 active bounds of G factored, solved, and their
// output changes, which is what a piece costs beside finding its set. Two sets
// in turn share no row of the factor.
func BenchmarkActiveSet100(b *testing.B) {
	op, err := engine(b).Operator()
	if err != nil {
		b.Fatal(err)
	}
	const size = 100
	var live []int
	for j, ok := range op.Table.Live {
		if ok {
			live = append(live, j)
		}
	}
	var sets [2][]int
	var bounds [2][]float64
	for k := range sets {
		sets[k] = live[k : k+size]
		bounds[k] = make([]float64, 402)
		for j := range bounds[k] {
			bounds[k][j] = 1e6 // out of the way
		}
		for _, i := range sets[k] {
			bounds[k][i] = 0
			for _, j := range sets[k] {
				bounds[k][i] -= 1e-6 * op.At(i, j)
			}
		}
	}
	s := op.NewSolver()
	for b.Loop() {
		for k := range sets {
			solution, err := s.Solve(bounds[k], sets[k])
			if err != nil || solution.Steps != 1 {
				b.Fatal(solution.Steps, err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(2*b.N), "ns/set")
}
