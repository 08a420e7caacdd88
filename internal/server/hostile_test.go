package server

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const evaluate = "/api/v1/scenarios/evaluate"

// TestHostAndOrigin: a request to another name, or from another site, gets nothing.
func TestHostAndOrigin(t *testing.T) {
	s := newServer(t, func(o *Options) { o.AllowHosts = []string{"minerals.example", "other.example:443"} })
	h := s.Handler(address)
	for _, host := range []string{"127.0.0.1:8417", "localhost:8417", "LOCALHOST:8417", "[::1]:8417", "minerals.example", "minerals.example:9", "other.example:443"} {
		if r := do(h, "GET", "/api/v1/version", "", "Host", host); r.StatusCode != 200 {
			t.Errorf("Host %s: %s", host, r.Status)
		}
	}
	for _, host := range []string{"evil.example", "evil.example:8417", "127.0.0.1:80", "localhost", "localhost:8418", "127.0.0.1.evil.example:8417", "other.example:80", "", "127.0.0.1:8417:8417", "[::1", "0.0.0.0:8417"} {
		for _, target := range []string{"/", "/api/v1/version"} {
			wantProblem(t, do(h, "GET", target, "", "Host", host), 403, "forbidden", "another name")
		}
	}
	const body = `{"commodity":"gallium","from":"CHN"}`
	for _, origin := range []string{"http://127.0.0.1:8417", "http://localhost:8417", "https://other.example"} {
		if r := do(h, "POST", evaluate, body, "Origin", origin); r.StatusCode != 200 {
			t.Errorf("Origin %s: %s", origin, r.Status)
		}
	}
	for _, origin := range []string{"http://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:8417.evil.example", "file://", "http://localhost:8418", "https://evil.example#http://127.0.0.1:8417", "x"} {
		for _, method := range []string{"POST", "GET"} {
			b := body
			if method == "GET" {
				b = ""
			}
			wantProblem(t, do(h, method, evaluate, b, "Origin", origin), 403, "forbidden", "another site")
		}
		wantProblem(t, do(h, "PUT", "/api/v1/scenarios/mine", body, "Origin", origin), 403, "forbidden", "another site")
		wantProblem(t, do(h, "DELETE", "/api/v1/scenarios/mine", "", "Origin", origin), 403, "forbidden", "another site")
	}
	// What a browser says of a request.
	for _, x := range []struct {
		method, site, mode, dest string
		status                   int
	}{
		{"GET", "same-origin", "cors", "empty", 200}, {"GET", "none", "navigate", "document", 200}, {"GET", "cross-site", "navigate", "document", 200},
		{"GET", "cross-site", "no-cors", "script", 403}, {"GET", "cross-site", "no-cors", "image", 403}, {"GET", "same-site", "cors", "empty", 403}, {"GET", "cross-site", "navigate", "iframe", 403},
		{"POST", "cross-site", "navigate", "document", 403}, {"POST", "cross-site", "cors", "empty", 403},
	} {
		target, b := "/api/v1/version", ""
		if x.method == "POST" {
			target, b = evaluate, body
		}
		if r := do(h, x.method, target, b, "Sec-Fetch-Site", x.site, "Sec-Fetch-Mode", x.mode, "Sec-Fetch-Dest", x.dest); r.StatusCode != x.status {
			t.Errorf("%+v: %s", x, r.Status)
		}
	}
	// A form of another site cannot post: it has no such content type.
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/jsonp", "application/json;;"} {
		wantProblem(t, do(h, "POST", evaluate, body, "Content-Type", kind), 415, "unsupported-media-type", "")
	}
	wantProblem(t, do(h, "POST", evaluate, body, "Content-Type", "application/yaml"), 415, "unsupported-media-type", "application/json")
	wantProblem(t, do(h, "POST", evaluate, body, "Content-Encoding", "gzip"), 415, "unsupported-media-type", "")
}

