package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/batch"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/report"
)

// States of a run.
const (
	runQueued    = "queued"
	runRunning   = "running"
	runDone      = "done"
	runFailed    = "failed"    // tried again when the server starts again
	runCancelled = "cancelled" // by `chokepoint batch cancel`
)

// Draws of a run where none are asked for, and of one of its shards: what a stop
// loses at most.
const (
	defaultRunDraws = 10_000
	runShardDraws   = 5_000
)

// queueRetryAfter is when a client may look again for a place in the queue, in
// seconds: runs take minutes.
const queueRetryAfter = 60

// Prefixes of folders that are no runs yet, or no longer. A run takes its name
// once it is whole and gives it up before anything of it is deleted, so that a
// killed server leaves whole runs and folders to clear away.
const (
	newRun  = ".new-"
	goneRun = ".gone-"
)

// runID is what names look like: the time of the request, then chance. They sort
// by time, which is the order of the queue after a restart too.
var runID = regexp.MustCompile(`^[0-9a-f]{16}-[0-9a-f]{16}$`)

// heldRun is a run of the folder. Fields below the line are guarded by runs.mu.
type heldRun struct {
	id    string
	path  string
	dir   *batch.Dir   // nil: the folder holds no plan that can be read
	files sync.RWMutex // held for reading while the result is gathered
	// ----
	state   string
	what    string // why it failed
	shards  int    // that are confirmed
	draws   uint64 // in them
	current uint64 // of the shard in work
	removed bool
	stop    context.CancelFunc // of the work on it; nil = nothing works on it
	left    chan struct{}      // closed when that work has ended
}

// runs holds run directories (package batch), and computes one at a time.
type runs struct {
	path    string
	version string
	workers int
	waiting int // most that wait
	most    int // most in the folder
	log     func(string, ...any)
	gather  chan struct{} // one result at a time: it holds up to 128 MB

	wake   chan struct{}
	cancel context.CancelFunc
	ended  chan struct{}

	mu     sync.Mutex
	list   []*heldRun // by id
	making int        // places taken by requests that make a run
}

// openRuns reads a folder of runs, clears what a killed server left half made or
// half deleted, and goes on with what is not done.
func openRuns(o Options) (*runs, error) {
	refuse := func(err error) error {
		return &fault.Error{Code: fault.Usage, File: "--runs", What: "the folder cannot be opened: " + reason(err), Expected: "a folder that is there", Err: err}
	}
	entries, err := os.ReadDir(o.Runs)
	if err != nil {
		return nil, refuse(err)
	}
	x := &runs{path: o.Runs, version: o.Version, workers: o.Workers, waiting: o.Limits.RunsWaiting, most: o.Limits.Runs, log: o.Log,
		gather: make(chan struct{}, 1), wake: make(chan struct{}, 1), ended: make(chan struct{})}
	for _, e := range entries { // sorted by name
		name := e.Name()
		for _, prefix := range []string{newRun, goneRun} {
			if id, ok := strings.CutPrefix(name, prefix); ok && runID.MatchString(id) {
				if err := os.RemoveAll(filepath.Join(x.path, name)); err != nil {
					return nil, refuse(err)
				}
			}
		}
		if e.IsDir() && runID.MatchString(name) { // a link is no directory
			x.list = append(x.list, x.found(name))
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	x.cancel = cancel
	go x.work(ctx)
	return x, nil
}

// found looks up what is there of a run.
func (x *runs) found(id string) *heldRun {
	r := &heldRun{id: id, path: filepath.Join(x.path, id), state: runQueued}
	var err error
	if r.dir, err = batch.Open(r.path); err != nil {
		x.log("run %s: %v", id, err)
		r.state, r.what = runFailed, told(err)
		return r
	}
	for _, s := range r.dir.Status(false) {
		if s.State == batch.Done {
			r.shards, r.draws = r.shards+1, r.draws+s.To-s.From
		}
	}
	switch {
	case r.shards == r.dir.Plan.Shards:
		r.state = runDone
	case r.dir.Cancelled():
		r.state = runCancelled
	}
	return r
}

// told is an error in words for a client: without paths and commands.
func told(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return "the run could not be computed"
	}
	out := f.What
	if f.Expected != "" {
		out += ": expected " + f.Expected
	}
	return out
}

// close stops the work. What is confirmed stays; openRuns goes on.
func (x *runs) close() {
	x.cancel()
	<-x.ended
}

// work computes runs until the context ends.
func (x *runs) work(ctx context.Context) {
	defer close(x.ended)
	for ctx.Err() == nil {
		r, on := x.next(ctx)
		if r == nil {
			select {
			case <-x.wake:
			case <-ctx.Done():
			}
			continue
		}
		err := x.compute(on, r)
		x.settle(ctx, r, err)
	}
}

// next takes the oldest run that waits.
func (x *runs) next(ctx context.Context) (*heldRun, context.Context) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, r := range x.list {
		if r.state == runQueued && !r.removed {
			on, stop := context.WithCancel(ctx)
			r.state, r.stop, r.left = runRunning, stop, make(chan struct{})
			return r, on
		}
	}
	return nil, nil
}

