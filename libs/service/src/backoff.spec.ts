import { describe, expect, it } from '@jest/globals';
import { backoffMs } from './backoff.ts';

describe(backoffMs.name, () => {
  const backoff = { firstMs: 100, maxMs: 5_000 };

  it('doubles with each failure up to the longest pause', () => {
    const pauses = [1, 2, 3, 21, 5_000].map((failures) => backoffMs(failures, backoff, () => 1));
    expect(pauses).toEqual([100, 200, 400, 5_000, 5_000]);
  });

  it('is between half and all of that by chance', () => {
    expect(backoffMs(1, backoff, () => 0)).toBe(50);
    expect(new Set(Array.from({ length: 20 }, () => backoffMs(1, backoff))).size).toBeGreaterThan(1);
  });
});
