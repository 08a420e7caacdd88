package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"chokepoint/data"
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
		sc, err := s.compose(c, word)
		if err != nil {
			return nil, err
		}
		return &selection{label: s.describe(word), scenario: sc}, nil
	}
	f, err := s.open(c, word)
	if err != nil {
		return nil, err
	}
	x := &selection{label: f.Name, scenario: f.Scenario, file: f}
	if x.label == "" {
		x.label = strings.TrimSuffix(filepath.Base(word), filepath.Ext(word))
	}
	return x, s.override(x)
}

// override applies the flags that change a scenario from a file.
func (s *selector) override(x *selection) error {
	for _, name := range []string{"to", "kind", "leakage", "offered", "bloc"} {
		if s.flags.Changed(name) {
			return &fault.Error{Code: fault.Usage, File: "--" + name, What: "the scenario is from a file", Expected: "only --cut and --months beside a file or a name", Do: "Change the file, or name commodity and country."}
		}
	}
	if s.flags.Changed("cut") {
		fraction, err := scenario.ParseFraction("--cut", s.cut)
		if err != nil {
			return err
		}
		for i := range x.scenario.Withdrawals {
			x.scenario.Withdrawals[i].Fraction = fraction
		}
		x.label += " --cut " + s.cut
	}
	if s.flags.Changed("months") {
		x.scenario.Months = s.months
		x.label += fmt.Sprintf(" --months %g", s.months)
	}
	return nil
}

// describe writes the selector back as a person would.
func (s *selector) describe(commodities string) string {
	out := commodities + " from " + strings.Join(s.from, ",")
	if len(s.to) > 0 {
		out += " to " + strings.Join(s.to, ",")
	}
	if s.cut != "100%" {
		out += " cut " + s.cut
	}
	if s.kind != scenario.ExportRestriction.String() {
		out += " " + s.kind
	}
	if s.months != scenario.FullYear {
		out += fmt.Sprintf(" %g months", s.months)
	}
	for _, b := range s.blocs {
		out += " bloc " + b
	}
	return out
}

// compose makes the scenario: every commodity from every country.
func (s *selector) compose(c *catalog.Catalog, commodities string) (scenario.Scenario, error) {
	out := scenario.Scenario{Months: s.months}
	w := scenario.Withdrawal{}
	var err error
	if w.Fraction, err = scenario.ParseFraction("--cut", s.cut); err != nil {
		return out, err
	}
	if w.Kind, err = scenario.ParseKind(s.kind); err != nil {
		return out, err
	}
	if w.Targets, err = countries(c, s.to); err != nil {
		return out, err
	}
	if len(w.Targets) > 0 {
		if w.Leakage, err = scenario.ParseFraction("--leakage", s.leakage); err != nil {
			return out, err
		}
		if w.Offered, err = scenario.ParseFraction("--offered", s.offered); err != nil {
			return out, err
		}
	} else {
		for _, name := range []string{"leakage", "offered"} {
			if s.flags.Changed(name) {
				return out, &fault.Error{Code: fault.Usage, File: "--" + name, What: "no destinations", Expected: "--to, such as --to USA"}
			}
		}
	}
	for _, b := range s.blocs {
		members, err := countries(c, strings.Split(b, ","))
		if err != nil {
			return out, err
		}
		out.Blocs = append(out.Blocs, members)
	}
	from, err := countries(c, s.from)
	if err != nil {
		return out, err
	}
	units, err := selectUnits(c, strings.Split(commodities, ","))
	if err != nil {
		return out, err
	}
	if n := len(units) * len(from); n > scenario.MaxWithdrawals {
		return out, &fault.Error{Code: fault.Usage, File: "commodity", What: fmt.Sprintf("%d withdrawals", n), Expected: fmt.Sprintf("at most %d", scenario.MaxWithdrawals)}
	}
	for _, u := range units {
		for _, country := range from {
			w.Unit, w.Country = u, country
			out.Withdrawals = append(out.Withdrawals, w)
		}
	}
	return out, nil
}

func countries(c *catalog.Catalog, names []string) ([]string, error) {
	var out []string
	for _, n := range names {
		found, err := scenario.ParseCountries(c, n)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
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
	library, err := data.Scenarios()
	if err != nil {
		return nil, err
	}
	if content, err := fs.ReadFile(library, word+".yaml"); err == nil && !strings.Contains(word, "/") {
		return scenario.ReadFile(c, word+".yaml", content)
	}
	names, err := libraryNames()
	if err != nil {
		return nil, err
	}
	if _, err := c.FindUnit(strings.Split(word, ",")[0]); err == nil || strings.HasPrefix(word, "@") {
		return nil, &fault.Error{Code: fault.Usage, File: "--from", What: "no country", Expected: "one or more, such as --from CHN or --from Russia,ZAF",
			Do: "`chokepoint show " + word + "` lists the producers."}
	}
	return nil, &fault.Error{Code: fault.Usage, File: "scenario", What: "nothing is named " + fault.Quote(word), Expected: "a commodity with --from, a .yaml file, or a name that `chokepoint scenario show` lists",
		DidYouMean: fault.Nearest(word, append(names, unitNames(c)...)), Do: "`chokepoint scenario show` lists the library."}
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

// libraryNames lists the library, sorted.
func libraryNames() ([]string, error) {
	library, err := data.Scenarios()
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(library, "*.yaml")
	if err != nil {
		return nil, err
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strings.TrimSuffix(path.Base(f), ".yaml")
	}
	slices.Sort(names)
	return names, nil
}

func unitNames(c *catalog.Catalog) []string {
	out := make([]string, len(c.Units))
	for i := range c.Units {
		out[i] = c.Units[i].ID
	}
	return out
}

// selectUnits resolves names and @sets; none means the 84.
func selectUnits(c *catalog.Catalog, args []string) ([]int, error) {
	if len(args) == 0 {
		args = []string{"@usgs-84"}
	}
	var units []int
	add := func(u int) {
		if !slices.Contains(units, u) {
			units = append(units, u)
		}
	}
	for _, arg := range args {
		for _, name := range strings.Split(arg, ",") {
			if set, ok := strings.CutPrefix(name, "@"); ok {
				members, err := c.Set(set)
				if err != nil {
					return nil, err
				}
				for _, u := range members {
					add(u)
				}
				continue
			}
			u, err := c.FindUnit(name)
			if err != nil {
				return nil, err
			}
			add(u)
		}
	}
	return units, nil
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
	_, notes, err := s.Canonical(e.Catalog, e.Figures)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, n := range notes {
		out = append(out, fmt.Sprintf("no effect: %s", n.Reason))
	}
	return out, nil
}
