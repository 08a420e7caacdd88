package stockpile

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
	"chokepoint/internal/path"
	"chokepoint/internal/probability"
	"chokepoint/internal/quantile"
	"chokepoint/internal/sample"
	"chokepoint/internal/scenario"
)

// Parameters are those of table stockpile_parameters, by name.
type Parameters map[string]catalog.Triple

// parameterNames are the rows that the table must have.
var parameterNames = []string{"interest", "holding_cost", "stop_given_control", "stop_months", "usable_commercial_share"}

// ReadParameters reads table stockpile_parameters.
func ReadParameters(c *catalog.Catalog) (Parameters, error) {
	t, err := c.Package.Table("stockpile_parameters")
	if err != nil {
		return nil, err
	}
	out := Parameters{}
	for row, name := range t.Text("parameter") {
		x := catalog.Triple{Low: t.Numbers("low")[row], Mode: t.Numbers("mode")[row], High: t.Numbers("high")[row]}
		if !slices.Contains(parameterNames, name) {
			f := t.Fault(row, "parameter", "unknown parameter "+fault.Quote(name), "one of the shipped table")
			f.DidYouMean = fault.Nearest(name, parameterNames)
			return nil, f
		}
		high := 1.0
		if name == "stop_months" {
			high = MaxStopMonths
		}
		if !(x.Low > 0 && x.Low <= x.Mode && x.Mode <= x.High && x.High <= high) {
			return nil, t.Fault(row, "mode", fmt.Sprintf("low %g, mode %g, high %g", x.Low, x.Mode, x.High), fmt.Sprintf("ascending, above 0 to %g", high))
		}
		out[name] = x
	}
	for _, name := range parameterNames {
		if _, ok := out[name]; !ok {
			return nil, &fault.Error{Code: fault.InvalidData, File: "stockpile_parameters.csv", What: "no row for parameter " + name, Expected: "a row for every parameter"}
		}
	}
	return out, nil
}

// Preset is a row of table stockpile_presets.
type Preset struct {
	Name, Economy, Kind, Meaning string
	Amount                       float64 // days of use, or million USD
}

// Kinds of a preset.
const (
	DaysOfUse   = "days"
	MoneyBudget = "budget"
)

// Largest amounts of a preset.
const (
	maxDays       = 36_500
	maxBudgetMUSD = 1e9
)

// Presets reads table stockpile_presets. An amount that nobody can mean is an error
// with its place.
func Presets(c *catalog.Catalog) ([]Preset, error) {
	t, err := c.Package.Table("stockpile_presets")
	if err != nil {
		return nil, err
	}
	var out []Preset
	for row, name := range t.Text("preset") {
		high := float64(maxBudgetMUSD)
		if t.Text("kind")[row] == DaysOfUse {
			high = maxDays
		}
		if x := t.Numbers("amount")[row]; !(x > 0 && x <= high) {
			return nil, t.Fault(row, "amount", fmt.Sprintf("%g %s", x, t.Text("unit")[row]), fmt.Sprintf("above 0 to %g", high))
		}
		out = append(out, Preset{name, t.Text("economy")[row], t.Text("kind")[row], t.Text("meaning")[row], t.Numbers("amount")[row]})
	}
	return out, nil
}

// MaxStopMonths is the length at which a stop is cut off: later other mines and
// plants have taken over.
const MaxStopMonths = 60

// stopLengths is how many lengths of a stop stand for their distribution.
const stopLengths = 16

// cuts are the shares of a country's exports at which the loss is computed.
var cuts = []float64{.03, .08, .15, .25, .4, .55, .7, .85, 1}

// Plan holds the answers of the model that stocks of some units need.
type Plan struct {
	Units []UnitPlan

	e       *assess.Engine
	p       *probability.Model
	q       Parameters
	results []*assess.Result
}

// UnitPlan is one unit: a stop by every net exporter, and the loss along the cut.
type UnitPlan struct {
	Unit  int
	Stops []Stop
	curve []int // results with rising cuts of use, of the country that can cut most
}

