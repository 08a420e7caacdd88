package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"chokepoint/internal/catalog"
	"chokepoint/internal/concentration"
	"chokepoint/internal/export"
)

// cell is an indicator in a table: its number, or nothing.
func cell(v concentration.Value) any {
	if !v.Known {
		return nil
	}
	return v.Number
}

func shareCell(v concentration.Value) any {
	if !v.Known {
		return nil
	}
	return export.Percent(v.Number)
}

// ConcentrationColumns are the columns of a ranking by concentration.
func ConcentrationColumns() []export.Column {
	return []export.Column{
		{Name: "commodity", Heading: "commodity\n", Meaning: "commodity unit", Flexible: true},
		{Name: "stage", Heading: "stage\n", Meaning: "stage of the form"},
		{Name: "country", Heading: "lead\n", Meaning: "largest producer, ISO 3166 alpha-3"},
		{Name: "share", Heading: "share\n%", Unit: "1", Meaning: "its share of world output"},
		{Name: "hhi", Heading: "HHI\n", Unit: "1", Meaning: "(C1) Herfindahl-Hirschman index of output by country, 0 to 10,000; the remainder OTH counts as many small producers"},
		{Name: "top3", Heading: "top 3\n%", Unit: "1", Meaning: "(C2) share of the three largest producers"},
		{Name: "n_minus_1", Heading: "without\nlead %", Unit: "1", Meaning: "(C2) share of world output left without the largest producer"},
		{Name: "n_minus_1_idle", Unit: "1", Meaning: "(C2) the same when the others run their idle capacity, over world output before; above 1: they could replace it"},
		{Name: "producers", Unit: "1", Meaning: "countries with output in the table"},
		{Name: "net_import_reliance", Heading: "US import\nreliance %", Unit: "1", Meaning: "(C3) US net import reliance: use less US output, over use; below 0 for a net exporter"},
		{Name: "hhi_wgi", Unit: "1", Meaning: "(C4) governance-weighted HHI of the unit's producers, 0 to 10, without trade parameter; empty without scores"},
		{Name: "geopolrisk_usa", Unit: "1", Meaning: "(C7) GeoPolRisk of the United States, 0 to 1; only where trade coverage is match"},
		{Name: "eu_material", Meaning: "material and stage (E extraction, P processing) of the EU study of 2023 that stands for the unit"},
		{Name: "eu_supply_risk", Unit: "1", Meaning: "(C5) with supply of the study of 2023, governance of 2023, and import reliance, recycling and substitution of 2017"},
		{Name: "eu_supply_risk_2023", Unit: "1", Meaning: "supply risk that the European Commission printed in 2023"},
		{Name: "eu_economic_importance", Unit: "1", Meaning: "(C6) with uses of the study of 2023 and substitution of 2017"},
		{Name: "eu_economic_importance_2023", Unit: "1", Meaning: "economic importance that the European Commission printed in 2023"},
		{Name: "disruption_potential", Unit: "1", Meaning: "(C8) DP: squares of foreign shares, times inability, times unwillingness, 0 to 1"},
		{Name: "trade_exposure", Unit: "1", Meaning: "(C8) TE: net import reliance within 0 to 1"},
		{Name: "economic_vulnerability", Unit: "1", Meaning: "(C8) EV: value added over GDP of US manufacturing industries, times spending on the unit over operating surplus, 0 to 1"},
		{Name: "us_supply_risk", Unit: "1", Meaning: "(C8) geometric mean of the three, form of Nassar and others 2020 with other inputs"},
		{Name: "chain", Meaning: "chain of the unit"},
		{Name: "chain_order", Unit: "1", Meaning: "place in the chain"},
		{Name: "empty_because", Meaning: "why indicators are empty, joined by ;"},
	}
}

