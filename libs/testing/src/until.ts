import { setTimeout as delay } from 'node:timers/promises';

/** Between attempts, some of which start a program. */
const PAUSE_MS = 20;

type Held<T> = Exclude<T, false | 0 | 0n | '' | null | undefined | void>;

/**
 * Waits until `condition` gives something that is not falsy, and gives that. An error counts as not yet: what a spec
 * waits for often cannot be asked for yet, or is asserted. The last one is said when the time is over.
 *
 * @param what what is waited for, for whoever reads the failure; the condition's own code unless given
 * @throws when it did not hold within `withinMs`, also where an attempt never ends
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  what = String(condition),
  withinMs = 30_000,
): Promise<Held<T>> {
  const over = new AbortController();
  let last = 'the first attempt did not end';
  let cause: unknown;
  const attempts = async (): Promise<Held<T> | undefined> => {
    while (!over.signal.aborted) {
      try {
        const value = await condition();
        if (value) return value as Held<T>;
        [last, cause] = [`at last it was ${String(value)}`, undefined];
      } catch (error) {
        [last, cause] = [`at last: ${described(error)}`, error];
      }
      await delay(PAUSE_MS);
    }
    return undefined;
  };
  try {
    const held = await Promise.race([attempts(), delay(withinMs, undefined, { signal: over.signal })]);
    if (held !== undefined) return held;
  } finally {
    over.abort();
  }
  throw new Error(`waited ${withinMs} ms in vain until ${what}; ${last}`, { cause });
}

/** An error and what it comes from: "fetch failed" alone says nothing. */
function described(error: unknown): string {
  const cause = (error as { cause?: Error } | null)?.cause;
  return cause === undefined ? String(error) : `${String(error)}, by ${String(cause)}`;
}
