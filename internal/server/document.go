package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"chokepoint/internal/fault"
)

// node is a value of a JSON document that knows where it stands. Unlike
// encoding/json into a struct, reading through it refuses keys that stand twice
// or differ in case, and bounds the nesting.
type node struct {
	kind  byte // { [ s n b 0: object, array, string, number, bool, null
	text  string
	keys  []string
	items []*node
	start int
	end   int
}

// document is the text of a body, for places in errors.
type document struct{ text []byte }

// fault makes an error about the byte at an offset.
func (d *document) fault(at int, place, what, expected string) *problem {
	p := newProblem("usage", place, what, expected)
	p.Line, p.Col = d.lineCol(at)
	f := fault.Error{File: place, Line: p.Line, Col: p.Col, What: what, Expected: expected}
	p.Detail = f.Error()
	return p
}

func (d *document) lineCol(at int) (line, col int) {
	before := d.text[:min(at, len(d.text))]
	return 1 + bytes.Count(before, []byte{'\n'}), 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}

// parse reads a whole JSON text.
func (d *document) parse(maxDepth int) (*node, error) {
	if !utf8.Valid(d.text) {
		return nil, d.fault(0, "body", "the body is not UTF-8 text", "JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(d.text))
	dec.UseNumber()
	n, err := d.value(dec, maxDepth)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, d.fault(int(dec.InputOffset()), "body", "text after the JSON document", "one JSON document")
	}
	return n, nil
}

// syntax is the error for text that is no JSON.
func (d *document) syntax(dec *json.Decoder, err error) error {
	at := int(dec.InputOffset())
	var s *json.SyntaxError
	if errors.As(err, &s) {
		at = max(0, int(s.Offset)-1)
	}
	what := "the body is no JSON"
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		what, at = "the JSON document ends too early", len(d.text)
	}
	return d.fault(at, "body", what, "one JSON object")
}

func (d *document) value(dec *json.Decoder, depth int) (*node, error) {
	start := d.skip(int(dec.InputOffset()))
	token, err := dec.Token()
	if err != nil {
		return nil, d.syntax(dec, err)
	}
	n := &node{start: start}
	switch v := token.(type) {
	case json.Delim:
		if depth == 0 {
			p := newProblem("too-large", "body", "the JSON document is nested too deeply", "")
			p.Line, p.Col = d.lineCol(start)
			return nil, p
		}
		n.kind = byte(v)
		for dec.More() {
			if n.kind == '{' {
				at := d.skip(int(dec.InputOffset()))
				key, err := dec.Token()
				if err != nil {
					return nil, d.syntax(dec, err)
				}
				name := key.(string)
				if slices.Contains(n.keys, name) {
					return nil, d.fault(at, "body", "the key "+fault.Quote(name)+" stands twice", "each key once")
				}
				if len(n.keys) == maxKeys {
					return nil, d.fault(at, "body", "too many keys", fmt.Sprintf("at most %d in an object", maxKeys))
				}
				n.keys = append(n.keys, name)
			}
			item, err := d.value(dec, depth-1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
		if _, err := dec.Token(); err != nil {
			return nil, d.syntax(dec, err)
		}
	case string:
		n.kind, n.text = 's', v
		if strings.ContainsFunc(v, func(r rune) bool {
			return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' || r == utf8.RuneError
		}) {
			return nil, d.fault(start, "body", "a control character in "+fault.Quote(v), "text")
		}
	case json.Number:
		n.kind, n.text = 'n', v.String()
	case bool:
		n.kind, n.text = 'b', fmt.Sprint(v)
	case nil:
		n.kind = '0'
	}
	n.end = int(dec.InputOffset())
	return n, nil
}

// maxKeys bounds the keys of an object; no object of this API has as many.
const maxKeys = 100

// skip moves over what the decoder skips before a value.
func (d *document) skip(at int) int {
	for at < len(d.text) && strings.IndexByte(" \t\r\n,:", d.text[at]) >= 0 {
		at++
	}
	return at
}

// fields reads an object with the given keys, all of which it may leave out; null
// counts as left out.
func (d *document) fields(n *node, what string, known ...string) (map[string]*node, error) {
	if n.kind != '{' {
		return nil, d.fault(n.start, what, what+" is no object", "an object with "+strings.Join(known, ", "))
	}
	out := map[string]*node{}
	for i, key := range n.keys {
		if !slices.Contains(known, key) {
			p := d.fault(n.items[i].start, what, "unknown field "+fault.Quote(key), "one of "+strings.Join(known, ", "))
			p.DidYouMean = fault.Nearest(key, known)
			return nil, p
		}
		if n.items[i].kind != '0' {
			out[key] = n.items[i]
		}
	}
	return out, nil
}

// str reads a string; nil is "".
func (d *document) str(n *node, what string, maxBytes int) (string, error) {
	if n == nil {
		return "", nil
	}
	if n.kind != 's' {
		return "", d.fault(n.start, what, what+" is no string", "a string")
	}
	if len(n.text) > maxBytes {
		return "", d.fault(n.start, what, what+" is too long", fmt.Sprintf("at most %d bytes", maxBytes))
	}
	return n.text, nil
}

// strs reads a string, or a list of strings; nil is none.
func (d *document) strs(n *node, what string, maxItems, maxBytes int) ([]string, error) {
	if n == nil {
		return nil, nil
	}
	if n.kind == 's' {
		one, err := d.str(n, what, maxBytes)
		return []string{one}, err
	}
	if n.kind != '[' {
		return nil, d.fault(n.start, what, what+" is no list", "a string or a list of strings")
	}
	if len(n.items) == 0 || len(n.items) > maxItems {
		return nil, d.fault(n.start, what, fmt.Sprintf("%s has %d items", what, len(n.items)), fmt.Sprintf("1 to %d", maxItems))
	}
	var out []string
	for _, item := range n.items {
		text, err := d.str(item, what, maxBytes)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

// scalar reads a string or a number as text; nil is "".
func (d *document) scalar(n *node, what string) (string, error) {
	if n == nil {
		return "", nil
	}
	if n.kind != 's' && n.kind != 'n' || len(n.text) > 100 {
		return "", d.fault(n.start, what, what+" is no number", "a number or a short string")
	}
	if n.kind == 's' && n.text == "" {
		return "", d.fault(n.start, what, what+" is empty", "a number or a short string")
	}
	return n.text, nil
}
