import { Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { Problem } from './problem.ts';

const FOR_MS_DEFAULT = 10_000;
const FOR_MS_MAX = 600_000;
const LATENCY_MS_MAX = 60_000;
const FREEZE_MS_MAX = 60_000;

/** A fault that is switched on for a time. `value` is undefined while it is off. */
export class Fault<T> {
  #value: T | undefined;
  #healsAtMs = 0;

  constructor(
    readonly name: string,
    readonly schema: z.ZodType<T>,
  ) {}

  get value(): T | undefined {
    return performance.now() < this.#healsAtMs ? this.#value : undefined;
  }

  get healsInMs(): number {
    return Math.max(0, Math.ceil(this.#healsAtMs - performance.now()));
  }

  inject(value: T, forMs: number): void {
    this.#value = value;
    this.#healsAtMs = performance.now() + forMs;
  }

  heal(): void {
    this.#healsAtMs = 0;
  }
}

/** Where a process is told to end or to stand still; tests replace it. */
export const drastic = {
  crash: (): void => {
    process.kill(process.pid, 'SIGKILL');
    // Process 1 of a container cannot be killed from inside.
    process.abort();
  },
  /** Stops the whole event loop, timers and the admin listener included. */
  freeze: (forMs: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs),
};

const freezeMs = z.number().int().min(1).max(FREEZE_MS_MAX);
const forMs = z.number().int().min(1).max(FOR_MS_MAX).default(FOR_MS_DEFAULT);

/**
 * Faults that the lab and the tests switch on over `/faults`. Latency and errors hit the API's handlers only, so
 * that health stays what it is; freeze and crash hit the process. Each heals by itself.
 */
@Injectable()
export class Faults {
  readonly #faults = new Map<string, Fault<unknown>>();
  readonly #latencyMs = this.define('latencyMs', z.number().int().min(1).max(LATENCY_MS_MAX));
  readonly #errorRate = this.define('errorRate', z.number().gt(0).max(1));
  /** Errors owed: a rate of 0.25 fails exactly each fourth request, so what a test sees repeats. */
  #owed = 0;
  #healsAtMs = 0;

  /** A service's own fault, injected with the others by its name. Its schema must be a bounded one. */
  define<T>(name: string, schema: z.ZodType<T>): Fault<T> {
    const fault = new Fault(name, schema);
    this.#faults.set(name, fault);
    return fault;
  }

  /** Whether any fault may be on: all that an ordinary request pays. */
  get active(): boolean {
    return this.#healsAtMs !== 0 && this.#isActive();
  }

  /** What is on, with its value and the milliseconds left. */
  list(): Record<string, { value: unknown; healsInMs: number }> {
    const on = [...this.#faults.values()].filter(({ value }) => value !== undefined);
    return Object.fromEntries(on.map(({ name, value, healsInMs }) => [name, { value, healsInMs }]));
  }

  /**
   * Switches on what the body names: `{latencyMs?, errorRate?, freezeMs?, crash?, <own>?, forMs?}`.
   * @returns what cannot be undone, to be done once the answer is sent
   * @throws Problem `bad-request`
   */
  inject(body: unknown): (() => void) | undefined {
    const named = [...this.#faults].map(([name, { schema }]) => [name, schema.optional()]);
    const schema = z.strictObject({
      ...(Object.fromEntries(named) as Record<string, z.ZodType>),
      freezeMs: freezeMs.optional(),
      crash: z.literal(true).optional(),
      forMs,
    });
    const { data, error } = schema.safeParse(body);
    if (error) {
      const [issue] = error.issues;
      throw new Problem('bad-request', `${issue?.path.join('.') || 'body'}: ${issue?.message}`);
    }
    const wanted = data as Record<string, unknown> & { freezeMs?: number; crash?: true; forMs: number };
    for (const [name, fault] of this.#faults) {
      if (wanted[name] !== undefined) fault.inject(wanted[name], wanted.forMs);
    }
    this.#healsAtMs = Math.max(this.#healsAtMs, performance.now() + wanted.forMs);
    if (wanted.crash) return drastic.crash;
    return wanted.freezeMs === undefined ? undefined : () => drastic.freeze(wanted.freezeMs!);
  }

  heal(): void {
    for (const fault of this.#faults.values()) fault.heal();
    this.#healsAtMs = this.#owed = 0;
  }

  /** Runs a handler as late, or not at all, as the faults say; not after `signal`, when nobody waits for it. */
  async around(run: () => unknown, signal?: AbortSignal): Promise<unknown> {
    if (this.#latencyMs.value !== undefined)
      await delay(this.#latencyMs.value, undefined, { ...(signal ? { signal } : {}) });
    this.#owed += this.#errorRate.value ?? 0;
    if (this.#owed >= 1) {
      this.#owed -= 1;
      throw new Problem('unavailable', 'An injected fault.');
    }
    return run();
  }

  #isActive(): boolean {
    if (performance.now() < this.#healsAtMs) return true;
    this.#healsAtMs = 0;
    return false;
  }
}
