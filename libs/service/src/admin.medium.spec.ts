import { totalmem } from 'node:os';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { createAdminServer } from './admin.ts';
import { startThings, type Things } from './harness.fixture.ts';

describe(createAdminServer.name, () => {
  let things: Things;
  afterEach(() => things.stop());

  const admin = (path: string, init?: RequestInit) => fetch(`${things.adminUrl}${path}`, init);
  const inject = (body: object) => admin('/faults', { method: 'POST', body: JSON.stringify(body) });

  it('is alive while not ready, and names what is waited for on both listeners', async () => {
    things = await startThings({ GATED: 'yes' });
    expect((await admin('/livez')).status).toBe(200);
    for (const url of [things.url, things.adminUrl]) {
      const response = await fetch(`${url}/readyz`);
      expect(response.status).toBe(503);
      expect(await response.json()).toEqual({ ready: false, waitingFor: { data: 'starting' } });
    }
    await fetch(`${things.url}/things/open`, { method: 'POST' });
    expect((await admin('/readyz')).status).toBe(200);
    expect(await (await fetch(`${things.url}/readyz`)).json()).toEqual({ ready: true });
  });

  it('says as a metric whether it is ready, so that who does not call it knows too', async () => {
    things = await startThings({ GATED: 'yes' });
    const ready = async () => /^service_ready (\d)$/m.exec(await (await admin('/metrics')).text())?.[1];
    expect(await ready()).toBe('0');
    await fetch(`${things.url}/things/open`, { method: 'POST' });
    expect(await ready()).toBe('1');
  });

  it('names the limits of its memory, so that what it has can be compared', async () => {
    things = await startThings();
    const text = await (await admin('/metrics')).text();
    const value = (name: string) => Number(new RegExp(`^${name} ([0-9.e+]+)$`, 'm').exec(text)?.[1]);
    expect(value('process_memory_limit_bytes')).toBeGreaterThan(value('process_resident_memory_bytes'));
    expect(value('process_memory_limit_bytes')).toBeLessThanOrEqual(totalmem());
    expect(value('nodejs_heap_size_limit_bytes')).toBeGreaterThan(value('nodejs_heap_size_used_bytes'));
  });

  it('shows the process, the requests in flight and the contract', async () => {
    things = await startThings();
    const text = await (await admin('/metrics')).text();
    for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_utilization', 'http_server_active_requests'])
      expect(text).toMatch(new RegExp(`^${name} [0-9.e+-]+$`, 'm'));
    expect(await (await admin('/openapi.json')).json()).toEqual({ openapi: '3.1.1' });
  });

  it('answers what it has not with problems', async () => {
    things = await startThings({ FAULTS: 'on' });
    expect((await admin('/nothing')).status).toBe(404);
    const wrong = await admin('/livez', { method: 'POST' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET']);
    expect((await admin('/faults', { method: 'POST', body: '{' })).status).toBe(400);
    expect((await admin('/faults', { method: 'POST', body: 'a'.repeat(20_000) })).status).toBe(413);
    expect(await (await inject({ errorRate: 9 })).json()).toMatchObject({
      detail: expect.stringContaining('errorRate'),
    });
  });

  it('has no faults unless they are on, and nothing of it on the API', async () => {
    things = await startThings({ FAULTS: 'off' });
    expect((await inject({ errorRate: 1 })).status).toBe(404);
    expect((await fetch(`${things.url}/faults`)).status).toBe(404);
    expect((await fetch(`${things.url}/metrics`)).status).toBe(404);
  });

  it('injects errors into the API only, and heals', async () => {
    things = await startThings({ FAULTS: 'on' });
    expect((await inject({ errorRate: 1 })).status).toBe(200);
    expect((await fetch(`${things.url}/things/page`)).status).toBe(503);
    expect((await admin('/readyz')).status).toBe(200);
    expect((await fetch(`${things.url}/readyz`)).status).toBe(200);
    expect(await (await admin('/faults')).json()).toMatchObject({ errorRate: { value: 1 } });
    expect((await admin('/faults', { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(`${things.url}/things/page`)).status).toBe(200);
  });

  it('injects latency that a shorter deadline cuts off', async () => {
    things = await startThings({ FAULTS: 'on' });
    await inject({ latencyMs: 60_000, forMs: 60_000 });
    const late = await fetch(`${things.url}/things/page`, { headers: { 'x-timeout-ms': '50' } });
    expect(late.status).toBe(504);
    await admin('/faults', { method: 'DELETE' });
  });

  it('lets an injected fault heal by itself', async () => {
    things = await startThings({ FAULTS: 'on' });
    await inject({ errorRate: 1, forMs: 100 });
    await until(async () => (await fetch(`${things.url}/things/page`)).status === 200);
  });

  it('does nothing for a web page', async () => {
    await using things = await startThings({ FAULTS: 'on' });
    const inject = (headers: Record<string, string>) =>
      fetch(`${things.adminUrl}/faults`, { method: 'POST', headers, body: '{"errorRate":1,"forMs":60000}' });
    expect((await inject({ origin: 'https://elsewhere.test' })).status).toBe(403);
    expect((await fetch(`${things.url}/things/page`)).status).toBe(200);
    expect((await inject({})).status).toBe(200);
    expect((await fetch(`${things.url}/things/page`)).status).not.toBe(200);
  });
});
