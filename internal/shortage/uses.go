package shortage

import (
	"errors"
	"fmt"
	"math"
)

// Errors of this package.
var (
	ErrUses = errors.New("shortage uses")             // a Uses out of range
	ErrRule = errors.New("sharing rule")              // an unknown rule
	ErrCut  = errors.New("cut of use")                // r is not a number, or dst has the wrong length
	ErrPath = errors.New("sharing path not resolved") // the trace does not reach r = 1
)

// Tau is the weight of the pro-rata term of least-deviation.
const Tau = 1e-6

// shareTolerance is how far shares may be from summing to 1.
const shareTolerance = 1e-9

// Rule says how a cut is shared among uses.
type Rule uint8

const (
	LeastDeviation Rule = iota // the default
	LeastCost
	ProRata
)

var ruleNames = [...]string{LeastDeviation: "least-deviation", LeastCost: "least-cost", ProRata: "pro-rata"}

// ParseRule reads "least-deviation", "least-cost" or "pro-rata"; "" is the
// default. The error wraps ErrRule.
func ParseRule(name string) (Rule, error) {
	if name == "" {
		return LeastDeviation, nil
	}
	for r, n := range ruleNames {
		if n == name {
			return Rule(r), nil
		}
	}
	return 0, fmt.Errorf("%w: %q is none of least-deviation, least-cost, pro-rata", ErrRule, name)
}

func (r Rule) String() string {
	if int(r) < len(ruleNames) {
		return ruleNames[r]
	}
	return fmt.Sprintf("Rule(%d)", uint8(r))
}

// MarshalText and UnmarshalText make a Rule its name in JSON and YAML.
func (r Rule) MarshalText() ([]byte, error) {
	if int(r) >= len(ruleNames) {
		return nil, fmt.Errorf("%w: %v", ErrRule, r)
	}
	return []byte(r.String()), nil
}

func (r *Rule) UnmarshalText(text []byte) error {
	v, err := ParseRule(string(text))
	if err == nil {
		*r = v
	}
	return err
}

// Uses is one commodity: m uses (applications) and the n industries they serve.
type Uses struct {
	UseShare        []float64 // w_a of use, length m, sum 1
	Industries      int       // n
	Dependence      []float64 // dep_ja at [j*m+a], SUM_a dep_ja <= 1
	OutputMUSD      []float64 // x_j, the whole output
	ValueAddedShare []float64 // va_j; read by least-cost only, nil otherwise allowed
}

// Validate checks lengths, ranges and sums for a rule. Errors wrap ErrUses.
func (u *Uses) Validate(rule Rule) error {
	m, n := len(u.UseShare), u.Industries
	if m == 0 || n < 0 {
		return fmt.Errorf("%w: %d uses, %d industries", ErrUses, m, n)
	}
	if len(u.Dependence) != n*m || len(u.OutputMUSD) != n {
		return fmt.Errorf("%w: %d dependences and %d outputs for %d industries x %d uses", ErrUses, len(u.Dependence), len(u.OutputMUSD), n, m)
	}
	if rule == LeastCost && len(u.ValueAddedShare) != n {
		return fmt.Errorf("%w: %d value-added shares for %d industries", ErrUses, len(u.ValueAddedShare), n)
	}
	sum := 0.0
	for a, w := range u.UseShare {
		if !(w >= 0 && w <= 1+shareTolerance) {
			return fmt.Errorf("%w: share of use %d is %v, outside [0, 1]", ErrUses, a, w)
		}
		sum += w
	}
	if math.Abs(sum-1) > shareTolerance {
		return fmt.Errorf("%w: shares of use sum to %v, not 1", ErrUses, sum)
	}
	for j, x := range u.OutputMUSD {
		if !(x >= 0 && x <= 1e15) {
			return fmt.Errorf("%w: output of industry %d is %v", ErrUses, j, x)
		}
		if rule == LeastCost && !(math.Abs(u.ValueAddedShare[j]) <= 1e3) {
			return fmt.Errorf("%w: value-added share of industry %d is %v", ErrUses, j, u.ValueAddedShare[j])
		}
		sum := 0.0
		for a, dep := range u.Dependence[j*m : (j+1)*m] {
			if !(dep >= 0) {
				return fmt.Errorf("%w: dependence of industry %d on use %d is %v", ErrUses, j, a, dep)
			}
			sum += dep
		}
		if !(sum <= 1+shareTolerance) {
			return fmt.Errorf("%w: dependences of industry %d sum to %v, above 1", ErrUses, j, sum)
		}
	}
	return nil
}

// losses is sigma_j = min(1, SUM_a dep_ja r_a) into dst.
func (u *Uses) losses(dst, cut []float64) {
	m := len(u.UseShare)
	for j := range dst {
		sum := 0.0
		for a, dep := range u.Dependence[j*m : (j+1)*m] {
			sum += dep * cut[a]
		}
		dst[j] = math.Min(1, sum)
	}
}
