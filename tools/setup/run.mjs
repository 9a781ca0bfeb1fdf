// Says what set-up does, and runs its commands with their output in a log: a person sees a line for each step.
import { spawn } from 'node:child_process';
import { appendFileSync, createWriteStream, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from './failure.mjs';
import { leaveSignalsTo } from './hand-over.mjs';

/** @param {string} line */
export const say = (line) => console.log(line);

/**
 * One step of the set-up, said before and after.
 * @template T
 * @param {string} what @param {() => Promise<T>} work @returns {Promise<T>}
 */
export const step = async (what, work) => {
  const began = Date.now();
  say(`• ${what} …`);
  const result = await work();
  say(`  done in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return result;
};

// What programs say when the machine is the cause, and what a person then does.
const causes = /** @type {const} */ ([
  [/ENOSPC|No space left on device/i, 'the disk is full. Make room and start again'],
  [
    /EAI_AGAIN|ENOTFOUND|ENETUNREACH|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|Temporary failure resolving|Could not resolve|Could not connect|Unable to fetch|Failed to fetch/,
    'there is no network, or the package registry does not answer. Connect the machine and start again',
  ],
  [
    /EACCES|EPERM|Permission denied/i,
    'files belong to another user (perhaps from a run as root). Give them back with `sudo chown -R "$USER" .` and start again',
  ],
  [
    /Unable to locate package|has no installation candidate/,
    'this system’s apt sources do not have a package. Almanac needs Debian 12 or later, or Ubuntu 24.04 or later',
  ],
  [/Could not get lock|is locked by/i, 'another program is installing packages. Wait for it and start again'],
]);

/** @param {string} output */
export const causeOf = (output) => causes.find(([pattern]) => pattern.test(output))?.[1];

/**
 * Runs a command with its output appended to a log. A failure is one sentence: the cause when the output tells it.
 * @param {string} what the sentence's beginning, such as "Installing the libraries"
 * @param {string} log
 * @param {string} program @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, stdin?: 'ignore' | 'inherit' }} [options]
 */
export const run = async (what, log, program, args, { cwd, env, stdin = 'ignore' } = {}) => {
  mkdirSync(dirname(log), { recursive: true });
  appendFileSync(log, `\n$ ${[program, ...args].join(' ')}\n`);
  const from = statSync(log).size;
  const { child, signals } = leaveSignalsTo(
    () => spawn(program, args, { cwd, env, stdio: [stdin, 'pipe', 'pipe'] }),
    () => say('\nInterrupted: waiting until what has begun is cleaned up …'),
  );
  const status = await new Promise((resolve) => {
    const file = createWriteStream(log, { flags: 'a' });
    child.stdout?.pipe(file, { end: false });
    child.stderr?.pipe(file, { end: false });
    child.on('error', (error) => file.end(`${error.message}\n`, () => resolve(127)));
    child.on('close', (code, signal) => file.end(() => resolve(signal ?? code)));
  });
  // Also when the command has come to its end all the same: who stops this wants no next step.
  if (signals.isTold || status === 'SIGINT' || status === 'SIGTERM')
    throw new Failure(`${what} was interrupted. It goes on where it stopped the next time.`);
  if (status === 0) return;
  const output = readFileSync(log).subarray(from).toString();
  const cause = causeOf(output);
  if (cause) throw new Failure(`${what} failed: ${cause}. (${log} has the details.)`);
  const tail = output
    .trimEnd()
    .split('\n')
    .slice(-15)
    .map((line) => `  │ ${line}`);
  throw new Failure([`${what} failed (${status}). The end of ${log}:`, ...tail].join('\n'));
};
