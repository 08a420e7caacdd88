package server

import (
	"container/list"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strings"
	"sync"

	"chokepoint/internal/assess"
	"chokepoint/internal/probability"
	"chokepoint/internal/scenario"
)

// engines keeps an engine per method and edits: the server's own always, others
// as long as they are used.
type engines struct {
	base  *assess.Engine
	limit int

	mu    sync.Mutex
	byKey map[string]*list.Element // of *engineEntry
	order *list.List               // the most recently used first
	roots []root                   // of other values of lambda, the most recently used first
	fits  map[fitKey]*fit
}

// root is the engine that those of a value of lambda share the economy of.
type root struct {
	lambda float64
	engine *assess.Engine
}

type engineEntry struct {
	key    string
	lambda float64
	once   sync.Once
	engine *assess.Engine
	err    error
}

// fitKey names a fit of probabilities: they depend on who is a net exporter of
// what, and on nothing else of the figures.
type fitKey struct {
	exporters uint64
	name      string
}

type fit struct {
	once  sync.Once
	model *probability.Model
	err   error
}

// maxRoots bounds the values of lambda beside the server's own that are kept, each
// with an economy of some 10 MB; maxFits the fits of probabilities.
const (
	maxRoots = 3
	maxFits  = 64
)

func newEngines(base *assess.Engine, limit int) *engines {
	return &engines{base: base, limit: max(1, limit), byKey: map[string]*list.Element{}, order: list.New(), fits: map[fitKey]*fit{}}
}

// key names a method with edits.
func engineKey(m assess.Method, sets []string) string {
	return m.String() + "\n" + strings.Join(sets, "\n")
}

// of returns the engine for a method, with edits on top of the server's own.
func (x *engines) of(m assess.Method, sets []string) (*assess.Engine, error) {
	if m == x.base.Method && len(sets) == 0 {
		return x.base, nil
	}
	key := engineKey(m, sets)
	x.mu.Lock()
	at, ok := x.byKey[key]
	if ok {
		x.order.MoveToFront(at)
	} else {
		at = x.order.PushFront(&engineEntry{key: key, lambda: m.Lambda})
		x.byKey[key] = at
		for x.order.Len() > x.limit {
			last := x.order.Back()
			delete(x.byKey, x.order.Remove(last).(*engineEntry).key)
		}
	}
	entry := at.Value.(*engineEntry)
	x.mu.Unlock()
	entry.once.Do(func() { entry.engine, entry.err = x.build(m, sets) })
	if entry.err != nil {
		x.forget(key, entry)
	}
	return entry.engine, entry.err
}

// forget drops an entry that failed: a client's mistake need not take a place.
func (x *engines) forget(key string, entry *engineEntry) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if at, ok := x.byKey[key]; ok && at.Value == entry {
		x.order.Remove(at)
		delete(x.byKey, key)
	}
}

func (x *engines) build(m assess.Method, sets []string) (*assess.Engine, error) {
	of, err := x.root(m.Lambda)
	if err != nil {
		return nil, err
	}
	all := append(append([]string{}, x.base.Sets()...), sets...)
	return of.Variant(m, all...)
}

// root returns the engine that has the economy of a value of lambda. Where there
// are too many values, the one not used for longest goes, with all its engines.
func (x *engines) root(lambda float64) (*assess.Engine, error) {
	if lambda == x.base.Method.Lambda {
		return x.base, nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if i := slices.IndexFunc(x.roots, func(r root) bool { return r.lambda == lambda }); i >= 0 {
		r := x.roots[i]
		x.roots = slices.Insert(slices.Delete(x.roots, i, i+1), 0, r)
		return r.engine, nil
	}
	m := x.base.Method
	m.Lambda = lambda
	e, err := x.base.Variant(m, x.base.Sets()...)
	if err != nil {
		return nil, err
	}
	x.roots = slices.Insert(x.roots, 0, root{lambda, e})
	if len(x.roots) > maxRoots {
		gone := x.roots[maxRoots].lambda
		x.roots = slices.Delete(x.roots, maxRoots, maxRoots+1)
		for at := x.order.Front(); at != nil; {
			next := at.Next()
			if entry := at.Value.(*engineEntry); entry.lambda == gone {
				x.order.Remove(at)
				delete(x.byKey, entry.key)
			}
			at = next
		}
	}
	return e, nil
}

// probability returns the fit of an engine's figures.
func (x *engines) probability(e *assess.Engine, name string) (*probability.Model, error) {
	h := fnv.New64a()
	var b [8]byte
	for i, f := range e.Figures {
		for k := range e.Catalog.Units[i].Countries {
			if scenario.NetExporter(f, k) {
				binary.LittleEndian.PutUint64(b[:], uint64(i)<<32|uint64(k))
				_, _ = h.Write(b[:]) // never fails
			}
		}
	}
	key := fitKey{h.Sum64(), name}
	x.mu.Lock()
	f := x.fits[key]
	if f == nil {
		if len(x.fits) == maxFits {
			clear(x.fits)
		}
		f = &fit{}
		x.fits[key] = f
	}
	x.mu.Unlock()
	f.once.Do(func() { f.model, f.err = probability.New(e.Catalog, e.Figures, name) })
	return f.model, f.err
}
