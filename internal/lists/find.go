package lists

import (
	"slices"
	"strings"

	"chokepoint/internal/fault"
)

// Material returns the index of a material by its ID.
func (l *Lists) Material(id string) (int, bool) {
	i, ok := l.materialAt[id]
	return i, ok
}

// Edition returns the index of an edition by its ID.
func (l *Lists) Edition(id string) (int, bool) {
	i, ok := l.editionAt[id]
	return i, ok
}

func (l *Lists) editionIDs() []string {
	out := make([]string, len(l.Editions))
	for i := range l.Editions {
		out[i] = l.Editions[i].ID
	}
	return out
}

// FindMaterial resolves what somebody typed: a material's ID, a name in one of
// five languages, a symbol or another spelling of exactly one, or a commodity
// unit of exactly one. A name of several, or of none, is an error that names
// candidates.
func (l *Lists) FindMaterial(text string) (int, error) {
	name := strings.ToLower(strings.TrimSpace(text))
	for _, id := range []string{name, strings.ReplaceAll(name, " ", "-")} {
		if m, ok := l.materialAt[id]; ok {
			return m, nil
		}
	}
	found := l.names[name]
	if len(found) == 0 {
		if u, ok := l.Catalog.Unit(name); ok {
			for m := range l.Materials {
				if l.Materials[m].Kind != Group && slices.Contains(l.Materials[m].Units, u) {
					found = append(found, m)
				}
			}
		}
	}
	e := &fault.Error{Code: fault.Usage, File: "material", Do: "`chokepoint lists materials` lists them all."}
	switch len(found) {
	case 0:
		known := l.materialIDs()
		for n := range l.names { // Nearest sorts
			known = append(known, n)
		}
		e.What, e.Expected, e.DidYouMean = "unknown material "+fault.Quote(text), "a material, its name or symbol", fault.Nearest(name, known)
		return 0, e
	case 1:
		return found[0], nil
	}
	var ids []string
	for _, m := range found {
		ids = append(ids, l.Materials[m].ID)
	}
	e.What, e.Expected = fault.Quote(text)+" stands for several materials", "one of "+strings.Join(ids, ", ")
	return 0, e
}

// FindEdition resolves an edition by its ID; a series by its latest complete
// edition; a country or bloc by the edition that a rule of kind select gives, else
// by its only series. Several series are an error that names their editions.
func (l *Lists) FindEdition(text string, s RuleSet) (int, error) {
	name := strings.ToLower(strings.TrimSpace(text))
	if e, ok := l.editionAt[name]; ok {
		return e, nil
	}
	if e := l.latest(func(e *Edition) bool { return e.Series == name }); e >= 0 {
		return e, nil
	}
	fail := &fault.Error{Code: fault.Usage, File: "edition", Do: "`chokepoint lists` lists all editions."}
	if code, ok := l.jurisdiction(text); ok {
		for i := range l.Rules {
			if r := &l.Rules[i]; r.Kind == Select && r.Jurisdiction == code && s.On[i] {
				return r.Edition, nil
			}
		}
		var series, ids []string
		for i := range l.Editions {
			if e := &l.Editions[i]; e.Jurisdiction == code && e.Complete == Complete {
				ids = append(ids, e.ID)
				if !slices.Contains(series, e.Series) {
					series = append(series, e.Series)
				}
			}
		}
		if len(series) == 1 {
			return l.latest(func(e *Edition) bool { return e.Series == series[0] }), nil
		}
		if len(series) > 1 {
			fail.What, fail.Expected = fault.Quote(text)+" has several lists", "one of "+strings.Join(ids, ", ")
			return 0, fail
		}
	}
	var starts []string
	for _, id := range l.editionIDs() {
		if strings.HasPrefix(id, name+"-") {
			starts = append(starts, id)
		}
	}
	if len(starts) > 1 {
		fail.What, fail.Expected = fault.Quote(text)+" stands for several editions", "one of "+strings.Join(starts, ", ")
		return 0, fail
	}
	fail.What, fail.Expected, fail.DidYouMean = "unknown edition "+fault.Quote(text), "an edition such as us-2025-final", fault.Nearest(name, l.editionIDs())
	return 0, fail
}

// latest is the last complete edition that a condition takes, or -1.
func (l *Lists) latest(take func(*Edition) bool) int {
	for i := len(l.Editions) - 1; i >= 0; i-- {
		if e := &l.Editions[i]; e.Complete == Complete && take(e) {
			return i
		}
	}
	return -1
}

// jurisdiction resolves a code, a country's name or a bloc that has editions.
func (l *Lists) jurisdiction(text string) (string, bool) {
	code := strings.ToUpper(strings.TrimSpace(text))
	if found, err := l.Catalog.FindCountry(text); err == nil {
		code = found
	}
	for i := range l.Editions {
		if l.Editions[i].Jurisdiction == code {
			return code, true
		}
	}
	return "", false
}

// FindJurisdiction resolves a country or bloc that stands in the timeline.
func (l *Lists) FindJurisdiction(text string) (string, error) {
	if code, ok := l.jurisdiction(text); ok {
		return code, nil
	}
	known := l.Jurisdictions()
	code := strings.ToUpper(strings.TrimSpace(text))
	if found, err := l.Catalog.FindCountry(text); err == nil {
		code = found
	}
	if slices.Contains(known, code) {
		return code, nil
	}
	return "", &fault.Error{Code: fault.Usage, File: "jurisdiction", What: "no list and no milestone of " + fault.Quote(text), Expected: "one of " + strings.Join(known, ", "), DidYouMean: fault.Nearest(code, known)}
}

// Jurisdictions are the codes in editions and milestones, sorted.
func (l *Lists) Jurisdictions() []string {
	var out []string
	for i := range l.Editions {
		out = append(out, l.Editions[i].Jurisdiction)
	}
	for i := range l.Milestones {
		out = append(out, l.Milestones[i].Jurisdiction)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Presets are the overlaps that have a name.
func Presets() map[string][]string {
	return map[string][]string{
		"shared-18":             {"us-2025-draft", "eu-2023-critical", "jp-2009"},
		"shared-18-alternative": {"us-2018", "eu-2020", "jp-2009"},
	}
}

// FindEditions resolves editions in order; the name of a preset stands for its
// editions. At least one, each once.
func (l *Lists) FindEditions(words []string, s RuleSet) ([]int, error) {
	var asked []string
	for _, w := range words {
		if preset := Presets()[strings.ToLower(w)]; preset != nil {
			asked = append(asked, preset...)
		} else {
			asked = append(asked, w)
		}
	}
	words = asked
	var out []int
	for _, w := range words {
		e, err := l.FindEdition(w, s)
		if err != nil {
			if f, ok := err.(*fault.Error); ok && len(words) == 1 && f.DidYouMean == "" {
				f.DidYouMean = fault.Nearest(w, []string{"shared-18", "shared-18-alternative"})
			}
			return nil, err
		}
		if slices.Contains(out, e) {
			return nil, &fault.Error{Code: fault.Usage, File: "edition", What: l.Editions[e].ID + " stands twice", Expected: "each edition once"}
		}
		if len(l.Editions[e].Entries) == 0 {
			return nil, &fault.Error{Code: fault.Usage, File: "edition", What: "only the count of " + l.Editions[e].ID + " is known, not its names", Expected: "an edition with names", Do: "`chokepoint lists` says which have them."}
		}
		out = append(out, e)
	}
	return out, nil
}