// compute computes the shards of a run that are not there.
func (x *runs) compute(ctx context.Context, r *heldRun) (err error) {
	defer func() { // a run must not end the server, again at every start
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	m, err := r.dir.Load(ctx, x.version, x.workers)
	if err != nil {
		return err
	}
	x.mu.Lock()
	r.shards, r.draws = 0, 0 // counted by size so far; Work looks at hashes
	x.mu.Unlock()
	for k := range r.dir.Plan.Shards {
		if err := r.dir.Work(ctx, m, k, x.workers, func(done uint64) { x.mu.Lock(); r.current = done; x.mu.Unlock() }); err != nil {
			return err
		}
		from, to := r.dir.Plan.Range(k)
		x.mu.Lock()
		r.shards, r.draws, r.current = r.shards+1, r.draws+to-from, 0
		x.mu.Unlock()
	}
	return nil
}

// settle notes how the work on a run ended.
func (x *runs) settle(ctx context.Context, r *heldRun, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	r.stop()
	r.stop, r.current = nil, 0
	close(r.left)
	switch {
	case err == nil:
		r.state = runDone
	case ctx.Err() != nil || r.removed:
		r.state = runQueued
	case errors.Is(err, batch.ErrCancelled):
		r.state = runCancelled
	default:
		x.log("run %s: %v", r.id, err)
		r.state, r.what = runFailed, told(err)
	}
}

// reserve takes a place in the queue and in the folder; add or release gives it back.
func (x *runs) reserve() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	waiting := x.making
	for _, r := range x.list {
		if r.state == runQueued {
			waiting++
		}
	}
	switch {
	case len(x.list)+x.making >= x.most:
		p := newProblem("full", "", fmt.Sprintf("%d runs are kept", len(x.list)), fmt.Sprintf("at most %d", x.most))
		p.Do = "Delete a run that is no longer needed."
		return p
	case waiting >= x.waiting:
		p := newProblem("too-many-requests", "", fmt.Sprintf("%d runs wait", waiting), fmt.Sprintf("at most %d", x.waiting))
		p.Do, p.retryAfter = "Try again when one is done.", queueRetryAfter
		return p
	}
	x.making++
	return nil
}

func (x *runs) release() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.making--
}

// add writes a run to the disk and queues it. When it returns, the run outlasts a
// loss of power.
func (x *runs) add(p *batch.Plan, overlays []string) (*heldRun, error) {
	var chance [8]byte
	_, _ = rand.Read(chance[:]) // never fails
	id := fmt.Sprintf("%016x-%s", time.Now().UnixNano(), hex.EncodeToString(chance[:]))
	made, final := filepath.Join(x.path, newRun+id), filepath.Join(x.path, id)
	_, _, err := batch.Create(made, p, overlays)
	if err == nil {
		err = os.Rename(made, final)
	}
	if err == nil {
		err = batch.SyncFolder(x.path)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(made), os.RemoveAll(final))
	}
	r := x.found(id)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.list = append(x.list, r)
	slices.SortFunc(x.list, func(a, b *heldRun) int { return strings.Compare(a.id, b.id) })
	x.look()
	return r, nil
}

