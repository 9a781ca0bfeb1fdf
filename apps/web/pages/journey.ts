import { parseCacheStatus } from './cache-status.ts';

/** The way of one answer, as its headers tell it. What a header did not say is absent. */
export interface Journey {
  /** The browser still had the answer: nothing travelled. */
  kept: boolean;
  edge?: string;
  cache?: { name: string; outcome: 'hit' | 'stale' | 'miss'; stored: boolean };
  replica?: string;
  /** Since the replica made the answer. */
  ageSeconds: number;
  tookMs: number;
  /** The headers themselves, for who wants to see. */
  headers: [name: string, value: string][];
}

const telling = ['X-Edge', 'Cache-Status', 'Age', 'X-Served-By'];

export function journeyOf(headers: Headers, tookMs: number, kept = false): Journey {
  // The last cache of the list is the one nearest to the visitor (RFC 9211, section 2).
  const status = parseCacheStatus(headers.get('Cache-Status')).at(-1);
  const stale = status?.detail === 'stale' || (status?.ttl ?? 0) < 0;
  const edge = headers.get('X-Edge');
  const replica = headers.get('X-Served-By');
  return {
    kept,
    ...(edge && { edge }),
    ...(status && {
      cache: { name: status.cache, outcome: !status.hit ? 'miss' : stale ? 'stale' : 'hit', stored: status.stored },
    }),
    ...(replica && { replica }),
    ageSeconds: Math.max(0, Number.parseInt(headers.get('Age') ?? '0', 10) || 0),
    tookMs,
    headers: telling.flatMap((name) => (headers.has(name) ? [[name, headers.get(name)!]] : [])),
  };
}

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

/** One or two sentences for people. @param what the subject, as it begins the sentence: `This answer` */
export function tell(journey: Journey, what: string): string {
  const { edge, cache, replica, ageSeconds } = journey;
  const maker = replica ?? 'a replica';
  if (journey.kept) return `${what} was still in your browser: nothing had to travel.`;
  if (cache?.outcome === 'hit') {
    return `${what} was waiting in ${cache.name}. ${sentence(maker)} made it ${ago(ageSeconds)} and was not asked again.`;
  }
  if (cache?.outcome === 'stale') {
    return `${what} is an older copy from ${cache.name}. ${sentence(maker)} made it ${ago(ageSeconds)}, and no fresh one was at hand.`;
  }
  if (cache && replica) {
    const kept = cache.stored ? `, and ${cache.name} keeps a copy for whoever asks next` : '';
    return `${cache.name} did not have it, so ${replica} made ${what[0]!.toLowerCase()}${what.slice(1)} just now${kept}.`;
  }
  if (replica) return `${what} came straight from ${replica}.`;
  if (cache) return `${cache.name} had no copy, and no replica could be reached.`;
  if (edge) return `${what} is from ${edge} itself: nothing behind it could be reached.`;
  return `${what} carries no word of the way it took.`;
}

// Only a plain word is capitalised: the name of a machine stays as it is.
const sentence = (subject: string) => (subject === 'a replica' ? 'A replica' : subject);
