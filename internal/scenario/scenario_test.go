package scenario

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
)

// w is a restriction of a commodity by a country, changed by what follows.
func (s shipped) w(t testing.TB, commodity, country string, change ...func(*Withdrawal)) Withdrawal {
	t.Helper()
	out := Withdrawal{Unit: s.unit(t, commodity), Country: country, Kind: ExportRestriction, Fraction: 1}
	for _, f := range change {
		f(&out)
	}
	return out
}

func cutTo(x float64) func(*Withdrawal) { return func(w *Withdrawal) { w.Fraction = x } }
func ofKind(k Kind) func(*Withdrawal)   { return func(w *Withdrawal) { w.Kind = k } }
func to(countries ...string) func(*Withdrawal) {
	return func(w *Withdrawal) { w.Targets, w.Leakage, w.Offered = countries, DefaultLeakage, DefaultOffered }
}
func leaking(x float64) func(*Withdrawal)    { return func(w *Withdrawal) { w.Leakage = x } }
func offering(x float64) func(*Withdrawal)   { return func(w *Withdrawal) { w.Offered = x } }
func year(w ...Withdrawal) Scenario          { return Scenario{Withdrawals: w, Months: FullYear} }
func joint(s Scenario, b ...string) Scenario { s.Blocs = append(s.Blocs, b); return s }

func TestCanonicalText(t *testing.T) {
	s := fixture(t)
	ga := func(change ...func(*Withdrawal)) Withdrawal { return s.w(t, "gallium", "CHN", change...) }
	for _, x := range []struct {
		name  string
		in    Scenario
		want  string
		notes string // reasons
	}{
		{"one", year(ga()), "gallium CHN export-restriction 1; months 12", ""},
		{"duplicates merge to the largest cut", year(ga(cutTo(0.25)), ga(cutTo(0.75)), ga(cutTo(0.5))), "gallium CHN export-restriction 0.75; months 12", ""},
		{"kinds and targets do not merge", year(ga(to("USA")), ga(), ga(ofKind(ProductionOutage)), ga(to("JPN"))),
			"gallium CHN production-outage 1; gallium CHN export-restriction 1; gallium CHN export-restriction 1 to JPN leakage 0.1 offered 1; gallium CHN export-restriction 1 to USA leakage 0.1 offered 1; months 12", ""},
		{"outages, then restrictions, then bans; by unit and country",
			year(s.w(t, "potash", "RUS", ofKind(ImportBan), to("USA")), s.w(t, "potash", "RUS"), s.w(t, "potash", "BLR"), s.w(t, "potash", "RUS", ofKind(ProductionOutage)), ga()),
			"gallium CHN export-restriction 1; potash RUS production-outage 1; potash BLR export-restriction 1; potash RUS export-restriction 1; potash RUS import-ban 1 to USA leakage 0.1 offered 1; months 12", ""},
		{"nothing cut, nothing to cut", year(ga(cutTo(0)), ga(to("USA"), leaking(1)), s.w(t, "gallium", "FIN"), s.w(t, "gallium", "FIN", ofKind(ProductionOutage)), ga()),
			"gallium CHN export-restriction 1; months 12",
			"nothing is cut; nothing is cut; Finland is no net exporter of gallium; Finland produces no gallium"},
		{"leakage and offer without targets are not read", year(ga(leaking(0.3), offering(0.2))), "gallium CHN export-restriction 1; months 12", ""},
		{"a ban offers everything", year(s.w(t, "potash", "RUS", ofKind(ImportBan), to("USA"), offering(0.2))), "potash RUS import-ban 1 to USA leakage 0.1 offered 1; months 12", ""},
		{"targets sorted, each once", year(ga(to("USA", "JPN", "USA"))), "gallium CHN export-restriction 1 to JPN,USA leakage 0.1 offered 1; months 12", ""},
		{"blocs sorted, blocs of one dropped", joint(joint(joint(year(ga()), "RUS", "BLR", "RUS"), "CHN"), "DEU", "AUT"), "gallium CHN export-restriction 1; bloc AUT,DEU; bloc BLR,RUS; months 12", ""},
		{"without a withdrawal blocs are dropped", joint(year(s.w(t, "gallium", "FIN")), "RUS", "BLR"), "months 12", "Finland is no net exporter of gallium"},
		{"months", Scenario{Withdrawals: []Withdrawal{ga()}, Months: 0.1}, "gallium CHN export-restriction 1; months 0.1", ""},
		{"the same twice with other leakage keeps the smaller leak", year(ga(to("USA"), leaking(0.4)), ga(to("USA"), leaking(0.2))), "gallium CHN export-restriction 1 to USA leakage 0.2 offered 1; months 12", ""},
	} {
		before := x.in.clone()
		out, notes, err := x.in.Canonical(s.c, s.figures)
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		if got := out.Canon(s.c); got != x.want {
			t.Errorf("%s:\n got %s\nwant %s", x.name, got, x.want)
		}
		var reasons []string
		for _, n := range notes {
			reasons = append(reasons, n.Reason)
		}
		if got := strings.Join(reasons, "; "); got != x.notes {
			t.Errorf("%s: notes %q, want %q", x.name, got, x.notes)
		}
		if before.Canon(s.c) != x.in.Canon(s.c) {
			t.Errorf("%s: Canonical changed its input", x.name)
		}
	}
}

