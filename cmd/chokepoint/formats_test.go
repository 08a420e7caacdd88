package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"chokepoint/data"
	"chokepoint/internal/ask"
	"chokepoint/internal/assess"
	"chokepoint/internal/backtest"
	"chokepoint/internal/catalog"
	"chokepoint/internal/export"
	"chokepoint/internal/fault"
	"chokepoint/internal/lists"
	"chokepoint/internal/rank"
	"chokepoint/internal/report"
	"chokepoint/internal/scenario"
	"chokepoint/internal/stockpile"
)

// savedJSON is the json of disrupt.
type savedJSON struct {
	Run        report.Run       `json:"run"`
	Result     []map[string]any `json:"result"`
	Uses       []map[string]any `json:"uses"`
	Industries []map[string]any `json:"industries"`
	Sources    []map[string]any `json:"sources"`
}

func decode(t testing.TB, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}

func readCSV(t testing.TB, text string) (header []string, rows [][]string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[0], all[1:]
}

// Columns are a promise within a major version: more may follow at the end, none
// may go or move.
var columns = []struct {
	args    []string
	columns string
}{
	{[]string{"rank", "--draws", "0"}, "rank,commodity,chain,economy,expected_loss_musd,p05,p50,p95,leading_country,leading_loss_musd,leading_probability,price_ratio,use_cut,recommended,criterion,evidence,state,prob_top10,prob_above_floor,gains_musd,scenarios,scenarios_with_probability,stages,chain_sum_musd,lower_bound"},
	{[]string{"scenario", "list"}, scenarioColumns},
	{[]string{"disrupt", "gallium", "--from", "CHN", "--draws", "0"}, scenarioColumns},
	{[]string{"disrupt", "gallium", "--from", "CHN", "--draws", "0", "--table", "uses"}, "commodity,application,cut,share_of_use,cut_t"},
	{[]string{"disrupt", "gallium", "--from", "CHN", "--draws", "0", "--table", "industries"}, "code,name,output_change_musd,hit_gdp_musd,users_price_gdp_musd,producer_volume_gdp_musd,producer_price_gdp_musd,rest_gdp_musd,share_of_output,role,gdp_musd"},
	{[]string{"disrupt", "gallium", "--from", "CHN", "--draws", "0", "--table", "sources"}, "place,what,value,grade,source"},
	{[]string{"path", "gallium", "--from", "CHN", "--draws", "0"}, pathColumns},
	{[]string{"backtest", "--draws", "20"}, "event,group,commodity,observed_ratio,predicted_p10,predicted_p50,predicted_p90,inside,split,phase,market,horizon_months,log2_error,quantile_loss,no_change_loss,record_loss,draws,rejected_draws,no_price_draws,not_testable"},
	{[]string{"backtest", "--draws", "20", "--table", "scores"}, "group,split,events,rows,rows_inside,coverage,median_log2_error,quantile_loss,no_change_rows_inside,no_change_log2_error,no_change_loss,record_rows_inside,record_log2_error,record_loss,rejected_share"},
	{[]string{"stockpile", "--draws", "0"}, "rank,commodity,stock_t,cover_months,cost_musd,avoided_loss_musd,p05,p95,avoided_per_usd,cumulative_cost_musd,country,stop_chance,expected_loss_musd,used_musd,carrying_cost_musd,net_gain_musd,insurance_t,insurance_p05_t,insurance_p95_t,share_of_world_output"},
	{[]string{"stockpile", "gallium", "--draws", "0"}, "commodity,question,stock_t,p05_t,p95_t,cover_months,cost_musd,country,stop_chance,target_risk,within_months,chance_short,draws,rejected_draws"},
	{[]string{"stockpile", "gallium", "--draws", "0", "--table", "policy"}, "commodity,level_t,shortage_months,normal_next_t,stopped_next_t,normal_value_musd,stopped_value_musd"},
	{[]string{"path", "gallium", "--from", "CHN", "--draws", "0", "--table", "summary"}, "quantity,central,p05,p50,p95,unit,not_within_horizon,meaning,commodity"},
	{[]string{"path", "gallium", "--from", "CHN", "--draws", "0", "--table", "parameters"}, "parameter,low,mode,high,unit,grade,meaning,source"},
	{[]string{"rank", "--against", "us-2025-final"}, "commodity,listed,recommended,verdict,why,expected_loss_musd,criterion,leading_country,rank,edition,name_as_printed,through,evidence,grade,source,place"},
	{[]string{"lists"}, "edition,series,jurisdiction,date,printed,at_hand,complete,title,citation,note,grade,source,place"},
	{[]string{"lists", "show", "us-2018"}, "edition,name_as_printed,material,name,kind,commodities,stages,note,grade,source,place"},
	{[]string{"lists", "diff", "us-2018", "us-2022"}, "change,material,name,before,now,grade,source,place"},
	{[]string{"lists", "overlap", "us-2018", "eu-2011"}, "material,name,us-2018,eu-2011,rules,grade,source,place"},
	{[]string{"lists", "overlap", "--all"}, "usa_edition,eu_edition,jpn_edition,rules,count,materials"},
	{[]string{"lists", "overlap", "--all", "--table", "grid"}, "usa_edition,eu_edition,jpn_edition,default,without_R3,without_R4,without_R3_without_R4"},
	{[]string{"lists", "timeline"}, "date,jurisdiction,kind,headline,editions,milestone,materials,actors,note,grade,source,place"},
	{[]string{"lists", "claims"}, "claim,statement,stated_value,computed_value,unit,verdict,comparison,kind,readings,how,note,stated_by,source,place"},
	{[]string{"lists", "claims", "--table", "claim_readings"}, "claim,reading,value,unit,verdict"},
	{[]string{"lists", "rules"}, "rule,on,kind,description,default,contested,target,merged,note,grade,source,place"},
	{[]string{"lists", "materials"}, "material,name_en,name_zh,name_ja,name_de,name_fr,symbol,other_names,kind,members,commodities,grade,source,place"},
	{[]string{"show", "gallium", "--table", "lists"}, "series,jurisdiction,since,since_edition,last_edition,on_latest,editions_listing,editions,name_as_printed,through,grade,source,place"},
	{[]string{"show", "gallium", "--table", "memberships"}, "commodity,stage,edition,jurisdiction,date,material,name_as_printed,through,complete,grade,source,place"},
}