// TestBodies: what is too large, too deep, malformed or unknown is refused with
// its place, and nothing of it is computed.
func TestBodies(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	for name, x := range map[string]struct {
		body         string
		status       int
		code, detail string
	}{
		"large":            {`{"label":"` + strings.Repeat("x", 300<<10) + `"}`, 413, "too-large", "at most 256 KiB"},
		"deep arrays":      {strings.Repeat("[", 100_000), 413, "too-large", "nested too deeply"},
		"deep objects":     {strings.Repeat(`{"scenario":`, 20_000), 413, "too-large", "nested too deeply"},
		"deep scenario":    {`{"scenario":{"format":1,"withdrawals":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}}`, 413, "too-large", "nested too deeply"},
		"no json":          {`commodity=gallium`, 400, "usage", "no JSON"},
		"early end":        {`{"commodity":"gallium"`, 400, "usage", "ends too early"},
		"two documents":    {`{} {}`, 400, "usage", "after the JSON document"},
		"array":            {`[]`, 400, "usage", "no object"},
		"null":             {`null`, 400, "usage", "no object"},
		"empty object":     {`{}`, 400, "usage", "0 scenarios"},
		"unknown field":    {`{"commodity":"gallium","from":"CHN","cutt":1}`, 400, "usage", `unknown field "cutt"`},
		"case":             {`{"Commodity":"gallium","from":"CHN"}`, 400, "usage", `unknown field "Commodity"`},
		"twice":            {`{"commodity":"gallium","commodity":"germanium","from":"CHN"}`, 400, "usage", "stands twice"},
		"many keys":        {`{` + manyKeys(200) + `}`, 400, "usage", "too many keys"},
		"two ways":         {`{"commodity":"gallium","from":"CHN","name":"china-us-ban-2024"}`, 400, "usage", "2 scenarios"},
		"no country":       {`{"commodity":"gallium"}`, 400, "usage", "no country"},
		"huge number":      {`{"commodity":"gallium","from":"CHN","months":1e999}`, 400, "usage", "no number"},
		"huge cut":         {`{"commodity":"gallium","from":"CHN","cut":1e999}`, 400, "usage", "no share"},
		"NaN":              {`{"commodity":"gallium","from":"CHN","months":NaN}`, 400, "usage", "no JSON"},
		"NaN text":         {`{"commodity":"gallium","from":"CHN","cut":"NaN"}`, 400, "usage", "no share"},
		"Infinity text":    {`{"commodity":"gallium","from":"CHN","method":{"lambda":"Infinity"}}`, 400, "usage", "0.1 to 1"},
		"negative months":  {`{"commodity":"gallium","from":"CHN","months":-1}`, 400, "usage", "more than 0"},
		"no months":        {`{"commodity":"gallium","from":"CHN","months":0}`, 400, "usage", "more than 0"},
		"months as text":   {`{"commodity":"gallium","from":"CHN","months":"6"}`, 400, "usage", "no number"},
		"cut as list":      {`{"commodity":"gallium","from":"CHN","cut":[1]}`, 400, "usage", "no number"},
		"cut above 1":      {`{"commodity":"gallium","from":"CHN","cut":"150%"}`, 400, "usage", "no share"},
		"control":          {`{"commodity":"gal\u0000lium","from":"CHN"}`, 400, "usage", "control character"},
		"escape":           {`{"commodity":"gallium","from":"\u001b[31mCHN"}`, 400, "usage", "control character"},
		"no utf-8":         {"{\"commodity\":\"gall\xffium\",\"from\":\"CHN\"}", 400, "usage", "UTF-8"},
		"unknown mineral":  {`{"commodity":"galium","from":"CHN"}`, 400, "usage", "did you mean gallium"},
		"itself":           {`{"commodity":"gallium","from":"USA"}`, 400, "usage", "United States"},
		"path as name":     {`{"name":"../../etc/passwd"}`, 400, "usage", "no name"},
		"name with null":   {`{"name":"a\u0000b"}`, 400, "usage", "control character"},
		"unknown name":     {`{"name":"no-such-thing"}`, 404, "not-found", "no scenario"},
		"kind":             {`{"commodity":"gallium","from":"CHN","kind":"embargo"}`, 400, "usage", "unknown kind"},
		"method":           {`{"commodity":"gallium","from":"CHN","method":{"colour":1}}`, 400, "usage", `unknown field "colour"`},
		"method in method": {`{"commodity":"gallium","from":"CHN","method":{"stocks":"0,sharing=pro-rata"}}`, 400, "usage", "one value"},
		"set":              {`{"commodity":"gallium","from":"CHN","set":["gallium.supply.CHN.share=2"]}`, 400, "usage", "0 to 1"},
		"set NaN":          {`{"commodity":"gallium","from":"CHN","set":["gallium.price_usd_per_t=NaN"]}`, 400, "usage", "a number from"},
		"many sets":        {`{"commodity":"gallium","from":"CHN","set":[` + strings.TrimSuffix(strings.Repeat(`"gallium.use_t=1",`, 51), ",") + `]}`, 400, "usage", "51 items"},
		"omit":             {`{"commodity":"gallium","from":"CHN","omit":["result"]}`, 400, "usage", "sharing_rules"},
		"bad probability":  {`{"commodity":"gallium","from":"CHN","probability":"mine"}`, 400, "usage", "fitted or published"},
		"document: key":    {"{\"scenario\":{\n  \"format\":1,\n  \"withdrawals\":[{\"commodity\":\"gallium\",\"frm\":\"CHN\"}]}}", 422, "invalid-data", `scenario:3:41: unknown key "frm"`},
		"document: cut":    {`{"scenario":{"format":1,"withdrawals":[{"commodity":"gallium","from":"CHN","cut":1e999}]}}`, 422, "invalid-data", "no share"},
		"document: many":   {`{"scenario":{"format":1,"withdrawals":[` + strings.TrimSuffix(strings.Repeat(`{"commodity":"@all","from":["CHN","RUS","ZAF"]},`, 60), ",") + `]}}`, 422, "invalid-data", "too many withdrawals"},
		"document: format": {`{"scenario":{"format":2,"withdrawals":[]}}`, 422, "invalid-data", "unknown format"},
		"document: other":  {`{"scenario":{"format":1,"withdrawals":[{"commodity":"gallium","from":"CHN"}]},"kind":"import-ban"}`, 400, "usage", "from a file"},
		"document: text":   {`{"scenario":"format: 1"}`, 400, "usage", "no object"},
	} {
		p := wantProblem(t, do(h, "POST", evaluate, x.body), x.status, x.code, x.detail)
		if t.Failed() {
			t.Fatalf("%s: %v", name, p)
		}
		for field, v := range p {
			if text, ok := v.(string); ok && strings.ContainsAny(text, "\x00\x1b") {
				t.Errorf("%s: a control character comes back in %s", name, field)
			}
		}
	}
	p := wantProblem(t, do(h, "POST", evaluate, "{\n \"commodity\": \"gallium\",\n \"cutt\": 1}"), 400, "usage", "unknown field")
	if p["line"] != 3.0 || p["did_you_mean"] != "cut" {
		t.Errorf("place %v", p)
	}
	wantProblem(t, do(h, "POST", "/api/v1/compare", `{"scenarios":[{"commodity":"gallium","from":"CHN"}]}`), 400, "usage", "1 scenarios")
	wantProblem(t, do(h, "POST", "/api/v1/compare", `{"scenarios":[`+strings.TrimSuffix(strings.Repeat(`{"commodity":"gallium","from":"CHN"},`, 9), ",")+`]}`), 400, "usage", "9 scenarios")
	wantProblem(t, do(h, "GET", "/api/v1/rank", `{}`), 400, "usage", "a body")
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"k%d":1,`, i)
	}
	return strings.TrimSuffix(b.String(), ",")
}

func TestAddresses(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	for target, want := range map[string]string{
		"/api/v1/rank?unit=gallium":                                                            `unknown parameter "unit"`,
		"/api/v1/rank?units=gallium&units=germanium":                                           "2 values",
		"/api/v1/rank?units=":                                                                  "empty",
		"/api/v1/rank?units=%00":                                                               "control character",
		"/api/v1/rank?units=%ff":                                                               "UTF-8",
		"/api/v1/rank?units=%zz":                                                               "cannot be read",
		"/api/v1/rank?units=a;b=c":                                                             "cannot be read",
		"/api/v1/rank?units=" + strings.Repeat("a,", 400) + "a":                                "401 values",
		"/api/v1/rank?method=lambda%3DNaN":                                                     "0.1 to 1",
		"/api/v1/rank?method=lambda%3D1e999":                                                   "0.1 to 1",
		"/api/v1/rank?method=choke%3DInf":                                                      "price ratio",
		evaluate + "?commodity=gallium&from=CHN&months=NaN":                                    "no number",
		evaluate + "?commodity=gallium&from=CHN&months=0x1p3":                                  "no number",
		evaluate + "?commodity=gallium&from=CHN&months=1e999":                                  "no number",
		evaluate + "?commodity=gallium&from=CHN&months=13":                                     "at most 12",
		evaluate + "?commodity=gallium&from=CHN&cut=inf":                                       "no share",
		evaluate + "?commodity=gallium&from=CHN&leakage=0.1":                                   "no destinations",
		evaluate + "?commodity=gallium":                                                        "no country",
		evaluate + "?from=CHN":                                                                 "no commodity",
		"/api/v1/compare?scenario=" + "gallium+--from+CHN":                                     "1 scenarios",
		"/api/v1/compare?scenario=gallium+--frm+x&scenario=x":                                  "unknown flag",
		"/api/v1/compare?scenario=gallium+--from+CHN+--months+NaN&scenario=gallium+--from+CHN": "more than 0",
		"/api/v1/compare?scenario=%2Fetc%2Fpasswd&scenario=x.yaml":                             "no name",
		"/api/v1/explain?commodity=gallium&from=CHN":                                           "no column",
		"/api/v1/explain?commodity=gallium&from=CHN&column=password":                           "nothing explains",
		"/api/v1/tables/supply?limit=1000000":                                                  "1 to 10000",
		"/api/v1/tables/supply?offset=-1":                                                      "0 to",
		"/api/v1/tables/supply?line=1e3":                                                       "whole number",
		"/api/v1/tables/bea_industries?commodity=gallium":                                      "no column commodity",
		"/api/v1/lists/overlap":                                                                "0 editions",
		"/api/v1/lists/overlap?edition=us-2018":                                                "1 editions",
		"/api/v1/lists/overlap?edition=us-2018" + strings.Repeat("&edition=us-2022", 8):        "9 editions",
		"/api/v1/lists/overlap?edition=us-2018" + strings.Repeat("&edition=us-2022", 60):       "at most 50",
		"/api/v1/lists/overlap?edition=us-2018&edition=us-2018":                                "twice",
		"/api/v1/lists/overlap?edition=us-2018&edition=..%2F..%2Fetc":                          "unknown edition",
		"/api/v1/lists/overlap?preset=shared-18&rules=" + strings.Repeat("R1,", 400) + "R1":    "too long",
		"/api/v1/lists/overlap?preset=shared-18&rules=R1,,R2":                                  "empty name",
		"/api/v1/lists/overlap?preset=shared-18&edition=us-2018":                               "one of the two",
		"/api/v1/lists/diff?from=us-2018":                                                      "no edition",
		"/api/v1/lists/timeline?since=20%3A8":                                                  "no date",
		"/api/v1/lists/timeline?since=2023-13":                                                 "no date",
		"/api/v1/lists/timeline?since=2024&until=2023":                                         "2024 is after 2023",
		"/api/v1/lists/timeline?until=" + strings.Repeat("9", 3000):                            "no date",
		"/api/v1/lists/timeline?material=%3Cscript%3E":                                         "unknown material",
		"/api/v1/imports/gallium?importer=" + strings.Repeat("USA,", 20) + "USA":               "at most 10",
		"/api/v1/imports/gallium?importer=,":                                                   "unknown",
		"/api/v1/concentration?units=" + strings.Repeat("a,", 400) + "a":                       "401 values",
	} {
		wantProblem(t, do(h, "GET", target, ""), 400, "usage", want)
	}
	p := wantProblem(t, do(h, "GET", "/api/v1/rank?units="+strings.Repeat("a", 9000), ""), 414, "uri-too-long", "at most 8192")
	if p["title"] == "" {
		t.Error("no title")
	}
}

// TestCopyOfABadQuestion: a client's copy does not make a bad question good, on any
// page that has a csv twin.
func TestCopyOfABadQuestion(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	pages := 0
	for _, r := range routes() {
		if r.method != "GET" || !r.twin {
			continue
		}
		pages++
		target := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(r.pattern, "gallium") + ".csv?table=" + strings.Repeat("0", maxTableBytes+1)
		if a := do(h, "GET", "/api/v1"+target, "", "If-None-Match", "*"); a.StatusCode < 400 || a.StatusCode >= 500 {
			t.Errorf("%s: %s", target, a.Status)
		}
	}
	if pages < 30 {
		t.Errorf("%d pages with a csv twin", pages)
	}
}

// TestNoWayOut: no path leaves what the server serves.
func TestNoWayOut(t *testing.T) {
	dir := t.TempDir()
	saved := filepath.Join(dir, "saved")
	if err := os.Mkdir(saved, 0o755); err != nil {
		t.Fatal(err)
	}
	const secret = "format: 1 # secret"
	if err := os.WriteFile(filepath.Join(dir, "secret.yaml"), []byte(secret), 0o644); err != nil {
		t.Fatal(err)
	}
	s := newServer(t, func(o *Options) { o.Folder = saved })
	l, done := listen(t, s)
	defer done()
	for _, path := range []string{"/api/v1/scenarios/../secret", "/api/v1/scenarios/..%2fsecret", "/api/v1/scenarios/..%2Fsecret.yaml", "/api/v1/scenarios/%2e%2e%2fsecret", "/api/v1/scenarios/..%5csecret", "/api/v1/scenarios/%252e%252e%252fsecret",
		"/api/v1/scenarios/....//secret", "/api/v1/scenarios/" + strings.ReplaceAll(dir, "/", "%2f") + "%2fsecret", "/api/v1/scenarios/secret%00", "/api/v1/scenarios/secret.yaml%00.csv", "/api/v1/scenarios/.", "/api/v1/scenarios/..", "/api/v1/scenarios/~root",
		"/../../etc/passwd", "/..%2f..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/assets/../../etc/passwd", "/assets/..%2f..%2fembed.go", "//etc/passwd", "/api/v1/tables/..%2f..%2fetc%2fpasswd", "/api/v1/tables/datapackage.json", "/api/v1//rank", "/api/v1/rank/", "/api/v1/units/%00"} {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			status, body := raw(t, l.Addr().String(), method+" "+path+" HTTP/1.1\r\nHost: "+l.Addr().String()+"\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
			if status < 400 || strings.Contains(body, "secret") && !strings.Contains(path, "secret") || strings.Contains(body, "root:") || strings.Contains(body, secret) {
				t.Errorf("%s %s: %d %.200s", method, path, status, body)
			}
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("the folder beside holds %v, %v", entries, err)
	}
}

// listen serves on a port of its own and returns what stops it.
func listen(t testing.TB, s *Server) (net.Listener, func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	return l, func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	}
}

// raw sends bytes and reads a response. A connection that the server breaks off
// counts as a 400.
func raw(t testing.TB, address, text string) (status int, body string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if errors.Is(err, syscall.ECONNRESET) { // closed before all was read
		return http.StatusBadRequest, ""
	}
	if err != nil {
		t.Fatalf("%.60q: %v", text, err)
	}
	b, err := io.ReadAll(r.Body)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

// TestMalformed: what is no HTTP does not get as far as an answer, and does not
// stop the server.
func TestMalformed(t *testing.T) {
	l, done := listen(t, newServer(t, nil))
	defer done()
	a := l.Addr().String()
	for _, text := range []string{"GET /\r\n\r\n", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", "\x16\x03\x01\x02\x00\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: " + a + "\r\nHost: " + a + "\r\n\r\n", "GET / HTTP/1.1\r\nHost: " + a + "\r\nX: a\x00b\r\n\r\n",
		"POST " + evaluate + " HTTP/1.1\r\nHost: " + a + "\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n", "GET / HTTP/1.1\r\nHost: " + a + "\r\nX-Long: " + strings.Repeat("x", 60<<10) + "\r\n\r\n", "GET http://evil.example/ HTTP/1.1\r\nHost: " + a + "\r\nConnection: close\r\n\r\n"} {
		if status, body := raw(t, a, text); status < 400 {
			t.Errorf("%.60q: %d %.100s", text, status, body)
		}
	}
	if status, _ := raw(t, a, "GET /api/v1/version HTTP/1.1\r\nHost: "+a+"\r\nConnection: close\r\n\r\n"); status != 200 {
		t.Errorf("afterwards: %d", status)
	}
}

// TestSlowClients: a client that sends its headers, or its body, a byte at a time
// is cut off, and holds up nobody meanwhile.
func TestSlowClients(t *testing.T) {
	s := newServer(t, func(o *Options) {
		o.Limits.HeaderTimeout, o.Limits.ReadTimeout, o.Limits.Concurrent, o.Limits.Queue = 200*time.Millisecond, 400*time.Millisecond, 1, 0
	})
	l, done := listen(t, s)
	defer done()
	a := l.Addr().String()
	starts := []string{"GET /api/v1/version HTTP/1.1\r\nHost: " + a + "\r\nX-Slow: ",
		"POST " + evaluate + " HTTP/1.1\r\nHost: " + a + "\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"commodity\": \""}
	var wg sync.WaitGroup
	var slow []net.Conn
	for range 20 {
		for _, start := range starts {
			c, err := net.Dial("tcp", a)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := io.WriteString(c, start); err != nil {
				t.Fatal(err)
			}
			slow = append(slow, c)
		}
	}
	for _, c := range slow {
		wg.Go(func() {
			for { // until the server has enough
				if _, err := io.WriteString(c, "x"); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	if status, _ := raw(t, a, "GET /api/v1/version HTTP/1.1\r\nHost: "+a+"\r\nConnection: close\r\n\r\n"); status != 200 {
		t.Errorf("beside slow clients: %d", status)
	}
	wg.Wait()
}

// TestQueue: what does not fit is told to come back, at once.
func TestQueue(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Limits.Concurrent, o.Limits.Queue = 1, 1 })
	h := s.Handler(address)
	leave, ok := s.gate.enter(nil)
	if !ok {
		t.Fatal("no slot in an empty gate")
	}
	waiting := make(chan int)
	go func() { waiting <- do(h, "GET", "/api/v1/version", "").StatusCode }()
	for len(s.gate.queue) < 2 {
		runtime.Gosched()
	}
	r := do(h, "GET", "/api/v1/rank", "")
	p := wantProblem(t, r, 429, "too-many-requests", "queue")
	if r.Header.Get("Retry-After") == "" || p["do"] == "" {
		t.Errorf("headers %v", r.Header)
	}
	if r := do(h, "GET", "/", ""); r.StatusCode != 200 {
		t.Errorf("the explorer itself waits: %s", r.Status)
	}
	leave()
	if status := <-waiting; status != 200 {
		t.Errorf("the waiting request: %d", status)
	}
	if len(s.gate.queue) != 0 || len(s.gate.slots) != 0 {
		t.Error("slots are left")
	}
}

// TestTimeLimit: a request whose time is over is told so.
func TestTimeLimit(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Limits.RequestTime = time.Nanosecond })
	r := do(s.Handler(address), "GET", "/api/v1/rank?units=@all", "")
	if r.StatusCode != http.StatusServiceUnavailable && r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("%s %s", r.Status, read(t, r))
	}
	if r.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if len(s.gate.queue) != 0 || len(s.gate.slots) != 0 {
		t.Error("slots are left")
	}
}

// TestPanic: a bug becomes a 500 that tells nothing of the inside, and frees its slot.
func TestPanic(t *testing.T) {
	var log bytes.Buffer
	s := newServer(t, func(o *Options) { o.Log = func(f string, args ...any) { fmt.Fprintf(&log, f, args...) } })
	s.routes = append(s.routes, route{method: "GET", pattern: "/panic", handle: func(*Server, *call) (*reply, error) { panic("the inside") }},
		route{method: "GET", pattern: "/fail", handle: func(*Server, *call) (*reply, error) { return nil, errors.New("open /secret/path: the inside") }})
	h := s.Handler(address)
	for _, page := range []string{"/api/v1/panic", "/api/v1/fail"} {
		log.Reset()
		p := wantProblem(t, do(h, "GET", page, ""), 500, "failure", "could not be answered")
		if text := fmt.Sprint(p); strings.Contains(text, "inside") {
			t.Errorf("%s tells %s", page, text)
		}
		if !strings.Contains(log.String(), "the inside") {
			t.Errorf("%s is not logged: %q", page, log.String())
		}
	}
	if len(s.gate.queue) != 0 || len(s.gate.slots) != 0 {
		t.Error("slots are left")
	}
}

// TestFormulas: text of a scenario that a spreadsheet would run is harmless in csv.
func TestFormulas(t *testing.T) {
	h := newServer(t, nil).Handler(address)
	r := do(h, "POST", "/api/v1/compare.csv?table=scenarios", `{"scenarios":[{"commodity":"gallium","from":"CHN","label":"=HYPERLINK(\"http://evil\")"},{"commodity":"gallium","from":"CHN","label":"@SUM(1)"}]}`)
	b := string(read(t, r))
	if !strings.Contains(b, "'=HYPERLINK") || !strings.Contains(b, "'@SUM") || strings.Contains(b, ",=") || strings.Contains(b, `"=`) {
		t.Errorf("csv %s", b)
	}
	put := do(h, "PUT", "/api/v1/scenarios/formula", `{"format":1,"title":"=cmd|' /C calc'!A0","withdrawals":[{"commodity":"gallium","from":"CHN"}]}`)
	if put.StatusCode != 201 {
		t.Fatalf("%s %s", put.Status, read(t, put))
	}
	if b := string(read(t, do(h, "GET", "/api/v1/scenarios.csv", ""))); !strings.Contains(b, "'=cmd") {
		t.Errorf("csv %s", b)
	}
}

