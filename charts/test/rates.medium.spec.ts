import { afterEach, describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { connect } from 'node:http2';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chain, type ChainOptions } from './chain.ts';
import type { CallOptions } from './client.ts';
import { demand, type Ask, type Outcome } from './demand.ts';
import { replacing, type Patch } from './native-service.ts';
import { served } from './routing-table.ts';

const limit = { burst: 20, refillMs: 150 };
const limits = { RATE_ANONYMOUS_BURST: String(limit.burst), RATE_ANONYMOUS_REFILL: `${limit.refillMs}ms` };
const random = () => randomUUID().slice(0, 8);
const randomAddress = () => [...randomBytes(4)].join('.');
const randomHost = () =>
  randomBytes(8)
    .toString('hex')
    .replaceAll(/(.{4})\B/g, '$1:'); // of an IPv6 network
const word = () => `/api/dictionary/words/${random()}`;

/** What people try, to be somebody else with every request. */
const disguises: Record<string, () => [path: string, options?: CallOptions]> = {
  'random words': () => [word()],
  'random paths of every row': () => [`${served[Math.floor(Math.random() * served.length)]!.example}-${random()}`],
  'random queries': () => [`/api/dictionary/words/dog?${random()}=${random()}`],
  methods: () => [word(), { method: Math.random() < 0.5 ? 'GET' : 'HEAD' }],
  'the headers of proxies': () => {
    const address = randomAddress();
    const headers = { 'X-Forwarded-For': address, 'X-Real-IP': address, Forwarded: `for=${address}` };
    return [word(), { headers: { ...headers, 'X-Client-IP': address, 'True-Client-IP': address } }];
  },
  'the headers of the edge itself': () => {
    const own = { 'X-Rate-Key': random(), 'X-Rate-Class': 'load', 'X-Member': random(), 'X-Member-Id': random() };
    return [word(), { headers: own }];
  },
  'a key without the secret': () => [word(), { headers: { 'X-Load-Key': random(), 'X-Load-Secret': random() } }],
  'cookies and agents': () => [
    word(),
    { headers: { Cookie: `__Host-session=${random()}`, 'User-Agent': random(), Authorization: random() } },
  ],
};

