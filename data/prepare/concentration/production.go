package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// of is one figure: a series of a source in a year.
type of struct{ source, series, year string }

// figures collects output by country of many series.
type figures struct {
	unit      map[of]string
	output    map[of]map[string]float64
	estimated map[of]map[string]bool
	withheld  map[of][]string // countries without a figure
	printed   map[of]float64  // total of the source
}

func (f *figures) add(k of, country string, v float64, estimated bool) {
	if f.output[k] == nil {
		f.output[k], f.estimated[k] = map[string]float64{}, map[string]bool{}
	}
	f.output[k][country] += v
	f.estimated[k][country] = f.estimated[k][country] || estimated
}

// earlier names the series of the release of 2025 that go on as series of that of
// 2026: commodity and the beginning of the type.
var earlier = map[string][2]string{
	"Aluminum|Smelter production": {"Aluminum", "Smelter production"}, "Antimony|Mine production": {"Antimony", "Mine production"},
	"Arsenic|Production (arsenic trioxide, gross weight)": {"Arsenic", "Plant production"}, "Barite|Mine production": {"Barite", "Mine production"},
	"Alumina|Alumina, refinery production": {"Bauxite", "Refinery production"}, "Bauxite|Bauxite, mine production": {"Bauxite", "Mine production"},
	"Beryllium|Mine production": {"Beryllium", "Mine production"}, "Bismuth|Refinery production": {"Bismuth", "Refinery production"},
	"Cadmium|Refinery production": {"Cadmium", "Refinery production"}, "Chromium|Mine production": {"Chromium", "Mine production"},
	"Cobalt|Mine production": {"Cobalt", "Mine production"}, "Copper|Mine production": {"Copper", "Mine production"}, "Copper|Refinery production": {"Copper", "Refinery production"},
	"Feldspar And Nepheline Syenite|Mine production": {"Feldspar", "Mine production"}, "Fluorspar|Mine production": {"Fluorspar", "Mine production"},
	"Gallium|Primary production": {"Gallium", "Primary production"}, "Gold|Mine production": {"Gold", "mine production"}, "Graphite (Natural)|Mine production": {"Graphite", "Mine production"},
	"Helium|Helium Production": {"Helium", "Production"}, "Indium|Refinery production": {"Indium", "Refinery production"},
	"Iron Ore|Mine production: Usable ore": {"Iron Ore", "Mine production, usable ore"}, "Lead|Mine production": {"Lead", "Mine production"}, "Lithium|Mine production": {"Lithium", "Mine production"},
	"Magnesium Compounds|Mine production": {"Magnesium Compounds", "Mine production"}, "Magnesium Metal|Smelter production": {"Magnesium metal", "Magnesium smelter"},
	"Manganese|Mine production": {"Manganese", "Mine production"}, "Mica (Natural)|Mica (Scrap and flake): production": {"Mica (Natural)", "Mine production, mica scrap"},
	"Molybdenum|Mine production": {"Molybdenum", "Mine production"}, "Nickel|Mine production": {"Nickel", "Mine production"}, "Niobium (Columbium)|Mine production": {"Niobium", "Mine production"},
	"Palladium|Mine production: Palladium": {"Platinum-Group metals", "Mine production, Palladium"}, "Platinum|Mine production: Platinum": {"Platinum-Group metals", "Mine production, Platinum"},
	"Phosphate Rock|Mine production": {"Phosphate rock", "Mine production"}, "Potash|Mine production": {"Potash", "Mine production"}, "Rare Earths|Mine production": {"Rare earths", "Mine production"},
	"Rhenium|Mine production": {"Rhenium", "Mine production"}, "Selenium|Refinery production": {"Selenium", "Refinery production"},
	"Silicon|Ferrosilicon": {"Silicon", "Plant production, Ferosilicon"}, "Silicon|Silicon metal": {"Silicon", "Plant production, silicon metal"}, "Silver|Mine production": {"Silver", "Mine production"},
	"Strontium|Mine production": {"Strontium", "Mine production"}, "Tantalum|Mine production": {"Tantalum", "Mine production"}, "Tellurium|Refinery production": {"Tellurium", "Refinery production"},
	"Tin|Mine production": {"Tin", "Mine production"}, "Titanium Mineral Concentrates|Mine production: Ilmenite": {"Titanium Mineral Concentrates", "Mine production, ilmentite"},
	"Titanium Sponge Metal|Titanium sponge metal production": {"Titanium & titanium dioxide", "Sponge Metal"}, "Tungsten|Mine production": {"Tungsten", "Mine production"},
	"Vanadium|Mine production": {"Vanadium", "Mine production"}, "Zinc|Mine production": {"Zinc", "Mine production"},
	"Zirconium|Zirconium mineral concentrates, mine production (thousand metric tons, gross weight)": {"Zirconium and Hafnium", "Mine production"},
}

