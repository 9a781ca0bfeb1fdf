import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { here, readReadme, shell } from './readme.ts';
import { system } from './system.ts';

const root = join(import.meta.dirname, '..');
const headings = [
  'The problem',
  'Ours, in a picture',
  'In the book',
  'How Almanac does it',
  'Read the code in this order',
  'Try it',
  'Break it',
  'Prove it',
  'Trade-offs, and when not to',
  'The book’s commands today',
];

/** What the pages say that their commands show, in their order. */
const shows: Record<string, RegExp[]> = {
  'caching-layer': [
    /^HTTP\/2 200 /,
    /^HTTP\/2 200 [^]*\ncache-status: cache-\d; hit; [^]*\nage: \d|^HTTP\/2 200 [^]*\nage: \d[^]*; hit; /,
  ],
  'rate-limiting': [/\nx-ratelimit-remaining: \d+\r\n/, /^ *\d+ 200\n *\d+ 429\n$/],
  readiness: [/^\{"ready":true/, /^/, /^/, /^\{"ready":false,"waitingFor":\{"words":/, /"alive":true/, /^/],
  'replicated-service': Array.from({ length: 3 }, () => /\nx-served-by: dictionary-\d\r\n/),
  'session-tracking': [/\nset-cookie: __Host-visitor=[^]*\{"words":\["ring"/, /\{"words":\["ring"/],
  'the-whole-chain': [/\nx-edge: edge\r\n/, /dictionary-1/, /^/, /^HTTP\/2 200 /, /^/],
  'tls-termination': [/^HTTP\/1\.1 308 [^]*\nlocation: https:/i, /^HTTP\/2 200 /, /\nnotAfter=/],
};

const pages = globSync('docs/patterns/*.md', { cwd: root }).filter((file) => !file.endsWith('README.md'));
const nameOf = (file: string) => /([^/]+)\.md$/.exec(file)![1]!;

it('each page is known here, and in the list of pages', () => {
  expect(pages.map(nameOf).sort()).toEqual(Object.keys(shows).sort());
  const list = readFileSync(join(root, 'docs/patterns/README.md'), 'utf8');
  expect([...list.matchAll(/\]\(([\w-]+)\.md\)/g)].map(([, name]) => name).sort()).toEqual(Object.keys(shows).sort());
});

describe.each(pages.sort().map((file) => ({ file })))('$file', ({ file }) => {
  const text = readFileSync(join(root, file), 'utf8');
  const { blocks } = readReadme(file);
  const isLab = (command: string) => command.startsWith('npm run lab');

  it('has the headings of all', () => {
    expect([...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual(headings);
  });

  it('names files that are there', () => {
    const named = [...text.matchAll(/`((?:apps|libs|charts|tools|e2e|infra|docs)\/[\w./-]+|docker-compose\.yml)`/g)];
    expect(named.length).toBeGreaterThan(0);
    expect(named.map(([, path]) => path!).filter((path) => !existsSync(join(root, path)))).toEqual([]);
    const links = [...text.matchAll(/\]\(([\w./-]+\.md)/g)].map(([, link]) => link!);
    expect(links.filter((link) => !existsSync(join(root, 'docs/patterns', link)))).toEqual([]);
  });

  // The experiments themselves run in a spec of their own.
  it('names experiments that are there', () => {
    const names = blocks.filter(isLab).map((command) => command.replace(/^npm run lab ?/, ''));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => name && !existsSync(join(root, 'experiments', `${name}.yaml`)))).toEqual([]);
  });

  describe('shows what it says', () => {
    const allReady = async () => system.ready(...Object.keys(await system.states()));
    beforeAll(allReady);
    afterAll(allReady);
    const shown = shows[nameOf(file)]!;
    const tried = blocks.filter((command) => !isLab(command)).map((command, n) => ({ command, n }));
    it.each(tried)('$command', ({ command, n }) => {
      const { status, stdout, stderr } = shell(here(command));
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(shown[n]!);
    });
    it('and no more', () => expect(tried).toHaveLength(shown.length));
  });
});
