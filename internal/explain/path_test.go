package explain

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"chokepoint/internal/assess"
	"chokepoint/internal/assess/assesstest"
	"chokepoint/internal/export"
	"chokepoint/internal/market"
	"chokepoint/internal/path"
	"chokepoint/internal/scenario"
)

// shippedEngine is the engine of the shipped tables.
func shippedEngine(t testing.TB, method assess.Method) *assess.Engine {
	t.Helper()
	e, err := assesstest.Engine(method)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// numbered are months by number, and the tables that the values come from.
func numbered(e *assess.Engine, q *assess.PathQuestion, r *assess.PathResult) *PathAnswer {
	a := &PathAnswer{Question: q, Result: r, Calendar: func(t int) string { return export.Human(t + 1) },
		Months: &export.Table{}, Summary: &export.Table{Columns: []export.Column{{Name: "quantity"}, {Name: "central"}, {Name: "unit"}, {Name: "meaning"}}}}
	for name := range monthColumns {
		a.Months.Columns = append(a.Months.Columns, export.Column{Name: name, Meaning: name})
	}
	for k := range r.Months {
		m := &r.Months[k]
		var row []any
		for _, c := range a.Months.Columns {
			row = append(row, map[string]float64{"price_ratio_outside": m.PriceRatioOutside, "stocks_t": m.StocksTonnes, "use_share": m.UseShare, "use_t": m.UseTonnes, "supply_t": m.SupplyTonnes,
				"inflow_t": m.InflowTonnes, "release_t": m.ReleaseTonnes, "strategic_stocks_t": m.StrategicTonnes, "expected_price_ratio": 1 + m.ExpectedRise, "running_idle_share": m.Ramp,
				"withheld_share": m.Withheld, "price_ratio_inside": m.PriceRatioInside, "loss_musd": m.LossMUSD, "hit_gdp_musd": m.Parts.HitMUSD, "users_price_gdp_musd": m.Parts.UsersPriceMUSD,
				"producer_volume_gdp_musd": m.Parts.ProducerVolumeMUSD, "producer_price_gdp_musd": m.Parts.ProducerPriceMUSD, "rest_gdp_musd": m.Parts.RestMUSD}[c.Name])
		}
		a.Months.Add(row...)
	}
	a.Summary.Add("peak_price_ratio", r.PeakPriceRatio, "1", "m")
	a.Summary.Add("lowest_use_share", r.LowestUseShare, "1", "m")
	a.Summary.Add("time_to_survive", float64(r.SurvivedMonths), "months", "m")
	a.Summary.Add("time_to_recover", float64(r.RecoveredMonths), "months", "m")
	a.Summary.Add("recovery_index", r.LostMonths, "months", "m")
	a.Summary.Add("loss", r.LossMUSD, "million USD", "m")
	a.Summary.Add("adapted_loss", r.AdaptedMUSD, "million USD", "m")
	return a
}

// symbols are the numbers of an explanation by symbol.
func symbols(x *Explanation) map[string]float64 {
	out := map[string]float64{}
	for _, s := range x.Symbols {
		if v, ok := export.Number(s.Value); ok {
			out[s.Symbol] = v
		} else if n, ok := s.Value.(int); ok {
			out[s.Symbol] = float64(n)
		}
	}
	return out
}

// sumOf adds up the terms of a symbol.
func sumOf(x *Explanation, of string) float64 {
	sum := 0.0
	for _, row := range x.Terms.Rows {
		if row[0] == of {
			sum += row[5].(float64)
		}
	}
	return sum
}

// TestPathSteps: every equation that is printed gives the value that is printed,
// from the symbols that are printed; and the value is that of the path.
func TestPathSteps(t *testing.T) {
	iso := assess.DefaultMethod()
	iso.Demand = market.IsoElastic
	engines := map[string]*assess.Engine{"": shippedEngine(t, assess.DefaultMethod()), "iso": shippedEngine(t, iso)}
	none, err := assess.New(engines[""].Catalog, assess.DefaultMethod(), "gallium.stock_months=0")
	if err != nil {
		t.Fatal(err)
	}
	engines["none"] = none
	for _, c := range []struct {
		name, engine, unit, country string
		kind                        scenario.Kind
		fraction                    float64
		change                      func(*assess.PathQuestion)
	}{
		{"stop", "", "gallium", "CHN", scenario.ExportRestriction, 1, nil},
		{"no stocks", "none", "gallium", "CHN", scenario.ExportRestriction, 1, nil},
		{"part", "", "gallium", "CHN", scenario.ExportRestriction, .3, nil},
		{"outage", "", "platinum", "ZAF", scenario.ProductionOutage, .5, nil},
		{"iso-elastic", "iso", "dysprosium", "CHN", scenario.ExportRestriction, 1, nil},
		{"release", "", "germanium", "CHN", scenario.ExportRestriction, 1, func(q *assess.PathQuestion) {
			q.StrategicTonnes, q.Release = 20, path.Release{Rule: path.AtRate, RateTonnes: 3}
		}},
		{"opening", "", "gallium", "CHN", scenario.ExportRestriction, 1, func(q *assess.PathQuestion) { q.StockPrice = path.OpeningStock }},
		{"announced", "", "gallium", "CHN", scenario.ExportRestriction, 1, func(q *assess.PathQuestion) {
			q.Timing.Profile = path.Profile{Announced: .5, InForce: 3.25, LagMonths: 2, Flow: .4, Eased: 9, EasedFlow: .8, Ended: 14, Probability: .3}
		}},
		{"at once", "", "gallium", "CHN", scenario.ExportRestriction, .5, func(q *assess.PathQuestion) {
			for k := range q.Parameters {
				if p := &q.Parameters[k]; p.Name == "expectation_months" {
					p.Low, p.Mode, p.High = 0, 0, 0
				}
			}
		}},
	} {
		e := engines[c.engine]
		unit, err := e.Catalog.FindUnit(c.unit)
		if err != nil {
			t.Fatal(err)
		}
		p, err := assess.PathParameters(e.Catalog)
		if err != nil {
			t.Fatal(err)
		}
		q := &assess.PathQuestion{Horizon: 40, Timing: assess.FullStopFor(12), Parameters: p}
		if c.change != nil {
			c.change(q)
		}
		sc := scenario.Single(unit, c.country, c.kind)
		sc.Withdrawals[0].Fraction = c.fraction
		r, err := e.Path(context.Background(), sc, q)
		if err != nil {
			t.Fatal(err)
		}
		a := numbered(e, q, r)
		for k := range r.Months {
			if k > 14 && k%9 != 0 {
				continue
			}
			checkMonth(t, e, a, c.name, k)
		}
		checkSummary(t, e, a, c.name)
	}
}

func checkMonth(t *testing.T, e *assess.Engine, a *PathAnswer, name string, k int) {
	t.Helper()
	explained := func(column string) (*Explanation, map[string]float64) {
		x, err := Path(context.Background(), e, a, column, a.Calendar(k))
		if err != nil {
			t.Fatal(err)
		}
		return x, symbols(x)
	}
	near := func(what string, got, want, scale float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 1e-9*max(math.Abs(want), scale)) {
			t.Errorf("%s, month %d: %s gives %v, printed %v", name, k+1, what, got, want)
		}
	}
	m := &a.Result.Months[k]
	x, s := explained("price_ratio_outside")
	iso := e.Method.Demand == market.IsoElastic
	g := func(eps, l float64) float64 { // ln g(e^l)
		if iso {
			return eps * l
		}
		return eps * (math.Exp(l) - 1)
	}
	approach := func(tau float64) float64 {
		if tau == 0 {
			return 1
		}
		return 1 - math.Exp(-1/tau)
	}
	growth := func(kappa, eta float64) float64 {
		switch km := kappa * s["m"]; {
		case s["lb"] < 0:
			return math.Exp(eta*s["lb"]) - 1
		case km > 0:
			return km * (1 - math.Exp(-s["lb"]*eta/km))
		}
		return 0
	}
	near("1", sumOf(x, "F")+s["unsold"], s["F"], s["d"])
	if s["tau"] > 0 {
		near("2", s["lb'"]+approach(s["tau"])*(s["l'"]-s["lb'"]), s["lb"], 1)
	} else {
		near("2", s["l"], s["lb"], 1)
	}
	up := -1.0
	if s["l'"] > s["trigger"] {
		up = 1
	}
	near("3", min(1, max(0, s["m'"]+up/s["ramp"])), s["m"], 1)
	near("4", sumOf(x, "S")+s["plants"], s["S"], s["d"])
	for _, row := range x.Terms.Rows {
		if row[0] == "S" {
			eta := s["eta"]
			if strings.HasPrefix(row[1].(string), "recycling") {
				eta = s["eta_r"]
			}
			v := growth(row[3].(float64), eta)
			near("growth", v, row[4].(float64), 1)
			near("term", row[2].(float64)*(1+v)/12, row[5].(float64), s["d"])
		}
	}
	near("5", min(g(s["eps"], s["lb"]), s["ratchet"]*s["u_low"]), s["u*"], 1)
	near("5, u", s["u'"]+approach(s["tau_D"])*(s["u*"]-s["u'"]), s["u"], 1)
	if _, bought := s["relief"]; bought {
		near("6, relief", s["S - S1"]+s["d"]*(1-math.Exp(s["u"])), s["relief"], s["d"])
		near("6, E", sumOf(x, "E"), s["E"], s["d"])
	}
	near("6, Id", s["M"]*s["d"]+s["k"]*s["E"], s["Id"], s["d"])
	use := s["d"] * math.Exp(s["u"]+g(s["eps_s"], s["l"])-g(s["eps_s"], s["lb"]))
	near("8", min(use, s["A"]), s["use"], s["d"])
	near("9, I'", s["I"]+s["S"]+s["F"]+s["rel"]-s["use"], s["I'"], max(s["I"], s["d"]))
	least := s["I_min/(M d)"] * s["M"] * s["d"]
	near("I_min", least, s["I_min"], s["d"])
	near("A", s["S"]+s["F"]+s["rel"]+max(0, s["I"]-least), s["A"], s["d"])
	switch {
	case m.State != path.Cleared:
	case s["M"] == 0:
		near("7, no stocks", use, s["A"], s["d"])
	case a.Question.StockPrice == path.OpeningStock:
		lc := s["gamma"] * math.Log(s["Id"]/max(s["I"], least))
		if used := s["d"] * math.Exp(s["u"]+g(s["eps_s"], lc)-g(s["eps_s"], s["lb"])); used <= s["A"] {
			near("7'", lc, s["l"], 1)
		} else {
			near("8'", use, s["A"], s["d"])
		}
	default: // the root is known to the digits of the stocks that it is read from
		near("7", s["gamma"]*math.Log((s["Id"]-least)/(s["I'"]-least)), s["l"], 1e3)
	}
	near("pi", math.Exp(s["l"]), s["pi"], 1)
	near("9", 1-s["use"]/s["d"], s["r"], 1)
	near("price", s["pi"], x.Value.(float64), 1)
	for column, want := range map[string]float64{"stocks_t": s["I'"], "use_share": 1 - s["r"], "use_t": s["use"], "supply_t": s["S"], "inflow_t": s["F"], "running_idle_share": s["m"], "withheld_share": s["w"], "release_t": s["rel"], "expected_price_ratio": math.Exp(s["lb"])} {
		if k%4 == 0 { // the symbols are those of the price
			y, _ := explained(column)
			near(column, want, y.Value.(float64), 1)
		}
	}

	x, s = explained("price_ratio_inside")
	p := x.Value.(float64)
	_, restricts := s["T"]
	_, low := s["e^lb"]
	switch {
	case !restricts:
		near("10", s["pi"], p, 1)
	case low:
		near("10", max(s["floor"], s["e^lb"]), p, 1)
	default:
		have := (s["T"]-s["w"]*s["lost"])*math.Pow(p, s["eta"]) + s["sec"]*math.Pow(p, s["eta_r"])
		used := s["D"] * math.Exp(g(s["eps"], math.Log(p)))
		near("10, supply", have, s["supply"], 1)
		near("10, home use", used, s["home use"], 1)
		switch {
		case p == s["floor"]:
			if have < used+12*s["F"]-1e-9*have {
				t.Errorf("%s, month %d: at the floor %v t meet %v", name, k+1, have, used+12*s["F"])
			}
		case p < 1:
			near("10", have, used+12*s["F"], 1)
		default: // whoever lost output sells less abroad and has no surplus at home
			if have > used+12*s["F"]+1e-9*have {
				t.Errorf("%s, month %d: %v t meet %v at the base price", name, k+1, have, used+12*s["F"])
			}
		}
	}

	x, s = explained("loss_musd")
	near("loss", -(s["(i)"] + s["(ii)"] + s["(iii)"] + s["(iv)"] + s["(v)"]), s["loss"], 1)
	near("loss", s["loss"], x.Value.(float64), 1)
	near("(iii)", s["va_p"]*s["P0"]*s["y1 - y0"]/12e6, s["(iii)"], 1)
	if m.State != path.NoPrice {
		near("(iv)", (s["pi"]-1)*s["P0"]*(s["y0"]+s["y1 - y0"])*s["chi"]/12e6, s["(iv)"], 1)
	}
	sum := 0.0
	for _, row := range x.Terms.Rows {
		sum += row[len(row)-1].(float64)
	}
	if len(x.Terms.Rows) < shownTerms {
		near("(i)", sum/12, s["(i)"], 1)
	} else if math.Abs(sum/12) > math.Abs(s["(i)"])*(1+1e-9) {
		t.Errorf("%s, month %d: the largest terms give %v, all %v", name, k+1, sum/12, s["(i)"])
	}
}

