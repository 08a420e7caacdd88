package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/explain"
	"chokepoint/internal/export"
	"chokepoint/internal/path"
	"chokepoint/internal/report"
)

func (a *app) pathCommand() *cobra.Command {
	s := &selector{}
	w := &ask.PathWords{Horizon: ask.DefaultHorizon}
	cmd := &cobra.Command{
		Use:   "path COMMODITY[,...] --from COUNTRY[,...]  |  FILE.yaml  |  NAME",
		Short: "A disruption month by month: prices outside and inside, stocks, use, loss",
		Long: `Follow a disruption month by month: the price outside and inside the countries
that restrict, stocks, use and the loss of US GDP; how long stocks carry (time to
survive) and how long it takes until use is back (time to recover).

A profile says how the withdrawal runs in time:
  months             at once, for --months (the default)
  dates              the dates of the scenario file (the default if it has them)
  full-stop          at once, without end
  one-year-stop      at once, for twelve months
  licensing          no flow for some weeks, then a part of it
  licensing-eased    the same, handled freely after seven months
  quota              60 % flows
  stop-then-quota    no flow for 7.7 months, then 44 %
  pre-announced      a stop decided four months ahead
  announcement-only  a stop that is threatened and never comes
or a preset of an own table restriction_profiles (--data).`,
		Example: "  chokepoint path gallium --from China --start 2025-01\n  chokepoint path dysprosium --from CHN --profile licensing --horizon 36\n" +
			"  chokepoint path gallium --from CHN --strategic-stock 50 --release rate=5\n  chokepoint path drc-cobalt-2025 -o cobalt.html",
		Args: oneArgument("a commodity with --from, a scenario file, or a name from `chokepoint scenario show`"),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := a.drawing()
			if err != nil {
				return err
			}
			x, err := a.load()
			if err != nil {
				return err
			}
			sel, err := s.parse(x.engine, args[0])
			if err != nil {
				return err
			}
			q, err := asked(x, sel, w)
			if err != nil {
				return err
			}
			p, err := d.Paths(cmd.Context(), x.engine, sel.scenario, q)
			if err != nil {
				return err
			}
			return a.writePath(cmd.Context(), x, sel, p)
		},
	}
	s.addFlags(cmd.Flags())
	addPathFlags(cmd.Flags(), w)
	return cmd
}

// asked is the question of a path about a selection.
func asked(x *session, sel *selection, w *ask.PathWords) (*ask.PathAsked, error) {
	w.Months = sel.scenario.Months
	if sel.file != nil {
		w.Dates = sel.file.Dates
	}
	return w.Question(x.engine.Catalog)
}

// addPathFlags adds what a path needs beside a selector.
func addPathFlags(f *pflag.FlagSet, w *ask.PathWords) {
	f.StringVar(&w.Start, "start", "", "first month, such as 2025-01 (default 2025-01; with dates of a file, the month of the first)")
	f.IntVar(&w.Horizon, "horizon", w.Horizon, fmt.Sprintf("months to follow, at most %d", path.MaxHorizon))
	f.StringVar(&w.Profile, "profile", "", "how the withdrawal runs in time: "+ask.ProfileMonths+", "+ask.ProfileDates+" or a preset (default: the dates of the file, else months)")
	f.Float64Var(&w.StrategicTonnes, "strategic-stock", 0, "tonnes of a strategic stock outside the countries that restrict")
	f.StringVar(&w.Release, "release", "", "when it is released: none, shortage, rate=TONNES a month while the withdrawal is in force, or price=RATIO,rate=TONNES (default shortage)")
	f.StringArrayVar(&w.Parameters, "parameter", nil, "name=value: fix a parameter of the path, such as stock_sensitivity=1.2; repeatable")
	f.StringVar(&w.StockPrice, "stock-price", "", "usable: the price follows the usable stocks with which a month closes; opening: all stocks with which it opens (default usable)")
}

