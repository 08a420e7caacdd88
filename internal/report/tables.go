package report

import (
	"cmp"
	"slices"

	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/export"
	"chokepoint/internal/probability"
	"chokepoint/internal/rank"
	"chokepoint/internal/scenario"
)

// Economy is the code of the economy that the shipped tables describe.
const Economy = catalog.USA

// Columns that several tables share.
var (
	commodityColumn = export.Column{Name: "commodity", Heading: "commodity", Meaning: "commodity unit", Flexible: true}
	countryColumn   = export.Column{Name: "country", Heading: "country", Meaning: "ISO 3166 alpha-3 code of the country that withdraws"}
	economyColumn   = export.Column{Name: "economy", Meaning: "economy whose GDP is meant"}
	priceColumn     = export.Column{Name: "price_ratio", Heading: "price\nx", Unit: "1", Meaning: "price after over price before, pi of (M1); empty where no price clears the market"}
	cutColumn       = export.Column{Name: "use_cut", Heading: "cut\n%", Unit: "1", Meaning: "share of use that is lost, r of (M1)"}
	stateColumn     = export.Column{Name: "state", Meaning: "ok; no-clearing: no supply is left and the loss is a lower bound; choke: the price is the choke price; beyond-range: the price is above what the form of demand is meant for; price-floor: tonnes find no buyer; outside-linear-range: a flow of the economy would have to be negative; nothing-withdrawn"}
	probColumn      = export.Column{Name: "probability", Unit: "1", Meaning: "probability, within a year, of a full stop; empty where none is known"}
	ratioColumn     = export.Column{Name: "value_per_tonne_over_price", Unit: "1", Meaning: "value added that hit industries lose per tonne cut, over the price after; above 10 the loss assumes that rationing, not price, decides"}
	partColumns     = []export.Column{
		{Name: "hit_gdp_musd", Unit: "million USD/yr", Meaning: "(i) hit industries produce less"},
		{Name: "users_price_gdp_musd", Unit: "million USD/yr", Meaning: "(ii) users pay more"},
		{Name: "producer_volume_gdp_musd", Unit: "million USD/yr", Meaning: "(iii) US producers sell more"},
		{Name: "producer_price_gdp_musd", Unit: "million USD/yr", Meaning: "(iv) US producers sell at higher prices"},
		{Name: "rest_gdp_musd", Unit: "million USD/yr", Meaning: "(v) the rest of the economy: suppliers and buyers of the hit industries"},
	}
	lossColumn = export.Column{Name: "loss_musd", Heading: "loss\nM USD/yr", Unit: "million USD/yr", Meaning: "loss of GDP, minus the sum of the five parts"}
)

