package economy

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

var settings = []Downstream{None, Soft, Leontief, Recipe, CES, Rigid}

// readZipped reads a compressed table without its header.
func readZipped(tb testing.TB, path ...string) [][]string {
	tb.Helper()
	f, err := os.Open(filepath.Join(path...))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	unzip, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	rows, err := csv.NewReader(unzip).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	return rows[1:]
}

// certifiedTable is the table of the certified optima: the benchmark year as it is,
// without 4200ID and without the positive cells of F05000.
func certifiedTable(tb testing.TB) *Table {
	tb.Helper()
	a := beaAccounts(tb)
	a.FinalUse = slices.DeleteFunc(a.FinalUse, func(c FinalCell) bool { return c.Use == ImportsFinalUse })
	z, f, _, err := a.benchmark()
	if err != nil {
		tb.Fatal(err)
	}
	n := len(a.Industries)
	var codes []string
	var kept, final []float64
	for i, code := range a.Industries {
		if code == "4200ID" {
			continue
		}
		codes, final = append(codes, code), append(final, f[i])
		for j, other := range a.Industries {
			if other != "4200ID" {
				kept = append(kept, z[i*n+j])
			}
		}
	}
	t, err := NewTable(codes, kept, final, make([]float64, len(codes)))
	if err != nil {
		tb.Fatal(err)
	}
	for i, r := range readTable(tb, "testdata", "least-deviation", "vectors.csv") {
		x, f := number(tb, r[1]), number(tb, r[2])
		if r[0] != codes[i] || math.Abs(t.OutputMUSD[i]-x) > 1e-9*x || math.Abs(final[i]-f) > 1e-9*x {
			tb.Fatalf("%s: output %.15g, final use %.15g; want %v", codes[i], t.OutputMUSD[i], final[i], r)
		}
	}
	return t
}

func setting(tb testing.TB, s *Solver, d Downstream, sigma, stake []float64, opt SettingOptions) SettingSolution {
	tb.Helper()
	sol, err := s.SolveSetting(d, sigma, stake, opt)
	if err != nil {
		tb.Fatal(err)
	}
	sol.OutputChangeMUSD, sol.LossShare = slices.Clone(sol.OutputChangeMUSD), slices.Clone(sol.LossShare)
	return sol
}

// finalUse returns f/f0 of the last answer of leontief or recipe.
func finalUse(s *Solver, d Downstream, i int) float64 {
	if s.op.Table.FinalDemandMUSD[i] == 0 {
		return 0
	}
	if d == Leontief {
		return 1 - s.program.eta[i]
	}
	return math.Max(0, 1-s.program.gamma[i]/s.op.Lambda)
}

// Optima that other solvers computed and optimality conditions certify.
func TestCertifiedOptima(t *testing.T) {
	tab := certifiedTable(t)
	n := len(tab.Codes)
	sigma := make([][]float64, 5)
	for k := range sigma {
		sigma[k] = make([]float64, n)
	}
	for _, r := range readTable(t, "testdata", "least-deviation", "scenarios.csv") {
		sigma[int(number(t, r[0]))][int(number(t, r[1]))] = number(t, r[3])
	}
	type problem struct{ name, lambda, scenario string }
	want := map[problem][][]string{}
	for _, r := range readZipped(t, "testdata", "least-deviation", "solutions.csv.gz") {
		p := problem{r[0], r[1], r[2]}
		want[p] = append(want[p], r[3:])
	}
	if len(want) != 15 {
		t.Fatalf("%d problems, want 15", len(want))
	}
	solvers := map[string]*Solver{"": operator(t, tab, 1).NewSolver(), "1.0": operator(t, tab, 1).NewSolver(), "0.2": operator(t, tab, 0.2).NewSolver()}
	worst, steps, certificate := 0.0, 0, 0.0
	for p, rows := range want {
		d, s, k := Recipe, solvers[p.lambda], int(number(t, p.scenario))
		if p.name == "reduced" {
			d = Leontief
		}
		sol := setting(t, s, d, sigma[k], tab.OutputMUSD, SettingOptions{})
		if d == Recipe {
			steps = max(steps, sol.Iterations)
		}
		certificate = math.Max(certificate, sol.Certificate.Largest())
		if len(rows) != n {
			t.Fatalf("%v: %d rows", p, len(rows))
		}
		for i, r := range rows {
			y := 1 + sol.OutputChangeMUSD[i]/tab.OutputMUSD[i]
			d := math.Max(math.Abs(y-number(t, r[1])), math.Abs(finalUse(s, d, i)-number(t, r[2])))
			if worst = math.Max(worst, d); d > 1e-10 {
				t.Errorf("%v: %s is off by %g", p, tab.Codes[i], d)
			}
		}
	}
	t.Logf("largest difference of y and f/f0 %.2g, at most %d steps, certificates within %.2g", worst, steps, certificate)
	if steps > 11 {
		t.Errorf("%d steps, expected 11 at most", steps)
	}
}