// TestShutdown: a request in flight is finished, new ones are refused, and
// nothing runs on.
func TestShutdown(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Log = nil })
	arrived, release := make(chan struct{}), make(chan struct{})
	s.routes = append(s.routes, route{method: "GET", pattern: "/wait", handle: func(*Server, *call) (*reply, error) {
		return &reply{make: func(ctx context.Context) (*content, error) {
			close(arrived)
			<-release
			return &content{raw: []byte("done"), kind: "text/plain"}, ctx.Err()
		}}, nil
	}})
	before := runtime.NumGoroutine()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	answer := make(chan string, 1)
	go func() {
		_, body := raw(t, l.Addr().String(), "GET /api/v1/wait HTTP/1.1\r\nHost: "+l.Addr().String()+"\r\nConnection: close\r\n\r\n")
		answer <- body
	}()
	<-arrived
	stop()
	for { // until the listener is closed
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			break
		}
		c.Close()
	}
	select {
	case err := <-ended:
		t.Fatalf("the server ended before the request: %v", err)
	default:
	}
	close(release)
	if body := <-answer; body != "done" {
		t.Errorf("the request in flight got %q", body)
	}
	if err := <-ended; err != nil {
		t.Errorf("serve: %v", err)
	}
	wantGoroutines(t, before)
}

