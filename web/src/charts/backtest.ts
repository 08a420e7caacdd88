// Back-tests: where a ratio lies on the log axis, and the figure as a file.
import { human } from '../lib/format';
import { d } from '../messages/dynamics';
import { escape, frame } from './frame';
import { place } from './logaxis';
import { light } from './palette';
import type { ForecastRow, NaiveRow } from '../lib/dynamics';
import type { Axis } from './logaxis';

export interface Group {
  key: string;
  title: string;
  inside: number;
  rows: ForecastRow[];
}

/** grouped puts shocks by event; reversals and events without effect stand apart. */
export function grouped(rows: readonly ForecastRow[]): Group[] {
  const keys: string[] = [];
  const at = new Map<string, ForecastRow[]>();
  const key = (r: ForecastRow) => (r.phase === 'shock' ? r.group : r.phase);
  for (const r of rows) {
    const list = at.get(key(r));
    if (list) list.push(r);
    else {
      keys.push(key(r));
      at.set(key(r), [r]);
    }
  }
  const last = (k: string) => (k === 'reversal' ? 1 : k === 'no-effect' ? 2 : 0);
  return keys
    .sort((a, b) => last(a) - last(b))
    .map((k) => {
      const list = at.get(k) ?? [];
      return { key: k, title: d.groups[k] ?? k, inside: list.filter((r) => r.inside === 'yes').length, rows: list };
    });
}

/** axis holds all ratios, in steps of 1 and 3 times powers of ten. */
export function axis(rows: readonly ForecastRow[], naive: readonly NaiveRow[]): Axis {
  const values = rows.flatMap((r) => [r.observed_ratio, r.predicted_p10, r.predicted_p90]).filter((v) => v !== null);
  values.push(1, ...naive.flatMap((n) => [n.no_change_p10, n.no_change_p90, n.record_p10, n.record_p90]));
  const low = Math.min(...values) / 1.1;
  const high = Math.max(...values) * 1.1;
  const marks: number[] = [];
  for (let power = -6; power < 7; power++) for (const k of [1, 3]) if (k * 10 ** power >= low && k * 10 ** power <= high) marks.push(Number((k * 10 ** power).toPrecision(1)));
  return { low: Math.log10(low), high: Math.log10(high), marks };
}

/** file draws the figure as an SVG of its own. */
export function file(groups: readonly Group[], naive: ReadonlyMap<string, NaiveRow> | null, name: (commodity: string) => string, title: string, citation: string, words: { phrase: (r: ForecastRow) => string }): string {
  const left = 250;
  const plot = 500;
  const row = naive ? 28 : 22;
  const all = groups.flatMap((g) => g.rows);
  const a = axis(all, naive ? [...naive.values()] : []);
  const at = (v: number) => left + (plot * place(v, a)) / 100;
  const parts: string[] = [];
  let y = 46;
  for (const g of groups) {
    parts.push(`<text x="12" y="${y + 12}" font-size="12" font-weight="600" fill="${light.ink}">${escape(g.title)}</text>`, `<text x="948" y="${y + 12}" text-anchor="end" font-size="12" fill="${light.soft}">${escape(d.groupLine(g.inside, g.rows.length))}</text>`);
    y += 20;
    for (const r of g.rows) {
      const c = y + 9;
      parts.push(`<text x="${left - 8}" y="${c + 4}" text-anchor="end" font-size="11.5" fill="${light.ink}">${escape(`${name(r.commodity)}, ${words.phrase(r)}`)}</text>`);
      const thin = naive?.get(r.event);
      if (thin) {
        parts.push(`<line x1="${at(thin.no_change_p10)}" x2="${at(thin.no_change_p90)}" y1="${c + 9}" y2="${c + 9}" stroke="${light.neutral}" stroke-width="2"/>`, `<line x1="${at(thin.record_p10)}" x2="${at(thin.record_p90)}" y1="${c + 13}" y2="${c + 13}" stroke="${light.series[2]}" stroke-width="2" stroke-dasharray="4 2"/>`);
      }
      if (r.predicted_p10 !== null && r.predicted_p50 !== null && r.predicted_p90 !== null) {
        parts.push(`<rect x="${at(r.predicted_p10)}" width="${at(r.predicted_p90) - at(r.predicted_p10)}" y="${c - 4}" height="8" fill="${light.scale[1]}"/>`, `<rect x="${at(r.predicted_p50) - 1}" width="2" y="${c - 6}" height="12" fill="${light.mark}"/>`);
      }
      if (r.observed_ratio !== null) {
        const x = at(r.observed_ratio);
        parts.push(
          r.inside === 'yes' ? `<circle cx="${x}" cy="${c}" r="4.5" fill="${light.gain}" stroke="${light.paper}"/>` : `<path d="M${x} ${c - 6}l6 6l-6 6l-6 -6z" fill="${light.loss}" stroke="${light.paper}"/>`,
          `<text x="948" y="${c + 4}" text-anchor="end" font-size="11.5" fill="${light.ink}">× ${human(r.observed_ratio)}</text>`,
        );
      }
      y += row;
    }
    y += 6;
  }
  const lines = a.marks.map(
    (mark) =>
      `<line x1="${at(mark)}" x2="${at(mark)}" y1="44" y2="${y}" stroke="${mark === 1 ? light.neutral : light.line}"/><text x="${at(mark)}" y="38" text-anchor="middle" font-size="11" fill="${light.soft}">×${mark}</text>`,
  );
  const key = [
    `<rect x="12" y="6" width="22" height="8" fill="${light.scale[1]}"/><text x="40" y="14" font-size="11" fill="${light.soft}">${escape(d.legendInterval)}</text>`,
    `<circle cx="270" cy="10" r="4.5" fill="${light.gain}"/><text x="280" y="14" font-size="11" fill="${light.soft}">${escape(d.legendInside)}</text>`,
    `<path d="M370 4l6 6l-6 6l-6 -6z" fill="${light.loss}"/><text x="382" y="14" font-size="11" fill="${light.soft}">${escape(d.legendOutside)}</text>`,
    ...(naive
      ? [
          `<line x1="480" x2="502" y1="10" y2="10" stroke="${light.neutral}" stroke-width="2"/><text x="508" y="14" font-size="11" fill="${light.soft}">${escape(d.legendSame)}</text>`,
          `<line x1="690" x2="712" y1="10" y2="10" stroke="${light.series[2]}" stroke-width="2" stroke-dasharray="4 2"/><text x="718" y="14" font-size="11" fill="${light.soft}">${escape(d.legendPast)}</text>`,
        ]
      : []),
  ];
  return frame(`<svg width="960" height="${y + 4}">${key.join('')}${lines.join('')}${parts.join('')}</svg>`, title, citation, 960, y + 4);
}
