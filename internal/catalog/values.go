package catalog

import (
	"fmt"
	"slices"

	"chokepoint/internal/fault"
)

// Values holds every number that can vary, by InputID. It is the only thing
// that an edit, a draw or a driver analysis changes.
type Values []float64

// Judgement chooses between the two desk judgements and their merger.
type Judgement string

// The judgements.
const (
	Merged Judgement = "merged" // mean of both; the default
	JudgeA Judgement = "a"
	JudgeB Judgement = "b"
)

// includes tells whether the judgement with an index counts.
func (j Judgement) includes(judge int) bool {
	return !(j == JudgeA && judge == 1 || j == JudgeB && judge == 0)
}

// scalarInput is the place of a number in a unit's block of Values.
type scalarInput int

const (
	inWorld scalarInput = iota
	inRecycled
	inDemand
	inSupply
	inLeaderIdle
	inOtherIdle
	inRecyclingResponse
	inRecyclingIdle
	inPrice
	inUse
	inPrimary
	inSecondary
	inStocks
	scalarInputs
)

// The arrays of a unit's block follow the scalars in this order.
func (u *Unit) supplyAt() int { return u.offset + int(scalarInputs) }
func (u *Unit) useAt() int    { return u.supplyAt() + len(u.Countries) }
func (u *Unit) shareAt() int  { return u.useAt() + len(u.Countries) }
func (u *Unit) dependAt() int { return u.shareAt() + len(u.Applications) }
func (u *Unit) buyerAt() int  { return u.dependAt() + len(u.Pairs) }

// Central returns the vector of central values under a judgement.
func (c *Catalog) Central(j Judgement) (Values, error) {
	if j != Merged && j != JudgeA && j != JudgeB {
		names := []string{string(Merged), string(JudgeA), string(JudgeB)}
		return nil, &fault.Error{Code: fault.Usage, File: "judgement", What: "unknown judgement " + fault.Quote(string(j)), Expected: "merged, a or b",
			DidYouMean: fault.Nearest(string(j), names)}
	}
	v := make(Values, c.size)
	for i := range c.Units {
		c.fill(v, &c.Units[i], j)
	}
	return v, nil
}

func (c *Catalog) fill(v Values, u *Unit, j Judgement) {
	m, sec, el := c.tables.market, c.tables.secondary, c.tables.elasticities
	s := v[u.offset:]
	s[inWorld] = m.Numbers("world_production_t")[u.rows.market]
	s[inPrice] = m.Numbers("price_usd_per_t")[u.rows.market]
	s[inUse] = m.Numbers("consumption_t")[u.rows.market]
	s[inPrimary] = m.Numbers("production_primary_t")[u.rows.market]
	s[inSecondary] = m.Numbers("production_secondary_t")[u.rows.market]
	s[inRecyclingResponse] = sec.Numbers("one_year_price_response_mode")[u.rows.secondary]
	s[inRecyclingIdle] = sec.Numbers("max_increase_pct_within_year")[u.rows.secondary] / 100
	s[inStocks] = c.tables.stocks.Numbers("commercial_stocks_months_mode")[u.rows.stocks]
	judged := func(field string) float64 { return pick(j, el.Numbers(field), u.rows.elasticities) }
	s[inDemand] = judged("demand_mode")
	s[inSupply] = judged("supply_mode")
	if sec.Text("included_in_world_production")[u.rows.secondary] == "no" {
		s[inRecycled] = judged("eol_recycling_input_rate_pct") / 100
	}
	fillShares(v[u.supplyAt():u.useAt()], c.tables.supply.Numbers("share_pct"), u.rows.supply)
	fillShares(v[u.useAt():u.shareAt()], c.tables.use.Numbers("share_pct"), u.rows.use)
	s[inLeaderIdle], s[inOtherIdle] = c.idleShares(u, s[inWorld], v[u.supplyAt():u.useAt()], judged("spare_capacity_pct_outside_leader")/100)

	shares := v[u.shareAt():u.dependAt()]
	pct := c.tables.endUses.Numbers("share_pct")
	var total [2]float64 // each judgement is re-scaled to 1 before they are merged
	for _, rows := range u.rows.endUse {
		for k, row := range rows {
			if row >= 0 {
				total[k] += pct[row]
			}
		}
	}
	for a, rows := range u.rows.endUse {
		shares[a] = pickScaled(j, pct, rows, total)
	}
	dep, weight := c.tables.pairs.Numbers("dependence_mode"), c.tables.pairs.Numbers("weight")
	for k, rows := range u.rows.pair {
		v[u.dependAt()+k] = pick(j, dep, rows)
		v[u.buyerAt()+k] = pick(j, weight, rows)
	}
}

