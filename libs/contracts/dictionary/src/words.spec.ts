import { describe, expect, it } from '@jest/globals';
import { Completion, CompletionQuery, examples, openapi, Word, WordNotFound } from './dictionary.ts';

describe('the contract of the dictionary', () => {
  it('takes its example messages', () => {
    expect(Word.parse(examples.word)).toEqual(examples.word);
    expect(Word.parse(examples.wordThatIsAFormToo)).toEqual(examples.wordThatIsAFormToo);
    expect(Word.parse(examples.wordOfTwoSpellings)).toEqual(examples.wordOfTwoSpellings);
    expect(Completion.parse(examples.completion)).toEqual(examples.completion);
    expect(WordNotFound.parse(examples.wordNotFound)).toEqual(examples.wordNotFound);
  });

  it('refuses a word without senses', () => {
    expect(Word.safeParse({ ...examples.word, senses: [] }).success).toBe(false);
  });

  it('has limits for completion', () => {
    expect(CompletionQuery.parse({ prefix: 'do' })).toEqual({ prefix: 'do', limit: 10 });
    for (const limit of ['1', '9', '10', '50']) {
      expect(CompletionQuery.parse({ prefix: 'do', limit })).toEqual({ prefix: 'do', limit: Number(limit) });
    }
    for (const limit of ['0', '51', '1.5', 'many', '']) {
      expect(CompletionQuery.safeParse({ prefix: 'do', limit }).success).toBe(false);
    }
  });

  it.each(['05', '0000005', '5e0', '5.0', '+5', ' 5', '5\n', '0x5', '٥'])(
    'takes no other spelling of 5: %j',
    (limit) => {
      const { error } = CompletionQuery.safeParse({ prefix: 'do', limit });
      expect(error?.issues).toMatchObject([
        { path: ['limit'], message: 'is a whole number from 1 to 50, written plainly' },
      ]);
    },
  );

  it('becomes an OpenAPI document that names all of its bodies', async () => {
    const document = (await openapi()) as { paths: object; components: { schemas: object } };
    expect(Object.keys(document.paths)).toEqual(['/api/dictionary/words/{word}', '/api/dictionary/words']);
    const limit = { in: 'query', name: 'limit', schema: { type: 'integer', minimum: 1, maximum: 50, default: 10 } };
    expect(document).toHaveProperty(['paths', '/api/dictionary/words', 'get', 'parameters', '1'], limit);
    expect(Object.keys(document.components.schemas).sort()).toEqual(
      ['Completion', 'ProblemDetails', 'Sense', 'Source', 'Word', 'WordNotFound'].sort(),
    );
  });
});
