// Loader holds the latest answer. A newer question stops the older one; the old
// answer stays on the page until the new one is there.
import type { Failure } from './api';

export class Loader<T> {
  value = $state.raw<T | null>(null);
  failure = $state.raw<Failure | Error | null>(null);
  busy = $state(false);
  #controller: AbortController | undefined;

  async ask(question: (signal: AbortSignal) => Promise<T>): Promise<void> {
    this.#controller?.abort();
    const controller = new AbortController();
    this.#controller = controller;
    this.busy = true;
    try {
      const value = await question(controller.signal);
      if (controller.signal.aborted) return;
      this.value = value;
      this.failure = null;
    } catch (error) {
      if (controller.signal.aborted) return;
      this.failure = error instanceof Error ? error : new Error(String(error));
    } finally {
      if (this.#controller === controller) this.busy = false;
    }
  }

  stop(): void {
    this.#controller?.abort();
    this.busy = false;
  }
}
