import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { notices } from './notices.ts';

describe('THIRD-PARTY-NOTICES.md', () => {
  const written = readFileSync(join(import.meta.dirname, '../../THIRD-PARTY-NOTICES.md'), 'utf8');

  it('lists what runs today (node tools/notices/notices.ts writes it anew)', () => {
    expect(written).toBe(notices());
  });

  it('has no package whose licence is not known, or binds what is built on it', () => {
    expect(written).not.toMatch(/\*\*(?:unknown|UNLICENSED|A?GPL|SSPL|BUSL)/i);
  });
});
