package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"chokepoint/internal/path"
)

// row finds the row of a table whose field has a value.
func rowOf(t testing.TB, x map[string]any, table, field string, value any) map[string]any {
	t.Helper()
	for _, r := range x[table].([]any) {
		if m := r.(map[string]any); m[field] == value {
			return m
		}
	}
	t.Fatalf("no %s = %v in %s", field, value, table)
	return nil
}

// TestPath: a path has its months, adds up, moves with profile and stock, and its
// ranges hold its median; the run record repeats the question.
func TestPath(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	const gallium = "/path?commodity=gallium&from=CHN&omit=sources"
	x := get(t, h, gallium)
	months := x["path"].([]any)
	if len(months) != 60 || x["start"] != "2025-01" || months[59].(map[string]any)["month"] != "2029-12" || len(x["sources"].([]any)) != 0 {
		t.Errorf("%d months from %v", len(months), x["start"])
	}
	loss, adapted := 0.0, 0.0
	for _, m := range months {
		row := m.(map[string]any)
		if row["adapted"] == "yes" {
			adapted += row["loss_musd"].(float64)
		} else {
			loss += row["loss_musd"].(float64)
		}
		if row["loss_musd_p05"] != nil {
			t.Fatal("a range without draws")
		}
	}
	if total := rowOf(t, x, "summary", "quantity", "loss")["central"].(float64); abs(total-loss) > 1e-9*loss || loss <= 0 {
		t.Errorf("loss %g, months sum to %g", total, loss)
	}
	if total := rowOf(t, x, "summary", "quantity", "adapted_loss")["central"].(float64); abs(total-adapted) > 1e-9*adapted || adapted <= 0 {
		t.Errorf("adapted loss %g, months sum to %g", total, adapted)
	}
	if p := x["profile"].(map[string]any); p["profile"] != "months" || p["ended_months"] != 12.0 || p["eased_months"] != nil {
		t.Errorf("profile %v", p)
	}
	survive := rowOf(t, x, "summary", "quantity", "time_to_survive")["central"].(float64)
	stock := rowOf(t, x, "stocks", "commodity", "gallium")
	if stock["two_markets"] != "yes" || abs(stock["normal_stocks_t"].(float64)-stock["use_t"].(float64)*stock["cover_months"].(float64)) > 1e-9 {
		t.Errorf("stocks %v", stock)
	}

	x = get(t, h, gallium+"&strategic_stock_t=100&horizon=24&start=2026-03")
	if more := rowOf(t, x, "summary", "quantity", "time_to_survive")["central"].(float64); more < survive {
		t.Errorf("with a stock %g months, without %g", more, survive)
	}
	if first(t, x, "path")["month"] != "2026-03" || len(x["path"].([]any)) != 24 {
		t.Error("start and horizon")
	}
	if words := fmt.Sprint(x["run"].(map[string]any)["command"]); words != "[path gallium --from CHN --start 2026-03 --horizon 24 --strategic-stock 100 --draws 0 --format json]" {
		t.Errorf("command %s", words)
	}
	x = get(t, h, gallium+"&profile=announcement-only")
	if p := x["profile"].(map[string]any); p["in_force_months"] != nil || p["only_announced"] != true {
		t.Errorf("profile %v", p)
	}
	if x = get(t, h, "/path?name=drc-cobalt-2025&omit=sources"); x["profile"].(map[string]any)["profile"] != "dates" || x["start"] != "2025-02" {
		t.Errorf("a scenario with dates: %v from %v", x["profile"], x["start"])
	}
	if x = get(t, h, "/path?commodity=gallium&from=FRA"); len(x["path"].([]any)) != 0 || len(x["without_effect"].([]any)) == 0 {
		t.Error("France exports no gallium")
	}

	x = get(t, h, gallium+"&draws=40&seed=3&horizon=12")
	run := x["run"].(map[string]any)
	if run["draws"] != 40.0 || run["seed"] != 3.0 {
		t.Errorf("draws %v, seed %v", run["draws"], run["seed"])
	}
	for _, m := range x["path"].([]any) {
		row := m.(map[string]any)
		for _, q := range []string{"price_ratio_outside", "price_ratio_inside", "stocks_t", "use_share", "loss_musd"} {
			low, median, high := row[q+"_p05"].(float64), row[q+"_p50"].(float64), row[q+"_p95"].(float64)
			if !(low <= median && median <= high) {
				t.Errorf("%v %s: %g %g %g", row["month"], q, low, median, high)
			}
		}
	}
}

