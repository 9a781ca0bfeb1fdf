import { describe, expect, it } from '@jest/globals';
import { ProblemDetails, problemResponse } from './problem.ts';

const gone = { type: 'about:blank', title: 'Not Found', status: 404 };

describe('the contract of problems', () => {
  it('takes one with and without its detail, and members of a service are not in its way', () => {
    expect(ProblemDetails.parse(gone)).toEqual(gone);
    expect(ProblemDetails.parse({ ...gone, detail: 'No such word.', suggestions: [] })).toEqual({
      ...gone,
      detail: 'No such word.',
    });
  });

  it.each([200, 600, 404.5, '404'])('refuses the status %s', (status) => {
    expect(ProblemDetails.safeParse({ ...gone, status }).success).toBe(false);
  });

  it('describes an answer of its media type', () => {
    expect(problemResponse('Gone.').content['application/problem+json'].schema).toBe(ProblemDetails);
  });
});
