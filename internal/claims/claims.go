package claims

import (
	"math"
	"slices"
	"strings"

	"chokepoint/internal/catalog"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/fault"
	"chokepoint/internal/lists"
)

// Claim is one statement.
type Claim struct {
	ID, Statement string
	Stated        float64
	HasStated     bool
	Unit          string
	Comparison    string
	Kind          string
	Editions      []int
	Materials     []int
	Units         []int  // commodity units
	Set           string // name of a set of units; "" = Units are named one by one
	Country       string
	Selection     string
	Milestones    []int
	Threshold     float64
	From, To      int
	Scale         float64
	Rules         lists.RuleSet
	Note          string
	StatedBy      string // who states it
	Source        string // where it can be checked
	stated        string // as written, for its digits
	row           int
}

// Comparisons.
const (
	Equals   = "equals"
	About    = "about"
	MoreThan = "more-than"
	Leads    = "leads"
	Most     = "most"
	Falls    = "falls"
	Nothing  = "none"
)

// Verdicts.
const (
	Agrees    = "agrees"
	Differs   = "differs"
	Depends   = "depends on the reading"
	Unchecked = "cannot be checked"
)

// Tolerances says how a number is held against one that is stated.
func Tolerances() []string {
	return []string{
		"equals: counts and years exactly, other numbers within half of the last digit stated",
		"about: within half of the last digit stated that is not 0",
		"more-than: above the number",
	}
}

// Reading is one way to read a statement, and what it gives.
type Reading struct {
	What    string
	Value   float64
	Unit    string
	Verdict string
}

// Answer is a statement with what was computed.
type Answer struct {
	Claim    *Claim
	How      string // in words
	Readings []Reading
	Verdict  string
	Rows     []catalog.SourceRow
}

// argument names what a kind needs.
type argument string

const (
	needEditions   argument = "editions"
	needMaterials  argument = "materials"
	needUnits      argument = "commodities"
	needCountry    argument = "country"
	needSelection  argument = "selection"
	needMilestones argument = "milestones"
	needThreshold  argument = "threshold"
	needYears      argument = "from_year"
)

