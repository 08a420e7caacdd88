package page

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"chokepoint/internal/export"
)

// ranked is a ranking of three, with a gain, an empty cell and a lower bound.
func ranked() *export.Table {
	t := &export.Table{Name: "rank", Columns: []export.Column{{Name: "rank", Heading: "#\n"}, {Name: "commodity", Heading: "commodity\n", Meaning: "commodity unit"}, {Name: "expected_loss_musd", Heading: "expected\nM USD/yr", Unit: "million USD/yr"},
		{Name: "p05", Heading: "5 %\n"}, {Name: "p95", Heading: "95 %\n"}, {Name: "leading_country", Heading: "from\n"}, {Name: "leading_loss_musd", Heading: "if stops\n"}, {Name: "use_cut"}, {Name: "evidence", Heading: "evi-\ndence"}, {Name: "stages"}}}
	t.Add(1, "gallium", 11584.2457245, 3930.0, 22200.0, "CHN", 11584.2457245, export.Percent(0.8237), "A/D/D", 1)
	t.Add(2, "rhodium", export.LowerBound(12.5), 1.0, 40.0, "ZAF", 16200.0, nil, "A/C/D", 1)
	t.Add(3, "gold", -3.0, -9.0, 1.5, nil, nil, nil, "A/A/B", 1)
	return t
}

// disrupted is a scenario with its tables.
func disrupted() []*export.Table {
	r := &export.Table{Name: "result", Columns: []export.Column{{Name: "commodity"}, {Name: "country"}}}
	row := []any{"gallium+germanium", "CHN+RUS"}
	for _, name := range []string{"price_ratio", "use_cut", "hit_gdp_musd", "users_price_gdp_musd", "producer_volume_gdp_musd", "producer_price_gdp_musd", "rest_suppliers_musd", "rest_buyers_musd", "loss_musd", "probability"} {
		r.Columns = append(r.Columns, export.Column{Name: name, Meaning: "what " + name + " means"})
	}
	r.Columns = append(r.Columns, export.Column{Name: "state"}, export.Column{Name: "lower_bound"})
	r.Rows = [][]any{append(row, 13.9, export.Percent(0.82), -100.0, -10.0, 5.0, 0.0, -20.0, -30.0, 155.0, 1.0, "ok", "no")}
	uses := &export.Table{Name: "uses", Columns: []export.Column{{Name: "commodity", Heading: "commodity"}, {Name: "application", Heading: "application"}, {Name: "cut", Heading: "cut %"}, {Name: "share_of_use"}, {Name: "cut_t"}}}
	uses.Add("gallium", "lamps", export.Percent(1), export.Percent(0.26), 4.6)
	uses.Add("germanium", "fibre", export.Percent(0.5), export.Percent(1), 4.6)
	industries := &export.Table{Name: "industries", Columns: []export.Column{{Name: "code", Heading: "code"}, {Name: "name", Heading: "industry"}, {Name: "role", Heading: "role"}, {Name: "output_change_musd"}, {Name: "gdp_musd", Heading: "GDP"}}}
	industries.Add("334413", "Semiconductors", "hit", -200.0, -100.0)
	industries.Add("111111", "Farms", "buyer", 1.0, 0.5)
	ranges := &export.Table{Name: "ranges", Columns: []export.Column{{Name: "quantity", Heading: "quantity"}, {Name: "central", Heading: "central"}, {Name: "p05", Heading: "5 %"}, {Name: "p50", Heading: "50 %"}, {Name: "p95", Heading: "95 %"}, {Name: "unit", Heading: "unit"}}}
	ranges.Add("use_cut", 0.82, 0.5, 0.8, 0.9, "1")
	ranges.Add("hit_gdp_musd", -100.0, -200.0, -90.0, -40.0, "million USD/yr")
	ranges.Add("loss_musd", 155.0, 60.0, 140.0, 300.0, "million USD/yr")
	return []*export.Table{r, uses, industries, ranges}
}

