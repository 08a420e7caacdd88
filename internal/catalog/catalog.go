package catalog

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"chokepoint/internal/datapackage"
	"chokepoint/internal/fault"
)

// Codes of countries with a role of their own.
const (
	USA       = "USA" // the economy of the shipped table
	Remainder = "OTH" // what a table does not split; never leader, never scenario
)

// Catalog holds everything that is read from the data package.
type Catalog struct {
	Package    *datapackage.Package
	Units      []Unit // sorted by ID
	Industries []Industry
	Countries  []Country // sorted by code

	unitAt     map[string]int
	industryAt map[string]int
	countryAt  map[string]int
	names      []unitName
	anchors    []Anchor
	size       int // of Values
	tables     tables
}

// Country is a country or territory.
type Country struct {
	Code, ISO2, Name, OtherName string
}

// Industry is one of the industries of the benchmark accounts.
type Industry struct {
	Code, Name string
}

// Unit is one commodity unit: a commodity in one form, at one stage of a chain.
type Unit struct {
	ID               string
	Chain, Stage     string
	ChainOrder       int
	InUSGS84         bool // one of the 84 units of USGS Open-File Report 2025-1047
	BaseYear         int
	ContentBasis     string // what the tonnes count
	PrimaryProducers int    // number of US primary producers
	SecondaryUnknown bool   // US secondary output is not known and counts as 0
	Countries        []string
	Leader           int // producer with the largest share, remainder excluded; index into Countries
	USA              int // index into Countries
	Applications     []string
	Pairs            []Pair // sorted by application, then industry
	Producer         int    // US industry that makes the unit; index into Industries

	offset int
	rows   unitRows
}

// Pair says that an industry buys an application of the unit. Indices into
// Unit.Applications and Catalog.Industries.
type Pair struct {
	Application, Industry int
}

// unitRows remembers the table rows that the unit's numbers come from; -1 = none.
type unitRows struct {
	unit, market, secondary, stocks, producer int
	supply, use                               []int // by country
	idle                                      []int
	elasticities                              [2]int // by judgement
	endUse                                    [][2]int
	pair                                      [][2]int
}

// Anchor is a row of the table of probabilities.
type Anchor struct {
	Commodity, Country, Kind string
	Probability              float64
	Row                      int
}

type tables struct {
	commodities, names, countries, sources, market, supply, use, producer, secondary, idle, stocks,
	endUses, pairs, elasticities, anchors, industries *datapackage.Table
}

// Load reads the data package, with overlays on top, and checks every rule of
// the tables that the model stands on. The first broken rule is an error with
// its file, line and column.
func Load(base fs.FS, overlays ...datapackage.Overlay) (*Catalog, error) {
	p, err := datapackage.Open(base, datapackage.DefaultLimits(), overlays...)
	if err != nil {
		return nil, err
	}
	c := &Catalog{Package: p}
	if err := c.readTables(); err != nil {
		return nil, err
	}
	c.readNames()
	if err := c.readUnits(); err != nil {
		return nil, err
	}
	return c, c.readAnchors()
}

