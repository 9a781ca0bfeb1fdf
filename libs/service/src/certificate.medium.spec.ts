import { Authority, until } from '@almanac/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { rmSync, truncateSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectPlainly, type Socket } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';
import { Certificate } from './certificate.ts';
import { fetchWithin } from './fetch-within.ts';
import { metrics, spawnThings, startThings } from './harness.fixture.ts';
import { baseEnvironment } from './environment.ts';

const { TLS_PORT } = baseEnvironment.parse({});

describe(Certificate, () => {
  let authority: Authority;
  beforeEach(() => {
    authority = new Authority();
  });
  afterEach(() => authority[Symbol.dispose]());

  const serving = (more: Record<string, string> = {}) =>
    startThings({ TLS_CERT_FILE: authority.certFile, TLS_KEY_FILE: authority.keyFile, TLS_CHECK_MS: '20', ...more });
  const tlsUrl = ({ url }: { url: string }) => url.replace(/^http:(.*):\d+$/, `https:$1:${TLS_PORT}`);
  const ask = async (things: { url: string }, { ca = authority.ca, servername = authority.name } = {}) =>
    fetchWithin(`${tlsUrl(things)}/things/page?limit=7`, { timeoutMs: 5_000, trust: { ca, servername } });
  /** A handshake of its own, as a connection that is open keeps the certificate it has begun with. */
  const serialAt = async ({ url }: { url: string }, options: ConnectionOptions = {}) => {
    const { hostname: host } = new URL(url);
    const socket = connect({ host, port: TLS_PORT, ca: authority.ca, servername: authority.name, ...options });
    await once(socket, 'secureConnect');
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };

  const plainly = async ({ url }: { url: string }, said: string): Promise<Socket> => {
    const socket = connectPlainly(TLS_PORT, new URL(url).hostname).on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(said);
    return socket;
  };

  it('lets the same routes be asked by TLS, beside the plain ones', async () => {
    await using things = await serving();
    for (const answer of [await ask(things), await fetch(`${things.url}/things/page?limit=7`)]) {
      expect(await answer.json()).toEqual({ limit: 7 });
    }
    const refused = await fetchWithin(`${tlsUrl(things)}/things/page?limit=99`, {
      timeoutMs: 5_000,
      trust: { ca: authority.ca, servername: authority.name },
    });
    await refused.text();
    expect([refused.status, refused.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
  });

  it('is not shown by TLS 1.2', async () => {
    await using things = await serving();
    await expect(serialAt(things, { maxVersion: 'TLSv1.2' })).rejects.toThrow();
    expect(await serialAt(things, { minVersion: 'TLSv1.3' })).toBe(authority.serial);
  });

  it('is taken by those only who trust its authority, and ask for its name', async () => {
    await using things = await serving();
    using other = new Authority();
    const cause = (message: string) => ({ kind: 'unavailable', cause: { message: expect.stringContaining(message) } });
    await expect(ask(things, { ca: other.ca })).rejects.toMatchObject(cause('certificate'));
    await expect(ask(things, { servername: 'edge.localhost' })).rejects.toMatchObject(cause('edge.localhost'));
    expect(await (await ask(things)).json()).toEqual({ limit: 7 });
  });

  it('is needed by who comes to its port: nobody else has an answer, or a connection for long', async () => {
    await using things = await serving({ RECEIVE_TIMEOUT_MS: '300' });
    for (const said of ['GET /things/page?limit=7 HTTP/1.1\r\nHost: a\r\n\r\n', 'x'.repeat(1000), '']) {
      const socket = await plainly(things, said);
      expect(String(await text(socket))).not.toContain('HTTP/');
    }
    expect(await (await ask(things)).json()).toEqual({ limit: 7 });
  });

  it('is not waited for at the end by who has not ended the handshake', async () => {
    const things = await serving({ RECEIVE_TIMEOUT_MS: '600000' });
    const socket = await plainly(things, '');
    await Promise.all([once(socket, 'close'), things.stop()]);
  });

  it('says when it ends, and so does the next one', async () => {
    await using things = await serving();
    const shown = async () =>
      Number(/^tls_certificate_expiry_timestamp_seconds (.+)$/m.exec(await metrics(things))![1]);
    expect(await shown()).toBe(authority.endsAtMs / 1000);
    authority.issue({ days: 20 });
    await until(async () => (await shown()) === authority.endsAtMs / 1000, 'the other time is shown');
    await using plain = await startThings();
    expect(await metrics(plain)).not.toContain('tls_certificate');
  });

  /** Asks all the time, each time by a new connection and by one that stays, while `change` happens. */
  const underLoad = async (things: { url: string }, change: () => Promise<void>) => {
    let answered = 0;
    let changed = false;
    const failures: unknown[] = [];
    const client = async (asks: () => Promise<unknown>) => {
      while (!changed)
        await asks().then(
          () => answered++,
          (error: unknown) => failures.push(error),
        );
    };
    const clients = [
      client(async () => (await ask(things)).text()),
      client(() => serialAt(things)),
      client(() => serialAt(things)),
    ];
    await until(() => answered > 50, 'there is load');
    await change();
    changed = true;
    await Promise.all(clients);
    return failures;
  };

  it('is replaced while somebody asks all the time, and no call fails', async () => {
    await using things = await serving();
    for (let time = 1; time <= 3; time++) {
      const before = authority.serial;
      const failures = await underLoad(things, async () => {
        authority.issue();
        await until(async () => (await serialAt(things)) === authority.serial, 'the new one is shown');
      });
      expect(authority.serial).not.toBe(before);
      expect(failures).toEqual([]);
    }
  });

  it('would stay the old one if nobody looked', async () => {
    await using things = await serving({ TLS_CHECK_MS: '3600000' });
    const before = authority.serial;
    authority.issue();
    await delay(200); // Ten times as long as the others take.
    expect(await serialAt(things)).toBe(before);
  });

  it.each(['EC', 'RSA'] as const)(
    'goes on while the next one has no key yet, is cut off or gone, which is said once (%s)',
    async (kind) => {
      const things = spawnThings({
        TLS_CERT_FILE: authority.certFile,
        TLS_KEY_FILE: authority.keyFile,
        TLS_CHECK_MS: '20',
      });
      try {
        await things.ready();
        const before = authority.serial;
        const said = () => [...things.stdout.matchAll(/the old one goes on/g)].length;
        authority.issue({ withKey: false, kind });
        await until(() => said() === 1, 'the missing key is noticed');
        expect(await serialAt(things)).toBe(before);
        truncateSync(authority.certFile, 100);
        await until(() => said() === 2, 'the half is noticed');
        expect(await serialAt(things)).toBe(before);
        rmSync(authority.certFile);
        await until(() => said() === 3, 'that it is gone is noticed');
        expect(await serialAt(things)).toBe(before);
        authority.issue({ withKey: false, kind });
        authority.giveKey();
        await until(async () => (await serialAt(things)) === authority.serial, 'the whole pair is taken');
        expect(things.stdout).not.toContain('PRIVATE KEY');
      } finally {
        await things.end('SIGKILL');
      }
    },
  );

  it('must be whole at the start, which a line says', async () => {
    authority.issue({ withKey: false, kind: 'RSA' });
    await expect(serving()).rejects.toThrow('the key is not the certificate’s');
    truncateSync(authority.keyFile, 10);
    await expect(serving()).rejects.toThrow(/^cannot serve with TLS_CERT_FILE and TLS_KEY_FILE: /);
    await expect(startThings({ TLS_CERT_FILE: authority.certFile })).rejects.toThrow('go together: both or none');
  });

  it('ends with the service, which first answers what came in by TLS', async () => {
    const things = await serving({ FAULTS: 'on' });
    const slow = JSON.stringify({ latencyMs: 300 });
    expect((await fetch(`${things.adminUrl}/faults`, { method: 'POST', body: slow })).ok).toBe(true);
    const answer = ask(things);
    await until(() => things.api.inFlight.count > 0, 'it is under way');
    await things.stop();
    expect(await (await answer).json()).toEqual({ limit: 7 });
    await expect(ask(things)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