// compared is a comparison of n scenarios.
func compared(n int) []*export.Table {
	t := &export.Table{Name: "comparison", Columns: []export.Column{{Name: "quantity", Heading: "quantity"}, {Name: "unit", Heading: "unit"}}}
	legend := &export.Table{Name: "scenarios", Columns: []export.Column{{Name: "letter"}, {Name: "label"}, {Name: "scenario"}, {Name: "state"}}}
	spread := &export.Table{Name: "ranges", Columns: []export.Column{{Name: "letter", Heading: " "}, {Name: "loss_p05_musd", Heading: "5 %"}, {Name: "loss_p50_musd", Heading: "50 %"}, {Name: "loss_p95_musd", Heading: "95 %"}, {Name: "chance_worse_than_a", Heading: "chance"}}}
	for k := range n {
		letter := string(rune('A' + k))
		t.Columns = append(t.Columns, export.Column{Name: strings.ToLower(letter), Heading: letter})
		legend.Add(letter, "scenario "+letter, "hash", "ok")
		var chance any
		if k > 0 {
			chance = export.Percent(0.25)
		}
		spread.Add(letter, 1.0, 2.0, 3.0, chance)
	}
	for k := 1; k < n; k++ {
		letter := string(rune('A' + k))
		t.Columns = append(t.Columns, export.Column{Name: strings.ToLower(letter) + "_less_a", Heading: letter + " - A"})
	}
	for _, name := range []string{"use_cut", "hit_gdp_musd", "loss_musd"} {
		row := []any{name, "1"}
		for k := range n {
			row = append(row, float64(k)+0.5)
		}
		for k := 1; k < n; k++ {
			row = append(row, float64(k))
		}
		t.Rows = append(t.Rows, row)
	}
	return []*export.Table{t, legend, spread}
}

// known is what is known of a mineral.
func known() []*export.Table {
	market := &export.Table{Name: "market", Columns: []export.Column{{Name: "quantity", Heading: "quantity"}, {Name: "value", Heading: "value"}, {Name: "unit", Heading: "unit"}}}
	market.Add("world output", 633.0, "t/yr")
	market.Add("US use", 17.8, "t/yr")
	countries := &export.Table{Name: "countries", Columns: []export.Column{{Name: "country", Heading: "code"}, {Name: "name", Heading: "country"}, {Name: "supply_share", Heading: "of output %"}, {Name: "use_share", Heading: "of use %"}}}
	countries.Add("CHN", "China", export.Percent(0.978), export.Percent(0.8))
	uses := &export.Table{Name: "uses", Columns: []export.Column{{Name: "application", Heading: "application"}, {Name: "share_a", Heading: "a %"}, {Name: "share_b", Heading: "b %"}, {Name: "share", Heading: "merged %"}}}
	uses.Add("lamps", export.Percent(0.7), export.Percent(0.9), export.Percent(0.8))
	dependence := &export.Table{Name: "dependence", Columns: []export.Column{{Name: "industry", Heading: "code"}, {Name: "industry_name", Heading: "industry"}, {Name: "application", Heading: "application"}, {Name: "dependence", Heading: "merged %"}, {Name: "low", Heading: "low %"}, {Name: "high", Heading: "high %"}}}
	dependence.Add("334413", "Semiconductors", "lamps", export.Percent(0.1), export.Percent(0.05), export.Percent(0.2))
	return []*export.Table{market, countries, uses, dependence}
}

// followed is a path of two commodities, the second without ranges.
func followed() []*export.Table {
	t := &export.Table{Name: "path", Columns: []export.Column{{Name: "month", Heading: "month"}, {Name: "price_ratio_outside", Heading: "price"}, {Name: "price_ratio_inside", Heading: "inside"}, {Name: "stocks_t", Heading: "t"},
		{Name: "use_share", Heading: "use"}, {Name: "loss_musd", Heading: "loss"}, {Name: "price_ratio_outside_p05"}, {Name: "price_ratio_outside_p95"}, {Name: "loss_musd_p05"}, {Name: "loss_musd_p95"}, {Name: "commodity"}}}
	for _, unit := range []string{"gallium", "tin"} {
		for k := range 14 {
			row := []any{fmt.Sprintf("2025-%02d", k+1), 1 + float64(k*k), 0.8, 10 - float64(k)/2, 0.9, -1 + float64(k), nil, nil, nil, nil, unit}
			if unit == "gallium" {
				row[6], row[7], row[8], row[9] = 1.0, 5+float64(10*k), -2.0, float64(k)+3
			}
			t.Rows = append(t.Rows, row)
		}
	}
	summary := &export.Table{Name: "summary", Columns: []export.Column{{Name: "quantity", Heading: "quantity"}, {Name: "central", Heading: "central"}, {Name: "p05"}, {Name: "p95"}}}
	summary.Add("loss", 5.0, 1.0, 9.0)
	summary.Add("time_to_recover", nil, 60.0, 60.0)
	return []*export.Table{t, summary}
}

