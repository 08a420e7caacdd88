package server

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"encoding/json"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/fault"
	"chokepoint/internal/probability"
	"chokepoint/internal/report"
	"chokepoint/internal/scenario"
)

// how is the method, edits and probabilities of a question.
type how struct {
	method      []string // setting=value
	sets        []string
	probability string // "" = the server's
}

// session is what answers a question: an engine and its probabilities.
type session struct {
	engine      *assess.Engine
	probability *probability.Model
	words       []string // of the command line, for the run record
	key         string   // names method, edits and probabilities
}

// session finds or makes the engine for a method.
func (s *Server) session(h how) (*session, error) {
	m, err := ask.Method(s.engines.base.Method, h.method)
	if err != nil {
		return nil, err
	}
	e, err := s.engines.of(m, h.sets)
	if err != nil {
		return nil, err
	}
	name := h.probability
	if name == "" {
		name = s.options.Probability
	}
	p, err := s.engines.probability(e, name)
	if err != nil {
		return nil, err
	}
	out := s.sessionOf(e, p)
	out.key = engineKey(m, h.sets) + "\n" + name
	return out, nil
}

// sessionOf is the session of an engine, without a key.
func (s *Server) sessionOf(e *assess.Engine, p *probability.Model) *session {
	out := &session{engine: e, probability: p}
	for i, y := range e.Method.Settings() { // what differs from the program's own defaults
		if y != assess.DefaultMethod().Settings()[i] {
			out.words = append(out.words, "--method", y[0]+"="+y[1])
		}
	}
	for _, set := range e.Sets() {
		out.words = append(out.words, "--set", set)
	}
	if p.Name != probability.Fitted {
		out.words = append(out.words, "--probability", p.Name)
	}
	for _, dir := range s.options.Overlays {
		out.words = append(out.words, "--data", dir)
	}
	return out
}

// run makes the run record of an answer.
func (s *Server) run(x *session, words []string, sc *scenario.Scenario, notes []string) (*report.Run, error) {
	command := slices.Concat(words, x.words, []string{"--format", "json"})
	r, err := report.NewRun(s.options.Version, command, x.engine, x.probability.Name, sc, notes)
	if err != nil {
		return nil, err
	}
	r.Overlays = s.options.Overlays
	return r, nil
}

// howParameters are the parameters of a method.
var howParameters = []string{"method", "set", "probability"}

func (q *query) how() (h how, err error) {
	h.method, h.sets = q.values["method"], q.values["set"]
	h.probability, err = q.choice("probability", probability.Fitted, probability.Published)
	return h, err
}

// question is a scenario and how to compute it: exactly one of a document, a
// name, or a selector.
type question struct {
	how
	selector ask.Selector // of a name, only cut and months
	name     string
	text     []byte    // of a scenario document
	in       *document // that the text stands in
	at       int       // offset of the text
	label    string
	omit     []string
}

// questionParameters are the parameters of a question.
var questionParameters = []string{"name", "commodity", "from", "to", "cut", "months", "kind", "leakage", "offered", "bloc"}

// omittable are the parts of an answer that need not be asked for.
var omittable = []string{"sharing_rules", "sources", "industries"}

func checkOmit(omit []string) error {
	for _, o := range omit {
		if err := isChoice("omit", o, omittable); err != nil {
			return err
		}
	}
	return nil
}

// question reads a question from an address.
func (q *query) question() (x *question, err error) {
	x = &question{}
	if x.how, err = q.how(); err != nil {
		return nil, err
	}
	y := &x.selector
	y.Blocs = q.values["bloc"]
	for _, p := range []struct {
		name string
		dst  *[]string
	}{{"commodity", &y.Commodities}, {"from", &y.From}, {"to", &y.To}, {"omit", &x.omit}} {
		if *p.dst, err = q.list(p.name); err != nil {
			return nil, err
		}
	}
	for _, p := range []struct {
		name string
		dst  *string
	}{{"name", &x.name}, {"cut", &y.Cut}, {"kind", &y.Kind}, {"leakage", &y.Leakage}, {"offered", &y.Offered}} {
		if *p.dst, err = q.one(p.name); err != nil {
			return nil, err
		}
	}
	if months, given, err := q.number("months"); err != nil {
		return nil, err
	} else if given {
		y.Months = &months
	}
	return x, errors.Join(x.check(), checkOmit(x.omit))
}