// look wakes the worker.
func (x *runs) look() {
	select {
	case x.wake <- struct{}{}:
	default: // it is to look anyway
	}
}

// again queues a run that was done.
func (x *runs) again(r *heldRun) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if r.state == runDone {
		r.state = runQueued
		x.look()
	}
}

// find looks a run up.
func (x *runs) find(id string) (*heldRun, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if i := slices.IndexFunc(x.list, func(r *heldRun) bool { return r.id == id && !r.removed }); i >= 0 {
		return x.list[i], nil
	}
	return nil, newProblem("not-found", "id", "there is no run "+fault.Quote(id), "an id that GET /runs lists")
}

// remove stops the work on a run and deletes it.
func (x *runs) remove(id string) error {
	r, err := x.find(id)
	if err != nil {
		return err
	}
	x.mu.Lock()
	if r.removed { // somebody else was first
		x.mu.Unlock()
		return newProblem("not-found", "id", "there is no run "+fault.Quote(id), "an id that GET /runs lists")
	}
	r.removed = true
	if r.stop != nil {
		r.stop()
	}
	left := r.left
	x.mu.Unlock()
	if left != nil {
		<-left
	}
	r.files.Lock()
	defer r.files.Unlock()
	gone := filepath.Join(x.path, goneRun+id)
	if err := os.Rename(r.path, gone); err != nil && !errors.Is(err, os.ErrNotExist) {
		x.mu.Lock()
		defer x.mu.Unlock()
		r.removed = false
		x.look()
		return err
	}
	x.mu.Lock()
	x.list = slices.DeleteFunc(x.list, func(y *heldRun) bool { return y == r })
	x.mu.Unlock()
	return errors.Join(batch.SyncFolder(x.path), os.RemoveAll(gone))
}

// table says where runs stand.
func (x *runs) table(list ...*heldRun) *export.Table {
	t := &export.Table{Name: "runs", Columns: []export.Column{{Name: "id", Meaning: "name of the run, made by the server"}, {Name: "state", Meaning: "queued, running, done, failed or cancelled"},
		{Name: "error", Meaning: "why it failed; empty if it did not"}, {Name: "draws", Unit: "1", Meaning: "draws of the run"}, {Name: "draws_done", Unit: "1", Meaning: "draws computed, those of the shard in work included"},
		{Name: "shards", Unit: "1", Meaning: "pieces of the run"}, {Name: "shards_done", Unit: "1", Meaning: "pieces that are confirmed: a stop does not lose them"}, {Name: "seed", Unit: "1", Meaning: "seed of the draws"},
		{Name: "plan", Meaning: "SHA-256 of the plan; the same plan gives the same numbers"}}}
	x.mu.Lock()
	defer x.mu.Unlock()
	if list == nil {
		list = x.list
	}
	for _, r := range list {
		switch {
		case r.removed:
		case r.dir == nil:
			t.Add(r.id, r.state, r.what, 0, 0, 0, 0, 0, "")
		default:
			p := r.dir.Plan
			t.Add(r.id, r.state, r.what, int(p.Draws), int(r.draws+r.current), p.Shards, r.shards, int(p.Seed), r.dir.Name)
		}
	}
	return t
}

// document is one run as an answer.
func (x *runs) document(r *heldRun) []export.Section {
	t := x.table(r)
	if len(t.Rows) == 0 {
		return nil
	}
	var out []export.Section
	for i, c := range t.Columns {
		out = append(out, export.Section{Name: c.Name, Value: t.Rows[0][i]})
	}
	if r.dir != nil && r.dir.Plan.Ranking != nil {
		p := r.dir.Plan
		out = append(out, export.Section{Name: "asked", Value: map[string]any{"units": p.Ranking.Units, "units_as": p.Ranking.ActAs, "given_disruption": p.Ranking.GivenDisruption, "by_chain": p.Ranking.ByChain,
			"method": p.Method, "set": p.Edits, "probability": p.Probability}})
	} else {
		out = append(out, export.Section{Name: "asked", Value: nil})
	}
	return out
}

// running is the folder of runs, or why there is none.
func (s *Server) running() (*runs, error) {
	if s.runs == nil {
		p := newProblem("forbidden", "", "this server computes no long runs", "")
		p.Do = "Start it with --runs and a folder."
		return nil, p
	}
	return s.runs, nil
}