// ConcentrationTable lists units by HHI, the most concentrated first.
func ConcentrationTable(c *catalog.Catalog, profiles []*concentration.Profile) *export.Table {
	t := &export.Table{Name: "concentration", Columns: ConcentrationColumns()}
	sorted := slices.Clone(profiles)
	slices.SortStableFunc(sorted, func(a, b *concentration.Profile) int {
		return cmp.Or(cmp.Compare(b.HHI, a.HHI), strings.Compare(c.Units[a.Unit].ID, c.Units[b.Unit].ID))
	})
	for _, p := range sorted {
		u := &c.Units[p.Unit]
		var risk, importance any
		if printed, ok := p.EU.Latest(); ok {
			risk, importance = printed.SupplyRisk, printed.EconomicImportance
		}
		var material any
		if p.EU.Series != "" {
			material = p.EU.Series
		}
		t.Add(u.ID, u.Stage, p.Leader, export.Percent(p.LeaderShare), p.HHI, export.Percent(p.Top3), export.Percent(p.WithoutLargest), export.Percent(p.WithoutLargestIdle), p.ProducerCount,
			shareCell(p.NetImportReliance), cell(p.HHIGovernance), cell(p.GeoPolRiskUSA), material, cell(p.EU.SupplyRisk), risk, cell(p.EU.EconomicImportance), importance,
			cell(p.DisruptionPotential), cell(p.TradeExposure), cell(p.EconomicVulnerability), cell(p.Score), u.Chain, u.ChainOrder, emptyBecause(p))
	}
	return t
}

// emptyBecause names the indicators of a unit that have no value, with the reason.
func emptyBecause(p *concentration.Profile) string {
	var out []string
	for _, x := range []struct {
		name  string
		value concentration.Value
	}{{"net_import_reliance", p.NetImportReliance}, {"hhi_wgi", p.HHIGovernance}, {"geopolrisk_usa", p.GeoPolRiskUSA}, {"eu_supply_risk", p.EU.SupplyRisk},
		{"eu_economic_importance", p.EU.EconomicImportance}, {"us_supply_risk", p.Score}} {
		if !x.value.Known {
			out = append(out, x.name+": "+x.value.Missing)
		}
	}
	return strings.Join(out, "; ")
}

// IndicatorColumns are the columns of the indicators of one unit.
func IndicatorColumns() []export.Column {
	return []export.Column{
		{Name: "commodity", Meaning: "commodity unit"},
		{Name: "indicator", Heading: "indicator", Meaning: "name of the indicator, as the columns of the ranking"},
		{Name: "value", Heading: "value", Unit: "1", Meaning: "value computed here; empty with the reason in remark"},
		{Name: "printed", Heading: "printed", Unit: "1", Meaning: "value that a study printed; empty where there is none"},
		{Name: "printed_by", Meaning: "study, material and year of the printed value"},
		{Name: "equation", Heading: "eq.", Meaning: "equation of docs/concentration.md"},
		{Name: "remark", Heading: "what it is", Meaning: "what it is, in a few words", Flexible: true},
		{Name: "empty_because", Meaning: "why value is empty"},
	}
}

