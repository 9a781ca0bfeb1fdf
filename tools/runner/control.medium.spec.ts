import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { askRunner, serveControl } from './control.ts';

const isRoot = process.getuid?.() === 0;

describe(serveControl, () => {
  let run: string;
  let server: Server;
  beforeEach(async () => {
    run = mkdtempSync(join(tmpdir(), 'almanac-control-'));
    server = await serveControl(run, (action, services) => {
      if (action === 'refuse') throw new Error('not this');
      return { action, services };
    });
  });
  afterEach(() => {
    server.close();
    rmSync(run, { recursive: true, force: true });
  });

  it('answers by name, refuses in a sentence, and is silent where nobody listens', async () => {
    expect(await askRunner(run, 'hold', ['one', 'two'])).toEqual({ action: 'hold', services: ['one', 'two'] });
    await expect(askRunner(run, 'refuse')).rejects.toThrow('not this');
    expect(await askRunner(join(run, 'elsewhere'), 'status')).toBeUndefined();
  });

  /** The exit status of curl at the door, as a user who is nobody here. 7: it could not connect. */
  const knockAsNobody = async () => {
    chmodSync(run, 0o755);
    const curl = ['curl', '--silent', '--unix-socket', 'control', 'http://runner/status'];
    const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', ...curl];
    const [status] = await once(spawn('setpriv', asNobody, { cwd: run, stdio: 'ignore' }), 'exit');
    return status as number;
  };

  it('lets only its user in', async () => {
    expect((statSync(join(run, 'control')).mode & 0o777).toString(8)).toBe('700');
    if (isRoot) expect(await knockAsNobody()).toBe(7);
  });

  (isRoot ? it : it.skip)('would let anybody in by the rights that files usually have', async () => {
    chmodSync(join(run, 'control'), 0o777);
    expect(await knockAsNobody()).toBe(0);
  });
});
