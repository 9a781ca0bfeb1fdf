import { describe, expect, it } from '@jest/globals';
import type { Config } from '@almanac/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { environment } from './dictionary.config.ts';
import { DictionaryController } from './dictionary.controller.ts';
import { Dictionary } from './dictionary.ts';
import { smallWords } from './testing/small-words.ts';
import { WordsFile } from './words-file.ts';

describe(DictionaryController, () => {
  const dictionary = new Dictionary();
  dictionary.use(new WordsFile(smallWords()), 'a'.repeat(64));

  it.each([
    [3600, 'do', { words: ['dog', 'domestic dog'] }, 'public, max-age=300, s-maxage=3600'],
    [3600, 'xq', { words: [] }, 'public, max-age=60'],
    [20, 'do', { words: ['dog', 'domestic dog'] }, 'public, max-age=20, s-maxage=20'],
    [20, 'xq', { words: [] }, 'public, max-age=20'],
  ])(
    'lets caches keep answers for %s s, but what begins no word for a minute at most: %s',
    (maxAgeS, prefix, body, cacheControl) => {
      const headers: Record<string, string> = {};
      let sent = '';
      const reply = {
        header: (name: string, value: string) => ((headers[name] = value), reply),
        send: (text: string) => (sent = text),
      };
      const config = { CACHE_MAX_AGE_S: maxAgeS } as Config<typeof environment>;
      const request = { url: `?prefix=${prefix}`, headers: {} } as FastifyRequest;
      new DictionaryController(config, dictionary).complete(
        { prefix, limit: 5 },
        request,
        reply as unknown as FastifyReply,
      );
      expect(JSON.parse(sent)).toEqual(body);
      expect(headers['cache-control']).toBe(cacheControl);
    },
  );
});
