// Far more at a time than a limit admits: than the edge takes of one address, and than the caches ask of a replica.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectionsTo } from './connections.ts';
import type { Outcome } from './crowd.ts';
import { median, overload } from './overload.ts';
import { isSoak } from './soak.ts';
import { driver, system } from './system.ts';

const replicas = ['dictionary-1', 'dictionary-2', 'dictionary-3'];
const caches = ['cache-1', 'cache-2'];
const waves = isSoak ? 20 : 1;
/** CONNECTIONS (docker-compose.yml): of one address. */
const connections = 256;
/** max_connections (default.vcl): of each cache for each replica. */
const fetches = 128;
/**
 * Varnish counts a connection when it is there, so more slip through while one is made: of 640 calls in the very same moment
 * 443 once did, which then meet the replica's own limit (MAX_CONCURRENCY). So they arrive within a while here.
 */
const withinMs = 200;
const fetchesMost = 2 * fetches;

let before: Awaited<ReturnType<typeof system.states>>;
/** Sooner than others are answered, by a problem that says when to ask again; who is admitted is answered; and nothing has ended. */
const expectOrder = async ({ answered, refused }: { answered: Outcome[]; refused: Outcome[] }, status: number) => {
  expect(answered.length).toBeGreaterThan(0);
  expect(refused.length).toBeGreaterThan(0);
  for (const how of refused)
    expect(how).toEqual({
      tookMs: expect.any(Number),
      status,
      error: undefined,
      contentType: 'application/problem+json',
      retryAfter: expect.stringMatching(/^[1-9]\d*$/),
    });
  expect(median(refused)).toBeLessThan(median(answered));
  expect(await system.states()).toEqual(before);
};

describe('five times as many calls as the edge takes of one address', () => {
  beforeAll(async () => {
    await system.ready(...replicas, ...caches, 'edge');
    before = await system.states();
  });

  it('429 for the excess, and all is as before', async () => {
    const addressOf = system.addressOf && (() => system.addressOf!(0));
    const outcome = await overload({ waves, limit: connections, running: replicas, ...(addressOf && { addressOf }) });
    await expectOrder(outcome, 429);
    expect(outcome.answered.length).toBeGreaterThanOrEqual(connections);
  });
});

// Only loopback has many addresses.
if (driver === 'native')
  describe('five times as many calls as a cache asks of a replica, from many addresses', () => {
    // One of each, so that the edge has connections for all of them.
    const running = ['dictionary-1'];
    const away = ['dictionary-2', 'dictionary-3', 'cache-2'];
    // Not what the replica has under way: on a busy machine that has calls of it, too, which the cache has given up.
    const activeOf = (replica: string) => connectionsTo(`${process.env['NET']}.4${replica.at(-1)}`, 8080);
    const fromEverywhere = {
      limit: fetches,
      withinMs,
      running,
      activeOf,
      addressOf: (n: number) => system.addressOf!(n),
    };

    beforeAll(async () => {
      await system.hold(...away);
      before = await system.states();
    });
    afterAll(async () => {
      await system.release(...away);
      await system.ready(...replicas, ...caches);
    });

    it('503 from it for the excess, not much more at a replica than it may have, and all is as before', async () => {
      const outcome = await overload({ ...fromEverywhere, waves });
      await expectOrder(outcome, 503);
      expect(outcome.mostAtATime).toBeLessThanOrEqual(fetchesMost);
    });

    it('far more at a replica where nothing bounds what a cache asks of it (control)', async () => {
      const folder = join(process.env['ALMANAC_STATE']!, 'run/cache-1');
      const admin = (...args: string[]) => execFileSync('varnishadm', ['-n', join(folder, 'state'), ...args]);
      const bound = readFileSync(join(folder, 'conf/default.vcl'), 'utf8');
      const unbound = bound.replaceAll('.max_connections = 128;', '');
      expect(unbound).not.toBe(bound);
      writeFileSync(join(folder, 'conf/unbound.vcl'), unbound);
      admin('vcl.load', 'unbound', join(folder, 'conf/unbound.vcl'));
      admin('vcl.use', 'unbound');
      try {
        expect((await overload({ ...fromEverywhere, waves: 1 })).mostAtATime).toBeGreaterThan(fetchesMost);
      } finally {
        admin('vcl.use', 'boot');
      }
    });
  });
