package server

import (
	"net"
	"sync"
	"time"
)

// Limits bound what a client can make the server do.
type Limits struct {
	BodyBytes     int64         // of a request
	JSONDepth     int           // nesting of a body
	URLBytes      int           // path and query
	HeaderBytes   int           // all headers
	HeaderTimeout time.Duration // until the headers are read
	ReadTimeout   time.Duration // until the body is read
	WriteTimeout  time.Duration // until the response is written
	IdleTimeout   time.Duration // of a connection that is kept open
	RequestTime   time.Duration // to compute an answer
	Concurrent    int           // requests that compute at a time
	Queue         int           // requests that wait for that; more get 429
	Connections   int           // open at a time; more wait to be accepted
	Engines       int           // methods and edits kept ready, about 3 MB each
	CacheBytes    int64         // of rendered answers
	Saved         int           // scenarios in the folder
	RunDraws      int           // draws of a long run
	RunsWaiting   int           // long runs that wait; more get 429
	Runs          int           // long runs in the folder, of about 80 MB per 100,000 draws
	ShutdownTime  time.Duration // for requests in flight when the server stops
}

// DefaultLimits suit one machine and some dozens of users.
func DefaultLimits() Limits {
	return Limits{BodyBytes: 256 << 10, JSONDepth: 16, URLBytes: 8 << 10, HeaderBytes: 32 << 10,
		HeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: 60 * time.Second,
		RequestTime: 30 * time.Second, Concurrent: 4, Queue: 128, Connections: 512, Engines: 24, CacheBytes: 32 << 20, Saved: 200, RunDraws: 100_000, RunsWaiting: 16, Runs: 100, ShutdownTime: 10 * time.Second}
}

// gate lets a number of requests through at a time and some more wait.
type gate struct {
	slots chan struct{}
	queue chan struct{}
}

func newGate(concurrent, queue int) *gate {
	return &gate{slots: make(chan struct{}, max(1, concurrent)), queue: make(chan struct{}, max(1, concurrent)+max(0, queue))}
}

// enter waits for a slot. It fails at once where the queue is full, and when the
// request's time is over before a slot is free.
func (g *gate) enter(done <-chan struct{}) (leave func(), ok bool) {
	select {
	case g.queue <- struct{}{}:
	default:
		return nil, false
	}
	select {
	case g.slots <- struct{}{}:
		return func() { <-g.slots; <-g.queue }, true
	case <-done:
		<-g.queue
		return nil, false
	}
}

// limitedListener accepts a number of connections at a time.
type limitedListener struct {
	net.Listener
	slots chan struct{}
	done  chan struct{}
	once  sync.Once
}

func limitConnections(l net.Listener, n int) net.Listener {
	return &limitedListener{Listener: l, slots: make(chan struct{}, max(1, n)), done: make(chan struct{})}
}

// Accept waits for a slot, then for a connection.
func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &limitedConn{Conn: c, release: func() { <-l.slots }}, nil
}

// Close stops accepting.
func (l *limitedListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

type limitedConn struct {
	net.Conn
	once    sync.Once
	release func()
}

// Close frees the slot.
func (c *limitedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.release)
	return err
}