func TestCertifiedTiny(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("testdata", "least-deviation", "tiny.json"))
	if err != nil {
		t.Fatal(err)
	}
	var tiny struct {
		Z0, Z       [][]float64
		F0, X, F, C []float64
		Sigma       []float64
		Lambda      float64 `json:"lam"`
		Objective   float64
	}
	if err := json.Unmarshal(content, &tiny); err != nil {
		t.Fatal(err)
	}
	tab, err := NewTable([]string{"a", "b", "c"}, slices.Concat(tiny.Z0...), tiny.F0, make([]float64, 3))
	if err != nil {
		t.Fatal(err)
	}
	s := operator(t, tab, tiny.Lambda).NewSolver()
	sol := setting(t, s, Recipe, tiny.Sigma, tab.OutputMUSD, SettingOptions{})
	objective := 0.0
	for i := range 3 {
		near(t, "x", tab.OutputMUSD[i]+sol.OutputChangeMUSD[i], tiny.X[i], 1e-10*tiny.X[i])
		near(t, "c", 1-s.program.gamma[i], tiny.C[i], 1e-10)
		w := finalUse(s, Recipe, i)
		near(t, "f", tiny.F0[i]*w, tiny.F[i], 1e-10*tiny.F[i])
		objective += tiny.Lambda * tiny.F0[i] * (w - 1) * (w - 1)
		for j := range 3 {
			u := math.Max(1+sol.OutputChangeMUSD[j]/tab.OutputMUSD[j], 1-s.program.gamma[i])
			near(t, "z", tiny.Z0[i][j]*u, tiny.Z[i][j], 1e-10*100)
			objective += tiny.Z0[i][j] * (u - 1) * (u - 1)
		}
	}
	near(t, "objective", objective, tiny.Objective, 1e-10*tiny.Objective)
}

// Two industries by hand: 1 sells 20 to 2 and 80 to final use, 2 sells 100 to final use.
//
//	sigma_1 = 0.1, b = 10 of 100 missing.
//	leontief: 100 = 80 w1 + 20 w2 + 10: w1 and w2 fall by the same t (prices 1 and 0.2 of
//	L against f 80 and 100): loss_1 = M/2 * 1, loss_2 = M/2 * 0.2, 80 loss_1 + 100*0.2 loss_2 = 10:
//	M/2 = 10/(80 + 4), x2 falls by 100 * 0.2 * 10/84 = 200/84.
//	recipe, lambda 1: u_12 = max(y2, c1), w1 = c1: 20 min(eta2, gamma1) + 80 gamma1 = 10;
//	row 2: 100 gamma2 = 100 eta2; (F2) gamma2 = 0.2 (gamma1 - eta2), so eta2 = gamma1/6:
//	gamma1 (20/6 + 80) = 10: gamma1 = 0.12, eta2 = 0.02.
func TestSettingsByHand(t *testing.T) {
	tab, err := NewTable([]string{"331", "332"}, []float64{0, 20, 0, 0}, []float64{80, 100}, []float64{0.5, 0.5})
	if err != nil {
		t.Fatal(err)
	}
	s := operator(t, tab, 1).NewSolver()
	sigma, stake := []float64{0.1, 0}, tab.OutputMUSD
	for d, want := range map[Downstream][]float64{None: {-10, 0}, Leontief: {-10, -200.0 / 84}, Recipe: {-10, -2}} {
		sol := setting(t, s, d, sigma, stake, SettingOptions{})
		for i, x := range sol.OutputChangeMUSD {
			near(t, d.String(), x, want[i], 1e-12)
		}
	}
	// a_12 = 0.2, all domestic, m = 0.9; rigid loses all of 0.1.
	near(t, "rigid", setting(t, s, Rigid, sigma, stake, SettingOptions{}).LossShare[1], 0.1, 0)
	for theta, want := range map[float64]float64{
		1:   1 - math.Pow(0.9, 0.2),
		0.5: 1 - 1/(0.2/0.9+0.8),
		2:   1 - math.Pow(0.2*math.Sqrt(0.9)+0.8, 2),
	} {
		sol := setting(t, s, CES, sigma, stake, SettingOptions{SubstitutionElasticity: []float64{theta, theta}})
		near(t, fmt.Sprintf("ces, theta %g", theta), sol.LossShare[1], want, 1e-15)
		near(t, "what is hit", sol.LossShare[0], 0.1, 0)
	}
	// Nothing left of the input: none of the output where theta is 1 at most.
	all := []float64{1, 0}
	for theta, want := range map[float64]float64{0.001: 1, 0.5: 1, 1: 1, 2: 1 - 0.64} {
		sol := setting(t, s, CES, all, stake, SettingOptions{SubstitutionElasticity: []float64{theta, theta}})
		near(t, fmt.Sprintf("ces without the input, theta %g", theta), sol.LossShare[1], want, 1e-12)
	}
	for _, d := range []Downstream{Leontief, Recipe} {
		for i, x := range setting(t, s, d, all, stake, SettingOptions{}).OutputChangeMUSD {
			near(t, d.String()+" without the input", x, -tab.OutputMUSD[i], 0)
		}
	}
}

