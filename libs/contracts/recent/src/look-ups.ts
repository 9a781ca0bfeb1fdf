import { z } from 'zod';

/** As many as a list remembers. */
export const WORDS_MAX = 20;
/** As long as the dictionary lets a word be. */
export const WORD_CHARACTERS_MAX = 64;

const word = z
  .string()
  .min(1, 'is empty')
  .max(WORD_CHARACTERS_MAX, `has more than ${WORD_CHARACTERS_MAX} characters`)
  .describe('A word, or a phrase.');

/** Body of `POST /api/dictionary/recent`. */
export const LookUp = z
  .object({
    word: word
      .refine((text) => text.trim() !== '', 'is blank')
      .refine((text) => text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text), 'has characters that are no text'),
  })
  .meta({ id: 'LookUp' });
export type LookUp = z.infer<typeof LookUp>;

/** Body of `GET` and of the answer to `POST`. */
export const RecentLookUps = z
  .object({ words: z.array(word).max(WORDS_MAX).describe('The newest first, each once, whatever its case.') })
  .meta({ id: 'RecentLookUps' });
export type RecentLookUps = z.infer<typeof RecentLookUps>;
