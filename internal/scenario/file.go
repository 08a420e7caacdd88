package scenario

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
)

// Schema is the JSON Schema of scenario files.
//
//go:embed scenario.schema.json
var Schema []byte

// Limits of a scenario file, which may come from a stranger.
const (
	MaxFileBytes   = 256 << 10
	MaxWithdrawals = 10_000
	maxNesting     = 16
)

// File is a scenario file: a scenario with its story and sources.
type File struct {
	Name, Title, Summary string
	Dates                [][2]string // key and date, in the order of the file
	Scenario             Scenario
	Sources              []Source
	Assumptions          []string
}

// Source is a document behind a scenario.
type Source struct {
	Title, URL, Date, Says string
}

// fileReader walks the syntax tree of a file and knows where each value stands.
type fileReader struct {
	label string
	c     *catalog.Catalog
}

// ReadFile reads a scenario file. label names it in errors, which carry line
// and column. Unknown keys, values of the wrong kind, and commodities or
// countries that do not exist are errors.
func ReadFile(c *catalog.Catalog, label string, content []byte) (*File, error) {
	r := &fileReader{label, c}
	if len(content) > MaxFileBytes {
		return nil, r.fault(1, 1, "the file is too large", fmt.Sprintf("at most %d KiB", MaxFileBytes>>10))
	}
	if !utf8.Valid(content) {
		return nil, r.fault(1, 1, "the file is not UTF-8 text", "a scenario file")
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff")) // some editors put a byte order mark first
	if err := r.checkShape(content); err != nil {
		return nil, err
	}
	tree, err := parser.ParseBytes(content, 0)
	if err != nil {
		line, col, what := 1, 1, err.Error()
		var ye yaml.Error
		if errors.As(err, &ye) && ye.GetToken() != nil {
			line, col, what = ye.GetToken().Position.Line, ye.GetToken().Position.Column, ye.GetMessage()
		}
		return nil, r.fault(line, col, what, "YAML")
	}
	if len(tree.Docs) == 0 || len(tree.Docs) == 1 && isEmpty(tree.Docs[0].Body) {
		return nil, r.fault(1, 1, "the file is empty", "at least format and withdrawals")
	}
	if len(tree.Docs) > 1 {
		return nil, r.fault(1, 1, fmt.Sprintf("%d YAML documents", len(tree.Docs)), "one")
	}
	return r.file(tree.Docs[0].Body)
}

func isEmpty(n ast.Node) bool {
	_, comment := n.(*ast.CommentGroupNode)
	return n == nil || comment
}

// checkShape bounds nesting before the parser recurses into it, and refuses
// control characters.
func (r *fileReader) checkShape(content []byte) error {
	depth := 0
	for i, line := range strings.Split(string(content), "\n") {
		lead := 0
		for rest := line; strings.HasPrefix(rest, " ") || strings.HasPrefix(rest, "- "); rest = rest[1:] {
			lead++
		}
		if lead > 8*maxNesting {
			return r.fault(i+1, 1, "the file is nested too deeply", fmt.Sprintf("at most %d levels", maxNesting))
		}
		for col, ch := range line {
			switch {
			case ch == '[' || ch == '{':
				depth++
			case ch == ']' || ch == '}':
				depth = max(0, depth-1)
			case ch < ' ' && ch != '\t' && ch != '\r' || ch >= 0x7f && ch < 0xa0 || ch >= 0x202a && ch <= 0x202e || ch >= 0x2066 && ch <= 0x2069:
				return r.fault(i+1, col+1, fmt.Sprintf("control character 0x%02x", ch), "text")
			}
			if depth > maxNesting {
				return r.fault(i+1, col+1, "the file is nested too deeply", fmt.Sprintf("at most %d levels", maxNesting))
			}
		}
	}
	return nil
}

func (r *fileReader) fault(line, col int, what, expected string) *fault.Error {
	return &fault.Error{Code: fault.InvalidData, File: r.label, Line: line, Col: col, What: what, Expected: expected,
		Do: "`chokepoint scenario schema` prints the format; `chokepoint scenario new` starts a file."}
}

func (r *fileReader) at(n ast.Node, what, expected string) *fault.Error {
	p := n.GetToken().Position
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		what, expected = "anchors, aliases and tags are not read", "the value itself"
	}
	return r.fault(p.Line, p.Column, what, expected)
}

