package assess

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"chokepoint/internal/catalog"
	"chokepoint/internal/economy"
	"chokepoint/internal/market"
	"chokepoint/internal/scenario"
	"chokepoint/internal/shortage"
)

// The properties of model.md section 9 on the shipped data. What concerns the
// market, the sharing rules or the economy alone is tested there on random cases.

func TestSampleIsVaried(t *testing.T) {
	e := engine(t)
	list := varied(t, e)
	units, kinds := map[int]bool{}, map[scenario.Kind]int{}
	large, small, recycled, producers := 0, 0, 0, 0
	for _, r := range run(t, e, list...) {
		w := r.Scenario.Withdrawals[0]
		units[w.Unit] = true
		kinds[w.Kind]++
		f := e.Figures[w.Unit]
		if r.LossMUSD > 1000 {
			large++
		}
		if r.LossMUSD < 1 {
			small++
		}
		if f.RecycledShare > 0 {
			recycled++
		}
		if f.PrimaryTonnes > 0 {
			producers++
		}
	}
	t.Logf("%d scenarios, %d units, %v, losses above 1000 %d, below 1 %d, recycled %d, with US output %d", len(list), len(units), kinds, large, small, recycled, producers)
	if len(list) < 35 || len(units) < 15 || kinds[scenario.ProductionOutage] < 8 || large < 4 || small < 4 || recycled < 5 || producers < 10 {
		t.Errorf("the sample is too plain")
	}
}

// zero tells that nothing moved, exactly.
func zero(t *testing.T, what string, r *Result) {
	t.Helper()
	if r.LossMUSD != 0 || r.Parts != (Parts{}) || r.SuppliersMUSD != 0 || r.BuyersMUSD != 0 || r.BoundMUSD != 0 || r.BeyondRange != 0 {
		t.Errorf("%s: loss %g, parts %v, suppliers %g, buyers %g, bound %g", what, r.LossMUSD, r.Parts, r.SuppliersMUSD, r.BuyersMUSD, r.BoundMUSD)
	}
	if r.State != StateNothing || len(r.Units) != 0 || len(r.Flags()) != 0 {
		t.Errorf("%s: state %s, %d units, flags %v", what, r.State, len(r.Units), r.Flags())
	}
	if n := len(r.Detail.Industries); n != 402 {
		t.Errorf("%s: %d industries", what, n)
	}
	for j, row := range r.Detail.Industries {
		if row.OutputChangeMUSD != 0 || row.Parts != (Parts{}) {
			t.Errorf("%s: industry %d moves: %v", what, j, row)
		}
	}
}

func TestZeroShock(t *testing.T) {
	e := engine(t)
	for _, m := range everyMethod() {
		e := with(t, e, m)
		zero(t, "a cut of 0", run(t, e, cut(restriction(t, e, "gallium", "CHN"), 0))[0])
		zero(t, "a country that exports nothing", run(t, e, restriction(t, e, "gallium", "FRA"))[0])
		zero(t, "a country that does not appear", run(t, e, outage(t, e, "gallium", "ATA"))[0])
		zero(t, "no withdrawal", run(t, e, scenario.Scenario{Months: 12})[0])
	}
}

// A withdrawal that all but vanishes leaves a loss that does.
func TestTinyShock(t *testing.T) {
	e := engine(t)
	for _, s := range varied(t, e) {
		loss := [2]float64{}
		for k, fraction := range []float64{1e-9, 2e-9} {
			r := run(t, e, cut(s, fraction))[0]
			loss[k] = r.LossMUSD
			if r.Units[0].Market.UseCut <= 0 || r.Units[0].Market.PriceRise <= 0 {
				t.Errorf("%s: price rise %g, cut %g", name(e, r), r.Units[0].Market.PriceRise, r.Units[0].Market.UseCut)
			}
		}
		near(t, s.Canon(e.Catalog)+": twice a tiny cut", loss[1], 2*loss[0], 1e-6, 0)
	}
}

// everyMethod is the demand forms x sharing rules x downstream settings.
func everyMethod() []func(*Method) {
	var out []func(*Method)
	for _, d := range []market.Demand{market.SemiLog, market.Linear, market.IsoElastic} {
		for _, s := range []shortage.Rule{shortage.LeastDeviation, shortage.LeastCost, shortage.ProRata} {
			for _, x := range []economy.Downstream{economy.Soft, economy.None} {
				out = append(out, func(m *Method) { m.Demand, m.Sharing, m.Downstream = d, s, x })
			}
		}
	}
	return out
}

