package stockpile

import (
	"chokepoint/internal/catalog"
	"chokepoint/internal/export"
	"chokepoint/internal/quantile"
)

// PortfolioTable lays the rows of a portfolio out.
func PortfolioTable(c *catalog.Catalog, figures []*catalog.Figures, rows []Row) *export.Table {
	t := &export.Table{Name: "portfolio", Columns: []export.Column{
		{Name: "rank", Heading: "#", Meaning: "by loss avoided per dollar"},
		{Name: "commodity", Heading: "commodity", Meaning: "commodity unit", Flexible: true},
		{Name: "stock_t", Heading: "stock\nt", Unit: "t", Meaning: "stock to hold"},
		{Name: "cover_months", Heading: "cover\nmonths", Unit: "months", Meaning: "stock over US use of a month"},
		{Name: "cost_musd", Heading: "cost\nM USD", Unit: "million USD", Meaning: "stock at the price of the base year"},
		{Name: "avoided_loss_musd", Heading: "avoided\nM USD/yr", Unit: "million USD/yr", Meaning: "loss of real GDP that the stock is expected to avoid: chance of full stops times what it makes up for"},
		{Name: "p05", Heading: "5 %", Unit: "million USD/yr", Meaning: "5th percentile of avoided_loss_musd over the draws, the stock as it is"},
		{Name: "p95", Heading: "95 %", Unit: "million USD/yr", Meaning: "95th percentile"},
		{Name: "avoided_per_usd", Heading: "per\nUSD", Unit: "1/yr", Meaning: "avoided_loss_musd over cost_musd"},
		{Name: "cumulative_cost_musd", Heading: "sum\nM USD", Unit: "million USD", Meaning: "cost of this row and all above"},
		{Name: "country", Heading: "from", Meaning: "country whose stop counts most, chance times cut"},
		{Name: "stop_chance", Unit: "1/yr", Meaning: "chance a year that it stops all exports"},
		{Name: "expected_loss_musd", Unit: "million USD/yr", Meaning: "expected loss of real GDP by full stops without a stock"},
		{Name: "used_musd", Unit: "million USD/yr", Meaning: "expected cost of the tonnes used up"},
		{Name: "carrying_cost_musd", Unit: "million USD/yr", Meaning: "money tied up and keeping"},
		{Name: "net_gain_musd", Unit: "million USD/yr", Meaning: "avoided less used and carrying cost"},
		{Name: "insurance_t", Unit: "t", Meaning: "stock by the insurance rule, whatever the budget"},
		{Name: "insurance_p05_t", Unit: "t", Meaning: "its 5th percentile over the draws"},
		{Name: "insurance_p95_t", Unit: "t", Meaning: "its 95th percentile"},
		{Name: "share_of_world_output", Unit: "1", Meaning: "stock over world output of a year: above some per cent buying it moves the price"},
	}}
	for i, r := range rows {
		f := figures[r.Unit]
		row := []any{i + 1, c.Units[r.Unit].ID, r.Tonnes, nil, r.CostMUSD, r.AvoidedMUSD, nil, nil, nil, r.CumulativeMUSD, r.Country, r.StopChance,
			r.ExpectedMUSD, r.UsedMUSD, r.CarryingMUSD, r.AvoidedMUSD - r.UsedMUSD - r.CarryingMUSD, r.InsuranceTonnes, nil, nil, nil}
		if f.UseTonnes > 0 {
			row[3] = 12 * r.Tonnes / f.UseTonnes
		}
		if r.CostMUSD > 0 {
			row[8] = r.PerDollar()
		}
		row[6], row[7] = ends(r.Avoided)
		row[17], row[18] = ends(r.Insurance)
		if f.WorldTonnes > 0 {
			row[19] = r.Tonnes / f.WorldTonnes
		}
		t.Add(row...)
	}
	return t
}

// ends are the 5th and the 95th percentile; nothing without draws.
func ends(draws []float64) (low, high any) {
	q, err := quantile.Exact(draws, .05, .95)
	if err != nil {
		return nil, nil
	}
	return q[0], q[1]
}

// Answer is what is said of one unit: its row, its cover and its program.
type Answer struct {
	Row     Row
	Cover   *Cover // nil without draws
	Program *UnitProgram
}

