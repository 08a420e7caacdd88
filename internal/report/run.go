package report

import (
	"encoding/json"
	"runtime"

	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
)

// Run is the record of a run: what another person needs to get the same file.
// It names no time, user or place.
type Run struct {
	Program     string            `json:"program"`
	Version     string            `json:"version"`
	Command     []string          `json:"command"`
	DataVersion string            `json:"data_version"`
	DataSHA256  string            `json:"data_sha256"`
	Economy     string            `json:"economy"`
	Scenario    string            `json:"scenario,omitempty"` // hash, where the run is of one scenario
	Method      map[string]string `json:"method"`
	Probability string            `json:"probability"`
	Seed        *uint64           `json:"seed"` // null: no draws
	GOOS        string            `json:"goos"`
	GOARCH      string            `json:"goarch"`
	Notes       []string          `json:"notes"`
}

// NewRun fills a record.
func NewRun(version string, command []string, c *catalog.Catalog, m assess.Method, probability string, notes []string) (*Run, error) {
	hash, err := c.Package.Hash()
	if err != nil {
		return nil, err
	}
	settings := map[string]string{}
	for _, s := range m.Settings() {
		settings[s[0]] = s[1]
	}
	return &Run{Program: "chokepoint", Version: version, Command: command, DataVersion: c.Package.Version, DataSHA256: hash,
		Economy: Economy, Method: settings, Probability: probability, GOOS: runtime.GOOS, GOARCH: runtime.GOARCH, Notes: notes}, nil
}

// JSON renders the record.
func (r *Run) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	return append(b, '\n'), err
}

// Limits are the sentences that every result carries (model.md section 10).
func Limits() []string {
	return []string{
		"Not the USGS model: the chain follows its published description, the equations are this project's.",
		"Most values of use by country, elasticities and dependence are desk judgements (grades C and D); they multiply everything.",
		"Minerals inside imported parts are left out; the structure of the economy is of 2017; no exchange rate.",
	}
}