const pathColumns = "month,price_ratio_outside,price_ratio_inside,stocks_t,use_share,loss_musd,price_ratio_outside_p05,price_ratio_outside_p50,price_ratio_outside_p95,price_ratio_inside_p05,price_ratio_inside_p50,price_ratio_inside_p95,stocks_t_p05,stocks_t_p50,stocks_t_p95,use_share_p05,use_share_p50,use_share_p95,loss_musd_p05,loss_musd_p50,loss_musd_p95,months_from_start,commodity,withheld_share,use_t,supply_t,inflow_t,release_t,strategic_stocks_t,expected_price_ratio,running_idle_share,hit_gdp_musd,users_price_gdp_musd,producer_volume_gdp_musd,producer_price_gdp_musd,rest_gdp_musd,largest_loss_share,adapted,state"

const scenarioColumns = "commodity,country,kind,economy,net_exports_t,price_ratio,use_cut,use_after_t,hit_gdp_musd,users_price_gdp_musd,producer_volume_gdp_musd,producer_price_gdp_musd,rest_gdp_musd,loss_musd,value_per_tonne_over_price,probability,state,cut,months,real_gdp_musd,terms_of_trade_musd,rest_suppliers_musd,rest_buyers_musd,price_rationing_bound_musd,flags,lower_bound,scenario"

func TestColumns(t *testing.T) {
	for _, x := range columns {
		header, rows := readCSV(t, ok(t, append(x.args, "--format", "csv", "-q")...))
		want := strings.Split(x.columns, ",")
		if len(header) < len(want) || !slices.Equal(header[:len(want)], want) {
			t.Errorf("%v:\n got %s\nwant %s", x.args, strings.Join(header, ","), x.columns)
		}
		if len(rows) == 0 {
			t.Errorf("%v: no rows", x.args)
		}
		for _, r := range rows {
			for k, cell := range r {
				if cell == "NaN" || strings.Contains(cell, "Inf") {
					t.Errorf("%v: %s is %s", x.args, header[k], cell)
				}
			}
		}
	}
}

