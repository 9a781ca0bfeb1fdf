import type { Promised } from './experiment.ts';
import type { Call } from './load.ts';
import { told } from './steps.ts';

export interface Verdict {
  /** The promise, as the file has it. */
  promise: string;
  holds: boolean;
  /** What was seen. */
  measured: string;
}

export interface Judging {
  deadlineMsOf: (path: string) => number;
  replicaOf: (name: string) => string;
}

/** Beyond a route's deadline: the way there and back, TLS, and a machine that has much else to do. */
const wayMs = 1_000;

const tally = <T>(all: readonly T[], by: (one: T) => string): [string, number][] => {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(by(one), (counts.get(by(one)) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a.localeCompare(b));
};
const list = (counts: [string, number][]) => counts.map(([name, count]) => `${name} ${count}`).join(', ') || 'none';
const outcomeOf = ({ status, error }: Call) => (status === undefined ? (error ?? 'no answer') : String(status));

type Seen = Omit<Verdict, 'promise'>;

const failed = (calls: Call[], most: number): Seen => {
  const bad = calls.filter(({ expected }) => !expected);
  const what = bad.length > 0 ? `: ${list(tally(bad, outcomeOf))}` : '';
  return { holds: bad.length <= most, measured: `${bad.length} of ${calls.length}${what}` };
};

const slowest = (calls: Call[], { deadlineMsOf }: Judging): Seen => {
  const late = calls.filter(({ path, tookMs }) => tookMs > deadlineMsOf(path) + wayMs).length;
  const { path, tookMs } = calls.reduce((worst, one) => (one.tookMs > worst.tookMs ? one : worst));
  const measured = `${Math.round(tookMs)} ms, deadline ${deadlineMsOf(path)} ms${late ? `; ${late} later than that` : ''}`;
  return { holds: late === 0, measured };
};

/** A copy says who answered somebody else, which may be long ago. */
const answeredBy = (calls: Call[], wanted: NonNullable<Promised['answeredBy']>, { replicaOf }: Judging): Seen => {
  const counts = tally(
    calls.filter(({ servedBy, forwarded }) => servedBy !== undefined && forwarded),
    ({ servedBy }) => replicaOf(servedBy!),
  );
  const names = counts.map(([name]) => name);
  const holds =
    (wanted.all ?? []).every((one) => names.includes(one)) &&
    names.every((one) => wanted.only?.includes(one) ?? true) &&
    !names.some((one) => wanted.without?.includes(one));
  // Nobody at all keeps a promise about who does not.
  return { holds: holds && names.length > 0, measured: list(counts) };
};

const statuses = (calls: Call[], wanted: number[]): Seen => ({
  holds: calls.every(({ status }) => status !== undefined && wanted.includes(status)),
  measured: list(tally(calls, outcomeOf)),
});

const retryAfter = (calls: Call[], wanted: number[]): Seen => {
  const refused = calls.filter(({ status }) => status !== undefined && wanted.includes(status));
  const says = refused.filter(
    (one) => /^[1-9]\d*$/.test(one.retryAfter ?? '') && (one.contentType ?? '').startsWith('application/problem+json'),
  );
  const measured = `${refused.length} refused, ${says.length} of them say when to ask again`;
  return { holds: refused.length > 0 && says.length === refused.length, measured };
};

/** By when calls were due and when they ended: between these two moments the limit has counted them. */
const admitted = (calls: Call[], { burst, perSecond }: NonNullable<Promised['admitted']>): Seen => {
  const passed = calls.filter(({ status }) => status === 200).length;
  const fromMs = calls.reduce((first, { dueMs }) => Math.min(first, dueMs), Infinity);
  const toMs = calls.reduce((last, { dueMs, tookMs }) => Math.max(last, dueMs + tookMs), 0);
  const most = Math.floor(burst + (perSecond * (toMs - fromMs)) / 1000) + 1;
  const measured = `${passed} of ${calls.length}, at most ${most}`;
  return { holds: passed <= most && passed < calls.length, measured };
};

const originCalls = (calls: Call[], most: number, { replicaOf }: Judging): Seen => {
  const answered = calls.filter(({ status }) => status !== undefined);
  const counts = tally(
    answered.filter(({ forwarded }) => forwarded),
    ({ cache }) => replicaOf(cache ?? ''),
  );
  // None at all would be no expired word, but one that was there all the time.
  const holds = counts.length > 0 && counts.every(([, count]) => count <= most);
  return { holds, measured: `${list(counts)}, for ${answered.length} answers` };
};

const fromCache = (calls: Call[], least: number): Seen => {
  const answered = calls.filter(({ status }) => status !== undefined);
  const share = answered.filter(({ forwarded }) => !forwarded).length / Math.max(1, answered.length);
  return { holds: answered.length > 0 && share >= least, measured: `${(share * 100).toFixed(1)} %` };
};

const forgotten = (calls: Call[], by: string[], { replicaOf }: Judging): Seen => {
  const known = calls.filter(({ home, servedBy }) => home !== undefined && servedBy !== undefined);
  const isOf = ({ home }: Call) => by.includes(replicaOf(home!));
  const isHome = ({ home, servedBy }: Call) => replicaOf(servedBy!) === replicaOf(home!);
  const [theirs, others] = [known.filter(isOf), known.filter((one) => !isOf(one))];
  const lost = others.filter((one) => !isHome(one) || !one.remembered).length;
  const holds = theirs.length > 0 && others.length > 0 && lost === 0 && !theirs.some(isHome);
  const measured = `${theirs.length} calls of theirs, by ${list(tally(theirs, ({ servedBy }) => replicaOf(servedBy!)))}; of ${others.length} others ${lost} not remembered`;
  return { holds, measured };
};

/** What became of a promise in the calls that it is about. One about no call at all is not kept: nothing was measured. */
export const judge = (promise: Promised, all: Call[], judging: Judging): Verdict => {
  const { of, during } = promise;
  const calls = all.filter((one) => (!of || one.stream === of) && (!during || during.includes(one.phase)));
  const seen = (): Seen => {
    if (calls.length === 0) return { holds: false, measured: 'no call that it is about' };
    if (promise.failed !== undefined) return failed(calls, promise.failed);
    if (promise.slowest) return slowest(calls, judging);
    if (promise.answeredBy) return answeredBy(calls, promise.answeredBy, judging);
    if (promise.statuses) return statuses(calls, promise.statuses);
    if (promise.retryAfter) return retryAfter(calls, promise.retryAfter);
    if (promise.admitted) return admitted(calls, promise.admitted);
    if (promise.originCallsPerCache !== undefined) return originCalls(calls, promise.originCallsPerCache, judging);
    if (promise.forgotten) return forgotten(calls, promise.forgotten, judging);
    return fromCache(calls, promise.fromCache!);
  };
  return { promise: told(promise), ...seen() };
};
