package lists

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"chokepoint/internal/fault"
)

// Event is one date: editions, a milestone, or both where the milestone is that
// an edition came out.
type Event struct {
	Date, Jurisdiction, Kind string
	Editions                 []int
	Milestone                int // -1 = none
}

// Filter narrows the timeline; an empty field takes all.
type Filter struct {
	Jurisdiction string
	Material     int    // -1 = all
	From, To     string // years or dates, both included; "" = open
}

// IsDate tells whether text is a year, a month (2023-07) or a day that the
// calendar has (2023-07-03).
func IsDate(text string) bool {
	for _, layout := range []string{"2006", "2006-01", time.DateOnly} {
		if _, err := time.Parse(layout, text); err == nil {
			return true
		}
	}
	return false
}

// Check refuses ends that are no dates or leave nothing between them; from and to
// are what the asker calls them.
func (f Filter) Check(from, to string) error {
	for _, x := range [][2]string{{from, f.From}, {to, f.To}} {
		if x[1] != "" && !IsDate(x[1]) {
			return &fault.Error{Code: fault.Usage, File: x[0], What: fault.Quote(x[1]) + " is no date", Expected: "a year, or year-month-day, such as 2023 or 2023-07-03"}
		}
	}
	if n := min(len(f.From), len(f.To)); f.From[:n] > f.To[:n] {
		return &fault.Error{Code: fault.Usage, File: from, What: f.From + " is after " + f.To + " of " + to, Expected: "an earlier date, or the two exchanged"}
	}
	return nil
}

// Timeline merges editions and milestones by date. An edition joins the
// milestone of kind list or law of the same date and jurisdiction.
func (l *Lists) Timeline(f Filter) []Event {
	var out []Event
	for i := range l.Milestones {
		m := &l.Milestones[i]
		out = append(out, Event{Date: m.Date, Jurisdiction: m.Jurisdiction, Kind: m.Kind, Milestone: i})
	}
	for i := range l.Editions {
		e := &l.Editions[i]
		k := slices.IndexFunc(out, func(x Event) bool {
			return x.Date == e.Date && x.Jurisdiction == e.Jurisdiction && (x.Kind == "list" || x.Kind == "law")
		})
		if k < 0 {
			k = len(out)
			out = append(out, Event{Date: e.Date, Jurisdiction: e.Jurisdiction, Kind: "list", Milestone: -1})
		}
		out[k].Editions = append(out[k].Editions, i)
	}
	out = slices.DeleteFunc(out, func(x Event) bool { return !l.takes(f, x) })
	slices.SortStableFunc(out, func(a, b Event) int {
		return cmp.Or(strings.Compare(a.Date, b.Date), strings.Compare(a.Jurisdiction, b.Jurisdiction), a.Milestone-b.Milestone)
	})
	return out
}

func (l *Lists) takes(f Filter, x Event) bool {
	if f.Jurisdiction != "" && x.Jurisdiction != f.Jurisdiction {
		return false
	}
	if f.From != "" && x.Date < f.From || f.To != "" && x.Date[:min(len(x.Date), len(f.To))] > f.To {
		return false
	}
	if f.Material < 0 {
		return true
	}
	if x.Milestone >= 0 && slices.ContainsFunc(l.Milestones[x.Milestone].Materials, func(m int) bool { return l.concerns(m, f.Material) }) {
		return true
	}
	return slices.ContainsFunc(x.Editions, func(e int) bool {
		return slices.ContainsFunc(l.Editions[e].Entries, func(y Entry) bool { return l.concerns(y.Material, f.Material) })
	})
}

// concerns tells whether a name is about a material: it is the material, a group
// that holds it or one of its members, or one by the default rules other than
// those of groups.
func (l *Lists) concerns(named, asked int) bool {
	if named == asked || slices.Contains(l.Materials[named].Members, asked) || slices.Contains(l.Materials[asked].Members, named) {
		return true
	}
	target := l.usual[named]
	return target == l.usual[asked] && l.Materials[target].Kind != Group
}
