import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { CompletionQuery, type Completion } from '@almanac/contracts-dictionary';
import { CONFIG, Problem, type BaseConfig } from '@almanac/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { environment } from './dictionary.config.ts';
import { Dictionary } from './dictionary.ts';

const path = '/api/dictionary/words';
const browserMaxAgeS = 300;
/** A word may be added by the next version; someone who mistypes it twice need not reach us twice. */
const notFoundMaxAgeS = 60;

@Controller(path)
export class DictionaryController {
  readonly #cacheControl: string;
  readonly #notFoundCacheControl: string;

  constructor(
    @Inject(CONFIG) { CACHE_MAX_AGE_S }: BaseConfig & z.infer<typeof environment>,
    private readonly dictionary: Dictionary,
  ) {
    this.#cacheControl = `public, max-age=${Math.min(browserMaxAgeS, CACHE_MAX_AGE_S)}, s-maxage=${CACHE_MAX_AGE_S}`;
    this.#notFoundCacheControl = `public, max-age=${Math.min(notFoundMaxAgeS, CACHE_MAX_AGE_S)}`;
  }

  @Get(':word')
  lookUp(@Param('word') word: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.#mustBeLoaded();
    mustBeText('word', word);
    const found = this.dictionary.lookUp(word);
    if (!found) {
      const suggestions = this.dictionary.suggest(word);
      const headers = { 'cache-control': this.#notFoundCacheControl };
      throw new Problem('not-found', `There is no word “${word}” here.`, { suggestions }, { headers });
    }
    if (found.insteadOf) reply.header('content-location', `${path}/${encodeURIComponent(found.insteadOf)}`);
    this.#send(request, reply, found.body, found.etag);
  }

  @Get()
  complete(@Query() query: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.#mustBeLoaded();
    const { data, error } = CompletionQuery.safeParse(query);
    if (error) throw new Problem('bad-request', z.prettifyError(error));
    mustBeText('prefix', data.prefix);
    const { words, etag } = this.dictionary.complete(data.prefix, data.limit);
    this.#send(request, reply, Buffer.from(JSON.stringify({ words } satisfies Completion)), etag);
  }

  #send(request: FastifyRequest, reply: FastifyReply, body: Buffer, etag: string): void {
    reply.header('etag', etag).header('cache-control', this.#cacheControl);
    if (matches(request.headers['if-none-match'], etag)) reply.code(304).send();
    else reply.header('content-type', 'application/json').send(body);
  }

  #mustBeLoaded(): void {
    if (!this.dictionary.loaded) throw new Problem('unavailable', 'The words are not loaded yet.');
  }
}

function mustBeText(name: string, value: string): void {
  if (value.trim() === '') throw new Problem('bad-request', `The ${name} is empty.`);
  if (/\p{Cc}/u.test(value)) throw new Problem('bad-request', `The ${name} has control characters.`);
}

/** Whether an If-None-Match names the answer (RFC 9110, section 13.1.2: weak comparison, as proxies weaken tags). */
export function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
