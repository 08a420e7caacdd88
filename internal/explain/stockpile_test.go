package explain

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"chokepoint/internal/assess"
	"chokepoint/internal/export"
	"chokepoint/internal/probability"
	"chokepoint/internal/stockpile"
)

// TestStock: the insurance rule and every column of a stock follow from the numbers
// that are printed, computed anew without the code that made them.
func TestStock(t *testing.T) {
	e := shippedEngine(t, assess.DefaultMethod())
	p, err := probability.New(e.Catalog, e.Figures, probability.Fitted)
	if err != nil {
		t.Fatal(err)
	}
	parameters, err := stockpile.ReadParameters(e.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	var units []int
	for _, id := range []string{"gallium", "tungsten", "germanium", "antimony", "iron-ore", "silver", "platinum", "rhodium", "cobalt-metal"} {
		unit, err := e.Catalog.FindUnit(id)
		if err != nil {
			t.Fatal(err)
		}
		units = append(units, unit)
	}
	plan, err := stockpile.NewPlan(context.Background(), e, p, parameters, units, 0)
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, asked := range []stockpile.Ask{{BudgetMUSD: -1}, {BudgetMUSD: 300}, {BudgetMUSD: -1, Days: 60}} {
		rows, err := plan.Portfolio(asked)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			id := e.Catalog.Units[row.Unit].ID
			b, err := plan.Basis(&plan.Units[slices.Index(units, row.Unit)])
			if err != nil {
				t.Fatal(err)
			}
			a := &StockAnswer{Row: row, Basis: b}
			if asked.Days > 0 || asked.BudgetMUSD >= 0 {
				a.Asked = "preset"
			}
			explained := map[string]float64{}
			var x *Explanation
			for _, column := range StockColumns() {
				y, err := Stock(e, p, a, column)
				if err != nil {
					t.Fatalf("%s %s: %v", id, column, err)
				}
				if v, ok := export.Number(y.Value); ok {
					explained[column] = v
				}
				if x = y; y.Meaning == "" || len(y.Rows) < 2 || len(y.Equations) == 0 {
					t.Errorf("%s %s: %+v", id, column, y)
				}
				for _, o := range y.Rows {
					if !strings.Contains(o.Place, ".csv:") || o.Source == "" {
						t.Errorf("%s %s: row %+v", id, column, o)
					}
				}
			}
			if b == nil {
				continue
			}
			held++
			checkStock(t, id, symbols(x), x.Terms, explained, a.Asked == "")
		}
	}
	if held < 20 {
		t.Errorf("%d stocks", held)
	}
}

func checkStock(t *testing.T, id string, s map[string]float64, terms *export.Table, explained map[string]float64, rule bool) {
	t.Helper()
	near := func(what string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 1e-9*max(1e-6, math.Abs(want))) {
			t.Errorf("%s: %s gives %v, printed %v", id, what, got, want)
		}
	}
	cuts, losses := []float64{0}, []float64{0}
	for k := 1; ; k++ {
		cut, ok := s[fmt.Sprintf("cut_%d", k)]
		if !ok {
			break
		}
		cuts, losses = append(cuts, cut), append(losses, s[fmt.Sprintf("L_%d", k)])
	}
	piece := func(r float64) int { // that ends at or above r
		k := 1
		for k < len(cuts)-1 && cuts[k] < r {
			k++
		}
		return k
	}
	slope := func(k int) float64 { return (losses[k] - losses[k-1]) / (cuts[k] - cuts[k-1]) }
	loss := func(r float64) float64 { k := piece(r); return losses[k-1] + slope(k)*(r-cuts[k-1]) }
	gain := func(stock float64) float64 {
		sum := 0.0
		for _, row := range terms.Rows {
			if x, u := row[3].(float64), row[4].(float64); x > stock {
				sum += row[2].(float64) * max(0, slope(piece((x-stock)/u))/s["Q0"]-s["c"])
			}
		}
		return sum / s["c"]
	}
	share := s["r"] + s["h/c"]
	near("r + h/c", share, s["r + h/c"])
	avoided, expected, used := 0.0, 0.0, 0.0
	for _, row := range terms.Rows {
		country, months, rate, x, u := row[0].(string), row[1].(float64), row[2].(float64), row[3].(float64), row[4].(float64)
		if cut, ok := s["r_"+country]; ok {
			near("X", s["Q0"]/12*max(0, min(1, cut)*months-s["usable"]*s["M"]), x)
			near("lambda", s["p_"+country]*s["stop"]/16, rate)
		}
		near("U", s["Q0"]*months/12, u)
		worthless := s["worthless"]
		use := min(s["S"], max(0, x-worthless*u))
		near("use", use, row[5].(float64))
		term := rate * (loss(x/u) - loss((x-use)/u)) * u / s["Q0"]
		near("term", term, row[7].(float64))
		avoided, expected, used = avoided+term, expected+rate*loss(x/u)*u/s["Q0"], used+rate*use*s["c"]
	}
	// The rule: the last tonne gains more than it costs a year, the next does not.
	if s["S1"] > 0 && gain(s["S1"]*(1-1e-7)) <= share {
		t.Errorf("%s: the last tonne of %v gains %v, costs %v", id, s["S1"], gain(s["S1"]*(1-1e-7)), share)
	}
	if g := gain(s["S1"]*(1+1e-7) + 1e-9); g > share {
		t.Errorf("%s: the next tonne after %v gains %v, costs %v", id, s["S1"], g, share)
	}
	if s["S"] > 0 {
		near("gain, last", gain(s["S"]*(1-1e-7)), s["gain, last"])
	}
	near("gain, next", gain(s["S"]*(1+1e-7)+1e-9), s["gain, next"])
	if rule {
		near("S by the rule", s["S1"], s["S"])
	}
	for column, want := range map[string]float64{"stock_t": s["S"], "insurance_t": s["S1"], "cover_months": 12 * s["S"] / s["Q0"], "cost_musd": s["S"] * s["c"], "avoided_loss_musd": avoided, "expected_loss_musd": expected,
		"used_musd": used, "carrying_cost_musd": s["S"] * s["c"] * share, "net_gain_musd": avoided - used - s["S"]*s["c"]*share, "share_of_world_output": s["S"] / s["W"]} {
		near(column, want, explained[column])
	}
	if s["S"] > 0 {
		near("avoided_per_usd", avoided/(s["S"]*s["c"]), explained["avoided_per_usd"])
	}
}
