import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { baseEnvironment } from './environment.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

/** A table as it is without the padding that a formatter adds. */
const plain = (text: string): string => text.replace(/ *\| */g, '|').replace(/-{3,}/g, '---');

function row([name, schema]: [string, z.ZodType]): string {
  const { defaultValue } = schema.def as { defaultValue?: string | number };
  return `| \`${name}\` | ${defaultValue === undefined ? '' : `\`${defaultValue}\``} | ${schema.description ?? ''} |`;
}

describe('README.md', () => {
  it('has the configuration as it is', () => {
    const table = ['| variable | default | |', '|---|---|---|', ...Object.entries(baseEnvironment.shape).map(row)];
    expect(plain(readme)).toContain(plain(table.join('\n')));
  });
});
