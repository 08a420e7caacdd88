// Package quantile gives quantiles of draws: exactly from all values, or from a
// mergeable sketch whose size does not grow with their number; and sums that do
// not depend on order.
//
// Quantile p of n values in ascending order x_0 ... x_(n-1) is type 7 of Hyndman
// and Fan (1996), the default of R and numpy:
//
//	h = (n-1) p,   Q(p) = x_floor(h) + (h - floor(h)) (x_floor(h)+1 - x_floor(h))
//
// Sketch counts values in buckets: the sign, the binary exponent and the first
// six bits of the mantissa of |x|, read from the bits of the float64, no
// logarithm. A bucket [l, l + w) with w <= l/64 answers with 2 l (l+w)/(2l+w),
// at most 1/129 = 0.78 % from any of its values. The smallest and the largest
// value are kept exactly and bound every answer. Q(p) is type 7 of the answers,
// so that
//
//	|Q_sketch - Q| <= ((1-f) |x_floor(h)| + f |x_floor(h)+1|)/129,   f = h - floor(h)
//
// which is 0.78 % of Q unless the two neighbours have different signs. Values
// below 2.3e-308 in size count as zero.
//
// Merging adds integers and takes minima and maxima: it is associative and
// commutative bit for bit, so that any number of shards, in any order, gives the
// bytes of one machine. (A t-digest depends on the order of merges, DDSketch as
// published on a logarithm that differs between CPUs.)
//
// Sum adds in fixed point, 2^-40 = 9.1e-13 of a unit: each value is rounded once
// to that grid, the total is exact.
//
// Cost: Sketch.Add about 5 ns, nothing allocated once the range of values has been
// seen; 512 bytes for each factor of two between the smallest and the largest
// size on each side of zero, at most 2.1 MB. Not for a hundred values: Exact is
// smaller and exact.
//
// # Byte form
//
// All integers are unsigned varints (encoding/binary) unless said otherwise:
//
//	4 bytes  "CPQ" and the version, 1
//	count    of all values; with 0 the form ends here
//	8 bytes  smallest value, float64, little-endian
//	8 bytes  largest value
//	zeros    count of zeros
//	negative store, positive store, each:
//	  buckets  number of buckets that are not empty
//	  first    index of the first bucket, exponent field * 64 + mantissa bits
//	  count    of the first bucket
//	  then for each further bucket: distance to the one before, less 1; count
//
// One content has one byte form; Read refuses every other.
package quantile