func checkSummary(t *testing.T, e *assess.Engine, a *PathAnswer, name string) {
	t.Helper()
	r := a.Result
	for _, column := range PathColumns() {
		x, err := Path(context.Background(), e, a, column, "")
		if err != nil {
			t.Errorf("%s: %s: %v", name, column, err)
			continue
		}
		if x.Meaning == "" || len(x.Equations) == 0 || len(x.Rows) == 0 || !strings.HasPrefix(x.Reference, "docs/dynamics.md") {
			t.Errorf("%s: %s: %+v", name, column, x)
		}
		if _, of := monthColumns[column]; !of && x.Value == nil {
			t.Errorf("%s: %s has no value", name, column)
		}
		for _, row := range x.Rows {
			if !strings.Contains(row.Place, ".csv:") || row.Source == "" {
				t.Errorf("%s: %s: row %+v", name, column, row)
			}
		}
		for _, s := range x.Symbols {
			if v, ok := export.Number(s.Value); ok && (math.IsNaN(v) || math.IsInf(v, 0)) {
				t.Errorf("%s: %s: %s is %g", name, column, s.Symbol, v)
			}
		}
		s := symbols(x)
		sum := 0.0
		if x.Terms != nil && len(x.Terms.Columns) == 4 {
			for _, row := range x.Terms.Rows {
				sum += row[3].(float64)
			}
		}
		switch column {
		case "recovery_index", "loss", "adapted_loss":
			if math.Abs(sum-x.Value.(float64)) > 1e-9*max(1, math.Abs(sum)) {
				t.Errorf("%s: %s: months add up to %v, value %v", name, column, sum, x.Value)
			}
		case "time_to_survive":
			if r.SurvivedMonths > 0 && s["sigma, "+a.Calendar(r.SurvivedMonths-1)] >= s["threshold"] || r.Short && s["sigma, "+a.Calendar(r.SurvivedMonths)] < s["threshold"] {
				t.Errorf("%s: %d months survived: %v", name, r.SurvivedMonths, s)
			}
		case "time_to_recover":
			if r.RecoveredMonths > 0 && s["use_share, "+a.Calendar(r.RecoveredMonths-1)] >= s["threshold"] || r.Recovered && s["use_share, "+a.Calendar(r.RecoveredMonths)] < s["threshold"] {
				t.Errorf("%s: %d months to recover: %v", name, r.RecoveredMonths, s)
			}
		}
	}
}

// TestPathFaults: what cannot be explained is refused with what can.
func TestPathFaults(t *testing.T) {
	e := shippedEngine(t, assess.DefaultMethod())
	unit, _ := e.Catalog.FindUnit("gallium")
	p, err := assess.PathParameters(e.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	q := &assess.PathQuestion{Horizon: 3, Timing: assess.FullStopFor(12), Parameters: p}
	r, err := e.Path(context.Background(), scenario.Single(unit, "CHN", scenario.ExportRestriction), q)
	if err != nil {
		t.Fatal(err)
	}
	a := numbered(e, q, r)
	for _, c := range [][3]string{{"price_ratio_outsid", "", "did you mean price_ratio_outside?"}, {"loss", "1", "is of the whole path"}, {"stocks_t", "4", "1 to 3"}} {
		if _, err := Path(context.Background(), e, a, c[0], c[1]); err == nil || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%s in %s: %v", c[0], c[1], err)
		}
	}
	if !slices.IsSorted(PathColumns()) {
		t.Error("columns are not sorted")
	}
}
