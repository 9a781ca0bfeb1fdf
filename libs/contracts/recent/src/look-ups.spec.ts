import { describe, expect, it } from '@jest/globals';
import { examples, LookUp, openapi, RecentLookUps } from './recent.ts';

describe('the contract of recent look-ups', () => {
  it('takes its example messages', () => {
    expect(LookUp.parse(examples.lookUp)).toEqual(examples.lookUp);
    for (const list of [examples.lookUps, examples.nothing]) expect(RecentLookUps.parse(list)).toEqual(list);
  });

  it.each(['a', 'ice cream', 'œuvre', '日本', 'a'.repeat(64)])('takes the word %j', (word) => {
    expect(LookUp.parse({ word })).toEqual({ word });
  });

  it.each(['', ' ', 'a'.repeat(65), 'a\nb', 'a\u0000', 'a\u2028b', '\ud800', 5, null, undefined, ['a']])(
    'refuses the word %j',
    (word) => expect(LookUp.safeParse({ word }).success).toBe(false),
  );

  it('becomes an OpenAPI document that names all of its bodies', async () => {
    const document = (await openapi()) as { paths: Record<string, object>; components: { schemas: object } };
    expect(Object.keys(document.paths['/api/dictionary/recent']!)).toEqual(['get', 'post', 'delete']);
    expect(Object.keys(document.components.schemas).sort()).toEqual(['LookUp', 'ProblemDetails', 'RecentLookUps']);
  });
});
