package claims

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/lists"
	"chokepoint/internal/probability"
	"chokepoint/internal/rank"
	"chokepoint/internal/scenario"
)

// Computer holds what claims are computed from.
type Computer struct {
	Lists       *lists.Lists
	Engine      *assess.Engine
	Probability *probability.Model
	Workers     int
}

// computation is how a kind is computed and what it needs.
type computation struct {
	needs   []argument
	compute func(context.Context, *Computer, *Claim, *Answer) error
}

// kinds dispatches what table claims names.
func kinds() map[string]computation {
	return map[string]computation{
		"list-year":             {[]argument{needEditions}, listYear},
		"milestone-year":        {[]argument{needMilestones}, milestoneYear},
		"list-count":            {[]argument{needEditions}, listCount},
		"list-overlap":          {[]argument{needEditions}, listOverlap},
		"list-overlap-contains": {[]argument{needEditions, needMaterials}, listOverlapContains},
		"import-reliance":       {[]argument{needEditions, needThreshold}, importReliance},
		"unit-count":            {[]argument{needUnits}, unitCount},
		"scenario-count":        {[]argument{needUnits}, scenarioCount},
		"model-loss":            {[]argument{needUnits, needCountry}, modelLoss},
		"leader-foreign":        {[]argument{needUnits, needCountry, needThreshold}, leaderForeign},
		"supply-share":          {[]argument{needUnits, needCountry}, supplyShare},
		"supply-majority":       {[]argument{needUnits, needCountry, needThreshold}, supplyMajority},
		"use-leader":            {[]argument{needUnits, needCountry}, useLeader},
		"bloc-imports":          {[]argument{needEditions, needCountry}, blocImports},
		"parameter":             {[]argument{needSelection}, parameter},
		"project-capex":         {[]argument{needCountry, needYears}, projectCapex},
		"project-count":         {[]argument{needUnits, needCountry}, projectCount},
		"workforce-level":       {[]argument{needCountry, needSelection}, workforceLevel},
		"workforce-change":      {[]argument{needCountry, needSelection, needYears}, workforceChange},
		"not-computable":        {nil, notComputable},
	}
}

// Compute answers one claim.
func (k *Computer) Compute(ctx context.Context, x *Claim) (*Answer, error) {
	a := &Answer{Claim: x}
	t, err := k.catalog().Package.Table("claims")
	if err != nil {
		return nil, err
	}
	a.Rows = append(a.Rows, k.catalog().Origin(t, x.row, "statement", "the statement"))
	kind, ok := kinds()[x.Kind]
	if !ok {
		return nil, t.Fault(x.row, "kind", "nothing computes "+x.Kind, "a kind of package claims")
	}
	if err := kind.compute(ctx, k, x, a); err != nil {
		return nil, err
	}
	said := map[string]bool{} // two readings can stand on the same row
	a.Rows = slices.DeleteFunc(a.Rows, func(r catalog.SourceRow) bool {
		again := said[r.Place+r.What]
		said[r.Place+r.What] = true
		return again
	})
	for i, r := range a.Readings {
		switch {
		case i == 0:
			a.Verdict = r.Verdict
		case r.Verdict != a.Verdict:
			a.Verdict = Depends
		}
	}
	if a.Verdict == "" {
		a.Verdict = Unchecked
	}
	return a, nil
}

func (k *Computer) catalog() *catalog.Catalog { return k.Lists.Catalog }

// read adds a reading and its verdict.
func (a *Answer) read(what string, value float64) {
	a.Readings = append(a.Readings, Reading{what, value, a.Claim.Unit, a.Claim.verdict(value)})
}

func year(date string) float64 {
	n, _ := strconv.Atoi(date[:4]) // four digits, by the pattern of the table
	return float64(n)
}

