// The API of `chokepoint serve`, as far as the pages need it. Fields are those of
// /api/v1/openapi.json; money is in million USD a year, shares are fractions.
import type { Selector } from './selector';

export interface Run {
  program: string;
  version: string;
  command: string[];
  data_version: string;
  data_sha256: string;
  economy: string;
  scenario?: string;
  scenario_text?: string;
  method: Record<string, string>;
  probability: string;
  draws: number;
  seed: number | null;
  goos: string;
  goarch: string;
  notes: string[] | null;
}

export interface RankRow {
  rank: number;
  commodity: string;
  chain: string;
  expected_loss_musd: number;
  p05: number | null;
  p50: number | null;
  p95: number | null;
  leading_country: string | null;
  leading_loss_musd: number | null;
  leading_probability: number | null;
  price_ratio: number | null;
  use_cut: number | null;
  recommended: 'yes' | 'no';
  criterion: string;
  evidence: string;
  state: string;
  prob_top10: number | null;
  prob_above_floor: number | null;
  stages: number;
  lower_bound: 'yes' | 'no';
}

export interface UnitRow {
  commodity: string;
  name_en: string;
  name_zh: string;
  name_ja: string;
  name_de: string;
  name_fr: string;
  symbol: string;
  other_names: string;
  chain: string;
  stage: string;
  usgs_84: 'yes' | 'no';
  base_year: number;
  content_basis: string;
  leader: string;
  leader_name: string;
  leader_share: number;
  evidence: string;
}

export interface MarketQuantity {
  quantity: string;
  value: number | null;
  unit: string;
  range: string;
}

export interface UnitCountry {
  country: string;
  name: string;
  supply_share: number;
  use_share: number;
  net_exports_t: number;
  idle_share: number;
  probability: number | null;
  basis: string | null;
}

export interface UnitUse {
  application: string;
  share_a: number;
  share_b: number;
  share: number;
}

export interface Unit {
  run: Run;
  unit: UnitRow[];
  market: MarketQuantity[];
  countries: UnitCountry[];
  uses: UnitUse[];
  lists: import('./topics').Standing[];
  memberships: import('./topics').Membership[];
}

export interface ScenarioRow {
  commodity: string;
  country: string;
  kind: string;
  net_exports_t: number | null;
  price_ratio: number | null;
  use_cut: number | null;
  use_after_t: number | null;
  hit_gdp_musd: number;
  users_price_gdp_musd: number;
  producer_volume_gdp_musd: number;
  producer_price_gdp_musd: number;
  rest_gdp_musd: number;
  loss_musd: number;
  value_per_tonne_over_price: number | null;
  probability: number | null;
  state: string;
  cut: number | null;
  months: number;
  real_gdp_musd: number;
  terms_of_trade_musd: number;
  rest_suppliers_musd: number;
  rest_buyers_musd: number;
  price_rationing_bound_musd: number;
}

export interface UseRow {
  commodity: string;
  application: string;
  cut: number;
  share_of_use: number;
  cut_t: number;
}

export interface IndustryRow {
  code: string;
  name: string;
  output_change_musd: number;
  hit_gdp_musd: number;
  users_price_gdp_musd: number;
  rest_gdp_musd: number;
  share_of_output: number | null;
  role: string;
  gdp_musd: number;
}

export interface SourceRow {
  place: string;
  what: string;
  value: string;
  grade: string;
  source: string;
}

export interface RangeRow {
  quantity: string;
  central: number | null;
  p05: number;
  p50: number;
  p95: number;
  unit: string;
}

export interface DriverRow {
  driver: string;
  group: string;
  inputs: number;
  first_order: number | null;
  total: number | null;
  total_low: number | null;
  total_high: number | null;
  loss_at_10_musd: number;
  loss_at_90_musd: number;
  meaning: string;
}

/** how uncertain an answer is, and why: empty where nothing can be drawn */
export interface Ranges {
  run: Run;
  label: string;
  ranges: RangeRow[];
  drivers: DriverRow[];
  inputs: DriverRow[];
}

export interface Answer {
  run: Run;
  label: string;
  hash: string;
  state: string;
  lower_bound: boolean;
  flags: string[];
  without_effect?: string[];
  result: ScenarioRow[];
  parts: { part: string; name: string; gdp_musd: number }[];
  uses: UseRow[];
  industries?: IndustryRow[];
  sharing_rules?: { rule: string; chosen: 'yes' | 'no'; loss_musd: number; state: string }[];
  sources?: SourceRow[];
}

