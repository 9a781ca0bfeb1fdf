import { connect as connectPlain } from 'node:net';
import { connect as connectSecure } from 'node:tls';

/**
 * Sends `text` as it is, each character a byte, and gives all that comes back until the other side closes or resets
 * the connection. Over TLS for `https:`, and then whoever answers is believed: it is about what is said.
 *
 * @throws when no connection comes about, or when it is still open after `withinMs`
 */
export async function raw(url: string, text: string, withinMs = 30_000): Promise<string> {
  const { protocol, hostname: host, port } = new URL(url);
  const secure = protocol === 'https:';
  const socket = secure
    ? connectSecure({ host, port: Number(port || 443), rejectUnauthorized: false })
    : connectPlain({ host, port: Number(port || 80) });
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
  const chunks: Buffer[] = [];
  let connected = false;
  socket.on(secure ? 'secureConnect' : 'connect', () => {
    connected = true;
    socket.write(text, 'latin1');
  });
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', (error) => connected || reject(error));
  socket.on('close', () => resolve());
  const answer = () => Buffer.concat(chunks).toString();
  const timer = setTimeout(() => {
    reject(new Error(`${url} still had the connection open after ${withinMs} ms, and had said: ${answer()}`));
    socket.destroy();
  }, withinMs);
  try {
    await closed;
    return answer();
  } finally {
    clearTimeout(timer);
  }
}