// TestPath: four charts a commodity, a line between two months, a band where there are
// ranges, and a beyond where nothing comes about.
func TestPath(t *testing.T) {
	doc := parsed(t, written(t, input(followed()...)))
	if n := len(all(doc, "svg")); n != 8 {
		t.Errorf("%d charts", n)
	}
	for class, want := range map[string]int{"band": 2 * 14, "curve": 8 * 13, "curve dashed": 2 * 13} {
		n := 0
		for _, name := range []string{"rect", "line"} {
			for _, x := range all(doc, name) {
				if attribute(x, "class") == class {
					n++
				}
			}
		}
		if n != want {
			t.Errorf("%d of class %s, expected %d", n, class, want)
		}
	}
	one := followed()
	one[0].Rows = one[0].Rows[:14]
	if text := textOf(parsed(t, written(t, input(one...)))); !strings.Contains(text, "beyond") || !strings.Contains(text, "1.00 to 9.00") {
		t.Error("the facts of a path lack the loss with its range, or what does not come about")
	}
	one[0].Rows = nil
	if text := textOf(parsed(t, written(t, input(one[0])))); !strings.Contains(text, "Nothing is withdrawn") {
		t.Error("an empty path is not said to be one")
	}
}

func sources() *export.Table {
	t := &export.Table{Name: "tables", Columns: []export.Column{{Name: "table", Heading: "table"}, {Name: "url", Heading: "address"}}}
	t.Add("supply", "https://example.org/a?b=c&d=e")
	t.Add("trade", "javascript:alert(1)")
	return t
}

func input(tables ...*export.Table) *Input {
	return &Input{Command: "chokepoint rank", Tables: tables, Sources: sources(), Notes: []string{"not the USGS model"}, Record: [][2]string{{"program", "chokepoint dev"}, {"seed", "1"}}, Citation: "Cite this.",
		Country: func(code string) string { return map[string]string{"CHN": "China", "ZAF": "South Africa"}[code] }}
}

// layouts are one input of every kind.
func layouts() map[string]*Input {
	mineral := input(known()...)
	mineral.Title = "gallium"
	return map[string]*Input{"ranking": input(ranked()), "scenario": input(disrupted()...), "comparison": input(compared(2)...), "comparison of eight": input(compared(8)...), "mineral": mineral, "path": input(followed()...),
		"any": input(&export.Table{Name: "some_rows", Columns: []export.Column{{Name: "code"}, {Name: "name"}}, Rows: [][]any{{"a", "b"}}})}
}

func written(t *testing.T, in *Input) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, in); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func parsed(t *testing.T, text string) *html.Node {
	t.Helper()
	n, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// all are the elements of a name below a node, in order; "" = all elements.
func all(n *html.Node, name string) []*html.Node {
	var out []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && (name == "" || d.Data == name) {
			out = append(out, d)
		}
	}
	return out
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// TestSelfContained: no page loads, runs or sends anything.
func TestSelfContained(t *testing.T) {
	for name, in := range layouts() {
		doc := parsed(t, written(t, in))
		for _, n := range all(doc, "") {
			if slices.Contains([]string{"script", "link", "img", "image", "use", "iframe", "object", "embed", "base", "form", "input", "audio", "video", "foreignobject", "animate", "set"}, strings.ToLower(n.Data)) {
				t.Errorf("%s: an element %s", name, n.Data)
			}
			for _, a := range n.Attr {
				key := strings.ToLower(a.Key)
				if strings.HasPrefix(key, "on") || slices.Contains([]string{"src", "srcset", "style", "action", "formaction", "background", "poster", "data", "ping"}, key) {
					t.Errorf("%s: %s has %s", name, n.Data, a.Key)
				}
				if key == "href" && (n.Data != "a" || !strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "https://")) {
					t.Errorf("%s: %s leads to %s", name, n.Data, a.Val)
				}
			}
		}
		style := textOf(all(doc, "style")[0])
		for _, no := range []string{"@import", "url(", "//", "expression"} {
			if strings.Contains(style, no) {
				t.Errorf("%s: the style has %s", name, no)
			}
		}
		for _, must := range []string{"@media print", "@page { size: A4", "break-inside: avoid", "table-header-group", "prefers-color-scheme: dark", "max-width: 40rem"} {
			if !strings.Contains(style, must) {
				t.Errorf("%s: the style lacks %s", name, must)
			}
		}
	}
}

