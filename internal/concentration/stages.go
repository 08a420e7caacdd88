package concentration

import (
	"cmp"
	"slices"
	"strings"
)

// OtherStage is output at a stage of a chain that is no unit of the model, such as
// mined cobalt: from one source, without a model of its market.
type OtherStage struct {
	Chain, Counts, Source, Series, Year, Note string
	HHI                                       float64
	Leader                                    string
	LeaderShare, Top3                         float64
	Producers                                 int
	Shares                                    map[string]float64
	Union                                     float64 // the EU together
}

// ShareOf is the share of a country, or of the EU.
func (x *OtherStage) ShareOf(code string) float64 {
	if code == EU {
		return x.Union
	}
	return x.Shares[code]
}

// otherStageYear is the year of these figures: that of most units.
const otherStageYear = "2023"

// OtherStages lists them for a chain, or for all chains if chain is empty: of the
// US Geological Survey where it has the series, else of World Mining Data.
func (m *Model) OtherStages(chain string) ([]OtherStage, error) {
	var out []OtherStage
	seen := map[string]bool{}
	for _, source := range []string{USGS, WMD} {
		for i := range m.c.Units {
			u := &m.c.Units[i]
			if chain != "" && u.Chain != chain {
				continue
			}
			for _, s := range m.series[u.ID] {
				if s.Source != source || s.Form != "other-stage" && !(s.Form == "basket" && s.Counts == "mined" && u.Stage != "mine") {
					continue
				}
				name := u.Chain
				if s.Form == "basket" {
					name = s.Name // one series for units of many chains
				}
				if seen[name+s.Counts] || source == WMD && m.hasUSGS(u.ID, s.Form) {
					continue
				}
				seen[name+s.Counts] = true
				r, ok, err := m.reading(s, otherStageYear)
				if err != nil {
					return nil, err
				}
				if !ok {
					continue
				}
				r.measure()
				x := OtherStage{Chain: u.Chain, Counts: s.Counts, Source: s.Source, Series: r.Series, Year: r.Year, Note: s.Note, HHI: r.HHI, Leader: r.Leader, LeaderShare: r.LeaderShare, Producers: r.Producers, Shares: r.Shares}
				if s.Form == "basket" {
					x.Chain = strings.ToLower(strings.TrimSpace(strings.Split(s.Name, "|")[0]))
				}
				var shares []float64
				for _, code := range sortedKeys(r.Shares) {
					shares = append(shares, r.Shares[code])
				}
				x.Top3 = Top(shares, 3)
				for _, code := range m.union {
					x.Union += r.Shares[code]
				}
				out = append(out, x)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b OtherStage) int {
		return cmp.Or(strings.Compare(a.Chain, b.Chain), strings.Compare(a.Counts, b.Counts))
	})
	return out, nil
}

// hasUSGS tells whether the US Geological Survey has a series of a form.
func (m *Model) hasUSGS(unit, form string) bool {
	return slices.ContainsFunc(m.series[unit], func(s Series) bool { return s.Source == USGS && s.Form == form })
}
