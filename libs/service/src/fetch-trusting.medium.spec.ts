import { Authority, loopback } from '@almanac/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fetchTrusting } from './fetch-trusting.ts';

describe(fetchTrusting, () => {
  const host = loopback().address();
  let authority: Authority;
  let server: Server;
  beforeAll(async () => {
    authority = new Authority();
    const pair = { cert: readFileSync(authority.certFile), key: readFileSync(authority.keyFile) };
    server = createServer(pair, ({ url }, response) => {
      response.writeHead(Number(url!.slice(1)), { Location: '/200', 'Set-Cookie': ['a=1', 'b=2'] }).end();
    });
    server.listen(0, host);
    await once(server, 'listening');
  });
  afterAll(() => {
    server.close().closeAllConnections();
    authority[Symbol.dispose]();
  });
  const answerWith = (status: number, trust: Parameters<typeof fetchTrusting>[0] = authority) => {
    const url = new URL(`https://${host}:${(server.address() as AddressInfo).port}/${status}`);
    const init = { method: 'GET', headers: {}, signal: AbortSignal.timeout(5_000) };
    return fetchTrusting({ ca: trust.ca, servername: authority.name }, url, init);
  };

  it.each([200, 204, 205, 304, 404, 503])('answers with status %i, and each header as it was sent', async (status) => {
    const response = await answerWith(status);
    expect([response.status, await response.text()]).toEqual([status, '']);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  it.each([
    [302, 'a redirect (302)'],
    [600, 'init["status"] must be in the range'],
  ])('fails, as fetch does, by status %i', async (status, message) =>
    expect(answerWith(status)).rejects.toThrow(message),
  );

  it('trusts whom Node.js trusts where no authority is named', async () =>
    expect(answerWith(200, {})).rejects.toThrow('certificate'));
});
