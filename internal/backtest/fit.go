package backtest

import (
	"context"
	"fmt"
	"math"
	"slices"

	"chokepoint/internal/path"
)

// fitted are the parameters that a fit moves, with the span that it may use. The
// others are not in the record: no event says anything of them.
var fitted = []struct {
	name      string
	low, high float64
}{
	{"expectation_months", .5, 8}, {"adjustment_months", 1, 48}, {"stock_sensitivity", .2, 4}, {"ramp_months", 1, 24},
	{"short_run_share", .05, .95}, {"licence_lag_months", .1, 4}, {"licence_flow", .05, .95},
}

// pull is what it costs a fit to move a mode by the distance from mode to high (or
// low) of the judged range. Six events cannot settle seven parameters: without it
// the fit would run to the ends.
const pull = .02

// steps are the factors of a mode that a fit tries, one after the other.
var steps = []float64{2, 1.4, 1.15}

// Fit is what a fit found.
type Fit struct {
	Ranges      []Range
	Loss        float64 // mean quantile loss: of a row within its group, then over groups
	Width       float64 // factor of all ranges
	Evaluations int
}

// Fit moves the modes of the common parameters (ranges keep their factors) so that
// the quantile loss over groups of events is least, by trying steps one parameter
// at a time. It refuses a row that is not of the calibration: ErrLeakage.
func (m *Model) Fit(ctx context.Context, events []Event) (*Fit, error) {
	if len(events) == 0 {
		return nil, ErrUnfit
	}
	for i := range events {
		if events[i].Split != Calibration {
			return nil, fmt.Errorf("%w: %s", ErrLeakage, events[i].ID)
		}
	}
	f := &Fit{Ranges: slices.Clone(m.Ranges)}
	value := func(ranges []Range, width float64) (loss, objective float64, err error) {
		trial := *m
		trial.Ranges = ranges
		f.Evaluations++
		predictions, err := trial.Predict(ctx, events)
		if err != nil {
			return 0, 0, err
		}
		loss = groupLoss(predictions)
		objective = loss + pull*width
		for i, r := range ranges {
			if r.Mode == m.Ranges[i].Mode {
				continue
			}
			objective += pull * sq(m.Ranges[i].away(r.Mode))
		}
		return loss, objective, nil
	}
	modes, width := make([]float64, len(m.Ranges)), 1.0
	for i, r := range m.Ranges {
		modes[i] = r.Mode
	}
	ranges := func() []Range {
		out := slices.Clone(m.Ranges)
		for _, x := range fitted {
			if i := slices.IndexFunc(out, func(r Range) bool { return r.Name == x.name }); i >= 0 && (modes[i] != out[i].Mode || width != 1) {
				out[i] = out[i].shifted(modes[i], width)
			}
		}
		return out
	}
	var best float64
	var err error
	if f.Loss, best, err = value(f.Ranges, 0); err != nil {
		return nil, err
	}
	// try moves a number by a factor within bounds and keeps it where it helps.
	try := func(at *float64, factor, low, high float64) (bool, error) {
		before := *at
		if *at = min(max(before*factor, low), high); *at == before {
			return false, nil
		}
		trial := ranges()
		loss, objective, err := value(trial, sq(ln(width)/math.Ln2))
		if err != nil || objective >= best-1e-6 {
			*at = before
			return false, err
		}
		f.Ranges, f.Loss, best = trial, loss, objective
		return true, nil
	}
	for _, step := range steps {
		for moved := true; moved; {
			moved = false
			for i := -1; i < len(fitted); i++ {
				at, low, high := &width, .5, 4.0
				if i >= 0 {
					k := slices.IndexFunc(m.Ranges, func(r Range) bool { return r.Name == fitted[i].name })
					if k < 0 {
						continue
					}
					at, low, high = &modes[k], fitted[i].low, fitted[i].high
				}
				for _, factor := range []float64{step, 1 / step} {
					better, err := try(at, factor, low, high)
					if err != nil {
						return nil, err
					}
					if better {
						moved = true
						break
					}
				}
			}
		}
	}
	f.Width = width
	return f, nil
}

// onScale is a number on the scale on which a parameter is drawn.
func (r Range) onScale(x float64) float64 {
	if r.Share {
		return ln(x / (1 - x))
	}
	return ln(x)
}

func (r Range) offScale(y float64) float64 {
	if r.Share {
		return 1 / (1 + exp(-y))
	}
	return exp(y)
}

