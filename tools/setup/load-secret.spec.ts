import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLoadSecret } from './load-secret.mjs';

describe(makeLoadSecret, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'load-secret-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const path = () => join(folder, 'load-secret');
  const make = () => {
    makeLoadSecret(folder);
    return readFileSync(path(), 'utf8');
  };

  it('makes 256 bits that only their owner reads, and keeps them', () => {
    const made = make();
    expect(made).toMatch(/^[\w-]{43}\n$/);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(make()).toBe(made);
    expect(readdirSync(folder)).toEqual(['load-secret']);
  });

  it('takes one that others could read away from them', () => {
    const made = make();
    chmodSync(path(), 0o644);
    expect(make()).toBe(made);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it('makes another one each time', () => {
    const made = make();
    rmSync(path());
    expect(make()).not.toBe(made);
  });

  it.each(['', 'off', 'too-short', 'x'.repeat(30) + ' '])('puts another one for %j', (bad) => {
    writeFileSync(path(), bad, { mode: 0o644 });
    expect(make()).toMatch(/^[\w-]{43}\n$/);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });
});
