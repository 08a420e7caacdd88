// Numbers as the command line writes them: three significant digits, thousands
// apart. The sign is U+2212, which screen readers say and which is as wide as +.

const minus = '\u2212';

/** human writes v with three significant digits; an en dash for none. */
export function human(v: number | null | undefined): string {
  if (v === null || v === undefined || !Number.isFinite(v)) return '–';
  if (v === 0) return '0';
  const size = Math.abs(v);
  const sign = v < 0 ? minus : '';
  if (size < 0.001 || size >= 1e12) {
    const [digits, exponent] = size.toExponential(2).split('e') as [string, string];
    return `${sign}${digits}e${exponent.replace('-', minus).replace('+', '')}`;
  }
  const rounded = Number(size.toExponential(2));
  let decimals = 0;
  for (let limit = 100; decimals < 6 && rounded < limit; limit /= 10) decimals++;
  const [whole, rest] = rounded.toFixed(decimals).split('.') as [string, string | undefined];
  return sign + whole.replace(/\B(?=(\d{3})+$)/g, ',') + (rest ? `.${rest}` : '');
}

/** percent writes a share (0 to 1) as a number of percent, without the sign. */
export function percent(share: number | null | undefined): string {
  return human(share === null || share === undefined ? null : 100 * share);
}

/** setting writes a share that somebody set, as exactly as it was set */
export function setting(share: number): string {
  return String(Number((100 * share).toFixed(2)));
}

/** signed writes a difference, with + where it is above 0. */
export function signed(v: number): string {
  return v > 0 ? `+${human(v)}` : human(v);
}

/** money writes million USD in words for a sentence: "11.6 billion USD". */
export function money(million: number): string {
  const size = Math.abs(million);
  if (size >= 1e6) return `${human(million / 1e6)} trillion USD`;
  if (size >= 1e3) return `${human(million / 1e3)} billion USD`;
  return `${human(million)} million USD`;
}

/** csv writes rows as RFC 4180 text; a cell that a spreadsheet would run as a formula gets an apostrophe. */
export function csv(rows: readonly (readonly (string | number | null)[])[]): string {
  return rows
    .map((row) =>
      row
        .map((cell) => {
          if (cell === null) return '';
          if (typeof cell === 'number') return String(cell);
          const safe = /^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell;
          return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
        })
        .join(','),
    )
    .join('\n')
    .concat('\n');
}
