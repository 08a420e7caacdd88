package lists

// Combination is one overlap of the table over editions and rules.
type Combination struct {
	Editions []int
	Rules    RuleSet
	Overlap  []int
}

// Series of the table over all editions: the critical lists of the three
// economies that are compared most.
func comparedSeries() []string { return []string{"us-critical", "eu-critical", "jp-critical"} }

// Combinations computes the overlap of every choice of one complete edition from
// each of the compared series, under every variant of the rules. The last edition
// and then the rules change fastest.
func (l *Lists) Combinations(s RuleSet) []Combination {
	variants := l.Variants(s)
	var choices [][]int
	for _, series := range comparedSeries() {
		var of []int
		for i := range l.Editions {
			if e := &l.Editions[i]; e.Series == series && e.Complete == Complete {
				of = append(of, i)
			}
		}
		choices = append(choices, of)
	}
	views := make([]map[int]View, len(variants))
	for v := range variants {
		views[v] = map[int]View{}
		for _, of := range choices {
			for _, e := range of {
				views[v][e] = l.View(e, variants[v])
			}
		}
	}
	var out []Combination
	chosen := make([]int, len(choices))
	var choose func(k int)
	choose = func(k int) {
		if k < len(choices) {
			for _, e := range choices[k] {
				chosen[k] = e
				choose(k + 1)
			}
			return
		}
		for v := range variants {
			picked := make([]View, len(chosen))
			for i, e := range chosen {
				picked[i] = views[v][e]
			}
			out = append(out, Combination{append([]int(nil), chosen...), variants[v], Overlap(picked...)})
		}
	}
	choose(0)
	return out
}
