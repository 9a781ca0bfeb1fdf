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
