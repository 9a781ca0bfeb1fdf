import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { system } from './system.ts';

describe('the entry, on one machine', () => {
  it('is at the published address only', async () => {
    // Nothing of the instance listens on all addresses: another loopback address has the entry's port free.
    const { port } = new URL(system.url);
    const free = await new Promise((resolve) => {
      const server = createServer().on('error', () => resolve(false));
      server.listen(Number(port), '127.0.0.77', () => server.close(() => resolve(true)));
    });
    expect(free).toBe(true);
  });
});
