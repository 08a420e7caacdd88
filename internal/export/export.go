// Package export writes tables of results: as text for a terminal, as csv and
// as json. A table knows its columns (name, unit, meaning), so that every
// format and the documentation say the same of it. Numbers in csv and json have
// twelve significant digits, in text three; NaN and infinity are refused.
//
// What a cell of text can do to its reader is bounded. In text, characters that
// would steer a terminal or reverse the direction of reading are escaped. In
// csv, a text that a spreadsheet would run as a formula (it starts with = + - @,
// a full-width form of them, a tab or a line end) gets an apostrophe in front,
// the usual remedy; numbers, and text such as "-0.35 to -0.1" or "-5 t/yr" that
// starts with a signed number and can call nothing, stay as they are. json needs
// neither and holds every text as it is.
package export

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Column describes a column.
type Column struct {
	Name     string // machine name, with the unit at the end where it has one
	Heading  string // heading in text; "" = not shown in text
	Unit     string
	Meaning  string
	Flexible bool // text may shorten this column to keep a line within Width
}

// Width is the number of columns that text keeps to.
const Width = 80

// Table is a table of results. A cell is a string, a float64, an int, a bool,
// or nil for none.
type Table struct {
	Name    string
	Columns []Column
	Rows    [][]any
}

// Percent is a share that text shows in percent; files carry the share.
type Percent float64

// LowerBound is a number that text shows with >=; files carry the number.
type LowerBound float64

// Number returns the number in a cell that holds one that is no count.
func Number(cell any) (float64, bool) {
	switch v := cell.(type) {
	case float64:
		return v, true
	case Percent:
		return float64(v), true
	case LowerBound:
		return float64(v), true
	case float32:
		return float64(v), true
	}
	return 0, false
}

// Add appends a row.
func (t *Table) Add(cells ...any) { t.Rows = append(t.Rows, cells) }

// check refuses rows of the wrong length and numbers that are not finite.
func (t *Table) check() error {
	for i, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("table %s, row %d: %d cells for %d columns", t.Name, i+1, len(row), len(t.Columns))
		}
		for k, cell := range row {
			if v, ok := Number(cell); ok && (math.IsNaN(v) || math.IsInf(v, 0)) {
				return fmt.Errorf("table %s, row %d, %s: the number is not finite", t.Name, i+1, t.Columns[k].Name)
			}
		}
	}
	return nil
}

// digits is the number of significant digits in csv and json. Results agree
// across architectures to about this many.
const digits = 12

func machine(v float64) string {
	if v == 0 { // also -0
		return "0"
	}
	return strconv.FormatFloat(v, 'g', digits, 64)
}

