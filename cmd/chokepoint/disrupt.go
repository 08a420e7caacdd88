package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/internal/assess"
	"chokepoint/internal/economy"
	"chokepoint/internal/explain"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/probability"
	"chokepoint/internal/report"
	"chokepoint/internal/scenario"
	"chokepoint/internal/shortage"
)

func (a *app) disruptCommand() *cobra.Command {
	var s selector
	cmd := &cobra.Command{
		Use:   "disrupt COMMODITY[,...] --from COUNTRY[,...]",
		Short: "What a disruption costs: price, uses, industries, GDP in five parts",
		Example: "  chokepoint disrupt gallium --from China\n  chokepoint disrupt palladium --from RUS,ZAF --cut 50%\n" +
			"  chokepoint disrupt rhodium --from ZAF --kind production-outage --months 6 --format json",
		Args: oneArgument("a commodity, such as gallium"),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, r, notes, err := a.one(cmd, &s, args[0])
			if err != nil {
				return err
			}
			return a.writeDisruption(cmd.Context(), e, r, notes)
		},
	}
	s.addFlags(cmd)
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

func (a *app) writeDisruption(ctx context.Context, e *assess.Engine, r *assess.Result, dropped []scenario.Note) error {
	op, err := e.Operator()
	if err != nil {
		return err
	}
	c := e.Catalog
	record := report.ScenarioTable(c, []*assess.Result{r})
	record.Name = "result"
	uses, industries := report.UsesTable(c, r), report.IndustriesTable(c, r, op.Table.OutputMUSD)
	sources := explain.Sources(e, r)
	notes := report.Limits()
	for _, n := range dropped {
		notes = append([]string{fmt.Sprintf("%s: no effect, %s", c.Units[n.Withdrawal.Unit].ID, n.Reason)}, notes...)
	}
	spread, err := otherRules(ctx, e, r)
	if err != nil {
		return err
	}
	x := &answer{engine: e, scenario: r.Hash, tables: []*export.Table{record, uses, industries, sources}, notes: notes}
	x.text = func(w io.Writer) error {
		head := headline(e, r, spread)
		if _, err := io.WriteString(w, head); err != nil {
			return err
		}
		if len(r.Units) == 0 {
			return nil
		}
		if _, err := fmt.Fprintf(w, "\nUses that lose most\n"); err != nil {
			return err
		}
		if err := export.WriteText(w, uses, 6); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "\nIndustries that lose most\n"); err != nil {
			return err
		}
		if err := export.WriteText(w, industries, 10); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "%s\n", wrap("", diagnostics(e, r)))
		return err
	}
	if err := a.write(x); err != nil {
		return err
	}
	for _, n := range notes {
		a.note("%s", wrap("", upper(n)))
	}
	if r.State == assess.StateNoClearing {
		return &fault.Error{Code: fault.NoEquilibrium, What: "no price clears the market: no supply is left outside the countries that withdraw",
			Do: "The loss is a lower bound, of parts (i) and (v) only. --method choke=10 sets a price at which users give up."}
	}
	return nil
}

// otherRules computes the loss under the three sharing rules, which differ more
// than most parameters do (model.md section 4).
func otherRules(ctx context.Context, e *assess.Engine, r *assess.Result) (map[shortage.Rule]*assess.Result, error) {
	out := map[shortage.Rule]*assess.Result{e.Method.Sharing: r}
	for _, rule := range []shortage.Rule{shortage.LeastDeviation, shortage.LeastCost, shortage.ProRata} {
		if out[rule] != nil {
			continue
		}
		other, err := e.With(func(m *assess.Method) { m.Sharing = rule })
		if err != nil {
			return nil, err
		}
		one, err := other.One(ctx, r.Scenario)
		if err != nil {
			return nil, err
		}
		out[rule] = one
	}
	return out, nil
}

