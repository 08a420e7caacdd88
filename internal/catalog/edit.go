package catalog

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/internal/fault"
)

// InputID addresses a number of Values.
type InputID int

// Input describes a number that can be edited.
type Input struct {
	ID      InputID
	Key     string // gallium.supply.CHN.share, say
	Unit    string // of measure
	Group   string // numbers of one group that sum to 1 carry its name; "" = on its own
	Meaning string
	Low     float64 // what an edit may set
	High    float64
}

// scalarKeys name the scalars of a unit's block, in the order of the constants.
var scalarKeys = [scalarInputs]struct {
	key, unit, meaning string
	low, high          float64
}{
	inWorld:             {"world_production_t", "t/yr", "world production, W", 1e-9, 1e15},
	inRecycled:          {"recycled_share", "1", "end-of-life recycled share of supply, rho", 0, 0.99},
	inDemand:            {"demand_elasticity", "1", "one-year elasticity of use, eps", -20, -1e-4},
	inSupply:            {"supply_elasticity", "1", "one-year elasticity of supply, eta", 0, 20},
	inLeaderIdle:        {"idle_share.leader", "1", "idle capacity of the leading producer over its output, kappa", 0, 1e6},
	inOtherIdle:         {"idle_share.others", "1", "idle capacity of all others over their output, kappa", 0, 1e6},
	inRecyclingResponse: {"recycling_elasticity", "1", "elasticity of recycling, eta_r", 0, 20},
	inRecyclingIdle:     {"recycling_idle_share", "1", "largest growth of recycling within the year, kappa_r", 0, 1e6},
	inPrice:             {"price_usd_per_t", "USD/t", "US price, P0", 1e-6, 1e12},
	inUse:               {"use_t", "t/yr", "US use, Q0", 1e-9, 1e15},
	inPrimary:           {"primary_t", "t/yr", "US primary output, y_p", 0, 1e15},
	inSecondary:         {"secondary_t", "t/yr", "US secondary output, y_s", 0, 1e15},
	inStocks:            {"stock_months", "months", "commercial stocks", 0, 1200},
}

// Inputs lists every number of a unit, in the order of its block.
func (c *Catalog) Inputs(unit int) []Input {
	u := &c.Units[unit]
	var out []Input
	add := func(key, measure, group, meaning string, low, high float64) {
		out = append(out, Input{InputID(u.offset + len(out)), u.ID + "." + key, measure, group, meaning, low, high})
	}
	for _, s := range scalarKeys {
		add(s.key, s.unit, "", s.meaning, s.low, s.high)
	}
	for _, code := range u.Countries {
		add("supply."+code+".share", "1", u.ID+".supply", "share of "+c.CountryName(code)+" in world output", 0, 1)
	}
	for _, code := range u.Countries {
		add("use."+code+".share", "1", u.ID+".use", "share of "+c.CountryName(code)+" in world use", 0, 1)
	}
	for _, a := range u.Applications {
		add("application."+a+".share", "1", u.ID+".application", "share of "+a+" in US use", 0, 1)
	}
	for _, p := range u.Pairs {
		add("dependence."+u.Applications[p.Application]+"."+c.Industries[p.Industry].Code, "1", "", "share of the output of "+c.Industries[p.Industry].Name+" that stops without "+u.Applications[p.Application], 0, 1)
	}
	for _, p := range u.Pairs {
		add("buyer."+u.Applications[p.Application]+"."+c.Industries[p.Industry].Code, "1", u.ID+".buyer."+u.Applications[p.Application], "share of "+u.Applications[p.Application]+" that "+c.Industries[p.Industry].Name+" buys", 0, 1)
	}
	return out
}

// Edit is one change of the inputs, with what had to be re-scaled.
type Edit struct {
	Key           string
	Unit          string // of measure
	Before, After float64
	Rescaled      []Rescaled
}

// Rescaled is a number that an edit moved so that shares still sum to 1.
type Rescaled struct {
	Key           string
	Before, After float64
}

