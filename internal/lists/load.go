package lists

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"chokepoint/internal/catalog"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/fault"
)

// Lists holds the tables of lists. It does not change after Load.
type Lists struct {
	Catalog    *catalog.Catalog
	Materials  []Material // sorted by ID
	Editions   []Edition  // by date, then ID
	Rules      []Rule     // in order of the table
	Milestones []Milestone

	materialAt map[string]int
	editionAt  map[string]int
	names      map[string][]int // lower-case name to materials
	usual      []int            // canonical material under the default rules
	tables     struct{ materials, names, editions, members, rules, timeline *datapackage.Table }
}

// Material is what a list names: an element, a mineral, or a group of them.
type Material struct {
	ID, Kind string
	Members  []int // of a group: its materials; nil for others
	Units    []int // commodity units it stands for; may be none
	row      int
}

// Edition is one list at one date.
type Edition struct {
	ID, Series, Jurisdiction, Date, Title, Citation, Note string
	Printed                                               int    // names it prints; 0 = not known
	Complete                                              string // Complete, Partial or None
	Entries                                               []Entry
	row                                                   int
}

// How much of an edition is at hand.
const (
	Complete = "yes"     // all names
	Partial  = "partial" // some
	None     = "none"    // only the count
)

// Entry is one name that an edition prints.
type Entry struct {
	Material int
	Name     string // as printed
	Note     string
	row      int
}

// Milestone is a date of mineral policy.
type Milestone struct {
	ID, Date, Jurisdiction, Actors, Kind, Headline, Note string
	Materials                                            []int
	row                                                  int
}

// Load reads the tables of lists and holds them against their rules: keys,
// references, groups, the printed count of every complete edition, and merges
// that lead somewhere. The first broken rule is an error with its place.
func Load(c *catalog.Catalog) (*Lists, error) {
	l := &Lists{Catalog: c, materialAt: map[string]int{}, editionAt: map[string]int{}, names: map[string][]int{}}
	t := &l.tables
	for _, x := range []struct {
		name string
		dst  **datapackage.Table
	}{{"materials", &t.materials}, {"material_names", &t.names}, {"list_editions", &t.editions}, {"list_members", &t.members}, {"equivalence_rules", &t.rules}, {"policy_timeline", &t.timeline}} {
		var err error
		if *x.dst, err = c.Package.Table(x.name); err != nil {
			return nil, err
		}
		if _, err = c.Package.CheckReferences(x.name); err != nil {
			return nil, err
		}
	}
	for _, read := range []func() error{l.readMaterials, l.readEditions, l.readRules, l.readMilestones} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *Lists) readMaterials() error {
	t := l.tables.materials
	for row, id := range t.Text("material") {
		l.Materials = append(l.Materials, Material{ID: id, Kind: t.Text("kind")[row], row: row})
	}
	slices.SortFunc(l.Materials, func(a, b Material) int { return strings.Compare(a.ID, b.ID) })
	for i := range l.Materials {
		l.materialAt[l.Materials[i].ID] = i
	}
	for i := range l.Materials {
		m := &l.Materials[i]
		var err error
		if m.Members, err = l.materialsOf(t, m.row, "members"); err != nil {
			return err
		}
		if (m.Kind == Group) != (len(m.Members) > 0) {
			return t.Fault(m.row, "members", m.ID+" has the kind "+m.Kind+" and "+count(len(m.Members), "member"), "members for a group, and for a group only")
		}
		for _, id := range split(t.Text("commodities")[m.row]) {
			u, ok := l.Catalog.Unit(id)
			if !ok {
				return unknown(t, m.row, "commodities", id, "a commodity unit", unitIDs(l.Catalog))
			}
			m.Units = append(m.Units, u)
		}
	}
	for i := range l.Materials {
		for _, k := range l.Materials[i].Members {
			if l.Materials[k].Kind == Group {
				return t.Fault(l.Materials[i].row, "members", "the group "+l.Materials[i].ID+" holds the group "+l.Materials[k].ID, "materials that are no groups")
			}
		}
	}
	names := l.tables.names
	for row, id := range names.Text("material") {
		l.addName(names.Text("name")[row], l.materialAt[id])
	}
	return nil
}

// Group is the kind of a material that stands for several.
const Group = "group"

func (l *Lists) addName(name string, material int) {
	key := strings.ToLower(name)
	if !slices.Contains(l.names[key], material) {
		l.names[key] = append(l.names[key], material)
	}
}

func (l *Lists) readEditions() error {
	t := l.tables.editions
	for row, id := range t.Text("edition") {
		e := Edition{ID: id, Series: t.Text("series")[row], Jurisdiction: t.Text("jurisdiction")[row], Date: t.Text("date")[row], Title: t.Text("title")[row], Citation: t.Text("citation")[row],
			Note: t.Text("note")[row], Printed: int(t.Numbers("printed_count")[row]), Complete: t.Text("complete")[row], row: row}
		if err := cmp.Or(l.checkJurisdiction(t, row), checkDate(t, row)); err != nil {
			return err
		}
		l.Editions = append(l.Editions, e)
	}
	slices.SortFunc(l.Editions, func(a, b Edition) int {
		return cmp.Or(strings.Compare(a.Date, b.Date), strings.Compare(a.ID, b.ID))
	})
	for i := range l.Editions {
		l.editionAt[l.Editions[i].ID] = i
	}
	m := l.tables.members
	for row, id := range m.Text("edition") {
		e := &l.Editions[l.editionAt[id]]
		e.Entries = append(e.Entries, Entry{l.materialAt[m.Text("material")[row]], m.Text("name")[row], m.Text("note")[row], row})
	}
	for i := range l.Editions {
		e := &l.Editions[i]
		slices.SortStableFunc(e.Entries, func(a, b Entry) int { return a.Material - b.Material })
		n := len(e.Entries)
		bad := ""
		switch {
		case e.Complete == Complete && n != e.Printed:
			bad = "as many names as it prints, or complete = partial"
		case e.Complete == Partial && (n == 0 || e.Printed > 0 && n >= e.Printed):
			bad = "some names, fewer than it prints"
		case e.Complete == None && n > 0:
			bad = "no names, or complete = partial"
		}
		if bad != "" {
			return t.Fault(e.row, "printed_count", fmt.Sprintf("%s prints %d names (complete: %s) and %d are at hand", e.ID, e.Printed, e.Complete, n), bad)
		}
	}
	return nil
}

