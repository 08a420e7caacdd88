package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"chokepoint/internal/assess"
	"chokepoint/internal/rank"
)

// RankRow is a row of table draws in a run of kind rank.
type RankRow struct {
	Draw             int64   `parquet:"draw"`
	Commodity        string  `parquet:"commodity,dict"`
	ExpectedLossMUSD float64 `parquet:"expected_loss_musd"`
	Rank             int32   `parquet:"rank"`
}

// ScenarioRow is a row of table draws in a run of kind scenarios.
type ScenarioRow struct {
	Draw                  int64    `parquet:"draw"`
	Scenario              string   `parquet:"scenario,dict"`
	LossMUSD              float64  `parquet:"loss_musd"`
	HitGDPMUSD            float64  `parquet:"hit_gdp_musd"`
	UsersPriceGDPMUSD     float64  `parquet:"users_price_gdp_musd"`
	ProducerVolumeGDPMUSD float64  `parquet:"producer_volume_gdp_musd"`
	ProducerPriceGDPMUSD  float64  `parquet:"producer_price_gdp_musd"`
	RestGDPMUSD           float64  `parquet:"rest_gdp_musd"`
	PriceRatio            *float64 `parquet:"price_ratio,optional"` // null: no price, or several markets
	UseCut                *float64 `parquet:"use_cut,optional"`     // null: several markets
}

// Column describes a column of table draws.
type Column struct{ Name, Unit, Meaning string }

// Columns are the columns of table draws, by kind of run.
func Columns(kind string) []Column {
	if kind == KindRank {
		return []Column{
			{"draw", "", "number of the draw, from 0"},
			{"commodity", "", "commodity unit"},
			{"expected_loss_musd", musd, "expected loss (R1) in this draw; with given_disruption the loss of the scenario that leads on central data"},
			{"rank", "", "rank by it in this draw, 1 = largest"},
		}
	}
	return []Column{
		{"draw", "", "number of the draw, from 0"},
		{"scenario", "", "label of the scenario in the plan"},
		{"loss_musd", musd, "loss of GDP, minus the sum of the parts"},
		{"hit_gdp_musd", musd, "(i) hit industries produce less"},
		{"users_price_gdp_musd", musd, "(ii) users pay more"},
		{"producer_volume_gdp_musd", musd, "(iii) US producers sell more"},
		{"producer_price_gdp_musd", musd, "(iv) US producers sell at higher prices"},
		{"rest_gdp_musd", musd, "(v) the rest of the economy"},
		{"price_ratio", "1", "price after over price before; null where no price clears the market, or there are several markets"},
		{"use_cut", "1", "share of use that is lost; null where there are several markets"},
	}
}

// rowsPerGroup bounds the memory of a writer.
const rowsPerGroup = 1 << 17

// newWriter opens a table. Nothing in it depends on time, host or library version.
func newWriter[T any](w io.Writer, d *Dir, k int) (*parquet.GenericWriter[T], error) {
	columns, err := json.Marshal(Columns(d.Plan.Kind))
	if err != nil {
		return nil, err
	}
	return parquet.NewGenericWriter[T](w,
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}),
		parquet.CreatedBy("chokepoint", fmt.Sprint(format), "run"),
		parquet.MaxRowsPerRowGroup(rowsPerGroup),
		parquet.KeyValueMetadata("chokepoint.table", "draws"),
		parquet.KeyValueMetadata("chokepoint.columns", string(columns)),
		parquet.KeyValueMetadata("chokepoint.plan", d.Name),
		parquet.KeyValueMetadata("chokepoint.shard", fmt.Sprint(k)),
	), nil
}

// recorder takes the draws of a shard in their order.
type recorder interface {
	add(*assess.Draw) error
	close() (rows uint64, err error)
}

// newRecorder opens the table of a shard; what it is given goes into totals too.
func (m *Model) newRecorder(w io.Writer, d *Dir, k int, totals *Totals) (recorder, error) {
	if m.Plan.Ranking == nil {
		out, err := newWriter[ScenarioRow](w, d, k)
		return &scenarioRecorder{m: m, totals: totals, out: out, rows: make([]ScenarioRow, len(m.Results)), market: make([][2]float64, len(m.Results))}, err
	}
	c, err := m.newCollector()
	if err != nil {
		return nil, err
	}
	out, err := newWriter[RankRow](w, d, k)
	r := &rankRecorder{m: m, of: c.Of, totals: totals, out: out, rows: make([]RankRow, len(m.Rows))}
	for i := range m.Rows {
		r.rows[i].Commodity = m.Engine.Catalog.Units[m.Rows[i].Unit].ID
	}
	return r, err
}

type rankRecorder struct {
	m      *Model
	of     func(*assess.Draw) (valueMUSD []float64, order []int)
	totals *Totals
	out    *parquet.GenericWriter[RankRow]
	rows   []RankRow
	n      uint64
}