// What holds for every answer by itself, under all methods.
func TestEveryAnswer(t *testing.T) {
	e := engine(t)
	list := varied(t, e)
	for _, s := range list {
		list = append(list, cut(s, 0.3))
	}
	list = append(list, together(restriction(t, e, "palladium", "RUS"), restriction(t, e, "palladium", "ZAF"), restriction(t, e, "rhodium", "ZAF")),
		together(outage(t, e, "copper-refined", "USA"), cut(restriction(t, e, "gallium", "CHN"), 0.5)))
	for _, change := range everyMethod() {
		e := with(t, e, change)
		op, err := e.Operator()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range run(t, e, list...) {
			where := e.Method.Demand.String() + " " + e.Method.Sharing.String() + " " + e.Method.Downstream.String() + " " + name(e, r)
			checkFinite(t, where, r)
			checkSums(t, where, r)
			checkShares(t, e, where, r)
			checkOutputs(t, e, op, where, r)
			if r.BeyondRange != 0 || r.State == StateOutside {
				t.Errorf("%s: outside the linear range by %g", where, r.BeyondRange)
			}
			if m := r.Units[0].Market; m.HasPrice && (m.PriceRatio < 1 || m.UseCut < 0 || m.UseCut > 1) {
				t.Errorf("%s: price ratio %g, cut %g", where, m.PriceRatio, m.UseCut)
			}
		}
	}
}

func checkFinite(t *testing.T, where string, r *Result) {
	t.Helper()
	eachFloat(r, func(place string, x float64) {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			t.Errorf("%s: %s is %g", where, place, x)
		}
	})
}

// checkSums: industries add up to the parts, parts to the loss, exactly.
func checkSums(t *testing.T, where string, r *Result) {
	t.Helper()
	var sum Parts
	suppliers, buyers := 0.0, 0.0
	for _, row := range r.Detail.Industries {
		sum.HitMUSD += row.HitMUSD
		sum.UsersPriceMUSD += row.UsersPriceMUSD
		sum.ProducerVolumeMUSD += row.ProducerVolumeMUSD
		sum.ProducerPriceMUSD += row.ProducerPriceMUSD
		sum.RestMUSD += row.RestMUSD
		switch row.Side {
		case economy.Supplier:
			suppliers += row.RestMUSD
		case economy.Buyer:
			buyers += row.RestMUSD
		case economy.HitIndustry:
			if row.RestMUSD != 0 {
				t.Errorf("%s: a hit industry has %g in the rest", where, row.RestMUSD)
			}
		}
		if row.HitMUSD != 0 && row.Side != economy.HitIndustry {
			t.Errorf("%s: %g in part (i) of an industry that is not hit", where, row.HitMUSD)
		}
	}
	if sum != r.Parts {
		t.Errorf("%s: industries sum to %v, parts are %v", where, sum, r.Parts)
	}
	p := r.Parts
	if loss := -(p.HitMUSD + p.UsersPriceMUSD + p.ProducerVolumeMUSD + p.ProducerPriceMUSD + p.RestMUSD); loss != r.LossMUSD {
		t.Errorf("%s: parts sum to %g, loss %g", where, loss, r.LossMUSD)
	}
	near(t, where+": real GDP and terms of trade", -(p.RealMUSD() + p.TermsOfTradeMUSD()), r.LossMUSD, 1e-14, math.Abs(p.HitMUSD)+math.Abs(p.UsersPriceMUSD))
	if suppliers != r.SuppliersMUSD || buyers != r.BuyersMUSD {
		t.Errorf("%s: suppliers %g and buyers %g, rows %g and %g", where, r.SuppliersMUSD, r.BuyersMUSD, suppliers, buyers)
	}
	near(t, where+": suppliers and buyers", r.SuppliersMUSD+r.BuyersMUSD, p.RestMUSD, 1e-13, math.Abs(r.SuppliersMUSD)+math.Abs(r.BuyersMUSD))
}

