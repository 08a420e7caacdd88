package backtest

import (
	"fmt"

	"chokepoint/internal/path"
	"chokepoint/internal/sample"
)

// Simulation is how an event is simulated, with every number at its mode.
type Simulation struct {
	WorldShare  float64 // of the country in world output, which stands in for that of the tables
	OutageShare float64 // of its output that is lost; of every country's if EveryPlant
	ExportShare float64 // of its exports that is withheld at full force
	EveryPlant  bool    // the country makes an earlier stage, which is missing at every plant
	Pipeline    bool    // goods under way arrive first: the profile starts that much later
	From, To    float64 // months from the announcement to the prices before and after
	Months      float64 // over which other causes move the price
	StockMonths float64 // M
	KnownStocks bool    // M is that of the event, else of the tables
	Profile     path.Profile
	Ratio       float64       // of the price on the central path
	Harmless    *path.Profile // of a licence duty: the other way it may be handled
	HarmlessIs  float64       // ratio on that path
	Inputs      []string      // of the catalogue, drawn beside the parameters
}

// Simulate tells how an event is simulated, and the ratio on its central path; the
// text says why it cannot be.
func (m *Model) Simulate(e *Event) (*Simulation, string, error) {
	modes := *m
	modes.Structure.FixedParameters, modes.Draws = true, 1
	drawn, err := modes.parameters()
	if err != nil {
		return nil, "", err
	}
	q := &drawn[0]
	s, why, err := m.prepare(e)
	if err != nil || why != "" {
		return nil, why, err
	}
	q.Sensitivity = min(q.Sensitivity*s.gamma, largestGamma)
	out := &Simulation{WorldShare: e.WorldShare, Pipeline: s.pipeline, From: s.from, To: s.to, Months: s.months, StockMonths: e.StockMonths, KnownStocks: e.StockMonths >= 0}
	if !out.KnownStocks {
		out.StockMonths = m.Engine.Figures[e.Unit].StockMonths
	}
	most := func(shares []float64) (share float64, everywhere bool) {
		n := 0
		for _, x := range shares {
			share = max(share, x)
			if x > 0 {
				n++
			}
		}
		return share, n > 1
	}
	out.OutageShare, out.EveryPlant = most(s.shock.Outage)
	out.ExportShare, _ = most(s.shock.Export)
	var setup path.Setup
	if err := setup.Build(s.balance, &s.shock, m.Engine.Method.Demand, out.StockMonths); err != nil {
		return nil, "no path: " + err.Error(), nil
	}
	ratio := func(p path.Profile) (float64, error) {
		var o path.Outcome
		l, _, err := s.logRatio(&o, &setup, &q.Parameters, &p)
		return exp(l), err
	}
	q.regime = 1
	out.Profile = s.profile(q, m.Structure.LicenceMixture)
	if out.Ratio, err = ratio(out.Profile); err != nil {
		return nil, "", err
	}
	if e.Measure == Licence && m.Structure.LicenceMixture {
		q.regime = -1
		p := s.profile(q, true)
		out.Harmless = &p
		if out.HarmlessIs, err = ratio(p); err != nil {
			return nil, "", err
		}
	}
	if s.inputs != nil {
		for _, in := range m.Engine.Catalog.Inputs(e.Unit) {
			for _, x := range s.inputs {
				if x.key == sample.Key(in.Key) {
					out.Inputs = append(out.Inputs, in.Key)
				}
			}
		}
	}
	return out, "", nil
}

var measureNames = [...]string{Licence: "licence", Quota: "quota", Stop: "stop of exports", OreStop: "stop of ore", Outage: "outage", Threat: "threat"}

func (m Measure) String() string {
	if int(m) < len(measureNames) {
		return measureNames[m]
	}
	return fmt.Sprintf("Measure(%d)", uint8(m))
}
