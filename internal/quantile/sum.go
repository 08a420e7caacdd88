package quantile

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

const (
	sumScale    = 0x1p40  // steps of one unit
	maxSummand  = 0x1p50  // size of a value, 1.1e15
	maxSummands = 1 << 36 // so that 2^36 values of 2^90 steps stay below 2^127
	sumBytes    = 24
)

// Sum is a total in fixed point, 128 bits in steps of 2^-40. The zero value is
// empty and ready. Adding and merging are associative and commutative bit for bit.
type Sum struct {
	high  int64
	low   uint64
	count uint64
}

// Add adds a value, rounded to the nearest step (ties to even). Errors:
// ErrNotFinite, ErrRange (size above 2^50), ErrTooMany (2^36 values); the sum is
// then unchanged.
func (s *Sum) Add(x float64) error {
	switch {
	case !finite(x):
		return fmt.Errorf("add %v to a sum: %w", x, ErrNotFinite)
	case math.Abs(x) > maxSummand:
		return fmt.Errorf("add %v to a sum: %w", x, ErrRange)
	case s.count >= maxSummands:
		return fmt.Errorf("add to a sum: %w", ErrTooMany)
	}
	// Scaling and splitting are exact: powers of two, and no more than 53 bits.
	steps := math.RoundToEven(math.Abs(x) * sumScale)
	high := math.Floor(steps * 0x1p-64)
	h, l := uint64(high), uint64(steps-high*0x1p64)
	if x < 0 {
		var borrow uint64
		l, borrow = bits.Sub64(0, l, 0)
		h, _ = bits.Sub64(0, h, borrow)
	}
	s.add(h, l)
	s.count++
	return nil
}

// Merge adds another sum, which it does not change. Error: ErrTooMany.
func (s *Sum) Merge(other Sum) error {
	if s.count+other.count > maxSummands {
		return fmt.Errorf("merge sums of %d and %d values: %w", s.count, other.count, ErrTooMany)
	}
	s.add(uint64(other.high), other.low)
	s.count += other.count
	return nil
}

func (s *Sum) add(high, low uint64) {
	var carry uint64
	s.low, carry = bits.Add64(s.low, low, 0)
	sum, _ := bits.Add64(uint64(s.high), high, carry)
	s.high = int64(sum)
}

// Count is the number of values.
func (s Sum) Count() uint64 { return s.count }

// Value is the total, rounded once to a float64; 0 when empty.
func (s Sum) Value() float64 {
	h, l := uint64(s.high), s.low
	if s.high < 0 {
		var borrow uint64
		l, borrow = bits.Sub64(0, l, 0)
		h, _ = bits.Sub64(0, h, borrow)
	}
	size := float64(l)
	if h > 0 {
		// The top 64 bits, with all lower ones gathered in the last.
		zeros := bits.LeadingZeros64(h)
		top := h<<zeros | l>>(64-zeros)
		if l<<zeros != 0 {
			top |= 1
		}
		size = math.Ldexp(float64(top), 64-zeros)
	}
	if s.high < 0 {
		size = -size
	}
	return size / sumScale
}

// Mean is the total over the count. Error: ErrEmpty.
func (s Sum) Mean() (float64, error) {
	if s.count == 0 {
		return 0, fmt.Errorf("mean: %w", ErrEmpty)
	}
	return s.Value() / float64(s.count), nil
}

// Append adds the byte form, 24 bytes: high, low and count, little-endian.
func (s Sum) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(s.high))
	b = binary.LittleEndian.AppendUint64(b, s.low)
	return binary.LittleEndian.AppendUint64(b, s.count)
}

// ReadSum reads what Append wrote. Error: ErrFormat.
func ReadSum(b []byte) (Sum, error) {
	if len(b) != sumBytes {
		return Sum{}, fmt.Errorf("read a sum: %d bytes, expected %d: %w", len(b), sumBytes, ErrFormat)
	}
	s := Sum{
		high:  int64(binary.LittleEndian.Uint64(b)),
		low:   binary.LittleEndian.Uint64(b[8:]),
		count: binary.LittleEndian.Uint64(b[16:]),
	}
	// |total| <= count 2^90 steps, else no values can have made it.
	limit := float64(s.count) * maxSummand
	if s.count > maxSummands || math.Abs(s.Value()) > limit {
		return Sum{}, fmt.Errorf("read a sum of %d values: %w", s.count, ErrFormat)
	}
	return s, nil
}
