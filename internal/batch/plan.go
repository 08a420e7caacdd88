package batch

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"chokepoint/internal/fault"
	"chokepoint/internal/quantile"
	"chokepoint/internal/scenario"
)

// Limits of a run.
const (
	MaxDraws     = 10_000_000
	MaxShards    = 1000
	MaxScenarios = 1000
	MaxUnits     = 1000
	MaxPlanBytes = 8 << 20
	maxText      = 1000 // bytes of a name, a setting or an edit
	maxEdits     = 1000
	maxOverlays  = 16
)

// format is the version of plan.json, of manifests and of totals.
const format = 1

// What a run draws.
const (
	KindRank      = "rank"      // the expected loss of units
	KindScenarios = "scenarios" // the numbers of given scenarios
)

// Plan says what a run computes. Two plans with the same bytes are the same run.
type Plan struct {
	Format      int               `json:"format"`
	Program     string            `json:"program"`
	Version     string            `json:"version"`
	DataVersion string            `json:"data_version"`
	DataSHA256  string            `json:"data_sha256"` // with overlays
	Overlays    int               `json:"overlays"`    // folders data/0, data/1 ... of the run directory
	Edits       []string          `json:"edits"`       // key=value of --set
	Economy     string            `json:"economy"`
	Method      map[string]string `json:"method"`
	Probability string            `json:"probability"`
	Kind        string            `json:"kind"`
	Ranking     *Ranking          `json:"ranking,omitempty"`   // of kind rank
	Scenarios   []Planned         `json:"scenarios,omitempty"` // of kind scenarios
	// ScenariosSHA256 is over the hashes of all scenarios of the run, in order.
	ScenariosSHA256 string     `json:"scenarios_sha256"`
	Seed            uint64     `json:"seed"`
	Draws           uint64     `json:"draws"`
	Shards          int        `json:"shards"`
	Sketch          SketchForm `json:"sketch"`
}

// Ranking is which ranking is drawn.
type Ranking struct {
	Units           []string `json:"units"`
	ActAs           string   `json:"act_as"` // country, or customs-area
	GivenDisruption bool     `json:"given_disruption"`
	ByChain         bool     `json:"by_chain"`
}

// Planned is one scenario of a plan.
type Planned struct {
	Label string `json:"label"` // unique in the plan
	Hash  string `json:"hash"`
	YAML  string `json:"yaml"` // canonical
}

// SketchForm states the sketches and sums that totals hold.
type SketchForm struct {
	RelativeError float64 `json:"relative_error"`
	SumStep       float64 `json:"sum_step"`
}

// sketchForm is that of this program.
var sketchForm = SketchForm{RelativeError: quantile.RelativeError, SumStep: 0x1p-40}

// Bytes renders the plan: always the same bytes for the same plan.
func (p *Plan) Bytes() ([]byte, error) {
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write a plan: %w", err)
	}
	return append(b, '\n'), nil
}

// Hash names the run: the SHA-256 of the plan's bytes.
func (p *Plan) Hash() (string, error) {
	b, err := p.Bytes()
	return hashOf(b), err
}

// Range returns the draws of shard k, from..to-1.
func (p *Plan) Range(k int) (from, to uint64) {
	d, s := p.Draws, uint64(p.Shards)
	return uint64(k) * d / s, uint64(k+1) * d / s
}

// CheckSize refuses numbers of draws and shards out of range.
func CheckSize(draws uint64, shards int) error {
	switch {
	case draws < 1 || draws > MaxDraws:
		return &fault.Error{Code: fault.Usage, File: "--draws", What: fmt.Sprint(draws), Expected: fmt.Sprintf("1 to %d", MaxDraws)}
	case shards < 1 || shards > MaxShards || uint64(shards) > draws:
		return &fault.Error{Code: fault.Usage, File: "--shards", What: fmt.Sprint(shards), Expected: fmt.Sprintf("1 to %d, and no more than draws", MaxShards)}
	}
	return nil
}