// whole reads a whole number of a body.
func (d *document) whole(n *node, what string, low, high, otherwise int) (int, error) {
	if n == nil {
		return otherwise, nil
	}
	v, err := strconv.Atoi(n.text)
	if n.kind != 'n' || err != nil || v < low || v > high {
		return 0, d.fault(n.start, what, fault.Quote(n.text), fmt.Sprintf("a whole number from %d to %d", low, high))
	}
	return v, nil
}

// request reads which run is asked for.
func (s *Server) request(c *call) (*batch.Request, error) {
	d := c.body
	keys, err := d.fields(c.root, "run", "units", "units_as", "given_disruption", "by", "draws", "seed", "method", "set", "probability")
	if err != nil {
		return nil, err
	}
	names, err := d.strs(keys["units"], "units", maxListed, 100)
	if err != nil {
		return nil, err
	}
	var words [3]string
	for i, w := range []struct {
		name    string
		choices []string
	}{{"units_as", []string{"country", "customs-area"}}, {"by", []string{"chain"}}, {"probability", []string{"fitted", "published"}}} {
		if words[i], err = d.str(keys[w.name], w.name, 40); err != nil {
			return nil, err
		}
		if keys[w.name] != nil {
			if err := isChoice(w.name, words[i], w.choices); err != nil {
				return nil, err
			}
		}
	}
	ranking := &batch.Ranking{ActAs: words[0], ByChain: words[1] == "chain"}
	if ranking.ActAs == "" {
		ranking.ActAs = "country"
	}
	if n := keys["given_disruption"]; n != nil {
		if n.kind != 'b' {
			return nil, d.fault(n.start, "given_disruption", "given_disruption is no truth value", "true or false")
		}
		ranking.GivenDisruption = n.text == "true"
	}
	most := s.options.Limits.RunDraws
	draws, err := d.whole(keys["draws"], "draws", 1, most, min(defaultRunDraws, most))
	if err != nil {
		return nil, err
	}
	seed, err := d.whole(keys["seed"], "seed", 0, maxSeed, 1)
	if err != nil {
		return nil, err
	}
	x := &question{in: d}
	x.probability = words[2]
	if err := d.methodOf(keys["method"], x); err != nil {
		return nil, err
	}
	if k := keys["set"]; k != nil && !(k.kind == '[' && len(k.items) == 0) {
		if x.sets, err = d.strs(k, "set", maxRepeated, 300); err != nil {
			return nil, err
		}
	}
	on, err := s.session(x.how)
	if err != nil {
		return nil, err
	}
	if !assess.HasDraws(on.engine.Method.Downstream) {
		return nil, newProblem("usage", "method", assess.ErrNoDraws.Error(), "a setting that has draws")
	}
	units, err := ask.Units(on.engine.Catalog, names)
	if err != nil {
		return nil, err
	}
	for _, u := range units {
		ranking.Units = append(ranking.Units, on.engine.Catalog.Units[u].ID)
	}
	shards := min(batch.MaxShards, (draws+runShardDraws-1)/runShardDraws)
	return &batch.Request{Version: s.options.Version, Engine: on.engine, Probability: on.probability, Overlays: len(s.options.Overlays), Edits: on.engine.Sets(),
		Seed: uint64(seed), Draws: uint64(draws), Shards: shards, Ranking: ranking}, nil
}

func (s *Server) postRun(c *call) (*reply, error) {
	x, err := s.running()
	if err != nil {
		return nil, err
	}
	request, err := s.request(c)
	if err != nil {
		return nil, err
	}
	out := &reply{status: http.StatusAccepted}
	out.make = func(ctx context.Context) (*content, error) {
		if err := x.reserve(); err != nil {
			return nil, err
		}
		defer x.release()
		plan, _, err := batch.NewPlan(ctx, *request, s.options.Workers)
		if err != nil {
			return nil, err
		}
		r, err := x.add(plan, s.options.Overlays)
		if err != nil {
			return nil, err
		}
		out.location = "/api/v1/runs/" + r.id
		return &content{sections: x.document(r)}, nil
	}
	return out, nil
}

