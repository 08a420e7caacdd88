package economy

import (
	"fmt"
	"math"
)

const (
	cesSteps     = 100
	cesTolerance = 1e-13 // of the largest loss share
	cesRounding  = 1e-11
	// largestExponent keeps m^p and its slope within floating point.
	largestExponent = 600
	// essentialShare is the cost share from which an input is essential (E7).
	essentialShare = 0.005
)

// Inputs are the inputs of every industry, imports included, as shares of its cost
// (n x n row-major, from row to column, and by industry). They sum to 1 by column.
type Inputs struct {
	CostShare    []float64 // a_ij
	DomesticPart []float64 // delta_ij of a_ij, 0 where a_ij is 0
	RestShare    []float64 // value added, and inputs that no industry here makes
}

// Inputs returns the cost shares of the table, made when first asked for.
//
// The imports of a commodity (benchmark import matrix) count as inputs from the
// industries that make it at home, in their market shares, as its domestic part does;
// negative cells are 0. Per unit of output they are carried to the later year by
// (1-va)/(1-va17) of the buyer, the factor of its domestic inputs. Imports of what no
// industry here makes are in the rest. Where inputs exceed output (a subsidised
// industry) shares are of the inputs and the rest is 0. A table of NewTable has no imports.
// Errors: ErrInvalid.
func (t *Table) Inputs() (*Inputs, error) { return t.inputs() }

func (t *Table) totalInputs() (*Inputs, error) {
	n := len(t.Codes)
	in := &Inputs{CostShare: make([]float64, n*n), DomesticPart: make([]float64, n*n), RestShare: make([]float64, n)}
	if t.imports != nil {
		imported, err := t.imports()
		if err != nil {
			return nil, fmt.Errorf("imported inputs: %w", err)
		}
		copy(in.CostShare, imported)
	}
	sum := make([]float64, n)
	for i := range n {
		for j, x := range t.OutputMUSD {
			if x <= 0 {
				in.CostShare[i*n+j] = 0
				continue
			}
			domestic := t.Z[i*n+j] / x
			a := in.CostShare[i*n+j] + domestic
			if a > 0 {
				in.CostShare[i*n+j], in.DomesticPart[i*n+j] = a, domestic/a
			}
			sum[j] += a
		}
	}
	for j, q := range sum {
		in.RestShare[j] = 1 - q
		if q > 1 {
			in.RestShare[j] = 0
			for i := range n {
				in.CostShare[i*n+j] /= q
			}
		}
	}
	return in, nil
}

// importCoefficients returns imported inputs per unit of output of the later year.
func (a *Accounts) importCoefficients(output, shrink []float64) ([]float64, error) {
	n, m := len(a.Industries), len(a.Commodities)
	make_, err := dense("make", a.Make, n, m)
	if err != nil {
		return nil, err
	}
	use, err := dense("import use", a.ImportUse, m, n)
	if err != nil {
		return nil, err
	}
	clip(use)
	c := a.byIndustry(make_, use)
	for i := range n {
		for j, x := range output {
			if x > 1 {
				c[i*n+j] *= shrink[j] / x
			} else {
				c[i*n+j] = 0
			}
		}
	}
	return c, nil
}

// forwardCES raises the loss shares w.sigma to the least fixed point of (E6), from 0:
// loss_j = max(sigma_j, 1 - y_j(loss)). y is concave in the losses, so that Newton's
// method rises to it without passing it, where plain iteration, which has the same
// limit, can need thousands of rounds (theta near 0, little imported).
func (s *Solver) forwardCES(w *program, sol *SettingSolution, theta []float64) error {
	t, n := s.op.Table, s.op.n
	if theta == nil {
		theta = t.SubstitutionElasticity
	}
	if theta == nil {
		return fmt.Errorf("%w of any industry", ErrNoElasticity)
	}
	if err := vector("substitution elasticity", theta, n, false); err != nil {
		return err
	}
	for j, q := range theta {
		if !(q > 0) && t.OutputMUSD[j] > 0 {
			return fmt.Errorf("%w of industry %s", ErrNoElasticity, t.Codes[j])
		}
	}
	in, err := t.Inputs()
	if err != nil {
		return err
	}
	loss, scale := w.eta, largestOf(w.sigma)
	copy(loss, w.sigma)
	off := math.Inf(1)
	for step := 1; step <= cesSteps; step++ {
		// w.row: what is missing to the image of the losses. w.square: its slope, by
		// row i the losses that a loss of i causes.
		w.missing(in, theta, loss)
		before := off
		off = 0
		for _, q := range w.row {
			off = math.Max(off, math.Abs(q))
		}
		// With theta near 0 rounding may end the progress a little above.
		if off <= cesTolerance*scale || off <= cesRounding*scale && off > before/2 {
			sol.Iterations, sol.Certificate.Forward = step, off/largestOf(w.bound)
			copy(w.sigma, loss)
			return nil
		}
		for i := range n {
			for j := range n {
				w.square[i*n+j] = -w.square[i*n+j]
			}
			w.square[i*n+i]++
		}
		if !solveTransposed(w.square, w.row) {
			return fmt.Errorf("forward step %d: %w", step, ErrNoConvergence)
		}
		for j, rise := range w.row {
			loss[j] = math.Min(1, loss[j]+math.Max(0, rise))
		}
	}
	return fmt.Errorf("forward step, off by %g: %w", off, ErrNoConvergence)
}

