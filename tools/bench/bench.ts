// npm run bench <name>: figures beside their references in the same run. Exit status 1 where a floor is not reached.
import { Failure } from '../setup/failure.mjs';

const benches: Record<string, () => Promise<{ bench: () => Promise<boolean> }>> = {
  caches: () => import('./caches.ts'),
  dictionary: () => import('./dictionary.ts'),
  edge: () => import('./edge.ts'),
  replicas: () => import('./replicas.ts'),
};

const [name = ''] = process.argv.slice(2);
const load = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (!load) {
  console.error(`usage: npm run bench <name>; there is: ${Object.keys(benches).join(', ')}`);
  process.exit(64);
}
try {
  process.exitCode = (await (await load()).bench()) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Failure ? error.message : error);
  process.exitCode = 1;
}
