package export

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// parquetColumn is the description of a column in the file's metadata.
type parquetColumn struct {
	Name    string `json:"name"`
	Unit    string `json:"unit,omitempty"`
	Meaning string `json:"meaning,omitempty"`
}

// Types of the columns of a Parquet file.
var (
	doubleType = reflect.TypeFor[*float64]()
	intType    = reflect.TypeFor[*int64]()
	boolType   = reflect.TypeFor[*bool]()
	textType   = reflect.TypeFor[*string]()
)

// parquetType is the type of a column: that of its cells, double where counts and
// numbers mix, text where text and others mix. A column without any cell is double
// if it has a unit, else text.
func parquetType(t *Table, k int) reflect.Type {
	var found reflect.Type
	for _, row := range t.Rows {
		var x reflect.Type
		if _, ok := Number(row[k]); ok {
			x = doubleType
		} else {
			switch row[k].(type) {
			case nil:
				continue
			case int:
				x = intType
			case bool:
				x = boolType
			default:
				return textType
			}
		}
		switch {
		case found == nil || found == x:
			found = x
		case found != boolType && x != boolType: // int and double
			found = doubleType
		default:
			return textType
		}
	}
	switch {
	case found != nil:
		return found
	case t.Columns[k].Unit != "":
		return doubleType
	}
	return textType
}

// parquetValue is a cell in the type of its column.
func parquetValue(cell any, of reflect.Type) parquet.Value {
	if cell == nil {
		return parquet.NullValue()
	}
	v, isNumber := Number(cell)
	switch of {
	case doubleType:
		if n, ok := cell.(int); ok {
			v = float64(n)
		}
		return parquet.DoubleValue(v + 0) // -0 is 0
	case intType:
		return parquet.Int64Value(int64(cell.(int)))
	case boolType:
		return parquet.BooleanValue(cell.(bool))
	}
	if isNumber {
		return parquet.ByteArrayValue([]byte(machine(v)))
	}
	return parquet.ByteArrayValue([]byte(fmt.Sprint(cell)))
}

// WriteParquet writes a table as a Parquet file: numbers as double in full, counts
// as int64, text as strings, null where there is none. Units and meanings of the
// columns are in the file's metadata. The bytes depend on the table alone.
func WriteParquet(w io.Writer, t *Table) error {
	if err := t.check(); err != nil {
		return err
	}
	var fields []reflect.StructField
	var described []parquetColumn
	for k, c := range t.Columns {
		encoding := ""
		of := parquetType(t, k)
		if of == textType {
			encoding = ",dict"
		}
		fields = append(fields, reflect.StructField{Name: fmt.Sprintf("C%d", k), Type: of, Tag: reflect.StructTag(fmt.Sprintf("parquet:\"%s,optional%s\"", c.Name, encoding))})
		described = append(described, parquetColumn{c.Name, c.Unit, c.Meaning})
	}
	columns, err := json.Marshal(described)
	if err != nil {
		return fmt.Errorf("write %s as parquet: %w", t.Name, err)
	}
	schema := parquet.SchemaOf(reflect.New(reflect.StructOf(fields)).Interface())
	out := parquet.NewWriter(w, schema, parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}), parquet.CreatedBy("chokepoint", "1", "table"),
		parquet.KeyValueMetadata("chokepoint.table", t.Name), parquet.KeyValueMetadata("chokepoint.columns", string(columns)))
	record := make(parquet.Row, len(fields))
	for _, row := range t.Rows {
		for k, cell := range row {
			present := 1
			if cell == nil {
				present = 0
			}
			record[k] = parquetValue(cell, fields[k].Type).Level(0, present, k)
		}
		if _, err := out.WriteRows([]parquet.Row{record}); err != nil {
			return fmt.Errorf("write %s as parquet: %w", t.Name, err)
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write %s as parquet: %w", t.Name, err)
	}
	return nil
}
