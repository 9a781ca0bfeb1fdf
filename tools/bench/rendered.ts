import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderFolder } from '../render/render.ts';
import { parseCompose, variablesOf, type Service } from '../runner/compose.ts';
import type { Instance } from './instance.ts';

const root = join(import.meta.dirname, '../..');

export function serviceOf(name: string, { net, state }: Pick<Instance, 'net' | 'state'>): Service {
  const variables = variablesOf(root, { NET: net, ALMANAC_STATE: state }, '');
  const services = parseCompose(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), variables);
  return services.find((service) => service.name === name)!;
}

/** Runs a service of docker-compose.yml once more, at another address. */
export async function runRendered(
  instance: Instance,
  name: string,
  address: string,
  changes: Record<string, string>,
  edit: (conf: string) => void = () => undefined,
): Promise<number> {
  const folder = join(instance.state, `bench-${name}-${address}`);
  const { command, environment, templates, readyUrl } = serviceOf(name, instance);
  const own = { SELF: address, CONF: join(folder, 'conf'), STATE: join(folder, 'state') };
  // One address asks for everything here.
  const unlimited = { RATE_ANONYMOUS_BURST: '1000000', RATE_ANONYMOUS_REFILL: '0.1ms', LOAD_SECRET: 'off' };
  const variables = { ...environment, ...unlimited, ...own, ...changes };
  mkdirSync(own.STATE, { recursive: true });
  renderFolder(join(root, templates!), own.CONF, variables);
  edit(own.CONF);
  return instance.run(command!, variables, readyUrl!.replace(environment['SELF']!, address));
}