func listYear(_ context.Context, k *Computer, x *Claim, a *Answer) error {
	a.How = "year of the edition"
	for _, e := range x.Editions {
		a.read(k.Lists.Editions[e].ID, year(k.Lists.Editions[e].Date))
		a.Rows = append(a.Rows, k.Lists.EditionOrigin(e))
	}
	// A first list is first only if no edition here is older.
	e := &k.Lists.Editions[x.Editions[0]]
	oldest := slices.IndexFunc(k.Lists.Editions, func(y lists.Edition) bool { return y.Series == e.Series })
	if first := &k.Lists.Editions[oldest]; year(first.Date) < year(e.Date) {
		a.How += fmt.Sprintf(", and of the oldest of %s here (%s)", e.Series, first.Citation)
		a.read("oldest here: "+first.ID, year(first.Date))
		a.Rows = append(a.Rows, k.Lists.EditionOrigin(oldest))
	}
	return nil
}

func milestoneYear(_ context.Context, k *Computer, x *Claim, a *Answer) error {
	a.How = "year of the milestone"
	for _, m := range x.Milestones {
		a.read(k.Lists.Milestones[m].ID, year(k.Lists.Milestones[m].Date))
		a.Rows = append(a.Rows, k.Lists.MilestoneOrigin(m))
	}
	return nil
}

func listCount(_ context.Context, k *Computer, x *Claim, a *Answer) error {
	a.How = "names of the edition at hand"
	for _, e := range x.Editions {
		a.read(k.Lists.Editions[e].ID, float64(len(k.Lists.Editions[e].Entries)))
		a.Rows = append(a.Rows, k.Lists.EditionOrigin(e))
	}
	return nil
}

// latest are the latest complete editions of the lists that a claim names
// editions of; nil if these are they.
func (k *Computer) latest(x *Claim) []int {
	out := slices.Clone(x.Editions)
	for i := range out {
		for e := range k.Lists.Editions { // by date
			if y := &k.Lists.Editions[e]; y.Series == k.Lists.Editions[out[i]].Series && y.Complete == lists.Complete {
				out[i] = e
			}
		}
	}
	if slices.Equal(out, x.Editions) {
		return nil
	}
	return out
}

// overlap is what editions share under the rules of a claim.
func (k *Computer) overlap(x *Claim, editions []int, a *Answer) (shared []int, text string) {
	var views []lists.View
	var ids []string
	for _, e := range editions {
		views = append(views, k.Lists.View(e, x.Rules))
		ids = append(ids, k.Lists.Editions[e].ID)
		a.Rows = append(a.Rows, k.Lists.EditionOrigin(e))
	}
	shared = lists.Overlap(views...)
	return shared, strings.Join(ids, ", ") + ", rules " + k.Lists.RulesText(x.Rules) + ": " + k.names(shared)
}

func (k *Computer) names(materials []int) string {
	var out []string
	for _, m := range materials {
		out = append(out, k.Lists.Materials[m].ID)
	}
	return strings.Join(out, ", ")
}

// listOverlap reads the editions of the claim, which somebody chose, and the
// latest of the same lists.
func listOverlap(_ context.Context, k *Computer, x *Claim, a *Answer) error {
	shared, text := k.overlap(x, x.Editions, a)
	a.How = "materials on all of " + text
	a.read("these editions", float64(len(shared)))
	if latest := k.latest(x); latest != nil {
		shared, text = k.overlap(x, latest, a)
		a.How += "; on all of the latest, " + text
		a.read("latest editions", float64(len(shared)))
	}
	return nil
}

func listOverlapContains(_ context.Context, k *Computer, x *Claim, a *Answer) error {
	count := func(shared []int) float64 {
		n := 0.0
		for _, m := range x.Materials {
			if slices.Contains(shared, k.Lists.Canonical(m, x.Rules)) {
				n++
			}
		}
		return n
	}
	shared, text := k.overlap(x, x.Editions, a)
	a.How = "of " + k.names(x.Materials) + ", those on all of " + text
	a.read("these editions", count(shared))
	if latest := k.latest(x); latest != nil {
		shared, text = k.overlap(x, latest, a)
		a.How += "; on all of the latest, " + text
		a.read("latest editions", count(shared))
	}
	return nil
}