// TestStructure: what a screen reader needs stands on every page.
func TestStructure(t *testing.T) {
	for name, in := range layouts() {
		doc := parsed(t, written(t, in))
		if len(all(doc, "h1")) != 1 || len(all(doc, "title")) < 1 || attribute(all(doc, "html")[0], "lang") != "en" || len(all(doc, "main")) != 1 {
			t.Errorf("%s: no single h1, title, language or main", name)
		}
		ids := map[string]bool{}
		for _, n := range all(doc, "") {
			if id := attribute(n, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s: two elements are called %s", name, id)
				}
				ids[id] = true
			}
		}
		for _, n := range all(doc, "") {
			for _, id := range strings.Fields(attribute(n, "aria-labelledby")) {
				if !ids[id] {
					t.Errorf("%s: nothing is called %s", name, id)
				}
			}
			if href := attribute(n, "href"); strings.HasPrefix(href, "#") && !ids[href[1:]] {
				t.Errorf("%s: the link %s leads nowhere", name, href)
			}
		}
		for _, table := range all(doc, "table") {
			caption := all(table, "caption")
			if len(caption) != 1 || textOf(caption[0]) == "" {
				t.Fatalf("%s: a table without a caption", name)
			}
			columns := 2
			if heads := all(table, "thead"); len(heads) == 1 {
				columns = len(all(heads[0], "th"))
				for _, th := range all(heads[0], "th") {
					if attribute(th, "scope") != "col" {
						t.Errorf("%s, %s: a heading without scope", name, textOf(caption[0]))
					}
				}
			}
			for _, row := range all(all(table, "tbody")[0], "tr") {
				heading := all(row, "th")
				if len(heading) != 1 || attribute(heading[0], "scope") != "row" || 1+len(all(row, "td")) != columns {
					t.Errorf("%s, %s: a row has %d headings and %d cells of %d", name, textOf(caption[0]), len(heading), len(all(row, "td")), columns)
				}
			}
		}
		for _, svg := range all(doc, "svg") {
			if attribute(svg, "aria-hidden") != "true" && (attribute(svg, "role") != "img" || len(all(svg, "title")) == 0 || len(all(svg, "desc")) != 1) {
				t.Errorf("%s: a drawing without role, title and description", name)
			}
		}
		for _, want := range []string{"Cite this.", "Not the USGS model", "official figure as published", "chokepoint dev", "supply"} {
			if !strings.Contains(textOf(all(doc, "body")[0]), want) {
				t.Errorf("%s: the page does not say %q", name, want)
			}
		}
	}
}

