import { describe, expect, it } from '@jest/globals';
import { Backoff } from './backoff.ts';

describe(Backoff, () => {
  const after = (...livesMs: number[]) => {
    const backoff = new Backoff({ first: 1, most: 10, forgivenAfter: 100 });
    return livesMs.map((livedMs) => backoff.after(livedMs));
  };

  it('doubles the pause up to its bound', () => expect(after(0, 0, 0, 0, 0, 0)).toEqual([1, 2, 4, 8, 10, 10]));

  it('forgives after a life that was long enough, and not before', () =>
    expect(after(0, 0, 0, 100, 101, 0)).toEqual([1, 2, 4, 8, 1, 2]));
});
