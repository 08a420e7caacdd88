package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/economy"
	"chokepoint/internal/explain"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/market"
	"chokepoint/internal/report"
	"chokepoint/internal/scenario"
	"chokepoint/internal/shortage"
)

func (a *app) disruptCommand() *cobra.Command {
	s := &selector{}
	cmd := &cobra.Command{
		Use:   "disrupt COMMODITY[,...] --from COUNTRY[,...]  |  FILE.yaml  |  NAME",
		Short: "What a disruption costs: price, uses, industries, GDP in five parts",
		Example: "  chokepoint disrupt gallium --from China\n  chokepoint disrupt palladium --from RUS,ZAF --cut 50%\n" +
			"  chokepoint disrupt gallium --from CHN --to USA\n  chokepoint disrupt rhodium --from ZAF --kind production-outage --months 6 --format json\n  chokepoint disrupt china-us-ban-2024",
		Args: oneArgument("a commodity with --from, a scenario file, or a name from `chokepoint scenario show`"),
		RunE: func(cmd *cobra.Command, args []string) error {
			span := a.wantsSpan()
			x, sel, r, err := a.one(cmd, s, args[0])
			if err != nil {
				return err
			}
			return a.writeDisruption(cmd.Context(), x, sel, r, span)
		},
	}
	s.addFlags(cmd.Flags())
	return cmd
}

// oneArgument wants exactly one word and says what it should be.
func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return &fault.Error{Code: fault.Usage, File: cmd.CommandPath(), What: fmt.Sprintf("%d arguments", len(args)), Expected: what,
			Do: "Usage: " + cmd.UseLine()}
	}
}

func (a *app) writeDisruption(ctx context.Context, x *session, sel *selection, r *assess.Result, span bool) error {
	op, err := x.engine.Operator()
	if err != nil {
		return err
	}
	record := report.ScenarioTable(x.engine.Catalog, x.probability, []*assess.Result{r})
	record.Name = "result"
	uses, industries := report.UsesTable(x.engine, r), report.IndustriesTable(x.engine.Catalog, r, op.Table.OutputMUSD)
	tables := []*export.Table{record, uses, industries, explain.Sources(x.engine, x.probability, r)}
	notes, err := dropped(x.engine, sel.scenario)
	if err != nil {
		return err
	}
	nothing := notes
	notes = append(notes, report.Limits()...)
	drawn, told, err := a.drawnOf(ctx, x, []*assess.Result{r})
	if err != nil {
		return err
	}
	notes = append(told, notes...)
	spread := ""
	if drawn != nil && len(r.Units) > 0 {
		t := ask.RangesTable(r, &drawn[0])
		tables = append(tables, t)
		low, median, high := ask.Range(drawn[0].LossMUSD)
		spread = fmt.Sprintf("Range of the loss: %s to %s, median %s (5 %% to 95 %% of %d draws of the inputs)", export.Human(low), export.Human(high), export.Human(median), len(drawn[0].LossMUSD))
		if n := drawn[0].NothingWithdrawn; n > 0 {
			spread += fmt.Sprintf("; in %d of them nothing is left to withdraw", n)
		}
		if n := drawn[0].NoPrice; n > 0 && len(r.Units) == 1 {
			spread += fmt.Sprintf("; in %d no price clears the market", n)
		}
	}
	var settings *export.Table
	if span && len(r.Units) > 0 {
		if settings, err = downstreamSpan(ctx, x.engine, r); err != nil {
			return err
		}
		tables = append(tables, settings)
	}
	rules, err := otherRules(ctx, x.engine, r)
	if err != nil {
		return err
	}
	text := func(w io.Writer) error {
		if f := sel.file; f != nil && f.Title != "" {
			fmt.Fprintf(w, "%s\n\n", wrap("", f.Title))
		}
		if _, err := io.WriteString(w, headline(x, r, rules, nothing, spread)); err != nil || len(r.Units) == 0 {
			return err
		}
		if settings != nil {
			fmt.Fprintf(w, "\nHow hard a missing product hits those who buy it (M USD)\n")
			if err := export.WriteText(w, settings, 0); err != nil {
				return err
			}
		}
		fmt.Fprintf(w, "\nUses that lose most\n")
		if err := export.WriteText(w, uses, 6); err != nil {
			return err
		}
		fmt.Fprintf(w, "\nIndustries that lose most\n")
		if err := export.WriteText(w, industries, 10); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "%s\n", wrap("", diagnostics(x.engine, r)))
		return err
	}
	title := ""
	if f := sel.file; f != nil {
		title = f.Title
	}
	if err := a.write(x, &answer{title: title, remarks: remarks(x, r, rules), scenario: &r.Scenario, tables: tables, notes: notes, drawn: drawn != nil, text: text}); err != nil {
		return err
	}
	a.tell(notes)
	if r.State == assess.StateNoClearing {
		return &fault.Error{Code: fault.NoEquilibrium, What: "no price clears the market: no supply is left outside the countries that withdraw",
			Do: "The loss is a lower bound, of parts (i) and (v) only. --method choke=10 sets a price at which users give up."}
	}
	return a.failIf(record)
}