// pick takes a judged number; a row that a judgement lacks counts 0.
func pick(j Judgement, numbers []float64, rows [2]int) float64 {
	return pickScaled(j, numbers, rows, [2]float64{1, 1})
}

func pickScaled(j Judgement, numbers []float64, rows [2]int, scale [2]float64) float64 {
	var x [2]float64
	for k, row := range rows {
		if row >= 0 {
			x[k] = numbers[row] / scale[k]
		}
	}
	switch j {
	case JudgeA:
		return x[0]
	case JudgeB:
		return x[1]
	}
	return (x[0] + x[1]) / 2
}

// fillShares writes shares that sum to 1; a country without a row has 0.
func fillShares(dst, pct []float64, rows []int) {
	total := 0.0
	for _, row := range rows {
		if row >= 0 {
			total += pct[row]
		}
	}
	for k, row := range rows {
		if row >= 0 {
			dst[k] = pct[row] / total
		}
	}
}

// idleShares are the idle capacities of the leading producer and of all others
// over their outputs (data.md, market balance). Where the table has no row for
// the unit, the judgements' spare capacity stands for the others.
func (c *Catalog) idleShares(u *Unit, worldTonnes float64, supply []float64, judgedOthers float64) (leader, others float64) {
	if len(u.rows.idle) == 0 {
		return 0, judgedOthers
	}
	t := c.tables.idle
	leaderTonnes, otherTonnes := 0.0, 0.0
	for _, row := range u.rows.idle {
		if t.Text("country")[row] == u.Countries[u.Leader] {
			leaderTonnes += t.Numbers("usable_within_year_t_mode")[row]
		} else {
			otherTonnes += t.Numbers("usable_within_year_t_mode")[row]
		}
	}
	leaderOutput := supply[u.Leader] * worldTonnes
	otherOutput := 0.0
	for k := range supply {
		if k != u.Leader {
			otherOutput += supply[k] * worldTonnes
		}
	}
	if otherOutput > 0 {
		others = otherTonnes / otherOutput
	}
	return leaderTonnes / leaderOutput, others
}

// Figures are the numbers of one unit, ready for the model. Symbols are those
// of model.md section 1.
type Figures struct {
	Unit                int
	WorldTonnes         float64 // W, t/yr
	RecycledShare       float64 // rho
	DemandElasticity    float64 // eps < 0
	SupplyElasticity    float64 // eta >= 0
	LeaderIdleShare     float64 // kappa of the leading producer
	OtherIdleShare      float64 // kappa of all others
	RecyclingElasticity float64 // eta_r
	RecyclingIdleShare  float64 // kappa_r
	PriceUSDPerTonne    float64 // P0
	UseTonnes           float64 // Q0, t/yr
	PrimaryTonnes       float64 // y_p, t/yr
	SecondaryTonnes     float64 // y_s, t/yr
	StockMonths         float64 // commercial stocks, months of use
	SupplyShare         []float64
	UseShare            []float64
	IdleShare           []float64 // kappa_c by country
	Applications        []int     // those with a share above 0; index into Unit.Applications
	ApplicationShare    []float64 // w_a, by Applications; sum 1
	Industries          []int     // industries that buy the unit, ascending; index into Catalog.Industries
	Dependence          []float64 // dep_ja: Industries x Applications, row-major; SUM_a <= 1
	BuyerShare          []float64 // v_ja: Industries x Applications, row-major; SUM_j = 1 where anyone buys
	DependenceScaled    int       // industries whose dependences summed to more than 1 and were scaled
}