// ParsePlan reads plan.json. What it returns is within all limits and renders to
// the same bytes.
func ParsePlan(content []byte) (*Plan, error) {
	bad := func(format string, args ...any) (*Plan, error) {
		return nil, &fault.Error{Code: fault.InvalidData, File: planName, What: fmt.Sprintf(format, args...), Expected: "a plan that `chokepoint batch new` wrote", Do: "A plan is never edited: make a new run."}
	}
	if len(content) > MaxPlanBytes {
		return bad("the plan has more than %d MiB", MaxPlanBytes>>20)
	}
	p := &Plan{}
	if err := decodeStrict(content, p); err != nil {
		return bad("the plan cannot be read: %s", err)
	}
	if what := p.wrong(); what != "" {
		return bad("%s", what)
	}
	again, err := p.Bytes()
	if err != nil {
		return bad("the plan cannot be written again: %s", err)
	}
	if !bytes.Equal(again, content) {
		return bad("the plan was edited: its bytes are not those that the program writes")
	}
	return p, nil
}

// wrong says what is wrong with a plan, or "".
func (p *Plan) wrong() string {
	switch {
	case p.Program != "chokepoint":
		return "the plan is not of chokepoint"
	case p.Format != format:
		return fmt.Sprintf("the plan has format %d, this program reads %d", p.Format, format)
	case p.Draws < 1 || p.Draws > MaxDraws:
		return fmt.Sprintf("the plan has %d draws, 1 to %d are allowed", p.Draws, MaxDraws)
	case p.Shards < 1 || p.Shards > MaxShards || uint64(p.Shards) > p.Draws:
		return fmt.Sprintf("the plan has %d shards for %d draws, 1 to %d are allowed", p.Shards, p.Draws, MaxShards)
	case !isHash(p.DataSHA256) || !isHash(p.ScenariosSHA256):
		return "the plan has no hash of its data or scenarios"
	case p.Overlays < 0 || p.Overlays > maxOverlays:
		return fmt.Sprintf("the plan has %d folders of own tables, at most %d are allowed", p.Overlays, maxOverlays)
	case len(p.Edits) > maxEdits:
		return fmt.Sprintf("the plan has %d edits, at most %d are allowed", len(p.Edits), maxEdits)
	case len(p.Method) > 100:
		return "the plan has too many settings"
	case p.Sketch != sketchForm:
		return "the plan asks for another sketch than this program makes"
	}
	texts := append([]string{p.Version, p.DataVersion, p.Economy, p.Probability, p.Kind}, p.Edits...)
	for k, v := range p.Method {
		texts = append(texts, k, v)
	}
	switch {
	case p.Kind == KindRank && p.Ranking != nil && p.Scenarios == nil:
		if n := len(p.Ranking.Units); n < 1 || n > MaxUnits {
			return fmt.Sprintf("the plan ranks %d units, 1 to %d are allowed", n, MaxUnits)
		}
		texts = append(append(texts, p.Ranking.ActAs), p.Ranking.Units...)
	case p.Kind == KindScenarios && p.Ranking == nil:
		if n := len(p.Scenarios); n < 1 || n > MaxScenarios {
			return fmt.Sprintf("the plan has %d scenarios, 1 to %d are allowed", n, MaxScenarios)
		}
		labels := map[string]bool{}
		for _, s := range p.Scenarios {
			if labels[s.Label] || len(s.YAML) > scenario.MaxFileBytes {
				return "two scenarios of the plan have one label, or one is too large"
			}
			labels[s.Label] = true
			texts = append(texts, s.Label, s.Hash)
		}
	default:
		return "the plan is neither of a ranking nor of scenarios"
	}
	for _, t := range texts {
		if len(t) > maxText || !utf8.ValidString(t) || strings.IndexFunc(t, unicode.IsControl) >= 0 {
			return "a text of the plan is too long, or holds characters that steer a terminal"
		}
	}
	return ""
}

// decodeStrict reads one JSON value without unknown fields and nothing after it.
func decodeStrict(content []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("it ends too early")
		}
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows after its end")
	}
	return nil
}

func isHash(text string) bool {
	b, err := hex.DecodeString(text)
	return err == nil && len(b) == sha256.Size && strings.ToLower(text) == text
}
