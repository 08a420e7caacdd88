package main

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"chokepoint/internal/fault"
)

// elements counts the elements of a page by name.
func elements(t testing.TB, text string) map[string]int {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			out[n.Data]++
		}
	}
	return out
}

// TestPages: the pages of the program hold all rows, load nothing and are small.
func TestPages(t *testing.T) {
	shipped := read(t, "../../data/tables/events.csv")
	t.Chdir(t.TempDir())
	write(t, "fit.csv", shipped)
	for _, x := range []struct {
		args []string
		want []string
	}{
		{[]string{"rank", "@all"}, []string{"90 minerals ranked", "Expected loss of US GDP", "USGS"}},
		{[]string{"disrupt", "gallium", "--from", "CHN"}, []string{"China stops exports of gallium for 12 months", "five parts", "us_market.csv:30:41", "Semiconductor", "11,600", "Loss by the rule"}},
		{[]string{"compare", "gallium --from CHN", "gallium --from CHN --to USA"}, []string{"A: gallium from CHN", "B costs more than A in", "two markets", "us_market.csv:30:41"}},
		{[]string{"show", "gallium"}, []string{"China makes 97.8 %", "integrated-circuits", "controls_in_force.csv"}},
		{[]string{"explain", "gallium", "--from", "CHN", "price_ratio"}, []string{"chokepoint explain gallium", "us_market.csv:30:41"}},
		{[]string{"scenario", "list"}, []string{"export-restriction"}},
		{[]string{"backtest", "--draws", "50"}, []string{"what came", "doublings of the price", "ree2010-dy-fob", "measured, no promise"}},
		{[]string{"backtest", "fit", "--events", "fit.csv", "--draws", "2"}, []string{"no row of the validation was simulated"}},
		{[]string{"stockpile", "gallium", "rhodium", "--budget", "1e8", "--draws", "20"}, []string{"which minerals first", "Loss avoided a year", "M USD of the budget stay unspent"}},
		{[]string{"stockpile", "gallium", "--draws", "20"}, []string{"program", "insurance", "months of shortage"}},
		{[]string{"data", "list"}, []string{"chokepoint data list"}},
		{[]string{"disrupt", "gallium", "--from", "JPN"}, []string{"no effect"}},
	} {
		ok(t, append(x.args, "-o", "x.html", "-q")...)
		text := read(t, "x.html")
		n := elements(t, text)
		if n["h1"] != 1 || n["script"]+n["img"]+n["link"]+n["iframe"] > 0 || len(text) > 1_500_000 {
			t.Errorf("%v: elements %v, %d bytes", x.args, n, len(text))
		}
		for _, want := range append(x.want, "Run record", "Chokepoint developers") {
			if !strings.Contains(text, want) {
				t.Errorf("%v: the page lacks %q", x.args, want)
			}
		}
		if read(t, "x.html.run.json") == "" {
			t.Errorf("%v: no record", x.args)
		}
	}
	if n := elements(t, ok(t, "rank", "--draws", "0", "--format", "html", "-q")); n["svg"] != 84+1 {
		t.Errorf("the ranking has %d drawings", n["svg"])
	}
}

// TestPageAgain: the same command, the same bytes; its record repeats it.
func TestPageAgain(t *testing.T) {
	t.Chdir(t.TempDir())
	ok(t, "rank", "gallium", "rhodium", "-o", "a.html", "-q")
	if out := ok(t, "rerun", "a.html.run.json"); !strings.Contains(out, "the same, bit for bit") {
		t.Error(out)
	}
	if ok(t, "rank", "gallium", "rhodium", "--format", "html", "-q", "--workers", "1") != strings.ReplaceAll(ok(t, "rank", "gallium", "rhodium", "--format", "html", "-q", "--workers", "3"), "--workers 3", "--workers 1") {
		t.Error("the number of workers changes the page")
	}
	before := listing(t, ".")
	fails(t, fault.Failure, "rank", "gallium", "-o", "missing/a.html")
	fails(t, fault.Usage, "rank", "gallium", "-o", "b.html", "--table", "rank")
	if after := listing(t, "."); after != before {
		t.Errorf("left\n%s", after)
	}
}

// TestStrangersDataInAPage: texts of an overlay, the name of its folder and of a
// scenario file stay text.
func TestStrangersDataInAPage(t *testing.T) {
	t.Chdir(t.TempDir())
	const script, folder = `</style></title><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, folder+"/supply.csv", "commodity,country,year,production_t,capacity_t,share_pct,source,grade\ngallium,CHN,2023,570,1600,90,mine,A\ngallium,RUS,2023,63,70,10,mine,A\n")
	write(t, folder+"/sources.csv", "source,text,kind\nmine,"+script+",document\n")
	write(t, "x.yaml", "format: 1\ntitle: '"+script+"'\nwithdrawals: [{commodity: gallium, from: CHN}]\n")
	for _, args := range [][]string{{"disrupt", "gallium", "--from", "CHN"}, {"show", "gallium"}, {"rank", "gallium"}, {"disrupt", "x.yaml"}, {"compare", "x.yaml", "gallium --from CHN"}} {
		text := ok(t, append(args, "--data", folder, "--draws", "0", "--format", "html", "-q")...)
		n := elements(t, text)
		if n["script"]+n["img"] > 0 || n["style"] != 1 || n["body"] != 1 {
			t.Errorf("%v: elements %v", args, n)
		}
		if !strings.Contains(text, "&lt;img src=x onerror") || args[0] == "disrupt" && !strings.Contains(text, "&lt;script&gt;alert(1)") {
			t.Errorf("%v: the texts are not on the page", args)
		}
	}
}
