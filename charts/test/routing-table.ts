import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** What can be seen of a row from outside. */
export interface Behaviour {
  methods: string[];
  service: 'dictionary' | 'recent' | 'web' | 'none';
  cache: false | { secondsMax: number; query: string[]; onePerRow?: true };
  identity: 'none' | 'passed on';
  affinity: 'none' | 'visitor';
  bodyBytesMax: number;
  timeoutMs: number;
  retriedBy: ('edge' | 'cache')[];
}
interface Address {
  path: string;
  example: string;
}
export type Route = Address & Behaviour & { service: 'dictionary' | 'recent' | 'web' };
export type Refused = Address & { service: 'none' };

const table = join(import.meta.dirname, '../almanac/charts/edge/files/routes.yaml');
const { routes } = parse(readFileSync(table, 'utf8')) as { routes: (Route | Refused)[] };

export const served = routes.filter((row): row is Route => row.service !== 'none');
export const refused = routes.filter((row): row is Refused => row.service === 'none');
