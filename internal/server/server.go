package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"chokepoint/internal/assess"
	"chokepoint/internal/claims"
	"chokepoint/internal/concentration"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/lists"
	"chokepoint/internal/probability"
)

// Options of a server.
type Options struct {
	Engine      *assess.Engine // central values, the method and the edits that hold unless a request says otherwise
	Probability string         // probability.Fitted or Published
	Version     string         // of the program
	Unreleased  bool           // a build of its own: copies from before a restart are not trusted
	Overlays    []string       // folders of --data, for run records
	Folder      string         // of saved scenarios; "" = nothing is saved
	Runs        string         // folder of long runs; "" = none are computed
	AllowHosts  []string       // hosts (with or without port) that requests may name, beside the server's own
	App         fs.FS          // the explorer, index.html at the top; nil = not built
	Limits      Limits
	Workers     int                              // goroutines of one ranking; 0 = as many as processors
	Log         func(format string, args ...any) // failures; nil = nowhere
}

// Server answers requests. Close it after use.
type Server struct {
	options       Options
	engines       *engines
	saved         *folder // nil = none
	runs          *runs   // nil = none
	gate          *gate
	drawing       *gate // of what draws: half of the slots
	cache         *cache
	assets        map[string]*asset
	routes        []route
	dataHash      string
	salt          string
	zippers       sync.Pool
	library       []libraryEntry
	lists         *lists.Lists
	claims        []claims.Claim
	concentration *concentration.Model // of the server's own engine
}

