package scenario

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
)

// Kind is what a withdrawal does. Kinds apply in the order of the constants.
type Kind uint8

// The kinds of withdrawal.
const (
	ProductionOutage Kind = iota
	ExportRestriction
)

var kindNames = [...]string{ProductionOutage: "production-outage", ExportRestriction: "export-restriction"}

// String returns the name of the kind.
func (k Kind) String() string { return kindNames[k] }

// MarshalText writes the name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// ParseKind reads the name of a kind.
func ParseKind(name string) (Kind, error) {
	if i := slices.Index(kindNames[:], name); i >= 0 {
		return Kind(i), nil
	}
	return 0, &fault.Error{Code: fault.Usage, File: "--kind", What: "unknown kind " + fault.Quote(name),
		Expected: "one of " + strings.Join(kindNames[:], ", "), DidYouMean: fault.Nearest(name, kindNames[:])}
}

// Withdrawal takes part of a country's supply of a unit off the market.
type Withdrawal struct {
	Unit     int     // index into Catalog.Units
	Country  string  // ISO 3166 alpha-3
	Kind     Kind    //
	Fraction float64 // phi, 0 to 1
}

// Scenario is a set of withdrawals that last for some months of a year.
type Scenario struct {
	Withdrawals []Withdrawal
	Months      float64 // more than 0, at most 12
}

// FullYear is the duration of the baseline scenarios.
const FullYear = 12

// Note is what was dropped from a scenario, and why.
type Note struct {
	Withdrawal Withdrawal
	Reason     string
}

// Canonical returns the scenario in its canonical form for the figures of the
// units (by unit index), with a note for every withdrawal that has nothing to
// withdraw. A fraction or duration out of range, the remainder as a country,
// and a unit without figures are errors.
func (s Scenario) Canonical(c *catalog.Catalog, figures []*catalog.Figures) (Scenario, []Note, error) {
	out := Scenario{Months: s.Months}
	if !(s.Months > 0 && s.Months <= FullYear) {
		return out, nil, &fault.Error{Code: fault.Usage, File: "--months", What: fmt.Sprintf("%g months", s.Months), Expected: "more than 0 and at most 12"}
	}
	var notes []Note
	for _, w := range s.Withdrawals {
		if w.Unit < 0 || w.Unit >= len(c.Units) || figures[w.Unit] == nil {
			return out, nil, fmt.Errorf("a withdrawal names unit %d, which has no figures", w.Unit)
		}
		if !(w.Fraction >= 0 && w.Fraction <= 1) {
			return out, nil, &fault.Error{Code: fault.Usage, File: "--cut", What: fmt.Sprintf("a cut of %g", w.Fraction), Expected: "a share from 0 to 1, or 0% to 100%"}
		}
		if w.Country == catalog.Remainder {
			return out, nil, &fault.Error{Code: fault.Usage, File: "country", What: "OTH is the remainder of a table", Expected: "a single country"}
		}
		if reason := w.idle(c, figures[w.Unit]); reason != "" {
			notes = append(notes, Note{w, reason})
			continue
		}
		out.Withdrawals = append(out.Withdrawals, w)
	}
	slices.SortFunc(out.Withdrawals, func(a, b Withdrawal) int {
		return cmp.Or(strings.Compare(c.Units[a.Unit].ID, c.Units[b.Unit].ID), cmp.Compare(a.Kind, b.Kind),
			strings.Compare(a.Country, b.Country), -cmp.Compare(a.Fraction, b.Fraction))
	})
	out.Withdrawals = slices.CompactFunc(out.Withdrawals, func(a, b Withdrawal) bool { // keeps the largest fraction
		return a.Unit == b.Unit && a.Kind == b.Kind && a.Country == b.Country
	})
	return out, notes, nil
}

// idle says why a withdrawal has nothing to withdraw, or "".
func (w Withdrawal) idle(c *catalog.Catalog, f *catalog.Figures) string {
	u := &c.Units[w.Unit]
	name := c.CountryName(w.Country)
	k := u.Country(w.Country)
	switch {
	case w.Fraction == 0:
		return "nothing is cut"
	case w.Kind == ProductionOutage && (k < 0 || f.SupplyShare[k] == 0):
		return fmt.Sprintf("%s produces no %s", name, u.ID)
	case w.Kind == ExportRestriction && (k < 0 || !NetExporter(f, k)):
		return fmt.Sprintf("%s is no net exporter of %s", name, u.ID)
	}
	return ""
}

// netExportFloor is the share of total supply below which a country counts as
// no net exporter.
const netExportFloor = 1e-9

// NetExporter tells whether a country sells more abroad than it takes in, by
// more than 1e-9 of total supply.
func NetExporter(f *catalog.Figures, country int) bool {
	return f.NetExportTonnes(country) > netExportFloor*f.TotalTonnes()
}

// Canon writes the scenario in one line of text. Only the canonical form has a
// canonical text.
func (s Scenario) Canon(c *catalog.Catalog) string {
	var b strings.Builder
	for _, w := range s.Withdrawals {
		fmt.Fprintf(&b, "%s %s %s %s; ", c.Units[w.Unit].ID, w.Country, w.Kind, formatFraction(w.Fraction))
	}
	fmt.Fprintf(&b, "months %s", formatFraction(s.Months))
	return b.String()
}

func formatFraction(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// Hash names a canonical scenario: the first 16 hexadecimal digits of the
// SHA-256 of its canonical text.
func (s Scenario) Hash(c *catalog.Catalog) string {
	sum := sha256.Sum256([]byte(s.Canon(c)))
	return hex.EncodeToString(sum[:8])
}

// Units lists the units that a scenario touches, ascending.
func (s Scenario) Units() []int {
	var out []int
	for _, w := range s.Withdrawals {
		out = append(out, w.Unit)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Single returns a scenario of one full-year withdrawal.
func Single(unit int, country string, kind Kind) Scenario {
	return Scenario{Withdrawals: []Withdrawal{{unit, country, kind, 1}}, Months: FullYear}
}

// Baseline lists the baseline scenarios of some units: every foreign net
// exporter stops exports, and every other foreign producer stops output, for a
// year. The order is by unit as given, kind (restrictions first), country.
func Baseline(c *catalog.Catalog, figures []*catalog.Figures, units []int) []Scenario {
	var out []Scenario
	for _, i := range units {
		u, f := &c.Units[i], figures[i]
		var outages []Scenario
		for k, code := range u.Countries {
			switch {
			case code == catalog.USA || code == catalog.Remainder:
			case NetExporter(f, k):
				out = append(out, Single(i, code, ExportRestriction))
			case f.SupplyShare[k] > 0:
				outages = append(outages, Single(i, code, ProductionOutage))
			}
		}
		out = append(out, outages...)
	}
	return out
}

// ParseFraction reads a cut: "50%" or "0.5".
func ParseFraction(text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		v /= 100
	}
	if err != nil || math.IsNaN(v) || v < 0 || v > 1 {
		return 0, &fault.Error{Code: fault.Usage, File: "--cut", What: fault.Quote(text) + " is no share", Expected: "a share such as 50% or 0.5"}
	}
	return v, nil
}
