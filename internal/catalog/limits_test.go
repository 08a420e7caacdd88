package catalog

import (
	"testing"

	"chokepoint/internal/market"
)

// TestLimits: what the catalogue accepts, the market can clear.
func TestLimits(t *testing.T) {
	if largestTonnes > market.MaxTonnes || largestElasticity > market.MaxElasticity || smallestResponse < market.MinElasticity || largestIdleShare > market.MaxIdleShare {
		t.Error("the catalogue takes numbers that the market refuses")
	}
}

// TestInputRanges: what an edit may set, Bind takes.
func TestInputRanges(t *testing.T) {
	c := mustLoad(t)
	i, _ := c.Unit("gallium")
	for _, in := range c.Inputs(i) {
		for _, x := range []float64{in.Low, in.High} {
			v, err := c.Central(Merged)
			if err != nil {
				t.Fatal(err)
			}
			v[in.ID] = x
			if _, err := c.Bind(i, v); err != nil {
				t.Errorf("%s = %g: %v", in.Key, x, err)
			}
		}
	}
}
