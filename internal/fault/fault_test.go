package fault

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestErrorShape(t *testing.T) {
	for _, c := range []struct {
		name string
		err  Error
		want string
	}{
		{"whole shape", Error{File: "supply.csv", Line: 3, Col: 9, What: "share_pct: -5 is too small", Expected: "a number from 0 to 100 (%)", DidYouMean: "5", Do: "Correct the row."},
			"supply.csv:3:9: share_pct: -5 is too small: expected a number from 0 to 100 (%) (did you mean 5?)\nCorrect the row."},
		{"no line", Error{File: "--cut", What: "a cut of 2", Expected: "a share from 0 to 1"}, "--cut: a cut of 2: expected a share from 0 to 1"},
		{"no place", Error{What: "interrupted"}, "interrupted"},
		{"a suggestion without expectation", Error{File: "x", What: "unknown", DidYouMean: "y"}, "x: unknown (did you mean y?)"},
		{"a column without a line is no place", Error{File: "x", Col: 4, What: "unknown"}, "x: unknown"},
		{"only advice", Error{File: "x", What: "unknown", Do: "Try y."}, "x: unknown\nTry y."},
		{"a name with a line end and an escape stays on one line", Error{File: "a\nb", What: "bad \x1b[2J", Expected: "x\ty", DidYouMean: "z\r", Do: "do\nthis"},
			`a\nb: bad \x1b[2J: expected x\ty (did you mean z\r?)` + "\n" + `do\nthis`},
		{"letters of other scripts stay", Error{File: "镓", What: "Côte d'Ivoire"}, "镓: Côte d'Ivoire"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestCodeOf(t *testing.T) {
	usage := &Error{Code: Usage, What: "inner"}
	cause := errors.New("disk full")
	for _, c := range []struct {
		name string
		err  error
		want Code
	}{
		{"no error", nil, OK},
		{"any other error", cause, Failure},
		{"an Error", usage, Usage},
		{"wrapped twice", fmt.Errorf("b: %w", fmt.Errorf("a: %w", usage)), Usage},
		{"the outermost counts", &Error{Code: InvalidData, Err: usage}, InvalidData},
		{"joined", errors.Join(cause, usage), Usage},
		{"an Error without code is no success", &Error{What: "forgotten"}, Failure},
		{"a nil Error in an interface", error((*Error)(nil)), Failure},
		{"every code goes through", &Error{Code: Interrupted}, Interrupted},
	} {
		if got := CodeOf(c.err); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	if err := fmt.Errorf("write: %w", &Error{Err: cause}); !errors.Is(err, cause) {
		t.Error("the cause is lost through wrapping")
	}
}

func TestQuote(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain", "gallium", `"gallium"`},
		{"empty", "", `""`},
		{"quotes and backslash", `a"b\c`, `"a\"b\\c"`},
		{"terminal escape", "\x1b[31mred", `"\x1b[31mred"`},
		{"NUL, DEL, C1", "\x00\x7f\u009b", `"\x00\x7f\u009b"`},
		{"right-to-left override", "abc\u202edef", `"abc\u202edef"`},
		{"zero width space", "gal\u200blium", `"gal\u200blium"`},
		{"not UTF-8", "C\xf4te", `"C\xf4te"`},
		{"other scripts", "ガリウム 镓", `"ガリウム 镓"`},
		{"60 letters stay", strings.Repeat("é", 60), `"` + strings.Repeat("é", 60) + `"`},
		{"61 are cut to 57 and dots", strings.Repeat("é", 61), `"` + strings.Repeat("é", 57) + `..."`},
	} {
		if got := Quote(c.text); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	units := []string{"gallium", "germanium", "graphite-natural", "graphite-synthetic", "cobalt-mined", "iron-ore", "Ga"}
	for _, c := range []struct {
		name, text string
		known      []string
		want       string
	}{
		{"a letter missing", "galium", units, "gallium"},
		{"case does not count", "GALLIUM", units, "gallium"},
		{"two letters of nine", "gemranium", units, "germanium"},
		{"the start of a name", "cobalt", units, "cobalt-mined"},
		{"the start of two names: the first by alphabet", "graphite", units, "graphite-natural"},
		{"far", "unobtainium", units, ""},
		{"more than a third differs", "irno", units, ""},
		{"short names must be equal", "gx", units, ""},
		{"short name, other case", "gA", units, "Ga"},
		{"empty text", "", units, ""},
		{"nothing known", "gallium", nil, ""},
		{"accents are one letter", "Cote d'Ivoire", []string{"Côte d'Ivoire"}, "Côte d'Ivoire"},
		{"equally near: the first by alphabet", "bbb", []string{"bbd", "bbc"}, "bbc"},
		{"huge text", strings.Repeat("a", 1<<20), []string{strings.Repeat("a", 1<<20)}, ""},
		{"huge known name", "gallium", []string{strings.Repeat("gallium", 1000)}, ""},
	} {
		if got := Nearest(c.text, c.known); got != c.want {
			t.Errorf("%s: %q gives %q, want %q", c.name, c.text[:min(20, len(c.text))], got, c.want)
		}
	}
	known := []string{"b", "a"}
	Nearest("c", known)
	if known[0] != "b" {
		t.Error("the list of the caller was sorted")
	}
}

// FuzzError: whatever an error is made of, it is one or two lines of printable
// text.
func FuzzError(f *testing.F) {
	f.Add("supply.csv", "bad \x1b[2J\n", "a\u202eb", "\xff\xfe")
	f.Fuzz(func(t *testing.T, file, what, expected, do string) {
		text := (&Error{File: file, Line: 1, Col: 1, What: what + Quote(file), Expected: expected, DidYouMean: Nearest(what, []string{expected, do}), Do: do}).Error()
		if !utf8.ValidString(text) || strings.Count(text, "\n") > 1 {
			t.Fatalf("%q", text)
		}
		for _, r := range text {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Fatalf("%q holds %q", text, r)
			}
		}
	})
}
