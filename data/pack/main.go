// Command pack writes data.zip from datapackage.json and the tables beside it.
// The archive is the same byte for byte for the same files.
package main

import (
	"archive/zip"
	"compress/flate"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	if err := pack("data.zip"); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func pack(target string) error {
	names, err := filepath.Glob("tables/*.csv")
	if err != nil {
		return err
	}
	names = append(names, "datapackage.json")
	slices.Sort(names)
	out, err := os.CreateTemp(".", target+".*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	w := zip.NewWriter(out)
	w.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		entry, err := w.Create(filepath.ToSlash(name))
		if err != nil {
			return err
		}
		if _, err := entry.Write(content); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := out.Chmod(0o644); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Rename(out.Name(), target)
}
