package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/economy"
	"chokepoint/internal/export"
	"chokepoint/internal/market"
	"chokepoint/internal/rank"
	"chokepoint/internal/report"
	"chokepoint/internal/shortage"
)

// structure is one choice of equations.
type structure struct {
	name   string
	change func(*assess.Method)
}

// settingsDownstream are all settings, the mildest first by construction alone.
var settingsDownstream = []economy.Downstream{economy.None, economy.Soft, economy.Recipe, economy.Leontief, economy.Rigid, economy.CES}

// structures lists the method itself, every combination of the choices that
// change a ranking in a fraction of a second, and every other choice alone.
func structures(m assess.Method) []structure {
	base := structure{"as asked", func(*assess.Method) {}}
	out := []structure{base}
	for _, j := range []catalog.Judgement{catalog.Merged, catalog.JudgeA, catalog.JudgeB} {
		for _, d := range []market.Demand{market.SemiLog, market.Linear, market.IsoElastic} {
			for _, r := range []shortage.Rule{shortage.LeastDeviation, shortage.LeastCost, shortage.ProRata} {
				for _, x := range []economy.Downstream{economy.None, economy.Soft} {
					if j == m.Judgement && d == m.Demand && r == m.Sharing && x == m.Downstream {
						continue
					}
					out = append(out, structure{fmt.Sprintf("judgement=%s demand=%s sharing=%s downstream=%s", j, d, r, x),
						func(m *assess.Method) { m.Judgement, m.Demand, m.Sharing, m.Downstream = j, d, r, x }})
				}
			}
		}
	}
	for _, x := range settingsDownstream {
		if !assess.HasDraws(x) && x != m.Downstream {
			out = append(out, structure{"downstream=" + x.String(), func(m *assess.Method) { m.Downstream = x }})
		}
	}
	if m.StockShare != 1 {
		out = append(out, structure{"stocks=1", func(m *assess.Method) { m.StockShare = 1 }})
	}
	return out
}

