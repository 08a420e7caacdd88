package datapackage

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"chokepoint/internal/fault"
)

// The package of the tests: units, countries, and who supplies what.
const descriptor = `{
 "name": "test", "version": "1",
 "resources": [
  {"name": "units", "path": "tables/units.csv", "schema": {
    "fields": [
     {"name": "commodity", "type": "string", "description": "commodity unit", "constraints": {"required": true, "pattern": "^[a-z]+$"}},
     {"name": "host", "type": "string", "description": "unit it comes with"}],
    "primaryKey": "commodity", "block": "commodity",
    "foreignKeys": [{"fields": "host", "reference": {"resource": "units", "fields": "commodity"}}]}},
  {"name": "supply", "path": "tables/supply.csv", "schema": {
    "fields": [
     {"name": "commodity", "type": "string", "description": "commodity unit", "constraints": {"required": true}},
     {"name": "country", "type": "string", "description": "country", "constraints": {"required": true}},
     {"name": "year", "type": "integer", "unit": "year", "description": "year", "constraints": {"minimum": 1990, "maximum": 2100}},
     {"name": "share_pct", "type": "number", "unit": "%", "description": "share", "constraints": {"required": true, "minimum": 0, "maximum": 100}},
     {"name": "grade", "type": "string", "description": "grade", "constraints": {"enum": ["official", "computed"]}},
     {"name": "note", "type": "string", "description": "note"}],
    "primaryKey": ["commodity", "country"], "block": ["commodity"],
    "foreignKeys": [{"fields": ["commodity"], "reference": {"resource": "units", "fields": ["commodity"]}}]}},
  {"name": "uses", "path": "tables/uses.csv", "schema": {
    "fields": [
     {"name": "commodity", "type": "string", "description": "commodity unit"},
     {"name": "country", "type": "string", "description": "country"},
     {"name": "change", "type": "number", "description": "change"}],
    "primaryKey": [],
    "foreignKeys": [{"fields": ["commodity", "country"], "reference": {"resource": "supply", "fields": ["commodity", "country"]}}]}}
 ]}`

const (
	head  = "commodity,country,year,share_pct,grade,note\n"
	units = "commodity,host\ngallium,\nindium,\nzinc,\n"
)

// files makes a file system of name, content pairs.
func files(nameContent ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(nameContent); i += 2 {
		m[nameContent[i]] = &fstest.MapFile{Data: []byte(nameContent[i+1])}
	}
	return m
}

func base(supply string) fstest.MapFS {
	return files(DescriptorName, descriptor, "tables/units.csv", units, "tables/supply.csv", supply, "tables/uses.csv", "commodity,country,change\n")
}

