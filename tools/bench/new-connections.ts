// node tools/bench/new-connections.ts <url> <file> <seconds> new|resumed: a connection for each request, TLS 1.3, with a whole
// handshake or with what the last one left; the time of each from its first packet to the end of its answer. Reports like paths.lua.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createSecureContext } from 'node:tls';

const atATime = 8;
const [url, file, seconds, kind] = process.argv.slice(2) as [string, string, string, 'new' | 'resumed'];
const { hostname: host, port } = new URL(url);
const paths = readFileSync(file, 'utf8').trim().split('\n');
// Whom it trusts takes time that is nobody's here: that a certificate is checked is for tests to say.
const secureContext = createSecureContext({ minVersion: 'TLSv1.3' });

async function ask(path: string, session?: Buffer) {
  const beganMs = performance.now();
  const socket = connect({
    host,
    port: Number(port),
    secureContext,
    rejectUnauthorized: false,
    ...(session && { session }),
  });
  let [left, head, isResumed] = [session, '', false];
  socket.on('secureConnect', () => (isResumed = socket.isSessionReused()));
  socket.on('session', (one: Buffer) => (left = one)).on('data', (chunk: Buffer) => (head ||= String(chunk)));
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  await once(socket, 'close');
  const status = Number(head.split(' ', 2)[1]);
  return { ms: performance.now() - beganMs, status, isResumed, session: left };
}

const latencies: number[] = [];
const counts = { refused: 0, errors: 0 };
const beganMs = performance.now();
const endMs = beganMs + Number(seconds) * 1000;

async function visitor(): Promise<void> {
  let { session } = await ask(paths[0]!);
  for (let n = 0; performance.now() < endMs; n++) {
    const answer = await ask(paths[n % paths.length]!, kind === 'resumed' ? session : undefined);
    session = answer.session;
    latencies.push(answer.ms);
    if (answer.isResumed !== (kind === 'resumed') || !answer.status) counts.errors++;
    else if (answer.status >= 400) counts.refused++;
  }
}
await Promise.all(Array.from({ length: atATime }, visitor));

const sorted = latencies.toSorted((a, b) => a - b);
const percentile = (share: number) => Math.round(1000 * sorted[Math.ceil(share * sorted.length) - 1]!);
const microseconds = Math.round(1000 * (performance.now() - beganMs));
console.log(
  JSON.stringify({ requests: sorted.length, microseconds, p50: percentile(0.5), p99: percentile(0.99), ...counts }),
);