export interface TableColumn {
  name: string;
  unit: string;
  meaning: string;
}

export interface Explanation {
  run: Run;
  explanation: {
    column: string;
    value: number | string | null;
    unit: string;
    meaning: string;
    equations: string[];
    reference: string;
    notes: string[];
  };
  symbols: { symbol: string; value: number | string | null; unit: string; meaning: string }[];
  rows: SourceRow[];
  terms_columns: TableColumn[];
  terms: Record<string, number | string | null>[];
}

export interface LibraryRow {
  name: string;
  origin: 'library' | 'saved';
  title: string;
  in_force: string;
  withdrawals: number;
  problem: string;
}

export interface Country {
  country: string;
  name: string;
}

export interface InputTable {
  table: string;
  title: string;
  vintage: string;
  licence: string;
  licence_url: string;
  source: string;
}

export interface TableRows {
  table: string;
  title: string;
  columns: TableColumn[];
  rows_total: number;
  rows: Record<string, number | string | null>[];
}

export interface Version {
  version: string;
  data_version: string;
  data_sha256: string;
  explainable: string[];
  limitations: string[];
}

/** Failure is what went wrong and what to do, from problem+json where there is one. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly advice = '',
  ) {
    super(message);
  }
}

export const noAnswer = () => new Failure('The program does not answer.', 'Is `chokepoint serve` still running? Start it and try again.');

const root = '/api/v1';

export type Parameters = readonly (readonly [string, string])[];

/** link is the address of an answer; with csv that of its twin for spreadsheets. */
export function link(path: string, parameters: Parameters = [], csvTable?: string): string {
  const query = new URLSearchParams([...parameters].map(([k, v]) => [k, v]));
  if (csvTable) query.set('table', csvTable);
  const text = query.toString().replaceAll('%2C', ',');
  return root + path + (csvTable === undefined ? '' : '.csv') + (text === '' ? '' : `?${text}`);
}

/** how often a question is put to a program whose queue is full */
const tries = 4;

export async function get<T>(path: string, parameters: Parameters = [], signal?: AbortSignal): Promise<T> {
  const options: RequestInit = { headers: { Accept: 'application/json' } };
  if (signal) options.signal = signal;
  let response: Response;
  for (let left = tries; ; left--) {
    try {
      response = await fetch(link(path, parameters), options);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw noAnswer();
    }
    if (response.status !== 429 || left === 1) break;
    const seconds = Number(response.headers.get('Retry-After') ?? 1);
    await new Promise((resolve) => setTimeout(resolve, 1000 * Math.min(5, Math.max(1, seconds || 1))));
    signal?.throwIfAborted();
  }
  if (!response.ok) {
    const problem = (await response.json().catch(() => null)) as { title?: string; detail?: string; do?: string } | null;
    throw new Failure(problem?.detail ?? problem?.title ?? `The program answered ${response.status}.`, problem?.do ?? '');
  }
  return (await response.json()) as T;
}

/** question turns a scenario into parameters of evaluate and explain. */
export function question(s: Selector): Parameters {
  const list: [string, string][] = [
    ['commodity', s.commodity.join(',')],
    ['from', s.from.join(',')],
  ];
  if (s.to.length > 0) list.push(['to', s.to.join(',')]);
  if (s.cut !== 1) list.push(['cut', String(Number(s.cut.toFixed(6)))]);
  if (s.months !== 12) list.push(['months', String(s.months)]);
  if (s.kind !== 'export-restriction') list.push(['kind', s.kind]);
  if (s.stocks > 0) list.push(['method', `stocks=${Number(s.stocks.toFixed(6))}`]);
  return list;
}

export const evaluate = '/scenarios/evaluate';

/** once remembers what does not change while the page is open. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let held: Promise<T> | undefined;
  return () => {
    held ??= load().catch((error: unknown) => {
      held = undefined;
      throw error;
    });
    return held;
  };
}

export const units = once(() => get<{ units: UnitRow[] }>('/units').then((a) => a.units));
export const countries = once(() => get<{ countries: Country[] }>('/countries').then((a) => a.countries));
export const library = once(() => get<{ scenarios: LibraryRow[] }>('/scenarios').then((a) => a.scenarios));
export const tables = once(() => get<{ tables: InputTable[] }>('/sources').then((a) => a.tables));
export const version = once(() => get<Version>('/version'));
