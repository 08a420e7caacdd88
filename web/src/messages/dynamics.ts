// Strings of the pages about time: path, back-tests, stockpiles. They are loaded
// with these pages, not with the first one. Another language is another constant
// of this type.
import { human, percent } from '../lib/format';

const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;

const english = {
  // path
  path: 'Month by month: how long can users hold?',
  pathLead: 'The same stop, month by month: stocks run down, prices rise, users adapt, idle plants start.',
  noPath: 'A path needs a restriction on everybody, or an outage: it has two markets, outside and inside the countries that restrict, and not a third. Choose “everybody” above to see it.',
  time: 'How it runs in time',
  profile: 'Course of the restriction',
  profiles: {
    months: 'at once, for the duration above',
    'full-stop': 'full stop without end',
    'one-year-stop': 'full stop for a year',
    licensing: 'licences: a gap, then part flows',
    'licensing-eased': 'licences, eased after 7 months',
    quota: 'quota: 40 % withheld',
    'stop-then-quota': 'stop for 8 months, then a quota',
    'pre-announced': 'stop announced 4 months ahead',
    'announcement-only': 'threat that never comes true',
  } as Record<string, string>,
  otherDuration: 'The duration above does not hold for this course.',
  horizon: 'Months to follow',
  months: (n: number) => count(n, 'month'),
  reserve: 'Strategic stock',
  reserveShown: (t: number, months: number) => (t === 0 ? 'none' : `${human(t)} t, ${months < 10 ? Number(months.toPrecision(2)) : Math.round(months)} months of use`),
  reserveNote: (who: string) => `Shared by all users outside ${who}.`,
  release: 'Released',
  releases: {
    shortage: 'when other stocks are used up',
    year: 'evenly over 12 months of the stop',
    'two-years': 'evenly over 24 months of the stop',
    price: 'once the price has doubled',
  },
  survive: 'Time to survive',
  surviveIs: 'months until the first US industry loses 1 % of its output',
  recover: 'Time to recover',
  recoverIs: 'months until use is back at 95 % for good',
  index: 'Recovery index',
  indexIs: 'months of normal use that are lost in all',
  lossOverPath: (n: number) => `Loss of US GDP in ${count(n, 'month')}`,
  gainOverPath: (n: number) => `Loss of US GDP in ${count(n, 'month')} (negative: a gain)`,
  peak: 'Highest price outside',
  monthsUnit: (n: number | null) => (n === 1 ? 'month' : 'months'),
  mUsd: 'million USD',
  never: (horizon: number) => `> ${horizon}`,
  inRange: (low: string, high: string) => `90 % range: ${low === high ? `${low} throughout` : `${low} to ${high}`}`,
  drawingPath: 'Ranges follow …',
  afterwards: (loss: string) => `Of it ${loss} million USD fall in months when the price is back: users who have changed over come back slowly, and the model counts them as lost output until then.`,
  sentence: (survive: number | null, low: string, high: string, horizon: number, stock: boolean, peak: number, month: number) => {
    const hold =
      survive === null
        ? `Users hold out for all of the ${count(horizon, 'month')}: no US industry loses 1 % of its output`
        : survive === 0
          ? 'The first US industry loses 1 % of its output within the first month'
          : `Users hold out for ${count(survive, 'month')}; then the first US industry loses 1 % of its output`;
    const range = low === '' || (survive === null && low === high) ? '' : ` (90 % range: ${low === high ? low : `${low} to ${high}`} months)`;
    const price = peak > 1.02 ? ` The price outside is highest in month ${month}: ${human(peak)} times the old one.` : ' The price outside hardly rises.';
    return `${hold}${range}.${stock ? ' The strategic stock is counted in.' : ''}${price}`;
  },
  startsWith: (months: string, tonnes: string, who: string) => `Users outside ${who} normally hold ${months} months of use, ${tonnes} t.`,
  judged: 'How fast prices, users and plants react is judged, the same for all minerals, and was fitted on a few real events.',
  seeBacktests: 'See how it does on real events',
  pathTitle: (mineral: string) => `${mineral}: price, use, stocks and loss, month by month`,
  priceOutside: 'price outside',
  priceInside: 'price inside',
  band: '5 % to 95 %',
  strategic: 'with strategic stock',
  withheld: 'share withheld',
  surviveMark: 'first industry short',
  recoverMark: 'use back at 95 %',
  panels: { price: 'Price, times the old one', use: 'Use outside, % of normal', stocks: 'Stocks outside, tonnes', loss: 'Loss of US GDP, million USD a month' },
  axisMonths: 'months after the start',
  month: 'Month',
  number: 'No.',
  colPriceOutside: 'Price outside, ×',
  colPriceInside: 'Price inside, ×',
  colStocks: 'Stocks, t',
  colStrategic: 'Strategic stock, t',
  colUse: 'Use, %',
  colLoss: 'Loss, M USD',
  low: (title: string) => `${title}: 5 %`,
  high: (title: string) => `${title}: 95 %`,
  tipMonth: (n: number) => `month ${n}`,
  tipPrice: (v: number, low: number | null, high: number | null) => `price outside × ${human(v)}${low === null ? '' : ` (${human(low)} to ${human(high)})`}`,
  tipInside: (v: number) => `inside × ${human(v)}`,
  tipUse: (v: number, low: number | null, high: number | null) => `use ${percent(v)} %${low === null ? '' : ` (${percent(low)} to ${percent(high)})`}`,
  tipStocks: (v: number, low: number | null, high: number | null) => `stocks ${human(v)} t${low === null ? '' : ` (${human(low)} to ${human(high)})`}`,
  tipStrategic: (v: number) => `strategic stock ${human(v)} t`,
  tipLoss: (v: number, low: number | null, high: number | null) => `loss ${human(v)} M USD${low === null ? '' : ` (${human(low)} to ${human(high)})`}`,
  tipWithheld: (v: number) => `${percent(v)} % withheld`,
  noPrice: 'no price clears the market',
  pathSummary: (survive: string, recover: string, peak: string, loss: string) => `Time to survive ${survive}, time to recover ${recover}, highest price ${peak} times, loss ${loss} million USD.`,
  announcePath: (survive: string) => `Time to survive: ${survive} months.`,
  onCommandLine: 'On the command line:',
};

export type DynamicsMessages = typeof english;
export const d: DynamicsMessages = english;
