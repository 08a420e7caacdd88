package report

import (
	"encoding/json"
	"maps"
	"runtime"
	"slices"
	"strings"

	"chokepoint/internal/assess"
	"chokepoint/internal/scenario"
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
	Overlays    []string          `json:"overlays,omitempty"` // folders of --data, in order
	Edits       []string          `json:"edits,omitempty"`    // what --set changed
	Scenario    string            `json:"scenario,omitempty"` // hash, where the run is of one scenario
	Canonical   string            `json:"scenario_text,omitempty"`
	Method      map[string]string `json:"method"`
	Probability string            `json:"probability"`
	Draws       int               `json:"draws"`
	Points      int               `json:"points,omitempty"` // base points of the analysis of drivers
	Seed        *uint64           `json:"seed"`             // null: no draws
	GOOS        string            `json:"goos"`
	GOARCH      string            `json:"goarch"`
	Notes       []string          `json:"notes"`
}

// NewRun fills a record.
func NewRun(version string, command []string, e *assess.Engine, probability string, s *scenario.Scenario, notes []string) (*Run, error) {
	c := e.Catalog
	hash, err := c.Package.Hash()
	if err != nil {
		return nil, err
	}
	settings := map[string]string{}
	for _, s := range e.Method.Settings() {
		settings[s[0]] = s[1]
	}
	r := &Run{Program: "chokepoint", Version: version, Command: command, DataVersion: c.Package.Version, DataSHA256: hash,
		Economy: Economy, Method: settings, Probability: probability, GOOS: runtime.GOOS, GOARCH: runtime.GOARCH, Notes: notes}
	for _, edit := range e.Edits {
		r.Edits = append(r.Edits, edit.String())
	}
	if s != nil {
		r.Scenario, r.Canonical = s.Hash(c), s.Canon(c)
	}
	return r, nil
}

// Lines are the record as name and text, for the sheet About of a workbook.
func (r *Run) Lines() [][2]string {
	out := [][2]string{{"program", r.Program + " " + r.Version}, {"command", "chokepoint " + strings.Join(r.Command, " ")},
		{"data", r.DataVersion}, {"data sha256", r.DataSHA256}, {"economy", r.Economy}, {"probability", r.Probability}, {"platform", r.GOOS + "/" + r.GOARCH}}
	if r.Scenario != "" {
		out = append(out, [2]string{"scenario", r.Scenario}, [2]string{"scenario, canonical", r.Canonical})
	}
	for _, k := range slices.Sorted(maps.Keys(r.Method)) {
		out = append(out, [2]string{"method " + k, r.Method[k]})
	}
	for _, o := range r.Overlays {
		out = append(out, [2]string{"overlay", o})
	}
	for _, e := range r.Edits {
		out = append(out, [2]string{"edit", e})
	}
	for _, n := range r.Notes {
		out = append(out, [2]string{"note", n})
	}
	return out
}

// JSON renders the record.
func (r *Run) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	return append(b, '\n'), err
}

// Limits are the sentences that every result carries (model.md section 10).
func Limits() []string {
	return []string{"Not the USGS model. Most values of use by country, elasticities and dependence are desk judgements (grades C and D); they multiply everything. Minerals inside imported parts are left out; the structure of the economy is of 2017; no exchange rate."}
}
