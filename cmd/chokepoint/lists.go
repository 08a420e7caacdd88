package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/internal/ask"
	"chokepoint/internal/claims"
	"chokepoint/internal/explain"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/lists"
	"chokepoint/internal/report"
)

// listSession is what the commands of lists start from.
type listSession struct {
	*session
	*lists.Lists
	rules lists.RuleSet
}

// loadLists loads the catalogue and the lists, and reads a set of rules.
func (a *app) loadLists(rules string) (*listSession, error) {
	x, err := a.load()
	if err != nil {
		return nil, err
	}
	l, err := lists.Load(x.engine.Catalog)
	if err != nil {
		return nil, err
	}
	s, err := l.ParseRules(rules)
	return &listSession{x, l, s}, err
}

func (a *app) listsCommand() *cobra.Command {
	c := group("lists", "Lists of critical minerals since 1918: who lists what, what they share",
		a.listsShow(), a.listsDiff(), a.listsOverlap(), a.listsTimeline(), a.listsClaims(), a.listsRules(), a.listsMaterials())
	c.Long = `Lists of critical and strategic minerals, as governments printed them. Without a
subcommand: the editions.`
	c.Example = "  chokepoint lists\n  chokepoint lists show us-2025-final\n  chokepoint lists overlap shared-18\n  chokepoint lists diff us-2022 us-2025-final\n  chokepoint lists timeline --material gallium"
	usage := c.RunE
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usage(cmd, args)
		}
		x, err := a.loadLists("")
		if err != nil {
			return err
		}
		return a.writeTable(x.session, "Lists of critical minerals", report.EditionsTable(x.Lists))
	}
	return c
}

func addRulesFlag(cmd *cobra.Command, rules *string) {
	cmd.Flags().StringVar(rules, "rules", "", "what counts as one: default, all, none (as printed), expanded (groups as members), R1,R2 (these only) or -R3,+X1 (changes)")
}

func addLanguageFlag(cmd *cobra.Command, language *string) {
	cmd.Flags().StringVar(language, "language", "en", "language of the names: "+strings.Join(ask.Languages(), ", "))
}

func checkLanguage(language string) error {
	if slices.Contains(ask.Languages(), language) {
		return nil
	}
	return &fault.Error{Code: fault.Usage, File: "--language", What: "unknown language " + fault.Quote(language), Expected: "one of " + strings.Join(ask.Languages(), ", ")}
}

func (a *app) listsShow() *cobra.Command {
	var language string
	c := &cobra.Command{
		Use: "show EDITION", Short: "The names of an edition, and the commodity units they stand for",
		Args: oneArgument("an edition, such as us-2025-final"),
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.loadLists("")
			if err != nil {
				return err
			}
			e, err := x.FindEdition(args[0], x.rules)
			if err != nil {
				return err
			}
			a.standsFor(x.Lists, x.rules, args[0])
			return a.showEdition(x, e, language)
		},
	}
	addLanguageFlag(c, &language)
	return c
}

// showEdition prints an edition with its names.
func (a *app) showEdition(x *listSession, edition int, language string) error {
	if err := checkLanguage(language); err != nil {
		return err
	}
	e := &x.Editions[edition]
	entries, about := report.EntriesTable(x.Lists, edition, language), report.EditionsTable(x.Lists, edition)
	return a.write(x.session, &answer{title: e.ID, tables: []*export.Table{entries, about}, text: func(w io.Writer) error {
		fmt.Fprintf(w, "%s\n", wrap("", e.ID+"  "+e.Title))
		fmt.Fprintf(w, "%s\n", wrap("", strings.Join([]string{e.Jurisdiction + ", " + e.Date, e.Citation, howComplete(e)}, "; ")))
		if e.Note != "" {
			fmt.Fprintf(w, "%s\n", wrap("", e.Note))
		}
		if len(entries.Rows) == 0 {
			return nil
		}
		fmt.Fprintln(w)
		return a.writeRows(w, entries)
	}})
}

// howComplete says how much of an edition is at hand.
func howComplete(e *lists.Edition) string {
	switch {
	case e.Complete == lists.Complete:
		return fmt.Sprintf("%d names, complete", e.Printed)
	case e.Complete == lists.None:
		return fmt.Sprintf("%d names, none of them at hand", e.Printed)
	case e.Printed > 0:
		return fmt.Sprintf("%d of %d names at hand", len(e.Entries), e.Printed)
	}
	return fmt.Sprintf("%d names at hand, the whole number is not known", len(e.Entries))
}

