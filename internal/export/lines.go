package export

import (
	"encoding/json"
	"io"
	"strings"
)

// WriteNDJSON writes one JSON object a row.
func WriteNDJSON(w io.Writer, t *Table) error {
	if err := t.check(); err != nil {
		return err
	}
	for _, row := range t.Rows {
		line, err := rowJSON(t, row)
		if err != nil {
			return err
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// rowJSON is a row as an object with the columns in order.
func rowJSON(t *Table, row []any) ([]byte, error) {
	out := []byte{'{'}
	for k, cell := range row {
		if v, ok := Number(cell); ok {
			cell = number(v)
		}
		name, err := json.Marshal(t.Columns[k].Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(cell)
		if err != nil {
			return nil, err
		}
		if k > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

// WriteMarkdown writes the columns that have a heading as a table in Markdown,
// with the numbers that text shows.
func WriteMarkdown(w io.Writer, t *Table) error {
	if err := t.check(); err != nil {
		return err
	}
	var b strings.Builder
	line := func(cell func(k int) string) {
		b.WriteString("|")
		for k, c := range t.Columns {
			if c.Heading != "" {
				b.WriteString(" " + cell(k) + " |")
			}
		}
		b.WriteString("\n")
	}
	line(func(k int) string {
		return markdown(strings.TrimSpace(strings.ReplaceAll(t.Columns[k].Heading, "\n", " ")))
	})
	line(func(k int) string {
		for _, row := range t.Rows {
			if _, ok := Number(row[k]); ok {
				return "---:"
			}
			if _, ok := row[k].(int); ok {
				return "---:"
			}
		}
		return "---"
	})
	for _, row := range t.Rows {
		line(func(k int) string { return markdown(Human(row[k])) })
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdown escapes what would end a cell or start markup.
var markdownEscapes = strings.NewReplacer("\\", "\\\\", "|", "\\|", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "<", "&lt;", "\n", " ", "\r", " ")

func markdown(text string) string { return markdownEscapes.Replace(text) }
