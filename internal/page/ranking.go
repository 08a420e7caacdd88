package page

import (
	"fmt"
	"strings"

	"chokepoint/internal/export"
)

// floorMUSD is the published floor of a moderate risk, million USD a year.
const floorMUSD = 2

// ranking lays out `rank`: the dots stand in the rows of the table.
func (b *builder) ranking(t *export.Table) {
	b.take(t)
	given := false // ranked by loss, without probability
	if k := column(t, "expected_loss_musd"); k >= 0 {
		given = strings.HasPrefix(t.Columns[k].Heading, "loss")
	}
	chains := false
	for i := range t.Rows {
		chains = chains || value(t, i, "stages") > 1
	}
	what := "mineral"
	if chains {
		what = "chain of minerals"
	}
	if b.doc.Title == "" {
		b.doc.Title = fmt.Sprintf("%s ranked by what a stop of exports costs the United States", many(len(t.Rows), what))
	}
	b.doc.Lead = append(b.doc.Lead, b.rankingAnswer(t, given, what)...)

	caption := "Expected loss of US GDP, the largest first"
	how := "Dot: expected loss. Line: its 5 to 95 % range. Ring: loss if the country in the column “from” stops its exports for a year. The axis is logarithmic on both sides of 0, in million US dollars a year."
	if given {
		caption = "Loss of US GDP if the leading exporter stops, the largest first"
		how = "Dot: loss if the country stops its exports for a year. Line: its 5 to 95 % range. The axis is logarithmic on both sides of 0, in million US dollars a year."
	}
	headings := map[string]string{"price_ratio": "price ×", "use_cut": "cut %"}
	shown := []int{}
	for k, c := range t.Columns {
		if c.Heading != "" || headings[c.Name] != "" {
			shown = append(shown, k)
		}
	}
	headed := *t
	headed.Columns = append([]export.Column{}, t.Columns...)
	for k := range headed.Columns {
		if h := headings[headed.Columns[k].Name]; h != "" {
			headed.Columns[k].Heading = h
		}
	}
	v := b.columnsOf(&headed, caption, shown)
	b.withDots(v, t, shown, given)
	b.section("Ranking", how, nil, v)
}

// rankingAnswer is the ranking in a few sentences.
func (b *builder) rankingAnswer(t *export.Table, given bool, what string) []string {
	if len(t.Rows) == 0 {
		return []string{"No mineral was ranked."}
	}
	above := 0
	for i := range t.Rows {
		if value(t, i, "expected_loss_musd") >= floorMUSD {
			above++
		}
	}
	kind := "is expected to cost the United States"
	if given {
		kind = "would cost the United States"
	}
	text := fmt.Sprintf("%s %s most: %s of GDP a year", sentence(words(t, 0, "commodity")), kind, money(value(t, 0, "expected_loss_musd")))
	if low, high := number(t, 0, "p05"), number(t, 0, "p95"); low != nil && high != nil {
		text += fmt.Sprintf(" (5 to 95 %% of the draws: %s to %s)", export.Human(*low), export.Human(*high))
	}
	if from := words(t, 0, "leading_country"); from != "" {
		if given {
			text += ", if " + b.country(from) + " stops its exports"
		} else {
			text += ", above all if " + b.country(from) + " stops its exports"
		}
	}
	text += "."
	var next []string
	for i := 1; i < min(5, len(t.Rows)); i++ {
		next = append(next, fmt.Sprintf("%s (%s)", words(t, i, "commodity"), export.Human(value(t, i, "expected_loss_musd"))))
	}
	if len(next) > 0 {
		text += " Then follow " + strings.Join(next, ", ") + "."
	}
	second := fmt.Sprintf("For %d of %s the loss is %d million or more a year.", above, many(len(t.Rows), what), floorMUSD)
	if !given {
		second = fmt.Sprintf("For %d of %s the expected loss is %d million or more a year. Expected loss is the sum, over every country whose net exports could stop for a year, of probability times loss.", above, many(len(t.Rows), what), floorMUSD)
	}
	return []string{text, second}
}

// withDots puts a column of drawings behind the expected loss.
func (b *builder) withDots(v *view, t *export.Table, shown []int, given bool) {
	at := 0
	for n, k := range shown {
		if t.Columns[k].Name == "expected_loss_musd" {
			at = n + 1
		}
	}
	var all []float64
	for i := range t.Rows {
		for _, name := range []string{"expected_loss_musd", "p05", "p95", "leading_loss_musd"} {
			all = append(all, value(t, i, name))
		}
	}
	s := newScale(all, true)
	v.Figures = true
	v.Heads = insert(v.Heads, at, head{Text: "M USD/yr", Tip: "dot: expected loss; line: 5 to 95 %; ring: loss if the country stops", Drawing: dotsAxis(s)})
	for i := range v.Rows {
		expected, low, high, leading := number(t, i, "expected_loss_musd"), number(t, i, "p05"), number(t, i, "p95"), number(t, i, "leading_loss_musd")
		if given {
			leading = nil
		}
		tip := words(t, i, "commodity")
		if expected != nil {
			tip += ": " + export.Human(*expected)
		}
		if low != nil && high != nil {
			tip += fmt.Sprintf(", 5 to 95 %%: %s to %s", export.Human(*low), export.Human(*high))
		}
		if leading != nil {
			tip += fmt.Sprintf("; if %s stops: %s", b.country(words(t, i, "leading_country")), export.Human(*leading))
		}
		v.Rows[i] = insert(v.Rows[i], at, cell{Drawing: dots(s, expected, low, high, leading, tip)})
	}
}

func insert[T any](list []T, at int, x T) []T {
	out := append([]T{}, list[:at]...)
	return append(append(out, x), list[at:]...)
}

// country is the name of a country, or of several that a + joins; else the code.
func (b *builder) country(code string) string {
	names := strings.Split(code, "+")
	for k, c := range names {
		if b.in.Country != nil {
			names[k] = b.in.Country(c)
		}
	}
	return clean(strings.Join(names, " and "))
}

// many writes a number with its noun, "chain of minerals" included.
func many(n int, noun string) string {
	first, rest, _ := strings.Cut(noun, " ")
	if n != 1 {
		first += "s"
	}
	if rest != "" {
		first += " " + rest
	}
	return fmt.Sprintf("%d %s", n, first)
}