// TestRanking: the dots stand where their numbers are.
func TestRanking(t *testing.T) {
	doc := parsed(t, written(t, input(ranked())))
	table := all(doc, "table")[0]
	rows := all(all(table, "tbody")[0], "tr")
	if len(rows) != 3 {
		t.Fatalf("%d rows", len(rows))
	}
	if got := textOf(rows[0]); !strings.Contains(got, "11,600") || !strings.Contains(got, "82.4") {
		t.Errorf("row %q", got)
	}
	if text := written(t, input(ranked())); !strings.Contains(text, `title="11584.2457245 million USD/yr">11,600`) || !strings.Contains(text, `title="82.37 %">82.4`) || !strings.Contains(text, `title="at least 12.5 million USD/yr">&gt;=12.5`) || !strings.Contains(text, `title="China">CHN`) {
		t.Error("exact numbers or names are not in the titles")
	}
	count := func(row *html.Node, class string) int {
		n := 0
		for _, x := range all(row, "") {
			if attribute(x, "class") == class {
				n++
			}
		}
		return n
	}
	for i, want := range []struct{ loss, gain, ring, span int }{{1, 0, 1, 1}, {1, 0, 1, 1}, {0, 1, 0, 1}} {
		if count(rows[i], "loss") != want.loss || count(rows[i], "gain") != want.gain || count(rows[i], "ring") != want.ring || count(rows[i], "range") != want.span {
			t.Errorf("row %d: %d losses, %d gains, %d rings, %d ranges", i+1, count(rows[i], "loss"), count(rows[i], "gain"), count(rows[i], "ring"), count(rows[i], "range"))
		}
	}
	if lead := textOf(all(doc, "header")[0]); !strings.Contains(lead, "Gallium is expected to cost the United States most: 11,600 million") || !strings.Contains(lead, "For 2 of 3 minerals") || !strings.Contains(lead, "above all if China stops") {
		t.Errorf("lead %q", lead)
	}
}

// TestScenario: the waterfall has a bar a part and one for the sum, the first
// and the last as long as their numbers.
func TestScenario(t *testing.T) {
	doc := parsed(t, written(t, input(disrupted()...)))
	var widths []string
	for _, svg := range all(doc, "svg") {
		if attribute(svg, "aria-labelledby") == "parts-name parts-tell" {
			for _, bar := range all(svg, "rect") {
				widths = append(widths, attribute(bar, "width"))
			}
		}
	}
	// the axis goes from -200 to 0 over 97 %
	want := []string{"48.50%", "4.85%", "2.43%", "0.00%", "9.70%", "14.55%", "75.17%"}
	if !slices.Equal(widths, want) {
		t.Errorf("bars %v, want %v", widths, want)
	}
	if lead := textOf(all(doc, "header")[0]); !strings.Contains(lead, "US GDP falls by 155 million US dollars a year (5 to 95 % of the draws of the inputs: 60.0 to 300, median 140)") || !strings.Contains(lead, "Gallium and germanium from China and ") {
		t.Errorf("lead %q", lead)
	}
}

// TestComparison: a column a scenario, differences where there is room.
func TestComparison(t *testing.T) {
	for n, want := range map[int]int{2: 5, 3: 7, 4: 6, 8: 10} { // quantity, scenarios, differences, unit
		doc := parsed(t, written(t, input(compared(n)...)))
		for _, table := range all(doc, "table") {
			if textOf(all(table, "caption")[0]) == "What differs" {
				if got := len(all(all(table, "thead")[0], "th")); got != want {
					t.Errorf("%d scenarios: %d columns, want %d", n, got, want)
				}
			}
		}
		bars := 0
		for _, r := range all(doc, "rect") {
			if strings.HasPrefix(attribute(r, "class"), "series-") {
				bars++
			}
		}
		if bars != n { // one part is in the table
			t.Errorf("%d scenarios: %d bars", n, bars)
		}
	}
}

// attack is text that would do something if it were markup.
var attack = []string{
	`</title></style></svg><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`, `https://x" onclick="alert(1)`, `https://x/<script>`, `{{.Title}}`, `]]><!--`, `<svg onload=alert(1)>`,
	"\x1b[31mred\x00", "\u202eesrever\u2028", "\xff\xfe", `</table></main><base href="https://evil.example/">`, `&lt;b&gt;&#x3c;script&#x3e;`,
}

// harmless is as long and only letters.
func harmless(text string) string { return strings.Repeat("x", len(text)) }

// strange puts a text wherever data or a command line can bring one.
func strange(text string) []*Input {
	var out []*Input
	inputs := layouts()
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		in := inputs[name]
		for _, t := range in.Tables {
			for i := range t.Columns {
				t.Columns[i].Meaning = text
			}
			for _, row := range t.Rows {
				for k, x := range row {
					if s, ok := x.(string); ok && t.Columns[k].Name != "quantity" && s != "no" && s != "ok" && t.Columns[k].Name != "letter" {
						row[k] = text
					}
				}
			}
		}
		in.Sources.Add(text, text)
		in.Rows = &export.Table{Name: "sources", Columns: []export.Column{{Name: "place"}, {Name: "source"}}, Rows: [][]any{{text, text}}}
		in.Title, in.Command, in.Citation, in.Says, in.Remarks, in.Notes = text, text, text, []string{text}, []string{text}, []string{text}
		in.Record = append(in.Record, [2]string{"overlay", text}, [2]string{text, text})
		in.Country = func(string) string { return text }
		out = append(out, in)
	}
	return out
}

