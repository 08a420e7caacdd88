package page

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"net/url"
	"strconv"
	"strings"

	"chokepoint/internal/export"
)

// Input is an answer and what stands around it.
type Input struct {
	Title    string   // "" = from the tables, or the command
	Command  string   // the command line
	Says     []string // what is asked, in sentences
	Caution  string   // what must be known before a number is used
	Remarks  []string // what the tables do not say
	Tables   []*export.Table
	Rows     *export.Table // rows of the input tables behind the answer; nil = none, or one of Tables
	Sources  *export.Table // tables with their sources and licences
	Notes    []string
	Record   [][2]string
	Citation string
	Country  func(code string) string // name of a country
}

// document is a page ready for the template.
type document struct {
	Title    string
	Lead     []string
	Facts    []fact
	Caution  string
	Remarks  []string
	Sections []section
	Notes    []string
	Grades   []grade
	Columns  *view
	Record   [][2]string
	Citation string
}

// fact is a number that stands above all.
type fact struct{ Name, Value, Exact, Note string }

// grade is a letter of the evidence.
type grade struct{ Letter, Meaning string }

// grades are the letters of the evidence (docs/data.md).
var grades = []grade{{"A", "official figure as published"}, {"B", "computed from official figures"}, {"C", "reasoned from partial data"}, {"D", "judgement"}}

// section is a heading with what stands below it.
type section struct {
	ID, Title, Text string
	Drawings        []*Drawing
	Views           []*view
}

// view is a table of a page.
type view struct {
	Name    string
	Caption string
	Heads   []head
	Rows    [][]cell
	Figures bool // the rows have drawings
	Titled  bool // the heading above says the same as the caption
}

// Short tells whether paper keeps the table on one page.
func (v *view) Short() bool { return len(v.Rows) <= 14 }

type head struct {
	Text, Tip string
	Number    bool
	Class     string
	Drawing   *Drawing
}

type cell struct {
	Text, Tip string
	Number    bool
	Class     string
	Row       bool // the heading of its row
	Link      string
	Drawing   *Drawing
}

//go:embed page.html
var source string

// Write writes a page. Nothing is written if a table has a row of the wrong
// length or a number that is not finite.
func Write(w io.Writer, in *Input) error {
	if len(in.Tables) == 0 {
		return fmt.Errorf("write a page: no tables")
	}
	for _, t := range append([]*export.Table{in.Rows, in.Sources}, in.Tables...) {
		if t == nil {
			continue
		}
		if err := t.Check(); err != nil {
			return err
		}
	}
	layout, err := template.New("page").Parse(source)
	if err != nil {
		return fmt.Errorf("write a page: %w", err)
	}
	var out bytes.Buffer
	if err := layout.Execute(&out, in.lay()); err != nil {
		return fmt.Errorf("write a page: %w", err)
	}
	_, err = w.Write(out.Bytes())
	return err
}

// lay chooses the layout and adds what all pages end with.
func (in *Input) lay() *document {
	d := &document{Title: clean(in.Title)}
	for _, s := range in.Says {
		d.Lead = append(d.Lead, clean(s))
	}
	b := &builder{in: in, doc: d, columns: &view{Name: "columns", Caption: "Unit and meaning of the columns", Heads: []head{{Text: "table"}, {Text: "column"}, {Text: "unit"}, {Text: "meaning"}}}}
	switch main := in.Tables[0]; {
	case main.Name == "rank":
		b.ranking(main)
	case main.Name == "result" && len(main.Rows) == 1:
		b.scenario(main)
	case main.Name == "comparison":
		b.comparison(main)
	case main.Name == "market":
		b.mineral(main)
	case main.Name == "path":
		b.path(main)
	case main.Name == "backtest":
		b.backtest(main)
	case main.Name == "portfolio":
		b.portfolio(main)
	}
	if d.Title == "" {
		d.Title = clean(in.Command)
	}
	for _, t := range in.Tables { // what no layout took
		if !b.taken[t] {
			b.section(heading(t.Name), "", nil, b.view(t, heading(t.Name)))
		}
	}
	if in.Rows != nil {
		b.section("Rows behind the answer", "Place in the data package (file:line:column), what stands there, its evidence grade and its source.", nil, b.view(in.Rows, "Rows of the input tables that the answer stands on"))
	}
	if in.Sources != nil && column(in.Tables[0], "licence") < 0 { // else the answer is of sources
		b.section("Tables, sources and licences", "", nil, b.view(in.Sources, "Input tables, where they come from and on which terms"))
	}
	d.Caution = clean(in.Caution)
	for _, r := range in.Remarks {
		d.Remarks = append(d.Remarks, sentence(clean(r)))
	}
	for _, n := range in.Notes {
		d.Notes = append(d.Notes, sentence(clean(n)))
	}
	d.Grades, d.Citation = grades, clean(in.Citation)
	if len(b.columns.Rows) > 0 {
		d.Columns = b.columns
	}
	for _, l := range in.Record {
		d.Record = append(d.Record, [2]string{clean(l[0]), clean(l[1])})
	}
	return d
}