// Stop is the stop of all exports of a country.
type Stop struct {
	Country     string
	Probability probability.Estimate // that it restricts exports, a year
	result      int
}

// NewPlan runs the stops of all net exporters of the units, and partial ones of the
// country that can cut most.
func NewPlan(ctx context.Context, e *assess.Engine, p *probability.Model, q Parameters, units []int, workers int) (*Plan, error) {
	x := &Plan{e: e, p: p, q: q}
	var scenarios []scenario.Scenario
	for _, u := range units {
		x.Units = append(x.Units, UnitPlan{Unit: u})
	}
	for _, s := range scenario.Baseline(e.Catalog, e.Figures, units) {
		if w := s.Withdrawals[0]; w.Kind == scenario.ExportRestriction {
			at := slices.Index(units, w.Unit)
			x.Units[at].Stops = append(x.Units[at].Stops, Stop{w.Country, p.Of(w.Unit, w.Country), len(scenarios)})
			scenarios = append(scenarios, s)
		}
	}
	results, err := e.Run(ctx, scenarios, assess.Options{Workers: workers})
	if err != nil {
		return nil, err
	}
	x.results = results
	scenarios = nil
	for i := range x.Units {
		u := &x.Units[i]
		slices.SortStableFunc(u.Stops, func(a, b Stop) int { return -cmp.Compare(x.weight(a), x.weight(b)) })
		if len(u.Stops) == 0 {
			continue
		}
		most := slices.MaxFunc(u.Stops, func(a, b Stop) int {
			return cmp.Compare(results[a.result].Units[0].Market.UseCut, results[b.result].Units[0].Market.UseCut)
		})
		for _, phi := range cuts {
			s := scenario.Single(u.Unit, most.Country, scenario.ExportRestriction)
			s.Withdrawals[0].Fraction = phi
			u.curve = append(u.curve, len(results)+len(scenarios))
			scenarios = append(scenarios, s)
		}
	}
	more, err := e.Run(ctx, scenarios, assess.Options{Workers: workers})
	if err != nil {
		return nil, err
	}
	x.results = append(x.results, more...)
	return x, nil
}

// weight orders stops: chance times cut.
func (x *Plan) weight(s Stop) float64 {
	return s.Probability.Probability * x.results[s.result].Units[0].Market.UseCut
}

// draw is what one draw says of the scenarios of a plan.
type draw struct {
	cut, loss   func(result int) float64 // cut of use; loss of real GDP (i) + (v), million USD a year
	probability func(s Stop) float64
	stop        float64 // chance a year that a control becomes a full stop
	usable      float64
	carrying    Carrying
}

// central is the draw of modes.
func (x *Plan) central() draw {
	return draw{
		cut:         func(i int) float64 { return x.results[i].Units[0].Market.UseCut },
		loss:        func(i int) float64 { return -(x.results[i].Parts.HitMUSD + x.results[i].Parts.RestMUSD) },
		probability: func(s Stop) float64 { return s.Probability.Probability },
		stop:        x.q["stop_given_control"].Mode, usable: x.q["usable_commercial_share"].Mode,
		carrying: Carrying{x.q["interest"].Mode, x.q["holding_cost"].Mode},
	}
}

// lengths are the lengths of a stop in months, equally likely.
func (x *Plan) lengths() ([]float64, error) {
	q := x.q["stop_months"]
	d, err := sample.NewTwoPieceLogNormal(q.Low, q.Mode, q.High)
	if err != nil {
		return nil, fmt.Errorf("length of a stop: %w", err)
	}
	out := make([]float64, stopLengths)
	for i := range out {
		out[i] = min(MaxStopMonths, d.Value((float64(i)+.5)/stopLengths))
	}
	return out, nil
}

