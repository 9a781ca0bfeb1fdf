import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
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

  /** What comes back for these very bytes. */
  const send = (request: string) => {
    const socket = connect(join(run, 'control'));
    socket.end(request);
    return text(socket);
  };

  it.each(['//', '//?service=one', 'http://', 'http://[', 'http://runner:x/status'])(
    'answers 400 to %s, which is no address, and goes on',
    async (path) => {
      const answer = await send(`POST ${path} HTTP/1.1\r\nHost: runner\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('{"error":"Invalid URL"}');
      expect(await askRunner(run, 'status')).toEqual({ action: 'status', services: [] });
    },
  );

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
