package catalog

import (
	"chokepoint/internal/datapackage"
)

// SourceRow is where a number of the catalogue comes from.
type SourceRow struct {
	Place  string // file:line:col
	What   string // what the cell says
	Value  string // the cell, with its unit
	Grade  string // evidence grade; "" where the table has none
	Source string // the document, or the reason of the judge
}

func (c *Catalog) origin(t *datapackage.Table, row int, field, what string) SourceRow {
	value := t.Cell(row, field)
	if t.Missing(field, row) {
		value = "not known"
	}
	out := SourceRow{Place: t.Place(row, field).String(), What: what, Value: value}
	for _, f := range t.Resource.Schema.Fields {
		switch f.Name {
		case field:
			unit := f.Unit
			switch unit { // the row says
			case "field unit":
				unit = t.Cell(row, "unit")
			case "see price_unit":
				unit = t.Cell(row, "price_unit")
			}
			if unit != "" && unit != "1" && unit != "see unit" && unit != "share" && value != "not known" {
				out.Value += " " + unit
			}
		case "grade":
			out.Grade = t.Cell(row, "grade")
		case "source":
			out.Source = c.SourceText(t.Cell(row, "source"))
		case "basis":
			out.Source = t.Cell(row, "basis")
		}
	}
	return out
}

// MarketOrigin is a cell of the unit's row in table us_market.
func (c *Catalog) MarketOrigin(unit int, field, what string) SourceRow {
	return c.origin(c.tables.market, c.Units[unit].rows.market, field, what)
}

// SecondaryOrigin is a cell of the unit's row in table secondary_supply.
func (c *Catalog) SecondaryOrigin(unit int, field, what string) SourceRow {
	return c.origin(c.tables.secondary, c.Units[unit].rows.secondary, field, what)
}

// StocksOrigin is the unit's row in table stocks.
func (c *Catalog) StocksOrigin(unit int) SourceRow {
	return c.origin(c.tables.stocks, c.Units[unit].rows.stocks, "commercial_stocks_months_mode", "commercial stocks")
}

// ProducerOrigin is the unit's row in table producer_industry.
func (c *Catalog) ProducerOrigin(unit int) SourceRow {
	return c.origin(c.tables.producer, c.Units[unit].rows.producer, "industry", "US industry that makes the unit")
}

// UnitOrigin is the unit's row in table commodities.
func (c *Catalog) UnitOrigin(unit int) SourceRow {
	return c.origin(c.tables.commodities, c.Units[unit].rows.unit, "stage", "stage of the form")
}

// SupplyOrigins are the rows of a country in the tables of supply and of use.
// country is an index into Unit.Countries.
func (c *Catalog) SupplyOrigins(unit, country int) []SourceRow {
	u := &c.Units[unit]
	var out []SourceRow
	if row := u.rows.supply[country]; row >= 0 {
		out = append(out, c.origin(c.tables.supply, row, "share_pct", "share of "+u.Countries[country]+" in world output"))
	}
	if row := u.rows.use[country]; row >= 0 {
		out = append(out, c.origin(c.tables.use, row, "share_pct", "share of "+u.Countries[country]+" in world use"))
	}
	return out
}

// IdleOrigins are the unit's rows in table idle_capacity.
func (c *Catalog) IdleOrigins(unit int) []SourceRow {
	var out []SourceRow
	for _, row := range c.Units[unit].rows.idle {
		s := c.origin(c.tables.idle, row, "usable_within_year_t_mode", "idle capacity of "+c.tables.idle.Text("country")[row])
		s.Source = c.tables.idle.Text("evidence")[row] + " (" + s.Source + ")"
		out = append(out, s)
	}
	return out
}

// judgedOrigins are the cells of the judgements in force.
func (c *Catalog) judgedOrigins(t *datapackage.Table, rows [2]int, j Judgement, field, what string) []SourceRow {
	var out []SourceRow
	for k, row := range rows {
		if row < 0 || !j.includes(k) {
			continue
		}
		out = append(out, c.origin(t, row, field, what+", judgement "+string('a'+rune(k))))
	}
	return out
}

// ElasticityOrigins are the judgements of a field of table elasticities.
func (c *Catalog) ElasticityOrigins(unit int, j Judgement, field, what string) []SourceRow {
	return c.judgedOrigins(c.tables.elasticities, c.Units[unit].rows.elasticities, j, field, what)
}

