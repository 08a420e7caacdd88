package assess

import "fmt"

// PathYear is the year of which month t of a path is a twelfth, with its detail: a
// year with the cut, the price and the output of that month.
func (e *Engine) PathYear(r *PathResult, t int) (*Result, error) {
	if t < 0 || t >= len(r.Months) {
		return nil, fmt.Errorf("month %d of a path of %d", t, len(r.Months))
	}
	op, err := e.Operator()
	if err != nil {
		return nil, err
	}
	x := &Result{Scenario: yearly(r.Scenario, r.Unit), Units: []UnitOutcome{{Unit: r.Unit}}}
	e.atMonth(&x.Units[0], &r.Months[t].Month, outageUSA(r.Scenario, r.Unit))
	if err := e.newWorker(op).answer([]*Result{x}, true); err != nil {
		return nil, err
	}
	return x, nil
}
