package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"chokepoint/internal/fault"
	"chokepoint/internal/report"
)

// recordSuffix ends the name of a run record.
const recordSuffix = ".run.json"

// repeatable are the commands that a record may hold: they read and print.
var repeatable = []string{"rank", "disrupt", "path", "compare", "drivers", "backtest", "stockpile", "explain", "show", "scenario", "data", "concentration", "lists"}

// readRecord reads a run record, or the record inside a .json result.
func readRecord(name string) (*report.Run, error) {
	if strings.EqualFold(filepath.Ext(name), ".xlsx") || strings.EqualFold(filepath.Ext(name), ".parquet") {
		return nil, &fault.Error{Code: fault.Usage, File: filepath.ToSlash(name), What: "a record is read from .run.json or .json", Expected: "the " + recordSuffix + " beside a csv, or a .json result", Do: "A workbook shows its record on the sheet About."}
	}
	content, err := readLimited(name, maxSavedBytes)
	if err != nil {
		return nil, err
	}
	bad := func(what, expected string) error {
		return &fault.Error{Code: fault.InvalidData, File: filepath.ToSlash(name), What: what, Expected: expected, Do: "A record stands beside every csv that chokepoint writes, with " + recordSuffix + " at the end."}
	}
	var whole struct {
		Run *report.Run `json:"run"`
	}
	if err := json.Unmarshal(content, &whole); err != nil {
		return nil, bad("the file cannot be read: "+err.Error(), "a run record")
	}
	r := whole.Run
	if r == nil {
		r = &report.Run{}
		d := json.NewDecoder(bytes.NewReader(content))
		d.DisallowUnknownFields()
		if err := d.Decode(r); err != nil {
			return nil, bad("the file cannot be read: "+err.Error(), "a run record")
		}
	}
	if r.Program != "chokepoint" || len(r.Command) == 0 {
		return nil, bad("the file is no run record", "program chokepoint and a command")
	}
	if len(r.Command) > 1000 {
		return nil, bad(fmt.Sprintf("the command has %d words", len(r.Command)), "at most 1000")
	}
	return r, nil
}

