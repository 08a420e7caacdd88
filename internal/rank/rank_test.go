package rank

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"chokepoint/internal/assess"
	"chokepoint/internal/assess/assesstest"
	"chokepoint/internal/probability"
	"chokepoint/internal/scenario"
)

// setting is the shipped catalogue with a probability model; results are made up.
type setting struct {
	*testing.T
	e *assess.Engine
	p *probability.Model
}

func newSetting(t *testing.T) *setting {
	t.Helper()
	e, err := assesstest.Engine(assess.DefaultMethod())
	if err != nil {
		t.Fatal(err)
	}
	p, err := probability.New(e.Catalog, e.Figures, probability.Published)
	if err != nil {
		t.Fatal(err)
	}
	return &setting{t, e, p}
}

func (s *setting) unit(id string) int {
	s.Helper()
	u, ok := s.e.Catalog.Unit(id)
	if !ok {
		s.Fatalf("no unit %s", id)
	}
	return u
}

// result is a restriction with a made-up loss.
func (s *setting) result(unit, country string, lossMUSD float64, state string) *assess.Result {
	return &assess.Result{Scenario: scenario.Single(s.unit(unit), country, scenario.ExportRestriction), LossMUSD: lossMUSD, State: state}
}

func (s *setting) rank(opt Options, results []*assess.Result, ids ...string) []Row {
	s.Helper()
	var units []int
	for _, id := range ids {
		units = append(units, s.unit(id))
	}
	return Rank(s.e, s.p, units, results, make([]float64, len(s.e.Catalog.Industries)), opt)
}

