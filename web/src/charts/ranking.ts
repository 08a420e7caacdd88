// Drawings of the ranking: the risk map, and the dots as a file.
import { human, money, percent } from '../lib/format';
import { symlog, ticks } from '../lib/symlog';
import { m } from '../messages';
import { escape, frame } from './frame';
import { light } from './palette';
import type { Palette } from './palette';
import type { RankRow } from '../lib/api';
import type { Option } from './draw';

/** published floor of a "moderate" risk, million USD a year */
export const floor = 2;
/** the smallest probability that the axis tells from 0 */
export const smallProbability = 0.001;

export interface Domain {
  low: number;
  high: number;
}

export function domain(values: readonly (number | null)[]): Domain {
  let low = 0;
  let high = 1;
  for (const v of values) {
    if (v === null) continue;
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  const marks = ticks(low, high);
  return { low: symlog(marks[0] ?? 0), high: symlog(marks[marks.length - 1] ?? 1) };
}

/** place of a value on the axis, in percent of its width; a little room is left at both ends */
export function place(v: number, d: Domain): number {
  return 2 + (96 * (symlog(v) - d.low)) / (d.high - d.low);
}

export function marks(rows: readonly RankRow[]): number[] {
  const values = rows.flatMap((r) => [r.expected_loss_musd, r.leading_loss_musd ?? 0, r.p05 ?? 0, r.p95 ?? 0]);
  return ticks(Math.min(0, ...values), Math.max(1, ...values));
}

export function short(v: number): string {
  const size = Math.abs(v);
  const sign = v < 0 ? '\u2212' : '';
  return size >= 1000 ? `${sign}${size / 1000}k` : `${sign}${size}`;
}

/** riskMap draws probability against the loss if it happens, both on symmetric-log axes. */
export function riskMap(rows: readonly RankRow[], name: (commodity: string) => string, p: Palette, width: number): Option {
  const shown = rows.filter((r) => r.leading_loss_musd !== null);
  const losses = shown.map((r) => r.leading_loss_musd ?? 0);
  const yTicks = ticks(Math.min(0, ...losses), Math.max(1, ...losses));
  const xTicks = width < 600 ? [0, 0.01, 0.1, 1] : [0, 0.001, 0.01, 0.1, 1];
  const x = (v: number) => symlog(v, smallProbability);
  const axis = { axisLine: { lineStyle: { color: p.neutral } }, nameTextStyle: { color: p.soft }, nameLocation: 'middle' };
  const important = new Set(
    [...shown].sort((a, b) => b.expected_loss_musd - a.expected_loss_musd).slice(0, width < 600 ? 8 : 22).map((r) => r.commodity),
  );
  const line = (expected: number) => {
    const points: [number, number][] = [];
    for (let s = x(0.0012); s <= x(1) + 1e-9; s += 0.05) {
      const probability = smallProbability * (10 ** s - 1);
      const loss = expected / probability;
      if (symlog(loss) <= symlog(yTicks[yTicks.length - 1] ?? 1)) points.push([s, symlog(loss)]);
    }
    return {
      type: 'line',
      silent: true,
      showSymbol: false,
      data: points,
      lineStyle: { color: p.neutral, width: 1, type: expected === floor ? 'solid' : 'dashed' },
      endLabel: { show: true, formatter: `${short(expected)}`, color: p.soft, fontSize: 11, distance: 2 },
    };
  };
  return {
    grid: { left: 62, right: 44, top: 16, bottom: 48 },
    xAxis: {
      ...axis,
      type: 'value',
      name: m.axisProbability,
      nameGap: 28,
      min: -0.12,
      max: x(1),
      axisLabel: { customValues: xTicks.map(x), formatter: (s: number) => `${Number((100 * smallProbability * (10 ** s - 1)).toPrecision(3))} %`, color: p.soft },
      axisTick: { customValues: xTicks.map(x) },
      splitLine: { show: false },
    },
    yAxis: {
      ...axis,
      type: 'value',
      name: m.axisLoss,
      nameGap: 46,
      min: symlog(yTicks[0] ?? 0),
      max: symlog(yTicks[yTicks.length - 1] ?? 1),
      axisLabel: { customValues: yTicks.map((v) => symlog(v)), formatter: (s: number) => short(Number((Math.sign(s) * (10 ** Math.abs(s) - 1)).toPrecision(1))), color: p.soft },
      axisTick: { customValues: yTicks.map((v) => symlog(v)) },
      splitLine: { show: true, lineStyle: { color: p.line } },
    },
    series: [
      ...[floor, 100, 10_000].map(line),
      {
        type: 'scatter',
        name: 'minerals',
        symbolSize: 9,
        cursor: 'pointer',
        data: shown.map((r) => ({
          name: r.commodity,
          value: [x(r.leading_probability ?? 0), symlog(r.leading_loss_musd ?? 0)],
          itemStyle: { color: (r.leading_loss_musd ?? 0) < 0 ? p.gain : p.loss, opacity: 0.8, borderColor: p.paper, borderWidth: 1 },
          label: { show: important.has(r.commodity), formatter: name(r.commodity), position: (r.leading_probability ?? 0) > 0.5 ? 'left' : 'right', color: p.ink, fontSize: 11, distance: 4 },
        })),
        labelLayout: { hideOverlap: true },
      },
    ],
  };
}

export function describe(r: RankRow, name: string, country: string): string[] {
  return [
    name,
    m.tipStopped(country, money(r.leading_loss_musd ?? 0)),
    m.tipProbability(percent(r.leading_probability)),
    m.tipExpected(money(r.expected_loss_musd)),
  ];
}

/** dots draws the ranking as a file of its own, one line a mineral. */
export function dots(rows: readonly RankRow[], name: (commodity: string) => string, title: string, citation: string): string {
  const step = 20;
  const left = 190;
  const plot = 600;
  const top = 30;
  const height = top + rows.length * step + 8;
  const d = domain(rows.flatMap((r) => [r.expected_loss_musd, r.leading_loss_musd, r.p05, r.p95]));
  const at = (v: number) => left + (plot * place(v, d)) / 100;
  const parts: string[] = [];
  for (const mark of marks(rows)) {
    parts.push(
      `<line x1="${at(mark)}" x2="${at(mark)}" y1="${top - 8}" y2="${height - 4}" stroke="${light.line}"/>`,
      `<text x="${at(mark)}" y="${top - 14}" text-anchor="middle" font-size="11" fill="${light.soft}">${short(mark)}</text>`,
    );
  }
  rows.forEach((r, i) => {
    const y = top + i * step + 8;
    parts.push(`<text x="${left - 8}" y="${y + 4}" text-anchor="end" font-size="12" fill="${light.ink}">${escape(name(r.commodity))}</text>`);
    if (r.p05 !== null && r.p95 !== null) parts.push(`<line x1="${at(r.p05)}" x2="${at(r.p95)}" y1="${y}" y2="${y}" stroke="${light.loss}" stroke-width="2"/>`);
    if (r.leading_loss_musd !== null) parts.push(`<circle cx="${at(r.leading_loss_musd)}" cy="${y}" r="4.5" fill="none" stroke="${light.soft}"/>`);
    parts.push(
      `<circle cx="${at(r.expected_loss_musd)}" cy="${y}" r="4" fill="${r.expected_loss_musd < 0 ? light.gain : light.loss}"/>`,
      `<text x="${left + plot + 130}" y="${y + 4}" text-anchor="end" font-size="12" fill="${light.ink}">${human(r.expected_loss_musd)}</text>`,
    );
  });
  return frame(`<svg width="960" height="${height}">${parts.join('')}</svg>`, title, citation, 960, height);
}
