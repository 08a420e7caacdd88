package batch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"
)

// MaxManifestBytes bounds a manifest.
const MaxManifestBytes = 16 << 10

// Manifest confirms a shard.
type Manifest struct {
	Format  int    `json:"format"`
	Plan    string `json:"plan"` // SHA-256 of plan.json
	Version string `json:"version"`
	GOARCH  string `json:"goarch"`
	Shard   int    `json:"shard"`
	From    uint64 `json:"from"`
	To      uint64 `json:"to"` // one past the last draw
	Draws   uint64 `json:"draws"`
	Rows    uint64 `json:"rows"` // of the table
	Files   []File `json:"files"`
}

// File is one file of a shard.
type File struct {
	Path   string `json:"path"` // in the run directory, with /
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Bytes renders the manifest.
func (m *Manifest) Bytes() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write a manifest: %w", err)
	}
	return append(b, '\n'), nil
}

// ParseManifest reads a manifest. Its error says what is wrong with it.
func ParseManifest(content []byte) (*Manifest, error) {
	if len(content) > MaxManifestBytes {
		return nil, fmt.Errorf("it has more than %d KiB", MaxManifestBytes>>10)
	}
	m := &Manifest{}
	if err := decodeStrict(content, m); err != nil {
		return nil, err
	}
	switch {
	case m.Format != format:
		return nil, fmt.Errorf("it has format %d, this program reads %d", m.Format, format)
	case !isHash(m.Plan):
		return nil, fmt.Errorf("it names no plan")
	case m.Shard < 0 || m.Shard >= MaxShards:
		return nil, fmt.Errorf("it is of shard %d", m.Shard)
	case m.From >= m.To || m.To > MaxDraws || m.Draws != m.To-m.From:
		return nil, fmt.Errorf("it counts %d draws from %d to %d", m.Draws, m.From, m.To)
	case len(m.Version) > maxText || len(m.GOARCH) > maxText:
		return nil, fmt.Errorf("a text in it is too long")
	case len(m.Files) != 2 || m.Files[0].Path != rowsName(m.Shard) || m.Files[1].Path != totalsName(m.Shard):
		return nil, fmt.Errorf("it does not name the two files of shard %d", m.Shard)
	}
	for _, f := range m.Files {
		if f.Bytes < 1 || !isHash(f.SHA256) {
			return nil, fmt.Errorf("it has no size or hash of %s", f.Path)
		}
	}
	again, err := m.Bytes()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, content) {
		return nil, fmt.Errorf("its bytes are not those that the program writes")
	}
	return m, nil
}

// Names in a run directory.
const (
	planName     = "plan.json"
	cancelName   = "cancel"
	rowsDir      = "shards"
	totalsDir    = "totals"
	manifestsDir = "manifests"
	attemptsDir  = "attempts"
	dataDir      = "data"
	temporary    = ".tmp-" // starts the name of a file that is being written
)

func rowsName(k int) string     { return path.Join(rowsDir, fmt.Sprintf("%05d.parquet", k)) }
func totalsName(k int) string   { return path.Join(totalsDir, fmt.Sprintf("%05d.bin", k)) }
func manifestName(k int) string { return path.Join(manifestsDir, fmt.Sprintf("%05d.json", k)) }
func attemptsName(k int) string { return path.Join(attemptsDir, fmt.Sprintf("%05d.ndjson", k)) }

// isLeftover tells a file that a killed attempt left.
func isLeftover(name string) bool { return strings.HasPrefix(name, temporary) }
