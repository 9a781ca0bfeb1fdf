import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWordsIdentity } from '../dictionary.config.ts';
import { WordsFile } from '../words-file.ts';

/** The words file that this build made, for tests. */
export function realWords(): WordsFile {
  const { sha256 } = readWordsIdentity();
  const bytes = readFileSync(join(import.meta.dirname, '../../dist/data', `words-${sha256}`));
  return new WordsFile(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
