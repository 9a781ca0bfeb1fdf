// The first message of a TLS client, in bytes: what a library would refuse to offer is offered here all the same, and each thing
// that a server agrees to can be asked for by itself.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

export interface Offer {
  version: number;
  ciphers: number[];
  groups: number[];
}

/** What a server chose, by its numbers (IANA, "TLS Parameters"). */
export interface Choice {
  version: number;
  cipher: number;
  group: number | undefined;
  compression: number;
  /** Whether it remembers the session by an id. */
  hasSessionId: boolean;
  extensions: number[];
}

export const tls13 = 0x0304;
export const handshakeRecord = 22;
const [supportedVersions, keyShare] = [43, 51];
const signatures = [0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201];

const number = (value: number, bytes: number) => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};
const sized = (bytes: number, ...parts: Buffer[]) => {
  const all = Buffer.concat(parts);
  return Buffer.concat([number(all.length, bytes), all]);
};
const list = (bytes: number, values: number[]) => sized(bytes, ...values.map((value) => number(value, 2)));
const extension = (type: number, ...content: Buffer[]) => Buffer.concat([number(type, 2), sized(2, ...content)]);

export function hello({ version, ciphers, groups }: Offer): Buffer {
  const extensions = [
    extension(5, Buffer.from([1, 0, 0, 0, 0])), // status_request: OCSP
    extension(10, list(2, groups)),
    extension(11, Buffer.from([1, 0])),
    extension(13, list(2, signatures)),
    extension(22), // encrypt_then_mac
    extension(23), // extended_master_secret
    extension(35), // session_ticket
    extension(0xff01, Buffer.from([0])), // renegotiation_info
    // No share at all: a server that agrees asks for one of the group that it has chosen.
    ...(version === tls13 ? [extension(supportedVersions, list(1, [version])), extension(keyShare, number(0, 2))] : []),
  ];
  const body = [
    number(Math.min(version, 0x0303), 2),
    randomBytes(32),
    sized(1, version === tls13 ? randomBytes(32) : Buffer.alloc(0)),
    list(2, ciphers),
    sized(1, Buffer.from(version === tls13 ? [0] : [1, 0])), // compression: DEFLATE, none
    ...(version > 0x0300 ? [sized(2, ...extensions)] : []),
  ];
  return Buffer.concat([Buffer.from([22, 3, version > 0x0300 ? 1 : 0]), sized(2, Buffer.from([1]), sized(3, ...body))]);
}

/** The messages of a handshake, out of the records that they came in. */
function messages(received: Buffer): Map<number, Buffer> {
  const parts: Buffer[] = [];
  for (
    let at = 0;
    at + 5 <= received.length && received[at] === handshakeRecord;
    at += 5 + received.readUInt16BE(at + 3)
  )
    parts.push(received.subarray(at + 5, at + 5 + received.readUInt16BE(at + 3)));
  const all = Buffer.concat(parts);
  const found = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= all.length; at += 4 + all.readUIntBE(at + 1, 3)) {
    const body = all.subarray(at + 4, at + 4 + all.readUIntBE(at + 1, 3));
    if (body.length === all.readUIntBE(at + 1, 3)) found.set(all[at]!, body);
  }
  return found;
}

function choice(serverHello: Buffer, serverKeyExchange: Buffer | undefined): Choice {
  const idLength = serverHello[34]!;
  const at = 35 + idLength;
  const extensions = new Map<number, Buffer>();
  for (let next = at + 5; next + 4 <= serverHello.length; next += 4 + serverHello.readUInt16BE(next + 2)) {
    const content = serverHello.subarray(next + 4, next + 4 + serverHello.readUInt16BE(next + 2));
    extensions.set(serverHello.readUInt16BE(next), content);
  }
  // A named curve is announced by a 3.
  const curve = serverKeyExchange?.[0] === 3 ? serverKeyExchange.readUInt16BE(1) : undefined;
  return {
    version: extensions.get(supportedVersions)?.readUInt16BE() ?? serverHello.readUInt16BE(),
    cipher: serverHello.readUInt16BE(at),
    compression: serverHello[at + 2]!,
    group: extensions.get(keyShare)?.readUInt16BE() ?? curve,
    hasSessionId: idLength > 0,
    extensions: [...extensions.keys()],
  };
}

/** What a server chooses of an offer; undefined where it agrees to nothing of it. */
export function offer(address: string, port: number, what: Offer): Promise<Choice | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Choice | undefined>();
  let received = Buffer.alloc(0);
  const socket = connect(port, address, () => socket.write(hello(what)));
  socket.setTimeout(10_000, () => socket.destroy(new Error('neither a choice nor a refusal')));
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    const [alert, serverHello, keyExchange, done] = [
      received[0] === 21,
      ...[2, 12, 14].map((type) => messages(received).get(type)),
    ];
    if (!alert && !(serverHello && (done || what.version === tls13))) return;
    socket.destroy();
    resolve(alert ? undefined : choice(serverHello!, keyExchange));
  });
  socket.on('error', reject).on('close', () => resolve(undefined));
  return promise;
}
