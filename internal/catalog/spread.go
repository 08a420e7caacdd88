package catalog

import (
	"math"

	"chokepoint/internal/datapackage"
)

// SpreadShape is the form of an input's distribution (model.md section 8).
type SpreadShape uint8

// The shapes. Low, mode and high are read as the 10th, 50th and 90th percentile.
const (
	Fixed         SpreadShape = iota
	LogTwoPiece               // two-piece log-normal: elasticities, capacity, stocks
	LogitTwoPiece             // two-piece logit-normal: judged shares
	LogWidth                  // log-normal with a 90 % half-width: official shares and quantities
)

// Spread is how uncertain an input is.
type Spread struct {
	Shape           SpreadShape
	Low, Mode, High float64 // two-piece shapes
	HalfWidth       float64 // LogWidth
	Ratio           bool    // low, mode and high are factors of the central value
	Common          string  // judged values of one kind share part of their error; "" = none
	Group           string  // group for the analysis of drivers
}

// Groups of inputs for the analysis of drivers.
const (
	GroupSupply      = "supply by country"
	GroupUse         = "use by country"
	GroupDemand      = "elasticity of use"
	GroupResponse    = "elasticity of supply"
	GroupIdle        = "idle capacity"
	GroupRecycling   = "recycling"
	GroupMarket      = "US use, output, price"
	GroupStocks      = "stocks"
	GroupApplication = "end-use shares"
	GroupDependence  = "dependence of industries"
	GroupBuyers      = "who buys a use"
)

// SharedErrors lists the kinds of judged values that share part of their error.
func SharedErrors() []string {
	return []string{GroupDependence, GroupDemand, GroupResponse, GroupIdle, GroupApplication, GroupRecycling, GroupStocks}
}

// Precedence orders inputs by how much they are known to move results, the most
// first: single numbers of the market, dependence, then shares.
func Precedence(s Spread) int {
	switch s.Group {
	case GroupDependence:
		return 1
	case GroupUse, GroupSupply:
		return 2
	case GroupApplication:
		return 3
	}
	return 0
}

// Spreads gives the spread of every input of a unit, in the order of Inputs.
func (c *Catalog) Spreads(unit int, j Judgement) ([]Spread, error) {
	widths, err := c.gradeWidths()
	if err != nil {
		return nil, err
	}
	u := &c.Units[unit]
	m, sec := c.tables.market, c.tables.secondary
	marketGrade := m.Text("grade")[u.rows.market]
	width := func(kind, grade, group string) Spread {
		return Spread{Shape: LogWidth, HalfWidth: widths[[2]string{kind, grade}], Group: group}
	}
	twoPiece := func(shape SpreadShape, t Triple, group string) Spread {
		return Spread{Shape: shape, Low: t.Low, Mode: t.Mode, High: t.High, Common: group, Group: group}
	}
	var scalars [scalarInputs]Spread
	scalars[inWorld] = width("us_quantity", marketGrade, GroupMarket)
	scalars[inPrice] = width("price", marketGrade, GroupMarket)
	for _, in := range []scalarInput{inUse, inPrimary, inSecondary} {
		scalars[in] = width("us_quantity", marketGrade, GroupMarket)
	}
	scalars[inDemand] = twoPiece(LogTwoPiece, c.Elasticity(unit, j, "demand"), GroupDemand)
	scalars[inSupply] = twoPiece(LogTwoPiece, c.Elasticity(unit, j, "supply"), GroupResponse)
	scalars[inRecycled] = c.recycledSpread(u, j, widths)
	scalars[inRecyclingResponse] = twoPiece(LogTwoPiece, c.triple(sec, [2]int{u.rows.secondary, -1}, JudgeA, "one_year_price_response"), GroupRecycling)
	scalars[inRecyclingIdle] = width("capacity", sec.Text("grade")[u.rows.secondary], GroupRecycling)
	scalars[inStocks] = twoPiece(LogTwoPiece, c.triple(c.tables.stocks, [2]int{u.rows.stocks, -1}, JudgeA, "commercial_stocks_months"), GroupStocks)
	scalars[inLeaderIdle], scalars[inOtherIdle] = c.idleSpreads(u, j)

	out := append([]Spread{}, scalars[:]...)
	byGrade := func(t *datapackage.Table, rows []int, kind, group string) {
		for _, row := range rows {
			s := Spread{Group: group}
			if row >= 0 {
				s = width(kind, t.Text("grade")[row], group)
			}
			out = append(out, s)
		}
	}
	byGrade(c.tables.supply, u.rows.supply, "production_share", GroupSupply)
	byGrade(c.tables.use, u.rows.use, "use_share", GroupUse)
	for _, rows := range u.rows.endUse {
		s := width("application_share", worstGrade(c.tables.endUses, rows, j), GroupApplication)
		s.Common = GroupApplication
		out = append(out, s)
	}
	for _, rows := range u.rows.pair {
		out = append(out, twoPiece(LogitTwoPiece, c.triple(c.tables.pairs, rows, j, "dependence"), GroupDependence))
	}
	for range u.Pairs {
		out = append(out, Spread{Group: GroupBuyers}) // no range is known
	}
	return out, nil
}

