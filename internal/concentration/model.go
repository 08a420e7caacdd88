package concentration

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/internal/catalog"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/fault"
)

// smallUnknown is the share that countries without a score may hold: less is left
// out of an indicator, more leaves it empty. Left out, it changes (C4) by at most
// 10 x 0.05^2 = 0.025.
const smallUnknown = 0.05

// scores are what the tables say of a country; known tells which.
type scores struct {
	governance float64 // mean of the six, GovernanceRisk of it is the weight
	stability  float64
	agreement  float64 // with the United States, in the UN General Assembly
	governed   bool
	stable     bool
	votes      bool
}

// Model binds the indicators to tables and to the figures of the units. It does
// not change once made and is safe for concurrent use.
type Model struct {
	c       *catalog.Catalog
	figures []*catalog.Figures
	scores  map[string]scores
	series  map[string][]Series // by unit ID
	trade   map[string][]int    // rows of the trade table by unit ID
	eu      *euTables
	union   []string // members of the EU
	buyers  []buyer
	gdp     float64 // million USD, sum of value added
}

// Series is a row of table production_series: what a source has of a unit.
type Series struct {
	Source, Name, Form, Counts, Content, Note string
	row                                       int
}

// The sources of table production_series.
const (
	USGS      = "usgs-mcs"
	WMD       = "wmd"
	BGS       = "bgs"
	EUShares  = "eu-2023"
	EUScores  = "eu-scores"
	EUFactors = "eu-2017"
)

// buyer is a US industry in (C8).
type buyer struct {
	manufacturing bool
	valueAdded    float64 // million USD of the later year of the accounts
	surplus       float64
}

