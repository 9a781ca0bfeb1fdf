import { connect as plain } from 'node:net';
import { connect as secure } from 'node:tls';

/** Sends bytes as they are, over TLS unless told otherwise, and returns all that comes back until the other side closes. */
export async function sendRaw(address: string, bytes: string, { port = 8443, tls = true } = {}): Promise<string> {
  // Only for what is said, not for who says it: the certificate has a test of its own.
  const socket = tls ? secure({ host: address, port, rejectUnauthorized: false }) : plain(port, address);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  socket.on('close', () => resolve());
  socket.write(bytes, 'latin1');
  await closed;
  return Buffer.concat(chunks).toString();
}
