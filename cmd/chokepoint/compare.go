package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/report"
)

func (a *app) compareCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "compare A B [C ...]",
		Short: "Compare scenarios: what differs, by market, part, use and industry",
		Long: `Compare scenarios side by side. Each is a scenario file, a name from the
library, a saved result (.json of disrupt), or a selector in quotes.`,
		Example: "  chokepoint compare \"gallium --from CHN\" \"gallium --from CHN --to USA\"\n  chokepoint compare mine.yaml china-gallium-germanium-2023",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 || len(args) > ask.MaxCompared {
				return &fault.Error{Code: fault.Usage, File: cmd.CommandPath(), What: fmt.Sprintf("%d scenarios", len(args)), Expected: fmt.Sprintf("2 to %d", ask.MaxCompared),
					Do: "Put a selector in quotes: chokepoint compare \"gallium --from CHN\" \"gallium --from CHN --to USA\""}
			}
			x, err := a.load()
			if err != nil {
				return err
			}
			sides := make([]ask.Side, len(args))
			for i, arg := range args {
				if sides[i], err = a.compareOne(cmd, x, arg); err != nil {
					return err
				}
			}
			return a.writeComparison(cmd.Context(), x, sides)
		},
	}
}

func (a *app) compareOne(cmd *cobra.Command, x *session, arg string) (ask.Side, error) {
	if strings.HasSuffix(strings.ToLower(arg), ".json") {
		return savedResult(x, arg)
	}
	sel, err := a.quotedSelection(x, "compare", arg)
	if err != nil {
		return ask.Side{}, err
	}
	r, err := x.engine.One(cmd.Context(), sel.scenario)
	if err != nil {
		return ask.Side{}, err
	}
	return ask.NewSide(x.engine, x.probability, sel.label, r)
}

// maxSavedBytes bounds a saved result.
const maxSavedBytes = 32 << 20

// savedResult reads a .json that disrupt wrote. Its numbers are shown as saved.
func savedResult(x *session, name string) (ask.Side, error) {
	content, err := readLimited(name, maxSavedBytes)
	if err != nil {
		return ask.Side{}, err
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
		return ask.Side{}, bad("the file is no saved result")
	}
	if saved.Run == nil || len(saved.Result) != 1 {
		return ask.Side{}, bad("the file holds no single result")
	}
	if _, ok := saved.Result[0]["loss_musd"].(float64); !ok {
		return ask.Side{}, bad("the result has no loss_musd")
	}
	out := ask.Side{Label: name + " (saved)", Record: saved.Result[0], Uses: map[string]float64{}, Industries: map[string]float64{}}
	for _, u := range saved.Uses {
		out.Uses[fmt.Sprint(u["commodity"], "/", u["application"])], _ = u["cut"].(float64)
	}
	for _, i := range saved.Industries {
		out.Industries[fmt.Sprint(i["code"])], _ = i["gdp_musd"].(float64)
	}
	hash, err := x.engine.Catalog.Package.Hash()
	if err != nil {
		return ask.Side{}, err
	}
	if saved.Run.DataSHA256 != hash {
		out.Label += ", other data"
	}
	for _, s := range x.engine.Method.Settings() {
		if saved.Run.Method[s[0]] != s[1] {
			out.Label += ", " + s[0] + "=" + saved.Run.Method[s[0]]
		}
	}
	return out, nil
}

// shownQuantities say for people what the rows of a comparison are.
var shownQuantities = map[string][2]string{
	"price_ratio":                {"price, where the US buys", "x"},
	"use_cut":                    {"cut of US use", "%"},
	"use_after_t":                {"US use after", "t/yr"},
	"hit_gdp_musd":               {"(i)   hit industries produce less", "M USD"},
	"users_price_gdp_musd":       {"(ii)  users pay more", "M USD"},
	"producer_volume_gdp_musd":   {"(iii) US producers sell more", "M USD"},
	"producer_price_gdp_musd":    {"(iv)  US producers, higher prices", "M USD"},
	"rest_gdp_musd":              {"(v)   rest of the economy", "M USD"},
	"loss_musd":                  {"loss", "M USD"},
	"price_rationing_bound_musd": {"price-rationing bound", "M USD"},
	"value_per_tonne_over_price": {"value per tonne over price", "x"},
	"probability":                {"probability", ""},
}

