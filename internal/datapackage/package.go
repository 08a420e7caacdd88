package datapackage

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"chokepoint/internal/fault"
)

// Package is an open data package. Tables are read when first asked for. It is
// safe for concurrent use.
type Package struct {
	Descriptor
	layers []layer // the base first, then overlays
	limits Limits

	mu     sync.Mutex
	tables map[string]*entry

	hashOnce sync.Once
	hash     string
	hashErr  error
}

type layer struct {
	label string // what a place in this layer starts with
	fsys  fs.FS
}

type entry struct {
	once  sync.Once
	table *Table
	err   error
}

// Overlay is a folder whose tables replace whole blocks of the base.
type Overlay struct {
	Label string // path as the user gave it
	FS    fs.FS
}

// Open reads the descriptor of the base package. A file in an overlay that is
// no table of the package is an error: a misspelt name must not be ignored.
func Open(base fs.FS, lim Limits, overlays ...Overlay) (*Package, error) {
	d, err := readDescriptor(base, lim)
	if err != nil {
		return nil, err
	}
	p := &Package{Descriptor: *d, limits: lim, tables: map[string]*entry{},
		layers: []layer{{fsys: base}}}
	for i := range d.Resources {
		p.tables[d.Resources[i].Name] = &entry{}
	}
	for _, o := range overlays {
		if err := p.checkOverlay(o); err != nil {
			return nil, err
		}
		p.layers = append(p.layers, layer{o.Label, o.FS})
	}
	return p, nil
}

func (p *Package) checkOverlay(o Overlay) error {
	files, err := fs.ReadDir(o.FS, ".")
	if err != nil {
		return &fault.Error{Code: fault.InvalidData, File: o.Label, What: "cannot read the folder: " + reason(err),
			Do: "--data takes a folder with tables such as supply.csv", Err: err}
	}
	var known []string
	for i := range p.Resources {
		known = append(known, path.Base(p.Resources[i].Path))
	}
	found := 0
	for _, f := range files {
		if f.IsDir() || !strings.EqualFold(path.Ext(f.Name()), ".csv") {
			continue
		}
		if !slices.Contains(known, f.Name()) {
			return &fault.Error{Code: fault.InvalidData, File: path.Join(o.Label, f.Name()),
				What: "no table of the data package has this name", Expected: "a name that `chokepoint data list` prints, with .csv",
				DidYouMean: fault.Nearest(f.Name(), known), Do: "Rename the file or move it out of the folder."}
		}
		found++
	}
	if found == 0 {
		return &fault.Error{Code: fault.InvalidData, File: o.Label, What: "the folder holds no table",
			Expected: "at least one .csv named like a table of `chokepoint data list`",
			Do:       "Put the rows of your own, a whole block at a time, into a file such as supply.csv."}
	}
	return nil
}

// Resource returns the description of a table, or nil.
func (p *Package) Resource(name string) *Resource {
	for i := range p.Resources {
		if p.Resources[i].Name == name {
			return &p.Resources[i]
		}
	}
	return nil
}

// Table reads a table, or returns it if it was read before. Types, constraints
// and keys hold in a table that is returned; foreign keys are checked by
// CheckReferences.
func (p *Package) Table(name string) (*Table, error) {
	p.mu.Lock()
	e := p.tables[name]
	p.mu.Unlock()
	if e == nil {
		return nil, fmt.Errorf("the data package has no table %q", name)
	}
	e.once.Do(func() { e.table, e.err = p.read(p.Resource(name)) })
	return e.table, e.err
}

// Hash identifies the content of all layers: SHA-256 over names and bytes of
// the descriptor and every table, in order of path. Other files of an overlay,
// and where it lies, do not count. It is computed once, as tables are read once.
func (p *Package) Hash() (string, error) {
	p.hashOnce.Do(func() { p.hash, p.hashErr = p.computeHash() })
	return p.hash, p.hashErr
}

func (p *Package) computeHash() (string, error) {
	h := sha256.New()
	paths := []string{DescriptorName}
	for i := range p.Resources {
		paths = append(paths, p.Resources[i].Path)
	}
	slices.Sort(paths)
	for i, l := range p.layers {
		for _, name := range paths {
			if i > 0 {
				if name == DescriptorName {
					continue
				}
				name = path.Base(name)
			}
			content, err := readFile(l.fsys, name, l.place(name), p.limits)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return "", err
			}
			fmt.Fprintf(h, "%d %s %d\n", i, name, len(content))
			h.Write(content)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Overlaid tells whether a table takes rows from an overlay.
func (p *Package) Overlaid(name string) bool {
	r := p.Resource(name)
	if r == nil {
		return false
	}
	for _, l := range p.layers[1:] {
		if _, err := fs.Stat(l.fsys, path.Base(r.Path)); err == nil {
			return true
		}
	}
	return false
}

func (p *Package) read(r *Resource) (*Table, error) {
	t, err := p.readLayer(r, 0, r.Path)
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(p.layers); i++ {
		name := path.Base(r.Path)
		if _, err := fs.Stat(p.layers[i].fsys, name); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		over, err := p.readLayer(r, i, name)
		if err != nil {
			return nil, err
		}
		if over.rows == 0 {
			return nil, &fault.Error{Code: fault.InvalidData, File: over.files[0].label, What: "the file has a header line and no rows",
				Expected: "at least one block of rows", Do: "Add the rows, or take the file out of the folder."}
		}
		t = t.replaceBlocks(over)
	}
	return t, nil
}

func (p *Package) readLayer(r *Resource, layer int, name string) (*Table, error) {
	label := p.layers[layer].place(name)
	content, err := readFile(p.layers[layer].fsys, name, label, p.limits)
	if err != nil {
		return nil, err
	}
	return parse(r, label, content, p.limits)
}

// place is how messages name a file of the layer.
func (l layer) place(name string) string { return path.Join(l.label, path.Base(name)) }

// reason is the bare cause of a failed call on a file.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// readFile reads a file up to the limit; messages name it by its label.
func readFile(fsys fs.FS, name, label string, lim Limits) ([]byte, error) {
	if info, err := fs.Stat(fsys, name); err == nil && !info.Mode().IsRegular() && !info.IsDir() { // a pipe would wait for ever
		return nil, &fault.Error{Code: fault.InvalidData, File: name, What: "this is no regular file", Expected: "a table as a file"}
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, &fault.Error{Code: fault.InvalidData, File: label, What: "cannot open the file: " + reason(err), Err: err}
	}
	defer f.Close()
	known := int64(0)
	if info, err := f.Stat(); err == nil {
		known = min(max(info.Size(), 0), lim.FileBytes)
	}
	content := make([]byte, 0, known+1)
	for {
		if int64(len(content)) > lim.FileBytes {
			return nil, &fault.Error{Code: fault.InvalidData, File: label, What: "the file is too large",
				Expected: "at most " + size(lim.FileBytes), Do: "Leave out rows that the program does not use."}
		}
		content = slices.Grow(content, 512)
		n, err := f.Read(content[len(content):cap(content)])
		content = content[:len(content)+n]
		if errors.Is(err, io.EOF) {
			return content, nil
		}
		if err != nil {
			return nil, &fault.Error{Code: fault.InvalidData, File: label, What: "cannot read the file: " + reason(err), Err: err}
		}
	}
}
