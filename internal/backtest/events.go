package backtest

import (
	"bytes"
	"fmt"
	"io/fs"
	"math"
	"path"
	"strings"
	"time"

	"chokepoint/internal/catalog"
	"chokepoint/internal/datapackage"
	"chokepoint/internal/fault"
)

// MaxEvents bounds the rows of a table of events.
const MaxEvents = 2000

// Phases of an event.
const (
	Shock    = "shock"     // the price was to rise
	Reversal = "reversal"  // it fell from a peak
	NoEffect = "no-effect" // it was to rise and did not
)

// Splits of the events.
const (
	Calibration = "calibration"
	Validation  = "validation"
)

// Domestic is the market inside the country that restricts.
const Domestic = "domestic"

// Measure is what a country did, read from the words of the instrument.
type Measure uint8

// The measures.
const (
	Licence    Measure = iota // exports need a licence or permit
	Quota                     // exports are limited
	Stop                      // a ban or a suspension of exports
	OreStop                   // a ban of an earlier stage: an outage of what was mined
	Outage                    // output is lost
	Threat                    // nothing is withheld, more may come
	unmeasured                // no word of the instrument says
)

// measureWords decide in this order.
var measureWords = []struct {
	word    string
	measure Measure
}{
	{"outage", Outage}, {"ration", Outage}, {"mining", Outage}, {"strike", Outage}, {"risk", Threat}, {"threat", Threat}, {"ore", OreStop},
	{"licens", Licence}, {"licenc", Licence}, {"permit", Licence}, {"suspension", Stop}, {"ban", Stop}, {"quota", Quota},
}

func measureOf(instrument string) Measure {
	text := strings.ToLower(instrument)
	for _, m := range measureWords {
		for _, field := range strings.FieldsFunc(text, func(r rune) bool { return r < 'a' || r > 'z' }) {
			if strings.HasPrefix(field, m.word) {
				return m.measure
			}
		}
	}
	return unmeasured
}

// Event is one price before and after a disruption.
type Event struct {
	ID, Group, Phase string
	Unit             int // of the catalogue
	Country          string
	Measure          Measure
	Instrument       string
	Announced        Date
	Effective        Date
	Ended            Date    // not set if it goes on
	WorldShare       float64 // of the country in world output
	WorldLoss        float64 // part of world output lost; negative = the instrument says
	Market           string
	Before, After    Date    // of the prices; may not be set
	HorizonMonths    float64 // to the price after: from the announcement, of a reversal from the price before
	Ratio            float64 // 0 = no price
	StockMonths      float64 // negative = those of the catalogue
	Split            string
	Untestable       string // why the event cannot be tested; "" = it can
	row              int
}

// Date is a day, a month or a year: the span that it may mean, in months since
// the year 0.
type Date struct{ from, to float64 }

// Set tells whether the date is known.
func (d Date) Set() bool { return d.to > 0 }

// Month is the middle of the span.
func (d Date) Month() float64 { return (d.from + d.to) / 2 }

// before tells whether the whole span lies before that of another date.
func (d Date) before(other Date) bool { return d.to <= other.from }

func parseDate(text string) (Date, bool) {
	if text == "" {
		return Date{}, true
	}
	for _, layout := range []string{"2006-01-02", "2006-01", "2006"} {
		t, err := time.Parse(layout, text)
		if err != nil || t.Year() < 1800 {
			continue
		}
		month := float64(t.Year()*12 + int(t.Month()) - 1)
		switch len(layout) {
		case 10:
			days := float64(time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day())
			return Date{month + float64(t.Day()-1)/days, month + float64(t.Day())/days}, true
		case 7:
			return Date{month, month + 1}, true
		}
		return Date{month, month + 12}, true
	}
	return Date{}, false
}

// Load reads the events of the package: the shipped ones, or those of an overlay.
func Load(c *catalog.Catalog) ([]Event, error) {
	if _, err := c.Package.CheckReferences("events"); err != nil {
		return nil, err
	}
	t, err := c.Package.Table("events")
	if err != nil {
		return nil, err
	}
	return read(c, t)
}

