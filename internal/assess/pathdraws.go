package assess

import (
	"context"
	"fmt"
	"math"

	"chokepoint/internal/path"
	"chokepoint/internal/sample"
)

// streamPath is the stream of the parameters of paths, which all commodities share.
const streamPath = "parameters of paths"

// pathSampler draws paths: the inputs of the units as Sampler does, the parameters
// from a stream of their own.
type pathSampler struct {
	*Sampler
	q      *PathQuestion
	stream sample.Stream
	keys   []uint64
	of     []sample.Distribution // nil: fixed
}

// PathDraw is one draw of the paths of the sampler's scenarios.
type PathDraw struct {
	Index    uint64
	Unstable []bool         // rejected: the path would swing ever wider (path.Margin)
	Summary  []PathSummary  // by scenario; zero where rejected
	Months   [][]DrawnMonth // by scenario; nil unless asked for, and where rejected
}

// DrawnMonth is a month of a drawn path.
type DrawnMonth struct {
	PriceRatioOutside, PriceRatioInside, StocksTonnes, UseShare, LossMUSD float64
}

// pathScratch is the workspace of one goroutine.
type pathScratch struct {
	*scratch
	point   []float64
	setup   path.Setup
	outcome path.Outcome
	largest []float64 // loss of an industry, by month
	losses  []float64 // million USD, by month
	result  Result
}

// Paths computes draws from..to-1 of the paths of the scenarios, each of one unit,
// and hands them to sink in their order; what sink gets does not depend on the
// number of workers. A draw depends on the seed, its number and the names of inputs
// and parameters alone. The economy answers through the adjoint of each scenario's
// annual result. months asks for the months beside the summaries.
func (s *Sampler) Paths(ctx context.Context, q *PathQuestion, seed, from, to uint64, workers int, months bool, sink func(*PathDraw) error) error {
	x := &pathSampler{Sampler: s, q: q, stream: sample.NewStream(seed, streamPath)}
	for _, p := range q.Parameters {
		d, err := p.distribution()
		if err != nil {
			return err
		}
		x.keys, x.of = append(x.keys, sample.Key(p.Name)), append(x.of, d)
	}
	for _, r := range s.Scenarios {
		if len(r.Units) > 1 {
			return fmt.Errorf("a path of %d commodities: expected one", len(r.Units))
		}
	}
	return inOrder(ctx, from, to, workers, func() func(uint64) (*PathDraw, error) {
		y := &pathScratch{scratch: s.newScratch(), point: make([]float64, len(x.keys)), largest: make([]float64, q.Horizon), losses: make([]float64, q.Horizon)}
		y.result.Units = make([]UnitOutcome, 1)
		return func(k uint64) (*PathDraw, error) { return x.one(y, k, months) }
	}, sink)
}

// distribution is that of a parameter: logit-normal for a share, else log-normal;
// nil where it is fixed.
func (p *PathParameter) distribution() (sample.Distribution, error) {
	if p.Low == p.High {
		return nil, nil
	}
	var d sample.Distribution
	var err error
	if p.Unit == "share" {
		d, err = sample.NewTwoPieceLogitNormal(p.Low, p.Mode, p.High)
	} else {
		d, err = sample.NewTwoPieceLogNormal(p.Low, p.Mode, p.High)
	}
	if err != nil {
		return nil, fmt.Errorf("parameter %s: %w", p.Name, err)
	}
	return d, nil
}

// parameters are those of a draw.
func (s *pathSampler) parameters(x *pathScratch, point uint64) (path.Parameters, error) {
	s.stream.Fill(x.point, point, s.keys)
	p := path.Parameters{StockPrice: s.q.StockPrice}
	for k, of := range s.of {
		name, v := s.q.Parameters[k].Name, s.q.Parameters[k].Mode
		if of != nil {
			low, high, _ := path.Range(name)
			v = min(max(of.AtNormal(sample.NormalQuantile(x.point[k])), low), high)
		}
		if name == "ahead_months" {
			v = math.Floor(v + 0.5)
		}
		if err := p.Set(name, v); err != nil {
			return p, err
		}
	}
	return p, nil
}