describe('the rate limit', () => {
  let chain: Chain;
  afterEach(() => chain?.stop());
  const start = async ({ environment, ...options }: ChainOptions = {}) =>
    (chain = await Chain.start({ ...options, environment: { ...limits, ...environment } }));
  const ask =
    (disguise: () => [string, CallOptions?]): Ask =>
    () =>
      chain.client.call(...disguise());
  const expectExact = ({ allowed, least, most, refused }: Outcome) => {
    expect(refused).toBeGreaterThan(0);
    expect(allowed).toBeGreaterThanOrEqual(least);
    expect(allowed).toBeLessThanOrEqual(most);
  };

  describe('is burst + time / refill, give or take one,', () => {
    it('whatever is sent', async () => {
      await start();
      for (const [n, disguise] of Object.values(disguises).entries()) {
        const from = `127.0.2.${n + 1}`; // An address, and so a bucket, for each.
        const sent: Ask = () => {
          const [path, options] = disguise();
          return chain.client.call(path, { ...options, from });
        };
        expectExact(await demand(sent, limit));
      }
    });

    it('over the streams of several HTTP/2 connections', async () => {
      await start();
      const ca = readFileSync(join(chain.edge.environment['CERTS']!, 'edge.crt'));
      const { address } = chain.client;
      const sessions = [1, 2, 3].map(() => connect(`https://${address}:8443`, { ca, servername: 'localhost' }));
      const askByStream: Ask = async (n) => {
        const stream = sessions[n % sessions.length]!.request({ ':path': word(), ':authority': 'localhost:8443' });
        const [headers] = (await once(stream.resume(), 'response')) as [{ ':status': number }];
        return { status: headers[':status'] };
      };
      expectExact(await demand(askByStream, limit, { abreast: 12, pauseMs: 10 }));
      for (const session of sessions) session.destroy();
    });

    const fromNetwork = () => ask(() => [word(), { headers: { 'X-Forwarded-For': `2001:db8:0:7:${randomHost()}` } }]);
    const behindProxies = { TRUSTED_PROXIES: '127.0.0.0/8' };
    it('from all hosts of an IPv6 network', async () => {
      await start({ environment: behindProxies });
      expectExact(await demand(fromNetwork(), limit));
    });
    it('but more where each of its hosts counts by itself (control)', async () => {
      const patch = replacing('requests.conf', '(?<four>(?:[0-9a-f]+:){3}[0-9a-f]+):', '(?<four>[0-9a-f:]+)');
      await start({ patch, environment: behindProxies });
      const { allowed, most } = await demand(fromNetwork(), limit);
      expect(allowed).toBeGreaterThan(most);
    });

    it('for who comes to a cache past the edge, with a class of his choice', async () => {
      await start({ withEdge: false });
      const direct = chain.direct(1);
      expectExact(await demand(() => direct.call(word(), { headers: { 'X-Rate-Class': 'load' } }), limit));
      direct.close();
    });

    const steadily = { abreast: 1, pauseMs: limit.refillMs / 1.25, refills: 24 };
    it('for who asks a little too often for long', async () => {
      await start({ environment: { RATE_ANONYMOUS_BURST: '2' } });
      expectExact(await demand(ask(disguises['random words']!), { ...limit, burst: 2 }, steadily));
    });

    const ofTicks = '+ " " + var.get_string("tick"), 1, var.get_duration("refill") * 10)';
    it('but for him far less by a bucket alone (control)', async () => {
      const patch = replacing('rates.vcl', ofTicks, '+ " no tick", 0, 1s)');
      await start({ patch, environment: { RATE_ANONYMOUS_BURST: '3' } });
      const { allowed, least } = await demand(ask(disguises['random words']!), { ...limit, burst: 2 }, steadily);
      expect(allowed).toBeLessThan(least);
    });

    it('after a pause, too, which fills the reserve up to no more than the burst', async () => {
      await start({ environment: { RATE_ANONYMOUS_BURST: '4', RATE_ANONYMOUS_REFILL: '50ms' } });
      const small = { burst: 4, refillMs: 50 };
      expectExact(await demand(ask(disguises['random words']!), small));
      const emptyMs = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 3 * 2 * small.burst * small.refillMs));
      expect(performance.now() - emptyMs).toBeGreaterThan(2 * small.burst * small.refillMs);
      expectExact(await demand(ask(disguises['random words']!), small));
    });

    it.each<[string, Patch, () => [string, CallOptions?]]>([
      [
        'visitors are not hashed to a cache',
        replacing('nginx.conf', 'hash $rate_key consistent;', 'random;'),
        disguises['random words']!,
      ],
      [
        'the address asked for is part of the key',
        replacing('rates.vcl', 'req.http.X-Rate-Class + " " +', 'req.url +'),
        disguises['random words']!,
      ],
      [
        'a header is believed',
        replacing('proxying.conf', 'X-Rate-Key $rate_key', 'X-Rate-Key $http_x_rate_key'),
        disguises['the headers of the edge itself']!,
      ],
      [
        'the bucket is emptied to its last token',
        replacing('rates.vcl', '} elsif (var.get_int("left") > 0) {', '} elsif (var.get_int("left") >= 0) {'),
        disguises['random words']!,
      ],
    ])('but more where %s (control)', async (_, patch, disguise) => {
      await start({ patch });
      const { allowed, most } = await demand(ask(disguise), limit);
      expect(allowed).toBeGreaterThan(most);
    });
  });

  it('is one for all rows of the routing table', async () => {
    await start();
    const remaining: number[] = [];
    for (const { example } of served) {
      const { headers } = await chain.client.call(`${example}-${random()}`);
      remaining.push(Number(headers['x-ratelimit-remaining']));
    }
    expect(remaining.toSorted((a, b) => b - a)).toEqual(remaining);
    expect(remaining.at(-1)).toBeLessThan(remaining[0]!);
  });

  it('starts anew where another cache takes over, and lets nobody have more than one burst more by it', async () => {
    await start({ environment: { RATE_ANONYMOUS_REFILL: '60s' } });
    const slow = { ...limit, refillMs: 60_000 };
    const some = async () => {
      let allowed = 0;
      for (let n = 0; n < 2 * limit.burst; n++) allowed += (await chain.client.call(word())).status === 200 ? 1 : 0;
      return allowed;
    };
    const byOne = await some();
    expect([byOne, byOne - 1]).toContain(slow.burst);
    const { headers } = await chain.client.call(word());
    expect(headers['x-ratelimit-remaining']).toBe('0');
    const mine = chain.caches.find(({ name }) => String(headers['cache-status']).startsWith(name))!;
    await mine.stop('SIGKILL');
    const byOther = await some();
    expect([byOther, byOther - 1]).toContain(slow.burst);
  });
});
