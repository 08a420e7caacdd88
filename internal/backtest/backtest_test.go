package backtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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
	"chokepoint/internal/fault"
	"chokepoint/internal/path"
)

// shipped is the engine and events of the shipped tables, made once.
var shipped = sync.OnceValues(func() (*Model, error) {
	e, err := assesstest.Engine(assess.DefaultMethod())
	if err != nil {
		return nil, err
	}
	ranges, err := Ranges(e.Catalog)
	return &Model{Engine: e, Ranges: ranges, Structure: Shipped(), Draws: 64, Seed: 1}, err
})

func model(t testing.TB) (*Model, []Event) {
	t.Helper()
	m, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	events, err := Load(m.Engine.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	own := *m
	return &own, events
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %v, want %v within %v", what, got, want, tolerance)
	}
}

// TestScore: three forecasts by hand.
func TestScore(t *testing.T) {
	f := Forecast{1, 2, 4}
	near(t, "error of the median", f.Log2Error(8), 2, 1e-12)
	near(t, "error of the median", f.Log2Error(1), 1, 1e-12)
	// ln 2 = .693: what came is 2, at the median. Losses .1 ln 2, 0, .1 ln 2.
	near(t, "loss at the median", f.Loss(2), .2*math.Ln2/3, 1e-12)
	// 8: above all three by ln 8, ln 4, ln 2 = 3, 2, 1 times ln 2.
	near(t, "loss above", f.Loss(8), (.1*3+.5*2+.9*1)*math.Ln2/3, 1e-12)
	// .5: below by 1, 2, 3 times ln 2.
	near(t, "loss below", f.Loss(.5), (.9*1+.5*2+.1*3)*math.Ln2/3, 1e-12)
	for ratio, inside := range map[float64]bool{.99: false, 1: true, 3: true, 4: true, 4.01: false} {
		if f.Inside(ratio) != inside {
			t.Errorf("%v inside: %v", ratio, !inside)
		}
	}
	s := score([]Forecast{f, f, f}, []float64{2, 8, 1})
	if s.N != 3 || s.Inside != 2 || s.MedianLog2Error != 1 {
		t.Errorf("%+v, want 2 of 3 inside and a median error of 1", s)
	}
	near(t, "coverage", s.Coverage(), 2.0/3, 1e-15)
	near(t, "mean loss", s.Loss, (f.Loss(2)+f.Loss(8)+f.Loss(1))/3, 1e-15)
	if s := score(nil, nil); s != (Score{}) || s.Coverage() != 0 {
		t.Errorf("nothing scores %+v", s)
	}
}

// TestLossIsProper: the quantile loss is least for the quantiles of what comes.
func TestLossIsProper(t *testing.T) {
	var ratios []float64
	for i := range 999 {
		ratios = append(ratios, exp(float64(i)/300))
	}
	at := func(f Forecast) (sum float64) {
		for _, r := range ratios {
			sum += f.Loss(r)
		}
		return sum
	}
	best := climatology(ratios)
	for _, f := range []Forecast{{best.P10 * 1.1, best.P50, best.P90}, {best.P10, best.P50 * .9, best.P90}, {best.P10, best.P50, best.P90 * 1.2}, {1, 1, 1}} {
		if at(f) <= at(best) {
			t.Errorf("%v scores no worse than the quantiles %v", f, best)
		}
	}
}

func TestNaive(t *testing.T) {
	f := noChange(4, .075) // sd .15 of ln price
	near(t, "10 % point", f.P10, math.Exp(-1.2815515655446004*.15), 1e-12)
	near(t, "90 % point", f.P90, math.Exp(1.2815515655446004*.15), 1e-12)
	if f.P50 != 1 || noChange(0, .075) != (Forecast{1, 1, 1}) {
		t.Error("no change is a ratio of 1")
	}
	near(t, "median of 1, 2, 8", climatology([]float64{2, 8, 1}).P50, 2, 1e-12)
	if climatology(nil) != (Forecast{1, 1, 1}) {
		t.Error("who knows nothing says no change")
	}
}

