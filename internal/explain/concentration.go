package explain

import (
	"cmp"
	"slices"
	"strings"

	"chokepoint/internal/catalog"
	"chokepoint/internal/concentration"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/report"
)

// ofConcentration begins the reference of an indicator.
const ofConcentration = "docs/concentration.md, equation "

// indicator builds the explanation of an indicator of concentration.
type indicator struct {
	c    *catalog.Catalog
	m    *concentration.Model
	p    *concentration.Profile
	unit int
	x    *Explanation
	err  error
}

// indicators maps the columns of the ranking by concentration to what explains them.
func indicators() map[string]func(*indicator) {
	return map[string]func(*indicator){
		"share": (*indicator).shares, "hhi": (*indicator).hhi, "top3": (*indicator).top, "n_minus_1": (*indicator).without, "n_minus_1_idle": (*indicator).withoutIdle,
		"net_import_reliance": (*indicator).reliance, "hhi_wgi": (*indicator).governance, "geopolrisk_usa": (*indicator).geopolrisk,
		"eu_supply_risk": (*indicator).supplyRisk, "eu_supply_risk_2023": (*indicator).supplyRisk, "eu_economic_importance": (*indicator).importance, "eu_economic_importance_2023": (*indicator).importance,
		"disruption_potential": (*indicator).disruption, "trade_exposure": (*indicator).reliance, "economic_vulnerability": (*indicator).vulnerability, "us_supply_risk": (*indicator).score,
	}
}

