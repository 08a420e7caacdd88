// Stockpiles: gains per dollar, what more money brings, what to do with a reserve.
import { human } from '../lib/format';
import { d } from '../messages/dynamics';
import { escape, frame } from './frame';
import { place } from './logaxis';
import { light } from './palette';
import type { CurveRow, PolicyRow, StockRow } from '../lib/dynamics';
import type { Axis } from './logaxis';
import type { Palette } from './palette';
import type { Option } from './draw';

/** ends of the range of the gain per dollar; null without draws */
export function range(r: StockRow): readonly [number, number] | null {
  return r.p05 === null || r.p95 === null || r.cost_musd <= 0 ? null : [r.p05 / r.cost_musd, r.p95 / r.cost_musd];
}

/** axis holds the gains and their ranges, in powers of ten; not far below what a dollar costs. */
export function axis(rows: readonly StockRow[], carrying: number): Axis {
  const values = rows.flatMap((r) => [r.avoided_per_usd ?? carrying, range(r)?.[1] ?? carrying]);
  const low = -2;
  const high = Math.max(1, Math.ceil(Math.log10(Math.max(...values, 1))));
  const marks: number[] = [];
  for (let power = low; power <= high; power++) marks.push(Number((10 ** power).toPrecision(1)));
  return { low, high, marks };
}

export function short(v: number): string {
  return v >= 1000 ? `${v / 1000}k` : String(v);
}

/** file draws the portfolio as an SVG of its own. */
export function file(rows: readonly StockRow[], carrying: number, name: (commodity: string) => string, title: string, citation: string): string {
  const left = 180;
  const plot = 480;
  const step = 20;
  const a = axis(rows, carrying);
  const at = (v: number) => left + (plot * place(v, a)) / 100;
  const height = 44 + rows.length * step;
  const parts = [
    ...a.marks.map((v) => `<line x1="${at(v)}" x2="${at(v)}" y1="32" y2="${height - 6}" stroke="${light.line}"/><text x="${at(v)}" y="26" text-anchor="middle" font-size="11" fill="${light.soft}">${short(v)}</text>`),
    `<line x1="${at(carrying)}" x2="${at(carrying)}" y1="32" y2="${height - 6}" stroke="${light.loss}" stroke-dasharray="3 3"/>`,
    `<text x="${left}" y="11" font-size="11" fill="${light.soft}">${escape(d.perDollar)}</text><text x="790" y="26" text-anchor="end" font-size="11" fill="${light.soft}">${escape(d.costCol)}</text><text x="948" y="26" text-anchor="end" font-size="11" fill="${light.soft}">${escape(d.avoided)}</text>`,
  ];
  rows.forEach((r, i) => {
    const y = 44 + i * step;
    const ends = range(r);
    parts.push(`<text x="${left - 8}" y="${y + 4}" text-anchor="end" font-size="12" fill="${light.ink}">${escape(name(r.commodity))}</text>`);
    if (ends) parts.push(`<line x1="${at(ends[0])}" x2="${at(ends[1])}" y1="${y}" y2="${y}" stroke="${light.neutral}" stroke-width="2"/>`);
    parts.push(
      `<circle cx="${at(r.avoided_per_usd ?? 0)}" cy="${y}" r="4.5" fill="${light.gain}"/>`,
      `<text x="790" y="${y + 4}" text-anchor="end" font-size="12" fill="${light.ink}">${human(r.cost_musd)}</text>`,
      `<text x="948" y="${y + 4}" text-anchor="end" font-size="12" fill="${light.ink}">${human(r.avoided_loss_musd)}</text>`,
    );
  });
  return frame(`<svg width="960" height="${height}">${parts.join('')}</svg>`, title, citation, 960, height);
}

