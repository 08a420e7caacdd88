package batch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"chokepoint/data"
	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/fault"
	"chokepoint/internal/probability"
	"chokepoint/internal/rank"
	"chokepoint/internal/scenario"
)

// Model is a plan made ready to compute. It is safe for concurrent use.
type Model struct {
	Plan        *Plan
	Engine      *assess.Engine
	Probability *probability.Model
	Results     []*assess.Result // on central data, one a scenario
	Rows        []rank.Row       // of a ranking
	Options     rank.Options     // of a ranking
	Sampler     *assess.Sampler
}

// Request is what a new plan is made of.
type Request struct {
	Version     string
	Engine      *assess.Engine
	Probability *probability.Model
	Overlays    int
	Edits       []string // key=value, as given
	Seed        uint64
	Draws       uint64
	Shards      int
	Ranking     *Ranking            // or
	Scenarios   []scenario.Scenario // with
	Labels      []string            // a label each
}

// NewPlan makes a plan, and the model to compute it.
func NewPlan(ctx context.Context, r Request, workers int) (*Plan, *Model, error) {
	if err := CheckSize(r.Draws, r.Shards); err != nil {
		return nil, nil, err
	}
	c := r.Engine.Catalog
	sum, err := c.Package.Hash()
	if err != nil {
		return nil, nil, err
	}
	p := &Plan{Format: format, Program: "chokepoint", Version: r.Version, DataVersion: c.Package.Version, DataSHA256: sum, Overlays: r.Overlays, Edits: r.Edits,
		Economy: catalog.USA, Method: map[string]string{}, Probability: r.Probability.Name, Kind: KindRank, Ranking: r.Ranking, Seed: r.Seed, Draws: r.Draws, Shards: r.Shards, Sketch: sketchForm}
	if p.Edits == nil {
		p.Edits = []string{}
	}
	for _, s := range r.Engine.Method.Settings() {
		p.Method[s[0]] = s[1]
	}
	if r.Ranking == nil {
		p.Kind = KindScenarios
		for i, s := range r.Scenarios {
			canonical, _, err := s.Canonical(c, r.Engine.Figures)
			if err != nil {
				return nil, nil, err
			}
			label := r.Labels[i]
			for n := 2; slices.ContainsFunc(p.Scenarios, func(x Planned) bool { return x.Label == label }); n++ {
				label = fmt.Sprintf("%s (%d)", r.Labels[i], n)
			}
			p.Scenarios = append(p.Scenarios, Planned{Label: label, Hash: canonical.Hash(c), YAML: canonical.YAML(c, "planned", label)})
		}
	}
	m, err := newModel(ctx, p, r.Engine, r.Probability, workers)
	if err != nil {
		return nil, nil, err
	}
	p.ScenariosSHA256 = m.scenariosHash()
	if what := p.wrong(); what != "" {
		return nil, nil, &fault.Error{Code: fault.Usage, File: "batch new", What: what}
	}
	return p, m, nil
}

// Load makes the model of a run directory. Another program version, other data or
// other scenarios than the plan names are errors.
func (d *Dir) Load(ctx context.Context, version string, workers int) (*Model, error) {
	p := d.Plan
	refuse := func(what, expected, do string) error {
		return &fault.Error{Code: fault.InvalidData, File: filepath.ToSlash(d.file(planName)), What: what, Expected: expected, Do: do}
	}
	if p.Version != version {
		return nil, refuse("the plan is of another program version", fmt.Sprintf("chokepoint %s, this is %s", p.Version, version), "Use the program that made the plan, or make a new run with this one.")
	}
	base, err := data.FS()
	if err != nil {
		return nil, err
	}
	var overlays []datapackage.Overlay
	for _, folder := range d.Overlays() {
		overlays = append(overlays, datapackage.Overlay{Label: filepath.ToSlash(folder), FS: os.DirFS(folder)})
	}
	c, err := catalog.Load(base, overlays...)
	if err != nil {
		return nil, err
	}
	sum, err := c.Package.Hash()
	if err != nil {
		return nil, err
	}
	if sum != p.DataSHA256 {
		return nil, refuse("the data are not those of the plan", fmt.Sprintf("sha256 %.16s, here it is %.16s", p.DataSHA256, sum), "Use the program and the tables that made the plan, or make a new run.")
	}
	if p.Economy != catalog.USA {
		return nil, refuse("unknown economy "+fault.Quote(p.Economy), catalog.USA, "Use the program that made the plan.")
	}
	var settings []string
	for _, s := range ask.Settings() {
		if v, ok := p.Method[s.Name]; ok {
			settings = append(settings, s.Name+"="+v)
		}
	}
	if len(settings) != len(p.Method) {
		return nil, refuse("the method has a setting that this program does not know", "the settings of `chokepoint rank --help`", "Use the program that made the plan.")
	}
	method, err := ask.Method(assess.DefaultMethod(), settings)
	if err != nil {
		return nil, err
	}
	e, err := assess.New(c, method, p.Edits...)
	if err != nil {
		return nil, err
	}
	q, err := probability.New(c, e.Figures, p.Probability)
	if err != nil {
		return nil, err
	}
	m, err := newModel(ctx, p, e, q, workers)
	if err != nil {
		return nil, err
	}
	if m.scenariosHash() != p.ScenariosSHA256 {
		return nil, refuse("the scenarios are not those of the plan", "the same list", "Use the program that made the plan, or make a new run.")
	}
	return m, nil
}

