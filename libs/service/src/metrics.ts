import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry, type CollectFunction } from 'prom-client';
import { HttpMetrics } from './http-metrics.ts';
import { collectProcessMetrics } from './process-metrics.ts';

/** One process's metrics, in a registry of its own. Names follow Prometheus: unit last, counters end in `_total`. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  readonly http = new HttpMetrics(this.registry);

  constructor() {
    collectProcessMetrics(this.registry);
  }

  counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  /** `collect` sets the value when it is scraped. */
  gauge<L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
    collect?: CollectFunction<Gauge<L>>,
  ): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry], ...(collect ? { collect } : {}) });
  }

  /** Durations in seconds; `buckets` are upper bounds. */
  histogram<L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
    buckets?: number[],
  ): Histogram<L> {
    return new Histogram({ name, help, labelNames, registers: [this.registry], ...(buckets ? { buckets } : {}) });
  }
}
