// JavaScript of the app, compressed: at most 350 kB, of which the first page needs a small part.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const folder = new URL('../dist/app/assets/', import.meta.url);
let total = 0;
for (const name of readdirSync(folder).filter((n) => n.endsWith('.js'))) {
  total += gzipSync(readFileSync(new URL(name, folder)), { level: 9 }).length;
}
console.log(`JavaScript: ${(total / 1000).toFixed(1)} kB gzipped, limit 350`);
if (total > 350_000) process.exit(1);