// LoadFile reads the content of a file with the columns of table events in their
// place. base is the shipped package; name is how messages call the file. Sources
// in it are texts.
func LoadFile(c *catalog.Catalog, base fs.FS, content []byte, name string) ([]Event, error) {
	p, err := datapackage.Open(base, datapackage.DefaultLimits(), datapackage.Overlay{Label: name, FS: oneFile(content)})
	if err != nil {
		return nil, called(err, name)
	}
	t, err := p.Table("events")
	if err != nil {
		return nil, called(err, name)
	}
	events, err := read(c, t)
	return events, called(err, name)
}

// called gives an error about the only file of an overlay the name of the file.
func called(err error, name string) error {
	if f, ok := err.(*fault.Error); ok && f.File == path.Join(name, fileName) {
		own := *f
		own.File = name
		return &own
	}
	return err
}

const fileName = "events.csv"

// oneFile is a folder in memory that holds one file under the name of the table.
type oneFile []byte

// Open opens the file.
func (o oneFile) Open(name string) (fs.File, error) {
	if name != fileName {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &opened{Reader: bytes.NewReader(o), oneFile: o}, nil
}

// ReadDir lists the file.
func (o oneFile) ReadDir(string) ([]fs.DirEntry, error) {
	return []fs.DirEntry{fs.FileInfoToDirEntry(&opened{oneFile: o})}, nil
}

// opened is the open file and its description.
type opened struct {
	*bytes.Reader
	oneFile
}

func (o *opened) Stat() (fs.FileInfo, error) { return o, nil }
func (o *opened) Close() error               { return nil }
func (o *opened) Name() string               { return fileName }
func (o *opened) Size() int64                { return int64(len(o.oneFile)) }
func (o *opened) Mode() fs.FileMode          { return 0o444 }
func (o *opened) ModTime() time.Time         { return time.Time{} }
func (o *opened) IsDir() bool                { return false }
func (o *opened) Sys() any                   { return nil }

// read turns rows into events and checks what a schema cannot.
func read(c *catalog.Catalog, t *datapackage.Table) ([]Event, error) {
	if t.Rows() > MaxEvents {
		return nil, t.Fault(MaxEvents, "event_id", fmt.Sprintf("%d events", t.Rows()), fmt.Sprintf("at most %d", MaxEvents))
	}
	var out []Event
	for row := range t.Rows() {
		e, err := readEvent(c, t, row)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func readEvent(c *catalog.Catalog, t *datapackage.Table, row int) (Event, error) {
	text := func(field string) string { return t.Text(field)[row] }
	number := func(field string, missing float64) float64 {
		if t.Missing(field, row) {
			return missing
		}
		return t.Numbers(field)[row]
	}
	e := Event{ID: text("event_id"), Group: text("event_group"), Phase: text("phase"), Country: text("country"), Instrument: text("instrument"), Market: text("market"), Split: text("split"), row: row,
		WorldShare: number("country_world_share_pct", 0) / 100, WorldLoss: number("supply_loss_pct_world", -100) / 100, HorizonMonths: number("horizon_months", -1),
		Ratio: number("price_ratio", 0), StockMonths: number("stocks_months_before", -1)}
	unit, known := c.Unit(text("commodity_unit"))
	if !known {
		err := t.Fault(row, "commodity_unit", "unknown commodity "+fault.Quote(text("commodity_unit")), "a commodity unit that `chokepoint show` knows")
		var names []string
		for i := range c.Units {
			names = append(names, c.Units[i].ID)
		}
		err.DidYouMean = fault.Nearest(text("commodity_unit"), names)
		return e, err
	}
	e.Unit = unit
	if code, err := c.FindCountry(e.Country); err != nil || code != e.Country {
		return e, t.Fault(row, "country", "unknown country "+fault.Quote(e.Country), "an ISO 3166 alpha-3 code")
	}
	if e.Measure = measureOf(e.Instrument); e.Measure == unmeasured {
		return e, t.Fault(row, "instrument", fault.Quote(e.Instrument)+" does not say what was done", "a word such as licensing, permit, quota, ban, suspension, ore, mining, outage, rationing or risk")
	}
	for _, d := range []struct {
		field string
		to    *Date
	}{{"date_announced", &e.Announced}, {"date_effective", &e.Effective}, {"date_ended", &e.Ended}, {"price_before_date", &e.Before}, {"price_after_date", &e.After}} {
		var ok bool
		if *d.to, ok = parseDate(text(d.field)); !ok {
			return e, t.Fault(row, d.field, fault.Quote(text(d.field))+" is no date", "a year from 1800 on, a month (2023-07) or a day (2023-07-03)")
		}
	}
	for _, order := range []struct {
		first, then  Date
		field, after string
	}{{e.Announced, e.Effective, "date_effective", "date_announced"}, {e.Effective, e.Ended, "date_ended", "date_effective"}, {e.Before, e.After, "price_after_date", "price_before_date"}, {e.Announced, e.After, "price_after_date", "date_announced"}} {
		if order.first.Set() && order.then.Set() && order.then.before(order.first) {
			return e, t.Fault(row, order.field, "the date "+text(order.field)+" lies before "+text(order.after)+", the "+order.after, "dates in order: announced, effective, ended; price before, price after")
		}
	}
	if e.WorldLoss > e.WorldShare {
		return e, t.Fault(row, "supply_loss_pct_world", t.Cell(row, "supply_loss_pct_world")+" % of world output lost by a country that makes "+t.Cell(row, "country_world_share_pct")+" %", "at most the share of the country")
	}
	if err := e.readPrices(t, row, number); err != nil {
		return e, err
	}
	if !(e.WorldShare > 0) && e.Untestable == "" {
		e.Untestable = "the country has no share of world output"
	}
	return e, nil
}

// readPrices holds ratio, prices, dates and horizon against each other, and fills
// what follows from the others.
func (e *Event) readPrices(t *datapackage.Table, row int, number func(string, float64) float64) error {
	before, after := number("price_before", 0), number("price_after", 0)
	if before > 0 && after > 0 {
		ratio := after / before
		if e.Ratio == 0 {
			e.Ratio = ratio
		}
		if !(ratio >= 1e-3 && ratio <= 1e3) {
			return t.Fault(row, "price_after", fmt.Sprintf("a price %.4g times the price before", ratio), "a ratio from 0.001 to 1000")
		}
		if math.Abs(e.Ratio/ratio-1) > .02 {
			return t.Fault(row, "price_ratio", fmt.Sprintf("a ratio of %g for prices of %g and %g", e.Ratio, before, after), fmt.Sprintf("%.4g", ratio))
		}
	}
	if low, high := number("ratio_low", 0), number("ratio_high", 0); low > 0 && high > 0 && low > high {
		return t.Fault(row, "ratio_low", fmt.Sprintf("a smallest ratio of %g above the largest, %g", low, high), "ratio_low at most ratio_high")
	}
	from := e.Announced
	if e.Phase == Reversal {
		from = e.Before
	}
	switch {
	case e.Ratio == 0:
		e.Untestable = "no price before and after"
	case e.Phase == Reversal && !e.Before.Set():
		e.Untestable = "a reversal without the date of the peak"
	case e.HorizonMonths < 0 && !(e.After.Set() && from.Set()):
		e.Untestable = "neither a horizon nor the date of the price after"
	case e.HorizonMonths < 0:
		e.HorizonMonths = max(0, e.After.Month()-from.Month())
	}
	if e.HorizonMonths > MaxHorizonMonths {
		return t.Fault(row, "horizon_months", fmt.Sprintf("a horizon of %.1f months", e.HorizonMonths), fmt.Sprintf("at most %d", MaxHorizonMonths))
	}
	return nil
}

// MaxHorizonMonths bounds the time from an event to the price after.
const MaxHorizonMonths = 120
