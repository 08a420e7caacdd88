package page

import (
	"math"
	"strconv"
)

// Drawing is a figure of simple shapes. Places across are in percent of the
// width, so that a drawing fits any width without its text being scaled; places
// down are in pixels.
type Drawing struct {
	ID     string // of the element; "" = a drawing beside the numbers it shows, hidden from screen readers
	Name   string
	Tell   string // what the figure shows, in words
	Height int
	Shapes []Shape
}

// Shape is a line, a rect, a circle or a text, whichever is set.
type Shape struct {
	Line   *Line
	Rect   *Rect
	Circle *Circle
	Text   *Text
	Class  string // one of those in the style of the page
	Tip    string // shown where the pointer rests
}

// Line goes from (X1, Y1) to (X2, Y2).
type Line struct{ X1, Y1, X2, Y2 string }

// Rect has its upper left corner at (X, Y).
type Rect struct{ X, Y, Width, Height string }

// Circle has its centre at (X, Y) and a radius in pixels.
type Circle struct{ X, Y, R string }

// Text stands on (X, Y); Anchor is start, middle or end.
type Text struct{ X, Y, Anchor, Content string }

func percent(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) + "%" }

func pixels(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func (d *Drawing) add(s Shape) { d.Shapes = append(d.Shapes, s) }

func (d *Drawing) line(class string, x1, y1, x2, y2 float64, tip string) {
	d.add(Shape{Class: class, Tip: tip, Line: &Line{percent(x1), pixels(y1), percent(x2), pixels(y2)}})
}

// bar is a rectangle between two places, in any order.
func (d *Drawing) bar(class string, from, to, y, height float64, tip string) {
	d.add(Shape{Class: class, Tip: tip, Rect: &Rect{percent(math.Min(from, to)), pixels(y), percent(math.Abs(to - from)), pixels(height)}})
}

func (d *Drawing) circle(class string, x, y, r float64, tip string) {
	d.add(Shape{Class: class, Tip: tip, Circle: &Circle{percent(x), pixels(y), pixels(r)}})
}

func (d *Drawing) text(class string, x, y float64, anchor, content, tip string) {
	d.add(Shape{Class: class, Tip: tip, Text: &Text{X: percent(x), Y: pixels(y), Anchor: anchor, Content: clean(content)}})
}

// scale puts values between two places of the width.
type scale struct {
	low, high float64 // values at the ends
	symlog    bool
	from, to  float64 // places of the ends, in percent
	ticks     []float64
}

// symmetricLog is linear near 0 and logarithmic beyond 1 on both sides.
func symmetricLog(v float64) float64 {
	return math.Copysign(math.Log1p(math.Abs(v))/math.Ln10, v)
}

// newScale holds all values and 0. The ends are round: 1, 2 or 5 times a power
// of ten, or powers of ten.
func newScale(values []float64, symlog bool) *scale {
	s := &scale{symlog: symlog, from: 1.5, to: 98.5}
	low, high := 0.0, 0.0
	for _, v := range values {
		v = within(v, -largest, largest)
		low, high = math.Min(low, v), math.Max(high, v)
	}
	if symlog {
		var below []float64
		for v := 1.0; low < 0; v *= 10 {
			below = append([]float64{-v}, below...)
			if v >= -low {
				break
			}
		}
		s.ticks = append(below, 0)
		for v := 1.0; high > 0 || low == 0; v *= 10 {
			s.ticks = append(s.ticks, v)
			if v >= high {
				break
			}
		}
	} else {
		if low == high {
			high = 1
		}
		step := roundStep((high - low) / 4)
		for k := math.Floor(low / step); ; k++ {
			s.ticks = append(s.ticks, k*step)
			if k*step >= high {
				break
			}
		}
	}
	s.low, s.high = s.ticks[0], s.ticks[len(s.ticks)-1]
	return s
}

// largest is the largest value that an axis reaches; more is drawn at its end.
const largest = 1e15

func within(v, low, high float64) float64 { return math.Max(low, math.Min(high, v)) }

// roundStep is 1, 2 or 5 times a power of ten, at least a width.
func roundStep(width float64) float64 {
	ten := 1.0
	for ten < width {
		ten *= 10
	}
	for ten/10 >= width {
		ten /= 10
	}
	for _, part := range []float64{0.1, 0.2, 0.5} {
		if part*ten >= width {
			return part * ten
		}
	}
	return ten
}

// place is where a value stands, in percent of the width.
func (s *scale) place(v float64) float64 {
	v = within(v, s.low, s.high)
	if s.symlog {
		low := symmetricLog(s.low)
		return s.from + (s.to-s.from)*(symmetricLog(v)-low)/(symmetricLog(s.high)-low)
	}
	return s.from + (s.to-s.from)*(v-s.low)/(s.high-s.low)
}

// grid draws a line at every tick, or every so many, the one at 0 strong.
func (s *scale) grid(d *Drawing, top, bottom float64, every int) {
	for k, v := range s.ticks {
		if (k-s.zero())%every != 0 {
			continue
		}
		class := "grid"
		if v == 0 {
			class = "zero"
		}
		d.line(class, s.place(v), top, s.place(v), bottom, "")
	}
}

// zero is the number of the tick at 0.
func (s *scale) zero() int {
	for k, v := range s.ticks {
		if v == 0 {
			return k
		}
	}
	return 0
}

// labels writes every so many ticks; those that are no multiple of coarse give
// way on a narrow screen.
func (s *scale) labels(d *Drawing, y float64, every, coarse int) {
	for k, v := range s.ticks {
		from := k - s.zero()
		if from%every != 0 {
			continue
		}
		class := "tick"
		if from%coarse != 0 {
			class = "tick fine"
		}
		anchor := "middle"
		if p := s.place(v); p < 4 {
			anchor = "start"
		} else if p > 96 {
			anchor = "end"
		}
		d.text(class, s.place(v), y, anchor, short(v), "")
	}
}

// short writes a round number of an axis: 10k for 10,000.
func short(v float64) string {
	number := func(v float64, unit string) string { return strconv.FormatFloat(v, 'g', 4, 64) + unit }
	switch a := math.Abs(v); {
	case a >= 1e6:
		return number(v/1e6, "M")
	case a >= 1000:
		return number(v/1000, "k")
	}
	return number(v, "")
}
