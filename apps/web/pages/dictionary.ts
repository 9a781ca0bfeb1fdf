import type { Completion, Word, WordNotFound } from '@almanac/contracts-dictionary';
import { journeyOf } from './journey.ts';
import type { Journey } from './journey.ts';

// Longer than the edge waits, so that its 504 is seen where there is an edge; the page's own limit where there is none.
const timeoutMs = 15_000;

/** What came of a look-up. Everything but `unavailable` is an answer and holds until another word is asked for. */
export type LookUp =
  | { kind: 'found'; entry: Word; journey: Journey }
  | { kind: 'unknown'; suggestions: string[]; journey: Journey }
  | {
      kind: 'unavailable';
      reason: 'offline' | 'refused' | 'busy' | 'late' | 'broken';
      retryAfterMs?: number;
      journey?: Journey;
    };

/** @param cache `no-cache`: not from the browser’s own cache without asking */
export async function lookUp(word: string, cache: RequestCache = 'default'): Promise<LookUp> {
  const url = new URL(`/api/dictionary/words/${encodeURIComponent(word.toWellFormed())}`, location.href).href;
  const start = performance.now();
  try {
    const response = await fetch(url, {
      cache,
      headers: { Accept: 'application/json, application/problem+json' },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const tookMs = performance.now() - start;
    const body: unknown = await response.json().catch(() => undefined);
    const journey = journeyOf(response.headers, tookMs, wasKept(url));
    if (response.ok && body) return { kind: 'found', entry: body as Word, journey };
    // 400: nothing that could be a word (too long, control characters); for a reader the same as a word unknown.
    if (response.status === 404 || response.status === 400) {
      return { kind: 'unknown', suggestions: (body as Partial<WordNotFound> | undefined)?.suggestions ?? [], journey };
    }
    const reason = ({ 429: 'refused', 503: 'busy', 504: 'late' } as const)[response.status] ?? 'broken';
    return { kind: 'unavailable', reason, journey, ...retryAfter(response.headers) };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') return { kind: 'unavailable', reason: 'late' };
    return { kind: 'unavailable', reason: 'offline' };
  }
}

/**
 * @returns the completions of a prefix; when to ask again, where too much was asked for; or nothing when there is no answer: a
 * look-up works without them
 */
export async function complete(
  prefix: string,
  signal: AbortSignal,
): Promise<(Completion & { journey: Journey }) | { retryAfterMs: number } | undefined> {
  const url = new URL(`/api/dictionary/words?${new URLSearchParams({ limit: '8', prefix })}`, location.href).href;
  const start = performance.now();
  try {
    const response = await fetch(url, {
      headers: { Accept: 'application/json' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const tookMs = performance.now() - start;
    if (response.status === 429) return { retryAfterMs: 1000, ...retryAfter(response.headers) };
    if (!response.ok) return undefined;
    const { words } = (await response.json()) as Completion;
    return { words, journey: journeyOf(response.headers, tookMs, wasKept(url)) };
  } catch {
    return undefined;
  }
}

/** Asks for the head of this page again: a page cannot see the headers that it came with. */
export async function askForThisPage(): Promise<Journey | undefined> {
  const start = performance.now();
  try {
    const response = await fetch(location.pathname, {
      method: 'HEAD',
      cache: 'no-store',
      headers: { Accept: 'text/html' },
      signal: AbortSignal.timeout(timeoutMs),
    });
    return journeyOf(response.headers, performance.now() - start);
  } catch {
    return undefined;
  }
}

/** Whether the browser answered from its own cache: then the headers tell of an earlier journey. */
function wasKept(url: string): boolean {
  const entry = performance.getEntriesByName(url, 'resource').at(-1) as PerformanceResourceTiming | undefined;
  return entry !== undefined && entry.transferSize === 0 && entry.decodedBodySize > 0;
}

function retryAfter(headers: Headers): { retryAfterMs?: number } {
  const seconds = Number.parseInt(headers.get('Retry-After') ?? '', 10);
  return seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {};
}
