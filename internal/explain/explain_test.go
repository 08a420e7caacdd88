package explain

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"chokepoint/internal/assess"
	"chokepoint/internal/assess/assesstest"
	"chokepoint/internal/catalog"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/market"
	"chokepoint/internal/probability"
	"chokepoint/internal/scenario"
)

// world is an engine with its probabilities.
type world struct {
	e *assess.Engine
	p *probability.Model
}

func build(m assess.Method, overlays ...datapackage.Overlay) (world, error) {
	e, err := assesstest.Engine(m, overlays...)
	if err != nil {
		return world{}, err
	}
	p, err := probability.New(e.Catalog, e.Figures, probability.Fitted)
	return world{e, p}, err
}

var shipped = sync.OnceValues(func() (world, error) { return build(assess.DefaultMethod()) })

func fixture(t testing.TB) world {
	t.Helper()
	w, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// with is the same world under another method.
func (w world) with(t testing.TB, change func(*assess.Method)) world {
	t.Helper()
	e, err := w.e.With(change)
	if err != nil {
		t.Fatal(err)
	}
	return world{e, w.p}
}

// step is a withdrawal of the unit at hand.
type step struct {
	country string
	kind    scenario.Kind
	cut     float64
	to      []string
}

func (w world) run(t testing.TB, unit string, blocs [][]string, months float64, steps ...step) *assess.Result {
	t.Helper()
	u, ok := w.e.Catalog.Unit(unit)
	if !ok {
		t.Fatalf("no unit %s", unit)
	}
	s := scenario.Scenario{Months: months, Blocs: blocs}
	for _, x := range steps {
		y := scenario.Withdrawal{Unit: u, Country: x.country, Kind: x.kind, Fraction: x.cut, Targets: x.to}
		if len(x.to) > 0 {
			y.Leakage, y.Offered = scenario.DefaultLeakage, scenario.DefaultOffered
		}
		s.Withdrawals = append(s.Withdrawals, y)
	}
	r, err := w.e.One(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// symbols explains a column and returns its value with the symbols by name.
func (w world) symbols(t testing.TB, r *assess.Result, column string) (x *Explanation, of func(string) float64, has func(string) bool) {
	t.Helper()
	x, err := Column(context.Background(), w.e, w.p, r, column)
	if err != nil {
		t.Fatalf("%s: %v", column, err)
	}
	find := func(name string) (float64, bool) {
		for _, s := range x.Symbols {
			if s.Symbol == name {
				v, ok := export.Number(s.Value)
				return v, ok
			}
		}
		return 0, false
	}
	return x, func(name string) float64 {
		t.Helper()
		v, ok := find(name)
		if !ok {
			t.Errorf("%s: no number %s", column, name)
		}
		return v
	}, func(name string) bool { _, ok := find(name); return ok }
}

func near(t testing.TB, what string, got, want, floor float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*(math.Abs(want)+floor)) {
		t.Errorf("%s: %.15g, want %.15g", what, got, want)
	}
}

// cases are scenarios of every kind.
func (w world) cases(t testing.TB) map[string]*assess.Result {
	const r, o, b = scenario.ExportRestriction, scenario.ProductionOutage, scenario.ImportBan
	return map[string]*assess.Result{
		"restriction":            w.run(t, "gallium", nil, 12, step{"CHN", r, 1, nil}),
		"half a restriction":     w.run(t, "graphite-natural", nil, 12, step{"CHN", r, 0.5, nil}),
		"leader stays":           w.run(t, "cobalt-metal", nil, 12, step{"FIN", r, 1, nil}),
		"outage":                 w.run(t, "rhodium", nil, 6, step{"ZAF", o, 0.7, nil}),
		"outage in the US":       w.run(t, "helium", nil, 12, step{"USA", o, 0.5, nil}),
		"two countries":          w.run(t, "palladium", nil, 12, step{"RUS", r, 1, nil}, step{"ZAF", r, 0.6, nil}),
		"outage and restriction": w.run(t, "palladium", nil, 12, step{"RUS", r, 1, nil}, step{"ZAF", o, 0.6, nil}),
		"both of one country":    w.run(t, "palladium", nil, 12, step{"RUS", r, 0.5, nil}, step{"RUS", o, 0.5, nil}),
		"targeted":               w.run(t, "gallium", nil, 12, step{"CHN", r, 1, []string{"USA"}}),
		"targeted elsewhere":     w.run(t, "gallium", nil, 12, step{"CHN", r, 1, []string{"JPN"}}),
		"targeted, two at once":  w.run(t, "palladium", nil, 3, step{"RUS", r, 1, []string{"USA", "JPN"}}, step{"ZAF", r, 0.5, []string{"USA", "JPN"}}),
		"import ban":             w.run(t, "palladium", nil, 12, step{"RUS", b, 1, []string{"USA"}}),
		"targeted and an outage": w.run(t, "palladium", nil, 12, step{"RUS", r, 1, []string{"USA"}}, step{"ZAF", o, 0.5, nil}),
		"targeted and general":   w.run(t, "palladium", nil, 12, step{"RUS", r, 1, []string{"USA"}}, step{"ZAF", r, 0.5, nil}),
		"bloc":                   w.run(t, "potash", [][]string{{"BLR", "RUS"}}, 12, step{"RUS", r, 1, nil}, step{"BLR", r, 1, nil}),
		"half a bloc":            w.run(t, "potash", [][]string{{"BLR", "RUS"}}, 12, step{"RUS", r, 0.5, nil}, step{"BLR", r, 0.5, nil}),
		"a bloc that stays":      w.run(t, "potash", [][]string{{"BLR", "RUS"}}, 12, step{"CAN", r, 1, nil}),
		"outage in a bloc":       w.run(t, "potash", [][]string{{"BLR", "RUS"}}, 12, step{"BLR", o, 1, nil}),
		"targeted by a bloc":     w.run(t, "potash", [][]string{{"BLR", "RUS"}}, 12, step{"BLR", r, 1, []string{"USA", "BRA"}}),
	}
}

// TestEveryColumn: every column explains every kind of scenario, with an
// equation, a meaning, finite numbers, and the value of the result.
func TestEveryColumn(t *testing.T) {
	w := fixture(t)
	cases := w.cases(t)
	cases["lower bound"] = w.alone(t).run(t, "gallium", nil, 12, step{"CHN", scenario.ExportRestriction, 1, nil})
	for name, r := range cases {
		at := w
		if name == "lower bound" {
			at = w.alone(t)
		}
		for _, column := range Columns() {
			if column == "expected_loss_musd" && name != "restriction" { // the same whatever the scenario
				continue
			}
			x, err := Column(context.Background(), at.e, at.p, r, column)
			if err != nil {
				t.Errorf("%s of %s: %v", column, name, err)
				continue
			}
			if x.Column != column || len(x.Equations) == 0 || x.Reference == "" || x.Meaning == "" {
				t.Errorf("%s of %s: %d equations, reference %q, meaning %q", column, name, len(x.Equations), x.Reference, x.Meaning)
			}
			for _, s := range x.Symbols {
				if v, ok := export.Number(s.Value); ok && (math.IsNaN(v) || math.IsInf(v, 0)) || s.Symbol == "" || s.Meaning == "" {
					t.Errorf("%s of %s: symbol %+v", column, name, s)
				}
			}
			for _, row := range x.Rows {
				if row.Place == "" || row.What == "" || row.Source == "" {
					t.Errorf("%s of %s: row %+v", column, name, row)
				}
			}
			var b strings.Builder
			if err := WriteText(&b, x, func(indent, text string) string { return indent + text }); err != nil || !strings.HasPrefix(b.String(), column+" = ") {
				t.Errorf("%s of %s: %v\n%.100s", column, name, err, b.String())
			}
		}
	}
}

// TestPrice plugs the symbols back into (M1) and (M2): they balance at pi.
func TestPrice(t *testing.T) {
	w := fixture(t)
	for _, at := range []struct {
		name string
		w    world
	}{
		{"default", w},
		{"linear", w.with(t, func(m *assess.Method) { m.Demand = market.Linear })},
		{"iso-elastic", w.with(t, func(m *assess.Method) { m.Demand = market.IsoElastic })},
		{"stocks", w.with(t, func(m *assess.Method) { m.StockShare = 0.5 })},
		{"omega 1", w.with(t, func(m *assess.Method) { m.Reroutable = 1 })},
		{"judgement a", w.with(t, func(m *assess.Method) { m.Judgement = catalog.JudgeA })},
	} {
		for name, r := range at.w.cases(t) {
			where := at.name + ", " + name
			x, of, has := at.w.symbols(t, r, "price_ratio")
			if t.Failed() {
				t.Fatalf("%s failed", where)
			}
			pi, eps := of("pi"), of("eps")
			if x.Value.(float64) != pi {
				t.Errorf("%s: value %v, pi %g", where, x.Value, pi)
			}
			g := map[market.Demand]float64{market.SemiLog: math.Exp(eps * (pi - 1)), market.Linear: max(0, 1+eps*(pi-1)), market.IsoElastic: math.Pow(pi, eps)}[at.w.e.Method.Demand]
			near(t, where+": g", of("g(pi)"), g, 0)
			near(t, where+": r", of("r"), 1-g, 1)
			growth := func(kappa, eta float64) float64 {
				if kappa == 0 || eta == 0 {
					return 0
				}
				return max(-1, kappa*(1-math.Pow(pi, -eta/kappa)))
			}
			leader := ""
			for _, s := range x.Symbols {
				if strings.HasPrefix(s.Symbol, "kappa_") && s.Symbol != "kappa_r" {
					leader = s.Symbol
				}
			}
			near(t, where+": growth of the leader", of("growth, leader"), growth(of(leader), of("eta")), 1)
			near(t, where+": growth of others", of("growth, others"), growth(of("kappa"), of("eta")), 1)
			near(t, where+": growth of recycling", of("growth, recycling"), growth(of("kappa_r"), of("eta_r")), 1)
			side := "R"
			for _, s := range []string{"T", "O"} {
				if has("SUM_" + s + " D") {
					side = s
				}
			}
			optional := func(name string) float64 {
				if has(name) {
					return of(name)
				}
				return 0
			}
			others := of("SUM_"+side+" s W") - optional("s W, leader")
			supply := optional("s W, leader") * (1 + of("growth, leader"))
			for _, bloc := range []string{"BLR+RUS"} {
				if has("s W, " + bloc) {
					others -= of("s W, " + bloc)
					supply += of("s W, "+bloc) * (1 + of("growth, "+bloc))
				}
			}
			supply += others*(1+of("growth, others")) + of("SUM_"+side+" sec")*(1+of("growth, recycling")) + optional("stocks")
			net := of("SUM_"+side+" D")*g - supply
			scale := of("SUM_" + side + " D")
			switch side {
			case "R":
				for _, s := range x.Symbols {
					if strings.HasPrefix(s.Symbol, "exports_") {
						net -= s.Value.(float64)
					}
				}
				near(t, where+": (M1)", net/scale, 0, 1)
			case "T":
				near(t, where+": (M2), targets", net/scale, of("M_T - L + y")/scale, 1)
				near(t, where+": M_T - L + y", of("M_T - L + y"), of("M_T")-of("L")+of("y"), scale)
			case "O":
				near(t, where+": (M2), others", net/scale, of("B_O + delta L - y")/scale, 1)
				near(t, where+": B_O + delta L - y", of("B_O + delta L - y"), of("B_O")+of("delta")*of("L")-of("y"), scale)
			}
			if side == "R" {
				continue
			}
			if want := map[string]string{"T": "pi_T", "O": "pi_O"}[side]; of(want) != pi {
				t.Errorf("%s: %s is %g, pi %g", where, want, of(want), pi)
			}
			sum := 0.0
			for _, s := range x.Symbols {
				country, ok := strings.CutPrefix(s.Symbol, "L_")
				if !ok {
					continue
				}
				sum += of(s.Symbol)
				if !strings.Contains(name, "and") && !strings.Contains(name, "bloc") {
					near(t, where+": L of "+country, of(s.Symbol), of("phi_"+country)*(1-of("leak_"+country))*of("b_"+country+",T")*of("NX_"+country), 0)
				}
			}
			near(t, where+": L", of("L"), min(sum, of("M_T")), 0)
			if one := slices.ContainsFunc(x.Notes, func(n string) bool { return strings.Contains(n, "one price") }); !one {
				near(t, where+": y", of("y"), of("omega")*of("L"), 0)
			} else if of("pi_T") != of("pi_O") {
				t.Errorf("%s: one price, but %g and %g", where, of("pi_T"), of("pi_O"))
			}
			if !strings.Contains(strings.Join(x.Equations, " "), "M_T - L + y") || x.Reference != "3. Market, (M2)" {
				t.Errorf("%s: explained by %s, %v", where, x.Reference, x.Equations)
			}
			if strings.HasPrefix(name, "import") && !slices.ContainsFunc(x.Rows, func(row catalog.SourceRow) bool { return strings.HasPrefix(row.Place, "trade_bilateral.csv:") }) {
				t.Errorf("%s: no row of the trade table", where)
			}
		}
	}
}

// TestNumbers recomputes the other columns from their symbols.
func TestNumbers(t *testing.T) {
	w := fixture(t)
	for name, r := range w.cases(t) {
		value := func(column string) (float64, func(string) float64, *Explanation) {
			x, of, _ := w.symbols(t, r, column)
			v, ok := export.Number(x.Value)
			if !ok {
				t.Fatalf("%s: %s has no value", name, column)
			}
			return v, of, x
		}
		v, of, x := value("net_exports_t")
		sum, tonnes := 0.0, of("W")
		for _, s := range x.Symbols {
			if country, ok := strings.CutPrefix(s.Symbol, "NX_"); ok {
				sum += s.Value.(float64)
				near(t, name+": NX", s.Value.(float64), (of("s_"+country)-of("d_"+country))*tonnes, tonnes)
			}
		}
		near(t, name+": net exports", v, sum, 0)
		v, of, _ = value("use_cut")
		near(t, name+": use_cut", v, 1-math.Exp(of("eps")*(of("pi")-1)), 1)
		v, of, _ = value("use_after_t")
		near(t, name+": use_after_t", v, of("Q0")*(1-of("r")), 0)
		v, of, _ = value("users_price_gdp_musd")
		near(t, name+": (ii)", v, -of("pi - 1")*of("P0")*of("Q1")*of("chi")*of("months/12")/1e6, 0)
		v, of, _ = value("producer_volume_gdp_musd")
		near(t, name+": (iii)", v, of("va_p")*of("P0")*(of("y1, primary")+of("y1, secondary")-of("y_p")-of("y_s"))*of("months/12")/1e6, 1e-3)
		v, of, _ = value("producer_price_gdp_musd")
		near(t, name+": (iv)", v, of("pi - 1")*of("P0")*(of("y1, primary")+of("y1, secondary"))*of("chi")*of("months/12")/1e6, 0)
		v, of, _ = value("rest_gdp_musd")
		near(t, name+": (v)", v, of("suppliers")+of("buyers"), 1)
		v, of, _ = value("loss_musd")
		near(t, name+": loss", v, -(of("(i)") + of("(ii)") + of("(iii)") + of("(iv)") + of("(v)")), 0)
		near(t, name+": loss, symbol", v, of("loss"), 0)
		if a, b := of("loss, judgement a"), of("loss, judgement b"); a == b {
			t.Errorf("%s: both judgements say %g", name, a)
		}
		v, of, _ = value("real_gdp_musd")
		near(t, name+": real", v, of("(i)")+of("(iii)")+of("(v)"), 0)
		v, of, _ = value("terms_of_trade_musd")
		near(t, name+": terms of trade", v, of("(ii)")+of("(iv)"), 0)
		x, of, has := w.symbols(t, r, "price_rationing_bound_musd")
		if v, _ := export.Number(x.Value); has("INT g") {
			near(t, name+": bound", v, of("months/12")*of("P0")*(of("Q0")*of("INT g")-of("INT y"))/1e6, 1e-6)
			near(t, name+": INT g", of("INT g"), of("r")/-of("eps"), 0)
		} else if v != 0 {
			t.Errorf("%s: bound %g without areas", name, v)
		}
		x, of, _ = w.symbols(t, r, "value_per_tonne_over_price")
		if v, ok := export.Number(x.Value); ok {
			near(t, name+": ratio", v, -of("(i)")*1e6/(of("months/12")*of("r Q0")*of("P0 pi")), 0)
		}
	}
}

// TestTerms: the terms of a sum add up to it where all are listed.
func TestTerms(t *testing.T) {
	w := fixture(t)
	r := w.run(t, "rhodium", nil, 12, step{"ZAF", scenario.ExportRestriction, 1, nil})
	x, _, _ := w.symbols(t, r, "expected_loss_musd")
	sum := 0.0
	for _, row := range x.Terms.Rows {
		loss, _ := export.Number(row[3])
		near(t, fmt.Sprint(row[0]), row[4].(float64), row[1].(float64)*loss, 0)
		sum += row[4].(float64)
	}
	near(t, "expected loss", x.Value.(float64), sum, 0)
	if len(x.Terms.Rows) < 3 {
		t.Errorf("%d countries", len(x.Terms.Rows))
	}

	x, _, _ = w.symbols(t, r, "hit_gdp_musd")
	if len(x.Terms.Rows) == 0 || len(x.Terms.Rows) > 10 {
		t.Errorf("%d terms", len(x.Terms.Rows))
	}
	last := math.Inf(1)
	for _, row := range x.Terms.Rows {
		sigma, _ := export.Number(row[2])
		output, change, va, term := row[3].(float64), row[4].(float64), row[5].(float64), row[6].(float64)
		near(t, fmt.Sprint(row[0], ": va dx"), term, va*change, 0)
		if change > -sigma*output*(1-1e-9)+1 || math.Abs(term) > last { // its own output aside
			t.Errorf("%v: change %g, sigma x %g", row[0], change, sigma*output)
		}
		last = math.Abs(term)
	}

	x, _, _ = w.symbols(t, r, "uses")
	cut, cutTonnes := 0.0, 0.0
	for _, row := range x.Terms.Rows {
		ra, _ := export.Number(row[2])
		wa, _ := export.Number(row[3])
		cut += ra * wa
		cutTonnes += row[4].(float64)
	}
	near(t, "cut of use", cut, r.Units[0].Market.UseCut, 0)
	f := w.e.Figures[r.Units[0].Unit]
	near(t, "tonnes lost", cutTonnes, f.UseTonnes*r.Units[0].Market.UseCut, 0)
}

// TestProbability: a scenario of which no probability is known has none.
func TestProbability(t *testing.T) {
	w := fixture(t)
	cases := w.cases(t)
	for name, want := range map[string]any{"restriction": 1.0, "targeted": nil, "two countries": nil, "outage": nil} {
		x, _, _ := w.symbols(t, cases[name], "probability")
		if p, ok := x.Value.(export.Percent); ok {
			x.Value = float64(p)
		}
		if x.Value != want {
			t.Errorf("%s: probability %v, want %v", name, x.Value, want)
		}
		said := slices.ContainsFunc(x.Notes, func(n string) bool {
			return strings.HasPrefix(n, "No probability is known of this scenario as a whole")
		})
		if said != (want == nil) {
			t.Errorf("%s: notes %q", name, x.Notes)
		}
	}
	// A hazard by hand: 1 - (1 + 1/B)^-A.
	x, of, _ := w.symbols(t, cases["leader stays"], "probability")
	h, ok := w.p.Country("FIN")
	if !ok {
		t.Fatal("no hazard of Finland")
	}
	near(t, "hazard", of("hazard"), 1-math.Pow(1+1/h.Rate, -h.Shape), 0)
	near(t, "n/E", of("n/E"), of("n")/of("E"), 0)
	if v, _ := export.Number(x.Value); v != of("hazard") || v != of("p_FIN") {
		t.Errorf("probability %v, hazard %g", x.Value, of("hazard"))
	}
}

func TestErrors(t *testing.T) {
	w := fixture(t)
	r := w.run(t, "gallium", nil, 12, step{"CHN", scenario.ExportRestriction, 1, nil})
	nothing := w.run(t, "gallium", nil, 12, step{"CHN", scenario.ExportRestriction, 0, nil})
	for _, x := range []struct {
		r      *assess.Result
		column string
		want   string
	}{
		{r, "price", `column: nothing explains "price": expected one of evidence, `},
		{r, "", `column: nothing explains "": expected one of evidence, `},
		{nothing, "price_ratio", "column: nothing is withdrawn, so there is nothing to explain: expected a scenario with an effect"},
	} {
		_, err := Column(context.Background(), w.e, w.p, x.r, x.column)
		if err == nil || !strings.HasPrefix(err.Error(), x.want) || fault.CodeOf(err) != fault.Usage {
			t.Errorf("got %v\nwant %s", err, x.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Column(ctx, w.e, w.p, r, "expected_loss_musd"); err == nil {
		t.Error("cancelled, and no error")
	}
}

// alone is a world in which China makes all gallium: no price clears.
func (w world) alone(t testing.TB) world {
	t.Helper()
	out, err := build(w.e.Method, datapackage.Overlay{Label: "alone", FS: fstest.MapFS{"supply.csv": &fstest.MapFile{Data: []byte(
		"commodity,country,year,production_t,capacity_t,share_pct,source,grade\ngallium,CHN,2023,633,1600,100,supply-046,A\n")}}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLowerBound(t *testing.T) {
	w := fixture(t).alone(t)
	r := w.run(t, "gallium", nil, 12, step{"CHN", scenario.ExportRestriction, 1, nil})
	x, _, has := w.symbols(t, r, "price_ratio")
	if x.Value != nil || has("pi") || !slices.ContainsFunc(x.Notes, func(n string) bool { return strings.Contains(n, "no price clears the market") }) {
		t.Errorf("price %v, notes %q", x.Value, x.Notes)
	}
	x, _, _ = w.symbols(t, r, "use_cut")
	if v, _ := export.Number(x.Value); v != 1 {
		t.Errorf("cut %v", x.Value)
	}
	x, _, _ = w.symbols(t, r, "loss_musd")
	if _, ok := x.Value.(export.LowerBound); !ok {
		t.Errorf("loss is a %T, not a lower bound", x.Value)
	}
}

// TestSources: every kind of input of a result is among its rows.
func TestSources(t *testing.T) {
	w := fixture(t)
	for name, r := range w.cases(t) {
		places := map[string]int{}
		for _, row := range Sources(w.e, w.p, r).Rows {
			file, _, _ := strings.Cut(row[0].(string), ":")
			places[file]++
		}
		for _, file := range []string{"us_market.csv", "supply.csv", "consumption_share.csv", "elasticities.csv", "end_uses.csv", "application_industries.csv", "secondary_supply.csv", "producer_industry.csv"} {
			if places[file] == 0 {
				t.Errorf("%s: no row of %s", name, file)
			}
		}
	}
}