func TestCounts(t *testing.T) {
	_, rows := readCSV(t, ok(t, "rank", "--draws", "0", "--format", "csv", "-q"))
	if len(rows) != 84 {
		t.Errorf("the ranking has %d rows", len(rows))
	}
	last := math.Inf(1)
	for i, r := range rows {
		v, err := strconv.ParseFloat(r[4], 64)
		if err != nil || v > last || r[0] != strconv.Itoa(i+1) {
			t.Errorf("row %d: rank %s, expected loss %s after %g", i+1, r[0], r[4], last)
		}
		last = v
	}
	if _, rows = readCSV(t, ok(t, "scenario", "list", "--format", "csv", "-q")); len(rows) <= 1200 {
		t.Errorf("the baseline has %d rows", len(rows))
	}
	for _, r := range rows { // parts add up in the file
		sum := 0.0
		for k := 8; k <= 12; k++ {
			v, err := strconv.ParseFloat(r[k], 64)
			if err != nil {
				t.Fatal(err)
			}
			sum -= v
		}
		loss, err := strconv.ParseFloat(r[13], 64)
		if err != nil || math.Abs(loss-sum) > 1e-9*(1+math.Abs(loss)) {
			t.Fatalf("%v: loss %s, parts %g", r[:3], r[13], sum)
		}
	}
}

// TestFormatsSayTheSame: csv, ndjson and json hold one table.
func TestFormatsSayTheSame(t *testing.T) {
	args := []string{"rank", "gallium", "rhodium", "lithium", "-q", "--format"}
	header, rows := readCSV(t, ok(t, append(args, "csv")...))
	var object map[string]json.RawMessage
	decode(t, ok(t, append(args, "json")...), &object)
	var ranked []map[string]any
	decode(t, string(object["rank"]), &ranked)
	var record report.Run
	decode(t, string(object["run"]), &record)
	if record.Program != "chokepoint" || len(record.DataSHA256) != 64 || record.Method["sharing"] != "least-deviation" || len(record.Notes) < 3 {
		t.Errorf("record %+v", record)
	}
	var stream []map[string]any
	for _, l := range lines(ok(t, append(args, "ndjson")...)) {
		var row map[string]any
		decode(t, l, &row)
		stream = append(stream, row)
	}
	if len(rows) != 3 || len(ranked) != 3 || len(stream) != 3 {
		t.Fatalf("%d rows in csv, %d in json, %d in ndjson", len(rows), len(ranked), len(stream))
	}
	for i, r := range rows {
		for k, name := range header {
			for format, cell := range map[string]any{"json": ranked[i][name], "ndjson": stream[i][name]} {
				switch v := cell.(type) {
				case nil:
					if r[k] != "" {
						t.Errorf("%s: %s is nothing, csv has %s", format, name, r[k])
					}
				case string:
					if v != r[k] {
						t.Errorf("%s: %s is %q, csv has %q", format, name, v, r[k])
					}
				case float64:
					if w, err := strconv.ParseFloat(r[k], 64); err != nil || w != v {
						t.Errorf("%s: %s is %v, csv has %s", format, name, v, r[k])
					}
				default:
					t.Errorf("%s: %s is a %T", format, name, cell)
				}
			}
		}
	}
}

func TestMarkdown(t *testing.T) {
	all := lines(ok(t, "rank", "gallium", "rhodium", "--format", "md", "-q"))
	if len(all) < 4 {
		t.Fatalf("%d lines", len(all))
	}
	cells := strings.Count(all[0], "|")
	for i, l := range all {
		if !strings.HasPrefix(l, "|") || !strings.HasSuffix(l, "|") || strings.Count(l, "|") != cells {
			t.Errorf("line %d is no row of the table: %s", i+1, l)
		}
	}
	if !regexp.MustCompile(`^\|( *:?-+:? *\|)+$`).MatchString(all[1]) {
		t.Errorf("no rule under the header: %s", all[1])
	}
}

