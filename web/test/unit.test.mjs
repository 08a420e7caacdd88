// Formatting, the address and the axis, without a browser. Vite compiles the
// modules, so that the tests see what the pages see.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createServer } from 'vite';

let vite;
let format;
let symlog;
let selector;
let address;
let dynamics;
let frame;
let logaxis;
let backtest;
let stockpile;
let path;

before(async () => {
  vite = await createServer({ server: { middlewareMode: true, hmr: false, ws: false, watch: null }, appType: 'custom', logLevel: 'error' });
  format = await vite.ssrLoadModule('/src/lib/format.ts');
  symlog = await vite.ssrLoadModule('/src/lib/symlog.ts');
  selector = await vite.ssrLoadModule('/src/lib/selector.ts');
  address = await vite.ssrLoadModule('/src/lib/address.ts');
  frame = await vite.ssrLoadModule('/src/charts/frame.ts');
  dynamics = await vite.ssrLoadModule('/src/lib/dynamics.ts');
  backtest = await vite.ssrLoadModule('/src/charts/backtest.ts');
  stockpile = await vite.ssrLoadModule('/src/charts/stockpile.ts');
  logaxis = await vite.ssrLoadModule('/src/charts/logaxis.ts');
  path = await vite.ssrLoadModule('/src/charts/path.ts');
});
after(() => vite.close());

test('numbers have three significant digits, as on the command line', () => {
  const known = [
    [11584.2457, '11,600'],
    [999.6, '1,000'],
    [99.96, '100'],
    [13.8567, '13.9'],
    [1, '1.00'],
    [0.0276, '0.0276'],
    [0.00389255, '0.00389'],
    [0.000389, '3.89e−4'],
    [2.5e12, '2.50e12'],
    [1234567, '1,230,000'],
    [-9527.05, '−9,530'],
    [0, '0'],
    [-0, '0'],
    [null, '–'],
    [undefined, '–'],
    [Number.NaN, '–'],
    [Number.POSITIVE_INFINITY, '–'],
  ];
  for (const [value, text] of known) assert.equal(format.human(value), text, String(value));
});

test('shares, differences and money in words', () => {
  assert.equal(format.percent(0.823716629226), '82.4');
  assert.equal(format.percent(null), '–');
  assert.equal(format.setting(0.29), '29');
  assert.equal(format.setting(0.125), '12.5');
  assert.equal(format.signed(5), '+5.00');
  assert.equal(format.signed(-5), '−5.00');
  assert.equal(format.signed(0), '0');
  assert.equal(format.money(11584), '11.6 billion USD');
  assert.equal(format.money(-3.595), '−3.60 million USD');
  assert.equal(format.money(2.5e6), '2.50 trillion USD');
});

test('csv quotes what needs it and disarms formulas', () => {
  assert.equal(format.csv([['a', 'b'], ['x,"y"', 1.5], ['=1+1', null]]), 'a,b\n"x,""y""",1.5\n\'=1+1,\n');
});

test('the symmetric-log axis is odd, rises, and inverts', () => {
  let last = Number.NEGATIVE_INFINITY;
  for (const v of [-1e6, -50, -2, -0.3, 0, 0.3, 2, 50, 1e6]) {
    const s = symlog.symlog(v);
    assert.ok(s > last, `rises at ${v}`);
    last = s;
    assert.ok(Math.abs(symlog.symlog(-v) + s) < 1e-12, `odd at ${v}`);
    assert.ok(Math.abs(symlog.unsymlog(s) - v) <= 1e-9 * Math.max(1, Math.abs(v)), `inverts at ${v}`);
  }
  assert.equal(symlog.symlog(9), 1);
  assert.equal(symlog.symlog(0.009, 0.001), 1);
});

test('ticks are 0 and powers of ten that enclose the values', () => {
  assert.deepEqual(symlog.ticks(-50, 11584), [-100, -10, -1, 0, 1, 10, 100, 1000, 10000, 100000]);
  assert.deepEqual(symlog.ticks(0, 0.5), [0, 1]);
  assert.deepEqual(symlog.ticks(0, 1), [0, 1]);
});

test('a scenario survives the address and the command line', () => {
  const standard = selector.fullStop('gallium', 'CHN');
  const cases = [
    {},
    { cut: 0.5 },
    { cut: 0 },
    { months: 3 },
    { kind: 'production-outage' },
    { kind: 'import-ban', to: ['USA'] },
    { to: ['USA', 'JPN'], cut: 0.25, months: 1, stocks: 0.35 },
    { from: ['CHN', 'RUS'] },
  ];
  for (const change of cases) {
    const s = { ...standard, ...change };
    assert.deepEqual(selector.read(selector.write(s, standard), standard), s, JSON.stringify(change));
    assert.deepEqual(selector.read(selector.write(s), standard), s, JSON.stringify(change));
    assert.deepEqual(selector.parse(selector.command(s)), s, selector.command(s));
  }
  assert.equal(selector.write(standard, standard).toString(), '');
  assert.equal(selector.command({ ...standard, cut: 0.5, months: 6 }), 'gallium --from CHN --cut 50% --months 6');
});