// checkShares: SUM_a w_a r_a = r, 0 <= r_a <= 1.
func checkShares(t *testing.T, e *Engine, where string, r *Result) {
	t.Helper()
	for k := range r.Units {
		o, sum := &r.Units[k], 0.0
		for _, use := range r.Detail.Uses {
			if use.Unit != o.Unit {
				continue
			}
			sum += use.ShareOfUse * use.Cut
			if !(use.Cut >= 0 && use.Cut <= 1) {
				t.Errorf("%s: an application is cut by %g", where, use.Cut)
			}
		}
		near(t, where+": cuts of applications", sum, o.Market.UseCut, 1e-9, 1e-9)
		near(t, where+": use after", o.UseAfterTonnes, e.Figures[o.Unit].UseTonnes*(1-o.Market.UseCut), 1e-15, 0)
	}
}

// lossShares is sigma_j of every industry and the output at stake, from the cuts
// of the applications and the definition.
func lossShares(e *Engine, op *economy.Operator, r *Result) (sigma, stake []float64) {
	sigma = make([]float64, 402)
	stake = slices.Clone(op.Table.OutputMUSD)
	for k := range r.Units {
		i := r.Units[k].Unit
		f := e.Figures[i]
		cuts := map[int]float64{}
		for _, use := range r.Detail.Uses {
			if use.Unit == i {
				cuts[use.Application] = use.Cut
			}
		}
		for h, j := range f.Industries {
			share := 0.0
			for a, application := range f.Applications {
				share += f.Dependence[h*len(f.Applications)+a] * cuts[application]
			}
			share = min(1, share)
			sigma[j] += share - sigma[j]*share // 1 - (1-sigma)(1-share), with all digits
		}
		p := e.Catalog.Units[i].Producer
		stake[p] = max(0, stake[p]-f.PriceUSDPerTonne*(f.PrimaryTonnes+f.SecondaryTonnes)/1e6)
	}
	return sigma, stake
}

// checkOutputs holds the output changes against (E1) and (E2): bounds,
// complementarity, and for `none` the hit industries alone.
func checkOutputs(t *testing.T, e *Engine, op *economy.Operator, where string, r *Result) {
	t.Helper()
	sigma, stake := lossShares(e, op, r)
	bound := make([]float64, len(sigma))
	scale := 0.0
	for j := range sigma {
		bound[j] = -sigma[j] * stake[j]
		scale = max(scale, -bound[j])
	}
	sigmaDigits := 0.0 // several units at once: 1 - sigma is rounded
	if len(r.Units) > 1 {
		sigmaDigits = 1
	}
	var active []int
	for j, row := range r.Detail.Industries {
		dx := row.OutputChangeMUSD
		if dx > bound[j]+1e-9*scale {
			t.Errorf("%s: output of industry %d changes by %g, bound %g", where, j, dx, bound[j])
		}
		if e.Method.Downstream == economy.None {
			near(t, where+": output of an industry", dx, bound[j], 1e-9, 1e-3*scale)
		}
		if math.Abs(dx-bound[j]) <= -1e-9*bound[j]+1e-15*sigmaDigits*stake[j] && op.Table.Live[j] {
			active = append(active, j)
		}
		if hit := row.Side == economy.HitIndustry; hit != (sigma[j] > 1e-12) && math.Abs(sigma[j]-1e-12) > 1e-13 {
			t.Errorf("%s: industry %d counts as hit: %t, loss share %g", where, j, hit, sigma[j])
		}
	}
	if e.Method.Downstream == economy.None {
		return
	}
	// Prices that explain the changes by the industries at their bound alone,
	// found by dense least squares: mu = G[A,A]^-1 dx_A.
	g := mat.NewSymDense(len(active), nil)
	rhs := mat.NewVecDense(len(active), nil)
	for a, i := range active {
		for b, j := range active[:a+1] {
			g.SetSym(a, b, op.At(i, j))
		}
		rhs.SetVec(a, bound[i])
	}
	var chol mat.Cholesky
	if !chol.Factorize(g) {
		t.Errorf("%s: G of the active bounds is not positive definite", where)
		return
	}
	var mu mat.VecDense
	if err := chol.SolveVecTo(&mu, rhs); err != nil {
		t.Errorf("%s: %v", where, err)
		return
	}
	for a, i := range active {
		if m := mu.AtVec(a); m*op.At(i, i) > 1e-9*scale {
			t.Errorf("%s: bound of industry %d has the price %g", where, i, m)
		}
	}
	for j, row := range r.Detail.Industries {
		dx := 0.0
		for a, i := range active {
			dx += op.At(j, i) * mu.AtVec(a)
		}
		if math.Abs(dx-row.OutputChangeMUSD) > 1e-8*scale {
			t.Errorf("%s: output of industry %d changes by %g, the active bounds give %g", where, j, row.OutputChangeMUSD, dx)
		}
	}
}