// shownComparison is the table of quantities for people.
func shownComparison(t *export.Table) *export.Table {
	out := *t
	out.Rows = nil
	for _, row := range t.Rows {
		q := shownQuantities[row[0].(string)]
		shown := []any{q[0], q[1]}
		for _, cell := range row[2:] {
			shown = append(shown, percentIf(q[1], cell))
		}
		out.Rows = append(out.Rows, shown)
	}
	return &out
}

func (a *app) writeComparison(ctx context.Context, x *session, sides []ask.Side) error {
	main, legend, uses, industries := ask.ComparisonTables(x.engine.Catalog, sides)
	chances, notes, err := a.paired(ctx, x, sides)
	if err != nil {
		return err
	}
	notes = append(notes, report.Limits()...)
	return a.finishComparison(x, &answer{sources: comparedSources(x, sides), remarks: ask.Reasons(sides), tables: []*export.Table{main, legend, uses, industries, chances}, notes: notes, drawn: len(chances.Rows) > 0, text: func(w io.Writer) error {
		for i, side := range sides {
			fmt.Fprintf(w, "%s\n", wrap("", ask.Letter(i)+"  "+side.Label))
		}
		fmt.Fprintln(w)
		for i, page := range pages(shownComparison(main), 2, len(sides)) {
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
		if why := ask.Reasons(sides); len(why) > 0 {
			fmt.Fprintln(w, "\nWhy they differ")
			for _, line := range why {
				fmt.Fprintln(w, wrap("  ", line))
			}
		}
		fmt.Fprintln(w, "\nUses whose cut differs most (%)")
		for _, page := range pages(percentRows(uses), 2, len(sides)) {
			if err := export.WriteText(w, page, 5); err != nil {
				return err
			}
		}
		fmt.Fprintln(w, "\nIndustries whose GDP differs most (M USD)")
		for _, page := range pages(industries, 2, len(sides)) {
			if err := export.WriteText(w, page, 8); err != nil {
				return err
			}
		}
		return nil
	}}, main)
}

// paired draws the scenarios that were computed here with the same inputs.
func (a *app) paired(ctx context.Context, x *session, sides []ask.Side) (*export.Table, []string, error) {
	t := &export.Table{Name: "ranges", Columns: []export.Column{{Name: "letter", Heading: " "}, {Name: "loss_p05_musd", Heading: "5 %"}, {Name: "loss_p50_musd", Heading: "50 %"}, {Name: "loss_p95_musd", Heading: "95 %"},
		{Name: "chance_worse_than_a", Heading: "chance of a larger loss than A %", Meaning: "share of the draws in which the loss is larger than that of A"}}}
	var results []*assess.Result
	for _, side := range sides {
		if side.Result == nil { // a saved result has no draws
			return t, nil, nil
		}
		results = append(results, side.Result)
	}
	drawn, notes, err := a.drawnOf(ctx, x, results)
	if err != nil || drawn == nil {
		return t, nil, err
	}
	for i := range sides {
		low, median, high := ask.Range(drawn[i].LossMUSD)
		var chance any
		if i > 0 {
			chance = export.Percent(ask.ChanceWorse(drawn[0].LossMUSD, drawn[i].LossMUSD))
		}
		t.Add(ask.Letter(i), low, median, high, chance)
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

func percentIf(unit string, cell any) any {
	if v, ok := cell.(float64); ok && unit == "%" {
		return export.Percent(v)
	}
	return cell
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