// EndUseOrigins are the judgements of the share of an application.
func (c *Catalog) EndUseOrigins(unit, application int, j Judgement) []SourceRow {
	u := &c.Units[unit]
	return c.judgedOrigins(c.tables.endUses, u.rows.endUse[application], j, "share_pct", "share of "+u.Applications[application]+" in US use")
}

// PairOrigins are the judgements of a field (dependence_mode or weight) of an
// application and an industry.
func (c *Catalog) PairOrigins(unit, application, industry int, j Judgement, field string) []SourceRow {
	u := &c.Units[unit]
	what := map[string]string{"dependence_mode": "dependence", "weight": "share bought"}[field]
	for k, p := range u.Pairs {
		if p.Application == application && p.Industry == industry {
			return c.judgedOrigins(c.tables.pairs, u.rows.pair[k], j, field, what+" of "+c.Industries[industry].Name+" on "+u.Applications[application])
		}
	}
	return nil
}

// AnchorOrigin is a row of table probability_anchors.
func (c *Catalog) AnchorOrigin(row int) SourceRow {
	return c.origin(c.tables.anchors, row, "probability", c.tables.anchors.Text("kind")[row])
}

// DecisionOrigins are the rows of a country in table restriction_decisions.
func (c *Catalog) DecisionOrigins(country string) []SourceRow {
	t, err := c.Package.Table("restriction_decisions")
	if err != nil {
		return nil
	}
	var out []SourceRow
	for row, code := range t.Text("country") {
		if code == country {
			out = append(out, c.origin(t, row, "commodities", t.Text("kind")[row]+" of "+t.Text("date")[row]))
		}
	}
	return out
}

// ControlOrigin is a row of table controls_in_force.
func (c *Catalog) ControlOrigin(row int) SourceRow {
	t, err := c.Package.Table("controls_in_force")
	if err != nil {
		return SourceRow{Place: "controls_in_force.csv"}
	}
	return c.origin(t, row, "since", "export control in force ("+t.Text("kind")[row]+") since")
}

// Triple is a low, a most likely and a high value.
type Triple struct{ Low, Mode, High float64 }

// mergeTriples merges two judgements: mode = mean of the modes (a judgement
// without the row counts 0), low = the smallest of the mean of the lows and both
// modes, high = the largest of the mean of the highs and both modes.
func mergeTriples(a, b Triple) Triple {
	return Triple{
		Low:  min((a.Low+b.Low)/2, a.Mode, b.Mode),
		Mode: (a.Mode + b.Mode) / 2,
		High: max((a.High+b.High)/2, a.Mode, b.Mode),
	}
}

func (c *Catalog) triple(t *datapackage.Table, rows [2]int, j Judgement, name string) Triple {
	var x [2]Triple
	for k, row := range rows {
		if row >= 0 {
			x[k] = Triple{t.Numbers(name + "_low")[row], t.Numbers(name + "_mode")[row], t.Numbers(name + "_high")[row]}
		}
	}
	switch j {
	case JudgeA:
		return x[0]
	case JudgeB:
		return x[1]
	}
	return mergeTriples(x[0], x[1])
}

// Elasticity is the range of the elasticity of use ("demand") or supply.
func (c *Catalog) Elasticity(unit int, j Judgement, name string) Triple {
	return c.triple(c.tables.elasticities, c.Units[unit].rows.elasticities, j, name)
}

// DependenceRange is the range of the dependence of an industry on an application.
func (c *Catalog) DependenceRange(unit, application, industry int, j Judgement) Triple {
	u := &c.Units[unit]
	for k, p := range u.Pairs {
		if p.Application == application && p.Industry == industry {
			return c.triple(c.tables.pairs, u.rows.pair[k], j, "dependence")
		}
	}
	return Triple{}
}

// OriginsWhere are the cells of a field in the rows of a table that hold certain
// values, given as pairs of field and value. what says of a row what it is.
func (c *Catalog) OriginsWhere(table, field string, what func(cell func(field string) string) string, where ...[2]string) ([]SourceRow, error) {
	t, err := c.Package.Table(table)
	if err != nil {
		return nil, err
	}
	var out []SourceRow
rows:
	for row := range t.Rows() {
		for _, w := range where {
			if t.Text(w[0])[row] != w[1] {
				continue rows
			}
		}
		s := c.origin(t, row, field, what(func(field string) string { return t.Cell(row, field) }))
		if s.Source == "" {
			s.Source = t.Resource.Sources[0].Title
		}
		out = append(out, s)
	}
	return out, nil
}