// Part (ii) by tonnage left, (iii) and (iv) from the equations of section 6.
func TestPriceParts(t *testing.T) {
	const chi = 0.6
	e := with(t, engine(t), func(m *Method) { m.RepricedShare = chi })
	full := run(t, engine(t), varied(t, e)...)
	op, err := e.Operator()
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range run(t, e, varied(t, e)...) {
		o, f, u := &r.Units[0], e.Figures[r.Units[0].Unit], &e.Catalog.Units[r.Units[0].Unit]
		where := name(e, r)
		v, rise := o.Market.PriceRise, o.Market.PriceRise*f.PriceUSDPerTonne/1e6
		grow := func(kappa, eta float64) float64 {
			if kappa == 0 {
				return 1
			}
			return 1 + kappa*(1-math.Pow(1+v, -eta/kappa))
		}
		y1 := f.PrimaryTonnes*grow(f.IdleShare[u.USA], f.SupplyElasticity) + f.SecondaryTonnes*grow(f.RecyclingIdleShare, f.RecyclingElasticity)
		y0 := f.PrimaryTonnes + f.SecondaryTonnes
		near(t, where+" (ii)", r.Parts.UsersPriceMUSD, -rise*f.UseTonnes*(1-o.Market.UseCut)*chi, 1e-9, 0)
		near(t, where+" (iii)", r.Parts.ProducerVolumeMUSD, op.Table.ValueAddedShare[u.Producer]*f.PriceUSDPerTonne*(y1-y0)/1e6, 1e-9, 1e-9*f.PriceUSDPerTonne*y0/1e6)
		near(t, where+" (iv)", r.Parts.ProducerPriceMUSD, rise*y1*chi, 1e-9, 0)
		// Contracts move the price parts alone.
		all := full[i].Parts
		if r.Parts.HitMUSD != all.HitMUSD || r.Parts.RestMUSD != all.RestMUSD || r.Parts.ProducerVolumeMUSD != all.ProducerVolumeMUSD {
			t.Errorf("%s: repricing moves quantities", where)
		}
		// Semi-log: the bound in closed form but for the producers' area.
		if y0 == 0 {
			near(t, where+" bound", r.BoundMUSD, f.PriceUSDPerTonne*f.UseTonnes*o.Market.UseCut/-f.DemandElasticity/1e6, 1e-12, 0)
		}
		if v > 0 && r.ValuePerTonneOverPrice > 0 {
			near(t, where+" value per tonne", r.ValuePerTonneOverPrice, -r.Parts.HitMUSD*1e6/(o.Market.UseCut*f.UseTonnes)/(f.PriceUSDPerTonne*o.Market.PriceRatio), 1e-12, 0)
		}
		// A user's row of (ii): what it has left of every application.
		for h, j := range f.Industries {
			left := 0.0
			for a := range f.Applications {
				left += f.BuyerShare[h*len(f.Applications)+a] * r.Detail.Uses[a].ShareOfUse * (1 - r.Detail.Uses[a].Cut)
			}
			near(t, where+" (ii) of an industry", r.Detail.Industries[j].UsersPriceMUSD, -rise*chi*f.UseTonnes*left, 1e-12, -1e-6*r.Parts.UsersPriceMUSD)
		}
	}
}

func TestListedWithoutCutIsNotListed(t *testing.T) {
	e := engine(t)
	s := restriction(t, e, "palladium", "RUS")
	results := run(t, e, s, together(s, cut(restriction(t, e, "palladium", "ZAF"), 0)), together(cut(outage(t, e, "gallium", "CHN"), 0), s))
	if results[1] != results[0] || results[2] != results[0] {
		t.Errorf("a cut of 0 makes another scenario: %s, %s, %s", results[0].Hash, results[1].Hash, results[2].Hash)
	}
}