// IndicatorsTable lists all indicators of units, the printed values beside them.
func IndicatorsTable(c *catalog.Catalog, profiles []*concentration.Profile) *export.Table {
	t := &export.Table{Name: "indicators", Columns: IndicatorColumns()}
	for _, p := range profiles {
		id := c.Units[p.Unit].ID
		add := func(name string, v concentration.Value, printed any, by, equation, remark string) {
			t.Add(id, name, cell(v), printed, by, equation, remark, v.Missing)
		}
		known := func(x float64) concentration.Value { return concentration.Value{Number: x, Known: true} }
		eu := &p.EU
		of := func(material, form string) string {
			if form != "same" && form != "" {
				return material + ", " + strings.ReplaceAll(form, "-", " ")
			}
			return material
		}
		add("hhi", known(p.HHI), nil, "", "C1", "0 to 10,000")
		add("top3", known(p.Top3), nil, "", "C2", "share of the three largest")
		add("n_minus_1", known(p.WithoutLargest), nil, "", "C2", "left without "+p.Leader)
		add("n_minus_1_idle", known(p.WithoutLargestIdle), nil, "", "C2", "others running idle capacity")
		add("net_import_reliance", p.NetImportReliance, nil, "", "C3", "(use - US output) / use")
		add("hhi_wgi", p.HHIGovernance, nil, "", "C4", "governance-weighted HHI, 0 to 10")
		var world, sourcing any
		by := ""
		if eu.HasFactors && strings.HasSuffix(eu.Series, "/"+eu.Factors.Stage) { // one stage only was printed
			w, s := eu.Factors.Used()
			world, sourcing, by = cell(w), cell(s), "European Commission 2017: "+eu.FactorMaterial
		}
		add("eu_hhi_world", eu.HHIWorld, world, by, "C4", "EU study 2023, t; printed 2017")
		add("eu_hhi_sourcing", eu.HHIEU, sourcing, by, "C4", "EU sourcing 2023; printed 2017")
		var risk, importance, risk2017 any
		by2017 := ""
		by = ""
		if latest, ok := eu.Latest(); ok {
			risk, importance = latest.SupplyRisk, latest.EconomicImportance
			by = "European Commission " + latest.Year + ": " + of(eu.ScoreMaterial, eu.ScoreForm)
		}
		if eu.HasFactors {
			risk2017 = eu.Factors.SupplyRisk
			by2017 = "European Commission 2017: " + of(eu.FactorMaterial, eu.FactorForm)
		}
		add("eu_supply_risk", eu.SupplyRisk, risk, by, "C5", "SR 2023 with factors of 2017")
		add("eu_supply_risk_2017", eu.SupplyRisk2017, risk2017, by2017, "C5", "SR 2017 from printed inputs")
		add("eu_economic_importance", eu.EconomicImportance, importance, by, "C6", "EI 2023, substitution of 2017")
		add("geopolrisk_usa", p.GeoPolRiskUSA, nil, "", "C7", "of the United States, 0 to 1")
		add("disruption_potential", p.DisruptionPotential, nil, "", "C8", "DP, 0 to 1")
		add("trade_exposure", p.TradeExposure, nil, "", "C8", "TE, 0 to 1")
		add("economic_vulnerability", p.EconomicVulnerability, nil, "", "C8", "EV, 0 to 1")
		add("us_supply_risk", p.Score, nil, "", "C8", "(DP TE EV)^(1/3), own inputs")
	}
	return t
}

// ProducersTable lists the producers of units with what weighs them.
func ProducersTable(c *catalog.Catalog, profiles []*concentration.Profile) *export.Table {
	t := &export.Table{Name: "producers", Columns: []export.Column{
		{Name: "commodity", Meaning: "commodity unit"},
		{Name: "country", Heading: "code", Meaning: "ISO 3166 alpha-3, or OTH for the remainder"},
		{Name: "name", Heading: "country", Meaning: "country", Flexible: true},
		{Name: "share", Heading: "share %", Unit: "1", Meaning: "share of world output"},
		{Name: "output_t", Heading: "t/yr", Unit: "t/yr", Meaning: "output, share of world output times world output"},
		{Name: "hhi_part", Heading: "in HHI", Unit: "1", Meaning: "what its square adds to HHI"},
		{Name: "governance_risk", Heading: "WGI 0-10", Unit: "1", Meaning: "2 (2.5 - mean of the six Worldwide Governance Indicators of 2023), 0 best, 10 worst"},
		{Name: "instability", Heading: "g 0-1", Unit: "1", Meaning: "0.5 - 0.2 times political stability, 0 best, 1 worst"},
		{Name: "agreement_usa", Heading: "votes %", Unit: "1", Meaning: "share of roll calls of the UN General Assembly, 2014 to 2019, in which it voted as the United States did"},
	}}
	for _, p := range profiles {
		u := &c.Units[p.Unit]
		for _, x := range p.Producers {
			t.Add(u.ID, x.Country, c.CountryName(x.Country), export.Percent(x.Share), x.Tonnes, x.HHIPart, cell(x.Governance), cell(x.Instable), shareCell(x.Agreement))
		}
		if p.Remainder > 0 {
			t.Add(u.ID, catalog.Remainder, c.CountryName(catalog.Remainder), export.Percent(p.Remainder), nil, 0.0, nil, nil, nil)
		}
	}
	return t
}