// New makes a server. The economy is built before it returns, so that no request
// waits for it. Errors: a folder that cannot be opened, limits below 1.
func New(o Options) (*Server, error) {
	l := o.Limits
	for _, x := range []struct {
		name  string
		value int64
	}{{"body", l.BodyBytes}, {"depth", int64(l.JSONDepth)}, {"url", int64(l.URLBytes)}, {"headers", int64(l.HeaderBytes)}, {"concurrent", int64(l.Concurrent)}, {"connections", int64(l.Connections)}, {"engines", int64(l.Engines)},
		{"header time", int64(l.HeaderTimeout)}, {"read time", int64(l.ReadTimeout)}, {"write time", int64(l.WriteTimeout)}, {"idle time", int64(l.IdleTimeout)}, {"request time", int64(l.RequestTime)}, {"saved", int64(l.Saved)},
		{"runs", int64(l.Runs)}, {"waiting runs", int64(l.RunsWaiting)}, {"draws of a run", int64(l.RunDraws)}} {
		if x.value < 1 {
			return nil, &fault.Error{Code: fault.Usage, File: "limit " + x.name, What: fmt.Sprint(x.value), Expected: "more than 0"}
		}
	}
	if _, err := o.Engine.Operator(); err != nil {
		return nil, err
	}
	if _, err := probability.New(o.Engine.Catalog, o.Engine.Figures, o.Probability); err != nil {
		return nil, err
	}
	hash, err := o.Engine.Catalog.Package.Hash()
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	s := &Server{options: o, engines: newEngines(o.Engine, l.Engines), gate: newGate(l.Concurrent, l.Queue), drawing: newGate(l.Concurrent/2, l.Queue), cache: newCache(l.CacheBytes), routes: routes(), dataHash: hash, salt: o.Version + engineKey(o.Engine.Method, o.Engine.Sets()) + strings.Join(o.Overlays, "\n")}
	if o.Unreleased {
		s.salt += rand.Text()
	}
	if s.assets, err = s.readAssets(o.App); err != nil {
		return nil, err
	}
	if s.library, err = readLibrary(o.Engine.Catalog); err != nil {
		return nil, err
	}
	if s.lists, err = lists.Load(o.Engine.Catalog); err != nil {
		return nil, err
	}
	if s.claims, err = claims.Load(s.lists); err != nil {
		return nil, err
	}
	if s.concentration, err = concentration.New(o.Engine.Catalog, o.Engine.Figures); err != nil {
		return nil, err
	}
	if o.Folder != "" {
		if s.saved, err = openFolder(o.Folder, l.Saved); err != nil {
			return nil, err
		}
	}
	if o.Runs != "" {
		if s.runs, err = openRuns(o); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// Close stops the work on runs, which goes on when a server is made with the same
// folder, and lets go of the folders.
func (s *Server) Close() error {
	if s.runs != nil {
		s.runs.close()
	}
	if s.saved == nil {
		return nil
	}
	return s.saved.close()
}

// Serve answers on a listener until the context ends; requests in flight are then
// finished, within Limits.ShutdownTime. The listener is closed.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	lim := s.options.Limits
	h := &http.Server{
		Handler:           s.Handler(l.Addr().String()),
		ReadHeaderTimeout: lim.HeaderTimeout, ReadTimeout: lim.ReadTimeout, WriteTimeout: lim.WriteTimeout, IdleTimeout: lim.IdleTimeout,
		MaxHeaderBytes: max(1, lim.HeaderBytes-4096), // net/http adds 4096
		BaseContext:    func(net.Listener) context.Context { return base },
		ErrorLog:       nil,
	}
	h.ErrorLog = quiet()
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(limitConnections(l, lim.Connections)) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	within, stop := context.WithTimeout(base, lim.ShutdownTime)
	defer stop()
	err := h.Shutdown(within)
	if err != nil { // too slow: cut off
		cancel()
		err = h.Close()
	}
	<-failed // http.ErrServerClosed
	return err
}

// Handler answers requests at an address (host:port).
func (s *Server) Handler(address string) http.Handler {
	g := newGuard(address, s.options.AllowHosts)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setSecurityHeaders(w.Header())
		defer func() {
			if x := recover(); x != nil {
				if x == http.ErrAbortHandler {
					panic(x)
				}
				s.options.Log("panic in %s %s: %v\n%s", r.Method, fault.Quote(r.URL.Path), x, debug.Stack())
				newProblem("failure", "", "the request could not be answered", "").write(w, r)
			}
		}()
		if err := g.check(r); err != nil {
			asProblem(err).write(w, r)
			return
		}
		if len(r.RequestURI) > s.options.Limits.URLBytes {
			newProblem("uri-too-long", "query", "the address is too long", fmt.Sprintf("at most %d bytes", s.options.Limits.URLBytes)).write(w, r)
			return
		}
		if path, ok := strings.CutPrefix(r.URL.Path, "/api/v1"); ok && (path == "" || path[0] == '/') {
			s.api(w, r, path)
			return
		}
		s.static(w, r)
	})
}

// route is a page of the API.
type route struct {
	method, pattern string
	parameters      []string
	twin            bool // has .csv and .json
	yaml            bool // has .yaml and .json
	exact           bool // the path stands as it is: no twins
	body            bool
	draws           bool // draws unless it is told not to
	handle          func(*Server, *call) (*reply, error)
}

// call is a request that fits a route.
type call struct {
	r      *http.Request
	vars   map[string]string
	q      *query
	format string // json, csv or yaml
	body   *document
	root   *node // of a JSON body
}

// reply is an answer before it is computed: what names it, and what computes it.
type reply struct {
	key      string
	make     func(context.Context) (*content, error)
	status   int    // 0 = 200
	location string // header Location
}

// content is an answer: sections for json, tables for csv, or bytes as they are.
type content struct {
	sections []export.Section
	tables   []*export.Table
	raw      []byte
	kind     string
}