// settingCase is a table with elasticities and a scenario.
type settingCase struct {
	solver       *Solver
	sigma, stake []float64
	theta        []float64
}

func settingCases(tb testing.TB) (out []settingCase) {
	random := rand.New(rand.NewPCG(51, 52))
	for _, op := range cases(tb) {
		for _, size := range []float64{0.03, 0.4} {
			c := settingCase{solver: op.NewSolver(), sigma: make([]float64, op.n), theta: make([]float64, op.n)}
			for _, j := range random.Perm(op.n)[:1+op.n/12] {
				c.sigma[j] = size * random.Float64()
			}
			for j, x := range op.Table.OutputMUSD {
				c.stake = append(c.stake, x*(0.5+0.5*random.Float64()))
				c.theta[j] = []float64{0.001, 0.2, 1, 0.05 + 2*random.Float64()}[random.IntN(4)]
			}
			out = append(out, c)
		}
	}
	return out
}

func (c *settingCase) solve(tb testing.TB, d Downstream) SettingSolution {
	tb.Helper()
	return setting(tb, c.solver, d, c.sigma, c.stake, SettingOptions{SubstitutionElasticity: c.theta})
}

// Without idle capacity no output rises and hit industries lose what none takes from
// them: in every setting each industry loses at least as much as in none.
func TestNoneIsLeast(t *testing.T) {
	for k, c := range settingCases(t) {
		none := c.solve(t, None).OutputChangeMUSD
		for _, d := range settings {
			sol := c.solve(t, d)
			for i, dx := range sol.OutputChangeMUSD {
				if dx > none[i]+1e-11*largest(none) {
					t.Errorf("case %d, %v: industry %d loses %g, in none %g", k, d, i, dx, none[i])
				}
				if dx < -c.solver.op.Table.OutputMUSD[i] && d != Soft && d != CES && d != Rigid { // (E1) only reports it
					t.Errorf("case %d, %v: industry %d loses %g of %g", k, d, i, dx, c.solver.op.Table.OutputMUSD[i])
				}
				if sol.LossShare[i] < c.sigma[i] {
					t.Errorf("case %d, %v: loss share of %d falls", k, d, i)
				}
			}
			if got := sol.Certificate.Largest(); got > 1e-10 {
				t.Errorf("case %d, %v: certificate %g", k, d, got)
			}
		}
	}
}

func TestSettingsZeroShock(t *testing.T) {
	for _, c := range settingCases(t) {
		clear(c.sigma)
		for _, d := range settings {
			sol := c.solve(t, d)
			if largest(sol.OutputChangeMUSD) != 0 || largest(sol.LossShare) != 0 || sol.Certificate.Largest() != 0 {
				t.Errorf("%v: no shock, but outputs move by %g", d, largest(sol.OutputChangeMUSD))
			}
		}
	}
}

