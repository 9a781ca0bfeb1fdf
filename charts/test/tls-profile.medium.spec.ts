import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type ConnectionOptions, type Server } from 'node:tls';
import { Chain, type ChainOptions } from './chain.ts';
import { Client } from './client.ts';
import { replacing, type Patch } from './native-service.ts';
import { profileOf } from './tls-profile.ts';

const root = join(import.meta.dirname, '../..');
/** As `npm start` makes them. */
const making = `import { makeCertificates } from './tools/setup/certificates.mjs'; makeCertificates(process.argv[1], '127.0.0.1');`;
const page = join(root, 'docs/patterns/tls-termination.md');
/** The page's table "in TLS": property, values. */
const promised = Object.fromEntries(
  readFileSync(page, 'utf8')
    .split(/^\| in TLS .*\n.*\n/m)[1]!
    .split('\n\n', 1)[0]!
    .split('\n')
    .map((row) => row.split('|'))
    .map(([, name, values]) => [name!.trim(), [...values!.matchAll(/`(.+?)`/g)].map(([, value]) => value!).toSorted()]),
);
const careless: Patch = (file, text) =>
  [
    replacing('nginx.conf', 'ssl_protocols TLSv1.2', 'ssl_protocols TLSv1 TLSv1.1 TLSv1.2'),
    replacing('nginx.conf', 'ssl_ciphers ECDHE', 'ssl_ciphers ALL:@SECLEVEL=0:ECDHE'),
    replacing('nginx.conf', 'ssl_ecdh_curve X25519', 'ssl_ecdh_curve X448:X25519'),
    replacing('nginx.conf', 'ssl_session_tickets off', 'ssl_session_tickets on; ssl_early_data on'),
  ].reduce((patched, patch) => patch(file, patched), text);

describe('What the edge agrees to in TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'almanac-profile-'));
  const environment = { CERTS: folder, HSTS: '63072000' };
  const options: ChainOptions = { cachesStarted: false, originsStarted: false, environment };
  let edge: Chain;
  let carelessEdge: Chain;
  beforeAll(async () => {
    execFileSync(process.execPath, ['--input-type=module', '-e', making, folder], { cwd: root });
    [edge, carelessEdge] = await Promise.all([Chain.start(options), Chain.start({ ...options, patch: careless })]);
  });
  afterAll(async () => {
    await Promise.all([edge?.stop(), carelessEdge?.stop()]);
    rmSync(folder, { recursive: true });
  });

  const open = async (options: ConnectionOptions) => {
    const socket = connect({ rejectUnauthorized: false, ...options });
    await once(socket, 'secureConnect');
    return socket;
  };
  const target = ({ client }: Chain) => ({ host: client.address, port: client.port });

  const isRenegotiated = async (where: { host: string; port: number }) => {
    const socket = await open({ ...where, maxVersion: 'TLSv1.2' });
    const { promise, resolve } = Promise.withResolvers<boolean>();
    socket.on('error', () => resolve(false)).on('close', () => resolve(false));
    socket.renegotiate({}, (error) => resolve(!error));
    return promise.finally(() => socket.destroy());
  };

  /** Said with a session that can be resumed, which comes with an answer. */
  const earlyDataBytes = ({ client: { address, port } }: Chain) => {
    const { stdout } = spawnSync('openssl', ['s_client', '-tls1_3', '-ign_eof', '-connect', `${address}:${port}`], {
      input: 'GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n',
      encoding: 'utf8',
    });
    return Math.max(...[...stdout.matchAll(/Max Early Data: (\d+)/g)].map(([, bytes]) => Number(bytes)));
  };

  const applicationProtocols = async (chain: Chain) => {
    const agreed: string[] = [];
    for (const protocol of ['h2', 'h3', 'http/0.9', 'http/1.0', 'http/1.1', 'spdy/3']) {
      const socket = await open({ ...target(chain), ALPNProtocols: [protocol] }).catch(() => undefined);
      if (socket?.alpnProtocol) agreed.push(socket.alpnProtocol);
      socket?.destroy();
    }
    return agreed;
  };

  const all = async (chain: Chain): Promise<Record<string, string[]>> => {
    const socket = await open(target(chain));
    const certificate = socket.getPeerX509Certificate()!;
    socket.destroy();
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
    const client = new Client(chain.client.address, chain.client.port, readFileSync(join(folder, 'ca.crt'), 'utf8'));
    const { headers } = await client.call('/metrics');
    client.close();
    return {
      ...(await profileOf(chain.client)),
      'renegotiation by the client': [(await isRenegotiated(target(chain))) ? 'done' : 'refused'],
      'early data': earlyDataBytes(chain) > 0 ? ['yes'] : ['none'],
      'key of the certificate': [`${asymmetricKeyType} ${asymmetricKeyDetails?.namedCurve}`],
      signature: [certificate.signatureAlgorithm!],
      ALPN: await applicationProtocols(chain),
      HSTS: [String(headers['strict-transport-security'])],
    };
  };

  it('is what the page says, and nothing else', async () => {
    expect(await all(edge)).toEqual(promised);
  });

  it('would be more where an administrator is careless (control)', async () => {
    const found = await all(carelessEdge);
    const differing = Object.keys(promised).filter((name) => String(found[name]) !== String(promised[name]));
    expect(differing).toEqual(['versions', 'cipher suites', 'groups', 'session ids', 'session tickets', 'early data']);
    expect(found['versions']).toEqual(['TLS 1.0', 'TLS 1.1', 'TLS 1.2', 'TLS 1.3']);
  });

  it('has a client’s renegotiation seen where a server allows it (control)', async () => {
    const [key, cert] = ['edge.key', 'edge.crt'].map((name) => readFileSync(join(folder, name)));
    const server: Server = createServer({ key: key!, cert: cert! });
    await once(server.listen(8443, edge.net + '.200'), 'listening');
    expect(await isRenegotiated({ host: `${edge.net}.200`, port: 8443 })).toBe(true);
    server.close();
  });

  it('has a certificate for no longer than browsers take, by the authority that is trusted', async () => {
    const socket = await open({
      ...target(edge),
      ca: readFileSync(join(folder, 'ca.crt')),
      rejectUnauthorized: true,
      servername: 'localhost',
    });
    const { validFrom, validTo } = socket.getPeerX509Certificate()!;
    socket.destroy();
    expect((Date.parse(validTo) - Date.parse(validFrom)) / 86_400_000).toBeLessThanOrEqual(398);
    const leafOnly = readFileSync(join(folder, 'edge.crt'), 'utf8').match(/BEGIN CERTIFICATE/g);
    expect(leafOnly).toHaveLength(1);
  });
});