// RankColumns are the columns of a ranking.
func RankColumns(opt rank.Options) []export.Column {
	expected := "expected\nM USD/yr"
	if opt.GivenDisruption {
		expected = "loss\nM USD/yr"
	}
	leading := export.Column{Name: "leading_loss_musd", Heading: "if stops\nM USD/yr", Unit: "million USD/yr", Meaning: "loss of the leading scenario: the export restriction that adds most to the expected loss; with --given-disruption the one with the largest loss"}
	p := export.Column{Name: "leading_probability", Heading: "prob.\n%", Unit: "1", Meaning: "probability of the leading scenario within a year"}
	if opt.GivenDisruption {
		leading.Heading, p.Heading = "", ""
	}
	return []export.Column{
		{Name: "rank", Heading: "#\n", Meaning: "rank by expected loss"},
		{Name: "commodity", Heading: "commodity\n", Meaning: "commodity unit", Flexible: true},
		{Name: "chain", Meaning: "chain of the unit"},
		economyColumn,
		{Name: "expected_loss_musd", Heading: expected, Unit: "million USD/yr", Meaning: "(R1): sum over the unit's export restrictions of probability times loss; negative = a gain. With --given-disruption the leading loss"},
		{Name: "p05", Heading: "5 %\n", Unit: "million USD/yr", Meaning: "5th percentile of the expected loss over the draws; empty without draws"},
		{Name: "p50", Unit: "million USD/yr", Meaning: "median; empty without draws"},
		{Name: "p95", Heading: "95 %\n", Unit: "million USD/yr", Meaning: "95th percentile; empty without draws"},
		{Name: "leading_country", Heading: "from\n", Meaning: "country of the leading scenario"},
		leading, p,
		priceColumn, withoutHeading(cutColumn),
		{Name: "recommended", Meaning: "yes if expected_loss_musd is 2 or more, or the unit is a single point of failure"},
		{Name: "criterion", Meaning: "expected-loss, single-point-of-failure (one US primary producer, no secondary output), both, or empty"},
		{Name: "evidence", Heading: "evi-\ndence", Meaning: "grades of supply, use and dependence, A official to D judgement: the worst grade that, with worse ones, holds half of the weight"},
		stateColumn,
		{Name: "prob_top10", Unit: "1", Meaning: "chance of rank 10 or better; empty without draws"},
		{Name: "prob_above_floor", Unit: "1", Meaning: "chance of an expected loss of USD 2 million or more; empty without draws"},
		{Name: "gains_musd", Unit: "million USD/yr", Meaning: "part of expected_loss_musd that is gains, 0 or negative"},
		{Name: "scenarios", Meaning: "export restrictions of the unit in the baseline"},
		{Name: "scenarios_with_probability", Meaning: "of these, how many have a probability above 0"},
		{Name: "stages", Meaning: "units of the chain in this row; 1 unless --by chain"},
		{Name: "chain_sum_musd", Unit: "million USD/yr", Meaning: "sum of the expected losses of these units"},
		{Name: "lower_bound", Meaning: "yes: some market has no price, the loss is a lower bound"},
		{Name: "rank_p05", Meaning: "rank that is better than or equal to that of 95 % of the draws; empty without draws"},
		{Name: "rank_p95", Meaning: "rank that 95 % of the draws reach or better; empty without draws"},
	}
}

// withoutHeading is a column that text leaves out.
func withoutHeading(c export.Column) export.Column {
	c.Heading = ""
	return c
}

// RankTable lays a ranking out.
func RankTable(c *catalog.Catalog, rows []rank.Row, ranges []rank.Ranges, opt rank.Options) *export.Table {
	t := &export.Table{Name: "rank", Columns: RankColumns(opt)}
	for k := range t.Columns { // text has room for the ranges, or for price and cut
		c := &t.Columns[k]
		switch {
		case ranges == nil && (c.Name == "p05" || c.Name == "p95"):
			c.Heading = ""
		case ranges == nil && c.Name == "use_cut":
			c.Heading = cutColumn.Heading
		case ranges != nil && c.Name == "price_ratio":
			c.Heading = ""
		}
	}
	for i, r := range rows {
		var p05, p50, p95, top10, floor, rankLow, rankHigh any
		if ranges != nil {
			x := ranges[i]
			p05, p50, p95, top10, floor, rankLow, rankHigh = Bounded(x.P05, r.LowerBound), Bounded(x.P50, r.LowerBound), Bounded(x.P95, r.LowerBound), x.Top10, x.AboveFloor, x.RankP05, x.RankP95
		}
		var country, leadingLoss, p, price, cut any
		if l := r.Leading; l != nil {
			country, leadingLoss, p = r.LeadingCountry, l.LossMUSD, export.Percent(r.Probability.Probability)
			price, cut = priceCells(l)
		}
		t.Add(r.Rank, c.Units[r.Unit].ID, r.Chain, Economy, Bounded(r.ExpectedLossMUSD, r.LowerBound), p05, p50, p95, country, leadingLoss, p, price, cut,
			export.YesNo(r.Recommended), r.Criterion, r.Evidence, r.State, top10, floor, r.GainsMUSD, r.Scenarios, r.Known, r.Stages, r.ChainSumMUSD, export.YesNo(r.LowerBound), rankLow, rankHigh)
	}
	return t
}

// Bounded marks a number as a lower bound in text; files carry the number.
func Bounded(v float64, lowerBound bool) any {
	if lowerBound {
		return export.LowerBound(v)
	}
	return v
}

// priceCells are the price ratio and the cut of a result of one market; empty
// where there is no price, or several markets.
func priceCells(r *assess.Result) (price, cut any) {
	if len(r.Units) != 1 {
		return nil, nil
	}
	m := r.Units[0].Market
	if m.HasPrice {
		price = m.PriceRatio
	}
	return price, export.Percent(m.UseCut)
}

