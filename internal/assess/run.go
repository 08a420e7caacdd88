package assess

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"chokepoint/internal/catalog"
	"chokepoint/internal/economy"
	"chokepoint/internal/market"
	"chokepoint/internal/scenario"
)

// Options of a run.
type Options struct {
	Workers int  // 0 = as many as processors
	Detail  bool // uses, industries and diagnostics in every result
}

// Run computes scenarios in their canonical form and returns results in their
// order. Equal scenarios are computed once and share a result.
func (e *Engine) Run(ctx context.Context, scenarios []scenario.Scenario, opt Options) ([]*Result, error) {
	op, err := e.Operator()
	if err != nil {
		return nil, err
	}
	out := make([]*Result, len(scenarios))
	seen := map[string]*Result{}
	groupAt := map[int]int{} // scenarios of one unit share pieces: one task a unit
	var tasks [][]*Result
	for i, s := range scenarios {
		s, _, err := s.Canonical(e.Catalog, e.Figures)
		if err != nil {
			return nil, err
		}
		hash := s.Hash(e.Catalog)
		if r := seen[hash]; r != nil {
			out[i] = r
			continue
		}
		units := s.Units()
		r := &Result{Scenario: s, Hash: hash, Units: make([]UnitOutcome, len(units))}
		for k, u := range units {
			r.Units[k].Unit = u
		}
		out[i], seen[hash] = r, r
		if len(units) == 1 {
			if at, ok := groupAt[units[0]]; ok {
				tasks[at] = append(tasks[at], r)
				continue
			}
			groupAt[units[0]] = len(tasks)
		}
		tasks = append(tasks, []*Result{r})
	}
	return out, e.runTasks(ctx, op, tasks, opt)
}

