// The drawing library, loaded only by pages that draw. Everything is SVG.
import { BarChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import * as core from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';
import type { EChartsCoreOption } from 'echarts/core';
import { font, frame } from './frame';
import { light } from './palette';
import type { Palette } from './palette';

core.use([BarChart, LineChart, ScatterChart, GridComponent, LabelLayout, SVGRenderer]);

export type Option = EChartsCoreOption;
export type Draw = (p: Palette, width: number) => Option;
export type Chart = core.ECharts;

export function open(element: HTMLElement): Chart {
  return core.init(element, null, { renderer: 'svg' });
}

export const base = (p: Palette): Option => ({
  animation: false,
  backgroundColor: 'transparent',
  textStyle: { fontFamily: font, fontSize: 12, color: p.ink },
});

/** file draws a figure for a slide: always light, always the same size. */
export function file(draw: Draw, title: string, citation: string, height: number): string {
  const width = 960;
  const chart = core.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ ...base(light), ...draw(light, width) });
    return frame(chart.renderToSVGString(), title, citation, width, height);
  } finally {
    chart.dispose();
  }
}