func TestWorkbook(t *testing.T) {
	t.Chdir(t.TempDir())
	ok(t, "disrupt", "gallium", "--from", "CHN", "-o", "x.xlsx", "-q")
	f, err := excelize.OpenFile("x.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got := f.GetSheetList()
	for _, want := range []string{"Result", "Uses", "Industries", "Rows", "About", "Sources"} {
		if !slices.Contains(got, want) {
			t.Errorf("sheets %v lack %s", got, want)
		}
	}
	record, err := f.GetRows("Result", excelize.Options{RawCellValue: true})
	if err != nil || len(record) < 2 {
		t.Fatalf("%d rows, %v", len(record), err)
	}
	at := slices.IndexFunc(record, func(r []string) bool { return slices.Contains(r, "loss_musd") })
	if at < 0 {
		t.Fatal("no header")
	}
	column := slices.Index(record[at], "loss_musd")
	cell, err := excelize.CoordinatesToCellName(column+1, at+2)
	if err != nil {
		t.Fatal(err)
	}
	kind, err := f.GetCellType("Result", cell)
	if err != nil || kind != excelize.CellTypeNumber && kind != excelize.CellTypeUnset { // a cell without type holds a number
		t.Errorf("loss is a cell of type %v, %v", kind, err)
	}
	var saved savedJSON
	decode(t, ok(t, "disrupt", "gallium", "--from", "CHN", "--format", "json", "-q"), &saved)
	if v, err := strconv.ParseFloat(record[at+1][column], 64); err != nil || math.Abs(v/saved.Result[0]["loss_musd"].(float64)-1) > 1e-11 {
		t.Errorf("loss %s in the workbook, %v in json", record[at+1][column], saved.Result[0]["loss_musd"])
	}
	about, err := f.GetRows("About")
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, r := range about {
		text += strings.Join(r, "\t") + "\n"
	}
	for _, want := range []string{"chokepoint disrupt gallium --from CHN -o x.xlsx -q", saved.Run.DataSHA256, saved.Run.Scenario, "method sharing\tleast-deviation", "column result.loss_musd\tloss of GDP", "Not the USGS model"} {
		if !strings.Contains(text, want) {
			t.Errorf("the sheet About lacks %q", want)
		}
	}
	sources, err := f.GetRows("Sources")
	if err != nil || len(sources) < 30 {
		t.Errorf("%d sources, %v", len(sources), err)
	}
}

// TestFormulasStayText: what a stranger's file calls itself does not run in a
// spreadsheet.
func TestFormulasStayText(t *testing.T) {
	t.Chdir(t.TempDir())
	const formula = `=HYPERLINK("http://example.org","click")`
	write(t, "evil.yaml", "format: 1\ntitle: '"+formula+"'\nwithdrawals: [{commodity: gallium, from: CHN}]\nsources: [{title: '"+formula+"', says: '@SUM(1)'}]\n")
	ok(t, "scenario", "show", "evil.yaml", "-o", "x.xlsx", "-q")
	f, err := excelize.OpenFile("x.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	found := false
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range rows {
			for k, cell := range r {
				name, err := excelize.CoordinatesToCellName(k+1, i+1)
				if err != nil {
					t.Fatal(err)
				}
				if x, err := f.GetCellFormula(sheet, name); err != nil || x != "" {
					t.Errorf("%s %s holds the formula %s, %v", sheet, name, x, err)
				}
				if strings.Contains(cell, "HYPERLINK") {
					found = true
					if kind, err := f.GetCellType(sheet, name); err != nil || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
						t.Errorf("%s %s: type %v, %v", sheet, name, kind, err)
					}
				}
			}
		}
	}
	if !found {
		t.Error("the text is not in the workbook")
	}
	_, rows := readCSV(t, ok(t, "scenario", "show", "evil.yaml", "--format", "csv", "--table", "scenario_sources"))
	if rows[0][0] != "'"+formula || rows[0][3] != "'@SUM(1)" {
		t.Errorf("csv holds %q", rows[0])
	}
}

