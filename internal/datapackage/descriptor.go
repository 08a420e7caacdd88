package datapackage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

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
	PrimaryKey  keyFields    `json:"primaryKey"`
	Block       keyFields    `json:"block"` // key fields; an overlay replaces all rows that agree in them; none = all rows
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

// size writes a limit of bytes.
func size(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

func readDescriptor(fsys fs.FS, lim Limits) (*Descriptor, error) {
	content, err := readFile(fsys, DescriptorName, DescriptorName, lim)
	if err != nil {
		return nil, err
	}
	content = bytes.TrimPrefix(content, []byte(utf8BOM))
	var d Descriptor
	if err := json.Unmarshal(content, &d); err != nil {
		f := descriptorFault(strings.TrimPrefix(err.Error(), "json: "), "a data package descriptor (JSON)")
		f.Err = err
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		switch {
		case errors.As(err, &syntax):
			f.Line, f.Col = lineCol(content, int(syntax.Offset)-1)
		case errors.As(err, &kind):
			f.Line, f.Col = lineCol(content, int(kind.Offset)-1)
		}
		return nil, f
	}
	return &d, d.validate()
}

// lineCol is the 1-based place of a byte.
func lineCol(content []byte, at int) (line, col int) {
	at = min(max(at, 0), len(content))
	return 1 + bytes.Count(content[:at], []byte{'\n'}), at - bytes.LastIndexByte(content[:at], '\n')
}

func descriptorFault(what, expected string) *fault.Error {
	return &fault.Error{Code: fault.InvalidData, File: DescriptorName, What: what, Expected: expected, Do: "Correct the descriptor of the data package."}
}

// validate refuses a descriptor whose tables could not be read by its rules:
// names that stand for nothing, keys over fields that are not text, constraints
// that do not belong to the type.
func (d *Descriptor) validate() error {
	names, files := map[string]bool{}, map[string]bool{}
	for i := range d.Resources {
		r := &d.Resources[i]
		at := "resource " + fault.Quote(r.Name) + ": "
		switch base := path.Base(r.Path); {
		case r.Name == "" || names[r.Name]:
			return descriptorFault(at+"the name is empty or stands twice", "a name of its own")
		case !fs.ValidPath(r.Path) || path.Ext(base) != ".csv":
			return descriptorFault(at+"path "+fault.Quote(r.Path), "a relative path to a .csv file")
		case files[base]:
			return descriptorFault(at+"file name "+fault.Quote(base)+" stands twice", "file names that differ, so that an overlay can name them")
		default:
			names[r.Name], files[base] = true, true
		}
		if err := r.Schema.validate(at); err != nil {
			return err
		}
	}
	for i := range d.Resources {
		r := &d.Resources[i]
		for _, fk := range r.Schema.ForeignKeys {
			at := "resource " + fault.Quote(r.Name) + ", foreign key " + strings.Join(fk.Fields, ", ") + ": "
			k := slices.IndexFunc(d.Resources, func(x Resource) bool { return x.Name == fk.Reference.Resource })
			if k < 0 {
				return descriptorFault(at+"no resource "+fault.Quote(fk.Reference.Resource), "a resource of the package")
			}
			if len(fk.Fields) == 0 || len(fk.Fields) != len(fk.Reference.Fields) {
				return descriptorFault(at+fmt.Sprintf("%d fields refer to %d", len(fk.Fields), len(fk.Reference.Fields)), "the same number, at least 1")
			}
			if err := r.Schema.textFields(at, fk.Fields); err != nil {
				return err
			}
			if err := d.Resources[k].Schema.textFields(at, fk.Reference.Fields); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Schema) validate(at string) error {
	if len(s.Fields) == 0 {
		return descriptorFault(at+"the schema has no fields", "at least one")
	}
	seen := map[string]bool{}
	for j := range s.Fields {
		f := &s.Fields[j]
		c := &f.Constraints
		at := at + "field " + fault.Quote(f.Name) + ": "
		isText := f.Type == "string"
		switch {
		case f.Name == "" || seen[f.Name]:
			return descriptorFault(at+"the name is empty or stands twice", "a name of its own")
		case !isText && f.Type != "number" && f.Type != "integer":
			return descriptorFault(at+"unknown type "+fault.Quote(f.Type), "string, number or integer")
		case isText && (c.Minimum != nil || c.Maximum != nil):
			return descriptorFault(at+"text has a minimum or maximum", "enum or pattern")
		case !isText && (c.Enum != nil || c.Pattern != ""):
			return descriptorFault(at+"a number has an enum or pattern", "minimum or maximum")
		}
		seen[f.Name] = true
		if c.Pattern != "" {
			var err error
			if f.pattern, err = regexp.Compile(c.Pattern); err != nil {
				return descriptorFault(at+err.Error(), "a regular expression")
			}
		}
	}
	if err := s.textFields(at+"primary key: ", s.PrimaryKey); err != nil {
		return err
	}
	for _, name := range s.Block {
		if !slices.Contains(s.PrimaryKey, name) {
			return descriptorFault(at+"block field "+fault.Quote(name)+" is not in the primary key", "fields of the primary key")
		}
	}
	return nil
}

// textFields refuses names that are no text field of the schema.
func (s *Schema) textFields(at string, names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(s.Fields, func(f Field) bool { return f.Name == name && f.Type == "string" }) {
			return descriptorFault(at+fault.Quote(name)+" is no text field", "text fields of the schema")
		}
	}
	return nil
}