func (a *app) writePath(ctx context.Context, x *session, sel *selection, p *ask.Paths) error {
	c := x.engine.Catalog
	months, summary := p.Table(c), p.Summary(c)
	record, _, err := sel.scenario.Canonical(c, x.engine.Figures)
	if err != nil {
		return err
	}
	tables := []*export.Table{months, summary, p.ParametersTable()}
	if len(p.Annual) > 0 {
		rows := explain.Sources(x.engine, x.probability, p.Annual[0])
		for _, r := range p.Annual[1:] {
			rows.Rows = append(rows.Rows, explain.Sources(x.engine, x.probability, r).Rows...)
		}
		tables = append(tables, rows)
	}
	idle, err := dropped(x.engine, sel.scenario)
	if err != nil {
		return err
	}
	notes := append(slices.Clone(idle), p.Notes...)
	notes = append(notes, "the parameters of the path (table parameters) are judgements, the same for all commodities; after a stop users who have adapted come back slowly; what they then do without is shown apart from the loss")
	notes = append(notes, report.Limits()...)
	title := ""
	if sel.file != nil {
		title = sel.file.Title
	}
	said := a.pathSays(x, p, record.Months)
	text := func(w io.Writer) error {
		if title != "" {
			fmt.Fprintf(w, "%s\n\n", wrap("", title))
		}
		for i, n := range idle {
			if i == shownWithdrawals {
				fmt.Fprintf(w, "and %d more without effect\n", len(idle)-i)
				break
			}
			fmt.Fprintf(w, "%s\n", wrap("", strings.ToUpper(n[:1])+n[1:]))
		}
		if len(p.Paths) == 0 {
			_, err := fmt.Fprintln(w, "Nothing is withdrawn: no effect.")
			return err
		}
		for _, s := range said {
			fmt.Fprintf(w, "%s\n", wrap("", s))
		}
		return writePathText(w, p, months, summary, c.Units[leading(p).Unit].ID)
	}
	if err := a.write(x, &answer{title: title, says: said, scenario: &record, tables: tables, notes: notes, drawn: p.Drawn != nil, text: text}); err != nil {
		return err
	}
	a.tell(notes)
	return ctx.Err()
}

// pathSays is what is withdrawn and when, in sentences.
func (a *app) pathSays(x *session, p *ask.Paths, months float64) []string {
	var out []string
	for _, r := range p.Paths {
		for _, w := range r.Scenario.Withdrawals {
			if len(out) == shownWithdrawals {
				return append(out, "and more: --format csv has all")
			}
			s := r.Scenario
			s.Months = months
			text, _, _ := strings.Cut(sentence(x, s, w), " (probability")
			text = strings.TrimSuffix(text, fmt.Sprintf(" for %g months", months))
			out = append(out, "At full force: "+text)
		}
	}
	if len(p.Paths) == 0 {
		return out
	}
	t := p.Asked.Timing
	out = append(out, fmt.Sprintf("Profile %s: %s%s", t.Name, t.Meaning, profileDates(p.Asked, p.Paths[0].Profile)))
	if g := p.Asked.StrategicTonnes; g > 0 {
		out = append(out, fmt.Sprintf("Strategic stock %s t, released: %s", export.Human(g), releaseWords(p.Asked.Release)))
	}
	return out
}