func (s Scenario) clone() Scenario {
	s.Withdrawals = slices.Clone(s.Withdrawals)
	for i := range s.Withdrawals {
		s.Withdrawals[i].Targets = slices.Clone(s.Withdrawals[i].Targets)
	}
	return s
}

func TestCanonicalErrors(t *testing.T) {
	s := fixture(t)
	ga := func(change ...func(*Withdrawal)) Scenario { return year(s.w(t, "gallium", "CHN", change...)) }
	months := func(x float64) Scenario { y := ga(); y.Months = x; return y }
	for _, x := range []struct {
		in   Scenario
		want string
	}{
		{months(0), "months: 0 months: expected more than 0 and at most 12"},
		{months(12.5), "months: 12.5 months: expected more than 0 and at most 12"},
		{months(math.NaN()), "months: NaN months: expected more than 0 and at most 12"},
		{ga(cutTo(1.5)), "cut: a share of 1.5: expected 0 to 1, or 0% to 100%"},
		{ga(cutTo(math.NaN())), "cut: a share of NaN: expected 0 to 1, or 0% to 100%"},
		{ga(to("USA"), leaking(-1)), "leakage: a share of -1: expected 0 to 1, or 0% to 100%"},
		{ga(to("USA"), offering(math.Inf(1))), "offered: a share of +Inf: expected 0 to 1, or 0% to 100%"},
		{ga(to("CHN")), "to: CHN is aimed at itself: expected other countries as destinations"},
		{ga(to(catalog.Remainder)), "country: OTH is the remainder of a table: expected a single country"},
		{year(s.w(t, "gallium", catalog.Remainder)), "country: OTH is the remainder of a table: expected a single country"},
		{year(s.w(t, "helium", "USA")), "from: an export restriction by the United States, whose GDP is asked for: expected another country, or --kind production-outage"},
		{ga(ofKind(ImportBan)), "to: an import ban without the countries that ban: expected one or more, such as --to USA"},
		{ga(ofKind(ProductionOutage), to("USA")), "to: a production outage with destinations: expected none: an outage hits everybody"},
		{joint(joint(ga(), "RUS", "BLR"), "KAZ", "RUS"), "blocs: RUS is in two blocs: expected each country in one bloc at most"},
		{joint(ga(), "RUS", catalog.Remainder), "blocs: OTH is the remainder of a table: expected countries"},
		{joint(year(s.w(t, "potash", "CAN")), "CAN", "USA"), "blocs: the United States, whose GDP is asked for, is in one bloc with CAN, which withdraws: expected a bloc without it, or a production outage"},
	} {
		_, _, err := x.in.Canonical(s.c, s.figures)
		if err == nil || err.Error() != x.want {
			t.Errorf("got %v\nwant %s", err, x.want)
		}
		if fault.CodeOf(err) != fault.Usage {
			t.Errorf("%v: exit code %d", err, fault.CodeOf(err))
		}
	}
	if _, _, err := year(Withdrawal{Unit: len(s.c.Units), Country: "CHN"}).Canonical(s.c, s.figures); err == nil {
		t.Error("a unit that does not exist passed")
	}
}

