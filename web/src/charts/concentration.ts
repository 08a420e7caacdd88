// Drawings of who holds how much: stacked shares, counts by stage, HHI.
import { human } from '../lib/format';
import { m } from '../messages';
import { cut, frame, labels, pale } from './bars';
import type { StageCount } from '../lib/topics';
import type { Palette } from './palette';
import type { Option } from './draw';

export interface Segment {
  name: string;
  label: string;
  share: number;
  /** what it sells comes from elsewhere */
  hub?: boolean;
}

export interface Stack {
  name: string;
  /** stands at the right end */
  note: string;
  segments: Segment[];
}

/** how many segments have a colour of their own; the rest is grey */
const coloured = 5;

/** stacks draws shares of 100 % as one bar a row, the largest first; hubs are pale and bear a dagger. */
export function stacks(rows: readonly Stack[], p: Palette, width: number): Option {
  const left = Math.min(170, width * 0.32);
  const right = width < 500 ? 88 : 100;
  const n = Math.max(0, ...rows.map((r) => r.segments.length));
  const room = (width - left - right) / 100;
  const base = frame({ names: rows.map((r) => cut(r.name, Math.floor((3 * left) / 7))), left, right, unit: m.axisPercent, p });
  return {
    ...base,
    xAxis: { ...(base.xAxis as object), max: 100, interval: width < 500 ? 50 : 25, axisLabel: { color: p.soft, fontSize: 11, formatter: String } },
    series: [
      ...Array.from({ length: n }, (_, k) => ({
        type: 'bar',
        stack: 'share',
        barMaxWidth: 24,
        data: rows.map((r) => {
          const s = r.segments[k];
          if (!s) return null;
          const fits = (text: string) => s.label !== '' && 100 * s.share * room > 8 * text.length + 4;
          const grey = k >= coloured || s.label === '';
          const fill = s.hub ? p.lossPale : grey ? p.land : (p.scale[(4 - k) as 0 | 1 | 2 | 3 | 4] as string);
          return {
            value: 100 * s.share,
            itemStyle: { color: fill, borderColor: p.paper, borderWidth: 0.5 },
            label: {
              show: fits(s.label),
              formatter: (fits(s.name) ? s.name : s.label) + (s.hub ? '†' : ''),
              color: !s.hub && k < 2 && !grey ? p.paper : p.ink,
              fontSize: 11,
            },
          };
        }),
      })),
      {
        type: 'scatter',
        symbolSize: 0,
        silent: true,
        data: rows.map(() => 0),
        label: { show: true, position: 'right', ...labels(p), fontSize: 11, formatter: (t: { dataIndex: number }) => rows[t.dataIndex]?.note ?? '' },
        labelLayout: { x: width - 6, align: 'right', verticalAlign: 'middle' },
      },
    ],
  };
}

/** counts shows, by stage, units that a country produces, leads, and holds more than half of. */
export function counts(rows: readonly StageCount[], p: Palette, width: number): Option {
  const left = Math.min(110, width * 0.3);
  const bar = { type: 'bar', barMaxWidth: 9, barGap: '20%' };
  const series = (name: string, key: 'units' | 'largest_producer' | 'above_half' | 'largest_user', color: string) => ({
    ...bar,
    name,
    itemStyle: { color },
    data: rows.map((r) => r[key]),
    label: { show: true, position: 'right', ...labels(p), fontSize: 10, formatter: (t: { value: number }) => String(t.value) },
  });
  const base = frame({ names: rows.map((r) => r.stage), left, unit: m.axisUnits, p });
  return {
    ...base,
    xAxis: { ...(base.xAxis as object), axisLabel: { color: p.soft, fontSize: 11, formatter: String } },
    series: [
      series(m.ofUnits, 'units', pale(p.neutral)),
      series(m.largestProducer, 'largest_producer', p.mark),
      series(m.aboveHalf, 'above_half', p.loss),
      series(m.largestUser, 'largest_user', p.series[2]),
    ],
  };
}

/** hhi draws the ranking by concentration, for a file. */
export function hhi(rows: readonly { name: string; hhi: number }[], p: Palette, width: number): Option {
  return {
    ...frame({ names: rows.map((r) => r.name), left: Math.min(190, width * 0.4), unit: m.axisHhi, p }),
    series: [
      { type: 'bar', barMaxWidth: 2, itemStyle: { color: p.mark }, data: rows.map((r) => r.hhi) },
      { type: 'scatter', symbolSize: 8, itemStyle: { color: p.mark }, data: rows.map((r) => r.hhi), label: { show: true, position: 'right', ...labels(p), fontSize: 11, formatter: (t: { value: number }) => human(t.value) } },
    ],
  };
}
