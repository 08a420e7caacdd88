package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/lists"
	"chokepoint/internal/rank"
	"chokepoint/internal/report"
)

func (a *app) rankCommand() *cobra.Command {
	var opt rank.Options
	var by, units, structure, against string
	cmd := &cobra.Command{
		Use:   "rank [COMMODITY... | @usgs-84 | @all | @EDITION]",
		Short: "Rank minerals by the GDP that a stop of exports is expected to cost",
		Long: `Rank minerals by expected loss of GDP: the sum, over every country whose net
exports could stop for a year, of probability times loss. Without names the 84
units of USGS Open-File Report 2025-1047. @us-2025-final stands for the units on
that list; --against compares the ranking with one.`,
		Example: "  chokepoint rank\n  chokepoint rank gallium germanium --given-disruption\n  chokepoint rank @all --by chain --format csv -o rank.csv\n  chokepoint rank --set gallium.supply.CHN.share=0.90\n  chokepoint rank @us-2025-final --draws 0\n  chokepoint rank --against us-2025-final",
		RunE: func(cmd *cobra.Command, args []string) error {
			if by != "" && by != "chain" {
				return &fault.Error{Code: fault.Usage, File: "--by", What: fault.Quote(by), Expected: "chain"}
			}
			opt.ByChain = by == "chain"
			if against != "" && (by != "" || structure != "" || opt.GivenDisruption) {
				return &fault.Error{Code: fault.Usage, File: "--against", What: "beside --by, --structure or --given-disruption", Expected: "it alone: a list is compared unit by unit, by expected loss"}
			}
			if structure != "" && structure != "all" {
				return &fault.Error{Code: fault.Usage, File: "--structure", What: fault.Quote(structure), Expected: "all"}
			}
			x, err := a.load()
			if err != nil {
				return err
			}
			if against != "" {
				return a.rankAgainst(cmd.Context(), x, args, against, units, opt)
			}
			selected, err := ask.Units(x.engine.Catalog, args)
			if err != nil {
				return err
			}
			if err := a.sayEditionSets(x, args); err != nil {
				return err
			}
			blocs, err := ask.CustomsAreas(x.engine.Catalog, units)
			if err != nil {
				return err
			}
			if structure == "all" {
				return a.rankStructures(cmd.Context(), x, selected, blocs, opt)
			}
			results, err := a.restrictions(cmd.Context(), x.engine, selected, blocs)
			if err != nil {
				return err
			}
			valueAdded, err := x.engine.ValueAddedMUSD()
			if err != nil {
				return err
			}
			rows := rank.Rank(x.engine, x.probability, selected, results, valueAdded, opt)
			ranges, notes, err := a.rankRanges(cmd.Context(), x, rows, results, opt)
			if err != nil {
				return err
			}
			return a.writeRanking(x, rows, ranges, notes, opt)
		},
	}
	cmd.Flags().BoolVar(&opt.GivenDisruption, "given-disruption", false, "rank by the loss of the leading scenario, without probability")
	cmd.Flags().StringVar(&by, "by", "", "chain: one row a chain, its highest stage")
	cmd.Flags().StringVar(&structure, "structure", "", "all: the interval of ranks over the choices of equations (takes a minute or two)")
	cmd.Flags().StringVar(&against, "against", "", "edition of a list: where the model agrees with it, what it would add or drop")
	addUnitsFlag(cmd, &units)
	return cmd
}

