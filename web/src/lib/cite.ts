// How to cite a figure, and how to hand a file to the browser.
import type { Run } from './api';

/** citation names what another person needs to get the same numbers. */
export function citation(run: Run, what: string): string {
  const scenario = run.scenario_text ? ` Scenario: ${run.scenario_text} (${run.scenario}).` : '';
  const method = Object.entries(run.method)
    .map(([k, v]) => `${k}=${v}`)
    .join(', ');
  return (
    `Chokepoint ${run.version}, data ${run.data_version} (SHA-256 ${run.data_sha256.slice(0, 12)}), economy ${run.economy}: ${what}.${scenario}` +
    ` Probability ${run.probability}; ${method}${run.draws > 0 ? `; ${run.draws} draws, seed ${run.seed}` : ''}. Not the USGS model; most inputs are desk judgements.`
  );
}

export function save(name: string, type: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const anchor = document.createElement('a');
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** copy puts a text on the clipboard; false where the browser does not allow it. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
