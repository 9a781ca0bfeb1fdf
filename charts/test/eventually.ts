import { setTimeout as delay } from 'node:timers/promises';

/** Waits until the condition holds; an error counts as not yet. @throws the last error, or that it never held */
export async function eventually(holds: () => unknown, withinMs = 20_000): Promise<void> {
  const end = performance.now() + withinMs;
  let last: unknown = new Error('never held');
  while (performance.now() < end) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = error;
    }
    await delay(25);
  }
  throw last;
}
