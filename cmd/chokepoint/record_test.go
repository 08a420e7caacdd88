package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chokepoint/internal/ask"
	"chokepoint/internal/fault"
	"chokepoint/internal/report"
)

const ownSupply = "own/supply.csv"

const ownSupplyText = `commodity,country,year,production_t,capacity_t,share_pct,source,grade
gallium,CHN,2023,570,1600,90,supply-046,A
gallium,RUS,2023,63,70,10,supply-046,A
`

// TestRoundTrip: scenario new -> file -> disrupt -> record -> rerun says the same,
// bit for bit, for every format and with every option that changes a number.
func TestRoundTrip(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, ownSupply, ownSupplyText)
	ok(t, "scenario", "new", "gallium,germanium", "--from", "CHN", "--to", "USA,Japan", "--cut", "80%", "--months", "9", "--leakage", "5%", "-o", "my.yaml", "-q")
	for _, options := range [][]string{
		nil, {"--seed", "7", "--draws", "30"}, {"--data", "own", "--set", "gallium.demand_elasticity=-0.2"}, {"--method", "demand=linear,stocks=0.5", "--probability", "published", "--workers", "1"}, {"--cut", "50%", "--months", "3"},
	} {
		args := append([]string{"disrupt", "my.yaml", "-q"}, options...)
		if options != nil && options[0] != "--seed" {
			args = append(args, "--draws", "0") // faster
		}
		ok(t, append(args, "-o", "x.csv")...)
		if said := ok(t, "rerun", "x.csv.run.json"); !strings.HasPrefix(said, "x.csv: the same, bit for bit (") {
			t.Errorf("%v: %s", options, said)
		}
		ok(t, "rerun", "x.csv.run.json", "-o", "y.csv", "-q")
		if read(t, "x.csv") != read(t, "y.csv") || read(t, "y.csv.run.json") != strings.ReplaceAll(read(t, "x.csv.run.json"), "x.csv", "x.csv") {
			t.Errorf("%v: the file that rerun writes differs", options)
		}
	}
	for _, args := range [][]string{{"rank", "gallium", "--draws", "0", "-o", "r.csv"}, {"rank", "gallium", "--draws", "0", "-o", "r.md"}, {"rank", "gallium", "--draws", "0", "--output=r.txt"}, {"scenario", "list", "gallium", "-or.csv"}, {"show", "gallium", "-o", "r.csv", "--table", "countries"},
		{"explain", "gallium", "--from", "CHN", "price_ratio", "-o", "r.csv"}, {"compare", "my.yaml", "gallium --from CHN", "--draws", "0", "-o", "r.csv"},
		{"backtest", "--draws", "20", "-o", "r.csv"}, {"stockpile", "gallium", "rhodium", "--budget", "1e7", "--draws", "10", "-o", "r.csv"}, {"stockpile", "gallium", "--draws", "10", "-o", "r.csv"}} {
		ok(t, append(args, "-q")...)
		name := args[len(args)-1]
		for _, prefix := range []string{"--output=", "-o"} {
			name = strings.TrimPrefix(name, prefix)
		}
		if args[0] == "show" {
			name = "r.csv"
		}
		if said := ok(t, "rerun", name+".run.json"); !strings.HasPrefix(said, name+": the same, bit for bit (") {
			t.Errorf("%v: %s", args, said)
		}
	}
	// A json holds its record itself.
	ok(t, "disrupt", "my.yaml", "-o", "z.json", "-q", "--draws", "0")
	if said := ok(t, "rerun", "z.json"); !strings.HasPrefix(said, "z.json: the same, bit for bit (") {
		t.Error(said)
	}
	// The file is gone: it is written again.
	before := read(t, "z.json")
	ok(t, "disrupt", "my.yaml", "-o", "w.csv", "-q", "--draws", "0")
	want := read(t, "w.csv")
	if err := os.Remove("w.csv"); err != nil {
		t.Fatal(err)
	}
	ok(t, "rerun", "w.csv.run.json", "-q")
	if read(t, "w.csv") != want || read(t, "z.json") != before {
		t.Error("the file written again differs")
	}
	for _, l := range lines(listing(t, ".")) {
		if strings.Contains(l, ".chokepoint") {
			t.Errorf("left behind: %s", l)
		}
	}
}

