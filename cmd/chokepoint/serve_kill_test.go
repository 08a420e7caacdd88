package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// serveChildVariable makes the test binary serve with the flags in it, one a line.
const serveChildVariable = "CHOKEPOINT_TEST_SERVE"

// TestServeChild is the process that tests kill.
func TestServeChild(t *testing.T) {
	if flags := os.Getenv(serveChildVariable); flags != "" {
		words := append([]string{"serve", "--listen", "127.0.0.1:0", "--workers", "1", "-q"}, strings.Split(flags, "\n")...)
		os.Exit(int(run(context.Background(), words, os.Stdout, os.Stderr)))
	}
}

// serveChild starts a server with flags in a process of its own, and returns the
// address of its API and what kills it.
func serveChild(t *testing.T, flags ...string) (address string, kill func()) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestServeChild$")
	child.Env = append(os.Environ(), serveChildVariable+"="+strings.Join(flags, "\n"))
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = child.Process.Kill() // it may have ended
		_ = child.Wait()         // with the signal
	})
	t.Cleanup(kill)
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not start: %v", err)
	}
	return strings.TrimSpace(line) + "api/v1", kill
}

// killedScenario is the n-th text saved under a name, long enough to be torn.
func killedScenario(name string, n int) string {
	var assumptions []string
	for i := range 200 {
		assumptions = append(assumptions, fmt.Sprintf("%s %d: assumption %d of 200, so that the file is not a short one", name, n, i))
	}
	text, _ := json.Marshal(map[string]any{
		"format": 1, "title": fmt.Sprintf("%s %d", name, n), "months": 6, "assumptions": assumptions,
		"withdrawals": []any{map[string]any{"commodity": []string{"gallium"}, "from": []string{"CHN"}}},
	})
	return string(text)
}

// kill -9 while scenarios are saved: what was answered is there, whole, and what
// was not is there whole or not at all.
func TestServeKilled(t *testing.T) {
	const writers, answers, replaced = 4, 20, 3
	dir := t.TempDir()
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	send := func(method, url, body string) (status int, text []byte, err error) {
		request, err := http.NewRequest(method, url, strings.NewReader(body))
		if err != nil {
			return 0, nil, err
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := client.Do(request)
		if err != nil {
			return 0, nil, err
		}
		defer response.Body.Close()
		text, err = io.ReadAll(response.Body)
		return response.StatusCode, text, err
	}
	type last struct{ answered, sent int } // 0 = none
	var mu sync.Mutex
	saved := map[string]last{}
	for round := range 2 {
		base, kill := serveChild(t, "--scenarios", dir)
		address := base + "/scenarios"
		var answered atomic.Int64
		var done sync.WaitGroup
		for w := range writers {
			done.Go(func() {
				// Until the server is gone: each name is saved once and replaced twice.
				for i := 0; ; i++ {
					name := fmt.Sprintf("w%d-%d-%d", round, w, i/replaced)
					mu.Lock()
					x := saved[name]
					x.sent++
					saved[name] = x
					mu.Unlock()
					// A status that came before the kill counts, its body need not be whole.
					status, text, err := send("PUT", address+"/"+name, killedScenario(name, x.sent))
					if status == 0 && err != nil {
						return
					}
					if status/100 != 2 {
						t.Errorf("PUT %s: %d %s", name, status, text)
						kill()
						return
					}
					mu.Lock()
					x.answered = x.sent
					saved[name] = x
					mu.Unlock()
					if answered.Add(1) == answers {
						go kill()
					}
				}
			})
		}
		done.Wait()
		kill()
		if n := answered.Load(); n < answers {
			t.Fatalf("round %d: %d PUTs answered before the server was gone, want %d", round, n, answers)
		}
	}
	// A file that a kill left half written, under the name it has until it is whole.
	write(t, filepath.Join(dir, ".chokepoint-HALF"), "format: 1\ntitle: ha")

	base, _ := serveChild(t, "--scenarios", dir)
	address := base + "/scenarios"
	status, text, err := send("GET", address, "")
	if err != nil || status != http.StatusOK {
		t.Fatalf("list: %d %s %v", status, text, err)
	}
	var list struct {
		Scenarios []struct{ Name, Origin, Title, Problem string }
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, y := range list.Scenarios {
		if y.Origin != "saved" {
			continue
		}
		there[y.Name] = true
		x, known := saved[y.Name]
		if !known || y.Problem != "" {
			t.Errorf("listed after kills: %+v", y)
			continue
		}
		status, text, err := send("GET", address+"/"+y.Name, "")
		var got struct {
			Scenario struct {
				Title       string
				Assumptions []string
			}
		}
		if err != nil || status != http.StatusOK || json.Unmarshal(text, &got) != nil {
			t.Errorf("GET %s: %d %.300s %v", y.Name, status, text, err)
			continue
		}
		whole := false
		for n := max(x.answered, 1); n <= x.sent; n++ {
			var want struct {
				Title       string
				Assumptions []string
			}
			if err := json.Unmarshal([]byte(killedScenario(y.Name, n)), &want); err != nil {
				t.Fatal(err)
			}
			whole = whole || got.Scenario.Title == want.Title && strings.Join(got.Scenario.Assumptions, "\n") == strings.Join(want.Assumptions, "\n")
		}
		if !whole {
			t.Errorf("%s: %q with %d assumptions is none of the texts %d to %d", y.Name, got.Scenario.Title, len(got.Scenario.Assumptions), x.answered, x.sent)
		}
	}
	for name, x := range saved {
		if x.answered > 0 && !there[name] {
			t.Errorf("%s was answered and is gone", name)
		}
	}
}
