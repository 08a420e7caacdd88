package server

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/explain"
	"chokepoint/internal/export"
	"chokepoint/internal/market"
	"chokepoint/internal/report"
	"chokepoint/internal/scenario"
	"chokepoint/internal/shortage"
)

// number is a number that json writes with twelve digits, as tables do.
type number float64

// MarshalJSON writes the number. One that is not finite is an error.
func (n number) MarshalJSON() ([]byte, error) {
	v := float64(n)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil, errors.New("a number is not finite")
	}
	return strconv.AppendFloat(nil, v+0, 'g', 12, 64), nil
}

// Targeting is how a targeted restriction cleared: two markets (M2).
type targeting struct {
	Targets             []string             `json:"targets"`
	EconomyInside       bool                 `json:"economy_inside"`
	InsideState         string               `json:"inside_state"`
	InsidePriceRatio    *number              `json:"inside_price_ratio"`
	InsideUseCut        number               `json:"inside_use_cut"`
	OutsideState        string               `json:"outside_state"`
	OutsidePriceRatio   *number              `json:"outside_price_ratio"`
	OutsideUseCut       number               `json:"outside_use_cut"`
	NetImportsTonnes    number               `json:"net_imports_t"`
	RefusedTonnes       number               `json:"refused_t"`
	ReroutedTonnes      number               `json:"rerouted_t"`
	OfferedShare        number               `json:"offered_share"`
	ReroutableShare     number               `json:"reroutable_share"`
	Capped              bool                 `json:"capped"`
	OnePrice            bool                 `json:"one_price"`
	EverybodyPriceRatio *number              `json:"everybody_price_ratio"`
	Withdrawals         []targetedWithdrawal `json:"withdrawals"`
}

type targetedWithdrawal struct {
	Country       string `json:"country"`
	BoundShare    number `json:"bound_share"`
	FromTrade     bool   `json:"from_trade"`
	RefusedTonnes number `json:"refused_t"`
}

func targetingOf(t *assess.Targeting) *targeting {
	price := func(o *market.Outcome) *number {
		if !o.HasPrice {
			return nil
		}
		return (*number)(&o.PriceRatio)
	}
	out := &targeting{Targets: t.Targets, EconomyInside: t.EconomyInside, InsideState: marketState(&t.Target), InsidePriceRatio: price(&t.Target), InsideUseCut: number(t.Target.UseCut),
		OutsideState: marketState(&t.Other), OutsidePriceRatio: price(&t.Other), OutsideUseCut: number(t.Other.UseCut), NetImportsTonnes: number(t.NetImportTonnes), RefusedTonnes: number(t.RefusedTonnes),
		ReroutedTonnes: number(t.ReroutedTonnes), OfferedShare: number(t.OfferedShare), ReroutableShare: number(t.ReroutableShare), Capped: t.Capped, OnePrice: t.OnePrice, Withdrawals: []targetedWithdrawal{}}
	if t.EverybodyPriceRatio > 0 {
		out.EverybodyPriceRatio = (*number)(&t.EverybodyPriceRatio)
	}
	for _, w := range t.Withdrawals {
		out.Withdrawals = append(out.Withdrawals, targetedWithdrawal{w.Country, number(w.BoundShare), w.FromTrade, number(w.RefusedTonnes)})
	}
	return out
}

func marketState(o *market.Outcome) string { return o.State.String() }

