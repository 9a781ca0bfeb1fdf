import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { System } from './compose.ts';

/** What must be there before a system can run. */
export interface Plan {
  /** Debian packages. */
  packages: string[];
  /** Nx projects to build. */
  projects: string[];
  state: string;
  publish: string;
}

/** The app whose build a command line runs, such as apps/web of `node apps/web/dist/main.js`. */
const appOf = (commandLine: string) => /(\S+)\/dist\//.exec(commandLine)?.[1];

const nameIn = (file: string) => (JSON.parse(readFileSync(file, 'utf8')) as { name: string }).name;

export const planOf = ({ root, services, state, variables }: System): Plan => {
  const lines = services.flatMap(({ command, environment }) => [command!.join(' '), ...Object.values(environment)]);
  const apps = new Set(
    lines.map(appOf).filter((app) => app !== undefined && existsSync(join(root, app, 'project.json'))),
  );
  const projects = [...apps].map((app) => nameIn(join(root, app!, 'project.json')));
  const packages = [...new Set(['openssl', ...services.flatMap((service) => service.packages)])];
  return { packages, projects, state, publish: variables['PUBLISH']! };
};
