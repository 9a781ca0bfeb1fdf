import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { chromium, type Browser, type Page } from 'playwright-core';
import { system } from './system.ts';
import { Visitor } from './visitor.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)!;
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

let browser: Browser;
let page: Page;
let complaints: string[];
beforeAll(async () => void (browser = await chromium.launch({ executablePath, args })));
afterAll(() => browser.close());
beforeEach(async () => {
  complaints = [];
  // The authority is this instance's own; that its certificate holds, the other suites check with Node.
  page = await browser.newPage({ baseURL: system.url, ignoreHTTPSErrors: true });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // The browser reports each 4xx so; those that happen here are meant to.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load')) complaints.push(message.text());
  });
});
afterEach(async () => {
  await page.close();
  expect(complaints).toEqual([]);
});

const heading = (name: string) => page.getByRole('heading', { level: 1, name });
const stop = (name: string) => page.locator(`[data-stop=${name}]`).locator('strong').innerText();

describe('a visitor with a browser', () => {
  it('types the beginning of a word, chooses it and reads what it means', async () => {
    await page.goto('/');
    const box = page.getByRole('combobox', { name: 'Look up a word' });
    await box.pressSequentially('dictiona');
    await page.getByRole('option', { name: 'dictionary', exact: true }).click();
    await page.waitForURL('**/words/dictionary');
    await heading('dictionary').waitFor();
    expect(await page.locator('.part').first().innerText()).toMatch(/reference book/);
  });

  it('sees how the answer came: edge, cache and replica', async () => {
    await page.goto('/words/dog');
    await page.locator('.journey[data-state=told]').waitFor();
    await system.states(); // So that replicas are known by their names.
    expect(system.replicaOf(await stop('edge'))).toBe('edge');
    expect(system.replicaOf(await stop('cache'))).toMatch(/^cache-[12]$/);
    expect(system.replicaOf(await stop('replica'))).toMatch(/^dictionary-[123]$/);
  });

  it('is led from a misspelling to the word', async () => {
    await page.goto('/words/definately');
    await page.getByRole('link', { name: 'definitely', exact: true }).click();
    await heading('definitely').waitFor();
  });

  it('is led from an inflected form to its word', async () => {
    await page.goto('/words/geese');
    await heading('goose').waitFor();
  });

  it('gets a page, not a problem document, where there is none', async () => {
    const answer = await page.goto('/nothing/here');
    expect(answer!.status()).toBe(404);
    expect(answer!.headers()['content-type']).toMatch(/^text\/html/);
  });

  it('is told so in words while the dictionary is away, and goes on when it is back', async () => {
    const replicas = ['dictionary-1', 'dictionary-2', 'dictionary-3'];
    const visitor = new Visitor(system);
    await system.hold(...replicas);
    try {
      await until(async () => (await visitor.ask('/api/dictionary/words/zebra')).status === 503, '503');
      await page.goto('/words/zebra');
      await page.getByRole('button', { name: /try again/i }).waitFor();
    } finally {
      await system.release(...replicas);
      await system.ready(...replicas);
    }
    await page.goto('/words/zebra');
    await heading('zebra').waitFor();
    visitor.close();
  });
});
