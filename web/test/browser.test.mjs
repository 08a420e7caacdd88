// The explorer in a real browser against the real program. First the four tasks
// that a newcomer must manage, then every control, link, theme, width and way out.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import axe from 'axe-core';
import { output, startBrowser, startProgram } from './program.mjs';

let program;
let chrome;
let page;
/** what no test may cause: console errors, failed requests, requests to elsewhere */
let complaints = [];
/** complaints that a test provokes on purpose */
let expected = [];

before(async () => {
  program = await startProgram();
  chrome = await startBrowser();
});
after(async () => {
  await chrome?.stop();
  await program?.stop();
});
beforeEach(async () => {
  complaints = [];
  expected = [];
  page = await chrome.browser.newPage();
  await page.setViewportSize({ width: 1440, height: 900 });
  page.setDefaultTimeout(8000);
  page.on('console', (m) => (m.type() === 'error' || m.type() === 'warning') && complaints.push(`${m.type()}: ${m.text()}`));
  page.on('pageerror', (e) => complaints.push(`error: ${e.message}`));
  page.on('request', (r) => !/^(blob|data):/.test(r.url()) && !r.url().startsWith(`${program.base}/`) && complaints.push(`outside: ${r.url()}`));
  page.on('requestfailed', (r) => {
    const reason = r.failure()?.errorText ?? '';
    if (reason !== 'net::ERR_ABORTED') complaints.push(`failed: ${r.url()} ${reason}`); // aborted = a newer question took its place, or a download
  });
  page.on('response', (r) => r.status() >= 400 && complaints.push(`${r.status()}: ${r.url()}`));
});
afterEach(async () => {
  await page.evaluate(() => localStorage.clear()).catch(() => undefined);
  await page.close();
  const unexpected = complaints.filter((c) => !expected.some((e) => e.test(c)));
  assert.deepEqual(unexpected, []);
});

const go = async (path) => {
  await page.goto(program.base + path);
  await page.waitForLoadState('networkidle');
};
const query = () => new URL(page.url()).searchParams;
const settle = () => page.waitForTimeout(450); // an address after sliding is written 150 ms later
const loss = () => page.locator('.answer .first button.big');
const number = async (locator) => Number((await locator.innerText()).replaceAll(',', '').replace('−', '-').replace('≥ ', ''));
const rows = () => page.locator('.ranking tbody tr');
async function slide(locator, value) {
  await locator.evaluate((e, v) => {
    e.value = String(v);
    e.dispatchEvent(new Event('input', { bubbles: true }));
  }, value);
}
async function download(locator) {
  const [file] = await Promise.all([page.waitForEvent('download', { timeout: 25_000 }), locator.click()]); // ranges of a portfolio are drawn anew
  const path = await file.path();
  return { name: file.suggestedFilename(), text: readFileSync(path, 'utf8') };
}
async function wellFormed(text) {
  const blank = await chrome.browser.newPage(); // the app's own page would apply its security policy to the file
  const good = await blank.evaluate((t) => {
    const parsed = new DOMParser().parseFromString(t, 'image/svg+xml');
    return parsed.querySelector('parsererror') === null && parsed.documentElement.localName === 'svg';
  }, text);
  await blank.close();
  return good;
}
/** everyFigure tries the tools of each figure: table, files, link, citation; it gives their number */
async function everyFigure() {
  const figures = await page.locator('figure').all();
  for (const figure of figures) {
    const id = await figure.getAttribute('id');
    const svg = figure.getByRole('button', { name: 'SVG' });
    if ((await svg.count()) > 0) {
      if ((await figure.locator('[role=img]').count()) > 0) await figure.locator('[role=img] svg').waitFor();
      const file = await download(svg);
      assert.equal(file.name, `chokepoint-${id}.svg`);
      assert.ok(await wellFormed(file.text), `${id} is well-formed`);
      assert.match(file.text, /SHA-256/);
    }
    const csv = await download(figure.getByRole('link', { name: 'CSV', exact: true }));
    assert.ok(csv.text.split('\n').length > 2, `${id} has rows`);
    const table = figure.getByRole('button', { name: 'Table', exact: true });
    if ((await table.count()) > 0) {
      await table.click();
      assert.ok((await figure.locator('tbody tr').count()) > 0, `${id} as a table`);
      await table.click();
    } else assert.ok((await figure.locator('tbody tr').count()) > 0, `${id} is a table`);
    await figure.getByRole('button', { name: 'Copy link' }).click();
    await page.waitForFunction(async (hash) => (await navigator.clipboard.readText()).endsWith(hash), `#${id}`);
    await figure.getByRole('button', { name: 'Copy citation' }).click();
    await page.waitForFunction(async () => /^Chokepoint .*SHA-256/.test(await navigator.clipboard.readText()));
  }
  return figures.length;
}
const shot = (name, full = true) => page.screenshot({ path: join(output, `${name}.png`), fullPage: full });

