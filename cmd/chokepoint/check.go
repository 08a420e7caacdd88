package main

import (
	"fmt"
	"io"
	"math"

	"chokepoint/internal/catalog"
	"chokepoint/internal/claims"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/lists"
)

// checkData verifies the data package and the economy, and prints each check
// with how many cases it covered. A broken rule is an error with its place.
func (a *app) checkData() error {
	x, err := a.load() // the rules of each table and unit
	if err != nil {
		return err
	}
	e := x.engine
	c := e.Catalog
	t := &export.Table{Name: "checks", Columns: []export.Column{{Name: "check", Heading: "check", Flexible: true}, {Name: "cases", Heading: "cases"}, {Name: "largest", Heading: "largest"}, {Name: "limit", Heading: "limit"}, {Name: "result", Heading: "result"}}}
	ok := func(what string, cases int) { t.Add(what, cases, nil, nil, "ok") }
	rows, keys, cells := 0, 0, 0
	for i := range c.Package.Resources {
		r := &c.Package.Resources[i]
		table, err := c.Package.Table(r.Name)
		if err != nil {
			return err
		}
		n, err := c.Package.CheckReferences(r.Name)
		if err != nil {
			return err
		}
		rows, keys, cells = rows+table.Rows(), keys+n, cells+table.Rows()*len(r.Schema.Fields)
		if r.Redistributable != "yes" || len(r.Sources) == 0 || len(r.Licenses) == 0 {
			return &fault.Error{Code: fault.InvalidData, File: "datapackage.json", What: "table " + r.Name + " has no source, no licence, or may not be redistributed", Expected: "redistributable yes, a source and a licence"}
		}
	}
	ok("cells: type, range, allowed values, no NaN", cells)
	ok("rows: each key once", rows)
	ok("foreign keys: the row they point to exists", keys)
	ok("tables: source, licence, redistributable", len(c.Package.Resources))
	pairs, uses, countries := 0, 0, 0
	worst, scaled, otherShare := 0.0, 0, 0.0
	for i := range c.Units {
		u, f := &c.Units[i], e.Figures[i]
		pairs, uses, countries = pairs+len(u.Pairs), uses+len(u.Applications), countries+len(u.Countries)
		sum := 0.0
		for k, code := range u.Countries {
			sum += f.NetExportTonnes(k)
			if code == catalog.Remainder {
				otherShare = math.Max(otherShare, math.Max(f.SupplyShare[k], f.UseShare[k]))
			}
		}
		worst = math.Max(worst, math.Abs(sum)/f.TotalTonnes())
		scaled += f.DependenceScaled
	}
	ok("units: a row in every table that needs one", len(c.Units))
	ok("supply and use shares of a unit sum to 100 %", 2*len(c.Units))
	ok("shares of applications sum to 100 %, both judgements", 2*len(c.Units))
	ok("applications: buyers' weights sum to 1", uses)
	ok("low <= mode <= high", rowsOf(c, "secondary_supply", "stocks", "idle_capacity", "application_industries", "elasticities", "elasticities"))
	t.Add("net exports of all countries sum to 0 (over T)", countries, worst, 1e-12, passed(worst <= 1e-12))
	t.Add("remainder (OTH) of a unit, share", len(c.Units), otherShare, 0.02, passedNote(otherShare <= 0.02))
	t.Add("industries whose dependences sum above 1: scaled", pairs, scaled, nil, "note")
	if err := checkLists(c, t); err != nil {
		return err
	}
	op, err := e.Operator()
	if err != nil {
		return err
	}
	for _, y := range op.Table.Check() {
		t.Add("economy: "+y.Name, len(op.Table.Codes), y.Size, y.Limit, passed(y.OK()))
	}
	failed := 0
	for _, row := range t.Rows {
		if row[4] == "FAILED" {
			failed++
		}
	}
	flags := marketFlags(e.Catalog, e.Figures)
	if err := a.write(x, &answer{tables: []*export.Table{t, flags}, text: func(w io.Writer) error {
		if err := export.WriteText(w, t, 0); err != nil {
			return err
		}
		fmt.Fprintf(w, "\nWhere the world tables disagree with the US figures by more than a fifth\n")
		if err := export.WriteText(w, flags, a.rows(len(flags.Rows))); err != nil {
			return err
		}
		return a.more(w, len(flags.Rows))
	}}); err != nil {
		return err
	}
	if failed > 0 {
		return &fault.Error{Code: fault.InvalidData, File: "data check", What: fmt.Sprintf("%d checks failed", failed), Do: "The table above names them."}
	}
	a.note("%d checks, all passed; %d notes on US figures", len(t.Rows), len(flags.Rows))
	return nil
}

