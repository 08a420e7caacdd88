package ask

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/market"
	"chokepoint/internal/probability"
	"chokepoint/internal/report"
	"chokepoint/internal/scenario"
)

// MaxCompared bounds a comparison to what fits beside each other.
const MaxCompared = 8

// ParseWords reads a selector in the words of the command line: the one word
// that names commodities, a file or a scenario, and the flags.
func ParseWords(text string) (word string, s Selector, err error) {
	words, err := SplitWords(text)
	if err != nil {
		return "", s, err
	}
	flags := pflag.NewFlagSet("selector", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	months := 0.0
	flags.StringSliceVar(&s.From, "from", nil, "")
	flags.StringSliceVar(&s.To, "to", nil, "")
	flags.StringVar(&s.Cut, "cut", "", "")
	flags.StringVar(&s.Kind, "kind", "", "")
	flags.Float64Var(&months, "months", scenario.FullYear, "")
	flags.StringVar(&s.Leakage, "leakage", "", "")
	flags.StringVar(&s.Offered, "offered", "", "")
	flags.StringArrayVar(&s.Blocs, "bloc", nil, "")
	if err := flags.Parse(words); err != nil {
		return "", s, &fault.Error{Code: fault.Usage, File: "scenario", What: fault.Quote(text) + ": " + fault.Quote(err.Error()), Expected: "a selector such as \"gallium --from CHN --to USA\""}
	}
	if flags.NArg() != 1 {
		return "", s, &fault.Error{Code: fault.Usage, File: "scenario", What: fmt.Sprintf("%s names %d scenarios", fault.Quote(text), flags.NArg()), Expected: "one: a name, or a commodity with --from"}
	}
	if flags.Changed("months") {
		s.Months = &months
	}
	return flags.Arg(0), s, nil
}

// Side is one scenario of a comparison.
type Side struct {
	Label      string
	Record     map[string]any     // the columns of a scenario's record
	Uses       map[string]float64 // cut, by commodity/application
	Industries map[string]float64 // GDP in million USD, by code
	Result     *assess.Result     // nil for a saved result
}

// NewSide takes what a comparison shows out of a result with detail.
func NewSide(e *assess.Engine, p *probability.Model, label string, r *assess.Result) (Side, error) {
	op, err := e.Operator()
	if err != nil {
		return Side{}, err
	}
	out := Side{Label: label, Result: r, Record: map[string]any{}, Uses: map[string]float64{}, Industries: map[string]float64{}}
	t := report.ScenarioTable(e.Catalog, p, []*assess.Result{r})
	for k, c := range t.Columns {
		out.Record[c.Name] = t.Rows[0][k]
	}
	for _, row := range report.UsesTable(e, r).Rows {
		out.Uses[fmt.Sprint(row[0], "/", row[1])], _ = export.Number(row[2])
	}
	industries := report.IndustriesTable(e.Catalog, r, op.Table.OutputMUSD)
	gdp := slices.IndexFunc(industries.Columns, func(c export.Column) bool { return c.Name == "gdp_musd" })
	for _, row := range industries.Rows {
		out.Industries[row[0].(string)], _ = export.Number(row[gdp])
	}
	return out, nil
}

// Quantity is a row of a comparison.
type Quantity struct {
	Column string // of a scenario's record
	Name   string // for people
	Unit   string
}

// ComparedQuantities are the rows of a comparison.
func ComparedQuantities() []Quantity {
	return []Quantity{
		{"price_ratio", "price, where the US buys", "1"},
		{"use_cut", "cut of US use", "1"},
		{"use_after_t", "US use after", "t/yr"},
		{"hit_gdp_musd", "(i) hit industries produce less", "million USD/yr"},
		{"users_price_gdp_musd", "(ii) users pay more", "million USD/yr"},
		{"producer_volume_gdp_musd", "(iii) US producers sell more", "million USD/yr"},
		{"producer_price_gdp_musd", "(iv) US producers, higher prices", "million USD/yr"},
		{"rest_gdp_musd", "(v) rest of the economy", "million USD/yr"},
		{"loss_musd", "loss", "million USD/yr"},
		{"price_rationing_bound_musd", "price-rationing bound", "million USD/yr"},
		{"value_per_tonne_over_price", "value per tonne over price", "1"},
		{"probability", "probability", "1"},
	}
}

// Letter names a side of a comparison: A, B, ...
func Letter(side int) string { return string(rune('A' + side)) }

// ComparisonTables lay scenarios out side by side: the quantities with the
// differences to the first, a legend, uses and industries by the largest difference.
func ComparisonTables(c *catalog.Catalog, sides []Side) (quantities, legend, uses, industries *export.Table) {
	quantities = &export.Table{Name: "comparison", Columns: []export.Column{{Name: "quantity", Heading: "quantity", Meaning: "column of a scenario's record", Flexible: true}, {Name: "unit", Heading: "unit", Meaning: "unit of measure"}}}
	legend = &export.Table{Name: "scenarios", Columns: []export.Column{{Name: "letter", Meaning: "column of the comparison"}, {Name: "label", Meaning: "scenario in words"}, {Name: "scenario", Meaning: "hash"}, {Name: "state", Meaning: "state"}}}
	for i, s := range sides {
		quantities.Columns = append(quantities.Columns, export.Column{Name: strings.ToLower(Letter(i)), Heading: Letter(i), Meaning: "value of scenario " + Letter(i)})
		legend.Add(Letter(i), s.Label, fmt.Sprint(s.Record["scenario"]), fmt.Sprint(s.Record["state"]))
	}
	for i := range sides[1:] {
		quantities.Columns = append(quantities.Columns, export.Column{Name: strings.ToLower(Letter(i+1)) + "_less_a", Heading: Letter(i+1) + " - A", Meaning: "difference to the first"})
	}
	for _, q := range ComparedQuantities() {
		row := []any{q.Column, q.Unit}
		for _, s := range sides {
			row = append(row, numberOrNone(s.Record[q.Column]))
		}
		first, known := row[2].(float64)
		for i := range sides[1:] {
			var difference any
			if v, ok := row[3+i].(float64); ok && known {
				difference = v - first
			}
			row = append(row, difference)
		}
		quantities.Rows = append(quantities.Rows, row)
	}
	uses = differences("uses", "application", sides, func(s Side) map[string]float64 { return s.Uses }, func(key string) string { return key })
	industries = differences("industries", "code", sides, func(s Side) map[string]float64 { return s.Industries }, func(code string) string {
		if j, ok := c.IndustryIndex(code); ok {
			return c.Industries[j].Name
		}
		return code
	})
	return quantities, legend, uses, industries
}

// numberOrNone is the number in a cell, or nil.
func numberOrNone(cell any) any {
	if v, ok := export.Number(cell); ok {
		return v
	}
	return nil
}

// differences lists the keys of all sides, the largest difference first.
func differences(name, key string, sides []Side, of func(Side) map[string]float64, label func(string) string) *export.Table {
	t := &export.Table{Name: name, Columns: []export.Column{{Name: key, Meaning: "key"}, {Name: "name", Heading: key, Meaning: "name", Flexible: true}}}
	if key == "code" {
		t.Columns[1].Heading = "industry"
	}
	keys := map[string]bool{}
	for i, s := range sides {
		t.Columns = append(t.Columns, export.Column{Name: strings.ToLower(Letter(i)), Heading: Letter(i), Meaning: "value of scenario " + Letter(i)})
		for k := range of(s) {
			keys[k] = true
		}
	}
	spread := map[string]float64{}
	var sorted []string
	for k := range keys {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, s := range sides {
			lo, hi = math.Min(lo, of(s)[k]), math.Max(hi, of(s)[k])
		}
		spread[k] = hi - lo
		sorted = append(sorted, k)
	}
	slices.SortFunc(sorted, func(a, b string) int {
		if spread[a] != spread[b] {
			if spread[a] > spread[b] {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	for _, k := range sorted {
		row := []any{k, label(k)}
		for _, s := range sides {
			row = append(row, of(s)[k])
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// Reasons says in words what makes the scenarios differ from the first.
func Reasons(sides []Side) []string {
	out := []string{}
	h := export.Human
	price := func(o *market.Outcome) string {
		if !o.HasPrice {
			return "(none)"
		}
		return h(o.PriceRatio)
	}
	for i, s := range sides {
		if s.Result == nil {
			continue
		}
		for k := range s.Result.Units {
			t := s.Result.Units[k].Targeting
			if t == nil {
				continue
			}
			everybody := "(none)"
			if t.EverybodyPriceRatio != 0 {
				everybody = h(t.EverybodyPriceRatio)
			}
			out = append(out, fmt.Sprintf("%s: two markets. Of %s t/yr that the targets import, %s are refused to them; others buy these and re-route %s (at most %s %%). Inside, the price is x %s; elsewhere x %s. A stop for everybody would give x %s.",
				Letter(i), h(t.NetImportTonnes), h(t.RefusedTonnes), h(t.ReroutedTonnes), h(100*t.ReroutableShare), price(&t.Target), price(&t.Other), everybody))
			if !t.EconomyInside {
				out = append(out, Letter(i)+": the United States is not among the targets and buys in the other market.")
			}
		}
	}
	for i, s := range sides[1:] {
		largest, name := 0.0, ""
		for _, q := range ComparedQuantities() {
			if !strings.HasSuffix(q.Column, "_gdp_musd") {
				continue
			}
			a, okA := export.Number(sides[0].Record[q.Column])
			b, okB := export.Number(s.Record[q.Column])
			if okA && okB && math.Abs(b-a) > math.Abs(largest) {
				largest, name = b-a, q.Name
			}
		}
		if name != "" {
			out = append(out, fmt.Sprintf("%s against %s: the largest difference, %s M USD, is in %s.", Letter(i+1), Letter(0), h(largest), name))
		}
	}
	return out
}
