package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/internal/assess"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/report"
)

// maxCompared bounds a comparison to what fits beside each other.
const maxCompared = 8

func (a *app) compareCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "compare A B [C ...]",
		Short: "Compare scenarios: what differs, by market, part, use and industry",
		Long: `Compare scenarios side by side. Each is a scenario file, a name from the
library, a saved result (.json of disrupt), or a selector in quotes.`,
		Example: "  chokepoint compare \"gallium --from CHN\" \"gallium --from CHN --to USA\"\n  chokepoint compare mine.yaml china-gallium-germanium-2023",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 || len(args) > maxCompared {
				return &fault.Error{Code: fault.Usage, File: cmd.CommandPath(), What: fmt.Sprintf("%d scenarios", len(args)), Expected: fmt.Sprintf("2 to %d", maxCompared),
					Do: "Put a selector in quotes: chokepoint compare \"gallium --from CHN\" \"gallium --from CHN --to USA\""}
			}
			x, err := a.load()
			if err != nil {
				return err
			}
			columns := make([]compared, len(args))
			for i, arg := range args {
				if columns[i], err = a.compareOne(cmd, x, arg); err != nil {
					return err
				}
				columns[i].letter = string(rune('A' + i))
			}
			return a.writeComparison(cmd.Context(), x, columns)
		},
	}
}

// compared is one scenario of a comparison.
type compared struct {
	letter, label string
	record        map[string]any // the columns of a scenario's record
	uses          map[string]float64
	industries    map[string]float64
	result        *assess.Result // nil for a saved result
}

func (a *app) compareOne(cmd *cobra.Command, x *session, arg string) (compared, error) {
	if strings.HasSuffix(strings.ToLower(arg), ".json") {
		return savedResult(x, arg)
	}
	sel, err := a.quotedSelection(x, "compare", arg)
	if err != nil {
		return compared{}, err
	}
	r, err := x.engine.One(cmd.Context(), sel.scenario)
	if err != nil {
		return compared{}, err
	}
	op, err := x.engine.Operator()
	if err != nil {
		return compared{}, err
	}
	out := compared{label: sel.label, result: r, record: map[string]any{}, uses: map[string]float64{}, industries: map[string]float64{}}
	t := report.ScenarioTable(x.engine.Catalog, x.probability, []*assess.Result{r})
	for k, c := range t.Columns {
		out.record[c.Name] = t.Rows[0][k]
	}
	for _, row := range report.UsesTable(x.engine, r).Rows {
		out.uses[fmt.Sprint(row[0], "/", row[1])], _ = export.Number(row[2])
	}
	industries := report.IndustriesTable(x.engine.Catalog, r, op.Table.OutputMUSD)
	for _, row := range industries.Rows {
		out.industries[row[0].(string)] = row[len(row)-1].(float64)
	}
	return out, nil
}

// maxSavedBytes bounds a saved result.
const maxSavedBytes = 32 << 20

// savedResult reads a .json that disrupt wrote. Its numbers are shown as saved.
func savedResult(x *session, name string) (compared, error) {
	content, err := readLimited(name, maxSavedBytes)
	if err != nil {
		return compared{}, err
	}
	bad := func(what string) error {
		return &fault.Error{Code: fault.InvalidData, File: name, What: what, Expected: "a result that `chokepoint disrupt ... -o file.json` wrote"}
	}
	var saved struct {
		Run        *report.Run      `json:"run"`
		Result     []map[string]any `json:"result"`
		Uses       []map[string]any `json:"uses"`
		Industries []map[string]any `json:"industries"`
	}
	d := json.NewDecoder(bytes.NewReader(content))
	if err := d.Decode(&saved); err != nil {
		return compared{}, bad("the file is no saved result")
	}
	if saved.Run == nil || len(saved.Result) != 1 {
		return compared{}, bad("the file holds no single result")
	}
	if _, ok := saved.Result[0]["loss_musd"].(float64); !ok {
		return compared{}, bad("the result has no loss_musd")
	}
	out := compared{label: name + " (saved)", record: saved.Result[0], uses: map[string]float64{}, industries: map[string]float64{}}
	for _, u := range saved.Uses {
		out.uses[fmt.Sprint(u["commodity"], "/", u["application"])], _ = u["cut"].(float64)
	}
	for _, i := range saved.Industries {
		out.industries[fmt.Sprint(i["code"])], _ = i["gdp_musd"].(float64)
	}
	hash, err := x.engine.Catalog.Package.Hash()
	if err != nil {
		return compared{}, err
	}
	if saved.Run.DataSHA256 != hash {
		out.label += ", other data"
	}
	for _, s := range x.engine.Method.Settings() {
		if saved.Run.Method[s[0]] != s[1] {
			out.label += ", " + s[0] + "=" + saved.Run.Method[s[0]]
		}
	}
	return out, nil
}