// IndicatorNames lists the indicators that can be explained, sorted.
func IndicatorNames() []string {
	var out []string
	for name := range indicators() {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Concentration explains an indicator of a unit: a column of the ranking by
// concentration.
func Concentration(c *catalog.Catalog, m *concentration.Model, unit int, column string) (*Explanation, error) {
	build, ok := indicators()[column]
	if !ok {
		names := IndicatorNames()
		return nil, &fault.Error{Code: fault.Usage, File: "column", What: "nothing explains " + fault.Quote(column) + " of a concentration", Expected: "one of " + strings.Join(names, ", "), DidYouMean: fault.Nearest(column, names)}
	}
	p, err := m.Profile(unit)
	if err != nil {
		return nil, err
	}
	x := &indicator{c: c, m: m, p: p, unit: unit, x: &Explanation{Column: column}}
	t := report.ConcentrationTable(c, []*concentration.Profile{p})
	for k, col := range t.Columns {
		if col.Name == column {
			x.x.Value, x.x.Unit, x.x.Meaning = t.Rows[0][k], col.Unit, col.Meaning
		}
	}
	build(x)
	if x.err != nil {
		return nil, x.err
	}
	x.x.Rows = unique(x.x.Rows)
	return x.x, nil
}

func (x *indicator) equation(number string, lines ...string) {
	x.x.Reference, x.x.Equations = ofConcentration+number, lines
}

func (x *indicator) symbol(symbol string, v concentration.Value, unit, meaning string) {
	var value any
	if v.Known {
		value = v.Number
	} else {
		meaning += " (" + v.Missing + ")"
	}
	x.x.Symbols = append(x.x.Symbols, Symbol{symbol, value, unit, meaning})
}

func known(v float64) concentration.Value { return concentration.Value{Number: v, Known: true} }

// empty says why an indicator has no value.
func (x *indicator) empty(v concentration.Value) {
	if !v.Known {
		x.x.Notes = append(x.x.Notes, "Empty: "+v.Missing+".")
	}
}

// rows adds the cells of tables.
func (x *indicator) rows(table, field string, what func(cell func(string) string) string, where ...[2]string) {
	rows, err := x.c.OriginsWhere(table, field, what, where...)
	if err != nil {
		x.err = cmp.Or(x.err, err)
		return
	}
	x.x.Rows = append(x.x.Rows, rows...)
}

// shownProducers is how many producers an explanation gives the rows of.
const shownProducers = 5

func (x *indicator) supplyRows() {
	for i, p := range x.p.Producers {
		if i == shownProducers {
			break
		}
		rows := x.c.SupplyOrigins(x.unit, x.c.Units[x.unit].Country(p.Country))
		x.x.Rows = append(x.x.Rows, rows[:min(1, len(rows))]...)
	}
}

// terms lists the producers with a number each, the largest first.
func (x *indicator) terms(heading string, of func(concentration.Producer) any) {
	t := &export.Table{Columns: []export.Column{{Name: "country", Heading: "country"}, {Name: "share", Heading: "share"}, {Name: "term", Heading: heading}}}
	for _, p := range x.p.Producers {
		t.Add(p.Country, p.Share, of(p))
	}
	x.x.Terms = t
}

func (x *indicator) shares() {
	x.equation("(C1)", "s_c = share_pct of the table supply, scaled to sum 1; the lead is the largest, OTH left out")
	x.terms("output t", func(p concentration.Producer) any { return p.Tonnes })
	x.supplyRows()
}

func (x *indicator) hhi() {
	x.equation("(C1)", "HHI = 10,000 SUM s_c^2, OTH left out: many small producers")
	x.symbol("OTH", known(x.p.Remainder), "1", "share that the table does not split; as one country it would add 10,000 times its square")
	x.terms("10,000 s^2", func(p concentration.Producer) any { return p.HHIPart })
	x.supplyRows()
}

func (x *indicator) top() {
	x.equation("(C2)", "top three = s_(1) + s_(2) + s_(3)")
	x.terms("output t", func(p concentration.Producer) any { return p.Tonnes })
	x.supplyRows()
}

func (x *indicator) without() {
	x.equation("(C2)", "left = 1 - s_(1)")
	x.symbol("s_(1)", known(x.p.LeaderShare), "1", "share of "+x.p.Leader)
	x.supplyRows()
}

func (x *indicator) withoutIdle() {
	x.without()
	x.equation("(C2)", "left with idle capacity = SUM_{c not (1)} s_c (1 + kappa_c)")
	if x.p.WithoutLargest > 0 {
		x.symbol("kappa", known(x.p.WithoutLargestIdle/x.p.WithoutLargest-1), "1", "idle capacity of all others, over their output")
	}
	x.x.Rows = append(x.x.Rows, x.c.IdleOrigins(x.unit)...)
}

func (x *indicator) reliance() {
	x.equation("(C3)", "reliance = (use - primary output - secondary output) / use;  TE = reliance within [0, 1]")
	x.empty(x.p.NetImportReliance)
	for _, field := range [][2]string{{"consumption_t", "US use"}, {"production_primary_t", "US primary output"}, {"production_secondary_t", "US secondary output"}} {
		x.x.Rows = append(x.x.Rows, x.c.MarketOrigin(x.unit, field[0], field[1]))
	}
}

func (x *indicator) governance() {
	x.equation("(C4)", "HHI_WGI = SUM s_c^2 WGI_c,  WGI_c = 2 (2.5 - mean of the six indicators)")
	x.empty(x.p.HHIGovernance)
	x.terms("WGI 0-10", func(p concentration.Producer) any {
		if !p.Governance.Known {
			return nil
		}
		return p.Governance.Number
	})
	x.supplyRows()
	x.governanceRows()
}

func (x *indicator) governanceRows() {
	for i, p := range x.p.Producers {
		if i == shownProducers {
			break
		}
		x.rows("governance", "stability", func(func(string) string) string {
			return "governance of " + p.Country + ", one of six: political stability"
		}, [2]string{"country", p.Country})
	}
}

func (x *indicator) geopolrisk() {
	x.equation("(C7)", "GeoPolRisk = SUM s_c^2  SUM_i g_i f_i / (p + F),  g_i = 0.5 - 0.2 PV_i")
	x.empty(x.p.GeoPolRiskUSA)
	x.symbol("SUM s_c^2", known(x.p.HHI/1e4), "1", "concentration of world output")
	i, err := x.m.Imports(x.unit, catalog.USA)
	if err != nil {
		x.err = err
		return
	}
	x.symbol("F", known(i.Tonnes), "t/yr", "US imports, content")
	x.symbol("p", known(i.OwnTonnes), "t/yr", "US output in the supply table")
	x.x.Notes = append(x.x.Notes, "Trade: "+concentration.CoverageNote(i.Coverage, i.Headings)+".")
	t := &export.Table{Columns: []export.Column{{Name: "exporter", Heading: "exporter"}, {Name: "imports_t", Heading: "t/yr"}, {Name: "share", Heading: "share"}}}
	for k, s := range i.Sources {
		t.Add(s.Exporter, s.Tonnes, s.Share)
		if k < shownProducers {
			rows, err := x.c.TradeOrigins(x.unit, s.Exporter, []string{catalog.USA})
			if err != nil {
				x.err = err
				return
			}
			x.x.Rows = append(x.x.Rows, rows...)
		}
	}
	x.x.Terms = t
}

func (x *indicator) supplyRisk() {
	eu := &x.p.EU
	x.equation("(C5)", "SR = [HHI_GS IR/2 + HHI_EU (1 - IR/2)] (1 - EOL_RIR) SI_SR", "HHI_GS, HHI_EU = SUM s_c^2 WGI_c t_c of world supply and of EU sourcing, shares as printed in the study of 2023")
	x.empty(eu.SupplyRisk)
	x.symbol("HHI_GS", eu.HHIWorld, "1", "world supply of "+eu.Describe())
	x.symbol("HHI_EU", eu.HHIEU, "1", "EU sourcing")
	x.factors()
	if latest, ok := eu.Latest(); ok {
		x.symbol("SR printed", known(latest.SupplyRisk), "1", "European Commission "+latest.Year+", "+eu.ScoreMaterial)
	}
	t := &export.Table{Columns: []export.Column{{Name: "country", Heading: "country"}, {Name: "share", Heading: "share"}, {Name: "wgi", Heading: "WGI 0-10"}, {Name: "t", Heading: "t"}, {Name: "term", Heading: "s^2 WGI t"}}}
	for _, r := range x.m.EUList(eu.Series, "global") {
		var governance any // nil, not 0, which is the best
		if r.Governance.Known {
			governance = r.Governance.Number
		}
		t.Add(r.Country, r.Share, governance, r.TradeFactor, r.Share*r.Share*r.Governance.Number*r.TradeFactor)
	}
	slices.SortStableFunc(t.Rows, func(a, b []any) int { return cmp.Compare(b[4].(float64), a[4].(float64)) })
	x.x.Terms = t
	material, stage, _ := strings.Cut(eu.Series, "/")
	for i, row := range t.Rows {
		if i == shownProducers {
			break
		}
		x.rows("eu_supply_shares", "share_pct", func(cell func(string) string) string {
			return "share of " + cell("country") + " in " + map[string]string{"global": "world supply", "eu": "EU sourcing"}[cell("supply")] + ", EU study"
		}, [2]string{"material", material}, [2]string{"stage", stage}, [2]string{"country", row[0].(string)})
	}
	x.factorRows("import_reliance_pct", "EU import reliance")
	x.factorRows("eol_rir_pct", "end-of-life recycling input rate")
	x.factorRows("si_sr", "substitution index")
	x.rows("eu_scores", "supply_risk", func(cell func(string) string) string { return "printed supply risk " + cell("year") }, [2]string{"material", eu.ScoreMaterial})
}

func (x *indicator) factors() {
	eu := &x.p.EU
	if !eu.HasFactors {
		return
	}
	x.symbol("IR", eu.Factors.ImportReliance, "1", "import reliance of the EU, 2017")
	x.symbol("EOL_RIR", known(eu.Factors.EndOfLifeRecycling), "1", "end-of-life recycling input rate, 2017")
	x.symbol("SI_SR", known(eu.Factors.SubstitutionSR), "1", "substitution index for supply risk, 2017")
	x.symbol("SI_EI", known(eu.Factors.SubstitutionEI), "1", "substitution index for economic importance, 2017")
	x.symbol("SR of 2017", eu.SupplyRisk2017, "1", "(C5) from the printed inputs of 2017")
	x.symbol("SR printed 2017", known(eu.Factors.SupplyRisk), "1", "European Commission 2017, "+eu.FactorMaterial)
}

func (x *indicator) factorRows(field, what string) {
	x.rows("eu_factors_2017", field, func(func(string) string) string { return what + ", EU study 2017" }, [2]string{"material", x.p.EU.FactorMaterial})
}

func (x *indicator) importance() {
	eu := &x.p.EU
	x.equation("(C6)", "EI = 10 SUM_s A_s Q_s / max Q  SI_EI", "A_s use share, Q_s value added of the division of NACE, max Q that of the largest manufacturing division")
	x.empty(eu.EconomicImportance)
	x.factors()
	if latest, ok := eu.Latest(); ok {
		x.symbol("EI printed", known(latest.EconomicImportance), "1", "European Commission "+latest.Year+", "+eu.ScoreMaterial)
	}
	if eu.UnassignedUse > 0 {
		x.symbol("unassigned", known(eu.UnassignedUse), "1", "share of use that the study gives no division; counts 0")
	}
	material, _, _ := strings.Cut(eu.Series, "/")
	x.rows("eu_use_shares", "share_pct", func(cell func(string) string) string {
		return cell("application") + ": NACE " + cell("nace") + ", value added " + cell("value_added_meur") + " million EUR"
	}, [2]string{"material", material})
	x.factorRows("si_ei", "substitution index")
}

func (x *indicator) disruption() {
	x.equation("(C8)", "DP = SUM_{c not USA} s_c^2 a_c w_c,  a = WGI/10 (inability), w = 1 - agreement (unwillingness)")
	x.empty(x.p.DisruptionPotential)
	x.terms("a w", func(p concentration.Producer) any {
		if !p.Governance.Known || !p.Agreement.Known || p.Country == catalog.USA {
			return nil
		}
		return p.Governance.Number / 10 * (1 - p.Agreement.Number)
	})
	x.supplyRows()
	x.governanceRows()
	for i, p := range x.p.Producers {
		if i == shownProducers {
			break
		}
		x.rows("voting_agreement", "agreement_usa", func(func(string) string) string { return "votes of " + p.Country + " as the United States" }, [2]string{"country", p.Country})
	}
	x.x.Notes = append(x.x.Notes, "The form of Nassar and others 2020; their indices of ability and willingness may not be passed on, so the inputs are others and the numbers not theirs.")
}

// vulnerability lists the industries instead of the producers: EV has none.
func (x *indicator) vulnerability() {
	x.equation("(C8)", "EV = SUM_j VA_j/GDP min(1, spend_j/surplus_j) over manufacturing industries j")
	x.empty(x.p.EconomicVulnerability)
	x.symbol("spend", known(x.p.ManufacturingSpendMUSD), "million USD/yr", "what manufacturing industries spend on the unit")
	t := &export.Table{Columns: []export.Column{{Name: "industry", Heading: "industry"}, {Name: "spend_musd", Heading: "spend M USD"}, {Name: "surplus_musd", Heading: "surplus M USD"}, {Name: "share_of_gdp", Heading: "VA/GDP"}, {Name: "term", Heading: "term"}}}
	for _, b := range x.m.Buyers(x.unit) {
		if b.Spend > 0 {
			t.Add(x.c.Industries[b.Industry].Code, b.Spend, b.Surplus, b.ShareOfGDP, concentration.EconomicVulnerability([]concentration.Buyer{b.Buyer}))
		}
	}
	slices.SortStableFunc(t.Rows, func(a, b []any) int { return cmp.Compare(b[4].(float64), a[4].(float64)) })
	x.x.Terms = t
	x.x.Rows = append(x.x.Rows, x.c.MarketOrigin(x.unit, "consumption_t", "US use"), x.c.MarketOrigin(x.unit, "price_usd_per_t", "US price"))
	for k, row := range t.Rows {
		if k < shownProducers {
			x.rows("bea_value_added", "value_added_musd", func(cell func(string) string) string {
				return "value added of " + cell("industry") + ", component " + cell("component") + ", 2017"
			}, [2]string{"industry", row[0].(string)})
		}
	}
}

func (x *indicator) score() {
	x.disruption()
	x.equation("(C8)", "US score = (DP TE EV)^(1/3),  TE = reliance within [0, 1]", "EV = SUM_j VA_j/GDP min(1, spend_j/surplus_j) over manufacturing industries j", "DP = SUM_{c not USA} s_c^2 a_c w_c")
	x.empty(x.p.Score)
	x.symbol("DP", x.p.DisruptionPotential, "1", "disruption potential")
	x.symbol("TE", x.p.TradeExposure, "1", "trade exposure")
	x.symbol("EV", x.p.EconomicVulnerability, "1", "economic vulnerability")
	x.symbol("spend", known(x.p.ManufacturingSpendMUSD), "million USD/yr", "what manufacturing industries spend on the unit")
	x.x.Rows = append(x.x.Rows, x.c.MarketOrigin(x.unit, "consumption_t", "US use"), x.c.MarketOrigin(x.unit, "price_usd_per_t", "US price"))
}