// Optimality of recipe from its flows, without the solver's functions, and that of
// leontief from its prices.
func TestFixedRecipesAreOptimal(t *testing.T) {
	for k, c := range settingCases(t) {
		op := c.solver.op
		tab, n, lambda := op.Table, op.n, op.Lambda
		sol := c.solve(t, Recipe)
		gamma := c.solver.program.gamma
		limit := 1e-10 * largest(c.sigma)
		value, valueFinal := 0.0, 0.0
		for i, x := range tab.OutputMUSD {
			if x == 0 {
				continue
			}
			f := tab.FinalDemandMUSD[i]
			w := math.Max(0, 1-gamma[i]/lambda)
			sales, price := f*w, 0.0
			valueFinal += f * (w - 1) * (w - 1)
			for j := range n {
				z := tab.Z[i*n+j]
				if z > 0 {
					y := 1 + sol.OutputChangeMUSD[j]/tab.OutputMUSD[j]
					u := math.Max(y, 1-gamma[i]) // never less than the recipe asks
					sales += z * u
					value += z * (u - 1) * (u - 1)
				}
				if z := tab.Z[j*n+i]; z > 0 {
					price += z / x * math.Max(0, gamma[j]+sol.OutputChangeMUSD[i]/x)
				}
			}
			y := 1 + sol.OutputChangeMUSD[i]/x
			over := 1 - c.sigma[i]*c.stake[i]/x - y
			near(t, fmt.Sprintf("case %d: sales of %d", k, i), sales/x, y, limit)
			near(t, fmt.Sprintf("case %d: bound and price of %d", k, i), math.Min(over, gamma[i]-price), 0, limit)
		}
		value += lambda * valueFinal

		// Every answer of leontief is one that recipe allows; and what recipe leaves for
		// final use fixed recipes can deliver with less output. So each is the least of its kind.
		sol = c.solve(t, Leontief)
		fixed, fixedFinal := 0.0, 0.0
		for i, f := range tab.FinalDemandMUSD {
			q := finalUse(c.solver, Leontief, i) - 1
			if f > 0 {
				fixedFinal += f * q * q
			}
			for j := range n {
				if z := tab.Z[i*n+j]; z > 0 {
					q := sol.OutputChangeMUSD[j] / tab.OutputMUSD[j]
					fixed += z * q * q
				}
			}
		}
		fixed += lambda * fixedFinal
		if value > fixed*(1+1e-9) || fixedFinal > valueFinal*(1+1e-9) {
			t.Errorf("case %d: recipe %g (final use %g), leontief %g (final use %g)", k, value, valueFinal, fixed, fixedFinal)
		}
	}
}

// The proximal rounds, which the baseline never needs, reach the same answer.
func TestProximalRounds(t *testing.T) {
	needed := 0
	random := rand.New(rand.NewPCG(53, 54))
	for k := range 300 {
		tab := randomTable(t, random, 4+k%40)
		op := &Operator{Table: tab, Lambda: 0.1 + 0.9*random.Float64(), n: len(tab.Codes)} // recipe needs no G
		s, sigma := op.NewSolver(), make([]float64, op.n)
		for _, j := range random.Perm(op.n)[:1+random.IntN(op.n)] {
			sigma[j] = random.Float64()
		}
		sol := setting(t, s, Recipe, sigma, op.Table.OutputMUSD, SettingOptions{})
		if sol.Iterations > recipeSteps {
			needed++
		}
		if _, err := s.recipeProximal(s.program); err != nil {
			t.Fatalf("case %d: %v", k, err)
		}
		for i, x := range op.Table.OutputMUSD {
			if x > 0 {
				near(t, fmt.Sprintf("case %d: industry %d", k, i), -s.program.eta[i], sol.OutputChangeMUSD[i]/x, 1e-9)
			}
		}
	}
	if needed == 0 {
		t.Error("no case needed them")
	}
}

// A small scenario is the same in small, digit by digit, where no bound on final use acts.
func TestSmallScenariosKeepTheirDigits(t *testing.T) {
	c := settingCases(t)[0]
	for j := range c.sigma {
		c.sigma[j] /= 100 // no final use of 0 in leontief
	}
	for _, d := range []Downstream{Soft, Leontief, Recipe, Rigid} {
		want := c.solve(t, d).OutputChangeMUSD
		small := settingCase{solver: c.solver, stake: c.stake, theta: c.theta}
		for _, q := range c.sigma {
			small.sigma = append(small.sigma, 1e-9*q)
		}
		for i, dx := range small.solve(t, d).OutputChangeMUSD {
			near(t, fmt.Sprintf("%v of %d", d, i), 1e9*dx, want[i], 1e-10*largest(want))
		}
	}
}

// (E6) is the limit of plain rounds from no loss, and both forward steps grow with
// the loss shares (each is made of functions that do).
func TestForwardSteps(t *testing.T) {
	for k, c := range settingCases(t) {
		n := c.solver.op.n
		in, err := c.solver.op.Table.Inputs()
		if err != nil {
			t.Fatal(err)
		}
		loss := make([]float64, n)
		change := 1.0
		for round := 0; change > 1e-15 && round < 20000; round++ {
			next := slices.Clone(c.sigma)
			change = 0
			for j, theta := range c.theta {
				if theta < 0.01 {
					theta, c.theta[j] = 0.05, 0.05 // else math.Pow overflows here
				}
				sum, product := in.RestShare[j], 1.0
				for i := range n {
					m := 1 - in.DomesticPart[i*n+j]*loss[i]
					sum += in.CostShare[i*n+j] * math.Pow(m, (theta-1)/theta)
					product *= math.Pow(m, in.CostShare[i*n+j])
				}
				y := math.Pow(sum, theta/(theta-1))
				if theta == 1 {
					y = product
				}
				next[j] = math.Max(next[j], 1-y)
				change = math.Max(change, math.Abs(next[j]-loss[j]))
			}
			loss = next
			if n > 100 && round > 60 {
				break
			}
		}
		for j, q := range c.solve(t, CES).LossShare {
			near(t, fmt.Sprintf("case %d: loss share of %d", k, j), q, loss[j], 1e-11)
		}
		more := settingCase{solver: c.solver, stake: c.stake, theta: c.theta, sigma: slices.Clone(c.sigma)}
		for j := range more.sigma {
			more.sigma[j] = math.Min(1, 1.3*more.sigma[j])
		}
		for _, d := range []Downstream{CES, Rigid} {
			before, after := c.solve(t, d).LossShare, more.solve(t, d).LossShare
			for j := range before {
				if after[j] < before[j]-1e-13 {
					t.Errorf("case %d, %v: loss share of %d falls from %g to %g", k, d, j, before[j], after[j])
				}
			}
		}
	}
}