describe('tasks of a newcomer', () => {
  test('the ranking gets its ranges', async () => {
    await go('/');
    await page.locator('table.ranking line.range').first().waitFor({ state: 'attached' }); // a level line has no height
    await page.getByText('5 % to 95 %').waitFor();
  });

  test('find what China stopping gallium costs, with its range', async (t) => {
    const begin = Date.now();
    await page.goto(program.base);
    await rows().first().waitFor();
    t.diagnostic(`first screen usable after ${Date.now() - begin} ms`);
    await page.getByRole('searchbox').fill('gallium');
    await rows().filter({ hasText: 'Gallium' }).first().getByRole('link').click();
    await page.getByRole('heading', { name: /China stops its exports of Gallium for 12 months/ }).waitFor();
    assert.equal(await loss().innerText(), '11,600');
    assert.match(await page.locator('.first .range').innerText({ timeout: 5000 }), /.*/);
    await page.waitForFunction(() => /\d.* (to|or) .*\d/.test(document.querySelector('.first .range')?.textContent ?? ''));
    assert.match(await page.locator('.first').innerText(), /million USD\/yr/);
  });

  test('an address that cannot be used says so', async () => {
    await go('/mineral/gallium?cut=abc&months=24');
    await page.getByText('cut=abc, months=24, which cannot be used').waitFor();
  });

  test('a name in the address becomes the unit\'s own', async () => {
    await go('/mineral/%E9%95%93?cut=40');
    await page.waitForURL('**/mineral/gallium?cut=40');
    await page.getByRole('heading', { level: 1, name: /Gallium/ }).waitFor();
  });

  test('say which input drives it', async () => {
    await go('/mineral/gallium');
    const section = page.getByRole('heading', { name: 'Range and what drives it' });
    await section.scrollIntoViewIfNeeded();
    const groups = page.getByRole('region', { name: 'Groups of inputs' });
    await groups.getByRole('row', { name: /uses per industry|dependence|elasticit|supply/i }).first().waitFor();
    await page.getByRole('region', { name: 'Single inputs' }).getByRole('row', { name: /Share of China in world use/ }).waitFor();
    const ranges = page.getByRole('region', { name: 'Ranges' });
    const cells = (await ranges.getByRole('row', { name: /Loss of GDP/ }).innerText()).split('\t').slice(1, 5).map((c) => Number(c.replaceAll(',', '')));
    assert.ok(cells[1] < cells[2] && cells[2] < cells[3], `5 %, median, 95 %: ${cells}`);
    await loss().click();
    const drawer = page.getByRole('dialog');
    await drawer.getByText('loss = -((i) + (ii) + (iii) + (iv) + (v))').waitFor();
    await drawer.getByRole('row', { name: /judgement a/ }).waitFor();
    await drawer.getByRole('row', { name: /hit industries produce less/ }).waitFor();
  });

  test('reach the source row of one number', async () => {
    await go('/mineral/gallium');
    await page.getByRole('button', { name: /^Price, times what it was/ }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByText('SUM_R use = SUM_R supply').waitFor();
    const row = drawer.getByRole('listitem').filter({ hasText: 'world production' }).first();
    assert.match(await row.innerText(), /Grade A: official figure/);
    assert.match(await row.innerText(), /USGS MCS/);
    assert.match(await row.innerText(), /licence/);
    await row.getByRole('button', { name: /us_market\.csv:\d+/ }).click();
    const cells = row.locator('dl');
    await cells.waitFor();
    assert.match(await cells.innerText(), /gallium/);
    assert.match(await cells.innerText(), /633/);
    await shot('drawer', false);
  });

  test('take a figure with its citation into a slide', async () => {
    await go('/mineral/gallium');
    const figure = page.locator('figure#parts');
    const file = await download(figure.getByRole('button', { name: 'SVG' }));
    assert.equal(file.name, 'chokepoint-parts.svg');
    assert.match(file.text, /Effect on GDP in five parts/);
    assert.match(file.text, /Chokepoint .*data .*SHA-256/s);
    assert.match(file.text, /Not the USGS model/);
    assert.match(file.text, /hit industries produce/);
    assert.ok(await wellFormed(file.text));
    await figure.getByRole('button', { name: 'Copy citation' }).click();
    await figure.getByText('Copied.').waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(copied, /Scenario: gallium CHN/);
  });
});

describe('ranking', () => {
  test('filters, sort and view stand in the address and survive a reload', async () => {
    await go('/');
    assert.equal(await rows().count(), 84);
    await page.getByRole('searchbox').fill('镓');
    await settle();
    assert.equal(query().get('q'), '镓');
    assert.equal(await rows().count(), 1);
    await page.reload();
    await rows().first().waitFor();
    assert.equal(await rows().count(), 1);
    await page.getByRole('searchbox').fill('no such thing');
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    assert.equal(await rows().count(), 84);

    await page.getByRole('combobox', { name: 'List', exact: true }).selectOption('all');
    await page.waitForFunction(() => document.querySelectorAll('.ranking tbody tr').length > 84);
    await page.getByRole('combobox', { name: 'List', exact: true }).selectOption('');
    await page.waitForFunction(() => document.querySelectorAll('.ranking tbody tr').length === 84);

    await page.getByRole('combobox', { name: 'Chain', exact: true }).selectOption('copper');
    assert.ok((await rows().count()) >= 2);
    await page.getByLabel('one row a chain').check();
    await page.waitForFunction(() => document.querySelectorAll('.ranking tbody tr').length === 1);
    await page.getByLabel('one row a chain').uncheck();
    await page.getByRole('combobox', { name: 'Chain', exact: true }).selectOption('');

    await page.getByRole('combobox', { name: 'Leading country' }).selectOption('ZAF');
    assert.equal(query().get('from'), 'ZAF');
    assert.ok((await rows().count()) >= 1 && (await rows().count()) < 84);
    await page.getByRole('combobox', { name: 'Leading country' }).selectOption('');

    const fitted = await page.locator('.ranking tbody').innerText();
    await page.getByRole('combobox', { name: 'Probability', exact: true }).selectOption('published');
    await page.waitForFunction((before) => document.querySelector('.ranking tbody')?.innerText !== before, fitted);
    assert.equal(query().get('p'), 'published');
    await page.getByRole('combobox', { name: 'Probability', exact: true }).selectOption('fitted');
    await page.getByLabel('given a disruption').check();
    await page.getByRole('heading', { name: /if the leading country stops/ }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll('.ranking .ring').length === 0);
    await page.goBack();
    await page.getByRole('heading', { name: /^Expected loss/ }).waitFor();
    await page.goForward();
    await page.getByRole('heading', { name: /if the leading country stops/ }).waitFor();
  });

  test('every column sorts both ways', async () => {
    await go('/');
    for (const name of ['#', 'Mineral', 'Expected, M USD/yr', 'If it stops, M USD/yr', 'Probability, %/yr', 'Price, ×', 'Cut of use, %', 'Evidence']) {
      const head = page.locator('.ranking thead').getByRole('button', { name, exact: false }).first();
      await head.click();
      const before = await rows().first().innerText();
      const sorted = await head.locator('xpath=..').getAttribute('aria-sort');
      await head.click();
      const turned = await head.locator('xpath=..').getAttribute('aria-sort');
      assert.notEqual(sorted, turned, name);
      assert.notEqual(await rows().first().innerText(), before, name);
      await page.goto(program.base);
      await rows().first().waitFor();
    }
  });

  test('the risk map and the table show the same rows; a dot leads to its mineral', async () => {
    await go('/?view=risk');
    const map = page.getByRole('img', { name: /Risk map/ });
    await map.locator('svg').waitFor();
    assert.ok((await map.locator('path').count()) > 80);
    await shot('risk-light');
    const file = await download(page.getByRole('button', { name: 'SVG' }));
    assert.equal(file.name, 'chokepoint-risk-map.svg');
    assert.ok(await wellFormed(file.text));
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    assert.equal(await page.locator('main table tbody tr').count(), 84);
    await page.getByRole('button', { name: 'Ranking', exact: true }).click();
    const dots = await download(page.getByRole('button', { name: 'SVG' }));
    assert.ok(await wellFormed(dots.text));
    assert.match(dots.text, /Gallium/);
    const csv = await download(page.getByRole('link', { name: 'CSV', exact: true }));
    assert.match(csv.text, /^rank,commodity,chain/);
    await page.getByRole('button', { name: 'Copy link' }).click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), page.url());
    await page.getByRole('button', { name: 'Copy citation' }).click();
    await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith('Chokepoint'));

    await go('/?view=risk&q=rhodium');
    const box = await map.locator('svg').boundingBox();
    const dot = await map.evaluate((element) => {
      const path = [...element.querySelectorAll('path')].find((p) => /rgba?\(|#b84a00/i.test(p.getAttribute('fill') ?? '') && p.getBoundingClientRect().width < 14 && p.getBoundingClientRect().width > 5);
      const r = path?.getBoundingClientRect();
      return r ? { x: r.x + r.width / 2, y: r.y + r.height / 2 } : null;
    });
    assert.ok(box && dot, 'a dot is drawn');
    await page.mouse.move(dot.x, dot.y);
    await page.locator('.tip').getByText('Rhodium').waitFor();
    await page.mouse.click(dot.x, dot.y);
    await page.waitForURL('**/mineral/rhodium');
  });

  test('minerals have names in five languages', async () => {
    await go('/?q=gallium');
    for (const [language, name] of [['zh', '镓'], ['ja', 'ガリウム'], ['de', 'Gallium'], ['fr', 'gallium'], ['en', 'Gallium']]) {
      await page.getByRole('combobox', { name: 'Language of mineral names', exact: true }).selectOption(language);
      await page.locator('.ranking').getByRole('link', { name, exact: true }).waitFor();
    }
    await page.getByRole('combobox', { name: 'Language of mineral names', exact: true }).selectOption('zh');
    await page.locator('.ranking').getByRole('link', { name: '镓' }).click();
    await page.getByRole('heading', { level: 1, name: '镓' }).waitFor();
    await page.getByRole('link', { name: 'Ranking' }).click();
    assert.equal(query().get('lang'), 'zh');
  });

  test('a number opens its explanation; back, Escape and the address close and open it', async () => {
    await go('/?q=germanium');
    await rows().first().getByRole('button').first().click();
    const drawer = page.getByRole('dialog');
    await drawer.getByText('expected loss = SUM_c p(unit, c) loss(unit, c)').waitFor();
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
    await page.waitForFunction(() => !new URL(location.href).searchParams.has('explain'));
    await rows().first().getByRole('button').nth(1).click();
    await drawer.waitFor();
    await page.goBack();
    await drawer.waitFor({ state: 'hidden' });
    await page.goForward();
    await drawer.waitFor();
    await page.reload();
    await drawer.waitFor();
    await drawer.getByRole('button', { name: 'Close' }).click();
    await drawer.waitFor({ state: 'hidden' });
  });
});

