// What an address may ask for. A page puts the usual value in the place of what
// it cannot use, and says so.

/** says whether the text of a parameter can be used */
export type Usable = (text: string) => boolean;

export const between = (low: number, high: number): Usable => (text) => text.trim() !== '' && Number(text) >= low && Number(text) <= high;

export const oneOf = (words: readonly (string | number)[]): Usable => (text) => words.some((w) => String(w) === text);

/** unusable names the parameters that a page does not follow: values that fail their rule, and all but the first of several. */
export function unusable(query: URLSearchParams, rules: Record<string, Usable>): string[] {
  return Object.entries(rules).flatMap(([key, usable]) =>
    query
      .getAll(key)
      .filter((text, i) => text !== '' && (i > 0 || !usable(text)))
      .map((text) => `${key}=${text.length > 40 ? `${text.slice(0, 40)}…` : text}`),
  );
}

/** a part of a path as text; as it stands where its escapes are broken */
export function unescaped(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
