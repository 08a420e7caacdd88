package batch

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"chokepoint/internal/fault"
)

// Errors of this package.
var (
	ErrCancelled = errors.New("the run is cancelled")
	ErrOther     = errors.New("the folder holds another run")
)

// Dir is a run directory.
type Dir struct {
	Path string
	Plan *Plan
	Name string // SHA-256 of plan.json

	before func(step, file string) error // in tests: called before each step of a write
}

// Create makes a run directory with its plan and the own tables of overlays. If
// the same plan is there already, that directory is returned and created is
// false; a folder that holds anything else is an error (ErrOther for a run).
func Create(path string, p *Plan, overlays []string) (d *Dir, created bool, err error) {
	content, err := p.Bytes()
	if err != nil {
		return nil, false, err
	}
	if _, err := ParsePlan(content); err != nil {
		return nil, false, err
	}
	switch old, err := Open(path); {
	case err == nil && old.Name == hashOf(content):
		return old, false, nil
	case err == nil:
		return nil, false, &fault.Error{Code: fault.Usage, File: filepath.ToSlash(path), What: "the folder holds another run", Expected: "a new folder",
			Do: "`chokepoint batch status " + filepath.ToSlash(path) + "` says which.", Err: ErrOther}
	}
	if files, err := os.ReadDir(path); err == nil {
		for _, f := range files {
			if !isLeftover(f.Name()) && f.Name() != dataDir { // what a killed Create leaves
				return nil, false, &fault.Error{Code: fault.Usage, File: filepath.ToSlash(path), What: "the folder is not empty and holds no run", Expected: "a new folder"}
			}
		}
	}
	d = &Dir{Path: path, Plan: p, Name: hashOf(content)}
	for i, from := range overlays {
		if err := d.copyTables(i, from); err != nil {
			return nil, false, err
		}
	}
	_, err = d.commit(planName, func(w io.Writer) error { _, err := w.Write(content); return err })
	return d, err == nil, err
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// copyTables copies the tables of a --data folder into the run directory.
func (d *Dir) copyTables(i int, from string) error {
	names, err := filepath.Glob(filepath.Join(from, "*.csv"))
	if err != nil {
		return fmt.Errorf("copy the tables of %s: %w", from, err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("copy the tables of %s: %w", from, err)
		}
		to := strings.Join([]string{dataDir, fmt.Sprint(i), filepath.Base(name)}, "/")
		if _, err := d.commit(to, func(w io.Writer) error { _, err := w.Write(content); return err }); err != nil {
			return err
		}
	}
	return nil
}

// Overlays are the folders of own tables, in order.
func (d *Dir) Overlays() []string {
	out := make([]string, d.Plan.Overlays)
	for i := range out {
		out[i] = filepath.Join(d.Path, dataDir, fmt.Sprint(i))
	}
	return out
}

// Open reads the plan of a run directory.
func Open(path string) (*Dir, error) {
	content, err := readLimited(filepath.Join(path, planName), MaxPlanBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &fault.Error{Code: fault.InvalidData, File: filepath.ToSlash(path), What: "this is no run directory: it holds no " + planName, Do: "`chokepoint batch new ... -o DIR` makes one.", Err: err}
	}
	if err != nil {
		return nil, fmt.Errorf("open the run directory: %w", err)
	}
	p, err := ParsePlan(content)
	if err != nil {
		var f *fault.Error
		if errors.As(err, &f) {
			f.File = filepath.ToSlash(filepath.Join(path, planName))
		}
		return nil, err
	}
	return &Dir{Path: path, Plan: p, Name: hashOf(content)}, nil
}

// readLimited reads a file and one byte beyond the limit at most.
func readLimited(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

// Cancel sets the marker that work respects, or takes it away.
func (d *Dir) Cancel(undo bool) error {
	if undo {
		if err := os.Remove(d.file(cancelName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("take the cancel marker away: %w", err)
		}
		return nil
	}
	_, err := d.commit(cancelName, func(w io.Writer) error { _, err := io.WriteString(w, "cancelled\n"); return err })
	return err
}

// Cancelled tells whether the marker stands.
func (d *Dir) Cancelled() bool {
	_, err := os.Stat(d.file(cancelName))
	return err == nil
}

func (d *Dir) file(name string) string { return filepath.Join(d.Path, filepath.FromSlash(name)) }

// Steps of a write, in order.
const (
	stepCreate = "create"
	stepWrite  = "write"
	stepSync   = "sync"
	stepRename = "rename"
	stepFolder = "sync folder"
)

func (d *Dir) at(step, name string) error {
	if d.before == nil {
		return nil
	}
	return d.before(step, name)
}

// commit writes a file so that it is whole or not there, also after a loss of
// power: a temporary name in the same folder, synced, renamed, the folder synced.
func (d *Dir) commit(name string, write func(io.Writer) error) (File, error) {
	out := File{Path: name}
	fail := func(err error) (File, error) {
		return out, &fault.Error{Code: fault.Failure, File: filepath.ToSlash(d.file(name)), What: "cannot write the file: " + reason(err), Do: "What was finished before is kept. Free space or rights, then start again.", Err: err}
	}
	folder := filepath.Dir(d.file(name))
	if err := d.at(stepCreate, name); err != nil {
		return fail(err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fail(err)
	}
	f, err := os.CreateTemp(folder, temporary+filepath.Base(name)+"-*")
	if err != nil {
		return fail(err)
	}
	w := &counter{sum: sha256.New(), to: bufio.NewWriterSize(f, 1<<16)}
	steps := []struct {
		name string
		do   func() error
	}{
		{stepWrite, func() error { return write(w) }},
		{stepSync, func() error {
			for _, do := range []func() error{w.to.Flush, func() error { return f.Chmod(0o644) }, f.Sync} {
				if err := do(); err != nil {
					return err
				}
			}
			return f.Close()
		}},
		{stepRename, func() error { return os.Rename(f.Name(), d.file(name)) }},
		{stepFolder, func() error { return SyncFolder(folder) }},
	}
	for _, s := range steps {
		err := d.at(s.name, name)
		if err == nil {
			err = s.do()
		}
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			if s.name == stepWrite && !ofDisk(err) { // what was to be written could not be computed
				return out, err
			}
			return fail(err)
		}
	}
	out.Bytes, out.SHA256 = w.n, hex.EncodeToString(w.sum.Sum(nil))
	return out, nil
}

// ofDisk tells an error of a file from others.
func ofDisk(err error) bool {
	var place *fs.PathError
	return errors.As(err, &place) || errors.Is(err, io.ErrShortWrite)
}

// reason is the bare cause, without the temporary name.
func reason(err error) string {
	var place *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &place):
		return place.Err.Error()
	case errors.As(err, &link):
		return link.Err.Error()
	}
	return err.Error()
}

// counter counts and hashes what is written.
type counter struct {
	n   int64
	sum hash.Hash
	to  *bufio.Writer
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.n += int64(n)
	c.sum.Write(b[:n])
	return n, err
}

// SyncFolder makes a rename lasting. Windows has no such call and needs none.
func SyncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !strings.Contains(err.Error(), "invalid argument") { // some network file systems refuse
		return err
	}
	return nil
}
