package ask

import (
	"context"

	"chokepoint/internal/assess"
	"chokepoint/internal/drivers"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
)

// Drivers says which inputs move the loss of a result. Errors: a result without
// effect, a method without draws.
func Drivers(ctx context.Context, e *assess.Engine, r *assess.Result, points int, seed uint64, workers int) (*drivers.Analysis, error) {
	if len(r.Units) == 0 {
		return nil, &fault.Error{Code: fault.Usage, File: "scenario", What: "nothing is withdrawn, so nothing drives the answer", Expected: "a scenario with an effect"}
	}
	if !assess.HasDraws(e.Method.Downstream) {
		return nil, &fault.Error{Code: fault.Usage, File: "--method", What: "downstream=" + e.Method.Downstream.String() + " has no draws", Expected: "downstream=soft or none"}
	}
	s, err := e.NewSampler([]*assess.Result{r}, seed)
	if err != nil {
		return nil, err
	}
	return drivers.Analyse(ctx, s, points, seed, workers)
}

// DriversTable lays drivers out.
func DriversTable(name string, list []drivers.Driver) *export.Table {
	t := &export.Table{Name: name, Columns: []export.Column{
		{Name: "driver", Heading: "driver", Meaning: "group of inputs, or key of an input", Flexible: true},
		{Name: "group", Meaning: "group of the input"},
		{Name: "inputs", Meaning: "number of inputs in the group"},
		{Name: "first_order", Heading: "first %", Unit: "1", Meaning: "share of the variance of the loss that knowing it would remove; empty for inputs outside the screened ones"},
		{Name: "first_low", Unit: "1", Meaning: "lower end of its 90 % interval"}, {Name: "first_high", Unit: "1", Meaning: "upper end"},
		{Name: "total", Heading: "total %", Unit: "1", Meaning: "share of the variance that stays when it alone is unknown"},
		{Name: "total_low", Heading: "low", Unit: "1", Meaning: "lower end of its 90 % interval"}, {Name: "total_high", Heading: "high", Unit: "1", Meaning: "upper end"},
		{Name: "loss_at_10_musd", Heading: "from", Unit: "million USD/yr", Meaning: "loss with it at its 10 % point, all else at the middle"},
		{Name: "loss_at_90_musd", Heading: "to", Unit: "million USD/yr", Meaning: "loss with it at its 90 % point"},
		{Name: "span_musd", Unit: "million USD/yr", Meaning: "distance of the two"},
		{Name: "meaning", Meaning: "what the input is"},
	}}
	percent := func(v float64, shown bool) any {
		if !shown {
			return nil
		}
		return export.Percent(v)
	}
	for _, d := range list {
		t.Add(d.Name, d.Group, d.Inputs, percent(d.First.Value, d.Indexed), percent(d.First.Low, d.Indexed), percent(d.First.High, d.Indexed),
			percent(d.Total.Value, d.Indexed), percent(d.Total.Low, d.Indexed), percent(d.Total.High, d.Indexed), d.LowMUSD, d.HighMUSD, d.SpanMUSD(), d.Meaning)
	}
	return t
}