func (s *Server) getRuns(*call) (*reply, error) {
	x, err := s.running()
	if err != nil {
		return nil, err
	}
	t := x.table()
	return now(fmt.Sprint(t.Rows), &content{sections: []export.Section{{Name: "runs", Value: t}}, tables: []*export.Table{t}}), nil
}

// heldRun is the run of a path.
func (s *Server) heldRun(c *call) (*runs, *heldRun, error) {
	x, err := s.running()
	if err != nil {
		return nil, nil, err
	}
	r, err := x.find(c.vars["id"])
	return x, r, err
}

func (s *Server) getRun(c *call) (*reply, error) {
	x, r, err := s.heldRun(c)
	if err != nil {
		return nil, err
	}
	sections := x.document(r)
	if sections == nil { // deleted since
		_, err := x.find(r.id)
		return nil, err
	}
	return now(fmt.Sprint(sections), &content{sections: sections}), nil
}

func (s *Server) deleteRun(c *call) (*reply, error) {
	x, err := s.running()
	if err != nil {
		return nil, err
	}
	if err := x.remove(c.vars["id"]); err != nil {
		return nil, err
	}
	return &reply{status: http.StatusNoContent}, nil
}

func (s *Server) getRunResult(c *call) (*reply, error) {
	x, r, err := s.heldRun(c)
	if err != nil {
		return nil, err
	}
	x.mu.Lock()
	state := r.state
	x.mu.Unlock()
	if state != runDone {
		return nil, newProblem("not-ready", "id", "the run is "+state, "a run that is done")
	}
	if r.dir.Plan.Ranking == nil { // put there by hand
		return nil, newProblem("not-found", "id", "the run is no ranking", "a run that POST /runs made")
	}
	return &reply{key: r.dir.Name, make: func(ctx context.Context) (*content, error) {
		select {
		case x.gather <- struct{}{}:
			defer func() { <-x.gather }()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		r.files.RLock()
		defer r.files.RUnlock()
		if _, err := x.find(r.id); err != nil {
			return nil, err
		}
		m, err := r.dir.Load(ctx, s.options.Version, s.options.Workers)
		if err != nil {
			return nil, s.unreadable(err)
		}
		answer, err := r.dir.Gather(m)
		if errors.Is(err, batch.ErrIncomplete) { // files were damaged since
			x.again(r)
			return nil, newProblem("not-ready", "id", "files of the run are damaged: they are computed again", "a run that is done")
		}
		if err != nil {
			return nil, s.unreadable(err)
		}
		return s.gathered(r.dir, m, answer)
	}}, nil
}

// unreadable is why a run that is done has no result here: of another program
// version, say. The text of the cause names the folder: it is told without.
func (s *Server) unreadable(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.InvalidData {
		return err
	}
	return newProblem("not-ready", "id", told(err), "")
}

// gathered is the result of a run as GET /rank tells it.
func (s *Server) gathered(d *batch.Dir, m *batch.Model, g *batch.Answer) (*content, error) {
	p := d.Plan
	draws := ask.Draws{N: int(p.Draws), Seed: p.Seed}
	checked, err := draws.Check(m.Engine, m.Sampler)
	if err != nil {
		return nil, err
	}
	notes := []string{"run " + d.Name, checked}
	if !g.Exact {
		notes = append(notes, "quantiles are those of a sketch, within 0.78 % of the exact ones")
	}
	if !p.Ranking.GivenDisruption {
		notes = append(notes, m.Probability.Note())
	}
	words := append([]string{"rank"}, p.Ranking.Units...)
	if p.Ranking.GivenDisruption {
		words = append(words, "--given-disruption")
	}
	if p.Ranking.ByChain {
		words = append(words, "--by", "chain")
	}
	if p.Ranking.ActAs != "country" {
		words = append(words, "--units", p.Ranking.ActAs)
	}
	out, err := s.withRun(s.sessionOf(m.Engine, m.Probability), append(words, drawWords(draws)...), notes, report.RankTable(m.Engine.Catalog, m.Rows, g.Ranges, m.Options))
	if err == nil {
		recordDraws(out, draws)
	}
	return out, err
}
