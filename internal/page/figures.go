package page

import (
	"math"

	"chokepoint/internal/export"
)

// Sizes of drawings in pixels.
const (
	lineHeight = 16.0 // a line of text
	barHeight  = 11.0
	barGap     = 9.0
	axisHeight = 22.0
	rowHeight  = 18.0 // a row of a ranking
)

// longest is how many characters of a label fit a narrow screen beside a number.
const longest = 38

// item is a line of a figure.
type item struct {
	label string
	full  string // the label in full, where it was cut
	value float64
	text  string // the value for readers; "" = three digits
	class string // of the bar
	low   float64
	high  float64
	span  bool // low to high is drawn
	tip   string
}

func (i *item) shown() string {
	if i.text != "" {
		return i.text
	}
	return export.Human(i.value)
}

// cut shortens a label and marks it.
func cut(text string, length int) string {
	runes := []rune(text)
	if len(runes) <= length {
		return text
	}
	return string(runes[:length-1]) + "…"
}

// values are all numbers that a figure of items has to hold.
func values(items []item) []float64 {
	var out []float64
	for _, i := range items {
		out = append(out, i.value)
		if i.span {
			out = append(out, i.low, i.high)
		}
	}
	return out
}

// heading writes the label and the number of an item above its bar.
func (d *Drawing) heading(i *item, y float64) {
	full := i.full
	if full == "" {
		full = i.label
	}
	d.text("label", 0, y+12, "start", cut(i.label, longest), full)
	d.text("value", 100, y+12, "end", i.shown(), i.tip)
}

// bars draws a bar an item, from 0, its range as a thin line.
func bars(id, name, tell, unit string, items []item) *Drawing {
	d := &Drawing{ID: id, Name: name, Tell: tell}
	s := newScale(values(items), false)
	step := lineHeight + barHeight + barGap
	bottom := step * float64(len(items))
	s.grid(d, 0, bottom, 1)
	for k := range items {
		i, y := &items[k], step*float64(k)
		d.heading(i, y)
		d.bar(i.class, s.place(0), s.place(i.value), y+lineHeight, barHeight, i.tip)
		if i.span {
			d.whisker(s, i, y+lineHeight+barHeight/2)
		}
	}
	d.axis(s, bottom, unit)
	return d
}

// whisker draws the range of an item.
func (d *Drawing) whisker(s *scale, i *item, y float64) {
	low, high := s.place(i.low), s.place(i.high)
	d.line("range", low, y, high, y, i.tip)
	d.line("range", low, y-4, low, y+4, "")
	d.line("range", high, y-4, high, y+4, "")
}

// axis writes the ticks and the unit below a figure.
func (d *Drawing) axis(s *scale, y float64, unit string) {
	every := (len(s.ticks) + 5) / 6
	s.labels(d, y+12, every, every)
	d.text("tick", 100, y+12+lineHeight, "end", unit, "")
	d.Height = int(y + axisHeight + lineHeight)
}

// waterfall draws parts, each from where the one before ends, and their sum.
func waterfall(id, name, tell, unit string, parts []item, sum item) *Drawing {
	d := &Drawing{ID: id, Name: name, Tell: tell}
	at, ends := 0.0, []float64{sum.value}
	for _, p := range parts {
		at += p.value
		ends = append(ends, at)
	}
	s := newScale(ends, false)
	step := lineHeight + barHeight + barGap
	bottom := step * float64(len(parts)+1)
	s.grid(d, 0, bottom, 1)
	at = 0
	for k := range parts {
		p, y := &parts[k], step*float64(k)
		d.heading(p, y)
		d.bar(p.class, s.place(at), s.place(at+p.value), y+lineHeight, barHeight, p.tip)
		at += p.value
		d.line("link", s.place(at), y+lineHeight, s.place(at), y+step+lineHeight, "")
	}
	y := step * float64(len(parts))
	d.heading(&sum, y)
	d.bar(sum.class, s.place(0), s.place(sum.value), y+lineHeight, barHeight, sum.tip)
	d.axis(s, bottom, unit)
	return d
}

// ranges draws the range of an item as a line, its value as a dot.
func ranges(id, name, tell, unit string, items []item) *Drawing {
	d := &Drawing{ID: id, Name: name, Tell: tell}
	s := newScale(values(items), farApart(items))
	step := lineHeight + barHeight + barGap
	bottom := step * float64(len(items))
	s.grid(d, 0, bottom, 1)
	for k := range items {
		i, y := &items[k], step*float64(k)
		d.heading(i, y)
		if i.span {
			d.whisker(s, i, y+lineHeight+barHeight/2)
		}
		d.circle(i.class, s.place(i.value), y+lineHeight+barHeight/2, 4.5, i.tip)
	}
	if s.symlog {
		unit += ", logarithmic"
	}
	d.axis(s, bottom, unit)
	return d
}

// farApart tells whether items differ so much that a linear axis hides some.
func farApart(items []item) bool {
	smallest, largest := math.Inf(1), 0.0
	for _, i := range items {
		if v := math.Abs(i.value); v >= 1 {
			smallest, largest = math.Min(smallest, v), math.Max(largest, v)
		}
	}
	return largest > 30*smallest
}

// grouped draws a group of bars for every name, one bar a series, marked by its
// letter, and not by colour alone.
func grouped(id, name, tell, unit string, names []string, letters []string, groups [][]item) *Drawing {
	d := &Drawing{ID: id, Name: name, Tell: tell}
	var all []float64
	for _, g := range groups {
		all = append(all, values(g)...)
	}
	s := newScale(all, false)
	s.from, s.to = 6, 78
	y := 0.0
	d.Shapes = nil
	var grid Drawing
	for k, g := range groups {
		d.text("label", 0, y+12, "start", cut(names[k], longest), names[k])
		y += lineHeight
		for n := range g {
			d.text("letter", 0, y+10, "start", letters[n], "")
			d.bar(g[n].class, s.place(0), s.place(g[n].value), y, barHeight, g[n].tip)
			d.text("value", 100, y+10, "end", g[n].shown(), g[n].tip)
			y += barHeight + 4
		}
		y += barGap
	}
	s.grid(&grid, 0, y, 1)
	d.Shapes = append(grid.Shapes, d.Shapes...)
	d.axis(s, y, unit)
	return d
}

// dots draws one row of a ranking: the range as a line, the expected loss as a
// dot, the loss of the leading scenario as a ring.
func dots(s *scale, expected, low, high, leading *float64, tip string) *Drawing {
	d := &Drawing{Height: int(rowHeight)}
	s.grid(d, 0, rowHeight, 2)
	if low != nil && high != nil {
		d.line("range", s.place(*low), rowHeight/2, s.place(*high), rowHeight/2, tip)
	}
	if leading != nil {
		d.circle("ring", s.place(*leading), rowHeight/2, 4.5, tip)
	}
	if expected != nil {
		class := "loss"
		if *expected < 0 {
			class = "gain"
		}
		d.circle(class, s.place(*expected), rowHeight/2, 4, tip)
	}
	return d
}

// dotsAxis is the axis of a ranking, above its rows.
func dotsAxis(s *scale) *Drawing {
	d := &Drawing{Height: int(lineHeight)}
	s.labels(d, 12, 2, 4)
	return d
}
