//go:build !race

package backtest

import "testing"

// TestDrawsDoNotAllocate: a forecast from 400 draws allocates as often as one from 40.
func TestDrawsDoNotAllocate(t *testing.T) {
	m, events := model(t)
	m.Draws = 400
	parameters, err := m.parameters()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		count := func(n int) float64 {
			return testing.AllocsPerRun(5, func() {
				if _, err := m.predict(&e, parameters[:n]); err != nil {
					t.Fatal(err)
				}
			})
		}
		if few, many := count(40), count(400); many > few+2 {
			t.Errorf("%s: %v allocations for 40 draws, %v for 400", e.ID, few, many)
		}
	}
}
