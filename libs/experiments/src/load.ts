import { setTimeout as sleep } from 'node:timers/promises';
import type { Phase, Stream } from './experiment.ts';
import { ExperimentError } from './read.ts';
import type { SystemUnderTest } from './system.ts';
import { loadVisitor, personVisitor, type Visitor } from './visitor.ts';

/** One call, from when it was due. */
export interface Call {
  stream: string;
  path: string;
  phase: Phase;
  /** Since the load's start. */
  dueMs: number;
  /** From when it was due to its end, be the sender late or not: what waits behind a slow answer is slow, too. */
  tookMs: number;
  expected: boolean;
  /** Undefined: broken off, or never sent. */
  status: number | undefined;
  error?: string;
  servedBy?: string | undefined;
  /** RFC 9211: the cache's name, and whether it had to ask for this answer. */
  cache?: string;
  forwarded?: boolean;
  retryAfter?: string | undefined;
  contentType?: string | undefined;
  /** Of a visitor whose word was remembered: by whom, and whether the answer has it. */
  home?: string | undefined;
  remembered?: boolean;
}

/** A visitor of a stream. One whose word was remembered has a cookie, and knows who remembers it. */
interface Member {
  visitor: Visitor;
  headers?: Record<string, string>;
  home?: string | undefined;
  word?: string;
}

/** Arrivals beyond so many under way are not sent, and count as failed: a dead system must not fill our memory. */
const inFlightMax = 2_000;
/** The edge takes 256 of one address. */
const connectionsMax = 200;

const readAnswer = ({ status, headers }: Awaited<ReturnType<Visitor['ask']>>) => {
  const [cache = '', ...says] = String(headers['cache-status'] ?? '').split(/; */);
  return {
    status,
    servedBy: headers['x-served-by'] as string | undefined,
    cache,
    forwarded: says.some((one) => one.startsWith('fwd=')),
    retryAfter: headers['retry-after'],
    contentType: headers['content-type'],
  };
};

/** A load's surroundings: who is asked, for which words, and what has happened so far. */
export interface Surroundings {
  system: SystemUnderTest;
  /** A path of a template: {new} is a word that nobody has asked for, {seen} one that all visitors have. */
  pathOf: (template: string) => string;
  phase: () => Phase;
}

/**
 * Calls that arrive by the clock, whether or not earlier ones are answered (an open model): a system that stands still
 * does not slow down those who ask it. Every call is kept.
 */
export class Load {
  readonly calls: Call[] = [];
  /** When the first stream was started. */
  beganMs = 0;
  readonly #around: Surroundings;
  readonly #rates = new Map<string, number>();
  readonly #visitors: Visitor[] = [];
  readonly #running: Promise<void>[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #going = true;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  get answered(): number {
    return this.calls.length;
  }

  /** Answers when its visitors are there, and begin. */
  async start(name: string, stream: Stream): Promise<void> {
    const { ask, visitors, connections, as, remembers } = stream;
    const people = this.#newVisitors(visitors, connections === 'kept', as);
    const members = remembers ? await this.#rememberFor(people, ask) : people.map((visitor) => ({ visitor }));
    this.beganMs ||= performance.now();
    this.#rates.set(name, stream.perSecond);
    this.#running.push(this.#arrive(name, stream, members));
  }

  raise(name: string, perSecond: number): void {
    if (!this.#rates.has(name)) throw new Error(`there is no stream "${name}"`);
    this.#rates.set(name, perSecond);
  }

  /**
   * Lets a crowd come: so many visitors with a connection each, opened by asking for `path`. Answers how to let all of them
   * ask at once, which answers when all are answered.
   */
  async gather(times: number, visitors: number, path: string): Promise<(ask: string) => Promise<void>> {
    const crowd = this.#newVisitors(Math.max(visitors, Math.ceil(times / connectionsMax)), true);
    const each = Array.from({ length: times }, (_, n) => crowd[n % crowd.length]!);
    await Promise.all(each.map((visitor) => visitor.ask(path)));
    return async (path) => {
      const due = performance.now();
      await Promise.all(
        each.map((visitor) => this.#call({ stream: 'crowd', path, expect: [200], member: { visitor }, due })),
      );
    };
  }

  /** Ends the load after the calls under way. */
  async stop(): Promise<Call[]> {
    this.#going = false;
    await Promise.all(this.#running);
    await Promise.all(this.#underWay);
    for (const visitor of this.#visitors) visitor.close();
    return this.calls.sort((a, b) => a.dueMs - b.dueMs);
  }

  #newVisitors(count: number, keepAlive: boolean, as: Stream['as'] = 'load'): Visitor[] {
    const { system } = this.#around;
    const options = { connections: connectionsMax, keepAlive };
    const visitors = Array.from({ length: count }, (_, n) =>
      as === 'person' ? personVisitor(system, options) : loadVisitor(system, n, options),
    );
    this.#visitors.push(...visitors);
    return visitors;
  }

  /** Has a word of its own remembered for each, and keeps the cookie by which it is known. */
  async #rememberFor(visitors: Visitor[], path: string): Promise<Member[]> {
    const members: Member[] = [];
    for (const visitor of visitors) {
      const word = `word-${members.length}`;
      const headers = { 'Content-Type': 'application/json' };
      const answer = await visitor.ask(path, { method: 'POST', headers, body: JSON.stringify({ word }) });
      const cookie = /^[^;]+/.exec(answer.headers['set-cookie']?.[0] ?? '')?.[0];
      if (!cookie) throw new ExperimentError(`${path} remembers nobody: ${answer.status} without a cookie`);
      members.push({ visitor, word, headers: { Cookie: cookie }, home: readAnswer(answer).servedBy });
    }
    return members;
  }

  async #arrive(stream: string, { ask, expect }: Stream, own: Member[]): Promise<void> {
    for (let due = performance.now(), n = 0; this.#going; n += 1, due += 1000 / this.#rates.get(stream)!) {
      // A timer that comes late is made up for: what was due meanwhile is sent at once, and was due when it was due.
      const early = due - performance.now();
      if (early > 0) await sleep(early);
      if (!this.#going) return;
      const path = this.#around.pathOf(ask);
      void this.#call({ stream, path, expect, member: own[n % own.length]!, due });
    }
  }

  #call(wanted: { stream: string; path: string; expect: number[]; member: Member; due: number }): Promise<void> {
    const { stream, path, expect, member, due } = wanted;
    const { visitor, headers, home, word } = member;
    const phase = this.#around.phase();
    const keep = (seen: Omit<Call, 'stream' | 'path' | 'phase' | 'dueMs' | 'tookMs' | 'expected'>) => {
      const expected = seen.status !== undefined && expect.includes(seen.status);
      const tookMs = performance.now() - due;
      this.calls.push({ stream, path, phase, dueMs: due - this.beganMs, tookMs, expected, ...seen });
    };
    if (this.#underWay.size >= inFlightMax) {
      keep({ status: undefined, error: `not sent: ${inFlightMax} calls are under way` });
      return Promise.resolve();
    }
    const call = visitor.ask(path, { ...(headers && { headers }) }).then(
      (answer) => keep({ ...readAnswer(answer), ...(word && { home, remembered: answer.body.includes(`"${word}"`) }) }),
      (error: Error) => keep({ status: undefined, error: error.message }),
    );
    this.#underWay.add(call);
    return call.finally(() => this.#underWay.delete(call));
  }
}
