package datapackage

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"chokepoint/internal/fault"
)

// Table is a table in memory, by column. It does not change after it was read.
type Table struct {
	Resource *Resource
	rows     int
	columns  []column
	origin   []origin
	files    []*file
}

type column struct {
	text    []string  // of string fields
	number  []float64 // of number and integer fields; 0 where missing
	missing []bool    // nil when no cell is missing
}

type origin struct {
	file int32 // index into files
	line int32
}

// file is kept to find the column of a cell again, which only errors need.
type file struct {
	label   string
	content []byte
	fields  []int // schema field of each column of the file
}

// Place is where a cell stands.
type Place struct {
	File      string
	Line, Col int
}

// String renders file:line:col.
func (p Place) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col) }

// Rows is the number of rows.
func (t *Table) Rows() int { return t.rows }

// Text returns a string column.
func (t *Table) Text(field string) []string {
	i := t.field(field)
	if t.Resource.Schema.Fields[i].Type != "string" {
		panic(fmt.Sprintf("datapackage: field %s.%s is not text", t.Resource.Name, field))
	}
	return t.columns[i].text
}

// Numbers returns a numeric column; a missing cell is 0.
func (t *Table) Numbers(field string) []float64 {
	i := t.field(field)
	if t.Resource.Schema.Fields[i].Type == "string" {
		panic(fmt.Sprintf("datapackage: field %s.%s is not a number", t.Resource.Name, field))
	}
	return t.columns[i].number
}

// Missing tells whether a cell is empty.
func (t *Table) Missing(field string, row int) bool {
	m := t.columns[t.field(field)].missing
	return m != nil && m[row]
}

// Cell returns the text of a cell as it stands in the file.
func (t *Table) Cell(row int, field string) string {
	i := t.field(field)
	if t.Missing(field, row) {
		return ""
	}
	if t.columns[i].text != nil {
		return t.columns[i].text[row]
	}
	return strconv.FormatFloat(t.columns[i].number[row], 'g', -1, 64)
}

func (t *Table) field(name string) int {
	for i := range t.Resource.Schema.Fields {
		if t.Resource.Schema.Fields[i].Name == name {
			return i
		}
	}
	panic(fmt.Sprintf("datapackage: table %s has no field %s", t.Resource.Name, name))
}

// Place finds a cell in its file.
func (t *Table) Place(row int, field string) Place {
	o := t.origin[row]
	f := t.files[o.file]
	p := Place{File: f.label, Line: int(o.line), Col: 1}
	want := slices.Index(f.fields, t.field(field))
	rest := f.content
	for range p.Line - 1 { // the row starts on its line, whatever stands in cells before
		rest = rest[bytes.IndexByte(rest, '\n')+1:]
	}
	r := newReader(rest)
	if _, err := r.Read(); err == nil && want >= 0 {
		line, col := r.FieldPos(want)
		p.Line, p.Col = p.Line+line-1, col
	}
	return p
}

// Fault makes an error about a cell.
func (t *Table) Fault(row int, field, what, expected string) *fault.Error {
	p := t.Place(row, field)
	return &fault.Error{Code: fault.InvalidData, File: p.File, Line: p.Line, Col: p.Col, What: what, Expected: expected,
		Do: "Correct the row, or leave the file out."}
}

// utf8BOM may start a file that a spreadsheet wrote.
const utf8BOM = "\ufeff"

func newReader(content []byte) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(content))
	r.ReuseRecord = true
	r.FieldsPerRecord = -1 // counted here, to say what is missing
	return r
}

func parse(res *Resource, label string, content []byte, lim Limits) (*Table, error) {
	bad := func(line, col int, what, expected string) *fault.Error {
		return &fault.Error{Code: fault.InvalidData, File: label, Line: line, Col: col, What: what, Expected: expected,
			Do: "Correct the file; `chokepoint data list " + res.Name + "` prints its fields."}
	}
	if int64(len(content)) > lim.FileBytes {
		return nil, bad(0, 0, "the file is too large", "at most "+size(lim.FileBytes))
	}
	content = bytes.TrimPrefix(content, []byte(utf8BOM))
	if line, col, what := badText(content); what != "" {
		return nil, bad(line, col, what, "UTF-8 text (in a spreadsheet: save as CSV UTF-8)")
	}
	r := newReader(content)
	header, err := r.Read()
	if quotes := quoteFault(err, bad); quotes != nil {
		return nil, quotes
	}
	if err != nil {
		return nil, bad(1, 1, "the file has no header line", "the field names of the table, separated by commas")
	}
	fields := res.Schema.Fields
	fileFields, err := matchHeader(res, r, header, bad)
	if err != nil {
		return nil, err
	}
	t := &Table{Resource: res, columns: make([]column, len(fields)),
		files: []*file{{label, content, fileFields}}}
	// A row takes at least a byte for each field, so blank lines reserve nothing.
	guess := min(bytes.Count(content, []byte{'\n'}), len(content)/len(fields), lim.Rows)
	for i := range fields {
		if fields[i].Type == "string" {
			t.columns[i].text = make([]string, 0, guess)
		} else {
			t.columns[i].number = make([]float64, 0, guess)
		}
	}
	t.origin = make([]origin, 0, guess)
	for {
		record, err := r.Read()
		if quotes := quoteFault(err, bad); quotes != nil {
			return nil, quotes
		}
		if err != nil {
			break // end of file
		}
		line, _ := r.FieldPos(0)
		if len(record) != len(fileFields) {
			return nil, bad(line, 1, fmt.Sprintf("the row has %d cells", len(record)), fmt.Sprintf("%d, one for each field of the header", len(fileFields)))
		}
		if t.rows == lim.Rows {
			return nil, bad(line, 1, "the table has too many rows", fmt.Sprintf("at most %d", lim.Rows))
		}
		for k, cell := range record {
			f := &fields[fileFields[k]]
			if what, expected := t.add(fileFields[k], f, cell, lim); what != "" {
				line, col := r.FieldPos(k)
				err := bad(line, col, f.Name+": "+what, expected)
				err.DidYouMean = fault.Nearest(cell, f.Constraints.Enum)
				return nil, err
			}
		}
		t.origin = append(t.origin, origin{0, int32(line)})
		t.rows++
	}
	return t, t.checkKey()
}

