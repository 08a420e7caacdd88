package catalog

// Grade is an evidence grade, A (official) to D (judgement).
type Grade byte

// graded collects weights by grade.
type graded [4]float64

func (g *graded) add(grade string, weight float64) {
	if len(grade) == 1 && grade[0] >= 'A' && grade[0] <= 'D' {
		g[grade[0]-'A'] += weight
	}
}

// letter is the worst grade such that it and worse ones hold at least half of
// the weight. Shares carry rounding: half is meant to a part in a billion.
func (g graded) letter() Grade {
	total := g[0] + g[1] + g[2] + g[3]
	if !(total > 0) {
		return 'D'
	}
	sum := 0.0
	for k := 3; k > 0; k-- {
		if sum += g[k]; sum >= total/2*(1-1e-9) {
			return Grade('A' + k)
		}
	}
	return 'A'
}

// Evidence gives the three letters of a unit: grades of supply and use by
// country, weighted by share, and of dependence, weighted by what it puts at
// stake, w_a dep_ja times the value added of industry j (million USD, by
// catalogue index) in each judgement that counts.
func (c *Catalog) Evidence(f *Figures, j Judgement, valueAddedMUSD []float64) string {
	u := &c.Units[f.Unit]
	var supply, use, dependence graded
	for k := range u.Countries {
		if row := u.rows.supply[k]; row >= 0 {
			supply.add(c.tables.supply.Text("grade")[row], f.SupplyShare[k])
		}
		if row := u.rows.use[k]; row >= 0 {
			use.add(c.tables.use.Text("grade")[row], f.UseShare[k])
		}
	}
	share := make([]float64, len(u.Applications))
	for k, a := range f.Applications {
		share[a] = f.ApplicationShare[k]
	}
	dep, grade := c.tables.pairs.Numbers("dependence_mode"), c.tables.pairs.Text("grade")
	for k, p := range u.Pairs {
		for judge, row := range u.rows.pair[k] {
			if row >= 0 && j.includes(judge) {
				dependence.add(grade[row], share[p.Application]*dep[row]*valueAddedMUSD[p.Industry])
			}
		}
	}
	return string([]byte{byte(supply.letter()), '/', byte(use.letter()), '/', byte(dependence.letter())})
}
