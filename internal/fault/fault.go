// Package fault gives every error that a user can meet one shape and one exit
// code:
//
//	file:line:col: what is wrong: what was expected (did you mean X?)
//	one line on what to do
//
// Where an error has no place in a file, the place names the argument or flag.
package fault

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// Code is an exit code of the program.
type Code int

// The exit codes of the program.
const (
	OK            Code = 0
	Failure       Code = 1   // something failed that is not the user's doing
	Usage         Code = 2   // unknown command, flag, commodity, country
	InvalidData   Code = 3   // a table or scenario breaks a rule
	Threshold     Code = 4   // a --fail-if threshold is breached
	NoEquilibrium Code = 5   // the single scenario asked for has no equilibrium
	Interrupted   Code = 130 // stopped by a signal
)

// Error is an error with a place, an expectation and advice.
type Error struct {
	Code       Code
	File       string // file, or the argument or flag at fault
	Line, Col  int    // 1-based; 0 = the place has no line
	What       string // what is wrong
	Expected   string // what was expected; may be empty
	DidYouMean string // a near name; may be empty
	Do         string // one line on what to do; may be empty
	Err        error  // cause; may be nil
}

// Error renders the first line of the shape, and the advice on a second line.
// Characters that would break a line or steer a terminal are escaped.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(oneLine(e.File))
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Col)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(oneLine(e.What))
	if e.Expected != "" {
		b.WriteString(": expected " + oneLine(e.Expected))
	}
	if e.DidYouMean != "" {
		b.WriteString(" (did you mean " + oneLine(e.DidYouMean) + "?)")
	}
	if e.Do != "" {
		b.WriteString("\n" + oneLine(e.Do))
	}
	return b.String()
}

// oneLine escapes what is not printable: parts of an error may hold names of
// files and flags as the user gave them.
func oneLine(text string) string {
	if utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if unicode.IsPrint(r) && !(r == utf8.RuneError && size == 1) {
			b.WriteRune(r)
		} else {
			quoted := strconv.Quote(text[i : i+size])
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		i += size
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the exit code of an error: that of the outermost Error in its
// chain, Failure for any other error and for an Error without code, OK for nil.
func CodeOf(err error) Code {
	if err == nil {
		return OK
	}
	var f *Error
	if errors.As(err, &f) && f != nil && f.Code != OK {
		return f.Code
	}
	return Failure
}

// Quote shows text that came from outside: quoted, control characters escaped,
// shortened to 60 characters.
func Quote(text string) string {
	runes := []rune(text)
	if len(runes) > 60 {
		text = string(runes[:57]) + "..."
	}
	return fmt.Sprintf("%q", text)
}

// Nearest returns the known name closest to the given one, or "" when none is
// near: at most a third of the letters may differ.
func Nearest(name string, known []string) string {
	if len(name) > 80 {
		return ""
	}
	lower := strings.ToLower(name)
	best, bestDistance := "", len([]rune(name))/3+1
	sorted := slices.Clone(known)
	slices.Sort(sorted)
	for _, k := range sorted {
		if len(k) > 120 {
			continue
		}
		kl := strings.ToLower(k)
		d := levenshtein.ComputeDistance(lower, kl)
		if len(lower) >= 4 && strings.HasPrefix(kl, lower) {
			d = min(d, 1)
		}
		if d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}
