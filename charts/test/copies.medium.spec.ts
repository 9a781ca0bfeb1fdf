import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { gunzipSync } from 'node:zlib';
import { Chain } from './chain.ts';
import type { Client } from './client.ts';
import { replacing } from './native-service.ts';
import type { Answer } from './origin.ts';

const word = '/api/dictionary/words/';

describe('a cache', () => {
  let chain: Chain;
  let cache: Client;
  let unique = 0;
  const fresh = () => `${word}w${++unique}`;
  beforeAll(async () => {
    chain = await Chain.start({ withEdge: false });
    cache = chain.direct(1);
  });
  afterAll(() => chain?.stop());
  beforeEach(() => chain.forget());

  const answerWith = (answer: Answer) => chain.replicas.forEach((replica) => (replica.answer = answer));
  const json =
    (body: string): Answer =>
    (response) => {
      response.writeHead(200, { 'Cache-Control': 'max-age=60', 'Content-Type': 'application/json', ETag: '"1"' });
      response.end(body);
    };

  describe('has one copy of a word', () => {
    it('for any case, host, cookie and language', async () => {
      const name = `Ice%20Cream-é${++unique}`.replace('é', '%C3%A9');
      await cache.call(word + name);
      for (const other of [name.toLowerCase(), name.toUpperCase().replace('%C3%A9', '%c3%a9')]) {
        const headers = {
          Host: `h${++unique}`,
          Cookie: `a=${unique}`,
          'Accept-Language': `l${unique}`,
          Accept: `a/${unique}`,
        };
        expect((await cache.call(word + other, { headers })).headers['cache-status']).toMatch('; hit');
      }
      expect(chain.asked).toHaveLength(1);
    });

    it('whatever query is asked with it, also where the word is "words"', async () => {
      for (const query of ['?x=1', '?prefix=a', '?limit=5&prefix=a', '']) await cache.call(`${word}words${query}`);
      expect(chain.asked.map(({ url }) => url)).toEqual([`${word}words`]);
    });

    it('made without knowing who asked', async () => {
      const headers = {
        Host: 'evil',
        'X-Forwarded-Host': 'evil',
        'X-Forwarded-For': '1.2.3.4',
        'X-Real-IP': '1.2.3.4',
        'X-Member': 'a token',
      };
      await cache.call(fresh(), { headers });
      expect(chain.asked[0]!.headers).toMatchObject({ host: 'almanac' });
      for (const name of ['x-forwarded-host', 'x-forwarded-for', 'x-real-ip', 'x-member']) {
        expect(chain.asked[0]!.headers).not.toHaveProperty(name);
      }
    });

    it('for who takes gzip and who does not', async () => {
      const path = fresh();
      const body = JSON.stringify({ definition: 'long '.repeat(1000) });
      answerWith(json(body));
      const packed = await cache.callForBytes(path, { headers: { 'Accept-Encoding': 'gzip' } });
      expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding', etag: 'W/"1"' });
      expect(gunzipSync(packed.bytes).toString()).toBe(body);
      expect((await cache.call(path)).text).toBe(body);
      expect(chain.asked).toHaveLength(1);
    });

    it('and says 304 to who has it', async () => {
      const path = fresh();
      answerWith(json('{}'));
      await cache.call(path);
      expect(await cache.call(path, { headers: { 'If-None-Match': '"1"' } })).toMatchObject({ status: 304, text: '' });
    });
  });

  it.each([
    ['?x=1&limit=5&y=2&prefix=a', '?limit=5&prefix=a'],
    ['?x=1?prefix=a', '?'],
    ['?x=1?limit=5&prefix=a', '?prefix=a'],
    ['?x=1&prefix=a?limit=5', '?prefix=a?limit=5'],
  ])('asks for the completion %s as %s', async (query, asked) => {
    await cache.call(`/api/dictionary/words${query}`);
    expect(chain.asked.map(({ url }) => url)).toEqual([`/api/dictionary/words${asked}`]);
  });

  it.each(['0000005', '5e0', '%35', '5%20', '100'])('has no copy of a completion with the limit %s', async (limit) => {
    const path = `/api/dictionary/words?limit=${limit}&prefix=do`;
    for (const address of [path, path]) {
      expect((await cache.call(address)).headers['cache-status']).toBe('cache-1; fwd=bypass');
    }
    expect(chain.asked.map(({ url }) => url)).toEqual([path, path]);
  });

  it('has no copies by what is written after a #', async () => {
    for (const path of ['/about#1', '/about?x#1', `${word}dog#1`, '/api/dictionary/words?prefix=do#1', '/words#1']) {
      expect((await cache.call(path)).status).toBe(400);
    }
    expect(chain.origins.flatMap(({ received }) => received)).toEqual([]);
  });

  describe('has one copy of a page', () => {
    const callsFor = async (addresses: string[], chain: Chain) => {
      chain.emptyCaches();
      chain.forget();
      for (const address of addresses) expect((await chain.direct(1).call(address)).status).toBe(200);
      return chain.web.received.length;
    };
    const queries = Array.from(
      { length: 100 },
      (_, n) => `/about?${['x', 'utm_source', `x${n}`, '', 'a=b&%'][n % 5]}=${n}`,
    );

    it('whatever is written after its path', async () => {
      expect(await callsFor(queries, chain)).toBe(1);
      expect(chain.web.received[0]!.url).toBe('/about');
    });

    it('for each query where that is not cut off (control)', async () => {
      const cut = 'sub page_url {\n    set req.url = regsub(req.url, "\\?.*$", "");';
      const without = await Chain.start({ withEdge: false, patch: replacing('default.vcl', cut, 'sub page_url {') });
      try {
        expect(await callsFor(queries, without)).toBe(100);
      } finally {
        await without.stop();
      }
    });

    it('however it is spelt: what is spelt oddly is not kept', async () => {
      const odd = ['/%77ords/a', '/%77ords/b', '/%77ords/b', '/%61bout'];
      expect(await callsFor(odd, chain)).toBe(4);
      const { headers } = await cache.call('/%61bout');
      expect(headers['cache-status']).toBe('cache-1; fwd=bypass');
    });

    it('but leads on from the look-up box by its query', async () => {
      chain.web.answer = (response, { url }) =>
        response.writeHead(303, { Location: url.replace('?q=', '/'), 'Cache-Control': 'max-age=60' }).end();
      for (const word of ['a', 'b', 'b']) {
        expect((await cache.call(`/words?q=${word}`)).headers.location).toBe(`/words/${word}`);
      }
      expect(chain.web.received).toHaveLength(3);
    });
  });
});
