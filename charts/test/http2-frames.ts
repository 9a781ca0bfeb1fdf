// HTTP/2 byte by byte (RFC 9113), for what no client library lets through.
import { once } from 'node:events';
import { connect } from 'node:tls';

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const [DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY] = [0, 1, 3, 4, 7];
const [END_STREAM, END_HEADERS] = [1, 4];

const frame = (type: number, flags: number, stream: number, payload = Buffer.alloc(0)) => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};

/** An integer with a prefix of seven bits, and a string as it is (RFC 7541, sections 5.1 and 5.2). */
const literal = (text: string) => {
  const bytes = Buffer.from(text, 'latin1');
  const length = [];
  if (bytes.length < 127) length.push(bytes.length);
  else {
    length.push(127);
    let rest = bytes.length - 127;
    for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
};

export interface RawRequest {
  /** Names and values as they are sent, pseudo-headers included. */
  fields: [string, string][];
  body?: string;
}

/**
 * Sends requests on one connection, each on a stream of its own, without looking at what they hold.
 * @returns when each of them has been answered or refused, or the connection has ended
 */
export async function rawHttp2(host: string, port: number, requests: RawRequest[]): Promise<void> {
  const socket = connect({ host, port, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
  const closed = once(socket, 'close');
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  socket.write(preface);
  socket.write(frame(SETTINGS, 0, 0));
  requests.forEach(({ fields, body }, i) => {
    const block = fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]);
    const flags = END_HEADERS | (body === undefined ? END_STREAM : 0);
    socket.write(frame(HEADERS, flags, 2 * i + 1, Buffer.concat(block)));
    if (body !== undefined) socket.write(frame(DATA, END_STREAM, 2 * i + 1, Buffer.from(body, 'latin1')));
  });
  const open = new Set(requests.map((_, i) => 2 * i + 1));
  let received = Buffer.alloc(0);
  socket.on('data', (part: Buffer) => {
    received = Buffer.concat([received, part]);
    while (received.length >= 9 && received.length >= 9 + received.readUIntBE(0, 3)) {
      const [type, flags, stream] = [received[3]!, received[4]!, received.readUInt32BE(5)];
      received = received.subarray(9 + received.readUIntBE(0, 3));
      if (type === RST_STREAM || ((type === DATA || type === HEADERS) && flags & END_STREAM)) open.delete(stream);
      if (open.size === 0 || type === GOAWAY) socket.destroy();
    }
  });
  await closed;
}