// TestPathLimits: what a stranger may send to the pages of dynamics.
func TestPathLimits(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	const p = "/api/v1/path?commodity=gallium&from=CHN&"
	for target, want := range map[string]string{
		p + "horizon=0":                              fmt.Sprintf("1 to %d", path.MaxHorizon),
		p + "horizon=241":                            fmt.Sprintf("1 to %d", path.MaxHorizon),
		p + "horizon=1e2":                            "whole number",
		p + "horizon=99999999999999999999":           "whole number",
		p + "horizon=12&horizon=13":                  "2 values",
		p + "start=2025":                             "a month from 1900",
		p + "start=2025-13":                          "a month from 1900",
		p + "start=0001-01":                          "a month from 1900",
		p + "start=9999-12":                          "a month from 1900",
		p + "start=":                                 "empty",
		p + "profile=licencing":                      "did you mean licensing",
		p + "profile=dates":                          "without dates",
		p + "profile=%00":                            "control character",
		p + "strategic_stock_t=-1":                   "strategic_stock_t",
		p + "strategic_stock_t=NaN":                  "no number",
		p + "strategic_stock_t=1e16":                 "0 to 1e+15 tonnes",
		p + "strategic_stock_t=1e999":                "no number",
		p + "release=shortage":                       "no strategic stock",
		p + "release=rate%3D5":                       "strategic_stock_t above 0",
		p + "strategic_stock_t=5&release=rate%3DNaN": "rate=TONNES",
		p + "strategic_stock_t=5&release=rate%3D-1":  "rate=TONNES",
		p + "strategic_stock_t=5&release=price%3D2":  "rate=TONNES",
		p + "strategic_stock_t=5&release=x":          "rate=TONNES",
		p + "parameter=stock_sensitivity%3DInf":      "a number from",
		p + "parameter=stock_sensitivty%3D1":         "did you mean stock_sensitivity",
		p + "parameter=ahead_months%3D1.5":           "whole",
		p + "parameter=x":                            "name=value",
		p + "stock_price=closing":                    "usable or opening",
		p + "omit=industries":                        "sources",
		p + "draws=1001":                             "0 to 1000",
		p + "to=USA":                                 "named destinations",
		"/api/v1/path?commodity=gallium,germanium&from=CHN&strategic_stock_t=5": "one commodity",
		"/api/v1/path?name=china-all-controls-stop&draws=1000&horizon=240":      "a product of at most",
		"/api/v1/path":                                   "0 scenarios",
		"/api/v1/backtest?draws=0":                       "needs draws",
		"/api/v1/backtest?draws=1001":                    "0 to 1000",
		"/api/v1/backtest?events=x.csv":                  "unknown parameter",
		"/api/v1/stockpile?budget=-1":                    "USD, 0 to 1e+15",
		"/api/v1/stockpile?budget=1e16":                  "USD, 0 to 1e+15",
		"/api/v1/stockpile?budget=NaN":                   "no number",
		"/api/v1/stockpile?budget=2e9&preset=jp-60-days": "one of the two",
		"/api/v1/stockpile?preset=jp-60-day":             `unknown preset "jp-60-day"`,
		"/api/v1/stockpile?draws=401":                    "0 to 400",
		"/api/v1/stockpile?units=galium":                 "did you mean gallium",
		"/api/v1/stockpile/gallium?target_risk=2":        "target_risk",
		"/api/v1/stockpile/gallium?target_risk=NaN":      "target_risk",
		"/api/v1/stockpile/gallium?within=241":           "1 to 240",
		"/api/v1/stockpile/gallium?budget=1":             "unknown parameter",
		"/api/v1/profiles?profile=licensing":             "unknown parameter",
	} {
		wantProblem(t, do(h, "GET", target, ""), 400, "usage", want)
		if t.Failed() {
			t.Fatal(target)
		}
	}
	if r := do(h, "GET", p+"parameter="+strings.Repeat("x%3D1&parameter=", 60)+"x", ""); r.StatusCode != 400 {
		t.Errorf("many parameters: %s", r.Status)
	}
	// A question that takes too long is given up.
	slow := newServer(t, func(o *Options) { o.Limits.RequestTime = time.Nanosecond }).Handler(address)
	for _, target := range []string{p + "draws=200", "/api/v1/backtest", "/api/v1/stockpile", "/api/v1/stockpile/gallium"} {
		wantProblem(t, do(slow, "GET", target, ""), 503, "timeout", "")
	}
}