// splitWords splits a selector at spaces outside quotes.
func splitWords(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	quote, open := rune(0), false
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, open = r, true
		case quote == 0 && (r == ' ' || r == '\t' || r == '\n'):
			if open || word.Len() > 0 {
				words = append(words, word.String())
			}
			word.Reset()
			open = false
		default:
			word.WriteRune(r)
		}
	}
	if quote != 0 {
		return nil, &fault.Error{Code: fault.Usage, File: "compare", What: fault.Quote(text) + ": a quote is not closed", Expected: "quotes in pairs"}
	}
	if open || word.Len() > 0 {
		words = append(words, word.String())
	}
	return words, nil
}

// comparedQuantities are the rows of a comparison, with headings for people.
var comparedQuantities = []struct{ column, name, unit string }{
	{"price_ratio", "price, where the US buys", "x"},
	{"use_cut", "cut of US use", "%"},
	{"use_after_t", "US use after", "t/yr"},
	{"hit_gdp_musd", "(i)   hit industries produce less", "M USD"},
	{"users_price_gdp_musd", "(ii)  users pay more", "M USD"},
	{"producer_volume_gdp_musd", "(iii) US producers sell more", "M USD"},
	{"producer_price_gdp_musd", "(iv)  US producers, higher prices", "M USD"},
	{"rest_gdp_musd", "(v)   rest of the economy", "M USD"},
	{"loss_musd", "loss", "M USD"},
	{"price_rationing_bound_musd", "price-rationing bound", "M USD"},
	{"value_per_tonne_over_price", "value per tonne over price", "x"},
	{"probability", "probability", ""},
}