describe('mineral', () => {
  test('every control changes the answer in place, against the baseline', async () => {
    await go('/mineral/gallium');
    const full = await number(loss());
    const answer = page.locator('.answer');
    await slide(page.getByRole('slider', { name: 'Share withdrawn' }), 50);
    await answer.getByText('to baseline').first().waitFor();
    await page.getByRole('heading', { name: /China stops 50 % of its exports/ }).waitFor();
    await settle();
    assert.equal(query().get('cut'), '50');
    const half = await number(loss());
    assert.ok(half > 0 && half < full, `${half} < ${full}`);
    await page.waitForFunction(() => /Loss .* million to the baseline/.test(document.querySelector('[aria-live=polite]')?.textContent ?? ''));
    await shot('mineral-what-if');

    await slide(page.getByRole('slider', { name: 'Duration' }), 6);
    await page.getByText('million USD in 6 months').first().waitFor();
    await slide(page.getByRole('slider', { name: 'Stocks that may be used' }), 50);
    await page.waitForFunction((before) => document.querySelector('.answer .first button.big')?.textContent !== before, String(half));
    await settle();
    const kept = new URL(page.url()).search;
    const shown = await loss().innerText();
    await page.reload();
    await loss().waitFor();
    assert.equal(await loss().innerText(), shown);
    assert.equal(new URL(page.url()).search, kept);

    await page.getByRole('button', { name: 'Pin as baseline' }).click();
    await page.getByText('This is the baseline.').waitFor();
    assert.match(query().get('pin'), /gallium --from CHN --cut 50% --months 6/);
    await page.getByRole('button', { name: 'Reset' }).click();
    await page.waitForFunction(() => document.querySelector('.answer .first button.big')?.textContent === '11,600');
    assert.equal(new URL(page.url()).search.includes('cut'), false);

    await page.getByRole('combobox', { name: 'What happens', exact: true }).selectOption('production-outage');
    await page.getByRole('heading', { name: /stops its production/ }).waitFor();
    await page.getByRole('combobox', { name: 'What happens', exact: true }).selectOption('import-ban');
    await page.getByRole('heading', { name: /The United States bans imports of Gallium from China/ }).waitFor();
    await page.getByRole('combobox', { name: 'What happens', exact: true }).selectOption('export-restriction');
    await page.getByRole('combobox', { name: 'Exports to whom', exact: true }).selectOption('USA');
    await page.getByRole('heading', { name: /to the United States/ }).waitFor();
    await page.waitForLoadState('networkidle');
    await page.getByRole('combobox', { name: 'Exports to whom', exact: true }).selectOption('');
    await page.getByRole('combobox', { name: 'By which country', exact: true }).selectOption('RUS');
    await page.getByRole('heading', { name: /Russia stops its exports/ }).waitFor();
    await page.getByRole('button', { name: 'and another country' }).first().click();
    await page.getByRole('combobox', { name: 'By which country 2', exact: true }).selectOption('CHN');
    await page.getByRole('heading', { name: /Russia, China stops|China, Russia stops/ }).waitFor();
    await page.getByRole('button', { name: 'Remove RUS' }).click();
    await page.getByRole('heading', { name: /^China stops its exports/ }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: /Russia, China stops|China, Russia stops/ }).waitFor();
  });

  test('fast dragging ends on the answer of the last position', async () => {
    await go('/mineral/tungsten');
    const cut = page.getByRole('slider', { name: 'Share withdrawn' });
    for (let v = 99; v >= 31; v -= 2) await slide(cut, v);
    await slide(cut, 30);
    await settle();
    await page.waitForLoadState('networkidle');
    const dragged = await loss().innerText();
    assert.equal(query().get('cut'), '30');
    await page.reload();
    await loss().waitFor();
    assert.equal(await loss().innerText(), dragged);
    await slide(cut, 0);
    await page.waitForFunction(() => document.querySelector('.answer .first button.big')?.textContent === '0');
  });

  test('each figure has a table, a CSV file, an SVG file, a link and a citation', async () => {
    await go('/mineral/gallium');
    await page.locator('figure#map svg').waitFor();
    assert.equal(await everyFigure(), 10);
    const sources = await download(page.getByRole('main').getByRole('link', { name: 'CSV' }).last());
    assert.match(sources.text, /^place,/);
    for (const [name, first] of [['chokepoint-ranges.csv', /^quantity,/], ['chokepoint-drivers.csv', /^driver,/]]) {
      const file = await download(page.locator(`a[download="${name}"]`));
      assert.equal(file.name.endsWith('.csv'), true);
      assert.match(file.text, first);
    }
    const more = page.getByRole('button', { name: /more rows/ });
    const fewer = page.getByRole('button', { name: 'Fewer rows' });
    const tables = await more.count(); // indicators, single inputs and sources
    assert.equal(tables, 3);
    for (let k = 1; k <= tables; k++) {
      await more.first().click();
      assert.equal(await fewer.count(), k);
    }
    await go('/mineral/gallium#parts');
    await page.locator('figure#parts svg').waitFor();
  });

  test('map and bars: the pointer names a country, a click makes it withdraw', async () => {
    await go('/mineral/gallium');
    await page.locator('.path .step.band').waitFor(); // what stands above the map has come
    const map = page.locator('figure#map [role=img]');
    await map.locator('svg').waitFor();
    await map.evaluate((e) => e.scrollIntoView({ block: 'center' })); // below the first screen
    const box = await map.boundingBox();
    // the longest step between neighbouring points of a shape; a streak would be as long as the map is wide
    const step = await map.evaluate((e) => {
      let longest = 0;
      for (const path of e.querySelectorAll('path')) {
        for (const ring of (path.getAttribute('d') ?? '').split('M').slice(1)) {
          const xs = [...ring.matchAll(/(-?[\d.]+)[ ,](-?[\d.]+)/g)].map((m) => Number(m[1]));
          for (let i = 1; i < xs.length; i++) longest = Math.max(longest, Math.abs(xs[i] - xs[i - 1]));
        }
      }
      return longest;
    });
    assert.ok(step > 0 && step < box.width * 0.2, `no shape streaks across the date line (${step})`);
    // Russia: the widest of the countries with a small share
    const russia = await map.evaluate((e) => {
      const path = [...e.querySelectorAll('path')].filter((p) => p.getAttribute('fill') === '#d5e6f0').sort((a, b) => b.getBBox().width - a.getBBox().width)[0];
      const { x, y, width, height } = path.getBBox();
      for (let i = 0.5; i < 1; i += 0.02) {
        const point = new DOMPoint(x + width * i, y + height * 0.6);
        if (!path.isPointInFill(point)) continue;
        const seen = point.matrixTransform(path.getScreenCTM());
        return { x: seen.x, y: seen.y };
      }
      return null;
    });
    await page.mouse.move(russia.x, russia.y);
    await page.locator('.tip').getByText('Russia').waitFor();
    await page.mouse.click(russia.x, russia.y);
    await page.getByRole('heading', { name: /^Russia stops/ }).waitFor();
  });

  test('the drawer leads from symbol to symbol', async () => {
    await go('/mineral/gallium');
    await loss().click();
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('row', { name: /hit industries produce less/ }).getByRole('button').click();
    await drawer.getByText(/SUM_J|va_j/).first().waitFor();
    assert.equal(query().get('explain'), 'hit_gdp_musd');
    await page.goBack();
    await drawer.getByText('loss = -((i)').waitFor();
    const csv = await download(drawer.getByRole('link', { name: 'CSV' }));
    assert.ok(csv.text.length > 20);
    await page.keyboard.press('Escape');
    for (const name of ['How is the shortage shared?', 'How are industries hit?', 'How does the rest follow?']) {
      await page.getByRole('button', { name }).click();
      await drawer.locator('pre').waitFor();
      await page.keyboard.press('Escape');
      await drawer.waitFor({ state: 'hidden' });
    }
  });

  test('every mineral of the ranking has a page without a complaint', async () => {
    const list = (await (await fetch(`${program.base}/api/v1/rank?units=@all`)).json()).rank.map((r) => r.commodity);
    for (const commodity of list.filter((_, i) => i % 9 === 0)) {
      await go(`/mineral/${commodity}`);
      await page.locator('.answer .first button.big, main p').first().waitFor();
      assert.equal(await page.getByRole('alert').count(), 0, commodity);
    }
  });
});

