package concentration

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
)

// ModelSource names the supply table of this program among the sources.
const ModelSource = "model"

// Where sources disagree enough to be said.
const (
	shareGap = 0.10 // of world output, between two sources
	totalGap = 0.20 // of the smaller total
	sumGap   = 0.05 // of 1, for printed shares that do not sum to 1
)

// Reading is what one source says of a unit.
type Reading struct {
	Source, Series, Form, Note string
	Year, Unit                 string
	OtherContent               bool  // gross weight, oxide or a volume: totals do not compare
	Total                      Value // sum of the countries
	Printed                    Value // total that the source prints
	Producers                  int
	Leader                     string
	LeaderShare                float64
	HHI                        float64
	Shares                     map[string]float64 // nil where rows by country may not be passed on
	Withheld                   string
	SumOfShares                float64 // printed shares; 1 where they are computed
}

// Group is the readings that count the same output, if perhaps in another
// content: only they can disagree.
type Group struct {
	Counts   string // OwnForm; mined; processed; the last two with ", several units" for a basket
	Readings []Reading
	Flags    []string
}

// OwnForm is the group of readings of the form of the unit.
const OwnForm = "the form of the unit"

// Comparison is what all sources say of a unit in a year.
type Comparison struct {
	Unit   int
	Year   string
	Groups []Group // that of the unit's form first, with the model's own table
}

// Years lists the years for which sources can be compared, the first by default.
func Years() []string { return []string{"2023", "2024", "2025"} }

// Compare sets the sources of a unit side by side.
func (m *Model) Compare(unit int, year string) (*Comparison, error) {
	if !slices.Contains(Years(), year) {
		return nil, &fault.Error{Code: fault.Usage, File: "--year", What: fault.Quote(year), Expected: "one of " + strings.Join(Years(), ", ")}
	}
	for _, name := range []string{"production_totals", "world_production"} {
		if _, err := m.table(name); err != nil {
			return nil, err
		}
	}
	u, f := &m.c.Units[unit], m.figures[unit]
	out := &Comparison{Unit: unit, Year: year}
	own := Reading{Source: ModelSource, Series: "supply of this program", Form: "same", Year: fmt.Sprint(u.BaseYear), Unit: "t", Total: number(f.WorldTonnes), Printed: missing("not printed"), Shares: map[string]float64{}, SumOfShares: 1}
	for k, code := range u.Countries {
		if f.SupplyShare[k] > 0 {
			own.Shares[code] = f.SupplyShare[k]
		}
	}
	own.measure()
	out.Groups = []Group{{Counts: OwnForm, Readings: []Reading{own}}}
	for _, source := range []string{USGS, WMD, EUShares, BGS} {
		for _, s := range m.series[u.ID] {
			if s.Source != source {
				continue
			}
			r, ok, err := m.reading(s, year)
			if err != nil {
				return nil, err
			}
			if ok {
				out.add(groupOf(s), r)
			} else if known, err := m.hasSeries(s); err != nil {
				return nil, err
			} else if !known {
				return nil, m.unknownSeries(s)
			}
		}
	}
	for k := range out.Groups {
		out.Groups[k].flag(year)
	}
	return out, nil
}

// groupOf names the group of a series.
func groupOf(s Series) string {
	switch s.Form {
	case "same", "other-content":
		return OwnForm
	case "basket":
		return s.Counts + ", several units"
	}
	return s.Counts
}

func (c *Comparison) add(counts string, r Reading) {
	k := slices.IndexFunc(c.Groups, func(g Group) bool { return g.Counts == counts })
	if k < 0 {
		k = len(c.Groups)
		c.Groups = append(c.Groups, Group{Counts: counts})
	}
	c.Groups[k].Readings = append(c.Groups[k].Readings, r)
}

func (m *Model) reading(s Series, year string) (Reading, bool, error) {
	r := Reading{Source: s.Source, Series: strings.TrimSuffix(strings.ReplaceAll(s.Name, "|", ": "), ": "), Form: s.Form, Note: s.Note, OtherContent: s.Content == "other", Year: year, SumOfShares: 1, Total: missing("shares only"), Printed: missing("not printed")}
	if s.Source == EUShares { // shares only
		list := m.eu.shares[s.Name+"/global"]
		r.Year, r.Shares, r.SumOfShares = "2016-20", map[string]float64{}, 0
		for _, x := range list {
			r.Shares[x.country] = x.share
			r.SumOfShares += x.share
		}
		r.measure()
		return r, len(list) > 0, nil
	}
	t, err := m.c.Package.Table("production_totals")
	if err != nil {
		return r, false, err
	}
	found := false
	for row, name := range t.Text("series") {
		if name != s.Name || t.Text("source")[row] != s.Source || t.Text("year")[row] != year {
			continue
		}
		found = true
		r.Unit, r.Total, r.Printed, r.Withheld = t.Text("unit")[row], number(t.Numbers("sum")[row]), scaled(t, row, "printed_total", 1), named(t.Text("withheld")[row])
		r.Producers, r.Leader, r.LeaderShare, r.HHI = int(t.Numbers("producers")[row]), t.Text("leading_country")[row], t.Numbers("leading_share_pct")[row]/100, t.Numbers("hhi")[row]
	}
	if !found || s.Source == BGS {
		return r, found, nil
	}
	if t, err = m.c.Package.Table("world_production"); err != nil {
		return r, false, err
	}
	r.Shares = map[string]float64{}
	for row, name := range t.Text("series") {
		if name == s.Name && t.Text("source")[row] == s.Source && t.Text("year")[row] == year && t.Numbers("quantity")[row] > 0 {
			r.Shares[t.Text("country")[row]] = t.Numbers("quantity")[row] / r.Total.Number
		}
	}
	return r, true, nil
}

