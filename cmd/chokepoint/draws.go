package main

import (
	"context"
	"fmt"

	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/fault"
	"chokepoint/internal/rank"
)

// drawing is the draws that the flags ask for.
func (a *app) drawing() (ask.Draws, error) {
	if a.draws < 0 || a.draws > ask.MaxDraws {
		return ask.Draws{}, &fault.Error{Code: fault.Usage, File: "--draws", What: fmt.Sprint(a.draws), Expected: fmt.Sprintf("0 (no ranges) to %d", ask.MaxDraws)}
	}
	return ask.Draws{N: a.draws, Seed: a.seed, Workers: a.workers}, nil
}

// rankRanges draws the ranges of a ranking.
func (a *app) rankRanges(ctx context.Context, x *session, rows []rank.Row, results []*assess.Result, opt rank.Options) ([]rank.Ranges, []string, error) {
	d, err := a.drawing()
	if err != nil {
		return nil, nil, err
	}
	return d.RankRanges(ctx, x.engine, x.probability, rows, results, opt)
}

// drawnOf draws results together, so that their draws are paired.
func (a *app) drawnOf(ctx context.Context, x *session, results []*assess.Result) ([]assess.Drawn, []string, error) {
	d, err := a.drawing()
	if err != nil {
		return nil, nil, err
	}
	return d.Of(ctx, x.engine, results)
}