func TestLnExp(t *testing.T) {
	for _, x := range []float64{1e-6, .3, 1, 2, 26.1, 1e6} {
		near(t, "ln", ln(x), math.Log(x), 1e-14*(1+math.Abs(math.Log(x))))
		near(t, "exp of ln", exp(ln(x)), x, 1e-13*x)
	}
	if ln(1) != 0 || exp(0) != 1 {
		t.Error("ln 1 and exp 0 are exact")
	}
}

func TestDates(t *testing.T) {
	for text, month := range map[string]float64{"2023": 2023*12 + 6, "2023-07": 2023*12 + 6.5, "2023-07-01": 2023*12 + 6 + .5/31, "2024-02-29": 2024*12 + 1 + 28.5/29} {
		d, ok := parseDate(text)
		if !ok || math.Abs(d.Month()-month) > 1e-9 || !d.Set() {
			t.Errorf("%s: %v %v, want month %v", text, d.Month(), ok, month)
		}
	}
	for _, text := range []string{"2023-13", "2023-02-30", "23-07", "1799", "2023-7", "July", "2023-07-03 "} {
		if _, ok := parseDate(text); ok {
			t.Errorf("%q passes for a date", text)
		}
	}
	if d, ok := parseDate(""); !ok || d.Set() {
		t.Error("no date is no error and not set")
	}
	year, _ := parseDate("2010")
	month, _ := parseDate("2010-07")
	if month.before(year) || year.before(month) {
		t.Error("a month of a year lies neither before nor after it")
	}
}

