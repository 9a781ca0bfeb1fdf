import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { imagesOf } from './images.ts';

const root = join(import.meta.dirname, '../..');
const { own, official } = imagesOf(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { TAG: '9' });

describe(imagesOf, () => {
  it('finds each image once, with the tag that is asked for', () => {
    expect(own.map(({ name }) => name).sort()).toEqual([
      'almanac/dictionary-recent:9',
      'almanac/dictionary-server:9',
      'almanac/exporters:9',
      'almanac/init:9',
      'almanac/web:9',
    ]);
    expect(official.sort()).toEqual(['nginx:1.30', 'prom/prometheus:v3.5.3', 'varnish:7.7']);
  });

  it('has one service build each, by every `up`, and the others take that: two that build one at a time get in each other’s way', () => {
    const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    const { services } = parse(text, { merge: true }) as { services: Record<string, Record<string, string>> };
    const ours = Object.values(services).filter(({ image }) => image!.startsWith('almanac/'));
    const builders = ours.filter(({ build }) => build);
    expect(builders.map(({ image }) => image).sort()).toEqual([...new Set(ours.map(({ image }) => image))].sort());
    for (const service of ours) expect(service['pull_policy']).toBe(service['build'] ? 'build' : 'never');
  });

  it('names Dockerfiles that there are', () => {
    for (const { dockerfile } of own) expect(existsSync(join(root, dockerfile))).toBe(true);
  });
});

describe('the Dockerfiles of Node services', () => {
  const files = own.map(({ dockerfile }) => dockerfile).filter((path) => path.startsWith('apps/'));
  const texts = files.map((path) => [path.replace('/Dockerfile', ''), readFileSync(join(root, path), 'utf8')] as const);
  /** The stages before `build`, with the app's own folder taken out. */
  const pattern = (app: string, text: string) =>
    text.slice(text.indexOf('FROM '), text.indexOf('RUN NX_DAEMON')).replaceAll(app, '<app>');

  it('are one pattern', () => {
    expect(new Set(texts.map(([app, text]) => pattern(app, text))).size).toBe(1);
    const [[app, text]] = texts as [(typeof texts)[number]];
    expect(pattern(app, text.replace('npm ci --omit=dev', 'npm ci'))).not.toBe(pattern(app, text));
  });

  it('have a user of their own each, by number, as Kubernetes can only check numbers', () => {
    const users = texts.map(([, text]) => /^USER (\d+):\1$/m.exec(text)?.[1]);
    expect(users).not.toContain(undefined);
    expect(new Set(users).size).toBe(users.length);
  });

  it.each(texts)('%s says what it is, its ports and its command', (app, text) => {
    for (const label of ['title', 'description', 'licenses', 'version']) {
      expect(text).toContain(`org.opencontainers.image.${label}="`);
    }
    expect(text).toContain(`almanac.readme="${app}/README.md"`);
    expect(text).toContain('EXPOSE 8080 9090');
    expect(text).toContain(`CMD ["node", "${app}/dist/main.js"]`);
  });

  it.each(texts)('%s has no secret and no machine of its own in it', (_app, text) => {
    expect(text).not.toMatch(/--mount|<<|amd64|arm64|x86|https?:/);
  });
});
