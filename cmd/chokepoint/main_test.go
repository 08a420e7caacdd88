package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"chokepoint/internal/ask"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
)

var update = flag.Bool("update", false, "rewrite the answers in testdata/cases and the documents")

// cli runs a command line in this process. One that does not come to an end is
// interrupted, which no test expects.
func cli(args ...string) (code fault.Code, stdout, stderr string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var out, err bytes.Buffer
	code = run(ctx, args, &out, &err)
	return code, out.String(), err.String()
}

// ok runs a command line that has to succeed and returns what it prints.
func ok(t testing.TB, args ...string) string {
	t.Helper()
	code, stdout, stderr := cli(args...)
	if code != fault.OK {
		t.Fatalf("chokepoint %s: exit code %d\n%s", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

// fails runs a command line that has to fail and returns its standard error.
func fails(t testing.TB, want fault.Code, args ...string) string {
	t.Helper()
	code, _, stderr := cli(args...)
	if code != want {
		t.Fatalf("chokepoint %s: exit code %d, want %d\n%s", strings.Join(args, " "), code, want, stderr)
	}
	return stderr
}

// write makes a file, with its folders.
func write(t testing.TB, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// listing is every file below a folder, one a line.
func listing(t testing.TB, folder string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && path != folder && !d.IsDir() {
			rel, _ := filepath.Rel(folder, path)
			fmt.Fprintln(&b, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestCases runs the conversations in testdata/cases. In a file, lines that start
// with # comment; "-- name --" starts a file that is there when the commands run.
// Then come commands, "$ chokepoint ..." ($ cat and $ ls show files; "| head 5"
// and "| grep word" keep some lines of standard output), what they print ("> "
// and on standard error "! "), and "? 2" for an exit code that is not 0.
// -update rewrites what they print.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		abs, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text := read(t, abs)
			t.Chdir(t.TempDir())
			if got := converse(t, text); got != text {
				if *update {
					write(t, abs, got)
					return
				}
				t.Error(difference(text, got))
			}
		})
	}
}

// converse runs the commands of a file and returns the file as it should be.
func converse(t *testing.T, text string) string {
	t.Helper()
	var out, content strings.Builder
	name := ""
	done := func() {
		if name != "" {
			write(t, name, content.String())
		}
		name = ""
		content.Reset()
	}
	for _, line := range strings.SplitAfter(text, "\n") {
		switch {
		case strings.HasPrefix(line, "-- ") && strings.HasSuffix(line, " --\n"):
			done()
			name = strings.TrimSuffix(strings.TrimPrefix(line, "-- "), " --\n")
		case strings.HasPrefix(line, "$ "):
			done()
			out.WriteString(line)
			out.WriteString(execute(t, strings.TrimSpace(line[2:])))
			continue
		case name != "":
			content.WriteString(line)
		case strings.HasPrefix(line, "> "), strings.HasPrefix(line, "! "), strings.HasPrefix(line, "? "), line == ">\n", line == "!\n":
			continue
		}
		out.WriteString(line)
	}
	return out.String()
}

// execute runs one command of a conversation and returns what to print.
func execute(t *testing.T, line string) string {
	t.Helper()
	line, filter, _ := strings.Cut(line, " | ")
	words, err := ask.SplitWords(line)
	if err != nil {
		t.Fatal(err)
	}
	var code fault.Code
	var stdout, stderr string
	switch words[0] {
	case "chokepoint":
		code, stdout, stderr = cli(words[1:]...)
	case "cat":
		stdout = read(t, words[1])
	case "ls":
		stdout = listing(t, ".")
	default:
		t.Fatalf("unknown command %s", words[0])
	}
	var b strings.Builder
	for _, l := range keep(t, lines(stdout), filter) {
		b.WriteString(strings.TrimRight("> "+l, " ") + "\n")
	}
	for _, l := range lines(stderr) {
		b.WriteString(strings.TrimRight("! "+l, " ") + "\n")
	}
	if code != fault.OK {
		fmt.Fprintf(&b, "? %d\n", code)
	}
	return b.String()
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func keep(t *testing.T, all []string, filter string) []string {
	t.Helper()
	if filter == "" {
		return all
	}
	verb, what, _ := strings.Cut(filter, " ")
	switch verb {
	case "head":
		n, err := strconv.Atoi(what)
		if err != nil {
			t.Fatal(err)
		}
		return all[:min(n, len(all))]
	case "grep":
		var out []string
		for _, l := range all {
			if strings.Contains(l, what) {
				out = append(out, l)
			}
		}
		return out
	}
	t.Fatalf("unknown filter %s", filter)
	return nil
}

// difference shows the first lines in which two texts differ.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	command := ""
	for i := 0; i < len(w) && i < len(g); i++ {
		if strings.HasPrefix(g[i], "$ ") {
			command = g[i]
		}
		if w[i] != g[i] {
			return fmt.Sprintf("line %d, after %s\n got %s\nwant %s", i+1, command, strings.Join(g[i:min(i+4, len(g))], "\n     "), strings.Join(w[i:min(i+4, len(w))], "\n     "))
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

// TestWidth: no line of text is wider than 80 columns, whatever the command.
// Machine formats, help and the one-line errors may be wider.
func TestWidth(t *testing.T) {
	t.Chdir(t.TempDir())
	commands := [][]string{
		{"backtest"}, {"stockpile"}, {"stockpile", "@all", "--budget", "1e10"}, {"stockpile", "--preset", "jp-180-days"}, {"stockpile", "gallium", "graphite-synthetic", "titanium-sponge"},
		{}, {"rank"}, {"rank", "@all"}, {"rank", "--by", "chain"}, {"rank", "--given-disruption"}, {"rank", "--units", "customs-area"}, {"rank", "--probability", "published"},
		{"rank", "gallium", "--set", "gallium.supply.CHN.share=0.9"},
		{"scenario", "list", "@all"}, {"scenario", "list", "gallium", "--units", "customs-area"}, {"scenario", "show"}, {"scenario", "check", "china-us-ban-2024", "china-shared-18"},
		{"disrupt", "gallium", "--from", "CHN"}, {"disrupt", "gallium", "--from", "CHN", "--to", "USA,JPN,@EU"}, {"disrupt", "@usgs-84", "--from", "CHN,RUS,ZAF"},
		{"disrupt", "potash", "--from", "RUS,BLR", "--bloc", "RUS,BLR"}, {"disrupt", "palladium", "--from", "RUS", "--kind", "import-ban", "--to", "@EU,USA"}, {"disrupt", "gallium", "--from", "FIN"},
		{"disrupt", "gallium", "--from", "@EU", "--bloc", "@EU"}, {"disrupt", "copper-refined,zinc-mined", "--from", "CHL,PER,DEU", "--cut", "12.345%", "--months", "7.25"},
		{"disrupt", "gallium", "--from", "CHN", "--method", "choke=1.5", "--method", "stocks=0.5,demand=linear"},
		{"path", "gallium", "--from", "CHN"}, {"path", "@usgs-84", "--from", "CHN,RUS,ZAF", "--draws", "20"}, {"path", "iron-ore", "--from", "AUS", "--profile", "stop-then-quota", "--horizon", "240", "--strategic-stock", "123456789", "--release", "price=1.25,rate=12345678"},
		{"compare", "gallium --from CHN", "gallium --from CHN --to USA"},
		{"compare", "gallium --from CHN", "gallium --from CHN --to USA", "gallium --from CHN --cut 50%", "china-us-ban-2024", "china-shared-18", "russia-titanium-west", "china-antimony-2024", "drc-cobalt-2025"},
		{"show", "gallium"}, {"show", "gallium", "--all"}, {"show", "rare-earths"}, {"show", "CHN"}, {"show", "COD"}, {"show", "334413"}, {"show", "331314"}, {"show", "commodities"}, {"show", "countries"}, {"show", "industries"},
		{"data", "list"}, {"data", "list", "supply"}, {"data", "list", "trade_bilateral"}, {"data", "list", "bea_use"}, {"data", "check"}, {"data", "sources"}, {"cite"},
		{"lists"}, {"lists", "show", "us-2025-final"}, {"lists", "show", "eu-2023-critical", "--language", "fr"}, {"lists", "show", "jp-2012"}, {"show", "us-2018"}, {"lists", "claims"}, {"lists", "claims", "A09"}, {"lists", "rules"}, {"lists", "materials"},
		{"lists", "diff", "us-2018", "eu-2023-critical"}, {"lists", "overlap", "shared-18", "--language", "de"}, {"lists", "overlap", "us-2025-final", "eu-2023-critical", "jp-2024", "kr-2023"}, {"lists", "overlap", "--all"}, {"lists", "timeline"},
		{"lists", "overlap", "us-2025-final", "eu-2023-critical", "jp-2024", "kr-2023", "--language", "ja"}, {"lists", "overlap", "us-2018", "us-2022", "us-2025-draft", "us-2025-final", "eu-2020", "jp-2009", "in-2023"},
		{"concentration", "--country", "EU"}, {"explain", "concentration", "copper-refined", "economic_vulnerability"}, {"rank", "--against", "au-2024-strategic-materials"}, {"explain", "lists", "jp-2024", "scandium"},
		{"explain", "lists", "eu-2023-critical", "dysprosium"}, {"explain", "claims", "A16"}, {"show", "platinum"},
		{"concentration"}, {"concentration", "@all"}, {"concentration", "gallium"}, {"concentration", "manganese"}, {"concentration", "platinum"}, {"concentration", "thulium"}, {"concentration", "--country", "CHN"}, {"concentration", "--country", "Samoa"},
		{"concentration", "--importer", "USA,EU,JPN,KOR"}, {"concentration", "gold", "--importer", "USA,EU"}, {"concentration", "iron-ore", "--importer", "EU"}, {"data", "compare", "cobalt"}, {"data", "compare", "iron-ore"}, {"data", "compare", "helium", "--year", "2025"},
		{"explain", "path", "gallium", "--from", "CHN", "price_ratio_outside"}, {"explain", "path", "gallium", "--from", "CHN", "loss_musd", "--month", "2025-06"}, {"explain", "path", "iron-ore", "--from", "AUS", "price_ratio_inside"}, {"explain", "path", "gallium", "--from", "CHN", "recovery_index"},
		{"explain", "backtest", "ga2023-2m"}, {"explain", "backtest", "ree2010-dy-fob"}, {"explain", "backtest", "co2025-hydroxide-quota"}, {"explain", "stockpile", "gallium", "stock_t"}, {"explain", "stockpile", "iron-ore", "avoided_loss_musd"},
		{"explain", "concentration", "gallium", "hhi"}, {"explain", "concentration", "magnesium-metal", "eu_supply_risk"}, {"explain", "concentration", "barite", "geopolrisk_usa"}, {"explain", "concentration", "cobalt-metal", "us_supply_risk"},
	}
	for _, column := range []string{"price_ratio", "hit_gdp_musd", "users_price_gdp_musd", "producer_volume_gdp_musd", "rest_gdp_musd", "loss_musd", "expected_loss_musd", "probability", "uses", "price_rationing_bound_musd"} {
		commands = append(commands, []string{"explain", "palladium", "--from", "RUS,ZAF", "--to", "USA,@EU", column})
	}
	names, err := ask.LibraryNames()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		commands = append(commands, []string{"scenario", "show", n})
		if strings.HasPrefix(n, "china-all") || strings.HasPrefix(n, "russia-") {
			commands = append(commands, []string{"disrupt", n})
		}
	}
	for _, args := range commands {
		if len(args) > 0 && slices.Contains([]string{"rank", "disrupt", "compare", "path", "stockpile"}, args[0]) && !slices.Contains(args, "--draws") {
			n := "0" // faster
			if len(args) > 1 && args[1] == "gallium" || args[0] == "compare" || args[0] == "stockpile" {
				n = "20"
			}
			args = append(args, "--draws", n)
		}
		code, stdout, stderr := cli(args...)
		if args != nil && len(args) > 1 && args[0] == "show" && args[1] == "rare-earths" && code == fault.Usage {
			continue
		}
		if code != fault.OK && code != fault.NoEquilibrium {
			t.Errorf("chokepoint %s: exit code %d\n%s", strings.Join(args, " "), code, stderr)
			continue
		}
		if code == fault.NoEquilibrium {
			stderr = ""
		}
		for _, l := range append(lines(stdout), lines(stderr)...) {
			if n := export.DisplayWidth(l); n > export.Width && !strings.Contains(l, "://") {
				t.Errorf("chokepoint %s: %d columns\n%s", strings.Join(args, " "), n, l)
				break
			}
			if strings.ContainsAny(l, "\t\r\x1b") || strings.TrimRight(l, " ") != l {
				t.Errorf("chokepoint %s: %q ends with spaces or holds control characters", strings.Join(args, " "), l)
			}
		}
	}
}

// TestLibrary: every scenario of the library checks, runs, stays finite and
// keeps its hash, and disrupt, scenario check and the record name the same one.
func TestLibrary(t *testing.T) {
	names, err := ask.LibraryNames()
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 11 {
		t.Errorf("%d scenarios", len(names))
	}
	for _, name := range names {
		check := ok(t, "scenario", "check", name, "-q")
		_, hash, _ := strings.Cut(strings.Join(strings.Fields(check), " "), "hash ")
		hash, _, _ = strings.Cut(hash, " ")
		var saved savedJSON
		code, stdout, stderr := cli("disrupt", name, "--format", "json", "-q", "--draws", "0")
		if code != fault.OK && code != fault.NoEquilibrium {
			t.Errorf("%s: exit code %d\n%s", name, code, stderr)
			continue
		}
		decode(t, stdout, &saved)
		if saved.Run.Scenario != hash || len(saved.Result) != 1 || saved.Result[0]["scenario"] != hash {
			t.Errorf("%s: checked as %s, run as %s", name, hash, saved.Run.Scenario)
		}
		if loss, ok := saved.Result[0]["loss_musd"].(float64); !ok || loss == 0 {
			t.Errorf("%s: loss %v", name, saved.Result[0]["loss_musd"])
		}
		if len(saved.Uses) == 0 || len(saved.Industries) == 0 || len(saved.Sources) == 0 {
			t.Errorf("%s: %d uses, %d industries, %d sources", name, len(saved.Uses), len(saved.Industries), len(saved.Sources))
		}
	}
}

// TestExamplesInHelp: every example line of a command runs.
func TestExamplesInHelp(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "mine.yaml", "format: 1\nwithdrawals: [{commodity: gallium, from: CHN}]\n")
	n := 0
	for _, command := range append([]string{""}, "rank", "disrupt", "explain", "explain path", "explain backtest", "explain stockpile", "show", "compare", "stockpile", "scenario new", "lists", "lists overlap", "lists timeline", "lists claims") {
		words := strings.Fields(command)
		text := ok(t, append(words, "--help")...)
		if command == "" {
			text = "Examples:\n" + ok(t)
		}
		_, examples, found := strings.Cut(text, "Examples:\n")
		if !found {
			t.Errorf("%s has no examples", command)
			continue
		}
		for _, l := range lines(examples) {
			l, isExample := strings.CutPrefix(l, "  chokepoint ")
			if !isExample {
				continue
			}
			l, _, _ = strings.Cut(l, "   ") // what the first page says of it
			args, err := ask.SplitWords(l)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains([]string{"rank", "disrupt", "compare", "stockpile"}, args[0]) && !slices.Contains(args, "--draws") {
				args = append(args, "--draws", "0") // faster
			}
			if code, _, stderr := cli(append(args, "-q")...); code != fault.OK {
				t.Errorf("chokepoint %s: exit code %d\n%s", l, code, stderr)
			}
			n++
		}
	}
	if n < 15 {
		t.Errorf("%d examples", n)
	}
}

// TestInterrupted: a cancelled run leaves nothing behind, and says so.
func TestInterrupted(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, args := range [][]string{{"rank", "-o", "rank.csv"}, {"scenario", "list"}, {"disrupt", "gallium", "--from", "CHN", "-o", "x.json"}, {"compare", "gallium --from CHN", "gallium --from CHN --cut 50%"}, {"explain", "gallium", "--from", "CHN", "loss_musd"}} {
		var out, errs bytes.Buffer
		code := run(ctx, args, &out, &errs)
		if code != fault.Interrupted || out.Len() > 0 || errs.String() != "interrupted; run the same command again to get the result\n" {
			t.Errorf("chokepoint %s: exit code %d, %d bytes\n%s", strings.Join(args, " "), code, out.Len(), errs.String())
		}
	}
	if left := listing(t, "."); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

// TestWorkers: the number of workers changes no byte.
func TestWorkers(t *testing.T) {
	for _, args := range [][]string{{"rank", "gallium", "germanium", "rhodium", "--draws", "40", "--format", "csv"}, {"rank", "--draws", "0", "--format", "csv"}, {"scenario", "list", "--format", "csv"}} {
		want := ok(t, append(args, "--workers", "1")...)
		for _, n := range []string{"2", "7", "1024"} {
			if got := ok(t, append(args, "--workers", n)...); got != want {
				t.Errorf("%v differs with %s workers", args, n)
			}
		}
	}
}

// brokenWriter fails after some bytes, as a full disk or a closed pipe does.
type brokenWriter struct{ left int }

func (w *brokenWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		return 0, fs.ErrClosed
	}
	w.left -= len(p)
	return len(p), nil
}

func TestBrokenPipe(t *testing.T) {
	for _, args := range [][]string{{"rank", "--draws", "0"}, {"rank", "--draws", "0", "--format", "csv"}, {"disrupt", "gallium", "--from", "CHN", "--draws", "0", "--format", "json"}, {"version"}, {"cite"}, {"scenario", "schema"}, {"scenario", "check", "china-us-ban-2024"}, {"scenario", "new", "gallium", "--from", "CHN"}} {
		var errs bytes.Buffer
		if code := run(context.Background(), append(args, "-q"), &brokenWriter{10}, &errs); code != fault.Failure {
			t.Errorf("chokepoint %s: exit code %d\n%s", strings.Join(args, " "), code, errs.String())
		}
	}
}
