package backtest

import (
	"context"

	"chokepoint/internal/catalog"
	"chokepoint/internal/export"
)

// Row is an event with its forecasts.
type Row struct {
	Prediction
	NoChange Forecast
	Record   Forecast // quantiles of the calibration rows of other groups and the same phase
}

// Line sums up rows that belong together.
type Line struct {
	Name, Split             string // Split is empty where both are in it
	Total                   bool   // of several groups
	Events                  int    // groups
	Model, NoChange, Record Score
	Draws, Rejected         int
}

// Report is the test of a model on events.
type Report struct {
	Rows  []Row
	Lines []Line
}

// Test forecasts events and sums up. record are the events that the naive forecast
// knows: those that ship, or the same.
func (m *Model) Test(ctx context.Context, events, record []Event) (*Report, error) {
	if len(events) == 0 {
		return nil, ErrNoRows
	}
	predictions, err := m.Predict(ctx, events)
	if err != nil {
		return nil, err
	}
	noise := 0.0
	for _, r := range m.Ranges {
		if r.Name == "monthly_noise" {
			noise = r.Mode
		}
	}
	r := &Report{}
	for _, p := range predictions {
		row := Row{Prediction: p}
		if p.Untestable == "" {
			row.NoChange = noChange(p.Months, noise)
			row.Record = climatology(recordFor(record, p.Event))
		}
		r.Rows = append(r.Rows, row)
	}
	r.Lines = r.lines()
	return r, nil
}

// recordFor are the ratios of the calibration rows that say something of an event
// and do not belong to it.
func recordFor(record []Event, e *Event) []float64 {
	phase := e.Phase
	if phase == NoEffect { // nobody knew that there would be none
		phase = Shock
	}
	var out []float64
	for _, x := range ofSplit(record, Calibration) {
		if x.Group != e.Group && x.Phase == phase && x.Untestable == "" {
			out = append(out, x.Ratio)
		}
	}
	return out
}

// lines sums up: shocks by group, then over groups, then reversals and events
// without effect.
func (r *Report) lines() []Line {
	var out []Line
	groups := map[string]bool{}
	line := func(name, split string, total bool, keep func(*Event) bool) {
		var rows []Row
		for _, x := range r.Rows {
			if x.Untestable == "" && keep(x.Event) {
				rows = append(rows, x)
			}
		}
		if len(rows) > 0 {
			out = append(out, summary(name, split, total, rows))
		}
	}
	for i := range r.Rows {
		e := r.Rows[i].Event
		if e.Phase != Shock || groups[e.Group] {
			continue
		}
		groups[e.Group] = true
		line(e.Group, e.Split, false, func(x *Event) bool { return x.Group == e.Group && x.Phase == Shock })
	}
	of := func(phase, split string) func(*Event) bool {
		return func(x *Event) bool { return x.Phase == phase && (split == "" || x.Split == split) }
	}
	line("all shocks", Calibration, true, of(Shock, Calibration))
	line("all shocks", Validation, true, of(Shock, Validation))
	line("all shocks", "", true, of(Shock, ""))
	line("reversals", "", true, of(Reversal, ""))
	line("no effect", "", true, of(NoEffect, ""))
	return out
}

func summary(name, split string, total bool, rows []Row) Line {
	l := Line{Name: name, Split: split, Total: total}
	var ratios []float64
	var model, none, record []Forecast
	seen := map[string]bool{}
	for _, x := range rows {
		if !seen[x.Event.Group] {
			seen[x.Event.Group] = true
			l.Events++
		}
		ratios = append(ratios, x.Event.Ratio)
		model, none, record = append(model, x.Forecast), append(none, x.NoChange), append(record, x.Record)
		l.Draws += x.Draws
		l.Rejected += x.Rejected
	}
	l.Model, l.NoChange, l.Record = score(model, ratios), score(none, ratios), score(record, ratios)
	return l
}

