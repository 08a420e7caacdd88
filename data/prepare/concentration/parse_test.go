package main

import (
	"math"
	"strings"
	"testing"
)

func TestQuantity(t *testing.T) {
	for _, x := range []struct {
		text  string
		value float64
		state state
	}{
		{"1,270", 1270, known}, {" 12.5 ", 12.5, known}, {"4\u00a0500", 4500, known}, {"1e3", 1000, known}, {"2.5e-2", 0.025, known}, {"0", 0, known},
		{"—", 0, nothing}, {"--", 0, nothing}, {"W", 0, withheld}, {"NA", 0, withheld}, {"XX", 0, withheld}, {"s", 0, withheld}, {"E", 0, withheld}, {"", 0, withheld}, {"..", 0, withheld},
		{">50", 50, bound}, {"<25", 25, bound}, {"<0.5", 0.5, bound}, {"10,000 - 15,000", 10000, between}, {"330–390", 330, between},
	} {
		v, s, err := quantity(x.text)
		if err != nil || v != x.value || s != x.state {
			t.Errorf("%q: %g, %v, %v", x.text, v, s, err)
		}
	}
	for _, text := range []string{"x", "12 t", "-5", "NaN", "Inf", ">", "> W", "5-3", "1-x", "1.2.3", strings.Repeat("9", 400)} {
		if v, s, err := quantity(text); err == nil {
			t.Errorf("%q: %g, %v", text, v, s)
		}
	}
}

func TestPercent(t *testing.T) {
	for text, want := range map[string]float64{"4%": 4, "0.9%": 0.9, "<0.1%": 0.05, ">0%": 0, "100%": 100} {
		v, below, err := percent(text)
		if err != nil || v != want || below != strings.HasPrefix(text, "<") {
			t.Errorf("%q: %g, %v, %v", text, v, below, err)
		}
	}
	for _, text := range []string{"", "W", "101%", "a%", "1-2%"} {
		if v, _, err := percent(text); err == nil {
			t.Errorf("%q: %g", text, v)
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{"Canada ": "Canada", "Brazil (beneficiated, marketable)": "Brazil", "Congo (Kinshasa)": "Congo (Kinshasa)", "World total (rounded) 10": "World total", "United\u00a0States (kyanite)": "United States"} {
		if got := plainCountry(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
	p := &preparation{iso: map[string]string{"canada": "CAN"}}
	if code, err := p.country("Canada 12"); err != nil || code != "CAN" {
		t.Errorf("%s, %v", code, err)
	}
	if _, err := p.country("Ruritania"); err == nil {
		t.Error("Ruritania is known")
	}
}

func TestRecords(t *testing.T) {
	rows, err := records([]byte("\xef\xbb\xbfa,b\n T\xfcrkiye ,\"1,2\"\n"))
	if err != nil || len(rows) != 1 || rows[0]["a"] != "Türkiye" || rows[0]["b"] != "1,2" {
		t.Errorf("%v, %v", rows, err)
	}
	if got := decode([]byte("United States\x97Salient \x80")); got != "United States—Salient €" {
		t.Errorf("%q", got)
	}
	for _, bad := range []string{"", "a,b\n1\n", "a\n\"x\n"} {
		if rows, err := records([]byte(bad)); err == nil {
			t.Errorf("%q: %v", bad, rows)
		}
	}
}

func FuzzQuantity(f *testing.F) {
	for _, s := range []string{"1,270", "—", "W", ">50", "<0.1%", "10,000 - 15,000", "1e999", "-0", "NaN", "e-5", "1e-5-3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, s, err := quantity(text)
		if err != nil {
			return
		}
		if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
			t.Errorf("%q: %g", text, v)
		}
		if (s == nothing || s == withheld) && v != 0 {
			t.Errorf("%q: state %v with %g", text, s, v)
		}
		if p, _, err := percent(text); err == nil && !(p >= 0 && p <= 100) {
			t.Errorf("%q: %g %%", text, p)
		}
	})
}

func FuzzRecords(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"))
	f.Add([]byte("\xef\xbb\xbfa\n\x80\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		rows, err := records(content)
		if err == nil && len(rows) > len(content) {
			t.Errorf("%d rows of %d bytes", len(rows), len(content))
		}
	})
}
