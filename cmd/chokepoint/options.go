package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"chokepoint/data"
	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/probability"
	"chokepoint/internal/report"
	"chokepoint/internal/scenario"
)

// app is one run of the program: where it writes, and the options that mean
// the same in every command.
type app struct {
	stdout, stderr io.Writer
	args           []string

	format      string
	output      string
	quiet       bool
	workers     int
	method      []string
	probability string
	economy     string
	dataDirs    []string
	table       string
	all         bool
	sets        []string
	draws       int
	seed        uint64
	last        *report.Run // record of what was written last
	failures    []string
}

func (a *app) addGlobalFlags(f *pflag.FlagSet) {
	f.StringVar(&a.format, "format", "", "table, csv, json, ndjson, md, html, xlsx or parquet (default table, or what the extension of -o says)")
	f.StringVarP(&a.output, "output", "o", "", "write to this file, with a run record beside a csv")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "no notes on standard error")
	f.IntVar(&a.workers, "workers", 0, "goroutines (default: one a processor)")
	f.StringArrayVar(&a.method, "method", nil, "setting=value, repeatable: "+methodHelp())
	f.StringVar(&a.probability, "probability", probability.Fitted, "fitted (controls in force and a hazard per country) or published (others' points)")
	f.StringVar(&a.economy, "economy", report.Economy, "USA")
	f.StringArrayVar(&a.dataDirs, "data", nil, "folder with tables whose blocks replace the built-in ones, repeatable")
	f.StringVar(&a.table, "table", "", "which table of the answer to write as csv")
	f.StringArrayVar(&a.sets, "set", nil, "key=value: change one input, such as gallium.supply.CHN.share=0.90; repeatable")
	f.IntVar(&a.draws, "draws", ask.DefaultDraws, "draws behind the ranges of rank, disrupt and compare; 0 = no ranges")
	f.Uint64Var(&a.seed, "seed", 1, "seed of the draws")
	f.StringArrayVar(&a.failures, "fail-if", nil, "exit with 4 if a row meets this, such as 'loss_musd>1000'; repeatable")
	f.BoolVar(&a.all, "all", false, "all rows on a terminal too")
}

func methodHelp() string {
	var parts []string
	for _, s := range ask.Settings() {
		parts = append(parts, s.Name+"="+s.Values)
	}
	return strings.Join(parts, ", ")
}

// parseMethod reads the --method flags.
func (a *app) parseMethod() (assess.Method, error) {
	return ask.Method(assess.DefaultMethod(), a.method)
}

// maxWorkers bounds --workers; more goroutines than this help no one.
const maxWorkers = 1024

// session is the engine and the probabilities that a command works with.
type session struct {
	engine      *assess.Engine
	probability *probability.Model
}

// load reads the catalogue with overlays and makes an engine for the method,
// with edits on top.
func (a *app) load() (*session, error) {
	if a.workers < 0 || a.workers > maxWorkers {
		return nil, &fault.Error{Code: fault.Usage, File: "--workers", What: strconv.Itoa(a.workers), Expected: fmt.Sprintf("0 to %d", maxWorkers)}
	}
	if !strings.EqualFold(a.economy, report.Economy) {
		return nil, &fault.Error{Code: fault.Usage, File: "--economy", What: "unknown economy " + fault.Quote(a.economy), Expected: report.Economy, Do: "Other economies are not built in yet."}
	}
	if err := a.checkOutput(); err != nil {
		return nil, err
	}
	m, err := a.parseMethod()
	if err != nil {
		return nil, err
	}
	base, err := data.FS()
	if err != nil {
		return nil, err
	}
	var overlays []datapackage.Overlay
	for _, dir := range a.dataDirs {
		overlays = append(overlays, datapackage.Overlay{Label: filepath.ToSlash(dir), FS: os.DirFS(dir)})
	}
	c, err := catalog.Load(base, overlays...)
	if err != nil {
		return nil, err
	}
	go c.Package.Hash() // the record of nearly every answer needs it, and reading all tables takes a quarter of a short command
	e, err := assess.New(c, m, a.sets...)
	if err != nil {
		return nil, err
	}
	for _, edit := range e.Edits {
		a.note("%s", wrap("", "set "+edit.String()))
	}
	p, err := probability.New(c, e.Figures, a.probability)
	if err != nil {
		return nil, err
	}
	return &session{e, p}, nil
}

// terminal tells whether standard output is a terminal.
func (a *app) terminal() bool {
	f, ok := a.stdout.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// note writes a line on standard error, unless --quiet.
func (a *app) note(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.stderr, format+"\n", args...)
	}
}

// formats that the program writes.
var formats = []string{"table", "csv", "json", "ndjson", "md", "html", "xlsx", "parquet"}