// EventsTable lays the events out with their forecasts.
func (r *Report) EventsTable(c *catalog.Catalog) *export.Table {
	t := &export.Table{Name: "backtest", Columns: []export.Column{
		{Name: "event", Heading: "event", Meaning: "row of the table of events", Flexible: true},
		{Name: "group", Meaning: "rows of one event"},
		{Name: "commodity", Heading: "commodity", Meaning: "commodity unit", Flexible: true},
		{Name: "observed_ratio", Heading: "came\nx", Unit: "1", Meaning: "price after over price before, as it came"},
		{Name: "predicted_p10", Heading: "10 %\nx", Unit: "1", Meaning: "10 % quantile of the forecast"},
		{Name: "predicted_p50", Heading: "50 %\nx", Unit: "1", Meaning: "median of the forecast"},
		{Name: "predicted_p90", Heading: "90 %\nx", Unit: "1", Meaning: "90 % quantile of the forecast"},
		{Name: "inside", Heading: "in-\nside", Meaning: "yes if what came lies between the 10 and the 90 % quantile"},
		{Name: "split", Meaning: "calibration: was used in the choice of the model; validation: looked at once"},
		{Name: "phase", Meaning: "shock, reversal (from a peak) or no-effect"},
		{Name: "market", Meaning: "where the prices were paid; domestic = inside the country that restricts"},
		{Name: "horizon_months", Unit: "months", Meaning: "from the announcement, of a reversal from the peak, to the price after"},
		{Name: "log2_error", Unit: "1", Meaning: "|log2| of median over what came: 1 is a factor of two"},
		{Name: "quantile_loss", Unit: "1", Meaning: "mean quantile loss of the three quantiles, ln scale; less is better"},
		{Name: "no_change_loss", Unit: "1", Meaning: "the same of the forecast that nothing changes"},
		{Name: "record_loss", Unit: "1", Meaning: "the same of the quantiles of the other calibration events"},
		{Name: "draws", Unit: "draws", Meaning: "draws behind the forecast"},
		{Name: "rejected_draws", Unit: "draws", Meaning: "draws that were rejected because the path would swing ever wider"},
		{Name: "no_price_draws", Unit: "draws", Meaning: "draws in which no price clears the market at the horizon"},
		{Name: "not_testable", Meaning: "why there is no forecast; empty if there is one"},
	}}
	for _, x := range r.Rows {
		e := x.Event
		row := []any{e.ID, e.Group, c.Units[e.Unit].ID, nil, nil, nil, nil, nil, e.Split, e.Phase, e.Market, nil, nil, nil, nil, nil, x.Draws, x.Rejected, x.NoPrice, x.Untestable}
		if e.Ratio > 0 {
			row[3] = e.Ratio
		}
		if e.HorizonMonths >= 0 {
			row[11] = e.HorizonMonths
		}
		if x.Untestable == "" {
			row[4], row[5], row[6], row[7] = x.P10, x.P50, x.P90, export.YesNo(x.Inside)
			row[12], row[13], row[14], row[15] = x.Log2Error(e.Ratio), x.Loss(e.Ratio), x.NoChange.Loss(e.Ratio), x.Record.Loss(e.Ratio)
		}
		t.Add(row...)
	}
	return t
}

// ScoresTable lays the sums out.
func (r *Report) ScoresTable() *export.Table {
	t := &export.Table{Name: "scores", Columns: []export.Column{
		{Name: "group", Heading: "group", Meaning: "event group, or what is summed up", Flexible: true},
		{Name: "split", Heading: "split", Meaning: "calibration or validation; empty = both"},
		{Name: "events", Unit: "groups", Meaning: "event groups behind the line: rows of one group say much the same"},
		{Name: "rows", Heading: "n", Unit: "rows", Meaning: "rows behind the line"},
		{Name: "rows_inside", Heading: "in", Unit: "rows", Meaning: "of them inside the interval"},
		{Name: "coverage", Heading: "in\n%", Unit: "1", Meaning: "share inside: measured, not promised"},
		{Name: "median_log2_error", Heading: "error\nlog2", Unit: "1", Meaning: "median of |log2| of median over what came"},
		{Name: "quantile_loss", Heading: "loss", Unit: "1", Meaning: "mean quantile loss, ln scale; less is better"},
		{Name: "no_change_rows_inside", Unit: "rows", Meaning: "rows inside the interval of the forecast that nothing changes"},
		{Name: "no_change_log2_error", Unit: "1", Meaning: "its median error"},
		{Name: "no_change_loss", Heading: "same\nloss", Unit: "1", Meaning: "its quantile loss"},
		{Name: "record_rows_inside", Heading: "past\nin", Unit: "rows", Meaning: "rows inside the quantiles of the other calibration events"},
		{Name: "record_log2_error", Unit: "1", Meaning: "their median error"},
		{Name: "record_loss", Heading: "past\nloss", Unit: "1", Meaning: "their quantile loss"},
		{Name: "rejected_share", Unit: "1", Meaning: "share of draws rejected as unstable"},
	}}
	for _, l := range r.Lines {
		rejected := 0.0
		if n := l.Draws + l.Rejected; n > 0 {
			rejected = float64(l.Rejected) / float64(n)
		}
		t.Add(l.Name, l.Split, l.Events, l.Model.N, l.Model.Inside, export.Percent(l.Model.Coverage()), l.Model.MedianLog2Error, l.Model.Loss,
			l.NoChange.Inside, l.NoChange.MedianLog2Error, l.NoChange.Loss, l.Record.Inside, l.Record.MedianLog2Error, l.Record.Loss, export.Percent(rejected))
	}
	return t
}