// gradeWidths reads the 90 % half-widths by kind of quantity and grade.
func (c *Catalog) gradeWidths() (map[[2]string]float64, error) {
	t, err := c.Package.Table("evidence_grade")
	if err != nil {
		return nil, err
	}
	out := map[[2]string]float64{}
	for row, kind := range t.Text("quantity_kind") {
		out[[2]string{kind, t.Text("grade")[row]}] = t.Numbers("relative_half_width_90pct")[row]
	}
	return out, nil
}

// worstGrade is the worse grade of the judgements in force.
func worstGrade(t *datapackage.Table, rows [2]int, j Judgement) string {
	worst := "A"
	for k, row := range rows {
		if row < 0 || !j.includes(k) {
			continue
		}
		if g := t.Text("grade")[row]; g > worst {
			worst = g
		}
	}
	return worst
}

// recycledSpread is the spread of the end-of-life share: the two judgements give
// one number each, so their gap is the range; where they agree, the width that
// their grade has for shares.
func (c *Catalog) recycledSpread(u *Unit, j Judgement, widths map[[2]string]float64) Spread {
	s := Spread{Group: GroupRecycling}
	if c.tables.secondary.Text("included_in_world_production")[u.rows.secondary] == "yes" {
		return s
	}
	pct := c.tables.elasticities.Numbers("eol_recycling_input_rate_pct")
	a, b := pct[u.rows.elasticities[0]]/100, pct[u.rows.elasticities[1]]/100
	if j == Merged && a != b {
		return Spread{Shape: LogitTwoPiece, Low: min(a, b), Mode: (a + b) / 2, High: max(a, b), Common: GroupRecycling, Group: GroupRecycling}
	}
	mode := a
	if j == JudgeB {
		mode = b
	}
	if mode == 0 {
		return s
	}
	grade := worstGrade(c.tables.elasticities, u.rows.elasticities, j)
	h := widths[[2]string{"application_share", grade}] * normal90 / normal95 // half-width of the 10 % and 90 % points
	return Spread{Shape: LogitTwoPiece, Low: mode * (1 + math.Expm1(-h)), Mode: mode, High: min((1+mode)/2, mode*(1+math.Expm1(h))), Common: GroupRecycling, Group: GroupRecycling}
}

// Standard normal quantiles at 90 and 95 %.
const (
	normal90 = 1.2815515655446004
	normal95 = 1.6448536269514722
)

// idleSpreads are the spreads of the idle shares. The sums of the lows and of the
// highs of many producers would overstate the range: their distances from the
// mode add in quadrature.
func (c *Catalog) idleSpreads(u *Unit, j Judgement) (leader, others Spread) {
	leader, others = Spread{Group: GroupIdle}, Spread{Group: GroupIdle}
	t := c.tables.idle
	var down, up, mode [2]float64
	for _, row := range u.rows.idle {
		k := 1
		if t.Text("country")[row] == u.Countries[u.Leader] {
			k = 0
		}
		m := t.Numbers("usable_within_year_t_mode")[row]
		down[k] += sq(m - t.Numbers("usable_within_year_t_low")[row])
		up[k] += sq(t.Numbers("usable_within_year_t_high")[row] - m)
		mode[k] += m
	}
	for k, s := range []*Spread{&leader, &others} {
		if mode[k] > 0 {
			// As ratios to the mode: the vector holds the mode over output.
			*s = Spread{Shape: LogTwoPiece, Low: max(0, 1-math.Sqrt(down[k])/mode[k]), Mode: 1, High: 1 + math.Sqrt(up[k])/mode[k], Ratio: true, Common: GroupIdle, Group: GroupIdle}
		}
	}
	return leader, others
}

func sq(x float64) float64 { return x * x }