// unitOf brings a unit of a source to tonnes (or million cubic metres).
func unitOf(text string) (unit string, factor float64, err error) {
	switch strings.TrimSpace(text) {
	case "metric tons", "metr. t", "tonnes (metric)", "tonnes (metal content)":
		return "t", 1, nil
	case "thousand metric tons", "thousand metric dry tons":
		return "t", 1000, nil
	case "million metric tons":
		return "t", 1e6, nil
	case "kilograms", "kg", "kilograms (metal content)":
		return "t", 0.001, nil
	case "million cubic meters":
		return "million m3", 1, nil
	}
	return "", 0, fmt.Errorf("unit %q is not known", text)
}

func (p *preparation) production() error {
	f := &figures{map[of]string{}, map[of]map[string]float64{}, map[of]map[string]bool{}, map[of][]string{}, map[of]float64{}}
	for _, step := range []func(*figures) error{p.usgs2026, p.usgs2025, p.worldMining, p.british} {
		if err := step(f); err != nil {
			return err
		}
	}
	for _, source := range []string{"usgs-mcs", "wmd", "bgs"} {
		if err := p.missing(source); err != nil {
			return err
		}
	}
	var rows, totals [][]string
	for k, output := range f.output {
		sum, largest, square, producers, leader := 0.0, 0.0, 0.0, 0, ""
		for _, country := range slices.Sorted(maps.Keys(output)) {
			v := output[country]
			sum += v
			if v > 0 && country != "OTH" {
				producers++
			}
			if v > largest && country != "OTH" {
				largest, leader = v, country
			}
		}
		if sum == 0 {
			continue
		}
		for country, v := range output {
			if country != "OTH" {
				square += v / sum * v / sum
			}
			if k.source != "bgs" {
				estimated := "no"
				if f.estimated[k][country] {
					estimated = "yes"
				}
				rows = append(rows, []string{k.source, k.series, k.year, country, strconv.FormatFloat(v, 'g', 10, 64), f.unit[k], estimated})
			}
		}
		printed := ""
		if v, ok := f.printed[k]; ok {
			printed = strconv.FormatFloat(v, 'g', 10, 64)
		}
		slices.Sort(f.withheld[k])
		totals = append(totals, []string{k.source, k.series, k.year, f.unit[k], strconv.FormatFloat(sum, 'g', 6, 64), printed, strings.Join(slices.Compact(f.withheld[k]), ";"),
			strconv.Itoa(producers), leader, strconv.FormatFloat(100*largest/sum, 'f', 2, 64), strconv.FormatFloat(1e4*square, 'f', 0, 64)})
	}
	if err := p.write("world_production", []string{"source", "series", "year", "country", "quantity", "unit", "estimated"}, 4, rows); err != nil {
		return err
	}
	return p.write("production_totals", []string{"source", "series", "year", "unit", "sum", "printed_total", "withheld", "producers", "leading_country", "leading_share_pct", "hhi"}, 3, totals)
}

// put stores one row of the US Geological Survey.
func (p *preparation) put(f *figures, k of, name, value, unit string, estimated bool) error {
	v, s, err := quantity(value)
	if err != nil {
		return fmt.Errorf("%s, %s: %w", k.series, name, err)
	}
	unit, factor, err := unitOf(unit)
	if err != nil {
		return fmt.Errorf("%s: %w", k.series, err)
	}
	f.unit[k] = unit
	if strings.HasPrefix(name, "World total") {
		if s == known {
			f.printed[k] = v * factor
		}
		return nil
	}
	code, err := p.country(name)
	if err != nil {
		return fmt.Errorf("%s: %w", k.series, err)
	}
	switch s {
	case known:
		f.add(k, code, v*factor, estimated)
	case withheld, bound, between:
		f.withheld[k] = append(f.withheld[k], code)
	}
	return nil
}

