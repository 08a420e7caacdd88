package main

import (
	"context"
	"fmt"

	"chokepoint/internal/assess"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/quantile"
	"chokepoint/internal/rank"
)

// Limits and defaults of draws on the command line; batch runs take more.
const (
	defaultDraws = 200
	maxDraws     = 100_000
	checkedDraws = 60 // pairs of a draw and a scenario that are solved exactly
)

// drawing is what a command does with draws.
type drawing struct {
	sampler *assess.Sampler
	n       uint64
	notes   []string
	// enforced: the central result forbids negative flows, which draws do not.
	enforced bool
}

// sampler prepares the draws of results, or returns nil where there are none to
// make: --draws 0, or a setting without draws, which is said.
func (a *app) sampler(x *session, results []*assess.Result) (*drawing, error) {
	if a.draws < 0 || a.draws > maxDraws {
		return nil, &fault.Error{Code: fault.Usage, File: "--draws", What: fmt.Sprint(a.draws), Expected: fmt.Sprintf("0 (no ranges) to %d", maxDraws)}
	}
	if a.draws == 0 || len(results) == 0 {
		return nil, nil
	}
	if m := x.engine.Method; !assess.HasDraws(m.Downstream) {
		a.note("%s", wrap("", fmt.Sprintf("no ranges with downstream=%s: its answers are not linear in what is lost; soft and none have them", m.Downstream)))
		return nil, nil
	}
	s, err := x.engine.NewSampler(results, a.seed)
	if err != nil {
		return nil, err
	}
	return &drawing{sampler: s, n: uint64(a.draws), enforced: x.engine.Method.EnforceBounds}, nil
}

// check solves some draws exactly and notes how far the draws are off.
func (d *drawing) check() error {
	c, err := d.sampler.CheckAdjoint(d.n, checkedDraws)
	if err != nil {
		return err
	}
	note := fmt.Sprintf("ranges: 5 %% and 95 %% of %d draws of the inputs; the choice of equations is not in them", d.n)
	if c.Checked > 0 {
		note += fmt.Sprintf("; the economy of a draw is linearised: against %d exact solves off by %.2g %% (median), %.2g %% (90th percentile), %.2g %% of the sum", c.Checked, 100*c.Median, 100*c.P90, 100*c.OfTotal)
	}
	if c.P90 > 0.05 {
		note += "; the ranges are rough"
	}
	if d.enforced {
		note += "; draws let flows turn negative, bounds=enforce is in the central result alone"
	}
	d.notes = append(d.notes, note)
	return nil
}

// rankRanges draws the ranges of a ranking.
func (a *app) rankRanges(ctx context.Context, x *session, rows []rank.Row, results []*assess.Result, opt rank.Options) ([]rank.Ranges, []string, error) {
	d, err := a.sampler(x, results)
	if err != nil || d == nil {
		return nil, nil, err
	}
	p, err := x.probability.NewSampler(a.seed)
	if err != nil {
		return nil, nil, err
	}
	c := rank.NewCollector(rows, results, p, opt)
	if err := d.sampler.Run(ctx, 0, d.n, a.workers, func(draw *assess.Draw) error { c.Add(draw); return nil }); err != nil {
		return nil, nil, err
	}
	return c.Ranges(), d.notes, d.check()
}

// drawnOf draws results one by one together, so that draws are paired.
func (a *app) drawnOf(ctx context.Context, x *session, results []*assess.Result) ([]assess.Drawn, []string, error) {
	d, err := a.sampler(x, results)
	if err != nil || d == nil {
		return nil, nil, err
	}
	drawn, err := d.sampler.Collect(ctx, d.n, a.workers)
	if err != nil {
		return nil, nil, err
	}
	err = d.check()
	return drawn, d.notes, err
}

// rangesTable lays the ranges of a result out.
func rangesTable(r *assess.Result, d *assess.Drawn) *export.Table {
	t := &export.Table{Name: "ranges", Columns: []export.Column{
		{Name: "quantity", Heading: "quantity", Meaning: "column of the record"},
		{Name: "central", Heading: "central", Meaning: "on central inputs"},
		{Name: "p05", Heading: "5 %", Meaning: "5th percentile over the draws"},
		{Name: "p50", Heading: "50 %", Meaning: "median"},
		{Name: "p95", Heading: "95 %", Meaning: "95th percentile"},
		{Name: "unit", Heading: "unit"},
	}}
	add := func(name, unit string, central any, draws []float64) {
		if len(draws) == 0 {
			return
		}
		low, median, high := rangeOf(draws)
		t.Add(name, central, low, median, high, unit)
	}
	if len(r.Units) == 1 {
		m := r.Units[0].Market
		var price any
		if m.HasPrice {
			price = m.PriceRatio
		}
		add("price_ratio", "1", price, d.PriceRatio)
		add("use_cut", "1", m.UseCut, d.UseCut)
	}
	for k, name := range []string{"hit_gdp_musd", "users_price_gdp_musd", "producer_volume_gdp_musd", "producer_price_gdp_musd", "rest_gdp_musd"} {
		p := r.Parts
		add(name, "million USD/yr", []float64{p.HitMUSD, p.UsersPriceMUSD, p.ProducerVolumeMUSD, p.ProducerPriceMUSD, p.RestMUSD}[k], d.Parts[k])
	}
	add("real_gdp_musd", "million USD/yr", r.Parts.RealMUSD(), d.RealMUSD)
	add("terms_of_trade_musd", "million USD/yr", r.Parts.TermsOfTradeMUSD(), d.TermsOfTradeMUSD)
	add("loss_musd", "million USD/yr", r.LossMUSD, d.LossMUSD)
	return t
}

// rangeOf is the 5th percentile, the median and the 95th percentile of draws.
func rangeOf(draws []float64) (low, median, high float64) {
	q, err := quantile.Exact(draws, 0.05, 0.5, 0.95)
	if err != nil { // draws are finite and there are some
		return 0, 0, 0
	}
	return q[0], q[1], q[2]
}

// chanceWorse is the share of paired draws in which b loses more than a.
func chanceWorse(a, b []float64) float64 {
	n := 0
	for k := range b {
		if b[k] > a[k] {
			n++
		}
	}
	return float64(n) / float64(len(b))
}
