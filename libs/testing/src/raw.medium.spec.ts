import { afterEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createSecureServer } from 'node:tls';
import { loopback } from './loopback.ts';
import { raw } from './raw.ts';

const { address } = loopback();

describe(raw.name, () => {
  let server: Server;
  let sockets: Socket[];
  afterEach(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });

  const listen = async (listening: Server) => {
    sockets = [];
    server = listening.on('connection', (socket: Socket) => sockets.push(socket.on('error', () => {})));
    const host = address();
    await once(server.listen(8080, host), 'listening');
    return `${host}:8080`;
  };

  it('sends bytes as they are and collects what comes until the other side closes', async () => {
    let received = '';
    const at = await listen(
      createServer((socket) =>
        socket.on('data', (bytes) => {
          received += bytes.toString('latin1');
          socket.write('first, ');
          setImmediate(() => socket.end('then ü'));
        }),
      ),
    );
    expect(await raw(`http://${at}`, 'GET /\xff\x00 HTTP/1.1\r\n')).toBe('first, then ü');
    expect(received).toBe('GET /\xff\x00 HTTP/1.1\r\n');
  });

  it('takes a reset for an end', async () => {
    const at = await listen(createServer((socket) => socket.on('data', () => socket.resetAndDestroy())));
    expect(await raw(`http://${at}`, 'anything')).toBe('');
  });

  it('says that nobody listens', async () => {
    const at = await listen(createServer());
    server.close();
    await expect(raw(`http://${at}`, 'anything')).rejects.toThrow('ECONNREFUSED');
  });

  it('says what had come when the other side keeps the connection', async () => {
    const at = await listen(createServer((socket) => socket.on('data', () => socket.write('begun'))));
    await expect(raw(`http://${at}`, 'anything', 200)).rejects.toThrow(
      `http://${at} still had the connection open after 200 ms, and had said: begun`,
    );
  });

  it('speaks TLS where the address says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'almanac-raw-'));
    try {
      const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
      const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=localhost'];
      execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert], { stdio: 'ignore' });
      const options = { key: readFileSync(key), cert: readFileSync(cert) };
      const at = await listen(
        createSecureServer(options, (socket) => socket.on('data', (bytes) => socket.end(`had ${bytes.toString()}`))),
      );
      expect(await raw(`https://${at}`, 'this')).toBe('had this');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
