import { describe, expect, it } from '@jest/globals';
import { besideEachOf, layerByUrl, layerByVisitor, type Placement } from './cache-placements.ts';

const looks = Array.from({ length: 400 }, (_, n) => ({ n, path: `/words/${n % 20}`, visitor: `visitor-${n % 7}` }));
/** In how many caches a thing of one kind is looked for, on average. */
const cachesPer = ({ cacheOf }: Placement, key: 'path' | 'visitor') => {
  const pairs = new Set(looks.map((look) => `${look[key]} ${cacheOf(look)}`));
  return pairs.size / new Set(looks.map((look) => look[key])).size;
};

describe('a placement of caches', () => {
  it('gives each cache its share', () => {
    for (const placement of [layerByVisitor, layerByUrl, besideEachOf(10)]) {
      const asked = new Set(looks.map(placement.cacheOf));
      expect([...asked].sort((a, b) => a - b)).toEqual(Array.from({ length: placement.caches }, (_, n) => n));
    }
  });

  it('has a visitor in one cache of a layer, or a word, or neither', () => {
    expect([cachesPer(layerByVisitor, 'visitor'), cachesPer(layerByVisitor, 'path')]).toEqual([1, 2]);
    expect([cachesPer(layerByUrl, 'visitor'), cachesPer(layerByUrl, 'path')]).toEqual([2, 1]);
    expect(cachesPer(besideEachOf(7), 'path')).toBe(7);
  });
});