// WriteCSV writes a header line and the rows.
func WriteCSV(w io.Writer, t *Table) error {
	if err := t.check(); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	record := make([]string, len(t.Columns))
	for k, c := range t.Columns {
		record[k] = c.Name
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for _, row := range t.Rows {
		for k, cell := range row {
			if v, ok := Number(cell); ok {
				record[k] = machine(v)
			} else if cell == nil {
				record[k] = ""
			} else {
				record[k] = harmless(fmt.Sprint(cell))
			}
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// harmless puts an apostrophe before text that a spreadsheet would run.
func harmless(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 || !strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return text
	}
	if rest := strings.TrimPrefix(text[size:], "."); (first == '-' || first == '+') && rest != "" && rest[0] >= '0' && rest[0] <= '9' &&
		!strings.ContainsAny(rest, "(|!=@&*^'\"\t\r\n") {
		return text
	}
	return "'" + text
}

// number is a float64 that JSON writes with twelve digits.
type number float64

// MarshalJSON writes the number.
func (n number) MarshalJSON() ([]byte, error) { return []byte(machine(float64(n))), nil }

// Section is a named part of a JSON document: a *Table, or any value.
type Section struct {
	Name  string
	Value any
}

// WriteJSON writes the sections as one object, tables as lists of objects.
func WriteJSON(w io.Writer, sections []Section) error {
	out := []byte("{")
	for i, s := range sections {
		value := s.Value
		if t, ok := s.Value.(*Table); ok {
			if err := t.check(); err != nil {
				return err
			}
			value = tableJSON{t}
		}
		b, err := json.MarshalIndent(value, "  ", "  ")
		if err != nil {
			return fmt.Errorf("write %s as json: %w", s.Name, err)
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, "\n  "...)
		name, err := json.Marshal(s.Name)
		if err != nil {
			return err
		}
		out = append(out, name...)
		out = append(out, ": "...)
		out = append(out, b...)
	}
	out = append(out, "\n}\n"...)
	_, err := w.Write(out)
	return err
}

type tableJSON struct{ t *Table }

// MarshalJSON writes rows as objects with the columns in order.
func (j tableJSON) MarshalJSON() ([]byte, error) {
	out := []byte("[")
	for i, row := range j.t.Rows {
		if i > 0 {
			out = append(out, ',')
		}
		object, err := rowJSON(j.t, row)
		if err != nil {
			return nil, err
		}
		out = append(out, object...)
	}
	return append(out, ']'), nil
}

// WriteText writes the columns that have a heading, aligned: text to the left,
// numbers to the right. At most maxRows rows are written; 0 = all.
func WriteText(w io.Writer, t *Table, maxRows int) error {
	if err := t.check(); err != nil {
		return err
	}
	rows := t.Rows
	if maxRows > 0 && len(rows) > maxRows {
		rows = rows[:maxRows]
	}
	var cells [][]string
	var widths []int
	var right []bool
	var heads []string
	var shown []Column
	twoLines := false
	for k, c := range t.Columns {
		if c.Heading == "" {
			continue
		}
		column := make([]string, len(rows))
		width, isNumber := 0, false
		first, second, _ := strings.Cut(c.Heading, "\n")
		for _, h := range []string{first, second} {
			width = max(width, DisplayWidth(h))
		}
		twoLines = twoLines || strings.Contains(c.Heading, "\n")
		for i, row := range rows {
			if _, ok := Number(row[k]); ok {
				isNumber = true
			} else if _, ok := row[k].(int); ok {
				isNumber = true
			}
			column[i] = Human(row[k])
			width = max(width, DisplayWidth(column[i]))
		}
		cells, widths, right = append(cells, column), append(widths, width), append(right, isNumber)
		heads, shown = append(heads, c.Heading), append(shown, c)
	}
	var b strings.Builder
	fit(shown, widths)
	line := func(cell func(k int) string) {
		var l strings.Builder
		for k := range cells {
			if k > 0 {
				l.WriteString("  ")
			}
			text := shorten(cell(k), widths[k])
			pad := strings.Repeat(" ", max(0, widths[k]-DisplayWidth(text)))
			if right[k] {
				l.WriteString(pad + text)
			} else {
				l.WriteString(text + pad)
			}
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	line(func(k int) string { first, _, _ := strings.Cut(heads[k], "\n"); return first })
	if twoLines {
		line(func(k int) string { _, second, _ := strings.Cut(heads[k], "\n"); return second })
	}
	for i := range rows {
		line(func(k int) string { return cells[k][i] })
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// narrowest is the width that a flexible column keeps.
const narrowest = 12

// fit takes from the widest flexible column until a line is within Width.
func fit(columns []Column, widths []int) {
	total := 2 * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for ; total > Width; total-- {
		widest := -1
		for k, c := range columns {
			if c.Flexible && widths[k] > narrowest && (widest < 0 || widths[k] > widths[widest]) {
				widest = k
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

// shorten cuts text to a width and marks the cut.
func shorten(text string, width int) string {
	if DisplayWidth(text) <= width {
		return text
	}
	used := 1 // the mark
	for i, r := range text {
		if used += runeWidth(r); used > width {
			return text[:i] + "~"
		}
	}
	return text
}

// DisplayWidth is the number of terminal columns that text takes.
func DisplayWidth(text string) int {
	width := 0
	for _, r := range text {
		width += runeWidth(r)
	}
	return width
}

// wide are the blocks whose characters take two columns (East Asian wide and
// full-width), coarsely.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x1100, Hi: 0x115f, Stride: 1}, {Lo: 0x2e80, Hi: 0xa4cf, Stride: 1}, {Lo: 0xac00, Hi: 0xd7a3, Stride: 1},
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1}, {Lo: 0xfe30, Hi: 0xfe6f, Stride: 1}, {Lo: 0xff00, Hi: 0xff60, Stride: 1}, {Lo: 0xffe0, Hi: 0xffe6, Stride: 1}},
	R32: []unicode.Range32{{Lo: 0x1f300, Hi: 0x1faff, Stride: 1}, {Lo: 0x20000, Hi: 0x3fffd, Stride: 1}},
}

func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// plain makes text safe for a terminal: line ends and tabs become a space, other
// controls, bytes that are no UTF-8, and marks of direction are escaped.
func plain(text string) string {
	if strings.IndexFunc(text, unsafe) < 0 {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\n' || r == '\t':
			b.WriteByte(' ')
		case r == '\r': // before a line end, or alone
			if !strings.HasPrefix(text[i+1:], "\n") {
				b.WriteByte(' ')
			}
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case r == utf8.RuneError:
			b.WriteRune(r)
		case unsafe(r) && r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case unsafe(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unsafe tells whether a character does something to a terminal beside being
// shown. A replacement character may stand for a byte that is no UTF-8.
func unsafe(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == utf8.RuneError
}

// Human writes a cell for a reader: three significant digits, thousands apart.
func Human(cell any) string {
	switch v := cell.(type) {
	case nil:
		return "-"
	case float64:
		return humanNumber(v)
	case float32:
		return humanNumber(float64(v))
	case Percent:
		return humanNumber(100 * float64(v))
	case LowerBound:
		return ">=" + humanNumber(float64(v))
	default:
		return plain(fmt.Sprint(v))
	}
}

// YesNo is how tables write a truth value.
func YesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func humanNumber(v float64) string {
	a := math.Abs(v)
	switch {
	case v == 0:
		return "0"
	case a < 0.001 || a >= 1e12:
		return strconv.FormatFloat(v, 'e', 2, 64)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 2, 64), 64)
	decimals := 0
	for limit := 100.0; decimals < 6 && math.Abs(rounded) < limit; limit /= 10 {
		decimals++
	}
	return thousands(strconv.FormatFloat(rounded, 'f', decimals, 64))
}

// thousands puts a comma between groups of three digits before the point.
func thousands(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, rest, point := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		rest = "." + rest
	}
	return sign + whole + rest
}

// Exact writes a number with the digits of csv and json.
func Exact(v float64) string { return machine(v) }

// Check refuses rows of the wrong length and numbers that are not finite.
func (t *Table) Check() error { return t.check() }
