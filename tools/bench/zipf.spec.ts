import { describe, expect, it } from '@jest/globals';
import { seeded, zipf } from './zipf.ts';

const draws = (seed: number, exponent: number, count = 50_000) => {
  const rank = zipf(1000, exponent, seeded(seed));
  return Array.from({ length: count }, () => rank());
};
const times = (ranks: number[], wanted: number) => ranks.filter((rank) => rank === wanted).length;

describe(zipf, () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(draws(1, 1, 100)).toEqual(draws(1, 1, 100));
    expect(draws(1, 1, 100)).not.toEqual(draws(2, 1, 100));
  });

  it('has the n-th 1/n^exponent as often as the first', () => {
    for (const exponent of [0.8, 1, 1.2]) {
      const ranks = draws(1, exponent);
      for (const n of [2, 5, 10])
        expect(Math.abs(times(ranks, n - 1) / times(ranks, 0) / n ** -exponent - 1)).toBeLessThan(0.1);
    }
  });

  it('has all alike without an exponent, and no other than these', () => {
    const ranks = draws(1, 0);
    expect(new Set(ranks).size).toBe(1000);
    expect([Math.min(...ranks), Math.max(...ranks)]).toEqual([0, 999]);
    expect(times(ranks, 0)).toBeLessThan(3 * times(ranks, 500));
  });
});
