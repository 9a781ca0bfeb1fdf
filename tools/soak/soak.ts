// npm run soak <name>: a promise in its full size, for minutes. `npm test` runs the same spec in seconds.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The spec of the system suite that says a full size (e2e/soak.ts). */
export const soaks: Record<string, string> = {
  deception: 'e2e/deception.spec.ts',
  experiments: 'e2e/experiments.spec.ts',
  overload: 'e2e/overload.spec.ts',
};

/** Answers the exit status. */
export const soak = (name: string): number => {
  const spec = Object.hasOwn(soaks, name) ? soaks[name] : undefined;
  if (!spec) {
    console.error(`usage: npm run soak <name>; there is: ${Object.keys(soaks).join(', ')}`);
    return 64;
  }
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  // An hour: whoever runs it wants to see the end of it.
  const args = [...jest, '--config', 'e2e/jest.config.mjs', '--testTimeout', '3600000', spec];
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, SOAK: '1' },
  });
  return status ?? 1;
};