// match finds the route of a path, and the methods that the path takes.
func (s *Server) match(method, path string) (found *route, vars map[string]string, format string, allow []string) {
	plain, ext := path, ""
	if dot := strings.LastIndexByte(path, '.'); dot > strings.LastIndexByte(path, '/') {
		plain, ext = path[:dot], path[dot+1:]
	}
	matched := ""
	for i := range s.routes {
		r := &s.routes[i]
		p, as := path, "json"
		switch {
		case r.exact:
		case ext == "json", ext == "csv" && r.twin, ext == "yaml" && r.yaml:
			p, as = plain, ext
		}
		v, ok := fits(r.pattern, p)
		if r.exact && p != r.pattern && (ext == "json" || ext == "csv" || ext == "yaml") { // a twin, which can be read alone
			continue
		}
		if !ok || matched != "" && matched != r.pattern {
			continue
		}
		matched = r.pattern // an earlier pattern hides later ones: evaluate is no name
		allow = append(allow, r.method)
		if r.method == http.MethodGet {
			allow = append(allow, http.MethodHead)
		}
		if found == nil && (r.method == method || r.method == http.MethodGet && method == http.MethodHead) {
			found, vars, format = r, v, as
		}
	}
	slices.Sort(allow)
	return found, vars, format, slices.Compact(allow)
}

// fits holds a path against a pattern such as /units/{id}, segment by segment.
func fits(pattern, path string) (map[string]string, bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	vars := map[string]string{}
	for i, w := range want {
		if name, ok := strings.CutPrefix(w, "{"); ok {
			if have[i] == "" || len(have[i]) > 200 {
				return nil, false
			}
			vars[strings.TrimSuffix(name, "}")] = have[i]
		} else if w != have[i] {
			return nil, false
		}
	}
	return vars, true
}

// api answers a request to a page of the API.
func (s *Server) api(w http.ResponseWriter, r *http.Request, path string) {
	if err := s.answer(w, r, path); err != nil {
		if r.Context().Err() != nil { // the client has left, or the server was cut off
			panic(http.ErrAbortHandler) // break off: to return would be an empty 200
		}
		p := asProblem(err)
		if p.Code == "failure" {
			s.options.Log("%s %s: %v", r.Method, fault.Quote(r.URL.Path), err)
		}
		p.write(w, r)
	}
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, path string) error {
	route, vars, format, allow := s.match(r.Method, path)
	if route == nil {
		if len(allow) == 0 {
			return newProblem("not-found", "path", "there is no page "+fault.Quote(r.URL.Path), "a path of /api/v1/openapi.json")
		}
		p := newProblem("method-not-allowed", "method", fault.Quote(r.Method), strings.Join(allow, ", "))
		p.allow = strings.Join(allow, ", ")
		return p
	}
	c := &call{r: r, vars: vars, format: format}
	known := route.parameters
	if format == "csv" {
		known = append(slices.Clone(known), "table")
	}
	var err error
	if c.q, err = parseQuery(r.URL.RawQuery, known); err != nil {
		return err
	}
	if err := s.readBody(w, c, route); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.options.Limits.RequestTime)
	defer cancel()
	if len(c.q.values["draws"]) > 0 || route.draws { // draws take seconds: they leave room for what takes milliseconds
		leave, err := enter(ctx, s.drawing)
		if err != nil {
			return err
		}
		defer leave()
	}
	leave, err := enter(ctx, s.gate)
	if err != nil {
		return err
	}
	out, err := func() (*rendered, error) {
		defer leave() // also when it panics: a slot that is lost is lost for good
		return s.compute(ctx, c, route)
	}()
	if err != nil {
		return err
	}
	s.write(w, r, out)
	return nil
}

// enter waits at a gate until the request's time is over.
func enter(ctx context.Context, g *gate) (leave func(), err error) {
	leave, ok := g.enter(ctx.Done())
	if ok {
		return leave, nil
	}
	if ctx.Err() != nil { // waited in the queue until its time was over, or the client has left
		return nil, ctx.Err()
	}
	p := newProblem("too-many-requests", "", "the queue of this server is full", "")
	p.Do, p.retryAfter = "Try again in a moment.", 1
	return nil, p
}

