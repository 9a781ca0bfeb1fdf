// Somebody who asks for more than he may have, and what he had to get by the clock that he could read himself.
import { setTimeout as delay } from 'node:timers/promises';

export interface Limit {
  burst: number;
  refillMs: number;
}

/** One request: 200 or 429. Whatever else is an error of the test. */
export type Ask = (n: number) => Promise<{ status: number }>;

interface Asked {
  sentMs: number;
  answeredMs: number;
}

export interface Outcome {
  allowed: number;
  refused: number;
  /** The least and the most that a full bucket allows meanwhile; the server's clock is somewhere between sent and answered. */
  least: number;
  most: number;
}

/**
 * Asks side by side, each again as soon as it is answered, until the limit has been refilled `refills` times.
 * @param pauseMs between an answer and the next request of the same
 */
export async function demand(
  ask: Ask,
  { burst, refillMs }: Limit,
  { refills = 8, abreast = 6, pauseMs = 2 } = {},
): Promise<Outcome> {
  const asked: Asked[] = [];
  const counts: Record<number, number> = { 200: 0, 429: 0 };
  const beganMs = performance.now();
  const endMs = beganMs + refills * refillMs;
  let n = 0;
  const one = async () => {
    while (performance.now() < endMs) {
      const sentMs = performance.now();
      const { status } = await ask(n++);
      asked.push({ sentMs, answeredMs: performance.now() });
      if (!(status in counts)) throw new Error(`${status} is neither allowed nor refused`);
      counts[status]!++;
      await delay(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: abreast }, one));
  asked.sort((a, b) => a.sentMs - b.sentMs);
  const [first, last] = [asked[0]!, asked.at(-1)!];
  // Where the test itself came late, nothing was asked for that could be allowed.
  const idleMs = asked
    .slice(1)
    .reduce((sum, { answeredMs }, i) => sum + Math.max(0, answeredMs - asked[i]!.sentMs - refillMs), 0);
  const lastAnsweredMs = Math.max(...asked.map(({ answeredMs }) => answeredMs));
  return {
    allowed: counts[200]!,
    refused: counts[429]!,
    // Of whole requests.
    least: burst + Math.floor((last.sentMs - first.answeredMs - idleMs) / refillMs) - 1,
    most: burst + Math.ceil((lastAnsweredMs - first.sentMs) / refillMs) + 1,
  };
}