// checkOutput refuses a format, table or threshold that cannot be, before anything
// is computed.
func (a *app) checkOutput() error {
	format, err := a.outputFormat()
	if err != nil {
		return err
	}
	if a.table != "" && !slices.Contains([]string{"csv", "ndjson", "md", "parquet"}, format) {
		return &fault.Error{Code: fault.Usage, File: "--table", What: "the format " + format + " holds all tables", Expected: "--format csv, ndjson, md or parquet, or no --table"}
	}
	_, err = parseThresholds(a.failures)
	return err
}

// outputFormat settles the format from --format and the extension of -o.
func (a *app) outputFormat() (string, error) {
	format := a.format
	if ext := strings.TrimPrefix(filepath.Ext(a.output), "."); format == "" && a.output != "" {
		format = map[string]string{"csv": "csv", "json": "json", "ndjson": "ndjson", "jsonl": "ndjson", "md": "md", "html": "html", "htm": "html", "xlsx": "xlsx", "parquet": "parquet", "txt": "table"}[strings.ToLower(ext)]
		if format == "" {
			return "", &fault.Error{Code: fault.Usage, File: "-o", What: "no format for the extension " + fault.Quote("."+ext), Expected: ".csv, .json, .ndjson, .md, .html, .xlsx, .parquet or .txt, or --format"}
		}
	}
	if format == "" {
		format = "table"
	}
	if !slices.Contains(formats, format) {
		return "", &fault.Error{Code: fault.Usage, File: "--format", What: "unknown format " + fault.Quote(format), Expected: "one of " + strings.Join(formats, ", "), DidYouMean: fault.Nearest(format, formats)}
	}
	return format, nil
}

// answer is what a command prints: tables by name, the first being the main
// one, and a text for people.
type answer struct {
	title    string             // of a page; "" = from the tables
	sources  *export.Table      // rows behind the answer, for a page; nil = a table of the answer, or none
	says     []string           // for a page: what is asked, in sentences; nil = the scenario in words
	remarks  []string           // for a page: what the tables do not say
	scenario *scenario.Scenario // canonical, where the answer is of one scenario
	tables   []*export.Table
	text     func(w io.Writer) error
	drawn    bool // ranges were drawn
	points   int  // base points of the analysis of drivers
	notes    []string
}

// write puts an answer out in the format that was asked for.
func (a *app) write(s *session, x *answer) error {
	format, err := a.outputFormat()
	if err != nil {
		return err
	}
	main, err := a.pick(x.tables)
	if err != nil {
		return err
	}
	if err := a.checkThresholds(x.tables[0]); err != nil {
		return err
	}
	run, err := report.NewRun(version(), a.args, s.engine, a.probability, x.scenario, x.notes)
	if err != nil {
		return err
	}
	if x.drawn {
		run.Draws, run.Seed = a.draws, &a.seed
	}
	if x.points > 0 {
		run.Points, run.Seed = x.points, &a.seed
	}
	for _, dir := range a.dataDirs {
		run.Overlays = append(run.Overlays, filepath.ToSlash(dir))
	}
	a.last = run
	body := func(w io.Writer) error {
		switch format {
		case "csv":
			return export.WriteCSV(w, main)
		case "ndjson":
			return export.WriteNDJSON(w, main)
		case "md":
			return export.WriteMarkdown(w, main)
		case "html":
			return writePage(w, s, run, x)
		case "parquet":
			return export.WriteParquet(w, main)
		case "xlsx":
			sheets, err := workbook(s, run, x.tables)
			if err != nil {
				return err
			}
			return export.WriteXLSX(w, sheets)
		case "json":
			sections := []export.Section{{Name: "run", Value: run}}
			for _, t := range x.tables {
				sections = append(sections, export.Section{Name: t.Name, Value: t})
			}
			return export.WriteJSON(w, sections)
		}
		return x.text(w)
	}
	if a.output == "" {
		if (format == "xlsx" || format == "parquet") && a.terminal() {
			return &fault.Error{Code: fault.Usage, File: "--format", What: format + " on a terminal", Expected: "-o file." + format}
		}
		w := bufio.NewWriter(a.stdout)
		if err := body(w); err != nil {
			return err
		}
		return w.Flush()
	}
	if err := writeFile(a.output, body); err != nil {
		return err
	}
	if format == "csv" || format == "ndjson" || format == "md" || format == "html" || format == "parquet" || format == "table" {
		record, err := run.JSON()
		if err != nil {
			return err
		}
		if err := writeFile(a.output+".run.json", func(w io.Writer) error { _, err := w.Write(record); return err }); err != nil {
			return err
		}
		a.note("wrote %s and %s.run.json", a.output, a.output)
		return nil
	}
	a.note("wrote %s", a.output)
	return nil
}

