// npm run images: builds every image that docker-compose.yml describes, and says how large each is. What follows `--` goes
// to `docker build`: `npm run images -- --platform linux/arm64`.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Failure } from '../setup/failure.mjs';
import { interpolateAll, parseDotEnv, type Variables } from '../runner/interpolate.ts';

export interface Image {
  name: string;
  context: string;
  dockerfile: string;
  network: string;
}

interface ComposeService {
  image: string;
  build?: { context: string; dockerfile: string; network: string };
}

/** The images of docker-compose.yml: those that are ours to build, and those that are others'. */
export const imagesOf = (text: string, variables: Variables): { own: Image[]; official: string[] } => {
  const { services } = parse(text, { merge: true }) as { services: Record<string, unknown> };
  const own = new Map<string, Image>();
  const official = new Set<string>();
  for (const service of Object.values(services)) {
    const { image, build } = service as ComposeService;
    const defaults = { NET: '172.28.0', ALMANAC_STATE: '', PUBLISH: '127.0.0.1', ...variables };
    const named = interpolateAll({ image, build }, defaults) as ComposeService;
    if (named.build) own.set(named.image, { name: named.image, ...named.build });
    else official.add(named.image);
  }
  return { own: [...own.values()], official: [...official].filter((image) => !own.has(image)) };
};

/** MB of an image's layers on this machine; undefined when it is not there. */
export const sizeMbOf = (image: string): number | undefined => {
  const { status, stdout } = spawnSync('docker', ['image', 'inspect', '-f', '{{.Size}}', image], { encoding: 'utf8' });
  return status === 0 ? Math.round(Number(stdout) / 1e6) : undefined;
};

const baseOf = (dockerfile: string): string => /^FROM (\S+)$/m.exec(readFileSync(dockerfile, 'utf8'))?.[1] ?? '';

/** Builds the images of the checkout in `root`, with more arguments for `docker build`. Answers their names. */
export const buildImages = (root: string, shell: Variables, more: readonly string[] = []): string[] => {
  const variables = { ...parseDotEnv(readFileSync(join(root, '.env'), 'utf8')), ...shell };
  const { own } = imagesOf(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), variables);
  if (spawnSync('docker', ['info'], { stdio: 'ignore' }).status !== 0)
    throw new Failure('Docker does not answer: `docker info` says why.');
  for (const { name, context, dockerfile, network } of own) {
    console.log(`Building ${name} …`);
    const args = ['build', '-q', '-t', name, '-f', dockerfile, '--network', network, ...more, context];
    const { status } = spawnSync('docker', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Failure(`${name} could not be built.`);
    const base = baseOf(join(root, dockerfile));
    const [size, below] = [sizeMbOf(name), sizeMbOf(base)];
    const added = size !== undefined && below !== undefined ? `, ${size - below} MB on ${base}` : '';
    console.log(size === undefined ? '  built, but not here' : `  ${size} MB${added}`);
  }
  return own.map(({ name }) => name);
};

if (import.meta.main) {
  try {
    buildImages(join(import.meta.dirname, '../..'), process.env, process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
