import { describe, expect, it } from '@jest/globals';
import { deadlinesOf } from './routes.ts';

describe(deadlinesOf.name, () => {
  const deadlineMsOf = deadlinesOf(`routes:
  - { path: '/{page}', timeoutMs: 5000 }
  - { path: /api/things, timeoutMs: 2000 }
  - { path: '/api/things/{thing}', timeoutMs: 3000 }
  - { path: /livez }
`);

  it.each([
    ['/api/things/a', 3_000],
    ['/api/things?x=y', 2_000],
    ['/about', 5_000],
    ['/', 5_000],
  ])('finds the most specific row for %s', (path, timeoutMs) => expect(deadlineMsOf(path)).toBe(timeoutMs));

  it('says so where a path is nobody’s', () => {
    expect(() => deadlineMsOf('/livez')).toThrow('no deadline for /livez');
  });
});