// object reads a mapping with the given keys, all of which it may leave out.
func (r *fileReader) object(n ast.Node, what string, keys ...string) (map[string]ast.Node, error) {
	var pairs []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		pairs = m.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{m}
	default:
		return nil, r.at(n, what+" is no mapping", "keys "+strings.Join(keys, ", "))
	}
	out := map[string]ast.Node{}
	for _, p := range pairs {
		key := p.Key.GetToken().Value
		if !slices.Contains(keys, key) {
			err := r.at(p.Key, "unknown key "+fault.Quote(key), "one of "+strings.Join(keys, ", "))
			err.DidYouMean = fault.Nearest(key, keys)
			return nil, err
		}
		if out[key] != nil {
			return nil, r.at(p.Key, "the key "+key+" stands twice", "each key once")
		}
		out[key] = p.Value
	}
	return out, nil
}

// text reads a scalar as text.
func (r *fileReader) text(n ast.Node, what string) (string, error) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, nil
	case *ast.LiteralNode:
		return v.Value.Value, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, nil
	}
	return "", r.at(n, what+" is no text", "text")
}

// textField is a key with the place its text goes to.
type textField struct {
	key string
	dst *string
}

// texts reads the texts among the keys of a mapping.
func (r *fileReader) texts(keys map[string]ast.Node, fields []textField) error {
	for _, f := range fields {
		if keys[f.key] == nil {
			continue
		}
		text, err := r.text(keys[f.key], f.key)
		if err != nil {
			return err
		}
		*f.dst = strings.TrimSpace(text)
	}
	return nil
}

// list reads a sequence.
func (r *fileReader) list(n ast.Node, what string) ([]ast.Node, error) {
	if s, ok := n.(*ast.SequenceNode); ok {
		return s.Values, nil
	}
	return nil, r.at(n, what+" is no list", "a list")
}

// each reads one value or a list of them.
func (r *fileReader) each(n ast.Node, what string, read func(ast.Node) error) error {
	values := []ast.Node{n}
	if s, ok := n.(*ast.SequenceNode); ok {
		values = s.Values
	}
	if len(values) == 0 {
		return r.at(n, what+" is an empty list", "at least one")
	}
	for _, v := range values {
		if err := read(v); err != nil {
			return err
		}
	}
	return nil
}

var (
	nameForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	dateForm = regexp.MustCompile(`^[12][0-9]{3}(-[0-9]{2}(-[0-9]{2})?)?$`)
)

// isDate takes a day, a month or a year that exist.
func isDate(text string) bool {
	if !dateForm.MatchString(text) {
		return false
	}
	_, err := time.Parse("2006-01-02"[:len(text)], text)
	return err == nil
}

var dateKeys = []string{"announced", "in_force", "ended", "suspended_until"}

