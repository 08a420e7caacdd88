package catalog

import (
	"slices"
	"strings"
)

// BoundShare is the share of a country's exports of a unit that is bound for
// some destinations, from the trade table. known is false where the headings of
// the trade table do not match the form of the unit, or record no export.
func (c *Catalog) BoundShare(unit int, exporter string, destinations []string) (share float64, known bool, err error) {
	coverage, err := c.Package.Table("trade_coverage")
	if err != nil {
		return 0, false, err
	}
	id := c.Units[unit].ID
	if row := slices.Index(coverage.Text("commodity"), id); row < 0 || coverage.Text("coverage")[row] != "match" {
		return 0, false, nil
	}
	trade, err := c.Package.Table("trade_bilateral")
	if err != nil {
		return 0, false, err
	}
	tonnes, importer := trade.Numbers("content_t"), trade.Text("importer")
	bound, all := 0.0, 0.0
	for row, name := range trade.Text("commodity") {
		if name != id || trade.Text("exporter")[row] != exporter {
			continue
		}
		all += tonnes[row]
		if slices.Contains(destinations, importer[row]) {
			bound += tonnes[row]
		}
	}
	if all == 0 {
		return 0, false, nil
	}
	return bound / all, true, nil
}

// TradeOrigins are the rows of the trade table from a country to destinations.
func (c *Catalog) TradeOrigins(unit int, exporter string, destinations []string) ([]SourceRow, error) {
	trade, err := c.Package.Table("trade_bilateral")
	if err != nil {
		return nil, err
	}
	var out []SourceRow
	for row, name := range trade.Text("commodity") {
		if name == c.Units[unit].ID && trade.Text("exporter")[row] == exporter && slices.Contains(destinations, trade.Text("importer")[row]) {
			s := c.origin(trade, row, "content_t", "trade from "+exporter+" to "+trade.Text("importer")[row])
			s.Source = trade.Resource.Sources[0].Title
			out = append(out, s)
		}
	}
	return out, nil
}

// Bloc returns the countries of a bloc of table country_blocs, members and
// partners, sorted.
func (c *Catalog) Bloc(name string) ([]string, error) {
	t, err := c.Package.Table("country_blocs")
	if err != nil {
		return nil, err
	}
	var out []string
	for row, bloc := range t.Text("bloc") {
		if strings.EqualFold(bloc, name) {
			out = append(out, t.Text("country")[row])
		}
	}
	slices.Sort(out)
	return out, nil
}

// BlocName is the name of the bloc with exactly these members, or the members
// joined by +.
func (c *Catalog) BlocName(members []string) string {
	if t, err := c.Package.Table("country_blocs"); err == nil {
		for _, name := range slices.Compact(slices.Clone(t.Text("bloc"))) {
			if m, err := c.Bloc(name); err == nil && slices.Equal(m, members) {
				return name
			}
		}
	}
	return strings.Join(members, "+")
}
