// A figure for use elsewhere carries its title and how to cite it.
import { light } from './palette';

/** no quotes: the drawing library puts this into an attribute as it is */
export const font = 'system-ui, Roboto, Noto Sans, Liberation Sans, Arial, sans-serif';

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** wrap breaks a text into lines of at most n characters. */
function wrap(text: string, n: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > n) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** frame puts a title above and a citation below an SVG, so that a slide carries both. */
export function frame(inner: string, title: string, citation: string, width: number, height: number): string {
  const above = wrap(title, Math.floor(width / 8.5));
  const below = wrap(citation, Math.floor(width / 5.6));
  const top = 16 + above.length * 22;
  const bottom = 14 + below.length * 14;
  const body = inner.replace(/^<svg /, `<svg x="0" y="${top}" `);
  const text = (lines: string[], y: number, step: number, size: number, colour: string, weight: number) =>
    lines
      .map((l, i) => `<text x="12" y="${y + i * step}" font-size="${size}" font-weight="${weight}" fill="${colour}">${escape(l)}</text>`)
      .join('');
  const total = top + height + bottom;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${total}" viewBox="0 0 ${width} ${total}" font-family="${escape(font)}">` +
    `<title>${escape(title)}</title><desc>${escape(citation)}</desc>` +
    `<rect width="${width}" height="${total}" fill="${light.paper}"/>` +
    text(above, 24, 22, 16, light.ink, 600) +
    body +
    text(below, top + height + 16, 14, 10.5, light.soft, 400) +
    '</svg>'
  );
}
