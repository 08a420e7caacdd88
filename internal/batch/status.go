package batch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// States of a shard.
const (
	Done    = "done"
	Missing = "missing"
	Damaged = "damaged" // a manifest that cannot be read, or files that differ from it
	Foreign = "foreign" // of another plan or program version
)

// Shard is what stands in the run directory of one shard.
type Shard struct {
	Index    int
	From, To uint64
	State    string
	What     string    // what is wrong, where not done
	Manifest *Manifest // nil unless done
	Bytes    int64     // of its files
}

// Check looks a shard up. With hashes the content of its files is held against
// the manifest, else their sizes alone.
func (d *Dir) Check(k int, hashes bool) Shard {
	s := Shard{Index: k}
	s.From, s.To = d.Plan.Range(k)
	content, err := readLimited(d.file(manifestName(k)), MaxManifestBytes)
	if errors.Is(err, fs.ErrNotExist) {
		s.State, s.What = Missing, "it has no manifest"
		return s
	}
	damaged := func(format string, args ...any) Shard {
		s.State, s.What = Damaged, fmt.Sprintf(format, args...)
		return s
	}
	if err != nil {
		return damaged("%s cannot be read: %s", manifestName(k), reason(err))
	}
	m, err := ParseManifest(content)
	if err != nil {
		return damaged("%s: %s", manifestName(k), err)
	}
	switch {
	case m.Plan != d.Name:
		s.State, s.What = Foreign, fmt.Sprintf("%s is of run %.12s, this is run %.12s", manifestName(k), m.Plan, d.Name)
		return s
	case m.Version != d.Plan.Version:
		s.State, s.What = Foreign, fmt.Sprintf("it was computed by chokepoint %s, the plan is of %s", m.Version, d.Plan.Version)
		return s
	case m.Shard != k || m.From != s.From || m.To != s.To:
		return damaged("%s is of shard %d, draws %d to %d: expected draws %d to %d", manifestName(k), m.Shard, m.From, m.To-1, s.From, s.To-1)
	}
	for _, f := range m.Files {
		if what := d.checkFile(f, hashes); what != "" {
			return damaged("%s %s", f.Path, what)
		}
		s.Bytes += f.Bytes
	}
	s.State, s.Manifest = Done, m
	return s
}

// checkFile says how a file differs from its manifest, or "".
func (d *Dir) checkFile(f File, hashes bool) string {
	file, err := os.Open(d.file(f.Path))
	if errors.Is(err, fs.ErrNotExist) {
		return "is not there"
	}
	if err != nil {
		return "cannot be opened: " + reason(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "cannot be read: " + reason(err)
	}
	if info.Size() != f.Bytes {
		return fmt.Sprintf("has %d bytes, the manifest says %d", info.Size(), f.Bytes)
	}
	if !hashes {
		return ""
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "cannot be read: " + reason(err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
		return "has other content than the manifest says"
	}
	return ""
}

// Status looks all shards up.
func (d *Dir) Status(hashes bool) []Shard {
	out := make([]Shard, d.Plan.Shards)
	for k := range out {
		out[k] = d.Check(k, hashes)
	}
	return out
}

// Leftovers counts files that killed attempts left. They are ignored.
func (d *Dir) Leftovers() int {
	n := 0
	for _, folder := range []string{".", rowsDir, totalsDir, manifestsDir} {
		files, err := os.ReadDir(filepath.Join(d.Path, folder))
		if err != nil {
			continue
		}
		for _, f := range files {
			if isLeftover(f.Name()) {
				n++
			}
		}
	}
	return n
}
