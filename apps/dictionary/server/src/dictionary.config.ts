import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export const environment = z.object({
  WORDS_URL: z
    .url({ protocol: /^https?$/ })
    .describe('where the words file lies, without its name: https://web:8443/data'),
  WORDS_CA_FILE: z
    .string()
    .optional()
    .describe('certificate of the one authority that may vouch for an https WORDS_URL; those of Node.js if unset'),
  WORDS_CERT_NAME: z.string().optional().describe('name that must be in the certificate; the URL’s host if unset'),
  WORDS_TIMEOUT_MS: z.coerce.number().int().min(100).max(600_000).default(30_000).describe('for one try to fetch it'),
  CACHE_MAX_AGE_S: z.coerce
    .number()
    .int()
    .min(0)
    .max(31_536_000)
    .default(3600)
    .describe('how long a shared cache may keep an answer; a browser keeps it for 300 s at most'),
});

/** Which words file this build was made for. */
export const WordsIdentity = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(1).max(268_435_456),
});
export type WordsIdentity = z.infer<typeof WordsIdentity>;

/** Written by build/words.ts, into dist/ for the sources too. */
export const readWordsIdentity = (): WordsIdentity =>
  WordsIdentity.parse(JSON.parse(readFileSync(join(import.meta.dirname, '../dist/words.json'), 'utf8')));
