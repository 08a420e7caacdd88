package datapackage

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"

	"chokepoint/internal/fault"
)

// DescriptorName is the file that describes a package.
const DescriptorName = "datapackage.json"

// Descriptor describes a data package.
type Descriptor struct {
	Name        string     `json:"name"`
	Title       string     `json:"title"`
	Version     string     `json:"version"`
	Description string     `json:"description"`
	Resources   []Resource `json:"resources"`
}

// Resource describes one table.
type Resource struct {
	Name            string    `json:"name"`
	Path            string    `json:"path"`
	Title           string    `json:"title"`
	Description     string    `json:"description"`
	Sources         []Source  `json:"sources"`
	Licenses        []License `json:"licenses"`
	Redistributable string    `json:"redistributable"` // "yes", or the table is not shipped
	Vintage         string    `json:"vintage"`
	Evidence        string    `json:"evidence"`
	Schema          Schema    `json:"schema"`
}

// Source names where a table comes from.
type Source struct {
	Title string `json:"title"`
	Path  string `json:"path"`
}

// License is the licence of a table.
type License struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Path  string `json:"path"`
}

// Schema describes the fields and keys of a table.
type Schema struct {
	Fields      []Field      `json:"fields"`
	PrimaryKey  []string     `json:"primaryKey"`
	Block       []string     `json:"block"` // leading key fields that an overlay replaces as one
	ForeignKeys []ForeignKey `json:"foreignKeys"`
}

// Field describes a column.
type Field struct {
	Name        string      `json:"name"`
	Type        string      `json:"type"` // string, number or integer
	Unit        string      `json:"unit"`
	Description string      `json:"description"`
	Constraints Constraints `json:"constraints"`

	pattern *regexp.Regexp
}

// Constraints are what a cell must satisfy.
type Constraints struct {
	Required bool     `json:"required"`
	Minimum  *float64 `json:"minimum"`
	Maximum  *float64 `json:"maximum"`
	Enum     []string `json:"enum"`
	Pattern  string   `json:"pattern"`
}

// ForeignKey says that fields of a row must stand in another table.
type ForeignKey struct {
	Fields    keyFields `json:"fields"`
	Reference struct {
		Resource string    `json:"resource"`
		Fields   keyFields `json:"fields"`
	} `json:"reference"`
}

// keyFields is one field name or a list of them, both of which the standard allows.
type keyFields []string

// UnmarshalJSON accepts a string or a list of strings.
func (k *keyFields) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*k = keyFields{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(b, &many); err != nil {
		return err
	}
	*k = many
	return nil
}

// Limits bound what is read.
type Limits struct {
	FileBytes int64 // of one table or the descriptor
	Rows      int   // of one table
	CellBytes int   // of one cell
}

// DefaultLimits are generous for tables of this kind and small for a machine.
func DefaultLimits() Limits {
	return Limits{FileBytes: 64 << 20, Rows: 2_000_000, CellBytes: 64 << 10}
}

func readDescriptor(fsys fs.FS, lim Limits) (*Descriptor, error) {
	content, err := readFile(fsys, DescriptorName, lim)
	if err != nil {
		return nil, err
	}
	var d Descriptor
	if err := json.Unmarshal(content, &d); err != nil {
		return nil, &fault.Error{Code: fault.InvalidData, File: DescriptorName, What: err.Error(),
			Expected: "a data package descriptor", Err: err}
	}
	for i := range d.Resources {
		r := &d.Resources[i]
		for j := range r.Schema.Fields {
			f := &r.Schema.Fields[j]
			if f.Constraints.Pattern == "" {
				continue
			}
			if f.pattern, err = regexp.Compile(f.Constraints.Pattern); err != nil {
				return nil, fmt.Errorf("%s: pattern of %s.%s: %w", DescriptorName, r.Name, f.Name, err)
			}
		}
	}
	return &d, nil
}
