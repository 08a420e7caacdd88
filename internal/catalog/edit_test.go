package catalog

import (
	"math"
	"strings"
	"testing"

	"chokepoint/internal/fault"
)

// TestApply: an edit changes one number; the other shares of its group keep
// their proportions.
func TestApply(t *testing.T) {
	c := mustLoad(t)
	i, _ := c.Unit("gallium")
	for _, x := range []struct{ edit, want string }{
		{"gallium.price_usd_per_t=500000", "gallium.price_usd_per_t: 365000 -> 500000 USD/t"},
		{" gallium.demand_elasticity = -0.2 ", "gallium.demand_elasticity: -0.135 -> -0.2"},
		{"gallium.application.research-other.share=10%", "gallium.application.research-other.share: 0.01 -> 0.1; re-scaled so that shares sum to 1: gallium.application.integrated-circuits.share 0.73 -> 0.6636, gallium.application.optoelectronics.share 0.26 -> 0.2364"},
		{"gallium.application.integrated-circuits.share=1", "gallium.application.integrated-circuits.share: 0.73 -> 1; re-scaled so that shares sum to 1: gallium.application.optoelectronics.share 0.26 -> 0, gallium.application.research-other.share 0.01 -> 0"},
		{"gallium.dependence.optoelectronics.334413=0.5", "gallium.dependence.optoelectronics.334413: 0.025 -> 0.5"},
		{"galium.price_usd_per_t=1", `--set: unknown commodity in "galium.price_usd_per_t": expected a commodity unit before the first point (did you mean gallium?)`},
		{"gallium.price=1", `--set: unknown key "gallium.price": expected a key of gallium (did you mean gallium.price_usd_per_t?)`},
		{"gallium.price_usd_per_t", `--set: "gallium.price_usd_per_t" has no value: expected key=value, such as gallium.supply.CHN.share=0.90`},
		{"gallium.price_usd_per_t=50%", `--set: gallium.price_usd_per_t: "50%": expected a number from 1e-06 to 1e+12 (USD/t)`},
		{"gallium.price_usd_per_t=NaN", `--set: gallium.price_usd_per_t: "NaN": expected a number from 1e-06 to 1e+12 (USD/t)`},
		{"gallium.supply.CHN.share=1.1", `--set: gallium.supply.CHN.share: "1.1": expected a number from 0 to 1 (1)`},
	} {
		v, err := c.Central(Merged)
		if err != nil {
			t.Fatal(err)
		}
		e, err := c.Apply(v, x.edit)
		got := e.String()
		if err != nil {
			got, _, _ = strings.Cut(err.Error(), "\n")
			if fault.CodeOf(err) != fault.Usage {
				t.Errorf("%s: code %d", x.edit, fault.CodeOf(err))
			}
		} else if _, err := c.Bind(i, v); err != nil {
			t.Errorf("%s: %v", x.edit, err)
		}
		if got != x.want {
			t.Errorf("%s:\n got %s\nwant %s", x.edit, got, x.want)
		}
	}
	v, err := c.Central(Merged)
	if err != nil {
		t.Fatal(err)
	}
	before, err := c.Bind(i, v)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Apply(v, "gallium.supply.CHN.share=0.9"); err != nil {
		t.Fatal(err)
	}
	after, err := c.Bind(i, v)
	if err != nil {
		t.Fatal(err)
	}
	u := &c.Units[i]
	near(t, "the share", after.SupplyShare[u.Country("CHN")], 0.9)
	for k, code := range u.Countries {
		if want := before.SupplyShare[k] * 0.1 / (1 - before.SupplyShare[u.Leader]); code != "CHN" && math.Abs(after.SupplyShare[k]-want) > 1e-12 {
			t.Errorf("%s: %g, want %g", code, after.SupplyShare[k], want)
		}
	}
}

// FuzzApply: whatever is typed, it is refused, or the vector still binds.
func FuzzApply(f *testing.F) {
	for _, text := range []string{"gallium.supply.CHN.share=0.9", "gallium.demand_elasticity=-1e-4", "gallium.buyer.optoelectronics.334413=0", "gallium.use.USA.share=100%"} {
		f.Add(text)
	}
	c, err := Load(gallium(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := c.Central(Merged)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Apply(v, text); err != nil {
			if fault.CodeOf(err) != fault.Usage {
				t.Fatal(err)
			}
			return
		}
		if _, err := c.Bind(0, v); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
