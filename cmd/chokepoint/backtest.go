package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/data"
	"chokepoint/internal/backtest"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/market"
)

// maxEventsBytes bounds a file of events.
const maxEventsBytes = 1 << 20

// Draws behind a forecast of an event, and behind each step of a fit.
const (
	backtestDraws = 1000
	fitDraws      = 256
)

func (a *app) backtestCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "backtest [--events FILE.csv]",
		Short: "Hold the monthly model against prices of real disruptions",
		Long: `Simulate real disruptions month by month from what was known before them, and
put the forecast of the price beside what came: by event, by event group, and
beside two naive forecasts (the price stays; it does what it did in other
events). --events takes a file of your own with the columns of table events
(chokepoint data list events).`,
		Example: "  chokepoint backtest\n  chokepoint backtest --format csv --table scores\n  chokepoint backtest fit",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			x, m, events, shipped, err := a.backtestModel(cmd, file, backtestDraws)
			if err != nil {
				return err
			}
			r, err := m.Test(cmd.Context(), events, shipped)
			if err != nil {
				return err
			}
			return a.writeBacktest(x, m, r)
		},
	}
	cmd.PersistentFlags().StringVar(&file, "events", "", "file of events (default: table events)")
	cmd.AddCommand(a.backtestFitCommand(&file))
	return cmd
}

func (a *app) backtestFitCommand(file *string) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "fit",
		Short: "Fit the common parameters, leaving one event group out each time",
		Long: `Fit the parameters that all paths share to the calibration rows, once without
each event group, and say what the fits are worth for the group they did not see.
Rows of the validation are neither fitted nor simulated. --variants judges every
change of the equations that was tried (about two minutes).`,
		Example: "  chokepoint backtest fit\n  chokepoint backtest fit --variants --format csv -o trials.csv",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			x, m, events, _, err := a.backtestModel(cmd, *file, fitDraws)
			if err != nil {
				return err
			}
			return a.fitBacktest(cmd.Context(), x, m, events, all)
		},
	}
	cmd.Flags().BoolVar(&all, "variants", false, "judge every change that was tried")
	return cmd
}

// noArguments refuses words behind a command that takes none.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownCommand(cmd, args[0])
	}
	return nil
}

// logOfUse refuses the form of demand that has no path.
func logOfUse(x *session) error {
	if x.engine.Method.Demand == market.Linear {
		return &fault.Error{Code: fault.Usage, File: "--method", What: "demand=linear", Expected: "semi-log or iso-elastic: a path follows the log of use"}
	}
	return nil
}

// backtestModel reads what a test needs: the events asked for, and those that ship.
func (a *app) backtestModel(cmd *cobra.Command, file string, draws int) (x *session, m *backtest.Model, events, shipped []backtest.Event, err error) {
	if x, err = a.load(); err != nil {
		return nil, nil, nil, nil, err
	}
	if err := logOfUse(x); err != nil {
		return nil, nil, nil, nil, err
	}
	if cmd.Flags().Changed("draws") {
		draws = a.draws
	}
	if draws < 1 || draws > backtest.MaxDraws {
		return nil, nil, nil, nil, &fault.Error{Code: fault.Usage, File: "--draws", What: fmt.Sprint(draws), Expected: fmt.Sprintf("1 to %d", backtest.MaxDraws)}
	}
	a.draws = draws
	c := x.engine.Catalog
	if shipped, err = backtest.Load(c); err != nil {
		return nil, nil, nil, nil, err
	}
	events = shipped
	if file != "" {
		content, err := readLimited(file, maxEventsBytes)
		if err != nil {
			return nil, nil, nil, nil, err
		}
		base, err := data.FS()
		if err != nil {
			return nil, nil, nil, nil, err
		}
		if events, err = backtest.LoadFile(c, base, content, filepath.ToSlash(file)); err != nil {
			return nil, nil, nil, nil, err
		}
	}
	ranges, err := backtest.Ranges(c)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	return x, &backtest.Model{Engine: x.engine, Ranges: ranges, Structure: backtest.Shipped(), Draws: draws, Seed: a.seed, Workers: a.workers}, events, shipped, nil
}

