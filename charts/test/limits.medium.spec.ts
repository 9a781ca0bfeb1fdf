import { afterEach, describe, expect, it } from '@jest/globals';
import { raw, until } from '@almanac/testing';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { Chain } from './chain.ts';
import { DeafListener } from './deaf-listener.ts';
import { replacing, type Patch } from './native-service.ts';

describe('the limits of the edge', () => {
  let chain: Chain;
  afterEach(() => chain?.stop());
  const send = (bytes: string) => raw(`https://${chain.client.address}:8443`, bytes);
  const word = (n: number | string) => `/api/dictionary/words/w${n}`;

  describe('for time', () => {
    /** Which slow visitor is shown out first, and with what words, where the named time is short. */
    const firstOut = async (directive: string, usual: string) => {
      const patch = replacing('nginx.conf', `${directive} ${usual}`, `${directive} 1s`);
      chain = await Chain.start({ patch, cachesStarted: false, originsStarted: false });
      const post = 'POST /api/dictionary/x HTTP/1.1\r\nHost: a\r\n';
      const visitors = {
        'silent before TLS': raw(`http://${chain.client.address}:8443`, ''),
        'slow with headers': send(post),
        'slow with a body': send(`${post}Content-Length: 10\r\n\r\nhalf`),
      };
      const out: Record<string, string> = {};
      for (const [who, reply] of Object.entries(visitors)) void reply.then((text) => (out[who] = text));
      // Both of the former two wait for the same time.
      await until(() => Object.keys(out).length === (directive === 'client_header_timeout' ? 2 : 1));
      return { ...out };
    };

    it('end a connection whose request does not begin or go on', async () => {
      expect(await firstOut('client_header_timeout', '5s')).toEqual({
        'silent before TLS': '',
        'slow with headers': '',
      });
    });

    it('end a connection on which a body does not go on, and log it', async () => {
      expect(await firstOut('client_body_timeout', '10s')).toEqual({ 'slow with a body': '' });
      await until(() => readFileSync(chain.edge.log, 'utf8').includes('"status":408'));
    });

    /** What the first visitor of a cache gets, to which connections do not come about, until the other one serves him. */
    const seenOfDeafCache = async (patch?: Patch) => {
      chain = await Chain.start({ cachesStarted: false, ...(patch && { patch }) });
      const deaf = await DeafListener.start(chain.caches[0]!.environment['SELF']!);
      try {
        await chain.caches[1]!.start();
        const statuses = async (visitor: number) => {
          const status = async () => (await chain.client.call('/', { from: `127.0.0.${visitor}` })).status;
          const seen: number[] = [];
          do seen.push(await status());
          while (seen.at(-1) !== 200);
          return seen;
        };
        let visitor = 0;
        let seen: number[];
        do seen = await statuses(++visitor);
        while (seen.length === 1 && visitor < 16);
        return seen;
      } finally {
        await deaf.stop();
      }
    };

    it('ask the other cache when connections to one do not come about', async () => {
      expect(await seenOfDeafCache()).toEqual([200]);
    });

    it('leave such a cache out only after three failures where that is no reason to ask another (control)', async () => {
      const patch = replacing('proxying.conf', 'proxy_next_upstream error timeout;', 'proxy_next_upstream error;');
      expect(await seenOfDeafCache(patch)).toEqual([504, 504, 504, 200]); // max_fails
    });
  });

  describe('for size', () => {
    it('let one header of nearly 8 KiB through, and not five', async () => {
      chain = await Chain.start();
      const headers = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, n) => [`X-Long-${n}`, 'x'.repeat(7500)]));
      expect((await chain.client.call(word(1), { headers: headers(1) })).status).toBe(200);
      const { status, text } = await chain.client.call(word(2), { headers: headers(5) });
      expect([status, JSON.parse(text)]).toEqual([431, expect.objectContaining({ status: 431 })]);
      expect(chain.asked).toHaveLength(1);
    });

    it('are the same for the cookies of HTTP/2, which become one header', async () => {
      chain = await Chain.start();
      const { address } = chain.client;
      const session = connect(`https://${address}:8443`, { rejectUnauthorized: false });
      const cookie = ['a', 'b', 'c'].map((name) => `${name}=${'x'.repeat(4000)}`);
      const stream = session.request({ ':path': word('cookies'), ':authority': 'localhost', cookie });
      const [headers] = (await once(stream.resume(), 'response')) as [{ ':status': number }];
      session.destroy();
      expect(headers[':status']).toBe(200);
    });

    it('count a body that does not say how long it is', async () => {
      chain = await Chain.start();
      const post = (bytes: number) =>
        send(
          `POST /api/dictionary/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n` +
            `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n0\r\n\r\n`,
        );
      expect(await post(1024)).toMatch(/^HTTP\/1.1 200 /);
      expect(await post(1025)).toMatch(/^HTTP\/1.1 413 /);
      expect(chain.asked).toHaveLength(1);
    });
  });

  describe('for what one address does at a time', () => {
    const statusesWith = async (connections: string) => {
      chain = await Chain.start({ environment: { CONNECTIONS: connections } });
      const held: (() => void)[] = [];
      for (const replica of chain.replicas) {
        replica.answer = (response, request) => held.push(() => void replica.answerWell(response, request));
      }
      const calls = Array.from({ length: 10 }, (_, n) => chain.client.call(word(n)));
      await until(() => held.length === Math.min(10, Number(connections)));
      const other = chain.client.call(word('other'), { from: '127.0.0.2' });
      await until(() => held.length > Math.min(10, Number(connections)));
      for (const answer of held) answer();
      const statuses = (await Promise.all([...calls, other])).map(({ status }) => status);
      return { statuses: statuses.slice(0, 10).sort(), other: statuses[10] };
    };

    it('refuse what is beyond with 429, and nobody else', async () => {
      const [five, more] = [Array(5).fill(200), Array(5).fill(429)] as [number[], number[]];
      expect(await statusesWith('5')).toEqual({ statuses: [...five, ...more], other: 200 });
    });

    it('refuse nothing where more is allowed (control)', async () => {
      expect(await statusesWith('20')).toEqual({ statuses: Array(10).fill(200), other: 200 });
    });
  });
});
