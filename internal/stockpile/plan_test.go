package stockpile

import (
	"context"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"chokepoint/data"
	"chokepoint/internal/assess"
	"chokepoint/internal/assess/assesstest"
	"chokepoint/internal/catalog"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/probability"
	"chokepoint/internal/quantile"
)

// shipped is a plan for some units of the shipped tables, made once.
var shipped = sync.OnceValues(func() (*Plan, error) {
	e, err := assesstest.Engine(assess.DefaultMethod())
	if err != nil {
		return nil, err
	}
	c := e.Catalog
	p, err := probability.New(c, e.Figures, probability.Fitted)
	if err != nil {
		return nil, err
	}
	q, err := ReadParameters(c)
	if err != nil {
		return nil, err
	}
	var units []int
	for _, id := range []string{"gallium", "tungsten", "rhodium", "magnesium-metal", "samarium"} {
		u, _ := c.Unit(id)
		units = append(units, u)
	}
	return NewPlan(context.Background(), e, p, q, units, 0)
})

func plan(t testing.TB) *Plan {
	t.Helper()
	x, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	own := *x
	return &own
}

func (x *Plan) named(t testing.TB, id string) *UnitPlan {
	t.Helper()
	for i := range x.Units {
		if x.e.Catalog.Units[x.Units[i].Unit].ID == id {
			return &x.Units[i]
		}
	}
	t.Fatalf("no unit %s", id)
	return nil
}

// TestStopLengths: the parameter is what the table of events says: quantiles of the
// time from effect to end, rounded.
func TestStopLengths(t *testing.T) {
	x := plan(t)
	table, err := x.e.Catalog.Package.Table("events")
	if err != nil {
		t.Fatal(err)
	}
	months := func(text string) float64 { // of a date of month precision or better
		y := float64(int(text[0]-'0')*1000 + int(text[1]-'0')*100 + int(text[2]-'0')*10 + int(text[3]-'0'))
		return 12*y + float64(int(text[5]-'0')*10+int(text[6]-'0'))
	}
	seen := map[string]float64{}
	for row, group := range table.Text("event_group") {
		ended := table.Text("date_ended")[row]
		if ended == "" || table.Text("phase")[row] != "shock" || table.Text("instrument")[row] == "export quota" && group == "co2025" {
			continue // the quota of 2025 has an end that is planned
		}
		if _, ok := seen[group]; !ok {
			seen[group] = months(ended) - months(table.Text("date_effective")[row])
		}
	}
	var lengths []float64
	for _, m := range seen {
		lengths = append(lengths, m)
	}
	slices.Sort(lengths)
	if want := []float64{2, 2, 8, 9, 36, 54}; !slices.Equal(lengths, want) {
		t.Errorf("ended after %v months, want %v", lengths, want)
	}
	q, err := quantile.Exact(lengths, .1, .5, .9)
	if err != nil {
		t.Fatal(err)
	}
	p := x.q["stop_months"]
	if math.Round(q[0]) != p.Low || math.Floor(q[1]) != p.Mode || math.Round(q[2]) != p.High {
		t.Errorf("quantiles %v, the table has %v", q, p)
	}
}

// TestPortfolioOfThePlan: rows hold together, and more money never avoids less.
func TestPortfolioOfThePlan(t *testing.T) {
	x := plan(t)
	last := 0.0
	for _, budget := range []float64{0, .1, 1, 10, 100, 1000, 1e5, -1} {
		rows, err := x.Portfolio(Ask{BudgetMUSD: budget})
		if err != nil {
			t.Fatal(err)
		}
		avoided, cost, before := 0.0, 0.0, math.Inf(1)
		for _, r := range rows {
			avoided += r.AvoidedMUSD
			cost += r.CostMUSD
			if r.PerDollar() > before {
				t.Errorf("budget %v: %s is out of order", budget, x.e.Catalog.Units[r.Unit].ID)
			}
			before = r.PerDollar()
			if r.Tonnes < 0 || r.AvoidedMUSD > r.ExpectedMUSD*(1+1e-12) || r.Tonnes > r.InsuranceTonnes*(1+1e-9) || math.Abs(r.CumulativeMUSD-cost) > 1e-9*(1+cost) {
				t.Errorf("budget %v: %+v", budget, r)
			}
		}
		if budget >= 0 && cost > budget*(1+1e-12) || avoided < last-1e-9 {
			t.Errorf("budget %v: cost %v, avoided %v after %v", budget, cost, avoided, last)
		}
		last = avoided
	}
}

// TestDaysOfUse: 60 days of every mineral.
func TestDaysOfUse(t *testing.T) {
	x := plan(t)
	rows, err := x.Portfolio(Ask{BudgetMUSD: -1, Days: 60})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		f := x.e.Figures[r.Unit]
		near(t, "tonnes", r.Tonnes, f.UseTonnes*60/365, 1e-9*r.Tonnes)
		near(t, "cost", r.CostMUSD, r.Tonnes*f.PriceUSDPerTonne/1e6, 1e-9*r.CostMUSD)
	}
}

