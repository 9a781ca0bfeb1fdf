import type { Registry } from 'prom-client';

/** Upper bounds in seconds. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

class Series {
  readonly counts = new Float64Array(BUCKETS.length + 1);
  sumSeconds = 0;

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < BUCKETS.length && seconds > BUCKETS[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.sumSeconds += seconds;
  }
}

/** The durations of one route template, by method and status. */
export class RouteMetrics {
  readonly series = new Map<string, Map<number, Series>>();

  constructor(readonly template: string) {}

  observe(method: string, status: number, seconds: number): void {
    let byStatus = this.series.get(method);
    if (!byStatus) this.series.set(method, (byStatus = new Map<number, Series>()));
    let series = byStatus.get(status);
    if (!series) byStatus.set(status, (series = new Series()));
    series.observe(seconds);
  }
}

const NAME = 'http_server_request_duration_seconds';

/**
 * The histogram `http_server_request_duration_seconds{method,route,status}`. Counted in typed arrays and given to
 * prom-client at each scrape: its own `observe` validates and hashes the labels each time, about 1 µs a request.
 * Labels hold route templates, never paths, so their number is bounded.
 */
export class HttpMetrics {
  readonly name = NAME;
  readonly help = 'Time from the request’s headers to the end of its answer.';
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #routes = new Map<string, RouteMetrics>();
  /** What no route matched, and what was refused before routing. */
  readonly unmatched = this.route('unmatched');

  constructor(registry: Registry) {
    registry.registerMetric(this as unknown as Parameters<Registry['registerMetric']>[0]);
  }

  route(template: string): RouteMetrics {
    let route = this.#routes.get(template);
    if (!route) this.#routes.set(template, (route = new RouteMetrics(template)));
    return route;
  }

  /** prom-client's collector interface. */
  get() {
    const { name, help, type, aggregator } = this;
    return Promise.resolve({ name, help, type, aggregator, values: [...this.#values()] });
  }

  *#values() {
    for (const { template, series } of this.#routes.values())
      for (const [method, byStatus] of series)
        for (const [status, { counts, sumSeconds }] of byStatus) {
          const labels = { method, route: template, status: String(status) };
          let count = 0;
          for (let bucket = 0; bucket < counts.length; bucket++) {
            count += counts[bucket]!;
            yield { metricName: `${NAME}_bucket`, labels: { ...labels, le: BUCKETS[bucket] ?? '+Inf' }, value: count };
          }
          yield { metricName: `${NAME}_sum`, labels, value: sumSeconds };
          yield { metricName: `${NAME}_count`, labels, value: count };
        }
  }
}
