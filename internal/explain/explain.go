package explain

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/economy"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/market"
	"chokepoint/internal/probability"
	"chokepoint/internal/rank"
	"chokepoint/internal/report"
	"chokepoint/internal/scenario"
)

// Symbol is one symbol of an equation.
type Symbol struct {
	Symbol  string `json:"symbol"`
	Value   any    `json:"value"`
	Unit    string `json:"unit"`
	Meaning string `json:"meaning"`
}

// Explanation is the answer to "where does this come from?".
type Explanation struct {
	Column    string              `json:"column"`
	Value     any                 `json:"value"`
	Unit      string              `json:"unit"`
	Meaning   string              `json:"meaning"`
	Equations []string            `json:"equations"`
	Reference string              `json:"reference"` // section of docs/model.md, or another document and its equation
	Symbols   []Symbol            `json:"symbols"`
	Terms     *export.Table       `json:"-"` // what a sum is made of; nil where there is no sum
	Rows      []catalog.SourceRow `json:"-"`
	Notes     []string            `json:"notes"`
}

// explainer builds one explanation.
type explainer struct {
	ctx context.Context
	e   *assess.Engine
	p   *probability.Model
	r   *assess.Result
	x   *Explanation
}

// columns maps the columns that can be explained to what explains them.
func columns() map[string]func(*explainer) error {
	return map[string]func(*explainer) error{
		"net_exports_t":              (*explainer).netExports,
		"price_ratio":                (*explainer).price,
		"use_cut":                    (*explainer).cut,
		"use_after_t":                (*explainer).useAfter,
		"hit_gdp_musd":               (*explainer).hit,
		"users_price_gdp_musd":       (*explainer).usersPrice,
		"producer_volume_gdp_musd":   (*explainer).producerVolume,
		"producer_price_gdp_musd":    (*explainer).producerPrice,
		"rest_gdp_musd":              (*explainer).rest,
		"rest_suppliers_musd":        (*explainer).rest,
		"rest_buyers_musd":           (*explainer).rest,
		"loss_musd":                  (*explainer).loss,
		"leading_loss_musd":          (*explainer).loss,
		"real_gdp_musd":              (*explainer).loss,
		"terms_of_trade_musd":        (*explainer).loss,
		"value_per_tonne_over_price": (*explainer).ratio,
		"price_rationing_bound_musd": (*explainer).bound,
		"probability":                (*explainer).probability,
		"leading_probability":        (*explainer).probability,
		"expected_loss_musd":         (*explainer).expected,
		"state":                      (*explainer).state,
		"evidence":                   (*explainer).evidence,
		"uses":                       (*explainer).uses,
	}
}

// ofSeveral are the columns that can be explained for several commodities at once.
var ofSeveral = []string{"loss_musd", "real_gdp_musd", "terms_of_trade_musd", "rest_gdp_musd", "rest_suppliers_musd", "rest_buyers_musd"}