// TestEveryAnswerCanBeRepeated: each command that writes a run record is one that
// rerun takes; a new command has to be put into one of the two lists.
func TestEveryAnswerCanBeRepeated(t *testing.T) {
	noAnswer := []string{"batch", "cite", "completion", "help", "rerun", "serve", "version"}
	for _, c := range (&app{}).rootCommand().Commands() {
		if slices.Contains(repeatable, c.Name()) == slices.Contains(noAnswer, c.Name()) {
			t.Errorf("%s: rerun has to take it, or it writes no answer: one of the two", c.Name())
		}
	}
	t.Chdir(t.TempDir())
	for i, command := range []string{"lists overlap shared-18 --rules=-R3", "lists", "lists show jp-2020 --language ja", "lists overlap --all", "lists diff us-2018 us-2022", "lists timeline --since 2025", "lists claims A03", "lists rules", "lists materials",
		"concentration tin", "concentration --country CHL", "concentration tin --importer USA", "data compare tin", "show us-2018", "rank tin --against us-2018", "rank @au-2024-strategic-materials --draws 0", "explain lists us-2018 tin", "explain claims A03", "explain concentration tin hhi"} {
		formats := []string{"x.csv"}
		if i == 0 {
			formats = []string{"x.csv", "x.json", "x.md", "x.html", "x.parquet"}
		}
		for _, name := range formats {
			ok(t, append(strings.Fields(command), "-q", "-o", name)...)
			record := name
			if name != "x.json" {
				record += recordSuffix
			}
			if said := ok(t, "rerun", record); !strings.HasPrefix(said, name+": the same, bit for bit (") {
				t.Errorf("%s, %s: %s", command, name, said)
			}
			ok(t, "cite", record)
		}
		if page := ok(t, append(strings.Fields(command), "-q", "--format", "html")...); strings.Contains(page, "<title>chokepoint ") && !strings.HasPrefix(command, "explain") && !strings.HasPrefix(command, "rank @") {
			t.Errorf("%s: the page has the command for a title", command)
		}
	}
}

