import { describe, expect, it } from '@jest/globals';
import { resolveLists, type ResolveOptions } from './resolve.ts';

const known: Record<string, string> = { 'cache-0': '10.0.0.1', 'cache-1': '10.0.0.2' };
const options = (more: Partial<ResolveOptions> = {}): ResolveOptions => ({
  timeoutMs: 200,
  pauseMs: 10,
  onWait: () => undefined,
  lookup: (host) =>
    known[host] ? Promise.resolve(known[host]) : Promise.reject(Object.assign(new Error(), { code: 'ENOTFOUND' })),
  ...more,
});

describe(resolveLists, () => {
  it('puts addresses for names, in the order of the list', async () => {
    const environment = { CACHES: ' cache-1:8080  cache-0:81 ', NAME: 'edge' };
    expect(await resolveLists(environment, ['CACHES'], options())).toEqual({
      CACHES: '10.0.0.2:8080 10.0.0.1:81',
      NAME: 'edge',
    });
  });

  it('leaves addresses and all other variables alone', async () => {
    const environment = { CACHES: '127.0.0.1:80', WEB: 'cache-0:80' };
    expect(await resolveLists(environment, ['CACHES'], options())).toEqual(environment);
  });

  it('waits for a name that has no address yet, and says so once', async () => {
    let tries = 0;
    const waits: string[] = [];
    const lookup = () =>
      ++tries < 4 ? Promise.reject(Object.assign(new Error(), { code: 'EAI_AGAIN' })) : Promise.resolve('10.0.0.9');
    const onWait = (host: string, why: string) => void waits.push(`${host} ${why}`);
    const found = await resolveLists({ WEB: 'web:80' }, ['WEB'], options({ lookup, onWait, timeoutMs: 10_000 }));
    expect(found).toEqual({ WEB: '10.0.0.9:80' });
    expect(waits).toEqual(['web EAI_AGAIN']);
  });

  it('gives up on a name in the end, and names it', async () => {
    await expect(resolveLists({ WEB: 'web:80' }, ['WEB'], options())).rejects.toThrow(
      'web has no address within 200 ms: ENOTFOUND',
    );
  });

  it.each([
    [{}, 'WEB is not set'],
    [{ WEB: ' ' }, 'WEB is not set'],
    [{ WEB: 'web' }, 'WEB: web is not host:port'],
    [{ WEB: 'http://web:80' }, 'WEB: http://web:80 is not host:port'],
  ])('refuses %j', async (environment, problem) => {
    await expect(resolveLists(environment, ['WEB'], options())).rejects.toThrow(problem);
  });
});