// ScenarioColumns are the columns of a scenario's record.
func ScenarioColumns() []export.Column {
	head := []export.Column{
		{Name: "commodity", Heading: "commodity\n", Meaning: "commodity unit, or several joined by +", Flexible: true},
		{Name: "country", Heading: "from\n", Meaning: "country that withdraws, or several joined by +"},
		{Name: "kind", Heading: "kind\n", Meaning: "export-restriction or production-outage, or both joined by +"},
		economyColumn,
		{Name: "net_exports_t", Unit: "t/yr", Meaning: "net exports of the countries that withdraw, base year; empty for several units"},
		priceColumn, cutColumn,
		{Name: "use_after_t", Unit: "t/yr", Meaning: "US use after, Q1; empty for several units"},
	}
	tail := []export.Column{lossColumn, ratioColumn, probColumn, stateColumn,
		{Name: "cut", Unit: "1", Meaning: "fraction withdrawn, phi; empty where withdrawals differ"},
		{Name: "months", Unit: "months", Meaning: "duration"},
		{Name: "real_gdp_musd", Unit: "million USD/yr", Meaning: "change of real GDP, (i)+(iii)+(v)"},
		{Name: "terms_of_trade_musd", Unit: "million USD/yr", Meaning: "what price changes move, (ii)+(iv)"},
		{Name: "rest_suppliers_musd", Unit: "million USD/yr", Meaning: "part of (v) at suppliers of the hit industries"},
		{Name: "rest_buyers_musd", Unit: "million USD/yr", Meaning: "part of (v) at buyers of the hit industries"},
		{Name: "price_rationing_bound_musd", Unit: "million USD/yr", Meaning: "what the demand curve says the cut is worth to users, less what producers gain"},
		{Name: "flags", Meaning: "warnings, joined by ;"},
		{Name: "lower_bound", Meaning: "yes: no price clears the market, the loss is a lower bound"},
		{Name: "scenario", Meaning: "hash of the canonical scenario"},
	}
	return slices.Concat(head, partColumns, tail)
}

// ScenarioTable lays results out, one row each.
func ScenarioTable(c *catalog.Catalog, p *probability.Model, results []*assess.Result) *export.Table {
	t := &export.Table{Name: "scenarios", Columns: ScenarioColumns()}
	for _, r := range results {
		t.Rows = append(t.Rows, scenarioRow(c, p, r))
	}
	return t
}

func scenarioRow(c *catalog.Catalog, model *probability.Model, r *assess.Result) []any {
	price, cut := priceCells(r)
	var exports, after, ratio, p, phi any
	if len(r.Units) == 1 {
		exports, after = r.Units[0].NetExportsTonnes, r.Units[0].UseAfterTonnes
	}
	if r.ValuePerTonneOverPrice > 0 {
		ratio = r.ValuePerTonneOverPrice
	}
	w := r.Scenario.Withdrawals
	if est, ok := model.Joint(r.Scenario); ok {
		p = est.Probability
	}
	if len(w) > 0 {
		phi = w[0].Fraction
		for _, x := range w {
			if x.Fraction != w[0].Fraction {
				phi = nil
			}
		}
	}
	name := func(of func(scenario.Withdrawal) string) string { return joined(w, of) }
	return []any{
		name(func(x scenario.Withdrawal) string { return c.Units[x.Unit].ID }),
		from(c, r.Scenario),
		name(func(x scenario.Withdrawal) string { return x.Kind.String() }),
		Economy, exports, price, cut, after,
		r.Parts.HitMUSD, r.Parts.UsersPriceMUSD, r.Parts.ProducerVolumeMUSD, r.Parts.ProducerPriceMUSD, r.Parts.RestMUSD,
		Bounded(r.LossMUSD, r.LowerBound()), ratio, p, r.State, phi, r.Scenario.Months,
		r.Parts.RealMUSD(), r.Parts.TermsOfTradeMUSD(), r.SuppliersMUSD, r.BuyersMUSD, r.BoundMUSD,
		flags(r), export.YesNo(r.LowerBound()), r.Hash,
	}
}

