package server

import (
	"fmt"
	"testing"

	"chokepoint/internal/assess"
	"chokepoint/internal/probability"
)

// TestEngines: engines are shared, bounded in number and in economies, and a
// failure takes no place.
func TestEngines(t *testing.T) {
	base, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	x := newEngines(base, 8)
	m := assess.DefaultMethod()
	if e, err := x.of(m, nil); e != base || err != nil {
		t.Errorf("the server's own method has another engine: %v", err)
	}
	m.StockShare = 0.5
	a, err := x.of(m, nil)
	b, err2 := x.of(m, nil)
	if a != b || err != nil || err2 != nil {
		t.Error("one method has two engines")
	}
	if _, err := x.of(m, []string{"nothing=1"}); err == nil || x.order.Len() != 1 {
		t.Errorf("after a failure %d engines, %v", x.order.Len(), err)
	}
	for i := range 20 {
		m.StockShare = float64(i) / 100
		if _, err := x.of(m, []string{fmt.Sprintf("gallium.use_t=%d", 10+i)}); err != nil {
			t.Fatal(err)
		}
	}
	if x.order.Len() != 8 || len(x.byKey) != 8 {
		t.Errorf("%d engines, %d keys", x.order.Len(), len(x.byKey))
	}
	lambdas := map[float64]bool{}
	for i := range 6 {
		m := assess.DefaultMethod()
		m.Lambda = 0.3 + float64(i)/100
		e, err := x.of(m, nil)
		if err != nil || e.Method.Lambda != m.Lambda {
			t.Fatal(err)
		}
		m.StockShare = 0.2
		other, err := x.of(m, nil)
		if err != nil {
			t.Fatal(err)
		}
		op, err := e.Operator()
		op2, err2 := other.Operator()
		if op != op2 || err != nil || err2 != nil {
			t.Error("one lambda has two economies")
		}
	}
	for at := x.order.Front(); at != nil; at = at.Next() {
		lambdas[at.Value.(*engineEntry).lambda] = true
	}
	delete(lambdas, base.Method.Lambda)
	if len(x.roots) != maxRoots || len(lambdas) > maxRoots {
		t.Errorf("%d economies, engines of %d", len(x.roots), len(lambdas))
	}
	// A fit serves all figures with the same exporters, and no others.
	p, err := x.probability(base, probability.Fitted)
	q, err2 := x.probability(a, probability.Fitted)
	if p != q || err != nil || err2 != nil {
		t.Error("one set of exporters has two fits")
	}
	moved, err := base.Variant(base.Method, "gallium.supply.CHN.share=0.01")
	if err != nil {
		t.Fatal(err)
	}
	if r, err := x.probability(moved, probability.Fitted); r == p || err != nil {
		t.Errorf("other exporters have the same fit, %v", err)
	}
	if r, err := x.probability(base, probability.Published); r == p || err != nil {
		t.Errorf("another model has the same fit, %v", err)
	}
}
