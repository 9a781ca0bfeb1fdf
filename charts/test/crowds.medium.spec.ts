import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { Chain, type ChainOptions } from './chain.ts';
import type { Reply } from './client.ts';
import { replacing, type Patch } from './native-service.ts';
import type { Answer } from './origin.ts';

const word = '/api/dictionary/words/';
const visitors = Array.from({ length: 20 }, (_, n) => `127.0.2.${n + 1}`);
const expired: Answer = (response) =>
  response.setHeader('Cache-Control', 'max-age=1, s-maxage=1').setHeader('X-Made', Date.now()).end('{}');

const all =
  (...patches: Patch[]): Patch =>
  (file, text) =>
    patches.reduce((done, patch) => patch(file, done), text);
/** Nobody gives up before all have asked, however busy the machine is. */
const patient = all(
  replacing('nginx.conf', 'set $timeout_ms 3000;', 'set $timeout_ms 60000;'),
  replacing('nginx.conf', 'proxy_read_timeout 3500ms;', 'proxy_read_timeout 60s;'),
);
const connections = (count: number) =>
  replacing('nginx.conf', 'worker_connections 1024;', `worker_connections ${count};`);

describe('the edge and the caches before a crowd', () => {
  let chain: Chain;
  afterEach(() => chain?.stop());
  const start = async (options: ChainOptions = {}) => (chain = await Chain.start(options));
  const answerWith = (answer: Answer) => chain.replicas.forEach((replica) => (replica.answer = answer));
  /** `count` calls at the same time, of visitors in turn. */
  const crowd = (count: number, path: (n: number) => string) =>
    Promise.all(
      Array.from({ length: count }, (_, n) => chain.client.call(path(n), { from: visitors[n % visitors.length]! })),
    );
  const statuses = (replies: Reply[]) => [...new Set(replies.map(({ status }) => status))].sort();
  const isStale = async () => {
    const ages = await crowd(20, () => `${word}dog`);
    return ages.every(({ headers }) => String(headers['cache-status']).endsWith('stale'));
  };

  describe('that asks for one word whose copy is no longer fresh', () => {
    /** How often the origins are asked then, and what the crowd gets. */
    const stampede = async (count: number) => {
      answerWith(expired);
      await crowd(20, () => `${word}dog`);
      // From now on they take their time, so that all ask while the word is being fetched.
      const waiting: (() => void)[] = [];
      answerWith((response, request) => waiting.push(() => void expired(response, request)));
      await until(isStale);
      const before = chain.asked.length - waiting.length;
      const replies = await crowd(count, () => `${word}dog`);
      const calls = chain.asked.length - before;
      for (const answer of waiting) answer();
      return { calls, statuses: statuses(replies) };
    };

    it('ask an origin once for each cache, and let nobody wait', async () => {
      await start({ patch: patient });
      expect(await stampede(1000)).toEqual({ calls: 2, statuses: [200] });
    });

    it('ask more than once for each cache where one that asks does not stand for all (control)', async () => {
      await start({ patch: all(patient, replacing('default.vcl', 'return (hash);', 'return (pass);')) });
      const waiting: (() => void)[] = [];
      answerWith((response, request) => waiting.push(() => void expired(response, request)));
      const replies = crowd(100, () => `${word}dog`);
      await until(() => waiting.length === 100);
      for (const answer of waiting) answer();
      expect(statuses(await replies)).toEqual([200]);
    });
  });

  describe('while no origin answers', () => {
    const asking = 2000;
    /**
     * Half as many again as max_connections of both caches: a connection is counted when it is there, so that of calls in the
     * same moment more slip through the slower connections are made. Without a bound each origin has a third of all.
     */
    const most = 1.5 * (2 * 128);
    /** What a crowd that asks for a word each gets at once, and how many of them wait at each origin. */
    const overrun = async (patch: Patch = (_, text) => text) => {
      // This process is all visitors and all origins, and may be late to say that these are ready.
      const unasked = { environment: { PROBED: '' }, settled: false };
      await start({ ...unasked, patch: all(patient, connections(4096), patch) });
      answerWith(() => {});
      const atOnce: Reply[] = [];
      const calls = Array.from({ length: asking }, async (_, n) => {
        const reply = await chain.client.call(`${word}w${n}`, { from: visitors[n % visitors.length]! });
        atOnce.push(reply);
        return reply;
      });
      await until(() => atOnce.length + chain.asked.length >= asking, 'all have asked', 60_000);
      const refused = [...atOnce];
      const waiting = chain.replicas.map(({ received }) => received.length);
      const pids = chain.caches.map(({ pid }) => pid);
      await Promise.all(chain.replicas.map((replica) => replica.kill()));
      return { refused, waiting, pids, replies: await Promise.all(calls) };
    };

    it('say 503 with Retry-After, queue not much more at an origin than it may have, and go on as before', async () => {
      const { refused, waiting, replies, pids } = await overrun();
      expect(Math.max(...waiting)).toBeLessThanOrEqual(most);
      expect(refused.length).toBeGreaterThanOrEqual(asking - 3 * most);
      expect(statuses(replies)).toEqual([503]);
      for (const { headers } of replies) expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
      await Promise.all(chain.replicas.map((replica) => replica.start()));
      chain.forget();
      expect(statuses(await crowd(40, (n) => `${word}after${n}`))).toEqual([200]);
      expect(chain.caches.map(({ pid }) => pid)).toEqual(pids);
    });

    it('queue more at the origins where nothing bounds that (control)', async () => {
      const { waiting } = await overrun(replacing('default.vcl', '.max_connections = 128;', ''));
      expect(Math.max(...waiting)).toBeGreaterThan(most);
    });
  });

  describe('that takes all connections that the edge has', () => {
    const without503 = replacing('errors.conf', 'error_page 500 502 =503', 'error_page 502 =503');
    const one = replacing('nginx.conf', 'worker_processes 2;', 'worker_processes 1;');
    const told = async (patch: Patch = (_, text) => text) => {
      await start({ patch: all(one, connections(64), patch) });
      const waiting: (() => void)[] = [];
      answerWith((response, request) => waiting.push(() => void expired(response, request)));
      let open = 40;
      // One that is cut off gets no answer: nginx takes connections without a request from others when it has none left.
      const call = (n: number) =>
        chain.client
          .call(`${word}w${n}`, { from: visitors[n % visitors.length]! })
          .then(({ status }) => status)
          .catch(({ code }: NodeJS.ErrnoException) => code)
          .finally(() => (open -= 1));
      const outcomes = Promise.all(Array.from({ length: open }, (_, n) => call(n)));
      await until(() => {
        for (const answer of waiting.splice(0)) answer();
        return open === 0;
      });
      return [...new Set(await outcomes)].filter((outcome) => outcome !== 'ECONNRESET').sort();
    };

    it('say 503 to who is too many', async () => {
      expect(await told()).toEqual([200, 503]);
    });

    it('say 500, as if something were broken, where that is left to nginx (control)', async () => {
      expect(await told(without503)).toEqual([200, 500]);
    });
  });
});
