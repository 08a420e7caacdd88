package concentration

import (
	"cmp"
	"fmt"
	"strings"

	"chokepoint/internal/datapackage"
	"chokepoint/internal/fault"
)

// euTables are the tables of the European Commission's studies.
type euTables struct {
	shares  map[string][]euShare // by material/stage/supply
	uses    map[string][]euUse   // by material
	scores  map[string][]Printed // by material, by year
	factors map[string]Factors   // by material
	largest float64              // value added of the largest manufacturing division, million EUR
}

type euShare struct {
	country            string
	share, tradeFactor float64
}

type euUse struct {
	share      float64
	valueAdded Value
}

// Printed is a pair of scores that the Commission printed.
type Printed struct {
	Year                           string
	SupplyRisk, EconomicImportance float64
}

// Factors are a row of the study of 2017.
type Factors struct {
	Stage, SupplyData                                  string // E or P; GS + EUS, GS only, EUS only
	ImportReliance                                     Value  // 0 to 1
	EndOfLifeRecycling, SubstitutionEI, SubstitutionSR float64
	WeightedWorld, WeightedEU                          Value
	SupplyRisk, EconomicImportance                     float64 // as printed
}

// Used returns the printed parts of (C5) that the study used.
func (f Factors) Used() (world, sourcing Value) {
	world, sourcing = f.WeightedWorld, f.WeightedEU
	switch f.SupplyData {
	case "GS only":
		sourcing = missing("the study did not use EU sourcing")
	case "EUS only":
		world = missing("the study did not use world supply")
	}
	return world, sourcing
}

// FromPrinted is (C5) from the printed inputs of the study of 2017.
func (f Factors) FromPrinted() Value {
	x := SupplyRiskInput{World: f.WeightedWorld.Number, EU: f.WeightedEU.Number, ImportReliance: f.ImportReliance.Number, EndOfLifeRecycling: f.EndOfLifeRecycling, Substitution: f.SubstitutionSR,
		OnlyWorld: f.SupplyData == "GS only", OnlyEU: f.SupplyData == "EUS only"}
	switch {
	case x.OnlyWorld && !f.WeightedWorld.Known, x.OnlyEU && !f.WeightedEU.Known, !x.OnlyWorld && !x.OnlyEU && !(f.WeightedWorld.Known && f.WeightedEU.Known && f.ImportReliance.Known):
		return missing("an input is not printed")
	}
	return number(SupplyRisk(x))
}

// EUProfile is what the EU's method and studies say of a unit.
type EUProfile struct {
	Series, Form, Note       string // material/stage of the study of 2023
	HHIWorld, HHIEU          Value  // (C4) with the trade parameter
	SupplyRisk               Value  // (C5): shares of 2023, reliance, recycling and substitution of 2017
	EconomicImportance       Value  // (C6): uses of 2023, substitution of 2017
	UnassignedUse            float64
	ScoreMaterial, ScoreForm string
	Printed                  []Printed // by year
	FactorMaterial           string
	FactorForm               string
	Factors                  Factors
	HasFactors               bool
	SupplyRisk2017           Value // (C5) from printed inputs
}

// Latest is the last printed pair of scores.
func (p *EUProfile) Latest() (Printed, bool) {
	if len(p.Printed) == 0 {
		return Printed{}, false
	}
	return p.Printed[len(p.Printed)-1], true
}

