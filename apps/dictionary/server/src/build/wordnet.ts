import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fold } from '../folding.ts';

export type PartOfSpeech = 'noun' | 'verb' | 'adjective' | 'adverb';

/** A meaning and the words that have it, as they are written: "Turkey"; a few in two spellings, "Earth" and "earth". */
export interface Synset {
  partOfSpeech: PartOfSpeech;
  words: string[];
  definition: string;
  examples: string[];
}

/** A word's sense, how the word is written in it (of two spellings the first), and its count in WordNet's tagged texts. */
export interface Sense {
  synset: Synset;
  spelling: string;
  count: number;
}

export interface WordNet {
  licence: string;
  /** By folded spelling; senses in WordNet's order within a part of speech, the most used part of speech first. */
  words: Map<string, Sense[]>;
}

const files = { noun: 'noun', verb: 'verb', adjective: 'adj', adverb: 'adv' } as const;
const partsOfSpeech = Object.keys(files) as PartOfSpeech[];
/** The type of a sense key (senseidx(5)); 5 is an adjective that clusters around another. */
const partOfType = ['', 'noun', 'verb', 'adjective', 'adverb', 'adjective'] as PartOfSpeech[];

/** Reads WordNet's database files (wndb(5), senseidx(5)). */
export function readWordNet(folder: string): WordNet {
  const synsets = new Map<string, Synset>();
  for (const partOfSpeech of partsOfSpeech) {
    for (const line of dataLines(join(folder, `data.${files[partOfSpeech]}`))) {
      synsets.set(partOfSpeech + line.slice(0, 8), readSynset(line, partOfSpeech));
    }
  }
  const found = new Map<string, (Sense & { number: number })[]>();
  for (const line of dataLines(join(folder, 'index.sense'))) {
    // dog%1:05:00:: 02086723 1 42
    const [key, offset, number, count] = line.split(' ') as [string, string, string, string];
    const [lemma, lexical] = key.split('%') as [string, string];
    const synset = synsets.get(partOfType[Number(lexical[0])]! + offset)!;
    const spelling = synset.words.find((word) => fold(word) === fold(lemma));
    if (!spelling) throw new Error(`WordNet: ${key} is not among the words of its synset`);
    const senses = found.get(fold(lemma)) ?? [];
    // The database names some senses twice, once per cluster of adjectives.
    if (senses.some((sense) => sense.synset === synset)) continue;
    senses.push({ synset, spelling, count: Number(count), number: Number(number) });
    found.set(fold(lemma), senses);
  }
  for (const senses of found.values()) {
    const used = Map.groupBy(senses, ({ synset }) => synset.partOfSpeech);
    const uses = (sense: Sense) => used.get(sense.synset.partOfSpeech)!.reduce((sum, { count }) => sum + count, 0);
    const part = (sense: Sense) => partsOfSpeech.indexOf(sense.synset.partOfSpeech);
    senses.sort((a, b) => uses(b) - uses(a) || part(a) - part(b) || a.number - b.number);
  }
  return { licence: readLicence(join(folder, 'data.noun')), words: found };
}

const dataLines = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('  '));

/** The database's first lines carry the licence, each after its number. */
const readLicence = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .map((line) => line.replace(/^ +\d+ ?/, '').trimEnd())
    .join('\n');

function readSynset(line: string, partOfSpeech: PartOfSpeech): Synset {
  // offset lex_filenum ss_type w_cnt(hex) word lex_id [word lex_id …] … | gloss
  const bar = line.indexOf('|');
  const fields = line.slice(0, bar).split(' ');
  const count = Number.parseInt(fields[3]!, 16);
  const words = Array.from({ length: count }, (_, n) =>
    // Some adjectives say where they stand: "galore(ip)".
    fields[4 + 2 * n]!.replace(/\((?:a|p|ip)\)$/, '').replaceAll('_', ' '),
  );
  return { partOfSpeech, words, ...readGloss(line.slice(bar + 1).trim()) };
}

/** A gloss is `definition; "example"; "example"- author`; a few join the first example by a colon. */
export function readGloss(gloss: string): Pick<Synset, 'definition' | 'examples'> {
  const start = gloss.search(/(?:^|[;:] ?)"[^"]*"[^";]*(?:;|$)/);
  if (start === -1) return { definition: gloss, examples: [] };
  const examples = [...gloss.slice(start).matchAll(/"([^"]*)"([^";]*)/g)].map(([, text, author]) => {
    const name = author!.replace(/^[\s-]+/, '').trim();
    return name === '' ? text!.trim() : `${text!.trim()} – ${name}`;
  });
  return { definition: gloss.slice(0, start).trim(), examples: examples.filter((example) => example !== '') };
}
