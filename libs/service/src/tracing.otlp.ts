import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
  type Tracer as OtelTracer,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_SERVICE_NAME,
  ATTR_URL_PATH,
} from '@opentelemetry/semantic-conventions';
import type { BaseConfig } from './environment.ts';
import type { Exchange } from './exchange.ts';
import { traceContext, type TraceContext } from './trace-context.ts';
import type { ClientSpan, Tracer } from './tracing.ts';

/** Also how long an end may wait for its last spans, so well below SHUTDOWN_MS. */
const EXPORT_TIMEOUT_MS = 2_000;

/** Spans by OpenTelemetry's SDK, sent in batches by OTLP over HTTP. */
export class OtlpTracer implements Tracer {
  readonly #provider: NodeTracerProvider;
  readonly #tracer: OtelTracer;

  constructor({ SERVICE, NAME }: BaseConfig, endpoint: string) {
    const exporter = new OTLPTraceExporter({
      url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
      timeoutMillis: EXPORT_TIMEOUT_MS,
    });
    this.#provider = new NodeTracerProvider({
      resource: resourceFromAttributes({ [ATTR_SERVICE_NAME]: SERVICE, 'service.instance.id': NAME }),
      spanProcessors: [new BatchSpanProcessor(exporter)],
    });
    this.#provider.register({ propagator: new W3CTraceContextPropagator() });
    this.#tracer = this.#provider.getTracer('@almanac/service');
  }

  serve<T>(exchange: Exchange, route: string, run: () => T): T {
    const { method, headers, url = '' } = exchange.response.req;
    const parent = propagation.extract(ROOT_CONTEXT, headers);
    const span = this.#tracer.startSpan(
      `${method} ${route}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          [ATTR_HTTP_REQUEST_METHOD]: method,
          [ATTR_HTTP_ROUTE]: route,
          [ATTR_URL_PATH]: url.split('?', 1)[0],
        },
      },
      parent,
    );
    const within = trace.setSpan(parent, span);
    exchange.context.trace = passedOn(within);
    exchange.response.once('close', () => end(span, exchange, 500));
    return context.with(within, run);
  }

  call(method: string, { hostname, port, pathname }: URL): ClientSpan {
    const span = this.#tracer.startSpan(method, {
      kind: SpanKind.CLIENT,
      attributes: {
        [ATTR_HTTP_REQUEST_METHOD]: method,
        [ATTR_SERVER_ADDRESS]: hostname,
        [ATTR_SERVER_PORT]: Number(port || 80),
        [ATTR_URL_PATH]: pathname,
      },
    });
    return {
      context: passedOn(trace.setSpan(context.active(), span)),
      end: (outcome) => end(span, outcome, 400),
    };
  }

  async shutdown(): Promise<void> {
    // Spans that nobody receives are no reason to end badly.
    await this.#provider.shutdown().catch(() => undefined);
  }
}

function passedOn(within: ReturnType<typeof context.active>): TraceContext {
  const carrier: Record<string, string> = {};
  propagation.inject(within, carrier);
  return traceContext(carrier['traceparent'], carrier['tracestate']);
}

/** A server's span fails from 500 on, a client's from 400 on (semantic conventions for HTTP spans). */
function end(span: Span, outcome: { status: number } | { error: unknown }, failsFrom: number): void {
  if ('status' in outcome) {
    span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, outcome.status);
    if (outcome.status >= failsFrom) {
      span.setAttribute(ATTR_ERROR_TYPE, String(outcome.status)).setStatus({ code: SpanStatusCode.ERROR });
    }
  } else {
    const type = outcome.error instanceof Error ? outcome.error.name : 'error';
    span.setAttribute(ATTR_ERROR_TYPE, type).setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}