// standsFor notes which edition was taken for a word that is not its ID, such as
// JPN or us-critical, and by which rule.
func (a *app) standsFor(l *lists.Lists, s lists.RuleSet, words ...string) {
	for _, word := range words {
		e, err := l.FindEdition(word, s)
		if err != nil || strings.EqualFold(strings.TrimSpace(word), l.Editions[e].ID) {
			continue
		}
		text := fmt.Sprintf("%s stands for %s of %s", word, l.Editions[e].ID, l.Editions[e].Date)
		for i := range l.Rules {
			if r := &l.Rules[i]; s.On[i] && r.Kind == lists.Select && r.Edition == e && r.Jurisdiction == l.Editions[e].Jurisdiction && !strings.EqualFold(word, l.Editions[e].Series) {
				text += ", by rule " + r.ID
			}
		}
		a.note("%s", wrap("", text))
	}
}

// sayEditionSets notes it of sets of units, such as @JPN.
func (a *app) sayEditionSets(x *session, args []string) error {
	var words []string
	for _, word := range strings.Split(strings.Join(args, ","), ",") {
		if name, ok := strings.CutPrefix(strings.TrimSpace(word), "@"); ok {
			words = append(words, name)
		}
	}
	if len(words) == 0 || a.quiet {
		return nil
	}
	l, err := lists.Load(x.engine.Catalog)
	if err == nil {
		a.standsFor(l, l.DefaultRules(), words...)
	}
	return err
}

// partial notes editions of which only some names are at hand.
func (a *app) partial(x *listSession, editions []int) {
	for _, e := range editions {
		if x.Editions[e].Complete == lists.Partial {
			a.note("%s", wrap("", x.Editions[e].ID+": "+howComplete(&x.Editions[e])+"; what is missing here may be on it."))
		}
	}
}

func (a *app) listsDiff() *cobra.Command {
	var rules, language string
	c := &cobra.Command{
		Use: "diff A B", Short: "What a second edition adds, drops and renames",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return &fault.Error{Code: fault.Usage, File: cmd.CommandPath(), What: count(len(args), "edition"), Expected: "two, such as us-2022 us-2025-final"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkLanguage(language); err != nil {
				return err
			}
			x, err := a.loadLists(rules)
			if err != nil {
				return err
			}
			e, err := x.FindEditions(args, x.rules)
			if err != nil {
				return err
			}
			t := report.DiffTable(x.Lists, e[0], e[1], x.rules, language)
			err = a.write(x.session, &answer{title: "From " + x.Editions[e[0]].ID + " to " + x.Editions[e[1]].ID, tables: []*export.Table{t}, text: func(w io.Writer) error {
				if err := a.writeRows(w, t); err != nil {
					return err
				}
				n := map[any]int{}
				for _, row := range t.Rows {
					n[row[0]]++
				}
				_, err := fmt.Fprintf(w, "\n%s\n", wrap("", fmt.Sprintf("From %s to %s: %d added, %d dropped, %d renamed; rules: %s.", x.Editions[e[0]].ID, x.Editions[e[1]].ID, n[lists.Added], n[lists.Dropped], n[lists.Renamed], x.RulesText(x.rules))))
				return err
			}})
			a.standsFor(x.Lists, x.rules, args...)
			a.partial(x, e)
			return err
		},
	}
	addRulesFlag(c, &rules)
	addLanguageFlag(c, &language)
	return c
}

func (a *app) listsOverlap() *cobra.Command {
	var rules, language string
	c := &cobra.Command{
		Use: "overlap EDITION EDITION... | shared-18 | --all", Short: "What several editions share",
		Long: `The materials that stand on all of some editions. Names count as one by rules
(` + "`chokepoint lists rules`" + `); --rules turns them on and off. shared-18 is a preset:
us-2025-draft eu-2023-critical jp-2009. --all without editions: every choice of
one edition of the United States, the EU and Japan, with the contested rules on
and off.`,
		Example: "  chokepoint lists overlap us-2025-draft eu-2023-critical jp-2009\n  chokepoint lists overlap us-2025-final eu-2024-strategic --rules none\n  chokepoint lists overlap shared-18 --rules=-R3,-R4 --language ja\n  chokepoint lists overlap --all --format csv",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && !a.all {
				return &fault.Error{Code: fault.Usage, File: cmd.CommandPath(), What: "no edition", Expected: "editions, shared-18, or --all", Do: "`chokepoint lists` lists the editions."}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkLanguage(language); err != nil {
				return err
			}
			x, err := a.loadLists(rules)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return a.overlapAll(x)
			}
			e, err := x.FindEditions(args, x.rules)
			if err != nil {
				return err
			}
			t := report.OverlapTable(x.Lists, e, x.rules, language)
			var ids []string
			for _, k := range e {
				ids = append(ids, x.Editions[k].ID)
			}
			err = a.write(x.session, &answer{title: "On all of " + strings.Join(ids, ", "), tables: []*export.Table{t, report.EditionsTable(x.Lists, e...), report.RulesTable(x.Lists, x.rules)}, text: func(w io.Writer) error {
				if err := a.writeRows(w, narrow(t, ids)); err != nil {
					return err
				}
				_, err := fmt.Fprintf(w, "\n%s\n", wrap("", fmt.Sprintf("%s on all of %s; rules: %s.", count(len(t.Rows), "material"), strings.Join(ids, ", "), x.RulesText(x.rules))))
				return err
			}})
			a.standsFor(x.Lists, x.rules, args...)
			a.partial(x, e)
			return err
		},
	}
	addRulesFlag(c, &rules)
	addLanguageFlag(c, &language)
	return c
}

