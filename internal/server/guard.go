package server

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// guard lets requests through that name this server: against other sites that
// point a name of theirs at this address (Host), or send a browser here (Origin).
type guard struct {
	hosts []string // host:port, or a host alone for any port
	port  string
}

func newGuard(address string, allow []string) *guard {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host, port = address, "80"
	}
	g := &guard{port: port}
	for _, h := range []string{host, "localhost", "127.0.0.1", "::1"} {
		if ip := net.ParseIP(h); h != "" && (ip == nil || !ip.IsUnspecified()) {
			g.hosts = append(g.hosts, net.JoinHostPort(strings.ToLower(h), port))
		}
	}
	for _, h := range allow {
		g.hosts = append(g.hosts, strings.ToLower(h))
	}
	return g
}

// allowed tells whether a host, with or without port, is this server's.
func (g *guard) allowed(hostport, defaultPort string) bool {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		host, port = strings.Trim(hostport, "[]"), defaultPort
	}
	host = strings.ToLower(host)
	for _, h := range g.hosts {
		if h == net.JoinHostPort(host, port) || h == host {
			return true
		}
	}
	return false
}

// check refuses requests to another host, or from another site.
func (g *guard) check(r *http.Request) error {
	if !g.allowed(r.Host, "80") {
		p := newProblem("forbidden", "Host", "this server has another name", "localhost or the address it listens on, with its port")
		p.Do = "--allow-host names further hosts."
		return p
	}
	for _, origin := range r.Header.Values("Origin") {
		u, err := url.Parse(origin)
		port := map[string]string{"http": "80", "https": "443"}
		if err != nil || port[u.Scheme] == "" || !g.allowed(u.Host, port[u.Scheme]) {
			return newProblem("forbidden", "Origin", "the request comes from another site", "pages of this server only")
		}
	}
	// Browsers say where a request comes from. A link from elsewhere may open a
	// page; nothing else from elsewhere is answered.
	site := r.Header.Get("Sec-Fetch-Site")
	opens := r.Header.Get("Sec-Fetch-Mode") == "navigate" && (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.Header.Get("Sec-Fetch-Dest") == "document"
	if site != "" && site != "same-origin" && site != "none" && !opens {
		return newProblem("forbidden", "Sec-Fetch-Site", "the request comes from another site", "pages of this server only")
	}
	return nil
}

// policy allows scripts, styles and requests of this server alone, and no inline
// script. Charts set single style attributes.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func setSecurityHeaders(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// quiet is a log for what net/http says of connections that break off.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
