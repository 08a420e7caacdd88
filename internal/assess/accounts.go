package assess

import (
	"chokepoint/internal/catalog"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/economy"
)

// buildTable reads the benchmark accounts of the United States and carries
// them to 2023 (model.md section 5). Industries stand in the catalogue's order.
func buildTable(c *catalog.Catalog) (*economy.Table, error) {
	names := []string{"bea_commodities", "bea_make", "bea_use", "bea_import_use", "bea_final_use", "bea_import_final_use",
		"bea_value_added", "bea_industries", "bea_summary_industries", "substitution_elasticity"}
	t := map[string]*datapackage.Table{}
	for _, n := range names {
		table, err := c.Package.Table(n)
		if err != nil {
			return nil, err
		}
		if _, err := c.Package.CheckReferences(n); err != nil {
			return nil, err
		}
		t[n] = table
	}
	industryAt, commodityAt := map[string]int{}, map[string]int{}
	a := &economy.Accounts{Commodities: t["bea_commodities"].Text("bea_commodity"), BaseYear: 2017, TargetYear: 2023}
	for i, ind := range c.Industries {
		a.Industries = append(a.Industries, ind.Code)
		industryAt[ind.Code] = i
	}
	for k, code := range a.Commodities {
		commodityAt[code] = k
	}
	cells := func(name, row, col, value string, rowAt, colAt map[string]int) []economy.Cell {
		tab := t[name]
		rows, cols, musd := tab.Text(row), tab.Text(col), tab.Numbers(value)
		out := make([]economy.Cell, tab.Rows())
		for i := range out {
			out[i] = economy.Cell{Row: rowAt[rows[i]], Col: colAt[cols[i]], MUSD: musd[i]}
		}
		return out
	}
	a.Make = cells("bea_make", "industry", "bea_commodity", "output_musd", industryAt, commodityAt)
	a.Use = cells("bea_use", "bea_commodity", "industry", "use_musd", commodityAt, industryAt)
	a.ImportUse = cells("bea_import_use", "bea_commodity", "industry", "import_musd", commodityAt, industryAt)
	final := func(name, value string) []economy.FinalCell {
		tab := t[name]
		out := make([]economy.FinalCell, tab.Rows())
		for i := range out {
			out[i] = economy.FinalCell{Commodity: commodityAt[tab.Text("bea_commodity")[i]], Use: tab.Text("final_use")[i], MUSD: tab.Numbers(value)[i]}
		}
		return out
	}
	a.FinalUse = final("bea_final_use", "use_musd")
	a.ImportFinalUse = final("bea_import_final_use", "import_musd")

	a.ValueAddedMUSD = make([]float64, len(a.Industries))
	for row, code := range t["bea_value_added"].Text("industry") {
		a.ValueAddedMUSD[industryAt[code]] += t["bea_value_added"].Numbers("value_added_musd")[row]
	}
	summary := t["bea_summary_industries"]
	shareRatio := map[string]float64{}
	for row, code := range summary.Text("summary_industry") {
		value := func(field string) float64 { return summary.Numbers(field)[row] }
		shareRatio[code] = ratio(value("value_added_2023_musd"), value("gross_output_2023_musd"), value("value_added_2017_musd"), value("gross_output_2017_musd"))
	}
	// The five summary industries of government (GFE, GFGD, GFGN, GSLE, GSLG) have no
	// estimate: they take the mean of the others.
	elasticity, mean := map[string]float64{}, 0.0
	for row, code := range t["substitution_elasticity"].Text("summary_industry") {
		elasticity[code] = t["substitution_elasticity"].Numbers("mean_theta")[row]
		mean += elasticity[code] / float64(t["substitution_elasticity"].Rows())
	}
	ind := t["bea_industries"]
	for row := range a.Industries {
		a.OutputRatio = append(a.OutputRatio, ratio(ind.Numbers("gross_output_2023_musd")[row], 1, ind.Numbers("gross_output_2017_musd")[row], 1))
		a.ValueShareRatio = append(a.ValueShareRatio, shareRatio[ind.Text("summary_industry")[row]])
		theta, ok := elasticity[ind.Text("summary_industry")[row]]
		if !ok {
			theta = mean
		}
		a.SubstitutionElasticity = append(a.SubstitutionElasticity, theta)
	}
	return economy.Build(a)
}

// ratio is (a/b)/(c/d), and 1 where that says nothing.
func ratio(a, b, c, d float64) float64 {
	if !(b > 0 && c > 0 && d > 0) {
		return 1
	}
	return (a / b) / (c / d)
}
