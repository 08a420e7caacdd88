package datapackage

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"chokepoint/internal/fault"
)

// FuzzTable: whatever the bytes of a table, it is refused with a place, or all
// numbers are finite and in range, keys differ, and every cell is found again
// where Place says.
func FuzzTable(f *testing.F) {
	for _, rows := range []string{"gallium,CHN,2023,97.5,official,\n", "\"a\"\"b\",\"x\r\ny\",,1e-300,,\"\"\n", "a,b,,NaN,,\n", "a,b,,1,,\na,b,,1,,\n", "a,b,,1,,\"x", "\xff", "ñ,\"\n\",,0,computed,é\n\n"} {
		f.Add([]byte(head + rows))
	}
	f.Add([]byte(utf8BOM + strings.ReplaceAll(head, "\n", "\r\n")))
	f.Fuzz(func(t *testing.T, content []byte) {
		m := base("")
		m["tables/supply.csv"].Data = content
		tab, err := open(t, m, DefaultLimits()).table("supply", Limits{FileBytes: 1 << 16, Rows: 100, CellBytes: 200})
		if err != nil {
			var e *fault.Error
			if !errors.As(err, &e) || e.Code != fault.InvalidData || e.What == "" || e.File != "supply.csv" {
				t.Fatalf("%#v", err)
			}
			return
		}
		content = bytes.TrimPrefix(content, []byte(utf8BOM))
		lines := bytes.Split(content, []byte{'\n'})
		keys := map[string]bool{}
		for row := range tab.Rows() {
			if x := tab.Numbers("share_pct")[row]; !(x >= 0 && x <= 100) || tab.Missing("share_pct", row) {
				t.Fatalf("share %g", x)
			}
			if y := tab.Numbers("year")[row]; !(y >= 1990 && y <= 2100 && y == math.Trunc(y)) && !tab.Missing("year", row) {
				t.Fatalf("year %g", y)
			}
			key := tab.Cell(row, "commodity") + "\n\x00" + tab.Cell(row, "country")
			if keys[key] {
				t.Fatalf("key %q twice", key)
			}
			keys[key] = true
			for i := range tab.Resource.Schema.Fields {
				name := tab.Resource.Schema.Fields[i].Name
				p := tab.Place(row, name)
				if tab.Resource.Schema.Fields[i].Type != "string" || tab.Missing(name, row) {
					continue
				}
				rest := bytes.TrimPrefix(lines[p.Line-1][p.Col-1:], []byte{'"'})
				first, _, _ := strings.Cut(tab.Cell(row, name), "\n")
				first, _, _ = strings.Cut(first, `"`)
				if !bytes.HasPrefix(rest, []byte(first)) {
					t.Fatalf("%s says %q is at %q", p, tab.Cell(row, name), rest)
				}
			}
		}
	})
}

// FuzzDescriptor: whatever the descriptor, a package is refused or can be read.
func FuzzDescriptor(f *testing.F) {
	f.Add([]byte(descriptor))
	f.Add([]byte(strings.ReplaceAll(descriptor, `["commodity", "country"]`, `"year"`)))
	f.Add([]byte(`{"resources": [{"name": "a", "path": "units.csv", "schema": {"fields": [{"name": "commodity", "type": "string"}, {"name": "host", "type": "number"}], "primaryKey": "host"}}]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		m := base(head + "gallium,CHN,2023,97.5,official,\n")
		m["units.csv"] = m["tables/units.csv"]
		m[DescriptorName].Data = content
		p, err := Open(m, Limits{FileBytes: 1 << 16, Rows: 10, CellBytes: 100}, Overlay{"own", files("units.csv", "commodity,host\ntin,\n", "supply.csv", head+"tin,CHN,2023,1,official,\n")})
		if err != nil {
			if fault.CodeOf(err) != fault.InvalidData {
				t.Fatalf("%#v", err)
			}
			return
		}
		for i := range p.Resources {
			name := p.Resources[i].Name
			if tab, err := p.Table(name); err == nil {
				for row := range tab.Rows() {
					for k := range tab.Resource.Schema.Fields {
						tab.Place(row, tab.Resource.Schema.Fields[k].Name)
						tab.Cell(row, tab.Resource.Schema.Fields[k].Name)
					}
				}
			}
			_, _ = p.CheckReferences(name)
		}
		if _, err := p.Hash(); err != nil && fault.CodeOf(err) != fault.InvalidData {
			t.Fatal(err)
		}
	})
}
