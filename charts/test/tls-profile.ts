// What a server agrees to in TLS, found out by offering everything, again and again without what it chose.
import { offer, tls13, type Choice, type Offer } from './tls-hello.ts';

const versions = { SSLv3: 0x0300, 'TLS 1.0': 0x0301, 'TLS 1.1': 0x0302, 'TLS 1.2': 0x0303, 'TLS 1.3': tls13 };
const tls12 = versions['TLS 1.2'];
/** Each number that a cipher suite has been given so far, and some more; without the signals 00ff and 5600. */
const everyCipher = [0x00, 0x13, 0xc0, 0xc1, 0xcc, 0xd0]
  .flatMap((first) => Array.from({ length: 256 }, (_, second) => first * 256 + second))
  .filter((cipher) => cipher !== 0x00ff);
const everyGroup = [
  ...Array.from({ length: 41 }, (_, n) => n + 1),
  ...[256, 257, 258, 259, 260],
  0x11eb,
  0x11ec,
  0x11ed,
];

const cipherNames: Record<number, string> = {
  0x1301: 'TLS_AES_128_GCM_SHA256',
  0x1302: 'TLS_AES_256_GCM_SHA384',
  0x1303: 'TLS_CHACHA20_POLY1305_SHA256',
  0xc02b: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  0xc02c: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  0xcca9: 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
};
const groupNames: Record<number, string> = { 23: 'secp256r1', 24: 'secp384r1', 29: 'x25519' };
const named = (names: Record<number, string>, numbers: number[]) =>
  numbers.map((one) => names[one] ?? `0x${one.toString(16).padStart(4, '0')}`).toSorted();

export interface Server {
  address: string;
  port: number;
}

async function allChosen({ address, port }: Server, first: Offer, of: (choice: Choice) => number, less: keyof Offer) {
  const chosen: Choice[] = [];
  for (let what = first; ;) {
    const choice = await offer(address, port, what);
    if (choice?.version !== what.version) return chosen;
    chosen.push(choice);
    what = { ...what, [less]: (what[less] as number[]).filter((one) => one !== of(choice)) };
  }
}

/** By the words of the page's table. */
export async function profileOf(server: Server): Promise<Record<string, string[]>> {
  const everything = (version: number): Offer => ({ version, ciphers: everyCipher, groups: everyGroup });
  const ciphers = (version: number) => allChosen(server, everything(version), ({ cipher }) => cipher, 'ciphers');
  const groups = (version: number) => allChosen(server, everything(version), ({ group }) => group!, 'groups');
  const byVersion: [string, Choice[]][] = [];
  for (const [name, version] of Object.entries(versions)) byVersion.push([name, await ciphers(version)]);
  const agreed = byVersion.filter(([, chosen]) => chosen.length > 0);
  const chosen = agreed.flatMap(([, choices]) => choices);
  const before13 = chosen.filter(({ version }) => version !== tls13);
  const groupsChosen = [...(await groups(tls12)), ...(await groups(tls13))].map(({ group }) => group!);
  const has = (type: number) => before13.some(({ extensions }) => extensions.includes(type));
  return {
    versions: agreed.map(([name]) => name),
    'cipher suites': named(cipherNames, [...new Set(chosen.map(({ cipher }) => cipher))]),
    groups: named(groupNames, [...new Set(groupsChosen)]),
    compression: before13.some(({ compression }) => compression !== 0) ? ['DEFLATE'] : ['none'],
    'secure renegotiation': before13.every(({ extensions }) => extensions.includes(0xff01)) ? ['yes'] : ['no'],
    'extended master secret': before13.every(({ extensions }) => extensions.includes(23)) ? ['yes'] : ['no'],
    'session ids': before13.every(({ hasSessionId }) => hasSessionId) ? ['yes'] : ['no'],
    'session tickets': has(35) ? ['yes'] : ['none'],
    'OCSP stapling': has(5) ? ['yes'] : ['none'],
  };
}
