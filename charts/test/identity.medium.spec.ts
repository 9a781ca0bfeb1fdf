// Whom the edge says a request counts for: seen by a stand-in for both caches.
import { afterEach, describe, expect, it } from '@jest/globals';
import { loopback, until } from '@almanac/testing';
import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { Chain } from './chain.ts';
import type { CallOptions } from './client.ts';
import { replacing, type Patch } from './native-service.ts';
import { Origin, type Answer } from './origin.ts';
import { served } from './routing-table.ts';

const word = '/api/dictionary/words/dog';
const secret = 'A.secret+of_128-bits';

describe('the edge tells the caches who asks', () => {
  let chain: Chain;
  let caches: Origin[] = [];
  let accounts: Origin | undefined;
  afterEach(async () => {
    await chain?.stop();
    await Promise.all([...caches, ...(accounts ? [accounts] : [])].map((origin) => origin.kill()));
  });
  const start = async (environment: Record<string, string> = {}, patch?: Patch) => {
    chain = await Chain.start({ cachesStarted: false, originsStarted: false, environment, ...(patch && { patch }) });
    caches = chain.caches.map(({ name, environment }) => new Origin(name, environment['SELF']!));
    await Promise.all(caches.map((cache) => cache.start()));
  };
  /** The headers that reach a cache. */
  const told = async (options: CallOptions = {}, path = word) => {
    for (const cache of caches) cache.received = [];
    const { status } = await chain.client.call(path, options);
    expect(status).toBe(200);
    return caches.flatMap(({ received }) => received)[0]!.headers;
  };
  const who = async (headers: Record<string, string>, path = word) => {
    const { 'x-rate-class': rateClass, 'x-rate-key': key } = await told({ headers }, path);
    return `${String(rateClass)} ${String(key)}`;
  };

  describe('by address', () => {
    /** The reference: written out in full, then the first four groups. */
    const networkOf = (groups: number[]) =>
      groups
        .slice(0, 4)
        .map((group) => group.toString(16))
        .join(':');
    const isMapped = (groups: number[]) => groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
    const dotted = (groups: number[]) =>
      groups
        .slice(6)
        .flatMap((group) => [group >> 8, group & 255])
        .join('.');
    /** One of the ways to write it: with or without zeros left out, in small letters or capitals, with zeros in front. */
    const spelled = (groups: number[]) => {
      const all = groups.map((group) => group.toString(16).padStart(randomInt(1, 5), '0'));
      const runs = groups.flatMap((group, at) => (group === 0 ? [at] : []));
      const from = runs[randomInt(0, Math.max(1, runs.length))];
      if (from !== undefined && randomInt(0, 3) > 0) {
        let to = from;
        while (groups[to + 1] === 0) to++;
        // nginx takes :: for two groups or more.
        if (to === from) return all.join(':');
        const short = `${all.slice(0, from).join(':')}::${all.slice(to + 1).join(':')}`;
        return randomInt(0, 2) ? short.toUpperCase() : short;
      }
      return all.join(':');
    };
    /** Full of zeros. */
    const randomGroups = () => {
      const density = randomInt(0, 10);
      return Array.from({ length: 8 }, () =>
        randomInt(0, 10) < density ? 0 : randomInt(1, randomInt(0, 2) ? 16 : 65536),
      );
    };

    it('of IPv6 by the first four groups, however it is written', async () => {
      await start({ TRUSTED_PROXIES: '127.0.0.0/8' });
      const mapped = [0, 0, 0, 0, 0, 0xffff, randomInt(65536), randomInt(65536)];
      const edges = Array.from({ length: 256 }, (_, bits) => [...bits.toString(2).padStart(8, '0')].map(Number));
      const addresses = [mapped, ...edges, ...Array.from({ length: 400 }, randomGroups)];
      for (const groups of addresses) {
        const address = spelled(groups);
        expect(isIPv6(address)).toBe(true);
        const expected = isMapped(groups) ? dotted(groups) : networkOf(groups);
        expect([address, await who({ 'X-Forwarded-For': address })]).toEqual([address, `anonymous ${expected}`]);
      }
    });

    it('of IPv4 by all of it, in the spelling of IPv6 too', async () => {
      await start({ TRUSTED_PROXIES: '127.0.0.0/8' });
      for (let n = 0; n < 20; n++) {
        const address = [...randomBytes(4)].join('.');
        expect(await who({ 'X-Forwarded-For': address })).toBe(`anonymous ${address}`);
        expect(await who({ 'X-Forwarded-For': `::ffff:${address}` })).toBe(`anonymous ${address}`);
      }
    });

    it('and not by what he says himself', async () => {
      await start();
      const own = { 'X-Rate-Class': 'member', 'X-Rate-Key': 'me', 'X-Forwarded-For': '1.2.3.4', 'X-Member': 'me' };
      expect(await told({ headers: own })).toMatchObject({ 'x-rate-class': 'anonymous', 'x-rate-key': '127.0.0.1' });
      expect(await told({ headers: own })).not.toHaveProperty('x-member');
    });
  });

  describe('by the load secret', () => {
    const load = (given: string, key?: string) => ({ 'X-Load-Secret': given, ...(key && { 'X-Load-Key': key }) });

    it('as one of many visitors, by the name that is sent', async () => {
      await start({ LOAD_SECRET: secret });
      expect(await who(load(secret, 'visitor-1'))).toBe('load visitor-1');
      expect(await who(load(secret))).toBe('load 127.0.0.1');
      for (const key of ['x'.repeat(65), 'a b', 'a/b', 'a:b', 'é']) {
        expect(await who(load(secret, key))).toBe('load 127.0.0.1');
      }
      expect(await who(load(secret, 'x'.repeat(64)))).toBe(`load ${'x'.repeat(64)}`);
    });

    it('only by the whole of it, in its own letters', async () => {
      await start({ LOAD_SECRET: secret });
      const others = [secret.toLowerCase(), secret.toUpperCase(), secret.slice(1), secret.slice(0, -1), `${secret}x`];
      for (const other of [
        ...others,
        `x${secret}`,
        secret.replace('.', 'x'),
        secret.replace('+', 't'),
        '.*',
        '\\E.*',
      ]) {
        expect(await who(load(other, 'visitor-1'))).toBe('anonymous 127.0.0.1');
      }
    });

    it.each(['', 'off'])('by none where it is %j', async (none) => {
      await start({ LOAD_SECRET: none });
      for (const given of [none, '', 'off', '1']) expect(await who(load(given, 'me'))).toBe('anonymous 127.0.0.1');
    });

    it('which goes no further, and into no log', async () => {
      await start({ LOAD_SECRET: secret });
      const headers = await told({ headers: load(secret, 'visitor-1') });
      expect(JSON.stringify(headers)).not.toContain(secret);
      expect(headers).not.toHaveProperty('x-load-key');
      for (const cache of caches) cache.answer = (response) => response.writeHead(404).end();
      await chain.client.call('/api/dictionary/x', { headers: load(secret, 'visitor-1') });
      await until(() => readFileSync(chain.edge.log, 'utf8').includes('"rateClass":"load","rateKey":"visitor-1"'));
      expect(readFileSync(chain.edge.log, 'utf8')).not.toContain(secret);
    });
  });

  describe('by the session', () => {
    const session = (id: string) => ({ Cookie: `theme=dark; __Host-session=${id}; other=1` });
    /** A stub of accounts that knows one session, of the member m-1. */
    const known: Answer = (response, { headers }) => {
      if (headers.cookie !== '__Host-session=known') return response.writeHead(401, { 'X-Member-Id': 'nobody' }).end();
      return response.writeHead(200, { 'X-Member-Id': 'm-1', 'X-Member': 'signed.token' }).end();
    };
    const startWithAccounts = async (patch?: Patch) => {
      accounts = await new Origin('accounts', loopback().address()).start();
      accounts.answer = known;
      await start({ ACCOUNTS: `${accounts.address}:8080`, LOAD_SECRET: secret }, patch);
    };

    it('as a member, and shows accounts nothing but the session', async () => {
      await startWithAccounts();
      expect(await who({ ...session('known'), 'X-Own': 'x', Authorization: 'x' })).toBe('member m-1');
      expect(accounts!.received).toHaveLength(1);
      const { method, url, headers } = accounts!.received[0]!;
      expect([method, url, headers.cookie]).toEqual(['GET', '/internal/identity', '__Host-session=known']);
      expect(headers).not.toHaveProperty('x-own');
      expect(headers).not.toHaveProperty('authorization');
    });

    it('whatever is asked for, and however', async () => {
      await startWithAccounts();
      for (const { example } of served) expect(await who(session('known'), example)).toBe('member m-1');
      const post = { method: 'POST', body: 'x'.repeat(1000), headers: session('known') };
      expect(await told(post, '/api/dictionary/x')).toMatchObject({ 'x-rate-class': 'member' });
    });

    it('as anybody where accounts knows none, and is not asked without one', async () => {
      await startWithAccounts();
      expect(await who(session('unknown'))).toBe('anonymous 127.0.0.1');
      accounts!.received = [];
      const none = [
        'session=known',
        '__Host-session=',
        '__Host-session=a b',
        'x__Host-session=known',
        '__host-session=known',
      ];
      for (const Cookie of none) expect(await who({ Cookie })).toBe('anonymous 127.0.0.1');
      expect(await who({})).toBe('anonymous 127.0.0.1');
      expect(accounts!.received).toEqual([]);
    });

    it('as anybody where the answer is no member’s id', async () => {
      await startWithAccounts();
      for (const id of ['', 'a b', '../x', 'x'.repeat(65), 'é', 'a,b']) {
        accounts!.answer = (response) =>
          response.writeHead(200, { 'X-Member-Id': Buffer.from(id).toString('latin1') }).end();
        expect(await who(session('known'))).toBe('anonymous 127.0.0.1');
      }
    });

    it('as anybody whatever else accounts says', async () => {
      await startWithAccounts();
      const statuses = [
        201, 204, 299, 301, 302, 304, 307, 400, 401, 403, 404, 409, 418, 422, 429, 451, 500, 502, 503, 504,
      ];
      for (const status of statuses) {
        accounts!.answer = (response) => response.writeHead(status, { 'X-Member-Id': 'm-1' }).end();
        expect([status, await who(session('known'))]).toEqual([status, 'anonymous 127.0.0.1']);
      }
    });

    it('as anybody while accounts is away, breaks off, or is late', async () => {
      await startWithAccounts();
      accounts!.answer = ({ socket }) => socket!.resetAndDestroy();
      expect(await who(session('known'))).toBe('anonymous 127.0.0.1');
      accounts!.answer = () => {};
      const beganMs = performance.now();
      expect(await who(session('known'))).toBe('anonymous 127.0.0.1');
      expect(performance.now() - beganMs).toBeGreaterThan(300); // proxy_read_timeout
      await accounts!.kill();
      expect(await who(session('known'))).toBe('anonymous 127.0.0.1');
    });

    it('but no public route where that is an error (control)', async () => {
      await startWithAccounts(replacing('identity.conf', 'proxy_intercept_errors on;', ''));
      accounts!.answer = (response) => response.writeHead(500).end();
      expect((await chain.client.call(word, { headers: session('known') })).status).toBe(503);
    });

    it('with a token for routes that ask for it, and for no other', async () => {
      const asking = `location /api/private/ {
        auth_request_set $member_id_said $upstream_status:$upstream_http_x_member_id;
        auth_request_set $member $upstream_http_x_member;
        set $timeout_ms 3000;
        proxy_pass http://caches;
      }
      location /api/dictionary/ {`;
      await startWithAccounts(replacing('nginx.conf', 'location /api/dictionary/ {', asking));
      const headers = { ...session('known'), 'X-Member': 'forged' };
      expect(await told({ headers }, '/api/private/x')).toMatchObject({ 'x-member': 'signed.token' });
      for (const { example } of served) expect(await told({ headers }, example)).not.toHaveProperty('x-member');
      const unknown = { ...session('unknown'), 'X-Member': 'forged' };
      expect(await told({ headers: unknown }, '/api/private/x')).not.toHaveProperty('x-member');
    });

    it('and says so in the log of what is refused, also where a page stands for it', async () => {
      await startWithAccounts();
      for (const cache of caches) cache.answer = (response) => response.writeHead(429).end();
      const headers = { ...session('known'), Accept: 'text/html' };
      expect((await chain.client.call('/about', { headers })).status).toBe(429);
      await until(() => readFileSync(chain.edge.log, 'utf8').includes('"rateClass":"member","rateKey":"m-1"'));
    });
  });
});
