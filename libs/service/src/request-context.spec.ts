import { describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { Problem } from './problem.ts';
import { currentRequest, RequestContext } from './request-context.ts';

describe(currentRequest.name, () => {
  it('is the one that was entered, side by side with others, through promises and timers', async () => {
    const follow = async () => {
      await turn();
      const context = new RequestContext(Infinity);
      context.enter();
      await turn();
      await Promise.resolve();
      return currentRequest() === context;
    };
    expect(await Promise.all([follow(), follow(), follow()])).toEqual([true, true, true]);
  });
});

describe(RequestContext.name, () => {
  const late = new Problem('timeout', 'late');

  it('aborts its signal, also one that is asked for afterwards', () => {
    const context = new RequestContext(Infinity);
    const { signal } = context;
    expect(signal.aborted).toBe(false);
    context.abort(late);
    expect(signal.reason).toBe(late);
    const other = new RequestContext(Infinity);
    other.abort(late);
    expect(other.signal.reason).toBe(late);
  });

  it('has no time left after its deadline', () => {
    expect(new RequestContext(performance.now() - 1).remainingMs).toBe(0);
    expect(new RequestContext(performance.now() + 60_000).remainingMs).toBeGreaterThan(0);
  });
});