func (m *Model) readEU() error {
	m.eu = &euTables{shares: map[string][]euShare{}, uses: map[string][]euUse{}, scores: map[string][]Printed{}, factors: map[string]Factors{}}
	t, err := m.table("eu_supply_shares")
	if err != nil {
		return err
	}
	for row, material := range t.Text("material") {
		key := material + "/" + t.Text("stage")[row] + "/" + t.Text("supply")[row]
		m.eu.shares[key] = append(m.eu.shares[key], euShare{t.Text("country")[row], t.Numbers("share_pct")[row] / 100, t.Numbers("trade_factor")[row]})
	}
	if t, err = m.table("eu_use_shares"); err != nil {
		return err
	}
	for row, material := range t.Text("material") {
		u := euUse{share: t.Numbers("share_pct")[row] / 100, valueAdded: missing("the study assigns no sector")}
		if !t.Missing("value_added_meur", row) {
			u.valueAdded = number(t.Numbers("value_added_meur")[row])
			if strings.HasPrefix(t.Text("nace")[row], "C") {
				m.eu.largest = max(m.eu.largest, u.valueAdded.Number)
			}
		}
		m.eu.uses[material] = append(m.eu.uses[material], u)
	}
	if t, err = m.table("eu_scores"); err != nil {
		return err
	}
	for row, material := range t.Text("material") {
		m.eu.scores[material] = append(m.eu.scores[material], Printed{t.Text("year")[row], t.Numbers("supply_risk")[row], t.Numbers("economic_importance")[row]})
	}
	if t, err = m.table("eu_factors_2017"); err != nil {
		return err
	}
	for row, material := range t.Text("material") {
		m.eu.factors[material] = Factors{Stage: t.Text("stage")[row], SupplyData: t.Text("supply_data")[row], ImportReliance: scaled(t, row, "import_reliance_pct", 100),
			EndOfLifeRecycling: t.Numbers("eol_rir_pct")[row] / 100, SubstitutionEI: t.Numbers("si_ei")[row], SubstitutionSR: t.Numbers("si_sr")[row],
			WeightedWorld: scaled(t, row, "hhi_wgi_t_global", 1), WeightedEU: scaled(t, row, "hhi_wgi_t_eu", 1), SupplyRisk: t.Numbers("supply_risk")[row], EconomicImportance: t.Numbers("economic_importance")[row]}
	}
	return nil
}

// checkEUSeries holds the series of table production_series against what the
// tables of the studies name.
func (m *Model) checkEUSeries() error {
	for _, list := range m.series {
		for _, s := range list {
			var ok bool
			switch s.Source {
			case EUShares:
				ok = len(m.eu.shares[s.Name+"/global"])+len(m.eu.shares[s.Name+"/eu"]) > 0
			case EUScores:
				ok = len(m.eu.scores[s.Name]) > 0
			case EUFactors:
				_, ok = m.eu.factors[s.Name]
			default: // Compare reads the others
				continue
			}
			if !ok {
				return m.unknownSeries(s)
			}
		}
	}
	return nil
}

// unknownSeries is the fault of a series that its source does not have.
func (m *Model) unknownSeries(s Series) error {
	t, err := m.c.Package.Table("production_series")
	if err != nil {
		return err
	}
	return t.Fault(s.row, "series", fault.Quote(s.Name)+" is no series of "+s.Source, "a series of table "+cmp.Or(map[string]string{EUShares: "eu_supply_shares", EUScores: "eu_scores", EUFactors: "eu_factors_2017"}[s.Source], "production_totals"))
}

func scaled(t *datapackage.Table, row int, field string, over float64) Value {
	if t.Missing(field, row) {
		return missing("not printed")
	}
	return number(t.Numbers(field)[row] / over)
}

// oneSeries is the series of a source that stands for a unit: that of its own
// form if there is one, else the first.
func (m *Model) oneSeries(unit, source string) (Series, bool) {
	var out Series
	found := false
	for _, s := range m.series[unit] {
		if s.Source == source && (!found || out.Form == "other-stage" && s.Form != "other-stage" || s.Form == "same" && out.Form != "same") {
			out, found = s, true
		}
	}
	return out, found
}

// weighted is (C4) of a list of the study, shares as printed.
func (m *Model) weighted(key string) Value {
	list := m.eu.shares[key]
	if len(list) == 0 {
		return missing("the study of 2023 has no such list")
	}
	var shares, weights []float64
	unknown := 0.0
	for _, x := range list {
		s := m.scores[x.country]
		if !s.governed {
			unknown += x.share
			continue
		}
		shares, weights = append(shares, x.share), append(weights, GovernanceRisk(s.governance)*x.tradeFactor)
	}
	if unknown > smallUnknown {
		return missing("suppliers without governance scores hold %.0f %%", 100*unknown)
	}
	return number(WeightedHHI(shares, weights))
}