// TestOutputFiles: a file is whole or not there, and nothing else is left.
func TestOutputFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	ok(t, "rank", "gallium", "-o", "a.csv", "-q")
	ok(t, "rank", "gallium", "-o", "a.json", "-q")
	ok(t, "rank", "gallium", "-o", "a.ndjson", "-q")
	ok(t, "rank", "gallium", "-o", "a.md", "-q")
	ok(t, "rank", "gallium", "-o", "a.txt", "-q")
	ok(t, "rank", "gallium", "-o", "a.xlsx", "-q")
	ok(t, "rank", "gallium", "-o", "other", "--format", "csv", "-q")
	if got, want := listing(t, "."), "a.csv\na.csv.run.json\na.json\na.md\na.md.run.json\na.ndjson\na.ndjson.run.json\na.txt\na.txt.run.json\na.xlsx\nother\nother.run.json\n"; got != want {
		t.Errorf("files\n%s", got)
	}
	if read(t, "a.csv") != read(t, "other") {
		t.Error("the same command wrote two files")
	}
	info, err := os.Stat("a.csv")
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for _, x := range []struct {
		code fault.Code
		args []string
	}{
		{fault.Failure, []string{"rank", "gallium", "-o", "missing/a.csv"}},
		{fault.Usage, []string{"rank", "gallium", "-o", "a.pdf"}},
		{fault.Usage, []string{"rank", "gallium", "-o", "b"}},
		{fault.Usage, []string{"rank", "galium", "-o", "b.csv"}},
		{fault.Usage, []string{"rank", "gallium", "-o", "b.csv", "--table", "nothing"}},
		{fault.Usage, []string{"rank", "gallium", "-o", "b.csv", "--fail-if", "loss_musd>1"}},
		{fault.InvalidData, []string{"rank", "gallium", "-o", "b.csv", "--data", "missing"}},
		{fault.Failure, []string{"scenario", "new", "gallium", "--from", "CHN", "-o", "missing/a.yaml"}},
		{fault.Failure, []string{"rank", "gallium", "-o", ".", "--format", "csv"}},
	} {
		before := listing(t, ".")
		text := fails(t, x.code, x.args...)
		if after := listing(t, "."); after != before {
			t.Errorf("%v left\n%s", x.args, after)
		}
		if strings.Contains(text, ".chokepoint-") {
			t.Errorf("%v names a temporary file: %s", x.args, text)
		}
	}
}

