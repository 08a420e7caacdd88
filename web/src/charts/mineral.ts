// Drawings of one scenario: who supplies, what for, which industries, five parts.
import { human, percent, signed } from '../lib/format';
import { plain } from '../lib/session.svelte';
import { m } from '../messages';
import { cut, frame, labels, pale } from './bars';
import { shareColour } from './palette';
import { projection } from './projection';
import type { Answer, IndustryRow, UnitCountry, UseRow } from '../lib/api';
import type { Palette } from './palette';
import type { Option } from './draw';

/** supplyMap colours countries by their share of world output; who withdraws has an edge. */
export function supplyMap(countries: readonly UnitCountry[], from: readonly string[], p: Palette): Option {
  const known = new Map(countries.map((c) => [c.country, c]));
  const named = new Set([...known.keys(), ...from]);
  return {
    series: [
      {
        type: 'map',
        map: 'world',
        projection,
        roam: false,
        silent: false,
        left: 2,
        right: 2,
        top: 4,
        bottom: 4,
        label: { show: false },
        emphasis: { disabled: true },
        select: { disabled: true },
        itemStyle: { areaColor: p.land, borderColor: p.sea, borderWidth: 0.5 },
        data: [...named].map((code) => ({
          name: code,
          value: known.get(code)?.supply_share ?? 0,
          itemStyle: {
            areaColor: shareColour(p, known.get(code)?.supply_share ?? 0),
            ...(from.includes(code) ? { borderColor: p.loss, borderWidth: 2 } : {}),
          },
        })),
      },
    ],
  };
}

function shade(value: number, full: boolean, p: Palette): string {
  const colour = value < 0 ? p.loss : p.gain;
  return full ? colour : pale(colour);
}

/** suppliers shows shares of output and of use side by side. */
export function suppliers(countries: readonly UnitCountry[], from: readonly string[], p: Palette, width: number): Option {
  const left = Math.min(150, width * 0.36);
  const bar = { type: 'bar', barMaxWidth: 10, barGap: '10%' };
  return {
    ...frame({ names: countries.map((c) => cut(c.name, Math.floor(left / 7))), left, unit: m.axisShareWorld, p }),
    series: [
      {
        ...bar,
        name: m.ofOutput,
        data: countries.map((c) => ({ value: 100 * c.supply_share, name: c.country, itemStyle: { color: from.includes(c.country) ? p.loss : p.mark } })),
        label: { show: true, position: 'right', ...labels(p), fontSize: 11, formatter: (t: { value: number }) => human(t.value) },
      },
      {
        ...bar,
        name: m.ofUse,
        data: countries.map((c) => ({ value: 100 * c.use_share, name: c.country, itemStyle: { color: pale(p.neutral) } })),
      },
    ],
  };
}

/** uses splits what each application takes into what it keeps and what it loses. */
export function uses(rows: readonly UseRow[], p: Palette, width: number): Option {
  const left = Math.min(170, width * 0.4);
  const bar = { type: 'bar', stack: 'use', barMaxWidth: 18 };
  return {
    ...frame({ names: rows.map((r) => cut(plain(r.application), Math.floor(left / 6.6))), left, unit: m.axisShareUse, p, right: 96 }),
    series: [
      { ...bar, name: m.lost, data: rows.map((r) => 100 * r.share_of_use * Math.max(0, r.cut)), itemStyle: { color: p.loss } },
      {
        ...bar,
        name: m.kept,
        data: rows.map((r) => 100 * r.share_of_use * (1 - Math.max(0, r.cut))),
        itemStyle: { color: pale(p.mark) },
        label: { show: true, position: 'right', ...labels(p), fontSize: 11, formatter: (t: { dataIndex: number }) => m.cutLabel(percent(rows[t.dataIndex]?.cut)) },
      },
    ],
  };
}

/** industries shows the change of GDP by industry, with the baseline as a mark where there is another one. */
export function industries(rows: readonly IndustryRow[], before: ReadonlyMap<string, number> | null, p: Palette, width: number): Option {
  const left = Math.min(330, width * 0.45);
  return {
    ...frame({ names: rows.map((r) => cut(r.name, Math.floor(left / 6.4))), left, unit: m.axisGdp, p, right: 84 }),
    series: [
      {
        type: 'bar',
        barMaxWidth: 14,
        data: rows.map((r) => ({
          value: r.gdp_musd,
          itemStyle: { color: shade(r.gdp_musd, r.role === 'hit', p) },
        })),
        label: { show: true, position: 'right', ...labels(p), formatter: (t: { value: number }) => human(t.value) },
        labelLayout: { x: width - 12, align: 'right' },
      },
      ...(before
        ? [
            {
              type: 'scatter',
              symbol: 'rect',
              symbolSize: [2, 14],
              silent: true,
              itemStyle: { color: p.ink },
              data: rows.map((r) => before.get(r.code) ?? null),
            },
          ]
        : []),
    ],
  };
}