// With perfect substitutes an industry loses the cost share of what is missing (a linear
// system), with none the largest loss among its inputs; in between, more substitution
// never costs more (power means).
func TestSubstitutionLimits(t *testing.T) {
	for k, c := range settingCases(t)[2:] {
		n := c.solver.op.n
		in, err := c.solver.op.Table.Inputs()
		if err != nil {
			t.Fatal(err)
		}
		rounds := func(image func(loss []float64, j int) float64) []float64 {
			loss := make([]float64, n)
			for range 2000 {
				next := slices.Clone(c.sigma)
				for j := range next {
					next[j] = math.Max(next[j], image(loss, j))
				}
				loss = next
			}
			return loss
		}
		linear := rounds(func(loss []float64, j int) (sum float64) {
			for i := range n {
				sum += in.CostShare[i*n+j] * in.DomesticPart[i*n+j] * loss[i]
			}
			return sum
		})
		strict := rounds(func(loss []float64, j int) (most float64) {
			for i := range n {
				if in.CostShare[i*n+j] > 0 {
					most = math.Max(most, in.DomesticPart[i*n+j]*loss[i])
				}
			}
			return most
		})
		before := strict
		for _, theta := range []float64{1e-6, 1e-3, 0.03, 0.3, 0.999999, 1, 1.000001, 3, 1e9} {
			for j := range c.theta {
				c.theta[j] = theta
			}
			after := c.solve(t, CES).LossShare
			for j := range after {
				if after[j] > before[j]+1e-12 {
					t.Errorf("case %d, theta %g: loss share of %d rises from %g to %g", k, theta, j, before[j], after[j])
				}
				switch theta {
				case 1e-6:
					near(t, fmt.Sprintf("case %d: no substitution, %d", k, j), after[j], strict[j], 1e-3)
				case 1e9:
					near(t, fmt.Sprintf("case %d: perfect substitution, %d", k, j), after[j], linear[j], 1e-8)
				}
			}
			before = after
		}
	}
}

func TestSettingsPermute(t *testing.T) {
	random := rand.New(rand.NewPCG(55, 56))
	for k, c := range settingCases(t) {
		tab, n := c.solver.op.Table, c.solver.op.n
		if tab.imports != nil {
			continue // NewTable makes no imports
		}
		order := random.Perm(n)
		codes, z, f, va := make([]string, n), make([]float64, n*n), make([]float64, n), make([]float64, n)
		p := settingCase{sigma: make([]float64, n), stake: make([]float64, n), theta: make([]float64, n)}
		for i, a := range order {
			codes[i], f[i], va[i] = tab.Codes[a], tab.FinalDemandMUSD[a], tab.ValueAddedShare[a]
			p.sigma[i], p.stake[i], p.theta[i] = c.sigma[a], c.stake[a], c.theta[a]
			for j, b := range order {
				z[i*n+j] = tab.Z[a*n+b]
			}
		}
		permuted, err := NewTable(codes, z, f, va)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.stake {
			p.stake[i] = math.Min(p.stake[i], permuted.OutputMUSD[i])
		}
		p.solver = operator(t, permuted, c.solver.op.Lambda).NewSolver()
		for _, d := range settings {
			want, got := c.solve(t, d).OutputChangeMUSD, p.solve(t, d).OutputChangeMUSD
			for i, a := range order {
				near(t, fmt.Sprintf("case %d, %v: %d", k, d, i), got[i], want[a], 1e-9*largest(want))
			}
		}
	}
}

