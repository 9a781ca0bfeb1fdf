import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { globSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { freePort, kubectl, root } from '../kube.ts';
import { readReadme } from '../readme.ts';
import { Visitor } from '../visitor.ts';

const run = promisify(execFile);
const { CLUSTER_TAG: tag = '' } = process.env;
const namespace = `almanac-readme-${randomBytes(3).toString('hex')}`;

/** The commands as they stand there, in a namespace of this run and with the images of this run. */
const here = (line: string) =>
  line
    .replace(/(-n|--namespace) almanac\b/, `$1 ${namespace}`)
    .replace(/^helm install .*/, `$& --set global.images.tag=${tag}`);
const readmes = ['README.md', 'charts/almanac/README.md'];
const pages = globSync('docs/patterns/*.md', { cwd: root });
const lines = [...new Set([...readmes, ...pages].flatMap((file) => readReadme(file).elsewhere))].filter((line) =>
  /^(helm|kubectl) /.test(line),
);

describe('what the READMEs say about a cluster', () => {
  afterAll(async () => {
    await run('helm', ['uninstall', 'almanac', '-n', namespace, '--wait']);
    await kubectl('delete', 'namespace', namespace, '--wait=false');
  });

  it.each(lines.filter((line) => line.startsWith('helm ')))('%s', async (line) => {
    await run('bash', ['-c', here(line)], { cwd: root });
  });

  it.each(lines.filter((line) => line.startsWith('kubectl get ')))('%s', async (line) => {
    const { stdout } = await run('bash', ['-c', here(line)], { cwd: root });
    expect(stdout.trim().split('\n').length).toBeGreaterThan(1);
  });

  it.each(lines.filter((line) => line.includes('port-forward')))('%s', async (line) => {
    const [https, http] = [await freePort(), await freePort()];
    const command = here(line).replace('8443:', `${https}:`).replace('8080:', `${http}:`);
    const forward = spawn('bash', ['-c', `exec ${command}`], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      let said = '';
      forward.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
      await until(() => said.includes('Forwarding from'), 'kubectl forwards');
      const ca = await kubectl(
        '-n',
        namespace,
        'get',
        'configmap',
        'almanac-edge-ca',
        '-o',
        'jsonpath={.data.ca\\.crt}',
      );
      const visitor = new Visitor({ url: `https://localhost:${https}`, ca });
      expect((await visitor.ask('/api/dictionary/words/dog')).status).toBe(200);
      visitor.close();
    } finally {
      const ended = once(forward, 'exit');
      forward.kill();
      await ended;
    }
  });
});
