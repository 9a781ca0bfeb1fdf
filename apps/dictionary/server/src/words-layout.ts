/**
 * The words file: one buffer that is served from as it lies, so that 147,000 words cost what they weigh and load at
 * once. Little-endian, as every machine that runs Node is; sections start at multiples of 8.
 *
 *     magic "ALMANAC\0" · u32 format · u32 number of sections · per section u32 offset, u32 bytes · sections
 *
 * A word's number is its place among the sorted keys. Answers lie there ready to be sent: what words share is written
 * for each of them, which costs 19 MB and saves putting an answer together of eight pieces and more.
 */
export const layout = {
  /** JSON object: where the words come from, part of each answer. */
  source: Uint8Array,
  /** Text: the licence that travels with the words. */
  licence: Uint8Array,
  /** Folded spellings, sorted by bytes; word n is keys[keyOffsets[n] .. keyOffsets[n + 1]]. */
  keys: Uint8Array,
  keyOffsets: Uint32Array,
  /** The spelling to show; empty where it is the key. */
  spellings: Uint8Array,
  spellingOffsets: Uint32Array,
  /** Per word its answer up to `baseForms`, where an answer has them, and `source`: `{"word":"dog","senses":[…]` */
  answers: Uint8Array,
  answerOffsets: Uint32Array,
  /** Per word, how often its senses were counted in tagged text, at most 65,535. */
  frequencies: Uint16Array,
  /** Per word, its parts of speech as bits, and `isAlsoInflected`. */
  grammar: Uint8Array,
  /** Irregular forms, sorted ("geese"); form n stands for bases[baseOffsets[n] .. baseOffsets[n + 1]]. */
  forms: Uint8Array,
  formOffsets: Uint32Array,
  /** Part of speech << 24 | number of the word. */
  bases: Uint32Array,
  baseOffsets: Uint32Array,
} as const;

export type Section = keyof typeof layout;
export const sectionNames = Object.keys(layout) as Section[];

export const magic = Buffer.from('ALMANAC\0', 'latin1');
export const format = 2;
export const headerBytes = 16;

/** Set in `grammar` where a word is also an inflected form of another word: "saw". */
export const isAlsoInflected = 0x80;

export class WordsFileError extends Error {}

export type Sections = { readonly [name in Section]: InstanceType<(typeof layout)[name]> };

const check = (condition: boolean, message: string) => {
  if (!condition) throw new WordsFileError(`words file: ${message}`);
};

/** The sections of a words file. Throws WordsFileError unless every offset and number in it is within bounds. */
export function readSections(buffer: ArrayBuffer): Sections {
  const tableEnd = headerBytes + 8 * sectionNames.length;
  check(buffer.byteLength >= tableEnd, 'shorter than its header');
  check(magic.equals(new Uint8Array(buffer, 0, magic.length)), 'is something else');
  const [version, sections] = new Uint32Array(buffer, magic.length, 2);
  check(version === format, `format ${version}, not ${format}`);
  check(sections === sectionNames.length, `${sections} sections, not ${sectionNames.length}`);
  const table = new Uint32Array(buffer, headerBytes, 2 * sectionNames.length);
  const entries = sectionNames.map((name, n) => {
    const [offset, bytes] = [table[2 * n]!, table[2 * n + 1]!];
    const type = layout[name];
    check(offset % 8 === 0 && offset >= tableEnd && offset + bytes <= buffer.byteLength, `${name} lies outside`);
    check(bytes % type.BYTES_PER_ELEMENT === 0, `${name} has half an element`);
    return [name, new type(buffer, offset, bytes / type.BYTES_PER_ELEMENT)];
  });
  const read = Object.fromEntries(entries) as Sections;
  checkSections(read);
  return read;
}

function checkSections(s: Sections): void {
  const count = s.frequencies.length;
  check(count > 0, 'has no words');
  check(s.grammar.length === count, 'grammar does not fit the words');
  checkOffsets('keyOffsets', s.keyOffsets, count, s.keys.length, 1);
  checkOffsets('spellingOffsets', s.spellingOffsets, count, s.spellings.length, 0);
  checkOffsets('answerOffsets', s.answerOffsets, count, s.answers.length, 2);
  const formCount = s.formOffsets.length - 1;
  checkOffsets('formOffsets', s.formOffsets, formCount, s.forms.length, 1);
  checkOffsets('baseOffsets', s.baseOffsets, formCount, s.bases.length, 1);
  for (const base of s.bases) check((base & 0xffffff) < count, 'a form stands for a word that is not there');
  checkSorted('keys', s.keys, s.keyOffsets);
  checkSorted('forms', s.forms, s.formOffsets);
}

function checkOffsets(name: string, offsets: Uint32Array, count: number, end: number, leastBytes: number): void {
  check(count >= 0 && offsets.length === count + 1, `${name} does not fit its texts`);
  check(offsets[0] === 0 && offsets[count] === end, `${name} does not span its texts`);
  for (let n = 0; n < count; n++) check(offsets[n + 1]! - offsets[n]! >= leastBytes, `${name} goes back`);
}

function checkSorted(name: string, texts: Uint8Array, offsets: Uint32Array): void {
  const bytes = Buffer.from(texts.buffer, texts.byteOffset, texts.byteLength);
  for (let n = 2; n < offsets.length; n++) {
    const order = bytes.compare(bytes, offsets[n - 2], offsets[n - 1], offsets[n - 1], offsets[n]);
    // Buffer.compare(target, targetStart, targetEnd, sourceStart, sourceEnd): the later key must be the greater.
    check(order > 0, `${name} are not sorted`);
  }
}