// marketsTable lays out what happens in each market. Only json holds the two
// markets of a targeted restriction; csv has the columns without them.
func marketsTable(e *assess.Engine, r *assess.Result, nested bool) *export.Table {
	t := &export.Table{Name: "markets", Columns: []export.Column{
		{Name: "commodity", Meaning: "commodity unit"}, {Name: "state", Meaning: "state of the market"},
		{Name: "price_ratio", Unit: "1", Meaning: "price after over price before, pi of (M1), where the United States buys; empty where no price clears the market"},
		{Name: "use_cut", Unit: "1", Meaning: "share of use that is lost, r of (M1), where the United States buys; negative where use grows"},
		{Name: "net_exports_t", Unit: "t/yr", Meaning: "net exports of the countries that withdraw, base year"},
		{Name: "use_before_t", Unit: "t/yr", Meaning: "US use before, Q0"}, {Name: "use_after_t", Unit: "t/yr", Meaning: "US use after, Q1"},
		{Name: "primary_before_t", Unit: "t/yr", Meaning: "US primary output before"}, {Name: "primary_after_t", Unit: "t/yr", Meaning: "US primary output after"},
		{Name: "secondary_before_t", Unit: "t/yr", Meaning: "US secondary output before"}, {Name: "secondary_after_t", Unit: "t/yr", Meaning: "US secondary output after"},
		{Name: "price_usd_per_t", Unit: "USD/t", Meaning: "US price before, P0"}, {Name: "price_rationing_bound_musd", Unit: "million USD/yr", Meaning: "price-rationing bound of this unit"}}}
	if nested {
		t.Columns = append(t.Columns, export.Column{Name: "targeting", Meaning: "the two markets, where a withdrawal has targets"})
	}
	for k := range r.Units {
		o := &r.Units[k]
		f := e.Figures[o.Unit]
		var price any
		if o.Market.HasPrice {
			price = o.Market.PriceRatio
		}
		row := []any{e.Catalog.Units[o.Unit].ID, marketState(&o.Market), price, export.Percent(o.Market.UseCut), o.NetExportsTonnes, f.UseTonnes, o.UseAfterTonnes,
			f.PrimaryTonnes, o.PrimaryAfter, f.SecondaryTonnes, o.SecondaryAfter, f.PriceUSDPerTonne, o.BoundMUSD}
		if nested {
			var two any
			if o.Targeting != nil {
				two = targetingOf(o.Targeting)
			}
			row = append(row, two)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// diagnosticsOf says how the economy was solved.
func diagnosticsOf(e *assess.Engine, r *assess.Result) map[string]any {
	d := r.Detail.Diagnostics
	rise := ""
	if d.WouldRise > 0 && d.LargestRise >= 0 {
		rise = e.Catalog.Industries[d.LargestRise].Name
	}
	return map[string]any{"active_bounds": d.ActiveBounds, "smallest_flow": number(d.SmallestFlow), "would_rise": d.WouldRise, "largest_rise": rise}
}

// evaluate computes the answer to a question.
func (s *Server) evaluate(ctx context.Context, x *asked) (*content, error) {
	e := x.engine
	r, err := x.one(ctx)
	if err != nil {
		return nil, err
	}
	op, err := e.Operator()
	if err != nil {
		return nil, err
	}
	valueAdded, err := e.ValueAddedMUSD()
	if err != nil {
		return nil, err
	}
	gdp := 0.0
	for _, v := range valueAdded {
		gdp += v
	}
	record := report.ScenarioTable(e.Catalog, x.probability, []*assess.Result{r})
	record.Name = "result"
	parts, uses := ask.PartsTable(r), report.UsesTable(e, r)
	industries := report.IndustriesTable(e.Catalog, r, op.Table.OutputMUSD)
	if slices.Contains(x.omit, "industries") {
		industries.Rows = nil
	}
	sources := explain.RowsTable(nil)
	if !slices.Contains(x.omit, "sources") {
		sources = explain.Sources(e, x.probability, r)
	}
	rules := map[shortage.Rule]*assess.Result{}
	if !slices.Contains(x.omit, "sharing_rules") {
		if rules, err = ask.OtherRules(ctx, e, r, func(rule shortage.Rule) (*assess.Engine, error) {
			m := e.Method
			m.Sharing = rule
			return s.engines.of(m, e.Sets()[len(s.engines.base.Sets()):])
		}); err != nil {
			return nil, err
		}
	}
	sharing := ask.SharingTable(e.Method.Sharing, rules)
	run, err := s.run(x.session, x.words, &r.Scenario, append(slices.Clone(x.idle), report.Limits()...))
	if err != nil {
		return nil, err
	}
	flags := r.Flags()
	if flags == nil {
		flags = []string{}
	}
	file := &scenario.File{Scenario: x.whole}
	return &content{
		sections: []export.Section{{Name: "run", Value: run}, {Name: "label", Value: x.label}, {Name: "hash", Value: r.Hash}, {Name: "scenario", Value: documentOf(e.Catalog, file)},
			{Name: "without_effect", Value: x.idle}, {Name: "state", Value: r.State}, {Name: "lower_bound", Value: r.LowerBound()}, {Name: "flags", Value: flags},
			{Name: "result", Value: record}, {Name: "parts", Value: parts}, {Name: "markets", Value: marketsTable(e, r, true)}, {Name: "uses", Value: uses}, {Name: "industries", Value: industries},
			{Name: "sharing_rules", Value: sharing}, {Name: "sources", Value: sources}, {Name: "diagnostics", Value: diagnosticsOf(e, r)}, {Name: "gdp_musd", Value: number(gdp)}},
		tables: []*export.Table{record, parts, marketsTable(e, r, false), uses, industries, sharing, sources},
	}, nil
}

// compare lays questions side by side.
func (s *Server) compare(ctx context.Context, list []*asked) (*content, error) {
	var sides []ask.Side
	var runs []*report.Run
	for _, x := range list {
		r, err := x.one(ctx)
		if err != nil {
			return nil, err
		}
		side, err := ask.NewSide(x.engine, x.probability, x.label, r)
		if err != nil {
			return nil, err
		}
		run, err := s.run(x.session, x.words, &r.Scenario, append(slices.Clone(x.idle), report.Limits()...))
		if err != nil {
			return nil, err
		}
		sides, runs = append(sides, side), append(runs, run)
	}
	quantities, legend, uses, industries := ask.ComparisonTables(s.engines.base.Catalog, sides)
	return &content{
		sections: []export.Section{{Name: "runs", Value: runs}, {Name: "scenarios", Value: legend}, {Name: "comparison", Value: quantities}, {Name: "uses", Value: uses},
			{Name: "industries", Value: industries}, {Name: "why", Value: ask.Reasons(sides)}},
		tables: []*export.Table{quantities, legend, uses, industries},
	}, nil
}

// explanation is what a column is.
type explanation struct {
	Column    string   `json:"column"`
	Value     any      `json:"value"`
	Unit      string   `json:"unit"`
	Meaning   string   `json:"meaning"`
	Equations []string `json:"equations"`
	Reference string   `json:"reference"`
	Notes     []string `json:"notes"`
}

// explain says where a column comes from.
func (s *Server) explain(ctx context.Context, x *asked, column string) (*content, error) {
	r, err := x.one(ctx)
	if err != nil {
		return nil, err
	}
	y, err := explain.Column(ctx, x.engine, x.probability, r, column)
	if err != nil {
		return nil, err
	}
	return s.explained(x.session, slices.Concat([]string{"explain"}, x.words[1:], []string{column}), &r.Scenario, slices.Clone(x.idle), y)
}

// explained is an explanation as an answer. sc is the scenario it is of, or nil.
func (s *Server) explained(on *session, words []string, sc *scenario.Scenario, notes []string, y *explain.Explanation) (*content, error) {
	run, err := s.run(on, words, sc, append(notes, report.Limits()...))
	if err != nil {
		return nil, err
	}
	statement := explanation{y.Column, y.Value, y.Unit, y.Meaning, orEmpty(y.Equations), y.Reference, orEmpty(y.Notes)}
	if v, ok := export.Number(y.Value); ok {
		statement.Value = number(v)
	}
	symbols := &export.Table{Name: "symbols", Columns: []export.Column{{Name: "symbol", Meaning: "symbol in the equation"}, {Name: "value", Meaning: "value"}, {Name: "unit", Meaning: "unit of measure"}, {Name: "meaning", Meaning: "meaning"}}}
	for _, z := range y.Symbols {
		symbols.Add(z.Symbol, z.Value, z.Unit, z.Meaning)
	}
	rows := explain.RowsTable(y.Rows)
	rows.Name = "rows"
	terms := &export.Table{Name: "terms"}
	if y.Terms != nil {
		terms = &export.Table{Name: "terms", Columns: y.Terms.Columns, Rows: y.Terms.Rows}
	}
	return &content{
		sections: []export.Section{{Name: "run", Value: run}, {Name: "explanation", Value: statement}, {Name: "symbols", Value: symbols}, {Name: "rows", Value: rows},
			{Name: "terms_columns", Value: columnsOf(terms)}, {Name: "terms", Value: terms}},
		tables: []*export.Table{symbols, rows, terms},
	}, nil
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
