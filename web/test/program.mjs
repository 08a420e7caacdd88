// Builds the program with the app inside, starts `chokepoint serve` on a free
// port and a browser beside it. CHOKEPOINT names a program that is built already,
// CHROMIUM another browser than Debian's.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const repository = fileURLToPath(new URL('../..', import.meta.url));
export const output = fileURLToPath(new URL('../test-output/', import.meta.url));

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

export async function startProgram() {
  mkdirSync(output, { recursive: true });
  let program = process.env.CHOKEPOINT;
  if (!program) {
    program = join(output, 'chokepoint');
    execFileSync('go', ['build', '-o', program, './cmd/chokepoint'], { cwd: repository, env: { ...process.env, CGO_ENABLED: '0' }, stdio: 'inherit' });
  }
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(program, ['serve', '--listen', address], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let ended = false;
  child.stdout.on('data', (d) => (said += d));
  child.stderr.on('data', (d) => (said += d));
  child.once('exit', () => (ended = true));
  const base = `http://${address}`;
  for (let i = 0; ; i++) {
    if (ended) throw new Error(`the program ended: ${said}`);
    try {
      if ((await fetch(`${base}/api/v1/version`)).ok) break;
    } catch (error) {
      if (i > 300) throw new Error(`the program does not answer: ${said}`, { cause: error });
    }
    await new Promise((r) => setTimeout(r, 100));
  }
  const stop = () =>
    new Promise((resolve) => {
      if (ended) return resolve();
      child.once('exit', resolve);
      child.kill('SIGTERM');
    });
  return { base, stop };
}

export async function startBrowser() {
  const profile = mkdtempSync(join(tmpdir(), 'chokepoint-browser-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    viewport: { width: 1440, height: 900 },
    acceptDownloads: true,
    permissions: ['clipboard-read', 'clipboard-write'],
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  const stop = async () => {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { browser, stop };
}
