package export

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// WriteXLSX writes a workbook: a sheet for each table, numbers as numbers, then
// the extra sheets (About, Sources). Text is stored as text: a cell that starts
// with = stays a text and runs nothing.
func WriteXLSX(w io.Writer, tables []*Table) error {
	f := excelize.NewFile()
	defer f.Close()
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	for i, t := range tables {
		if err := t.check(); err != nil {
			return err
		}
		name := sheetName(t.Name)
		if i == 0 {
			err = f.SetSheetName("Sheet1", name)
		} else {
			_, err = f.NewSheet(name)
		}
		if err == nil {
			err = writeSheet(f, name, t, bold)
		}
		if err != nil {
			return fmt.Errorf("write sheet %s: %w", name, err)
		}
	}
	_, err = f.WriteTo(w)
	return err
}

// sheetName starts with a capital, and is cut to what a workbook allows.
func sheetName(name string) string {
	if name == "" {
		name = "table"
	}
	if len(name) > 31 {
		name = name[:31]
	}
	if c := name[0]; c >= 'a' && c <= 'z' {
		name = string(c-'a'+'A') + name[1:]
	}
	return name
}

func writeSheet(f *excelize.File, sheet string, t *Table, bold int) error {
	s, err := f.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	if err := s.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for k, c := range t.Columns {
		width := max(10, float64(len(c.Name)+2))
		if c.Name == "text" || c.Name == "source" || c.Name == "meaning" {
			width = 80
		}
		if err := s.SetColWidth(k+1, k+1, min(width, 80)); err != nil {
			return err
		}
	}
	head := make([]any, len(t.Columns))
	for k, c := range t.Columns {
		head[k] = excelize.Cell{StyleID: bold, Value: c.Name}
	}
	if err := s.SetRow("A1", head); err != nil {
		return err
	}
	cells := make([]any, len(t.Columns))
	for i, row := range t.Rows {
		for k, cell := range row {
			if v, ok := Number(cell); ok {
				cells[k] = v
			} else if n, ok := cell.(int); ok {
				cells[k] = n
			} else if cell == nil {
				cells[k] = nil
			} else {
				cells[k] = fmt.Sprint(cell)
			}
		}
		at, err := excelize.CoordinatesToCellName(1, i+2)
		if err != nil {
			return err
		}
		if err := s.SetRow(at, cells); err != nil {
			return err
		}
	}
	return s.Flush()
}
