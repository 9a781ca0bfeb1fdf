import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from './driver.ts';
import type { Answer } from './visitor.ts';
import { Visitor } from './visitor.ts';

export interface Tally {
  answers: number;
  /** Everything that is not a 200, and every broken call: path and what happened. */
  failures: string[];
  /** Answers per replica that made them. */
  servedBy: Record<string, number>;
}

/**
 * Asks for `path()` from `visitors` visitors at once, each its next a moment after its last, until `stop`: as fast as the
 * system can, words that nobody has asked for yet would run out.
 */
export const load = (system: System, path: (n: number) => string, { visitors = 8, pauseMs = 20 } = {}) => {
  const tally: Tally = { answers: 0, failures: [], servedBy: {} };
  const visitor = new Visitor(system, { connections: visitors });
  let going = true;
  let n = 0;
  const byName: Record<string, number> = {};
  const count = (at: string, answer: Answer) => {
    tally.answers += 1;
    if (answer.status !== 200) tally.failures.push(`${at}: ${answer.status} ${answer.body.slice(0, 200)}`);
    const name = String(answer.headers['x-served-by']);
    byName[name] = (byName[name] ?? 0) + 1;
  };
  const visit = async () => {
    while (going) {
      const at = path(n++);
      await visitor.ask(at).then(
        (answer) => count(at, answer),
        (error: Error) => tally.failures.push(`${at}: ${error.message}`),
      );
      await sleep(pauseMs);
    }
  };
  const all = Promise.all(Array.from({ length: visitors }, visit));
  return {
    tally,
    /** Ends the load after the calls under way. */
    stop: async () => {
      going = false;
      await all;
      visitor.close();
      await system.states(); // So that all who have answered are known by their names.
      for (const [name, answers] of Object.entries(byName)) {
        const replica = system.replicaOf(name);
        tally.servedBy[replica] = (tally.servedBy[replica] ?? 0) + answers;
      }
      return tally;
    },
  };
};
