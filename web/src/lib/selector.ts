// A scenario as the address bar, the API and the command line name it.
import { between, oneOf } from './address';
import type { Usable } from './address';

export const kinds = ['export-restriction', 'production-outage', 'import-ban'] as const;
export type Kind = (typeof kinds)[number];

export interface Selector {
  /** commodity units, one or more */
  commodity: string[];
  /** countries that withdraw, ISO 3166 alpha-3 */
  from: string[];
  /** share withdrawn, 0 to 1 */
  cut: number;
  /** duration, 1 to 12 months */
  months: number;
  kind: Kind;
  /** destinations that the withdrawal is aimed at; none = everybody */
  to: string[];
  /** share of usable commercial stocks that may be drawn, 0 to 1 */
  stocks: number;
}

export function fullStop(commodity: string, country: string): Selector {
  return { commodity: [commodity], from: country ? [country] : [], cut: 1, months: 12, kind: 'export-restriction', to: [], stocks: 0 };
}

function list(text: string | null): string[] {
  return (text ?? '').split(',').map((s) => s.trim()).filter((s) => s !== '');
}

function within(text: string | null, low: number, high: number, otherwise: number): number {
  const v = text === null || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(v) ? Math.min(high, Math.max(low, v)) : otherwise;
}

/** number of a text within bounds; null where it is none */
const strict = (text: string, low: number, high: number): number | null => (between(low, high)(text) ? Number(text) : null);

/** what read follows; the rest it replaces by the default */
export const usable: Record<string, Usable> = {
  cut: between(0, 100),
  months: between(1, 12),
  stocks: between(0, 100),
  kind: oneOf(kinds),
  pin: (text) => parse(text) !== null,
};

/** read takes a selector from query parameters; what is missing or malformed comes from the default. */
export function read(query: URLSearchParams, standard: Selector): Selector {
  const kind = query.get('kind');
  return {
    commodity: query.has('commodity') ? list(query.get('commodity')) : standard.commodity,
    from: list(query.get('from')).length > 0 ? list(query.get('from')).map((c) => c.toUpperCase()) : standard.from,
    cut: within(query.get('cut'), 0, 100, standard.cut * 100) / 100,
    months: Math.round(within(query.get('months'), 1, 12, standard.months)),
    kind: kinds.find((k) => k === kind) ?? standard.kind,
    to: query.has('to') ? list(query.get('to')).map((c) => c.toUpperCase()) : standard.to,
    stocks: within(query.get('stocks'), 0, 100, standard.stocks * 100) / 100,
  };
}

/** write puts a selector into query parameters; what equals the default is left out. */
export function write(s: Selector, standard?: Selector): URLSearchParams {
  const query = new URLSearchParams();
  const put = (key: string, value: string, usual: string | undefined) => {
    if (value !== usual) query.set(key, value);
  };
  put('commodity', s.commodity.join(','), standard?.commodity.join(','));
  put('from', s.from.join(','), standard?.from.join(','));
  put('cut', tidy(s.cut * 100), standard && tidy(standard.cut * 100));
  put('months', String(s.months), standard && String(standard.months));
  put('kind', s.kind, standard?.kind);
  put('to', s.to.join(','), standard ? standard.to.join(',') : '');
  put('stocks', tidy(s.stocks * 100), standard ? tidy(standard.stocks * 100) : '0');
  return query;
}

/** command is the same scenario on the command line, without its stocks (a setting of the method) if asked. */
export function command(s: Selector, stocks = true): string {
  const words = [s.commodity.join(','), `--from ${s.from.join(',')}`];
  if (s.to.length > 0) words.push(`--to ${s.to.join(',')}`);
  if (s.cut !== 1) words.push(`--cut ${tidy(s.cut * 100)}%`);
  if (s.months !== 12) words.push(`--months ${s.months}`);
  if (s.kind !== 'export-restriction') words.push(`--kind ${s.kind}`);
  if (stocks && s.stocks > 0) words.push(`--method stocks=${tidy(s.stocks)}`);
  return words.join(' ');
}

/** parse reads what command writes; null when it is no such line. */
export function parse(line: string): Selector | null {
  const words = line.trim().split(/\s+/);
  const commodity = words.shift();
  if (!commodity || commodity.startsWith('-') || !words.includes('--from')) return null;
  const s = fullStop('', '');
  s.commodity = list(commodity);
  for (let i = 0; i < words.length; i += 2) {
    const value = words[i + 1];
    if (value === undefined) return null;
    let number: number | null;
    switch (words[i]) {
      case '--from':
        s.from = list(value);
        break;
      case '--to':
        s.to = list(value);
        break;
      case '--cut':
        number = value.endsWith('%') ? strict(value.slice(0, -1), 0, 100) : strict(value, 0, 1);
        if (number === null) return null;
        s.cut = value.endsWith('%') ? number / 100 : number;
        break;
      case '--months':
        number = strict(value, 1, 12);
        if (number === null) return null;
        s.months = Math.round(number);
        break;
      case '--kind': {
        const kind = kinds.find((k) => k === value);
        if (!kind) return null;
        s.kind = kind;
        break;
      }
      case '--method':
        if (!value.startsWith('stocks=')) return null;
        number = strict(value.slice('stocks='.length), 0, 1);
        if (number === null) return null;
        s.stocks = number;
        break;
      default:
        return null;
    }
  }
  return s;
}

export function same(a: Selector, b: Selector): boolean {
  return command(a) === command(b);
}

function tidy(v: number): string {
  return String(Number(v.toFixed(4)));
}
