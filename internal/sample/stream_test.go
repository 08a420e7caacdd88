package sample

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"math"
	"math/bits"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func table(t testing.TB) *directionTable {
	t.Helper()
	d, err := directions()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Unscrambled coordinates against scipy 1.17.1, stats.qmc.Sobol(1111, scramble=False,
// bits=32): some in testdata, the rest by the hash of little-endian uint32 in rows of one
// point. scipy visits points in Gray-code order, so that its point k is ours at k^(k>>1).
func TestSobolMatchesScipy(t *testing.T) {
	d := table(t)
	file, err := os.ReadFile("testdata/sobol.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(file))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 33 || len(rows[0]) != 10 {
		t.Fatalf("testdata has %d rows", len(rows))
	}
	for _, row := range rows[1:] {
		k, err := strconv.ParseUint(row[0], 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		for j, field := range row[1:] {
			dimension, err := strconv.Atoi(rows[0][j+1][1:])
			if err != nil {
				t.Fatal(err)
			}
			if got := strconv.Itoa(int(bits.Reverse32(sobol(&d[dimension], uint32(k))))); got != field {
				t.Errorf("point %d, dimension %d: %s, scipy has %s", k, dimension, got, field)
			}
		}
	}
	hash := func(points []uint32, dimensions int) string {
		var b []byte
		for _, k := range points {
			for i := range dimensions {
				b = binary.LittleEndian.AppendUint32(b, bits.Reverse32(sobol(&d[i], k)))
			}
		}
		sum := sha256.Sum256(b)
		return hex.EncodeToString(sum[:])
	}
	var first, powers []uint32
	for k := range uint32(64) {
		first = append(first, k)
	}
	for j := range 32 {
		powers = append(powers, 1<<j)
	}
	if got, want := hash(first, 1000), "64e3cca739fb680c1c9affe28de3610cbd6a3556707288b8bed0b547dd149eea"; got != want {
		t.Errorf("64 points of 1,000 dimensions: hash %s", got)
	}
	if got, want := hash(powers, Dimensions), "38ac621d83ab2e4c4c4fadb03f4538f63cba5dab92f198eb9538ceb82b812c7e"; got != want {
		t.Errorf("points 1, 2, 4 ... of all dimensions: hash %s", got)
	}
}

func TestDirectionErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"2 1 0 1\n", "direction numbers end at dimension 2: table of direction numbers is damaged"},
		{"2 1 0 x\n", `direction numbers of dimension 2: strconv.ParseUint: parsing "x": invalid syntax`},
		{"2 1 0 1\n4 1 0 1\n", "direction numbers of dimension 3: table of direction numbers is damaged"},
		{"2 3 0 1 1\n", "direction numbers of dimension 2: table of direction numbers is damaged"},
	} {
		if _, err := parseDirections(c.text); err == nil || err.Error() != c.want {
			t.Errorf("%q: error %v, want %s", c.text, err, c.want)
		}
	}
}

func FuzzDirections(f *testing.F) {
	f.Add("2 1 0 1\n3 2 1 1 3\n")
	f.Add("# text\n2 32 4294967295" + strings.Repeat(" 4294967295", 32))
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := parseDirections(text); (d == nil) == (err == nil) {
			t.Fatalf("table %v, error %v", d != nil, err)
		}
	})
}

// Every aligned block of 2^m points has one point in each of 2^m equal intervals, in every
// dimension, stream and key.
func TestStratification(t *testing.T) {
	check := func(s Stream, from uint64, m, dimension int, key uint64) {
		t.Helper()
		seen := make([]bool, 1<<m)
		for k := range uint64(1) << m {
			u := s.Uniform(from+k, dimension, key)
			if i := int(u * float64(len(seen))); seen[i] {
				t.Fatalf("dimension %d, block of 2^%d from %d: two points in interval %d", dimension, m, from, i)
			} else {
				seen[i] = true
			}
		}
	}
	s := NewStream(1, "gallium")
	for dimension := range Dimensions {
		check(s, 0, 7, dimension, uint64(dimension))
	}
	for _, from := range []uint64{0, 1 << 14, 5 << 14, 1<<32 - 1<<14, 1 << 32, 1<<40 + 3<<14} {
		check(s, from, 14, 17, Key("supply"))
		check(NewStream(99, "niobium"), from, 12, 1110, from)
	}
}