test('a broken address falls back instead of failing', () => {
  const standard = selector.fullStop('gallium', 'CHN');
  const read = (text) => selector.read(new URLSearchParams(text), standard);
  assert.deepEqual(read('cut=abc&months=99&kind=war&stocks=-5'), { ...standard, months: 12, stocks: 0 });
  assert.equal(read('cut=150').cut, 1);
  assert.equal(read('months=0').months, 1);
  assert.equal(read('cut=').cut, 1);
  assert.deepEqual(read('from=').from, ['CHN']);
  const unusable = (text) => address.unusable(new URLSearchParams(text), selector.usable);
  assert.deepEqual(unusable('cut=abc&months=99&kind=war&stocks=-5&pin=x'), ['cut=abc', 'months=99', 'stocks=-5', 'kind=war', 'pin=x']);
  assert.deepEqual(unusable('cut=50&cut=60'), ['cut=60'], 'the first of several is followed');
  assert.deepEqual(unusable('cut=50&months=6&kind=import-ban&stocks=0&pin=gallium+--from+CHN&lang=de'), []);
  assert.deepEqual(read('from=chn,%20rus').from, ['CHN', 'RUS']);
});

test('a library name or a broken line is no selector', () => {
  for (const line of ['china-us-ban-2024', '', 'gallium', '--from CHN', 'gallium --from', 'gallium --from CHN --bogus 1', 'gallium --from CHN --kind war', 'gallium --from CHN --cut abc', 'gallium --from CHN --cut 150%', 'gallium --from CHN --months 24', 'gallium --from CHN --method stocks=2', 'gallium --from CHN --method lambda=1']) {
    assert.equal(selector.parse(line), null, line);
  }
});

test('a figure for a slide is well-formed whatever its words', () => {
  const svg = frame.frame('<svg width="10" height="10"></svg>', 'a < b & "c"', 'data <1>', 960, 10);
  assert.ok(svg.includes('a &lt; b &amp; &quot;c&quot;'));
  assert.ok(svg.includes('data &lt;1&gt;'));
  assert.ok(!svg.includes('a < b'));
});

test('a path is followed as far as the address can be', () => {
  const unusable = (text) => address.unusable(new URLSearchParams(text), dynamics.usableTiming);
  assert.deepEqual(unusable('horizon=0&reserve=-5&release=never&profile=quota'), ['horizon=0', 'reserve=-5', 'release=never']);
  assert.deepEqual(unusable('horizon=24&reserve=60&release=year'), []);
  assert.equal(dynamics.readTiming(new URLSearchParams('horizon=0')).horizon, 60);
});

test('broken escapes of a path stay as they are', () => {
  assert.equal(address.unescaped('%E9%95%93'), '镓');
  assert.equal(address.unescaped('%E9'), '%E9');
});

test('the figures have the colours of the page, in both themes', async () => {
  const { light, dark } = await vite.ssrLoadModule('/src/charts/palette.ts');
  const css = readFileSync(new URL('../src/app.css', import.meta.url), 'utf8');
  const block = (selector) => {
    const body = css.slice(css.indexOf(`${selector} {`)).split('}')[0];
    return Object.fromEntries([...body.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]));
  };
  const page = (p) => ({
    ...Object.fromEntries(['paper', 'ink', 'soft', 'line', 'loss', 'gain', 'mark', 'neutral'].map((k) => [k, p[k]])),
    ...Object.fromEntries(p.scale.map((c, k) => [`scale-${k}`, c])),
    ...Object.fromEntries(p.series.map((c, k) => ['abcd'[k], c])),
  });
  for (const [selector, p] of [[':root', light], [":root[data-theme='dark']", dark], [":root:not([data-theme='light'])", dark]]) {
    const { wash, focus, ...rest } = block(selector);
    assert.ok(wash && focus, selector);
    assert.deepEqual(rest, page(p), selector);
  }
});