func (a *app) pick(tables []*export.Table) (*export.Table, error) {
	if a.table == "" {
		return tables[0], nil
	}
	var names []string
	for _, t := range tables {
		if t.Name == a.table {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return nil, &fault.Error{Code: fault.Usage, File: "--table", What: "no table " + fault.Quote(a.table), Expected: "one of " + strings.Join(names, ", "), DidYouMean: fault.Nearest(a.table, names)}
}

// writeFile writes under a temporary name and renames, so that a file is whole
// or not there.
func writeFile(name string, body func(io.Writer) error) error {
	fail := func(err error) error {
		what := err.Error()
		var place *fs.PathError
		var link *os.LinkError
		if errors.As(err, &place) { // without the temporary name
			what = place.Err.Error()
		} else if errors.As(err, &link) {
			what = link.Err.Error()
		}
		return &fault.Error{Code: fault.Failure, File: name, What: "cannot write the file: " + what, Do: "Nothing was written.", Err: err}
	}
	if strings.HasSuffix(name, recordSuffix+recordSuffix) {
		return &fault.Error{Code: fault.Usage, File: "-o", What: "a result under the name of a run record", Expected: "a name that does not end in " + recordSuffix}
	}
	if link, err := filepath.EvalSymlinks(name); err == nil { // write what a link points to, not over the link
		name = link
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return fail(errors.New("it is a folder"))
		}
		return writeThrough(name, body) // a pipe or a device
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".chokepoint-*")
	if err != nil {
		return fail(err)
	}
	defer os.Remove(f.Name())
	w := bufio.NewWriter(f)
	if err := body(w); err != nil {
		f.Close()
		return err
	}
	for _, step := range []func() error{w.Flush, func() error { return f.Chmod(0o644) }, f.Sync, f.Close} {
		if err := step(); err != nil {
			f.Close()
			return fail(err)
		}
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return fail(err)
	}
	return nil
}

// workbook is the tables of an answer with the sheets About and Sources.
func workbook(s *session, run *report.Run, tables []*export.Table) ([]*export.Table, error) {
	about := &export.Table{Name: "About", Columns: []export.Column{{Name: "what"}, {Name: "text"}}}
	for _, line := range run.Lines() {
		about.Add(line[0], line[1])
	}
	for _, t := range tables {
		for _, c := range t.Columns {
			if c.Meaning != "" {
				about.Add("column "+t.Name+"."+c.Name, c.Meaning+unitNote(c.Unit))
			}
		}
	}
	sources := &export.Table{Name: "Sources", Columns: []export.Column{{Name: "table"}, {Name: "licence"}, {Name: "vintage"}, {Name: "source"}, {Name: "address"}}}
	for _, r := range s.engine.Catalog.Package.Resources {
		for _, y := range r.Sources {
			sources.Add(r.Name, r.Licenses[0].Title, r.Vintage, y.Title, y.Path)
		}
	}
	rows, err := s.engine.Catalog.Package.Table("sources")
	if err != nil {
		return nil, err
	}
	for i := range rows.Rows() {
		sources.Add("row source "+rows.Cell(i, "source"), "", "", rows.Cell(i, "text"), "")
	}
	var out []*export.Table
	for _, t := range tables {
		if t.Name == "sources" { // the rows behind one scenario; the sheet Sources is of all
			renamed := *t
			renamed.Name = "rows"
			t = &renamed
		}
		out = append(out, t)
	}
	return append(out, about, sources), nil
}

func unitNote(unit string) string {
	if unit == "" || unit == "1" {
		return ""
	}
	return " (" + unit + ")"
}

// writeRows writes a table for people, ten rows on a terminal.
func (a *app) writeRows(w io.Writer, t *export.Table) error {
	if err := export.WriteText(w, t, a.rows(len(t.Rows))); err != nil {
		return err
	}
	return a.more(w, len(t.Rows))
}

// writeThrough writes to something that cannot be renamed.
func writeThrough(name string, body func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return &fault.Error{Code: fault.Failure, File: name, What: "cannot write: " + err.Error(), Err: err}
	}
	w := bufio.NewWriter(f)
	if err := body(w); err != nil {
		f.Close()
		return err
	}
	if err := w.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// rows is how many rows a text table shows: ten on a terminal, else all.
func (a *app) rows(total int) int {
	if a.all || !a.terminal() || a.output != "" || total <= 10 {
		return 0
	}
	return 10
}

// more writes how many rows were left out.
func (a *app) more(w io.Writer, total int) error {
	if n := a.rows(total); n > 0 {
		_, err := fmt.Fprintf(w, "%d more: --all\n", total-n)
		return err
	}
	return nil
}
