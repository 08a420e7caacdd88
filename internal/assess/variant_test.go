package assess

import (
	"reflect"
	"testing"

	"chokepoint/internal/catalog"
	"chokepoint/internal/economy"
	"chokepoint/internal/market"
	"chokepoint/internal/shortage"
)

// TestVariant: a variant gives the bits of an engine made anew.
func TestVariant(t *testing.T) {
	base := engine(t)
	one, err := base.Variant(DefaultMethod(), "gallium.supply.CHN.share=0.9")
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		of     *Engine
		change func(*Method)
		sets   []string
	}{
		"same":           {base, func(*Method) {}, nil},
		"stocks":         {base, func(m *Method) { m.StockShare = 0.5 }, nil},
		"sharing":        {base, func(m *Method) { m.Sharing = shortage.ProRata }, nil},
		"demand":         {base, func(m *Method) { m.Demand, m.ChokePriceRatio = market.Linear, 3 }, nil},
		"judgement":      {base, func(m *Method) { m.Judgement = catalog.JudgeB }, []string{"gallium.price_usd_per_t=1000"}},
		"downstream":     {base, func(m *Method) { m.Downstream = economy.None }, nil},
		"lambda":         {base, func(m *Method) { m.Lambda = 0.5 }, nil},
		"edits":          {base, func(*Method) {}, []string{"gallium.supply.CHN.share=0.9", "gallium.use_t=20", "palladium.price_usd_per_t=1e6"}},
		"edits on edits": {one, func(m *Method) { m.StockShare = 0.1 }, []string{"gallium.supply.CHN.share=0.9", "gallium.supply.CHN.share=0.8"}},
		"fewer edits":    {one, func(*Method) {}, nil},
		"other edits":    {one, func(*Method) {}, []string{"gallium.supply.CHN.share=0.7"}},
	} {
		m := DefaultMethod()
		x.change(&m)
		got, err := x.of.Variant(m, x.sets...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want, err := New(base.Catalog, m, x.sets...)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Figures, want.Figures) || !reflect.DeepEqual(got.values, want.values) || !reflect.DeepEqual(got.Edits, want.Edits) && len(got.Edits)+len(want.Edits) > 0 || got.clearing != want.clearing || got.Method != want.Method {
			t.Errorf("%s: figures, values or edits differ", name)
		}
		for i := range want.units {
			if !reflect.DeepEqual(got.units[i].balance, want.units[i].balance) {
				t.Errorf("%s: balance of %s differs", name, base.Catalog.Units[i].ID)
			}
		}
		if m.Lambda == x.of.Method.Lambda {
			a, errA := got.Operator()
			b, errB := x.of.Operator()
			if a != b || errA != nil || errB != nil {
				t.Errorf("%s: the economy is not shared", name)
			}
		}
	}
	for _, bad := range []string{"gallium.supply.CHN.share=2", "nothing=1", "x"} {
		if _, err := base.Variant(DefaultMethod(), bad); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
	if _, err := base.Variant(Method{Judgement: catalog.Merged, Lambda: 9}); err == nil {
		t.Error("lambda 9 was taken")
	}
	if len(base.Edits) != 0 || len(one.Edits) != 1 {
		t.Error("a variant changed what it was made from")
	}
}
