package assess

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"chokepoint/internal/catalog"
	"chokepoint/internal/economy"
	"chokepoint/internal/sample"
	"chokepoint/internal/scenario"
)

// Sampler computes draws of a fixed list of scenarios (model.md section 8). The
// list is that of the central data; where a draw leaves a country no net
// exports, its restriction costs nothing in that draw, and Draw says so.
//
// In a draw every market is cleared and every shortage shared anew. The economy
// answers through the adjoint of each scenario's central set of bounds, whose
// error against exact solves CheckAdjoint measures.
type Sampler struct {
	Scenarios []*Result // central

	e      *Engine
	op     *economy.Operator
	units  []int // units that any scenario touches, ascending
	draw   []unitDraw
	plans  []drawPlan // by scenario
	common sample.Stream
	kinds  []string // kinds of judged values that share part of their error
	keys   []uint64 // of kinds
	judged sample.Correlation
}

// ErrNoDraws says that a setting has no draws: its answers are not linear in the
// loss shares, so that the adjoint does not serve.
var ErrNoDraws = errors.New("no draws with this setting (downstream none or soft have them)")

// unitDraw draws the inputs of one unit.
type unitDraw struct {
	stream sample.Stream
	inputs []drawnInput
	keys   []uint64
	pins   []pin
}

// drawnInput is one input that varies.
type drawnInput struct {
	at        catalog.InputID
	dimension int // of the unit's stream
	of        sample.Distribution
	ratio     bool // the draw is a factor of the central value
	group     string
	common    int     // index into kinds, -1 = none
	low, high float64 // what the model takes; draws beyond stop there
}

// drawPlan is what the economy needs of a scenario in every draw.
type drawPlan struct {
	gradient []float64 // d(value added lost)/d(ub) by industry, shares
	idle     []float64 // central output change of industries that are at no bound, million USD: a bound above it does not bind
}

// Draw is one draw: numbers by scenario.
type Draw struct {
	Index      uint64
	LossMUSD   []float64
	Parts      []Parts
	PriceRatio []float64 // 0 where no price clears the market, or several markets
	UseCut     []float64
	Withdrawn  []bool // false where nothing was left to withdraw
}

// streamCommon names the stream of what all units share.
const streamCommon = "common errors of judgement"

// HasDraws tells whether a setting has draws.
func HasDraws(d economy.Downstream) bool { return d == economy.Soft || d == economy.None }

// NewSampler prepares draws of scenarios that were run. The seed and the names of
// the units alone decide the draws: other units in the list change none.
func (e *Engine) NewSampler(central []*Result, seed uint64) (*Sampler, error) {
	if !HasDraws(e.Method.Downstream) {
		return nil, fmt.Errorf("draws of downstream=%s: %w", e.Method.Downstream, ErrNoDraws)
	}
	op, err := e.Operator()
	if err != nil {
		return nil, err
	}
	s := &Sampler{Scenarios: central, e: e, op: op, common: sample.NewStream(seed, streamCommon), kinds: catalog.SharedErrors(), plans: make([]drawPlan, len(central))}
	if s.judged, err = sample.NewCorrelation(e.Method.JudgedCorrelation); err != nil {
		return nil, err
	}
	for _, r := range central {
		for i := range r.Units {
			s.units = append(s.units, r.Units[i].Unit)
		}
	}
	slices.Sort(s.units)
	s.units = slices.Compact(s.units)
	for _, kind := range s.kinds {
		s.keys = append(s.keys, sample.Key(kind))
	}
	s.draw = make([]unitDraw, len(e.Catalog.Units))
	for _, u := range s.units {
		if err := s.prepareUnit(u, seed); err != nil {
			return nil, fmt.Errorf("draws of %s: %w", e.Catalog.Units[u].ID, err)
		}
	}
	return s, s.planAll()
}

// planAll plans every scenario, shared among the processors.
func (s *Sampler) planAll() error {
	errs := make([]error, len(s.Scenarios))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			w := s.e.newWorker(s.op)
			for i := int(next.Add(1)) - 1; i < len(s.Scenarios); i = int(next.Add(1)) - 1 {
				errs[i] = s.plan(w, i, s.Scenarios[i])
			}
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("draws of %s: %w", s.Scenarios[i].Scenario.Canon(s.e.Catalog), err)
		}
	}
	return nil
}

