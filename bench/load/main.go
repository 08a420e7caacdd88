// Command load asks a running `chokepoint serve` what-if questions as a number of
// users at once would, and prints the times of the round trips. Every question
// differs, so that no answer comes out of the cache.
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

func main() {
	base := flag.String("address", "http://127.0.0.1:8417", "of the server")
	users := flag.Int("users", 20, "at once")
	pause := flag.Duration("pause", 100*time.Millisecond, "of a user between two questions")
	lasts := flag.Duration("time", time.Minute, "of the whole")
	omit := flag.String("omit", "", "parts to leave out, such as sources,sharing_rules,industries")
	flag.Parse()

	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: *users}}
	times := make([][]time.Duration, *users)
	failures := make([]int, *users)
	end := time.Now().Add(*lasts)
	var wg sync.WaitGroup
	for u := range *users {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(u)))
			units := []string{"gallium&from=CHN", "palladium&from=RUS", "tungsten&from=CHN", "rhodium&from=ZAF", "antimony&from=CHN", "cobalt-metal&from=COD"}
			for time.Now().Before(end) {
				at := fmt.Sprintf("%s/api/v1/scenarios/evaluate?commodity=%s&cut=%.6f&months=%d", *base, units[r.IntN(len(units))], r.Float64(), 1+r.IntN(12))
				if *omit != "" {
					at += "&omit=" + *omit
				}
				start := time.Now()
				response, err := client.Get(at)
				if err != nil {
					failures[u]++
					continue
				}
				_, err = io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if err != nil || response.StatusCode != http.StatusOK {
					failures[u]++
					continue
				}
				times[u] = append(times[u], time.Since(start))
				time.Sleep(time.Duration(float64(*pause) * (0.5 + r.Float64())))
			}
		})
	}
	wg.Wait()
	all := slices.Concat(times...)
	failed := 0
	for _, n := range failures {
		failed += n
	}
	if len(all) == 0 {
		fmt.Fprintln(os.Stderr, "load: no answer")
		os.Exit(1)
	}
	slices.Sort(all)
	at := func(q int) float64 { return float64(all[(len(all)-1)*q/100].Microseconds()) / 1000 }
	fmt.Printf("%d users, %v: %d answers, %d failures; round trip p50 %.1f ms, p95 %.1f ms, p99 %.1f ms, longest %.0f ms\n", *users, *lasts, len(all), failed, at(50), at(95), at(99), at(100))
	if failed > 0 {
		os.Exit(1)
	}
}
