package page

import (
	"fmt"

	"chokepoint/internal/export"
)

// shownSuppliers bounds the bars of a figure; the table has all countries.
const shownSuppliers = 10

// mineral lays out `show COMMODITY`.
func (b *builder) mineral(market *export.Table) {
	b.take(market)
	countries, uses, dependence := b.table("countries"), b.table("uses"), b.table("dependence")
	if text := mineralAnswer(b.doc.Title, market, countries, uses); text != "" {
		b.doc.Lead = append([]string{text}, b.doc.Lead...)
	}
	if name := b.doc.Title; name != "" {
		b.doc.Title = sentence(name) + ": who makes it, what for, and who depends on it"
	}
	b.section("Market", "", nil, b.view(market, "The market of the base year"))
	if countries != nil && len(countries.Rows) > 0 {
		b.section("Who supplies and who uses", "", []*Drawing{supplierBars(countries)}, b.view(countries, "Countries, the largest output first"))
	}
	if uses != nil && len(uses.Rows) > 0 {
		b.section("What the United States uses it for", "Two independent desk judgements, a and b, and both merged.", []*Drawing{judgedBars("uses", "Share of each use in US use", "Bar: merged. Line: from one judgement to the other.", "% of US use", uses, "application", "share", "share_a", "share_b", shownUses)}, b.view(uses, "Uses, the largest first"))
	}
	if dependence != nil && len(dependence.Rows) > 0 {
		b.section("Which industries depend on it", "Share of its output that an industry loses without the use: judgements a and b, merged, and the merged range.", []*Drawing{dependenceBars(dependence)}, b.view(dependence, "Dependence of industries, the largest first"))
	}
}

// mineralAnswer says who makes the mineral and what it is for.
func mineralAnswer(name string, market, countries, uses *export.Table) string {
	text := ""
	if countries != nil && len(countries.Rows) > 0 {
		text = fmt.Sprintf("%s makes %s %% of the world's output of %s", words(countries, 0, "name"), words(countries, 0, "supply_share"), name)
		if i := rowOf(market, "world output"); i >= 0 {
			text += fmt.Sprintf(", %s t a year", words(market, i, "value"))
		}
		text += "."
	}
	if i := rowOf(market, "US use"); i >= 0 && number(market, i, "value") != nil {
		text += fmt.Sprintf(" The United States uses %s t a year", words(market, i, "value"))
		if uses != nil && len(uses.Rows) > 0 {
			text += fmt.Sprintf(", %s %% of it for %s", words(uses, 0, "share"), words(uses, 0, "application"))
		}
		text += "."
	}
	return text
}

func supplierBars(t *export.Table) *Drawing {
	var names []string
	var groups [][]item
	for i := range t.Rows[:min(shownSuppliers, len(t.Rows))] {
		output, use := value(t, i, "supply_share"), value(t, i, "use_share")
		if output == 0 && use == 0 {
			continue
		}
		names = append(names, words(t, i, "name"))
		groups = append(groups, []item{
			{value: 100 * output, text: export.Human(100*output) + " %", class: "mark", tip: export.Exact(100*output) + " % of world output"},
			{value: 100 * use, text: export.Human(100*use) + " %", class: "pale", tip: export.Exact(100*use) + " % of world use"},
		})
	}
	if len(groups) == 0 {
		return nil
	}
	return grouped("countries", "Shares in world output and use", "o, filled: share of the country in world output. u, open: share in world use. The table has all countries.", "% of the world", names, []string{"o", "u"}, groups)
}

// judgedBars draws merged values with a line from one judgement to the other.
func judgedBars(id, name, tell, unit string, t *export.Table, label, merged, one, other string, most int) *Drawing {
	var items []item
	for i := range t.Rows[:min(most, len(t.Rows))] {
		v, a, b := 100*value(t, i, merged), 100*value(t, i, one), 100*value(t, i, other)
		items = append(items, item{label: words(t, i, label), value: v, text: export.Human(v) + " %", class: "tint", full: words(t, i, "full"), low: min(a, b), high: max(a, b), span: true,
			tip: fmt.Sprintf("merged %s %%, %s to %s %%", export.Exact(v), export.Exact(min(a, b)), export.Exact(max(a, b)))})
	}
	return bars(id, name, tell, unit, items)
}

func dependenceBars(t *export.Table) *Drawing {
	d := *t
	d.Columns = append(append([]export.Column{}, t.Columns...), export.Column{Name: "both"}, export.Column{Name: "full"})
	d.Rows = nil
	for i, row := range t.Rows {
		d.Rows = append(d.Rows, append(append([]any{}, row...), cut(words(t, i, "industry_name"), 21)+": "+words(t, i, "application"), words(t, i, "industry_name")+": "+words(t, i, "application")))
	}
	return judgedBars("dependence", "Output that stops without the use", "Bar: merged. Line: low to high. The table has all pairs of industry and use.", "% of the industry's output", &d, "both", "dependence", "low", "high", shownIndustries)
}
