package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/batch"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/report"
)

const (
	defaultBatchDraws = 10_000
	defaultShardDraws = 5_000 // draws of a shard where --shards is not given
)

func (a *app) batchCommand() *cobra.Command {
	c := group("batch", "Long runs of draws in a folder: split, resumed, on many machines, merged exactly",
		a.batchNewCommand(), a.batchWorkCommand(), a.batchStatusCommand(), a.batchGatherCommand(), a.batchCancelCommand())
	c.Long = `Long runs of draws in a folder, the run directory. new writes the plan, work
computes shards of it (all that are missing, or one of an array of jobs), status
says what is there, gather merges. A stopped run goes on where it stopped; any
number of shards and machines of one architecture gives the same bits.`
	return c
}

func (a *app) batchNewCommand() *cobra.Command {
	var scenarios []string
	var shards int
	var by, units string
	var given, dry bool
	cmd := &cobra.Command{
		Use:   "new [COMMODITY... | @usgs-84 | @all | --scenario SELECTOR]  -o DIR",
		Short: "Write the plan of a run",
		Long: `Write the plan of a run: a ranking of the commodities named (default the 84), or
the scenarios of --scenario, which are a file, a name from the library, or a
selector in quotes. The plan never changes; its hash names the run.`,
		Example: "  chokepoint batch new --draws 10000 -o myrun\n  chokepoint batch new --scenario \"gallium --from CHN\" --scenario \"germanium --from CHN\" --draws 100000 --shards 50 -o pair\n  chokepoint batch new --draws 1000000 --shards 500 --dry-run -o large",
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := a.output
			a.output = "" // of this command a folder
			if dir == "" {
				return &fault.Error{Code: fault.Usage, File: "-o", What: "no folder for the run", Expected: "-o DIR"}
			}
			if by != "" && by != "chain" {
				return &fault.Error{Code: fault.Usage, File: "--by", What: fault.Quote(by), Expected: "chain"}
			}
			if len(scenarios) > 0 {
				for _, flag := range []string{"by", "units", "given-disruption"} {
					if cmd.Flags().Changed(flag) {
						return &fault.Error{Code: fault.Usage, File: "--" + flag, What: "a setting of rankings, beside --scenario", Expected: "one of both"}
					}
				}
				if len(args) > 0 {
					return &fault.Error{Code: fault.Usage, File: "--scenario", What: "commodities beside scenarios", Expected: "one of both"}
				}
			}
			if !cmd.Flags().Changed("draws") {
				a.draws = defaultBatchDraws
			}
			if a.draws < 0 {
				return batch.CheckSize(0, 1)
			}
			if !cmd.Flags().Changed("shards") {
				shards = min(batch.MaxShards, (a.draws+defaultShardDraws-1)/defaultShardDraws)
			}
			if err := batch.CheckSize(uint64(a.draws), shards); err != nil {
				return err
			}
			x, err := a.load()
			if err != nil {
				return err
			}
			r := batch.Request{Version: version(), Engine: x.engine, Probability: x.probability, Overlays: len(a.dataDirs), Edits: a.sets, Seed: a.seed, Draws: uint64(a.draws), Shards: shards}
			for _, text := range scenarios {
				sel, err := a.quotedSelection(x, "--scenario", text)
				if err != nil {
					return err
				}
				r.Scenarios, r.Labels = append(r.Scenarios, sel.scenario), append(r.Labels, sel.label)
			}
			if len(scenarios) == 0 {
				selected, err := ask.Units(x.engine.Catalog, args)
				if err != nil {
					return err
				}
				r.Ranking = &batch.Ranking{ActAs: units, GivenDisruption: given, ByChain: by == "chain"}
				for _, u := range selected {
					r.Ranking.Units = append(r.Ranking.Units, x.engine.Catalog.Units[u].ID)
				}
			}
			p, m, err := batch.NewPlan(cmd.Context(), r, a.workers)
			if errors.Is(err, assess.ErrNoDraws) {
				return &fault.Error{Code: fault.Usage, File: "--method", What: err.Error(), Expected: "a setting that has draws", Err: err}
			}
			if err != nil {
				return err
			}
			if dry {
				return a.estimate(cmd.Context(), p, m)
			}
			d, created, err := batch.Create(dir, p, a.dataDirs)
			if err != nil {
				return err
			}
			if !created {
				a.note("the same run stands in %s already", dir)
			}
			a.note("%s", wrap("", fmt.Sprintf("run %.12s: %d draws in %s; `chokepoint batch work %s` computes it", d.Name, p.Draws, count(p.Shards, "shard"), dir)))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&scenarios, "scenario", nil, "a file, a name from the library, or a selector in quotes; repeatable")
	f.IntVar(&shards, "shards", 1, "pieces of the run, at most 1000 (default one per 5,000 draws)")
	f.BoolVar(&given, "given-disruption", false, "rank by the loss of the leading scenario, without probability")
	f.StringVar(&by, "by", "", "chain: one row a chain, its highest stage")
	f.BoolVar(&dry, "dry-run", false, "write nothing; print time, memory and size of files, measured on a few draws")
	addUnitsFlag(cmd, &units)
	return cmd
}

