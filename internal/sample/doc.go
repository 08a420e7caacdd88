// Package sample turns judged ranges and published figures into draws
// (model.md section 8). A draw of an input is F(u): a distribution F, and a
// coordinate u in (0,1) of a low-discrepancy point.
//
// # Distributions
//
// z is the standard normal quantile of u; low, mode, high are the 10, 50 and
// 90 % quantiles; s is that of the side on which z lies (q = 1.2816):
//
//	TwoPieceLogNormal    x = mode exp(s z)            s = ln(high/mode)/q or ln(mode/low)/q
//	TwoPieceLogitNormal  logit x = logit mode + s z   s by logits alike
//	LogNormal            x = median exp(s z)          s = h/1.6449, h the 90 % half-width of ln x
//	Gamma                P(shape, rate x) = u         P the regularised lower incomplete gamma function
//
// All are increasing in u, and a zero width gives the mode (median) bit for
// bit. Two exceptions make room for ranges that touch an end:
//
//   - The end itself is no quantile of a log- or logit-normal: low = 0 is read
//     as high/100 (at most the mode), a share's high = 1 as 1 - (1-low)/100 (at
//     least the mode). A negative quantity (an elasticity of demand) is the
//     mirror image of a positive one: high = 0 is read as low/100.
//   - mode = 0 keeps its three quantiles (0, 0, high): zero for z <= 0, above it
//     x = high z/q; for a share x/(1-x) = high/(1-high) z/q. A share with
//     mode = 1 is the mirror image. So half of the draws are the mode.
//
// Values of one kind within one judgement err together (Correlation):
//
//	z_i = sqrt(rho) z_common + sqrt(1-rho) z_own
//
// # Points
//
// Stream is one sequence of points, one per commodity:
//
//	u(k, dimension, key) = Owen(seed, name, key, dimension)[Sobol(shuffle(k), dimension)]
//
// Sobol is the sequence of Joe and Kuo (2008), 1,111 dimensions. Owen is a nested
// uniform scrambling made of hashes: every coordinate is uniform, and any aligned
// block of 2^m points keeps the stratification of the sequence. shuffle
// (seed, name) permutes points within such blocks, so that streams are
// independent of each other (Burley 2020). A coordinate is computed from (seed,
// name, k, dimension, key) alone, in any order. A dimension outside the table
// gets independent hashed numbers: uniform, without the stratification. Plain
// gives such numbers for every dimension.
//
// In the first six bits the scrambling is that of Owen (1995) with hashes for
// random numbers; the bits below follow the hash of Laine and Karras (2011), with
// a seed of its own for each of the 64 branches.
//
// # Bits and cost
//
// A coordinate of a Stream has 32 bits, (i + 1/2)/2^32, one of Plain 52; none is
// ever 0 or 1. Only math.Expm1, math.Log1p, square roots and rational functions
// are used, so that draws have the same bits on every CPU of one architecture.
// Stream.Fill costs about 15 ns a coordinate and allocates nothing; a two-piece
// value from u about 45 ns; a Gamma quantile below 1 microsecond.
//
// The first dimensions are the best: give them to the inputs that matter most. Some
// pairs of dimensions are no more even than chance at small N (of the first 64, 18 %
// of pairs miss cells of an 8 by 8 grid at 256 points, 2 % at 1,024, none at 4,096).
// Every single dimension is stratified at any N.
//
// Not for cryptography; not for more than 2^32 points where stratification over
// more than 2^32 points matters (the next 2^32 have a scrambling of their own).
package sample
