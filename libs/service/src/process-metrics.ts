import { totalmem } from 'node:os';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { Counter, Gauge, type Registry } from 'prom-client';

/** Sampling more often would keep an idle process awake. */
const EVENT_LOOP_RESOLUTION_MS = 100;

/**
 * The process's own figures under prom-client's names, read when scraped. prom-client's `collectDefaultMetrics` also
 * observes each garbage collection, which cost a busy small-heap service a tenth of its throughput (docs/decisions).
 */
export function collectProcessMetrics(registry: Registry): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };

  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  const startedAtSeconds = performance.timeOrigin / 1000;
  gauge('process_start_time_seconds', 'Start of the process since the epoch.', () => startedAtSeconds);
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  gauge(
    'process_memory_limit_bytes',
    'Memory that it may have: its container’s limit, or the machine’s memory.',
    () => {
      // 0 or more than there is: no limit of its own.
      return Math.min(process.constrainedMemory() || Infinity, totalmem());
    },
  );
  gauge('nodejs_heap_size_limit_bytes', 'Heap beyond which V8 ends the process.', () => {
    return getHeapStatistics().heap_size_limit;
  });
  gauge('nodejs_heap_size_total_bytes', 'Heap that V8 holds.', () => getHeapStatistics().total_heap_size);
  gauge('nodejs_heap_size_used_bytes', 'Heap in use.', () => getHeapStatistics().used_heap_size);
  gauge('nodejs_external_memory_bytes', 'Buffers and other memory outside of the heap.', () => {
    return getHeapStatistics().external_memory;
  });

  const delay = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION_MS });
  delay.enable();
  gauge('nodejs_eventloop_lag_max_seconds', 'Longest delay of the event loop since the last scrape.', () => {
    const maxSeconds = Math.max(0, delay.max / 1e9 - EVENT_LOOP_RESOLUTION_MS / 1e3);
    delay.reset();
    return maxSeconds;
  });
  let last = performance.eventLoopUtilization();
  gauge('nodejs_eventloop_utilization', 'Share of the time since the last scrape that the event loop was busy.', () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  });
}