// checkLists holds the tables of lists and claims against their rules, and adds
// what was checked.
func checkLists(c *catalog.Catalog, t *export.Table) error {
	l, err := lists.Load(c)
	if err != nil {
		return err
	}
	all, err := claims.Load(l)
	if err != nil {
		return err
	}
	complete, partial, names, merged, milestones := 0, 0, 0, 0, 0
	for i := range l.Editions {
		names += len(l.Editions[i].Entries)
		if l.Editions[i].Complete == lists.Complete {
			complete++
		} else {
			partial++
		}
	}
	for i := range l.Rules {
		merged += max(1, len(l.Rules[i].Merged))
	}
	for i := range l.Milestones {
		milestones += 1 + len(l.Milestones[i].Materials)
	}
	t.Add("lists: a complete edition has the names it prints", complete, nil, nil, "ok")
	t.Add("lists: editions with some names, or none, at hand", partial, nil, nil, "note")
	t.Add("lists: names stand for a material", names, nil, nil, "ok")
	t.Add("lists: materials have units and members that exist", len(l.Materials), nil, nil, "ok")
	t.Add("lists: rules merge what exists, once, in no circle", merged, nil, nil, "ok")
	t.Add("lists: milestones name places and materials", milestones, nil, nil, "ok")
	t.Add("claims: each has what its kind needs", len(all), nil, nil, "ok")
	return nil
}

// nearer is the one of a and b that is nearer to x.
func nearer(x, a, b float64) float64 {
	if math.Abs(x-a) <= math.Abs(x-b) {
		return a
	}
	return b
}

// rowsOf adds up the rows of tables.
func rowsOf(c *catalog.Catalog, names ...string) int {
	n := 0
	for _, name := range names {
		if t, err := c.Package.Table(name); err == nil {
			n += t.Rows()
		}
	}
	return n
}

func passed(ok bool) string {
	if ok {
		return "ok"
	}
	return "FAILED"
}

func passedNote(ok bool) string {
	if ok {
		return "ok"
	}
	return "note"
}

// marketFlags lists the units whose US output or use differs between the world
// tables and the US market table. They are notes: forms and years differ, and
// the model takes the US figures for US effects.
func marketFlags(c *catalog.Catalog, figures []*catalog.Figures) *export.Table {
	t := &export.Table{Name: "flags", Columns: []export.Column{{Name: "commodity", Heading: "commodity"}, {Name: "quantity", Heading: "US quantity"}, {Name: "world_table_t", Heading: "world table t"}, {Name: "us_table_t", Heading: "US table t"}, {Name: "ratio", Heading: "ratio"}}}
	for i := range c.Units {
		u, f := &c.Units[i], figures[i]
		for _, q := range []struct {
			name      string
			world, us float64
		}{
			// World output may hold secondary metal: the US figure that is nearer counts.
			{"output", f.SupplyShare[u.USA] * f.WorldTonnes, nearer(f.SupplyShare[u.USA]*f.WorldTonnes, f.PrimaryTonnes, f.PrimaryTonnes+f.SecondaryTonnes)},
			{"use", f.UseShare[u.USA] * f.TotalTonnes(), f.UseTonnes},
		} {
			if math.Max(q.world, q.us) < 0.001*f.WorldTonnes || math.Abs(q.world-q.us) <= 0.2*math.Max(q.world, q.us) {
				continue
			}
			var ratio any
			if q.us > 0 {
				ratio = q.world / q.us
			}
			t.Add(u.ID, q.name, q.world, q.us, ratio)
		}
	}
	return t
}
