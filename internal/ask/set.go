package ask

import (
	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
	"chokepoint/internal/lists"
)

// Set resolves the name of a set of units, without @: usgs-84, all, or an edition
// of a list, which stands for the units on it.
func Set(c *catalog.Catalog, name string) ([]int, error) {
	units, unknown := c.Set(name)
	if unknown == nil {
		return units, nil
	}
	l, err := lists.Load(c)
	if err != nil {
		return nil, err
	}
	if edition, err := l.FindEdition(name, l.DefaultRules()); err == nil {
		if units, _ := l.Units(edition); len(units) > 0 {
			return units, nil
		}
	}
	known := []string{"usgs-84", "all"}
	for i := range l.Editions {
		known = append(known, l.Editions[i].ID)
	}
	f := &fault.Error{Code: fault.Usage, File: "commodity", What: "unknown set of units " + fault.Quote("@"+name), Expected: "@usgs-84, @all or @ and an edition, such as @us-2025-final",
		Do: "`chokepoint lists` lists the editions.", Err: unknown}
	if near := fault.Nearest(name, known); near != "" {
		f.DidYouMean = "@" + near
	}
	return nil, f
}
