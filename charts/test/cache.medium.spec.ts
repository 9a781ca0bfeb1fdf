import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { Chain, type ChainOptions } from './chain.ts';
import type { Client } from './client.ts';
import { replacing } from './native-service.ts';
import type { Answer } from './origin.ts';

const graceS = 3;
const word = '/api/dictionary/words/';

describe('a cache', () => {
  let chain: Chain;
  let cache: Client;
  let unique = 0;
  const fresh = () => `${word}w${++unique}`;
  beforeAll(async () => {
    chain = await start();
    cache = chain.direct(1);
  });
  afterAll(() => chain?.stop());
  beforeEach(() => chain.forget());

  const start = (options: ChainOptions = {}) =>
    Chain.start({ ...options, environment: { CACHE_GRACE: `${graceS}s` }, withEdge: false });
  const answerWith = (answer: Answer, to = chain) => to.replicas.forEach((replica) => (replica.answer = answer));
  const json =
    (body: string, headers: Record<string, string> = {}, status = 200): Answer =>
    (response) => {
      response.writeHead(status, { 'Cache-Control': 'max-age=60', 'Content-Type': 'application/json', ...headers });
      response.end(body);
    };
  const shortLived: Answer = json('{}', { 'Cache-Control': 'max-age=1' });
  const untilStale = (client: Client, path: string) =>
    until(async () => /detail=stale/.test(String((await client.call(path)).headers['cache-status'])));

  /** What one sees of a copy until it is gone, without repetitions, and how old it became beyond its time. */
  const decline = async (client: Client, path: string, end = 503) => {
    const seen: string[] = [];
    let staleS = 0;
    await until(async () => {
      const { status, headers } = await client.call(path);
      const mark = /ttl=(-?\d+)(; detail=stale)?/.exec(String(headers['cache-status']));
      if (mark?.[2]) staleS = -Number(mark[1]);
      const one = `${status} ${mark ? (mark[2] ? 'stale' : 'fresh') : 'none'}`;
      if (one !== seen.at(-1)) seen.push(one);
      return status === end;
    });
    return { seen, staleS };
  };

  describe('for many who ask at once', () => {
    const together = (client: Client, path: string) => Promise.all(Array.from({ length: 50 }, () => client.call(path)));
    const slowly: Answer = (response) => setTimeout(() => json('{}')(response, undefined as never), 300);

    it('asks the origin once when it has no copy', async () => {
      answerWith(slowly);
      const replies = await together(cache, fresh());
      expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
      expect(chain.asked).toHaveLength(1);
    });

    it('asks the origin once for each when nothing is kept (control)', async () => {
      const without = await start({ patch: replacing('default.vcl', 'return (hash);', 'return (pass);') });
      try {
        answerWith(slowly, without);
        await together(without.direct(1), fresh());
        expect(without.asked).toHaveLength(50);
      } finally {
        await without.stop();
      }
    });

    it('asks the origin once when its copy is no longer fresh, and lets nobody wait', async () => {
      const path = fresh();
      answerWith(shortLived);
      await cache.call(path);
      answerWith(() => {});
      await untilStale(cache, path);
      const replies = await together(cache, path);
      expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
      await until(() => chain.asked.length > 1);
      expect(chain.asked).toHaveLength(2);
    });

    it('lets them go side by side when the answer cannot be kept', async () => {
      let under = 0;
      let most = 0;
      answerWith((response) => {
        most = Math.max(most, ++under);
        setTimeout(() => (under--, json('{}', { 'Cache-Control': 'no-store' })(response, undefined as never)), 100);
      });
      await together(cache, fresh());
      expect(most).toBeGreaterThan(10);
    });
  });

  describe('when no origin is there', () => {
    const outage = async (chain: Chain) => {
      const path = `${word}seen`;
      answerWith(shortLived, chain);
      await chain.direct(1).call(path);
      await Promise.all(chain.replicas.map((replica) => replica.kill()));
      return path;
    };
    // Seen as gone first: for a moment after a refusal Varnish does not try an address again.
    const revive = async () => {
      for (const replica of chain.replicas) await chain.untilSeen(replica, false);
      await Promise.all(chain.replicas.map((replica) => replica.start()));
      for (const replica of chain.replicas) await chain.untilSeen(replica, true);
    };

    it('serves the words it has seen, marked stale, for the grace time, and then 503', async () => {
      const path = await outage(chain);
      const { seen, staleS } = await decline(cache, path);
      expect(seen).toEqual(['200 fresh', '200 stale', '503 none']);
      expect(staleS).toBeGreaterThan(0);
      expect(staleS).toBeLessThanOrEqual(graceS);
      await revive();
    });

    it('has nothing to serve once it has tried to get a fresh one, where that takes the copy’s place (control)', async () => {
      const abandon = 'if (bereq.is_bgfetch) {\n        return (abandon);\n    }\n    set beresp.status = 503;';
      const without = await start({ patch: replacing('default.vcl', abandon, 'set beresp.status = 503;') });
      try {
        const path = await outage(without);
        expect((await decline(without.direct(1), path)).staleS).toBeLessThan(1);
      } finally {
        await without.stop();
      }
    });

    const completion = (prefix: string) => `/api/dictionary/words?prefix=${prefix}`;
    it.each([
      ['a 404', fresh(), 404],
      ['a completion without words', completion('xqz'), 200],
    ])('serves %s for a shorter grace time than what was found', async (_, path, status) => {
      const shorter = await start({
        patch: replacing('default.vcl', 'set beresp.grace = 1m', 'set beresp.grace = 1s'),
      });
      try {
        const client = shorter.direct(1);
        answerWith(json('{}', { 'Cache-Control': 'max-age=1' }, status), shorter);
        expect((await client.call(path)).status).toBe(status);
        answerWith(json('{}', { 'Cache-Control': 'max-age=1, s-maxage=1' }), shorter);
        expect((await client.call(completion('do'))).status).toBe(200);
        const word = await outage(shorter);
        expect((await decline(client, path)).seen).toEqual([`${status} fresh`, `${status} stale`, '503 none']);
        for (const found of [word, completion('do')]) expect((await client.call(found)).status).toBe(200);
      } finally {
        await shorter.stop();
      }
    });

    it('answers 503 as soon as the copy is not fresh when there is no grace (control)', async () => {
      const without = await start({
        patch: replacing('default.vcl', `set beresp.grace = ${graceS}s`, 'set beresp.grace = 0s'),
      });
      try {
        const path = await outage(without);
        const marks: string[] = [];
        await until(async () => {
          const { status, headers } = await without.direct(1).call(path);
          marks.push(String(headers['cache-status']));
          return status === 503;
        });
        expect(marks.join()).not.toContain('stale');
      } finally {
        await without.stop();
      }
    });

    it('says so as a problem with Retry-After for words it has not seen', async () => {
      await Promise.all(chain.replicas.map((replica) => replica.kill()));
      const { status, headers, text } = await cache.call(fresh());
      expect(status).toBe(503);
      expect(headers).toMatchObject({
        'content-type': 'application/problem+json',
        'retry-after': '2',
        'cache-control': 'no-store',
      });
      expect(JSON.parse(text)).toMatchObject({ type: 'about:blank', title: 'Service Unavailable', status: 503 });
      await revive();
    });
  });

  describe('does not keep', () => {
    it.each([400, 403, 429, 500, 502, 503, 504])('a %i', async (status) => {
      const path = fresh();
      answerWith(json('{}', {}, status));
      expect((await cache.call(path)).status).toBe(status);
      answerWith(json('{}'));
      expect((await cache.call(path)).status).toBe(200);
    });

    it.each([
      ['a cookie', { 'Set-Cookie': 'a=1' }],
      ['no-store', { 'Cache-Control': 'no-store' }],
      ['private', { 'Cache-Control': 'private, max-age=60' }],
      ['no word about how long', { 'Cache-Control': 'public' }],
      ['Vary: *', { Vary: '*' }],
    ])('an answer with %s', async (_, headers) => {
      const path = fresh();
      answerWith(json('{}', headers));
      await cache.call(path);
      const second = await cache.call(path);
      expect(chain.asked).toHaveLength(2);
      expect(second.headers['cache-status']).toBe('cache-1; fwd=miss');
    });

    it('an error in the place of a good copy', async () => {
      const path = fresh();
      answerWith(json('good', { 'Cache-Control': 'max-age=1' }));
      await cache.call(path);
      answerWith(json('bad', {}, 500));
      await untilStale(cache, path);
      await until(() => chain.asked.length >= 2);
      expect(await cache.call(path)).toMatchObject({ status: 200, text: 'good' });
    });

    it('an error in the place of a good copy, unless nobody abandons it (control)', async () => {
      const without = await start({ patch: replacing('default.vcl', 'if (bereq.is_bgfetch)', 'if (false)') });
      try {
        const path = fresh();
        answerWith(json('good', { 'Cache-Control': 'max-age=1' }), without);
        await without.direct(1).call(path);
        answerWith(json('bad', {}, 500), without);
        await until(async () => (await without.direct(1).call(path)).status === 500);
      } finally {
        await without.stop();
      }
    });
  });

  describe('retries a body that breaks off', () => {
    const half: Answer = (response) => {
      response.writeHead(200, { 'Cache-Control': 'max-age=60', 'Content-Length': 1000 });
      response.write('x'.repeat(500), () => response.socket!.resetAndDestroy());
    };

    it('and answers whole', async () => {
      answerWith(json('whole'));
      chain.replicas[0]!.answer = half;
      const texts = new Set<string>();
      await until(async () => {
        texts.add((await cache.call(fresh())).text);
        return chain.replicas[0]!.received.length > 0;
      });
      expect(texts).toEqual(new Set(['whole']));
    });

    it('and cannot when it has passed on the beginning (control)', async () => {
      const without = await start({
        patch: replacing('default.vcl', 'set beresp.do_stream = false', 'set beresp.do_stream = true'),
      });
      try {
        without.replicas[0]!.answer = half;
        const breaks = () =>
          without
            .direct(1)
            .call(fresh())
            .then(
              () => false,
              () => true,
            );
        await until(breaks);
      } finally {
        await without.stop();
      }
    });
  });

  it('keeps a 404 for a minute at most', async () => {
    const path = fresh();
    answerWith(json('{}', { 'Cache-Control': 'max-age=3600' }, 404));
    await cache.call(path);
    const { status, headers } = await cache.call(path);
    expect(status).toBe(404);
    expect(Number(/; hit; ttl=(\d+)/.exec(String(headers['cache-status']))![1])).toBeLessThanOrEqual(60);
  });

  it('says what it did, and nothing about itself', async () => {
    const path = fresh();
    const miss = await cache.call(path);
    const hit = await cache.call(path);
    expect(miss.headers).toMatchObject({ 'cache-status': 'cache-1; fwd=miss; stored', age: '0' });
    expect(hit.headers['cache-status']).toMatch(/^cache-1; hit; ttl=\d+$/);
    expect(hit.headers['x-served-by']).toBe(miss.headers['x-served-by']);
    expect(Object.keys(hit.headers)).not.toEqual(expect.arrayContaining(['via']));
    expect(hit.headers).not.toHaveProperty('x-varnish');
  });

  it.each([301, 308, 404])('lets a %i take the place of an old copy', async (status) => {
    const path = fresh();
    answerWith(shortLived);
    await cache.call(path);
    answerWith(json('', { Location: '/elsewhere' }, status));
    expect((await decline(cache, path, status)).staleS).toBeLessThan(1);
  });

  it.each(['/data/words-1', '/metrics', '/faults', '/openapi.json', '/readyz/x', '/api/unheard-of'])(
    'asks nobody for %s, also without an edge in front of it',
    async (path) => {
      expect((await cache.call(path)).status).toBe(404);
      expect(chain.origins.flatMap(({ received }) => received)).toEqual([]);
    },
  );

  it('refuses what its addresses do not know as a problem', async () => {
    const { status, headers, text } = await cache.call(fresh(), { method: 'POST' });
    expect(status).toBe(405);
    expect(headers).toMatchObject({ allow: 'GET, HEAD', 'content-type': 'application/problem+json' });
    expect(JSON.parse(text)).toMatchObject({ title: 'Method Not Allowed', status: 405 });
  });
});