// TestGalliumByHand: the outcomes of one unit, recomputed from the results. A stop of
// D months leaves r D - usable months short of use.
func TestGalliumByHand(t *testing.T) {
	x := plan(t)
	u := x.named(t, "gallium")
	lengths, err := x.lengths()
	if err != nil {
		t.Fatal(err)
	}
	d := x.central()
	h, err := x.holding(u, &d, lengths)
	if err != nil {
		t.Fatal(err)
	}
	f := x.e.Figures[u.Unit]
	want := 0.0
	for _, s := range u.Stops {
		r := x.results[s.result].Units[0].Market.UseCut
		for _, months := range lengths {
			if short := r*months - .7*f.StockMonths; short > 0 {
				want += s.Probability.Probability * .1 / 16 * h.curve.LossMUSD(short/months) * months / 12
			}
		}
	}
	near(t, "expected loss", h.ExpectedMUSD(), want, 1e-9*want)
	if u.Stops[0].Country != "CHN" || u.Stops[0].Probability.Probability != 1 {
		t.Errorf("first stop %+v", u.Stops[0])
	}
	full := x.results[u.Stops[0].result]
	near(t, "loss of a year", h.curve.LossMUSD(full.Units[0].Market.UseCut), -(full.Parts.HitMUSD + full.Parts.RestMUSD), 1e-6*want)
}

// TestMoreCommercialStocks: the more there is in private stocks, the less is worth
// holding.
func TestMoreCommercialStocks(t *testing.T) {
	x := plan(t)
	u := x.named(t, "magnesium-metal")
	lengths, err := x.lengths()
	if err != nil {
		t.Fatal(err)
	}
	last := math.Inf(1)
	for _, usable := range []float64{0, .3, .7, 1} {
		d := x.central()
		d.usable = usable
		h, err := x.holding(u, &d, lengths)
		if err != nil {
			t.Fatal(err)
		}
		if e := h.ExpectedMUSD(); e > last {
			t.Errorf("with %v of private stocks the expected loss is %v, with less %v", usable, e, last)
		} else {
			last = e
		}
	}
}

// TestDraws: the same for any number of workers, as many as asked for, and around
// the central value.
func TestDraws(t *testing.T) {
	x := plan(t)
	var first []Row
	for _, workers := range []int{1, 2} {
		rows, err := x.Portfolio(Ask{BudgetMUSD: 50})
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Draw(context.Background(), rows, 24, 7, workers); err != nil {
			t.Fatal(err)
		}
		for i, r := range rows {
			if len(r.Avoided) != 24 || len(r.Insurance) != 24 || slices.Min(r.Avoided) < 0 || slices.Min(r.Insurance) < 0 {
				t.Errorf("%d draws of row %d", len(r.Avoided), i)
			}
			if first != nil && (!slices.Equal(r.Avoided, first[i].Avoided) || !slices.Equal(r.Insurance, first[i].Insurance)) {
				t.Errorf("row %d depends on the number of workers", i)
			}
			if r.AvoidedMUSD > 0 && !(slices.Max(r.Avoided) > r.AvoidedMUSD && slices.Min(r.Avoided) < r.AvoidedMUSD) {
				t.Errorf("row %d: central %v outside the draws", i, r.AvoidedMUSD)
			}
		}
		first = rows
	}
}