// AnswersTable lays the three answers for units out, a row each.
func AnswersTable(c *catalog.Catalog, figures []*catalog.Figures, answers []Answer, target float64, within int) *export.Table {
	t := &export.Table{Name: "stocks", Columns: []export.Column{
		{Name: "commodity", Heading: "commodity", Meaning: "commodity unit", Flexible: true},
		{Name: "question", Heading: "what for", Meaning: "cover: for a target risk; insurance: by the insurance rule; program: target of the stationary program in normal times", Flexible: true},
		{Name: "stock_t", Heading: "stock\nt", Unit: "t", Meaning: "stock to hold"},
		{Name: "p05_t", Heading: "5 %", Unit: "t", Meaning: "5th percentile over the draws"},
		{Name: "p95_t", Heading: "95 %", Unit: "t", Meaning: "95th percentile over the draws"},
		{Name: "cover_months", Heading: "cover\nmonths", Unit: "months", Meaning: "stock over US use of a month"},
		{Name: "cost_musd", Heading: "cost\nM USD", Unit: "million USD", Meaning: "stock at the price of the base year"},
		{Name: "country", Heading: "from", Meaning: "country that stops"},
		{Name: "stop_chance", Unit: "1/yr", Meaning: "chance a year of a full stop; empty where a stop is given"},
		{Name: "target_risk", Unit: "1", Meaning: "cover: accepted chance that an industry is short, given the stop"},
		{Name: "within_months", Unit: "months", Meaning: "cover: months from the stop that count"},
		{Name: "chance_short", Unit: "1", Meaning: "cover: chance that an industry is short in these months without a stock"},
		{Name: "draws", Unit: "draws", Meaning: "cover: paths behind it"},
		{Name: "rejected_draws", Unit: "draws", Meaning: "cover: paths rejected as unstable"},
	}}
	for _, a := range answers {
		f, id := figures[a.Row.Unit], c.Units[a.Row.Unit].ID
		row := func(question string, tonnes float64, country string) []any {
			out := []any{id, question, tonnes, nil, nil, nil, tonnes * f.PriceUSDPerTonne / 1e6, country, nil, nil, nil, nil, nil, nil}
			if f.UseTonnes > 0 {
				out[5] = 12 * tonnes / f.UseTonnes
			}
			return out
		}
		if a.Cover != nil {
			r := row("cover", a.Cover.Tonnes, a.Cover.Country)
			if a.Cover.Draws == 0 {
				r[2], r[5], r[6] = nil, nil, nil
			} else {
				r[11] = export.Percent(a.Cover.ChanceShort)
			}
			r[9], r[10], r[12], r[13] = export.Percent(target), within, a.Cover.Draws, a.Cover.Unstable
			t.Add(r...)
		}
		r := row("insurance", a.Row.InsuranceTonnes, a.Row.Country)
		r[3], r[4] = ends(a.Row.Insurance)
		r[8] = a.Row.StopChance
		t.Add(r...)
		if p := a.Program; p != nil {
			r := row("program", float64(p.TargetLevel)*p.StepTonnes, p.Country)
			r[8] = p.StopChance
			t.Add(r...)
		}
	}
	return t
}

// PolicyTable lays the policy of a unit's program out: what to do at every level.
func PolicyTable(c *catalog.Catalog, figures []*catalog.Figures, answers []Answer) *export.Table {
	t := &export.Table{Name: "policy", Columns: []export.Column{
		{Name: "commodity", Heading: "commodity", Meaning: "commodity unit", Flexible: true},
		{Name: "level_t", Heading: "stock\nt", Unit: "t", Meaning: "stock at the start of a month"},
		{Name: "shortage_months", Heading: "months of\nshortage", Unit: "months", Meaning: "stock over what a month of the stop takes from US use"},
		{Name: "normal_next_t", Heading: "normal:\nto, t", Unit: "t", Meaning: "stock at the end of a month of normal trade"},
		{Name: "stopped_next_t", Heading: "stopped:\nto, t", Unit: "t", Meaning: "stock at the end of a month of the stop"},
		{Name: "normal_value_musd", Heading: "cost ahead\nM USD", Unit: "million USD", Meaning: "expected discounted cost from a month of normal trade on"},
		{Name: "stopped_value_musd", Heading: "in a stop\nM USD", Unit: "million USD", Meaning: "the same from a month of the stop on"},
	}}
	for _, a := range answers {
		p := a.Program
		if p == nil {
			continue
		}
		for level := range p.Policy.Next {
			t.Add(c.Units[a.Row.Unit].ID, float64(level)*p.StepTonnes, float64(level)/levelsPerMonth, float64(p.Policy.Next[level][0])*p.StepTonnes, float64(p.Policy.Next[level][1])*p.StepTonnes,
				p.Policy.Value[level][0], p.Policy.Value[level][1])
		}
	}
	return t
}
