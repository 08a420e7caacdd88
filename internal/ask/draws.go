package ask

import (
	"context"
	"fmt"

	"chokepoint/internal/assess"
	"chokepoint/internal/export"
	"chokepoint/internal/probability"
	"chokepoint/internal/quantile"
	"chokepoint/internal/rank"
)

// Draws says how many draws of the inputs stand behind ranges.
type Draws struct {
	N       int    // 0 = no ranges
	Seed    uint64 //
	Workers int    // 0 = as many as processors
}

// Limits and defaults of draws in an answer; runs in a directory take more.
const (
	DefaultDraws = 200
	MaxDraws     = 100_000
	checkedDraws = 60 // pairs of a draw and a scenario that are solved exactly
)

// sampler prepares the draws of results; nil where there are none to make, which
// a note says if it is for the setting.
func (d Draws) sampler(e *assess.Engine, results []*assess.Result) (*assess.Sampler, []string, error) {
	if d.N == 0 || len(results) == 0 {
		return nil, nil, nil
	}
	if x := e.Method.Downstream; !assess.HasDraws(x) {
		return nil, []string{fmt.Sprintf("no ranges with downstream=%s: its answers are not linear in what is lost; soft and none have them", x)}, nil
	}
	s, err := e.NewSampler(results, d.Seed)
	return s, nil, err
}

// Check solves some draws exactly and says how far the draws are off.
func (d Draws) Check(e *assess.Engine, s *assess.Sampler) (string, error) {
	c, err := s.CheckAdjoint(uint64(d.N), checkedDraws)
	if err != nil {
		return "", err
	}
	note := fmt.Sprintf("ranges: 5 %% and 95 %% of %d draws of the inputs; the choice of equations is not in them", d.N)
	if c.Checked > 0 {
		note += fmt.Sprintf("; the economy of a draw is linearised: against %d exact solves off by %.2g %% (median), %.2g %% (90th percentile), %.2g %% of the sum", c.Checked, 100*c.Median, 100*c.P90, 100*c.OfTotal)
	}
	if c.P90 > 0.05 {
		note += "; the ranges are rough"
	}
	if e.Method.EnforceBounds {
		note += "; draws let flows turn negative, bounds=enforce is in the central result alone"
	}
	return note, nil
}

// RankRanges draws the ranges of a ranking's rows; nil without draws.
func (d Draws) RankRanges(ctx context.Context, e *assess.Engine, p *probability.Model, rows []rank.Row, results []*assess.Result, opt rank.Options) ([]rank.Ranges, []string, error) {
	s, notes, err := d.sampler(e, results)
	if err != nil || s == nil {
		return nil, notes, err
	}
	hazards, err := p.NewSampler(d.Seed)
	if err != nil {
		return nil, nil, err
	}
	c := rank.NewCollector(rows, results, hazards, opt)
	if err := s.Run(ctx, 0, uint64(d.N), d.Workers, func(draw *assess.Draw) error { c.Add(draw); return nil }); err != nil {
		return nil, nil, err
	}
	note, err := d.Check(e, s)
	return c.Ranges(), []string{note}, err
}

// Of draws results together, so that their draws are paired; nil without draws.
func (d Draws) Of(ctx context.Context, e *assess.Engine, results []*assess.Result) ([]assess.Drawn, []string, error) {
	s, notes, err := d.sampler(e, results)
	if err != nil || s == nil {
		return nil, notes, err
	}
	drawn, err := s.Collect(ctx, uint64(d.N), d.Workers)
	if err != nil {
		return nil, nil, err
	}
	note, err := d.Check(e, s)
	return drawn, []string{note}, err
}

// RangesTable lays the ranges of a result out.
func RangesTable(r *assess.Result, d *assess.Drawn) *export.Table {
	t := &export.Table{Name: "ranges", Columns: []export.Column{
		{Name: "quantity", Heading: "quantity", Meaning: "column of the record"},
		{Name: "central", Heading: "central", Meaning: "on central inputs"},
		{Name: "p05", Heading: "5 %", Meaning: "5th percentile over the draws"},
		{Name: "p50", Heading: "50 %", Meaning: "median"},
		{Name: "p95", Heading: "95 %", Meaning: "95th percentile"},
		{Name: "unit", Heading: "unit", Meaning: "unit of measure"},
	}}
	add := func(name, unit string, central any, draws []float64) {
		if len(draws) == 0 {
			return
		}
		low, median, high := Range(draws)
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

// Range is the 5th percentile, the median and the 95th percentile of draws.
func Range(draws []float64) (low, median, high float64) {
	q, err := quantile.Exact(draws, 0.05, 0.5, 0.95)
	if err != nil { // draws are finite and there are some
		return 0, 0, 0
	}
	return q[0], q[1], q[2]
}

// ChanceWorse is the share of paired draws in which b loses more than a.
func ChanceWorse(a, b []float64) float64 {
	n := 0
	for k := range b {
		if b[k] > a[k] {
			n++
		}
	}
	return float64(n) / float64(len(b))
}
