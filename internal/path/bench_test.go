package path_test

import (
	"testing"

	"chokepoint/internal/market"
	"chokepoint/internal/path"
)

// BenchmarkRun is a path of 60 months: budget 100 microseconds.
func BenchmarkRun(b *testing.B) {
	e := shipped(b)
	unit, err := e.Catalog.FindUnit("gallium")
	if err != nil {
		b.Fatal(err)
	}
	for _, price := range []path.StockPrice{path.OpeningStock, path.ClosingUsable} {
		b.Run(price.String(), func(b *testing.B) {
			var s path.Setup
			var o path.Outcome
			p := modes()
			p.StockPrice = price
			profile := path.Licensing(&p)
			balance := e.Balance(unit)
			if err := s.Build(balance, stop(balance, e.Catalog.Units[unit].Country("CHN")), market.SemiLog, 3); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := path.Run(&o, &s, &p, &profile, 60); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