// readTables reads the tables of the catalogue, and their foreign keys, at once.
func (c *Catalog) readTables() error {
	t := &c.tables
	want := []struct {
		name string
		dst  **datapackage.Table
	}{
		{"application_industries", &t.pairs}, {"consumption_share", &t.use}, {"end_uses", &t.endUses}, {"supply", &t.supply},
		{"idle_capacity", &t.idle}, {"elasticities", &t.elasticities}, {"sources", &t.sources}, {"us_market", &t.market},
		{"commodities", &t.commodities}, {"commodity_names", &t.names}, {"countries", &t.countries}, {"producer_industry", &t.producer},
		{"secondary_supply", &t.secondary}, {"stocks", &t.stocks}, {"probability_anchors", &t.anchors}, {"bea_industries", &t.industries},
	}
	errs := make([]error, len(want))
	var wg sync.WaitGroup
	for i := range want {
		wg.Go(func() {
			if *want[i].dst, errs[i] = c.Package.Table(want[i].name); errs[i] == nil {
				_, errs[i] = c.Package.CheckReferences(want[i].name)
			}
		})
	}
	wg.Wait()
	for _, err := range errs { // the first in a fixed order, so that the message is always the same
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Catalog) readNames() {
	t := c.tables.countries
	c.countryAt = map[string]int{}
	for i, code := range t.Text("country") {
		c.Countries = append(c.Countries, Country{code, t.Text("iso2")[i], t.Text("name")[i], t.Text("other_name")[i]})
	}
	slices.SortFunc(c.Countries, func(a, b Country) int { return strings.Compare(a.Code, b.Code) })
	for i := range c.Countries {
		c.countryAt[c.Countries[i].Code] = i
	}
	ind := c.tables.industries
	c.industryAt = map[string]int{}
	for i, code := range ind.Text("industry") {
		c.Industries = append(c.Industries, Industry{code, ind.Text("name")[i]})
		c.industryAt[code] = i
	}
}

func (c *Catalog) readAnchors() error {
	t := c.tables.anchors
	for row := range t.Rows() {
		a := Anchor{t.Text("commodity")[row], t.Text("country")[row], t.Text("kind")[row], t.Numbers("probability")[row], row}
		if _, ok := c.unitAt[a.Commodity]; !ok && a.Commodity != "*" {
			f := t.Fault(row, "commodity", fault.Quote(a.Commodity)+" is no commodity unit", "a unit, or * for every unit")
			f.DidYouMean = fault.Nearest(a.Commodity, c.unitIDs())
			return f
		}
		c.anchors = append(c.anchors, a)
	}
	return nil
}

// Anchors returns the rows of the table of probabilities.
func (c *Catalog) Anchors() []Anchor { return c.anchors }

// readUnits builds the units and their layout in Values.
func (c *Catalog) readUnits() error {
	t := c.tables.commodities
	n := t.Rows()
	c.Units = make([]Unit, n)
	c.unitAt = make(map[string]int, n)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	id := t.Text("commodity")
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(id[a], id[b]) })
	for i, row := range order {
		c.Units[i] = Unit{ID: id[row], Chain: t.Text("chain")[row], Stage: t.Text("stage")[row],
			ChainOrder: int(t.Numbers("chain_order")[row]), InUSGS84: t.Text("usgs_84")[row] == "yes",
			rows: unitRows{unit: row, elasticities: [2]int{-1, -1}}}
		c.unitAt[id[row]] = i
	}
	one := []struct {
		table *datapackage.Table
		row   func(*Unit) *int
	}{
		{c.tables.market, func(u *Unit) *int { return &u.rows.market }},
		{c.tables.secondary, func(u *Unit) *int { return &u.rows.secondary }},
		{c.tables.stocks, func(u *Unit) *int { return &u.rows.stocks }},
		{c.tables.producer, func(u *Unit) *int { return &u.rows.producer }},
	}
	for _, o := range one {
		for i := range c.Units {
			*o.row(&c.Units[i]) = -1
		}
		for row, id := range o.table.Text("commodity") {
			*o.row(&c.Units[c.unitAt[id]]) = row
		}
		for i := range c.Units {
			if *o.row(&c.Units[i]) < 0 {
				return c.absent(o.table, c.Units[i].ID)
			}
		}
	}
	if err := c.readShares(); err != nil {
		return err
	}
	if err := c.readJudgements(); err != nil {
		return err
	}
	for i := range c.Units {
		u := &c.Units[i]
		m := c.tables.market
		u.BaseYear = int(m.Numbers("base_year")[u.rows.market])
		u.ContentBasis = m.Text("content_basis")[u.rows.market]
		u.PrimaryProducers = int(m.Numbers("domestic_primary_producers")[u.rows.market])
		u.SecondaryUnknown = m.Missing("production_secondary_t", u.rows.market)
		u.Producer = c.industryAt[c.tables.producer.Text("industry")[u.rows.producer]]
		u.offset = c.size
		c.size += int(scalarInputs) + 2*len(u.Countries) + len(u.Applications) + 2*len(u.Pairs)
		if err := c.checkUnit(u); err != nil {
			return err
		}
	}
	c.readUnitNames()
	return nil
}

// absent is the error for a unit without a row in a table that needs one.
func (c *Catalog) absent(t *datapackage.Table, unit string) error {
	return &fault.Error{Code: fault.InvalidData, File: t.Resource.Name + ".csv", What: "no row for commodity " + unit,
		Expected: "rows for every unit of table commodities", Do: "Add the rows, or leave the unit out of table commodities."}
}

// rowsByUnit lists the rows of a table by unit, in order.
func (c *Catalog) rowsByUnit(t *datapackage.Table) [][]int {
	out := make([][]int, len(c.Units))
	for row, id := range t.Text("commodity") {
		i := c.unitAt[id]
		out[i] = append(out[i], row)
	}
	return out
}

func (c *Catalog) readShares() error {
	supply, use, idle := c.rowsByUnit(c.tables.supply), c.rowsByUnit(c.tables.use), c.rowsByUnit(c.tables.idle)
	for i := range c.Units {
		u := &c.Units[i]
		for _, part := range []struct {
			table *datapackage.Table
			rows  []int
		}{{c.tables.supply, supply[i]}, {c.tables.use, use[i]}} {
			if len(part.rows) == 0 {
				return c.absent(part.table, u.ID)
			}
			for _, row := range part.rows {
				u.Countries = append(u.Countries, part.table.Text("country")[row])
			}
		}
		u.Countries = append(u.Countries, USA)
		slices.Sort(u.Countries)
		u.Countries = slices.Compact(u.Countries)
		u.rows.supply = placeByCountry(u.Countries, c.tables.supply, supply[i])
		u.rows.use = placeByCountry(u.Countries, c.tables.use, use[i])
		u.rows.idle = idle[i]
		u.USA, _ = slices.BinarySearch(u.Countries, USA)
		u.Leader = -1
		best := 0.0
		for k, code := range u.Countries {
			if row := u.rows.supply[k]; row >= 0 && code != Remainder && c.tables.supply.Numbers("share_pct")[row] > best {
				u.Leader, best = k, c.tables.supply.Numbers("share_pct")[row]
			}
		}
		if u.Leader < 0 {
			return c.tables.supply.Fault(supply[i][0], "share_pct", u.ID+" has no producing country", "a share above 0 of a country other than "+Remainder)
		}
	}
	return nil
}

