import { ForbiddenException, HttpException } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { Problem, toProblem } from './problem.ts';

describe(Problem.name, () => {
  it('is RFC 9457 problem details with its members', () => {
    expect(JSON.parse(JSON.stringify(new Problem('not-found', 'No such word.', { suggestions: ['dog'] })))).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'No such word.',
      suggestions: ['dog'],
    });
  });

  it('is retriable when the same call may succeed later', () => {
    expect(new Problem('unavailable', '').retriable).toBe(true);
    expect(new Problem('bad-request', '').retriable).toBe(false);
  });

  it('says when to come back, and is not cached, where it is about load', () => {
    expect(new Problem('rate-limited', '').headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' });
    expect(new Problem('unavailable', '', {}, { headers: { 'retry-after': '30' } }).headers['retry-after']).toBe('30');
  });
});

describe(toProblem.name, () => {
  it('leaves a problem as it is', () => {
    const problem = new Problem('conflict', 'taken');
    expect(toProblem(problem)).toBe(problem);
  });

  it('keeps the status of Nest’s exceptions that are the client’s fault', () => {
    expect(toProblem(new ForbiddenException('no'))).toMatchObject({ kind: 'forbidden', detail: 'no' });
    expect(toProblem(new HttpException('long', 414))).toMatchObject({ kind: 'bad-request' });
  });

  it.each([
    new Error('inner'),
    new HttpException('inner', 502),
    'inner',
    Object.assign(new Error('inner'), { statusCode: 404 }),
  ])('shows nothing of what is inside: %p', (error) => {
    const problem = toProblem(error);
    expect(problem).toMatchObject({ kind: 'internal', cause: error });
    expect(JSON.stringify(problem)).not.toContain('inner');
  });
});