func (a *app) writeComparison(ctx context.Context, x *session, columns []compared) error {
	main := &export.Table{Name: "comparison", Columns: []export.Column{{Name: "quantity", Heading: "quantity", Meaning: "column of a scenario's record", Flexible: true}, {Name: "unit", Heading: "unit"}}}
	legend := &export.Table{Name: "scenarios", Columns: []export.Column{{Name: "letter", Heading: "", Meaning: "column of the comparison"}, {Name: "label", Heading: "", Meaning: "scenario"}, {Name: "scenario", Meaning: "hash"}, {Name: "state"}}}
	for _, c := range columns {
		main.Columns = append(main.Columns, export.Column{Name: strings.ToLower(c.letter), Heading: c.letter})
		legend.Add(c.letter, c.label, fmt.Sprint(c.record["scenario"]), fmt.Sprint(c.record["state"]))
	}
	for _, c := range columns[1:] {
		main.Columns = append(main.Columns, export.Column{Name: strings.ToLower(c.letter) + "_less_a", Heading: c.letter + " - A", Meaning: "difference to the first"})
	}
	text := *main
	text.Rows = nil
	for _, q := range comparedQuantities {
		row, shown := []any{q.column, machineUnit(q.unit)}, []any{q.name, q.unit}
		var first any
		for i, c := range columns {
			cell := asNumber(c.record[q.column])
			if i == 0 {
				first = cell
			}
			row, shown = append(row, cell), append(shown, percentIf(q.unit, cell))
		}
		for _, c := range columns[1:] {
			var diff any
			if v, ok := asNumber(c.record[q.column]).(float64); ok {
				if f, ok := first.(float64); ok {
					diff = v - f
				}
			}
			row, shown = append(row, diff), append(shown, percentIf(q.unit, diff))
		}
		main.Rows, text.Rows = append(main.Rows, row), append(text.Rows, shown)
	}
	uses := differences("uses", "application", columns, func(c compared) map[string]float64 { return c.uses }, func(s string) string { return s })
	industries := differences("industries", "code", columns, func(c compared) map[string]float64 { return c.industries }, func(code string) string {
		if i, ok := x.engine.Catalog.IndustryIndex(code); ok {
			return x.engine.Catalog.Industries[i].Name
		}
		return code
	})
	chances, notes, err := a.paired(ctx, x, columns)
	if err != nil {
		return err
	}
	notes = append(notes, report.Limits()...)
	return a.finishComparison(x, &answer{tables: []*export.Table{main, legend, uses, industries, chances}, notes: notes, drawn: len(chances.Rows) > 0, text: func(w io.Writer) error {
		for _, c := range columns {
			fmt.Fprintf(w, "%s\n", wrap("", c.letter+"  "+c.label))
		}
		fmt.Fprintln(w)
		for i, page := range pages(&text, 2, len(columns)) {
			if i > 0 {
				fmt.Fprintln(w)
			}
			if err := export.WriteText(w, page, 0); err != nil {
				return err
			}
		}
		if len(chances.Rows) > 0 {
			fmt.Fprintln(w, "\nRanges of the loss, M USD (the same draws of the inputs in every scenario)")
			if err := export.WriteText(w, chances, 0); err != nil {
				return err
			}
		}
		if why := reasons(columns); len(why) > 0 {
			fmt.Fprintln(w, "\nWhy they differ")
			for _, line := range why {
				fmt.Fprintln(w, wrap("  ", line))
			}
		}
		fmt.Fprintln(w, "\nUses whose cut differs most (%)")
		for _, page := range pages(percentRows(uses), 2, len(columns)) {
			if err := export.WriteText(w, page, 5); err != nil {
				return err
			}
		}
		fmt.Fprintln(w, "\nIndustries whose GDP differs most (M USD)")
		for _, page := range pages(industries, 2, len(columns)) {
			if err := export.WriteText(w, page, 8); err != nil {
				return err
			}
		}
		return nil
	}}, main)
}

// paired draws the scenarios that were computed here with the same inputs.
func (a *app) paired(ctx context.Context, x *session, columns []compared) (*export.Table, []string, error) {
	t := &export.Table{Name: "ranges", Columns: []export.Column{{Name: "letter", Heading: " "}, {Name: "loss_p05_musd", Heading: "5 %"}, {Name: "loss_p50_musd", Heading: "50 %"}, {Name: "loss_p95_musd", Heading: "95 %"},
		{Name: "chance_worse_than_a", Heading: "chance of a larger loss than A %", Meaning: "share of the draws in which the loss is larger than that of A"}}}
	var results []*assess.Result
	for _, c := range columns {
		if c.result == nil { // a saved result has no draws
			return t, nil, nil
		}
		results = append(results, c.result)
	}
	drawn, notes, err := a.drawnOf(ctx, x, results)
	if err != nil || drawn == nil {
		return t, nil, err
	}
	for i, c := range columns {
		low, median, high := rangeOf(drawn[i].LossMUSD)
		var chance any
		if i > 0 {
			chance = export.Percent(chanceWorse(drawn[0].LossMUSD, drawn[i].LossMUSD))
		}
		t.Add(c.letter, low, median, high, chance)
	}
	return t, notes, nil
}

func (a *app) finishComparison(x *session, answer *answer, main *export.Table) error {
	if err := a.write(x, answer); err != nil {
		return err
	}
	a.tell(answer.notes)
	return a.failIf(main)
}

// perPage is how many scenarios a text shows beside each other.
const perPage = 4

