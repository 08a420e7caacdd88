package explain

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/internal/assess"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/market"
	"chokepoint/internal/path"
	"chokepoint/internal/scenario"
)

// ofPath begins the reference of a path.
const ofPath = "docs/dynamics.md, "

// PathAnswer is a path that was followed, as it is laid out for readers.
type PathAnswer struct {
	Question *assess.PathQuestion
	Result   *assess.PathResult
	Calendar func(t int) string // month t = 0, 1, ... as 2025-01
	Months   *export.Table      // table path of this commodity
	Summary  *export.Table      // table summary of it
}

// pather builds the explanation of a number of a path.
type pather struct {
	explainer // of the year of which the month is a twelfth
	a         *PathAnswer
	t         int
	step      *path.Step
	p         path.Parameters
}

// monthColumns maps columns of table path to what explains them.
var monthColumns = map[string]func(*pather) error{
	"price_ratio_outside": (*pather).outside, "stocks_t": (*pather).outside, "use_share": (*pather).outside, "use_t": (*pather).outside,
	"supply_t": (*pather).outside, "inflow_t": (*pather).outside, "release_t": (*pather).outside, "strategic_stocks_t": (*pather).outside,
	"expected_price_ratio": (*pather).outside, "running_idle_share": (*pather).outside, "withheld_share": (*pather).outside,
	"price_ratio_inside": (*pather).inside,
	"loss_musd":          (*pather).monthLoss, "hit_gdp_musd": (*pather).monthLoss, "users_price_gdp_musd": (*pather).monthLoss,
	"producer_volume_gdp_musd": (*pather).monthLoss, "producer_price_gdp_musd": (*pather).monthLoss, "rest_gdp_musd": (*pather).monthLoss,
}

// summaryQuantities maps quantities of a whole path to what explains them.
var summaryQuantities = map[string]func(*pather) error{
	"peak_price_ratio": (*pather).outside, "lowest_use_share": (*pather).outside,
	"time_to_survive": (*pather).survive, "time_to_recover": (*pather).recover, "recovery_index": (*pather).lost,
	"loss": (*pather).sum, "adapted_loss": (*pather).sum,
}

