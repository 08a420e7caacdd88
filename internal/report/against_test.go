package report

import (
	"slices"
	"testing"

	"chokepoint/data"
	"chokepoint/internal/catalog"
	"chokepoint/internal/lists"
	"chokepoint/internal/rank"
)

// TestNamesDropped: a name is dropped when all its units are ranked and none is
// recommended; one recommended unit, or one that is not ranked, keeps it.
func TestNamesDropped(t *testing.T) {
	base, err := data.FS()
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Load(base)
	if err != nil {
		t.Fatal(err)
	}
	l, err := lists.Load(c)
	if err != nil {
		t.Fatal(err)
	}
	edition, _ := l.Edition("us-2025-final")
	row := func(id string, recommended bool) rank.Row {
		u, ok := c.Unit(id)
		if !ok {
			t.Fatal("no unit " + id)
		}
		return rank.Row{Unit: u, Recommended: recommended}
	}
	for _, x := range []struct {
		rows []rank.Row
		want []string
	}{
		{nil, nil},
		{[]rank.Row{row("copper-mined", false)}, nil},
		{[]rank.Row{row("copper-mined", false), row("copper-refined", true)}, nil},
		{[]rank.Row{row("copper-mined", false), row("copper-refined", false), row("tin", true), row("gold", false), row("rubidium", false)}, []string{"copper", "rubidium"}},
	} {
		if got := NamesDropped(l, edition, x.rows); !slices.Equal(got, x.want) {
			t.Errorf("%v: dropped %v, want %v", x.rows, got, x.want)
		}
	}
}