// pages splits a table of several scenarios into tables that fit a page, each
// with the first columns. More than three are shown without differences.
func pages(t *export.Table, fixed, scenarios int) []*export.Table {
	if scenarios < perPage {
		return []*export.Table{t}
	}
	var out []*export.Table
	for from := 0; from < scenarios; from += perPage {
		low, high := fixed+from, fixed+min(from+perPage, scenarios)
		page := &export.Table{Name: t.Name, Columns: slices.Concat(t.Columns[:fixed], t.Columns[low:high])}
		for _, row := range t.Rows {
			page.Rows = append(page.Rows, slices.Concat(row[:fixed], row[low:high]))
		}
		out = append(out, page)
	}
	return out
}

// asNumber is the number in a cell, or nil.
func asNumber(cell any) any {
	if v, ok := export.Number(cell); ok {
		return v
	}
	return nil
}

// machineUnit is the unit of a number that files carry as a share.
func machineUnit(unit string) string {
	switch unit {
	case "%", "x", "":
		return "1"
	case "M USD":
		return "million USD/yr"
	}
	return unit
}

func percentIf(unit string, cell any) any {
	if v, ok := cell.(float64); ok && unit == "%" {
		return export.Percent(v)
	}
	return cell
}

// differences lists the keys of all scenarios, the largest difference first.
func differences(name, key string, columns []compared, of func(compared) map[string]float64, label func(string) string) *export.Table {
	t := &export.Table{Name: name, Columns: []export.Column{{Name: key}, {Name: "name", Heading: key, Flexible: true}}}
	if key == "code" {
		t.Columns[1].Heading = "industry"
	}
	keys := map[string]bool{}
	for _, c := range columns {
		t.Columns = append(t.Columns, export.Column{Name: strings.ToLower(c.letter), Heading: c.letter})
		for k := range of(c) {
			keys[k] = true
		}
	}
	spread := map[string]float64{}
	var sorted []string
	for k := range keys {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, c := range columns {
			lo, hi = math.Min(lo, of(c)[k]), math.Max(hi, of(c)[k])
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
		for _, c := range columns {
			row = append(row, of(c)[k])
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// percentRows shows the numbers of a table in percent.
func percentRows(t *export.Table) *export.Table {
	out := *t
	out.Rows = nil
	for _, row := range t.Rows {
		shown := slices.Clone(row)
		for k, cell := range shown {
			if v, ok := cell.(float64); ok {
				shown[k] = export.Percent(v)
			}
		}
		out.Rows = append(out.Rows, shown)
	}
	return &out
}

// reasons says in words what makes the scenarios differ from the first.
func reasons(columns []compared) []string {
	var out []string
	h := export.Human
	for _, c := range columns {
		if c.result == nil {
			continue
		}
		for k := range c.result.Units {
			t := c.result.Units[k].Targeting
			if t == nil {
				continue
			}
			out = append(out, fmt.Sprintf("%s: two markets. Of %s t/yr that the targets import, %s are refused to them; others buy these and re-route %s (at most %s %%). Inside, the price is x %s; elsewhere x %s. A stop for everybody would give x %s.",
				c.letter, h(t.NetImportTonnes), h(t.RefusedTonnes), h(t.ReroutedTonnes), h(100*t.ReroutableShare), priceText(&t.Target), priceText(&t.Other), ratioText(t.EverybodyPriceRatio)))
			if !t.EconomyInside {
				out = append(out, c.letter+": the United States is not among the targets and buys in the other market.")
			}
		}
	}
	first := columns[0]
	for _, c := range columns[1:] {
		largest, name := 0.0, ""
		for _, q := range comparedQuantities {
			if !strings.HasSuffix(q.column, "_gdp_musd") {
				continue
			}
			a, okA := asNumber(first.record[q.column]).(float64)
			b, okB := asNumber(c.record[q.column]).(float64)
			if okA && okB && math.Abs(b-a) > math.Abs(largest) {
				largest, name = b-a, q.name
			}
		}
		if name != "" {
			out = append(out, fmt.Sprintf("%s against %s: the largest difference, %s M USD, is in %s.", c.letter, first.letter, h(largest), strings.Join(strings.Fields(name), " ")))
		}
	}
	return out
}