// TestHashes: different scenarios have different hashes, and shuffled ones equal.
func TestHashes(t *testing.T) {
	s := fixture(t)
	ga := func(change ...func(*Withdrawal)) Withdrawal { return s.w(t, "gallium", "CHN", change...) }
	different := []Scenario{
		year(ga()), year(ga(cutTo(0.5))), year(ga(cutTo(math.Nextafter(0.5, 1)))), year(ga(ofKind(ProductionOutage))), year(ga(to("USA"))), year(ga(to("JPN"))), year(ga(to("USA", "JPN"))),
		year(ga(to("USA"), leaking(0))), year(ga(to("USA"), offering(0.5))), year(ga(to("USA"), ofKind(ImportBan))), year(s.w(t, "germanium", "CHN")),
		year(ga(), s.w(t, "germanium", "CHN")), joint(year(ga()), "RUS", "BLR"), {Withdrawals: []Withdrawal{ga()}, Months: 6}, {Months: FullYear},
	}
	seen := map[string]int{}
	for i, x := range different {
		h := s.canonical(t, x).Hash(s.c)
		if j, ok := seen[h]; ok || len(h) != 16 {
			t.Errorf("scenarios %d and %d have hash %s", i, j, h)
		}
		seen[h] = i
	}
	var all []Withdrawal
	for _, x := range Baseline(s.c, s.figures, []int{s.unit(t, "gallium"), s.unit(t, "potash"), s.unit(t, "palladium")}) {
		all = append(all, x.Withdrawals...)
	}
	want := s.canonical(t, year(all...)).Hash(s.c)
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		shuffled := slices.Concat(all, []Withdrawal{all[random.IntN(len(all))]})
		i := random.IntN(len(all))
		shuffled[i].Fraction = 1
		smaller := shuffled[i]
		smaller.Fraction = random.Float64()
		shuffled = append(shuffled, smaller)
		random.Shuffle(len(shuffled), func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
		if got := s.canonical(t, year(shuffled...)).Hash(s.c); got != want {
			t.Fatalf("a shuffled scenario has hash %s, not %s", got, want)
		}
	}
}

// TestBaselineHashesAreStable: people cite them.
func TestBaselineHashesAreStable(t *testing.T) {
	s := fixture(t)
	if got := s.canonical(t, Single(s.unit(t, "gallium"), "CHN", ExportRestriction)).Hash(s.c); got != "20816787c4508ac7" {
		t.Errorf("gallium from China has hash %s; a changed canonical text breaks every citation", got)
	}
}

// TestBaseline: the counts, and that the European Union as one leaves no member alone.
func TestBaseline(t *testing.T) {
	s := fixture(t)
	var units []int
	for i := range s.c.Units {
		units = append(units, i)
	}
	list := Baseline(s.c, s.figures, units)
	n := map[Kind]int{}
	for _, x := range list {
		w := x.Withdrawals[0]
		n[w.Kind]++
		f, u := s.figures[w.Unit], &s.c.Units[w.Unit]
		if w.Country == catalog.USA || w.Country == catalog.Remainder || len(x.Withdrawals) != 1 || w.Fraction != 1 || x.Months != FullYear {
			t.Errorf("%s is in the baseline", x.Canon(s.c))
		}
		if exports := f.NetExportTonnes(u.Country(w.Country)) > 1e-9*f.TotalTonnes(); exports != (w.Kind == ExportRestriction) {
			t.Errorf("%s: net exports %g", x.Canon(s.c), f.NetExportTonnes(u.Country(w.Country)))
		}
	}
	if n[ExportRestriction] < 1000 || n[ProductionOutage] < 400 {
		t.Errorf("%d restrictions, %d outages", n[ExportRestriction], n[ProductionOutage])
	}
	eu, err := s.c.Bloc("EU")
	if err != nil || len(eu) != 27 {
		t.Fatalf("the EU has %d members: %v", len(eu), err)
	}
	joined := Baseline(s.c, s.figures, units, eu)
	if len(joined) >= len(list) {
		t.Errorf("%d scenarios with the EU as one, %d without", len(joined), len(list))
	}
	blocs := 0
	for _, x := range joined {
		if len(x.Blocs) == 0 {
			if slices.Contains(eu, x.Withdrawals[0].Country) {
				t.Errorf("%s: a member acts alone", x.Canon(s.c))
			}
			continue
		}
		blocs++
		exports, supply := 0.0, 0.0
		f, u := s.figures[x.Withdrawals[0].Unit], &s.c.Units[x.Withdrawals[0].Unit]
		for _, m := range eu {
			if k := u.Country(m); k >= 0 {
				exports += f.NetExportTonnes(k)
				supply += f.SupplyShare[k]
			}
		}
		for _, w := range x.Withdrawals {
			if (exports > 1e-9*f.TotalTonnes()) != (w.Kind == ExportRestriction) || supply == 0 {
				t.Errorf("%s: net exports of the EU %g t", x.Canon(s.c), exports)
			}
		}
	}
	if blocs < 20 {
		t.Errorf("the EU acts in %d scenarios", blocs)
	}
}

