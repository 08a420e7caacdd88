package economy

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// readTable reads one table of the repository's data, without its header.
func readTable(tb testing.TB, path ...string) [][]string {
	tb.Helper()
	f, err := os.Open(filepath.Join(path...))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	return rows[1:]
}

func number(tb testing.TB, s string) float64 {
	tb.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// beaAccounts reads the accounts of 2017 from the repository's tables.
func beaAccounts(tb testing.TB) *Accounts {
	tb.Helper()
	bea := func(name string) [][]string { return readTable(tb, "..", "..", "data", "tables", "bea_"+name+".csv") }
	a := &Accounts{BaseYear: 2017, TargetYear: 2023}
	ind, com := map[string]int{}, map[string]int{}
	for i, r := range bea("commodities") {
		com[r[0]] = i
		a.Commodities = append(a.Commodities, r[0])
	}
	share := map[string]float64{}
	for _, r := range bea("summary_industries") {
		share[r[0]] = (number(tb, r[4]) / number(tb, r[2])) / (number(tb, r[3]) / number(tb, r[1]))
	}
	theta, mean := map[string]float64{}, 0.0
	elasticities := readTable(tb, "..", "..", "data", "tables", "substitution_elasticity.csv")
	for _, r := range elasticities {
		theta[r[0]] = number(tb, r[1])
		mean += theta[r[0]] / float64(len(elasticities))
	}
	for i, r := range bea("industries") {
		ind[r[0]] = i
		a.Industries = append(a.Industries, r[0])
		ratio, s := 1.0, 1.0
		if r[3] != "" && r[4] != "" && number(tb, r[3]) > 0 {
			ratio = number(tb, r[4]) / number(tb, r[3])
		}
		if v, ok := share[r[2]]; ok {
			s = v
		}
		e, ok := theta[r[2]]
		if !ok {
			e = mean
		}
		a.SubstitutionElasticity = append(a.SubstitutionElasticity, e)
		a.OutputRatio, a.ValueShareRatio = append(a.OutputRatio, ratio), append(a.ValueShareRatio, s)
	}
	cells := func(name string, row, col map[string]int) (out []Cell) {
		for _, r := range bea(name) {
			i, ok1 := row[r[0]]
			j, ok2 := col[r[1]]
			if !ok1 || !ok2 {
				tb.Fatalf("%s: unknown code in %v", name, r)
			}
			out = append(out, Cell{i, j, number(tb, r[2])})
		}
		return out
	}
	a.Make, a.Use, a.ImportUse = cells("make", ind, com), cells("use", com, ind), cells("import_use", com, ind)
	for _, r := range bea("final_use") {
		a.FinalUse = append(a.FinalUse, FinalCell{com[r[0]], r[1], number(tb, r[2])})
	}
	for _, r := range bea("import_final_use") {
		a.ImportFinalUse = append(a.ImportFinalUse, FinalCell{com[r[0]], r[1], number(tb, r[2])})
	}
	a.ValueAddedMUSD = make([]float64, len(a.Industries))
	for _, r := range bea("value_added") {
		a.ValueAddedMUSD[ind[r[0]]] += number(tb, r[2])
	}
	return a
}