func placeByCountry(countries []string, t *datapackage.Table, rows []int) []int {
	at := make([]int, len(countries))
	for k := range at {
		at[k] = -1
	}
	for _, row := range rows {
		k, _ := slices.BinarySearch(countries, t.Text("country")[row])
		at[k] = row
	}
	return at
}

func (c *Catalog) readJudgements() error {
	el, uses, pairs := c.tables.elasticities, c.tables.endUses, c.tables.pairs
	for row, id := range el.Text("commodity") {
		c.Units[c.unitAt[id]].rows.elasticities[judge(el.Text("judgement")[row])] = row
	}
	useRows, pairRows := c.rowsByUnit(uses), c.rowsByUnit(pairs)
	for i := range c.Units {
		u := &c.Units[i]
		for j, row := range u.rows.elasticities {
			if row < 0 {
				return c.absent(el, u.ID+", judgement "+string('a'+rune(j)))
			}
		}
		for _, row := range useRows[i] {
			u.Applications = append(u.Applications, uses.Text("application")[row])
		}
		slices.Sort(u.Applications)
		u.Applications = slices.Compact(u.Applications)
		u.rows.endUse = noRows(len(u.Applications))
		judged := [2]bool{}
		for _, row := range useRows[i] {
			a, _ := slices.BinarySearch(u.Applications, uses.Text("application")[row])
			j := judge(uses.Text("judgement")[row])
			u.rows.endUse[a][j], judged[j] = row, true
		}
		if !judged[0] || !judged[1] {
			return c.absent(uses, u.ID+" in one of the judgements")
		}
		for _, row := range pairRows[i] {
			a, _ := slices.BinarySearch(u.Applications, pairs.Text("application")[row]) // there: foreign key
			u.Pairs = append(u.Pairs, Pair{a, c.industryAt[pairs.Text("industry")[row]]})
		}
		slices.SortFunc(u.Pairs, comparePairs)
		u.Pairs = slices.Compact(u.Pairs)
		u.rows.pair = noRows(len(u.Pairs))
		for _, row := range pairRows[i] {
			a, _ := slices.BinarySearch(u.Applications, pairs.Text("application")[row])
			k, _ := slices.BinarySearchFunc(u.Pairs, Pair{a, c.industryAt[pairs.Text("industry")[row]]}, comparePairs)
			u.rows.pair[k][judge(pairs.Text("judgement")[row])] = row
		}
	}
	return nil
}

func noRows(n int) [][2]int {
	rows := make([][2]int, n)
	for i := range rows {
		rows[i] = [2]int{-1, -1}
	}
	return rows
}

func comparePairs(a, b Pair) int {
	if a.Application != b.Application {
		return a.Application - b.Application
	}
	return a.Industry - b.Industry
}

// judge is the index of a judgement's name.
func judge(name string) int {
	if name == "a" {
		return 0
	}
	return 1
}

// Unit returns the index of a unit by its ID.
func (c *Catalog) Unit(id string) (int, bool) {
	i, ok := c.unitAt[id]
	return i, ok
}

// IndustryIndex returns the index of an industry by its code.
func (c *Catalog) IndustryIndex(code string) (int, bool) {
	i, ok := c.industryAt[code]
	return i, ok
}

// CountryName returns the short English name of a country code.
func (c *Catalog) CountryName(code string) string {
	if i, ok := c.countryAt[code]; ok {
		return c.Countries[i].Name
	}
	return code
}

// Country returns the index of a country in the unit's arrays, or -1.
func (u *Unit) Country(code string) int {
	if i, ok := slices.BinarySearch(u.Countries, code); ok {
		return i
	}
	return -1
}

func (c *Catalog) unitIDs() []string {
	ids := make([]string, len(c.Units))
	for i := range c.Units {
		ids[i] = c.Units[i].ID
	}
	return ids
}

// Set returns the indices of the units of a set: "usgs-84" or "all".
func (c *Catalog) Set(name string) ([]int, error) {
	if name != "usgs-84" && name != "all" {
		return nil, &fault.Error{Code: fault.Usage, File: "commodity", What: "unknown set of units " + fault.Quote("@"+name), Expected: "@usgs-84 or @all",
			DidYouMean: prefixed("@", fault.Nearest(name, []string{"usgs-84", "all"})), Do: "List units by name, or take one of the sets."}
	}
	var out []int
	for i := range c.Units {
		if name == "all" || c.Units[i].InUSGS84 {
			out = append(out, i)
		}
	}
	return out, nil
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// SourceText returns the text of a source key.
func (c *Catalog) SourceText(key string) string {
	t := c.tables.sources
	if i := slices.Index(t.Text("source"), key); i >= 0 {
		return t.Text("text")[i]
	}
	return fmt.Sprintf("source %s", key)
}
