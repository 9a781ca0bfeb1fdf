import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../../infra/images/probe');

describe('probe', () => {
  let folder: string;
  let server: Server;
  let answer: RequestListener;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'probe-'));
    answer = (_, response) => response.end('ok');
    server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  const url = (path = '/livez') => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const probe = (what: string) =>
    new Promise<{ status: number; said: string }>((resolve) => {
      const child = execFile(program, [what], { env: { ...process.env, TMPDIR: folder } }, (_, stdout, stderr) =>
        resolve({ status: child.exitCode ?? -1, said: stdout + stderr }),
      );
    });
  const failures = () => {
    const file = join(folder, 'probe-failures');
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  };

  it.each([200, 204, 308])('is content with %d', async (status) => {
    answer = (_, response) => response.writeHead(status).end();
    expect((await probe(url())).status).toBe(0);
  });

  it.each([404, 500, 503])('is not content with %d, and says so', async (status) => {
    answer = (_, response) => response.writeHead(status).end();
    expect(await probe(url())).toEqual({ status: 1, said: `${url()} answered ${status}\n` });
  });

  it('asks for the path', async () => {
    answer = ({ url: path, method }, response) =>
      response.writeHead(method === 'GET' && path === '/a?b' ? 200 : 400).end();
    expect((await probe(url('/a?b'))).status).toBe(0);
  });

  it('is not content with nobody, or with no answer in time', async () => {
    answer = () => {};
    expect((await probe(url())).said).toContain('answered nothing');
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    expect(await probe('http://127.0.0.1:1/')).toMatchObject({
      status: 1,
      said: expect.stringContaining('cannot be connected to'),
    });
  });

  it.each(['', 'localhost', 'https://127.0.0.1/', 'http://127.0.0.1/', 'http://127.0.0.1:80'])(
    'refuses %j',
    async (what) => {
      expect((await probe(what)).status).toBe(64);
    },
  );

  it.each([
    [45, undefined],
    [60, 1],
  ])('counts failures of what has never been well, seen first %i s ago: %p', async (secondsAgo, counted) => {
    answer = (_, response) => response.writeHead(500).end();
    await probe(url());
    expect(failures()).toBeUndefined();
    const since = join(folder, 'probe-since');
    writeFileSync(since, String(Number(readFileSync(since, 'utf8')) - secondsAgo));
    await probe(url());
    expect(failures()).toBe(counted);
  });

  it('counts failures at once after it has been content, and from the last time on', async () => {
    const well = answer;
    answer = (_, response) => response.writeHead(500).end();
    await probe(url());
    expect(failures()).toBeUndefined();
    answer = well;
    await probe(url());
    answer = (_, response) => response.writeHead(500).end();
    await probe(url());
    await probe(url());
    expect(failures()).toBe(2);
    answer = well;
    await probe(url());
    expect(failures()).toBe(0);
  });

  it('runs a server, and what is to be done once its configuration or certificate is another one', async () => {
    const environment = { ...process.env, TMPDIR: folder, CONF: join(folder, 'conf'), CERTS: join(folder, 'certs') };
    const call = (...args: string[]) => execFileSync(program, args, { env: environment, encoding: 'utf8' });
    for (const name of ['conf', 'certs']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'conf/a'), '1');
    expect(call('run', `echo again >>"${folder}/reloads"`, 'sh', '-c', 'echo "$0 $1"', 'one', 'two')).toBe('one two\n');
    const reloads = async () => {
      await new Promise((resolve) => execFile(program, [url()], { env: environment }, resolve));
      return existsSync(join(folder, 'reloads')) ? readFileSync(join(folder, 'reloads'), 'utf8') : '';
    };
    expect(await reloads()).toBe('');
    writeFileSync(join(folder, 'conf/a'), '2');
    expect(await reloads()).toBe('again\n');
    expect(await reloads()).toBe('again\n');
    writeFileSync(join(folder, 'certs/edge.crt'), 'new');
    expect(await reloads()).toBe('again\nagain\n');
  });

  it('ends nothing where process 1 is no container’s init, however often it fails', async () => {
    await probe(url());
    answer = (_, response) => response.writeHead(500).end();
    for (let n = 1; n <= 5; n++) expect((await probe(url())).status).toBe(1);
    expect(failures()).toBe(5);
  });
});