// TestOverlayChangesTheRanking: one country's share, changed by a user's table,
// moves the ranking, and the record says whose table it was.
func TestOverlayChangesTheRanking(t *testing.T) {
	t.Chdir(t.TempDir())
	fsys, err := data.FS()
	if err != nil {
		t.Fatal(err)
	}
	file, err := fsys.Open("tables/supply.csv")
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	header, rows := readCSV(t, string(content))
	commodity, country, share := slices.Index(header, "commodity"), slices.Index(header, "country"), slices.Index(header, "share_pct")
	if commodity < 0 || country < 0 || share < 0 {
		t.Fatalf("columns %v", header)
	}
	own := func(china float64) string {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		if err := w.Write(header); err != nil {
			t.Fatal(err)
		}
		rest := 0.0
		for _, r := range rows {
			if r[commodity] == "gallium" && r[country] != "CHN" {
				v, err := strconv.ParseFloat(r[share], 64)
				if err != nil {
					t.Fatal(err)
				}
				rest += v
			}
		}
		for _, r := range rows {
			if r[commodity] != "gallium" {
				continue
			}
			r = slices.Clone(r)
			v, err := strconv.ParseFloat(r[share], 64)
			if err != nil {
				t.Fatal(err)
			}
			if r[country] == "CHN" {
				v = china
			} else {
				v *= (100 - china) / rest
			}
			r[share] = strconv.FormatFloat(v, 'g', -1, 64)
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		return b.String()
	}
	write(t, "own/supply.csv", own(85))
	before, after := map[string]any{}, map[string]any{}
	for i, args := range [][]string{{"rank", "--draws", "0"}, {"rank", "--draws", "0", "--data", "own"}} {
		var x struct {
			Run  report.Run
			Rank []map[string]any
		}
		decode(t, ok(t, append(args, "--format", "json", "-q")...), &x)
		for _, r := range x.Rank {
			if r["commodity"] == "gallium" {
				if i == 0 {
					before = r
					before["sha"] = x.Run.DataSHA256
				} else {
					after = r
					after["sha"] = x.Run.DataSHA256
				}
			}
		}
		if i == 1 && !slices.Equal(x.Run.Overlays, []string{"own"}) {
			t.Errorf("overlays in the record: %v", x.Run.Overlays)
		}
	}
	if b, a := before["expected_loss_musd"].(float64), after["expected_loss_musd"].(float64); !(a < 0.9*b) || before["sha"] == after["sha"] || !(after["rank"].(float64) > before["rank"].(float64)) {
		t.Errorf("expected loss %v (rank %v) before, %v (rank %v) with a Chinese share of 85 %%", b, before["rank"], a, after["rank"])
	}
	// By --set idle capacity over output stays as it is; the record holds what was
	// re-scaled.
	var x struct {
		Run  report.Run
		Rank []map[string]any
	}
	decode(t, ok(t, "rank", "gallium", "--draws", "0", "--set", "gallium.supply.CHN.share=85%", "--format", "json", "-q"), &x)
	if v := x.Rank[0]["expected_loss_musd"].(float64); !(v < 0.9*before["expected_loss_musd"].(float64)) {
		t.Errorf("expected loss %g by --set, %v before", v, before["expected_loss_musd"])
	}
	if len(x.Run.Edits) != 1 || !strings.HasPrefix(x.Run.Edits[0], "gallium.supply.CHN.share: 0.977952 -> 0.85; re-scaled so that shares sum to 1: ") || x.Run.DataSHA256 != before["sha"] {
		t.Errorf("edits in the record: %v", x.Run.Edits)
	}
}

// TestDocuments: each block of a document that starts with "$ chokepoint ..."
// prints what follows it.
func TestDocuments(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	texts := map[string]string{}
	files = append(files, filepath.Join(root, "README.md"))
	for _, f := range files {
		texts[f] = read(t, f)
	}
	t.Chdir(t.TempDir()) // what an example writes stays here
	if err := os.CopyFS("docs", os.DirFS(filepath.Join(root, "docs"))); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		for _, block := range blocks(texts[f]) {
			command, want, _ := strings.Cut(block, "\n")
			line, filter, _ := strings.Cut(command, " | ") // head 5, grep word
			words, err := ask.SplitWords(line)
			if err != nil {
				t.Errorf("%s: %v", filepath.Base(f), err)
				continue
			}
			n++
			_, got, stderr := cli(words[1:]...)
			if filter != "" {
				if got = strings.Join(keep(t, lines(got), filter), "\n") + "\n"; got == "\n" {
					t.Errorf("%s: $ %s prints nothing\n%s", filepath.Base(f), command, stderr)
				}
			}
			if got == want {
				continue
			}
			if *update {
				texts[f] = strings.Replace(texts[f], "$ "+block, "$ "+command+"\n"+got, 1)
				write(t, f, texts[f])
				continue
			}
			t.Errorf("%s: $ %s\n%s\n%s", filepath.Base(f), command, difference(want, got), stderr)
		}
	}
	if n < 4 {
		t.Errorf("%d blocks", n)
	}
}

// blocks are the fenced blocks of a document that start with a command.
func blocks(text string) []string {
	var out []string
	var b strings.Builder
	inside := false
	for _, l := range strings.SplitAfter(text, "\n") {
		if !strings.HasPrefix(l, "```") {
			b.WriteString(l)
			continue
		}
		if block, is := strings.CutPrefix(b.String(), "$ chokepoint "); inside && is {
			out = append(out, "chokepoint "+block)
		}
		inside = !inside
		b.Reset()
	}
	return out
}