// UntestableTable lists the events without forecast; it has no rows where all have
// one.
func (r *Report) UntestableTable(c *catalog.Catalog) *export.Table {
	t := &export.Table{Name: "not_testable", Columns: []export.Column{
		{Name: "event", Heading: "event", Meaning: "row of the table of events", Flexible: true},
		{Name: "commodity", Heading: "commodity", Meaning: "commodity unit", Flexible: true},
		{Name: "reason", Heading: "not testable because", Meaning: "why there is no forecast", Flexible: true},
	}}
	for _, x := range r.Rows {
		if x.Untestable != "" {
			t.Add(x.Event.ID, c.Units[x.Event.Unit].ID, x.Untestable)
		}
	}
	return t
}

// FoldsTable lays a leave-one-out fit out.
func FoldsTable(folds []Fold) *export.Table {
	t := &export.Table{Name: "folds", Columns: []export.Column{
		{Name: "left_out", Heading: "left out", Meaning: "group that the fit did not see"},
		{Name: "rows", Unit: "rows", Meaning: "its rows"},
		{Name: "rows_inside", Unit: "rows", Meaning: "of them inside the interval of the fit"},
		{Name: "quantile_loss", Heading: "loss", Unit: "1", Meaning: "their mean quantile loss under the fit"},
		{Name: "fit_loss", Heading: "fit\nloss", Unit: "1", Meaning: "quantile loss of the groups that the fit saw"},
		{Name: "width", Heading: "width", Unit: "1", Meaning: "factor of all ranges"},
	}}
	short := map[string]string{"expectation_months": "tau", "adjustment_months": "tau_D", "stock_sensitivity": "gamma", "ramp_months": "ramp", "short_run_share": "eps_s", "licence_lag_months": "lag", "licence_flow": "flow"}
	for _, x := range fitted {
		t.Columns = append(t.Columns, export.Column{Name: x.name, Heading: short[x.name], Unit: "as in table path_parameters", Meaning: "mode of " + x.name + " after the fit"})
	}
	for _, f := range folds {
		s := scoreOf(f.Predictions)
		row := []any{f.Group, s.N, s.Inside, s.Loss, f.Fit.Loss, f.Fit.Width}
		for _, x := range fitted {
			for _, r := range f.Fit.Ranges {
				if r.Name == x.name {
					row = append(row, r.Mode)
				}
			}
		}
		t.Add(row...)
	}
	return t
}

func scoreOf(predictions []Prediction) Score {
	var forecasts []Forecast
	var ratios []float64
	for _, p := range predictions {
		if p.Untestable == "" {
			forecasts, ratios = append(forecasts, p.Forecast), append(ratios, p.Event.Ratio)
		}
	}
	return score(forecasts, ratios)
}

// Trial is a variant judged on the calibration rows: with the parameters as judged,
// and with those of fits that did not see the group.
type Trial struct {
	Variant
	Judged, LeftOut         Score
	JudgedGroup, LeftGroups float64 // quantile loss with every group counting once
	Rejected                float64 // share of draws
	Folds                   []Fold
}

