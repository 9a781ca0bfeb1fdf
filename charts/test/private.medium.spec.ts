// What is one visitor's own is never kept by a cache, and reached by its one address only.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { deceptions } from '@almanac/testing';
import { Chain } from './chain.ts';
import type { Reply } from './client.ts';
import { replacing } from './native-service.ts';
import type { Answer, Received } from './origin.ts';

const path = '/api/dictionary/recent';
const secret = 'A'.repeat(22);
const cookieOf = (route: string) => `__Host-visitor=${route}.${secret}`;

describe('what is one visitor’s own', () => {
  type Headers = Record<string, string>;
  let chain: Chain;
  beforeAll(async () => void (chain = await Chain.start()));
  afterAll(() => chain?.stop());
  beforeEach(() => {
    chain.forget();
    // As unwise as an origin can be.
    const kept: Answer = (response, { headers }) =>
      response.setHeader('Cache-Control', 'public, max-age=3600, s-maxage=3600').end(`own of ${headers.cookie}`);
    for (const origin of chain.origins) origin.answer = kept;
  });
  const ownOf = (digit: string): Headers => ({ Cookie: cookieOf(digit.repeat(32)) });
  const [victim, attacker] = [ownOf('1'), ownOf('2')];
  const ask = (address: string, headers: Headers) => chain.client.call(address, { headers });
  const origins = () => chain.origins.flatMap(({ received }) => received);

  it.each(['', '?x', '?x=/x.css', '?'])('is never kept, whatever the service says of it: %j', async (query) => {
    for (const headers of [victim, attacker, {} as Headers]) {
      const { text, headers: answered } = await ask(path + query, headers);
      expect(text).toBe(`own of ${headers['Cookie']}`);
      expect(answered['cache-status']).toMatch(/; fwd=bypass$/);
    }
  });

  it('is nobody’s where a request has two cookies of that name', async () => {
    const { text } = await ask(path, { Cookie: `${victim['Cookie']}; ${attacker['Cookie']}` });
    expect(text).toBe('own of undefined');
  });

  describe('at a thousand addresses that look like files', () => {
    const addresses = deceptions(path);
    /** Of whatever address, for everybody and for long, all by which a visitor could be told. */
    const toldAll: Answer = (response, { headers: { cookie, authorization } }) =>
      response.setHeader('Cache-Control', 'public, max-age=3600, s-maxage=3600').end(`${cookie} ${authorization}`);
    const isItself = (address: string) => address.startsWith(`${path}?`);
    /** At each address the victim asks, then the attacker, then somebody without a cookie. */
    const replies = async ({ client, origins }: Chain) => {
      for (const origin of origins) origin.answer = toldAll;
      const told = (own: Headers) => ({ ...own, Authorization: `Bearer ${own['Cookie']}` });
      const all = [];
      for (let n = 0; n < addresses.length; n += 20) {
        const askAt = async (address: string) => {
          const own = await client.call(address, { headers: told(victim) });
          const others = [await client.call(address, { headers: told(attacker) }), await client.call(address)];
          return { address, own, others };
        };
        all.push(...(await Promise.all(addresses.slice(n, n + 20).map(askAt))));
      }
      return all;
    };
    const tells = ({ text }: Reply) => text.includes(victim['Cookie']!);
    const addressesOf = (some: { address: string }[]) => some.map(({ address }) => address);

    it('is one visitor’s own at its own address only, and nobody else’s anywhere', async () => {
      expect(new Set(addresses).size).toBe(1000);
      const all = await replies(chain);
      expect(addressesOf(all.filter(({ others }) => others.some(tells)))).toEqual([]);
      const own = all.filter(({ own }) => tells(own));
      expect(addressesOf(own)).toEqual(addresses.filter(isItself));
      // Nobody has kept it.
      expect(own.filter(({ own }) => !/; fwd=bypass$/.test(String(own.headers['cache-status'])))).toEqual([]);
    });

    it('would be everybody’s where it is not passed by (control)', async () => {
      const call = 'call visitors_own;\n        return (pass);';
      const patch = replacing('default.vcl', call, 'call visitors_own;\n        return (hash);');
      const without = await Chain.start({ patch });
      try {
        const leaks = (await replies(without)).filter(({ others }) => others.some(tells));
        expect(addressesOf(leaks)).toEqual(addresses.filter(isItself));
      } finally {
        await without.stop();
      }
    });
  });

  it.each([
    '//api/dictionary/recent',
    '/api//dictionary/recent',
    '/api/dictionary//recent',
    '/API/dictionary/recent',
    '/api/dictionary/RECENT',
    '/api/dictionary/%72ecent',
    '/%61pi/dictionary/recent',
    '/api/dictionary/x/../recent',
    '/words/../api/dictionary/recent',
    '/words/..%2fapi/dictionary/recent',
    '/assets/%2e%2e/api/dictionary/recent',
    '/api/dictionary/recent%2f',
    '/api/dictionary/words/..%2frecent',
  ])('is nobody’s under another spelling: %s', async (address) => {
    for (const headers of [victim, attacker]) expect((await ask(address, headers)).text).not.toContain(secret);
    for (const { headers } of origins()) expect(headers.cookie).toBeUndefined();
    expect(chain.recents.flatMap(({ received }) => received)).toEqual([]);
  });

  it.each([
    ['a session', '__Host-session=1; a=b', undefined],
    ['a visitor among others', `__Host-session=1; ${cookieOf('0'.repeat(32))}; a=b`, cookieOf('0'.repeat(32))],
    ['a visitor without blanks', `a=b;${cookieOf('0'.repeat(32))}`, cookieOf('0'.repeat(32))],
    ['a route that is none', `__Host-visitor=${'g'.repeat(32)}.${secret}`, undefined],
    ['a short secret', `__Host-visitor=${'0'.repeat(32)}.short`, undefined],
    ['a long secret', `${cookieOf('0'.repeat(32))}A`, undefined],
    ['another name that ends so', `x${cookieOf('0'.repeat(32))}`, undefined],
    ['a name within a value', `a="${cookieOf('0'.repeat(32))}"`, undefined],
  ])('comes with the visitor’s cookie alone, of %s', async (_, Cookie, passed) => {
    await ask(path, { Cookie, Authorization: 'Bearer 1', 'X-Visitor': cookieOf('f'.repeat(32)) });
    const [{ headers }] = origins() as [Received];
    expect([headers.cookie, headers.authorization, headers['x-visitor']]).toEqual([passed, undefined, undefined]);
  });

  it('is read, added to and deleted, and nothing else', async () => {
    for (const method of ['PUT', 'PATCH']) {
      const { status, headers } = await chain.client.call(path, { method });
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD, POST, DELETE']);
    }
    expect(origins()).toEqual([]);
  });
});