// readBody reads a body within its limits, before the request takes a slot: a
// slow client holds up nobody.
func (s *Server) readBody(w http.ResponseWriter, c *call, route *route) error {
	if !route.body {
		if c.r.ContentLength > 0 || len(c.r.TransferEncoding) > 0 {
			return newProblem("usage", "body", "a body", "none")
		}
		return nil
	}
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	isYAML := route.method == http.MethodPut && (kind == "application/yaml" || kind == "application/x-yaml")
	if err != nil || kind != "application/json" && !isYAML {
		expected := "application/json"
		if route.method == http.MethodPut {
			expected += " or application/yaml"
		}
		return newProblem("unsupported-media-type", "Content-Type", fault.Quote(c.r.Header.Get("Content-Type")), expected)
	}
	if encoding := c.r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return newProblem("unsupported-media-type", "Content-Encoding", fault.Quote(encoding), "a body as it is")
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, c.r.Body, s.options.Limits.BodyBytes))
	if err != nil {
		var tooLarge *http.MaxBytesError
		var slow net.Error
		switch {
		case errors.As(err, &tooLarge):
			return err
		case errors.As(err, &slow) && slow.Timeout():
			return newProblem("timeout", "body", "the body did not arrive in time", fmt.Sprintf("within %g s", s.options.Limits.ReadTimeout.Seconds()))
		}
		return newProblem("usage", "body", "the body cannot be read", "a whole body")
	}
	c.body = &document{text}
	if !isYAML {
		c.root, err = c.body.parse(s.options.Limits.JSONDepth)
	}
	return err
}

// rendered is a response as bytes.
type rendered struct {
	status int
	kind   string
	body   []byte
	tag    string // "" = not to be kept
	at     string // header Location
	name   string // of the file that a csv is saved as
	zipped []byte // nil = not zipped yet, or not worth it
	once   sync.Once
}

