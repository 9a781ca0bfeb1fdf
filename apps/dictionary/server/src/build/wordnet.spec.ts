import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { smallWords } from '../testing/small-words.ts';
import { readGloss } from './wordnet.ts';
import { writeWords } from './words-writer.ts';

describe(readGloss, () => {
  it.each([
    ['an entity that has physical existence', 'an entity that has physical existence', []],
    [
      'stubbornly unyielding; "dogged persistence"; "dour determination"',
      'stubbornly unyielding',
      ['dogged persistence', 'dour determination'],
    ],
    ['not to be won; "men tenacious of opinion"- T.S.Eliot', 'not to be won', ['men tenacious of opinion – T.S.Eliot']],
    ['deeper than the skin: "her beauty is only skin-deep"', 'deeper than the skin', ['her beauty is only skin-deep']],
    ['"a leap year"', '', ['a leap year']],
    [
      'killed, as in "slain warriors" of old; "the slain dragon"',
      'killed, as in "slain warriors" of old',
      ['the slain dragon'],
    ],
    ['(of "the") a definite article', '(of "the") a definite article', []],
  ])('%j is %j', (gloss, definition, examples) => expect(readGloss(gloss)).toEqual({ definition, examples }));
});

describe(writeWords, () => {
  it('makes the same bytes of the same words', () => {
    const sha256 = () => createHash('sha256').update(Buffer.from(smallWords())).digest('hex');
    expect(sha256()).toBe(sha256());
  });
});
