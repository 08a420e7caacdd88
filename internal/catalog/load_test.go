package catalog

import (
	"testing"

	"chokepoint/data"
)

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		fsys, _ := data.FS()
		if _, err := Load(fsys); err != nil {
			b.Fatal(err)
		}
	}
}
