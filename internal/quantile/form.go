package quantile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// header is the mark of the byte form, with its version as the last byte.
const header = "CPQ\x01"

// Append adds the byte form of the sketch: the same bytes for the same counts,
// however they came together.
func (s *Sketch) Append(b []byte) []byte {
	b = append(b, header...)
	b = binary.AppendUvarint(b, s.count)
	if s.count == 0 {
		return b
	}
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.smallest))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.largest))
	b = binary.AppendUvarint(b, s.zeros)
	b = s.negative.append(b)
	return s.positive.append(b)
}

func (t *store) append(b []byte) []byte {
	used := 0
	for _, n := range t.counts {
		if n > 0 {
			used++
		}
	}
	b = binary.AppendUvarint(b, uint64(used))
	next := 0
	for i, n := range t.counts {
		if n > 0 {
			b = binary.AppendUvarint(b, uint64(t.first+i-next))
			b = binary.AppendUvarint(b, n)
			next = t.first + i + 1
		}
	}
	return b
}

// Read reads what Append wrote, and nothing else: counts that do not add up, a
// range that is not that of the buckets, a second way to write the same sketch
// or bytes after its end are errors. Memory is at most 2.1 MB and ten times
// the input. Error: ErrFormat, with what is wrong.
func Read(data []byte) (*Sketch, error) {
	r := reader{rest: data}
	s := r.sketch()
	if r.wrong == "" && !bytes.Equal(s.Append(make([]byte, 0, len(data))), data) {
		r.fail("not in its one form")
	}
	if r.wrong != "" {
		return nil, fmt.Errorf("read a sketch of %d bytes: %s: %w", len(data), r.wrong, ErrFormat)
	}
	return s, nil
}

// reader takes a byte form apart; after the first fault all it returns is zero.
type reader struct {
	rest  []byte
	wrong string
}

func (r *reader) fail(what string) {
	if r.wrong == "" {
		r.wrong = what
	}
	r.rest = nil
}

func (r *reader) bytes(n int) []byte {
	if len(r.rest) < n {
		r.fail("it ends too early")
		return make([]byte, n)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// integer reads a varint of at most limit.
func (r *reader) integer(what string, limit uint64) uint64 {
	v, n := binary.Uvarint(r.rest)
	switch {
	case n == 0:
		r.fail("it ends too early")
		return 0
	case n < 0 || v > limit:
		r.fail(what + " is too large")
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) sketch() *Sketch {
	s := new(Sketch)
	if string(r.bytes(len(header))) != header {
		r.fail("unknown kind or version")
		return s
	}
	if s.count = r.integer("count", maxCount); s.count > 0 {
		s.smallest = math.Float64frombits(binary.LittleEndian.Uint64(r.bytes(8)))
		s.largest = math.Float64frombits(binary.LittleEndian.Uint64(r.bytes(8)))
		s.zeros = r.integer("count of zeros", s.count)
		left := s.count - s.zeros
		left = r.store(&s.negative, left)
		left = r.store(&s.positive, left)
		switch {
		case left != 0:
			r.fail("counts do not add up")
		case !s.rangeFits():
			r.fail("range is not that of the buckets")
		}
	}
	if len(r.rest) > 0 {
		r.fail("bytes after its end")
	}
	return s
}

// store reads one side and returns how many of the values are still to come.
func (r *reader) store(t *store, left uint64) uint64 {
	type bucket struct {
		index int
		count uint64
	}
	n := r.integer("number of buckets", lastBucket-firstBucket+1)
	if n > uint64(len(r.rest)/2) { // each takes two bytes at least
		r.fail("it ends too early")
	}
	if n == 0 || r.wrong != "" {
		return left
	}
	list := make([]bucket, 0, n)
	next := 0
	for range n {
		index := next + int(r.integer("index of a bucket", lastBucket))
		count := r.integer("count of a bucket", left)
		if index < firstBucket || index > lastBucket {
			r.fail("index of a bucket is out of range")
		}
		if r.wrong != "" {
			return left
		}
		list = append(list, bucket{index, count})
		left -= count
		next = index + 1
	}
	t.cover(list[0].index, list[len(list)-1].index)
	for _, b := range list {
		t.counts[b.index-t.first] = b.count
	}
	return left
}

// rangeFits tells whether smallest and largest can be the ends of the counts.
func (s *Sketch) rangeFits() bool {
	if !finite(s.smallest) || !finite(s.largest) || s.smallest > s.largest || s.count == 1 && s.smallest != s.largest {
		return false
	}
	lowNegative, highNegative := s.negative.ends()
	lowPositive, highPositive := s.positive.ends()
	var low, high int // signed bucket indices of the ends, 0 for zeros
	switch {
	case highNegative > 0:
		low = -highNegative
	case s.zeros == 0:
		low = lowPositive
	}
	switch {
	case highPositive > 0:
		high = highPositive
	case s.zeros == 0:
		high = -lowNegative
	}
	return signedBucket(s.smallest) == low && signedBucket(s.largest) == high
}

// signedBucket is the bucket of a value, negative below zero, 0 for +0, and no
// bucket at all for what Add would have turned into +0.
func signedBucket(x float64) int {
	switch {
	case math.Float64bits(x) == 0:
		return 0
	case math.Abs(x) < minNormal:
		return math.MinInt
	case x < 0:
		return -bucketOf(-x)
	}
	return bucketOf(x)
}

// ends is the first and last bucket that is not empty; zeros if all are.
func (t *store) ends() (first, last int) {
	for i, n := range t.counts {
		if n > 0 {
			if first == 0 {
				first = t.first + i
			}
			last = t.first + i
		}
	}
	return first, last
}
