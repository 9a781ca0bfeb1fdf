import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { run } from './run.mjs';

/** What a step has left, should it not have ended with it. */
const killGroup = (pid: number) => {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It left nothing.
  }
};

describe(run, () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'almanac-run-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Two steps of a set-up, the first of which `ends` when it is interrupted; and what became of them. */
  const interrupted = async (ends: string, signal: NodeJS.Signals) => {
    const first = `trap "sleep 0.2; echo >undone; ${ends}" INT TERM; echo >begun; while [ ! -e undone ]; do sleep 0.02; done`;
    const script = `
      import { run } from ${JSON.stringify(join(import.meta.dirname, 'run.mjs'))};
      await run('The first step', 'log', 'sh', ['-c', ${JSON.stringify(first)}]);
      await run('The second step', 'log', 'touch', ['second']);`;
    const args = [
      '--input-type=module',
      '-e',
      `${script.replace('await', 'try { await')} } catch ({ message }) { console.log(message); }`,
    ];
    const child = spawn(process.execPath, args, { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (part) => (output += part));
    await until(() => existsSync(join(folder, 'begun')), 'the first step');
    // Ctrl-C is for all of the terminal's group, what `kill` sends for one process.
    process.kill(signal === 'SIGINT' ? -child.pid! : child.pid!, signal);
    await once(child, 'close');
    killGroup(child.pid!);
    return { output, files: ['undone', 'second'].filter((name) => existsSync(join(folder, name))) };
  };

  it.each([
    ['Ctrl-C', 'exit 130', 'SIGINT'],
    ['Ctrl-C of what then ends as if nothing had been', 'exit 0', 'SIGINT'],
    ['kill', 'exit 143', 'SIGTERM'],
  ] as const)('waits on %s until the command has cleaned up, says so, and goes no further', async (_, ends, signal) => {
    expect(await interrupted(ends, signal)).toEqual({
      output:
        '\nInterrupted: waiting until what has begun is cleaned up …\nThe first step was interrupted. It goes on where it stopped the next time.\n',
      files: ['undone'],
    });
  });
});
