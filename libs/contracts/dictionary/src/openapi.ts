import { problemResponse } from '@almanac/contracts-problem';
import { z } from 'zod';
import type { ZodOpenApiObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { Completion, CompletionQuery, Word, WordNotFound } from './words.ts';
import { examples } from './examples.ts';

const headers = {
  ETag: { description: 'Changes with the words and with the form of the answer.', schema: { type: 'string' } },
  'Cache-Control': { schema: { type: 'string' } },
} as const;

const failures: ZodOpenApiResponsesObject = {
  '304': { description: 'Not modified since the answer with the ETag in If-None-Match.' },
  '400': problemResponse('The word, the prefix or the limit is not one.'),
  '503': problemResponse(
    'Not ready: the words are not loaded yet, or there is too much to do. Retry-After says when to try again.',
  ),
};

const input: ZodOpenApiObject = {
  openapi: '3.1.1',
  info: {
    title: 'Dictionary',
    version: '1.0.0',
    description:
      'English words, their meanings and examples, from WordNet 3.1 (Copyright 2011 by Princeton University).',
  },
  paths: {
    '/api/dictionary/words/{word}': {
      get: {
        operationId: 'lookUp',
        summary: 'Look a word up',
        description:
          'In any case, with or without diacritics, in an inflected form (“geese”), or a phrase (“ice cream”).',
        requestParams: { path: z.object({ word: z.string().min(1).meta({ example: 'dog' }) }) },
        responses: {
          '200': {
            description: 'The word. Content-Location names it where it was asked for in another form.',
            headers,
            content: {
              'application/json': {
                schema: Word,
                examples: {
                  word: { value: examples.word },
                  wordThatIsAFormToo: { value: examples.wordThatIsAFormToo },
                  wordOfTwoSpellings: { value: examples.wordOfTwoSpellings },
                },
              },
            },
          },
          ...failures,
          '404': problemResponse('There is no such word.', WordNotFound, examples.wordNotFound),
        },
      },
    },
    '/api/dictionary/words': {
      get: {
        operationId: 'complete',
        summary: 'Complete a word',
        requestParams: { query: CompletionQuery },
        responses: {
          '200': {
            description: 'Words that start so; none is an answer too, kept for a shorter time.',
            headers,
            content: { 'application/json': { schema: Completion, example: examples.completion } },
          },
          ...failures,
        },
      },
    },
  },
};

/** The OpenAPI document. What makes it is not loaded before it is asked for. */
export const openapi = async (): Promise<object> => (await import('zod-openapi')).createDocument(input);
