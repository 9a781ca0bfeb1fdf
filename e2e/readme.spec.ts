import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { nativeInstance } from './native.ts';
import { readReadme, shell as shellOf } from './readme.ts';

const root = join(import.meta.dirname, '..');
const { blocks, commands } = readReadme('README.md');

/** Commands that cannot run inside the test run, and the file that runs them instead. */
const runElsewhere: Record<string, { file: string; how: string }> = {
  'npm test': { file: '.ci/run', how: '\ncount npm test\n' },
  'npm run test:compose': { file: '.ci/run', how: 'count npm run -s test:compose\n' },
  'npm run test:cluster': { file: '.ci/run', how: 'count npm run -s test:cluster short\n' },
  'npm start dictionary monitoring': { file: 'e2e/setup.ts', how: "COMPOSE_PROFILES: 'dictionary,monitoring'" },
  'npm run load caching-layer': { file: 'e2e/load-tests.spec.ts', how: "almanac.mjs'), 'load'" },
  // Its table and what it refuses; a soak itself takes minutes.
  'npm run soak overload': { file: 'tools/soak/soak.spec.ts', how: 'deception, experiments, overload' },
  'npm run images': { file: 'tools/test/containers.ts', how: 'buildImages(root, variables)' },
  'npm run reset': { file: 'tools/almanac.medium.spec.ts', how: "almanac('reset')" },
  // Only that it refuses what it does not know: the whole makes file systems, as root, for a quarter of an hour.
  'npm run test:fresh': { file: 'tools/almanac.medium.spec.ts', how: "['test:fresh', 'sid']" },
};

