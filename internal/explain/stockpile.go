package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/probability"
	"chokepoint/internal/stockpile"
)

// StockAnswer is a row of a portfolio and what was asked.
type StockAnswer struct {
	Row    stockpile.Row
	Basis  *stockpile.Basis // nil where no stop cuts use
	Asked  string           // in words; "" = all that gains more than it costs
	Preset string           // a row of table stockpile_presets, or ""
}

// What the sizes of a stock follow from.
const (
	ruleOfShortfall = "X = Q0/12 max(0, r_c D - usable M), U = Q0 D/12; lambda = p stop, shared out over 16 lengths D of a stop"
	ruleOfUse       = "use = min(S, max(0, X - worthless U)): below that cut a tonne is worth no more than c"
)

// stockColumns are the equations of the columns of the portfolio that can be explained.
var stockColumns = map[string][]string{
	"stock_t":               {"S: tonnes while lambda E[(v_marg(X - S) - c)+] / c > r + h/c, (S1) over c", "v_marg = slope of L at the cut (X - S)/U, over Q0", ruleOfShortfall},
	"insurance_t":           {"S1: tonnes while lambda E[(v_marg(X - S) - c)+] / c > r + h/c, (S1) over c", "v_marg = slope of L at the cut (X - S)/U, over Q0", ruleOfShortfall},
	"cover_months":          {"12 S / Q0"},
	"cost_musd":             {"S c"},
	"avoided_loss_musd":     {"SUM lambda (L(X/U) - L((X - use)/U)) U/Q0", ruleOfUse, ruleOfShortfall},
	"avoided_per_usd":       {"avoided / (S c); avoided = SUM lambda (L(X/U) - L((X - use)/U)) U/Q0", ruleOfUse, ruleOfShortfall},
	"expected_loss_musd":    {"SUM lambda L(X/U) U/Q0", ruleOfShortfall},
	"used_musd":             {"SUM lambda use c", ruleOfUse, ruleOfShortfall},
	"carrying_cost_musd":    {"S c (r + h/c)"},
	"net_gain_musd":         {"avoided - used - carrying = SUM lambda ((L(X/U) - L((X - use)/U)) U/Q0 - use c) - S c (r + h/c)", ruleOfUse, ruleOfShortfall},
	"stop_chance":           {"p stop, of the country whose stop counts most, chance times cut"},
	"share_of_world_output": {"S / W"},
}