// runTasks shares the tasks among workers. Which worker takes which task leaves
// no trace in the results.
func (e *Engine) runTasks(ctx context.Context, op *economy.Operator, tasks [][]*Result, opt Options) error {
	workers := opt.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	errs := make([]error, len(tasks))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, len(tasks)) {
		wg.Go(func() {
			w := e.newWorker(op)
			for {
				i := int(next.Add(1)) - 1
				if i >= len(tasks) {
					return
				}
				if errs[i] = ctx.Err(); errs[i] == nil {
					errs[i] = w.run(tasks[i], opt.Detail)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// worker holds the workspace of one goroutine.
type worker struct {
	e      *Engine
	op     *economy.Operator
	solver *economy.Solver
	shock  market.Shock
	change []float64 // output change by industry
	bound  []float64 // upper bounds of a compound scenario
	rows   []IndustryEffect
	sides  []economy.Side
	hit    []int
	sideOf []int // the hit set that sides belongs to
	cuts   []float64
	losses []float64
	sigma  []float64 // loss share by industry, compound scenarios
}

func (e *Engine) newWorker(op *economy.Operator) *worker {
	n := len(e.Catalog.Industries)
	return &worker{e: e, op: op, solver: op.NewSolver(), change: make([]float64, n), bound: make([]float64, n),
		rows: make([]IndustryEffect, n), sides: make([]economy.Side, n), sigma: make([]float64, n)}
}

// run computes the results of one task: all of one unit, or a single one of several units.
func (w *worker) run(results []*Result, detail bool) error {
	for _, r := range results {
		if err := w.clear(r); err != nil {
			return err
		}
	}
	return w.answer(results, detail)
}

// answer computes the results of one task from its cleared markets.
func (w *worker) answer(results []*Result, detail bool) error {
	if len(results[0].Units) == 0 {
		for _, r := range results {
			r.State = StateNothing
			if detail {
				r.Detail = &Detail{Industries: make([]IndustryEffect, len(w.rows)), Diagnostics: economy.Diagnostics{SmallestFlow: 1, LargestRise: -1}}
			}
		}
		return nil
	}
	if len(results[0].Units) > 1 || w.e.Method.EnforceBounds || !HasDraws(w.e.Method.Downstream) {
		for _, r := range results {
			if err := w.direct(r, detail); err != nil {
				return fmt.Errorf("%s: %w", r.Scenario.Canon(w.e.Catalog), err)
			}
		}
		return nil
	}
	unit := results[0].Units[0].Unit
	m := &w.e.units[unit]
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := w.e.prepare(unit, w.op); err != nil {
		return err
	}
	w.cuts = w.cuts[:0]
	for _, r := range results {
		w.cuts = append(w.cuts, effectiveCut(r.Units[0].Market.UseCut))
	}
	if err := m.response.Prepare(w.solver, w.cuts); err != nil {
		return fmt.Errorf("%s: %w", w.e.Catalog.Units[unit].ID, err)
	}
	for _, r := range results {
		if err := w.single(r, m, detail); err != nil {
			return fmt.Errorf("%s: %w", r.Scenario.Canon(w.e.Catalog), err)
		}
	}
	return nil
}

// effectiveCut is the cut that the economy feels: none where use grows.
func effectiveCut(r float64) float64 { return max(0, r) }

// clear clears the markets of a result's units.
func (w *worker) clear(r *Result) error {
	for k := range r.Units {
		o := &r.Units[k]
		u := &w.e.Catalog.Units[o.Unit]
		if err := w.clearUnit(o, r.Scenario); err != nil {
			return fmt.Errorf("%s: %w", u.ID, err)
		}
		w.e.producers(o, outageUSA(r.Scenario, o.Unit))
	}
	return nil
}

// outageUSA is the share of US output of a unit that a scenario stops.
func outageUSA(s scenario.Scenario, unit int) float64 {
	for _, x := range s.Withdrawals {
		if x.Unit == unit && x.Country == catalog.USA && x.Kind == scenario.ProductionOutage {
			return x.Fraction
		}
	}
	return 0
}

func zeros(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// single looks the answer of a one-unit scenario up in its prepared response.
func (w *worker) single(r *Result, m *unitModel, detail bool) error {
	cut := effectiveCut(r.Units[0].Market.UseCut)
	if err := m.response.OutputChange(w.change, cut); err != nil {
		return err
	}
	var err error
	if w.hit, err = m.response.Hit(w.hit[:0], cut); err != nil {
		return err
	}
	if r.BeyondRange, err = m.response.BeyondLinearRange(w.solver, cut); err != nil {
		return err
	}
	if err := w.effect(r); err != nil {
		return err
	}
	if !detail {
		return nil
	}
	if err := w.detail(r); err != nil {
		return err
	}
	r.Detail.Diagnostics, err = m.response.Diagnose(w.solver, cut)
	return err
}

// hitShare is the loss share above which an industry counts as hit (J of (E3)).
const hitShare = 1e-12

// direct solves a scenario on its own: one of several units, sigma_j = 1 -
// PROD_m (1 - sigma_jm) of the output that is not the minerals' own, or one
// whose flows may not turn negative.
func (w *worker) direct(r *Result, detail bool) error {
	if err := w.bounds(r); err != nil {
		return err
	}
	for j, x := range w.op.Table.OutputMUSD {
		w.sigma[j] = 0
		if x > 0 {
			w.sigma[j] = -w.bound[j] / x
		}
	}
	solution, err := w.solver.SolveSetting(w.e.Method.Downstream, w.sigma, w.op.Table.OutputMUSD, economy.SettingOptions{Enforce: w.e.Method.EnforceBounds})
	if err != nil {
		return err
	}
	copy(w.change, solution.OutputChangeMUSD)
	d := economy.Diagnostics{SmallestFlow: solution.SmallestFlow, ActiveBounds: solution.ActiveBounds, LargestRise: -1}
	r.BeyondRange = max(0, -d.SmallestFlow)
	if err := w.effect(r); err != nil {
		return err
	}
	if !detail {
		return nil
	}
	if err := w.detail(r); err != nil {
		return err
	}
	r.Detail.Diagnostics = d
	return nil
}

// bounds fills w.bound, the upper bounds of the output changes, and w.hit. A
// mineral's own output is not at stake in its own shortage, and is in others'.
func (w *worker) bounds(r *Result) error {
	e := w.e
	clear(w.sigma)
	clear(w.bound)
	for k := range r.Units {
		unit := r.Units[k].Unit
		m, f := &e.units[unit], e.Figures[unit]
		m.mu.Lock()
		err := e.prepare(unit, w.op)
		m.mu.Unlock()
		if err != nil {
			return err
		}
		w.losses = zeros(w.losses, len(f.Industries))
		if err := m.path.Losses(w.losses, effectiveCut(r.Units[k].Market.UseCut)); err != nil {
			return err
		}
		for h, j := range f.Industries {
			// 1 - PROD (1 - sigma), added up so that a small share keeps its digits.
			w.sigma[j] += w.losses[h] * (1 - w.sigma[j])
			stake := w.op.Table.OutputMUSD[j]
			if j == e.Catalog.Units[unit].Producer && stake > 0 {
				w.losses[h] *= max(0, stake-e.ownOutputMUSD(unit)) / stake
			}
			w.bound[j] += w.losses[h] * (1 - w.bound[j])
		}
	}
	w.hit = w.hit[:0]
	for j, share := range w.bound {
		w.bound[j] = -share * w.op.Table.OutputMUSD[j]
		if w.sigma[j] > hitShare {
			w.hit = append(w.hit, j)
		}
	}
	return nil
}