// Equal scenarios written differently are computed once.
func TestEqualScenariosAreOne(t *testing.T) {
	e := engine(t)
	a, b, c := restriction(t, e, "palladium", "RUS"), restriction(t, e, "palladium", "ZAF"), restriction(t, e, "gallium", "CHN")
	results := run(t, e, together(a, b, c), together(c, b, a), together(b, a, cut(b, 0.2), c), together(c, restriction(t, e, "gallium", "FRA"), a, b, a), a)
	for i, r := range results[:4] {
		if r != results[0] {
			t.Errorf("writing %d: %s is computed apart from %s", i, name(e, r), name(e, results[0]))
		}
	}
	if results[4] == results[0] {
		t.Error("different scenarios share a result")
	}
	for _, r := range results { // canonical form: canonical again
		again, notes, err := r.Scenario.Canonical(e.Catalog, e.Figures)
		if err != nil || len(notes) != 0 || again.Hash(e.Catalog) != r.Hash {
			t.Errorf("%s: %v %v", name(e, r), notes, err)
		}
	}
}

// A larger cut never lowers price or shortage; one year of it is the longest.
func TestLargerCut(t *testing.T) {
	for _, demand := range []market.Demand{market.SemiLog, market.Linear, market.IsoElastic} {
		e := with(t, engine(t), func(m *Method) { m.Demand = demand })
		for _, s := range varied(t, e) {
			var list []scenario.Scenario
			for _, fraction := range []float64{0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1} {
				list = append(list, cut(s, fraction))
			}
			results := run(t, e, list...)
			for k, r := range results[1:] {
				before, after := &results[k].Units[0].Market, &r.Units[0].Market
				if after.PriceRatio < before.PriceRatio || after.UseCut < before.UseCut {
					t.Errorf("%s: price %g, cut %g, less than at a smaller cut: %g, %g", name(e, r), after.PriceRatio, after.UseCut, before.PriceRatio, before.UseCut)
				}
			}
		}
	}
}

// Adding a country that withdraws never lowers price or shortage.
func TestMoreCountries(t *testing.T) {
	e := engine(t)
	for _, name := range sampleUnits {
		i := unit(t, e, name)
		list := scenario.Baseline(e.Catalog, e.Figures, []int{i})
		list = slices.DeleteFunc(list, func(s scenario.Scenario) bool { return s.Withdrawals[0].Kind != scenario.ExportRestriction })
		last := 0.0
		for n := 1; n <= min(4, len(list)); n++ {
			r := run(t, e, together(list[:n]...))[0]
			if got := r.Units[0].Market.UseCut; got < last-1e-14 {
				t.Errorf("%s: cut %g, without the last country %g", r.Scenario.Canon(e.Catalog), got, last)
			} else {
				last = got
			}
		}
	}
}

func TestMonthsAreLinear(t *testing.T) {
	e := engine(t)
	for _, s := range append(varied(t, e), together(restriction(t, e, "palladium", "RUS"), restriction(t, e, "rhodium", "ZAF"))) {
		full := run(t, e, s)[0]
		for _, months := range []float64{6, 3, 0.375} { // exact shares of a year
			s.Months = months
			r, share := run(t, e, s)[0], months/12
			p, q := r.Parts, full.Parts
			if p != (Parts{share * q.HitMUSD, share * q.UsersPriceMUSD, share * q.ProducerVolumeMUSD, share * q.ProducerPriceMUSD, share * q.RestMUSD}) {
				t.Errorf("%s: parts %v of %v", name(e, r), p, q)
			}
			if r.LossMUSD != share*full.LossMUSD || r.SuppliersMUSD != share*full.SuppliersMUSD || r.BuyersMUSD != share*full.BuyersMUSD || r.BoundMUSD != share*full.BoundMUSD {
				t.Errorf("%s: loss %g of %g, suppliers %g of %g, bound %g of %g", name(e, r), r.LossMUSD, full.LossMUSD, r.SuppliersMUSD, full.SuppliersMUSD, r.BoundMUSD, full.BoundMUSD)
			}
			if r.Units[0].Market != full.Units[0].Market || r.PriceAboveValueAdded != full.PriceAboveValueAdded {
				t.Errorf("%s: the market or the flags depend on the months", name(e, r))
			}
			near(t, name(e, r)+" value per tonne", r.ValuePerTonneOverPrice, full.ValuePerTonneOverPrice, 1e-14, 0)
		}
	}
}

