package catalog

import (
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"chokepoint/data"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/fault"
)

// load reads the shipped package with an overlay of name, content pairs.
func load(t testing.TB, nameContent ...string) (*Catalog, error) {
	t.Helper()
	fsys, err := data.FS()
	if err != nil {
		t.Fatal(err)
	}
	if len(nameContent) == 0 {
		return Load(fsys)
	}
	m := fstest.MapFS{}
	for i := 0; i < len(nameContent); i += 2 {
		m[nameContent[i]] = &fstest.MapFile{Data: []byte(nameContent[i+1])}
	}
	return Load(fsys, datapackage.Overlay{Label: "own", FS: m})
}

func mustLoad(t testing.TB, nameContent ...string) *Catalog {
	t.Helper()
	c, err := load(t, nameContent...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// figures binds the central values of a unit.
func figures(t testing.TB, c *Catalog, id string, j Judgement) (*Unit, *Figures) {
	t.Helper()
	i, ok := c.Unit(id)
	if !ok {
		t.Fatalf("no unit %s", id)
	}
	v, err := c.Central(j)
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Bind(i, v)
	if err != nil {
		t.Fatal(err)
	}
	return &c.Units[i], f
}

// near holds two numbers together to 1e-12 of the wanted one.
func near(t testing.TB, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
		t.Errorf("%s: %.15g, want %.15g", what, got, want)
	}
}

// at is the entry of an industry and application, 0 where there is none.
func (f *Figures) at(c *Catalog, matrix []float64, application, industry string) float64 {
	u := &c.Units[f.Unit]
	j := slices.IndexFunc(f.Industries, func(i int) bool { return c.Industries[i].Code == industry })
	a := slices.IndexFunc(f.Applications, func(a int) bool { return u.Applications[a] == application })
	if j < 0 || a < 0 {
		return 0
	}
	return matrix[j*len(f.Applications)+a]
}

// TestByHand: numbers of gallium and rhodium worked out from the rows of the
// tables with pencil and paper.
func TestByHand(t *testing.T) {
	c := mustLoad(t)
	if len(c.Units) != 90 {
		t.Errorf("%d units, want 90", len(c.Units))
	}
	u, f := figures(t, c, "gallium", Merged)
	for _, x := range []struct {
		what      string
		got, want float64
	}{
		{"W", f.WorldTonnes, 633},
		{"Q0", f.UseTonnes, 17.8},
		{"P0", f.PriceUSDPerTonne, 365000},
		{"y_p + y_s", f.PrimaryTonnes + f.SecondaryTonnes, 0},
		{"rho: no end-of-life recycling in either judgement", f.RecycledShare, 0},
		{"eps = mean of -0.12 and -0.15", f.DemandElasticity, -0.135},
		{"eta = mean of 0.15 and 0.4", f.SupplyElasticity, 0.275},
		{"eta_r", f.RecyclingElasticity, 0.15},
		{"kappa_r", f.RecyclingIdleShare, 0.25},
		{"stocks", f.StockMonths, 3},
		{"s_CHN", f.SupplyShare[u.Country("CHN")], 0.97795229},
		{"d_USA: the shares of use sum to 99.99998 %", f.UseShare[u.USA], 3 / 99.99998},
		{"NX_CHN = (s - d) W", f.NetExportTonnes(u.Country("CHN")), (0.97795229 - 80.37619/99.99998) * 633},
		{"kappa of China = 200 t / its output", f.LeaderIdleShare, 200 / (0.97795229 * 633)},
		{"kappa of the others: KAZ DEU KOR JPN RUS HUN UKR CAN USA", f.OtherIdleShare,
			(5 + 4 + 4 + 3 + 2 + 1 + 0.2 + 0.5 + 0.5) / ((0.00944881 + 2*0.00472441 + 0.00315008) * 633)},
		{"w of integrated circuits", f.ApplicationShare[0], 0.73},
		{"dependence of semiconductors = mean of 0.065 and 0.05", f.at(c, f.Dependence, "integrated-circuits", "334413"), 0.0575},
		{"a dependence that judgement a leaves out counts 0 there", f.at(c, f.Dependence, "optoelectronics", "33441A"), 0.0045},
		{"weight: mean of 0.75 and 0.8", f.at(c, f.BuyerShare, "optoelectronics", "334413"), 0.775},
		{"weight: mean of 1 and 0.5", f.at(c, f.BuyerShare, "research-other", "541700"), 0.75},
	} {
		near(t, "gallium, "+x.what, x.got, x.want)
	}
	if got := strings.Join(u.Applications, " "); got != "integrated-circuits optoelectronics research-other" {
		t.Errorf("applications: %s", got)
	}
	if u.Countries[u.Leader] != "CHN" || c.Industries[u.Producer].Code != "331410" || u.BaseYear != 2023 || !u.InUSGS84 || u.Chain != "gallium" || u.Stage != "refined" {
		t.Errorf("gallium: %+v", u)
	}
	for k, kappa := range f.IdleShare {
		if want := map[bool]float64{true: f.LeaderIdleShare, false: f.OtherIdleShare}[k == u.Leader]; kappa != want {
			t.Errorf("kappa of %s is %g", u.Countries[k], kappa)
		}
	}

	for _, x := range []struct {
		j                  Judgement
		eps, rho, dep, buy float64
	}{{JudgeA, -0.12, 0.31, 0, 0}, {JudgeB, -0.09, 0.28, 0.009, 0.08}, {Merged, -0.105, 0.295, 0.0045, 0.04}} {
		_, ga := figures(t, c, "gallium", x.j)
		near(t, string(x.j)+": dependence of electron tubes on gallium", ga.at(c, ga.Dependence, "optoelectronics", "33441A"), x.dep)
		near(t, string(x.j)+": their share of it", ga.at(c, ga.BuyerShare, "optoelectronics", "33441A"), x.buy)
		u, rh := figures(t, c, "rhodium", x.j)
		near(t, string(x.j)+": eps of rhodium", rh.DemandElasticity, x.eps)
		near(t, string(x.j)+": rho of rhodium", rh.RecycledShare, x.rho)
		near(t, string(x.j)+": T of rhodium", rh.TotalTonnes(), 22.96/(1-x.rho))
		near(t, "kappa of South Africa", rh.LeaderIdleShare, 0.8/(0.80805925*22.96)*1.00000001) // the shares sum to 100.000001
		near(t, "kappa of the others", rh.OtherIdleShare, (0.06+0.04+0.05+0.02)/((0.10019604+0.07283816+0.01455021+0.00435635)*22.96)*1.00000001)
		if u.Countries[u.Leader] != "ZAF" {
			t.Errorf("leader %s", u.Countries[u.Leader])
		}
	}
	// Recycling that stands in world production already is not counted again.
	if _, f := figures(t, c, "tin", Merged); f.RecycledShare != 0 {
		t.Errorf("rho of tin: %g", f.RecycledShare)
	}
	_, err := c.Central("both")
	if err == nil || err.Error() != `judgement: unknown judgement "both": expected merged, a or b` {
		t.Error(err)
	}
}

// TestIdentities holds for every unit and judgement: shares sum to 1, net
// exports to 0, dependence to at most 1, and nothing is negative.
func TestIdentities(t *testing.T) {
	c := mustLoad(t)
	for _, j := range []Judgement{Merged, JudgeA, JudgeB} {
		for i := range c.Units {
			id := c.Units[i].ID + ", judgement " + string(j)
			u, f := figures(t, c, c.Units[i].ID, j)
			total := func(what string, x []float64, want float64) {
				sum := 0.0
				for _, v := range x {
					if !(v >= 0) {
						t.Errorf("%s: %s: %g", id, what, v)
					}
					sum += v
				}
				if math.Abs(sum-want) > 1e-12 {
					t.Errorf("%s: %s sum to %.15g", id, what, sum)
				}
			}
			total("supply shares", f.SupplyShare, 1)
			total("use shares", f.UseShare, 1)
			total("shares of applications", f.ApplicationShare, 1)
			exports := 0.0
			for k := range u.Countries {
				exports += f.NetExportTonnes(k)
				near := (f.SupplyShare[k] - f.UseShare[k]) * f.WorldTonnes
				if math.Abs(f.NetExportTonnes(k)-near) > 1e-12*f.TotalTonnes() {
					t.Errorf("%s: net exports of %s are not (s - d) W", id, u.Countries[k])
				}
			}
			if math.Abs(exports) > 1e-12*f.TotalTonnes() {
				t.Errorf("%s: net exports sum to %g t", id, exports)
			}
			m := len(f.Applications)
			for a := range m {
				column := make([]float64, len(f.Industries))
				for k := range column {
					column[k] = f.BuyerShare[k*m+a]
				}
				total("buyers of "+u.Applications[f.Applications[a]], column, 1)
			}
			for k, industry := range f.Industries {
				sum := 0.0
				for _, d := range f.Dependence[k*m : (k+1)*m] {
					sum += d
				}
				if !(sum >= 0 && sum <= 1+1e-15) {
					t.Errorf("%s: dependence of %s is %g", id, c.Industries[industry].Code, sum)
				}
			}
			if !slices.IsSorted(f.Industries) || u.Countries[u.Leader] == Remainder || u.Countries[u.USA] != USA {
				t.Errorf("%s: order, leader or US", id)
			}
		}
	}
}

func TestMergeTriples(t *testing.T) {
	none := Triple{}
	for _, c := range []struct {
		name       string
		a, b, want Triple
	}{
		{"equal", Triple{1, 2, 3}, Triple{1, 2, 3}, Triple{1, 2, 3}},
		{"apart: low and high reach both modes", Triple{1, 2, 3}, Triple{7, 8, 9}, Triple{2, 5, 8}},
		{"close: means of lows and of highs", Triple{0, 4, 10}, Triple{2, 6, 12}, Triple{1, 5, 11}},
		{"one leaves it out: 0", Triple{0.2, 0.4, 0.8}, none, Triple{0, 0.2, 0.4}},
		{"negative, as elasticities", Triple{-0.5, -0.3, -0.1}, Triple{-0.3, -0.1, -0.05}, Triple{-0.4, -0.2, -0.075}},
		{"nothing", none, none, none},
	} {
		for _, got := range []Triple{mergeTriples(c.a, c.b), mergeTriples(c.b, c.a)} {
			for _, x := range [][2]float64{{got.Low, c.want.Low}, {got.Mode, c.want.Mode}, {got.High, c.want.High}} {
				if math.Abs(x[0]-x[1]) > 1e-15 {
					t.Errorf("%s: %v, want %v", c.name, got, c.want)
				}
			}
		}
	}
	c := mustLoad(t)
	gallium, _ := c.Unit("gallium")
	circuits, _ := c.IndustryIndex("334413")
	tubes, _ := c.IndustryIndex("33441A")
	for _, x := range []struct{ got, want Triple }{
		{c.Elasticity(gallium, JudgeA, "demand"), Triple{-0.25, -0.12, -0.04}},
		{c.Elasticity(gallium, Merged, "demand"), Triple{-0.3, -0.135, -0.045}},
		{c.DependenceRange(gallium, 0, circuits, JudgeB), Triple{0.025, 0.05, 0.09}},
		{c.DependenceRange(gallium, 1, tubes, JudgeA), none},
		{c.DependenceRange(gallium, 0, tubes, Merged), none},
	} {
		if d := math.Abs(x.got.Low-x.want.Low) + math.Abs(x.got.Mode-x.want.Mode) + math.Abs(x.got.High-x.want.High); d > 1e-15 {
			t.Errorf("%v, want %v", x.got, x.want)
		}
	}
}

func TestFindUnit(t *testing.T) {
	c := mustLoad(t)
	for _, x := range []struct{ text, want string }{
		{"gallium", "gallium"}, {" Gallium ", "gallium"}, {"GA", "gallium"}, {"ガリウム", "gallium"}, {"镓", "gallium"},
		{"Wolfram", "tungsten"}, {"tungstène", "tungsten"}, {"W", "tungsten"}, {"Naturgraphit", "graphite-natural"}, {"graphite naturel", "graphite-natural"},
		{"copper mined", "copper-mined"}, {"Eisen", "iron-ore"},
		{"copper", `commodity: "copper" stands for several units: expected one of copper-mined, copper-refined`},
		{"Co", `commodity: "Co" stands for several units: expected one of cobalt-chemicals, cobalt-metal`},
		{"黒鉛", `commodity: "黒鉛" stands for several units: expected one of graphite-natural, graphite-synthetic`},
		{"galium", `commodity: unknown commodity "galium": expected a commodity unit, its name or symbol (did you mean gallium?)`},
		{"unobtainium", `commodity: unknown commodity "unobtainium": expected a commodity unit, its name or symbol`},
		{"", `commodity: unknown commodity "": expected a commodity unit, its name or symbol`},
		{"gal\x1b[2J", `commodity: unknown commodity "gal\x1b[2J": expected a commodity unit, its name or symbol`},
	} {
		i, err := c.FindUnit(x.text)
		got := ""
		if err == nil {
			got = c.Units[i].ID
		} else {
			got, _, _ = strings.Cut(err.Error(), "\n")
			if fault.CodeOf(err) != fault.Usage {
				t.Errorf("%s: code %d", x.text, fault.CodeOf(err))
			}
		}
		if got != x.want {
			t.Errorf("%q:\n got %s\nwant %s", x.text, got, x.want)
		}
	}
	for i := range c.Units { // what the program prints, it reads
		if k, err := c.FindUnit(c.Units[i].ID); err != nil || k != i {
			t.Errorf("%s: %d %v", c.Units[i].ID, k, err)
		}
		for _, language := range []string{"en", "zh", "ja", "de", "fr"} {
			if len(c.UnitNames(i, language)) == 0 {
				t.Errorf("%s has no name in %s", c.Units[i].ID, language)
			}
		}
	}
}

func TestFindCountry(t *testing.T) {
	c := mustLoad(t)
	for _, x := range []struct{ text, want string }{
		{"CHN", "CHN"}, {"chn", "CHN"}, {"cn", "CHN"}, {" China ", "CHN"}, {"NA", "NAM"}, {"Kosovo", "XKX"}, {"Congo", "COG"},
		{"Democratic Republic of the Congo", "COD"}, {"CÔTE D'IVOIRE", "CIV"}, {"Ivory Coast", "CIV"}, {"Turkey", "TUR"}, {"USA", "USA"},
		{"OTH", "country: OTH is the remainder of a table: expected a single country"},
		{"oth", "country: OTH is the remainder of a table: expected a single country"},
		{"Other countries (remainder)", `country: unknown country "Other countries (remainder)": expected an ISO 3166 code or an English name`},
		{"Cote d'Ivoire", `country: unknown country "Cote d'Ivoire": expected an ISO 3166 code or an English name (did you mean Côte d'Ivoire?)`},
		{"Chna", `country: unknown country "Chna": expected an ISO 3166 code or an English name (did you mean China?)`},
		{"CHX", `country: unknown country "CHX": expected an ISO 3166 code or an English name (did you mean CHE?)`},
		{"OTX", `country: unknown country "OTX": expected an ISO 3166 code or an English name`},
		{"", `country: unknown country "": expected an ISO 3166 code or an English name`},
	} {
		got, err := c.FindCountry(x.text)
		if err != nil {
			got, _, _ = strings.Cut(err.Error(), "\n")
		}
		if got != x.want {
			t.Errorf("%q:\n got %s\nwant %s", x.text, got, x.want)
		}
	}
	for _, k := range c.Countries {
		if k.Code == Remainder {
			continue
		}
		for _, name := range []string{k.Code, k.Name} {
			if got, err := c.FindCountry(name); err != nil || got != k.Code {
				t.Errorf("%s: %s %v", name, got, err)
			}
		}
	}
	if c.CountryName("CHN") != "China" || c.CountryName("QQQ") != "QQQ" {
		t.Error("CountryName")
	}
}

func TestSet(t *testing.T) {
	c := mustLoad(t)
	all, err := c.Set("all")
	if err != nil || len(all) != 90 {
		t.Fatalf("all: %d %v", len(all), err)
	}
	published, err := c.Set("usgs-84")
	if err != nil || len(published) != 84 {
		t.Fatalf("usgs-84: %d %v", len(published), err)
	}
	var left []string // model.md: the published model's units are the 90 less these
	for _, i := range all {
		if !slices.Contains(published, i) {
			left = append(left, c.Units[i].ID)
		}
	}
	if got := strings.Join(left, " "); got != "boron cesium coal-metallurgical rubidium scandium uranium" {
		t.Errorf("not among the 84: %s", got)
	}
	_, err = c.Set("usgs84")
	if want := `commodity: unknown set of units "@usgs84": expected @usgs-84 or @all (did you mean @usgs-84?)`; err == nil || !strings.HasPrefix(err.Error(), want+"\n") {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestBindRefuses: a vector with a number that the model cannot take is refused,
// whatever number it is, by the unit that reads it and by no other.
func TestBindRefuses(t *testing.T) {
	c := mustLoad(t)
	central, err := c.Central(Merged)
	if err != nil {
		t.Fatal(err)
	}
	covered := make([]int, len(central))
	for i := range c.Units {
		u := &c.Units[i]
		end := u.buyerAt() + len(u.Pairs)
		want, err := c.Bind(i, central)
		if err != nil {
			t.Fatal(err)
		}
		v := slices.Repeat([]float64{math.NaN()}, len(central)) // poison in every other unit
		copy(v[u.offset:end], central[u.offset:end])
		got, err := c.Bind(i, v)
		if err != nil || fmt.Sprint(*got) != fmt.Sprint(*want) {
			t.Errorf("%s reads numbers of another unit: %v", u.ID, err)
		}
		for k := u.offset; k < end; k++ {
			covered[k]++
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e300} {
				v[k] = bad
				if _, err := c.Bind(i, v); err == nil || fault.CodeOf(err) != fault.InvalidData || !strings.HasPrefix(err.Error(), u.ID+": ") {
					t.Errorf("%s: slot %d is %g: %v", u.ID, k-u.offset, bad, err)
				}
			}
			v[k] = central[k]
		}
	}
	for k, n := range covered {
		if n != 1 {
			t.Fatalf("slot %d is read by %d units", k, n)
		}
	}

	i, _ := c.Unit("gallium")
	u := &c.Units[i]
	for _, x := range []struct {
		name     string
		from, to int
		value    float64
		want     string
	}{
		{"negative output", u.offset + int(inWorld), 0, -1, "gallium: world production (t/yr) is -1: expected a number from 1e-09 to 1e+15"},
		{"no use falls with price", u.offset + int(inDemand), 0, 0, "gallium: demand elasticity is 0: expected a number from -20 to -0.0001"},
		{"all recycled", u.offset + int(inRecycled), 0, 1, "gallium: recycled share is 1: expected a number from 0 to 0.99"},
		{"negative price", u.offset + int(inPrice), 0, -1, "gallium: price (USD/t) is -1: expected a number from 0 to 1e+15"},
		{"negative share", u.supplyAt(), 0, -0.1, "gallium: a share of world output is -0.1: expected a number from 0 to 1e+06"},
		{"no supply", u.supplyAt(), u.useAt(), 0, "gallium: the shares of world output sum to 0: expected more than 0"},
		{"no use", u.useAt(), u.shareAt(), 0, "gallium: the shares of world use sum to 0: expected more than 0"},
		{"negative application", u.shareAt(), 0, -0.1, "gallium: a share of an application in US use is -0.1: expected a number from 0 to 1e+06"},
		{"no application", u.shareAt(), u.dependAt(), 0, "gallium: the shares of applications in US use sum to 0: expected more than 0"},
		{"dependence above 1", u.dependAt(), 0, 1.01, "gallium: the dependence of an industry is 1.01: expected a number from 0 to 1"},
		{"negative buyer", u.buyerAt(), 0, -1, "gallium: a share that an industry buys is -1: expected a number from 0 to 1e+06"},
	} {
		v := slices.Clone(central)
		for k := x.from; k < max(x.to, x.from+1); k++ {
			v[k] = x.value
		}
		if _, err := c.Bind(i, v); err == nil || err.Error() != x.want {
			t.Errorf("%s:\n got %v\nwant %s", x.name, err, x.want)
		}
	}
	if _, err := c.Bind(i, central[:len(central)-1]); err == nil || !strings.HasPrefix(err.Error(), "gallium: a vector of ") {
		t.Errorf("short vector: %v", err)
	}
	v := slices.Clone(central)
	for k := u.supplyAt(); k < u.useAt(); k++ {
		v[k] *= 0.25 // shares need not sum to 1
	}
	if f, err := c.Bind(i, v); err != nil || math.Abs(f.SupplyShare[u.Leader]-0.97795229) > 1e-12 {
		t.Errorf("shares are re-scaled: %v", err)
	}
}

const (
	supplyHead = "commodity,country,year,production_t,capacity_t,share_pct,source,grade\n"
	useHead    = "commodity,country,share_pct,source,grade\n"
	endUseHead = "judgement,commodity,application,share_pct,grade,basis\n"
	pairHead   = "judgement,commodity,application,industry,weight,dependence_low,dependence_mode,dependence_high,grade,basis\n"
	marketHead = "commodity,base_year,consumption_t,production_primary_t,production_secondary_t,imports_t,exports_t,stocks_t,price_usd_per_t,world_production_t,domestic_primary_producers,content_basis,source,grade,note\n"
	elastHead  = "judgement,commodity,demand_low,demand_mode,demand_high,supply_low,supply_mode,supply_high,spare_capacity_pct_outside_leader,commercial_stocks_months,eol_recycling_input_rate_pct,grade,basis\n"
	secondHead = "commodity,basis,included_in_world_production,secondary_share_pct_low,secondary_share_pct_mode,secondary_share_pct_high,location,one_year_price_response_low,one_year_price_response_mode,one_year_price_response_high,max_increase_pct_within_year,source,grade,note\n"
	stocksHead = "commodity,commercial_stocks_months_low,commercial_stocks_months_mode,commercial_stocks_months_high,government_stocks_t,source,grade\n"
	idleHead   = "commodity,country,production_t,capacity_t,usable_within_year_t_low,usable_within_year_t_mode,usable_within_year_t_high,evidence,source,grade\n"
	anchorHead = "commodity,country,kind,probability,source,grade,note\n"
)

// both repeats rows for the two judgements; each row starts with a J.
func both(rows string) string {
	return strings.ReplaceAll(rows, "J,", "a,") + strings.ReplaceAll(rows, "J,", "b,")
}

// TestBadOverlays: a table of one's own that breaks a rule is refused with its
// place, what is wrong and what was expected.
func TestBadOverlays(t *testing.T) {
	supply := func(rows string) []string { return []string{"supply.csv", supplyHead + rows} }
	for _, x := range []struct {
		name  string
		files []string
		want  string
	}{
		{"shares that do not sum", supply("gallium,CHN,2024,600,,90,supply-046,A\ngallium,JPN,2024,3,,0.9,supply-046,A\n"),
			"own/supply.csv:2:23: the supply shares of gallium sum to 90.9: expected 100, within 0.01"},
		{"shares that nearly sum", supply("gallium,JPN,2024,3,,2,supply-046,A\ngallium,CHN,2024,600,,98.011,supply-046,A\n"),
			"own/supply.csv:2:21: the supply shares of gallium sum to 100.011: expected 100, within 0.01"},
		{"negative tonnage", supply("gallium,CHN,2024,-600,,100,supply-046,A\n"),
			"own/supply.csv:2:18: production_t: -600 is too small: expected a number of at least 0 (t/yr)"},
		{"NaN", supply("gallium,CHN,2024,NaN,,100,supply-046,A\n"),
			`own/supply.csv:2:18: production_t: "NaN" is not a finite number: expected a number of at least 0 (t/yr)`},
		{"country twice", supply("gallium,CHN,2024,1,,50,supply-046,A\ngallium,CHN,2023,1,,50,supply-046,A\n"),
			`own/supply.csv:3:9: the row repeats the key "gallium", "CHN" of line 2: expected each key once`},
		{"only the remainder produces", supply("gallium,OTH,2024,1,,100,supply-046,A\n"),
			"own/supply.csv:2:21: gallium has no producing country: expected a share above 0 of a country other than OTH"},
		{"unknown commodity", supply("galium,CHN,2024,1,,100,supply-046,A\n"),
			`own/supply.csv:2:1: "galium" is not in table commodities: expected commodity of one of its rows (did you mean gallium?)`},
		{"capital letter", supply("Gallium,CHN,2024,1,,100,supply-046,A\n"),
			`own/supply.csv:2:1: commodity: "Gallium" has the wrong form: expected commodity unit (form ^[a-z0-9]+(-[a-z0-9]+)*$)`},
		{"unknown country", supply("gallium,CHX,2024,1,,100,supply-046,A\n"),
			`own/supply.csv:2:9: "CHX" is not in table countries: expected country of one of its rows (did you mean CHE?)`},
		{"use shares", []string{"consumption_share.csv", useHead + "gallium,CHN,99,use-070,D\n"},
			"own/consumption_share.csv:2:13: the use shares of gallium sum to 99: expected 100, within 0.01"},
		{"unknown industry", []string{"producer_industry.csv", "commodity,industry,source,grade\ngallium,33141X,producer-001,C\n"},
			`own/producer_industry.csv:2:9: "33141X" is not in table bea_industries: expected industry of one of its rows (did you mean 331410?)`},
		{"no world output", []string{"us_market.csv", marketHead + "gallium,2023,17.8,0,0,,,,365000,0,0,Ga,us-market-028,A,\n"},
			"own/us_market.csv:2:33: world_production_t of gallium is 0: expected more than 0"},
		{"free of charge", []string{"us_market.csv", marketHead + "gallium,2023,17.8,0,0,,,,0,633,0,Ga,us-market-028,A,\n"},
			"own/us_market.csv:2:26: price_usd_per_t of gallium is 0: expected more than 0"},
		{"more than there is on Earth", []string{"us_market.csv", marketHead + "gallium,2023,17.8,0,0,,,,365000,1e30,0,Ga,us-market-028,A,\n"},
			"own/us_market.csv:2:33: world_production_t of gallium is 1e+30: expected a number from 1e-09 to 1e+15"},
		{"use that no price moves", []string{"elasticities.csv", elastHead + "b,gallium,-0.2,0,0,0,0,0,0,0,0,D,x\n"},
			"own/elasticities.csv:2:16: demand_mode of gallium is 0: expected a number from -20 to -0.0001: with 0 no price clears the market"},
		{"positive elasticity of use", []string{"elasticities.csv", elastHead + "a,gallium,-0.2,0.1,0.2,0,0,0,0,0,0,D,x\n"},
			"own/elasticities.csv:2:16: demand_mode: 0.1 is too large: expected a number of at most 0"},
		{"low above mode", []string{"elasticities.csv", elastHead + "a,gallium,-0.1,-0.2,-0.05,0,0.1,0.2,0,0,0,D,x\n"},
			"own/elasticities.csv:2:16: demand: low -0.1, mode -0.2, high -0.05 are out of order: expected low <= mode <= high"},
		{"mode above high", []string{"elasticities.csv", elastHead + "a,gallium,-0.3,-0.2,-0.05,0,0.3,0.2,0,0,0,D,x\n"},
			"own/elasticities.csv:2:29: supply: low 0, mode 0.3, high 0.2 are out of order: expected low <= mode <= high"},
		{"recycling out of order", []string{"secondary_supply.csv", secondHead + "gallium,x,no,0,0,0,,0.5,0.2,0.3,5,secondary-023,C,\n"},
			"own/secondary_supply.csv:2:25: one_year_price_response: low 0.5, mode 0.2, high 0.3 are out of order: expected low <= mode <= high"},
		{"stocks out of order", []string{"stocks.csv", stocksHead + "gallium,4,3,6,,stocks-023,B\n"},
			"own/stocks.csv:2:11: commercial_stocks_months: low 4, mode 3, high 6 are out of order: expected low <= mode <= high"},
		{"idle capacity out of order", []string{"idle_capacity.csv", idleHead + "gallium,CHN,621,1600,90,80,450,x,idle-016,B\n"},
			"own/idle_capacity.csv:2:25: usable_within_year_t: low 90, mode 80, high 450 are out of order: expected low <= mode <= high"},
		{"uses that do not sum", []string{"end_uses.csv", endUseHead + "a,gallium,integrated-circuits,73,A,x\na,gallium,optoelectronics,26,A,x\na,gallium,research-other,2,A,x\n"},
			"own/end_uses.csv:2:31: the uses of gallium in judgement a sum to 101: expected 100, within 0.01"},
		{"a use that nobody buys", []string{
			"end_uses.csv", endUseHead + "a,gallium,integrated-circuits,73,A,x\na,gallium,quantum-dots,27,A,x\n",
			"application_industries.csv", pairHead + "a,gallium,integrated-circuits,334413,1,0,0.1,0.2,D,x\n"},
			"own/end_uses.csv:3:11: no industry buys gallium, quantum-dots in judgement a: expected rows in application_industries.csv whose weights sum to 1"},
		{"buyers of a use that is not there", []string{"end_uses.csv", endUseHead + "a,gallium,integrated-circuits,73,A,x\na,gallium,optoelectronic,27,A,x\n"},
			`application_industries.csv:` + pairLine(t, "a,gallium,optoelectronics,") + `: "a", "gallium", "optoelectronics" is not in table end_uses: expected judgement, commodity, application of one of its rows (did you mean optoelectronic?)`},
		{"weights that do not sum", []string{"application_industries.csv", pairHead + "a,gallium,integrated-circuits,334413,0.9,0,0.1,0.2,D,x\na,gallium,optoelectronics,334413,1,0,0.1,0.2,D,x\na,gallium,research-other,541700,1,0,0.1,0.2,D,x\n"},
			"own/application_industries.csv:2:38: the weights of gallium, integrated-circuits in judgement a sum to 0.9: expected 1, within 0.0001"},
		{"dependence out of order", []string{"application_industries.csv", pairHead + "a,gallium,integrated-circuits,334413,1,0.2,0.1,0.2,D,x\na,gallium,optoelectronics,334413,1,0,0.1,0.2,D,x\na,gallium,research-other,541700,1,0,0.1,0.2,D,x\n"},
			"own/application_industries.csv:2:44: dependence: low 0.2, mode 0.1, high 0.2 are out of order: expected low <= mode <= high"},
		{"a probability for nothing", []string{"probability_anchors.csv", anchorHead + "galium,CHN,control in force,1,probability-001,B,\n"},
			`own/probability_anchors.csv:2:1: "galium" is no commodity unit: expected a unit, or * for every unit (did you mean gallium?)`},
		{"a probability above 1", []string{"probability_anchors.csv", anchorHead + "gallium,CHN,control in force,1.2,probability-001,B,\n"},
			"own/probability_anchors.csv:2:30: probability: 1.2 is too large: expected a number from 0 to 1"},
	} {
		_, err := load(t, x.files...)
		if err == nil {
			t.Errorf("%s: accepted", x.name)
			continue
		}
		got, advice, _ := strings.Cut(err.Error(), "\n")
		if got != x.want {
			t.Errorf("%s:\n got %s\nwant %s", x.name, got, x.want)
		}
		if fault.CodeOf(err) != fault.InvalidData || advice == "" {
			t.Errorf("%s: code %d, advice %q", x.name, fault.CodeOf(err), advice)
		}
	}
}

// pairLine finds the place of the application of the first row that starts like
// this in the shipped table of buyers.
func pairLine(t *testing.T, start string) string {
	t.Helper()
	c := mustLoad(t)
	for row := range c.tables.pairs.Rows() {
		if strings.HasPrefix(c.tables.pairs.Cell(row, "judgement")+","+c.tables.pairs.Cell(row, "commodity")+","+c.tables.pairs.Cell(row, "application")+",", start) {
			p := c.tables.pairs.Place(row, "application")
			return fmt.Sprintf("%d:%d", p.Line, p.Col)
		}
	}
	t.Fatal("no row")
	return ""
}

// TestNewUnit adds a unit table by table: until the last one is there, the error
// names the table without it; then the unit computes.
func TestNewUnit(t *testing.T) {
	tables := []struct{ file, content, absent string }{
		{"commodities.csv", "commodity,chain,chain_order,stage,usgs_84,source,grade\nunobtainium,unobtainium,1,mine,no,units-001,D\n", ""},
		{"us_market.csv", marketHead + "unobtainium,2023,10,1,,,,,1000,100,1,content,us-market-001,D,\n", "unobtainium"},
		{"secondary_supply.csv", secondHead + "unobtainium,x,no,0,0,0,,0,0.1,0.2,5,secondary-023,C,\n", "unobtainium"},
		{"stocks.csv", stocksHead + "unobtainium,1,2,3,,stocks-023,B\n", "unobtainium"},
		{"producer_industry.csv", "commodity,industry,source,grade\nunobtainium,331410,producer-001,C\n", "unobtainium"},
		{"supply.csv", supplyHead + "unobtainium,CHN,2024,1,,60,supply-046,A\nunobtainium,CAN,2024,1,,40,supply-046,A\n", "unobtainium"},
		{"consumption_share.csv", useHead + "unobtainium,USA,50,use-070,D\nunobtainium,CHN,50,use-070,D\n", "unobtainium"},
		{"elasticities.csv", elastHead + "b,unobtainium,-0.3,-0.2,-0.1,0,0.1,0.2,30,0,10,D,x\n", "unobtainium, judgement a"},
		{"elasticities.csv", elastHead + both("J,unobtainium,-0.3,-0.2,-0.1,0,0.1,0.2,30,0,10,D,x\n"), "unobtainium, judgement a"},
		{"end_uses.csv", endUseHead + "a,unobtainium,magnets,100,D,x\n", "unobtainium in one of the judgements"},
		{"end_uses.csv", endUseHead + both("J,unobtainium,magnets,60,D,x\nJ,unobtainium,lamps,40,D,x\n"), "unobtainium in one of the judgements"},
		{"application_industries.csv", pairHead + both("J,unobtainium,magnets,334413,1,0,0.8,0.9,D,x\nJ,unobtainium,lamps,334413,0.5,0,0.6,0.9,D,x\nJ,unobtainium,lamps,541700,0.5,0,0.1,0.9,D,x\n"), ""},
	}
	var files []string
	for i, step := range tables {
		if i > 0 && step.absent != "" {
			_, err := load(t, files...)
			want := step.file + ": no row for commodity " + step.absent + ": expected rows for every unit of table commodities"
			if err == nil || !strings.HasPrefix(err.Error(), want+"\n") {
				t.Errorf("without %s:\n got %v\nwant %s", step.file, err, want)
			}
		}
		if len(files) > 1 && files[len(files)-2] == step.file {
			files = files[:len(files)-2]
		}
		files = append(files, step.file, step.content)
	}
	c := mustLoad(t, files...)
	u, f := figures(t, c, "unobtainium", Merged)
	if len(c.Units) != 91 || !u.SecondaryUnknown || u.PrimaryProducers != 1 || strings.Join(u.Countries, " ") != "CAN CHN USA" {
		t.Errorf("%+v", u)
	}
	// An industry that loses 0.8 with one use and 0.6 with another cannot lose 1.4.
	if f.DependenceScaled != 1 {
		t.Errorf("%d industries scaled", f.DependenceScaled)
	}
	near(t, "scaled dependence on magnets", f.at(c, f.Dependence, "magnets", "334413"), 0.8/1.4)
	near(t, "scaled dependence on lamps", f.at(c, f.Dependence, "lamps", "334413"), 0.6/1.4)
	near(t, "dependence below 1 stays", f.at(c, f.Dependence, "lamps", "541700"), 0.1)
	near(t, "kappa of the leader where the table has no row", f.LeaderIdleShare, 0)
	near(t, "kappa of the others where the table has no row: spare capacity of the judgements", f.OtherIdleShare, 0.3)
	near(t, "rho", f.RecycledShare, 0.1)
}

// TestSplitCountry: two halves of a country that is not the leader are the
// country.
func TestSplitCountry(t *testing.T) {
	supply := func(rows string) string {
		return supplyHead + "gallium,CHN,2023,600,,60,supply-046,A\n" + rows
	}
	use := func(rows string) string { return useHead + "gallium,USA,80,use-070,D\n" + rows }
	one := mustLoad(t, "supply.csv", supply("gallium,KOR,2023,400,,40,supply-046,A\n"), "consumption_share.csv", use("gallium,KOR,20,use-070,D\n"))
	two := mustLoad(t, "supply.csv", supply("gallium,KOR,2023,200,,20,supply-046,A\ngallium,JPN,2023,200,,20,supply-046,A\n"),
		"consumption_share.csv", use("gallium,KOR,10,use-070,D\ngallium,JPN,10,use-070,D\n"))
	u1, f1 := figures(t, one, "gallium", Merged)
	u2, f2 := figures(t, two, "gallium", Merged)
	halves := func(x []float64) float64 { return x[u2.Country("KOR")] + x[u2.Country("JPN")] }
	near(t, "supply", halves(f2.SupplyShare), f1.SupplyShare[u1.Country("KOR")])
	near(t, "use", halves(f2.UseShare), f1.UseShare[u1.Country("KOR")])
	near(t, "net exports", f2.NetExportTonnes(u2.Country("KOR"))+f2.NetExportTonnes(u2.Country("JPN")), f1.NetExportTonnes(u1.Country("KOR")))
	for _, k := range []string{"KOR", "JPN"} {
		near(t, "kappa of "+k, f2.IdleShare[u2.Country(k)], f1.IdleShare[u1.Country("KOR")])
	}
	near(t, "kappa of the leader", f2.LeaderIdleShare, f1.LeaderIdleShare)
	near(t, "idle tonnes of the others", f2.OtherIdleShare, f1.OtherIdleShare)
	// Equal shares: the first by code leads.
	tie := mustLoad(t, "supply.csv", supplyHead+"gallium,KOR,2023,1,,50,supply-046,A\ngallium,JPN,2023,1,,50,supply-046,A\n")
	if u, _ := figures(t, tie, "gallium", Merged); u.Countries[u.Leader] != "JPN" {
		t.Errorf("leader of a tie: %s", u.Countries[u.Leader])
	}
}

func TestEvidence(t *testing.T) {
	for _, x := range []struct {
		name       string
		a, b, c, d float64
		want       Grade
	}{
		{"one grade", 0, 1, 0, 0, 'B'},
		{"the worst holds less than half", 0.51, 0, 0, 0.49, 'A'},
		{"exactly half is enough", 0.5, 0, 0, 0.5, 'D'},
		{"the two worst together", 0.4, 0, 0.3, 0.3, 'C'},
		{"the three worst together", 0.49, 0.21, 0.2, 0.1, 'B'},
		{"all but A are short of half", 0.6, 0.2, 0.1, 0.1, 'A'},
		{"weights need not sum to 1", 1, 0, 0, 300, 'D'},
		{"half in tenths, with their rounding", 0.1 + 0.1 + 0.1 + 0.1 + 0.1, 0, 0, 0.5 - 1e-16, 'D'},
		{"nothing to weigh", 0, 0, 0, 0, 'D'},
	} {
		if got := (graded{x.a, x.b, x.c, x.d}).letter(); got != x.want {
			t.Errorf("%s: %c, want %c", x.name, got, x.want)
		}
	}
	var g graded
	g.add("C", 2)
	g.add("", 5)
	g.add("E", 5)
	g.add("AB", 5)
	if g != (graded{0, 0, 2, 0}) {
		t.Errorf("only grades count: %v", g)
	}
	c := mustLoad(t)
	u, f := figures(t, c, "gallium", Merged)
	for industry, want := range map[string]string{
		"336414": "A/D/D", // only judgement a, grade D
		"334413": "A/D/C", // grade C holds .73 x (.065 + .05) + .26 x .03, grade D .26 x .02
		"111200": "A/D/D", // does not use it: nothing to weigh
	} {
		valueAdded := make([]float64, len(c.Industries))
		j, _ := c.IndustryIndex(industry)
		valueAdded[j] = 1
		if got := c.Evidence(f, Merged, valueAdded); got != want {
			t.Errorf("%s of %s: %s, want %s", u.ID, industry, got, want)
		}
	}
}

// TestOrigins: every number of a unit leads to a cell, with its source.
func TestOrigins(t *testing.T) {
	c := mustLoad(t)
	i, _ := c.Unit("gallium")
	u := &c.Units[i]
	circuits, _ := c.IndustryIndex("334413")
	rows := []SourceRow{c.MarketOrigin(i, "price_usd_per_t", "price"), c.MarketOrigin(i, "exports_t", "exports"), c.SecondaryOrigin(i, "max_increase_pct_within_year", "x"), c.StocksOrigin(i), c.ProducerOrigin(i), c.UnitOrigin(i)}
	rows = append(rows, c.SupplyOrigins(i, u.Leader)...)
	rows = append(rows, c.IdleOrigins(i)...)
	rows = append(rows, c.ElasticityOrigins(i, Merged, "demand_mode", "eps")...)
	rows = append(rows, c.EndUseOrigins(i, 0, JudgeA)...)
	rows = append(rows, c.PairOrigins(i, 0, circuits, JudgeB, "dependence_mode")...)
	for _, r := range rows {
		if r.Place == "" || r.Value == "" || r.Grade == "" || r.Source == "" || strings.HasPrefix(r.Source, "source ") {
			t.Errorf("%+v", r)
		}
	}
	if got := rows[0].Value + "; " + rows[1].Value; got != "365000 USD/t; not known" {
		t.Error(got)
	}
	if len(c.IdleOrigins(i)) != 12 || len(c.ElasticityOrigins(i, Merged, "demand_mode", "")) != 2 || len(c.ElasticityOrigins(i, JudgeB, "demand_mode", "")) != 1 {
		t.Error("number of rows")
	}
	if c.PairOrigins(i, 0, 0, Merged, "weight") != nil || c.SourceText("nothing") != "source nothing" {
		t.Error("rows that are not there")
	}
}

// gallium is the shipped package without the rows of other units, so that it
// loads at once.
func gallium(t testing.TB) fstest.MapFS {
	t.Helper()
	shipped, err := data.FS()
	if err != nil {
		t.Fatal(err)
	}
	small := fstest.MapFS{}
	err = fs.WalkDir(shipped, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(shipped, name)
		if err != nil {
			return err
		}
		lines := strings.SplitAfter(string(content), "\n")
		if column := slices.Index(strings.Split(strings.TrimSpace(lines[0]), ","), "commodity"); column >= 0 {
			lines = slices.DeleteFunc(lines, func(line string) bool {
				cells := strings.SplitN(line, ",", column+2)
				return line != lines[0] && (len(cells) <= column || cells[column] != "gallium")
			})
		}
		small[name] = &fstest.MapFile{Data: []byte(strings.Join(lines, ""))}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return small
}

// FuzzOverlaySupply: whatever the bytes of a table of one's own, they are
// refused with a place, or the catalogue they make is valid.
func FuzzOverlaySupply(f *testing.F) {
	f.Add([]byte(supplyHead + "gallium,CHN,2024,600,,60,supply-046,A\ngallium,JPN,2024,3,,40,supply-046,A\n"))
	f.Add([]byte(supplyHead + "gallium,CHN,2024,600,,1e-300,supply-046,A\ngallium,OTH,2024,3,,100,supply-046,A\n"))
	f.Add([]byte(supplyHead + "gallium,USA,2024,0,0,100,supply-046,D\n"))
	fsys := gallium(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		c, err := Load(fsys, datapackage.Overlay{Label: "own", FS: fstest.MapFS{"supply.csv": &fstest.MapFile{Data: content}}})
		if err != nil {
			if fault.CodeOf(err) != fault.InvalidData || !strings.HasPrefix(err.Error(), "own/supply.csv") {
				t.Fatalf("%v", err)
			}
			return
		}
		v, err := c.Central(Merged)
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Units {
			figs, err := c.Bind(i, v)
			if err != nil {
				if fault.CodeOf(err) != fault.InvalidData {
					t.Fatal(err)
				}
				continue
			}
			sum := 0.0
			for k, s := range figs.SupplyShare {
				if nx := figs.NetExportTonnes(k); math.IsNaN(nx) || math.IsInf(nx, 0) || !(figs.IdleShare[k] >= 0 && figs.IdleShare[k] < math.Inf(1)) {
					t.Fatalf("%s: %g %g", c.Units[i].ID, nx, figs.IdleShare[k])
				}
				sum += s
			}
			if math.Abs(sum-1) > 1e-9 {
				t.Fatalf("%s: shares sum to %g", c.Units[i].ID, sum)
			}
		}
	})
}