// Columns lists what can be explained, sorted.
func Columns() []string {
	var out []string
	for name := range columns() {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Column explains one column of a result of a single withdrawal (or of several
// of one unit). The result needs its detail.
func Column(ctx context.Context, e *assess.Engine, p *probability.Model, r *assess.Result, column string) (*Explanation, error) {
	build, ok := columns()[column]
	if !ok {
		names := Columns()
		return nil, &fault.Error{Code: fault.Usage, File: "column", What: "nothing explains " + fault.Quote(column), Expected: "one of " + strings.Join(names, ", "), DidYouMean: fault.Nearest(column, names)}
	}
	if len(r.Units) == 0 {
		return nil, &fault.Error{Code: fault.Usage, File: "column", What: "nothing is withdrawn, so there is nothing to explain", Expected: "a scenario with an effect"}
	}
	if len(r.Units) > 1 && !slices.Contains(ofSeveral, column) {
		return nil, &fault.Error{Code: fault.Usage, File: "commodity", What: column + " of several commodities", Expected: "one commodity; of several together: " + strings.Join(ofSeveral, ", ")}
	}
	x := &explainer{ctx: ctx, e: e, p: p, r: r, x: &Explanation{Column: column}}
	t := report.ScenarioTable(e.Catalog, p, []*assess.Result{r})
	for k, c := range t.Columns {
		if c.Name == column {
			x.x.Value, x.x.Unit, x.x.Meaning = t.Rows[0][k], c.Unit, c.Meaning
		}
	}
	if x.x.Meaning == "" {
		for _, c := range report.RankColumns(rank.Options{}) {
			if c.Name == column {
				x.x.Unit, x.x.Meaning = c.Unit, c.Meaning
			}
		}
	}
	if err := build(x); err != nil {
		return nil, err
	}
	x.x.Rows = unique(x.x.Rows)
	return x.x, nil
}

// unique drops repeated rows and puts cells of one source beside each other.
func unique(rows []catalog.SourceRow) []catalog.SourceRow {
	seen := map[string]bool{}
	first := map[string]int{}
	var out []catalog.SourceRow
	for _, r := range rows {
		if seen[r.Place] {
			continue
		}
		seen[r.Place] = true
		if _, ok := first[r.Source]; !ok {
			first[r.Source] = len(first)
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b catalog.SourceRow) int { return first[a.Source] - first[b.Source] })
	return out
}

func (x *explainer) unit() int                      { return x.r.Units[0].Unit }
func (x *explainer) figures() *catalog.Figures      { return x.e.Figures[x.unit()] }
func (x *explainer) outcome() *assess.UnitOutcome   { return &x.r.Units[0] }
func (x *explainer) judgement() catalog.Judgement   { return x.e.Method.Judgement }
func (x *explainer) rows(rows ...catalog.SourceRow) { x.x.Rows = append(x.x.Rows, rows...) }
func (x *explainer) equation(reference string, lines ...string) {
	x.x.Reference, x.x.Equations = reference, append(x.x.Equations, lines...)
}
func (x *explainer) symbol(symbol string, value any, unit, meaning string) {
	x.x.Symbols = append(x.x.Symbols, Symbol{symbol, value, unit, meaning})
}
func (x *explainer) noteRange(name string, t catalog.Triple) {
	x.x.Notes = append(x.x.Notes, fmt.Sprintf("%s: %s, desk judgement, range %s to %s", name, export.Human(t.Mode), export.Human(t.Low), export.Human(t.High)))
}

// country returns the index of a withdrawing country in the unit's arrays.
func (x *explainer) countries() []int {
	var out []int
	for _, w := range x.r.Scenario.Withdrawals {
		if k := x.e.Catalog.Units[x.unit()].Country(w.Country); !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// sellers are the countries that withdraw, with the partners of a bloc that
// restricts as one.
func (x *explainer) sellers() []int {
	var out []int
	for _, w := range x.r.Scenario.Withdrawals {
		members := []string{w.Country}
		if w.Kind != scenario.ProductionOutage {
			members = x.r.Scenario.Market(w.Country)
		}
		for _, m := range members {
			if k := x.e.Catalog.Units[x.unit()].Country(m); k >= 0 && !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
	}
	return out
}

func (x *explainer) netExports() error {
	f, c := x.figures(), x.e.Catalog
	u := &c.Units[x.unit()]
	x.equation("1. Data of one commodity", "NX_c = s_c W + sec_c - D_c = (s_c - d_c) W")
	x.symbol("W", f.WorldTonnes, "t/yr", "world production of the form")
	x.rows(c.MarketOrigin(x.unit(), "world_production_t", "world production"))
	for _, k := range x.sellers() {
		x.symbol("s_"+u.Countries[k], f.SupplyShare[k], "1", "share of "+c.CountryName(u.Countries[k])+" in world production")
		x.symbol("d_"+u.Countries[k], f.UseShare[k], "1", "its share in world use")
		x.symbol("NX_"+u.Countries[k], f.NetExportTonnes(k), "t/yr", "its net exports")
		x.rows(c.SupplyOrigins(x.unit(), k)...)
	}
	return nil
}

// price explains (M1), or (M2) where a withdrawal has targets.
func (x *explainer) price() error {
	e, o, f := x.e, x.outcome(), x.figures()
	x.symbol("W", f.WorldTonnes, "t/yr", "world production")
	x.symbol("rho", f.RecycledShare, "1", "end-of-life recycled share of total supply")
	x.symbol("T", f.TotalTonnes(), "t/yr", "total supply, W / (1 - rho)")
	curves := []string{
		"use of k    = D_k g(pi), " + map[market.Demand]string{market.SemiLog: "g = exp(eps (pi - 1))", market.Linear: "g = max(0, 1 + eps (pi - 1))", market.IsoElastic: "g = pi^eps"}[e.Method.Demand],
		"supply of k = s_k W (1 + kappa_k (1 - pi^(-eta/kappa_k))), recycling alike with eta_r, kappa_r",
	}
	if t := o.Targeting; t != nil {
		if err := x.targeted(t, curves); err != nil {
			return err
		}
	} else {
		x.equation("3. Market, (M1)", append([]string{"SUM_R use = SUM_R supply + SUM_C exports + stocks, solved for pi = P1/P0"}, curves...)...)
		x.untargeted()
	}
	if o.Market.HasPrice {
		x.symbol("residual", o.Market.ResidualTonnes, "t/yr", "excess demand left at that price")
	}
	return x.marketRows()
}

// untargeted lists what clears (M1).
func (x *explainer) untargeted() {
	o := x.outcome()
	places := x.places()
	var open []place
	for _, p := range places {
		if p.restricts == 0 {
			open = append(open, p)
		}
	}
	for _, w := range x.r.Scenario.Withdrawals {
		x.withdrawal(w)
	}
	m := x.pool("R", "the countries that do not restrict", open)
	x.curve(m, o.Market, "R")
	if !o.Market.HasPrice {
		x.x.Notes = append(x.x.Notes, "No supply is left outside the countries that restrict: no price clears the market, r = 1.")
		return
	}
	for _, p := range places {
		if p.restricts > 0 && p.restricts < 1 {
			supply := p.outputTonnes*(1+market.SupplyGrowth(p.idleShare, m.f.SupplyElasticity, o.Market.PriceRise)) +
				p.recycledTonnes*(1+market.SupplyGrowth(m.f.RecyclingIdleShare, m.f.RecyclingElasticity, o.Market.PriceRise)) +
				x.stocks(p.useTonnes, o.Market.PriceRise)
			used := p.useTonnes * x.e.Method.Demand.Use(m.f.DemandElasticity, o.Market.PriceRise)
			x.symbol("exports_"+p.name, (1-p.restricts)*max(0, supply-used), "t/yr", "what "+p.name+" still sells at that price, (1 - phi) (supply and stocks less use)")
		}
	}
}

// targeted lists what clears (M2), in the market that the economy is in.
func (x *explainer) targeted(t *assess.Targeting, curves []string) error {
	c, o := x.e.Catalog, x.outcome()
	inside, side := "T", "the targets"
	lines := []string{"Dem_T(pi_T) - Sup_T(pi_T) = M_T - L + y,  Dem_O(pi_O) - Sup_O(pi_O) = B_O + delta L - y",
		"L = SUM_c phi_c (1 - leak_c) b_cT NX_c, at most M_T;  y = omega L if pi_T > pi_O there, else pi_T = pi_O"}
	if !t.EconomyInside {
		inside, side = "O", "the countries that neither restrict nor are refused"
	}
	x.equation("3. Market, (M2)", append(lines, curves...)...)
	x.symbol("targets", len(t.Targets), "", "destinations that are refused, T: "+strings.Join(t.Targets, ","))
	var members []place
	for _, p := range x.places() {
		if p.restricts == 0 && !p.aims && p.target == t.EconomyInside {
			members = append(members, p)
		}
	}
	for _, w := range x.r.Scenario.Withdrawals {
		x.withdrawal(w)
	}
	for _, y := range t.Withdrawals {
		basis := "from the trade table"
		if !y.FromTrade {
			basis = "the targets' part of net imports, grade D: no trade heading matches"
		}
		x.symbol("b_"+y.Country+",T", y.BoundShare, "1", "share of its exports bound for the targets, "+basis)
		x.symbol("L_"+y.Country, y.RefusedTonnes, "t/yr", "its tonnes refused to the targets")
		if y.FromTrade {
			rows, err := c.TradeOrigins(x.unit(), y.Country, t.Targets)
			if err != nil {
				return err
			}
			x.rows(rows...)
		}
	}
	x.symbol("M_T", t.NetImportTonnes, "t/yr", "net imports of the targets at the price before the targeting")
	x.symbol("L", t.RefusedTonnes, "t/yr", "tonnes refused to the targets")
	x.symbol("omega", t.ReroutableShare, "1", "share of L that trade can re-route in a year (a setting, grade D)")
	x.symbol("delta", t.OfferedShare, "1", "share of L that others are offered")
	x.symbol("y", t.ReroutedTonnes, "t/yr", "tonnes that others re-route to the targets")
	m := x.pool(inside, side, members)
	first := t.First.PriceRise
	if first != 0 {
		x.symbol("pi, first", t.First.PriceRatio, "1", "price after outages and general restrictions, at which M_T and B_O are taken")
	}
	base := m.net(x, first)
	if t.EconomyInside {
		x.symbol("M_T - L + y", base-t.RefusedTonnes+t.ReroutedTonnes, "t/yr", "what the targets can still import")
	} else {
		x.symbol("B_O", base, "t/yr", "net imports of "+side+" at the price before the targeting")
		x.symbol("B_O + delta L - y", base+t.OfferedShare*t.RefusedTonnes-t.ReroutedTonnes, "t/yr", "what they import in the end")
	}
	x.curve(m, o.Market, inside)
	for _, y := range []struct {
		symbol, meaning string
		market          *market.Outcome
	}{{"pi_T", "price ratio among the targets", &t.Target}, {"pi_O", "price ratio elsewhere", &t.Other}} {
		if y.market.HasPrice {
			x.symbol(y.symbol, y.market.PriceRatio, "1", y.meaning)
		}
	}
	if t.EverybodyPriceRatio > 0 {
		x.symbol("pi, everybody", t.EverybodyPriceRatio, "1", "price ratio if everybody were refused, (M1)")
	}
	where := "The United States is among the targets: its price is pi_T."
	if !t.EconomyInside {
		where = "The United States is not among the targets: its price is pi_O."
	}
	x.x.Notes = append(x.x.Notes, where)
	for _, y := range []struct {
		is   bool
		note string
	}{
		{t.First.HasPrice && t.NetImportTonnes <= 0, "The targets are no net importers: the targeting does nothing."},
		{t.Capped, "L is capped at M_T: the targets cannot be refused more than they import."},
		{t.OnePrice, "Re-routing goes on until both markets have one price."},
		{!o.Market.HasPrice, "Nothing is left to buy: no price clears this market, r = 1."},
	} {
		if y.is {
			x.x.Notes = append(x.x.Notes, y.note)
		}
	}
	return nil
}

// place is a country in the market, or a bloc that acts as one.
type place struct {
	name                                    string
	useTonnes, outputTonnes, recycledTonnes float64 // base year; output less outages
	outageTonnes                            float64
	idleShare                               float64
	leader, bloc                            bool
	restricts                               float64 // phi of a restriction on everybody
	aims                                    bool    // withdraws from targets
	target                                  bool
}

// places are the countries and blocs of the market of the unit.
func (x *explainer) places() []place {
	f, u := x.figures(), &x.e.Catalog.Units[x.unit()]
	var out []place
	at := map[string]int{}
	idle := map[int]float64{} // of blocs: tonnes
	for k, code := range u.Countries {
		name := code
		for _, b := range x.r.Scenario.Blocs {
			if slices.Contains(b, code) {
				name = x.e.Catalog.BlocName(b)
			}
		}
		i, ok := at[name]
		if !ok {
			i = len(out)
			at[name] = i
			out = append(out, place{name: name, bloc: name != code, idleShare: f.IdleShare[k]})
		}
		p := &out[i]
		p.useTonnes += f.UseShare[k] * f.TotalTonnes()
		p.recycledTonnes += f.UseShare[k] * (f.TotalTonnes() - f.WorldTonnes)
		p.outputTonnes += f.SupplyShare[k] * f.WorldTonnes
		p.leader = p.leader || k == u.Leader
		idle[i] += f.SupplyShare[k] * f.WorldTonnes * f.IdleShare[k]
		if p.bloc && p.outputTonnes > 0 {
			p.idleShare = idle[i] / p.outputTonnes
		}
		if t := x.outcome().Targeting; t != nil && slices.Contains(t.Targets, code) {
			p.target = true
		}
		for _, w := range x.r.Scenario.Withdrawals {
			switch {
			case w.Country != code:
			case w.Kind == scenario.ProductionOutage:
				p.outageTonnes += w.Fraction * f.SupplyShare[k] * f.WorldTonnes
			case w.Targeted() && x.outcome().Targeting != nil:
				p.aims = true
			default: // also targets that are everybody
				p.restricts = max(p.restricts, w.Fraction)
			}
		}
	}
	for i := range out {
		out[i].outputTonnes -= out[i].outageTonnes
	}
	return out
}

// withdrawal lists a withdrawal.
func (x *explainer) withdrawal(w scenario.Withdrawal) {
	f := x.figures()
	x.symbol("phi_"+w.Country, w.Fraction, "1", "share withdrawn, "+w.Kind.String())
	if w.Targeted() {
		x.symbol("leak_"+w.Country, w.Leakage, "1", "share that reaches the targets all the same")
	}
	x.symbol("NX_"+w.Country, f.NetExportTonnes(x.e.Catalog.Units[x.unit()].Country(w.Country)), "t/yr", "net exports, (s_c - d_c) W")
}

// pooled are the sums of a market.
type pooled struct {
	f                                     *catalog.Figures
	useTonnes, recycledTonnes             float64
	leaderTonnes, otherTonnes, blocTonnes float64 // primary output by idle share
	blocs                                 []place
}

// pool lists the sums of the countries of a market before.
func (x *explainer) pool(letter, who string, places []place) pooled {
	m := pooled{f: x.figures()}
	outage := 0.0
	for _, p := range places {
		m.useTonnes += p.useTonnes
		m.recycledTonnes += p.recycledTonnes
		outage += p.outageTonnes
		switch {
		case p.bloc: // with an idle share of its own
			m.blocs = append(m.blocs, p)
			m.blocTonnes += p.outputTonnes
		case p.leader:
			m.leaderTonnes += p.outputTonnes
		default:
			m.otherTonnes += p.outputTonnes
		}
	}
	x.symbol("SUM_"+letter+" D", m.useTonnes, "t/yr", "use of "+who+", before")
	x.symbol("SUM_"+letter+" s W", m.leaderTonnes+m.otherTonnes+m.blocTonnes, "t/yr", "their primary output, before, less outages")
	if m.leaderTonnes > 0 {
		x.symbol("s W, leader", m.leaderTonnes, "t/yr", "part of the leading producer in it")
	}
	for _, p := range m.blocs {
		x.symbol("s W, "+p.name, p.outputTonnes, "t/yr", "part of the bloc in it")
	}
	x.symbol("SUM_"+letter+" sec", m.recycledTonnes, "t/yr", "their recycled supply, before")
	if outage > 0 {
		x.symbol("outage", outage, "t/yr", "output that stops")
	}
	return m
}

// net is use less supply of a market at a price rise.
func (m *pooled) net(x *explainer, v float64) float64 {
	sum := m.useTonnes*x.e.Method.Demand.Use(m.f.DemandElasticity, v) - m.recycledTonnes*(1+market.SupplyGrowth(m.f.RecyclingIdleShare, m.f.RecyclingElasticity, v)) -
		m.leaderTonnes*(1+market.SupplyGrowth(m.f.LeaderIdleShare, m.f.SupplyElasticity, v)) - m.otherTonnes*(1+market.SupplyGrowth(m.f.OtherIdleShare, m.f.SupplyElasticity, v))
	for _, p := range m.blocs {
		sum -= p.outputTonnes * (1 + market.SupplyGrowth(p.idleShare, m.f.SupplyElasticity, v))
	}
	return sum - x.stocks(m.useTonnes, v)
}

// stocks is what commercial stocks release at a price rise.
func (x *explainer) stocks(useTonnes, v float64) float64 {
	if v < 0 {
		return 0
	}
	return x.e.Method.StockShare * x.figures().StockMonths / x.r.Scenario.Months * useTonnes * v / (1 + v)
}

// curve lists the curves of a market, and where they are at its price.
func (x *explainer) curve(m pooled, o market.Outcome, letter string) {
	f, u, v := m.f, &x.e.Catalog.Units[x.unit()], o.PriceRise
	x.symbol("eps", f.DemandElasticity, "1", "one-year elasticity of use")
	x.symbol("eta", f.SupplyElasticity, "1", "one-year elasticity of supply")
	x.symbol("kappa_"+u.Countries[u.Leader], f.LeaderIdleShare, "1", "idle capacity of the leading producer over its output")
	x.symbol("kappa", f.OtherIdleShare, "1", "idle capacity of all others over their output")
	x.symbol("eta_r", f.RecyclingElasticity, "1", "elasticity of recycling")
	x.symbol("kappa_r", f.RecyclingIdleShare, "1", "largest growth of recycling within the year")
	if !o.HasPrice {
		return
	}
	x.symbol("pi", o.PriceRatio, "1", "price ratio that clears the market")
	x.symbol("r", o.UseCut, "1", "cut of use at that price, 1 - g(pi)")
	x.symbol("g(pi)", x.e.Method.Demand.Use(f.DemandElasticity, v), "1", "use over use before")
	x.symbol("growth, leader", market.SupplyGrowth(f.LeaderIdleShare, f.SupplyElasticity, v), "1", "kappa (1 - pi^(-eta/kappa)) at that price")
	x.symbol("growth, others", market.SupplyGrowth(f.OtherIdleShare, f.SupplyElasticity, v), "1", "the same of all others")
	for _, p := range m.blocs {
		x.symbol("growth, "+p.name, market.SupplyGrowth(p.idleShare, f.SupplyElasticity, v), "1", "the same of the bloc, with the mean idle share of its output")
	}
	x.symbol("growth, recycling", market.SupplyGrowth(f.RecyclingIdleShare, f.RecyclingElasticity, v), "1", "the same of recycling")
	if x.e.Method.StockShare > 0 {
		x.symbol("stocks", x.stocks(m.useTonnes, v), "t/yr", "share x months of stocks / months of the disruption x SUM_"+letter+" D x (1 - 1/pi)")
	}
}

// marketRows adds the table rows behind a market.
func (x *explainer) marketRows() error {
	c, j := x.e.Catalog, x.judgement()
	x.rows(c.MarketOrigin(x.unit(), "world_production_t", "world production"))
	for _, k := range x.countries() {
		x.rows(c.SupplyOrigins(x.unit(), k)...)
	}
	x.rows(c.ElasticityOrigins(x.unit(), j, "demand_mode", "elasticity of use")...)
	x.rows(c.ElasticityOrigins(x.unit(), j, "supply_mode", "elasticity of supply")...)
	x.rows(c.SecondaryOrigin(x.unit(), "included_in_world_production", "recycling counted in world production"))
	x.rows(c.ElasticityOrigins(x.unit(), j, "eol_recycling_input_rate_pct", "end-of-life recycling rate")...)
	x.rows(c.SecondaryOrigin(x.unit(), "one_year_price_response_mode", "elasticity of recycling"), c.SecondaryOrigin(x.unit(), "max_increase_pct_within_year", "largest growth of recycling"))
	x.rows(c.IdleOrigins(x.unit())...)
	if x.e.Method.StockShare > 0 {
		x.rows(c.StocksOrigin(x.unit()))
	}
	x.noteRange("eps", c.Elasticity(x.unit(), j, "demand"))
	x.noteRange("eta", c.Elasticity(x.unit(), j, "supply"))
	return nil
}

func (x *explainer) cut() error {
	f, o := x.figures(), x.outcome()
	if o.Targeting == nil {
		x.equation("3. Market, (M1)", "r = 1 - g(pi); every country that does not restrict loses the same share")
	} else {
		x.equation("3. Market, (M2)", "r = 1 - g(pi), in the market that the United States is in; every country of that market loses the same share")
	}
	x.symbol("eps", f.DemandElasticity, "1", "one-year elasticity of use")
	x.symbol("g", x.e.Method.Demand.String(), "", "form of demand")
	if o.Market.HasPrice {
		x.symbol("pi", o.Market.PriceRatio, "1", "price ratio (explain price_ratio)")
	}
	x.symbol("r", o.Market.UseCut, "1", "cut of use")
	if o.Market.UseCut < 0 {
		x.x.Notes = append(x.x.Notes, "The price falls and use grows: no use is cut, parts (i) and (v) are 0.")
	}
	x.rows(x.e.Catalog.ElasticityOrigins(x.unit(), x.judgement(), "demand_mode", "elasticity of use")...)
	x.noteRange("eps", x.e.Catalog.Elasticity(x.unit(), x.judgement(), "demand"))
	return nil
}

func (x *explainer) useAfter() error {
	x.equation("6. Effect on GDP", "Q1 = Q0 (1 - r)")
	x.symbol("Q0", x.figures().UseTonnes, "t/yr", "US use before")
	x.symbol("r", x.outcome().Market.UseCut, "1", "cut of use (explain use_cut)")
	x.rows(x.e.Catalog.MarketOrigin(x.unit(), "consumption_t", "US use"))
	return nil
}

// term is one industry's term of a sum.
type term struct {
	industry int
	value    float64
}

// largest picks the industries with the largest terms.
func (x *explainer) largest(of func(assess.IndustryEffect) float64, n int) []term {
	var out []term
	for j, row := range x.r.Detail.Industries {
		if v := of(row); v != 0 {
			out = append(out, term{j, v})
		}
	}
	slices.SortStableFunc(out, func(a, b term) int {
		switch d := math.Abs(b.value) - math.Abs(a.value); {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
		return 0
	})
	return out[:min(n, len(out))]
}

// shownTerms is how many terms of a sum an explanation lists.
const shownTerms = 10

func (x *explainer) hit() error {
	c, e, f := x.e.Catalog, x.e, x.figures()
	op, err := e.Operator()
	if err != nil {
		return err
	}
	x.equation("4. Shortage; 5. Economy, (E1)-(E2); 6. Effect on GDP, (i)",
		"(i) = SUM_J va_j dx_j, J: industries with sigma_j > 1e-12",
		"sigma_j = SUM_a dep_ja r_a, r_a by the sharing rule "+e.Method.Sharing.String(),
		"dx_j <= -sigma_j x_j (less the mineral's own output), setting "+e.Method.Downstream.String())
	x.symbol("r", x.outcome().Market.UseCut, "1", "cut of use (explain use_cut)")
	x.symbol("months/12", x.r.Scenario.Months/scenario.FullYear, "1", "share of the year")
	cuts := map[int]float64{}
	for _, u := range x.r.Detail.Uses {
		cuts[u.Application] = u.Cut
	}
	x.x.Terms = &export.Table{Name: "terms", Columns: []export.Column{
		{Name: "code", Heading: "j"}, {Name: "industry", Heading: "industry", Flexible: true},
		{Name: "sigma", Heading: "sigma_j %"}, {Name: "output_musd", Heading: "x_j M USD"}, {Name: "output_change_musd", Heading: "dx_j M USD"},
		{Name: "value_added_share", Heading: "va_j"}, {Name: "term_musd", Heading: "va_j dx_j"},
	}}
	m := len(f.Applications)
	for _, t := range x.largest(func(r assess.IndustryEffect) float64 { return r.HitMUSD }, shownTerms) {
		k, _ := slices.BinarySearch(f.Industries, t.industry)
		sigma, top, topValue := 0.0, -1, 0.0
		for a, app := range f.Applications {
			part := f.Dependence[k*m+a] * cuts[app]
			sigma += part
			if part > topValue {
				top, topValue = app, part
			}
		}
		x.x.Terms.Add(c.Industries[t.industry].Code, c.Industries[t.industry].Name, export.Percent(sigma), op.Table.OutputMUSD[t.industry], x.r.Detail.Industries[t.industry].OutputChangeMUSD,
			op.Table.ValueAddedShare[t.industry], t.value)
		if top >= 0 {
			x.rows(c.PairOrigins(x.unit(), top, t.industry, x.judgement(), "dependence_mode")...)
			x.rows(c.EndUseOrigins(x.unit(), top, x.judgement())...)
			if len(x.x.Notes) < 5 {
				x.noteRange("dependence of "+c.Industries[t.industry].Name+" on "+c.Units[x.unit()].Applications[top], c.DependenceRange(x.unit(), top, t.industry, x.judgement()))
			}
		}
	}
	x.x.Notes = append(x.x.Notes, "x_j and va_j: Bureau of Economic Analysis, benchmark accounts 2017 carried to 2023 (tables bea_*).",
		"The rows are of the use that matters most in each industry listed; `chokepoint show "+c.Units[x.unit()].ID+"` lists all.")
	if d := e.Method.Downstream; d == economy.CES || d == economy.Rigid {
		x.x.Notes = append(x.x.Notes, "sigma_j is before the forward step of downstream="+d.String()+", which raises it.")
	}
	if f.DependenceScaled > 0 {
		x.x.Notes = append(x.x.Notes, fmt.Sprintf("In %d industries the dependences summed to more than 1 and were scaled to 1.", f.DependenceScaled))
	}
	return nil
}

func (x *explainer) uses() error {
	e, c := x.e, x.e.Catalog
	x.equation("4. Shortage", map[string]string{
		"least-deviation": "min SUM_j x_j sigma_j^2 + tau q SUM_a w_a r_a^2, SUM_a w_a r_a = r, 0 <= r_a <= 1",
		"least-cost":      "least value added lost: uses in order of value added per tonne",
		"pro-rata":        "r_a = r",
	}[e.Method.Sharing.String()])
	x.x.Meaning = "how the applications share the cut"
	x.symbol("r", x.outcome().Market.UseCut, "1", "cut of use")
	x.x.Terms = report.UsesTable(x.e, x.r)
	for _, u := range x.r.Detail.Uses {
		x.rows(c.EndUseOrigins(x.unit(), u.Application, x.judgement())...)
	}
	return nil
}

func (x *explainer) usersPrice() error {
	f, o, c := x.figures(), x.outcome(), x.e.Catalog
	x.equation("6. Effect on GDP, (ii)", "(ii) = -(pi - 1) P0 Q1 chi, split over industries by the tonnage each has left")
	x.symbol("pi - 1", o.Market.PriceRise, "1", "price rise (explain price_ratio)")
	x.symbol("P0", f.PriceUSDPerTonne, "USD/t", "US price before")
	x.symbol("Q1", o.UseAfterTonnes, "t/yr", "US use after")
	x.symbol("chi", x.e.Method.RepricedShare, "1", "share of purchases repriced within the year (a setting)")
	x.symbol("months/12", x.r.Scenario.Months/scenario.FullYear, "1", "share of the year")
	x.rows(c.MarketOrigin(x.unit(), "price_usd_per_t", "US price"), c.MarketOrigin(x.unit(), "consumption_t", "US use"))
	x.industryTerms(func(r assess.IndustryEffect) float64 { return r.UsersPriceMUSD }, "pays more M USD")
	return nil
}

// industryTerms lists the largest industries of a part.
func (x *explainer) industryTerms(of func(assess.IndustryEffect) float64, heading string) {
	c := x.e.Catalog
	x.x.Terms = &export.Table{Name: "terms", Columns: []export.Column{{Name: "code", Heading: "j"}, {Name: "industry", Heading: "industry", Flexible: true},
		{Name: "role", Heading: "role"}, {Name: "output_change_musd", Heading: "dx_j M USD"}, {Name: "term_musd", Heading: heading}}}
	for _, t := range x.largest(of, shownTerms) {
		row := x.r.Detail.Industries[t.industry]
		x.x.Terms.Add(c.Industries[t.industry].Code, c.Industries[t.industry].Name, row.Side.String(), row.OutputChangeMUSD, t.value)
	}
}

func (x *explainer) producer() error {
	f, o, c := x.figures(), x.outcome(), x.e.Catalog
	u := &c.Units[x.unit()]
	x.symbol("P0", f.PriceUSDPerTonne, "USD/t", "US price before")
	x.symbol("y_p", f.PrimaryTonnes, "t/yr", "US primary output before")
	x.symbol("y_s", f.SecondaryTonnes, "t/yr", "US secondary output before")
	x.symbol("y1, primary", o.PrimaryAfter, "t/yr", "y_p (1 + kappa_USA (1 - pi^(-eta/kappa_USA))), less any US outage")
	x.symbol("y1, secondary", o.SecondaryAfter, "t/yr", "y_s (1 + kappa_r (1 - pi^(-eta_r/kappa_r)))")
	x.symbol("kappa_USA", f.IdleShare[u.USA], "1", "idle capacity of US producers over output")
	x.symbol("months/12", x.r.Scenario.Months/scenario.FullYear, "1", "share of the year")
	x.rows(c.MarketOrigin(x.unit(), "price_usd_per_t", "US price"), c.MarketOrigin(x.unit(), "production_primary_t", "US primary output"),
		c.MarketOrigin(x.unit(), "production_secondary_t", "US secondary output"), c.ProducerOrigin(x.unit()))
	x.rows(c.IdleOrigins(x.unit())...)
	return nil
}

func (x *explainer) producerVolume() error {
	op, err := x.e.Operator()
	if err != nil {
		return err
	}
	p := x.e.Catalog.Units[x.unit()].Producer
	x.equation("6. Effect on GDP, (iii)", "(iii) = va_p P0 (y1 - y0), y0 = y_p + y_s")
	x.symbol("va_p", op.Table.ValueAddedShare[p], "1", "value-added share of "+x.e.Catalog.Industries[p].Name)
	return x.producer()
}

func (x *explainer) producerPrice() error {
	x.equation("6. Effect on GDP, (iv)", "(iv) = (pi - 1) P0 y1 chi")
	x.symbol("pi - 1", x.outcome().Market.PriceRise, "1", "price rise (explain price_ratio)")
	x.symbol("chi", x.e.Method.RepricedShare, "1", "share of purchases repriced within the year (a setting)")
	return x.producer()
}

func (x *explainer) rest() error {
	x.equation("5. Economy, (E1)-(E2); 6. Effect on GDP, (v)",
		"(v) = SUM_{not J} va_i dx_i",
		"all flows of the 402-industry table move as little as possible while hit industries lose at least sigma_j",
		"i is a supplier where SUM_J z_ij >= SUM_J z_ji, else a buyer")
	x.symbol("suppliers", x.r.SuppliersMUSD, "million USD/yr", "part of (v) at suppliers of the hit industries")
	x.symbol("buyers", x.r.BuyersMUSD, "million USD/yr", "part of (v) at their buyers")
	x.symbol("downstream", x.e.Method.Downstream.String(), "", "setting: how hard a missing product hits its buyers")
	x.symbol("lambda", x.e.Method.Lambda, "1", "weight of final use")
	d := x.r.Detail.Diagnostics
	x.symbol("|A|", d.ActiveBounds, "", "industries at their bound")
	x.symbol("smallest flow", d.SmallestFlow, "1", "over its base; below 0 is outside the linear range")
	x.industryTerms(func(r assess.IndustryEffect) float64 { return r.RestMUSD }, "va_i dx_i")
	x.x.Notes = append(x.x.Notes, "How hard a missing product hits those who buy it is the largest structural unknown; downstream=none leaves (v) out.",
		"The table: Bureau of Economic Analysis, benchmark accounts 2017, carried to 2023 (tables bea_*).")
	return nil
}

func (x *explainer) loss() error {
	p := x.r.Parts
	x.equation("6. Effect on GDP, (E3)", "loss = -((i) + (ii) + (iii) + (iv) + (v))", "real GDP = (i) + (iii) + (v); terms of trade = (ii) + (iv)")
	x.symbol("(i)", p.HitMUSD, "million USD/yr", "hit industries produce less (explain hit_gdp_musd)")
	x.symbol("(ii)", p.UsersPriceMUSD, "million USD/yr", "users pay more (explain users_price_gdp_musd)")
	x.symbol("(iii)", p.ProducerVolumeMUSD, "million USD/yr", "US producers sell more (explain producer_volume_gdp_musd)")
	x.symbol("(iv)", p.ProducerPriceMUSD, "million USD/yr", "US producers sell at higher prices (explain producer_price_gdp_musd)")
	x.symbol("(v)", p.RestMUSD, "million USD/yr", "the rest of the economy (explain rest_gdp_musd)")
	x.symbol("loss", x.r.LossMUSD, "million USD/yr", "loss of GDP")
	if x.x.Value == nil {
		x.x.Value = x.r.LossMUSD
	}
	return x.gap()
}

// gap adds what each judgement alone would say.
func (x *explainer) gap() error {
	for _, j := range []catalog.Judgement{catalog.JudgeA, catalog.JudgeB} {
		other, err := x.e.With(func(m *assess.Method) { m.Judgement = j })
		if err != nil {
			return err
		}
		r, err := other.One(x.ctx, x.r.Scenario)
		if err != nil {
			return err
		}
		x.symbol("loss, judgement "+string(j), r.LossMUSD, "million USD/yr", "the whole chain with judgement "+string(j)+" alone")
	}
	x.x.Notes = append(x.x.Notes, "The two judgements were made apart; their gap is part of the uncertainty.")
	return nil
}

func (x *explainer) ratio() error {
	f, o := x.figures(), x.outcome()
	x.equation("6. Effect on GDP", "-(i) / (months/12 r Q0 P0 pi)")
	x.symbol("(i)", x.r.Parts.HitMUSD, "million USD/yr", "hit industries produce less")
	x.symbol("r Q0", o.Market.UseCut*f.UseTonnes, "t/yr", "US tonnes cut")
	x.symbol("P0 pi", f.PriceUSDPerTonne*o.Market.PriceRatio, "USD/t", "price after")
	x.symbol("months/12", x.r.Scenario.Months/scenario.FullYear, "1", "share of the year")
	x.x.Notes = append(x.x.Notes, "A tonne saves its buyers this many times its price, so they would outbid others for it; above 10 the loss "+assess.FlagRationing+".")
	x.rows(x.e.Catalog.MarketOrigin(x.unit(), "price_usd_per_t", "US price"), x.e.Catalog.MarketOrigin(x.unit(), "consumption_t", "US use"))
	return nil
}

func (x *explainer) bound() error {
	f, o := x.figures(), x.outcome()
	x.equation("6. Effect on GDP", "months/12 (P0 Q0 INT_1^pi g(p) dp - P0 INT_1^pi y(p) dp); for the semi-log the first term is P0 Q0 r / |eps|")
	x.symbol("P0", f.PriceUSDPerTonne, "USD/t", "US price before")
	x.symbol("Q0", f.UseTonnes, "t/yr", "US use before")
	x.symbol("r", o.Market.UseCut, "1", "cut of use")
	x.symbol("eps", f.DemandElasticity, "1", "elasticity of use")
	if v := o.Market.PriceRise; o.Market.HasPrice && v > 0 {
		kappa, running := f.IdleShare[x.e.Catalog.Units[x.unit()].USA], f.PrimaryTonnes
		for _, w := range x.r.Scenario.Withdrawals {
			if w.Country == catalog.USA && w.Kind == scenario.ProductionOutage {
				running *= 1 - w.Fraction
			}
		}
		x.symbol("INT g", x.e.Method.Demand.Area(f.DemandElasticity, v), "1", "area under the demand curve from 1 to pi")
		x.symbol("INT y", running*market.SupplyArea(kappa, f.SupplyElasticity, v)+f.SecondaryTonnes*market.SupplyArea(f.RecyclingIdleShare, f.RecyclingElasticity, v), "t/yr", "area under the US supply curve from 1 to pi")
	} else {
		x.x.Notes = append(x.x.Notes, "No price rises: the bound is 0.")
	}
	x.symbol("months/12", x.r.Scenario.Months/scenario.FullYear, "1", "share of the year")
	x.rows(x.e.Catalog.MarketOrigin(x.unit(), "price_usd_per_t", "US price"), x.e.Catalog.MarketOrigin(x.unit(), "consumption_t", "US use"))
	return nil
}

func (x *explainer) probability() error {
	x.equation("7. Probability and expected loss", "p = 1 where an export control is in force (or a published point, with --probability published)",
		"else p = 1 - (1 + 1/B)^(-A), A = a + n/phi, B = b + E/phi: the country's hazard")
	for _, w := range x.r.Scenario.Withdrawals {
		if w.Kind != scenario.ExportRestriction {
			x.x.Notes = append(x.x.Notes, w.Country+": no probability is known for an outage.")
			continue
		}
		est := x.p.Of(w.Unit, w.Country)
		x.symbol("p_"+w.Country, est.Probability, "1", fmt.Sprintf("%s, 90 %% range %s to %s", est.Basis, export.Human(est.Low), export.Human(est.High)))
		if row, ok := x.p.Origin(est); ok {
			x.rows(row)
		}
		if h, ok := x.p.Country(w.Country); ok {
			x.symbol("n", h.Hits, "", "units that its decisions hit since 2009")
			x.symbol("E", h.Exposure, "", "unit-years that they could have hit")
			x.symbol("n/E", h.Frequency, "1", "plain frequency")
			x.symbol("hazard", h.Probability, "1", fmt.Sprintf("fitted, 90 %% range %s to %s", export.Human(h.Low), export.Human(h.High)))
			x.symbol("A, B", export.Human(h.Shape)+", "+export.Human(h.Rate), "", "posterior of its yearly rate")
			x.rows(x.e.Catalog.DecisionOrigins(w.Country)...)
		}
	}
	if joint, ok := x.p.Joint(x.r.Scenario); ok {
		x.x.Value = joint.Probability
	} else {
		x.x.Notes = append(x.x.Notes, "No probability is known of this scenario as a whole; those of the symbols are of a full stop for everybody by one country.")
	}
	fit := x.p.Fit
	x.symbol("a, b", export.Human(fit.PriorShape)+", "+export.Human(fit.PriorRate), "", "prior over all exporting countries")
	x.symbol("phi", fit.Clustering, "", "one decision hits several units: n and E are divided by it")
	x.x.Notes = append(x.x.Notes, x.p.Note(), "The probability is of a full stop; it says nothing of a partial one. A control in force counts as 1 although it need not stop all trade.",
		fmt.Sprintf("Fitted to the years to 2021, the hazard's mean squared error over %d left-out unit-years is %.5f, that of the plain frequency %.5f. %g units were hit where %.3g were expected: decisions have become more frequent. The plain frequency gave probability 0 to %g of them.", fit.LeftOut, fit.Score, fit.FrequencyScore, fit.LeftOutHits, fit.Expected, fit.HitsAtZero))
	return nil
}

func (x *explainer) expected() error {
	e, c, unit := x.e, x.e.Catalog, x.unit()
	x.equation("7. Probability and expected loss, (R1)", "expected loss = SUM_c p(unit, c) loss(unit, c), over all countries whose net exports could stop")
	var list []scenario.Scenario
	for _, s := range scenario.Baseline(c, e.Figures, []int{unit}) {
		if s.Withdrawals[0].Kind == scenario.ExportRestriction {
			list = append(list, s)
		}
	}
	results, err := e.Run(x.ctx, list, assess.Options{Workers: 1})
	if err != nil {
		return err
	}
	x.x.Terms = &export.Table{Name: "terms", Columns: []export.Column{{Name: "country", Heading: "c"}, {Name: "probability", Heading: "p"},
		{Name: "basis", Heading: "basis"}, {Name: "loss_musd", Heading: "loss M USD"}, {Name: "term_musd", Heading: "p loss M USD"}}}
	sum := 0.0
	for _, r := range results {
		country := r.Scenario.Withdrawals[0].Country
		est := x.p.Of(unit, country)
		sum += est.Probability * r.LossMUSD
		x.x.Terms.Add(country, est.Probability, est.Basis, report.Bounded(r.LossMUSD, r.LowerBound()), est.Probability*r.LossMUSD)
		if row, ok := x.p.Origin(est); ok {
			x.rows(row)
		}
	}
	slices.SortStableFunc(x.x.Terms.Rows, func(a, b []any) int {
		switch d := b[4].(float64) - a[4].(float64); {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
		return 0
	})
	x.x.Value = sum
	x.x.Notes = append(x.x.Notes, x.p.Note(), "(R1) adds scenarios of one country each; joint action is not in it.")
	return nil
}

func (x *explainer) state() error {
	x.equation("3. Market; 5. Economy", "ok; no-clearing: no supply outside the countries that restrict; outside-linear-range: 1 + alpha_i + beta_j < 0 somewhere")
	x.symbol("market", x.outcome().Market.State.String(), "", "state of the market")
	x.symbol("smallest flow", x.r.Detail.Diagnostics.SmallestFlow, "1", "over its base; below 0 is outside the linear range")
	return nil
}

func (x *explainer) evidence() error {
	valueAdded, err := x.e.ValueAddedMUSD()
	if err != nil {
		return err
	}
	x.x.Value = x.e.Catalog.Evidence(x.figures(), x.judgement(), valueAdded)
	x.equation("7. Probability and expected loss", "for supply, use and dependence: the worst grade that, with worse ones, holds at least half of the weight")
	x.x.Notes = append(x.x.Notes, "Weights: share of production, share of use, and w_a dep_ja times value added.", "A official as published, B computed from official figures, C reasoned from partial data, D expert judgement.")
	return nil
}

// Sources lists the table rows behind a result.
func Sources(e *assess.Engine, p *probability.Model, r *assess.Result) *export.Table {
	var rows []catalog.SourceRow
	c, j := e.Catalog, e.Method.Judgement
	for k := range r.Units {
		unit := r.Units[k].Unit
		for _, field := range [][2]string{{"world_production_t", "world production"}, {"consumption_t", "US use"}, {"price_usd_per_t", "US price"}, {"production_primary_t", "US primary output"}, {"production_secondary_t", "US secondary output"}} {
			rows = append(rows, c.MarketOrigin(unit, field[0], c.Units[unit].ID+": "+field[1]))
		}
		for _, w := range r.Scenario.Withdrawals {
			if w.Unit == unit {
				rows = append(rows, c.SupplyOrigins(unit, c.Units[unit].Country(w.Country))...)
			}
		}
		rows = append(rows, c.ElasticityOrigins(unit, j, "demand_mode", "elasticity of use")...)
		rows = append(rows, c.ElasticityOrigins(unit, j, "supply_mode", "elasticity of supply")...)
		rows = append(rows, c.SecondaryOrigin(unit, "one_year_price_response_mode", "elasticity of recycling"), c.ProducerOrigin(unit))
		for _, w := range r.Scenario.Withdrawals {
			if row, ok := p.Origin(p.Of(unit, w.Country)); ok && w.Unit == unit && w.Kind == scenario.ExportRestriction {
				rows = append(rows, row)
			}
		}
		rows = append(rows, c.IdleOrigins(unit)...)
		f := e.Figures[unit]
		for a, application := range f.Applications {
			rows = append(rows, c.EndUseOrigins(unit, application, j)...)
			for h, industry := range f.Industries {
				if f.Dependence[h*len(f.Applications)+a] > 0 {
					rows = append(rows, c.PairOrigins(unit, application, industry, j, "dependence_mode")...)
				}
			}
		}
	}
	return RowsTable(unique(rows))
}

// RowsTable lays source rows out.
func RowsTable(rows []catalog.SourceRow) *export.Table {
	t := &export.Table{Name: "sources", Columns: []export.Column{
		{Name: "place", Heading: "place", Meaning: "file:line:column of the cell in the data package"},
		{Name: "what", Heading: "what", Meaning: "what the cell says"},
		{Name: "value", Heading: "value", Meaning: "the cell, with its unit"},
		{Name: "grade", Heading: "grade", Meaning: "evidence grade"},
		{Name: "source", Heading: "source", Meaning: "document, or the reason of the judge"},
	}}
	for _, r := range rows {
		t.Add(r.Place, r.What, r.Value, r.Grade, r.Source)
	}
	return t
}

// WriteText writes an explanation for a reader, at most 80 columns wide.
func WriteText(w io.Writer, x *Explanation, wrap func(indent, text string) string) error {
	var b strings.Builder
	place := "docs/model.md, section " + x.Reference
	if strings.HasPrefix(x.Reference, "docs/") {
		place = x.Reference
	}
	fmt.Fprintf(&b, "%s = %s", x.Column, export.Human(x.Value))
	if p, ok := x.Value.(export.Percent); ok {
		b.Reset()
		fmt.Fprintf(&b, "%s = %s", x.Column, export.Human(float64(p)))
	}
	if x.Unit != "" && x.Unit != "1" {
		b.WriteString(" " + x.Unit)
	}
	fmt.Fprintf(&b, "\n%s\n\n%s\n", wrap("", x.Meaning), wrap("", "Equation ("+place+")"))
	for _, e := range x.Equations {
		b.WriteString(wrap("  ", e) + "\n")
	}
	if len(x.Symbols) > 0 {
		symbols := &export.Table{Name: "symbols", Columns: []export.Column{{Name: "symbol", Heading: "symbol"}, {Name: "value", Heading: "value"}, {Name: "unit", Heading: "unit"}, {Name: "meaning", Heading: "meaning", Flexible: true}}}
		for _, s := range x.Symbols {
			symbols.Add(s.Symbol, export.Human(s.Value), s.Unit, s.Meaning)
		}
		b.WriteString("\n")
		if err := export.WriteText(&b, symbols, 0); err != nil {
			return err
		}
	}
	if x.Terms != nil {
		b.WriteString("\nLargest terms\n")
		if err := export.WriteText(&b, x.Terms, shownTerms); err != nil {
			return err
		}
	}
	if len(x.Rows) > 0 {
		b.WriteString("\nRows\n")
		told := ""
		for _, r := range x.Rows {
			grade := ""
			if r.Grade != "" {
				grade = ", grade " + r.Grade
			}
			fmt.Fprintln(&b, wrap("  ", fmt.Sprintf("%s  %s: %s%s", r.Place, r.What, r.Value, grade)))
			if r.Source != told {
				fmt.Fprintln(&b, wrap("      ", r.Source))
			}
			told = r.Source
		}
	}
	if len(x.Notes) > 0 {
		b.WriteString("\n")
		for _, n := range x.Notes {
			b.WriteString(wrap("", n) + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