// Try judges a variant on the calibration rows.
func (m *Model) Try(ctx context.Context, v Variant, events []Event) (*Trial, error) {
	x := *m
	x.Structure = v.Structure
	t := &Trial{Variant: v}
	var err error
	if t.Folds, err = x.LeaveOneOut(ctx, events); err != nil {
		return nil, err
	}
	judged, err := x.Predict(ctx, ofSplit(events, Calibration))
	if err != nil {
		return nil, err
	}
	var left []Prediction
	for _, f := range t.Folds {
		left = append(left, f.Predictions...)
	}
	t.Judged, t.JudgedGroup, t.LeftOut, t.LeftGroups = scoreOf(judged), groupLoss(judged), scoreOf(left), groupLoss(left)
	draws, rejected := 0, 0
	for _, p := range judged {
		draws, rejected = draws+p.Draws, rejected+p.Rejected
	}
	if draws+rejected > 0 {
		t.Rejected = float64(rejected) / float64(draws+rejected)
	}
	return t, nil
}

// TrialsTable lays trials out.
func TrialsTable(trials []*Trial) *export.Table {
	t := &export.Table{Name: "trials", Columns: []export.Column{
		{Name: "variant", Heading: "variant", Meaning: "what was tried"},
		{Name: "rows", Heading: "n", Unit: "rows", Meaning: "calibration rows"},
		{Name: "rows_inside", Heading: "judged\nin", Unit: "rows", Meaning: "inside the interval, parameters as judged"},
		{Name: "median_log2_error", Heading: "\nerror", Unit: "1", Meaning: "median of |log2| of median over what came, parameters as judged"},
		{Name: "quantile_loss", Heading: "\nloss", Unit: "1", Meaning: "mean quantile loss over rows, parameters as judged; less is better"},
		{Name: "group_loss", Heading: "by\nevent", Unit: "1", Meaning: "the same with every event group counting once"},
		{Name: "left_out_rows_inside", Heading: "fitted\nin", Unit: "rows", Meaning: "inside the interval of a fit that did not see the group"},
		{Name: "left_out_log2_error", Heading: "\nerror", Unit: "1", Meaning: "median error of such fits"},
		{Name: "left_out_loss", Heading: "\nloss", Unit: "1", Meaning: "mean quantile loss over rows of such fits"},
		{Name: "left_out_group_loss", Unit: "1", Meaning: "the same with every event group counting once"},
		{Name: "rejected_share", Heading: "rej.\n%", Unit: "1", Meaning: "share of draws rejected as unstable, parameters as judged"},
	}}
	for _, x := range trials {
		t.Add(x.Name, x.Judged.N, x.Judged.Inside, x.Judged.MedianLog2Error, x.Judged.Loss, x.JudgedGroup, x.LeftOut.Inside, x.LeftOut.MedianLog2Error, x.LeftOut.Loss, x.LeftGroups, export.Percent(x.Rejected))
	}
	return t
}

// FitTable lays fitted ranges beside the judged ones.
func FitTable(judged []Range, f *Fit) *export.Table {
	t := &export.Table{Name: "fit", Columns: []export.Column{
		{Name: "parameter", Heading: "parameter", Meaning: "common parameter"},
		{Name: "judged_low", Heading: "judged\nlow", Unit: "as in table path_parameters", Meaning: "10 % point that ships"}, {Name: "judged_mode", Heading: "\nmode", Unit: "as in table path_parameters", Meaning: "median that ships"}, {Name: "judged_high", Heading: "\nhigh", Unit: "as in table path_parameters", Meaning: "90 % point that ships"},
		{Name: "fitted_low", Heading: "fitted\nlow", Unit: "as in table path_parameters", Meaning: "10 % point of the fit on all calibration rows"}, {Name: "fitted_mode", Heading: "\nmode", Unit: "as in table path_parameters", Meaning: "its median"}, {Name: "fitted_high", Heading: "\nhigh", Unit: "as in table path_parameters", Meaning: "its 90 % point"},
	}}
	for _, x := range fitted {
		for i, r := range judged {
			if r.Name == x.name {
				y := f.Ranges[i]
				t.Add(r.Name, r.Low, r.Mode, r.High, y.Low, y.Mode, y.High)
			}
		}
	}
	return t
}
