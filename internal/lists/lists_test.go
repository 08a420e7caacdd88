package lists_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
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
	base, err := data.FS()
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Load(base)
	if err != nil {
		t.Fatal(err)
	}
	l, err := lists.Load(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
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

var _ = []any{errors.As, fs.ErrNotExist, slices.Sort[[]int], fstest.MapFS{}, rapid.Check, datapackage.Overlay{}, fault.OK}
