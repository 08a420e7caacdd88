package economy

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// smallAccounts has two industries and two commodities. Industry 1 makes 80 of A and
// 20 of B, industry 2 makes 80 of B: market shares of B are 0.2 and 0.8.
func smallAccounts() *Accounts {
	return &Accounts{
		Industries: []string{"1", "2"}, Commodities: []string{"A", "B"},
		Make:      []Cell{{0, 0, 80}, {0, 1, 20}, {1, 1, 80}},
		Use:       []Cell{{0, 1, 30}, {1, 0, 25}, {1, 1, 4}},
		ImportUse: []Cell{{0, 1, 10}, {1, 1, 5}},
		FinalUse: []FinalCell{
			{0, "F01000", 50}, {0, ImportsFinalUse, -13}, {1, "F01000", 40}, {1, "F04000", 30}, {1, ImportsFinalUse, 5},
		},
		ImportFinalUse: []FinalCell{{0, ImportsFinalUse, -13}, {1, "F01000", 4}},
		ValueAddedMUSD: []float64{50, 50}, OutputRatio: []float64{1, 1}, ValueShareRatio: []float64{1, 1},
		BaseYear: 2017, TargetYear: 2023,
	}
}

// Domestic use: A by 2: 20; B by 1: 25, by 2: -1. Final: A 50, B 40+30-4+5 = 71, the
// negative cell of F05000 is not final demand, the positive one is.
//
//	z11 = 0.2*25 = 5    z12 = 20 - 0.2 = 19.8    f1 = 50 + 0.2*71 = 64.2   x1 = 89
//	z21 = 0.8*25 = 20   z22 = -0.8, clipped      f2 = 0.8*71 = 56.8        x2 = 76.8
//
// Nothing changes to the later year, where row and column totals hold already.
func TestBuildByHand(t *testing.T) {
	tab, err := Build(smallAccounts())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{5, 19.8, 20, 0} {
		near(t, "z", tab.Z[i], want, 1e-12)
	}
	for i := range 2 {
		near(t, "f", tab.FinalDemandMUSD[i], []float64{64.2, 56.8}[i], 1e-12)
		near(t, "x", tab.OutputMUSD[i], []float64{89, 76.8}[i], 1e-12)
		near(t, "va", tab.ValueAddedShare[i], []float64{50 / 89.0, 50 / 76.8}[i], 1e-14)
		near(t, "s", tab.InputShare[i], []float64{25 / 89.0, 19.8 / 76.8}[i], 1e-14)
	}
	near(t, "clipped", tab.ClippedMUSD, 0.8, 1e-14)
	if tab.Balancing.Iterations != 1 || tab.BaseYear != 2017 || tab.Year != 2023 {
		t.Errorf("balancing %+v, years %d to %d", tab.Balancing, tab.BaseYear, tab.Year)
	}
	for _, c := range tab.Check() {
		if !c.OK() {
			t.Errorf("%s: %g above %g", c.Name, c.Size, c.Limit)
		}
	}
}

// Outputs and value-added shares move: totals of the later year and shares follow.
func TestCarry(t *testing.T) {
	a := smallAccounts()
	a.OutputRatio, a.ValueShareRatio = []float64{1.5, 1.1}, []float64{1.2, 2}
	tab, err := Build(a)
	if err != nil {
		t.Fatal(err)
	}
	va := []float64{1.2 * 50 / 89, 0.98} // 2 * 0.65 is capped
	for i := range 2 {
		x17, x := []float64{89, 76.8}[i], []float64{1.5 * 89, 1.1 * 76.8}[i]
		s17, va17 := []float64{25, 19.8}[i]/x17, a.ValueAddedMUSD[i]/x17
		near(t, "x", tab.OutputMUSD[i], x, 1e-9)
		near(t, "va", tab.ValueAddedShare[i], va[i], 1e-14)
		near(t, "s", tab.InputShare[i], s17*(1-va[i])/(1-va17), 1e-10)
	}
	a.ValueAddedMUSD[0] = -5
	if tab, err = Build(a); err != nil || tab.ValueAddedShare[0] != 0 {
		t.Errorf("negative value added: share %v, %v", tab.ValueAddedShare, err)
	}
}