// HoldTable lists who holds the stages of a chain, a row a country and a stage.
func HoldTable(c *catalog.Catalog, units []int, holds []concentration.Hold) *export.Table {
	t := &export.Table{Name: "hold", Columns: []export.Column{
		{Name: "country", Heading: "code", Meaning: "ISO 3166 alpha-3"},
		{Name: "name", Heading: "country", Meaning: "country", Flexible: true},
		{Name: "leads", Heading: "leads", Unit: "1", Meaning: "stages of the chain at which it is the largest producer"},
		{Name: "commodity", Meaning: "unit of the chain"},
		{Name: "chain_order", Unit: "1", Meaning: "place in the chain"},
		{Name: "stage", Meaning: "stage of the form"},
		{Name: "share", Unit: "1", Meaning: "share of world output"},
		{Name: "along", Heading: "share % along the chain", Meaning: "its shares in percent at all stages, in order", Flexible: true},
	}}
	for _, h := range holds {
		var along []string
		for k := range units {
			along = append(along, fmt.Sprintf("%5.1f", 100*h.Shares[k]))
		}
		for k, i := range units {
			u := &c.Units[i]
			t.Add(h.Country, c.CountryName(h.Country), h.Largest, u.ID, u.ChainOrder, u.Stage, export.Percent(h.Shares[k]), strings.Join(along, " "))
		}
	}
	return t
}

// OtherStagesTable lists output at stages that are no unit, with the share of a
// country if one is given.
func OtherStagesTable(c *catalog.Catalog, stages []concentration.OtherStage, country string) *export.Table {
	t := &export.Table{Name: "other_stages", Columns: []export.Column{
		{Name: "chain", Heading: "chain\n", Meaning: "chain, or group of chains", Flexible: true},
		{Name: "counts", Heading: "counts\n", Meaning: "mined or processed"},
		{Name: "source", Heading: "source\n", Meaning: "usgs-mcs or wmd"},
		{Name: "series", Meaning: "name in the source"},
		{Name: "year", Heading: "year\n", Meaning: "year"},
		{Name: "country", Heading: "lead\n", Meaning: "largest producer"},
		{Name: "share", Heading: "share\n%", Unit: "1", Meaning: "its share of the countries with a figure"},
		{Name: "hhi", Heading: "HHI\n", Unit: "1", Meaning: "(C1)"},
		{Name: "top3", Heading: "top 3\n%", Unit: "1", Meaning: "(C2)"},
		{Name: "n_minus_1", Heading: "without\nlead %", Unit: "1", Meaning: "(C2)"},
		{Name: "producers", Unit: "1", Meaning: "countries with output"},
		{Name: "of_country", Unit: "1", Meaning: "with --country: share of that country"},
	}}
	if country != "" {
		t.Columns[len(t.Columns)-1].Heading = country + "\n%"
	}
	for _, s := range stages {
		var of any
		if country != "" {
			if s.ShareOf(country) == 0 {
				continue
			}
			of = export.Percent(s.ShareOf(country))
		}
		t.Add(s.Chain, s.Counts, s.Source, s.Series, s.Year, s.Leader, export.Percent(s.LeaderShare), s.HHI, export.Percent(s.Top3), export.Percent(1-s.LeaderShare), s.Producers, of)
	}
	return t
}

