// Command dump hands the problems that peers.py gives to other programs: the table
// of the economy with the loss shares of one scenario, and the markets of all export
// restrictions. It also times this project's solver of the first.
//
//	dump DIR
//
// writes DIR/{z,final,output,value_added_share,bound,recipe_change}.f64 (little-endian
// float64; z is n x n by row) and DIR/markets.json, and prints a line of JSON.
package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"chokepoint/data"
	"chokepoint/internal/assess"
	"chokepoint/internal/catalog"
	"chokepoint/internal/economy"
	"chokepoint/internal/scenario"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: dump DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "dump:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	fs, err := data.FS()
	if err != nil {
		return err
	}
	c, err := catalog.Load(fs)
	if err != nil {
		return err
	}
	e, err := assess.New(c, assess.DefaultMethod())
	if err != nil {
		return err
	}
	op, err := e.Operator()
	if err != nil {
		return err
	}
	share, err := lossShares(e, op.Table)
	if err != nil {
		return err
	}
	t, solver := op.Table, op.NewSolver()
	var ms []float64
	var sol economy.SettingSolution
	for range 31 {
		start := time.Now()
		if sol, err = solver.SolveSetting(economy.Recipe, share, t.OutputMUSD, economy.SettingOptions{}); err != nil {
			return err
		}
		ms = append(ms, 1e3*time.Since(start).Seconds())
	}
	slices.Sort(ms)
	for name, v := range map[string][]float64{"z": t.Z, "final": t.FinalDemandMUSD, "output": t.OutputMUSD,
		"value_added_share": t.ValueAddedShare, "bound": share, "recipe_change": sol.OutputChangeMUSD} {
		if err := write(filepath.Join(dir, name+".f64"), v); err != nil {
			return err
		}
	}
	if err := writeMarkets(e, filepath.Join(dir, "markets.json")); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"industries": len(t.Codes), "lambda": e.Method.Lambda,
		"recipe_ms": ms[len(ms)/2], "recipe_fastest_ms": ms[0], "recipe_steps": sol.Iterations, "certificate": sol.Certificate.Largest()})
}

// lossShares are the shares of output that a stop of Chinese gallium takes from the
// industries, read off the answer of `none`.
func lossShares(e *assess.Engine, t *economy.Table) ([]float64, error) {
	none, err := e.With(func(m *assess.Method) { m.Downstream = economy.None })
	if err != nil {
		return nil, err
	}
	for _, s := range scenario.Baseline(e.Catalog, e.Figures, units(e)) {
		w := s.Withdrawals[0]
		if w.Kind != scenario.ExportRestriction || w.Country != "CHN" || e.Catalog.Units[w.Unit].ID != "gallium" {
			continue
		}
		r, err := none.One(context.Background(), s)
		if err != nil {
			return nil, err
		}
		out := make([]float64, len(t.OutputMUSD))
		for j, x := range t.OutputMUSD {
			if dx := r.Detail.Industries[j].OutputChangeMUSD; dx < 0 {
				out[j] = -dx / x
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("no restriction of gallium by China in the baseline")
}

func units(e *assess.Engine) []int {
	out := make([]int, len(e.Catalog.Units))
	for i := range out {
		out[i] = i
	}
	return out
}

func write(name string, v []float64) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := binary.Write(f, binary.LittleEndian, v); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// marketOf is what (M1) and `pro-rata` need of a unit. Weight is what a loss share
// of 1 by pair of application and industry costs, million USD.
type marketOf struct {
	Commodity                                      string
	World, Recycled, Demand, Supply                float64
	RecyclingResponse, RecyclingIdle               float64
	SupplyShare, UseShare, IdleShare, Weight, Pair []float64
	Exporters                                      []int
	Countries                                      []string
}

func writeMarkets(e *assess.Engine, name string) error {
	op, err := e.Operator()
	if err != nil {
		return err
	}
	out := make([]marketOf, len(e.Figures))
	for u, f := range e.Figures {
		m := &out[u]
		*m = marketOf{Commodity: e.Catalog.Units[u].ID, World: f.WorldTonnes, Recycled: f.RecycledShare, Demand: f.DemandElasticity, Supply: f.SupplyElasticity,
			RecyclingResponse: f.RecyclingElasticity, RecyclingIdle: f.RecyclingIdleShare, SupplyShare: f.SupplyShare, UseShare: f.UseShare, IdleShare: f.IdleShare}
		for k, j := range f.Industries {
			for a := range f.Applications {
				m.Pair = append(m.Pair, f.Dependence[k*len(f.Applications)+a])
				m.Weight = append(m.Weight, op.Table.OutputMUSD[j]*op.Table.ValueAddedShare[j])
			}
		}
	}
	for _, s := range scenario.Baseline(e.Catalog, e.Figures, units(e)) {
		if w := s.Withdrawals[0]; w.Kind == scenario.ExportRestriction {
			m := &out[w.Unit]
			m.Exporters = append(m.Exporters, e.Catalog.Units[w.Unit].Country(w.Country))
			m.Countries = append(m.Countries, w.Country)
		}
	}
	text, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644)
}