// holding is a unit in a draw; nil where no stop cuts use, or nothing is used.
func (x *Plan) holding(u *UnitPlan, d *draw, lengths []float64) (*Holding, error) {
	f := x.e.Figures[u.Unit]
	var cut, loss []float64
	last := 0.0
	for _, i := range u.curve {
		if r := d.cut(i); r > last && r <= 1 {
			cut, loss = append(cut, r), append(loss, d.loss(i))
			last = r
		}
	}
	if len(cut) == 0 || !(f.UseTonnes > 0) || !(f.PriceUSDPerTonne > 0) {
		return nil, nil
	}
	curve, err := NewCurve(cut, loss, f.UseTonnes)
	if err != nil {
		return nil, err
	}
	var outcomes []Outcome
	for _, s := range u.Stops {
		r, rate := d.cut(s.result), d.probability(s)*d.stop
		if r <= 0 || rate <= 0 {
			continue
		}
		for _, months := range lengths {
			// What is in commercial stocks is used first.
			short := min(1, r)*months - d.usable*f.StockMonths
			if short > 0 {
				outcomes = append(outcomes, Outcome{Rate: rate / float64(len(lengths)), Tonnes: short / 12 * f.UseTonnes, UseTonnes: months / 12 * f.UseTonnes})
			}
		}
	}
	return NewHolding(curve, f.PriceUSDPerTonne/1e6, outcomes)
}

// Row is one unit of a portfolio.
type Row struct {
	Unit            int
	Country         string // of the stop that counts most
	StopChance      float64
	Tonnes          float64
	CostMUSD        float64
	AvoidedMUSD     float64 // expected, a year
	UsedMUSD        float64 // cost of the tonnes used up, expected, a year
	CarryingMUSD    float64 // a year
	ExpectedMUSD    float64 // expected loss a year of full stops, without a stock
	InsuranceTonnes float64 // by (S1)
	CumulativeMUSD  float64
	Avoided         []float64 // by draw; nil without draws
	Insurance       []float64 // tonnes, by draw
}

// PerDollar is the loss avoided a year per dollar of stock.
func (r *Row) PerDollar() float64 {
	if r.CostMUSD == 0 {
		return 0
	}
	return r.AvoidedMUSD / r.CostMUSD
}

// Ask is what to stock.
type Ask struct {
	BudgetMUSD float64 // negative = all that is worth it
	Days       float64 // of use of every unit; 0 = by gain
}

// Portfolio gives a row for every unit, those with the most loss avoided per dollar
// first.
func (x *Plan) Portfolio(ask Ask) ([]Row, error) {
	lengths, err := x.lengths()
	if err != nil {
		return nil, err
	}
	d := x.central()
	rows := make([]Row, len(x.Units))
	var holdings []*Holding
	var of []int
	for i := range x.Units {
		u := &x.Units[i]
		rows[i] = Row{Unit: u.Unit}
		h, err := x.holding(u, &d, lengths)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", x.e.Catalog.Units[u.Unit].ID, err)
		}
		if h == nil {
			continue
		}
		rows[i].Country, rows[i].StopChance = u.Stops[0].Country, d.probability(u.Stops[0])*d.stop
		rows[i].InsuranceTonnes, rows[i].ExpectedMUSD = h.Insure(d.carrying), h.ExpectedMUSD()
		holdings, of = append(holdings, h), append(of, i)
	}
	tonnes := make([]float64, len(holdings))
	switch {
	case ask.Days > 0:
		for k, i := range of {
			tonnes[k] = ask.Days / 365 * x.e.Figures[rows[i].Unit].UseTonnes
		}
	case ask.BudgetMUSD >= 0:
		if tonnes, _, err = Portfolio(holdings, d.carrying, ask.BudgetMUSD); err != nil {
			return nil, err
		}
	default:
		for k, i := range of {
			tonnes[k] = rows[i].InsuranceTonnes
		}
	}
	for k, i := range of {
		r := &rows[i]
		r.Tonnes, r.CostMUSD = tonnes[k], tonnes[k]*holdings[k].tonneMUSD
		r.AvoidedMUSD, r.UsedMUSD = holdings[k].AvoidedMUSD(r.Tonnes)
		r.CarryingMUSD = r.CostMUSD * d.carrying.Share()
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(-cmp.Compare(a.PerDollar(), b.PerDollar()), -cmp.Compare(a.ExpectedMUSD, b.ExpectedMUSD), cmp.Compare(a.Unit, b.Unit))
	})
	sum := 0.0
	for i := range rows {
		sum += rows[i].CostMUSD
		rows[i].CumulativeMUSD = sum
	}
	return rows, nil
}

