import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadVisitor } from '@almanac/experiments';
import { deceptions } from '@almanac/testing';
import { isSoak, tellOfSoak } from './soak.ts';
import { system } from './system.ts';

const path = '/api/dictionary/recent';
/** All thousand, or each twentieth. */
const addresses = deceptions(path).filter((_, n) => isSoak || n % 20 === 7);

describe('a visitor’s look-ups, at addresses that look like files', () => {
  // One to the caches, so that all ask the same one.
  const visitor = loadVisitor(system, 0);
  const own = { victim: '', attacker: '' };
  beforeAll(async () => {
    await system.ready('recent-1', 'recent-2', 'recent-3', 'cache-1', 'cache-2', 'edge');
    for (const name of ['victim', 'attacker'] as const) {
      const [headers, body] = [{ 'Content-Type': 'application/json' }, JSON.stringify({ word: `of-the-${name}` })];
      const answer = await visitor.ask(path, { method: 'POST', headers, body });
      own[name] = answer.headers['set-cookie']![0]!.split(';')[0]!;
    }
  });
  afterAll(() => visitor.close());

  it('are told to nobody else, nor by a cache', async () => {
    const statuses: Record<number, number> = {};
    let told = 0;
    for (const address of addresses) {
      const { status, body, headers } = await visitor.ask(address, { headers: { Cookie: own.victim } });
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (body.includes('of-the-victim')) {
        told += 1;
        expect({ address, how: headers['cache-status'] }).toEqual({
          address,
          how: expect.stringMatching(/; fwd=bypass$/),
        });
      }
      const others = [await visitor.ask(address, { headers: { Cookie: own.attacker } }), await visitor.ask(address)];
      const isTold = others.some(({ body }) => body.includes('of-the-victim'));
      expect({ address, isTold }).toEqual({ address, isTold: false });
    }
    // At their own address, with a query.
    expect(told).toBe(addresses.filter((address) => address.startsWith(`${path}?`)).length);
    expect(told).toBeGreaterThan(0);
    tellOfSoak(
      `${addresses.length} addresses: ${JSON.stringify(statuses)}; ${told} are the visitor’s own, none anybody else’s`,
    );
  });
});
