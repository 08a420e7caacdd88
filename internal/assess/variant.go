package assess

import (
	"slices"
	"strings"

	"chokepoint/internal/market"
)

// Variant returns an engine of the same catalogue with another method and more
// edits: sets begins with those of the engine. It has the bits that New gives, and
// takes from the engine what does not change, the economy (where lambda is the
// same) and the figures of units that the further edits leave alone (where the
// judgement is), so that it is ready in a fraction of a millisecond.
func (e *Engine) Variant(m Method, sets ...string) (*Engine, error) {
	other, err := e.withFigures(m, sets)
	if err != nil || m.Lambda != e.Method.Lambda {
		return other, err
	}
	op, err := e.Operator()
	other.economyOnce.Do(func() { other.operator, other.economyErr = op, err })
	return other, err
}

func (e *Engine) withFigures(m Method, sets []string) (*Engine, error) {
	if m.Judgement != e.Method.Judgement || len(sets) < len(e.sets) || !slices.Equal(sets[:len(e.sets)], e.sets) {
		return New(e.Catalog, m, sets...)
	}
	if err := m.validate(); err != nil {
		return nil, err
	}
	c := e.Catalog
	other := &Engine{Catalog: c, Method: m, sets: sets, Edits: slices.Clone(e.Edits), Figures: slices.Clone(e.Figures), values: e.values,
		units: make([]unitModel, len(c.Units)), clearing: market.Method{Demand: m.Demand, ChokePriceRatio: m.ChokePriceRatio}}
	var edited []int
	if more := sets[len(e.sets):]; len(more) > 0 {
		other.values = slices.Clone(e.values)
		for _, set := range more {
			edit, err := c.Apply(other.values, set)
			if err != nil {
				return nil, err
			}
			other.Edits = append(other.Edits, edit)
			id, _, _ := strings.Cut(edit.Key, ".")
			unit, _ := c.Unit(id) // Apply found it
			edited = append(edited, unit)
		}
	}
	for i := range c.Units {
		if slices.Contains(edited, i) {
			if err := other.bind(i, other.values); err != nil {
				return nil, err
			}
			continue
		}
		b := &other.units[i].balance // valid with the figures of e: only the use of stocks is the method's
		*b = e.units[i].balance
		b.StockShare = m.StockShare
	}
	return other, nil
}

// Sets are the edits that the engine was made with, as key=value.
func (e *Engine) Sets() []string { return e.sets }
