// npm run load <pattern>: the k6 script of that pattern, against the system that runs here, or BASE_URL with its CA_FILE.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readSystem } from '../runner/compose.ts';
import { addressOf } from '../runner/runner.ts';
import { Failure } from '../setup/failure.mjs';

const root = join(import.meta.dirname, '../..');
/** Of the version that CI builds (tools/ci/install-tools). */
const image = 'grafana/k6:1.8.1';
/** What is said about the size of the load, and about limits; see loadtests/edge.ts and the scripts. */
const settings = ['BASE_URL', 'LOAD_SECRET', 'SECONDS', 'PER_SECOND', 'DEADLINE_MS', 'WORDS', 'BURST', 'REFILL_MS'];

const isThere = (program: string, ...args: string[]) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

/** The environment of a script: nothing of it is on a command line, where others on this machine could read the secret. */
const environment = () => {
  const system = readSystem(root, []);
  const { BASE_URL: url, CA_FILE: ca = join(system.state, 'certs/ca.crt') } = process.env;
  const secretFile = join(system.state, 'load-secret');
  try {
    // Of another system's secret nothing is known here.
    const own = url ? {} : { LOAD_SECRET: readFileSync(secretFile, 'utf8').trim(), BASE_URL: addressOf(system) };
    readFileSync(ca);
    return { ...process.env, ...own, SSL_CERT_FILE: ca };
  } catch {
    throw new Failure('Almanac is not set up here: `npm start` sets it up, or BASE_URL and CA_FILE say where it runs.');
  }
};

const load = (name: string): number => {
  const names = globSync('loadtests/*.ts', { cwd: root }).map((file) => basename(file, '.ts'));
  const patterns = names.filter((one) => one !== 'edge').sort();
  if (!patterns.includes(name)) throw new Failure(`usage: npm run load <pattern>; there are: ${patterns.join(', ')}`);
  const env = environment();
  const script = `loadtests/${name}.ts`;
  const options = { cwd: root, env, stdio: 'inherit' } as const;
  if (isThere('k6', 'version')) return spawnSync('k6', ['run', '--no-usage-report', script], options).status ?? 1;
  if (!isThere('docker', 'info'))
    throw new Failure(
      'This needs k6 (https://grafana.com/docs/k6/latest/set-up/install-k6/), or Docker, which has it as an image.',
    );
  const mounts = ['-v', `${root}:/almanac:ro`, '-v', `${env.SSL_CERT_FILE}:/ca.crt:ro`, '-w', '/almanac'];
  const given = settings.flatMap((variable) => ['-e', variable]);
  const args = ['run', '--rm', '--network', 'host', ...mounts, ...given, '-e', 'SSL_CERT_FILE=/ca.crt', image];
  return spawnSync('docker', [...args, 'run', '--no-usage-report', script], options).status ?? 1;
};

try {
  process.exitCode = load(process.argv[2] ?? '');
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
