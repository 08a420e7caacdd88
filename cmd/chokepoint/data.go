package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/internal/export"
	"chokepoint/internal/fault"
)

func (a *app) dataCommand() *cobra.Command {
	list := &cobra.Command{
		Use: "list [TABLE]", Short: "List the tables, or the fields of one", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.load()
			if err != nil {
				return err
			}
			p := x.engine.Catalog.Package
			if len(args) == 1 {
				r := p.Resource(strings.TrimSuffix(args[0], ".csv"))
				if r == nil {
					var names []string
					for i := range p.Resources {
						names = append(names, p.Resources[i].Name)
					}
					return &fault.Error{Code: fault.Usage, File: "table", What: "no table " + fault.Quote(args[0]), Expected: "one of " + strings.Join(names, ", "), DidYouMean: fault.Nearest(args[0], names)}
				}
				t := &export.Table{Name: "fields", Columns: []export.Column{{Name: "field", Heading: "field"}, {Name: "type", Heading: "type"}, {Name: "unit", Heading: "unit"}, {Name: "key", Heading: "key"}, {Name: "description", Heading: "description", Flexible: true}}}
				for _, f := range r.Schema.Fields {
					key := ""
					for _, k := range r.Schema.PrimaryKey {
						if k == f.Name {
							key = "key"
						}
					}
					t.Add(f.Name, f.Type, f.Unit, key, f.Description)
				}
				return a.write(x, &answer{tables: []*export.Table{t}, text: func(w io.Writer) error {
					fmt.Fprintf(w, "%s\n%s\nblock that an overlay replaces: %s\n\n", r.Name, wrap("", r.Title), strings.Join(r.Schema.Block, ", "))
					return export.WriteText(w, t, 0)
				}})
			}
			t := &export.Table{Name: "tables", Columns: []export.Column{{Name: "table", Heading: "table"}, {Name: "rows", Heading: "rows"}, {Name: "vintage"}, {Name: "licence"}, {Name: "overlaid", Heading: "own"}, {Name: "title", Heading: "what it holds", Flexible: true}}}
			for i := range p.Resources {
				r := &p.Resources[i]
				table, err := p.Table(r.Name)
				if err != nil {
					return err
				}
				overlaid := ""
				if p.Overlaid(r.Name) {
					overlaid = "yes"
				}
				t.Add(r.Name, table.Rows(), r.Vintage, r.Licenses[0].Name, overlaid, r.Title)
			}
			return a.write(x, &answer{tables: []*export.Table{t}, text: func(w io.Writer) error {
				return export.WriteText(w, t, 0)
			}})
		},
	}
	sources := &cobra.Command{
		Use: "sources", Short: "List the sources and licences of the tables", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.load()
			if err != nil {
				return err
			}
			p := x.engine.Catalog.Package
			t := &export.Table{Name: "tables", Columns: []export.Column{{Name: "table"}, {Name: "source"}, {Name: "address"}, {Name: "licence"}, {Name: "redistributable"}, {Name: "vintage"}}}
			var text strings.Builder
			last := ""
			for i := range p.Resources {
				r := &p.Resources[i]
				for _, s := range r.Sources {
					t.Add(r.Name, s.Title, s.Path, r.Licenses[0].Title, r.Redistributable, r.Vintage)
					if s.Title != last {
						fmt.Fprintf(&text, "%s\n%s\n%s\n", wrap("", s.Title), wrap("  ", s.Path), wrap("  ", "licence: "+r.Licenses[0].Title+"; vintage: "+r.Vintage+"; tables from here on:"))
						last = s.Title
					}
					fmt.Fprintf(&text, "    %s\n", r.Name)
				}
			}
			rows, err := p.Table("sources")
			if err != nil {
				return err
			}
			s := &export.Table{Name: "row_sources", Columns: []export.Column{{Name: "source"}, {Name: "kind"}, {Name: "text"}}}
			kinds := map[string]int{}
			for i := range rows.Rows() {
				s.Add(rows.Cell(i, "source"), rows.Cell(i, "kind"), rows.Cell(i, "text"))
				kinds[rows.Cell(i, "kind")]++
			}
			fmt.Fprintf(&text, "%s\n", wrap("", fmt.Sprintf("%d sources of single rows: %d documents, %d judgements, %d judgements that start from documents. --format csv --table row_sources lists them.", rows.Rows(), kinds["document"], kinds["judgement"], kinds["judgement on documents"])))
			return a.write(x, &answer{tables: []*export.Table{t, s}, text: func(w io.Writer) error { _, err := io.WriteString(w, text.String()); return err }})
		},
	}
	check := &cobra.Command{
		Use: "check", Short: "Check every table and identity, and say what was checked", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return a.checkData() },
	}
	return group("data", "The tables: list, check, sources, compare", list, check, sources, a.dataCompareCommand())
}
