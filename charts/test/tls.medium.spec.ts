import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect as connectHttp2, type Settings } from 'node:http2';
import { connect, type ConnectionOptions } from 'node:tls';
import { Chain, type ChainOptions } from './chain.ts';
import { replacing, type Patch } from './native-service.ts';

const edgeOnly: ChainOptions = { cachesStarted: false, originsStarted: false };
/** As a careless administrator would have it, so that it is known who refuses: this edge, not this client. */
const careless: Patch = (file, text) =>
  [
    replacing('nginx.conf', 'ssl_protocols TLSv1.2', 'ssl_protocols TLSv1 TLSv1.1 TLSv1.2'),
    replacing('nginx.conf', 'ssl_ciphers ECDHE', 'ssl_ciphers ALL:@SECLEVEL=0:ECDHE'),
    replacing('nginx.conf', 'ssl_session_tickets off', 'ssl_session_tickets on'),
  ].reduce((patched, patch) => patch(file, patched), text);

const versions = ['TLSv1', 'TLSv1.1'] as const;
const ciphers = ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'ECDHE-ECDSA-AES128-CCM'];

describe('TLS at the edge', () => {
  let chain: Chain;
  let carelessChain: Chain;
  beforeAll(async () => {
    chain = await Chain.start(edgeOnly);
    carelessChain = await Chain.start({ ...edgeOnly, patch: careless });
  });
  afterAll(async () => {
    await chain?.stop();
    await carelessChain?.stop();
  });

  const tls = async (options: ConnectionOptions, { client } = chain) => {
    const target = { host: client.address, port: client.port, rejectUnauthorized: false };
    const socket = connect({ ciphers: 'ALL:@SECLEVEL=0', ...target, ...options });
    await once(socket, 'secureConnect');
    const spoken = {
      protocol: socket.getProtocol(),
      cipher: socket.getCipher().name,
      application: socket.alpnProtocol,
      ticket: socket.getTLSTicket(),
      session: socket.getSession(),
      isResumed: socket.isSessionReused(),
    };
    socket.destroy();
    return spoken;
  };
  const only = (version: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') => ({ minVersion: version, maxVersion: version });
  const weak = (cipher: string) => ({ ...only('TLSv1.2'), ciphers: `${cipher}:@SECLEVEL=0` });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is %s', async (version) => {
    expect((await tls(only(version))).protocol).toBe(version);
  });

  it.each(versions)('is not %s', async (version) => {
    await expect(tls(only(version))).rejects.toThrow(/alert protocol version/);
  });

  it.each(versions)('is %s where that is allowed (control)', async (version) => {
    expect((await tls(only(version), carelessChain)).protocol).toBe(version);
  });

  it.each(ciphers)('does not encrypt with %s', async (cipher) => {
    await expect(tls(weak(cipher))).rejects.toThrow(/alert handshake failure/);
  });

  it.each(ciphers)('encrypts with %s where that is allowed (control)', async (cipher) => {
    expect((await tls(weak(cipher), carelessChain)).cipher).toBe(cipher);
  });

  it('hands out no tickets, whose key would open what was said before', async () => {
    expect((await tls(only('TLSv1.2'))).ticket).toBeUndefined();
    expect((await tls(only('TLSv1.2'), carelessChain)).ticket).toBeDefined();
  });

  it('remembers a client, who need not prove everything again', async () => {
    const session = (await tls(only('TLSv1.2'))).session!;
    expect((await tls({ ...only('TLSv1.2'), session })).isResumed).toBe(true);
  });

  it('offers HTTP/2, with a limit for what goes on at a time on one connection', async () => {
    expect((await tls({ ALPNProtocols: ['h2', 'http/1.1'] })).application).toBe('h2');
    const { address, port } = chain.client;
    const session = connectHttp2(`https://${address}:${port}`, { rejectUnauthorized: false });
    const [settings] = (await once(session, 'remoteSettings')) as [Settings];
    expect(settings.maxConcurrentStreams).toBe(64);
    const [headers] = (await once(session.request({ ':path': '/readyz' }), 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(404);
    session.destroy();
  });
});