// plan finds the adjoint of a scenario at its central answer: of the bounds that
// are active there, and of those of other industries that a draw may hit.
func (s *Sampler) plan(w *worker, i int, r *Result) error {
	n := len(s.e.Catalog.Industries)
	p := &s.plans[i]
	*p = drawPlan{gradient: make([]float64, n), idle: make([]float64, n)}
	if len(r.Units) == 0 {
		return nil
	}
	if err := w.bounds(r); err != nil {
		return err
	}
	if s.e.Method.Downstream == economy.None {
		for k := range r.Units {
			for _, j := range s.e.Figures[r.Units[k].Unit].Industries {
				p.gradient[j] = -s.op.Table.ValueAddedShare[j]
			}
		}
		return nil
	}
	solution, err := w.solver.Solve(w.bound, nil)
	if err != nil {
		return err
	}
	active := slices.Clone(solution.Active)
	copy(p.idle, solution.OutputChangeMUSD)
	for _, j := range active {
		p.idle[j] = 0 // a change of its bound counts from the start
	}
	if err := w.solver.Gradient(p.gradient, active); err != nil {
		return err
	}
	central := slices.Clone(p.gradient)
	for k := range r.Units {
		for _, j := range s.e.Figures[r.Units[k].Unit].Industries {
			if _, is := slices.BinarySearch(active, j); is || p.gradient[j] != 0 || !s.op.Table.Live[j] {
				continue
			}
			if p.gradient[j], err = w.solver.GradientBeyond(central, active, j); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepareUnit builds the distributions of a unit's inputs. An input keeps its
// dimension when it is edited, so that edited and central runs have paired draws.
func (s *Sampler) prepareUnit(unit int, seed uint64) error {
	c, e := s.e.Catalog, s.e
	spreads, err := c.Spreads(unit, e.Method.Judgement)
	if err != nil {
		return err
	}
	inputs := c.Inputs(unit)
	edited := map[string]bool{}
	for _, edit := range e.Edits {
		edited[edit.Key] = true
	}
	order := make([]int, 0, len(inputs))
	for k := range inputs {
		if spreads[k].Shape != catalog.Fixed {
			order = append(order, k)
		}
	}
	// The first dimensions fill space best: those that matter most come first.
	slices.SortStableFunc(order, func(a, b int) int { return catalog.Precedence(spreads[a]) - catalog.Precedence(spreads[b]) })
	d := &s.draw[unit]
	d.stream = sample.NewStream(seed, c.Units[unit].ID)
	for _, k := range order {
		in := inputs[k]
		dimension := len(d.keys)
		d.keys = append(d.keys, sample.Key(in.Key))
		if edited[in.Key] {
			continue
		}
		x, err := drawn(spreads[k], e.values[in.ID])
		if err != nil {
			return fmt.Errorf("%s: %w", in.Key, err)
		}
		if x == nil {
			continue
		}
		x.at, x.dimension, x.low, x.high, x.common = in.ID, dimension, in.Low, in.High, slices.Index(s.kinds, spreads[k].Common)
		if in.Group != "" && spreads[k].Shape == catalog.LogWidth { // re-scaled with its group afterwards
			x.high = math.MaxFloat64
		}
		d.inputs = append(d.inputs, *x)
	}
	d.pins = pins(inputs, edited)
	return nil
}

// pin is a block of shares in which some were edited: a draw keeps these and
// re-scales the others around them.
type pin struct {
	kept, others []catalog.InputID
}

func pins(inputs []catalog.Input, edited map[string]bool) []pin {
	var out []pin
	at := map[string]int{}
	for _, in := range inputs {
		if in.Group != "" && edited[in.Key] {
			if _, ok := at[in.Group]; !ok {
				at[in.Group] = len(out)
				out = append(out, pin{})
			}
		}
	}
	for _, in := range inputs {
		i, ok := at[in.Group]
		switch {
		case !ok:
		case edited[in.Key]:
			out[i].kept = append(out[i].kept, in.ID)
		default:
			out[i].others = append(out[i].others, in.ID)
		}
	}
	return out
}

// hold re-scales the shares that were drawn around those that were edited.
func (p pin) hold(v catalog.Values) {
	kept, others := 0.0, 0.0
	for _, id := range p.kept {
		kept += v[id]
	}
	for _, id := range p.others {
		others += v[id]
	}
	if others > 0 && kept < 1 {
		for _, id := range p.others {
			v[id] *= (1 - kept) / others
		}
	}
}

// drawn makes the distribution of an input; nil where it does not vary.
func drawn(s catalog.Spread, central float64) (*drawnInput, error) {
	x := &drawnInput{group: s.Group, ratio: s.Ratio}
	var err error
	switch s.Shape {
	case catalog.LogTwoPiece:
		x.of, err = sample.NewTwoPieceLogNormal(s.Low, s.Mode, s.High)
	case catalog.LogitTwoPiece:
		x.of, err = sample.NewTwoPieceLogitNormal(s.Low, s.Mode, s.High)
	case catalog.LogWidth:
		if central == 0 || s.HalfWidth == 0 {
			return nil, nil
		}
		x.of, err = sample.NewLogNormal(central, s.HalfWidth)
	default:
		return nil, nil
	}
	return x, err
}

// scratch is the workspace of one goroutine: an engine whose figures are those of
// the draw at hand.
type scratch struct {
	e       *Engine
	w       *worker
	values  catalog.Values
	point   []float64
	commonZ []float64
	results []Result
}

func (s *Sampler) newScratch() *scratch {
	e := &Engine{Catalog: s.e.Catalog, Method: s.e.Method, Figures: slices.Clone(s.e.Figures), values: s.e.values,
		units: make([]unitModel, len(s.e.units)), clearing: s.e.clearing}
	x := &scratch{e: e, w: e.newWorker(s.op), values: slices.Clone(s.e.values), commonZ: make([]float64, len(s.kinds)), results: make([]Result, len(s.Scenarios))}
	for i, r := range s.Scenarios {
		x.results[i] = Result{Scenario: r.Scenario, Units: make([]UnitOutcome, len(r.Units))}
	}
	return x
}

// inputs puts the inputs of a draw into the scratch engine.
func (s *Sampler) inputs(x *scratch, point uint64) error {
	x.point = zeros(x.point, len(s.kinds))
	s.common.Fill(x.point, point, s.keys)
	s.shared(x, x.point)
	for _, unit := range s.units {
		d := &s.draw[unit]
		x.point = zeros(x.point, len(d.keys))
		d.stream.Fill(x.point, point, d.keys)
		if err := s.unitInputs(x, unit, x.point); err != nil {
			return fmt.Errorf("draw %d: %w", point, err)
		}
	}
	return nil
}

// shared takes the coordinates of the errors that judged values of a kind share.
func (s *Sampler) shared(x *scratch, u []float64) {
	for k, v := range u {
		x.commonZ[k] = sample.NormalQuantile(v)
	}
}

// unitInputs takes the coordinates of the inputs of one unit, by dimension.
func (s *Sampler) unitInputs(x *scratch, unit int, u []float64) error {
	d := &s.draw[unit]
	for k := range d.inputs {
		in := &d.inputs[k]
		z := sample.NormalQuantile(u[in.dimension])
		if in.common >= 0 {
			z = s.judged.Normal(x.commonZ[in.common], z)
		}
		v := in.of.AtNormal(z)
		if in.ratio {
			v *= s.e.values[in.at]
		}
		x.values[in.at] = min(max(v, in.low), in.high)
	}
	for _, p := range d.pins {
		p.hold(x.values)
	}
	if err := x.e.bind(unit, x.values); err != nil {
		return err
	}
	path, err := x.e.trace(unit, s.op.Table)
	if err != nil {
		return err
	}
	x.e.units[unit].path = path
	return nil
}

// one computes a draw of every scenario.
func (s *Sampler) one(x *scratch, point uint64) (*Draw, error) {
	if err := s.inputs(x, point); err != nil {
		return nil, err
	}
	return s.answers(x, point)
}

// answers computes every scenario for the inputs in the scratch engine.
func (s *Sampler) answers(x *scratch, point uint64) (*Draw, error) {
	n := len(s.Scenarios)
	d := &Draw{Index: point, LossMUSD: make([]float64, n), Parts: make([]Parts, n), PriceRatio: make([]float64, n), UseCut: make([]float64, n), Withdrawn: make([]bool, n)}
	for i := range s.Scenarios {
		r := &x.results[i]
		for k := range r.Units {
			r.Units[k] = UnitOutcome{Unit: s.Scenarios[i].Units[k].Unit}
		}
		if len(r.Units) == 0 {
			continue
		}
		if err := x.w.clear(r); err != nil {
			return nil, fmt.Errorf("draw %d of %s: %w", point, r.Scenario.Canon(s.e.Catalog), err)
		}
		parts, err := s.totals(x, r, &s.plans[i])
		if err != nil {
			return nil, err
		}
		d.Parts[i], d.LossMUSD[i] = parts, parts.LossMUSD()
		for k := range r.Units {
			d.Withdrawn[i] = d.Withdrawn[i] || r.Units[k].Market.WithdrawnTonnes != 0 || r.Units[k].Targeting != nil && r.Units[k].Targeting.RefusedTonnes > 0
		}
		if len(r.Units) == 1 {
			d.PriceRatio[i], d.UseCut[i] = r.Units[0].Market.PriceRatio, r.Units[0].Market.UseCut
		}
	}
	return d, nil
}

// totals are the five parts of a scenario in a draw, (i) and (v) by the adjoint.
func (s *Sampler) totals(x *scratch, r *Result, p *drawPlan) (Parts, error) {
	t, va := s.op.Table, s.op.Table.ValueAddedShare
	var out Parts
	economyLoss := 0.0
	if len(r.Units) == 1 {
		unit := r.Units[0].Unit
		f := x.e.Figures[unit]
		x.w.losses = zeros(x.w.losses, len(f.Industries))
		if err := x.e.units[unit].path.Losses(x.w.losses, effectiveCut(r.Units[0].Market.UseCut)); err != nil {
			return out, err
		}
		own, producer := x.e.ownOutputMUSD(unit), x.e.Catalog.Units[unit].Producer
		for h, j := range f.Industries {
			stake := t.OutputMUSD[j]
			if j == producer {
				stake = max(0, stake-own)
			}
			lost, hit := p.answer(j, -x.w.losses[h]*stake)
			economyLoss += lost
			if x.w.losses[h] > hitShare {
				out.HitMUSD += va[j] * hit
			}
		}
	} else {
		if err := x.w.bounds(r); err != nil {
			return out, err
		}
		for _, j := range x.w.hit {
			lost, hit := p.answer(j, x.w.bound[j])
			economyLoss += lost
			out.HitMUSD += va[j] * hit
		}
	}
	out.RestMUSD = -economyLoss - out.HitMUSD
	for k := range r.Units {
		o := &r.Units[k]
		f := x.e.Figures[o.Unit]
		producer := x.e.Catalog.Units[o.Unit].Producer
		out.ProducerVolumeMUSD += va[producer] * f.PriceUSDPerTonne * o.OutputChange / 1e6
		if o.Market.HasPrice {
			rise := o.Market.PriceRise * f.PriceUSDPerTonne * x.e.Method.RepricedShare / 1e6
			out.ProducerPriceMUSD += rise * (o.PrimaryAfter + o.SecondaryAfter)
			out.UsersPriceMUSD -= rise * o.UseAfterTonnes
		}
	}
	share := r.Scenario.Months / scenario.FullYear
	out.HitMUSD *= share
	out.UsersPriceMUSD *= share
	out.ProducerVolumeMUSD *= share
	out.ProducerPriceMUSD *= share
	out.RestMUSD *= share
	return out, nil
}

// answer is what a bound costs the economy, and the output change of its industry.
// A bound that does not bind leaves the industry where the others put it.
func (p *drawPlan) answer(j int, bound float64) (lostMUSD, changeMUSD float64) {
	if bound >= p.idle[j] && p.idle[j] < 0 {
		return 0, p.idle[j]
	}
	return p.gradient[j] * (bound - min(0, p.idle[j])), bound
}

// drawBlock is how many draws a worker takes at once.
const drawBlock = 8

// Run computes draws from..to-1 and hands them to sink in their order. What sink
// gets does not depend on the number of workers. A cancelled context ends the run
// after the draws that were handed over.
func (s *Sampler) Run(ctx context.Context, from, to uint64, workers int, sink func(*Draw) error) error {
	return inOrder(ctx, from, to, workers, func() func(uint64) (*Draw, error) {
		x := s.newScratch()
		return func(k uint64) (*Draw, error) { return s.one(x, k) }
	}, sink)
}

// inOrder computes from..to-1 on workers, each with a function of its own from
// prepare, and hands what they give to sink in order.
func inOrder[D any](ctx context.Context, from, to uint64, workers int, prepare func() func(uint64) (D, error), sink func(D) error) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	blocks := (to - from + drawBlock - 1) / drawBlock
	type block struct {
		draws []D
		err   error
	}
	done := make([]chan block, blocks)
	for i := range done {
		done[i] = make(chan block, 1)
	}
	ahead := make(chan struct{}, 4*workers) // bounds what waits for its turn
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var next atomic.Uint64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			one := prepare()
			for {
				select {
				case ahead <- struct{}{}:
				case <-ctx.Done():
					return
				}
				i := next.Add(1) - 1
				if i >= blocks {
					return
				}
				var b block
				for k := from + i*drawBlock; k < min(to, from+(i+1)*drawBlock) && b.err == nil; k++ {
					var d D
					if d, b.err = one(k); b.err == nil {
						b.draws = append(b.draws, d)
					}
				}
				done[i] <- b
			}
		})
	}
	var err error
	for i := range done {
		select {
		case b := <-done[i]:
			<-ahead
			err = b.err
			for _, d := range b.draws {
				if err == nil {
					err = sink(d)
				}
			}
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err != nil {
			break
		}
	}
	cancel()
	wg.Wait()
	return err
}