func (a *app) writeBacktest(x *session, m *backtest.Model, r *backtest.Report) error {
	events, scores, untestable := r.EventsTable(x.engine.Catalog), r.ScoresTable(), r.UntestableTable(x.engine.Catalog)
	tables := []*export.Table{events, scores}
	if len(untestable.Rows) > 0 {
		tables = append(tables, untestable)
	}
	notes := backtestNotes(m, r)
	if err := a.write(x, &answer{title: "Forecasts of past disruptions and what came", says: []string{"How far the monthly model would have been off: its forecast of the price after a disruption, made from what was known before, beside the price that came."}, tables: tables, notes: notes, drawn: true, text: func(w io.Writer) error {
		if err := a.writeRows(w, events); err != nil {
			return err
		}
		fmt.Fprintf(w, "\nBy event group. loss: quantile loss, no money; same: forecast that nothing\nchanges; past: other events\n")
		if err := export.WriteText(w, scores, 0); err != nil {
			return err
		}
		if len(untestable.Rows) > 0 {
			fmt.Fprintf(w, "\n")
			return export.WriteText(w, untestable, 0)
		}
		return nil
	}}); err != nil {
		return err
	}
	a.tell(notes)
	return a.failIf(events)
}

// backtestNotes say what was measured, and what it does not say.
func backtestNotes(m *backtest.Model, r *backtest.Report) []string {
	var notes []string
	for _, l := range r.Lines {
		if l.Total && l.Name == "all shocks" && l.Split != "" {
			notes = append(notes, fmt.Sprintf("%s: %d of %d rows of %d events came inside the 10-90 %% interval (measured, no promise)", l.Split, l.Model.Inside, l.Model.N, l.Events))
		}
	}
	var narrow []string
	for _, l := range r.Lines {
		if n := l.Draws + l.Rejected; !l.Total && n > 0 && float64(l.Rejected) > .05*float64(n) {
			narrow = append(narrow, fmt.Sprintf("%s %.0f %%", l.Name, 100*float64(l.Rejected)/float64(n)))
		}
	}
	if len(narrow) > 0 {
		notes = append(notes, "draws rejected as unstable, which narrows the interval: "+strings.Join(narrow, ", "))
	}
	return append(notes, "the column n counts rows; rows of one event say much the same. Use, elasticities and stocks are those of the tables' base year. Prices are tested here, not losses of GDP.")
}

func (a *app) fitBacktest(ctx context.Context, x *session, m *backtest.Model, events []backtest.Event, all bool) error {
	variants := []backtest.Variant{{Name: "shipped", Structure: backtest.Shipped()}}
	if all {
		variants = backtest.Variants()
	}
	var trials []*backtest.Trial
	for i, v := range variants {
		t, err := m.Try(ctx, v, events)
		if err != nil {
			return unfit(err)
		}
		trials = append(trials, t)
		a.note("%d of %d: %s, quantile loss %s as judged, %s fitted without the group", i+1, len(variants), v.Name, export.Human(t.Judged.Loss), export.Human(t.LeftOut.Loss))
	}
	last := trials[len(trials)-1]
	var calibration []backtest.Event
	for _, e := range events {
		if e.Split == backtest.Calibration {
			calibration = append(calibration, e)
		}
	}
	fit, err := m.Fit(ctx, calibration)
	if err != nil {
		return unfit(err)
	}
	table, folds, ranges := backtest.TrialsTable(trials), backtest.FoldsTable(last.Folds), backtest.FitTable(m.Ranges, fit)
	notes := []string{"calibration rows only; no row of the validation was simulated"}
	if last.LeftOut.Loss >= last.Judged.Loss {
		notes = append(notes, "for events that they did not see the fits are no better than the judged parameters, so the judged ones stay")
	}
	if err := a.write(x, &answer{title: "Fit of the common parameters of paths", tables: []*export.Table{table, folds, ranges}, notes: notes, drawn: true, text: func(w io.Writer) error {
		for _, part := range []struct {
			title string
			table *export.Table
		}{{"Calibration rows: parameters as judged, and fitted without the group", table}, {"Fits of the shipped equations, one group left out", folds}, {"Fit on all calibration rows, beside what ships", ranges}} {
			if part.table != table {
				fmt.Fprintln(w)
			}
			fmt.Fprintln(w, part.title)
			if err := export.WriteText(w, part.table, 0); err != nil {
				return err
			}
		}
		return nil
	}}); err != nil {
		return err
	}
	a.tell(notes)
	return nil
}

// unfit says it in words where a file has nothing to fit on.
func unfit(err error) error {
	if errors.Is(err, backtest.ErrUnfit) {
		return &fault.Error{Code: fault.InvalidData, File: "--events", What: "nothing to fit on", Expected: "calibration rows of at least two event groups", Err: err}
	}
	return err
}
