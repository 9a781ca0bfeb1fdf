import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, Metrics, type Config } from '@almanac/service';
import { Memory } from './memory.ts';
import type { environment } from './recent.config.ts';

/** Who is away is forgotten although nobody else comes. */
const SWEEP_MS = 60_000;

/** This replica's memory, sized by its environment and counted. */
@Injectable()
export class VisitorsMemory extends Memory implements OnApplicationShutdown {
  readonly #sweep = setInterval(() => this.forgetIdle(), SWEEP_MS).unref();

  constructor(@Inject(CONFIG) { VISITORS_MAX, IDLE_MAX_S }: Config<typeof environment>, metrics: Metrics) {
    const evictions = metrics.counter('recent_evictions_total', 'Visitors forgotten to make room for others.');
    super({ visitorsMax: VISITORS_MAX, idleMaxMs: IDLE_MAX_S * 1000, onEviction: () => evictions.inc() });
    const count = () => this.visitors;
    metrics.gauge('recent_visitors', 'Visitors whose look-ups this replica remembers.', [], function () {
      this.set(count());
    });
    metrics.gauge('recent_visitors_max', 'As many as it can remember.').set(VISITORS_MAX);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#sweep);
  }
}
