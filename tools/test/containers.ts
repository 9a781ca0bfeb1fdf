// npm run test:compose, npm run test:cluster: the system suite over containers, and over the cluster that KUBECONFIG names.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildImages, imagesOf, sizeMbOf } from '../images/images.ts';
import { Failure } from '../setup/failure.mjs';
import { failuresOf, lastLine, sum } from '../setup/test.mjs';

const root = join(import.meta.dirname, '../..');
const reportFile = join(root, '.almanac/report/cluster.md');
const [system, extent = 'full'] = process.argv.slice(2);

const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
const isThere = (program: string, ...args: string[]) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  failures: { name: string; message: string }[];
}

/** Runs suites of Jest; what their reporter counted, undefined where it did not come to that. */
const jest = (config: string, project: string, env: NodeJS.ProcessEnv, ...args: string[]) => {
  const countsFile = join(root, '.almanac/test', `${project}.json`);
  rmSync(countsFile, { force: true });
  const bin = join(root, 'node_modules/jest/bin/jest.js');
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', bin, '--config', config];
  const { status } = spawnSync(process.execPath, [...flags, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const counts = existsSync(countsFile) ? (JSON.parse(readFileSync(countsFile, 'utf8')) as Counts) : undefined;
  return { suite: [project, ...args].join(' '), counts, isOk: status === 0 };
};

/** What an installation of the last version is made of: its chart and its images' tag. */
interface Version {
  chart: string;
  tag: string;
}

const inImages = [
  ...[
    'charts/almanac',
    'apps',
    'libs',
    'infra/images',
    'tools/render',
    'tools/runner',
    'tools/setup',
    'tools/images/collect.mjs',
  ],
  ...['.dockerignore', '.npmrc', 'LICENSE', 'THIRD-PARTY-NOTICES.md'],
  ...['nx.json', 'package.json', 'package-lock.json', 'tsconfig.base.json', 'tsconfig.service.json'],
];

/** The last commit before this state of the checkout whose charts or images are others; undefined where it had no chart. */
const commitBefore = (): string | undefined => {
  const isChanged = run('git', 'status', '--porcelain', '--', ...inImages) !== '';
  const last = run('git', 'log', '-1', '--format=%H', '--', ...inImages);
  const before = isChanged ? last : `${last}^`;
  if (!isThere('git', 'rev-parse', '--verify', '--quiet', before))
    console.log('The history here does not go back to the commit before.');
  return isThere('git', 'cat-file', '-e', `${before}:charts/almanac/Chart.yaml`)
    ? run('git', 'rev-parse', before)
    : undefined;
};

/** Makes the version to upgrade from: that of the commit before, or where there is none this one under another tag. */
const versionBefore = (tag: string, images: string[]): Version => {
  const before = extent === 'full' ? commitBefore() : undefined;
  const from = `${tag}-before`;
  if (before === undefined) {
    for (const image of images) run('docker', 'tag', image, image.replace(tag, from));
    return { chart: join(root, 'charts/almanac'), tag: from };
  }
  const checkout = join(root, '.almanac/before');
  spawnSync('git', ['worktree', 'remove', '--force', checkout], { cwd: root, stdio: 'ignore' });
  run('git', 'worktree', 'add', '--detach', checkout, before);
  console.log(`To upgrade from: ${run('git', 'log', '-1', '--format=%h %s', before)}`);
  buildImages(checkout, { ...process.env, TAG: from });
  return { chart: join(checkout, 'charts/almanac'), tag: from };
};

/** Gives images to the cluster's nodes, also those of others that this machine has: there nodes may reach no registry. */
const load = (own: string[], official: string[]) => {
  const images = [...own, ...official.filter((image) => sizeMbOf(image) !== undefined)];
  const line = process.env['CLUSTER_LOAD_IMAGES'];
  const { status } = spawnSync('sh', ['-c', `exec ${line} "$@"`, 'sh', ...images], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Failure(`The cluster did not take the images (CLUSTER_LOAD_IMAGES=${line}).`);
};

const compose = () => [jest('e2e/jest.config.mjs', 'e2e-compose', { ALMANAC_SYSTEM: 'compose' })];

const cluster = () => {
  const tag = `test-${randomBytes(3).toString('hex')}`;
  const variables = { ...process.env, TAG: tag };
  const { own, official } = imagesOf(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), variables);
  rmSync(reportFile, { force: true });
  const names = own.map(({ name }) => name);
  const all = [...names, ...names.map((name) => `${name}-before`)];
  try {
    buildImages(root, variables);
    const before = versionBefore(tag, names);
    load(all, official);
    const env = { CLUSTER_TAG: tag, CLUSTER_FROM_TAG: before.tag, CLUSTER_FROM_CHART: before.chart };
    const suite = (...args: string[]) => jest('e2e/cluster/jest.config.mjs', 'cluster', env, ...args);
    /** The tests of a file with such names. What is left out on purpose is not counted as skipped; all else is. */
    const partOf = (file: string, names: string) => {
      const { counts, ...result } = suite(file, '-t', names);
      return { ...result, counts: counts && { ...counts, skipped: 0 } };
    };
    const system = (...args: string[]) =>
      jest('e2e/jest.config.mjs', 'e2e-cluster', { ...env, ALMANAC_SYSTEM: 'cluster' }, ...args);
    const results =
      extent === 'short'
        ? [partOf('lifecycle', 'a release (is|passes|shows|leaves)'), suite('policies', 'readme'), system('words.spec')]
        : [suite(), system()];
    const sizes = [...names, ...official].map(
      (image) => `- image ${image.replace(`:${tag}`, '')}: ${sizeMbOf(image)} MB`,
    );
    const seen = existsSync(reportFile) ? readFileSync(reportFile, 'utf8') : '- nothing: it did not come to that';
    console.log(['', '## The cluster, as it was seen', '', ...sizes, seen].join('\n'));
    return results;
  } finally {
    for (const image of all) spawnSync('docker', ['image', 'rm', image], { stdio: 'ignore' });
    spawnSync('git', ['worktree', 'remove', '--force', join(root, '.almanac/before')], { cwd: root, stdio: 'ignore' });
  }
};

// Whoever interrupts this interrupts what it runs; what was made is removed all the same.
process.on('SIGINT', () => undefined);
try {
  if (!isThere('docker', 'info')) throw new Failure('Docker does not answer: `docker info` says why.');
  if (system === 'cluster' && !isThere('kubectl', 'get', 'namespaces'))
    throw new Failure('No cluster answers: `kubectl get namespaces` says why. KUBECONFIG names the cluster.');
  if (system === 'cluster' && !process.env['CLUSTER_LOAD_IMAGES'])
    throw new Failure(
      'Set CLUSTER_LOAD_IMAGES to a command that gives images of this machine to the cluster, such as `kind load docker-image`.',
    );
  if (system === 'cluster' && !isThere('helm', 'version')) throw new Failure('There is no `helm` on the PATH.');
  const results = system === 'cluster' ? cluster() : compose();
  const isCi = process.env['CI'] === 'true';
  const counts = results.map(({ counts }) => counts);
  const total = sum({ counts, failedTasks: [], isOk: results.every(({ isOk }) => isOk), isCi });
  console.log(failuresOf(results, { isCi }) + lastLine(total));
  process.exitCode = total.failed ? 1 : 0;
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
