package path

import (
	"errors"
	"fmt"
	"math"
)

// Errors of this package. They say what and where.
var (
	ErrSetup      = errors.New("path setup")      // a balance, shock, cover or stock out of range
	ErrParameters = errors.New("path parameters") // a parameter out of range
	ErrProfile    = errors.New("path profile")    // dates out of order, a share outside 0..1
	ErrHorizon    = errors.New("path horizon")    // outside 1..MaxHorizon
)

// Limits.
const (
	MaxHorizon     = 240  // months
	MaxCoverMonths = 1200 // of normal stocks
	MaxMonths      = 600  // of a time constant
	MaxAhead       = 36   // months of announced loss that holders look at
)

// StockPrice is how the price follows stocks (equation 7 of the package).
type StockPrice uint8

// The rules. The first is the default: on past events it forecasts better
// (package backtest), and its price does not leap when usable stocks run out.
const (
	ClosingUsable StockPrice = iota // gamma ln((Id - I_min)/(I' - I_min)) on the stocks with which the month closes
	OpeningStock                    // gamma ln(Id / max(I, I_min)) on those with which it opens
)

var stockPriceNames = [...]string{OpeningStock: "opening", ClosingUsable: "usable"}

func (s StockPrice) String() string {
	if int(s) < len(stockPriceNames) {
		return stockPriceNames[s]
	}
	return fmt.Sprintf("StockPrice(%d)", uint8(s))
}

// ParseStockPrice reads "usable" or "opening"; "" is the default. The error
// wraps ErrParameters.
func ParseStockPrice(name string) (StockPrice, error) {
	for s, n := range stockPriceNames {
		if n == name || name == "" {
			return StockPrice(s), nil
		}
	}
	return 0, fmt.Errorf("%w: price on stocks %q is none of usable, opening", ErrParameters, name)
}

// Parameters are those of the dynamics, the same for all commodities. Months
// are time constants.
type Parameters struct {
	ExpectationMonths float64 // tau: how fast expected prices follow prices
	AdjustmentMonths  float64 // tau_D: how fast users adjust to expected prices
	Sensitivity       float64 // gamma: ln price per ln of stocks missing
	RampMonths        float64 // until all idle capacity runs
	ShortRunShare     float64 // eps_s/eps: response of use within a month over that of a year, 0..1
	AheadMonths       float64 // L, whole: months of announced loss for which holders buy cover
	AheadShare        float64 // k: part of it that they buy
	MinimumShare      float64 // I_min/(M d): stocks that are never used, 0 to below 1
	Ratchet           float64 // share of the lowest log use that substitution makes permanent, 0..1
	Trigger           float64 // l above which idle capacity starts
	Floor             float64 // price ratio inside below which producers stop: the share of cash costs, above 0 to 1
	ThreatProbability float64 // chance that holders give an announced restriction that is not decided
	LagMonths         float64 // licences: months without flow, see Licensing
	LicensedFlow      float64 // licences: share of exports that flows after the lag
	StockPrice        StockPrice
}

// parameter is one number of Parameters with its name and range.
type parameter struct {
	name      string
	at        func(*Parameters) *float64
	low, high float64
}

var parameters = [...]parameter{
	{"expectation_months", func(p *Parameters) *float64 { return &p.ExpectationMonths }, 0, MaxMonths},
	{"adjustment_months", func(p *Parameters) *float64 { return &p.AdjustmentMonths }, 0, MaxMonths},
	{"stock_sensitivity", func(p *Parameters) *float64 { return &p.Sensitivity }, 0, 20},
	{"ramp_months", func(p *Parameters) *float64 { return &p.RampMonths }, 0, MaxMonths},
	{"short_run_share", func(p *Parameters) *float64 { return &p.ShortRunShare }, 0, 1},
	{"ahead_months", func(p *Parameters) *float64 { return &p.AheadMonths }, 0, MaxAhead},
	{"ahead_share", func(p *Parameters) *float64 { return &p.AheadShare }, 0, 10},
	{"minimum_stock_share", func(p *Parameters) *float64 { return &p.MinimumShare }, 0, 0.99},
	{"ratchet", func(p *Parameters) *float64 { return &p.Ratchet }, 0, 1},
	{"trigger", func(p *Parameters) *float64 { return &p.Trigger }, 0, 10},
	{"inside_floor", func(p *Parameters) *float64 { return &p.Floor }, 1e-3, 1},
	{"threat_probability", func(p *Parameters) *float64 { return &p.ThreatProbability }, 0, 1},
	{"licence_lag_months", func(p *Parameters) *float64 { return &p.LagMonths }, 0, MaxHorizon},
	{"licence_flow", func(p *Parameters) *float64 { return &p.LicensedFlow }, 0, 1},
}

// ParameterNames lists the names that Set takes, in a fixed order.
func ParameterNames() []string {
	out := make([]string, len(parameters))
	for i, p := range parameters {
		out[i] = p.name
	}
	return out
}

// Range is what a parameter may be; false for an unknown name.
func Range(name string) (low, high float64, ok bool) {
	for _, p := range parameters {
		if p.name == name {
			return p.low, p.high, true
		}
	}
	return 0, 0, false
}

// Set changes a parameter by its name. Errors wrap ErrParameters.
func (p *Parameters) Set(name string, value float64) error {
	for _, x := range parameters {
		if x.name == name {
			*x.at(p) = value
			return x.check(p)
		}
	}
	return fmt.Errorf("%w: no parameter is named %q", ErrParameters, name)
}

func (x *parameter) check(p *Parameters) error {
	if v := *x.at(p); !(v >= x.low && v <= x.high) {
		return fmt.Errorf("%w: %s is %v, outside [%v, %v]", ErrParameters, x.name, v, x.low, x.high)
	}
	return nil
}

// Validate checks all ranges. Errors wrap ErrParameters.
func (p *Parameters) Validate() error {
	for i := range parameters {
		if err := parameters[i].check(p); err != nil {
			return err
		}
	}
	if p.AheadMonths != math.Floor(p.AheadMonths) {
		return fmt.Errorf("%w: ahead_months is %v: expected a whole number", ErrParameters, p.AheadMonths)
	}
	if int(p.StockPrice) >= len(stockPriceNames) {
		return fmt.Errorf("%w: %v", ErrParameters, p.StockPrice)
	}
	return nil
}

// StableMargin is the margin below which a draw of the parameters is refused.
const StableMargin = 1.5

// Margin is M (tau + tau_D) / (gamma |eps| tau tau_D): a path whose margin is
// below 1 swings ever wider. It is MaxMargin where the bound does not apply.
func Margin(s *Setup, p *Parameters) float64 {
	bound := p.Sensitivity * -s.eps * p.ExpectationMonths * p.AdjustmentMonths
	cover := s.CoverMonths * (p.ExpectationMonths + p.AdjustmentMonths)
	if bound <= 0 || cover > MaxMargin*bound {
		return MaxMargin
	}
	return cover / bound
}

// MaxMargin is the largest value of Margin.
const MaxMargin = 1e9
