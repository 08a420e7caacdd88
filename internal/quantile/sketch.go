package quantile

import (
	"fmt"
	"math"
	"slices"
)

const (
	mantissaBits = 6
	perOctave    = 1 << mantissaBits  // buckets from one power of two to the next
	firstBucket  = perOctave          // exponent field 1, the smallest normal number
	lastBucket   = 2047*perOctave - 1 // exponent field 2046, the largest finite number
	maxCount     = 1 << 53            // counts stay exact as float64
	minNormal    = 0x1p-1022          // below, a value counts as zero
	shift        = 52 - mantissaBits  // bits of a float64 below the bucket index
)

// RelativeError is the largest relative error of the value that a bucket answers
// with.
const RelativeError = 1.0 / (2*perOctave + 1)

// Sketch counts values by sign and size. The zero value is empty and ready.
type Sketch struct {
	count              uint64
	zeros              uint64
	negative, positive store
	smallest, largest  float64 // of the values; only if count > 0
}

// store counts buckets from index first on; len(counts) is a multiple of perOctave.
type store struct {
	first  int
	counts []uint64
}

// Add counts one value. Errors: ErrNotFinite, ErrTooMany; the sketch is then
// unchanged.
func (s *Sketch) Add(x float64) error {
	switch {
	case !finite(x):
		return fmt.Errorf("add %v to a sketch: %w", x, ErrNotFinite)
	case s.count >= maxCount:
		return fmt.Errorf("add to a sketch: %w", ErrTooMany)
	}
	size := math.Abs(x)
	switch {
	case size < minNormal:
		x = 0
		s.zeros++
	case x < 0:
		s.negative.add(bucketOf(size), 1)
	default:
		s.positive.add(bucketOf(size), 1)
	}
	s.widen(x, x)
	s.count++
	return nil
}

// Merge adds the counts of another sketch, which it does not change. Error:
// ErrTooMany; the sketch is then unchanged.
func (s *Sketch) Merge(other *Sketch) error {
	switch {
	case other.count == 0:
		return nil
	case s.count+other.count > maxCount:
		return fmt.Errorf("merge sketches of %d and %d values: %w", s.count, other.count, ErrTooMany)
	}
	s.negative.merge(&other.negative)
	s.positive.merge(&other.positive)
	s.zeros += other.zeros
	s.widen(other.smallest, other.largest)
	s.count += other.count
	return nil
}

// Count is the number of values.
func (s *Sketch) Count() uint64 { return s.count }

// Range is the smallest and the largest value, exactly. Error: ErrEmpty.
func (s *Sketch) Range() (smallest, largest float64, err error) {
	if s.count == 0 {
		return 0, 0, fmt.Errorf("range of a sketch: %w", ErrEmpty)
	}
	return s.smallest, s.largest, nil
}

// Quantile is the quantile at p, 0 to 1, within the error that the package comment
// states; exact at 0 and 1, and where all values are equal. Errors: ErrEmpty,
// ErrProbability.
func (s *Sketch) Quantile(p float64) (float64, error) {
	if s.count == 0 {
		return 0, fmt.Errorf("quantile of a sketch: %w", ErrEmpty)
	}
	i, f, err := position(s.count, p)
	if err != nil {
		return 0, err
	}
	if f == 0 {
		return s.ordered(i), nil
	}
	return between(s.ordered(i), s.ordered(i+1), f), nil
}

// Bytes is the memory that the counts take.
func (s *Sketch) Bytes() int { return 8 * (cap(s.negative.counts) + cap(s.positive.counts)) }

// ordered is the answer for the value at a place in ascending order.
func (s *Sketch) ordered(place uint64) float64 {
	switch {
	case place == 0:
		return s.smallest
	case place == s.count-1:
		return s.largest
	}
	var x float64
	negatives := s.negative.total()
	switch {
	case place < negatives:
		x = -s.negative.size(negatives - 1 - place)
	case place < negatives+s.zeros:
		return 0
	default:
		x = s.positive.size(place - negatives - s.zeros)
	}
	return max(s.smallest, min(s.largest, x))
}

func (s *Sketch) widen(smallest, largest float64) {
	if s.count == 0 {
		s.smallest, s.largest = smallest, largest
		return
	}
	s.smallest, s.largest = min(s.smallest, smallest), max(s.largest, largest)
}

func bucketOf(size float64) int { return int(math.Float64bits(size) >> shift) }

// answer is the value nearest, in relative terms, to both ends l and h of a
// bucket: 2 l h/(l + h).
func answer(bucket int) float64 {
	l := math.Float64frombits(uint64(bucket) << shift)
	w := math.Float64frombits(uint64(bucket)<<shift|1<<(shift-1)) - l // half the width; never overflows
	return l + w*(l/(l+w))
}

func (t *store) add(bucket int, n uint64) {
	if i := bucket - t.first; uint(i) < uint(len(t.counts)) {
		t.counts[i] += n
		return
	}
	t.cover(bucket, bucket)
	t.counts[bucket-t.first] += n
}

// cover makes room for the buckets from a to b, in whole octaves.
func (t *store) cover(a, b int) {
	first, end := a&^(perOctave-1), b|(perOctave-1)+1
	if len(t.counts) > 0 {
		first, end = min(first, t.first), max(end, t.first+len(t.counts))
	}
	if first == t.first && end-first == len(t.counts) {
		return
	}
	counts := make([]uint64, end-first)
	if len(t.counts) > 0 {
		copy(counts[t.first-first:], t.counts)
	}
	t.first, t.counts = first, counts
}

func (t *store) merge(other *store) {
	if len(other.counts) == 0 {
		return
	}
	t.cover(other.first, other.first+len(other.counts)-1)
	to := t.counts[other.first-t.first:]
	for i, n := range other.counts {
		to[i] += n
	}
}

func (t *store) total() uint64 {
	var sum uint64
	for _, n := range t.counts {
		sum += n
	}
	return sum
}

// size is the answer for the value at a place in ascending order of size; the
// store holds more values than place.
func (t *store) size(place uint64) float64 {
	var sum uint64
	i := slices.IndexFunc(t.counts, func(n uint64) bool { sum += n; return sum > place })
	return answer(t.first + i)
}
