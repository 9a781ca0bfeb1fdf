import { ProblemDetails } from '@almanac/contracts-problem';
import { z } from 'zod';

/** One meaning of a word. */
export const Sense = z
  .object({
    partOfSpeech: z.enum(['noun', 'verb', 'adjective', 'adverb']),
    spelling: z
      .string()
      .min(1)
      .optional()
      .describe('How the word is written in this meaning, where it is not as `word` is: “Turkey”, a republic.'),
    definition: z.string().min(1),
    examples: z.array(z.string()),
    synonyms: z.array(z.string()).describe('Other words that have this meaning.'),
  })
  .meta({ id: 'Sense' });
export type Sense = z.infer<typeof Sense>;

/** Where the words come from; whoever shows them shows this. */
export const Source = z.object({ name: z.string(), copyright: z.string(), license: z.url() }).meta({ id: 'Source' });
export type Source = z.infer<typeof Source>;

/** Body of `GET /api/dictionary/words/{word}`. */
export const Word = z
  .object({
    word: z
      .string()
      .min(1)
      .describe(
        'The word that was found, as it is written: “dog” for “dogs”, “Paris” for “paris”. In small letters where a meaning is written so (“turkey”), else as in the most used meaning.',
      ),
    senses: z.array(Sense).min(1).describe('The most used part of speech first, within it the most used meaning.'),
    baseForms: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('Where what was asked for is a form of other words too: see for “saw”, leave and leaf for “leaves”.'),
    source: Source,
  })
  .meta({ id: 'Word' });
export type Word = z.infer<typeof Word>;

/** Body of `GET /api/dictionary/words?prefix=&limit=`. */
export const Completion = z
  .object({
    words: z
      .array(z.string())
      .max(50)
      .describe(
        'The exact word first, then the most used; each once, as its `word` is written (“polish” for “Pol” too).',
      ),
  })
  .meta({ id: 'Completion' });
export type Completion = z.infer<typeof Completion>;

const limits = 'is a whole number from 1 to 50, written plainly';
// No 05, +5 or 5e0: every spelling of a number would be another address of the same answer, and a copy in the caches.
const plainNumber = (text: unknown) => (typeof text === 'string' && /^[1-9][0-9]?$/.test(text) ? Number(text) : text);

/** Query of `GET /api/dictionary/words`. */
export const CompletionQuery = z.object({
  prefix: z
    .string('is needed, once')
    .min(1, 'is empty')
    .max(64, 'has more than 64 characters')
    .describe('How the word starts; case and diacritics make no difference.'),
  limit: z.preprocess(plainNumber, z.number(limits).int(limits).min(1, limits).max(50, limits).default(10)),
});
export type CompletionQuery = z.infer<typeof CompletionQuery>;

/** Body of the 404 of `GET /api/dictionary/words/{word}`. */
export const WordNotFound = ProblemDetails.extend({
  status: z.literal(404),
  suggestions: z.array(z.string()).max(5).describe('Words with a near spelling, the nearest first.'),
}).meta({ id: 'WordNotFound' });
export type WordNotFound = z.infer<typeof WordNotFound>;