func open(t testing.TB, fsys fs.FS, lim Limits, overlays ...Overlay) *Package {
	t.Helper()
	p, err := Open(fsys, lim, overlays...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// firstLine is the line of an error that says what is wrong; the advice is
// checked to be one line and there.
func firstLine(t testing.TB, err error) string {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("no fault: %v", err)
	}
	if fault.CodeOf(err) != fault.InvalidData {
		t.Errorf("exit code %d", fault.CodeOf(err))
	}
	first, advice, _ := strings.Cut(err.Error(), "\n")
	if strings.Contains(advice, "\n") {
		t.Errorf("advice of more than a line: %q", advice)
	}
	return first
}

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, supply string }{
		{"plain", head + "gallium,CHN,2023,97.5,official,\nindium,KOR,,12,,a note\n"},
		{"byte order mark", utf8BOM + head + "gallium,CHN,2023,97.5,official,\nindium,KOR,,12,,a note\n"},
		{"Windows line ends", strings.ReplaceAll(head+"gallium,CHN,2023,97.5,official,\nindium,KOR,,12,,a note\n", "\n", "\r\n")},
		{"no line end at the end", head + "gallium,CHN,2023,97.5,official,\nindium,KOR,,12,,a note"},
		{"other order of fields", "note,share_pct,year,grade,country,commodity\n,97.5,2023,official,CHN,gallium\na note,12,,,KOR,indium\n"},
		{"quotes, blank lines, other spellings of numbers", "\n\"commodity\",country,year,share_pct,grade,note\n\ngallium,\"CHN\",2.023e3,+97.50,official,\n\n\nindium,KOR,,1.2e1,,\"a note\"\n\n"},
	} {
		tab, err := open(t, base(c.supply), DefaultLimits()).Table("supply")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := fmt.Sprint(tab.Rows(), tab.Text("commodity"), tab.Text("country"), tab.Numbers("year"), tab.Numbers("share_pct"), tab.Text("grade"), tab.Text("note"),
			tab.Missing("year", 0), tab.Missing("year", 1), tab.Missing("share_pct", 1), tab.Missing("note", 0), tab.Missing("note", 1)) +
			fmt.Sprintf(" %q", []string{tab.Cell(0, "year"), tab.Cell(1, "year"), tab.Cell(0, "share_pct"), tab.Cell(1, "note")})
		if want := "2 [gallium indium] [CHN KOR] [2023 0] [97.5 12] [official ] [ a note] false true false true false [\"2023\" \"\" \"97.5\" \"a note\"]"; got != want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, want)
		}
	}
	if tab, err := open(t, base(head), DefaultLimits()).Table("supply"); err != nil || tab.Rows() != 0 || len(tab.Text("note")) != 0 {
		t.Errorf("a table without rows: %v", err)
	}
}

