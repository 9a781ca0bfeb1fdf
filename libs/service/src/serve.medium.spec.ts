import { describe, expect, it } from '@jest/globals';
import { type ServiceProcess, until } from '@almanac/testing';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { metrics, spawnThings } from './harness.fixture.ts';
import { serve } from './serve.ts';

/** How often the load's balancer asks who is ready. */
const PROBE_MS = 200;

/**
 * Sends requests as a balancer would, to whoever its last probe saw ready, until there is nobody. Tells the service to
 * end just after a probe, so that the whole window until the next one is in the load.
 */
async function loadAndEnd(things: ServiceProcess, workers: number): Promise<{ answered: number; failed: string[] }> {
  const seen = { answered: 0, failed: [] as string[] };
  let ready = true;
  const probing = (async () => {
    await delay(PROBE_MS);
    things.child.kill('SIGTERM');
    while (ready) {
      await delay(PROBE_MS);
      ready = await things.isReady();
    }
  })();
  const worker = async (): Promise<void> => {
    while (ready) {
      try {
        const response = await fetch(`${things.url}/things/slow/20`);
        await response.text();
        if (response.ok) seen.answered++;
        else seen.failed.push(String(response.status));
      } catch (error) {
        seen.failed.push(String((error as Error).cause ?? error));
      }
    }
  };
  await Promise.all([probing, ...Array.from({ length: workers }, worker)]);
  return seen;
}

