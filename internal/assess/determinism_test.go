package assess

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"chokepoint/internal/scenario"
)

// everything is the baseline of all units and some scenarios of several.
func everything(t testing.TB, e *Engine) []scenario.Scenario {
	list := baseline(e)
	return append(list,
		together(restriction(t, e, "palladium", "RUS"), restriction(t, e, "rhodium", "ZAF")),
		together(restriction(t, e, "palladium", "RUS"), restriction(t, e, "palladium", "ZAF")),
		together(restriction(t, e, "gallium", "CHN"), cut(outage(t, e, "copper-refined", "USA"), 0.5), restriction(t, e, "germanium", "CHN")))
}

// The answer has the same bits for any number of workers, in any order, alone
// or among others, on an engine that is new or that has answered before.
func TestSameBits(t *testing.T) {
	e := fresh(t, engine(t))
	list := everything(t, e)
	if len(list) < 1500 {
		t.Fatalf("%d scenarios", len(list))
	}
	want := make([]string, len(list))
	for i, r := range runWith(t, e, Options{Workers: 1, Detail: true}, list...) {
		want[i] = bits(r)
	}
	same := func(what string, order []int, results []*Result) {
		t.Helper()
		for k, r := range results {
			if got := bits(r); got != want[order[k]] {
				t.Errorf("%s: %s: %s, before %s", what, name(e, r), got, want[order[k]])
			}
		}
	}
	// All with eight workers; a third of them, in any order, with two and one.
	order := rand.New(rand.NewPCG(3, 4)).Perm(len(list))
	shuffled := make([]scenario.Scenario, len(list))
	for k, i := range order {
		shuffled[k] = list[i]
	}
	third := len(list) / 3
	same("eight workers", order, runWith(t, fresh(t, e), Options{Workers: 8, Detail: true}, shuffled...))
	same("two workers", order[:third], runWith(t, fresh(t, e), Options{Workers: 2, Detail: true}, shuffled[:third]...))
	same("one worker", order[third:2*third], runWith(t, fresh(t, e), Options{Workers: 1, Detail: true}, shuffled[third:2*third]...))
	same("again", order[:200], runWith(t, e, Options{Workers: 2, Detail: true}, shuffled[:200]...))
	for k, s := range shuffled[:40] {
		same("alone", order[k:k+1], runWith(t, fresh(t, e), Options{Workers: 1, Detail: true}, s))
	}
}

// Detail changes no total.
func TestDetailChangesNothing(t *testing.T) {
	e := fresh(t, engine(t))
	list := everything(t, e)
	plain := runWith(t, e, Options{Workers: 2}, list...)
	for i, r := range runWith(t, fresh(t, e), Options{Workers: 2, Detail: true}, list...) {
		if plain[i].Detail != nil || r.Detail == nil {
			t.Fatalf("%s: detail %v, %v", name(e, r), plain[i].Detail, r.Detail)
		}
		bare := *r
		bare.Detail = nil
		if bits(&bare) != bits(plain[i]) {
			t.Errorf("%s: %s with detail, %s without", name(e, r), bits(&bare), bits(plain[i]))
		}
	}
}

// Several goroutines ask one engine at once, about the same units and others.
func TestRunsAtTheSameTime(t *testing.T) {
	e := fresh(t, engine(t))
	list := append(varied(t, e), together(restriction(t, e, "palladium", "RUS"), restriction(t, e, "rhodium", "ZAF")))
	want := make([]string, len(list))
	for i, r := range run(t, fresh(t, e), list...) {
		want[i] = bits(r)
	}
	var wg sync.WaitGroup
	for g := range 6 {
		wg.Go(func() {
			mine := make([]scenario.Scenario, len(list)) // each starts elsewhere
			for k := range list {
				mine[k] = list[(k+7*g)%len(list)]
			}
			results, err := e.Run(context.Background(), mine, Options{Workers: 1 + g%3, Detail: true})
			if err != nil {
				t.Error(err)
				return
			}
			for k, r := range results {
				if got := bits(r); got != want[(k+7*g)%len(list)] {
					t.Errorf("goroutine %d: %s: %s, alone %s", g, name(e, r), got, want[(k+7*g)%len(list)])
				}
			}
		})
	}
	// Another method of the same catalogue is made meanwhile.
	wg.Go(func() {
		other, err := e.With(func(m *Method) { m.StockShare = 1 })
		if err != nil {
			t.Error(err)
			return
		}
		if _, err := other.One(context.Background(), list[0]); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
}

func TestCancelled(t *testing.T) {
	e := fresh(t, engine(t))
	list := baseline(e)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.Run(ctx, list, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	// The engine is as good as new.
	want := run(t, fresh(t, e), list[0])[0]
	if got := run(t, e, list[0])[0]; bits(got) != bits(want) {
		t.Errorf("after a cancelled run: %s, want %s", bits(got), bits(want))
	}
}
