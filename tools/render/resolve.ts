// Names in lists become addresses before a configuration is written: nginx and Varnish look a name up once, when they
// load it, and do not start where it has none yet.
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TemplateError, type Environment } from './render.ts';

export interface ResolveOptions {
  /** How long all names may take, all tries together. */
  timeoutMs: number;
  /** Between two tries. */
  pauseMs: number;
  /** Told once about each name that has no address yet. */
  onWait: (host: string, why: string) => void;
  lookup?: (host: string) => Promise<string>;
}

const ipv4 = async (host: string) => (await lookup(host, { family: 4 })).address;

/**
 * The environment with `host:port host:port …` in the variables of these names as `address:port …`.
 * @throws TemplateError when a variable is not set, an entry is not host:port, or a name has no address in time
 */
export const resolveLists = async (
  environment: Environment,
  names: readonly string[],
  { timeoutMs, pauseMs, onWait, lookup: find = ipv4 }: ResolveOptions,
): Promise<Environment> => {
  const endMs = performance.now() + timeoutMs;
  const addressOf = async (host: string): Promise<string> => {
    if (isIP(host)) return host;
    for (let tries = 0; ; tries++) {
      try {
        return await find(host);
      } catch (error) {
        const why = (error as NodeJS.ErrnoException).code ?? String(error);
        if (performance.now() + pauseMs > endMs)
          throw new TemplateError(`${host} has no address within ${timeoutMs} ms: ${why}`);
        if (tries === 0) onWait(host, why);
        await sleep(pauseMs);
      }
    }
  };
  const resolved = await Promise.all(
    names.map(async (name) => {
      const list = environment[name]?.match(/\S+/g) ?? [];
      if (list.length === 0) throw new TemplateError(`${name} is not set`);
      const addresses = list.map(async (entry) => {
        const [, host, port] = /^([^:\s]+):(\d+)$/.exec(entry) ?? [];
        if (!host) throw new TemplateError(`${name}: ${entry} is not host:port`);
        return `${await addressOf(host)}:${port}`;
      });
      return [name, (await Promise.all(addresses)).join(' ')] as const;
    }),
  );
  return { ...environment, ...Object.fromEntries(resolved) };
};
