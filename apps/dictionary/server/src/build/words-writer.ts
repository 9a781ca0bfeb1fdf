import { fold } from '../folding.ts';
import { basesOf, parts } from '../morphology.ts';
import { WordsFile } from '../words-file.ts';
import { format, headerBytes, isAlsoInflected, layout, magic, sectionNames, type Section } from '../words-layout.ts';
import type { PartOfSpeech, Sense } from './wordnet.ts';

export interface Words {
  source: object;
  licence: string;
  words: ReadonlyMap<string, Sense[]>;
  /** Irregular forms by part of speech, [form, base]. */
  irregular: { [part in PartOfSpeech]?: [form: string, base: string][] };
}

/** Writes the words file (words-layout.ts); the same words always make the same bytes. */
export function writeWords({ source, licence, words, irregular }: Words): Uint8Array<ArrayBuffer> {
  const keys = [...words.keys()].sort(byBytes);
  const numbers = new Map(keys.map((key, number) => [key, number]));
  const entries = keys.map((key) => words.get(key)!);
  const spellings = entries.map((senses, n) => spellingOf(keys[n]!, senses));
  const forms = [...formsOf(irregular, numbers)].sort(([a], [b]) => byBytes(a, b));

  const sections: { [name in Section]: ArrayBufferView } = {
    source: Buffer.from(JSON.stringify(source)),
    licence: Buffer.from(licence),
    ...texts('keys', 'keyOffsets', keys),
    ...texts(
      'spellings',
      'spellingOffsets',
      spellings.map((spelling, n) => (spelling === keys[n] ? '' : spelling)),
    ),
    ...texts(
      'answers',
      'answerOffsets',
      entries.map((senses, n) => answerOf(keys[n]!, spellings[n]!, senses)),
    ),
    frequencies: Uint16Array.from(entries, (senses) =>
      Math.min(
        0xffff,
        senses.reduce((sum, { count }) => sum + count, 0),
      ),
    ),
    grammar: Uint8Array.from(entries, (senses) =>
      senses.reduce((bits, { synset }) => bits | parts[synset.partOfSpeech], 0),
    ),
    ...texts(
      'forms',
      'formOffsets',
      forms.map(([form]) => form),
    ),
    bases: Uint32Array.from(forms.flatMap(([, bases]) => bases)),
    baseOffsets: offsets(forms.map(([, bases]) => bases.length)),
  };
  const bytes = join(sections);
  markInflected(new WordsFile(bytes.buffer));
  return bytes;
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The JSON of a word's answer up to the senses' end. */
function answerOf(key: string, word: string, senses: Sense[]): string {
  const shown = senses.map(({ synset: { partOfSpeech, definition, examples, words }, spelling }) => ({
    partOfSpeech,
    spelling: spelling === word ? undefined : spelling,
    definition,
    examples,
    synonyms: synonymsOf(key, words),
  }));
  return JSON.stringify({ word, senses: shown }).slice(0, -1);
}

/** A word is not among its own synonyms, in no spelling, and another is there once. */
function synonymsOf(key: string, words: string[]): string[] {
  const others = Map.groupBy(words, fold);
  others.delete(key);
  return [...others.values()].map(([first]) => first!);
}

/** In small letters where a meaning is written so ("turkey"), else as in the word's most used sense ("Paris"). */
function spellingOf(key: string, senses: Sense[]): string {
  if (senses.some(({ synset }) => synset.words.includes(key))) return key;
  return senses.reduce((best, sense) => (sense.count > best.count ? sense : best)).spelling;
}

function formsOf(irregular: Words['irregular'], numbers: ReadonlyMap<string, number>): Map<string, number[]> {
  const forms = new Map<string, number[]>();
  for (const [part, pairs] of Object.entries(irregular) as [PartOfSpeech, [string, string][]][]) {
    for (const [form, base] of pairs) {
      const number = numbers.get(base);
      if (number === undefined || form === base) continue;
      forms.set(form, [...(forms.get(form) ?? []), (parts[part] << 24) | number]);
    }
  }
  return forms;
}

/** The most look-ups need no morphology: the words that do, being forms of others too ("saw"), are marked. */
function markInflected(words: WordsFile): void {
  for (let word = 0; word < words.count; word++) {
    if (basesOf(words.key(word), words).length > 0) words.sections.grammar[word]! |= isAlsoInflected;
  }
}

const offsets = (lengths: number[]) => {
  let end = 0;
  return Uint32Array.from([0, ...lengths.map((length) => (end += length))]);
};

const texts = <N extends Section, O extends Section>(name: N, offsetsName: O, strings: string[]) =>
  ({
    [name]: Buffer.from(strings.join('')),
    [offsetsName]: offsets(strings.map((string) => Buffer.byteLength(string))),
  }) as { [name in N]: Buffer } & { [name in O]: Uint32Array };

function join(sections: { [name in Section]: ArrayBufferView }): Uint8Array<ArrayBuffer> {
  const align = (position: number) => Math.ceil(position / 8) * 8;
  let end = align(headerBytes + 8 * sectionNames.length);
  const table = sectionNames.map((name) => {
    const [offset, { byteLength }] = [end, sections[name]];
    end = align(offset + byteLength);
    return [offset, byteLength] as const;
  });
  const bytes = new Uint8Array(end);
  bytes.set(magic);
  new Uint32Array(bytes.buffer, magic.length).set([format, sectionNames.length, ...table.flat()]);
  sectionNames.forEach((name, n) => {
    const { buffer, byteOffset, byteLength } = sections[name];
    if (sections[name] instanceof layout[name] === false) throw new Error(`${name} is not of its layout's type`);
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), table[n]![0]);
  });
  return bytes;
}
