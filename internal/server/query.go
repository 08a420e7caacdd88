package server

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"chokepoint/internal/fault"
)

// query reads the parameters of an address.
type query struct {
	values url.Values
	known  []string
}

// Bounds of a parameter.
const (
	maxParameterBytes = 4096
	maxTableBytes     = 40 // longer than the name of any table of an answer
	maxRepeated       = 50
	maxListed         = 300
)

// parseQuery reads a query string. Parameters other than the known ones, bytes
// that are no UTF-8, and control characters are errors.
func parseQuery(raw string, known []string) (*query, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, newProblem("usage", "query", "the query cannot be read", "name=value pairs joined by &")
	}
	for _, name := range sortedKeys(values) {
		if !slices.Contains(known, name) {
			expected := "no parameters"
			if len(known) > 0 {
				expected = "one of " + strings.Join(known, ", ")
			}
			p := newProblem("usage", "query", "unknown parameter "+fault.Quote(name), expected)
			p.DidYouMean = fault.Nearest(name, known)
			return nil, p
		}
		if len(values[name]) > maxRepeated {
			return nil, newProblem("usage", name, fmt.Sprintf("%d values", len(values[name])), fmt.Sprintf("at most %d", maxRepeated))
		}
		for _, v := range values[name] {
			if !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) {
				return nil, newProblem("usage", name, "a control character, or bytes that are no UTF-8, in "+fault.Quote(v), "text")
			}
			if len(v) > maxParameterBytes {
				return nil, newProblem("usage", name, "the value is too long", fmt.Sprintf("at most %d bytes", maxParameterBytes))
			}
		}
	}
	return &query{values, known}, nil
}

func sortedKeys(v url.Values) []string {
	keys := make([]string, 0, len(v))
	for k := range v {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// one reads a parameter that may stand once.
func (q *query) one(name string) (string, error) {
	v := q.values[name]
	if len(v) > 1 {
		return "", newProblem("usage", name, fmt.Sprintf("%d values", len(v)), "one")
	}
	if len(v) == 0 {
		return "", nil
	}
	if v[0] == "" {
		return "", newProblem("usage", name, "the value is empty", "a value, or leave it out")
	}
	return v[0], nil
}

// list reads a parameter that holds values joined by commas.
func (q *query) list(name string) ([]string, error) {
	text, err := q.one(name)
	if err != nil || text == "" {
		return nil, err
	}
	out := strings.Split(text, ",")
	if len(out) > maxListed {
		return nil, newProblem("usage", name, fmt.Sprintf("%d values", len(out)), fmt.Sprintf("at most %d", maxListed))
	}
	return out, nil
}

// choice reads one of some words; "" where it is not given.
func (q *query) choice(name string, words ...string) (string, error) {
	v, err := q.one(name)
	if err != nil || v == "" {
		return "", err
	}
	return v, isChoice(name, v, words)
}

func isChoice(name, v string, words []string) error {
	if slices.Contains(words, v) {
		return nil
	}
	p := newProblem("usage", name, fault.Quote(v), strings.Join(words, " or "))
	p.DidYouMean = fault.Nearest(v, words)
	return p
}

// number reads a number; given is false where it is not there.
func (q *query) number(name string) (v float64, given bool, err error) {
	text, err := q.one(name)
	if err != nil || text == "" {
		return 0, false, err
	}
	v, err = parseNumber(name, text)
	return v, true, err
}

// parseNumber reads a decimal number. What else strconv reads is none.
func parseNumber(name, text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.ContainsAny(text, "xXpPiInN_") {
		return 0, newProblem("usage", name, fault.Quote(text)+" is no number", "a decimal number")
	}
	return v, nil
}

// integer reads a whole number in a range.
func (q *query) integer(name string, low, high, otherwise int) (int, error) {
	text, err := q.one(name)
	if err != nil || text == "" {
		return otherwise, err
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < low || v > high {
		return 0, newProblem("usage", name, fault.Quote(text), fmt.Sprintf("a whole number from %d to %d", low, high))
	}
	return v, nil
}
