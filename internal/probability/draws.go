package probability

import (
	"fmt"
	"math"
	"slices"

	"chokepoint/internal/sample"
	"chokepoint/internal/scenario"
)

// Sampler draws the hazards of countries from their posteriors; controls in
// force and published points do not vary.
type Sampler struct {
	m         *Model
	stream    sample.Stream
	countries []string
	keys      []uint64
	rates     []sample.Gamma
	point     []float64
	hazard    []float64 // by country, of the draw at hand
}

// NewSampler makes a sampler. The draw of a country depends on the seed, its code
// and its place among the exporting countries.
func (m *Model) NewSampler(seed uint64) (*Sampler, error) {
	s := &Sampler{m: m, stream: sample.NewStream(seed, "probability")}
	for code := range m.hazards {
		s.countries = append(s.countries, code)
	}
	slices.Sort(s.countries)
	for _, code := range s.countries {
		h := m.hazards[code]
		g, err := sample.NewGamma(h.Shape, h.Rate)
		if err != nil {
			return nil, fmt.Errorf("hazard of %s: %w", code, err)
		}
		s.rates, s.keys = append(s.rates, g), append(s.keys, sample.Key(code))
	}
	s.point, s.hazard = make([]float64, len(s.countries)), make([]float64, len(s.countries))
	return s, nil
}

// At moves the sampler to a draw.
func (s *Sampler) At(point uint64) {
	s.stream.Fill(s.point, point, s.keys)
	for k, u := range s.point {
		s.hazard[k] = -math.Expm1(-s.rates[k].Value(u))
	}
}

// Event is a scenario whose probability is drawn.
type Event struct {
	fixed   float64
	members []int // countries whose hazard counts: the largest does
}

// Event prepares a scenario; known is false where it has no probability.
func (s *Sampler) Event(sc scenario.Scenario) (e Event, known bool) {
	est, known := s.m.Joint(sc)
	if !known {
		return e, false
	}
	e.fixed = 0
	for _, w := range sc.Withdrawals {
		for _, member := range sc.Market(w.Country) {
			one := s.m.Of(w.Unit, member)
			if one.Basis != Hazard {
				e.fixed = max(e.fixed, one.Probability)
				continue
			}
			if k, ok := slices.BinarySearch(s.countries, member); ok && !slices.Contains(e.members, k) {
				e.members = append(e.members, k)
			}
		}
	}
	return e, est.Basis != NoExport
}

// Probability is that of an event in the draw at hand.
func (s *Sampler) Probability(e Event) float64 {
	p := e.fixed
	for _, k := range e.members {
		p = max(p, s.hazard[k])
	}
	return p
}
