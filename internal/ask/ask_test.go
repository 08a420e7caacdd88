package ask

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"chokepoint/internal/assess"
	"chokepoint/internal/assess/assesstest"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/scenario"
)

var engine = sync.OnceValues(func() (*assess.Engine, error) {
	return assesstest.Engine(assess.DefaultMethod())
})

func newEngine(t *testing.T) *assess.Engine {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func wantFault(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v, want one with %q", err, text)
	} else if fault.CodeOf(err) != fault.Usage {
		t.Errorf("%v has code %d", err, fault.CodeOf(err))
	}
}

// TestSettings: the settings are those of the method, in its order, and every
// default and every choice is taken.
func TestSettings(t *testing.T) {
	m := assess.DefaultMethod()
	settings := m.Settings()
	if len(settings) != len(Settings()) {
		t.Fatalf("%d settings, the method has %d", len(Settings()), len(settings))
	}
	for i, s := range Settings() {
		if s.Name != settings[i][0] || s.Meaning == "" || s.Values == "" {
			t.Errorf("setting %d is %+v, in the method %s", i, s, settings[i][0])
		}
		got, err := Method(m, []string{s.Name + "=" + settings[i][1]})
		if err != nil || got != m {
			t.Errorf("the default of %s: %v", s.Name, err)
		}
		for _, v := range s.Choices {
			if got, err := Method(m, []string{s.Name + "=" + v}); err != nil || got.Settings()[i][1] != v {
				t.Errorf("%s=%s gives %v, %v", s.Name, v, got.Settings()[i], err)
			}
		}
		_, err = Method(m, []string{s.Name + "=?"})
		wantFault(t, err, s.Name)
		_, err = Method(m, []string{s.Name})
		wantFault(t, err, "no value")
	}
	got, err := Method(m, []string{"sharing=pro-rata, stocks=0.5", "lambda=0.3"})
	if err != nil || got.StockShare != 0.5 || got.Lambda != 0.3 || got.Sharing.String() != "pro-rata" {
		t.Errorf("%v, %v", got, err)
	}
	_, err = Method(m, []string{"sharng=pro-rata"})
	wantFault(t, err, "did you mean sharing")
	for _, bad := range []string{"lambda=NaN", "lambda=0.05", "stocks=2", "choke=1", "choke=Inf", "stocks=-0.1"} {
		_, err = Method(m, []string{bad})
		wantFault(t, err, "--method")
	}
}

func TestSelector(t *testing.T) {
	c := newEngine(t).Catalog
	months := 6.0
	s := Selector{Commodities: []string{"Gallium", "Ge"}, From: []string{"China"}, To: []string{"US", "@EU"}, Cut: "50%", Months: &months, Leakage: "0.2", Blocs: []string{"USA,CAN"}}
	got, err := s.Scenario(c)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Withdrawals) != 2 || got.Months != 6 || len(got.Blocs) != 1 {
		t.Errorf("%+v", got)
	}
	w := got.Withdrawals[0]
	if w.Country != "CHN" || w.Fraction != 0.5 || w.Kind != scenario.ExportRestriction || w.Leakage != 0.2 || w.Offered != scenario.DefaultOffered || len(w.Targets) < 20 || w.Targets[0] != "USA" {
		t.Errorf("%+v", w)
	}
	if got := s.Describe(); got != "Gallium,Ge from China to US,@EU cut 50% 6 months bloc USA,CAN" {
		t.Errorf("%q", got)
	}
	// Its words are read back to the same scenario.
	word, again, err := ParseWords(strings.Join(s.Words(), " "))
	again.Commodities = strings.Split(word, ",")
	if back, err2 := again.Scenario(c); err != nil || err2 != nil || back.Canon(c) != got.Canon(c) {
		t.Errorf("%v %v %v", back, err, err2)
	}
	plain := Selector{Commodities: []string{"gallium"}, From: []string{"CHN"}}
	if got, err := plain.Scenario(c); err != nil || got.Months != scenario.FullYear || got.Withdrawals[0].Fraction != 1 || got.Withdrawals[0].Leakage != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	for text, x := range map[string]Selector{
		"--cut":               {Cut: "2"},
		"unknown kind":        {Kind: "x"},
		"--leakage":           {Leakage: "0.1"},
		"--offered":           {Offered: "0.1"},
		"unknown country":     {To: []string{"Atlantis"}},
		"unknown bloc":        {Blocs: []string{"@XX"}},
		"unknown commodity":   {Commodities: []string{"unobtainium"}},
		"unknown set":         {Commodities: []string{"@none"}},
		"several units":       {Commodities: []string{"nickel"}},
		"at most 10000":       {Commodities: []string{"@all"}, From: slices.Repeat([]string{"@EU"}, 10)},
		"remainder":           {From: []string{"OTH"}},
		"share such as 50%":   {To: []string{"USA"}, Leakage: "lots"},
		"--offered: \"lots\"": {To: []string{"USA"}, Offered: "lots"},
	} {
		if x.Commodities == nil {
			x.Commodities = plain.Commodities
		}
		if x.From == nil {
			x.From = plain.From
		}
		_, err := x.Scenario(c)
		wantFault(t, err, text)
	}
}