func (a *app) rerunCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rerun FILE.run.json", Short: "Run what a record says again: the same file, or say why not", Args: oneArgument("a run record, such as rank.csv.run.json"),
		Long: `Run the command of a record again. If the file that the record stands beside is
there, the new result is held against it; else the file is written. With -o the
result goes to that file. Other data or another scenario than the record names
is an error; another program version is said.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var other string
			cmd.Flags().Visit(func(f *pflag.Flag) {
				if f.Name != "output" && f.Name != "quiet" {
					other = f.Name
				}
			})
			if other != "" {
				return &fault.Error{Code: fault.Usage, File: "--" + other, What: "the record says how to run", Expected: "only -o and -q beside a record"}
			}
			record, err := readRecord(args[0])
			if err != nil {
				return err
			}
			return a.rerun(cmd.Context(), args[0], record)
		},
	}
}

func (a *app) rerun(ctx context.Context, name string, record *report.Run) error {
	words, recorded := withoutOutput(record.Command)
	if len(words) == 0 || !slices.Contains(repeatable, words[0]) {
		return &fault.Error{Code: fault.InvalidData, File: name, What: "the record's command " + fault.Quote(strings.Join(record.Command, " ")) + " cannot be repeated", Expected: "one of " + strings.Join(repeatable, ", ")}
	}
	if record.Version != version() {
		a.note("the record is of chokepoint %s, this is %s", record.Version, version())
	}
	target, compareWith := a.output, ""
	if target == "" {
		target = strings.TrimSuffix(name, recordSuffix)
		if target == name {
			target = recorded
		}
		if _, err := os.Stat(target); err == nil {
			compareWith = target
		}
	}
	if target == "" {
		return &fault.Error{Code: fault.Usage, File: "-o", What: "the record names no file", Expected: "-o and a file name"}
	}
	folder, err := os.MkdirTemp(filepath.Dir(target), ".chokepoint-")
	if err != nil {
		return &fault.Error{Code: fault.Failure, File: target, What: "cannot write beside the file: " + err.Error(), Err: err}
	}
	defer os.RemoveAll(folder)
	fresh := filepath.Join(folder, filepath.Base(target))
	var problems bytes.Buffer
	inner := &app{stdout: io.Discard, stderr: &problems, args: record.Command}
	code := inner.execute(ctx, append(words, "-o", fresh))
	if code != fault.OK && code != fault.NoEquilibrium && code != fault.Threshold {
		return &fault.Error{Code: code, File: name, What: "the record's command failed: " + firstLine(strings.TrimSpace(problems.String()))}
	}
	if err := sameRun(name, record, inner.last); err != nil {
		return err
	}
	if compareWith != "" {
		return a.sameFile(compareWith, fresh)
	}
	if err := os.Rename(fresh, target); err != nil {
		return &fault.Error{Code: fault.Failure, File: target, What: "cannot write the file: " + err.Error(), Err: err}
	}
	if _, err := os.Stat(fresh + recordSuffix); err == nil {
		if err := os.Rename(fresh+recordSuffix, target+recordSuffix); err != nil {
			return &fault.Error{Code: fault.Failure, File: target, What: "cannot write the record: " + err.Error(), Err: err}
		}
	}
	a.note("wrote %s", target)
	return nil
}

// withoutOutput takes -o out of a command line and returns the file it named.
func withoutOutput(words []string) (rest []string, output string) {
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case (w == "-o" || w == "--output") && i+1 < len(words):
			i++
			output = words[i]
		case strings.HasPrefix(w, "--output="):
			output = strings.TrimPrefix(w, "--output=")
		case strings.HasPrefix(w, "-o") && !strings.HasPrefix(w, "--"):
			output = strings.TrimPrefix(strings.TrimPrefix(w, "-o"), "=")
		default:
			rest = append(rest, w)
		}
	}
	return rest, output
}

// sameRun holds the new record against the old one.
func sameRun(name string, old, fresh *report.Run) error {
	if fresh == nil {
		return &fault.Error{Code: fault.Failure, File: name, What: "the record's command left no record"}
	}
	fields := []struct{ what, before, now string }{{"data", old.DataSHA256, fresh.DataSHA256}, {"scenario", old.Scenario, fresh.Scenario}, {"scenario", old.Canonical, fresh.Canonical},
		{"economy", old.Economy, fresh.Economy}, {"probability", old.Probability, fresh.Probability}, {"edits", strings.Join(old.Edits, "; "), strings.Join(fresh.Edits, "; ")},
		{"number of draws", fmt.Sprint(old.Draws), fmt.Sprint(fresh.Draws)}, {"number of points", fmt.Sprint(old.Points), fmt.Sprint(fresh.Points)}, {"seed", seedText(old.Seed), seedText(fresh.Seed)}}
	for _, name := range slices.Sorted(maps.Keys(fresh.Method)) {
		fields = append(fields, struct{ what, before, now string }{"method " + name, old.Method[name], fresh.Method[name]})
	}
	for _, x := range fields {
		if x.before != x.now {
			return &fault.Error{Code: fault.InvalidData, File: name, What: "the " + x.what + " is not that of the record", Expected: fmt.Sprintf("%.80s, this run has %.80s", cmp.Or(x.before, "none"), cmp.Or(x.now, "none")), Do: "Use the program version, data folder or scenario file of the record."}
		}
	}
	return nil
}

func seedText(seed *uint64) string {
	if seed == nil {
		return "none"
	}
	return fmt.Sprint(*seed)
}

func (a *app) sameFile(before, now string) error {
	old, err := os.ReadFile(before)
	if err != nil {
		return err
	}
	fresh, err := os.ReadFile(now)
	if err != nil {
		return err
	}
	if bytes.Equal(old, fresh) {
		_, err := fmt.Fprintf(a.stdout, "%s: the same, bit for bit (%d bytes)\n", before, len(old))
		return err
	}
	a1, b1 := bytes.Split(old, []byte("\n")), bytes.Split(fresh, []byte("\n"))
	line := 0
	for line < len(a1) && line < len(b1) && bytes.Equal(a1[line], b1[line]) {
		line++
	}
	return &fault.Error{Code: fault.Failure, File: before, Line: line + 1, Col: 1, What: "the new result differs from this file", Do: "-o other.csv keeps both. Another architecture differs in the last digits."}
}

func (a *app) citeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "cite [FILE.run.json | FILE.json]", Short: "Print a citation of the program, or of a result", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var r *report.Run
			var err error
			if len(args) == 1 {
				r, err = readRecord(args[0])
			} else {
				var x *session
				if x, err = a.load(); err == nil {
					r, err = report.NewRun(version(), nil, x.engine, a.probability, nil, nil)
				}
			}
			if err != nil {
				return err
			}
			var b strings.Builder
			fmt.Fprintf(&b, "%s\n\n@software{chokepoint,\n  title = {Chokepoint: mineral supply disruptions},\n  author = {{Chokepoint developers}},\n  version = {%s},\n  note = {data %s, sha256 %.16s", wrap("", citation(r)), r.Version, r.DataVersion, r.DataSHA256)
			if r.Scenario != "" {
				fmt.Fprintf(&b, ", scenario %s", r.Scenario)
			}
			b.WriteString("}\n}\n")
			if r.Canonical != "" {
				fmt.Fprintf(&b, "\n%s\n", wrap("", "Scenario: "+r.Canonical))
			}
			for _, e := range r.Edits {
				fmt.Fprintf(&b, "%s\n", wrap("", "Edit: "+e))
			}
			for _, o := range r.Overlays {
				fmt.Fprintf(&b, "%s\n", wrap("", "Own tables: "+o))
			}
			_, err = io.WriteString(a.stdout, b.String())
			return err
		},
	}
}

// citation is a citation in words.
func citation(r *report.Run) string {
	text := fmt.Sprintf("Chokepoint developers: Chokepoint, mineral supply disruptions, version %s, data %s (sha256 %.16s).", r.Version, r.DataVersion, r.DataSHA256)
	if len(r.Command) > 0 {
		text += fmt.Sprintf(" Result of `chokepoint %s`", strings.Join(r.Command, " "))
		if r.Scenario != "" {
			text += ", scenario " + r.Scenario
		}
		if r.Seed != nil && r.Draws > 0 {
			text += fmt.Sprintf(", %d draws with seed %d", r.Draws, *r.Seed)
		}
		text += "."
	}
	return text
}
