package sample

import "math"

// ln 2 in two parts (fdlibm): k*ln2High is exact for |k| < 2^20.
const (
	ln2High = 6.93147180369123816490e-01
	ln2Low  = 1.90821492927058770002e-10
)

// ln is the natural logarithm of x > 0 from Log1p alone: math.Log has
// instructions that differ between CPUs.
func ln(x float64) float64 {
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		e--
	}
	k := float64(e)
	return k*ln2High + (math.Log1p(m-1) + k*ln2Low)
}

// exp is e^x from Expm1 alone, exactly 1 at 0, with full relative precision for
// negative x, where 1 + Expm1(x) loses it.
func exp(x float64) float64 {
	switch {
	case x > 710:
		return math.Inf(1)
	case x < -746:
		return 0
	}
	k := math.Floor(x/math.Ln2 + 0.5)
	r := (x - k*ln2High) - k*ln2Low
	return math.Ldexp(1+math.Expm1(r), int(k))
}

// lnGamma1 is ln Gamma(1 + a) for a > 0: Stirling's series from 12 upwards,
// below it shifted by the recurrence.
func lnGamma1(a float64) float64 {
	const halfLn2Pi = 0.91893853320467274178
	product, x := 1.0, a+1
	for x < 12 {
		product *= x
		x++
	}
	y := 1 / (x * x)
	series := (1.0/12 - y*(1.0/360-y*(1.0/1260-y*(1.0/1680-y*(1.0/1188-y*(691.0/360360-y/156)))))) / x
	return (x-0.5)*ln(x) - x + halfLn2Pi + series - ln(product)
}
