// npm run charts:examples [-- folder]: what the chart makes of its values, for readers and for whoever reviews a change.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const chart = 'charts/almanac';
const examples = join(chart, 'examples');

/** Without what is another one at each rendering (keys, certificates, secrets), and without the files that lie in files/ anyway. */
const masked = (rendered: string): string =>
  rendered
    .replace(/^(\s+(?:ca|tls)\.(?:crt|key): ).*$/gm, '$1Z2VuZXJhdGVkCg==')
    .replace(/^( {2}secret: )\S+$/gm, '$1Z2VuZXJhdGVkCg==')
    .replace(/^(\s+almanac\/not-after: ).*$/gm, '$1"0"')
    .replace(/^(\s+checksum\/[\w-]+: ).*$/gm, '$1"0"')
    .replace(/^( {2}[\w-]+\.(?:conf|vcl): \|\n)(?: {4}.*\n| *\n)+/gm, '$1    # as in files/\n');

const valuesOf = (example: string): string[] => {
  if (example === 'full') return ['-f', join(chart, 'values-full.yaml')];
  const values = join(examples, example, 'values.yaml');
  return existsSync(values) ? ['-f', values] : [];
};

const to = process.argv[2] ?? examples;
for (const example of readdirSync(examples)) {
  const args = ['template', 'almanac', chart, '--namespace', 'almanac', ...valuesOf(example)];
  mkdirSync(join(to, example), { recursive: true });
  writeFileSync(join(to, example, 'rendered.yaml'), masked(execFileSync('helm', args, { encoding: 'utf8' })));
}
