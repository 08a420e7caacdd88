package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is set by the linker for a release.
var release = "dev"

// version is the release, with the revision it was built from where known.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return release
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && release == "dev" && len(s.Value) >= 12 {
			return release + "+" + s.Value[:12]
		}
	}
	return release
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the versions of program and data", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			x, err := a.load()
			if err != nil {
				return err
			}
			p := x.engine.Catalog.Package
			hash, err := p.Hash()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "chokepoint %s\ndata %s sha256 %s\n%s %s/%s\n", version(), p.Version, hash, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
