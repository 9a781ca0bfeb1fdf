// Session tracking (chapter 5): a visitor's replica is found by their cookie, whichever cache asks.
import { afterEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { Chain, type ChainOptions } from './chain.ts';
import type { CallOptions, Client } from './client.ts';
import { replacing, type Patch } from './native-service.ts';
import type { Answer } from './origin.ts';

const path = '/api/dictionary/recent';
const secret = 'A'.repeat(22);
/** In digits only, so that a control can count with them. */
const routes = (count: number) =>
  Array.from({ length: count }, (_, n) => {
    const digest = createHash('sha256').update(`visitor ${n}`).digest('hex');
    return String(BigInt(`0x${digest}`)).slice(-32);
  });
const cookieOf = (route: string) => `__Host-visitor=${route}.${secret}`;
const servedBy = async (client: Client, options: CallOptions) => {
  const { status, headers } = await client.call(path, options);
  if (status !== 200) throw new Error(`status ${status}`);
  return String(headers['x-served-by']);
};
/** The replica of each visitor. */
const replicasOf = async (client: Client, visitors: string[]) => {
  const found: string[] = [];
  for (let n = 0; n < visitors.length; n += 50) {
    const some = visitors.slice(n, n + 50).map((route) => servedBy(client, { headers: { Cookie: cookieOf(route) } }));
    found.push(...(await Promise.all(some)));
  }
  return found;
};
const moved = (before: string[], after: string[]) => before.filter((replica, n) => replica !== after[n]).length;

describe('a visitor’s replica', () => {
  let chain: Chain;
  afterEach(() => chain?.stop());
  const start = async (options: ChainOptions = {}) => (chain = await Chain.start(options));
  const withoutEdge = { withEdge: false };

  /** What is asked by a visitor of one route, and how it is answered: as the service does, with a cookie after a POST. */
  const likeTheService: Answer = (response, { method, headers }) => {
    if (method === 'POST')
      response.setHeader('Set-Cookie', `${cookieOf(String(headers['x-request-id']))}; Path=/; Secure`);
    response.end('{}');
  };

  it('is the same for both caches, and each has its share of visitors', async () => {
    await start(withoutEdge);
    const visitors = routes(300);
    const [one, two] = [await replicasOf(chain.direct(1), visitors), await replicasOf(chain.direct(2), visitors)];
    expect(one).toEqual(two);
    for (const { name } of chain.recents) expect(one.filter((replica) => replica === name).length).toBeGreaterThan(60);
  });

  it('is the one that their first look-up has reached, through whichever cache', async () => {
    await start();
    for (const recent of chain.recents) recent.answer = likeTheService;
    const met = new Set<string>();
    for (let visitor = 0; visitor < 24; visitor++) {
      const from = (host: number) => ({ from: `127.0.${host}.${visitor + 1}` });
      const first = await chain.client.call(path, { method: 'POST', body: '{}', ...from(1) });
      const Cookie = first.headers['set-cookie']![0]!.split(';')[0]!;
      for (const host of [1, 2, 3]) {
        expect(await servedBy(chain.client, { headers: { Cookie }, ...from(host) })).toBe(first.headers['x-served-by']);
      }
      met.add(String(first.headers['x-served-by']));
    }
    expect(met.size).toBe(3);
  });

  it('is another one where the first look-up’s id is not what leads to it (control)', async () => {
    const patch = replacing(
      'default.vcl',
      'var.set_string("key", bereq.http.X-Request-Id);',
      'var.set_string("key", "same");',
    );
    await start({ patch });
    for (const recent of chain.recents) recent.answer = likeTheService;
    const same = [];
    for (let visitor = 0; visitor < 24; visitor++) {
      const first = await chain.client.call(path, { method: 'POST', body: '{}' });
      const Cookie = first.headers['set-cookie']![0]!.split(';')[0]!;
      same.push((await servedBy(chain.client, { headers: { Cookie } })) === first.headers['x-served-by']);
    }
    expect(same).toContain(false);
  });

  describe('when there is a fourth one', () => {
    const count = 2000;
    const movedWith = async (patch?: Patch) => {
      const visitors = routes(count);
      const before: string[][] = [];
      for (const recents of [3, 4]) {
        await start({ ...withoutEdge, recents, ...(patch && { patch }) });
        before.push(await replicasOf(chain.direct(1), visitors));
        await chain.stop();
      }
      const [three, four] = before as [string[], string[]];
      return { moved: moved(three, four), toTheFourth: four.filter((name) => name === 'recent-4').length };
    };
    // A quarter of independent visitors, give or take five standard deviations, and as much again for the ring, whose arcs
    // are made of 500 points a replica.
    const share = 0.25;
    const deviations = (n: number) => 5 * Math.sqrt(share * (1 - share) * (n + n * (n / (4 * 500))));

    it('stays the same for three quarters of them, and nobody moves but to the new one', async () => {
      const { moved, toTheFourth } = await movedWith();
      expect(moved).toBe(toTheFourth);
      expect(Math.abs(moved - count * share)).toBeLessThan(deviations(count));
    });

    it('is another one for three quarters where keys are divided by their number (control)', async () => {
      const { moved } = await movedWith((file, text) => {
        if (file !== 'default.vcl') return text;
        const replicas = text.match(/^backend recent_\d+/gm)!.length;
        const lastDigits = 'std.integer(regsub(var.get_string("key"), "^.{24}", ""), 0)';
        const chosen = Array.from(
          { length: replicas },
          (_, n) => `if (${lastDigits} % ${replicas} == ${n}) { set bereq.backend = recent_${n + 1}; }`,
        );
        const chooses = 'if (var.get_string("service") == "recent") {';
        return replacing(file, chooses, [chooses, ...chosen].join('\n'))(file, text);
      });
      expect(Math.abs(moved - count * 0.75)).toBeLessThan(deviations(count));
    });
  });

  describe('that goes', () => {
    const visitors = routes(300);
    const goneAndBack = async (patch?: Patch) => {
      await start({ ...withoutEdge, ...(patch && { patch }) });
      const before = await replicasOf(chain.direct(1), visitors);
      const [gone] = chain.recents;
      await gone!.kill();
      await chain.untilSeen(gone!, false);
      const without = [await replicasOf(chain.direct(1), visitors), await replicasOf(chain.direct(2), visitors)];
      await gone!.start();
      await chain.untilSeen(gone!, true);
      const after = await replicasOf(chain.direct(1), visitors);
      return { before, without, after, gone: gone!.name };
    };

    it('leaves its visitors to the others, nobody else moves, and they come back to it', async () => {
      const { before, without, after, gone } = await goneAndBack();
      expect(without[0]).toEqual(without[1]);
      const homeless = before.filter((replica) => replica === gone).length;
      expect(homeless).toBeGreaterThan(60);
      expect(moved(before, without[0]!)).toBe(homeless);
      expect(without[0]).not.toContain(gone);
      // They are not all one other's.
      const heirs = without[0]!.filter((_, n) => before[n] === gone);
      expect(new Set(heirs).size).toBe(2);
      expect(after).toEqual(before);
    });

    it('is asked no more while a visitor’s request is under way: the next one answers a GET, and a POST once', async () => {
      await start(withoutEdge);
      const [route] = routes(1);
      const headers = { Cookie: cookieOf(route!) };
      const home = await servedBy(chain.direct(1), { headers });
      const dying = chain.recents.find(({ name }) => name === home)!;
      dying.answer = (response) => response.socket!.resetAndDestroy();
      expect(await servedBy(chain.direct(1), { headers })).not.toBe(home);
      chain.forget();
      dying.answer = (response) => response.socket!.resetAndDestroy();
      const { status } = await chain.direct(1).call(path, { method: 'POST', body: '{}', headers });
      expect([status, chain.recents.flatMap(({ received }) => received).length]).toEqual([503, 1]);
    });
  });

  describe('where the edge is in front of the caches', () => {
    /** How many replicas visitors from 60 addresses meet. */
    const replicasMet = async (patch?: Patch) => {
      await start(patch && { patch });
      const calls = routes(60).map((route, n) =>
        servedBy(chain.client, { headers: { Cookie: cookieOf(route) }, from: `127.0.4.${n + 1}` }),
      );
      return new Set(await Promise.all(calls)).size;
    };

    it('is any of them', async () => expect(await replicasMet()).toBe(3));

    it('is never some of them where caches hash by address: all requests have the edge’s (control)', async () => {
      const route = 'regsub(bereq.http.Cookie, "^__Host-visitor=([0-9a-f]{32})\\..*$", "\\1")';
      expect(await replicasMet(replacing('default.vcl', route, '"" + client.ip'))).toBe(1);
    });
  });
});
