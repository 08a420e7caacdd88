package server

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"chokepoint/internal/ask"
	"chokepoint/internal/catalog"
	"chokepoint/internal/fault"
	"chokepoint/internal/scenario"
)

// folder holds saved scenarios, a YAML file each. It cannot be left: names are
// checked, and links out of it are not followed.
type folder struct {
	root *os.Root
	mu   sync.RWMutex // writers one at a time
	most int
}

// openFolder opens the folder of saved scenarios.
func openFolder(name string, most int) (*folder, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, &fault.Error{Code: fault.Usage, File: "--scenarios", What: "the folder cannot be opened: " + reason(err), Expected: "a folder that is there", Err: err}
	}
	return &folder{root: root, most: most}, nil
}

// reason is an error of the file system without paths.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

const suffix = ".yaml"

// names lists what is saved, sorted.
func (d *folder) names() ([]string, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.list()
}

func (d *folder) list() ([]string, error) {
	f, err := d.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), suffix); ok && ask.IsName(name) && e.Type().IsRegular() {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, nil
}

// text reads a saved file; ok is false where there is none.
func (d *folder) text(name string) (content []byte, ok bool, err error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	info, err := d.root.Lstat(name + suffix)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() { // opening a pipe would wait for ever
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	f, err := d.root.Open(name + suffix)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	content, err = io.ReadAll(io.LimitReader(f, scenario.MaxFileBytes+1))
	return content, err == nil, err
}

// write saves a file, whole or not at all: under another name first, which is
// flushed to the disk and then takes the name. created tells a new one from one
// that was replaced.
func (d *folder) write(name string, content []byte, onlyNew bool) (created bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	names, err := d.list()
	if err != nil {
		return false, err
	}
	created = !slices.Contains(names, name)
	switch {
	case !created && onlyNew:
		return false, newProblem("precondition-failed", "name", "there is a scenario "+fault.Quote(name)+" already", "another name")
	case created && len(names) >= d.most:
		return false, newProblem("full", "name", fmt.Sprintf("%d scenarios are saved", len(names)), fmt.Sprintf("at most %d", d.most))
	}
	temporary := ".chokepoint-" + rand.Text()
	f, err := d.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return false, err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = d.root.Rename(temporary, name+suffix)
	}
	if err != nil {
		return false, errors.Join(err, d.root.Remove(temporary))
	}
	return created, d.flush()
}

// remove deletes a saved file; ok is false where there is none.
func (d *folder) remove(name string) (ok bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	names, err := d.list()
	if err != nil || !slices.Contains(names, name) {
		return false, err
	}
	if err := d.root.Remove(name + suffix); err != nil {
		return false, err
	}
	return true, d.flush()
}

// flush makes a change of names last, where the system can.
func (d *folder) flush() error {
	f, err := d.root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrInvalid) {
		return err
	}
	return nil
}

func (d *folder) close() error { return d.root.Close() }

// libraryEntry is a scenario that the program ships, read once.
type libraryEntry struct {
	name string
	file *scenario.File
}

func readLibrary(c *catalog.Catalog) ([]libraryEntry, error) {
	names, err := ask.LibraryNames()
	if err != nil {
		return nil, err
	}
	var out []libraryEntry
	for _, name := range names {
		f, _, err := ask.LibraryFile(c, name)
		if err != nil {
			return nil, err
		}
		out = append(out, libraryEntry{name, f})
	}
	return out, nil
}

// named reads a scenario of the library, or a saved one.
func (s *Server) named(name string) (f *scenario.File, origin string, err error) {
	for _, y := range s.library {
		if y.name == name {
			return y.file, "library", nil
		}
	}
	content, origin, err := s.namedText(name)
	if err != nil {
		return nil, "", err
	}
	f, err = scenario.ReadFile(s.engines.base.Catalog, name+suffix, content)
	return f, origin, err
}

func (s *Server) namedText(name string) (content []byte, origin string, err error) {
	if !ask.IsName(name) {
		return nil, "", newProblem("usage", "name", fault.Quote(name)+" is no name", fmt.Sprintf("lower-case letters, digits and hyphens, at most %d", ask.MaxNameBytes))
	}
	content, ok, err := ask.LibraryText(name)
	if err != nil || ok {
		return content, "library", err
	}
	known, err := ask.LibraryNames()
	if err != nil {
		return nil, "", err
	}
	if s.saved != nil {
		if content, ok, err = s.saved.text(name); err != nil || ok {
			return content, "saved", err
		}
		names, err := s.saved.names()
		if err != nil {
			return nil, "", err
		}
		known = append(known, names...)
	}
	p := newProblem("not-found", "name", "no scenario is named "+fault.Quote(name), "a name that GET /scenarios lists")
	p.DidYouMean = fault.Nearest(name, known)
	return nil, "", p
}

