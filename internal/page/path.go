package page

import (
	"fmt"
	"math"
	"strings"

	"chokepoint/internal/export"
)

// path lays out `path`: a disruption month by month, a section a commodity.
func (b *builder) path(t *export.Table) {
	b.take(t)
	summary := b.table("summary")
	units := groupsOf(t, "commodity")
	if b.doc.Title == "" {
		var names []string
		for _, u := range units {
			names = append(names, u.name)
		}
		if len(names) > 4 {
			names = append(names[:4], fmt.Sprintf("%d more", len(units)-4))
		}
		b.doc.Title = sentence(strings.Join(names, ", ")) + ": a disruption month by month"
	}
	if len(units) == 0 {
		b.doc.Lead = append(b.doc.Lead, "Nothing is withdrawn: no effect.")
		return
	}
	if summary != nil && len(units) == 1 {
		b.doc.Facts = pathFacts(summary)
	}
	for k, u := range units {
		if k == shownCommodities {
			b.section(fmt.Sprintf("And %d more commodities", len(units)-k), "The table below has them all.", nil)
			break
		}
		title := "Month by month"
		if len(units) > 1 {
			title = sentence(u.name)
		}
		id := fmt.Sprintf("c%d", k+1)
		band := ""
		if number(t, u.from, "loss_musd_p05") != nil {
			band = " The band: 5 to 95 % of the draws."
		}
		b.section(title, "Outside: all countries that do not restrict exports.", []*Drawing{
			curves(id+"-price", "Price", "Price over the base price. Solid: outside; dashed: inside the countries that restrict."+band, "times the base price", t, u, true, "price_ratio_outside", "price_ratio_inside"),
			curves(id+"-stocks", "Commercial stocks", "Stocks outside at the end of the month."+band, "t", t, u, false, "stocks_t"),
			curves(id+"-use", "Use", "Use outside over that of the base year."+band, "share of the base", t, u, false, "use_share"),
			curves(id+"-loss", "Loss of US GDP", "Loss in the month, a twelfth of what a year with its cut and price costs. Months after the withdrawal in which the price is back (left out in the table) are not in the loss of the path."+band, "M USD a month", t, u, false, "loss_musd"),
		})
	}
	var views []*view
	if summary != nil {
		views = append(views, b.view(summary, "What it comes to"))
	}
	b.section("Summary", "", nil, views...)
	b.section("All months", "", nil, b.view(t, "Month by month"))
}

// shownCommodities is how many commodities a page of paths draws.
const shownCommodities = 12

// rows is a run of rows of one name.
type rows struct {
	name     string
	from, to int
}

// groupsOf finds the runs of equal words in a column.
func groupsOf(t *export.Table, name string) []rows {
	var out []rows
	for i := range t.Rows {
		w := words(t, i, name)
		if n := len(out); n > 0 && out[n-1].name == w {
			out[n-1].to = i + 1
		} else {
			out = append(out, rows{w, i, i + 1})
		}
	}
	return out
}

// pathFacts are the numbers above all.
func pathFacts(summary *export.Table) []fact {
	var out []fact
	for _, f := range []struct{ quantity, name, note string }{
		{"loss", "Loss of US GDP", "M USD until it is over and the price back"}, {"peak_price_ratio", "Peak of the price", "times the base"},
		{"time_to_survive", "Time to survive", "months"}, {"time_to_recover", "Time to recover", "months"},
	} {
		i := rowOf(summary, f.quantity)
		if i < 0 {
			continue
		}
		v := number(summary, i, "central")
		if v == nil {
			out = append(out, fact{Name: f.name, Value: "beyond", Note: "the months followed"})
			continue
		}
		x := fact{Name: f.name, Value: words(summary, i, "central"), Exact: export.Exact(*v), Note: f.note}
		if number(summary, i, "p05") != nil {
			x.Note += fmt.Sprintf(", %s to %s", words(summary, i, "p05"), words(summary, i, "p95"))
		}
		out = append(out, x)
	}
	return out
}

// Sizes of a chart of months.
const (
	curveHeight = 150.0
	curveLeft   = 9.0 // percent of the width, for the numbers of the axis
	curveRight  = 98.0
)

// curves draws columns of a table over its months, the first with its range as a
// band. logarithmic is taken where the values are far apart.
func curves(id, name, tell, unit string, t *export.Table, u rows, logarithmic bool, columns ...string) *Drawing {
	d := &Drawing{ID: id, Name: name, Tell: tell}
	var all []float64
	for i := u.from; i < u.to; i++ {
		for _, c := range append([]string{columns[0] + "_p05", columns[0] + "_p95"}, columns...) {
			if v := number(t, i, c); v != nil {
				all = append(all, *v)
			}
		}
	}
	highest := 0.0
	for _, v := range all {
		highest = math.Max(highest, v)
	}
	s := newScale(all, logarithmic && highest > 20)
	if s.symlog {
		unit += ", logarithmic"
	}
	top := lineHeight + 6
	s.from, s.to = top+curveHeight, top // down the page
	n := u.to - u.from
	across := func(k float64) float64 { return curveLeft + (curveRight-curveLeft)*k/float64(n) }
	d.text("tick", curveLeft, 12, "start", unit, "")
	for _, v := range s.ticks {
		class := "grid"
		if v == 0 {
			class = "zero"
		}
		d.line(class, curveLeft, s.place(v), curveRight, s.place(v), "")
		d.text("tick", curveLeft-1, s.place(v)+4, "end", short(v), "")
	}
	every := max(1, (n+59)/60) * 12
	for k := 0; k < n; k += every {
		d.line("grid", across(float64(k)), top, across(float64(k)), top+curveHeight+4, "")
		class := "tick"
		if k/every%2 == 1 {
			class = "tick fine"
		}
		d.text(class, across(float64(k)), top+curveHeight+lineHeight, "start", words(t, u.from+k, "month"), "")
	}
	for i := u.from; i < u.to; i++ {
		low, high := number(t, i, columns[0]+"_p05"), number(t, i, columns[0]+"_p95")
		if low == nil || high == nil {
			continue
		}
		from, to := across(float64(i-u.from)), across(float64(i-u.from+1))
		d.add(Shape{Class: "band", Tip: fmt.Sprintf("%s: %s to %s", words(t, i, "month"), export.Exact(*low), export.Exact(*high)),
			Rect: &Rect{percent(from), pixels(s.place(*high)), percent(to - from), pixels(math.Max(0.5, s.place(*low)-s.place(*high)))}})
	}
	for c, column := range columns {
		class := "curve"
		if c > 0 {
			class = "curve dashed"
		}
		for i := u.from; i < u.to; i++ {
			v := number(t, i, column)
			if v == nil {
				continue
			}
			middle := across(float64(i-u.from) + 0.5)
			tip := fmt.Sprintf("%s: %s", words(t, i, "month"), export.Exact(*v))
			if i == u.from {
				d.circle("mark", middle, s.place(*v), 1.5, tip)
				continue
			}
			if before := number(t, i-1, column); before != nil {
				d.line(class, across(float64(i-1-u.from)+0.5), s.place(*before), middle, s.place(*v), tip)
			}
		}
	}
	d.Height = int(top + curveHeight + 2*lineHeight)
	return d
}
