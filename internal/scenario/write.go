package scenario

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/internal/catalog"
)

// YAML writes a canonical scenario as a file that ReadFile reads back to the
// same scenario. Withdrawals that differ in the commodity alone share an entry.
func (s Scenario) YAML(c *catalog.Catalog, name, title string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "format: 1\nname: %s\ntitle: %q\nmonths: %s\nwithdrawals:\n", name, title, formatFraction(s.Months))
	type entry struct {
		w     Withdrawal
		units []string
	}
	var entries []entry
	for _, w := range s.Withdrawals {
		id := c.Units[w.Unit].ID
		at := slices.IndexFunc(entries, func(e entry) bool {
			return e.w.Country == w.Country && e.w.Kind == w.Kind && e.w.Fraction == w.Fraction && slices.Equal(e.w.Targets, w.Targets) &&
				e.w.Leakage == w.Leakage && e.w.Offered == w.Offered
		})
		if at < 0 {
			entries = append(entries, entry{w, []string{id}})
		} else {
			entries[at].units = append(entries[at].units, id)
		}
	}
	for _, e := range entries {
		fmt.Fprintf(&b, "  - commodity: [%s]\n    from: %s\n    kind: %s\n    cut: %s\n", strings.Join(e.units, ", "), quoteCode(e.w.Country), e.w.Kind, formatFraction(e.w.Fraction))
		if e.w.Targeted() {
			fmt.Fprintf(&b, "    to: [%s]\n    leakage: %s\n    offered: %s\n", joinCodes(e.w.Targets), formatFraction(e.w.Leakage), formatFraction(e.w.Offered))
		}
	}
	if len(s.Blocs) > 0 {
		b.WriteString("blocs:\n")
		for _, bloc := range s.Blocs {
			fmt.Fprintf(&b, "  - [%s]\n", joinCodes(bloc))
		}
	}
	return b.String()
}

func joinCodes(codes []string) string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = quoteCode(c)
	}
	return strings.Join(out, ", ")
}

// quoteCode quotes a country code, so that no reader of YAML takes one for
// something else (NOR is safe, NO was not).
func quoteCode(code string) string { return fmt.Sprintf("%q", code) }
