package sensitivity

import "fmt"

// Bar is one line of the tornado table: the output with all inputs of a group at their
// 10 and 90 % quantiles, all other inputs at their medians.
type Bar struct{ Low, Central, High float64 }

// Span is how far the output moves, High - Low; its sign tells the direction.
func (b Bar) Span() float64 { return b.High - b.Low }

// Tornado runs the model once with all inputs at 0.5 and twice for each group. f must not
// keep x. Bars come in the order of the groups. One at a time, they miss interactions: a
// total index well above the first-order one says so. Errors: ErrNotFinite and those of f.
func (d *Design) Tornado(f func(x []float64) (float64, error)) ([]Bar, error) {
	x := make([]float64, d.inputs)
	for i := range x {
		x[i] = 0.5
	}
	central, err := evaluate(f, x)
	if err != nil {
		return nil, fmt.Errorf("tornado, all inputs at their medians: %w", err)
	}
	bars := make([]Bar, len(d.groups))
	for g, members := range d.groups {
		at := func(u float64) (float64, error) {
			for _, i := range members {
				x[i] = u
			}
			y, err := evaluate(f, x)
			if err != nil {
				return 0, fmt.Errorf("tornado, group %d at %v: %w", g, u, err)
			}
			return y, nil
		}
		bars[g].Central = central
		if bars[g].Low, err = at(0.1); err != nil {
			return nil, err
		}
		if bars[g].High, err = at(0.9); err != nil {
			return nil, err
		}
		for _, i := range members {
			x[i] = 0.5
		}
	}
	return bars, nil
}
