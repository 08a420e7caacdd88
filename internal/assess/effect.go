package assess

import (
	"slices"

	"chokepoint/internal/economy"
	"chokepoint/internal/market"
	"chokepoint/internal/scenario"
)

// producers fills the US output after and the price-rationing bound of a unit.
func (e *Engine) producers(o *UnitOutcome, outageUSA float64) {
	f, u := e.Figures[o.Unit], &e.Catalog.Units[o.Unit]
	v, kappa := o.Market.PriceRise, f.IdleShare[u.USA]
	primary, secondary := 0.0, 0.0
	if o.Market.HasPrice {
		primary, secondary = market.SupplyGrowth(kappa, f.SupplyElasticity, v), market.SupplyGrowth(f.RecyclingIdleShare, f.RecyclingElasticity, v)
	}
	running := e.outputAfter(o, outageUSA, primary, secondary)
	if v > 0 {
		use := f.UseTonnes * e.Method.Demand.Area(f.DemandElasticity, v)
		output := running*market.SupplyArea(kappa, f.SupplyElasticity, v) +
			f.SecondaryTonnes*market.SupplyArea(f.RecyclingIdleShare, f.RecyclingElasticity, v)
		o.BoundMUSD = f.PriceUSDPerTonne * (use - output) / 1e6
	}
}

// outputAfter fills US use and output after an outage and growth of output; it
// returns the primary output that runs, t/yr.
func (e *Engine) outputAfter(o *UnitOutcome, outageUSA, primary, secondary float64) (running float64) {
	f := e.Figures[o.Unit]
	o.UseAfterTonnes = f.UseTonnes * (1 - o.Market.UseCut)
	running = f.PrimaryTonnes * (1 - outageUSA)
	o.PrimaryAfter, o.SecondaryAfter = running*(1+primary), f.SecondaryTonnes*(1+secondary)
	o.OutputChange = running*primary + f.SecondaryTonnes*secondary - f.PrimaryTonnes*outageUSA
	return running
}

// effect computes (E3) from the output changes and cleared markets: industry
// rows into w.rows, then the parts as their sums.
func (w *worker) effect(r *Result) error {
	va := w.op.Table.ValueAddedShare
	slices.Sort(w.hit)
	if !slices.Equal(w.hit, w.sideOf) || w.sideOf == nil {
		if err := w.op.Table.Linkage(w.sides, w.hit); err != nil {
			return err
		}
		w.sideOf = append(w.sideOf[:0], w.hit...)
	}
	clear(w.rows)
	for j, dx := range w.change {
		row := &w.rows[j]
		row.OutputChangeMUSD, row.Side = dx, w.sides[j]
		row.RestMUSD = va[j] * dx
	}
	for _, j := range w.hit {
		w.rows[j].HitMUSD, w.rows[j].RestMUSD = w.rows[j].RestMUSD, 0
	}
	for k := range r.Units {
		if err := w.prices(&r.Units[k]); err != nil {
			return err
		}
	}
	share := r.Scenario.Months / scenario.FullYear
	for j := range w.rows {
		row := &w.rows[j]
		if share != 1 {
			row.OutputChangeMUSD *= share
			row.HitMUSD *= share
			row.UsersPriceMUSD *= share
			row.ProducerVolumeMUSD *= share
			row.ProducerPriceMUSD *= share
			row.RestMUSD *= share
		}
		r.Parts.HitMUSD += row.HitMUSD
		r.Parts.UsersPriceMUSD += row.UsersPriceMUSD
		r.Parts.ProducerVolumeMUSD += row.ProducerVolumeMUSD
		r.Parts.ProducerPriceMUSD += row.ProducerPriceMUSD
		r.Parts.RestMUSD += row.RestMUSD
		if -row.UsersPriceMUSD > share*va[j]*w.op.Table.OutputMUSD[j] {
			r.PriceAboveValueAdded++
		}
	}
	r.SuppliersMUSD, r.BuyersMUSD = w.splitRest()
	r.LossMUSD = r.Parts.LossMUSD()
	w.judge(r, share)
	return nil
}

// splitRest splits part (v) into suppliers and buyers of the hit industries.
func (w *worker) splitRest() (suppliersMUSD, buyersMUSD float64) {
	for j := range w.rows {
		switch w.rows[j].Side {
		case economy.Supplier:
			suppliersMUSD += w.rows[j].RestMUSD
		case economy.Buyer:
			buyersMUSD += w.rows[j].RestMUSD
		}
	}
	return suppliersMUSD, buyersMUSD
}

// prices adds parts (ii), (iii) and (iv) of one unit to the industry rows: (ii)
// by the tonnage that each industry has left, (iii) and (iv) at the producer.
func (w *worker) prices(o *UnitOutcome) error {
	e := w.e
	f, m := e.Figures[o.Unit], &e.units[o.Unit]
	producer := e.Catalog.Units[o.Unit].Producer
	after := o.PrimaryAfter + o.SecondaryAfter
	w.rows[producer].ProducerVolumeMUSD += w.op.Table.ValueAddedShare[producer] * f.PriceUSDPerTonne * o.OutputChange / 1e6
	if !o.Market.HasPrice || o.Market.PriceRise == 0 {
		return nil
	}
	rise := o.Market.PriceRise * f.PriceUSDPerTonne * e.Method.RepricedShare / 1e6
	w.rows[producer].ProducerPriceMUSD += rise * after
	cut := o.Market.UseCut
	w.cuts = zeros(w.cuts, len(f.Applications))
	if err := m.path.Cuts(w.cuts, effectiveCut(cut)); err != nil {
		return err
	}
	n := len(f.Applications)
	for k, j := range f.Industries {
		left := 0.0 // share of US use that the industry still buys
		for a, share := range f.ApplicationShare {
			kept := 1 - w.cuts[a]
			if cut < 0 { // use grows alike everywhere
				kept = 1 - cut
			}
			left += f.BuyerShare[k*n+a] * share * kept
		}
		w.rows[j].UsersPriceMUSD -= rise * f.UseTonnes * left
	}
	return nil
}

// judge fills the state, the ratio of (i) per tonne to the price, and the bound.
func (w *worker) judge(r *Result, share float64) {
	cutValue := 0.0 // value of the tonnes cut at the price after, million USD
	for k := range r.Units {
		o := &r.Units[k]
		f := w.e.Figures[o.Unit]
		r.BoundMUSD += share * o.BoundMUSD
		if o.Market.HasPrice {
			cutValue += share * effectiveCut(o.Market.UseCut) * f.UseTonnes * f.PriceUSDPerTonne * o.Market.PriceRatio / 1e6
		}
	}
	r.State = r.state()
	if r.HasPrice() && cutValue > 0 {
		r.ValuePerTonneOverPrice = -r.Parts.HitMUSD / cutValue
	}
}

// detail copies the industry rows and the cuts of the applications.
func (w *worker) detail(r *Result) error {
	d := &Detail{Industries: slices.Clone(w.rows)}
	for k := range r.Units {
		o := &r.Units[k]
		f, m := w.e.Figures[o.Unit], &w.e.units[o.Unit]
		w.cuts = zeros(w.cuts, len(f.Applications))
		if err := m.path.Cuts(w.cuts, effectiveCut(o.Market.UseCut)); err != nil {
			return err
		}
		for a, application := range f.Applications {
			d.Uses = append(d.Uses, UseCut{o.Unit, application, f.ApplicationShare[a], w.cuts[a]})
		}
	}
	r.Detail = d
	return nil
}
