package page

import (
	"fmt"
	"math"
	"strings"

	"chokepoint/internal/export"
)

// parts are the five parts of the effect on GDP, the fifth in two.
var parts = []struct{ column, name string }{
	{"hit_gdp_musd", "(i) hit industries produce less"},
	{"users_price_gdp_musd", "(ii) users pay more"},
	{"producer_volume_gdp_musd", "(iii) US producers sell more"},
	{"producer_price_gdp_musd", "(iv) US producers, higher prices"},
	{"rest_suppliers_musd", "(v) suppliers of hit industries"},
	{"rest_buyers_musd", "(v) buyers from hit industries"},
}

// shortParts are the five parts where there is little room.
var shortParts = []string{"(i) hit industries", "(ii) users", "(iii) US output", "(iv) US prices", "(v) the rest"}

// quantities are what the columns of a record are called.
var quantities = []struct {
	column, name, unit string
	percent            bool
}{
	{"price_ratio", "price, after over before", "×", false},
	{"use_cut", "cut of use", "%", true},
	{"use_after_t", "US use after", "t/yr", false},
	{"hit_gdp_musd", "(i) hit industries produce less", "M USD", false},
	{"users_price_gdp_musd", "(ii) users pay more", "M USD", false},
	{"producer_volume_gdp_musd", "(iii) US producers sell more", "M USD", false},
	{"producer_price_gdp_musd", "(iv) US producers, higher prices", "M USD", false},
	{"rest_gdp_musd", "(v) rest of the economy", "M USD", false},
	{"real_gdp_musd", "real GDP, (i) + (iii) + (v)", "M USD", false},
	{"terms_of_trade_musd", "terms of trade, (ii) + (iv)", "M USD", false},
	{"loss_musd", "loss", "M USD", false},
	{"price_rationing_bound_musd", "price-rationing bound", "M USD", false},
	{"value_per_tonne_over_price", "value per tonne over price", "×", false},
	{"probability", "probability", "", false},
}

// scenario lays out `result`: one disruption.
func (b *builder) scenario(t *export.Table) {
	b.take(t)
	nothing := words(t, 0, "state") == "nothing-withdrawn"
	loss, bounded := value(t, 0, "loss_musd"), words(t, 0, "lower_bound") == "yes"
	if b.doc.Title == "" {
		b.doc.Title = fmt.Sprintf("%s from %s: what a disruption costs the United States", sentence(strings.ReplaceAll(words(t, 0, "commodity"), "+", " and ")), b.country(words(t, 0, "country")))
	}
	spread := b.table("ranges")
	if nothing {
		b.doc.Lead = append(b.doc.Lead, "Nothing is withdrawn: no effect.")
	} else {
		b.doc.Lead = append(b.doc.Lead, scenarioAnswer(t, spread, loss, bounded))
		b.doc.Facts = scenarioFacts(t, spread)
		b.cost(t, spread, loss)
	}
	if uses := b.table("uses"); uses != nil && len(uses.Rows) > 0 {
		b.section("Uses that go short", "", []*Drawing{usesBars(uses)}, b.view(uses, "Uses, the largest cut first"))
	}
	if list := b.table("industries"); list != nil && len(list.Rows) > 0 {
		b.section("Industries", "Hit: loses a use of the mineral. Supplier or buyer: sells more to the hit industries than it buys from them, or less.", []*Drawing{industryBars(list)}, b.view(list, "Industries, the largest loss of GDP first"))
	}
	if list := b.table("downstream"); list != nil {
		b.section("How hard a missing product hits those who buy it", "", nil, b.view(list, "Loss by the setting downstream"))
	}
	if rows := b.table("sources"); rows != nil {
		b.in.Rows = rows
	}
}

