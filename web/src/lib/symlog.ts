// A scale that shows losses and gains over many powers of ten: linear within
// one threshold of 0, logarithmic beyond, the same on both sides.
//
//     s(v) = sign(v) log10(1 + |v| / threshold)

export function symlog(v: number, threshold = 1): number {
  return Math.sign(v) * Math.log10(1 + Math.abs(v) / threshold);
}

export function unsymlog(s: number, threshold = 1): number {
  return Math.sign(s) * threshold * (10 ** Math.abs(s) - 1);
}

/** ticks lists round values (0 and powers of ten of the threshold) from at or below low to at or above high. */
export function ticks(low: number, high: number, threshold = 1): number[] {
  const side = (limit: number): number[] => {
    const values: number[] = [];
    if (limit <= 0) return values;
    for (let v = threshold; ; v *= 10) {
      values.push(Number(v.toPrecision(1)));
      if (v >= limit) return values;
    }
  };
  return [...side(-low).map((v) => -v).reverse(), 0, ...side(high)];
}
