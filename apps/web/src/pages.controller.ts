import { Problem } from '@almanac/service';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Pages } from './pages.ts';

@Controller()
export class PagesController {
  constructor(private readonly pages: Pages) {}

  @Get()
  home(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.pages.send('home.html', request, reply);
  }

  @Get('about')
  about(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.pages.send('about.html', request, reply);
  }

  /** Where the look-up box leads before its script runs, and where there is none (`as=data`): to what the script reads. */
  @Get('words')
  find(@Query() { q, as }: Record<string, string | string[] | undefined>, @Res() reply: FastifyReply): void {
    const word = ([q].flat()[0] ?? '').trim().toWellFormed();
    const words = as === 'data' ? '/api/dictionary/words/' : '/words/';
    reply.redirect(word ? words + encodeURIComponent(word) : '/', 303);
  }

  /** One page for all words: what it shows, its script fetches. */
  @Get('words/*')
  word(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.pages.send('word.html', request, reply);
  }

  @Get(['favicon.svg', 'robots.txt', 'manifest.webmanifest'])
  file(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.pages.send(request.routeOptions.url!.slice(1), request, reply);
  }

  /** @throws Problem when the client is no browser */
  @Get('*')
  notFound(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    // Not a route of its own: Nest takes the slash from its end.
    if (request.url.split('?', 1)[0] === '/about/') {
      reply.header('cache-control', 'public, max-age=60').redirect('/about', 308);
      return;
    }
    if (!request.headers.accept?.includes('text/html')) {
      throw new Problem('not-found', 'There is nothing at this address.', {}, { headers: { vary: 'Accept' } });
    }
    this.pages.send('not-found.html', request, reply, 404);
  }
}
