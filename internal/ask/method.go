package ask

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/economy"
	"chokepoint/internal/fault"
	"chokepoint/internal/market"
	"chokepoint/internal/shortage"
)

// Setting is one setting of the method: a choice of words, or a number.
type Setting struct {
	Name      string
	Choices   []string // of a choice; nil for a number
	Low, High float64  // of a number
	Values    string   // what is allowed, in words
	Meaning   string
	set       func(m *assess.Method, value string) error
}

// Settings are the settings of the method, in the order of assess.Method.Settings.
func Settings() []Setting {
	number := func(name string, dst func(*assess.Method) *float64, lo, hi float64, meaning string) Setting {
		return Setting{Name: name, Low: lo, High: hi, Values: fmt.Sprintf("%g..%g", lo, hi), Meaning: meaning, set: func(m *assess.Method, value string) error {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil || !(v >= lo && v <= hi) {
				return fmt.Errorf("a number from %g to %g", lo, hi)
			}
			*dst(m) = v + 0 // -0 is 0
			return nil
		}}
	}
	choice := func(name string, words []string, meaning string, set func(m *assess.Method, value string) error) Setting {
		return Setting{Name: name, Choices: words, Values: strings.Join(words, "|"), Meaning: meaning, set: func(m *assess.Method, value string) error {
			if !slices.Contains(words, value) {
				return fmt.Errorf("one of %s", strings.Join(words, ", "))
			}
			return set(m, value)
		}}
	}
	return []Setting{
		choice("judgement", []string{"merged", "a", "b"}, "which desk judgement of elasticities, end uses and dependence counts; merged is the mean of both",
			func(m *assess.Method, v string) error { m.Judgement = catalog.Judgement(v); return nil }),
		choice("demand", []string{"semi-log", "linear", "iso-elastic"}, "form of the demand curve g in (M1)",
			func(m *assess.Method, v string) (err error) { m.Demand, err = market.ParseDemand(v); return err }),
		choice("sharing", []string{"least-deviation", "least-cost", "pro-rata"}, "rule by which the uses share a shortage (model section 4)",
			func(m *assess.Method, v string) (err error) { m.Sharing, err = shortage.ParseRule(v); return err }),
		choice("downstream", []string{"soft", "none", "leontief", "recipe", "ces", "rigid"}, "how hard a missing product hits those who buy it",
			func(m *assess.Method, v string) (err error) {
				m.Downstream, err = economy.ParseDownstream(v)
				return err
			}),
		choice("bounds", []string{"report", "enforce"}, "flows of the economy below 0: report them, or forbid them",
			func(m *assess.Method, v string) error { m.EnforceBounds = v == "enforce"; return nil }),
		number("lambda", func(m *assess.Method) *float64 { return &m.Lambda }, 0.1, 1, "weight of final use in (E1)"),
		number("repriced", func(m *assess.Method) *float64 { return &m.RepricedShare }, 0, 1, "chi of (E3): share of purchases repriced within the year"),
		number("stocks", func(m *assess.Method) *float64 { return &m.StockShare }, 0, 1, "share of commercial stocks that may be used"),
		number("reroutable", func(m *assess.Method) *float64 { return &m.Reroutable }, 0, 1, "omega of (M2): share of refused tonnes that trade can re-route in a year"),
		number("correlation", func(m *assess.Method) *float64 { return &m.JudgedCorrelation }, 0, 1, "correlation of judged values of one kind in the draws"),
		{Name: "choke", Low: 0, High: market.MaxPriceRatio, Values: "0 or a price ratio above 1", Meaning: "price ratio at which users stop bidding; 0 = none", set: func(m *assess.Method, value string) error {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil || math.IsNaN(v) || !(v == 0 || v > 1 && v <= market.MaxPriceRatio) {
				return fmt.Errorf("0, or a price ratio above 1 and at most %g", float64(market.MaxPriceRatio))
			}
			m.ChokePriceRatio = v + 0
			return nil
		}},
	}
}

// Method changes settings of a method: each text is setting=value, or several
// joined by commas.
func Method(base assess.Method, texts []string) (assess.Method, error) {
	known := Settings()
	names := make([]string, len(known))
	for i, s := range known {
		names[i] = s.Name
	}
	for _, joined := range texts {
		for _, text := range strings.Split(joined, ",") {
			name, value, ok := strings.Cut(strings.TrimSpace(text), "=")
			i := slices.Index(names, name)
			if !ok && i >= 0 {
				return base, &fault.Error{Code: fault.Usage, File: "--method", What: name + " has no value", Expected: name + "=" + known[i].Values}
			}
			if i < 0 {
				return base, &fault.Error{Code: fault.Usage, File: "--method", What: "unknown setting " + fault.Quote(text), Expected: "setting=value with one of " + strings.Join(names, ", "),
					DidYouMean: fault.Nearest(name, names), Do: "`chokepoint rank --help` lists the values of each."}
			}
			if err := known[i].set(&base, value); err != nil {
				return base, &fault.Error{Code: fault.Usage, File: "--method", What: name + "=" + fault.Quote(value), Expected: err.Error()}
			}
		}
	}
	return base, nil
}