func TestMeasures(t *testing.T) {
	for text, want := range map[string]Measure{"export quota": Quota, "export licensing": Licence, "export permits": Licence, "Export suspension then quota": Stop, "power rationing": Outage,
		"plant outage (converter) and pandemic": Outage, "mining ban (Wa State)": Outage, "ore export ban brought forward": OreStop, "war and sanctions risk": Threat, "risk unwinds": Threat, "export tax": unmeasured, "more of the same": unmeasured} {
		if got := measureOf(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// TestShippedEvents: rows as they stand in the record.
func TestShippedEvents(t *testing.T) {
	m, events := model(t)
	if len(events) != 25 {
		t.Errorf("%d events", len(events))
	}
	n := map[string]int{}
	for _, e := range events {
		n[e.Split]++
		if e.Untestable != "" || e.Ratio <= 0 {
			t.Errorf("%s: ratio %v, %s", e.ID, e.Ratio, e.Untestable)
		}
	}
	if n[Calibration] != 17 || n[Validation] != 8 {
		t.Errorf("%v rows, want 17 and 8", n)
	}
	r, err := m.Test(context.Background(), events, events)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Rows {
		if x.Untestable != "" || !(x.P10 <= x.P50 && x.P50 <= x.P90 && x.P10 > 0) || x.Draws+x.Rejected != m.Draws {
			t.Errorf("%s: %+v", x.Event.ID, x.Prediction)
		}
	}
	rows := 0
	for _, l := range r.Lines {
		if l.Split == "" {
			rows += l.Model.N
		}
	}
	if rows != 25 {
		t.Errorf("shocks, reversals and null events are %d rows together", rows)
	}
}

// TestWorkersAndCompany: a forecast depends neither on the number of workers nor on
// the other events.
func TestWorkersAndCompany(t *testing.T) {
	m, events := model(t)
	all, err := m.Predict(context.Background(), events)
	if err != nil {
		t.Fatal(err)
	}
	m.Workers = 1
	for i := range events {
		one, err := m.Predict(context.Background(), events[i:i+1])
		if err != nil {
			t.Fatal(err)
		}
		if one[0].Forecast != all[i].Forecast {
			t.Errorf("%s alone: %v, with others %v", events[i].ID, one[0].Forecast, all[i].Forecast)
		}
	}
}

// TestNeverSeesValidation: what a fit does must not move when the validation rows
// change, and a fit refuses such a row.
func TestNeverSeesValidation(t *testing.T) {
	m, events := model(t)
	m.Draws = 4
	before, err := m.Try(context.Background(), Variant{"shipped", Shipped()}, events)
	if err != nil {
		t.Fatal(err)
	}
	changed := slices.Clone(events)
	for i := range changed {
		if changed[i].Split == Validation {
			changed[i].Ratio *= 100
			changed[i].WorldShare = .5
			changed[i].HorizonMonths = 20
		}
	}
	after, err := m.Try(context.Background(), Variant{"shipped", Shipped()}, changed)
	if err != nil {
		t.Fatal(err)
	}
	if before.Judged != after.Judged || before.LeftOut != after.LeftOut || before.LeftGroups != after.LeftGroups {
		t.Errorf("another validation, another fit: %+v, %+v", before, after)
	}
	for i, f := range before.Folds {
		if !slices.Equal(f.Fit.Ranges, after.Folds[i].Fit.Ranges) {
			t.Errorf("another validation, another fit without %s", f.Group)
		}
		for _, p := range f.Predictions {
			if p.Event.Group != f.Group || p.Event.Split != Calibration {
				t.Errorf("the fold of %s holds %s", f.Group, p.Event.ID)
			}
		}
	}
	if _, err := m.Fit(context.Background(), events); !errors.Is(err, ErrLeakage) {
		t.Errorf("a fit on validation rows: %v", err)
	}
	if _, err := m.Fit(context.Background(), nil); !errors.Is(err, ErrUnfit) {
		t.Errorf("a fit on nothing: %v", err)
	}
}

// TestFoldSeesOthersOnly: the fit for a group does not depend on the ratios of that
// group.
func TestFoldSeesOthersOnly(t *testing.T) {
	m, events := model(t)
	m.Draws = 4
	changed := slices.Clone(events)
	for i := range changed {
		if changed[i].Group == "ga2023" {
			changed[i].Ratio *= 50
		}
	}
	a, err := m.LeaveOneOut(context.Background(), events)
	if err != nil {
		t.Fatal(err)
	}
	b, err := m.LeaveOneOut(context.Background(), changed)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a {
		if same := slices.Equal(a[i].Fit.Ranges, b[i].Fit.Ranges) && a[i].Fit.Loss == b[i].Fit.Loss; same != (a[i].Group == "ga2023") {
			t.Errorf("fit without %s: the same %v after gallium changed", a[i].Group, same)
		}
	}
}

// TestFitFinds: on events whose ratios are the model's own with another gamma, the
// fit moves gamma that way and lowers the loss.
func TestFitFinds(t *testing.T) {
	m, events := model(t)
	m.Draws = 32
	truth := *m
	truth.Ranges = slices.Clone(m.Ranges)
	for i, r := range truth.Ranges {
		if r.Name == "stock_sensitivity" {
			truth.Ranges[i] = r.shifted(2.5*r.Mode, 1)
		}
	}
	predictions, err := truth.Predict(context.Background(), events)
	if err != nil {
		t.Fatal(err)
	}
	var made []Event
	for i, e := range events {
		e.Ratio, e.Split = predictions[i].P50, Calibration
		made = append(made, e)
	}
	f, err := m.Fit(context.Background(), made)
	if err != nil {
		t.Fatal(err)
	}
	start, err := m.Predict(context.Background(), made)
	if err != nil {
		t.Fatal(err)
	}
	if loss := groupLoss(start); f.Loss >= loss {
		t.Errorf("loss %v after the fit, %v before", f.Loss, loss)
	}
	for i, r := range f.Ranges {
		if r.Name == "stock_sensitivity" && !(r.Mode > 1.2*m.Ranges[i].Mode) {
			t.Errorf("gamma %v, made with 2.5 times %v", r.Mode, m.Ranges[i].Mode)
		}
	}
}

// TestShifted: a range keeps its form on its scale.
func TestShifted(t *testing.T) {
	r := Range{"x", 1, 2, 8, false}
	if s := r.shifted(2, 1); math.Abs(s.Low-1) > 1e-12 || math.Abs(s.High-8) > 1e-12 {
		t.Errorf("moved by nothing: %v", s)
	}
	s := r.shifted(20, 1)
	near(t, "low", s.Low, 10, 1e-12)
	near(t, "high", s.High, 80, 1e-11)
	w := r.shifted(2, 2)
	near(t, "low of twice the width", w.Low, .5, 1e-12)
	near(t, "high of twice the width", w.High, 32, 1e-11)
	near(t, "distance to high", r.away(8), 1, 1e-12)
	near(t, "distance to low", r.away(1), -1, 1e-12)
	share := Range{"s", .2, .5, .8, true}
	near(t, "odds of .8 from odds of .5", share.away(.8), 1, 1e-12)
	near(t, "a share stays below 1", share.shifted(.8, 1).High, 16.0/17, 1e-12)
}

// TestEffects: what must hold of a forecast, whatever the parameters.
func TestEffects(t *testing.T) {
	m, events := model(t)
	find := func(id string) Event {
		for _, e := range events {
			if e.ID == id {
				return e
			}
		}
		t.Fatalf("no event %s", id)
		return Event{}
	}
	median := func(change func(*Event), id string) float64 {
		e := find(id)
		change(&e)
		p, err := m.Predict(context.Background(), []Event{e})
		if err != nil {
			t.Fatal(err)
		}
		return p[0].P50
	}
	base := median(func(*Event) {}, "ga2023-5m")
	if v := median(func(e *Event) { e.WorldShare = .6 }, "ga2023-5m"); v >= base {
		t.Errorf("a share of 60 %% moves the price to %v, one of 98 %% to %v", v, base)
	}
	if v := median(func(e *Event) { e.StockMonths = 24 }, "ga2023-5m"); v >= base {
		t.Errorf("two years of stocks move the price to %v, three months to %v", v, base)
	}
	if v := median(func(e *Event) { e.Measure = Stop }, "ga2023-5m"); v <= base {
		t.Errorf("a stop moves the price to %v, licences to %v", v, base)
	}
	if v := median(func(e *Event) { e.Market = Domestic }, "ga2023-5m"); v > 1 {
		t.Errorf("inside China the price goes to %v", v)
	}
	if v := median(func(e *Event) { e.WorldLoss = .02 }, "mg2021-eu"); v >= median(func(*Event) {}, "mg2021-eu") {
		t.Errorf("a smaller loss moves the price as much: %v", v)
	}
}

// TestNothingHappens: a quota that lets everything through, without noise, moves
// nothing.
func TestNothingHappens(t *testing.T) {
	m, events := model(t)
	m.Structure.DrawInputs = false
	m.Ranges = slices.Clone(m.Ranges)
	for i, r := range m.Ranges {
		switch r.Name {
		case "quota_flow":
			m.Ranges[i] = Range{r.Name, 1, 1, 1, true}
		case "monthly_noise":
			m.Ranges[i] = Range{r.Name, 0, 0, 0, false}
		}
	}
	for _, e := range events {
		if e.Measure != Quota {
			continue
		}
		p, err := m.Predict(context.Background(), []Event{e})
		if err != nil {
			t.Fatal(err)
		}
		near(t, e.ID, p[0].P10, 1, 1e-12)
		near(t, e.ID, p[0].P90, 1, 1e-12)
	}
}

// TestUnstableDrawsAreCounted: with parameters that swing, every draw is rejected,
// and the event says so.
func TestUnstableDrawsAreCounted(t *testing.T) {
	m, events := model(t)
	m.Ranges = slices.Clone(m.Ranges)
	for i, r := range m.Ranges {
		if r.Name == "stock_sensitivity" {
			m.Ranges[i] = Range{r.Name, 20, 20, 20, false}
		}
	}
	events[0].StockMonths = .1
	p, err := m.Predict(context.Background(), events[:1])
	if err != nil || p[0].Rejected != m.Draws || p[0].Draws != 0 || !strings.Contains(p[0].Untestable, "unstable") {
		t.Errorf("%+v %v", p[0], err)
	}
}

// TestEditsAreKept: an elasticity that was set does not vary.
func TestEditsAreKept(t *testing.T) {
	m, events := model(t)
	e, err := m.Engine.Variant(m.Engine.Method, "gallium.demand_elasticity=-5")
	if err != nil {
		t.Fatal(err)
	}
	edited := *m
	edited.Engine = e
	for _, x := range events {
		if x.Group != "ga2023" {
			continue
		}
		before, err := m.Predict(context.Background(), []Event{x})
		if err != nil {
			t.Fatal(err)
		}
		after, err := edited.Predict(context.Background(), []Event{x})
		if err != nil {
			t.Fatal(err)
		}
		if !(after[0].P50 < before[0].P50) {
			t.Errorf("%s: median %v with an elasticity of -5, %v before", x.ID, after[0].P50, before[0].P50)
		}
	}
}

func TestModelRefuses(t *testing.T) {
	m, events := model(t)
	for _, draws := range []int{0, -1, MaxDraws + 1} {
		x := *m
		x.Draws = draws
		if _, err := x.Predict(context.Background(), events); !errors.Is(err, ErrDraws) {
			t.Errorf("%d draws: %v", draws, err)
		}
	}
	x := *m
	x.Ranges = []Range{{"no_such", 1, 2, 3, false}}
	if _, err := x.Predict(context.Background(), events); !errors.Is(err, ErrRanges) {
		t.Errorf("an unknown parameter: %v", err)
	}
	x.Ranges = []Range{{"ramp_months", 3, 2, 1, false}}
	if _, err := x.Predict(context.Background(), events); !errors.Is(err, ErrRanges) {
		t.Errorf("a range upside down: %v", err)
	}
	if _, err := m.Test(context.Background(), nil, nil); !errors.Is(err, ErrNoRows) {
		t.Errorf("no events: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.Predict(ctx, events); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

const header = "event_id,event_group,phase,commodity_unit,country,instrument,date_announced,date_effective,date_ended,country_world_share_pct,supply_loss_pct_world,market,price_before,price_before_date,price_after,price_after_date,price_unit,horizon_months,price_ratio,ratio_low,ratio_high,quantity_effect,stocks_months_before,source,grade,note,split\n"

// row is a good row of a file of events, with some cells changed.
func row(changes map[string]string) string {
	cells := map[string]string{"event_id": "mine", "event_group": "mine", "phase": "shock", "commodity_unit": "gallium", "country": "CHN", "instrument": "export licensing",
		"date_announced": "2023-07-03", "date_effective": "2023-08-01", "country_world_share_pct": "98", "market": "EU", "price_before": "100", "price_before_date": "2023-06", "price_after": "200", "price_after_date": "2023-12", "horizon_months": "5.5", "price_ratio": "2", "source": "my desk", "grade": "D", "split": "validation"}
	for k, v := range changes {
		cells[k] = v
	}
	var out []string
	for _, name := range strings.Split(strings.TrimSpace(header), ",") {
		out = append(out, cells[name])
	}
	return strings.Join(out, ",") + "\n"
}

func load(t testing.TB, content string) ([]Event, error) {
	t.Helper()
	m, _ := model(t)
	base, err := data.FS()
	if err != nil {
		t.Fatal(err)
	}
	return LoadFile(m.Engine.Catalog, base, []byte(content), "my/events of mine.csv")
}

func TestLoadFile(t *testing.T) {
	events, err := load(t, header+row(nil)+row(map[string]string{"event_id": "other", "price_ratio": "", "horizon_months": "", "stocks_months_before": "0"}))
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != 2 || events[0].Ratio != 2 || events[0].WorldShare != .98 || events[0].StockMonths != -1 || events[0].WorldLoss != -1 || events[0].Measure != Licence {
		t.Errorf("%+v", events)
	}
	if e := events[1]; e.Ratio != 2 || e.StockMonths != 0 || math.Abs(e.HorizonMonths-(5.5-2.5/31)) > .001 {
		t.Errorf("ratio and horizon from prices and dates: %+v", e)
	}
}

// TestUntestable: a row without a price is listed, not refused.
func TestUntestable(t *testing.T) {
	m, _ := model(t)
	noPrice := map[string]string{"price_before": "", "price_after": "", "price_ratio": ""}
	events, err := load(t, header+row(noPrice)+
		row(map[string]string{"event_id": "b", "price_after_date": "", "horizon_months": ""})+
		row(map[string]string{"event_id": "c", "phase": "reversal", "price_before_date": ""})+
		row(map[string]string{"event_id": "d", "country_world_share_pct": "0"})+
		row(map[string]string{"event_id": "f", "phase": "reversal", "date_announced": "1950", "date_effective": "1950"})+
		row(map[string]string{"event_id": "e"}))
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Test(context.Background(), events, events)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"no price before and after", "neither a horizon", "without the date of the peak", "no share of world output", "more than 240 months", ""} {
		if got := r.Rows[i].Untestable; !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("row %d: %q, want %q", i, got, want)
		}
	}
	if n := len(r.UntestableTable(m.Engine.Catalog).Rows); n != 5 {
		t.Errorf("%d rows are not testable, want 5", n)
	}
	if len(r.Lines) != 3 || r.Lines[0].Model.N != 1 { // the group, all shocks of the split, all shocks
		t.Errorf("lines %+v", r.Lines)
	}
}

func TestBadFiles(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes map[string]string
		want    string
	}{
		{"effective before announced", map[string]string{"date_effective": "2023-06"}, "my/events of mine.csv:2:57: the date 2023-06 lies before 2023-07-03, the date_announced"},
		{"ended before effective", map[string]string{"date_ended": "2023-07-31"}, "lies before 2023-08-01, the date_effective"},
		{"price after before the price before", map[string]string{"price_after_date": "2023-05", "date_announced": "2022", "date_effective": "2022"}, "lies before 2023-06, the price_before_date"},
		{"a date that is none", map[string]string{"date_announced": "2023-02-30"}, `"2023-02-30" is no date`},
		{"another form of date", map[string]string{"date_announced": "3 July"}, `"3 July" has the wrong form`},
		{"negative cover", map[string]string{"stocks_months_before": "-1"}, "-1 is too small: expected a number from 0 to 120 (months)"},
		{"negative price", map[string]string{"price_before": "-5"}, "-5 is too small"},
		{"a ratio that is none", map[string]string{"price_ratio": "NaN"}, "is not a finite number"},
		{"a ratio that the prices deny", map[string]string{"price_ratio": "3"}, "a ratio of 3 for prices of 100 and 200: expected 2"},
		{"range upside down", map[string]string{"ratio_low": "3", "ratio_high": "2"}, "a smallest ratio of 3 above the largest, 2"},
		{"unknown commodity", map[string]string{"commodity_unit": "galium"}, `unknown commodity "galium": expected a commodity unit that ` + "`chokepoint show` knows (did you mean gallium?)"},
		{"unknown country", map[string]string{"country": "ZZZ"}, `unknown country "ZZZ"`},
		{"an instrument without a measure", map[string]string{"instrument": "export tax"}, `"export tax" does not say what was done`},
		{"loss above the share", map[string]string{"supply_loss_pct_world": "99"}, "99 % of world output lost by a country that makes 98 %"},
		{"unknown phase", map[string]string{"phase": "boom"}, `"boom" is not allowed: expected one of shock, reversal, no-effect`},
		{"horizon over the limit", map[string]string{"horizon_months": "121"}, "121 is too large"},
		{"horizon over the limit by dates", map[string]string{"horizon_months": "", "price_after_date": "2040"}, "at most 120"},
	} {
		_, err := load(t, header+row(c.changes))
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != fault.InvalidData || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "my/events of mine.csv:2:") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	for name, content := range map[string]string{"empty": "", "no rows": header, "a column missing": strings.Replace(header, "market,", "", 1), "twice the same": header + row(nil) + row(nil)} {
		if _, err := load(t, content); err == nil || !strings.HasPrefix(err.Error(), "my/events of mine.csv") {
			t.Errorf("%s: %v", name, err)
		}
	}
	many := strings.Builder{}
	many.WriteString(header)
	for i := range MaxEvents + 1 {
		many.WriteString(row(map[string]string{"event_id": fmt.Sprintf("e-%d", i)}))
	}
	if _, err := load(t, many.String()); err == nil || !strings.Contains(err.Error(), "at most 2000") {
		t.Errorf("too many: %v", err)
	}
}

// onlyEvents is a package with the table of events alone, which opens faster.
func onlyEvents(t testing.TB) fs.FS {
	t.Helper()
	base, err := data.FS()
	if err != nil {
		t.Fatal(err)
	}
	content, err := fs.ReadFile(base, datapackage.DescriptorName)
	if err != nil {
		t.Fatal(err)
	}
	var descriptor map[string]any
	if err := json.Unmarshal(content, &descriptor); err != nil {
		t.Fatal(err)
	}
	for _, r := range descriptor["resources"].([]any) {
		if r := r.(map[string]any); r["name"] == "events" {
			delete(r["schema"].(map[string]any), "foreignKeys")
			descriptor["resources"] = []any{r}
		}
	}
	if content, err = json.Marshal(descriptor); err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{datapackage.DescriptorName: {Data: content}, "tables/events.csv": {Data: []byte(header)}}
}

// FuzzLoadFile: whatever a file holds, it is an error in the house shape or events
// that are finite and can be forecast.
func FuzzLoadFile(f *testing.F) {
	f.Add([]byte(header + row(nil)))
	f.Add([]byte(header + row(map[string]string{"phase": "reversal", "date_ended": "2025"})))
	f.Add([]byte(header + row(map[string]string{"instrument": "ore ban", "country": "IDN", "commodity_unit": "nickel-refined", "horizon_months": ""})))
	f.Add([]byte("event_id\nx"))
	m, _ := model(f)
	m.Draws = 2
	base := onlyEvents(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		events, err := LoadFile(m.Engine.Catalog, base, content, "my/events of mine.csv")
		if err != nil {
			var x *fault.Error
			if !errors.As(err, &x) || strings.Count(err.Error(), "\n") > 1 {
				t.Fatalf("%q", err)
			}
			return
		}
		predictions, err := m.Predict(context.Background(), events)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range predictions {
			for _, v := range []float64{p.P10, p.P50, p.P90, p.Event.Ratio, p.Event.HorizonMonths} {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("%+v", p)
				}
			}
		}
	})
}

func BenchmarkPredict(b *testing.B) {
	m, events := model(b)
	m.Workers = 1
	for b.Loop() {
		if _, err := m.Predict(context.Background(), events); err != nil {
			b.Fatal(err)
		}
	}
}

// TestVariants: every structure that is judged differs from the others.
// TestBadRanges: parameters of the test that cannot be are refused with their place,
// not by a path that cannot run.
func TestBadRanges(t *testing.T) {
	base, err := data.FS()
	if err != nil {
		t.Fatal(err)
	}
	const head = "parameter,low,mode,high,unit,meaning,source,grade\n"
	for text, want := range map[string]string{
		"pipeline_months,1,2,1e9,months,x,event-027,D\n":         "own/backtest_parameters.csv:2:19: low 1, mode 2, high 1e+09: expected ascending, from 0 to 120",
		"harmless_lag_months,1e7,1e7,1e7,months,x,event-028,D\n": "expected ascending, from 0 to 120",
		"quota_flow,1,2,3,1,x,event-026,C\n":                     "expected ascending, from 0 to 1",
		"quota_flow,0.9,0.44,0.6,share,x,event-026,C\n":          "low 0.9, mode 0.44, high 0.6",
		"monthly_noise,0,0.075,1e300,1,x,event-029,B\n":          "expected ascending, from 0 to 1",
		"monthly_nose,0,0.075,0.1,1,x,event-029,B\n":             "did you mean monthly_noise?",
	} {
		c, err := catalog.Load(base, datapackage.Overlay{Label: "own", FS: fstest.MapFS{"backtest_parameters.csv": {Data: []byte(head + text)}}})
		if err == nil {
			_, err = Ranges(c)
		}
		if err == nil || !strings.Contains(err.Error(), want) || fault.CodeOf(err) != fault.InvalidData {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestVariants(t *testing.T) {
	seen := map[Structure]string{}
	for _, v := range Variants() {
		if other, ok := seen[v.Structure]; ok {
			t.Errorf("%s is %s", v.Name, other)
		}
		seen[v.Structure] = v.Name
	}
	if seen[Shipped()] != "shipped" || Shipped().StockPrice != path.ClosingUsable {
		t.Error("what ships is not among the variants")
	}
}
