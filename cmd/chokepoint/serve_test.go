package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"chokepoint/internal/fault"
)

// TestServe: the address is the first line; an interrupt ends the server with 0.
func TestServe(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	r, w := io.Pipe()
	ended := make(chan fault.Code, 1)
	go func() {
		code := run(ctx, []string{"serve", "--listen", "127.0.0.1:0", "--scenarios", t.TempDir(), "--method", "sharing=pro-rata", "-q"}, w, io.Discard)
		w.Close()
		ended <- code
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("%v, code %d", err, <-ended)
	}
	response, err := http.Get(strings.TrimSpace(line) + "api/v1/version")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(body), `"sharing":"pro-rata"`) {
		t.Errorf("%s %.300s %v", response.Status, body, err)
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if code := <-ended; code != fault.OK {
		t.Errorf("exit code %d", code)
	}
}

func TestServeErrors(t *testing.T) {
	for want, args := range map[string][]string{
		"--listen":                   {"--listen", "nowhere:x"},
		"the folder cannot be":       {"--listen", "127.0.0.1:0", "--scenarios", "no-such-folder"},
		"limit concurrent":           {"--listen", "127.0.0.1:0", "--max-concurrent", "0"},
		"unknown flag":               {"--port", "80"},
		"unknown setting \"colour\"": {"--method", "colour"},
	} {
		code, stdout, stderr := cli(append([]string{"serve"}, args...)...)
		if code != fault.Usage || !strings.Contains(stderr, want) || stdout != "" {
			t.Errorf("%v: code %d, %q, %q", args, code, stdout, stderr)
		}
	}
}