// New reads the tables. figures are by unit, as an engine holds them.
func New(c *catalog.Catalog, figures []*catalog.Figures) (*Model, error) {
	m := &Model{c: c, figures: figures, scores: map[string]scores{}, series: map[string][]Series{}, trade: map[string][]int{}}
	for _, step := range []func() error{m.readScores, m.readSeries, m.readTrade, m.readEU, m.checkEUSeries, m.readBuyers} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// table reads a table of the package and checks its foreign keys: once a table,
// where the model is made.
func (m *Model) table(name string) (*datapackage.Table, error) {
	t, err := m.c.Package.Table(name)
	if err != nil {
		return nil, err
	}
	_, err = m.c.Package.CheckReferences(name)
	return t, err
}

func (m *Model) readScores() error {
	t, err := m.table("governance")
	if err != nil {
		return err
	}
	for row, code := range t.Text("country") {
		var s scores
		n := 0
		for _, field := range []string{"voice", "stability", "effectiveness", "regulation", "law", "corruption"} {
			if !t.Missing(field, row) {
				s.governance += t.Numbers(field)[row]
				n++
			}
		}
		if n > 0 {
			s.governance, s.governed = s.governance/float64(n), true
		}
		if s.stable = !t.Missing("stability", row); s.stable {
			s.stability = t.Numbers("stability")[row]
		}
		m.scores[code] = s
	}
	if t, err = m.table("voting_agreement"); err != nil {
		return err
	}
	for row, code := range t.Text("country") {
		s := m.scores[code]
		s.agreement, s.votes = t.Numbers("agreement_usa")[row], true
		m.scores[code] = s
	}
	return nil
}

func (m *Model) readSeries() error {
	t, err := m.table("production_series")
	if err != nil {
		return err
	}
	for row, id := range t.Text("commodity") {
		m.series[id] = append(m.series[id], Series{t.Text("source")[row], t.Text("series")[row], t.Text("form")[row], t.Text("counts")[row], t.Text("content")[row], t.Text("note")[row], row})
	}
	return nil
}

func (m *Model) readTrade() error {
	t, err := m.table("trade_bilateral")
	if err != nil {
		return err
	}
	for row, id := range t.Text("commodity") {
		m.trade[id] = append(m.trade[id], row)
	}
	for _, name := range []string{"trade_coverage", "us_import_sources"} {
		if _, err := m.table(name); err != nil {
			return err
		}
	}
	if t, err = m.table("country_blocs"); err != nil {
		return err
	}
	for row, bloc := range t.Text("bloc") {
		if bloc == EU && t.Text("role")[row] == "member" {
			m.union = append(m.union, t.Text("country")[row])
		}
	}
	return nil
}

// readBuyers carries value added and operating surplus of the benchmark accounts
// to the year of the market figures with gross output.
func (m *Model) readBuyers() error {
	t, err := m.table("bea_industries")
	if err != nil {
		return err
	}
	ratio := map[string]float64{}
	early, late := t.Numbers("gross_output_2017_musd"), t.Numbers("gross_output_2023_musd")
	for row, code := range t.Text("industry") {
		if early[row] > 0 {
			ratio[code] = late[row] / early[row]
		}
	}
	if t, err = m.table("bea_value_added"); err != nil {
		return err
	}
	m.buyers = make([]buyer, len(m.c.Industries))
	for row, code := range t.Text("industry") {
		j, ok := m.c.IndustryIndex(code)
		if !ok {
			continue
		}
		v := t.Numbers("value_added_musd")[row] * ratio[code]
		m.buyers[j].valueAdded += v
		m.buyers[j].manufacturing = strings.HasPrefix(code, "3")
		if t.Text("component")[row] == "V00300" {
			m.buyers[j].surplus += v
		}
		m.gdp += v
	}
	if !(m.gdp > 0) {
		return fmt.Errorf("bea_value_added.csv: value added sums to %g", m.gdp)
	}
	return nil
}

// Value is an indicator: a number, or the reason why there is none.
type Value struct {
	Number  float64
	Known   bool
	Missing string // why not
}

func number(v float64) Value { return Value{Number: v, Known: true} }

func missing(format string, args ...any) Value { return Value{Missing: fmt.Sprintf(format, args...)} }

// Producer is a country's part in a unit.
type Producer struct {
	Country    string
	Share      float64 // of world output
	Tonnes     float64
	HHIPart    float64 // what its square adds to HHI
	IdleShare  float64 // kappa_c
	Governance Value   // GovernanceRisk, 0 to 10
	Instable   Value   // Instability, 0 to 1
	Agreement  Value   // votes as the United States does, 0 to 1
}

// Profile is one unit with all its indicators.
type Profile struct {
	Unit      int
	Producers []Producer // by share, the largest first; without the remainder
	Remainder float64    // share that the table does not split

	HHI                    float64
	Leader                 string
	LeaderShare            float64
	Top3                   float64
	WithoutLargest         float64
	WithoutLargestIdle     float64
	ProducerCount          int
	NetImportReliance      Value
	HHIGovernance          Value // (C4) with t = 1
	EU                     EUProfile
	GeoPolRiskUSA          Value
	DisruptionPotential    Value
	TradeExposure          Value
	EconomicVulnerability  Value
	Score                  Value
	ManufacturingSpendMUSD float64
}

// Profile computes the indicators of a unit.
func (m *Model) Profile(unit int) (*Profile, error) {
	u, f := &m.c.Units[unit], m.figures[unit]
	p := &Profile{Unit: unit}
	var shares, weights []float64
	unknown := 0.0
	for k, code := range u.Countries {
		s := f.SupplyShare[k]
		if code == catalog.Remainder {
			p.Remainder = s
			continue
		}
		if !(s > 0) {
			continue
		}
		x := m.scores[code]
		row := Producer{Country: code, Share: s, Tonnes: s * f.WorldTonnes, HHIPart: 1e4 * s * s, IdleShare: f.IdleShare[k],
			Governance: missing("no governance score"), Instable: missing("no score of political stability"), Agreement: missing("no votes in the UN General Assembly")}
		weight := 0.0
		if x.governed {
			weight = GovernanceRisk(x.governance)
			row.Governance = number(weight)
		} else {
			unknown += s
		}
		if x.stable {
			row.Instable = number(Instability(x.stability))
		}
		if x.votes {
			row.Agreement = number(x.agreement)
		}
		shares, weights = append(shares, s), append(weights, weight)
		p.Producers = append(p.Producers, row)
	}
	slices.SortStableFunc(p.Producers, func(a, b Producer) int {
		switch {
		case a.Share > b.Share:
			return -1
		case a.Share < b.Share:
			return 1
		}
		return 0
	})
	if len(p.Producers) == 0 { // an edit can give all to the remainder
		return nil, &fault.Error{Code: fault.InvalidData, File: u.ID, What: "no country produces it", Expected: "a share above 0 of a country other than " + catalog.Remainder}
	}
	p.HHI, p.Top3, p.ProducerCount = HHI(shares), Top(shares, 3), Producers(shares)
	p.Leader, p.LeaderShare = p.Producers[0].Country, p.Producers[0].Share
	p.WithoutLargest = 1 - p.LeaderShare
	for _, x := range p.Producers[1:] {
		p.WithoutLargestIdle += x.Share * (1 + x.IdleShare)
	}
	p.WithoutLargestIdle += p.Remainder * (1 + f.OtherIdleShare)
	if unknown > smallUnknown {
		p.HHIGovernance = missing("producers without governance scores hold %.0f %%", 100*unknown)
	} else {
		p.HHIGovernance = number(WeightedHHI(shares, weights))
	}
	if r, ok := NetImportReliance(f.UseTonnes, f.PrimaryTonnes, f.SecondaryTonnes); ok {
		p.NetImportReliance = number(r)
	} else {
		p.NetImportReliance = missing("no US use")
	}
	p.EU = m.euProfile(u.ID)
	m.score(p)
	imports, err := m.Imports(unit, catalog.USA)
	if err != nil {
		return nil, err
	}
	p.GeoPolRiskUSA = imports.GeoPolRisk
	return p, nil
}

// score fills in (C8).
func (m *Model) score(p *Profile) {
	var foreign []Supplier
	unknown := 0.0
	for _, x := range p.Producers {
		switch {
		case x.Country == catalog.USA:
		case x.Governance.Known && x.Agreement.Known:
			foreign = append(foreign, Supplier{x.Share, x.Governance.Number / 10, 1 - x.Agreement.Number})
		default:
			unknown += x.Share
		}
	}
	if unknown > smallUnknown {
		p.DisruptionPotential = missing("producers without votes or governance scores hold %.0f %%", 100*unknown)
	} else {
		p.DisruptionPotential = number(DisruptionPotential(foreign))
	}
	p.TradeExposure = p.NetImportReliance
	if p.TradeExposure.Known {
		p.TradeExposure.Number = min(1, max(0, p.TradeExposure.Number))
	}
	var buyers []Buyer
	for _, b := range m.Buyers(p.Unit) {
		p.ManufacturingSpendMUSD += b.Spend
		buyers = append(buyers, b.Buyer)
	}
	p.EconomicVulnerability = number(EconomicVulnerability(buyers))
	if len(buyers) == 0 {
		p.EconomicVulnerability = missing("no manufacturing industry buys it in the tables")
	}
	for _, part := range []Value{p.DisruptionPotential, p.TradeExposure, p.EconomicVulnerability} {
		if !part.Known {
			p.Score = part
			return
		}
	}
	p.Score = number(Score(p.DisruptionPotential.Number, p.TradeExposure.Number, p.EconomicVulnerability.Number))
}

// IndustryBuyer is a US manufacturing industry as a buyer in (C8).
type IndustryBuyer struct {
	Industry int
	Buyer
}

// Buyers lists the manufacturing industries that buy a unit, in order of the
// figures: what they spend on it, in million USD a year, beside their surplus.
func (m *Model) Buyers(unit int) []IndustryBuyer {
	f := m.figures[unit]
	n := len(f.Applications)
	var out []IndustryBuyer
	for k, j := range f.Industries {
		b := m.buyers[j]
		if !b.manufacturing {
			continue
		}
		bought := 0.0
		for a := range n {
			bought += f.ApplicationShare[a] * f.BuyerShare[k*n+a]
		}
		out = append(out, IndustryBuyer{j, Buyer{b.valueAdded / m.gdp, bought * f.UseTonnes * f.PriceUSDPerTonne / 1e6, b.surplus}})
	}
	return out
}

// Rated is a country in (C4): share, GovernanceRisk and trade parameter, or
// without a score.
type Rated struct {
	Country     string
	Share       float64
	Governance  Value
	TradeFactor float64
}

// EUList is a list of the study of 2023: world supply ("global") or EU sourcing
// ("eu") of a material and stage.
func (m *Model) EUList(series, supply string) []Rated {
	var out []Rated
	for _, x := range m.eu.shares[series+"/"+supply] {
		r := Rated{x.country, x.share, missing("no governance score"), x.tradeFactor}
		if s := m.scores[x.country]; s.governed {
			r.Governance = number(GovernanceRisk(s.governance))
		}
		out = append(out, r)
	}
	return out
}
