// Chapter 5, figure 5-5: a cache beside each replica of the dictionary, instead of one in those in front of them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Chain, type ChainOptions } from './chain.ts';
import { NativeService, replacing, type Patch } from './native-service.ts';

const word = '/api/dictionary/words/dog';

describe('caches beside the replicas', () => {
  let chain: Chain;
  let beside: NativeService[];
  afterEach(() => Promise.all([chain, ...beside].map((server) => server?.stop())));

  const start = async ({ patch, environment }: ChainOptions = {}) => {
    const own = { environment: { CACHE_BESIDE: 'dictionary', ...environment }, ...(patch && { patch }) };
    chain = await Chain.start({ ...own, settled: false });
    const { net, folder } = chain;
    const names = [1, 2, 3].map((number) => `dictionary-cache-${number}`);
    beside = names.map((name) => new NativeService({ name, net, folder, ...(patch && { patch }) }));
    await Promise.all(beside.map((cache) => cache.start()));
    await chain.settle();
    return chain;
  };
  /** A call that the caches in front send to the same replica as others with this key. */
  const callBy = async (key: string, cache: 1 | 2 = 1, path = word) =>
    chain.direct(cache).call(path, { headers: { 'x-request-id': key } });
  const statusOf = async (...call: Parameters<typeof callBy>) =>
    String((await callBy(...call)).headers['cache-status']);

  it('keep what their own replica has made, whoever in front asks', async () => {
    await start();
    expect(await statusOf('a')).toMatch(/^dictionary-cache-\d; fwd=miss; stored, cache-1; fwd=bypass$/);
    expect(await statusOf('a')).toMatch(/^dictionary-cache-\d; hit; ttl=\d+, cache-1; fwd=bypass$/);
    expect(await statusOf('a', 2)).toMatch(/^dictionary-cache-\d; hit; ttl=\d+, cache-2; fwd=bypass$/);
    expect(chain.asked).toHaveLength(1);
  });

  it('hold one copy each, however often a word is asked for', async () => {
    await start();
    for (let n = 0; n < 60; n++) expect((await chain.client.call(word)).status).toBe(200);
    expect(chain.replicas.map(({ received }) => received.length)).toEqual([1, 1, 1]);
  });

  const passing: Patch = (file, text) => replacing('beside.vcl', 'return (hash);', 'return (pass);')(file, text);
  it('are what keeps it: without them nothing does', async () => {
    await start({ patch: passing });
    for (let n = 0; n < 3; n++)
      expect(await statusOf('a')).toMatch(/^dictionary-cache-\d; fwd=bypass, cache-1; fwd=bypass$/);
    expect(chain.asked).toHaveLength(3);
  });

  it('are not ready when their replica is not, and then get nothing', async () => {
    await start();
    const [first] = chain.replicas as [(typeof chain.replicas)[0]];
    first.ready = false;
    await chain.untilSeen(first, false);
    expect((await fetch(`http://${first.address}:8081/readyz`)).status).toBe(503);
    expect((await fetch(`http://${first.address}:8081/livez`)).status).toBe(200);
    for (let n = 0; n < 30; n++) await chain.client.call(`${word}-${n}`);
    expect(first.received).toEqual([]);
    expect(chain.asked).toHaveLength(30);
  });

  const failures = async (patch?: Patch) => {
    await start(patch ? { patch } : {});
    await chain.replicas[0]!.kill();
    const replies = await Promise.all(Array.from({ length: 30 }, (_, n) => chain.client.call(`${word}-${n}`)));
    return replies.filter(({ status }) => status !== 200).length;
  };

  it('let those in front ask another one when their replica has died', async () => {
    expect(await failures()).toBe(0);
  });

  it('would fail with it if they did not say so', async () => {
    expect(await failures(replacing('beside.vcl', 'set beresp.http.X-Not-Ready = "replica";', ''))).toBeGreaterThan(0);
  });

  it('do not count a second time who asks: the limit is that of those in front', async () => {
    await start({ environment: { RATE_ANONYMOUS_BURST: '5', RATE_ANONYMOUS_REFILL: '60s' } });
    const replies = await Promise.all(Array.from({ length: 12 }, () => chain.client.call(word)));
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(4);
    expect(replies.length - refused.length).toBeGreaterThan(4);
    expect(refused[0]!.headers['retry-after']).toMatch(/^\d+$/);
  });

  it('are not on the way of what is a visitor’s own, nor of pages', async () => {
    await start();
    for (const [path, kept] of [
      ['/api/dictionary/recent', 'fwd=bypass'],
      ['/about', 'fwd=miss; stored'],
    ] as const) {
      const { headers } = await chain.direct(1).call(path);
      expect(headers['cache-status']).toBe(`cache-1; ${kept}`);
    }
    expect(chain.asked).toEqual([]);
  });
});

// Helm gives a chart no other chart's files, so that the two cannot include one.
describe('beside.vcl', () => {
  const read = (path: string) => readFileSync(join(import.meta.dirname, '../almanac/charts', path), 'utf8');
  /** A subroutine without its comments. */
  const codeOf = (vcl: string, name: string) => {
    const [code] = new RegExp(`^sub ${name} \\{$.*?^\\}$`, 'ms').exec(vcl)!;
    return code.replace(/^ *#.*\n/gm, '');
  };
  const [beside, layer] = ['dictionary/files/beside.vcl', 'cache/files/default.vcl'].map(read) as [string, string];

  it.each(['vcl_hash', 'vcl_pass', 'not_kept'])('has the same %s as the caches in front', (name) =>
    expect(codeOf(beside, name)).toBe(codeOf(layer, name)),
  );

  it('keeps the same answers for the same time', () => {
    const kept = (vcl: string) => {
      const code = codeOf(vcl, 'vcl_backend_response');
      return code.slice(code.indexOf('if (bereq.uncacheable)'));
    };
    expect(kept(beside)).toBe(kept(layer));
    expect(kept(beside)).toContain('set beresp.grace');
  });
});
