package page

import (
	"fmt"
	"strings"

	"chokepoint/internal/export"
)

// fewScenarios is up to how many scenarios a table has room for differences too.
const fewScenarios = 3

// comparison lays out `compare`: scenarios side by side.
func (b *builder) comparison(t *export.Table) {
	b.take(t)
	legend, spread := b.table("scenarios"), b.table("ranges")
	var letters, labels []string
	if legend != nil {
		for i := range legend.Rows {
			letters = append(letters, words(legend, i, "letter"))
			labels = append(labels, words(legend, i, "label"))
		}
	}
	if b.doc.Title == "" {
		b.doc.Title = fmt.Sprintf("%s compared", many(len(letters), "scenario"))
		if len(letters) == 2 {
			b.doc.Title = sentence(labels[0]) + " against " + labels[1]
		}
	}
	loss := func(k int) *float64 {
		if i := rowOf(t, "loss_musd"); i >= 0 {
			return number(t, i, strings.ToLower(letters[k]))
		}
		return nil
	}
	b.doc.Lead = append(b.doc.Lead, comparisonAnswer(letters, labels, loss, spread)...)
	for k := range letters {
		if v := loss(k); v != nil {
			f := fact{Name: "Loss in " + letters[k], Value: export.Human(*v), Exact: exact(*v, *v, "million USD/yr"), Note: "M USD"}
			if spread != nil && k < len(spread.Rows) {
				f.Note += fmt.Sprintf(", %s to %s", words(spread, k, "loss_p05_musd"), words(spread, k, "loss_p95_musd"))
			}
			b.doc.Facts = append(b.doc.Facts, f)
		}
	}
	var table *view
	if legend != nil {
		table = b.columnsOf(legend, "Scenarios", columnsNamed(legend, "letter", "label", "state", "scenario"))
	}
	shown := *t
	if len(letters) > fewScenarios {
		shown = *without(t, "_less_a")
	}
	b.section("Side by side", "", []*Drawing{partsSideBySide(t, letters), lossRanges(letters, labels, loss, spread)}, table, b.quantityTable(&shown, "What differs"))
	if spread != nil && len(spread.Rows) > 0 {
		b.section("Ranges of the loss", "Million US dollars a year, over the same draws of the inputs in every scenario.", nil, b.columnsOf(spread, "Ranges of the loss", columnsNamed(spread, "letter", "loss_p05_musd", "loss_p50_musd", "loss_p95_musd", "chance_worse_than_a")))
	}
	if uses := b.table("uses"); uses != nil && len(uses.Rows) > 0 {
		b.section("Uses", "", nil, b.view(inPercent(uses), "Cut of each use in percent, the largest difference first"))
	}
	if list := b.table("industries"); list != nil && len(list.Rows) > 0 {
		b.section("Industries", "", nil, b.view(list, "Change of GDP by industry, million US dollars a year, the largest difference first"))
	}
}

// comparisonAnswer says which scenario costs more, and how sure that is.
func comparisonAnswer(letters, labels []string, loss func(int) *float64, spread *export.Table) []string {
	var out []string
	for k := range letters {
		out = append(out, letters[k]+": "+labels[k])
	}
	most, least := -1, -1
	for k := range letters {
		v := loss(k)
		if v == nil {
			continue
		}
		if most < 0 || *v > *loss(most) {
			most = k
		}
		if least < 0 || *v < *loss(least) {
			least = k
		}
	}
	text := "No scenario has a loss."
	switch {
	case most >= 0 && *loss(most) == *loss(least):
		text = fmt.Sprintf("All cost the same: %s of US GDP a year.", money(*loss(most)))
	case most >= 0:
		text = fmt.Sprintf("%s costs most, %s million US dollars of US GDP a year; %s costs least, %s million.", letters[most], export.Human(*loss(most)), letters[least], export.Human(*loss(least)))
	}
	if spread != nil && len(spread.Rows) == len(letters) {
		for k := 1; k < len(letters); k++ {
			if c := number(spread, k, "chance_worse_than_a"); c != nil {
				text += fmt.Sprintf(" %s costs more than %s in %s %% of the draws.", letters[k], letters[0], export.Human(100**c))
			}
		}
	}
	return append(out, text)
}

// series is the class of the bars of a scenario.
func series(k int) string { return fmt.Sprintf("series-%d", k%8) }

func partsSideBySide(t *export.Table, letters []string) *Drawing {
	var names []string
	var groups [][]item
	for _, q := range quantities[3:8] {
		i := rowOf(t, q.column)
		if i < 0 {
			continue
		}
		var group []item
		for k, l := range letters {
			x := item{class: series(k), text: "–"}
			if v := number(t, i, strings.ToLower(l)); v != nil {
				x.value, x.text, x.tip = *v, export.Human(*v), l+": "+exact(*v, *v, "million USD/yr")
			}
			group = append(group, x)
		}
		names, groups = append(names, q.name), append(groups, group)
	}
	return grouped("parts", "The effect on GDP in five parts", "A bar for each scenario, marked by its letter. Left of 0 GDP falls.", "M USD a year", names, letters, groups)
}

func lossRanges(letters, labels []string, loss func(int) *float64, spread *export.Table) *Drawing {
	var items []item
	drawn := spread != nil && len(spread.Rows) == len(letters)
	for k := range letters {
		v := loss(k)
		if v == nil {
			continue
		}
		x := item{label: letters[k] + "  " + labels[k], value: *v, class: series(k), tip: exact(*v, *v, "million USD/yr")}
		if low, high := (*float64)(nil), (*float64)(nil); drawn {
			if low, high = number(spread, k, "loss_p05_musd"), number(spread, k, "loss_p95_musd"); low != nil && high != nil {
				x.low, x.high, x.span = *low, *high, true
				x.tip += fmt.Sprintf("; 5 to 95 %%: %s to %s", export.Exact(*low), export.Exact(*high))
			}
		}
		items = append(items, x)
	}
	if len(items) == 0 {
		return nil
	}
	tell := "Dot: loss on central inputs."
	if drawn {
		tell += " Line: 5 to 95 % of the draws."
	}
	return ranges("losses", "Loss of US GDP", tell, "M USD a year", items)
}

// columnsNamed are the places of the columns that a table has.
func columnsNamed(t *export.Table, names ...string) []int {
	var out []int
	for _, n := range names {
		if k := column(t, n); k >= 0 {
			out = append(out, k)
		}
	}
	return out
}

// without is a table without the columns whose names end so.
func without(t *export.Table, ending string) *export.Table {
	out := &export.Table{Name: t.Name}
	var kept []int
	for k, c := range t.Columns {
		if !strings.HasSuffix(c.Name, ending) {
			out.Columns, kept = append(out.Columns, c), append(kept, k)
		}
	}
	for _, row := range t.Rows {
		var r []any
		for _, k := range kept {
			r = append(r, row[k])
		}
		out.Rows = append(out.Rows, r)
	}
	return out
}

// inPercent shows the numbers of a table in percent.
func inPercent(t *export.Table) *export.Table {
	out := *t
	out.Rows = nil
	for _, row := range t.Rows {
		r := append([]any{}, row...)
		for k, x := range r {
			if v, ok := export.Number(x); ok {
				r[k] = export.Percent(v)
			}
		}
		out.Rows = append(out.Rows, r)
	}
	return &out
}
