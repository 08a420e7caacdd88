// Answers about lists and concentration. Fields are those of openapi.json.
import { get, once } from './api';
import type { Run } from './api';

export interface Edition {
  edition: string;
  series: string;
  jurisdiction: string;
  date: string;
  printed: number | null;
  at_hand: number;
  complete: 'yes' | 'partial' | 'none';
  title: string;
  citation: string;
  note: string;
  grade: string;
  source: string;
  place: string;
}

export interface Lists {
  run: Run;
  presets: Record<string, string[]>;
  editions: Edition[];
  /** units on the current lists of the United States, the EU and Japan */
  marks: { commodity: string; editions: string }[];
}

export interface Material {
  material: string;
  name_en: string;
  name_zh: string;
  name_ja: string;
  name_de: string;
  name_fr: string;
  symbol: string;
  other_names: string;
  kind: string;
  commodities: string;
}

/** a material on some of the chosen editions; one more field for each edition, the names it prints */
export interface UnionRow {
  material: string;
  count: number;
  on: string;
  commodities: string;
  rules: string;
  [edition: string]: string | number;
}

export interface RuleEffect {
  rule: string;
  on: 'yes' | 'no';
  count: number;
  count_otherwise: number;
  more: string;
  fewer: string;
  rules_otherwise: string;
  description: string;
}

export interface Overlap {
  run: Run;
  chosen: string[];
  rule_set: string;
  overlap: Record<string, string>[];
  union: UnionRow[];
  effects: RuleEffect[];
  editions: Edition[];
}

export interface TimelineRow {
  date: string;
  jurisdiction: string;
  kind: string;
  headline: string;
  editions: string;
  milestone: string;
  materials: string;
  actors: string;
  note: string;
  grade: string;
  source: string;
  place: string;
}

export interface Claim {
  claim: string;
  statement: string;
  stated_value: number | null;
  computed_value: number | null;
  unit: string;
  verdict: string;
  readings: number;
  how: string;
  note: string;
  stated_by: string;
  source: string;
  place: string;
}

export interface Claims {
  run: Run;
  claims: Claim[];
  claim_readings: { claim: string; reading: string; value: number; unit: string; verdict: string }[];
}

export interface ConcentrationRow {
  commodity: string;
  stage: string;
  country: string;
  share: number;
  hhi: number;
  top3: number;
  n_minus_1: number;
  n_minus_1_idle: number;
  producers: number;
  net_import_reliance: number | null;
  hhi_wgi: number | null;
  chain: string;
}

export interface Producer {
  commodity: string;
  country: string;
  name: string;
  share: number;
}

export interface UnitConcentration {
  run: Run;
  stages: ConcentrationRow[];
  producers: Producer[];
  other_stages: { counts: string; source: string; series: string; year: string; country: string; share: number; hhi: number; n_minus_1: number; producers: number }[];
  indicators: { commodity: string; indicator: string; value: number | null; printed: number | null; printed_by: string; equation: string; remark: string; empty_because: string }[];
}

export interface Holding {
  commodity: string;
  stage: string;
  share: number;
  rank: number | null;
  use_share: number;
  largest_producer: string;
  above_half: string;
  largest_user: string;
}

export interface StageCount {
  stage: string;
  units: number;
  produces: number;
  largest_producer: number;
  above_half: number;
  largest_user: number;
}

export interface ImportSource {
  commodity: string;
  importer: string;
  exporter: string;
  name: string;
  share: number;
  imports_t: number;
  flag: string;
}

export interface Imports {
  run: Run;
  coverage: { commodity: string; coverage: string; meaning: string }[];
  imports: { importer: string; country: string | null; share: number | null; hhi: number | null; flagged: number | null; imports_t: number | null; own_output_t: number; coverage: string }[];
  sources_of_imports: ImportSource[];
  eu_sourcing: { exporter: string; name: string; share: number; eu_material: string; form: string }[];
}

export interface Standing {
  series: string;
  jurisdiction: string;
  since: string;
  since_edition: string;
  last_edition: string;
  on_latest: 'yes' | 'no';
  editions_listing: number;
  editions: number;
  name_as_printed: string;
  through: string;
}

export interface Membership {
  edition: string;
  jurisdiction: string;
  date: string;
  name_as_printed: string;
}

export const lists = once(() => get<Lists>('/lists'));
export const materials = once(() => get<{ materials: Material[] }>('/lists/materials').then((a) => new Map(a.materials.map((m) => [m.material, m]))));

/** row addresses the raw row of a table behind a place such as list_members.csv:12:3 */
export function rowOf(place: string): string {
  const [file, line] = (place.split(' | ')[0] ?? '').split(':');
  return `/api/v1/tables/${(file ?? '').replace(/\.csv$/, '')}?line=${line}`;
}
