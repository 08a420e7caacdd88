package assess

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"chokepoint/internal/catalog"
	"chokepoint/internal/economy"
	"chokepoint/internal/market"
	"chokepoint/internal/scenario"
	"chokepoint/internal/shortage"
)

// Engine computes scenarios for one catalogue and one method. It is safe for
// concurrent use.
type Engine struct {
	Catalog *catalog.Catalog
	Method  Method
	Figures []*catalog.Figures // by unit
	Edits   []catalog.Edit     // what was changed from the central values

	values   catalog.Values // central, with edits
	sets     []string
	units    []unitModel
	clearing market.Method

	economyOnce sync.Once
	operator    *economy.Operator
	economyErr  error
}

// unitModel is what scenarios of one unit share. The lock guards the growth of
// the response, and whoever looks it up meanwhile.
type unitModel struct {
	mu       sync.Mutex
	balance  market.Balance
	path     *shortage.Path
	response *economy.Response
}

// New makes an engine for the central values of the method's judgement, with
// edits ("key=value") on top. It does not touch the economy yet.
func New(c *catalog.Catalog, m Method, sets ...string) (*Engine, error) {
	if err := m.validate(); err != nil {
		return nil, err
	}
	v, err := c.Central(m.Judgement)
	if err != nil {
		return nil, err
	}
	var edits []catalog.Edit
	for _, set := range sets {
		edit, err := c.Apply(v, set)
		if err != nil {
			return nil, err
		}
		edits = append(edits, edit)
	}
	e := &Engine{Catalog: c, Method: m, sets: sets, Edits: edits, Figures: make([]*catalog.Figures, len(c.Units)), units: make([]unitModel, len(c.Units)),
		clearing: market.Method{Demand: m.Demand, ChokePriceRatio: m.ChokePriceRatio}}
	e.values = v
	for i := range c.Units {
		if err := e.bind(i, v); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// bind reads the figures of a unit from a vector of values.
func (e *Engine) bind(unit int, v catalog.Values) error {
	f, err := e.Catalog.Bind(unit, v)
	if err != nil {
		return err
	}
	e.Figures[unit] = f
	b := &e.units[unit].balance
	*b = market.Balance{WorldTonnes: f.WorldTonnes, SupplyShare: f.SupplyShare, UseShare: f.UseShare, IdleShare: f.IdleShare,
		RecycledShare: f.RecycledShare, DemandElasticity: f.DemandElasticity, SupplyElasticity: f.SupplyElasticity,
		RecyclingElasticity: f.RecyclingElasticity, RecyclingIdleShare: f.RecyclingIdleShare,
		StockShare: e.Method.StockShare, CommercialStockMonths: f.StockMonths}
	if err := b.Validate(); err != nil {
		return fmt.Errorf("%s: %w", e.Catalog.Units[unit].ID, err)
	}
	return nil
}

// Balance returns the market of a unit.
func (e *Engine) Balance(unit int) *market.Balance { return &e.units[unit].balance }

// Operator returns the response operator of the economy, built when first asked for.
func (e *Engine) Operator() (*economy.Operator, error) {
	e.economyOnce.Do(func() {
		var t *economy.Table
		if t, e.economyErr = buildTable(e.Catalog); e.economyErr == nil {
			e.operator, e.economyErr = t.NewOperator(e.Method.Lambda)
		}
	})
	return e.operator, e.economyErr
}

// ownOutputMUSD is the value of the US output of a unit, P0 (y_p + y_s).
func (e *Engine) ownOutputMUSD(unit int) float64 {
	f := e.Figures[unit]
	return f.PriceUSDPerTonne * (f.PrimaryTonnes + f.SecondaryTonnes) / 1e6
}

// prepare traces the sharing path of a unit and opens its response; the caller
// holds the unit's lock.
func (e *Engine) prepare(unit int, op *economy.Operator) error {
	m, f, t := &e.units[unit], e.Figures[unit], op.Table
	if m.path != nil {
		return nil
	}
	path, err := e.trace(unit, t)
	if err != nil {
		return err
	}
	if !HasDraws(e.Method.Downstream) { // not linear along r: solved scenario by scenario
		m.path = path
		return nil
	}
	stake := make([]float64, len(f.Industries))
	for k, j := range f.Industries {
		stake[k] = t.OutputMUSD[j]
		if j == e.Catalog.Units[unit].Producer {
			stake[k] = max(0, stake[k]-e.ownOutputMUSD(unit))
		}
	}
	lossPath := economy.LossPath{R: path.R, Industries: slices.Clone(f.Industries), LossShare: path.LossShares, OutputMUSD: stake}
	response, err := op.NewResponse(e.Method.Downstream, lossPath, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", e.Catalog.Units[unit].ID, err)
	}
	m.path, m.response = path, response
	return nil
}

// trace traces how the uses of a unit share a cut.
func (e *Engine) trace(unit int, t *economy.Table) (*shortage.Path, error) {
	f := e.Figures[unit]
	u := shortage.Uses{UseShare: f.ApplicationShare, Industries: len(f.Industries), Dependence: f.Dependence}
	for _, j := range f.Industries {
		u.OutputMUSD = append(u.OutputMUSD, t.OutputMUSD[j])
		u.ValueAddedShare = append(u.ValueAddedShare, t.ValueAddedShare[j])
	}
	path, err := shortage.Trace(&u, e.Method.Sharing)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Catalog.Units[unit].ID, err)
	}
	return path, nil
}

// ValueAddedMUSD is the value added of every industry, million USD a year.
func (e *Engine) ValueAddedMUSD() ([]float64, error) {
	op, err := e.Operator()
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(op.Table.OutputMUSD))
	for j, x := range op.Table.OutputMUSD {
		out[j] = op.Table.ValueAddedShare[j] * x
	}
	return out, nil
}

// With returns an engine of the same catalogue with another method. It shares
// the economy where lambda is the same.
func (e *Engine) With(change func(*Method)) (*Engine, error) {
	m := e.Method
	change(&m)
	other, err := New(e.Catalog, m, e.sets...)
	if err != nil || m.Lambda != e.Method.Lambda {
		return other, err
	}
	op, err := e.Operator()
	other.economyOnce.Do(func() { other.operator, other.economyErr = op, err })
	return other, err
}

// One runs a single scenario with detail.
func (e *Engine) One(ctx context.Context, s scenario.Scenario) (*Result, error) {
	results, err := e.Run(ctx, []scenario.Scenario{s}, Options{Workers: 1, Detail: true})
	if err != nil {
		return nil, err
	}
	return results[0], nil
}