// AdjointError is how far draws by the adjoint are from exact solves.
type AdjointError struct {
	Checked     int     // pairs of a draw and a scenario
	Median, P90 float64 // of |loss by the adjoint - exact| over the exact loss
	OfTotal     float64 // sum of the differences over the sum of the losses
	LargestMUSD float64 // the largest difference
	LargestOf   string  // its scenario
}

// CheckAdjoint solves a sample of draws exactly: n pairs of a draw below `draws`
// and a scenario, spread evenly and the same for the same arguments.
func (s *Sampler) CheckAdjoint(draws uint64, n int) (AdjointError, error) {
	out := AdjointError{}
	if s.e.Method.Downstream == economy.None || len(s.Scenarios) == 0 || draws == 0 {
		return out, nil
	}
	x := s.newScratch()
	var errs []float64
	differences, losses := 0.0, 0.0
	for k := range n {
		i := k * 7919 % len(s.Scenarios) // a prime apart, so that units mix
		if len(s.Scenarios[i].Units) == 0 {
			continue
		}
		d, err := s.one(x, uint64(k)*draws/uint64(n))
		if err != nil {
			return out, err
		}
		exact, err := s.exact(x, i)
		if err != nil {
			return out, err
		}
		if exact == 0 {
			continue
		}
		off := math.Abs(d.LossMUSD[i] - exact)
		errs = append(errs, off/math.Abs(exact))
		differences, losses = differences+off, losses+math.Abs(exact)
		if off > out.LargestMUSD {
			out.LargestMUSD, out.LargestOf = off, s.Scenarios[i].Scenario.Canon(s.e.Catalog)
		}
	}
	slices.Sort(errs)
	if out.Checked = len(errs); out.Checked > 0 {
		out.OfTotal = differences / losses
		out.Median, out.P90 = errs[len(errs)/2], errs[len(errs)*9/10]
	}
	return out, nil
}

// exact solves scenario i for the inputs that stand in the scratch engine.
func (s *Sampler) exact(x *scratch, i int) (float64, error) {
	r := &Result{Scenario: s.Scenarios[i].Scenario, Units: make([]UnitOutcome, len(s.Scenarios[i].Units))}
	for k := range r.Units {
		r.Units[k].Unit = s.Scenarios[i].Units[k].Unit
	}
	if err := x.w.clear(r); err != nil {
		return 0, err
	}
	for k := range r.Units {
		x.e.units[r.Units[k].Unit].response = s.e.units[r.Units[k].Unit].response // prepared: bounds needs the path alone
	}
	err := x.w.direct(r, false)
	for k := range r.Units {
		x.e.units[r.Units[k].Unit].response = nil
	}
	return r.LossMUSD, err
}