func (l *Lists) readMilestones() error {
	t := l.tables.timeline
	for row, id := range t.Text("milestone") {
		m := Milestone{ID: id, Date: t.Text("date")[row], Jurisdiction: t.Text("jurisdiction")[row], Actors: t.Text("actors")[row], Kind: t.Text("kind")[row], Headline: t.Text("headline")[row], Note: t.Text("note")[row], row: row}
		if err := cmp.Or(l.checkJurisdiction(t, row), checkDate(t, row)); err != nil {
			return err
		}
		var err error
		if m.Materials, err = l.materialsOf(t, row, "materials"); err != nil {
			return err
		}
		l.Milestones = append(l.Milestones, m)
	}
	return nil
}

// checkJurisdiction holds a cell against the countries and the blocs.
func (l *Lists) checkJurisdiction(t *datapackage.Table, row int) error {
	code := t.Text("jurisdiction")[row]
	if code == "" || l.isJurisdiction(code) {
		return nil
	}
	return t.Fault(row, "jurisdiction", fault.Quote(code)+" is no country and no bloc", "a code of table countries or country_blocs")
}

// checkDate holds a cell against the calendar.
func checkDate(t *datapackage.Table, row int) error {
	if date := t.Text("date")[row]; !IsDate(date) {
		return t.Fault(row, "date", fault.Quote(date)+" is no date", "a year, a month such as 2023-07, or a day that the calendar has")
	}
	return nil
}

func (l *Lists) isJurisdiction(code string) bool {
	if slices.ContainsFunc(l.Catalog.Countries, func(x catalog.Country) bool { return x.Code == code }) {
		return true
	}
	members, err := l.Catalog.Bloc(code)
	return err == nil && len(members) > 0
}

// materialsOf reads a cell of materials joined by ;.
func (l *Lists) materialsOf(t *datapackage.Table, row int, field string) ([]int, error) {
	var out []int
	for _, id := range split(t.Text(field)[row]) {
		m, ok := l.materialAt[id]
		if !ok {
			return nil, unknown(t, row, field, id, "a material of table materials", l.materialIDs())
		}
		out = append(out, m)
	}
	return out, nil
}

func unknown(t *datapackage.Table, row int, field, id, expected string, known []string) error {
	f := t.Fault(row, field, "unknown "+fault.Quote(id), expected)
	f.DidYouMean = fault.Nearest(id, known)
	return f
}

func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ";")
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func (l *Lists) materialIDs() []string {
	out := make([]string, len(l.Materials))
	for i := range l.Materials {
		out[i] = l.Materials[i].ID
	}
	return out
}

func unitIDs(c *catalog.Catalog) []string {
	out := make([]string, len(c.Units))
	for i := range c.Units {
		out[i] = c.Units[i].ID
	}
	return out
}

// Name is the first name of a material in a language (en, zh, ja, de, fr,
// symbol); the ID where there is none.
func (l *Lists) Name(material int, language string) string {
	if n := l.Names(material, language); len(n) > 0 {
		return n[0]
	}
	return l.Materials[material].ID
}

// Names lists the names of a material in a language; "alias" = other spellings.
func (l *Lists) Names(material int, language string) []string {
	t := l.tables.names
	var out []string
	for row, id := range t.Text("material") {
		if id == l.Materials[material].ID && t.Text("language")[row] == language {
			out = append(out, t.Text("name")[row])
		}
	}
	return out
}

// EntryOrigin is the row that prints an entry.
func (l *Lists) EntryOrigin(e Entry) catalog.SourceRow {
	return l.Catalog.Origin(l.tables.members, e.row, "name", "name as printed")
}

// EditionOrigin is the row of an edition.
func (l *Lists) EditionOrigin(edition int) catalog.SourceRow {
	e := &l.Editions[edition]
	return l.Catalog.Origin(l.tables.editions, e.row, "title", "edition of "+e.Date)
}

// RuleOrigin is the row of a rule.
func (l *Lists) RuleOrigin(rule int) catalog.SourceRow {
	return l.Catalog.Origin(l.tables.rules, l.Rules[rule].row, "description", "rule "+l.Rules[rule].ID)
}

// MaterialOrigin is the row of a material.
func (l *Lists) MaterialOrigin(material int) catalog.SourceRow {
	m := &l.Materials[material]
	field, what := "commodities", "units of the material "+m.ID
	if m.Kind == Group {
		field, what = "members", "members of the group "+m.ID
	}
	out := l.Catalog.Origin(l.tables.materials, m.row, field, what)
	out.Value = strings.ReplaceAll(out.Value, ";", "; ") // so that lines can break
	return out
}

// MilestoneOrigin is the row of a milestone.
func (l *Lists) MilestoneOrigin(milestone int) catalog.SourceRow {
	m := &l.Milestones[milestone]
	return l.Catalog.Origin(l.tables.timeline, m.row, "headline", "milestone "+m.ID)
}
