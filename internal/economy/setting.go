package economy

import (
	"fmt"
	"math"
)

// Downstream is how hard a missing product hits those who buy it (model.md section 5).
type Downstream int

// The settings of this package.
const (
	Soft     Downstream = iota // (E1), the default
	None                       // hit industries alone
	Leontief                   // fixed recipes, final use gives way first (E4)
	Recipe                     // fixed recipes, buyers and final use share the shortage (E5)
	CES                        // buyers lose output by estimated substitution (E6), then (E1)
	Rigid                      // buyers lose output with essential inputs (E7), then (E1)
)

var downstreamNames = [...]string{Soft: "soft", None: "none", Leontief: "leontief", Recipe: "recipe", CES: "ces", Rigid: "rigid"}

func (d Downstream) known() bool { return d >= 0 && int(d) < len(downstreamNames) }

func (d Downstream) String() string {
	if !d.known() {
		return fmt.Sprintf("downstream(%d)", int(d))
	}
	return downstreamNames[d]
}

// ParseDownstream reads the name of a setting. Errors: ErrUnknownSetting.
func ParseDownstream(name string) (Downstream, error) {
	for d, s := range downstreamNames {
		if s == name {
			return Downstream(d), nil
		}
	}
	return 0, fmt.Errorf("%w %q (known: none, soft, leontief, recipe, ces, rigid)", ErrUnknownSetting, name)
}

// SettingOptions are the choices within a setting; the zero value is the default.
type SettingOptions struct {
	// Enforce keeps z, f >= 0 in (E1): SolveEnforced for soft, ces and rigid.
	// leontief and recipe always do.
	Enforce bool
	// SubstitutionElasticity replaces the table's theta by industry (ces); nil keeps it.
	SubstitutionElasticity []float64
	// Rounds of essential inputs (rigid); 0 is the one round of the definition.
	Rounds int
}

// Certificate tells how well a solution keeps its equations: the largest violation
// of each kind over the largest bound (leontief, recipe: shares of output; (E1):
// million USD). A kind that a setting keeps by construction is 0.
type Certificate struct {
	Balance    float64 // sales = output
	Bound      float64 // no output above its bound
	Optimality float64 // stationarity and complementarity
	Forward    float64 // shares of output: ces off its fixed point
}

// Largest is the largest of all.
func (c Certificate) Largest() float64 {
	return max(c.Balance, c.Bound, c.Optimality, c.Forward)
}

// SettingSolution is the answer of one setting. Its slices belong to the solver and
// last until its next call.
type SettingSolution struct {
	OutputChangeMUSD []float64 // dx, length n; exactly the bound where that is active
	// LossShare is sigma after the forward step of ces and rigid, else as given.
	LossShare    []float64
	Iterations   int // of the program; the forward step of ces included
	ActiveBounds int
	// SmallestFlow is the smallest flow over its base; 1 where none is computed (none).
	SmallestFlow float64
	Certificate  Certificate
}

// settingTolerance is the largest certificate that SolveSetting hands out.
const settingTolerance = 1e-9

// program is the workspace of the settings beyond (E1): vectors by industry and
// matrices n x n.
type program struct {
	sigma, bound, change []float64 // loss shares; the same of all output; dx

	gamma, eta, row, col, slack, pull, dGamma, dEta, scale []float64
	gamma0, eta0, gamma1, eta1, gamma2, step, rowAt        []float64 // proximal rounds
	square, left                                           []float64 // matrices
	capped, tight                                          []bool
	index, hit                                             []int
	factor                                                 cholesky
}

func (s *Solver) workspace() *program {
	if s.program != nil {
		return s.program
	}
	n := s.op.n
	w := &program{square: make([]float64, n*n), left: make([]float64, n*n), capped: make([]bool, n), tight: make([]bool, n),
		index: make([]int, 0, n), hit: make([]int, 0, n), factor: newCholesky(n)}
	for _, v := range []*[]float64{&w.sigma, &w.bound, &w.change, &w.gamma, &w.eta, &w.row, &w.col, &w.slack, &w.pull,
		&w.dGamma, &w.dEta, &w.scale, &w.gamma0, &w.eta0, &w.gamma1, &w.eta1, &w.gamma2, &w.step, &w.rowAt} {
		*v = make([]float64, n)
	}
	s.program = w
	return w
}

// SolveSetting solves one scenario in any setting: industry j cannot use the share
// lossShare[j] of its output at stake, stakeMUSD[j] (x_j less the mineral's own
// output); both have length n. Output is bounded by
// x_j - lossShare_j stake_j.
//
// Lambda of the operator weighs final use in soft, recipe, ces and rigid; leontief
// has no weights. After a first call it does not allocate (but for Enforce).
// Errors: ErrInvalid, ErrUnknownSetting, ErrNoConvergence, ErrInaccurate,
// ErrNoElasticity (ces), and those of Solve.
func (s *Solver) SolveSetting(d Downstream, lossShare, stakeMUSD []float64, opt SettingOptions) (SettingSolution, error) {
	sol, err := s.solveSetting(d, lossShare, stakeMUSD, opt)
	if err == nil && !(sol.Certificate.Largest() <= settingTolerance) {
		err = fmt.Errorf("%w: certificate %+v", ErrInaccurate, sol.Certificate)
	}
	if err != nil {
		return SettingSolution{}, fmt.Errorf("downstream setting %v: %w", d, err)
	}
	return sol, nil
}