// otherRules computes the loss under the three sharing rules.
func otherRules(ctx context.Context, e *assess.Engine, r *assess.Result) (map[shortage.Rule]*assess.Result, error) {
	return ask.OtherRules(ctx, e, r, func(rule shortage.Rule) (*assess.Engine, error) {
		return e.With(func(m *assess.Method) { m.Sharing = rule })
	})
}

// shownWithdrawals is how many withdrawals and markets a text lists.
const shownWithdrawals = 8

// headline is the answer in a dozen lines.
func headline(x *session, r *assess.Result, rules map[shortage.Rule]*assess.Result, nothing []string, ranges string) string {
	var b strings.Builder
	c := x.engine.Catalog
	line := func(format string, args ...any) { b.WriteString(wrap("", fmt.Sprintf(format, args...)) + "\n") }
	h := export.Human
	for i, n := range nothing {
		if i == shownWithdrawals {
			line("and %d more without effect", len(nothing)-i)
			break
		}
		line("%s", strings.ToUpper(n[:1])+n[1:])
	}
	if len(r.Units) == 0 {
		line("Nothing is withdrawn: no effect.")
		return b.String()
	}
	for i, w := range r.Scenario.Withdrawals {
		if i == shownWithdrawals {
			line("and %d more withdrawals", len(r.Scenario.Withdrawals)-i)
			break
		}
		line("%s", sentence(x, r.Scenario, w))
	}
	for _, bloc := range r.Scenario.Blocs {
		line("One market: %s", c.BlocName(bloc))
	}
	line("")
	for _, l := range marketLines(x, r) {
		line("%s", l)
	}
	line("")
	sign := ""
	if r.LowerBound() {
		sign = ">= "
	}
	parts := &export.Table{Name: "parts", Columns: []export.Column{{Name: "part", Heading: "Effect on US GDP"}, {Name: "v", Heading: "M USD"}}}
	for _, p := range partRows(r) {
		parts.Add(p.name, p.value)
	}
	if err := export.WriteText(&b, parts, 0); err != nil {
		return err.Error()
	}
	line("Loss %s%s M USD: real GDP %s, terms of trade %s", sign, h(r.LossMUSD), h(r.Parts.RealMUSD()), h(r.Parts.TermsOfTradeMUSD()))
	if ranges != "" {
		line("%s", ranges)
	}
	var spread []string
	for _, rule := range ask.SharingRules() {
		spread = append(spread, rule.String()+" "+h(rules[rule].LossMUSD))
	}
	line("By the rule that shares the shortage: %s", strings.Join(spread, ", "))
	if r.HasPrice() {
		line("Price-rationing bound %s M USD (what the demand curve says the cut is worth to users, less what producers gain); value lost per tonne over the price: %s", h(r.BoundMUSD), h(r.ValuePerTonneOverPrice))
	}
	for _, f := range r.Flags() {
		line("Flag: %s", f)
	}
	return b.String()
}