// CountryHoldingsTable lists what a country has, by share of output.
func CountryHoldingsTable(c *catalog.Catalog, code string, holdings []concentration.Holding) *export.Table {
	t := &export.Table{Name: "holdings", Columns: []export.Column{
		{Name: "country", Meaning: "ISO 3166 alpha-3, or EU: the members as one"},
		{Name: "commodity", Heading: "commodity\n", Meaning: "commodity unit", Flexible: true},
		{Name: "stage", Heading: "stage\n", Meaning: "stage of the form"},
		{Name: "share", Heading: "of out-\nput %", Unit: "1", Meaning: "share of world output"},
		{Name: "rank", Heading: "rank\n", Unit: "1", Meaning: "rank among producers, 1 the largest; empty if it produces none"},
		{Name: "use_share", Heading: "of\nuse %", Unit: "1", Meaning: "share of world use (most are judgements, grade D)"},
		{Name: "largest_producer", Heading: "largest\nproducer", Meaning: "yes: the largest producer"},
		{Name: "above_half", Heading: "above\nhalf", Meaning: "yes: more than half of world output"},
		{Name: "largest_user", Heading: "largest\nuser", Meaning: "yes: the largest user"},
		{Name: "chain", Meaning: "chain of the unit"},
	}}
	for _, h := range holdings {
		u := &c.Units[h.Unit]
		var rank any
		if h.SupplyRank > 0 {
			rank = h.SupplyRank
		}
		t.Add(code, u.ID, u.Stage, export.Percent(h.SupplyShare), rank, export.Percent(h.UseShare), export.YesNo(h.LargestProducer), export.YesNo(h.AboveHalf), export.YesNo(h.LargestUser), u.Chain)
	}
	return t
}

// CountryStagesTable counts a country's holdings by stage.
func CountryStagesTable(code string, counts []concentration.StageCount) *export.Table {
	t := &export.Table{Name: "stages", Columns: []export.Column{
		{Name: "country", Meaning: "ISO 3166 alpha-3"},
		{Name: "stage", Heading: "stage", Meaning: "stage of the form; all: every unit"},
		{Name: "units", Heading: "units", Unit: "1", Meaning: "units of the stage"},
		{Name: "produces", Heading: "produces", Unit: "1", Meaning: "of them, units that the country produces"},
		{Name: "largest_producer", Heading: "largest producer", Unit: "1", Meaning: "units of which it is the largest producer"},
		{Name: "above_half", Heading: "above half", Unit: "1", Meaning: "units of which it makes more than half"},
		{Name: "largest_user", Heading: "largest user", Unit: "1", Meaning: "units of which it is the largest user"},
	}}
	for _, s := range counts {
		t.Add(code, s.Stage, s.Units, s.Produces, s.LargestProducer, s.AboveHalf, s.LargestUser)
	}
	return t
}