// shape is the elements of a page with the names of their attributes.
func shape(doc *html.Node) string {
	var b strings.Builder
	for _, n := range all(doc, "") {
		b.WriteString(n.Data)
		for _, a := range n.Attr {
			b.WriteString(" " + a.Key)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestMarkupInDataStaysText: a page with hostile text has the same elements and
// attributes as one with as many letters, and no character that steers a reader.
func TestMarkupInDataStaysText(t *testing.T) {
	for _, text := range attack {
		plain := strange(harmless(text))
		for k, in := range strange(text) {
			got := written(t, in)
			if a, b := shape(parsed(t, got)), shape(parsed(t, written(t, plain[k]))); a != b {
				t.Errorf("%s: %q changes the page", in.Tables[0].Name, text)
			}
			if strings.ContainsAny(got, "\x00\x1b\u202e\u2028") || !strings.Contains(textOf(parsed(t, got)), clean(text)) && strings.Contains(clean(text), "script") {
				t.Errorf("%s: %q is not shown as text", in.Tables[0].Name, text)
			}
		}
	}
}

func TestLinks(t *testing.T) {
	for text, want := range map[string]bool{"https://example.org/a": true, "http://example.org": true, "https://": false, "javascript:alert(1)": false, "JAVASCRIPT:x": false, "https://a b": false, "see https://example.org": false, "https://user@example.org": false, "data:text/html,x": false, "//example.org": false, "": false} {
		if got := link(text) != ""; got != want {
			t.Errorf("link(%q): %v", text, got)
		}
	}
}

// TestWholeOrNone: what cannot be shown writes nothing.
func TestWholeOrNone(t *testing.T) {
	short, broken := ranked(), ranked()
	short.Rows[1] = short.Rows[1][:3]
	broken.Rows[0][2] = math.NaN()
	for _, in := range []*Input{input(short), input(broken), {}} {
		var out bytes.Buffer
		if err := Write(&out, in); err == nil || out.Len() > 0 {
			t.Errorf("%d bytes, error %v", out.Len(), err)
		}
	}
}

func TestSameBytes(t *testing.T) {
	for name := range layouts() {
		if written(t, layouts()[name]) != written(t, layouts()[name]) {
			t.Errorf("%s: two writes differ", name)
		}
	}
}

// TestScales: every value has its place between the ends, in order, also for
// numbers that no axis should hold.
func TestScales(t *testing.T) {
	for _, values := range [][]float64{{}, {0}, {5}, {-5}, {-3, 7}, {0.001}, {1e-12, -2e-12}, {11584, 22200, -6120}, {math.MaxFloat64, -math.MaxFloat64}, {1e15}} {
		for _, symlog := range []bool{false, true} {
			s := newScale(values, symlog)
			if len(s.ticks) < 2 || len(s.ticks) > 40 || s.ticks[s.zero()] != 0 {
				t.Errorf("%v: ticks %v", values, s.ticks)
			}
			sorted := slices.Sorted(slices.Values(values))
			last := s.from
			for _, v := range sorted {
				p := s.place(v)
				if !(p >= last && p <= s.to) {
					t.Errorf("%v, symlog %v: %g stands at %g", values, symlog, v, p)
				}
				last = p
			}
		}
	}
	s := newScale([]float64{999}, true)
	if got := s.place(9); math.Abs(got-(1.5+97/math.Log10(1001))) > 1e-9 { // log10(1 + 9) = 1
		t.Errorf("9 stands at %g", got)
	}
	for v, want := range map[float64]string{0: "0", 20: "20", -5000: "-5k", 1e6: "1M", 0.25: "0.25"} {
		if short(v) != want {
			t.Errorf("short(%g) = %s", v, short(v))
		}
	}
}
