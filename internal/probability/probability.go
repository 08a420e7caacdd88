// Package probability says how likely it is that a country restricts exports of
// a unit within a year (model.md section 7):
//
//	1                        an export control is in force
//	1 - (1 + 1/B_c)^(-A_c)   else: the country's hazard, Gamma-Poisson
//	A_c = a + n_c/phi,  B_c = b + E_c/phi
//
// n_c counts the units that the country's decisions hit since 2009, E_c the
// unit-years it could have hit (units of which it is a net exporter, times
// years). One decision hits several units at once; phi = SUM h^2 / SUM h over
// decisions of h units makes that count as fewer independent ones. The prior
// (a, b) is the maximum of the marginal likelihood over all exporting countries,
// so countries without a record are drawn to the world rate.
//
// The records are thin: ranges are wide, and the left-out score stands beside
// that of the plain frequency (Fit.Score). Published points never enter the fit.
package probability

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
	"chokepoint/internal/scenario"
)

// Names of the models.
const (
	Fitted    = "fitted"    // controls in force, and the hazard; the default
	Published = "published" // controls and points that others published; the hazard elsewhere
)

// First and last year of the records of decisions, and the last year that the
// left-out score is fitted to.
const (
	firstYear   = 2009
	lastYear    = 2025
	lastFitYear = 2021
)

// Bases of an estimate.
const (
	Control  = "control in force"
	Anchor   = "published anchor"
	Hazard   = "country hazard"
	NoExport = "no net exports"
)

// Estimate is a probability with its 90 % range and its basis.
type Estimate struct {
	Probability, Low, High float64
	Basis                  string
	Row                    int // of the table that the basis names; -1 for the hazard
}

// CountryHazard is the record of one country.
type CountryHazard struct {
	Country     string
	Hits        float64 // n_c: units hit, summed over decisions
	Exposure    float64 // E_c: unit-years
	Frequency   float64 // n_c / E_c
	Shape, Rate float64 // A_c, B_c of the posterior, per unit and year
	Estimate
}

// Fit is how the hazard was fitted.
type Fit struct {
	PriorShape, PriorRate float64 // a, b
	Clustering            float64 // phi
	Decisions             int
	Score, FrequencyScore float64 // mean squared error over left-out unit-years, fitted and plain frequency
	LeftOut               int     // left-out unit-years
	LeftOutHits           float64 // units hit in them
	Expected              float64 // units hit that the fit expected
	HitsAtZero            float64 // units hit to which the plain frequency gave probability 0
}

// Model gives probabilities.
type Model struct {
	Name string
	Fit  Fit

	c        *catalog.Catalog
	hazards  map[string]CountryHazard
	controls map[[2]string]int // unit, country -> row of controls_in_force
}

// decision is one row of table restriction_decisions.
type decision struct {
	country string
	year    int
	units   []int
}

// New fits the hazard to the records, for the figures of all units.
func New(c *catalog.Catalog, figures []*catalog.Figures, name string) (*Model, error) {
	names := []string{Fitted, Published}
	if !slices.Contains(names, name) {
		return nil, &fault.Error{Code: fault.Usage, File: "--probability", What: "unknown model " + fault.Quote(name), Expected: "one of " + strings.Join(names, ", "), DidYouMean: fault.Nearest(name, names)}
	}
	m := &Model{Name: name, c: c, hazards: map[string]CountryHazard{}, controls: map[[2]string]int{}}
	t, err := c.Package.Table("controls_in_force")
	if err != nil {
		return nil, err
	}
	if _, err := c.Package.CheckReferences("controls_in_force"); err != nil {
		return nil, err
	}
	for row, unit := range t.Text("commodity") {
		m.controls[[2]string{unit, t.Text("country")[row]}] = row
	}
	decisions, err := readDecisions(c)
	if err != nil {
		return nil, err
	}
	exports := map[string][]int{} // units of which a country is a net exporter
	for i := range c.Units {
		for k, code := range c.Units[i].Countries {
			if code != catalog.USA && code != catalog.Remainder && scenario.NetExporter(figures[i], k) {
				exports[code] = append(exports[code], i)
			}
		}
	}
	// A country that was hit by its own decision had the unit to export, whatever
	// the tables of today say.
	for _, d := range decisions {
		for _, u := range d.units {
			if !slices.Contains(exports[d.country], u) {
				exports[d.country] = append(exports[d.country], u)
			}
		}
	}
	records := tally(decisions, exports, lastYear)
	prior := fitPrior(records.of, records.phi)
	m.Fit = Fit{PriorShape: prior.shape, PriorRate: prior.rate, Clustering: records.phi, Decisions: len(decisions)}
	for _, r := range records.of {
		m.hazards[r.country] = prior.posterior(r, records.phi)
	}
	m.score(decisions, exports)
	return m, nil
}