// TestShutdownTooSlow: a request that does not end is cut off.
func TestShutdownTooSlow(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Limits.ShutdownTime = 50 * time.Millisecond })
	arrived := make(chan struct{})
	s.routes = append(s.routes, route{method: "GET", pattern: "/wait", handle: func(*Server, *call) (*reply, error) {
		return &reply{make: func(ctx context.Context) (*content, error) { close(arrived); <-ctx.Done(); return nil, ctx.Err() }}, nil
	}})
	before := runtime.NumGoroutine()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "GET /api/v1/wait HTTP/1.1\r\nHost: "+l.Addr().String()+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-arrived
	stop()
	if err := <-ended; err != nil {
		t.Errorf("serve: %v", err)
	}
	if b, err := io.ReadAll(c); len(b) > 0 {
		t.Errorf("the request got %q, %v", b, err)
	}
	c.Close()
	wantGoroutines(t, before)
}

// wantGoroutines waits until no more goroutines run than before: what a leak
// holds stays, and the test ends by the deadline of the test run.
func wantGoroutines(t *testing.T, before int) {
	t.Helper()
	http.DefaultClient.CloseIdleConnections()
	for range 500 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	b := make([]byte, 1<<16)
	t.Errorf("%d goroutines, before %d:\n%s", runtime.NumGoroutine(), before, b[:runtime.Stack(b, true)])
}