func (s *Solver) solveSetting(d Downstream, lossShare, stakeMUSD []float64, opt SettingOptions) (SettingSolution, error) {
	if !d.known() {
		return SettingSolution{}, ErrUnknownSetting
	}
	w, err := s.scenario(lossShare, stakeMUSD)
	if err != nil {
		return SettingSolution{}, err
	}
	if opt.Rounds < 0 {
		return SettingSolution{}, fmt.Errorf("%w: %d rounds", ErrInvalid, opt.Rounds)
	}
	sol := SettingSolution{OutputChangeMUSD: w.change, LossShare: w.sigma, SmallestFlow: 1}
	if largestBound := w.bounds(s.op.Table.OutputMUSD, stakeMUSD); largestBound == 0 {
		return sol, nil // nothing is lost: exactly nothing moves
	}
	switch d {
	case None:
		for j, share := range w.sigma {
			if share > hitShare {
				w.change[j] = -share * stakeMUSD[j]
				sol.ActiveBounds++
			}
		}
		return sol, nil
	case Leontief:
		s.op.Table.shutDown(w.bound)
		err = s.leontief(w, &sol, stakeMUSD)
		return sol, err
	case Recipe:
		s.op.Table.shutDown(w.bound)
		err = s.recipe(w, &sol, stakeMUSD)
		return sol, err
	case CES:
		err = s.forwardCES(w, &sol, opt.SubstitutionElasticity)
	case Rigid:
		err = s.forwardEssential(w, max(1, opt.Rounds))
	}
	if err != nil {
		return sol, err
	}
	err = s.soften(w, &sol, stakeMUSD, opt.Enforce)
	return sol, err
}

// scenario checks and copies the input.
func (s *Solver) scenario(lossShare, stakeMUSD []float64) (*program, error) {
	n := s.op.n
	if err := vector("loss share", lossShare, n, false); err != nil {
		return nil, err
	}
	if err := vector("output at stake", stakeMUSD, n, false); err != nil {
		return nil, err
	}
	w := s.workspace()
	for j, share := range lossShare {
		if share > 1+hitShare {
			return nil, fmt.Errorf("%w: loss share %g of industry %d", ErrInvalid, share, j)
		}
		if x := s.op.Table.OutputMUSD[j]; stakeMUSD[j] > x*(1+hitShare) {
			return nil, fmt.Errorf("%w: output at stake %g of industry %d above its output %g", ErrInvalid, stakeMUSD[j], j, x)
		}
		w.sigma[j] = math.Min(share, 1)
	}
	clear(w.change)
	return w, nil
}

// bounds writes the bounds as shares of output and returns the largest.
func (w *program) bounds(output, stake []float64) float64 {
	largest := 0.0
	for j, x := range output {
		w.bound[j] = 0
		if x > 0 {
			w.bound[j] = math.Min(w.sigma[j]*stake[j]/x, 1)
		}
		largest = math.Max(largest, w.bound[j])
	}
	return largest
}

// shutDown sets the bound of every industry to its whole output that buys, directly
// or through others, from one whose whole output is lost: with fixed recipes it makes
// nothing either. Their prices would grow without limit otherwise.
func (t *Table) shutDown(bound []float64) {
	n := len(t.Codes)
	for again := true; again; {
		again = false
		for i, b := range bound {
			if b < 1-hitShare || t.OutputMUSD[i] <= 0 {
				continue
			}
			bound[i] = 1
			for j, z := range t.Z[i*n : (i+1)*n] {
				if z > 0 && bound[j] < 1 {
					bound[j], again = 1, true
				}
			}
		}
	}
}

// soften solves (E1) for the loss shares in w.
func (s *Solver) soften(w *program, sol *SettingSolution, stake []float64, enforce bool) error {
	ub, scale := w.col, 0.0
	for j, share := range w.sigma {
		ub[j] = 0 // not -0
		if lost := share * stake[j]; lost > 0 {
			ub[j] = -lost
		}
		scale = math.Max(scale, -ub[j])
	}
	if enforce {
		e, err := s.SolveEnforced(ub)
		if err != nil {
			return err
		}
		copy(w.change, e.OutputChangeMUSD)
		sol.Iterations += e.Steps
		sol.SmallestFlow = 0
		sol.Certificate.Optimality = e.ResidualMUSD / scale
		for _, p := range e.BoundPrice {
			if p < 0 {
				sol.ActiveBounds++
			}
		}
		return nil
	}
	linear, err := s.Solve(ub, nil)
	if err != nil {
		return err
	}
	copy(w.change, linear.OutputChangeMUSD)
	c := &sol.Certificate
	c.Balance = s.off / scale
	for j, dx := range w.change {
		price := -linear.BoundPrice[j] * s.op.At(j, j)
		if s.op.Table.Live[j] {
			c.Bound = math.Max(c.Bound, (dx-ub[j])/scale)
		}
		c.Optimality = math.Max(c.Optimality, math.Abs(math.Min(price, math.Max(0, ub[j]-dx)))/scale)
	}
	sol.Iterations += linear.Steps
	sol.ActiveBounds = len(linear.Active)
	sol.SmallestFlow = s.SmallestFlow(linear)
	return nil
}
