export interface RestartDelayMs {
  first: number;
  most: number;
  /** A life of more than this was a good one: what comes after it starts from `first` again. */
  forgivenAfter: number;
}

/** How long to wait before what has ended is started again: twice as long each time, up to a bound. */
export class Backoff {
  readonly #delayMs: RestartDelayMs;
  #nextMs: number;

  constructor(delayMs: RestartDelayMs) {
    this.#delayMs = delayMs;
    this.#nextMs = delayMs.first;
  }

  /** The pause in milliseconds after a life of `livedMs`. */
  after(livedMs: number): number {
    const { first, most, forgivenAfter } = this.#delayMs;
    const pauseMs = livedMs > forgivenAfter ? first : this.#nextMs;
    this.#nextMs = Math.min(pauseMs * 2, most);
    return pauseMs;
  }
}
