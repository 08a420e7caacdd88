package server

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/drivers"
	"chokepoint/internal/export"
	"chokepoint/internal/report"
)

// Bounds of what a client may have drawn: a few seconds of one processor. The
// program itself, and its run directories, take more.
const (
	maxServedDraws  = 1000
	maxServedPoints = 1024
	servedPoints    = 256
	maxSeed         = 1<<31 - 1
)

// drawParameters say how many draws stand behind ranges.
var drawParameters = []string{"draws", "seed"}

// draws reads how many draws are wanted.
func (s *Server) draws(q *query, otherwise int) (ask.Draws, error) {
	n, err := q.integer("draws", 0, maxServedDraws, otherwise)
	if err != nil {
		return ask.Draws{}, err
	}
	seed, err := q.integer("seed", 0, maxSeed, 1)
	if err == nil && n == 0 && len(q.values["seed"]) > 0 {
		err = newProblem("usage", "seed", "a seed without draws", "draws from 1 on, or no seed")
	}
	return ask.Draws{N: n, Seed: uint64(seed), Workers: s.options.Workers}, err
}

// drawWords are the words of draws on the command line.
func drawWords(d ask.Draws) []string {
	out := []string{"--draws", fmt.Sprint(d.N)}
	if d.N > 0 && d.Seed != 1 {
		out = append(out, "--seed", fmt.Sprint(d.Seed))
	}
	return out
}

// recordDraws writes draws into the run record of an answer.
func recordDraws(x *content, d ask.Draws) {
	run := x.sections[0].Value.(*report.Run)
	run.Draws, run.Seed = d.N, &d.Seed
}

func (s *Server) getRanges(c *call) (*reply, error) {
	x, err := c.q.question()
	if err != nil {
		return nil, err
	}
	draws, err := s.draws(c.q, ask.DefaultDraws)
	if err != nil {
		return nil, err
	}
	points, err := c.q.integer("points", 0, maxServedPoints, servedPoints)
	if err != nil {
		return nil, err
	}
	if points != 0 && (points < drivers.MinPoints || points&(points-1) != 0) {
		return nil, newProblem("usage", "points", fmt.Sprint(points), fmt.Sprintf("0 (no drivers), or a power of two from %d to %d", drivers.MinPoints, maxServedPoints))
	}
	y, err := s.understand(x)
	if err != nil {
		return nil, err
	}
	y.words = append(y.words, drawWords(draws)...)
	return &reply{key: fmt.Sprint(y.key, draws.N, " ", draws.Seed, " ", points), make: func(ctx context.Context) (*content, error) { return s.ranges(ctx, y, draws, points) }}, nil
}

// ranges computes the ranges of an answer and what drives them. Where there is
// nothing to draw both are empty and a note of the run record says why.
func (s *Server) ranges(ctx context.Context, x *asked, draws ask.Draws, points int) (*content, error) {
	e := x.engine
	r, err := x.one(ctx)
	if err != nil {
		return nil, err
	}
	table := ask.RangesTable(r, &assess.Drawn{})
	var notes []string
	drawn := []assess.Drawn(nil)
	if len(r.Units) > 0 {
		if drawn, notes, err = draws.Of(ctx, e, []*assess.Result{r}); err != nil {
			return nil, err
		}
	}
	if drawn != nil {
		table = ask.RangesTable(r, &drawn[0])
	}
	groups, inputs := ask.DriversTable("drivers", nil), ask.DriversTable("inputs", nil)
	if points > 0 && len(r.Units) > 0 && assess.HasDraws(e.Method.Downstream) {
		a, err := ask.Drivers(ctx, e, r, points, draws.Seed, s.options.Workers)
		switch {
		case errors.Is(err, drivers.ErrNoVariation):
			notes = append(notes, "no drivers: "+err.Error())
		case err != nil:
			return nil, err
		default:
			groups, inputs = ask.DriversTable("drivers", a.Groups), ask.DriversTable("inputs", a.Inputs)
			notes = append(notes, fmt.Sprintf("drivers from %d runs (%d base points), 90 %% intervals by bootstrap", a.Runs, a.Points))
		}
	}
	run, err := s.run(x.session, x.words, &r.Scenario, slices.Concat(notes, x.idle, report.Limits()))
	if err != nil {
		return nil, err
	}
	out := &content{
		sections: []export.Section{{Name: "run", Value: run}, {Name: "label", Value: x.label}, {Name: "ranges", Value: table}, {Name: "drivers", Value: groups}, {Name: "inputs", Value: inputs}},
		tables:   []*export.Table{table, groups, inputs},
	}
	if drawn != nil {
		recordDraws(out, draws)
	}
	return out, nil
}
