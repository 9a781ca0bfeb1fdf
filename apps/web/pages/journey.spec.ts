import { describe, expect, it } from '@jest/globals';
import { ago, journeyOf, tell } from './journey.ts';

const journey = (headers: Record<string, string>, kept = false) => journeyOf(new Headers(headers), 12, kept);
const story = (headers: Record<string, string>, kept = false) => tell(journey(headers, kept), 'This answer');
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

describe(ago.name, () => {
  it.each([
    [0, 'a moment ago'],
    [1, '1 second ago'],
    [59, '59 seconds ago'],
    [60, '1 minute ago'],
    [7300, '2 hours ago'],
    [200_000, '2 days ago'],
  ])('says %i s as %s', (seconds, words) => expect(ago(seconds)).toBe(words));
});

describe(tell.name, () => {
  it('tells of a hit', () => {
    expect(story({ ...chain, 'Cache-Status': 'cache-1; hit; ttl=42', Age: '42' })).toBe(
      'This answer was waiting in cache-1. dictionary-2 made it 42 seconds ago and was not asked again.',
    );
  });

  it('tells of a stale copy', () => {
    expect(story({ ...chain, 'Cache-Status': 'cache-1; hit; detail=stale', Age: '180' })).toMatch(
      /older copy.*3 minutes/,
    );
  });

  it('tells of a miss, and of the copy that stays', () => {
    expect(story({ ...chain, 'Cache-Status': 'cache-1; fwd=miss; stored' })).toBe(
      'cache-1 did not have it, so dictionary-2 made this answer just now, and cache-1 keeps a copy for whoever asks next.',
    );
    expect(story({ ...chain, 'Cache-Status': 'cache-1; fwd=miss' })).not.toMatch(/keeps/);
  });

  it('claims no more than the headers say', () => {
    expect(story({})).toMatch(/no word of the way/);
    expect(story({ 'X-Edge': 'edge' })).toMatch(/edge itself/);
    expect(story({ 'X-Served-By': 'dictionary-1' })).toBe('This answer came straight from dictionary-1.');
    expect(story({ 'Cache-Status': 'cache-1; fwd=miss' })).toMatch(/no replica could be reached/);
    expect(story(chain, true)).toMatch(/still in your browser/);
  });
});
