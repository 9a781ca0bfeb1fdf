import { describe, expect, it } from '@jest/globals';
import { writeWords } from './build/words-writer.ts';
import { smallWords } from './testing/small-words.ts';
import { WordsFile } from './words-file.ts';
import { headerBytes, layout, sectionNames, WordsFileError } from './words-layout.ts';

const sensesOf = (words: WordsFile, key: string): unknown =>
  (JSON.parse(words.answer(words.find(key))) as { senses: unknown }).senses;

describe(WordsFile, () => {
  const words = new WordsFile(smallWords());

  it('finds each of its words and no other', () => {
    const keys = Array.from({ length: words.count }, (_, word) => words.key(word));
    expect(keys).toEqual(['dog', 'domestic dog', 'espy', 'goose', 'naïveté', 'paris', 'saw', 'see']);
    expect(keys.map((key) => words.find(key))).toEqual(keys.map((_, word) => word));
    for (const other of ['', 'a', 'do', 'dogs', 'zebra', 'naivete', 'x'.repeat(10_000)])
      expect(words.find(other)).toBe(-1);
  });

  it('gives a word its spelling and its senses without the word among its own synonyms', () => {
    expect(words.spelling(words.find('paris'))).toBe('Paris');
    const dog = { partOfSpeech: 'noun', definition: 'an animal that barks', examples: [] };
    expect(sensesOf(words, 'dog')).toEqual([{ ...dog, synonyms: ['domestic dog'] }]);
    expect(sensesOf(words, 'domestic dog')).toEqual([{ ...dog, synonyms: ['dog'] }]);
    expect(sensesOf(words, 'goose')).toEqual([expect.objectContaining({ synonyms: [] })]);
  });

  it('gives a spelling as it is, whatever JSON would escape of it', () => {
    const spelling = 'a\\n"b';
    const synset = { partOfSpeech: 'noun' as const, words: [spelling], definition: 'odd', examples: [] };
    const odd = new Map([['odd', [{ synset, spelling, count: 1 }]]]);
    const words = new WordsFile(writeWords({ source: {}, licence: '', words: odd, irregular: {} }).buffer);
    expect(words.spelling(0)).toBe(spelling);
    expect(JSON.parse(words.answer(0))).toMatchObject({ word: spelling });
  });

  it('knows the words that start with a prefix', () => {
    expect(words.withPrefix('do')).toEqual([0, 2]);
    expect(words.withPrefix('naïv')).toEqual([4, 5]);
    expect(words.withPrefix('z')).toEqual([8, 8]);
    expect(words.withPrefix('')).toEqual([0, 0]);
  });

  it('knows irregular forms', () => {
    expect(words.irregular('geese').map(([, word]) => words.key(word))).toEqual(['goose']);
    expect(words.irregular('dogs')).toEqual([]);
  });

  it('refuses what is no words file, or is of another format', () => {
    const changed = (offset: number, byte: number) => {
      const bytes = new Uint8Array(smallWords());
      bytes[offset] = byte;
      return () => new WordsFile(bytes.buffer);
    };
    expect(() => new WordsFile(new ArrayBuffer(0))).toThrow(WordsFileError);
    expect(() => new WordsFile(new ArrayBuffer(4096))).toThrow('is something else');
    expect(changed(8, 99)).toThrow('format 99');
    expect(changed(12, 3)).toThrow('3 sections');
  });

  it('refuses a file that was cut off anywhere', () => {
    const whole = smallWords();
    for (let length = 0; length < whole.byteLength - 8; length++) {
      expect(() => new WordsFile(whole.slice(0, length))).toThrow();
    }
  });

  it('never reads outside of itself, whatever numbers stand in it', () => {
    const whole = smallWords();
    const numbers = sectionNames.filter((name) => layout[name].BYTES_PER_ELEMENT === 4);
    const table = new Uint32Array(whole, headerBytes, 2 * sectionNames.length);
    let refused = 0;
    for (const name of numbers) {
      const [offset, bytes] = table.subarray(2 * sectionNames.indexOf(name));
      for (let at = offset!; at < offset! + bytes!; at += 4) {
        for (const value of [0, 1, 0x7fffffff, 0xffffffff]) {
          const file = whole.slice(0);
          new Uint32Array(file, at, 1)[0] = value;
          let changed: WordsFile;
          try {
            changed = new WordsFile(file);
          } catch (error) {
            expect(error).toBeInstanceOf(WordsFileError);
            refused++;
            continue;
          }
          for (let word = 0; word < changed.count; word++) {
            changed.answer(word);
            changed.irregular(changed.key(word)).forEach(([, base]) => changed.spelling(base));
          }
        }
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});
