import { describe, expect, it } from '@jest/globals';
import { parseCacheStatus } from './cache-status.ts';

describe(parseCacheStatus.name, () => {
  it('reads a hit', () => {
    expect(parseCacheStatus('cache-1; hit; ttl=42')).toEqual([{ cache: 'cache-1', hit: true, stored: false, ttl: 42 }]);
  });

  it('reads a miss that was stored', () => {
    expect(parseCacheStatus('cache-1; fwd=miss; stored')).toEqual([
      { cache: 'cache-1', hit: false, forward: 'miss', stored: true },
    ]);
  });

  it('reads a stale hit', () => {
    expect(parseCacheStatus('cache-2;hit;ttl=-5;detail=stale')).toEqual([
      { cache: 'cache-2', hit: true, stored: false, ttl: -5, detail: 'stale' },
    ]);
  });

  it('reads a list, and strings that hold the separators', () => {
    const field = String.raw`"Origin, \"A\""; fwd=uri-miss; key="a,b;hit=1"; detail="x; y", ExampleCDN; hit=?0; stored=?1`;
    expect(parseCacheStatus(field)).toEqual([
      { cache: 'Origin, "A"', hit: false, stored: false, forward: 'uri-miss', detail: 'x; y' },
      { cache: 'ExampleCDN', hit: false, stored: true },
    ]);
  });

  it.each([null, '', ' ', 'cache-1; "', ',', 'cache-1;;hit', 'a b', 'a; ttl="', '\u0000'])(
    'finds nothing in %j',
    (field) => {
      expect(parseCacheStatus(field)).toEqual([]);
    },
  );

  it('keeps no number that is none', () => {
    expect(parseCacheStatus('a; ttl=soon')).toEqual([{ cache: 'a', hit: false, stored: false }]);
  });
});
