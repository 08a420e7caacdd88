package assess

import (
	"fmt"

	"chokepoint/internal/catalog"
)

// Variable is one independent source of variation behind the draws of a sampler.
type Variable struct {
	Key     string // key of the input, or of the error that judged values of a kind share
	Group   string // one of the groups of catalog
	Meaning string
	Input   catalog.InputID // -1 for a shared error
	Unit    int             // -1 for a shared error
}

// Variables lists the variables in the order in which Evaluate takes their
// coordinates: shared errors first, then the inputs unit by unit.
func (s *Sampler) Variables() []Variable {
	var out []Variable
	for _, kind := range s.kinds {
		out = append(out, Variable{Key: "shared error: " + kind, Group: kind, Meaning: "error that all judged values of this kind share", Input: -1, Unit: -1})
	}
	for _, unit := range s.units {
		inputs := s.e.Catalog.Inputs(unit)
		offset := int(inputs[0].ID)
		for _, in := range s.draw[unit].inputs {
			d := inputs[int(in.at)-offset]
			out = append(out, Variable{Key: d.Key, Group: in.group, Meaning: d.Meaning, Input: in.at, Unit: unit})
		}
	}
	return out
}

// Evaluator computes the scenarios of a sampler at given coordinates. It belongs
// to one goroutine.
type Evaluator struct {
	s *Sampler
	x *scratch
}

// NewEvaluator makes an evaluator with its workspace.
func (s *Sampler) NewEvaluator() *Evaluator { return &Evaluator{s, s.newScratch()} }

// Evaluate computes every scenario at the coordinates u in (0,1), one a variable.
func (v *Evaluator) Evaluate(u []float64) (*Draw, error) {
	n := len(v.s.kinds)
	for _, unit := range v.s.units {
		n += len(v.s.draw[unit].inputs)
	}
	if len(u) != n {
		return nil, fmt.Errorf("%d coordinates for %d variables", len(u), n)
	}
	v.s.shared(v.x, u[:len(v.s.kinds)])
	at := len(v.s.kinds)
	for _, unit := range v.s.units {
		d := &v.s.draw[unit]
		v.x.point = zeros(v.x.point, len(d.keys))
		for k := range d.inputs {
			v.x.point[d.inputs[k].dimension] = u[at+k]
		}
		if err := v.s.unitInputs(v.x, unit, v.x.point); err != nil {
			return nil, err
		}
		at += len(d.inputs)
	}
	return v.s.answers(v.x, 0)
}