// TotalTonnes is T = W / (1 - rho), t/yr.
func (f *Figures) TotalTonnes() float64 { return f.WorldTonnes / (1 - f.RecycledShare) }

// NetExportTonnes is NX_c = s_c W + sec_c - d_c T of a country, t/yr, with
// sec_c = d_c (T - W).
func (f *Figures) NetExportTonnes(country int) float64 {
	total := f.TotalTonnes()
	return f.SupplyShare[country]*f.WorldTonnes + f.UseShare[country]*(total-f.WorldTonnes) - f.UseShare[country]*total
}

// Bind reads the numbers of one unit from a vector. It re-scales shares to sum
// 1 and dependence to at most 1, and refuses what the model cannot take with a
// fault.Error that names the unit.
func (c *Catalog) Bind(unit int, v Values) (*Figures, error) {
	u := &c.Units[unit]
	if len(v) != c.size {
		return nil, fmt.Errorf("%s: a vector of %d values: expected %d", u.ID, len(v), c.size)
	}
	s := v[u.offset:]
	f := &Figures{Unit: unit, WorldTonnes: s[inWorld], RecycledShare: s[inRecycled], DemandElasticity: s[inDemand],
		SupplyElasticity: s[inSupply], LeaderIdleShare: s[inLeaderIdle], OtherIdleShare: s[inOtherIdle],
		RecyclingElasticity: s[inRecyclingResponse], RecyclingIdleShare: s[inRecyclingIdle], PriceUSDPerTonne: s[inPrice],
		UseTonnes: s[inUse], PrimaryTonnes: s[inPrimary], SecondaryTonnes: s[inSecondary], StockMonths: s[inStocks]}
	if err := f.check(u); err != nil {
		return nil, err
	}
	shares := v[u.shareAt():u.dependAt()]
	for _, part := range []struct {
		what   string
		values []float64
		max    float64
	}{
		{"a share of world output", v[u.supplyAt():u.useAt()], largestWeight},
		{"a share of world use", v[u.useAt():u.shareAt()], largestWeight},
		{"a share of an application in US use", shares, largestWeight},
		{"the dependence of an industry", v[u.dependAt():u.buyerAt()], 1},
		{"a share that an industry buys", v[u.buyerAt() : u.buyerAt()+len(u.Pairs)], largestWeight},
	} {
		for _, x := range part.values {
			if !(x >= 0 && x <= part.max) {
				return nil, badValue(u, part.what, x, 0, part.max)
			}
		}
	}
	var err error
	if f.SupplyShare, err = normalised(u, "world output", v[u.supplyAt():u.useAt()]); err != nil {
		return nil, err
	}
	if f.UseShare, err = normalised(u, "world use", v[u.useAt():u.shareAt()]); err != nil {
		return nil, err
	}
	f.IdleShare = make([]float64, len(u.Countries))
	for k := range f.IdleShare {
		f.IdleShare[k] = f.OtherIdleShare
	}
	f.IdleShare[u.Leader] = f.LeaderIdleShare
	for a, w := range shares {
		if w > 0 {
			f.Applications = append(f.Applications, a)
			f.ApplicationShare = append(f.ApplicationShare, w)
		}
	}
	if f.ApplicationShare, err = normalised(u, "applications in US use", f.ApplicationShare); err != nil {
		return nil, err
	}
	f.bindPairs(u, v)
	return f, nil
}

// largestWeight bounds shares before they are re-scaled.
const largestWeight = 1e6

