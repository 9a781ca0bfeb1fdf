import { describe, expect, it } from '@jest/globals';
import { ago, stops, tell } from './journey-tale.ts';
import { journeyOf } from './journey.ts';

const journey = (headers: Record<string, string>, kept = false) => journeyOf(new Headers(headers), 12, kept);
const story = (headers: Record<string, string>, kept = false) => tell(journey(headers, kept), 'This answer');
const parts = (headers: Record<string, string>, kept = false) =>
  Object.values(stops(journey(headers, kept))).map(({ part }) => part);

const chain = { 'X-Edge': 'edge', 'X-Served-By': 'dictionary-2' };
const hit = { ...chain, 'Cache-Status': 'cache-1; hit; ttl=42', Age: '42' };
const stale = { ...chain, 'Cache-Status': 'cache-1; hit; ttl=-9; detail=stale', Age: '180' };
const miss = { ...chain, 'Cache-Status': 'cache-1; fwd=miss; stored' };
const unreached = { 'X-Edge': 'edge', 'Cache-Status': 'cache-1; fwd=miss' };

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
    expect(story(hit)).toBe(
      'cache-1 had this answer ready. It was made 42 seconds ago by dictionary-2, which was not asked again.',
    );
  });

  it('tells of a stale copy', () => {
    expect(story(stale)).toBe(
      'cache-1 had an older copy. It was made 3 minutes ago by dictionary-2, and no fresh one was at hand.',
    );
  });

  it('tells of a miss, and of the copy that stays', () => {
    expect(story(miss)).toBe(
      'cache-1 did not have it, so dictionary-2 made this answer just now, and cache-1 keeps a copy for whoever asks next.',
    );
    expect(story({ ...chain, 'Cache-Status': 'cache-1; fwd=miss' })).not.toMatch(/keeps/);
  });

  it('claims no more than the headers say', () => {
    expect(story({})).toMatch(/no word of the way/);
    expect(story({ 'X-Edge': 'edge' })).toMatch(/edge itself/);
    expect(story({ 'X-Served-By': 'dictionary-1' })).toBe('This answer came straight from dictionary-1.');
    expect(story({ 'Cache-Status': 'cache-1; hit' })).toBe('cache-1 had this answer ready. It was made a moment ago.');
    expect(story(unreached)).toMatch(/no replica could be reached/);
    expect(story(chain, true)).toMatch(/still in your browser/);
  });
});

describe(stops.name, () => {
  it.each([
    ['a hit', hit, ['passed', 'passed', 'kept', 'spared']],
    ['a stale copy', stale, ['passed', 'passed', 'old', 'spared']],
    ['a miss', miss, ['passed', 'passed', 'passed', 'made']],
    ['no replica', unreached, ['passed', 'passed', 'passed', 'absent']],
    ['the edge alone', { 'X-Edge': 'edge' }, ['passed', 'made', 'absent', 'absent']],
    ['a replica alone', { 'X-Served-By': 'web-1' }, ['passed', 'absent', 'absent', 'made']],
  ])('draws the chain of %s', (_, headers, expected) => expect(parts(headers)).toEqual(expected));

  it('draws nothing as travelled when the browser had the answer', () => {
    expect(parts(miss, true)).toEqual(['kept', 'spared', 'spared', 'spared']);
  });
});
