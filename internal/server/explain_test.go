package server

import (
	"math"
	"strings"
	"testing"
)

// TestExplainDynamics: an explanation has the number of the page that it explains, and
// the command line that repeats it.
func TestExplainDynamics(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	value := func(target string) float64 {
		x := get(t, h, target)
		if len(x["symbols"].([]any)) < 5 || len(x["rows"].([]any)) < 5 {
			t.Errorf("%s: %d symbols, %d rows", target, len(x["symbols"].([]any)), len(x["rows"].([]any)))
		}
		return x["explanation"].(map[string]any)["value"].(float64)
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9*math.Abs(want) {
			t.Errorf("%s: %v explained, %v on its page", what, got, want)
		}
	}
	const gallium = "?commodity=gallium&from=CHN&profile=licensing&horizon=24"
	p := get(t, h, "/path"+gallium)
	row := rowOf(t, p, "path", "month", "2025-06")
	for _, column := range []string{"price_ratio_outside", "price_ratio_inside", "stocks_t", "use_share", "loss_musd"} {
		near(column, value("/explain/path/"+column+gallium+"&month=2025-06"), row[column].(float64))
	}
	near("recovery_index", value("/explain/path/recovery_index"+gallium), rowOf(t, p, "summary", "quantity", "recovery_index")["central"].(float64))

	forecast := rowOf(t, get(t, h, "/backtest?draws=30"), "forecasts", "event", "ga2023-2m")
	near("forecast", value("/explain/backtest/ga2023-2m?draws=30"), forecast["predicted_p50"].(float64))

	stocks := get(t, h, "/stockpile?budget=2e8&draws=0")
	stock := rowOf(t, stocks, "portfolio", "commodity", "tungsten")
	for _, column := range []string{"stock_t", "cost_musd", "avoided_loss_musd", "net_gain_musd"} {
		near(column, value("/explain/stockpile/tungsten/"+column+"?budget=2e8"), stock[column].(float64))
	}
	run := get(t, h, "/explain/path/stocks_t"+gallium+"&month=2025-06")["run"].(map[string]any)
	if command := run["command"]; !strings.Contains(strings.Join(words(command.([]any)), " "), "explain path gallium") {
		t.Errorf("command %v", command)
	}
}
