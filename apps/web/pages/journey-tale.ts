import type { Journey } from './journey.ts';

const units: [name: string, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** `3 minutes ago`, in the largest unit that fits. */
export function ago(seconds: number): string {
  const [name, size] = units.find(([, size]) => seconds >= size) ?? ['second', 1];
  const count = Math.floor(seconds / size);
  return count === 0 ? 'a moment ago' : `${count} ${name}${count === 1 ? '' : 's'} ago`;
}

/** One or two sentences for people. @param what the subject, as it begins a sentence: `This answer` */
export function tell(journey: Journey, what: string): string {
  const { edge, cache, replica, ageSeconds } = journey;
  const subject = `${what[0]!.toLowerCase()}${what.slice(1)}`;
  const made = `It was made ${ago(ageSeconds)}${replica ? ` by ${replica}` : ''}`;
  if (journey.kept) return `${what} was still in your browser: nothing had to travel.`;
  if (cache?.outcome === 'hit') {
    return `${cache.name} had ${subject} ready. ${made}${replica ? ', which was not asked again' : ''}.`;
  }
  if (cache?.outcome === 'stale') return `${cache.name} had an older copy. ${made}, and no fresh one was at hand.`;
  if (cache && replica) {
    const kept = cache.stored ? `, and ${cache.name} keeps a copy for whoever asks next` : '';
    return `${cache.name} did not have it, so ${replica} made ${subject} just now${kept}.`;
  }
  if (replica) return `${what} came straight from ${replica}.`;
  if (cache) return `${cache.name} had no copy, and no replica could be reached.`;
  if (edge) return `${what} is from ${edge} itself: nothing behind it could be reached.`;
  return `${what} carries no word of the way it took.`;
}

/**
 * A machine's part in an answer: it `made` it, had `kept` it or an `old` copy of it, `passed` it on, was `spared` the
 * work, or did not take part at all (`absent`).
 */
export interface Stop {
  part: 'made' | 'kept' | 'old' | 'passed' | 'spared' | 'absent';
  name: string;
  did: string;
}
export type Stops = Record<'browser' | 'edge' | 'cache' | 'replica', Stop>;

const absent = (did = 'not on this way'): Stop => ({ part: 'absent', name: '–', did });

/** The chain from the browser to the replica, as far as the headers know it. */
export function stops(journey: Journey): Stops {
  const { kept, edge, cache, replica, ageSeconds, tookMs } = journey;
  if (kept) {
    const spared = (name: string | undefined): Stop => (name ? { part: 'spared', name, did: 'not asked' } : absent());
    const browser: Stop = { part: 'kept', name: 'you', did: 'still had it' };
    return { browser, edge: spared(edge), cache: spared(cache?.name), replica: spared(replica) };
  }
  const behindEdge = cache !== undefined || replica !== undefined;
  return {
    browser: { part: 'passed', name: 'you', did: `waited ${Math.max(1, Math.round(tookMs))} ms` },
    edge: !edge
      ? absent()
      : behindEdge
        ? { part: 'passed', name: edge, did: 'decrypted HTTPS' }
        : { part: 'made', name: edge, did: 'answered by itself' },
    cache: !cache ? absent() : { name: cache.name, ...cacheParts[cache.outcome] },
    replica: !replica
      ? absent(cache ? 'could not be reached' : undefined)
      : cache && cache.outcome !== 'miss'
        ? { part: 'spared', name: replica, did: `made it ${ago(ageSeconds)}` }
        : { part: 'made', name: replica, did: 'made it just now' },
  };
}

const cacheParts = {
  hit: { part: 'kept', did: 'had it ready' },
  stale: { part: 'old', did: 'had an older copy' },
  miss: { part: 'passed', did: 'did not have it' },
} as const;

/** When no answer came back at all. */
export const noAnswer: Stops = {
  browser: { part: 'passed', name: 'you', did: 'got no answer' },
  edge: absent('–'),
  cache: absent('–'),
  replica: absent('–'),
};