// headline is the answer in a dozen lines.
func headline(e *assess.Engine, r *assess.Result, rules map[shortage.Rule]*assess.Result) string {
	var b strings.Builder
	c := e.Catalog
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	h := export.Human
	if len(r.Units) == 0 {
		line("Nothing is withdrawn: no effect.")
		return b.String()
	}
	for _, w := range r.Scenario.Withdrawals {
		what := "stops exports of"
		if w.Kind == scenario.ProductionOutage {
			what = "stops output of"
		}
		if w.Fraction < 1 {
			what = fmt.Sprintf("cuts %s %% of its %s of", h(100*w.Fraction), map[scenario.Kind]string{scenario.ExportRestriction: "exports", scenario.ProductionOutage: "output"}[w.Kind])
		}
		p := ""
		if w.Kind == scenario.ExportRestriction {
			est := probability.Of(c, w.Unit, w.Country)
			p = fmt.Sprintf(" (probability %s: %s)", h(est.Probability), est.Basis)
		}
		line("%s", wrap("", fmt.Sprintf("%s %s %s for %g months%s", c.CountryName(w.Country), what, c.Units[w.Unit].ID, r.Scenario.Months, p)))
	}
	line("")
	for k := range r.Units {
		o := &r.Units[k]
		price := "no price clears the market"
		if o.Market.HasPrice {
			price = "price x " + h(o.Market.PriceRatio)
		}
		line("%s", wrap("", fmt.Sprintf("%s: %s; use is cut %s %%, in the US from %s to %s t/yr", c.Units[o.Unit].ID, price, h(100*o.Market.UseCut), h(e.Figures[o.Unit].UseTonnes), h(o.UseAfterTonnes))))
	}
	line("")
	sign := ""
	if r.LowerBound() {
		sign = ">= "
	}
	parts := &export.Table{Name: "parts", Columns: []export.Column{{Name: "part", Heading: "Effect on US GDP"}, {Name: "v", Heading: "M USD"}}}
	parts.Add("(i)   hit industries produce less", r.Parts.HitMUSD)
	parts.Add("(ii)  users pay more", r.Parts.UsersPriceMUSD)
	parts.Add("(iii) US producers sell more", r.Parts.ProducerVolumeMUSD)
	parts.Add("(iv)  US producers sell at higher prices", r.Parts.ProducerPriceMUSD)
	parts.Add("(v)   suppliers of the hit industries", r.SuppliersMUSD)
	parts.Add("      buyers from the hit industries", r.BuyersMUSD)
	if err := export.WriteText(&b, parts, 0); err != nil {
		return err.Error()
	}
	line("Loss %s%s M USD: real GDP %s, terms of trade %s", sign, h(r.LossMUSD), h(r.Parts.RealMUSD()), h(r.Parts.TermsOfTradeMUSD()))
	var spread []string
	for _, rule := range []shortage.Rule{shortage.LeastDeviation, shortage.LeastCost, shortage.ProRata} {
		spread = append(spread, rule.String()+" "+h(rules[rule].LossMUSD))
	}
	line("%s", wrap("", "By the rule that shares the shortage: "+strings.Join(spread, ", ")))
	if r.HasPrice() {
		line("%s", wrap("", fmt.Sprintf("Price-rationing bound %s M USD (what the demand curve says the cut is worth to users, less what producers gain); value lost per tonne over the price: %s", h(r.BoundMUSD), h(r.ValuePerTonneOverPrice))))
	}
	for _, f := range r.Flags() {
		line("Flag: %s", f)
	}
	return b.String()
}

// diagnostics says how the economy was solved.
func diagnostics(e *assess.Engine, r *assess.Result) string {
	d := r.Detail.Diagnostics
	text := fmt.Sprintf("Economy: %d industries at their bound; smallest flow %s of its base (below 0 would be outside the linear range)", d.ActiveBounds, export.Human(d.SmallestFlow))
	if d.WouldRise > 0 && e.Method.Downstream != economy.None {
		text += fmt.Sprintf("; without bounds %d outputs would rise, most %s", d.WouldRise, e.Catalog.Industries[d.LargestRise].Name)
	}
	return text + "."
}
