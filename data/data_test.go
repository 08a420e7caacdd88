package data

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const generate = "run `go generate ./data`"

// TestArchive holds data.zip against the files it is made from.
func TestArchive(t *testing.T) {
	shipped, err := FS()
	if err != nil {
		t.Fatal(err)
	}
	want, err := filepath.Glob("tables/*")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, "datapackage.json")
	var got []string
	err = fs.WalkDir(shipped, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			got = append(got, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	for i := range want {
		want[i] = filepath.ToSlash(want[i])
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("data.zip holds\n%s\nthe folder\n%s\n%s", got, want, generate)
	}
	for _, name := range want {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		packed, err := fs.ReadFile(shipped, name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(file, packed) {
			t.Errorf("%s in data.zip is not the file: %s", name, generate)
		}
	}
}

type descriptor struct {
	Version   string
	Resources []struct {
		Name, Path, Title, Redistributable, Vintage string
		Sources                                     []struct{ Title, Path string }
		Licenses                                    []struct{ Name, Title string }
		Schema                                      struct {
			Fields []struct{ Name, Type, Unit, Description string }
		}
	}
}

func readDescriptor(t *testing.T) *descriptor {
	t.Helper()
	content, err := os.ReadFile("datapackage.json")
	if err != nil {
		t.Fatal(err)
	}
	var d descriptor
	if err := json.Unmarshal(content, &d); err != nil {
		t.Fatal(err)
	}
	return &d
}

// TestDescriptor: what ships says what it is, in what unit, from where, and that
// it may ship; and every file that ships is described.
func TestDescriptor(t *testing.T) {
	d := readDescriptor(t)
	if d.Version == "" {
		t.Error("no version")
	}
	described := map[string]bool{}
	for _, r := range d.Resources {
		described[r.Path] = true
		need := map[string]string{"name": r.Name, "path": r.Path, "title": r.Title, "vintage": r.Vintage}
		if len(r.Sources) == 0 || len(r.Licenses) == 0 {
			t.Errorf("%s: no source or no licence", r.Name)
		}
		for _, s := range r.Sources {
			need["source title"], need["source path"] = s.Title, s.Path
		}
		for _, l := range r.Licenses {
			need["licence name"], need["licence title"] = l.Name, l.Title
		}
		for _, f := range r.Schema.Fields {
			need[f.Name+": description"] = f.Description
			if f.Type != "string" {
				need[f.Name+": unit"] = f.Unit
			}
		}
		for _, what := range slices.Sorted(maps.Keys(need)) {
			if need[what] == "" {
				t.Errorf("%s: no %s", r.Name, what)
			}
		}
		if r.Redistributable != "yes" {
			t.Errorf("%s: redistributable is %q and the table ships", r.Name, r.Redistributable)
		}
		if want := "tables/" + r.Name + ".csv"; r.Path != want {
			t.Errorf("%s: path %s, want %s", r.Name, r.Path, want)
		}
	}
	files, err := filepath.Glob("tables/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !described[filepath.ToSlash(f)] {
			t.Errorf("%s ships and is not described", f)
		}
	}
}

// notForReaders are words about how a table was made, which tell a reader
// nothing, and paths of a machine.
var notForReaders = regexp.MustCompile(`(?i)\brecalled\b|not available to us|stored text|method note|this session|\.\./shared|(^|[\s"'(])/(work|tmp|home|root)/|[a-z]:\\`)

// TestTexts: text in the tables is for a reader. No cell starts a formula in a
// spreadsheet, none has a space at an end that would make two names of one.
func TestTexts(t *testing.T) {
	check := func(where, text string) {
		if m := notForReaders.FindString(text); m != "" {
			t.Errorf("%s: %q in %.80q", where, m, text)
		}
		if text != "" && strings.ContainsRune("=@\t", rune(text[0])) {
			t.Errorf("%s: %.80q starts a formula", where, text)
		}
		if strings.TrimSpace(text) != text {
			t.Errorf("%s: space at an end of %.80q", where, text)
		}
	}
	for _, r := range readDescriptor(t).Resources {
		content, err := os.ReadFile(r.Path)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, cell := range row {
				check(r.Path+", row of "+row[0], cell)
			}
		}
		check(r.Name, r.Title+" "+r.Vintage)
		for _, s := range r.Sources {
			check(r.Name, s.Title)
			check(r.Name, s.Path)
		}
		for _, f := range r.Schema.Fields {
			check(r.Name+"."+f.Name, f.Description)
		}
	}
	for _, text := range []string{"see /home/x", "../shared/data", "(/tmp/a)", "Recalled from memory", `C:\data`} {
		if !notForReaders.MatchString(text) {
			t.Errorf("%q goes through", text)
		}
	}
	for _, text := range []string{"t/yr", "https://example.org/work/x", "and/or", "working paper"} {
		if notForReaders.MatchString(text) {
			t.Errorf("%q does not go through", text)
		}
	}
}
