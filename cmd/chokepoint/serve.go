package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"chokepoint/internal/fault"
	"chokepoint/internal/server"
	"chokepoint/web"
)

func (a *app) serveCommand() *cobra.Command {
	var listen string
	o := server.Options{Limits: server.DefaultLimits()}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Open the explorer and the API to a browser on this machine",
		Long: `Serve the explorer and the API /api/v1 over HTTP. By default only this machine
can reach it. Nothing is sent anywhere: the data are in the program. --method,
--set, --probability and --data hold for every answer that does not ask for
something else. There are no users and there is no encryption: to serve others,
put a proxy with both before it and name its host with --allow-host.`,
		Example: "  chokepoint serve\n  chokepoint serve --listen 127.0.0.1:9000 --scenarios my-scenarios",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.load()
			if err != nil {
				return err
			}
			o.Engine, o.Probability, o.Version, o.Unreleased = x.engine, a.probability, version(), release == "dev"
			o.Overlays, o.Workers = a.dataDirs, a.workers
			o.Log = func(format string, args ...any) { fmt.Fprintf(a.stderr, format+"\n", args...) }
			if app, ok := web.App(); ok {
				o.App = app
			} else {
				a.note("built without the explorer: the API answers alone")
			}
			return a.serve(cmd.Context(), listen, o)
		},
	}
	f, l := cmd.Flags(), &o.Limits
	f.StringVar(&listen, "listen", "127.0.0.1:8417", "address to listen on; port 0 takes a free one")
	f.StringArrayVar(&o.AllowHosts, "allow-host", nil, "further host that requests may name, with or without port; repeatable")
	f.StringVar(&o.Folder, "scenarios", "", "folder of saved scenarios; without it nothing can be saved")
	f.StringVar(&o.Runs, "runs", "", "folder of long runs; without it none are computed")
	f.Int64Var(&l.BodyBytes, "max-body", l.BodyBytes, "bytes of a request's body")
	f.IntVar(&l.JSONDepth, "max-depth", l.JSONDepth, "nesting of a body")
	f.IntVar(&l.URLBytes, "max-url", l.URLBytes, "bytes of an address")
	f.IntVar(&l.HeaderBytes, "max-headers", l.HeaderBytes, "bytes of a request's headers")
	f.DurationVar(&l.HeaderTimeout, "header-timeout", l.HeaderTimeout, "time for the headers to arrive")
	f.DurationVar(&l.ReadTimeout, "read-timeout", l.ReadTimeout, "time for a request to arrive")
	f.DurationVar(&l.WriteTimeout, "write-timeout", l.WriteTimeout, "time for a response to be taken")
	f.DurationVar(&l.IdleTimeout, "idle-timeout", l.IdleTimeout, "time a connection may rest")
	f.DurationVar(&l.RequestTime, "request-timeout", l.RequestTime, "time to compute an answer")
	f.IntVar(&l.Concurrent, "max-concurrent", l.Concurrent, "requests that compute at a time")
	f.IntVar(&l.Queue, "max-queue", l.Queue, "requests that wait; more are told to come back (429)")
	f.IntVar(&l.Connections, "max-connections", l.Connections, "open connections")
	f.IntVar(&l.Engines, "max-engines", l.Engines, "methods and edits kept ready, about 3 MB each")
	f.Int64Var(&l.CacheBytes, "cache-bytes", l.CacheBytes, "bytes of answers kept")
	f.IntVar(&l.Saved, "max-saved", l.Saved, "scenarios in the folder")
	f.IntVar(&l.RunDraws, "max-run-draws", l.RunDraws, "draws of a long run; 100,000 of the 84 minerals take about 80 MB")
	f.IntVar(&l.RunsWaiting, "max-runs-waiting", l.RunsWaiting, "long runs that wait; more are told to come back (429)")
	f.IntVar(&l.Runs, "max-runs", l.Runs, "long runs in the folder")
	f.DurationVar(&l.ShutdownTime, "shutdown-timeout", l.ShutdownTime, "time for requests in flight when the server stops")
	return cmd
}

// serve answers until it is told to stop.
func (a *app) serve(ctx context.Context, listen string, o server.Options) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	s, err := server.New(o)
	if err != nil {
		return err
	}
	defer s.Close()
	l, err := net.Listen("tcp", listen)
	if err != nil {
		what := err.Error()
		var op *net.OpError
		if errors.As(err, &op) {
			what = op.Err.Error()
		}
		return &fault.Error{Code: fault.Usage, File: "--listen", What: fault.Quote(listen) + ": " + what, Expected: "host:port that is free, such as 127.0.0.1:8417", Err: err}
	}
	address := l.Addr().String()
	if host, port, err := net.SplitHostPort(address); err == nil {
		if ip := net.ParseIP(host); ip != nil && !ip.IsLoopback() {
			a.note("others can reach this address: there are no users and no encryption")
			if ip.IsUnspecified() {
				address = net.JoinHostPort("localhost", port)
			}
		}
	}
	if _, err := fmt.Fprintf(a.stdout, "http://%s/\n", strings.ToLower(address)); err != nil {
		l.Close()
		return err
	}
	return s.Serve(ctx, l)
}
