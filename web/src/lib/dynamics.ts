// What the API says of disruptions over time: paths, back-tests, stockpiles.
import { between, oneOf } from './address';
import type { Usable } from './address';
import type { Parameters, Run } from './api';
import type { Selector } from './selector';

export interface PathRow {
  month: string;
  price_ratio_outside: number;
  price_ratio_outside_p05: number | null;
  price_ratio_outside_p95: number | null;
  price_ratio_inside: number;
  price_ratio_inside_p05: number | null;
  price_ratio_inside_p95: number | null;
  stocks_t: number;
  stocks_t_p05: number | null;
  stocks_t_p95: number | null;
  use_share: number;
  use_share_p05: number | null;
  use_share_p95: number | null;
  loss_musd: number;
  loss_musd_p05: number | null;
  loss_musd_p95: number | null;
  months_from_start: number;
  commodity: string;
  withheld_share: number;
  release_t: number;
  strategic_stocks_t: number;
  /** yes: the price is back, and the loss of the month is not in that of the path */
  adapted: 'yes' | 'no';
  state: string;
}

export interface SummaryRow {
  quantity: string;
  central: number | null;
  p05: number | null;
  p50: number | null;
  p95: number | null;
  unit: string;
  /** share of the draws in which it does not come about within the horizon */
  not_within_horizon: number | null;
  meaning: string;
}

export interface PathStocks {
  commodity: string;
  use_t: number;
  cover_months: number;
  normal_stocks_t: number;
  strategic_stocks_t: number;
  two_markets: 'yes' | 'no';
  stability_margin: number;
}

export interface Profile {
  profile: string;
  meaning: string;
}

export interface Path {
  run: Run;
  label: string;
  start: string;
  horizon: number;
  profile: Profile & { announced_months: number; in_force_months: number | null; eased_months: number | null; ended_months: number | null; only_announced: boolean };
  without_effect: string[];
  path: PathRow[];
  summary: SummaryRow[];
  stocks: PathStocks[];
  parameters: Parameter[];
}

export interface ForecastRow {
  event: string;
  group: string;
  commodity: string;
  observed_ratio: number | null;
  predicted_p10: number | null;
  predicted_p50: number | null;
  predicted_p90: number | null;
  inside: 'yes' | 'no' | null;
  split: 'calibration' | 'validation';
  phase: 'shock' | 'reversal' | 'no-effect';
  market: string;
  horizon_months: number | null;
  log2_error: number | null;
  draws: number;
  rejected_draws: number;
  not_testable: string;
}

export interface ScoreRow {
  group: string;
  split: 'calibration' | 'validation' | '';
  events: number;
  rows: number;
  rows_inside: number;
  coverage: number;
  median_log2_error: number;
  quantile_loss: number;
  no_change_rows_inside: number;
  no_change_log2_error: number;
  no_change_loss: number;
  record_rows_inside: number;
  record_log2_error: number;
  record_loss: number;
  rejected_share: number;
}

export interface NaiveRow {
  event: string;
  no_change_p10: number;
  no_change_p50: number;
  no_change_p90: number;
  record_p10: number;
  record_p50: number;
  record_p90: number;
}

export interface EventRow {
  event: string;
  country: string;
  instrument: string;
  date_announced: string;
  date_effective: string;
  date_ended: string;
  price_before_date: string;
  price_after_date: string;
  price_unit: string;
  price_before: number | null;
  price_after: number | null;
  quantity_effect: string;
  note: string;
  grade: string;
  source: string;
}

export interface Backtest {
  run: Run;
  forecasts: ForecastRow[];
  scores: ScoreRow[];
  naive: NaiveRow[];
  events: EventRow[];
  not_testable: { event: string; commodity: string; reason: string }[];
}

export interface StockRow {
  rank: number;
  commodity: string;
  stock_t: number;
  cover_months: number | null;
  cost_musd: number;
  avoided_loss_musd: number;
  p05: number | null;
  p95: number | null;
  avoided_per_usd: number | null;
  cumulative_cost_musd: number;
  country: string;
  stop_chance: number;
  expected_loss_musd: number;
  carrying_cost_musd: number;
  insurance_t: number;
  share_of_world_output: number | null;
}

export interface CurveRow {
  commodity: string;
  cost_musd: number;
  avoided_loss_musd: number;
  p05: number | null;
  p95: number | null;
}

export interface Preset {
  preset: string;
  economy: string;
  kind: 'days' | 'budget';
  amount: number;
  unit: string;
  meaning: string;
  source: string;
  grade: string;
}

/** a judged number with its range */
export interface Parameter {
  parameter: string;
  low: number;
  mode: number;
  high: number;
  unit: string;
  meaning: string;
  source: string;
  grade: string;
}