// TestCover: a stricter target or a longer time needs no less, and the stock does
// what it says: the draws that need more are at most the target.
func TestCover(t *testing.T) {
	x := plan(t)
	u := x.named(t, "gallium")
	cover := func(target float64, within int) *Cover {
		c, err := x.Cover(context.Background(), u, target, within, 40, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	a, b, c := cover(.05, 6), cover(.5, 6), cover(.05, 12)
	if !(a.Tonnes >= b.Tonnes && c.Tonnes >= a.Tonnes && a.Tonnes > 0) || a.Country != "CHN" {
		t.Errorf("5 %% in 6 months %v t, 50 %% %v t, 5 %% in 12 months %v t", a.Tonnes, b.Tonnes, c.Tonnes)
	}
	if none := cover(1, 6); none.Tonnes != 0 {
		t.Errorf("%v t to accept every risk", none.Tonnes)
	}
	if a.Draws+a.Unstable != 40 || a.ChanceShort < .5 || a.ChanceShort > 1 {
		t.Errorf("%+v", a)
	}
	if most := x.e.Figures[u.Unit].UseTonnes / 2; a.Tonnes > most {
		t.Errorf("%v t for six months, all use is %v t", a.Tonnes, most)
	}
}

func TestSmallest(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	for target, want := range map[float64]float64{0: 5, .19: 5, .2: 4, .4: 3, .8: 1, 1: 0} {
		if got := smallest(values, target); got != want {
			t.Errorf("at most %v may need more: %v, want %v", target, got, want)
		}
	}
}

// TestUnitProgram: the stock is filled in normal months and released in a stop, the
// value falls with the level and is worse in a stop.
func TestUnitProgram(t *testing.T) {
	x := plan(t)
	p, err := x.Program(x.named(t, "gallium"))
	if err != nil {
		t.Fatal(err)
	}
	if p.TargetLevel == 0 || p.Country != "CHN" || math.Abs(p.StopChance-.1) > 1e-12 {
		t.Errorf("target %d of %s with chance %v", p.TargetLevel, p.Country, p.StopChance)
	}
	for level := range p.Policy.Next {
		n := p.Policy.Next[level]
		if n[1] > level || n[1] < level-levelsPerMonth || level <= p.TargetLevel && n[0] != p.TargetLevel {
			t.Errorf("level %d goes to %v", level, n)
		}
		v := p.Policy.Value[level]
		if v[1] < v[0] || level > 0 && v[1] > p.Policy.Value[level-1][1] {
			t.Errorf("level %d costs %v", level, v)
		}
	}
}

// TestNothingToStop: a unit without a foreign net exporter, and one that no one uses,
// have rows without a stock.
func TestNothingToStop(t *testing.T) {
	x := plan(t)
	x.Units = append(slices.Clone(x.Units), UnitPlan{Unit: 0})
	rows, err := x.Portfolio(Ask{BudgetMUSD: -1})
	if err != nil {
		t.Fatal(err)
	}
	if r := rows[len(rows)-1]; r.Unit != 0 || r.Tonnes != 0 || r.Country != "" {
		t.Errorf("%+v", r)
	}
	u := &x.Units[len(x.Units)-1]
	if c, err := x.Cover(context.Background(), u, .05, 6, 4, 1, 1); c != nil || err != nil {
		t.Errorf("cover %v %v", c, err)
	}
	if p, err := x.Program(u); p != nil || err != nil {
		t.Errorf("program %v %v", p, err)
	}
}

// TestParameters: what a table of one's own may not say.
func TestParameters(t *testing.T) {
	base, err := data.FS()
	if err != nil {
		t.Fatal(err)
	}
	const head = "parameter,low,mode,high,unit,meaning,source,grade\n"
	for text, want := range map[string]string{
		"interest,0.07,0.05,0.02,1/yr,x,stock-001,D\n":     "own/stockpile_parameters.csv:2:15: low 0.07, mode 0.05, high 0.02: expected ascending, above 0 to 1",
		"intrest,0.02,0.05,0.07,1/yr,x,stock-001,D\n":      `unknown parameter "intrest": expected one of the shipped table (did you mean interest?)`,
		"stop_months,2,8,90,months,x,stock-001,D\n":        "expected ascending, above 0 to 60",
		"holding_cost,-0.1,0.02,0.05,1/yr,x,stock-001,D\n": "-0.1 is too small",
	} {
		c, err := catalog.Load(base, datapackage.Overlay{Label: "own", FS: fstest.MapFS{"stockpile_parameters.csv": {Data: []byte(head + text)}}})
		if err == nil {
			_, err = ReadParameters(c)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestPresets(t *testing.T) {
	presets, err := Presets(plan(t).e.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, p := range presets {
		found[p.Name] = p.Amount
	}
	for name, amount := range map[string]float64{"jp-60-days": 60, "jp-180-days": 180, "us-appropriation-2025": 2000} {
		if found[name] != amount {
			t.Errorf("%s: %v, want %v", name, found[name], amount)
		}
	}
}

func TestBadPresets(t *testing.T) {
	base, err := data.FS()
	if err != nil {
		t.Fatal(err)
	}
	const head = "preset,economy,kind,amount,unit,meaning,source,grade\n"
	for text, want := range map[string]string{
		"mine,USA,days,1e300,days of use,x,stock-006,A\n":  "own/stockpile_presets.csv:2:15: 1e+300 days of use: expected above 0 to 36500",
		"mine,USA,days,0,days of use,x,stock-006,A\n":      "0 days of use",
		"mine,USA,budget,1e12,million USD,x,stock-006,A\n": "1e+12 million USD: expected above 0 to 1e+09",
		"mine,USA,budget,-1,million USD,x,stock-006,A\n":   "-1 is too small",
		"mine,USA,weeks,60,weeks of use,x,stock-006,A\n":   `"weeks" is not allowed`,
	} {
		c, err := catalog.Load(base, datapackage.Overlay{Label: "own", FS: fstest.MapFS{"stockpile_presets.csv": {Data: []byte(head + text)}}})
		if err == nil {
			_, err = Presets(c)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	x := plan(b)
	lengths, err := x.lengths()
	if err != nil {
		b.Fatal(err)
	}
	d := x.central()
	u := x.named(b, "gallium")
	for b.Loop() {
		h, err := x.holding(u, &d, lengths)
		if err != nil {
			b.Fatal(err)
		}
		h.Insure(d.carrying)
	}
}
