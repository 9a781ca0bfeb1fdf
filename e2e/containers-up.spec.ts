// What `docker compose up` does for somebody who changes something. In a copy of the checkout, as an instance of its own.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { composeIn, composeInstance } from './compose.ts';
import { root } from './kube.ts';
import { Visitor, type Answer } from './visitor.ts';

describe('docker compose up', () => {
  const copy = mkdtempSync(join(tmpdir(), 'almanac-copy-'));
  // Without the dictionary, which nothing here asks.
  const instance = { ...composeInstance(), CHECKOUT: copy, COMPOSE_PROFILES: '' };
  const compose = (...args: string[]) => composeIn(copy, instance, ...args);
  const up = () => compose('up', '--detach', '--wait', '--wait-timeout', '300');
  const ask = async (path: string): Promise<Answer> => {
    const visitor = new Visitor({
      url: `https://${instance.PUBLISH}:8443`,
      ca: readFileSync(join(copy, '.almanac/certs/ca.crt'), 'utf8'),
    });
    return visitor.ask(path).finally(() => visitor.close());
  };
  const change = (file: string, from: string, to: string) => {
    const text = readFileSync(join(copy, file), 'utf8');
    expect(text).toContain(from);
    writeFileSync(join(copy, file), text.replaceAll(from, to));
  };

  beforeAll(async () => {
    const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
    for (const file of files) cpSync(join(root, file), join(copy, file));
    await up();
  });
  afterAll(async () => {
    await compose('down', '--volumes', '--remove-orphans');
    const images = ['web', 'init'].map((name) => `almanac/${name}:${instance.TAG}`);
    execFileSync('docker', ['image', 'rm', ...images], { stdio: 'ignore' });
    rmSync(copy, { recursive: true, force: true });
  });

  it('builds again what has changed, and starts it', async () => {
    expect((await ask('/about')).body).not.toContain('Another sentence.');
    change('apps/web/pages/about.html', '</p>', ' Another sentence.</p>');
    await up();
    // The caches still have the page of before.
    const page = await compose('exec', '-T', 'web', 'sh', '-c', 'cat apps/web/dist/public/about*.html');
    expect(page).toContain('Another sentence.');
  });

  it('gives running servers another configuration', async () => {
    expect((await ask('/about')).headers['x-frame-options']).toBe('DENY');
    change('charts/almanac/charts/edge/files/answers.conf', 'X-Frame-Options DENY', 'X-Frame-Options SAMEORIGIN');
    await up();
    await until(async () => (await ask('/about')).headers['x-frame-options'] === 'SAMEORIGIN', 'the other header');
  });

  it('gives running caches another configuration', async () => {
    change('charts/almanac/charts/cache/files/default.vcl', 'unset resp.http.Via;', 'set resp.http.X-New = "yes";');
    await up();
    await until(async () => (await ask('/about')).headers['x-new'] === 'yes', 'what is new');
  });

  it('gives running servers another certificate', async () => {
    rmSync(join(copy, '.almanac/certs'), { recursive: true });
    await up();
    await until(async () => (await ask('/about')).status === 200, 'a certificate of the authority that is there now');
    const call = `require('node:tls').connect(8443, process.env.SELF, {
      servername: 'web.localhost', ca: require('node:fs').readFileSync('/certs/ca.crt'),
    }, () => process.exit(0)).on('error', () => process.exit(1))`;
    const isTrusted = () =>
      compose('exec', '-T', 'web', 'node', '-e', call).then(
        () => true,
        () => false,
      );
    await until(isTrusted, 'web has one of it too');
  });

  /** What becomes of a request on a connection that was idle when the edge was asked to end. */
  const afterTheEnd = async (): Promise<string> => {
    const ca = readFileSync(join(copy, '.almanac/certs/ca.crt'), 'utf8');
    const socket = connect({ host: instance.PUBLISH, port: 8443, ca });
    await once(socket, 'secureConnect');
    let said = '';
    socket.setEncoding('utf8').on('data', (part: string) => (said += part));
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    const request = 'GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n';
    socket.write(request);
    await until(() => /^HTTP\/1\.1 200 /.test(said), 'the first answer');
    const first = said.length;
    const mayConnect = async () => {
      const other = connect({ host: instance.PUBLISH, port: 8443, ca });
      return once(other, 'secureConnect').then(
        () => Boolean(other.destroy()),
        () => false,
      );
    };
    // To the master and its workers: nginx closes its listeners, and finishes.
    await compose('exec', '-T', 'edge', 'sh', '-c', 'kill -QUIT $(cat /proc/1/task/1/children)');
    await until(async () => !(await mayConnect()), 'nobody new is let in');
    if (socket.writable) socket.write(request);
    await closed;
    await up();
    return said.slice(first);
  };

  it('ends an edge without cutting off who is just asking: each connection is answered once more', async () => {
    expect(await afterTheEnd()).toMatch(/^HTTP\/1\.1 200 [^]*\r\nConnection: close\r\n/i);
  });

  it('cuts connections off that are idle where none is kept (control)', async () => {
    change('docker-compose.yml', 'KEEPALIVE_MIN: 5s', "KEEPALIVE_MIN: 'off'");
    await up();
    expect(await afterTheEnd()).toBe('');
    change('docker-compose.yml', "KEEPALIVE_MIN: 'off'\n  CONF", 'KEEPALIVE_MIN: 5s\n  CONF');
    await up();
  });

  it('ends and says whose fault it is when a value is wrong, instead of waiting for ever', async () => {
    const wrong = composeIn(copy, { ...instance, HSTS: 'a;b' }, 'up', '--detach', '--wait', '--wait-timeout', '60');
    await expect(wrong).rejects.toThrow(/edge-conf.* exit 78|edge-conf/);
    expect(await compose('logs', '--no-log-prefix', 'edge-conf')).toContain('HSTS holds a control character or one of');
    await up();
  });
});