// The first two dimensions are a (0,2)-sequence: every elementary interval of area 2^-m
// holds one point of any aligned block of 2^m.
func TestElementaryIntervals(t *testing.T) {
	const m = 10
	for seed := range uint64(8) {
		s := NewStream(seed, "cobalt")
		for _, from := range []uint64{0, 1 << m, 6 << m} {
			for a := 0; a <= m; a++ {
				seen := make([]bool, 1<<m)
				for k := range uint64(1) << m {
					x := int(s.Uniform(from+k, 0, 10) * float64(int(1)<<a))
					y := int(s.Uniform(from+k, 1, 11) * float64(int(1)<<(m-a)))
					i := x<<(m-a) | y
					if seen[i] {
						t.Fatalf("seed %d, block from %d, shape 2^-%d by 2^-%d: two points in interval %d", seed, from, a, m-a, i)
					}
					seen[i] = true
				}
			}
		}
	}
}

// chiSquare compares counts with equal expectations; the result is standard normal in
// good approximation (Wilson and Hilferty).
func chiSquare(counts []int) float64 {
	total := 0
	for _, c := range counts {
		total += c
	}
	expected := float64(total) / float64(len(counts))
	var sum float64
	for _, c := range counts {
		sum += (float64(c) - expected) * (float64(c) - expected) / expected
	}
	free := float64(len(counts) - 1)
	return (math.Cbrt(sum/free) - (1 - 2/(9*free))) / math.Sqrt(2/(9*free))
}

// Over seeds, a coordinate of any fixed point is uniform, and two dimensions, two keys, two
// names and two points of one dimension are independent: 16 by 16 cells.
func TestUniformOverSeeds(t *testing.T) {
	type coordinate struct {
		name      string
		point     uint64
		dimension int
		key       uint64
	}
	base := coordinate{"gallium", 5, 3, 1}
	for _, other := range []coordinate{
		{"gallium", 5, 4, 1}, {"gallium", 5, 3, 2}, {"germanium", 5, 3, 1}, {"gallium", 5 + 1<<32, 3, 1},
		{"gallium", 5, 2000, 1}, {"gallium", 5, -1, 1},
	} {
		joint := make([]int, 256)
		for seed := range uint64(1 << 15) {
			x := NewStream(seed, base.name).Uniform(base.point, base.dimension, base.key)
			y := NewStream(seed, other.name).Uniform(other.point, other.dimension, other.key)
			joint[int(x*16)<<4|int(y*16)]++
		}
		if z := chiSquare(joint); math.Abs(z) > 4 {
			t.Errorf("%v and %v: chi-square is %.1f standard deviations off", base, other, z)
		}
	}
	// Seeds that differ by one, like the seeds of two runs.
	joint := make([]int, 256)
	for seed := uint64(0); seed < 1<<16; seed += 2 {
		x := NewStream(seed, "gallium").Uniform(9, 7, 1)
		y := NewStream(seed+1, "gallium").Uniform(9, 7, 1)
		joint[int(x*16)<<4|int(y*16)]++
	}
	if z := chiSquare(joint); math.Abs(z) > 4 {
		t.Errorf("neighbouring seeds: chi-square is %.1f standard deviations off", z)
	}
}

// The seven flips of three levels below a prefix: in the first six levels all 128 patterns
// are equally likely over hashes; below, every pair of flips is.
func TestScrambleIsNestedUniform(t *testing.T) {
	const n = 1 << 15
	for _, c := range []struct {
		level  int
		prefix uint32
	}{{0, 0}, {1, 1}, {3, 5}, {6, 0x2f}, {9, 0x101}, {13, 0x1abc}, {20, 0xf00ff}, {29, 0x1234567}} {
		patterns := make([]int, 128)
		for seed := range uint64(n) {
			h := mix(seed*golden + 77)
			pattern, id := 0, 0
			for l := range 3 {
				for p := range uint32(1) << l {
					x := c.prefix | p<<c.level
					pattern |= int((x^scramble(x, h))>>(c.level+l)&1) << id
					id++
				}
			}
			patterns[pattern]++
		}
		if c.level+3 <= 6 {
			if z := chiSquare(patterns); math.Abs(z) > 4 {
				t.Errorf("level %d: patterns are %.1f standard deviations off", c.level, z)
			}
		}
		for a := range 7 {
			for b := range a {
				pair := make([]int, 4)
				for pattern, count := range patterns {
					pair[pattern>>a&1<<1|pattern>>b&1] += count
				}
				if z := chiSquare(pair); z > 4.5 {
					t.Errorf("level %d, flips %d and %d: %.1f standard deviations off: %v", c.level, a, b, z, pair)
				}
			}
		}
	}
}