// badFunc makes an error about a place in the file.
type badFunc func(line, col int, what, expected string) *fault.Error

// quoteFault is the error for quotes that do not match, or nil.
func quoteFault(err error, bad badFunc) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return nil
	}
	const expected = "quotes around a whole cell, doubled inside it"
	switch {
	case p.Line > p.StartLine: // the quote may have been opened anywhere before
		return bad(p.StartLine, 1, fmt.Sprintf("a quote opened in the row that starts here runs on to line %d", p.Line), expected)
	case errors.Is(p.Err, csv.ErrBareQuote):
		return bad(p.Line, p.Column, "a quote inside a cell that does not start with one", expected)
	}
	return bad(p.Line, p.Column, "a quoted cell is not closed, or a quote inside it is not doubled", expected)
}

// matchHeader maps the columns of a file to fields of the schema. Fields may
// stand in any order; every field must be there once and no other.
func matchHeader(res *Resource, r *csv.Reader, header []string, bad badFunc) ([]int, error) {
	var names []string
	for i := range res.Schema.Fields {
		names = append(names, res.Schema.Fields[i].Name)
	}
	at := make([]int, len(header))
	seen := make([]bool, len(names))
	for k, name := range header {
		at[k] = slices.Index(names, name)
		line, col := r.FieldPos(k)
		if at[k] < 0 {
			err := bad(line, col, "unknown field "+fault.Quote(name), "one of "+strings.Join(names, ", "))
			err.DidYouMean = fault.Nearest(name, names)
			return nil, err
		}
		if seen[at[k]] {
			return nil, bad(line, col, "the field "+name+" stands twice", "each field once")
		}
		seen[at[k]] = true
	}
	for i, ok := range seen {
		if !ok {
			return nil, bad(1, 1, "the field "+names[i]+" is missing", "all of "+strings.Join(names, ", "))
		}
	}
	return at, nil
}

// largestInteger is the largest whole number below which all have a float64.
const largestInteger = 1 << 53

// add appends a cell to its column; it returns what is wrong with it, or "".
func (t *Table) add(i int, f *Field, cell string, lim Limits) (what, expected string) {
	c := &t.columns[i]
	if len(cell) > lim.CellBytes {
		return "the cell is too long", fmt.Sprintf("at most %d bytes", lim.CellBytes)
	}
	missing := cell == ""
	if missing && f.Constraints.Required {
		return "the cell is empty", describe(f)
	}
	if missing && c.missing == nil {
		c.missing = make([]bool, t.rows, cap(t.origin))
	}
	if c.missing != nil {
		c.missing = append(c.missing, missing)
	}
	if f.Type == "string" {
		c.text = append(c.text, cell)
		if missing {
			return "", ""
		}
		if e := f.Constraints.Enum; e != nil && !slices.Contains(e, cell) {
			return fault.Quote(cell) + " is not allowed", describe(f)
		}
		if f.pattern != nil && !f.pattern.MatchString(cell) {
			return fault.Quote(cell) + " has the wrong form", describe(f) + " (form " + f.Constraints.Pattern + ")"
		}
		return "", ""
	}
	if missing {
		c.number = append(c.number, 0)
		return "", ""
	}
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || strings.ContainsAny(cell, "xXpP_") {
		expected = describe(f)
		if strings.Contains(cell, ",") {
			expected += ", with a decimal point and nothing between thousands"
		}
		return fault.Quote(cell) + " is not a finite number", expected
	}
	if f.Type == "integer" && (v != math.Trunc(v) || math.Abs(v) > largestInteger) {
		return fault.Quote(cell) + " is not a whole number", describe(f)
	}
	if lo := f.Constraints.Minimum; lo != nil && v < *lo {
		return cell + " is too small", describe(f)
	}
	if hi := f.Constraints.Maximum; hi != nil && v > *hi {
		return cell + " is too large", describe(f)
	}
	c.number = append(c.number, v)
	return "", ""
}