// mostNames is how many names a text of 80 columns can give a column each: of
// editions, and of another language.
const mostNames = 4

// narrow leaves the names in more editions out of a text; csv has them.
func narrow(t *export.Table, editions []string) *export.Table {
	columns := len(editions)
	if t.Columns[1].Heading != "" { // names in another language
		columns++
	}
	if columns <= mostNames {
		return t
	}
	out := *t
	out.Columns = slices.Clone(t.Columns)
	for k := range out.Columns {
		if slices.Contains(editions, out.Columns[k].Name) {
			out.Columns[k].Heading = ""
		}
	}
	return &out
}

// overlapAll prints the table over editions and rules.
func (a *app) overlapAll(x *listSession) error {
	all := x.Combinations(x.rules)
	overlaps, grid := report.CombinationsTables(x.Lists, all)
	sizes := map[int]int{}
	for _, c := range all {
		sizes[len(c.Overlap)]++
	}
	var said []string
	for n := range 1 + slices.Max(append(keys(sizes), 0)) {
		if sizes[n] > 0 {
			said = append(said, fmt.Sprintf("%d: %d", n, sizes[n]))
		}
	}
	return a.write(x.session, &answer{title: "Overlaps of all editions and rules", tables: []*export.Table{overlaps, grid}, text: func(w io.Writer) error {
		if err := export.WriteText(w, grid, 0); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "\n%s\n%s\n", wrap("", fmt.Sprintf("%d combinations of editions and rules. Materials shared, and how often:", len(all))), wrap("  ", strings.Join(said, ", ")))
		return err
	}})
}

func keys(m map[int]int) []int {
	var out []int
	for k := range m {
		out = append(out, k)
	}
	return out
}

func (a *app) listsTimeline() *cobra.Command {
	var jurisdiction, material, from, to string
	c := &cobra.Command{
		Use: "timeline", Short: "Editions and milestones of mineral policy by date", Args: cobra.NoArgs,
		Example: "  chokepoint lists timeline --jurisdiction USA --to 1950\n  chokepoint lists timeline --material gallium\n  chokepoint lists timeline --jurisdiction CHN --since 2023",
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.loadLists("")
			if err != nil {
				return err
			}
			f := lists.Filter{Material: -1, From: from, To: to}
			if err := f.Check("--since", "--to"); err != nil {
				return err
			}
			if jurisdiction != "" {
				if f.Jurisdiction, err = x.FindJurisdiction(jurisdiction); err != nil {
					return err
				}
			}
			if material != "" {
				if f.Material, err = x.FindMaterial(material); err != nil {
					return err
				}
			}
			t := report.TimelineTable(x.Lists, x.Timeline(f))
			if len(t.Rows) == 0 {
				a.note("no edition and no milestone meets all of this")
			}
			return a.writeLines(x.session, "Timeline of lists and policy", t, func(row []any) (label, text string) {
				return fmt.Sprintf("%-10s  %-3s  ", row[0], row[1]), fmt.Sprintf("%s (%s)", row[3], row[2])
			})
		},
	}
	c.Flags().StringVar(&jurisdiction, "jurisdiction", "", "country or bloc: USA, China, EU")
	c.Flags().StringVar(&material, "material", "", "material: name, symbol or commodity unit")
	c.Flags().StringVar(&from, "since", "", "first year or date")
	c.Flags().StringVar(&to, "to", "", "last year or date")
	return c
}

