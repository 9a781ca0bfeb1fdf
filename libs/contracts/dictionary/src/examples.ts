import type { Completion, Word, WordNotFound } from './words.ts';

const source = {
  name: 'WordNet 3.1',
  copyright: 'Copyright 2011 by Princeton University',
  license: 'https://wordnet.princeton.edu/license-and-commercial-use',
};

/** Messages as they go over the wire. The server's tests make them, its callers' tests take them. */
export const examples = {
  word: {
    word: 'icecream',
    senses: [
      {
        partOfSpeech: 'noun',
        definition: 'frozen dessert containing cream and sugar and flavoring',
        examples: [],
        synonyms: ['ice cream'],
      },
    ],
    source,
  },
  wordThatIsAFormToo: {
    word: 'faster',
    senses: [
      {
        partOfSpeech: 'adverb',
        definition: 'more quickly',
        examples: [],
        synonyms: ['quicker'],
      },
    ],
    baseForms: ['fast'],
    source,
  },
  wordOfTwoSpellings: {
    word: 'mecca',
    senses: [
      {
        partOfSpeech: 'noun',
        spelling: 'Mecca',
        definition:
          'joint capital (with Riyadh) of Saudi Arabia; located in western Saudi Arabia; as the birthplace of Muhammad it is the holiest city of Islam',
        examples: [],
        synonyms: [],
      },
      {
        partOfSpeech: 'noun',
        definition: 'a place that attracts many visitors',
        examples: ['New York is a mecca for young artists'],
        synonyms: [],
      },
    ],
    source,
  },
  completion: { words: ['dog', 'doggedly', 'dogma'] },
  wordNotFound: {
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'There is no word “definately” here.',
    suggestions: ['definitely', 'delicately', 'defiantly'],
  },
} satisfies {
  word: Word;
  wordThatIsAFormToo: Word;
  wordOfTwoSpellings: Word;
  completion: Completion;
  wordNotFound: WordNotFound;
};
