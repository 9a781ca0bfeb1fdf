import { clusterInstance } from './cluster.ts';
import { composeInstance } from './compose.ts';
import { nativeInstance } from './native.ts';

const instances = { native: nativeInstance, compose: composeInstance, cluster: clusterInstance };

/** Starts an instance of its own: other addresses, ports and state than any other run's. */
export default async () => {
  const driver = (process.env['ALMANAC_SYSTEM'] ?? 'native') as keyof typeof instances;
  // All parts, and faults to be switched on; on a cluster values say so (cluster.ts).
  Object.assign(process.env, { COMPOSE_PROFILES: 'dictionary,monitoring', FAULTS: 'on' }, instances[driver]());
  const { system } = await import('./system.ts');
  try {
    await system.start();
  } catch (error) {
    await system.stop(); // Jest would leave it.
    throw error;
  }
};