// check refuses a question that names no scenario, or two.
func (x *question) check() error {
	ways := 0
	for _, given := range []bool{x.text != nil, x.name != "", len(x.selector.Commodities)+len(x.selector.From) > 0} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return newProblem("usage", "scenario", fmt.Sprintf("%d scenarios", ways), "exactly one of a scenario document, a name, or commodity with from")
	}
	if x.text == nil && x.name == "" {
		if len(x.selector.Commodities) == 0 {
			return newProblem("usage", "commodity", "no commodity", "one or more, such as gallium")
		}
		if len(x.selector.From) == 0 {
			return newProblem("usage", "from", "no country", "one or more, such as CHN")
		}
	}
	return nil
}

// question reads a question from an object of a body.
func (d *document) question(n *node) (*question, error) {
	keys, err := d.fields(n, "question", "scenario", "name", "commodity", "from", "to", "cut", "months", "kind", "leakage", "offered", "blocs", "label", "method", "set", "probability", "omit")
	if err != nil {
		return nil, err
	}
	x := &question{in: d}
	y := &x.selector
	for _, p := range []struct {
		name string
		dst  *[]string
	}{{"commodity", &y.Commodities}, {"from", &y.From}, {"to", &y.To}} {
		if *p.dst, err = d.strs(keys[p.name], p.name, maxListed, 100); err != nil {
			return nil, err
		}
	}
	for _, p := range []struct {
		name string
		dst  *string
	}{{"name", &x.name}, {"kind", &y.Kind}, {"label", &x.label}, {"probability", &x.probability}} {
		if *p.dst, err = d.str(keys[p.name], p.name, 200); err != nil {
			return nil, err
		}
	}
	for _, p := range []struct {
		name string
		dst  *string
	}{{"cut", &y.Cut}, {"leakage", &y.Leakage}, {"offered", &y.Offered}} {
		if *p.dst, err = d.scalar(keys[p.name], p.name); err != nil {
			return nil, err
		}
	}
	if k := keys["months"]; k != nil {
		if k.kind != 'n' {
			return nil, d.fault(k.start, "months", "months is no number", "more than 0 and at most 12")
		}
		months, err := parseNumber("months", k.text)
		if err != nil {
			return nil, err
		}
		y.Months = &months
	}
	if k := keys["blocs"]; k != nil {
		if k.kind != '[' || len(k.items) > maxRepeated {
			return nil, d.fault(k.start, "blocs", "blocs is no list, or too long", fmt.Sprintf("at most %d lists of countries", maxRepeated))
		}
		for _, item := range k.items {
			members, err := d.strs(item, "blocs", maxListed, 100)
			if err != nil {
				return nil, err
			}
			y.Blocs = append(y.Blocs, strings.Join(members, ","))
		}
	}
	if x.probability != "" {
		if err := isChoice("probability", x.probability, []string{probability.Fitted, probability.Published}); err != nil {
			return nil, err
		}
	}
	if err := d.methodOf(keys["method"], x); err != nil {
		return nil, err
	}
	if k := keys["set"]; k != nil && !(k.kind == '[' && len(k.items) == 0) {
		if x.sets, err = d.strs(k, "set", maxRepeated, 300); err != nil {
			return nil, err
		}
	}
	if k := keys["omit"]; k != nil && !(k.kind == '[' && len(k.items) == 0) {
		if x.omit, err = d.strs(k, "omit", len(omittable), 40); err != nil {
			return nil, err
		}
	}
	if k := keys["scenario"]; k != nil {
		if k.kind != '{' {
			return nil, d.fault(k.start, "scenario", "scenario is no object", "a scenario document")
		}
		x.text, x.at = d.text[k.start:k.end], k.start
	}
	return x, errors.Join(x.check(), checkOmit(x.omit))
}

