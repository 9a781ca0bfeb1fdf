import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { CompletionQuery, type Completion } from '@almanac/contracts-dictionary';
import { CONFIG, etagMatches, Problem, type Config } from '@almanac/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { environment } from './dictionary.config.ts';
import { Dictionary } from './dictionary.ts';

const path = '/api/dictionary/words';
const browserMaxAgeS = 300;
/**
 * A word may be added by the next version; someone who mistypes it twice need not reach us twice. What begins no word
 * can be made up without end, and would push the words out of the caches.
 */
const nothingMaxAgeS = 60;

@Controller(path)
export class DictionaryController {
  readonly #cacheControl: string;
  readonly #nothingCacheControl: string;

  constructor(
    @Inject(CONFIG) { CACHE_MAX_AGE_S }: Config<typeof environment>,
    private readonly dictionary: Dictionary,
  ) {
    this.#cacheControl = `public, max-age=${Math.min(browserMaxAgeS, CACHE_MAX_AGE_S)}, s-maxage=${CACHE_MAX_AGE_S}`;
    this.#nothingCacheControl = `public, max-age=${Math.min(nothingMaxAgeS, CACHE_MAX_AGE_S)}`;
  }

  @Get(':word')
  lookUp(@Req() request: FastifyRequest<{ Params: { word: string } }>, @Res() reply: FastifyReply): void {
    const { word } = request.params; // not by @Param: pipes would make each look-up asynchronous
    this.#mustBeLoaded();
    mustBeText('word', word);
    const found = this.dictionary.lookUp(word);
    if (!found) {
      const suggestions = this.dictionary.suggest(word);
      const headers = { 'cache-control': this.#nothingCacheControl };
      throw new Problem('not-found', `There is no word “${word}” here.`, { suggestions }, { headers });
    }
    if (found.insteadOf) reply.header('content-location', `${path}/${encodeURIComponent(found.insteadOf)}`);
    this.#send(request, reply, found.body, found.etag, this.#cacheControl);
  }

  @Get()
  complete(
    @Query({ schema: CompletionQuery }) { prefix, limit }: CompletionQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): void {
    this.#mustBeLoaded();
    mustBeDecodable(request.url); // Fastify takes what it cannot decode as it stands
    mustBeText('prefix', prefix);
    const { words, etag } = this.dictionary.complete(prefix, limit);
    const cacheControl = words.length > 0 ? this.#cacheControl : this.#nothingCacheControl;
    this.#send(request, reply, JSON.stringify({ words } satisfies Completion), etag, cacheControl);
  }

  #send(request: FastifyRequest, reply: FastifyReply, body: string, etag: string, cacheControl: string): void {
    reply.header('etag', etag).header('cache-control', cacheControl);
    if (etagMatches(request.headers['if-none-match'], etag)) reply.code(304).send();
    else reply.header('content-type', 'application/json; charset=utf-8').send(body);
  }

  #mustBeLoaded(): void {
    if (!this.dictionary.loaded) throw new Problem('unavailable', 'The words are not loaded yet.');
  }
}

function mustBeText(name: string, value: string): void {
  if (value.trim() === '') throw new Problem('bad-request', `The ${name} is empty.`);
  if (/\p{Cc}/u.test(value)) throw new Problem('bad-request', `The ${name} has control characters.`);
}

function mustBeDecodable(url: string): void {
  try {
    decodeURIComponent(url);
  } catch {
    throw new Problem('bad-request', 'The query is not percent-encoded UTF-8.');
  }
}