// Scaling rows and columns keeps a11 a22/(a12 a21).
func TestRAS(t *testing.T) {
	a := []float64{1, 2, 3, 4}
	report, err := ras(a, 2, 2, []float64{10, 20}, []float64{12, 18})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "row", a[0]+a[1], 10, 1e-10)
	near(t, "row", a[2]+a[3], 20, 1e-10)
	near(t, "column", a[0]+a[2], 12, 1e-12)
	near(t, "column", a[1]+a[3], 18, 1e-12)
	near(t, "cross ratio", a[0]*a[3]/(a[1]*a[2]), 4.0/6, 1e-12)
	if report.Iterations < 2 || report.RowResidualMUSD > 30e-12 {
		t.Errorf("%+v", report)
	}
	// A row of zeros cannot reach its total.
	_, err = ras([]float64{0, 0, 1, 1}, 2, 2, []float64{1, 1}, []float64{1, 1})
	if !errors.Is(err, ErrNoConvergence) {
		t.Errorf("impossible totals: %v", err)
	}
}

func TestCheckFindsFaults(t *testing.T) {
	tab := handTable(t)
	tab.Z[1] += 1
	var failed []string
	for _, c := range tab.Check() {
		if !c.OK() {
			failed = append(failed, c.Name)
		}
	}
	want := []string{"output = sales to industries and final demand", "domestic inputs = input share x output"}
	if !slices.Equal(failed, want) {
		t.Errorf("failed checks %q, want %q", failed, want)
	}
}