// profileDates says when a profile changes, in calendar months.
func profileDates(q *ask.PathAsked, p path.Profile) string {
	var parts []string
	at := func(what string, month float64) {
		if month < path.Never {
			parts = append(parts, what+" "+q.Month(int(month)))
		}
	}
	if p.Announced < p.InForce {
		at("announced", p.Announced)
	}
	if !p.OnlyAnnounced {
		at("in force from", p.InForce)
	}
	if p.Eased < p.Ended {
		at("eased from", p.Eased)
	}
	if p.OnlyAnnounced {
		at("lifted from", p.Ended)
	} else {
		at("ended from", p.Ended)
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func releaseWords(r path.Release) string {
	switch r.Rule {
	case path.AtShortage:
		return "each month what supply and inflow lack of desired use"
	case path.AtRate:
		return export.Human(r.RateTonnes) + " t a month while the withdrawal is in force"
	case path.AtPrice:
		return fmt.Sprintf("%s t a month once the price is %s times the base", export.Human(r.RateTonnes), export.Human(r.PriceRatio))
	}
	return "never"
}

// leading is the path with the largest loss.
func leading(p *ask.Paths) *assess.PathResult {
	best := p.Paths[0]
	for _, r := range p.Paths {
		if r.LossMUSD > best.LossMUSD {
			best = r
		}
	}
	return best
}

// writePathText writes the summary, a line chart and the months that matter, of
// the commodity with the largest loss.
func writePathText(w io.Writer, p *ask.Paths, months, summary *export.Table, unit string) error {
	r := leading(p)
	if len(p.Paths) == 1 {
		fmt.Fprintln(w)
		for _, s := range summaryLines(p, 0) {
			fmt.Fprintf(w, "%s\n", wrap("", s))
		}
	} else {
		fmt.Fprintf(w, "\nEach commodity by itself, the largest loss first\n")
		if err := export.WriteText(w, pathRanking(p, summary), 20); err != nil {
			return err
		}
		fmt.Fprintf(w, "\n%s\n", unit)
	}
	fmt.Fprintf(w, "\n%s\n", strings.Join(sparklines(p.Asked, r), "\n"))
	fmt.Fprintln(w)
	if err := export.WriteText(w, shownMonths(months, r, unit), 0); err != nil {
		return err
	}
	if r.AdaptedMonths() > 0 {
		fmt.Fprintf(w, "\n%s\n", wrap("", "Months left out are not in the loss (· in its line): the withdrawal is over and the price is back; what use is missing then, users who adapted have given up"))
	}
	return nil
}

// summaryLines say what a path comes to.
func summaryLines(p *ask.Paths, i int) []string {
	r, q, h := p.Paths[i], p.Asked, export.Human
	spread := func(value func(*assess.PathSummary) (v float64, beyond bool)) string {
		if p.Drawn == nil || len(p.Drawn[i].Summary) == 0 {
			return ""
		}
		var draws []float64
		any := false // draw goes beyond the horizon
		for k := range p.Drawn[i].Summary {
			v, beyond := value(&p.Drawn[i].Summary[k])
			if beyond {
				v, any = float64(q.Horizon)+1, true
			}
			draws = append(draws, v)
		}
		months := func(v float64) string {
			if any && v > float64(q.Horizon) {
				return fmt.Sprintf("> %d", q.Horizon)
			}
			return h(v)
		}
		low, _, high := ask.Range(draws)
		if any && low > float64(q.Horizon) {
			return ""
		}
		return fmt.Sprintf(" (%s to %s)", months(low), months(high))
	}
	within := func(value func(*assess.PathSummary) float64) string {
		return spread(func(s *assess.PathSummary) (float64, bool) { return value(s), false })
	}
	price := fmt.Sprintf("Price peaks at x %s in %s", h(r.PeakPriceRatio), q.Month(r.PeakMonth-1))
	if r.NoPriceMonths > 0 {
		price = fmt.Sprintf("In %s no price clears the market (%s the first)", many(r.NoPriceMonths, "month"), q.Month(r.PeakMonth-1))
	}
	out := []string{fmt.Sprintf("%s%s; use falls to %s %% of the base%s", price,
		within(func(s *assess.PathSummary) float64 { return s.PeakPriceRatio }), h(100*r.LowestUseShare), within(func(s *assess.PathSummary) float64 { return 100 * s.LowestUseShare }))}
	survive := fmt.Sprintf("Time to survive: %s", many(r.SurvivedMonths, "month"))
	if !r.Short {
		survive = fmt.Sprintf("Time to survive: beyond the %d months followed", q.Horizon)
	}
	out = append(out, survive+spread(func(s *assess.PathSummary) (float64, bool) { return float64(s.SurvivedMonths), !s.Short })+fmt.Sprintf(", until an industry loses %g %% of its output", 100*assess.ShortShare))
	recover := fmt.Sprintf("Time to recover: %s", many(r.RecoveredMonths, "month"))
	if !r.Recovered {
		recover = fmt.Sprintf("Time to recover: beyond the %d months followed", q.Horizon)
	}
	out = append(out, recover+spread(func(s *assess.PathSummary) (float64, bool) { return float64(s.RecoveredMonths), !s.Recovered })+fmt.Sprintf(", until use is back at %g %% for good", 100*path.RecoveredShare),
		fmt.Sprintf("Recovery index: %s months of base use lost%s", h(r.LostMonths), within(func(s *assess.PathSummary) float64 { return s.LostMonths })))
	least := ""
	if r.NoPriceMonths > 0 {
		least = ">= "
	}
	loss := fmt.Sprintf("%s M USD%s", h(r.LossMUSD), within(func(s *assess.PathSummary) float64 { return s.LossMUSD }))
	if n := r.AdaptedMonths(); n > 0 {
		loss = fmt.Sprintf("Loss in %d of the %d months, until it is over and the price back: %s%s; up to %s more in the other %d, if users who adapted have found no other way",
			q.Horizon-n, q.Horizon, least, loss, h(r.AdaptedMUSD), n)
	} else {
		loss = fmt.Sprintf("Loss over %d months: %s%s", q.Horizon, least, loss)
	}
	out = append(out, loss)
	if p.Drawn != nil && len(p.Drawn[i].Summary) > 0 {
		out = append(out, "In brackets: 5 % to 95 % of the draws")
	}
	return out
}

func many(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// pathRanking is the summaries of several commodities, a row each.
func pathRanking(p *ask.Paths, summary *export.Table) *export.Table {
	t := &export.Table{Name: "paths", Columns: []export.Column{{Name: "commodity", Heading: "commodity", Flexible: true}, {Name: "peak", Heading: "price\npeak"}, {Name: "use", Heading: "lowest\nuse %"},
		{Name: "survive", Heading: "survive\nmonths"}, {Name: "recover", Heading: "recover\nmonths"}, {Name: "loss", Heading: "loss\nM USD"}}}
	order := make([]int, len(p.Paths))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := p.Paths[a].LossMUSD, p.Paths[b].LossMUSD; {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	rows := len(summary.Rows) / len(p.Paths)
	for _, i := range order {
		r := p.Paths[i]
		var survive, recover any = r.SurvivedMonths, r.RecoveredMonths
		if !r.Short {
			survive = fmt.Sprintf("> %d", p.Asked.Horizon)
		}
		if !r.Recovered {
			recover = fmt.Sprintf("> %d", p.Asked.Horizon)
		}
		t.Add(summary.Rows[i*rows][len(summary.Columns)-1], r.PeakPriceRatio, export.Percent(r.LowestUseShare), survive, recover, r.LossMUSD)
	}
	return t
}

// sparkWidth is how many months a line chart shows at most.
const sparkWidth = 60

// sparklines draw price, stocks, use and loss as a line of blocks each; months that
// are not in the loss are points.
func sparklines(q *ask.PathAsked, r *assess.PathResult) []string {
	every := (len(r.Months) + sparkWidth - 1) / sparkWidth
	all := func(*assess.PathMonth) bool { return true }
	line := func(name string, value func(*assess.PathMonth) float64, counts func(*assess.PathMonth) bool) string {
		low, high := math.Inf(1), math.Inf(-1)
		for k := range r.Months {
			if m := &r.Months[k]; counts(m) {
				low, high = min(low, value(m)), max(high, value(m))
			}
		}
		var b strings.Builder
		blocks := []rune("▁▂▃▄▅▆▇█")
		for k := 0; k < len(r.Months); k += every {
			m := &r.Months[k]
			if !counts(m) {
				b.WriteRune('·')
				continue
			}
			at := 0
			if high > low {
				at = min(len(blocks)-1, int(float64(len(blocks))*(value(m)-low)/(high-low)))
			}
			b.WriteRune(blocks[at])
		}
		return fmt.Sprintf("%-8s%s", name, b.String())
	}
	scale := fmt.Sprintf("%-8s%s to %s, lowest to highest of each line", "", q.Month(0), q.Month(len(r.Months)-1))
	return []string{line("price", func(m *assess.PathMonth) float64 { return m.PriceRatioOutside }, all), line("stocks", func(m *assess.PathMonth) float64 { return m.StocksTonnes }, all),
		line("use", func(m *assess.PathMonth) float64 { return m.UseShare }, all),
		line("loss", func(m *assess.PathMonth) float64 { return m.LossMUSD }, func(m *assess.PathMonth) bool { return !m.Adapted }), scale}
}

// shownMonths are the rows of a commodity for the months that matter: the first,
// those in which the withdrawal changes, the peak, the lowest use, and the ends of years.
func shownMonths(t *export.Table, r *assess.PathResult, unit string) *export.Table {
	lowest := 0
	for k := range r.Months {
		if r.Months[k].UseShare < r.Months[lowest].UseShare {
			lowest = k
		}
	}
	last := len(r.Months) - 1
	keep := map[int]bool{0: true, 2: true, 5: true, r.PeakMonth - 1: true, lowest: true, last: true}
	for k := 11; k <= last; k += 12 * max(1, (last+1)/72) {
		keep[k] = true
	}
	for k := 1; k <= last; k++ {
		if a, b := r.Months[k-1].Withheld, r.Months[k].Withheld; (a > b+0.3 || b > a+0.3) && len(keep) < 20 {
			keep[k] = true
		}
	}
	out := &export.Table{Name: t.Name, Columns: t.Columns}
	commodity, month := 0, 0
	for k, c := range t.Columns {
		switch c.Name {
		case "commodity":
			commodity = k
		case "months_from_start":
			month = k
		}
	}
	for _, row := range t.Rows {
		if row[commodity] == unit && keep[row[month].(int)-1] {
			out.Rows = append(out.Rows, row)
		}
	}
	return out
}
