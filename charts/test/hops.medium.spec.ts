// Which hops have TLS: the page's list against who may call whom, and against what the servers speak.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import { Chain } from './chain.ts';
import { fromCompose } from './system.ts';
import { handshakeRecord, hello, tls13 } from './tls-hello.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/patterns/tls-termination.md'), 'utf8');
const values = parse(readFileSync(join(root, 'charts/almanac/values.yaml'), 'utf8')) as {
  global: { calls: Record<string, string[]> };
};

interface Hop {
  from: string;
  to: string;
  hasTls: boolean;
}
const hops: Hop[] = page
  .split(/^\| hop .*\n.*\n/m)[1]!
  .split('\n\n', 1)[0]!
  .split('\n')
  .flatMap((row) => {
    const [, hop, tls] = row.split('|');
    const [from, ...all] = [...hop!.matchAll(/`(.+?)`/g)].map(([, name]) => name!);
    return all.map((to) => ({ from: from!, to, hasTls: tls!.trim() === 'yes' }));
  });

describe('The hops', () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await Chain.start({ originsStarted: false });
  });
  afterAll(() => chain?.stop());

  it('are all that policies let through', () => {
    const allowed = Object.entries(values.global.calls).flatMap(([from, called]) =>
      called.map((to) => `${from} ${to}`),
    );
    expect(hops.map(({ from, to }) => `${from} ${to}`).toSorted()).toEqual(allowed.toSorted());
  });

  /** The empty line behind it is for who reads a first line of HTTP and would wait for its end. */
  const speaksTls = async (host: string, port: number) => {
    const socket = connect(port, host);
    const offer = hello({ version: tls13, ciphers: [0x1301], groups: [29] });
    socket.write(Buffer.concat([offer, Buffer.from('\r\n\r\n')]));
    const [first] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return first[0] === handshakeRecord;
  };

  it('to the edge and to the caches have TLS where the list says so, and only there', async () => {
    const address: Record<string, string> = { edge: chain.client.address, cache: `${chain.net}.21` };
    const spoken = async ({ from, to }: Hop): Promise<Hop> => {
      const [server, port] = to.split(':');
      return { from, to, hasTls: await speaksTls(address[server!]!, Number(port)) };
    };
    const probed = hops.filter(({ to }) => /^(?:edge:8|cache:8)/.test(to));
    expect(probed.length).toBeGreaterThan(3);
    expect(await Promise.all(probed.map(spoken))).toEqual(probed);
  });

  it('with TLS have nothing for who comes without it', async () => {
    for (const port of [8443, 8080]) {
      const socket = connect(port, chain.client.address);
      socket.write('GET /about HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      expect(await text(socket)).toMatch(/^HTTP\/1.1 308 [^]*\r\nLocation: https:\/\/localhost:8443\/about\r\n/);
    }
  });

  it('between services are by the scheme that the list says', () => {
    const words = hops.find(({ from }) => from === 'dictionary')!;
    expect(new URL(fromCompose()['dictionary']!.environment['WORDS_URL']!).protocol).toBe(
      words.hasTls ? 'https:' : 'http:',
    );
  });
});
