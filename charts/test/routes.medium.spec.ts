import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CallOptions } from './client.ts';
import { replacing, type Patch } from './native-service.ts';
import { fresh, Observer } from './observer.ts';
import { refused, served, type Behaviour, type Route } from './routing-table.ts';

type Column = keyof Behaviour;

/** Other values than a row's, to see that the check finds them wrong. */
const otherValues: { [Name in Column]: (row: Route) => unknown[] } = {
  service: ({ service }) => ['none', service === 'web' ? 'dictionary' : 'web'],
  methods: ({ methods }) => [methods.slice(1), [...methods, 'OPTIONS']],
  cache: ({ cache }) =>
    cache
      ? [
          false,
          { ...cache, secondsMax: cache.secondsMax + 60 },
          { ...cache, query: [...cache.query, 'z'] },
          { ...cache, query: cache.query.length > 0 ? cache.query.slice(1) : ['q'] },
          { ...cache, onePerRow: !cache.onePerRow },
        ]
      : [{ secondsMax: 86400, query: [] }],
  identity: () => ['passed on'],
  affinity: ({ affinity }) => [affinity === 'none' ? 'visitor' : 'none'],
  bodyBytesMax: ({ bodyBytesMax }) => [bodyBytesMax - 1, bodyBytesMax + 1],
  timeoutMs: ({ timeoutMs }) => [timeoutMs - 500, timeoutMs + 500],
  retriedBy: () => [[], ['edge'], ['cache']],
};
const columns = Object.keys(otherValues) as Column[];

/** Servers that differ from the table in every column. */
const otherServers: Patch = (file, text) =>
  [
    replacing('default.vcl', 'if (bereq.url ~ "^/api/dictionary/") {', 'if (bereq.url ~ "^/other/") {'),
    replacing('default.vcl', 'req.method != "GET" && req.method != "HEAD"', 'req.method == "HEAD"'),
    replacing('default.vcl', 'set beresp.ttl = 1d', 'set beresp.ttl = 1h'),
    replacing('default.vcl', 'unset req.http.Cookie;', ''),
    replacing('default.vcl', 'if (bereq.http.Cookie) {', 'if (bereq.http.Never) {'),
    replacing('nginx.conf', 'client_max_body_size 1k', 'client_max_body_size 2k'),
    replacing('nginx.conf', 'set $timeout_ms 3000', 'set $timeout_ms 2000'),
    replacing('proxying.conf', 'proxy_next_upstream error timeout', 'proxy_next_upstream off'),
  ].reduce((patched, patch) => patch(file, patched), text);

describe('the routing table', () => {
  let observer: Observer;
  beforeAll(async () => {
    observer = await Observer.start();
  });
  afterAll(() => observer?.stop());
  beforeEach(() => observer.reset());

  const check = async (row: Route, column: Column, by = observer) => {
    by.reset();
    expect(await by[column](row)).toEqual(row[column]);
  };
  const call = (row: { example: string }, options?: CallOptions) => observer.chain.client.call(fresh(row), options);

  it.each(served)('has no column for $path that is not looked at', ({ path, example, ...row }) => {
    expect(Object.keys(row).sort()).toEqual([...columns].sort());
    const pattern = path.replaceAll(/\{\w+\}/g, '.+');
    expect(example.split('?')[0]).toMatch(new RegExp(`^${pattern}$`));
  });

  describe.each(served)('knows of $path', (row) => {
    it.each(columns)('%s', (column) => check(row, column));
  });

  it.each(columns)('cannot have another value for %s in any row (control)', async (column) => {
    for (const row of served) {
      for (const value of otherValues[column](row)) {
        await expect(check({ ...row, [column]: value }, column)).rejects.toThrow();
      }
    }
  });

  describe('is not what other servers do (control)', () => {
    let other: Observer;
    beforeAll(async () => {
      other = await Observer.start(otherServers);
    });
    afterAll(() => other?.stop());

    it.each(columns)('%s', async (column) => {
      const row = column === 'affinity' ? served.find(({ affinity }) => affinity === 'visitor') : served[0];
      await expect(check(row!, column, other)).rejects.toThrow();
    });
  });

  it.each(refused)('has $path for nobody outside', async ({ example }) => {
    const { status, headers } = await observer.chain.client.call(example);
    expect(status).toBe(404);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(observer.received).toEqual([]);
  });

  it.each(served)('leaves it to $path to refuse many headers, up to what nginx takes', async (row) => {
    const headers = Object.fromEntries(Array.from({ length: 980 }, (_, n) => [`X-Own-${n}`, 'x'.repeat(18)]));
    expect((await call(row, { headers })).status).toBe(200);
  });

  it('does not tell copies apart by the order of parameters', async () => {
    const { path } = served.find(({ cache }) => cache && cache.query.length === 2)!;
    await observer.chain.client.call(`${path}?prefix=o&limit=1`);
    await observer.chain.client.call(`${path}?limit=1&prefix=o`);
    expect(observer.received).toHaveLength(1);
  });

  it('has deadlines in which three tries fit', async () => {
    for (const origin of observer.chain.origins) origin.answer = () => {};
    const ends = served.map(async (row) => {
      const start = performance.now();
      const { status } = await call(row);
      return [row.path, status, performance.now() - start, row.timeoutMs] as const;
    });
    for (const [path, status, tookMs, timeoutMs] of await Promise.all(ends)) {
      expect([path, status]).toEqual([path, 503]);
      expect(tookMs).toBeGreaterThan(timeoutMs * 0.85);
      expect(tookMs).toBeLessThan(timeoutMs * 1.2);
    }
    const triesOf = Map.groupBy(observer.received, ({ url }) => url);
    expect(triesOf.size).toBe(served.length);
    for (const tries of triesOf.values()) {
      expect(tries).toHaveLength(3);
      const [first, second, third] = tries.map(({ headers }) => Number(headers['x-timeout-ms'])).sort((a, b) => b - a);
      // A try's time is rounded to a millisecond.
      expect(second).toBeLessThanOrEqual(first! / 2 + 1);
      expect(third).toBeLessThanOrEqual(second! / 2 + 1);
    }
  });

  it('has deadlines beyond which the edge waits for no cache, and does not ask another', async () => {
    observer.badCache.answer = () => {};
    const ends = served.map(async (row) => {
      const start = performance.now();
      let visitor = 0;
      let took: [number, number];
      do {
        const { status } = await observer.halfChain.client.call(fresh(row), { from: `127.0.0.${++visitor}` });
        took = [status, performance.now() - start];
      } while (took[0] === 200);
      return [row.path, ...took, row.timeoutMs] as const;
    });
    for (const [path, status, tookMs, timeoutMs] of await Promise.all(ends)) {
      expect([path, status]).toEqual([path, 504]);
      expect(tookMs).toBeGreaterThan(timeoutMs);
      expect(tookMs).toBeLessThan(timeoutMs * 1.3);
    }
    expect(observer.badCache.received).toHaveLength(served.length);
  });
});
