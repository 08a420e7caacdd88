package scenario

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"regexp"
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
	ImportBan
)

var kindNames = [...]string{ProductionOutage: "production-outage", ExportRestriction: "export-restriction", ImportBan: "import-ban"}

// KindNames lists the kinds in the order in which they apply.
func KindNames() []string { return slices.Clone(kindNames[:]) }

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

// Defaults of targeted withdrawals (model.md section 3, grade D).
const (
	DefaultLeakage = 0.1 // share of the refused tonnes that reaches the targets all the same
	DefaultOffered = 1   // delta: share of the refused tonnes that others are offered
)

// Withdrawal takes part of a country's supply of a unit off the market.
type Withdrawal struct {
	Unit     int      // index into Catalog.Units
	Country  string   // ISO 3166 alpha-3
	Kind     Kind     //
	Fraction float64  // phi, 0 to 1
	Targets  []string // destinations of a restriction, or the countries that ban; empty = everybody
	Leakage  float64  // with targets: share that gets through, 0 to 1
	Offered  float64  // with targets: delta, 0 to 1; 1 for a ban
}

// Targeted tells whether the withdrawal is aimed at named destinations.
func (w *Withdrawal) Targeted() bool { return len(w.Targets) > 0 }

// Scenario is a set of withdrawals that last for some months of a year.
type Scenario struct {
	Withdrawals []Withdrawal
	Months      float64    // more than 0, at most 12
	Blocs       [][]string // countries that act as one market, each once
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
// withdraw. A fraction or duration out of range, the remainder as a country, a
// restriction by the economy itself, and targets that make no sense are errors.
func (s Scenario) Canonical(c *catalog.Catalog, figures []*catalog.Figures) (Scenario, []Note, error) {
	out := Scenario{Months: s.Months}
	if !(s.Months > 0 && s.Months <= FullYear) {
		return out, nil, invalid("months", fmt.Sprintf("%g months", s.Months), "more than 0 and at most 12")
	}
	var err error
	if out.Blocs, err = canonicalBlocs(s.Blocs); err != nil {
		return out, nil, err
	}
	var notes []Note
	for _, w := range s.Withdrawals {
		if w.Unit < 0 || w.Unit >= len(c.Units) || figures[w.Unit] == nil {
			return out, nil, fmt.Errorf("a withdrawal names unit %d, which has no figures", w.Unit)
		}
		if err := w.check(); err != nil {
			return out, nil, err
		}
		if bloc := blocOf(w.Country, out.Blocs); w.Kind != ProductionOutage && slices.Contains(bloc, catalog.USA) {
			return out, nil, invalid("blocs", "the United States, whose GDP is asked for, is in one bloc with "+w.Country+", which withdraws", "a bloc without it, or a production outage")
		}
		w = w.canonical()
		w.Targets = widen(w.Targets, out.Blocs)
		if w.Kind != ProductionOutage { // a bloc sells as one, under its first member that the unit lists
			for _, m := range blocOf(w.Country, out.Blocs) {
				if c.Units[w.Unit].Country(m) >= 0 {
					w.Country = m
					break
				}
			}
		}
		if slices.ContainsFunc(w.Targets, func(t string) bool { return sameMarket(t, w.Country, out.Blocs) }) {
			return out, nil, invalid("to", fmt.Sprintf("%s is aimed at its own market", w.Country), "destinations outside its bloc")
		}
		if reason := w.idle(c, figures[w.Unit], out.Blocs); reason != "" {
			notes = append(notes, Note{w, reason})
			continue
		}
		out.Withdrawals = append(out.Withdrawals, w)
	}
	slices.SortFunc(out.Withdrawals, func(a, b Withdrawal) int {
		return cmp.Or(strings.Compare(c.Units[a.Unit].ID, c.Units[b.Unit].ID), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Country, b.Country),
			slices.Compare(a.Targets, b.Targets), -cmp.Compare(a.Fraction, b.Fraction), cmp.Compare(a.Leakage, b.Leakage), -cmp.Compare(a.Offered, b.Offered))
	})
	out.Withdrawals = slices.CompactFunc(out.Withdrawals, func(a, b Withdrawal) bool { // keeps the largest fraction
		return a.Unit == b.Unit && a.Kind == b.Kind && a.Country == b.Country && slices.Equal(a.Targets, b.Targets)
	})
	if len(out.Withdrawals) == 0 {
		out.Blocs = nil // without a withdrawal they change nothing
	}
	return out, notes, nil
}

