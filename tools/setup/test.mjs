// npm test: all set-up, then lint and every suite, then the sum on the last line.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { Failure } from './failure.mjs';
import { nodeOf, toolEnvironment } from './toolchain.mjs';

const systemSuite = 'e2e';

/**
 * Counts a run: what the suites' reporter wrote (tools/test/reporter.mjs), and each failed lint or build as one failed test.
 * @param {{ counts: ({ passed: number, failed: number, skipped: number } | undefined)[], failedTasks: string[], isOk: boolean, isCi: boolean }} run
 *   counts: undefined for a suite that did not come to its end
 */
export const sum = ({ counts, failedTasks, isOk, isCi }) => {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const one of counts) {
    total.passed += one?.passed ?? 0;
    total.failed += one ? one.failed : 1;
    total.skipped += one?.skipped ?? 0;
  }
  total.failed += failedTasks.filter((task) => !task.endsWith(':test')).length;
  // Something else went wrong, such as nx itself.
  if (!isOk && total.failed === 0) total.failed = 1;
  if (isCi) total.failed += total.skipped;
  return total;
};

/** @param {{ passed: number, failed: number, skipped: number }} total */
export const lastLine = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;

/**
 * What failed, to be printed after all the output of a run, in which one red line is hard to find; nothing failed: ''.
 * @param {{ suite: string, counts: { skipped: number, failures: { name: string, message: string }[] } | undefined }[]} suites
 * @param {{ failedTasks?: string[], isCi: boolean }} run
 */
export const failuresOf = (suites, { failedTasks = [], isCi }) => {
  const whole = suites.flatMap(({ suite, counts }) => {
    if (!counts) return [`- ${suite}: did not come to its end`];
    return isCi && counts.skipped > 0 ? [`- ${suite}: ${counts.skipped} skipped`] : [];
  });
  const tests = suites
    .flatMap(({ counts }) => counts?.failures ?? [])
    .map(({ name, message }) => {
      const lines = stripVTControlCharacters(message)
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('at '));
      return [`- ${name}`, ...lines.slice(0, 12).map((line) => `    ${line.slice(0, 300)}`)].join('\n');
    });
  const tasks = failedTasks.filter((task) => !task.endsWith(':test')).map((task) => `- ${task}`);
  const all = [...tasks, ...whole, ...tests];
  return all.length > 0 ? ['Failed:', ...all, ''].join('\n') : '';
};

/** The tasks that nx lists at its end as failed. @param {string} output */
export const failedTasksOf = (output) => {
  const plain = stripVTControlCharacters(output);
  const list = plain.slice(plain.lastIndexOf('Failed tasks:'));
  return [...new Set([...list.matchAll(/^\s*- (\S+:\S+)/gm)].map(([, task]) => String(task)))];
};

/**
 * @param {string} root
 * @param {{ names: string[], setup: boolean }} wanted names: of projects, none: all; setup: no tests, only what they need
 * @param {{ setUp: () => Promise<void> }} steps
 */
export const test = async (root, { names, setup }, { setUp }) => {
  await setUp();
  if (setup) return 0;
  const nx = join(root, 'node_modules/nx/dist/bin/nx.js');
  const options = { cwd: root, env: toolEnvironment(root) };
  const show = spawnSync(nodeOf(root), [nx, 'show', 'projects', '--with-target', 'test', '--json'], {
    ...options,
    encoding: 'utf8',
  });
  const all = /** @type {string[]} */ (JSON.parse(show.stdout));
  const stranger = names.find((name) => !all.includes(name));
  if (stranger) throw new Failure(`There is no project "${stranger}" with tests. There are: ${all.join(', ')}.`);
  const projects = names.length > 0 ? names : all;
  const countsOf = (/** @type {string} */ project) => join(root, '.almanac/test', `${project}.json`);
  for (const project of projects) rmSync(countsOf(project), { force: true });

  let isOk = true;
  const failedTasks = [];
  // The system suite kills servers under load and needs the machine to itself.
  for (const stage of [
    projects.filter((name) => name !== systemSuite),
    projects.filter((name) => name === systemSuite),
  ]) {
    if (stage.length === 0) continue;
    const run = [nx, 'run-many', '-t', 'lint', 'test', '-p', stage.join(','), '--outputStyle=static', '--nxBail=false'];
    let tail = '';
    const isStageOk = await new Promise((resolve) => {
      const child = spawn(nodeOf(root), run, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.setEncoding('utf8').on('data', (part) => {
        tail = (tail + part).slice(-65_536);
        process.stdout.write(part);
      });
      child.on('close', (code) => resolve(code === 0));
    });
    if (!isStageOk) failedTasks.push(...failedTasksOf(tail));
    isOk &&= isStageOk;
  }
  const suites = projects.map((project) => ({
    suite: project,
    counts: existsSync(countsOf(project)) ? JSON.parse(readFileSync(countsOf(project), 'utf8')) : undefined,
  }));
  const isCi = process.env['CI'] === 'true';
  const total = sum({ counts: suites.map(({ counts }) => counts), failedTasks, isOk, isCi });
  console.log(failuresOf(suites, { failedTasks, isCi }) + lastLine(total));
  return total.failed ? 1 : 0;
};
