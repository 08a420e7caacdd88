package concentration

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %.12g, want %.12g", what, got, want)
	}
}

// TestByHand: four producers of 50, 30, 15 and 5 %.
func TestByHand(t *testing.T) {
	s := []float64{0.3, 0.5, 0.05, 0.15}
	near(t, "HHI", HHI(s), 2500+900+225+25, 1e-9)
	near(t, "top three", Top(s, 3), 0.95, 1e-15)
	near(t, "top ten", Top(s, 10), 1, 1e-15)
	near(t, "weighted", WeightedHHI(s, []float64{2, 6, 10, 4}), 0.09*2+0.25*6+0.0025*10+0.0225*4, 1e-15)
	near(t, "monopoly", HHI([]float64{1}), 10000, 0)
	if n := Producers(append(s, 0, 0)); n != 4 {
		t.Errorf("%d producers", n)
	}
	for _, x := range [][3]float64{{-2.5, 10, 1}, {2.5, 0, 0}, {0, 5, 0.5}, {1, 3, 0.3}, {-3, 10, 1}, {3, 0, 0}} {
		near(t, "governance", GovernanceRisk(x[0]), x[1], 1e-15)
		near(t, "instability", Instability(x[0]), x[2], 1e-15)
	}
	r, ok := NetImportReliance(200, 50, 30)
	near(t, "reliance", r, 0.6, 1e-15)
	if !ok {
		t.Error("not known")
	}
	if r, _ = NetImportReliance(100, 150, 0); r != -0.5 {
		t.Errorf("net exporter: %g", r)
	}
	if _, ok = NetImportReliance(0, 1, 0); ok {
		t.Error("reliance without use")
	}
}

// TestSupplyRiskByHand: antimony of the EU study of 2017 from its printed inputs.
// (7.1 x 0.5 + 5.7 x 0.5) x (1 - 0.28) x 0.9 = 4.1472; printed 4.3, which lies
// within what the rounding of the inputs leaves open.
func TestSupplyRiskByHand(t *testing.T) {
	x := SupplyRiskInput{World: 7.1, EU: 5.7, ImportReliance: 1, EndOfLifeRecycling: 0.28, Substitution: 0.9}
	near(t, "antimony", SupplyRisk(x), 4.1472, 1e-12)
	x.ImportReliance = 0
	near(t, "no imports: sourcing only", SupplyRisk(x), 5.7*0.72*0.9, 1e-12)
	x.ImportReliance = 0.4
	near(t, "40 % imports", SupplyRisk(x), (7.1*0.2+5.7*0.8)*0.72*0.9, 1e-12)
	x.ImportReliance = 3
	near(t, "reliance is cut at 1", SupplyRisk(x), 4.1472, 1e-12)
	x.OnlyWorld = true
	near(t, "world only", SupplyRisk(x), 7.1*0.72*0.9, 1e-12)
	x.OnlyWorld, x.OnlyEU = false, true
	near(t, "EU only", SupplyRisk(x), 5.7*0.72*0.9, 1e-12)
}

func TestOtherFormulasByHand(t *testing.T) {
	uses := []SectorUse{{0.6, 100}, {0.4, 50}}
	near(t, "importance", EconomicImportance(uses, 0.9, 200), 10*(60+20)/200*0.9, 1e-12)
	near(t, "largest sector alone", EconomicImportance([]SectorUse{{1, 200}}, 1, 200), 10, 1e-12)
	// 40 t from a country of 0.6, 20 t of 0.2, 40 t made at home; HHI 0.5
	g, ok := GeoPolRisk(5000, []Import{{40, 0.6}, {20, 0.2}}, 40)
	near(t, "geopolrisk", g, 0.5*(24+4)/100, 1e-15)
	if !ok {
		t.Error("not known")
	}
	if _, ok = GeoPolRisk(5000, nil, 0); ok {
		t.Error("GeoPolRisk without trade and output")
	}
	near(t, "DP", DisruptionPotential([]Supplier{{0.8, 0.5, 0.75}, {0.1, 1, 1}}), 0.64*0.375+0.01, 1e-15)
	near(t, "EV", EconomicVulnerability([]Buyer{{0.02, 10, 40}, {0.01, 50, 40}, {0.5, 0, 0}, {0.03, 1, -5}}), 0.005+0.01+0.03, 1e-15)
	near(t, "score", Score(0.2, 0.5, 0.08), 0.2, 1e-15)
}