describe('lists and concentration', () => {
  const eighteen = ['Antimony', 'Barite', 'Beryllium', 'Bismuth', 'Cobalt', 'Gallium', 'Germanium', 'Hafnium', 'Lithium', 'Manganese', 'Nickel', 'Niobium', 'Platinum-group metals', 'Rare earth elements', 'Tantalum', 'Titanium', 'Tungsten', 'Vanadium'];

  test('find the 18 by name, and what a rule does to them', async () => {
    await page.goto(program.base);
    await page.getByRole('link', { name: 'Lists', exact: true }).click();
    await page.getByText('materials stand on all of us-2025-draft, eu-2023-critical, jp-2009').waitFor();
    assert.equal(await page.locator('.lead .big').innerText(), '18');
    const names = async () => (await page.locator('.upset .names li').allInnerTexts()).map((t) => t.replace(/ \(.*$/s, ''));
    assert.deepEqual(await names(), eighteen);
    assert.deepEqual(await page.locator('figure#overlap tbody th').allInnerTexts(), eighteen);
    await page.getByRole('checkbox', { name: /^R3 Scandium/ }).uncheck();
    await page.waitForFunction(() => document.querySelector('.lead .big')?.textContent === '19');
    assert.ok((await names()).includes('Scandium'));
    await settle();
    assert.equal(query().get('rules'), '-R3');
    await page.reload();
    await page.waitForFunction(() => document.querySelector('.lead .big')?.textContent === '19');
    await page.getByRole('button', { name: 'Back to the default rules' }).click();
    await page.waitForFunction(() => document.querySelector('.lead .big')?.textContent === '18');
    // another group of the figure, and the way to a mineral
    await page.getByRole('button', { name: '6 materials on us-2025-draft, eu-2023-critical', exact: true }).click();
    assert.equal((await names()).length, 6);
    await page.locator('figure#overlap').getByRole('link', { name: 'Gallium' }).click();
    await page.waitForURL('**/mineral/gallium');
  });

  test('own lists, names in another language, and why a list has a mineral', async () => {
    await go('/lists?lang=zh');
    await page.locator('figure#overlap').getByRole('link', { name: '镓' }).waitFor();
    await page.getByText('Choose lists (3, two to 6)').click();
    await page.getByRole('checkbox', { name: /^us-2025-final/ }).check();
    await page.getByText(/materials stand on all of us-2025-draft, eu-2023-critical, jp-2009, us-2025-final/).waitFor();
    assert.equal(query().get('lists'), 'us-2025-draft,eu-2023-critical,jp-2009,us-2025-final');
    await page.goBack();
    await page.locator('figure#overlap').getByRole('button', { name: 'PGMs' }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByText('platinum-group stands on eu-2023-critical').waitFor();
    await drawer.getByRole('button', { name: /list_members\.csv:\d+/ }).first().click();
    await drawer.locator('dl').getByText('PGMs').waitFor();
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
  });

  test('see since when gallium is listed, and by whom', async () => {
    await go('/mineral/gallium');
    const figure = page.locator('figure#lists');
    await figure.scrollIntoViewIfNeeded();
    await figure.getByText(/^Japan jp-critical: since/).waitFor();
    const said = await figure.locator('ul').innerText();
    for (const line of ['Japan jp-critical: since 2009-07-28', 'European Union eu-critical: since 2011-02-02', 'United States us-critical: since 2018-05-18']) assert.ok(said.replace(/\s+/g, ' ').includes(line), `${line} in ${said}`);
    await figure.getByRole('button', { name: /us-critical: 2018-05-18/ }).click();
    await page.getByRole('dialog').getByText('the unit gallium stands on us-2018').waitFor();
    await go('/?q=gallium');
    await page.locator('.ranking tbody .lists').getByText('US').waitFor();
    assert.equal((await page.locator('.ranking tbody .lists').innerText()).replace(/\s/g, ''), 'USEUJP');
  });

  test('see who supplies the EU with magnesium', async () => {
    await go('/mineral/magnesium-metal');
    const figure = page.locator('figure#imports');
    await figure.getByRole('button', { name: 'Table' }).click();
    const row = figure.locator('tbody tr').first();
    assert.match(await row.innerText(), /European Union \(study of 2023: Magnesium\/P\)\s+China\s+97\.0/);
    await go('/mineral/graphite-natural');
    await figure.getByText('what it sells comes from elsewhere').waitFor();
    await figure.getByRole('button', { name: 'Table' }).click();
    await figure.getByRole('row', { name: /United States\s+Mozambique.*beyond output/ }).waitFor();
  });

  test('see what China leads, and where a number comes from', async () => {
    await go('/concentration');
    assert.equal(await page.locator('figure#hhi tbody tr').count(), 84);
    await page.getByRole('combobox', { name: 'What does a country lead?' }).selectOption('CHN');
    await page.getByText(/China is the largest producer of 6\d of 9\d units, makes more than half of \d+/).waitFor();
    await page.getByRole('combobox', { name: 'Show' }).selectOption('half');
    const half = await page.locator('figure#holdings tbody tr').count();
    assert.ok(half > 30 && half < 60, `${half} rows`);
    await page.getByRole('searchbox').fill('镓');
    await settle();
    assert.equal(await page.locator('figure#holdings tbody tr').count(), 1);
    await page.locator('figure#holdings tbody').getByRole('button', { name: '97.8' }).click();
    await page.getByRole('dialog').getByText(/supply\.csv:\d+/).first().waitFor();
    await page.keyboard.press('Escape');
    await go('/concentration?q=gallium&sort=net_import_reliance');
    await page.locator('figure#hhi tbody tr').getByRole('button', { name: '9,570' }).click();
    await page.getByRole('dialog').getByText('HHI = 10,000 SUM s_c^2').waitFor();
    await page.goBack();
    await page.locator('figure#hhi tbody').getByRole('link', { name: 'Gallium' }).click();
    await page.locator('figure#stages svg').waitFor();
    await page.locator('figure#indicators').getByRole('row', { name: /HHI of output/ }).waitFor();
  });

  test('claims say how they were checked, in words', async () => {
    await go('/lists?view=claims');
    const items = page.locator('figure#claims ol > li');
    const all = await items.count();
    assert.ok(all >= 20, `${all} claims`);
    await page.getByRole('button', { name: /^✗ differs/ }).click();
    const differ = await items.count();
    assert.ok(differ > 0 && differ < all);
    for (const text of await items.locator('.verdict').allInnerTexts()) assert.equal(text, '✗ differs');
    assert.equal(query().get('verdict'), 'differs');
    await items.first().getByRole('button', { name: /Where does this come from/ }).click();
    await page.getByRole('dialog').getByText('Verdict: differs.').waitFor();
  });

  test('a list filters the ranking, and is held against it', async () => {
    await go('/');
    await page.getByRole('combobox', { name: 'List', exact: true }).selectOption('eu-2024-strategic');
    await page.waitForFunction(() => document.querySelectorAll('.ranking tbody tr').length < 60);
    await go('/lists?view=editions');
    assert.ok((await page.locator('figure#editions tbody tr').count()) > 25);
    await page.locator('figure#editions').getByText('◐ some names').first().waitFor();
    await page.locator('figure#editions').getByRole('link', { name: 'us-2025-final' }).click();
    await page.locator('figure#against').getByRole('row', { name: /\+ the model only/ }).first().waitFor();
    await go('/lists?view=changes');
    await page.getByText('10 added, 0 dropped, 0 renamed.').waitFor();
    await page.getByRole('combobox', { name: 'From' }).selectOption('us-2018');
    await page.getByRole('heading', { name: 'From us-2018 to us-2025-final' }).waitFor();
  });

  test('the timeline names a list under the pointer; narrow, it is a list of dates', async () => {
    await go('/lists?view=timeline&of=USA');
    const chart = page.locator('figure#timeline [role=img]');
    await chart.locator('svg').waitFor();
    const dot = await chart.evaluate((element) => {
      const path = [...element.querySelectorAll('path')].find((p) => p.getAttribute('fill') === '#0b4f6c');
      const r = path?.getBoundingClientRect();
      return r ? { x: r.x + r.width / 2, y: r.y + r.height / 2 } : null;
    });
    assert.ok(dot, 'a list is drawn');
    await page.mouse.move(dot.x, dot.y);
    await page.locator('.tip').getByText(/\d+ names/).waitFor();
    await page.setViewportSize({ width: 360, height: 800 });
    assert.equal(await chart.isVisible(), false);
    await page.locator('.events li').first().waitFor();
    await page.getByRole('combobox', { name: 'Material' }).selectOption('gallium');
    await page.waitForFunction(() => document.querySelectorAll('.events li').length < 20);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test('each figure has its tools, and each link leads somewhere', async () => {
    const seen = new Set();
    for (const path of ['/lists', '/lists?view=changes', '/lists?view=timeline', '/lists?view=editions', '/lists?view=editions&edition=eu-2024-strategic', '/lists?view=claims', '/concentration', '/concentration?country=CHN']) {
      await go(path);
      await page.locator('figure').first().waitFor();
      assert.ok((await everyFigure()) > 0, path);
      for (const link of await page.evaluate(() => [...document.querySelectorAll('main a[href]')].map((a) => a.href))) seen.add(link);
    }
    assert.ok(seen.size > 150, `${seen.size} links`);
    for (const link of seen) {
      assert.ok(link.startsWith(`${program.base}/`), link);
      const answer = await fetch(link);
      assert.ok(answer.ok, `${answer.status} ${link}`);
      await answer.arrayBuffer();
    }
  });
});

describe('compare', () => {
  test('two to four scenarios, from the library or built', async () => {
    await go('/compare');
    const slots = page.locator('.slot');
    assert.equal(await slots.count(), 2);
    await page.locator('figure#parts svg').waitFor();
    await slots.nth(1).getByText('Change', { exact: true }).click();
    await slots.nth(1).getByRole('combobox', { name: 'Scenario', exact: true }).selectOption('china-us-ban-2024');
    await page.waitForFunction(() => new URL(location.href).searchParams.getAll('s')[1] === 'china-us-ban-2024');
    await slots.nth(1).locator('button.big').waitFor();
    await page.getByRole('button', { name: 'Add a scenario' }).click();
    await slots.nth(2).getByText('Change', { exact: true }).click();
    await slots.nth(2).getByRole('combobox', { name: 'Scenario', exact: true }).selectOption('');
    await slots.nth(2).getByRole('combobox', { name: 'Mineral' }).selectOption('rhodium');
    await slots.nth(2).getByRole('heading', { name: /rhodium/ }).waitFor();
    await slide(slots.nth(2).getByRole('slider', { name: 'Share withdrawn' }), 40);
    await slots.nth(2).getByText(/export-restriction 0\.4/).waitFor();
    await settle();
    await page.getByRole('button', { name: 'Add a scenario' }).click();
    assert.equal(await slots.count(), 4);
    assert.equal(await page.getByRole('button', { name: 'Add a scenario' }).count(), 0);
    await page.waitForLoadState('networkidle');
    await shot('compare-four');
    const before = page.url();
    await page.reload();
    await slots.nth(3).locator('button.big').waitFor();
    assert.equal(page.url(), before);
    const csv = await download(page.getByRole('link', { name: 'CSV' }).first());
    assert.match(csv.text, /^quantity,/);
    await page.getByRole('button', { name: 'Remove scenario D' }).click();
    assert.equal(await slots.count(), 3);
    await slots.nth(0).locator('button.big').click();
    await page.getByRole('dialog').getByText('loss = -((i)').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('table.side').getByRole('button', { name: /^Price/ }).first().click();
    await page.getByRole('dialog').getByText('SUM_R use').waitFor();
    await page.keyboard.press('Escape');
    const svg = await download(page.locator('figure#parts').getByRole('button', { name: 'SVG' }));
    assert.ok(await wellFormed(svg.text));
    await page.getByRole('button', { name: 'Copy link' }).first().click();
  });

  test('the mineral page hands its baseline and scenario over', async () => {
    await go('/mineral/gallium?cut=40&stocks=50');
    await page.getByRole('link', { name: 'Compare side by side' }).click();
    await page.waitForURL('**/compare**');
    assert.deepEqual(query().getAll('s'), ['gallium --from CHN', 'gallium --from CHN --cut 40% --method stocks=0.5']);
    await page.locator('.slot button.big').nth(1).waitFor();
    const csv = await download(page.getByRole('button', { name: 'CSV' }).first());
    assert.match(csv.text, /^quantity,unit,gallium --from CHN,/);
  });

  test('scenarios beyond the fourth are named, not dropped in silence', async () => {
    await go(`/compare?${['gallium --from CHN', 'rhodium --from ZAF', 'tin --from IDN', 'antimony --from CHN', 'niobium --from BRA'].map((s) => `s=${encodeURIComponent(s)}`).join('&')}`);
    await page.getByText('Left out: niobium --from BRA.').waitFor();
    assert.equal(await page.locator('.slot').count(), 4);
  });

  test('the printed page is a briefing', async () => {
    await go('/compare');
    await page.locator('figure#parts svg').waitFor();
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.setViewportSize({ width: 688, height: 1000 });
    await page.waitForTimeout(300);
    for (const hidden of ['nav', '.tools', '.settings', '.slot details']) assert.equal(await page.locator(hidden).first().isVisible(), false, hidden);
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
    await page.getByText('Not the USGS model', { exact: false }).first().waitFor();
    await shot('compare-print');
    const pdf = await page.pdf({ format: 'A4', path: join(output, 'briefing.pdf'), preferCSSPageSize: true });
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page[^s]/g)?.length ?? 0;
    assert.ok(pages >= 1 && pages <= 3, `${pages} pages`);
    await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
    await page.setViewportSize({ width: 1440, height: 900 });
  });
});

describe('over time', () => {
  const numbers = () => page.locator('.path .numbers');
  const value = async (label) => (await numbers().locator('.amount').filter({ hasText: label }).locator('dd .figure').innerText()).replaceAll(',', '');

  test('how long can the United States hold if China stops gallium', async () => {
    await go('/');
    await page.getByRole('searchbox').fill('gallium');
    await rows().filter({ hasText: 'Gallium' }).first().getByRole('link').click();
    const section = page.getByRole('region', { name: /how long can users hold/ });
    const answer = await (await fetch(`${program.base}/api/v1/path?commodity=gallium&from=CHN&draws=200`)).json();
    const told = (quantity) => answer.summary.find((r) => r.quantity === quantity).central;
    const survive = answer.summary.find((r) => r.quantity === 'time_to_survive');
    await section.locator('.step.band').waitFor();
    await section.getByText(new RegExp(`1 % of its output.*\\(90 % range: ${Math.round(survive.p05)} to ${Math.round(survive.p95)} months\\)`)).waitFor();
    assert.equal(await value('Time to survive'), String(survive.central));
    // the dotted months are those that the sum leaves out
    const sum = (adapted) => answer.path.filter((r) => r.adapted === adapted).reduce((total, r) => total + r.loss_musd, 0);
    assert.ok(Math.abs(sum('no') - told('loss')) < 1e-3 * told('loss'));
    assert.ok(Math.abs(sum('yes') - told('adapted_loss')) < 1e-3 * told('adapted_loss'));
    await section.getByText('upper bound, not in the loss').waitFor();
    await section.locator('summary').click();
    await section.getByRole('region', { name: /parameters that all minerals share/ }).getByRole('row', { name: /time constant of expected prices/ }).waitFor();
    await section.getByRole('link', { name: 'See how it does on real events' }).click();
    await page.waitForURL('**/backtest');
    await page.getByRole('heading', { level: 1, name: /hold on real events/ }).waitFor();
  });

  test('the path follows what-if, course, stock and horizon, and stays in the address', async () => {
    await go('/mineral/gallium');
    const loss0 = Number(await value('Loss of US GDP'));
    await slide(page.getByRole('slider', { name: 'Strategic stock' }), 60);
    await page.getByText('The strategic stock is counted in.', { exact: false }).waitFor();
    await page.waitForFunction((old) => Number([...document.querySelectorAll('.path .amount')].find((e) => e.textContent.includes('Loss of US GDP'))?.querySelector('dd .figure')?.textContent.replaceAll(',', '')) < 0.9 * old, loss0);
    await settle();
    assert.match(query().get('reserve'), /^\d/);
    await page.getByRole('combobox', { name: 'Released' }).selectOption('year');
    await page.getByRole('combobox', { name: 'Months to follow' }).selectOption('24');
    await page.getByRole('combobox', { name: 'Course of the restriction' }).selectOption('licensing');
    await page.getByText('Loss of US GDP until the price is back, 24 months at most').waitFor();
    await page.locator('.path .step.band').waitFor();
    assert.deepEqual(['profile', 'release', 'horizon'].map((k) => query().get(k)), ['licensing', 'year', '24']);
    const before = await numbers().innerText();
    await page.reload();
    await page.getByText('Loss of US GDP until the price is back, 24 months at most').waitFor();
    await page.waitForFunction((text) => document.querySelector('.path .numbers')?.innerText === text, before);
    // the what-if keeps the course
    await slide(page.getByRole('slider', { name: 'Share withdrawn' }), 50);
    await page.waitForFunction((text) => document.querySelector('.path .numbers')?.innerText !== text, before);
    await settle();
    assert.equal(query().get('profile'), 'licensing');

    const figure = page.locator('figure#path');
    const svg = await download(figure.getByRole('button', { name: 'SVG' }));
    assert.ok(await wellFormed(svg.text));
    assert.match(svg.text, /months after the start/);
    const csv = await download(figure.getByRole('link', { name: 'CSV' }));
    assert.match(csv.text, /^month,price_ratio_outside,.*\n2025-01,/);
    assert.equal(csv.text.trim().split('\n').length, 25);
    await figure.getByRole('button', { name: 'Table' }).click();
    assert.equal(await figure.locator('tbody tr').count(), 24);
    await figure.getByRole('button', { name: 'Copy link' }).click();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /profile=licensing.*#path$/);
    await page.getByRole('combobox', { name: 'Exports to whom', exact: true }).selectOption('USA');
    await page.getByText('A path needs a restriction on everybody', { exact: false }).waitFor();
    assert.equal(await page.getByRole('alert').count(), 0);
  });

  test('numbers over time say where they come from', async () => {
    const drawer = page.getByRole('dialog');
    await go('/mineral/gallium?profile=licensing&horizon=24');
    await page.locator('.path .step.band').waitFor();
    await numbers().getByRole('button', { name: /^Highest price outside/ }).click();
    await drawer.getByText('docs/dynamics.md').waitFor();
    await drawer.getByRole('row', { name: /ln of the price ratio of this month/ }).waitFor();
    await drawer.getByRole('listitem').filter({ hasText: 'path_parameters.csv' }).first().waitFor();
    await go('/backtest');
    await page.getByRole('button', { name: /^Gallium, .*5 months/ }).click();
    await drawer.getByText('docs/backtest.md').waitFor();
    await drawer.getByRole('row', { name: /quantile loss of the model/ }).waitFor();
    await go('/stockpile?budget=1e9');
    await page.getByRole('button', { name: /^Gallium, .*48/ }).click();
    await drawer.getByText('docs/stockpiles.md').waitFor();
    await drawer.getByRole('row', { name: /what a dollar of stock costs a year/ }).waitFor();
  });

  test('does the model’s interval hold the observed events', async () => {
    await go('/');
    await page.getByRole('navigation').getByRole('link', { name: 'Back-tests' }).click();
    const answer = await (await fetch(`${program.base}/api/v1/backtest`)).json();
    const shocks = answer.forecasts.filter((r) => r.phase === 'shock');
    const inside = shocks.filter((r) => r.inside === 'yes').length;
    await page.getByText(new RegExp(`Of ${shocks.length} price rises of \\d+ events, ${inside} came inside the interval`)).waitFor();
    const table = page.locator('table.events');
    assert.equal(await table.locator('tbody .out').count(), answer.forecasts.filter((r) => r.inside === 'no').length);
    assert.equal(await table.locator('tbody tr:not(.group)').count(), answer.forecasts.length);
    await table.getByText('Reversals: how far prices fall back from a peak').waitFor();
    await table.getByText('No effect: the price was to rise and did not').waitFor();
    const scores = page.locator('figure#scores');
    assert.match(await scores.getByRole('row', { name: /^all price rises \d/ }).innerText(), new RegExp(`\\t${shocks.length}\\t${inside}\\t`));
    await page.getByRole('combobox', { name: 'Show' }).selectOption('validation');
    assert.equal(await table.locator('tbody tr:not(.group)').count(), answer.forecasts.filter((r) => r.split === 'validation').length);
    assert.ok((await table.locator('tbody .past').count()) > 0);
    await page.getByLabel('forecasts without a model beside').uncheck();
    assert.equal(await table.locator('tbody .past').count(), 0);
    assert.equal(page.url().split('?')[1], 'split=validation&naive=0');
    await page.reload();
    await table.waitFor();
    assert.equal(await table.locator('tbody .past').count(), 0);
    const figure = page.locator('figure#backtest');
    const csv = await download(figure.getByRole('link', { name: 'CSV' }));
    assert.match(csv.text, /^event,group,commodity,observed_ratio,predicted_p10/);
    const svg = await download(figure.getByRole('button', { name: 'SVG' }));
    assert.ok(await wellFormed(svg.text));
    assert.match(svg.text, /Chokepoint .*data /s);
    await figure.getByRole('button', { name: 'Table' }).click();
    await figure.getByRole('columnheader', { name: 'Forecast 10 %, ×' }).waitFor();
    await page.getByText('one by one', { exact: false }).first().click();
    await page.getByText(/Platinum \(2008.*above the interval/).waitFor();
  });

  test('which minerals first for 2 billion', async () => {
    await go('/');
    await page.getByRole('navigation').getByRole('link', { name: 'Stockpiles' }).click();
    await page.getByText(/^With 2 billion USD: stocks of \d+ minerals/).waitFor();
    const table = page.locator('table.portfolio');
    const answer = await (await fetch(`${program.base}/api/v1/stockpile?budget=2e9`)).json();
    const held = answer.portfolio.filter((r) => r.cost_musd > 0);
    assert.equal(await table.locator('tbody tr').count(), held.length);
    assert.equal((await table.locator('tbody tr').first().getByRole('link').innerText()).toLowerCase(), held[0].commodity);
    await page.getByText('5 % to 95 %').first().waitFor({ timeout: 25_000 }); // all that is drawn, on a busy machine
    await slide(page.getByRole('slider', { name: 'Budget' }), 8);
    await page.getByText(/^With 100 million USD:/).waitFor();
    await settle();
    assert.equal(query().get('budget'), '1e8');
    await page.getByRole('spinbutton', { name: 'Budget, million USD' }).fill('37.5');
    await page.getByRole('spinbutton', { name: 'Budget, million USD' }).press('Enter');
    await page.getByText(/^With 37.5 million USD:/).waitFor();
    await page.getByRole('combobox', { name: 'Budget or rule' }).selectOption('jp-60-days');
    await page.getByText(/^With 60\.0 days of use of each|^With 60 days of use of each/).waitFor();
    assert.equal(query().get('preset'), 'jp-60-days');
    await page.getByRole('combobox', { name: 'Mineral', exact: true }).selectOption('tungsten');
    await page.locator('.one h3').getByRole('link', { name: 'Tungsten' }).waitFor();
    assert.equal(await page.locator('.answers > div').count(), 3);
    await slide(page.getByRole('slider', { name: /Accepted risk/ }), 20);
    await page.getByText('is at most 20 %', { exact: false }).waitFor();
    await settle();
    assert.deepEqual([query().get('mineral'), query().get('risk')], ['tungsten', '20']);
    for (const id of ['portfolio', 'curve', 'policy']) {
      const figure = page.locator(`figure#${id}`);
      const svg = await download(figure.getByRole('button', { name: 'SVG' }));
      assert.ok(await wellFormed(svg.text), id);
      await figure.getByRole('button', { name: 'Table' }).click();
      assert.ok((await figure.locator('tbody tr').count()) > 3, id);
    }
    const csv = await download(page.locator('figure#portfolio').getByRole('link', { name: 'CSV' }));
    assert.match(csv.text, /^rank,commodity,stock_t,cover_months,cost_musd/);
    await page.locator('figure#portfolio').getByRole('button', { name: 'Table' }).click();
    await table.getByRole('link', { name: 'Gallium' }).click();
    await page.getByRole('heading', { name: 'A stock against a stop' }).waitFor();
    await page.getByRole('link', { name: /Three answers for this mineral/ }).click();
    await page.waitForURL('**/stockpile?mineral=gallium');
  });

  test('the pages of time speak five languages, print, and say what cannot be asked', async () => {
    await go('/stockpile?lang=zh&budget=1e8');
    await page.locator('table.portfolio').getByRole('link', { name: '镓' }).waitFor();
    await go('/backtest?lang=de');
    await page.locator('table.events').getByRole('link', { name: 'Zinn' }).waitFor();
    assert.match(await page.locator('table.events').getByRole('link', { name: 'Zinn' }).getAttribute('href'), /lang=de/);
    await page.emulateMedia({ media: 'print' });
    for (const hidden of ['nav', '.tools', 'form']) assert.equal(await page.locator(hidden).first().isVisible(), false, hidden);
    await page.emulateMedia({ media: 'screen' });
    expected = [/^400: /, /Failed to load resource/];
    await go('/mineral/gallium?profile=no-such-course');
    await page.getByRole('alert').getByText(/unknown profile/).first().waitFor();
    await page.getByRole('combobox', { name: 'Course of the restriction' }).selectOption('quota');
    await page.getByRole('region', { name: /how long can users hold/ }).getByRole('alert').waitFor({ state: 'detached' });
    expected.push(/^404: /);
    await go('/stockpile?preset=nothing&mineral=unobtainium');
    await page.getByRole('alert').getByText(/unknown preset/).waitFor();
    await page.getByRole('alert').getByText(/unobtainium/).waitFor();
    await page.getByRole('combobox', { name: 'Budget or rule' }).selectOption('');
    await page.getByText(/^With 2 billion USD/).waitFor();
  });
});

describe('for everybody', () => {
  const paths = {
    ranking: '/',
    risk: '/?view=risk',
    table: '/?view=table',
    mineral: '/mineral/gallium?cut=60',
    gain: '/mineral/copper-mined',
    compare: '/compare',
    drawer: '/mineral/gallium?explain=price_ratio&of=gallium+--from+CHN',
    nowhere: '/nothing-here',
    licences: '/mineral/dysprosium?profile=licensing&reserve=20&horizon=36',
    backtest: '/backtest',
    stockpile: '/stockpile?budget=5e8',
    lists: '/lists?lists=us-2025-final,eu-2023-critical,jp-2024,uk-2024,ca-2024,au-2024',
    timeline: '/lists?view=timeline',
    claims: '/lists?view=claims',
    edition: '/lists?view=editions&edition=eu-2024-strategic',
    concentration: '/concentration?stage=refined',
    china: '/concentration?country=CHN&stage=ferroalloy',
  };

  // one visit a page: loading it is what takes time
  for (const [name, path] of Object.entries(paths)) {
    test(`${name}: no serious finding by axe-core, light and dark, and no page is wider than its window`, async () => {
      const whole = name !== 'drawer';
      await page.emulateMedia({ colorScheme: 'light' });
      await go(path);
      await page.evaluate(axe.source);
      for (const scheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.waitForTimeout(200);
        // what does not depend on colours is the same in the dark
        const found = await page.evaluate((only) => window.axe.run(document, { resultTypes: ['violations'], ...only }), scheme === 'dark' ? { runOnly: ['color-contrast'] } : {});
        const serious = found.violations
          .filter((v) => v.impact === 'serious' || v.impact === 'critical')
          .map((v) => `${scheme} ${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join(' | ')}`);
        assert.deepEqual(serious, []);
        await shot(`${name}-${scheme}`, whole);
      }
      await page.emulateMedia({ colorScheme: 'light' });
      for (const width of [1440, 768, 360]) {
        await page.setViewportSize({ width, height: 800 });
        await page.waitForTimeout(150);
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, `${width} px`);
      }
      await shot(`${name}-360`, whole);
    });
  }

  test('the theme follows the system, and a choice that stays', async () => {
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: 'dark' });
    await go('/');
    assert.equal(await paper(), 'rgb(18, 24, 30)');
    await page.getByRole('button', { name: 'Dark' }).click();
    assert.equal(await paper(), 'rgb(255, 255, 255)');
    await page.reload();
    await rows().first().waitFor();
    assert.equal(await paper(), 'rgb(255, 255, 255)');
    await page.getByRole('button', { name: 'Dark' }).click();
    assert.equal(await paper(), 'rgb(18, 24, 30)');
    await page.emulateMedia({ colorScheme: 'light' });
    assert.equal(await paper(), 'rgb(18, 24, 30)');
  });

  test('the keyboard alone goes from the ranking to a source', async () => {
    await go('/');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'To the content');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'content');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('type')), 'search');
    await page.keyboard.type('gallium');
    // arrows: from the link to the numbers of the row
    for (let i = 0; i < 40 && !(await page.evaluate(() => document.activeElement?.closest('.ranking tbody') !== null && document.activeElement?.tagName === 'A')); i++) await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Gallium');
    await page.keyboard.press('ArrowRight');
    assert.match(await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? ''), /11,600, Gallium/);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('expected loss = SUM_c').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    assert.match(await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? ''), /11,600, Gallium/);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/mineral/gallium');
    await loss().waitFor();
    const cut = page.getByRole('slider', { name: 'Share withdrawn' });
    await cut.focus();
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('heading', { name: /99 %/ }).waitFor();
    await page.getByRole('button', { name: /^Loss of US GDP:/ }).focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog');
    await drawer.waitFor();
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest('dialog') !== null), 'the focus stays in the drawer');
      if (await page.evaluate(() => document.activeElement?.textContent?.includes('Where does this come from?') && document.activeElement.tagName === 'BUTTON')) break;
    }
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => new URL(location.href).searchParams.get('explain') === 'hit_gdp_musd');
  });

  test('every link leads somewhere', async () => {
    const seen = new Set();
    for (const path of ['/', '/mineral/gallium', '/compare', '/backtest', '/stockpile', '/mineral/gallium?explain=price_ratio&of=gallium+--from+CHN']) {
      await go(path);
      const links = await page.evaluate(() => [...document.querySelectorAll('a[href]')].map((a) => a.href));
      for (const link of links) {
        assert.ok(link.startsWith(`${program.base}/`), `${link} stays here`);
        seen.add(link);
      }
    }
    assert.ok(seen.size > 90, `${seen.size} links`);
    for (const link of seen) {
      const answer = await fetch(link);
      assert.ok(answer.ok, `${answer.status} ${link}`);
      await answer.arrayBuffer();
    }
  });

  test('what is not there is said, with the way out', async () => {
    expected = [/^4\d\d: /, /Failed to load resource/];
    await go('/mineral/unobtainium');
    await page.getByRole('alert').getByText(/unobtainium/).waitFor();
    await page.getByRole('main').getByRole('link', { name: 'To the ranking' }).click();
    await rows().first().waitFor();
    await go('/no/such/page');
    await page.getByText('There is no such page.').waitFor();
    await go('/compare?s=no-such-scenario&s=gallium+--from+CHN');
    await page.getByRole('alert').first().waitFor();
    await page.locator('.slot').nth(1).locator('button.big').waitFor();
    await go('/mineral/gallium?cut=nonsense&months=99&kind=war&from=XXX');
    await page.getByRole('alert').first().waitFor();
    await page.getByRole('combobox', { name: 'By which country', exact: true }).selectOption('CHN');
    await page.waitForFunction(() => document.querySelector('.answer .first button.big')?.textContent === '11,600');
  });

  test('a stock that no month calls for, or that no market could sell in a year, is said', async () => {
    await go('/mineral/tungsten?reserve=8000');
    const answer = await (await fetch(`${program.base}/api/v1/path?commodity=tungsten&from=CHN&strategic_stock_t=8000&release=shortage`)).json();
    const untouched = answer.path.every((r) => r.strategic_stocks_t > 7992);
    await page.getByText(untouched ? 'The strategic stock is never touched' : 'The strategic stock is counted in').waitFor();
    await go('/stockpile');
    const stocks = await (await fetch(`${program.base}/api/v1/stockpile?budget=2e9`)).json();
    const large = stocks.portfolio.filter((r) => r.cost_musd > 0 && r.share_of_world_output > 0.1);
    const said = await page.getByText('More than a tenth of a year’s world output').innerText();
    assert.equal(said.split(': ')[1].split(', ').length, large.length);
  });

  test('what a page does not follow of an address is said', async () => {
    for (const [path, said] of [
      ['/stockpile?budget=-5&risk=900&within=7', 'budget=-5, risk=900, within=7'],
      ['/mineral/gallium?horizon=0&reserve=-5', 'horizon=0, reserve=-5'],
      ['/lists?lists=us-2018', 'lists=us-2018'],
      ['/lists?view=claims&verdict=nonsense', 'verdict=nonsense'],
      ['/concentration?stage=nonsense&sort=hhi', 'stage=nonsense'],
      ['/backtest?split=nonsense', 'split=nonsense'],
    ]) {
      await page.goto(program.base + path);
      await page.getByText(`The address asks for ${said}, which cannot be used`).waitFor();
    }
    expected = [/^404: /, /Failed to load resource/];
    await page.goto(`${program.base}/mineral/%E9`);
    await page.getByRole('alert').waitFor();
    await page.goto(`${program.base}/concentration?country=ZZZ`);
    await page.getByRole('alert').getByText(/unknown country/).waitFor();
  });

  test('a full queue is asked again; slow answers look old and name what they are of', async () => {
    expected = [/^429: /, /Failed to load resource/];
    let refused = 0;
    await page.route('**/api/v1/concentration', (r) => (refused++ < 1 ? r.fulfill({ status: 429, headers: { 'Retry-After': '1' }, contentType: 'application/problem+json', body: '{"detail":"the queue is full"}' }) : r.continue()));
    await page.goto(`${program.base}/concentration`);
    await page.locator('figure#hhi tbody tr').first().waitFor();
    assert.equal(refused, 2);

    await page.goto(`${program.base}/lists?view=changes`);
    await page.getByRole('heading', { name: 'From us-2022 to us-2025-final' }).waitFor();
    let answerNow;
    const held = new Promise((resolve) => (answerNow = resolve));
    await page.route('**/lists/diff**', async (r) => {
      await held;
      await r.continue();
    });
    await page.getByRole('combobox', { name: 'From' }).selectOption('us-2018');
    await page.locator('[aria-busy=true]').getByRole('heading', { name: 'From us-2022 to us-2025-final' }).waitFor();
    answerNow();
    await page.getByRole('heading', { name: 'From us-2018 to us-2025-final' }).waitFor();
  });

  test('an import bar names whom the pointer is on', async () => {
    await go('/mineral/tungsten');
    const chart = page.locator('figure#imports [role=img]');
    await chart.scrollIntoViewIfNeeded();
    await chart.locator('svg').waitFor();
    await page.waitForTimeout(800);
    const answer = await (await fetch(`${program.base}/api/v1/imports/tungsten`)).json();
    const first = answer.sources_of_imports.find((s) => s.importer === 'USA');
    await chart.locator('text').getByText(first.name, { exact: true }).first().hover();
    await page.locator('.tip').getByText(first.name).waitFor();
  });

  test('a program that is gone is said, and the next answer clears it', async () => {
    expected = [/failed|Failed to load|ERR_/];
    await go('/mineral/gallium');
    await page.route('**/scenarios/evaluate**', (r) => r.abort('connectionrefused'));
    await slide(page.getByRole('slider', { name: 'Share withdrawn' }), 70);
    await page.getByRole('alert').getByText('The program does not answer.').waitFor();
    await page.unroute('**/scenarios/evaluate**');
    await slide(page.getByRole('slider', { name: 'Share withdrawn' }), 71);
    await page.getByRole('heading', { name: /71 %/ }).waitFor();
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });
});
