import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { Exchange } from './exchange.ts';
import type { Faults } from './faults.ts';
import type { HttpMetrics, RouteMetrics } from './http-metrics.ts';
import type { Tracer } from './tracing.ts';

/** Fastify reads no body with these. */
const BODILESS = new Set(['GET', 'HEAD']);

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/**
 * What happens around every handler. It wraps the handlers when they are registered instead of being a hook: the
 * route is known without looking it up, and the handler runs within its exchange even when a body came first.
 */
export class Routes {
  readonly #methodsByTemplate = new Map<string, Set<string>>();

  constructor(
    private readonly servedBy: string,
    private readonly metrics: HttpMetrics,
    private readonly faults: Faults,
    private readonly tracer: Tracer | undefined,
  ) {}

  attach(instance: FastifyInstance): void {
    instance.addHook('onRoute', (options) => {
      const methods = this.#methodsByTemplate.get(options.url) ?? new Set();
      this.#methodsByTemplate.set(options.url, methods);
      for (const method of [options.method].flat()) methods.add(method);
      const route = this.metrics.route(options.url);
      options.handler = this.#around(options.handler, route);
      // A body may come too late for the handler to run.
      if ([options.method].flat().some((method) => !BODILESS.has(method))) {
        const known: onRequestHookHandler = (_request, reply, done) => {
          Exchange.of(reply.raw).route = route;
          done();
        };
        options.onRequest = [known, ...[options.onRequest ?? []].flat()];
      }
    });
  }

  metricsOf(template: string | undefined): RouteMetrics | undefined {
    return template === undefined ? undefined : this.metrics.route(template);
  }

  /** The methods of the routes that match a request's URL, for 405. Rare, so it looks at every route. */
  methodsAt(url: string): string[] {
    const path = url.split('?', 1)[0]!.split('/');
    const found = [...this.#methodsByTemplate].filter(([template]) => matches(template.split('/'), path));
    return [...new Set(found.flatMap(([, methods]) => [...methods]))].sort();
  }

  #around(handler: Handler, route: RouteMetrics): Handler {
    const { servedBy, faults, tracer } = this;
    const run: Handler = tracer
      ? (request, reply) => tracer.serve(Exchange.of(reply.raw), route.template, () => handler(request, reply))
      : handler;
    return (request, reply) => {
      const exchange = Exchange.of(reply.raw);
      exchange.route = route;
      reply.header('x-served-by', servedBy);
      exchange.context.enter();
      const handled = faults.active
        ? faults.around(() => run(request, reply), exchange.context.signal)
        : run(request, reply);
      // One that has answered already, as the hottest do, is not worth keeping.
      if (!reply.raw.writableEnded) exchange.handled = handled;
      return handled;
    };
  }
}

function matches(template: readonly string[], path: readonly string[]): boolean {
  if (template.at(-1) === '*' ? path.length < template.length : path.length !== template.length) return false;
  return template.every((part, i) => part === '*' || (part.startsWith(':') ? path[i] !== '' : part === path[i]));
}
