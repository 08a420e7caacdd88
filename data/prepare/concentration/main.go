package main

import (
	"cmp"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

func main() {
	raw := flag.String("raw", "", "folder with the files as published")
	tables := flag.String("tables", "data/tables", "folder of the tables")
	flag.Parse()
	p := &preparation{raw: *raw, tables: *tables}
	if err := p.run(); err != nil {
		fmt.Fprintln(os.Stderr, "concentration:", err)
		os.Exit(1)
	}
}

type preparation struct {
	raw, tables string
	iso         map[string]string // lower-case name or code to ISO 3166 alpha-3
	series      map[string]map[string]bool
}

func (p *preparation) run() error {
	if p.raw == "" {
		return errors.New("no -raw folder")
	}
	for _, step := range []func() error{p.readCountries, p.readSeries, p.governance, p.voting, p.supplyShares, p.useShares, p.scores, p.factors, p.production, p.headings, p.importSources} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (p *preparation) read(name string) ([]map[string]string, error) {
	content, err := os.ReadFile(filepath.Join(p.raw, filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	rows, err := records(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return rows, nil
}

// write sorts the rows by all their cells and writes a table. Two equal keys are
// an error of this program or of the source.
func (p *preparation) write(table string, header []string, keys int, rows [][]string) error {
	slices.SortFunc(rows, func(a, b []string) int { return slices.Compare(a, b) })
	for i := 1; i < len(rows); i++ {
		if slices.Equal(rows[i][:keys], rows[i-1][:keys]) {
			return fmt.Errorf("%s: %s stands twice", table, strings.Join(rows[i][:keys], ", "))
		}
	}
	f, err := os.Create(filepath.Join(p.tables, table+".csv"))
	if err != nil {
		return err
	}
	defer f.Close()
	w := csv.NewWriter(f)
	if err := w.WriteAll(append([][]string{header}, rows...)); err != nil {
		return err
	}
	fmt.Printf("%-24s %5d rows\n", table, len(rows))
	return f.Close()
}

// otherNames are spellings of countries in these files that table countries
// does not have.
var otherNames = map[string]string{
	"congo (kinshasa)": "COD", "congo, d.r.": "COD", "congo, democratic republic": "COD", "korea, republic of": "KOR", "korea, south": "KOR", "korea, north": "PRK",
	"côte d’ivoire": "CIV", "cote d'ivoire": "CIV", "brasil": "BRA", "brasilia": "BRA", "libanon": "LBN", "surinam": "SUR", "turkyie": "TUR",
	"1a": "XKX", "united states and canada": "OTH", "other countries": "OTH", "other": "OTH", "trinidad and tobago": "TTO", "north macedonia": "MKD",
}

func (p *preparation) readCountries() error {
	content, err := os.ReadFile(filepath.Join(p.tables, "countries.csv"))
	if err != nil {
		return err
	}
	rows, err := records(content)
	if err != nil {
		return err
	}
	p.iso = maps.Clone(otherNames)
	for _, r := range rows {
		for _, name := range []string{r["country"], r["iso2"], r["name"], r["other_name"]} {
			if name != "" {
				p.iso[strings.ToLower(name)] = r["country"]
			}
		}
	}
	return nil
}

func (p *preparation) country(name string) (string, error) {
	if code, ok := p.iso[strings.ToLower(plainCountry(name))]; ok {
		return code, nil
	}
	return "", fmt.Errorf("%q is no country that table countries knows", name)
}

// readSeries notes which series of each source stand for a unit.
func (p *preparation) readSeries() error {
	content, err := os.ReadFile(filepath.Join(p.tables, "production_series.csv"))
	if err != nil {
		return err
	}
	rows, err := records(content)
	if err != nil {
		return err
	}
	p.series = map[string]map[string]bool{}
	for _, r := range rows {
		if p.series[r["source"]] == nil {
			p.series[r["source"]] = map[string]bool{}
		}
		p.series[r["source"]][r["series"]] = false // not met yet
	}
	return nil
}

// met notes that a series was found and says whether it is wanted.
func (p *preparation) met(source, series string) bool {
	_, wanted := p.series[source][series]
	if wanted {
		p.series[source][series] = true
	}
	return wanted
}

// missing lists the wanted series of a source that no file held.
func (p *preparation) missing(source string) error {
	for _, name := range slices.Sorted(maps.Keys(p.series[source])) {
		if !p.series[source][name] {
			return fmt.Errorf("source %s has no series %q", source, name)
		}
	}
	return nil
}

func text(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// governance: the six Worldwide Governance Indicators of 2023.
func (p *preparation) governance() error {
	rows, err := p.read("wgi/wgi_2023_wide.csv")
	if err != nil {
		return err
	}
	var out [][]string
	for _, r := range rows {
		if r["iso3"] == "ANT" { // a country that is no more
			continue
		}
		code, err := p.country(r["iso3"])
		if err != nil {
			return err
		}
		row := []string{code, "2023"}
		found := 0
		for _, name := range []string{"va", "pv", "ge", "rq", "rl", "cc"} {
			cell := r[name]
			if cell == ".." {
				cell = ""
			}
			if cell != "" {
				if v, err := strconv.ParseFloat(cell, 64); err != nil || v < -4 || v > 4 {
					return fmt.Errorf("governance of %s: %q is no score", code, cell)
				}
				found++
			}
			row = append(row, cell)
		}
		if found > 0 {
			out = append(out, row)
		}
	}
	return p.write("governance", []string{"country", "year", "voice", "stability", "effectiveness", "regulation", "law", "corruption"}, 1, out)
}

// voting: share of roll calls of the UN General Assembly in which a country
// voted as the United States did.
func (p *preparation) voting() error {
	rows, err := p.read("geopolitics/unga_agreement_2014_2019.csv")
	if err != nil {
		return err
	}
	var out [][]string
	for _, r := range rows {
		if r["iso2"] == "YU" || r["agree_US"] == "NA" {
			continue
		}
		code, err := p.country(r["iso2"])
		if err != nil {
			return err
		}
		share, err := number(r["agree_US"])
		if err != nil || share > 1 {
			return fmt.Errorf("voting of %s: %q is no share", code, r["agree_US"])
		}
		out = append(out, []string{code, r["n"], strconv.FormatFloat(share, 'f', 4, 64)})
	}
	return p.write("voting_agreement", []string{"country", "votes", "agreement_usa"}, 1, out)
}

// euMaterial brings a name of one table of the EU study to that of another.
func euMaterial(name string) string {
	switch name {
	case "Titanium ores":
		return "Titanium"
	case "Natural Rubber":
		return "Natural rubber"
	}
	return name
}

// supplyShares: world supply and EU sourcing by country, with the trade factor.
func (p *preparation) supplyShares() error {
	type key struct{ material, stage, supply, country string }
	sum := map[key]float64{}
	low := map[key]bool{}
	factor := map[key]string{}
	for _, f := range [][2]string{{"global", "eu-crm-2023/fact_GlobalSupplyShares&t.csv"}, {"eu", "eu-crm-2023/fact_EUSupplyShares&t.csv"}} {
		rows, err := p.read(f[1])
		if err != nil {
			return err
		}
		for _, r := range rows {
			code, err := p.country(r["Country"])
			if err != nil {
				return fmt.Errorf("%s, %s: %w", f[1], r["Material"], err)
			}
			share, below, err := percent(r["Share"])
			if err != nil {
				return fmt.Errorf("%s, %s, %s: %w", f[1], r["Material"], code, err)
			}
			if _, err := number(r["t"]); err != nil {
				return fmt.Errorf("%s, %s, %s: t %w", f[1], r["Material"], code, err)
			}
			k := key{euMaterial(r["Material"]), r["Stage"], f[0], code}
			if old, ok := factor[k]; ok && old != r["t"] {
				return fmt.Errorf("%v has two trade factors, %s and %s", k, old, r["t"])
			}
			sum[k] += share
			low[k] = below
			factor[k] = r["t"]
			if f[0] == "global" {
				p.met("eu-2023", k.material+"/"+k.stage)
			}
		}
	}
	var out [][]string
	for k, v := range sum {
		below := "no"
		if low[k] {
			below = "yes"
		}
		out = append(out, []string{k.material, k.stage, k.supply, k.country, strconv.FormatFloat(v, 'f', -1, 32), below, factor[k]})
	}
	if err := p.missing("eu-2023"); err != nil {
		return err
	}
	return p.write("eu_supply_shares", []string{"material", "stage", "supply", "country", "share_pct", "below", "trade_factor"}, 4, out)
}

// useShares: what the EU uses a material for, by NACE division. Value added is a
// property of the division: a cell that differs from all others of its division
// stands beside the wrong one (four do).
func (p *preparation) useShares() error {
	rows, err := p.read("eu-crm-2023/fact_MaterialUseShares.csv")
	if err != nil {
		return err
	}
	const column = "VA in million €"
	votes := map[string]map[string]int{}
	for _, r := range rows {
		if code, _, ok := strings.Cut(r["NACE sector"], " - "); ok {
			if votes[code] == nil {
				votes[code] = map[string]int{}
			}
			votes[code][r[column]]++
		}
	}
	place := map[string]int{}
	var out [][]string
	for _, r := range rows {
		if r["Share"] == "" && r["NACE sector"] == "" {
			continue // an empty line of the table
		}
		share, _, err := percent(r["Share"])
		if err != nil {
			return fmt.Errorf("use of %s: %w", r["Material"], err)
		}
		code, sector, ok := strings.Cut(strings.Join(strings.Fields(r["NACE sector"]), " "), " - ")
		added := ""
		if ok {
			added = slices.MaxFunc(slices.Sorted(maps.Keys(votes[code])), func(a, b string) int { return cmp.Compare(votes[code][a], votes[code][b]) })
		} else {
			code, sector = "", ""
		}
		place[r["Material"]]++
		out = append(out, []string{r["Material"], fmt.Sprintf("%02d", place[r["Material"]]), strings.Join(strings.Fields(r["Application"]), " "), text(share), code, sector, added})
	}
	return p.write("eu_use_shares", []string{"material", "place", "application", "share_pct", "nace", "sector", "value_added_meur"}, 2, out)
}

// scores: supply risk and economic importance as the Commission printed them.
func (p *preparation) scores() error {
	rows, err := p.read("eu-crm-2023/dimension_CRMsOverTime.csv")
	if err != nil {
		return err
	}
	var out [][]string
	for _, r := range rows {
		if r["SR"] == "-" || r["SR"] == "" {
			continue
		}
		for _, name := range []string{"SR", "EI"} {
			if _, err := number(r[name]); err != nil {
				return fmt.Errorf("score of %s: %w", r["Material"], err)
			}
		}
		out = append(out, []string{r["Material"], r["Year"], r["SR"], r["EI"]})
		p.met("eu-scores", r["Material"])
	}
	if err := p.missing("eu-scores"); err != nil {
		return err
	}
	return p.write("eu_scores", []string{"material", "year", "supply_risk", "economic_importance"}, 2, out)
}

// factors: import reliance, recycling, substitution indices of the study of 2017.
func (p *preparation) factors() error {
	rows, err := p.read("eu-crm-2023/eu_crm2017_eolrir_substitution.csv")
	if err != nil {
		return err
	}
	var out [][]string
	for _, r := range rows {
		row := []string{r["material"], r["stage"][:1], r["supply_data"]}
		for _, name := range []string{"import_reliance_pct", "EOL_RIR_pct", "SI_EI", "SI_SR", "HHI_WGI_t_global", "HHI_WGI_t_EU28", "SR_2017", "EI_2017"} {
			v, s, err := quantity(r[name])
			if err != nil || s == bound || s == between {
				return fmt.Errorf("%s of %s: %q is no number", name, r["material"], r[name])
			}
			if s == withheld {
				row = append(row, "")
			} else {
				row = append(row, text(v))
			}
		}
		out = append(out, row)
		p.met("eu-2017", r["material"])
	}
	if err := p.missing("eu-2017"); err != nil {
		return err
	}
	return p.write("eu_factors_2017", []string{"material", "stage", "supply_data", "import_reliance_pct", "eol_rir_pct", "si_ei", "si_sr", "hhi_wgi_t_global", "hhi_wgi_t_eu", "supply_risk", "economic_importance"}, 1, out)
}

// headings: which heading of the Harmonized System holds which unit.
func (p *preparation) headings() error {
	rows, err := p.read("trade/hs6_to_commodity.csv")
	if err != nil {
		return err
	}
	var out [][]string
	for _, r := range rows {
		out = append(out, []string{r["hs6"], r["commodity"], r["role"], r["basket"], r["content_factor"], r["content_factor_low"], r["content_factor_high"], r["stage_match"], r["note"]})
	}
	return p.write("trade_headings", []string{"hs6", "commodity", "role", "basket", "content_factor", "content_factor_low", "content_factor_high", "fit", "note"}, 3, out)
}

// importSources: US import shares as the US Geological Survey prints them beside
// those of the bilateral trade table.
func (p *preparation) importSources() error {
	rows, err := p.read("trade/check_us_import_sources.csv")
	if err != nil {
		return err
	}
	var out [][]string
	for _, r := range rows {
		code, err := p.country(r["country"])
		if err != nil {
			return err
		}
		out = append(out, []string{r["mcs_chapter"], r["mcs_form"], code, r["hs6"], r["mcs_share_pct_2021_24"], r["baci_qty_share_pct"], r["baci_value_share_pct"]})
	}
	return p.write("us_import_sources", []string{"chapter", "form", "country", "hs6", "usgs_share_pct", "trade_quantity_share_pct", "trade_value_share_pct"}, 3, out)
}