// TestRerunSaysWhyNot: other data, another scenario, another file.
func TestRerunSaysWhyNot(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, ownSupply, ownSupplyText)
	write(t, "my.yaml", "format: 1\nwithdrawals: [{commodity: gallium, from: CHN}]\n")
	ok(t, "disrupt", "my.yaml", "--data", "own", "-o", "x.csv", "-q", "--draws", "0")
	original := read(t, "x.csv")

	write(t, ownSupply, strings.Replace(ownSupplyText, "A\n", "B\n", 1))
	check(t, fails(t, fault.InvalidData, "rerun", "x.csv.run.json"), "x.csv.run.json: the data is not that of the record: expected ", "Use the program version, data folder or scenario file of the record.")
	if err := os.Rename("own", "elsewhere"); err != nil {
		t.Fatal(err)
	}
	check(t, fails(t, fault.InvalidData, "rerun", "x.csv.run.json"), "own: cannot read the folder")
	if err := os.Rename("elsewhere", "own"); err != nil {
		t.Fatal(err)
	}
	write(t, ownSupply, ownSupplyText)
	ok(t, "rerun", "x.csv.run.json")

	write(t, "my.yaml", "format: 1\nwithdrawals: [{commodity: gallium, from: CHN, cut: 99%}]\n")
	check(t, fails(t, fault.InvalidData, "rerun", "x.csv.run.json"), "x.csv.run.json: the scenario is not that of the record: expected ")
	// The same scenario written differently is the same.
	write(t, "my.yaml", "format: 1\ntitle: My scenario\nwithdrawals:\n  - {commodity: [Gallium], from: China, cut: 100%}\n")
	ok(t, "rerun", "x.csv.run.json")
	if err := os.Remove("my.yaml"); err != nil {
		t.Fatal(err)
	}
	check(t, fails(t, fault.InvalidData, "rerun", "x.csv.run.json"), "my.yaml: there is no such file")

	write(t, "my.yaml", "format: 1\nwithdrawals: [{commodity: gallium, from: CHN}]\n")
	write(t, "x.csv", strings.Replace(original, "gallium", "Gallium", 1))
	check(t, fails(t, fault.Failure, "rerun", "x.csv.run.json"), "x.csv:2:1: the new result differs from this file")
	write(t, "x.csv", original)

	var record report.Run
	decode(t, read(t, "x.csv.run.json"), &record)
	change := func(f func(*report.Run)) {
		r := record
		f(&r)
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		write(t, "y.csv.run.json", string(text))
	}
	change(func(r *report.Run) { r.Method = map[string]string{"demand": "linear"} })
	check(t, fails(t, fault.InvalidData, "rerun", "y.csv.run.json"), "y.csv.run.json: the method ")
	change(func(r *report.Run) { r.Version = "0.1" })
	code, _, stderr := cli("rerun", "y.csv.run.json")
	if code != fault.OK || !strings.HasPrefix(stderr, "the record is of chokepoint 0.1, this is dev\n") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	if err := os.Remove("y.csv"); err != nil {
		t.Fatal(err)
	}
	change(func(r *report.Run) { r.Command = []string{"rank", "\x1b[31mgalium\n", "-o", "y.csv"} })
	text := fails(t, fault.Usage, "rerun", "y.csv.run.json")
	if strings.ContainsAny(text, "\x1b") {
		t.Errorf("the terminal is steered: %q", text)
	}
	change(func(r *report.Run) { r.Command = strings.Split(strings.Repeat("rank ", 2000), " ") })
	check(t, fails(t, fault.InvalidData, "rerun", "y.csv.run.json"), "y.csv.run.json: the command has 2001 words: expected at most 1000")
	write(t, "huge.run.json", `{"program": "chokepoint", "command": ["`+strings.Repeat("x", maxSavedBytes)+`"]}`)
	check(t, fails(t, fault.InvalidData, "rerun", "huge.run.json"), "huge.run.json: the file is too large: expected a file of at most 32768 KiB")
	check(t, fails(t, fault.InvalidData, "rerun", "."), ".: this is a folder")
	for _, l := range lines(listing(t, ".")) {
		if strings.Contains(l, ".chokepoint") || strings.HasPrefix(l, "y.csv") && l != "y.csv.run.json" {
			t.Errorf("left behind: %s", l)
		}
	}
}

// check wants lines that start so.
func check(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains("\n"+text, "\n"+w) && !strings.Contains(text, ": "+w) {
			t.Errorf("got %s\nwant %s", text, w)
		}
	}
}

// TestRerunWritesOnlyItsFile: a record of a stranger names files; rerun writes
// its own alone.
func TestRerunWritesOnlyItsFile(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "precious.txt", "mine\n")
	for i, command := range []string{`["rank", "gallium", "--draws", "0", "-o", "precious.txt"]`, `["rank", "gallium", "--draws", "0", "-q", "--output", "precious.txt"]`, `["rank", "gallium", "--draws", "0", "--output=precious.txt"]`, `["rank", "gallium", "--draws", "0", "-oprecious.txt"]`, `["rank", "gallium", "--draws", "0", "-qo", "precious.txt"]`, `["rank", "gallium", "--draws", "0", "-qoprecious.txt"]`, `["rank", "gallium", "--draws", "0", "-qo=precious.txt"]`,
		`["scenario", "new", "gallium", "--from", "CHN", "-o", "precious.txt"]`, `["scenario", "new", "gallium", "--from", "CHN", "-qoprecious.txt"]`} {
		write(t, "evil.csv.run.json", `{"program": "chokepoint", "version": "dev", "command": `+command+`}`)
		code, stdout, stderr := cli("rerun", "evil.csv.run.json")
		if read(t, "precious.txt") != "mine\n" {
			t.Fatalf("record %d overwrote a file: exit code %d\n%s%s", i, code, stdout, stderr)
		}
		if left := listing(t, "."); left != "evil.csv.run.json\nprecious.txt\n" && code != fault.OK {
			t.Errorf("record %d, exit code %d, left\n%s%s", i, code, left, stderr)
		}
	}
}