func readDecisions(c *catalog.Catalog) ([]decision, error) {
	t, err := c.Package.Table("restriction_decisions")
	if err != nil {
		return nil, err
	}
	if _, err := c.Package.CheckReferences("restriction_decisions"); err != nil {
		return nil, err
	}
	var out []decision
	for row, country := range t.Text("country") {
		year, err := strconv.Atoi(t.Text("date")[row][:4])
		if err != nil {
			return nil, t.Fault(row, "date", "no year", "a date such as 2025-04-04")
		}
		d := decision{country: country, year: year}
		for _, id := range strings.Split(t.Text("commodities")[row], ";") {
			u, ok := c.Unit(id)
			if !ok {
				return nil, t.Fault(row, "commodities", fault.Quote(id)+" is no commodity unit", "units of table commodities, joined by ;")
			}
			d.units = append(d.units, u)
		}
		if year >= firstYear && year <= lastYear {
			out = append(out, d)
		}
	}
	return out, nil
}

// record is what one country did.
type record struct {
	country        string
	hits, exposure float64
}

type recordSet struct {
	of  []record // by country code
	phi float64
}

// tally counts units hit and unit-years up to a year.
func tally(decisions []decision, exports map[string][]int, until int) recordSet {
	hits := map[string]float64{}
	sum, squares := 0.0, 0.0
	for _, d := range decisions {
		if d.year > until {
			continue
		}
		h := float64(len(d.units))
		hits[d.country] += h
		sum, squares = sum+h, squares+h*h
	}
	out := recordSet{phi: 1}
	if sum > 0 {
		out.phi = squares / sum
	}
	for country, units := range exports {
		out.of = append(out.of, record{country, hits[country], float64(len(units) * (until - firstYear + 1))})
	}
	slices.SortFunc(out.of, func(a, b record) int { return cmp.Compare(a.country, b.country) })
	return out
}

// gamma is a Gamma prior of yearly rates.
type gamma struct{ shape, rate float64 }

// fitPrior maximises the marginal (negative binomial) likelihood of the counts
// n/phi at exposures E/phi. For a shape the best rate solves SUM (a+n)/(b+E) =
// C a/b; the shape is found by golden section on its logarithm, to three digits.
func fitPrior(records []record, phi float64) gamma {
	bestRate := func(a float64) float64 {
		low, high := 1e-6, 1e9
		for range 200 {
			b := math.Sqrt(low * high)
			sum := 0.0
			for _, r := range records {
				sum += (a + r.hits/phi) / (b + r.exposure/phi)
			}
			if sum*b > float64(len(records))*a {
				high = b
			} else {
				low = b
			}
		}
		return math.Sqrt(low * high)
	}
	likelihood := func(logA float64) float64 {
		a := math.Exp(logA)
		b := bestRate(a)
		sum := 0.0
		g0, _ := math.Lgamma(a)
		for _, r := range records {
			n, e := r.hits/phi, r.exposure/phi
			g1, _ := math.Lgamma(a + n)
			sum += g1 - g0 - a*math.Log1p(e/b) + n*(math.Log(1/(b+e)))
		}
		return sum
	}
	low, high := math.Log(1e-3), math.Log(1e3)
	const golden = 0.6180339887498949
	x1, x2 := high-golden*(high-low), low+golden*(high-low)
	f1, f2 := likelihood(x1), likelihood(x2)
	for high-low > 1e-5 {
		if f1 > f2 {
			high, x2, f2 = x2, x1, f1
			x1 = high - golden*(high-low)
			f1 = likelihood(x1)
		} else {
			low, x1, f1 = x1, x2, f2
			x2 = low + golden*(high-low)
			f2 = likelihood(x2)
		}
	}
	// Rounded, so that the last bits of the search, which differ between
	// processors, do not reach a probability.
	a := roundTo(math.Exp((low+high)/2), 3)
	return gamma{a, roundTo(bestRate(a), 6)}
}

func roundTo(x float64, digits int) float64 {
	v, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64)
	if err != nil {
		return x
	}
	return v
}

func (g gamma) posterior(r record, phi float64) CountryHazard {
	h := CountryHazard{Country: r.country, Hits: r.hits, Exposure: r.exposure, Shape: g.shape + r.hits/phi, Rate: g.rate + r.exposure/phi}
	if r.exposure > 0 {
		h.Frequency = r.hits / r.exposure
	}
	d := distuv.Gamma{Alpha: h.Shape, Beta: h.Rate}
	h.Estimate = Estimate{Probability: -math.Expm1(-h.Shape * math.Log1p(1/h.Rate)),
		Low: -math.Expm1(-d.Quantile(0.05)), High: -math.Expm1(-d.Quantile(0.95)), Basis: Hazard, Row: -1}
	return h
}

