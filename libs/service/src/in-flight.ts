import type { Exchange } from './exchange.ts';

/** How late a deadline may be noticed: one timer for all requests instead of one for each. */
const SWEEP_MS = 20;

/**
 * What is being answered: counted for the concurrency limit, swept for deadlines, waited for at shutdown.
 * A list threaded through the exchanges, as a timer and a Set entry per request cost more than the request's own work.
 */
export class InFlight {
  #count = 0;
  #abandoned = 0;
  #newest: Exchange | undefined;
  #timer: NodeJS.Timeout | undefined;
  #whenIdle: (() => void)[] = [];

  constructor(private readonly overdue: (exchange: Exchange) => void) {}

  get count(): number {
    return this.#count;
  }

  /**
   * What takes part in the concurrency limit: also handlers that go on after a late answer or without their client. One
   * that never ends keeps its place, as it keeps what it holds: http_server_abandoned_handlers tells.
   */
  get load(): number {
    return this.#count + this.#abandoned;
  }

  /** Its answer has ended, its handler perhaps not. */
  abandon({ handled }: Exchange): void {
    if (!(handled instanceof Promise)) return;
    this.#abandoned++;
    const settled = () => {
      this.#abandoned--;
    };
    handled.then(settled, settled);
  }

  enter(exchange: Exchange): void {
    this.#count++;
    exchange.older = this.#newest;
    if (this.#newest) this.#newest.newer = exchange;
    this.#newest = exchange;
    if (this.#timer === undefined) this.#timer = setTimeout(this.#sweep, SWEEP_MS).unref();
  }

  leave(exchange: Exchange): void {
    const { newer, older } = exchange;
    if (newer) newer.older = older;
    else this.#newest = older;
    if (older) older.newer = newer;
    exchange.newer = exchange.older = undefined;
    if (--this.#count === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** Newest first. */
  *[Symbol.iterator](): Generator<Exchange> {
    for (let exchange = this.#newest; exchange; exchange = exchange.older) yield exchange;
  }

  idle(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #sweep = (): void => {
    this.#timer = undefined;
    const nowMs = performance.now();
    const late = [...this].filter(({ deadlineAtMs }) => deadlineAtMs <= nowMs);
    for (const exchange of late) {
      exchange.deadlineAtMs = Infinity;
      this.overdue(exchange);
    }
    if (this.#count > 0) this.#timer = setTimeout(this.#sweep, SWEEP_MS).unref();
  };
}