func TestBuildErrors(t *testing.T) {
	for want, spoil := range map[string]func(a *Accounts){
		"no industries or no commodities":                       func(a *Accounts) { a.Commodities = nil },
		`industry "1" listed twice`:                             func(a *Accounts) { a.Industries[1] = "1" },
		"commodity 0 has no code":                               func(a *Accounts) { a.Commodities[0] = "" },
		"value added has length 1, want 2":                      func(a *Accounts) { a.ValueAddedMUSD = a.ValueAddedMUSD[:1] },
		"output ratio 1 is not a finite number":                 func(a *Accounts) { a.OutputRatio[1] = math.NaN() },
		"value share ratio 0 is negative (-1)":                  func(a *Accounts) { a.ValueShareRatio[0] = -1 },
		"make table, cell (0,0): negative output -1":            func(a *Accounts) { a.Make[0].MUSD = -1 },
		"make table, cell (0,2) outside 2 x 2":                  func(a *Accounts) { a.Make[0].Col = 2 },
		"use table, cell (0,1) listed twice":                    func(a *Accounts) { a.Use = append(a.Use, a.Use[0]) },
		"import use table, cell (0,1) is not a finite number":   func(a *Accounts) { a.ImportUse[0].MUSD = math.Inf(1) },
		"final use table, commodity 7 outside 2":                func(a *Accounts) { a.FinalUse[0].Commodity = 7 },
		"final use table, F01000 of commodity 0 listed twice":   func(a *Accounts) { a.FinalUse = append(a.FinalUse, a.FinalUse[0]) },
		"import final use table, F01000 of commodity 1 is not":  func(a *Accounts) { a.ImportFinalUse[1].MUSD = math.NaN() },
		"carrying the table to 2023: invalid input: inputs exc": func(a *Accounts) { a.ValueAddedMUSD[0] = 88.99; a.ValueShareRatio[0] = 0 },
	} {
		a := smallAccounts()
		spoil(a)
		_, err := Build(a)
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestNewTableErrors(t *testing.T) {
	type input struct {
		codes    []string
		z, f, va []float64
	}
	for want, spoil := range map[string]func(*input){
		"table without industries":               func(i *input) { i.codes = nil },
		`industry "a" listed twice`:              func(i *input) { i.codes[1] = "a" },
		"flow has length 3, want 4":              func(i *input) { i.z = i.z[:3] },
		"flow 2 is negative (-1)":                func(i *input) { i.z[2] = -1 },
		"final demand 0 is not a finite number":  func(i *input) { i.f[0] = math.Inf(1) },
		"value-added share of b is 1.5":          func(i *input) { i.va[1] = 1.5 },
		"industry b has inputs but no output":    func(i *input) { i.f[1], i.z[2] = 0, 0 },
		"total output is 0":                      func(i *input) { clear(i.z); clear(i.f) },
		"value-added share 1 is negative (-0.1)": func(i *input) { i.va[1] = -0.1 },
	} {
		i := input{[]string{"a", "b"}, []float64{0, 1, 1, 0}, []float64{1, 1}, []float64{0.5, 0.5}}
		spoil(&i)
		_, err := NewTable(i.codes, i.z, i.f, i.va)
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestResponseErrors(t *testing.T) {
	tab := handTable(t)
	for _, lambda := range []float64{0.09, 1.1, math.NaN()} {
		if _, err := tab.NewOperator(lambda); !errors.Is(err, ErrInvalid) {
			t.Errorf("lambda %g: %v", lambda, err)
		}
	}
	op := operator(t, tab, 1)
	for want, spoil := range map[string]func(p *LossPath){
		"does not start at a cut of 0":                   func(p *LossPath) { p.R[0] = 0.1 },
		"breakpoint 2 of the loss path (0.2) is not asc": func(p *LossPath) { p.R[2] = 0.2 },
		"breakpoint 2 of the loss path (1.2) is not asc": func(p *LossPath) { p.R[2] = 1.2 },
		"breakpoint 1 of the loss path (NaN) is not asc": func(p *LossPath) { p.R[1] = math.NaN() },
		"loss path names industry 3 of 3":                func(p *LossPath) { p.Industries[0] = 3 },
		"loss path names industry 1 twice":               func(p *LossPath) { p.Industries[0] = 1 },
		"output at stake has length 1, want 2":           func(p *LossPath) { p.OutputMUSD = p.OutputMUSD[:1] },
		"loss share has length 5, want 6":                func(p *LossPath) { p.LossShare = p.LossShare[:5] },
		"loss share 1.1 of industry 1 at breakpoint 2":   func(p *LossPath) { p.LossShare[5] = 1.1 },
		"loss share 0.1 of industry 0 at breakpoint 0":   func(p *LossPath) { p.LossShare[0] = 0.1 },
		"loss share 3 is not a finite number":            func(p *LossPath) { p.LossShare[3] = math.NaN() },
		"output at stake 1 is negative (-100)":           func(p *LossPath) { p.OutputMUSD[1] = -100 },
	} {
		p := LossPath{R: []float64{0, 0.5, 1}, Industries: []int{0, 1}, LossShare: []float64{0, 0, 0.1, 0.1, 0.2, 0.2}, OutputMUSD: []float64{100, 100}}
		spoil(&p)
		_, err := op.NewResponse(Soft, p, nil)
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	p := LossPath{R: []float64{0, 0.5}, Industries: []int{0}, LossShare: []float64{0, 0.1}, OutputMUSD: []float64{100}}
	if _, err := op.NewResponse(Soft, p, []float64{0, -1, 0}); !errors.Is(err, ErrInvalid) {
		t.Errorf("negative idle share: %v", err)
	}
	if _, err := op.NewResponse(Downstream(9), p, nil); !errors.Is(err, ErrUnknownSetting) || !strings.Contains(err.Error(), "downstream(9)") {
		t.Errorf("unknown setting: %v", err)
	}
	r, err := op.NewResponse(Soft, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	other := operator(t, tab, 0.5).NewSolver()
	s := op.NewSolver()
	if err := r.Prepare(other, nil); !errors.Is(err, ErrInvalid) {
		t.Errorf("foreign solver: %v", err)
	}
	if _, err := r.Diagnose(other, 0.1); !errors.Is(err, ErrInvalid) {
		t.Errorf("foreign solver: %v", err)
	}
	if _, err := r.BeyondLinearRange(other, 0.1); !errors.Is(err, ErrInvalid) {
		t.Errorf("foreign solver: %v", err)
	}
	for _, cut := range []float64{0.6, -0.1, math.NaN()} {
		if err := r.Prepare(s, []float64{cut}); !errors.Is(err, ErrBeyondPath) {
			t.Errorf("cut %g: %v", cut, err)
		}
		if _, err := r.Hit(nil, cut); !errors.Is(err, ErrBeyondPath) {
			t.Errorf("cut %g: %v", cut, err)
		}
	}
	if _, _, err := r.Totals(0.1); !errors.Is(err, ErrNotPrepared) {
		t.Errorf("before preparing: %v", err)
	}
	if err := r.OutputChange(make([]float64, 2), 0.1); !errors.Is(err, ErrInvalid) {
		t.Errorf("short result: %v", err)
	}
	if _, err := s.Solve([]float64{-1, math.NaN(), 0}, nil); !errors.Is(err, ErrInvalid) {
		t.Errorf("bound that is no number: %v", err)
	}
	if _, err := s.Solve(make([]float64, 3), []int{3}); !errors.Is(err, ErrInvalid) {
		t.Errorf("start beyond the table: %v", err)
	}
	if _, _, err := op.Flows([]float64{0}); !errors.Is(err, ErrInvalid) {
		t.Errorf("short prices: %v", err)
	}
	if err := tab.Linkage(make([]Side, 2), nil); !errors.Is(err, ErrInvalid) {
		t.Errorf("short sides: %v", err)
	}
	if err := tab.Linkage(make([]Side, 3), []int{-1}); !errors.Is(err, ErrInvalid) {
		t.Errorf("negative industry: %v", err)
	}
}

// Two industries that only deal with each other move as one: a sells to b alone, b
// has no other domestic input, so dx_a = s_b dx_b and both bounds cannot be prices.
func TestDependentBounds(t *testing.T) {
	tab, err := NewTable([]string{"a", "b"}, []float64{0, 50, 0, 0}, []float64{0, 100}, []float64{0.5, 0.5})
	if err != nil {
		t.Fatal(err)
	}
	s := operator(t, tab, 1).NewSolver()
	if _, err := s.Solve([]float64{-5, -10}, nil); !errors.Is(err, ErrDependentBounds) {
		t.Errorf("dependent bounds: %v", err)
	}
	sol, err := s.Solve([]float64{-5, 0}, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "dx_b", sol.OutputChangeMUSD[1], -10, 1e-12)
}

func TestNoConvergence(t *testing.T) {
	op := operator(t, handTable(t), 1)
	s := op.NewSolver()
	s.blocks = -singleSteps*op.n + 1 // one step where two are needed
	if _, err := s.Solve([]float64{-10, 0, 0}, nil); !errors.Is(err, ErrNoConvergence) {
		t.Errorf("one step: %v", err)
	}
}

func TestDownstreamNames(t *testing.T) {
	for _, d := range settings {
		if got, err := ParseDownstream(d.String()); err != nil || got != d {
			t.Errorf("%v reads as %v, %v", d, got, err)
		}
	}
	for _, name := range []string{"", "Soft", "leontieff"} {
		if _, err := ParseDownstream(name); !errors.Is(err, ErrUnknownSetting) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if Downstream(-1).String() != "downstream(-1)" || Side(7).String() != "side(7)" || Buyer.String()+Supplier.String()+HitIndustry.String() != "buyersupplierhit" {
		t.Error("names of unknown values")
	}
}

func TestLinkage(t *testing.T) {
	// a sells 3 to the hit c and buys 2; b sells 2 and buys 3; d ties at 0.1 + 0.2
	// summed in the same order; e has no dealings.
	z := make([]float64, 36)
	z[0*6+2], z[2*6+0] = 3, 2
	z[1*6+2], z[2*6+1] = 2, 3
	z[3*6+2], z[2*6+3], z[3*6+5], z[5*6+3] = 0.1, 0.1, 0.2, 0.2
	tab, err := NewTable([]string{"a", "b", "c", "d", "e", "f"}, z, []float64{9, 9, 9, 9, 9, 9}, make([]float64, 6))
	if err != nil {
		t.Fatal(err)
	}
	sides := make([]Side, 6)
	if err := tab.Linkage(sides, []int{2, 5}); err != nil {
		t.Fatal(err)
	}
	if want := []Side{Supplier, Buyer, HitIndustry, Supplier, Supplier, HitIndustry}; !slices.Equal(sides, want) {
		t.Errorf("sides %v, want %v", sides, want)
	}
}