// describe says what a cell of a field should hold.
func describe(f *Field) string {
	switch {
	case f.Constraints.Enum != nil:
		return "one of " + strings.Join(f.Constraints.Enum, ", ")
	case f.Type == "string":
		return f.Description
	}
	kind := "a number"
	if f.Type == "integer" {
		kind = "a whole number"
	}
	lo, hi := f.Constraints.Minimum, f.Constraints.Maximum
	switch {
	case lo != nil && hi != nil:
		kind += fmt.Sprintf(" from %g to %g", *lo, *hi)
	case lo != nil:
		kind += fmt.Sprintf(" of at least %g", *lo)
	case hi != nil:
		kind += fmt.Sprintf(" of at most %g", *hi)
	}
	if f.Unit != "" && f.Unit != "1" {
		kind += " (" + f.Unit + ")"
	}
	return kind
}

// badText finds the first byte that is not UTF-8, or a character that is not
// seen but changes what is: controls, marks of direction, other line ends.
func badText(content []byte) (line, col int, what string) {
	at := -1
	for i := 0; i < len(content); {
		if b := content[i]; b < utf8.RuneSelf {
			if b == '\r' && (i+1 == len(content) || content[i+1] != '\n') {
				at, what = i, "carriage return that ends no line"
				break
			}
			if b < ' ' && b != '\n' && b != '\r' && b != '\t' || b == 0x7f {
				at, what = i, fmt.Sprintf("control character 0x%02x", b)
				break
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(content[i:])
		if r == utf8.RuneError && size == 1 {
			at, what = i, fmt.Sprintf("byte 0x%02x is not UTF-8", content[i])
			break
		}
		if r >= 0x80 && r < 0xa0 || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff {
			at, what = i, fmt.Sprintf("control character U+%04X", r)
			break
		}
		i += size
	}
	if at < 0 {
		return 0, 0, ""
	}
	line, col = lineCol(content, at)
	return line, col, what
}

// checkKey refuses two rows with one key.
func (t *Table) checkKey() error {
	key := t.Resource.Schema.PrimaryKey
	if len(key) == 0 {
		return nil
	}
	at := t.fieldsOf(key)
	seen := make(map[string]int32, t.rows)
	var buf []byte
	for row := range t.rows {
		buf = t.appendKey(buf[:0], row, at)
		if first, dup := seen[string(buf)]; dup {
			return t.Fault(row, key[len(key)-1], fmt.Sprintf("the row repeats the key %s of line %d", t.describeKey(row, key), t.origin[first].line), "each key once")
		}
		seen[string(buf)] = int32(row)
	}
	return nil
}

func (t *Table) fieldsOf(names []string) []int {
	at := make([]int, len(names))
	for i, n := range names {
		at[i] = t.field(n)
	}
	return at
}

// keySeparator stands behind each part of a key; no cell can hold it.
const keySeparator = "\x1f"

func (t *Table) appendKey(buf []byte, row int, fields []int) []byte {
	for _, i := range fields {
		buf = append(buf, t.columns[i].text[row]...)
		buf = append(buf, keySeparator...)
	}
	return buf
}

func (t *Table) describeKey(row int, key []string) string {
	parts := make([]string, len(key))
	for i, k := range key {
		parts[i] = fault.Quote(t.Cell(row, k))
	}
	return strings.Join(parts, ", ")
}

// replaceBlocks returns the rows of t whose block is not in over, then over's.
func (t *Table) replaceBlocks(over *Table) *Table {
	block := t.fieldsOf(t.Resource.Schema.Block)
	replaced := map[string]bool{}
	var buf []byte
	for row := range over.rows {
		buf = over.appendKey(buf[:0], row, block)
		replaced[string(buf)] = true
	}
	out := &Table{Resource: t.Resource, columns: make([]column, len(t.columns)), files: slices.Concat(t.files, over.files)}
	for row := range t.rows {
		if buf = t.appendKey(buf[:0], row, block); !replaced[string(buf)] {
			out.appendRow(t, row, 0)
		}
	}
	for row := range over.rows {
		out.appendRow(over, row, int32(len(t.files)))
	}
	return out
}

func (t *Table) appendRow(from *Table, row int, fileOffset int32) {
	for i := range from.columns {
		c, f := &t.columns[i], &from.columns[i]
		if f.text != nil {
			c.text = append(c.text, f.text[row])
		} else {
			c.number = append(c.number, f.number[row])
		}
		missing := f.missing != nil && f.missing[row]
		if missing && c.missing == nil {
			c.missing = make([]bool, t.rows)
		}
		if c.missing != nil {
			c.missing = append(c.missing, missing)
		}
	}
	o := from.origin[row]
	t.origin = append(t.origin, origin{o.file + fileOffset, o.line})
	t.rows++
}
