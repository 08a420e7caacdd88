package concentration

import (
	"cmp"
	"slices"
)

// EUSupplier is a country's share of what the EU uses, from the study of 2023: of
// all that the EU sources, its own output included.
type EUSupplier struct {
	Country string
	Share   float64 // as printed; those of a list need not sum to 1
}

// EUSourcing lists from where the EU has a unit by the study of 2023, the largest
// share first, and the material and stage that stands for the unit. No list: nil.
func (m *Model) EUSourcing(unit int) (suppliers []EUSupplier, series Series) {
	s, ok := m.oneSeries(m.c.Units[unit].ID, EUShares)
	if !ok {
		return nil, Series{}
	}
	for _, x := range m.eu.shares[s.Name+"/eu"] {
		suppliers = append(suppliers, EUSupplier{x.country, x.share})
	}
	slices.SortStableFunc(suppliers, func(a, b EUSupplier) int { return cmp.Compare(b.Share, a.Share) })
	return suppliers, s
}
