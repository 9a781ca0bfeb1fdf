import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { probeCommand, probeUrl } from './probe.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});
const serving = async (listener: RequestListener) => {
  server = createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};
const answering = (status: number, body = '') => serving((_, response) => response.writeHead(status).end(body));

describe(probeUrl, () => {
  it.each([
    [200, true],
    [204, true],
    [302, true],
    [404, false],
    [500, false],
    [503, false],
  ])('takes %d for %s', async (status, ok) => {
    expect(await probeUrl(await answering(status), 2_000)).toEqual({ ok, detail: `answered ${status}` });
  });
  it.each([
    ['{"ready":false,"waitingFor":{"words":"not loaded","index":"none"}}', 'words: not loaded, index: none'],
    ['{"status":503,"detail":"too busy"}', 'too busy'],
    ['{"ready":true}', 'answered 503'],
    ['<html>', 'answered 503'],
    ['null', 'answered 503'],
  ])('says what %s waits for', async (body, detail) => {
    expect(await probeUrl(await answering(503, body), 2_000)).toEqual({ ok: false, detail });
  });
  it('does not wait for ever: silent or dripping', async () => {
    for (const listener of [
      () => undefined,
      ((_, response) => void setInterval(() => response.write('.'), 20).unref()) as RequestListener,
    ]) {
      expect(await probeUrl(await serving(listener), 200)).toMatchObject({ ok: false });
      server!.closeAllConnections();
      server!.close();
    }
  });
  it('says that nobody listens', async () => {
    const url = await answering(200);
    await new Promise((resolve) => server!.close(resolve));
    expect(await probeUrl(url, 2_000)).toEqual({ ok: false, detail: 'ECONNREFUSED' });
  });
});

describe(probeCommand, () => {
  const run = (script: string, timeoutMs = 5_000) =>
    probeCommand(['sh', '-c', script], { ...process.env, A: 'a' }, '/', timeoutMs);
  it('goes by the exit status', async () => {
    expect(await run('[ "$A" = a ] && [ "$PWD" = / ]')).toMatchObject({ ok: true });
    expect(await run('exit 3')).toEqual({ ok: false, detail: 'exit 3' });
  });
  it('kills what takes too long', async () =>
    expect(await run('sleep 60', 100)).toEqual({ ok: false, detail: 'no end in 100 ms' }));
  it('says that there is no such program', async () => {
    expect(await probeCommand(['/no/such'], {}, '/', 1_000)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('ENOENT'),
    });
  });
});