// Not rigid: a split can bring an input below the threshold of essential inputs.
func TestSettingsSplitIndustry(t *testing.T) {
	for k, c := range settingCases(t) {
		whole, n := c.solver.op.Table, c.solver.op.n
		if whole.imports != nil {
			continue
		}
		const part = 0.3
		at := k % n
		weight := func(i int) (source int, share float64) {
			switch i {
			case at:
				return at, part
			case n:
				return at, 1 - part
			}
			return i, 1
		}
		codes := append(slices.Clone(whole.Codes), "twin")
		z, f, va := make([]float64, (n+1)*(n+1)), make([]float64, n+1), make([]float64, n+1)
		p := settingCase{}
		for i := range n + 1 {
			a, q := weight(i)
			f[i], va[i] = q*whole.FinalDemandMUSD[a], whole.ValueAddedShare[a]
			p.sigma, p.stake, p.theta = append(p.sigma, c.sigma[a]), append(p.stake, q*c.stake[a]), append(p.theta, c.theta[a])
			for j := range n + 1 {
				b, r := weight(j)
				z[i*(n+1)+j] = q * r * whole.Z[a*n+b]
			}
		}
		split, err := NewTable(codes, z, f, va)
		if err != nil {
			t.Fatal(err)
		}
		p.solver = operator(t, split, c.solver.op.Lambda).NewSolver()
		for _, d := range []Downstream{None, Soft, Leontief, Recipe, CES} {
			want, got := c.solve(t, d).OutputChangeMUSD, p.solve(t, d).OutputChangeMUSD
			for i, dx := range got {
				a, q := weight(i)
				near(t, fmt.Sprintf("case %d, %v: part %d", k, d, i), dx, q*want[a], 1e-9*largest(want))
			}
		}
	}
}

func TestSettingsScaleWithDollars(t *testing.T) {
	const factor = 1000
	for k, c := range settingCases(t) {
		tab := c.solver.op.Table
		if tab.imports != nil {
			continue
		}
		times := func(v []float64) []float64 {
			out := slices.Clone(v)
			for i := range out {
				out[i] *= factor
			}
			return out
		}
		scaled, err := NewTable(tab.Codes, times(tab.Z), times(tab.FinalDemandMUSD), tab.ValueAddedShare)
		if err != nil {
			t.Fatal(err)
		}
		p := settingCase{solver: operator(t, scaled, c.solver.op.Lambda).NewSolver(), sigma: c.sigma, stake: times(c.stake), theta: c.theta}
		for _, d := range settings {
			want, got := loss(tab, c.solve(t, d).OutputChangeMUSD), loss(scaled, p.solve(t, d).OutputChangeMUSD)
			near(t, fmt.Sprintf("case %d, %v", k, d), got, factor*want, 1e-9*factor*want)
		}
	}
}

// Essential inputs of goods by goods, one round and more.
func TestRigidRounds(t *testing.T) {
	// 212 sells to 331 (20 of 100: essential), to 5411 (no goods) and to 332 (0.4 of 100:
	// too little); 331 sells to 332.
	z := make([]float64, 16)
	z[0*4+1], z[0*4+2], z[0*4+3], z[1*4+3] = 20, 20, 0.4, 10
	tab, err := NewTable([]string{"212230", "331410", "541100", "332710"}, z, []float64{60, 90, 100, 100}, make([]float64, 4))
	if err != nil {
		t.Fatal(err)
	}
	s := operator(t, tab, 1).NewSolver()
	sigma := []float64{0.25, 0, 0, 0.01}
	for rounds, want := range map[int][]float64{0: {0.25, 0.25, 0, 0.01}, 1: {0.25, 0.25, 0, 0.01}, 2: {0.25, 0.25, 0, 0.25}} {
		sol := setting(t, s, Rigid, sigma, tab.OutputMUSD, SettingOptions{Rounds: rounds})
		if !slices.Equal(sol.LossShare, want) {
			t.Errorf("%d rounds: %v, want %v", rounds, sol.LossShare, want)
		}
	}
	for code, want := range map[string]bool{"1111A0": true, "211000": true, "233210": true, "327992": true, "336112": true,
		"221100": false, "4200ID": false, "S00201": false, "2": false, "541100": false} {
		if isGoods(code) != want {
			t.Errorf("%s: goods %v", code, !want)
		}
	}
}

