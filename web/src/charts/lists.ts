// Drawings of lists: dates in lanes, and what editions share.
import { m } from '../messages';
import { escape, frame } from './frame';
import { light } from './palette';
import type { Palette } from './palette';
import type { Option } from './draw';

export interface Mark {
  lane: number;
  /** year, or with month and day */
  date: string;
  /** dot: an edition (ring: one that leaves something out); tick and triangle: milestones */
  shape: 'dot' | 'ring' | 'tick' | 'triangle';
  /** names of an edition */
  count?: number;
}

/** the axis gives most of its length to the years since */
const bend = 2008;
const first = 1916;
const last = 2027;
const early = 0.27;

function place(date: string, share: number): number {
  const [y = '', month = '7', day = '1'] = date.split('-');
  const year = Number(y) + (Number(month) - 1) / 12 + (Number(day) - 1) / 365;
  return year < bend ? (share * (year - first)) / (bend - first) : share + ((1 - share) * (year - bend)) / (last - bend);
}

/** hasEarly tells whether the axis needs the years before it is stretched */
export function hasEarly(marks: readonly Mark[]): boolean {
  return marks.some((x) => Number(x.date.slice(0, 4)) < bend);
}

/** lanes draws marks by date, one lane a row; the time axis is stretched from 2008 on. */
export function lanes(names: readonly string[], marks: readonly Mark[], p: Palette, width: number): Option {
  const share = hasEarly(marks) ? early : 0;
  const left = Math.min(130, width * 0.3);
  const all = width < 560 ? [1920, 1960, 2010, 2015, 2020, 2025] : [1920, 1940, 1960, 1980, 2000, 2010, 2012, 2014, 2016, 2018, 2020, 2022, 2024, 2026];
  const years = all.filter((y) => share > 0 || y >= bend);
  const ticks = years.map((y) => place(`${y}-1-1`, share));
  const series = (shape: Mark['shape'], symbol: string, size: (x: Mark) => number | [number, number], offset: number, style: object) => ({
    type: 'scatter',
    name: shape,
    symbol,
    symbolOffset: [0, offset],
    cursor: 'pointer',
    itemStyle: style,
    data: marks.flatMap((x, i) => (x.shape === shape ? [{ name: String(i), value: [place(x.date, share), x.lane], symbolSize: size(x) }] : [])),
  });
  const area = (x: Mark) => 7 + 1.15 * Math.sqrt(x.count ?? 0);
  return {
    grid: { left, right: 14, top: 30, bottom: 8 },
    xAxis: {
      type: 'value',
      position: 'top',
      min: 0,
      max: 1,
      axisLine: { lineStyle: { color: p.neutral } },
      axisLabel: { customValues: ticks, color: p.soft, fontSize: 11, hideOverlap: true, formatter: (v: number) => String(years[ticks.findIndex((t) => Math.abs(t - v) < 1e-9)] ?? '') },
      axisTick: { customValues: ticks },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: names,
      axisTick: { show: false },
      axisLine: { show: false },
      splitLine: { show: true, lineStyle: { color: p.line } },
      axisLabel: { color: p.ink, fontSize: 12, interval: 0, width: left - 12, overflow: 'truncate' },
    },
    series: [
      {
        type: 'line',
        silent: true,
        showSymbol: false,
        lineStyle: { color: p.neutral, type: 'dashed', width: 1 },
        data: share > 0 ? [[share, 0], [share, names.length - 1]] : [],
      },
      series('tick', 'rect', () => [2, 12], 9, { color: p.soft }),
      series('triangle', 'triangle', () => 9, 9, { color: p.loss }),
      series('ring', 'circle', area, -3, { color: p.paper, borderColor: p.mark, borderWidth: 1.5 }),
      series('dot', 'circle', area, -3, { color: p.mark, opacity: 0.85 }),
    ],
  };
}

export interface Intersection {
  /** editions, by their place among the chosen */
  on: boolean[];
  names: string[];
}

/** upset draws intersections as a file: a row each, dots for editions, a bar for the count, the names. */
export function upset(editions: readonly string[], rows: readonly Intersection[], title: string, citation: string): string {
  const step = 24;
  const top = 26 + 16 * editions.length;
  const left = 20;
  const column = 26;
  const bars = left + column * editions.length + 16;
  const most = Math.max(1, ...rows.map((r) => r.names.length));
  const scale = 190 / most;
  const parts: string[] = [];
  editions.forEach((e, k) => {
    const x = left + column * k + column / 2;
    const y = 18 + 16 * k;
    parts.push(
      `<text x="${left + column * editions.length + 16}" y="${y + 4}" font-size="12" fill="${light.ink}">${escape(e)}</text>`,
      `<path d="M${left + column * editions.length + 10} ${y} H${x} V${top - 6}" fill="none" stroke="${light.neutral}"/>`,
    );
  });
  rows.forEach((r, i) => {
    const y = top + i * step + step / 2;
    const at = r.on.flatMap((on, k) => (on ? [left + column * k + column / 2] : []));
    parts.push(`<line x1="${at[0] ?? 0}" x2="${at[at.length - 1] ?? 0}" y1="${y}" y2="${y}" stroke="${light.mark}" stroke-width="2"/>`);
    r.on.forEach((on, k) => parts.push(`<circle cx="${left + column * k + column / 2}" cy="${y}" r="5" fill="${on ? light.mark : light.line}"/>`));
    const width = r.names.length * scale;
    const room = Math.floor((960 - bars - width - 40) / 6);
    const text = r.names.join(', ');
    parts.push(
      `<rect x="${bars}" y="${y - 8}" width="${width}" height="16" fill="${light.mark}"/>`,
      `<text x="${bars + width + 6}" y="${y + 4}" font-size="12" font-weight="600" fill="${light.ink}">${r.names.length}</text>`,
      `<text x="${bars + width + 30}" y="${y + 4}" font-size="11" fill="${light.soft}">${escape(text.length > room ? `${text.slice(0, Math.max(0, room - 1))}…` : text)}</text>`,
    );
  });
  const height = top + rows.length * step + 8;
  return frame(`<svg width="960" height="${height}">${parts.join('')}</svg>`, title, citation, 960, height);
}

/** verdicts by shape and word, not by colour alone */
export const verdictShapes: Record<string, string> = { agrees: '✓', differs: '✗', 'depends on the reading': '≈', 'cannot be checked': '?' };

export function completeWord(complete: string): string {
  return m.completeness[complete as keyof typeof m.completeness] ?? complete;
}
