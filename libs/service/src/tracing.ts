import type { BaseConfig } from './environment.ts';
import type { Exchange } from './exchange.ts';
import type { TraceContext } from './trace-context.ts';

/** Spans for what a service answers and what it asks others. There is none unless traces are exported. */
export interface Tracer {
  /** Runs a handler within a server span that ends with the exchange. */
  serve<T>(exchange: Exchange, route: string, run: () => T): T;
  /** Starts a client span within the current one; `context` is what to pass on. */
  call(method: string, url: URL): ClientSpan;
  /** Sends what is waiting to be sent. */
  shutdown(): Promise<void>;
}

export interface ClientSpan {
  readonly context: TraceContext;
  end(outcome: { status: number } | { error: unknown }): void;
}

/** The SDK is loaded only when there is somewhere to send spans: it would double a small service's start. */
export async function createTracer(config: BaseConfig): Promise<Tracer | undefined> {
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return undefined;
  const { OtlpTracer } = await import('./tracing.otlp.ts');
  return new OtlpTracer(config, config.OTEL_EXPORTER_OTLP_ENDPOINT);
}

let current: Tracer | undefined;

/** The process's tracer, for calls made from anywhere in it. */
export const activeTracer = {
  get: (): Tracer | undefined => current,
  set: (tracer: Tracer | undefined): void => void (current = tracer),
};
