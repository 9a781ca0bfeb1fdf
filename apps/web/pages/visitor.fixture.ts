// A visitor of the pages, in Chromium, for the specs that import it: each test begins with a new page.
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { Edge } from './edge.fixture.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)!;
// It must neither call home nor need a display, a GPU or rights.
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export let edge: Awaited<ReturnType<typeof Edge.start>>;
let browser: Browser;
let context: BrowserContext;
export let page: Page;
/** What a visitor never sees and we want to: policy violations, errors in the console, layout shifts. */
export let complaints: string[];

export async function open(options: BrowserContextOptions = {}): Promise<void> {
  await context?.close();
  context = await browser.newContext({ baseURL: edge.url, reducedMotion: 'reduce', ...options });
  page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on('console', (message) => {
    // The browser reports each 4xx so; those that happen here are meant to.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load')) complaints.push(message.text());
  });
  await page.exposeFunction('complain', (what: string) => complaints.push(what));
  await page.addInitScript(`
    addEventListener('securitypolicyviolation', (event) => complain('policy: ' + event.violatedDirective));
    new PerformanceObserver((list) => {
      for (const shift of list.getEntries()) if (!shift.hadRecentInput) {
        complain('layout shift of ' + shift.sources.map(({ node }) => node?.outerHTML ?? node?.textContent));
      }
    }).observe({ type: 'layout-shift', buffered: true });
  `);
}

export async function visit(path: string): Promise<void> {
  await page.goto(path);
  await page.locator('.journey[data-state=told]').waitFor();
}

export const text = async (selector: string) => (await page.locator(selector).innerText()).replaceAll(/\s+/g, ' ');
export const input = () => page.getByRole('combobox', { name: 'Look up a word' });
export const part = (stop: string) => page.locator(`[data-stop=${stop}]`).getAttribute('data-part');

beforeAll(async () => {
  edge = await Edge.start();
  browser = await chromium.launch({ executablePath, args });
});
afterAll(async () => {
  await browser?.close();
  await edge?.stop();
});
beforeEach(async () => {
  complaints = [];
  // After the last page is closed, whose questions must not be counted here.
  await open();
  edge.reset();
});
afterEach(() => {
  expect(complaints).toEqual([]);
});