// solveTransposed overwrites b with the solution v of A'v = b and A (n x n row-major)
// with its factors. A is an M-matrix (1 less slopes that sum to less than 1 in the
// long run), so that elimination needs no exchange of rows; false where it is not.
func solveTransposed(a, b []float64) bool {
	n := len(b)
	for k := range n {
		pivot := a[k*n+k]
		if !(pivot > pivotLimit) {
			return false
		}
		for i := k + 1; i < n; i++ {
			if a[i*n+k] != 0 {
				a[i*n+k] /= pivot
				blasImpl.Daxpy(n-k-1, -a[i*n+k], a[k*n+k+1:], 1, a[i*n+k+1:], 1)
			}
		}
		b[k] /= pivot
		blasImpl.Daxpy(n-k-1, -b[k], a[k*n+k+1:], 1, b[k+1:], 1)
	}
	for i := n - 1; i > 0; i-- {
		blasImpl.Daxpy(i, -b[i], a[i*n:], 1, b, 1)
	}
	return true
}

// missing evaluates (E6) at the given losses: what they lack (w.row), and the slope
// of the image (w.square; row i: by losses of i).
func (w *program) missing(in *Inputs, theta, loss []float64) {
	n := len(loss)
	sum, dead, large := w.col, w.capped, w.tight
	clear(sum)
	clear(dead)
	clear(large)
	clear(w.square)
	for i, lost := range loss {
		if lost <= 0 {
			continue
		}
		part, slope := in.DomesticPart[i*n:(i+1)*n], w.square[i*n:(i+1)*n]
		for j, a := range in.CostShare[i*n : (i+1)*n] {
			if a == 0 || part[j] == 0 {
				continue
			}
			p, left := power(theta[j]), 1-part[j]*lost // m_ij
			if left <= 0 {
				dead[j] = dead[j] || p <= 0
				sum[j] -= a
				continue
			}
			logM := math.Log1p(-part[j] * lost)
			if p == 0 {
				sum[j] += a * logM
				slope[j] = a * part[j] / left
				continue
			}
			if p*logM > largestExponent {
				large[j] = true
				continue
			}
			rise := math.Expm1(p * logM) // m^p - 1
			sum[j] += a * rise
			slope[j] = a * part[j] * (1 + rise) / left
		}
	}
	for j := range loss {
		p, logY := power(theta[j]), sum[j]
		if p != 0 {
			logY = math.Log1p(math.Max(sum[j], -1)) / p // at -1 nothing is left
		}
		if large[j] && !dead[j] {
			logY = w.largePower(in, theta[j], loss, j)
		}
		image := -math.Expm1(logY)
		if dead[j] {
			image = 1
		}
		w.row[j] = math.Max(w.sigma[j], image) - loss[j]
		scale := exp(logY / theta[j])
		if dead[j] || image < w.sigma[j] || loss[j] >= 1 {
			scale = 0 // no slope: the bound or the whole output decides
		} else if large[j] {
			scale = 1 // the slope is complete
		}
		w.scale[j] = scale
	}
	for i := range loss {
		for j, q := range w.square[i*n : (i+1)*n] {
			w.square[i*n+j] = q * w.scale[j]
		}
	}
}

// largePower is missing for one buyer whose powers of m would overflow: sums are
// taken over their largest term. It returns log y and writes the slope.
func (w *program) largePower(in *Inputs, theta float64, loss []float64, j int) (logY float64) {
	n, p := len(loss), power(theta)
	term := func(i int) (exponent, logM float64, ok bool) {
		a := in.CostShare[i*n+j]
		if a == 0 {
			return 0, 0, false
		}
		logM = math.Log1p(-in.DomesticPart[i*n+j] * math.Max(loss[i], 0))
		return log(a) + p*logM, logM, true
	}
	top, sum := math.Inf(-1), 0.0
	for i := range n {
		if e, _, ok := term(i); ok {
			top = math.Max(top, e)
		}
	}
	for i := range n {
		if e, _, ok := term(i); ok {
			sum += exp(e - top)
		}
	}
	if rest := in.RestShare[j]; rest > 0 {
		sum += exp(log(rest) - top)
	}
	logY = (top + log(sum)) / p
	for i, lost := range loss {
		w.square[i*n+j] = 0
		if _, logM, ok := term(i); ok && lost > 0 {
			w.square[i*n+j] = in.CostShare[i*n+j] * in.DomesticPart[i*n+j] * exp((logY-logM)/theta)
		}
	}
	return logY
}

// power is (theta-1)/theta.
func power(theta float64) float64 { return (theta - 1) / theta }

// exp and log have the same bits on every processor, unlike those of package math.
func exp(x float64) float64 {
	if x < 0 {
		return 1 / (1 + math.Expm1(-x))
	}
	return 1 + math.Expm1(x)
}

func log(x float64) float64 {
	fraction, exponent := math.Frexp(x)
	return math.Log1p(fraction-1) + float64(exponent)*math.Ln2
}

// forwardEssential raises the loss shares by rounds of (E7).
func (s *Solver) forwardEssential(w *program, rounds int) error {
	t, n := s.op.Table, s.op.n
	in, err := t.Inputs()
	if err != nil {
		return err
	}
	goods := w.tight
	for i, code := range t.Codes {
		goods[i] = isGoods(code)
	}
	for range rounds {
		copy(w.row, w.sigma)
		for i, lost := range w.row {
			if !goods[i] || lost <= 0 {
				continue
			}
			for j, a := range in.CostShare[i*n : (i+1)*n] {
				if goods[j] && a >= essentialShare {
					w.sigma[j] = math.Max(w.sigma[j], in.DomesticPart[i*n+j]*lost)
				}
			}
		}
	}
	return nil
}

// isGoods tells whether a BEA industry makes goods: agriculture (11), mining (21),
// construction (23) and manufacturing (31 to 33); codes of aggregates start alike.
func isGoods(code string) bool {
	if len(code) < 2 {
		return false
	}
	switch code[:2] {
	case "11", "21", "23", "31", "32", "33":
		return true
	}
	return false
}