// TestConnections: no more connections are served at a time than the limit; the
// others are served when one ends.
func TestConnections(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Limits.Connections, o.Limits.IdleTimeout = 2, 100*time.Millisecond })
	before := runtime.NumGoroutine()
	l, done := listen(t, s)
	a := l.Addr().String()
	var wg sync.WaitGroup
	var served atomic.Int64
	for range 20 {
		wg.Go(func() {
			if status, _ := raw(t, a, "GET / HTTP/1.1\r\nHost: "+a+"\r\nConnection: close\r\n\r\n"); status == 200 {
				served.Add(1)
			}
		})
	}
	wg.Wait()
	done()
	if served.Load() != 20 {
		t.Errorf("%d of 20 served", served.Load())
	}
	wantGoroutines(t, before)
}

// TestConcurrent: many clients with many methods at a time get the answers that
// one gets alone. With the race detector it is a test of the sharing.
func TestConcurrent(t *testing.T) {
	alone, shared := newServer(t, nil).Handler(address), newServer(t, func(o *Options) { o.Limits.Engines, o.Limits.CacheBytes, o.Limits.Queue = 3, 100_000, 1000 })
	h := shared.Handler(address)
	var targets []string
	for _, unit := range []string{"gallium", "palladium", "copper-refined"} {
		for _, how := range []string{"", "&method=sharing%3Dpro-rata", "&method=stocks%3D0.5", "&method=judgement%3Da", "&set=" + unit + ".supply.CHN.share%3D0.5", "&probability=published", "&omit=sources"} {
			targets = append(targets, evaluate+"?commodity="+unit+"&from=CHN,RUS"+how)
		}
	}
	targets = append(targets, "/api/v1/rank?units=gallium,palladium", "/api/v1/units/gallium", "/api/v1/compare?scenario=gallium+--from+CHN&scenario=palladium+--from+RUS", "/api/v1/scenarios")
	want := make([][]byte, len(targets))
	for i, target := range targets {
		r := do(alone, "GET", target, "")
		if want[i] = read(t, r); r.StatusCode != 200 {
			t.Fatalf("%s: %s", target, want[i])
		}
	}
	var wg sync.WaitGroup
	for client := range 8 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(client)))
			for range 15 {
				i := random.IntN(len(targets))
				r := do(h, "GET", targets[i], "")
				b, err := io.ReadAll(r.Body)
				if err != nil || r.StatusCode != 200 || !bytes.Equal(b, want[i]) {
					t.Errorf("%s: %s, another answer: %v", targets[i], r.Status, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := shared.engines.order.Len(); n > 3 || len(shared.engines.byKey) != n {
		t.Errorf("%d engines are kept", n)
	}
	if shared.cache.size > 100_000 {
		t.Errorf("%d bytes are kept", shared.cache.size)
	}
}

// TestSaveKilled: whenever a writer dies, the name holds the old or the new file,
// whole. The place of the death is every step of the write.
func TestSaveKilled(t *testing.T) {
	dir := t.TempDir()
	s := newServer(t, func(o *Options) { o.Folder = dir })
	h := s.Handler(address)
	const document = `{"format":1,"title":"one","withdrawals":[{"commodity":"gallium","from":"CHN"}]}`
	if r := do(h, "PUT", "/api/v1/scenarios/mine", document); r.StatusCode != 201 {
		t.Fatal(r.Status)
	}
	// What a death between the steps leaves: a temporary file, whole or in part.
	for _, part := range []string{"", "format: 1\nwith"} {
		if err := os.WriteFile(filepath.Join(dir, ".chokepoint-left"), []byte(part), 0o644); err != nil {
			t.Fatal(err)
		}
		again := newServer(t, func(o *Options) { o.Folder = dir }).Handler(address)
		if x := get(t, again, "/scenarios/mine"); x["origin"] != "saved" {
			t.Errorf("after a death: %v", x)
		}
		for _, name := range listed(t, again) {
			if strings.Contains(name, "left") {
				t.Errorf("a temporary file is listed: %s", name)
			}
		}
	}
	// Readers beside writers see whole files.
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 10 {
				if i%2 == 0 {
					if r := do(h, "PUT", "/api/v1/scenarios/mine", strings.Replace(document, "one", strings.Repeat("long ", 100), 1)); r.StatusCode != 200 {
						t.Errorf("write: %s", r.Status)
					}
				} else if r := do(h, "GET", "/api/v1/scenarios/mine", ""); r.StatusCode != 200 {
					t.Errorf("read: %s", r.Status)
				}
			}
		})
	}
	wg.Wait()
}

