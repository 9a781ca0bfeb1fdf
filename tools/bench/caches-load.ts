import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Look, Placement } from './cache-placements.ts';
import { median } from './load.ts';
import { seeded, zipf } from './zipf.ts';

const visitors = 1000;

export interface CacheFigures {
  hitPercent: number;
  /** What the replicas were asked. */
  originPerThousand: number;
  p50Ms: number;
  p99Ms: number;
}

/** The caches of a placement, running. */
export interface Fleet {
  placement: Placement;
  addresses: string[];
  pids: number[];
}

export interface Measured {
  placement: Placement;
  rounds: CacheFigures[];
  /** Of all its Varnish processes, after the load. */
  processesMiB: number;
}

/** The median of a figure. */
export const figureOf = ({ rounds }: Measured, key: keyof CacheFigures): number =>
  median(rounds.map((round) => round[key]));

/** The most used words of each beginning, as completion has them; the most used of all beginnings come first. */
export async function pathsOf(origin: string): Promise<string[]> {
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const most = 50;
  const lists: string[][] = [];
  const collect = async (prefix: string): Promise<void> => {
    const answer = await fetch(`http://${origin}:8080/api/dictionary/words?prefix=${prefix}&limit=${most}`);
    const { words } = (await answer.json()) as { words: string[] };
    lists.push(words);
    if (words.length < most || prefix.length === 3) return;
    await Promise.all(letters.map((letter) => collect(prefix + letter)));
  };
  for (const letter of letters) await collect(letter);
  lists.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)); // They came in any order.
  const words = Array.from({ length: most }, (_, n) => lists.flatMap((list) => list.slice(n, n + 1))).flat();
  return [...new Set(words.map((word) => `/api/dictionary/words/${encodeURIComponent(word.toLowerCase())}`))];
}

/** Requests that are the same for the same seed: words by Zipf’s law, visitors all alike. */
export function traffic(paths: string[], exponent: number, seed: number, count: number): Look[] {
  const random = seeded(seed);
  const rank = zipf(paths.length, exponent, random);
  return Array.from({ length: count }, (_, n) => ({
    n,
    path: paths[rank()]!,
    visitor: `visitor-${Math.floor(random() * visitors)}`,
  }));
}

/** Asks for all of it, and counts. */
export async function load(
  { placement, addresses }: Fleet,
  origins: string[],
  looks: Look[],
  abreast: number,
): Promise<CacheFigures> {
  const agent = new Agent({ keepAlive: true, maxSockets: abreast });
  const timesMs: number[] = [];
  let [next, hits] = [0, 0];
  const before = await answeredBy(origins);
  const one = async () => {
    for (let look = looks[next++]; look; look = looks[next++]) {
      const beganMs = performance.now();
      if (await isHit(agent, addresses[placement.cacheOf(look)]!, look)) hits++;
      timesMs.push(performance.now() - beganMs);
    }
  };
  await Promise.all(Array.from({ length: abreast }, one));
  agent.destroy();
  await sleep(200); // So that none is still under way where it is counted.
  timesMs.sort((a, b) => a - b);
  const percentile = (share: number) => timesMs[Math.floor(share * timesMs.length)]!;
  return {
    hitPercent: (100 * hits) / looks.length,
    originPerThousand: (1000 * ((await answeredBy(origins)) - before)) / looks.length,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
  };
}

function isHit(agent: Agent, host: string, { n, path, visitor }: Look): Promise<boolean> {
  // As the edge says them: the cache counts by the one, and spreads calls over replicas by the other.
  const headers = { 'X-Rate-Key': visitor, 'X-Request-Id': String(n) };
  return new Promise((resolve, reject) => {
    const request = get({ agent, host, port: 8080, path, headers, timeout: 5000 }, (response) => {
      response.resume().on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(/; hit/.test(String(response.headers['cache-status'])));
        else reject(new Error(`${host}${path} is ${response.statusCode}`));
      });
    });
    request.on('error', reject).on('timeout', () => request.destroy(new Error(`${host}${path} is late`)));
  });
}

/** How many requests for words the replicas have answered, as they count themselves. */
async function answeredBy(origins: string[]): Promise<number> {
  const counts = origins.map(async (origin) => {
    const text = await (await fetch(`http://${origin}:9090/metrics`)).text();
    const lines = text.matchAll(/^http_server_request_duration_seconds_count\{[^}]*words\/[^}]*\} (\d+)$/gm);
    return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
  });
  return (await Promise.all(counts)).reduce((a, b) => a + b);
}
