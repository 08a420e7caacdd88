package market

import (
	"fmt"
	"math"
)

// Demand is the form of the demand curve, use = D g(pi) with pi = 1 + v.
type Demand uint8

const (
	SemiLog    Demand = iota // g = exp(eps v), the default
	Linear                   // g = max(0, 1 + eps v)
	IsoElastic               // g = pi^eps, meant for pi <= IsoElasticRange
)

// IsoElasticRange is the largest price ratio for which the iso-elastic form is
// meant; results beyond it carry the state BeyondRange.
const IsoElasticRange = 20

var demandNames = [...]string{SemiLog: "semi-log", Linear: "linear", IsoElastic: "iso-elastic"}

// ParseDemand reads "semi-log", "linear" or "iso-elastic"; "" is the default.
// The error wraps ErrMethod.
func ParseDemand(name string) (Demand, error) {
	if name == "" {
		return SemiLog, nil
	}
	for d, n := range demandNames {
		if n == name {
			return Demand(d), nil
		}
	}
	return 0, fmt.Errorf("%w: demand form %q is none of semi-log, linear, iso-elastic", ErrMethod, name)
}

func (d Demand) String() string {
	if int(d) < len(demandNames) {
		return demandNames[d]
	}
	return fmt.Sprintf("Demand(%d)", uint8(d))
}

// MarshalText and UnmarshalText make a Demand its name in JSON and YAML.
func (d Demand) MarshalText() ([]byte, error) {
	if int(d) >= len(demandNames) {
		return nil, fmt.Errorf("%w: %v", ErrMethod, d)
	}
	return []byte(d.String()), nil
}

func (d *Demand) UnmarshalText(text []byte) error {
	v, err := ParseDemand(string(text))
	if err == nil {
		*d = v
	}
	return err
}

// Use is g(pi), use over use in the base year, at the price rise v = pi - 1.
func (d Demand) Use(eps, v float64) float64 { return 1 - d.Cut(eps, v) }

// Cut is 1 - g(pi), without the loss of digits near v = 0; negative for v < 0.
func (d Demand) Cut(eps, v float64) float64 {
	switch d {
	case Linear:
		return math.Min(1, -eps*v)
	case IsoElastic:
		return -math.Expm1(eps * math.Log1p(v))
	}
	return -math.Expm1(eps * v)
}

// cutSlope is the derivative of Cut in v, given cut = Cut(eps, v).
func (d Demand) cutSlope(eps, v, cut float64) float64 {
	switch d {
	case Linear:
		if cut >= 1 {
			return 0
		}
		return -eps
	case IsoElastic:
		return -eps * (1 - cut) / (1 + v)
	}
	return -eps * (1 - cut)
}

// Area is the integral of g from 1 to pi, what use of one tonne in the base
// year pays for under the demand curve (the price-rationing bound of (E3)).
// For the semi-log it is r/|eps|.
func (d Demand) Area(eps, v float64) float64 {
	switch d {
	case Linear:
		v = math.Min(v, -1/eps)
		return v * (1 + eps*v/2)
	case IsoElastic:
		return powerIntegral(eps, v)
	}
	return math.Expm1(eps*v) / eps
}

// powerIntegral is the integral of p^b from 1 to 1 + v.
func powerIntegral(b, v float64) float64 {
	logPi := math.Log1p(v)
	if b == -1 {
		return logPi
	}
	return math.Expm1((b+1)*logPi) / (b + 1)
}
