// Package assesstest gives tests the engine of the shipped tables. Nothing but
// tests imports it.
package assesstest

import (
	"chokepoint/data"
	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/datapackage"
)

// Engine is the engine of the shipped tables under overlays. Errors: those of
// data.FS, catalog.Load and assess.New.
func Engine(m assess.Method, overlays ...datapackage.Overlay) (*assess.Engine, error) {
	base, err := data.FS()
	if err != nil {
		return nil, err
	}
	c, err := catalog.Load(base, overlays...)
	if err != nil {
		return nil, err
	}
	return assess.New(c, m)
}
