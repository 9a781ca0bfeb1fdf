import { Body, Controller, Delete, Get, Headers, HttpCode, Post, Res, UseGuards } from '@nestjs/common';
import { LookUp, type RecentLookUps } from '@almanac/contracts-recent';
import type { FastifyReply } from 'fastify';
import { SameOriginGuard } from './same-origin.guard.ts';
import { endVisitor, newVisitor, readVisitor, setVisitor } from './visitor-cookie.ts';
import { VisitorsMemory } from './visitors-memory.ts';

const privately = { 'cache-control': 'private, no-store', vary: 'Cookie' };

@Controller('api/dictionary/recent')
export class RecentController {
  constructor(private readonly memory: VisitorsMemory) {}

  @Get()
  recall(
    @Headers('cookie') cookies: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): RecentLookUps {
    reply.headers(privately);
    const visitor = readVisitor(cookies);
    return { words: (visitor && this.memory.recall(visitor.secret)) ?? [] };
  }

  @Post()
  @HttpCode(200)
  @UseGuards(SameOriginGuard)
  remember(
    @Body({ schema: LookUp }) { word }: LookUp,
    @Headers() { cookie, 'x-request-id': requestId }: Record<string, string | undefined>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): RecentLookUps {
    reply.headers(privately);
    const asked = readVisitor(cookie);
    if (asked && this.memory.recall(asked.secret)) return { words: this.memory.remember(asked.secret, word) };
    // A secret that is not known here is not taken over: who gave it to the visitor would know their list. The route is
    // kept: it has led here.
    const visitor = newVisitor(asked?.route ?? requestId);
    reply.header('set-cookie', setVisitor(visitor));
    return { words: this.memory.remember(visitor.secret, word) };
  }

  @Delete()
  @HttpCode(204)
  @UseGuards(SameOriginGuard)
  forget(@Headers('cookie') cookies: string | undefined, @Res({ passthrough: true }) reply: FastifyReply): void {
    reply.headers({ ...privately, 'set-cookie': endVisitor });
    const visitor = readVisitor(cookies);
    if (visitor) this.memory.forget(visitor.secret);
  }
}
