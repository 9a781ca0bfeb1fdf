import { describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { address, metrics, spawnThings } from './harness.fixture.ts';
import { createTracer } from './tracing.ts';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
  status: { code?: number };
}

const SERVER = 2;
const CLIENT = 3;
const ERROR = 2;
const traceId = '0af7651916cd43dd8448eb211c80319c';
const parentId = 'b7ad6b7169203331';

/** Receives what OTLP over HTTP sends, as JSON. */
async function receiver() {
  const spans: (Span & { service: string })[] = [];
  const host = address();
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    for (const { resource, scopeSpans } of JSON.parse(body).resourceSpans) {
      const service = resource.attributes.find(({ key }: { key: string }) => key === 'service.name').value.stringValue;
      for (const { spans: batch } of scopeSpans) spans.push(...batch.map((span: Span) => ({ ...span, service })));
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  };
  const server = createServer((request, response) => void receive(request, response));
  await once(server.listen(4318, host), 'listening');
  return { url: `http://${host}:4318`, spans, close: () => server.close() };
}

describe(createTracer.name, () => {
  it('sends a server span for each request and a client span for each call, in the caller’s trace', async () => {
    const otlp = await receiver();
    await using front = await spawnThings({ OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url, DRAIN_MS: '0' }).ready();
    await using back = await spawnThings({ OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url, DRAIN_MS: '0' }).ready();
    const headers = { traceparent: `00-${traceId}-${parentId}-01` };
    await fetch(`${front.url}/things/forward?to=${back.url}/things/bug`, { headers });
    for (const things of [front, back]) {
      expect(await things.end()).toEqual({ code: 0, signal: null });
    }
    otlp.close();

    expect(new Set(otlp.spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    const outer = otlp.spans.find(({ name }) => name === 'GET /things/forward')!;
    const call = otlp.spans.find(({ kind }) => kind === CLIENT)!;
    const inner = otlp.spans.find(({ name }) => name === 'GET /things/bug')!;
    expect(outer).toMatchObject({ kind: SERVER, parentSpanId: parentId, service: 'things' });
    expect(call).toMatchObject({ parentSpanId: outer.spanId, status: { code: ERROR } });
    expect(inner).toMatchObject({ kind: SERVER, parentSpanId: call.spanId, status: { code: ERROR } });
    expect(inner.attributes).toContainEqual({ key: 'http.response.status_code', value: { intValue: 500 } });
    expect((await back.logged('failed')).traceId).toBe(traceId);
  });

  it('says of a request that its client gave up what log and metrics say', async () => {
    const otlp = await receiver();
    await using things = await spawnThings({ OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url, DRAIN_MS: '0' }).ready();
    const client = new AbortController();
    const request = fetch(`${things.url}/things/slow/60000`, { signal: client.signal });
    await until(async () => /^http_server_active_requests 1$/m.test(await metrics(things)));
    client.abort();
    await expect(request).rejects.toThrow();
    await things.logged('gave up');
    await things.end();
    otlp.close();
    const span = otlp.spans.find(({ name }) => name === 'GET /things/slow/:ms')!;
    expect(span.attributes).toContainEqual({ key: 'http.response.status_code', value: { intValue: 499 } });
  });

  it('serves, and ends in time, when nobody receives its spans', async () => {
    const endpoint = `http://${address()}:4318`;
    await using things = await spawnThings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, DRAIN_MS: '0' }).ready();
    expect((await fetch(`${things.url}/things/page`)).status).toBe(200);
    expect(await things.end()).toEqual({ code: 0, signal: null });
  });
});
