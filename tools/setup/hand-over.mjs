import { spawn } from 'node:child_process';

/** Out of the alternate screen, with the cursor shown: what a program that was killed could not do itself. */
const restoreTerminal = '\x1b[?25h\x1b[?1049l';

/**
 * Starts a child. While it runs, this process leaves signals to it and waits for its end: npm and apt clean up when they
 * are interrupted, and a next start must not meet them at that.
 * @template {import('node:child_process').ChildProcess} Child
 * @param {() => Child} start
 * @param {() => void} [whenTold] at the first signal
 * @returns {{ child: Child, signals: { isTold: boolean } }} isTold: whether there was a signal so far
 */
export const leaveSignalsTo = (start, whenTold) => {
  const signals = { isTold: false };
  /** @type {Map<NodeJS.Signals, () => void>} */
  const listeners = new Map();
  // Before the child begins, or a signal in between would end this process alone.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'])) {
    // A terminal sends Ctrl-C and Ctrl-\ to all of its group, the child included; what only this process gets is passed on.
    const isForAll = signal === 'SIGINT' || signal === 'SIGQUIT';
    const listener = () => {
      if (!signals.isTold) whenTold?.();
      signals.isTold = true;
      if (!isForAll) child.kill(signal);
    };
    process.on(signal, listener);
    listeners.set(signal, listener);
  }
  const child = start();
  child.once('close', () => listeners.forEach((listener, signal) => process.off(signal, listener)));
  return { child, signals };
};

/**
 * Runs a program in this one's place, as far as Node.js can: its terminal, its signals, its exit status.
 * @param {string} program @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, whenKilled?: string }} options
 *   whenKilled: what to do when a signal has ended it, said on a terminal that works again
 * @returns {Promise<number>} the exit status; 1: ended by a signal
 */
export const handOver = (program, args, { cwd, env, whenKilled }) =>
  new Promise((resolve) => {
    const { child } = leaveSignalsTo(() => spawn(program, args, { cwd, env, stdio: 'inherit' }));
    child.on('exit', (code, signal) => {
      if (signal && whenKilled) {
        if (process.stdout.isTTY) process.stdout.write(restoreTerminal);
        console.error(`Ended by ${signal}. ${whenKilled}`);
      }
      resolve(code ?? 1);
    });
  });
