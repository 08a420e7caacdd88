// Package web embeds the explorer. `npm run build` in this folder writes the app
// into dist/app; what is there when the program is built is what it serves. The
// placeholder lets the program be built without the app: then the server says
// how to build it.
package web

import (
	"embed"
	"io/fs"
)

//go:embed dist
var dist embed.FS

// App returns the files of the built app with index.html at the top; ok is false
// where the program was built without it.
func App() (app fs.FS, ok bool) {
	for _, folder := range []string{"dist/app", "dist"} {
		if _, err := fs.Stat(dist, folder+"/index.html"); err != nil {
			continue
		}
		app, err := fs.Sub(dist, folder)
		return app, err == nil
	}
	return nil, false
}
