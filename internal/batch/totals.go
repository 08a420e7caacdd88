package batch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"chokepoint/internal/quantile"
)

// errTotals says that a file holds no totals of this run.
var errTotals = errors.New("not the totals of this run in the form that this version writes")

// Totals are what draws add up to: for each series of numbers a sum and a sketch,
// and counts. All is integer, so that merging is exact in any order.
type Totals struct {
	Draws  uint64
	Series []Series
	Counts []uint64
}

// Series is one number over draws.
type Series struct {
	Sum    quantile.Sum
	Sketch quantile.Sketch
}

func newTotals(series, counts int) *Totals {
	return &Totals{Series: make([]Series, series), Counts: make([]uint64, counts)}
}

// add takes the value of a series in one draw.
func (s *Series) add(x float64) error {
	if err := s.Sum.Add(x); err != nil {
		return err
	}
	return s.Sketch.Add(x)
}

// Merge adds other totals of the same shape.
func (t *Totals) Merge(other *Totals) error {
	if len(t.Series) != len(other.Series) || len(t.Counts) != len(other.Counts) {
		return fmt.Errorf("merge totals of %d series and %d counts with %d and %d: %w", len(t.Series), len(t.Counts), len(other.Series), len(other.Counts), errTotals)
	}
	t.Draws += other.Draws
	for i := range t.Series {
		if err := t.Series[i].Sum.Merge(other.Series[i].Sum); err != nil {
			return err
		}
		if err := t.Series[i].Sketch.Merge(&other.Series[i].Sketch); err != nil {
			return err
		}
	}
	for i, n := range other.Counts {
		t.Counts[i] += n
	}
	return nil
}

const (
	totalsMark = "CPT\x01"
	sumBytes   = 24
)

// Append adds the byte form: the mark, then as varints the draws, the number of
// series, of counts, and the counts; then of each series the sum, and the sketch
// with its length before.
func (t *Totals) Append(b []byte) []byte {
	b = append(b, totalsMark...)
	b = binary.AppendUvarint(b, t.Draws)
	b = binary.AppendUvarint(b, uint64(len(t.Series)))
	b = binary.AppendUvarint(b, uint64(len(t.Counts)))
	for _, n := range t.Counts {
		b = binary.AppendUvarint(b, n)
	}
	var sketch []byte
	for i := range t.Series {
		b = t.Series[i].Sum.Append(b)
		sketch = t.Series[i].Sketch.Append(sketch[:0])
		b = binary.AppendUvarint(b, uint64(len(sketch)))
		b = append(b, sketch...)
	}
	return b
}

// ReadTotals reads what Append wrote for this many series and counts.
func ReadTotals(b []byte, series, counts int) (*Totals, error) {
	bad := func(what string) (*Totals, error) { return nil, fmt.Errorf("%s: %w", what, errTotals) }
	rest, ok := bytes.CutPrefix(b, []byte(totalsMark))
	if !ok {
		return bad("unknown kind or version")
	}
	short := false
	integer := func() uint64 {
		v, n := binary.Uvarint(rest)
		if n <= 0 {
			short = true
			return 0
		}
		rest = rest[n:]
		return v
	}
	draws, nSeries, nCounts := integer(), integer(), integer()
	if short || nSeries != uint64(series) || nCounts != uint64(counts) || draws > MaxDraws {
		return bad("the numbers of draws, series or counts are not those of the plan")
	}
	t := newTotals(series, counts)
	t.Draws = draws
	for i := range t.Counts {
		if t.Counts[i] = integer(); t.Counts[i] > draws {
			return bad("a count is above the number of draws")
		}
	}
	for i := range t.Series {
		if len(rest) < sumBytes {
			return bad("it ends too early")
		}
		var err error
		if t.Series[i].Sum, err = quantile.ReadSum(rest[:sumBytes]); err != nil {
			return nil, fmt.Errorf("series %d: %w", i, err)
		}
		rest = rest[sumBytes:]
		n := integer()
		if short || n > uint64(len(rest)) {
			return bad("it ends too early")
		}
		sketch, err := quantile.Read(rest[:n])
		if err != nil {
			return nil, fmt.Errorf("series %d: %w", i, err)
		}
		if sketch.Count() > draws || t.Series[i].Sum.Count() != sketch.Count() {
			return bad("sum and sketch of a series count different draws")
		}
		t.Series[i].Sketch, rest = *sketch, rest[n:]
	}
	if short || len(rest) > 0 {
		return bad("it ends too early, or bytes follow after its end")
	}
	return t, nil
}
