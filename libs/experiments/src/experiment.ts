import { z } from 'zod';

const limits = { perSecond: 500, visitors: 64, crowd: 2_000, answers: 100_000, steps: 20, withinSeconds: 300 };

const sentence = (most: number) => z.string().trim().min(1).max(most);
const whole = (most: number) => z.int().min(1).max(most);
const replica = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'is the name of no service in docker-compose.yml');
/** One or several, written as it reads best. */
const replicas = z.preprocess(
  (given) => (typeof given === 'string' ? [given] : given),
  z.array(replica).min(1).max(limits.steps),
);
const path = z
  .string()
  .regex(/^\/[^\s#{}]*(?:\{(?:new|seen)\}[^\s#{}]*)?$/, 'must be a path, with {new} or {seen} for a word')
  .max(500);
const statuses = z.array(z.int().min(200).max(599)).min(1);
const phases = ['before', 'breaking', 'broken', 'healing', 'after'] as const;

/** Of all that an object may say, exactly one thing, and what belongs to it in `also`. */
const oneOf = <T extends z.ZodObject>(object: T, ...also: string[]) => {
  const names = Object.keys(object.shape).filter((name) => !also.includes(name));
  return object.check(({ value, issues }) => {
    if (names.filter((name) => value[name] !== undefined).length !== 1)
      issues.push({ code: 'custom', input: value, message: `must say exactly one of ${names.join(', ')}` });
  });
};

const stream = z.strictObject({
  ask: path,
  perSecond: whole(limits.perSecond),
  /** From how many places it comes; each has connections of its own. */
  visitors: whole(limits.visitors).default(4),
  /** How its calls are made: over connections that stay open, as a browser's, or each over one of its own. */
  connections: z.enum(['kept', 'new']).default('kept'),
  /** As a load test, which no limit for a single person refuses, or as a person: all of its visitors are one to the limit. */
  as: z.enum(['load', 'person']).default('load'),
  /** The statuses that are no failure. */
  expect: statuses.default([200]),
  /** Each visitor has a word of its own remembered there (POST) before the load begins, and keeps the cookie that it is known by. */
  remembers: z.literal('word').optional(),
});

const condition = oneOf(
  z
    .strictObject({
      /** So many answers more, of all streams. */
      answers: whole(limits.answers),
      /** Each runs as another process or container than before, and takes traffic. */
      replaced: replicas,
      ready: replicas,
      /** Each runs, and takes no traffic. */
      notReady: replicas,
      /** Who asks for the path gets this status. */
      answered: z.strictObject({ ask: path, status: z.int().min(200).max(599) }),
      /** The edge shows another certificate than before. */
      certificate: z.literal('another'),
    })
    .partial(),
);

const withinSeconds = whole(limits.withinSeconds);
const step = oneOf(
  z
    .strictObject({
      kill: replicas,
      /** Stopped (SIGSTOP): for ever, or for `forMs`, after which it goes on. */
      freeze: replicas,
      forMs: whole(60_000),
      /** One after the other, each ready before the next. */
      restart: replicas,
      hold: replicas,
      release: replicas,
      /** All at once, beside the load, as a stream that is called `crowd`. */
      crowd: z.strictObject({ ask: path, times: whole(limits.crowd), visitors: whole(limits.visitors).default(8) }),
      /** The load of a stream from now on. */
      raise: z.strictObject({ stream: z.string(), perSecond: whole(limits.perSecond) }),
      rotate: z.literal('certificate'),
      until: condition,
      withinSeconds,
    })
    .partial(),
  'forMs',
  'withinSeconds',
).check(({ value, issues }) => {
  const wrong = (message: string) => issues.push({ code: 'custom', input: value, message });
  if (value.forMs !== undefined && !value.freeze) wrong('forMs belongs to freeze');
  if (value.withinSeconds !== undefined && !value.until) wrong('withinSeconds belongs to until');
});
const watched = oneOf(z.strictObject({ until: condition, withinSeconds }).partial(), 'withinSeconds');

const promise = oneOf(
  z
    .strictObject({
      /** At most so many calls without an answer of an expected status. */
      failed: z.int().min(0),
      /** Every call is over within its route's deadline, and a second for the way. */
      slowest: z.literal('deadline'),
      /** Which replicas have answered: all of these, none but these, none of these. */
      answeredBy: oneOf(z.strictObject({ all: replicas, only: replicas, without: replicas }).partial()),
      statuses,
      /** Every answer of these statuses is a problem that says in Retry-After when to ask again, and there is one. */
      retryAfter: statuses,
      /** No more are answered by a 200 than a bucket of so many tokens lets through, refilled so fast; others are refused. */
      admitted: z.strictObject({ burst: whole(100_000), perSecond: whole(limits.perSecond) }),
      /** At most so many answers of each cache were fetched for who asked; the others are copies, or waited for that one. */
      originCallsPerCache: z.int().min(0),
      /** At least this share of the answers are copies. */
      fromCache: z.number().min(0).max(1),
      /** Whose word was remembered by one of these meets another replica; all others meet theirs, which knows their word. */
      forgotten: replicas,
      of: z.string(),
      during: z.array(z.enum(phases)).min(1),
    })
    .partial(),
  'of',
  'during',
);

export const Experiment = z
  .strictObject({
    title: sentence(80),
    pattern: sentence(80),
    /** Where in *Designing Distributed Systems*. */
    book: sentence(200),
    hypothesis: sentence(600),
    load: z
      .record(z.string().regex(/^[a-z]{1,12}$/), stream)
      .refine((streams) => Object.keys(streams).length > 0, 'must have a stream'),
    break: z.array(step).min(1).max(limits.steps),
    watch: z.array(watched).max(limits.steps).default([]),
    heal: z.array(step).max(limits.steps).default([]),
    verdict: z.array(promise).min(1).max(limits.steps),
  })
  .check(({ value, issues }) => {
    // What a file speaks of must be in it, or a promise would be about nothing.
    const streams = [...Object.keys(value.load), ...(value.break.some(({ crowd }) => crowd) ? ['crowd'] : [])];
    const assertStream = (name: string | undefined, path: (string | number)[]) => {
      if (name !== undefined && !streams.includes(name))
        issues.push({ code: 'custom', input: name, path, message: `there is no stream "${name}"` });
    };
    value.verdict.forEach(({ of }, n) => assertStream(of, ['verdict', n, 'of']));
    for (const part of ['break', 'heal'] as const)
      value[part].forEach(({ raise }, n) => assertStream(raise?.stream, [part, n, 'raise', 'stream']));
  });
export type Experiment = z.infer<typeof Experiment>;
export type Stream = z.infer<typeof stream>;
export type Step = z.infer<typeof step>;
export type Condition = z.infer<typeof condition>;
export type Promised = z.infer<typeof promise>;
export type Phase = (typeof phases)[number];
