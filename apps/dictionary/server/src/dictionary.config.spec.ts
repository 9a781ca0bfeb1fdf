import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { environment } from './dictionary.config.ts';

describe('the configuration in the README', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const defaults = environment.parse({ WORDS_URL: 'http://web:8080/data' });

  it.each(Object.entries(environment.shape))('has %s with its default and what it is for', (name, schema) => {
    const [, value, purpose] = new RegExp(`^\\| \`${name}\` +\\| (\\S+) +\\| (.+?) +\\|$`, 'm').exec(readme)!;
    expect(value).toBe(
      schema.safeParse(undefined).success ? String(defaults[name as keyof typeof defaults] ?? 'unset') : 'required',
    );
    expect(purpose).toContain(schema.description!);
  });
});