// Load reads the table of claims and holds its arguments against what each kind
// needs and against the other tables.
func Load(l *lists.Lists) ([]Claim, error) {
	c := l.Catalog
	t, err := c.Package.Table("claims")
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"claims", "projects", "buildout_parameters", "workforce"} {
		if _, err := c.Package.CheckReferences(name); err != nil {
			return nil, err
		}
	}
	if err := checkProjects(c); err != nil {
		return nil, err
	}
	out := make([]Claim, t.Rows())
	for row := range out {
		x := &out[row]
		*x = Claim{ID: t.Text("claim")[row], Statement: t.Text("statement")[row], Stated: t.Numbers("stated_value")[row], HasStated: !t.Missing("stated_value", row), Unit: t.Text("unit")[row],
			Comparison: t.Text("comparison")[row], Kind: t.Text("kind")[row], Country: t.Text("country")[row], Selection: t.Text("selection")[row], Threshold: t.Numbers("threshold")[row],
			From: int(t.Numbers("from_year")[row]), To: int(t.Numbers("to_year")[row]), Scale: 1, Note: t.Text("note")[row],
			StatedBy: c.SourceText(t.Text("stated_by")[row]), Source: c.SourceText(t.Text("source")[row]), stated: t.Cell(row, "stated_value"), row: row}
		if !t.Missing("scale", row) {
			x.Scale = t.Numbers("scale")[row]
		}
		if err := x.resolve(l, t); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// resolve reads the arguments that name things.
func (x *Claim) resolve(l *lists.Lists, t *datapackage.Table) error {
	unknown := func(field, id, expected string) error {
		return t.Fault(x.row, field, "unknown "+fault.Quote(id), expected)
	}
	for _, id := range words(t.Text("editions")[x.row]) {
		e, ok := l.Edition(id)
		if !ok {
			return unknown("editions", id, "an edition of table list_editions")
		}
		x.Editions = append(x.Editions, e)
	}
	for _, id := range words(t.Text("materials")[x.row]) {
		m, ok := l.Material(id)
		if !ok {
			return unknown("materials", id, "a material of table materials")
		}
		x.Materials = append(x.Materials, m)
	}
	for _, id := range words(t.Text("milestones")[x.row]) {
		k := slices.IndexFunc(l.Milestones, func(m lists.Milestone) bool { return m.ID == id })
		if k < 0 {
			return unknown("milestones", id, "a milestone of table policy_timeline")
		}
		x.Milestones = append(x.Milestones, k)
	}
	for _, id := range words(t.Text("commodities")[x.row]) {
		if u, ok := l.Catalog.Unit(id); ok {
			x.Units = append(x.Units, u)
			continue
		}
		set, err := l.Catalog.Set(id)
		if err != nil {
			return unknown("commodities", id, "a commodity unit, usgs-84 or all")
		}
		x.Units, x.Set = append(x.Units, set...), id
	}
	if x.Country != "" {
		members, err := l.Catalog.Bloc(x.Country)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(l.Catalog.Countries, func(k catalog.Country) bool { return k.Code == x.Country }) && len(members) == 0 {
			return unknown("country", x.Country, "a country or a bloc")
		}
	}
	var err error
	if x.Rules, err = l.ParseRules(t.Text("rules")[x.row]); err != nil {
		return t.Fault(x.row, "rules", fault.Quote(t.Text("rules")[x.row])+" is no set of rules", "rules as for `lists overlap --rules`")
	}
	for _, need := range kinds()[x.Kind].needs {
		missing := t.Missing(string(need), x.row) || t.Cell(x.row, string(need)) == ""
		if missing || need == needYears && x.To < x.From {
			return t.Fault(x.row, string(need), "the kind "+x.Kind+" needs "+string(need), "a value")
		}
	}
	if slices.Contains([]string{Equals, About, MoreThan}, x.Comparison) && !x.HasStated {
		return t.Fault(x.row, "stated_value", "no number is stated to compare with ("+x.Comparison+")", "a number, or another comparison")
	}
	return nil
}

func words(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ";")
}

// checkProjects holds the units of projects against the catalogue.
func checkProjects(c *catalog.Catalog) error {
	t, err := c.Package.Table("projects")
	if err != nil {
		return err
	}
	for row, text := range t.Text("commodities") {
		for _, id := range words(text) {
			if _, ok := c.Unit(id); !ok {
				return t.Fault(row, "commodities", "unknown "+fault.Quote(id), "a commodity unit")
			}
		}
	}
	return nil
}

// Find returns a claim by its ID.
func Find(all []Claim, id string) (*Claim, error) {
	var known []string
	for i := range all {
		if strings.EqualFold(all[i].ID, id) {
			return &all[i], nil
		}
		known = append(known, all[i].ID)
	}
	return nil, &fault.Error{Code: fault.Usage, File: "claim", What: "unknown claim " + fault.Quote(id), Expected: "one of " + strings.Join(known, ", "), Do: "`chokepoint lists claims` lists them."}
}

// verdict holds a value against what is stated.
func (x *Claim) verdict(value float64) string {
	ok := false
	switch x.Comparison {
	case Equals:
		ok = math.Abs(value-x.Stated) <= x.slack(false)
	case About:
		ok = math.Abs(value-x.Stated) <= x.slack(true)
	case MoreThan:
		ok = value > x.Stated
	case Falls:
		ok = value < 0
	default:
		return Unchecked
	}
	if ok {
		return Agrees
	}
	return Differs
}

// slack is how far a value may be from the stated one: half of a step of the
// last digit, or of the last that is not 0.
func (x *Claim) slack(nonzero bool) float64 {
	if !nonzero && (x.Unit == "count" || x.Unit == "year") {
		return 0
	}
	whole, decimals, _ := strings.Cut(strings.TrimLeft(x.stated, "-"), ".")
	step := 1.0
	for range decimals {
		step /= 10
	}
	if nonzero && decimals == "" {
		for len(whole) > 1 && whole[len(whole)-1] == '0' {
			whole, step = whole[:len(whole)-1], step*10
		}
	}
	return step / 2
}