// TestFlagsAndFilesAgree: a scenario from flags and the file that scenario new
// makes of it have one hash.
func TestFlagsAndFilesAgree(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"gallium", "--from", "China"}, {"gallium,Germanium", "--from", "CHN", "--cut", "50%"}, {"gallium", "--from", "CN", "--to", "US,Japan", "--leakage", "0.2", "--offered", "30%"},
		{"palladium", "--from", "RUS,ZAF", "--months", "6.5"}, {"palladium", "--from", "RUS", "--kind", "import-ban", "--to", "@EU"}, {"rhodium", "--from", "ZAF", "--kind", "production-outage", "--cut", "1e-3"},
		{"potash", "--from", "RUS,BLR", "--bloc", "BLR,RUS"}, {"@usgs-84", "--from", "CHN,RUS"},
	} {
		ok(t, append(append([]string{"scenario", "new"}, args...), "-o", "new.yaml", "-q")...)
		var saved [2]savedJSON
		decode(t, ok(t, append(append([]string{"disrupt"}, args...), "--format", "json", "-q", "--draws", "0")...), &saved[0])
		decode(t, ok(t, "disrupt", "new.yaml", "--format", "json", "-q", "--draws", "0"), &saved[1])
		if a, b := saved[0].Run.Scenario, saved[1].Run.Scenario; a != b || a == "" {
			t.Errorf("%v: hash %s from flags, %s from the file\n%s\n%s", args, a, b, saved[0].Run.Canonical, saved[1].Run.Canonical)
		}
		if a, b := saved[0].Result[0]["loss_musd"], saved[1].Result[0]["loss_musd"]; a != b {
			t.Errorf("%v: loss %v from flags, %v from the file", args, a, b)
		}
	}
}

// FuzzRecord: a record of a stranger is refused with a place, and rerun never
// writes but beside it.
func FuzzRecord(f *testing.F) {
	for _, text := range []string{`{"program": "chokepoint", "command": ["rank"]}`, `{"run": {"program": "chokepoint", "command": ["rank", "-o", "x.csv"]}}`, `{"run": null}`, `[]`, `{`, `{"program": "chokepoint", "command": [], "seed": 1}`, `{"program": "chokepoint", "command": ["serve"], "method": {"a": "b"}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		name := filepath.Join(t.TempDir(), "fuzz.run.json")
		write(t, name, string(content))
		r, err := readRecord(name)
		if err != nil {
			if fault.CodeOf(err) != fault.InvalidData || strings.ContainsAny(err.Error(), "\x1b\r") {
				t.Fatalf("%v", err)
			}
			return
		}
		if r.Program != "chokepoint" || len(r.Command) == 0 || len(r.Command) > 1000 {
			t.Fatalf("%+v", r)
		}
		var out, errs bytes.Buffer
		if code := run(context.Background(), []string{"cite", name}, &out, &errs); code != fault.OK {
			t.Fatalf("cite: exit code %d\n%s", code, errs.String())
		}
		rest, _ := withoutOutput(r.Command)
		if len(rest) > len(r.Command) {
			t.Fatal("words were added")
		}
	})
}

// FuzzSplitWords: a selector is split like a shell splits it, or refused.
func FuzzSplitWords(f *testing.F) {
	for _, text := range []string{`gallium --from CHN`, `gallium --from 'South Africa'`, `"a b" c`, `"`, `a"b c"d`, `''`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words, err := ask.SplitWords(text)
		if err != nil {
			if fault.CodeOf(err) != fault.Usage {
				t.Fatal(err)
			}
			return
		}
		if joined := strings.Join(words, ""); len(joined) > len(text)*3 {
			t.Fatalf("%q became %q", text, words)
		}
	})
}
