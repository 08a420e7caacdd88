package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/internal/assess"
	"chokepoint/internal/fault"
	"chokepoint/internal/scenario"
)

// selector is how every command names a scenario: commodities and countries.
type selector struct {
	from   []string
	cut    string
	kind   string
	months float64
}

func (s *selector) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&s.from, "from", nil, "countries that withdraw: ISO codes or names, separated by commas")
	cmd.Flags().StringVar(&s.cut, "cut", "100%", "share withdrawn: 50% or 0.5")
	cmd.Flags().StringVar(&s.kind, "kind", scenario.ExportRestriction.String(), "export-restriction (exports stop, the home market keeps supply) or production-outage")
	cmd.Flags().Float64Var(&s.months, "months", scenario.FullYear, "duration, at most 12")
}

// limits of a scenario that a stranger can ask for.
const maxWithdrawals = 10_000

// parse makes the scenario: every commodity from every country.
func (s *selector) parse(e *assess.Engine, commodities string) (scenario.Scenario, error) {
	out := scenario.Scenario{Months: s.months}
	if len(s.from) == 0 {
		return out, &fault.Error{Code: fault.Usage, File: "--from", What: "no country", Expected: "one or more, such as --from CHN or --from Russia,ZAF",
			Do: "`chokepoint show " + commodities + "` lists the producers."}
	}
	fraction, err := scenario.ParseFraction(s.cut)
	if err != nil {
		return out, err
	}
	kind, err := scenario.ParseKind(s.kind)
	if err != nil {
		return out, err
	}
	names := strings.Split(commodities, ",")
	if len(names)*len(s.from) > maxWithdrawals {
		return out, &fault.Error{Code: fault.Usage, File: "commodity", What: fmt.Sprintf("%d withdrawals", len(names)*len(s.from)), Expected: fmt.Sprintf("at most %d", maxWithdrawals)}
	}
	for _, name := range names {
		units, err := selectUnits(e, []string{name})
		if err != nil {
			return out, err
		}
		for _, u := range units {
			for _, from := range s.from {
				country, err := e.Catalog.FindCountry(from)
				if err != nil {
					return out, err
				}
				out.Withdrawals = append(out.Withdrawals, scenario.Withdrawal{Unit: u, Country: country, Kind: kind, Fraction: fraction})
			}
		}
	}
	return out, nil
}

// one runs the scenario that a command line names, with detail.
func (a *app) one(cmd *cobra.Command, s *selector, commodities string) (*assess.Engine, *assess.Result, []scenario.Note, error) {
	e, err := a.load()
	if err != nil {
		return nil, nil, nil, err
	}
	sc, err := s.parse(e, commodities)
	if err != nil {
		return nil, nil, nil, err
	}
	_, notes, err := sc.Canonical(e.Catalog, e.Figures)
	if err != nil {
		return nil, nil, nil, err
	}
	results, err := e.Run(cmd.Context(), []scenario.Scenario{sc}, assess.Options{Workers: a.workers, Detail: true})
	if err != nil {
		return nil, nil, nil, err
	}
	return e, results[0], notes, nil
}
