import { describe, expect, it } from '@jest/globals';
import { allowedSeconds, seenOf } from './downtime.ts';

describe(seenOf, () => {
  const arrivals = (...expected: boolean[]) =>
    expected.map((one, n) => ({ dueMs: n * 50, tookMs: 10 * (n + 1), expected: one, status: one ? 200 : 503 }));

  it('is no downtime where all is answered', () => {
    expect(seenOf(arrivals(true, true, true))).toEqual({
      calls: 3,
      failed: 0,
      downtimeSeconds: 0,
      slowestMs: 30,
      instead: [],
    });
  });

  it('counts each tenth of a second in which a call failed once', () => {
    expect(seenOf(arrivals(true, false, false, false, true, false))).toMatchObject({
      failed: 4,
      downtimeSeconds: 0.3,
      instead: ['503'],
    });
  });
});

describe(allowedSeconds, () => {
  const [hour, day] = [3_600, 86_400];
  it.each([
    [day, 86.4], // The book's 1.4 minutes.
    [hour, 3.6],
  ])('is a thousandth of %i s at three nines', (of, seconds) => expect(allowedSeconds(0.999, of)).toBe(seconds));

  it('makes the 3.6 s of an hour 0.1 % of it, and not the 0.01 % that the book prints', () => {
    expect(allowedSeconds(0.999, hour) / hour).toBeCloseTo(0.001, 10);
    expect(allowedSeconds(0.9999, hour)).toBe(0.36);
  });
});
