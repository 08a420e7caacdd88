package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// served is a server of runs in a process of its own.
type served struct {
	t    *testing.T
	base string
	kill func()
}

func serveRuns(t *testing.T, dir string) *served {
	t.Helper()
	s := &served{t: t}
	s.base, s.kill = serveChild(t, "--runs", dir)
	return s
}

func (s *served) ask(method, target, body string, want int) []byte {
	s.t.Helper()
	r, err := http.NewRequest(method, s.base+target, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != want {
		s.t.Fatalf("%s %s: %s %s %v", method, target, response.Status, b, err)
	}
	return b
}

// start posts a run and returns its id.
func (s *served) start(body string) string {
	s.t.Helper()
	var x struct{ ID string }
	if err := json.Unmarshal(s.ask("POST", "/runs", body, http.StatusAccepted), &x); err != nil {
		s.t.Fatal(err)
	}
	return x.ID
}

func (s *served) wait(id string) {
	s.t.Helper()
	for {
		var x struct{ State, Error string }
		if err := json.Unmarshal(s.ask("GET", "/runs/"+id, "", http.StatusOK), &x); err != nil {
			s.t.Fatal(err)
		}
		switch x.State {
		case "done":
			return
		case "queued", "running":
			time.Sleep(5 * time.Millisecond)
		default:
			s.t.Fatalf("%s: %s", x.State, x.Error)
		}
	}
}

// kill -9 at once after the answer, and in the middle: every run that was
// answered is there, and gives what `batch` and `rank` give.
func TestServeRunsKilled(t *testing.T) {
	dir := t.TempDir()
	s := serveRuns(t, dir)
	long := s.start(`{"units":"gallium","draws":5001}`)
	short := s.start(`{"units":["gallium","germanium"],"draws":40,"seed":2}`)
	s.kill()
	s = serveRuns(t, dir)
	for range 5000 { // until a shard is confirmed
		if _, err := os.Stat(filepath.Join(dir, long, "manifests", "00000.json")); err == nil {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	s.kill()
	before := read(t, filepath.Join(dir, long, "attempts", "00000.ndjson"))
	s = serveRuns(t, dir)
	s.wait(long)
	s.wait(short)
	if after := read(t, filepath.Join(dir, long, "attempts", "00000.ndjson")); after != before {
		t.Errorf("a confirmed shard was computed again:\n%s", after)
	}
	for id, args := range map[string][]string{long: {"gallium", "--draws", "5001"}, short: {"gallium", "germanium", "--draws", "40", "--seed", "2"}} {
		got := string(s.ask("GET", "/runs/"+id+"/result.csv", "", http.StatusOK))
		if want := ok(t, append([]string{"rank", "--format", "csv", "-q"}, args...)...); got != want {
			t.Errorf("run of %v\n%s\n`rank`\n%s", args, got, want)
		}
		if want := ok(t, "batch", "gather", filepath.Join(dir, id), "--format", "csv", "-q"); got != want {
			t.Errorf("run of %v\n%s\n`batch gather`\n%s", args, got, want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
