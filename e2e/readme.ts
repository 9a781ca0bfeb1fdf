import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

export interface Readme {
  /** The lines of its shell blocks. */
  blocks: string[];
  /** These, and what its sentences and tables name, in the order in which it is read. */
  commands: string[];
  /** The lines of its bash blocks, which need Docker or a cluster. */
  elsewhere: string[];
}

/** The commands of a README, without what may be left out (`npm start [part]`). */
export const readReadme = (file: string): Readme => {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(/^```sh\n(.*?)^```|`((?:\w+=\S+ )*(?:npm|npx|node|sudo|export|curl) [^`]+)`/gms);
  const parts = [...found].map(([, block, inline]) => ({
    isBlock: block !== undefined,
    lines: block?.trim().split('\n') ?? [inline!.replace(/ \[.*\]$/, '')],
  }));
  const bash = [...text.matchAll(/^```bash\n(.*?)^```/gms)];
  return {
    elsewhere: bash.flatMap(([, block]) => block!.trim().split('\n')),
    blocks: parts.flatMap(({ isBlock, lines }) => (isBlock ? lines : [])),
    commands: parts.flatMap(({ lines }) => lines),
  };
};