// rankStructures ranks under every structure and writes the interval of ranks.
func (a *app) rankStructures(ctx context.Context, x *session, units []int, blocs [][]string, opt rank.Options) error {
	valueAdded, err := x.engine.ValueAddedMUSD()
	if err != nil {
		return err
	}
	list := structures(x.engine.Method)
	type span struct {
		first               rank.Row
		best, worst         int
		low, high           float64
		lowName, highName   string
		bestName, worstName string
	}
	spans := map[int]*span{}
	left := 0 // rows beyond the range of their form of demand
	var order []int
	for n, s := range list {
		if a.terminal() {
			fmt.Fprintf(a.stderr, "\r%d of %d structures", n, len(list))
		}
		e, err := x.engine.With(s.change)
		if err != nil {
			return err
		}
		results, err := a.restrictions(ctx, e, units, blocs)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		for _, r := range rank.Rank(e, x.probability, units, results, valueAdded, opt) {
			y := spans[r.Unit]
			if y == nil {
				if n > 0 { // a chain may be led by another unit here
					continue
				}
				y = &span{first: r, best: r.Rank, worst: r.Rank, low: r.ExpectedLossMUSD, high: r.ExpectedLossMUSD, lowName: s.name, highName: s.name, bestName: s.name, worstName: s.name}
				spans[r.Unit] = y
				order = append(order, r.Unit)
			}
			if n > 0 && r.State == market.BeyondRange.String() {
				left++
				continue
			}
			if r.Rank < y.best {
				y.best, y.bestName = r.Rank, s.name
			}
			if r.Rank > y.worst {
				y.worst, y.worstName = r.Rank, s.name
			}
			if r.ExpectedLossMUSD < y.low {
				y.low, y.lowName = r.ExpectedLossMUSD, s.name
			}
			if r.ExpectedLossMUSD > y.high {
				y.high, y.highName = r.ExpectedLossMUSD, s.name
			}
		}
	}
	if a.terminal() {
		fmt.Fprintf(a.stderr, "\r%s\r", strings.Repeat(" ", 40))
	}
	t := &export.Table{Name: "structures", Columns: []export.Column{
		{Name: "rank", Heading: "#\n", Meaning: "rank by the method as asked"},
		{Name: "commodity", Heading: "commodity\n", Meaning: "commodity unit", Flexible: true},
		{Name: "expected_loss_musd", Heading: "expected\nM USD/yr", Unit: "million USD/yr", Meaning: "expected loss by the method as asked"},
		{Name: "rank_best", Heading: "best\nrank", Meaning: "best rank over the structures"},
		{Name: "rank_worst", Heading: "worst\nrank", Meaning: "worst rank over the structures"},
		{Name: "expected_low_musd", Heading: "lowest\nM USD/yr", Unit: "million USD/yr", Meaning: "lowest expected loss over the structures"},
		{Name: "expected_high_musd", Heading: "highest\nM USD/yr", Unit: "million USD/yr", Meaning: "highest expected loss over the structures"},
		{Name: "rank_best_structure", Meaning: "structure of the best rank"}, {Name: "rank_worst_structure", Meaning: "structure of the worst rank"},
		{Name: "expected_low_structure", Meaning: "structure of the lowest expected loss"}, {Name: "expected_high_structure", Heading: "highest with\n", Meaning: "structure of the highest expected loss", Flexible: true},
	}}
	if opt.GivenDisruption {
		t.Columns[2].Heading = "loss\nM USD/yr"
	}
	for _, u := range order {
		y := spans[u]
		t.Add(y.first.Rank, x.engine.Catalog.Units[u].ID, y.first.ExpectedLossMUSD, y.best, y.worst, y.low, y.high, y.bestName, y.worstName, y.lowName, y.highName)
	}
	names := &export.Table{Name: "structure_list", Columns: []export.Column{{Name: "structure", Meaning: "choice of equations"}}}
	for _, s := range list {
		names.Add(s.name)
	}
	notes := append([]string{fmt.Sprintf("%d structures: every combination of judgement, demand, sharing and downstream none or soft, and every other choice alone; inputs stay central", len(list)), fmt.Sprintf("%d answers are left out, in which the price goes beyond what the form of demand is meant for", left)}, report.Limits()...)
	if err := a.write(x, &answer{tables: []*export.Table{t, names}, notes: notes, text: func(w io.Writer) error { return a.writeRows(w, t) }}); err != nil {
		return err
	}
	a.tell(notes)
	return a.failIf(t)
}

// downstreamSpan is the loss of a result under every downstream setting.
func downstreamSpan(ctx context.Context, e *assess.Engine, r *assess.Result) (*export.Table, error) {
	t := &export.Table{Name: "downstream", Columns: []export.Column{
		{Name: "downstream", Heading: "downstream", Meaning: "how hard a missing product hits those who buy it"},
		{Name: "hit_gdp_musd", Heading: "(i) hit", Unit: "million USD/yr"},
		{Name: "suppliers_gdp_musd", Heading: "(v) suppliers", Unit: "million USD/yr"},
		{Name: "buyers_gdp_musd", Heading: "(v) buyers", Unit: "million USD/yr"},
		{Name: "loss_musd", Heading: "loss M USD", Unit: "million USD/yr"},
		{Name: "state", Meaning: "state"},
	}}
	for _, d := range settingsDownstream {
		one := r
		if d != e.Method.Downstream {
			other, err := e.With(func(m *assess.Method) { m.Downstream = d })
			if err != nil {
				return nil, err
			}
			if one, err = other.One(ctx, r.Scenario); err != nil {
				return nil, fmt.Errorf("downstream=%s: %w", d, err)
			}
		}
		t.Add(d.String(), one.Parts.HitMUSD, one.SuppliersMUSD, one.BuyersMUSD, report.Bounded(one.LossMUSD, one.LowerBound()), one.State)
	}
	return t, nil
}

// wantsSpan takes downstream=all out of the settings of --method.
func (a *app) wantsSpan() bool {
	found := false
	for i, flag := range a.method {
		kept := slices.DeleteFunc(strings.Split(flag, ","), func(s string) bool { return strings.TrimSpace(s) == "downstream=all" })
		if len(kept) < len(strings.Split(flag, ",")) {
			found = true
			a.method[i] = strings.Join(kept, ",")
		}
	}
	a.method = slices.DeleteFunc(a.method, func(s string) bool { return s == "" })
	return found
}