// clean makes text inert for a reader, as text output does.
func clean(text string) string { return export.Human(text) }

// sentence begins with a capital.
func sentence(text string) string {
	if text == "" || text[0] < 'a' || text[0] > 'z' {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// heading is the name of a table in words.
func heading(name string) string { return sentence(clean(strings.ReplaceAll(name, "_", " "))) }

// builder collects a document.
type builder struct {
	in      *Input
	doc     *document
	taken   map[*export.Table]bool
	columns *view
}

// table is the table of a name, or nil; it counts as shown.
func (b *builder) table(name string) *export.Table {
	for _, t := range b.in.Tables {
		if t.Name == name {
			b.take(t)
			return t
		}
	}
	return nil
}

func (b *builder) take(t *export.Table) {
	if b.taken == nil {
		b.taken = map[*export.Table]bool{}
	}
	b.taken[t] = true
}

// section appends a section of drawings and tables; nil ones are left out.
func (b *builder) section(title, text string, drawings []*Drawing, views ...*view) {
	s := section{ID: "s" + strconv.Itoa(len(b.doc.Sections)+1), Title: title, Text: text}
	for _, d := range drawings {
		if d != nil {
			s.Drawings = append(s.Drawings, d)
		}
	}
	for _, v := range views {
		if v != nil {
			v.Titled = v.Caption == title
			s.Views = append(s.Views, v)
		}
	}
	b.doc.Sections = append(b.doc.Sections, s)
}

// column is the place of a column, or -1.
func column(t *export.Table, name string) int {
	for k, c := range t.Columns {
		if c.Name == name {
			return k
		}
	}
	return -1
}

// number is the number in a cell of a row, or nil.
func number(t *export.Table, row int, name string) *float64 {
	k := column(t, name)
	if k < 0 {
		return nil
	}
	if v, ok := export.Number(t.Rows[row][k]); ok {
		return &v
	}
	if n, ok := t.Rows[row][k].(int); ok {
		v := float64(n)
		return &v
	}
	return nil
}

// value is the number in a cell, 0 where there is none.
func value(t *export.Table, row int, name string) float64 {
	if v := number(t, row, name); v != nil {
		return *v
	}
	return 0
}

// words is the text of a cell; empty where there is none.
func words(t *export.Table, row int, name string) string {
	k := column(t, name)
	if k < 0 || t.Rows[row][k] == nil {
		return ""
	}
	return export.Human(t.Rows[row][k])
}

// view lays a table out with the columns that text shows, or all if text shows
// none.
func (b *builder) view(t *export.Table, caption string) *view {
	b.take(t)
	var shown []int
	for k, c := range t.Columns {
		if strings.TrimSpace(c.Heading) != "" {
			shown = append(shown, k)
		}
	}
	if len(shown) < 2 {
		shown = nil
		for k := range t.Columns {
			shown = append(shown, k)
		}
	}
	return b.columnsOf(t, caption, shown)
}

// columnsOf lays some columns of a table out.
func (b *builder) columnsOf(t *export.Table, caption string, shown []int) *view {
	v := &view{Name: t.Name, Caption: clean(caption)}
	title := 0 // the column that heads a row: the first of text
	for n, k := range shown {
		c := t.Columns[k]
		h := head{Text: clean(columnHeading(c)), Tip: clean(c.Meaning + unitNote(c.Unit)), Number: isNumber(t, k), Class: width(t, k)}
		v.Heads = append(v.Heads, h)
		if c.Meaning != "" {
			b.columns.Rows = append(b.columns.Rows, []cell{{Text: clean(t.Name), Row: true}, {Text: h.Text}, {Text: unitShown(t, k)}, {Text: clean(c.Meaning)}})
		}
		if h.Number && n == title && n+1 < len(shown) {
			title = n + 1
		}
	}
	for i := range t.Rows {
		var row []cell
		for n, k := range shown {
			c := b.cell(t, i, k)
			c.Row = n == title
			c.Number = c.Number || v.Heads[n].Number && t.Rows[i][k] == nil
			c.Class = v.Heads[n].Class
			row = append(row, c)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// columnHeading is the heading of a column in one line.
func columnHeading(c export.Column) string {
	if h := strings.TrimSpace(strings.ReplaceAll(c.Heading, "\n", " ")); h != "" {
		return strings.ReplaceAll(h, "evi- dence", "evidence")
	}
	return strings.ReplaceAll(c.Name, "_", " ")
}

func unitNote(unit string) string {
	if unit == "" || unit == "1" {
		return ""
	}
	return " (" + unit + ")"
}

// unitShown is the unit of a column as a page shows its numbers.
func unitShown(t *export.Table, k int) string {
	for _, row := range t.Rows {
		if _, ok := row[k].(export.Percent); ok {
			return "%"
		}
	}
	return clean(t.Columns[k].Unit)
}

// isNumber tells whether a column holds numbers.
func isNumber(t *export.Table, k int) bool {
	for _, row := range t.Rows {
		if _, ok := export.Number(row[k]); ok {
			return true
		}
		if _, ok := row[k].(int); ok {
			return true
		}
	}
	return false
}

// width is the class of a column of long texts.
func width(t *export.Table, k int) string {
	longest := 0
	for _, row := range t.Rows {
		if s, ok := row[k].(string); ok {
			longest = max(longest, len(s))
		}
	}
	switch {
	case longest > 60:
		return "long"
	case longest > 24:
		return "text"
	}
	return ""
}

// cell shows a cell of a table; the title of a number is its exact value.
func (b *builder) cell(t *export.Table, row, k int) cell {
	x := t.Rows[row][k]
	out := cell{Text: export.Human(x)}
	if x == nil {
		out.Text = "–"
		return out
	}
	if v, ok := export.Number(x); ok {
		out.Number = true
		out.Tip = exact(x, v, t.Columns[k].Unit)
		return out
	}
	if _, ok := x.(int); ok {
		out.Number = true
		return out
	}
	text, ok := x.(string)
	if !ok {
		return out
	}
	switch t.Columns[k].Name {
	case "country", "leading_country":
		if b.in.Country != nil {
			if name := b.in.Country(text); name != text {
				out.Tip = clean(name)
			}
		}
	case "evidence":
		out.Tip = evidence(text)
	}
	out.Link = link(text)
	return out
}

// exact is a number with twelve digits and its unit.
func exact(cell any, v float64, unit string) string {
	if _, ok := cell.(export.Percent); ok {
		return export.Exact(100*v) + " %"
	}
	text := export.Exact(v)
	if unit != "" && unit != "1" {
		text += " " + unit
	}
	if _, ok := cell.(export.LowerBound); ok {
		text = "at least " + text
	}
	return text
}

// evidence says what three letters mean.
func evidence(letters string) string {
	var out []string
	for k, letter := range strings.Split(letters, "/") {
		for _, g := range grades {
			if g.Letter == letter && k < 3 {
				out = append(out, []string{"supply", "use", "dependence"}[k]+": "+letter+" "+g.Meaning)
			}
		}
	}
	return strings.Join(out, "; ")
}

// link is a text that is an address on the web, and nothing else.
func link(text string) string {
	if !strings.HasPrefix(text, "https://") && !strings.HasPrefix(text, "http://") || clean(text) != text || strings.ContainsAny(text, " \"'<>`\\;") {
		return ""
	}
	if u, err := url.Parse(text); err != nil || u.Host == "" || u.User != nil {
		return ""
	}
	return text
}

// money writes million dollars in a sentence.
func money(v float64) string { return export.Human(math.Abs(v)) + " million US dollars" }