func invalid(file, what, expected string) error {
	return &fault.Error{Code: fault.Usage, File: file, What: what, Expected: expected}
}

// check refuses a withdrawal that makes no sense.
func (w *Withdrawal) check() error {
	for _, x := range []struct {
		name  string
		value float64
	}{{"cut", w.Fraction}, {"leakage", w.Leakage}, {"offered", w.Offered}} {
		if !(x.value >= 0 && x.value <= 1) {
			return invalid(x.name, fmt.Sprintf("a share of %g", x.value), "0 to 1, or 0% to 100%")
		}
	}
	for _, country := range append([]string{w.Country}, w.Targets...) {
		if country == catalog.Remainder {
			return invalid("country", "OTH is the remainder of a table", "a single country")
		}
	}
	if slices.Contains(w.Targets, w.Country) {
		return invalid("to", w.Country+" is aimed at itself", "other countries as destinations")
	}
	switch {
	case w.Kind == ExportRestriction && w.Country == catalog.USA:
		return invalid("from", "an export restriction by the United States, whose GDP is asked for", "another country, or --kind production-outage")
	case w.Kind == ImportBan && !w.Targeted():
		return invalid("to", "an import ban without the countries that ban", "one or more, such as --to USA")
	case w.Kind == ProductionOutage && w.Targeted():
		return invalid("to", "a production outage with destinations", "none: an outage hits everybody")
	}
	return nil
}

// canonical sorts the targets and fills in what the kind settles.
func (w Withdrawal) canonical() Withdrawal {
	w.Targets = slices.Clone(w.Targets)
	slices.Sort(w.Targets)
	w.Targets = slices.Compact(w.Targets)
	switch {
	case !w.Targeted():
		w.Leakage, w.Offered = 0, 0
	case w.Kind == ImportBan:
		w.Offered = 1
	}
	w.Leakage, w.Offered = w.Leakage+0, w.Offered+0 // -0 is 0
	return w
}

// canonicalBlocs sorts blocs and their members, and drops blocs of one.
func canonicalBlocs(blocs [][]string) ([][]string, error) {
	var out [][]string
	in := map[string]bool{}
	for _, b := range blocs {
		b = slices.Clone(b)
		slices.Sort(b)
		b = slices.Compact(b)
		for _, country := range b {
			if in[country] {
				return nil, invalid("blocs", country+" is in two blocs", "each country in one bloc at most")
			}
			if country == catalog.Remainder {
				return nil, invalid("blocs", "OTH is the remainder of a table", "countries")
			}
			in[country] = true
		}
		if len(b) > 1 {
			out = append(out, b)
		}
	}
	slices.SortFunc(out, slices.Compare[[]string])
	return out, nil
}

// idle says why a withdrawal has nothing to withdraw, or "".
func (w Withdrawal) idle(c *catalog.Catalog, f *catalog.Figures, blocs [][]string) string {
	u := &c.Units[w.Unit]
	name := c.CountryName(w.Country)
	k := u.Country(w.Country)
	switch {
	case w.Fraction == 0 || w.Leakage == 1 && w.Targeted():
		return "nothing is cut"
	case w.Kind == ProductionOutage && (k < 0 || f.SupplyShare[k] == 0):
		return fmt.Sprintf("%s produces no %s", name, u.ID)
	case w.Kind != ProductionOutage && k < 0:
		return fmt.Sprintf("%s is no net exporter of %s", name, u.ID)
	case w.Kind != ProductionOutage && !blocExports(u, f, w.Country, blocs):
		if b := blocOf(w.Country, blocs); len(b) > 1 {
			name = "the bloc " + c.BlocName(b)
		}
		return fmt.Sprintf("%s is no net exporter of %s", name, u.ID)
	}
	return ""
}

// Market is the bloc of a country in the scenario, or the country alone.
func (s Scenario) Market(country string) []string { return blocOf(country, s.Blocs) }

