// Stands for a test run that is ended in the middle: it has started a service, with or without a tether, and says where.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ServiceProcess } from './service-process.ts';

const main = join(import.meta.dirname, 'service.fixture.ts');
const environment = { SELF: process.argv[2]!, NAME: 'service-1' };
if (process.argv[3] === 'tethered') {
  const service = await new ServiceProcess(main, environment).ready();
  console.log(String(service.child.pid));
} else {
  const child = spawn(process.execPath, [main], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  console.log(String(child.pid));
}
