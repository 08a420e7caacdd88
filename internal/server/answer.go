package server

import (
	"context"
	"slices"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/explain"
	"chokepoint/internal/export"
	"chokepoint/internal/market"
	"chokepoint/internal/report"
	"chokepoint/internal/scenario"
	"chokepoint/internal/shortage"
)

// Targeting is how a targeted restriction cleared: two markets (M2).
type targeting struct {
	Targets             []string             `json:"targets"`
	EconomyInside       bool                 `json:"economy_inside"`
	InsideState         string               `json:"inside_state"`
	InsidePriceRatio    *float64             `json:"inside_price_ratio"`
	InsideUseCut        float64              `json:"inside_use_cut"`
	OutsideState        string               `json:"outside_state"`
	OutsidePriceRatio   *float64             `json:"outside_price_ratio"`
	OutsideUseCut       float64              `json:"outside_use_cut"`
	NetImportsTonnes    float64              `json:"net_imports_t"`
	RefusedTonnes       float64              `json:"refused_t"`
	ReroutedTonnes      float64              `json:"rerouted_t"`
	OfferedShare        float64              `json:"offered_share"`
	ReroutableShare     float64              `json:"reroutable_share"`
	Capped              bool                 `json:"capped"`
	OnePrice            bool                 `json:"one_price"`
	EverybodyPriceRatio *float64             `json:"everybody_price_ratio"`
	Withdrawals         []targetedWithdrawal `json:"withdrawals"`
}

type targetedWithdrawal struct {
	Country       string  `json:"country"`
	BoundShare    float64 `json:"bound_share"`
	FromTrade     bool    `json:"from_trade"`
	RefusedTonnes float64 `json:"refused_t"`
}

func targetingOf(t *assess.Targeting) *targeting {
	price := func(o *market.Outcome) *float64 {
		if !o.HasPrice {
			return nil
		}
		return &o.PriceRatio
	}
	out := &targeting{Targets: t.Targets, EconomyInside: t.EconomyInside, InsideState: marketState(&t.Target), InsidePriceRatio: price(&t.Target), InsideUseCut: t.Target.UseCut,
		OutsideState: marketState(&t.Other), OutsidePriceRatio: price(&t.Other), OutsideUseCut: t.Other.UseCut, NetImportsTonnes: t.NetImportTonnes, RefusedTonnes: t.RefusedTonnes,
		ReroutedTonnes: t.ReroutedTonnes, OfferedShare: t.OfferedShare, ReroutableShare: t.ReroutableShare, Capped: t.Capped, OnePrice: t.OnePrice, Withdrawals: []targetedWithdrawal{}}
	if t.EverybodyPriceRatio > 0 {
		out.EverybodyPriceRatio = &t.EverybodyPriceRatio
	}
	for _, w := range t.Withdrawals {
		out.Withdrawals = append(out.Withdrawals, targetedWithdrawal(w))
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
	return map[string]any{"active_bounds": d.ActiveBounds, "smallest_flow": d.SmallestFlow, "would_rise": d.WouldRise, "largest_rise": rise}
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
	file := &scenario.File{Scenario: r.Scenario}
	return &content{
		sections: []export.Section{{Name: "run", Value: run}, {Name: "label", Value: x.label}, {Name: "hash", Value: r.Hash}, {Name: "scenario", Value: documentOf(e.Catalog, file)},
			{Name: "without_effect", Value: x.idle}, {Name: "state", Value: r.State}, {Name: "lower_bound", Value: r.LowerBound()}, {Name: "flags", Value: flags},
			{Name: "result", Value: record}, {Name: "parts", Value: parts}, {Name: "markets", Value: marketsTable(e, r, true)}, {Name: "uses", Value: uses}, {Name: "industries", Value: industries},
			{Name: "sharing_rules", Value: sharing}, {Name: "sources", Value: sources}, {Name: "diagnostics", Value: diagnosticsOf(e, r)}, {Name: "gdp_musd", Value: gdp}},
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
	run, err := s.run(x.session, slices.Concat([]string{"explain"}, x.words[1:], []string{column}), &r.Scenario, append(slices.Clone(x.idle), report.Limits()...))
	if err != nil {
		return nil, err
	}
	statement := &export.Table{Name: "explanation", Columns: []export.Column{{Name: "column"}, {Name: "value"}, {Name: "unit"}, {Name: "meaning"}, {Name: "equations"}, {Name: "reference"}, {Name: "notes"}}}
	statement.Add(y.Column, y.Value, y.Unit, y.Meaning, orEmpty(y.Equations), y.Reference, orEmpty(y.Notes))
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
		sections: []export.Section{{Name: "run", Value: run}, {Name: "explanation", Value: onlyRow{statement}}, {Name: "symbols", Value: symbols}, {Name: "rows", Value: rows},
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