export interface Part {
  key: string;
  name: string;
  value: number;
}

const columns: Record<string, string> = {
  i: 'hit_gdp_musd',
  ii: 'users_price_gdp_musd',
  iii: 'producer_volume_gdp_musd',
  iv: 'producer_price_gdp_musd',
  'v-suppliers': 'rest_suppliers_musd',
  'v-buyers': 'rest_buyers_musd',
};

/** column names what explains a part */
export function column(part: string): string {
  return columns[part] ?? 'loss_musd';
}

export function parts(answer: Answer): Part[] {
  return answer.parts.map((part) => ({ key: part.part, name: m.parts[part.part as keyof typeof m.parts] ?? part.name, value: part.gdp_musd }));
}

/** waterfall adds the parts up to the effect on GDP; the baseline stands beside it as a mark. */
export function waterfall(answer: Answer, baseline: Answer | null, p: Palette, width: number): Option {
  const list = parts(answer);
  const total = list.reduce((sum, part) => sum + part.value, 0);
  const left = Math.min(250, width * 0.42);
  // A bar from `start` to `end` that may cross 0 needs its two halves drawn apart.
  let sum = 0;
  const spans = list.map((part) => {
    const start = sum;
    sum += part.value;
    return [start, sum] as const;
  });
  spans.push([0, total]);
  const values = [...list.map((part) => part.value), total];
  const stack = (name: string, of: (low: number, high: number) => number, visible: boolean) => ({
    type: 'bar',
    stack: name,
    silent: !visible,
    barMaxWidth: 20,
    barGap: '-100%',
    data: spans.map(([start, end], i) => ({
      value: of(Math.min(start, end), Math.max(start, end)),
      itemStyle: { color: visible ? shade(values[i] ?? 0, true, p) : 'transparent' },
    })),
  });
  const marks = baseline ? [...parts(baseline).map((part) => part.value), baseline.parts.reduce((s, part) => s + part.gdp_musd, 0)] : [];
  let before = 0;
  const ends = marks.map((v, i) => (i === marks.length - 1 ? v : (before += v)));
  return {
    ...frame({ names: [...list.map((part) => part.name), m.effectOnGdp], left, unit: m.axisGdp, p, right: 84 }),
    series: [
      stack('below', (_, high) => Math.min(0, high), false),
      stack('below', (low, high) => Math.min(0, low) - Math.min(0, high), true),
      stack('above', (low) => Math.max(0, low), false),
      stack('above', (low, high) => Math.max(0, high) - Math.max(0, low), true),
      {
        type: 'scatter',
        symbolSize: 0,
        silent: true,
        data: spans.map(() => 0),
        label: { show: true, position: 'right', ...labels(p), formatter: (t: { dataIndex: number }) => signed(values[t.dataIndex] ?? 0) },
        labelLayout: { x: width - 12, align: 'right' },
      },
      ...(baseline ? [{ type: 'scatter', symbol: 'rect', symbolSize: [2, 22], silent: true, itemStyle: { color: p.ink }, data: ends }] : []),
    ],
  };
}

/** side puts the five parts of several scenarios beside each other. */
export function side(answers: readonly { label: string; answer: Answer }[], p: Palette, width: number): Option {
  const first = answers[0];
  const names = [...(first ? parts(first.answer).map((part) => part.name) : []), m.effectOnGdp];
  const left = Math.min(250, width * 0.42);
  return {
    ...frame({ names, left, unit: m.axisGdp, p, right: 30 }),
    series: answers.map(({ label, answer }, k) => {
      const values = parts(answer).map((part) => part.value);
      return {
        type: 'bar',
        name: label,
        barMaxWidth: 12,
        barGap: '15%',
        itemStyle: { color: p.series[k as 0 | 1 | 2 | 3] },
        data: [...values, values.reduce((s, v) => s + v, 0)],
      };
    }),
  };
}