// Stocks, where the method lets them be used, never raise the shortage.
func TestMoreStocks(t *testing.T) {
	e := engine(t)
	list := varied(t, e)
	last := run(t, e, list...)
	for _, share := range []float64{0.25, 0.5, 1} {
		e := with(t, e, func(m *Method) { m.StockShare = share })
		now := run(t, e, list...)
		lower := 0
		for i, r := range now {
			if got, before := r.Units[0].Market.UseCut, last[i].Units[0].Market.UseCut; got > before {
				t.Errorf("%s: cut %g with more stocks, %g before", name(e, r), got, before)
			} else if got < before {
				lower++
			}
		}
		if lower < len(list)/2 {
			t.Errorf("stocks of %g matter in %d of %d scenarios", share, lower, len(list))
		}
		last = now
	}
}

// Hit industries alone lose no more than the whole economy does.
func TestNoneIsAtMostSoft(t *testing.T) {
	e := engine(t)
	none := with(t, e, func(m *Method) { m.Downstream = economy.None })
	soft, hard := run(t, e, baseline(e)...), run(t, none, baseline(e)...)
	for i, r := range soft {
		p, q := r.Parts, hard[i].Parts
		if q.RestMUSD != 0 {
			t.Errorf("%s: rest %g", name(none, hard[i]), q.RestMUSD)
		}
		if -(q.HitMUSD) > -(p.HitMUSD+p.RestMUSD)*(1+1e-12) {
			t.Errorf("%s: none loses %g, soft %g", name(e, r), -q.HitMUSD, -(p.HitMUSD + p.RestMUSD))
		}
		if q.UsersPriceMUSD != p.UsersPriceMUSD || q.ProducerPriceMUSD != p.ProducerPriceMUSD || q.ProducerVolumeMUSD != p.ProducerVolumeMUSD {
			t.Errorf("%s: the price parts depend on the downstream setting", name(e, r))
		}
	}
}

// By the definition of least-cost, no rule loses less value added of hit
// industries under `none`, as long as no mineral's own output is left out.
func TestLeastCostIsLeast(t *testing.T) {
	e := engine(t)
	losses := map[shortage.Rule][]*Result{}
	for _, rule := range []shortage.Rule{shortage.LeastCost, shortage.LeastDeviation, shortage.ProRata} {
		losses[rule] = run(t, with(t, e, func(m *Method) { m.Sharing, m.Downstream = rule, economy.None }), varied(t, e)...)
	}
	compared := 0
	for i, r := range losses[shortage.LeastCost] {
		if e.ownOutputMUSD(r.Units[0].Unit) > 0 {
			continue
		}
		compared++
		for _, rule := range []shortage.Rule{shortage.LeastDeviation, shortage.ProRata} {
			if other := losses[rule][i]; -r.Parts.HitMUSD > -other.Parts.HitMUSD*(1+1e-9) {
				t.Errorf("%s: least-cost loses %g, %s %g", name(e, r), -r.Parts.HitMUSD, rule, -other.Parts.HitMUSD)
			}
		}
	}
	if compared < 8 {
		t.Errorf("%d scenarios compared", compared)
	}
}

// An outage of the US takes its primary output away; recycling goes on and grows.
func TestOutageAtHome(t *testing.T) {
	e := engine(t)
	for _, id := range []string{"copper-refined", "palladium", "molybdenum", "zinc-smelted"} {
		i := unit(t, e, id)
		f := e.Figures[i]
		for _, fraction := range []float64{0.5, 1} {
			s := cut(outage(t, e, id, catalog.USA), fraction)
			r := run(t, e, s)[0]
			o := &r.Units[0]
			running := (1 - fraction) * f.PrimaryTonnes
			if f.PrimaryTonnes == 0 || o.PrimaryAfter > running*(1+f.IdleShare[e.Catalog.Units[i].USA])*(1+1e-15) || o.PrimaryAfter < running {
				t.Errorf("%s: primary output after %g, of %g before", name(e, r), o.PrimaryAfter, f.PrimaryTonnes)
			}
			if o.SecondaryAfter < f.SecondaryTonnes {
				t.Errorf("%s: secondary output after %g, before %g", name(e, r), o.SecondaryAfter, f.SecondaryTonnes)
			}
			if r.Parts.ProducerVolumeMUSD >= 0 || o.Market.UseCut <= 0 {
				t.Errorf("%s: part (iii) %g, cut %g", name(e, r), r.Parts.ProducerVolumeMUSD, o.Market.UseCut)
			}
		}
	}
}