func flags(r *assess.Result) string {
	out := ""
	for i, f := range r.Flags() {
		if i > 0 {
			out += "; "
		}
		out += f
	}
	return out
}

// joined names the distinct values of the withdrawals, joined by +.
func joined(w []scenario.Withdrawal, of func(scenario.Withdrawal) string) string {
	var names []string
	for _, x := range w {
		if n := of(x); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	out := ""
	for i, n := range names {
		if i > 0 {
			out += "+"
		}
		out += n
	}
	return out
}

// from names the countries of a scenario, or the bloc they are.
func from(c *catalog.Catalog, s scenario.Scenario) string {
	if len(s.Blocs) == 1 && len(s.Withdrawals) > 0 && slices.Contains(s.Blocs[0], s.Withdrawals[0].Country) {
		return c.BlocName(s.Blocs[0])
	}
	return joined(s.Withdrawals, func(x scenario.Withdrawal) string { return x.Country })
}

// UsesTable lists the applications of a result, by cut.
func UsesTable(e *assess.Engine, r *assess.Result) *export.Table {
	t := &export.Table{Name: "uses", Columns: []export.Column{
		commodityColumn,
		{Name: "application", Heading: "application", Meaning: "application", Flexible: true},
		{Name: "cut", Heading: "cut %", Unit: "1", Meaning: "share of its tonnage that the application loses, r_a of the sharing rule"},
		{Name: "share_of_use", Heading: "of US use %", Unit: "1", Meaning: "share of the application in US use, w_a"},
		{Name: "cut_t", Heading: "tonnes lost", Unit: "t/yr", Meaning: "US tonnes that the application loses in a year"},
	}}
	for _, x := range r.Detail.Uses {
		u := &e.Catalog.Units[x.Unit]
		t.Add(u.ID, u.Applications[x.Application], export.Percent(x.Cut), export.Percent(x.ShareOfUse), e.Figures[x.Unit].UseTonnes*x.ShareOfUse*x.Cut)
	}
	slices.SortStableFunc(t.Rows, func(a, b []any) int {
		return -cmp.Compare(float64(a[2].(export.Percent)), float64(b[2].(export.Percent)))
	})
	return t
}

// IndustriesTable lists the industries of a result by what they lose or gain,
// the largest loss of GDP first. Industries that nothing happens to are left out.
func IndustriesTable(c *catalog.Catalog, r *assess.Result, outputMUSD []float64) *export.Table {
	columns := []export.Column{
		{Name: "code", Heading: "code", Meaning: "BEA 2017 detail industry"},
		{Name: "name", Heading: "industry", Meaning: "name", Flexible: true},
		{Name: "output_change_musd", Heading: "output M USD", Unit: "million USD/yr", Meaning: "change of output, dx of (E2)"},
	}
	columns = append(columns, partColumns...)
	columns = append(columns,
		export.Column{Name: "share_of_output", Heading: "of output %", Unit: "1", Meaning: "change of output over output in a year"},
		export.Column{Name: "role", Heading: "role", Meaning: "hit: loses a use of the mineral; supplier or buyer: sells more to the hit industries than it buys from them, or less"},
		export.Column{Name: "gdp_musd", Heading: "GDP M USD", Unit: "million USD/yr", Meaning: "sum of the five parts"},
	)
	t := &export.Table{Name: "industries", Columns: columns}
	for j, x := range r.Detail.Industries {
		sum := -x.LossMUSD()
		if sum == 0 && x.OutputChangeMUSD == 0 {
			continue
		}
		var share any
		if outputMUSD[j] > 0 {
			share = export.Percent(x.OutputChangeMUSD / outputMUSD[j])
		}
		t.Add(c.Industries[j].Code, c.Industries[j].Name, x.OutputChangeMUSD, x.HitMUSD, x.UsersPriceMUSD, x.ProducerVolumeMUSD, x.ProducerPriceMUSD, x.RestMUSD,
			share, x.Side.String(), sum)
	}
	last := len(columns) - 1
	slices.SortStableFunc(t.Rows, func(a, b []any) int { return cmp.Compare(a[last].(float64), b[last].(float64)) })
	return t
}
