package batch

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"chokepoint/internal/assess"
	"chokepoint/internal/fault"
)

const (
	piece       = 4096 // draws that the sampler is asked for at once: bounds what it queues
	cancelEvery = 256  // draws between two looks at the cancel marker
)

// Work computes a shard and confirms it, unless it is confirmed already. progress,
// which may be nil, gets the number of draws that are done. Errors: ErrCancelled,
// the context's, and whatever keeps a file from being written; the shard is then
// not confirmed, and others are untouched.
//
// A manifest that is not valid stays until it is replaced: one of this plan
// becomes valid as soon as the files are what it says.
func (d *Dir) Work(ctx context.Context, m *Model, k, workers int, progress func(done uint64)) (err error) {
	if err := d.CheckIndex(k); err != nil {
		return err
	}
	if d.Check(k, true).State == Done {
		return nil
	}
	if d.Cancelled() {
		return ErrCancelled
	}
	started := time.Now()
	d.log(k, workers, started, "started")
	defer func() {
		outcome := "done"
		if err != nil {
			outcome = firstLine(err.Error())
		}
		d.log(k, workers, started, outcome)
	}()
	from, to := d.Plan.Range(k)
	totals := m.newTotals()
	confirmed := &Manifest{Format: format, Plan: d.Name, Version: d.Plan.Version, GOARCH: runtime.GOARCH, Shard: k, From: from, To: to}
	rows, err := d.commit(rowsName(k), func(w io.Writer) error {
		r, err := m.newRecorder(w, d, k, totals)
		if err != nil {
			return err
		}
		if err := d.draw(ctx, m, from, to, workers, r, progress); err != nil {
			return err
		}
		confirmed.Rows, err = r.close()
		return err
	})
	if err != nil {
		return err
	}
	sums, err := d.commit(totalsName(k), func(w io.Writer) error { _, err := w.Write(totals.Append(nil)); return err })
	if err != nil {
		return err
	}
	confirmed.Draws, confirmed.Files = totals.Draws, []File{rows, sums}
	content, err := confirmed.Bytes()
	if err != nil {
		return err
	}
	_, err = d.commit(manifestName(k), func(w io.Writer) error { _, err := w.Write(content); return err })
	return err
}

// draw computes draws from..to-1 into a recorder.
func (d *Dir) draw(ctx context.Context, m *Model, from, to uint64, workers int, r recorder, progress func(uint64)) error {
	for a := from; a < to; a += piece {
		err := m.Sampler.Run(ctx, a, min(a+piece, to), workers, func(x *assess.Draw) error {
			done := x.Index - from
			if done%cancelEvery == 0 && d.Cancelled() {
				return ErrCancelled
			}
			if err := r.add(x); err != nil {
				return err
			}
			if progress != nil {
				progress(done + 1)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// CheckIndex refuses a shard that the plan does not have.
func (d *Dir) CheckIndex(k int) error {
	if k < 0 || k >= d.Plan.Shards {
		return &fault.Error{Code: fault.Usage, File: "--index", What: fmt.Sprintf("there is no shard %d", k), Expected: fmt.Sprintf("0 to %d", d.Plan.Shards-1), Do: "An array of jobs starts at 0: --array=0-" + fmt.Sprint(d.Plan.Shards-1) + "."}
	}
	return nil
}

// attempt is a line of attempts/KKKKK.ndjson.
type attempt struct {
	Time    string  `json:"time"`
	Host    string  `json:"host"`
	PID     int     `json:"pid"`
	Version string  `json:"version"`
	Go      string  `json:"go"`
	Workers int     `json:"workers"`
	Seconds float64 `json:"seconds"`
	Outcome string  `json:"outcome"`
}

// log notes facts about an attempt. They are for people: if they cannot be
// written, the shard is none the worse.
func (d *Dir) log(k, workers int, started time.Time, outcome string) {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	line, err := json.Marshal(attempt{Time: time.Now().UTC().Format(time.RFC3339), Host: host, PID: os.Getpid(), Version: d.Plan.Version, Go: runtime.Version(), Workers: workers,
		Seconds: time.Since(started).Seconds(), Outcome: outcome})
	if err != nil || os.MkdirAll(d.file(attemptsDir), 0o755) != nil {
		return
	}
	f, err := os.OpenFile(d.file(attemptsName(k)), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = f.Write(append(line, '\n'))
}

func firstLine(text string) string {
	for i, r := range text {
		if r == '\n' {
			return text[:i]
		}
	}
	return text
}
