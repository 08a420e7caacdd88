package concentration

import (
	"cmp"
	"slices"
	"strings"

	"chokepoint/internal/catalog"
)

// Holding is what a country has of one unit.
type Holding struct {
	Unit            int
	SupplyShare     float64
	UseShare        float64
	SupplyRank      int  // 1 = largest producer; 0 = produces none
	LargestProducer bool // of those named, the remainder left out
	AboveHalf       bool // more than half of world output
	LargestUser     bool
}

// Country lists the units that a country produces or uses, by share of output.
func (m *Model) Country(code string) []Holding {
	var out []Holding
	for i := range m.c.Units {
		if h := m.Holding(i, code); h.SupplyShare > 0 || h.UseShare > 0 {
			out = append(out, h)
		}
	}
	slices.SortStableFunc(out, func(a, b Holding) int { return cmp.Compare(b.SupplyShare, a.SupplyShare) })
	return out
}

// Holding is what a country has of a unit, which may be nothing. The members of
// the EU together count as one beside the other countries.
func (m *Model) Holding(unit int, code string) Holding {
	u, f := &m.c.Units[unit], m.figures[unit]
	h := Holding{Unit: unit}
	members := m.members(code)
	for k, c := range u.Countries {
		if slices.Contains(members, c) {
			h.SupplyShare += f.SupplyShare[k]
			h.UseShare += f.UseShare[k]
		}
	}
	h.AboveHalf, h.LargestUser = h.SupplyShare > 0.5, h.UseShare > 0
	if h.SupplyShare > 0 {
		h.SupplyRank = 1
	}
	for k, other := range u.Countries {
		if other == catalog.Remainder || slices.Contains(members, other) {
			continue
		}
		if h.SupplyShare > 0 && f.SupplyShare[k] > h.SupplyShare {
			h.SupplyRank++
		}
		if f.UseShare[k] > h.UseShare {
			h.LargestUser = false
		}
	}
	h.LargestProducer = h.SupplyRank == 1
	return h
}

// StageCount sums holdings up by stage.
type StageCount struct {
	Stage                                                    string
	Units, Produces, LargestProducer, AboveHalf, LargestUser int
}

// stages in the order of a chain.
var stages = []string{"mine", "gas", "separated", "refined", "ferroalloy", "product"}

// Stages sums the holdings of a country up by stage, with the number of units of
// the stage, and a last row of all.
func (m *Model) Stages(holdings []Holding) []StageCount {
	out := make([]StageCount, len(stages)+1)
	for k, name := range stages {
		out[k].Stage = name
	}
	all := &out[len(stages)]
	all.Stage = "all"
	for i := range m.c.Units {
		all.Units++
		out[max(0, slices.Index(stages, m.c.Units[i].Stage))].Units++
	}
	for _, h := range holdings {
		for _, s := range []*StageCount{all, &out[max(0, slices.Index(stages, m.c.Units[h.Unit].Stage))]} {
			s.Produces += one(h.SupplyShare > 0)
			s.LargestProducer += one(h.LargestProducer)
			s.AboveHalf += one(h.AboveHalf)
			s.LargestUser += one(h.LargestUser)
		}
	}
	return out
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// Chain lists the units of a chain in its order.
func (m *Model) Chain(name string) []int {
	var out []int
	for i := range m.c.Units {
		if m.c.Units[i].Chain == name {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(m.c.Units[a].ChainOrder, m.c.Units[b].ChainOrder) })
	return out
}

// Resolve reads a word that names one unit, or a chain of several.
func (m *Model) Resolve(word string) ([]int, error) {
	if units := m.Chain(strings.ToLower(strings.TrimSpace(word))); len(units) > 1 {
		if _, ok := m.c.Unit(strings.ToLower(strings.TrimSpace(word))); !ok {
			return units, nil
		}
	}
	unit, err := m.c.FindUnit(word)
	if err != nil {
		if units := m.chainNamed(word); units != nil {
			return units, nil
		}
		return nil, err
	}
	return []int{unit}, nil
}

// chainNamed reads a name that several units of one chain have, and no others, such
// as Kobalt: they, in the order of the chain; else nil.
func (m *Model) chainNamed(word string) []int {
	units := m.c.UnitsNamed(word)
	if len(units) < 2 {
		return nil
	}
	chain := m.Chain(m.c.Units[units[0]].Chain)
	if slices.ContainsFunc(units, func(u int) bool { return !slices.Contains(chain, u) }) {
		return nil
	}
	return slices.DeleteFunc(chain, func(u int) bool { return !slices.Contains(units, u) })
}

// Hold is a country's share at every stage of a chain.
type Hold struct {
	Country string
	Shares  []float64 // by the units of Chain
	Largest int       // stages at which it is the largest producer
}

// Hold lists countries by their shares along units of a chain: those that lead a
// stage or hold a tenth of one.
func (m *Model) Hold(units []int) []Hold {
	byCountry := map[string]*Hold{}
	for at, i := range units {
		u, f := &m.c.Units[i], m.figures[i]
		for k, code := range u.Countries {
			if code == catalog.Remainder || f.SupplyShare[k] == 0 {
				continue
			}
			h := byCountry[code]
			if h == nil {
				h = &Hold{Country: code, Shares: make([]float64, len(units))}
				byCountry[code] = h
			}
			h.Shares[at] = f.SupplyShare[k]
			if m.Holding(i, code).LargestProducer {
				h.Largest++
			}
		}
	}
	var out []Hold
	for _, h := range byCountry {
		if h.Largest > 0 || slices.Max(h.Shares) >= 0.1 {
			out = append(out, *h)
		}
	}
	sum := func(h Hold) float64 {
		s := 0.0
		for _, x := range h.Shares {
			s += x
		}
		return s
	}
	slices.SortFunc(out, func(a, b Hold) int { return cmp.Or(cmp.Compare(sum(b), sum(a)), strings.Compare(a.Country, b.Country)) })
	return out
}
