import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { Exchange } from './exchange.ts';
import { Problem, toProblem } from './problem.ts';
import type { Readiness } from './readiness.ts';
import type { Routes } from './routes.ts';

/** Every error of the API listener that reaches Nest, as problem details. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly routes: Routes,
    private readonly servedBy: string,
    private readonly readiness: Readiness,
    private readonly logger: Logger,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const exchange = Exchange.of(reply.raw);
    if (reply.raw.writableEnded || reply.raw.destroyed) {
      // Its answer, or its client's going, is reported or about to be: what fails afterwards is told here or nowhere.
      const route = exchange.route?.template;
      if (!(error instanceof Problem)) this.logger.error({ err: error, route }, 'failed after its end');
      return;
    }
    const unrouted = request.is404 && error instanceof NotFoundException;
    const problem = unrouted ? this.#unrouted(request) : toProblem(error);
    if (problem.status >= 500) exchange.failure = problem.cause ?? problem;
    // A body that could not be read failed before its handler, which would have said so.
    if (!unrouted) exchange.route ??= this.routes.metricsOf(request.routeOptions?.url);
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    if (reply.sent) return;
    for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
    // Who has asked before a probe has seen it may ask another replica, as it must not when this one is overloaded.
    const isEarly = problem.status === 503 && !this.readiness.ready;
    void reply
      .code(problem.status)
      .headers({ ...problem.headers, 'x-served-by': this.servedBy, ...(isEarly && { 'x-not-ready': '1' }) })
      .serializer(String)
      .send(JSON.stringify(problem));
  }

  #unrouted({ raw }: FastifyRequest): Problem {
    const allowed = this.routes.methodsAt(raw.url ?? '');
    // A handler may say that there is nothing either, by Fastify's callNotFound.
    if (allowed.length === 0 || allowed.includes(raw.method ?? ''))
      return new Problem('not-found', 'There is nothing at this path.');
    const allow = allowed.join(', ');
    return new Problem('method-not-allowed', `This path takes ${allow}.`, {}, { headers: { allow } });
  }
}
