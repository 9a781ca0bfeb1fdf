import { describe, expect, it } from '@jest/globals';
import { realWords } from './testing/real-words.ts';
import { editDistance, NearSpellings } from './near-spellings.ts';

/** Optimal string alignment as in the textbook: the whole matrix, no limit. */
function textbookDistance(a: string, b: string): number {
  const d = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i || j));
  for (let j = 0; j <= b.length; j++) d[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replaced = d[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      d[i]![j] = Math.min(d[i - 1]![j]! + 1, d[i]![j - 1]! + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        d[i]![j] = Math.min(d[i]![j]!, d[i - 2]![j - 2]! + 1);
      }
    }
  }
  return d[a.length]![b.length]!;
}

/** The same numbers in each run. */
function* pseudoRandom(seed: number): Generator<number, never> {
  for (;;) yield (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32;
}

describe(editDistance, () => {
  it('is the textbook’s distance up to the limit', () => {
    const random = pseudoRandom(42);
    const word = () =>
      Array.from({ length: random.next().value * 8 }, () => 'abc'[Math.trunc(random.next().value * 3)]).join('');
    for (let n = 0; n < 20_000; n++) {
      const [a, b] = [word(), word()];
      const found = [1, 2].map((most) => editDistance(Buffer.from(a), Buffer.from(b), 0, b.length, most));
      expect([a, b, ...found]).toEqual([
        a,
        b,
        Math.min(2, textbookDistance(a, b)),
        Math.min(3, textbookDistance(a, b)),
      ]);
    }
  });
});

describe(NearSpellings, () => {
  const words = realWords();
  const near = new NearSpellings(words);
  const suggestions = (word: string) => near.near(word, 5).map((number) => words.key(number));

  it.each([
    ['definately', 'definitely'],
    ['recieve', 'receive'],
    ['accomodate', 'accommodate'],
    ['tommorow', 'tomorrow'],
    ['wierd', 'weird'],
    ['ice craem', 'ice cream'],
    ['pharoah', 'pharaoh'],
  ])('%j is near to %j before all others', (wrong, right) => expect(suggestions(wrong)[0]).toBe(right));

  it('finds all that the textbook’s distance finds', () => {
    const all = Array.from({ length: words.count }, (_, word) => words.key(word));
    const expected = all.filter((key) => Math.abs(key.length - 5) <= 2 && textbookDistance('wierd', key) <= 2);
    const found = near.near('wierd', words.count).map((word) => words.key(word));
    expect(found.sort()).toEqual(expected.sort());
  });

  it('gives nothing for what is near to nothing, too short or too long', () => {
    for (const word of ['xqzzt', 'q', '', 'a'.repeat(65), 'ü'.repeat(64), 'a'.repeat(10_000)])
      expect(suggestions(word)).toEqual([]);
  });

  it('is bounded: no more than the limit, and works for each length up to the longest', () => {
    expect(near.near('cat', 5)).toHaveLength(5);
    for (let length = 1; length <= 70; length++) expect(near.near('e'.repeat(length), 5).length).toBeLessThanOrEqual(5);
  });
});
