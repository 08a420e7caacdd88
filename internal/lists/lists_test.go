package lists_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"chokepoint/data"
	"chokepoint/internal/catalog"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/fault"
	"chokepoint/internal/lists"
)

func load(t testing.TB) *lists.Lists {
	t.Helper()
	l, err := loadWith(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// loadWith loads the lists with tables of an overlay on top.
func loadWith(t testing.TB, tables map[string]string) (*lists.Lists, error) {
	t.Helper()
	base, err := data.FS()
	if err != nil {
		t.Fatal(err)
	}
	var overlays []datapackage.Overlay
	if tables != nil {
		files := fstest.MapFS{}
		for name, content := range tables {
			files[name] = &fstest.MapFile{Data: []byte(content)}
		}
		overlays = append(overlays, datapackage.Overlay{Label: "mine", FS: files})
	}
	c, err := catalog.Load(base, overlays...)
	if err != nil {
		t.Fatal(err)
	}
	return lists.Load(c)
}

func edition(t testing.TB, l *lists.Lists, id string) int {
	t.Helper()
	e, ok := l.Edition(id)
	if !ok {
		t.Fatalf("no edition %s", id)
	}
	return e
}

func unit(t testing.TB, l *lists.Lists, id string) int {
	t.Helper()
	u, ok := l.Catalog.Unit(id)
	if !ok {
		t.Fatalf("no unit %s", id)
	}
	return u
}

func rules(t testing.TB, l *lists.Lists, text string) lists.RuleSet {
	t.Helper()
	s, err := l.ParseRules(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// overlap names the materials that editions share.
func overlap(t testing.TB, l *lists.Lists, s lists.RuleSet, editions ...string) []string {
	t.Helper()
	var views []lists.View
	for _, id := range editions {
		e, ok := l.Edition(id)
		if !ok {
			t.Fatalf("no edition %s", id)
		}
		views = append(views, l.View(e, s))
	}
	out := []string{}
	for _, m := range lists.Overlap(views...) {
		out = append(out, l.Materials[m].ID)
	}
	return out
}

// TestExpectedOverlaps: every row of the table of overlaps that was worked out
// apart from this program. Its rules leave out the three that do not merge.
func TestExpectedOverlaps(t *testing.T) {
	l := load(t)
	content, err := os.ReadFile("testdata/overlap_expected.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(content))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, row := range rows[1:] {
		id, kind, on, want, members := row[0], row[1], row[5], row[6], row[7]
		if kind == "combinations that give 18" {
			got := 0
			all := l.Combinations(l.DefaultRules())
			for _, x := range all {
				if len(x.Overlap) == 18 {
					got++
				}
			}
			if fmt.Sprint(got) != want || len(all) != 320 {
				t.Errorf("%s: %d of %d combinations give 18, want %s of 320", id, got, len(all), want)
			}
			got = 0
			for _, x := range l.Combinations(rules(t, l, "-R3b")) {
				if len(x.Overlap) == 18 {
					got++
				}
			}
			if got != 30 {
				t.Errorf("%s without R3b: %d, want 30", id, got)
			}
			n++
			continue
		}
		text := lists.NoRules
		if on != "" {
			text = strings.ReplaceAll(on, ";", ",") + ",R3b,R5e,R6"
		}
		got := overlap(t, l, rules(t, l, text), row[2], row[3], row[4])
		if strings.Join(got, ";") != members {
			t.Errorf("%s, %v with %s:\n got %s\nwant %s", id, row[2:5], text, strings.Join(got, ";"), members)
		}
		if want != "" && strconv.Itoa(len(got)) != want {
			t.Errorf("%s: %d, want %s", id, len(got), want)
		}
		n++
	}
	if n != 129 {
		t.Errorf("%d rows", n)
	}
}

// TestPrintedCounts: the counts that governments announced, written here apart
// from the tables.
func TestPrintedCounts(t *testing.T) {
	l := load(t)
	printed := map[string]int{"anmb-1940-strategic": 14, "us-2018": 35, "us-2022": 50, "us-2025-draft": 54, "us-2025-final": 60, "us-doe-2023": 18,
		"eu-2011": 14, "eu-2014": 20, "eu-2017": 27, "eu-2020": 30, "eu-2023-critical": 34, "eu-2024-strategic": 17,
		"jp-2009": 31, "jp-2020": 34, "jp-2023": 35, "jp-2024": 36, "uk-2022": 18, "uk-2022-watch": 5, "ca-2021": 31, "ca-2024": 34,
		"au-2023": 30, "au-2024": 31, "au-2024-strategic-materials": 5, "in-2023": 30, "kr-2023": 33, "cn-2016": 24}
	partial := map[string][2]int{"us-wwi-war-minerals": {0, 5}, "us-1921": {42, 14}, "anmb-1939-strategic": {0, 11}, "uk-2024": {34, 14}, "jp-2012": {30, 0}}
	for i := range l.Editions {
		e := &l.Editions[i]
		if want, ok := printed[e.ID]; ok {
			if e.Complete != lists.Complete || e.Printed != want || len(e.Entries) != want {
				t.Errorf("%s: complete %s, %d printed, %d at hand, want %d", e.ID, e.Complete, e.Printed, len(e.Entries), want)
			}
			delete(printed, e.ID)
			continue
		}
		if want, ok := partial[e.ID]; !ok || e.Complete == lists.Complete || e.Printed != want[0] || len(e.Entries) != want[1] {
			t.Errorf("%s: complete %s, %d printed, %d at hand, want %v", e.ID, e.Complete, e.Printed, len(e.Entries), want)
		}
	}
	if len(printed) > 0 {
		t.Errorf("editions not found: %v", printed)
	}
}

// anyRules draws a set of rules.
func anyRules(l *lists.Lists, t *rapid.T) lists.RuleSet {
	s := lists.RuleSet{On: make([]bool, len(l.Rules)), AsPrinted: rapid.IntRange(0, 9).Draw(t, "as printed") == 0}
	if !s.AsPrinted {
		for i := range s.On {
			s.On[i] = rapid.Bool().Draw(t, l.Rules[i].ID)
		}
	}
	return s
}

// TestSetAlgebra: overlaps are intersections, differences undo each other, and a
// set of rules reads back from its text.
func TestSetAlgebra(t *testing.T) {
	l := load(t)
	rapid.Check(t, func(t *rapid.T) {
		s := anyRules(l, t)
		pick := func(name string) lists.View {
			return l.View(rapid.IntRange(0, len(l.Editions)-1).Draw(t, name), s)
		}
		a, b, c := pick("a"), pick("b"), pick("c")
		ab := lists.Overlap(a, b)
		if !slices.Equal(ab, lists.Overlap(b, a)) {
			t.Fatal("not commutative")
		}
		all := lists.Overlap(a)
		if len(all) != len(a.Listed) || !slices.Equal(all, lists.Overlap(a, a)) || !slices.IsSorted(all) {
			t.Fatal("not idempotent, or out of order")
		}
		abc := lists.Overlap(a, b, c)
		if !slices.Equal(abc, lists.Overlap(c, a, b)) {
			t.Fatal("not associative")
		}
		for _, m := range abc {
			if !slices.Contains(ab, m) || !a.Has(m) || !b.Has(m) || !c.Has(m) {
				t.Fatalf("%s is shared by three and not by each", l.Materials[m].ID)
			}
		}
		added, dropped, kept := 0, 0, 0
		back := map[int]string{}
		for _, x := range l.Diff(b.Edition, a.Edition, s) {
			back[x.Material] = x.Kind
		}
		for _, x := range l.Diff(a.Edition, b.Edition, s) {
			want := map[string]string{lists.Added: lists.Dropped, lists.Dropped: lists.Added, lists.Renamed: lists.Renamed}[x.Kind]
			if back[x.Material] != want {
				t.Fatalf("%s is %s and back %s", l.Materials[x.Material].ID, x.Kind, back[x.Material])
			}
			switch x.Kind {
			case lists.Added:
				added++
			case lists.Dropped:
				dropped++
			default:
				kept++
			}
		}
		if len(a.Listed)+added-dropped != len(b.Listed) || len(ab)+added != len(b.Listed) || kept > len(ab) {
			t.Fatalf("%d + %d - %d != %d, shared %d", len(a.Listed), added, dropped, len(b.Listed), len(ab))
		}
		text := l.RulesText(s)
		again, err := l.ParseRules(text)
		if err != nil || again.AsPrinted != s.AsPrinted || !slices.Equal(again.On, s.On) {
			t.Fatalf("%q reads back as %v, %v", text, again, err)
		}
	})
}

// TestMergesOnlyMerge: a rule that merges never makes an edition longer, and every
// material of a view comes from an entry.
func TestMergesOnlyMerge(t *testing.T) {
	l := load(t)
	rapid.Check(t, func(t *rapid.T) {
		s := anyRules(l, t)
		e := rapid.IntRange(0, len(l.Editions)-1).Draw(t, "edition")
		r := rapid.IntRange(0, len(l.Rules)-1).Draw(t, "rule")
		if s.AsPrinted || l.Rules[r].Kind != lists.Merge {
			return
		}
		with, without := lists.RuleSet{On: slices.Clone(s.On)}, lists.RuleSet{On: slices.Clone(s.On)}
		with.On[r], without.On[r] = true, false
		x, y := l.View(e, with), l.View(e, without)
		if len(x.Listed) > len(y.Listed) {
			t.Fatalf("%s makes %d of %d", l.Rules[r].ID, len(x.Listed), len(y.Listed))
		}
		for _, z := range x.Listed {
			if len(z.Entries) == 0 {
				t.Fatal("a material from no entry")
			}
		}
	})
}

// TestGroups: a group is one name, or its members, as the rules say.
func TestGroups(t *testing.T) {
	l := load(t)
	for _, x := range []struct{ rules, edition, want string }{
		{"default", "eu-2011", "antimony beryllium cobalt fluorspar gallium germanium graphite indium magnesium niobium platinum-group rare-earths tantalum tungsten"},
		{"-R2", "eu-2011", "antimony beryllium cobalt fluorspar gallium germanium graphite indium iridium magnesium niobium osmium palladium platinum rare-earths rhodium ruthenium tantalum tungsten"},
		{"none", "eu-2024-strategic", "aluminum-chain bismuth boron cobalt copper gallium germanium graphite lithium magnesium magnet-rare-earths manganese nickel platinum-group silicon-metal titanium-metal tungsten"},
		{"-R1,-R5a", "eu-2024-strategic", "alumina aluminum bauxite bismuth boron cerium cobalt copper dysprosium gadolinium gallium germanium graphite lithium magnesium manganese neodymium nickel platinum-group praseodymium samarium silicon terbium titanium tungsten"},
	} {
		v := l.View(edition(t, l, x.edition), rules(t, l, x.rules))
		var got []string
		for _, y := range v.Listed {
			got = append(got, l.Materials[y.Material].ID)
		}
		if strings.Join(got, " ") != x.want {
			t.Errorf("%s with %s:\n got %s\nwant %s", x.edition, x.rules, strings.Join(got, " "), x.want)
		}
	}
	// Scandium of Japan: in the rare earths, or beside them by R3b, or not at all.
	sc, _ := l.Material("scandium")
	re, _ := l.Material("rare-earths")
	for text, want := range map[string][2]bool{"default": {false, true}, "-R3": {true, true}, "-R3,-R3b": {false, true}, "-R1": {true, false}, "-R1,-R3b": {false, false}, "none": {false, true}} {
		v := l.View(edition(t, l, "jp-2009"), rules(t, l, text))
		if got := [2]bool{v.Has(sc), v.Has(re)}; got != want {
			t.Errorf("%s: scandium, rare earths %v, want %v", text, got, want)
		}
	}
}

// TestNames: every name, symbol and other spelling leads to one material or asks
// which.
func TestNames(t *testing.T) {
	l := load(t)
	languages := map[string]int{}
	for m := range l.Materials {
		for _, language := range []string{"en", "zh", "ja", "de", "fr", "symbol", "alias"} {
			for _, name := range l.Names(m, language) {
				languages[language]++
				got, err := l.FindMaterial(name)
				if err != nil && strings.Contains(err.Error(), "stands for several materials: expected one of") && strings.Contains(err.Error(), l.Materials[m].ID) {
					continue
				}
				if err != nil || got != m && l.Materials[got].ID != strings.ReplaceAll(strings.ToLower(name), " ", "-") {
					t.Errorf("%s %q of %s: %v, %v", language, name, l.Materials[m].ID, got, err)
				}
			}
		}
	}
	for _, language := range []string{"en", "zh", "ja", "de", "fr"} {
		if languages[language] < len(l.Materials) {
			t.Errorf("%s: %d names for %d materials", language, languages[language], len(l.Materials))
		}
	}
	for text, want := range map[string]string{"Ga": "gallium", "镓": "gallium", "ガリウム": "gallium", "Wolfram": "tungsten", "spath fluor": "fluorspar", "REE": "rare-earths", "coking coal": "metallurgical-coal", "cobalt-metal": "cobalt", " Seltene Erden ": "rare-earths"} {
		if m, err := l.FindMaterial(text); err != nil || l.Materials[m].ID != want {
			t.Errorf("%q: %v, %v", text, m, err)
		}
	}
}

func TestFindEdition(t *testing.T) {
	l := load(t)
	for _, x := range []struct{ text, rules, want string }{
		{"US-2025-final", "", "us-2025-final"}, {"us-critical", "", "us-2025-final"}, {"JPN", "", "jp-2009"}, {"Japan", "", "jp-2009"}, {"jp", "-R6", "jp-2024"}, {"Korea", "", ""}, {"KOR", "", "kr-2023"}, {"China", "", "cn-2016"},
	} {
		e, err := l.FindEdition(x.text, rules(t, l, x.rules))
		if x.want == "" {
			if err == nil {
				t.Errorf("%s is %s", x.text, l.Editions[e].ID)
			}
		} else if err != nil || l.Editions[e].ID != x.want {
			t.Errorf("%s with %s: %v, %v", x.text, x.rules, e, err)
		}
	}
}

// TestDates: only what the calendar has is a date, and a timeline has to have
// something between its ends.
func TestDates(t *testing.T) {
	for text, want := range map[string]bool{"1921": true, "2020-02": true, "2020-02-29": true, "2019-02-29": false, "2020-13": false, "2020-00": false, "2020-1": false, "20": false, "2020-02-29T00": false, "": false, "２０２０": false} {
		if lists.IsDate(text) != want {
			t.Errorf("%q is a date: %t", text, !want)
		}
	}
	for _, x := range []struct{ from, to, want string }{
		{"2020", "2020", ""}, {"2020-06", "2020", ""}, {"2020", "2020-06", ""}, {"", "1900", ""}, {"2020-06-02", "2020-06-01", "from: 2020-06-02 is after 2020-06-01 of to"}, {"2021", "2020-12", "is after"}, {"x", "", `from: "x" is no date`}, {"2020", "2020-31", `to: "2020-31" is no date`},
	} {
		err := lists.Filter{From: x.from, To: x.to}.Check("from", "to")
		if (err == nil) != (x.want == "") || err != nil && (!strings.Contains(err.Error(), x.want) || fault.CodeOf(err) != fault.Usage) {
			t.Errorf("%s to %s: %v, want %q", x.from, x.to, err, x.want)
		}
	}
}

// TestPresets: a preset stands for its editions, alone and among others.
func TestPresets(t *testing.T) {
	l := load(t)
	for text, want := range map[string]string{"shared-18": "us-2025-draft eu-2023-critical jp-2009", "Shared-18 kr-2023": "us-2025-draft eu-2023-critical jp-2009 kr-2023", "shared-18-alternative": "us-2018 eu-2020 jp-2009"} {
		editions, err := l.FindEditions(strings.Fields(text), l.DefaultRules())
		var got []string
		for _, e := range editions {
			got = append(got, l.Editions[e].ID)
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

// TestErrors: what is wrong, what was expected, and near names.
func TestErrors(t *testing.T) {
	l := load(t)
	parse := func(text string) error { _, err := l.ParseRules(text); return err }
	find := func(text string) error { _, err := l.FindEdition(text, l.DefaultRules()); return err }
	material := func(text string) error { _, err := l.FindMaterial(text); return err }
	several := func(words ...string) error { _, err := l.FindEditions(words, l.DefaultRules()); return err }
	for _, x := range []struct {
		err  error
		want string
	}{
		{parse("R9"), `--rules: unknown rule "R9": expected default, all, none, expanded, or rules of R1, R2,`},
		{parse("R1,,R2"), `--rules: an empty name in "R1,,R2": expected names of rules joined by commas`},
		{parse("R1,all"), `--rules: "all" stands after other rules: expected it alone or first`},
		{parse(strings.Repeat("R1,", 400)), "--rules: the text is too long: expected at most 1000 bytes"},
		{parse("defautl"), "(did you mean default?)"},
		{find("us-2025-finl"), `edition: unknown edition "us-2025-finl": expected an edition such as us-2025-final (did you mean us-2025-final?)`},
		{find("us-2025"), `edition: "us-2025" stands for several editions: expected one of us-2025-draft, us-2025-final`},
		{find("USA"), `edition: "USA" has several lists: expected one of anmb-1940-strategic, us-2018, us-2022, us-doe-2023, us-2025-draft, us-2025-final`},
		{material("galium"), `material: unknown material "galium": expected a material, its name or symbol (did you mean gallium?)`},
		{material("Si"), `material: "Si" stands for several materials: expected one of silicon, silicon-metal`},
		{several("us-2018", "US-2018"), "edition: us-2018 stands twice: expected each edition once"},
		{several("shared-18", "us-2025-draft"), "edition: us-2025-draft stands twice"},
		{several("jp-2012"), "edition: only the count of jp-2012 is known, not its names: expected an edition with names"},
		{several("shared-81"), "(did you mean shared-18?)"},
	} {
		if x.err == nil || !strings.Contains(x.err.Error(), x.want) || fault.CodeOf(x.err) != fault.Usage {
			t.Errorf("got %v\nwant %s", x.err, x.want)
		}
	}
}

// TestBrokenTables: a broken rule of the tables is an error with its place.
func TestBrokenTables(t *testing.T) {
	const (
		editions = "edition,series,jurisdiction,date,title,citation,printed_count,complete,source,grade,note\n"
		members  = "edition,material,name,source,grade,note\n"
		rules    = "rule,kind,target,merged,jurisdiction,default,contested,description,source,grade,note\n"
		material = "material,kind,members,commodities,source,grade,note\n"
		timeline = "milestone,date,jurisdiction,actors,kind,materials,headline,source,grade,note\n"
	)
	for _, x := range []struct{ file, content, want string }{
		{"list_editions.csv", editions + "us-2018,us-critical,USA,2018,x,,36,yes,list-001,A,\n", "mine/list_editions.csv:2:33: us-2018 prints 36 names (complete: yes) and 35 are at hand: expected as many names as it prints, or complete = partial"},
		{"list_editions.csv", editions + "us-2018,us-critical,USA,2018,x,,35,partial,list-001,A,\n", "expected some names, fewer than it prints"},
		{"list_editions.csv", editions + "us-2018,us-critical,USA,2018,x,,35,none,list-001,A,\n", "expected no names, or complete = partial"},
		{"list_editions.csv", editions + "us-2018,us-critical,ABCD,2018,x,,35,yes,list-001,A,\n", `"ABCD" is no country and no bloc`},
		{"list_members.csv", members + "eu-2011,galium,Gallium,list-001,A,\n", `"galium" is not in table materials: expected material of one of its rows (did you mean gallium?)`},
		{"equivalence_rules.csv", rules + "R4,merge,barite,bariun,,on,no,x,list-001,D,\n", `mine/equivalence_rules.csv:2:17: unknown "bariun": expected a material of table materials (did you mean barium?)`},
		{"equivalence_rules.csv", rules + "R4,merge,barite,scandium,,on,no,x,list-001,D,\n", "scandium is merged by R3 and R4: expected one rule for a material"},
		{"equivalence_rules.csv", rules + "R4,merge,barite,barium,,on,no,x,list-001,D,\nX1,merge,barium,barite,,off,no,x,list-001,D,\n", "mine/equivalence_rules.csv:2:17: the merges of barium go in a circle"},
		{"equivalence_rules.csv", rules + "R4,merge,barite,barite,,on,no,x,list-001,D,\n", "mine/equivalence_rules.csv:2:17: the rule merges barite into itself"},
		{"equivalence_rules.csv", rules + "R6,select,jp-2010,jp-2020,JPN,on,no,x,list-001,D,\n", `unknown "jp-2010": expected an edition of table list_editions`},
		{"materials.csv", material + "gallium,element,,galium,list-001,A,\n", `unknown "galium": expected a commodity unit (did you mean gallium?)`},
		{"materials.csv", material + "gallium,element,indium,gallium,list-001,A,\n", "gallium has the kind element and 1 member: expected members for a group, and for a group only"},
		{"materials.csv", material + "magnet-rare-earths,group,rare-earths,cerium,list-001,A,\n", "the group magnet-rare-earths holds the group rare-earths"},
		{"policy_timeline.csv", timeline + "PT001,1918,USA,x,list,tinn,x,list-001,A,\n", `unknown "tinn": expected a material of table materials (did you mean tin?)`},
		{"policy_timeline.csv", timeline + "PT001,2023-07-32,USA,x,list,tin,x,list-001,A,\n", `mine/policy_timeline.csv:2:7: "2023-07-32" is no date: expected a year, a month such as 2023-07, or a day that the calendar has`},
		{"list_editions.csv", editions + "us-2018,us-critical,USA,2019-02-29,x,,35,yes,list-001,A,\n", `mine/list_editions.csv:2:25: "2019-02-29" is no date`},
	} {
		_, err := loadWith(t, map[string]string{x.file: x.content})
		if err == nil || !strings.Contains(err.Error(), x.want) || fault.CodeOf(err) != fault.InvalidData {
			t.Errorf("%s\n got %v\nwant %s", x.content, err, x.want)
		}
	}
}

// TestMembership: which editions list a unit, and how.
func TestMembership(t *testing.T) {
	l := load(t)
	for _, x := range []struct {
		edition, unit string
		through       lists.Through // "" = not listed
		name          string
	}{
		{"us-2025-final", "gallium", lists.ThroughName, "gallium"},
		{"eu-2023-critical", "dysprosium", lists.ThroughGroup, "HREEs"},
		{"jp-2009", "barite", lists.ThroughRule, "barium"},
		{"jp-2020", "fluorspar-acid", lists.ThroughRule, "fluorine"},
		{"jp-2009", "platinum", lists.ThroughName, "platinum"},
		{"jp-2009", "rhodium", "", ""},
		{"jp-2009", "scandium", lists.ThroughRule, "rare earth elements"}, // which means 17 there, by R3b
		{"jp-2024", "scandium", lists.ThroughRule, "REE"},
		{"jp-2024", "yttrium", lists.ThroughGroup, "REE"},
		{"cn-2016", "scandium", "", ""},
		{"eu-2023-critical", "scandium", lists.ThroughName, "Scandium"},
		{"us-2018", "graphite-natural", lists.ThroughName, "graphite (natural)"},
		{"us-2018", "graphite-synthetic", "", ""},
		{"eu-2023-critical", "titanium-pigment", "", ""}, // it prints the metal
		{"us-2025-final", "bauxite", "", ""},             // another stage of aluminum
		{"eu-2023-critical", "bauxite", lists.ThroughGroup, "Aluminium/bauxite"},
	} {
		e := edition(t, l, x.edition)
		m, ok := l.Member(e, unit(t, l, x.unit))
		if !ok {
			m.Through = ""
		}
		if m.Through != x.through {
			t.Errorf("%s on %s: %q, want %q", x.unit, x.edition, m.Through, x.through)
			continue
		}
		if ok && l.Editions[e].Entries[m.Entry].Name != x.name {
			t.Errorf("%s on %s as %s, want %s", x.unit, x.edition, l.Editions[e].Entries[m.Entry].Name, x.name)
		}
	}
	// Units and Member agree, and every entry stands for units or is left out.
	for e := range l.Editions {
		units, without := l.Units(e)
		for u := range l.Catalog.Units {
			if _, ok := l.Member(e, u); ok != slices.Contains(units, u) {
				t.Errorf("%s, %s: Member %v, Units %v", l.Editions[e].ID, l.Catalog.Units[u].ID, ok, !ok)
			}
		}
		for _, k := range without {
			if n := len(l.StandsFor(e, l.Editions[e].Entries[k])); n > 0 {
				t.Errorf("%s, entry %d is left out and stands for %d units", l.Editions[e].ID, k, n)
			}
		}
	}
	st := l.Standings(unit(t, l, "gallium"))
	if len(st) < 8 || l.Editions[st[0].First.Edition].ID != "jp-2009" || !st[0].OnLatest || st[0].Listed != 4 || st[0].Editions != 4 {
		t.Errorf("gallium: %+v", st)
	}
	for _, s := range l.Standings(unit(t, l, "platinum")) {
		if s.Series == "uk-critical" && (s.OnLatest || !s.Unsure) {
			t.Errorf("platinum on a partial list: %+v", s)
		}
	}
	for _, s := range l.Standings(unit(t, l, "helium")) {
		if s.Series == "us-critical" && (s.OnLatest || l.Editions[s.Last.Edition].ID != "us-2018") {
			t.Errorf("helium: %+v", s)
		}
	}
}

// TestTimeline: every edition and milestone once, in order, and filters.
func TestTimeline(t *testing.T) {
	l := load(t)
	all := l.Timeline(lists.Filter{Material: -1})
	editions, milestones := 0, 0
	for i, x := range all {
		editions += len(x.Editions)
		if x.Milestone >= 0 {
			milestones++
		}
		if i > 0 && all[i-1].Date > x.Date {
			t.Errorf("%s before %s", all[i-1].Date, x.Date)
		}
	}
	if editions != len(l.Editions) || milestones != len(l.Milestones) {
		t.Errorf("%d editions, %d milestones", editions, milestones)
	}
	if all[0].Date != "1918" || all[len(all)-1].Date[:4] != "2026" {
		t.Errorf("%s to %s", all[0].Date, all[len(all)-1].Date)
	}
	sb, _ := l.Material("antimony")
	var got []string
	for _, x := range l.Timeline(lists.Filter{Jurisdiction: "CHN", Material: sb, From: "2024", To: "2025"}) {
		got = append(got, x.Date)
	}
	if want := "2024-08-15 2024-12-03 2025-11-09"; strings.Join(got, " ") != want {
		t.Errorf("antimony of China: %v, want %s", got, want)
	}
	dy, _ := l.Material("dysprosium")
	found := false
	for _, x := range l.Timeline(lists.Filter{Jurisdiction: "CHN", Material: dy}) {
		found = found || x.Date == "2010-07" // of all rare earths
	}
	if !found {
		t.Error("the quota of rare earths is not about dysprosium")
	}
}

// FuzzParseRules: any text is a set of rules or an error of usage, and a set
// reads back from its text.
func FuzzParseRules(f *testing.F) {
	l := load(f)
	for _, s := range []string{"", "default", "all", "none", "expanded", "R1,R2,-R3,+X1", "-R5", "r5a", "none,+R1", " R1 , R2 ", "R1,-R1", "+", "-", ","} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := l.ParseRules(text)
		if err != nil {
			if fault.CodeOf(err) != fault.Usage || strings.Count(err.Error(), "\n") > 1 {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := l.ParseRules(l.RulesText(s))
		if err != nil || again.AsPrinted != s.AsPrinted || !slices.Equal(again.On, s.On) {
			t.Fatalf("%q is %s, which reads back as %v, %v", text, l.RulesText(s), again, err)
		}
	})
}

// BenchmarkCombinations: the table over editions and rules.
func BenchmarkCombinations(b *testing.B) {
	l := load(b)
	for b.Loop() {
		l.Combinations(l.DefaultRules())
	}
}

// BenchmarkEveryTriple: all triples of all editions under the contested rules.
func BenchmarkEveryTriple(b *testing.B) {
	l := load(b)
	for b.Loop() {
		n := 0
		for _, s := range l.Variants(l.DefaultRules()) {
			var views []lists.View
			for e := range l.Editions {
				views = append(views, l.View(e, s))
			}
			for i := range views {
				for j := range i {
					for k := range j {
						n += len(lists.Overlap(views[i], views[j], views[k]))
					}
				}
			}
		}
		if n == 0 {
			b.Fatal("nothing is shared")
		}
	}
}