// one computes a draw of every path.
func (s *pathSampler) one(x *pathScratch, point uint64, months bool) (*PathDraw, error) {
	if err := s.inputs(x.scratch, point); err != nil {
		return nil, err
	}
	p, err := s.parameters(x, point)
	if err != nil {
		return nil, err
	}
	n := len(s.Scenarios)
	d := &PathDraw{Index: point, Unstable: make([]bool, n), Summary: make([]PathSummary, n)}
	if months {
		d.Months = make([][]DrawnMonth, n)
	}
	profile := s.q.Timing.At(&p)
	for i, r := range s.Scenarios {
		if len(r.Units) == 0 {
			continue
		}
		unit := r.Units[0].Unit
		if err := x.w.setup(&x.setup, unit, r.Scenario, s.q); err != nil {
			return nil, fmt.Errorf("draw %d: %w", point, err)
		}
		if path.Margin(&x.setup, &p) < path.StableMargin {
			d.Unstable[i] = true
			continue
		}
		if err := path.Run(&x.outcome, &x.setup, &p, &profile, s.q.Horizon); err != nil {
			return nil, fmt.Errorf("draw %d of %s: %w", point, s.e.Catalog.Units[unit].ID, err)
		}
		var out []DrawnMonth
		if months {
			out = make([]DrawnMonth, s.q.Horizon)
		}
		if err := s.losses(x, i, out); err != nil {
			return nil, fmt.Errorf("draw %d of %s: %w", point, s.e.Catalog.Units[unit].ID, err)
		}
		d.Summary[i] = summarise(&x.outcome, &profile, x.largest, x.losses)
		if months {
			d.Months[i] = out
		}
	}
	return d, nil
}

// losses computes the loss of every month of the path at hand, of scenario i, and
// the largest loss of an industry.
func (s *pathSampler) losses(x *pathScratch, i int, out []DrawnMonth) error {
	r := s.Scenarios[i]
	unit := r.Units[0].Unit
	x.result.Scenario = yearly(r.Scenario, unit)
	outage := outageUSA(r.Scenario, unit)
	for t := range x.outcome.Months {
		m := &x.outcome.Months[t]
		x.result.Units[0] = UnitOutcome{Unit: unit}
		x.e.atMonth(&x.result.Units[0], m, outage)
		parts, err := s.totals(x.scratch, &x.result, &s.plans[i])
		if err != nil {
			return err
		}
		x.largest[t] = 0 // totals left the losses of the month in the worker
		for _, share := range x.w.losses {
			x.largest[t] = max(x.largest[t], share)
		}
		loss := parts.LossMUSD() / 12
		x.losses[t] = loss
		if out != nil {
			out[t] = DrawnMonth{m.PriceRatioOutside, m.PriceRatioInside, m.StocksTonnes, m.UseShare, loss}
		}
	}
	return nil
}

// PathDrawn holds the draws of one path, by draw; rejected ones are left out.
type PathDrawn struct {
	Unstable int // draws that were rejected
	Months   []DrawnMonths
	Summary  []PathSummary
}

// DrawnMonths are the draws of one month.
type DrawnMonths struct {
	PriceRatioOutside, PriceRatioInside, StocksTonnes, UseShare, LossMUSD []float64
}

// CollectPaths runs draws 0..n-1 and keeps all months of every path: memory grows
// with scenarios times draws times months.
func (s *Sampler) CollectPaths(ctx context.Context, q *PathQuestion, seed, n uint64, workers int) ([]PathDrawn, error) {
	out := make([]PathDrawn, len(s.Scenarios))
	for i := range out {
		out[i].Months = make([]DrawnMonths, q.Horizon)
	}
	err := s.Paths(ctx, q, seed, 0, n, workers, true, func(d *PathDraw) error {
		for i := range out {
			x := &out[i]
			if d.Unstable[i] {
				x.Unstable++
				continue
			}
			x.Summary = append(x.Summary, d.Summary[i])
			for t, m := range d.Months[i] {
				y := &x.Months[t]
				y.PriceRatioOutside = append(y.PriceRatioOutside, m.PriceRatioOutside)
				y.PriceRatioInside = append(y.PriceRatioInside, m.PriceRatioInside)
				y.StocksTonnes = append(y.StocksTonnes, m.StocksTonnes)
				y.UseShare = append(y.UseShare, m.UseShare)
				y.LossMUSD = append(y.LossMUSD, m.LossMUSD)
			}
		}
		return nil
	})
	return out, err
}

// LinearisedLoss is the loss of scenario i's path on central inputs as draws compute
// it, to compare with the exact one of Path.
func (s *Sampler) LinearisedLoss(r *PathResult, i int) (float64, error) {
	x := &pathScratch{scratch: s.newScratch(), largest: make([]float64, len(r.Months)), losses: make([]float64, len(r.Months))}
	x.result.Units = make([]UnitOutcome, 1)
	if err := x.e.bind(r.Unit, s.e.values); err != nil {
		return 0, err
	}
	p, err := x.e.trace(r.Unit, s.op.Table)
	if err != nil {
		return 0, err
	}
	x.e.units[r.Unit].path = p
	for _, m := range r.Months {
		x.outcome.Months = append(x.outcome.Months, m.Month)
	}
	if err := (&pathSampler{Sampler: s}).losses(x, i, nil); err != nil {
		return 0, err
	}
	total := 0.0
	for _, loss := range x.losses {
		total += loss
	}
	return total, nil
}
