package catalog

import (
	"fmt"
	"math"

	"chokepoint/internal/datapackage"
)

// shareTolerancePct is how far the printed shares of a block may be from 100:
// they are printed with five or six digits.
const shareTolerancePct = 0.01

// What the model can take. Clearing a market (package market) has the same
// limits; here they come with the place of the cell.
const (
	largestTonnes     = 1e15 // also USD per tonne
	smallestTonnes    = 1e-9
	largestElasticity = 20
	smallestResponse  = 1e-4 // of |elasticity of use|: below, the price has no meaning left
	largestIdleShare  = 1e6
	largestMonths     = 1200
)

// checkUnit holds the rows of a unit against the rules of model.md section 1.
func (c *Catalog) checkUnit(u *Unit) error {
	if err := sumsTo(c.tables.supply, "share_pct", u.rows.supply, 100, shareTolerancePct, "the supply shares of "+u.ID); err != nil {
		return err
	}
	if err := sumsTo(c.tables.use, "share_pct", u.rows.use, 100, shareTolerancePct, "the use shares of "+u.ID); err != nil {
		return err
	}
	m, el := c.tables.market, c.tables.elasticities
	for _, field := range []string{"world_production_t", "price_usd_per_t", "consumption_t"} {
		if !(m.Numbers(field)[u.rows.market] > 0) {
			return m.Fault(u.rows.market, field, field+" of "+u.ID+" is 0", "more than 0")
		}
	}
	if err := c.checkLimits(u); err != nil {
		return err
	}
	for _, row := range u.rows.elasticities {
		if err := ordered(el, row, "demand"); err != nil {
			return err
		}
		if err := ordered(el, row, "supply"); err != nil {
			return err
		}
	}
	for j := range 2 {
		var uses []int
		for _, rows := range u.rows.endUse {
			if rows[j] >= 0 {
				uses = append(uses, rows[j])
			}
		}
		if err := sumsTo(c.tables.endUses, "share_pct", uses, 100, shareTolerancePct, fmt.Sprintf("the uses of %s in judgement %c", u.ID, 'a'+j)); err != nil {
			return err
		}
		for a := range u.Applications {
			var buyers []int
			for k, p := range u.Pairs {
				if row := u.rows.pair[k][j]; row >= 0 && p.Application == a {
					buyers = append(buyers, row)
					if err := ordered(c.tables.pairs, row, "dependence"); err != nil {
						return err
					}
				}
			}
			if len(buyers) == 0 {
				if row := u.rows.endUse[a][j]; row >= 0 {
					return c.tables.endUses.Fault(row, "application", fmt.Sprintf("no industry buys %s, %s in judgement %c", u.ID, u.Applications[a], 'a'+j), "rows in application_industries.csv whose weights sum to 1")
				}
				continue
			}
			what := fmt.Sprintf("the weights of %s, %s in judgement %c", u.ID, u.Applications[a], 'a'+j)
			if err := sumsTo(c.tables.pairs, "weight", buyers, 1, 1e-4, what); err != nil {
				return err
			}
		}
	}
	if err := ordered(c.tables.secondary, u.rows.secondary, "one_year_price_response"); err != nil {
		return err
	}
	if err := ordered(c.tables.stocks, u.rows.stocks, "commercial_stocks_months"); err != nil {
		return err
	}
	for _, row := range u.rows.idle {
		if err := ordered(c.tables.idle, row, "usable_within_year_t"); err != nil {
			return err
		}
	}
	return nil
}

// checkLimits holds the numbers of a unit against what the model can take.
func (c *Catalog) checkLimits(u *Unit) error {
	type limit struct {
		table    *datapackage.Table
		row      int
		field    string
		min, max float64
		why      string
	}
	m, sec := c.tables.market, c.tables.secondary
	limits := []limit{
		{m, u.rows.market, "world_production_t", smallestTonnes, largestTonnes, ""},
		{m, u.rows.market, "consumption_t", 0, largestTonnes, ""},
		{m, u.rows.market, "production_primary_t", 0, largestTonnes, ""},
		{m, u.rows.market, "production_secondary_t", 0, largestTonnes, ""},
		{m, u.rows.market, "price_usd_per_t", 0, largestTonnes, ""},
		{sec, u.rows.secondary, "one_year_price_response_mode", 0, largestElasticity, ""},
		{sec, u.rows.secondary, "max_increase_pct_within_year", 0, 100 * largestIdleShare, ""},
		{c.tables.stocks, u.rows.stocks, "commercial_stocks_months_mode", 0, largestMonths, ""},
	}
	for _, row := range u.rows.elasticities {
		limits = append(limits,
			limit{c.tables.elasticities, row, "demand_mode", -largestElasticity, -smallestResponse, ": with 0 no price clears the market"},
			limit{c.tables.elasticities, row, "supply_mode", 0, largestElasticity, ""},
			limit{c.tables.elasticities, row, "spare_capacity_pct_outside_leader", 0, 100 * largestIdleShare, ""})
	}
	for _, row := range u.rows.idle {
		limits = append(limits, limit{c.tables.idle, row, "usable_within_year_t_mode", 0, largestTonnes, ""})
	}
	for _, x := range limits {
		if v := x.table.Numbers(x.field)[x.row]; !(v >= x.min && v <= x.max) {
			return x.table.Fault(x.row, x.field, fmt.Sprintf("%s of %s is %g", x.field, u.ID, v), fmt.Sprintf("a number from %g to %g%s", x.min, x.max, x.why))
		}
	}
	return nil
}

// sumsTo holds a sum over rows (-1 = none) against what it should be; the error
// stands at the first of the rows.
func sumsTo(t *datapackage.Table, field string, rows []int, want, tolerance float64, what string) error {
	sum, first := 0.0, -1
	for _, row := range rows {
		if row >= 0 {
			sum += t.Numbers(field)[row]
			if first < 0 || row < first {
				first = row
			}
		}
	}
	if first >= 0 && math.Abs(sum-want) > tolerance {
		return t.Fault(first, field, fmt.Sprintf("%s sum to %.8g", what, sum), fmt.Sprintf("%g, within %g", want, tolerance))
	}
	return nil
}

// ordered holds low <= mode <= high. The fields are name_low or, where a unit
// stands in the name, name with _low at the end.
func ordered(t *datapackage.Table, row int, name string) error {
	low, mode, high := t.Numbers(name + "_low")[row], t.Numbers(name + "_mode")[row], t.Numbers(name + "_high")[row]
	if low <= mode && mode <= high {
		return nil
	}
	return t.Fault(row, name+"_mode", fmt.Sprintf("%s: low %g, mode %g, high %g are out of order", name, low, mode, high), "low <= mode <= high")
}