// scenarioAnswer is a scenario in a few sentences.
func scenarioAnswer(t, spread *export.Table, loss float64, bounded bool) string {
	verb, least := "falls by", ""
	if loss < 0 {
		verb = "rises by"
	}
	if bounded {
		least = "at least "
	}
	text := fmt.Sprintf("US GDP %s %s%s a year", verb, least, money(loss))
	if i := rowOf(spread, "loss_musd"); i >= 0 {
		text += fmt.Sprintf(" (5 to 95 %% of the draws of the inputs: %s to %s, median %s)", words(spread, i, "p05"), words(spread, i, "p95"), words(spread, i, "p50"))
	}
	text += "."
	if p := number(t, 0, "price_ratio"); p != nil {
		text += fmt.Sprintf(" The price becomes %s times what it was", export.Human(*p))
		if c := number(t, 0, "use_cut"); c != nil {
			text += fmt.Sprintf(" and use is cut by %s %%", export.Human(100**c))
		}
		text += "."
	} else if number(t, 0, "use_cut") != nil {
		text += " No price clears the market."
	}
	largest, name := 0.0, ""
	for _, p := range parts {
		if v := value(t, 0, p.column); math.Abs(v) > math.Abs(largest) {
			largest, name = v, p.name
		}
	}
	if name != "" {
		text += fmt.Sprintf(" The largest part, %s, is %s.", money(largest), name)
	}
	return text
}

// scenarioFacts are the numbers above all.
func scenarioFacts(t, spread *export.Table) []fact {
	var out []fact
	add := func(quantity, name, unit string) {
		k := column(t, quantity)
		if k < 0 || t.Rows[0][k] == nil {
			return
		}
		v, ok := export.Number(t.Rows[0][k])
		if !ok {
			return
		}
		f := fact{Name: name, Value: export.Human(t.Rows[0][k]), Exact: exact(t.Rows[0][k], v, t.Columns[k].Unit), Note: unit}
		if i := rowOf(spread, quantity); i >= 0 && quantity != "use_cut" {
			f.Note += fmt.Sprintf(", %s to %s", words(spread, i, "p05"), words(spread, i, "p95"))
		}
		out = append(out, f)
	}
	add("loss_musd", "Loss of US GDP", "M USD")
	add("price_ratio", "Price", "times the old")
	add("use_cut", "Cut of use", "%")
	if p := number(t, 0, "probability"); p != nil {
		out = append(out, fact{Name: "Probability within a year", Value: export.Human(export.Percent(*p)), Exact: exact(export.Percent(*p), *p, ""), Note: "%"})
	}
	return out
}

// rowOf is the row of a table of quantities, or -1.
func rowOf(t *export.Table, quantity string) int {
	if t != nil {
		for i := range t.Rows {
			if words(t, i, "quantity") == quantity {
				return i
			}
		}
	}
	return -1
}

// cost is the section of the parts, the ranges and the record.
func (b *builder) cost(t, spread *export.Table, loss float64) {
	var steps []item
	table := &view{Name: "parts", Caption: "Effect on US GDP, million US dollars a year", Heads: []head{{Text: "part"}, {Text: "M USD", Number: true}}}
	for _, p := range parts {
		v := value(t, 0, p.column)
		steps = append(steps, item{label: p.name, value: v, class: side(v), tip: exact(v, v, "million USD/yr")})
		table.Rows = append(table.Rows, []cell{{Text: p.name, Row: true}, {Text: export.Human(v), Number: true, Tip: exact(v, v, "million USD/yr")}})
	}
	table.Rows = append(table.Rows, []cell{{Text: "Sum", Row: true}, {Text: export.Human(-loss), Number: true, Tip: exact(-loss, -loss, "million USD/yr")}})
	sum := item{label: "Effect on US GDP", value: -loss, class: "mark", tip: exact(-loss, -loss, "million USD/yr")}
	drawings := []*Drawing{waterfall("parts", "The effect on GDP in five parts", "Each bar starts where the one before ends; the last is the sum. Left of 0 GDP falls.", "M USD a year", steps, sum)}
	views := []*view{table}
	if spread != nil && len(spread.Rows) > 0 {
		drawings = append(drawings, rangeFigure(spread))
		views = append(views, b.quantityTable(spread, "Ranges over the draws of the inputs; each quantity has percentiles of its own, so rows do not add up"))
	}
	record := &view{Name: t.Name, Caption: "All columns of the record", Heads: []head{{Text: "column"}, {Text: "value"}, {Text: "unit"}, {Text: "meaning", Class: "long"}}}
	for k, c := range t.Columns {
		x := b.cell(t, 0, k)
		if t.Rows[0][k] == "" {
			x.Text = "–"
		}
		x.Number, x.Class = false, "text" // words and numbers stand below each other
		record.Rows = append(record.Rows, []cell{{Text: clean(c.Name), Row: true}, x, {Text: unitShown(t, k)}, {Text: clean(c.Meaning), Class: "long"}})
	}
	b.section("What it costs", "", drawings, views...)
	b.section("Every number of the scenario", "", nil, record)
}

