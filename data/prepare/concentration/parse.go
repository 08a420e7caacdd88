package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// state says what a cell of a quantity holds.
type state int

const (
	known    state = iota // a number
	nothing               // an em dash: none produced
	withheld              // W, NA, XX, s, E, or empty
	bound                 // >50 or <25: a limit, no figure
	between               // a range, no figure
)

// largestCell bounds the length of a quantity; longer is a remark.
const largestCell = 40

// quantity reads a cell such as "1,270", "—", "W", ">50" or "10,000 - 15,000". A
// limit or a range returns its (lower) end, which is no figure of the source.
func quantity(text string) (float64, state, error) {
	t := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u00a0' || r == ',' {
			return -1
		}
		return r
	}, text)
	switch strings.ToUpper(t) {
	case "—", "–", "-", "--":
		return 0, nothing, nil
	case "", "W", "NA", "N/A", "XX", "S", "E", "..":
		return 0, withheld, nil
	}
	if len(text) > largestCell {
		return 0, 0, fmt.Errorf("%.40q...: expected a quantity", text)
	}
	if rest, ok := strings.CutPrefix(t, ">"); ok {
		v, err := number(rest)
		return v, bound, err
	}
	if rest, ok := strings.CutPrefix(t, "<"); ok {
		v, err := number(rest)
		return v, bound, err
	}
	for _, dash := range []string{"–", "-"} {
		if low, high, ok := strings.Cut(t, dash); ok && low != "" && !strings.ContainsAny(low, "eE") {
			v, err := number(low)
			if err != nil {
				return 0, 0, err
			}
			if top, err := number(high); err != nil || top < v {
				return 0, 0, fmt.Errorf("%q: expected a range", text)
			}
			return v, between, nil
		}
	}
	v, err := number(t)
	return v, known, err
}

// number reads a finite number that is not negative.
func number(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
		return 0, fmt.Errorf("%.40q: expected a quantity", text)
	}
	return v, nil
}

// percent reads "4%", "1.5%", "0.9%", "<0.1%", ">0%". below says that the cell
// gives an upper limit; the value is then half of it.
func percent(text string) (value float64, below bool, err error) {
	t := strings.TrimSuffix(strings.TrimSpace(text), "%")
	v, s, err := quantity(t)
	if err != nil {
		return 0, false, err
	}
	if s == withheld || s == between {
		return 0, false, fmt.Errorf("%q: expected a share", text)
	}
	if v > 100 {
		return 0, false, fmt.Errorf("%q: expected at most 100 %%", text)
	}
	if s == bound && strings.HasPrefix(strings.TrimSpace(t), "<") {
		return v / 2, true, nil
	}
	return v, false, nil
}

// windows1252 is what the bytes 0x80 to 0x9f stand for.
var windows1252 = [32]rune{'€', 0xfffd, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0xfffd, 'Ž', 0xfffd,
	0xfffd, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0xfffd, 'ž', 'Ÿ'}

// decode returns UTF-8: the file as it is if it is valid, else read as Windows-1252.
func decode(content []byte) string {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	if utf8.Valid(content) {
		return string(content)
	}
	var b strings.Builder
	for _, c := range content {
		switch {
		case c >= 0x80 && c < 0xa0:
			b.WriteRune(windows1252[c-0x80])
		default:
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}

// records reads a csv file with a header line into rows by name of column.
func records(content []byte) ([]map[string]string, error) {
	r := csv.NewReader(strings.NewReader(decode(content)))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("expected a header line")
	}
	var out []map[string]string
	for i, row := range all[1:] {
		if len(row) != len(all[0]) {
			return nil, fmt.Errorf("row %d has %d cells, expected %d", i+2, len(row), len(all[0]))
		}
		m := make(map[string]string, len(row))
		for k, cell := range row {
			m[all[0][k]] = strings.TrimSpace(strings.ReplaceAll(cell, "\u00a0", " "))
		}
		out = append(out, m)
	}
	return out, nil
}

// plainCountry takes what is glued to the name of a country off: remarks in
// brackets (but not the capital that tells the two Congos apart), footnote
// digits, spaces.
func plainCountry(name string) string {
	name = strings.TrimSpace(strings.ReplaceAll(name, "\u00a0", " "))
	name = strings.TrimRight(name, "0123456789 ")
	if at := strings.Index(name, " ("); at > 0 && !strings.HasPrefix(name, "Congo (") {
		name = name[:at]
	}
	return name
}