// String says what the edit did.
func (e Edit) String() string {
	s := fmt.Sprintf("%s: %.6g -> %.6g", e.Key, e.Before, e.After)
	if e.Unit != "1" {
		s += " " + e.Unit
	}
	if len(e.Rescaled) > 0 {
		parts := make([]string, 0, 6)
		for i, r := range e.Rescaled {
			if i == 5 && len(e.Rescaled) > 6 {
				parts = append(parts, fmt.Sprintf("and %d more", len(e.Rescaled)-5))
				break
			}
			parts = append(parts, fmt.Sprintf("%s %.4g -> %.4g", r.Key, r.Before, r.After))
		}
		s += "; re-scaled so that shares sum to 1: " + strings.Join(parts, ", ")
	}
	return s
}

// Apply changes one number of a vector, as "key=value" says. Other shares of its
// group keep their proportions and are re-scaled. An unknown key, a value out of
// range, or a share that leaves nothing to re-scale is an error.
func (c *Catalog) Apply(v Values, text string) (Edit, error) {
	key, value, ok := strings.Cut(text, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	bad := func(what, expected string) *fault.Error {
		return &fault.Error{Code: fault.Usage, File: "--set", What: what, Expected: expected, Do: "`chokepoint show COMMODITY --table inputs --format csv` lists the keys of a commodity."}
	}
	if !ok {
		return Edit{}, bad(fault.Quote(text)+" has no value", "key=value, such as gallium.supply.CHN.share=0.90")
	}
	name, _, _ := strings.Cut(key, ".")
	unit, known := c.unitAt[name]
	if !known {
		e := bad("unknown commodity in "+fault.Quote(key), "a commodity unit before the first point")
		e.DidYouMean = fault.Nearest(name, c.unitIDs())
		return Edit{}, e
	}
	inputs := c.Inputs(unit)
	at := slices.IndexFunc(inputs, func(in Input) bool { return in.Key == key })
	if at < 0 {
		keys := make([]string, len(inputs))
		for i := range inputs {
			keys[i] = inputs[i].Key
		}
		e := bad("unknown key "+fault.Quote(key), "a key of "+name)
		e.DidYouMean = fault.Nearest(key, keys)
		return Edit{}, e
	}
	in := inputs[at]
	x, err := parseValue(value, in.Unit == "1")
	if err != nil || !(x >= in.Low && x <= in.High) {
		return Edit{}, bad(key+": "+fault.Quote(value), fmt.Sprintf("a number from %g to %g (%s)", in.Low, in.High, in.Unit))
	}
	e := Edit{Key: key, Unit: in.Unit, Before: v[in.ID], After: x}
	if in.Group == "" {
		v[in.ID] = x
		return e, nil
	}
	sum, others := 0.0, 0.0
	for _, o := range inputs {
		if o.Group == in.Group {
			sum += v[o.ID]
			if o.ID != in.ID {
				others += v[o.ID]
			}
		}
	}
	e.Before = v[in.ID] / sum
	if others == 0 && x != 1 {
		return Edit{}, bad(fmt.Sprintf("%s=%s leaves no other share to re-scale", key, value), "1, the only share there is")
	}
	for _, o := range inputs {
		if o.Group != in.Group || o.ID == in.ID || v[o.ID] == 0 {
			continue
		}
		before := v[o.ID] / sum
		v[o.ID] *= (1 - x) / others
		e.Rescaled = append(e.Rescaled, Rescaled{o.Key, before, v[o.ID]})
	}
	v[in.ID] = x
	return e, nil
}

// parseValue reads a number; a share may be in percent.
func parseValue(text string, share bool) (float64, error) {
	number, percent := text, false
	if share {
		number, percent = strings.CutSuffix(text, "%")
	}
	x, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, fmt.Errorf("no number")
	}
	if percent {
		x /= 100
	}
	return x, nil
}
