package main

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"chokepoint/internal/export"
	"chokepoint/internal/fault"
)

// threshold is a condition of --fail-if: a column, a comparison, a number.
type threshold struct {
	column, op string
	value      float64
}

var thresholdForm = regexp.MustCompile(`^\s*([a-z0-9_]+)\s*(>=|<=|>|<|=)\s*(\S+)\s*$`)

func parseThresholds(texts []string) ([]threshold, error) {
	var out []threshold
	for _, text := range texts {
		bad := &fault.Error{Code: fault.Usage, File: "--fail-if", What: fault.Quote(text), Expected: "column, one of > >= < <= =, and a number: 'loss_musd>1000'"}
		m := thresholdForm.FindStringSubmatch(text)
		if m == nil {
			return nil, bad
		}
		v, err := strconv.ParseFloat(m[3], 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, bad
		}
		out = append(out, threshold{m[1], m[2], v})
	}
	return out, nil
}

func (t threshold) met(v float64) bool {
	switch t.op {
	case ">":
		return v > t.value
	case ">=":
		return v >= t.value
	case "<":
		return v < t.value
	case "<=":
		return v <= t.value
	}
	return v == t.value
}

// checkThresholds refuses a --fail-if of a column that the table does not have,
// before anything is written.
func (a *app) checkThresholds(t *export.Table) error {
	thresholds, err := parseThresholds(a.failures)
	if err != nil {
		return err
	}
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	for _, x := range thresholds {
		k := slices.Index(names, x.column)
		if k >= 0 && slices.ContainsFunc(t.Rows, func(row []any) bool { text, ok := row[k].(string); return ok && text != "" }) {
			return &fault.Error{Code: fault.Usage, File: "--fail-if", What: "column " + x.column + " holds text", Expected: "a column of numbers"}
		}
		if k < 0 {
			return &fault.Error{Code: fault.Usage, File: "--fail-if", What: "no column " + fault.Quote(x.column), Expected: "one of " + strings.Join(names, ", "), DidYouMean: fault.Nearest(x.column, names)}
		}
	}
	return nil
}

// failIf is the error for rows of a table that meet a --fail-if, after the table
// was written.
func (a *app) failIf(t *export.Table) error {
	thresholds, err := parseThresholds(a.failures)
	if err != nil {
		return err
	}
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	for _, x := range thresholds {
		k := slices.Index(names, x.column) // there: checkThresholds
		var met []string
		for _, row := range t.Rows {
			v, ok := export.Number(row[k])
			if count, is := row[k].(int); is {
				v, ok = float64(count), true
			}
			if ok && x.met(v) {
				met = append(met, fmt.Sprintf("%v", row[slices.IndexFunc(names, func(n string) bool { return n == "commodity" || n == "scenario" || n == "quantity" })]))
			}
		}
		if !slices.ContainsFunc(t.Rows, func(row []any) bool { return row[k] != nil }) && len(t.Rows) > 0 {
			return &fault.Error{Code: fault.Usage, File: "--fail-if", What: "the column " + x.column + " is empty", Expected: "a column with numbers; ranges need --draws above 0"}
		}
		if len(met) > 0 {
			shown := strings.Join(met[:min(5, len(met))], ", ")
			if len(met) > 5 {
				shown += ", ..."
			}
			return &fault.Error{Code: fault.Threshold, File: "--fail-if", What: fmt.Sprintf("%s %s %g holds for %d of %d rows: %s", x.column, x.op, x.value, len(met), len(t.Rows), shown)}
		}
	}
	return nil
}
