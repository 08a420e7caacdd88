package catalog

import (
	"slices"
	"strings"

	"chokepoint/internal/fault"
)

type unitName struct {
	lower string
	unit  int
}

func (c *Catalog) readUnitNames() {
	t := c.tables.names
	for row, id := range t.Text("commodity") {
		c.names = append(c.names, unitName{strings.ToLower(t.Text("name")[row]), c.unitAt[id]})
	}
}

// UnitNames lists a unit's names in one language (en, zh, ja, de, fr, symbol, alias).
func (c *Catalog) UnitNames(unit int, language string) []string {
	t := c.tables.names
	var out []string
	for row, id := range t.Text("commodity") {
		if id == c.Units[unit].ID && t.Text("language")[row] == language {
			out = append(out, t.Text("name")[row])
		}
	}
	return out
}

// UnitsNamed lists the units that a name of a unit or a chain stands for.
func (c *Catalog) UnitsNamed(text string) []int {
	name := strings.ToLower(strings.TrimSpace(text))
	var units []int
	for i := range c.Units { // a chain's name stands for its units
		if c.Units[i].Chain == name {
			units = append(units, i)
		}
	}
	for _, n := range c.names {
		if n.lower == name && !slices.Contains(units, n.unit) {
			units = append(units, n.unit)
		}
	}
	return units
}

// FindUnit resolves what a user typed: a unit's ID, or a name, symbol or other
// spelling of exactly one unit. A name of several units, or of none, is an
// error that names candidates.
func (c *Catalog) FindUnit(text string) (int, error) {
	name := strings.ToLower(strings.TrimSpace(text))
	if i, ok := c.unitAt[name]; ok {
		return i, nil
	}
	if i, ok := c.unitAt[strings.ReplaceAll(name, " ", "-")]; ok {
		return i, nil
	}
	units := c.UnitsNamed(text)
	if len(units) == 1 {
		return units[0], nil
	}
	e := &fault.Error{Code: fault.Usage, File: "commodity", Do: "`chokepoint show commodities` lists all units."}
	if len(units) > 1 {
		ids := make([]string, len(units))
		for i, u := range units {
			ids[i] = c.Units[u].ID
		}
		e.What, e.Expected = fault.Quote(text)+" stands for several units", "one of "+strings.Join(ids, ", ")
		return 0, e
	}
	known := c.unitIDs()
	for _, n := range c.names {
		known = append(known, n.lower)
	}
	e.What, e.Expected = "unknown commodity "+fault.Quote(text), "a commodity unit, its name or symbol"
	e.DidYouMean = fault.Nearest(name, known)
	return 0, e
}

// FindCountry resolves an ISO code or a name to an ISO 3166 alpha-3 code.
func (c *Catalog) FindCountry(text string) (string, error) {
	name := strings.TrimSpace(text)
	known := make([]string, 0, 3*len(c.Countries))
	for _, k := range c.Countries {
		if k.Code == Remainder {
			continue
		}
		for _, n := range []string{k.Code, k.ISO2, k.Name, k.OtherName} {
			if n == "" {
				continue
			}
			if strings.EqualFold(n, name) {
				return k.Code, nil
			}
			if len(n) > 3 {
				known = append(known, n)
			}
		}
	}
	e := &fault.Error{Code: fault.Usage, File: "country", What: "unknown country " + fault.Quote(text), Expected: "an ISO 3166 code or an English name",
		Do: "`chokepoint show countries` lists them all."}
	if strings.EqualFold(name, Remainder) {
		e.What, e.Expected = "OTH is the remainder of a table", "a single country"
		return "", e
	}
	e.DidYouMean = fault.Nearest(name, known)
	if e.DidYouMean == "" && len(name) == 3 {
		var codes []string
		for i := range c.Countries {
			if c.Countries[i].Code != Remainder {
				codes = append(codes, c.Countries[i].Code)
			}
		}
		e.DidYouMean = fault.Nearest(name, codes)
	}
	return "", e
}
