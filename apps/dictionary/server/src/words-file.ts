import { readSections, type Section, type Sections } from './words-layout.ts';

/** The words in the file's own bytes. Throws WordsFileError unless every offset and number in it is within bounds. */
export class WordsFile {
  readonly sections: Sections;
  readonly count: number;
  readonly #keys: Buffer;
  readonly #spellings: Buffer;
  readonly #answers: Buffer;
  /** What all answers end with. */
  readonly end: string;
  /**
   * Room for the longest answer in front of `end`, where each is put to become a string of one piece: those of one that
   * was joined would be copied again when its bytes are counted, and when they are sent. And a string is younger
   * garbage than a buffer, whose memory lies outside of the heap.
   */
  readonly #scratch: Buffer;
  readonly #endStart: number;
  readonly #asked = Buffer.alloc(512);

  constructor(buffer: ArrayBuffer) {
    this.sections = readSections(buffer);
    this.count = this.sections.frequencies.length;
    this.#keys = this.section('keys');
    this.#spellings = this.section('spellings');
    this.#answers = this.section('answers');
    this.end = `,"source":${this.section('source').toString()}}`;
    const { answerOffsets } = this.sections;
    this.#endStart = answerOffsets.reduce((most, to, n) => Math.max(most, to - (answerOffsets[n - 1] ?? 0)), 0);
    this.#scratch = Buffer.concat([Buffer.alloc(this.#endStart), Buffer.from(this.end)]);
  }

  section(name: Section): Buffer {
    const { buffer, byteOffset, byteLength } = this.sections[name];
    return Buffer.from(buffer, byteOffset, byteLength);
  }

  /** The number of the word with this folded spelling, or -1. */
  find(key: string): number {
    const { keys, keyOffsets } = this.sections;
    return this.#find(keys, keyOffsets, key);
  }

  /** The words that start with a folded prefix, as a range of numbers. */
  withPrefix(prefix: string): [from: number, to: number] {
    const { keys, keyOffsets } = this.sections;
    const length = this.#write(prefix);
    if (length === 0) return [0, 0];
    const from = this.#lowerBound(keys, keyOffsets, length);
    this.#asked[length] = 0xff; // in no UTF-8 text, so above all that follows the prefix
    return [from, this.#lowerBound(keys, keyOffsets, length + 1)];
  }

  /** What an irregular form stands for: [part of speech as a bit, number of the word]. */
  irregular(form: string): [part: number, word: number][] {
    const { forms, formOffsets, bases, baseOffsets } = this.sections;
    const found = this.#find(forms, formOffsets, form);
    if (found === -1) return [];
    return Array.from(bases.subarray(baseOffsets[found], baseOffsets[found + 1]), (base) => [
      base >>> 24,
      base & 0xffffff,
    ]);
  }

  key(word: number): string {
    const { keyOffsets } = this.sections;
    return this.#keys.toString('utf8', keyOffsets[word], keyOffsets[word + 1]);
  }

  /** The word as it is written: "Paris", "ice cream". */
  spelling(word: number): string {
    const { spellingOffsets } = this.sections;
    const [start, end] = [spellingOffsets[word]!, spellingOffsets[word + 1]!];
    return start === end ? this.key(word) : this.#spellings.toString('utf8', start, end);
  }

  /** The JSON of an answer for a word that is no form of another. */
  answer(word: number): string {
    const { answerOffsets } = this.sections;
    const [from, to] = [answerOffsets[word]!, answerOffsets[word + 1]!];
    const start = this.#endStart - (to - from);
    this.#answers.copy(this.#scratch, start, from, to);
    return this.#scratch.toString('utf8', start);
  }

  #write(key: string): number {
    // Three bytes hold any UTF-16 unit; no word is nearly as long as the room that there is.
    return key.length * 3 < this.#asked.length ? this.#asked.write(key, 'utf8') : 0;
  }

  #find(texts: Uint8Array, offsets: Uint32Array, key: string): number {
    const length = this.#write(key);
    if (length === 0) return -1;
    const at = this.#lowerBound(texts, offsets, length);
    return at < offsets.length - 1 && this.#compare(texts, offsets, at, length) === 0 ? at : -1;
  }

  #lowerBound(texts: Uint8Array, offsets: Uint32Array, length: number): number {
    let [low, high] = [0, offsets.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(texts, offsets, middle, length) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(texts: Uint8Array, offsets: Uint32Array, at: number, length: number): number {
    const asked = this.#asked;
    const start = offsets[at]!;
    const keyLength = offsets[at + 1]! - start;
    const shared = keyLength < length ? keyLength : length;
    for (let i = 0; i < shared; i++) {
      const difference = texts[start + i]! - asked[i]!;
      if (difference !== 0) return difference;
    }
    return keyLength - length;
  }
}