func (r *rankRecorder) add(draw *assess.Draw) error {
	value, order := r.of(draw)
	n := len(value)
	r.totals.Draws++
	for i, v := range value {
		v += 0 // -0 is 0
		r.rows[i].Draw, r.rows[i].ExpectedLossMUSD = int64(draw.Index), v
		if err := r.totals.Series[i].add(v); err != nil {
			return fmt.Errorf("draw %d of %s: %w", draw.Index, r.rows[i].Commodity, err)
		}
		if v >= rank.FloorMUSD {
			r.totals.Counts[n*n+i]++
		}
	}
	for place, i := range order {
		r.rows[i].Rank = int32(place + 1)
		r.totals.Counts[n*i+place]++
	}
	for k, loss := range draw.LossMUSD {
		if err := r.totals.Series[n+k].add(loss); err != nil {
			return fmt.Errorf("draw %d of scenario %s: %w", draw.Index, r.m.Results[k].Hash, err)
		}
		if !draw.Withdrawn[k] {
			r.totals.Counts[n*n+n+k]++
		}
	}
	written, err := r.out.Write(r.rows)
	r.n += uint64(written)
	return err
}

func (r *rankRecorder) close() (uint64, error) { return r.n, r.out.Close() }

type scenarioRecorder struct {
	m      *Model
	totals *Totals
	out    *parquet.GenericWriter[ScenarioRow]
	rows   []ScenarioRow
	market [][2]float64 // what price_ratio and use_cut of rows point to
	n      uint64
}

func (r *scenarioRecorder) add(draw *assess.Draw) error {
	r.totals.Draws++
	for i := range r.rows {
		p, row := draw.Parts[i], &r.rows[i]
		*row = ScenarioRow{Draw: int64(draw.Index), Scenario: r.m.Plan.Scenarios[i].Label, LossMUSD: draw.LossMUSD[i], HitGDPMUSD: p.HitMUSD, UsersPriceGDPMUSD: p.UsersPriceMUSD,
			ProducerVolumeGDPMUSD: p.ProducerVolumeMUSD, ProducerPriceGDPMUSD: p.ProducerPriceMUSD, RestGDPMUSD: p.RestMUSD}
		series := r.totals.Series[i*len(quantities):][:len(quantities)]
		for k, v := range ofParts(p, draw.LossMUSD[i]) {
			if err := series[k].add(v); err != nil {
				return fmt.Errorf("draw %d of %s, %s: %w", draw.Index, row.Scenario, quantities[k].Name, err)
			}
		}
		if r.m.oneMarket(i) {
			r.market[i] = [2]float64{draw.PriceRatio[i], draw.UseCut[i]}
			row.UseCut = &r.market[i][1]
			if draw.PriceRatio[i] > 0 {
				row.PriceRatio = &r.market[i][0]
			} else {
				r.totals.Counts[2*i+1]++
			}
			for k, v := range []*float64{row.PriceRatio, row.UseCut} {
				if v == nil {
					continue
				}
				if err := series[len(quantities)-2+k].add(*v); err != nil {
					return fmt.Errorf("draw %d of %s: %w", draw.Index, row.Scenario, err)
				}
			}
		}
		if !draw.Withdrawn[i] {
			r.totals.Counts[2*i]++
		}
	}
	written, err := r.out.Write(r.rows)
	r.n += uint64(written)
	return err
}

func (r *scenarioRecorder) close() (uint64, error) { return r.n, r.out.Close() }

// errRows says that a table does not hold the draws of its shard.
var errRows = errors.New("not the rows of this shard")

// readRows hands every row of a shard's table over, in order. The caller has held
// the file against its manifest.
func readRows[T any](name string, want uint64, row func(i uint64, x *T) error) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	defer func() { // the library may panic on a table that was made to
		if p := recover(); p != nil {
			err = fmt.Errorf("the table cannot be read (%v): %w", p, errRows)
		}
	}()
	r := parquet.NewGenericReader[T](f)
	defer r.Close()
	if r.NumRows() != int64(want) {
		return fmt.Errorf("%d rows, %d expected: %w", r.NumRows(), want, errRows)
	}
	buffer := make([]T, 4096)
	for at := uint64(0); at < want; {
		n, err := r.Read(buffer)
		for i := range buffer[:n] {
			if err := row(at+uint64(i), &buffer[i]); err != nil {
				return err
			}
		}
		at += uint64(n)
		if err != nil && !(errors.Is(err, io.EOF) && at == want) {
			return fmt.Errorf("after %d of %d rows: %w", at, want, err)
		}
		if n == 0 && err == nil {
			return fmt.Errorf("it ends after %d of %d rows: %w", at, want, errRows)
		}
	}
	return nil
}