func (r *fileReader) file(root ast.Node) (*File, error) {
	keys, err := r.object(root, "the file", "format", "name", "title", "summary", "dates", "months", "withdrawals", "blocs", "sources", "assumptions")
	if err != nil {
		return nil, err
	}
	for _, k := range []string{"format", "withdrawals"} {
		if keys[k] == nil {
			return nil, r.at(root, "the key "+k+" is missing", "format: 1 and a list of withdrawals")
		}
	}
	if v, err := r.text(keys["format"], "format"); err != nil {
		return nil, err
	} else if v != "1" {
		return nil, r.at(keys["format"], "unknown format "+fault.Quote(v), "1")
	}
	f := &File{Scenario: Scenario{Months: FullYear}}
	if err := r.texts(keys, []textField{{"name", &f.Name}, {"title", &f.Title}, {"summary", &f.Summary}}); err != nil {
		return nil, err
	}
	if f.Name != "" && !nameForm.MatchString(f.Name) {
		return nil, r.at(keys["name"], fault.Quote(f.Name)+" is no name", "lower-case letters, digits and hyphens")
	}
	if n := keys["months"]; n != nil {
		if f.Scenario.Months, err = r.number(n, "months", 0, FullYear); err != nil {
			return nil, err
		}
		if f.Scenario.Months == 0 {
			return nil, r.at(n, "0 months", "more than 0 and at most 12")
		}
	}
	if err := r.dates(f, keys["dates"]); err != nil {
		return nil, err
	}
	if err := r.blocs(f, keys["blocs"]); err != nil {
		return nil, err
	}
	if err := r.sources(f, keys["sources"]); err != nil {
		return nil, err
	}
	if n := keys["assumptions"]; n != nil {
		values, err := r.list(n, "assumptions")
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			text, err := r.text(v, "an assumption")
			if err != nil {
				return nil, err
			}
			f.Assumptions = append(f.Assumptions, strings.TrimSpace(text))
		}
	}
	values, err := r.list(keys["withdrawals"], "withdrawals")
	if err != nil {
		return nil, err
	}
	if len(values) == 0 {
		return nil, r.at(keys["withdrawals"], "no withdrawals", "at least one")
	}
	for _, v := range values {
		if err := r.withdrawal(f, v); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (r *fileReader) dates(f *File, n ast.Node) error {
	if n == nil {
		return nil
	}
	keys, err := r.object(n, "dates", dateKeys...)
	if err != nil {
		return err
	}
	for _, k := range dateKeys {
		if keys[k] == nil {
			continue
		}
		date, err := r.text(keys[k], k)
		if err != nil {
			return err
		}
		if !isDate(date) {
			return r.at(keys[k], fault.Quote(date)+" is no date", "2025-04-04, 2025-04 or 2025")
		}
		f.Dates = append(f.Dates, [2]string{k, date})
	}
	return nil
}

func (r *fileReader) blocs(f *File, n ast.Node) error {
	if n == nil {
		return nil
	}
	values, err := r.list(n, "blocs")
	if err != nil {
		return err
	}
	for _, v := range values {
		var bloc []string
		if err := r.each(v, "a bloc", func(m ast.Node) error {
			members, err := r.countries(m)
			bloc = append(bloc, members...)
			return err
		}); err != nil {
			return err
		}
		f.Scenario.Blocs = append(f.Scenario.Blocs, bloc)
	}
	if _, err := canonicalBlocs(f.Scenario.Blocs); err != nil {
		return r.relocate(n, err)
	}
	return nil
}

// relocate gives an error of the scenario the place in the file.
func (r *fileReader) relocate(n ast.Node, err error) error {
	var e *fault.Error
	if !errors.As(err, &e) {
		return err
	}
	out := r.at(n, e.What, e.Expected)
	out.DidYouMean = e.DidYouMean
	return out
}

func (r *fileReader) sources(f *File, n ast.Node) error {
	if n == nil {
		return nil
	}
	values, err := r.list(n, "sources")
	if err != nil {
		return err
	}
	for _, v := range values {
		keys, err := r.object(v, "a source", "title", "url", "date", "says")
		if err != nil {
			return err
		}
		var s Source
		if err := r.texts(keys, []textField{{"title", &s.Title}, {"url", &s.URL}, {"date", &s.Date}, {"says", &s.Says}}); err != nil {
			return err
		}
		if s.URL != "" && !strings.HasPrefix(s.URL, "https://") && !strings.HasPrefix(s.URL, "http://") {
			return r.at(keys["url"], fault.Quote(s.URL)+" is no web address", "https://... or http://...")
		}
		if s.Title == "" {
			return r.at(v, "a source without title", "the title of a document a reader can find")
		}
		f.Sources = append(f.Sources, s)
	}
	return nil
}

func (r *fileReader) withdrawal(f *File, n ast.Node) error {
	keys, err := r.object(n, "a withdrawal", "commodity", "from", "kind", "cut", "to", "leakage", "offered")
	if err != nil {
		return err
	}
	for _, k := range []string{"commodity", "from"} {
		if keys[k] == nil {
			return r.at(n, "a withdrawal without "+k, "commodity and from")
		}
	}
	w := Withdrawal{Kind: ExportRestriction, Fraction: 1}
	if k := keys["kind"]; k != nil {
		name, err := r.text(k, "kind")
		if err != nil {
			return err
		}
		if w.Kind, err = ParseKind(name); err != nil {
			return r.relocate(k, err)
		}
	}
	if k := keys["to"]; k != nil {
		w.Leakage, w.Offered = DefaultLeakage, DefaultOffered
		if err := r.each(k, "to", func(m ast.Node) error {
			targets, err := r.countries(m)
			w.Targets = append(w.Targets, targets...)
			return err
		}); err != nil {
			return err
		}
	}
	for _, x := range []struct {
		key string
		dst *float64
	}{{"cut", &w.Fraction}, {"leakage", &w.Leakage}, {"offered", &w.Offered}} {
		k := keys[x.key]
		if k == nil {
			continue
		}
		if x.key != "cut" && !w.Targeted() {
			return r.at(k, x.key+" without destinations", "also to: [USA], say")
		}
		if *x.dst, err = r.share(k, x.key); err != nil {
			return err
		}
	}
	var units []int
	if err := r.each(keys["commodity"], "commodity", func(m ast.Node) error {
		found, err := r.units(m)
		units = append(units, found...)
		return err
	}); err != nil {
		return err
	}
	return r.each(keys["from"], "from", func(m ast.Node) error {
		countries, err := r.countries(m)
		if err != nil {
			return err
		}
		for _, country := range countries {
			for _, unit := range units {
				one := w
				one.Unit, one.Country = unit, country
				if err := one.check(); err != nil {
					return r.relocate(m, err)
				}
				if len(f.Scenario.Withdrawals) == MaxWithdrawals {
					return r.at(m, "too many withdrawals", fmt.Sprintf("at most %d", MaxWithdrawals))
				}
				f.Scenario.Withdrawals = append(f.Scenario.Withdrawals, one)
			}
		}
		return nil
	})
}

// units reads a commodity, or a set such as @usgs-84.
func (r *fileReader) units(n ast.Node) ([]int, error) {
	name, err := r.text(n, "commodity")
	if err != nil {
		return nil, err
	}
	if set, ok := strings.CutPrefix(name, "@"); ok {
		units, err := r.c.Set(set)
		if err != nil {
			return nil, r.relocate(n, err)
		}
		return units, nil
	}
	unit, err := r.c.FindUnit(name)
	if err != nil {
		return nil, r.relocate(n, err)
	}
	return []int{unit}, nil
}

// countries reads a country, or a bloc such as @EU.
func (r *fileReader) countries(n ast.Node) ([]string, error) {
	name, err := r.text(n, "country")
	if err != nil {
		return nil, err
	}
	countries, err := ParseCountries(r.c, name)
	if err != nil {
		return nil, r.relocate(n, err)
	}
	return countries, nil
}

// ParseCountries resolves a country's code or name, or @ and the name of a bloc.
func ParseCountries(c *catalog.Catalog, name string) ([]string, error) {
	if bloc, ok := strings.CutPrefix(name, "@"); ok {
		members, err := c.Bloc(bloc)
		if err == nil && len(members) == 0 {
			err = invalid("country", "unknown bloc "+fault.Quote(name), "one of table country_blocs, such as @EU")
		}
		return members, err
	}
	code, err := c.FindCountry(name)
	var f *fault.Error
	if members, blocErr := c.Bloc(name); errors.As(err, &f) && blocErr == nil && len(members) > 0 {
		f.DidYouMean = "@" + strings.ToUpper(name)
	}
	return []string{code}, err
}

func (r *fileReader) share(n ast.Node, what string) (float64, error) {
	text, err := r.text(n, what)
	if err != nil {
		return 0, r.at(n, what+" is no share", "a share such as 50% or 0.5")
	}
	v, err := ParseFraction(what, text)
	if err != nil {
		return 0, r.relocate(n, err)
	}
	return v, nil
}

func (r *fileReader) number(n ast.Node, what string, low, high float64) (float64, error) {
	expected := fmt.Sprintf("a number from %g to %g", low, high)
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
	default:
		return 0, r.at(n, what+" is no number", expected)
	}
	text := n.GetToken().Value
	if strings.ContainsRune(text, '_') {
		return 0, r.at(n, what+": "+fault.Quote(text), expected)
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= low && v <= high) {
		return 0, r.at(n, what+": "+fault.Quote(text), expected)
	}
	return v, nil
}
