import { parts } from '../morphology.ts';
import type { Sense, Synset } from '../build/wordnet.ts';
import { writeWords } from '../build/words-writer.ts';

const synset = (partOfSpeech: keyof typeof parts, words: string[], definition: string): Synset => ({
  partOfSpeech,
  words,
  definition,
  examples: [],
});

/** A words file of a few words, for tests. */
export function smallWords(): ArrayBuffer {
  const synsets = [
    synset('noun', ['dog', 'domestic dog'], 'an animal that barks'),
    synset('noun', ['goose'], 'a bird that honks'),
    synset('noun', ['Paris'], 'a city on the Seine'),
    synset('verb', ['see', 'espy'], 'perceive by sight'),
    synset('noun', ['saw'], 'a tool for cutting'),
    synset('noun', ['naïveté'], 'lack of sophistication'),
  ];
  const words = new Map<string, Sense[]>();
  for (const [number, synset] of synsets.entries()) {
    for (const spelling of synset.words) words.set(spelling.toLowerCase(), [{ synset, spelling, count: 10 - number }]);
  }
  const source = { name: 'A few words', copyright: 'nobody', license: 'https://example.org/licence' };
  const irregular = { noun: [['geese', 'goose']], verb: [['saw', 'see']] } satisfies {
    [part in keyof typeof parts]?: [string, string][];
  };
  return writeWords({ source, licence: 'free', words, irregular }).buffer;
}
