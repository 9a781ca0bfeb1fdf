import { describe, expect, it } from '@jest/globals';
import type { Promised } from './experiment.ts';
import type { Call } from './load.ts';
import { judge } from './verdict.ts';

const call = (more: Partial<Call> = {}): Call => ({
  ...{ stream: 'visitors', path: '/x', phase: 'broken', dueMs: 0, tookMs: 10, expected: true, status: 200 },
  ...{ servedBy: 'a-1', cache: 'c-1', forwarded: true },
  ...more,
});
const refusal = (more: Partial<Call> = {}) =>
  call({
    status: 503,
    expected: false,
    retryAfter: '2',
    contentType: 'application/problem+json; charset=utf-8',
    ...more,
  });
const copy = call({ forwarded: false });
/** A visitor whose word is remembered by this replica, and one who met another than before. */
const at = (home: string) => call({ home, servedBy: home, remembered: true });
const moved = call({ home: 'a-1', servedBy: 'a-2', remembered: false });

const judged = (promise: Promised, calls: Call[]) =>
  judge(promise, calls, { deadlineMsOf: () => 3_000, replicaOf: (name) => name });

describe(judge.name, () => {
  it.each<[string, Promised, kept: Call[], broken: Call[]]>([
    ['failed', { failed: 1 }, [call(), refusal()], [refusal(), refusal()]],
    ['failed, by a call without an answer', { failed: 0 }, [call()], [call({ status: undefined, expected: false })]],
    ['slowest', { slowest: 'deadline' }, [call({ tookMs: 3_500 })], [call(), call({ tookMs: 4_001 })]],
    ['answeredBy.all', { answeredBy: { all: ['a-1', 'a-2'] } }, [call(), call({ servedBy: 'a-2' })], [call()]],
    ['answeredBy.only', { answeredBy: { only: ['a-1'] } }, [call()], [call(), call({ servedBy: 'a-2' })]],
    [
      'answeredBy.only, but for copies',
      { answeredBy: { only: ['a-1'] } },
      [call(), call({ servedBy: 'a-2', forwarded: false })],
      [copy],
    ],
    ['answeredBy.without', { answeredBy: { without: ['a-2'] } }, [call()], [call({ servedBy: 'a-2' })]],
    ['answeredBy, where nobody did', { answeredBy: { without: ['a-2'] } }, [call()], [call({ servedBy: undefined })]],
    ['statuses', { statuses: [200, 503] }, [call(), refusal()], [call({ status: 500 })]],
    ['retryAfter', { retryAfter: [503] }, [call(), refusal()], [refusal(), refusal({ retryAfter: undefined })]],
    ['retryAfter, which is a time', { retryAfter: [503] }, [refusal()], [refusal({ retryAfter: '0' })]],
    ['retryAfter, in a problem', { retryAfter: [503] }, [refusal()], [refusal({ contentType: 'text/html' })]],
    ['retryAfter, of refusals that there are', { retryAfter: [503] }, [refusal()], [call()]],
    [
      'admitted',
      { admitted: { burst: 1, perSecond: 2 } },
      [call(), call({ dueMs: 500 }), call({ dueMs: 999, tookMs: 1 }), call({ dueMs: 999 }), refusal()],
      [...Array.from({ length: 5 }, () => call({ dueMs: 999, tookMs: 1 })), call(), refusal()],
    ],
    ['admitted, with others refused', { admitted: { burst: 3, perSecond: 1 } }, [call(), refusal()], [call()]],
    ['originCallsPerCache', { originCallsPerCache: 1 }, [call(), copy, call({ cache: 'c-2' })], [call(), call(), copy]],
    ['originCallsPerCache, where there were any', { originCallsPerCache: 1 }, [call(), copy], [copy]],
    ['fromCache', { fromCache: 0.5 }, [call(), copy], [call(), call(), copy]],
    [
      'forgotten',
      { forgotten: ['a-1'] },
      [moved, at('a-2')],
      [moved, at('a-2'), call({ ...at('a-2'), remembered: false })],
    ],
    [
      'forgotten, where others move',
      { forgotten: ['a-1'] },
      [moved, at('a-2')],
      [moved, call({ ...at('a-3'), home: 'a-2' })],
    ],
    ['forgotten, where it is still asked', { forgotten: ['a-1'] }, [moved, at('a-2')], [at('a-1'), at('a-2')]],
    ['forgotten, with nobody whom it is about', { forgotten: ['a-1'] }, [moved, at('a-2')], [at('a-2')]],
    ['of one stream', { failed: 0, of: 'seen' }, [call({ stream: 'seen' }), refusal()], [refusal({ stream: 'seen' })]],
    ['during one phase', { failed: 0, during: ['broken'] }, [call(), refusal({ phase: 'after' })], [refusal()]],
  ])('says whether a promise holds: %s', (_, promise, kept, broken) => {
    expect(judged(promise, kept)).toMatchObject({ holds: true });
    expect(judged(promise, broken)).toMatchObject({ holds: false });
  });

  it('takes a promise about no call for broken: nothing was measured', () => {
    expect(judged({ failed: 0 }, [])).toEqual({
      promise: 'failed 0',
      holds: false,
      measured: 'no call that it is about',
    });
  });

  it('says what was seen', () => {
    expect(judged({ failed: 0 }, [call(), refusal()]).measured).toBe('1 of 2: 503 1');
    expect(judged({ slowest: 'deadline' }, [call({ tookMs: 5_000 })]).measured).toBe(
      '5000 ms, deadline 3000 ms; 1 later than that',
    );
  });
});
