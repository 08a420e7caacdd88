package batch

import (
	"context"
	"runtime"
	"time"

	"chokepoint/internal/assess"
)

// Estimate is what a run will take, measured on a few draws.
type Estimate struct {
	Measured        uint64  // draws that were computed
	DrawsPerSecond  float64 // on this machine, with the workers asked for
	MemoryMB        float64 // of one process that works, at most
	BytesPerDraw    float64 // of the tables
	TotalsBytes     float64 // of one shard, about
	GatherNumbersMB float64 // that gathering holds
}

// Seconds is the time of some draws on this machine.
func (e *Estimate) Seconds(draws uint64) float64 { return float64(draws) / e.DrawsPerSecond }

// Bytes is the size of all files of a plan.
func (e *Estimate) Bytes(p *Plan) float64 {
	return e.BytesPerDraw*float64(p.Draws) + e.TotalsBytes*float64(p.Shards)
}

// measured is how many draws an estimate computes.
const measured = 256

// Measure computes a few draws, keeps none, and tells what the run will take.
func (m *Model) Measure(ctx context.Context, workers int) (*Estimate, error) {
	d := &Dir{Plan: m.Plan}
	var err error
	if d.Name, err = m.Plan.Hash(); err != nil {
		return nil, err
	}
	n := min(measured, m.Plan.Draws)
	if err := m.Sampler.Run(ctx, 0, min(16, n), workers, func(*assess.Draw) error { return nil }); err != nil { // warm up
		return nil, err
	}
	size := &counting{}
	totals := m.newTotals()
	r, err := m.newRecorder(size, d, 0, totals)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if err := m.Sampler.Run(ctx, 0, n, workers, r.add); err != nil {
		return nil, err
	}
	seconds := time.Since(start).Seconds()
	if _, err := r.close(); err != nil {
		return nil, err
	}
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	sketches := 0
	for i := range totals.Series {
		sketches += totals.Series[i].Sketch.Bytes()
	}
	out := &Estimate{Measured: n, DrawsPerSecond: float64(n) / max(seconds, 1e-9), BytesPerDraw: float64(size.n) / float64(n)}
	out.TotalsBytes = float64(len(totals.Append(nil)))
	// The few draws fill part of the buckets that all of them will.
	out.MemoryMB = (float64(heap.Sys) + float64(sketches) + rowsPerGroup*64) / 1e6
	out.GatherNumbersMB = 8 * float64(m.Plan.Draws) * float64(m.exactSeries()) / 1e6
	return out, nil
}

// counting counts bytes and drops them.
type counting struct{ n int64 }

func (c *counting) Write(b []byte) (int, error) { c.n += int64(len(b)); return len(b), nil }
