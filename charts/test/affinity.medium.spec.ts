import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { Chain, type ChainOptions } from './chain.ts';
import { Load } from './load.ts';
import { replacing } from './native-service.ts';

describe('between the edge and the caches', () => {
  let chain: Chain;
  afterEach(() => chain?.stop());
  const start = async (options: ChainOptions = {}) => (chain = await Chain.start(options));

  /** The caches that served a client; it is known by its address, or by what a trusted proxy says of it. */
  const cachesOf = async (client: { from: string } | { saidToBe: string }, calls = 8): Promise<string[]> => {
    const options = 'from' in client ? { from: client.from } : { headers: { 'X-Forwarded-For': client.saidToBe } };
    const names = new Set<string>();
    for (let n = 0; n < calls; n++) {
      const { headers } = await chain.client.call(`/api/dictionary/words/w${n}`, options);
      names.add(String(headers['cache-status']).split(';')[0]!);
    }
    return [...names];
  };
  const clients = Array.from({ length: 16 }, (_, n) => ({ from: `127.0.1.${n + 1}` }));

  it('a client has always the same cache, and the clients share both', async () => {
    await start();
    const caches = [];
    for (const client of clients) caches.push(await cachesOf(client));
    expect(caches.map(({ length }) => length)).toEqual(caches.map(() => 1));
    expect(new Set(caches.flat())).toEqual(new Set(['cache-1', 'cache-2']));
  });

  it('a client has now this and now that one where nothing is hashed (control)', async () => {
    await start({ patch: replacing('nginx.conf', 'hash $rate_key consistent;', '') });
    expect(await cachesOf(clients[0]!, 16)).toHaveLength(2);
  });

  it('an IPv6 client is its network, and an IPv4 client the same in IPv6’s spelling', async () => {
    await start({ environment: { TRUSTED_PROXIES: '127.0.0.0/8' } });
    const network = (third: number, host: string) => ({ saidToBe: `2001:db8:${third}:7:${host}` });
    const caches = new Set<string>();
    for (let third = 1; third <= 12; third++) {
      const hosts = [':1', ':2', 'a:b:c:d', '1:2:3:4', ':ffff', '9::'].map((host) => network(third, host));
      const served = (await Promise.all(hosts.map((host) => cachesOf(host, 1)))).flat();
      expect(new Set(served).size).toBe(1);
      caches.add(served[0]!);
    }
    expect(caches.size).toBe(2);
    for (let n = 1; n <= 8; n++) {
      expect(await cachesOf({ saidToBe: `::ffff:10.0.0.${n}` }, 1)).toEqual(
        await cachesOf({ saidToBe: `10.0.0.${n}` }, 1),
      );
    }
  });

  it('an address is not believed from just anyone', async () => {
    await start();
    await chain.client.call('/api/dictionary/anything', { headers: { 'X-Forwarded-For': '1.2.3.4' } });
    expect(chain.asked[0]!.headers['x-real-ip']).toBe('127.0.0.1');
  });

  describe('when a cache is killed under load', () => {
    const failuresAfterKill = async (options: ChainOptions) => {
      await start(options);
      const [mine] = await cachesOf({ from: '127.0.0.1' });
      const cache = chain.caches.find(({ name }) => name === mine)!;
      const running = new Load((n) => chain.client.call(`/api/dictionary/words/w${n}`));
      await until(() => running.answered > 50);
      await cache.stop('SIGKILL');
      const before = running.answered;
      await until(() => running.answered > before + 200 || running.failures.length > 0);
      return { cache, failures: (await running.end()).failures };
    };

    it('the other one takes over and no look-up fails; it gets its clients back', async () => {
      const { cache, failures } = await failuresAfterKill({});
      expect(failures).toEqual([]);
      await cache.start();
      await until(async () => (await cachesOf({ from: '127.0.0.1' }, 1))[0] === cache.name);
    });

    it('look-ups fail where the edge does not try the other (control)', async () => {
      const patch = replacing('proxying.conf', 'proxy_next_upstream error timeout;', 'proxy_next_upstream off;');
      expect((await failuresAfterKill({ patch })).failures.length).toBeGreaterThan(0);
    });
  });

  it('everything may start before what is behind it, and serves when that comes', async () => {
    await start({ originsStarted: false, cachesStarted: false });
    const look = () => chain.client.call('/api/dictionary/words/dog');
    const withoutCaches = await look();
    expect(withoutCaches.status).toBe(503);
    expect(withoutCaches.headers).toMatchObject({ 'content-type': 'application/problem+json', 'retry-after': '2' });
    expect(withoutCaches.headers).not.toHaveProperty('cache-status');
    await Promise.all(chain.caches.map((cache) => cache.start()));
    await until(async () => 'cache-status' in (await look()).headers);
    expect((await look()).status).toBe(503);
    await Promise.all(chain.origins.map((origin) => origin.start()));
    await until(async () => (await look()).status === 200);
  });
});