// score fits to the years up to lastFitYear and scores the rest: mean squared
// error over unit-years, of the fit and of the plain frequency.
func (m *Model) score(decisions []decision, exports map[string][]int) {
	records := tally(decisions, exports, lastFitYear)
	prior := fitPrior(records.of, records.phi)
	type cell struct {
		country    string
		unit, year int
	}
	hit := map[cell]bool{}
	for _, d := range decisions {
		for _, u := range d.units {
			hit[cell{d.country, u, d.year}] = true
		}
	}
	for _, r := range records.of {
		h := prior.posterior(r, records.phi)
		for _, u := range exports[r.country] {
			for year := lastFitYear + 1; year <= lastYear; year++ {
				y := 0.0
				if hit[cell{r.country, u, year}] {
					y = 1
				}
				m.Fit.LeftOut++
				m.Fit.LeftOutHits += y
				m.Fit.Expected += h.Probability
				if h.Frequency == 0 {
					m.Fit.HitsAtZero += y
				}
				m.Fit.Score += (h.Probability - y) * (h.Probability - y)
				m.Fit.FrequencyScore += (h.Frequency - y) * (h.Frequency - y)
			}
		}
	}
	m.Fit.Score /= float64(m.Fit.LeftOut)
	m.Fit.FrequencyScore /= float64(m.Fit.LeftOut)
}

// Country returns a country's hazard; ok is false for one that exports nothing.
func (m *Model) Country(code string) (h CountryHazard, ok bool) {
	h, ok = m.hazards[code]
	return h, ok
}

// Of returns the probability that a country restricts a unit within a year.
func (m *Model) Of(unit int, country string) Estimate {
	certain := func(p float64, basis string, row int) Estimate { return Estimate{p, p, p, basis, row} }
	if m.Name == Published {
		whole := Estimate{Row: -1}
		for _, a := range m.c.Anchors() {
			if a.Country != country || a.Kind == "upper bound" {
				continue
			}
			if a.Commodity == m.c.Units[unit].ID {
				return certain(a.Probability, a.Kind, a.Row)
			}
			if a.Commodity == "*" {
				whole = certain(a.Probability, a.Kind, a.Row)
			}
		}
		if whole.Row >= 0 {
			return whole
		}
	} else if row, ok := m.controls[[2]string{m.c.Units[unit].ID, country}]; ok {
		return certain(1, Control, row)
	}
	if h, ok := m.hazards[country]; ok {
		return h.Estimate
	}
	return certain(0, NoExport, -1)
}

// Joint is the probability that the withdrawals of a baseline scenario happen:
// that of its country, or for a bloc that of the member most likely to act.
func (m *Model) Joint(s scenario.Scenario) (e Estimate, known bool) {
	for _, w := range s.Withdrawals {
		if w.Kind != scenario.ExportRestriction || w.Targeted() || w.Unit != s.Withdrawals[0].Unit {
			return Estimate{}, false
		}
		if len(s.Blocs) == 0 && w.Country != s.Withdrawals[0].Country {
			return Estimate{}, false
		}
		for _, member := range s.Market(w.Country) {
			if one := m.Of(w.Unit, member); one.Probability >= e.Probability {
				e, known = one, true
			}
		}
	}
	return e, known
}

// Origin is the table row behind an estimate; ok is false for a hazard.
func (m *Model) Origin(e Estimate) (row catalog.SourceRow, ok bool) {
	switch {
	case e.Row < 0:
		return row, false
	case m.Name == Published:
		return m.c.AnchorOrigin(e.Row), true
	}
	return m.c.ControlOrigin(e.Row), true
}

// Note says in words what the probabilities stand on.
func (m *Model) Note() string {
	if m.Name == Published {
		var points []string
		controls := 0
		for _, a := range m.c.Anchors() {
			switch {
			case a.Kind == Control:
				controls++
			case a.Kind == Anchor && a.Commodity == "*":
				points = append(points, fmt.Sprintf("%s %.3g", a.Country, a.Probability))
			}
		}
		return fmt.Sprintf("probability published: 1 for %d controls in force, %s for other units, the fitted hazard elsewhere", controls, strings.Join(points, ", "))
	}
	return fmt.Sprintf("probability fitted: 1 for %d controls in force, elsewhere a hazard per country from %d decisions of %d to %d; the records are thin", len(m.controls), m.Fit.Decisions, firstYear, lastYear)
}