// quotedSelection reads a scenario from one word: a file, a name, or a selector
// with spaces.
func (a *app) quotedSelection(x *session, place, text string) (*selection, error) {
	words, err := ask.SplitWords(text)
	if err != nil {
		return nil, err
	}
	s := &selector{}
	flags := pflag.NewFlagSet("selector", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	s.addFlags(flags)
	if err := flags.Parse(words); err != nil {
		return nil, &fault.Error{Code: fault.Usage, File: place, What: fault.Quote(text) + ": " + err.Error(), Expected: "a selector such as \"gallium --from CHN --to USA\""}
	}
	if flags.NArg() != 1 {
		return nil, &fault.Error{Code: fault.Usage, File: place, What: fmt.Sprintf("%s names %d scenarios", fault.Quote(text), flags.NArg()), Expected: "one: a file, a name, or a commodity with --from"}
	}
	sel, err := s.parse(x.engine, flags.Arg(0))
	if err != nil {
		return nil, err
	}
	notes, err := dropped(x.engine, sel.scenario)
	for _, n := range notes {
		a.note("%s", wrap("", sel.label+": "+n))
	}
	return sel, err
}

// estimate prints what a run will take.
func (a *app) estimate(ctx context.Context, p *batch.Plan, m *batch.Model) error {
	e, err := m.Measure(ctx, a.workers)
	if err != nil {
		return err
	}
	h := export.Human
	from, to := p.Range(0)
	lines := []string{
		fmt.Sprintf("draws                 %d in %s, %d scenarios each", p.Draws, count(p.Shards, "shard"), len(m.Results)),
		fmt.Sprintf("time on this machine  %s (%s draws a second, measured on %d)", duration(e.Seconds(p.Draws)), h(e.DrawsPerSecond), e.Measured),
		fmt.Sprintf("time of a shard       %s; 1 to 10 minutes suit an array of jobs", duration(e.Seconds(to-from))),
		fmt.Sprintf("memory of a process   about %s MB, whatever the number of draws", h(e.MemoryMB)),
		fmt.Sprintf("memory of gather      %s MB more, for exact quantiles", h(e.GatherNumbersMB)),
		fmt.Sprintf("files                 %s MB (%s bytes a draw)", h(e.Bytes(p)/1e6), h(e.BytesPerDraw)),
	}
	if e.GatherNumbersMB == 0 {
		lines[4] = "memory of gather      no more: quantiles are those of the sketch, within 0.78 %"
	}
	_, err = fmt.Fprintln(a.stdout, strings.Join(lines, "\n"))
	return err
}

// duration writes seconds for a person.
func duration(seconds float64) string {
	switch {
	case seconds < 100:
		return fmt.Sprintf("%.0f s", max(seconds, 1))
	case seconds < 6000:
		return fmt.Sprintf("%.0f min", seconds/60)
	}
	return fmt.Sprintf("%.1f h", seconds/3600)
}

// openRun opens the run directory of a command, whose plan settles what is
// computed.
func (a *app) openRun(cmd *cobra.Command, dir string) (*batch.Dir, error) {
	for _, flag := range []string{"method", "probability", "economy", "data", "set", "draws", "seed"} {
		if cmd.Flags().Changed(flag) {
			return nil, &fault.Error{Code: fault.Usage, File: "--" + flag, What: "the plan of the run settles this", Expected: "no --" + flag, Do: "`chokepoint batch new` makes another run."}
		}
	}
	if a.workers < 0 || a.workers > maxWorkers {
		return nil, &fault.Error{Code: fault.Usage, File: "--workers", What: strconv.Itoa(a.workers), Expected: fmt.Sprintf("0 to %d", maxWorkers)}
	}
	return batch.Open(dir)
}

// runDirectory is the argument of the commands on a run.
var runDirectory = oneArgument("a run directory, which `chokepoint batch new` makes")

func (a *app) batchWorkCommand() *cobra.Command {
	index, all := -1, false
	cmd := &cobra.Command{
		Use: "work DIR", Short: "Compute one shard, or all that are missing", Args: runDirectory,
		Long: `Compute shards. In an array of jobs (SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX
is set) or with --index that shard; else, or with --all, all that are missing or
damaged. A shard that is there is not computed again: code 0. A stopped run goes
on with the same command.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := a.openRun(cmd, args[0])
			if err != nil {
				return err
			}
			shards, err := toWork(d, index, cmd.Flags().Changed("index"), all)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM) // what schedulers send
			defer stop()
			return a.work(ctx, d, shards)
		},
	}
	cmd.Flags().IntVar(&index, "index", -1, "shard, from 0 (default: the index of the array job)")
	// --all of the ranking commands means all rows; here all shards.
	cmd.Flags().BoolVar(&all, "all", false, "all shards that are missing (default outside an array of jobs)")
	return cmd
}

// arrayVariables name the index that a scheduler gives to a job of an array.
var arrayVariables = []string{"SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX"}

// toWork settles which shards to compute.
func toWork(d *batch.Dir, index int, given, all bool) ([]int, error) {
	if given && all {
		return nil, &fault.Error{Code: fault.Usage, File: "--index", What: "one shard and all shards", Expected: "--index or --all"}
	}
	if !given && !all {
		for _, name := range arrayVariables {
			text, ok := os.LookupEnv(name)
			if !ok || text == "" {
				continue
			}
			k, err := strconv.Atoi(text)
			if err != nil {
				return nil, &fault.Error{Code: fault.Usage, File: name, What: fault.Quote(text), Expected: "the number of a shard", Do: "--index or --all overrides the variable."}
			}
			index, given = k, true
			break
		}
	}
	if given {
		return []int{index}, d.CheckIndex(index)
	}
	out := make([]int, d.Plan.Shards)
	for k := range out {
		out[k] = k
	}
	return out, nil
}

func (a *app) work(ctx context.Context, d *batch.Dir, shards []int) error {
	var missing []int
	draws := uint64(0)
	for _, k := range shards {
		s := d.Check(k, true)
		if s.State == batch.Done {
			continue
		}
		if s.State != batch.Missing {
			a.note("%s", wrap("", fmt.Sprintf("shard %d is computed again: %s", k, s.What)))
		}
		missing = append(missing, k)
		draws += s.To - s.From
	}
	if len(missing) == 0 {
		a.note("nothing to do: %s already there", have(len(shards), "shard"))
		return nil
	}
	m, err := d.Load(ctx, version(), a.workers)
	if err != nil {
		return a.stopped(d, err)
	}
	bar := a.newBar(draws)
	defer bar.clear()
	before := uint64(0)
	for _, k := range missing {
		if err := d.Work(ctx, m, k, a.workers, func(done uint64) { bar.show(before + done) }); err != nil {
			bar.clear()
			return a.stopped(d, err)
		}
		from, to := d.Plan.Range(k)
		before += to - from
	}
	bar.clear()
	if len(shards) == 1 {
		a.note("shard %d of %d is there", missing[0], d.Plan.Shards)
		return nil
	}
	a.note("%s", wrap("", fmt.Sprintf("%s there: `chokepoint batch gather %s` merges", have(d.Plan.Shards, "shard"), filepath.ToSlash(d.Path))))
	return nil
}

// have is a count with its verb.
func have(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " is"
	}
	return "all " + count(n, noun) + " are"
}

// stopped turns the end of an unfinished run into what a person wants to know.
func (a *app) stopped(d *batch.Dir, err error) error {
	dir := filepath.ToSlash(d.Path)
	done := 0
	for _, s := range d.Status(false) {
		if s.State == batch.Done {
			done++
		}
	}
	kept := fmt.Sprintf("%d of %s finished and kept", done, count(d.Plan.Shards, "shard"))
	switch {
	case errors.Is(err, batch.ErrCancelled):
		return &fault.Error{Code: fault.Interrupted, File: dir, What: "the run is cancelled; " + kept, Do: "`chokepoint batch cancel --undo " + dir + "` takes that back."}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &fault.Error{Code: fault.Interrupted, File: dir, What: "interrupted; " + kept, Do: "`chokepoint batch work " + dir + "` goes on."}
	}
	return err
}

// bar is a progress bar on a terminal.
type bar struct {
	w     io.Writer // nil: none
	total uint64
	start time.Time
	last  time.Time
}

// newBar makes a bar that shows nothing unless standard error is a terminal.
func (a *app) newBar(total uint64) *bar {
	b := &bar{total: total, start: time.Now()}
	if f, ok := a.stderr.(*os.File); ok && !a.quiet && term.IsTerminal(int(f.Fd())) {
		b.w = f
	}
	return b
}

const barEvery = 200 * time.Millisecond

func (b *bar) show(done uint64) {
	now := time.Now()
	if b.w == nil || now.Sub(b.last) < barEvery {
		return
	}
	b.last = now
	fmt.Fprint(b.w, "\r"+barText(done, b.total, now.Sub(b.start))+"\x1b[K")
}

// barText is a bar of at most 79 columns.
func barText(done, total uint64, since time.Duration) string {
	const width = 30
	full := int(width * done / max(total, 1))
	left := since.Seconds() / float64(max(done, 1)) * float64(total-min(done, total))
	return fmt.Sprintf("[%s%s] %d %%, %d of %d draws, %s left", strings.Repeat("=", full), strings.Repeat(" ", width-full), 100*done/max(total, 1), done, total, duration(left))
}

func (b *bar) clear() {
	if b.w != nil {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}

func (a *app) batchStatusCommand() *cobra.Command {
	verify := false
	cmd := &cobra.Command{
		Use: "status DIR", Short: "What of a run is there, and what is missing", Args: runDirectory,
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := a.openRun(cmd, args[0])
			if err != nil {
				return err
			}
			return a.writeStatus(d, d.Status(verify))
		},
	}
	cmd.Flags().BoolVar(&verify, "verify", false, "read every file and check its SHA-256")
	return cmd
}

// shownShards is how many unfinished shards a text lists.
const shownShards = 20

func (a *app) writeStatus(d *batch.Dir, shards []batch.Shard) error {
	t := &export.Table{Name: "shards", Columns: []export.Column{
		{Name: "shard", Heading: "shard"}, {Name: "from", Heading: "from draw"}, {Name: "to", Heading: "to"}, {Name: "state", Heading: "state"},
		{Name: "bytes"}, {Name: "what", Heading: "what is wrong", Flexible: true}}}
	unfinished := &export.Table{Name: t.Name, Columns: t.Columns}
	done, draws, size := 0, uint64(0), int64(0)
	for _, s := range shards {
		t.Add(s.Index, int(s.From), int(s.To-1), s.State, int(s.Bytes), s.What)
		if s.State == batch.Done {
			done, draws, size = done+1, draws+s.To-s.From, size+s.Bytes
		} else {
			unfinished.Rows = append(unfinished.Rows, t.Rows[len(t.Rows)-1])
		}
	}
	p := d.Plan
	what := count(len(p.Scenarios), "scenario")
	if p.Ranking != nil {
		what = "ranking of " + count(len(p.Ranking.Units), "unit")
	}
	summary := [][2]string{{"run", d.Name}, {"of", what}, {"program", p.Program + " " + p.Version}, {"data", fmt.Sprintf("%s (sha256 %.16s)", p.DataVersion, p.DataSHA256)}, {"seed", fmt.Sprint(p.Seed)},
		{"shards", fmt.Sprintf("%d of %d done", done, p.Shards)}, {"draws", fmt.Sprintf("%d of %d (%d %%)", draws, p.Draws, 100*draws/p.Draws)}, {"files", export.Human(float64(size)/1e6) + " MB"}}
	if d.Cancelled() {
		summary = append(summary, [2]string{"cancelled", "yes: work starts nothing"})
	}
	if n := d.Leftovers(); n > 0 {
		summary = append(summary, [2]string{"leftovers", count(n, "file") + " of stopped attempts, ignored"})
	}
	about := &export.Table{Name: "run", Columns: []export.Column{{Name: "what"}, {Name: "value"}}}
	for _, s := range summary {
		about.Add(s[0], s[1])
	}
	switch a.format {
	case "csv":
		return export.WriteCSV(a.stdout, t)
	case "json":
		return export.WriteJSON(a.stdout, []export.Section{{Name: about.Name, Value: about}, {Name: t.Name, Value: t}})
	case "", "table":
	default:
		return &fault.Error{Code: fault.Usage, File: "--format", What: a.format + " of batch status", Expected: "table, csv or json"}
	}
	for _, s := range summary {
		if _, err := fmt.Fprintf(a.stdout, "%-10s %s\n", s[0], s[1]); err != nil {
			return err
		}
	}
	if len(unfinished.Rows) == 0 {
		return nil
	}
	fmt.Fprintln(a.stdout)
	if err := export.WriteText(a.stdout, unfinished, shownShards); err != nil {
		return err
	}
	if n := len(unfinished.Rows) - shownShards; n > 0 {
		fmt.Fprintf(a.stdout, "%d more: --format csv\n", n)
	}
	return nil
}

func (a *app) batchCancelCommand() *cobra.Command {
	undo := false
	cmd := &cobra.Command{
		Use: "cancel DIR", Short: "Stop all work on a run, on every machine; what is finished stays", Args: runDirectory,
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := a.openRun(cmd, args[0])
			if err != nil {
				return err
			}
			if err := d.Cancel(undo); err != nil {
				return err
			}
			if undo {
				a.note("%s can go on: `chokepoint batch work %s`", args[0], args[0])
			} else {
				a.note("%s is cancelled; `chokepoint batch cancel --undo %s` takes that back", args[0], args[0])
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&undo, "undo", false, "let the run go on")
	return cmd
}

func (a *app) batchGatherCommand() *cobra.Command {
	return &cobra.Command{
		Use: "gather DIR", Short: "Merge the shards of a run into its answer", Args: runDirectory,
		Long: `Merge the shards of a run: the ranking with ranges, or the ranges of its
scenarios. Every shard must be there, whole, from one program version and one
architecture. Up to 100,000 draws quantiles are exact, beyond within 0.78 %.`,
		Example: "  chokepoint batch gather myrun\n  chokepoint batch gather myrun -o rank.csv",
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := a.openRun(cmd, args[0])
			if err != nil {
				return err
			}
			if err := a.checkOutput(); err != nil {
				return err
			}
			if _, err := d.Confirmed(); err != nil {
				return err
			}
			m, err := d.Load(cmd.Context(), version(), a.workers)
			if err != nil {
				return err
			}
			answer, err := d.Gather(m)
			if err != nil {
				return err
			}
			return a.writeGathered(d, m, answer)
		},
	}
}

func (a *app) writeGathered(d *batch.Dir, m *batch.Model, g *batch.Answer) error {
	p := d.Plan
	a.draws, a.seed, a.probability, a.dataDirs = int(p.Draws), p.Seed, p.Probability, d.Overlays()
	x := &session{engine: m.Engine, probability: m.Probability}
	checked, err := ask.Draws{N: int(p.Draws), Seed: p.Seed}.Check(m.Engine, m.Sampler)
	if err != nil {
		return err
	}
	notes := []string{fmt.Sprintf("run %s", d.Name), checked}
	if !g.Exact {
		notes = append(notes, "quantiles are those of a sketch, within 0.78 % of the exact ones")
	}
	out := &answer{drawn: true}
	if p.Kind == batch.KindRank {
		notes = append(notes, x.probability.Note())
		main := report.RankTable(m.Engine.Catalog, m.Rows, g.Ranges, m.Options)
		out.tables = []*export.Table{main, unitsTable(m, g), restrictionsTable(m, g)}
		out.text = func(w io.Writer) error { return a.writeRows(w, main) }
	} else {
		main := quantitiesTable(m, g)
		out.tables = []*export.Table{main}
		out.text = func(w io.Writer) error { return a.writeRows(w, main) }
		if len(p.Scenarios) == 1 {
			out.scenario = &m.Results[0].Scenario
		}
	}
	out.notes = append(notes, report.Limits()...)
	if err := a.write(x, out); err != nil {
		return err
	}
	a.tell(out.notes)
	return nil
}

// summaryColumns are those of summaryCells.
var summaryColumns = []export.Column{
	{Name: "mean", Heading: "mean", Meaning: "mean over the draws"},
	{Name: "p05", Heading: "5 %", Meaning: "5th percentile"}, {Name: "p50", Heading: "50 %", Meaning: "median"}, {Name: "p95", Heading: "95 %", Meaning: "95th percentile"},
	{Name: "smallest", Meaning: "smallest of the draws"}, {Name: "largest", Meaning: "largest of the draws"},
	{Name: "draws", Meaning: "draws that have the number"},
	{Name: "quantiles", Meaning: "exact, or sketch: within 0.78 %"},
}

func summaryCells(s batch.Summary, exact bool) []any {
	how := "sketch"
	if exact {
		how = "exact"
	}
	if s.Draws == 0 {
		return []any{nil, nil, nil, nil, nil, nil, 0, how}
	}
	return []any{s.Mean, s.P05, s.P50, s.P95, s.Smallest, s.Largest, int(s.Draws), how}
}

// unitsTable says what the draws say of the expected loss of units.
func unitsTable(m *batch.Model, g *batch.Answer) *export.Table {
	t := &export.Table{Name: "units", Columns: slices.Concat([]export.Column{{Name: "commodity", Meaning: "commodity unit"}, {Name: "central", Unit: "million USD/yr", Meaning: "expected loss on central data"}}, withUnit(summaryColumns, 6))}
	for i, r := range m.Rows {
		t.Rows = append(t.Rows, append([]any{m.Engine.Catalog.Units[r.Unit].ID, r.ExpectedLossMUSD}, summaryCells(g.Units[i], g.Exact)...))
	}
	return t
}

// restrictionsTable says what the draws say of the loss of each restriction.
func restrictionsTable(m *batch.Model, g *batch.Answer) *export.Table {
	t := &export.Table{Name: "restrictions", Columns: slices.Concat([]export.Column{
		{Name: "commodity", Meaning: "commodity unit"}, {Name: "country", Meaning: "country or bloc that stops exports"}, {Name: "central", Unit: "million USD/yr", Meaning: "loss on central data"}},
		withUnit(summaryColumns, 6), []export.Column{{Name: "nothing_withdrawn", Unit: "1", Meaning: "share of the draws in which nothing was left to withdraw"}, {Name: "scenario", Meaning: "hash of the scenario"}})}
	c := m.Engine.Catalog
	for i, r := range m.Results {
		var commodity, country any
		if w := r.Scenario.Withdrawals; len(w) > 0 {
			commodity, country = c.Units[w[0].Unit].ID, w[0].Country
			if len(r.Scenario.Blocs) > 0 {
				country = c.BlocName(r.Scenario.Blocs[0])
			}
		}
		row := append([]any{commodity, country, r.LossMUSD}, summaryCells(g.Restrictions[i], false)...)
		t.Rows = append(t.Rows, append(row, float64(g.Nothing[i])/float64(g.Draws), r.Hash))
	}
	return t
}

// quantitiesTable says what the draws say of given scenarios.
func quantitiesTable(m *batch.Model, g *batch.Answer) *export.Table {
	t := &export.Table{Name: "scenarios", Columns: slices.Concat([]export.Column{
		{Name: "scenario", Heading: "scenario", Meaning: "label in the plan", Flexible: true}, {Name: "quantity", Heading: "quantity", Meaning: "column of the record of a scenario"}, {Name: "central", Heading: "central", Meaning: "on central data"}},
		summaryColumns, []export.Column{{Name: "unit", Meaning: "unit of the quantity"}, {Name: "no_price", Unit: "1", Meaning: "share of the draws in which no price clears the market"},
			{Name: "nothing_withdrawn", Unit: "1", Meaning: "share of the draws in which nothing was left to withdraw"}, {Name: "hash", Meaning: "hash of the scenario"}})}
	for i, s := range m.Plan.Scenarios {
		central, known := m.Central(i)
		for k, q := range batch.Quantities() {
			var before any
			if known[k] {
				before = central[k]
			}
			row := append([]any{s.Label, q.Name, before}, summaryCells(g.Scenarios[i][k], g.Exact)...)
			t.Rows = append(t.Rows, append(row, q.Unit, float64(g.NoPrice[i])/float64(g.Draws), float64(g.Nothing[i])/float64(g.Draws), m.Results[i].Hash))
		}
	}
	return t
}

// withUnit gives the first n columns the unit of money.
func withUnit(columns []export.Column, n int) []export.Column {
	out := slices.Clone(columns)
	for k := range out[:n] {
		out[k].Unit = "million USD/yr"
	}
	return out
}