// rankAgainst holds a ranking against an edition of a list. Without names it takes
// the 84 and the units on the list.
func (a *app) rankAgainst(ctx context.Context, x *session, names []string, against, units string, opt rank.Options) error {
	l, err := lists.Load(x.engine.Catalog)
	if err != nil {
		return err
	}
	edition, err := l.FindEdition(against, l.DefaultRules())
	if err != nil {
		return err
	}
	a.standsFor(l, l.DefaultRules(), against)
	e := &l.Editions[edition]
	if len(e.Entries) == 0 {
		return &fault.Error{Code: fault.Usage, File: "--against", What: "only the count of " + e.ID + " is known, not its names", Expected: "an edition with names", Do: "`chokepoint lists` says which have them."}
	}
	whole := len(names) == 0
	if whole {
		names = []string{"@usgs-84"}
		if listed, _ := l.Units(edition); len(listed) > 0 {
			names = append(names, "@"+e.ID)
		}
	}
	selected, err := ask.Units(x.engine.Catalog, names)
	if err != nil {
		return err
	}
	blocs, err := ask.CustomsAreas(x.engine.Catalog, units)
	if err != nil {
		return err
	}
	results, err := a.restrictions(ctx, x.engine, selected, blocs)
	if err != nil {
		return err
	}
	valueAdded, err := x.engine.ValueAddedMUSD()
	if err != nil {
		return err
	}
	rows := rank.Rank(x.engine, x.probability, selected, results, valueAdded, opt)
	t := report.AgainstTable(l, edition, rows)
	var notes []string
	if _, without := l.Units(edition); len(without) > 0 {
		var printed []string
		for _, k := range without {
			printed = append(printed, e.Entries[k].Name)
		}
		notes = append(notes, "names of "+e.ID+" that are no unit of the model: "+strings.Join(printed, ", ")+".")
	}
	if e.Complete != lists.Complete {
		notes = append(notes, e.ID+": "+howComplete(e)+"; what is missing here may be on it.")
	}
	notes = append(append(notes, x.probability.Note()), report.Limits()...)
	verdicts := map[any]int{}
	for _, row := range t.Rows {
		verdicts[row[3]]++
	}
	var counts []string
	for _, v := range report.Agreements() {
		counts = append(counts, fmt.Sprintf("%s %d", v, verdicts[v]))
	}
	said := []string{fmt.Sprintf("%s against %s: %s. Recommended: expected loss of 2 M USD/yr or more, or a single point of failure.", count(len(t.Rows), "unit"), e.ID, strings.Join(counts, ", "))}
	switch names := report.NamesDropped(l, edition, rows); {
	case len(names) > 0:
		said = append(said, "A name can stand for several units; names without a recommended one: "+strings.Join(names, ", ")+".")
	case whole && verdicts[report.WouldDrop] > 0:
		said = append(said, "A name can stand for several units; every name of the list that has units has a recommended one.")
	}
	if err := a.write(x, &answer{title: "The model against " + e.ID, tables: []*export.Table{t, report.EditionsTable(l, edition)}, remarks: said, notes: notes, text: func(w io.Writer) error {
		if err := a.writeRows(w, t); err != nil {
			return err
		}
		fmt.Fprintln(w)
		for _, s := range said {
			fmt.Fprintln(w, wrap("", s))
		}
		return nil
	}}); err != nil {
		return err
	}
	a.tell(notes)
	return a.failIf(t)
}

func addUnitsFlag(cmd *cobra.Command, units *string) {
	cmd.Flags().StringVar(units, "units", "country", "who acts: country, or customs-area (the European Union as one)")
}

// restrictions runs the export restrictions of the baseline of some units.
func (a *app) restrictions(ctx context.Context, e *assess.Engine, units []int, blocs [][]string) ([]*assess.Result, error) {
	return e.Run(ctx, ask.Baseline(e, units, blocs, true), assess.Options{Workers: a.workers})
}

func (a *app) writeRanking(x *session, rows []rank.Row, ranges []rank.Ranges, notes []string, opt rank.Options) error {
	t := report.RankTable(x.engine.Catalog, rows, ranges, opt)
	notes = append(notes, report.Limits()...)
	if !opt.GivenDisruption {
		notes = append([]string{x.probability.Note()}, notes...)
	}
	if err := a.write(x, &answer{tables: []*export.Table{t}, notes: notes, drawn: ranges != nil, text: func(w io.Writer) error { return a.writeRows(w, t) }}); err != nil {
		return err
	}
	flagged := 0
	for _, r := range rows {
		if r.Leading != nil && slices.Contains(r.Leading.Flags(), assess.FlagRationing) {
			flagged++
		}
	}
	a.note("%s", wrap("", fmt.Sprintf("%s. Loss of US GDP if a country stops its net exports for a year; evidence: supply, use, dependence, A official to D judgement. For %d of them the loss %s.", count(len(rows), "unit"), flagged, assess.FlagRationing)))
	a.tell(notes)
	return a.failIf(t)
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// tell writes notes on standard error.
func (a *app) tell(notes []string) {
	for _, n := range notes {
		a.note("%s", wrap("", strings.ToUpper(n[:1])+n[1:]))
	}
}

// wrap breaks text into lines of at most 80 columns.
func wrap(indent, text string) string {
	var b strings.Builder
	width := export.Width - len(indent)
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && export.DisplayWidth(line)+1+export.DisplayWidth(word) > width {
			b.WriteString(indent + line + "\n")
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	b.WriteString(indent + line)
	return b.String()
}
