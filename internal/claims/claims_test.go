package claims_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"chokepoint/data"
	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/claims"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/fault"
	"chokepoint/internal/lists"
	"chokepoint/internal/probability"
	"chokepoint/internal/scenario"
)

// world is what claims are computed from, with tables on top.
type world struct {
	all      []claims.Claim
	computer *claims.Computer
}

func load(t testing.TB, tables map[string]string) (*world, error) {
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
	l, err := lists.Load(c)
	if err != nil {
		t.Fatal(err)
	}
	all, err := claims.Load(l)
	if err != nil {
		return nil, err
	}
	e, err := assess.New(c, assess.DefaultMethod())
	if err != nil {
		t.Fatal(err)
	}
	p, err := probability.New(c, e.Figures, probability.Fitted)
	if err != nil {
		t.Fatal(err)
	}
	return &world{all, &claims.Computer{Lists: l, Engine: e, Probability: p, Workers: 2}}, nil
}

func (w *world) answer(t testing.TB, id string) *claims.Answer {
	t.Helper()
	x, err := claims.Find(w.all, id)
	if err != nil {
		t.Fatal(err)
	}
	a, err := w.computer.Compute(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestAnswers: what the shipped tables give, worked out by hand from their rows.
func TestAnswers(t *testing.T) {
	w, err := load(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		id      string
		first   float64 // of the first reading
		verdict string
	}{
		{"A01", 1921, claims.Depends}, {"A02", 2010, claims.Agrees}, {"A03", 35, claims.Agrees}, {"A06", 54, claims.Depends},
		{"A07", 84, claims.Agrees},
		{"A08", 1067 + 538, claims.Agrees}, // restrictions and outages of the baseline
		{"A11", 80.8, claims.Agrees}, {"A14", 18, claims.Depends}, {"A15", 3, claims.Agrees},
		{"A20", 0.1, claims.Differs},                   // 100 t per t
		{"A21", 0.43, claims.Depends},                  // the middle two of the plants cost 410 and 450
		{"A22", 4.1, claims.Differs},                   //
		{"A24", 100 * (874.0/1489 - 1), claims.Agrees}, // persons enrolled
		{"A25", 1, claims.Unchecked},                   // one project separates rare earths in Canada
		{"A18", math.NaN(), claims.Unchecked},          //
		{"A27", math.NaN(), claims.Unchecked},          //
		{"A23", 162, claims.Unchecked},                 //
	} {
		a := w.answer(t, x.id)
		got := math.NaN()
		if len(a.Readings) > 0 {
			got = a.Readings[0].Value
		}
		if math.IsNaN(got) != math.IsNaN(x.first) || math.Abs(got-x.first) > 0.05 || a.Verdict != x.verdict {
			t.Errorf("%s: %g, %s, want %g, %s", x.id, got, a.Verdict, x.first, x.verdict)
		}
	}
	// A09 is the loss that disrupt computes, in billions.
	u, _ := w.computer.Lists.Catalog.Unit("rhodium")
	r, err := w.computer.Engine.One(t.Context(), scenario.Single(u, "ZAF", scenario.ExportRestriction))
	if err != nil {
		t.Fatal(err)
	}
	if a := w.answer(t, "A09"); len(a.Readings) != 2 || math.Abs(a.Readings[0].Value-r.LossMUSD/1000) > 1e-9 {
		t.Errorf("A09: %+v, want %g", a.Readings, r.LossMUSD/1000)
	}
	for i := range w.all {
		a := w.answer(t, w.all[i].ID)
		if a.How == "" || len(a.Rows) == 0 || a.Rows[0].Place == "" || !slices.Contains([]string{claims.Agrees, claims.Differs, claims.Depends, claims.Unchecked}, a.Verdict) {
			t.Errorf("%s: how %q, %d rows, %s", a.Claim.ID, a.How, len(a.Rows), a.Verdict)
		}
		places := map[string]bool{}
		for _, r := range a.Rows {
			if places[r.Place+r.What] {
				t.Errorf("%s: %s, %s twice", a.Claim.ID, r.Place, r.What)
			}
			places[r.Place+r.What] = true
		}
		for _, r := range a.Readings {
			if math.IsNaN(r.Value) || math.IsInf(r.Value, 0) {
				t.Errorf("%s, %s: not finite", a.Claim.ID, r.What)
			}
		}
	}
}

// TestNoStoredAnswers: another table gives another answer.
func TestNoStoredAnswers(t *testing.T) {
	const head = "claim,statement,stated_value,unit,comparison,kind,editions,materials,commodities,country,selection,milestones,threshold,from_year,to_year,scale,rules,stated_by,source,note\n"
	w, err := load(t, map[string]string{
		"list_editions.csv":       "edition,series,jurisdiction,date,title,citation,printed_count,complete,source,grade,note\nus-2018,us-critical,USA,2017,x,,2,yes,list-001,A,\n",
		"list_members.csv":        "edition,material,name,source,grade,note\nus-2018,gallium,gallium,list-001,A,\nus-2018,tin,tin,list-001,A,\n",
		"policy_timeline.csv":     "milestone,date,jurisdiction,actors,kind,materials,headline,source,grade,note\nPT008,2011,USA,x,agency,,x,list-001,A,\n",
		"buildout_parameters.csv": "parameter_id,parameter,unit,low,mode,high,applies_to,stage,place,source,grade,note\nBP065,water_use,t per t,12000,13000,14000,rare-earths,separation,WLD,list-001,D,\n",
		"workforce.csv":           "row,country,year,indicator,applies_to,value,unit,source,grade,note\nWF010,USA,2019,\"undergraduate enrolment, mining departments\",all,1500,persons,list-001,A,\n",
		"supply.csv":              "commodity,country,year,production_t,capacity_t,share_pct,source,grade\nsamarium,AUS,2023,60,,60,list-001,D\nsamarium,CHN,2023,40,,40,list-001,D\n",
		"claims.csv":              head + "A14,x,5,count,equals,list-overlap,us-2018;eu-2011,,,,,,,,,,default,list-001,list-001,\n" + "B01,x,2017,year,equals,list-year,us-2018,,,,,,,,,,,list-001,list-001,\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		id      string
		first   float64
		verdict string
	}{
		{"A02", 2011, claims.Differs}, {"A03", 2, claims.Differs}, {"A13", 40, claims.Differs}, {"A14", 1, claims.Differs}, {"A20", 13, claims.Agrees}, {"A24", 100 * (1500.0/1489 - 1), claims.Differs}, {"B01", 2017, claims.Agrees},
	} {
		a := w.answer(t, x.id)
		if len(a.Readings) == 0 || math.Abs(a.Readings[0].Value-x.first) > 1e-9 || a.Verdict != x.verdict {
			t.Errorf("%s: %+v, %s, want %g, %s", x.id, a.Readings, a.Verdict, x.first, x.verdict)
		}
	}
}

// TestTolerances: how a number is held against a stated one, by claims made for it.
func TestTolerances(t *testing.T) {
	const head = "claim,statement,stated_value,unit,comparison,kind,editions,materials,commodities,country,selection,milestones,threshold,from_year,to_year,scale,rules,stated_by,source,note\n"
	// Gallium: 98 % of China, or 97.77 as the tables have it; the share is set here.
	supply := "commodity,country,year,production_t,capacity_t,share_pct,source,grade\ngallium,CHN,2023,92.5,,92.5,list-001,D\ngallium,RUS,2023,7.5,,7.5,list-001,D\n"
	for _, x := range []struct{ stated, comparison, verdict string }{
		{"92.5", "equals", claims.Agrees}, {"92.4", "equals", claims.Differs}, {"92", "equals", claims.Agrees}, {"93", "equals", claims.Agrees}, {"94", "equals", claims.Differs}, {"90", "equals", claims.Differs},
		{"90", "about", claims.Agrees}, {"100", "about", claims.Agrees}, {"80", "about", claims.Differs}, {"94", "about", claims.Differs},
		{"92.5", "more-than", claims.Differs}, {"92.4", "more-than", claims.Agrees},
		{"", "leads", claims.Agrees}, {"", "none", claims.Unchecked}, {"", "falls", claims.Differs},
	} {
		w, err := load(t, map[string]string{"supply.csv": supply, "claims.csv": head + "B02,x," + x.stated + ",percent," + x.comparison + ",supply-share,,,gallium,CHN,,,,,,,,list-001,list-001,\n"})
		if err != nil {
			t.Fatal(err)
		}
		if a := w.answer(t, "B02"); a.Verdict != x.verdict {
			t.Errorf("92.5 %s %s: %s, want %s", x.comparison, x.stated, a.Verdict, x.verdict)
		}
	}
}

// TestErrors: a claim without what its kind needs, or with names that are none.
func TestErrors(t *testing.T) {
	const head = "claim,statement,stated_value,unit,comparison,kind,editions,materials,commodities,country,selection,milestones,threshold,from_year,to_year,scale,rules,stated_by,source,note\n"
	for _, x := range []struct{ row, want string }{
		{"B03,x,1,count,equals,list-count,,,,,,,,,,,,list-001,list-001,", "mine/claims.csv:2:33: the kind list-count needs editions: expected a value"},
		{"B03,x,1,count,equals,list-count,us-2017,,,,,,,,,,,list-001,list-001,", `unknown "us-2017": expected an edition of table list_editions`},
		{"B03,x,1,percent,equals,supply-share,,,galium,CHN,,,,,,,,list-001,list-001,", `unknown "galium": expected a commodity unit, usgs-84 or all`},
		{"B03,x,1,percent,equals,supply-share,,,gallium,QQQ,,,,,,,,list-001,list-001,", `unknown "QQQ": expected a country or a bloc`},
		{"B03,x,,percent,equals,supply-share,,,gallium,CHN,,,,,,,,list-001,list-001,", "no number is stated to compare with (equals)"},
		{"B03,x,1,count,equals,list-overlap,us-2018,,,,,,,,,,R9,list-001,list-001,", `"R9" is no set of rules`},
		{"B03,x,1,percent,falls,workforce-change,,,,USA,x,,,2019,2015,,,list-001,list-001,", "the kind workforce-change needs from_year"},
		{"B03,x,1,year,equals,milestone-year,,,,,,PT999,,,,,,list-001,list-001,", `unknown "PT999": expected a milestone of table policy_timeline`},
		{"B03,x,1,count,equals,list-overlap-contains,us-2018,galium,,,,,,,,,,list-001,list-001,", `unknown "galium": expected a material of table materials`},
	} {
		_, err := load(t, map[string]string{"claims.csv": head + x.row + "\n"})
		if err == nil || !strings.Contains(err.Error(), x.want) || fault.CodeOf(err) != fault.InvalidData {
			t.Errorf("%s\n got %v\nwant %s", x.row, err, x.want)
		}
	}
	w, err := load(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := claims.Find(w.all, "Z9"); err == nil || !strings.Contains(err.Error(), `claim: unknown claim "Z9": expected one of A01, A02,`) {
		t.Error(err)
	}
}

// TestKinds: every kind that the table may name is computed by something.
func TestKinds(t *testing.T) {
	w, err := load(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for i := range w.all {
		used[w.all[i].Kind] = true
	}
	for _, f := range w.computer.Lists.Catalog.Package.Resource("claims").Schema.Fields {
		if f.Name != "kind" {
			continue
		}
		for _, k := range f.Constraints.Enum {
			if !used[k] {
				t.Errorf("no claim of the kind %s", k)
			}
		}
		if len(f.Constraints.Enum) != len(used) {
			t.Errorf("%d kinds in the schema, %d in use", len(f.Constraints.Enum), len(used))
		}
	}
}
