import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@almanac/testing';
import { system } from './system.ts';
import { Visitor } from './visitor.ts';

/** Waits until the limit has forgotten what has been asked for too much from here: other suites ask from here, too. */
export const limitForgotten = async (): Promise<void> => {
  const visitor = new Visitor(system);
  const isForgotten = async () => {
    await sleep(500); // Who asks as fast as the limit forgets would wait for ever.
    const { headers } = await visitor.ask('/api/dictionary/words/dog');
    return Number(headers['x-ratelimit-remaining']) >= Number(headers['x-ratelimit-limit']) * 0.8;
  };
  await until(isForgotten, 'the limit is far again').finally(() => visitor.close());
};
