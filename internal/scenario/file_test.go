package scenario

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"chokepoint/data"
	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
)

var update = flag.Bool("update", false, "rewrite the answers in testdata")

// shipped is the shipped catalogue with the central figures of every unit.
type shipped struct {
	c       *catalog.Catalog
	figures []*catalog.Figures
}

var load = sync.OnceValues(func() (shipped, error) {
	fsys, err := data.FS()
	if err != nil {
		return shipped{}, err
	}
	c, err := catalog.Load(fsys)
	if err != nil {
		return shipped{}, err
	}
	v, err := c.Central(catalog.Merged)
	if err != nil {
		return shipped{}, err
	}
	s := shipped{c: c, figures: make([]*catalog.Figures, len(c.Units))}
	for i := range c.Units {
		if s.figures[i], err = c.Bind(i, v); err != nil {
			return shipped{}, err
		}
	}
	return s, nil
})

func fixture(t testing.TB) shipped {
	t.Helper()
	s, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s shipped) unit(t testing.TB, id string) int {
	t.Helper()
	u, ok := s.c.Unit(id)
	if !ok {
		t.Fatalf("no unit %s", id)
	}
	return u
}

func (s shipped) canonical(t testing.TB, x Scenario) Scenario {
	t.Helper()
	out, _, err := x.Canonical(s.c, s.figures)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// fileCase is one case of testdata/files.txt.
type fileCase struct {
	name, content, answer string
	schemaCannotKnow      bool
}

const filesPath = "testdata/files.txt"

func readCases(t testing.TB) (intro string, cases []fileCase) {
	t.Helper()
	text, err := os.ReadFile(filesPath)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), "\n== ")
	for _, part := range parts[1:] {
		head, body, _ := strings.Cut(part, "\n")
		content, answer, _ := strings.Cut(body, "\n=> ")
		if strings.HasPrefix(body, "=> ") { // the file is empty
			content, answer = "", strings.TrimPrefix(body, "=> ")
		}
		c := fileCase{content: strings.TrimRight(content, "\n") + "\n", answer: strings.TrimSpace(answer)}
		c.name, _, c.schemaCannotKnow = strings.Cut(head, " | schema cannot know")
		cases = append(cases, c)
	}
	return parts[0], cases
}

func writeCases(t testing.TB, intro string, cases []fileCase) {
	t.Helper()
	var b strings.Builder
	b.WriteString(strings.TrimRight(intro, "\n") + "\n")
	for _, c := range cases {
		b.WriteString("\n== " + c.name)
		if c.schemaCannotKnow {
			b.WriteString(" | schema cannot know")
		}
		b.WriteString("\n")
		if content := strings.TrimRight(c.content, "\n"); content != "" {
			b.WriteString(content + "\n")
		}
		b.WriteString("=> " + strings.ReplaceAll(c.answer, "\n", "\n   ") + "\n")
	}
	if err := os.WriteFile(filesPath, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// answer is what ReadFile and Canonical say of a file.
func (s shipped) answer(content string) string {
	f, err := ReadFile(s.c, "case.yaml", []byte(content))
	if err != nil {
		return err.(*fault.Error).Error()
	}
	x, notes, err := f.Scenario.Canonical(s.c, s.figures)
	if err != nil {
		return "canonical form: " + err.Error()
	}
	out := fmt.Sprintf("ok, %d withdrawals, %g months, hash %s", len(x.Withdrawals), x.Months, x.Hash(s.c))
	for i, n := range notes {
		if i == 3 {
			return out + fmt.Sprintf("\nand %d more notes", len(notes)-i)
		}
		out += "\nno effect: " + n.Reason
	}
	return out
}

// TestFiles holds ReadFile against the answers in testdata/files.txt: the error
// texts with line, column and near names, and the hash of what is accepted.
func TestFiles(t *testing.T) {
	s := fixture(t)
	intro, cases := readCases(t)
	for i := range cases {
		c := &cases[i]
		got := s.answer(c.content)
		if *update {
			c.answer = got
			continue
		}
		if want := strings.ReplaceAll(c.answer, "\n   ", "\n"); got != want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, want)
		}
	}
	if *update {
		writeCases(t, intro, cases)
	}
}

// hashes of the cases that are the same scenario, written differently.
func TestEqualFilesHaveOneHash(t *testing.T) {
	s := fixture(t)
	_, cases := readCases(t)
	hash := map[string]string{}
	for _, c := range cases {
		_, hash[c.name], _ = strings.Cut(strings.SplitN(s.answer(c.content), "\n", 2)[0], "hash ")
	}
	seen := map[string]string{}
	for _, group := range [][]string{
		{"smallest", "the same as JSON", "the same with everything written out", "a smaller cut of the same is merged", "a comment stands before"},
		{"half, in percent", "half, as a number", "half, quoted", "half, with an exponent"},
		{"targets with their defaults", "targets with the defaults written out, in another order"},
		{"leakage of minus zero is zero", "leakage of zero"},
		{"an import ban offers everything", "an import ban"},
		{"a bloc, and a bloc of one", "blocs in another order"},
		{"outage of the United States"},
		{"nothing to withdraw is no error"},
		{"story, dates, sources"},
	} {
		for _, name := range group {
			if hash[name] == "" || hash[name] != hash[group[0]] {
				t.Errorf("%q has hash %q, %q has %q", name, hash[name], group[0], hash[group[0]])
			}
		}
		if other := seen[hash[group[0]]]; other != "" {
			t.Errorf("%q and %q have one hash", group[0], other)
		}
		seen[hash[group[0]]] = group[0]
	}
}