// importReliance counts the entries of an edition whose units are imported by
// more than a share of US use; at 100, those without any US output.
func importReliance(_ context.Context, k *Computer, x *Claim, a *Answer) error {
	some, all, without := 0, 0, 0
	e := &k.Lists.Editions[x.Editions[0]]
	for _, entry := range e.Entries {
		units := k.Lists.StandsFor(x.Editions[0], entry)
		if len(units) == 0 {
			without++
			continue
		}
		n := 0
		for _, u := range units {
			f := k.Engine.Figures[u]
			reliance := 100 * (1 - (f.PrimaryTonnes+f.SecondaryTonnes)/f.UseTonnes)
			if reliance > x.Threshold || reliance >= 100 {
				n++
			}
			a.Rows = append(a.Rows, k.catalog().MarketOrigin(u, "consumption_t", "US use of "+k.catalog().Units[u].ID))
		}
		if n > 0 {
			some++
		}
		if n == len(units) {
			all++
		}
	}
	a.How = fmt.Sprintf("names of %s with 1 - output / use of the United States above %g percent in table us_market (at 100: no output); %d names have no unit", e.ID, x.Threshold, without)
	a.read("one of its units", float64(some))
	a.read("all of its units", float64(all))
	return nil
}

func unitCount(_ context.Context, _ *Computer, x *Claim, a *Answer) error {
	a.How = "commodity units of the set"
	a.read(x.Set, float64(len(x.Units)))
	return nil
}

func scenarioCount(_ context.Context, k *Computer, x *Claim, a *Answer) error {
	a.How = "scenarios of the baseline: a foreign producer's output stops, or a foreign net exporter's exports"
	a.read(x.Set, float64(len(scenario.Baseline(k.catalog(), k.Engine.Figures, x.Units))))
	return nil
}

func modelLoss(ctx context.Context, k *Computer, x *Claim, a *Answer) error {
	var scenarios []scenario.Scenario
	readings := []scenario.Kind{scenario.ExportRestriction, scenario.ProductionOutage}
	for _, kind := range readings {
		s := scenario.Scenario{Months: scenario.FullYear}
		for _, u := range x.Units {
			s.Withdrawals = append(s.Withdrawals, scenario.Withdrawal{Unit: u, Country: x.Country, Kind: kind, Fraction: 1})
		}
		scenarios = append(scenarios, s)
	}
	results, err := k.Engine.Run(ctx, scenarios, assess.Options{Workers: k.Workers})
	if err != nil {
		return err
	}
	a.How = "loss of US GDP in a year by the model, central run, not weighted by probability"
	for i, r := range results {
		what := readings[i].String()
		if r.LowerBound() {
			what += " (a lower bound: no price clears the market)"
		}
		a.read(what, r.LossMUSD*x.Scale)
	}
	for _, u := range x.Units {
		if c := k.catalog().Units[u].Country(x.Country); c >= 0 {
			a.Rows = append(a.Rows, k.catalog().SupplyOrigins(u, c)...)
		}
	}
	return nil
}

func leaderForeign(ctx context.Context, k *Computer, x *Claim, a *Answer) error {
	c := k.catalog()
	var restrictions []scenario.Scenario
	for _, s := range scenario.Baseline(c, k.Engine.Figures, x.Units) {
		if s.Withdrawals[0].Kind == scenario.ExportRestriction {
			restrictions = append(restrictions, s)
		}
	}
	results, err := k.Engine.Run(ctx, restrictions, assess.Options{Workers: k.Workers})
	if err != nil {
		return err
	}
	valueAdded, err := k.Engine.ValueAddedMUSD()
	if err != nil {
		return err
	}
	rows := rank.Rank(k.Engine, k.Probability, x.Units, results, valueAdded, rank.Options{})
	rows = rows[:min(len(rows), int(x.Threshold))]
	n := 0
	var names []string
	for _, r := range rows {
		u := &c.Units[r.Unit]
		leader := u.Countries[u.Leader]
		if leader != x.Country {
			n++
		}
		names = append(names, u.ID+" ("+leader+")")
		a.Rows = append(a.Rows, c.SupplyOrigins(r.Unit, u.Leader)[0])
	}
	a.How = fmt.Sprintf("of the first %d of `rank`, those whose largest producer is not %s: %s", len(rows), x.Country, strings.Join(names, ", "))
	a.read("led by others", float64(n))
	return nil
}