func badValue(u *Unit, what string, value, lo, hi float64) *fault.Error {
	return &fault.Error{Code: fault.InvalidData, File: u.ID, What: fmt.Sprintf("%s is %g", what, value), Expected: fmt.Sprintf("a number from %g to %g", lo, hi)}
}

// bindPairs lays dependence and buyers out as industries x applications.
func (f *Figures) bindPairs(u *Unit, v Values) {
	column := make([]int, len(u.Applications))
	for i := range column {
		column[i] = -1
	}
	for k, a := range f.Applications {
		column[a] = k
	}
	dep, buyer := v[u.dependAt():u.buyerAt()], v[u.buyerAt():u.buyerAt()+len(u.Pairs)]
	for k, p := range u.Pairs {
		if column[p.Application] >= 0 && (dep[k] > 0 || buyer[k] > 0) {
			f.Industries = append(f.Industries, p.Industry)
		}
	}
	slices.Sort(f.Industries)
	f.Industries = slices.Compact(f.Industries)
	m := len(f.Applications)
	f.Dependence = make([]float64, m*len(f.Industries))
	f.BuyerShare = make([]float64, m*len(f.Industries))
	bought := make([]float64, m)
	for k, p := range u.Pairs {
		a := column[p.Application]
		j, ok := slices.BinarySearch(f.Industries, p.Industry)
		if a < 0 || !ok {
			continue
		}
		f.Dependence[j*m+a] = dep[k]
		f.BuyerShare[j*m+a] = buyer[k]
		bought[a] += buyer[k]
	}
	for j := range f.Industries {
		total := 0.0
		for a := range m {
			total += f.Dependence[j*m+a]
			if bought[a] > 0 {
				f.BuyerShare[j*m+a] /= bought[a]
			}
		}
		if total > 1 {
			f.DependenceScaled++
			for a := range m {
				f.Dependence[j*m+a] /= total
			}
		}
	}
}

// normalised returns shares re-scaled to sum 1; none is negative.
func normalised(u *Unit, what string, shares []float64) ([]float64, error) {
	total := 0.0
	for _, s := range shares {
		total += s
	}
	if !(total > 0) {
		return nil, &fault.Error{Code: fault.InvalidData, File: u.ID, What: fmt.Sprintf("the shares of %s sum to %g", what, total), Expected: "more than 0"}
	}
	out := make([]float64, len(shares))
	for i, s := range shares {
		out[i] = s / total
	}
	return out, nil
}

// check refuses numbers that the model cannot take.
func (f *Figures) check(u *Unit) error {
	for _, x := range []struct {
		name     string
		value    float64
		min, max float64
	}{
		{"world production (t/yr)", f.WorldTonnes, smallestTonnes, largestTonnes},
		{"recycled share", f.RecycledShare, 0, 0.99},
		{"demand elasticity", f.DemandElasticity, -largestElasticity, -smallestResponse},
		{"supply elasticity", f.SupplyElasticity, 0, largestElasticity},
		{"idle share of the leading producer", f.LeaderIdleShare, 0, largestIdleShare},
		{"idle share of other producers", f.OtherIdleShare, 0, largestIdleShare},
		{"recycling elasticity", f.RecyclingElasticity, 0, largestElasticity},
		{"idle share of recycling", f.RecyclingIdleShare, 0, largestIdleShare},
		{"price (USD/t)", f.PriceUSDPerTonne, 0, largestTonnes},
		{"US use (t/yr)", f.UseTonnes, 0, largestTonnes},
		{"US primary output (t/yr)", f.PrimaryTonnes, 0, largestTonnes},
		{"US secondary output (t/yr)", f.SecondaryTonnes, 0, largestTonnes},
		{"stocks (months)", f.StockMonths, 0, largestMonths},
	} {
		if !(x.value >= x.min && x.value <= x.max) {
			return badValue(u, x.name, x.value, x.min, x.max)
		}
	}
	return nil
}
