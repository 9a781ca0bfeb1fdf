import { describe, expect, it } from '@jest/globals';
import type { Call } from './load.ts';
import { timeline } from './timeline.ts';

const call = (dueMs: number, more: Partial<Call> = {}): Call => ({
  ...{ stream: 's', path: '/', phase: 'before', dueMs, tookMs: 0, expected: true, status: 200, servedBy: 'a-1' },
  ...more,
});

describe(timeline.name, () => {
  it('draws what was asked, answered and failed, and by whom, over the phases', () => {
    const calls = [
      call(0),
      call(50),
      call(150, { phase: 'breaking', expected: false, servedBy: undefined }),
      call(350, { phase: 'after', servedBy: 'a-2' }),
    ];
    expect(timeline(calls, (name) => name)).toEqual([
      'asked    │█▄ ▄│',
      'answered │█  ▄│',
      'failed   │ ▄  │',
      'a-1      │█   │',
      'a-2      │   ▄│',
      '         │·!!·│',
      '          a column is 100 ms, the highest bar 20 a second; ! broken, × watched, + healed',
    ]);
  });

  it('is never wider than a page', () => {
    const lines = timeline(
      Array.from({ length: 1000 }, (_, n) => call(n * 300)),
      (name) => name,
    );
    expect(Math.max(...lines.slice(0, -1).map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
