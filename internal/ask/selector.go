package ask

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
	"chokepoint/internal/scenario"
)

// Selector names a scenario by commodity and country. An empty field was not
// given and has its default.
type Selector struct {
	Commodities []string // unit, name, symbol, or a set such as @usgs-84
	From, To    []string // ISO codes, names, or a bloc such as @EU
	Cut         string   // "50%" or "0.5"; default all
	Kind        string   // default export-restriction
	Months      *float64 // default a full year
	Leakage     string   // with To: default 10%
	Offered     string   // with To: default 100%
	Blocs       []string // each countries joined by commas, or @EU
}

// Scenario makes the scenario: every commodity from every country.
func (s *Selector) Scenario(c *catalog.Catalog) (scenario.Scenario, error) {
	out := scenario.Scenario{Months: scenario.FullYear}
	if s.Months != nil {
		out.Months = *s.Months
	}
	w := scenario.Withdrawal{Kind: scenario.ExportRestriction, Fraction: 1}
	var err error
	if s.Cut != "" {
		if w.Fraction, err = scenario.ParseFraction("--cut", s.Cut); err != nil {
			return out, err
		}
	}
	if s.Kind != "" {
		if w.Kind, err = scenario.ParseKind(s.Kind); err != nil {
			return out, err
		}
	}
	if w.Targets, err = Countries(c, s.To); err != nil {
		return out, err
	}
	if len(w.Targets) == 0 && s.Leakage+s.Offered != "" {
		flag := "--leakage"
		if s.Leakage == "" {
			flag = "--offered"
		}
		return out, &fault.Error{Code: fault.Usage, File: flag, What: "no destinations", Expected: "--to, such as --to USA"}
	}
	if len(w.Targets) > 0 {
		w.Leakage, w.Offered = scenario.DefaultLeakage, scenario.DefaultOffered
	}
	for _, x := range []struct {
		flag, text string
		dst        *float64
	}{{"--leakage", s.Leakage, &w.Leakage}, {"--offered", s.Offered, &w.Offered}} {
		if x.text == "" {
			continue
		}
		if *x.dst, err = scenario.ParseFraction(x.flag, x.text); err != nil {
			return out, err
		}
	}
	for _, b := range s.Blocs {
		members, err := Countries(c, strings.Split(b, ","))
		if err != nil {
			return out, err
		}
		out.Blocs = append(out.Blocs, members)
	}
	from, err := Countries(c, s.From)
	if err != nil {
		return out, err
	}
	units, err := Units(c, s.Commodities)
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

// Describe writes the selector back as a person would.
func (s *Selector) Describe() string {
	out := strings.Join(s.Commodities, ",") + " from " + strings.Join(s.From, ",")
	if len(s.To) > 0 {
		out += " to " + strings.Join(s.To, ",")
	}
	if s.Cut != "" && s.Cut != "100%" {
		out += " cut " + s.Cut
	}
	if s.Kind != "" && s.Kind != scenario.ExportRestriction.String() {
		out += " " + s.Kind
	}
	if s.Months != nil && *s.Months != scenario.FullYear {
		out += fmt.Sprintf(" %g months", *s.Months)
	}
	for _, b := range s.Blocs {
		out += " bloc " + b
	}
	return out
}

// Words writes the selector as the words of a command line.
func (s *Selector) Words() []string {
	out := []string{strings.Join(s.Commodities, ","), "--from", strings.Join(s.From, ",")}
	add := func(flag, value string) {
		if value != "" {
			out = append(out, flag, value)
		}
	}
	add("--to", strings.Join(s.To, ","))
	add("--cut", s.Cut)
	add("--kind", s.Kind)
	if s.Months != nil {
		add("--months", fmt.Sprintf("%g", *s.Months))
	}
	add("--leakage", s.Leakage)
	add("--offered", s.Offered)
	for _, b := range s.Blocs {
		add("--bloc", b)
	}
	return out
}

// Override applies Cut and Months to a scenario from a file or the library, and
// says what it did in the words of the command line. Other fields are an error.
func (s *Selector) Override(sc *scenario.Scenario) (said string, err error) {
	for _, x := range []struct {
		name  string
		given bool
	}{{"commodity", len(s.Commodities) > 0}, {"from", len(s.From) > 0}, {"to", len(s.To) > 0}, {"kind", s.Kind != ""}, {"leakage", s.Leakage != ""}, {"offered", s.Offered != ""}, {"bloc", len(s.Blocs) > 0}} {
		if x.given {
			return "", &fault.Error{Code: fault.Usage, File: "--" + x.name, What: "the scenario is from a file", Expected: "only --cut and --months beside a file or a name", Do: "Change the file, or name commodity and country."}
		}
	}
	if s.Cut != "" {
		fraction, err := scenario.ParseFraction("--cut", s.Cut)
		if err != nil {
			return "", err
		}
		sc.Withdrawals = slices.Clone(sc.Withdrawals)
		for i := range sc.Withdrawals {
			sc.Withdrawals[i].Fraction = fraction
		}
		said += " --cut " + s.Cut
	}
	if s.Months != nil {
		sc.Months = *s.Months
		said += fmt.Sprintf(" --months %g", *s.Months)
	}
	return said, nil
}

// Countries resolves codes, names and blocs, in order.
func Countries(c *catalog.Catalog, names []string) ([]string, error) {
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

// Units resolves names and @sets (Set), each unit once; none means the 84. A name may
// hold several, joined by commas.
func Units(c *catalog.Catalog, names []string) ([]int, error) {
	if len(names) == 0 {
		names = []string{"@usgs-84"}
	}
	var units []int
	seen := make([]bool, len(c.Units))
	add := func(u int) {
		if !seen[u] {
			units, seen[u] = append(units, u), true
		}
	}
	for _, arg := range names {
		for _, name := range strings.Split(arg, ",") {
			if set, ok := strings.CutPrefix(name, "@"); ok {
				members, err := Set(c, set)
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

// UnitNames lists the units.
func UnitNames(c *catalog.Catalog) []string {
	out := make([]string, len(c.Units))
	for i := range c.Units {
		out[i] = c.Units[i].ID
	}
	return out
}

// CustomsAreas returns the blocs that act as one country: none for "country",
// the European Union for "customs-area".
func CustomsAreas(c *catalog.Catalog, units string) ([][]string, error) {
	switch units {
	case "", "country":
		return nil, nil
	case "customs-area":
		eu, err := c.Bloc("EU")
		return [][]string{eu}, err
	}
	return nil, &fault.Error{Code: fault.Usage, File: "--units", What: fault.Quote(units), Expected: "country or customs-area", DidYouMean: fault.Nearest(units, []string{"country", "customs-area"})}
}

// WithoutEffect says what of a scenario has no effect, and gives its canonical form.
func WithoutEffect(e *assess.Engine, s scenario.Scenario) (scenario.Scenario, []string, error) {
	canonical, notes, err := s.Canonical(e.Catalog, e.Figures)
	if err != nil {
		return canonical, nil, err
	}
	out := make([]string, 0, len(notes))
	for _, n := range notes {
		out = append(out, "no effect: "+n.Reason)
	}
	return canonical, out, nil
}

// SplitWords splits a text at spaces outside quotes.
func SplitWords(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	quote, open := rune(0), false
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, open = r, true
		case quote == 0 && (r == ' ' || r == '\t' || r == '\n'):
			if open || word.Len() > 0 {
				words = append(words, word.String())
			}
			word.Reset()
			open = false
		default:
			word.WriteRune(r)
		}
	}
	if quote != 0 {
		return nil, &fault.Error{Code: fault.Usage, File: "compare", What: fault.Quote(text) + ": a quote is not closed", Expected: "quotes in pairs"}
	}
	if open || word.Len() > 0 {
		words = append(words, word.String())
	}
	return words, nil
}