// ends are low and high; 1 is read as the draws read it.
func (r Range) ends() (low, high float64) {
	if r.Share && r.High == 1 {
		return r.Low, 1 - (1-r.Low)/100
	}
	return r.Low, r.High
}

// shifted is a range with another mode, and distances to low and high that are
// width times as long, on the scale on which the parameter is drawn.
func (r Range) shifted(mode, width float64) Range {
	low, high := r.ends()
	at, of := r.onScale(mode), r.onScale(r.Mode)
	return Range{r.Name, r.offScale(at + width*(r.onScale(low)-of)), mode, r.offScale(at + width*(r.onScale(high)-of)), r.Share}
}

// away is how far a mode is from that of a range, in distances to its low or high.
func (r Range) away(mode float64) float64 {
	low, high := r.ends()
	d := r.onScale(mode) - r.onScale(r.Mode)
	if d > 0 {
		return d / (r.onScale(high) - r.onScale(r.Mode))
	}
	return d / (r.onScale(r.Mode) - r.onScale(low))
}

func sq(x float64) float64 { return x * x }

// groupLoss is the mean over groups of the mean loss of their rows, so that an event
// with many prices counts once.
func groupLoss(predictions []Prediction) float64 {
	sum, n := map[string]float64{}, map[string]int{}
	var groups []string
	for _, p := range predictions {
		if p.Untestable != "" {
			continue
		}
		if n[p.Event.Group] == 0 {
			groups = append(groups, p.Event.Group)
		}
		n[p.Event.Group]++
		sum[p.Event.Group] += p.Loss(p.Event.Ratio)
	}
	total := 0.0
	for _, g := range groups {
		total += sum[g] / float64(n[g])
	}
	if len(groups) == 0 {
		return math.Inf(1)
	}
	return total / float64(len(groups))
}

// Fold is a fit without one group, and what it says of that group.
type Fold struct {
	Group       string
	Fit         *Fit
	Predictions []Prediction
}

// LeaveOneOut fits the calibration rows once without each group and forecasts the
// group left out. Rows of the validation are not looked at, not even simulated.
// Error: ErrUnfit, with less than two groups.
func (m *Model) LeaveOneOut(ctx context.Context, events []Event) ([]Fold, error) {
	calibration := ofSplit(events, Calibration)
	groups := groupsOf(calibration)
	if len(groups) < 2 {
		return nil, ErrUnfit
	}
	var out []Fold
	for _, group := range groups {
		var others, own []Event
		for _, e := range calibration {
			if e.Group == group {
				own = append(own, e)
			} else {
				others = append(others, e)
			}
		}
		fit, err := m.Fit(ctx, others)
		if err != nil {
			return nil, fmt.Errorf("fit without %s: %w", group, err)
		}
		x := *m
		x.Ranges = fit.Ranges
		predictions, err := x.Predict(ctx, own)
		if err != nil {
			return nil, err
		}
		out = append(out, Fold{group, fit, predictions})
	}
	return out, nil
}

func ofSplit(events []Event, split string) []Event {
	var out []Event
	for _, e := range events {
		if e.Split == split {
			out = append(out, e)
		}
	}
	return out
}

// groupsOf lists groups in the order of their first rows.
func groupsOf(events []Event) []string {
	var out []string
	for _, e := range events {
		if !slices.Contains(out, e.Group) {
			out = append(out, e.Group)
		}
	}
	return out
}

// Variant is a structure with a name.
type Variant struct {
	Name string
	Structure
}

// Variants are what was tried: the equations as they stand with modes only and with
// ranges, every change alone, all of them, and what ships.
func Variants() []Variant {
	all := Shipped()
	all.SizeExponent = sizeExponent
	return []Variant{
		{"modes only", Structure{StockPrice: path.OpeningStock, FixedParameters: true}},
		{"ranges", Structure{StockPrice: path.OpeningStock}},
		{"usable stocks", Structure{StockPrice: path.ClosingUsable}},
		{"market size", Structure{StockPrice: path.OpeningStock, SizeExponent: sizeExponent}},
		{"licence mixture", Structure{StockPrice: path.OpeningStock, LicenceMixture: true}},
		{"inputs vary", Structure{StockPrice: path.OpeningStock, DrawInputs: true}},
		{"noise of quotes", Structure{StockPrice: path.OpeningStock, NoiseOfQuotes: true}},
		{"pipeline", Structure{StockPrice: path.OpeningStock, Pipeline: true}},
		{"all", all},
		{"shipped", Shipped()},
	}
}

// sizeExponent halves gamma from a market of 100 million USD to one of 10,000.
const sizeExponent = .15