// marketLines say what happens in each market: price, cut, and the two markets of
// a targeted restriction.
func marketLines(x *session, r *assess.Result) []string {
	var out []string
	e, c, h := x.engine, x.engine.Catalog, export.Human
	line := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for k := range r.Units {
		if k == shownWithdrawals {
			line("and %d more commodities: --format json lists them", len(r.Units)-k)
			break
		}
		o := &r.Units[k]
		price := "no price clears the market"
		if o.Market.HasPrice {
			price = "price x " + h(o.Market.PriceRatio)
		}
		state := ""
		if s := o.Market.State; s != market.Cleared && !(s == market.NoClearing && o.Market.HasPrice) {
			state = " (" + s.String() + ")"
		} else if s == market.NoClearing {
			state = " (" + market.AtChoke.String() + ")"
		}
		line("%s: %s%s; use is cut %s %%, in the US from %s to %s t/yr", c.Units[o.Unit].ID, price, state, h(100*o.Market.UseCut), h(e.Figures[o.Unit].UseTonnes), h(o.UseAfterTonnes))
		if t := o.Targeting; t != nil {
			basis := "from the trade table"
			for _, y := range t.Withdrawals {
				if !y.FromTrade {
					basis = "from net imports, grade D: no trade heading matches the form"
				}
			}
			line("Two markets: %s t/yr refused to %s (%s), of which %s re-routed by others; price x %s there, x %s elsewhere, x %s if everybody were refused",
				h(t.RefusedTonnes), strings.Join(t.Targets, ", "), basis, h(t.ReroutedTonnes), priceText(&t.Target), priceText(&t.Other), ratioText(t.EverybodyPriceRatio))
		}
	}
	return out
}

func priceText(o *market.Outcome) string {
	if !o.HasPrice {
		return "(none)"
	}
	return export.Human(o.PriceRatio)
}

func ratioText(v float64) string {
	if v == 0 {
		return "(none)"
	}
	return export.Human(v)
}

// sentence says what a withdrawal is.
func sentence(x *session, s scenario.Scenario, w scenario.Withdrawal) string {
	c := x.engine.Catalog
	who, id := c.CountryName(w.Country), c.Units[w.Unit].ID
	share := export.Human(100*w.Fraction) + " %"
	var out string
	switch {
	case w.Kind == scenario.ProductionOutage && w.Fraction == 1:
		out = fmt.Sprintf("%s stops output of %s", who, id)
	case w.Kind == scenario.ProductionOutage:
		out = fmt.Sprintf("%s cuts %s of its output of %s", who, share, id)
	case w.Kind == scenario.ImportBan:
		out = fmt.Sprintf("%s: %s of the %s of %s refused", strings.Join(w.Targets, ", "), share, id, who)
	case w.Fraction == 1:
		out = fmt.Sprintf("%s stops exports of %s", who, id)
	default:
		out = fmt.Sprintf("%s cuts %s of its exports of %s", who, share, id)
	}
	if w.Kind == scenario.ExportRestriction && w.Targeted() {
		out += " to " + strings.Join(w.Targets, ", ")
	}
	out += fmt.Sprintf(" for %g months", s.Months)
	if w.Kind == scenario.ExportRestriction && !w.Targeted() {
		est := x.probability.Of(w.Unit, w.Country)
		if joint, ok := x.probability.Joint(s); ok {
			est = joint
		}
		of := ""
		if w.Fraction < 1 {
			of = " of a full stop"
		}
		out += fmt.Sprintf(" (probability%s %s: %s)", of, export.Human(est.Probability), est.Basis)
	}
	return out
}

// partRow is one line of the five parts.
type partRow struct {
	name  string
	value float64
}

func partRows(r *assess.Result) []partRow {
	return []partRow{
		{"(i)   hit industries produce less", r.Parts.HitMUSD},
		{"(ii)  users pay more", r.Parts.UsersPriceMUSD},
		{"(iii) US producers sell more", r.Parts.ProducerVolumeMUSD},
		{"(iv)  US producers sell at higher prices", r.Parts.ProducerPriceMUSD},
		{"(v)   suppliers of the hit industries", r.SuppliersMUSD},
		{"      buyers from the hit industries", r.BuyersMUSD},
	}
}

// diagnostics says how the economy was solved.
func diagnostics(e *assess.Engine, r *assess.Result) string {
	d := r.Detail.Diagnostics
	if e.Method.EnforceBounds {
		return fmt.Sprintf("Economy: %d industries at their bound; no flow may turn negative.", d.ActiveBounds)
	}
	text := fmt.Sprintf("Economy: %d industries at their bound; smallest flow %s of its base (below 0 would be outside the linear range)", d.ActiveBounds, export.Human(d.SmallestFlow))
	if d.WouldRise > 0 && e.Method.Downstream != economy.None {
		text += fmt.Sprintf("; without bounds %d outputs would rise, most %s", d.WouldRise, e.Catalog.Industries[d.LargestRise].Name)
	}
	return text + "."
}
