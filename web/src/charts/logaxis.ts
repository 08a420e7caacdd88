// A log axis over the width of a table's column.

export interface Axis {
  /** powers of ten at both ends */
  low: number;
  high: number;
  marks: number[];
}

/** place in percent of the width; what is smaller than the axis lies at its left end */
export function place(v: number, a: Axis): number {
  return 1 + (98 * (Math.log10(Math.max(v, 10 ** a.low)) - a.low)) / (a.high - a.low);
}
