import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { soak, soaks } from './soak.ts';

const root = join(import.meta.dirname, '../..');

describe(soak, () => {
  it.each(Object.values(soaks))('%s has a full size', (spec) =>
    expect(readFileSync(join(root, spec), 'utf8')).toMatch(/import { isSoak.* } from '\.\/soak\.ts';/),
  );

  it('says what there is', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'cli.ts'), 'nothing'], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({
      status: 64,
      stderr: 'usage: npm run soak <name>; there is: deception, experiments, overload\n',
    });
  });
});