// ImportsTable sums up the import sources of importers.
func ImportsTable(c *catalog.Catalog, all []*concentration.Imports) *export.Table {
	t := &export.Table{Name: "imports", Columns: []export.Column{
		{Name: "commodity", Heading: "commodity\n", Meaning: "commodity unit", Flexible: true},
		{Name: "importer", Heading: "to\n", Meaning: "ISO 3166 alpha-3, or EU: the 27 as one customs area, trade among them left out"},
		{Name: "country", Heading: "from\n", Meaning: "exporter with the largest share"},
		{Name: "share", Heading: "share\n%", Unit: "1", Meaning: "its share of the imports, by content: dependence on one supplier"},
		{Name: "hhi", Heading: "HHI\n", Unit: "1", Meaning: "(C1) of the import shares, 0 to 10,000"},
		{Name: "flagged", Heading: "flag-\nged %", Unit: "1", Meaning: "share of exporters that make none of the unit or export more than 1.25 times what they make"},
		{Name: "imports_t", Heading: "imports\nt/yr", Unit: "t/yr", Meaning: "imports, content, mean of 2022 to 2024"},
		{Name: "exporters", Unit: "1", Meaning: "exporters with trade in the table"},
		{Name: "own_output_t", Unit: "t/yr", Meaning: "output of the importer"},
		{Name: "geopolrisk", Heading: "GeoPol-\nRisk", Unit: "1", Meaning: "(C7), 0 to 1; empty unless coverage is match"},
		{Name: "coverage", Heading: "cov-\nerage", Meaning: "how the headings fit the form of the unit: match, basket, partial, upstream, downstream, none"},
		{Name: "hs6", Meaning: "headings, joined by +"},
		{Name: "empty_because", Meaning: "why cells are empty"},
	}}
	for _, x := range all {
		row := []any{c.Units[x.Unit].ID, x.Importer, nil, nil, nil, nil, nil, len(x.Sources), x.OwnTonnes, cell(x.GeoPolRisk), x.Coverage, x.Headings, x.GeoPolRisk.Missing}
		if len(x.Sources) > 0 {
			row[2], row[3], row[4], row[5], row[6] = x.Sources[0].Exporter, export.Percent(x.Sources[0].Share), x.HHI, export.Percent(x.Flagged), x.Tonnes
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// ImportSourcesTable lists the exporters to importers.
func ImportSourcesTable(c *catalog.Catalog, all []*concentration.Imports) *export.Table {
	t := &export.Table{Name: "sources_of_imports", Columns: []export.Column{
		{Name: "commodity", Meaning: "commodity unit"},
		{Name: "importer", Heading: "to", Meaning: "ISO 3166 alpha-3, or EU"},
		{Name: "exporter", Heading: "from", Meaning: "ISO 3166 alpha-3"},
		{Name: "name", Heading: "exporter", Meaning: "name of the exporter", Flexible: true},
		{Name: "share", Heading: "share %", Unit: "1", Meaning: "share of the imports, by content"},
		{Name: "imports_t", Heading: "t/yr", Unit: "t/yr", Meaning: "content, mean of 2022 to 2024"},
		{Name: "value_kusd", Heading: "1000 USD", Unit: "thousand USD/yr", Meaning: "value"},
		{Name: "exports_t", Unit: "t/yr", Meaning: "what the exporter sells to everybody"},
		{Name: "output_t", Heading: "its output t", Unit: "t/yr", Meaning: "output of the unit in the exporter"},
		{Name: "flag", Heading: "flag", Meaning: "no output: it makes none of the unit; beyond output: it exports more than 1.25 times what it makes"},
	}}
	for _, x := range all {
		for _, s := range x.Sources {
			t.Add(c.Units[x.Unit].ID, x.Importer, s.Exporter, c.CountryName(s.Exporter), export.Percent(s.Share), s.Tonnes, s.ValueKUSD, s.ExportTonnes, s.OutputTonnes, s.Flag)
		}
	}
	return t
}

// PrintedImportsTable sets US import shares of the US Geological Survey beside
// those of the trade table.
func PrintedImportsTable(c *catalog.Catalog, all []*concentration.Imports) *export.Table {
	t := &export.Table{Name: "usgs_import_sources", Columns: []export.Column{
		{Name: "commodity", Meaning: "commodity unit"},
		{Name: "form", Heading: "form", Meaning: "chapter and form of Mineral Commodity Summaries", Flexible: true},
		{Name: "exporter", Heading: "from", Meaning: "ISO 3166 alpha-3"},
		{Name: "usgs_share", Heading: "USGS %", Unit: "1", Meaning: "share of US imports, 2021 to 2024, as printed"},
		{Name: "trade_quantity_share", Heading: "trade, t %", Unit: "1", Meaning: "share in the trade data by quantity, the same years"},
		{Name: "trade_value_share", Heading: "trade, USD %", Unit: "1", Meaning: "share by value"},
		{Name: "gap", Heading: "gap, points", Unit: "1", Meaning: "share by quantity less the printed share"},
	}}
	for _, x := range all {
		for _, p := range x.Printed {
			var gap any
			if p.Quantity.Known {
				gap = export.Percent(p.Quantity.Number - p.USGS)
			}
			t.Add(c.Units[x.Unit].ID, p.Form, p.Country, export.Percent(p.USGS), shareCell(p.Quantity), shareCell(p.ValueShare), gap)
		}
	}
	return t
}

// ReadingsTable lists what the sources say of units: totals and leaders.
func ReadingsTable(c *catalog.Catalog, all []*concentration.Comparison) *export.Table {
	t := &export.Table{Name: "readings", Columns: []export.Column{
		{Name: "commodity", Meaning: "commodity unit"},
		{Name: "source", Heading: "source", Meaning: "model: this program; usgs-mcs, wmd, eu-2023, bgs"},
		{Name: "series", Heading: "series", Meaning: "name in the source", Flexible: true},
		{Name: "counts", Meaning: "what the reading counts: the form of the unit, mined or processed output, perhaps of several units; only readings with the same value can disagree"},
		{Name: "form", Heading: "form", Meaning: "same form as the unit, other-content (the same output counted otherwise), other-stage, or basket of units"},
		{Name: "year", Heading: "year", Meaning: "year, or years of a mean"},
		{Name: "total", Heading: "total", Unit: "1", Meaning: "sum of the countries, in unit; empty where the source gives shares"},
		{Name: "unit", Heading: "", Meaning: "t or million m3"},
		{Name: "printed_total", Unit: "1", Meaning: "world total that the source prints"},
		{Name: "producers", Unit: "1", Meaning: "countries with output"},
		{Name: "country", Heading: "lead", Meaning: "largest producer"},
		{Name: "share", Heading: "share %", Unit: "1", Meaning: "its share"},
		{Name: "hhi", Unit: "1", Meaning: "(C1) of the shares as printed or computed"},
		{Name: "rows_ship", Meaning: "no: the terms of the source do not settle whether rows by country may be passed on"},
		{Name: "withheld", Meaning: "countries without a figure, joined by ;"},
		{Name: "note", Meaning: "what the series counts"},
	}}
	for _, x := range all {
		for _, g := range x.Groups {
			for _, r := range g.Readings {
				t.Add(c.Units[x.Unit].ID, r.Source, r.Series, g.Counts, r.Form, r.Year, cell(r.Total), r.Unit, cell(r.Printed), r.Producers, r.Leader, export.Percent(r.LeaderShare), r.HHI, export.YesNo(r.Shares != nil), r.Withheld, r.Note)
			}
		}
	}
	return t
}

// CompareSharesTable sets the shares of the sources side by side, for readings
// that count the same output.
func CompareSharesTable(c *catalog.Catalog, all []*concentration.Comparison) *export.Table {
	sources := []string{concentration.ModelSource, concentration.USGS, concentration.WMD, concentration.EUShares}
	columns := []export.Column{
		{Name: "commodity", Meaning: "commodity unit"},
		{Name: "counts", Meaning: "what the readings count, as in the table readings"},
		{Name: "country", Heading: "code", Meaning: "ISO 3166 alpha-3, or OTH for the remainder"},
		{Name: "name", Heading: "country", Meaning: "country", Flexible: true},
	}
	for _, s := range sources {
		columns = append(columns, export.Column{Name: strings.ReplaceAll(s, "-", "_") + "_share", Heading: s + " %", Unit: "1", Meaning: "share of world output in " + s + "; empty if it names none or has no such series"})
	}
	columns = append(columns, export.Column{Name: "spread", Heading: "spread", Unit: "1", Meaning: "largest less smallest share over these sources; a country that a source does not name has 0 there; empty if one source only has rows"})
	t := &export.Table{Name: "shares", Columns: columns}
	for _, x := range all {
		for _, g := range x.Groups {
			for _, code := range g.Countries() {
				row := []any{c.Units[x.Unit].ID, g.Counts, code, c.CountryName(code)}
				for _, s := range sources {
					var share any
					for _, r := range g.Readings {
						if v, ok := r.Shares[code]; ok && r.Source == s && share == nil {
							share = export.Percent(v)
						}
					}
					row = append(row, share)
				}
				spread := g.Spread(code)
				if spread.Known {
					row = append(row, export.Percent(spread.Number))
				} else {
					row = append(row, nil)
				}
				t.Rows = append(t.Rows, row)
			}
		}
	}
	return t
}

// FlagsTable lists where the sources disagree.
func FlagsTable(c *catalog.Catalog, all []*concentration.Comparison) *export.Table {
	t := &export.Table{Name: "disagreements", Columns: []export.Column{
		{Name: "commodity", Heading: "commodity", Meaning: "commodity unit"},
		{Name: "counts", Heading: "counts", Meaning: "what the readings count, as in the table readings"},
		{Name: "what", Heading: "where the sources disagree", Meaning: "what differs and by how much", Flexible: true},
	}}
	for _, x := range all {
		for _, g := range x.Groups {
			for _, f := range g.Flags {
				t.Add(c.Units[x.Unit].ID, g.Counts, f)
			}
		}
	}
	return t
}
