import type { WordsFile } from './words-file.ts';

/** A longer word is not searched for: the work grows with its length. */
const longestWord = 64;
const margin = 2;

/**
 * Finds words near to a misspelt one: at most two letters inserted, left out, replaced or swapped with their neighbour
 * (optimal string alignment). Each of the words of about the same length is first compared by the set of its letters,
 * one 32-bit mask, which leaves few to be aligned.
 */
export class NearSpellings {
  readonly #words: WordsFile;
  readonly #letters: Uint32Array;
  /** The words by length: those of n bytes are byLength[starts[n] .. starts[n + 1]]. */
  readonly #byLength: Uint32Array;
  readonly #starts = new Uint32Array(longestWord + margin + 2);

  constructor(words: WordsFile) {
    this.#words = words;
    const { keys, keyOffsets } = words.sections;
    const lengthOf = (word: number) => Math.min(keyOffsets[word + 1]! - keyOffsets[word]!, longestWord + margin + 1);
    this.#letters = new Uint32Array(words.count);
    for (let word = 0; word < words.count; word++) {
      this.#letters[word] = lettersOf(keys, keyOffsets[word]!, keyOffsets[word + 1]!);
      const next = lengthOf(word) + 1;
      if (next < this.#starts.length) this.#starts[next]!++;
    }
    for (let length = 1; length < this.#starts.length; length++) this.#starts[length]! += this.#starts[length - 1]!;
    this.#byLength = new Uint32Array(this.#starts.at(-1)!);
    const free = this.#starts.slice();
    for (let word = 0; word < words.count; word++) {
      const length = lengthOf(word);
      if (length <= longestWord + margin) this.#byLength[free[length]!++] = word;
    }
  }

  /** The numbers of at most `limit` words, the nearest first, and of equally near ones the most used. */
  near(key: string, limit: number): number[] {
    const asked = Buffer.from(key);
    if (asked.length < 2 || asked.length > longestWord) return [];
    const { keys, keyOffsets, frequencies } = this.#words.sections;
    const most = asked.length < 4 ? 1 : 2;
    const letters = lettersOf(asked, 0, asked.length);
    const found: { word: number; distance: number }[] = [];
    const end = this.#starts[asked.length + most + 1]!;
    for (let at = this.#starts[asked.length - most]!; at < end; at++) {
      const word = this.#byLength[at]!;
      const theirs = this.#letters[word]!;
      if (bits(letters & ~theirs) > most || bits(theirs & ~letters) > most) continue;
      const distance = editDistance(asked, keys, keyOffsets[word]!, keyOffsets[word + 1]!, most);
      if (distance <= most) found.push({ word, distance });
    }
    // People seldom get the first letter wrong.
    const sameStart = (word: number) => (keys[keyOffsets[word]!] === asked[0] ? 0 : 1);
    found.sort(
      (a, b) =>
        a.distance - b.distance ||
        sameStart(a.word) - sameStart(b.word) ||
        frequencies[b.word]! - frequencies[a.word]! ||
        a.word - b.word,
    );
    return found.slice(0, limit).map(({ word }) => word);
  }
}

/** The letters a to z as bits 0 to 25; everything else shares the six that are left. */
function lettersOf(text: Uint8Array, start: number, end: number): number {
  let letters = 0;
  for (let at = start; at < end; at++) {
    const letter = text[at]! - 0x61;
    letters |= 1 << (letter >= 0 && letter < 26 ? letter : 26 + (text[at]! % 6));
  }
  return letters;
}

function bits(mask: number): number {
  mask -= (mask >>> 1) & 0x55555555;
  mask = (mask & 0x33333333) + ((mask >>> 2) & 0x33333333);
  return (((mask + (mask >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

const width = longestWord + 2 * margin + 2;
let twoAgo = new Uint8Array(width);
let previous = new Uint8Array(width);
let current = new Uint8Array(width);

/** The distance of `asked` from texts[start .. end], or `most + 1` when it is more; only the cells near the diagonal are filled. */
export function editDistance(asked: Uint8Array, texts: Uint8Array, start: number, end: number, most: number): number {
  const [rows, columns] = [asked.length, end - start];
  const far = most + 1;
  if (Math.abs(rows - columns) > most) return far;
  for (let column = 0; column <= Math.min(columns, far); column++) previous[column] = column;
  let leastBefore = 0;
  for (let row = 1; row <= rows; row++) {
    const first = Math.max(1, row - most);
    const last = Math.min(columns, row + most);
    current[first - 1] = first === 1 ? Math.min(row, far) : far;
    if (last < columns) current[last + 1] = far;
    let least = current[first - 1]!;
    const letter = asked[row - 1]!;
    for (let column = first; column <= last; column++) {
      const other = texts[start + column - 1]!;
      let cost = Math.min(previous[column]!, current[column - 1]!) + 1;
      cost = Math.min(cost, previous[column - 1]! + (letter === other ? 0 : 1));
      if (row > 1 && column > 1 && letter === texts[start + column - 2] && asked[row - 2] === other) {
        cost = Math.min(cost, twoAgo[column - 2]! + 1);
      }
      current[column] = Math.min(cost, far);
      if (cost < least) least = cost;
    }
    // A swap goes on from the row before, so one row above the limit is not yet the end.
    if (least > most && leastBefore >= most) return far;
    leastBefore = least;
    [twoAgo, previous, current] = [previous, current, twoAgo];
  }
  return previous[columns]!;
}
