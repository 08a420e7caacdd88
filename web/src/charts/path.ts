// A path: price, use, stocks and loss by month, four panels over one axis of months.
import { human } from '../lib/format';
import { d } from '../messages/dynamics';
import type { PathRow } from '../lib/dynamics';
import type { Palette } from './palette';
import type { Option } from './draw';

/** width from which the panels stand in two columns */
const twoColumns = 760;

interface Marks {
  /** months after the start; null = not within the horizon */
  survive: number | null;
  recover: number | null;
}

interface Line {
  colour: string;
  dashed?: boolean;
  dotted?: boolean;
  values: (number | null)[];
  low?: (number | null)[];
  high?: (number | null)[];
}

interface Panel {
  title: string;
  lines: Line[];
  /** value to height, and the values of the ticks */
  up: (v: number) => number;
  marks: number[];
  text: (v: number) => string;
}

/** nice is the largest of 1, 2, 5 times a power of ten that is not above v */
function nice(v: number): number {
  const power = 10 ** Math.floor(Math.log10(v));
  return power * ([5, 2, 1].find((k) => k * power <= v * (1 + 1e-9)) ?? 1);
}

/** linear ticks that hold 0 and all values */
function linear(low: number, high: number): number[] {
  const span = Math.max(high, 0) - Math.min(low, 0) || 1;
  const step = nice(span / 3);
  const out: number[] = [];
  for (let k = Math.floor(Math.min(low, 0) / step + 1e-9); ; k++) {
    out.push(k * step);
    if (k * step >= high - 1e-9 * span) return out;
  }
}

/** ticks of a log axis: 1, 3, 10, 30, … or powers of ten where there are many */
function logarithmic(low: number, high: number): number[] {
  const out: number[] = [];
  for (let power = Math.floor(Math.log10(low) - 1e-9); power <= Math.ceil(Math.log10(high)); power++) out.push(10 ** power, 3 * 10 ** power);
  const first = out.filter((v) => v <= low * (1 + 1e-9)).length - 1;
  const last = out.findIndex((v) => v >= high * (1 - 1e-9));
  const held = out.slice(Math.max(0, first), (last < 0 ? out.length - 1 : last) + 1);
  return held.length > 6 ? held.filter((v) => Math.abs(Math.log10(v) % 1) < 1e-6 || v === held[0] || v === held.at(-1)) : held;
}

/** a round value of an axis, without the noughts of three digits */
const plain = (v: number) => (Number.isInteger(v) || Math.abs(v) >= 100 ? human(v).replace(/\.0+$/, '') : String(Number(v.toPrecision(2))).replace('-', '\u2212'));

const column = (rows: readonly PathRow[], key: keyof PathRow, scale = 1) => rows.map((r) => (r[key] === null ? null : scale * (r[key] as number)));

function panels(rows: readonly PathRow[], two: boolean, p: Palette): Panel[] {
  const line = (key: 'price_ratio_outside' | 'price_ratio_inside' | 'stocks_t' | 'use_share' | 'loss_musd', colour: string, scale = 1, dashed = false, band = true): Line => ({
    colour,
    dashed,
    values: column(rows, key, scale),
    ...(band && rows[0]?.[`${key}_p05`] !== null ? { low: column(rows, `${key}_p05`, scale), high: column(rows, `${key}_p95`, scale) } : {}),
  });
  const all = (lines: Line[]) => lines.flatMap((l) => [...l.values, ...(l.low ?? []), ...(l.high ?? [])]).filter((v) => v !== null);
  const level = (title: string, lines: Line[], text: (v: number) => string, atLeast = 0): Panel => {
    const values = all(lines);
    const marks = linear(Math.min(...values), Math.max(atLeast, ...values));
    return { title, lines, up: (v) => v - (marks[0] ?? 0), marks, text };
  };
  const prices = [line('price_ratio_outside', p.series[0])];
  if (two) prices.push(line('price_ratio_inside', p.series[1], 1, true));
  const values = all(prices);
  const priceMarks = logarithmic(Math.min(0.9, ...values), Math.max(1.1, ...values));
  // the loss of a path ends when the price is back; what comes later is an upper bound
  const loss = line('loss_musd', p.loss);
  const counted = rows.map((r) => r.adapted === 'no');
  const losses = counted.every(Boolean)
    ? [loss]
    : [
        { ...loss, values: loss.values.map((v, t) => (counted[t] ? v : null)) },
        { colour: p.loss, dotted: true, values: loss.values.map((v, t) => (counted[t] && counted[t + 1] !== false ? null : v)) },
      ];
  const stocks = [line('stocks_t', p.series[0])];
  if (rows.some((r) => r.strategic_stocks_t > 0)) stocks.unshift({ colour: p.series[3], values: rows.map((r) => r.stocks_t + r.strategic_stocks_t) });
  return [
    { title: d.panels.price, lines: prices, up: (v) => Math.log10(v / (priceMarks[0] ?? 1)), marks: priceMarks, text: (v) => `×${plain(v)}` },
    level(d.panels.use, [line('use_share', p.series[0], 100)], plain, 100),
    level(d.panels.stocks, stocks, plain),
    level(d.panels.loss, losses, plain),
  ];
}

