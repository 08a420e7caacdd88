package sample

import (
	_ "embed"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"sync"
)

// Dimensions is the number of dimensions with Sobol coordinates.
const Dimensions = 1111

// directionText is the table of Joe and Kuo (2008), cited in the file.
//
//go:embed directions.txt
var directionText string

// directionTable holds the direction numbers of each dimension with their bits
// reversed: bit 0 is the half, bit 1 the quarter, the order in which the
// scrambling works.
type directionTable [Dimensions][32]uint32

// directions expands the embedded table once, on first use.
var directions = sync.OnceValues(func() (*directionTable, error) { return parseDirections(directionText) })

// parseDirections reads lines "d s a m_1 ... m_s": dimension, degree and inner
// coefficients of the primitive polynomial, initial direction numbers.
func parseDirections(text string) (*directionTable, error) {
	table := new(directionTable)
	for i := range 32 {
		table[0][i] = 1 << i
	}
	next := 1
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var n []uint32
		for field := range strings.FieldsSeq(line) {
			v, err := strconv.ParseUint(field, 10, 32)
			if err != nil {
				return nil, fmt.Errorf("direction numbers of dimension %d: %w", next+1, err)
			}
			n = append(n, uint32(v))
		}
		if next >= Dimensions || len(n) < 4 || int(n[0]) != next+1 || n[1] > 32 || len(n) != 3+int(n[1]) {
			return nil, fmt.Errorf("direction numbers of dimension %d: %w", next+1, ErrDirections)
		}
		expandDirections(&table[next], int(n[1]), n[2], n[3:])
		next++
	}
	if next != Dimensions {
		return nil, fmt.Errorf("direction numbers end at dimension %d: %w", next, ErrDirections)
	}
	return table, nil
}

// expandDirections applies the recurrence of the polynomial
// x^s + a_1 x^(s-1) + ... + 1 to the initial numbers m.
func expandDirections(dst *[32]uint32, s int, a uint32, m []uint32) {
	var v [32]uint32
	for i := range v {
		if i < s {
			v[i] = m[i] << (31 - i)
			continue
		}
		v[i] = v[i-s] ^ v[i-s]>>s
		for k := 1; k < s; k++ {
			if a>>(s-1-k)&1 == 1 {
				v[i] ^= v[i-k]
			}
		}
	}
	for i := range v {
		dst[i] = bits.Reverse32(v[i])
	}
}

// sobol is coordinate k of the sequence as 32 bits in reversed order.
func sobol(direction *[32]uint32, k uint32) uint32 {
	var x uint32
	for ; k != 0; k &= k - 1 {
		x ^= direction[bits.TrailingZeros32(k)&31]
	}
	return x
}