// compute answers a call: from the client's copy, the cache, or anew.
func (s *Server) compute(ctx context.Context, c *call, route *route) (*rendered, error) {
	reply, err := route.handle(s, c)
	if err != nil {
		return nil, err
	}
	if reply.status == http.StatusNoContent {
		return &rendered{status: reply.status}, nil
	}
	table, err := c.q.one("table")
	if err != nil {
		return nil, err
	}
	if len(table) > maxTableBytes { // before a condition is answered: a copy does not make a bad question good
		return nil, newProblem("usage", "table", "the name is too long", fmt.Sprintf("at most %d bytes", maxTableBytes))
	}
	tag := ""
	if route.method == http.MethodGet {
		tag = s.tag(c, route, table, reply.key)
		if tagMatches(c.r.Header.Get("If-None-Match"), tag) {
			return &rendered{status: http.StatusNotModified, tag: tag}, nil
		}
		if kept := s.cache.get(tag); kept != nil {
			return kept, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x, err := reply.make(ctx)
	if err != nil {
		return nil, err
	}
	out, err := render(x, c.format, table)
	if err != nil {
		return nil, err
	}
	out.tag, out.status, out.at = tag, reply.status, reply.location
	if out.status == 0 {
		out.status = http.StatusOK
	}
	if tag != "" {
		s.cache.put(tag, out)
	}
	return out, nil
}

// tag names an answer: program, data, page, and what was asked.
func (s *Server) tag(c *call, route *route, table, key string) string {
	h := sha256.New()
	parts := []string{s.salt, s.dataHash, route.pattern, c.format, table, key}
	for _, name := range slices.Sorted(mapsKeys(c.vars)) {
		parts = append(parts, name, c.vars[name])
	}
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return `W/"` + hex.EncodeToString(h.Sum(nil)[:16]) + `"`
}

func mapsKeys(m map[string]string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// tagMatches reads If-None-Match.
func tagMatches(header, tag string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	for _, t := range strings.Split(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(t), "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// render writes content in a format.
func render(x *content, format, table string) (*rendered, error) {
	if x.raw != nil {
		return &rendered{kind: x.kind, body: x.raw}, nil
	}
	var b bytes.Buffer
	if format == "csv" {
		t := x.tables[0]
		if table != "" {
			var names []string
			for _, y := range x.tables {
				names = append(names, y.Name)
			}
			i := slices.Index(names, table)
			if i < 0 {
				p := newProblem("usage", "table", "no table "+fault.Quote(table), "one of "+strings.Join(names, ", "))
				p.DidYouMean = fault.Nearest(table, names)
				return nil, p
			}
			t = x.tables[i]
		}
		err := export.WriteCSV(&b, t)
		return &rendered{kind: "text/csv; charset=utf-8; header=present", body: b.Bytes(), name: t.Name + ".csv"}, err
	}
	err := export.WriteCompactJSON(&b, x.sections)
	return &rendered{kind: "application/json", body: b.Bytes()}, err
}

// zipFloor is the size below which compression does not pay.
const zipFloor = 1024

// write sends a response, compressed where the client takes it.
func (s *Server) write(w http.ResponseWriter, r *http.Request, x *rendered) {
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	switch {
	case x.tag != "":
		h.Set("ETag", x.tag)
		h.Set("Cache-Control", "private, no-cache") // kept, and asked about each time
	default:
		h.Set("Cache-Control", "no-store")
	}
	if x.status == http.StatusNoContent || x.status == http.StatusNotModified {
		w.WriteHeader(x.status)
		return
	}
	h.Set("Content-Type", x.kind)
	if x.name != "" {
		h.Set("Content-Disposition", `inline; filename="`+x.name+`"`)
	}
	if x.at != "" {
		h.Set("Location", x.at)
	}
	body := x.body
	if len(body) >= zipFloor && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		x.once.Do(func() { x.zipped = s.zip(x.body) })
		body = x.zipped
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(x.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client may have left
	}
}

func (s *Server) zip(body []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(body)/4 + 64)
	z, ok := s.zippers.Get().(*gzip.Writer) // each holds most of a megabyte
	if ok {
		z.Reset(&b)
	} else {
		z, _ = gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level is one of gzip's
	}
	_, _ = z.Write(body) // a buffer does not fail
	_ = z.Close()
	s.zippers.Put(z)
	return b.Bytes()
}

// acceptsGzip reads Accept-Encoding.
func acceptsGzip(header string) bool {
	for _, part := range strings.Split(header, ",") {
		coding, q, _ := strings.Cut(part, ";")
		if coding = strings.TrimSpace(coding); coding != "gzip" && coding != "*" {
			continue
		}
		weight := strings.ReplaceAll(strings.TrimSpace(q), " ", "")
		return !(strings.HasPrefix(weight, "q=0") && strings.Trim(weight[3:], ".0") == "")
	}
	return false
}

// cache keeps rendered answers up to a number of bytes, the least recently used
// go first.
type cache struct {
	mu    sync.Mutex
	limit int64
	size  int64
	clock int64
	byTag map[string]*cached
}

type cached struct {
	x    *rendered
	used int64
}

func newCache(limit int64) *cache { return &cache{limit: limit, byTag: map[string]*cached{}} }

func (c *cache) get(tag string) *rendered {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.byTag[tag]
	if x == nil {
		return nil
	}
	c.clock++
	x.used = c.clock
	return x.x
}

// weight is what an answer takes, its compressed form and its place included.
func weight(x *rendered) int64 { return int64(len(x.body))*4/3 + 512 }

func (c *cache) put(tag string, x *rendered) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.byTag[tag]; there || weight(x) > c.limit/4 {
		return
	}
	c.clock++
	c.byTag[tag] = &cached{x, c.clock}
	c.size += weight(x)
	for c.size > c.limit { // a few hundred entries: looking at all is cheap beside computing one
		oldest := ""
		for t, y := range c.byTag {
			if oldest == "" || y.used < c.byTag[oldest].used {
				oldest = t
			}
		}
		c.size -= weight(c.byTag[oldest].x)
		delete(c.byTag, oldest)
	}
}