// hasSeries tells whether a source has a series in any year.
func (m *Model) hasSeries(s Series) (bool, error) {
	t, err := m.c.Package.Table("production_totals")
	if err != nil {
		return false, err
	}
	for row, name := range t.Text("series") {
		if name == s.Name && t.Text("source")[row] == s.Source {
			return true, nil
		}
	}
	return s.Source == EUShares, nil // checked where the model is made
}

// named takes the remainder out of a list of countries joined by ;.
func named(list string) string {
	codes := slices.DeleteFunc(strings.Split(list, ";"), func(code string) bool { return code == catalog.Remainder })
	return strings.Join(codes, ", ")
}

// measure computes leader, HHI and producers from shares, in the order of codes.
func (r *Reading) measure() {
	var shares []float64
	r.Leader, r.LeaderShare = "", 0
	for _, code := range sortedKeys(r.Shares) {
		s := r.Shares[code]
		shares = append(shares, s)
		if s > r.LeaderShare {
			r.Leader, r.LeaderShare = code, s
		}
	}
	r.HHI, r.Producers = HHI(shares), Producers(shares)
}

// sortedKeys are the countries of shares, without the remainder, in order.
func sortedKeys(shares map[string]float64) []string {
	codes := slices.Sorted(maps.Keys(shares))
	return slices.DeleteFunc(codes, func(code string) bool { return code == catalog.Remainder })
}

// Countries lists the countries of the group, by their largest share.
func (g *Group) Countries() []string {
	largest := map[string]float64{}
	for _, r := range g.Readings {
		for code, s := range r.Shares {
			largest[code] = max(largest[code], s)
		}
	}
	var out []string
	for code := range largest {
		out = append(out, code)
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(largest[b], largest[a]), strings.Compare(a, b)) })
	return out
}

// Spread is the largest less the smallest share of a country over the readings
// with rows by country. A country that a source does not name has 0 there.
func (g *Group) Spread(country string) Value {
	low, high, n := math.Inf(1), math.Inf(-1), 0
	for _, r := range g.Readings {
		if r.Shares != nil {
			low, high = min(low, r.Shares[country]), max(high, r.Shares[country])
			n++
		}
	}
	if n < 2 {
		return missing("one source has rows by country")
	}
	return number(high - low)
}

// flag says where the readings of the group disagree.
func (g *Group) flag(year string) {
	// of names a source, with its years where they are not those asked for.
	of := func(r Reading) string {
		if r.Year != year {
			return r.Source + " of " + r.Year
		}
		return r.Source
	}
	for _, r := range g.Readings {
		if math.Abs(r.SumOfShares-1) > sumGap {
			g.Flags = append(g.Flags, fmt.Sprintf("%s: the shares of %s sum to %.1f %%", r.Source, r.Series, 100*r.SumOfShares))
		}
		if r.Withheld != "" {
			g.Flags = append(g.Flags, fmt.Sprintf("%s gives no figure for %s (none, or withheld)", r.Source, r.Withheld))
		}
	}
	if len(g.Readings) < 2 {
		g.Flags = append(g.Flags, "no second source counts this output")
		return
	}
	sorted := slices.Clone(g.Readings)
	slices.SortStableFunc(sorted, func(a, b Reading) int { return cmp.Compare(a.LeaderShare, b.LeaderShare) })
	leaders := map[string]bool{}
	var said []string
	for _, r := range sorted {
		leaders[r.Leader] = true
		said = append(said, of(r)+" "+r.Leader)
	}
	first, last := sorted[0], sorted[len(sorted)-1]
	if len(leaders) > 1 {
		g.Flags = append(g.Flags, "the largest producer differs: "+strings.Join(said, ", "))
	} else if gap := last.LeaderShare - first.LeaderShare; gap > shareGap {
		g.Flags = append(g.Flags, fmt.Sprintf("the share of %s differs by %.0f points: %.0f %% (%s) to %.0f %% (%s)", first.Leader, 100*gap, 100*first.LeaderShare, of(first), 100*last.LeaderShare, of(last)))
	}
	for _, code := range g.Countries() {
		if s := g.Spread(code); s.Known && s.Number > shareGap && (len(leaders) > 1 || !leaders[code]) && code != catalog.Remainder {
			g.Flags = append(g.Flags, fmt.Sprintf("the share of %s differs by %.0f points", code, 100*s.Number))
		}
	}
	g.flagTotals(of)
}

// flagTotals compares totals in tonnes of the same content.
func (g *Group) flagTotals(of func(Reading) string) {
	var totals []Reading
	for _, r := range g.Readings {
		if !r.OtherContent && r.Unit == "t" && r.Total.Known {
			totals = append(totals, r)
		}
	}
	if len(totals) < 2 {
		return
	}
	slices.SortStableFunc(totals, func(a, b Reading) int { return cmp.Compare(a.Total.Number, b.Total.Number) })
	low, high := totals[0], totals[len(totals)-1]
	if high.Total.Number > (1+totalGap)*low.Total.Number {
		g.Flags = append(g.Flags, fmt.Sprintf("totals differ by %.0f %%: %s %.3g t, %s %.3g t", 100*(high.Total.Number/low.Total.Number-1), of(low), low.Total.Number, of(high), high.Total.Number))
	}
}