func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(Schema)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.json", doc); err != nil {
		t.Fatal(err)
	}
	out, err := c.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// generic turns decoded YAML into what JSON could hold; ok is false for NaN and
// infinity, which it cannot.
func generic(v any) (out any, ok bool) {
	switch x := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for k, e := range x {
			if m[k], ok = generic(e); !ok {
				return nil, false
			}
		}
		return m, true
	case []any:
		l := make([]any, len(x))
		for i, e := range x {
			if l[i], ok = generic(e); !ok {
				return nil, false
			}
		}
		return l, true
	case float64:
		return x, !math.IsNaN(x) && !math.IsInf(x, 0)
	}
	return v, true
}

// schemaSays tells whether the schema accepts a file that YAML can read.
func schemaSays(s *jsonschema.Schema, content string) error {
	var v any
	if err := yaml.Unmarshal([]byte(content), &v); err != nil {
		return fmt.Errorf("no YAML: %w", err)
	}
	g, ok := generic(v)
	if !ok {
		return errors.New("not finite")
	}
	return s.Validate(g)
}

// TestSchemaAndParserAgree: an editor that completes from the schema says the
// same as the program, but for what only the catalogue and the syntax know.
func TestSchemaAndParserAgree(t *testing.T) {
	s, sch := fixture(t), schema(t)
	_, cases := readCases(t)
	known := 0
	for _, c := range cases {
		_, parserErr := ReadFile(s.c, "case.yaml", []byte(c.content))
		schemaErr := schemaSays(sch, c.content)
		switch {
		case c.schemaCannotKnow:
			known++
			if parserErr == nil || schemaErr != nil {
				t.Errorf("%s is marked as unknown to the schema: parser %v, schema %v", c.name, parserErr, schemaErr)
			}
		case (parserErr == nil) != (schemaErr == nil):
			t.Errorf("%s: parser %v, schema %v", c.name, parserErr, schemaErr)
		}
	}
	if known < 5 || len(cases)-known < 60 {
		t.Errorf("%d of %d cases are unknown to the schema", known, len(cases))
	}
	library, err := data.Scenarios()
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(library, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 11 {
		t.Errorf("the library has %d files", len(files))
	}
	for _, name := range files {
		content, err := fs.ReadFile(library, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := schemaSays(sch, string(content)); err != nil {
			t.Errorf("%s: the schema says %v", name, err)
		}
		f, err := ReadFile(s.c, name, content)
		if err != nil {
			t.Error(err)
			continue
		}
		if f.Name != strings.TrimSuffix(name, ".yaml") || f.Title == "" || f.Summary == "" {
			t.Errorf("%s: name %q, title %q, summary %q", name, f.Name, f.Title, f.Summary)
		}
		if len(f.Sources) == 0 || len(f.Assumptions) == 0 {
			t.Errorf("%s: %d sources, %d assumptions", name, len(f.Sources), len(f.Assumptions))
		}
		for _, y := range f.Sources {
			if y.Says == "" || y.URL != "" && !strings.HasPrefix(y.URL, "https://") && !strings.HasPrefix(y.URL, "http://") {
				t.Errorf("%s: source %q has address %q and says %q", name, y.Title, y.URL, y.Says)
			}
		}
		s.roundTrip(t, name, f.Scenario)
	}
}

// roundTrip writes a scenario as a file and reads the same back.
func (s shipped) roundTrip(t testing.TB, name string, x Scenario) {
	t.Helper()
	canonical := s.canonical(t, x)
	if len(canonical.Withdrawals) == 0 {
		return
	}
	text := canonical.YAML(s.c, "round-trip", name)
	back, err := ReadFile(s.c, name, []byte(text))
	if err != nil {
		t.Errorf("%s\n%s", err, text)
		return
	}
	if again := s.canonical(t, back.Scenario); again.Canon(s.c) != canonical.Canon(s.c) {
		t.Errorf("%s: written and read back:\n%s\n%s", name, canonical.Canon(s.c), again.Canon(s.c))
	}
	if back.Title != strings.TrimSpace(name) {
		t.Errorf("title %q came back as %q", name, back.Title)
	}
}

func TestRoundTrip(t *testing.T) {
	s := fixture(t)
	_, cases := readCases(t)
	n := 0
	for _, c := range cases {
		f, err := ReadFile(s.c, "case.yaml", []byte(c.content))
		if err != nil {
			continue
		}
		n++
		s.roundTrip(t, c.name+` "quoted" \ and: # ü`, f.Scenario)
	}
	if n < 15 {
		t.Errorf("%d files make the round trip", n)
	}
	if _, err := ReadFile(s.c, "case.yaml", []byte(s.canonical(t, Single(s.unit(t, "gallium"), "CHN", ExportRestriction)).YAML(s.c, "x", "tab \t, bell \a, nul-like \x01, nbsp \u00a0, \u2028"))); err != nil {
		t.Error(err)
	}
}

// TestLimits: what a stranger may send.
func TestLimits(t *testing.T) {
	s := fixture(t)
	good := "format: 1\nwithdrawals: [{commodity: gallium, from: CHN}]\n"
	for _, x := range []struct{ name, content, want string }{
		{"too large", good + strings.Repeat("# filling up\n", MaxFileBytes/13+1), "x.yaml:1:1: the file is too large: expected at most 256 KiB"},
		{"largest", good + strings.Repeat("#", MaxFileBytes-len(good)), ""},
		{"NUL", "format: 1\nwithdrawals: [\x00]\n", "x.yaml:2:15: control character 0x00: expected text"},
		{"escape", "format: 1\ntitle: \x1b[31mred\n", "x.yaml:2:8: control character 0x1b: expected text"},
		{"no UTF-8", "format: 1\ntitle: \xff\n", "x.yaml:1:1: the file is not UTF-8 text: expected a scenario file"},
		{"UTF-16", "\xff\xfef\x00o\x00", "x.yaml:1:1: the file is not UTF-8 text: expected a scenario file"},
		{"byte order mark", "\ufeff" + good, ""},
		{"lines end with CR LF", strings.ReplaceAll(good, "\n", "\r\n"), ""},
		{"flow nesting", "withdrawals: " + strings.Repeat("[", 100_000), "x.yaml:1:30: the file is nested too deeply: expected at most 16 levels"},
		{"flow nesting over lines", "withdrawals:\n" + strings.Repeat("[\n", 1000), "x.yaml:18:1: the file is nested too deeply: expected at most 16 levels"},
		{"mapping nesting", strings.Repeat("{a: ", 1000), "x.yaml:1:65: the file is nested too deeply: expected at most 16 levels"},
		{"block nesting", nestedBlocks(500), "x.yaml:130:1: the file is nested too deeply: expected at most 16 levels"},
		{"list nesting on a line", "withdrawals:\n  " + strings.Repeat("- ", 60_000) + "x\n", "x.yaml:2:1: the file is nested too deeply: expected at most 16 levels"},
		{"too many withdrawals", "format: 1\nwithdrawals:\n" + strings.Repeat("  - {commodity: '@all', from: '@EU'}\n", 6), "x.yaml:7:31: too many withdrawals: expected at most 10000"},
	} {
		_, err := ReadFile(s.c, "x.yaml", []byte(x.content))
		first := ""
		if err != nil {
			first, _, _ = strings.Cut(err.Error(), "\n")
		}
		if first != x.want {
			t.Errorf("%s:\n got %s\nwant %s", x.name, first, x.want)
		}
		if err != nil && fault.CodeOf(err) != fault.InvalidData {
			t.Errorf("%s: exit code %d", x.name, fault.CodeOf(err))
		}
	}
}

func nestedBlocks(levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// FuzzReadFile: whatever is read is refused with a place, or is a scenario that
// writes itself back to the same hash.
func FuzzReadFile(f *testing.F) {
	s := fixture(f)
	_, cases := readCases(f)
	for _, c := range cases {
		f.Add([]byte(c.content))
	}
	library, err := data.Scenarios()
	if err != nil {
		f.Fatal(err)
	}
	files, err := fs.Glob(library, "*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		content, err := fs.ReadFile(library, name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := ReadFile(s.c, "fuzz.yaml", content)
		var e *fault.Error
		if err != nil {
			if !errors.As(err, &e) || e.Code != fault.InvalidData || e.Line < 1 || e.Col < 1 || e.What == "" {
				t.Fatalf("error without shape: %#v", err)
			}
			return
		}
		x, _, err := file.Scenario.Canonical(s.c, s.figures)
		if err != nil {
			if !errors.As(err, &e) || e.Code != fault.Usage {
				t.Fatalf("the canonical form of an accepted file: %v", err)
			}
			return
		}
		again, notes, err := x.Canonical(s.c, s.figures)
		if err != nil || len(notes) > 0 || again.Canon(s.c) != x.Canon(s.c) {
			t.Fatalf("the canonical form is not canonical: %v\n%s\n%s", err, x.Canon(s.c), again.Canon(s.c))
		}
		if len(x.Withdrawals) > 0 {
			s.roundTrip(t, "fuzz", file.Scenario)
		}
	})
}