// rangeFigure draws the ranges of the loss and of its parts.
func rangeFigure(t *export.Table) *Drawing {
	var items []item
	add := func(quantity, name string, sign float64, class string) {
		i := rowOf(t, quantity)
		if i < 0 {
			return
		}
		low, middle, high := sign*value(t, i, "p05"), sign*value(t, i, "p50"), sign*value(t, i, "p95")
		if low == 0 && high == 0 && middle == 0 {
			return
		}
		if sign < 0 {
			low, high = high, low
		}
		central := sign * value(t, i, "central")
		if central < 0 {
			class = "gain"
		}
		items = append(items, item{label: name, value: central, low: low, high: high, span: true, class: class,
			text: fmt.Sprintf("%s (%s to %s)", export.Human(central), export.Human(low), export.Human(high)),
			tip:  fmt.Sprintf("central %s, median %s, 5 to 95 %%: %s to %s", export.Exact(central), export.Exact(middle), export.Exact(low), export.Exact(high))})
	}
	add("loss_musd", "Loss", 1, "mark")
	for k, q := range quantities[3:8] {
		add(q.column, shortParts[k], -1, "loss")
	}
	if len(items) == 0 {
		return nil
	}
	return ranges("ranges", "Ranges of the loss and of its parts", "Dot: on central inputs. Line: 5 to 95 % of the draws. Right of 0 GDP falls.", "M USD a year", items)
}

// quantityTable shows a table of quantities with their names and units.
func (b *builder) quantityTable(t *export.Table, caption string) *view {
	named := &export.Table{Name: t.Name}
	unit := column(t, "unit")
	var kept []int
	for k, c := range t.Columns {
		if k != unit {
			named.Columns = append(named.Columns, c)
			kept = append(kept, k)
		}
	}
	named.Columns = append(named.Columns, export.Column{Name: "unit", Heading: "unit"})
	for i := range t.Rows {
		var row []any
		name := fmt.Sprint(t.Rows[i][column(t, "quantity")])
		shown, percent := "", false
		if unit >= 0 {
			shown = fmt.Sprint(t.Rows[i][unit])
		}
		for _, q := range quantities {
			if q.column == name {
				name, shown, percent = q.name, q.unit, q.percent
				break
			}
		}
		for _, k := range kept {
			x := t.Rows[i][k]
			if v, ok := export.Number(x); ok && percent {
				x = export.Percent(v)
			}
			if k == column(t, "quantity") {
				x = name
			}
			row = append(row, x)
		}
		named.Rows = append(named.Rows, append(row, shown))
	}
	return b.view(named, caption)
}

func side(v float64) string {
	if v > 0 {
		return "gain"
	}
	return "loss"
}

// shownUses and shownIndustries bound the bars of a figure; the table has all.
const (
	shownUses       = 10
	shownIndustries = 12
)

func usesBars(t *export.Table) *Drawing {
	var items []item
	several := false
	for i := range t.Rows {
		several = several || words(t, i, "commodity") != words(t, 0, "commodity")
	}
	for i := range t.Rows[:min(shownUses, len(t.Rows))] {
		c := value(t, i, "cut")
		label := words(t, i, "application")
		if several {
			label = words(t, i, "commodity") + ", " + label
		}
		items = append(items, item{label: label, value: 100 * c, text: export.Human(100*c) + " %", class: side(-c),
			tip: fmt.Sprintf("%s %% of its tonnage; %s %% of US use; %s t lost", export.Exact(100*c), export.Human(100*value(t, i, "share_of_use")), export.Human(value(t, i, "cut_t")))})
	}
	return bars("uses", "Share of its tonnage that each use loses", "The largest cuts; the table has all uses.", "% of the use", items)
}

func industryBars(t *export.Table) *Drawing {
	var items []item
	for i := range t.Rows[:min(shownIndustries, len(t.Rows))] {
		v := value(t, i, "gdp_musd")
		items = append(items, item{label: words(t, i, "name"), value: v, class: side(v),
			tip: fmt.Sprintf("%s (%s, %s): GDP %s million USD/yr, output %s million USD/yr", words(t, i, "name"), words(t, i, "code"), words(t, i, "role"), export.Exact(v), export.Exact(value(t, i, "output_change_musd")))})
	}
	return bars("industries", "Change of GDP by industry", "The largest losses; the table has all industries to which something happens.", "M USD a year", items)
}
