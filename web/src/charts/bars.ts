// What all figures of level bars share.
import { human } from '../lib/format';
import type { Palette } from './palette';
import type { Option } from './draw';

export const labels = (p: Palette) => ({ color: p.ink, fontSize: 12 });

export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** pale is a colour at 45 %, as a colour: a bar's opacity would fade its label too. */
export function pale(colour: string): string {
  return `${colour}73`;
}

interface Bars {
  names: string[];
  left: number;
  right?: number;
  unit: string;
  p: Palette;
}

export function frame({ names, left, right = 64, unit, p }: Bars): Option {
  return {
    grid: { left, right, top: 6, bottom: 34 },
    xAxis: {
      type: 'value',
      name: unit,
      nameLocation: 'middle',
      nameGap: 20,
      nameTextStyle: { color: p.soft, fontSize: 11 },
      axisLabel: { color: p.soft, fontSize: 11, hideOverlap: true, formatter: (v: number) => human(v) },
      splitLine: { lineStyle: { color: p.line } },
      splitNumber: 4,
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: names,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: p.neutral } },
      axisLabel: { ...labels(p), interval: 0, width: left - 12, overflow: 'break', lineHeight: 13 },
    },
  };
}
