import { describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from './until.ts';

const never = () => new Promise<never>(() => {});

describe(until.name, () => {
  it('gives what the condition gives when it holds, at once or later', async () => {
    expect(await until(() => 'now')).toBe('now');
    let tries = 0;
    expect(await until(() => (++tries < 3 ? undefined : { tries }))).toEqual({ tries: 3 });
  });

  it('takes an error for not yet', async () => {
    let tries = 0;
    const condition = async () => {
      if (++tries === 1) throw new Error('thrown');
      if (tries === 2) await Promise.reject(new Error('rejected'));
      return tries;
    };
    expect(await until(condition)).toBe(3);
  });

  it('fails when the time is over, and says what it waited for and what there was instead', async () => {
    await expect(until(() => 0, 'there are three', 50)).rejects.toThrow(
      'waited 50 ms in vain until there are three; at last it was 0',
    );
  });

  it('says the last error, what that came from, and keeps it as its cause', async () => {
    const error = new Error('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:8080') });
    const waiting = until(() => Promise.reject(error), 'it listens', 50);
    await expect(waiting).rejects.toMatchObject({
      message: `waited 50 ms in vain until it listens; at last: ${String(error)}, by ${String(error.cause)}`,
      cause: error,
    });
  });

  it('says the code of a condition that has no other name', async () => {
    await expect(until(() => [].length > 3, undefined, 50)).rejects.toThrow(/until \(\) ?=> ?\[\]\.length > 3;/);
  });

  it('fails in time when an attempt does not end', async () => {
    await expect(until(never, 'it answers', 50)).rejects.toThrow(
      'waited 50 ms in vain until it answers; the first attempt did not end',
    );
  });

  it('asks no more once it has failed', async () => {
    let tries = 0;
    await expect(until(() => ++tries < 0, 'never', 50)).rejects.toThrow();
    const before = tries;
    await delay(100);
    expect(tries).toBe(before);
  });
});