/** What the README says that a command shows. */
const shows: [RegExp, RegExp][] = [
  [/geese$/, /"word":"goose"/],
  [/prefix=diction/, /"dictionary"/],
  [/definately$/, /"suggestions":\["definitely"/],
  [/status$/, /10 of 10 ready/],
  [/lab$/, /^replica-killed +A replica is killed +/m],
  [/lab replica-killed$/, /^The hypothesis holds: /m],
  [/npm stop$/, /Stopped: .*edge/],
];

describe('README.md', () => {
  const instance = nativeInstance();
  const env = { ...process.env, COMPOSE_PROFILES: '', ...instance }; // The parts of .env, as for any reader.
  /** The instance of this test stands elsewhere than the one that the README speaks of. */
  const here = (command: string) =>
    command
      .replaceAll('localhost:8443', `${instance.PUBLISH}:8443`)
      .replaceAll('.almanac/certs', `${instance.ALMANAC_STATE}/certs`);
  const shell = (command: string, more: NodeJS.ProcessEnv = {}) => shellOf(here(command), { ...env, ...more });
  const succeed = (command: string, more: NodeJS.ProcessEnv = {}) => {
    const { status, stdout, stderr } = shell(command, more);
    if (status !== 0) throw new Error(`${command} ended with ${status}:\n${stdout}${stderr}`);
    return stdout;
  };
  /** Starts in the foreground, in a process group of its own as a terminal does, and waits for the address. */
  const start = async (command: string) => {
    const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
    const npm = spawn('bash', ['-c', command], { cwd: root, env, stdio, detached: true });
    let output = '';
    npm.stdout.setEncoding('utf8').on('data', (part: string) => (output += part));
    await until(() => /^Ready in .*https:\/\//m.test(output), 'the address to open', 90_000);
    return npm;
  };
  const tested: string[] = [];
  const tests = (command: string, how: () => unknown, withinMs?: number) => {
    tested.push(command);
    it(command, async () => void (await how()), withinMs);
  };

  afterAll(() => {
    shell('npm stop');
    rmSync(instance.ALMANAC_STATE, { recursive: true, force: true });
  });

  tests('npm start', () => {
    expect(blocks[0]).toBe('npm start');
    return start('npm start');
  });

  it.each(blocks.filter((command) => command !== 'npm start' && !(command in runElsewhere)))('%s', async (command) => {
    // What the command before has broken comes back by itself.
    if (!/release|stop/.test(command)) await until(() => shell('npm run status').status === 0, 'all ready', 60_000);
    const stdout = succeed(command);
    const shown = shows.find(([asked]) => asked.test(command))?.[1];
    if (shown) expect(stdout).toMatch(shown);
  });

  tests('npm run logs', () => expect(succeed('npm run logs')).toMatch(/==> .*\/dictionary-3\/log <==/));

  tests('npm run rotate', () => {
    const leaf = () => readFileSync(join(instance.ALMANAC_STATE, 'certs/edge.crt'), 'utf8');
    const before = leaf();
    expect(succeed('npm run rotate')).toMatch(/Another certificate for edge and web, to start with\./); // Nothing runs just now.
    expect(leaf()).not.toBe(before);
  });

  const benchMs = 300_000;
  // In their shortest form, beside a test run: the figures say nothing, so the exit status, which judges them, is not asked.
  for (const [bench, shows] of [
    ['dictionary', /memory \(PSS\)[^]*\nready, warm: .* s /],
    [
      'edge',
      /\nA cached word, [^]*\nAnother word each time: [^]*\nBeyond the limit: [^]* whole [^]* resumes [^]*\nratio .*\n+$/,
    ],
  ] as const) {
    const command = `npm run bench ${bench}`;
    tests(
      command,
      () => {
        const { stdout, stderr } = shell(command, { BENCH_ROUNDS: '1', BENCH_SECONDS: '1' });
        expect({ stdout, stderr }).toMatchObject({ stdout: expect.stringMatching(shows) });
      },
      benchMs,
    );
  }

  tests(
    'npm run bench replicas',
    () => {
      const stdout = succeed('npm run bench replicas', { BENCH_ROUNDS: '1', BENCH_REPLICAS: '1 2' });
      expect(stdout).toMatch(
        /\n1 +release +new +(?!0\.0)\d[^]*\n1 +release +cached +0\.0 [^]*\n2 +release +new +0\.0 /,
      );
    },
    benchMs,
  );

  tests(
    'npm run bench caches',
    () => {
      const few = { BENCH_ROUNDS: '1', BENCH_REQUESTS: '300', BENCH_REPLICAS: '3' };
      const { stdout, stderr } = shell('npm run bench caches', few);
      expect({ stdout, stderr }).toMatchObject({
        stdout: expect.stringMatching(
          /\nlayer of 2, by visitor +5\.0 [^]*\nbeside each of 3 +3\.3 [^]*the replicas are asked/,
        ),
      });
    },
    benchMs,
  );

  tests('npm start dictionary', async () => {
    const npm = await start('npm start dictionary');
    expect(shell('npm run status').stdout).toMatch(/10 of 10 ready/);
    process.kill(-npm.pid!, 'SIGINT'); // Ctrl-C
    await once(npm, 'exit');
    expect(shell('npm run status').stdout).toMatch(/Almanac does not run\./);
  });

  tests('CACHE_MAX_AGE_S=5 npm start', async () => {
    // In the background, which the table names, so that the next test can go on with it.
    succeed('CACHE_MAX_AGE_S=5 npm start -- --detach');
    const look = () =>
      shell('curl -s -D - --cacert .almanac/certs/ca.crt https://localhost:8443/api/dictionary/words/dog');
    expect(look().stdout).toMatch(/^HTTP\/\S+ 200 [^]*fwd=miss/);
    succeed('npm run hold dictionary-1 dictionary-2 dictionary-3');
    await until(() => /^HTTP\/\S+ 200 [^]*detail=stale/.test(look().stdout), 'the copy is marked as stale');
  });
  tested.push('npm start -- --detach');

  const trust = [
    'sudo cp .almanac/certs/ca.crt /usr/local/share/ca-certificates/almanac.crt',
    'sudo update-ca-certificates',
  ];
  it(trust.join(' and '), () => {
    // The machine's own trust stays as it is: in this namespace its folders are copies.
    const copied = (folder: string) => `c=$(mktemp -d) && cp -a ${folder}/. $c && mount --bind $c ${folder} && `;
    const copies = ['/etc/ssl/certs', '/usr/local/share/ca-certificates'].map(copied).join('');
    const look = 'curl -s https://localhost:8443/api/dictionary/words/dog';
    const script = `${copies} sudo() { "$@"; }; ${look}; echo "untrusted: $?"; ${trust.join(' && ')} && ${look}`;
    const unshare = `unshare --mount --map-root-user bash -c '${script}'`;
    const bundle = { CURL_CA_BUNDLE: '', SSL_CERT_FILE: '', SSL_CERT_DIR: '' };
    expect(succeed(unshare, bundle)).toMatch(/^untrusted: 60\n[^]*"word":"dog"/);
  });
  tested.push(...trust);

  const path = 'export PATH="$PWD/.almanac/toolchain/node_modules/.bin:$PATH"';
  tests(path, () => expect(succeed(`${path} && node --version`, { PATH: '/usr/bin:/bin' })).toMatch(/^v24\./));

  tests('npm test -- contracts-dictionary', () =>
    expect(succeed('npm test -- contracts-dictionary')).toMatch(/\n[1-9]\d* passed, 0 failed\n$/),
  );

  it('names no other command than these and those that other files run', () => {
    const known = [...blocks, ...tested, ...Object.keys(runElsewhere)];
    expect(commands.filter((command) => !known.includes(command))).toEqual([]);
    for (const { file, how } of Object.values(runElsewhere)) {
      expect(readFileSync(join(root, file), 'utf8')).toContain(how);
    }
  });
});
