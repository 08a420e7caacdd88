package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// asset is a file of the explorer, held in memory. There is no file system behind
// a path: it names an asset or nothing.
type asset struct {
	*rendered
	forever bool // the name changes with the content
}

// kindsOf are the types of the files of an app; a system's own table may differ.
var kindsOf = map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".json": "application/json",
	".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json"}

// readAssets reads the app; nil gives none.
func (s *Server) readAssets(app fs.FS) (map[string]*asset, error) {
	out := map[string]*asset{}
	if app == nil {
		return out, nil
	}
	err := fs.WalkDir(app, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(app, name)
		if err != nil {
			return err
		}
		ext := path.Ext(name)
		kind := kindsOf[ext]
		if kind == "" {
			if kind = mime.TypeByExtension(ext); kind == "" {
				kind = "application/octet-stream"
			}
		}
		out["/"+name] = &asset{rendered: s.page(kind, body), forever: strings.HasPrefix(name, "assets/")}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the explorer: %w", err)
	}
	return out, nil
}

// page is a file as a response.
func (s *Server) page(kind string, body []byte) *rendered {
	sum := sha256.Sum256(body)
	x := &rendered{status: http.StatusOK, kind: kind, body: body, tag: `W/"` + hex.EncodeToString(sum[:16]) + `"`}
	x.once.Do(func() { // once for all clients: it may take longer
		if len(body) < zipFloor {
			return
		}
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(body) // a buffer does not fail
		_ = z.Close()
		x.zipped = b.Bytes()
	})
	return x
}

// notBuilt stands for the explorer where the program was built without it.
const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Chokepoint</title>
<h1>Chokepoint</h1>
<p>This program was built without the explorer. To build it: <code>npm ci</code> and <code>npm run build</code> in the folder <code>web</code>, then <code>make build</code>.</p>
<p>The API answers: <a href="/api/v1/openapi.json">its description</a>, <a href="/api/v1/rank.csv">the ranking</a>, <a href="/api/v1/version">version and data</a>.</p>
</html>
`

// static answers with a file of the explorer. Its state is in the address, so a
// path without a point is a screen: index.html.
func (s *Server) static(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		p := newProblem("method-not-allowed", "method", r.Method, "GET or HEAD")
		p.What, p.allow = "the method of the request", "GET, HEAD"
		p.write(w, r)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/api/") || r.URL.Path == "/api" {
		newProblem("not-found", "path", "there is no such page", "a path below /api/v1").write(w, r)
		return
	}
	x, ok := s.assets[r.URL.Path]
	if !ok && !strings.Contains(r.URL.Path, ".") && !strings.Contains(r.URL.Path, "//") {
		x, ok = s.assets["/index.html"]
		if !ok && r.URL.Path == "/" {
			x, ok = &asset{rendered: s.page("text/html; charset=utf-8", []byte(notBuilt))}, true
		}
	}
	if !ok {
		newProblem("not-found", "path", "there is no such page", "/").write(w, r)
		return
	}
	if tagMatches(r.Header.Get("If-None-Match"), x.tag) {
		s.write(w, r, &rendered{status: http.StatusNotModified, tag: x.tag})
		return
	}
	if x.forever {
		w = &foreverWriter{w}
	}
	s.write(w, r, x.rendered)
}

// foreverWriter lets a client keep a file whose name changes with its content.
type foreverWriter struct{ http.ResponseWriter }

// WriteHeader sends the headers.
func (w *foreverWriter) WriteHeader(status int) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.ResponseWriter.WriteHeader(status)
}
