// Package data holds the tables that the program ships, as a data package:
// datapackage.json describes the tables in tables/ (fields, types, units, keys,
// sources, licences). What is embedded is data.zip, the same files compressed;
// `go generate ./data` makes it anew after a change, and a test holds it against
// the files. scenarios/ is the library of scenario files.
package data

import (
	"archive/zip"
	"bytes"
	"embed"
	"fmt"
	"io/fs"
)

//go:generate go run ./pack

//go:embed data.zip
var archive []byte

// FS returns the shipped data package as a file system.
func FS() (fs.FS, error) {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, fmt.Errorf("open the embedded data package: %w", err)
	}
	return r, nil
}

//go:embed scenarios
var scenarios embed.FS

// Scenarios returns the library of scenario files.
func Scenarios() (fs.FS, error) { return fs.Sub(scenarios, "scenarios") }
