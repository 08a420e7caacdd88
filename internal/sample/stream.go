package sample

import "math/bits"

// Stream is one scrambled Sobol sequence. It is a small value that any number
// of goroutines may share.
type Stream struct {
	base       uint64
	directions *directionTable
}

// NewStream returns the sequence of a name (a commodity, "shared") under a seed.
// Streams of different names or seeds are independent.
func NewStream(seed uint64, name string) Stream {
	table, err := directions()
	if err != nil {
		// Unreachable with the embedded table (tested); uniform numbers without
		// stratification are still right.
		table = nil
	}
	return Stream{base: streamBase(seed, name), directions: table}
}

// Key is the key of an input by its name.
func Key(input string) uint64 { return mix(textHash(input)) }

// Uniform is the coordinate in (0,1) of an input at a point: 32 bits, centred.
// It depends on the seed and name of the stream, point, dimension and key, and
// on nothing else. The inputs of one stream need a dimension each: two keys on
// one dimension are scrambled apart, but are not independent within a run.
// Dimensions outside [0, Dimensions) get independent hashed numbers.
func (s Stream) Uniform(point uint64, dimension int, key uint64) float64 {
	base := s.base ^ mix(point>>32)
	h := coordinateHash(base, dimension, key)
	if uint(dimension) >= Dimensions || s.directions == nil {
		return unit32(uint32(mix(h+point*golden) >> 32))
	}
	return unit32(bits.Reverse32(scramble(sobol(&s.directions[dimension], shuffle(uint32(point), base)), h)))
}

// Fill sets dst[i] = Uniform(point, i, keys[i]) for the inputs that both slices
// have. It allocates nothing.
func (s Stream) Fill(dst []float64, point uint64, keys []uint64) {
	n := min(len(dst), len(keys))
	base := s.base ^ mix(point>>32)
	i := 0
	if s.directions != nil {
		k := shuffle(uint32(point), base)
		for ; i < min(n, Dimensions); i++ {
			h := coordinateHash(base, i, keys[i])
			dst[i] = unit32(bits.Reverse32(scramble(sobol(&s.directions[i], k), h)))
		}
	}
	for ; i < n; i++ {
		dst[i] = unit32(uint32(mix(coordinateHash(base, i, keys[i])+point*golden) >> 32))
	}
}

// Plain is a stream of independent hashed numbers, as random sampling would
// give: the yardstick for Stream.
type Plain struct{ base uint64 }

// NewPlain returns the plain stream of a name under a seed.
func NewPlain(seed uint64, name string) Plain { return Plain{base: streamBase(seed, name)} }

// Uniform is a number in (0,1) with 52 bits, centred; arguments as in
// Stream.Uniform.
func (p Plain) Uniform(point uint64, dimension int, key uint64) float64 {
	h := mix(coordinateHash(p.base, dimension, key) + point*golden)
	return (float64(h>>12) + 0.5) * 0x1p-52
}

func unit32(x uint32) float64 { return (float64(x) + 0.5) * 0x1p-32 }

// shuffle orders the points of a stream anew, so that the same dimension of two
// streams is independent within a run; scrambling alone would leave their first
// bits equal or opposite at every point. It is a nested uniform scrambling of the
// bits of k below its leading one: aligned blocks of 2^m points map to aligned
// blocks, and [0, 2^m) to itself.
func shuffle(k uint32, base uint64) uint32 {
	if k < 2 {
		return k
	}
	m := bits.Len32(k) - 1
	x := bits.Reverse32(k << (32 - m))
	h := mix(base + uint64(m))
	var flips uint32
	for l := 0; l < m; l += 6 {
		flips |= sixFlips(x>>l, h) << l
		h = mix(h + uint64(x>>l&63+1)*golden)
	}
	leading := uint32(1) << m
	return leading | bits.Reverse32(x^flips)>>(32-m)&(leading-1)
}

// scramble is a nested uniform scrambling of 32 bits in reversed order: whether
// bit l flips depends on h and the bits before it. In the first six levels all
// flips are independent. Below each of their 64 ends follows a hash of Laine and
// Karras' kind, in which bits move only upwards, with a seed of its own: there
// flips are independent in pairs, all that variances depend on.
func scramble(x uint32, h uint64) uint32 {
	s := mix(h + uint64(x&63+1)*golden)
	y := x >> 6
	y ^= y * 0x3d20adea
	y += uint32(s)
	y *= uint32(s>>32) | 1
	y ^= y * 0x05526c56
	y ^= y * 0x53a22864
	return y<<6 | x&63 ^ sixFlips(x, h)
}

// sixFlips is the flips of six bits. Level l has 2^l branches, one for each value p
// of the bits before; branch p of level l flips by bit 2^l + p of h, 63 in all.
func sixFlips(x uint32, h uint64) uint32 {
	return uint32(h>>1&1 |
		h>>(2|x&1)&1<<1 |
		h>>(4|x&3)&1<<2 |
		h>>(8|x&7)&1<<3 |
		h>>(16|x&15)&1<<4 |
		h>>(32|x&31)&1<<5)
}

const golden = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio, odd

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood 2014; constants of
// Stafford's variant 13): a bijection in which every bit reaches every other.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

func streamBase(seed uint64, name string) uint64 { return mix(mix(seed+golden) ^ textHash(name)) }

// coordinateHash depends on stream, dimension and key, not on the point.
func coordinateHash(base uint64, dimension int, key uint64) uint64 {
	return mix(base + key*0xd1342543de82ef95 + uint64(dimension+1)*golden)
}

// textHash is FNV-1a with 64 bits.
func textHash(text string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 0x100000001b3
	}
	return h
}
