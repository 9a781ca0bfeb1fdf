import { describe, expect, it } from '@jest/globals';
import { journeyOf } from './journey.ts';

const journey = (headers: Record<string, string>) => journeyOf(new Headers(headers), 12);
const chain = { 'X-Edge': 'edge', 'X-Served-By': 'dictionary-2' };

describe(journeyOf.name, () => {
  it('takes the cache nearest to the visitor', () => {
    expect(journey({ 'Cache-Status': 'origin-cache; fwd=miss, cache-2; hit; ttl=9' }).cache).toEqual({
      name: 'cache-2',
      outcome: 'hit',
      stored: false,
    });
  });

  it.each(['cache-1; hit; ttl=-5', 'cache-1; hit; detail=stale'])('calls %s stale', (field) => {
    expect(journey({ 'Cache-Status': field }).cache?.outcome).toBe('stale');
  });

  it('reads a broken age as none', () => {
    expect(journey({ Age: 'soon' }).ageSeconds).toBe(0);
    expect(journey({ Age: '-3' }).ageSeconds).toBe(0);
  });

  it('keeps the headers that it was read from', () => {
    expect(journey({ ...chain, Age: '4', Server: 'x' }).headers).toEqual([
      ['X-Edge', 'edge'],
      ['Age', '4'],
      ['X-Served-By', 'dictionary-2'],
    ]);
  });
});
