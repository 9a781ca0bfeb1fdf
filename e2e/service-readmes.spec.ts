import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { here, readReadme, shell } from './readme.ts';
import { system } from './system.ts';

const root = join(import.meta.dirname, '..');
/** For what a README starts by itself, on the address that it has without a system around it. */
const alone = `${process.env['NET']}.101`;

const hereOrAlone = (command: string) => here(command.replaceAll('127.0.0.1', alone));

const faults = 'SELF=127.0.0.1 FAULTS=on DATA_DIR=apps/dictionary/server/dist/data node apps/web/dist/main.js';

interface Expected {
  /** What must have happened before the first command. */
  before?: () => Promise<unknown>;
  /** A service that the README takes for granted. */
  started?: string;
  /** What the README says that its commands show, in their order. */
  shows: [asked: string, shown: RegExp][];
}
const expected: Record<string, Expected> = {
  'apps/dictionary/server/README.md': {
    shows: [
      ['/words/icecreams', /^\{"word":"icecream","senses":\[\{"partOfSpeech":"noun",/],
      ['prefix=dictio&', /^\{"words":\["dictionary","dictionary entry","diction"\]\}/],
      ['/words/definately', /"suggestions":\["definitely","delicately","defiantly"\]/],
      ['/readyz', /^\{"ready":false,"waitingFor":\{"words":"no words from /],
      ['/words/dog', /^HTTP\/1\.1 503 [^]*\nretry-after: \d/i],
    ],
  },
  'apps/dictionary/recent/README.md': {
    shows: [
      ['-d \'{"word":"goose"}\'', /^HTTP\/2 200 [^]*\nset-cookie: __Host-visitor=[^]*\n\{"words":\["goose"\]\}$/],
      ['-b ', /^HTTP\/2 200 [^]*\n\{"words":\["goose"\]\}$/],
      ['https:', /^HTTP\/2 200 [^]*\n\{"words":\[\]\}$/],
      ['-b ', /^HTTP\/2 200 [^]*\nx-served-by: recent-3\r\n/],
    ],
  },
  'apps/web/README.md': {
    shows: [['/words?q=ice+cream', /^HTTP\/1\.1 303 See Other\r\n[^]*\nlocation: \/words\/ice%20cream\r\n/i]],
  },
  'charts/almanac/charts/cache/README.md': {
    before: () => system.restart('cache-1'), // What other suites have asked for is forgotten.
    shows: [
      ['/words/dog', /\ncache-status: cache-1; fwd=miss; stored\r\n/i],
      ['/words/DOG?', /\ncache-status: cache-1; hit; ttl=/i],
      ['-X POST', /^HTTP\/1\.1 405 /],
      ['/words/dog', /^HTTP\/1\.1 200 /],
      ['/words/cat', /^HTTP\/1\.1 503 [^]*\nretry-after: \d/i],
    ],
  },
  'charts/almanac/charts/edge/README.md': {
    shows: [
      ['/words/dog', /^HTTP\/1\.1 308 [^]*\nlocation: https:\/\/[\d.]+:8443\/words\/dog\r\n/i],
      ['/words/dog', /^HTTP\/2 200 [^]*\nx-edge: edge\r\n/i],
      ['/metrics', /^\{"type":"about:blank","title":"Not Found",/],
      ['logs edge', /^ *\d+ "rateClass":"anonymous","rateKey":"127\.[\d.]+"\n/],
      ['/words/dog', /^HTTP\/2 503 /],
    ],
  },
  'charts/almanac/charts/prometheus/README.md': {
    shows: [
      ['service_ready', /"service":"dictionary"\},"value":\[[\d.]+,"3"\]/],
      ['query=up', /"replica":"cache-2","service":"cache"\},"value":\[[\d.]+,"1"\]/],
      ['/rules', /"name":"TargetDown"/],
    ],
  },
  'experiments/README.md': {
    before: () => system.restart('dictionary-2'), // Another README freezes it, which is noticed only after a while.
    shows: [
      ['lab replica-killed', /\n *holds +failed 0: 0 of \d+\n[^]*\nThe hypothesis holds: /],
      ['--small', /\nThe hypothesis holds: /],
      ['--json', /\n\{"name":"stampede","event":"report",.*"holds":true/],
    ],
  },
  'loadtests/README.md': { shows: [['load caching-layer', /✓ 'rate>0\.8' /]] },
  'libs/service/README.md': { started: faults, shows: [] },
};

/** What this test run has done, what a build of an image does, and what experiments.spec.ts does. */
const notRun = ['npm start', 'npm start dictionary monitoring', 'npm ci --omit=dev', 'npm run lab all'];
const commandsOf = (file: string) => readReadme(file).commands.filter((command) => !notRun.includes(command));

it('every README that has commands is known here', () => {
  const exclude = (path: string) => path.includes('node_modules');
  const readmes = globSync('{apps,libs,charts,experiments,loadtests}/**/README.md', { cwd: root, exclude });
  const withCommands = readmes.filter((file) => commandsOf(file).length > 0);
  expect(withCommands.sort()).toEqual(Object.keys(expected).sort());
});

describe.each(Object.entries(expected))('%s', (file, { before, started, shows }) => {
  const processes: ChildProcess[] = [];
  /** Runs until it is told to end; what is told of it comes from a second terminal. */
  const start = async (command: string) => {
    const child = spawn('bash', ['-c', `exec env ${hereOrAlone(command)}`], { cwd: root, stdio: 'ignore' });
    processes.push(child);
    const self = /SELF=(\S+)/.exec(hereOrAlone(command))![1];
    const isListening = (port: number) => spawnSync('curl', ['-s', `http://${self}:${port}/readyz`]).status === 0;
    await until(() => isListening(8080) && isListening(9090), `${command} listens`);
  };

  beforeAll(async () => {
    await before?.();
    const states = await system.states();
    await system.ready(...Object.keys(states));
    if (started) await start(started);
  });
  afterAll(async () => {
    for (const child of processes) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill();
      await once(child, 'exit');
    }
    const states = await system.states();
    await system.ready(...Object.keys(states));
  });

  let next = 0;
  it.each(commandsOf(file))('%s', async (command) => {
    if (/^(\w+=\S+ )*node /.test(command)) return start(command);
    const { status, stdout, stderr } = shell(hereOrAlone(command));
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    const [asked, shown] = shows[next] ?? [];
    if (asked === undefined || !command.includes(asked)) return;
    next += 1;
    expect(stdout).toMatch(shown!);
  });
  it('shows what it says', () => expect(next).toBe(shows.length));
});
