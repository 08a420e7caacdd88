package economy

import (
	"math"
	"testing"
)

// beaOperator builds the real table and its operator with lambda = 1.
func beaOperator(tb testing.TB) *Operator {
	tb.Helper()
	t, err := Build(beaAccounts(tb))
	if err != nil {
		tb.Fatal(err)
	}
	op, err := t.NewOperator(1)
	if err != nil {
		tb.Fatal(err)
	}
	return op
}

// TestOracle compares the real table and operator with an independent reference.
func TestOracle(t *testing.T) {
	op := beaOperator(t)
	tab := op.Table
	want := readTable(t, "testdata", "expected_economy.csv")
	if len(want) != len(tab.Codes) {
		t.Fatalf("%d industries, want %d", len(tab.Codes), len(want))
	}
	worst := 0.0
	for i, r := range want {
		if r[0] != tab.Codes[i] {
			t.Fatalf("industry %d is %s, want %s", i, tab.Codes[i], r[0])
		}
		got := []float64{tab.OutputMUSD[i], tab.FinalDemandMUSD[i], tab.ValueAddedShare[i], tab.InputShare[i], op.At(i, i)}
		for k, g := range got {
			w := number(t, r[k+1])
			d := math.Abs(g - w)
			if d > 1e-9*math.Abs(w) {
				t.Errorf("%s column %d: %.15g, want %.15g", r[0], k+1, g, w)
			}
			if w != 0 {
				worst = math.Max(worst, d/math.Abs(w))
			}
		}
	}
	t.Logf("largest relative difference of the table: %.2g", worst)

	pos := map[string]int{}
	for i, c := range tab.Codes {
		pos[c] = i
	}
	worst = 0
	columns := []string{"334413", "336112", "331410", "325180", "327992"}
	rows := readTable(t, "testdata", "expected_G_columns.csv")
	for k, c := range columns {
		largest := 0.0
		for _, r := range rows {
			largest = math.Max(largest, math.Abs(number(t, r[k+1])))
		}
		for _, r := range rows {
			w, g := number(t, r[k+1]), op.At(pos[r[0]], pos[c])
			if d := math.Abs(g - w); d > 1e-9*largest {
				t.Errorf("G[%s,%s] = %.15g, want %.15g", r[0], c, g, w)
			} else {
				worst = math.Max(worst, d/largest)
			}
		}
	}
	t.Logf("largest difference of G relative to its column: %.2g", worst)
	t.Logf("balancing %+v, clipped %.6g", tab.Balancing, tab.ClippedMUSD)
	for i := range tab.Codes {
		if !tab.buys[i] && tab.Codes[i] != "814000" && tab.Codes[i] != "4200ID" {
			t.Errorf("%s stays out of H", tab.Codes[i])
		}
	}
	for _, c := range tab.Check() {
		if !c.OK() {
			t.Errorf("%s: %g above %g", c.Name, c.Size, c.Limit)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	a := beaAccounts(b)
	for b.Loop() {
		if _, err := Build(a); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewOperator(b *testing.B) {
	t, err := Build(beaAccounts(b))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := t.NewOperator(1); err != nil {
			b.Fatal(err)
		}
	}
}