func TestOptions(t *testing.T) {
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Options){
		"concurrent":  func(o *Options) { o.Limits.Concurrent = 0 },
		"--scenarios": func(o *Options) { o.Folder = filepath.Join(t.TempDir(), "none") },
		"unknown":     func(o *Options) { o.Probability = "mine" },
	} {
		o := Options{Engine: e, Probability: "fitted", Limits: DefaultLimits()}
		change(&o)
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// FuzzBody: no body makes the server fail or answer what is not described.
func FuzzBody(f *testing.F) {
	h := newServer(f, nil).Handler(address)
	for _, seed := range []string{`{"commodity":"gallium","from":"CHN"}`, `{"scenario":{"format":1,"withdrawals":[{"commodity":["gallium"],"from":"@EU","cut":"50%","to":["USA"]}],"blocs":[["USA","CAN"]]}}`, `{"name":"china-us-ban-2024","months":1e-3}`, `{"scenario":{"format":1,"title":"\ud83d\ude00"}}`, `[`, `{"scenario":{"format":1,"withdrawals":[{"commodity":"gallium","from":"CHN","cut":"0x1p-2"}]},"omit":["sources"]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if body == "" {
			return
		}
		r := do(h, "POST", evaluate, body)
		switch r.StatusCode {
		case 200, 400, 404, 413, 422:
			object(t, read(t, r))
		default:
			t.Errorf("%s %s", r.Status, read(t, r))
		}
	})
}

// FuzzAddress: no query makes the server fail.
func FuzzAddress(f *testing.F) {
	h := newServer(f, nil).Handler(address)
	for _, seed := range []string{"commodity=gallium&from=CHN", "name=x&cut=1", "scenario=gallium+--from+CHN&scenario=a", "units=@all&by=chain&method=lambda%3D0.5", "column=loss_musd&commodity=Ga&from=China&to=US", "limit=3&offset=%31"} {
		f.Add(seed, "/rank")
		f.Add(seed, "/compare.csv")
		f.Add(seed, "/tables/supply")
	}
	f.Fuzz(func(t *testing.T, query, path string) {
		r := do(h, "GET", "/api/v1"+path+"?"+query, "")
		if r.StatusCode >= 500 {
			t.Errorf("%s?%s: %s %s", path, query, r.Status, read(t, r))
		}
	})
}