func TestOverride(t *testing.T) {
	c := newEngine(t).Catalog
	f, ok, err := LibraryFile(c, "china-us-ban-2024")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	months := 3.0
	sc := f.Scenario
	said, err := (&Selector{Cut: "40%", Months: &months}).Override(&sc)
	if err != nil || said != " --cut 40% --months 3" || sc.Months != 3 || sc.Withdrawals[0].Fraction != 0.4 {
		t.Errorf("%q, %v, %+v", said, err, sc)
	}
	if f.Scenario.Withdrawals[0].Fraction == 0.4 {
		t.Error("the file itself was changed")
	}
	_, err = (&Selector{To: []string{"USA"}}).Override(&sc)
	wantFault(t, err, "--to: the scenario is from a file")
}

func TestUnits(t *testing.T) {
	c := newEngine(t).Catalog
	all, err := Units(c, []string{"@all"})
	if err != nil || len(all) != len(c.Units) {
		t.Errorf("%d of %d, %v", len(all), len(c.Units), err)
	}
	if usual, err := Units(c, nil); err != nil || len(usual) != 84 {
		t.Errorf("%d, %v", len(usual), err)
	}
	if some, err := Units(c, []string{"germanium,gallium", "Ga"}); err != nil || len(some) != 2 || c.Units[some[0]].ID != "germanium" {
		t.Errorf("%v, %v", some, err)
	}
	if eu, err := CustomsAreas(c, "customs-area"); err != nil || len(eu) != 1 || len(eu[0]) < 27 {
		t.Errorf("%v, %v", eu, err)
	}
	_, err = CustomsAreas(c, "region")
	wantFault(t, err, "customs-area")
}

func TestSplitWords(t *testing.T) {
	got, err := SplitWords(" a  'b c' \"d'e\" f\"\"g '' ")
	if err != nil || !slices.Equal(got, []string{"a", "b c", "d'e", "fg", ""}) {
		t.Errorf("%q, %v", got, err)
	}
	_, err = SplitWords("a 'b")
	wantFault(t, err, "not closed")
	for text, want := range map[string]string{"": "0 scenarios", "a b": "2 scenarios", "a --from": "needs an argument", "a --colour x": "unknown flag", "a --months x": "invalid argument"} {
		_, _, err := ParseWords(text)
		wantFault(t, err, want)
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{"a": true, "a-1": true, "": false, "A": false, "a_b": false, "-a": false, "a--b": false, "a/b": false, "..": false, "a.b": false, strings.Repeat("a", 65): false} {
		if IsName(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	names, err := LibraryNames()
	if err != nil || len(names) < 10 || !slices.IsSorted(names) {
		t.Errorf("%v, %v", names, err)
	}
	if _, ok, err := LibraryText("../data"); ok || err != nil {
		t.Errorf("a path is a name: %v", err)
	}
}

// TestTables: every table is of one shape and has a meaning for every column.
func TestTables(t *testing.T) {
	e := newEngine(t)
	unit, _ := e.Catalog.Unit("gallium")
	units, err := UnitsTable(e, []int{unit})
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := InputsTable(e, unit, []string{"gallium.supply.CHN.share=0.9"})
	if err != nil {
		t.Fatal(err)
	}
	sources, rows, err := SourcesTables(e)
	if err != nil {
		t.Fatal(err)
	}
	uses, err := UsesTable(e, unit)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []*export.Table{units, inputs, sources, rows, uses, MarketTable(e, unit), DependenceTable(e, unit), IndustryUnitsTable(e, 0)} {
		for _, c := range x.Columns {
			if c.Meaning == "" {
				t.Errorf("%s.%s has no meaning", x.Name, c.Name)
			}
		}
		for i, row := range x.Rows {
			if len(row) != len(x.Columns) {
				t.Errorf("%s, row %d: %d cells", x.Name, i, len(row))
			}
		}
	}
	for _, row := range inputs.Rows {
		if row[0] == "gallium.supply.CHN.share" && row[3] != 0.9 {
			t.Errorf("the edit is not in force: %v", row)
		}
	}
}
