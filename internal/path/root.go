package path

import "math"

// maxSteps bounds the search for a root; bisection alone needs about 60.
const maxSteps = 200

// root finds the zero of a function that rises with l on the range of prices. It
// brackets it around the last price, then uses the method of Chandrupatla (1997):
// inverse quadratic interpolation where it is safe, else bisection. Without a zero
// it returns the end of the range and says so.
func (x *state) root(f func(float64) float64) (float64, State) {
	a := min(max(x.price, lowestLog), highestLog)
	fa := f(a)
	if fa == 0 {
		return a, Cleared
	}
	b, fb := a, fa
	for step := 0.05; (fb > 0) == (fa > 0); step *= 4 {
		if fb != fa || b != a {
			a, fa = b, fb
		}
		if fa < 0 {
			if a >= highestLog {
				return highestLog, NoPrice
			}
			b = min(highestLog, a+step)
		} else {
			if a <= lowestLog {
				return lowestLog, AtFloor
			}
			b = max(lowestLog, a-step)
		}
		fb = f(b)
		if fb == 0 {
			return b, Cleared
		}
	}
	l := chandrupatla(f, a, fa, b, fb)
	f(l) // leaves the trial at the root
	return l, Cleared
}

func chandrupatla(f func(float64) float64, b, fb, a, fa float64) float64 {
	c, fc := a, fa
	t := 0.5
	for range maxSteps {
		x := a + t*(b-a)
		fx := f(x)
		if (fx > 0) == (fa > 0) {
			c, fc = a, fa
		} else {
			c, fc = b, fb
			b, fb = a, fa
		}
		a, fa = x, fx
		best := a
		if math.Abs(fb) < math.Abs(fa) {
			best = b
		}
		tolerance := (2e-16*math.Abs(best) + 1e-17) / math.Abs(b-c)
		if fa == 0 || tolerance > 0.5 || a == b {
			return best
		}
		xi, phi := (a-b)/(c-b), (fa-fb)/(fc-fb)
		t = 0.5
		if phi*phi < xi && (1-phi)*(1-phi) < 1-xi {
			t = fa/(fb-fa)*fc/(fb-fc) + (c-a)/(b-a)*fa/(fc-fa)*fb/(fc-fb)
		}
		t = min(max(t, tolerance), 1-tolerance)
	}
	return a
}
