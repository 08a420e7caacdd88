package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
	"chokepoint/internal/scenario"
)

// selector is how every command names a scenario: commodities and countries, a
// file, or a name from the library.
type selector struct {
	from, to []string
	cut      string
	kind     string
	months   float64
	leakage  string
	offered  string
	blocs    []string
	flags    *pflag.FlagSet
}

func (s *selector) addFlags(f *pflag.FlagSet) {
	s.flags = f
	f.StringSliceVar(&s.from, "from", nil, "countries that withdraw: ISO codes or names, separated by commas; @EU for a bloc")
	f.StringSliceVar(&s.to, "to", nil, "destinations that a restriction is aimed at, or the countries that ban imports (default everybody)")
	f.StringVar(&s.cut, "cut", "100%", "share withdrawn: 50% or 0.5")
	f.StringVar(&s.kind, "kind", scenario.ExportRestriction.String(), "export-restriction (exports stop, the home market keeps supply), production-outage or import-ban")
	f.Float64Var(&s.months, "months", scenario.FullYear, "duration, at most 12")
	f.StringVar(&s.leakage, "leakage", "10%", "with --to: share that reaches the targets all the same")
	f.StringVar(&s.offered, "offered", "100%", "with --to: share of the refused tonnes that others are offered")
	f.StringArrayVar(&s.blocs, "bloc", nil, "countries that act as one market, such as RUS,BLR or @EU; repeatable")
}

// selection is a scenario with where it came from.
type selection struct {
	label    string // as a person would say it
	scenario scenario.Scenario
	file     *scenario.File // nil unless from a file or the library
}

// parse reads the scenario that a word and the flags name.
func (s *selector) parse(e *assess.Engine, word string) (*selection, error) {
	c := e.Catalog
	if len(s.from) > 0 {
		q := s.question(strings.Split(word, ",")...)
		sc, err := q.Scenario(c)
		if err != nil {
			return nil, err
		}
		return &selection{label: q.Describe(), scenario: sc}, nil
	}
	f, err := s.open(c, word)
	if err != nil {
		return nil, err
	}
	x := &selection{label: f.Name, scenario: f.Scenario, file: f}
	if x.label == "" {
		x.label = strings.TrimSuffix(filepath.Base(word), filepath.Ext(word))
	}
	said, err := s.question().Override(&x.scenario)
	x.label += said
	return x, err
}

// question is what the flags say, without what was not given.
func (s *selector) question(commodities ...string) *ask.Selector {
	q := &ask.Selector{Commodities: commodities, From: s.from, To: s.to, Blocs: s.blocs}
	for _, f := range []struct {
		name string
		dst  *string
		text string
	}{{"cut", &q.Cut, s.cut}, {"kind", &q.Kind, s.kind}, {"leakage", &q.Leakage, s.leakage}, {"offered", &q.Offered, s.offered}} {
		if s.flags.Changed(f.name) {
			*f.dst = f.text
		}
	}
	if s.flags.Changed("months") {
		q.Months = &s.months
	}
	return q
}

// open reads a scenario from a file, or from the library.
func (s *selector) open(c *catalog.Catalog, word string) (*scenario.File, error) {
	if isFileName(word) {
		content, err := readLimited(word, scenario.MaxFileBytes)
		if err != nil {
			return nil, err
		}
		return scenario.ReadFile(c, filepath.ToSlash(word), content)
	}
	if f, ok, err := ask.LibraryFile(c, word); ok || err != nil {
		return f, err
	}
	names, err := ask.LibraryNames()
	if err != nil {
		return nil, err
	}
	if _, err := c.FindUnit(strings.Split(word, ",")[0]); err == nil || strings.HasPrefix(word, "@") {
		return nil, &fault.Error{Code: fault.Usage, File: "--from", What: "no country", Expected: "one or more, such as --from CHN or --from Russia,ZAF",
			Do: "`chokepoint show " + word + "` lists the producers."}
	}
	return nil, &fault.Error{Code: fault.Usage, File: "scenario", What: "nothing is named " + fault.Quote(word), Expected: "a commodity with --from, a .yaml file, or a name that `chokepoint scenario show` lists",
		DidYouMean: fault.Nearest(word, append(names, ask.UnitNames(c)...)), Do: "`chokepoint scenario show` lists the library."}
}

func isFileName(word string) bool {
	ext := strings.ToLower(filepath.Ext(word))
	return ext == ".yaml" || ext == ".yml" || strings.ContainsAny(word, `/\`)
}

// readLimited reads a file up to a limit.
func readLimited(name string, limit int64) ([]byte, error) {
	fail := func(what string, err error) error {
		return &fault.Error{Code: fault.InvalidData, File: filepath.ToSlash(name), What: what, Expected: fmt.Sprintf("a file of at most %d KiB", limit>>10), Err: err}
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fail("there is no such file", err)
	}
	if err != nil {
		return nil, fail("the file cannot be opened", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fail("this is a folder", nil)
	}
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fail("the file cannot be read", err)
	}
	if int64(len(content)) > limit {
		return nil, fail("the file is too large", nil)
	}
	return content, nil
}

// one runs the scenario that a command line names, with detail.
func (a *app) one(cmd *cobra.Command, s *selector, word string) (*session, *selection, *assess.Result, error) {
	x, err := a.load()
	if err != nil {
		return nil, nil, nil, err
	}
	sel, err := s.parse(x.engine, word)
	if err != nil {
		return nil, nil, nil, err
	}
	r, err := x.engine.One(cmd.Context(), sel.scenario)
	if err != nil {
		return nil, nil, nil, err
	}
	return x, sel, r, nil
}

// dropped says what of a scenario has no effect.
func dropped(e *assess.Engine, s scenario.Scenario) ([]string, error) {
	_, idle, err := ask.WithoutEffect(e, s)
	return idle, err
}