// methodOf reads the settings of a method, each a word or a number.
func (d *document) methodOf(n *node, x *question) error {
	if n == nil {
		return nil
	}
	var names []string
	for _, y := range ask.Settings() {
		names = append(names, y.Name)
	}
	keys, err := d.fields(n, "method", names...)
	if err != nil {
		return err
	}
	for _, name := range names { // in a fixed order
		value, err := d.scalar(keys[name], name)
		if err != nil {
			return err
		}
		if strings.Contains(value, ",") {
			return d.fault(keys[name].start, name, fault.Quote(value), "one value")
		}
		if value != "" {
			x.method = append(x.method, name+"="+value)
		}
	}
	return nil
}

// asked is a question that was understood: the scenario in its canonical form,
// and what answers it.
type asked struct {
	*session
	scenario scenario.Scenario // canonical
	whole    scenario.Scenario // with what has no effect
	hash     string
	label    string
	words    []string // of the command line
	idle     []string // what has no effect
	omit     []string
	dates    [][2]string // of a scenario file
	key      string      // names the answer
}

// understand resolves a question.
func (s *Server) understand(x *question) (*asked, error) {
	on, err := s.session(x.how)
	if err != nil {
		return nil, err
	}
	c := on.engine.Catalog
	out := &asked{session: on, omit: x.omit}
	var sc scenario.Scenario
	switch {
	case x.text != nil:
		f, err := readDocument(s, x)
		if err != nil {
			return nil, err
		}
		sc, out.label, out.words = f.Scenario, f.Name, []string{"disrupt", "scenario.yaml"}
		if out.label == "" {
			out.label = "scenario"
		}
		if f.Title != "" {
			out.label = f.Title
		}
	case x.name != "":
		f, _, err := s.named(x.name)
		if err != nil {
			return nil, err
		}
		sc, out.label, out.words, out.dates = f.Scenario, x.name, []string{"disrupt", x.name}, f.Dates
	default:
		if sc, err = x.selector.Scenario(c); err != nil {
			return nil, err
		}
		out.label, out.words = x.selector.Describe(), append([]string{"disrupt"}, x.selector.Words()...)
	}
	if x.text != nil || x.name != "" {
		said, err := x.selector.Override(&sc)
		if err != nil {
			return nil, err
		}
		out.label += said
		out.words = append(out.words, strings.Fields(said)...)
	}
	if x.label != "" {
		out.label = x.label
	}
	out.whole = sc
	if out.scenario, out.idle, err = ask.WithoutEffect(on.engine, sc); err != nil {
		return nil, err
	}
	out.hash = out.scenario.Hash(c)
	out.key = strings.Join([]string{on.key, out.scenario.Canon(c), out.label, strings.Join(out.words, " "), strings.Join(out.idle, ";"), strings.Join(out.omit, ",")}, "\n")
	return out, nil
}

// one computes the answer to a question with detail.
func (x *asked) one(ctx context.Context) (*assess.Result, error) {
	return x.engine.One(ctx, x.scenario)
}

// surrogate is half of a character outside the basic plane, as JSON may escape it
// and YAML may not.
var surrogate = regexp.MustCompile(`\\u[dD][89abAB]`)

// readDocument reads the scenario document of a question. JSON is YAML once it
// stands in one line; what the reader says of a column is told of the body.
func readDocument(s *Server, x *question) (*scenario.File, error) {
	line := make([]byte, len(x.text))
	for i, b := range x.text {
		if b == '\n' || b == '\r' || b == '\t' { // outside strings: JSON escapes them inside
			b = ' '
		}
		line[i] = b
	}
	moved := surrogate.Match(line)
	if moved {
		var v any
		d := json.NewDecoder(strings.NewReader(string(line)))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			return nil, err
		}
		var err error
		if line, err = json.Marshal(v); err != nil {
			return nil, err
		}
	}
	f, err := scenario.ReadFile(s.engines.base.Catalog, "scenario", line)
	var e *fault.Error
	if errors.As(err, &e) {
		out := *e
		out.Line, out.Col = 0, 0
		if !moved && x.in != nil && e.Line == 1 {
			out.Line, out.Col = x.in.lineCol(x.at + byteAt(line, e.Col))
		}
		err = &out
	}
	return f, err
}

// byteAt is the offset of the column of a line.
func byteAt(line []byte, col int) int {
	at := 0
	for range col - 1 {
		if at >= len(line) {
			break
		}
		_, size := utf8.DecodeRune(line[at:])
		at += size
	}
	return at
}
