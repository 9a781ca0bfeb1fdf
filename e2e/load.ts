import { setTimeout as sleep } from 'node:timers/promises';
import { Visitor, type Answer, type Entry } from './visitor.ts';

export interface Tally {
  /** Calls that are over, well or not. */
  answers: number;
  /** Everything that is not a 200, and every broken call: when, path and what happened. The first hundred. */
  failures: string[];
  failed: number;
  /** Answers per replica that made them just now, by what it calls itself (X-Served-By): a copy says who once did. */
  servedBy: Record<string, number>;
}

/**
 * Asks for `path()` from `visitors` visitors at once, each its next a moment after its last, until `stop`: as fast as the
 * system can, words that nobody has asked for yet would run out.
 */
export const load = (entry: Entry, path: (n: number) => string, { visitors = 8, pauseMs = 20 } = {}) => {
  const tally: Tally = { answers: 0, failures: [], failed: 0, servedBy: {} };
  const visitor = new Visitor(entry, { connections: visitors });
  const headers = entry.loadSecret ? { 'X-Load-Secret': entry.loadSecret } : {};
  let going = true;
  let n = 0;
  const fail = (at: string, what: string) => {
    tally.failed += 1;
    if (tally.failures.length < 100) tally.failures.push(`${new Date().toISOString().slice(11, 23)} ${at}: ${what}`);
  };
  const count = (at: string, { status, body, headers }: Answer) => {
    if (status !== 200) fail(at, `${status} ${body.slice(0, 200)}`);
    if (/; hit\b/.test(String(headers['cache-status']))) return;
    const name = String(headers['x-served-by']);
    tally.servedBy[name] = (tally.servedBy[name] ?? 0) + 1;
  };
  const visit = async () => {
    while (going) {
      const at = path(n++);
      await visitor.ask(at, { headers }).then(
        (answer) => count(at, answer),
        (error: Error) => fail(at, error.message),
      );
      tally.answers += 1;
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
      return tally;
    },
  };
};