// Industry 2 of the small accounts imports 10 of A, which 1 alone makes at home, and 5
// of B, of which 1 makes a fifth: 11 count as from 1 and 4 as from 2, per 76.8 of output.
func TestInputsByHand(t *testing.T) {
	a := smallAccounts()
	for k, ratio := range [][]float64{{1, 1}, {1.2, 1.3}} {
		a.ValueShareRatio = ratio
		tab, err := Build(a)
		if err != nil {
			t.Fatal(err)
		}
		in, err := tab.Inputs()
		if err != nil {
			t.Fatal(err)
		}
		fewer := (1 - 50*ratio[1]/76.8) / (1 - 50/76.8) // inputs of 2, domestic and imported
		from1, domestic := 11/76.8*fewer, tab.Z[1]/tab.OutputMUSD[1]
		near(t, "domestic inputs of 2", domestic, 19.8/76.8*fewer, 1e-10)
		for i, want := range []float64{tab.Z[0] / tab.OutputMUSD[0], domestic + from1, tab.Z[2] / tab.OutputMUSD[0], 4 / 76.8 * fewer} {
			near(t, fmt.Sprintf("case %d: cost share %d", k, i), in.CostShare[i], want, 1e-12)
		}
		for i, want := range []float64{1, domestic / (domestic + from1), 1, 0} {
			near(t, fmt.Sprintf("case %d: domestic part %d", k, i), in.DomesticPart[i], want, 1e-12)
		}
		near(t, "rest of 2", in.RestShare[1], 1-34.8/76.8*fewer, 1e-10)
	}
}

// Shares of the real table sum to 1; imports by hand for one cell, from the accounts.
func TestInputs(t *testing.T) {
	a := beaAccounts(t)
	tab, err := Build(a)
	if err != nil {
		t.Fatal(err)
	}
	in, err := tab.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	n := len(tab.Codes)
	var domestic, all float64
	for j, x := range tab.OutputMUSD {
		sum := in.RestShare[j]
		for i := range n {
			c, d := in.CostShare[i*n+j], in.DomesticPart[i*n+j]
			if c < 0 || d < 0 || d > 1 {
				t.Errorf("input %s of %s: share %g, domestic part %g", tab.Codes[i], tab.Codes[j], c, d)
			}
			sum += c
			all += c * x
			domestic += c * d * x
		}
		near(t, "shares of "+tab.Codes[j], sum, 1, 1e-12)
	}
	// Imports were about a tenth of all intermediate inputs of the United States.
	if share := 1 - domestic/all; share < 0.06 || share > 0.14 {
		t.Errorf("imports are %g of all inputs", share)
	}
}

func TestSettingErrors(t *testing.T) {
	tab := handTable(t)
	n := len(tab.Codes)
	s := operator(t, tab, 1).NewSolver()
	zero, tenth := make([]float64, n), make([]float64, n)
	tenth[0] = 0.1
	ones := make([]float64, n)
	for i := range ones {
		ones[i] = 1
	}
	gap := slices.Clone(ones)
	gap[1] = 0
	for _, c := range []struct {
		d            Downstream
		sigma, stake []float64
		opt          SettingOptions
		kind         error
		text         string
	}{
		{Downstream(9), zero, zero, SettingOptions{}, ErrUnknownSetting, "downstream(9)"},
		{Soft, zero[:1], zero, SettingOptions{}, ErrInvalid, "loss share has length 1"},
		{Soft, zero, zero[:1], SettingOptions{}, ErrInvalid, "output at stake has length 1"},
		{Recipe, []float64{2, 0, 0}, zero, SettingOptions{}, ErrInvalid, "loss share 2 of industry 0"},
		{Recipe, []float64{math.NaN(), 0, 0}, zero, SettingOptions{}, ErrInvalid, "not a finite number"},
		{Recipe, zero, []float64{1e9, 0, 0}, SettingOptions{}, ErrInvalid, "above its output"},
		{Rigid, zero, zero, SettingOptions{Rounds: -1}, ErrInvalid, "-1 rounds"},
		{CES, tenth, ones, SettingOptions{}, ErrNoElasticity, "of any industry"},
		{CES, tenth, ones, SettingOptions{SubstitutionElasticity: gap}, ErrNoElasticity, tab.Codes[1]},
		{CES, tenth, ones, SettingOptions{SubstitutionElasticity: ones[:1]}, ErrInvalid, "substitution elasticity has length 1"},
	} {
		_, err := s.SolveSetting(c.d, c.sigma, c.stake, c.opt)
		if !errors.Is(err, c.kind) || err != nil && !strings.Contains(err.Error(), c.text) {
			t.Errorf("%v: error %v, want %v with %q", c.d, err, c.kind, c.text)
		}
	}
	path := LossPath{R: []float64{0, 1}, Industries: []int{0}, LossShare: []float64{0, 0.1}, OutputMUSD: []float64{1}}
	if _, err := s.op.NewResponse(Recipe, path, nil); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "SolveSetting") {
		t.Errorf("pieces of recipe: %v", err)
	}
	// An economy that needs more of its own product than it makes.
	own, err := NewTable([]string{"a", "b"}, []float64{100, 0, 0, 0}, []float64{0, 50}, zero[:2])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := own.inverse(); !errors.Is(err, ErrInvalid) {
		t.Errorf("Leontief inverse of it: %v", err)
	}
}

