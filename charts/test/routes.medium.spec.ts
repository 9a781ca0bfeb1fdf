import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Chain } from './chain.ts';
import type { Origin } from './origin.ts';

interface Route {
  path: string;
  example: string;
  methods: string[];
  service: 'dictionary' | 'web';
  cache: false | { secondsMax: number; query: string[] | 'all'; onePerRow?: boolean };
  identity: 'none' | 'asked' | 'required';
  rate: 'anonymous' | 'member' | 'load';
  bodyBytesMax: number;
  timeoutMs: number;
  retriedBy: ('edge' | 'cache')[];
}
type Row = Route | { path: string; example: string; service: 'none' };

const table = join(import.meta.dirname, '../almanac/charts/edge/files/routes.yaml');
const { routes } = parse(readFileSync(table, 'utf8')) as { routes: Row[] };
const served = routes.filter((row): row is Route => row.service !== 'none');
const refused = routes.filter((row) => row.service === 'none');
const everyMethod = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

describe('the routing table', () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await Chain.start();
  });
  afterAll(() => chain?.stop());
  beforeEach(() => {
    chain.forget();
    chain.emptyCaches();
  });

  let unique = 0;
  /** The row's example as an address that no test has used yet. */
  const fresh = ({ example }: Row) => `${example}-${++unique}`;
  const originsOf = ({ service }: Route): Origin[] => (service === 'web' ? [chain.web] : chain.replicas);
  const received = (row: Route) => originsOf(row).flatMap((origin) => origin.received);
  const withQuery = (address: string, query: string) => address + (address.includes('?') ? '&' : '?') + query;

  it.each(served)('$path is answered by $service', async (row) => {
    const { status, headers } = await chain.client.call(fresh(row));
    expect(status).toBe(200);
    expect(headers['x-served-by']).toMatch(row.service);
  });

  it.each(refused)('$path is nobody’s from outside', async ({ example }) => {
    const { status, headers } = await chain.client.call(example);
    expect(status).toBe(404);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(chain.origins.flatMap((origin) => origin.received)).toEqual([]);
  });

  it.each(served)('$path takes as many headers as a service does', async (row) => {
    const headers = Object.fromEntries(Array.from({ length: 80 }, (_, n) => [`X-Own-${n}`, '1']));
    expect((await chain.client.call(fresh(row), { headers })).status).toBe(200);
  });

  it.each(served)('$path takes the methods $methods and no other', async (row) => {
    for (const method of everyMethod) {
      chain.forget();
      chain.emptyCaches();
      const { status } = await chain.client.call(fresh(row), { method });
      const isAllowed = row.methods.includes(method);
      expect([method, status, received(row).length]).toEqual([method, isAllowed ? 200 : 405, isAllowed ? 1 : 0]);
    }
  });

  describe.each(served)('for $path', (row) => {
    it('caches as it says', async () => {
      const address = fresh(row);
      await chain.client.call(address);
      const { headers } = await chain.client.call(address);
      if (row.cache) {
        expect(headers['cache-status']).toMatch(/; hit; ttl=\d+$/);
        expect(received(row)).toHaveLength(1);
      } else {
        expect(headers['cache-status']).toMatch(/; fwd=bypass$/);
        expect(received(row)).toHaveLength(2);
      }
    });

    if (row.cache) cached(row, row.cache);

    it('has its identity', async () => {
      expect(row.identity).toBe('none');
      await chain.client.call(fresh(row), { headers: { Cookie: 'session=1', Authorization: 'Bearer 1' } });
      expect(received(row)[0]!.headers).not.toHaveProperty('cookie');
      expect(received(row)[0]!.headers).not.toHaveProperty('authorization');
    });

    it('has a rate class', () => {
      expect(['anonymous', 'member', 'load']).toContain(row.rate);
    });

    it('has its limit for bodies', async () => {
      const method = row.methods.find((name) => name === 'POST') ?? 'GET';
      const within = await chain.client.call(fresh(row), { method, body: 'x'.repeat(row.bodyBytesMax) });
      expect(within.status).toBe(200);
      const beyond = await chain.client.call(fresh(row), { method, body: 'x'.repeat(row.bodyBytesMax + 1) });
      expect(beyond.status).toBe(413);
      expect(received(row)).toHaveLength(1);
    });

    it('has its deadline, in which three tries fit', async () => {
      for (const origin of originsOf(row)) origin.answer = () => {};
      const start = performance.now();
      const { status } = await chain.client.call(fresh(row));
      const tookMs = performance.now() - start;
      expect(status).toBe(503);
      const tries = received(row).map(({ headers }) => Number(headers['x-timeout-ms']));
      tries.sort((a, b) => b - a);
      expect(tries).toHaveLength(3);
      for (const [i, triedMs] of tries.entries()) expect(triedMs).toBeLessThanOrEqual(row.timeoutMs / 2 ** (i + 1));
      expect(tookMs).toBeGreaterThan(row.timeoutMs * 0.85);
      expect(tookMs).toBeLessThan(row.timeoutMs * 1.2);
    });

    it('is retried by whom it says', async () => {
      const first = new Set<string>();
      for (const origin of originsOf(row)) {
        origin.answer = (response, request) => {
          if (first.has(request.url)) return origin.answerWell(response, request);
          first.add(request.url);
          return response.socket!.resetAndDestroy();
        };
      }
      const { status } = await chain.client.call(fresh(row));
      expect(row.retriedBy).toContain('cache');
      expect([status, received(row).length]).toEqual([200, 2]);
    });
  });

  function cached(row: Route, { secondsMax, query, onePerRow }: NonNullable<Exclude<Route['cache'], false>>): void {
    it('caps the time that a copy is fresh', async () => {
      const address = fresh(row);
      for (const origin of originsOf(row)) {
        origin.answer = (response) => response.setHeader('Cache-Control', 'public, max-age=31536000').end('{}');
      }
      await chain.client.call(address);
      const { headers } = await chain.client.call(address);
      const ttl = Number(/ttl=(\d+)/.exec(headers['cache-status'] as string)![1]);
      expect(ttl).toBeLessThanOrEqual(secondsMax);
    });

    it('has one copy for an address with junk and without', async () => {
      const address = fresh(row);
      await chain.client.call(address);
      const junk = ['utm_source=a&utm_campaign=b', 'fbclid=c', ...(query === 'all' ? [] : ['z=1', 'q[]=2&a=3'])];
      for (const parameters of junk) {
        const { headers } = await chain.client.call(withQuery(address, parameters), {
          headers: { Cookie: `a=${unique}` },
        });
        expect(headers['cache-status']).toContain('; hit');
      }
      expect(received(row)).toHaveLength(1);
    });

    it('tells copies apart by the parameters that count, in any order', async () => {
      const names = query === 'all' ? ['a', 'b'] : query;
      for (const name of names) {
        chain.forget();
        const path = query === 'all' ? fresh(row) : row.path.replace('{word}', fresh(row).split('/').at(-1)!);
        const parameters = names.map((one) => (one === name ? `${one}=${++unique}` : `${one}=0`));
        await chain.client.call(`${path}?${parameters.join('&')}`);
        await chain.client.call(`${path}?${parameters.reverse().join('&')}`);
        expect(received(row)).toHaveLength(1);
      }
    });

    it(onePerRow ? 'has one copy for all of its paths' : 'has a copy for each of its paths', async () => {
      await chain.client.call(fresh(row));
      chain.forget();
      await chain.client.call(fresh(row));
      expect(received(row)).toHaveLength(onePerRow ? 0 : 1);
    });
  }
});