/** path draws the months; what is withheld is the grey behind each panel. */
export function path(rows: readonly PathRow[], two: boolean, marks: Marks, height: number, p: Palette, width: number): Option {
  const columns = width >= twoColumns ? 2 : 1;
  const list = panels(rows, two, p);
  const lines = Math.ceil(list.length / columns);
  const left = 58;
  const right = 14;
  const gap = 30;
  const above = 34;
  const below = 40;
  const tall = (height - below - lines * above) / lines;
  const broad = (width - columns * (left + right) - (columns - 1) * gap) / columns;
  const months = rows.map((r) => r.months_from_start);
  const every = months.length <= 36 ? 6 : 12;
  const grid: Option[] = [];
  const xAxis: Option[] = [];
  const yAxis: Option[] = [];
  const series: Option[] = [];
  list.forEach((panel, i) => {
    const atColumn = i % columns;
    const atLine = Math.floor(i / columns);
    const box = { left: left + atColumn * (left + right + gap + broad), top: above + atLine * (above + tall), width: broad, height: tall };
    const last = atLine === lines - 1;
    const top = panel.up(panel.marks.at(-1) ?? 1);
    const at = { xAxisIndex: i, yAxisIndex: i };
    grid.push(box);
    xAxis.push({
      gridIndex: i,
      type: 'category',
      data: months,
      name: last ? d.axisMonths : '',
      nameLocation: 'middle',
      nameGap: 22,
      nameTextStyle: { color: p.soft, fontSize: 11 },
      axisTick: { alignWithLabel: true, interval: (k: number) => (months[k] ?? 0) % every === 0 },
      axisLabel: { show: last, interval: (k: number) => (months[k] ?? 0) % every === 0, color: p.soft, fontSize: 11 },
      axisLine: { onZero: false, lineStyle: { color: p.neutral } },
    });
    yAxis.push({
      gridIndex: i,
      type: 'value',
      min: 0,
      max: top,
      name: panel.title,
      nameLocation: 'end',
      nameGap: 9,
      nameTextStyle: { color: p.ink, fontSize: 12, align: 'left', padding: [0, 0, 0, -left + 4] },
      axisLabel: { customValues: panel.marks.map(panel.up), formatter: (v: number) => panel.text(Number((panel.marks.find((m) => Math.abs(panel.up(m) - v) < 1e-9 * (top || 1)) ?? 0).toPrecision(6))), color: p.soft, fontSize: 11 },
      axisTick: { customValues: panel.marks.map(panel.up) },
      splitLine: { show: false },
    });
    const still = { type: 'line', silent: true, showSymbol: false, ...at };
    // what is withheld, and the level of the old price
    series.push({ ...still, step: 'middle', data: rows.map((r) => r.withheld_share * top), lineStyle: { width: 0 }, areaStyle: { color: p.neutral, opacity: 0.13, origin: 'start' }, z: 0 });
    for (const mark of panel.marks) series.push({ ...still, data: months.map(() => panel.up(mark)), lineStyle: { color: i === 0 && Math.abs(mark - 1) < 1e-9 ? p.neutral : p.line, width: 1 }, z: 1 });
    for (const [k, line] of panel.lines.entries()) {
      if (line.low && line.high) {
        const { low, high } = line;
        const stack = `band ${i} ${k}`;
        const floor = low.map((v) => (v === null ? null : panel.up(v)));
        series.push(
          { ...still, stack, stackStrategy: 'all', data: floor, lineStyle: { width: 0 }, z: 2 },
          { ...still, stack, stackStrategy: 'all', data: high.map((v, t) => (v === null ? null : panel.up(v) - (floor[t] ?? 0))), lineStyle: { width: 0 }, areaStyle: { color: line.colour, opacity: 0.2 }, z: 2 },
        );
      }
      series.push({ ...still, data: line.values.map((v) => (v === null ? null : panel.up(v))), lineStyle: { color: line.colour, width: 2, type: line.dashed ? 'dashed' : line.dotted ? 'dotted' : 'solid' }, z: 4 });
    }
    // the months that the summary names
    for (const [month, colour, text] of [
      [marks.survive, p.loss, d.surviveMark],
      [marks.recover, p.gain, d.recoverMark],
    ] as const) {
      const k = month === null ? -1 : Math.min(Math.max(0, Math.round(month)), months.length - 1);
      if (k < 0) continue;
      const late = k > months.length * 0.6;
      series.push({
        ...still,
        data: [[k, 0], { value: [k, top], label: { show: i === 0, position: late ? 'left' : 'right', formatter: text, color: colour, fontSize: 11, distance: 4, textBorderColor: p.paper, textBorderWidth: 3 } }],
        showSymbol: true,
        symbol: 'circle',
        symbolSize: 0.1,
        lineStyle: { color: colour, width: 1.5, type: [4, 3] },
        z: 5,
      });
    }
    // a bar a month to point at
    series.push({ type: 'bar', ...at, barWidth: '100%', data: months.map(() => top), itemStyle: { color: 'transparent' }, emphasis: { itemStyle: { color: `${p.neutral}30` } }, z: 6 });
  });
  return { grid, xAxis, yAxis, series };
}