// Flows kept at 0 or above give the answer of (E1) where it is within the linear range.
func TestSettingsEnforced(t *testing.T) {
	for k, c := range settingCases(t)[2:20] {
		for _, d := range []Downstream{Soft, CES, Rigid} {
			free := c.solve(t, d)
			kept := setting(t, c.solver, d, c.sigma, c.stake, SettingOptions{SubstitutionElasticity: c.theta, Enforce: true})
			if free.SmallestFlow < 0 {
				continue
			}
			for i, dx := range kept.OutputChangeMUSD {
				near(t, fmt.Sprintf("case %d, %v: %d", k, d, i), dx, free.OutputChangeMUSD[i], 1e-8*largest(free.OutputChangeMUSD))
			}
		}
	}
}

// baselineHits are every 23rd export restriction of the baseline.
type baselineHit struct {
	name         string
	sigma, stake []float64
}

func baselineHits(tb testing.TB, t *Table) (out []baselineHit) {
	tb.Helper()
	at := map[string]int{}
	for i, code := range t.Codes {
		at[code] = i
	}
	for _, r := range readZipped(tb, "testdata", "baseline_hits.csv.gz") {
		if len(out) == 0 || out[len(out)-1].name != r[0] {
			out = append(out, baselineHit{r[0], make([]float64, len(t.Codes)), slices.Clone(t.OutputMUSD)})
		}
		h, j := &out[len(out)-1], at[r[1]]
		h.sigma[j] = number(tb, r[2])
		h.stake[j] = math.Max(0, h.stake[j]-number(tb, r[3]))
	}
	return out
}

func TestBaselineSettings(t *testing.T) {
	op := beaOperator(t)
	s := op.NewSolver()
	hits := baselineHits(t, op.Table)
	if len(hits) != 49 {
		t.Fatalf("%d scenarios", len(hits))
	}
	for _, d := range settings {
		worst, steps, flow := 0.0, 0, 1.0
		for _, h := range hits {
			sol := setting(t, s, d, h.sigma, h.stake, SettingOptions{})
			worst, steps, flow = math.Max(worst, sol.Certificate.Largest()), max(steps, sol.Iterations), math.Min(flow, sol.SmallestFlow)
		}
		if worst > 1e-12 {
			t.Errorf("%v: certificate %g", d, worst)
		}
		if steps > 12 || d == Recipe && steps > 9 {
			t.Errorf("%v: %d steps", d, steps)
		}
		if flow <= 0 {
			t.Errorf("%v: smallest flow %g", d, flow)
		}
		t.Logf("%v: certificates within %.2g, at most %d steps, smallest flow %.3f of its base", d, worst, steps, flow)
	}
}

func TestSettingsDoNotAllocate(t *testing.T) {
	op := beaOperator(t)
	s := op.NewSolver()
	h := baselineHits(t, op.Table)[0]
	for _, d := range settings {
		if a := testing.AllocsPerRun(3, func() { setSink(s.SolveSetting(d, h.sigma, h.stake, SettingOptions{})) }); a != 0 {
			t.Errorf("%v: %g allocations", d, a)
		}
	}
}

func setSink(_ SettingSolution, err error) {
	if err != nil {
		panic(err)
	}
}

// The same bits on one processor as on several, whatever was solved before.
func TestSettingsHaveTheSameBits(t *testing.T) {
	run := func(order []Downstream) map[Downstream][]float64 {
		op, out := beaOperator(t), map[Downstream][]float64{}
		s := op.NewSolver()
		h := baselineHits(t, op.Table)[5]
		for _, d := range order {
			out[d] = setting(t, s, d, h.sigma, h.stake, SettingOptions{}).OutputChangeMUSD
		}
		return out
	}
	several := run(settings)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	backwards := slices.Clone(settings)
	slices.Reverse(backwards)
	for d, dx := range run(backwards) {
		if !slices.Equal(dx, several[d]) {
			t.Errorf("%v: bits differ by %g", d, differ(dx, several[d]))
		}
	}
}

func BenchmarkSetting(b *testing.B) {
	op := beaOperator(b)
	hits := baselineHits(b, op.Table)
	for _, d := range settings {
		b.Run(d.String(), func(b *testing.B) {
			s, k := op.NewSolver(), 0
			setSink(s.SolveSetting(d, hits[0].sigma, hits[0].stake, SettingOptions{}))
			for b.Loop() {
				h := hits[k%len(hits)]
				k++
				setSink(s.SolveSetting(d, h.sigma, h.stake, SettingOptions{}))
			}
		})
	}
}
