package economy

import "fmt"

// Side is where an industry stands to the hit industries, for the split of part (v) of (E3).
type Side uint8

// Sides. An industry that sells the hit industries as much as it buys from them,
// or nothing, is a supplier.
const (
	Supplier Side = iota
	Buyer
	HitIndustry
)

func (s Side) String() string {
	switch s {
	case Supplier:
		return "supplier"
	case Buyer:
		return "buyer"
	case HitIndustry:
		return "hit"
	}
	return fmt.Sprintf("side(%d)", uint8(s))
}

// Linkage writes the side of every industry (dst has length n): i is a supplier where
// SUM_J z_ij/x_i >= SUM_J z_ji/x_i. The output cancels, so that ties stay exact.
// It does not allocate. Errors: ErrInvalid.
func (t *Table) Linkage(dst []Side, hit []int) error {
	n := len(t.Codes)
	if len(dst) != n {
		return fmt.Errorf("linkage: %w: result has length %d, want %d", ErrInvalid, len(dst), n)
	}
	for _, j := range hit {
		if j < 0 || j >= n {
			return fmt.Errorf("linkage: %w: industry %d of %d", ErrInvalid, j, n)
		}
	}
	for i := range dst {
		sells, buys := 0.0, 0.0
		for _, j := range hit {
			sells += t.Z[i*n+j]
			buys += t.Z[j*n+i]
		}
		dst[i] = Supplier
		if sells < buys {
			dst[i] = Buyer
		}
	}
	for _, j := range hit {
		dst[j] = HitIndustry
	}
	return nil
}
