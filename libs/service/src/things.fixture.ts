// A small real service for the specs and the bench: each route is one thing that they ask about.
import { Body, Controller, Get, Inject, Module, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { CONFIG, currentRequest, fetchWithin, LOGGER, Problem, Readiness, secret, serve } from './service.ts';
import type { Config } from './service.ts';

export const environment = z.object({
  GATED: z.enum(['yes', 'no']).default('no'),
  API_KEY: secret(z.string().min(8)).optional(),
});

const page = z.object({ limit: z.coerce.number().int().min(1).max(50).default(10) });
const note = z.object({ title: z.string().max(20), tags: z.array(z.string()).max(3).default([]) });
const bytes = Buffer.from(JSON.stringify({ text: 'x'.repeat(488) }));

@Controller('things')
class ThingsController {
  constructor(
    @Inject(CONFIG) private readonly config: Config<typeof environment>,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly readiness: Readiness,
  ) {
    if (config.GATED === 'yes') readiness.gate('data');
  }

  @Get('ready-bytes/:id')
  readyBytes(@Res() reply: FastifyReply): void {
    reply.header('content-type', 'application/json').send(bytes);
  }

  @Get('ready-bytes-by-name/:id')
  readyBytesByName(@Param('id') _id: string, @Res() reply: FastifyReply): void {
    reply.header('content-type', 'application/json').send(bytes);
  }

  @Get('page')
  page(@Query({ schema: page }) { limit }: z.infer<typeof page>) {
    return { limit };
  }

  @Get('numbered/:id')
  numbered(@Param('id', { schema: z.coerce.number().int() }) id: number) {
    return { id };
  }

  @Post('notes')
  note(@Body({ schema: note }) body: z.infer<typeof note>) {
    return { ...body, traceId: currentRequest()?.trace.traceId };
  }

  @Get('problem')
  problem(): never {
    throw new Problem(
      'not-found',
      'No such thing.',
      { suggestions: ['thing'] },
      { headers: { 'cache-control': 'max-age=5' } },
    );
  }

  @Get('nothing')
  nothing(@Res() reply: FastifyReply): void {
    reply.callNotFound();
  }

  @Get('bug')
  bug(): never {
    throw new Error('inner detail');
  }

  @Get('bug-after-answer')
  async bugAfterAnswer(@Res() reply: FastifyReply): Promise<never> {
    await reply.send('answered');
    throw new Error('too late to answer');
  }

  /** Pays no heed to its deadline, and then fails. */
  @Get('bug-after/:ms')
  async bugAfter(@Param('ms', { schema: z.coerce.number().max(60_000) }) ms: number): Promise<never> {
    await delay(ms);
    throw new Error('too late to answer');
  }

  @Get('crash')
  crash(): void {
    setImmediate(() => {
      throw new Error('uncaught');
    });
  }

  /** Answers after `ms`, unless its deadline is sooner; then it says so in the log. */
  @Get('slow/:ms')
  async slow(@Param('ms', { schema: z.coerce.number().max(60_000) }) ms: number) {
    const { signal } = currentRequest()!;
    await delay(ms, undefined, { signal }).catch(() => this.logger.info('gave up'));
    return { ms };
  }

  @Get('stream')
  stream(@Res() reply: FastifyReply): void {
    reply.raw.writeHead(200, { 'content-type': 'text/plain' });
    reply.raw.write('begun');
  }

  /** Calls another service, as a tier in a chain does. */
  @Get('forward')
  async forward(@Query('to') to: string) {
    const response = await fetchWithin(to, { timeoutMs: 60_000 });
    return { status: response.status, body: await response.json() };
  }

  /** Pays no heed to its deadline, and then calls another service. */
  @Get('forward-after/:ms')
  async forwardAfter(@Param('ms', { schema: z.coerce.number().max(60_000) }) ms: number, @Query('to') to: string) {
    await delay(ms);
    const failure = await fetchWithin(to, { timeoutMs: 60_000 }).catch((error: unknown) => error);
    if (failure instanceof Problem) this.logger.info({ kind: failure.kind }, 'not forwarded');
    return {};
  }

  /** Logs what must not be logged. */
  @Get('headers')
  headers(@Req() { headers }: FastifyRequest) {
    this.logger.info({ headers, password: 'hush' }, 'headers');
    return {};
  }

  @Post('open')
  open() {
    this.readiness.gate('data').open();
    return {};
  }
}

@Module({ controllers: [ThingsController] })
export class ThingsModule {}

if (process.argv[1] === import.meta.filename) {
  await serve({ name: 'things', environment, module: ThingsModule, openapi: () => ({ openapi: '3.1.1' }) });
}