func shares(t *rapid.T) []float64 {
	s := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 30).Draw(t, "shares")
	sum := 0.0
	for _, x := range s {
		sum += x
	}
	if sum == 0 {
		s[0], sum = 1, 1
	}
	for k := range s {
		s[k] /= sum
	}
	return s
}

// TestProperties: bounds, countries with nothing, order, splitting, merging.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := shares(t)
		h := HHI(s)
		if h < 1e4/float64(len(s))-1e-6 || h > 1e4+1e-6 {
			t.Fatalf("HHI %g of %d countries", h, len(s))
		}
		weights := make([]float64, len(s))
		for k := range weights {
			weights[k] = rapid.Float64Range(0, 10).Draw(t, "weight")
		}
		w := WeightedHHI(s, weights)
		if w < 0 || w > 10*h/1e4+1e-9 {
			t.Fatalf("weighted %g, HHI %g", w, h)
		}
		none := append(append([]float64{}, s...), 0, 0)
		if HHI(none) != h || Top(none, 3) != Top(s, 3) || WeightedHHI(none, append(weights, 10, 0)) != w || Producers(none) != Producers(s) {
			t.Fatal("countries without output change a score")
		}
		back := make([]float64, len(s))
		for k := range s {
			back[len(s)-1-k] = s[k]
		}
		if math.Abs(HHI(back)-h) > 1e-9 || math.Abs(Top(back, 3)-Top(s, 3)) > 1e-12 {
			t.Fatal("the order of countries matters")
		}
		f := rapid.Float64Range(0, 1).Draw(t, "split")
		split := append(append([]float64{}, s[1:]...), f*s[0], (1-f)*s[0])
		want := h - 1e4*2*f*(1-f)*s[0]*s[0]
		if math.Abs(HHI(split)-want) > 1e-6 || HHI(split) > h+1e-9 || Top(split, 3) > Top(s, 3)+1e-12 {
			t.Fatalf("split: HHI %g to %g, want %g", h, HHI(split), want)
		}
		if Top(s, 1) > Top(s, 3) || Top(s, 3) > 1+1e-9 || h < 1e4*Top(s, 1)*Top(s, 1)-1e-6 || h > 1e4*Top(s, 1)+1e-6 {
			t.Fatalf("HHI %g outside of s1^2 and s1", h)
		}
	})
}

// TestSupplyRiskProperties: more recycling, easier substitution and a better
// governed supply never raise the risk; it lies between its two parts.
func TestSupplyRiskProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.Float64Range(0, 1)
		x := SupplyRiskInput{World: rapid.Float64Range(0, 10).Draw(t, "world"), EU: rapid.Float64Range(0, 10).Draw(t, "eu"), ImportReliance: unit.Draw(t, "ir"), EndOfLifeRecycling: unit.Draw(t, "eol"), Substitution: unit.Draw(t, "si")}
		r := SupplyRisk(x)
		if r < 0 || r > max(x.World, x.EU)+1e-12 {
			t.Fatalf("%+v: %g", x, r)
		}
		y := x
		y.EndOfLifeRecycling = min(1, x.EndOfLifeRecycling+0.1)
		if SupplyRisk(y) > r+1e-12 {
			t.Fatal("recycling raises the risk")
		}
		y = x
		y.World += 1
		if SupplyRisk(y) < r-1e-12 {
			t.Fatal("a riskier world lowers the risk")
		}
	})
}

func FuzzIndices(f *testing.F) {
	f.Add(0.5, 0.3, 0.2, 0.1)
	f.Add(0.0, 0.0, 0.0, 0.0)
	f.Add(1.0, 1e-300, 0.0, -2.5)
	f.Fuzz(func(t *testing.T, a, b, c, score float64) {
		for _, x := range []float64{a, b, c} {
			if !(x >= 0 && x <= 1) {
				return // not a share
			}
		}
		if math.IsNaN(score) || math.IsInf(score, 0) {
			return
		}
		s := []float64{a, b, c}
		for what, v := range map[string]float64{"HHI": HHI(s), "top": Top(s, 2), "governance": GovernanceRisk(score), "instability": Instability(score),
			"weighted": WeightedHHI(s, []float64{GovernanceRisk(score), 5, 5}), "score": Score(a, b, c)} {
			if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
				t.Errorf("%s of %v: %g", what, s, v)
			}
		}
	})
}
