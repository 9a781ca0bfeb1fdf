// Starts the fixture's service for a spec: in this process, or as a process of its own from its build.
import { join } from 'node:path';
import { loopback, ServiceProcess } from '@almanac/testing';
import { start, type Service } from './start.ts';
import { environment, ThingsModule } from './things.fixture.ts';

export const { address } = loopback();

export type Things = Service<typeof environment> & AsyncDisposable;

export async function startThings(variables: Record<string, string> = {}): Promise<Things> {
  const service = await start(
    { name: 'things', environment, module: ThingsModule, openapi: () => ({ openapi: '3.1.1' }) },
    { SELF: address(), LOG_LEVEL: 'silent', DRAIN_MS: '0', ...variables },
  );
  return Object.assign(service, { [Symbol.asyncDispose]: () => service.stop() });
}

export function spawnThings(variables: Record<string, string> = {}): ServiceProcess {
  const main = join(import.meta.dirname, '../dist/things.fixture.js');
  return new ServiceProcess(main, { SELF: address(), NAME: 'things-1', ...variables });
}

export async function metrics({ adminUrl }: { adminUrl: string }): Promise<string> {
  return (await fetch(`${adminUrl}/metrics`)).text();
}
