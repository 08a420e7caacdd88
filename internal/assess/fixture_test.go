package assess

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"chokepoint/data"
	"chokepoint/internal/catalog"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/scenario"
)

// shipped is the engine of the shipped data under the default method. Tests
// share it, as users of one server would.
var shipped = sync.OnceValues(func() (*Engine, error) {
	fsys, err := data.FS()
	if err != nil {
		return nil, err
	}
	c, err := catalog.Load(fsys)
	if err != nil {
		return nil, err
	}
	return New(c, DefaultMethod())
})

func engine(t testing.TB) *Engine {
	t.Helper()
	e, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// with is an engine of the same catalogue that has prepared nothing but the economy.
func with(t testing.TB, e *Engine, change func(*Method)) *Engine {
	t.Helper()
	if _, err := e.Operator(); err != nil {
		t.Fatal(err)
	}
	other, err := e.With(change)
	if err != nil {
		t.Fatal(err)
	}
	return other
}

func fresh(t testing.TB, e *Engine) *Engine {
	t.Helper()
	return with(t, e, func(*Method) {})
}

// overlaid is an engine of edited tables. The economy is that of e: edits that
// change its tables need an engine of their own.
func overlaid(t testing.TB, e *Engine, edits map[string]edit) *Engine {
	t.Helper()
	op, err := e.Operator()
	if err != nil {
		t.Fatal(err)
	}
	other := loaded(t, e.Method, edits)
	other.economyOnce.Do(func() { other.operator = op })
	return other
}

// loaded is an engine of edited tables with their own economy.
func loaded(t testing.TB, m Method, edits map[string]edit) *Engine {
	t.Helper()
	c, err := catalog.Load(shippedFS(t), overlay(t, edits))
	if err != nil {
		t.Fatal(err)
	}
	other, err := New(c, m)
	if err != nil {
		t.Fatal(err)
	}
	return other
}

func shippedFS(t testing.TB) fs.FS {
	t.Helper()
	fsys, err := data.FS()
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func overlay(t testing.TB, edits map[string]edit) datapackage.Overlay {
	t.Helper()
	files := fstest.MapFS{}
	for name, change := range edits {
		files[name+".csv"] = &fstest.MapFile{Data: change.apply(t, shippedFS(t), name)}
	}
	return datapackage.Overlay{Label: "edited", FS: files}
}

// record is a row of a table by field name.
type record map[string]string

func (r record) number(t testing.TB, field string) float64 {
	t.Helper()
	if r[field] == "" {
		return 0
	}
	return number(t, r[field])
}

// scaled returns a copy with some numbers multiplied; empty cells stay empty.
func (r record) scaled(t testing.TB, by float64, fields ...string) record {
	t.Helper()
	out := record{}
	for k, v := range r {
		out[k] = v
	}
	for _, f := range fields {
		if r[f] != "" {
			out[f] = strconv.FormatFloat(by*r.number(t, f), 'g', -1, 64)
		}
	}
	return out
}

// set returns a copy with one field changed.
func (r record) set(field, value string) record {
	out := record{}
	for k, v := range r {
		out[k] = v
	}
	out[field] = value
	return out
}

// edit turns the rows of a shipped table into the rows of an overlay.
type edit func([]record) []record

// rowwise is an edit that turns each row into some rows.
func rowwise(change func(record) []record) edit {
	return func(rows []record) (out []record) {
		for _, r := range rows {
			out = append(out, change(r)...)
		}
		return out
	}
}

// of keeps the rows of some units and edits those.
func of(units []string, change edit) edit {
	return func(rows []record) []record {
		var mine []record
		for _, r := range rows {
			for _, u := range units {
				if r["commodity"] == u {
					mine = append(mine, r)
				}
			}
		}
		return change(mine)
	}
}

func (change edit) apply(t testing.TB, fsys fs.FS, name string) []byte {
	t.Helper()
	content, err := fs.ReadFile(fsys, "tables/"+name+".csv")
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []record
	for _, cells := range all[1:] {
		r := record{}
		for k, field := range all[0] {
			r[field] = cells[k]
		}
		rows = append(rows, r)
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Write(all[0])
	for _, r := range change(rows) {
		cells := make([]string, len(all[0]))
		for k, field := range all[0] {
			cells[k] = r[field]
		}
		w.Write(cells)
	}
	if w.Flush(); w.Error() != nil {
		t.Fatal(w.Error())
	}
	return out.Bytes()
}

// readCSV reads a table of the reference.
func readCSV(t testing.TB, path string) []record {
	t.Helper()
	dir, name, _ := strings.Cut(path, "/reference/")
	var rows []record
	keep := edit(func(all []record) []record { rows = all; return nil })
	keep.apply(t, renamed{os.DirFS(dir + "/reference")}, strings.TrimSuffix(name, ".csv"))
	return rows
}

// renamed shows a folder under the name tables.
type renamed struct{ fs.FS }

func (f renamed) Open(name string) (fs.File, error) {
	return f.FS.Open(strings.TrimPrefix(name, "tables/"))
}

func number(t testing.TB, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sampleUnits differ in what matters: one or many suppliers, US output and none,
// recycling, idle capacity, uses many and few, losses large and tiny.
var sampleUnits = []string{"gallium", "yttrium", "rhodium", "palladium", "copper-refined", "titanium-pigment", "manganese-alloys",
	"barite", "lithium", "tungsten", "helium", "cesium", "nickel-mined", "iron-ore", "zinc-smelted", "hafnium"}

// sample is some export restrictions and outages of every sample unit: the
// first, middle and last of each kind in the baseline's order, the leader's too.
func varied(t testing.TB, e *Engine) []scenario.Scenario {
	t.Helper()
	var out []scenario.Scenario
	for _, name := range sampleUnits {
		i := unit(t, e, name)
		u := &e.Catalog.Units[i]
		var kinds [2][]scenario.Scenario
		for _, s := range scenario.Baseline(e.Catalog, e.Figures, []int{i}) {
			w := s.Withdrawals[0]
			if w.Country == u.Countries[u.Leader] {
				out = append(out, s)
				continue
			}
			kinds[w.Kind] = append(kinds[w.Kind], s)
		}
		for _, list := range kinds {
			if n := len(list); n > 0 {
				out = append(out, list[n/2])
			}
		}
	}
	return out
}

// baseline is every baseline scenario of every unit.
func baseline(e *Engine) []scenario.Scenario {
	units := make([]int, len(e.Catalog.Units))
	for i := range units {
		units[i] = i
	}
	return scenario.Baseline(e.Catalog, e.Figures, units)
}

// restrictions is the export restrictions of the baseline.
func restrictions(e *Engine) []scenario.Scenario {
	var out []scenario.Scenario
	for _, s := range baseline(e) {
		if s.Withdrawals[0].Kind == scenario.ExportRestriction {
			out = append(out, s)
		}
	}
	return out
}

func unit(t testing.TB, e *Engine, id string) int {
	t.Helper()
	u, ok := e.Catalog.Unit(id)
	if !ok {
		t.Fatalf("no unit %s", id)
	}
	return u
}

func restriction(t testing.TB, e *Engine, id, country string) scenario.Scenario {
	t.Helper()
	return scenario.Single(unit(t, e, id), country, scenario.ExportRestriction)
}

func outage(t testing.TB, e *Engine, id, country string) scenario.Scenario {
	t.Helper()
	return scenario.Single(unit(t, e, id), country, scenario.ProductionOutage)
}

// together is one scenario of several.
func together(parts ...scenario.Scenario) scenario.Scenario {
	out := scenario.Scenario{Months: scenario.FullYear}
	for _, p := range parts {
		out.Withdrawals = append(out.Withdrawals, p.Withdrawals...)
	}
	return out
}

// cut is a scenario with every fraction set.
func cut(s scenario.Scenario, fraction float64) scenario.Scenario {
	out := together(s)
	out.Months = s.Months
	for k := range out.Withdrawals {
		out.Withdrawals[k].Fraction = fraction
	}
	return out
}

func run(t testing.TB, e *Engine, scenarios ...scenario.Scenario) []*Result {
	t.Helper()
	return runWith(t, e, Options{Workers: 2, Detail: true}, scenarios...)
}

func runWith(t testing.TB, e *Engine, opt Options, scenarios ...scenario.Scenario) []*Result {
	t.Helper()
	results, err := e.Run(context.Background(), scenarios, opt)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// name of a result in messages.
func name(e *Engine, r *Result) string { return r.Scenario.Canon(e.Catalog) }

// near holds got against want within tol of the larger of want and floor.
func near(t testing.TB, what string, got, want, tol, floor float64) {
	t.Helper()
	if off := math.Abs(got - want); !(off <= tol*math.Max(math.Abs(want), floor)) {
		t.Errorf("%s: %.15g, want %.15g", what, got, want)
	}
}

// eachFloat visits every floating-point number of a value with its place.
func eachFloat(v any, visit func(place string, x float64)) { walk(reflect.ValueOf(v), "", visit) }

func walk(v reflect.Value, place string, visit func(string, float64)) {
	switch v.Kind() {
	case reflect.Float64:
		visit(place, v.Float())
	case reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem(), place, visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			walk(v.Field(i), place+"."+v.Type().Field(i).Name, visit)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			walk(v.Index(i), place, visit)
		}
	}
}

// bits is every number of a result, bit for bit, and what else it says.
func bits(r *Result) string {
	var b strings.Builder
	h := uint64(14695981039346656037)
	eachFloat(r, func(_ string, x float64) {
		h = (h ^ math.Float64bits(x)) * 1099511628211
		h ^= h >> 29
	})
	fmt.Fprintf(&b, "%s %s %d %d %016x", r.Hash, r.State, len(r.Units), r.PriceAboveValueAdded, h)
	if d := r.Detail; d != nil {
		fmt.Fprintf(&b, " %d %d %d %d", len(d.Industries), len(d.Uses), d.Diagnostics.ActiveBounds, d.Diagnostics.WouldRise)
	}
	return b.String()
}