// usgs2026 reads the release of 2026: output of 2024 and an estimate for 2025.
func (p *preparation) usgs2026(f *figures) error {
	rows, err := p.read("usgs-mcs/MCS2026_Commodities_Data.csv")
	if err != nil {
		return err
	}
	for _, r := range rows {
		if !strings.HasPrefix(r["Section"], "World") || r["Statistics"] != "Production" {
			continue
		}
		for series := range p.series["usgs-mcs"] {
			commodity, detail, _ := strings.Cut(series, "|")
			rest, ok := strings.CutPrefix(r["Statistics_detail"], detail)
			if r["Commodity"] != commodity || !ok || rest != "" && rest[0] != ':' && rest[0] != ',' {
				continue
			}
			p.met("usgs-mcs", series)
			if err := p.put(f, of{"usgs-mcs", series, r["Year"]}, r["Country"], r["Value"], r["Unit"], strings.Contains(r["Notes"], "stimated")); err != nil {
				return err
			}
		}
	}
	return nil
}

// usgs2025 reads output of 2023 from the release of 2025.
func (p *preparation) usgs2025(f *figures) error {
	rows, err := p.read("usgs-mcs/MCS2025_World_Data.csv")
	if err != nil {
		return err
	}
	for series := range p.series["usgs-mcs"] {
		e, ok := earlier[series]
		if !ok {
			return fmt.Errorf("no series of the release of 2025 for %q", series)
		}
		found := false
		for _, r := range rows {
			if !strings.EqualFold(r["COMMODITY"], e[0]) || !strings.HasPrefix(r["TYPE"], e[1]) {
				continue
			}
			found = true
			name := r["COUNTRY"]
			if strings.HasPrefix(name, "World total (ilmenite and rutile") {
				continue // the sum of two series
			}
			if err := p.put(f, of{"usgs-mcs", series, "2023"}, name, r["PROD_2023"], r["UNIT_MEAS"], strings.Contains(r["TYPE"]+r["PROD_NOTES"], "stimated")); err != nil {
				return err
			}
		}
		if !found {
			return fmt.Errorf("the release of 2025 has no %s, %s", e[0], e[1])
		}
	}
	return nil
}

// worldMining reads World Mining Data, 2023 and 2024.
func (p *preparation) worldMining(f *figures) error {
	rows, err := p.read("world-mining-data/wmd_production_2018_2024.csv")
	if err != nil {
		return err
	}
	for _, r := range rows {
		if year := r["year"]; year != "2023" && year != "2024" || !p.met("wmd", r["commodity"]) {
			continue
		}
		code := p.iso[strings.ToLower(r["iso3"])]
		if code == "" { // R20, S19: groups of countries
			code = "OTH"
		}
		v, s, err := quantity(r["production"])
		if err != nil {
			return fmt.Errorf("World Mining Data, %s: %w", r["commodity"], err)
		}
		unit, factor, err := unitOf(r["unit"])
		if err != nil {
			return err
		}
		k := of{"wmd", r["commodity"], r["year"]}
		f.unit[k] = unit
		if s == known {
			f.add(k, code, v*factor, r["data_source"] == "e")
		}
	}
	return nil
}

// british reads what the British Geological Survey says of 2023.
func (p *preparation) british(f *figures) error {
	names, err := filepath.Glob(filepath.Join(p.raw, "bgs-wms", "BGS_*_production.csv"))
	if err != nil {
		return err
	}
	for _, name := range names {
		rel := "bgs-wms/" + filepath.Base(name)
		if _, err := os.Stat(name); err != nil {
			return err
		}
		rows, err := p.read(rel)
		if err != nil {
			return err
		}
		for _, r := range rows {
			series := r["bgs_commodity_trans"] + "|" + r["bgs_sub_commodity_trans"]
			if !strings.HasPrefix(r["year"], "2023") || r["bgs_statistic_type_trans"] != "Production" || !p.met("bgs", series) {
				continue
			}
			code, err := p.country(cmp.Or(r["country_iso3_code"], r["country_trans"]))
			if err != nil {
				return fmt.Errorf("%s: %w", rel, err)
			}
			unit, factor, err := unitOf(r["units"])
			if err != nil {
				return fmt.Errorf("%s: %w", rel, err)
			}
			v, s, err := quantity(r["quantity"])
			if err != nil {
				return fmt.Errorf("%s: %w", rel, err)
			}
			k := of{"bgs", series, "2023"}
			f.unit[k] = unit
			if s == known {
				f.add(k, code, v*factor, false)
			}
		}
	}
	return nil
}