func (m *Model) euProfile(unit string) EUProfile {
	none := missing("the EU studies have no such material")
	p := EUProfile{HHIWorld: none, HHIEU: none, SupplyRisk: none, EconomicImportance: none, SupplyRisk2017: none}
	if s, ok := m.oneSeries(unit, EUScores); ok {
		p.ScoreMaterial, p.ScoreForm, p.Printed = s.Name, s.Form, m.eu.scores[s.Name]
	}
	if s, ok := m.oneSeries(unit, EUFactors); ok {
		p.FactorMaterial, p.FactorForm = s.Name, s.Form
		p.Factors, p.HasFactors = m.eu.factors[s.Name]
		p.SupplyRisk2017 = p.Factors.FromPrinted()
	}
	s, ok := m.oneSeries(unit, EUShares)
	if !ok {
		return p
	}
	p.Series, p.Form, p.Note = s.Name, s.Form, s.Note
	p.HHIWorld, p.HHIEU = m.weighted(s.Name+"/global"), m.weighted(s.Name+"/eu")
	p.SupplyRisk = m.supplyRisk(&p)
	p.EconomicImportance = m.importance(&p)
	return p
}

// supplyRisk is (C5) with shares and trade parameters of 2023, governance of 2023,
// and import reliance, recycling and substitution of 2017, the last that the
// tables hold.
func (m *Model) supplyRisk(p *EUProfile) Value {
	material, stage, _ := strings.Cut(p.Series, "/")
	if !p.HasFactors {
		return missing("recycling and substitution of %s are not in the study of 2017", material)
	}
	if !p.HHIWorld.Known {
		return p.HHIWorld
	}
	x := SupplyRiskInput{World: p.HHIWorld.Number, EU: p.HHIEU.Number, EndOfLifeRecycling: p.Factors.EndOfLifeRecycling, Substitution: p.Factors.SubstitutionSR, OnlyWorld: len(m.eu.shares[p.Series+"/eu"]) == 0}
	if !x.OnlyWorld {
		if !p.HHIEU.Known {
			return p.HHIEU
		}
		if stage != p.Factors.Stage {
			return missing("import reliance of the EU is known for %s only", stageName(p.Factors.Stage))
		}
		if !p.Factors.ImportReliance.Known {
			return missing("import reliance of the EU is not printed")
		}
		x.ImportReliance = p.Factors.ImportReliance.Number
	}
	return number(SupplyRisk(x))
}

func stageName(code string) string {
	if code == "E" {
		return "extraction"
	}
	return "processing"
}

// importance is (C6) with use shares of 2023 as printed and the substitution index
// of 2017.
func (m *Model) importance(p *EUProfile) Value {
	material, _, _ := strings.Cut(p.Series, "/")
	list := m.eu.uses[material]
	if len(list) == 0 {
		return missing("the study of 2023 prints no use shares of %s", material)
	}
	if !p.HasFactors {
		return missing("the substitution index of %s is not in the study of 2017", material)
	}
	var uses []SectorUse
	for _, u := range list {
		if !u.valueAdded.Known {
			p.UnassignedUse += u.share
			continue
		}
		uses = append(uses, SectorUse{u.share, u.valueAdded.Number})
	}
	if len(uses) == 0 || !(m.eu.largest > 0) {
		return missing("no use of %s has a sector", material)
	}
	return number(EconomicImportance(uses, p.Factors.SubstitutionEI, m.eu.largest))
}

// Describe names the material and stage of the study of 2023.
func (p *EUProfile) Describe() string {
	material, stage, ok := strings.Cut(p.Series, "/")
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s, %s", material, stageName(stage))
}