// PathColumns lists what can be explained of a path, sorted.
func PathColumns() []string {
	var out []string
	for name := range monthColumns {
		out = append(out, name)
	}
	for name := range summaryQuantities {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Path explains a column of a month of a path, or a quantity of the whole path. An
// empty month is that of the highest price; a quantity takes none.
func Path(ctx context.Context, e *assess.Engine, a *PathAnswer, column, month string) (*Explanation, error) {
	build, ofMonth := monthColumns[column]
	if !ofMonth {
		if build = summaryQuantities[column]; build == nil {
			names := PathColumns()
			return nil, &fault.Error{Code: fault.Usage, File: "column", What: "nothing explains " + fault.Quote(column) + " of a path", Expected: "one of " + strings.Join(names, ", "), DidYouMean: fault.Nearest(column, names)}
		}
		if month != "" {
			return nil, &fault.Error{Code: fault.Usage, File: "--month", What: column + " is of the whole path", Expected: "no month, or a column of a month such as price_ratio_outside"}
		}
	}
	x := &pather{a: a, t: a.Result.PeakMonth - 1}
	if column == "lowest_use_share" {
		x.t = slices.IndexFunc(a.Result.Months, func(m assess.PathMonth) bool { return m.UseShare == a.Result.LowestUseShare })
	}
	x.t = max(0, x.t)
	if month != "" {
		n := len(a.Result.Months)
		for x.t = 0; x.t < n && a.Calendar(x.t) != month; x.t++ {
		}
		if x.t == n {
			return nil, &fault.Error{Code: fault.Usage, File: "--month", What: fault.Quote(month), Expected: "a month of the path, " + a.Calendar(0) + " to " + a.Calendar(n-1)}
		}
	}
	var err error
	if x.p, err = assess.Modes(a.Question.Parameters); err != nil {
		return nil, err
	}
	x.p.StockPrice = a.Question.StockPrice
	if x.step, err = path.Trace(&a.Result.Setup, &x.p, &a.Result.Profile, x.t); err != nil {
		return nil, err
	}
	year, err := e.PathYear(a.Result, x.t)
	if err != nil {
		return nil, err
	}
	x.explainer = explainer{ctx: ctx, e: e, r: year, x: &Explanation{Column: column}}
	x.value(column, ofMonth)
	if err := build(x); err != nil {
		return nil, err
	}
	x.x.Rows = unique(x.x.Rows)
	return x.x, nil
}

// value takes value, unit and meaning from the tables of the path.
func (x *pather) value(column string, ofMonth bool) {
	if ofMonth {
		for k, c := range x.a.Months.Columns {
			if c.Name == column {
				x.x.Value, x.x.Unit, x.x.Meaning = x.a.Months.Rows[x.t][k], c.Unit, x.a.Calendar(x.t)+": "+c.Meaning
			}
		}
		if p, ok := x.x.Value.(export.Percent); ok {
			x.x.Value = float64(p)
		}
		return
	}
	at := map[string]int{}
	for k, c := range x.a.Summary.Columns {
		at[c.Name] = k
	}
	for _, row := range x.a.Summary.Rows {
		if row[at["quantity"]] == column {
			x.x.Value, x.x.Unit, x.x.Meaning = row[at["central"]], fmt.Sprint(row[at["unit"]]), fmt.Sprint(row[at["meaning"]])
		}
	}
}

// steps refers to equations of docs/dynamics.md.
func (x *pather) steps(numbers string, lines ...string) {
	x.equation(ofPath+numbers, lines...)
}

// outside explains the month outside: equations 1 to 9.
func (x *pather) outside() error {
	s, p := x.step, &x.p
	lines := []string{
		"1 F = SUM_C max(0, NX - w lost)(1 - w phi)/12 + unsold",
		"2 lb = lb' + a_tau (l' - lb'), a_tau = 1 - e^(-1/tau)",
		"3 m = clip(m' + (l' > trigger ? 1 : -1)/ramp, 0, 1)",
		"4 S = (1/12) SUM_R (s W - w lost)(1 + growth) + recycling alike; growth = kappa m (1 - e^(-lb eta/(kappa m))), below the base e^(eta lb) - 1",
		"5 u* = min(ln g(e^lb), ratchet u_low); u = u' + a_tauD (u* - u')",
		"6 E = SUM_(q<L) max(0, b loss_q - (S - S1) - d (1 - e^u)); Id = M d + k E",
		"7 l = gamma ln((Id - I_min)/(I' - I_min)); I' = I + S + F + rel - use",
		"8 use = d e^u g_s(pi)/g_s(e^lb)",
		"9 r = 1 - use/d",
		"g(p) = " + formOf(s.Demand, "eps") + ", g_s(p) = " + formOf(s.Demand, "eps_s"),
	}
	if p.RampMonths == 0 {
		lines[2] = "3 m = 1"
	}
	if s.OnlyWhatFollows {
		lines[1] = "2 lb = l, found together with 8"
	}
	switch {
	case s.State != path.Cleared:
		lines[6] = "7 l at the end of its range: " + s.State.String() + "; I' = I + S + F + rel - use"
		lines[7] = "8 use = min(d e^u g_s(pi)/g_s(e^lb), A); A = S + F + rel + max(0, I - I_min)"
	case s.NobodyHolds:
		lines[6] = "7 nobody holds stocks: l is the root of use(l) = A; A = S + F + rel + I; I' = I + S + F + rel - use"
	case p.StockPrice == path.OpeningStock:
		lines[6] = "7' lc = gamma ln(Id/max(I, I_min)); A = S + F + rel + max(0, I - I_min); I' = I + S + F + rel - use"
		lines[7] = "8' l = lc if use(lc) <= A, else the root of use(l) = A; use(l) = d e^u g_s(e^l)/g_s(e^lb)"
	}
	x.steps("equations 1 to 9", lines...)
	x.base()
	x.flows()
	y := x.symbol
	y("l'", s.PriceBefore, "1", "ln of the price ratio of the month before")
	y("lb'", s.ExpectedBefore, "1", "its expectation, ln")
	y("lb", s.Expected, "1", "expectation in this month, ln; e^lb = "+export.Human(1+s.ExpectedRise))
	y("m'", s.RampBefore, "1", "part of idle capacity that ran the month before")
	y("m", s.Ramp, "1", "part that runs now")
	y("S", s.SupplyTonnes, "t/month", "output and recycling outside")
	y("S - S1", s.Response, "t/month", "part of it that answers the price")
	y("rel", s.ReleaseTonnes, "t/month", "released from the strategic stock")
	if s.StrategicBefore > 0 {
		y("G", s.StrategicBefore, "t", "strategic stock before the release; after it "+export.Human(s.StrategicTonnes)+" t")
	}
	y("u'", s.LogUseBefore, "1", "ln of desired use over d, the month before")
	y("u_low", s.LowestLogUse, "1", "the lowest so far")
	y("u*", s.Target, "1", "where it goes at the expected price")
	y("u", s.LogUse, "1", "ln of desired use over d in this month")
	y("b", s.Belief, "1", "weight that holders give the plan; in force: 1")
	y("E", s.Ahead, "t", "loss seen coming over the next months")
	y("Id", s.Wanted, "t", "stocks that holders want")
	y("I", s.StocksBefore, "t", "commercial stocks before")
	y("I'", s.StocksTonnes, "t", "commercial stocks at the end of the month")
	y("A", s.Available, "t/month", "what could be used without touching I_min")
	y("l", s.Price, "1", "ln of the price ratio of this month")
	y("pi", s.PriceRatioOutside, "1", "price ratio outside")
	y("use", s.UseTonnes, "t/month", "use outside")
	y("r", s.UseCut, "1", "cut of use; use_share = 1 - r")
	x.parameters("tau", "tau_D", "gamma", "ramp", "eps_s/eps", "L", "k", "I_min/(M d)", "ratchet", "trigger")
	x.stepTerms()
	return x.pathRows()
}

// formOf is a demand form as text.
func formOf(d market.Demand, eps string) string {
	if d == market.IsoElastic {
		return "p^" + eps
	}
	return "e^(" + eps + " (p - 1))"
}

// base lists the market before, and w.
func (x *pather) base() {
	s, f := x.step, x.figures()
	x.symbol("month", x.t+1, "", "of the path: "+x.a.Calendar(x.t))
	x.symbol("w", s.Withheld, "1", "part of the withdrawal in force in the month")
	x.symbol("d", s.BaseUse, "t/month", "use outside in the base year, SUM_R D_k / 12")
	x.symbol("M", f.StockMonths, "months", "commercial stocks in months of d")
	x.symbol("I_min", s.LeastStocks, "t", "stocks that are never used")
	x.symbol("eps", s.Eps, "1", "one-year elasticity of use")
	x.symbol("eps_s", s.EpsShort, "1", "the same within a month")
	x.symbol("eta", s.Eta, "1", "one-year elasticity of supply")
	x.symbol("eta_r", s.RecyclingEta, "1", "elasticity of recycling")
}

// flows lists F and what makes it up.
func (x *pather) flows() {
	s := x.step
	x.symbol("F", s.InflowTonnes, "t/month", "what the countries that restrict still sell")
	if s.Unsold != 0 {
		x.symbol("unsold", s.Unsold, "t/month", "what they keep because the price expected outside is below the base")
	}
	if s.NewPlants != 0 {
		x.symbol("plants", s.NewPlants, "t/month", "new plants, in S")
	}
}

// timing says how the withdrawal runs, in months from the start.
func (x *pather) timing() string {
	p := x.a.Result.Profile
	parts := []string{"profile " + x.a.Question.Timing.Name}
	add := func(what string, month float64) {
		if month < path.Never {
			parts = append(parts, what+" from month "+export.Human(month))
		}
	}
	add("announced", p.Announced)
	if !p.OnlyAnnounced {
		add("in force", p.InForce)
	}
	if p.LagMonths > 0 {
		parts = append(parts, "nothing flows for "+export.Human(p.LagMonths)+" months")
	}
	if p.Flow > 0 {
		parts = append(parts, "then "+export.Human(100*p.Flow)+" % flow")
	}
	if p.Eased < p.Ended {
		add(export.Human(100*p.EasedFlow)+" % flow", p.Eased)
	}
	add("ended", p.Ended)
	if p.Probability < 1 {
		parts = append(parts, "expected with "+export.Human(p.Probability))
	}
	return strings.Join(parts, ", ")
}

// stepTerms lists what S, F and E are sums of.
func (x *pather) stepTerms() {
	s := x.step
	t := &export.Table{Columns: []export.Column{{Name: "of", Heading: "of"}, {Name: "what", Heading: "what", Flexible: true}, {Name: "base_t", Heading: "base t"}, {Name: "kappa", Heading: "kappa"}, {Name: "change", Heading: "change"}, {Name: "term_t", Heading: "t/month"}}}
	for _, g := range s.Producers {
		v := path.OutputGrowth(g.IdleShare*s.Ramp, s.Eta, s.ExpectedRise)
		base := g.Tonnes - s.Withheld*g.LostTonnes
		t.Add("S", "output of a year (growth)", base, g.IdleShare, v, base*(1+v)/12)
	}
	v := path.OutputGrowth(s.RecyclingIdle*s.Ramp, s.RecyclingEta, s.ExpectedRise)
	t.Add("S", "recycling of a year (growth)", s.RecycledTonnes, s.RecyclingIdle, v, s.RecycledTonnes*(1+v)/12)
	names := x.sellerNames()
	for k, c := range s.Sellers {
		base := max(0, c.ExportTonnes-s.Withheld*c.LostTonnes)
		t.Add("F", names[k]+": net exports of a year (-w phi)", base, nil, -s.Withheld*c.Phi, base*(1-s.Withheld*c.Phi)/12)
	}
	if !s.NobodyHolds && s.Belief > 0 {
		relief := s.Response + s.NewPlants - s.BaseUse*math.Expm1(s.LogUse)
		for from := 0; from < len(s.Announced); {
			to := from + 1
			for to < len(s.Announced) && s.Announced[to] == s.Announced[from] {
				to++
			}
			span := x.a.Calendar(x.t+from) + ": loss planned in the month"
			if to > from+1 {
				span = fmt.Sprintf("%s on, %d months: loss planned in each", x.a.Calendar(x.t+from), to-from)
			}
			t.Add("E", span, s.Announced[from], nil, nil, float64(to-from)*max(0, s.Belief*s.Announced[from]-relief))
			from = to
		}
		x.symbol("relief", relief, "t/month", "S - S1 + d (1 - e^u), taken off in each month")
	}
	x.x.Terms = t
}

// sellerNames are the countries that restrict, in the order of the engine.
func (x *pather) sellerNames() []string {
	var out []string
	s, f, u := x.step, x.figures(), &x.e.Catalog.Units[x.unit()]
	if len(x.r.Scenario.Blocs) == 0 {
		for k, code := range u.Countries {
			for _, w := range x.r.Scenario.Withdrawals {
				if w.Country == code && w.Kind != scenario.ProductionOutage && !slices.Contains(out, code) && f.NetExportTonnes(k) > 0 {
					out = append(out, code)
				}
			}
		}
	}
	if len(out) != len(s.Sellers) {
		out = nil
		for k := range s.Sellers {
			out = append(out, fmt.Sprintf("market %d", k+1))
		}
	}
	return out
}

// parameterNames are the rows of table path_parameters by symbol.
var parameterNames = map[string]string{
	"tau": "expectation_months", "tau_D": "adjustment_months", "gamma": "stock_sensitivity", "ramp": "ramp_months", "eps_s/eps": "short_run_share", "L": "ahead_months", "k": "ahead_share",
	"I_min/(M d)": "minimum_stock_share", "ratchet": "ratchet", "trigger": "trigger", "floor": "inside_floor", "lag": "licence_lag_months", "flow": "licence_flow", "threat": "threat_probability",
}

// parameters lists parameters with their ranges, rows and sources.
func (x *pather) parameters(symbols ...string) {
	t, r := &x.a.Question.Timing, &x.a.Result.Profile
	for _, of := range []struct {
		symbol string
		counts bool
	}{{"lag", t.LagFrom && r.LagMonths > 0}, {"flow", t.FlowFrom && r.Flow > 0}, {"threat", t.OddsFrom && r.OnlyAnnounced}} {
		if of.counts {
			symbols = append(symbols, of.symbol)
		}
	}
	for _, symbol := range symbols {
		name := parameterNames[symbol]
		for _, p := range x.a.Question.Parameters {
			if p.Name != name {
				continue
			}
			unit := p.Unit
			if unit == "share" {
				unit = "1"
			}
			meaning := p.Name
			if p.Low < p.High {
				meaning += fmt.Sprintf(", %s to %s", export.Human(p.Low), export.Human(p.High))
			}
			if p.Grade == "" {
				meaning += ", as asked"
			} else {
				meaning += ", grade " + p.Grade
			}
			x.symbol(symbol, p.Mode, unit, meaning)
			if p.Grade != "" {
				x.where("path_parameters", "mode", "parameter", name, func(cell func(string) string) string { return cell("meaning") })
			}
		}
	}
}

// where adds the cell of a field in the rows of a table with a value. A row that an
// overlay has taken away is no error: then nothing is said of it.
func (x *pather) where(table, field, key, value string, what func(cell func(string) string) string) {
	if rows, err := x.e.Catalog.OriginsWhere(table, field, what, [2]string{key, value}); err == nil {
		x.rows(rows...)
	}
}

// pathRows adds the rows behind the market and the profile.
func (x *pather) pathRows() error {
	if err := x.marketRows(); err != nil {
		return err
	}
	x.rows(x.e.Catalog.StocksOrigin(x.unit()))
	x.where("restriction_profiles", "in_force_months", "profile", x.a.Question.Timing.Name, func(cell func(string) string) string {
		return "profile " + cell("profile") + ": " + cell("meaning") + "; in force from month"
	})
	x.x.Notes = append(x.x.Notes, "Withdrawal: "+x.timing()+" (months from the start).", "Symbols with ' are of the month before, but I' closes the month. Central values; `chokepoint path` has ranges.")
	return nil
}

// inside explains the price in the countries that restrict.
func (x *pather) inside() error {
	s := x.step
	floor := x.p.Floor
	x.base()
	x.flows()
	switch {
	case len(s.Sellers) == 0:
		x.steps("equation 10", "nobody restricts, so that there is one market: p = pi")
		x.symbol("pi", s.PriceRatioOutside, "1", "price ratio outside (price_ratio_outside)")
	case s.Unsold < 0:
		x.steps("equation 10", "C sells what it would sell at the price expected outside: p = max(floor, e^lb)")
		x.symbol("e^lb", 1+s.ExpectedRise, "1", "price ratio expected outside")
	default:
		x.steps("equation 10", "home supply = home use + 12 F: (T - w lost) p^eta + sec p^eta_r = D g(p) + 12 F", "p on [floor, 1]; none there: the floor, and output is cut to fit", "g(p) = "+formOf(s.Demand, "eps"))
		if s.PriceRatioInside == floor {
			x.x.Notes = append(x.x.Notes, "Even at the floor home supply is above home use and exports: output is cut to fit.")
		}
	}
	if len(s.Sellers) > 0 {
		x.symbol("T", s.InsideTonnes, "t/yr", "output of the countries that restrict")
		x.symbol("lost", s.InsideLostTonnes, "t/yr", "outages there at full force")
		x.symbol("sec", s.InsideRecycled, "t/yr", "their recycling")
		x.symbol("D", s.InsideUse, "t/yr", "their use")
		p := s.PriceRatioInside
		supply := (s.InsideTonnes-s.Withheld*s.InsideLostTonnes)*(1+path.OutputGrowth(0, s.Eta, p-1)) + s.InsideRecycled*(1+path.OutputGrowth(0, s.RecyclingEta, p-1))
		x.symbol("supply", supply, "t/yr", "left side at p")
		x.symbol("home use", s.InsideUse*s.Demand.Use(s.Eps, p-1), "t/yr", "D g(p)")
		x.symbol("p", p, "1", "price ratio inside")
		x.parameters("floor")
	}
	return x.pathRows()
}

// monthLoss explains the loss of a month, or a part of it.
func (x *pather) monthLoss() error {
	m := &x.a.Result.Months[x.t]
	op, err := x.e.Operator()
	if err != nil {
		return err
	}
	producer := x.e.Catalog.Industries[x.e.Catalog.Units[x.unit()].Producer].Code
	o, f := x.outcome(), x.figures()
	if err := x.hit(); err != nil {
		return err
	}
	x.x.Equations, x.x.Symbols, x.x.Reference = nil, nil, ""
	x.equation(ofPath+"Loss; docs/model.md, section 6", "loss = -((i) + (ii) + (iii) + (iv) + (v)), each a twelfth of a year with the cut and the price of the month",
		"(i) = SUM_J va_j dx_j /12, dx_j <= -sigma_j x_j (terms: of a year)", "(ii) = -(pi - 1) P0 Q0 (1 - r) chi /12, where every buyer is an industry", "(iii) = va_p P0 (y1 - y0) /12",
		"(iv) = (pi - 1) P0 y1 chi /12", "(v) = SUM_(not J) va_i dx_i /12")
	y := x.symbol
	y("month", x.t+1, "", "of the path: "+x.a.Calendar(x.t))
	y("r", m.UseCut, "1", "cut of use (column use_share)")
	if m.State != path.NoPrice {
		y("pi", m.PriceRatioOutside, "1", "price ratio outside (price_ratio_outside)")
	} else {
		x.x.Notes = append(x.x.Notes, "No price clears the market in this month: (ii) and (iv) are 0 and the loss is a lower bound.")
	}
	y("Q0", f.UseTonnes, "t/yr", "US use before")
	y("P0", f.PriceUSDPerTonne, "USD/t", "US price before")
	y("chi", x.e.Method.RepricedShare, "1", "share of purchases repriced (a setting)")
	y("y0", f.PrimaryTonnes+f.SecondaryTonnes, "t/yr", "US output before")
	y("y1 - y0", o.OutputChange, "t/yr", "its change at the price expected")
	y("va_p", op.Table.ValueAddedShare[x.e.Catalog.Units[x.unit()].Producer], "1", "value-added share of the producer, "+producer)
	y("(i)", m.Parts.HitMUSD, "million USD", "hit industries produce less")
	y("(ii)", m.Parts.UsersPriceMUSD, "million USD", "users pay more")
	y("(iii)", m.Parts.ProducerVolumeMUSD, "million USD", "US producers sell more")
	y("(iv)", m.Parts.ProducerPriceMUSD, "million USD", "US producers sell at other prices")
	y("(v)", m.Parts.RestMUSD, "million USD", "the rest of the economy")
	y("loss", m.LossMUSD, "million USD", "of the month")
	y("sigma", m.LargestLossShare, "1", "share of output that the industry hit most loses")
	counted := "The month counts in the loss of the path."
	if m.Adapted {
		counted = "The month does not count in the loss of the path but in adapted_loss (column adapted)."
	}
	x.x.Notes = append([]string{counted}, x.x.Notes...)
	c := x.e.Catalog
	x.rows(c.MarketOrigin(x.unit(), "price_usd_per_t", "US price"), c.MarketOrigin(x.unit(), "consumption_t", "US use"), c.MarketOrigin(x.unit(), "production_primary_t", "US primary output"),
		c.MarketOrigin(x.unit(), "production_secondary_t", "US secondary output"), c.ProducerOrigin(x.unit()))
	return nil
}

// monthTerms lists a number of every month that counts, the largest first.
func (x *pather) monthTerms(name, heading string, of func(*assess.PathMonth) (v float64, counts bool)) {
	t := &export.Table{Columns: []export.Column{{Name: "month", Heading: "month"}, {Name: "use_share", Heading: "use share"}, {Name: "price_ratio_outside", Heading: "price outside"}, {Name: name, Heading: heading}}}
	for k := range x.a.Result.Months {
		m := &x.a.Result.Months[k]
		if v, counts := of(m); counts {
			t.Add(x.a.Calendar(k), m.UseShare, m.PriceRatioOutside, v)
		}
	}
	slices.SortStableFunc(t.Rows, func(a, b []any) int {
		switch d := math.Abs(b[3].(float64)) - math.Abs(a[3].(float64)); {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
		return 0
	})
	x.x.Terms = t
	x.symbol("months", len(t.Rows), "", fmt.Sprintf("in the sum, of %d followed; all in table terms of a file", len(x.a.Result.Months)))
}

// monthSymbol lists a number of month t where there is one.
func (x *pather) monthSymbol(symbol string, t int, of func(*assess.PathMonth) float64, unit, meaning string) {
	if t >= 0 && t < len(x.a.Result.Months) {
		x.symbol(symbol+", "+x.a.Calendar(t), of(&x.a.Result.Months[t]), unit, meaning)
	}
}

func (x *pather) survive() error {
	r := x.a.Result
	x.equation(ofPath+"Time to survive", fmt.Sprintf("whole months before the first with sigma >= %g; sigma = the largest share of its output that an industry loses", assess.ShortShare))
	x.symbol("threshold", assess.ShortShare, "1", "share of its output at which an industry is short")
	largest := func(m *assess.PathMonth) float64 { return m.LargestLossShare }
	x.monthSymbol("sigma", r.SurvivedMonths-1, largest, "1", "the last month before")
	x.monthSymbol("sigma", r.SurvivedMonths, largest, "1", "the first month at or above it")
	x.monthSymbol("r", r.SurvivedMonths, func(m *assess.PathMonth) float64 { return m.UseCut }, "1", "cut of use in that month (column use_share)")
	if !r.Short {
		x.beyond("no industry is short")
	}
	if err := x.atMonth(min(r.SurvivedMonths, len(r.Months)-1)); err != nil {
		return err
	}
	return x.hitRows()
}

// atMonth moves the explanation to another month.
func (x *pather) atMonth(t int) (err error) {
	x.t = t
	x.r, err = x.e.PathYear(x.a.Result, t)
	return err
}

// hitRows adds the rows of the industries hit, without the rest of that explanation.
func (x *pather) hitRows() error {
	kept := *x.x
	if err := x.hit(); err != nil {
		return err
	}
	x.x.Equations, x.x.Symbols, x.x.Reference = kept.Equations, kept.Symbols, kept.Reference
	x.x.Notes = append(x.x.Notes, "Rows of industries: those hit in "+x.a.Calendar(x.t)+".")
	return nil
}

// beyond notes that something does not come about.
func (x *pather) beyond(what string) {
	x.x.Notes = append(x.x.Notes, fmt.Sprintf("Empty: %s within the %d months followed.", what, len(x.a.Result.Months)))
}

func (x *pather) recover() error {
	r := x.a.Result
	x.equation(ofPath+"Time to recover", fmt.Sprintf("number of the last month with use_share < %g; 0 if there is none", path.RecoveredShare))
	x.symbol("threshold", path.RecoveredShare, "1", "share of base use at which use is back")
	share := func(m *assess.PathMonth) float64 { return m.UseShare }
	x.monthSymbol("use_share", r.RecoveredMonths-1, share, "1", "the last month below it")
	x.monthSymbol("use_share", r.RecoveredMonths, share, "1", "the month after")
	if !r.Recovered {
		x.beyond("use is not back for good")
	}
	if err := x.atMonth(max(0, r.RecoveredMonths-1)); err != nil {
		return err
	}
	x.parameters("tau", "tau_D", "ratchet")
	return x.pathRows()
}

func (x *pather) lost() error {
	x.equation(ofPath+"Recovery index", "SUM_t max(0, 1 - use_share_t)")
	x.monthTerms("lost_share", "lost share", func(m *assess.PathMonth) (float64, bool) { return max(0, m.UseCut), m.UseCut > 0 })
	x.parameters("tau", "tau_D", "ratchet")
	return x.pathRows()
}

func (x *pather) sum() error {
	adapted := x.x.Column == "adapted_loss"
	counted := map[bool]string{false: "not marked adapted", true: "marked adapted"}[adapted]
	x.equation(ofPath+"Loss", x.x.Column+" = SUM loss_t over the months "+counted+" (column adapted)", "loss_t: explain path loss_musd --month "+x.a.Calendar(x.t))
	x.monthTerms("loss_musd", "loss M USD", func(m *assess.PathMonth) (float64, bool) { return m.LossMUSD, m.Adapted == adapted })
	x.symbol("back", assess.RestedPriceRatio, "1", "price ratio outside below which the price is back")
	if n := x.a.Result.NoPriceMonths; n > 0 {
		x.x.Notes = append(x.x.Notes, fmt.Sprintf("In %d months no price clears the market: the loss is a lower bound.", n))
	}
	if adapted {
		x.x.Notes = append(x.x.Notes, "Users who have adapted to a price that is gone; many have found another way, so that this is not in the loss.")
	}
	if len(x.x.Terms.Rows) == 0 {
		x.x.Terms = nil
	}
	c := x.e.Catalog
	x.rows(c.MarketOrigin(x.unit(), "price_usd_per_t", "US price"), c.MarketOrigin(x.unit(), "consumption_t", "US use"))
	terms := x.x.Terms
	err := x.hitRows()
	x.x.Terms = terms
	return err
}
