import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { Chain } from './chain.ts';
import { DeafListener } from './deaf-listener.ts';
import { Load } from './load.ts';
import { replacing, type Patch } from './native-service.ts';
import type { Answer } from './origin.ts';

const word = (n: number | string) => `/api/dictionary/words/w${n}`;
const unpatched: Patch = (_, text) => text;

describe('a fetch', () => {
  let chain: Chain;
  afterEach(() => chain?.stop());

  const statuses = async () => {
    const replies = await Promise.all(Array.from({ length: 30 }, (_, n) => chain.client.call(word(n))));
    return [...new Set(replies.map(({ status }) => status))].sort();
  };

  describe('where a replica has as many connections as it may', () => {
    const most = 3;
    /** How many requests a slow replica of three had at a time, of five that ask. */
    const atATime = async (limit: number) => {
      chain = await Chain.start({
        patch: replacing('default.vcl', '.max_connections = 128', `.max_connections = ${limit}`),
      });
      const [slow] = chain.replicas;
      let under = 0;
      let highest = 0;
      slow!.answer = (response, request) => {
        highest = Math.max(highest, ++under);
        setTimeout(() => (under--, slow!.answerWell(response, request)), 500);
      };
      const cache = chain.direct(1);
      const load = new Load((n) => cache.call(word(n)), most + 2);
      await until(() => slow!.received.length > 2 * most);
      const { failures } = await load.end();
      expect(failures).toEqual([]);
      cache.close();
      return highest;
    };

    it('goes to another at once', async () => {
      expect(await atATime(most)).toBe(most);
    });

    it('goes there where it may have more (control)', async () => {
      expect(await atATime(128)).toBeGreaterThan(most);
    });
  });

  describe('where connections to a replica do not come about', () => {
    const withoutItsProbe: Patch = (_, text) => text.replace(/(backend dictionary_1 \{[^}]*)\.probe = ready;/, '$1');
    const statusesWith = async (patch: Patch) => {
      chain = await Chain.start({
        originsStarted: false,
        patch: (file, text) => withoutItsProbe(file, patch(file, text)),
      });
      const deaf = await DeafListener.start(chain.replicas[0]!.address);
      try {
        await Promise.all([chain.replicas[1]!, chain.replicas[2]!, chain.web].map((origin) => origin.start()));
        for (const replica of chain.replicas.slice(1)) await chain.untilSeen(replica, true);
        return await statuses();
      } finally {
        await deaf.stop();
      }
    };

    it('goes to another in time', async () => {
      expect(await statusesWith(unpatched)).toEqual([200]);
    });

    it('does not where it waits for longer (control)', async () => {
      const longer = replacing('default.vcl', '.connect_timeout = 250ms', '.connect_timeout = 30s');
      expect(await statusesWith(longer)).toEqual([200, 504]);
    });
  });

  describe('of a body that stops in the middle', () => {
    const half: Answer = (response) =>
      response.writeHead(200, { 'Cache-Control': 'max-age=60', 'Content-Length': 1000 }).write('x'.repeat(500));
    const statusesWith = async (patch: Patch) => {
      chain = await Chain.start({ patch });
      chain.replicas[0]!.answer = half;
      return statuses();
    };

    it('is made again elsewhere in time', async () => {
      expect(await statusesWith(unpatched)).toEqual([200]);
      expect(chain.replicas[0]!.received.length).toBeGreaterThan(0);
    });

    it('is not where nobody says how long the rest may take (control)', async () => {
      const untimed = replacing('default.vcl', 'set bereq.between_bytes_timeout = bereq.first_byte_timeout;', '');
      expect(await statusesWith(untimed)).toEqual([200, 504]);
    });
  });

  describe('while no replica says anything', () => {
    const silent = async (patch: Patch, environment = {}) => {
      chain = await Chain.start({ patch, environment });
      for (const replica of chain.replicas) replica.answer = () => {};
    };

    /** What becomes of several who wait for one and the same word, and what of a page afterwards. */
    const statusesOfOneWord = async (patch: Patch) => {
      await silent(patch);
      const replies = await Promise.all(Array.from({ length: 6 }, () => chain.client.call(word('same'))));
      const { status } = await chain.client.call('/about');
      return { words: [...new Set(replies.map(({ status }) => status))].sort(), page: status };
    };

    it('fails within the deadline for all who wait for the same, and takes no cache away from others', async () => {
      expect(await statusesOfOneWord(unpatched)).toEqual({ words: [503], page: 200 });
    });

    it('fails too late where each of them has a deadline of its own (control)', async () => {
      const ofEach = replacing(
        'default.vcl',
        'std.real(bereq.http.X-End, 0.0)',
        'std.real(time = now) + std.real(bereq.http.X-Timeout-Ms, 3000.0) / 1000.0',
      );
      expect((await statusesOfOneWord(ofEach)).words).toContain(504);
    });

    /** How often one call is made, where behind one address may be several replicas, as on a cluster. */
    const triesBehindServices = async (patch: Patch) => {
      await silent(patch, { PROBED: 'recent' });
      expect((await chain.client.call(word('same'))).status).toBe(503);
      return chain.asked.length;
    };

    it('is made three times at most', async () => {
      expect(await triesBehindServices(unpatched)).toBe(3);
    });

    it('is made again and again where only refusals are counted (control)', async () => {
      const untimed = replacing('default.vcl', '&& std.real(time = now) < var.get_real("last") &&', '&&');
      expect(await triesBehindServices(untimed)).toBeGreaterThan(3);
    });
  });

  describe('from a replica that gives up at the deadline that it was told', () => {
    const statusesWith = async (patch: Patch) => {
      chain = await Chain.start({ patch });
      chain.replicas[0]!.answer = (response) => response.writeHead(504).end();
      return statuses();
    };

    it('is made again elsewhere, as from one that says nothing until then', async () => {
      expect(await statusesWith(unpatched)).toEqual([200]);
      expect(chain.replicas[0]!.received.length).toBeGreaterThan(0);
    });

    it('is not where what it says counts for an answer (control)', async () => {
      expect(await statusesWith(replacing('default.vcl', ' || beresp.status == 504)', ')'))).toEqual([200, 504]);
    });
  });

  describe('for which a client wants a part only', () => {
    const ranges = ['bytes=0-0', 'bytes=0-0,2-2', 'bytes=5-2', 'bytes=9999-', 'bytes=', 'items=1-2'];
    const addresses = ['/about', word(1), '/words?q=a', '/%61bout', '/api/dictionary/x'];
    const undropped = (file: string, drop: string) => replacing(file, drop, '');
    const atTheEdge = undropped('proxying.conf', 'proxy_set_header Range "";');
    const inTheCache = undropped('default.vcl', 'unset req.http.Range;');
    const statusesWith = async (patch: Patch) => {
      chain = await Chain.start({ patch });
      const seen = new Set<number>();
      for (const address of addresses) {
        for (const Range of ranges) {
          const { status, headers } = await chain.client.call(address, { headers: { Range } });
          expect(headers).not.toHaveProperty('accept-ranges');
          seen.add(status);
        }
      }
      return [...seen].sort();
    };

    it.each([
      ['edge', inTheCache],
      ['cache', atTheEdge],
    ])('is one of the whole, once, even if only the %s says so', async (_, patch) => {
      expect(await statusesWith(patch)).toEqual([200]);
      // Two of the addresses are kept.
      expect(chain.origins.flatMap(({ received }) => received)).toHaveLength(2 + 3 * ranges.length);
    });

    it('fails where the range is passed on (control)', async () => {
      expect(await statusesWith((file, text) => atTheEdge(file, inTheCache(file, text)))).toEqual([206, 416, 503]);
    });
  });

  describe('for which no time is left', () => {
    /** Which of two answers comes first: one for which there is no time, or a later one that is given a second. */
    const firstWith = async (patch: Patch) => {
      chain = await Chain.start({ patch });
      for (const replica of chain.replicas) replica.answer = () => {};
      const call = async (timeoutMs: number) => {
        await chain.direct(1).call(word(timeoutMs), { headers: { 'X-Timeout-Ms': timeoutMs } });
        return timeoutMs;
      };
      const none = call(0);
      await until(() => chain.asked.length > 0);
      return Promise.race([none, call(1000)]);
    };

    it('does not wait', async () => {
      expect(await firstWith(unpatched)).toBe(0);
    });

    it('waits for as long as Varnish likes where none counts as nothing said (control)', async () => {
      const asItIs = replacing('default.vcl', 'if (std.integer(bereq.http.X-Timeout-Ms, 0) < 1)', 'if (false)');
      expect(await firstWith(asItIs)).toBe(1000);
    });
  });
});