export interface Stockpile {
  run: Run;
  asked: { preset: string; meaning: string; budget_musd: number | null; days: number | null };
  portfolio: StockRow[];
  curve: CurveRow[];
  presets: Preset[];
  parameters: Parameter[];
}

export interface StockAnswer {
  commodity: string;
  question: 'cover' | 'insurance' | 'program';
  stock_t: number | null;
  p05_t: number | null;
  p95_t: number | null;
  cover_months: number | null;
  cost_musd: number | null;
  country: string;
  stop_chance: number | null;
  chance_short: number | null;
  draws: number | null;
}

export interface PolicyRow {
  level_t: number;
  shortage_months: number;
  normal_next_t: number;
  stopped_next_t: number;
  normal_value_musd: number;
  stopped_value_musd: number;
}

export interface UnitStockpile {
  run: Run;
  unit: {
    commodity: string;
    country: string;
    stop_chance: number | null;
    stop_months: number | null;
    chance_short: number | null;
    target_risk: number;
    within_months: number;
    expected_loss_musd: number;
    avoided_loss_musd: number;
    cost_musd: number;
  };
  stocks: StockAnswer[];
  policy: PolicyRow[];
}

/** how a strategic stock is released */
export const releases = ['shortage', 'year', 'two-years', 'price'] as const;
export type Release = (typeof releases)[number];
/** price ratio from which the rule `price` releases */
export const releasePrice = 2;
export const horizons = [24, 36, 60, 120] as const;

/** how the disruption runs in time, as the address has it */
export interface Timing {
  profile: string;
  horizon: number;
  /** strategic stock, tonnes */
  reserve: number;
  release: Release;
}

/** parameters of a page that say how it runs in time */
export const timingKeys = ['profile', 'horizon', 'reserve', 'release'] as const;

/** what readTiming follows; a profile is judged by the API */
export const usableTiming: Record<string, Usable> = { horizon: oneOf(horizons), reserve: between(0, 1e12), release: oneOf(releases), profile: () => true };

export function readTiming(query: URLSearchParams): Timing {
  const reserve = Number(query.get('reserve') ?? 0);
  const horizon = Number(query.get('horizon') ?? 60);
  return {
    profile: query.get('profile') ?? 'months',
    horizon: horizons.find((h) => h === horizon) ?? 60,
    reserve: Number.isFinite(reserve) && reserve > 0 ? Math.min(reserve, 1e12) : 0,
    release: releases.find((r) => r === query.get('release')) ?? 'shortage',
  };
}

/** three significant digits, so that a slider's tonnes are what the address says */
const tonnes = (v: number) => String(Number(v.toPrecision(3)));

/** what the API calls the rule */
export function rule(t: Timing): string {
  const over = (months: number) => `rate=${Number((t.reserve / months).toPrecision(6))}`;
  return { shortage: 'shortage', year: over(12), 'two-years': over(24), price: `price=${releasePrice},${over(12)}` }[t.release];
}

/** timing as parameters of a page of the explorer; null removes what is usual */
export function writeTiming(t: Timing): Record<string, string | null> {
  return {
    profile: t.profile === 'months' ? null : t.profile,
    horizon: t.horizon === 60 ? null : String(t.horizon),
    reserve: t.reserve === 0 ? null : tonnes(t.reserve),
    release: t.release === 'shortage' || t.reserve === 0 ? null : t.release,
  };
}

/** the question of a path. Stocks that the annual model may draw are not of it: a path has stocks of its own. */
export function pathQuestion(scenario: Parameters, t: Timing): Parameters {
  const out = scenario.filter(([k, v]) => !(k === 'method' && v.startsWith('stocks='))) as [string, string][];
  if (t.profile !== 'months') out.push(['profile', t.profile]);
  if (t.horizon !== 60) out.push(['horizon', String(t.horizon)]);
  if (t.reserve > 0) out.push(['strategic_stock_t', tonnes(t.reserve)], ['release', rule(t)]);
  return out;
}

/** the same on the command line, after the scenario */
export function pathCommand(t: Timing): string {
  const words: string[] = [];
  if (t.profile !== 'months') words.push(`--profile ${t.profile}`);
  if (t.horizon !== 60) words.push(`--horizon ${t.horizon}`);
  if (t.reserve > 0) words.push(`--strategic-stock ${tonnes(t.reserve)}`, `--release ${rule(t)}`);
  return words.join(' ');
}

/** only a restriction on everybody, or an outage, has a path */
export const hasPath = (s: Selector) => s.kind !== 'import-ban' && s.to.length === 0;