// An outage also takes what the country's own users bought: the price is higher
// than under an export restriction as long as those users still want more than
// the recycled tonnes where they are.
func TestOutageAgainstRestriction(t *testing.T) {
	e := engine(t)
	higher, lower := 0, 0
	for _, s := range restrictions(e) {
		i := s.Withdrawals[0].Unit
		u, f := &e.Catalog.Units[i], e.Figures[i]
		c := u.Country(s.Withdrawals[0].Country)
		results := runWith(t, e, Options{Workers: 1}, s, scenario.Single(i, s.Withdrawals[0].Country, scenario.ProductionOutage))
		a, b := &results[0].Units[0].Market, &results[1].Units[0].Market
		if !a.HasPrice || !b.HasPrice || f.UseShare[c] == 0 {
			continue
		}
		want := 1 - a.UseCut - f.RecycledShare*(1+market.SupplyGrowth(f.RecyclingIdleShare, f.RecyclingElasticity, a.PriceRise))
		switch {
		case want > 1e-9 && b.PriceRise > a.PriceRise:
			higher++
		case want < -1e-9 && b.PriceRise < a.PriceRise:
			lower++
		case math.Abs(want) > 1e-9:
			t.Errorf("%s: price ratio %g, outage %g; home users would want %g of their use", name(e, results[0]), a.PriceRatio, b.PriceRatio, want)
		}
	}
	t.Logf("the outage is dearer in %d scenarios, cheaper in %d", higher, lower)
	if higher < 500 {
		t.Errorf("compared: %d", higher)
	}
}

// Several minerals at once: sigma_j = 1 - PROD_m (1 - sigma_jm).
func TestCompound(t *testing.T) {
	e := engine(t)
	none := with(t, e, func(m *Method) { m.Downstream = economy.None })
	op, err := e.Operator()
	if err != nil {
		t.Fatal(err)
	}
	pairs := [][2]scenario.Scenario{
		{restriction(t, e, "gallium", "CHN"), restriction(t, e, "germanium", "CHN")},
		{restriction(t, e, "palladium", "RUS"), restriction(t, e, "rhodium", "ZAF")},
		{restriction(t, e, "copper-refined", "CHL"), outage(t, e, "copper-mined", "CHL")},
	}
	for _, p := range pairs {
		both := run(t, none, together(p[0], p[1]))[0]
		one, two := run(t, none, p[0])[0], run(t, none, p[1])[0]
		for k, single := range []*Result{one, two} {
			o := both.Units[slices.IndexFunc(both.Units, func(o UnitOutcome) bool { return o.Unit == single.Units[0].Unit })]
			if o != single.Units[0] {
				t.Errorf("%s: the market of unit %d depends on the other", name(e, both), k)
			}
		}
		for j, row := range both.Detail.Industries {
			x := op.Table.OutputMUSD[j]
			producer := j == e.Catalog.Units[one.Units[0].Unit].Producer || j == e.Catalog.Units[two.Units[0].Unit].Producer
			if x == 0 || producer { // its own output is left out: held in TestEveryAnswer
				continue
			}
			a, b := -one.Detail.Industries[j].OutputChangeMUSD/x, -two.Detail.Industries[j].OutputChangeMUSD/x
			near(t, name(e, both)+": loss share", -row.OutputChangeMUSD/x, 1-(1-a)*(1-b), 1e-12, 1e-3)
		}
		near(t, name(e, both)+" (ii)", both.Parts.UsersPriceMUSD, one.Parts.UsersPriceMUSD+two.Parts.UsersPriceMUSD, 1e-12, 0)
		near(t, name(e, both)+" (iv)", both.Parts.ProducerPriceMUSD, one.Parts.ProducerPriceMUSD+two.Parts.ProducerPriceMUSD, 1e-12, 0)

		// Both losses are there, shared industries counted once.
		soft := run(t, e, together(p[0], p[1]), p[0], p[1])
		real := func(r *Result) float64 { return -(r.Parts.HitMUSD + r.Parts.RestMUSD) }
		if real(soft[0]) < math.Max(real(soft[1]), real(soft[2]))*(1-1e-9) {
			t.Errorf("%s: loses %g, one of them alone %g and %g", name(e, soft[0]), real(soft[0]), real(soft[1]), real(soft[2]))
		}
	}
}

