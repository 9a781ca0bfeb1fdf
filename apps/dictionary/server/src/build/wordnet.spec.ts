import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { examples, Word } from '@almanac/contracts-dictionary';
import { fold } from '../folding.ts';
import { smallWords } from '../testing/small-words.ts';
import { WordsFile } from '../words-file.ts';
import { readGloss, type Sense, type Synset } from './wordnet.ts';
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

  /** What is answered for a word of these synsets, given as their words, the most used first. */
  const answer = (key: string, ...synsets: string[][]) => {
    const words = new Map<string, Sense[]>();
    for (const [number, written] of synsets.entries()) {
      const synset: Synset = { partOfSpeech: 'noun', words: written, definition: `meaning ${number}`, examples: [] };
      for (const [folded, [spelling]] of Map.groupBy(written, fold)) {
        const sense = { synset, spelling: spelling!, count: synsets.length - number };
        words.set(folded, [...(words.get(folded) ?? []), sense]);
      }
    }
    const file = new WordsFile(writeWords({ source: {}, licence: '', words, irregular: {} }).buffer);
    const { word, senses } = Word.parse({ ...JSON.parse(file.answer(file.find(key))), source: examples.word.source });
    return [word, ...senses.map(({ spelling, synonyms }) => [spelling, ...synonyms])];
  };

  it('writes a word in small letters where a meaning is, and says where another is not', () => {
    expect(answer('turkey', ['Turkey', 'Republic of Turkey'], ['turkey'])).toEqual([
      'turkey',
      ['Turkey', 'Republic of Turkey'],
      [undefined],
    ]);
  });

  it('writes a word as in its most used meaning where it never has small letters', () => {
    expect(answer('am', ['AM'], ['Am', 'americium'])).toEqual(['AM', [undefined], ['Am', 'americium']]);
  });

  it('takes the first of two spellings in one meaning, and makes no synonym of the other', () => {
    const synset = ['Earth', 'earth', 'globe'];
    expect(answer('earth', synset)).toEqual(['earth', ['Earth', 'globe']]);
    expect(answer('globe', synset)).toEqual(['globe', [undefined, 'Earth']]);
  });
});
