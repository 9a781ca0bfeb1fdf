import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { RecentLookUps } from '@almanac/contracts-recent';
import { until } from '@almanac/testing';
import { chromium } from 'playwright-core';
import { existsSync } from 'node:fs';
import type { Replica } from '@almanac/experiments';
import { healthCheckMs } from './health-check.ts';
import { system } from './system.ts';
import { Visitor } from './visitor.ts';

const path = '/api/dictionary/recent';
const replicas = ['recent-1', 'recent-2', 'recent-3'];
const client = new Visitor(system);

/** One visitor of the site, who is known by a cookie as in a browser. */
class Reader {
  #cookie = '';

  async #ask(options: Parameters<Visitor['ask']>[1] & object) {
    const answer = await client.ask(path, { ...options, headers: { ...options.headers, Cookie: this.#cookie } });
    const set = answer.headers['set-cookie']?.[0]?.split(';')[0];
    if (set) this.#cookie = set;
    if (answer.status !== 200) throw new Error(`status ${answer.status}: ${answer.body}`);
    return {
      words: RecentLookUps.parse(JSON.parse(answer.body)).words,
      by: system.replicaOf(String(answer.headers['x-served-by'])),
    };
  }

  lookUp = (word: string) =>
    this.#ask({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ word }) });
  recall = () => this.#ask({});
}

describe('a visitor’s recent look-ups', () => {
  let readers: Reader[];
  let homes: Replica[];
  beforeAll(async () => {
    await system.ready(...replicas, 'cache-1', 'cache-2', 'edge');
    readers = Array.from({ length: 24 }, () => new Reader());
    await lookUpAnew();
  });
  afterEach(() => system.ready(...replicas));
  afterAll(() => client.close());

  /** Each has a word of their own. */
  const lookUpAnew = async () => {
    await system.states(); // So that replicas are known by their names.
    homes = [];
    for (const [n, reader] of readers.entries()) homes.push((await reader.lookUp(`word ${n}`)).by);
  };
  const recallAll = async () => {
    const all = [];
    for (const reader of readers) all.push(await reader.recall());
    return all;
  };
  const expectOwn = (all: { words: string[]; by: Replica }[], of: (home: Replica) => boolean) => {
    for (const [n, { words, by }] of all.entries()) {
      if (of(homes[n]!)) expect({ n, words, by }).toEqual({ n, words: [`word ${n}`], by: homes[n] });
    }
  };

  it('are each on one replica, which all of their requests meet, and nobody else’s', async () => {
    expect(new Set(homes)).toEqual(new Set(replicas));
    for (let times = 0; times < 3; times++) expectOwn(await recallAll(), () => true);
  });

  it('outlast that their replica is slow: another one stands in for it, without them, and nobody else notices', async () => {
    await lookUpAnew();
    const slow = 'recent-2';
    const its = homes.findIndex((home) => home === slow);
    const before = (await system.states())[slow]!;
    // Longer than any call may take, and than its health check would bear with a frozen one.
    await system.inject(slow, { latencyMs: 10_000, forMs: 2 * healthCheckMs });
    const endMs = performance.now() + healthCheckMs;
    do {
      const { words, by } = await readers[its]!.recall();
      expect({ words, by }).toEqual({ words: [], by: expect.not.stringMatching(slow) });
      await expect(readers[its]!.lookUp('late')).rejects.toThrow(/^status 50[34]/);
      for (const [n, reader] of readers.entries())
        if (homes[n] !== slow) expect(await reader.recall()).toEqual({ words: [`word ${n}`], by: homes[n] });
    } while (performance.now() < endMs);
    await until(async () => (await readers[its]!.recall()).by === slow);
    expect((await system.states())[slow]).toEqual(before);
    expectOwn(await recallAll(), () => true);
  });

  it.each([
    ['killed', (replica: Replica) => system.signal(replica, 'SIGKILL')],
    ['restarted', (replica: Replica) => system.restart(replica)],
    ['frozen', (replica: Replica) => system.signal(replica, 'SIGSTOP')],
  ])('are gone with a replica that is %s, begin anew there, and nobody else’s are lost', async (_, end) => {
    await lookUpAnew();
    const gone = 'recent-2';
    const before = (await system.states())[gone]!.instance;
    await end(gone);
    await until(
      async () => {
        const { instance, ready } = (await system.states())[gone]!;
        return ready && instance !== before;
      },
      `another ${gone}`,
      120_000,
    );
    // The caches' probes have seen it.
    const its = homes.findIndex((home) => home === gone);
    await until(async () => (await readers[its]!.recall()).by === gone);
    const all = await recallAll();
    expectOwn(all, (home) => home !== gone);
    for (const [n, { words, by }] of all.entries())
      if (homes[n] === gone) expect({ words, by }).toEqual({ words: [], by: gone });
    expect(await readers[its]!.lookUp('anew')).toEqual({ words: ['anew'], by: gone });
    expect(await readers[its]!.recall()).toEqual({ words: ['anew'], by: gone });
  });
});

describe('a visitor with a browser', () => {
  const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)!;

  it('finds on the first page what they have looked up, and clears it', async () => {
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    try {
      const page = await browser.newPage({ baseURL: system.url, ignoreHTTPSErrors: true });
      for (const word of ['serendipity', 'geese']) {
        const remembered = page.waitForResponse((answer) => answer.url().endsWith(path));
        await page.goto(`/words/${word}`);
        expect((await remembered).status()).toBe(200);
      }
      await page.goto('/');
      const section = page.getByRole('region', { name: 'Recent' });
      await section.waitFor();
      expect(await section.getByRole('listitem').allInnerTexts()).toEqual(['goose', 'serendipity']);
      await system.states();
      const [keeper] = (await section.locator('.keeper').innerText()).split(' ');
      expect(replicas).toContain(system.replicaOf(keeper!));
      await section.getByRole('button', { name: 'Clear' }).click();
      await section.waitFor({ state: 'detached' });
      await page.reload();
      await page.locator('.journey[data-state=told]').waitFor();
      expect(await section.count()).toBe(0);
    } finally {
      await browser.close();
    }
  });
});