test('the course of a disruption survives the address and reaches API and command line', () => {
  const { readTiming, writeTiming, pathQuestion, pathCommand, rule } = dynamics;
  const usual = readTiming(new URLSearchParams());
  assert.deepEqual(usual, { profile: 'months', horizon: 60, reserve: 0, release: 'shortage' });
  assert.deepEqual(writeTiming(usual), { profile: null, horizon: null, reserve: null, release: null });
  assert.deepEqual(pathQuestion([['commodity', 'gallium'], ['method', 'stocks=0.5']], usual), [['commodity', 'gallium']]);
  assert.equal(pathCommand(usual), '');
  const t = { profile: 'licensing', horizon: 24, reserve: 62.5, release: 'two-years' };
  const query = new URLSearchParams(Object.entries(writeTiming(t)).filter(([, v]) => v !== null));
  assert.deepEqual(readTiming(query), t);
  assert.equal(rule({ ...t, reserve: 240 }), 'rate=10');
  assert.equal(rule({ ...t, reserve: 240, release: 'price' }), 'price=2,rate=20');
  assert.equal(pathCommand(t), '--profile licensing --horizon 24 --strategic-stock 62.5 --release rate=2.60417');
  for (const bad of ['reserve=-5', 'reserve=NaN', 'horizon=61', 'horizon=1e9', 'release=never']) assert.deepEqual(readTiming(new URLSearchParams(bad)), usual, bad);
});

test('the log axes hold every value, and order is kept', () => {
  const row = (event, low, high, came, phase = 'shock', group = 'g') => ({ event, group, commodity: 'x', phase, observed_ratio: came, predicted_p10: low, predicted_p50: Math.sqrt(low * high), predicted_p90: high, inside: came >= low && came <= high ? 'yes' : 'no', split: 'validation', market: 'world', horizon_months: 1, not_testable: '' });
  const rows = [row('a', 0.9, 3, 26), row('r', 0.5, 0.9, 0.1, 'reversal'), row('b', 1, 2, 1.5), row('n', 1, 2, 0.9, 'no-effect'), row('c', 1, 9, 2, 'shock', 'h')];
  const axis = backtest.axis(rows, []);
  for (const v of [0.1, 26, 1]) assert.ok(logaxis.place(v, axis) > 0 && logaxis.place(v, axis) < 100, String(v));
  assert.ok(axis.marks.includes(1) && axis.marks.every((v, i) => i === 0 || v > axis.marks[i - 1]));
  const groups = backtest.grouped(rows);
  assert.deepEqual(groups.map((g) => [g.key, g.inside, g.rows.length]), [['g', 1, 2], ['h', 1, 1], ['reversal', 0, 1], ['no-effect', 0, 1]]);
  const file = backtest.file(groups, null, (c) => `<${c}>`, 'a & b', 'cite', { phrase: () => '"1 month"' });
  assert.ok(!file.includes('<x>') && file.includes('&lt;x&gt;') && file.includes('a &amp; b'));
  const stock = { commodity: 'x', cost_musd: 2, avoided_per_usd: 300, p05: 0, p95: 4000, avoided_loss_musd: 600 };
  const gains = stockpile.axis([stock], 0.07);
  assert.deepEqual(stockpile.range(stock), [0, 2000]);
  assert.equal(stockpile.range({ ...stock, p05: null }), null);
  for (const v of [0, 0.07, 300, 2000]) assert.ok(logaxis.place(v, gains) >= 1 && logaxis.place(v, gains) <= 99, String(v));
  assert.ok(stockpile.file([stock], 0.07, () => '<b>', 't', 'c').includes('&lt;b&gt;'));
});

test('a path is drawn with finite numbers only, whatever the months are', async () => {
  const { light } = await vite.ssrLoadModule('/src/charts/palette.ts');
  const month = (k, over = {}) => ({ month: '2025-01', months_from_start: k + 1, price_ratio_outside: 1, price_ratio_inside: 1, stocks_t: 0, use_share: 1, loss_musd: 0, price_ratio_outside_p05: null, price_ratio_outside_p95: null, price_ratio_inside_p05: null, price_ratio_inside_p95: null, stocks_t_p05: null, stocks_t_p95: null, use_share_p05: null, use_share_p95: null, loss_musd_p05: null, loss_musd_p95: null, withheld_share: 0, release_t: 0, strategic_stocks_t: 0, adapted: 'no', state: 'ok', commodity: 'x', ...over });
  const still = [0, 1, 2].map((k) => month(k));
  const wild = [month(0, { price_ratio_outside: 1e6, stocks_t: 1e9, loss_musd: -5e5, withheld_share: 1 }), month(1, { price_ratio_outside: 1e-6, use_share: 0, adapted: 'yes' }), month(2, { strategic_stocks_t: 3, loss_musd: 1e-9 })];
  for (const rows of [still, wild, still.slice(0, 1)]) {
    for (const width of [300, 1200]) {
      const option = path.path(rows, true, { survive: 0, recover: null }, 520, light, width);
      const seen = JSON.stringify(option, (_, v) => (typeof v === 'number' && !Number.isFinite(v) ? 'not finite' : v));
      assert.ok(!seen.includes('not finite'), seen.slice(Math.max(0, seen.indexOf('not finite') - 200), seen.indexOf('not finite') + 20));
      assert.equal(option.grid.length, 4);
    }
  }
});
