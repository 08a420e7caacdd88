package economy

import (
	"math"
	"slices"
	"testing"
)

// handTable has three industries. 1 and 3 are substitutes that 2 buys; neither buys
// anything itself. Million USD:
//
//	       to 2   final   output     va
//	1        40      60      100    0.5
//	2         -     100      100    0.3    input share 60/100 = 0.6
//	3        20      30       50    0.4
func handTable(tb testing.TB) *Table {
	tb.Helper()
	t, err := NewTable([]string{"1", "2", "3"}, []float64{0, 40, 0, 0, 0, 0, 0, 20, 0}, []float64{60, 100, 30}, []float64{0.5, 0.3, 0.4})
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func near(tb testing.TB, what string, got, want, tol float64) {
	tb.Helper()
	if !(math.Abs(got-want) <= tol) {
		tb.Errorf("%s = %.15g, want %.15g", what, got, want)
	}
}

// Industry 1 loses 10 %. Write a = dz12, b = dz32, y = dx2 = df2, and lambda = 1.
// Balances: a + b = 0.6 y; df1 = -10 - a.
//
// Were output 3 free, df3 = 0 costs nothing and dx3 = b:
//
//	min a^2/40 + (0.6y-a)^2/20 + (10+a)^2/60 + y^2/100
//	d/dy: 0.06 (0.6y - a) + 0.02 y = 0              y = (15/14) a
//	d/da: a/20 - (0.6y-a)/10 + (10+a)/30 = 0        a (0.05 + 1/28 + 1/30) = -1/3, a = -2.8
//	y = -3, b = -1.8 + 2.8 = 1: output 3 would rise by 1.
//
// It may not rise: df3 = -b, which costs b^2/30 more, b^2/12 in all:
//
//	d/dy: 0.1 b + 0.02 y = 0                        y = -5b, a = -4b
//	d/da: a/20 - b/6 + (10+a)/30 = 0                b (1/5 + 1/6 + 2/15) = 1/3, b = 2/3
//	dx = (-10, -10/3, 0), dz12 = -8/3, dz32 = 2/3, df = (-22/3, -10/3, -2/3)
//
// Prices: alpha = df/f = (-11/90, -1/30, -1/45), beta2 = dz12/40 - alpha1 = 1/18,
// mu1 = alpha1 = -11/90, mu3 = alpha3 = -1/45, mu2 = alpha2 + 0.6 beta2 = 0.
// Value added lost: 5 by industry 1, 1 by industry 2, a buyer. Smallest flow: 1 - 11/90.
func TestHandSubstitutes(t *testing.T) {
	op, err := handTable(t).NewOperator(1)
	if err != nil {
		t.Fatal(err)
	}
	s := op.NewSolver()
	sol, err := s.Solve([]float64{-10, 0, 0}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{-10, -10.0 / 3, 0} {
		near(t, "dx", sol.OutputChangeMUSD[i], want, 1e-13)
	}
	for i, want := range []float64{-11.0 / 90, 0, -1.0 / 45} {
		near(t, "mu", sol.BoundPrice[i], want, 1e-15)
	}
	if !slices.Equal(sol.Active, []int{0, 2}) {
		t.Errorf("active set %v, want [0 2]", sol.Active)
	}
	near(t, "smallest flow", s.SmallestFlow(sol), 1-11.0/90, 1e-14)
	dz, df, err := op.Flows(sol.BoundPrice)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "dz12", dz[1], -8.0/3, 1e-13)
	near(t, "dz32", dz[7], 2.0/3, 1e-13)
	for i, want := range []float64{-22.0 / 3, -10.0 / 3, -2.0 / 3} {
		near(t, "df", df[i], want, 1e-13)
	}

	// The same as a path: 20 % of industry 1 are lost at a cut of 0.5.
	r, err := op.NewResponse(Soft, LossPath{R: []float64{0, 0.5}, Industries: []int{0}, LossShare: []float64{0, 0.2}, OutputMUSD: []float64{100}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Prepare(s, []float64{0.25}); err != nil {
		t.Fatal(err)
	}
	hit, rest, err := r.Totals(0.25)
	if err != nil {
		t.Fatal(err)
	}
	if r.Pieces() != 1 {
		t.Errorf("%d pieces", r.Pieces())
	}
	near(t, "hit loss", hit, 5, 1e-13)
	near(t, "rest loss", rest, 1, 1e-13)
	d, err := r.Diagnose(s, 0.25)
	if err != nil {
		t.Fatal(err)
	}
	if d.WouldRise != 1 || d.LargestRise != 2 || d.ActiveBounds != 2 || d.OutsideLinearRange() {
		t.Errorf("diagnostics %+v", d)
	}
	near(t, "largest rise", d.LargestRiseMUSD, 1, 1e-13)
	near(t, "smallest flow", d.SmallestFlow, 1-11.0/90, 1e-14)

	// Loss per unit of the bounds: 6 per 10 lost by industry 1. Raising ub3 to e: b + df3 = e; by hand d(loss)/d(ub3):
	//	min a^2/40 + b^2/20 + (10+a)^2/60 + (e-b)^2/30 + y^2/100,  b = 0.6y - a
	//	d/dy: b/10 - (e-b)/15 + y/30 = 0      y = 2e - 5b, a = 1.2e - 4b
	//	d/da: a/20 - b/10 + (e-b)/15 + (10+a)/30 = 0
	//	      e (0.06 + 1/15 + 0.04) - b (1/5 + 1/10 + 1/15 + 2/15) + 1/3 = 0, db/de = 1/3
	//	dy/de = 1/3: d(loss)/de = -(0.3/3 + 0.4) = -0.5
	g := make([]float64, 3)
	if err := r.Gradient(g, 0.25); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{-0.6, 0, -0.5} {
		near(t, "gradient", g[i], want, 1e-14)
	}
	sides := make([]Side, 3)
	if err := op.Table.Linkage(sides, []int{0}); err != nil {
		t.Fatal(err)
	}
	// Industry 3 has no dealings with 1: a tie.
	if !slices.Equal(sides, []Side{HitIndustry, Buyer, Supplier}) {
		t.Errorf("sides %v", sides)
	}
}

// Industry 2 loses 10 %: dx2 = df2 = -10, its purchases fall by 6 in proportion to
// what costs least, a/40 = b/20: dx = (-4, -10, -2), no final demand for 1 and 3 moves.
// At a loss share of 1 every flow to and from it falls to 0 and none below.
func TestHandSuppliers(t *testing.T) {
	op, err := handTable(t).NewOperator(1)
	if err != nil {
		t.Fatal(err)
	}
	s := op.NewSolver()
	r, err := op.NewResponse(Soft, LossPath{R: []float64{0, 1}, Industries: []int{1}, LossShare: []float64{0, 1}, OutputMUSD: []float64{100}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Prepare(s, []float64{0.1, 1}); err != nil {
		t.Fatal(err)
	}
	dx := make([]float64, 3)
	if err := r.OutputChange(dx, 0.1); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{-4, -10, -2} {
		near(t, "dx", dx[i], want, 1e-13)
	}
	hit, rest, err := r.Totals(0.1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "hit loss", hit, 3, 1e-13)
	near(t, "rest loss", rest, 2.8, 1e-13)
	d, err := r.Diagnose(s, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "smallest flow", d.SmallestFlow, 0, 1e-14)

	// None: the hit industry alone, without preparation.
	none, err := op.NewResponse(None, LossPath{R: []float64{0, 1}, Industries: []int{1}, LossShare: []float64{0, 1}, OutputMUSD: []float64{80}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	hit, rest, err = none.Totals(0.1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "hit loss", hit, 0.3*8, 1e-14)
	near(t, "rest loss", rest, 0, 0)
	if err := none.OutputChange(dx, 0.1); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(dx, []float64{0, -8, 0}) {
		t.Errorf("dx = %v", dx)
	}
	if err := none.Gradient(dx, 0.1); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(dx, []float64{0, -0.3, 0}) {
		t.Errorf("gradient %v", dx)
	}
}

// A flow beyond zero is reported with its size, not clamped. Industry 1 of the hand
// table loses everything and final demand is ten times as easy to move (lambda 0.1).
//
//	min a^2/40 + b^2/20 + (100+a)^2/600 + b^2/300 + y^2/1000,  b = 0.6y - a
//	d/dy: 0.6 (b/10 + b/150) + y/500 = 0    y = -32b, a = -20.2b
//	d/da: a/20 - 16b/150 + (100+a)/300 = 0  b (1.01 + 8/75 + 101/1500) = 1/3, b = 500/1776
//	df1 = -100 - a = -94.313..., 60 sold: 1 + df1/60 = -0.5718...
func TestHandOutsideLinearRange(t *testing.T) {
	op, err := handTable(t).NewOperator(0.1)
	if err != nil {
		t.Fatal(err)
	}
	s := op.NewSolver()
	r, err := op.NewResponse(Soft, LossPath{R: []float64{0, 1}, Industries: []int{0}, LossShare: []float64{0, 1}, OutputMUSD: []float64{100}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Prepare(s, []float64{0.1, 1}); err != nil {
		t.Fatal(err)
	}
	b := 500.0 / 1776
	want := 1 + (-100+20.2*b)/60
	d, err := r.Diagnose(s, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "smallest flow", d.SmallestFlow, want, 1e-13)
	if !d.OutsideLinearRange() {
		t.Error("not reported as outside the linear range")
	}
	beyond, err := r.BeyondLinearRange(s, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "beyond", beyond, -want, 1e-13)
	if beyond, err = r.BeyondLinearRange(s, 0.1); err != nil || beyond != 0 {
		t.Errorf("a tenth of the loss: beyond by %g, %v", beyond, err)
	}
	dx := make([]float64, 3)
	if err := r.OutputChange(dx, 1); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{-100, -32 * b, 0} {
		near(t, "dx", dx[i], want, 1e-12)
	}
}