func TestParseFraction(t *testing.T) {
	for text, want := range map[string]float64{"50%": 0.5, "0.5": 0.5, " 50 % ": 0.5, "5e-1": 0.5, "100%": 1, "1": 1, "0": 0, ".5": 0.5, "+0.5": 0.5, "50.0e0%": 0.5, "1e-3": 0.001} {
		if got, err := ParseFraction("--cut", text); err != nil || got != want {
			t.Errorf("%q is %g, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "%", "50%%", "101%", "1.01", "-1%", "NaN", "nan%", "inf", "0x1p-1", "1_0%", "1,5%", "half", "5e", "--5", "0.5.0", "1e-400e", "٥٠%"} {
		got, err := ParseFraction("--cut", text)
		if err == nil {
			t.Errorf("%q passed as %g", text, got)
			continue
		}
		if want := "--cut: " + fault.Quote(text) + " is no share: expected a share such as 50% or 0.5"; err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

func TestParseCountries(t *testing.T) {
	s := fixture(t)
	for name, want := range map[string]string{"CHN": "CHN", "cn": "CHN", " china ": "CHN", "Russia": "RUS", "@EU": ""} {
		got, err := ParseCountries(s.c, name)
		if err != nil || want != "" && !slices.Equal(got, []string{want}) {
			t.Errorf("%q is %v, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{
		"@nowhere": `country: unknown bloc "@nowhere": expected one of table country_blocs, such as @EU`,
		"Chna":     `country: unknown country "Chna": expected an ISO 3166 code or an English name (did you mean China?)` + "\n`chokepoint show countries` lists them all.",
		"oth":      "country: OTH is the remainder of a table: expected a single country\n`chokepoint show countries` lists them all.",
	} {
		if _, err := ParseCountries(s.c, name); err == nil || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

func TestKindNames(t *testing.T) {
	for i, name := range KindNames() {
		k, err := ParseKind(name)
		if err != nil || int(k) != i || k.String() != name {
			t.Errorf("%s is %v, %v", name, k, err)
		}
	}
	if _, err := ParseKind("outage"); err == nil || !strings.HasPrefix(err.Error(), `--kind: unknown kind "outage": expected one of production-outage, export-restriction, import-ban`) {
		t.Error(err)
	}
}

func FuzzParseFraction(f *testing.F) {
	for _, text := range []string{"50%", "0.5", "1e-3", "NaN", "inf%", "-0", "0x1p-1", " 7 %", "100.0%"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseFraction("--cut", text)
		if err != nil {
			var e *fault.Error
			if !errors.As(err, &e) || e.Code != fault.Usage || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if !(v >= 0 && v <= 1) {
			t.Fatalf("%q is %g", text, v)
		}
		again, err := ParseFraction("--cut", formatFraction(v))
		if err != nil || again != v {
			t.Fatalf("%q is %g, written out %g, %v", text, v, again, err)
		}
	})
}