// share is a country's share in the output of a unit, in percent.
func (k *Computer) share(unit int, country string) float64 {
	if c := k.catalog().Units[unit].Country(country); c >= 0 {
		return 100 * k.Engine.Figures[unit].SupplyShare[c]
	}
	return 0
}

func supplyShare(_ context.Context, k *Computer, x *Claim, a *Answer) error {
	c := k.catalog()
	sum, total := 0.0, 0.0
	least, most := x.Units[0], x.Units[0]
	leads := 0
	for _, u := range x.Units {
		w := k.Engine.Figures[u].WorldTonnes
		sum, total = sum+w*k.share(u, x.Country), total+w
		if k.share(u, x.Country) < k.share(least, x.Country) {
			least = u
		}
		if k.share(u, x.Country) > k.share(most, x.Country) {
			most = u
		}
		if at := c.Units[u].Country(x.Country); at >= 0 {
			a.Rows = append(a.Rows, c.SupplyOrigins(u, at)[0])
			if at == c.Units[u].Leader {
				leads++
			}
		}
	}
	a.How = "share of " + x.Country + " in world output of the unit"
	if len(x.Units) == 1 {
		a.read(c.Units[least].ID, sum/total)
	} else {
		a.read(fmt.Sprintf("%d units together, by tonnes", len(x.Units)), sum/total)
		a.read("least: "+c.Units[least].ID, k.share(least, x.Country))
		a.read("most: "+c.Units[most].ID, k.share(most, x.Country))
	}
	if x.Comparison == Leads {
		for i := range a.Readings {
			a.Readings[i].Verdict = Differs
			if leads == len(x.Units) {
				a.Readings[i].Verdict = Agrees
			}
		}
	}
	return nil
}

// byUnitAndMaterial counts units that meet a condition, and the materials with
// one that does. Units all of whose materials are of the kind of the selection
// are left out.
func (k *Computer) byUnitAndMaterial(x *Claim, a *Answer, meets func(unit int) bool) {
	units := 0
	materials := map[int]bool{}
	var names []string
	for _, u := range x.Units {
		m := k.Lists.MaterialOf(u)
		if m >= 0 && x.Selection != "" && k.Lists.Materials[m].Kind == x.Selection || !meets(u) {
			continue
		}
		units++
		if m >= 0 {
			m = k.Lists.Canonical(m, x.Rules)
		} else {
			m = -1 - u // a unit that no list names is a material of its own
		}
		if !materials[m] {
			materials[m] = true
			if m >= 0 {
				names = append(names, k.Lists.Materials[m].ID)
			} else {
				names = append(names, k.catalog().Units[u].ID)
			}
		}
	}
	slices.Sort(names)
	a.How += "; a material counts if one of its units does, rare earths are one: " + strings.Join(names, ", ")
	a.read("by unit", float64(units))
	a.read("by material", float64(len(materials)))
}

func supplyMajority(_ context.Context, k *Computer, x *Claim, a *Answer) error {
	a.How = fmt.Sprintf("units of which %s has more than %g percent of world output", x.Country, x.Threshold)
	k.byUnitAndMaterial(x, a, func(u int) bool {
		if k.share(u, x.Country) <= x.Threshold {
			return false
		}
		a.Rows = append(a.Rows, k.catalog().SupplyOrigins(u, k.catalog().Units[u].Country(x.Country))[0])
		return true
	})
	return nil
}

