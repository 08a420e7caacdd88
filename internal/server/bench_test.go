package server

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkWhatIf is the load that a slider makes: 20 users at once, each
// question as soon as the answer is there, over connections that stay open. The
// first three leave out what does not change before their eyes, as the explorer
// does while a slider moves; whole is the answer with everything.
// p50-ms and p95-ms are of the round trip.
func BenchmarkWhatIf(b *testing.B) {
	for _, x := range []struct {
		name     string
		question func(*rand.Rand) string
	}{
		{"cut", func(r *rand.Rand) string {
			return fmt.Sprintf(`{"commodity":"gallium","from":"CHN","cut":%.3f,"months":%d,"omit":["sources","sharing_rules"]}`, r.Float64(), 1+r.IntN(12))
		}},
		{"stocks", func(r *rand.Rand) string {
			return fmt.Sprintf(`{"commodity":"palladium","from":"RUS","cut":%.3f,"method":{"stocks":%.3f},"omit":["sources","sharing_rules"]}`, r.Float64(), r.Float64())
		}},
		{"set", func(r *rand.Rand) string {
			return fmt.Sprintf(`{"commodity":"gallium","from":"CHN","set":["gallium.supply.CHN.share=%.3f"],"omit":["sources","sharing_rules"]}`, 0.5+r.Float64()/2)
		}},
		{"whole", func(r *rand.Rand) string {
			return fmt.Sprintf(`{"commodity":"gallium","from":"CHN","to":"USA","cut":%.3f}`, r.Float64())
		}},
	} {
		b.Run(x.name, func(b *testing.B) { load(b, 20, x.question) })
	}
}

func load(b *testing.B, users int, question func(*rand.Rand) string) {
	s := newServer(b, nil)
	l, done := listen(b, s)
	defer done()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: users}}
	defer client.CloseIdleConnections()
	target := "http://" + l.Addr().String() + evaluate
	var next atomic.Int64
	times := make([][]time.Duration, users)
	var wg sync.WaitGroup
	b.ResetTimer()
	for u := range users {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(2, uint64(u)))
			for next.Add(1) <= int64(b.N) {
				start := time.Now()
				response, err := client.Post(target, "application/json", strings.NewReader(question(r)))
				if err != nil {
					b.Error(err)
					return
				}
				if _, err := io.Copy(io.Discard, response.Body); err != nil {
					b.Error(err)
				}
				response.Body.Close()
				if response.StatusCode != http.StatusOK {
					b.Error(response.Status)
				}
				times[u] = append(times[u], time.Since(start))
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	all := slices.Concat(times...)
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(all[len(all)*95/100].Microseconds())/1000, "p95-ms")
}

func BenchmarkPages(b *testing.B) {
	s := newServer(b, func(o *Options) { o.Limits.CacheBytes = 0 })
	h := s.Handler(address)
	for _, target := range []string{"/rank", "/units", "/units/gallium", "/scenarios", "/sources", "/scenarios/evaluate?commodity=gallium&from=CHN", "/scenarios/evaluate?commodity=gallium&from=CHN&omit=sources,industries,sharing_rules"} {
		b.Run(strings.ReplaceAll(target, "/", "_"), func(b *testing.B) {
			for b.Loop() {
				if r := do(h, "GET", "/api/v1"+target, "", "Accept-Encoding", "gzip"); r.StatusCode != 200 {
					b.Fatal(r.Status)
				}
			}
		})
	}
}