// File is a scenario file as a document: what the API takes and gives, and what
// is written to the folder.
type scenarioDocument struct {
	Format      int                  `json:"format" yaml:"format"`
	Name        string               `json:"name,omitempty" yaml:"name,omitempty"`
	Title       string               `json:"title,omitempty" yaml:"title,omitempty"`
	Summary     string               `json:"summary,omitempty" yaml:"summary,omitempty"`
	Dates       *datesDocument       `json:"dates,omitempty" yaml:"dates,omitempty"`
	Months      float64              `json:"months" yaml:"months"`
	Withdrawals []withdrawalDocument `json:"withdrawals" yaml:"withdrawals"`
	Blocs       [][]string           `json:"blocs,omitempty" yaml:"blocs,omitempty"`
	Sources     []sourceDocument     `json:"sources,omitempty" yaml:"sources,omitempty"`
	Assumptions []string             `json:"assumptions,omitempty" yaml:"assumptions,omitempty"`
}

type datesDocument struct {
	Announced      string `json:"announced,omitempty" yaml:"announced,omitempty"`
	InForce        string `json:"in_force,omitempty" yaml:"in_force,omitempty"`
	Ended          string `json:"ended,omitempty" yaml:"ended,omitempty"`
	SuspendedUntil string `json:"suspended_until,omitempty" yaml:"suspended_until,omitempty"`
}

type withdrawalDocument struct {
	Commodity []string `json:"commodity" yaml:"commodity,flow"`
	From      []string `json:"from" yaml:"from,flow"`
	Kind      string   `json:"kind" yaml:"kind"`
	Cut       float64  `json:"cut" yaml:"cut"`
	To        []string `json:"to,omitempty" yaml:"to,flow,omitempty"`
	Leakage   *float64 `json:"leakage,omitempty" yaml:"leakage,omitempty"`
	Offered   *float64 `json:"offered,omitempty" yaml:"offered,omitempty"`
}

type sourceDocument struct {
	Title string `json:"title" yaml:"title"`
	URL   string `json:"url,omitempty" yaml:"url,omitempty"`
	Date  string `json:"date,omitempty" yaml:"date,omitempty"`
	Says  string `json:"says,omitempty" yaml:"says,omitempty"`
}

// documentOf writes a file as a document. Withdrawals that differ in the
// commodity alone share an entry.
func documentOf(c *catalog.Catalog, f *scenario.File) scenarioDocument {
	out := scenarioDocument{Format: 1, Name: f.Name, Title: f.Title, Summary: f.Summary, Months: f.Scenario.Months, Withdrawals: []withdrawalDocument{}, Blocs: f.Scenario.Blocs, Assumptions: f.Assumptions}
	for _, d := range f.Dates {
		if out.Dates == nil {
			out.Dates = &datesDocument{}
		}
		switch d[0] {
		case "announced":
			out.Dates.Announced = d[1]
		case "in_force":
			out.Dates.InForce = d[1]
		case "ended":
			out.Dates.Ended = d[1]
		case "suspended_until":
			out.Dates.SuspendedUntil = d[1]
		}
	}
	at := map[string]int{}
	for _, w := range f.Scenario.Withdrawals {
		id := c.Units[w.Unit].ID
		key := fmt.Sprint(w.Country, w.Kind, w.Fraction, w.Targets, w.Leakage, w.Offered)
		if i, ok := at[key]; ok {
			out.Withdrawals[i].Commodity = append(out.Withdrawals[i].Commodity, id)
			continue
		}
		at[key] = len(out.Withdrawals)
		d := withdrawalDocument{Commodity: []string{id}, From: []string{w.Country}, Kind: w.Kind.String(), Cut: w.Fraction + 0, To: w.Targets}
		if w.Targeted() {
			leakage, offered := w.Leakage+0, w.Offered+0
			d.Leakage, d.Offered = &leakage, &offered
		}
		out.Withdrawals = append(out.Withdrawals, d)
	}
	for _, y := range f.Sources {
		out.Sources = append(out.Sources, sourceDocument{y.Title, y.URL, y.Date, y.Says})
	}
	return out
}

// yamlOf writes a document as a file that reads back to the same document.
func yamlOf(c *catalog.Catalog, d scenarioDocument) ([]byte, error) {
	text, err := yaml.MarshalWithOptions(d, yaml.UseLiteralStyleIfMultiline(true))
	if err != nil {
		return nil, err
	}
	f, err := scenario.ReadFile(c, d.Name+suffix, text)
	if err != nil {
		return nil, err
	}
	again, err := yaml.MarshalWithOptions(documentOf(c, f), yaml.UseLiteralStyleIfMultiline(true))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(text, again) {
		return nil, newProblem("invalid-data", "scenario", "the scenario cannot be written as YAML and read back the same", "plain text in title, summary and sources")
	}
	return text, nil
}
