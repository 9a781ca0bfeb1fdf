import { describe, expect, it } from '@jest/globals';
import { Problem, problemResponse } from './problem.ts';

const gone = { type: 'about:blank', title: 'Not Found', status: 404 };

describe('the contract of problems', () => {
  it('takes one with and without its detail, and members of a service are not in its way', () => {
    expect(Problem.parse(gone)).toEqual(gone);
    expect(Problem.parse({ ...gone, detail: 'No such word.', suggestions: [] })).toEqual({
      ...gone,
      detail: 'No such word.',
    });
  });

  it.each([200, 600, 404.5, '404'])('refuses the status %s', (status) => {
    expect(Problem.safeParse({ ...gone, status }).success).toBe(false);
  });

  it('describes an answer of its media type', () => {
    expect(problemResponse('Gone.').content['application/problem+json'].schema).toBe(Problem);
  });
});
