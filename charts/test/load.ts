import { setTimeout as delay } from 'node:timers/promises';
import type { Reply } from './client.ts';

/** Calls that run side by side until they are ended; keeps what was not answered with 200. */
export class Load {
  answered = 0;
  readonly failures: string[] = [];
  #ended = false;
  readonly #runners: Promise<void>[];

  /** @param call makes the n-th call */
  constructor(call: (n: number) => Promise<Reply>, concurrency = 8) {
    let n = 0;
    this.#runners = Array.from({ length: concurrency }, async () => {
      while (!this.#ended) {
        try {
          const { status, text } = await call(n++);
          if (status === 200) this.answered++;
          else this.failures.push(`${status} ${text}`);
        } catch (error) {
          this.failures.push(String(error));
        }
        await delay(2);
      }
    });
  }

  async end(): Promise<this> {
    this.#ended = true;
    await Promise.all(this.#runners);
    return this;
  }
}