// claims computes one claim, or all where no ID is given.
func (a *app) claims(ctx context.Context, x *listSession, ids ...string) ([]*claims.Answer, error) {
	all, err := claims.Load(x.Lists)
	if err != nil {
		return nil, err
	}
	var chosen []*claims.Claim
	for _, id := range ids {
		c, err := claims.Find(all, id)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, c)
	}
	if len(ids) == 0 {
		for i := range all {
			chosen = append(chosen, &all[i])
		}
	}
	k := &claims.Computer{Lists: x.Lists, Engine: x.engine, Probability: x.probability, Workers: a.workers}
	var out []*claims.Answer
	for _, c := range chosen {
		y, err := k.Compute(ctx, c)
		if err != nil {
			return nil, err
		}
		out = append(out, y)
	}
	return out, nil
}

func (a *app) listsClaims() *cobra.Command {
	return &cobra.Command{
		Use: "claims [CLAIM]", Short: "Statements on critical minerals, computed here: agrees, differs, or cannot be checked",
		Long: `Statements that a press article and its summaries make about critical minerals,
each computed from the tables and the model, or marked as not computable. With a
claim: how, every reading, the rows.`,
		Example: "  chokepoint lists claims\n  chokepoint lists claims A14",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.loadLists("")
			if err != nil {
				return err
			}
			answers, err := a.claims(cmd.Context(), x, args...)
			if err != nil {
				return err
			}
			t, readings := report.ClaimsTable(answers), report.ClaimReadingsTable(answers)
			tables := []*export.Table{t, readings}
			notes := slices.Concat([]string{"How a number is held against the stated one: " + strings.Join(claims.Tolerances(), "; ") + "."}, report.Limits())
			if len(args) == 1 {
				y := explain.Claim(answers[0])
				tables = append(tables, explain.RowsTable(y.Rows))
				return a.write(x.session, &answer{title: "Claim " + y.Column, tables: tables, notes: notes, text: func(w io.Writer) error { return explain.WriteText(w, y, wrap) }})
			}
			verdicts := map[string]int{}
			for _, y := range answers {
				verdicts[y.Verdict]++
			}
			if err := a.write(x.session, &answer{title: "Claims, computed", tables: tables, notes: notes, text: func(w io.Writer) error {
				shown := answers
				if n := a.rows(len(answers)); n > 0 {
					shown = answers[:n]
				}
				for _, y := range shown {
					head, body := report.ClaimLines(y)
					fmt.Fprintf(w, "%s\n%s\n", wrap("", head), wrap("     ", body))
				}
				if err := a.more(w, len(answers)); err != nil {
					return err
				}
				var said []string
				for _, v := range []string{claims.Agrees, claims.Differs, claims.Depends, claims.Unchecked} {
					said = append(said, fmt.Sprintf("%s: %d", v, verdicts[v]))
				}
				_, err := fmt.Fprintf(w, "\n%s\n", wrap("", strings.Join(said, "; ")+". `chokepoint lists claims A16` says how one is computed."))
				return err
			}}); err != nil {
				return err
			}
			a.tell(notes)
			return nil
		},
	}
}

// writeLines prints a table whose rows are sentences: a label, and text that
// goes on under itself.
func (a *app) writeLines(x *session, title string, t *export.Table, line func(row []any) (label, text string)) error {
	return a.write(x, &answer{title: title, tables: []*export.Table{t}, text: func(w io.Writer) error {
		rows := t.Rows
		if n := a.rows(len(rows)); n > 0 {
			rows = rows[:n]
		}
		for _, row := range rows {
			label, text := line(row)
			indent := strings.Repeat(" ", len(label))
			fmt.Fprintln(w, label+strings.TrimPrefix(wrap(indent, text), indent))
		}
		return a.more(w, len(t.Rows))
	}})
}

func (a *app) listsRules() *cobra.Command {
	var rules string
	c := &cobra.Command{
		Use: "rules", Short: "The rules of equivalence: when two names count as one", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.loadLists(rules)
			if err != nil {
				return err
			}
			return a.writeLines(x.session, "Rules of equivalence", report.RulesTable(x.Lists, x.rules), func(row []any) (label, text string) {
				return fmt.Sprintf("%-4s %-4s", row[0], map[any]string{"yes": "on", "no": "off"}[row[1]]), fmt.Sprint(row[3])
			})
		},
	}
	addRulesFlag(c, &rules)
	return c
}

func (a *app) listsMaterials() *cobra.Command {
	return &cobra.Command{
		Use: "materials", Short: "The materials that lists name, in five languages", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.loadLists("")
			if err != nil {
				return err
			}
			return a.writeTable(x.session, "Materials that lists name", report.MaterialsTable(x.Lists))
		},
	}
}
