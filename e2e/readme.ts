import { spawnSync } from 'node:child_process';
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
    lines: block?.trim().split('\n') ?? [inline!.replaceAll(/\s+/g, ' ').replace(/ \[.*\]$/, '')],
  }));
  const bash = [...text.matchAll(/^```bash\n(.*?)^```/gms)];
  return {
    elsewhere: bash.flatMap(([, block]) => block!.trim().split('\n')),
    blocks: parts.flatMap(({ isBlock, lines }) => (isBlock ? lines : [])),
    commands: parts.flatMap(({ lines }) => lines),
  };
};

const { NET, PUBLISH, ALMANAC_STATE } = process.env;
/** A command for the system of this test run, which stands elsewhere than the one that documents speak of. */
export const here = (command: string) =>
  command
    .replaceAll('127.77.0.', `${NET}.`)
    .replaceAll(/localhost:(8443|8080)/g, `${PUBLISH}:$1`)
    .replaceAll('.almanac/', `${ALMANAC_STATE}/`);

/** Runs a document's command. One that does not come to its end is ended, and has no status: no test waits for ever. */
export const shell = (command: string, env: NodeJS.ProcessEnv = {}) => {
  const options = { cwd: root, env: { ...process.env, ...env }, encoding: 'utf8', timeout: 280_000 } as const;
  return spawnSync('bash', ['-c', command], options);
};