// TestBacktest: the page counts what its rows say, and keeps reversals and the event
// without effect apart.
func TestBacktest(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	x := get(t, h, "/backtest?draws=100")
	inside, shocks := 0, 0
	for _, r := range x["forecasts"].([]any) {
		m := r.(map[string]any)
		if m["not_testable"] != "" || m["phase"] != "shock" {
			continue
		}
		shocks++
		came, low, high := m["observed_ratio"].(float64), m["predicted_p10"].(float64), m["predicted_p90"].(float64)
		if in := low <= came && came <= high; in != (m["inside"] == "yes") {
			t.Errorf("%v: %g in %g to %g: %v", m["event"], came, low, high, m["inside"])
		} else if in {
			inside++
		}
		if e := rowOf(t, x, "events", "event", m["event"]); e["instrument"] == "" || e["source"] == "" {
			t.Errorf("event %v", e)
		}
		if n := rowOf(t, x, "naive", "event", m["event"]); !(n["no_change_p10"].(float64) < 1 && n["record_p10"].(float64) <= n["record_p90"].(float64)) {
			t.Errorf("naive %v", n)
		}
	}
	for _, r := range x["scores"].([]any) {
		if m := r.(map[string]any); m["group"] == "all shocks" && m["split"] == "" && (m["rows"] != float64(shocks) || m["rows_inside"] != float64(inside)) {
			t.Errorf("%d shocks, %d inside; the line says %v, %v", shocks, inside, m["rows"], m["rows_inside"])
		}
	}
	for _, name := range []string{"reversals", "no effect"} {
		if m := rowOf(t, x, "scores", "group", name); m["rows"].(float64) < 1 {
			t.Errorf("%s: %v", name, m)
		}
	}
	if n := len(get(t, h, "/profiles")["profiles"].([]any)); n < 5 {
		t.Errorf("%d profiles", n)
	}
}

