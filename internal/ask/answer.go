package ask

import (
	"context"
	"strings"

	"chokepoint/internal/assess"
	"chokepoint/internal/export"
	"chokepoint/internal/scenario"
	"chokepoint/internal/shortage"
)

// Baseline lists the baseline scenarios of some units; with restrictionsOnly
// those that a ranking adds up.
func Baseline(e *assess.Engine, units []int, blocs [][]string, restrictionsOnly bool) []scenario.Scenario {
	var out []scenario.Scenario
	for _, s := range scenario.Baseline(e.Catalog, e.Figures, units, blocs...) {
		if !restrictionsOnly || s.Withdrawals[0].Kind == scenario.ExportRestriction {
			out = append(out, s)
		}
	}
	return out
}

// SharingRules are the rules by which uses share a shortage, in a fixed order.
func SharingRules() []shortage.Rule {
	return []shortage.Rule{shortage.LeastDeviation, shortage.LeastCost, shortage.ProRata}
}

// OtherRules computes a result under the three sharing rules, which differ more
// than most parameters do (model.md section 4). with gives the engine for a rule.
func OtherRules(ctx context.Context, e *assess.Engine, r *assess.Result, with func(shortage.Rule) (*assess.Engine, error)) (map[shortage.Rule]*assess.Result, error) {
	out := map[shortage.Rule]*assess.Result{e.Method.Sharing: r}
	for _, rule := range SharingRules() {
		if out[rule] != nil {
			continue
		}
		other, err := with(rule)
		if err != nil {
			return nil, err
		}
		results, err := other.Run(ctx, []scenario.Scenario{r.Scenario}, assess.Options{Workers: 1})
		if err != nil {
			return nil, err
		}
		out[rule] = results[0]
	}
	return out, nil
}

// PartsTable lays the effect on GDP out in its parts, the fifth in two.
func PartsTable(r *assess.Result) *export.Table {
	t := &export.Table{Name: "parts", Columns: []export.Column{
		{Name: "part", Meaning: "number of the part"}, {Name: "name", Heading: "Effect on US GDP", Meaning: "the part in words"},
		{Name: "gdp_musd", Heading: "M USD", Unit: "million USD/yr", Meaning: "effect on US GDP; negative where GDP falls"}}}
	t.Add("i", "hit industries produce less", r.Parts.HitMUSD)
	t.Add("ii", "users pay more", r.Parts.UsersPriceMUSD)
	t.Add("iii", "US producers sell more", r.Parts.ProducerVolumeMUSD)
	t.Add("iv", "US producers sell at higher prices", r.Parts.ProducerPriceMUSD)
	t.Add("v-suppliers", "suppliers of the hit industries", r.SuppliersMUSD)
	t.Add("v-buyers", "buyers from the hit industries", r.BuyersMUSD)
	return t
}

// SharingTable lays out the loss under each sharing rule.
func SharingTable(chosen shortage.Rule, rules map[shortage.Rule]*assess.Result) *export.Table {
	t := &export.Table{Name: "sharing_rules", Columns: []export.Column{
		{Name: "rule", Meaning: "rule by which uses share the shortage"}, {Name: "chosen", Meaning: "whether this is the rule of the method"},
		{Name: "loss_musd", Unit: "million USD/yr", Meaning: "loss of GDP under this rule"}, {Name: "state", Meaning: "state under this rule"}}}
	for _, rule := range SharingRules() {
		if r := rules[rule]; r != nil {
			t.Add(rule.String(), export.YesNo(rule == chosen), r.LossMUSD, r.State)
		}
	}
	return t
}

// SourcesTables list the input tables with their sources and licences, and the
// citations that rows name.
func SourcesTables(e *assess.Engine) (tables, rows *export.Table, err error) {
	p := e.Catalog.Package
	tables = &export.Table{Name: "tables", Columns: []export.Column{
		{Name: "table", Meaning: "name of the table"}, {Name: "title", Meaning: "title"}, {Name: "description", Meaning: "what the table holds"}, {Name: "rows", Meaning: "rows"}, {Name: "vintage", Meaning: "year or edition"},
		{Name: "evidence", Meaning: "evidence grade or how it is graded"}, {Name: "licence", Meaning: "licence"}, {Name: "licence_url", Meaning: "address of the licence"}, {Name: "source", Meaning: "document or institution"},
		{Name: "url", Meaning: "address of the source"}, {Name: "overlaid", Meaning: "whether --data replaced blocks of it"}}}
	for i := range p.Resources {
		r := &p.Resources[i]
		t, err := p.Table(r.Name)
		if err != nil {
			return nil, nil, err
		}
		licence, address := "", ""
		if len(r.Licenses) > 0 {
			licence, address = r.Licenses[0].Title, r.Licenses[0].Path
		}
		for _, s := range r.Sources {
			tables.Add(r.Name, r.Title, r.Description, t.Rows(), r.Vintage, r.Evidence, licence, address, s.Title, s.Path, export.YesNo(p.Overlaid(r.Name)))
		}
	}
	sources, err := p.Table("sources")
	if err != nil {
		return nil, nil, err
	}
	rows = &export.Table{Name: "row_sources", Columns: []export.Column{{Name: "source", Meaning: "key in the column `source` of tables"}, {Name: "text", Meaning: "citation"}}}
	for i := range sources.Rows() {
		rows.Add(sources.Cell(i, "source"), strings.TrimSpace(sources.Cell(i, "text")))
	}
	return tables, rows, nil
}