// A compound whose second part all but vanishes is the single scenario: the
// direct way and the prepared one agree. Units with US output are left out as
// second part, for that is taken out of their industry whatever their cut.
func TestCompoundWithTinySecond(t *testing.T) {
	e := engine(t)
	list := varied(t, e)
	for _, s := range list {
		for _, other := range []scenario.Scenario{restriction(t, e, "strontium", "MEX"), restriction(t, e, "cesium", "CHN"), restriction(t, e, "graphite-natural", "CHN"), restriction(t, e, "copper-refined", "CHL")} {
			if other.Withdrawals[0].Unit == s.Withdrawals[0].Unit {
				continue
			}
			one, both := run(t, e, s)[0], run(t, e, together(s, cut(other, 1e-12)))[0]
			near(t, name(e, both), both.LossMUSD, one.LossMUSD, 1e-8, 1)
			for j, row := range both.Detail.Industries {
				near(t, name(e, both)+": an output", row.OutputChangeMUSD, one.Detail.Industries[j].OutputChangeMUSD, 1e-8, 1-one.Parts.HitMUSD)
			}
		}
	}
}

// Where no flow would turn negative, forbidding it changes nothing.
func TestEnforcedWithinRange(t *testing.T) {
	e := engine(t)
	enforced := with(t, e, func(m *Method) { m.EnforceBounds = true })
	list := []scenario.Scenario{restriction(t, e, "gallium", "CHN"), cut(outage(t, e, "copper-refined", "CHL"), 0.5),
		together(restriction(t, e, "palladium", "RUS"), restriction(t, e, "rhodium", "ZAF"))}
	got := run(t, enforced, list...)
	for i, r := range run(t, e, list...) {
		if r.Detail.Diagnostics.SmallestFlow <= 0 {
			t.Fatalf("%s: smallest flow %g", name(e, r), r.Detail.Diagnostics.SmallestFlow)
		}
		near(t, name(e, r), got[i].LossMUSD, r.LossMUSD, 1e-8, 0)
		for j, row := range r.Detail.Industries {
			near(t, name(e, r)+": an output", got[i].Detail.Industries[j].OutputChangeMUSD, row.OutputChangeMUSD, 1e-7, 1e-2*-r.Parts.HitMUSD)
		}
	}
}

// Flags say what the numbers say.
func TestFlags(t *testing.T) {
	e := engine(t)
	ration, price := 0, 0
	for _, r := range run(t, e, baseline(e)...) {
		text := strings.Join(r.Flags(), "; ")
		if got := strings.Contains(text, FlagRationing); got != (r.ValuePerTonneOverPrice > 10) {
			t.Errorf("%s: %q at a ratio of %g", name(e, r), text, r.ValuePerTonneOverPrice)
		} else if got {
			ration++
		}
		above := 0
		op, _ := e.Operator()
		for j, row := range r.Detail.Industries {
			if -row.UsersPriceMUSD > op.Table.ValueAddedShare[j]*op.Table.OutputMUSD[j] {
				above++
			}
		}
		if above != r.PriceAboveValueAdded || strings.Contains(text, FlagUsersPrice) != (above > 0) {
			t.Errorf("%s: %q, %d industries, counted %d", name(e, r), text, r.PriceAboveValueAdded, above)
		} else if above > 0 {
			price++
		}
	}
	t.Logf("rationing flag on %d scenarios, users' price flag on %d", ration, price)
	if ration == 0 {
		t.Error("no scenario is flagged")
	}
}

func TestMethodErrors(t *testing.T) {
	e := engine(t)
	for _, c := range []struct {
		change func(*Method)
		want   string
	}{
		{func(m *Method) { m.Lambda = 0.05 }, "lambda is 0.05: expected a number from 0.1 to 1"},
		{func(m *Method) { m.Lambda = math.NaN() }, "lambda is NaN"},
		{func(m *Method) { m.RepricedShare = 1.1 }, "repriced is 1.1: expected a number from 0 to 1"},
		{func(m *Method) { m.StockShare = -0.1 }, "stocks is -0.1"},
		{func(m *Method) { m.ChokePriceRatio = 1 }, "choke price ratio 1"},
		{func(m *Method) { m.ChokePriceRatio = math.Inf(1) }, "choke price ratio"},
		{func(m *Method) { m.Demand = 9 }, "Demand(9)"},
		{func(m *Method) { m.Judgement = "c" }, `judgement "c"`},
	} {
		m := DefaultMethod()
		c.change(&m)
		if _, err := New(e.Catalog, m); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want %q", m, err, c.want)
		}
	}
}