// Draw adds draws to rows: of the inputs of the model, of the hazards, and of the
// parameters of stocks. Tonnes used, prices and commercial stocks stay central.
func (x *Plan) Draw(ctx context.Context, rows []Row, n int, seed uint64, workers int) error {
	lengths, err := x.lengths()
	if err != nil {
		return err
	}
	s, err := x.e.NewSampler(x.results, seed)
	if err != nil {
		return err
	}
	hazards, err := x.p.NewSampler(seed)
	if err != nil {
		return err
	}
	events := map[int]probability.Event{}
	for i := range x.Units {
		for _, stop := range x.Units[i].Stops {
			if e, known := hazards.Event(x.results[stop.result].Scenario); known {
				events[stop.result] = e
			}
		}
	}
	var of [4]sample.Distribution
	names := []string{"interest", "holding_cost", "stop_given_control", "usable_commercial_share"}
	for k, name := range names {
		t := x.q[name]
		if k < 2 {
			of[k], err = sample.NewTwoPieceLogNormal(t.Low, t.Mode, t.High)
		} else {
			of[k], err = sample.NewTwoPieceLogitNormal(t.Low, t.Mode, t.High)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	at := map[int]*UnitPlan{}
	for i := range x.Units {
		at[x.Units[i].Unit] = &x.Units[i]
	}
	stream := sample.NewStream(seed, "stockpile")
	return s.Run(ctx, 0, uint64(n), workers, func(drawn *assess.Draw) error {
		hazards.At(drawn.Index)
		var v [4]float64
		for k, name := range names {
			v[k] = of[k].Value(stream.Uniform(drawn.Index, k, sample.Key(name)))
		}
		d := draw{
			cut:  func(i int) float64 { return drawn.UseCut[i] },
			loss: func(i int) float64 { return -(drawn.Parts[i].HitMUSD + drawn.Parts[i].RestMUSD) },
			probability: func(s Stop) float64 {
				if e, known := events[s.result]; known {
					return hazards.Probability(e)
				}
				return s.Probability.Probability
			},
			carrying: Carrying{v[0], v[1]}, stop: v[2], usable: v[3],
		}
		for i := range rows {
			r := &rows[i]
			avoided, insurance := 0.0, 0.0
			h, err := x.holding(at[r.Unit], &d, lengths)
			if err != nil {
				return fmt.Errorf("draw %d of %s: %w", drawn.Index, x.e.Catalog.Units[r.Unit].ID, err)
			}
			if h != nil {
				avoided, _ = h.AvoidedMUSD(r.Tonnes)
				insurance = h.Insure(d.carrying)
			}
			r.Avoided, r.Insurance = append(r.Avoided, avoided), append(r.Insurance, insurance)
		}
		return nil
	})
}

// Cover is the stock that keeps industry from being short.
type Cover struct {
	Country      string
	Tonnes       float64 // smallest home stock with P(short within the months) at most the target
	ChanceShort  float64 // without a stock
	MedianTonnes float64 // what half of the draws need
	Draws        int
	Unstable     int // draws rejected
}

// Cover follows a full stop by the country that counts most through n draws, and
// adds up what use at home falls short of the base year in the months from the
// start to `within`. A draw in which no industry is short needs no stock. The stock
// is sold to home users alone, who then use what they did before. It is nil for a
// unit that no stop can hit.
func (x *Plan) Cover(ctx context.Context, u *UnitPlan, target float64, within, n int, seed uint64, workers int) (*Cover, error) {
	if len(u.Stops) == 0 {
		return nil, nil
	}
	parameters, err := assess.PathParameters(x.e.Catalog)
	if err != nil {
		return nil, err
	}
	s, err := x.e.NewSampler([]*assess.Result{x.results[u.Stops[0].result]}, seed)
	if err != nil {
		return nil, err
	}
	q := &assess.PathQuestion{Horizon: within, Timing: assess.Timing{Profile: path.FullStop()}, Parameters: parameters, StockPrice: path.ClosingUsable}
	c := &Cover{Country: u.Stops[0].Country}
	monthly := x.e.Figures[u.Unit].UseTonnes / 12
	var need []float64
	err = s.Paths(ctx, q, seed, 0, uint64(n), workers, true, func(d *assess.PathDraw) error {
		if d.Unstable[0] {
			c.Unstable++
			return nil
		}
		tonnes := 0.0
		if d.Summary[0].Short {
			c.ChanceShort++
			for _, m := range d.Months[0] {
				tonnes += max(0, 1-m.UseShare) * monthly
			}
		}
		need = append(need, tonnes)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if c.Draws = len(need); c.Draws == 0 {
		return c, nil
	}
	c.ChanceShort /= float64(c.Draws)
	c.Tonnes = smallest(need, target)
	half, err := quantile.Exact(need, .5)
	if err != nil {
		return nil, err
	}
	c.MedianTonnes = half[0]
	return c, nil
}

// smallest is the smallest value that at most the share target of values exceed.
func smallest(values []float64, target float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	above := int(math.Floor(target*float64(len(sorted)) + 1e-9))
	if above >= len(sorted) {
		return 0
	}
	return sorted[len(sorted)-1-above]
}

// Levels of the stock in a unit's program: halves of a month of shortage.
const (
	levelsPerMonth = 2
	levelMonths    = MaxStopMonths
)

// UnitProgram is the stationary program of a unit: months in which trade is normal
// or the country that counts most sells nothing.
type UnitProgram struct {
	Country     string
	StepTonnes  float64 // between two levels
	Policy      *Policy // regimes: normal, stopped
	TargetLevel int     // where a normal month ends from an empty stock
	StopChance  float64 // a year
	StopMonths  float64 // mean length
}

// Program solves (S2) for a unit month by month: buying and selling at the base
// price in normal months, none bought in a stop, what is released used at home. It
// is nil for a unit that no stop can hit.
func (x *Plan) Program(u *UnitPlan) (*UnitProgram, error) {
	lengths, err := x.lengths()
	if err != nil {
		return nil, err
	}
	d := x.central()
	h, err := x.holding(u, &d, lengths)
	if err != nil || h == nil {
		return nil, err
	}
	f := x.e.Figures[u.Unit]
	r := min(1, d.cut(u.Stops[0].result))
	if r <= 0 {
		return nil, nil
	}
	out := &UnitProgram{Country: u.Stops[0].Country, StepTonnes: r * f.UseTonnes / 12 / levelsPerMonth, StopChance: d.probability(u.Stops[0]) * d.stop}
	for _, m := range lengths {
		out.StopMonths += m / stopLengths
	}
	begin, end := out.StopChance/12, min(1, 1/out.StopMonths)
	p := &Program{Levels: levelsPerMonth*levelMonths + 1, Transition: [][]float64{{1 - begin, begin}, {end, 1 - end}}, Discount: 1 / (1 + d.carrying.Money/12),
		Cost: func(level, regime, next int) (float64, bool) {
			bought := float64(next-level) * out.StepTonnes
			keep := d.carrying.Holding / 12 * h.tonneMUSD * float64(next) * out.StepTonnes
			if regime == 0 {
				return h.tonneMUSD*bought + keep, true
			}
			if next > level || level-next > levelsPerMonth {
				return 0, false
			}
			return h.curve.LossMUSD(max(0, r+12*bought/f.UseTonnes))/12 + keep, true
		}}
	if out.Policy, err = p.Solve(); err != nil {
		return nil, err
	}
	out.TargetLevel = out.Policy.Next[0][0]
	return out, nil
}