func useLeader(_ context.Context, k *Computer, x *Claim, a *Answer) error {
	a.How = "units of which " + x.Country + " has the largest share of one country in world use"
	c := k.catalog()
	k.byUnitAndMaterial(x, a, func(unit int) bool {
		u, f := &c.Units[unit], k.Engine.Figures[unit]
		best := -1
		for i, code := range u.Countries {
			if code != catalog.Remainder && (best < 0 || f.UseShare[i] > f.UseShare[best]) {
				best = i
			}
		}
		if best < 0 || u.Countries[best] != x.Country {
			return false
		}
		a.Rows = append(a.Rows, c.SupplyOrigins(unit, best)...)
		return true
	})
	return nil
}

func blocImports(_ context.Context, k *Computer, x *Claim, a *Answer) error {
	c := k.catalog()
	members, err := c.Bloc(x.Country)
	if err != nil {
		return err
	}
	if len(members) == 0 {
		members = []string{x.Country}
	}
	units, _ := k.Lists.Units(x.Editions[0])
	n := 0
	for _, u := range units {
		net := 0.0
		for _, m := range members {
			if at := c.Units[u].Country(m); at >= 0 {
				net += k.Engine.Figures[u].NetExportTonnes(at)
			}
		}
		if net < 0 {
			n++
		}
	}
	a.How = fmt.Sprintf("of the %d units on %s, those that the %d members of %s use more of than they make", len(units), k.Lists.Editions[x.Editions[0]].ID, len(members), x.Country)
	a.Rows = append(a.Rows, k.Lists.EditionOrigin(x.Editions[0]))
	a.read(fmt.Sprintf("net imports, of %d units", len(units)), float64(n))
	if x.Comparison == Most {
		a.Readings[0].Verdict = Differs
		if 2*n > len(units) {
			a.Readings[0].Verdict = Agrees
		}
	}
	return nil
}

// rows lists the rows of a table that meet a condition.
func (k *Computer) rows(name string, meets func(t *datapackage.Table, row int) bool) (*datapackage.Table, []int, error) {
	t, err := k.catalog().Package.Table(name)
	if err != nil {
		return nil, nil, err
	}
	var out []int
	for row := range t.Rows() {
		if meets(t, row) {
			out = append(out, row)
		}
	}
	return t, out, nil
}

func parameter(_ context.Context, k *Computer, x *Claim, a *Answer) error {
	t, rows, err := k.rows("buildout_parameters", func(t *datapackage.Table, row int) bool {
		of := t.Text("applies_to")[row]
		return t.Text("parameter")[row] == x.Selection && (len(x.Materials) == 0 || slices.ContainsFunc(x.Materials, func(m int) bool { return k.Lists.Materials[m].ID == of }))
	})
	if err != nil {
		return err
	}
	a.How = "table buildout_parameters, " + x.Selection + ", in the unit of the statement"
	for _, row := range rows {
		for _, field := range []string{"mode", "low", "high"} {
			if !t.Missing(field, row) {
				a.read(field, t.Numbers(field)[row]*x.Scale)
				a.Rows = append(a.Rows, k.catalog().Origin(t, row, field, x.Selection+", "+field+" ("+t.Text("unit")[row]+")"))
			}
		}
	}
	return nil
}

func projectCapex(_ context.Context, k *Computer, x *Claim, a *Answer) error {
	t, rows, err := k.rows("projects", func(t *datapackage.Table, row int) bool {
		announced := t.Text("announced")[row]
		if announced == "" || t.Text("country")[row] != x.Country || t.Missing("capex_musd_mode", row) {
			return false
		}
		y := int(year(announced))
		return y >= x.From && y <= x.To
	})
	if err != nil {
		return err
	}
	a.How = fmt.Sprintf("capital cost of %d plants in %s announced %d to %d with a known cost", len(rows), x.Country, x.From, x.To)
	if len(rows) == 0 {
		return nil
	}
	slices.SortStableFunc(rows, func(i, j int) int {
		return int(sign(t.Numbers("capex_musd_mode")[i] - t.Numbers("capex_musd_mode")[j]))
	})
	cost := func(i int) float64 { return t.Numbers("capex_musd_mode")[rows[i]] * x.Scale }
	n := len(rows)
	a.read("median", (cost((n-1)/2)+cost(n/2))/2)
	a.read("largest: "+t.Text("project")[rows[n-1]], cost(n-1))
	for _, row := range rows {
		a.Rows = append(a.Rows, k.catalog().Origin(t, row, "capex_musd_mode", "capital cost of "+t.Text("project")[row]))
	}
	return nil
}