// scramble and shuffle are bijections in which a bit depends on higher ones (of the
// coordinate, of k) only.
func TestScrambleIsNested(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := rapid.Uint64().Draw(t, "hash")
		x := rapid.Uint32().Draw(t, "x")
		l := rapid.IntRange(0, 31).Draw(t, "bit")
		changed := scramble(x, h) ^ scramble(x^1<<l, h)
		if changed&(1<<l-1) != 0 || changed>>l&1 != 1 {
			t.Fatalf("flipping bit %d changes %032b", l, changed)
		}
		k := rapid.Uint32Range(2, math.MaxUint32).Draw(t, "k")
		j := rapid.IntRange(0, bits.Len32(k)-2).Draw(t, "bit of k")
		moved := shuffle(k, h) ^ shuffle(k^1<<j, h)
		if bits.Len32(moved) != j+1 || bits.Len32(shuffle(k, h)) != bits.Len32(k) {
			t.Fatalf("flipping bit %d of %032b moves %032b", j, k, moved)
		}
	})
}

// Within a run: two of the first 64 dimensions of a stream, and the same dimension of two
// streams or seeds, are uncorrelated and independent (8 by 8 cells). Stratification may make
// counts more even than chance, and covariances of two streams sqrt(2) wider (points come in
// pairs, one in each half), hence the wide limits; without the shuffle of points correlations
// are 0.7.
func TestIndependenceWithinARun(t *testing.T) {
	const n = 1 << 12
	check := func(what string, x, y func(k uint64) float64) {
		t.Helper()
		joint := make([]int, 64)
		var xy float64
		for k := range uint64(n) {
			a, b := x(k), y(k)
			joint[int(a*8)<<3|int(b*8)]++
			xy += (a - 0.5) * (b - 0.5)
		}
		if z := chiSquare(joint); z > 6 {
			t.Errorf("%s: chi-square is %.1f standard deviations off", what, z)
		}
		if r := 12 * xy / n; math.Abs(r) > 6/math.Sqrt(n) {
			t.Errorf("%s: correlation %.3f", what, r)
		}
	}
	of := func(s Stream, dimension int) func(uint64) float64 {
		return func(k uint64) float64 { return s.Uniform(k, dimension, Key(strconv.Itoa(dimension))) }
	}
	for seed := range uint64(12) {
		s := NewStream(seed, "gallium")
		for i := range 12 {
			d := int(mix(seed*100+uint64(i)) % Dimensions)
			a, b := d%64, (d/64+1+d)%64
			if a != b {
				check("dimensions "+strconv.Itoa(a)+" and "+strconv.Itoa(b), of(s, a), of(s, b))
			}
			check("streams, dimension "+strconv.Itoa(d), of(s, d), of(NewStream(seed, "germanium"), d))
			check("seeds, dimension "+strconv.Itoa(d), of(s, d), of(NewStream(seed+1, "gallium"), d))
		}
		check("outside the table", of(s, 5), of(s, Dimensions+5))
	}
}