// newModel runs the scenarios of a plan on central data and prepares their draws.
func newModel(ctx context.Context, p *Plan, e *assess.Engine, q *probability.Model, workers int) (*Model, error) {
	m := &Model{Plan: p, Engine: e, Probability: q}
	var list []scenario.Scenario
	var units []int
	if r := p.Ranking; r != nil {
		var err error
		if units, err = ask.Units(e.Catalog, r.Units); err != nil {
			return nil, err
		}
		blocs, err := ask.CustomsAreas(e.Catalog, r.ActAs)
		if err != nil {
			return nil, err
		}
		m.Options = rank.Options{GivenDisruption: r.GivenDisruption, ByChain: r.ByChain}
		list = ask.Baseline(e, units, blocs, true)
	}
	for _, s := range p.Scenarios {
		f, err := scenario.ReadFile(e.Catalog, planName, []byte(s.YAML))
		if err != nil {
			return nil, fmt.Errorf("scenario %s of the plan: %w", fault.Quote(s.Label), err)
		}
		list = append(list, f.Scenario)
	}
	var err error
	if m.Results, err = e.Run(ctx, list, assess.Options{Workers: workers}); err != nil {
		return nil, err
	}
	if p.Ranking != nil {
		valueAdded, err := e.ValueAddedMUSD()
		if err != nil {
			return nil, err
		}
		m.Rows = rank.Rank(e, q, units, m.Results, valueAdded, m.Options)
	}
	if m.Sampler, err = e.NewSampler(m.Results, p.Seed); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Model) scenariosHash() string {
	sum := sha256.New()
	for _, r := range m.Results {
		fmt.Fprintln(sum, r.Hash)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Numbers of one scenario in a run of scenarios, in the order of its series.
var quantities = [...]struct{ Name, Unit string }{
	{"loss_musd", musd}, {"hit_gdp_musd", musd}, {"users_price_gdp_musd", musd}, {"producer_volume_gdp_musd", musd}, {"producer_price_gdp_musd", musd}, {"rest_gdp_musd", musd},
	{"real_gdp_musd", musd}, {"terms_of_trade_musd", musd}, {"price_ratio", "1"}, {"use_cut", "1"},
}

const musd = "million USD/yr"

// ofParts are the quantities that follow from the parts; the last two are of the
// market.
func ofParts(p assess.Parts, lossMUSD float64) [len(quantities) - 2]float64 {
	return [...]float64{lossMUSD, p.HitMUSD, p.UsersPriceMUSD, p.ProducerVolumeMUSD, p.ProducerPriceMUSD, p.RestMUSD, p.RealMUSD(), p.TermsOfTradeMUSD()}
}

// Central returns the quantities of a scenario on central data; ok is false where a
// quantity does not exist.
func (m *Model) Central(i int) (values [len(quantities)]float64, ok [len(quantities)]bool) {
	r := m.Results[i]
	for k, v := range ofParts(r.Parts, r.LossMUSD) {
		values[k], ok[k] = v, true
	}
	if m.oneMarket(i) {
		o := &r.Units[0].Market
		price, cut := len(quantities)-2, len(quantities)-1
		values[price], ok[price] = o.PriceRatio, o.HasPrice
		values[cut], ok[cut] = o.UseCut, true
	}
	return values, ok
}

// newTotals makes empty totals of the plan's shape.
//
// A ranking has the series of its rows, then of its scenarios; its counts are, by
// row, how often each rank; by row, how often the floor was reached; by scenario,
// how often nothing was left to withdraw. Scenarios have len(quantities) series
// each, and two counts: nothing left to withdraw, no price.
func (m *Model) newTotals() *Totals {
	if n := len(m.Rows); m.Plan.Ranking != nil {
		return newTotals(n+len(m.Results), n*n+n+len(m.Results))
	}
	return newTotals(len(quantities)*len(m.Results), 2*len(m.Results))
}

// newCollector tells the expected losses of a draw.
func (m *Model) newCollector() (*rank.Collector, error) {
	p, err := m.Probability.NewSampler(m.Plan.Seed)
	if err != nil {
		return nil, err
	}
	return rank.NewCollector(m.Rows, m.Results, p, m.Options), nil
}

// oneMarket tells whether a scenario has a price and a cut of its own.
func (m *Model) oneMarket(i int) bool { return len(m.Results[i].Units) == 1 }