// TestColumnsAreDocumented: docs/formats.md names every column, flag and setting.
func TestColumnsAreDocumented(t *testing.T) {
	text := read(t, "../../docs/formats.md")
	fsys, err := data.FS()
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	e, err := assess.New(c, assess.DefaultMethod())
	if err != nil {
		t.Fatal(err)
	}
	u, _ := c.Unit("gallium")
	r, err := e.One(t.Context(), scenario.Single(u, "CHN", scenario.ExportRestriction))
	if err != nil {
		t.Fatal(err)
	}
	op, err := e.Operator()
	if err != nil {
		t.Fatal(err)
	}
	l, err := lists.Load(c)
	if err != nil {
		t.Fatal(err)
	}
	last := len(l.Editions) - 1
	for table, columns := range map[string][]export.Column{
		"rank": report.RankColumns(rank.Options{}), "scenarios": report.ScenarioColumns(),
		"portfolio": stockpile.PortfolioTable(c, nil, nil).Columns, "stocks": stockpile.AnswersTable(c, nil, nil, 0, 0).Columns, "policy": stockpile.PolicyTable(c, nil, nil).Columns,
		"scores": (&backtest.Report{}).ScoresTable().Columns, "not_testable": (&backtest.Report{}).UntestableTable(c).Columns, "trials": backtest.TrialsTable(nil).Columns,
		"folds": backtest.FoldsTable(nil).Columns, "fit": backtest.FitTable(nil, nil).Columns,
		"path": (&ask.Paths{}).Table(c).Columns, "summary": (&ask.Paths{Asked: &ask.PathAsked{}}).Summary(c).Columns, "parameters": (&ask.Paths{Asked: &ask.PathAsked{}}).ParametersTable().Columns,
		"uses": report.UsesTable(e, r).Columns, "industries": report.IndustriesTable(c, r, op.Table.OutputMUSD).Columns,
		"against": report.AgainstTable(l, last, nil).Columns, "editions": report.EditionsTable(l).Columns, "entries": report.EntriesTable(l, last, "en").Columns,
		"overlap": report.OverlapTable(l, nil, l.DefaultRules(), "en").Columns, "diff": report.DiffTable(l, last, last, l.DefaultRules(), "en").Columns,
		"timeline": report.TimelineTable(l, nil).Columns, "rules": report.RulesTable(l, l.DefaultRules()).Columns, "materials": report.MaterialsTable(l).Columns,
		"lists": report.StandingsTable(l, u).Columns, "memberships": report.MembershipsTable(l, u).Columns, "claims": report.ClaimsTable(nil).Columns, "claim_readings": report.ClaimReadingsTable(nil).Columns,
		"concentration": report.ConcentrationColumns(), "indicators": report.IndicatorColumns(), "producers": report.ProducersTable(c, nil).Columns, "other_stages": report.OtherStagesTable(c, nil, "").Columns, "hold": report.HoldTable(c, nil, nil).Columns,
		"holdings": report.CountryHoldingsTable(c, "", nil).Columns, "stages": report.CountryStagesTable("", nil).Columns, "imports": report.ImportsTable(c, nil).Columns,
		"sources_of_imports": report.ImportSourcesTable(c, nil).Columns, "usgs_import_sources": report.PrintedImportsTable(c, nil).Columns,
		"shares": report.CompareSharesTable(c, nil).Columns, "readings": report.ReadingsTable(c, nil).Columns, "disagreements": report.FlagsTable(c, nil).Columns,
	} {
		_, section, found := strings.Cut(text, "`"+table+"`")
		if !found {
			t.Errorf("no section on %s", table)
		}
		for _, k := range columns {
			if !strings.Contains(section, "`"+k.Name+"`") {
				t.Errorf("docs/formats.md lacks column `%s` of %s", k.Name, table)
			}
			if k.Meaning == "" {
				t.Errorf("column %s of %s has no meaning", k.Name, table)
			}
		}
	}
	for _, f := range formats {
		if !strings.Contains(text, "`"+f+"`") {
			t.Errorf("docs/formats.md lacks the format `%s`", f)
		}
	}
}
