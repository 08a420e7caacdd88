package page

import (
	"fmt"
	"math"

	"chokepoint/internal/export"
)

// backtest lays out `backtest`: what came beside the forecast, event by event.
func (b *builder) backtest(t *export.Table) {
	b.take(t)
	scores := b.table("scores")
	var drawings []*Drawing
	for _, phase := range []struct{ name, title, tell string }{
		{"shock", "Shocks", "Line: 10 to 90 % of the forecast. Dot: what came. 0 is no change, 1 a price that doubled, 2 one of four times."},
		{"reversal", "Reversals", "From the peak: -1 is a price that halved. Line: 10 to 90 % of the forecast. Dot: what came."},
		{"no-effect", "No effect", "A price that was to rise and did not. Line: 10 to 90 % of the forecast. Dot: what came."},
	} {
		var items []item
		for i := range t.Rows {
			came, low, high := number(t, i, "observed_ratio"), number(t, i, "predicted_p10"), number(t, i, "predicted_p90")
			if words(t, i, "phase") != phase.name || came == nil || low == nil || high == nil || !(*came > 0 && *low > 0 && *high > 0) {
				continue
			}
			class := "gain"
			if words(t, i, "inside") != "yes" {
				class = "loss"
			}
			items = append(items, item{label: words(t, i, "event") + ", " + words(t, i, "commodity"), value: doublings(*came), low: doublings(*low), high: doublings(*high), span: true, class: class,
				text: fmt.Sprintf("x %s, %s to %s", words(t, i, "observed_ratio"), words(t, i, "predicted_p10"), words(t, i, "predicted_p90")),
				tip:  fmt.Sprintf("%s: %s times the price before; forecast %s to %s, median %s; %s", words(t, i, "event"), words(t, i, "observed_ratio"), words(t, i, "predicted_p10"), words(t, i, "predicted_p90"), words(t, i, "predicted_p50"), words(t, i, "split"))})
		}
		if len(items) > 0 {
			drawings = append(drawings, ranges("b-"+phase.name, phase.title, phase.tell, "doublings of the price", items))
		}
	}
	b.section("What came and what was forecast", "Each forecast stands on what was known before the event. Numbers beside a name: price after over price before, as it came, and the 10 to 90 % interval.", drawings)
	if scores != nil {
		b.section("By event group", "n counts rows; rows of one event say much the same. same: the forecast that nothing changes. past: quantiles of the other calibration events. A smaller loss is better.", nil, b.view(scores, "Coverage, error and quantile loss"))
	}
	b.section("All events", "", nil, b.view(t, "Events"))
}

// doublings is the base-2 logarithm, for a place on an axis.
func doublings(ratio float64) float64 { return math.Log1p(ratio-1) / math.Ln2 }

// shownStocks is how many stocks a page draws.
const shownStocks = 25

// portfolio lays out `stockpile`: which minerals first.
func (b *builder) portfolio(t *export.Table) {
	b.take(t)
	var items []item
	for i := range t.Rows {
		if value(t, i, "cost_musd") <= 0 || len(items) == shownStocks {
			continue
		}
		x := item{label: words(t, i, "commodity"), value: value(t, i, "avoided_loss_musd"), class: "gain",
			tip: fmt.Sprintf("%s: %s t for %s M USD, avoids %s M USD a year", words(t, i, "commodity"), words(t, i, "stock_t"), words(t, i, "cost_musd"), words(t, i, "avoided_loss_musd"))}
		if low, high := number(t, i, "p05"), number(t, i, "p95"); low != nil && high != nil {
			x.low, x.high, x.span = *low, *high, true
		}
		items = append(items, x)
	}
	if len(items) > 0 {
		b.section("Loss avoided", "Those with the most loss avoided per dollar first.", []*Drawing{ranges("p-avoided", "Loss avoided a year", "Dot: on central inputs; line: 5 to 95 % of the draws. Expected over the chance of full stops.", "M USD/yr", items)})
	}
	b.section("Stocks", "", nil, b.view(t, "Which minerals first"))
}