// Fill is Uniform; a coordinate does not depend on how many others there are, nor on order.
func TestFill(t *testing.T) {
	s := NewStream(7, "tungsten")
	keys := make([]uint64, Dimensions+40)
	for i := range keys {
		keys[i] = Key("input " + strconv.Itoa(i))
	}
	all, some := make([]float64, len(keys)), make([]float64, 10)
	for _, k := range []uint64{1<<40 + 12345, 0, 1, 77, 1<<32 - 1} {
		s.Fill(all, k, keys)
		s.Fill(some, k, keys)
		if !slices.Equal(all[:10], some) {
			t.Errorf("point %d: fewer inputs change a coordinate", k)
		}
		for i, u := range all {
			if u != s.Uniform(k, i, keys[i]) {
				t.Errorf("point %d, dimension %d: Fill has %v, Uniform %v", k, i, u, s.Uniform(k, i, keys[i]))
			}
		}
	}
	if n := testing.AllocsPerRun(20, func() { s.Fill(all, 5, keys) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// The bits that results of a seed depend on.
func TestGoldenCoordinates(t *testing.T) {
	s, p := NewStream(1, "gallium"), NewPlain(1, "gallium")
	for _, c := range []struct {
		name string
		got  float64
		want float64
	}{
		{"point 0", s.Uniform(0, 0, Key("price")), 0x1.83b761p-09},
		{"point 9999", s.Uniform(9999, 41, Key("price")), 0x1.1a58dd97p-01},
		{"point 2^33", s.Uniform(1<<33, 1110, 3), 0x1.602ecf9ep-02},
		{"outside the table", s.Uniform(7, 1111, 3), 0x1.939d5484p-03},
		{"plain", p.Uniform(7, 0, 3), 0x1.0a9b08b9dde63p-01},
	} {
		if c.got != c.want {
			t.Errorf("%s: %x, want %x", c.name, c.got, c.want)
		}
	}
}

func TestNeverZeroOrOne(t *testing.T) {
	largest := (float64(uint64(math.MaxUint64)>>12) + 0.5) * 0x1p-52 // of Plain
	for _, u := range []float64{unit32(0), unit32(math.MaxUint32), largest} {
		if !(u > 0 && u < 1) {
			t.Errorf("coordinate %v", u)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		seed, point := rapid.Uint64().Draw(t, "seed"), rapid.Uint64().Draw(t, "point")
		key := rapid.Uint64().Draw(t, "key")
		dimension := rapid.Int().Draw(t, "dimension")
		name := rapid.String().Draw(t, "name")
		for _, u := range []float64{
			NewStream(seed, name).Uniform(point, dimension, key),
			NewPlain(seed, name).Uniform(point, dimension, key),
		} {
			if !(u > 0 && u < 1) {
				t.Fatalf("coordinate %v", u)
			}
		}
	})
}

// A smooth integrand of five inputs whose mean is 1: the error of Stream falls almost as
// 1/N (and faster), that of Plain as 1/sqrt(N).
func TestConvergence(t *testing.T) {
	const seeds = 20
	rms := func(uniform func(seed, k uint64, dimension int) float64, n uint64) float64 {
		var sum float64
		for seed := range uint64(seeds) {
			var mean float64
			for k := range n {
				f := 1.0
				for i := range 5 {
					f *= 1 + (uniform(seed, k, i)-0.5)/float64(i+1)
				}
				mean += f
			}
			sum += (mean/float64(n) - 1) * (mean/float64(n) - 1)
		}
		return math.Sqrt(sum / seeds)
	}
	scrambled := func(seed, k uint64, i int) float64 { return NewStream(seed, "smooth").Uniform(k, i, uint64(i)) }
	plain := func(seed, k uint64, i int) float64 { return NewPlain(seed, "smooth").Uniform(k, i, uint64(i)) }
	s1, s4 := rms(scrambled, 1024), rms(scrambled, 4096)
	p1, p4 := rms(plain, 1024), rms(plain, 4096)
	t.Logf("error at 1,024 and 4,096 points: Stream %.2g, %.2g (ratio %.1f); Plain %.2g, %.2g (ratio %.1f)",
		s1, s4, s1/s4, p1, p4, p1/p4)
	if s1/s4 < 3.5 || s1 > p1/20 || s4 > p4/30 {
		t.Errorf("Stream %.2g, %.2g does not beat Plain %.2g, %.2g", s1, s4, p1, p4)
	}
	if p1/p4 < 1.3 || p1/p4 > 3 {
		t.Errorf("plain sampling converges by %.2f instead of 2", p1/p4)
	}
}

// The embedded table is whole, so that NewStream never falls back.
func TestEmbeddedTable(t *testing.T) {
	if NewStream(0, "").directions != table(t) {
		t.Error("stream without direction numbers")
	}
	if _, err := parseDirections(directionText + "1112 1 0 1\n"); !errors.Is(err, ErrDirections) {
		t.Errorf("a row too many: %v", err)
	}
}

func BenchmarkFill(b *testing.B) {
	s := NewStream(1, "gallium")
	keys, dst := make([]uint64, 100), make([]float64, 100)
	for i := range keys {
		keys[i] = uint64(i)
	}
	for i := range b.N {
		s.Fill(dst, uint64(i)&16383, keys)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/coordinate")
}

func BenchmarkUniform(b *testing.B) {
	s := NewStream(1, "gallium")
	var sum float64
	for i := range b.N {
		sum += s.Uniform(uint64(i)&16383, i&63, 5)
	}
	if !finite(sum) {
		b.Fatal(sum)
	}
}