// line shows what a test looks at: rank, unit, expected loss, leader and its
// loss, criterion.
func (s *setting) line(r Row) string {
	leading := "nobody"
	if r.Leading != nil {
		leading = fmt.Sprintf("%s %.4g", r.LeadingCountry, r.Leading.LossMUSD)
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s %.4g %s %s", r.Rank, s.e.Catalog.Units[r.Unit].ID, r.ExpectedLossMUSD, leading, r.Criterion))
}

func (s *setting) expect(rows []Row, want ...string) {
	s.Helper()
	var got []string
	for _, r := range rows {
		got = append(got, s.line(r))
	}
	if !slices.Equal(got, want) {
		s.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestRank: published probabilities are 1 for gallium, indium, germanium of
// China, 0.398 for its other units, 0.039 for South Africa.
func TestRank(t *testing.T) {
	s := newSetting(t)
	single := s.p.Of(s.unit("rhodium"), "RUS").Probability // a hazard
	results := []*assess.Result{
		s.result("gallium", "CHN", 100, assess.StateOK),
		s.result("indium", "CHN", 100, assess.StateOK),
		s.result("germanium", "CHN", -30, assess.StateOK),        // a gain
		s.result("beryllium", "ZAF", 50, assess.StateNoClearing), // one US producer, nothing secondary
		s.result("rhodium", "ZAF", 1000, assess.StateOK),
		s.result("rhodium", "RUS", -100000, assess.StateOK),
		{State: assess.StateNothing}, // a scenario of which nothing was left
	}
	ids := []string{"rhodium", "beryllium", "indium", "germanium", "gallium", "helium"}
	rows := s.rank(Options{}, results, ids...)
	rhodium := 39 - 100000*single
	s.expect(rows,
		"1 gallium 100 CHN 100 expected-loss",
		"2 indium 100 CHN 100 expected-loss", // a tie goes by name
		"3 beryllium 1.95 ZAF 50 single-point-of-failure",
		"4 helium 0 nobody", // no exporter: no loss, no state but this
		"5 germanium -30 CHN -30",
		fmt.Sprintf("6 rhodium %.4g ZAF 1000", rhodium))
	if got := s.criteria("beryllium", "helium", "rhodium"); got != "beryllium 1 0, helium 10 0, rhodium 1 3.4" {
		t.Errorf("the tables changed, mend the expectations: %s", got)
	}
	byID := map[string]Row{}
	for _, r := range rows {
		byID[s.e.Catalog.Units[r.Unit].ID] = r
	}
	r := byID["rhodium"]
	if math.Abs(r.ExpectedLossMUSD-rhodium) > 1e-9 || r.GainsMUSD != -100000*single || r.Scenarios != 2 || r.Known != 2 || r.LowerBound || r.Probability.Probability != 0.039 {
		t.Errorf("rhodium: %+v", r)
	}
	if r := byID["germanium"]; r.GainsMUSD != -30 || r.Recommended {
		t.Errorf("germanium: %+v", r)
	}
	if r := byID["beryllium"]; !r.LowerBound || r.State != assess.StateNoClearing || !r.Recommended {
		t.Errorf("beryllium: %+v", r)
	}
	if r := byID["helium"]; r.State != assess.StateNothing || r.Scenarios != 0 || r.ExpectedLossMUSD != 0 || r.Recommended || len(r.Evidence) != 5 {
		t.Errorf("helium: %+v", r)
	}
	// The order in which units are asked for does not matter.
	slices.Reverse(ids)
	again := s.rank(Options{}, results, ids...)
	for i := range rows {
		if s.line(rows[i]) != s.line(again[i]) {
			t.Errorf("%s, in the other order %s", s.line(rows[i]), s.line(again[i]))
		}
	}
}

// criteria lists US primary producers and secondary tonnes, on which a single
// point of failure stands.
func (s *setting) criteria(ids ...string) string {
	var out []string
	for _, id := range ids {
		u := s.unit(id)
		out = append(out, fmt.Sprintf("%s %d %g", id, s.e.Catalog.Units[u].PrimaryProducers, s.e.Figures[u].SecondaryTonnes))
	}
	return strings.Join(out, ", ")
}

func TestGivenDisruption(t *testing.T) {
	s := newSetting(t)
	results := []*assess.Result{
		s.result("gallium", "CHN", 100, assess.StateOK),
		s.result("platinum", "ZAF", 500, assess.StateOK),
		s.result("platinum", "RUS", 300, assess.StateNoClearing),
		s.result("rhodium", "ZAF", -5, assess.StateOK),
		s.result("rhodium", "RUS", -3, assess.StateOK),
	}
	rows := s.rank(Options{GivenDisruption: true}, results, "gallium", "platinum", "rhodium", "helium")
	s.expect(rows, // the largest loss ranks, without probability; the floor of expected loss does not apply
		"1 platinum 500 ZAF 500",
		"2 gallium 100 CHN 100",
		"3 helium 0 nobody",
		"4 rhodium -3 RUS -3")
	if rows[0].LowerBound || rows[0].GainsMUSD != 0 || rows[3].GainsMUSD != 0 {
		t.Errorf("%+v", rows[0])
	}
}

// TestChains: a chain stands at its highest stage, with the sum beside it and
// the criteria of all its stages.
func TestChains(t *testing.T) {
	s := newSetting(t)
	results := []*assess.Result{
		s.result("copper-mined", "CHN", 10, assess.StateOK),    // 3.98
		s.result("copper-refined", "CHN", 100, assess.StateOK), // 39.8
		s.result("gallium", "CHN", 20, assess.StateOK),
	}
	for _, ids := range [][]string{{"copper-mined", "copper-refined", "gallium"}, {"gallium", "copper-refined", "copper-mined"}} {
		rows := s.rank(Options{ByChain: true}, results, ids...)
		s.expect(rows, "1 copper-refined 39.8 CHN 100 expected-loss", "2 gallium 20 CHN 20 expected-loss")
		if r := rows[0]; r.Stages != 2 || math.Abs(r.ChainSumMUSD-43.78) > 1e-9 || rows[1].Stages != 1 || rows[1].ChainSumMUSD != 20 {
			t.Errorf("%+v", rows)
		}
	}
	// A tie in a chain goes by name.
	equal := []*assess.Result{s.result("copper-mined", "CHN", 10, assess.StateOK), s.result("copper-refined", "CHN", 10, assess.StateOK)}
	s.expect(s.rank(Options{ByChain: true}, equal, "copper-refined", "copper-mined"), "1 copper-mined 3.98 CHN 10 expected-loss")

	for _, x := range []struct{ first, second, want string }{
		{NoneCriterion, NoneCriterion, NoneCriterion}, {NoneCriterion, SinglePoint, SinglePoint}, {ExpectedLoss, NoneCriterion, ExpectedLoss},
		{ExpectedLoss, ExpectedLoss, ExpectedLoss}, {ExpectedLoss, SinglePoint, BothCriteria}, {SinglePoint, BothCriteria, BothCriteria}, {BothCriteria, ExpectedLoss, BothCriteria},
	} {
		rows := collapse([]Row{{Unit: 1, Chain: "c", Stages: 1, Criterion: x.first, Recommended: x.first != ""}, {Unit: 2, Chain: "c", Stages: 1, Criterion: x.second, Recommended: x.second != ""}})
		if len(rows) != 1 || rows[0].Unit != 1 || rows[0].Criterion != x.want || rows[0].Recommended != (x.want != "") {
			t.Errorf("%q with %q: %+v", x.first, x.second, rows)
		}
	}
}

func TestRecommend(t *testing.T) {
	for _, x := range []struct {
		loss   float64
		single bool
		given  bool
		want   string
	}{
		{1.999, false, false, NoneCriterion}, {2, false, false, ExpectedLoss}, {2, true, false, BothCriteria}, {-5, true, false, SinglePoint},
		{1e6, false, true, NoneCriterion}, {1e6, true, true, SinglePoint},
	} {
		r := Row{ExpectedLossMUSD: x.loss}
		r.recommend(x.single, Options{GivenDisruption: x.given})
		if r.Criterion != x.want || r.Recommended != (x.want != "") {
			t.Errorf("%+v: %q %v", x, r.Criterion, r.Recommended)
		}
	}
}