// StockColumns lists what can be explained of a stock, sorted.
func StockColumns() []string {
	var out []string
	for name := range stockColumns {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Stock explains a column of the portfolio for a unit.
func Stock(e *assess.Engine, p *probability.Model, a *StockAnswer, column string) (*Explanation, error) {
	equations := stockColumns[column]
	if equations == nil {
		names := StockColumns()
		return nil, &fault.Error{Code: fault.Usage, File: "column", What: "nothing explains " + fault.Quote(column) + " of a stock", Expected: "one of " + strings.Join(names, ", "), DidYouMean: fault.Nearest(column, names)}
	}
	x := &Explanation{Column: column, Reference: "docs/stockpiles.md, Equations", Equations: equations}
	t := stockpile.PortfolioTable(e.Catalog, e.Figures, []stockpile.Row{a.Row})
	for k, c := range t.Columns {
		if c.Name == column {
			x.Value, x.Unit, x.Meaning = t.Rows[0][k], c.Unit, e.Catalog.Units[a.Row.Unit].ID+": "+c.Meaning
		}
	}
	if a.Basis == nil {
		x.Notes = append(x.Notes, "No stop of a net exporter cuts its use, or nothing is known of its use or price: no stock is worth holding.")
		x.Rows = append(x.Rows, e.Catalog.MarketOrigin(a.Row.Unit, "consumption_t", "US use"), e.Catalog.MarketOrigin(a.Row.Unit, "price_usd_per_t", "US price"))
		return x, nil
	}
	y := &stocker{e: e, p: p, a: a, x: x}
	y.symbols()
	y.terms()
	y.rows()
	x.Rows = unique(x.Rows)
	return x, y.err
}

// stocker builds the explanation of a stock.
type stocker struct {
	e   *assess.Engine
	p   *probability.Model
	a   *StockAnswer
	x   *Explanation
	err error
}

func (y *stocker) symbol(symbol string, value any, unit, meaning string) {
	y.x.Symbols = append(y.x.Symbols, Symbol{symbol, value, unit, meaning})
}

func (y *stocker) symbols() {
	b, r, f := y.a.Basis, &y.a.Row, y.e.Figures[y.a.Row.Unit]
	asked := "by the insurance rule"
	if y.a.Asked != "" {
		asked = "as asked"
		y.x.Notes = append(y.x.Notes, "S is not by (S1) but by the "+y.a.Asked+".")
	}
	y.symbol("S", r.Tonnes, "t", "stock, "+asked)
	y.symbol("S1", r.InsuranceTonnes, "t", "stock by the insurance rule")
	y.symbol("c", b.TonneMUSD, "million USD/t", "US price of the base year")
	y.symbol("Q0", b.UseTonnes, "t/yr", "US use of the base year")
	y.symbol("W", f.WorldTonnes, "t/yr", "world production")
	y.symbol("r", b.Carrying.Money, "1/yr", y.ranged("interest"))
	y.symbol("h/c", b.Carrying.Holding, "1/yr", y.ranged("holding_cost"))
	y.symbol("r + h/c", b.Carrying.Share(), "1/yr", "what a dollar of stock costs a year")
	y.symbol("stop", b.StopGivenControl, "1/yr", y.ranged("stop_given_control"))
	y.symbol("usable", b.UsableShare, "1", y.ranged("usable_commercial_share"))
	y.symbol("M", b.StockMonths, "months", "commercial stocks, used first")
	seen := ""
	for _, o := range b.Outcomes {
		if o.Country == seen {
			continue
		}
		seen = o.Country
		est := o.Probability
		y.symbol("p_"+seen, est.Probability, "1/yr", fmt.Sprintf("%s, %s to %s", est.Basis, export.Human(est.Low), export.Human(est.High)))
		y.symbol("r_"+seen, o.Cut, "1", "cut of use by its full stop (use_cut)")
		if len(y.x.Symbols) > 30 {
			y.x.Notes = append(y.x.Notes, "More countries that can stop exports: table terms of a file.")
			break
		}
	}
	last, next := b.Gains(r.Tonnes)
	if r.Tonnes > 0 {
		y.symbol("gain, last", last, "1/yr", "of the last tonne of S, per dollar")
	}
	y.symbol("gain, next", next, "1/yr", "of the next tonne, per dollar")
	if y.a.Asked == "" {
		y.x.Notes = append(y.x.Notes, "The last tonne gains more a year than r + h/c, the next one no more: that is the rule.")
	}
	y.symbol("worthless", min(1, b.Worthless), "1", "up to this cut a tonne is worth at most c")
	for k := range b.Cuts {
		if k > 0 {
			y.symbol(fmt.Sprintf("cut_%d", k), b.Cuts[k], "1", "cut of use")
			y.symbol(fmt.Sprintf("L_%d", k), b.LossMUSD[k], "million USD", "loss of real GDP in a year at that cut")
		}
	}
	y.x.Notes = append(y.x.Notes, "L runs straight from point to point: the lower convex hull through no loss at no cut, traced out by partial stops of "+y.e.Catalog.CountryName(b.CurveCountry)+"; `chokepoint explain "+y.e.Catalog.Units[r.Unit].ID+" --from "+b.CurveCountry+" real_gdp_musd` explains its end. Central values; `chokepoint stockpile` has ranges.")
}

// ranged is the name of a parameter of stocks with its range; its row is added.
func (y *stocker) ranged(name string) string {
	meaning := name
	rows, err := y.e.Catalog.OriginsWhere("stockpile_parameters", "mode", func(cell func(string) string) string {
		if cell("low") != cell("high") {
			meaning += ", " + cell("low") + " to " + cell("high")
		}
		meaning += " (" + cell("grade") + ")"
		return cell("meaning")
	}, [2]string{"parameter", name})
	y.err = cmp.Or(y.err, err)
	y.x.Rows = append(y.x.Rows, rows...)
	return meaning
}

// terms lists the ways a stop may go, the most loss avoided first.
func (y *stocker) terms() {
	b, s := y.a.Basis, y.a.Row.Tonnes
	curve := b.Curve()
	t := &export.Table{Columns: []export.Column{{Name: "country", Heading: "stop by"}, {Name: "months", Heading: "D months"}, {Name: "rate", Heading: "lambda"}, {Name: "shortfall_t", Heading: "X t"}, {Name: "use_of_time_t", Heading: "U t"},
		{Name: "used_t", Heading: "use t"}, {Name: "value_musd_per_t", Heading: "v_marg"}, {Name: "term_musd", Heading: "M USD/yr"}}}
	for k := range b.Outcomes {
		o := &b.Outcomes[k]
		use := b.Use(o, s)
		before, after := o.Tonnes/o.UseTonnes, (o.Tonnes-use)/o.UseTonnes
		var marginal any
		if o.Tonnes > s {
			marginal = curve.TonneMUSD((o.Tonnes - s) / o.UseTonnes)
		}
		t.Add(o.Country, o.Months, o.Rate, o.Tonnes, o.UseTonnes, use, marginal, o.Rate*(curve.LossMUSD(before)-curve.LossMUSD(after))*o.UseTonnes/b.UseTonnes)
	}
	slices.SortStableFunc(t.Rows, func(a, b []any) int { return cmp.Compare(b[7].(float64), a[7].(float64)) })
	y.x.Terms = t
}

func (y *stocker) rows() {
	c, unit := y.e.Catalog, y.a.Row.Unit
	y.ranged("stop_months")
	rows := []catalog.SourceRow{c.MarketOrigin(unit, "price_usd_per_t", "US price"), c.MarketOrigin(unit, "consumption_t", "US use"), c.MarketOrigin(unit, "world_production_t", "world production"), c.StocksOrigin(unit)}
	var seen []string
	for _, o := range y.a.Basis.Outcomes {
		if slices.Contains(seen, o.Country) || len(seen) == shownProducers {
			continue
		}
		seen = append(seen, o.Country)
		if row, ok := y.p.Origin(o.Probability); ok {
			rows = append(rows, row)
		}
		rows = append(rows, c.SupplyOrigins(unit, c.Units[unit].Country(o.Country))...)
	}
	y.x.Rows = append(y.x.Rows, rows...)
	if y.a.Preset != "" {
		rows, err := c.OriginsWhere("stockpile_presets", "amount", func(cell func(string) string) string { return "preset " + cell("preset") + ": " + cell("meaning") }, [2]string{"preset", y.a.Preset})
		y.err = cmp.Or(y.err, err)
		y.x.Rows = append(y.x.Rows, rows...)
	}
}