// TestDynamicsTwins: csv twins hold the tables, and the client's copy is asked about.
func TestDynamicsTwins(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	for target, head := range map[string]string{
		"/path.csv?commodity=gallium&from=CHN":               "month,price_ratio_outside,price_ratio_inside,stocks_t,use_share,loss_musd,",
		"/path.csv?commodity=gallium&from=CHN&table=summary": "quantity,central,",
		"/profiles.csv":                               "profile,meaning,",
		"/stockpile.csv?units=gallium,tin":            "rank,commodity,stock_t,",
		"/stockpile/gallium.csv?draws=0&table=policy": "commodity,level_t,",
		"/backtest.csv?draws=10":                      "event,group,commodity,observed_ratio,predicted_p10,predicted_p50,predicted_p90,inside,split,",
		"/backtest.csv?draws=10&table=scores":         "group,split,events,rows,",
	} {
		r := do(h, "GET", "/api/v1"+target, "")
		if b := string(read(t, r)); r.StatusCode != 200 || !strings.HasPrefix(b, head) || strings.Count(b, "\n") < 3 {
			t.Errorf("%s: %s %.200s", target, r.Status, b)
		}
		tag := r.Header.Get("ETag")
		if again := do(h, "GET", "/api/v1"+target, "", "If-None-Match", tag); tag == "" || again.StatusCode != 304 {
			t.Errorf("%s: again %s", target, again.Status)
		}
	}
	a := do(h, "GET", "/api/v1/path?commodity=gallium&from=CHN", "").Header.Get("ETag")
	for _, more := range []string{"&horizon=59", "&start=2025-02", "&profile=licensing", "&strategic_stock_t=1", "&parameter=trigger%3D0.1", "&stock_price=opening", "&draws=1", "&omit=sources"} {
		if b := do(h, "GET", "/api/v1/path?commodity=gallium&from=CHN"+more, "").Header.Get("ETag"); b == a || b == "" {
			t.Errorf("%s has the tag of another question", more)
		}
	}
}

// TestStockpile: a portfolio keeps to its budget and puts the best first; more money
// avoids no less; the three answers are there.
func TestStockpile(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	before, cost := 0.0, 0.0
	for _, budget := range []string{"1e6", "1e8", "1e10"} {
		x := get(t, h, "/stockpile?units=gallium,germanium,tungsten,tin,potash&budget="+budget)
		limit := x["asked"].(map[string]any)["budget_musd"].(float64)
		last, sum := 1e300, 0.0
		for _, r := range x["portfolio"].([]any) {
			m := r.(map[string]any)
			sum += m["cost_musd"].(float64)
			if gain, held := m["avoided_per_usd"].(float64); held {
				if gain > last*(1+1e-9) {
					t.Errorf("%v stands after %g with %g", m["commodity"], last, gain)
				}
				last = gain
			}
		}
		curve := x["curve"].([]any)
		end := curve[len(curve)-1].(map[string]any)
		if sum > limit*(1+1e-9) || abs(end["cost_musd"].(float64)-sum) > 1e-9*sum || sum < cost {
			t.Errorf("budget %g: stocks of %g, the curve ends at %v", limit, sum, end["cost_musd"])
		}
		if avoided := end["avoided_loss_musd"].(float64); avoided < before || avoided <= 0 {
			t.Errorf("budget %g avoids %g, less than %g", limit, avoided, before)
		} else {
			before, cost = avoided, sum
		}
	}
	x := get(t, h, "/stockpile?units=gallium,tin&preset=jp-60-days&draws=30&seed=2")
	for _, r := range x["portfolio"].([]any) {
		m := r.(map[string]any)
		if months := m["cover_months"].(float64); abs(months-60.0/365*12) > 1e-9 || !(m["p05"].(float64) <= m["p95"].(float64)) {
			t.Errorf("60 days: %v", m)
		}
	}
	if run := x["run"].(map[string]any); run["draws"] != 30.0 || !strings.Contains(fmt.Sprint(run["command"]), "stockpile gallium tin --preset jp-60-days --draws 30 --seed 2") {
		t.Errorf("run record %v", run["command"])
	}
	x = get(t, h, "/stockpile/Gallium?draws=60")
	for _, question := range []string{"cover", "insurance", "program"} {
		if m := rowOf(t, x, "stocks", "question", question); m["stock_t"].(float64) <= 0 || m["country"] != "CHN" {
			t.Errorf("%s: %v", question, m)
		}
	}
	if u := x["unit"].(map[string]any); !(u["chance_short"].(float64) > 0.05) || u["commodity"] != "gallium" {
		t.Errorf("unit %v", u)
	}
	if n := len(x["policy"].([]any)); n < 10 {
		t.Errorf("%d levels", n)
	}
}
