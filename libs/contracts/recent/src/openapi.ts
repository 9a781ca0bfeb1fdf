import { problemResponse } from '@almanac/contracts-problem';
import type { ZodOpenApiObject } from 'zod-openapi';
import { examples } from './examples.ts';
import { LookUp, RecentLookUps } from './look-ups.ts';

const headers = {
  'Cache-Control': { description: 'Always private, no-store.', schema: { type: 'string' } },
  'X-Served-By': { description: 'The replica that remembers.', schema: { type: 'string' } },
} as const;
const cookie = {
  'Set-Cookie': {
    description: '`__Host-visitor`: which replica a visitor belongs to, and a secret that only that visitor has.',
    schema: { type: 'string' },
  },
} as const;
const foreign = problemResponse('Another site’s page has asked for this.');
const busy = problemResponse('Too much to do. Retry-After says when to try again.');

const input: ZodOpenApiObject = {
  openapi: '3.1.1',
  info: {
    title: 'Recent look-ups',
    version: '1.0.0',
    description: 'What a visitor has looked up, in the memory of that visitor’s replica, and nowhere else.',
  },
  paths: {
    '/api/dictionary/recent': {
      get: {
        operationId: 'recent',
        summary: 'The visitor’s recent look-ups',
        responses: {
          '200': {
            description: 'The look-ups; none for who has no cookie, or one that nobody knows.',
            headers,
            content: { 'application/json': { schema: RecentLookUps, example: examples.lookUps } },
          },
          '503': busy,
        },
      },
      post: {
        operationId: 'remember',
        summary: 'Remember a look-up',
        requestBody: { content: { 'application/json': { schema: LookUp, example: examples.lookUp } } },
        responses: {
          '200': {
            description: 'The look-ups with this one. Sets the cookie of who is not known yet.',
            headers: { ...headers, ...cookie },
            content: { 'application/json': { schema: RecentLookUps, example: examples.lookUps } },
          },
          '400': problemResponse('The body is no look-up.'),
          '403': foreign,
          '413': problemResponse('The body is too large.'),
          '415': problemResponse('The body is no JSON.'),
          '503': busy,
        },
      },
      delete: {
        operationId: 'forget',
        summary: 'Forget all look-ups',
        responses: {
          '204': { description: 'They are forgotten, and the cookie ends.', headers: cookie },
          '403': foreign,
          '503': busy,
        },
      },
    },
  },
};

/** The OpenAPI document. What makes it is not loaded before it is asked for. */
export const openapi = async (): Promise<object> => (await import('zod-openapi')).createDocument(input);
