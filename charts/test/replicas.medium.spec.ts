import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { backends, Chain, type ChainOptions } from './chain.ts';
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
  const withoutRetry = replacing('default.vcl', '"retries", 2', '"retries", 0');
  const remembering = ' || std.strstr(var.get_string("tried"), bereq.backend + " ")';
  const withoutMemory = replacing('default.vcl', remembering, '');
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
      await until(async () => (await chain.client.call(word('first'))).status === 200);
      for (let n = 0; n < 60; n++) await chain.client.call(word(n));
      return chain.replicas[2]!.received.length;
    };

    it('one gets no traffic, and gets some as soon as it has them', async () => {
      expect(await callsFor()).toBe(0);
      chain.replicas[2]!.ready = true;
      let n = 100;
      await until(async () => {
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
      expect(await failuresWith({ patch: withoutMemory })).toBeGreaterThan(0);
    });

    it('look-ups fail where there is no retry (control)', async () => {
      expect(await failuresWith({ patch: withoutRetry })).toBeGreaterThan(0);
    });
  });

  it('are asked once when they answer 503', async () => {
    await start();
    for (const replica of chain.replicas) {
      replica.answer = (response) => response.writeHead(503, { 'Retry-After': '7' }).end();
    }
    const { status, headers } = await chain.client.call(word('busy'));
    expect([status, headers['retry-after'], chain.asked.length]).toEqual([503, '7', 1]);
  });

  describe('of which one says that it is not ready before a probe has seen it', () => {
    const withOneJustStarted = async (headers: Record<string, string>) => {
      await start();
      const [just] = chain.replicas;
      just!.answer = (response) => response.writeHead(503, { 'Retry-After': '1', ...headers }).end();
      const words = Array.from({ length: 12 }, (_, n) => word(`just${n}`));
      return Promise.all(words.map(async (path) => (await chain.client.call(path)).status));
    };

    it('no look-up fails: another one is asked', async () => {
      const statuses = await withOneJustStarted({ 'X-Not-Ready': '1' });
      expect(new Set(statuses)).toEqual(new Set([200]));
    });

    it('some do where it says no more than that it cannot (control)', async () => {
      expect(await withOneJustStarted({})).toContain(503);
    });

    it('all of them: 503, which says nothing of that', async () => {
      await start();
      for (const replica of chain.replicas) {
        replica.answer = (response) => response.writeHead(503, { 'Retry-After': '1', 'X-Not-Ready': '1' }).end();
      }
      const { status, headers } = await chain.client.call(word('none'));
      expect([status, headers['x-not-ready'], chain.asked.length]).toEqual([503, undefined, 3]);
    });
  });

  describe('that break off connections which were used before, when they have read a POST,', () => {
    const path = '/api/dictionary/anything';
    const postOnUsed = async (body: string) => {
      await start();
      const used = new WeakSet<object>();
      let ids: unknown[] = [];
      let hasBroken = false;
      for (const replica of chain.replicas) {
        replica.answer = (response, request) => {
          if (request.method === 'POST') {
            ids.push(request.headers['x-request-id']);
            if (used.has(response.socket!)) {
              hasBroken = true;
              return breakOff(response, request);
            }
          }
          used.add(response.socket!);
          return replica.answerWell(response, request);
        };
      }
      let status: number | undefined;
      await until(async () => {
        await chain.client.call(path);
        ids = [];
        ({ status } = await chain.client.call(path, { method: 'POST', body }));
        return hasBroken;
      });
      return { status, ids };
    };

    it('are asked once when it has a body', async () => {
      const { status, ids } = await postOnUsed('{}');
      expect([status, ids.length]).toEqual([503, 1]);
    });

    it('are asked again by Varnish itself when it has none: such a POST must be safe to repeat', async () => {
      const { status, ids } = await postOnUsed('');
      expect([status, ids.length]).toEqual([200, 2]);
      expect(ids[0]).toBe(ids[1]);
    });
  });

  describe('of which some freeze', () => {
    const frozen: Answer = () => {};
    const statusesWith = async (answers: Answer[], patch?: Patch) => {
      await start(patch && { patch });
      answers.forEach((answer, i) => (chain.replicas[i]!.answer = answer));
      const replies = await Promise.all(Array.from({ length: 30 }, (_, n) => chain.client.call(word(n))));
      answers.forEach((_, i) => expect(chain.replicas[i]!.received.length).toBeGreaterThan(0));
      return [...new Set(replies.map(({ status }) => status))].sort();
    };

    it('within the deadline another one answers', async () => {
      expect(await statusesWith([frozen])).toEqual([200]);
    });

    it('the third one answers when the two others are frozen', async () => {
      expect(await statusesWith([frozen, frozen])).toEqual([200]);
    });

    it('the third one answers when one is killed and one frozen', async () => {
      expect(await statusesWith([breakOff, frozen])).toEqual([200]);
    });

    it('look-ups fail with one killed and one frozen where there is one retry (control)', async () => {
      const once = replacing('default.vcl', '"retries", 2', '"retries", 1');
      expect(await statusesWith([breakOff, frozen], once)).toEqual([200, 503]);
    });

    it('the cache says so before the edge gives up when all are frozen', async () => {
      expect(await statusesWith([frozen, frozen, frozen])).toEqual([503]);
    });

    it('the edge gives up first where a try has no part of the deadline (control)', async () => {
      const whole = replacing('default.vcl', '(var.get_real("end") - std.real(time = now)) * 500.0', '3000.0 * 2.0');
      expect(await statusesWith([frozen, frozen, frozen], whole)).toEqual([504]);
    });
  });

  describe('that say late that they are ready', () => {
    const lateMs = 500;

    it('stay, as they have too much to do, and one that never says it is left out', async () => {
      await start();
      const [late, frozen] = chain.replicas;
      late!.readyAfterMs = lateMs;
      frozen!.readyAfterMs = 60_000;
      await chain.untilSeen(frozen!, false);
      for (const cache of chain.caches) expect(backends(cache)['dictionary_1']).toBe(true);
    });

    it('are left out where the caches wait for less (control)', async () => {
      await start({ patch: replacing('default.vcl', '.timeout = 1s', '.timeout = 300ms') });
      chain.replicas[0]!.readyAfterMs = lateMs;
      await chain.untilSeen(chain.replicas[0]!, false);
    });
  });

  describe('of which one gets ready while a request waits for a frozen one', () => {
    /** How often the frozen one was asked for a word that it had been asked for before. */
    const repeatsWith = async (patch?: Patch) => {
      await chain?.stop();
      await start({ settled: false, originsStarted: false, ...(patch && { patch }) });
      const [late, frozen] = chain.replicas;
      late!.ready = false;
      await Promise.all(chain.origins.map((origin) => origin.start()));
      await chain.settle();
      frozen!.answer = () => {};
      const replies = Promise.all(Array.from({ length: 60 }, (_, n) => chain.client.call(word(n))));
      await until(() => frozen!.received.length > 20);
      late!.ready = true;
      await chain.untilSeen(late!, true);
      for (const { status } of await replies) expect(status).toBe(200);
      const urls = frozen!.received.map(({ url }) => url);
      return urls.length - new Set(urls).size;
    };

    it('no retry goes to the frozen one again', async () => {
      expect(await repeatsWith()).toBe(0);
    });

    it('some do where a retry counts through those that are ready just then (control)', async () => {
      const counting: Patch = (file, text) =>
        withoutMemory(file, text).replace(/alt = \d+ - 1, healthy = IGNORE/g, 'alt = bereq.retries, healthy = ALL');
      // On a machine with much to do the late one may be seen only after all retries have been made.
      let repeats = 0;
      for (let tries = 0; tries < 5 && repeats === 0; tries++) repeats = await repeatsWith(counting);
      expect(repeats).toBeGreaterThan(0);
    });
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
      await until(() => victim!.received.length > 20);
      await victim!.kill();
      await chain.untilSeen(victim!, false);
      victim!.ready = false;
      await victim!.start();
      await until(() => running.answered > 500);
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
