import { afterEach, describe, expect, it } from '@jest/globals';
import { Chain, type ChainOptions } from './chain.ts';
import { eventually } from './eventually.ts';
import { Load } from './load.ts';
import { replacing, type Patch } from './native-service.ts';
import type { Answer } from './origin.ts';

describe('the replicas behind the edge and the caches', () => {
  let chain: Chain;
  afterEach(() => chain?.stop());

  const word = (n: number | string) => `/api/dictionary/words/w${n}`;
  const load = (chain: Chain) => new Load((n) => chain.client.call(word(n)));
  /** Each answer takes a while, so that a killed replica always has some under way. */
  const working = (chain: Chain) => {
    for (const replica of chain.replicas) {
      replica.answer = (response, request) => setTimeout(() => replica.answerWell(response, request), 10);
    }
  };
  const withoutRetry = replacing('default.vcl', 'bereq.retries < 1', 'bereq.retries < 0');
  const withoutProbes: Patch = (_, text) => text.replace(/(backend dictionary_\d+ \{[^}]*)\.probe = ready;/g, '$1');
  const breakOff: Answer = (response) => response.socket!.resetAndDestroy();
  const start = async (options: ChainOptions = {}) => (chain = await Chain.start(options));

  it('share the load', async () => {
    await start();
    await Promise.all(Array.from({ length: 90 }, (_, n) => chain.client.call(word(n))));
    for (const { received } of chain.replicas) expect(received.length).toBeGreaterThan(10);
  });

  describe('without its words', () => {
    const callsFor = async (patch?: Patch) => {
      await start({ settled: false, originsStarted: false, ...(patch && { patch }) });
      chain.replicas[2]!.ready = false;
      await Promise.all(chain.origins.map((origin) => origin.start()));
      await eventually(async () => (await chain.client.call(word('first'))).status === 200);
      for (let n = 0; n < 60; n++) await chain.client.call(word(n));
      return chain.replicas[2]!.received.length;
    };

    it('one gets no traffic, and gets some as soon as it has them', async () => {
      expect(await callsFor()).toBe(0);
      chain.replicas[2]!.ready = true;
      let n = 100;
      await eventually(async () => {
        await chain.client.call(word(n++));
        return chain.replicas[2]!.received.length > 0;
      });
    });

    it('one gets traffic where nobody asks whether it is ready (control)', async () => {
      expect(await callsFor(withoutProbes)).toBeGreaterThan(0);
    });

    it('all of them: 503 with Retry-After from the edge, as a problem', async () => {
      await start({ settled: false, originsStarted: false });
      for (const replica of chain.replicas) replica.ready = false;
      await Promise.all(chain.origins.map((origin) => origin.start()));
      const { status, headers, text } = await chain.client.call(word('any'));
      expect([status, headers['retry-after'], headers['content-type']]).toEqual([503, '2', 'application/problem+json']);
      expect(JSON.parse(text)).toMatchObject({ status: 503 });
      expect(chain.asked).toEqual([]);
    });
  });

  describe('of which one always breaks off', () => {
    const failuresWith = async (options: ChainOptions) => {
      await start(options);
      chain.replicas[0]!.answer = breakOff;
      const replies = await Promise.all(Array.from({ length: 120 }, (_, n) => chain.client.call(word(n))));
      expect(chain.replicas[0]!.received.length).toBeGreaterThan(0);
      return replies.filter(({ status }) => status !== 200).length;
    };

    it('no look-up fails: a retry goes to another', async () => {
      expect(await failuresWith({})).toBe(0);
    });

    it('look-ups fail where a retry goes to the same (control)', async () => {
      expect(await failuresWith({ patch: replacing('default.vcl', 'alt = bereq.retries', 'alt = 0') })).toBeGreaterThan(
        0,
      );
    });

    it('look-ups fail where there is no retry (control)', async () => {
      expect(await failuresWith({ patch: withoutRetry })).toBeGreaterThan(0);
    });
  });

  it('are asked once when they answer 503, and once for a POST whatever happens', async () => {
    await start();
    for (const replica of chain.replicas) {
      replica.answer = (response) => response.writeHead(503, { 'Retry-After': '7' }).end();
    }
    const unavailable = await chain.client.call(word('busy'));
    expect([unavailable.status, unavailable.headers['retry-after'], chain.asked.length]).toEqual([503, '7', 1]);
    chain.forget();
    for (const replica of chain.replicas) replica.answer = breakOff;
    const post = await chain.client.call('/api/dictionary/anything', { method: 'POST', body: '{}' });
    expect([post.status, chain.asked.length]).toEqual([503, 1]);
  });

  it('can freeze: within the deadline another one answers', async () => {
    await start();
    chain.replicas[0]!.answer = () => {};
    const replies = await Promise.all(Array.from({ length: 30 }, (_, n) => chain.client.call(word(n))));
    expect(chain.replicas[0]!.received.length).toBeGreaterThan(0);
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
  });

  it('are restarted one after the other under load, and no request fails', async () => {
    await start();
    working(chain);
    const running = load(chain);
    for (const replica of chain.replicas) {
      replica.ready = false;
      await chain.untilSeen(replica, false);
      await replica.close();
      await replica.start();
      replica.ready = true;
      await chain.untilSeen(replica, true);
    }
    const { answered, failures } = await running.end();
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(100);
  });

  describe('of which one is killed under load', () => {
    const failuresAfterKill = async (patch?: Patch) => {
      await start(patch && { patch });
      working(chain);
      const running = load(chain);
      const [victim] = chain.replicas;
      await eventually(() => victim!.received.length > 20);
      await victim!.kill();
      await chain.untilSeen(victim!, false);
      victim!.ready = false;
      await victim!.start();
      await eventually(() => running.answered > 500);
      victim!.ready = true;
      await chain.untilSeen(victim!, true);
      return (await running.end()).failures;
    };

    it('no look-up fails, also while it comes back without its words', async () => {
      expect(await failuresAfterKill()).toEqual([]);
    });

    it('look-ups fail where there is no retry (control)', async () => {
      expect((await failuresAfterKill(withoutRetry)).length).toBeGreaterThan(0);
    });
  });
});
