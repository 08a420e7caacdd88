// Package probability says how likely a disruption within a year is (model.md
// section 7). The published model takes what is at hand: 1 where an export
// control is in force, published points for two countries, and 0 where nothing
// is known. The zeros are ignorance, not safety: every output says so.
package probability

import (
	"fmt"
	"strings"

	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
)

// Model names a way to get probabilities.
type Model string

// Published takes controls in force and published points.
const Published Model = "published"

// ParseModel reads the name of a model.
func ParseModel(name string) (Model, error) {
	if name == string(Published) {
		return Published, nil
	}
	return "", &fault.Error{Code: fault.Usage, File: "--probability", What: "unknown model " + fault.Quote(name), Expected: string(Published),
		DidYouMean: fault.Nearest(name, []string{string(Published)})}
}

// Estimate is a probability with its basis.
type Estimate struct {
	Probability float64
	Basis       string // "control in force", "published anchor", or "nothing known"
	Row         int    // of table probability_anchors; -1 where nothing is known
	Whole       bool   // the row is about every unit of the country
}

// Unknown is the basis of a probability of 0.
const Unknown = "nothing known"

// Of returns the probability that a country restricts a unit within a year.
func Of(c *catalog.Catalog, unit int, country string) Estimate {
	best := Estimate{Basis: Unknown, Row: -1}
	for _, a := range c.Anchors() {
		if a.Country != country || a.Kind == "upper bound" {
			continue
		}
		switch {
		case a.Commodity == c.Units[unit].ID:
			return Estimate{a.Probability, a.Kind, a.Row, false}
		case a.Commodity == "*":
			best = Estimate{a.Probability, a.Kind, a.Row, true}
		}
	}
	return best
}

// Note says in words what the probabilities of a set of units stand on.
func Note(c *catalog.Catalog) string {
	controls, points := 0, []string{}
	for _, a := range c.Anchors() {
		switch {
		case a.Kind == "control in force":
			controls++
		case a.Kind == "published anchor" && a.Commodity == "*":
			points = append(points, fmt.Sprintf("%s %.3g", a.Country, a.Probability))
		}
	}
	return fmt.Sprintf("probability published: 1 for %d controls in force, %s for other units; 0 elsewhere means nothing is known, not that nothing can happen", controls, strings.Join(points, ", "))
}