func sameMarket(a, b string, blocs [][]string) bool {
	return a == b || slices.Contains(blocOf(a, blocs), b)
}

// widen adds the partners in a bloc to the targets: a bloc is one market.
func widen(targets []string, blocs [][]string) []string {
	var out []string
	for _, t := range targets {
		out = append(out, blocOf(t, blocs)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// blocExports tells whether a country, or the bloc it is in, has net exports.
func blocExports(u *catalog.Unit, f *catalog.Figures, country string, blocs [][]string) bool {
	sum := 0.0
	for _, m := range blocOf(country, blocs) {
		if k := u.Country(m); k >= 0 {
			sum += f.NetExportTonnes(k)
		}
	}
	return sum > netExportFloor*f.TotalTonnes()
}

// blocOf returns the members of the bloc that a country is in, or it alone.
func blocOf(country string, blocs [][]string) []string {
	for _, b := range blocs {
		if slices.Contains(b, country) {
			return b
		}
	}
	return []string{country}
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
		fmt.Fprintf(&b, "%s %s %s %s", c.Units[w.Unit].ID, w.Country, w.Kind, formatFraction(w.Fraction))
		if w.Targeted() {
			fmt.Fprintf(&b, " to %s leakage %s offered %s", strings.Join(w.Targets, ","), formatFraction(w.Leakage), formatFraction(w.Offered))
		}
		b.WriteString("; ")
	}
	for _, bloc := range s.Blocs {
		fmt.Fprintf(&b, "bloc %s; ", strings.Join(bloc, ","))
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
	return Scenario{Withdrawals: []Withdrawal{{Unit: unit, Country: country, Kind: kind, Fraction: 1}}, Months: FullYear}
}

// Baseline lists the baseline scenarios of some units: every foreign net
// exporter stops exports, and every other foreign producer stops output, for a
// year. A bloc acts as one country, under the code of its first member. The
// order is by unit as given, kind (restrictions first), country.
func Baseline(c *catalog.Catalog, figures []*catalog.Figures, units []int, blocs ...[]string) []Scenario {
	var out []Scenario
	for _, i := range units {
		u, f := &c.Units[i], figures[i]
		var outages []Scenario
		done := map[string]bool{}
		for k, code := range u.Countries {
			if code == catalog.USA || code == catalog.Remainder || done[code] {
				continue
			}
			members := blocOf(code, blocs)
			for _, m := range members {
				done[m] = true
			}
			if len(members) == 1 {
				switch {
				case NetExporter(f, k):
					out = append(out, Single(i, code, ExportRestriction))
				case f.SupplyShare[k] > 0:
					outages = append(outages, Single(i, code, ProductionOutage))
				}
				continue
			}
			kind := ProductionOutage
			if blocExports(u, f, code, blocs) {
				kind = ExportRestriction
			}
			s := Scenario{Months: FullYear, Blocs: [][]string{members}}
			for _, m := range members {
				if k := u.Country(m); k >= 0 && (kind == ExportRestriction || f.SupplyShare[k] > 0) {
					s.Withdrawals = append(s.Withdrawals, Withdrawal{Unit: i, Country: m, Kind: kind, Fraction: 1})
				}
			}
			switch {
			case len(s.Withdrawals) == 0:
			case kind == ExportRestriction:
				out = append(out, s)
			default:
				outages = append(outages, s)
			}
		}
		out = append(out, outages...)
	}
	return out
}

// shareForm is a decimal number with or without %. What else strconv reads
// (hexadecimal, inf) is no share.
var shareForm = regexp.MustCompile(`^\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*(%?)\s*$`)

// ParseFraction reads a share: "50%" or "0.5". file names the flag or key.
func ParseFraction(file, text string) (float64, error) {
	number, percent := "", false
	if m := shareForm.FindStringSubmatch(text); m != nil {
		number, percent = m[1], m[2] != ""
	}
	v, err := strconv.ParseFloat(number, 64)
	if percent {
		v /= 100
	}
	if err != nil || math.IsNaN(v) || v < 0 || v > 1 {
		return 0, &fault.Error{Code: fault.Usage, File: file, What: fault.Quote(text) + " is no share", Expected: "a share such as 50% or 0.5"}
	}
	return v, nil
}
