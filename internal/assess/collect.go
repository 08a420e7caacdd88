package assess

import "context"

// Drawn holds the draws of one scenario, by draw.
type Drawn struct {
	LossMUSD, RealMUSD, TermsOfTradeMUSD []float64
	Parts                                [5][]float64 // (i) to (v)
	PriceRatio, UseCut                   []float64
	NoPrice                              int // draws without a price; PriceRatio leaves them out
	NothingWithdrawn                     int // draws in which nothing was left to withdraw
}

// Collect runs draws 0..n-1 and keeps all numbers of every scenario. It is for a
// few scenarios: memory grows with scenarios times draws.
func (s *Sampler) Collect(ctx context.Context, n uint64, workers int) ([]Drawn, error) {
	out := make([]Drawn, len(s.Scenarios))
	err := s.Run(ctx, 0, n, workers, func(d *Draw) error {
		for i := range out {
			x, p := &out[i], d.Parts[i]
			x.LossMUSD = append(x.LossMUSD, d.LossMUSD[i])
			x.RealMUSD = append(x.RealMUSD, p.RealMUSD())
			x.TermsOfTradeMUSD = append(x.TermsOfTradeMUSD, p.TermsOfTradeMUSD())
			for k, v := range []float64{p.HitMUSD, p.UsersPriceMUSD, p.ProducerVolumeMUSD, p.ProducerPriceMUSD, p.RestMUSD} {
				x.Parts[k] = append(x.Parts[k], v)
			}
			if d.PriceRatio[i] > 0 {
				x.PriceRatio = append(x.PriceRatio, d.PriceRatio[i])
			} else {
				x.NoPrice++
			}
			x.UseCut = append(x.UseCut, d.UseCut[i])
			if !d.Withdrawn[i] {
				x.NothingWithdrawn++
			}
		}
		return nil
	})
	return out, err
}