/** curve adds the stocks up, the best first; cost on a log axis. */
export function curve(rows: readonly CurveRow[], name: (commodity: string) => string, p: Palette, width: number): Option {
  const x = (cost: number) => Math.log10(cost);
  const low = Math.floor(x(rows[0]?.cost_musd ?? 1));
  const high = Math.max(low + 1, x(rows.at(-1)?.cost_musd ?? 10) + 0.1);
  const marks = Array.from({ length: Math.floor(high) - low + 1 }, (_, k) => low + k);
  const line = (key: 'avoided_loss_musd' | 'p05' | 'p95') => rows.flatMap((r) => (r[key] === null ? [] : [[x(r.cost_musd), r[key]]]));
  const last = rows.at(-1)?.avoided_loss_musd ?? 0;
  // name what adds much
  const named = new Set(rows.filter((r, i) => r.avoided_loss_musd - (rows[i - 1]?.avoided_loss_musd ?? 0) > (width < 600 ? 0.08 : 0.03) * last).map((r) => r.commodity));
  const still = { type: 'line', silent: true, showSymbol: false };
  return {
    grid: { left: 62, right: 24, top: 14, bottom: 44 },
    xAxis: {
      type: 'value',
      min: low,
      max: high,
      name: d.axisCost,
      nameLocation: 'middle',
      nameGap: 26,
      nameTextStyle: { color: p.soft, fontSize: 11 },
      axisLabel: { customValues: marks, formatter: (v: number) => human(10 ** v).replace(/\.0+$/, ''), color: p.soft, fontSize: 11, hideOverlap: true },
      axisTick: { customValues: marks },
      axisLine: { lineStyle: { color: p.neutral } },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      min: 0,
      axisLine: { show: false, onZero: false },
      name: d.axisAvoided,
      nameLocation: 'middle',
      nameGap: 48,
      nameTextStyle: { color: p.soft, fontSize: 11 },
      axisLabel: { formatter: (v: number) => human(v).replace(/\.0+$/, ''), color: p.soft, fontSize: 11 },
      splitLine: { lineStyle: { color: p.line } },
    },
    series: [
      { ...still, data: line('p05'), lineStyle: { color: p.neutral, width: 1.5, type: 'dashed' } },
      { ...still, data: line('p95'), lineStyle: { color: p.neutral, width: 1.5, type: 'dashed' } },
      { ...still, step: 'end', data: line('avoided_loss_musd'), lineStyle: { color: p.gain, width: 2 } },
      {
        type: 'scatter',
        symbolSize: 8,
        itemStyle: { color: p.gain, borderColor: p.paper, borderWidth: 1 },
        data: rows.map((r) => ({
          name: r.commodity,
          value: [x(r.cost_musd), r.avoided_loss_musd],
          label: { show: named.has(r.commodity), formatter: name(r.commodity), position: 'top', align: x(r.cost_musd) > low + 0.85 * (high - low) ? 'right' : 'center', color: p.ink, fontSize: 11, distance: 5, textBorderColor: p.paper, textBorderWidth: 3 },
        })),
        labelLayout: { hideOverlap: true },
      },
    ],
  };
}

/** policy draws where the reserve goes from every level. */
export function policy(rows: readonly PolicyRow[], p: Palette): Option {
  const line = (key: 'normal_next_t' | 'stopped_next_t') => rows.map((r) => [r.level_t, r[key]]);
  const most = rows.at(-1)?.level_t ?? 1;
  const dots = (colour: string) => ({ symbol: 'circle', symbolSize: 9, itemStyle: { color: colour, opacity: 0 }, emphasis: { itemStyle: { opacity: 1 } } });
  const axis = { type: 'value', min: 0, axisTick: { show: false }, axisLabel: { showMaxLabel: false, color: p.soft, fontSize: 11, hideOverlap: true, formatter: (v: number) => human(v).replace(/\.0+$/, '') }, axisLine: { lineStyle: { color: p.neutral } }, nameLocation: 'middle', nameTextStyle: { color: p.soft, fontSize: 11 } };
  return {
    grid: { left: 66, right: 24, top: 12, bottom: 44 },
    xAxis: { ...axis, max: most, name: d.axisLevel, nameGap: 26, splitLine: { show: false } },
    yAxis: { ...axis, name: d.axisNext, nameGap: 50, splitLine: { lineStyle: { color: p.line } } },
    series: [
      { type: 'line', silent: true, showSymbol: false, data: [[0, 0], [most, most]], lineStyle: { color: p.neutral, width: 1.5, type: 'dotted' } },
      { type: 'line', ...dots(p.gain), data: line('normal_next_t'), lineStyle: { color: p.gain, width: 2, opacity: 1 } },
      { type: 'line', ...dots(p.loss), data: line('stopped_next_t'), lineStyle: { color: p.loss, width: 2, type: 'dashed', opacity: 1 } },
    ],
  };
}