func sign(x float64) float64 {
	switch {
	case x < 0:
		return -1
	case x > 0:
		return 1
	}
	return 0
}

func projectCount(_ context.Context, k *Computer, x *Claim, a *Answer) error {
	c := k.catalog()
	t, rows, err := k.rows("projects", func(t *datapackage.Table, row int) bool {
		return t.Text("country")[row] == x.Country && slices.ContainsFunc(words(t.Text("commodities")[row]), func(id string) bool {
			u, ok := c.Unit(id)
			return ok && slices.Contains(x.Units, u)
		})
	})
	if err != nil {
		return err
	}
	var said []string
	for _, row := range rows {
		said = append(said, t.Text("project")[row]+" ("+t.Text("stage")[row]+", "+t.Text("status")[row]+")")
		a.Rows = append(a.Rows, c.Origin(t, row, "status", "state of "+t.Text("project")[row]))
	}
	a.How = "projects of these units in " + x.Country + ": " + strings.Join(said, ", ")
	a.read("projects", float64(len(rows)))
	return nil
}

// workforceRows are the rows of an indicator in a country, by year.
func (k *Computer) workforceRows(x *Claim, indicator string) (*datapackage.Table, []int, error) {
	t, rows, err := k.rows("workforce", func(t *datapackage.Table, row int) bool {
		return t.Text("country")[row] == x.Country && t.Text("indicator")[row] == indicator
	})
	if err == nil {
		slices.SortStableFunc(rows, func(i, j int) int { return int(t.Numbers("year")[i] - t.Numbers("year")[j]) })
	}
	return t, rows, err
}

func workforceLevel(_ context.Context, k *Computer, x *Claim, a *Answer) error {
	a.How = "latest figures of table workforce; none is the number stated"
	for _, indicator := range words(x.Selection) {
		t, rows, err := k.workforceRows(x, indicator)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			continue
		}
		row := rows[len(rows)-1]
		a.Readings = append(a.Readings, Reading{fmt.Sprintf("%s, %g", indicator, t.Numbers("year")[row]), t.Numbers("value")[row], t.Text("unit")[row], Unchecked})
		a.Rows = append(a.Rows, k.catalog().Origin(t, row, "value", indicator))
	}
	return nil
}

func workforceChange(_ context.Context, k *Computer, x *Claim, a *Answer) error {
	t, rows, err := k.workforceRows(x, x.Selection)
	if err != nil {
		return err
	}
	a.How = fmt.Sprintf("change of %s from %d to %d", x.Selection, x.From, x.To)
	first, last := -1, -1
	for _, row := range rows {
		switch int(t.Numbers("year")[row]) {
		case x.From:
			first = row
		case x.To:
			last = row
		}
	}
	if first < 0 || last < 0 || t.Numbers("value")[first] <= 0 {
		return nil
	}
	a.read("change", 100*(t.Numbers("value")[last]/t.Numbers("value")[first]-1))
	for _, row := range []int{first, last} {
		a.Rows = append(a.Rows, k.catalog().Origin(t, row, "value", fmt.Sprintf("%s, %g", x.Selection, t.Numbers("year")[row])))
	}
	return nil
}

func notComputable(_ context.Context, _ *Computer, _ *Claim, a *Answer) error {
	a.How = "not computable from these tables"
	return nil
}