describe(serve.name, () => {
  it('says in one line each what is wrong with its environment, and exits 78', async () => {
    await using things = spawnThings({ PORT: 'x', API_KEY: 'short' });
    expect(await things.exited).toEqual({ code: 78, signal: null });
    expect(things.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^things: PORT is "x": .*number/),
      expect.stringMatching(/^things: API_KEY is wrong \(its value is a secret\): /),
    ]);
  });

  it.each([
    ['PORT', 8080],
    ['ADMIN_PORT', 9090],
  ])('says that its %s is taken, and exits 1', async (variable, port) => {
    await using first = await spawnThings().ready();
    const SELF = new URL(first.url).hostname;
    const free = variable === 'PORT' ? { ADMIN_PORT: '9091' } : { PORT: '8081' };
    await using second = spawnThings({ SELF, ...free });
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.stderr).toBe(
      `things: cannot listen on ${SELF}:${port} (${variable}): it is taken by another process\n`,
    );
  });

  it('says that an address is not of this machine, and exits 1', async () => {
    await using things = spawnThings({ SELF: '192.0.2.1' });
    expect(await things.exited).toEqual({ code: 1, signal: null });
    expect(things.stderr).toContain('192.0.2.1:9090 (ADMIN_PORT): it is not an address of this machine (SELF)');
  });

  it('fails no request when it is told to end under load, and exits 0', async () => {
    await using things = await spawnThings({ DRAIN_MS: String(5 * PROBE_MS) }).ready();
    const { answered, failed } = await loadAndEnd(things, 8);
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(0);
    expect(await things.exited).toEqual({ code: 0, signal: null });
  });

  it('would fail some without its drain (negative control)', async () => {
    await using things = await spawnThings({ DRAIN_MS: '0' }).ready();
    const { failed } = await loadAndEnd(things, 8);
    expect(failed.length).toBeGreaterThan(0);
  });

  it('is not ready at once, still answers while it drains, and finishes what it began', async () => {
    await using things = await spawnThings({ DRAIN_MS: '500' }).ready();
    const begun = fetch(`${things.url}/things/slow/900`);
    await until(async () => /^http_server_active_requests 1$/m.test(await metrics(things)));
    things.child.kill('SIGTERM');
    await things.logged('draining');
    expect(await (await fetch(`${things.url}/readyz`)).json()).toEqual({
      ready: false,
      waitingFor: { shutdown: 'draining' },
    });
    expect((await fetch(`${things.url}/things/page`)).status).toBe(200);
    const answer = await begun;
    expect(answer.status).toBe(200);
    // Another request on this connection would find it closed.
    expect(answer.headers.get('connection')).toBe('close');
    expect(await things.exited).toEqual({ code: 0, signal: null });
    await things.logged('ended');
  });

  it('does not wait for a connection that never sent a request', async () => {
    await using things = await spawnThings({ DRAIN_MS: '10', SHUTDOWN_MS: '4000' }).ready();
    const { hostname, port } = new URL(things.url);
    const idle = connect(Number(port), hostname).on('error', () => {});
    await once(idle, 'connect');
    expect(await things.end()).toEqual({ code: 0, signal: null });
    idle.destroy();
  });

  it('ends with force after SHUTDOWN_MS and says what was left', async () => {
    await using things = await spawnThings({ DRAIN_MS: '10', SHUTDOWN_MS: '300' }).ready();
    const left = fetch(`${things.url}/things/slow/9000`).catch(() => 'cut off');
    await until(async () => /^http_server_active_requests 1$/m.test(await metrics(things)));
    expect(await things.end()).toEqual({ code: 1, signal: null });
    expect(await left).toBe('cut off');
    const line = await things.logged('not ended within');
    expect(line).toMatchObject({ leftCount: 1, left: [{ method: 'GET', route: '/things/slow/:ms' }] });
  });

  it('ends at once at the second signal', async () => {
    await using things = await spawnThings({ DRAIN_MS: '60000', SHUTDOWN_MS: '90000' }).ready();
    things.child.kill('SIGINT');
    await things.logged('draining');
    expect(await things.end('SIGINT')).toEqual({ code: 1, signal: null });
  });

  it('logs what nothing caught with its stack, and exits 1', async () => {
    await using things = await spawnThings().ready();
    await fetch(`${things.url}/things/crash`).catch(() => undefined);
    expect(await things.exited).toEqual({ code: 1, signal: null });
    expect(await things.logged('uncaught exception')).toMatchObject({
      level: 'fatal',
      err: { message: 'uncaught', stack: expect.stringContaining('things.fixture') },
    });
  });

  it('goes on when whoever read its log has gone', async () => {
    await using things = await spawnThings().ready();
    things.child.stdout!.destroy();
    for (let i = 0; i < 5; i++) expect((await fetch(`${things.url}/things/bug`)).status).toBe(500);
    expect(await things.isReady()).toBe(true);
  });

  it.each([
    ['is told to', (things: ServiceProcess) => things.child.kill('SIGTERM'), 0],
    ['crashes', (things: ServiceProcess) => void fetch(`${things.url}/things/crash`).catch(() => undefined), 1],
  ])('serves on while nobody reads its log, and ends when it %s', async (_what, end, code) => {
    await using things = await spawnThings({ DRAIN_MS: '0' }).ready();
    things.child.stdout!.pause();
    // More than the pipe and the backlog hold.
    const headers = { 'x-long': 'x'.repeat(12_000) };
    for (let i = 0; i < 200; i++) expect((await fetch(`${things.url}/things/headers`, { headers })).status).toBe(200);
    const exited = once(things.child, 'exit');
    end(things);
    expect(await exited).toEqual([code, null]);
  });

  it('logs failures with their trace, and neither successes nor secrets nor queries', async () => {
    await using things = await spawnThings().ready();
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers = {
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      authorization: 'Bearer hush',
      cookie: 'a=hush',
    };
    await fetch(`${things.url}/things/page?limit=3&q=hush`, { headers });
    await fetch(`${things.url}/things/headers`, { headers });
    expect(await things.logged('headers')).toMatchObject({ headers: { traceparent: headers.traceparent } });
    await fetch(`${things.url}/things/bug?q=hush`, { headers });
    expect(await things.logged('failed')).toMatchObject({
      level: 'error',
      service: 'things',
      replica: 'things-1',
      traceId,
      method: 'GET',
      route: '/things/bug',
      status: 500,
      err: { message: 'inner detail' },
    });
    expect(things.log.filter(({ route }) => route === '/things/page')).toEqual([]);
    expect(things.stdout).not.toContain('hush');
  });

  it('crashes and freezes when a fault says so', async () => {
    await using things = await spawnThings({ FAULTS: 'on' }).ready();
    const inject = (body: object) => fetch(`${things.adminUrl}/faults`, { method: 'POST', body: JSON.stringify(body) });
    const freezeMs = 400;
    expect((await inject({ freezeMs })).status).toBe(200);
    const startedAtMs = performance.now();
    expect((await fetch(`${things.adminUrl}/livez`)).status).toBe(200);
    expect(performance.now() - startedAtMs).toBeGreaterThan(freezeMs / 2);
    expect((await inject({ crash: true })).status).toBe(200);
    expect(await things.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });
});