// TestBadTables: what is wrong with a table, where it stands and what was
// expected, as a user reads it.
func TestBadTables(t *testing.T) {
	row := head + "gallium,CHN,2023,97.5,official,\n"
	tiny := Limits{FileBytes: 400, Rows: 3, CellBytes: 20}
	for _, c := range []struct{ name, supply, want string }{
		{"empty file", "", "supply.csv:1:1: the file has no header line: expected the field names of the table, separated by commas"},
		{"only a byte order mark", utf8BOM, "supply.csv:1:1: the file has no header line: expected the field names of the table, separated by commas"},
		{"unknown field", strings.Replace(row, "share_pct", "share_pc", 1), `supply.csv:1:24: unknown field "share_pc": expected one of commodity, country, year, share_pct, grade, note (did you mean share_pct?)`},
		{"semicolons", strings.ReplaceAll(row, ",", ";"), `supply.csv:1:1: unknown field "commodity;country;year;share_pct;grade;note": expected one of commodity, country, year, share_pct, grade, note`},
		{"missing field", "commodity,country,year,share_pct,grade\n", "supply.csv:1:1: the field note is missing: expected all of commodity, country, year, share_pct, grade, note"},
		{"field twice", "commodity,country,country\n", "supply.csv:1:19: the field country stands twice: expected each field once"},
		{"quote in the header", "commodity,cou\"ntry\n", "supply.csv:1:14: a quote inside a cell that does not start with one: expected quotes around a whole cell, doubled inside it"},
		{"too few cells", row + "gallium,KOR,2023\n", "supply.csv:3:1: the row has 3 cells: expected 6, one for each field of the header"},
		{"too many cells", row + "gallium,KOR,2023,2,official,a,b\n", "supply.csv:3:1: the row has 7 cells: expected 6, one for each field of the header"},
		{"truncated file", row + "gallium,KO", "supply.csv:3:1: the row has 2 cells: expected 6, one for each field of the header"},
		{"quote not closed", row + "gallium,KOR,2023,2,official,\"a\nindium,KOR,2023,2,official,\n", "supply.csv:3:1: a quote opened in the row that starts here runs on to line 4: expected quotes around a whole cell, doubled inside it"},
		{"quote not closed in the last line", row + "gallium,KOR,2023,2,official,\"a", "supply.csv:3:31: a quoted cell is not closed, or a quote inside it is not doubled: expected quotes around a whole cell, doubled inside it"},
		{"quote not doubled", row + `gallium,KOR,2023,2,official,"a "b" c"` + "\n", "supply.csv:3:32: a quoted cell is not closed, or a quote inside it is not doubled: expected quotes around a whole cell, doubled inside it"},
		{"bare quote", row + "gallium,KOR,2023,2,official,a\"b\n", "supply.csv:3:30: a quote inside a cell that does not start with one: expected quotes around a whole cell, doubled inside it"},
		{"empty number", head + "gallium,CHN,2023,,official,\n", "supply.csv:2:18: share_pct: the cell is empty: expected a number from 0 to 100 (%)"},
		{"empty text", head + ",CHN,2023,5,official,\n", "supply.csv:2:1: commodity: the cell is empty: expected commodity unit"},
		{"not a number", head + "gallium,CHN,2023,W,official,\n", `supply.csv:2:18: share_pct: "W" is not a finite number: expected a number from 0 to 100 (%)`},
		{"decimal comma", head + "gallium,CHN,2023,\"97,5\",official,\n", `supply.csv:2:18: share_pct: "97,5" is not a finite number: expected a number from 0 to 100 (%), with a decimal point and nothing between thousands`},
		{"space before a number", head + "gallium,CHN,2023, 5,official,\n", `supply.csv:2:18: share_pct: " 5" is not a finite number: expected a number from 0 to 100 (%)`},
		{"percent sign", head + "gallium,CHN,2023,5%,official,\n", `supply.csv:2:18: share_pct: "5%" is not a finite number: expected a number from 0 to 100 (%)`},
		{"NaN", head + "gallium,CHN,2023,NaN,official,\n", `supply.csv:2:18: share_pct: "NaN" is not a finite number: expected a number from 0 to 100 (%)`},
		{"infinity", head + "gallium,CHN,2023,-Inf,official,\n", `supply.csv:2:18: share_pct: "-Inf" is not a finite number: expected a number from 0 to 100 (%)`},
		{"beyond a float64", head + "gallium,CHN,2023,1e999,official,\n", `supply.csv:2:18: share_pct: "1e999" is not a finite number: expected a number from 0 to 100 (%)`},
		{"hexadecimal", head + "gallium,CHN,2023,0x1p3,official,\n", `supply.csv:2:18: share_pct: "0x1p3" is not a finite number: expected a number from 0 to 100 (%)`},
		{"underscores", head + "gallium,CHN,2023,0_5,official,\n", `supply.csv:2:18: share_pct: "0_5" is not a finite number: expected a number from 0 to 100 (%)`},
		{"fraction of a year", head + "gallium,CHN,2023.5,5,official,\n", `supply.csv:2:13: year: "2023.5" is not a whole number: expected a whole number from 1990 to 2100 (year)`},
		{"whole number without end", head + "gallium,CHN,1e300,5,official,\n", `supply.csv:2:13: year: "1e300" is not a whole number: expected a whole number from 1990 to 2100 (year)`},
		{"too small", head + "gallium,CHN,2023,-0.1,official,\n", "supply.csv:2:18: share_pct: -0.1 is too small: expected a number from 0 to 100 (%)"},
		{"too large", head + "gallium,CHN,2023,100.1,official,\n", "supply.csv:2:18: share_pct: 100.1 is too large: expected a number from 0 to 100 (%)"},
		{"not in the list", head + "gallium,CHN,2023,5,offical,\n", `supply.csv:2:20: grade: "offical" is not allowed: expected one of official, computed (did you mean official?)`},
		{"key twice", row + "indium,CHN,2023,2,,\n\ngallium,CHN,2022,3,,\n", `supply.csv:5:9: the row repeats the key "gallium", "CHN" of line 2: expected each key once`},
		{"cp1252", row + "gallium,KOR,2023,2,,C\xf4te\n", "supply.csv:3:22: byte 0xf4 is not UTF-8: expected UTF-8 text (in a spreadsheet: save as CSV UTF-8)"},
		{"UTF-16", "\xff\xfec\x00o\x00", "supply.csv:1:1: byte 0xff is not UTF-8: expected UTF-8 text (in a spreadsheet: save as CSV UTF-8)"},
		{"UTF-16 without mark", "c\x00o\x00", "supply.csv:1:2: control character 0x00: expected UTF-8 text (in a spreadsheet: save as CSV UTF-8)"},
		{"escape", row + "gallium,KOR,2023,2,,\x1b[2J\n", "supply.csv:3:21: control character 0x1b: expected UTF-8 text (in a spreadsheet: save as CSV UTF-8)"},
		{"C1 control", row + "gallium,KOR,2023,2,,\u009b2J\n", "supply.csv:3:21: control character U+009B: expected UTF-8 text (in a spreadsheet: save as CSV UTF-8)"},
		{"right-to-left override", row + "gallium,KOR,2023,2,,a\u202eb\n", "supply.csv:3:22: control character U+202E: expected UTF-8 text (in a spreadsheet: save as CSV UTF-8)"},
		{"second byte order mark", row + utf8BOM + "gallium,KOR,2023,2,,\n", "supply.csv:3:1: control character U+FEFF: expected UTF-8 text (in a spreadsheet: save as CSV UTF-8)"},
		{"line ends of old", strings.ReplaceAll(row, "\n", "\r"), "supply.csv:1:44: carriage return that ends no line: expected UTF-8 text (in a spreadsheet: save as CSV UTF-8)"},
		{"too large a file", row + strings.Repeat("\n", 400), "supply.csv: the file is too large: expected at most 400 bytes"},
		{"too many rows", row + "a,CHN,,1,,\nb,CHN,,1,,\nc,CHN,,1,,\n", "supply.csv:5:1: the table has too many rows: expected at most 3"},
		{"too long a cell", row + "a,CHN,,1,," + strings.Repeat("x", 21) + "\n", "supply.csv:3:11: note: the cell is too long: expected at most 20 bytes"},
	} {
		tab, err := open(t, base(c.supply), DefaultLimits()).table("supply", tiny)
		if err == nil {
			t.Errorf("%s: accepted, %d rows", c.name, tab.Rows())
			continue
		}
		if got := firstLine(t, err); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// table reads a table under other limits than the descriptor was read with.
func (p *Package) table(name string, lim Limits) (*Table, error) {
	p.limits = lim
	return p.Table(name)
}

func TestMissingFiles(t *testing.T) {
	_, err := Open(files(), DefaultLimits())
	if got, want := firstLine(t, err), "datapackage.json: cannot open the file: file does not exist"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	p := open(t, files(DescriptorName, descriptor, "tables/supply.csv/x", ""), DefaultLimits())
	for table, want := range map[string]string{
		"units":  "units.csv: cannot open the file: file does not exist",
		"supply": "supply.csv: cannot read the file: invalid argument", // a folder
	} {
		_, err := p.Table(table)
		if got := firstLine(t, err); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if _, err := p.Table("nothing"); err == nil || err.Error() != `the data package has no table "nothing"` {
		t.Errorf("unknown table: %v", err)
	}
	if _, err := p.CheckReferences("supply"); err == nil {
		t.Error("references of a table that cannot be read")
	}
	if _, err := Open(files(DescriptorName, descriptor), Limits{FileBytes: 100}); err == nil || firstLine(t, err) != "datapackage.json: the file is too large: expected at most 100 bytes" {
		t.Errorf("huge descriptor: %v", err)
	}
}

func TestBadDescriptors(t *testing.T) {
	change := func(old, new string) string {
		if strings.Count(descriptor, old) < 1 {
			t.Fatalf("%q is not in the descriptor", old)
		}
		return strings.Replace(descriptor, old, new, 1)
	}
	for _, c := range []struct{ name, text, want string }{
		{"cut off", descriptor[:60], "datapackage.json:4:9: unexpected end of JSON input: expected a data package descriptor (JSON)"},
		{"not JSON", "{\n name: 1}", "datapackage.json:2:2: invalid character 'n' looking for beginning of object key string: expected a data package descriptor (JSON)"},
		{"a list", "[]", "datapackage.json:1:1: cannot unmarshal array into Go value of type datapackage.Descriptor: expected a data package descriptor (JSON)"},
		{"pattern", change("^[a-z]+$", "("), "datapackage.json: resource \"units\": field \"commodity\": error parsing regexp: missing closing ): `(`: expected a regular expression"},
		{"type", change(`"type": "integer"`, `"type": "date"`), `datapackage.json: resource "supply": field "year": unknown type "date": expected string, number or integer`},
		{"field twice", change(`"name": "year"`, `"name": "country"`), `datapackage.json: resource "supply": field "country": the name is empty or stands twice: expected a name of its own`},
		{"resource twice", change(`"name": "supply"`, `"name": "units"`), `datapackage.json: resource "units": the name is empty or stands twice: expected a name of its own`},
		{"file twice", change(`tables/supply.csv`, `other/units.csv`), `datapackage.json: resource "supply": file name "units.csv" stands twice: expected file names that differ, so that an overlay can name them`},
		{"path outside", change(`tables/supply.csv`, `../supply.csv`), `datapackage.json: resource "supply": path "../supply.csv": expected a relative path to a .csv file`},
		{"enum of a number", change(`"minimum": 1990`, `"enum": ["1"]`), `datapackage.json: resource "supply": field "year": a number has an enum or pattern: expected minimum or maximum`},
		{"minimum of a text", change(`"enum"`, `"minimum": 0, "enum"`), `datapackage.json: resource "supply": field "grade": text has a minimum or maximum: expected enum or pattern`},
		{"key over a number", change(`["commodity", "country"], "block"`, `["commodity", "year"], "block"`), `datapackage.json: resource "supply": primary key: "year" is no text field: expected text fields of the schema`},
		{"block outside the key", change(`"block": ["commodity"]`, `"block": ["grade"]`), `datapackage.json: resource "supply": block field "grade" is not in the primary key: expected fields of the primary key`},
		{"foreign table", change(`"resource": "supply"`, `"resource": "suply"`), `datapackage.json: resource "uses", foreign key commodity, country: no resource "suply": expected a resource of the package`},
		{"foreign fields", change(`"resource": "supply", "fields": ["commodity", "country"]`, `"resource": "supply", "fields": ["commodity"]`), `datapackage.json: resource "uses", foreign key commodity, country: 2 fields refer to 1: expected the same number, at least 1`},
		{"no fields", `{"resources": [{"name": "a", "path": "a.csv"}]}`, `datapackage.json: resource "a": the schema has no fields: expected at least one`},
	} {
		_, err := Open(files(DescriptorName, c.text), DefaultLimits())
		if err == nil {
			t.Errorf("%s: accepted", c.name)
		} else if got := firstLine(t, err); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestReferences(t *testing.T) {
	supply := head + "gallium,CHN,,1,,\ngallium,KOR,,1,,\nindium,CAN,,1,,\n"
	for _, c := range []struct {
		name, table, units, supply, uses string
		checked                          int
		want                             string
	}{
		{"all there", "supply", units, supply, "", 3, ""},
		{"near name", "supply", units, head + "gallium,CHN,,1,,\n\"galium\",CHN,,1,,\n", "", 1,
			`supply.csv:3:1: "galium" is not in table units: expected commodity of one of its rows (did you mean gallium?)`},
		{"far name", "supply", units, head + "unobtainium,CHN,,1,,\n", "", 0, `supply.csv:2:1: "unobtainium" is not in table units: expected commodity of one of its rows`},
		{"invisible letter", "supply", units, head + "gallium\u200b,CHN,,1,,\n", "", 0,
			`supply.csv:2:1: "gallium\u200b" is not in table units: expected commodity of one of its rows (did you mean gallium?)`},
		{"a key of two fields: only its own rows are near", "uses", units, supply, "gallium,KOR,1\ngallium,CAN,2\n", 1,
			`uses.csv:3:9: "gallium", "CAN" is not in table supply: expected commodity, country of one of its rows (did you mean CHN?)`},
		{"parts of two rows are no key", "uses", units, supply, "indium,KOR,1\n", 0, `uses.csv:2:8: "indium", "KOR" is not in table supply: expected commodity, country of one of its rows`},
		{"an empty key refers to nothing", "uses", units, supply, ",,1\ngallium,CHN,\n", 1, ""},
		{"half a key refers to something", "uses", units, supply, "gallium,,1\n", 0, `uses.csv:2:9: "gallium", "" is not in table supply: expected commodity, country of one of its rows`},
		{"a table may refer to itself", "units", "commodity,host\ngallium,aluminum\n", supply, "", 0, `units.csv:2:9: "aluminum" is not in table units: expected commodity of one of its rows`},
		{"optional and empty", "units", units, supply, "", 0, ""},
	} {
		p := open(t, files(DescriptorName, descriptor, "tables/units.csv", c.units, "tables/supply.csv", c.supply, "tables/uses.csv", "commodity,country,change\n"+c.uses), DefaultLimits())
		n, err := p.CheckReferences(c.table)
		got := ""
		if err != nil {
			got = firstLine(t, err)
		}
		if n != c.checked || got != c.want {
			t.Errorf("%s: %d checked\n got %s\nwant %s", c.name, n, got, c.want)
		}
	}
}

func TestPlace(t *testing.T) {
	const supply = utf8BOM + "note,commodity,country,year,share_pct,grade\r\n" +
		"\"two\r\nlines, and a comma\",gallium,CHN,2023,97.5,official\r\n" +
		"\r\n" +
		"\"a \"\"quote\"\"\",\"indium\",\"KOR\",,12,\n" +
		"ñ,zinc,CHN,2023,1,\n"
	tab, err := open(t, base(supply), DefaultLimits()).Table("supply")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := tab.Cell(0, "note"), "two\nlines, and a comma"; got != want {
		t.Errorf("cell of two lines: %q", got)
	}
	for _, c := range []struct {
		row   int
		field string
		want  string
	}{
		{0, "note", "supply.csv:2:1"},
		{0, "commodity", "supply.csv:3:21"},
		{0, "share_pct", "supply.csv:3:38"},
		{1, "note", "supply.csv:5:1"},
		{1, "commodity", "supply.csv:5:15"},
		{1, "year", "supply.csv:5:30"}, // empty: where it would stand
		{1, "share_pct", "supply.csv:5:31"},
		{2, "commodity", "supply.csv:6:4"}, // columns are bytes, as compilers count
	} {
		if got := tab.Place(c.row, c.field).String(); got != c.want {
			t.Errorf("row %d, %s: %s, want %s", c.row, c.field, got, c.want)
		}
	}
}

func TestOverlay(t *testing.T) {
	fsys := base(head + "gallium,CHN,2023,90,,\ngallium,KOR,2023,10,,\nindium,CHN,2023,60,,\nindium,KOR,,40,,\nzinc,CHN,,100,,x\n")
	own := Overlay{"../own", files("supply.csv", head+"indium,CAN,2024,70,,\nindium,KOR,2024,30,,mine\n", "README.md", "ignored", "old/supply.csv", "ignored")}
	later := Overlay{"later", files("supply.csv", head+"zinc,PER,2024,100,,\n", "units.csv", "commodity,host\ntin,\n")}
	p := open(t, fsys, DefaultLimits(), own, later)
	tab, err := p.Table("supply")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for i := range tab.Rows() {
		rows = append(rows, strings.Join([]string{tab.Cell(i, "commodity"), tab.Cell(i, "country"), tab.Cell(i, "year"), tab.Cell(i, "share_pct"), tab.Cell(i, "note"), tab.Place(i, "share_pct").String()}, " "))
	}
	want := []string{ // all rows of indium and of zinc give way, gallium stays
		"gallium CHN 2023 90  supply.csv:2:18",
		"gallium KOR 2023 10  supply.csv:3:18",
		"indium CAN 2024 70  ../own/supply.csv:2:17",
		"indium KOR 2024 30 mine ../own/supply.csv:3:17",
		"zinc PER 2024 100  later/supply.csv:2:15",
	}
	if !slices.Equal(rows, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
	if u, err := p.Table("units"); err != nil || !slices.Equal(u.Text("commodity"), []string{"gallium", "indium", "zinc", "tin"}) {
		t.Errorf("a new block is added: %v %v", u, err)
	}
	if !p.Overlaid("supply") || !p.Overlaid("units") || p.Overlaid("uses") || p.Overlaid("nothing") {
		t.Error("Overlaid")
	}
	if got := firstLine(t, tab.Fault(3, "note", "bad", "good")); got != "../own/supply.csv:3:21: bad: expected good" {
		t.Error(got)
	}
	// Without a block, and without a key, an overlay replaces the whole table.
	whole := open(t, files(DescriptorName, descriptor, "tables/uses.csv", "commodity,country,change\na,b,1\nc,d,2\n"), DefaultLimits(), Overlay{"own", files("uses.csv", "commodity,country,change\ne,f,3\n")})
	if u, err := whole.Table("uses"); err != nil || !slices.Equal(u.Numbers("change"), []float64{3}) {
		t.Errorf("no block: %v", err)
	}
	// Missing cells stay with their rows, whichever side has them.
	for _, c := range []struct{ base, own string }{{"a,b,\nc,d,2\n", ""}, {"c,d,2\n", "e,f,\n"}, {"a,b,\n", "e,f,3\n"}} {
		blocks := strings.Replace(descriptor, `"primaryKey": [],`, `"primaryKey": ["commodity"], "block": ["commodity"],`, 1)
		overlays := []Overlay{{"own", files("uses.csv", "commodity,country,change\nz,z,9\n"+c.own)}}
		u, err := open(t, files(DescriptorName, blocks, "tables/uses.csv", "commodity,country,change\n"+c.base), DefaultLimits(), overlays...).Table("uses")
		if err != nil {
			t.Fatal(err)
		}
		for row := range u.Rows() {
			if empty := u.Numbers("change")[row] == 0; empty != u.Missing("change", row) {
				t.Errorf("%q over %q: row %d", c.own, c.base, row)
			}
		}
	}
}

func TestBadOverlays(t *testing.T) {
	fsys := base(head + "gallium,CHN,2023,90,,\n")
	for _, c := range []struct {
		name string
		fs   fs.FS
		want string
	}{
		{"misspelt file", files("suply.csv", ""), "own/suply.csv: no table of the data package has this name: expected a name that `chokepoint data list` prints, with .csv (did you mean supply.csv?)"},
		{"other case", files("Supply.CSV", ""), "own/Supply.CSV: no table of the data package has this name: expected a name that `chokepoint data list` prints, with .csv (did you mean supply.csv?)"},
		{"empty folder", files(), "own: the folder holds no table: expected at least one .csv named like a table of `chokepoint data list`"},
		{"only other files", files("notes.txt", "", "tables/supply.csv", head), "own: the folder holds no table: expected at least one .csv named like a table of `chokepoint data list`"},
		{"no folder", noFolder{}, "own: cannot read the folder: file does not exist"},
		{"bad cell", files("supply.csv", head+"gallium,CHN,2023,x,,\n"), `own/supply.csv:2:18: share_pct: "x" is not a finite number: expected a number from 0 to 100 (%)`},
		{"no rows", files("supply.csv", head), "own/supply.csv: the file has a header line and no rows: expected at least one block of rows"},
		{"too large", files("supply.csv", head+strings.Repeat("\n", 1000)), "own/supply.csv: the file is too large: expected at most 1000 bytes"},
	} {
		p, err := Open(fsys, DefaultLimits(), Overlay{"own", c.fs})
		if err == nil {
			_, err = p.table("supply", Limits{FileBytes: 1000, Rows: 100, CellBytes: 100})
		}
		if err == nil {
			t.Errorf("%s: accepted", c.name)
		} else if got := firstLine(t, err); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

type noFolder struct{}

func (noFolder) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func TestHash(t *testing.T) {
	const rows = head + "gallium,CHN,2023,90,,\n"
	hash := func(fsys fs.FS, overlays ...Overlay) string {
		h, err := open(t, fsys, DefaultLimits(), overlays...).Hash()
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	own := func(label, text string, more ...string) Overlay {
		return Overlay{label, files(append([]string{"supply.csv", text}, more...)...)}
	}
	plain, one := hash(base(rows)), hash(base(rows), own("own", rows))
	other := base(rows)
	other["tables/notes.txt"] = &fstest.MapFile{Data: []byte("x")}
	for _, c := range []struct {
		name string
		same bool
		a, b string
	}{
		{"read again", true, plain, hash(base(rows))},
		{"a file that no table names", true, plain, hash(other)},
		{"a space in a table", false, plain, hash(base(rows + "\n"))},
		{"the descriptor", false, plain, hash(func() fs.FS { m := base(rows); m[DescriptorName].Data = []byte(descriptor + " "); return m }())},
		{"an overlay, though of equal content", false, plain, one},
		{"the same overlay elsewhere", true, one, hash(base(rows), own("elsewhere", rows))},
		{"other files beside it", true, one, hash(base(rows), own("own", rows, "notes.txt", "x", DescriptorName, "{}"))},
		{"another overlay", false, one, hash(base(rows), own("own", rows+"\n"))},
		{"two overlays in the other order", false, hash(base(rows), own("a", rows), own("b", rows+"\n")), hash(base(rows), own("b", rows+"\n"), own("a", rows))},
		{"bytes moved from a table to the next", false, hash(files(DescriptorName, descriptor, "tables/supply.csv", "ab", "tables/units.csv", "c")), hash(files(DescriptorName, descriptor, "tables/supply.csv", "a", "tables/units.csv", "bc"))},
	} {
		if (c.a == c.b) != c.same || len(c.a) != 64 {
			t.Errorf("%s: same hash %v, want %v", c.name, c.a == c.b, c.same)
		}
	}
}

// TestConcurrentReads is for the race detector: a table is read once, whoever
// asks first, and everybody gets the same.
func TestConcurrentReads(t *testing.T) {
	p := open(t, base(head+"gallium,CHN,2023,90,,\nindium,KOR,,40,,\n"), DefaultLimits(), Overlay{"own", files("supply.csv", head+"indium,CAN,2024,70,,\n")})
	var got [16]*Table
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			name := []string{"supply", "units"}[i%2]
			if _, err := p.CheckReferences(name); err != nil {
				t.Error(err)
			}
			got[i], _ = p.Table(name)
			got[i].Place(0, "commodity")
			if _, err := p.Hash(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i := range got {
		if got[i] == nil || got[i] != got[i%2] {
			t.Fatalf("reader %d got another table", i)
		}
	}
}

// TestBlankLinesReserveNothing: a file of line ends must not cost memory for rows
// that are not there.
func TestBlankLinesReserveNothing(t *testing.T) {
	tab, err := open(t, base(head+strings.Repeat("\n", 1<<20)), DefaultLimits()).Table("supply")
	if err != nil {
		t.Fatal(err)
	}
	if n := cap(tab.origin); n > 1<<20/5 {
		t.Errorf("room for %d rows", n)
	}
}

// TestWrongUse: a field that the package does not have is a fault of the program.
func TestWrongUse(t *testing.T) {
	tab, err := open(t, base(head), DefaultLimits()).Table("supply")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want string
		call func()
	}{
		{"datapackage: table supply has no field shares", func() { tab.Numbers("shares") }},
		{"datapackage: field supply.year is not text", func() { tab.Text("year") }},
		{"datapackage: field supply.note is not a number", func() { tab.Numbers("note") }},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
			}()
			c.call()
		}()
	}
}
